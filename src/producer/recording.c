/* recording.c - see recording.h. Each line is read as a set of members: a table or a chain says
 * what each may be, and `seen` which of them were there. */
#include "src/producer/recording.h"

#include "sim/base/base64.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "sim/lambda/json_reader.h"
#include "sim/sim.h"

/* ---- writing ---- */

void mr_recording_header_write(const mr_recording_header *header, mr_strbuf *out)
{
    char start[MR_ISO_SIZE];
    mr_iso_format(header->start_us, start);
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, "millrace", "recording");
    mr_json_field_int(&json, "format", MR_RECORDING_FORMAT);
    mr_json_field_string(&json, "template", header->template_file);
    mr_json_key(&json, "parameters");
    mr_json_object_begin(&json);
    for (size_t i = 0; i < header->parameter_count; i++) {
        mr_json_field_string(&json, header->parameters[i].name, header->parameters[i].value);
    }
    mr_json_object_end(&json);
    mr_json_field_string(&json, "region", header->region);
    mr_json_key(&json, "seed");
    mr_json_uint(&json, header->seed);
    mr_json_field_string(&json, "start", start);
    mr_json_field_bool(&json, "limits", header->limits);
    mr_json_field_bool(&json, "no-builtin", header->use_code);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
}

static void write_base64(mr_json *json, const char *name, mr_bytes value, mr_strbuf *scratch)
{
    mr_strbuf_reset(scratch);
    mr_base64_encode(scratch, value);
    mr_json_field_bytes(json, name, mr_strbuf_bytes(scratch));
}

static void write_record(mr_json *json, const mr_record *record, mr_strbuf *scratch)
{
    mr_json_object_begin(json);
    if (mr_bytes_is_utf8(record->partition_key)) {
        mr_json_field_bytes(json, "key", record->partition_key);
    } else {
        write_base64(json, "key64", record->partition_key, scratch);
    }
    if (record->has_explicit_hash) {
        char digits[MR_HASH_KEY_SIZE];
        mr_hash_key_format(record->explicit_hash, digits);
        mr_json_field_string(json, "hash", digits);
    }
    write_base64(json, "data", record->data, scratch);
    mr_json_object_end(json);
}

void mr_recording_put_write(const mr_recording_put *put, mr_strbuf *out)
{
    mr_strbuf scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "at_us", put->at_us);
    mr_json_field_bytes(&json, "target", put->target);
    mr_json_key(&json, "records");
    mr_json_array_begin(&json);
    for (size_t i = 0; i < put->count; i++) {
        write_record(&json, &put->records[i], &scratch);
    }
    mr_json_array_end(&json);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
    mr_strbuf_deinit(&scratch);
}

void mr_recording_end_write(const mr_recording_end *end, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "end_us", end->end_us);
    mr_json_key(&json, "puts");
    mr_json_uint(&json, end->puts);
    mr_json_key(&json, "records");
    mr_json_uint(&json, end->records);
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
}

/* ---- reading: values ---- */

static mr_code not_json(mr_error *err)
{
    return mr_error_set(err, MR_BAD_INPUT, "not one whole JSON object");
}

static mr_code wrong_value(const char *member, const char *wanted, mr_error *err)
{
    return mr_error_set(err, MR_BAD_INPUT, "\"%s\" is not %s", member, wanted);
}

/* What is unknown is shown up to a length that a message can hold. */
static mr_code unknown_member(mr_bytes raw_key, mr_error *err)
{
    return mr_error_set(err, MR_BAD_INPUT, "no member \"%.*s\" can be here",
                        (int)mr_min_size(raw_key.len, 40), raw_key.len == 0 ? "" : raw_key.at);
}

static mr_code mark_seen(unsigned *seen, unsigned member, const char *name, mr_error *err)
{
    if ((*seen & member) != 0) {
        return mr_error_set(err, MR_BAD_INPUT, "\"%s\" is there twice", name);
    }
    *seen |= member;
    return MR_OK;
}

static mr_code read_uint(mr_json_reader *reader, const char *member, uint64_t *out, mr_error *err)
{
    mr_bytes text;
    return mr_json_reader_scalar(reader, &text) && mr_bytes_to_uint64(text, out)
               ? MR_OK
               : wrong_value(member, "a whole number from 0 on", err);
}

