/*
 * delivery_update.c - giving a delivery stream other settings while records are under way: see
 * mr_delivery_update().
 *
 * Whatever can fail is made first; then everything is exchanged at once. A sink tells its outputs
 * (mr_sink_reconfigure()). A shard goes over to another function when its stage is idle: until then
 * it is not read, so its records keep their order and no batch mixes two functions.
 *
 *   follows --another function is wanted: its open batch is sealed--> behind
 *   behind  --the last batch was applied, the next record is there--> follows
 */
#include "sim/firehose/delivery_private.h"

#include "sim/base/alloc.h"
#include "sim/firehose/delivery_options.h"

#include <inttypes.h>
#include <stdio.h>

void mr_delivery_set_version(mr_delivery *delivery, uint64_t version)
{
    (void)snprintf(delivery->version, sizeof(delivery->version), "%" PRIu64,
                   version == 0 ? 1 : version);
}

/* ---- the function ---- */

void mr_delivery_lambda_release(mr_delivery *delivery, mr_delivery_lambda *lambda)
{
    if (lambda == NULL || --lambda->users > 0) {
        return;
    }
    for (mr_delivery_lambda **at = &delivery->replaced; *at != NULL; at = &(*at)->next) {
        if (*at == lambda) {
            *at = lambda->next;
            break;
        }
    }
    delivery->invocations += lambda->config.invocations;
    delivery->invocation_retries += lambda->config.invocation_retries;
    mr_free(lambda->function);
    mr_free(lambda->arn);
    mr_free(lambda);
}

void mr_delivery_slot_follow(mr_delivery *delivery, size_t place)
{
    mr_delivery_slot *slot = &delivery->slots[place];
    if (!mr_delivery_slot_is_behind(delivery, slot) ||
        (slot->stage != NULL && !mr_lambda_stage_is_idle(slot->stage))) {
        return;
    }
    mr_lambda_stage_free(slot->stage);
    slot->stage = NULL;
    mr_delivery_lambda_release(delivery, slot->lambda);
    slot->lambda = delivery->lambda;
    if (slot->lambda != NULL) {
        slot->lambda->users++;
        slot->stage =
            mr_lambda_stage_new(&slot->lambda->config, mr_intake_shard(slot->intake), place);
    }
}

static bool same_function(const mr_delivery_options *a, const mr_delivery_options *b)
{
    if (a->function == NULL || b->function == NULL) {
        return a->function == b->function;
    }
    return strcmp(a->function, b->function) == 0 && a->lambda_bytes == b->lambda_bytes &&
           a->lambda_interval_us == b->lambda_interval_us && a->lambda_retries == b->lambda_retries;
}

/* The stages are told; those that are at work follow when they are done. */
static void change_function(mr_delivery *delivery, const mr_delivery_options *options)
{
    mr_delivery_lambda *before = delivery->lambda;
    delivery->lambda = mr_delivery_lambda_new(delivery, options);
    if (before != NULL && before->users > 1) {
        before->next = delivery->replaced;
        delivery->replaced = before;
    }
    mr_delivery_lambda_release(delivery, before);
    for (size_t i = 0; i < delivery->slot_count; i++) {
        mr_delivery_slot_follow(delivery, i);
    }
    for (size_t i = 0; i < delivery->slot_count; i++) {
        mr_delivery_slot *slot = &delivery->slots[i];
        if (mr_delivery_slot_is_behind(delivery, slot)) {
            mr_lambda_stage_flush(slot->stage, MR_FLUSH_DRAIN);
        }
    }
}

/* ---- the backup ---- */

/* What an update makes before it changes anything. */
typedef struct parts {
    mr_delivery_options options; /* a copy */
    mr_prefix *prefix, *backup_prefix;
    mr_partition_keys *keys; /* with dynamic partitioning */
    mr_sub_records *subs;
    mr_coverage *backup_coverage; /* of a backup that is switched on, as is the sink */
    mr_sink *backup;
} parts;

/* Writes down where a backup begins: at the next record of every shard. */
static mr_code begin_coverage(mr_delivery *delivery, parts *made, mr_error *err)
{
    bool found;
    mr_code code = MR_OK;
    for (size_t i = 0; i < delivery->slot_count && code == MR_OK; i++) {
        const mr_intake *intake = delivery->slots[i].intake;
        code = mr_coverage_add_shard(made->backup_coverage, mr_shard_id(mr_intake_shard(intake)),
                                     mr_intake_next(intake), &found, err);
    }
    if (code != MR_OK) {
        return code;
    }
    delivery->backup_coverage = made->backup_coverage;
    code = mr_delivery_store_slots(delivery, err);
    delivery->backup_coverage = NULL;
    return code;
}

