/* delivery_state.c - direct puts, and where every record of a delivery stream is. */
#include "sim/firehose/delivery_private.h"

#include <inttypes.h>

#define DIRECT_RECORD_BYTES_MAX 1024000 /* 1000 KiB, not 1 MiB */

/* ---- DirectPut ---- */

/* How many of the records pass the limits now; the rest is told to slow down. AWS does not say
 * which records of a batch it throttles: here it is the tail. */
static size_t admit(mr_delivery *delivery, const mr_record *records, size_t count)
{
    int64_t now_us = mr_clock_now_us(delivery->owner->options.clock);
    size_t passed = 0;

    if (!delivery->owner->options.limits) {
        return count;
    }
    if (!mr_bucket_has(&delivery->put_calls, 1, now_us)) {
        return 0;
    }
    mr_bucket_take(&delivery->put_calls, 1);
    while (passed < count) {
        int64_t bytes = (int64_t)records[passed].data.len;
        if (!mr_bucket_has(&delivery->put_records, 1, now_us) ||
            !mr_bucket_has(&delivery->put_bytes, bytes, now_us)) {
            break;
        }
        mr_bucket_take(&delivery->put_records, 1);
        mr_bucket_take(&delivery->put_bytes, bytes);
        passed++;
    }
    return passed;
}

mr_code mr_delivery_put(mr_delivery *delivery, const mr_record *records, size_t count,
                        mr_put_result *results, size_t *failed, mr_error *err)
{
    *failed = count;
    if (delivery->options.source != NULL) {
        return mr_error_set(
            err, MR_INVALID_ARGUMENT,
            "This operation is not permitted on KinesisStreamAsSource delivery stream type.");
    }
    for (size_t i = 0; i < count; i++) {
        if (records[i].data.len > DIRECT_RECORD_BYTES_MAX) {
            return mr_error_set(err, MR_RECORD_TOO_LARGE,
                                "1 validation error detected: Value at 'records.%zu.member.data' "
                                "failed to satisfy constraint: Member must have length less than "
                                "or equal to %d",
                                i + 1, DIRECT_RECORD_BYTES_MAX);
        }
    }
    size_t passed = admit(delivery, records, count);
    for (size_t i = passed; i < count; i++) {
        results[i] =
            (mr_put_result){.code = MR_THROTTLED, .shard = mr_stream_shard(delivery->source, 0)};
    }
    if (passed == 0) {
        return MR_OK;
    }
    mr_code code = mr_stream_put(delivery->source, records, passed, results, failed, err);
    *failed += count - passed;
    return code;
}

/* ---- questions ---- */

const char *mr_delivery_name(const mr_delivery *delivery)
{
    return delivery->options.name;
}

bool mr_delivery_has_backup(const mr_delivery *delivery)
{
    return delivery->backup != NULL;
}

mr_code mr_delivery_settle(mr_delivery *delivery, mr_error *err)
{
    return mr_delivery_store_slots(delivery, err);
}

mr_stream *mr_delivery_source(mr_delivery *delivery)
{
    return delivery->source;
}

bool mr_delivery_is_idle(const mr_delivery *delivery)
{
    for (size_t i = 0; i < delivery->slot_count; i++) {
        const mr_delivery_slot *slot = &delivery->slots[i];
        if (!mr_intake_is_idle(slot->intake) ||
            (slot->stage != NULL && !mr_lambda_stage_is_idle(slot->stage))) {
            return false;
        }
    }
    return mr_sink_is_idle(delivery->main) && mr_sink_is_idle(delivery->error) &&
           (delivery->partitions == NULL || mr_partition_sinks_are_idle(delivery->partitions)) &&
           (delivery->backup == NULL || mr_sink_is_idle(delivery->backup));
}

static uint64_t in_lambda(const mr_delivery *delivery)
{
    uint64_t records = 0;
    for (size_t i = 0; i < delivery->slot_count; i++) {
        if (delivery->slots[i].stage != NULL) {
            records += mr_lambda_stage_records(delivery->slots[i].stage);
        }
    }
    return records;
}

static uint64_t repeated(const mr_delivery *delivery)
{
    uint64_t records = 0;
    for (size_t i = 0; i < delivery->slot_count; i++) {
        records += mr_intake_repeated(delivery->slots[i].intake);
    }
    return records;
}

/* By every processor that there was: slots that are behind have an earlier one. */
static uint64_t invocations(const mr_delivery *delivery, uint64_t *retries)
{
    uint64_t sum = delivery->invocations;
    *retries = delivery->invocation_retries;
    if (delivery->lambda != NULL) {
        sum += delivery->lambda->config.invocations;
        *retries += delivery->lambda->config.invocation_retries;
    }
    for (const mr_delivery_lambda *l = delivery->replaced; l != NULL; l = l->next) {
        sum += l->config.invocations;
        *retries += l->config.invocation_retries;
    }
    return sum;
}

/* Of the main output, as one or as many. */
static mr_sink_counts main_counts(const mr_delivery *delivery)
{
    mr_sink_counts sum = mr_sink_count(delivery->main);
    if (delivery->partitions != NULL) {
        mr_sink_counts partitions = mr_partition_sinks_count(delivery->partitions);
        mr_sink_counts_add(&sum, &partitions);
    }
    return sum;
}

