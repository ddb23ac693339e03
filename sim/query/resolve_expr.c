/* resolve_expr.c - expressions: names first, then functions, subqueries, and types by lint. */
#include "sim/query/lint.h"

static bool is_aggregate_call(const mr_sql_expr *expr)
{
    return expr->kind == MR_EXPR_CALL && expr->over == NULL && expr->function != NULL &&
           expr->function->kind == MR_SQL_AGGREGATE;
}

static bool find_function(resolver *r, mr_sql_expr *expr)
{
    expr->function = mr_sql_function_find(expr->name);
    if (expr->function != NULL) {
        return true;
    }
    if (mr_sql_function_is_missing(expr->name)) {
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", expr->line, expr->column,
                     "function %s is not modelled by millrace yet", expr->name);
        return false;
    }
    const char *near = mr_sql_function_near(expr->name);
    resolve_fail(r, MR_QUERY_FAILED, "FUNCTION_NOT_FOUND", expr->line, expr->column,
                 "Function '%s' not registered%s%s%s", expr->name,
                 near == NULL ? "" : "; did you mean '", near == NULL ? "" : near,
                 near == NULL ? "" : "'?");
    return false;
}

static void check_place(resolver *r, const mr_sql_expr *expr, expr_place place)
{
    bool aggregate = is_aggregate_call(expr);
    bool window = expr->over != NULL;
    if (expr->function->kind == MR_SQL_WINDOW && !window) {
        resolve_fail(r, MR_QUERY_FAILED, "MISSING_OVER", expr->line, expr->column,
                     "Window function %s requires an OVER clause", expr->name);
    } else if (window && expr->function->kind == MR_SQL_SCALAR) {
        resolve_fail(r, MR_QUERY_FAILED, "FUNCTION_NOT_WINDOW", expr->line, expr->column,
                     "Not a window function: %s", expr->name);
    } else if ((aggregate || window) && place.clause != NULL) {
        resolve_fail(r, MR_QUERY_FAILED, "EXPRESSION_NOT_SCALAR", expr->line, expr->column,
                     "%s cannot contain aggregations, window functions or grouping operations: "
                     "[%s]",
                     place.clause, expr->name);
    } else if ((aggregate || window) && place.inside_aggregate) {
        resolve_fail(r, MR_QUERY_FAILED, "NESTED_AGGREGATION", expr->line, expr->column,
                     "Cannot nest aggregations inside aggregation '%s'", expr->name);
    } else if (expr->call_distinct && expr->function->kind != MR_SQL_AGGREGATE) {
        resolve_fail(r, MR_QUERY_FAILED, "FUNCTION_NOT_AGGREGATE", expr->line, expr->column,
                     "DISTINCT is not supported for non-aggregation functions");
    } else if (expr->call_distinct && (window || strcmp(expr->name, "approx_distinct") == 0)) {
        resolve_fail(r, MR_QUERY_FAILED, "NOT_SUPPORTED", expr->line, expr->column,
                     "DISTINCT in window function parameters not yet supported: %s", expr->name);
    } else if (expr->call_filter != NULL && !aggregate) {
        resolve_fail(r, MR_QUERY_FAILED, "FUNCTION_NOT_AGGREGATE", expr->line, expr->column,
                     "Filter is only valid for aggregation functions");
    }
}

static void resolve_over(resolver *r, mr_sql_window *over, const name_scope *scope)
{
    expr_place place = {0};
    for (size_t i = 0; i < over->partition_count; i++) {
        resolve_expr(r, over->partition_by[i], scope, place);
    }
    for (size_t i = 0; i < over->order_count; i++) {
        resolve_expr(r, over->order_by[i]->expr, scope, place);
    }
}

