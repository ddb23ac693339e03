/* json_scan_test.c - JSON lines: what the fast path and the careful reader make of them. */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/format/json_scan.h"
#include "sim/format/json_text.h"
#include "sim/time/rng.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); /* json_scan_fuzz.c */

typedef struct sink {
    mr_strbuf rows; /* "kind=text,..." a row, '\n' after each */
    size_t columns;
    size_t most; /* rows to take */
} sink;

static bool on_row(void *context, const mr_field *fields)
{
    static const char *const kinds[] = {"missing", "null",   "text",    "escaped",
                                        "number",  "true",   "false",   "{}",
                                        "[]",      "quoted", "slashed", "no object"};
    sink *s = context;
    for (size_t i = 0; i < s->columns; i++) {
        mr_strbuf_appendf(&s->rows, "%s%s=%.*s", i == 0 ? "" : ",", kinds[fields[i].kind],
                          (int)fields[i].len, fields[i].at == NULL ? "" : fields[i].at);
    }
    mr_strbuf_append_char(&s->rows, '\n');
    return --s->most > 0;
}

static mr_code scan_text(mr_json_scan *scan, const char *text, sink *s, mr_error *err)
{
    size_t len = strlen(text);
    char *memory = mr_calloc(1, len + MR_BLOCK_PADDING);
    memcpy(memory, text, len);
    memory[len] = '\n';
    bool stopped;
    mr_code code = mr_json_scan_block(scan, mr_bytes_make(memory, len), "s3://b/k", 0, on_row, s,
                                      &stopped, err);
    mr_free(memory);
    return code;
}

static void test_rows_hold_the_members_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want;
    } cases[] = {
        {"plain", "{\"a\":1,\"s\":{\"x\":\"y\"}}\n", "number=1,text=y\n"},
        {"same shape", "{\"a\":1,\"s\":{\"x\":\"y\"}}\n{\"a\":-2.5,\"s\":{\"x\":null}}\n",
         "number=1,text=y\nnumber=-2.5,null=null\n"},
        {"any order, any case", "{\"S\":{\"X\":true},\"A\":false}\n", "false=false,true=true\n"},
        {"missing", "{\"b\":1}\n{}\n", "missing=,missing=\nmissing=,missing=\n"},
        {"the last wins", "{\"a\":1,\"a\":2,\"s\":{\"x\":1},\"s\":{}}\n", "number=2,missing=\n"},
        {"escapes", "{\"a\":\"q\\\"\",\"s\":{\"x\":\"\\u0041\"}}\n",
         "escaped=q\\\",escaped=\\u0041\n"},
        {"escaped key", "{\"\\u0061\":1}\n", "number=1,missing=\n"},
        {"nested as a whole", "{\"a\":{\"k\":[1, \"}\"]},\"s\":[1]}\n",
         "{}={\"k\":[1, \"}\"]},no object=[1]\n"},
        {"null and empty parents", "{\"s\":null}\n{\"s\":\"\"}\n{\"s\":3}\n",
         "missing=,null=null\nmissing=,null=\nmissing=,no object=3\n"},
        {"blanks", " { \"a\" :\t1 , \"s\":{ } } \n{\"a\":1}\n",
         "number=1,missing=\n"
         "number=1,missing=\n"},
        {"line ends", "{\"a\":1}\r\n{\"a\":2}\r\n{\"a\":3}\r{\"a\":4}",
         "number=1,missing=\nnumber=2,missing=\nnumber=3,missing=\nnumber=4,missing=\n"},
        {"blank lines are rows", "\n{\"a\":1}\n  \n",
         "missing=,missing=\nnumber=1,missing=\nmissing=,missing=\n"},
        {"the first of a line", "{\"a\":1}{\"a\":2}\n{\"a\":3}, {\"a\":4} x\n",
         "number=1,missing=\nnumber=3,missing=\n"},
        {"lenient", "{'a':x, s => {x=TRUE;}}\n", "text=x,true=TRUE\n"},
        {"raw tab", "{\"a\":\"p\tq\"}\n", "text=p\tq,missing=\n"},
    };
    static const char *const paths[] = {"a", "s\x1fx"};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (int level = 0; level <= (int)mr_vector_best(); level++) {
            mr_error err;
            mr_json_scan *scan = mr_json_scan_new(&(mr_json_scan_options){
                .paths = paths, .path_count = 2, .lenient = true, .level = (mr_vector_level)level});
            sink s = {.rows = mr_strbuf_make(MR_STRBUF_UNLIMITED), .columns = 2, .most = SIZE_MAX};
            CHECK_OK(cases[i].label, scan_text(scan, cases[i].text, &s, &err), &err);
            CHECK_STR(cases[i].label, mr_strbuf_text(&s.rows), cases[i].want);
            mr_strbuf_deinit(&s.rows);
            mr_json_scan_free(scan);
        }
    }
}

