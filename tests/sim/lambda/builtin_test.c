/* builtin_test.c - the native transforms: types, derived columns, escapes, refusals. */
#include "sim/lambda/builtin.h"

#include "sim/base/alloc.h"
#include "tests/check.h"
#include "tests/crimes_columns.h"

#include <stdio.h>

/* Applies the builtin; the answer is owned text, "!<why>" when the record does not fit. */
static char *apply(mr_builtin *builtin, mr_bytes record)
{
    size_t bound = mr_builtin_bound(builtin, record.len);
    char *out = mr_alloc(bound + 1); /* exactly: the address sanitizer watches the bound */
    const char *why = NULL;
    size_t len = mr_builtin_apply(builtin, record, out, &why);
    if (len == 0) {
        mr_free(out);
        return mr_format("!%s", why);
    }
    assert_true(len <= bound);
    out[len] = '\0';
    return out;
}

static void check_apply(const char *label, mr_builtin *builtin, mr_bytes record, const char *want)
{
    char *got = apply(builtin, record);
    CHECK_STR(label, got, want);
    mr_free(got);
}

/* One column from field 1, so that a table can name type, part and format. */
static mr_builtin *one_column(const char *type, const char *part, const char *format)
{
    static const uint32_t first[] = {1};
    mr_builtin_column column = {
        .name = "v", .type = type, .from = first, .from_count = 1, .part = part, .format = format};
    mr_builtin_options options = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                  .delimiter = '|',
                                  .columns = &column,
                                  .column_count = 1};
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK(type, mr_builtin_new(&options, &builtin, &err), &err);
    return builtin;
}

static void test_a_field_becomes_the_value_that_json_stringify_writes(void **state)
{
    (void)state;
    static const struct {
        const char *type, *field, *want; /* want: the value; NULL: refused */
    } cases[] = {
        {"string", "a b", "\"a b\""},
        {"string", "", "\"\""},
        {"string", " keeps blanks ", "\" keeps blanks \""},
        {"string", "q\"b\\s/", "\"q\\\"b\\\\s/\""},
        {"string", "\b\t\f\r\x01\x1f\x7f", "\"\\b\\t\\f\\r\\u0001\\u001f\x7f\""},
        {"string", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
        {"string", "\xff", "\"\xef\xbf\xbd\""},
        {"string", "\xe2\x82", "\"\xef\xbf\xbd\""},
        {"string", "\xe2\x82z", "\"\xef\xbf\xbdz\""},
        {"string", "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"string", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"string", "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"string", "\xe2\x80\xa8", "\"\xe2\x80\xa8\""}, /* U+2028 is not escaped */
        {"int", "7", "7"},
        {"int", " 007 ", "7"},
        {"int", "+5", "5"},
        {"int", "-0", "0"},
        {"int", "2147483647", "2147483647"},
        {"int", "-2147483648", "-2147483648"},
        {"int", "2147483648", NULL},
        {"int", "-2147483649", NULL},
        {"int", "", "null"},
        {"int", "  ", "null"},
        {"int", "1.0", NULL},
        {"int", "1e3", NULL},
        {"int", "-", NULL},
        {"int", "x", NULL},
        {"int", "1 2", NULL},
        {"bigint", "9223372036854775807", "9223372036854775807"},
        {"bigint", "-9223372036854775808", "-9223372036854775808"},
        {"bigint", "9223372036854775808", NULL},
        {"double", "-121.4914", "-121.4914"},
        {"double", "38.55042047", "38.55042047"},
        {"double", "0038.500", "38.5"},
        {"double", "10", "10"},
        {"double", "100.", "100"},
        {"double", ".5", "0.5"},
        {"double", "+.50", "0.5"},
        {"double", "-0.0", "0"},
        {"double", "0", "0"},
        {"double", "000", "0"},
        {"double", "0.000001", "0.000001"},
        {"double", "0.0000001", "1e-7"},
        {"double", "0.00000123456789012", "0.00000123456789012"},
        {"double", "123456789012345", "123456789012345"},
        {"double", "1234567890123456789", "1234567890123456800"},
        {"double", "0.1234567890123456789", "0.12345678901234568"},
        {"double", "1e21", "1e+21"},
        {"double", "1e20", "100000000000000000000"},
        {"double", "1E2", "100"},
        {"double", "5e-324", "5e-324"},
        {"double", "1e-400", "0"},
        {"double", "1e400", NULL},
        {"double", "", "null"},
        {"double", ".", NULL},
        {"double", "1e", NULL},
        {"double", "1e+", NULL},
        {"double", "0x10", NULL},
        {"double", "Infinity", NULL},
        {"double", "nan", NULL},
        {"double", "1,5", NULL},
        {"boolean", "true", "true"},
        {"boolean", "False", "false"},
        {"boolean", "1", NULL},
        {"boolean", "", "null"},
        {"timestamp", "2006-01-31T09:05:00Z", "\"2006-01-31 09:05:00\""},
        {"timestamp", "2006-01-31 09:05:00.25", "\"2006-01-31 09:05:00.250\""},
        {"timestamp", "2006-01-31 09:05:00.000001", "\"2006-01-31 09:05:00.000001\""},
        {"timestamp", "yesterday", NULL},
        {"timestamp", "", "null"},
        {"date", "2006-01-31", "\"2006-01-31\""},
        {"date", "2006-02-30", NULL},
    };

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_builtin *builtin = one_column(cases[i].type, NULL, NULL);
        char *label = mr_format("%s \"%s\"", cases[i].type, cases[i].field);
        char *got = apply(builtin, mr_bytes_of(cases[i].field));
        if (cases[i].want == NULL) {
            CHECK_TRUE(label, got[0] == '!');
        } else {
            char *want = mr_format("{\"v\":%s}\n", cases[i].want);
            CHECK_STR(label, got, want);
            mr_free(want);
        }
        mr_free(got);
        mr_free(label);
        mr_builtin_free(builtin);
    }
}

