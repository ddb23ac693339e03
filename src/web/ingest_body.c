/* ingest_body.c - see ingest_body.h. */
#include "src/web/ingest_body.h"

#include "sim/format/json_text.h"
#include "src/aws/decode.h"
#include "src/web/bad_json.h"

/* ---- JSON as it stands ---- */

static const char *kind_word(mr_field value)
{
    switch ((mr_field_kind)value.kind) {
    case MR_FIELD_TEXT:
    case MR_FIELD_ESCAPED:
        return "a string";
    case MR_FIELD_NUMBER:
        return "a number";
    case MR_FIELD_TRUE:
    case MR_FIELD_FALSE:
        return "a boolean";
    case MR_FIELD_OBJECT:
        return "an object";
    case MR_FIELD_ARRAY:
        return "an array";
    default:
        return "null";
    }
}

static bool is_string(mr_field value)
{
    return value.kind == MR_FIELD_TEXT || value.kind == MR_FIELD_ESCAPED;
}

/* A value's text; a string's with its quotes, which the field leaves out. */
static mr_bytes text_of(mr_field value)
{
    return is_string(value) ? mr_bytes_make(value.at - 1, (size_t)value.len + 2)
                            : mr_field_bytes(value);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool has_blank(mr_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_blank(text.at[i])) {
            return true;
        }
    }
    return false;
}

/* The text without the blanks between its tokens. */
static mr_bytes compact(mr_bytes text, mr_arena *arena)
{
    if (!has_blank(text)) {
        return text;
    }
    char *out = mr_arena_alloc(arena, text.len);
    size_t len = 0;
    const char *end = text.at + text.len;
    for (const char *p = text.at; p < end;) {
        const char *next = p + 1;
        bool escaped;
        if (*p == '"') {
            next = mr_json_string_after(p + 1, end, &escaped);
            MR_ASSERT(next != NULL); /* it is JSON */
        }
        if (!is_blank(*p)) {
            memcpy(out + len, p, (size_t)(next - p));
            len += (size_t)(next - p);
        }
        p = next;
    }
    return mr_bytes_make(out, len);
}

static mr_bytes meaning_of(mr_field value, mr_arena *arena)
{
    if (value.kind != MR_FIELD_ESCAPED) {
        return mr_field_bytes(value);
    }
    mr_strbuf text = mr_strbuf_make((size_t)value.len + 1);
    mr_json_unescape(mr_field_bytes(value), &text);
    char *copy = mr_arena_copy(arena, mr_strbuf_bytes(&text));
    const mr_bytes meaning = mr_bytes_make(copy, text.len);
    mr_strbuf_deinit(&text);
    return meaning;
}

static mr_code read_object(mr_bytes body, mr_field *object, mr_error *err)
{
    size_t place = 0;
    if (!mr_aws_is_json(body, &place)) {
        mr_strbuf why = mr_strbuf_make(256);
        mr_bad_json_say(&why, body, place);
        const mr_code code = mr_error_set(err, MR_BAD_INPUT, "The %s", mr_strbuf_text(&why));
        mr_strbuf_deinit(&why);
        return code;
    }
    const char *end = body.at + body.len;
    const char *after = mr_json_value_after(mr_json_skip_blanks(body.at, end), end, object);
    MR_ASSERT(after != NULL);
    if (object->kind != MR_FIELD_OBJECT) {
        return mr_error_set(err, MR_BAD_INPUT, "The body is %s; it must be an object",
                            kind_word(*object));
    }
    return MR_OK;
}

/* ---- records ---- */

typedef enum part { PART_DATA, PART_KEY, PART_HASH, PART_NONE } part;

