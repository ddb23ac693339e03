/* decode_nested.c - see decode_nested.h. */
#include "sim/query/decode_nested.h"

#include "sim/format/json_text.h"
#include "sim/query/format_value.h"

mr_sql_type mr_sql_type_of_hive(const mr_hive_type *type)
{
    static const mr_sql_kind kinds[MR_HIVE_KIND_COUNT] = {
        [MR_HIVE_BOOLEAN] = MR_SQL_BOOLEAN,   [MR_HIVE_TINYINT] = MR_SQL_TINYINT,
        [MR_HIVE_SMALLINT] = MR_SQL_SMALLINT, [MR_HIVE_INT] = MR_SQL_INTEGER,
        [MR_HIVE_BIGINT] = MR_SQL_BIGINT,     [MR_HIVE_FLOAT] = MR_SQL_REAL,
        [MR_HIVE_DOUBLE] = MR_SQL_DOUBLE,     [MR_HIVE_DECIMAL] = MR_SQL_DECIMAL,
        [MR_HIVE_STRING] = MR_SQL_VARCHAR,    [MR_HIVE_VARCHAR] = MR_SQL_VARCHAR,
        [MR_HIVE_CHAR] = MR_SQL_CHAR,         [MR_HIVE_BINARY] = MR_SQL_VARBINARY,
        [MR_HIVE_DATE] = MR_SQL_DATE,         [MR_HIVE_TIMESTAMP] = MR_SQL_TIMESTAMP,
        [MR_HIVE_ARRAY] = MR_SQL_ARRAY,       [MR_HIVE_MAP] = MR_SQL_MAP,
        [MR_HIVE_STRUCT] = MR_SQL_ROW,
    };
    return (mr_sql_type){.kind = kinds[type->kind],
                         .precision = type->kind == MR_HIVE_CHAR ? type->length : type->precision,
                         .scale = type->scale};
}

const char *mr_sql_type_name_of_hive(const mr_hive_type *type)
{
    return mr_sql_type_name(mr_sql_type_of_hive(type).kind);
}

/* ---- JSON text without blanks ---- */

void mr_json_compact(mr_bytes json, mr_strbuf *out)
{
    bool inside = false;
    for (size_t i = 0; i < json.len; i++) {
        char c = json.at[i];
        if (inside && c == '\\' && i + 1 < json.len) {
            mr_strbuf_append(out, json.at + i, 2);
            i++;
            continue;
        }
        if (c == '"') {
            inside = !inside;
        }
        if (inside || (c != ' ' && c != '\t' && c != '\r' && c != '\n')) {
            mr_strbuf_append_char(out, c);
        }
    }
}

/* ---- elements ---- */

static mr_code append_field(const mr_decode_rules *rules, const mr_decode_column *column,
                            const mr_hive_type *type, mr_field field, unsigned level,
                            mr_strbuf *out, mr_error *err);

static mr_code append_json(const mr_decode_rules *rules, const mr_decode_column *column,
                           const mr_hive_type *type, mr_field field, mr_strbuf *out, mr_error *err);
static mr_code append_lazy(const mr_decode_rules *rules, const mr_decode_column *column,
                           const mr_hive_type *type, mr_field field, unsigned level, mr_strbuf *out,
                           mr_error *err);

static bool is_nested(const mr_hive_type *type)
{
    return type->kind >= MR_HIVE_ARRAY;
}

/* An empty string is no array, map or struct at all. */
static bool means_null(const mr_hive_type *type, mr_field field)
{
    return field.kind == MR_FIELD_NULL || field.kind == MR_FIELD_MISSING ||
           (is_nested(type) && field.kind == MR_FIELD_TEXT && field.len == 0);
}

static mr_code append_scalar(const mr_decode_rules *rules, const mr_decode_column *column,
                             const mr_hive_type *type, mr_field field, mr_strbuf *out,
                             mr_error *err)
{
    mr_strbuf scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_decode_column element = {.name = column->name, .place = column->place, .type = type};
    mr_datum datum;
    mr_code code = mr_decode_check(&element, err);
    if (code == MR_OK) {
        code = mr_decode(rules, &element, field, &scratch, &datum, err);
    }
    if (code == MR_OK && datum.kind == MR_DATUM_NULL) {
        mr_strbuf_append_text(out, "null");
    } else if (code == MR_OK) {
        mr_append_value(out, mr_sql_type_of_hive(type), &datum);
    }
    mr_strbuf_deinit(&scratch);
    return code;
}

