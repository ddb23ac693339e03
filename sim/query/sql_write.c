/* sql_write.c - see sql_write.h. */
#include "sim/query/sql_write.h"

#include "sim/query/resolve_private.h"

typedef struct writer {
    mr_strbuf *out;
    const mr_statement_run *run;
    const mr_sql_core *core; /* being written; NULL outside */
    unsigned subqueries;     /* written around this place: tables are read once and kept */
} writer;

static void write_query(writer *w, const mr_sql_query *query);
static void write_expr(writer *w, const mr_sql_expr *expr);

static void text(writer *w, const char *words)
{
    mr_strbuf_append_text(w->out, words);
}

static void write_string(writer *w, const char *value)
{
    mr_strbuf_append_char(w->out, '\'');
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '\'') {
            mr_strbuf_append_char(w->out, '\'');
        }
        mr_strbuf_append_char(w->out, *p);
    }
    mr_strbuf_append_char(w->out, '\'');
}

static void write_list(writer *w, mr_sql_expr *const *exprs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            text(w, ", ");
        }
        write_expr(w, exprs[i]);
    }
}

/* ---- expressions ---- */

/* A subquery's text; what is inside belongs to no core of outside. */
static void write_subquery(writer *w, const mr_sql_query *query)
{
    const mr_sql_core *core = w->core;
    w->subqueries++;
    text(w, "(");
    write_query(w, query);
    text(w, ")");
    w->subqueries--;
    w->core = core;
}

static void write_sorts(writer *w, mr_sql_sort *const *sorts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text(w, i == 0 ? " ORDER BY " : ", ");
        if (sorts[i]->ordinal != 0) {
            mr_strbuf_appendf(w->out, "%zu", sorts[i]->ordinal);
        } else {
            write_expr(w, sorts[i]->expr);
        }
        text(w, sorts[i]->descending ? " DESC" : " ASC");
        text(w, sorts[i]->nulls_first ? " NULLS FIRST" : " NULLS LAST");
    }
}

static void write_over(writer *w, const mr_sql_window *over)
{
    text(w, " OVER (");
    if (over->partition_count > 0) {
        text(w, "PARTITION BY ");
        write_list(w, over->partition_by, over->partition_count);
    }
    write_sorts(w, over->order_by, over->order_count);
    if (over->frame != NULL) {
        text(w, " ");
        text(w, over->frame);
    }
    text(w, ")");
}

/* The function's template with its arguments filled in. */
static void write_call(writer *w, const mr_sql_expr *expr)
{
    for (const char *p = expr->function->emit; *p != '\0'; p++) {
        if (*p != '$') {
            mr_strbuf_append_char(w->out, *p);
            continue;
        }
        p++;
        if (*p == '*') {
            text(w, expr->call_distinct ? "DISTINCT " : "");
            write_list(w, expr->args, expr->arg_count);
        } else if ((size_t)(*p - '1') < expr->arg_count) {
            write_expr(w, expr->args[*p - '1']);
        } else {
            text(w, "NULL");
        }
    }
    if (expr->call_filter != NULL) {
        text(w, " FILTER (WHERE ");
        write_expr(w, expr->call_filter);
        text(w, ")");
    }
    if (expr->over != NULL) {
        write_over(w, expr->over);
    }
}

static void write_interval(writer *w, const mr_sql_expr *expr)
{
    const mr_sql_expr *interval = expr->args[1];
    text(w, "mr_date_add(");
    write_string(w, interval->name);
    mr_strbuf_appendf(w->out, ", %s(%s), ", strcmp(expr->name, "-") == 0 ? "-" : "",
                      interval->text);
    write_expr(w, expr->args[0]);
    text(w, ")");
}

static bool is_sum(const mr_sql_expr *expr)
{
    return expr->kind == MR_EXPR_ARITHMETIC && expr->args[1]->kind != MR_EXPR_INTERVAL &&
           (expr->name[0] == '+' || expr->name[0] == '-');
}