static void test_easy_numbers_print_as_the_hard_way_prints_them(void **state)
{
    (void)state;
    mr_builtin *builtin = one_column("double", NULL, NULL);
    uint64_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        char text[64], hard[64];
        /* Up to 15 digits, the point anywhere; an exponent of zero forces the hard way. */
        snprintf(text, sizeof(text), "%s%0*llu", (seed & 1) != 0 ? "-" : "",
                 (int)(1 + (seed >> 10) % 15),
                 (unsigned long long)((seed >> 12) % UINT64_C(1000000000000000) >> (seed >> 59)));
        size_t len = strlen(text);
        size_t point = len - (seed >> 5) % len;
        if (point > 1) {
            memmove(text + point + 1, text + point, len - point + 1);
            text[point] = '.';
        }
        snprintf(hard, sizeof(hard), "%se0", text);
        char *easy_got = apply(builtin, mr_bytes_of(text));
        char *hard_got = apply(builtin, mr_bytes_of(hard));
        CHECK_STR(text, easy_got, hard_got);
        mr_free(easy_got);
        mr_free(hard_got);
    }
    mr_builtin_free(builtin);
}

static void test_a_part_is_text_with_its_zeros_or_a_number(void **state)
{
    (void)state;
    static const struct {
        const char *type, *part, *format, *field, *want;
    } cases[] = {
        {"string", "year", "M/d/yy H:mm", "1/2/06 3:04", "\"2006\""},
        {"string", "month", "M/d/yy H:mm", "1/2/06 3:04", "\"01\""},
        {"string", "day", "M/d/yy H:mm", "1/2/06 3:04", "\"02\""},
        {"string", "hour", "M/d/yy H:mm", "1/2/06 3:04", "\"03\""},
        {"string", "minute", "M/d/yy H:mm", "1/2/06 3:04", "\"04\""},
        {"string", "second", "M/d/yy H:mm", "1/2/06 3:04", "\"00\""},
        {"int", "month", "M/d/yy H:mm", "1/2/06 3:04", "1"},
        {"bigint", "year", NULL, "2006-01-02", "2006"},
        {"string", "day", "M/d/yy H:mm", "", "null"},
        {"string", "day", "M/d/yy H:mm", "2/30/06 0:00", NULL},
        {"timestamp", NULL, "M/d/yy H:mm", "1/2/06 3:04", "\"2006-01-02 03:04:00\""},
        {"date", NULL, "M/d/yy H:mm", "1/2/06 3:04", "\"2006-01-02\""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_builtin *builtin = one_column(cases[i].type, cases[i].part, cases[i].format);
        char *got = apply(builtin, mr_bytes_of(cases[i].field));
        char *want = mr_format("{\"v\":%s}\n", cases[i].want == NULL ? "" : cases[i].want);
        CHECK_STR(cases[i].field, cases[i].want == NULL ? "" : got,
                  cases[i].want == NULL ? "" : want);
        CHECK_TRUE(cases[i].field, (got[0] == '!') == (cases[i].want == NULL));
        mr_free(want);
        mr_free(got);
        mr_builtin_free(builtin);
    }
}

/* The columns of data/crimes/template.yaml. */
static mr_builtin *crimes(void)
{
    mr_builtin_options options = crimes_builtin_options();
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("crimes", mr_builtin_new(&options, &builtin, &err), &err);
    return builtin;
}

static void test_a_crime_report_is_one_line_of_json(void **state)
{
    (void)state;
    static const char want[] =
        "{\"crime_time\":\"1/1/06 0:00\",\"address\":\"3108 OCCIDENTAL DR\",\"district\":3,"
        "\"beat\":\"3C\",\"grid\":1115,\"description\":\"10851(A)VC TAKE VEH W/O OWNER\","
        "\"ucr_ncic_code\":2404,\"location\":{\"lat\":38.55042047,\"lon\":-121.3914158},"
        "\"loaded_at\":\"2025-01-01 00:00:00\",\"crime_year\":\"2006\",\"crime_month\":\"01\","
        "\"crime_day\":\"01\"}\n";
    static const char row[] =
        "1/1/06 0:00|3108 OCCIDENTAL DR|3|3C        |1115|10851(A)VC TAKE VEH W/O OWNER|2404|"
        "38.55042047|-121.3914158|2025-01-01 00:00:00";
    mr_builtin *builtin = crimes();
    char *with_end = mr_format("%s\r\n", row);
    char *with_more = mr_format("%s|one more|and another", row);
    check_apply("the row", builtin, mr_bytes_of(row), want);
    check_apply("with a line end", builtin, mr_bytes_of(with_end), want);
    check_apply("with more fields than are named", builtin, mr_bytes_of(with_more), want);
    mr_free(with_end);
    mr_free(with_more);

    check_apply("too few fields", builtin, mr_bytes_of("1/1/06 0:00|x|3|3C|1|d|2|3|4"),
                "!the record has fewer fields than the columns name");
    check_apply("nothing at all", builtin, (mr_bytes){NULL, 0},
                "!the record has fewer fields than the columns name");
    check_apply("a bad number", builtin, mr_bytes_of("1/1/06 0:00|x|three|3C|1|d|2|3|4|t"),
                "!a field does not read as an int");
    check_apply(
        "empty fields", builtin, mr_bytes_of("|||||||||"),
        "{\"crime_time\":\"\",\"address\":\"\",\"district\":null,\"beat\":\"\",\"grid\":null,"
        "\"description\":\"\",\"ucr_ncic_code\":null,\"location\":{\"lat\":null,\"lon\":null},"
        "\"loaded_at\":\"\",\"crime_year\":null,\"crime_month\":null,\"crime_day\":null}\n");
    mr_builtin_free(builtin);
}

static void test_a_date_is_read_afresh_for_every_record(void **state)
{
    (void)state;
    mr_builtin *builtin = one_column("int", "day", "M/d/yy H:mm");
    check_apply("first", builtin, mr_bytes_of("1/2/06 0:00"), "{\"v\":2}\n");
    check_apply("bad", builtin, mr_bytes_of("?"),
                "!a field does not read as a date in the Format of its column");
    check_apply("next", builtin, mr_bytes_of("1/3/06 0:00"), "{\"v\":3}\n");
    mr_builtin_free(builtin);
}

/* Fields of every length at every place: the splitter reads eight bytes at a time. */
static void test_fields_are_found_at_every_alignment(void **state)
{
    (void)state;
    static const uint32_t f[] = {1, 2, 3};
    static const mr_builtin_column columns[] = {
        {"a", "string", &f[0], 1, NULL, NULL},
        {"b", "string", &f[1], 1, NULL, NULL},
        {"c", "string", &f[2], 1, NULL, NULL},
    };
    for (int d = 0; d < 2; d++) {
        char delimiter = d == 0 ? '|' : '\x01';
        mr_builtin_options options = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                      .delimiter = delimiter,
                                      .columns = columns,
                                      .column_count = 3};
        mr_builtin *builtin = NULL;
        mr_error err;
        CHECK_OK("three", mr_builtin_new(&options, &builtin, &err), &err);
        for (int i = 0; i < 20 * 20; i++) {
            /* '}' is '|' with its lowest bit turned: right behind a '|' it catches marks that leak
             * from one byte to the next. */
            char a[32] = {0}, b[32] = {0};
            memset(a, '}', (size_t)(i % 20));
            memset(b, '}', (size_t)(i / 20));
            char *record = mr_format("%s%c%s%cz\"", a, delimiter, b, delimiter);
            char *want = mr_format("{\"a\":\"%s\",\"b\":\"%s\",\"c\":\"z\\\"\"}\n", a, b);
            check_apply(record, builtin, mr_bytes_of(record), want);
            mr_free(record);
            mr_free(want);
        }
        mr_builtin_free(builtin);
    }
}

