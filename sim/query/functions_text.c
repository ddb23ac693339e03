/* functions_text.c - functions of text: characters are Unicode's, cases are too. */
#include "sim/query/functions.h"

static size_t character_size(unsigned char first)
{
    return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

static size_t next_place(mr_bytes text, size_t i)
{
    i += character_size((unsigned char)text.at[i]);
    return i > text.len ? text.len : i;
}

static size_t count_characters(mr_bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i = next_place(text, i)) {
        count++;
    }
    return count;
}

/* The byte place of character n (from 0). */
static size_t place_of(mr_bytes text, size_t n)
{
    size_t i = 0;
    while (n > 0 && i < text.len) {
        i = next_place(text, i);
        n--;
    }
    return i;
}

/* substr(s, start[, length]): from 1, negative from the end, 0 gives ''. */
static void fn_substr(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    mr_bytes text = mr_sql_fn_text(argv[0]);
    sqlite3_int64 start = sqlite3_value_int64(argv[1]);
    sqlite3_int64 count = (sqlite3_int64)count_characters(text);
    sqlite3_int64 length = argc == 3 ? sqlite3_value_int64(argv[2]) : count;
    if (start < 0) {
        start = start < -count ? 0 : start + count + 1;
    }
    if (start < 1 || start > count || length <= 0) {
        mr_sql_fn_return_text(context, mr_bytes_make("", 0));
        return;
    }
    sqlite3_int64 left = count - start + 1;
    size_t from = place_of(text, (size_t)start - 1);
    mr_bytes rest = mr_bytes_make(text.at + from, text.len - from);
    size_t len = place_of(rest, (size_t)(length < left ? length : left));
    mr_sql_fn_return_text(context, mr_bytes_make(rest.at, len));
}

/* ---- case ---- */

/* Simple case of Latin, Greek and Cyrillic, where upper and lower case are a fixed step apart or
 * neighbours. Other scripts keep theirs. */
static uint32_t to_lower(uint32_t c)
{
    if ((c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
        (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f)) {
        return c + 32;
    }
    if (c >= 0x400 && c <= 0x40f) {
        return c + 80;
    }
    bool even = (c >= 0x100 && c <= 0x137 && c != 0x130) || (c >= 0x14a && c <= 0x177) ||
                (c >= 0x460 && c <= 0x481) || (c >= 0x1e00 && c <= 0x1e95);
    bool odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
    if ((even && c % 2 == 0) || (odd && c % 2 == 1)) {
        return c + 1;
    }
    return c;
}

static uint32_t to_upper(uint32_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7) ||
        (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) || (c >= 0x430 && c <= 0x44f)) {
        return c - 32;
    }
    if (c >= 0x450 && c <= 0x45f) {
        return c - 80;
    }
    if (c == 0x3c2) { /* final sigma */
        return 0x3a3;
    }
    return c > 0x7f && c != 0x131 && to_lower(c - 1) == c ? c - 1 : c;
}

static uint32_t decode_character(mr_bytes text, size_t *i)
{
    unsigned char first = (unsigned char)text.at[*i];
    size_t size = character_size(first);
    if (size != 2 || *i + 2 > text.len) { /* cases are one or two bytes long, but Latin 1e00 */
        if (size == 3 && *i + 3 <= text.len && first == 0xe1) {
            uint32_t c = (uint32_t)(first & 0x0f) << 12 |
                         (uint32_t)((unsigned char)text.at[*i + 1] & 0x3f) << 6 |
                         ((unsigned char)text.at[*i + 2] & 0x3f);
            *i += 3;
            return c;
        }
        return 0;
    }
    uint32_t c = (uint32_t)(first & 0x1f) << 6 | ((unsigned char)text.at[*i + 1] & 0x3f);
    *i += 2;
    return c;
}

static void append_character(mr_strbuf *out, uint32_t c)
{
    char bytes[3];
    size_t n = 2;
    if (c < 0x800) {
        bytes[0] = (char)(0xc0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3f));
    } else {
        bytes[0] = (char)(0xe0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (c & 0x3f));
        n = 3;
    }
    mr_strbuf_append(out, bytes, n);
}

static void change_case(sqlite3_context *context, sqlite3_value *value, uint32_t (*fn)(uint32_t))
{
    mr_bytes text = mr_sql_fn_text(value);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.at[i];
        uint32_t wide;
        if (c < 0x80) {
            mr_strbuf_append_char(&out, (char)fn(c));
            i++;
        } else if ((wide = decode_character(text, &i)) != 0) {
            append_character(&out, fn(wide));
        } else {
            size_t after = next_place(text, i);
            mr_strbuf_append(&out, text.at + i, after - i);
            i = after;
        }
    }
    mr_sql_fn_return_text(context, mr_strbuf_bytes(&out));
    mr_strbuf_deinit(&out);
}

static void fn_lower(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (!mr_sql_fn_null(context, argc, argv)) {
        change_case(context, argv[0], to_lower);
    }
}

static void fn_upper(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (!mr_sql_fn_null(context, argc, argv)) {
        change_case(context, argv[0], to_upper);
    }
}

