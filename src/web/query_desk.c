/* query_desk.c - see query_desk.h.
 *
 *   WAITING --a thread is free--> RUNNING --the thread has ended--> SUCCEEDED, FAILED, CANCELLED
 *   WAITING --cancel--> CANCELLED
 *
 * A running query belongs to its thread, but for `stop`, which the loop sets and the thread reads;
 * when the thread has ended it wakes the loop, which joins it.
 */
#include "src/web/query_desk.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "src/app/query_job.h"

#include <stdatomic.h>
#include <string.h>

#define WARNINGS_MAX      20
#define THREADS_PER_QUERY 1 /* the loop has the other core */

typedef struct desk_query {
    mr_query_desk *desk;
    uint64_t id;
    char *sql, *database; /* owned; database may be NULL */
    mr_desk_state state;
    int64_t asked_us;

    /* The thread's, while it runs. */
    uv_thread_t thread;
    atomic_bool stop, has_ended;
    mr_query_job job;
    mr_query_job_result result;
    mr_code code;
    mr_error error;
    char **names, **types; /* of the columns; owned */
    size_t column_count;
    mr_strbuf columns, rows, csv, warnings;
    size_t warning_count;
    uint64_t row_count;
    bool truncated, forgotten;
} desk_query;

typedef struct waiter {
    struct waiter *next;
    uint64_t id;
    mr_desk_done_fn fn;
    void *context;
} waiter;

struct mr_query_desk {
    mr_sim *sim;
    char *state_directory;
    uv_async_t *wake; /* frees itself when it has closed */
    desk_query *ring[MR_QUERIES_KEPT + MR_QUERIES_WAITING + MR_QUERIES_RUNNING];
    uint64_t first, last;
    size_t running, waiting;
    waiter *waiters;
};

const char *mr_desk_state_name(mr_desk_state state)
{
    static const char *const names[] = {[MR_DESK_WAITING] = "waiting",
                                        [MR_DESK_RUNNING] = "running",
                                        [MR_DESK_SUCCEEDED] = "succeeded",
                                        [MR_DESK_FAILED] = "failed",
                                        [MR_DESK_CANCELLED] = "cancelled"};
    return names[state];
}

static desk_query **slot_of(mr_query_desk *desk, uint64_t id)
{
    return &desk->ring[id % MR_COUNT(desk->ring)];
}

static desk_query *query_of(const mr_query_desk *desk, uint64_t id)
{
    return id < desk->first || id > desk->last ? NULL : desk->ring[id % MR_COUNT(desk->ring)];
}

static bool has_ended(const desk_query *query)
{
    return query->state != MR_DESK_WAITING && query->state != MR_DESK_RUNNING;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; texts != NULL && i < count; i++) {
        mr_free(texts[i]);
    }
    mr_free(texts);
}

static void free_query(desk_query *query)
{
    mr_free(query->sql);
    mr_free(query->database);
    free_texts(query->names, query->column_count);
    free_texts(query->types, query->column_count);
    mr_strbuf_deinit(&query->columns);
    mr_strbuf_deinit(&query->rows);
    mr_strbuf_deinit(&query->csv);
    mr_strbuf_deinit(&query->warnings);
    mr_free(query);
}

/* ---- on the query's thread ---- */

static char **copy_texts(const char *const *texts, size_t count)
{
    char **copies = mr_calloc(count + 1, sizeof(*copies));
    for (size_t i = 0; i < count; i++) {
        copies[i] = mr_strdup(texts[i]);
    }
    return copies;
}

static void on_columns(void *context, const char *const *names, size_t count)
{
    desk_query *query = context;
    query->column_count = count;
    query->names = copy_texts(names, count);
    mr_query_csv_header(&query->csv, names, count);
}

static void on_types(void *context, const char *const *types, size_t count)
{
    desk_query *query = context;
    query->types = copy_texts(types, count);
}

