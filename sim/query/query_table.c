/* query_table.c - see query_table.h. */
#include "sim/query/query_table.h"

#include "sim/base/alloc.h"
#include "sim/format/json_scan.h"
#include "sim/query/decode_nested.h"

static const struct {
    const char *name;
    mr_serde_kind kind;
} serdes[] = {
    {"org.openx.data.jsonserde.JsonSerDe", MR_SERDE_OPENX_JSON},
    {"org.apache.hive.hcatalog.data.JsonSerDe", MR_SERDE_HIVE_JSON},
    {"org.apache.hadoop.hive.serde2.JsonSerDe", MR_SERDE_HIVE_JSON},
    {"org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", MR_SERDE_LAZY_SIMPLE},
    {"org.apache.hadoop.hive.serde2.OpenCSVSerde", MR_SERDE_OPEN_CSV},
};

static mr_code choose_serde(mr_query_table *table, mr_error *err)
{
    const char *name = table->table->serde;
    if (name == NULL) { /* STORED AS TEXTFILE without ROW FORMAT */
        table->rules.serde = MR_SERDE_LAZY_SIMPLE;
        return MR_OK;
    }
    for (size_t i = 0; i < MR_COUNT(serdes); i++) {
        if (strcmp(serdes[i].name, name) == 0) {
            table->rules.serde = serdes[i].kind;
            return MR_OK;
        }
    }
    return mr_error_set(err, MR_UNSUPPORTED,
                        "NOT_SUPPORTED: table %s.%s: SerDe %s is not read by millrace; it reads "
                        "the JSON SerDes, LazySimpleSerDe and OpenCSVSerde",
                        table->table->database, table->table->name, name);
}

/* A delimiter by its number: "1", or \001 as people write it in templates. */
static bool delimiter_code(const char *value, int64_t *code)
{
    if (value[0] == '\\' && value[1] == '0') {
        return mr_bytes_to_int64(mr_bytes_of(value + 1), code) && *code >= 0 && *code <= 7;
    }
    return mr_bytes_to_int64(mr_bytes_of(value), code) && *code > 0 && *code < 128;
}

/* Hive writes delimiters as themselves, as \t or as a decimal code. */
static mr_code read_delimiter(const mr_query_table *table, const char *name, char fallback,
                              char *out, mr_error *err)
{
    const char *value = mr_table_serde_parameter(table->table, name);
    int64_t code;
    if (value == NULL || value[0] == '\0') {
        *out = fallback;
    } else if (value[1] == '\0' || strcmp(value, "\\\\") == 0) {
        *out = value[0];
    } else if (strcmp(value, "\\t") == 0) {
        *out = '\t';
    } else if (delimiter_code(value, &code)) {
        *out = (char)code;
    } else {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "NOT_SUPPORTED: table %s.%s: SerDe parameter %s=\"%s\": a delimiter is "
                            "one byte",
                            table->table->database, table->table->name, name, value);
    }
    return MR_OK;
}

static mr_code read_lazy_rules(mr_query_table *table, mr_error *err)
{
    mr_decode_rules *rules = &table->rules;
    for (int i = 0; i < MR_LAZY_LEVELS; i++) {
        rules->separators[i] = (char)(i + 1);
    }
    const char *format = mr_table_serde_parameter(table->table, "serialization.format");
    char field = '\001';
    if (format != NULL && mr_table_serde_parameter(table->table, "field.delim") == NULL) {
        mr_code code = read_delimiter(table, "serialization.format", field, &field, err);
        if (code != MR_OK) {
            return code;
        }
    }
    mr_code code = read_delimiter(table, "field.delim", field, &rules->separators[0], err);
    const char *old = mr_table_serde_parameter(table->table, "colelction.delim"); /* Hive's own */
    if (code == MR_OK) {
        code = read_delimiter(table, old != NULL ? "colelction.delim" : "collection.delim", '\002',
                              &rules->separators[1], err);
    }
    if (code == MR_OK) {
        code = read_delimiter(table, "mapkey.delim", '\003', &rules->separators[2], err);
    }
    if (code == MR_OK) {
        code = read_delimiter(table, "escape.delim", '\0', &rules->escape, err);
    }
    const char *line = mr_table_serde_parameter(table->table, "line.delim");
    if (code == MR_OK && line != NULL && strcmp(line, "\n") != 0 && strcmp(line, "\\n") != 0) {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "NOT_SUPPORTED: table %s.%s: line.delim \"%s\": "
                            "lines end in a line feed",
                            table->table->database, table->table->name, line);
    }
    const char *null_text = mr_table_serde_parameter(table->table, "serialization.null.format");
    if (null_text == NULL) {
        null_text = mr_table_parameter(table->table, "serialization.null.format");
    }
    rules->null_text = mr_strdup(null_text == NULL ? "\\N" : null_text);
    return code;
}

