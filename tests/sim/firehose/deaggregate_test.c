/* deaggregate_test.c - records taken apart by JSON objects and by delimiters, and the parameters.
 */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/firehose/deaggregate.h"
#include "sim/time/rng.h"

#include <stdio.h>

#define B(text) MR_BYTES_LITERAL(text)

/* "sub-records [a] [b]": what becomes of a record. */
static void describe(mr_deaggregator *deaggregator, mr_bytes data, mr_strbuf *out)
{
    mr_bytes sub;
    mr_strbuf_append_text(out,
                          mr_deaggregate_verdict_name(mr_deaggregator_open(deaggregator, data)));
    size_t left = mr_deaggregator_left(deaggregator);
    while (mr_deaggregator_next(deaggregator, &sub)) {
        CHECK_INT("left", mr_deaggregator_left(deaggregator), --left);
        mr_strbuf_append_text(out, " [");
        mr_strbuf_append_bytes(out, sub);
        mr_strbuf_append_text(out, "]");
    }
    CHECK_INT("none left", left, 0);
    CHECK_TRUE("and none after", !mr_deaggregator_next(deaggregator, &sub));
}

static mr_deaggregator *make(const char *type, mr_bytes delimiter)
{
    mr_deaggregation parsed;
    mr_error err;
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_base64_encode(&text, delimiter);
    CHECK_OK(type,
             mr_deaggregation_parse(type, delimiter.len == 0 ? NULL : mr_strbuf_text(&text),
                                    &parsed, &err),
             &err);
    mr_strbuf_deinit(&text);
    return mr_deaggregator_new(&parsed);
}

static void check_split(const char *label, mr_deaggregator *deaggregator, mr_bytes data,
                        mr_bytes want)
{
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    describe(deaggregator, data, &got);
    CHECK_BYTES(label, mr_strbuf_bytes(&got), want);
    mr_strbuf_deinit(&got);
}