static void append_row(mr_strbuf *out, const mr_value *values, size_t count)
{
    mr_strbuf_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : ",");
        if (values[i].is_null) {
            mr_strbuf_append_text(out, "null");
        } else {
            mr_json_append_string(out, values[i].text);
        }
    }
    mr_strbuf_append_char(out, ']');
}

/* A row is kept whole in both forms, or not at all. */
static void keep_row(desk_query *query, const mr_value *values, size_t count)
{
    const size_t rows_len = query->rows.len;
    const size_t csv_len = query->csv.len;
    mr_strbuf_append_text(&query->rows, rows_len == 0 ? "" : ",");
    append_row(&query->rows, values, count);
    mr_query_csv_row(&query->csv, values, count);
    if (query->rows.overflowed || query->csv.overflowed) {
        query->rows.len = rows_len;
        query->csv.len = csv_len;
        query->truncated = true;
    }
}

static bool on_row(void *context, const mr_value *values, size_t count)
{
    desk_query *query = context;
    if (query->row_count++ >= MR_QUERY_ROWS_MAX) {
        query->truncated = true;
    }
    if (!query->truncated) {
        keep_row(query, values, count);
    }
    return !atomic_load(&query->stop);
}

static void on_warning(void *context, const char *message)
{
    desk_query *query = context;
    if (query->warning_count++ < WARNINGS_MAX) {
        mr_strbuf_append_text(&query->warnings, query->warnings.len == 0 ? "" : ",");
        mr_json_append_string(&query->warnings, mr_bytes_of(message));
    }
}

static bool on_stop(void *context)
{
    desk_query *query = context;
    return atomic_load(&query->stop);
}

static void run_query(void *context)
{
    desk_query *query = context;
    const mr_query_handlers handlers = {.columns = on_columns,
                                        .types = on_types,
                                        .row = on_row,
                                        .warning = on_warning,
                                        .stop = on_stop,
                                        .context = query};
    query->code = mr_query_job_run(&query->job, &handlers, &query->result, &query->error);
    atomic_store(&query->has_ended, true);
    uv_async_send(query->desk->wake);
}

/* ---- on the loop's thread ---- */

static void write_columns(desk_query *query)
{
    mr_json json = mr_json_make(&query->columns);
    mr_json_array_begin(&json);
    for (size_t i = 0; i < query->column_count; i++) {
        mr_json_object_begin(&json);
        mr_json_field_string(&json, "name", query->names[i]);
        mr_json_field_string(&json, "type", query->types[i]);
        mr_json_object_end(&json);
    }
    mr_json_array_end(&json);
}

static void tell_event(const desk_query *query)
{
    mr_trace_emit(
        mr_sim_trace(query->desk->sim),
        &(mr_event){.type = MR_EVENT_QUERY_RUN,
                    .reason = mr_desk_state_name(query->state),
                    .message = query->state == MR_DESK_FAILED ? query->error.message : NULL,
                    .number = query->id,
                    .records = query->row_count,
                    .bytes = query->result.stats.bytes_scanned});
}

static void tell_waiters(mr_query_desk *desk, uint64_t id)
{
    waiter **at = &desk->waiters;
    waiter *due = NULL;
    while (*at != NULL) { /* taken off first: who is called may add, or forget, others */
        waiter *w = *at;
        if (w->id == id) {
            *at = w->next;
            w->next = due;
            due = w;
        } else {
            at = &w->next;
        }
    }
    while (due != NULL) {
        waiter *w = due;
        due = w->next;
        w->fn(w->context, id);
        mr_free(w);
    }
}

static void drop_result(desk_query *query)
{
    query->forgotten = true;
    mr_strbuf_deinit(&query->rows);
    mr_strbuf_deinit(&query->csv);
    query->rows = mr_strbuf_make(0);
    query->csv = mr_strbuf_make(0);
}

