/* table.c - a table in memory: its release, its questions and its lists as JSON text. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/catalog/catalog_private.h"

#include <cjson/cJSON.h>

char *mr_lower_dup(const char *text)
{
    char *copy = mr_strdup(text);
    for (char *at = copy; at != NULL && *at != '\0'; at++) {
        if (*at >= 'A' && *at <= 'Z') {
            *at = (char)(*at + ('a' - 'A'));
        }
    }
    return copy;
}

static void free_columns(mr_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_free(columns[i].name);
        mr_free(columns[i].type);
        mr_free(columns[i].comment);
    }
    mr_free(columns);
}

static void free_parameters(mr_parameter *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mr_free(parameters[i].name);
        mr_free(parameters[i].value);
    }
    mr_free(parameters);
}

void mr_table_free(mr_table *table)
{
    if (table == NULL) {
        return;
    }
    mr_free(table->database);
    mr_free(table->name);
    mr_free(table->table_type);
    free_columns(table->columns, table->column_count);
    free_columns(table->partition_keys, table->partition_key_count);
    mr_free(table->location);
    mr_free(table->input_format);
    mr_free(table->output_format);
    mr_free(table->serde);
    free_parameters(table->serde_parameters, table->serde_parameter_count);
    free_parameters(table->parameters, table->parameter_count);
    mr_free(table);
}

void mr_partitions_free(mr_partition *partitions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t v = 0; v < partitions[i].value_count; v++) {
            mr_free(partitions[i].values[v]);
        }
        mr_free(partitions[i].values);
        mr_free(partitions[i].location);
    }
    mr_free(partitions);
}

static const char *find_parameter(const mr_parameter *parameters, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parameters[i].name, name) == 0) {
            return parameters[i].value;
        }
    }
    return NULL;
}

const char *mr_table_parameter(const mr_table *table, const char *name)
{
    return find_parameter(table->parameters, table->parameter_count, name);
}

const char *mr_table_serde_parameter(const mr_table *table, const char *name)
{
    return find_parameter(table->serde_parameters, table->serde_parameter_count, name);
}

bool mr_location_split(const char *location, mr_bytes *bucket, mr_bytes *prefix)
{
    static const char *const schemes[] = {"s3://", "s3a://", "s3n://"};
    mr_bytes rest = mr_bytes_of(location);
    for (size_t i = 0; i < MR_COUNT(schemes); i++) {
        mr_bytes scheme = mr_bytes_of(schemes[i]);
        if (mr_bytes_starts_with(rest, scheme)) {
            rest = mr_bytes_make(rest.at + scheme.len, rest.len - scheme.len);
            size_t slash = mr_bytes_find(rest, '/');
            size_t skip = slash < rest.len ? slash + 1 : slash;
            *bucket = mr_bytes_make(rest.at, slash);
            *prefix = mr_bytes_make(rest.at + skip, rest.len - skip);
            return bucket->len > 0;
        }
    }
    return false;
}

/* ---- lists as JSON text: arrays of arrays of texts ---- */

static void write_row(mr_json *json, const char *const *texts, size_t count)
{
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        mr_json_text(json, texts[i]);
    }
    mr_json_array_end(json);
}

void mr_columns_write(const mr_column *columns, size_t count, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    mr_json_array_begin(&json);
    for (size_t i = 0; i < count; i++) {
        const mr_column *c = &columns[i];
        write_row(&json, (const char *const[]){c->name, c->type, c->comment}, 3);
    }
    mr_json_array_end(&json);
}

void mr_parameters_write(const mr_parameter *parameters, size_t count, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    mr_json_array_begin(&json);
    for (size_t i = 0; i < count; i++) {
        write_row(&json, (const char *const[]){parameters[i].name, parameters[i].value}, 2);
    }
    mr_json_array_end(&json);
}

void mr_values_write(const char *const *values, size_t count, mr_strbuf *out)
{
    mr_json json = mr_json_make(out);
    write_row(&json, values, count);
}

static mr_code not_a_list(const char *text, mr_error *err)
{
    return mr_error_set(err, MR_CORRUPT,
                        "catalog.db: \"%.80s\" is no list of the catalog; restore the file, or "
                        "start anew with --replace",
                        text);
}

/* A list, or NULL. *count: its length. Owned by the caller. */
static cJSON *parse_list(const char *text, size_t *count)
{
    cJSON *list = cJSON_Parse(text);
    if (list != NULL && !cJSON_IsArray(list)) {
        cJSON_Delete(list);
        list = NULL;
    }
    *count = list == NULL ? 0 : (size_t)cJSON_GetArraySize(list);
    return list;
}

/* Copies a row's texts, owned; JSON null gives NULL where optional says so. */
static bool read_row(const cJSON *row, char **const *texts, const bool *optional, size_t count)
{
    if (!cJSON_IsArray(row) || (size_t)cJSON_GetArraySize(row) != count) {
        return false;
    }
    const cJSON *item = row->child;
    for (size_t i = 0; i < count; i++, item = item->next) {
        if (cJSON_IsString(item)) {
            *texts[i] = mr_strdup(item->valuestring);
        } else if (!cJSON_IsNull(item) || !optional[i]) {
            return false;
        }
    }
    return true;
}

mr_code mr_columns_read(const char *text, mr_column **out, size_t *count, mr_error *err)
{
    size_t rows = 0;
    cJSON *list = parse_list(text, &rows);
    mr_column *columns = mr_calloc(rows, sizeof(*columns));
    bool ok = list != NULL;
    const cJSON *row = ok ? list->child : NULL;
    for (size_t i = 0; ok && i < rows; i++, row = row->next) {
        mr_column *c = &columns[i];
        ok = read_row(row, (char **[]){&c->name, &c->type, &c->comment},
                      (const bool[]){false, false, true}, 3);
    }
    cJSON_Delete(list);
    if (!ok) {
        free_columns(columns, rows);
        return not_a_list(text, err);
    }
    *out = columns;
    *count = rows;
    return MR_OK;
}

mr_code mr_table_parameters_read(const char *text, mr_parameter **out, size_t *count, mr_error *err)
{
    size_t rows = 0;
    cJSON *list = parse_list(text, &rows);
    mr_parameter *parameters = mr_calloc(rows, sizeof(*parameters));
    bool ok = list != NULL;
    const cJSON *row = ok ? list->child : NULL;
    for (size_t i = 0; ok && i < rows; i++, row = row->next) {
        mr_parameter *p = &parameters[i];
        ok = read_row(row, (char **[]){&p->name, &p->value}, (const bool[]){false, false}, 2);
    }
    cJSON_Delete(list);
    if (!ok) {
        free_parameters(parameters, rows);
        return not_a_list(text, err);
    }
    *out = parameters;
    *count = rows;
    return MR_OK;
}

mr_code mr_values_read(const char *text, char ***out, size_t *count, mr_error *err)
{
    size_t items = 0;
    cJSON *list = parse_list(text, &items);
    char **values = mr_calloc(items, sizeof(*values));
    bool ok = list != NULL;
    const cJSON *item = ok ? list->child : NULL;
    for (size_t i = 0; ok && i < items; i++, item = item->next) {
        ok = cJSON_IsString(item);
        values[i] = ok ? mr_strdup(item->valuestring) : NULL;
    }
    cJSON_Delete(list);
    if (!ok) {
        for (size_t i = 0; i < items; i++) {
            mr_free(values[i]);
        }
        mr_free(values);
        return not_a_list(text, err);
    }
    *out = values;
    *count = items;
    return MR_OK;
}