/* a + b - c needs no parentheses on its left: SQLite nests fewer than we allow operators. */
static void write_left(writer *w, const mr_sql_expr *expr, bool flat)
{
    if (!flat) {
        write_expr(w, expr);
        return;
    }
    bool left_flat = is_sum(expr) ? is_sum(expr->args[0]) : expr->args[0]->kind == expr->kind;
    write_left(w, expr->args[0], left_flat);
    mr_strbuf_appendf(w->out, " %s ",
                      expr->kind == MR_EXPR_AND  ? "AND"
                      : expr->kind == MR_EXPR_OR ? "OR"
                                                 : expr->name);
    write_expr(w, expr->args[1]);
}

static void write_chain(writer *w, const mr_sql_expr *expr)
{
    text(w, "(");
    write_left(w, expr, true);
    text(w, ")");
}

static void write_arithmetic(writer *w, const mr_sql_expr *expr)
{
    if (expr->args[1]->kind == MR_EXPR_INTERVAL) {
        write_interval(w, expr);
        return;
    }
    if (is_sum(expr)) {
        write_chain(w, expr);
        return;
    }
    const char *function = NULL;
    if (expr->name[0] == '/') {
        function = mr_sql_is_integer(expr->type.kind) ? "mr_div" : "mr_real_div";
    } else if (expr->name[0] == '%') {
        function = "mr_mod";
    }
    text(w, function == NULL ? "(" : function);
    text(w, function == NULL ? "" : "(");
    write_expr(w, expr->args[0]);
    text(w, function == NULL ? " * " : ", ");
    write_expr(w, expr->args[1]);
    text(w, ")");
}

/* A date beside a timestamp is midnight of its day. */
static void write_as(writer *w, const mr_sql_expr *expr, bool timestamp)
{
    if (timestamp && expr->type.kind == MR_SQL_DATE) {
        text(w, "mr_cast(");
        write_expr(w, expr);
        text(w, ", 'timestamp(3)', 'date', 0)");
    } else {
        write_expr(w, expr);
    }
}

static bool any_timestamp(const mr_sql_expr *expr)
{
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expr->args[i]->type.kind == MR_SQL_TIMESTAMP) {
            return true;
        }
    }
    return false;
}

static void write_compare(writer *w, const mr_sql_expr *expr)
{
    bool timestamp = any_timestamp(expr);
    const char *word = expr->kind == MR_EXPR_COMPARE ? expr->name
                       : expr->flag                  ? "IS NOT DISTINCT FROM"
                                                     : "IS DISTINCT FROM";
    text(w, "(");
    write_as(w, expr->args[0], timestamp);
    mr_strbuf_appendf(w->out, " %s ", word);
    write_as(w, expr->args[1], timestamp);
    text(w, ")");
}

static void write_between(writer *w, const mr_sql_expr *expr)
{
    bool timestamp = any_timestamp(expr);
    text(w, "(");
    write_as(w, expr->args[0], timestamp);
    text(w, expr->flag ? " NOT BETWEEN " : " BETWEEN ");
    write_as(w, expr->args[1], timestamp);
    text(w, " AND ");
    write_as(w, expr->args[2], timestamp);
    text(w, ")");
}

static void write_in(writer *w, const mr_sql_expr *expr)
{
    bool timestamp = any_timestamp(expr);
    text(w, "(");
    write_as(w, expr->args[0], timestamp);
    text(w, expr->flag ? " NOT IN " : " IN ");
    if (expr->kind == MR_EXPR_IN_QUERY) {
        write_subquery(w, expr->query);
    } else {
        text(w, "(");
        for (size_t i = 1; i < expr->arg_count; i++) {
            text(w, i == 1 ? "" : ", ");
            write_as(w, expr->args[i], timestamp);
        }
        text(w, ")");
    }
    text(w, ")");
}

static void write_like(writer *w, const mr_sql_expr *expr)
{
    text(w, "(");
    write_expr(w, expr->args[0]);
    text(w, expr->flag ? " NOT LIKE " : " LIKE ");
    write_expr(w, expr->args[1]);
    if (expr->arg_count == 3) {
        text(w, " ESCAPE ");
        write_expr(w, expr->args[2]);
    }
    text(w, ")");
}