static void test_structs_nest(void **state)
{
    (void)state;
    static const uint32_t f[] = {2, 1, 1};
    static const mr_builtin_column column = {
        "s", "STRUCT< a:int , b : struct<c:string,\"d\":double>>", f, 3, NULL, NULL};
    mr_builtin_options options = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                  .delimiter = ',',
                                  .columns = &column,
                                  .column_count = 1};
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("nested", mr_builtin_new(&options, &builtin, &err), &err);
    check_apply("nested", builtin, mr_bytes_of("1.50,2"),
                "{\"s\":{\"a\":2,\"b\":{\"c\":\"1.50\",\"\\\"d\\\"\":1.5}}}\n");
    mr_builtin_free(builtin);
}

static void test_bad_options_are_refused_by_name(void **state)
{
    (void)state;
    static const uint32_t one[] = {1}, zero[] = {0}, huge[] = {5000};
    static const struct {
        const char *label;
        mr_builtin_column column;
        const char *piece; /* of the message */
    } cases[] = {
        {"type", {"c", "decimal(10,2)", one, 1, NULL, NULL}, "no type \"decimal(10\""},
        {"no type", {"c", NULL, one, 1, NULL, NULL}, "no Type"},
        {"no name", {"", "int", one, 1, NULL, NULL}, "no Name"},
        {"field zero", {"c", "int", zero, 1, NULL, NULL}, "From 0"},
        {"field too far", {"c", "int", huge, 1, NULL, NULL}, "From 5000"},
        {"no field", {"c", "int", NULL, 0, NULL, NULL}, "fewer field numbers"},
        {"fields of a struct", {"c", "struct<a:int,b:int>", one, 1, NULL, NULL}, "fewer field"},
        {"unclosed", {"c", "struct<a:int", one, 1, NULL, NULL}, "a > is missing"},
        {"no member type", {"c", "struct<a>", one, 1, NULL, NULL}, "struct<name:type"},
        {"rest", {"c", "int,int", one, 1, NULL, NULL}, "follows the type"},
        {"part", {"c", "string", one, 1, "fortnight", NULL}, "\"fortnight\""},
        {"part of a double", {"c", "double", one, 1, "year", NULL}, "\"double\""},
        {"part of a struct", {"c", "struct<a:int>", one, 1, "year", NULL}, "a Part is"},
        {"format of an int", {"c", "int", one, 1, NULL, "yyyy"}, "Format goes with"},
        {"bad format", {"c", "date", one, 1, NULL, "yyyy-jj"}, "Format \"yyyy-jj\""},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_builtin_options options = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                      .delimiter = '|',
                                      .columns = &cases[i].column,
                                      .column_count = 1};
        mr_builtin *builtin = NULL;
        mr_error err = {.code = MR_OK};
        CHECK_CODE(cases[i].label, mr_builtin_new(&options, &builtin, &err), MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].label, err.message, cases[i].piece);
    }
    mr_builtin_column twice[] = {{"c", "int", one, 1, NULL, NULL},
                                 {"c", "int", one, 1, NULL, NULL}};
    mr_builtin_options options = {.delimiter = '|', .columns = twice, .column_count = 2};
    mr_builtin *builtin = NULL;
    CHECK_CODE("twice", mr_builtin_new(&options, &builtin, NULL), MR_INVALID_ARGUMENT);
    options.column_count = 0;
    CHECK_CODE("no columns", mr_builtin_new(&options, &builtin, NULL), MR_INVALID_ARGUMENT);
    options = (mr_builtin_options){.columns = twice, .column_count = 1};
    CHECK_CODE("no delimiter", mr_builtin_new(&options, &builtin, NULL), MR_INVALID_ARGUMENT);
}