/* The newest results within the bound of all; older ones are queries without a result. */
static void forget_old_results(mr_query_desk *desk)
{
    size_t bytes = 0;
    for (uint64_t id = desk->last; id >= desk->first && id > 0; id--) {
        desk_query *query = query_of(desk, id);
        bytes += query->rows.len + query->csv.len;
        if (bytes > MR_RESULTS_BYTES_MAX && has_ended(query) && !query->forgotten) {
            bytes -= query->rows.len + query->csv.len;
            drop_result(query);
        }
    }
}

static void end_query(desk_query *query)
{
    mr_query_desk *desk = query->desk;
    const int rc = uv_thread_join(&query->thread);
    MR_ASSERT(rc == 0);
    desk->running--;
    query->state = query->code == MR_OK        ? MR_DESK_SUCCEEDED
                   : atomic_load(&query->stop) ? MR_DESK_CANCELLED
                                               : MR_DESK_FAILED;
    write_columns(query);
    tell_event(query);
    forget_old_results(desk);
    tell_waiters(desk, query->id);
}

static void start_query(desk_query *query)
{
    mr_query_desk *desk = query->desk;
    query->state = MR_DESK_RUNNING;
    desk->waiting--;
    desk->running++;
    query->job = (mr_query_job){.state_directory = desk->state_directory,
                                .database = query->database,
                                .threads = THREADS_PER_QUERY,
                                .sql = query->sql,
                                .now_us = mr_clock_wall_us(mr_sim_clock(desk->sim))};
    const int rc = uv_thread_create(&query->thread, run_query, query);
    MR_ASSERT(rc == 0);
}

static void start_waiting(mr_query_desk *desk)
{
    for (uint64_t id = desk->first; id <= desk->last && desk->running < MR_QUERIES_RUNNING; id++) {
        desk_query *query = query_of(desk, id);
        if (query->state == MR_DESK_WAITING) {
            start_query(query);
        }
    }
}

static void on_wake(uv_async_t *wake)
{
    mr_query_desk *desk = wake->data;
    for (uint64_t id = desk->first; id <= desk->last; id++) {
        desk_query *query = query_of(desk, id);
        if (query->state == MR_DESK_RUNNING && atomic_load(&query->has_ended)) {
            end_query(query);
        } else if (has_ended(query)) {
            tell_waiters(desk, id); /* who asked too late to be told by its end */
        }
    }
    start_waiting(desk);
}

/* ---- the desk ---- */

mr_query_desk *mr_query_desk_new(const mr_query_desk_options *options)
{
    mr_query_desk *desk = mr_calloc(1, sizeof(*desk));
    desk->sim = options->sim;
    desk->state_directory = mr_strdup(options->state_directory);
    desk->first = 1;
    desk->wake = mr_calloc(1, sizeof(*desk->wake));
    const int rc = uv_async_init(options->loop, desk->wake, on_wake);
    MR_ASSERT(rc == 0);
    uv_unref((uv_handle_t *)desk->wake); /* a loop with only this has nothing to do */
    desk->wake->data = desk;
    return desk;
}

static void on_wake_closed(uv_handle_t *handle)
{
    mr_free(handle);
}

void mr_query_desk_free(mr_query_desk *desk)
{
    if (desk == NULL) {
        return;
    }
    for (uint64_t id = desk->first; id <= desk->last; id++) {
        mr_query_desk_cancel(desk, id);
    }
    for (uint64_t id = desk->first; id <= desk->last; id++) {
        desk_query *query = query_of(desk, id);
        if (query->state == MR_DESK_RUNNING) {
            end_query(query); /* joins its thread, which has been told to stop */
        } else {
            tell_waiters(desk, id);
        }
    }
    for (uint64_t id = desk->first; id <= desk->last; id++) {
        free_query(query_of(desk, id));
    }
    MR_ASSERT(desk->waiters == NULL);
    uv_close((uv_handle_t *)desk->wake, on_wake_closed);
    mr_free(desk->state_directory);
    mr_free(desk);
}

