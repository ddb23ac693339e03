/* SQL over the API: asked, waited for, taken as CSV, cancelled; and what is refused. */
#include "src/web/query_desk.h"
#include "tests/src/web/web_help.h"

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(value) ? value->valuestring : "(none)";
}

static int number_of(const cJSON *object, const char *name)
{
    return (int)cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static int ask(web_world *w, const char *sql)
{
    char *body = mr_format("{\"sql\": \"%s\"}", sql);
    cJSON *answer = web_ask_json(w, "POST /_millrace/api/queries", body, 202);
    const int id = number_of(answer, "id");
    cJSON_Delete(answer);
    mr_free(body);
    return id;
}

static cJSON *result_of(web_world *w, int id)
{
    char *line = mr_format("GET /_millrace/api/queries/%d?wait=true", id);
    cJSON *answer = web_ask_json(w, line, NULL, 200);
    mr_free(line);
    return answer;
}

static void test_a_query_is_answered(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    const int id =
        ask(&w, "SELECT 1 AS a, 'x' AS b, NULL AS c UNION ALL SELECT 2, 'say \\\"hi\\\"', "
                "NULL");
    cJSON *answer = result_of(&w, id);
    CHECK_STR("state", text_of(answer, "state"), "succeeded");
    CHECK_INT("rows", number_of(answer, "row_count"), 2);
    char *rows = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(answer, "rows"));
    CHECK_STR("the rows", rows, "[[\"1\",\"x\",null],[\"2\",\"say \\\"hi\\\"\",null]]");
    cJSON_free(rows);
    char *columns = cJSON_PrintUnformatted(cJSON_GetObjectItemCaseSensitive(answer, "columns"));
    CHECK_HAS("the columns", columns, "{\"name\":\"a\",\"type\":\"integer\"}");
    cJSON_free(columns);
    cJSON_Delete(answer);

    api_answer csv = web_ask(&w, "GET /_millrace/api/queries/1/csv", NULL, NULL);
    CHECK_INT("csv", csv.status, 200);
    assert_true(
        mr_bytes_is(csv.body, "\"a\",\"b\",\"c\"\n\"1\",\"x\",\n\"2\",\"say \"\"hi\"\"\",\n"));
    api_answer_deinit(&csv);

    cJSON *events = web_ask_json(&w, "GET /_millrace/api/events?type=query.run", NULL, 200);
    CHECK_INT("one event", cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(events, "events")),
              1);
    cJSON_Delete(events);
    web_world_deinit(&w);
}

/* Statements are kept whole, and 200 of them would be more than an answer can hold. */
static void test_a_history_of_long_statements_is_shortened(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    enum { ASKED = 70 };
    char *comment = check_repeat('x', 250 * MR_KIB);
    char *sql = mr_format("SELECT 1 -- %s", comment);
    for (int i = 0; i < ASKED; i++) {
        cJSON_Delete(result_of(&w, ask(&w, sql)));
    }
    cJSON *answer = web_ask_json(&w, "GET /_millrace/api/queries", NULL, 200);
    const cJSON *history = cJSON_GetObjectItemCaseSensitive(answer, "history");
    const int count = cJSON_GetArraySize(history);
    CHECK_INT("16 MiB of them", count, 66);
    CHECK_INT("the newest first", number_of(cJSON_GetArrayItem(history, 0), "id"), ASKED);
    cJSON_Delete(answer);
    mr_free(sql);
    mr_free(comment);
    web_world_deinit(&w);
}

static void test_a_failure_is_told_in_athenas_words(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    cJSON *answer = result_of(&w, ask(&w, "SELECT * FROM nowhere.nothing"));
    CHECK_STR("state", text_of(answer, "state"), "failed");
    CHECK_HAS("why", text_of(answer, "error"), "nowhere");
    cJSON_Delete(answer);
    char *word = web_ask_word(&w, "GET /_millrace/api/queries/1/csv", NULL, NULL);
    CHECK_STR("no csv of it", word, "409 no-result");
    mr_free(word);
    web_world_deinit(&w);
}

static void test_more_rows_than_are_kept_are_counted(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    const int id =
        ask(&w, "WITH t AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 "
                "UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION "
                "ALL SELECT 8 UNION ALL SELECT 9) SELECT a.n FROM t a CROSS JOIN t b CROSS JOIN t "
                "c CROSS JOIN t d CROSS JOIN t e");
    cJSON *answer = result_of(&w, id);
    CHECK_STR("state", text_of(answer, "state"), "succeeded");
    CHECK_INT("all of them", number_of(answer, "row_count"), 100000);
    CHECK_INT("those kept", cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(answer, "rows")),
              MR_QUERY_ROWS_MAX);
    CHECK_TRUE("it is said", cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "truncated")));
    cJSON_Delete(answer);
    web_world_deinit(&w);
}

