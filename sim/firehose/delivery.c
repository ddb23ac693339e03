/*
 * delivery.c - the way of the records through one delivery stream, from part to part.
 *
 *                         +--> backup sink ------------------------------> coverage "backup"
 *   intake (per shard) ---+
 *                         |  sub-records
 *                         +--> Lambda stage (per shard) --+--> main sink --+
 *                         |                               |                +--> "processed"
 *                         |                               +--> error sink -+
 *                         +--> (no function) ----------------> main sink
 *
 * With dynamic partitioning the main sink is one of many (delivery_partition.c), and each of them
 * has the way to the error sink.
 *
 * What holds at every instant:
 *   - every record from the low-water mark of a coverage up to its intake's place is covered, or in
 *     exactly one buffer of that side: the Lambda stage or a sink (mr_delivery_check() sums them);
 *   - positions move only in the transaction that makes an object visible, or that gives records
 *     up; so a process killed at any instant reads again exactly what is not in an object.
 *
 * A shard is read when its parents have been read to the end, and as long as there is room: every
 * sink has fewer than MR_DELIVERY_SEALED_MAX sealed outputs, and no batch waits for its invocation.
 * That bounds memory and disk while the destination or the function is down.
 */
#include "sim/firehose/delivery_private.h"
#include "sim/firehose/error_record.h"

/* Whether the delivery stream is to make this mistake (sim/fault/mutation.h). */
static bool mutates(const mr_delivery *delivery, mr_mutation mutation)
{
    return mr_faults_mutates(delivery->owner->options.faults, mutation);
}

/* ---- taking records in ---- */

static void fail_record(mr_delivery *delivery, const mr_origin *origin, mr_bytes raw,
                        const mr_batch_result *result, const char *error_code,
                        const char *error_message)
{
    mr_strbuf_reset(&delivery->error_line);
    mr_error_record_append(
        &delivery->error_line,
        &(mr_error_record){.raw = raw,
                           .error_code = error_code,
                           .error_message = error_message,
                           .attempts_made = result->attempts,
                           .arrival_us = origin->arrival_us,
                           .attempt_ended_us = result->ended_wall_us,
                           .lambda_arn = delivery->slots[origin->slot].lambda->arn});
    mr_sink_write(delivery->error, origin, mr_strbuf_bytes(&delivery->error_line));
}

/* One record, or sub-record, that is not done with. */
static void take_one(mr_delivery *delivery, mr_delivery_slot *s, const mr_origin *origin,
                     const mr_record_view *record)
{
    delivery->taken++;
    if (s->stage != NULL) {
        mr_lambda_stage_add(s->stage, record, origin->place);
    } else if (MR_LIKELY(delivery->partitions == NULL)) {
        delivery->ok++;
        mr_sink_write(delivery->main, origin, record->data);
    } else if (mr_delivery_to_partition(delivery, origin, record->data, record->data,
                                        &(mr_key_giver){.answer = NULL})) {
        delivery->ok++;
    } else {
        delivery->failed++;
    }
}

static void take_processed(mr_delivery *delivery, mr_delivery_slot *s, const mr_origin *origin,
                           const mr_record_view *record)
{
    delivery->read++;
    delivery->read_bytes += record->data.len;
    if (MR_LIKELY(mr_sub_records_are_one(delivery->subs, record))) {
        take_one(delivery, s, origin, record);
        return;
    }
    mr_record_view sub;
    mr_origin of_sub = *origin;
    uint32_t count = 0;
    mr_sub_records_open(delivery->subs, record);
    for (; mr_sub_records_next(delivery->subs, &sub, &of_sub.place); count++) {
        if (record->number >= s->skip_below ||
            !mr_coverage_contains(delivery->processed, of_sub.slot, of_sub.place.begin)) {
            take_one(delivery, s, &of_sub, &sub);
        }
    }
    if (count == 0) { /* an empty carrier leaves nothing */
        mr_sink_cover(delivery->main, origin);
    }
}

/* Whether a record that may be covered already is done with: all of its sub-records are. */
static bool is_processed(const mr_delivery *delivery, size_t place, const mr_record_view *record)
{
    mr_range whole = mr_range_of_record(record->number);
    return mr_coverage_contains_range(delivery->processed, place, whole);
}

