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
        {"GET /_millrace/", NULL, "404 not-found"},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_led_or_refused),
        cmocka_unit_test(test_a_wrong_method_is_told_the_right_ones),
        cmocka_unit_test(test_answers_forbid_what_pages_need_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
