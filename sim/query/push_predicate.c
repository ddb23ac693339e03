/* push_predicate.c - conditions of SQL as predicates of a scan, where the two are the same. */
#include "sim/base/alloc.h"
#include "sim/query/push.h"

#include <stdlib.h>

typedef struct collector {
    const mr_sql_source *source;
    mr_predicate *items;
    size_t count;
} collector;

static bool is_column(const collector *c, const mr_sql_expr *expr)
{
    return expr->kind == MR_EXPR_NAME && expr->source == c->source &&
           !mr_sql_is_nested(expr->type.kind);
}

/* A constant whose value needs no evaluation. */
static bool literal_of(const mr_sql_expr *expr, mr_datum *out)
{
    switch (expr->kind) {
    case MR_EXPR_INTEGER:
        *out = mr_datum_int(0);
        return mr_bytes_to_int64(mr_bytes_of(expr->text), &out->integer);
    case MR_EXPR_DECIMAL:
    case MR_EXPR_DOUBLE:
        *out = mr_datum_double(strtod(expr->text, NULL));
        return true;
    case MR_EXPR_STRING:
    case MR_EXPR_DATE:
    case MR_EXPR_TIMESTAMP:
        *out = mr_datum_text(mr_bytes_of(expr->text));
        return true;
    case MR_EXPR_BOOLEAN:
        *out = mr_datum_int(expr->flag);
        return true;
    case MR_EXPR_NEGATE:
        if (!literal_of(expr->args[0], out) || out->kind == MR_DATUM_TEXT) {
            return false;
        }
        out->integer = -out->integer;
        out->real = -out->real;
        return true;
    default:
        return false;
    }
}

/* Dates and timestamps have texts of their own forms: the writer converts, a predicate cannot. */
static bool same_form(const mr_sql_expr *column, const mr_sql_expr *literal)
{
    bool date = column->type.kind == MR_SQL_DATE || literal->type.kind == MR_SQL_DATE;
    bool timestamp =
        column->type.kind == MR_SQL_TIMESTAMP || literal->type.kind == MR_SQL_TIMESTAMP;
    return !(date && timestamp);
}

static mr_predicate *add(collector *c, const mr_sql_expr *column, mr_predicate_op op)
{
    c->items = mr_reallocarray(c->items, c->count + 1, sizeof(*c->items));
    mr_predicate *predicate = &c->items[c->count++];
    *predicate =
        (mr_predicate){.column = c->source->table->columns[column->source_column], .op = op};
    return predicate;
}

static bool add_with(collector *c, const mr_sql_expr *column, mr_predicate_op op,
                     const mr_sql_expr *literal)
{
    mr_datum value;
    if (!is_column(c, column) || !same_form(column, literal) || !literal_of(literal, &value)) {
        return false;
    }
    mr_predicate_add(add(c, column, op), &value);
    return true;
}

static bool from_compare(collector *c, const mr_sql_expr *expr)
{
    static const struct {
        const char *name;
        mr_predicate_op op, turned;
    } operators[] = {
        {"=", MR_PREDICATE_EQ, MR_PREDICATE_EQ}, {"<>", MR_PREDICATE_NE, MR_PREDICATE_NE},
        {"<", MR_PREDICATE_LT, MR_PREDICATE_GT}, {"<=", MR_PREDICATE_LE, MR_PREDICATE_GE},
        {">", MR_PREDICATE_GT, MR_PREDICATE_LT}, {">=", MR_PREDICATE_GE, MR_PREDICATE_LE},
    };
    for (size_t i = 0; i < MR_COUNT(operators); i++) {
        if (strcmp(operators[i].name, expr->name) == 0) {
            return add_with(c, expr->args[0], operators[i].op, expr->args[1]) ||
                   add_with(c, expr->args[1], operators[i].turned, expr->args[0]);
        }
    }
    return false;
}

static bool from_list(collector *c, const mr_sql_expr *expr)
{
    if (expr->flag || !is_column(c, expr->args[0])) {
        return false;
    }
    mr_predicate *predicate = add(c, expr->args[0], MR_PREDICATE_IN);
    for (size_t i = 1; i < expr->arg_count; i++) {
        mr_datum value;
        if (!same_form(expr->args[0], expr->args[i]) || !literal_of(expr->args[i], &value)) {
            return false;
        }
        mr_predicate_add(predicate, &value);
    }
    return true;
}

static bool from_condition(collector *c, const mr_sql_expr *expr)
{
    switch (expr->kind) {
    case MR_EXPR_AND:
        return from_condition(c, expr->args[0]) && from_condition(c, expr->args[1]);
    case MR_EXPR_COMPARE:
        return from_compare(c, expr);
    case MR_EXPR_BETWEEN:
        return !expr->flag && add_with(c, expr->args[0], MR_PREDICATE_GE, expr->args[1]) &&
               add_with(c, expr->args[0], MR_PREDICATE_LE, expr->args[2]);
    case MR_EXPR_IN_LIST:
        return from_list(c, expr);
    case MR_EXPR_LIKE:
        return !expr->flag && expr->arg_count == 2 && expr->args[1]->kind == MR_EXPR_STRING &&
               add_with(c, expr->args[0], MR_PREDICATE_LIKE, expr->args[1]);
    case MR_EXPR_IS_NULL:
        if (!is_column(c, expr->args[0])) {
            return false;
        }
        (void)add(c, expr->args[0], expr->flag ? MR_PREDICATE_IS_NOT_NULL : MR_PREDICATE_IS_NULL);
        return true;
    case MR_EXPR_NAME: /* a boolean column by itself */
        if (!is_column(c, expr) || expr->type.kind != MR_SQL_BOOLEAN) {
            return false;
        }
        mr_predicate_add(add(c, expr, MR_PREDICATE_EQ),
                         &(mr_datum){.kind = MR_DATUM_INT, .integer = 1});
        return true;
    default:
        return false;
    }
}

bool mr_push_condition(const mr_sql_expr *condition, const mr_sql_source *source,
                       mr_predicate **predicates, size_t *count)
{
    collector c = {.source = source, .items = *predicates, .count = *count};
    bool done = from_condition(&c, condition);
    while (!done && c.count > *count) {
        mr_predicate_deinit(&c.items[--c.count]);
    }
    *predicates = c.items;
    *count = c.count;
    return done;
}
