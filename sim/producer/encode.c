#include "sim/producer/encode.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/nearest.h"
#include "sim/base/timefmt.h"
#include "sim/producer/row_reader.h"

#include <stdio.h>

#define LOAD_TIME_BYTES 19 /* yyyy-MM-dd HH:mm:ss */

struct mr_encoder {
    mr_encode_kind kind;
    char delimiter;
    bool load_time;
    bool whole_row; /* all columns, in their own order */
    size_t *places; /* of the columns in the row */
    size_t count;

    /* JSON: what stands before each value ({"a": or ,"b":), then before the load time, then }. */
    mr_strbuf names;
    size_t *name_ends;

    int64_t second; /* the load time as last written */
    char second_text[LOAD_TIME_BYTES + 1];
};

/* ---- reading options ---- */

bool mr_delimiter_parse(mr_bytes text, char *out)
{
    static const struct {
        const char *name;
        char is;
    } names[] = {
        {"tab", '\t'},      {"\\t", '\t'}, {"comma", ','},
        {"semicolon", ';'}, {"pipe", '|'}, {"space", ' '},
    };
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        if (mr_bytes_is(text, names[i].name)) {
            *out = names[i].is;
            return true;
        }
    }
    if (text.len == 3 && text.at[0] == text.at[2] && (text.at[0] == '\'' || text.at[0] == '"')) {
        text = mr_bytes_make(text.at + 1, 1);
    }
    if (text.len != 1 || !mr_row_delimiter_is_fine(text.at[0])) {
        return false;
    }
    *out = text.at[0];
    return true;
}

bool mr_encode_parse(const char *text, mr_encode_options *out)
{
    static const struct {
        const char *name;
        mr_encode_kind kind;
    } kinds[] = {
        {"delimited", MR_ENCODE_DELIMITED},
        {"json", MR_ENCODE_JSON},
        {"csv", MR_ENCODE_CSV},
        {"raw", MR_ENCODE_RAW},
    };
    static const char delimited[] = "delimited:";

    for (size_t i = 0; i < MR_COUNT(kinds); i++) {
        if (strcmp(text, kinds[i].name) == 0) {
            out->kind = kinds[i].kind;
            out->delimiter = '\0';
            return true;
        }
    }
    char delimiter;
    if (strncmp(text, delimited, sizeof(delimited) - 1) != 0 ||
        !mr_delimiter_parse(mr_bytes_of(text + sizeof(delimited) - 1), &delimiter)) {
        return false;
    }
    out->kind = MR_ENCODE_DELIMITED;
    out->delimiter = delimiter;
    return true;
}

/* ---- making ---- */

static bool find_name(const mr_bytes *names, size_t count, mr_bytes name, size_t *place)
{
    for (size_t i = 0; i < count; i++) {
        if (mr_bytes_equal(names[i], name)) {
            *place = i;
            return true;
        }
    }
    return false;
}

static mr_code no_such_column(mr_error *err, const char *column, const mr_bytes *names,
                              size_t count)
{
    char **texts = mr_calloc(count, sizeof(*texts));
    for (size_t i = 0; i < count; i++) {
        texts[i] = mr_bytes_dup(names[i]);
    }
    const char *near = mr_nearest(mr_bytes_of(column), (const char *const *)texts, count);
    mr_code code =
        near != NULL ? mr_error_set(err, MR_INVALID_ARGUMENT,
                                    "there is no column '%s'; did you mean '%s'?", column, near)
                     : mr_error_set(err, MR_INVALID_ARGUMENT,
                                    "there is no column '%s' among the %zu columns", column, count);
    for (size_t i = 0; i < count; i++) {
        mr_free(texts[i]);
    }
    mr_free(texts);
    return code;
}

static mr_code choose_columns(mr_encoder *encoder, const mr_encode_options *options,
                              const mr_bytes *names, size_t name_count, mr_error *err)
{
    encoder->count = options->columns == NULL ? name_count : options->column_count;
    encoder->places = mr_calloc(mr_max_size(1, encoder->count), sizeof(*encoder->places));
    encoder->whole_row = encoder->count == name_count;
    for (size_t i = 0; i < encoder->count; i++) {
        encoder->places[i] = i;
        if (options->columns != NULL &&
            !find_name(names, name_count, mr_bytes_of(options->columns[i]), &encoder->places[i])) {
            return no_such_column(err, options->columns[i], names, name_count);
        }
        encoder->whole_row = encoder->whole_row && encoder->places[i] == i;
    }
    return MR_OK;
}

