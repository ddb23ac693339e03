/*
 * delivery_private.h - the inside of a delivery stream, shared by deliveries.c (the registry),
 * delivery_open.c (making one), delivery.c (the way of its records) and delivery_state.c (puts and
 * questions).
 */
#ifndef MR_SIM_FIREHOSE_DELIVERY_PRIVATE_H
#define MR_SIM_FIREHOSE_DELIVERY_PRIVATE_H

#include "sim/base/map.h"
#include "sim/firehose/delivery.h"
#include "sim/firehose/lambda_stage.h"
#include "sim/firehose/sink.h"
#include "sim/stream/intake.h"
#include "sim/stream/throttle.h"

#define MR_DELIVERY_SEALED_MAX                                                                     \
    4 /* outputs of a sink on their way, above which the source waits                              \
       */

struct mr_deliveries {
    mr_deliveries_options options; /* region and account are owned */
    mr_map *by_name;
    mr_object_written_fn on_object;
    void *on_object_context;
    mr_fatal_fn on_fatal;
    void *on_fatal_context;
};

/* One shard of the source. */
typedef struct mr_delivery_slot {
    mr_intake *intake;
    mr_lambda_stage *stage; /* NULL without a function */
    uint64_t skip_below;    /* records below may be covered already: a restart's leftovers */
    bool misses_backup;     /* MR_MUTATION_BACKUP_MISSES_FIRST: the next record is not backed up */
} mr_delivery_slot;

struct mr_delivery {
    mr_deliveries *owner;
    mr_delivery_options options; /* owned copy, defaults filled in */
    mr_stream *source;
    bool is_listening; /* to new shards of the source */
    char *arn, *source_arn, *lambda_arn;
    mr_coverage *processed, *backup_coverage; /* the latter NULL without backup */
    mr_prefix *prefix, *backup_prefix;
    mr_sink *main, *error, *backup; /* backup may be NULL */
    mr_intake_config intake_config;
    mr_lambda_config lambda_config;
    mr_prng invocation_prng;
    mr_bucket put_calls, put_records, put_bytes; /* limits of DirectPut, when they are in force */
    mr_delivery_slot *slots;
    size_t slot_count, slot_capacity;
    mr_strbuf error_line;
    bool is_draining;
    bool is_flushing; /* guards mr_delivery_flush_all() against itself */
    bool is_broken;
    uint64_t read, read_bytes, ok, dropped, failed, expired;
};

/* ---- delivery_open.c ---- */

/* Opens a delivery stream whose options were checked and whose name is free. */
MR_NODISCARD mr_code mr_delivery_open(mr_deliveries *owner, const mr_delivery_options *options,
                                      mr_delivery **out, mr_error *err);
void mr_delivery_free(mr_delivery *delivery); /* NULL and a half-opened one are fine */

/* ---- delivery.c ---- */

/* The callbacks of its parts: set into the configurations before anything else is made. */
void mr_delivery_wire(mr_delivery *delivery, mr_sink_options *common);
/* Adds the shard of the next slot. start: where one without stored positions is begun. */
MR_NODISCARD mr_code mr_delivery_add_slot(mr_delivery *delivery, mr_shard *shard, uint64_t start,
                                          mr_error *err);
/* Stores the positions of added slots that have none yet, of both coverages at once: a shard with
 * a position in one of them alone would look like a backup that was switched on later. */
MR_NODISCARD mr_code mr_delivery_store_slots(mr_delivery *delivery, mr_error *err);
void mr_delivery_start(mr_delivery *delivery); /* begins to read, and hears of new shards */
void mr_delivery_stop(mr_delivery *delivery);  /* hears of no shards any more */
void mr_delivery_flush_all(mr_delivery *delivery);

#endif
