/* sub_records_fuzz.c - any record taken apart, by a producer's carrier and by JSON ('J') or a comma
 * ('D') or neither: places follow each other from the record's begin to its end, and the
 * sub-records are pieces of it. */
#include "sim/firehose/sub_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_apart(const mr_deaggregation *deaggregation, mr_bytes data)
{
    mr_sub_records *subs = mr_sub_records_new(true, deaggregation);
    mr_record_view record = {.number = 7, .data = data, .partition_key = MR_BYTES_LITERAL("k")};
    mr_record_view sub;
    mr_range place;
    mr_place reached = mr_place_of(7);
    size_t count = 0;
    mr_sub_records_open(subs, &record);
    for (; mr_sub_records_next(subs, &sub, &place); count++) {
        MR_ASSERT(mr_place_compare(place.begin, reached) == 0);
        MR_ASSERT(sub.number == 7);
        MR_ASSERT(sub.data.len == 0 ||
                  (sub.data.at >= data.at && sub.data.at + sub.data.len <= data.at + data.len));
        reached = place.end;
    }
    MR_ASSERT(count == 0 || mr_place_compare(reached, mr_place_of(8)) == 0);
    MR_ASSERT(!mr_sub_records_are_one(subs, &record) || count == 1);
    mr_sub_records_free(subs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const mr_deaggregation json = {.type = MR_SUB_RECORD_JSON};
    static const mr_deaggregation delimited = {
        .type = MR_SUB_RECORD_DELIMITED, .delimiter_len = 1, .delimiter = ","};
    if (size == 0) {
        return 0;
    }
    mr_bytes rest = mr_bytes_make(data + 1, size - 1);
    take_apart(data[0] == 'J' ? &json : data[0] == 'D' ? &delimited : NULL, rest);
    return 0;
}