static mr_code make_backup(mr_delivery *delivery, parts *made, mr_error *err)
{
    const mr_s3_destination *destination = &made->options.backup;
    made->backup_coverage =
        mr_coverage_new(delivery->owner->options.db, delivery->options.name, "backup");
    mr_sink_options options = mr_delivery_sink_options(delivery, "backup", destination);
    options.prefix = made->backup_prefix;
    options.coverage = made->backup_coverage;
    options.compression = destination->compression;
    options.extension = destination->file_extension;
    mr_code code = mr_sink_new(&options, &made->backup, err);
    return code == MR_OK ? begin_coverage(delivery, made, err) : code;
}

/* ---- the update ---- */

static mr_code make_parts(mr_delivery *delivery, const mr_delivery_options *options, parts *made,
                          mr_error *err)
{
    made->options = mr_delivery_options_copy(options);
    made->subs = mr_delivery_sub_records_new(&made->options);
    mr_code code = mr_delivery_make_main_prefix(&made->options, &made->prefix, &made->keys, err);
    if (code == MR_OK && made->options.backup_enabled) {
        code = mr_delivery_make_prefix(&made->options.backup, true, &made->backup_prefix, err);
    }
    if (code == MR_OK && made->options.backup_enabled && delivery->backup == NULL) {
        code = make_backup(delivery, made, err);
    }
    return code;
}

static void parts_deinit(parts *made)
{
    mr_sink_free(made->backup);
    mr_partition_keys_free(made->keys);
    mr_sub_records_free(made->subs);
    mr_prefix_free(made->prefix);
    mr_prefix_free(made->backup_prefix);
    mr_coverage_free(made->backup_coverage);
    mr_delivery_options_free(&made->options);
}

/* Other parts know name and source by their texts, so those stay. What was before is left in made.
 */
static void exchange(mr_delivery *delivery, parts *made)
{
    const mr_delivery_options after = made->options;
    mr_prefix *prefix = made->prefix, *backup_prefix = made->backup_prefix;
    mr_partition_keys *keys = made->keys;
    mr_sub_records *subs = made->subs;
    if (made->backup != NULL) {
        delivery->backup = made->backup;
        delivery->backup_coverage = made->backup_coverage;
    }
    *made = (parts){.options = delivery->options,
                    .prefix = delivery->prefix,
                    .keys = delivery->keys,
                    .subs = delivery->subs,
                    .backup_prefix = delivery->backup_prefix};
    delivery->options = after;
    delivery->options.name = made->options.name;
    delivery->options.source = made->options.source;
    made->options.name = after.name;
    made->options.source = after.source;
    delivery->prefix = prefix;
    delivery->keys = keys;
    delivery->subs = subs;
    delivery->backup_prefix = backup_prefix;
}

static void tell_sinks(mr_delivery *delivery)
{
    mr_sink_options options = mr_delivery_partition_options(delivery);
    if (delivery->partitions != NULL) {
        mr_partition_sinks_reconfigure(delivery->partitions, &options);
    }
    options = mr_delivery_main_options(delivery);
    mr_sink_reconfigure(delivery->main, &options);
    options = mr_delivery_error_options(delivery);
    mr_sink_reconfigure(delivery->error, &options);
    if (delivery->backup != NULL) {
        options = mr_delivery_backup_options(delivery);
        mr_sink_reconfigure(delivery->backup, &options);
    }
}

mr_code mr_delivery_update(mr_delivery *delivery, const mr_delivery_options *options, mr_error *err)
{
    MR_ASSERT(options->backup_enabled || delivery->backup == NULL);
    /* Dynamic partitioning is chosen at creation, and never changed. */
    MR_ASSERT(options->dynamic_partitioning == delivery->options.dynamic_partitioning);
    parts made = {.prefix = NULL};
    mr_code code = make_parts(delivery, options, &made, err);
    if (code != MR_OK) {
        parts_deinit(&made);
        return code;
    }
    const bool other_function = !same_function(&delivery->options, &made.options);
    exchange(delivery, &made);
    mr_delivery_set_version(delivery, options->version);
    tell_sinks(delivery);
    if (other_function) {
        change_function(delivery, &delivery->options);
    }
    parts_deinit(&made); /* of the settings before */
    return MR_OK;
}
