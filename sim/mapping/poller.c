/* poller.c - see poller.h. A slot is one shard; slots are numbered in the order of shards. */
#include "sim/mapping/poller.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/base/timefmt.h"
#include "sim/mapping/mapping_settings.h"
#include "sim/mapping/position.h"
#include "sim/stream/intake.h"

#define POLL_US MR_US_PER_SECOND

typedef struct slot {
    mr_shard *shard;
    mr_intake *intake;
    mr_lane *lanes[MR_MAPPING_LANES_MAX];
    mr_position found; /* what was done when the poller began */
    uint64_t taken;    /* behind the last record that was read */
    bool unsaved;      /* records were passed over since the position was stored */
} slot;

struct mr_poller {
    mr_poller_options options;
    mr_mapping_settings settings; /* owned */
    char *function_name, *stream_arn, *consumer;
    mr_filter *filter; /* NULL: every record */
    size_t lanes;
    mr_lane_config config;
    mr_intake_config intake_config;
    slot *slots;
    size_t slot_count, slot_capacity;
    bool is_listening;
    bool is_stopping;
    bool is_broken;
};

/* ---- positions ---- */

/* The lowest number of the slot that is not done. */
static mr_position position_of(const mr_poller *poller, const slot *s)
{
    mr_position position = {.lanes = poller->lanes};
    for (size_t i = 0; i < position.lanes; i++) {
        const uint64_t behind = s->taken > s->found.done[i] ? s->taken : s->found.done[i];
        position.done[i] = mr_lane_done(s->lanes[i], behind);
    }
    return position;
}

static mr_code store_positions(void *context, size_t place, mr_error *err)
{
    const mr_poller *poller = context;
    const slot *s = &poller->slots[place];
    const mr_position position = position_of(poller, s);
    return mr_position_write(poller->config.db, poller->config.mapping, mr_shard_id(s->shard),
                             &position, err);
}

static void hold(mr_poller *poller, const slot *s)
{
    const mr_position position = position_of(poller, s);
    mr_intake_hold(s->intake, mr_position_low(&position));
}

/* ---- records ---- */

static bool fits(const mr_poller *poller, const slot *s, const mr_record_view *record)
{
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(s->shard, record->number, record->arrival_us, sequence);
    return mr_filter_fits(poller->filter, sequence, record);
}

static void take(void *context, size_t place, const mr_record_view *record)
{
    mr_poller *poller = context;
    slot *s = &poller->slots[place];
    if (record->number < s->taken) {
        return; /* a read that was made twice: the lanes have the record, or had it */
    }
    s->taken = record->number + 1;
    const size_t lane =
        poller->lanes == 1
            ? 0
            : (size_t)(mr_hash64(record->partition_key.at, record->partition_key.len) %
                       poller->lanes);
    if (record->number < s->found.done[lane]) {
        return;
    }
    if (poller->filter != NULL && !fits(poller, s, record)) {
        poller->config.counts.filtered++;
        s->unsaved = true;
        return;
    }
    mr_lane_add(s->lanes[lane], record);
}

static void on_expired(void *context, size_t place, uint64_t first, uint64_t last)
{
    mr_poller *poller = context;
    slot *s = &poller->slots[place];
    s->taken = last + 1;
    s->unsaved = true;
    poller->config.counts.expired += last + 1 - first;
    mr_trace_emit(poller->config.trace,
                  &(mr_event){.type = MR_EVENT_RECORDS_EXPIRED,
                              .stream = poller->config.stream,
                              .shard = mr_shard_id(s->shard),
                              .mapping = poller->config.mapping,
                              .reason = "retention",
                              .message = "gone from the source before they were read",
                              .number = last,
                              .records = last + 1 - first});
}

static bool has_room(void *context, size_t place)
{
    const mr_poller *poller = context;
    const slot *s = &poller->slots[place];
    const uint64_t lanes = poller->lanes;
    uint64_t records = 0, bytes = 0;
    for (size_t i = 0; i < lanes; i++) {
        records += mr_lane_records(s->lanes[i]);
        bytes += mr_lane_bytes(s->lanes[i]);
    }
    /* A batch that is being sent, and one that waits, in each lane. */
    return !poller->is_broken && records < 2 * lanes * poller->config.batch_size &&
           bytes < 2 * lanes * MR_FUNCTION_PAYLOAD_MAX;
}

