/*
 * query_table.h - a table of the catalog as a query sees it: its columns with their types, the
 * struct fields inside them, its partition keys, "$path", and the rules of its SerDe.
 */
#ifndef MR_SIM_QUERY_QUERY_TABLE_H
#define MR_SIM_QUERY_QUERY_TABLE_H

#include "sim/catalog/catalog.h"
#include "sim/query/decode.h"

typedef enum mr_column_source {
    MR_COLUMN_DATA,      /* in the objects */
    MR_COLUMN_PARTITION, /* a partition key */
    MR_COLUMN_PATH,      /* "$path" */
    MR_COLUMN_SIZE       /* "$file_size" */
} mr_column_source;

#define MR_STRUCT_DEPTH_MAX 8

typedef struct mr_query_column {
    char *name;      /* "district", "location.lat"; owned */
    char *json_path; /* the same with MR_PATH_SEPARATOR; owned */
    mr_column_source source;
    size_t place;                       /* of the (outermost) column or the partition key */
    const mr_hive_type *type;           /* of this column or field */
    size_t fields[MR_STRUCT_DEPTH_MAX]; /* places of the fields on the way */
    size_t field_count;
} mr_query_column;

typedef struct mr_query_table {
    mr_table *table; /* owned */
    mr_decode_rules rules;
    bool ignore_malformed;
    size_t skip_header_lines;
    mr_hive_type **types;     /* of the columns, then of the partition keys; owned */
    mr_query_column *columns; /* columns, partition keys, "$path", "$file_size", then fields */
    size_t column_count;
    size_t visible_count; /* of those, what SELECT * shows */
} mr_query_table;

/*
 * table:  owned by the result, also on failure.
 * Errors: MR_UNSUPPORTED for a SerDe or a property that is not read, MR_INVALID_ARGUMENT for a
 *         type or a property out of form.
 */
MR_NODISCARD mr_code mr_query_table_new(mr_table *table, mr_query_table **out, mr_error *err);
void mr_query_table_free(mr_query_table *table); /* NULL is fine */

/* The place of a column by its lower-case name, or SIZE_MAX. */
size_t mr_query_table_column(const mr_query_table *table, const char *name);
/* The place of a field inside a struct column, made when it is not there yet; SIZE_MAX when
 * there is no such field. */
size_t mr_query_table_field(mr_query_table *table, size_t column, const char *name);

static inline mr_decode_column mr_query_decode_column(const mr_query_table *table, size_t column)
{
    const mr_query_column *c = &table->columns[column];
    return (mr_decode_column){.name = c->name, .place = c->place, .type = c->type};
}

#endif
