/*
 * expect_sql.c - a query over the finished lake, and what it answers.
 *
 * Rows are looked at as they come, and only what a report may show is kept: the first row, and the
 * first that is not the expected one.
 */
#include "sim/base/alloc.h"
#include "src/app/query_job.h"
#include "src/scenario/expect.h"

#include <inttypes.h>
#include <stdlib.h>

#define VALUE_BYTES_MAX MR_MIB /* of a value that is compared; the rest is cut off */
#define CELL_BYTES_MAX  200    /* of a cell in a report */
#define ROW_BYTES_MAX   2000   /* of a row in a report */

typedef struct answer {
    const mr_expect_sql *expects;
    size_t columns;
    uint64_t rows;
    mr_strbuf first; /* the first row, as reports show it */
    mr_strbuf value; /* its first cell */
    bool value_is_null;
    uint64_t differs_at; /* MR_SQL_ROWS: the first row that is not as expected, from 1; 0: none */
    mr_strbuf differing; /* that row, as reports show it; "": there is none there */
} answer;

/* ---- rows as reports show them: [NORTH, 12, null] ---- */

static mr_bytes cut(mr_bytes text, size_t len)
{
    MR_ASSERT(text.at != NULL || text.len == 0);
    return mr_bytes_make(text.at, mr_min_size(text.len, len));
}

static void append_cell(mr_strbuf *out, size_t column, bool is_null, mr_bytes text)
{
    if (out->len >= ROW_BYTES_MAX) {
        return;
    }
    mr_strbuf_append_text(out, column == 0 ? "" : ", ");
    if (is_null) {
        mr_strbuf_append_text(out, "null");
        return;
    }
    mr_strbuf_append_bytes(out, cut(text, CELL_BYTES_MAX));
    mr_strbuf_append_text(out, text.len > CELL_BYTES_MAX ? "..." : "");
}

static void append_row(mr_strbuf *out, const mr_value *values, size_t count)
{
    mr_strbuf_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        append_cell(out, i, values[i].is_null, values[i].text);
    }
    mr_strbuf_append_char(out, ']');
}

static void append_expected_row(mr_strbuf *out, const mr_expect_sql *expects, uint64_t row)
{
    const char *const *cells = expects->cells + row * expects->column_count;
    mr_strbuf_append_char(out, '[');
    for (size_t i = 0; i < expects->column_count; i++) {
        append_cell(out, i, cells[i] == NULL, mr_bytes_of(cells[i]));
    }
    mr_strbuf_append_char(out, ']');
}

/* ---- hearing the answer ---- */

static void on_columns(void *context, const char *const *names, size_t count)
{
    (void)names;
    answer *a = context;
    a->columns = count;
}

static bool row_is_expected(const answer *a, const mr_value *values, size_t count)
{
    const mr_expect_sql *expects = a->expects;
    if (a->rows >= expects->row_count || count != expects->column_count) {
        return false;
    }
    const char *const *cells = expects->cells + a->rows * expects->column_count;
    for (size_t i = 0; i < count; i++) {
        bool is_null = cells[i] == NULL;
        if (is_null != values[i].is_null || (!is_null && !mr_bytes_is(values[i].text, cells[i]))) {
            return false;
        }
    }
    return true;
}

static bool on_row(void *context, const mr_value *values, size_t count)
{
    answer *a = context;
    if (a->rows == 0) {
        append_row(&a->first, values, count);
        a->value_is_null = values[0].is_null;
        mr_strbuf_append_bytes(&a->value, cut(values[0].text, VALUE_BYTES_MAX));
    }
    bool is_compared = a->expects->test == MR_SQL_ROWS && a->differs_at == 0;
    if (is_compared && !row_is_expected(a, values, count)) {
        a->differs_at = a->rows + 1;
        append_row(&a->differing, values, count);
    }
    a->rows++;
    return true;
}

/* ---- judging it ---- */

/* "3 rows" */
static void append_count(mr_strbuf *out, uint64_t rows)
{
    mr_strbuf_appendf(out, "%" PRIu64 " %s", rows, rows == 1 ? "row" : "rows");
}

/* A text that cannot be seen is said to be there. */
static void append_text(mr_strbuf *out, const char *text)
{
    mr_strbuf_append_text(out, text[0] == '\0' ? "'' (an empty text)" : text);
}

/* The answer where one value was expected, or none. */
static void append_answer(mr_strbuf *out, const answer *a)
{
    if (a->rows == 0) {
        mr_strbuf_append_text(out, "no row");
    } else if (a->rows > 1 || a->columns > 1) {
        append_count(out, a->rows);
        mr_strbuf_appendf(out, ", the first %s", mr_strbuf_text(&a->first));
    } else if (a->value_is_null) {
        mr_strbuf_append_text(out, "null");
    } else {
        append_text(out, mr_strbuf_text(&a->value));
    }
}

/* All of the text must be a number as SQL writes them: strtod() would take blanks, "nan", "0x1". */
static bool number_of(const mr_strbuf *text, double *out)
{
    if (text->len == 0 || strspn(text->at, "0123456789.eE+-") != text->len) {
        return false;
    }
    char *end;
    *out = strtod(text->at, &end);
    return end == text->at + text->len;
}

static bool value_holds(const mr_expect_sql *expects, const answer *a)
{
    if (a->rows != 1 || a->columns != 1) {
        return false;
    }
    if (expects->equals_null || a->value_is_null) {
        return expects->equals_null && a->value_is_null;
    }
    if (expects->equals_text != NULL) {
        return mr_bytes_is(mr_strbuf_bytes(&a->value), expects->equals_text);
    }
    double number;
    return number_of(&a->value, &number) && mr_number_test_holds(&expects->number, number);
}

