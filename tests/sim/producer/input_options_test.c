#include "sim/producer/input_options.h"

#include "tests/check.h"

typedef struct said {
    const char *name, *value;
} said;

/* Sets what was said (up to a NULL name) and applies it to a file of this name. */
static mr_code apply(mr_input_options *options, const said *words, const char *file,
                     mr_producer_options *out, mr_error *err)
{
    mr_input_options_init(options);
    for (; words->name != NULL; words++) {
        CHECK_OK(words->name, mr_input_option_set(options, words->name, words->value, err), err);
    }
    *out = (mr_producer_options){0};
    return mr_input_options_apply(options, file, out, err);
}

static void test_both_spellings_say_the_same(void **state)
{
    (void)state;
    static const said spellings[][11] = {
        {{"batch-records", "10"},
         {"batch-bytes", "2000"},
         {"rate", "200/s"},
         {"partition-key", "column:district"},
         {"encode", "json"},
         {"columns", "a,b"},
         {"load-time", NULL},
         {"no-header", NULL},
         {"rows", "1000"},
         {"repeat", "3"}},
        {{"BatchRecords", "10"},
         {"BatchBytes", "2000"},
         {"Rate", "200"},
         {"PartitionKey", "column:district"},
         {"Encode", "json"},
         {"Columns", "a,b"},
         {"LoadTime", "true"},
         {"NoHeader", "true"},
         {"Rows", "1000"},
         {"Repeat", "3"}},
    };
    for (size_t i = 0; i < MR_COUNT(spellings); i++) {
        mr_input_options options;
        mr_producer_options out;
        mr_error err;
        CHECK_OK("apply", apply(&options, spellings[i], "x.csv", &out, &err), &err);
        CHECK_INT("batch records", out.batch_records, 10);
        CHECK_INT("batch bytes", out.batch_bytes, 2000);
        CHECK_TRUE("rate", out.rate == 200.0);
        CHECK_INT("key", out.key, MR_KEY_COLUMN);
        CHECK_STR("key column", out.key_column, "district");
        CHECK_INT("encode", out.encode.kind, MR_ENCODE_JSON);
        CHECK_INT("columns", out.encode.column_count, 2);
        CHECK_STR("second column", out.encode.columns[1], "b");
        CHECK_TRUE("load time", out.encode.load_time);
        CHECK_TRUE("no header", out.format.no_header);
        CHECK_INT("rows", out.rows_max, 1000);
        CHECK_INT("repeat", out.repeat, 3);
        mr_input_options_deinit(&options);
    }
}

static void test_defaults_follow_from_the_files_name(void **state)
{
    (void)state;
    static const said none[] = {{NULL, NULL}}, raw[] = {{"encode", "raw"}, {NULL, NULL}};
    static const said raw_key[] = {{"encode", "raw"}, {"partition-key", "column:a"}, {NULL, NULL}};
    static const said json[] = {{"encode", "json"}, {NULL, NULL}};
    static const said header[] = {{"encode", "raw"}, {"no-header", "false"}, {NULL, NULL}};
    static const struct {
        const char *label, *file;
        const said *words;
        mr_encode_kind encode;
        char delimiter;
        bool no_header, raw_lines;
    } cases[] = {
        {"CSV", "a.csv", none, MR_ENCODE_DELIMITED, 0, false, false},
        {"no name", NULL, none, MR_ENCODE_DELIMITED, 0, false, false},
        {"standard input", "-", none, MR_ENCODE_DELIMITED, 0, false, false},
        {"tabs", "dir/a.TSV", none, MR_ENCODE_DELIMITED, '\t', false, false},
        {"tabs, gzip", "a.tsv.gz", none, MR_ENCODE_DELIMITED, '\t', false, false},
        {"JSON lines", "a.jsonl", none, MR_ENCODE_RAW, 0, true, true},
        {"JSON lines, gzip", "a.ndjson.gz", none, MR_ENCODE_RAW, 0, true, true},
        {"JSON lines that are CSV", "a.json", json, MR_ENCODE_JSON, 0, false, false},
        {"raw CSV", "a.csv", raw, MR_ENCODE_RAW, 0, false, false},
        {"raw lines", "a.log", raw, MR_ENCODE_RAW, 0, true, true},
        {"raw lines below a header", "a.log", header, MR_ENCODE_RAW, 0, false, true},
        {"raw rows with a key column", "a.log", raw_key, MR_ENCODE_RAW, 0, false, false},
        {"an ending alone is no ending", ".jsonl", none, MR_ENCODE_DELIMITED, 0, false, false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_input_options options;
        mr_producer_options out;
        mr_error err;
        CHECK_OK(cases[i].label, apply(&options, cases[i].words, cases[i].file, &out, &err), &err);
        CHECK_INT(cases[i].label, out.encode.kind, cases[i].encode);
        CHECK_INT(cases[i].label, out.format.delimiter, cases[i].delimiter);
        CHECK_INT(cases[i].label, out.format.no_header, cases[i].no_header);
        CHECK_INT(cases[i].label, out.format.raw_lines, cases[i].raw_lines);
        mr_input_options_deinit(&options);
    }
}

static void test_options_that_do_not_go_together_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        said words[3];
        const char *piece;
    } cases[] = {
        {"a.csv", {{"encode", "raw"}, {"load-time", NULL}}, "load-time: raw rows"},
        {"a.csv", {{"encode", "raw"}, {"columns", "a"}}, "columns: raw rows"},
        {"a.jsonl", {{"partition-key", "column:a"}}, "column:NAME: a file of one record a line"},
        {"a.jsonl", {{"load-time", NULL}}, "load-time: a file of one record a line"},
        {"-", {{"repeat", "2"}}, "repeat: standard input can be read only once; name a file"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_input_options options;
        mr_producer_options out;
        mr_error err = {0};
        CHECK_CODE(cases[i].piece, apply(&options, cases[i].words, cases[i].file, &out, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].piece, err.message, cases[i].piece);
        mr_input_options_deinit(&options);
    }
}

