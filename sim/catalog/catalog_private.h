/* catalog_private.h - what the files of catalog share; for nobody else. */
#ifndef MR_SIM_CATALOG_CATALOG_PRIVATE_H
#define MR_SIM_CATALOG_CATALOG_PRIVATE_H

#include "sim/base/map.h"
#include "sim/base/strbuf.h"
#include "sim/catalog/catalog.h"

#define MR_CATALOG_JSON_MAX ((size_t)64 * MR_MIB) /* a list of columns or parameters as text */

/* A table that takes partitions from the folders of delivered objects (registration.c). */
typedef struct mr_folder_table {
    char *database, *name; /* owned */
    char *bucket, *prefix; /* owned; prefix is "" or ends in '/' */
    char **keys;           /* owned; partition keys in order */
    size_t key_count;
    mr_map *known; /* folders ("year=2006/month=01/") that are registered for certain */
} mr_folder_table;

struct mr_catalog {
    mr_db *db;                      /* borrowed */
    mr_trace *trace;                /* borrowed; may be NULL */
    mr_folder_table *folder_tables; /* owned; in byte order of database and name */
    size_t folder_table_count;
    bool folder_tables_known; /* false: to be read again from the db */
};

char *mr_lower_dup(const char *text); /* ASCII; NULL gives NULL */

/* Lists as JSON text, for one column of catalog.db, and back. The text is appended. */
void mr_columns_write(const mr_column *columns, size_t count, mr_strbuf *out);
void mr_parameters_write(const mr_parameter *parameters, size_t count, mr_strbuf *out);
void mr_values_write(const char *const *values, size_t count, mr_strbuf *out);
/* Errors: MR_CORRUPT (the text is not what the functions above write). */
MR_NODISCARD mr_code mr_columns_read(const char *text, mr_column **out, size_t *count,
                                     mr_error *err);
MR_NODISCARD mr_code mr_table_parameters_read(const char *text, mr_parameter **out, size_t *count,
                                              mr_error *err);
MR_NODISCARD mr_code mr_values_read(const char *text, char ***out, size_t *count, mr_error *err);

/* "s3://bucket/prefix": the parts are borrowed from location. False when it is none. */
bool mr_location_split(const char *location, mr_bytes *bucket, mr_bytes *prefix);

/* Inserts unless it is there; *added: whether it was not. Emits MR_EVENT_PARTITION_ADDED. */
MR_NODISCARD mr_code mr_catalog_insert_partition(mr_catalog *catalog, const char *database,
                                                 const char *table, const char *const *keys,
                                                 const char *const *values, size_t count,
                                                 const char *location, bool *added, mr_error *err);
/* registration.c: a table was made, or the catalog goes. */
void mr_catalog_forget_folder_tables(mr_catalog *catalog);

#endif
