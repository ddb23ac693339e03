/* transform_answer_fuzz.c - any bytes as an answer: every record gets exactly one verdict, and
 * the data of those that are well lie inside what was decoded. The answer is altered as the faults
 * would, and read again. */
#include "sim/lambda/function_fault.h"
#include "sim/lambda/transform_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_and_check(mr_bytes payload)
{
    static const mr_bytes ids[] = {{"1", 1}, {"2", 1}, {"a\"b", 3}};
    mr_transform_answer answer;
    mr_transform_answer_read(payload, ids, MR_COUNT(ids), &answer);
    MR_ASSERT(answer.count == MR_COUNT(ids));
    for (size_t i = 0; i < answer.count; i++) {
        const mr_record_answer *record = &answer.records[i];
        if (record->verdict == MR_VERDICT_OK) {
            MR_ASSERT(record->data_at <= answer.data.len);
            MR_ASSERT(record->data_len <= answer.data.len - record->data_at);
        }
        MR_ASSERT((record->verdict == MR_VERDICT_FAILED) == (record->error_code != NULL));
    }
    mr_transform_answer_deinit(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const mr_fault_kind kinds[] = {MR_FAULT_LAMBDA_GARBLED, MR_FAULT_LAMBDA_IDS_MISSING,
                                          MR_FAULT_LAMBDA_IDS_REPEATED};
    mr_bytes payload = mr_bytes_make(data, size);
    read_and_check(payload);
    for (size_t i = 0; i < MR_COUNT(kinds); i++) {
        mr_strbuf altered = mr_strbuf_make(mr_function_fault_bound(size));
        mr_function_fault_alter(kinds[i], payload, &altered);
        MR_ASSERT(!altered.overflowed);
        read_and_check(mr_strbuf_bytes(&altered));
        mr_strbuf_deinit(&altered);
    }
    return 0;
}