static void break_poller(void *context, const mr_error *error)
{
    mr_poller *poller = context;
    poller->is_broken = true;
    poller->options.on_broken(poller->options.context, error);
}

/* ---- shards ---- */

static bool is_done(const mr_poller *poller, const slot *s)
{
    bool done = mr_intake_has_ended(s->intake);
    for (size_t i = 0; i < poller->lanes && done; i++) {
        done = mr_lane_is_empty(s->lanes[i]);
    }
    return done;
}

static bool parents_are_done(const mr_poller *poller, const mr_shard *shard)
{
    const mr_shard *parents[2];
    const int count = mr_shard_parents(shard, parents);
    for (int p = 0; p < count; p++) {
        for (size_t i = 0; i < poller->slot_count; i++) {
            if (poller->slots[i].shard == parents[p] && !is_done(poller, &poller->slots[i])) {
                return false;
            }
        }
    }
    return true;
}

static void start_intakes(mr_poller *poller)
{
    for (size_t i = 0; i < poller->slot_count; i++) {
        slot *s = &poller->slots[i];
        if (!mr_intake_is_started(s->intake) && parents_are_done(poller, s->shard)) {
            mr_intake_start(s->intake);
        }
    }
}

/* Adds the shard. Its position is stored when there was none. */
static mr_code add_slot(mr_poller *poller, mr_shard *shard, mr_error *err)
{
    mr_position position;
    bool found;
    mr_code code = mr_position_read(poller->config.db, poller->config.mapping, mr_shard_id(shard),
                                    poller->lanes, &position, &found, err);
    if (code == MR_OK && !found) {
        position = mr_position_at(poller->lanes, 1);
        code = mr_position_write(poller->config.db, poller->config.mapping, mr_shard_id(shard),
                                 &position, err);
    }
    if (code != MR_OK) {
        return code;
    }
    MR_GROW(poller->slots, poller->slot_count, poller->slot_capacity);
    const size_t place = poller->slot_count++;
    const uint64_t low = mr_position_low(&position);
    slot *s = &poller->slots[place];
    *s = (slot){.shard = shard, .found = position, .taken = low};
    s->intake = mr_intake_new(&poller->intake_config, shard, place, low);
    for (size_t i = 0; i < poller->lanes; i++) {
        s->lanes[i] = mr_lane_new(&poller->config, shard, place);
    }
    hold(poller, s);
    return MR_OK;
}

static void on_shard(void *context, mr_shard *shard)
{
    mr_poller *poller = context;
    mr_error err;
    if (poller->is_stopping) {
        return; /* the next poller finds it */
    }
    if (add_slot(poller, shard, &err) != MR_OK) {
        break_poller(poller, &err);
        return;
    }
    start_intakes(poller);
}

/* ---- turns ---- */

static bool is_at_rest(const mr_poller *poller)
{
    for (size_t i = 0; i < poller->slot_count; i++) {
        for (size_t lane = 0; lane < poller->lanes; lane++) {
            if (mr_lane_is_busy(poller->slots[i].lanes[lane])) {
                return false;
            }
        }
    }
    return true;
}

static void on_moved(void *context, size_t place)
{
    mr_poller *poller = context;
    slot *s = &poller->slots[place];
    if (poller->is_stopping) {
        if (!poller->is_broken && is_at_rest(poller)) {
            poller->options.on_rest(poller->options.context, NULL); /* frees the poller */
        }
        return;
    }
    hold(poller, s);
    mr_intake_resume(s->intake);
    start_intakes(poller);
    if (poller->config.is_draining && mr_poller_is_idle(poller)) {
        poller->config.is_draining = false;
    }
}