static void write_case(writer *w, const mr_sql_expr *expr)
{
    size_t i = 0;
    text(w, "CASE");
    if (expr->case_has_operand) {
        text(w, " ");
        write_expr(w, expr->args[i++]);
    }
    for (; i + 1 < expr->arg_count; i += 2) {
        text(w, " WHEN ");
        write_expr(w, expr->args[i]);
        text(w, " THEN ");
        write_expr(w, expr->args[i + 1]);
    }
    if (expr->case_has_else) {
        text(w, " ELSE ");
        write_expr(w, expr->args[expr->arg_count - 1]);
    }
    text(w, " END");
}

static void write_cast(writer *w, const mr_sql_expr *expr)
{
    text(w, "mr_cast(");
    write_expr(w, expr->args[0]);
    mr_strbuf_appendf(w->out, ", '%s', '%s', %d)", mr_sql_type_name(expr->cast_type.kind),
                      mr_sql_type_name(expr->args[0]->type.kind), expr->flag);
}

static void write_name(writer *w, const mr_sql_expr *expr)
{
    if (expr->source->table != NULL) {
        mr_strbuf_appendf(w->out, "%s.c%zu", expr->source->emitted, expr->source_column);
    } else {
        mr_strbuf_appendf(w->out, "%s.%s", expr->source->emitted,
                          expr->source->columns[expr->source_column]->emitted);
    }
}

/* A key or an aggregate that the scan has made is a column of its groups. */
static bool write_pushed(writer *w, const mr_sql_expr *expr)
{
    const mr_pushed_core *pushed = w->core == NULL ? NULL : w->core->pushed;
    if (pushed == NULL) {
        return false;
    }
    for (size_t i = 0; i < pushed->key_count; i++) {
        if (resolve_same(pushed->key_exprs[i], expr)) {
            mr_strbuf_appendf(w->out, "%s.k%zu", w->core->sources[0]->emitted, i);
            return true;
        }
    }
    for (size_t i = 0; i < pushed->call_count; i++) {
        if (resolve_same(pushed->call_exprs[i], expr)) {
            mr_strbuf_appendf(w->out, "%s.a%zu", w->core->sources[0]->emitted, i);
            return true;
        }
    }
    return false;
}

static void write_literal(writer *w, const mr_sql_expr *expr)
{
    switch (expr->kind) {
    case MR_EXPR_NULL:
        text(w, "NULL");
        break;
    case MR_EXPR_BOOLEAN:
        text(w, expr->flag ? "1" : "0");
        break;
    case MR_EXPR_STRING:
    case MR_EXPR_DATE:
    case MR_EXPR_TIMESTAMP:
        write_string(w, expr->text);
        break;
    case MR_EXPR_STAR:
        text(w, "*");
        break;
    default:
        text(w, expr->text);
        break;
    }
}

static void write_expr(writer *w, const mr_sql_expr *expr)
{
    if (write_pushed(w, expr)) {
        return;
    }
    switch (expr->kind) {
    case MR_EXPR_NAME:
        write_name(w, expr);
        break;
    case MR_EXPR_NEGATE:
        text(w, "(- ");
        write_expr(w, expr->args[0]);
        text(w, ")");
        break;
    case MR_EXPR_NOT:
        text(w, "(NOT ");
        write_expr(w, expr->args[0]);
        text(w, ")");
        break;
    case MR_EXPR_AND:
    case MR_EXPR_OR:
    case MR_EXPR_CONCAT:
        write_chain(w, expr);
        break;
    case MR_EXPR_ARITHMETIC:
        write_arithmetic(w, expr);
        break;
    case MR_EXPR_COMPARE:
    case MR_EXPR_DISTINCT_FROM:
        write_compare(w, expr);
        break;
    case MR_EXPR_IS_NULL:
        text(w, "(");
        write_expr(w, expr->args[0]);
        text(w, expr->flag ? " IS NOT NULL)" : " IS NULL)");
        break;
    case MR_EXPR_BETWEEN:
        write_between(w, expr);
        break;
    case MR_EXPR_IN_LIST:
    case MR_EXPR_IN_QUERY:
        write_in(w, expr);
        break;
    case MR_EXPR_LIKE:
        write_like(w, expr);
        break;
    case MR_EXPR_EXISTS:
        text(w, "EXISTS ");
        write_subquery(w, expr->query);
        break;
    case MR_EXPR_SUBQUERY:
        write_subquery(w, expr->query);
        break;
    case MR_EXPR_CASE:
        write_case(w, expr);
        break;
    case MR_EXPR_CAST:
        write_cast(w, expr);
        break;
    case MR_EXPR_CALL:
        write_call(w, expr);
        break;
    default:
        write_literal(w, expr);
        break;
    }
}

