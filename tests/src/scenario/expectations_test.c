/*
 * expectations_test.c - judging what a scenario expects, over a small real world: its objects, its
 * catalog, its observer. What the ledger has counted and what becomes of failures are stand-ins
 * of this file, which the linker takes before those of the library.
 */
#include "src/scenario/expectations.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"
#include "src/scenario/golden.h"
#include "tests/check.h"

#define SECOND MR_US_PER_SECOND

/* ---- stand-ins ---- */

struct mr_ledger {
    mr_ledger_counts counts;
    int64_t p50_us, p99_us, max_us, slowest_us;
    const char *delivery; /* that it was asked for last */
};

mr_ledger_counts mr_ledger_count(const mr_ledger *ledger, mr_sim *sim, const char *delivery)
{
    (void)sim;
    CHECK_TRUE("of all delivery streams", delivery == NULL);
    return ledger->counts;
}

int64_t mr_ledger_latency_us(const mr_ledger *ledger, const char *delivery, unsigned per_mille)
{
    ((mr_ledger *)(uintptr_t)ledger)->delivery = delivery;
    return per_mille == 500 ? ledger->p50_us : per_mille == 990 ? ledger->p99_us : ledger->max_us;
}

int64_t mr_ledger_slowest_us(const mr_ledger *ledger, const char *delivery)
{
    (void)delivery;
    return ledger->slowest_us;
}

/* Failures are kept as one text: "line what: expected E, got G\n" and the events, if any. */
void mr_scenario_result_fail(mr_scenario_result *result, int line, const char *what,
                             const char *expected, const char *got, const char *events)
{
    char *before = result->note;
    result->note = mr_format("%s%d %s: expected %s, got %s\n%s", before == NULL ? "" : before, line,
                             what, expected, got, events == NULL ? "" : events);
    mr_free(before);
    result->failure_count++;
}

/* ---- the world ---- */

typedef struct world {
    char *directory;
    mr_sim *sim;
    mr_ledger ledger;
    uint64_t lost;
    bool update;
    mr_scenario_result result; /* of the last judging */
} world;

static void create_table(mr_sim *sim)
{
    mr_error err;
    mr_column columns[] = {{"district", "string", NULL}, {"total", "int", NULL}};
    mr_table table = {.database = "crimes",
                      .name = "events",
                      .table_type = "EXTERNAL_TABLE",
                      .location = "s3://lake/events/",
                      .serde = "org.openx.data.jsonserde.JsonSerDe",
                      .columns = columns,
                      .column_count = 2};
    mr_catalog *catalog = mr_sim_catalog(sim);
    CHECK_OK("database", mr_catalog_create_database(catalog, "crimes", NULL, &err), &err);
    CHECK_OK("table", mr_catalog_create_table(catalog, &table, &err), &err);
}

static void on_put(void *context, const mr_error *result)
{
    bool *is_over = context;
    CHECK_OK("put", result->code, result);
    *is_over = true;
}

static void put_object(world *w, const char *bucket, const char *key, const char *body)
{
    mr_error err;
    bool is_over = false;
    mr_upload *upload = mr_store_upload(mr_sim_store(w->sim));
    mr_upload_write(upload, mr_bytes_of(body));
    mr_upload_put(upload, &(mr_object_meta){.bucket = bucket, .key = key}, on_put, &is_over);
    while (!is_over) {
        CHECK_INT("step", mr_sim_step(w->sim, NULL), MR_STEP_RAN);
    }
    CHECK_OK(key, mr_upload_commit(upload, NULL, NULL, NULL, &err), &err);
    mr_upload_free(upload);
}

