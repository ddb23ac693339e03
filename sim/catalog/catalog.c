/* catalog.c - databases and tables as rows of catalog.db; see catalog.h. Partitions are in
 * partitions.c, and those that come from delivered objects in registration.c. */
#include "sim/catalog/catalog.h"

#include "sim/base/alloc.h"
#include "sim/catalog/catalog_private.h"

mr_catalog *mr_catalog_new(mr_db *db, mr_trace *trace)
{
    mr_catalog *catalog = mr_calloc(1, sizeof(*catalog));
    catalog->db = db;
    catalog->trace = trace;
    return catalog;
}

void mr_catalog_free(mr_catalog *catalog)
{
    if (catalog != NULL) {
        mr_catalog_forget_folder_tables(catalog);
        mr_free(catalog);
    }
}

/* ---- databases ---- */

mr_code mr_catalog_create_database(mr_catalog *catalog, const char *name, const char *description,
                                   mr_error *err)
{
    if (name == NULL || *name == '\0') {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "a database needs a name");
    }
    char *folded = mr_lower_dup(name);
    mr_stmt *stmt =
        mr_db_stmt(catalog->db, "INSERT INTO glue_databases (name, description, created_us)"
                                " VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
    mr_stmt_bind_text(stmt, 1, folded);
    mr_stmt_bind_text(stmt, 2, description);
    mr_stmt_bind_int(stmt, 3, mr_db_wall_us(catalog->db));
    mr_code code = mr_stmt_run(catalog->db, stmt, err);
    if (code == MR_OK && sqlite3_changes(mr_db_handle(catalog->db)) == 0) {
        code = mr_error_set(err, MR_ALREADY_EXISTS, "database %s already exists", folded);
    }
    mr_free(folded);
    return code;
}

static mr_code check_database(mr_catalog *catalog, const char *folded, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(catalog->db, "SELECT 1 FROM glue_databases WHERE name = ?1");
    mr_stmt_bind_text(stmt, 1, folded);
    bool row = false;
    mr_code code = mr_stmt_step(catalog->db, stmt, &row, err);
    mr_stmt_done(stmt);
    if (code != MR_OK || row) {
        return code;
    }
    return mr_error_set(err, MR_DATABASE_NOT_FOUND, "database %s not found", folded);
}

/* ---- writing a table ---- */

static mr_column *fold_columns(const mr_column *columns, size_t count)
{
    mr_column *folded = mr_calloc(count, sizeof(*folded));
    for (size_t i = 0; i < count; i++) {
        folded[i].name = mr_lower_dup(columns[i].name);
        folded[i].type = mr_lower_dup(columns[i].type);
        folded[i].comment = columns[i].comment; /* borrowed */
    }
    return folded;
}

static void bind_columns(mr_stmt *stmt, int place, const mr_column *columns, size_t count)
{
    mr_strbuf text = mr_strbuf_make(MR_CATALOG_JSON_MAX);
    mr_column *folded = fold_columns(columns, count);
    mr_columns_write(folded, count, &text);
    mr_stmt_bind_text(stmt, place, mr_strbuf_text(&text));
    for (size_t i = 0; i < count; i++) {
        mr_free(folded[i].name);
        mr_free(folded[i].type);
    }
    mr_free(folded);
    mr_strbuf_deinit(&text);
}