/* Ten to the twelfth rows, of which none leaves: it ends because it is told to. */
#define ENDLESS                                                                                    \
    "WITH t AS (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL " \
    "SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION "  \
    "ALL SELECT 9) SELECT count(*) FROM t a CROSS JOIN t b CROSS JOIN t c CROSS JOIN t d CROSS "   \
    "JOIN t e CROSS JOIN t f CROSS JOIN t g CROSS JOIN t h CROSS JOIN t i CROSS JOIN t j CROSS "   \
    "JOIN t k CROSS JOIN t l"

static void test_what_runs_and_what_waits_can_be_cancelled(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    for (int i = 0; i < MR_QUERIES_RUNNING + 1; i++) {
        (void)ask(&w, ENDLESS);
    }
    for (int i = MR_QUERIES_RUNNING + 1; i > 0; i--) { /* the one that waits first */
        char *line = mr_format("DELETE /_millrace/api/queries/%d", i);
        cJSON *answer = web_ask_json(&w, line, NULL, 200);
        CHECK_STR(line, text_of(answer, "state"), "cancelled");
        cJSON_Delete(answer);
        mr_free(line);
    }
    web_world_deinit(&w);
}

static void test_no_more_wait_than_may_and_the_end_waits_for_none(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    for (int i = 0; i < MR_QUERIES_RUNNING + MR_QUERIES_WAITING; i++) {
        (void)ask(&w, ENDLESS);
    }
    char *word = web_ask_word(&w, "POST /_millrace/api/queries", NULL, "{\"sql\":\"SELECT 1\"}");
    CHECK_STR("one too many", word, "429 too-many-queries");
    mr_free(word);
    web_world_deinit(&w); /* with two that run */
}

typedef struct row {
    const char *line, *headers, *body, *expected;
} row;

static void test_bad_requests(void **state)
{
    (void)state;
    static const row rows[] = {
        {"POST /_millrace/api/queries", NULL, "{}", "400 invalid-argument"},
        {"POST /_millrace/api/queries", NULL, "{\"sql\": 1}", "400 invalid-argument"},
        {"POST /_millrace/api/queries", NULL, "{\"sql\": \"SELECT 1\", \"databse\": \"x\"}",
         "400 invalid-argument"},
        {"POST /_millrace/api/queries", NULL, "[1]", "400 invalid-argument"},
        {"POST /_millrace/api/queries", NULL, "{\"sql\"", "400 not-json"},
        {"POST /_millrace/api/queries", NULL, "{\"sql\": \"SELECT 1\"} x", "400 not-json"},
        {"POST /_millrace/api/queries", "Content-Type: text/plain\r\n", "{\"sql\": \"SELECT 1\"}",
         "415 media-type-refused"},
        {"POST /_millrace/api/queries", "Origin: http://evil.example\r\n",
         "{\"sql\": \"SELECT 1\"}", "403 origin-refused"},
        {"POST /_millrace/api/queries", "Sec-Fetch-Site: cross-site\r\n", "{\"sql\": \"SELECT 1\"}",
         "403 origin-refused"},
        {"POST /_millrace/api/queries", "Host: evil.example\r\n", "{\"sql\": \"SELECT 1\"}",
         "403 host-refused"},
        {"GET /_millrace/api/queries", "Host: evil.example\r\n", NULL, "403 host-refused"},
        {"GET /_millrace/api/queries", "Host: 127.0.0.1:4566\r\n", NULL, "200"},
        {"GET /_millrace/api/queries", "Host: [::1]:4566\r\n", NULL, "200"},
        {"GET /_millrace/api/queries", "Host: LOCALHOST:1\r\n", NULL, "200"},
        {"GET /_millrace/api/queries", "Host: 127.0.0.1.evil.example\r\n", NULL,
         "403 host-refused"},
        {"GET /_millrace/api/queries/0", NULL, NULL, "400 invalid-argument"},
        {"GET /_millrace/api/queries/7", NULL, NULL, "404 not-found"},
        {"GET /_millrace/api/queries/7?wait=yes", NULL, NULL, "400 invalid-argument"},
        {"DELETE /_millrace/api/queries/7", NULL, NULL, "404 not-found"},
        {"PUT /_millrace/api/queries", NULL, "{}", "405 method-not-allowed"}};
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *word = web_ask_word(&w, rows[i].line, rows[i].headers, rows[i].body);
        char *label = mr_format("%s %s %s", rows[i].line, rows[i].headers, rows[i].body);
        CHECK_STR(label, word, rows[i].expected);
        mr_free(label);
        mr_free(word);
    }
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_query_is_answered),
        cmocka_unit_test(test_a_history_of_long_statements_is_shortened),
        cmocka_unit_test(test_a_failure_is_told_in_athenas_words),
        cmocka_unit_test(test_more_rows_than_are_kept_are_counted),
        cmocka_unit_test(test_what_runs_and_what_waits_can_be_cancelled),
        cmocka_unit_test(test_no_more_wait_than_may_and_the_end_waits_for_none),
        cmocka_unit_test(test_bad_requests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
