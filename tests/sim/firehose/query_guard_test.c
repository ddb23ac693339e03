/* query_guard_test.c - which jq programs are taken as a MetadataExtractionQuery: those of real
 * templates, and none that could run for ever, fill the memory, or answer otherwise tomorrow. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/firehose/query_guard.h"
#include "tests/check.h"

static void check_keys(const char *query, const char *want)
{
    mr_query_keys keys = {.count = 0};
    mr_error err = {.code = MR_OK};
    mr_strbuf got = mr_strbuf_make(4096);
    CHECK_OK(query, mr_query_guard(query, &keys, &err), &err);
    for (size_t i = 0; i < keys.count; i++) {
        mr_strbuf_appendf(&got, "%s%s", i == 0 ? "" : " ", keys.names[i]);
    }
    CHECK_STR(query, mr_strbuf_text(&got), want);
    mr_query_keys_deinit(&keys);
    mr_strbuf_deinit(&got);
}

static void test_queries_of_real_templates_are_taken(void **state)
{
    static const struct {
        const char *query, *keys;
    } cases[] = {
        {"{customer_id:.customer_id}", "customer_id"},
        {"{customer: .customer_id, day:.ts|strftime(\"%d\")}", "customer day"},
        {"{year: .event_timestamp|strftime(\"%Y\"), month: .event_timestamp|strftime(\"%m\")}",
         "year month"},
        {"{\"x-y\":.\"x-y\", b:.a[0], c:.at[0:10], d:.a[-1:]}", "x-y b c d"},
        {"{id}", "id"},
        {"{ id , \"other\" : .a.b.c }", "id other"},
        {"{a:.a|tostring|ltrimstr(\"0\")|split(\"-\")|.[0]|ascii_downcase}", "a"},
        {"{a:(.a // \"none\"), b:(if .b == null then \"x\" elif .b > 1 then \"y\" else \"z\" end)}",
         "a b"},
        {"{a:.t|fromdateiso8601|strftime(\"%Y/%m/%d\")}", "a"},
        {"{a:\"\\(.b)-\\(.c)\"}", "a"},
        {"{a:([.items[].id]|join(\",\"))}", "a"},
        {".detail|{id, kind:.type.name}", "id kind"},
        {"{a:(.x + 1), b:(.y/1000|floor), c:(.z % 10), d:-1}", "a b c d"},
        {"{a:(.l|map(.x)|add|tostring), b:(.l|length)}", "a b"},
        {"{a:.b?, c:(.d|has(\"e\")|not)}", "a c"},
        {"{a:{b:1}.b}", "a"},
        {"{a:(.b|select(. != null)), if:1, and:.or}", "a if and"},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_keys(cases[i].query, cases[i].keys);
    }
}

static void check_refused(const char *query, mr_code code, const char *words)
{
    mr_query_keys keys = {.count = 0};
    mr_error err = {.code = MR_OK};
    CHECK_CODE(query, mr_query_guard(query, &keys, &err), code);
    CHECK_HAS(query, err.message, words);
    CHECK_INT(query, keys.count, 0);
}

static void test_what_is_not_bounded_is_refused_by_name(void **state)
{
    static const struct {
        const char *query, *words;
    } cases[] = {
        {"{a:([range(1e9)]|length|tostring)}", "character 6: 'range' does not run here"},
        {"{a:.b|lenght}", "character 7: 'lenght' is none of the functions that run here; did you "
                          "mean 'length'?"},
        {"{a:env.HOME}", "'env' does not run here"},
        {"{a:$ENV.HOME}", "'$' does not run here"},
        {"{a:now}", "'now'"},
        {"{a:input}", "'input'"},
        {"{a:input_line_number}", "'input_line_number'"},
        {"def f: f; {a:f}", "'def'"},
        {"{a:(reduce .[] as $x (0;.+$x))}", "'reduce'"},
        {"{a:[..]}", "'..'"},
        {"{a:[recurse]}", "'recurse'"},
        {"{a:[limit(1;.b)]}", "'limit'"},
        {"{a:first(.b[])}", "'first'"},
        {"{a:(.b|test(\"(a+)+$\"))}", "'test'"},
        {"{a:(.b * 1000000000)}", "'*'"},
        {"{a:(.b % .c)}", "behind '%' a number must stand"},
        {"{a:(.b as $x | $x)}", "'as'"},
        {".a as $x | {a:$x}", "'as'"},
        {".a |= 1 | {a}", "'|='"},
        {"(.a = 1) | {a}", "'='"},
        {"{a:(.b|strftime(\"%s\"))}", "'%s'"},
        {"{a:(.b|strflocaltime(\"%d\"))}", "'strflocaltime'"},
        {"{a:(.b|debug)}", "'debug'"},
        {"{a:halt}", "'halt'"},
        {"{a:getpath([\"x\"])}", "'getpath'"},
        {"{a:@csv}", "'@csv'"},
        {"# {a:1}", "'#'"},
        {"{(.k):.v}", "a key must be a word or a literal string"},
        {"{a:(.x[] + .y[])}", "an operator gets several values"},
        {"{a:.x[]}", "an operator gets several values"},
        {".x[]|{a}", "the query must give one object"},
        {"{a:1},{a:2}", "the query must give one object"},
        {"{a:(.b|join(.c))}", "'.' is not expected"},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_query_keys keys = {.count = 0};
        mr_error err = {.code = MR_OK};
        mr_code code = mr_query_guard(cases[i].query, &keys, &err);
        CHECK_TRUE(cases[i].query, code == MR_UNSUPPORTED || code == MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].query, err.message, cases[i].words);
    }
}

static char *repeated(const char *begin, const char *middle, size_t times, const char *end)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&out, begin);
    for (size_t i = 0; i < times; i++) {
        mr_strbuf_append_text(&out, middle);
    }
    mr_strbuf_append_text(&out, end);
    return mr_strbuf_take(&out);
}

static void test_steps_that_double_are_counted(void **state)
{
    static const struct {
        const char *begin, *middle, *end;
        size_t least; /* times at which it is too much */
    } cases[] = {
        {"", ".+.|", "{a:.}", 10},
        {"", "[.,.]|", "{a:.[0]}", 7},
        {"", "tojson|", "{a:.}", 4},
        {"", "\"\\(.)\\(.)\"|", "{a:.}", 3},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *query = repeated(cases[i].begin, cases[i].middle, cases[i].least, cases[i].end);
        check_refused(query, MR_UNSUPPORTED, "may make more than 512 times the record");
        mr_free(query);
        mr_query_keys keys = {.count = 0};
        mr_error err;
        query = repeated(cases[i].begin, cases[i].middle, 1, cases[i].end);
        CHECK_OK(query, mr_query_guard(query, &keys, &err), &err);
        mr_query_keys_deinit(&keys);
        mr_free(query);
    }
}

