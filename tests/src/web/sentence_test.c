#include "src/web/sentence.h"
#include "tests/check.h"

#include "sim/base/alloc.h"

/* The code of what is wrong with a body, "" when it is right; *message must then be freed. */
static const char *code_of(mr_bytes body, mr_strbuf *sentence, mr_strbuf *message)
{
    *sentence = mr_strbuf_make(body.len + 1);
    *message = mr_strbuf_make(1024);
    const mr_web_failure *failure = mr_sentence_read(body, sentence, message);
    return failure == NULL ? "" : failure->code;
}

static void test_a_right_body_gives_its_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *label, *body, *sentence;
    } rows[] = {
        {"plain", "{\"sentence\":\"I am glad.\"}", "I am glad."},
        {"blanks", " \n{ \"sentence\" :\t\"x\" }\r\n", "x"},
        {"escapes", "{\"sentence\":\"a\\n\\u00e9\\ud83d\\ude00\\\"\"}",
         "a\n\xc3\xa9\xf0\x9f\x98\x80\""},
        {"a key in escapes", "{\"\\u0073entence\":\"x\"}", "x"},
        {"braces inside", "{\"sentence\":\"{a:1}, \\\"b\\\": 2\"}", "{a:1}, \"b\": 2"},
        {"one letter among others", "{\"sentence\":\"\xd0\xb4\xd0\xb0 k\"}", "\xd0\xb4\xd0\xb0 k"}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_strbuf sentence, message;
        const char *code = code_of(mr_bytes_of(rows[i].body), &sentence, &message);
        CHECK_STR(rows[i].label, code, "");
        CHECK_STR(rows[i].label, mr_strbuf_text(&sentence), rows[i].sentence);
        CHECK_STR(rows[i].label, mr_strbuf_text(&message), "");
        mr_strbuf_deinit(&sentence);
        mr_strbuf_deinit(&message);
    }
}