static void test_json_passes_through_compact(void **state)
{
    (void)state;
    static const struct {
        const char *label, *record, *want;
    } cases[] = {
        {"blanks go", " { \"a\" : [ 1 , 2.50, true ] , \"b\":{} }\n",
         "{\"a\":[1,2.5,true],\"b\":{}}\n"},
        {"numbers", "{\"a\":1e2,\"b\":-0.0,\"c\":12345678901234567,\"d\":0.10}",
         "{\"a\":100,\"b\":0,\"c\":12345678901234567,\"d\":0.1}\n"},
        {"escapes", "{\"a\":\"\\u0041\\/\\n\\u0001\\u00e9\\ud83d\\ude00\\\"\"}",
         "{\"a\":\"A/\\n\\u0001\xc3\xa9\xf0\x9f\x98\x80\\\"\"}\n"},
        {"half a pair", "{\"a\":\"\\uD83D\\u0041\"}", "{\"a\":\"\\ud83dA\"}\n"},
        {"not UTF-8", "{\"a\":\"\xff\"}", "{\"a\":\"\xef\xbf\xbd\"}\n"},
        {"empty", "{}", "{}\n"},
        {"array", "[1]", "!the record is not a JSON object"},
        {"nothing", "", "!the record is not a JSON object"},
        {"two", "{}{}", "!the record is not one JSON object"},
        {"cut", "{\"a\":[1,", "!the record is not one JSON object"},
        {"trailing comma", "{\"a\":1,}", "!the record is not one JSON object"},
        {"bad number", "{\"a\":01}", "!the record is not one JSON object"},
        {"huge number", "{\"a\":1e999}", "!a number does not fit a double"},
        {"raw control", "{\"a\":\"\n\"}", "!the record is not one JSON object"},
    };
    mr_builtin_options options = {.kind = MR_BUILTIN_JSON};
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("json", mr_builtin_new(&options, &builtin, &err), &err);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_apply(cases[i].label, builtin, mr_bytes_of(cases[i].record), cases[i].want);
    }
    mr_builtin_free(builtin);
}

