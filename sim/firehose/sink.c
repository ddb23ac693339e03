/*
 * sink.c - see sink.h.
 *
 * The life of an output; output_enter() makes every move:
 *
 *             mr_sink_used(), mr_sink_cover()
 *                  v
 *                 OPEN --seal(): size, interval, drain--> PUTTING
 *
 *     PUTTING --on_put(): complete------------------> COMMITTING  object and positions together
 *     PUTTING --on_put(): refused-------------------> RETRYING    back-off; the key stays
 *     PUTTING --on_put(): refused, retention over---> DISCARDING  positions alone: data is lost
 *     COMMITTING, DISCARDING --done-----------------> (released)
 *     RETRYING --on_timer()-------------------------> the state that failed
 *     any of them --the machine fails, simulated time--> STUCK    nothing goes on from here
 *     any of them --the machine fails, real time-------> RETRYING for as long as it takes
 *
 * An output without bytes (records were dropped, or are empty) goes from OPEN to COMMITTING with
 * its positions alone: Firehose never writes an empty object.
 *
 * Back-off of refused puts, for which AWS documents nothing: 1 s, doubling to 60 s; the last
 * attempt is made when the retention of the source ends, counted from the oldest record.
 */
#include "sim/firehose/sink.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/commit_log.h"

#include <inttypes.h>

/* Bytes that the compressor is fed at once. */
#define PIECE_BYTES    (256 * MR_KIB)
#define BACKOFF_MIN_US MR_US_PER_SECOND
#define BACKOFF_MAX_US (60 * MR_US_PER_SECOND)

typedef enum output_state {
    OUTPUT_OPEN,
    OUTPUT_PUTTING,
    OUTPUT_RETRYING,
    OUTPUT_COMMITTING,
    OUTPUT_DISCARDING,
    OUTPUT_STUCK
} output_state;

typedef struct output {
    mr_sink *sink;
    struct output *next; /* of the sealed ones, oldest first */
    output_state state;
    output_state failed; /* RETRYING: the state to go back to */
    bool has_settled;    /* its positions stand in the database */
    uint64_t ordinal;    /* 0, 1, 2, ... in its sink, restarts included */
    mr_prng prng;        /* chance of this object alone: its names do not depend on other objects */
    mr_upload *upload;   /* made with the first byte */
    mr_compressor *compressor;
    mr_ranges *ranges;  /* by slot: the records in it, in the order of writing */
    mr_ranges *dropped; /* by slot: what is covered besides and leaves nothing */
    size_t slots;
    uint64_t records, bytes; /* bytes before compression */
    uint64_t covered;        /* dropped records */
    uint64_t last_bytes;     /* of the newest record, for the bounds check */
    int64_t oldest_us;       /* earliest arrival */
    int64_t opened_us;
    uint32_t attempts;
    mr_strbuf key;
    mr_timer timer; /* OPEN: the interval; RETRYING: the back-off */
} output;

struct mr_sink {
    mr_sink_options options;
    output *open; /* NULL until something comes */
    output *sealed, **sealed_end;
    size_t waiting;
    uint64_t next_ordinal;      /* of the next output to open */
    uint64_t committed_ordinal; /* as stored: no committed output has this one or a later one */
    mr_strbuf stage;            /* bytes for the compressor, or a record too large to reserve */
    mr_strbuf packed;
    char *room; /* of the reserve under way */
    bool room_is_staged;
    bool is_broken;
    bool restarts_interval; /* MR_MUTATION_INTERVAL_LATE: every record asks, so read once */
    mr_sink_counts counts;
};

static void on_timer(void *context);
static void on_put(void *context, const mr_error *result);
static void output_enter(output *o, output_state next);
static void checkpoint(output *o);

/* Whether the sink is to make this mistake (sim/fault/mutation.h). */
static bool mutates(const mr_sink *sink, mr_mutation mutation)
{
    return mr_faults_mutates(sink->options.faults, mutation);
}

const char *mr_flush_reason_name(mr_flush_reason reason)
{
    static const char *const names[MR_FLUSH_REASON_COUNT] = {"size", "interval", "drain"};
    return names[reason];
}

/* ---- making and releasing ---- */

