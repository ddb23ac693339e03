/* producer.c - the state machine drawn in producer.h. */
#include "sim/producer/producer.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/producer/producer_private.h"
#include "sim/producer/progress.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#define BACK_OFF_FIRST_US (100 * MR_US_PER_MS)
#define BACK_OFF_MOST_US  (5 * MR_US_PER_SECOND)
#define BATCH_GAP_US      MR_US_PER_MS /* between batches at rate 0, unless in real time */
#define PROGRESS_ROWS     65536        /* progress is written once in so many rows */

static void fill(mr_producer *p);
static void on_timer(void *context);

/* ---- making and releasing ---- */

static mr_code check_options(const mr_producer_options *options, mr_error *err)
{
    if (!isfinite(options->rate) || options->rate < 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "rate %g: rows per second, or max",
                            options->rate);
    }
    if (options->batch_records > MR_PUT_RECORDS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "batches of %zu records; a put takes 1 to %d",
                            options->batch_records, MR_PUT_RECORDS_MAX);
    }
    if (options->batch_bytes > MR_PUT_BYTES_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "batches of %zu bytes; a put takes %zu",
                            options->batch_bytes, MR_PUT_BYTES_MAX);
    }
    if (options->format.delimiter != '\0' && !mr_row_delimiter_is_fine(options->format.delimiter)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "a quote or a line end cannot separate columns");
    }
    if (options->key == MR_KEY_COLUMN && options->format.raw_lines) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "partition key column '%s': raw lines have no columns",
                            options->key_column);
    }
    if (options->key == MR_KEY_CONST &&
        (options->key_const == NULL || options->key_const[0] == '\0' ||
         strlen(options->key_const) > MR_PARTITION_KEY_CHARS_MAX)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "a constant partition key has 1 to %d characters",
                            MR_PARTITION_KEY_CHARS_MAX);
    }
    return MR_OK;
}

static void copy_options(mr_producer *p, const mr_producer_options *options)
{
    p->options = *options;
    p->name = mr_strdup(options->name == NULL ? "input" : options->name);
    p->target_name = mr_strdup(options->target.name);
    p->key_column = mr_strdup(options->key_column);
    p->key_const = mr_strdup(options->key_const);
    if (options->encode.columns != NULL) {
        size_t count = options->encode.column_count;
        p->columns = mr_calloc(mr_max_size(1, count), sizeof(*p->columns));
        for (size_t i = 0; i < count; i++) {
            p->columns[i] = mr_strdup(options->encode.columns[i]);
        }
        p->options.encode.columns = (const char *const *)p->columns;
    }
    if (options->stored_count > 0) {
        p->stored_rows = mr_calloc(options->stored_count, sizeof(*p->stored_rows));
        memcpy(p->stored_rows, options->stored_rows,
               options->stored_count * sizeof(*p->stored_rows));
    }
    p->stored = (mr_stored_rows){
        .through = options->skip_rows, .rows = p->stored_rows, .count = options->stored_count};
}

mr_code mr_producer_new(const mr_producer_options *options, const mr_producer_handlers *handlers,
                        mr_producer **out, mr_error *err)
{
    MR_ASSERT(options->target.put != NULL);
    MR_ASSERT(handlers->want != NULL);
    MR_ASSERT(handlers->ended != NULL);
    MR_ASSERT(options->repeat <= 1 || handlers->again != NULL);
    mr_code code = check_options(options, err);
    if (code != MR_OK) {
        return code;
    }

    mr_producer *p = mr_calloc(1, sizeof(*p));
    copy_options(p, options);
    p->handlers = *handlers;
    batch_init(&p->batch,
               options->batch_records == 0 ? MR_BATCH_RECORDS_DEFAULT : options->batch_records,
               options->batch_bytes == 0 ? MR_BATCH_BYTES_DEFAULT : options->batch_bytes);
    p->reader = mr_row_reader_new(&p->options.format, producer_on_header, producer_on_row, p);
    mr_timer_init(&p->timer, options->clock, on_timer, p);

    /* Jitter and keys are apart, so that a throttled put never shifts the keys of later rows. */
    char name[64];
    snprintf(name, sizeof(name), "producer %u", options->input);
    p->jitter = mr_prng_named(options->seed, name);
    snprintf(name, sizeof(name), "partition keys %u", options->input);
    p->keys = mr_prng_named(options->seed, name);
    *out = p;
    return MR_OK;
}

void mr_producer_free(mr_producer *p)
{
    if (p == NULL) {
        return;
    }
    MR_ASSERT(!p->filling);
    mr_timer_cancel(&p->timer);
    mr_row_reader_free(p->reader);
    mr_encoder_free(p->encoder);
    batch_deinit(&p->batch);
    if (p->columns != NULL) {
        for (size_t i = 0; i < p->options.encode.column_count; i++) {
            mr_free(p->columns[i]);
        }
        mr_free(p->columns);
    }
    mr_free(p->stored_rows);
    mr_free(p->name);
    mr_free(p->target_name);
    mr_free(p->key_column);
    mr_free(p->key_const);
    mr_free(p);
}

