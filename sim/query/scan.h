/*
 * scan.h - a scan of one table: which objects, which columns of them, which rows.
 *
 * prepare (on the session's thread): partitions are pruned by the predicates on their keys, the
 * objects of the rest are listed. Then workers read: each takes one object, or a range of one, at
 * a time, and hands over the rows for which every predicate holds. Workers may run on other
 * cores; they touch only the prepared scan, which does not change, and their own state.
 */
#ifndef MR_SIM_QUERY_SCAN_H
#define MR_SIM_QUERY_SCAN_H

#include "sim/base/fs.h"
#include "sim/format/object_reader.h"
#include "sim/query/object_list.h"
#include "sim/query/predicate.h"
#include "sim/query/query_table.h"

/* A place that a table's objects are in. */
typedef struct mr_scan_partition {
    char **values;  /* of the partition keys, as text; owned */
    char *location; /* owned */
    mr_datum *data; /* the values by their types; owned */
    char **texts;   /* what data points to; owned */
} mr_scan_partition;

typedef struct mr_scan_env {
    mr_file_system *fs;
    const char *store_path;
    /*
     * Partitions of a table that may hold rows for these predicates (it may give more).
     * *considered: how many there are in all. Results are owned by the caller.
     */
    mr_code (*partitions)(void *context, const mr_query_table *table,
                          const mr_predicate *predicates, size_t predicate_count,
                          mr_partition **out, size_t *count, uint64_t *considered, mr_error *err);
    void *context;
} mr_scan_env;

typedef struct mr_scan {
    const mr_query_table *table; /* borrowed */
    mr_file_system *fs;
    size_t *columns; /* places in the table of the columns that are wanted; owned */
    size_t column_count;
    size_t *slots; /* for each wanted column its field; SIZE_MAX: constant in an object */
    size_t slot_count;
    mr_predicate *predicates; /* owned; those on data alone are left after prepare */
    size_t predicate_count;
    mr_scan_partition *partitions;
    size_t partition_count;
    mr_object_list objects;
    uint64_t partitions_considered, partitions_scanned;
} mr_scan;

/*
 * columns:    places in table->columns, in any order; copied. A column that a predicate names
 *             must be among them.
 * predicates: owned by the scan, also on failure.
 */
MR_NODISCARD mr_code mr_scan_prepare(const mr_scan_env *env, const mr_query_table *table,
                                     const size_t *columns, size_t column_count,
                                     mr_predicate *predicates, size_t predicate_count,
                                     mr_scan **out, mr_error *err);
void mr_scan_free(mr_scan *scan); /* NULL is fine */

/* The value of a wanted column that is constant in an object; borrowed from the scan. */
mr_datum mr_scan_constant(const mr_scan *scan, size_t object, size_t wanted);

/* ---- workers ---- */

typedef struct mr_scan_worker mr_scan_worker;

mr_scan_worker *mr_scan_worker_new(const mr_scan *scan);
void mr_scan_worker_free(mr_scan_worker *worker); /* NULL is fine */

/* Begins an object, or a range of it (object_reader.h). file: borrowed until the next begin. */
void mr_scan_worker_begin(mr_scan_worker *worker, size_t object, mr_file *file, uint64_t begin,
                          uint64_t end);

/*
 * Reads one block and gives its rows to the sink. fields: one per slot, borrowed from block.
 * more: out, false at the end of the range.
 */
MR_NODISCARD mr_code mr_scan_worker_next(mr_scan_worker *worker, mr_block *block,
                                         mr_row_sink_fn sink, void *context, bool *more,
                                         mr_error *err);

/* The value of a wanted column. scratch: see decode.h. */
MR_NODISCARD mr_code mr_scan_value(const mr_scan *scan, size_t object, size_t wanted,
                                   const mr_field *fields, mr_strbuf *scratch, mr_datum *out,
                                   mr_error *err);

/* JSON objects lost behind others on their lines since begin, and such lines. */
uint64_t mr_scan_worker_lost(const mr_scan_worker *worker, uint64_t *lines);

#endif