static void test_malformed_lines_say_where_and_lost_records_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
        bool lenient;
    } cases[] = {
        {"{\"a\":1}\nx\n", "line at byte 8: x", true},
        {"{\"a\":1\n", "Expected a ',' or '}'", true},
        {"{\"a\":\"1}\n", "Unterminated string", true},
        {"{\"a\" 1}\n", "Expected a ':' after a key", true},
        {"{\"a\":}\n", "Missing value", true},
        {"{\"a\":01}\n", "NOT_SUPPORTED", true},
        {"{\"a\":0x1F}\n", "NOT_SUPPORTED", true},
        {"{\"a\":1 /* c */}\n", "Expected a ','", true},
        {"[1,2]\n", "a row that is a JSON array", true},
        {"{'a':1}\n", "Expected a key in double quotes", false},
        {"{\"a\":1,}\n", "Expected a key in double quotes", false},
        {"{\"a\":\"p\tq\"}\n", "not JSON", false},
    };
    static const char *const paths[] = {"a"};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err;
        mr_json_scan *scan = mr_json_scan_new(
            &(mr_json_scan_options){.paths = paths, .path_count = 1, .lenient = cases[i].lenient});
        sink s = {.rows = mr_strbuf_make(MR_STRBUF_UNLIMITED), .columns = 1, .most = SIZE_MAX};
        CHECK_CODE(cases[i].text, scan_text(scan, cases[i].text, &s, &err), MR_QUERY_FAILED);
        CHECK_HAS(cases[i].text, err.message, cases[i].want);
        CHECK_HAS(cases[i].text, err.message, "s3://b/k");
        mr_strbuf_deinit(&s.rows);
        mr_json_scan_free(scan);
    }
    mr_error err;
    uint64_t lines;
    mr_json_scan *scan =
        mr_json_scan_new(&(mr_json_scan_options){.paths = paths, .path_count = 1, .lenient = true});
    sink s = {.rows = mr_strbuf_make(MR_STRBUF_UNLIMITED), .columns = 1, .most = 2};
    CHECK_OK(
        "lost",
        scan_text(scan, "{\"a\":1}{\"a\":2}{\"a\":3}\n{\"a\":4} {\"a\"\n{\"a\":5}\n", &s, &err),
        &err);
    CHECK_INT("lost", mr_json_scan_lost(scan, &lines), 3);
    CHECK_INT("lines", lines, 2);
    CHECK_STR("stopped by the sink", mr_strbuf_text(&s.rows), "number=1\nnumber=4\n");
    mr_strbuf_deinit(&s.rows);
    mr_json_scan_free(scan);
}

/* ---- random lines ---- */

static void append_value(mr_strbuf *out, mr_prng *prng, int depth)
{
    static const char *const strings[] = {
        "",         "x",     "plain text", "q\\\"q", "\\u00e9",
        "\xc3\xa9", "a\\\\", "\\n\\t",     "{[:,]}", "a longer text than one vector of bytes"};
    static const char *const numbers[] = {"0", "-1", "12.5", "1e3", "-0.25E-2", "1234567890123"};
    uint64_t kind = mr_prng_below(prng, depth > 2 ? 5 : 7);
    if (kind < 2) {
        mr_strbuf_appendf(out, "\"%s\"", strings[mr_prng_below(prng, MR_COUNT(strings))]);
    } else if (kind < 4) {
        mr_strbuf_append_text(out, numbers[mr_prng_below(prng, MR_COUNT(numbers))]);
    } else if (kind == 4) {
        static const char *const words[] = {"true", "false", "null"};
        mr_strbuf_append_text(out, words[mr_prng_below(prng, 3)]);
    } else {
        bool object = kind == 5;
        static const char *const keys[] = {"x", "y", "u", "v", "X"};
        mr_strbuf_append_char(out, object ? '{' : '[');
        uint64_t count = mr_prng_below(prng, 4);
        for (uint64_t i = 0; i < count; i++) {
            mr_strbuf_append_text(out, i == 0 ? "" : mr_prng_below(prng, 2) ? "," : " , ");
            if (object) {
                mr_strbuf_appendf(out, "\"%s\":", keys[mr_prng_below(prng, MR_COUNT(keys))]);
            }
            append_value(out, prng, depth + 1);
        }
        mr_strbuf_append_char(out, object ? '}' : ']');
    }
}

static void append_line(mr_strbuf *out, mr_prng *prng)
{
    static const char *const keys[] = {"a", "b", "s", "t", "other", "A", "S"};
    uint64_t first = mr_prng_below(prng, 3);
    mr_strbuf_append_char(out, '{');
    uint64_t count = 2 + mr_prng_below(prng, 4);
    for (uint64_t i = 0; i < count; i++) {
        mr_strbuf_appendf(out, "%s\"%s\":", i == 0 ? "" : ",", keys[(first + i) % MR_COUNT(keys)]);
        append_value(out, prng, 0);
    }
    mr_strbuf_append_text(out, "}\n");
}

static const cJSON *last_member(const cJSON *object, const char *name)
{
    const cJSON *found = NULL;
    for (const cJSON *m = object->child; m != NULL; m = m->next) {
        if (mr_bytes_equal_nocase(mr_bytes_of(m->string), mr_bytes_of(name))) {
            found = m;
        }
    }
    return found;
}

