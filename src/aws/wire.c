/* wire.c - see wire.h. */
#include "src/aws/wire.h"

void mr_aws_append_shown(mr_strbuf *out, mr_bytes value)
{
    if (value.len <= MR_AWS_SHOWN_BYTES_MAX) {
        mr_strbuf_append_bytes(out, value);
        return;
    }
    size_t len = MR_AWS_SHOWN_BYTES_MAX;
    while (len > 0 && ((uint8_t)value.at[len] & 0xc0) == 0x80) {
        len--;
    }
    mr_strbuf_append(out, value.at, len);
    mr_strbuf_append_text(out, "...");
}