static void open_world(world *w)
{
    mr_error err;
    *w = (world){.directory = check_temp_dir()};
    mr_sim_options options = {.clock = {.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT},
                              .seed = 1,
                              .fs = mr_platform_fs(),
                              .offloader = mr_offload_inline(),
                              .directory = w->directory};
    CHECK_OK("open", mr_sim_open(&options, &w->sim, NULL, &err), &err);
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w->sim), "lake", &err), &err);
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(w->sim), "raw-records", &err), &err);
    create_table(w->sim);
    put_object(w, "lake", "events/a.json",
               "{\"district\":\"north\",\"total\":34}\n{\"district\":\"south\",\"total\":5}\n");
    put_object(w, "lake", "events/b.json", "{\"district\":\"west\"}\n");
    put_object(w, "raw-records", "2025/01/01/x", "1|north\n");
}

static void close_world(world *w)
{
    mr_sim_close(w->sim);
    mr_free(w->result.note);
    check_remove_dir(w->directory);
}

/* Judges one expectation. Returns the failures as one text, "" for none; borrowed. */
static const char *judge_observed(world *w, const mr_scenario *scenario,
                                  const mr_observer *observer)
{
    mr_error err;
    mr_free(w->result.note);
    w->result = (mr_scenario_result){0};
    mr_judging judging = {.scenario = scenario,
                          .sim = w->sim,
                          .state_directory = w->directory,
                          .observer = observer,
                          .ledger = &w->ledger,
                          .lost = w->lost,
                          .update = w->update,
                          .result = &w->result};
    CHECK_OK("judge", mr_expectations_judge(&judging, &err), &err);
    CHECK_INT("judged", w->result.expectations, scenario->expect_count);
    return w->result.note == NULL ? "" : w->result.note;
}

static mr_observer *new_observer(const mr_scenario *scenario)
{
    mr_observer *observer = NULL;
    mr_error err;
    CHECK_OK("observer", mr_observer_new(scenario, NULL, &observer, &err), &err);
    return observer;
}

static void hear(mr_observer *observer, mr_event event, int64_t after_us, const char *line)
{
    mr_observer_hear(observer, &event, MR_SIM_START_DEFAULT + after_us, mr_bytes_of(line));
}

/* The same with one event in the log, a second after the start. */
static const char *judge(world *w, mr_expect expect)
{
    expect.line = 7;
    expect.text = "it";
    const mr_scenario scenario = {.expects = &expect, .expect_count = 1};
    mr_observer *observer = new_observer(&scenario);
    hear(observer, (mr_event){.type = MR_EVENT_RUN_STARTED}, SECOND, "an event");
    const char *failures = judge_observed(w, &scenario, observer);
    mr_observer_free(observer);
    return failures;
}

#define EXACTLY(number)                                                                            \
    {                                                                                              \
        .has_equals = true, .equals = (number)                                                     \
    }
#define AT_LEAST(number)                                                                           \
    {                                                                                              \
        .has_least = true, .least = (number)                                                       \
    }
#define AT_MOST(number)                                                                            \
    {                                                                                              \
        .has_most = true, .most = (number)                                                         \
    }
#define COUNT_SQL          "SELECT count(*) FROM events"
#define SQL_EXPECT(...)    ((mr_expect){.kind = MR_EXPECT_SQL, .as.sql = {__VA_ARGS__}})
#define OBJECT_EXPECT(...) ((mr_expect){.kind = MR_EXPECT_OBJECTS, .as.objects = {__VA_ARGS__}})

/* ---- sql ---- */

