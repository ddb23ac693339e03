/* resolve_name.c - names of columns and struct fields: scope by scope, inside out. */
#include "sim/base/alloc.h"
#include "sim/base/nearest.h"
#include "sim/query/decode_nested.h"
#include "sim/query/resolve_private.h"

#include <stdio.h>

size_t resolve_column_count(const mr_sql_source *source)
{
    return source->kind == MR_SOURCE_TABLE && source->table != NULL
               ? source->table->table->visible_count
               : source->column_count;
}

const char *resolve_column_name(const mr_sql_source *source, size_t column)
{
    return source->kind == MR_SOURCE_TABLE && source->table != NULL
               ? source->table->table->columns[column].name
               : source->columns[column]->name;
}

/* The place of a column of a source by name, or SIZE_MAX; *count: how many have it. */
static size_t find_column(const mr_sql_source *source, const char *name, size_t *count)
{
    if (source->table != NULL) {
        size_t column = mr_query_table_column(source->table->table, name);
        *count += column != SIZE_MAX;
        return column;
    }
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < source->column_count; i++) {
        if (strcmp(source->columns[i]->name, name) == 0) {
            found = i;
            (*count)++;
        }
    }
    return found;
}

/* How many of the name's first parts name this source: alias, t, db.t or awsdatacatalog.db.t;
 * 0: none, and SIZE_MAX is never given. */
static size_t qualifies(const mr_sql_source *source, const mr_sql_expr *name)
{
    const char *const *parts = name->parts;
    size_t n = name->part_count;
    if (source->alias != NULL) {
        return n > 1 && strcmp(parts[0], source->alias) == 0 ? 1 : 0;
    }
    if (source->table_name == NULL) {
        return 0;
    }
    if (n > 1 && strcmp(parts[0], source->table_name) == 0) {
        return 1;
    }
    bool db = source->database_name != NULL;
    if (db && n > 2 && strcmp(parts[0], source->database_name) == 0 &&
        strcmp(parts[1], source->table_name) == 0) {
        return 2;
    }
    if (db && n > 3 && strcmp(parts[0], "awsdatacatalog") == 0 &&
        strcmp(parts[1], source->database_name) == 0 && strcmp(parts[2], source->table_name) == 0) {
        return 3;
    }
    return 0;
}

static void set_column(mr_sql_expr *expr, mr_sql_source *source, size_t column)
{
    expr->source = source;
    if (source->table != NULL) {
        const mr_query_column *found = &source->table->table->columns[column];
        expr->type = mr_sql_type_of_hive(found->type);
        expr->source_column = mr_table_ref_want(source->table, column);
    } else {
        expr->type = source->columns[column]->type;
        expr->source_column = column;
    }
}

static void fail_column(resolver *r, const mr_sql_expr *expr, const name_scope *scope)
{
    const char *candidates[512];
    size_t count = 0;
    for (size_t i = 0; i < scope->core->source_count; i++) {
        const mr_sql_source *source = scope->core->sources[i];
        for (size_t c = 0; c < resolve_column_count(source) && count < MR_COUNT(candidates); c++) {
            candidates[count++] = resolve_column_name(source, c);
        }
    }
    char name[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < expr->part_count && used < sizeof(name) - 1; i++) {
        int n = snprintf(name + used, sizeof(name) - used, i == 0 ? "%s" : ".%s", expr->parts[i]);
        used += (size_t)n;
    }
    const char *last = expr->parts[expr->part_count - 1];
    const char *near = mr_nearest(mr_bytes_of(last), candidates, count);
    resolve_fail(r, MR_COLUMN_NOT_FOUND, "COLUMN_NOT_FOUND", expr->line, expr->column,
                 "Column '%s' cannot be resolved or requester is not authorized to access "
                 "requested resources%s%s%s",
                 name, near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                 near == NULL ? "" : "'?");
}

