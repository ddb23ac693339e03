/*
 * sink_output.c - the way of an output from its buffer to its object; see sink.h.
 *
 * The life of an output; sink_output_enter() makes every move:
 *
 *             mr_sink_used(), mr_sink_cover()
 *                  v
 *                 OPEN --seal(): size, interval, drain--> PUTTING
 *
 *     (with a spool) OPEN --seal()------------------> PACKING     its records become an upload
 *     PACKING --done--------------------------------> PUTTING
 *     PUTTING --on_put(): complete------------------> COMMITTING  object and positions together
 *     PUTTING --on_put(): refused-------------------> RETRYING    back-off; the key stays
 *     PUTTING --on_put(): refused, retention over---> DISCARDING  positions alone: data is lost
 *     (with a spool) PUTTING --on_put(): refused for retry_us--> HANDING_ON  to the error output
 *     COMMITTING, DISCARDING, HANDING_ON --done-----> (released)
 *     RETRYING --its timer--------------------------> the state that failed
 *     any of them --the machine fails, simulated time--> STUCK    nothing goes on from here
 *     any of them --the machine fails, live clock------> RETRYING for as long as it takes
 *
 * An output without bytes (records were dropped, or are empty) goes from OPEN to COMMITTING with
 * its positions alone: Firehose never writes an empty object.
 *
 * Back-off of refused puts, for which AWS documents nothing: 1 s, doubling to 60 s; the last
 * attempt is made when the retention of the source ends, counted from the oldest record.
 */
#include "sim/firehose/sink_private.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/firehose/commit_log.h"

#define BACKOFF_MIN_US MR_US_PER_SECOND
#define BACKOFF_MAX_US (60 * MR_US_PER_SECOND)

static void on_put(void *context, const mr_error *result);

/* ---- positions ---- */

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
            .bucket = has_object ? o->bucket : NULL,
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
    if (code != MR_OK || o->ordinal < sink->options.ordinals->committed) {
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
    if (o->ordinal >= sink->options.ordinals->committed) {
        sink->options.ordinals->committed = o->ordinal + 1;
    }
}

void sink_output_checkpoint(output *o)
{
    mr_error err;
    settle_positions(o, sink_spooled_ranges(o, &err) == MR_OK &&
                            commit_positions_alone(o, &err) == MR_OK);
}

static void try_again(output *o, const mr_error *why)
{
    const mr_sink_options *options = &o->sink->options;
    o->sink->counts.retries++;
    mr_trace_emit(options->trace, &(mr_event){.type = MR_EVENT_PUT_RETRIED,
                                              .delivery = options->delivery,
                                              .sink = options->name,
                                              .bucket = o->bucket,
                                              .key = mr_strbuf_text(&o->key),
                                              .message = why->message,
                                              .records = o->records,
                                              .bytes = o->bytes,
                                              .attempt = o->attempts});
    o->failed = o->state;
    sink_output_enter(o, OUTPUT_RETRYING);
}

/* Disk or database. In simulated time the whole retention would pass before anyone could free a
 * disk, so that ends the run; beside a live clock there is someone to mend it, for whom an advance
 * stops. */
static void machine_failed(output *o, const mr_error *err)
{
    mr_sink *sink = o->sink;
    mr_error named = *err;

    mr_error_prefix(&named, "delivery stream %s, %s output: ", sink->options.delivery,
                    sink->options.name);
    if (mr_clock_is_live(sink->options.clock)) {
        mr_clock_stop_advancing(sink->options.clock);
        try_again(o, &named);
        return;
    }
    sink_output_enter(o, OUTPUT_STUCK);
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
    sink_output_free(o);
    sink->options.on_settled(sink->options.context);
}

static void pack(output *o)
{
    mr_error err;
    if (sink_spooled_pack(o, &err) != MR_OK) {
        machine_failed(o, &err);
        return;
    }
    sink_output_enter(o, OUTPUT_PUTTING);
}

static void put(output *o)
{
    mr_object_meta meta = {
        .bucket = o->bucket,
        .key = mr_strbuf_text(&o->key),
        .content_encoding = mr_compression_encoding(o->compression),
    };
    if (o->attempts == 1) {
        o->first_put_us = mr_clock_now_us(o->sink->options.clock);
    }
    mr_upload_put(o->upload, &meta, on_put, o);
}

static void commit(output *o)
{
    mr_sink *sink = o->sink;
    mr_error err;
    mr_object object;

    if (sink_spooled_ranges(o, &err) != MR_OK) {
        machine_failed(o, &err);
        return;
    }
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
            sink->options.on_object(sink->options.on_object_context, o->bucket, &object);
        }
    }
    retire(o);
}

static void discard(output *o)
{
    mr_sink *sink = o->sink;
    mr_error err;

    mr_code code = sink_spooled_ranges(o, &err);
    if (code == MR_OK) {
        code = commit_positions_alone(o, &err);
        settle_positions(o, code == MR_OK);
    }
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
                    .bucket = o->bucket,
                    .key = mr_strbuf_text(&o->key),
                    .reason = "put-refused",
                    .message = "puts were refused until the retention of the source ended",
                    .records = o->records,
                    .bytes = o->bytes,
                    .attempt = o->attempts});
    retire(o);
}

/* Puts of this partition were refused for as long as it may be tried: its records go to the error
 * output, which has the retention of the source. */
static void hand_on(output *o)
{
    mr_error err;
    if (sink_spooled_hand_on(o, &err) != MR_OK) {
        machine_failed(o, &err);
        return;
    }
    o->sink->counts.handed_on += o->records;
    retire(o);
}

/* The time of day when it is given up: the source no longer holds the oldest record, or, with a
 * spool, the time for retries is over. */
static int64_t give_up_wall_us(const output *o)
{
    if (o->spooled != NULL) {
        return o->first_put_us + o->sink->options.retry_us +
               mr_clock_jumped_us(o->sink->options.clock);
    }
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
void sink_output_enter(output *o, output_state next)
{
    MR_ASSERT(o->state != OUTPUT_STUCK);
    MR_ASSERT(next != OUTPUT_OPEN);

    o->state = next;
    o->attempts += next == OUTPUT_PUTTING ? 1 : 0;
    switch (next) {
    case OUTPUT_PACKING:
        pack(o);
        break;
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
    case OUTPUT_HANDING_ON:
        hand_on(o);
        break;
    case OUTPUT_OPEN:
    case OUTPUT_STUCK:
        break;
    }
}

void sink_output_on_timer(void *context)
{
    output *o = context;
    if (o->state == OUTPUT_OPEN) {
        mr_sink_flush(o->sink, MR_FLUSH_INTERVAL);
    } else {
        sink_output_enter(o, o->failed);
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
        sink_output_enter(o, OUTPUT_COMMITTING);
    } else if (is_machine_failure(result)) {
        machine_failed(o, result);
    } else if (mutates(o->sink, MR_MUTATION_RETRY_DROPS_BATCH)) {
        o->bytes = 0; /* as if it had none: its positions are committed alone */
        sink_output_enter(o, OUTPUT_COMMITTING);
    } else if (mr_clock_wall_us(o->sink->options.clock) >= give_up_wall_us(o)) {
        o->refusal = *result;
        sink_output_enter(o, o->spooled != NULL ? OUTPUT_HANDING_ON : OUTPUT_DISCARDING);
    } else {
        try_again(o, result);
    }
}