/* ---- ends ---- */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void trim(sqlite3_context *context, int argc, sqlite3_value **argv, bool left, bool right)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    mr_bytes text = mr_sql_fn_text(argv[0]);
    while (left && text.len > 0 && is_blank(text.at[0])) {
        text.at++;
        text.len--;
    }
    while (right && text.len > 0 && is_blank(text.at[text.len - 1])) {
        text.len--;
    }
    mr_sql_fn_return_text(context, text);
}

static void fn_trim(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    trim(context, argc, argv, true, true);
}

static void fn_ltrim(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    trim(context, argc, argv, true, false);
}

static void fn_rtrim(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    trim(context, argc, argv, false, true);
}

static void fn_starts_with(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (!mr_sql_fn_null(context, argc, argv)) {
        sqlite3_result_int(context,
                           mr_bytes_starts_with(mr_sql_fn_text(argv[0]), mr_sql_fn_text(argv[1])));
    }
}

/* ---- pieces ---- */

static size_t find(mr_bytes text, mr_bytes piece, size_t from)
{
    for (size_t i = from; i + piece.len <= text.len; i++) {
        if (memcmp(text.at + i, piece.at, piece.len) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* split_part(s, delimiter, n): from 1; past the end NULL. */
static void fn_split_part(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    mr_bytes text = mr_sql_fn_text(argv[0]), delimiter = mr_sql_fn_text(argv[1]);
    sqlite3_int64 n = sqlite3_value_int64(argv[2]);
    if (n < 1) {
        mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: Index must be greater than zero");
        return;
    }
    size_t from = 0;
    for (;;) {
        size_t stop = delimiter.len == 0 ? SIZE_MAX : find(text, delimiter, from);
        if (n == 1) {
            size_t to = stop == SIZE_MAX ? text.len : stop;
            mr_sql_fn_return_text(context, mr_bytes_make(text.at + from, to - from));
            return;
        }
        if (stop == SIZE_MAX) {
            sqlite3_result_null(context);
            return;
        }
        from = stop + delimiter.len;
        n--;
    }
}

/* An empty piece to be replaced stands between all characters. */
static void fn_replace(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    mr_bytes text = mr_sql_fn_text(argv[0]), piece = mr_sql_fn_text(argv[1]);
    mr_bytes with = argc == 3 ? mr_sql_fn_text(argv[2]) : mr_bytes_make("", 0);
    mr_strbuf out = mr_strbuf_make(512 * MR_MIB);
    size_t i = 0;
    while (i < text.len) {
        bool here = piece.len == 0 ||
                    (text.len - i >= piece.len && memcmp(text.at + i, piece.at, piece.len) == 0);
        if (here) {
            mr_strbuf_append_bytes(&out, with);
        }
        if (here && piece.len > 0) {
            i += piece.len;
            continue;
        }
        size_t after = next_place(text, i);
        mr_strbuf_append(&out, text.at + i, after - i);
        i = after;
    }
    if (piece.len == 0) {
        mr_strbuf_append_bytes(&out, with);
    }
    if (out.overflowed) {
        mr_sql_fn_fail(context, "INVALID_FUNCTION_ARGUMENT: inputs to replace are too large");
    } else {
        mr_sql_fn_return_text(context, mr_strbuf_bytes(&out));
    }
    mr_strbuf_deinit(&out);
}

static void fn_reverse(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    mr_bytes text = mr_sql_fn_text(argv[0]);
    char *reversed = sqlite3_malloc64(text.len + 1);
    if (reversed == NULL) {
        sqlite3_result_error_nomem(context);
        return;
    }
    size_t to = text.len;
    for (size_t i = 0; i < text.len;) {
        size_t after = next_place(text, i);
        to -= after - i;
        memcpy(reversed + to, text.at + i, after - i);
        i = after;
    }
    sqlite3_result_text64(context, reversed, text.len, sqlite3_free, SQLITE_UTF8);
}

static void fn_concat(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    if (mr_sql_fn_null(context, argc, argv)) {
        return;
    }
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < argc; i++) {
        mr_strbuf_append_bytes(&out, mr_sql_fn_text(argv[i]));
    }
    mr_sql_fn_return_text(context, mr_strbuf_bytes(&out));
    mr_strbuf_deinit(&out);
}

int mr_sql_text_functions_register(sqlite3 *db)
{
    static const mr_sql_fn_row rows[] = {
        {"mr_substr", 2, fn_substr},
        {"mr_substr", 3, fn_substr},
        {"mr_lower", 1, fn_lower},
        {"mr_upper", 1, fn_upper},
        {"mr_trim", 1, fn_trim},
        {"mr_ltrim", 1, fn_ltrim},
        {"mr_rtrim", 1, fn_rtrim},
        {"mr_starts_with", 2, fn_starts_with},
        {"mr_split_part", 3, fn_split_part},
        {"mr_replace", 2, fn_replace},
        {"mr_replace", 3, fn_replace},
        {"mr_reverse", 1, fn_reverse},
        {"mr_concat", -1, fn_concat},
    };
    return mr_sql_functions_add(db, rows, MR_COUNT(rows), NULL);
}