static void test_every_way_to_be_wrong_has_its_code(void **state)
{
    (void)state;
    static const struct {
        const char *label, *body, *code, *says;
    } rows[] = {
        {"nothing", "", "empty-payload", "send {\"sentence\""},
        {"blanks alone", " \r\n\t", "empty-payload", "send {\"sentence\""},
        {"no element", "{}", "no-element", "send {\"sentence\""},
        {"other key beside", "{\"sentence\":\"x\",\"a\":\"y\"}", "more-than-one-element",
         "2 elements"},
        {"other key first", "{\"a\":1,\"sentence\":\"x\"}", "more-than-one-element", "2 elements"},
        {"same value", "{\"sentence\":\"x\",\"b\":\"x\"}", "more-than-one-element", "2 elements"},
        {"same key", "{\"sentence\":\"x\",\"sentence\":\"y\"}", "more-than-one-element",
         "one sentence at a time"},
        {"duplicate", "{\"sentence\":\"x\",\"sentence\":\"x\"}", "more-than-one-element",
         "2 elements"},
        {"same key in escapes", "{\"sentence\":\"x\",\"\\u0073entence\":\"x\"}",
         "more-than-one-element", "2 elements"},
        {"three, none right", "{\"a\":1,\"b\":2,\"c\":3}", "more-than-one-element", "3 elements"},
        {"other key", "{\"text\":\"x\"}", "wrong-key", "the key is \"text\""},
        {"other case", "{\"Sentence\":\"x\"}", "wrong-key", "must be \"sentence\""},
        {"empty key", "{\"\":\"x\"}", "wrong-key", "must be \"sentence\""},
        {"blank in key", "{\"sentence \":\"x\"}", "wrong-key", "must be \"sentence\""},
        {"text", "I am glad.", "not-json", "byte 0 of 10"},
        {"cut off", "{\"sentence\":\"x\"", "not-json", "byte 15 of 15"},
        {"text behind", "{\"sentence\":\"x\"} x", "not-json", "byte 17 of 18"},
        {"comma behind", "{\"sentence\":\"x\",}", "not-json", "of 17"},
        {"single quotes of a value", "{\"sentence\":'x'}", "not-json", "byte 12 of 16"},
        {"line feed in a string", "{\"sentence\":\"a\nb\"}", "not-json", "of 18"},
        {"no UTF-8", "{\"sentence\":\"a\xff\"}", "not-json", "not UTF-8: see byte 14 of 17"},
        {"no UTF-8 before good", "{\"sentence\":\"\xff good\"}", "not-json",
         "not UTF-8: see byte 13 of 21"},
        {"bad before no UTF-8", "{sentence\"\xff", "not-json", "not JSON: see byte 1 of 11"},
        {"a byte order mark", "\xef\xbb\xbf{\"sentence\":\"x\"}", "not-json",
         "begins with a byte order mark"},
        {"two bodies", "{\"sentence\":\"x\"}{\"sentence\":\"x\"}", "not-json", "byte 16 of 32"},
        {"array", "[{\"sentence\":\"x\"}]", "not-an-object", "no object"},
        {"string", "\"sentence\"", "not-an-object", "no object"},
        {"number", "1", "not-an-object", "no object"},
        {"null", "null", "not-an-object", "no object"},
        {"value number", "{\"sentence\":1}", "sentence-not-string", "the sentence is 1;"},
        {"value null", "{\"sentence\":null}", "sentence-not-string", "double quotes"},
        {"value true", "{\"sentence\":true}", "sentence-not-string", "double quotes"},
        {"value array", "{\"sentence\":[\"x\"]}", "sentence-not-string", "double quotes"},
        {"value object", "{\"sentence\":{\"a\":1}}", "sentence-not-string", "double quotes"},
        {"number key", "{1: \"x\"}", "key-not-string", "byte 1 is not a string"},
        {"negative key", "{ -1.5e3:\"x\"}", "key-not-string", "byte 2"},
        {"true key", "{true:\"x\"}", "key-not-string", "double quotes"},
        {"null key", "{null:\"x\"}", "key-not-string", "double quotes"},
        {"array key", "{[\"sentence\"]:\"x\"}", "key-not-string", "double quotes"},
        {"object key", "{{}:\"x\"}", "key-not-string", "double quotes"},
        {"bare key", "{sentence:\"x\"}", "key-not-string", "double quotes"},
        {"key in single quotes", "{'sentence':\"x\"}", "key-not-string", "double quotes"},
        {"second key", "{\"sentence\":\"x\", 2:\"y\"}", "key-not-string", "byte 17"},
        {"number, no key", "{1}", "not-json", "byte"},
        {"empty sentence", "{\"sentence\":\"\"}", "sentence-empty", "write one"},
        {"blank sentence", "{\"sentence\":\" \\n\\t\"}", "sentence-empty", "write one"},
        {"digits", "{\"sentence\":\"12345 !?\"}", "no-english-letter", "A to Z"},
        {"Cyrillic", "{\"sentence\":\"\xd0\xb4\xd0\xb0\"}", "no-english-letter", "A to Z"},
        {"emoji", "{\"sentence\":\"\\ud83d\\ude00\"}", "no-english-letter", "A to Z"},
        {"accented alone", "{\"sentence\":\"\xc3\xa9\"}", "no-english-letter", "A to Z"}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_strbuf sentence, message;
        const char *code = code_of(mr_bytes_of(rows[i].body), &sentence, &message);
        CHECK_STR(rows[i].label, code, rows[i].code);
        CHECK_HAS(rows[i].label, mr_strbuf_text(&message), rows[i].says);
        mr_strbuf_deinit(&sentence);
        mr_strbuf_deinit(&message);
    }
}

static void check_length(size_t length, const char *expected)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&body, "{\"sentence\":\"");
    for (size_t i = 0; i < length; i++) {
        mr_strbuf_append_char(&body, 'a');
    }
    mr_strbuf_append_text(&body, "\"}");
    mr_strbuf sentence, message;
    CHECK_STR("length", code_of(mr_strbuf_bytes(&body), &sentence, &message), expected);
    mr_strbuf_deinit(&sentence);
    mr_strbuf_deinit(&message);
    mr_strbuf_deinit(&body);
}

static void test_a_sentence_has_a_longest_length(void **state)
{
    (void)state;
    check_length(MR_SENTENCE_BYTES_MAX, "");
    check_length(MR_SENTENCE_BYTES_MAX + 1, "sentence-too-long");
}

static void test_no_two_failures_share_a_code(void **state)
{
    (void)state;
    size_t count = 0;
    for (const mr_web_failure *const *a = mr_sentence_failures; *a != NULL; a++, count++) {
        for (const mr_web_failure *const *b = a + 1; *b != NULL; b++) {
            assert_string_not_equal((*a)->code, (*b)->code);
        }
    }
    CHECK_INT("failures", (int)count, 12);
}

static void test_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(sentence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_right_body_gives_its_sentence),
        cmocka_unit_test(test_every_way_to_be_wrong_has_its_code),
        cmocka_unit_test(test_a_sentence_has_a_longest_length),
        cmocka_unit_test(test_no_two_failures_share_a_code),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