static void test_one_value_is_compared_as_what_it_is(void **state)
{
    (void)state;
    const struct {
        const char *label, *want;
        mr_expect_sql sql;
    } cases[] = {
        {"a number", "", {.sql = COUNT_SQL, .number = EXACTLY(3)}},
        {"a bound", "", {.sql = COUNT_SQL, .number = AT_LEAST(3)}},
        {"another number", "7 it: expected 4, got 3\n", {.sql = COUNT_SQL, .number = EXACTLY(4)}},
        {"past a bound",
         "7 it: expected at least 4, got 3\n",
         {.sql = COUNT_SQL, .number = AT_LEAST(4)}},
        {"a number with a fraction of nothing",
         "",
         {.sql = "SELECT '7584.0'", .number = EXACTLY(7584)}},
        {"a text for a number",
         "7 it: expected 4, got north\n",
         {.sql = "SELECT 'north'", .number = EXACTLY(4)}},
        {"hexadecimal is no number",
         "7 it: expected 16, got 0x10\n",
         {.sql = "SELECT '0x10'", .number = EXACTLY(16)}},
        {"NULL for a number",
         "7 it: expected 0, got null\n",
         {.sql = "SELECT sum(total) FROM events WHERE district = 'west'", .number = EXACTLY(0)}},
        {"a text", "", {.sql = "SELECT 'north'", .equals_text = "north"}},
        {"another text",
         "7 it: expected North, got north\n",
         {.sql = "SELECT 'north'", .equals_text = "North"}},
        {"NULL", "", {.sql = "SELECT NULL", .equals_null = true}},
        {"something for NULL",
         "7 it: expected null, got 3\n",
         {.sql = COUNT_SQL, .equals_null = true}},
        {"no row",
         "7 it: expected 4, got no row\n",
         {.sql = "SELECT total FROM events WHERE total > 99", .number = EXACTLY(4)}},
        {"several rows",
         "7 it: expected 34, got 3 rows, the first [34]\n",
         {.sql = "SELECT total FROM events ORDER BY total DESC NULLS LAST", .number = EXACTLY(34)}},
        {"several columns",
         "7 it: expected 1, got 1 row, the first [1, 2]\n",
         {.sql = "SELECT 1, 2", .number = EXACTLY(1)}},
    };
    world w;
    open_world(&w);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_expect expect = {.kind = MR_EXPECT_SQL, .as.sql = cases[i].sql};
        CHECK_STR(cases[i].label, judge(&w, expect), cases[i].want);
    }
    close_world(&w);
}

static void test_rows_are_exact_and_the_first_that_differs_is_told(void **state)
{
    (void)state;
    static const char *const cells[] = {"north", "34", "south", "5", "west", NULL};
    static const char *const swapped[] = {"north", "34", "south", NULL, "west", NULL};
    static const char sql[] = "SELECT district, total FROM events ORDER BY district";
    static const char two[] = "SELECT district, total FROM events ORDER BY district LIMIT 2";
    const struct {
        const char *label, *want;
        mr_expect_sql sql;
    } cases[] = {
        {"equal", "", {.sql = sql, .cells = cells, .row_count = 3, .column_count = 2}},
        {"a cell",
         "7 it: expected 3 rows, row 2 is [south, null], got 3 rows, row 2 is [south, 5]\n",
         {.sql = sql, .cells = swapped, .row_count = 3, .column_count = 2}},
        {"too few",
         "7 it: expected 3 rows, row 3 is [west, null], got 2 rows, no row 3\n",
         {.sql = two, .cells = cells, .row_count = 3, .column_count = 2}},
        {"too many",
         "7 it: expected 2 rows, no row 3, got 3 rows, row 3 is [west, null]\n",
         {.sql = sql, .cells = cells, .row_count = 2, .column_count = 2}},
        {"other columns",
         "7 it: expected 6 rows, row 1 is [north], got 3 rows, row 1 is [north, 34]\n",
         {.sql = sql, .cells = cells, .row_count = 6, .column_count = 1}},
    };
    world w;
    open_world(&w);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_expect expect = {.kind = MR_EXPECT_SQL, .as.sql = cases[i].sql};
        expect.as.sql.test = MR_SQL_ROWS;
        CHECK_STR(cases[i].label, judge(&w, expect), cases[i].want);
    }
    close_world(&w);
}

