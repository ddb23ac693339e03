/* key_path.c - see key_path.h. */
#include "sim/store/key_path.h"

#define NAME_BYTES_MAX 254 /* of a file's name: 255, less the '%' of a file beside a folder */
#define CUT_MARK       "%-"
#define CUT_BYTES_MAX  (NAME_BYTES_MAX - 2) /* of a name that goes on, without its mark */

static const char hex_digits[] = "0123456789ABCDEF";

/* The length of the well-formed UTF-8 character at the front of bytes; 0 when there is none. */
static size_t utf8_length(mr_bytes bytes)
{
    unsigned char lead = (unsigned char)bytes.at[0];
    size_t len = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;

    return len <= bytes.len && mr_bytes_is_utf8(mr_bytes_make(bytes.at, len)) ? len : 0;
}

typedef struct encoder {
    mr_strbuf *out;
    size_t name_len; /* bytes of the name being written */
    size_t left;     /* bytes that the rest of the segment will take */
} encoder;

/* Writes what must stay together: a character or an escape. */
static void put_unit(encoder *e, const char *unit, size_t len)
{
    /* Cut when the whole rest no longer fits and this unit and a mark would not either. */
    if (e->name_len + e->left > NAME_BYTES_MAX && e->name_len + len > CUT_BYTES_MAX) {
        mr_strbuf_append_text(e->out, CUT_MARK "/");
        e->name_len = 0;
    }
    mr_strbuf_append(e->out, unit, len);
    e->name_len += len;
    e->left -= len;
}

/* The next unit of a segment. Returns how many bytes of the segment it stands for. */
static size_t next_unit(mr_bytes rest, char unit[4], size_t *unit_len)
{
    unsigned char byte = (unsigned char)rest.at[0];
    size_t len = utf8_length(rest);

    if (len == 0 || byte < 0x20 || byte == 0x7F || byte == '%') {
        unit[0] = '%';
        unit[1] = hex_digits[byte >> 4];
        unit[2] = hex_digits[byte & 15];
        *unit_len = 3;
        return 1;
    }
    memcpy(unit, rest.at, len);
    *unit_len = len;
    return len;
}

static void put_segment(mr_strbuf *out, mr_bytes segment)
{
    char unit[4];
    size_t unit_len;

    if (segment.len == 0) {
        mr_strbuf_append_char(out, '%');
        return;
    }
    if (mr_bytes_is(segment, ".") || mr_bytes_is(segment, "..")) {
        mr_strbuf_append_text(out, segment.len == 1 ? "%2E" : "%2E%2E");
        return;
    }
    encoder e = {.out = out};
    for (size_t i = 0; i < segment.len;) {
        i += next_unit(mr_bytes_make(segment.at + i, segment.len - i), unit, &unit_len);
        e.left += unit_len;
    }
    for (size_t i = 0; i < segment.len;) {
        i += next_unit(mr_bytes_make(segment.at + i, segment.len - i), unit, &unit_len);
        put_unit(&e, unit, unit_len);
    }
}

void mr_key_to_path(mr_strbuf *out, mr_bytes key)
{
    MR_ASSERT(out != NULL);
    MR_ASSERT(key.len > 0);

    for (size_t i = 0;; i++) {
        mr_bytes rest = mr_bytes_make(key.at + i, key.len - i);
        size_t len = mr_bytes_find(rest, '/');
        put_segment(out, mr_bytes_make(rest.at, len));
        i += len;
        if (i == key.len) {
            return;
        }
        mr_strbuf_append_char(out, '/');
    }
}

static int hex_value(char digit)
{
    const char *at = digit == '\0' ? NULL : strchr(hex_digits, digit);
    return at == NULL ? -1 : (int)(at - hex_digits);
}

/* Appends what a path says, as far as it can be read at all: whether it is the path that the key
 * gives is asked afterwards. */
static bool read_path(mr_strbuf *out, mr_bytes path)
{
    for (size_t i = 0; i < path.len; i++) {
        if (path.at[i] != '%') {
            mr_strbuf_append_char(out, path.at[i]);
            continue;
        }
        mr_bytes rest = mr_bytes_make(path.at + i + 1, path.len - i - 1);
        bool alone = i == 0 || path.at[i - 1] == '/';
        if (alone && (rest.len == 0 || rest.at[0] == '/')) {
            continue; /* an empty segment */
        }
        if (mr_bytes_starts_with(rest, MR_BYTES_LITERAL("-/"))) {
            i += 2; /* the segment goes on in the folder */
            continue;
        }
        int high = rest.len < 2 ? -1 : hex_value(rest.at[0]);
        int low = rest.len < 2 ? -1 : hex_value(rest.at[1]);
        if (high < 0 || low < 0) {
            return false;
        }
        mr_strbuf_append_char(out, (char)(high << 4 | low));
        i += 2;
    }
    return true;
}

/* Whether mr_key_to_path() of what was appended to out since `start` is this very path. */
static bool gives_path(const mr_strbuf *out, size_t start, mr_bytes path)
{
    mr_strbuf again = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    bool same = false;

    if (out->len > start) {
        mr_key_to_path(&again, mr_bytes_make(out->at + start, out->len - start));
        same = mr_bytes_equal(mr_strbuf_bytes(&again), path);
    }
    mr_strbuf_deinit(&again);
    return same;
}

static bool read_exact(mr_strbuf *out, mr_bytes path)
{
    size_t start = out->len;

    if (path.len > 0 && read_path(out, path) && gives_path(out, start, path)) {
        return true;
    }
    if (out->at != NULL) {
        out->len = start;
        out->at[start] = '\0';
    }
    return false;
}

bool mr_path_to_key(mr_strbuf *out, mr_bytes path)
{
    MR_ASSERT(out != NULL);

    if (read_exact(out, path)) {
        return true;
    }
    return mr_bytes_ends_with(path, MR_BYTES_LITERAL("%")) &&
           read_exact(out, mr_bytes_make(path.at, path.len - 1));
}