/* ---- the end, and progress on the way ---- */

static mr_code save_progress(mr_producer *p, uint64_t rows, bool complete, mr_error *err)
{
    p->saved_rows = rows;
    if (p->options.db == NULL) {
        return MR_OK;
    }
    progress_row row = {.input = p->options.input,
                        .stream = p->target_name,
                        .file = p->name,
                        .rows = rows,
                        .complete = complete};
    return progress_save(p->options.db, &row, err);
}

/* Rows up to this one are stored, rejected, skipped or given up; only between batches. */
static uint64_t settled_rows(const mr_producer *p)
{
    return p->batch.count > 0 ? p->batch.entries[0].row - 1 : p->counts.rows;
}

static void end(mr_producer *p, const mr_error *error)
{
    mr_error failed = {0};
    if (error == NULL && save_progress(p, p->counts.rows, true, &failed) != MR_OK) {
        error = &failed;
    }
    p->state = PRODUCER_DONE;
    producer_stop_waiting(p);
    mr_trace_emit(p->options.trace, &(mr_event){.type = MR_EVENT_INPUT_ENDED,
                                                .stream = p->target_name,
                                                .id = p->name,
                                                .number = p->options.input,
                                                .records = p->counts.records,
                                                .bytes = p->counts.bytes,
                                                .failed = p->counts.rejected + p->counts.given_up,
                                                .message = error == NULL ? NULL : error->message});
    p->handlers.ended(p->handlers.context, error);
}

/* ---- filling a batch ---- */

static void make_ready(mr_producer *p)
{
    p->state = PRODUCER_READY;
    p->attempts = 0;
    producer_wait_for_batch(p);
}

static void finish_reading(mr_producer *p)
{
    p->reader_finished = true;
    mr_row_reader_finish(p->reader);
    if (p->column_count == 0 && !p->options.format.no_header && !p->stop_now) {
        p->stop_now = true;
        mr_error_set(&p->broken, MR_BAD_INPUT, "%s is empty: a header line is expected", p->name);
    }
}

/* What breaks the input off; rows that have been read are still stored. */
static void break_off(mr_producer *p, const mr_error *error)
{
    p->broken = *error;
    p->input_ended = true;
    p->reader_finished = true; /* the row that broke off is not a row */
}

static void begin_next_pass(mr_producer *p)
{
    mr_error err = {0};
    p->pass_ended = false;
    mr_row_reader_again(p->reader);
    if (p->reader_finished) {
        return; /* its last row was the last one wanted */
    }
    if (p->counts.rows == p->pass_rows) {
        p->input_ended = true; /* nor would the next passes bring one */
        return;
    }
    p->pass_rows = p->counts.rows;
    if (p->handlers.again(p->handlers.context, &err) != MR_OK) {
        break_off(p, &err);
    }
}

/* Reads what there is into the batch. */
static void read_rows(mr_producer *p)
{
    if (p->piece.len > 0 && !p->reader_finished) {
        size_t taken = mr_row_reader_feed(p->reader, p->piece);
        p->piece = mr_bytes_make(p->piece.at + taken, p->piece.len - taken);
    } else if (p->pass_ended) {
        begin_next_pass(p);
    } else if (!p->input_ended) {
        p->state = PRODUCER_WANTING;
        p->handlers.want(p->handlers.context);
    } else if (!p->reader_finished) {
        finish_reading(p);
    } else if (p->batch.count > 0) {
        make_ready(p); /* the last batch, not full */
    } else {
        end(p, p->broken.code == MR_OK ? NULL : &p->broken);
    }
}

static void fill(mr_producer *p)
{
    MR_ASSERT(!p->filling);
    p->filling = true;
    p->state = PRODUCER_FILLING;
    while (p->state == PRODUCER_FILLING) {
        if (p->stop_now) {
            end(p, &p->broken);
        } else if (batch_is_full(&p->batch)) {
            make_ready(p);
        } else {
            read_rows(p);
        }
    }
    p->filling = false;
}

/* ---- putting it ---- */

bool mr_put_lost_its_answer(mr_code code, const mr_error *err)
{
    return code == MR_IO && (err->os_error == 0 || err->os_error == ECONNRESET);
}

static int64_t back_off_us(mr_producer *p)
{
    int64_t delay_us = BACK_OFF_FIRST_US;
    for (uint32_t i = 1; i < p->attempts && delay_us < BACK_OFF_MOST_US; i++) {
        delay_us *= 2;
    }
    if (delay_us > BACK_OFF_MOST_US) {
        delay_us = BACK_OFF_MOST_US;
    }
    return delay_us - (int64_t)mr_prng_below(&p->jitter, (uint64_t)delay_us / 2 + 1);
}

static void give_up(mr_producer *p, const batch_entry *entry, mr_code code)
{
    char why[128];
    snprintf(why, sizeof(why), "given up after %u retries: %s", p->options.retries,
             code == MR_THROTTLED ? "throttled" : "the stream failed to take it");
    p->counts.given_up++;
    producer_reject(p, entry->line,
                    mr_bytes_make(p->batch.bytes.at + entry->at + entry->key_len, entry->data_len),
                    why);
}

