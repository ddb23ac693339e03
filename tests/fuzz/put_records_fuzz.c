/* put_records_fuzz.c - any bytes as an endpoint's answer: results for every entry or an error, and
 * texts that fit and that a terminal does not obey. */
#include "src/net/put_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ENTRIES_MAX 4

static void read_as_results(mr_bytes answer, size_t count)
{
    mr_put_result results[ENTRIES_MAX];
    size_t failed = SIZE_MAX;
    mr_error err = {0};
    if (mr_put_records_read(answer, count, results, &failed, &err) != MR_OK) {
        MR_ASSERT(err.code == MR_BAD_INPUT);
        return;
    }
    size_t counted = 0;
    for (size_t i = 0; i < count; i++) {
        mr_code code = results[i].code;
        MR_ASSERT(code == MR_OK || code == MR_THROTTLED || code == MR_INTERNAL_FAILURE);
        counted += code != MR_OK;
    }
    MR_ASSERT(counted == failed);
}

static void check_printable(const char *text, size_t size)
{
    size_t len = strlen(text);
    MR_ASSERT(len < size);
    for (size_t i = 0; i < len; i++) {
        MR_ASSERT(text[i] >= ' ');
        MR_ASSERT(text[i] <= '~');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes answer = mr_bytes_make(data, size);
    for (size_t count = 1; count <= ENTRIES_MAX; count++) {
        read_as_results(answer, count);
    }
    mr_aws_error error;
    if (mr_aws_error_read(answer, &error)) {
        check_printable(error.type, sizeof(error.type));
        check_printable(error.message, sizeof(error.message));
        (void)mr_aws_error_is_throttling(&error);
    }
    return 0;
}
