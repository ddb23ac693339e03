/*
 * partitions.h - the main output of a delivery stream with dynamic partitioning: a buffer, and an
 * object, for each evaluated prefix.
 *
 * A partition is there from its first record until its objects are committed; it has the size and
 * the interval of the buffering hints for itself. What tells partitions apart is the prefix with
 * the keys' values in it (mr_prefix_partition()): a timestamp in the prefix is evaluated for each
 * object, from its oldest record, and makes no partition of its own.
 *
 * All partitions add to one coverage and draw the numbers of their objects from one counter, so
 * that names do not repeat after a restart; which record gets which number follows from the order
 * of the records alone.
 *
 * Memory: a block of the spool for each partition (spool.h), and while one is sealed, its
 * compressor. Open files: one, and those of uploads (store.h).
 *
 * Behaviour: reference/firehose.md sections 4.1 and 7.
 */
#ifndef MR_SIM_FIREHOSE_PARTITIONS_H
#define MR_SIM_FIREHOSE_PARTITIONS_H

#include "sim/firehose/sink.h"

#define MR_PARTITIONS_MAX 500 /* active ones, AWS's default quota */

typedef struct mr_partition_sinks mr_partition_sinks;

/*
 * No partition.
 *
 * sink: of each partition's sink, with ordinals; values and spool are filled in here. Borrowed as
 *       there; context
 *       is handed to on_settled, on_refused and on_broken.
 * most: active partitions, above which records are not taken.
 */
mr_partition_sinks *mr_partition_sinks_new(const mr_sink_options *sink, size_t most);
void mr_partition_sinks_free(
    mr_partition_sinks *partitions); /* buffers are dropped; NULL is fine */

typedef enum mr_partition_verdict {
    MR_PARTITION_TAKEN,
    MR_PARTITION_TOO_MANY, /* it would be a new one, and there are as many as may be */
    MR_PARTITION_TOO_LONG  /* the evaluated prefix could pass 512 bytes */
} mr_partition_verdict;

/* Adds one record to its partition. May flush (size). values: of mr_prefix_keys(), copied; data:
 * copied. */
MR_NODISCARD mr_partition_verdict mr_partition_sinks_write(mr_partition_sinks *partitions,
                                                           const mr_origin *origin,
                                                           const mr_bytes *values, mr_bytes data);
/* Flushes every partition, in the order in which they came up. */
void mr_partition_sinks_flush(mr_partition_sinks *partitions, mr_flush_reason reason);

/* Goes on with other settings, of the same delivery stream: what is open is flushed with those that
 * it was begun with, since its keys may have no place in another prefix. */
void mr_partition_sinks_reconfigure(mr_partition_sinks *partitions, const mr_sink_options *sink);

bool mr_partition_sinks_are_idle(const mr_partition_sinks *partitions);
/* Whether the source may be read: no partition has MR_DELIVERY_SEALED_MAX outputs on their way, and
 * the disk takes what comes. */
bool mr_partition_sinks_have_room(const mr_partition_sinks *partitions);

size_t mr_partition_sinks_active(const mr_partition_sinks *partitions);
/* Sums over those that were and are there. */
mr_sink_counts mr_partition_sinks_count(const mr_partition_sinks *partitions);
/* Records and bytes of all open buffers; the earliest times; bytes_max of one of them. */
mr_buffer_gauge mr_partition_sinks_gauge(const mr_partition_sinks *partitions);
/* The laws of each sink, and of their number. Errors: MR_CORRUPT, naming what does not hold. */
MR_NODISCARD mr_code mr_partition_sinks_check(const mr_partition_sinks *partitions, mr_error *err);

#endif