static void test_json_objects_one_after_another(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes data, want;
    } cases[] = {
        /* the two examples of the guide */
        {"nothing between", B("{\"a\":1}{\"a\":2}"), B("sub-records [{\"a\":1}] [{\"a\":2}]")},
        {"one a line", B("{\"a\":1}\n{\"a\":2}"), B("sub-records [{\"a\":1}] [{\"a\":2}]")},

        {"one", B("{\"a\":1}"), B("sub-records [{\"a\":1}]")},
        {"one and a newline", B("{\"a\":1}\n"), B("sub-records [{\"a\":1}]")},
        {"lines that end in CR LF", B("{\"a\":1}\r\n{\"a\":2}\r\n"),
         B("sub-records [{\"a\":1}] [{\"a\":2}]")},
        {"blanks all over", B(" \t\n{\"a\":1} \t {\"a\":2}\n\n\n{\"a\":3}\t\n "),
         B("sub-records [{\"a\":1}] [{\"a\":2}] [{\"a\":3}]")},
        {"blanks inside stay", B("{ \"a\" : 1 }{ }"), B("sub-records [{ \"a\" : 1 }] [{ }]")},
        {"over several lines", B("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n"),
         B("sub-records [{\n  \"a\": 1\n}] [{\n  \"a\": 2\n}]")},
        {"empty objects", B("{}{}{}"), B("sub-records [{}] [{}] [{}]")},
        {"nested", B("{\"a\":{\"b\":[{},{\"c\":[]}]}}{\"d\":{}}"),
         B("sub-records [{\"a\":{\"b\":[{},{\"c\":[]}]}}] [{\"d\":{}}]")},
        {"braces in texts", B("{\"a}{\":\"}{\\\"}\"}{\"b\":\"{\"}"),
         B("sub-records [{\"a}{\":\"}{\\\"}\"}] [{\"b\":\"{\"}]")},
        {"a backslash at the end of a text", B("{\"a\":\"\\\\\"}{\"b\":1}"),
         B("sub-records [{\"a\":\"\\\\\"}] [{\"b\":1}]")},
        {"all kinds of values", B("{\"a\":[true,false,null,-1.5e3,\"x\"]}{\"b\":0}"),
         B("sub-records [{\"a\":[true,false,null,-1.5e3,\"x\"]}] [{\"b\":0}]")},
        {"a zero byte between is no blank", B("{}\0{}"), B("not objects [{}\0{}]")},

        {"no byte", B(""), B("empty []")},
        {"blanks alone", B(" \n\t"), B("empty [ \n\t]")},

        {"an array of objects", B("[{\"a\":1}, {\"a\":2}]"),
         B("not objects [[{\"a\":1}, {\"a\":2}]]")},
        {"an array behind an object", B("{\"a\":1}[2]"), B("not objects [{\"a\":1}[2]]")},
        {"a number", B("17"), B("not objects [17]")},
        {"a text", B("\"{}\""), B("not objects [\"{}\"]")},
        {"null", B("null"), B("not objects [null]")},
        {"a line of a log", B("GET / HTTP/1.1"), B("not objects [GET / HTTP/1.1]")},
        {"text in front", B("x{\"a\":1}"), B("not objects [x{\"a\":1}]")},
        {"text behind", B("{\"a\":1}x"), B("not objects [{\"a\":1}x]")},
        {"a comma between", B("{\"a\":1},{\"a\":2}"), B("not objects [{\"a\":1},{\"a\":2}]")},
        {"a torn object", B("{\"a\":1}{\"a\":"), B("not objects [{\"a\":1}{\"a\":]")},
        {"a torn text", B("{\"a\":\"1}"), B("not objects [{\"a\":\"1}]")},
        {"a brace too many", B("{\"a\":1}}"), B("not objects [{\"a\":1}}]")},
        {"a bracket for a brace", B("{\"a\":1]"), B("not objects [{\"a\":1]]")},
        {"single quotes", B("{'a':1}"), B("not objects [{'a':1}]")},
        {"a comma at the end", B("{\"a\":1,}"), B("not objects [{\"a\":1,}]")},
        {"a newline in a text", B("{\"a\":\"\n\"}"), B("not objects [{\"a\":\"\n\"}]")},
        {"a byte order mark",
         B("\xef\xbb\xbf"
           "{\"a\":1}"),
         B("not objects [\xef\xbb\xbf"
           "{\"a\":1}]")},
    };
    mr_deaggregator *deaggregator = make("JSON", B(""));
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_split(cases[i].label, deaggregator, cases[i].data, cases[i].want);
    }
    check_split("no bytes at all", deaggregator, (mr_bytes){NULL, 0}, B("empty []"));
    mr_deaggregator_free(deaggregator);
}

static void test_texts_between_delimiters(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes delimiter, data, want;
    } cases[] = {
        {"the guide's delimiter", B("####"), B("a####b####c"), B("sub-records [a] [b] [c]")},
        {"lines", B("\n"), B("a\nb\nc"), B("sub-records [a] [b] [c]")},
        {"at the end", B("\n"), B("a\nb\n"), B("sub-records [a] [b]")},
        {"at the beginning", B("\n"), B("\na\nb"), B("sub-records [a] [b]")},
        {"two in a row", B("\n"), B("a\n\nb\n\n"), B("sub-records [a] [b]")},
        {"none", B("\n"), B("abc"), B("sub-records [abc]")},
        {"only the first byte of it", B("ab"), B("xayaz"), B("sub-records [xayaz]")},
        {"torn at the end", B("####"), B("a####b###"), B("sub-records [a] [b###]")},
        {"blanks stay", B("\n"), B(" a \n\tb\r\n"), B("sub-records [ a ] [\tb\r]")},
        {"CR LF", B("\r\n"), B("a\r\nb\nc\rd\r\n"), B("sub-records [a] [b\nc\rd]")},
        {"zero bytes", B("\0"), B("a\0b\0\0c"), B("sub-records [a] [b] [c]")},
        {"bytes above 127", B("\xff\xfe"),
         B("a\xff\xfe"
           "b\xff"
           "c"),
         B("sub-records [a] [b\xff"
           "c]")},
        {"found from the left", B("aa"), B("xaaay"), B("sub-records [x] [ay]")},
        {"does not overlap", B("aba"), B("1ababa2"), B("sub-records [1] [ba2]")},
        {"begins again inside itself", B("aab"), B("xaaaby"), B("sub-records [xa] [y]")},
        {"falls back more than once", B("abcabd"), B("abcabcabdxabcababcabd"),
         B("sub-records [abc] [xabcab]")},
        {"ends of one as beginning of the next", B("abab"), B("xababababy"),
         B("sub-records [x] [y]")},
        {"longer than the record", B("0123456789"), B("01234"), B("sub-records [01234]")},
        {"not JSON, and not asked to be", B("|"), B("{|}"), B("sub-records [{] [}]")},

        {"no byte", B("\n"), B(""), B("empty []")},
        {"the delimiter alone", B("\n"), B("\n"), B("empty [\n]")},
        {"delimiters alone", B("##"), B("######"), B("empty [######]")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_deaggregator *deaggregator = make("DELIMITED", cases[i].delimiter);
        check_split(cases[i].label, deaggregator, cases[i].data, cases[i].want);
        mr_deaggregator_free(deaggregator);
    }
}