static void test_json_keeps_the_named_members_in_their_order(void **state)
{
    (void)state;
    static const mr_builtin_column columns[] = {
        {"b", "int", NULL, 0, NULL, NULL},
        {"a", NULL, NULL, 0, NULL, NULL},
        {"s", "struct<x:int>", NULL, 0, NULL, NULL},
    };
    mr_builtin_options options = {
        .kind = MR_BUILTIN_JSON, .columns = columns, .column_count = MR_COUNT(columns)};
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("json", mr_builtin_new(&options, &builtin, &err), &err);
    check_apply("order", builtin, mr_bytes_of("{\"a\": [1], \"x\":{\"b\":9}, \"\\u0062\": 2}"),
                "{\"b\":2,\"a\":[1]}\n");
    check_apply("last counts", builtin, mr_bytes_of("{\"b\":1,\"b\":2}"), "{\"b\":2}\n");
    check_apply("null fits", builtin, mr_bytes_of("{\"b\":null,\"s\":{\"x\": 1}}"),
                "{\"b\":null,\"s\":{\"x\":1}}\n");
    check_apply("none there", builtin, mr_bytes_of("{\"x\":1}"), "{}\n");
    check_apply("type", builtin, mr_bytes_of("{\"b\":\"1\"}"),
                "!a member is not of the type of its column");
    check_apply("bad tail", builtin, mr_bytes_of("{\"b\":1,"),
                "!the record is not one JSON object");
    mr_builtin_free(builtin);
}

static void test_nesting_is_bounded(void **state)
{
    (void)state;
    mr_builtin_options options = {.kind = MR_BUILTIN_JSON};
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("json", mr_builtin_new(&options, &builtin, &err), &err);
    mr_strbuf deep = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&deep, "{\"a\":");
    for (int i = 0; i < 100000; i++) {
        mr_strbuf_append_char(&deep, '[');
    }
    check_apply("deep", builtin, mr_strbuf_bytes(&deep), "!the record is not one JSON object");
    mr_strbuf_deinit(&deep);
    mr_builtin_free(builtin);
}

