/*
 * delivery.h - a delivery stream: reads a source, transforms, buffers and delivers objects.
 *
 *   read -> take apart -> (Lambda buffer -> transform) -> (partition keys) -> delimiter -> buffer
 *        -> compress -> put -> commit
 *
 * A record of the source is taken apart into its sub-records (sub_records.h): from there on each of
 * them is a record of its own. With dynamic partitioning the main output is a sink for each
 * evaluated prefix (partitions.h). The backup has the records of the source as they are.
 *
 * Each sink (main, error, backup) buffers and flushes on its own. Every flush has a reason (size,
 * interval, drain), which is an event. Positions are kept as two coverages per source shard:
 * what was *processed* (delivered, dropped, or written to the error output) and what was *backed
 * up*; each commit adds the ranges of the object's records in the same transaction as the object.
 * A restart reads from the lower of the two and skips what is covered.
 *
 * Behaviour: Amazon Data Firehose Developer Guide, through reference/firehose.md.
 */
#ifndef MR_SIM_FIREHOSE_DELIVERY_H
#define MR_SIM_FIREHOSE_DELIVERY_H

#include "sim/lambda/function.h"
#include "sim/store/compress.h"
#include "sim/store/store.h"
#include "sim/stream/stream.h"

typedef struct mr_deliveries mr_deliveries;
typedef struct mr_delivery mr_delivery;

/* The RecordDeAggregation processor. */
typedef enum mr_deaggregation_kind {
    MR_DEAGGREGATE_NONE,
    MR_DEAGGREGATE_JSON,
    MR_DEAGGREGATE_DELIMITED
} mr_deaggregation_kind;

/* One S3 destination. Texts are borrowed for the call that takes the options. */
typedef struct mr_s3_destination {
    const char *bucket;              /* the name, not the ARN */
    const char *prefix;              /* NULL: none given */
    const char *error_output_prefix; /* NULL: none given */
    uint64_t size_bytes;             /* BufferingHints.SizeInMBs x 1 MiB; 0: 5 MiB */
    int64_t interval_us;             /* IntervalInSeconds; -1: 300 s */
    mr_compression compression;
    const char *file_extension; /* NULL or "": by compression */
    const char *time_zone;      /* CustomTimeZone; NULL: UTC */
} mr_s3_destination;

#define MR_DELIVERY_VERSION_SIZE 21 /* of a VersionId as text: the digits of 64 bits, and NUL */

typedef struct mr_delivery_options {
    const char *name;
    uint64_t version;   /* VersionId, from 1; 0: 1 */
    const char *source; /* data stream; NULL: DirectPut */
    mr_s3_destination destination;
    bool backup_enabled;
    mr_s3_destination backup;
    const char *function;       /* Lambda processor: name or ARN; NULL: none */
    uint64_t lambda_bytes;      /* BufferSizeInMBs x 1 MiB, 0.2..3 MiB; 0: 1 MiB */
    int64_t lambda_interval_us; /* BufferIntervalInSeconds; -1: 60 s */
    int32_t lambda_retries;     /* NumberOfRetries; -1: 3 */
    bool append_delimiter;      /* AppendDelimiterToRecord: a newline after each record */

    bool dynamic_partitioning;   /* with it: sizes of 64 MiB and more (0: 128), 60 s and more */
    int64_t partition_retry_us;  /* RetryOptions.DurationInSeconds; -1: 300 s */
    const char *partition_query; /* MetadataExtractionQuery; NULL: none */
    uint32_t partitions_max;     /* active partitions; 0: 500 */
    mr_deaggregation_kind deaggregation;
    const char *deaggregation_delimiter; /* of MR_DEAGGREGATE_DELIMITED: Base64, as configured */
} mr_delivery_options;

typedef struct mr_deliveries_options {
    mr_clock *clock; /* all borrowed, all outlive the delivery streams */
    mr_trace *trace;
    mr_faults *faults;
    mr_db *db;
    mr_streams *streams;
    mr_functions *functions;
    mr_store *store;
    uint64_t seed;
    const char *region, *account; /* copied */
    bool limits;
} mr_deliveries_options;

/* A finished object of a main sink, for the catalog. Borrowed for the call. */
typedef void (*mr_object_written_fn)(void *context, const char *bucket, const mr_object *object);

mr_deliveries *mr_deliveries_new(const mr_deliveries_options *options);
void mr_deliveries_free(mr_deliveries *deliveries); /* buffers are dropped, not flushed */
void mr_deliveries_on_object(mr_deliveries *deliveries, mr_object_written_fn fn, void *context);
/* Something that no delivery stream can go on from (a stuck handler, a broken invariant). */
void mr_deliveries_on_fatal(mr_deliveries *deliveries, mr_fatal_fn fn, void *context);

/*
 * Creates a delivery stream, or opens it again where catalog.db has positions of that name, and
 * starts reading: a new one at LATEST of every shard that is there, and from the first record of
 * every shard that comes later.
 *
 * Errors: MR_DELIVERY_STREAM_EXISTS, MR_STREAM_NOT_FOUND, MR_INVALID_ARGUMENT with Firehose's own
 * message (prefix expressions, hints out of range).
 */