static mr_code load_ordinal(mr_sink *sink, mr_error *err)
{
    bool row;
    mr_stmt *stmt = mr_db_stmt(
        sink->options.db, "SELECT next_object FROM delivery_sinks WHERE delivery = ? AND sink = ?");
    mr_stmt_bind_text(stmt, 1, sink->options.delivery);
    mr_stmt_bind_text(stmt, 2, sink->options.name);
    mr_code code = mr_stmt_step(sink->options.db, stmt, &row, err);
    if (code != MR_OK) {
        return code;
    }
    sink->next_ordinal = row ? (uint64_t)mr_stmt_int(stmt, 0) : 0;
    sink->committed_ordinal = sink->next_ordinal;
    mr_stmt_done(stmt);
    return MR_OK;
}

mr_code mr_sink_new(const mr_sink_options *options, mr_sink **out, mr_error *err)
{
    mr_sink *sink = mr_calloc(1, sizeof(*sink));
    sink->options = *options;
    sink->sealed_end = &sink->sealed;
    sink->stage = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    sink->packed = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    sink->restarts_interval = mutates(sink, MR_MUTATION_INTERVAL_LATE);
    mr_code code = load_ordinal(sink, err);
    if (code != MR_OK) {
        mr_sink_free(sink);
        return code;
    }
    *out = sink;
    return MR_OK;
}

static void output_free(output *o)
{
    if (o == NULL) {
        return;
    }
    mr_timer_cancel(&o->timer);
    mr_compressor_free(o->compressor);
    mr_upload_free(o->upload);
    for (size_t i = 0; i < o->slots; i++) {
        mr_ranges_deinit(&o->ranges[i]);
        mr_ranges_deinit(&o->dropped[i]);
    }
    mr_free(o->ranges);
    mr_free(o->dropped);
    mr_strbuf_deinit(&o->key);
    mr_free(o);
}

void mr_sink_free(mr_sink *sink)
{
    if (sink == NULL) {
        return;
    }
    output_free(sink->open);
    for (output *o = sink->sealed, *next; o != NULL; o = next) {
        next = o->next;
        output_free(o);
    }
    mr_strbuf_deinit(&sink->stage);
    mr_strbuf_deinit(&sink->packed);
    mr_free(sink);
}

/* ---- filling ---- */

static output *output_new(mr_sink *sink)
{
    output *o = mr_calloc(1, sizeof(*o));
    o->sink = sink;
    o->state = OUTPUT_OPEN;
    o->ordinal = sink->next_ordinal++;
    o->slots = mr_coverage_shard_count(sink->options.coverage);
    o->ranges = mr_calloc(o->slots, sizeof(*o->ranges));
    o->dropped = mr_calloc(o->slots, sizeof(*o->dropped));
    o->key = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_timer_init(&o->timer, sink->options.clock, on_timer, o);

    /* Numbered, so that a restart does not give a new object the name of an earlier one. */
    char *name = mr_format("firehose/%s/%s/%" PRIu64, sink->options.delivery, sink->options.name,
                           o->ordinal);
    o->prng = mr_prng_named(sink->options.seed, name);
    if (mutates(sink, MR_MUTATION_UNSEEDED_RANDOM)) {
        o->prng = mr_prng_named((uint64_t)mr_clock_outside_us(sink->options.clock), name);
    }
    mr_free(name);
    return o;
}

static output *open_output(mr_sink *sink)
{
    if (MR_UNLIKELY(sink->open == NULL)) {
        sink->open = output_new(sink);
    }
    return sink->open;
}

static output *open_upload(mr_sink *sink)
{
    output *o = open_output(sink);
    if (MR_LIKELY(o->upload != NULL)) {
        return o;
    }
    o->upload = mr_store_upload(sink->options.store);
    if (sink->options.compression != MR_COMPRESSION_NONE) {
        char entry[MR_UUID_SIZE];
        mr_prng_uuid(&o->prng, entry);
        bool has_entry = sink->options.compression == MR_COMPRESSION_ZIP;
        o->compressor = mr_compressor_new(sink->options.compression, has_entry ? entry : NULL);
    }
    return o;
}

static mr_ranges *grow(mr_ranges *ranges, size_t from, size_t to)
{
    ranges = mr_reallocarray(ranges, to, sizeof(*ranges));
    memset(ranges + from, 0, (to - from) * sizeof(*ranges));
    return ranges;
}