static void take(void *context, size_t place, const mr_record_view *record)
{
    mr_delivery *delivery = context;
    mr_delivery_slot *s = &delivery->slots[place];
    mr_origin origin = {place, mr_range_of_record(record->number), record->arrival_us};
    bool to_main = true, to_backup = delivery->backup != NULL;

    if (MR_UNLIKELY(mr_delivery_slot_is_behind(delivery, s))) {
        mr_delivery_slot_follow(delivery, place);
    }
    if (MR_UNLIKELY(record->number < s->skip_below)) {
        mr_place at = mr_place_of(record->number);
        to_main = !is_processed(delivery, place, record);
        to_backup = to_backup && !mr_coverage_contains(delivery->backup_coverage, place, at);
        if (mutates(delivery, MR_MUTATION_BACKUP_FOLLOWS_MAIN)) {
            to_backup = to_backup && to_main;
        }
    }
    if (MR_UNLIKELY(s->misses_backup)) {
        s->misses_backup = to_backup = false;
    }
    if (to_backup) {
        mr_sink_write(delivery->backup, &origin, record->data);
    }
    if (MR_LIKELY(to_main)) {
        take_processed(delivery, s, &origin, record);
    }
}

/* ---- results of the transformation ---- */

typedef enum applied { APPLIED_OK, APPLIED_BAD, APPLIED_FAILED } applied;

/* BAD: the builtin does not take the record; FAILED: it is in the error output already. */
static applied apply_builtin(mr_delivery *delivery, mr_builtin *builtin, const mr_origin *origin,
                             mr_bytes raw)
{
    const char *why;
    if (MR_UNLIKELY(delivery->partitions != NULL)) {
        mr_strbuf_reset(&delivery->scratch);
        char *text = mr_strbuf_reserve(&delivery->scratch, mr_builtin_bound(builtin, raw.len));
        size_t len = mr_builtin_apply(builtin, raw, text, &why);
        if (len == 0) {
            return APPLIED_BAD;
        }
        mr_key_giver giver = {.builtin = builtin};
        bool taken =
            mr_delivery_to_partition(delivery, origin, mr_bytes_make(text, len), raw, &giver);
        return taken ? APPLIED_OK : APPLIED_FAILED;
    }
    char *room = mr_sink_reserve(delivery->main, mr_builtin_bound(builtin, raw.len));
    size_t used = mr_builtin_apply(builtin, raw, room, &why);
    if (used == 0) {
        return APPLIED_BAD;
    }
    mr_sink_used(delivery->main, origin, used);
    return APPLIED_OK;
}

static void apply_builtin_batch(mr_delivery *delivery, const mr_batch_result *result,
                                mr_batch_tally *tally)
{
    const mr_record_batch *records = result->records;
    for (size_t i = 0; i < records->count; i++) {
        const mr_batch_entry *entry = &records->entries[i];
        mr_origin origin = {result->slot, mr_batch_entry_place(entry), entry->arrival_us};
        mr_bytes raw = mr_record_batch_data(records, entry);

        if (MR_UNLIKELY(i == 0 && result->first_error_code != NULL)) {
            fail_record(delivery, &origin, raw, result, result->first_error_code,
                        result->first_error_message);
            tally->failed++;
            continue;
        }
        applied outcome = apply_builtin(delivery, result->builtin, &origin, raw);
        if (MR_LIKELY(outcome == APPLIED_OK)) {
            tally->ok++;
            continue;
        }
        if (outcome == APPLIED_BAD) {
            fail_record(delivery, &origin, raw, result, "Lambda.ProcessingFailedStatus",
                        "ProcessingFailed status set for record");
        }
        tally->failed++;
    }
}

/* False: the record has no partition, and is in the error output. */
static bool apply_ok(mr_delivery *delivery, const mr_batch_result *result, size_t i,
                     const mr_origin *origin)
{
    const mr_record_answer *answer = &result->answer->records[i];
    mr_bytes data =
        mr_bytes_make(mr_strbuf_text(&result->answer->data) + answer->data_at, answer->data_len);
    if (delivery->partitions != NULL) {
        mr_bytes raw = mr_record_batch_data(result->records, &result->records->entries[i]);
        mr_key_giver giver = {.answer = result->answer, .place = i};
        return mr_delivery_to_partition(delivery, origin, data, raw, &giver);
    }
    mr_sink_write(delivery->main, origin, data);
    return true;
}

