/* crimes_handlers_test.c - the handlers of data/crimes and the builtin that stands in for them
 * write the same bytes: for every row of crimes.csv, and for rows that nobody would send. */
#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/base/json.h"
#include "sim/lambda/builtin.h"
#include "sim/lambda/transform_answer.h"
#include "src/platform/platform.h"
#include "src/runner/process_runner.h"
#include "tests/check.h"
#include "tests/crimes_columns.h"

#include <csv.h>
#include <stdio.h>

#define CSV_MAX (64 * MR_MIB)

/* ---- the records ---- */

typedef struct records {
    mr_bytes *items; /* owned bytes */
    size_t count, capacity;
    mr_strbuf row; /* under way */
    bool header_seen, row_has_field;
} records;

static void add_record(records *r, mr_bytes bytes)
{
    MR_GROW(r->items, r->count, r->capacity);
    r->items[r->count++] = mr_bytes_make(mr_bytes_dup(bytes), bytes.len);
}

static void on_field(void *field, size_t len, void *context)
{
    records *r = context;
    if (r->row_has_field) {
        mr_strbuf_append_char(&r->row, '|');
    }
    mr_strbuf_append(&r->row, field, len);
    r->row_has_field = true;
}

static void on_row(int end, void *context)
{
    records *r = context;
    (void)end;
    if (r->header_seen) {
        mr_strbuf_append_text(&r->row, "|2025-01-01 00:00:00");
        add_record(r, mr_strbuf_bytes(&r->row));
    }
    r->header_seen = true;
    r->row_has_field = false;
    mr_strbuf_reset(&r->row);
}

static void add_rows(records *r, const char *path)
{
    char *text = NULL;
    size_t len = 0;
    mr_error err;
    struct csv_parser parser;
    CHECK_OK(path, mr_fs_read_file(mr_platform_fs(), path, CSV_MAX, &text, &len, &err), &err);
    assert_int_equal(csv_init(&parser, 0), 0);
    csv_set_space_func(&parser, NULL);
    r->row = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    assert_int_equal(csv_parse(&parser, text, len, on_field, on_row, r), len);
    csv_fini(&parser, on_field, on_row, r);
    csv_free(&parser);
    mr_strbuf_deinit(&r->row);
    mr_free(text);
}

/* Rows that differ from a good one in one field. (001/1/06 is not among them: Java's M, and so the
 * builtin, takes any number of digits; the handlers' own patterns take two.) */
static void add_odd_rows(records *r)
{
    static const char *const good[] = {
        "1/1/06 0:00", "4 PALEN CT", "2",           "2A  ",         "212",
        "459 PC",      "2404",       "38.65784584", "-121.4621009", "2025-01-01 00:00:00"};
    static const struct {
        size_t field;
        const char *text;
    } odd[] = {
        {0, ""},
        {0, "  1/2/06 3:04  "},
        {0, "12/31/99 23:59"},
        {0, "2/29/04 0:00"},
        {0, "2/29/06 0:00"},
        {0, "13/1/06 0:00"},
        {0, "0/1/06 0:00"},
        {0, "1/32/06 0:00"},
        {0, "1/1/06 24:00"},
        {0, "1/1/06 0:60"},
        {0, "1/1/2006 0:00"},
        {0, "1/1/6 0:00"},
        {0, "1/1/06 0:0"},
        {0, "1/1/06"},
        {0, "01/01/06 00:00"},
        {0, "nonsense"},
        {1, ""},
        {1, "\"quoted\" \\ back / slash"},
        {1, "tab\there, bell\a, escape\x1b, delete\x7f"},
        {1, "\t  trimmed \v\f "},
        {1, "\xc2\xa0no-break stays\xc2\xa0"},
        {1, "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xe2\x80\xa8"},
        {1, "latin \xe9t\xe9"},
        {1, "cut \xe2\x82"},
        {1, "cut \xf0\x9f\x98 then"},
        {1, "overlong \xc0\xaf \xe0\x80\xaf"},
        {1, "surrogate \xed\xa0\x80"},
        {1, "beyond \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80"},
        {1, "\xef\xbb\xbf"
            "BOM"},
        {2, ""},
        {2, " 7 "},
        {2, "007"},
        {2, "+7"},
        {2, "-0"},
        {2, "-12"},
        {2, "2147483647"},
        {2, "2147483648"},
        {2, "-2147483648"},
        {2, "-2147483649"},
        {2, "000000000000000000000000012"},
        {2, "99999999999999999999"},
        {2, "7.0"},
        {2, "7e1"},
        {2, "0x7"},
        {2, "seven"},
        {2, "1 2"},
        {2, "\xd9\xa7"}, /* a digit, but not an ASCII one */
        {7, ""},
        {7, "0"},
        {7, "-0"},
        {7, "-0.0"},
        {7, "38.50"},
        {7, "0038.5"},
        {7, "+38.5"},
        {7, ".5"},
        {7, "5."},
        {7, "."},
        {7, "-"},
        {7, "1e5"},
        {7, "1E-5"},
        {7, "1e-7"},
        {7, "1e+21"},
        {7, "1e20"},
        {7, "123456789012345680000"},
        {7, "1234567890123456789012"},
        {7, "1e400"},
        {7, "1e-400"},
        {7, "5e-324"},
        {7, "1.7976931348623157e308"},
        {7, "0.1234567890123456789"},
        {7, "0.30000000000000004"},
        {7, "9007199254740993"},
        {7, "0.000001"},
        {7, "0.0000001"},
        {7, "0.00000123"},
        {7, "NaN"},
        {7, "Infinity"},
        {7, "1_000"},
        {7, "0x10"},
        {7, "1,5"},
        {9, ""},
        {9, "x\n"},
        {9, "x\r\n"},
        {9, "x|more|fields"},
    };
    mr_strbuf row = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < MR_COUNT(odd); i++) {
        mr_strbuf_reset(&row);
        for (size_t f = 0; f < MR_COUNT(good); f++) {
            mr_strbuf_appendf(&row, "%s%s", f == 0 ? "" : "|",
                              f == odd[i].field ? odd[i].text : good[f]);
        }
        add_record(r, mr_strbuf_bytes(&row));
    }
    mr_strbuf_deinit(&row);
    static const char *const whole[] = {"", "|||||||||", "||||||||", "{\"json\": true}",
                                        "\xff\xfe"};
    for (size_t i = 0; i < MR_COUNT(whole); i++) {
        add_record(r, mr_bytes_of(whole[i]));
    }
    add_record(r, mr_bytes_make("1/1/06 0:00|a\0b|2|2A|3|d|4|5|6|t", 33));
}