static void test_more_than_500_go_on_whole(void **state)
{
    (void)state;
    static const struct {
        const char *label, *type, *delimiter, *piece;
        int pieces;
        mr_deaggregate_verdict want;
    } cases[] = {
        {"499 objects", "JSON", "", "{\"a\":1}", 499, MR_DEAGGREGATED},
        {"500 objects", "JSON", "", "{\"a\":1}", 500, MR_DEAGGREGATED},
        {"501 objects", "JSON", "", "{\"a\":1}", 501, MR_DEAGGREGATE_TOO_MANY},
        {"500 lines", "DELIMITED", "\n", "a\n", 500, MR_DEAGGREGATED},
        {"501 lines", "DELIMITED", "\n", "a\n", 501, MR_DEAGGREGATE_TOO_MANY},
        {"500 lines and 500 empty ones", "DELIMITED", "\n", "a\n\n", 500, MR_DEAGGREGATED},
        {"9000 empty lines", "DELIMITED", "\n", "\n", 9000, MR_DEAGGREGATE_EMPTY},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_deaggregator *deaggregator = make(cases[i].type, mr_bytes_of(cases[i].delimiter));
        mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_bytes sub;
        for (int n = 0; n < cases[i].pieces; n++) {
            mr_strbuf_append_text(&data, cases[i].piece);
        }
        CHECK_STR(
            cases[i].label,
            mr_deaggregate_verdict_name(mr_deaggregator_open(deaggregator, mr_strbuf_bytes(&data))),
            mr_deaggregate_verdict_name(cases[i].want));
        if (cases[i].want == MR_DEAGGREGATED) {
            CHECK_INT(cases[i].label, mr_deaggregator_left(deaggregator), cases[i].pieces);
        } else {
            CHECK_INT(cases[i].label, mr_deaggregator_left(deaggregator), 1);
            CHECK_TRUE(cases[i].label, mr_deaggregator_next(deaggregator, &sub));
            CHECK_BYTES(cases[i].label, sub, mr_strbuf_bytes(&data));
        }
        mr_strbuf_deinit(&data);
        mr_deaggregator_free(deaggregator);
    }
}

/* Texts of two letters, so that delimiters and their beginnings are everywhere. What a plain search
 * finds is what is found. */
static void test_delimiters_are_found_as_by_a_plain_search(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(1, "delimiters");
    for (int round = 0; round < 3000; round++) {
        char delimiter[6], text[120];
        size_t len = 1 + (size_t)mr_prng_below(&prng, sizeof(delimiter));
        size_t text_len = (size_t)mr_prng_below(&prng, sizeof(text));
        for (size_t i = 0; i < len; i++) {
            delimiter[i] = (char)('a' + mr_prng_below(&prng, 2));
        }
        for (size_t i = 0; i < text_len; i++) {
            text[i] = (char)('a' + mr_prng_below(&prng, 2));
        }

        mr_deaggregator *deaggregator = make("DELIMITED", mr_bytes_make(delimiter, len));
        mr_deaggregate_verdict verdict =
            mr_deaggregator_open(deaggregator, mr_bytes_make(text, text_len));
        size_t begin = 0, found = 0;
        for (size_t at = 0; at <= text_len;) {
            bool here = text_len - at >= len && memcmp(text + at, delimiter, len) == 0;
            if ((here || at == text_len) && at > begin) {
                mr_bytes sub;
                CHECK_TRUE("there is one more", mr_deaggregator_next(deaggregator, &sub));
                CHECK_BYTES("it", sub, mr_bytes_make(text + begin, at - begin));
                found++;
            }
            at += here ? len : 1;
            begin = here ? at : begin;
        }
        CHECK_STR("verdict", mr_deaggregate_verdict_name(verdict),
                  found > 0 ? "sub-records" : "empty");
        CHECK_INT("no more", mr_deaggregator_left(deaggregator), found > 0 ? 0 : 1);
        mr_deaggregator_free(deaggregator);
    }
}

