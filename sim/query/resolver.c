/* resolver.c - queries, SELECTs and their sources. See resolver.h. */
#include "sim/query/resolver.h"

#include "sim/base/alloc.h"
#include "sim/base/nearest.h"
#include "sim/query/lint.h"

#include <stdarg.h>
#include <stdio.h>

void resolve_fail(resolver *r, mr_code code, const char *name, unsigned line, unsigned column,
                  const char *format, ...)
{
    if (r->code != MR_OK) {
        return;
    }
    char why[400];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    r->code = mr_error_set(r->err, code, "%s: line %u:%u: %s", name, line, column, why);
}

/* ---- tables of the catalog ---- */

static size_t count_names(char **names)
{
    size_t count = 0;
    while (names != NULL && names[count] != NULL) {
        count++;
    }
    return count;
}

static void free_names(char **names)
{
    for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
        mr_free(names[i]);
    }
    mr_free(names);
}

/* The database of unqualified names; in the arena. */
static const char *choose_database(resolver *r, const char *asked)
{
    if (asked != NULL) {
        return asked;
    }
    char **names = mr_catalog_databases(r->catalog);
    const char *chosen = count_names(names) == 1 ? mr_arena_text(r->arena, names[0]) : "default";
    free_names(names);
    return chosen;
}

static void fail_missing(resolver *r, const mr_sql_source *source, const char *what,
                         const char *full_name, const char *name, char **names, mr_code code)
{
    const char *near =
        mr_nearest(mr_bytes_of(name), (const char *const *)names, count_names(names));
    resolve_fail(r, code, code == MR_TABLE_NOT_FOUND ? "TABLE_NOT_FOUND" : "SCHEMA_NOT_FOUND",
                 source->line, source->column, "%s '%s' does not exist%s%s%s", what, full_name,
                 near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                 near == NULL ? "" : "'?");
}

static void fail_table(resolver *r, const mr_sql_source *source, const char *database,
                       const char *name, mr_code code)
{
    char full[300];
    if (code == MR_DATABASE_NOT_FOUND) {
        char **names = mr_catalog_databases(r->catalog);
        fail_missing(r, source, "Schema", database, database, names, MR_DATABASE_NOT_FOUND);
        free_names(names);
        return;
    }
    snprintf(full, sizeof(full), "awsdatacatalog.%s.%s", database, name);
    char **names = mr_catalog_tables(r->catalog, database);
    fail_missing(r, source, "Table", full, name, names, MR_TABLE_NOT_FOUND);
    free_names(names);
}

static mr_query_table *load_table(resolver *r, const mr_sql_source *source, const char *database,
                                  const char *name)
{
    mr_statement_run *run = r->run;
    for (size_t i = 0; i < run->table_count; i++) {
        const mr_table *known = run->tables[i]->table;
        if (strcmp(known->database, database) == 0 && strcmp(known->name, name) == 0) {
            return run->tables[i];
        }
    }
    mr_table *table = NULL;
    mr_code code = mr_catalog_get_table(r->catalog, database, name, &table, r->err);
    if (code == MR_DATABASE_NOT_FOUND || code == MR_TABLE_NOT_FOUND) {
        fail_table(r, source, database, name, code);
        return NULL;
    }
    mr_query_table *made = NULL;
    if (code == MR_OK && table->table_type != NULL &&
        strcmp(table->table_type, "VIRTUAL_VIEW") == 0) {
        mr_table_free(table);
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", source->line, source->column,
                     "%s.%s is a view; views are not read by millrace yet", database, name);
        return NULL;
    }
    if (code == MR_OK) {
        code = mr_query_table_new(table, &made, r->err);
    }
    if (code != MR_OK) {
        r->code = code;
        return NULL;
    }
    MR_GROW(run->tables, run->table_count, run->table_capacity);
    run->tables[run->table_count++] = made;
    return made;
}

static const char *source_name(resolver *r)
{
    char text[16];
    snprintf(text, sizeof(text), "s%u", r->sources++);
    return mr_arena_text(r->arena, text);
}

static mr_table_ref *table_ref_new(resolver *r, mr_query_table *table, const char *emitted)
{
    mr_statement_run *run = r->run;
    mr_table_ref *ref = mr_calloc(1, sizeof(*ref));
    ref->table = table;
    snprintf(ref->emitted, sizeof(ref->emitted), "%s", emitted);
    MR_GROW(run->refs, run->ref_count, run->ref_capacity);
    run->refs[run->ref_count++] = ref;
    return ref;
}