mr_delivery_counts mr_delivery_count(const mr_delivery *delivery)
{
    mr_sink_counts main = main_counts(delivery);
    mr_sink_counts error = mr_sink_count(delivery->error);
    mr_sink_counts backup = {0};
    if (delivery->backup != NULL) {
        backup = mr_sink_count(delivery->backup);
    }
    uint64_t retries, calls = invocations(delivery, &retries);
    const uint64_t *m = main.flushes, *e = error.flushes, *b = backup.flushes;
    return (mr_delivery_counts){
        .read = delivery->read,
        .read_bytes = delivery->read_bytes,
        .taken = delivery->taken,
        .ok = delivery->ok,
        .dropped = delivery->dropped,
        .failed = delivery->failed,
        .in_lambda = in_lambda(delivery),
        .delivered = main.delivered,
        .delivered_bytes = main.delivered_bytes,
        .error_delivered = error.delivered,
        .backed_up = backup.delivered,
        .expired = delivery->expired,
        .discarded = main.discarded + error.discarded,
        .backup_discarded = backup.discarded,
        .objects = main.objects,
        .error_objects = error.objects,
        .backup_objects = backup.objects,
        .flush_size = m[MR_FLUSH_SIZE] + e[MR_FLUSH_SIZE] + b[MR_FLUSH_SIZE],
        .flush_interval = m[MR_FLUSH_INTERVAL] + e[MR_FLUSH_INTERVAL] + b[MR_FLUSH_INTERVAL],
        .flush_drain = m[MR_FLUSH_DRAIN] + e[MR_FLUSH_DRAIN] + b[MR_FLUSH_DRAIN],
        .put_retries = main.retries + error.retries + backup.retries,
        .invocations = calls,
        .invocation_retries = retries,
        .partitions =
            delivery->partitions == NULL ? 0 : mr_partition_sinks_active(delivery->partitions),
        .partitions_exceeded = delivery->partitions_exceeded,
        .repeated = repeated(delivery),
    };
}

static mr_code check_sums(const mr_delivery *delivery, mr_error *err)
{
    uint64_t waiting = in_lambda(delivery);
    mr_sink_counts main = main_counts(delivery);
    mr_sink_counts error = mr_sink_count(delivery->error);

    if (delivery->taken != delivery->ok + delivery->dropped + delivery->failed + waiting) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s: %" PRIu64 " records taken, %" PRIu64
                            " ok + %" PRIu64 " dropped + %" PRIu64 " failed + %" PRIu64
                            " in the Lambda stage",
                            delivery->options.name, delivery->taken, delivery->ok,
                            delivery->dropped, delivery->failed, waiting);
    }
    if (main.records_in - main.handed_on != delivery->ok || error.records_in != delivery->failed) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s: %" PRIu64 " records ok and %" PRIu64
                            " failed, but %" PRIu64 " and %" PRIu64 " went to their outputs",
                            delivery->options.name, delivery->ok, delivery->failed, main.records_in,
                            error.records_in);
    }
    return MR_OK;
}

/* Records of a shard rise inside one object, unless they were read twice. */
static mr_code check_order(const mr_delivery *delivery, mr_error *err)
{
    uint64_t disordered =
        main_counts(delivery).disordered + mr_sink_count(delivery->error).disordered +
        (delivery->backup == NULL ? 0 : mr_sink_count(delivery->backup).disordered);
    if (disordered > 0 && repeated(delivery) == 0) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s: in %" PRIu64
                            " objects a record follows a later one of its shard",
                            delivery->options.name, disordered);
    }
    return MR_OK;
}

mr_code mr_delivery_check(const mr_delivery *delivery, mr_error *err)
{
    mr_code code = check_sums(delivery, err);
    if (code == MR_OK) {
        code = check_order(delivery, err);
    }
    if (code == MR_OK) {
        code = mr_sink_check(delivery->main, err);
    }
    if (code == MR_OK && delivery->partitions != NULL) {
        code = mr_partition_sinks_check(delivery->partitions, err);
    }
    if (code == MR_OK) {
        code = mr_sink_check(delivery->error, err);
    }
    if (code == MR_OK && delivery->backup != NULL) {
        code = mr_sink_check(delivery->backup, err);
    }
    for (size_t i = 0; i < delivery->slot_count && code == MR_OK; i++) {
        if (delivery->slots[i].stage != NULL) {
            code = mr_lambda_stage_check(delivery->slots[i].stage, err);
        }
    }
    return code;
}

/* The Lambda buffers of all shards as one: sums, and the earliest times. */
static mr_buffer_gauge lambda_gauge(const mr_delivery *delivery)
{
    mr_buffer_gauge all = {.sink = "lambda"};
    for (size_t i = 0; i < delivery->slot_count; i++) {
        if (delivery->slots[i].stage == NULL) {
            continue;
        }
        mr_buffer_gauge one = mr_lambda_stage_gauge(delivery->slots[i].stage);
        all.bytes_max += one.bytes_max;
        if (one.due_us == 0) {
            continue;
        }
        all.records += one.records;
        all.bytes += one.bytes;
        if (all.due_us == 0 || one.opened_us < all.opened_us) {
            all.opened_us = one.opened_us;
        }
        if (all.due_us == 0 || one.due_us < all.due_us) {
            all.due_us = one.due_us;
        }
    }
    return all;
}

size_t mr_delivery_gauges(const mr_delivery *delivery, mr_buffer_gauge *out, size_t most)
{
    mr_buffer_gauge all[4];
    size_t count = 0;

    if (delivery->lambda != NULL) {
        all[count++] = lambda_gauge(delivery);
    }
    all[count++] = delivery->partitions == NULL ? mr_sink_gauge(delivery->main)
                                                : mr_partition_sinks_gauge(delivery->partitions);
    all[count++] = mr_sink_gauge(delivery->error);
    if (delivery->backup != NULL) {
        all[count++] = mr_sink_gauge(delivery->backup);
    }
    count = mr_min_size(count, most);
    memcpy(out, all, count * sizeof(*out));
    return count;
}
