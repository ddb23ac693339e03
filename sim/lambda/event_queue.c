/* event_queue.c - see event_queue.h. In memory is what is due when; the rest is in catalog.db. */
#include "sim/lambda/event_queue.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/lambda_private.h"

#define AGE_MAX_US        (INT64_C(6) * 3600 * MR_US_PER_SECOND)
#define MINUTE_US         (INT64_C(60) * MR_US_PER_SECOND)
#define FAILURES_MAX      3 /* the first attempt, and two more */
#define THROTTLE_MAX_US   (5 * MINUTE_US)
#define UNDER_WAY_MAX     64 /* their payloads are in memory */
#define THROTTLES_COUNTED 16 /* more do not wait longer */

typedef struct entry {
    mr_event_queue *queue;
    int64_t id, due_us;
    bool under_way;
    char *function; /* while it is under way: for messages */
    char request_id[MR_UUID_SIZE];
} entry;

struct mr_event_queue {
    mr_lambda *lambda;
    mr_timer timer;
    entry **entries; /* by rising id */
    size_t count, capacity;
    size_t under_way;
    mr_fatal_fn fatal; /* NULL: nobody listens */
    void *fatal_context;
};

static mr_db *db_of(const mr_event_queue *queue)
{
    return queue->lambda->options.db;
}

static int64_t now_of(const mr_event_queue *queue)
{
    return mr_clock_now_us(queue->lambda->options.clock);
}

static void fail(mr_event_queue *queue, const mr_error *error)
{
    if (queue->fatal != NULL) {
        queue->fatal(queue->fatal_context, error);
    }
}

/* ---- the list ---- */

static void entry_add(mr_event_queue *queue, int64_t id, int64_t due_us)
{
    entry *e = mr_calloc(1, sizeof(*e));
    *e = (entry){.queue = queue, .id = id, .due_us = due_us};
    MR_GROW(queue->entries, queue->count, queue->capacity);
    queue->entries[queue->count++] = e;
}

static void entry_free(entry *e)
{
    mr_free(e->function);
    mr_free(e);
}

static void entry_remove(entry *e)
{
    mr_event_queue *queue = e->queue;
    size_t i = 0;
    while (queue->entries[i] != e) {
        i++;
    }
    queue->count--;
    memmove(&queue->entries[i], &queue->entries[i + 1],
            (queue->count - i) * sizeof(*queue->entries));
    entry_free(e);
}

/* The one that is due first and waits; of two the one that was accepted first. NULL: none. */
static entry *next_entry(const mr_event_queue *queue)
{
    entry *first = NULL;
    for (size_t i = 0; i < queue->count; i++) {
        entry *e = queue->entries[i];
        if (!e->under_way && (first == NULL || e->due_us < first->due_us)) {
            first = e;
        }
    }
    return first;
}

static void set_timer(mr_event_queue *queue)
{
    const entry *next = queue->under_way < UNDER_WAY_MAX ? next_entry(queue) : NULL;
    mr_timer_cancel(&queue->timer);
    if (next != NULL) {
        int64_t now_us = now_of(queue);
        mr_timer_set(&queue->timer, next->due_us > now_us ? next->due_us : now_us);
    }
}

/* ---- rows ---- */

static mr_code erase(entry *e, mr_error *err)
{
    mr_db *db = db_of(e->queue);
    mr_stmt *stmt = mr_db_stmt(db, "DELETE FROM function_events WHERE id = ?1");
    mr_stmt_bind_int(stmt, 1, e->id);
    mr_code code = mr_stmt_run(db, stmt, err);
    if (code == MR_OK) {
        entry_remove(e);
    }
    return code;
}

/* It did not work: whether and when it is tried again. */
static mr_code put_off(entry *e, int64_t failures, int64_t throttles, mr_error *err)
{
    mr_db *db = db_of(e->queue);
    int64_t wait_us = failures * MINUTE_US;
    if (throttles > 0) {
        int64_t doubled = throttles > THROTTLES_COUNTED ? THROTTLES_COUNTED : throttles;
        wait_us = MR_US_PER_SECOND << (doubled - 1);
        wait_us = wait_us > THROTTLE_MAX_US ? THROTTLE_MAX_US : wait_us;
    }
    e->due_us = now_of(e->queue) + wait_us;
    mr_stmt *stmt = mr_db_stmt(db, "UPDATE function_events SET due_us = ?2, failures = ?3,"
                                   " throttles = ?4 WHERE id = ?1");
    mr_stmt_bind_int(stmt, 1, e->id);
    mr_stmt_bind_int(stmt, 2, e->due_us);
    mr_stmt_bind_int(stmt, 3, failures);
    mr_stmt_bind_int(stmt, 4, throttles);
    return mr_stmt_run(db, stmt, err);
}

