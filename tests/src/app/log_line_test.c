/* log_line_test.c - what a command says of itself, for people and for machines. */
#include "src/app/log_line.h"

#include "tests/check.h"

#define TIME "\"time\":\"1970-01-01T00:00:01.000002Z\""

static void test_a_line_says_when_how_grave_and_what(void **state)
{
    (void)state;
    static const mr_event stream = {
        .type = MR_EVENT_WARNING, .stream = "rides", .message = "not this one"};
    static const struct {
        bool is_json;
        mr_log_line line;
        const char *want;
    } rows[] = {
        {false, {MR_LOG_INFO, "it is there", .world_us = -1}, "millrace: it is there\n"},
        {false, {MR_LOG_WARNING, "it is late", .world_us = 5}, "millrace: warning: it is late\n"},
        {false, {MR_LOG_ERROR, "it is gone", .about = &stream}, "millrace: it is gone\n"},
        {true,
         {MR_LOG_INFO, "a \"b\"\n", .world_us = MR_LOG_NO_WORLD},
         "{" TIME ",\"level\":\"info\",\"message\":\"a \\\"b\\\"\\n\"}\n"},
        {true,
         {MR_LOG_WARNING, "w", .world_us = 0},
         "{" TIME ",\"level\":\"warning\",\"message\":\"w\","
         "\"world_time\":\"1970-01-01T00:00:00.000000Z\"}\n"},
        {true,
         {MR_LOG_ERROR, "bytes \xff", .world_us = MR_LOG_NO_WORLD, .about = &stream},
         "{" TIME
         ",\"level\":\"error\",\"message\":\"bytes \xef\xbf\xbd\",\"stream\":\"rides\"}\n"},
    };
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_log_line line = rows[i].line;
        line.time_us = 1000002;
        mr_log_line_append(&out, rows[i].is_json, &line);
        CHECK_STR(line.message, mr_strbuf_text(&out), rows[i].want);
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_line_says_when_how_grave_and_what)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