/* ---- sources ---- */

static mr_sql_cte *find_cte(const cte_env *ctes, const mr_sql_source *source)
{
    for (; ctes != NULL && source->part_count == 1; ctes = ctes->parent) {
        if (strcmp(ctes->cte->name, source->parts[0]) == 0) {
            return ctes->cte;
        }
    }
    return NULL;
}

static void take_query_columns(mr_sql_source *source, const mr_sql_query *query)
{
    source->columns = query->columns;
    source->column_count = query->column_count;
}

static void resolve_table(resolver *r, mr_sql_source *source, const cte_env *ctes)
{
    size_t parts = source->part_count;
    source->emitted = source_name(r);
    source->table_name = source->parts[parts - 1];
    mr_sql_cte *cte = find_cte(ctes, source);
    if (cte != NULL) {
        source->columns = cte->query->columns;
        source->column_count = cte->query->column_count;
        source->cte = cte;
        return;
    }
    if (parts > 3 || (parts == 3 && strcmp(source->parts[0], "awsdatacatalog") != 0)) {
        resolve_fail(r, MR_DATABASE_NOT_FOUND, "CATALOG_NOT_FOUND", source->line, source->column,
                     "Catalog '%s' does not exist; there is 'awsdatacatalog'", source->parts[0]);
        return;
    }
    source->database_name = parts > 1 ? source->parts[parts - 2] : r->database;
    mr_query_table *table = load_table(r, source, source->database_name, source->table_name);
    if (table != NULL) {
        source->table = table_ref_new(r, table, source->emitted);
    }
}

static void resolve_source(resolver *r, mr_sql_source *source, mr_sql_core *core,
                           const name_scope *parent, const cte_env *ctes)
{
    if (r->code != MR_OK) {
        return;
    }
    switch (source->kind) {
    case MR_SOURCE_TABLE:
        resolve_table(r, source, ctes);
        MR_ARENA_PUSH(r->arena, core->sources, core->source_count, source);
        break;
    case MR_SOURCE_QUERY:
        source->emitted = source_name(r);
        resolve_query(r, source->query, parent, ctes);
        if (r->code == MR_OK) {
            take_query_columns(source, source->query);
        }
        MR_ARENA_PUSH(r->arena, core->sources, core->source_count, source);
        break;
    case MR_SOURCE_JOIN:
        resolve_source(r, source->left, core, parent, ctes);
        resolve_source(r, source->right, core, parent, ctes);
        break;
    }
}

/* The conditions of joins, when all sources are known. */
static void resolve_on(resolver *r, mr_sql_source *source, const name_scope *scope)
{
    if (source == NULL || source->kind != MR_SOURCE_JOIN || r->code != MR_OK) {
        return;
    }
    resolve_on(r, source->left, scope);
    resolve_on(r, source->right, scope);
    if (source->on != NULL) {
        resolve_expr(r, source->on, scope, (expr_place){.clause = "JOIN clause"});
        mr_sql_kind kind = source->on->type.kind;
        if (r->code == MR_OK && kind != MR_SQL_BOOLEAN && kind != MR_SQL_UNKNOWN) {
            resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", source->on->line, source->on->column,
                         "JOIN ON clause must evaluate to a boolean: actual type %s",
                         mr_sql_type_name(kind));
        }
    }
}

/* ---- SELECT ---- */

static void add_item(resolver *r, mr_sql_core *core, mr_sql_expr *expr, const mr_sql_item *from,
                     const char *alias)
{
    mr_sql_item *item = mr_arena_alloc(r->arena, sizeof(*item));
    *item = *from;
    item->expr = expr;
    item->alias = alias;
    MR_ARENA_PUSH(r->arena, core->columns, core->column_count, item);
}

static bool star_takes(const mr_sql_item *item, const mr_sql_source *source)
{
    size_t n = item->star_part_count;
    if (n == 0) {
        return true;
    }
    const char *last = item->star_parts[n - 1];
    if (source->alias != NULL) {
        return n == 1 && strcmp(last, source->alias) == 0;
    }
    return source->table_name != NULL && strcmp(last, source->table_name) == 0 &&
           (n == 1 || (source->database_name != NULL &&
                       strcmp(item->star_parts[n - 2], source->database_name) == 0));
}

