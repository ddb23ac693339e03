/* projection.c - reads a table's projection properties; see projection.h. What they stand for at
 * a time is in projection_expand.c. */
#include "sim/catalog/projection.h"

#include "sim/base/alloc.h"
#include "sim/catalog/catalog_private.h"
#include "sim/catalog/projection_private.h"

#include <stdarg.h>

#define DIGITS_MAX 18 /* of an integer's width */

bool mr_projection_is_enabled(const mr_table *table)
{
    const char *enabled = mr_table_parameter(table, "projection.enabled");
    return table->partition_key_count > 0 && enabled != NULL &&
           mr_bytes_equal_nocase(mr_bytes_of(enabled), MR_BYTES_LITERAL("true"));
}

const char *mr_projection_property(const mr_table *table, const char *key, const char *name)
{
    char *property = mr_format("projection.%s.%s", key, name);
    mr_bytes wanted = mr_bytes_of(property);
    const char *value = NULL;
    for (size_t i = 0; i < table->parameter_count && value == NULL; i++) {
        /* Keys are folded to lower case; the properties that name them are not. */
        if (mr_bytes_equal_nocase(mr_bytes_of(table->parameters[i].name), wanted)) {
            value = table->parameters[i].value;
        }
    }
    mr_free(property);
    return value;
}

mr_code mr_projection_wrong(mr_error *err, const mr_table *table, const char *key, const char *name,
                            const char *format, ...)
{
    mr_strbuf what = mr_strbuf_make(1000);
    va_list args;
    va_start(args, format);
    mr_strbuf_vappendf(&what, format, args);
    va_end(args);
    mr_code code = mr_error_set(err, MR_INVALID_ARGUMENT, "table %s: projection.%s.%s %s",
                                table->name, key, name, mr_strbuf_text(&what));
    mr_strbuf_deinit(&what);
    return code;
}

/* ---- one key ---- */

/* White space is part of a value, as Athena has it. */
static mr_code read_enum(const mr_table *table, mr_projected_key *key, mr_error *err)
{
    const char *values = mr_projection_property(table, key->name, "values");
    if (values == NULL || *values == '\0') {
        return mr_projection_wrong(err, table, key->name, "values",
                                   "is missing; list the values as a,b,c");
    }
    mr_bytes rest = mr_bytes_of(values);
    size_t capacity = 0;
    for (;;) {
        size_t comma = mr_bytes_find(rest, ',');
        MR_GROW(key->values, key->value_count, capacity);
        key->values[key->value_count++] = mr_bytes_dup(mr_bytes_make(rest.at, comma));
        if (comma == rest.len) {
            return MR_OK;
        }
        rest = mr_bytes_make(rest.at + comma + 1, rest.len - comma - 1);
    }
}

/* A number of a property; `otherwise` when there is none. */
static mr_code read_number(const mr_table *table, const char *key, const char *name, int64_t low,
                           int64_t high, int64_t otherwise, int64_t *out, mr_error *err)
{
    const char *text = mr_projection_property(table, key, name);
    if (text == NULL) {
        *out = otherwise;
        return MR_OK;
    }
    if (!mr_bytes_to_int64(mr_bytes_trim(mr_bytes_of(text)), out) || *out < low || *out > high) {
        return mr_projection_wrong(err, table, key, name,
                                   "is \"%s\"; give a whole number from %lld to %lld", text,
                                   (long long)low, (long long)high);
    }
    return MR_OK;
}

static mr_code read_integer(const mr_table *table, mr_projected_key *key, mr_error *err)
{
    const char *text = mr_projection_property(table, key->name, "range");
    mr_bytes range = mr_bytes_of(text);
    size_t comma = mr_bytes_find(range, ',');
    if (comma == range.len ||
        !mr_bytes_to_int64(mr_bytes_trim(mr_bytes_make(range.at, comma)), &key->low) ||
        !mr_bytes_to_int64(
            mr_bytes_trim(mr_bytes_make(range.at + comma + 1, range.len - comma - 1)),
            &key->high) ||
        key->low > key->high) {
        return mr_projection_wrong(err, table, key->name, "range",
                                   "is \"%s\"; give the first and the last number, as 1,10",
                                   text == NULL ? "" : text);
    }
    int64_t digits = 0;
    mr_code code = read_number(table, key->name, "interval", 1, INT64_MAX, 1, &key->interval, err);
    if (code == MR_OK) {
        code = read_number(table, key->name, "digits", 1, DIGITS_MAX, 0, &digits, err);
    }
    key->digits = (int)digits;
    return code;
}

