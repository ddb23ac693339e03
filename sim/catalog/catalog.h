/*
 * catalog.h - the Glue Data Catalog: databases, tables, columns, partition keys and partitions,
 * as rows of catalog.db. The questions (get, list) also work on a db opened read-only.
 *
 * Names are folded to lower case on the way in, as Glue does. Partitions come from AddPartition,
 * from Hive-style folders of delivered objects, or are computed by partition projection.
 */
#ifndef MR_SIM_CATALOG_CATALOG_H
#define MR_SIM_CATALOG_CATALOG_H

#include "sim/base/error.h"
#include "sim/db/db.h"
#include "sim/trace/trace.h"

typedef struct mr_catalog mr_catalog;

typedef struct mr_column {
    char *name;    /* lower case */
    char *type;    /* Hive type as given, lower case */
    char *comment; /* NULL */
} mr_column;

typedef struct mr_parameter {
    char *name, *value;
} mr_parameter;

typedef struct mr_table {
    char *database, *name;
    char *table_type; /* "EXTERNAL_TABLE"; NULL */
    mr_column *columns;
    size_t column_count;
    mr_column *partition_keys;
    size_t partition_key_count;
    char *location; /* "s3://bucket/prefix/" */
    char *input_format, *output_format;
    char *serde; /* SerializationLibrary */
    mr_parameter *serde_parameters;
    size_t serde_parameter_count;
    mr_parameter *parameters;
    size_t parameter_count;
    bool compressed;
} mr_table;

void mr_table_free(mr_table *table); /* with everything it points to; NULL is fine */
const char *mr_table_parameter(const mr_table *table, const char *name);       /* NULL if absent */
const char *mr_table_serde_parameter(const mr_table *table, const char *name); /* NULL if absent */

/* What mr_catalog_create_table() would refuse of the table itself, without creating it. */
MR_NODISCARD mr_code mr_table_check(const mr_table *table, mr_error *err);

mr_catalog *mr_catalog_new(mr_db *db, mr_trace *trace); /* both borrowed; trace may be NULL */
void mr_catalog_free(mr_catalog *catalog);

/* Errors: MR_ALREADY_EXISTS. */
MR_NODISCARD mr_code mr_catalog_create_database(mr_catalog *catalog, const char *name,
                                                const char *description, mr_error *err);
/* Copies the table. Errors: MR_ALREADY_EXISTS, MR_DATABASE_NOT_FOUND, MR_INVALID_ARGUMENT (a type
 * that does not read, a projection property out of form). */
MR_NODISCARD mr_code mr_catalog_create_table(mr_catalog *catalog, const mr_table *table,
                                             mr_error *err);
/* Returned table is owned by the caller. Errors: MR_DATABASE_NOT_FOUND, MR_TABLE_NOT_FOUND. */
MR_NODISCARD mr_code mr_catalog_get_table(mr_catalog *catalog, const char *database,
                                          const char *name, mr_table **out, mr_error *err);
/* Names in byte order, owned array of owned names ended by NULL. */
char **mr_catalog_databases(mr_catalog *catalog);
char **mr_catalog_tables(mr_catalog *catalog, const char *database);

typedef struct mr_partition {
    char **values; /* one per partition key, owned */
    size_t value_count;
    char *location; /* "s3://bucket/prefix/k=v/" */
} mr_partition;
void mr_partitions_free(mr_partition *partitions, size_t count);

/* Adds it; one that is there already is MR_ALREADY_EXISTS. values, location: copied. */
MR_NODISCARD mr_code mr_catalog_add_partition(mr_catalog *catalog, const char *database,
                                              const char *table, const char *const *values,
                                              size_t count, const char *location, mr_error *err);
/* Registered partitions in byte order of values. Owned by the caller. */
MR_NODISCARD mr_code mr_catalog_partitions(mr_catalog *catalog, const char *database,
                                           const char *table, mr_partition **out, size_t *count,
                                           mr_error *err);
/*
 * An object was written: every table without projection whose location holds it and whose
 * partition keys its folders spell (k=v/...) gets that partition, once. Emits
 * MR_EVENT_PARTITION_ADDED. Differs: on AWS a crawler or MSCK REPAIR TABLE would have to run.
 */
MR_NODISCARD mr_code mr_catalog_object_written(mr_catalog *catalog, const char *bucket,
                                               const char *key, mr_error *err);

/*
 * The same for every object that catalog.db knows: after a crash between an object's commit and
 * its partition's. Costs one look-up a folder. Not for a catalog opened read-only.
 */
MR_NODISCARD mr_code mr_catalog_recover(mr_catalog *catalog, mr_error *err);

#endif
