/* What the router and the guard do before any handler is asked. */
#include "tests/src/web/web_help.h"

typedef struct row {
    const char *line, *headers, *expected;
} row;

static void test_requests_are_led_or_refused(void **state)
{
    (void)state;
    static const row rows[] = {
        {"GET /_millrace/health", NULL, "200"},
        {"GET /_localstack/health", NULL, "200"},
        {"GET /_millrace/health?verbose=1", NULL, "200"}, /* as tools ask it */
        {"POST /_millrace/health", NULL, "405 method-not-allowed"},
        {"GET /_millrace/healt", NULL, "404 not-found"},
        {"GET /_millrace/health/", NULL, "404 not-found"},
        {"GET /_millrace/nothing/", NULL, "404 not-found"},
        /* health is open: a load balancer may ask under any name */
        {"GET /_millrace/health", "Host: somewhere.example\r\n", "200"}};
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *word = web_ask_word(&w, rows[i].line, rows[i].headers, NULL);
        CHECK_STR(rows[i].line, word, rows[i].expected);
        mr_free(word);
    }
    web_world_deinit(&w);
}

static void test_a_wrong_method_is_told_the_right_ones(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    api_answer answer = web_ask(&w, "DELETE /_millrace/health", NULL, NULL);
    CHECK_INT("status", answer.status, 405);
    assert_true(mr_bytes_is(api_header(&answer, "allow"), "GET, HEAD"));
    api_answer_deinit(&answer);
    web_world_deinit(&w);
}

static void test_answers_forbid_what_pages_need_not(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    api_answer answer = web_ask(&w, "GET /_millrace/health", NULL, NULL);
    assert_true(mr_bytes_starts_with(api_header(&answer, "content-security-policy"),
                                     mr_bytes_of("default-src 'self';")));
    assert_true(mr_bytes_is(api_header(&answer, "x-content-type-options"), "nosniff"));
    api_answer_deinit(&answer);
    web_world_deinit(&w);
}

/* Messages are read at the command line, too (millrace clock until foo). */
static void test_messages_say_what_is_wrong_and_what_may_be(void **state)
{
    (void)state;
    static const struct {
        const char *line, *headers, *body, *says;
    } cases[] = {
        {"GET /_millrace/api/events?after=-1", NULL, NULL, "from 0 to 9007199254740991\""},
        {"POST /_millrace/api/clock", NULL, "{\"action\":\"rate\",\"rate\":0}",
         "rate is 0; it may be from 0.001 to 1000000\""},
        {"POST /_millrace/api/clock", NULL, "{\"action\":\"rate\",\"rate\":2500000.5}",
         "rate is 2500000.5;"},
        {"POST /_millrace/api/clock", NULL, "{\"action\":\"advance\"}", "by is missing"},
        {"POST /_millrace/api/clock", NULL, "{\"action\":\"advance\",\"by\":\"5x\"}",
         "an advance of \\\"5x\\\" is no duration"},
        {"POST /_millrace/api/clock", NULL, "{\"action\":\"advance\",\"by\":\"0\"}",
         "an advance of 0 is none"},
        {"POST /_millrace/api/clock", NULL, "{\"action\":\"until\",\"to\":\"foo\"}",
         "the goal of until is \\\"foo\\\"; it may be: flush, event, idle"},
        {"POST /_millrace/api/clock", NULL, "", "the body is empty"},
        {"POST /_millrace/api/clock", NULL, "{\"a\":", "the body is not JSON: see byte"},
        {"GET /_millrace/api/clock", "Host:\r\n", NULL, "the Host header is missing"},
        {"GET /_millrace/api/clock", "Host: a.example\r\n", NULL, "the name a.example here"},
    };
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        api_answer answer = web_ask(&w, cases[i].line, cases[i].headers, cases[i].body);
        CHECK_HAS(cases[i].line, answer.body.at, cases[i].says);
        api_answer_deinit(&answer);
    }
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_led_or_refused),
        cmocka_unit_test(test_a_wrong_method_is_told_the_right_ones),
        cmocka_unit_test(test_messages_say_what_is_wrong_and_what_may_be),
        cmocka_unit_test(test_answers_forbid_what_pages_need_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
