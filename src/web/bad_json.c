/* bad_json.c - see bad_json.h. */
#include "src/web/bad_json.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* The place of the first byte that is no UTF-8; the length, when all is well. */
static size_t first_bad_byte(mr_bytes text)
{
    size_t at = 0;
    while (at < text.len) {
        bool well_formed;
        const size_t n =
            mr_bytes_utf8_piece(mr_bytes_make(text.at + at, text.len - at), &well_formed);
        if (!well_formed) {
            break;
        }
        at += n;
    }
    return at;
}

void mr_bad_json_say(mr_strbuf *out, mr_bytes body, size_t place)
{
    const size_t bad = first_bad_byte(body);
    if (mr_bytes_trim(body).len == 0) {
        mr_strbuf_append_text(out, "body is empty");
    } else if (mr_bytes_starts_with(body, mr_bytes_of(BYTE_ORDER_MARK))) {
        mr_strbuf_append_text(out, "body begins with a byte order mark (EF BB BF), which JSON must "
                                   "not have: send it without");
    } else if (bad < body.len && bad <= place) {
        mr_strbuf_appendf(out, "body is not UTF-8: see byte %zu of %zu", bad, body.len);
    } else {
        mr_strbuf_appendf(out, "body is not JSON: see byte %zu of %zu", place, body.len);
    }
}
