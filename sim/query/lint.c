/*
 * lint.c - the types of expressions, and what Athena's engine refuses or reads otherwise than
 * SQLite: comparisons and || between types, arithmetic of decimals, aggregates in wrong places.
 */
#include "sim/query/lint.h"

#include "sim/query/decode.h"

#include <stdarg.h>
#include <stdio.h>

static mr_sql_type of(mr_sql_kind kind)
{
    return (mr_sql_type){.kind = kind};
}

const char *lint_type_text(resolver *r, const mr_sql_expr *expr)
{
    char text[64];
    switch (expr->type.kind) {
    case MR_SQL_DECIMAL:
        snprintf(text, sizeof(text), "decimal(%d,%d)", expr->type.precision, expr->type.scale);
        break;
    case MR_SQL_VARCHAR:
        if (expr->kind != MR_EXPR_STRING) {
            return "varchar";
        }
        snprintf(text, sizeof(text), "varchar(%zu)", strlen(expr->text));
        break;
    case MR_SQL_CHAR:
        snprintf(text, sizeof(text), "char(%d)", expr->type.precision);
        break;
    default:
        return mr_sql_type_name(expr->type.kind);
    }
    return mr_arena_text(r->arena, text);
}

static void mismatch(resolver *r, const mr_sql_expr *at, const char *format, ...) MR_PRINTF(3, 4);

static void mismatch(resolver *r, const mr_sql_expr *at, const char *format, ...)
{
    char why[300];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    resolve_fail(r, MR_QUERY_FAILED, "TYPE_MISMATCH", at->line, at->column, "%s", why);
}

static void cannot_apply(resolver *r, const mr_sql_expr *at, const char *operator_text,
                         const mr_sql_expr *left, const mr_sql_expr *right)
{
    mismatch(r, at, "Cannot apply operator: %s %s %s", lint_type_text(r, left), operator_text,
             lint_type_text(r, right));
}

bool lint_common(mr_sql_type a, mr_sql_type b, mr_sql_type *out)
{
    if (a.kind == MR_SQL_UNKNOWN || b.kind == MR_SQL_UNKNOWN) {
        *out = a.kind == MR_SQL_UNKNOWN ? b : a;
        return true;
    }
    if (mr_sql_is_text(a.kind) && mr_sql_is_text(b.kind)) {
        *out = of(MR_SQL_VARCHAR);
        return true;
    }
    if (mr_sql_is_numeric(a.kind) && mr_sql_is_numeric(b.kind)) {
        if (a.kind == MR_SQL_DOUBLE || b.kind == MR_SQL_DOUBLE) {
            *out = of(MR_SQL_DOUBLE);
        } else if (mr_sql_is_floating(a.kind) || mr_sql_is_floating(b.kind)) {
            *out = of(MR_SQL_REAL);
        } else if (a.kind == MR_SQL_DECIMAL || b.kind == MR_SQL_DECIMAL) {
            *out = of(MR_SQL_DECIMAL);
            out->scale = a.scale > b.scale ? a.scale : b.scale;
            out->precision = 15;
        } else {
            *out = a.kind > b.kind ? a : b;
        }
        return true;
    }
    *out = a;
    return a.kind == b.kind;
}

/* ---- literals ---- */

static void lint_integer(resolver *r, mr_sql_expr *expr)
{
    int64_t value;
    if (!mr_bytes_to_int64(mr_bytes_of(expr->text), &value)) {
        resolve_fail(r, MR_QUERY_FAILED, "SYNTAX_ERROR", expr->line, expr->column,
                     "Invalid numeric literal: %s", expr->text);
        return;
    }
    expr->type = of(value > INT32_MAX ? MR_SQL_BIGINT : MR_SQL_INTEGER);
}

static void lint_decimal(resolver *r, mr_sql_expr *expr)
{
    size_t digits = strlen(expr->text) - 1;
    const char *point = strchr(expr->text, '.');
    if (digits > 15) {
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", expr->line, expr->column,
                     "a decimal literal of more than 15 digits; write it as a double (%.10se0)",
                     expr->text);
        return;
    }
    expr->type = (mr_sql_type){
        .kind = MR_SQL_DECIMAL, .precision = (int)digits, .scale = (int)strlen(point + 1)};
}