/* ---- FROM ---- */

static size_t ref_place(const writer *w, const mr_table_ref *ref)
{
    size_t place = 0;
    while (w->run->refs[place] != ref) {
        place++;
    }
    return place;
}

/* Whether an expression reads this source and nothing else but constants. */
static bool only_of(const mr_sql_expr *expr, const mr_sql_source *source, bool *reads)
{
    if (expr->query != NULL || expr->over != NULL) {
        return false;
    }
    if (expr->kind == MR_EXPR_NAME) {
        *reads = true;
        return expr->source == source;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (!only_of(expr->args[i], source, reads)) {
            return false;
        }
    }
    return true;
}

/* The conditions of WHERE on one source alone, which may be asked before the join. */
static void write_own_conditions(writer *w, const mr_sql_expr *expr, const mr_sql_source *source,
                                 const char **word)
{
    bool reads = false;
    if (expr->kind == MR_EXPR_AND) {
        write_own_conditions(w, expr->args[0], source, word);
        write_own_conditions(w, expr->args[1], source, word);
    } else if (only_of(expr, source, &reads) && reads) {
        text(w, *word);
        write_expr(w, expr);
        *word = " AND ";
    }
}

/*
 * outer: an outer join makes NULL rows of this source, so WHERE must wait for the join.
 *
 * In a join or a subquery a table would be scanned once for every row around it: there it is a
 * subquery with a LIMIT, which SQLite reads once, keeps, and indexes as it needs.
 */
static void write_table(writer *w, const mr_sql_source *source, bool outer)
{
    size_t place = ref_place(w, source->table);
    bool keep = w->core->source_count > 1 || w->subqueries > 0;
    if (!keep) {
        mr_strbuf_appendf(w->out, "temp.t%zu AS %s", place, source->emitted);
        return;
    }
    mr_strbuf_appendf(w->out, "(SELECT * FROM temp.t%zu AS %s", place, source->emitted);
    const char *word = " WHERE ";
    if (w->core->where != NULL && !outer) {
        write_own_conditions(w, w->core->where, source, &word);
    }
    mr_strbuf_appendf(w->out, " LIMIT -1) AS %s", source->emitted);
}

static void write_source(writer *w, const mr_sql_source *source, bool outer)
{
    static const char *const joins[] = {
        [MR_JOIN_CROSS] = " CROSS JOIN ",     [MR_JOIN_INNER] = " INNER JOIN ",
        [MR_JOIN_LEFT] = " LEFT JOIN ",       [MR_JOIN_RIGHT] = " RIGHT JOIN ",
        [MR_JOIN_FULL] = " FULL OUTER JOIN ",
    };
    const mr_sql_core *core = w->core;
    mr_join_kind join = source->join;
    switch (source->kind) {
    case MR_SOURCE_TABLE:
        if (source->cte != NULL) {
            mr_strbuf_appendf(w->out, "%s AS %s", source->cte->emitted, source->emitted);
        } else {
            write_table(w, source, outer);
        }
        break;
    case MR_SOURCE_QUERY:
        text(w, "(");
        write_query(w, source->query);
        w->core = core;
        mr_strbuf_appendf(w->out, ") AS %s", source->emitted);
        break;
    case MR_SOURCE_JOIN:
        write_source(w, source->left, outer || join == MR_JOIN_RIGHT || join == MR_JOIN_FULL);
        text(w, joins[join]);
        if (source->right->kind == MR_SOURCE_JOIN) {
            text(w, "(");
        }
        write_source(w, source->right, outer || join == MR_JOIN_LEFT || join == MR_JOIN_FULL);
        if (source->right->kind == MR_SOURCE_JOIN) {
            text(w, ")");
        }
        if (source->on != NULL) {
            text(w, " ON ");
            write_expr(w, source->on);
        }
        break;
    }
}

