#include "sim/producer/encode.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#define START_US INT64_C(1735689600000000) /* 2025-01-01T00:00:00Z */

static const char *const names_text[] = {"id", "name", "note"};

typedef struct row {
    mr_bytes names[3], fields[3];
} row;

static row row_of(const char *a, const char *b, const char *c)
{
    row r = {.fields = {mr_bytes_of(a), mr_bytes_of(b), mr_bytes_of(c)}};
    for (size_t i = 0; i < 3; i++) {
        r.names[i] = mr_bytes_of(names_text[i]);
    }
    return r;
}

/* The data of one row, or "!why". Owned. */
static char *encode(const mr_encode_options *options, const row *r, const char *raw)
{
    mr_error err = {0};
    mr_encoder *encoder = NULL;
    CHECK_OK("encoder", mr_encoder_new(options, r->names, 3, &encoder, &err), &err);
    mr_strbuf out = mr_strbuf_make(1000);
    mr_strbuf_append_text(&out, "key>");
    const char *why;
    if (!mr_encoder_row(encoder, r->fields, mr_bytes_of(raw), START_US, &out, &why)) {
        CHECK_STR("nothing is left behind", mr_strbuf_text(&out), "key>");
        mr_strbuf_appendf(&out, "!%s", why);
    }
    mr_encoder_free(encoder);
    return mr_strbuf_take(&out);
}

static void check_encoded(const char *label, const mr_encode_options *options, const row *r,
                          const char *want)
{
    char *got = encode(options, r, "the raw row");
    CHECK_STR(label, got + 4, want);
    mr_free(got);
}

static void test_a_row_is_written_in_each_encoding(void **state)
{
    (void)state;
    row plain = row_of("1", "  Ann ", "");
    row hard = row_of("a,b", "say \"hi\"", "x\ny\x01\xC3\xA9");
    mr_encode_options o = {.kind = MR_ENCODE_DELIMITED};
    check_encoded("delimited", &o, &plain, "1|  Ann |");
    check_encoded("delimited quotes nothing", &o, &hard, "a,b|say \"hi\"|x\ny\x01\xC3\xA9");
    o.delimiter = '\t';
    check_encoded("by tabs", &o, &plain, "1\t  Ann \t");
    o.kind = MR_ENCODE_JSON;
    check_encoded("JSON", &o, &plain, "{\"id\":\"1\",\"name\":\"  Ann \",\"note\":\"\"}");
    check_encoded("JSON escapes", &o, &hard,
                  "{\"id\":\"a,b\",\"name\":\"say \\\"hi\\\"\",\"note\":\"x\\ny\\u0001\xC3\xA9\"}");
    o.kind = MR_ENCODE_CSV;
    check_encoded("CSV", &o, &plain, "1,  Ann ,");
    check_encoded("CSV quotes where it must", &o, &hard,
                  "\"a,b\",\"say \"\"hi\"\"\",\"x\ny\x01\xC3\xA9\"");
    o.kind = MR_ENCODE_RAW;
    check_encoded("raw", &o, &hard, "the raw row");
}

static void test_columns_are_chosen_by_name_and_order(void **state)
{
    (void)state;
    row plain = row_of("1", "Ann", "n");
    static const char *const columns[] = {"note", "id"};
    mr_encode_options o = {.columns = columns, .column_count = 2};
    check_encoded("delimited", &o, &plain, "n|1");
    o.kind = MR_ENCODE_JSON;
    check_encoded("JSON", &o, &plain, "{\"note\":\"n\",\"id\":\"1\"}");
    o.kind = MR_ENCODE_CSV;
    check_encoded("CSV", &o, &plain, "n,1");
}

static void test_the_load_time_comes_last(void **state)
{
    (void)state;
    row plain = row_of("1", "Ann", "n");
    mr_encode_options o = {.load_time = true};
    check_encoded("delimited", &o, &plain, "1|Ann|n|2025-01-01 00:00:00");
    o.kind = MR_ENCODE_CSV;
    check_encoded("CSV", &o, &plain, "1,Ann,n,2025-01-01 00:00:00");
    o.kind = MR_ENCODE_JSON;
    check_encoded("JSON", &o, &plain,
                  "{\"id\":\"1\",\"name\":\"Ann\",\"note\":\"n\","
                  "\"load_time\":\"2025-01-01 00:00:00\"}");
}