static void records_deinit(records *r)
{
    for (size_t i = 0; i < r->count; i++) {
        mr_free((char *)r->items[i].at);
    }
    mr_free(r->items);
}

/* ---- the builtin of data/crimes/template.yaml ---- */

static mr_builtin *crimes_builtin(void)
{
    mr_builtin_options options = crimes_builtin_options();
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("builtin", mr_builtin_new(&options, &builtin, &err), &err);
    return builtin;
}

/* ---- a handler's answer ---- */

typedef struct answer {
    bool done;
    mr_outcome_kind kind;
    char *payload;
    size_t len;
} answer;

static void on_outcome(void *context, const mr_outcome *outcome)
{
    answer *a = context;
    a->done = true;
    a->kind = outcome->kind;
    a->payload = mr_bytes_dup(outcome->payload);
    a->len = outcome->payload.len;
}

static void make_event(const records *r, size_t from, size_t until, mr_strbuf *event)
{
    mr_strbuf base64 = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(event);
    mr_json_object_begin(&json);
    mr_json_key(&json, "records");
    mr_json_array_begin(&json);
    for (size_t i = from; i < until; i++) {
        char id[32];
        (void)snprintf(id, sizeof(id), "%zu", i);
        mr_strbuf_reset(&base64);
        mr_base64_encode(&base64, r->items[i]);
        mr_json_object_begin(&json);
        mr_json_field_string(&json, "recordId", id);
        mr_json_field_bytes(&json, "data", mr_strbuf_bytes(&base64));
        mr_json_object_end(&json);
    }
    mr_json_array_end(&json);
    mr_json_object_end(&json);
    mr_strbuf_deinit(&base64);
}

static void check_batch(const records *r, size_t from, const mr_transform_answer *got,
                        mr_builtin *builtin)
{
    for (size_t i = 0; i < got->count; i++) {
        mr_bytes record = r->items[from + i];
        const mr_record_answer *theirs = &got->records[i];
        char *out = mr_alloc(mr_builtin_bound(builtin, record.len));
        const char *why = NULL;
        size_t len = mr_builtin_apply(builtin, record, out, &why);
        char *label = mr_format("record %zu \"%.*s\"", from + i, (int)record.len, record.at);
        if (len == 0) {
            CHECK_INT(label, theirs->verdict, MR_VERDICT_FAILED);
            CHECK_STR(label, theirs->error_code, "Lambda.ProcessingFailedStatus");
        } else {
            CHECK_INT(label, theirs->verdict, MR_VERDICT_OK);
            CHECK_BYTES(
                label,
                mr_bytes_make(mr_strbuf_text(&got->data) + theirs->data_at, theirs->data_len),
                mr_bytes_make(out, len));
        }
        mr_free(label);
        mr_free(out);
    }
}

