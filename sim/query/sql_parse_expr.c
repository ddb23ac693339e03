/* sql_parse_expr.c - expressions, by precedence: OR, AND, NOT, predicates, + -, * / %, signs. */
#include "sim/base/strbuf.h"
#include "sim/query/sql_parser.h"

static mr_sql_expr *parse_value(sql_parser *parser);

static void add_arg(sql_parser *parser, mr_sql_expr *expr, mr_sql_expr *arg)
{
    if (arg == NULL) {
        return;
    }
    MR_ARENA_PUSH(parser->arena, expr->args, expr->arg_count, arg);
    if (arg->depth >= expr->depth) {
        expr->depth = arg->depth + 1;
    }
    if (expr->depth > SQL_TREE_DEPTH_MAX) {
        sql_refuse(parser, parser->token, MR_TOO_LARGE,
                   "an expression of more than %d operators in a row", SQL_TREE_DEPTH_MAX);
    }
}

static mr_sql_expr *binary(sql_parser *parser, mr_expr_kind kind, const mr_token *at,
                           mr_sql_expr *left, mr_sql_expr *right)
{
    mr_sql_expr *expr = sql_expr_new(parser, kind, at);
    add_arg(parser, expr, left);
    add_arg(parser, expr, right);
    return expr;
}

/* ---- primaries ---- */

static mr_sql_expr *literal(sql_parser *parser, mr_expr_kind kind)
{
    mr_sql_expr *expr = sql_expr_new(parser, kind, parser->token);
    expr->text = mr_arena_copy(parser->arena, parser->token->text);
    parser->token++;
    return expr;
}

static const char *string_text(sql_parser *parser, mr_bytes raw)
{
    char *text = mr_arena_alloc(parser->arena, raw.len);
    size_t n = 0;
    for (size_t i = 1; i + 1 < raw.len; i++) {
        text[n++] = raw.at[i];
        if (raw.at[i] == '\'') {
            i++;
        }
    }
    text[n] = '\0';
    return text;
}

static mr_sql_expr *string_literal(sql_parser *parser)
{
    mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_STRING, parser->token);
    expr->text = string_text(parser, parser->token->text);
    if (memchr(parser->token->text.at, '\0', parser->token->text.len) != NULL) {
        sql_refuse(parser, parser->token, MR_QUERY_SYNTAX, "a string may not hold a NUL byte");
    }
    parser->token++;
    return expr;
}

/* DATE '2006-01-01', TIMESTAMP '...', INTERVAL '1' DAY; the text is checked by the resolver. */
static mr_sql_expr *typed_literal(sql_parser *parser)
{
    const mr_token *at = parser->token;
    mr_expr_kind kind = mr_token_is_word(at, "date")        ? MR_EXPR_DATE
                        : mr_token_is_word(at, "timestamp") ? MR_EXPR_TIMESTAMP
                                                            : MR_EXPR_INTERVAL;
    parser->token++;
    mr_sql_expr *expr = string_literal(parser);
    expr->kind = kind;
    expr->line = at->line;
    expr->column = at->column;
    if (kind == MR_EXPR_INTERVAL) {
        expr->name = sql_identifier(parser);
    }
    return expr;
}

static mr_sql_expr *parse_case(sql_parser *parser)
{
    mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_CASE, parser->token);
    parser->token++;
    if (!sql_at_word(parser, "when")) {
        expr->case_has_operand = true;
        add_arg(parser, expr, sql_parse_expr(parser));
    }
    do {
        if (!sql_expect_word(parser, "when")) {
            return NULL;
        }
        add_arg(parser, expr, sql_parse_expr(parser));
        if (!sql_expect_word(parser, "then")) {
            return NULL;
        }
        add_arg(parser, expr, sql_parse_expr(parser));
    } while (parser->code == MR_OK && sql_at_word(parser, "when"));
    if (sql_accept_word(parser, "else")) {
        expr->case_has_else = true;
        add_arg(parser, expr, sql_parse_expr(parser));
    }
    return sql_expect_word(parser, "end") ? expr : NULL;
}