/* Makes room for slots that a reshard has brought meanwhile. */
static inline void need_slot(output *o, size_t slot)
{
    if (MR_UNLIKELY(slot >= o->slots)) {
        size_t slots = mr_coverage_shard_count(o->sink->options.coverage);
        MR_ASSERT(slot < slots);
        o->ranges = grow(o->ranges, o->slots, slots);
        o->dropped = grow(o->dropped, o->slots, slots);
        o->slots = slots;
    }
}

static void start_interval(output *o)
{
    o->opened_us = mr_clock_now_us(o->sink->options.clock);
    mr_timer_set(&o->timer, o->opened_us + o->sink->options.interval_us);
}

static void first_record(output *o, const mr_origin *origin)
{
    mr_sink *sink = o->sink;
    o->oldest_us = origin->arrival_us;
    start_interval(o); /* from here, also when dropped records came before */
    mr_trace_emit(sink->options.trace, &(mr_event){.type = MR_EVENT_BUFFER_OPENED,
                                                   .delivery = sink->options.delivery,
                                                   .sink = sink->options.name});
}

/* Hands the staged bytes on: through the compressor, or as they are. */
static void unstage(output *o)
{
    mr_sink *sink = o->sink;
    if (o->compressor == NULL) {
        mr_upload_write(o->upload, mr_strbuf_bytes(&sink->stage));
    } else if (sink->stage.len > 0) {
        mr_compressor_write(o->compressor, mr_strbuf_bytes(&sink->stage), &sink->packed);
        mr_upload_write(o->upload, mr_strbuf_bytes(&sink->packed));
        mr_strbuf_reset(&sink->packed);
    }
    mr_strbuf_reset(&sink->stage);
}

static void seal(mr_sink *sink, mr_flush_reason reason);

/* A record was added that fills the output, or comes behind the one that did. */
static void filled(output *o)
{
    mr_sink *sink = o->sink;
    bool is_first = o->bytes - o->last_bytes < sink->options.size_bytes;
    if (is_first && mutates(sink, MR_MUTATION_BUFFER_SIZE_OFF_BY_ONE)) {
        return;
    }
    seal(sink, MR_FLUSH_SIZE);
}

char *mr_sink_reserve(mr_sink *sink, size_t n)
{
    output *o = open_upload(sink);
    size_t whole = n + (sink->options.append_delimiter ? 1 : 0);

    sink->room_is_staged = o->compressor != NULL || whole > MR_UPLOAD_RESERVE_MAX;
    sink->room = sink->room_is_staged ? mr_strbuf_reserve(&sink->stage, whole)
                                      : mr_upload_reserve(o->upload, whole);
    return sink->room;
}

void mr_sink_used(mr_sink *sink, const mr_origin *origin, size_t n)
{
    output *o = sink->open;
    MR_ASSERT(o != NULL && sink->room != NULL);

    if (MR_UNLIKELY(o->records == 0)) {
        first_record(o, origin);
    } else if (MR_UNLIKELY(sink->restarts_interval)) {
        start_interval(o);
    }
    if (sink->options.append_delimiter) {
        sink->room[n++] = '\n';
    }
    sink->room = NULL;
    if (!sink->room_is_staged) {
        mr_upload_used(o->upload, n);
    } else {
        mr_strbuf_commit(&sink->stage, n);
        if (o->compressor == NULL || sink->stage.len >= PIECE_BYTES) {
            unstage(o);
        }
    }
    need_slot(o, origin->slot);
    mr_ranges_add_record(&o->ranges[origin->slot], origin->number);
    o->records++;
    o->bytes += n;
    o->last_bytes = n;
    if (origin->arrival_us < o->oldest_us) {
        o->oldest_us = origin->arrival_us;
    }
    sink->counts.records_in++;
    if (MR_UNLIKELY(o->bytes >= sink->options.size_bytes)) {
        filled(o);
    }
}

void mr_sink_write(mr_sink *sink, const mr_origin *origin, mr_bytes data)
{
    char *room = mr_sink_reserve(sink, data.len);
    if (data.len > 0) {
        memcpy(room, data.at, data.len);
    }
    mr_sink_used(sink, origin, data.len);
}

void mr_sink_cover(mr_sink *sink, const mr_origin *origin)
{
    output *o = open_output(sink);
    if (o->records == 0 && o->covered == 0) {
        start_interval(o);
    }
    o->covered++;
    need_slot(o, origin->slot);
    mr_ranges_add_record(&o->dropped[origin->slot], origin->number);
}

