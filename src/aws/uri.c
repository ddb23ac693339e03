/* uri.c - see uri.h. */
#include "src/aws/uri.h"

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void mr_uri_encode(mr_strbuf *out, mr_bytes bytes, bool keep_slash)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.at[i];
        if (is_unreserved(c) || (keep_slash && c == '/')) {
            mr_strbuf_append_char(out, c);
            continue;
        }
        const char escape[3] = {'%', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]};
        mr_strbuf_append(out, escape, sizeof(escape));
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

void mr_uri_decode(mr_strbuf *out, mr_bytes bytes, bool plus_is_blank)
{
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.at[i];
        if (c == '%' && bytes.len - i > 2) {
            int high = hex_digit(bytes.at[i + 1]);
            int low = hex_digit(bytes.at[i + 2]);
            if (high >= 0 && low >= 0) {
                c = (char)(high << 4 | low);
                i += 2;
            }
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        mr_strbuf_append_char(out, c);
    }
}

bool mr_uri_next_parameter(mr_bytes *query, mr_uri_parameter *out)
{
    while (query->len > 0) {
        size_t len = mr_bytes_find(*query, '&');
        mr_bytes whole = mr_bytes_make(query->at, len);
        size_t taken = len < query->len ? len + 1 : len;
        *query = mr_bytes_make(query->at + taken, query->len - taken);
        if (whole.len == 0) {
            continue;
        }
        size_t equals = mr_bytes_find(whole, '=');
        bool has_value = equals < whole.len;
        *out = (mr_uri_parameter){
            .name = mr_bytes_make(whole.at, equals),
            .value = has_value ? mr_bytes_make(whole.at + equals + 1, whole.len - equals - 1)
                               : (mr_bytes){NULL, 0}};
        return true;
    }
    return false;
}
