/* result_writer_test.c - the four forms of a result, byte for byte. */
#include "src/cli/result_writer.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <stdlib.h>

static const char *const names[] = {"name", "n", "ok"};

static mr_value text(const char *value)
{
    return (mr_value){.text = mr_bytes_of(value)};
}

static mr_value number(const char *value)
{
    return (mr_value){.text = mr_bytes_of(value), .is_number = true};
}

static mr_value boolean(const char *value)
{
    return (mr_value){.text = mr_bytes_of(value), .is_boolean = true};
}

/* Writes `rows` of the sample rows in a form; owned text. */
static char *written(cli_output output, size_t rows)
{
    char *at = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&at, &len);
    cli_result_writer *writer = cli_result_writer_new(output, file, false);
    mr_query_handlers handlers = cli_result_writer_handlers(writer);
    const mr_value values[][3] = {
        {text("a \"b\", c"), number("7"), boolean("true")},
        {text("M\xc3\xbcller"), number("-1200"), {.is_null = true}},
        {text(""), {.is_null = true}, boolean("false")},
    };
    handlers.columns(handlers.context, names, 3);
    for (size_t i = 0; i < rows; i++) {
        CHECK_TRUE("goes on", handlers.row(handlers.context, values[i % 3], 3));
    }
    CHECK_TRUE("written", cli_result_writer_finish(writer));
    cli_result_writer_free(writer);
    (void)fclose(file);
    char *copy = mr_strndup(at, len);
    free(at); /* the C library's */
    return copy;
}

static void test_each_form_of_three_rows(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        cli_output output;
        size_t rows;
        const char *want;
    } cases[] = {
        {"table", CLI_OUTPUT_TABLE, 3,
         "name      n      ok\n"
         "--------  -----  -----\n"
         "a \"b\", c      7  true\n"
         "M\xc3\xbcller    -1200  NULL\n"
         "          NULL   false\n"},
        {"table, no rows", CLI_OUTPUT_TABLE, 0, "name  n  ok\n----  -  --\n"},
        {"csv", CLI_OUTPUT_CSV, 3,
         "\"name\",\"n\",\"ok\"\n\"a \"\"b\"\", c\",\"7\",\"true\"\n"
         "\"M\xc3\xbcller\",\"-1200\",\n\"\",,\"false\"\n"},
        {"csv, no rows", CLI_OUTPUT_CSV, 0, "\"name\",\"n\",\"ok\"\n"},
        {"json", CLI_OUTPUT_JSON, 2,
         "{\"format\":1,\"columns\":[\"name\",\"n\",\"ok\"],\"rows\":[\n"
         "  {\"name\":\"a \\\"b\\\", c\",\"n\":7,\"ok\":true},\n"
         "  {\"name\":\"M\xc3\xbcller\",\"n\":-1200,\"ok\":null}\n]}\n"},
        {"json, no rows", CLI_OUTPUT_JSON, 0,
         "{\"format\":1,\"columns\":[\"name\",\"n\",\"ok\"],\"rows\":[]}\n"},
        {"jsonl", CLI_OUTPUT_JSONL, 1,
         "{\"format\":1,\"columns\":[\"name\",\"n\",\"ok\"]}\n"
         "{\"name\":\"a \\\"b\\\", c\",\"n\":7,\"ok\":true}\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *got = written(cases[i].output, cases[i].rows);
        CHECK_STR(cases[i].label, got, cases[i].want);
        mr_free(got);
    }
}

static void test_a_long_table_writes_every_row_once(void **state)
{
    (void)state;
    char *got = written(CLI_OUTPUT_TABLE, 2500);
    size_t lines = 0;
    for (const char *at = got; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    CHECK_INT("lines", lines, 2502);
    mr_free(got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_form_of_three_rows),
        cmocka_unit_test(test_a_long_table_writes_every_row_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