/* A plain reader's opinion of one field. */
static void check_field(const char *line, mr_field field, const cJSON *want)
{
    if (want == NULL) {
        CHECK_INT(line, field.kind, MR_FIELD_MISSING);
    } else if (cJSON_IsString(want)) {
        mr_strbuf plain = mr_strbuf_make(1000);
        mr_json_unescape(mr_field_bytes(field), &plain);
        CHECK_TRUE(line, field.kind == MR_FIELD_TEXT || field.kind == MR_FIELD_ESCAPED);
        CHECK_STR(line, mr_strbuf_text(&plain), want->valuestring);
        mr_strbuf_deinit(&plain);
    } else if (cJSON_IsNumber(want)) {
        char *text = mr_bytes_dup(mr_field_bytes(field));
        CHECK_INT(line, field.kind, MR_FIELD_NUMBER);
        CHECK_TRUE(line, strtod(text, NULL) == want->valuedouble);
        mr_free(text);
    } else {
        mr_field_kind kind = cJSON_IsNull(want)     ? MR_FIELD_NULL
                             : cJSON_IsTrue(want)   ? MR_FIELD_TRUE
                             : cJSON_IsFalse(want)  ? MR_FIELD_FALSE
                             : cJSON_IsObject(want) ? MR_FIELD_OBJECT
                                                    : MR_FIELD_ARRAY;
        CHECK_INT(line, field.kind, kind);
    }
}

typedef struct oracle {
    const char *p; /* the text of the next line */
} oracle;

static bool on_random_row(void *context, const mr_field *fields)
{
    oracle *o = context;
    const char *feed = strchr(o->p, '\n');
    char *line = mr_strndup(o->p, (size_t)(feed - o->p));
    cJSON *want = cJSON_Parse(line);
    CHECK_TRUE(line, want != NULL);
    check_field(line, fields[0], last_member(want, "a"));
    check_field(line, fields[1], last_member(want, "b"));
    const cJSON *s = last_member(want, "s");
    if (s != NULL && cJSON_IsObject(s)) {
        check_field(line, fields[2], last_member(s, "x"));
    } else if (s != NULL && !cJSON_IsNull(s) && !(cJSON_IsString(s) && s->valuestring[0] == 0)) {
        CHECK_INT(line, fields[2].kind, MR_FIELD_NOT_OBJECT);
    }
    cJSON_Delete(want);
    mr_free(line);
    o->p = feed + 1;
    return true;
}

static void test_random_lines_read_as_a_plain_reader_reads_them(void **state)
{
    (void)state;
    static const char *const paths[] = {"a", "b", "s\x1fx"};
    mr_prng prng = mr_prng_named(1, "json lines");
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 3000; i++) {
        append_line(&text, &prng);
    }
    size_t len = text.len;
    (void)mr_strbuf_reserve(&text, MR_BLOCK_PADDING);
    memset(text.at + len, 0, MR_BLOCK_PADDING);
    for (int level = 0; level <= (int)mr_vector_best(); level++) {
        mr_json_scan *scan = mr_json_scan_new(&(mr_json_scan_options){
            .paths = paths, .path_count = 3, .level = (mr_vector_level)level});
        oracle o = {.p = text.at};
        bool stopped;
        mr_error err;
        CHECK_OK("scan",
                 mr_json_scan_block(scan, mr_bytes_make(text.at, len), "o", 0, on_random_row, &o,
                                    &stopped, &err),
                 &err);
        CHECK_INT("all lines", o.p - text.at, len);
        mr_json_scan_free(scan);
    }
    mr_strbuf_deinit(&text);
}

/* The fuzz target compares the vector widths and the careful reader, and aborts on a difference. */
static void test_damaged_lines_are_the_same_to_every_vector_width(void **state)
{
    (void)state;
    static const char bytes[] = "\"\\{}[]:,\n\r0e-. '=;tfn\t#/x";
    mr_prng prng = mr_prng_named(2, "damaged lines");
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int round = 0; round < 1500; round++) {
        mr_strbuf_reset(&text);
        mr_strbuf_append_char(&text, (char)mr_prng_below(&prng, 4));
        for (int i = 0; i < 6; i++) {
            append_line(&text, &prng);
        }
        for (uint64_t n = mr_prng_below(&prng, 4); n > 0; n--) {
            text.at[1 + mr_prng_below(&prng, text.len - 1)] =
                bytes[mr_prng_below(&prng, sizeof(bytes) - 1)];
        }
        LLVMFuzzerTestOneInput((const uint8_t *)text.at, text.len);
    }
    mr_strbuf_deinit(&text);
}

static void test_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(json_scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_hold_the_members_asked_for),
        cmocka_unit_test(test_malformed_lines_say_where_and_lost_records_are_counted),
        cmocka_unit_test(test_random_lines_read_as_a_plain_reader_reads_them),
        cmocka_unit_test(test_damaged_lines_are_the_same_to_every_vector_width),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