static mr_code read_span(mr_json_reader *reader, const char *member, int64_t *out, mr_error *err)
{
    mr_bytes text;
    return mr_json_reader_scalar(reader, &text) && mr_bytes_to_int64(text, out) && *out >= 0 &&
                   *out <= MR_RECORDING_SPAN_US_MAX
               ? MR_OK
               : wrong_value(member, "a number of microseconds, from 0 to seventy years", err);
}

static mr_code read_bool(mr_json_reader *reader, const char *member, bool *out, mr_error *err)
{
    mr_json_kind kind = mr_json_reader_peek(reader);
    mr_bytes text;
    *out = kind == MR_JSON_TRUE;
    return (kind == MR_JSON_TRUE || kind == MR_JSON_FALSE) && mr_json_reader_scalar(reader, &text)
               ? MR_OK
               : wrong_value(member, "true or false", err);
}

/* A raw text as C has it: without a NUL. In the arena. */
static mr_code keep_text(mr_bytes raw, mr_arena *arena, const char *member, const char **out,
                         mr_error *err)
{
    mr_strbuf decoded = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json_raw_decode(raw, &decoded);
    mr_bytes bytes = mr_strbuf_bytes(&decoded);
    bool fine = mr_bytes_find(bytes, '\0') == bytes.len;
    if (fine) {
        *out = mr_arena_copy(arena, bytes);
    }
    mr_strbuf_deinit(&decoded);
    return fine ? MR_OK : wrong_value(member, "a text without NUL", err);
}

static mr_code read_text(mr_json_reader *reader, mr_arena *arena, const char *member,
                         const char **out, mr_error *err)
{
    mr_bytes raw;
    return mr_json_reader_string(reader, &raw) ? keep_text(raw, arena, member, out, err)
                                               : wrong_value(member, "a text", err);
}

/* ---- reading: the header ---- */

typedef enum value_kind {
    VALUE_TEXT,
    VALUE_UINT,
    VALUE_BOOL,
    VALUE_TIME,
    VALUE_PARAMETERS
} value_kind;

typedef struct header_line {
    const char *millrace;
    uint64_t format;
    mr_recording_header header;
} header_line;

static const struct {
    const char *name;
    value_kind kind;
    size_t offset; /* in header_line */
} header_members[] = {
    {"millrace", VALUE_TEXT, offsetof(header_line, millrace)},
    {"format", VALUE_UINT, offsetof(header_line, format)},
    {"template", VALUE_TEXT, offsetof(header_line, header.template_file)},
    {"parameters", VALUE_PARAMETERS, 0},
    {"region", VALUE_TEXT, offsetof(header_line, header.region)},
    {"seed", VALUE_UINT, offsetof(header_line, header.seed)},
    {"start", VALUE_TIME, offsetof(header_line, header.start_us)},
    {"limits", VALUE_BOOL, offsetof(header_line, header.limits)},
    {"no-builtin", VALUE_BOOL, offsetof(header_line, header.use_code)},
};

static mr_code read_parameters(mr_json_reader *reader, mr_arena *arena, mr_recording_header *header,
                               mr_error *err)
{
    mr_recording_parameter *list = NULL;
    mr_bytes raw_name;
    if (!mr_json_reader_object(reader)) {
        return wrong_value("parameters", "an object of texts", err);
    }
    while (mr_json_reader_member(reader, &raw_name)) {
        mr_recording_parameter parameter = {0};
        mr_code code = keep_text(raw_name, arena, "parameters", &parameter.name, err);
        if (code == MR_OK) {
            code = read_text(reader, arena, parameter.name, &parameter.value, err);
        }
        if (code != MR_OK) {
            return code;
        }
        MR_ARENA_PUSH(arena, list, header->parameter_count, parameter);
    }
    header->parameters = list;
    return MR_OK;
}

static mr_code read_start(mr_json_reader *reader, mr_arena *arena, int64_t *out, mr_error *err)
{
    const char *text = NULL;
    mr_code code = read_text(reader, arena, "start", &text, err);
    if (code != MR_OK) {
        return code;
    }
    return mr_iso_parse(mr_bytes_of(text), out) && *out >= 0 && *out < MR_SIM_START_END
               ? MR_OK
               : wrong_value("start", "a time such as 2025-01-01T00:00:00Z (1970 to 2399)", err);
}