static bool parse_cast_type(sql_parser *parser, mr_sql_type *type)
{
    static const struct {
        const char *word;
        mr_sql_kind kind;
    } types[] = {
        {"boolean", MR_SQL_BOOLEAN}, {"tinyint", MR_SQL_TINYINT},     {"smallint", MR_SQL_SMALLINT},
        {"integer", MR_SQL_INTEGER}, {"int", MR_SQL_INTEGER},         {"bigint", MR_SQL_BIGINT},
        {"real", MR_SQL_REAL},       {"double", MR_SQL_DOUBLE},       {"varchar", MR_SQL_VARCHAR},
        {"date", MR_SQL_DATE},       {"timestamp", MR_SQL_TIMESTAMP},
    };
    for (size_t i = 0; i < MR_COUNT(types); i++) {
        if (sql_accept_word(parser, types[i].word)) {
            type->kind = types[i].kind;
            return true;
        }
    }
    if (parser->token->kind == MR_TOKEN_WORD) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "CAST to %.*s: Unknown type, or one that millrace does not cast to",
                   (int)parser->token->text.len, parser->token->text.at);
    } else {
        sql_mismatch(parser, "a type");
    }
    return false;
}

static mr_sql_expr *parse_cast(sql_parser *parser)
{
    mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_CAST, parser->token);
    expr->flag = mr_token_is_word(parser->token, "try_cast");
    parser->token += 2; /* and the parenthesis */
    add_arg(parser, expr, sql_parse_expr(parser));
    if (!sql_expect_word(parser, "as") || !parse_cast_type(parser, &expr->cast_type)) {
        return NULL;
    }
    return sql_expect(parser, ")") ? expr : NULL;
}

#define FRAME_TOKENS_MAX 12

static bool at_frame_word(const sql_parser *parser)
{
    static const char *const words[] = {"rows",      "range",     "between", "and", "unbounded",
                                        "preceding", "following", "current", "row"};
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if (sql_at_word(parser, words[i])) {
            return true;
        }
    }
    return parser->token->kind == MR_TOKEN_INTEGER;
}

/* ROWS BETWEEN ... : words and numbers, kept as text after a check of the vocabulary. */
static const char *parse_frame(sql_parser *parser)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const char *problem = NULL;
    for (size_t i = 0; !sql_at(parser, ")") && problem == NULL; i++, parser->token++) {
        problem = !at_frame_word(parser) ? "a window frame" : i > FRAME_TOKENS_MAX ? "')'" : NULL;
        if (problem != NULL) {
            sql_mismatch(parser, problem);
        }
        mr_strbuf_append_bytes(&text, parser->token->text);
        mr_strbuf_append_char(&text, ' ');
    }
    const char *frame =
        problem != NULL ? NULL : mr_arena_text(parser->arena, mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
    return frame;
}

static mr_sql_window *parse_over(sql_parser *parser)
{
    mr_sql_window *over = mr_arena_alloc(parser->arena, sizeof(*over));
    if (!sql_expect(parser, "(")) {
        return NULL;
    }
    if (sql_accept_word(parser, "partition")) {
        if (!sql_expect_word(parser, "by")) {
            return NULL;
        }
        do {
            MR_ARENA_PUSH(parser->arena, over->partition_by, over->partition_count,
                          sql_parse_expr(parser));
        } while (parser->code == MR_OK && sql_accept(parser, ","));
    }
    if (sql_at_word(parser, "order")) {
        over->order_by = sql_parse_sorts(parser, &over->order_count);
    }
    if (parser->code == MR_OK && !sql_at(parser, ")")) {
        over->frame = parse_frame(parser);
    }
    return sql_expect(parser, ")") ? over : NULL;
}

static mr_sql_expr *parse_call_tail(sql_parser *parser, mr_sql_expr *expr)
{
    if (sql_at_word(parser, "filter") && mr_token_is(parser->token + 1, "(")) {
        parser->token += 2;
        if (!sql_expect_word(parser, "where")) {
            return NULL;
        }
        expr->call_filter = sql_parse_expr(parser);
        if (!sql_expect(parser, ")")) {
            return NULL;
        }
    }
    if (sql_accept_word(parser, "over")) {
        expr->over = parse_over(parser);
    }
    return expr;
}

static mr_sql_expr *parse_call(sql_parser *parser)
{
    mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_CALL, parser->token);
    expr->name = sql_identifier(parser);
    parser->token++; /* the parenthesis */
    if (sql_accept(parser, "*")) {
        add_arg(parser, expr, sql_expr_new(parser, MR_EXPR_STAR, parser->token - 1));
    } else if (!sql_at(parser, ")")) {
        expr->call_distinct = sql_accept_word(parser, "distinct");
        do {
            add_arg(parser, expr, sql_parse_expr(parser));
        } while (parser->code == MR_OK && sql_accept(parser, ","));
    }
    if (sql_at_word(parser, "order")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "ORDER BY inside an aggregate is not supported by millrace");
    }
    return sql_expect(parser, ")") ? parse_call_tail(parser, expr) : NULL;
}