static void test_rates_are_per_second_minute_or_hour(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double want; /* below 0: refused */
    } cases[] = {
        {"200/s", 200}, {"200", 200}, {"0.5/s", 0.5},  {"90/m", 1.5},
        {"7200/h", 2},  {"max", 0},   {"0/s", -1},     {"-1/s", -1},
        {"inf", -1},    {"nan", -1},  {"200/d", -1},   {"fast", -1},
        {"", -1},       {" 2/s", -1}, {"1e300/s", -1}, {"2000000000", -1},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_input_options options;
        mr_error err;
        mr_input_options_init(&options);
        mr_code code = mr_input_option_set(&options, "rate", cases[i].text, &err);
        CHECK_CODE(cases[i].text, code, cases[i].want < 0 ? MR_INVALID_ARGUMENT : MR_OK);
        CHECK_TRUE(cases[i].text, cases[i].want < 0 || options.rate == cases[i].want);
        mr_input_options_deinit(&options);
    }
}

static void test_partition_keys_are_chosen_by_a_word(void **state)
{
    (void)state;
    mr_input_options options;
    mr_error err;
    mr_input_options_init(&options);
    static const struct {
        const char *text;
        mr_key_choice key;
        const char *key_text;
    } cases[] = {
        {"column:a:b c", MR_KEY_COLUMN, "a:b c"},
        {"round-robin", MR_KEY_ROUND_ROBIN, NULL},
        {"const:x", MR_KEY_CONST, "x"},
        {"random", MR_KEY_RANDOM, NULL},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) { /* a later value replaces an earlier one */
        CHECK_OK(cases[i].text, mr_input_option_set(&options, "partition-key", cases[i].text, &err),
                 &err);
        CHECK_INT(cases[i].text, options.key, cases[i].key);
        CHECK_TRUE(cases[i].text, (options.key_text == NULL) == (cases[i].key_text == NULL));
        if (cases[i].key_text != NULL) {
            CHECK_STR(cases[i].text, options.key_text, cases[i].key_text);
        }
    }
    static const char *const wrong[] = {"district", "column:", "const:", "", "Random"};
    for (size_t i = 0; i < MR_COUNT(wrong); i++) {
        CHECK_CODE(wrong[i], mr_input_option_set(&options, "partition-key", wrong[i], &err),
                   MR_INVALID_ARGUMENT);
    }
    mr_input_options_deinit(&options);
}

