/* html.c - see html.h. */
#include "src/web/html.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const char *reference_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static bool is_control(mr_bytes piece)
{
    const unsigned char c = (unsigned char)piece.at[0];
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f;
}

void mr_html_text(mr_strbuf *out, mr_bytes text)
{
    while (text.len > 0) {
        bool well_formed;
        const size_t n = mr_bytes_utf8_piece(text, &well_formed);
        const char *reference = reference_of(text.at[0]);
        if (reference != NULL) {
            mr_strbuf_append_text(out, reference);
        } else if (!well_formed || is_control(text)) {
            mr_strbuf_append_text(out, REPLACEMENT);
        } else {
            mr_strbuf_append(out, text.at, n);
        }
        text = mr_bytes_make(text.at + n, text.len - n);
    }
}
