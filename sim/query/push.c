/* push.c - see push.h. */
#include "sim/query/push.h"

#include "sim/base/alloc.h"
#include "sim/query/resolve_private.h"

static const struct {
    const char *name;
    mr_aggregate_fn fn;
} aggregates[] = {
    {"count", MR_AGGREGATE_COUNT},   {"sum", MR_AGGREGATE_SUM},
    {"avg", MR_AGGREGATE_AVG},       {"min", MR_AGGREGATE_MIN},
    {"max", MR_AGGREGATE_MAX},       {"arbitrary", MR_AGGREGATE_MIN},
    {"any_value", MR_AGGREGATE_MIN}, {"bool_and", MR_AGGREGATE_MIN},
    {"every", MR_AGGREGATE_MIN},     {"bool_or", MR_AGGREGATE_MAX},
};

static bool is_aggregate(const mr_sql_expr *expr)
{
    return expr->kind == MR_EXPR_CALL && expr->function->kind == MR_SQL_AGGREGATE;
}

static bool is_key(const mr_sql_core *core, const mr_sql_expr *expr)
{
    for (size_t i = 0; i < core->group_count; i++) {
        if (resolve_same(core->group_by[i], expr)) {
            return true;
        }
    }
    return false;
}

static bool is_own_column(const mr_sql_core *core, const mr_sql_expr *expr)
{
    return expr->kind == MR_EXPR_NAME && expr->source == core->sources[0] &&
           !mr_sql_is_nested(expr->type.kind);
}

/* The aggregate as the scan knows it. */
static bool make_call(const mr_sql_core *core, const mr_sql_expr *expr, mr_aggregate_call *call)
{
    if (expr->over != NULL || expr->call_distinct || expr->call_filter != NULL) {
        return false;
    }
    for (size_t i = 0; i < MR_COUNT(aggregates); i++) {
        if (strcmp(aggregates[i].name, expr->name) != 0) {
            continue;
        }
        *call = (mr_aggregate_call){.fn = aggregates[i].fn};
        if (expr->arg_count == 0 || expr->args[0]->kind == MR_EXPR_STAR) {
            call->fn = MR_AGGREGATE_COUNT_ROWS;
            return true;
        }
        call->wanted = expr->args[0]->source_column;
        call->real = !mr_sql_is_integer(expr->args[0]->type.kind);
        return is_own_column(core, expr->args[0]);
    }
    return false;
}

/* Made of keys, aggregates and constants alone. */
static bool pushable(const mr_sql_core *core, const mr_sql_expr *expr)
{
    mr_aggregate_call call;
    if (is_key(core, expr)) {
        return true;
    }
    if (expr->query != NULL || expr->over != NULL || expr->kind == MR_EXPR_NAME) {
        return false;
    }
    if (is_aggregate(expr)) {
        return make_call(core, expr, &call);
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (!pushable(core, expr->args[i])) {
            return false;
        }
    }
    return true;
}