/* The fields after a column: location.lat. */
static void follow_fields(resolver *r, mr_sql_expr *expr, mr_sql_source *source, size_t column,
                          size_t first_field)
{
    if (first_field == expr->part_count) {
        set_column(expr, source, column);
        return;
    }
    if (source->table == NULL) {
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", expr->line, expr->column,
                     "field %s of a struct that comes out of a subquery; take the field inside "
                     "the subquery",
                     expr->parts[first_field]);
        return;
    }
    for (size_t i = first_field; i < expr->part_count; i++) {
        mr_query_table *table = source->table->table;
        const mr_hive_type *type = table->columns[column].type;
        if (type->kind != MR_HIVE_STRUCT) {
            resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", expr->line, expr->column,
                         "Expression %s is not of type ROW", table->columns[column].name);
            return;
        }
        const char *column_name = table->columns[column].name;
        size_t field = mr_query_table_field(table, column, expr->parts[i]);
        if (field == SIZE_MAX) {
            const char *near = mr_nearest(mr_bytes_of(expr->parts[i]),
                                          (const char *const *)type->names, type->child_count);
            resolve_fail(r, MR_COLUMN_NOT_FOUND, "COLUMN_NOT_FOUND", expr->line, expr->column,
                         "Column '%s.%s' cannot be resolved or requester is not authorized to "
                         "access requested resources%s%s%s",
                         column_name, expr->parts[i], near == NULL ? "" : "; did you mean '",
                         near == NULL ? "" : near, near == NULL ? "" : "'?");
            return;
        }
        column = field;
    }
    set_column(expr, source, column);
}

/* Looks in one scope. False: not there (and no error). */
static bool look_in(resolver *r, mr_sql_expr *expr, const name_scope *scope)
{
    const mr_sql_core *core = scope->core;
    /* A table's name or alias in front, first. */
    for (size_t i = 0; i < core->source_count; i++) {
        mr_sql_source *source = core->sources[i];
        size_t skip = qualifies(source, expr);
        size_t count = 0;
        size_t column = skip == 0 ? SIZE_MAX : find_column(source, expr->parts[skip], &count);
        if (column != SIZE_MAX) {
            follow_fields(r, expr, source, column, skip + 1);
            return true;
        }
    }
    mr_sql_source *found_in = NULL;
    size_t found = SIZE_MAX, count = 0;
    for (size_t i = 0; i < core->source_count; i++) {
        size_t column = find_column(core->sources[i], expr->parts[0], &count);
        if (column != SIZE_MAX) {
            found = column;
            found_in = core->sources[i];
        }
    }
    if (count > 1) {
        resolve_fail(r, MR_QUERY_FAILED, "AMBIGUOUS_NAME", expr->line, expr->column,
                     "Column '%s' is ambiguous", expr->parts[0]);
        return true;
    }
    if (found_in == NULL) {
        return false;
    }
    follow_fields(r, expr, found_in, found, 1);
    return true;
}

void resolve_name(resolver *r, mr_sql_expr *expr, const name_scope *scope)
{
    for (const struct name_scope *s = scope; s != NULL; s = s->parent) {
        if (s->core != NULL && look_in(r, expr, s)) {
            return;
        }
    }
    MR_ASSERT(scope != NULL && scope->core != NULL); /* names stand in a SELECT */
    fail_column(r, expr, scope);
}

mr_sql_expr *resolve_column_of(resolver *r, mr_sql_source *source, size_t column,
                               const mr_sql_item *at)
{
    mr_sql_expr *expr = mr_arena_alloc(r->arena, sizeof(*expr));
    expr->kind = MR_EXPR_NAME;
    expr->line = at->line;
    expr->column = at->column;
    char *name = mr_arena_text(r->arena, resolve_column_name(source, column));
    MR_ARENA_PUSH(r->arena, expr->parts, expr->part_count, name);
    set_column(expr, source, column);
    return expr;
}
