/* batch_response_fuzz.c - any bytes as an answer: one verdict, and a place that is in the batch. */
#include "sim/mapping/batch_response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* "1" .. "9" are the records of the batch. */
static bool find(void *context, mr_bytes identifier, size_t *place)
{
    (void)context;
    if (identifier.len != 1 || identifier.at[0] < '1' || identifier.at[0] > '9') {
        return false;
    }
    *place = (size_t)(identifier.at[0] - '1');
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t lowest = 0;
    mr_batch_verdict verdict =
        mr_batch_response_read(mr_bytes_make(data, size), find, NULL, &lowest);
    MR_ASSERT(lowest < 9);
    MR_ASSERT(verdict == MR_BATCH_PARTIAL || lowest == 0);
    return 0;
}
