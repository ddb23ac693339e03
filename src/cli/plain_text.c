/* plain_text.c - see plain_text.h. */
#include "src/cli/plain_text.h"

static bool is_control(mr_bytes piece)
{
    const unsigned char first = (unsigned char)piece.at[0];
    return first < 0x20 || first == 0x7f ||
           (first == 0xc2 && piece.len == 2 && (unsigned char)piece.at[1] < 0xa0);
}

static void append_escaped(mr_strbuf *out, char byte)
{
    switch (byte) {
    case '\n':
        mr_strbuf_append_text(out, "\\n");
        return;
    case '\r':
        mr_strbuf_append_text(out, "\\r");
        return;
    case '\t':
        mr_strbuf_append_text(out, "\\t");
        return;
    case '\\':
        mr_strbuf_append_text(out, "\\\\");
        return;
    default:
        mr_strbuf_appendf(out, "\\x%02x", (unsigned)(unsigned char)byte);
        return;
    }
}

void cli_append_plain(mr_strbuf *out, mr_bytes text)
{
    while (text.len > 0) {
        bool is_well_formed;
        const size_t len = mr_bytes_utf8_piece(text, &is_well_formed);
        const mr_bytes piece = mr_bytes_make(text.at, len);
        if (is_well_formed && !is_control(piece) && piece.at[0] != '\\') {
            mr_strbuf_append_bytes(out, piece);
        } else {
            for (size_t i = 0; i < len; i++) {
                append_escaped(out, piece.at[i]);
            }
        }
        text = mr_bytes_make(text.at + len, text.len - len);
    }
}