static void apply_answer(mr_delivery *delivery, const mr_batch_result *result,
                         mr_batch_tally *tally)
{
    const mr_record_batch *records = result->records;
    for (size_t i = 0; i < records->count; i++) {
        const mr_batch_entry *entry = &records->entries[i];
        const mr_record_answer *answer = &result->answer->records[i];
        mr_origin origin = {result->slot, mr_batch_entry_place(entry), entry->arrival_us};

        switch (answer->verdict) {
        case MR_VERDICT_OK:
            if (apply_ok(delivery, result, i, &origin)) {
                tally->ok++;
            } else {
                tally->failed++;
            }
            break;
        case MR_VERDICT_DROPPED:
            if (!mutates(delivery, MR_MUTATION_DROPPED_NOT_COVERED)) {
                mr_sink_cover(delivery->main, &origin);
            }
            tally->dropped++;
            break;
        case MR_VERDICT_FAILED:
            fail_record(delivery, &origin, mr_record_batch_data(records, entry), result,
                        answer->error_code, answer->error_message);
            tally->failed++;
            break;
        }
    }
}

static void fail_batch(mr_delivery *delivery, const mr_batch_result *result, mr_batch_tally *tally)
{
    const mr_record_batch *records = result->records;
    for (size_t i = 0; i < records->count; i++) {
        const mr_batch_entry *entry = &records->entries[i];
        mr_origin origin = {result->slot, mr_batch_entry_place(entry), entry->arrival_us};
        if (mutates(delivery, MR_MUTATION_FAILED_BATCH_FORGOTTEN)) {
            mr_sink_write(delivery->error, &origin, (mr_bytes){NULL, 0});
        } else {
            fail_record(delivery, &origin, mr_record_batch_data(records, entry), result,
                        result->error_code, result->error_message);
        }
        tally->failed++;
    }
}

static mr_batch_tally apply_batch(void *context, const mr_batch_result *result)
{
    mr_delivery *delivery = context;
    mr_batch_tally tally = {0};

    if (result->error_code != NULL) {
        fail_batch(delivery, result, &tally);
    } else if (result->answer != NULL) {
        apply_answer(delivery, result, &tally);
    } else {
        apply_builtin_batch(delivery, result, &tally);
    }
    delivery->ok += tally.ok;
    delivery->dropped += tally.dropped;
    delivery->failed += tally.failed;
    return tally;
}

/* ---- the turns of the delivery stream ---- */

void mr_delivery_flush_all(mr_delivery *delivery)
{
    if (delivery->is_flushing) {
        return;
    }
    delivery->is_flushing = true;
    for (size_t i = 0; i < delivery->slot_count; i++) {
        if (delivery->slots[i].stage != NULL) {
            mr_lambda_stage_flush(delivery->slots[i].stage, MR_FLUSH_DRAIN);
        }
    }
    if (delivery->partitions != NULL) {
        mr_partition_sinks_flush(delivery->partitions, MR_FLUSH_DRAIN);
    }
    mr_sink_flush(delivery->main, MR_FLUSH_DRAIN);
    mr_sink_flush(delivery->error, MR_FLUSH_DRAIN);
    if (delivery->backup != NULL) {
        mr_sink_flush(delivery->backup, MR_FLUSH_DRAIN);
    }
    delivery->is_flushing = false;
}

/* After anything that filled a buffer while everything is to be flushed. */
static void go_on_draining(mr_delivery *delivery)
{
    if (!delivery->is_draining) {
        return;
    }
    mr_delivery_flush_all(delivery);
    delivery->is_draining = !mr_delivery_is_idle(delivery);
}

static uint64_t low_number(const mr_delivery *delivery, size_t place)
{
    uint64_t low = mr_coverage_low(delivery->processed, place).number;
    if (delivery->backup_coverage != NULL) {
        uint64_t backup_low = mr_coverage_low(delivery->backup_coverage, place).number;
        low = backup_low < low ? backup_low : low;
    }
    return low;
}

/* Positions have moved, or results were applied: the ring may go on, and the source may be read. */
static void on_settled(void *context)
{
    mr_delivery *delivery = context;
    for (size_t i = 0; i < delivery->slot_count; i++) {
        mr_intake_hold(delivery->slots[i].intake, low_number(delivery, i));
        mr_intake_resume(delivery->slots[i].intake);
    }
    go_on_draining(delivery);
}

static void on_broken(void *context, const mr_error *error)
{
    mr_delivery *delivery = context;
    delivery->is_broken = true;
    if (delivery->owner->on_fatal != NULL) {
        delivery->owner->on_fatal(delivery->owner->on_fatal_context, error);
    }
}