/* Records that no lane got are passed over for good. */
static void save(mr_poller *poller, size_t place)
{
    slot *s = &poller->slots[place];
    mr_error err;
    s->unsaved = false;
    mr_code code = mr_db_begin(poller->config.db, &err);
    if (code == MR_OK) {
        code = store_positions(poller, place, &err);
        if (code == MR_OK) {
            code = mr_db_commit(poller->config.db, &err);
        } else {
            mr_db_rollback(poller->config.db);
        }
    }
    if (code != MR_OK) {
        mr_trace_warn_about(poller->config.trace,
                            &(mr_event){.mapping = poller->config.mapping,
                                        .stream = poller->config.stream,
                                        .function = poller->config.function_name},
                            "event source mapping %s: its position is not stored: %s",
                            poller->config.mapping, err.message);
    }
}

static void on_read(void *context, size_t place)
{
    mr_poller *poller = context;
    for (size_t i = 0; i < poller->lanes; i++) {
        mr_lane_run(poller->slots[place].lanes[i]);
    }
    if (poller->slots[place].unsaved) {
        save(poller, place);
    }
    hold(poller, &poller->slots[place]);
}

static void on_end(void *context, size_t place)
{
    (void)place;
    start_intakes(context);
}

static void on_result(void *context, const char *result)
{
    mr_poller *poller = context;
    poller->options.on_result(poller->options.context, result);
}

static void on_intake_broken(void *context, const mr_error *error)
{
    mr_poller *poller = context;
    if (error->code == MR_STREAM_NOT_FOUND || error->code == MR_CONSUMER_NOT_FOUND) {
        poller->options.on_rest(poller->options.context, error); /* frees the poller */
    } else {
        break_poller(poller, error);
    }
}

/* ---- making and releasing ---- */

static void configure(mr_poller *poller)
{
    const mr_mappings_options *world = poller->options.world;
    const mr_mapping_settings *s = &poller->settings;
    poller->config = (mr_lane_config){
        .clock = world->clock,
        .trace = world->trace,
        .functions = world->functions,
        .store = world->store,
        .db = world->db,
        .seed = world->seed,
        .mapping = poller->options.mapping,
        .function = s->function,
        .function_name = poller->function_name,
        .stream = mr_stream_name(poller->options.stream),
        .stream_arn = poller->stream_arn,
        .envelope = {.source_arn = s->source_arn, .region = world->region, .role = s->role},
        .batch_size = (size_t)s->batch_size,
        .window_us = s->window_s * MR_US_PER_SECOND,
        .retries_max = s->retries_max,
        .age_max_us = s->age_max_s < 0 ? -1 : s->age_max_s * MR_US_PER_SECOND,
        .bisect = s->bisect,
        .reports_items = s->reports_items,
        .failure_bucket = mr_mapping_failure_bucket(s->failure_arn),
        .store_positions = store_positions,
        .on_moved = on_moved,
        .on_result = on_result,
        .on_broken = break_poller,
        .context = poller,
        .counts = poller->options.counts,
    };
    poller->intake_config = (mr_intake_config){
        .clock = world->clock,
        .faults = world->faults,
        .poll_us = poller->consumer == NULL ? POLL_US : 0,
        .consumer = poller->consumer,
        .take = take,
        .expired = on_expired,
        .has_room = has_room,
        .on_read = on_read,
        .on_end = on_end,
        .on_broken = on_intake_broken,
        .context = poller,
    };
}

/* In one transaction: a shard that came while nobody looked is known to all or to none. */
static mr_code add_slots(mr_poller *poller, mr_error *err)
{
    const size_t count = mr_stream_shard_count(poller->options.stream);
    mr_code code = mr_db_begin(poller->config.db, err);
    if (code != MR_OK) {
        return code;
    }
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        code = add_slot(poller, mr_stream_shard(poller->options.stream, i), err);
    }
    if (code != MR_OK) {
        mr_db_rollback(poller->config.db);
        return code;
    }
    return mr_db_commit(poller->config.db, err);
}