static void test_answers_may_be_empty_or_match_a_pattern(void **state)
{
    (void)state;
    static const char none[] = "SELECT * FROM events WHERE total > 99";
    world w;
    open_world(&w);
    CHECK_STR("empty", judge(&w, SQL_EXPECT(.sql = none, .test = MR_SQL_EMPTY)), "");
    CHECK_STR("not empty",
              judge(&w, SQL_EXPECT(.sql = "SELECT 1 UNION ALL SELECT 2", .test = MR_SQL_EMPTY)),
              "7 it: expected no row, got 2 rows, the first [1]\n");
    CHECK_STR("some", judge(&w, SQL_EXPECT(.sql = COUNT_SQL, .test = MR_SQL_NOT_EMPTY)), "");
    CHECK_STR("none", judge(&w, SQL_EXPECT(.sql = none, .test = MR_SQL_NOT_EMPTY)),
              "7 it: expected at least one row, got no row\n");
    CHECK_STR("a match",
              judge(&w, SQL_EXPECT(.sql = "SELECT 'north-12'", .test = MR_SQL_MATCHES,
                                   .pattern = "^[a-z]+-[0-9]{2}$")),
              "");
    CHECK_STR("no match",
              judge(&w, SQL_EXPECT(.sql = "SELECT 'north-1'", .test = MR_SQL_MATCHES,
                                   .pattern = "^[a-z]+-[0-9]{2}$")),
              "7 it: expected a match of ^[a-z]+-[0-9]{2}$, got north-1\n");
    CHECK_STR("NULL matches nothing",
              judge(&w, SQL_EXPECT(.sql = "SELECT NULL", .test = MR_SQL_MATCHES, .pattern = ".*")),
              "7 it: expected a match of .*, got null\n");
    CHECK_HAS("no pattern",
              judge(&w, SQL_EXPECT(.sql = "SELECT 'a'", .test = MR_SQL_MATCHES, .pattern = "(")),
              "7 it: expected (, got not a regular expression: ");
    close_world(&w);
}

static void test_a_query_that_fails_is_a_failed_expectation(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    const char *got = judge(&w, SQL_EXPECT(.sql = "SELECT * FROM event", .number = EXACTLY(1)));
    CHECK_HAS("the message", got, "7 it: expected 1, got TABLE_NOT_FOUND");
    got = judge(&w, SQL_EXPECT(.sql = "SELEKT", .number = EXACTLY(1)));
    CHECK_HAS("syntax", got, "7 it: expected 1, got ");
    close_world(&w);
}

static void test_queries_know_the_time_of_the_world(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    mr_clock_advance_to(mr_sim_clock(w.sim), MR_SIM_START_DEFAULT + 86400 * SECOND);
    CHECK_STR("now",
              judge(&w, SQL_EXPECT(.sql = "SELECT cast(current_date AS varchar)",
                                   .equals_text = "2025-01-02")),
              "");
    close_world(&w);
}

/* ---- objects ---- */

static void test_objects_are_counted_measured_and_named(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    CHECK_STR("all of a bucket",
              judge(&w, OBJECT_EXPECT(.bucket = "lake", .count = EXACTLY(2), .bytes = EXACTLY(83),
                                      .largest = EXACTLY(63))),
              "");
    CHECK_STR("all buckets", judge(&w, OBJECT_EXPECT(.count = EXACTLY(3))), "");
    CHECK_STR("a prefix",
              judge(&w, OBJECT_EXPECT(.bucket = "lake", .prefix = "events/b", .count = EXACTLY(1))),
              "");
    CHECK_STR("each that does not hold",
              judge(&w, OBJECT_EXPECT(.bucket = "lake", .count = AT_LEAST(5), .bytes = EXACTLY(83),
                                      .largest = AT_MOST(1))),
              "7 it: expected count at least 5, got count 2\n"
              "7 it: expected largest at most 1, got largest 63\n");
    CHECK_STR("keys", judge(&w, OBJECT_EXPECT(.bucket = "lake", .pattern = "^events/[ab]\\.json$")),
              "");
    CHECK_STR("the first that does not match",
              judge(&w, OBJECT_EXPECT(.bucket = NULL, .pattern = "^events/a")),
              "7 it: expected keys that match ^events/a, got lake/events/b.json\nan event\n");
    close_world(&w);
}

/* ---- what others have counted ---- */

