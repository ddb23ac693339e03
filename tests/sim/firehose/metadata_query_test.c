/* metadata_query_test.c - partition keys from records by jq 1.6, and what is said of records that
 * give none. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/firehose/metadata_query.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <stdlib.h>
#include <unistd.h>

static mr_metadata_query *query_of(const char *text)
{
    mr_metadata_query *query = NULL;
    mr_error err = {.code = MR_OK};
    CHECK_OK(text, mr_metadata_query_new(text, &query, &err), &err);
    return query;
}

/* Values joined by '|', or "! " and why not. */
static void check_run(mr_metadata_query *query, const char *record, const char *want)
{
    mr_bytes values[MR_QUERY_KEYS_MAX];
    mr_strbuf got = mr_strbuf_make(4096);
    const char *why = mr_metadata_query_run(query, mr_bytes_of(record), values);
    if (why != NULL) {
        mr_strbuf_appendf(&got, "! %s", why);
    }
    for (size_t i = 0; why == NULL && i < mr_metadata_query_keys(query)->count; i++) {
        mr_strbuf_append_text(&got, i == 0 ? "" : "|");
        mr_strbuf_append_bytes(&got, values[i]);
    }
    CHECK_STR(record, mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
}

static void check_one(const char *text, const char *record, const char *want)
{
    mr_metadata_query *query = query_of(text);
    check_run(query, record, want);
    check_run(query, record, want); /* and nothing is left of the first run */
    mr_metadata_query_free(query);
}

static void test_a_query_gives_the_values_of_its_keys(void **state)
{
    static const struct {
        const char *query, *record, *want;
    } cases[] = {
        {"{a:.b}", "{\"b\":\"x\"}", "x"},
        {"{b:.b,a:.c.d}", "{\"b\":\"x\",\"c\":{\"d\":12}}", "x|12"},
        {"{a:.b}", "{\"b\":1.5}", "1.5"},
        {"{a:.b}", "{\"b\":false}", "false"},
        {"{y:.t|strftime(\"%Y\"),m:.t|strftime(\"%m\")}", "{\"t\":1565382027}", "2019|08"},
        {"{a:(.b//\"none\")}", "{}", "none"},
        {"{a:(.b//\"none\")}", "{\"b\":false}", "none"},
        {"{a:(.t|fromdateiso8601|strftime(\"%d\"))}", "{\"t\":\"2024-02-29T10:00:00Z\"}", "29"},
        {"{a:.t[0:10]}", "{\"t\":\"2024-02-29T10:00:00Z\"}", "2024-02-29"},
        {"{a:([.l[].x]|join(\"-\"))}", "{\"l\":[{\"x\":\"p\"},{\"x\":\"q\"}]}", "p-q"},
        {".l|{a:.[-1]}", "{\"l\":[1,2,3]}", "3"},
        {"{a:.\"x-y\"}", " {\"x-y\":\"\\u00e9\"} \n", "\xc3\xa9"},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_one(cases[i].query, cases[i].record, cases[i].want);
    }
}

static void test_a_record_without_keys_says_why(void **state)
{
    static const struct {
        const char *query, *record, *want;
    } cases[] = {
        {"{a:.b}", "{}", "! partitionKeys values must not be null or empty"},
        {"{a:.b}", "{\"b\":null}", "! partitionKeys values must not be null or empty"},
        {"{a:.b}", "{\"b\":\"\"}", "! partitionKeys values must not be null or empty"},
        {"{a:(.b//\"x\")}", "{\"b\":\"\"}", "! partitionKeys values must not be null or empty"},
        {"{a:(.b|select(.>1))}", "{\"b\":0}", "! partitionKeys values must not be null or empty"},
        {"{a:.b}", "{\"b\":[1]}", "! partitionKeys values must be strings, numbers or booleans"},
        {"{a:.b}", "{\"b\":\"x\\u0000y\"}", "! partitionKeys values must not hold a NUL character"},
        {"{a:.b.c}", "{\"b\":1}", "! Cannot index number with string \"c\""},
        {"{d:(.t|strftime(\"%d\"))}", "{\"t\":1e300}", "! strftime/1: the number is no date"},
        {"{d:(.t|todate)}", "{\"t\":-1e30}", "! strftime/1: the number is no date"},
        {"{d:(.t|strftime(\"%d\"))}", "{\"t\":[1]}",
         "! strftime/1 requires parsed datetime inputs"},
        {"{d:(.t|strftime(\"%d\"))}", "{\"t\":\"x\"}",
         "! strftime/1 requires parsed datetime inputs"},
        {"{a:.b}", "{\"b\":nan}", "! Non JSON record provided"},
        {"{a:(.b|tonumber)}", "{\"b\":\"nan\"}",
         "! partitionKeys values must not be null or empty"},
        {"{a:.b}", "text", "! Non JSON record provided"},
        {"{a:.b}", "", "! Non JSON record provided"},
        {"{a:.b}", "  ", "! Non JSON record provided"},
        {"{a:.b}", "{\"b\":1}{\"b\":2}", "! Non JSON record provided"},
        {"{a:.b}", "{\"b\":1} x", "! Non JSON record provided"},
        {"{a:.b}", "\xff\xfe", "! Non JSON record provided"},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_one(cases[i].query, cases[i].record, cases[i].want);
    }
}

static void test_every_function_of_the_list_is_one_of_jq(void **state)
{
    static const char *const calls[] = {
        "add",
        "all",
        "any",
        "arrays",
        "ascii_downcase",
        "booleans",
        "ceil",
        "empty",
        "endswith(\"x\")",
        "ascii_upcase",
        "fabs",
        "false",
        "first",
        "flatten",
        "floor",
        "fromdate",
        "fromjson",
        "gmtime",
        "from_entries",
        "fromdateiso8601",
        "has(0)",
        "keys",
        "last",
        "join(\",\")",
        "length",
        "map(.)",
        "max",
        "min",
        "ltrimstr(\"x\")",
        "mktime",
        "not",
        "null",
        "numbers",
        "objects",
        "reverse",
        "round",
        "scalars",
        "select(.)",
        "rtrimstr(\"x\")",
        "sort",
        "strings",
        "todate",
        "split(\",\")",
        "startswith(\"x\")",
        "strftime(\"%d\")",
        "tojson",
        "tonumber",
        "tostring",
        "to_entries",
        "true",
        "type",
        "unique",
        "values",
        "utf8bytelength",
        "@text",
        "@json",
        "@uri",
        "@base64",
        "@uri \"x\\(.)\"",
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(calls); i++) {
        char *text = mr_format("{a:(.b|%s)}", calls[i]);
        mr_metadata_query_free(query_of(text));
        mr_free(text);
    }
}

static void test_definitions_at_home_do_not_change_a_query(void **state)
{
    (void)state;
    char *home = check_temp_dir();
    char *path = mr_format("%s/.jq", home);
    const char *before = getenv("HOME");
    char *kept = before == NULL ? NULL : mr_strdup(before);
    FILE *file = fopen(path, "w");
    CHECK_TRUE("file", file != NULL && fputs("def tostring: \"hijacked\";\n", file) >= 0);
    CHECK_INT("closed", fclose(file), 0);
    CHECK_INT("home", setenv("HOME", home, 1), 0);
    check_one("{a:(.b|tostring)}", "{\"b\":1}", "1");
    CHECK_STR("the environment is as it was", getenv("HOME"), home);
    if (kept != NULL) {
        CHECK_INT("home", setenv("HOME", kept, 1), 0);
    }
    mr_free(kept);
    mr_free(path);
    check_remove_dir(home);
}

static void test_what_jq_refuses_is_refused_with_its_words(void **state)
{
    (void)state;
    mr_metadata_query *query = NULL;
    mr_error err = {.code = MR_OK};
    /* The guard takes what jq 1.6 does not yet know: a path behind a point and a bracket. */
    CHECK_CODE("path", mr_metadata_query_new("{a:.b.[0]}", &query, &err), MR_INVALID_ARGUMENT);
    CHECK_HAS("words", err.message, "MetadataExtractionQuery: ");
    CHECK_HAS("words", err.message, "syntax error");
}

static void test_the_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(metadata_query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_query_gives_the_values_of_its_keys),
        cmocka_unit_test(test_a_record_without_keys_says_why),
        cmocka_unit_test(test_every_function_of_the_list_is_one_of_jq),
        cmocka_unit_test(test_definitions_at_home_do_not_change_a_query),
        cmocka_unit_test(test_what_jq_refuses_is_refused_with_its_words),
        cmocka_unit_test(test_the_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
