/* gunzip_fuzz.c - any bytes as a gzip body: expanded within the limit, or refused. */
#include "sim/store/compress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_strbuf out = mr_strbuf_make(64 * MR_KIB);
    mr_error err;
    mr_code code = mr_gunzip(mr_bytes_make(data, size), &out, &err);
    MR_ASSERT(out.len <= out.limit);
    MR_ASSERT(code == MR_OK || err.message[0] != '\0');
    mr_strbuf_deinit(&out);
    return 0;
}