/* Every byte of the record becomes six, and two columns carry it. */
static void test_the_bound_holds_for_the_worst_bytes(void **state)
{
    (void)state;
    static const uint32_t one[] = {1};
    static const mr_builtin_column columns[] = {{"a", "string", one, 1, NULL, NULL},
                                                {"b", "string", one, 1, NULL, NULL}};
    mr_builtin_options options = {.kind = MR_BUILTIN_DELIMITED_TO_JSON,
                                  .delimiter = '|',
                                  .columns = columns,
                                  .column_count = MR_COUNT(columns)};
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("two", mr_builtin_new(&options, &builtin, &err), &err);
    char record[1000];
    memset(record, 1, sizeof(record));
    char *got = apply(builtin, mr_bytes_make(record, sizeof(record)));
    CHECK_INT("length", strlen(got), strlen("{\"a\":\"\",\"b\":\"\"}\n") + 12000);
    mr_free(got);
    mr_builtin_free(builtin);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(builtin);
}

/* ---- sentiment ---- */

static mr_builtin *sentiment(const char *label, const char *scores, const char *partition_key)
{
    const mr_builtin_options options = {.kind = MR_BUILTIN_SENTIMENT,
                                        .field = "text",
                                        .label = label,
                                        .scores = scores,
                                        .partition_key = partition_key};
    mr_builtin *builtin = NULL;
    mr_error err;
    CHECK_OK("sentiment", mr_builtin_new(&options, &builtin, &err), &err);
    return builtin;
}

#define GOOD                                                                                       \
    ",\"sentiment\":\"positive\",\"sentiment_scores\":{\"compound\":0.4404,\"positive\":1,"        \
    "\"negative\":0,\"neutral\":0}}\n"
#define NOTHING                                                                                    \
    ",\"sentiment\":\"neutral\",\"sentiment_scores\":{\"compound\":0,\"positive\":0,"              \
    "\"negative\":0,\"neutral\":0}}\n"

static void test_sentiment_adds_members_and_keeps_the_others_as_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *label, *record, *want;
    } cases[] = {
        {"alone", "{\"text\":\"good\"}", "{\"text\":\"good\"" GOOD},
        {"bad", "{\"text\":\"a bad day\"}",
         "{\"text\":\"a bad day\",\"sentiment\":\"negative\",\"sentiment_scores\":{\"compound\":"
         "-0.5423,\"positive\":0,\"negative\":0.778,\"neutral\":0.222}}\n"},
        {"an empty text", "{\"text\":\"\"}", "{\"text\":\"\"" NOTHING},
        {"numbers keep their digits",
         "{\"n\":1.50e+2,\"m\":12345678901234567890,\"text\":\"good\"}",
         "{\"n\":1.50e+2,\"m\":12345678901234567890,\"text\":\"good\"" GOOD},
        {"strings keep their escapes",
         "{\"a\\u0062\":\"\\/ \\\" \\ud83d {\",\"text\":\"g\\u006fod\"}",
         "{\"a\\u0062\":\"\\/ \\\" \\ud83d {\",\"text\":\"g\\u006fod\"" GOOD},
        {"blanks between tokens go",
         " {\t\"a b\" : [ 1 , { \"c\" : \" d \" } ] ,\r\n\"text\" : \"good\" } \n",
         "{\"a b\":[1,{\"c\":\" d \"}],\"text\":\"good\"" GOOD},
        {"of a text given twice the last counts", "{\"text\":\"bad\",\"text\":\"good\"}",
         "{\"text\":\"bad\",\"text\":\"good\"" GOOD},
        {"a name with an escape", "{\"t\\u0065xt\":\"good\"}", "{\"t\\u0065xt\":\"good\"" GOOD},
        {"members of these names make room",
         "{\"sentiment\":\"x\",\"text\":\"good\",\"sentiment_scores\":[{}]}",
         "{\"text\":\"good\"" GOOD},
        {"bytes that are not UTF-8", "{\"text\":\"good \xff\",\"b\":\"\xe2\x82\"}",
         "{\"text\":\"good \xef\xbf\xbd\",\"b\":\"\xef\xbf\xbd\"" GOOD},
        {"no object", "[\"text\"]", "!the record is not a JSON object"},
        {"nothing", "", "!the record is not a JSON object"},
        {"cut", "{\"text\":\"good\"", "!the record is not one JSON object"},
        {"more", "{\"text\":\"good\"}{}", "!the record is not one JSON object"},
        {"no such member", "{\"texts\":\"good\"}",
         "!the record has no string member of the name of Field"},
        {"one that is no string", "{\"text\":\"good\",\"text\":null}",
         "!the record has no string member of the name of Field"},
        {"one further inside", "{\"a\":{\"text\":\"good\"}}",
         "!the record has no string member of the name of Field"},
    };
    mr_builtin *builtin = sentiment(NULL, NULL, NULL);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_apply(cases[i].label, builtin, mr_bytes_of(cases[i].record), cases[i].want);
    }
    mr_builtin_free(builtin);

    builtin = sentiment("mood", "moods", NULL);
    check_apply("other names", builtin, MR_BYTES_LITERAL("{\"text\":\"\",\"sentiment\":1}"),
                "{\"text\":\"\",\"sentiment\":1,\"mood\":\"neutral\",\"moods\":{\"compound\":0,"
                "\"positive\":0,\"negative\":0,\"neutral\":0}}\n");
    mr_builtin_free(builtin);
}

