/*
 * delivery_private.h - the inside of a delivery stream, shared by deliveries.c (the registry),
 * delivery_open.c (making one), delivery_update.c (giving it other settings), delivery.c (the way
 * of its records), delivery_partition.c (the last piece of it, with dynamic partitioning) and
 * delivery_state.c (puts and questions).
 */
#ifndef MR_SIM_FIREHOSE_DELIVERY_PRIVATE_H
#define MR_SIM_FIREHOSE_DELIVERY_PRIVATE_H

#include "sim/base/map.h"
#include "sim/firehose/delivery.h"
#include "sim/firehose/lambda_stage.h"
#include "sim/firehose/partition_keys.h"
#include "sim/firehose/partitions.h"
#include "sim/firehose/sink.h"
#include "sim/firehose/sub_records.h"
#include "sim/stream/intake.h"
#include "sim/stream/throttle.h"

struct mr_deliveries {
    mr_deliveries_options options; /* region and account are owned */
    mr_map *by_name;
    mr_object_written_fn on_object;
    void *on_object_context;
    mr_fatal_fn on_fatal;
    void *on_fatal_context;
};

/* A Lambda processor as it is configured. Every slot whose stage goes by it counts as a user, and
 * so does the delivery stream while it is the one that is wanted. */
typedef struct mr_delivery_lambda {
    mr_lambda_config config;
    char *function, *arn;
    size_t users;
    struct mr_delivery_lambda *next; /* of the replaced ones */
} mr_delivery_lambda;

/* One shard of the source. */
typedef struct mr_delivery_slot {
    mr_intake *intake;
    mr_lambda_stage *stage;     /* NULL without a function */
    mr_delivery_lambda *lambda; /* what the stage goes by; NULL without one */
    uint64_t skip_below;        /* records below may be covered already: a restart's leftovers */
    bool misses_backup; /* MR_MUTATION_BACKUP_MISSES_FIRST: the next record is not backed up */
} mr_delivery_slot;

struct mr_delivery {
    mr_deliveries *owner;
    mr_delivery_options options; /* owned copy, defaults filled in */
    mr_stream *source;
    bool is_listening; /* to new shards of the source */
    char *arn, *source_arn;
    char version[MR_DELIVERY_VERSION_SIZE];   /* VersionId, as sinks put it into keys */
    mr_coverage *processed, *backup_coverage; /* the latter NULL without backup */
    mr_prefix *prefix, *backup_prefix;
    mr_sink *main, *error, *backup; /* backup may be NULL */
    /* With dynamic partitioning, otherwise NULL: `main` then has the dropped records alone. */
    mr_partition_keys *keys;
    mr_partition_sinks *partitions;
    mr_sink_ordinals main_ordinals; /* of both */
    mr_sub_records *subs;
    mr_strbuf scratch; /* what a builtin has made, for its keys */
    mr_intake_config intake_config;
    mr_delivery_lambda *lambda;               /* the one that slots are to have; NULL: none */
    mr_delivery_lambda *replaced;             /* that some slot still goes by */
    uint64_t invocations, invocation_retries; /* of processors that are no more */
    mr_prng invocation_prng;
    mr_bucket put_calls, put_records, put_bytes; /* limits of DirectPut, when they are in force */
    mr_delivery_slot *slots;
    size_t slot_count, slot_capacity;
    mr_strbuf error_line;
    bool is_draining;
    bool is_flushing; /* guards mr_delivery_flush_all() against itself */
    bool is_broken;
    uint64_t read, read_bytes, taken, ok, dropped, failed, expired, partitions_exceeded;
};

/* ---- delivery_open.c ---- */

/* Opens a delivery stream whose options were checked and whose name is free. */
MR_NODISCARD mr_code mr_delivery_open(mr_deliveries *owner, const mr_delivery_options *options,
                                      mr_delivery **out, mr_error *err);
/* The name of the internal stream of a DirectPut delivery stream. Owned by the caller. */
char *mr_delivery_ring_name(const char *delivery);
void mr_delivery_free(mr_delivery *delivery); /* NULL and a half-opened one are fine */

/* The settings of a sink for this destination, its prefix and coverage left out. */
mr_sink_options mr_delivery_sink_options(mr_delivery *delivery, const char *name,
                                         const mr_s3_destination *destination);
mr_sink_options mr_delivery_main_options(mr_delivery *delivery);
mr_sink_options mr_delivery_error_options(mr_delivery *delivery);
mr_sink_options mr_delivery_backup_options(mr_delivery *delivery);
MR_NODISCARD mr_code mr_delivery_make_prefix(const mr_s3_destination *destination, bool is_backup,
                                             mr_prefix **out, mr_error *err);
/* The prefix of the main output, and the keys that it names: *keys is NULL without any. */
MR_NODISCARD mr_code mr_delivery_make_main_prefix(const mr_delivery_options *options,
                                                  mr_prefix **prefix, mr_partition_keys **keys,
                                                  mr_error *err);
mr_sink_options mr_delivery_partition_options(mr_delivery *delivery);
/* What takes records apart by these options. */
mr_sub_records *mr_delivery_sub_records_new(const mr_delivery_options *options);
/* The processor of options that are a copy; NULL when they have none. One user: the caller. */
mr_delivery_lambda *mr_delivery_lambda_new(mr_delivery *delivery,
                                           const mr_delivery_options *options);

/* ---- delivery_update.c ---- */

/* A function was changed, and the shard is still transformed by the one before. */
static inline bool mr_delivery_slot_is_behind(const mr_delivery *delivery,
                                              const mr_delivery_slot *slot)
{
    return slot->lambda != delivery->lambda;
}

/* VersionId; 0: 1. */
void mr_delivery_set_version(mr_delivery *delivery, uint64_t version);
/* Lets the shard go by the wanted processor, as soon as its stage is idle. Not to be called from
 * inside of the stage. */
void mr_delivery_slot_follow(mr_delivery *delivery, size_t place);
void mr_delivery_lambda_release(mr_delivery *delivery, mr_delivery_lambda *lambda); /* or NULL */

/* ---- delivery_partition.c ---- */

/* Writes a record to its partition; false: to the error output instead. data: for the object; raw:
 * as it was before the function. giver: borrowed for the call. */
MR_NODISCARD bool mr_delivery_to_partition(mr_delivery *delivery, const mr_origin *origin,
                                           mr_bytes data, mr_bytes raw, const mr_key_giver *giver);
/* A record of a partition that could not be delivered: mr_sink_options.on_refused. */
void mr_delivery_on_refused(void *context, const mr_origin *origin, mr_bytes data,
                            const mr_error *refusal, uint32_t attempts);

/* ---- delivery.c ---- */

/* The callbacks of its parts: set into the configurations before anything else is made. */
void mr_delivery_wire_intake(mr_delivery *delivery);
void mr_delivery_wire_lambda(mr_delivery *delivery, mr_lambda_config *config);
void mr_delivery_wire_sink(mr_delivery *delivery, mr_sink_options *options);
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