static void test_records_are_those_of_the_ledger(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    w.lost = 2;
    w.ledger.counts = (mr_ledger_counts){.read_twice = 3,
                                         .stored_twice = 4,
                                         .reordered = 5,
                                         .reordered_us = MR_SIM_START_DEFAULT + SECOND};
    CHECK_STR("lost", judge(&w, (mr_expect){.kind = MR_EXPECT_LOST, .as.records = EXACTLY(0)}),
              "7 it: expected 0, got 2\n");
    CHECK_STR("duplicated",
              judge(&w, (mr_expect){.kind = MR_EXPECT_DUPLICATED, .as.records = EXACTLY(0)}),
              "7 it: expected 0, got 7\n");
    CHECK_STR("reordered",
              judge(&w, (mr_expect){.kind = MR_EXPECT_REORDERED, .as.records = EXACTLY(0)}),
              "7 it: expected 0, got 5\nan event\n");
    CHECK_STR("as many as there are",
              judge(&w, (mr_expect){.kind = MR_EXPECT_LOST, .as.records = EXACTLY(2)}), "");
    close_world(&w);
}

static void test_a_wait_that_is_too_long_shows_the_events_around_it(void **state)
{
    (void)state;
    const mr_expect expect = {.kind = MR_EXPECT_LATENCY,
                              .line = 7,
                              .text = "it",
                              .as.latency = {.delivery = "crimes",
                                             .p50 = AT_MOST(60e6),
                                             .p99 = AT_MOST(90e6),
                                             .max = AT_MOST(120e6)}};
    const mr_scenario scenario = {.expects = &expect, .expect_count = 1};
    world w;
    open_world(&w);
    mr_observer *observer = new_observer(&scenario);
    hear(observer, (mr_event){.type = MR_EVENT_PUT_RETRIED}, 5 * SECOND, "a retry");
    w.ledger.p50_us = 60 * SECOND;
    w.ledger.p99_us = 90 * SECOND;
    w.ledger.max_us = 150 * SECOND;
    w.ledger.slowest_us = MR_SIM_START_DEFAULT + 6 * SECOND;
    CHECK_STR("max", judge_observed(&w, &scenario, observer),
              "7 it: expected max at most 2m, got max 2m30s\na retry\n");
    CHECK_STR("asked for", w.ledger.delivery, "crimes");

    w.ledger.p50_us = w.ledger.p99_us = w.ledger.max_us = -1;
    CHECK_HAS("nothing is not fast", judge_observed(&w, &scenario, observer),
              "7 it: expected p99 at most 1m30s, got nothing was delivered\n");
    mr_observer_free(observer);
    close_world(&w);
}

static void test_buffers_and_events_are_those_of_the_observer(void **state)
{
    (void)state;
    const mr_expect expects[] = {
        {.kind = MR_EXPECT_BUFFERS,
         .line = 1,
         .text = "buffers",
         .as.buffers = {.sink = "main",
                        .size = EXACTLY(1),
                        .interval = EXACTLY(1),
                        .drain = EXACTLY(0),
                        .largest = EXACTLY(50),
                        .longest = AT_MOST(2e6)}},
        {.kind = MR_EXPECT_EVENTS,
         .line = 2,
         .text = "events",
         .as.events = {.type = MR_EVENT_BUFFER_FLUSHED, .count = EXACTLY(5)}},
    };
    const mr_scenario scenario = {.expects = expects, .expect_count = MR_COUNT(expects)};
    world w;
    open_world(&w);
    mr_observer *observer = new_observer(&scenario);
    hear(observer, (mr_event){.type = MR_EVENT_BUFFER_OPENED, .delivery = "d", .sink = "main"}, 0,
         "opened");
    hear(observer,
         (mr_event){.type = MR_EVENT_BUFFER_FLUSHED,
                    .delivery = "d",
                    .sink = "main",
                    .reason = "size",
                    .bytes = 50},
         3 * SECOND, "flushed");
    CHECK_STR("failures", judge_observed(&w, &scenario, observer),
              "1 buffers: expected interval 1, got interval 0\n"
              "1 buffers: expected longest at most 2s, got longest 3s\nopened\nflushed\n"
              "2 events: expected 5, got 1\nopened\nflushed\n");
    mr_observer_free(observer);
    close_world(&w);
}