static mr_code read_header_value(mr_json_reader *reader, mr_arena *arena, size_t place,
                                 header_line *line, mr_error *err)
{
    const char *name = header_members[place].name;
    void *into = (char *)line + header_members[place].offset;
    switch (header_members[place].kind) {
    case VALUE_TEXT:
        return read_text(reader, arena, name, into, err);
    case VALUE_UINT:
        return read_uint(reader, name, into, err);
    case VALUE_BOOL:
        return read_bool(reader, name, into, err);
    case VALUE_TIME:
        return read_start(reader, arena, into, err);
    case VALUE_PARAMETERS:
        break;
    }
    return read_parameters(reader, arena, &line->header, err);
}

/* The two members that say what the file is; the others are another format's own business. */
static mr_code check_format(mr_bytes text, mr_arena *arena, mr_error *err)
{
    header_line line = {0};
    mr_json_reader reader = mr_json_reader_make(text);
    mr_bytes key;
    mr_code code = MR_OK;
    if (mr_json_reader_object(&reader)) {
        while (code == MR_OK && mr_json_reader_member(&reader, &key)) {
            if (mr_json_raw_is(key, "millrace")) {
                code = read_text(&reader, arena, "millrace", &line.millrace, err);
            } else if (mr_json_raw_is(key, "format")) {
                code = read_uint(&reader, "format", &line.format, err);
            } else {
                (void)mr_json_reader_skip(&reader);
            }
        }
    }
    if (code != MR_OK) {
        return code;
    }
    if (!mr_json_reader_done(&reader) || line.millrace == NULL ||
        strcmp(line.millrace, "recording") != 0 || line.format == 0) {
        return mr_error_set(err, MR_BAD_INPUT,
                            "not a recording: its first line is no header as `millrace run "
                            "--record` writes it");
    }
    if (line.format > MR_RECORDING_FORMAT) {
        return mr_error_set(err, MR_NEWER_VERSION,
                            "a recording of format %llu; this millrace reads up to %d",
                            (unsigned long long)line.format, MR_RECORDING_FORMAT);
    }
    return MR_OK;
}

static mr_code read_header_member(mr_json_reader *reader, mr_bytes key, mr_arena *arena,
                                  header_line *line, unsigned *seen, mr_error *err)
{
    for (size_t i = 0; i < MR_COUNT(header_members); i++) {
        if (mr_json_raw_is(key, header_members[i].name)) {
            mr_code code = mark_seen(seen, 1u << i, header_members[i].name, err);
            return code == MR_OK ? read_header_value(reader, arena, i, line, err) : code;
        }
    }
    return unknown_member(key, err);
}

mr_code mr_recording_header_read(mr_bytes text, mr_arena *arena, mr_recording_header *out,
                                 mr_error *err)
{
    mr_code code = check_format(text, arena, err);
    if (code != MR_OK) {
        return code;
    }
    header_line line = {0};
    unsigned seen = 0;
    mr_json_reader reader = mr_json_reader_make(text);
    mr_bytes key;
    (void)mr_json_reader_object(&reader); /* check_format() has read the whole of it */
    while (mr_json_reader_member(&reader, &key)) {
        code = read_header_member(&reader, key, arena, &line, &seen, err);
        if (code != MR_OK) {
            return code;
        }
    }
    for (size_t i = 0; i < MR_COUNT(header_members); i++) {
        if ((seen & 1u << i) == 0) {
            return mr_error_set(err, MR_BAD_INPUT, "the header lacks \"%s\"",
                                header_members[i].name);
        }
    }
    *out = line.header;
    return MR_OK;
}

/* ---- reading: the lines behind it ---- */

/* A place in the line's bytes, which move while they grow. */
typedef struct span {
    size_t at, len;
} span;

typedef struct record_places {
    span key, data;
} record_places;

struct mr_recording_line {
    bool is_end;
    mr_recording_put put;
    mr_recording_end end;
    mr_strbuf bytes; /* target, keys and data as they come; never longer than the line */
    span target;
    record_places places[MR_PUT_RECORDS_MAX];
    mr_record records[MR_PUT_RECORDS_MAX];
};