/* What was expected, where it is no list of rows. */
static void append_expected(mr_strbuf *out, const mr_expect_sql *expects)
{
    switch (expects->test) {
    case MR_SQL_VALUE:
        if (expects->equals_null) {
            mr_strbuf_append_text(out, "null");
        } else if (expects->equals_text != NULL) {
            append_text(out, expects->equals_text);
        } else {
            mr_number_test_write(&expects->number, false, out);
        }
        break;
    case MR_SQL_ROWS:
        append_count(out, expects->row_count);
        break;
    case MR_SQL_EMPTY:
        mr_strbuf_append_text(out, "no row");
        break;
    case MR_SQL_NOT_EMPTY:
        mr_strbuf_append_text(out, "at least one row");
        break;
    case MR_SQL_MATCHES:
        mr_strbuf_appendf(out, "a match of %s", expects->pattern);
        break;
    }
}

/* Both sides say how many rows they have, and which one is the first that differs. */
static void judge_rows(const mr_expect_sql *expects, answer *a, mr_strbuf *expected, mr_strbuf *got)
{
    if (a->differs_at == 0) {
        a->differs_at = a->rows + 1; /* one that is missing */
    }
    append_expected(expected, expects);
    if (a->differs_at > expects->row_count) {
        mr_strbuf_appendf(expected, ", no row %" PRIu64, a->differs_at);
    } else {
        mr_strbuf_appendf(expected, ", row %" PRIu64 " is ", a->differs_at);
        append_expected_row(expected, expects, a->differs_at - 1);
    }
    append_count(got, a->rows);
    if (a->differs_at > a->rows) {
        mr_strbuf_appendf(got, ", no row %" PRIu64, a->differs_at);
    } else {
        mr_strbuf_appendf(got, ", row %" PRIu64 " is %s", a->differs_at,
                          mr_strbuf_text(&a->differing));
    }
}

static bool answer_holds(const mr_expect_sql *expects, const answer *a, const regex_t *pattern)
{
    switch (expects->test) {
    case MR_SQL_VALUE:
        return value_holds(expects, a);
    case MR_SQL_ROWS:
        return a->differs_at == 0 && a->rows == expects->row_count;
    case MR_SQL_EMPTY:
        return a->rows == 0;
    case MR_SQL_NOT_EMPTY:
        return a->rows > 0;
    case MR_SQL_MATCHES:
        return a->rows == 1 && a->columns == 1 && !a->value_is_null &&
               regexec(pattern, mr_strbuf_text(&a->value), 0, NULL, 0) == 0;
    }
    return false;
}

static void judge_answer(const mr_judging *judging, const mr_expect *expect, answer *a,
                         const regex_t *pattern)
{
    const mr_expect_sql *expects = &expect->as.sql;
    if (answer_holds(expects, a, pattern)) {
        return;
    }
    mr_strbuf expected = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (expects->test == MR_SQL_ROWS) {
        judge_rows(expects, a, &expected, &got);
    } else {
        append_expected(&expected, expects);
        append_answer(&got, a);
    }
    expect_failed(judging, expect, mr_strbuf_text(&expected), mr_strbuf_text(&got));
    mr_strbuf_deinit(&expected);
    mr_strbuf_deinit(&got);
}

/* ---- asking ---- */

/* A failure of this machine, not of the query. */
static bool is_machine_failure(mr_code code)
{
    switch (code) {
    case MR_IO:
    case MR_DISK_FULL:
    case MR_PERMISSION:
    case MR_LOCKED:
    case MR_CORRUPT:
    case MR_DATABASE:
        return true;
    default:
        return false;
    }
}

static mr_code ask(const mr_judging *judging, const mr_expect *expect, const regex_t *pattern,
                   mr_error *err)
{
    const mr_expect_sql *expects = &expect->as.sql;
    answer a = {.expects = expects,
                .first = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                .value = mr_strbuf_make(MR_STRBUF_UNLIMITED),
                .differing = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    mr_query_job job = {.state_directory = judging->state_directory,
                        .database = expects->database,
                        .threads = 1, /* workers side by side use the cores */
                        .sql = expects->sql,
                        .now_us = mr_clock_now_us(mr_sim_clock(judging->sim))};
    mr_query_handlers handlers = {.columns = on_columns, .row = on_row, .context = &a};
    mr_query_job_result result;
    mr_code code = mr_query_job_run(&job, &handlers, &result, err);
    if (code == MR_OK) {
        judge_answer(judging, expect, &a, pattern);
    } else if (!is_machine_failure(code)) {
        mr_strbuf expected = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        append_expected(&expected, expects);
        expect_failed(judging, expect, mr_strbuf_text(&expected), err->message);
        mr_strbuf_deinit(&expected);
        code = MR_OK;
    }
    mr_strbuf_deinit(&a.first);
    mr_strbuf_deinit(&a.value);
    mr_strbuf_deinit(&a.differing);
    return code;
}

mr_code expect_sql(const mr_judging *judging, const mr_expect *expect, mr_error *err)
{
    if (expect->as.sql.test != MR_SQL_MATCHES) {
        return ask(judging, expect, NULL, err);
    }
    regex_t pattern;
    if (!expect_pattern(judging, expect, expect->as.sql.pattern, &pattern)) {
        return MR_OK;
    }
    mr_code code = ask(judging, expect, &pattern, err);
    regfree(&pattern);
    return code;
}