/* ---- sealing ---- */

static bool is_empty(const output *o)
{
    return o == NULL || (o->records == 0 && o->covered == 0);
}

/* Past the hint by more than the record that filled it. */
static bool is_oversized(const output *o)
{
    return o->bytes > 0 && o->bytes - o->last_bytes >= o->sink->options.size_bytes;
}

static void choose_key(output *o)
{
    const mr_sink_options *options = &o->sink->options;
    mr_object_name name = {
        .delivery = options->delivery,
        .version = "1",
        .time_us = o->oldest_us,
        .error_type = options->error_type,
        .extension = options->extension,
    };
    if (mutates(o->sink, MR_MUTATION_WALL_CLOCK)) {
        name.time_us = mr_clock_outside_us(options->clock);
    }
    mr_prefix_object_key(options->prefix, &name, &o->prng, &o->key);
}

static void finish_body(output *o)
{
    mr_sink *sink = o->sink;
    if (o->compressor == NULL) {
        return;
    }
    unstage(o);
    mr_compressor_finish(o->compressor, &sink->packed);
    mr_upload_write(o->upload, mr_strbuf_bytes(&sink->packed));
    mr_strbuf_reset(&sink->packed);
    mr_compressor_free(o->compressor);
    o->compressor = NULL;
}

static void seal(mr_sink *sink, mr_flush_reason reason)
{
    output *o = sink->open;
    MR_ASSERT(!is_empty(o));

    mr_timer_cancel(&o->timer);
    if (o->bytes > 0 && mutates(sink, MR_MUTATION_CHECKPOINT_BEFORE_PUT)) {
        checkpoint(o); /* ahead of the event, so that a kill at the flush falls behind it */
    }
    sink->counts.oversized += is_oversized(o) ? 1 : 0;
    for (size_t i = 0; i < o->slots; i++) {
        sink->counts.disordered += mr_ranges_rise(&o->ranges[i]) ? 0 : 1;
    }
    sink->room = NULL; /* of a reserve that nothing came of */
    sink->open = NULL;
    *sink->sealed_end = o;
    sink->sealed_end = &o->next;
    sink->waiting++;
    if (o->records > 0) {
        sink->counts.flushes[reason]++;
        mr_trace_emit(sink->options.trace, &(mr_event){.type = MR_EVENT_BUFFER_FLUSHED,
                                                       .delivery = sink->options.delivery,
                                                       .sink = sink->options.name,
                                                       .reason = mr_flush_reason_name(reason),
                                                       .records = o->records,
                                                       .bytes = o->bytes});
    }
    if (o->bytes == 0) {
        mr_strbuf_reset(&sink->stage);
        output_enter(o, OUTPUT_COMMITTING);
        return;
    }
    finish_body(o);
    choose_key(o);
    output_enter(o, OUTPUT_PUTTING);
}

void mr_sink_flush(mr_sink *sink, mr_flush_reason reason)
{
    if (!is_empty(sink->open) && !sink->is_broken) {
        seal(sink, reason);
    }
}

/* ---- putting and committing ---- */

/* What becomes of the output's records, for the log. */
static mr_code log_commit(const output *o, mr_db *db, mr_error *err)
{
    const mr_sink_options *options = &o->sink->options;
    bool has_object = o->bytes > 0 && o->state == OUTPUT_COMMITTING;
    mr_code code = MR_OK;
    for (size_t i = 0; i < o->slots && code == MR_OK; i++) {
        mr_commit_entry entry = {
            .delivery = options->delivery,
            .sink = options->name,
            .shard = mr_coverage_shard_id(options->coverage, i),
            .outcome = o->state == OUTPUT_DISCARDING ? MR_COMMIT_DISCARDED : MR_COMMIT_DELIVERED,
            .ranges = &o->ranges[i],
            .bytes = o->bytes,
            .bucket = has_object ? options->bucket : NULL,
            .key = has_object ? mr_strbuf_text(&o->key) : NULL,
        };
        code = mr_commit_log_add(db, &entry, err);
        if (code == MR_OK) {
            entry.outcome = MR_COMMIT_DROPPED;
            entry.ranges = &o->dropped[i];
            entry.bytes = 0;
            entry.bucket = entry.key = NULL;
            code = mr_commit_log_add(db, &entry, err);
        }
    }
    return code;
}