static void resolve_call(resolver *r, mr_sql_expr *expr, const name_scope *scope, expr_place place)
{
    if (!find_function(r, expr)) {
        return;
    }
    check_place(r, expr, place);
    expr_place inner = place;
    inner.inside_aggregate = place.inside_aggregate || is_aggregate_call(expr);
    for (size_t i = 0; i < expr->arg_count && r->code == MR_OK; i++) {
        resolve_expr(r, expr->args[i], scope, inner);
        expr->has_aggregate = expr->has_aggregate || expr->args[i]->has_aggregate;
    }
    if (expr->call_filter != NULL && r->code == MR_OK) {
        resolve_expr(r, expr->call_filter, scope, inner);
        if (r->code == MR_OK && expr->call_filter->type.kind != MR_SQL_BOOLEAN) {
            resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", expr->call_filter->line,
                         expr->call_filter->column, "FILTER clause must evaluate to a boolean");
        }
    }
    if (expr->over != NULL && r->code == MR_OK) {
        resolve_over(r, expr->over, scope);
        for (size_t i = 0; i < expr->over->order_count; i++) {
            expr->has_aggregate =
                expr->has_aggregate || expr->over->order_by[i]->expr->has_aggregate;
        }
    }
    expr->has_aggregate = expr->has_aggregate || is_aggregate_call(expr);
}

static void resolve_subquery(resolver *r, mr_sql_expr *expr, const name_scope *scope)
{
    resolve_query(r, expr->query, scope, scope->ctes);
    if (r->code != MR_OK || expr->kind == MR_EXPR_EXISTS) {
        return;
    }
    if (expr->query->column_count != 1) {
        resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", expr->line, expr->column,
                     "Subquery must return only one column; it has %zu", expr->query->column_count);
        return;
    }
    mr_sql_type type = expr->query->columns[0]->type;
    mr_sql_type common;
    if (expr->kind == MR_EXPR_SUBQUERY) {
        expr->type = type;
    } else if (!lint_common(expr->args[0]->type, type, &common)) {
        resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", expr->line, expr->column,
                     "value and result of subquery must be of the same type for IN expression: "
                     "%s vs %s",
                     mr_sql_type_name(expr->args[0]->type.kind), mr_sql_type_name(type.kind));
    }
}

void resolve_expr(resolver *r, mr_sql_expr *expr, const name_scope *scope, expr_place place)
{
    if (r->code != MR_OK) {
        return;
    }
    if (expr->kind == MR_EXPR_NAME) {
        resolve_name(r, expr, scope);
    } else if (expr->kind == MR_EXPR_CALL) {
        resolve_call(r, expr, scope, place);
    } else {
        for (size_t i = 0; i < expr->arg_count && r->code == MR_OK; i++) {
            mr_sql_expr *arg = expr->args[i];
            resolve_expr(r, arg, scope, place);
            expr->has_aggregate = expr->has_aggregate || arg->has_aggregate;
            if (arg->kind == MR_EXPR_INTERVAL && expr->kind != MR_EXPR_ARITHMETIC) {
                resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", arg->line, arg->column,
                             "an interval is read only where it is added to, or taken from, a "
                             "date or a timestamp");
            }
        }
    }
    if (expr->query != NULL && r->code == MR_OK) {
        resolve_subquery(r, expr, scope);
    }
    if (r->code == MR_OK) {
        lint_expr(r, expr);
    }
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool resolve_same(const mr_sql_expr *a, const mr_sql_expr *b)
{
    if (a->kind != b->kind || a->query != NULL || b->query != NULL || a->over != NULL ||
        b->over != NULL || a->call_filter != NULL || b->call_filter != NULL ||
        a->arg_count != b->arg_count || a->flag != b->flag || a->source != b->source ||
        a->source_column != b->source_column || a->call_distinct != b->call_distinct ||
        a->case_has_else != b->case_has_else || a->case_has_operand != b->case_has_operand ||
        a->cast_type.kind != b->cast_type.kind || !same_text(a->text, b->text) ||
        !same_text(a->name, b->name)) {
        return false;
    }
    for (size_t i = 0; i < a->arg_count; i++) {
        if (!resolve_same(a->args[i], b->args[i])) {
            return false;
        }
    }
    return true;
}
