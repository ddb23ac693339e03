/*
 * cbor_notation.h - CBOR that a test can show: bytes in hexadecimal, 'abc' for a text string with
 * its head and <abc> for a byte string with its head, blanks anywhere between.
 *
 *   "A1 'Data' <foo>"   is   a1 64 44 61 74 61 43 66 6f 6f
 */
#ifndef MR_TESTS_SRC_AWS_CBOR_NOTATION_H
#define MR_TESTS_SRC_AWS_CBOR_NOTATION_H

#include "sim/base/strbuf.h"

#include <stdlib.h>

static inline void cbor_append_string(mr_strbuf *out, unsigned major, mr_bytes text)
{
    MR_ASSERT(text.len < 256);
    if (text.len < 24) {
        mr_strbuf_append_char(out, (char)(uint8_t)(major << 5 | (unsigned)text.len));
    } else {
        mr_strbuf_append_char(out, (char)(uint8_t)(major << 5 | 24));
        mr_strbuf_append_char(out, (char)(uint8_t)text.len);
    }
    mr_strbuf_append_bytes(out, text);
}

static inline void cbor_append(mr_strbuf *out, const char *notation)
{
    for (const char *p = notation; *p != '\0';) {
        if (*p == ' ') {
            p++;
        } else if (*p == '\'' || *p == '<') {
            const char *end = strchr(p + 1, *p == '<' ? '>' : '\'');
            MR_ASSERT(end != NULL);
            cbor_append_string(out, *p == '<' ? 2 : 3, mr_bytes_make(p + 1, (size_t)(end - p) - 1));
            p = end + 1;
        } else {
            char pair[3] = {p[0], p[1], '\0'};
            mr_strbuf_append_char(out, (char)(uint8_t)strtoul(pair, NULL, 16));
            p += 2;
        }
    }
}

#endif