static void lint_time(resolver *r, mr_sql_expr *expr)
{
    bool date = expr->kind == MR_EXPR_DATE;
    mr_bytes text = mr_bytes_of(expr->text);
    mr_strbuf made = mr_strbuf_make(64);
    expr->type = of(date ? MR_SQL_DATE : MR_SQL_TIMESTAMP);
    if (date ? !mr_read_date(text) : !mr_read_timestamp(text, false, &made)) {
        resolve_fail(r, MR_QUERY_FAILED, "INVALID_LITERAL", expr->line, expr->column,
                     "'%s' is not a valid %s literal", expr->text, date ? "DATE" : "TIMESTAMP");
    } else if (!date) {
        expr->text = mr_arena_copy(r->arena, mr_strbuf_bytes(&made));
    }
    mr_strbuf_deinit(&made);
}

static void lint_interval(resolver *r, mr_sql_expr *expr)
{
    static const char *const units[] = {"second", "minute", "hour", "day", "week", "month", "year"};
    int64_t count;
    bool known = false;
    for (size_t i = 0; i < MR_COUNT(units); i++) {
        known = known || strcmp(units[i], expr->name) == 0;
    }
    if (!known || !mr_bytes_to_int64(mr_bytes_of(expr->text), &count)) {
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", expr->line, expr->column,
                     "INTERVAL '%s' %s: a whole number of seconds, minutes, hours, days, weeks, "
                     "months or years is read",
                     expr->text, expr->name);
    }
    expr->type = of(MR_SQL_UNKNOWN); /* fits only where arithmetic looks for it */
}

/* ---- operators ---- */

static bool is_time(mr_sql_kind kind)
{
    return kind == MR_SQL_DATE || kind == MR_SQL_TIMESTAMP;
}

/* date '2006-01-01' + interval '1' day: written as a call of date_add. */
static bool lint_time_arithmetic(resolver *r, mr_sql_expr *expr)
{
    mr_sql_expr *left = expr->args[0], *right = expr->args[1];
    bool interval = right->kind == MR_EXPR_INTERVAL || left->kind == MR_EXPR_INTERVAL;
    if (!interval) {
        return false;
    }
    bool plus = strcmp(expr->name, "+") == 0, minus = strcmp(expr->name, "-") == 0;
    if (right->kind != MR_EXPR_INTERVAL || !is_time(left->type.kind) || (!plus && !minus)) {
        mismatch(r, expr, "an interval is added to, or taken from, a date or a timestamp");
        return true;
    }
    expr->type = left->type;
    return true;
}

static void lint_arithmetic(resolver *r, mr_sql_expr *expr)
{
    if (lint_time_arithmetic(r, expr)) {
        return;
    }
    const mr_sql_expr *left = expr->args[0], *right = expr->args[1];
    bool left_fits = mr_sql_is_numeric(left->type.kind) || left->type.kind == MR_SQL_UNKNOWN;
    bool right_fits = mr_sql_is_numeric(right->type.kind) || right->type.kind == MR_SQL_UNKNOWN;
    if (!left_fits || !right_fits) {
        cannot_apply(r, expr, expr->name, left, right);
        return;
    }
    (void)lint_common(left->type, right->type, &expr->type);
    if (expr->type.kind == MR_SQL_DECIMAL) {
        /* 1.0/3 is 0.3 and 0.1+0.2 is 0.3 there: doubles would say something else. */
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", expr->line, expr->column,
                     "decimal arithmetic (%s %s %s) is not modelled by millrace; write doubles: "
                     "1.5e0, CAST(x AS double)",
                     lint_type_text(r, left), expr->name, lint_type_text(r, right));
    }
}

static void lint_comparable(resolver *r, const mr_sql_expr *at, const char *operator_text,
                            const mr_sql_expr *left, const mr_sql_expr *right)
{
    mr_sql_type common;
    bool times = is_time(left->type.kind) && is_time(right->type.kind);
    if (!times && !lint_common(left->type, right->type, &common)) {
        cannot_apply(r, at, operator_text, left, right);
    } else if (mr_sql_is_nested(left->type.kind) || mr_sql_is_nested(right->type.kind)) {
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", at->line, at->column,
                     "comparing %s values is not supported by millrace; compare their fields",
                     mr_sql_type_name(left->type.kind));
    }
}

static void lint_compare(resolver *r, mr_sql_expr *expr)
{
    const char *operator_text = expr->kind == MR_EXPR_COMPARE ? expr->name : "IS DISTINCT FROM";
    lint_comparable(r, expr, operator_text, expr->args[0], expr->args[1]);
    expr->type = of(MR_SQL_BOOLEAN);
}