static mr_code read_csv_rules(mr_query_table *table, mr_error *err)
{
    mr_decode_rules *rules = &table->rules;
    mr_code code = read_delimiter(table, "separatorChar", ',', &rules->separators[0], err);
    if (code == MR_OK) {
        code = read_delimiter(table, "quoteChar", '"', &rules->quote, err);
    }
    return code == MR_OK ? read_delimiter(table, "escapeChar", '\\', &rules->escape, err) : code;
}

static bool is_true(const char *value)
{
    return value != NULL && mr_bytes_equal_nocase(mr_bytes_of(value), MR_BYTES_LITERAL("true"));
}

/* What the OpenX SerDe has beyond ignore.malformed.json. */
static mr_code read_json_rules(mr_query_table *table, mr_error *err)
{
    const mr_table *t = table->table;
    table->ignore_malformed = is_true(mr_table_serde_parameter(t, "ignore.malformed.json"));
    for (size_t i = 0; i < t->serde_parameter_count; i++) {
        const char *name = t->serde_parameters[i].name;
        const char *value = t->serde_parameters[i].value;
        bool mapping = strncmp(name, "mapping.", 8) == 0;
        bool dots = strcmp(name, "dots.in.keys") == 0 && is_true(value);
        bool cased = strcmp(name, "case.insensitive") == 0 && !is_true(value);
        bool formats = strcmp(name, "timestamp.formats") == 0;
        if (dots || cased || formats || (mapping && strcmp(name + 8, value) != 0)) {
            return mr_error_set(err, MR_UNSUPPORTED,
                                "NOT_SUPPORTED: table %s.%s: SerDe parameter %s=%s is not "
                                "modelled by millrace",
                                t->database, t->name, name, value);
        }
    }
    return MR_OK;
}

static mr_code read_rules(mr_query_table *table, mr_error *err)
{
    mr_code code = choose_serde(table, err);
    if (code != MR_OK) {
        return code;
    }
    const char *skip = mr_table_parameter(table->table, "skip.header.line.count");
    uint64_t lines = 0;
    if (skip != NULL && (!mr_bytes_to_uint64(mr_bytes_of(skip), &lines) || lines > 1000000)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "table %s.%s: skip.header.line.count \"%s\" is no count",
                            table->table->database, table->table->name, skip);
    }
    table->skip_header_lines = (size_t)lines;
    switch (table->rules.serde) {
    case MR_SERDE_LAZY_SIMPLE:
        return read_lazy_rules(table, err);
    case MR_SERDE_OPEN_CSV:
        return read_csv_rules(table, err);
    case MR_SERDE_OPENX_JSON:
    case MR_SERDE_HIVE_JSON:
        break;
    }
    return read_json_rules(table, err);
}

/* ---- columns ---- */

static mr_query_column *add_column(mr_query_table *table, char *name, char *json_path)
{
    table->columns =
        mr_reallocarray(table->columns, table->column_count + 1, sizeof(*table->columns));
    mr_query_column *column = &table->columns[table->column_count++];
    *column = (mr_query_column){.name = name, .json_path = json_path};
    return column;
}

