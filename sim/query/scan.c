/* scan.c - preparing a scan: pruning partitions, listing objects. See scan.h. */
#include "sim/query/scan.h"

#include "sim/base/alloc.h"

mr_datum mr_scan_constant(const mr_scan *scan, size_t object, size_t wanted)
{
    const mr_query_object *o = &scan->objects.items[object];
    const mr_query_column *column = &scan->table->columns[scan->columns[wanted]];
    switch (column->source) {
    case MR_COLUMN_PARTITION:
        return scan->partitions[o->partition].data[column->place];
    case MR_COLUMN_PATH:
        return mr_datum_text(mr_bytes_of(o->name));
    case MR_COLUMN_SIZE:
        return mr_datum_int((int64_t)o->size_bytes);
    case MR_COLUMN_DATA:
        break;
    }
    MR_ASSERT(false);
    return (mr_datum){0};
}

/* ---- partitions ---- */

static mr_code read_partition(const mr_query_table *table, mr_scan_partition *partition,
                              mr_error *err)
{
    size_t keys = table->table->partition_key_count;
    partition->data = mr_calloc(keys + 1, sizeof(*partition->data));
    partition->texts = mr_calloc(keys + 1, sizeof(*partition->texts));
    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < keys; i++) {
        mr_decode_column column = mr_query_decode_column(table, table->table->column_count + i);
        mr_strbuf scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_datum *datum = &partition->data[i];
        code =
            mr_decode_partition(&column, mr_bytes_of(partition->values[i]), &scratch, datum, err);
        if (code == MR_OK && datum->kind == MR_DATUM_TEXT) {
            partition->texts[i] = mr_bytes_dup(datum->text);
            datum->text.at = partition->texts[i];
        }
        mr_strbuf_deinit(&scratch);
    }
    return code;
}

static bool partition_holds(const mr_scan *scan, const mr_scan_partition *partition)
{
    for (size_t i = 0; i < scan->predicate_count; i++) {
        const mr_query_column *column = &scan->table->columns[scan->predicates[i].column];
        if (column->source == MR_COLUMN_PARTITION &&
            !mr_predicate_holds(&scan->predicates[i], &partition->data[column->place])) {
            return false;
        }
    }
    return true;
}

static void partition_deinit(const mr_query_table *table, mr_scan_partition *partition)
{
    for (size_t i = 0; i < table->table->partition_key_count; i++) {
        if (partition->values != NULL) {
            mr_free(partition->values[i]);
        }
        if (partition->texts != NULL) {
            mr_free(partition->texts[i]);
        }
    }
    mr_free(partition->values);
    mr_free(partition->texts);
    mr_free(partition->data);
    mr_free(partition->location);
}

/* The whole of a table without partition keys. */
static void take_whole_table(mr_scan *scan)
{
    scan->partitions = mr_calloc(1, sizeof(*scan->partitions));
    scan->partitions[0].location = mr_strdup(scan->table->table->location);
    scan->partition_count = 1;
}

static mr_code take_partitions(mr_scan *scan, const mr_scan_env *env, mr_error *err)
{
    mr_partition *found = NULL;
    size_t count = 0;
    mr_code code =
        env->partitions(env->context, scan->table, scan->predicates, scan->predicate_count, &found,
                        &count, &scan->partitions_considered, err);
    scan->partitions = mr_calloc(count + 1, sizeof(*scan->partitions));
    for (size_t i = 0; code == MR_OK && i < count; i++) {
        MR_ASSERT(found[i].value_count == scan->table->table->partition_key_count);
        mr_scan_partition *partition = &scan->partitions[scan->partition_count];
        *partition = (mr_scan_partition){.values = found[i].values, .location = found[i].location};
        found[i].values = NULL; /* they moved */
        found[i].value_count = 0;
        found[i].location = NULL;
        scan->partition_count++;
        code = read_partition(scan->table, partition, err);
        if (code == MR_OK && !partition_holds(scan, partition)) {
            partition_deinit(scan->table, partition);
            scan->partition_count--;
        }
    }
    mr_partitions_free(found, count);
    return code;
}

/* ---- objects ---- */

