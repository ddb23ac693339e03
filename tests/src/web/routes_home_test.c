/* The page at /: a form that works without a script, and gives nothing back that is not text. */
#include "tests/src/web/web_help.h"

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

static void check_page(web_world *w, const char *line, const char *form, int status,
                       const char *const *pieces)
{
    api_answer answer = web_ask(w, line, form == NULL ? NULL : FORM, form);
    CHECK_INT(line, answer.status, status);
    assert_true(mr_bytes_is(api_header(&answer, "content-type"), "text/html; charset=utf-8"));
    assert_true(mr_bytes_starts_with(api_header(&answer, "content-security-policy"),
                                     mr_bytes_of("default-src 'self';")));
    for (; *pieces != NULL; pieces++) {
        CHECK_HAS(line, answer.body.at, *pieces);
    }
    assert_null(strstr(answer.body.at, "<script"));
    assert_null(strstr(answer.body.at, " style="));
    api_answer_deinit(&answer);
}

static void test_the_page_has_a_form_and_the_ways_on(void **state)
{
    (void)state;
    static const char *const pieces[] = {"<!DOCTYPE html>",
                                         "<html lang=\"en\">",
                                         "<form method=\"post\" action=\"/\">",
                                         "<label for=\"sentence\">",
                                         "<a href=\"/_millrace/console\">",
                                         "<a href=\"/_millrace/docs\">",
                                         "href=\"/_millrace/home.css\"",
                                         "http://localhost/curl",
                                         NULL};
    web_world w;
    web_world_init(&w, NULL);
    check_page(&w, "GET /", NULL, 200, pieces);
    web_world_deinit(&w);
}

static void test_a_sentence_is_answered_in_the_page(void **state)
{
    (void)state;
    static const char *const good[] = {"This is <strong class=\"positive\">positive</strong>",
                                       "<blockquote>This is good &amp; fun!</blockquote>",
                                       "<dt>compound</dt>", NULL};
    static const char *const bad[] = {"<strong class=\"negative\">", NULL};
    static const char *const first[] = {"<strong class=\"negative\">", NULL};
    web_world w;
    web_world_init(&w, NULL);
    check_page(&w, "POST /", "sentence=This+is+good+%26+fun%21", 200, good);
    check_page(&w, "POST /", "a=b&sentence=horrible", 200, bad);
    check_page(&w, "POST /", "sentence=horrible&sentence=good", 200, first);
    web_world_deinit(&w);
}

static void test_what_cannot_be_rated_is_said_in_the_page(void **state)
{
    (void)state;
    static const char *const empty[] = {"role=\"alert\">the sentence is empty", "aria-invalid",
                                        NULL};
    static const char *const digits[] = {"no letter from A to Z", "123</textarea>", NULL};
    web_world w;
    web_world_init(&w, NULL);
    check_page(&w, "POST /", "sentence=", 400, empty);
    check_page(&w, "POST /", "other=1", 400, empty);
    check_page(&w, "POST /", "sentence=123", 400, digits);
    web_world_deinit(&w);
}

static void test_a_sentence_is_never_markup(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;/textarea&gt; it&#39;s", NULL};
    static const char *const bytes[] = {"a\xef\xbf\xbd\xef\xbf\xbd b</textarea>", NULL};
    web_world w;
    web_world_init(&w, NULL);
    check_page(&w, "POST /", "sentence=<script>alert(\"1\")</script></textarea>+it's", 200, pieces);
    check_page(&w, "POST /", "sentence=a%ff%00+b", 200, bytes);
    web_world_deinit(&w);
}

static void test_the_host_is_never_markup(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    api_answer answer = web_ask(&w, "GET /", "Host: a\"><b\r\n", NULL);
    assert_null(strstr(answer.body.at, "a\"><b"));
    api_answer_deinit(&answer);
    web_world_deinit(&w);
}