static mr_code name_members(mr_encoder *encoder, const mr_bytes *names, mr_error *err)
{
    size_t count = encoder->count + (encoder->load_time ? 1 : 0);
    mr_bytes *members = mr_calloc(mr_max_size(1, count), sizeof(*members));
    encoder->name_ends = mr_calloc(mr_max_size(1, count), sizeof(*encoder->name_ends));
    mr_code code = MR_OK;

    for (size_t i = 0; i < count && code == MR_OK; i++) {
        size_t twin;
        members[i] = i < encoder->count ? names[encoder->places[i]] : mr_bytes_of("load_time");
        if (find_name(members, i, members[i], &twin)) {
            code =
                mr_error_set(err, MR_INVALID_ARGUMENT,
                             "columns %zu and %zu are both called '%.*s': a JSON object takes "
                             "one of them (--columns says which)",
                             twin + 1, i + 1, (int)mr_min_size(members[i].len, 100), members[i].at);
        }
        mr_strbuf_append_char(&encoder->names, i == 0 ? '{' : ',');
        mr_json_append_string(&encoder->names, members[i]);
        mr_strbuf_append_char(&encoder->names, ':');
        encoder->name_ends[i] = encoder->names.len;
    }
    mr_free(members);
    return code;
}

mr_code mr_encoder_new(const mr_encode_options *options, const mr_bytes *names, size_t name_count,
                       mr_encoder **out, mr_error *err)
{
    if (options->kind == MR_ENCODE_RAW && (options->load_time || options->columns != NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "raw rows are put as they stand: %s needs another encoding",
                            options->load_time ? "load-time" : "columns");
    }
    mr_encoder *encoder = mr_calloc(1, sizeof(*encoder));
    encoder->kind = options->kind;
    encoder->delimiter = options->delimiter;
    if (encoder->delimiter == '\0') {
        encoder->delimiter = '|';
    }
    encoder->load_time = options->load_time;
    encoder->names = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* a header is at most one row */
    encoder->second = INT64_MIN;

    mr_code code = choose_columns(encoder, options, names, name_count, err);
    if (code == MR_OK && options->kind == MR_ENCODE_JSON) {
        code = name_members(encoder, names, err);
    }
    if (code != MR_OK) {
        mr_encoder_free(encoder);
        return code;
    }
    *out = encoder;
    return MR_OK;
}

void mr_encoder_free(mr_encoder *encoder)
{
    if (encoder == NULL) {
        return;
    }
    mr_free(encoder->places);
    mr_free(encoder->name_ends);
    mr_strbuf_deinit(&encoder->names);
    mr_free(encoder);
}

/* ---- writing ---- */

static mr_bytes load_time_text(mr_encoder *encoder, int64_t loaded_us)
{
    int64_t second = loaded_us / MR_US_PER_SECOND - (loaded_us % MR_US_PER_SECOND < 0 ? 1 : 0);
    if (second != encoder->second) {
        mr_civil c = mr_civil_of(loaded_us);
        char text[96];
        int len = snprintf(text, sizeof(text), "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month,
                           c.day, c.hour, c.minute, c.second);
        MR_ASSERT(len == LOAD_TIME_BYTES); /* the clock's years have four digits */
        memcpy(encoder->second_text, text, sizeof(encoder->second_text));
        encoder->second = second;
    }
    return mr_bytes_make(encoder->second_text, LOAD_TIME_BYTES);
}

/* The fields lie in the row as it stood, one byte apart: none was quoted. */
static bool fields_are_the_row(const mr_bytes *fields, size_t count, mr_bytes raw)
{
    size_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (next > raw.len || fields[i].at != raw.at + next) {
            return false;
        }
        next += fields[i].len + 1;
    }
    return next == raw.len + 1;
}

/* The common case in one copy: the row's bytes with the delimiters exchanged. False when it is
 * not that case. */
static bool exchange_delimiters(const mr_encoder *encoder, const mr_bytes *fields, mr_bytes raw,
                                mr_strbuf *out)
{
    if (!encoder->whole_row || encoder->count == 0 ||
        !fields_are_the_row(fields, encoder->count, raw) ||
        memchr(raw.at, encoder->delimiter, raw.len) != NULL) {
        return false;
    }
    char *at = mr_strbuf_reserve(out, raw.len);
    if (at == NULL) {
        return true; /* the limit: mr_encoder_row() sees the flag */
    }
    memcpy(at, raw.at, raw.len);
    for (size_t i = 0; i + 1 < encoder->count; i++) {
        at[fields[i].at + fields[i].len - raw.at] = encoder->delimiter;
    }
    mr_strbuf_commit(out, raw.len);
    return true;
}