/* EXTRACT(year FROM x) is the function year(x). */
static mr_sql_expr *parse_extract(sql_parser *parser)
{
    mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_CALL, parser->token);
    parser->token += 2;
    expr->name = sql_identifier(parser);
    if (!sql_expect_word(parser, "from")) {
        return NULL;
    }
    add_arg(parser, expr, sql_parse_expr(parser));
    return sql_expect(parser, ")") ? expr : NULL;
}

static mr_sql_expr *parse_name(sql_parser *parser)
{
    mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_NAME, parser->token);
    do {
        const char *part = sql_identifier(parser);
        if (part == NULL) {
            return NULL;
        }
        MR_ARENA_PUSH(parser->arena, expr->parts, expr->part_count, part);
    } while (sql_accept(parser, "."));
    return expr;
}

static mr_sql_expr *parse_parenthesis(sql_parser *parser)
{
    const mr_token *at = parser->token++;
    if (sql_at_word(parser, "select") || sql_at_word(parser, "with")) {
        mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_SUBQUERY, at);
        expr->query = sql_parse_query(parser);
        return sql_expect(parser, ")") ? expr : NULL;
    }
    mr_sql_expr *inner = sql_parse_expr(parser);
    if (sql_at(parser, ",")) {
        sql_refuse(parser, at, MR_UNSUPPORTED, "row values are not supported by millrace");
        return NULL;
    }
    return sql_expect(parser, ")") ? inner : NULL;
}

static bool is_clock_word(const sql_parser *parser)
{
    return (sql_at_word(parser, "current_date") || sql_at_word(parser, "current_timestamp") ||
            sql_at_word(parser, "localtimestamp")) &&
           !mr_token_is(parser->token + 1, "(");
}

static mr_sql_expr *parse_word(sql_parser *parser)
{
    const mr_token *next = parser->token + 1;
    bool call = mr_token_is(next, "(");
    if (sql_at_word(parser, "null") || sql_at_word(parser, "true") ||
        sql_at_word(parser, "false")) {
        mr_expr_kind kind = sql_at_word(parser, "null") ? MR_EXPR_NULL : MR_EXPR_BOOLEAN;
        mr_sql_expr *expr = sql_expr_new(parser, kind, parser->token);
        expr->flag = sql_at_word(parser, "true");
        parser->token++;
        return expr;
    }
    if (sql_at_word(parser, "case")) {
        return parse_case(parser);
    }
    if (call && (sql_at_word(parser, "cast") || sql_at_word(parser, "try_cast"))) {
        return parse_cast(parser);
    }
    if (call && sql_at_word(parser, "extract")) {
        return parse_extract(parser);
    }
    if (call && sql_at_word(parser, "exists")) {
        mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_EXISTS, parser->token);
        parser->token += 2;
        expr->query = sql_parse_query(parser);
        return sql_expect(parser, ")") ? expr : NULL;
    }
    if (next->kind == MR_TOKEN_STRING &&
        (sql_at_word(parser, "date") || sql_at_word(parser, "timestamp") ||
         sql_at_word(parser, "interval"))) {
        return typed_literal(parser);
    }
    if (is_clock_word(parser)) {
        mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_CALL, parser->token);
        expr->name = sql_lower(parser, parser->token->text);
        parser->token++;
        return expr;
    }
    if (call && (sql_is_name(parser->token) || sql_at_word(parser, "if"))) {
        return parse_call(parser);
    }
    if (!sql_is_name(parser->token)) {
        sql_mismatch(parser, "an expression");
        return NULL;
    }
    return parse_name(parser);
}

