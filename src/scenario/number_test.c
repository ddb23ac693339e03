/* number_test.c - see expectations.h: numbers, durations and their tests in words. */
#include "src/scenario/expectations.h"

#include "sim/base/json.h"
#include "sim/base/timefmt.h"

void mr_number_write(double value, bool is_duration, mr_strbuf *out)
{
    if (is_duration) {
        mr_duration_append_words(out, (int64_t)value);
    } else {
        mr_json_append_double(out, value);
    }
}

void mr_number_test_write(const mr_number_test *test, bool is_duration, mr_strbuf *out)
{
    if (test->has_equals) {
        mr_number_write(test->equals, is_duration, out);
    } else if (test->has_least) {
        mr_strbuf_append_text(out, test->has_most ? "between " : "at least ");
        mr_number_write(test->least, is_duration, out);
        if (test->has_most) {
            mr_strbuf_append_text(out, " and ");
            mr_number_write(test->most, is_duration, out);
        }
    } else if (test->has_most) {
        mr_strbuf_append_text(out, "at most ");
        mr_number_write(test->most, is_duration, out);
    } else {
        mr_strbuf_append_text(out, "anything");
    }
}