/* The function was changed: what was read before is transformed as it was begun, and applied,
 * before anything behind it is read. So the order of a shard stays, and no batch mixes two
 * functions. */
static bool is_finishing(const mr_delivery *delivery, size_t place)
{
    const mr_delivery_slot *slot = &delivery->slots[place];
    return mr_delivery_slot_is_behind(delivery, slot) && slot->stage != NULL &&
           !mr_lambda_stage_is_idle(slot->stage);
}

static bool has_room(void *context, size_t place)
{
    const mr_delivery *delivery = context;
    const mr_lambda_stage *stage = delivery->slots[place].stage;
    return !delivery->is_broken && mr_sink_waiting(delivery->main) < MR_DELIVERY_SEALED_MAX &&
           mr_sink_waiting(delivery->error) < MR_DELIVERY_SEALED_MAX &&
           (delivery->backup == NULL ||
            mr_sink_waiting(delivery->backup) < MR_DELIVERY_SEALED_MAX) &&
           (delivery->partitions == NULL || mr_partition_sinks_have_room(delivery->partitions)) &&
           (stage == NULL || !mr_lambda_stage_blocked(stage)) && !is_finishing(delivery, place);
}

static void on_read(void *context, size_t place)
{
    mr_delivery *delivery = context;
    mr_delivery_slot *slot = &delivery->slots[place];
    slot->misses_backup = mutates(delivery, MR_MUTATION_BACKUP_MISSES_FIRST);
    if (MR_UNLIKELY(mr_delivery_slot_is_behind(delivery, slot)) && slot->stage != NULL) {
        mr_lambda_stage_flush(slot->stage, MR_FLUSH_DRAIN); /* a slow read came in late */
    }
    go_on_draining(delivery);
}

static void on_expired(void *context, size_t place, uint64_t first, uint64_t last)
{
    mr_delivery *delivery = context;
    mr_range range = {mr_place_of(first), mr_place_of(last + 1)};
    uint64_t lost = 0;

    for (; first < delivery->slots[place].skip_below && first <= last; first++) {
        lost += mr_coverage_contains(delivery->processed, place, mr_place_of(first)) ? 0 : 1;
    }
    lost += last + 1 - first;
    mr_coverage_skip(delivery->processed, place, range);
    if (delivery->backup_coverage != NULL) {
        mr_coverage_skip(delivery->backup_coverage, place, range);
    }
    delivery->expired += lost;
    if (lost > 0) {
        mr_trace_emit(
            delivery->owner->options.trace,
            &(mr_event){.type = MR_EVENT_RECORDS_EXPIRED,
                        .stream = mr_stream_name(delivery->source),
                        .shard = mr_shard_id(mr_intake_shard(delivery->slots[place].intake)),
                        .delivery = delivery->options.name,
                        .reason = "retention",
                        .message = "gone from the source before they were read",
                        .number = last,
                        .records = lost});
    }
}

/* ---- shards ---- */

static const mr_delivery_slot *slot_of(const mr_delivery *delivery, const mr_shard *shard)
{
    for (size_t i = 0; i < delivery->slot_count; i++) {
        if (mr_intake_shard(delivery->slots[i].intake) == shard) {
            return &delivery->slots[i];
        }
    }
    return NULL;
}

static bool parents_are_read(const mr_delivery *delivery, const mr_shard *shard)
{
    const mr_shard *parents[2];
    int count = mr_shard_parents(shard, parents);
    for (int i = 0; i < count; i++) {
        const mr_delivery_slot *parent = slot_of(delivery, parents[i]);
        if (parent != NULL && !mr_intake_has_ended(parent->intake)) {
            return false;
        }
    }
    return true;
}

static void start_intakes(mr_delivery *delivery)
{
    for (size_t i = 0; i < delivery->slot_count; i++) {
        mr_intake *intake = delivery->slots[i].intake;
        if (!mr_intake_is_started(intake) && (parents_are_read(delivery, mr_intake_shard(intake)) ||
                                              mutates(delivery, MR_MUTATION_PARENT_NOT_AWAITED))) {
            mr_intake_start(intake);
        }
    }
}

static void on_end(void *context, size_t place)
{
    (void)place;
    start_intakes(context);
}

/* The number of the first record of which nothing is covered, `high` being behind all that is. */
static uint64_t number_behind(mr_place high)
{
    return high.number + (high.sub > 0 ? 1 : 0);
}