static mr_sql_expr *parse_primary(sql_parser *parser)
{
    mr_sql_expr *expr = NULL;
    switch (parser->token->kind) {
    case MR_TOKEN_INTEGER:
        expr = literal(parser, MR_EXPR_INTEGER);
        break;
    case MR_TOKEN_DECIMAL:
        expr = literal(parser, MR_EXPR_DECIMAL);
        break;
    case MR_TOKEN_DOUBLE:
        expr = literal(parser, MR_EXPR_DOUBLE);
        break;
    case MR_TOKEN_STRING:
        expr = string_literal(parser);
        break;
    case MR_TOKEN_QUOTED:
        expr = parse_name(parser);
        break;
    case MR_TOKEN_WORD:
        expr = parse_word(parser);
        break;
    case MR_TOKEN_OPERATOR:
        if (sql_at(parser, "(")) {
            expr = parse_parenthesis(parser);
            break;
        }
        if (sql_at(parser, "?")) {
            sql_refuse(parser, parser->token, MR_QUERY_SYNTAX,
                       "Incorrect number of parameters: expected 1 but found 0");
            break;
        }
        sql_mismatch(parser, "an expression");
        break;
    case MR_TOKEN_END:
        sql_mismatch(parser, "an expression");
        break;
    }
    if (expr != NULL && sql_at(parser, "[")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "subscripts of arrays and maps are not supported by millrace");
        return NULL;
    }
    return parser->code == MR_OK ? expr : NULL;
}

/* ---- operators ---- */

static mr_sql_expr *parse_sign(sql_parser *parser)
{
    const mr_token *at = parser->token;
    if (sql_accept(parser, "+")) {
        return parse_sign(parser);
    }
    if (!sql_accept(parser, "-")) {
        return parse_primary(parser);
    }
    if (!sql_enter(parser)) {
        return NULL;
    }
    mr_sql_expr *operand = parse_sign(parser);
    sql_leave(parser);
    return binary(parser, MR_EXPR_NEGATE, at, operand, NULL);
}

static mr_sql_expr *parse_product(sql_parser *parser)
{
    mr_sql_expr *left = parse_sign(parser);
    while (parser->code == MR_OK &&
           (sql_at(parser, "*") || sql_at(parser, "/") || sql_at(parser, "%"))) {
        const mr_token *at = parser->token++;
        left = binary(parser, MR_EXPR_ARITHMETIC, at, left, parse_sign(parser));
        left->name = mr_arena_copy(parser->arena, at->text);
    }
    return left;
}

static mr_sql_expr *parse_sum(sql_parser *parser)
{
    mr_sql_expr *left = parse_product(parser);
    while (parser->code == MR_OK &&
           (sql_at(parser, "+") || sql_at(parser, "-") || sql_at(parser, "||"))) {
        const mr_token *at = parser->token++;
        bool concat = mr_token_is(at, "||");
        left = binary(parser, concat ? MR_EXPR_CONCAT : MR_EXPR_ARITHMETIC, at, left,
                      parse_product(parser));
        left->name = mr_arena_copy(parser->arena, at->text);
    }
    return left;
}

static mr_sql_expr *parse_in(sql_parser *parser, const mr_token *at, mr_sql_expr *left)
{
    if (!sql_expect(parser, "(")) {
        return NULL;
    }
    mr_sql_expr *expr = sql_expr_new(parser, MR_EXPR_IN_LIST, at);
    add_arg(parser, expr, left);
    if (sql_at_word(parser, "select") || sql_at_word(parser, "with")) {
        expr->kind = MR_EXPR_IN_QUERY;
        expr->query = sql_parse_query(parser);
    } else {
        do {
            add_arg(parser, expr, sql_parse_expr(parser));
        } while (parser->code == MR_OK && sql_accept(parser, ","));
    }
    return sql_expect(parser, ")") ? expr : NULL;
}

static mr_sql_expr *parse_is(sql_parser *parser, const mr_token *at, mr_sql_expr *left)
{
    bool negated = sql_accept_word(parser, "not");
    mr_sql_expr *expr;
    if (sql_accept_word(parser, "null")) {
        expr = binary(parser, MR_EXPR_IS_NULL, at, left, NULL);
    } else if (sql_accept_word(parser, "distinct")) {
        if (!sql_expect_word(parser, "from")) {
            return NULL;
        }
        expr = binary(parser, MR_EXPR_DISTINCT_FROM, at, left, parse_sum(parser));
    } else {
        sql_mismatch(parser, "'NULL', 'NOT NULL', 'DISTINCT FROM'");
        return NULL;
    }
    expr->flag = negated;
    return expr;
}