static mr_code read_counts(const entry *e, int64_t *failures, int64_t *throttles, bool *found,
                           mr_error *err)
{
    mr_db *db = db_of(e->queue);
    mr_stmt *stmt = mr_db_stmt(db, "SELECT failures, throttles FROM function_events WHERE id = ?1");
    mr_stmt_bind_int(stmt, 1, e->id);
    mr_code code = mr_stmt_step(db, stmt, found, err);
    *found = code == MR_OK && *found;
    *failures = *found ? mr_stmt_int(stmt, 0) : 0;
    *throttles = *found ? mr_stmt_int(stmt, 1) : 0;
    mr_stmt_done(stmt);
    return code;
}

/* ---- one attempt ---- */

static void give_up(const entry *e, const char *why)
{
    mr_trace_warn_about(
        e->queue->lambda->options.trace, &(mr_event){.function = e->function, .id = e->request_id},
        "the event %s for function %s is given up: %s", e->request_id, e->function, why);
}

static mr_code end_attempt(entry *e, bool worked, bool throttled, mr_error *err)
{
    int64_t failures, throttles;
    bool found;
    mr_code code = read_counts(e, &failures, &throttles, &found, err);
    if (code != MR_OK) {
        return code;
    }
    if (!found) { /* its function was deleted meanwhile */
        entry_remove(e);
        return MR_OK;
    }
    if (worked) {
        return erase(e, err);
    }
    if (throttled) {
        return put_off(e, failures, throttles + 1, err);
    }
    if (failures + 1 < FAILURES_MAX) {
        return put_off(e, failures + 1, 0, err);
    }
    give_up(e, "it has failed three times");
    return erase(e, err);
}

static void on_answer(void *context, const mr_answer *answer)
{
    entry *e = context;
    mr_event_queue *queue = e->queue;
    mr_error err;
    e->under_way = false;
    queue->under_way--;
    if (end_attempt(e, answer->kind == MR_OUTCOME_OK, answer->throttled, &err) != MR_OK) {
        fail(queue, &err);
        return;
    }
    set_timer(queue);
}

/* Begins the attempt that the row says; the row is read and done with. */
static bool invoke(entry *e, mr_stmt *stmt)
{
    mr_lambda *lambda = e->queue->lambda;
    mr_lambda_function *function = mr_lambda_find(lambda, mr_bytes_of(mr_stmt_text(stmt, 0)));
    const int64_t number = mr_stmt_int(stmt, 1);
    char *qualifier = number == 0 ? mr_strdup("$LATEST") : mr_format("%lld", (long long)number);
    mr_lambda_version *version =
        function == NULL ? NULL : mr_lambda_version_of(function, mr_bytes_of(qualifier));
    mr_free(qualifier);
    if (version == NULL || mr_lambda_version_function(version) == NULL) {
        give_up(e, "there is no code here");
        return false;
    }
    mr_strbuf payload = mr_strbuf_make(MR_FUNCTION_PAYLOAD_MAX);
    mr_strbuf_append_bytes(&payload, mr_stmt_bytes(stmt, 5));
    mr_invoke_options options = {.payload = &payload,
                                 .request_id = e->request_id,
                                 .invoked_arn = mr_stmt_text(stmt, 3),
                                 .client_context = mr_stmt_text(stmt, 4),
                                 .throttle = true};
    e->under_way = true;
    e->queue->under_way++;
    (void)mr_function_invoke_with(mr_lambda_version_function(version), &options, on_answer, e);
    mr_strbuf_deinit(&payload);
    return true;
}