/* ---- error records ---- */

/* The table is the delivery streams' own; here its rows are made by hand. */
static void commit_errors(world *w, const char *delivery, const char *shard, const char *sink,
                          const char *key)
{
    mr_error err;
    mr_db *db = mr_sim_db(w->sim);
    mr_stmt *stmt = mr_db_stmt(
        db, "INSERT INTO delivery_commits(delivery, sink, shard, ranges, records, bytes, bucket,"
            " key, outcome, time_us) VALUES(?1, ?2, ?3, '1-2', 1, 9, 'lake', ?4, 'delivered', 0)");
    mr_stmt_bind_text(stmt, 1, delivery);
    mr_stmt_bind_text(stmt, 2, sink);
    mr_stmt_bind_text(stmt, 3, shard);
    mr_stmt_bind_text(stmt, 4, key);
    CHECK_OK("commit", mr_stmt_run(db, stmt, &err), &err);
}

static const char *judge_errors(world *w, const char *delivery, const char *code, double count)
{
    return judge(
        w, (mr_expect){.kind = MR_EXPECT_ERRORS,
                       .as.errors = {.delivery = delivery, .code = code, .count = EXACTLY(count)}});
}

static void test_error_records_are_counted_by_code_and_delivery_stream(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    put_object(&w, "lake", "failed/1",
               "{\"rawData\":\"\",\"errorCode\":\"Lambda.FunctionTimedOut\"}\n"
               "{\"rawData\":\"\",\"errorCode\":\"Lambda.FunctionTimedOut\"}\n");
    put_object(&w, "lake", "failed/2", "{\"errorCode\":\"Lambda.MissingRecordId\"}\n");
    commit_errors(&w, "one", "shardId-000000000000", "error", "failed/1");
    commit_errors(&w, "one", "shardId-000000000001", "error", "failed/1");
    commit_errors(&w, "two", "shardId-000000000000", "error", "failed/2");
    commit_errors(&w, "two", "shardId-000000000000", "error", "failed/never-written");
    commit_errors(&w, "two", "shardId-000000000000", "main", "events/a.json");

    CHECK_STR("all", judge_errors(&w, NULL, NULL, 3), "");
    CHECK_STR("of one", judge_errors(&w, "one", NULL, 2), "");
    CHECK_STR("of a code", judge_errors(&w, NULL, "Lambda.MissingRecordId", 1), "");
    CHECK_STR("of none", judge_errors(&w, "three", NULL, 0), "");
    CHECK_STR("others", judge_errors(&w, NULL, "Lambda.FunctionTimedOut", 0),
              "7 it: expected 0, got 2 (of 3: Lambda.FunctionTimedOut 2, "
              "Lambda.MissingRecordId 1)\n");

    put_object(&w, "lake", "failed/3", "{\"errorCode\":\"A\"}\nno record\n");
    commit_errors(&w, "three", "shardId-000000000000", "error", "failed/3");
    CHECK_STR("no record", judge_errors(&w, "three", NULL, 1),
              "7 it: expected error records, one JSON object a line, got lake/failed/3, line 2\n");
    close_world(&w);
}

/* ---- golden folders ---- */

static char *golden_path(const world *w, const char *name)
{
    return mr_format("%s/golden%s%s", w->directory, name == NULL ? "" : "/",
                     name == NULL ? "" : name);
}

static void drop_file(const world *w, const char *name, const char *body)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error err;
    mr_file *file = NULL;
    char *path = golden_path(w, name);
    CHECK_OK(path, fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK(path, fs->write_at(fs, file, mr_bytes_of(body), 0, &err), &err);
    fs->close(fs, file);
    mr_free(path);
}

static void remove_file(const world *w, const char *name)
{
    mr_error err;
    char *path = golden_path(w, name);
    CHECK_OK(path, mr_platform_fs()->remove(mr_platform_fs(), path, &err), &err);
    mr_free(path);
}