static part part_of(const mr_json_walk *walk, mr_arena *arena)
{
    static const struct {
        const char *name;
        part part;
    } names[] = {{"Data", PART_DATA},
                 {"data", PART_DATA},
                 {"PartitionKey", PART_KEY},
                 {"partition-key", PART_KEY},
                 {"ExplicitHashKey", PART_HASH},
                 {"explicit-hash-key", PART_HASH}};
    const mr_field key = {walk->key.at, (uint32_t)walk->key.len,
                          walk->key_escaped ? MR_FIELD_ESCAPED : MR_FIELD_TEXT};
    const mr_bytes name = meaning_of(key, arena);
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        if (mr_bytes_is(name, names[i].name)) {
            return names[i].part;
        }
    }
    return PART_NONE;
}

static mr_code read_key(mr_field value, const char *name, mr_arena *arena, mr_bytes *out,
                        mr_error *err)
{
    if (value.kind == MR_FIELD_NULL) {
        *out = mr_bytes_make(NULL, 0);
        return MR_OK;
    }
    if (!is_string(value) && value.kind != MR_FIELD_NUMBER) {
        return mr_error_set(err, MR_BAD_INPUT, "%s is %s; it must be a string or a number", name,
                            kind_word(value));
    }
    *out = meaning_of(value, arena);
    return MR_OK;
}

static mr_code read_record(mr_field object, mr_arena *arena, mr_gateway_record *record,
                           mr_error *err)
{
    *record = (mr_gateway_record){.data = {NULL, 0}};
    mr_code code = MR_OK;
    mr_json_walk walk = mr_json_walk_begin(object);
    while (code == MR_OK && mr_json_walk_next(&walk)) {
        switch (part_of(&walk, arena)) {
        case PART_DATA:
            record->data = text_of(walk.value);
            break;
        case PART_KEY:
            code = read_key(walk.value, "PartitionKey", arena, &record->partition_key, err);
            break;
        case PART_HASH:
            code = read_key(walk.value, "ExplicitHashKey", arena, &record->explicit_hash_key, err);
            break;
        case PART_NONE:
            break;
        }
    }
    if (record->data.at != NULL) {
        record->data = compact(record->data, arena);
    }
    return code;
}

mr_code mr_ingest_read_record(mr_bytes body, mr_arena *arena, mr_gateway_record *record,
                              mr_error *err)
{
    mr_field object = {.kind = MR_FIELD_MISSING};
    mr_code code = read_object(body, &object, err);
    return code == MR_OK ? read_record(object, arena, record, err) : code;
}

/* ---- batches ---- */

/* The last member "records" or "Records"; MISSING when there is none. */
static mr_field find_list(mr_field object)
{
    mr_field list = {.kind = MR_FIELD_MISSING};
    mr_json_walk walk = mr_json_walk_begin(object);
    while (mr_json_walk_next(&walk)) {
        if (mr_bytes_is(walk.key, "records") || mr_bytes_is(walk.key, "Records")) {
            list = walk.value;
        }
    }
    return list;
}

mr_code mr_ingest_read_records(mr_bytes body, mr_arena *arena, mr_gateway_record **records,
                               size_t *count, mr_error *err)
{
    mr_field object = {.kind = MR_FIELD_MISSING};
    mr_code code = read_object(body, &object, err);
    if (code != MR_OK) {
        return code;
    }
    const mr_field list = find_list(object);
    if (list.kind != MR_FIELD_ARRAY) {
        return mr_error_set(err, MR_BAD_INPUT,
                            "\"records\" is %s; it must be an array of objects with \"data\" and "
                            "\"partition-key\"",
                            list.kind == MR_FIELD_MISSING ? "missing" : kind_word(list));
    }
    *records = mr_arena_alloc(arena, MR_INGEST_RECORDS_MAX * sizeof(**records));
    *count = 0;
    mr_json_walk walk = mr_json_walk_begin(list);
    while (code == MR_OK && *count < MR_INGEST_RECORDS_MAX && mr_json_walk_next(&walk)) {
        if (walk.value.kind != MR_FIELD_OBJECT) {
            return mr_error_set(err, MR_BAD_INPUT, "Record %zu is %s; it must be an object",
                                *count + 1, kind_word(walk.value));
        }
        code = read_record(walk.value, arena, &(*records)[(*count)++], err);
    }
    return code;
}
