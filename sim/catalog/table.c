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

static void free_columns(void *items, size_t count)
{
    mr_column *columns = items;
    for (size_t i = 0; i < count; i++) {
        mr_free(columns[i].name);
        mr_free(columns[i].type);
        mr_free(columns[i].comment);
    }
    mr_free(columns);
}

static void free_parameters(void *items, size_t count)
{
    mr_parameter *parameters = items;
    for (size_t i = 0; i < count; i++) {
        mr_free(parameters[i].name);
        mr_free(parameters[i].value);
    }
    mr_free(parameters);
}

static void free_values(void *items, size_t count)
{
    char **values = items;
    for (size_t i = 0; i < count; i++) {
        mr_free(values[i]);
    }
    mr_free(values);
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

static bool read_column(const cJSON *item, void *place)
{
    mr_column *c = place;
    return read_row(item, (char **[]){&c->name, &c->type, &c->comment},
                    (const bool[]){false, false, true}, 3);
}

static bool read_parameter(const cJSON *item, void *place)
{
    mr_parameter *p = place;
    return read_row(item, (char **[]){&p->name, &p->value}, (const bool[]){false, false}, 2);
}

static bool read_value(const cJSON *item, void *place)
{
    char **value = place;
    *value = cJSON_IsString(item) ? mr_strdup(item->valuestring) : NULL;
    return *value != NULL;
}

typedef struct list_kind {
    size_t item_size;
    bool (*read)(const cJSON *item, void *place); /* into zeros; false: it is something else */
    void (*free)(void *items, size_t count);
} list_kind;

/* items, count: out; owned by the caller; written on MR_OK alone. Errors: MR_CORRUPT. */
static mr_code read_list(const char *text, const list_kind *kind, void **items, size_t *count,
                         mr_error *err)
{
    cJSON *list = cJSON_Parse(text);
    bool ok = cJSON_IsArray(list);
    size_t rows = ok ? (size_t)cJSON_GetArraySize(list) : 0;
    char *array = mr_calloc(rows, kind->item_size);
    const cJSON *item = ok ? list->child : NULL;
    for (size_t i = 0; ok && i < rows; i++, item = item->next) {
        ok = kind->read(item, array + i * kind->item_size);
    }
    cJSON_Delete(list);
    if (!ok) {
        kind->free(array, rows);
        return not_a_list(text, err);
    }
    *items = array;
    *count = rows;
    return MR_OK;
}

mr_code mr_columns_read(const char *text, mr_column **out, size_t *count, mr_error *err)
{
    static const list_kind kind = {sizeof(mr_column), read_column, free_columns};
    void *columns = NULL;
    mr_code code = read_list(text, &kind, &columns, count, err);
    if (code == MR_OK) {
        *out = columns;
    }
    return code;
}

mr_code mr_table_parameters_read(const char *text, mr_parameter **out, size_t *count, mr_error *err)
{
    static const list_kind kind = {sizeof(mr_parameter), read_parameter, free_parameters};
    void *parameters = NULL;
    mr_code code = read_list(text, &kind, &parameters, count, err);
    if (code == MR_OK) {
        *out = parameters;
    }
    return code;
}

mr_code mr_values_read(const char *text, char ***out, size_t *count, mr_error *err)
{
    static const list_kind kind = {sizeof(char *), read_value, free_values};
    void *values = NULL;
    mr_code code = read_list(text, &kind, &values, count, err);
    if (code == MR_OK) {
        *out = values;
    }
    return code;
}