static void test_sentiment_fits_its_bound_when_every_byte_grows(void **state)
{
    (void)state;
    mr_builtin *builtin = sentiment(NULL, NULL, NULL);
    mr_strbuf record = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&record, "{\"text\":\"horrible");
    for (int i = 0; i < 1000; i++) {
        mr_strbuf_append_char(&record, '\xff');
    }
    mr_strbuf_append_text(&record, "\"}");
    char *got = apply(builtin, mr_strbuf_bytes(&record)); /* asserts, and ASan watches */
    CHECK_HAS("it is the whole line", got, "\"neutral\":1}}\n");
    mr_free(got);
    mr_strbuf_deinit(&record);
    mr_builtin_free(builtin);
}

static void test_sentiment_gives_its_label_as_a_partition_key(void **state)
{
    (void)state;
    mr_builtin *builtin = sentiment(NULL, NULL, "label");
    mr_bytes name = MR_BYTES_LITERAL("label");
    CHECK_BYTES("nothing was transformed", mr_builtin_partition_key(builtin, name),
                mr_bytes_of(""));
    mr_free(apply(builtin, MR_BYTES_LITERAL("{\"text\":\"good\"}")));
    CHECK_BYTES("its label", mr_builtin_partition_key(builtin, name), mr_bytes_of("positive"));
    CHECK_BYTES("no other key", mr_builtin_partition_key(builtin, mr_bytes_of("labe")),
                mr_bytes_of(""));
    mr_free(apply(builtin, MR_BYTES_LITERAL("{\"text\":\"bad\"}")));
    CHECK_BYTES("of the next", mr_builtin_partition_key(builtin, name), mr_bytes_of("negative"));
    mr_free(apply(builtin, MR_BYTES_LITERAL("{}")));
    CHECK_BYTES("of one that failed", mr_builtin_partition_key(builtin, name), mr_bytes_of(""));
    mr_builtin_free(builtin);

    builtin = sentiment(NULL, NULL, NULL);
    mr_free(apply(builtin, MR_BYTES_LITERAL("{\"text\":\"good\"}")));
    CHECK_BYTES("no key is asked for", mr_builtin_partition_key(builtin, name), mr_bytes_of(""));
    mr_builtin_free(builtin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_field_becomes_the_value_that_json_stringify_writes),
        cmocka_unit_test(test_easy_numbers_print_as_the_hard_way_prints_them),
        cmocka_unit_test(test_a_part_is_text_with_its_zeros_or_a_number),
        cmocka_unit_test(test_a_crime_report_is_one_line_of_json),
        cmocka_unit_test(test_a_date_is_read_afresh_for_every_record),
        cmocka_unit_test(test_fields_are_found_at_every_alignment),
        cmocka_unit_test(test_structs_nest),
        cmocka_unit_test(test_bad_options_are_refused_by_name),
        cmocka_unit_test(test_json_passes_through_compact),
        cmocka_unit_test(test_json_keeps_the_named_members_in_their_order),
        cmocka_unit_test(test_nesting_is_bounded),
        cmocka_unit_test(test_the_bound_holds_for_the_worst_bytes),
        cmocka_unit_test(test_the_corpus_holds),
        cmocka_unit_test(test_sentiment_adds_members_and_keeps_the_others_as_they_stand),
        cmocka_unit_test(test_sentiment_fits_its_bound_when_every_byte_grows),
        cmocka_unit_test(test_sentiment_gives_its_label_as_a_partition_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