/* Sends the records in batches of a thousand, as a delivery stream would, and compares. */
static void check_handler(const records *r, const char *runtime, const char *folder)
{
    uv_loop_t loop;
    mr_runner *runner = NULL;
    mr_error err;
    char *warning = NULL;
    char *scratch = check_temp_dir();
    char *code_dir = mr_format("%s/data/crimes/handlers/%s", check_source_root(), folder);
    if (mr_runtime_check(runtime, &warning, &err) != MR_OK) {
        print_message("skipped: %s\n", err.message);
        skip();
    }
    mr_free(warning);
    uv_loop_init(&loop);
    mr_process_runner_options options = {.loop = &loop, .scratch = scratch, .region = "us-east-1"};
    CHECK_OK("runner", mr_process_runner_new(&options, &runner, &err), &err);
    const mr_function_code code = {.name = "Decode",
                                   .arn = "arn:aws:lambda:us-east-1:000000000000:function:Decode",
                                   .runtime = runtime,
                                   .handler = "decode.handler",
                                   .directory = code_dir,
                                   .timeout_us = 60000000,
                                   .memory_mib = 256,
                                   .version = 1};
    mr_builtin *builtin = crimes_builtin();
    for (size_t from = 0; from < r->count; from += 1000) {
        size_t until = mr_min_size(from + 1000, r->count);
        mr_strbuf event = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        make_event(r, from, until, &event);
        mr_bytes *ids = mr_calloc(until - from, sizeof(*ids));
        for (size_t i = from; i < until; i++) {
            ids[i - from] = mr_bytes_of(mr_format("%zu", i));
        }
        answer a = {.done = false};
        mr_invocation invocation = {.code = &code,
                                    .request_id = "11111111-2222-4333-8444-555555555555",
                                    .payload = mr_strbuf_bytes(&event)};
        runner->invoke(runner, &invocation, on_outcome, &a);
        while (!a.done) {
            uv_run(&loop, UV_RUN_ONCE);
        }
        CHECK_INT("answered", a.kind, MR_OUTCOME_OK);
        mr_transform_answer got;
        mr_transform_answer_read(mr_bytes_make(a.payload, a.len), ids, until - from, &got);
        check_batch(r, from, &got, builtin);
        mr_transform_answer_deinit(&got);
        mr_free(a.payload);
        for (size_t i = 0; i < until - from; i++) {
            mr_free((char *)ids[i].at);
        }
        mr_free(ids);
        mr_strbuf_deinit(&event);
    }
    mr_builtin_free(builtin);
    mr_process_runner_free(runner);
    uv_run(&loop, UV_RUN_DEFAULT);
    CHECK_INT("closed", uv_loop_close(&loop), 0);
    mr_free(code_dir);
    check_remove_dir(scratch);
}

/* ---- tests ---- */

static void check_both(const records *r)
{
    check_handler(r, "python3.12", "python");
    check_handler(r, "nodejs20.x", "node");
}

static void test_every_row_of_the_sample_comes_out_the_same(void **state)
{
    (void)state;
    records r = {NULL, 0, 0, {NULL, 0, 0, 0, false}, false, false};
    char *path = mr_format("%s/data/crimes/crimes.csv", check_source_root());
    add_rows(&r, path);
    CHECK_INT("rows", r.count, 7584);
    check_both(&r);
    records_deinit(&r);
    mr_free(path);
}

static void test_every_row_of_the_real_file_comes_out_the_same(void **state)
{
    (void)state;
    char *path = check_shared_data("SacramentocrimeJanuary2006.csv");
    if (path == NULL) {
        print_message("skipped: the real file is not here\n");
        skip();
    }
    records r = {NULL, 0, 0, {NULL, 0, 0, 0, false}, false, false};
    add_rows(&r, path);
    CHECK_INT("rows", r.count, 7584);
    check_both(&r);
    records_deinit(&r);
    mr_free(path);
}

static void test_odd_rows_come_out_the_same(void **state)
{
    (void)state;
    records r = {NULL, 0, 0, {NULL, 0, 0, 0, false}, false, false};
    add_odd_rows(&r);
    check_both(&r);
    records_deinit(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_of_the_sample_comes_out_the_same),
        cmocka_unit_test(test_every_row_of_the_real_file_comes_out_the_same),
        cmocka_unit_test(test_odd_rows_come_out_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
