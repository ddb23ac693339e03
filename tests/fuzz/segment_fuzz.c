/* segment_fuzz.c - a segment file of any bytes: what the scan accepts lies inside the file, is
 * numbered in order, and its marks point at records. */
#include "sim/stream/segment.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"

#define FIRST 7 /* number of the first record; the corpus is made with it */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(char *bytes, size_t size)
{
    mr_segment segment = {.first = FIRST, .floor_arrival_us = INT64_MIN};
    mr_segment_scan(&segment, bytes, size);
    MR_ASSERT(segment.end <= size || segment.count == 0);
    MR_ASSERT((segment.marks_count == 0) == (segment.count == 0));

    segment.memory = bytes;
    uint64_t offset = MR_SEGMENT_HEADER_BYTES;
    int64_t arrival_us = INT64_MIN;
    size_t marks = 0;
    for (uint64_t i = 0; i < segment.count; i++) {
        mr_record_view view;
        if (marks < segment.marks_count && segment.marks[marks].offset == offset) {
            MR_ASSERT(segment.marks[marks].number == FIRST + i);
            marks++;
        }
        offset = mr_segment_view(&segment, offset, &view);
        MR_ASSERT(offset <= size);
        MR_ASSERT(view.number == FIRST + i);
        MR_ASSERT(view.arrival_us >= arrival_us);
        MR_ASSERT(view.data.at + view.data.len <= bytes + offset);
        (void)mr_hash64(view.data.at, view.data.len); /* reads every byte */
        arrival_us = view.arrival_us;
    }
    MR_ASSERT(marks == segment.marks_count);
    MR_ASSERT(segment.count == 0 || offset == segment.end);
    mr_free(segment.marks);
}

/* Gives every record that could be one a right number and checksum, so that the fuzzer gets past
 * them to the lengths. */
static void forge(char *bytes, size_t size)
{
    uint64_t number = FIRST;
    for (uint64_t at = MR_SEGMENT_HEADER_BYTES; at <= size && size - at >= MR_RECORD_HEADER_BYTES;
         number++) {
        uint32_t data_len;
        uint16_t key_len;
        memcpy(&data_len, bytes + at + 4, sizeof(data_len));
        memcpy(&key_len, bytes + at + 36, sizeof(key_len));
        uint64_t record = mr_segment_record_bytes(key_len, data_len);
        if (record > size - at) {
            return;
        }
        memcpy(bytes + at + 8, &number, sizeof(number));
        uint32_t crc = mr_crc32c(data_len, bytes + at + 8, (size_t)record - 8);
        memcpy(bytes + at, &crc, sizeof(crc));
        at += record;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = mr_alloc(size);
    if (size > 0) {
        memcpy(bytes, data, size);
    }
    check(bytes, size);
    forge(bytes, size);
    check(bytes, size);
    mr_free(bytes);
    return 0;
}