static void test_the_style_is_beside_it(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    api_answer answer = web_ask(&w, "GET /_millrace/home.css", NULL, NULL);
    CHECK_INT("style", answer.status, 200);
    assert_true(mr_bytes_is(api_header(&answer, "content-type"), "text/css; charset=utf-8"));
    api_answer_deinit(&answer);
    web_world_deinit(&w);
}

/* Who means AWS is answered by AWS's API: in its forms, never by the page. */
static void check_word(web_world *w, const char *line, const char *want)
{
    char *word = web_ask_word(w, line, NULL, NULL);
    CHECK_STR(line, word, want);
    mr_free(word);
}

static void test_ways_lead_to_the_pages(void **state)
{
    (void)state;
    static const char *const ways[][2] = {{"GET /_millrace", "/_millrace/console"},
                                          {"GET /_millrace/", "/_millrace/console"},
                                          {"GET /_millrace/docs/", "/_millrace/docs"}};
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(ways); i++) {
        api_answer answer = web_ask(&w, ways[i][0], NULL, NULL);
        CHECK_INT(ways[i][0], answer.status, 302);
        CHECK_BYTES(ways[i][0], api_header(&answer, "location"), mr_bytes_of(ways[i][1]));
        api_answer_deinit(&answer);
    }
    web_world_deinit(&w);
}

/* Whom the path means is told that the method is wrong, not that AWS knows no such operation. */
static void test_a_wrong_method_of_ours_is_told_so(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    check_word(&w, "POST /prod/streams/s/records", "405 method-not-allowed");
    check_word(&w, "DELETE /prod/streams/s/record", "405 method-not-allowed");
    check_word(&w, "POST /favicon.ico", "405 method-not-allowed");
    web_world_deinit(&w);
}

static void test_requests_for_aws_go_past_it(void **state)
{
    (void)state;
    static const struct {
        const char *label, *line, *headers, *body;
        bool is_ours;
    } rows[] = {
        {"a browser", "GET /", "Accept: text/html\r\n", NULL, true},
        {"a query of its own", "GET /?utm=1", NULL, NULL, true},
        {"signed", "GET /", AUTHORIZATION, NULL, false},
        {"presigned", "GET /?X-Amz-Algorithm=AWS4-HMAC-SHA256", NULL, NULL, false},
        {"presigned, small letters", "GET /?x-amz-date=1", NULL, NULL, false},
        {"a form", "POST /", FORM, "sentence=good", true},
        {"a JSON service", "POST /", "Content-Type: application/x-amz-json-1.1\r\n", "{}", false},
        {"a target", "POST /", FORM "X-Amz-Target: Kinesis_20131202.ListStreams\r\n", "{}", false},
        {"a signed form", "POST /", FORM AUTHORIZATION, "sentence=good", false},
        {"a query service", "POST /", FORM, "Action=GetCallerIdentity", false},
        {"JSON without a target", "POST /", NULL, "{}", false},
        {"a preflight", "OPTIONS /", "Origin: http://a.example\r\n", NULL, false},
        {"a bucket called curl", "GET /curl", AUTHORIZATION, NULL, false}};
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        api_answer answer = web_ask(&w, rows[i].line, rows[i].headers, rows[i].body);
        const bool is_ours = api_header(&answer, "content-security-policy").at != NULL;
        CHECK_INT(rows[i].label, is_ours, rows[i].is_ours);
        api_answer_deinit(&answer);
    }
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_page_has_a_form_and_the_ways_on),
        cmocka_unit_test(test_a_sentence_is_answered_in_the_page),
        cmocka_unit_test(test_what_cannot_be_rated_is_said_in_the_page),
        cmocka_unit_test(test_a_sentence_is_never_markup),
        cmocka_unit_test(test_the_host_is_never_markup),
        cmocka_unit_test(test_the_style_is_beside_it),
        cmocka_unit_test(test_ways_lead_to_the_pages),
        cmocka_unit_test(test_a_wrong_method_of_ours_is_told_so),
        cmocka_unit_test(test_requests_for_aws_go_past_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
