/*
 * registration.c - partitions from the folders of delivered objects; see
 * mr_catalog_object_written().
 *
 * It is asked for every object, so the tables that could be meant are kept in memory with the
 * folders that they have; only a new folder reaches the database.
 */
#include "sim/base/alloc.h"
#include "sim/catalog/catalog_private.h"
#include "sim/catalog/projection.h"

/* ---- the tables ---- */

static void free_folder_table(mr_folder_table *t)
{
    mr_free(t->database);
    mr_free(t->name);
    mr_free(t->bucket);
    mr_free(t->prefix);
    for (size_t i = 0; i < t->key_count; i++) {
        mr_free(t->keys[i]);
    }
    mr_free(t->keys);
    mr_map_free(t->known);
}

void mr_catalog_forget_folder_tables(mr_catalog *catalog)
{
    for (size_t i = 0; i < catalog->folder_table_count; i++) {
        free_folder_table(&catalog->folder_tables[i]);
    }
    mr_free(catalog->folder_tables);
    catalog->folder_tables = NULL;
    catalog->folder_table_count = 0;
    catalog->folder_tables_known = false;
}

/* With a '/' at its end, as a folder is written; nothing stays nothing. */
static char *folder_of(mr_bytes prefix)
{
    bool open = prefix.len > 0 && prefix.at[prefix.len - 1] != '/';
    return mr_format("%.*s%s", (int)prefix.len, prefix.len == 0 ? "" : prefix.at, open ? "/" : "");
}

static void add_folder_table(mr_catalog *catalog, const mr_table *table)
{
    mr_bytes bucket;
    mr_bytes prefix;
    if (table->partition_key_count == 0 || table->location == NULL ||
        mr_projection_is_enabled(table) || !mr_location_split(table->location, &bucket, &prefix)) {
        return;
    }
    mr_folder_table added = {
        .database = mr_strdup(table->database),
        .name = mr_strdup(table->name),
        .bucket = mr_bytes_dup(bucket),
        .prefix = folder_of(prefix),
        .keys = mr_calloc(table->partition_key_count, sizeof(char *)),
        .key_count = table->partition_key_count,
        .known = mr_map_new(),
    };
    for (size_t i = 0; i < added.key_count; i++) {
        added.keys[i] = mr_strdup(table->partition_keys[i].name);
    }
    catalog->folder_tables = mr_reallocarray(
        catalog->folder_tables, catalog->folder_table_count + 1, sizeof(*catalog->folder_tables));
    catalog->folder_tables[catalog->folder_table_count++] = added;
}

static mr_code load_tables_of(mr_catalog *catalog, const char *database, mr_error *err)
{
    char **names = mr_catalog_tables(catalog, database);
    mr_code code = MR_OK;
    for (char **name = names; *name != NULL; name++) {
        mr_table *table = NULL;
        if (code == MR_OK) {
            code = mr_catalog_get_table(catalog, database, *name, &table, err);
        }
        if (table != NULL) {
            add_folder_table(catalog, table);
            mr_table_free(table);
        }
        mr_free(*name);
    }
    mr_free(names);
    return code;
}

static mr_code load_folder_tables(mr_catalog *catalog, mr_error *err)
{
    if (catalog->folder_tables_known) {
        return MR_OK;
    }
    char **databases = mr_catalog_databases(catalog);
    mr_code code = MR_OK;
    for (char **database = databases; *database != NULL; database++) {
        if (code == MR_OK) {
            code = load_tables_of(catalog, *database, err);
        }
        mr_free(*database);
    }
    mr_free(databases);
    if (code != MR_OK) {
        mr_catalog_forget_folder_tables(catalog);
        return code;
    }
    catalog->folder_tables_known = true;
    return MR_OK;
}

/* ---- one object ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Hive writes what a folder's name may not hold as %XX. Owned by the caller. */
static char *unescape(mr_bytes value)
{
    char *text = mr_alloc(value.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        bool escaped = value.at[i] == '%' && value.len - i > 2;
        int high = escaped ? hex_digit(value.at[i + 1]) : -1;
        int low = escaped ? hex_digit(value.at[i + 2]) : -1;
        if (high >= 0 && low >= 0 && high + low > 0) { /* %00 stays as it is */
            text[len++] = (char)(uint8_t)(high * 16 + low);
            i += 2;
        } else {
            text[len++] = value.at[i];
        }
    }
    text[len] = '\0';
    return text;
}

/*
 * Reads "k1=v1/k2=v2/" at the start of rest, keys in order, no value empty. values: borrowed
 * from rest, still escaped. Returns the length of the folders, 0 when rest does not begin so.
 */
static size_t read_folders(const mr_folder_table *t, mr_bytes rest, mr_bytes *values)
{
    size_t at = 0;
    for (size_t i = 0; i < t->key_count; i++) {
        mr_bytes tail = mr_bytes_make(rest.at + at, rest.len - at);
        size_t slash = mr_bytes_find(tail, '/');
        mr_bytes folder = mr_bytes_make(tail.at, slash);
        size_t equals = mr_bytes_find(folder, '=');
        if (slash == tail.len || equals + 1 >= folder.len ||
            !mr_bytes_equal_nocase(mr_bytes_make(folder.at, equals), mr_bytes_of(t->keys[i]))) {
            return 0;
        }
        values[i] = mr_bytes_make(folder.at + equals + 1, folder.len - equals - 1);
        at += slash + 1;
    }
    return at;
}