static void test_what_jq_would_not_take_is_refused(void **state)
{
    static const struct {
        const char *query, *words;
    } cases[] = {
        {"", "ends too early"},
        {".a", "must end in an object constructor"},
        {"{}", "must end in an object constructor"},
        {"{a:.b} + {c:.d}", "'+' is not expected"},
        {"{a:.b}.a", "'.' is not expected"},
        {"{a:.b|}", "'}' is not expected"},
        {"{a:.b", "ends too early"},
        {"{a:\"x}", "ends too early"},
        {"{a:\"\\", "ends too early"},
        {"{a:.b + 1}", "'+' is not expected"},
        {"{a:.b // 1}", "'/' is not expected"},
        {"{a:0x10}", "'0' is not expected"},
        {"{a:1,a:2}", "given twice"},
        {"{a:(if .b then 1 end)}", "not expected"},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_refused(cases[i].query, MR_INVALID_ARGUMENT, cases[i].words);
    }
}

static void test_there_are_bounds_of_length_depth_and_keys(void **state)
{
    (void)state;
    char *query = repeated("{a:", "(", 70, ".");
    check_refused(query, MR_UNSUPPORTED, "nested too deeply");
    mr_free(query);
    query = repeated("{a:", "[", 70, ".");
    check_refused(query, MR_UNSUPPORTED, "nested too deeply");
    mr_free(query);
    query = repeated("{a:\"", "x", 6000, "\"}");
    check_refused(query, MR_INVALID_ARGUMENT, "the most is 5120");
    mr_free(query);
    for (int keys = 50; keys <= 51; keys++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        for (int i = 0; i < keys; i++) {
            mr_strbuf_appendf(&out, "%ck%d:.a", i == 0 ? '{' : ',', i);
        }
        mr_strbuf_append_char(&out, '}');
        if (keys > 50) {
            check_refused(mr_strbuf_text(&out), MR_INVALID_ARGUMENT, "more than 50");
        } else {
            mr_query_keys found = {.count = 0};
            mr_error err;
            CHECK_OK("50", mr_query_guard(mr_strbuf_text(&out), &found, &err), &err);
            CHECK_INT("50", found.count, 50);
            mr_query_keys_deinit(&found);
        }
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries_of_real_templates_are_taken),
        cmocka_unit_test(test_what_is_not_bounded_is_refused_by_name),
        cmocka_unit_test(test_steps_that_double_are_counted),
        cmocka_unit_test(test_what_jq_would_not_take_is_refused),
        cmocka_unit_test(test_there_are_bounds_of_length_depth_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