static void lint_list(resolver *r, mr_sql_expr *expr)
{
    for (size_t i = 1; i < expr->arg_count; i++) {
        const char *word = expr->kind == MR_EXPR_BETWEEN ? (i == 1 ? ">=" : "<=") : "IN";
        lint_comparable(r, expr->args[i], word, expr->args[0], expr->args[i]);
    }
    expr->type = of(MR_SQL_BOOLEAN);
}

static void lint_like(resolver *r, mr_sql_expr *expr)
{
    for (size_t i = 0; i < expr->arg_count; i++) {
        mr_sql_kind kind = expr->args[i]->type.kind;
        if (!mr_sql_is_text(kind) && kind != MR_SQL_UNKNOWN) {
            mismatch(r, expr->args[i],
                     "%s of LIKE expression must evaluate to a varchar "
                     "(actual: %s)",
                     i == 0   ? "Left side"
                     : i == 1 ? "Pattern"
                              : "Escape",
                     lint_type_text(r, expr->args[i]));
        }
    }
    expr->type = of(MR_SQL_BOOLEAN);
}

static void lint_concat(resolver *r, mr_sql_expr *expr)
{
    for (size_t i = 0; i < 2; i++) {
        mr_sql_kind kind = expr->args[i]->type.kind;
        if (!mr_sql_is_text(kind) && kind != MR_SQL_UNKNOWN) {
            cannot_apply(r, expr, "||", expr->args[0], expr->args[1]);
            return;
        }
    }
    expr->type = of(MR_SQL_VARCHAR);
}

static void lint_logic(resolver *r, mr_sql_expr *expr, const char *word)
{
    for (size_t i = 0; i < expr->arg_count; i++) {
        mr_sql_kind kind = expr->args[i]->type.kind;
        if (kind != MR_SQL_BOOLEAN && kind != MR_SQL_UNKNOWN) {
            mismatch(r, expr->args[i], "%s must evaluate to a boolean (actual: %s)", word,
                     lint_type_text(r, expr->args[i]));
        }
    }
    expr->type = of(MR_SQL_BOOLEAN);
}

static void lint_negate(resolver *r, mr_sql_expr *expr)
{
    const mr_sql_expr *operand = expr->args[0];
    if (!mr_sql_is_numeric(operand->type.kind) && operand->type.kind != MR_SQL_UNKNOWN) {
        mismatch(r, expr, "Cannot negate %s", lint_type_text(r, operand));
    }
    expr->type = operand->type;
}

static void lint_case(resolver *r, mr_sql_expr *expr)
{
    size_t first = expr->case_has_operand ? 1 : 0;
    size_t pairs_end = expr->arg_count - (expr->case_has_else ? 1 : 0);
    mr_sql_type type = of(MR_SQL_UNKNOWN);
    for (size_t i = first; i + 1 < pairs_end + 1 && i < pairs_end; i += 2) {
        const mr_sql_expr *when = expr->args[i], *then = expr->args[i + 1];
        if (expr->case_has_operand) {
            lint_comparable(r, when, "=", expr->args[0], when);
        } else if (when->type.kind != MR_SQL_BOOLEAN && when->type.kind != MR_SQL_UNKNOWN) {
            mismatch(r, when, "CASE WHEN clause must evaluate to a boolean (actual: %s)",
                     lint_type_text(r, when));
        }
        if (!lint_common(type, then->type, &type)) {
            mismatch(r, then, "All CASE results must be the same type: %s",
                     mr_sql_type_name(type.kind));
        }
    }
    if (expr->case_has_else && !lint_common(type, expr->args[expr->arg_count - 1]->type, &type)) {
        mismatch(r, expr->args[expr->arg_count - 1], "All CASE results must be the same type: %s",
                 mr_sql_type_name(type.kind));
    }
    expr->type = type;
}

static void lint_cast(resolver *r, mr_sql_expr *expr)
{
    mr_sql_kind from = expr->args[0]->type.kind, to = expr->cast_type.kind;
    bool time_and_number = (is_time(from) && (mr_sql_is_numeric(to) || to == MR_SQL_BOOLEAN)) ||
                           (is_time(to) && (mr_sql_is_numeric(from) || from == MR_SQL_BOOLEAN));
    if (time_and_number || mr_sql_is_nested(from)) {
        mismatch(r, expr, "Cannot cast %s to %s", lint_type_text(r, expr->args[0]),
                 mr_sql_type_name(to));
    }
    expr->type = expr->cast_type;
}