static bool has_file(const world *w, const char *name)
{
    mr_file_info info;
    char *path = golden_path(w, name);
    bool has = mr_platform_fs()->stat(mr_platform_fs(), path, &info, NULL) == MR_OK;
    mr_free(path);
    return has;
}

/* Owned; NULL: there is no such file. */
static char *file_text(const world *w, const char *name)
{
    char *path = golden_path(w, name), *text = NULL;
    size_t len;
    (void)!mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &text, &len, NULL);
    mr_free(path);
    return text;
}

/* The failures, the folder spelled GOLDEN. Owned. */
static char *judge_golden(world *w, const char *bucket, const char *prefix, bool update)
{
    char *directory = golden_path(w, NULL);
    w->update = update;
    const char *failures = judge(
        w, (mr_expect){.kind = MR_EXPECT_SAME_AS,
                       .as.same_as = {.directory = directory, .bucket = bucket, .prefix = prefix}});
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (const char *place; (place = strstr(failures, directory)) != NULL;) {
        mr_strbuf_append(&out, failures, (size_t)(place - failures));
        mr_strbuf_append_text(&out, "GOLDEN");
        failures = place + strlen(directory);
    }
    mr_strbuf_append_text(&out, failures);
    mr_free(directory);
    return mr_strbuf_take(&out);
}

#define CHECK_GOLDEN(w, bucket, prefix, update, want)                                              \
    do {                                                                                           \
        char *got = judge_golden((w), (bucket), (prefix), (update));                               \
        CHECK_STR("golden", got, (want));                                                          \
        mr_free(got);                                                                              \
    } while (0)

#define CHECK_FILE(w, name, want)                                                                  \
    do {                                                                                           \
        char *got = file_text((w), (name));                                                        \
        CHECK_STR((name), got, (want));                                                            \
        mr_free(got);                                                                              \
    } while (0)

static void test_a_golden_folder_is_written_and_then_the_same(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    CHECK_GOLDEN(&w, NULL, NULL, false,
                 "7 it: expected the files of GOLDEN, got there is no such folder: --update makes "
                 "it\n");
    CHECK_GOLDEN(&w, NULL, NULL, true, "");
    CHECK_FILE(&w, "raw-records/2025/01/01/x", "1|north\n");
    CHECK_FILE(&w, MR_GOLDEN_LIST,
               "lake/events/a.json\nlake/events/b.json\nraw-records/2025/01/01/x\n");
    CHECK_GOLDEN(&w, NULL, NULL, false, "");
    close_world(&w);
}

static void test_what_differs_from_a_golden_folder_is_named(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    CHECK_GOLDEN(&w, "lake", NULL, true, "");
    CHECK_GOLDEN(&w, "lake", NULL, false, "");
    remove_file(&w, "events/b.json");
    drop_file(&w, "events/a.json",
              "{\"district\":\"north\",\"total\":34}\n{\"district\":\"south\",\"total\":6}\n");
    drop_file(&w, "events/c.json", "");
    CHECK_GOLDEN(&w, "lake", NULL, false,
                 "7 it: expected the files of GOLDEN: 2, got 1 missing, 1 more, 1 that differ\n"
                 "events/a.json differs in line 2\n"
                 "  got       {\"district\":\"south\",\"total\":5}\n"
                 "  expected  {\"district\":\"south\",\"total\":6}\n"
                 "events/b.json is no golden file\n"
                 "events/c.json is missing\n");
    CHECK_GOLDEN(&w, "lake", "events/a", false,
                 "7 it: expected the files of GOLDEN: 2, got 1 missing, 0 more, 1 that differ\n"
                 "events/a.json differs in line 2\n"
                 "  got       {\"district\":\"south\",\"total\":5}\n"
                 "  expected  {\"district\":\"south\",\"total\":6}\n"
                 "events/c.json is missing\n");
    close_world(&w);
}