/* SELECT location.* : the fields of a struct. */
static bool expand_struct(resolver *r, mr_sql_core *core, const mr_sql_item *item,
                          const name_scope *scope)
{
    mr_sql_expr probe = {.kind = MR_EXPR_NAME,
                         .line = item->line,
                         .column = item->column,
                         .parts = item->star_parts,
                         .part_count = item->star_part_count};
    resolve_name(r, &probe, scope);
    if (r->code != MR_OK || probe.type.kind != MR_SQL_ROW || probe.source->table == NULL) {
        return false;
    }
    mr_query_table *table = probe.source->table->table;
    size_t column = probe.source->table->columns[probe.source_column];
    const mr_hive_type *type = table->columns[column].type;
    for (size_t i = 0; i < type->child_count; i++) {
        mr_sql_expr *field = mr_arena_alloc(r->arena, sizeof(*field));
        field->kind = MR_EXPR_NAME;
        field->line = item->line;
        field->column = item->column;
        for (size_t p = 0; p < item->star_part_count; p++) {
            MR_ARENA_PUSH(r->arena, field->parts, field->part_count, item->star_parts[p]);
        }
        MR_ARENA_PUSH(r->arena, field->parts, field->part_count,
                      mr_arena_text(r->arena, type->names[i]));
        resolve_name(r, field, scope);
        add_item(r, core, field, item, NULL);
    }
    return true;
}

static void expand_star(resolver *r, mr_sql_core *core, const mr_sql_item *item,
                        const name_scope *scope)
{
    bool taken = false;
    for (size_t i = 0; i < core->source_count; i++) {
        mr_sql_source *source = core->sources[i];
        if (!star_takes(item, source)) {
            continue;
        }
        taken = true;
        size_t count = resolve_column_count(source);
        for (size_t c = 0; c < count; c++) {
            add_item(r, core, resolve_column_of(r, source, c, item), item, NULL);
        }
    }
    if (taken) {
        return;
    }
    if (item->star_part_count == 0) {
        resolve_fail(r, MR_QUERY_FAILED, "SYNTAX_ERROR", item->line, item->column,
                     "SELECT * not allowed in queries without FROM clause");
    } else if (!expand_struct(r, core, item, scope) && r->code == MR_OK) {
        resolve_fail(r, MR_TABLE_NOT_FOUND, "TABLE_NOT_FOUND", item->line, item->column,
                     "Unable to resolve reference %s", item->star_parts[0]);
    }
}

static void resolve_items(resolver *r, mr_sql_core *core, const name_scope *scope)
{
    for (size_t i = 0; i < core->item_count && r->code == MR_OK; i++) {
        mr_sql_item *item = core->items[i];
        if (item->expr == NULL) {
            expand_star(r, core, item, scope);
            continue;
        }
        resolve_expr(r, item->expr, scope, (expr_place){0});
        if (r->code == MR_OK && item->expr->kind == MR_EXPR_INTERVAL) {
            resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", item->line, item->column,
                         "an interval as a result is not supported by millrace");
        }
        add_item(r, core, item->expr, item, item->alias);
        core->is_aggregate = core->is_aggregate || item->expr->has_aggregate;
    }
    if (r->code == MR_OK && core->column_count > 1000) {
        resolve_fail(r, MR_TOO_LARGE, "NOT_SUPPORTED", 1, 1, "more than 1000 output columns");
    }
}

/* GROUP BY 2 is the second output column. */
static void resolve_group_by(resolver *r, mr_sql_core *core, const name_scope *scope)
{
    for (size_t i = 0; i < core->group_count && r->code == MR_OK; i++) {
        mr_sql_expr *expr = core->group_by[i];
        int64_t place;
        if (expr->kind != MR_EXPR_INTEGER) {
            resolve_expr(r, expr, scope, (expr_place){.clause = "GROUP BY clause"});
            continue;
        }
        if (!mr_bytes_to_int64(mr_bytes_of(expr->text), &place) || place < 1 ||
            (size_t)place > core->column_count) {
            resolve_fail(r, MR_QUERY_FAILED, "INVALID_COLUMN_REFERENCE", expr->line, expr->column,
                         "GROUP BY position %s is not in select list", expr->text);
            return;
        }
        core->group_by[i] = core->columns[place - 1]->expr;
        if (core->group_by[i]->has_aggregate) {
            resolve_fail(r, MR_QUERY_FAILED, "EXPRESSION_NOT_SCALAR", expr->line, expr->column,
                         "GROUP BY clause cannot contain aggregations, window functions or "
                         "grouping operations");
        }
    }
}

