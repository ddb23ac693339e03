/* aws_cbor_fuzz.c - the same as aws_json_fuzz.c in CBOR. */
#include "tests/fuzz/aws_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aws_body_try_all(MR_AWS_CBOR, mr_bytes_make(data, size));
    return 0;
}