mr_code mr_delivery_add_slot(mr_delivery *delivery, mr_shard *shard, uint64_t start, mr_error *err)
{
    bool found;
    size_t place = delivery->slot_count;
    mr_code code =
        mr_coverage_add_shard(delivery->processed, mr_shard_id(shard), start, &found, err);
    if (code != MR_OK) {
        return code;
    }
    uint64_t high = number_behind(mr_coverage_high(delivery->processed, place));
    if (delivery->backup_coverage != NULL) {
        /* A backup that was switched on later begins with what is not delivered yet. */
        start = mr_coverage_low(delivery->processed, place).number;
        code = mr_coverage_add_shard(delivery->backup_coverage, mr_shard_id(shard), start, &found,
                                     err);
        if (code != MR_OK) {
            return code;
        }
        uint64_t backup_high = number_behind(mr_coverage_high(delivery->backup_coverage, place));
        high = backup_high > high ? backup_high : high;
    }
    MR_GROW(delivery->slots, delivery->slot_count, delivery->slot_capacity);
    uint64_t low = low_number(delivery, place);
    mr_delivery_slot *s = &delivery->slots[delivery->slot_count++];
    *s = (mr_delivery_slot){.skip_below = high};
    if (mutates(delivery, MR_MUTATION_RESUME_FROM_HIGH)) {
        low = high;
    } else if (mutates(delivery, MR_MUTATION_RESUME_FORGETS_COVERED)) {
        s->skip_below = 0;
    }
    s->intake = mr_intake_new(&delivery->intake_config, shard, place, low);
    mr_intake_hold(s->intake, low);
    mr_delivery_slot_follow(delivery, place);
    return MR_OK;
}

mr_code mr_delivery_store_slots(mr_delivery *delivery, mr_error *err)
{
    mr_db *db = delivery->owner->options.db;
    mr_coverage *both[] = {delivery->processed, delivery->backup_coverage};
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < MR_COUNT(both) && code == MR_OK; i++) {
        code = both[i] == NULL ? MR_OK : mr_coverage_store(both[i], NULL, 0, err);
    }
    if (code == MR_OK) {
        code = mr_db_commit(db, err);
    } else {
        mr_db_rollback(db);
    }
    for (size_t i = 0; i < MR_COUNT(both); i++) {
        if (both[i] != NULL && code == MR_OK) {
            mr_coverage_accept(both[i]);
        } else if (both[i] != NULL) {
            mr_coverage_reject(both[i]);
        }
    }
    return code;
}

/* A split or merge has made a shard: nothing of it may be missed, so it is read from its first
 * record, once its parents have been read to the end. */
static void on_shard(void *context, mr_shard *shard)
{
    mr_delivery *delivery = context;
    mr_error err;
    uint64_t first = mutates(delivery, MR_MUTATION_SPLIT_SKIPS_FIRST) ? 2 : 1;
    if (mr_delivery_add_slot(delivery, shard, first, &err) != MR_OK ||
        mr_delivery_store_slots(delivery, &err) != MR_OK) {
        on_broken(delivery, &err);
        return;
    }
    start_intakes(delivery);
}

/* ---- wiring ---- */

void mr_delivery_wire_intake(mr_delivery *delivery)
{
    delivery->intake_config.take = take;
    delivery->intake_config.expired = on_expired;
    delivery->intake_config.has_room = has_room;
    delivery->intake_config.on_read = on_read;
    delivery->intake_config.on_end = on_end;
    delivery->intake_config.on_broken = on_broken;
    delivery->intake_config.context = delivery;
}

void mr_delivery_wire_lambda(mr_delivery *delivery, mr_lambda_config *config)
{
    config->apply = apply_batch;
    config->on_settled = on_settled;
    config->on_broken = on_broken;
    config->context = delivery;
}

void mr_delivery_wire_sink(mr_delivery *delivery, mr_sink_options *options)
{
    options->on_settled = on_settled;
    options->on_broken = on_broken;
    options->on_refused = mr_delivery_on_refused;
    options->context = delivery;
}

void mr_delivery_start(mr_delivery *delivery)
{
    mr_stream_on_shard(delivery->source, on_shard, delivery);
    delivery->is_listening = true;
    start_intakes(delivery);
}

void mr_delivery_stop(mr_delivery *delivery)
{
    if (delivery->is_listening) {
        mr_stream_off_shard(delivery->source, on_shard, delivery);
        delivery->is_listening = false;
    }
}

void mr_delivery_drain(mr_delivery *delivery)
{
    delivery->is_draining = true;
    go_on_draining(delivery);
}
