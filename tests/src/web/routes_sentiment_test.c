/* A sentence and its sentiment over HTTP: what is right, and every way to be wrong that is the
 * request's (those of the body are sentence_test.c's). */
#include "tests/src/web/web_help.h"

static const char *const paths[] = {"/_millrace/sentiment", "/curl"};

static void check_sentiment(web_world *w, const char *path, const char *body, const char *label,
                            double compound)
{
    char *line = mr_format("POST %s", path);
    cJSON *json = web_ask_json(w, line, body, 200);
    CHECK_STR(path, cJSON_GetObjectItem(json, "label")->valuestring, label);
    assert_float_equal(cJSON_GetObjectItem(json, "compound")->valuedouble, compound, 1e-9);
    const double sum = cJSON_GetObjectItem(json, "positive")->valuedouble +
                       cJSON_GetObjectItem(json, "negative")->valuedouble +
                       cJSON_GetObjectItem(json, "neutral")->valuedouble;
    assert_float_equal(sum, 1, 0.0021);
    CHECK_INT("members", cJSON_GetArraySize(json), 6);
    cJSON_Delete(json);
    mr_free(line);
}

static void test_a_sentence_is_scored_at_both_addresses(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(paths); i++) {
        /* the first example of the package's own documentation */
        check_sentiment(&w, paths[i], "{\"sentence\":\"VADER is smart, handsome, and funny.\"}",
                        "positive", 0.8316);
        check_sentiment(&w, paths[i], "{\"sentence\":\"This is horrible.\"}", "negative", -0.5423);
        check_sentiment(&w, paths[i], "{\"sentence\":\"The book is on the table.\"}", "neutral", 0);
    }
    web_world_deinit(&w);
}

static void test_the_sentence_comes_back_as_it_was(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    api_answer answer =
        web_ask(&w, "POST /curl", NULL, "{\"sentence\":\"a \\\"b\\\" \\u00e9\\n\"}");
    CHECK_HAS("sentence", answer.body.at, "{\"sentence\":\"a \\\"b\\\" \xc3\xa9\\n\",\"label\":");
    api_answer_deinit(&answer);
    web_world_deinit(&w);
}

static void test_requests_that_are_wrong_are_told_how(void **state)
{
    (void)state;
    static const struct {
        const char *line, *headers, *body, *expected;
    } rows[] = {
        {"POST /_millrace/sentiment", NULL, "", "400 empty-payload"},
        {"POST /_millrace/sentiment", NULL, "{\"sentence\":\"x\",\"sentence\":\"x\"}",
         "400 more-than-one-element"},
        {"POST /_millrace/sentiment", NULL, "{\"text\":\"x\"}", "400 wrong-key"},
        {"POST /_millrace/sentiment", NULL, "nonsense", "400 not-json"},
        {"POST /_millrace/sentiment", NULL, "[]", "400 not-an-object"},
        {"POST /_millrace/sentiment", NULL, "{\"sentence\":1}", "400 sentence-not-string"},
        {"POST /_millrace/sentiment", NULL, "{1:\"x\"}", "400 key-not-string"},
        {"POST /_millrace/sentiment", NULL, "{\"sentence\":\"1\"}", "400 no-english-letter"},
        {"GET /_millrace/sentiment", NULL, NULL, "405 method-not-allowed"},
        {"PUT /curl", NULL, "{\"sentence\":\"x\"}", "405 method-not-allowed"},
        {"DELETE /curl", NULL, NULL, "405 method-not-allowed"},
        {"POST /_millrace/sentiment", "Content-Type: text/plain\r\n", "{\"sentence\":\"x\"}",
         "415 media-type-refused"},
        {"POST /_millrace/sentiment", "Content-Type: application/x-www-form-urlencoded\r\n",
         "{\"sentence\":\"x\"}", "415 media-type-refused"},
        {"POST /curl", "Content-Type: text/xml\r\n", "{\"sentence\":\"x\"}",
         "415 media-type-refused"},
        /* without a body there is no media type either */
        {"POST /curl", NULL, NULL, "400 empty-payload"},
        {"POST /_millrace/sentiment", NULL, NULL, "400 empty-payload"},
        /* what curl -d sends by itself */
        {"POST /curl", "Content-Type: application/x-www-form-urlencoded\r\n",
         "{\"sentence\":\"x\"}", "200"},
        {"POST /curl", "Content-Type: application/JSON; charset=utf-8\r\n", "{\"sentence\":\"x\"}",
         "200"},
        {"POST /_millrace/sentiment?x=1", NULL, "{\"sentence\":\"x\"}", "400 invalid-argument"},
        /* a page elsewhere may ask: nothing changes */
        {"POST /curl", "Host: elsewhere.example\r\nOrigin: https://a.example\r\n",
         "{\"sentence\":\"x\"}", "200"}};
    web_world w;
    web_world_init(&w, NULL);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *word = web_ask_word(&w, rows[i].line, rows[i].headers, rows[i].body);
        CHECK_STR(rows[i].line, word, rows[i].expected);
        mr_free(word);
    }
    web_world_deinit(&w);
}

static void test_a_body_has_a_longest_length(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"sentence\":\"");
    while (body.len <= 64 * MR_KIB) {
        mr_strbuf_append_text(&body, "good ");
    }
    mr_strbuf_append_text(&body, "\"}");
    char *word = web_ask_word(&w, "POST /curl", NULL, mr_strbuf_text(&body));
    CHECK_STR("long", word, "413 body-too-large");
    mr_free(word);
    mr_strbuf_deinit(&body);
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_sentence_is_scored_at_both_addresses),
        cmocka_unit_test(test_the_sentence_comes_back_as_it_was),
        cmocka_unit_test(test_requests_that_are_wrong_are_told_how),
        cmocka_unit_test(test_a_body_has_a_longest_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
