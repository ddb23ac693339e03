/* json_reader.c - see json_reader.h. A recursive descent over one buffer. */
#include "src/config/json_reader.h"

typedef struct json_reader {
    mr_arena *arena;
    const char *at, *end;
    int line;
    size_t nodes;
    mr_strbuf text; /* of the string at hand */
    mr_error *err;
} json_reader;

static mr_code refuse(json_reader *reader, const char *wanted)
{
    if (reader->at == reader->end) {
        return mr_error_set(reader->err, MR_BAD_INPUT,
                            "JSON not well-formed: it ends where %s is expected", wanted);
    }
    unsigned char c = (unsigned char)*reader->at;
    if (c < ' ' || c >= 0x7f) {
        return mr_error_set(reader->err, MR_BAD_INPUT,
                            "JSON not well-formed: byte 0x%02x where %s is expected", c, wanted);
    }
    return mr_error_set(reader->err, MR_BAD_INPUT,
                        "JSON not well-formed: '%c' where %s is expected", c, wanted);
}

static void skip_blanks(json_reader *reader)
{
    for (; reader->at < reader->end; reader->at++) {
        char c = *reader->at;
        if (c == '\n') {
            reader->line++;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return;
        }
    }
}

static bool take(json_reader *reader, char c)
{
    skip_blanks(reader);
    if (reader->at < reader->end && *reader->at == c) {
        reader->at++;
        return true;
    }
    return false;
}

/* Four hex digits. */
static bool read_unit(json_reader *reader, uint32_t *out)
{
    uint32_t unit = 0;
    if (reader->end - reader->at < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        char c = *reader->at++;
        uint32_t digit;
        if (c >= '0' && c <= '9') {
            digit = (uint32_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            digit = (uint32_t)(c - 'a') + 10;
        } else if (c >= 'A' && c <= 'F') {
            digit = (uint32_t)(c - 'A') + 10;
        } else {
            return false;
        }
        unit = unit * 16 + digit;
    }
    *out = unit;
    return true;
}

static void append_utf8(mr_strbuf *out, uint32_t rune)
{
    if (rune < 0x80) {
        mr_strbuf_append_char(out, (char)rune);
    } else if (rune < 0x800) {
        mr_strbuf_append_char(out, (char)(0xc0 | rune >> 6));
        mr_strbuf_append_char(out, (char)(0x80 | (rune & 0x3f)));
    } else if (rune < 0x10000) {
        mr_strbuf_append_char(out, (char)(0xe0 | rune >> 12));
        mr_strbuf_append_char(out, (char)(0x80 | (rune >> 6 & 0x3f)));
        mr_strbuf_append_char(out, (char)(0x80 | (rune & 0x3f)));
    } else {
        mr_strbuf_append_char(out, (char)(0xf0 | rune >> 18));
        mr_strbuf_append_char(out, (char)(0x80 | (rune >> 12 & 0x3f)));
        mr_strbuf_append_char(out, (char)(0x80 | (rune >> 6 & 0x3f)));
        mr_strbuf_append_char(out, (char)(0x80 | (rune & 0x3f)));
    }
}

/* \uXXXX, or two of them for one character outside the basic plane. */
static bool read_rune(json_reader *reader, uint32_t *rune)
{
    if (!read_unit(reader, rune) || *rune == 0) {
        return false;
    }
    if (*rune >= 0xdc00 && *rune <= 0xdfff) {
        return false;
    }
    if (*rune >= 0xd800 && *rune <= 0xdbff) {
        uint32_t low;
        if (reader->end - reader->at < 6 || reader->at[0] != '\\' || reader->at[1] != 'u') {
            return false;
        }
        reader->at += 2;
        if (!read_unit(reader, &low) || low < 0xdc00 || low > 0xdfff) {
            return false;
        }
        *rune = 0x10000 + ((*rune - 0xd800) << 10) + (low - 0xdc00);
    }
    return true;
}

static mr_code read_escape(json_reader *reader)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (reader->at == reader->end) {
        return refuse(reader, "an escape");
    }
    char c = *reader->at;
    if (c == 'u') {
        uint32_t rune;
        reader->at++;
        if (!read_rune(reader, &rune)) {
            return mr_error_set(reader->err, MR_BAD_INPUT,
                                "JSON not well-formed: \\u is not followed "
                                "by a character in hex");
        }
        append_utf8(&reader->text, rune);
        return MR_OK;
    }
    const char *name = c == '\0' ? NULL : strchr(names, c);
    if (name == NULL) {
        return refuse(reader, "one of \"\\/bfnrtu after the backslash");
    }
    reader->at++;
    mr_strbuf_append_char(&reader->text, values[name - names]);
    return MR_OK;
}

/* After the opening quote; the text is left in reader->text. */
static mr_code read_string(json_reader *reader)
{
    mr_strbuf_reset(&reader->text);
    for (;;) {
        const char *from = reader->at;
        while (reader->at < reader->end && *reader->at != '"' && *reader->at != '\\' &&
               (unsigned char)*reader->at >= ' ') {
            reader->at++;
        }
        mr_strbuf_append(&reader->text, from, (size_t)(reader->at - from));
        if (reader->at == reader->end || (unsigned char)*reader->at < ' ') {
            return refuse(reader, "the closing quote of a string");
        }
        if (*reader->at++ == '"') {
            return MR_OK;
        }
        mr_code code = read_escape(reader);
        if (code != MR_OK) {
            return code;
        }
    }
}