/* ---- calls ---- */

static bool argument_fits(char letter, mr_sql_kind kind)
{
    if (kind == MR_SQL_UNKNOWN) {
        return letter != 'u';
    }
    switch (letter) {
    case 'n':
        return mr_sql_is_numeric(kind);
    case 'i':
        return mr_sql_is_integer(kind);
    case 's':
    case 'u':
        return mr_sql_is_text(kind);
    case 'b':
        return kind == MR_SQL_BOOLEAN;
    case 't':
        return is_time(kind);
    case 'o':
        return !mr_sql_is_nested(kind);
    default:
        return true;
    }
}

static void unexpected(resolver *r, const mr_sql_expr *expr)
{
    char list[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < expr->arg_count && used < sizeof(list) - 40; i++) {
        const char *text =
            expr->args[i]->kind == MR_EXPR_STAR ? "*" : lint_type_text(r, expr->args[i]);
        int n = snprintf(list + used, sizeof(list) - used, i == 0 ? "%s" : ", %s", text);
        used += (size_t)n;
    }
    mismatch(r, expr, "Unexpected parameters (%s) for function %s", list, expr->name);
}

static void call_type(resolver *r, mr_sql_expr *expr)
{
    static const mr_sql_kind fixed[] = {
        [MR_RESULT_BIGINT] = MR_SQL_BIGINT,   [MR_RESULT_DOUBLE] = MR_SQL_DOUBLE,
        [MR_RESULT_VARCHAR] = MR_SQL_VARCHAR, [MR_RESULT_BOOLEAN] = MR_SQL_BOOLEAN,
        [MR_RESULT_DATE] = MR_SQL_DATE,       [MR_RESULT_TIMESTAMP] = MR_SQL_TIMESTAMP,
    };
    mr_sql_fn_result result = expr->function->result;
    size_t from = 0;
    switch (result) {
    case MR_RESULT_FIRST:
        expr->type = expr->args[0]->type;
        break;
    case MR_RESULT_SECOND:
        expr->type = expr->args[1]->type;
        break;
    case MR_RESULT_THIRD:
        expr->type = expr->args[2]->type;
        break;
    case MR_RESULT_SUM:
        expr->type = expr->args[0]->type;
        if (mr_sql_is_integer(expr->type.kind)) {
            expr->type = of(MR_SQL_BIGINT);
        }
        break;
    case MR_RESULT_BRANCH:
    case MR_RESULT_COMMON:
        from = result == MR_RESULT_BRANCH ? 1 : 0;
        expr->type = expr->args[from]->type;
        for (size_t i = from + 1; i < expr->arg_count; i++) {
            if (!lint_common(expr->type, expr->args[i]->type, &expr->type)) {
                unexpected(r, expr);
            }
        }
        break;
    default:
        expr->type = of(fixed[result]);
        break;
    }
}

static void lint_call(resolver *r, mr_sql_expr *expr)
{
    const mr_sql_function *function = expr->function;
    bool star = expr->arg_count == 1 && expr->args[0]->kind == MR_EXPR_STAR;
    if ((int)expr->arg_count < function->min_args || (int)expr->arg_count > function->max_args ||
        (star && strcmp(expr->name, "count") != 0)) {
        unexpected(r, expr);
        return;
    }
    size_t letters = strlen(function->args);
    for (size_t i = 0; i < expr->arg_count && !star; i++) {
        char letter = function->args[i < letters ? i : letters - 1];
        if (!argument_fits(letter, expr->args[i]->type.kind) ||
            (letter == 'u' && expr->args[i]->kind != MR_EXPR_STRING)) {
            unexpected(r, expr);
            return;
        }
    }
    if (strcmp(expr->name, "nullif") == 0) {
        lint_comparable(r, expr, "=", expr->args[0], expr->args[1]);
    }
    bool decimal_sum = function->kind == MR_SQL_AGGREGATE && expr->arg_count == 1 &&
                       expr->args[0]->type.kind == MR_SQL_DECIMAL && strcmp(expr->name, "avg") == 0;
    if (decimal_sum) {
        resolve_fail(r, MR_UNSUPPORTED, "NOT_SUPPORTED", expr->line, expr->column,
                     "avg of decimals is not modelled by millrace; write avg(CAST(x AS double))");
        return;
    }
    call_type(r, expr);
}