static mr_code add_typed(mr_query_table *table, const mr_column *from, mr_column_source source,
                         size_t place, mr_hive_type **type, mr_error *err)
{
    mr_code code = mr_hive_type_parse(mr_bytes_of(from->type), type, err);
    if (code != MR_OK) {
        mr_error_prefix(err, "table %s.%s, column %s: ", table->table->database, table->table->name,
                        from->name);
        return code;
    }
    mr_query_column *column = add_column(table, mr_strdup(from->name), mr_strdup(from->name));
    column->source = source;
    column->place = place;
    column->type = *type;
    return MR_OK;
}

static mr_code add_hidden(mr_query_table *table, const char *name, const char *type,
                          mr_column_source source, mr_hive_type **slot, mr_error *err)
{
    mr_column column = {.name = (char *)(uintptr_t)name, .type = (char *)(uintptr_t)type};
    return add_typed(table, &column, source, 0, slot, err);
}

static mr_code add_columns(mr_query_table *table, mr_error *err)
{
    const mr_table *t = table->table;
    size_t types = t->column_count + t->partition_key_count + 2;
    table->types = mr_calloc(types, sizeof(mr_hive_type *));
    mr_code code = MR_OK;
    size_t n = 0;
    for (size_t i = 0; code == MR_OK && i < t->column_count; i++) {
        code = add_typed(table, &t->columns[i], MR_COLUMN_DATA, i, &table->types[n++], err);
    }
    for (size_t i = 0; code == MR_OK && i < t->partition_key_count; i++) {
        code = add_typed(table, &t->partition_keys[i], MR_COLUMN_PARTITION, i, &table->types[n++],
                         err);
    }
    table->visible_count = table->column_count;
    if (code == MR_OK) {
        code = add_hidden(table, "$path", "string", MR_COLUMN_PATH, &table->types[n++], err);
    }
    if (code == MR_OK) {
        code = add_hidden(table, "$file_size", "bigint", MR_COLUMN_SIZE, &table->types[n], err);
    }
    return code;
}

mr_code mr_query_table_new(mr_table *table, mr_query_table **out, mr_error *err)
{
    mr_query_table *made = mr_calloc(1, sizeof(*made));
    made->table = table;
    mr_code code = read_rules(made, err);
    if (code == MR_OK) {
        code = add_columns(made, err);
    }
    if (code != MR_OK) {
        mr_query_table_free(made);
        made = NULL;
    }
    *out = made;
    return code;
}

void mr_query_table_free(mr_query_table *table)
{
    if (table == NULL) {
        return;
    }
    for (size_t i = 0; i < table->column_count; i++) {
        mr_free(table->columns[i].name);
        mr_free(table->columns[i].json_path);
    }
    if (table->types != NULL) {
        for (size_t i = 0; i < table->table->column_count + table->table->partition_key_count + 2;
             i++) {
            mr_hive_type_free(table->types[i]);
        }
    }
    mr_free(table->types);
    mr_free(table->columns);
    mr_free(table->rules.null_text);
    mr_table_free(table->table);
    mr_free(table);
}

size_t mr_query_table_column(const mr_query_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++) {
        if (table->columns[i].field_count == 0 && strcmp(table->columns[i].name, name) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

size_t mr_query_table_field(mr_query_table *table, size_t column, const char *name)
{
    mr_query_column parent = table->columns[column];
    if (parent.type->kind != MR_HIVE_STRUCT || parent.field_count == MR_STRUCT_DEPTH_MAX) {
        return SIZE_MAX;
    }
    size_t field = mr_hive_type_field(parent.type, mr_bytes_of(name));
    if (field == parent.type->child_count) {
        return SIZE_MAX;
    }
    char *path =
        mr_format("%s%c%s", parent.json_path, MR_PATH_SEPARATOR, parent.type->names[field]);
    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].json_path, path) == 0) {
            mr_free(path);
            return i;
        }
    }
    char *full = mr_format("%s.%s", parent.name, parent.type->names[field]);
    mr_query_column *made = add_column(table, full, path);
    made->source = parent.source;
    made->place = parent.place;
    made->type = parent.type->children[field];
    memcpy(made->fields, parent.fields, sizeof(parent.fields));
    made->field_count = parent.field_count + 1;
    made->fields[parent.field_count] = field;
    return table->column_count - 1;
}