static bool all_pushable(const mr_sql_core *core, const mr_sql_query *query)
{
    for (size_t i = 0; i < core->group_count; i++) {
        if (!is_own_column(core, core->group_by[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < core->column_count; i++) {
        if (!pushable(core, core->columns[i]->expr)) {
            return false;
        }
    }
    for (size_t i = 0; query != NULL && i < query->order_count; i++) {
        if (query->order_by[i]->ordinal == 0 && !pushable(core, query->order_by[i]->expr)) {
            return false;
        }
    }
    return core->having == NULL || pushable(core, core->having);
}

static void collect_calls(const mr_sql_core *core, mr_sql_expr *expr, mr_pushed_core *pushed)
{
    if (is_key(core, expr)) {
        return;
    }
    if (!is_aggregate(expr)) {
        for (size_t i = 0; i < expr->arg_count; i++) {
            collect_calls(core, expr->args[i], pushed);
        }
        return;
    }
    for (size_t i = 0; i < pushed->call_count; i++) {
        if (resolve_same(pushed->call_exprs[i], expr)) {
            return;
        }
    }
    size_t n = pushed->call_count++;
    pushed->calls = mr_reallocarray(pushed->calls, n + 1, sizeof(*pushed->calls));
    pushed->call_exprs = mr_reallocarray(pushed->call_exprs, n + 1, sizeof(*pushed->call_exprs));
    pushed->call_exprs[n] = expr;
    bool made = make_call(core, expr, &pushed->calls[n]);
    MR_ASSERT(made);
}

static void push_core(mr_sql_core *core, mr_sql_query *query, mr_statement_run *run)
{
    bool one_table = core->source_count == 1 && core->sources[0]->table != NULL;
    if (!core->is_aggregate || !one_table || !all_pushable(core, query)) {
        return;
    }
    mr_predicate *predicates = NULL;
    size_t predicate_count = 0;
    if (core->where != NULL &&
        !mr_push_condition(core->where, core->sources[0], &predicates, &predicate_count)) {
        mr_free(predicates);
        return;
    }
    mr_pushed_core *pushed = mr_calloc(1, sizeof(*pushed));
    pushed->ref = core->sources[0]->table;
    pushed->predicates = predicates;
    pushed->predicate_count = predicate_count;
    pushed->keys = mr_calloc(core->group_count + 1, sizeof(*pushed->keys));
    pushed->key_exprs = mr_calloc(core->group_count + 1, sizeof(mr_sql_expr *));
    for (size_t i = 0; i < core->group_count; i++) {
        pushed->keys[i] = core->group_by[i]->source_column;
        pushed->key_exprs[i] = core->group_by[i];
    }
    pushed->key_count = core->group_count;
    for (size_t i = 0; i < core->column_count; i++) {
        collect_calls(core, core->columns[i]->expr, pushed);
    }
    if (core->having != NULL) {
        collect_calls(core, core->having, pushed);
    }
    for (size_t i = 0; query != NULL && i < query->order_count; i++) {
        if (query->order_by[i]->ordinal == 0) {
            collect_calls(core, query->order_by[i]->expr, pushed);
        }
    }
    MR_GROW(run->pushed, run->pushed_count, run->pushed_capacity);
    run->pushed[run->pushed_count++] = pushed;
    core->pushed = pushed;
}

/* ---- every core of the statement ---- */

static void push_expr(mr_sql_expr *expr, mr_statement_run *run)
{
    if (expr == NULL) {
        return;
    }
    if (expr->query != NULL) {
        mr_sql_push(expr->query, run);
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        push_expr(expr->args[i], run);
    }
}

static void push_source(mr_sql_source *source, mr_statement_run *run)
{
    if (source == NULL) {
        return;
    }
    if (source->kind == MR_SOURCE_JOIN) {
        push_source(source->left, run);
        push_source(source->right, run);
        push_expr(source->on, run);
    } else if (source->kind == MR_SOURCE_QUERY) {
        mr_sql_push(source->query, run);
    }
}

static void push_body(mr_sql_body *body, mr_sql_query *query, mr_statement_run *run)
{
    if (body->operation != NULL) {
        push_body(body->left, NULL, run);
        push_body(body->right, NULL, run);
        return;
    }
    if (body->query != NULL) {
        mr_sql_push(body->query, run);
        return;
    }
    mr_sql_core *core = body->core;
    push_source(core->from, run);
    push_expr(core->where, run);
    push_expr(core->having, run);
    for (size_t i = 0; i < core->column_count; i++) {
        push_expr(core->columns[i]->expr, run);
    }
    push_core(core, query, run);
}

void mr_sql_push(mr_sql_query *query, mr_statement_run *run)
{
    for (size_t i = 0; i < query->cte_count; i++) {
        mr_sql_push(query->ctes[i]->query, run);
    }
    push_body(query->body, query, run);
}
