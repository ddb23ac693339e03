/* statement_run.c - see statement_run.h. */
#include "sim/query/statement_run.h"

#include "sim/base/alloc.h"

void mr_statement_run_deinit(mr_statement_run *run)
{
    for (size_t i = 0; i < run->pushed_count; i++) {
        mr_pushed_core *pushed = run->pushed[i];
        mr_free(pushed->keys);
        mr_free(pushed->key_exprs);
        mr_free(pushed->calls);
        mr_free(pushed->call_exprs);
        mr_predicates_free(pushed->predicates, pushed->predicate_count);
        mr_free(pushed);
    }
    for (size_t i = 0; i < run->ref_count; i++) {
        mr_free(run->refs[i]->columns);
        mr_free(run->refs[i]);
    }
    for (size_t i = 0; i < run->table_count; i++) {
        mr_query_table_free(run->tables[i]);
    }
    mr_free(run->pushed);
    mr_free(run->refs);
    mr_free(run->tables);
}

size_t mr_table_ref_want(mr_table_ref *ref, size_t column)
{
    for (size_t i = 0; i < ref->column_count; i++) {
        if (ref->columns[i] == column) {
            return i;
        }
    }
    MR_GROW(ref->columns, ref->column_count, ref->column_capacity);
    ref->columns[ref->column_count] = column;
    return ref->column_count++;
}

void mr_result_datum(sqlite3_context *context, const mr_datum *datum)
{
    switch (datum->kind) {
    case MR_DATUM_NULL:
        sqlite3_result_null(context);
        break;
    case MR_DATUM_INT:
        sqlite3_result_int64(context, datum->integer);
        break;
    case MR_DATUM_DOUBLE:
        sqlite3_result_double(context, datum->real);
        break;
    case MR_DATUM_TEXT:
        sqlite3_result_text64(context, datum->text.len == 0 ? "" : datum->text.at, datum->text.len,
                              SQLITE_TRANSIENT, SQLITE_UTF8);
        break;
    }
}

bool mr_datum_of_value(sqlite3_value *value, mr_datum *out)
{
    switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
        *out = (mr_datum){0};
        return true;
    case SQLITE_INTEGER:
        *out = mr_datum_int(sqlite3_value_int64(value));
        return true;
    case SQLITE_FLOAT:
        *out = mr_datum_double(sqlite3_value_double(value));
        return true;
    case SQLITE_TEXT: {
        const void *text = sqlite3_value_text(value);
        *out = mr_datum_text(mr_bytes_make(text, (size_t)sqlite3_value_bytes(value)));
        return true;
    }
    default:
        return false;
    }
}
