/* json_string_fuzz.c - whatever the bytes, the string written is UTF-8 without bare quotes or
 * controls; and bytes that are UTF-8 lose nothing. */
#include "sim/base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Undoes the escapes that the writer knows. */
static void unescape(mr_bytes text, mr_strbuf *out)
{
    static const char letters[] = "btnfr";
    static const char controls[] = "\b\t\n\f\r";
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\\') {
            mr_strbuf_append_char(out, text.at[i]);
            continue;
        }
        i++;
        const char *letter = strchr(letters, text.at[i]);
        if (text.at[i] == 'u') {
            char digits[5] = {0};
            memcpy(digits, text.at + i + 1, 4);
            mr_strbuf_append_char(out, (char)strtol(digits, NULL, 16));
            i += 4;
        } else {
            mr_strbuf_append_char(out, letter == NULL ? text.at[i] : controls[letter - letters]);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes value = mr_bytes_make(data, size);
    mr_strbuf written = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json_append_string(&written, value);
    mr_bytes inner = mr_bytes_make(written.at + 1, written.len - 2);
    if (!mr_bytes_is_utf8(mr_strbuf_bytes(&written)) || written.at[0] != '"' ||
        written.at[written.len - 1] != '"') {
        abort();
    }
    for (size_t i = 0; i < inner.len; i++) {
        if ((uint8_t)inner.at[i] < 0x20) {
            abort();
        }
    }
    mr_strbuf read = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    unescape(inner, &read);
    if (mr_bytes_is_utf8(value) && !mr_bytes_equal(mr_strbuf_bytes(&read), value)) {
        abort();
    }
    mr_strbuf_deinit(&written);
    mr_strbuf_deinit(&read);
    return 0;
}
