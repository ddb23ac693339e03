/* expect_number.c - tests of numbers; see expectations.h. */
#include "src/scenario/expectations.h"

#include "sim/base/json.h"
#include "sim/base/timefmt.h"

#include <math.h>

bool mr_number_test_holds(const mr_number_test *test, double value)
{
    bool equals = !test->has_equals || value == test->equals;
    bool least = !test->has_least || value >= test->least;
    bool most = !test->has_most || value <= test->most;
    return equals && least && most; /* a NaN passes no bound that is given */
}

void mr_number_write(double value, bool is_duration, mr_strbuf *out)
{
    /* Past this a double no longer tells microseconds apart (and int64_t may not hold it). */
    static const double duration_most = 9e15;
    if (!is_duration || !(fabs(value) <= duration_most)) {
        mr_json_append_double(out, value);
        return;
    }
    if (value < 0) {
        mr_strbuf_append_char(out, '-');
    }
    mr_duration_write(out, llround(fabs(value)));
}

static void write_bound(const char *words, double bound, bool is_duration, mr_strbuf *out)
{
    mr_strbuf_append_text(out, words);
    mr_number_write(bound, is_duration, out);
}

void mr_number_test_write(const mr_number_test *test, bool is_duration, mr_strbuf *out)
{
    if (test->has_equals) {
        write_bound("", test->equals, is_duration, out);
    }
    const char *also = test->has_equals ? " and " : "";
    if (test->has_least && test->has_most) {
        mr_strbuf_append_text(out, also);
        write_bound("between ", test->least, is_duration, out);
        write_bound(" and ", test->most, is_duration, out);
    } else if (test->has_least) {
        mr_strbuf_append_text(out, also);
        write_bound("at least ", test->least, is_duration, out);
    } else if (test->has_most) {
        mr_strbuf_append_text(out, also);
        write_bound("at most ", test->most, is_duration, out);
    } else if (!test->has_equals) {
        mr_strbuf_append_text(out, "any number");
    }
}