/* Athena does not see objects whose name begins so. */
static bool is_hidden(mr_bytes key)
{
    size_t start = key.len;
    while (start > 0 && key.at[start - 1] != '/') {
        start--;
    }
    return start == key.len || key.at[start] == '_' || key.at[start] == '.';
}

static mr_code register_folder(mr_catalog *catalog, const mr_folder_table *t, mr_bytes folders,
                               const mr_bytes *escaped, mr_error *err)
{
    char **values = mr_calloc(t->key_count, sizeof(*values));
    for (size_t i = 0; i < t->key_count; i++) {
        values[i] = unescape(escaped[i]);
    }
    char *location =
        mr_format("s3://%s/%s%.*s", t->bucket, t->prefix, (int)folders.len, folders.at);
    bool added = false;
    mr_code code = mr_catalog_insert_partition(
        catalog, t->database, t->name, (const char *const *)t->keys, (const char *const *)values,
        t->key_count, location, &added, err);
    if (code == MR_OK) {
        (void)mr_map_put(t->known, folders, t->known); /* any pointer will do: it is a set */
    }
    mr_free(location);
    for (size_t i = 0; i < t->key_count; i++) {
        mr_free(values[i]);
    }
    mr_free(values);
    return code;
}

/* *folders_len: out; the length of prefix and folders, 0 when the object makes no partition. */
static mr_code show_object(mr_catalog *catalog, const mr_folder_table *t, mr_bytes key,
                           size_t *folders_len, mr_error *err)
{
    mr_bytes prefix = mr_bytes_of(t->prefix);
    *folders_len = 0;
    if (!mr_bytes_starts_with(key, prefix) || is_hidden(key)) {
        return MR_OK;
    }
    mr_bytes rest = mr_bytes_make(key.at + prefix.len, key.len - prefix.len);
    mr_bytes *values = mr_calloc(t->key_count, sizeof(*values));
    mr_code code = MR_OK;
    size_t len = read_folders(t, rest, values);
    mr_bytes folders = mr_bytes_make(rest.at, len);
    *folders_len = len == 0 ? 0 : prefix.len + len;
    if (len > 0 && mr_map_get(t->known, folders) == NULL) {
        code = register_folder(catalog, t, folders, values, err);
    }
    mr_free(values);
    return code;
}

mr_code mr_catalog_object_written(mr_catalog *catalog, const char *bucket, const char *key,
                                  mr_error *err)
{
    size_t folders_len = 0;
    mr_code code = load_folder_tables(catalog, err);
    for (size_t i = 0; code == MR_OK && i < catalog->folder_table_count; i++) {
        const mr_folder_table *t = &catalog->folder_tables[i];
        if (strcmp(t->bucket, bucket) == 0) {
            code = show_object(catalog, t, mr_bytes_of(key), &folders_len, err);
        }
    }
    return code;
}

/* ---- after a crash ---- */

/* The first object of the bucket whose key is greater; *key is owned, NULL when there is none. */
static mr_code next_key(mr_catalog *catalog, const char *bucket, const char *after, char **key,
                        mr_error *err)
{
    mr_stmt *stmt = mr_db_stmt(catalog->db, "SELECT key FROM objects WHERE bucket = ?1 AND key > ?2"
                                            " ORDER BY key LIMIT 1");
    mr_stmt_bind_text(stmt, 1, bucket);
    mr_stmt_bind_text(stmt, 2, after);
    bool row = false;
    mr_code code = mr_stmt_step(catalog->db, stmt, &row, err);
    *key = code == MR_OK && row ? mr_strdup(mr_stmt_text(stmt, 0)) : NULL;
    mr_stmt_done(stmt);
    return code;
}

/* Goes from folder to folder: once one object has shown a folder, its other objects are jumped
 * over. */
static mr_code recover_table(mr_catalog *catalog, const mr_folder_table *t, mr_error *err)
{
    char *after = mr_strdup(t->prefix);
    for (;;) {
        char *key = NULL;
        size_t folders_len = 0;
        mr_code code = next_key(catalog, t->bucket, after, &key, err);
        mr_free(after);
        if (code == MR_OK && key != NULL &&
            mr_bytes_starts_with(mr_bytes_of(key), mr_bytes_of(t->prefix))) {
            code = show_object(catalog, t, mr_bytes_of(key), &folders_len, err);
        } else {
            mr_free(key);
            return code;
        }
        if (code != MR_OK) {
            mr_free(key);
            return code;
        }
        if (folders_len > 0) {
            /* "a=1/": every key below is less than "a=10", and that is in no folder of its own. */
            key[folders_len - 1] = '/' + 1;
            key[folders_len] = '\0';
        }
        after = key;
    }
}

mr_code mr_catalog_recover(mr_catalog *catalog, mr_error *err)
{
    mr_code code = load_folder_tables(catalog, err);
    for (size_t i = 0; code == MR_OK && i < catalog->folder_table_count; i++) {
        code = recover_table(catalog, &catalog->folder_tables[i], err);
    }
    return code;
}
