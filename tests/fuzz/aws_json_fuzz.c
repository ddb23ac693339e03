/*
 * aws_json_fuzz.c - a body in JSON, as the input of every operation of Kinesis; see aws_body.h.
 */
#include "tests/fuzz/aws_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    aws_body_try_all(MR_AWS_JSON, mr_bytes_make(data, size));
    return 0;
}