enum { /* members of a record */
       SEEN_KEY = 1,
       SEEN_DATA = 2,
       SEEN_HASH = 4
};

enum { /* members of a line: "records" is a list in a put and a number at the end */
       SEEN_AT = 1,
       SEEN_TARGET = 2,
       SEEN_RECORDS = 4,
       SEEN_WHOLE_PUT = SEEN_AT | SEEN_TARGET | SEEN_RECORDS,
       SEEN_END = 8,
       SEEN_PUTS = 16,
       SEEN_COUNT = 32,
       SEEN_WHOLE_END = SEEN_END | SEEN_PUTS | SEEN_COUNT
};

mr_recording_line *mr_recording_line_new(void)
{
    mr_recording_line *line = mr_calloc(1, sizeof(*line));
    line->bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return line;
}

void mr_recording_line_free(mr_recording_line *line)
{
    if (line != NULL) {
        mr_strbuf_deinit(&line->bytes);
        mr_free(line);
    }
}

/* Appends what a text spells, or what it holds in base64. */
static mr_code read_bytes(mr_json_reader *reader, const char *member, bool is_base64,
                          mr_strbuf *bytes, span *out, mr_error *err)
{
    mr_bytes raw;
    out->at = bytes->len;
    if (!mr_json_reader_string(reader, &raw)) {
        return wrong_value(member, "a text", err);
    }
    if (!is_base64) {
        mr_json_raw_decode(raw, bytes);
    } else if (!mr_base64_decode(bytes, raw)) {
        return wrong_value(member, "base64", err);
    }
    out->len = bytes->len - out->at;
    return MR_OK;
}

static mr_code read_hash(mr_json_reader *reader, mr_record *record, mr_error *err)
{
    mr_bytes raw;
    record->has_explicit_hash =
        mr_json_reader_string(reader, &raw) && mr_hash_key_parse(raw, &record->explicit_hash);
    return record->has_explicit_hash
               ? MR_OK
               : wrong_value("hash", "a text of a decimal number below 2^128", err);
}

static mr_code read_record_member(mr_recording_line *line, mr_json_reader *reader, mr_bytes key,
                                  unsigned *seen, mr_error *err)
{
    static const struct {
        const char *name;
        unsigned seen;
        bool is_base64;
    } members[] = {{"key", SEEN_KEY, false},
                   {"key64", SEEN_KEY, true},
                   {"data", SEEN_DATA, true},
                   {"hash", SEEN_HASH, false}};
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        if (!mr_json_raw_is(key, members[i].name)) {
            continue;
        }
        mr_code code = mark_seen(seen, members[i].seen, members[i].name, err);
        if (code != MR_OK) {
            return code;
        }
        if (members[i].seen == SEEN_HASH) {
            return read_hash(reader, &line->records[line->put.count], err);
        }
        record_places *places = &line->places[line->put.count];
        return read_bytes(reader, members[i].name, members[i].is_base64, &line->bytes,
                          members[i].seen == SEEN_KEY ? &places->key : &places->data, err);
    }
    return unknown_member(key, err);
}

static mr_code read_record(mr_recording_line *line, mr_json_reader *reader, mr_error *err)
{
    unsigned seen = 0;
    mr_bytes key;
    line->records[line->put.count] = (mr_record){.input = 0};
    if (!mr_json_reader_object(reader)) {
        return wrong_value("records", "a list of objects", err);
    }
    while (mr_json_reader_member(reader, &key)) {
        mr_code code = read_record_member(line, reader, key, &seen, err);
        if (code != MR_OK) {
            return code;
        }
    }
    if (reader->failed) {
        return not_json(err);
    }
    if ((seen & SEEN_KEY) == 0 || (seen & SEEN_DATA) == 0) {
        return mr_error_set(err, MR_BAD_INPUT, "record %zu lacks \"%s\"", line->put.count + 1,
                            (seen & SEEN_KEY) == 0 ? "key" : "data");
    }
    line->put.count++;
    return MR_OK;
}

