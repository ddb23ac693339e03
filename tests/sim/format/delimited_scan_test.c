/* delimited_scan_test.c - LazySimple and OpenCSV lines, with the quirks of both. */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/format/delimited_scan.h"

static bool on_row(void *context, const mr_field *fields)
{
    mr_strbuf *out = context;
    for (int i = 0; i < 2; i++) {
        mr_strbuf_append_text(out, i == 0 ? "" : "|");
        switch ((mr_field_kind)fields[i].kind) {
        case MR_FIELD_MISSING:
            mr_strbuf_append_text(out, "(none)");
            break;
        case MR_FIELD_NULL:
            mr_strbuf_append_text(out, "(null)");
            break;
        case MR_FIELD_TEXT:
            mr_strbuf_append_bytes(out, mr_field_bytes(fields[i]));
            break;
        default:
            mr_delimited_plain(fields[i], '"', '\\', out);
            break;
        }
    }
    mr_strbuf_append_char(out, '\n');
    return true;
}

static void test_lines_split_as_their_serde_splits_them(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want;
        bool open_csv;
        size_t skip;
    } cases[] = {
        {"plain", "a,b,c\nd,e,f\n", "a|c\nd|f\n", true, 0},
        {"quoted", "\"a,1\",b,\"say \"\"hi\"\"\"\n", "a,1|say \"hi\"\n", true, 0},
        {"escaped quote", "\"a\\\"b\",x,c\\d\n", "a\"b|cd\n", true, 0},
        {"quotes in mid-field", "a\"b,\"c,x,y\n", "ab,c|y\n", true, 0},
        {"unterminated last field", "a,b,\"c\n", "a|(none)\n", true, 0},
        {"an empty line is NULLs", "\na,b,c\n", "(none)|(none)\na|c\n", true, 0},
        {"short line", "a\n", "a|(none)\n", true, 0},
        {"CRLF and a last line without an end", "a,b,c\r\nd,e,f", "a|c\nd|f\n", true, 0},
        {"header", "h,h,h\na,b,c\n", "a|c\n", true, 1},
        {"lazy keeps quotes", "\"a\",b,\"c\"\n", "\"a\"|\"c\"\n", false, 0},
        {"lazy null and empty", "\\N,b,\n", "(null)|\n", false, 0},
        {"lazy empty line", "\n", "|(none)\n", false, 0},
        {"lazy escape", "a\\,1,b,c\\\\\n", "a,1|c\\\n", false, 0},
    };
    static const size_t columns[] = {0, 2};
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_delimited_options options = {.open_csv = cases[i].open_csv,
                                        .separator = ',',
                                        .quote = '"',
                                        .escape = '\\',
                                        .columns = columns,
                                        .column_count = 2};
        if (strcmp(cases[i].label, "lazy null and empty") == 0) {
            options.escape = '\0';
        }
        mr_delimited_scan *scan = mr_delimited_scan_new(&options);
        mr_strbuf out = mr_strbuf_make(1000);
        CHECK_TRUE(cases[i].label, mr_delimited_scan_block(scan, mr_bytes_of(cases[i].text),
                                                           cases[i].skip, on_row, &out));
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
        mr_delimited_scan_free(scan);
    }
}

static void test_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(csv_scan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_split_as_their_serde_splits_them),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
