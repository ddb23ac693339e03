/* result_test.c - a result goes to text and back whole; text that is not one is refused. */
#include "src/scenario/result.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static char *text_of(const mr_scenario_result *result)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_scenario_result_write(result, &out);
    return mr_strbuf_take(&out);
}

static mr_scenario_result made_up(void)
{
    mr_scenario_result result;
    mr_scenario_result_init(&result, "hot-shard", "data/hot.yaml", UINT64_MAX);
    mr_scenario_result_fail(&result, 14, "sql: SELECT \"a\"\n", "7584", "7560", "{\"t\":1}\n");
    mr_scenario_result_fail(&result, 0, "invariant", "nothing lost", "24 lost", NULL);
    result.chaos = true;
    memcpy(result.digest, DIGEST, sizeof(DIGEST));
    result.schedule = mr_strdup("  - {at: 1s}\n");
    result.simulated_us = -5;
    result.wall_us = 1200000;
    result.rows = 7584;
    result.delivered = 1;
    result.failed = 2;
    result.lost = 3;
    result.duplicated = 4;
    result.reordered = 5;
    result.faults = 6;
    result.kills = 7;
    result.expectations = UINT64_C(1) << 53;
    return result;
}

static void test_a_result_is_the_same_after_its_way_through_text(void **state)
{
    (void)state;
    mr_scenario_result result = made_up();
    char *text = text_of(&result);
    mr_scenario_result back;
    mr_error err;
    CHECK_OK("read", mr_scenario_result_read(mr_bytes_of(text), &back, &err), &err);
    CHECK_STR("name", back.name, "hot-shard");
    CHECK_STR("file", back.file, "data/hot.yaml");
    CHECK_TRUE("a seed of 64 bits", back.seed == UINT64_MAX);
    CHECK_INT("failures", back.failure_count, 2);
    CHECK_INT("line", back.failures[0].line, 14);
    CHECK_STR("what", back.failures[0].what, "sql: SELECT \"a\"\n");
    CHECK_STR("events", back.failures[0].events, "{\"t\":1}\n");
    CHECK_STR("no events", back.failures[1].events, "");
    CHECK_STR("digest", back.digest, DIGEST);
    CHECK_STR("schedule", back.schedule, "  - {at: 1s}\n");
    CHECK_TRUE("no note", back.note == NULL);
    CHECK_INT("simulated", back.simulated_us, -5);
    CHECK_INT("kills", back.kills, 7);
    CHECK_TRUE("it failed", !mr_scenario_result_passed(&back));
    char *again = text_of(&back);
    CHECK_STR("as text again", again, text);
    mr_free(again);
    mr_free(text);
    mr_scenario_result_deinit(&back);
    mr_scenario_result_deinit(&result);
}

static void test_an_error_keeps_its_code_and_words(void **state)
{
    (void)state;
    mr_scenario_result result;
    mr_scenario_result_init(&result, "n", "f", 1);
    CHECK_TRUE("nothing is wrong yet", mr_scenario_result_passed(&result));
    (void)mr_error_os(&result.error, 28, "writing x");
    char *text = text_of(&result);
    mr_scenario_result back;
    mr_error err;
    CHECK_OK("read", mr_scenario_result_read(mr_bytes_of(text), &back, &err), &err);
    CHECK_CODE("code", back.error.code, MR_DISK_FULL);
    CHECK_INT("os_error", back.error.os_error, 28);
    CHECK_STR("message", back.error.message, result.error.message);
    CHECK_TRUE("not passed", !mr_scenario_result_passed(&back));
    mr_free(text);
    mr_scenario_result_deinit(&back);
    mr_scenario_result_deinit(&result);
}

/* The text with its first `from` made `to`; owned. */
static char *with(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    return mr_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void test_a_member_that_is_not_as_it_must_be_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *piece;
    } cases[] = {
        {"\"format\":1", "\"format\":2", "format"},
        {"\"name\":\"hot-shard\"", "\"name\":null", "name"},
        {"\"file\":", "\"fiel\":", "file"},
        {"\"seed\":\"18446744073709551615\"", "\"seed\":7", "seed"},
        {"\"seed\":\"18446744073709551615\"", "\"seed\":\"18446744073709551616\"", "seed"},
        {"\"chaos\":true", "\"chaos\":1", "chaos"},
        {"\"passed\":false", "\"passed\":true", "passed"},
        {"\"error\":null", "\"error\":7", "error"},
        {"\"error\":null", "\"error\":{\"code\":\"MR_OK\",\"os_error\":0,\"message\":\"\"}",
         "code"},
        {"\"error\":null", "\"error\":{\"code\":\"MR_IO\",\"os_error\":0}", "message"},
        {"\"line\":14", "\"line\":-1", "line"},
        {"\"line\":14", "\"line\":1.5", "line"},
        {"\"line\":14", "\"line\":1e99", "line"},
        {"\"got\":\"7560\"", "\"got\":[]", "got"},
        {"\"failures\":[", "\"failures\":null,\"x\":[", "failures"},
        {"\"failures\":[", "\"failures\":[7,", "line"},
        {"\"digest\":\"0123", "\"digest\":\"012", "digest"},
        {"\"digest\":\"0123", "\"digest\":\"01230", "digest"},
        {"\"digest\":\"0123", "\"digest\":\"X123", "digest"},
        {"\"note\":null", "\"note\":false", "note"},
        {"\"rows\":7584", "\"rows\":-7584", "rows"},
        {"\"rows\":7584", "\"rows\":\"7584\"", "rows"},
        {"\"kills\":7", "\"kills\":1e300", "kills"},
        {"{\"format\"", "[{\"format\"", "object"},
        {"\"kills\":7", "\"kills\":7}{", "object"},
    };
    mr_scenario_result result = made_up();
    char *text = text_of(&result);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *spoilt = with(text, cases[i].from, cases[i].to);
        mr_scenario_result back;
        mr_error err;
        CHECK_CODE(cases[i].to, mr_scenario_result_read(mr_bytes_of(spoilt), &back, &err),
                   MR_BAD_INPUT);
        CHECK_HAS(cases[i].to, err.message, cases[i].piece);
        mr_scenario_result_deinit(&back);
        mr_free(spoilt);
    }
    mr_free(text);
    mr_scenario_result_deinit(&result);
}

/* What a dying worker leaves: every beginning of a result, cut off in memory of just its size. */
static void test_no_part_of_a_result_is_one(void **state)
{
    (void)state;
    mr_scenario_result result = made_up();
    char *text = text_of(&result);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        char *part = mr_alloc(i);
        memcpy(part, text, i);
        mr_scenario_result back;
        CHECK_CODE("a part", mr_scenario_result_read(mr_bytes_make(part, i), &back, NULL),
                   MR_BAD_INPUT);
        mr_scenario_result_deinit(&back);
        mr_free(part);
    }
    mr_free(text);
    mr_scenario_result_deinit(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_result_is_the_same_after_its_way_through_text),
        cmocka_unit_test(test_an_error_keeps_its_code_and_words),
        cmocka_unit_test(test_a_member_that_is_not_as_it_must_be_is_named),
        cmocka_unit_test(test_no_part_of_a_result_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