mr_code mr_poller_new(const mr_poller_options *options, mr_poller **out, mr_error *err)
{
    mr_poller *poller = mr_calloc(1, sizeof(*poller));
    poller->options = *options;
    poller->settings = mr_mapping_settings_copy(options->settings);
    poller->function_name = mr_strdup(options->function_name);
    poller->stream_arn = mr_strdup(options->stream_arn);
    poller->consumer = mr_strdup(options->consumer);
    poller->lanes = (size_t)options->settings->lanes;
    configure(poller);
    mr_code code = mr_filter_new(poller->settings.filters, poller->settings.filter_count,
                                 &poller->filter, err);
    if (code == MR_OK) {
        code = add_slots(poller, err);
    }
    if (code != MR_OK) {
        mr_poller_free(poller);
        return code;
    }
    mr_stream_on_shard(options->stream, on_shard, poller);
    poller->is_listening = true;
    start_intakes(poller);
    *out = poller;
    return MR_OK;
}

static void stop_listening(mr_poller *poller)
{
    if (poller->is_listening) {
        mr_stream_off_shard(poller->options.stream, on_shard, poller);
        poller->is_listening = false;
    }
}

void mr_poller_free(mr_poller *poller)
{
    if (poller == NULL) {
        return;
    }
    stop_listening(poller);
    for (size_t i = 0; i < poller->slot_count; i++) {
        for (size_t lane = 0; lane < poller->lanes; lane++) {
            mr_lane_free(poller->slots[i].lanes[lane]);
        }
    }
    for (size_t i = 0; i < poller->slot_count; i++) { /* with the last one a deleted stream goes */
        mr_intake_free(poller->slots[i].intake);
    }
    mr_free(poller->slots);
    mr_filter_free(poller->filter);
    mr_mapping_settings_deinit(&poller->settings);
    mr_free(poller->function_name);
    mr_free(poller->stream_arn);
    mr_free(poller->consumer);
    mr_free(poller);
}

void mr_poller_stop(mr_poller *poller)
{
    if (poller->is_stopping) {
        return;
    }
    poller->is_stopping = true;
    stop_listening(poller);
    for (size_t i = 0; i < poller->slot_count; i++) {
        mr_intake_stop(poller->slots[i].intake);
        for (size_t lane = 0; lane < poller->lanes; lane++) {
            mr_lane_stop(poller->slots[i].lanes[lane]);
        }
    }
    if (is_at_rest(poller)) {
        poller->options.on_rest(poller->options.context, NULL);
    }
}

void mr_poller_drain(mr_poller *poller)
{
    poller->config.is_draining = !mr_poller_is_idle(poller);
    for (size_t i = 0; i < poller->slot_count && poller->config.is_draining; i++) {
        for (size_t lane = 0; lane < poller->lanes; lane++) {
            mr_lane_run(poller->slots[i].lanes[lane]);
        }
    }
}

/* ---- questions ---- */

bool mr_poller_is_idle(const mr_poller *poller)
{
    for (size_t i = 0; i < poller->slot_count; i++) {
        const slot *s = &poller->slots[i];
        if (!poller->is_stopping && !mr_intake_is_idle(s->intake)) {
            return false;
        }
        for (size_t lane = 0; lane < poller->lanes; lane++) {
            if (!mr_lane_is_empty(s->lanes[lane])) {
                return false;
            }
        }
    }
    return true;
}

uint64_t mr_poller_waiting(const mr_poller *poller)
{
    uint64_t records = 0;
    for (size_t i = 0; i < poller->slot_count; i++) {
        for (size_t lane = 0; lane < poller->lanes; lane++) {
            records += mr_lane_records(poller->slots[i].lanes[lane]);
        }
    }
    return records;
}

mr_mapping_counts mr_poller_count(const mr_poller *poller)
{
    return poller->config.counts;
}

mr_code mr_poller_check(const mr_poller *poller, mr_error *err)
{
    mr_code code = MR_OK;
    for (size_t i = 0; i < poller->slot_count && code == MR_OK; i++) {
        for (size_t lane = 0; lane < poller->lanes && code == MR_OK; lane++) {
            code = mr_lane_check(poller->slots[i].lanes[lane], err);
        }
    }
    return code;
}
