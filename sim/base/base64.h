/*
 * base64.h - RFC 4648 base64 with padding, as the AWS APIs carry blobs.
 */
#ifndef MR_SIM_BASE_BASE64_H
#define MR_SIM_BASE_BASE64_H

#include "sim/base/strbuf.h"

static inline size_t mr_base64_encoded_size(size_t len)
{
    return (len + 2) / 3 * 4;
}

/* The most bytes that a text of len characters stands for. */
static inline size_t mr_base64_decoded_size_max(size_t len)
{
    return len / 4 * 3;
}

void mr_base64_encode(mr_strbuf *out, mr_bytes in);

/* Appends the decoded bytes. False, with nothing appended, when in is not strict base64: length
 * a multiple of 4, the standard alphabet, padding only at the end, unused bits zero. */
MR_NODISCARD bool mr_base64_decode(mr_strbuf *out, mr_bytes in);

/* The same into memory with room for mr_base64_decoded_size_max(in.len) bytes. When it is false,
 * what that memory holds is not defined. */
MR_NODISCARD bool mr_base64_decode_to(char *to, mr_bytes in, size_t *written);

#endif