static mr_code read_records(mr_recording_line *line, mr_json_reader *reader, mr_error *err)
{
    (void)mr_json_reader_array(reader); /* the caller has seen that it is one */
    while (mr_json_reader_element(reader)) {
        if (line->put.count == MR_PUT_RECORDS_MAX) {
            return mr_error_set(err, MR_BAD_INPUT, "a put of more than %d records",
                                MR_PUT_RECORDS_MAX);
        }
        mr_code code = read_record(line, reader, err);
        if (code != MR_OK) {
            return code;
        }
    }
    if (reader->failed) {
        return not_json(err);
    }
    return line->put.count > 0 ? MR_OK : mr_error_set(err, MR_BAD_INPUT, "a put of no records");
}

static mr_code read_target(mr_recording_line *line, mr_json_reader *reader, mr_error *err)
{
    mr_code code = read_bytes(reader, "target", false, &line->bytes, &line->target, err);
    if (code != MR_OK) {
        return code;
    }
    size_t len = line->target.len;
    bool fine = len > 0 && memchr(line->bytes.at + line->target.at, '\0', len) == NULL;
    return fine ? MR_OK : wrong_value("target", "the name of a stream", err);
}

static mr_code read_line_member(mr_recording_line *line, mr_json_reader *reader, mr_bytes key,
                                unsigned *seen, mr_error *err)
{
    static const struct {
        const char *name;
        unsigned seen;
    } members[] = {{"at_us", SEEN_AT},
                   {"target", SEEN_TARGET},
                   {"records", SEEN_COUNT},
                   {"end_us", SEEN_END},
                   {"puts", SEEN_PUTS}};
    unsigned member = 0;
    const char *name = NULL;
    for (size_t i = 0; i < MR_COUNT(members) && member == 0; i++) {
        if (mr_json_raw_is(key, members[i].name)) {
            name = members[i].name;
            member = members[i].seen;
        }
    }
    if (member == SEEN_COUNT && mr_json_reader_peek(reader) == MR_JSON_ARRAY) {
        member = SEEN_RECORDS;
    }
    mr_code code = name == NULL ? unknown_member(key, err) : mark_seen(seen, member, name, err);
    if (code != MR_OK) {
        return code;
    }
    switch (member) {
    case SEEN_AT:
        return read_span(reader, name, &line->put.at_us, err);
    case SEEN_TARGET:
        return read_target(line, reader, err);
    case SEEN_RECORDS:
        return read_records(line, reader, err);
    case SEEN_END:
        return read_span(reader, name, &line->end.end_us, err);
    case SEEN_PUTS:
        return read_uint(reader, name, &line->end.puts, err);
    default:
        return read_uint(reader, name, &line->end.records, err);
    }
}

static mr_bytes bytes_at(const mr_recording_line *line, span place)
{
    return mr_bytes_make(place.len == 0 ? "" : line->bytes.at + place.at, place.len);
}

/* Everything is read: the bytes move no more. */
static void point_into_bytes(mr_recording_line *line)
{
    line->put.target = bytes_at(line, line->target);
    line->put.records = line->records;
    for (size_t i = 0; i < line->put.count; i++) {
        line->records[i].partition_key = bytes_at(line, line->places[i].key);
        line->records[i].data = bytes_at(line, line->places[i].data);
    }
}

mr_code mr_recording_line_read(mr_recording_line *line, mr_bytes text, mr_error *err)
{
    mr_json_reader reader = mr_json_reader_make(text);
    unsigned seen = 0;
    mr_bytes key;
    line->put = (mr_recording_put){.count = 0};
    mr_strbuf_reset(&line->bytes);
    if (mr_json_reader_object(&reader)) {
        while (mr_json_reader_member(&reader, &key)) {
            mr_code code = read_line_member(line, &reader, key, &seen, err);
            if (code != MR_OK) {
                return code;
            }
        }
    }
    if (!mr_json_reader_done(&reader)) {
        return not_json(err);
    }
    if (seen != SEEN_WHOLE_PUT && seen != SEEN_WHOLE_END) {
        return mr_error_set(err, MR_BAD_INPUT,
                            "neither a put (at_us, target, records) nor the last line (end_us, "
                            "puts, records)");
    }
    line->is_end = seen == SEEN_WHOLE_END;
    point_into_bytes(line);
    return MR_OK;
}

const mr_recording_put *mr_recording_line_put(const mr_recording_line *line)
{
    return line->is_end ? NULL : &line->put;
}

const mr_recording_end *mr_recording_line_end(const mr_recording_line *line)
{
    return line->is_end ? &line->end : NULL;
}