/* ---- SELECT ---- */

static void write_pushed_from(writer *w, const mr_sql_core *core)
{
    size_t place = 0;
    while (w->run->pushed[place] != core->pushed) {
        place++;
    }
    mr_strbuf_appendf(w->out, " FROM temp.g%zu AS %s", place, core->sources[0]->emitted);
    if (core->having != NULL) {
        text(w, " WHERE ");
        write_expr(w, core->having);
    }
}

static void write_plain_from(writer *w, const mr_sql_core *core)
{
    if (core->from != NULL) {
        text(w, " FROM ");
        write_source(w, core->from, false);
    }
    if (core->where != NULL) {
        text(w, " WHERE ");
        write_expr(w, core->where);
    }
    for (size_t i = 0; i < core->group_count; i++) {
        /* A constant has one group; SQLite would take an integer for a place. */
        bool number = core->group_by[i]->kind == MR_EXPR_INTEGER;
        text(w, i == 0 ? " GROUP BY " : ", ");
        text(w, number ? "NULL" : "");
        if (!number) {
            write_expr(w, core->group_by[i]);
        }
    }
    if (core->having != NULL) {
        text(w, " HAVING ");
        write_expr(w, core->having);
    }
}

static void write_core(writer *w, const mr_sql_core *core)
{
    w->core = core;
    text(w, core->distinct ? "SELECT DISTINCT " : "SELECT ");
    for (size_t i = 0; i < core->column_count; i++) {
        text(w, i == 0 ? "" : ", ");
        write_expr(w, core->columns[i]->expr);
        mr_strbuf_appendf(w->out, " AS c%zu", i);
    }
    if (core->pushed != NULL) {
        write_pushed_from(w, core);
    } else {
        write_plain_from(w, core);
    }
}

static void write_body(writer *w, const mr_sql_body *body);

/* An operand that SQLite would not read in brackets. */
static void write_operand(writer *w, const mr_sql_body *body, bool right)
{
    if (body->query != NULL || (right && body->operation != NULL)) {
        text(w, "SELECT * FROM (");
        write_body(w, body);
        text(w, ")");
    } else {
        write_body(w, body);
    }
}

static void write_body(writer *w, const mr_sql_body *body)
{
    if (body->core != NULL) {
        write_core(w, body->core);
    } else if (body->query != NULL) {
        write_query(w, body->query);
    } else {
        write_operand(w, body->left, false);
        mr_strbuf_appendf(w->out, " %s ", body->operation);
        write_operand(w, body->right, true);
    }
}

static void write_query(writer *w, const mr_sql_query *query)
{
    for (size_t i = 0; i < query->cte_count; i++) {
        mr_strbuf_appendf(w->out, i == 0 ? "WITH %s AS (" : ", %s AS (", query->ctes[i]->emitted);
        write_query(w, query->ctes[i]->query);
        text(w, ") ");
    }
    bool wrapped = query->body->query != NULL;
    if (wrapped) {
        text(w, "SELECT * FROM (");
    }
    write_body(w, query->body);
    if (wrapped) {
        text(w, ")");
        w->core = NULL;
    }
    if (query->body->core != NULL) {
        w->core = query->body->core;
    }
    write_sorts(w, query->order_by, query->order_count);
    if (query->limit != NULL || query->offset != NULL) {
        mr_strbuf_appendf(w->out, " LIMIT %s", query->limit == NULL ? "-1" : query->limit);
    }
    if (query->offset != NULL) {
        mr_strbuf_appendf(w->out, " OFFSET %s", query->offset);
    }
}

void mr_sql_write(const mr_sql_query *query, const mr_statement_run *run, mr_strbuf *out)
{
    writer w = {.out = out, .run = run};
    write_query(&w, query);
}
