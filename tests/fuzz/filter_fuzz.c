/* filter_fuzz.c - the first line as a pattern, the rest as a record's data: it is refused with a
 * reason, or says of the record whether it fits, and the same when asked again. */
#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "sim/mapping/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    size_t line = mr_bytes_find(text, '\n');
    char *pattern = mr_strndup(text.at == NULL ? "" : text.at, line);
    const char *patterns[] = {pattern};
    mr_filter *filter = NULL;
    mr_error err;
    mr_code code = mr_filter_new(patterns, 1, &filter, &err);
    if (code == MR_OK) {
        mr_bytes rest = line < size ? mr_bytes_make(text.at + line + 1, size - line - 1)
                                    : mr_bytes_make(NULL, 0);
        mr_record_view record = {.number = 1, .data = rest, .partition_key = {"k", 1}};
        bool fits = mr_filter_fits(filter, "1", &record);
        MR_ASSERT(fits == mr_filter_fits(filter, "1", &record));
    } else {
        MR_ASSERT(code == MR_INVALID_ARGUMENT || code == MR_UNSUPPORTED);
        MR_ASSERT(err.message[0] != '\0');
    }
    mr_filter_free(filter);
    mr_free(pattern);
    return 0;
}
