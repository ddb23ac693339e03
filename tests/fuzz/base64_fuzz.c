/* base64_fuzz.c - what decodes is strict: encoded again, it is the very same text. */
#include "sim/base/base64.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes text = mr_bytes_make(data, size);
    mr_strbuf decoded = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf encoded = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (mr_base64_decode(&decoded, text)) {
        mr_base64_encode(&encoded, mr_strbuf_bytes(&decoded));
        if (!mr_bytes_equal(mr_strbuf_bytes(&encoded), text)) {
            abort();
        }
    } else if (decoded.len != 0) {
        abort();
    }
    mr_strbuf_deinit(&decoded);
    mr_strbuf_deinit(&encoded);
    return 0;
}