/* Sorts the entries by their results; what is to be put again stays in the batch. */
static void settle(mr_producer *p)
{
    bool again[MR_PUT_RECORDS_MAX];
    for (size_t i = 0; i < p->batch.count; i++) {
        batch_entry *entry = &p->batch.entries[i];
        mr_code code = p->results[i].code;
        again[i] = false;
        if (code == MR_OK) {
            p->counts.records++;
            p->counts.bytes += entry->data_len;
            continue;
        }
        if (code == MR_THROTTLED) {
            p->counts.throttled++;
        }
        if (p->options.retries > 0 && entry->tries == p->options.retries) {
            give_up(p, entry, code);
            continue;
        }
        entry->tries++;
        again[i] = true;
    }
    batch_keep(&p->batch, again);
}

static void after_put(mr_producer *p)
{
    mr_error err = {0};
    int64_t now_us = producer_now_us(p);

    if (p->stop_now) {
        end(p, &p->broken); /* a record was given up */
        return;
    }
    if (p->batch.count > 0) {
        p->attempts++;
        p->state = PRODUCER_BACKING_OFF;
        producer_wait_until(p, now_us + back_off_us(p));
        return;
    }
    batch_next(&p->batch);
    bool real = mr_clock_mode_of(p->options.clock) == MR_CLOCK_REAL;
    p->next_put_us = now_us + (real ? 0 : BATCH_GAP_US);
    if (settled_rows(p) - p->saved_rows >= PROGRESS_ROWS &&
        save_progress(p, settled_rows(p), false, &err) != MR_OK) {
        end(p, &err);
        return;
    }
    fill(p);
}

static void refuse_all(mr_producer *p, mr_code code)
{
    for (size_t i = 0; i < p->batch.count; i++) {
        p->results[i].code = code;
    }
}

static void put(mr_producer *p)
{
    size_t count = p->batch.count, failed = 0;
    mr_error err = {0};

    batch_records(&p->batch, p->options.input, p->records);
    p->counts.batches++;
    if (p->state == PRODUCER_BACKING_OFF) {
        p->counts.retries += count;
    }
    const mr_producer_target *target = &p->options.target;
    mr_code code = target->put(target->context, p->records, count, p->results, &failed, &err);
    if (code == MR_THROTTLED || mr_put_lost_its_answer(code, &err)) {
        refuse_all(p, code);
    } else if (code != MR_OK) {
        mr_error_prefix(&err, "%s: ", p->target_name);
        end(p, &err);
        return;
    }
    if (failed > 0 && mr_faults_mutates(p->options.faults, MR_MUTATION_RETRY_PUTS_ALL)) {
        refuse_all(p, MR_THROTTLED);
    }
    settle(p);
    after_put(p);
}

static void on_timer(void *context)
{
    mr_producer *p = context;
    switch (p->state) {
    case PRODUCER_NEW:
    case PRODUCER_FILLING: /* a piece came in a pause */
        fill(p);
        break;
    case PRODUCER_READY:
    case PRODUCER_BACKING_OFF:
        put(p);
        break;
    case PRODUCER_WANTING:
    case PRODUCER_DONE:
        MR_ASSERT(p->state == PRODUCER_READY); /* no timer is set in the others */
        break;
    }
}

/* ---- verbs ---- */

void mr_producer_start(mr_producer *p)
{
    MR_ASSERT(p->state == PRODUCER_NEW);
    const int64_t now_us = mr_clock_now_us(p->options.clock);
    p->base_us = now_us;
    p->base_rows = 0;
    p->next_put_us = now_us;
    p->paused_us = now_us; /* of a pause that was there first, the time before does not count */
    mr_trace_emit(p->options.trace, &(mr_event){.type = MR_EVENT_INPUT_STARTED,
                                                .stream = p->target_name,
                                                .id = p->name,
                                                .number = p->options.input});
    producer_wait_until(p, now_us);
}

/* The answer to want is here: back into fill(), which may be what asked. */
static void go_on(mr_producer *p)
{
    MR_ASSERT(p->state == PRODUCER_WANTING);
    p->state = PRODUCER_FILLING;
    if (p->filling) {
        return;
    }
    if (p->paused) {
        producer_wait_until(p, p->paused_us);
    } else {
        fill(p);
    }
}

void mr_producer_feed(mr_producer *p, mr_bytes bytes)
{
    p->piece = bytes;
    go_on(p);
}

void mr_producer_end(mr_producer *p)
{
    p->passes++;
    p->pass_ended = p->passes < p->options.repeat;
    p->input_ended = !p->pass_ended;
    go_on(p);
}

void mr_producer_fail(mr_producer *p, const mr_error *error)
{
    MR_ASSERT(error->code != MR_OK);
    break_off(p, error);
    go_on(p);
}

mr_producer_counts mr_producer_count(const mr_producer *p)
{
    return p->counts;
}

bool mr_producer_is_done(const mr_producer *p)
{
    return p->state == PRODUCER_DONE;
}
