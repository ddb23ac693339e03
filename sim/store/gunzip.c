/* gunzip.c - mr_gunzip() of compress.h: whole gzip bodies, with libdeflate. */
#include "sim/store/compress.h"

#include "sim/base/alloc.h"

#include <libdeflate.h>

#define GROWTH_MOST 1032 /* no byte of deflate gives more */

/* How much a member may come to: what the last four bytes say (right when there is one member
 * below 4 GiB), within what its input could give. */
static size_t first_guess(mr_bytes in)
{
    const uint8_t *end = (const uint8_t *)in.at + in.len;
    size_t said = in.len < 18 ? 0
                              : (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 |
                                    (size_t)end[-1] << 24;
    size_t most = in.len > SIZE_MAX / GROWTH_MOST ? SIZE_MAX : in.len * GROWTH_MOST;
    return mr_max_size(mr_min_size(said, most), 64);
}

/* Expands one member at the front of in; *used is its length. */
static mr_code expand_member(struct libdeflate_decompressor *expander, mr_bytes in, mr_strbuf *out,
                             size_t *used, mr_error *err)
{
    size_t left = out->limit - out->len;
    size_t guess = first_guess(in);

    for (;;) {
        size_t room_len = mr_min_size(guess, left);
        char *room = mr_strbuf_reserve(out, room_len);
        MR_ASSERT(room != NULL); /* within the limit */
        size_t got = 0;
        enum libdeflate_result result =
            libdeflate_gzip_decompress_ex(expander, in.at, in.len, room, room_len, used, &got);
        if (result == LIBDEFLATE_SUCCESS) {
            mr_strbuf_commit(out, got);
            return MR_OK;
        }
        if (result != LIBDEFLATE_INSUFFICIENT_SPACE) {
            return mr_error_set(err, MR_BAD_INPUT, "gzip data is damaged or ends early");
        }
        if (room_len == left) {
            return mr_error_set(err, MR_TOO_LARGE, "gzip data expands past %zu bytes", out->limit);
        }
        guess = guess > SIZE_MAX / 2 ? SIZE_MAX : guess * 2;
    }
}

/* Zeros after the last member are what tape drives and block devices add. */
static bool only_zeros(mr_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] != '\0') {
            return false;
        }
    }
    return true;
}

mr_code mr_gunzip(mr_bytes in, mr_strbuf *out, mr_error *err)
{
    MR_ASSERT(out != NULL && !out->overflowed);

    struct libdeflate_decompressor *expander = libdeflate_alloc_decompressor();
    MR_ASSERT(expander != NULL);
    mr_code code;
    do {
        size_t used = 0;
        code = expand_member(expander, in, out, &used, err);
        in = code == MR_OK ? mr_bytes_make(in.at + used, in.len - used) : in;
    } while (code == MR_OK && !only_zeros(in));
    libdeflate_free_decompressor(expander);
    return code;
}