static bool object_holds(const mr_scan *scan, size_t object)
{
    for (size_t i = 0; i < scan->predicate_count; i++) {
        const mr_query_column *column = &scan->table->columns[scan->predicates[i].column];
        const mr_query_object *o = &scan->objects.items[object];
        mr_datum value;
        if (column->source == MR_COLUMN_PATH) {
            value = mr_datum_text(mr_bytes_of(o->name));
        } else if (column->source == MR_COLUMN_SIZE) {
            value = mr_datum_int((int64_t)o->size_bytes);
        } else {
            continue;
        }
        if (!mr_predicate_holds(&scan->predicates[i], &value)) {
            return false;
        }
    }
    return true;
}

static mr_code list_objects(mr_scan *scan, const mr_scan_env *env, mr_error *err)
{
    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < scan->partition_count; i++) {
        code = mr_object_list_add(&scan->objects, env->fs, env->store_path,
                                  scan->partitions[i].location, i, err);
    }
    size_t kept = 0;
    for (size_t i = 0; i < scan->objects.count; i++) {
        mr_query_object *object = &scan->objects.items[i];
        if (code == MR_OK && object->size_bytes > 0 && object_holds(scan, i)) {
            scan->objects.items[kept++] = *object;
        } else {
            mr_free(object->path);
            mr_free(object->name);
        }
    }
    scan->objects.count = kept;
    return code;
}

/* What was decided for whole objects need not be asked of every row. */
static void keep_row_predicates(mr_scan *scan)
{
    size_t kept = 0;
    for (size_t i = 0; i < scan->predicate_count; i++) {
        if (scan->table->columns[scan->predicates[i].column].source == MR_COLUMN_DATA) {
            scan->predicates[kept++] = scan->predicates[i];
        } else {
            mr_predicate_deinit(&scan->predicates[i]);
        }
    }
    scan->predicate_count = kept;
}

/* Delimited fields are found in the order of their places; JSON members in any. */
static void assign_slots(mr_scan *scan)
{
    for (size_t i = 0; i < scan->column_count; i++) {
        bool data = scan->table->columns[scan->columns[i]].source == MR_COLUMN_DATA;
        scan->slots[i] = data ? scan->slot_count++ : SIZE_MAX;
    }
}

mr_code mr_scan_prepare(const mr_scan_env *env, const mr_query_table *table, const size_t *columns,
                        size_t column_count, mr_predicate *predicates, size_t predicate_count,
                        mr_scan **out, mr_error *err)
{
    mr_scan *scan = mr_calloc(1, sizeof(*scan));
    scan->table = table;
    scan->fs = env->fs;
    scan->columns = mr_calloc(column_count + 1, sizeof(*scan->columns));
    scan->slots = mr_calloc(column_count + 1, sizeof(*scan->slots));
    if (column_count > 0) {
        memcpy(scan->columns, columns, column_count * sizeof(*columns));
    }
    scan->column_count = column_count;
    scan->predicates = predicates;
    scan->predicate_count = predicate_count;
    assign_slots(scan);

    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < column_count; i++) {
        mr_decode_column column = mr_query_decode_column(table, columns[i]);
        code = mr_decode_check(&column, err);
    }
    if (code == MR_OK && table->table->partition_key_count == 0) {
        take_whole_table(scan);
    } else if (code == MR_OK) {
        code = take_partitions(scan, env, err);
        scan->partitions_scanned = scan->partition_count;
    }
    if (code == MR_OK) {
        code = list_objects(scan, env, err);
    }
    keep_row_predicates(scan);
    if (code != MR_OK) {
        mr_scan_free(scan);
        scan = NULL;
    }
    *out = scan;
    return code;
}

void mr_scan_free(mr_scan *scan)
{
    if (scan == NULL) {
        return;
    }
    for (size_t i = 0; i < scan->partition_count; i++) {
        partition_deinit(scan->table, &scan->partitions[i]);
    }
    mr_free(scan->partitions);
    mr_object_list_deinit(&scan->objects);
    mr_predicates_free(scan->predicates, scan->predicate_count);
    mr_free(scan->columns);
    mr_free(scan->slots);
    mr_free(scan);
}
