/* pattern_fuzz.c - a pattern and a text, parted by the first line end: an answer within the budget.
 */
#include "sim/base/pattern.h"

#include "sim/base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes all = mr_bytes_make(data, size);
    size_t end = mr_bytes_find(all, '\n');
    char *pattern = mr_strndup(all.at == NULL ? "" : all.at, end);
    mr_bytes text = end < size ? mr_bytes_make(all.at + end + 1, size - end - 1) : mr_bytes_of("");
    (void)mr_pattern_match(pattern, text);
    mr_free(pattern);
    return 0;
}