static void test_bytes_that_are_no_text_differ_at_a_byte(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    CHECK_GOLDEN(&w, "raw-records", NULL, true, "");
    drop_file(&w, "2025/01/01/x", "1|\xff");
    CHECK_GOLDEN(&w, "raw-records", NULL, false,
                 "7 it: expected the files of GOLDEN: 1, got 0 missing, 0 more, 1 that differ\n"
                 "2025/01/01/x differs at byte 3 (of 8; the golden file has 3)\n");
    drop_file(&w, "2025/01/01/x", "1|north\nmore\n");
    CHECK_GOLDEN(&w, "raw-records", NULL, false,
                 "7 it: expected the files of GOLDEN: 1, got 0 missing, 0 more, 1 that differ\n"
                 "2025/01/01/x differs in line 2\n  got       the end\n  expected  more\n");
    close_world(&w);
}

static void test_an_update_removes_only_what_an_update_wrote(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    CHECK_GOLDEN(&w, NULL, NULL, true, "");
    drop_file(&w, "notes.txt", "mine");
    CHECK_GOLDEN(&w, "lake", NULL, true,
                 "7 it: expected a folder of golden files alone, got GOLDEN holds notes.txt, which "
                 "no update wrote: move it away, or name another folder\n");
    CHECK_TRUE("nothing was touched", has_file(&w, "raw-records/2025/01/01/x"));
    CHECK_TRUE("nothing was written", !has_file(&w, "events/a.json"));
    CHECK_FILE(&w, "notes.txt", "mine");

    remove_file(&w, "notes.txt");
    CHECK_GOLDEN(&w, "lake", NULL, true, "");
    CHECK_TRUE("what is stale is gone", !has_file(&w, "raw-records"));
    CHECK_TRUE("with its folders", !has_file(&w, "lake"));
    CHECK_FILE(&w, MR_GOLDEN_LIST, "events/a.json\nevents/b.json\n");
    CHECK_GOLDEN(&w, "lake", NULL, false, "");
    close_world(&w);
}

static void test_many_differences_are_counted_and_the_first_are_named(void **state)
{
    (void)state;
    world w;
    open_world(&w);
    CHECK_GOLDEN(&w, "lake", NULL, true, "");
    for (int i = 0; i < 15; i++) {
        char *name = mr_format("events/c%02d", i);
        drop_file(&w, name, "");
        mr_free(name);
    }
    char *got = judge_golden(&w, "lake", NULL, false);
    CHECK_HAS("counts", got, "got 15 missing, 0 more, 0 that differ\n");
    CHECK_HAS("the tenth", got, "\nevents/c09 is missing\nand 5 others\n");
    CHECK_TRUE("no eleventh", strstr(got, "c10") == NULL);
    mr_free(got);
    close_world(&w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_value_is_compared_as_what_it_is),
        cmocka_unit_test(test_rows_are_exact_and_the_first_that_differs_is_told),
        cmocka_unit_test(test_answers_may_be_empty_or_match_a_pattern),
        cmocka_unit_test(test_a_query_that_fails_is_a_failed_expectation),
        cmocka_unit_test(test_queries_know_the_time_of_the_world),
        cmocka_unit_test(test_objects_are_counted_measured_and_named),
        cmocka_unit_test(test_records_are_those_of_the_ledger),
        cmocka_unit_test(test_a_wait_that_is_too_long_shows_the_events_around_it),
        cmocka_unit_test(test_buffers_and_events_are_those_of_the_observer),
        cmocka_unit_test(test_error_records_are_counted_by_code_and_delivery_stream),
        cmocka_unit_test(test_a_golden_folder_is_written_and_then_the_same),
        cmocka_unit_test(test_what_differs_from_a_golden_folder_is_named),
        cmocka_unit_test(test_bytes_that_are_no_text_differ_at_a_byte),
        cmocka_unit_test(test_an_update_removes_only_what_an_update_wrote),
        cmocka_unit_test(test_many_differences_are_counted_and_the_first_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