static mr_code begin(entry *e, mr_error *err)
{
    mr_db *db = db_of(e->queue);
    mr_stmt *stmt = mr_db_stmt(db, "SELECT function, version, request_id, invoked_arn,"
                                   " client_context, payload, accepted_us FROM function_events"
                                   " WHERE id = ?1");
    mr_stmt_bind_int(stmt, 1, e->id);
    bool row = false;
    mr_code code = mr_stmt_step(db, stmt, &row, err);
    if (code != MR_OK || !row) {
        mr_stmt_done(stmt);
        if (code == MR_OK) {
            entry_remove(e);
        }
        return code;
    }
    mr_free(e->function);
    e->function = mr_strdup(mr_stmt_text(stmt, 0));
    memset(e->request_id, 0, sizeof(e->request_id));
    memcpy(e->request_id, mr_stmt_text(stmt, 2),
           mr_min_size(strlen(mr_stmt_text(stmt, 2)), MR_UUID_SIZE - 1));
    bool begun = false;
    if (now_of(e->queue) - mr_stmt_int(stmt, 6) > AGE_MAX_US) {
        give_up(e, "it is older than 6 hours");
    } else {
        begun = invoke(e, stmt);
    }
    mr_stmt_done(stmt);
    return begun ? MR_OK : erase(e, err);
}

static void on_due(void *context)
{
    mr_event_queue *queue = context;
    mr_error err;
    entry *e = next_entry(queue);
    if (e != NULL && begin(e, &err) != MR_OK) {
        fail(queue, &err);
        return;
    }
    set_timer(queue);
}

/* ---- the queue ---- */

mr_code mr_event_queue_open(mr_lambda *lambda, mr_event_queue **out, mr_error *err)
{
    mr_event_queue *queue = mr_calloc(1, sizeof(*queue));
    queue->lambda = lambda;
    mr_timer_init(&queue->timer, lambda->options.clock, on_due, queue);
    mr_db *db = db_of(queue);
    mr_stmt *stmt = mr_db_stmt(db, "SELECT id, due_us FROM function_events ORDER BY id");
    bool row = false;
    mr_code code;
    while ((code = mr_stmt_step(db, stmt, &row, err)) == MR_OK && row) {
        entry_add(queue, mr_stmt_int(stmt, 0), mr_stmt_int(stmt, 1));
    }
    mr_stmt_done(stmt);
    if (code != MR_OK) {
        mr_event_queue_free(queue);
        return code;
    }
    set_timer(queue);
    *out = queue;
    return MR_OK;
}

void mr_event_queue_free(mr_event_queue *queue)
{
    if (queue == NULL) {
        return;
    }
    mr_timer_cancel(&queue->timer);
    for (size_t i = 0; i < queue->count; i++) {
        entry_free(queue->entries[i]);
    }
    mr_free(queue->entries);
    mr_free(queue);
}

void mr_event_queue_on_fatal(mr_event_queue *queue, mr_fatal_fn fn, void *context)
{
    queue->fatal = fn;
    queue->fatal_context = context;
}

mr_code mr_event_queue_add(mr_event_queue *queue, const mr_queued_event *event, mr_error *err)
{
    mr_db *db = db_of(queue);
    const int64_t now_us = now_of(queue);
    MR_ASSERT(event->payload.len <= MR_EVENT_PAYLOAD_MAX);
    mr_stmt *stmt = mr_db_stmt(db, "INSERT INTO function_events(function, version, request_id,"
                                   " invoked_arn, client_context, payload, accepted_us, due_us,"
                                   " failures, throttles)"
                                   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 0, 0)");
    mr_stmt_bind_text(stmt, 1, event->version->function->name);
    mr_stmt_bind_int(stmt, 2, event->version->number);
    mr_stmt_bind_text(stmt, 3, event->request_id);
    mr_stmt_bind_text(stmt, 4, event->invoked_arn);
    mr_stmt_bind_text(stmt, 5, event->client_context);
    mr_stmt_bind_bytes(stmt, 6, event->payload);
    mr_stmt_bind_int(stmt, 7, now_us);
    mr_code code = mr_stmt_run(db, stmt, err);
    if (code == MR_OK) {
        entry_add(queue, sqlite3_last_insert_rowid(mr_db_handle(db)), now_us);
        set_timer(queue);
    }
    return code;
}

size_t mr_event_queue_count(const mr_event_queue *queue)
{
    return queue->count;
}