static void test_a_load_time_can_be_written_anew_in_place(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_encode_options options;
        const char *want;
    } cases[] = {
        {"delimited", {.load_time = true}, "v|2025-01-01 00:01:05"},
        {"CSV", {.kind = MR_ENCODE_CSV, .load_time = true}, "v,2025-01-01 00:01:05"},
        {"JSON",
         {.kind = MR_ENCODE_JSON, .load_time = true},
         "{\"x\":\"v\",\"load_time\":\"2025-01-01 00:01:05\"}"},
        {"none", {0}, "v"},
    };
    mr_bytes x = MR_BYTES_LITERAL("x"), v = MR_BYTES_LITERAL("v");
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_encoder *encoder = NULL;
        mr_error err;
        const char *why;
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        CHECK_OK(cases[i].label, mr_encoder_new(&cases[i].options, &x, 1, &encoder, &err), &err);
        assert_true(mr_encoder_row(encoder, &v, v, INT64_C(1735689600000000), &out, &why));
        mr_encoder_set_load_time(encoder, out.at, out.len, INT64_C(1735689665999999));
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
        mr_encoder_free(encoder);
    }
}

static void test_the_load_time_moves_with_the_seconds(void **state)
{
    (void)state;
    static const struct {
        int64_t after_us;
        const char *want;
    } cases[] = {{0, "x|2025-01-01 00:00:00"},
                 {999999, "x|2025-01-01 00:00:00"},
                 {1000000, "x|2025-01-01 00:00:01"},
                 {86400000000, "x|2025-01-02 00:00:00"},
                 {-1, "x|2024-12-31 23:59:59"}};
    mr_bytes x = mr_bytes_of("x");
    mr_encoder *encoder;
    mr_error err;
    CHECK_OK("encoder",
             mr_encoder_new(&(mr_encode_options){.load_time = true}, &x, 1, &encoder, &err), &err);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(100);
        const char *why;
        CHECK_TRUE("written",
                   mr_encoder_row(encoder, &x, x, START_US + cases[i].after_us, &out, &why));
        CHECK_STR("load time", mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
    mr_encoder_free(encoder);
}

static void test_a_row_that_lies_in_one_piece_has_its_delimiters_exchanged(void **state)
{
    (void)state;
    static const struct {
        const char *label, *raw, *want;
        char delimiter;
    } cases[] = {
        {"exchanged", "1,Ann,n", "1|Ann|n", '|'},
        {"empty fields", ",,", "||", '|'},
        {"the same delimiter", "1,Ann,n", "1,Ann,n", ','},
        {"one inside a field", "1,A|n,n", "!a field holds the delimiter of the encoding", '|'},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        const char *raw = cases[i].raw;
        const char *first = strchr(raw, ','), *second = strchr(first + 1, ',');
        row r = row_of("", "", "");
        r.fields[0] = mr_bytes_make(raw, (size_t)(first - raw));
        r.fields[1] = mr_bytes_make(first + 1, (size_t)(second - first - 1));
        r.fields[2] = mr_bytes_of(second + 1);
        char *got = encode(&(mr_encode_options){.delimiter = cases[i].delimiter}, &r, raw);
        CHECK_STR(cases[i].label, got + 4, cases[i].want);
        mr_free(got);
    }
}

static void test_what_cannot_be_written_is_refused(void **state)
{
    (void)state;
    row r = row_of("a|b", "c", "d");
    check_encoded("a delimiter inside", &(mr_encode_options){0}, &r,
                  "!a field holds the delimiter of the encoding");
    char big[2000];
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    r = row_of(big, "", "");
    check_encoded("past the limit", &(mr_encode_options){.kind = MR_ENCODE_JSON}, &r,
                  "!the record is too large");
}

static void check_refused(const char *label, const mr_encode_options *options,
                          const mr_bytes *names, const char *piece)
{
    mr_error err = {0};
    mr_encoder *encoder = NULL;
    CHECK_CODE(label, mr_encoder_new(options, names, 3, &encoder, &err), MR_INVALID_ARGUMENT);
    CHECK_HAS(label, err.message, piece);
}

static void test_an_encoder_that_cannot_be_is_refused(void **state)
{
    (void)state;
    row r = row_of("", "", "");
    static const char *const misspelt[] = {"id", "nmae"}, *const far[] = {"district"};
    check_refused("misspelt", &(mr_encode_options){.columns = misspelt, .column_count = 2}, r.names,
                  "there is no column 'nmae'; did you mean 'name'?");
    check_refused("not there", &(mr_encode_options){.columns = far, .column_count = 1}, r.names,
                  "there is no column 'district' among the 3 columns");
    check_refused("raw with a load time",
                  &(mr_encode_options){.kind = MR_ENCODE_RAW, .load_time = true}, r.names,
                  "load-time needs another encoding");
    mr_bytes twins[] = {mr_bytes_of("a"), mr_bytes_of("b"), mr_bytes_of("a")};
    check_refused("twins in JSON", &(mr_encode_options){.kind = MR_ENCODE_JSON}, twins,
                  "columns 1 and 3 are both called 'a'");
    mr_bytes load[] = {mr_bytes_of("a"), mr_bytes_of("b"), mr_bytes_of("load_time")};
    check_refused("a load time twice",
                  &(mr_encode_options){.kind = MR_ENCODE_JSON, .load_time = true}, load,
                  "columns 3 and 4 are both called 'load_time'");
}

static void test_encodings_are_read_from_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fine;
        mr_encode_kind kind;
        char delimiter;
    } cases[] = {
        {"delimited", true, MR_ENCODE_DELIMITED, '\0'},
        {"delimited:|", true, MR_ENCODE_DELIMITED, '|'},
        {"delimited:'|'", true, MR_ENCODE_DELIMITED, '|'},
        {"delimited:tab", true, MR_ENCODE_DELIMITED, '\t'},
        {"delimited:\\t", true, MR_ENCODE_DELIMITED, '\t'},
        {"delimited::", true, MR_ENCODE_DELIMITED, ':'},
        {"json", true, MR_ENCODE_JSON, '\0'},
        {"csv", true, MR_ENCODE_CSV, '\0'},
        {"raw", true, MR_ENCODE_RAW, '\0'},
        {"delimited:", false, MR_ENCODE_RAW, 'x'},
        {"delimited:||", false, MR_ENCODE_RAW, 'x'},
        {"delimited:\n", false, MR_ENCODE_RAW, 'x'},
        {"xml", false, MR_ENCODE_RAW, 'x'},
        {"JSON", false, MR_ENCODE_RAW, 'x'},
        {"", false, MR_ENCODE_RAW, 'x'},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_encode_options o = {.kind = MR_ENCODE_RAW, .delimiter = 'x', .load_time = true};
        CHECK_INT(cases[i].text, mr_encode_parse(cases[i].text, &o), cases[i].fine);
        CHECK_INT(cases[i].text, o.kind, cases[i].kind);
        CHECK_INT(cases[i].text, o.delimiter, cases[i].delimiter);
        CHECK_TRUE("the rest is left", o.load_time);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_row_is_written_in_each_encoding),
        cmocka_unit_test(test_columns_are_chosen_by_name_and_order),
        cmocka_unit_test(test_the_load_time_comes_last),
        cmocka_unit_test(test_a_load_time_can_be_written_anew_in_place),
        cmocka_unit_test(test_the_load_time_moves_with_the_seconds),
        cmocka_unit_test(test_a_row_that_lies_in_one_piece_has_its_delimiters_exchanged),
        cmocka_unit_test(test_what_cannot_be_written_is_refused),
        cmocka_unit_test(test_an_encoder_that_cannot_be_is_refused),
        cmocka_unit_test(test_encodings_are_read_from_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