static size_t count_digits(json_reader *reader)
{
    const char *from = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return (size_t)(reader->at - from);
}

static mr_code read_number(json_reader *reader, mr_node **out)
{
    const char *from = reader->at;
    if (*reader->at == '-') {
        reader->at++;
    }
    bool zero = reader->at < reader->end && *reader->at == '0';
    size_t whole = count_digits(reader);
    if (whole == 0 || (zero && whole > 1)) {
        return refuse(reader, "a number without leading zeros");
    }
    if (reader->at < reader->end && *reader->at == '.') {
        reader->at++;
        if (count_digits(reader) == 0) {
            return refuse(reader, "a digit after the point");
        }
    }
    if (reader->at < reader->end && (*reader->at == 'e' || *reader->at == 'E')) {
        reader->at++;
        if (reader->at < reader->end && (*reader->at == '+' || *reader->at == '-')) {
            reader->at++;
        }
        if (count_digits(reader) == 0) {
            return refuse(reader, "a digit of the exponent");
        }
    }
    *out = mr_node_new_text(reader->arena, mr_bytes_make(from, (size_t)(reader->at - from)),
                            reader->line);
    (*out)->plain = true;
    return MR_OK;
}

static mr_code read_word(json_reader *reader, mr_node **out)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        size_t len = strlen(words[i]);
        if ((size_t)(reader->end - reader->at) >= len && memcmp(reader->at, words[i], len) == 0) {
            reader->at += len;
            if (words[i][0] == 'n') {
                *out = mr_node_new(reader->arena, MR_NODE_NULL, reader->line);
            } else {
                *out = mr_node_new_text(reader->arena, mr_bytes_of(words[i]), reader->line);
                (*out)->plain = true;
            }
            return MR_OK;
        }
    }
    return refuse(reader, "a value");
}

static mr_code read_value(json_reader *reader, int depth, mr_node **out);

static mr_code read_members(json_reader *reader, int depth, mr_node *map)
{
    if (take(reader, '}')) {
        return MR_OK;
    }
    do {
        skip_blanks(reader);
        if (!take(reader, '"')) {
            return refuse(reader, "a key in double quotes");
        }
        int key_line = reader->line;
        mr_code code = read_string(reader);
        if (code != MR_OK) {
            return code;
        }
        const char *key = mr_arena_copy(reader->arena, mr_strbuf_bytes(&reader->text));
        if (!take(reader, ':')) {
            return refuse(reader, "':' after a key");
        }
        mr_node *value = NULL;
        code = read_value(reader, depth + 1, &value);
        if (code != MR_OK) {
            return code;
        }
        mr_node_put(reader->arena, map, key, key_line, value);
    } while (take(reader, ','));
    return take(reader, '}') ? MR_OK : refuse(reader, "',' or '}'");
}

static mr_code read_elements(json_reader *reader, int depth, mr_node *list)
{
    if (take(reader, ']')) {
        return MR_OK;
    }
    do {
        mr_node *value = NULL;
        mr_code code = read_value(reader, depth + 1, &value);
        if (code != MR_OK) {
            return code;
        }
        mr_node_add(reader->arena, list, value);
    } while (take(reader, ','));
    return take(reader, ']') ? MR_OK : refuse(reader, "',' or ']'");
}

static mr_code read_value(json_reader *reader, int depth, mr_node **out)
{
    if (depth > MR_NODE_DEPTH_MAX) {
        return mr_error_set(reader->err, MR_TOO_LARGE, "nested deeper than %d", MR_NODE_DEPTH_MAX);
    }
    if (++reader->nodes > MR_NODE_COUNT_MAX) {
        return mr_error_set(reader->err, MR_TOO_LARGE, "more than %d values", MR_NODE_COUNT_MAX);
    }
    if (take(reader, '{')) {
        *out = mr_node_new(reader->arena, MR_NODE_MAP, reader->line);
        return read_members(reader, depth, *out);
    }
    if (take(reader, '[')) {
        *out = mr_node_new(reader->arena, MR_NODE_LIST, reader->line);
        return read_elements(reader, depth, *out);
    }
    if (take(reader, '"')) {
        int line = reader->line;
        mr_code code = read_string(reader);
        if (code == MR_OK) {
            *out = mr_node_new_text(reader->arena, mr_strbuf_bytes(&reader->text), line);
        }
        return code;
    }
    if (reader->at < reader->end &&
        (*reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9'))) {
        return read_number(reader, out);
    }
    return read_word(reader, out);
}

mr_code mr_json_read(mr_arena *arena, mr_bytes text, mr_node **out, int *line, mr_error *err)
{
    json_reader reader = {
        .arena = arena,
        .at = text.at,
        .end = text.at + text.len,
        .line = 1,
        .text = mr_strbuf_make(text.len + 1),
        .err = err,
    };
    mr_code code = read_value(&reader, 1, out);
    if (code == MR_OK) {
        skip_blanks(&reader);
        if (reader.at != reader.end) {
            code = refuse(&reader, "the end of the file");
        }
    }
    *line = reader.line;
    mr_strbuf_deinit(&reader.text);
    return code;
}