static mr_code append_field(const mr_decode_rules *rules, const mr_decode_column *column,
                            const mr_hive_type *type, mr_field field, unsigned level,
                            mr_strbuf *out, mr_error *err)
{
    if (means_null(type, field)) {
        mr_strbuf_append_text(out, "null");
        return MR_OK;
    }
    if (!is_nested(type)) {
        return append_scalar(rules, column, type, field, out, err);
    }
    return rules->serde == MR_SERDE_LAZY_SIMPLE
               ? append_lazy(rules, column, type, field, level, out, err)
               : append_json(rules, column, type, field, out, err);
}

static mr_code wrong_shape(const mr_decode_column *column, const mr_hive_type *type, mr_field field,
                           mr_error *err)
{
    return mr_error_set(err, MR_QUERY_FAILED,
                        "HIVE_BAD_DATA: column %s: '%.*s' is not a value of type %s", column->name,
                        (int)mr_min_size(field.len, 80), field.at, mr_sql_type_name_of_hive(type));
}

/* ---- JSON ---- */

static mr_code append_json_struct(const mr_decode_rules *rules, const mr_decode_column *column,
                                  const mr_hive_type *type, mr_field field, mr_strbuf *out,
                                  mr_error *err)
{
    mr_strbuf_append_char(out, '{');
    for (size_t i = 0; i < type->child_count; i++) {
        mr_field found = {0};
        mr_json_walk walk = mr_json_walk_begin(field);
        while (mr_json_walk_next(&walk)) {
            if (mr_json_key_is(walk.key, walk.key_escaped, mr_bytes_of(type->names[i]))) {
                found = walk.value; /* the last wins */
            }
        }
        mr_strbuf_appendf(out, i == 0 ? "%s=" : ", %s=", type->names[i]);
        mr_code code = append_field(rules, column, type->children[i], found, 0, out, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_strbuf_append_char(out, '}');
    return MR_OK;
}

static mr_code append_json_map(const mr_decode_rules *rules, const mr_decode_column *column,
                               const mr_hive_type *type, mr_field field, mr_strbuf *out,
                               mr_error *err)
{
    mr_json_walk walk = mr_json_walk_begin(field);
    bool first = true;
    mr_strbuf_append_char(out, '{');
    while (mr_json_walk_next(&walk)) {
        mr_field key = {.at = walk.key.at,
                        .len = (uint32_t)walk.key.len,
                        .kind = walk.key_escaped ? MR_FIELD_ESCAPED : MR_FIELD_TEXT};
        if (!first) {
            mr_strbuf_append_text(out, ", ");
        }
        first = false;
        mr_code code = append_field(rules, column, type->children[0], key, 0, out, err);
        if (code == MR_OK) {
            mr_strbuf_append_char(out, '=');
            code = append_field(rules, column, type->children[1], walk.value, 0, out, err);
        }
        if (code != MR_OK) {
            return code;
        }
    }
    mr_strbuf_append_char(out, '}');
    return MR_OK;
}

static mr_code append_json_array(const mr_decode_rules *rules, const mr_decode_column *column,
                                 const mr_hive_type *type, mr_field field, mr_strbuf *out,
                                 mr_error *err)
{
    mr_code code = MR_OK;
    mr_strbuf_append_char(out, '[');
    if (field.kind != MR_FIELD_ARRAY) { /* OpenX: one value is an array of one */
        code = append_field(rules, column, type->children[0], field, 0, out, err);
    } else {
        mr_json_walk walk = mr_json_walk_begin(field);
        bool first = true;
        while (code == MR_OK && mr_json_walk_next(&walk)) {
            if (!first) {
                mr_strbuf_append_text(out, ", ");
            }
            first = false;
            code = append_field(rules, column, type->children[0], walk.value, 0, out, err);
        }
    }
    mr_strbuf_append_char(out, ']');
    return code;
}

static mr_code append_json(const mr_decode_rules *rules, const mr_decode_column *column,
                           const mr_hive_type *type, mr_field field, mr_strbuf *out, mr_error *err)
{
    if (type->kind == MR_HIVE_ARRAY &&
        (field.kind == MR_FIELD_ARRAY || rules->serde == MR_SERDE_OPENX_JSON)) {
        return append_json_array(rules, column, type, field, out, err);
    }
    if (field.kind == MR_FIELD_OBJECT && type->kind == MR_HIVE_STRUCT) {
        return append_json_struct(rules, column, type, field, out, err);
    }
    if (field.kind == MR_FIELD_OBJECT && type->kind == MR_HIVE_MAP) {
        return append_json_map(rules, column, type, field, out, err);
    }
    return wrong_shape(column, type, field, err);
}

/* ---- LazySimple: separators by depth ---- */

/* Cuts the next piece off *rest; false when there is none. */
static bool lazy_next(const mr_decode_rules *rules, mr_field *rest, bool *more, unsigned level,
                      mr_field *piece)
{
    if (!*more || level >= MR_LAZY_LEVELS) {
        return false;
    }
    char separator = rules->separators[level];
    const char *p = rest->at;
    const char *end = rest->at + rest->len;
    bool escaped = false;
    while (p < end && *p != separator) {
        if (rules->escape != '\0' && *p == rules->escape && p + 1 < end) {
            escaped = true;
            p++;
        }
        p++;
    }
    *piece = (mr_field){.at = rest->at,
                        .len = (uint32_t)(p - rest->at),
                        .kind = escaped ? MR_FIELD_BACKSLASHED : MR_FIELD_TEXT};
    if (mr_bytes_is(mr_field_bytes(*piece), rules->null_text == NULL ? "\\N" : rules->null_text)) {
        piece->kind = MR_FIELD_NULL;
    }
    *more = p < end;
    if (*more) {
        p++;
        *rest = (mr_field){.at = p, .len = (uint32_t)(end - p), .kind = rest->kind};
    }
    return true;
}

mr_field mr_lazy_struct_field(const mr_decode_rules *rules, mr_field value, size_t place,
                              unsigned level)
{
    mr_field piece = {0};
    bool more = true;
    if (value.kind != MR_FIELD_TEXT && value.kind != MR_FIELD_BACKSLASHED) {
        return piece;
    }
    for (size_t i = 0; lazy_next(rules, &value, &more, level, &piece); i++) {
        if (i == place) {
            return piece;
        }
    }
    return (mr_field){0};
}

static mr_code append_lazy_struct(const mr_decode_rules *rules, const mr_decode_column *column,
                                  const mr_hive_type *type, mr_field field, unsigned level,
                                  mr_strbuf *out, mr_error *err)
{
    mr_strbuf_append_char(out, '{');
    for (size_t i = 0; i < type->child_count; i++) {
        mr_field piece = mr_lazy_struct_field(rules, field, i, level);
        mr_strbuf_appendf(out, i == 0 ? "%s=" : ", %s=", type->names[i]);
        mr_code code = append_field(rules, column, type->children[i], piece, level + 1, out, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_strbuf_append_char(out, '}');
    return MR_OK;
}

static mr_code append_lazy_entry(const mr_decode_rules *rules, const mr_decode_column *column,
                                 const mr_hive_type *type, mr_field entry, unsigned level,
                                 mr_strbuf *out, mr_error *err)
{
    mr_field key = mr_lazy_struct_field(rules, entry, 0, level + 1);
    mr_field value = mr_lazy_struct_field(rules, entry, 1, level + 1);
    mr_code code = append_field(rules, column, type->children[0], key, level + 2, out, err);
    if (code == MR_OK) {
        mr_strbuf_append_char(out, '=');
        code = append_field(rules, column, type->children[1], value, level + 2, out, err);
    }
    return code;
}

static mr_code append_lazy(const mr_decode_rules *rules, const mr_decode_column *column,
                           const mr_hive_type *type, mr_field field, unsigned level, mr_strbuf *out,
                           mr_error *err)
{
    if (type->kind == MR_HIVE_STRUCT) {
        return append_lazy_struct(rules, column, type, field, level, out, err);
    }
    bool map = type->kind == MR_HIVE_MAP;
    bool more = true;
    mr_field piece;
    mr_code code = MR_OK;
    mr_strbuf_append_char(out, map ? '{' : '[');
    for (size_t i = 0; code == MR_OK && lazy_next(rules, &field, &more, level, &piece); i++) {
        if (i > 0) {
            mr_strbuf_append_text(out, ", ");
        }
        code = map ? append_lazy_entry(rules, column, type, piece, level, out, err)
                   : append_field(rules, column, type->children[0], piece, level + 1, out, err);
    }
    mr_strbuf_append_char(out, map ? '}' : ']');
    return code;
}

mr_code mr_decode_nested(const mr_decode_rules *rules, const mr_decode_column *column,
                         mr_field field, mr_strbuf *out, bool *is_null, mr_error *err)
{
    *is_null = means_null(column->type, field);
    if (*is_null) {
        return MR_OK;
    }
    if (rules->serde == MR_SERDE_OPEN_CSV) {
        return mr_error_set(err, MR_QUERY_FAILED,
                            "HIVE_BAD_DATA: column %s: OpenCSVSerde has no nested types; declare "
                            "it as string",
                            column->name);
    }
    return append_field(rules, column, column->type, field, 1, out, err);
}