/* The union of what the output holds and what was dropped beside it becomes covered. */
static mr_code cover(const output *o, mr_error *err)
{
    mr_ranges *all = mr_calloc(o->slots, sizeof(*all));
    for (size_t i = 0; i < o->slots; i++) {
        mr_ranges_append(&all[i], &o->ranges[i]);
        mr_ranges_append(&all[i], &o->dropped[i]);
    }
    mr_code code = mr_coverage_store(o->sink->options.coverage, all, o->slots, err);
    for (size_t i = 0; i < o->slots; i++) {
        mr_ranges_deinit(&all[i]);
    }
    mr_free(all);
    return code;
}

/* Runs inside the transaction of the object, or in one of its own: the positions of the output. */
static mr_code store_positions(void *context, mr_db *db, mr_error *err)
{
    output *o = context;
    mr_sink *sink = o->sink;

    mr_code code = cover(o, err);
    if (code == MR_OK) {
        code = log_commit(o, db, err);
    }
    if (code != MR_OK || o->ordinal < sink->committed_ordinal) {
        return code;
    }
    mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO delivery_sinks(delivery, sink, next_object)"
                                   " VALUES(?1, ?2, ?3) ON CONFLICT(delivery, sink)"
                                   " DO UPDATE SET next_object = excluded.next_object");
    mr_stmt_bind_text(stmt, 1, sink->options.delivery);
    mr_stmt_bind_text(stmt, 2, sink->options.name);
    mr_stmt_bind_int(stmt, 3, (int64_t)o->ordinal + 1);
    return mr_stmt_run(db, stmt, err);
}

static mr_code commit_positions_alone(output *o, mr_error *err)
{
    mr_db *db = o->sink->options.db;
    mr_code code = mr_db_begin(db, err);
    if (code != MR_OK) {
        return code;
    }
    code = store_positions(o, db, err);
    if (code != MR_OK) {
        mr_db_rollback(db);
        return code;
    }
    return mr_db_commit(db, err);
}

/* After a transaction that stands, or does not: coverage is what was stored, or what it was. */
static void settle_positions(output *o, bool stands)
{
    mr_sink *sink = o->sink;
    if (o->has_settled) {
        return; /* an earlier try got that far, and failed behind it */
    }
    if (!stands) {
        mr_coverage_reject(sink->options.coverage);
        return;
    }
    o->has_settled = true;
    mr_coverage_accept(sink->options.coverage);
    if (o->ordinal >= sink->committed_ordinal) {
        sink->committed_ordinal = o->ordinal + 1;
    }
}

/* MR_MUTATION_CHECKPOINT_BEFORE_PUT alone: the positions of an output whose object is not there. */
static void checkpoint(output *o)
{
    mr_error err;
    settle_positions(o, commit_positions_alone(o, &err) == MR_OK);
}

static void try_again(output *o, const mr_error *why)
{
    const mr_sink_options *options = &o->sink->options;
    o->sink->counts.retries++;
    mr_trace_emit(options->trace, &(mr_event){.type = MR_EVENT_PUT_RETRIED,
                                              .delivery = options->delivery,
                                              .sink = options->name,
                                              .bucket = options->bucket,
                                              .key = mr_strbuf_text(&o->key),
                                              .message = why->message,
                                              .records = o->records,
                                              .bytes = o->bytes,
                                              .attempt = o->attempts});
    o->failed = o->state;
    output_enter(o, OUTPUT_RETRYING);
}

/* Disk or database. In simulated time the whole retention would pass before anyone could free a
 * disk, so that ends the run; in real time there is someone to mend it. */
static void machine_failed(output *o, const mr_error *err)
{
    mr_sink *sink = o->sink;
    mr_error named = *err;

    mr_error_prefix(&named, "delivery stream %s, %s output: ", sink->options.delivery,
                    sink->options.name);
    if (mr_clock_mode_of(sink->options.clock) == MR_CLOCK_REAL) {
        try_again(o, &named);
        return;
    }
    output_enter(o, OUTPUT_STUCK);
    sink->is_broken = true;
    sink->options.on_broken(sink->options.context, &named);
}