/* Makes room for one more: the oldest that has ended goes. */
static void make_room(mr_query_desk *desk)
{
    while (desk->last + 1 - desk->first >= MR_QUERIES_KEPT &&
           has_ended(query_of(desk, desk->first))) {
        tell_waiters(desk, desk->first);
        desk_query **slot = slot_of(desk, desk->first++);
        free_query(*slot);
        *slot = NULL;
    }
}

mr_code mr_query_desk_ask(mr_query_desk *desk, const char *sql, const char *database, uint64_t *id,
                          mr_error *err)
{
    make_room(desk);
    if (desk->waiting == MR_QUERIES_WAITING ||
        desk->last + 1 - desk->first == MR_COUNT(desk->ring)) {
        return mr_error_set(err, MR_LIMIT_EXCEEDED,
                            "%d queries wait already; ask again when some have ended",
                            MR_QUERIES_WAITING);
    }
    desk_query *query = mr_calloc(1, sizeof(*query));
    query->desk = desk;
    query->id = ++desk->last;
    query->sql = mr_strdup(sql);
    query->database = mr_strdup(database);
    query->asked_us = mr_clock_wall_us(mr_sim_clock(desk->sim));
    query->columns = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    query->rows = mr_strbuf_make(MR_QUERY_BYTES_MAX);
    query->csv = mr_strbuf_make(MR_QUERY_BYTES_MAX);
    query->warnings = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    *slot_of(desk, query->id) = query;
    desk->waiting++;
    start_waiting(desk);
    *id = query->id;
    return MR_OK;
}

bool mr_query_desk_look(const mr_query_desk *desk, uint64_t id, mr_desk_query *out)
{
    const desk_query *query = query_of(desk, id);
    if (query == NULL) {
        return false;
    }
    *out = (mr_desk_query){.id = query->id,
                           .sql = query->sql,
                           .database = query->database,
                           .state = query->state,
                           .time_us = query->asked_us};
    if (has_ended(query)) { /* until then the rest is the thread's */
        out->duration_us = query->result.wall_us;
        out->rows = query->row_count;
        out->bytes_scanned = query->result.stats.bytes_scanned;
        out->error = query->state == MR_DESK_FAILED ? query->error.message : NULL;
        out->columns = mr_strbuf_bytes(&query->columns);
        out->json_rows = mr_strbuf_bytes(&query->rows);
        out->warnings = mr_strbuf_bytes(&query->warnings);
        out->csv = mr_strbuf_bytes(&query->csv);
        out->truncated = query->truncated;
        out->forgotten = query->forgotten;
    }
    return true;
}

uint64_t mr_query_desk_first(const mr_query_desk *desk)
{
    return desk->first;
}

uint64_t mr_query_desk_last(const mr_query_desk *desk)
{
    return desk->last;
}

void mr_query_desk_cancel(mr_query_desk *desk, uint64_t id)
{
    desk_query *query = query_of(desk, id);
    if (query == NULL || has_ended(query)) {
        return;
    }
    atomic_store(&query->stop, true);
    if (query->state == MR_DESK_WAITING) {
        query->state = MR_DESK_CANCELLED;
        desk->waiting--;
        uv_async_send(desk->wake); /* for those who wait for it */
    }
}

void mr_query_desk_wait(mr_query_desk *desk, uint64_t id, mr_desk_done_fn fn, void *context)
{
    waiter *w = mr_calloc(1, sizeof(*w));
    *w = (waiter){.next = desk->waiters, .id = id, .fn = fn, .context = context};
    desk->waiters = w;
    const desk_query *query = query_of(desk, id);
    if (query == NULL || has_ended(query)) {
        uv_async_send(desk->wake);
    }
}

void mr_query_desk_forget(mr_query_desk *desk, void *context)
{
    for (waiter **at = &desk->waiters; *at != NULL; at = &(*at)->next) {
        waiter *w = *at;
        if (w->context == context) {
            *at = w->next;
            mr_free(w);
            return;
        }
    }
}
