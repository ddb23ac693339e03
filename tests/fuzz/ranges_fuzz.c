/* ranges_fuzz.c - positions as catalog.db holds them: what reads is normalized, and is written
 * back as the same text. */
#include "sim/firehose/coverage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    mr_ranges ranges = {0};
    mr_strbuf again = mr_strbuf_make(MR_STRBUF_UNLIMITED);

    if (mr_ranges_parse(text, &ranges)) {
        for (size_t i = 0; i < ranges.count; i++) {
            const mr_range *range = &ranges.items[i];
            MR_ASSERT(mr_place_compare(range->begin, range->end) < 0);
            MR_ASSERT(i == 0 || mr_place_compare(range[-1].end, range->begin) < 0);
            MR_ASSERT(mr_ranges_contain(&ranges, range->begin));
            MR_ASSERT(!mr_ranges_contain(&ranges, range->end));
        }
        mr_ranges_format(&ranges, &again);
        MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&again), text));
    } else {
        MR_ASSERT(ranges.count == 0);
    }
    mr_ranges_deinit(&ranges);
    mr_strbuf_deinit(&again);
    return 0;
}