static mr_sql_expr *parse_after_not(sql_parser *parser, mr_sql_expr *left, bool negated)
{
    const mr_token *at = parser->token;
    mr_sql_expr *expr = NULL;
    if (sql_accept_word(parser, "between")) {
        expr = binary(parser, MR_EXPR_BETWEEN, at, left, parse_sum(parser));
        if (!sql_expect_word(parser, "and")) {
            return NULL;
        }
        add_arg(parser, expr, parse_sum(parser));
    } else if (sql_accept_word(parser, "in")) {
        expr = parse_in(parser, at, left);
    } else if (sql_accept_word(parser, "like")) {
        expr = binary(parser, MR_EXPR_LIKE, at, left, parse_sum(parser));
        if (sql_accept_word(parser, "escape")) {
            add_arg(parser, expr, parse_sum(parser));
        }
    } else {
        sql_mismatch(parser, "'BETWEEN', 'IN', 'LIKE'");
    }
    if (expr != NULL) {
        expr->flag = negated;
    }
    return parser->code == MR_OK ? expr : NULL;
}

/* -1: none. */
static int comparison_at(const sql_parser *parser)
{
    static const char *const operators[] = {"=", "<>", "!=", "<", "<=", ">", ">="};
    for (size_t i = 0; i < MR_COUNT(operators); i++) {
        if (sql_at(parser, operators[i])) {
            return (int)i;
        }
    }
    return -1;
}

static mr_sql_expr *parse_comparison(sql_parser *parser, mr_sql_expr *left)
{
    const mr_token *at = parser->token++;
    if (sql_at(parser, "=")) {
        sql_mismatch(parser, "an expression; SQL compares with a single '='");
        return NULL;
    }
    if (sql_at_word(parser, "any") || sql_at_word(parser, "all") || sql_at_word(parser, "some")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "comparison with ANY or ALL is not supported by millrace; use IN or EXISTS");
        return NULL;
    }
    mr_sql_expr *expr = binary(parser, MR_EXPR_COMPARE, at, left, parse_sum(parser));
    expr->name = mr_token_is(at, "!=") ? "<>" : mr_arena_copy(parser->arena, at->text);
    return expr;
}

static mr_sql_expr *parse_predicate(sql_parser *parser)
{
    mr_sql_expr *left = parse_sum(parser);
    while (parser->code == MR_OK) {
        const mr_token *at = parser->token;
        if (comparison_at(parser) >= 0) {
            left = parse_comparison(parser, left);
        } else if (sql_accept_word(parser, "is")) {
            left = parse_is(parser, at, left);
        } else if (sql_accept_word(parser, "not")) {
            left = parse_after_not(parser, left, true);
        } else if (sql_at_word(parser, "between") || sql_at_word(parser, "in") ||
                   sql_at_word(parser, "like")) {
            left = parse_after_not(parser, left, false);
        } else if (sql_at_word(parser, "glob") || sql_at_word(parser, "regexp") ||
                   sql_at_word(parser, "ilike") || sql_at_word(parser, "match")) {
            sql_mismatch(parser, "'LIKE'; Athena has no such operator");
        } else {
            break;
        }
    }
    return parser->code == MR_OK ? left : NULL;
}

static mr_sql_expr *parse_not(sql_parser *parser)
{
    const mr_token *at = parser->token;
    if (!sql_accept_word(parser, "not")) {
        return parse_predicate(parser);
    }
    if (!sql_enter(parser)) {
        return NULL;
    }
    mr_sql_expr *operand = parse_not(parser);
    sql_leave(parser);
    return binary(parser, MR_EXPR_NOT, at, operand, NULL);
}

static mr_sql_expr *parse_and(sql_parser *parser)
{
    mr_sql_expr *left = parse_not(parser);
    while (parser->code == MR_OK && sql_at_word(parser, "and")) {
        const mr_token *at = parser->token++;
        left = binary(parser, MR_EXPR_AND, at, left, parse_not(parser));
    }
    return left;
}

static mr_sql_expr *parse_value(sql_parser *parser)
{
    mr_sql_expr *left = parse_and(parser);
    while (parser->code == MR_OK && sql_at_word(parser, "or")) {
        const mr_token *at = parser->token++;
        left = binary(parser, MR_EXPR_OR, at, left, parse_and(parser));
    }
    return left;
}

mr_sql_expr *sql_parse_expr(sql_parser *parser)
{
    if (parser->code != MR_OK || !sql_enter(parser)) {
        return NULL;
    }
    mr_sql_expr *expr = parse_value(parser);
    sql_leave(parser);
    return parser->code == MR_OK ? expr : NULL;
}