/* The longest delimiter, and a record that begins it again and again: a search that starts over at
 * every byte would compare 40,000,000,000 bytes. */
static void test_a_hostile_delimiter_costs_no_more_than_another(void **state)
{
    (void)state;
    size_t len = MR_DELIMITER_BYTES_MAX, size = 10 * MR_MIB;
    char *delimiter = mr_alloc(len);
    char *data = mr_alloc(size);
    memset(delimiter, 'a', len);
    delimiter[len - 1] = 'b';
    memset(data, 'a', size);
    memcpy(data + size / 2, delimiter, len);

    mr_deaggregator *deaggregator = make("DELIMITED", mr_bytes_make(delimiter, len));
    mr_bytes sub;
    CHECK_INT("verdict", mr_deaggregator_open(deaggregator, mr_bytes_make(data, size)),
              MR_DEAGGREGATED);
    CHECK_TRUE("first", mr_deaggregator_next(deaggregator, &sub));
    CHECK_INT("first", sub.len, size / 2);
    CHECK_TRUE("second", mr_deaggregator_next(deaggregator, &sub));
    CHECK_INT("second", sub.len, size / 2 - len);
    CHECK_INT("two", mr_deaggregator_left(deaggregator), 0);
    mr_deaggregator_free(deaggregator);
    mr_free(delimiter);
    mr_free(data);
}

static void test_objects_come_back_whatever_lies_between(void **state)
{
    (void)state;
    static const char *const objects[] = {"{}", "{\"a\":1}", "{\"b\":{\"c\":[1,{\"d\":\"}{\"}]}}",
                                          "{ \"e\" : \"\\\"\\u007b\" }"};
    static const char *const blanks[] = {"", "", " ", "\n", "\r\n", "\t \n\n"};
    mr_prng prng = mr_prng_named(1, "objects");
    mr_deaggregator *deaggregator = make("JSON", B(""));
    for (int round = 0; round < 500; round++) {
        mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        const char *want[60];
        size_t count = 1 + (size_t)mr_prng_below(&prng, MR_COUNT(want));
        for (size_t i = 0; i < count; i++) {
            want[i] = objects[mr_prng_below(&prng, MR_COUNT(objects))];
            mr_strbuf_append_text(&data, blanks[mr_prng_below(&prng, MR_COUNT(blanks))]);
            mr_strbuf_append_text(&data, want[i]);
        }
        CHECK_INT("verdict", mr_deaggregator_open(deaggregator, mr_strbuf_bytes(&data)),
                  MR_DEAGGREGATED);
        CHECK_INT("count", mr_deaggregator_left(deaggregator), count);
        mr_bytes sub;
        for (size_t i = 0; mr_deaggregator_next(deaggregator, &sub); i++) {
            CHECK_BYTES("object", sub, mr_bytes_of(want[i]));
        }
        mr_strbuf_deinit(&data);
    }
    mr_deaggregator_free(deaggregator);
}