void lint_expr(resolver *r, mr_sql_expr *expr)
{
    switch (expr->kind) {
    case MR_EXPR_NULL:
    case MR_EXPR_STAR:
        expr->type = of(MR_SQL_UNKNOWN);
        break;
    case MR_EXPR_BOOLEAN:
        expr->type = of(MR_SQL_BOOLEAN);
        break;
    case MR_EXPR_INTEGER:
        lint_integer(r, expr);
        break;
    case MR_EXPR_DECIMAL:
        lint_decimal(r, expr);
        break;
    case MR_EXPR_DOUBLE:
        expr->type = of(MR_SQL_DOUBLE);
        break;
    case MR_EXPR_STRING:
        expr->type = of(MR_SQL_VARCHAR);
        break;
    case MR_EXPR_DATE:
    case MR_EXPR_TIMESTAMP:
        lint_time(r, expr);
        break;
    case MR_EXPR_INTERVAL:
        lint_interval(r, expr);
        break;
    case MR_EXPR_NAME: /* resolve_name() gave it one */
        break;
    case MR_EXPR_NEGATE:
        lint_negate(r, expr);
        break;
    case MR_EXPR_NOT:
        lint_logic(r, expr, "Value of logical NOT expression");
        break;
    case MR_EXPR_AND:
    case MR_EXPR_OR:
        lint_logic(r, expr, "Logical expression term");
        break;
    case MR_EXPR_ARITHMETIC:
        lint_arithmetic(r, expr);
        break;
    case MR_EXPR_CONCAT:
        lint_concat(r, expr);
        break;
    case MR_EXPR_COMPARE:
    case MR_EXPR_DISTINCT_FROM:
        lint_compare(r, expr);
        break;
    case MR_EXPR_BETWEEN:
    case MR_EXPR_IN_LIST:
        lint_list(r, expr);
        break;
    case MR_EXPR_LIKE:
        lint_like(r, expr);
        break;
    case MR_EXPR_IS_NULL:
    case MR_EXPR_EXISTS:
    case MR_EXPR_IN_QUERY:
        expr->type = of(MR_SQL_BOOLEAN);
        break;
    case MR_EXPR_SUBQUERY: /* resolve_expr() gave it one */
        break;
    case MR_EXPR_CASE:
        lint_case(r, expr);
        break;
    case MR_EXPR_CAST:
        lint_cast(r, expr);
        break;
    case MR_EXPR_CALL:
        lint_call(r, expr);
        break;
    }
}

/* ---- grouping ---- */

static bool is_grouped(const mr_sql_core *core, const mr_sql_expr *expr)
{
    for (size_t i = 0; i < core->group_count; i++) {
        if (resolve_same(core->group_by[i], expr)) {
            return true;
        }
    }
    return false;
}

static bool is_own_source(const mr_sql_core *core, const mr_sql_source *source)
{
    for (size_t i = 0; i < core->source_count; i++) {
        if (core->sources[i] == source) {
            return true;
        }
    }
    return false;
}

void lint_grouping(resolver *r, const mr_sql_core *core, const mr_sql_expr *expr)
{
    if (r->code != MR_OK || is_grouped(core, expr)) {
        return;
    }
    if (expr->kind == MR_EXPR_NAME && is_own_source(core, expr->source)) {
        char name[200] = "";
        size_t used = 0;
        for (size_t i = 0; i < expr->part_count && used < sizeof(name) - 1; i++) {
            int n =
                snprintf(name + used, sizeof(name) - used, i == 0 ? "%s" : ".%s", expr->parts[i]);
            used += (size_t)n;
        }
        resolve_fail(r, MR_QUERY_FAILED, "EXPRESSION_NOT_AGGREGATE", expr->line, expr->column,
                     "'\"%s\"' must be an aggregate expression or appear in GROUP BY clause", name);
        return;
    }
    bool aggregate = expr->kind == MR_EXPR_CALL && expr->over == NULL &&
                     expr->function->kind == MR_SQL_AGGREGATE;
    if (aggregate) {
        return;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        lint_grouping(r, core, expr->args[i]);
    }
    if (expr->over != NULL) {
        for (size_t i = 0; i < expr->over->partition_count; i++) {
            lint_grouping(r, core, expr->over->partition_by[i]);
        }
        for (size_t i = 0; i < expr->over->order_count; i++) {
            lint_grouping(r, core, expr->over->order_by[i]->expr);
        }
    }
}