/* Takes the output out of the sealed ones, releases it, and says that there is room. */
static void retire(output *o)
{
    mr_sink *sink = o->sink;
    for (output **at = &sink->sealed; *at != NULL; at = &(*at)->next) {
        if (*at == o) {
            *at = o->next;
            if (sink->sealed_end == &o->next) {
                sink->sealed_end = at;
            }
            break;
        }
    }
    MR_ASSERT(sink->waiting > 0);
    sink->waiting--;
    output_free(o);
    sink->options.on_settled(sink->options.context);
}

static void put(output *o)
{
    const mr_sink_options *options = &o->sink->options;
    mr_object_meta meta = {
        .bucket = options->bucket,
        .key = mr_strbuf_text(&o->key),
        .content_encoding = mr_compression_encoding(options->compression),
    };
    mr_upload_put(o->upload, &meta, on_put, o);
}

static void commit(output *o)
{
    mr_sink *sink = o->sink;
    mr_error err;
    mr_object object;

    mr_commit_fn in_transaction = o->has_settled ? NULL : store_positions; /* never twice */
    mr_code code = o->bytes == 0 ? commit_positions_alone(o, &err)
                                 : mr_upload_commit(o->upload, in_transaction, o, &object, &err);
    settle_positions(o, code == MR_OK || (o->bytes > 0 && mr_upload_is_recorded(o->upload)));
    if (code != MR_OK) {
        machine_failed(o, &err);
        return;
    }
    sink->counts.delivered += o->records;
    sink->counts.delivered_bytes += o->bytes;
    if (o->bytes > 0) {
        sink->counts.objects++;
        if (sink->options.on_object != NULL) {
            sink->options.on_object(sink->options.on_object_context, sink->options.bucket, &object);
        }
    }
    retire(o);
}

static void discard(output *o)
{
    mr_sink *sink = o->sink;
    mr_error err;

    mr_code code = commit_positions_alone(o, &err);
    settle_positions(o, code == MR_OK);
    if (code != MR_OK) {
        machine_failed(o, &err);
        return;
    }
    sink->counts.discarded += o->records;
    mr_trace_emit(
        sink->options.trace,
        &(mr_event){.type = MR_EVENT_RECORDS_EXPIRED,
                    .delivery = sink->options.delivery,
                    .sink = sink->options.name,
                    .bucket = sink->options.bucket,
                    .key = mr_strbuf_text(&o->key),
                    .reason = "put-refused",
                    .message = "puts were refused until the retention of the source ended",
                    .records = o->records,
                    .bytes = o->bytes,
                    .attempt = o->attempts});
    retire(o);
}

/* The time of day when the source no longer holds the oldest record. */
static int64_t give_up_wall_us(const output *o)
{
    bool gives_up_early = mutates(o->sink, MR_MUTATION_GIVE_UP_EARLY);
    return o->oldest_us + (gives_up_early ? 60 * MR_US_PER_SECOND
                                          : mr_stream_retention_us(o->sink->options.source));
}

static void back_off(output *o)
{
    int64_t wait_us = BACKOFF_MIN_US;
    for (uint32_t i = 1; i < o->attempts && wait_us < BACKOFF_MAX_US; i++) {
        wait_us *= 2;
    }
    wait_us = wait_us < BACKOFF_MAX_US ? wait_us : BACKOFF_MAX_US;

    int64_t now_us = mr_clock_now_us(o->sink->options.clock);
    int64_t due_us = now_us + wait_us;
    int64_t last_us = give_up_wall_us(o) - mr_clock_jumped_us(o->sink->options.clock);
    mr_timer_set(&o->timer, now_us < last_us && last_us < due_us ? last_us : due_us);
}

/* The one place that changes the state of a sealed output. */
static void output_enter(output *o, output_state next)
{
    MR_ASSERT(o->state != OUTPUT_STUCK);
    MR_ASSERT(next != OUTPUT_OPEN);

    o->state = next;
    o->attempts += next == OUTPUT_PUTTING ? 1 : 0;
    switch (next) {
    case OUTPUT_PUTTING:
        put(o);
        break;
    case OUTPUT_RETRYING:
        back_off(o);
        break;
    case OUTPUT_COMMITTING:
        commit(o);
        break;
    case OUTPUT_DISCARDING:
        discard(o);
        break;
    case OUTPUT_OPEN:
    case OUTPUT_STUCK:
        break;
    }
}