static void test_columns_are_a_list_with_quotes_where_needed(void **state)
{
    (void)state;
    mr_input_options options;
    mr_error err;
    mr_input_options_init(&options);
    CHECK_OK("list", mr_input_option_set(&options, "columns", "a,\"b,c\", d", &err), &err);
    CHECK_INT("count", options.column_count, 3);
    CHECK_STR("quoted", options.columns[1], "b,c");
    CHECK_STR("blanks are kept", options.columns[2], " d");
    CHECK_OK("replaced", mr_input_option_set(&options, "columns", "e", &err), &err);
    CHECK_INT("count", options.column_count, 1);
    static const char *const wrong[] = {"", "a,", ",a", "a,\"b", "\"a\"b", "a\nb"};
    for (size_t i = 0; i < MR_COUNT(wrong); i++) {
        CHECK_CODE(wrong[i], mr_input_option_set(&options, "columns", wrong[i], &err),
                   MR_INVALID_ARGUMENT);
    }
    mr_input_options_deinit(&options);
}

static void test_what_cannot_be_read_is_said_with_what_can(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *want;
    } cases[] = {
        {"colums", "a", "an input has no option colums; did you mean columns?"},
        {"BatchRecord", "1", "an input has no option BatchRecord; did you mean batch-records?"},
        {"zzz", "1", "an input has no option zzz"},
        {"batch-records", "501", "batch-records: '501' is not a number from 1 to 500"},
        {"batch-records", "0", "batch-records: '0' is not a number from 1 to 500"},
        {"batch-records", "x", "batch-records: 'x' is not a number from 1 to 500"},
        {"batch-records", NULL, "batch-records: '' is not a number from 1 to 500"},
        {"batch-bytes", "99999999", "batch-bytes: '99999999' is not a number from 1 to 10485760"},
        {"rows", "0", "rows: '0' is not a number above 0 (leave it out to read all)"},
        {"repeat", "0", "repeat: '0' is not a number from 1 to 4294967295"},
        {"repeat", "4294967296", "repeat: '4294967296' is not a number from 1 to 4294967295"},
        {"load-time", "yes", "load-time: 'yes' is not true or false"},
        {"delimiter", "\"",
         "delimiter: '\"' is not one character, or tab, comma, semicolon, pipe "
         "or space"},
        {"encode", "xml",
         "encode: 'xml' is not delimited:CHARACTER (such as delimited:|), json, "
         "csv or raw"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_input_options options;
        mr_error err = {0};
        mr_input_options_init(&options);
        CHECK_CODE(cases[i].name,
                   mr_input_option_set(&options, cases[i].name, cases[i].value, &err),
                   MR_INVALID_ARGUMENT);
        CHECK_STR(cases[i].name, err.message, cases[i].want);
        mr_input_options_deinit(&options);
    }
}

static void test_every_option_of_the_table_is_found_by_name(void **state)
{
    (void)state;
    size_t count;
    const mr_input_option *table = mr_input_option_table(&count);
    for (size_t i = 0; i < count; i++) {
        CHECK_TRUE(table[i].name, mr_input_option_find(table[i].name) == &table[i]);
    }
    CHECK_TRUE("unknown", mr_input_option_find("no-such-option") == NULL);
    CHECK_TRUE("long", mr_input_option_find("an-option-with-a-name-past-all-bounds") == NULL);
}

static void test_a_copy_is_its_own(void **state)
{
    (void)state;
    mr_input_options first, second;
    mr_error err;
    mr_input_options_init(&first);
    CHECK_OK("set", mr_input_option_set(&first, "columns", "a,b", &err), &err);
    CHECK_OK("set", mr_input_option_set(&first, "partition-key", "const:k", &err), &err);
    mr_input_options_copy(&second, &first);
    mr_input_options_deinit(&first);
    CHECK_STR("column", second.columns[1], "b");
    CHECK_STR("key", second.key_text, "k");
    mr_input_options_deinit(&second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_spellings_say_the_same),
        cmocka_unit_test(test_defaults_follow_from_the_files_name),
        cmocka_unit_test(test_options_that_do_not_go_together_are_refused),
        cmocka_unit_test(test_rates_are_per_second_minute_or_hour),
        cmocka_unit_test(test_partition_keys_are_chosen_by_a_word),
        cmocka_unit_test(test_columns_are_a_list_with_quotes_where_needed),
        cmocka_unit_test(test_what_cannot_be_read_is_said_with_what_can),
        cmocka_unit_test(test_every_option_of_the_table_is_found_by_name),
        cmocka_unit_test(test_a_copy_is_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