static void bind_parameters(mr_stmt *stmt, int place, const mr_parameter *parameters, size_t count)
{
    mr_strbuf text = mr_strbuf_make(MR_CATALOG_JSON_MAX);
    mr_parameters_write(parameters, count, &text);
    mr_stmt_bind_text(stmt, place, mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
}

static mr_code insert_table(mr_catalog *catalog, const mr_table *table, const char *database,
                            const char *name, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(
        catalog->db,
        "INSERT INTO glue_tables (database_name, name, table_type, location, input_format,"
        " output_format, serde, compressed, columns, partition_keys, serde_parameters, parameters,"
        " created_us)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING");
    mr_stmt_bind_text(stmt, 1, database);
    mr_stmt_bind_text(stmt, 2, name);
    mr_stmt_bind_text(stmt, 3, table->table_type);
    mr_stmt_bind_text(stmt, 4, table->location);
    mr_stmt_bind_text(stmt, 5, table->input_format);
    mr_stmt_bind_text(stmt, 6, table->output_format);
    mr_stmt_bind_text(stmt, 7, table->serde);
    mr_stmt_bind_int(stmt, 8, table->compressed ? 1 : 0);
    bind_columns(stmt, 9, table->columns, table->column_count);
    bind_columns(stmt, 10, table->partition_keys, table->partition_key_count);
    bind_parameters(stmt, 11, table->serde_parameters, table->serde_parameter_count);
    bind_parameters(stmt, 12, table->parameters, table->parameter_count);
    mr_stmt_bind_int(stmt, 13, mr_db_wall_us(catalog->db));
    mr_code code = mr_stmt_run(catalog->db, stmt, err);
    if (code == MR_OK && sqlite3_changes(mr_db_handle(catalog->db)) == 0) {
        code = mr_error_set(err, MR_ALREADY_EXISTS, "table %s.%s already exists", database, name);
    }
    return code;
}

mr_code mr_catalog_create_table(mr_catalog *catalog, const mr_table *table, mr_error *err)
{
    MR_ASSERT(table->database != NULL);

    mr_code code = mr_table_check(table, err);
    if (code != MR_OK) {
        return code;
    }
    char *database = mr_lower_dup(table->database);
    char *name = mr_lower_dup(table->name);
    code = check_database(catalog, database, err);
    if (code == MR_OK) {
        code = insert_table(catalog, table, database, name, err);
    }
    if (code == MR_OK) {
        mr_catalog_forget_folder_tables(catalog);
    }
    mr_free(database);
    mr_free(name);
    return code;
}

/* ---- reading a table ---- */

static mr_code read_table(mr_stmt *stmt, mr_table *table, mr_error *err)
{
    table->table_type = mr_strdup(mr_stmt_text(stmt, 0));
    table->location = mr_strdup(mr_stmt_text(stmt, 1));
    table->input_format = mr_strdup(mr_stmt_text(stmt, 2));
    table->output_format = mr_strdup(mr_stmt_text(stmt, 3));
    table->serde = mr_strdup(mr_stmt_text(stmt, 4));
    table->compressed = mr_stmt_int(stmt, 5) != 0;
    mr_code code =
        mr_columns_read(mr_stmt_text(stmt, 6), &table->columns, &table->column_count, err);
    if (code == MR_OK) {
        code = mr_columns_read(mr_stmt_text(stmt, 7), &table->partition_keys,
                               &table->partition_key_count, err);
    }
    if (code == MR_OK) {
        code = mr_table_parameters_read(mr_stmt_text(stmt, 8), &table->serde_parameters,
                                        &table->serde_parameter_count, err);
    }
    if (code == MR_OK) {
        code = mr_table_parameters_read(mr_stmt_text(stmt, 9), &table->parameters,
                                        &table->parameter_count, err);
    }
    return code;
}

/* Folds nothing: table->database and table->name are the row's key. */
static mr_code fill_table(mr_catalog *catalog, mr_table *table, mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(
        catalog->db,
        "SELECT table_type, location, input_format, output_format, serde, compressed, columns,"
        " partition_keys, serde_parameters, parameters"
        " FROM glue_tables WHERE database_name = ?1 AND name = ?2");
    mr_stmt_bind_text(stmt, 1, table->database);
    mr_stmt_bind_text(stmt, 2, table->name);
    bool row = false;
    mr_code code = mr_stmt_step(catalog->db, stmt, &row, err);
    if (code == MR_OK && row) {
        code = read_table(stmt, table, err);
    } else if (code == MR_OK) {
        code = check_database(catalog, table->database, err);
        if (code == MR_OK) {
            code = mr_error_set(err, MR_TABLE_NOT_FOUND, "table %s.%s not found", table->database,
                                table->name);
        }
    }
    mr_stmt_done(stmt);
    return code;
}

mr_code mr_catalog_get_table(mr_catalog *catalog, const char *database, const char *name,
                             mr_table **out, mr_error *err)
{
    mr_table *table = mr_calloc(1, sizeof(*table));
    table->database = mr_lower_dup(database);
    table->name = mr_lower_dup(name);
    mr_code code = fill_table(catalog, table, err);
    if (code != MR_OK) {
        mr_table_free(table);
        return code;
    }
    *out = table;
    return MR_OK;
}

/* ---- lists of names ---- */

/* The first column of every row; owned array of owned names, ended by NULL. */
static char **read_names(mr_catalog *catalog, mr_stmt *stmt)
{
    char **names = NULL;
    size_t count = 0;
    size_t capacity = 0;
    bool row = true;
    mr_error err;
    while (row) {
        if (mr_stmt_step(catalog->db, stmt, &row, &err) != MR_OK && catalog->trace != NULL) {
            mr_trace_warn(catalog->trace, "%s", err.message); /* a list that ends early */
        }
        MR_GROW(names, count, capacity);
        names[count++] = row ? mr_strdup(mr_stmt_text(stmt, 0)) : NULL;
    }
    mr_stmt_done(stmt);
    return names;
}

char **mr_catalog_databases(mr_catalog *catalog)
{
    mr_stmt *stmt = mr_db_stmt(catalog->db, "SELECT name FROM glue_databases ORDER BY name");
    return read_names(catalog, stmt);
}

char **mr_catalog_tables(mr_catalog *catalog, const char *database)
{
    char *folded = mr_lower_dup(database);
    mr_stmt *stmt = mr_db_stmt(
        catalog->db, "SELECT name FROM glue_tables WHERE database_name = ?1 ORDER BY name");
    mr_stmt_bind_text(stmt, 1, folded);
    char **names = read_names(catalog, stmt);
    mr_free(folded);
    return names;
}
