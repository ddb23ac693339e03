/* plain_text_test.c - text as a part of one line. */
#include "src/cli/plain_text.h"

#include "tests/check.h"

static void test_what_would_break_a_line_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want;
    } cases[] = {
        {"nothing", "", ""},
        {"plain", "crimes/2006/a b=+~.gz", "crimes/2006/a b=+~.gz"},
        {"UTF-8", "\xc3\xa4/\xe2\x82\xac/\xf0\x9f\x98\x80",
         "\xc3\xa4/\xe2\x82\xac/\xf0\x9f\x98\x80"},
        {"line breaks", "a\nb\r\nc\t", "a\\nb\\r\\nc\\t"},
        {"a terminal's", "\x1b[31m\x7f", "\\x1b[31m\\x7f"},
        {"a backslash", "a\\nb", "a\\\\nb"},
        {"no UTF-8", "a\xff\xc3(", "a\\xff\\xc3("},
        {"cut off", "\xe2\x82", "\\xe2\\x82"},
        {"C1", "\xc2\x85\xc2\x9b\xc2\xa0", "\\xc2\\x85\\xc2\\x9b\xc2\xa0"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        cli_append_plain(&out, mr_bytes_of(cases[i].text));
        CHECK_STR(cases[i].label, mr_strbuf_text(&out), cases[i].want);
        mr_strbuf_deinit(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_would_break_a_line_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