static void resolve_condition(resolver *r, mr_sql_expr *expr, const name_scope *scope,
                              const char *clause, const char *word)
{
    if (expr == NULL || r->code != MR_OK) {
        return;
    }
    resolve_expr(r, expr, scope, (expr_place){.clause = clause});
    if (r->code == MR_OK && expr->type.kind != MR_SQL_BOOLEAN &&
        expr->type.kind != MR_SQL_UNKNOWN) {
        resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", expr->line, expr->column,
                     "%s clause must evaluate to a boolean: actual type %s", word,
                     mr_sql_type_name(expr->type.kind));
    }
}

static void resolve_core(resolver *r, mr_sql_core *core, const name_scope *parent,
                         const cte_env *ctes)
{
    if (core->from != NULL) {
        resolve_source(r, core->from, core, parent, ctes);
    }
    name_scope here = {.parent = parent, .core = core, .ctes = ctes};
    resolve_on(r, core->from, &here);
    resolve_condition(r, core->where, &here, "WHERE clause", "WHERE");
    resolve_items(r, core, &here);
    resolve_group_by(r, core, &here);
    resolve_condition(r, core->having, &here, NULL, "HAVING");
    core->is_aggregate = core->is_aggregate || core->group_count > 0 || core->having != NULL;
}

static void check_grouping(resolver *r, const mr_sql_core *core, mr_sql_sort **order_by,
                           size_t order_count)
{
    if (!core->is_aggregate) {
        return;
    }
    for (size_t i = 0; i < core->column_count; i++) {
        lint_grouping(r, core, core->columns[i]->expr);
    }
    if (core->having != NULL) {
        lint_grouping(r, core, core->having);
    }
    for (size_t i = 0; i < order_count; i++) {
        if (order_by[i]->ordinal == 0) {
            lint_grouping(r, core, order_by[i]->expr);
        }
    }
}

/* ---- ORDER BY ---- */

static const char *item_name(const mr_sql_item *item)
{
    if (item->alias != NULL) {
        return item->alias;
    }
    return item->expr->kind == MR_EXPR_NAME ? item->expr->parts[item->expr->part_count - 1] : NULL;
}

/* The output column that an ORDER BY term names, by place, by alias or by being the same; 0. */
static size_t find_ordinal(resolver *r, const mr_sql_query *query, const mr_sql_core *core,
                           const mr_sql_expr *expr)
{
    int64_t place;
    if (expr->kind == MR_EXPR_INTEGER) {
        if (!mr_bytes_to_int64(mr_bytes_of(expr->text), &place) || place < 1 ||
            (size_t)place > query->column_count) {
            resolve_fail(r, MR_QUERY_FAILED, "INVALID_COLUMN_REFERENCE", expr->line, expr->column,
                         "ORDER BY position %s is not in select list", expr->text);
            return 0;
        }
        return (size_t)place;
    }
    if (expr->kind != MR_EXPR_NAME || expr->part_count != 1) {
        return 0;
    }
    for (size_t i = 0; i < query->column_count; i++) {
        const char *name = core != NULL ? core->columns[i]->alias : query->columns[i]->name;
        if (name != NULL && mr_bytes_equal_nocase(mr_bytes_of(name), mr_bytes_of(expr->parts[0]))) {
            return i + 1;
        }
    }
    return 0;
}

static void resolve_order_by(resolver *r, mr_sql_query *query, const name_scope *parent,
                             const cte_env *ctes)
{
    mr_sql_core *core = query->body->core;
    for (size_t i = 0; i < query->order_count && r->code == MR_OK; i++) {
        mr_sql_sort *sort = query->order_by[i];
        sort->ordinal = find_ordinal(r, query, core, sort->expr);
        if (sort->ordinal != 0 || r->code != MR_OK) {
            continue;
        }
        if (core == NULL) {
            resolve_fail(r, MR_COLUMN_NOT_FOUND, "COLUMN_NOT_FOUND", sort->expr->line,
                         sort->expr->column,
                         "ORDER BY of a set operation takes names or places of output columns");
            return;
        }
        name_scope here = {.parent = parent, .core = core, .ctes = ctes};
        resolve_expr(r, sort->expr, &here, (expr_place){0});
        core->is_aggregate = core->is_aggregate || sort->expr->has_aggregate;
    }
}

/* ---- queries ---- */

