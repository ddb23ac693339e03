/* date_pattern_fuzz.c - a pattern, a newline, a text: reading never misbehaves, and what a
 * pattern reads, written again and read again, is the same instant. */
#include "sim/base/date_pattern.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char spelling[MR_DATE_PATTERN_MAX + 1];
    mr_bytes input = mr_bytes_make(data, size);
    size_t end = mr_bytes_find(input, '\n');
    if (end > MR_DATE_PATTERN_MAX) {
        return 0;
    }
    memcpy(spelling, data, end);
    spelling[end] = '\0';
    mr_bytes text =
        end == size ? (mr_bytes){NULL, 0} : mr_bytes_make(input.at + end + 1, size - end - 1);

    mr_date_pattern *pattern;
    if (mr_date_pattern_new(spelling, &pattern, NULL) != MR_OK) {
        return 0;
    }
    mr_strbuf written = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    int64_t first;
    if (mr_date_pattern_parse(pattern, text, &first)) {
        mr_date_pattern_format(pattern, first, &written);
        int64_t second;
        /* Optional parts that were absent are written, and narrow names are no one's own. */
        if (strpbrk(spelling, "[MLQqEecGuXxZO") == NULL &&
            mr_date_pattern_parse(pattern, mr_strbuf_bytes(&written), &second) && second != first) {
            abort();
        }
    }
    mr_date_pattern_format(pattern, (int64_t)size * INT64_C(1234567890123), &written);
    mr_strbuf_deinit(&written);
    mr_date_pattern_free(pattern);
    return 0;
}