static void on_timer(void *context)
{
    output *o = context;
    if (o->state == OUTPUT_OPEN) {
        mr_sink_flush(o->sink, MR_FLUSH_INTERVAL);
    } else {
        output_enter(o, o->failed);
    }
}

/* A failure of this machine, not of the simulated service (whose failures carry no os_error). */
static bool is_machine_failure(const mr_error *result)
{
    return result->os_error != 0 || result->code == MR_DATABASE || result->code == MR_CORRUPT;
}

static void on_put(void *context, const mr_error *result)
{
    output *o = context;

    MR_ASSERT(o->state == OUTPUT_PUTTING);
    if (result->code == MR_OK) {
        output_enter(o, OUTPUT_COMMITTING);
    } else if (is_machine_failure(result)) {
        machine_failed(o, result);
    } else if (mutates(o->sink, MR_MUTATION_RETRY_DROPS_BATCH)) {
        o->bytes = 0; /* as if it had none: its positions are committed alone */
        output_enter(o, OUTPUT_COMMITTING);
    } else if (mr_clock_wall_us(o->sink->options.clock) >= give_up_wall_us(o)) {
        output_enter(o, OUTPUT_DISCARDING);
    } else {
        try_again(o, result);
    }
}

/* ---- questions ---- */

bool mr_sink_is_idle(const mr_sink *sink)
{
    return is_empty(sink->open) && sink->sealed == NULL;
}

size_t mr_sink_waiting(const mr_sink *sink)
{
    return sink->waiting;
}

mr_sink_counts mr_sink_count(const mr_sink *sink)
{
    mr_sink_counts counts = sink->counts;
    counts.buffered = sink->open == NULL ? 0 : sink->open->records;
    for (const output *o = sink->sealed; o != NULL; o = o->next) {
        counts.buffered += o->records;
    }
    return counts;
}

mr_buffer_gauge mr_sink_gauge(const mr_sink *sink)
{
    mr_buffer_gauge gauge = {.sink = sink->options.name, .bytes_max = sink->options.size_bytes};
    if (!is_empty(sink->open)) {
        gauge.records = sink->open->records;
        gauge.bytes = sink->open->bytes;
        gauge.opened_us = sink->open->opened_us;
        gauge.due_us = sink->open->timer.due_us;
    }
    return gauge;
}

/* In real time a flush comes when the machine gets to it. */
static bool is_overdue(const mr_sink *sink)
{
    return !sink->is_broken && mr_clock_mode_of(sink->options.clock) != MR_CLOCK_REAL &&
           mr_clock_now_us(sink->options.clock) > sink->open->opened_us + sink->options.interval_us;
}

mr_code mr_sink_check(const mr_sink *sink, mr_error *err)
{
    const char *delivery = sink->options.delivery, *name = sink->options.name;
    mr_sink_counts counts = mr_sink_count(sink);
    size_t waiting = 0;

    if (counts.records_in != counts.delivered + counts.discarded + counts.buffered) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: %" PRIu64 " records came in, %" PRIu64
                            " delivered + %" PRIu64 " given up + %" PRIu64 " buffered",
                            delivery, name, counts.records_in, counts.delivered, counts.discarded,
                            counts.buffered);
    }
    if (!is_empty(sink->open) && is_overdue(sink)) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: an open buffer has waited %" PRId64
                            " us, its interval is %" PRId64 " us",
                            delivery, name,
                            mr_clock_now_us(sink->options.clock) - sink->open->opened_us,
                            sink->options.interval_us);
    }
    if (sink->open != NULL && sink->open->bytes >= sink->options.size_bytes) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: an open buffer of %" PRIu64
                            " bytes is past its hint of %" PRIu64,
                            delivery, name, sink->open->bytes, sink->options.size_bytes);
    }
    for (const output *o = sink->sealed; o != NULL; o = o->next) {
        waiting++;
    }
    if (counts.oversized > 0) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: %" PRIu64
                            " buffers were flushed past their hint of %" PRIu64
                            " bytes by more than one record",
                            delivery, name, counts.oversized, sink->options.size_bytes);
    }
    if (waiting != sink->waiting) {
        return mr_error_set(err, MR_CORRUPT,
                            "delivery stream %s, %s output: %zu sealed buffers, counted as %zu",
                            delivery, name, waiting, sink->waiting);
    }
    return MR_OK;
}