static void core_output(resolver *r, const mr_sql_core *core, mr_sql_query *query)
{
    for (size_t i = 0; i < core->column_count; i++) {
        const mr_sql_item *item = core->columns[i];
        mr_sql_column *column = mr_arena_alloc(r->arena, sizeof(*column));
        char made[40];
        const char *name = item_name(item);
        if (name == NULL) {
            snprintf(made, sizeof(made), "_col%zu", i);
            name = made;
        }
        char *lower = mr_arena_text(r->arena, name);
        column->label = mr_arena_text(r->arena, name);
        for (char *p = lower; *p != '\0'; p++) {
            *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
        }
        column->name = lower;
        snprintf(made, sizeof(made), "c%zu", i);
        column->emitted = mr_arena_text(r->arena, made);
        column->type = item->expr->type;
        MR_ARENA_PUSH(r->arena, query->columns, query->column_count, column);
    }
}

static void resolve_body(resolver *r, mr_sql_body *body, mr_sql_query *output,
                         const name_scope *parent, const cte_env *ctes)
{
    if (r->code != MR_OK) {
        return;
    }
    if (body->core != NULL) {
        resolve_core(r, body->core, parent, ctes);
        if (r->code == MR_OK) {
            core_output(r, body->core, output);
        }
        return;
    }
    if (body->query != NULL) {
        resolve_query(r, body->query, parent, ctes);
        output->columns = body->query->columns;
        output->column_count = body->query->column_count;
        return;
    }
    mr_sql_query right = {0};
    resolve_body(r, body->left, output, parent, ctes);
    resolve_body(r, body->right, &right, parent, ctes);
    if (r->code == MR_OK && output->column_count != right.column_count) {
        resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", body->line, body->column,
                     "%s query has different number of fields: %zu, %zu", body->operation,
                     output->column_count, right.column_count);
    }
    for (size_t i = 0; i < output->column_count && r->code == MR_OK; i++) {
        mr_sql_type *type = &output->columns[i]->type;
        mr_sql_kind was = type->kind;
        if (!lint_common(*type, right.columns[i]->type, type)) {
            resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", body->line, body->column,
                         "column %zu in %s query has incompatible types: %s, %s", i + 1,
                         body->operation, mr_sql_type_name(was),
                         mr_sql_type_name(right.columns[i]->type.kind));
        }
    }
}

static void rename_columns(resolver *r, const mr_sql_cte *cte)
{
    if (cte->column_count == 0) {
        return;
    }
    if (cte->column_count != cte->query->column_count) {
        resolve_fail(r, MR_QUERY_FAILED, "MISMATCHED_COLUMN_ALIASES", cte->line, cte->column,
                     "Column alias list has %zu entries but relation '%s' has %zu columns",
                     cte->column_count, cte->name, cte->query->column_count);
        return;
    }
    for (size_t i = 0; i < cte->column_count; i++) {
        cte->query->columns[i]->name = cte->column_names[i];
    }
}

void resolve_query(resolver *r, mr_sql_query *query, const name_scope *parent, const cte_env *ctes)
{
    if (r->code != MR_OK) {
        return;
    }
    for (size_t i = 0; i < query->cte_count && r->code == MR_OK; i++) {
        mr_sql_cte *cte = query->ctes[i];
        resolve_query(r, cte->query, NULL, ctes);
        if (r->code != MR_OK) {
            return;
        }
        rename_columns(r, cte);
        char name[16];
        snprintf(name, sizeof(name), "w%u", r->queries++);
        cte->emitted = mr_arena_text(r->arena, name);
        cte_env *env = mr_arena_alloc(r->arena, sizeof(*env));
        *env = (cte_env){.parent = ctes, .cte = cte};
        ctes = env;
    }
    resolve_body(r, query->body, query, parent, ctes);
    if (r->code == MR_OK) {
        resolve_order_by(r, query, parent, ctes);
    }
    if (r->code == MR_OK && query->body->core != NULL) {
        check_grouping(r, query->body->core, query->order_by, query->order_count);
    }
}

mr_code mr_sql_resolve(mr_sql_statement *statement, const mr_resolve_options *options,
                       mr_statement_run *run, mr_error *err)
{
    resolver r = {.arena = statement->arena, .run = run, .catalog = options->catalog, .err = err};
    r.database = choose_database(&r, options->database);
    resolve_query(&r, statement->query, NULL, NULL);
    return r.code;
}