static void test_the_parameters(void **state)
{
    (void)state;
    static const char words[] = "SubRecordType has to be one of JSON, DELIMITED";
    static const char absent[] = "Delimiter should be present for DELIMITED";
    static const struct {
        const char *label, *type, *delimiter;
        const char *error; /* a piece of the message; NULL: taken */
        mr_bytes want;
    } cases[] = {
        {"the guide's delimiter", "DELIMITED", "IyMjIw==", NULL, B("####")},
        {"a newline", "DELIMITED", "Cg==", NULL, B("\n")},
        {"a zero byte", "DELIMITED", "AA==", NULL, B("\0")},
        {"JSON", "JSON", NULL, NULL, B("")},
        {"no type", NULL, NULL, words, B("")},
        {"an empty type", "", "Cg==", words, B("")},
        {"lower case", "json", NULL, words, B("")},
        {"as the guide's prose spells it", "Delimited", "Cg==", words, B("")},
        {"a beginning of a word", "JSO", NULL, words, B("")},
        {"a word too long", "JSON ", NULL, words, B("")},
        {"another word", "CSV", NULL, words, B("")},
        {"no delimiter", "DELIMITED", NULL, absent, B("")},
        {"an empty delimiter", "DELIMITED", "", absent, B("")},
        {"the bytes themselves", "DELIMITED", "####", "Base64 encoded string", B("")},
        {"a newline itself", "DELIMITED", "\n", "Base64 encoded string", B("")},
        {"backslash and n", "DELIMITED", "\\n", "it is \"\\n\"", B("")},
        {"no padding", "DELIMITED", "Cg", "Base64 encoded string", B("")},
        {"the other alphabet", "DELIMITED", "__8=", "Base64 encoded string", B("")},
        {"a blank in it", "DELIMITED", "Cg== ", "Base64 encoded string", B("")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_deaggregation parsed = {.delimiter_len = 12345};
        mr_error err = {0};
        mr_code code = mr_deaggregation_parse(cases[i].type, cases[i].delimiter, &parsed, &err);
        CHECK_CODE(cases[i].label, code, cases[i].error == NULL ? MR_OK : MR_INVALID_ARGUMENT);
        if (cases[i].error == NULL) {
            CHECK_BYTES(cases[i].label, mr_bytes_make(parsed.delimiter, parsed.delimiter_len),
                        cases[i].want);
        } else {
            CHECK_HAS(cases[i].label, err.message, cases[i].error);
            CHECK_INT("not written", parsed.delimiter_len, 12345);
        }
        CHECK_CODE("check alone",
                   mr_deaggregation_parse(cases[i].type, cases[i].delimiter, NULL, NULL), code);
    }
}

static void test_a_delimiter_is_at_most_what_a_parameter_holds(void **state)
{
    (void)state;
    char *text = mr_calloc(1, MR_PARAMETER_VALUE_LEN_MAX + 5);
    mr_deaggregation parsed;
    mr_error err;
    memset(text, 'A', MR_PARAMETER_VALUE_LEN_MAX);
    CHECK_OK("the longest", mr_deaggregation_parse("DELIMITED", text, &parsed, &err), &err);
    CHECK_INT("the longest", parsed.delimiter_len, MR_DELIMITER_BYTES_MAX);
    memset(text, 'A', MR_PARAMETER_VALUE_LEN_MAX + 4);
    CHECK_CODE("longer", mr_deaggregation_parse("DELIMITED", text, &parsed, &err),
               MR_INVALID_ARGUMENT);
    CHECK_STR("longer", err.message, "Delimiter has 5124 characters; the most is 5120");
    mr_free(text);
}

static void test_a_delimiter_for_json_is_told(void **state)
{
    (void)state;
    mr_deaggregation parsed;
    CHECK_CODE("with", mr_deaggregation_parse("JSON", "Cg==", &parsed, NULL), MR_OK);
    CHECK_TRUE("with", parsed.delimiter_ignored);
    CHECK_INT("with", parsed.delimiter_len, 0);
    CHECK_CODE("without", mr_deaggregation_parse("JSON", NULL, &parsed, NULL), MR_OK);
    CHECK_TRUE("without", !parsed.delimiter_ignored);
}

static void test_the_corpus_of_the_fuzzer(void **state)
{
    (void)state;
    CHECK_CORPUS(deaggregate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_objects_one_after_another),
        cmocka_unit_test(test_texts_between_delimiters),
        cmocka_unit_test(test_more_than_500_go_on_whole),
        cmocka_unit_test(test_delimiters_are_found_as_by_a_plain_search),
        cmocka_unit_test(test_a_hostile_delimiter_costs_no_more_than_another),
        cmocka_unit_test(test_objects_come_back_whatever_lies_between),
        cmocka_unit_test(test_the_parameters),
        cmocka_unit_test(test_a_delimiter_is_at_most_what_a_parameter_holds),
        cmocka_unit_test(test_a_delimiter_for_json_is_told),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
