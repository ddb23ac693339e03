/* partition_source.c - see partition_source.h. */
#include "sim/query/partition_source.h"

#include "sim/base/alloc.h"
#include "sim/catalog/projection.h"

/* A key's constraint with the texts that it borrows. */
typedef struct key_texts {
    mr_bytes *values; /* of is_listed; owned array of owned texts */
    size_t value_count;
    char *low, *high;
} key_texts;

/* A literal as the partition key's text; NULL for one that has none (a fraction). */
static char *datum_text(const mr_datum *datum)
{
    switch (datum->kind) {
    case MR_DATUM_TEXT:
        return mr_bytes_dup(datum->text);
    case MR_DATUM_INT:
        return mr_format("%lld", (long long)datum->integer);
    default:
        return NULL;
    }
}

/* Keys whose text is not their value (int 7 as "07") are compared by constraint.h by value, so
 * only integers and text are listed; other types are left to the scan's own predicates. */
static bool is_constrained(const mr_query_column *column)
{
    return mr_hive_is_integer(column->type) || mr_hive_is_text(column->type) ||
           column->type->kind == MR_HIVE_DATE;
}

static void list_values(const mr_predicate *predicate, mr_key_constraint *constraint,
                        key_texts *texts)
{
    if (constraint->is_listed) {
        return; /* a second list narrows no further than the scan will */
    }
    mr_bytes *values = mr_calloc(predicate->value_count + 1, sizeof(*values));
    size_t count = 0;
    for (size_t i = 0; i < predicate->value_count; i++) {
        char *text = datum_text(&predicate->values[i]);
        if (text != NULL) {
            values[count++] = mr_bytes_of(text);
        } else if (predicate->values[i].kind != MR_DATUM_NULL) { /* day = 1.5: let the scan say */
            for (size_t k = 0; k < count; k++) {
                mr_free((char *)(uintptr_t)values[k].at);
            }
            mr_free(values);
            return;
        }
    }
    texts->values = values;
    texts->value_count = count;
    constraint->is_listed = true;
    constraint->values = values;
    constraint->value_count = count;
}

static void set_low(const mr_predicate *predicate, mr_key_constraint *constraint, key_texts *texts)
{
    char *text = constraint->has_low ? NULL : datum_text(&predicate->values[0]);
    if (text != NULL) {
        texts->low = text;
        constraint->has_low = true;
        constraint->low = mr_bytes_of(text);
        constraint->low_exclusive = predicate->op == MR_PREDICATE_GT;
    }
}

static void set_high(const mr_predicate *predicate, mr_key_constraint *constraint, key_texts *texts)
{
    char *text = constraint->has_high ? NULL : datum_text(&predicate->values[0]);
    if (text != NULL) {
        texts->high = text;
        constraint->has_high = true;
        constraint->high = mr_bytes_of(text);
        constraint->high_exclusive = predicate->op == MR_PREDICATE_LT;
    }
}

/* What the predicates say about each key; the scan asks them all again. */
static void constrain(const mr_query_table *table, const mr_predicate *predicates, size_t count,
                      mr_key_constraint *constraints, key_texts *texts)
{
    for (size_t i = 0; i < count; i++) {
        const mr_query_column *column = &table->columns[predicates[i].column];
        if (column->source != MR_COLUMN_PARTITION || !is_constrained(column)) {
            continue;
        }
        mr_key_constraint *constraint = &constraints[column->place];
        key_texts *key = &texts[column->place];
        switch (predicates[i].op) {
        case MR_PREDICATE_EQ:
        case MR_PREDICATE_IN:
            list_values(&predicates[i], constraint, key);
            break;
        case MR_PREDICATE_GT:
        case MR_PREDICATE_GE:
            set_low(&predicates[i], constraint, key);
            break;
        case MR_PREDICATE_LT:
        case MR_PREDICATE_LE:
            set_high(&predicates[i], constraint, key);
            break;
        default:
            break;
        }
    }
}

static void free_texts(key_texts *texts, size_t keys)
{
    for (size_t i = 0; i < keys; i++) {
        for (size_t v = 0; v < texts[i].value_count; v++) {
            mr_free((char *)(uintptr_t)texts[i].values[v].at);
        }
        mr_free(texts[i].values);
        mr_free(texts[i].low);
        mr_free(texts[i].high);
    }
    mr_free(texts);
}

static mr_code project(const mr_partition_source *source, const mr_query_table *table,
                       const mr_predicate *predicates, size_t predicate_count, mr_partition **out,
                       size_t *count, mr_error *err)
{
    mr_projection *projection = NULL;
    mr_code code = mr_projection_new(table->table, &projection, err);
    if (code != MR_OK) {
        return code;
    }
    size_t keys = table->table->partition_key_count;
    mr_key_constraint *constraints = mr_calloc(keys + 1, sizeof(*constraints));
    key_texts *texts = mr_calloc(keys + 1, sizeof(*texts));
    constrain(table, predicates, predicate_count, constraints, texts);
    code = mr_projection_expand(projection, source->now_us, constraints, out, count, err);
    free_texts(texts, keys);
    mr_free(constraints);
    mr_projection_free(projection);
    return code;
}

mr_code mr_partition_source_get(void *context, const mr_query_table *table,
                                const mr_predicate *predicates, size_t predicate_count,
                                mr_partition **out, size_t *count, uint64_t *considered,
                                mr_error *err)
{
    const mr_partition_source *source = context;
    *out = NULL;
    *count = 0;
    mr_code code;
    if (mr_projection_is_enabled(table->table)) {
        code = project(source, table, predicates, predicate_count, out, count, err);
    } else {
        code = mr_catalog_partitions(source->catalog, table->table->database, table->table->name,
                                     out, count, err);
    }
    *considered = *count;
    return code;
}