MR_NODISCARD mr_code mr_deliveries_create(mr_deliveries *deliveries,
                                          const mr_delivery_options *options, mr_delivery **out,
                                          mr_error *err);
/* What mr_deliveries_create() would refuse, without creating: for `check`. */
MR_NODISCARD mr_code mr_delivery_options_check(const mr_delivery_options *options, mr_error *err);
/*
 * Removes a delivery stream and all that was kept of it: buffers are discarded, puts and
 * invocations under way are forgotten, the ring of a DirectPut one goes. The name is free again,
 * also for one that was removed halfway by a process that was killed, or is not open. Not to be
 * called from inside of its own callbacks.
 *
 * Errors: those of the disk and the database.
 */
MR_NODISCARD mr_code mr_deliveries_remove(mr_deliveries *deliveries, const char *name,
                                          mr_error *err);
mr_delivery *mr_deliveries_find(mr_deliveries *deliveries, const char *name);
/* In byte order of names. Owned array. */
mr_delivery **mr_deliveries_list(mr_deliveries *deliveries, size_t *count);

/*
 * Gives a delivery stream other settings while records are under way; name and source are as they
 * were. Nothing is lost and nothing comes twice:
 *   - what is sealed from now on has the new bucket, prefix and hints, and the new version in its
 *     key; an open buffer keeps the compression that it was begun with;
 *   - a batch in the Lambda buffer is sealed, and it and those in flight finish by the function
 *     that they were begun with; the shard is read on behind them;
 *   - a backup that is switched on begins with the next record that is read. It is never switched
 *     off (asserted).
 *
 * options: that mr_delivery_options_check() takes.
 * Errors:  those of the database, for a backup that is switched on; then nothing has changed.
 */
MR_NODISCARD mr_code mr_delivery_update(mr_delivery *delivery, const mr_delivery_options *options,
                                        mr_error *err);

const char *mr_delivery_name(const mr_delivery *delivery);
bool mr_delivery_has_backup(const mr_delivery *delivery);
/* Stores the positions that wait for a commit: of records that expired after the last one.
 * Errors: those of the database. */
MR_NODISCARD mr_code mr_delivery_settle(mr_delivery *delivery, mr_error *err);

/* Puts records on a DirectPut delivery stream: acknowledged from its internal ring.
 * results as in mr_stream_put(). Errors: MR_INVALID_ARGUMENT on a stream with a Kinesis source. */
MR_NODISCARD mr_code mr_delivery_put(mr_delivery *delivery, const mr_record *records, size_t count,
                                     mr_put_result *results, size_t *failed, mr_error *err);
/* The stream that it reads: the Kinesis source, or the internal ring. Borrowed. */
mr_stream *mr_delivery_source(mr_delivery *delivery);

/* Everything read, nothing buffered, nothing in flight. */
bool mr_delivery_is_idle(const mr_delivery *delivery);
/* Flush every buffer now, reason "drain", and go on doing so until idle. */
void mr_delivery_drain(mr_delivery *delivery);

/* Where every record is: the conservation that holds at every instant,
 *   taken = ok + dropped + failed + in_lambda;  ok = delivered + discarded + buffered
 * Counted since the delivery stream was opened; what an earlier process delivered is not read
 * again and not counted. */
typedef struct mr_delivery_counts {
    uint64_t read, read_bytes;    /* of the source */
    uint64_t taken;               /* what they were taken apart into; all below counts these */
    uint64_t ok, dropped, failed; /* by transform (all ok without one) */
    uint64_t in_lambda;           /* in the Lambda buffer or in flight */
    uint64_t delivered,
        delivered_bytes; /* records in committed main objects; bytes before compression */
    uint64_t error_delivered;
    uint64_t backed_up;
    uint64_t expired;   /* taken by retention before they were read */
    uint64_t discarded; /* given up: puts were refused until the source's retention ended */
    uint64_t
        backup_discarded; /* the same of the backup: these records may be delivered all the same */
    uint64_t objects, backup_objects, error_objects;
    uint64_t flush_size, flush_interval, flush_drain;
    uint64_t put_retries, invocations, invocation_retries;
    uint64_t partitions;          /* active now, with dynamic partitioning */
    uint64_t partitions_exceeded; /* records that would have made one too many: they have failed */
    uint64_t repeated; /* records that a read handed over once more (an injected fault) */
} mr_delivery_counts;
mr_delivery_counts mr_delivery_count(const mr_delivery *delivery);
/* Checks the conservation above and every buffer's bounds. Errors: MR_CORRUPT, naming the sum. */
MR_NODISCARD mr_code mr_delivery_check(const mr_delivery *delivery, mr_error *err);

/* A gauge for the console and the progress display. */
typedef struct mr_buffer_gauge {
    const char *sink; /* static: "lambda", "main", "error", "backup" */
    uint64_t records, bytes, bytes_max;
    int64_t opened_us, due_us; /* as mr_clock_now_us(); due_us 0: empty */
} mr_buffer_gauge;
/* Fills at most `most` gauges; returns how many. */
size_t mr_delivery_gauges(const mr_delivery *delivery, mr_buffer_gauge *out, size_t most);

#endif