static mr_code read_key(const mr_table *table, const mr_column *column, mr_projected_key *key,
                        mr_error *err)
{
    key->name = column->name;
    mr_code code = mr_hive_type_parse(mr_bytes_of(column->type), &key->type, err);
    if (code != MR_OK) {
        return code;
    }
    const char *kind = mr_projection_property(table, column->name, "type");
    mr_bytes word = mr_bytes_of(kind);
    if (mr_bytes_equal_nocase(word, MR_BYTES_LITERAL("enum"))) {
        key->kind = MR_PROJECTED_ENUM;
        return read_enum(table, key, err);
    }
    if (mr_bytes_equal_nocase(word, MR_BYTES_LITERAL("integer"))) {
        key->kind = MR_PROJECTED_INTEGER;
        return read_integer(table, key, err);
    }
    if (mr_bytes_equal_nocase(word, MR_BYTES_LITERAL("date"))) {
        key->kind = MR_PROJECTED_DATE;
        return mr_projected_date_read(table, key, err);
    }
    if (mr_bytes_equal_nocase(word, MR_BYTES_LITERAL("injected"))) {
        key->kind = MR_PROJECTED_INJECTED;
        return MR_OK;
    }
    return mr_projection_wrong(
        err, table, column->name, "type", "is %s%s%s; give enum, integer, date or injected",
        kind == NULL ? "missing" : "\"", kind == NULL ? "" : kind, kind == NULL ? "" : "\"");
}

/* ---- the whole ---- */

static bool holds_placeholder(const char *text, const char *key)
{
    mr_bytes name = mr_bytes_of(key);
    for (const char *at = strstr(text, "${"); at != NULL; at = strstr(at + 2, "${")) {
        if (mr_bytes_equal_nocase(mr_bytes_make(at + 2, strcspn(at + 2, "}")), name)) {
            return true;
        }
    }
    return false;
}

static mr_code read_template(mr_projection *projection, mr_error *err)
{
    const mr_table *table = projection->table;
    const char *text = mr_table_parameter(table, "storage.location.template");
    mr_bytes bucket;
    mr_bytes prefix;
    if (text == NULL) {
        if (table->location != NULL && mr_location_split(table->location, &bucket, &prefix)) {
            return MR_OK;
        }
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "table %s: partition projection needs a Location such as "
                            "s3://bucket/prefix/, or storage.location.template",
                            table->name);
    }
    if (!mr_location_split(text, &bucket, &prefix)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "table %s: storage.location.template \"%s\" must look like "
                            "s3://bucket/prefix/${key}/",
                            table->name, text);
    }
    for (size_t i = 0; i < projection->key_count; i++) {
        if (!holds_placeholder(text, projection->keys[i].name)) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "table %s: storage.location.template \"%s\" must hold ${%s}",
                                table->name, text, projection->keys[i].name);
        }
    }
    projection->location_template = mr_strdup(text);
    return MR_OK;
}

mr_code mr_projection_new(const mr_table *table, mr_projection **out, mr_error *err)
{
    mr_projection *projection = mr_calloc(1, sizeof(*projection));
    projection->table = table;
    projection->keys = mr_calloc(table->partition_key_count, sizeof(*projection->keys));
    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < table->partition_key_count; i++) {
        projection->key_count++;
        code = read_key(table, &table->partition_keys[i], &projection->keys[i], err);
    }
    if (code == MR_OK && projection->key_count > 0) {
        code = read_template(projection, err);
    }
    if (code != MR_OK) {
        mr_projection_free(projection);
        return code;
    }
    *out = projection;
    return MR_OK;
}

void mr_projection_free(mr_projection *projection)
{
    if (projection == NULL) {
        return;
    }
    for (size_t i = 0; i < projection->key_count; i++) {
        mr_projected_key *key = &projection->keys[i];
        for (size_t v = 0; v < key->value_count; v++) {
            mr_free(key->values[v]);
        }
        mr_free(key->values);
        mr_date_pattern_free(key->pattern);
        mr_hive_type_free(key->type);
    }
    mr_free(projection->keys);
    mr_free(projection->location_template);
    mr_free(projection);
}
