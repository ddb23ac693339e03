/* What a command says of itself, for people and for machines. */
#include "src/cli/log_line.h"

#include "tests/check.h"

typedef struct row {
    bool is_json;
    cli_level level;
    const char *message, *expected;
} row;

static void test_lines(void **state)
{
    (void)state;
    static const row rows[] = {
        {false, CLI_LEVEL_INFO, "it is there", "millrace: it is there\n"},
        {false, CLI_LEVEL_WARNING, "it is late", "millrace: warning: it is late\n"},
        {false, CLI_LEVEL_ERROR, "it is gone", "millrace: it is gone\n"},
        {true, CLI_LEVEL_INFO, "a \"b\"\n",
         "{\"time\":\"1970-01-01T00:00:01.000002Z\",\"level\":\"info\",\"message\":\"a "
         "\\\"b\\\"\\n\"}\n"},
        {true, CLI_LEVEL_WARNING, "w",
         "{\"time\":\"1970-01-01T00:00:01.000002Z\",\"level\":\"warning\",\"message\":\"w\"}\n"},
        {true, CLI_LEVEL_ERROR, "e",
         "{\"time\":\"1970-01-01T00:00:01.000002Z\",\"level\":\"error\",\"message\":\"e\"}\n"}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        cli_log_line_write(&out, rows[i].is_json, rows[i].level, 1000002, rows[i].message);
        CHECK_STR(rows[i].message, mr_strbuf_text(&out), rows[i].expected);
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