static bool write_delimited(mr_encoder *encoder, const mr_bytes *fields, mr_bytes raw,
                            int64_t loaded_us, mr_strbuf *out, const char **why)
{
    if (!exchange_delimiters(encoder, fields, raw, out)) {
        for (size_t i = 0; i < encoder->count; i++) {
            mr_bytes field = fields[encoder->places[i]];
            if (mr_bytes_find(field, encoder->delimiter) < field.len) {
                *why = "a field holds the delimiter of the encoding";
                return false;
            }
            if (i > 0) {
                mr_strbuf_append_char(out, encoder->delimiter);
            }
            mr_strbuf_append_bytes(out, field);
        }
    }
    if (encoder->load_time) {
        if (encoder->count > 0) {
            mr_strbuf_append_char(out, encoder->delimiter);
        }
        mr_strbuf_append_bytes(out, load_time_text(encoder, loaded_us));
    }
    return true;
}

static bool needs_quotes(mr_bytes field)
{
    for (size_t i = 0; i < field.len; i++) {
        char c = field.at[i];
        if (c == ',' || c == '"' || c == '\n' || c == '\r') {
            return true;
        }
    }
    return false;
}

static void write_csv_field(mr_bytes field, mr_strbuf *out)
{
    if (!needs_quotes(field)) {
        mr_strbuf_append_bytes(out, field);
        return;
    }
    mr_strbuf_append_char(out, '"');
    while (field.len > 0) {
        size_t len = mr_bytes_find(field, '"');
        mr_strbuf_append(out, field.at, len);
        if (len < field.len) {
            mr_strbuf_append(out, "\"\"", 2);
            len++;
        }
        field = mr_bytes_make(field.at + len, field.len - len);
    }
    mr_strbuf_append_char(out, '"');
}

static void write_csv(mr_encoder *encoder, const mr_bytes *fields, int64_t loaded_us,
                      mr_strbuf *out)
{
    for (size_t i = 0; i < encoder->count; i++) {
        if (i > 0) {
            mr_strbuf_append_char(out, ',');
        }
        write_csv_field(fields[encoder->places[i]], out);
    }
    if (encoder->load_time) {
        if (encoder->count > 0) {
            mr_strbuf_append_char(out, ',');
        }
        mr_strbuf_append_bytes(out, load_time_text(encoder, loaded_us));
    }
}

static void write_json(mr_encoder *encoder, const mr_bytes *fields, int64_t loaded_us,
                       mr_strbuf *out)
{
    size_t count = encoder->count + (encoder->load_time ? 1 : 0);
    size_t name = 0;

    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append(out, encoder->names.at + name, encoder->name_ends[i] - name);
        name = encoder->name_ends[i];
        mr_json_append_string(out, i < encoder->count ? fields[encoder->places[i]]
                                                      : load_time_text(encoder, loaded_us));
    }
    if (count == 0) {
        mr_strbuf_append_char(out, '{');
    }
    mr_strbuf_append_char(out, '}');
}

bool mr_encoder_row(mr_encoder *encoder, const mr_bytes *fields, mr_bytes raw, int64_t loaded_us,
                    mr_strbuf *out, const char **why)
{
    size_t before = out->len;
    bool fits = true;

    MR_ASSERT(!out->overflowed);
    switch (encoder->kind) {
    case MR_ENCODE_DELIMITED:
        fits = write_delimited(encoder, fields, raw, loaded_us, out, why);
        break;
    case MR_ENCODE_JSON:
        write_json(encoder, fields, loaded_us, out);
        break;
    case MR_ENCODE_CSV:
        write_csv(encoder, fields, loaded_us, out);
        break;
    case MR_ENCODE_RAW:
        mr_strbuf_append_bytes(out, raw);
        break;
    }
    if (out->overflowed) {
        *why = "the record is too large";
        fits = false;
    }
    if (!fits) {
        out->overflowed = false;
        out->len = before;
        if (out->at != NULL) {
            out->at[before] = '\0';
        }
    }
    return fits;
}

void mr_encoder_set_load_time(mr_encoder *encoder, char *data, size_t len, int64_t loaded_us)
{
    if (!encoder->load_time) {
        return;
    }
    size_t behind = encoder->kind == MR_ENCODE_JSON ? strlen("\"}") : 0;
    MR_ASSERT(len >= LOAD_TIME_BYTES + behind);
    memcpy(data + len - behind - LOAD_TIME_BYTES, load_time_text(encoder, loaded_us).at,
           LOAD_TIME_BYTES);
}
