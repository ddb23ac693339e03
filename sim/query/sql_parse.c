/* sql_parse.c - queries: WITH, SELECT, FROM, set operations, ORDER BY, LIMIT. See sql_parse.h. */
#include "sim/query/sql_parser.h"

#include "sim/base/alloc.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- words that both halves use ---- */

void sql_refuse(sql_parser *parser, const mr_token *at, mr_code code, const char *format, ...)
{
    if (parser->code != MR_OK) {
        return; /* the first failure is the one to tell */
    }
    char why[300];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    parser->code = mr_error_set(parser->err, code, "%s: line %u:%u: %s",
                                code == MR_QUERY_SYNTAX ? "SYNTAX_ERROR" : "NOT_SUPPORTED",
                                at->line, at->column, why);
}

void sql_mismatch(sql_parser *parser, const char *expecting)
{
    const mr_token *token = parser->token;
    if (token->kind == MR_TOKEN_END) {
        sql_refuse(parser, token, MR_QUERY_SYNTAX, "mismatched input '<EOF>'. Expecting: %s",
                   expecting);
        return;
    }
    sql_refuse(parser, token, MR_QUERY_SYNTAX, "mismatched input '%.*s'. Expecting: %s",
               (int)mr_min_size(token->text.len, 60), token->text.at, expecting);
}

bool sql_at_word(const sql_parser *parser, const char *word)
{
    return mr_token_is_word(parser->token, word);
}

bool sql_at(const sql_parser *parser, const char *operator_text)
{
    return mr_token_is(parser->token, operator_text);
}

bool sql_accept_word(sql_parser *parser, const char *word)
{
    if (parser->code != MR_OK || !sql_at_word(parser, word)) {
        return false;
    }
    parser->token++;
    return true;
}

bool sql_accept(sql_parser *parser, const char *operator_text)
{
    if (parser->code != MR_OK || !sql_at(parser, operator_text)) {
        return false;
    }
    parser->token++;
    return true;
}

bool sql_expect_word(sql_parser *parser, const char *word)
{
    if (sql_accept_word(parser, word)) {
        return true;
    }
    char expecting[40];
    snprintf(expecting, sizeof(expecting), "'%s'", word);
    for (char *p = expecting; *p != '\0'; p++) {
        *p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
    }
    sql_mismatch(parser, expecting);
    return false;
}

bool sql_expect(sql_parser *parser, const char *operator_text)
{
    if (sql_accept(parser, operator_text)) {
        return true;
    }
    char expecting[40];
    snprintf(expecting, sizeof(expecting), "'%s'", operator_text);
    sql_mismatch(parser, expecting);
    return false;
}

bool sql_enter(sql_parser *parser)
{
    if (parser->depth == SQL_DEPTH_MAX) {
        sql_refuse(parser, parser->token, MR_TOO_LARGE, "nested more than %d deep", SQL_DEPTH_MAX);
        return false;
    }
    parser->depth++;
    return true;
}

void sql_leave(sql_parser *parser)
{
    parser->depth--;
}

mr_sql_expr *sql_expr_new(sql_parser *parser, mr_expr_kind kind, const mr_token *at)
{
    mr_sql_expr *expr = mr_arena_alloc(parser->arena, sizeof(*expr));
    expr->kind = kind;
    expr->line = at->line;
    expr->column = at->column;
    return expr;
}

/* Trino's reserved words: no name without quotes. */
bool sql_is_name(const mr_token *token)
{
    static const char *const reserved[] = {
        "and",    "as",         "between", "by",       "case",     "cast",   "constraint", "create",
        "cross",  "deallocate", "delete",  "describe", "distinct", "drop",   "else",       "end",
        "escape", "except",     "execute", "exists",   "extract",  "false",  "for",        "from",
        "full",   "group",      "having",  "in",       "inner",    "insert", "intersect",  "into",
        "is",     "join",       "left",    "like",     "natural",  "not",    "null",       "on",
        "or",     "order",      "outer",   "prepare",  "right",    "select", "table",      "then",
        "true",   "uescape",    "union",   "unnest",   "using",    "values", "when",       "where",
        "with",
    };
    if (token->kind != MR_TOKEN_WORD) {
        return false;
    }
    for (size_t i = 0; i < MR_COUNT(reserved); i++) {
        if (mr_token_is_word(token, reserved[i])) {
            return false;
        }
    }
    return true;
}

/* Words that follow a source or a select item and so cannot be its alias without AS. */
static bool is_clause_word(const mr_token *token)
{
    static const char *const clauses[] = {"limit",  "offset", "fetch",       "window",
                                          "filter", "over",   "tablesample", "lateral"};
    for (size_t i = 0; i < MR_COUNT(clauses); i++) {
        if (mr_token_is_word(token, clauses[i])) {
            return true;
        }
    }
    return false;
}

const char *sql_identifier_as_written(sql_parser *parser)
{
    const mr_token *token = parser->token;
    if (parser->code != MR_OK) {
        return NULL;
    }
    if (token->kind == MR_TOKEN_QUOTED) {
        char *text = mr_arena_alloc(parser->arena, token->text.len);
        size_t n = 0;
        for (size_t i = 1; i + 1 < token->text.len; i++) {
            text[n++] = token->text.at[i];
            if (token->text.at[i] == '"') {
                i++;
            }
        }
        parser->token++;
        return text;
    }
    /* A function may be called what a reserved word is: if(...), left(...). */
    if (token->kind != MR_TOKEN_WORD || (!sql_is_name(token) && !mr_token_is(token + 1, "("))) {
        sql_mismatch(parser, "an identifier");
        return NULL;
    }
    parser->token++;
    return mr_arena_copy(parser->arena, token->text);
}

const char *sql_lower(sql_parser *parser, mr_bytes text)
{
    char *lower = mr_arena_copy(parser->arena, text);
    for (char *p = lower; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z') {
            *p = (char)(*p + 32);
        }
    }
    return lower;
}

const char *sql_identifier(sql_parser *parser)
{
    const char *written = sql_identifier_as_written(parser);
    return written == NULL ? NULL : sql_lower(parser, mr_bytes_of(written));
}

/* ---- ORDER BY, LIMIT ---- */

mr_sql_sort **sql_parse_sorts(sql_parser *parser, size_t *count)
{
    mr_sql_sort **sorts = NULL;
    *count = 0;
    if (!sql_expect_word(parser, "order") || !sql_expect_word(parser, "by")) {
        return NULL;
    }
    do {
        mr_sql_sort *sort = mr_arena_alloc(parser->arena, sizeof(*sort));
        sort->expr = sql_parse_expr(parser);
        sort->descending = sql_accept_word(parser, "desc");
        if (!sort->descending) {
            (void)sql_accept_word(parser, "asc");
        }
        if (sql_accept_word(parser, "nulls")) {
            sort->nulls_first = sql_accept_word(parser, "first");
            if (!sort->nulls_first && !sql_expect_word(parser, "last")) {
                return NULL;
            }
        }
        MR_ARENA_PUSH(parser->arena, sorts, *count, sort);
    } while (parser->code == MR_OK && sql_accept(parser, ","));
    return parser->code == MR_OK ? sorts : NULL;
}

static const char *parse_count(sql_parser *parser)
{
    if (parser->token->kind != MR_TOKEN_INTEGER || parser->token->text.len > 18) {
        sql_mismatch(parser, "an integer");
        return NULL;
    }
    return mr_arena_copy(parser->arena, parser->token++->text);
}

/* Both orders are read: OFFSET n LIMIT m is Athena's, LIMIT m OFFSET n is SQLite's. */
static void parse_limit(sql_parser *parser, mr_sql_query *query)
{
    for (int i = 0; i < 2; i++) {
        if (query->offset == NULL && sql_accept_word(parser, "offset")) {
            query->offset = parse_count(parser);
            if (!sql_accept_word(parser, "rows")) {
                (void)sql_accept_word(parser, "row");
            }
        } else if (query->limit == NULL && sql_accept_word(parser, "limit")) {
            query->limit = sql_accept_word(parser, "all") ? "-1" : parse_count(parser);
            if (sql_at(parser, ",")) {
                sql_mismatch(parser, "'<EOF>'; write OFFSET n LIMIT m");
            }
        } else if (query->limit == NULL && sql_accept_word(parser, "fetch")) {
            if (!sql_accept_word(parser, "next") && !sql_expect_word(parser, "first")) {
                return;
            }
            query->limit = parse_count(parser);
            if (!sql_accept_word(parser, "row") && !sql_expect_word(parser, "rows")) {
                return;
            }
            (void)sql_expect_word(parser, "only");
        }
    }
}

/* ---- FROM ---- */

static mr_sql_source *parse_source(sql_parser *parser);

static mr_sql_source *source_new(sql_parser *parser, mr_source_kind kind)
{
    mr_sql_source *source = mr_arena_alloc(parser->arena, sizeof(*source));
    source->kind = kind;
    source->line = parser->token->line;
    source->column = parser->token->column;
    return source;
}

static void parse_source_alias(sql_parser *parser, mr_sql_source *source)
{
    bool as = sql_accept_word(parser, "as");
    bool name = parser->token->kind == MR_TOKEN_QUOTED ||
                (sql_is_name(parser->token) && (as || !is_clause_word(parser->token)));
    if (as || name) {
        source->alias = sql_identifier(parser);
    }
    if (source->alias != NULL && sql_at(parser, "(")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "column names after a table alias are not supported by millrace; name them in "
                   "the subquery");
    }
}

static mr_sql_source *parse_source_primary(sql_parser *parser)
{
    mr_sql_source *source;
    if (sql_at(parser, "(")) {
        bool query = mr_token_is_word(parser->token + 1, "select") ||
                     mr_token_is_word(parser->token + 1, "with") ||
                     mr_token_is(parser->token + 1, "(");
        source = source_new(parser, MR_SOURCE_QUERY);
        parser->token++;
        if (!query) { /* a join in parentheses */
            source = parse_source(parser);
            return sql_expect(parser, ")") ? source : NULL;
        }
        source->query = sql_parse_query(parser);
        if (!sql_expect(parser, ")")) {
            return NULL;
        }
        parse_source_alias(parser, source);
        return source;
    }
    if (sql_at_word(parser, "unnest") || sql_at_word(parser, "lateral") ||
        sql_at_word(parser, "values")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED, "%.*s is not supported by millrace",
                   (int)parser->token->text.len, parser->token->text.at);
        return NULL;
    }
    source = source_new(parser, MR_SOURCE_TABLE);
    do {
        const char *part = sql_identifier(parser);
        if (part == NULL) {
            return NULL;
        }
        MR_ARENA_PUSH(parser->arena, source->parts, source->part_count, part);
    } while (sql_accept(parser, "."));
    if (sql_at(parser, "(")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "table functions are not supported by millrace");
        return NULL;
    }
    parse_source_alias(parser, source);
    if (sql_at_word(parser, "tablesample")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "TABLESAMPLE is not supported by millrace");
    }
    return source;
}

/* -1: no join follows. */
static int parse_join_words(sql_parser *parser)
{
    if (sql_at_word(parser, "natural")) {
        sql_refuse(parser, parser->token, MR_QUERY_SYNTAX, "Natural join not supported");
        return -1;
    }
    if (sql_accept(parser, ",")) {
        return MR_JOIN_CROSS;
    }
    if (sql_accept_word(parser, "cross")) {
        return sql_expect_word(parser, "join") ? MR_JOIN_CROSS : -1;
    }
    static const struct {
        const char *word;
        mr_join_kind kind;
    } outer[] = {{"left", MR_JOIN_LEFT}, {"right", MR_JOIN_RIGHT}, {"full", MR_JOIN_FULL}};
    for (size_t i = 0; i < MR_COUNT(outer); i++) {
        if (sql_accept_word(parser, outer[i].word)) {
            (void)sql_accept_word(parser, "outer");
            return sql_expect_word(parser, "join") ? (int)outer[i].kind : -1;
        }
    }
    if (sql_accept_word(parser, "inner")) {
        return sql_expect_word(parser, "join") ? MR_JOIN_INNER : -1;
    }
    return sql_accept_word(parser, "join") ? MR_JOIN_INNER : -1;
}

static mr_sql_source *parse_source(sql_parser *parser)
{
    if (!sql_enter(parser)) {
        return NULL;
    }
    mr_sql_source *left = parse_source_primary(parser);
    unsigned joins = 0;
    while (parser->code == MR_OK) {
        int kind = parse_join_words(parser);
        if (kind < 0) {
            break;
        }
        if (++joins > 60) { /* SQLite joins 64 tables at most */
            sql_refuse(parser, parser->token, MR_TOO_LARGE, "a join of more than 60 tables");
            break;
        }
        mr_sql_source *join = source_new(parser, MR_SOURCE_JOIN);
        join->join = (mr_join_kind)kind;
        join->left = left;
        join->right = parse_source_primary(parser);
        if (sql_at_word(parser, "using")) {
            sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                       "USING is not supported by millrace; write ON a.x = b.x");
        } else if (join->join != MR_JOIN_CROSS && sql_expect_word(parser, "on")) {
            join->on = sql_parse_expr(parser);
        }
        left = join;
    }
    sql_leave(parser);
    return parser->code == MR_OK ? left : NULL;
}

/* ---- SELECT ---- */

/* t.* : the length in tokens of the name and its dots, or 0. */
static size_t star_after_name(const sql_parser *parser)
{
    const mr_token *token = parser->token;
    while ((sql_is_name(token) || token->kind == MR_TOKEN_QUOTED) && mr_token_is(token + 1, ".")) {
        token += 2;
        if (mr_token_is(token, "*")) {
            return (size_t)(token - parser->token);
        }
    }
    return 0;
}

static mr_sql_item *parse_item(sql_parser *parser)
{
    mr_sql_item *item = mr_arena_alloc(parser->arena, sizeof(*item));
    item->line = parser->token->line;
    item->column = parser->token->column;
    if (sql_accept(parser, "*")) {
        return item;
    }
    if (star_after_name(parser) > 0) {
        while (!sql_accept(parser, "*") && parser->code == MR_OK) {
            const char *part = sql_identifier(parser);
            MR_ARENA_PUSH(parser->arena, item->star_parts, item->star_part_count, part);
            (void)sql_expect(parser, ".");
        }
        return item;
    }
    item->expr = sql_parse_expr(parser);
    bool as = sql_accept_word(parser, "as");
    if (as || parser->token->kind == MR_TOKEN_QUOTED ||
        (sql_is_name(parser->token) && !is_clause_word(parser->token))) {
        item->alias = sql_identifier_as_written(parser);
    }
    return item;
}

static void parse_group_by(sql_parser *parser, mr_sql_core *core)
{
    if (!sql_expect_word(parser, "by")) {
        return;
    }
    const mr_token *next = parser->token + 1;
    bool set =
        mr_token_is(next, "(") && (sql_at_word(parser, "rollup") || sql_at_word(parser, "cube"));
    if (set || (sql_at_word(parser, "grouping") && mr_token_is_word(next, "sets"))) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                   "GROUPING SETS, ROLLUP and CUBE are not supported by millrace");
        return;
    }
    do {
        MR_ARENA_PUSH(parser->arena, core->group_by, core->group_count, sql_parse_expr(parser));
    } while (parser->code == MR_OK && sql_accept(parser, ","));
}

static mr_sql_core *parse_core(sql_parser *parser)
{
    if (!sql_expect_word(parser, "select")) {
        return NULL;
    }
    mr_sql_core *core = mr_arena_alloc(parser->arena, sizeof(*core));
    core->distinct = sql_accept_word(parser, "distinct");
    if (!core->distinct) {
        (void)sql_accept_word(parser, "all");
    }
    do {
        MR_ARENA_PUSH(parser->arena, core->items, core->item_count, parse_item(parser));
    } while (parser->code == MR_OK && sql_accept(parser, ","));
    if (sql_accept_word(parser, "from")) {
        core->from = parse_source(parser);
    }
    if (sql_accept_word(parser, "where")) {
        core->where = sql_parse_expr(parser);
    }
    if (sql_accept_word(parser, "group")) {
        parse_group_by(parser, core);
    }
    if (sql_accept_word(parser, "having")) {
        core->having = sql_parse_expr(parser);
    }
    if (sql_at_word(parser, "window") || sql_at_word(parser, "qualify")) {
        sql_mismatch(parser, "'ORDER', 'LIMIT', '<EOF>'");
    }
    return parser->code == MR_OK ? core : NULL;
}

static mr_sql_body *parse_operand(sql_parser *parser)
{
    mr_sql_body *body = mr_arena_alloc(parser->arena, sizeof(*body));
    body->line = parser->token->line;
    body->column = parser->token->column;
    if (sql_accept(parser, "(")) {
        body->query = sql_parse_query(parser);
        (void)sql_expect(parser, ")");
    } else {
        body->core = parse_core(parser);
    }
    return body;
}

static mr_sql_body *parse_operation(sql_parser *parser, const char *operation, mr_sql_body *left,
                                    mr_sql_body *right)
{
    mr_sql_body *body = mr_arena_alloc(parser->arena, sizeof(*body));
    *body = (mr_sql_body){.operation = operation,
                          .left = left,
                          .right = right,
                          .line = left->line,
                          .column = left->column};
    return body;
}

/* ALL is read after UNION; after the others it would need row counts that SQLite lacks. */
static void refuse_all(sql_parser *parser, const char *operation)
{
    if (sql_at_word(parser, "all")) {
        sql_refuse(parser, parser->token, MR_UNSUPPORTED, "%s ALL is not supported by millrace",
                   operation);
    }
    (void)sql_accept_word(parser, "distinct");
}

/* INTERSECT binds tighter than UNION and EXCEPT, as in the standard. */
static mr_sql_body *parse_intersections(sql_parser *parser, unsigned *operations)
{
    mr_sql_body *left = parse_operand(parser);
    while (parser->code == MR_OK && *operations < 100 && sql_accept_word(parser, "intersect")) {
        refuse_all(parser, "INTERSECT");
        (*operations)++;
        left = parse_operation(parser, "INTERSECT", left, parse_operand(parser));
    }
    return left;
}

static mr_sql_body *parse_body(sql_parser *parser)
{
    unsigned operations = 0;
    mr_sql_body *left = parse_intersections(parser, &operations);
    while (parser->code == MR_OK && operations < 100) {
        operations++;
        if (sql_accept_word(parser, "union")) {
            bool all = sql_accept_word(parser, "all");
            if (!all) {
                (void)sql_accept_word(parser, "distinct");
            }
            left = parse_operation(parser, all ? "UNION ALL" : "UNION", left,
                                   parse_intersections(parser, &operations));
        } else if (sql_accept_word(parser, "except")) {
            refuse_all(parser, "EXCEPT");
            left =
                parse_operation(parser, "EXCEPT", left, parse_intersections(parser, &operations));
        } else {
            break;
        }
    }
    return left;
}

static void parse_cte(sql_parser *parser, mr_sql_query *query)
{
    mr_sql_cte *cte = mr_arena_alloc(parser->arena, sizeof(*cte));
    cte->line = parser->token->line;
    cte->column = parser->token->column;
    cte->name = sql_identifier(parser);
    if (sql_accept(parser, "(")) {
        do {
            const char *name = sql_identifier(parser);
            MR_ARENA_PUSH(parser->arena, cte->column_names, cte->column_count, name);
        } while (parser->code == MR_OK && sql_accept(parser, ","));
        (void)sql_expect(parser, ")");
    }
    if (sql_expect_word(parser, "as") && sql_expect(parser, "(")) {
        cte->query = sql_parse_query(parser);
        (void)sql_expect(parser, ")");
    }
    MR_ARENA_PUSH(parser->arena, query->ctes, query->cte_count, cte);
}

mr_sql_query *sql_parse_query(sql_parser *parser)
{
    if (parser->code != MR_OK || !sql_enter(parser)) {
        return NULL;
    }
    mr_sql_query *query = mr_arena_alloc(parser->arena, sizeof(*query));
    if (sql_accept_word(parser, "with")) {
        if (sql_at_word(parser, "recursive")) {
            sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                       "WITH RECURSIVE is not supported by millrace");
        }
        do {
            parse_cte(parser, query);
        } while (parser->code == MR_OK && sql_accept(parser, ","));
    }
    query->body = parse_body(parser);
    if (parser->code == MR_OK && sql_at_word(parser, "order")) {
        query->order_by = sql_parse_sorts(parser, &query->order_count);
    }
    if (parser->code == MR_OK) {
        parse_limit(parser, query);
    }
    sql_leave(parser);
    return parser->code == MR_OK ? query : NULL;
}

/* ---- statements ---- */

static void refuse_statement(sql_parser *parser)
{
    static const char *const known[] = {
        "create",     "insert", "drop",   "alter",  "msck",     "show",    "describe",
        "explain",    "unload", "update", "delete", "merge",    "prepare", "execute",
        "deallocate", "values", "use",    "vacuum", "optimize", "table",
    };
    for (size_t i = 0; i < MR_COUNT(known); i++) {
        if (sql_at_word(parser, known[i])) {
            sql_refuse(parser, parser->token, MR_UNSUPPORTED,
                       "%.*s statements are not supported by millrace yet; a query is SELECT or "
                       "WITH, and tables come from the template",
                       (int)parser->token->text.len, parser->token->text.at);
            return;
        }
    }
    sql_mismatch(parser, "'SELECT', 'WITH'");
}

static mr_sql_query *parse_statement(sql_parser *parser)
{
    if (!sql_at_word(parser, "select") && !sql_at_word(parser, "with") && !sql_at(parser, "(")) {
        refuse_statement(parser);
        return NULL;
    }
    mr_sql_query *query = sql_parse_query(parser);
    if (sql_accept(parser, ";") && parser->token->kind != MR_TOKEN_END) {
        sql_refuse(parser, parser->token, MR_QUERY_SYNTAX, "Only one sql statement is allowed");
    }
    if (parser->code == MR_OK && parser->token->kind != MR_TOKEN_END) {
        sql_mismatch(parser, "'<EOF>'");
    }
    return query;
}

mr_code mr_sql_parse(mr_bytes sql, mr_sql_statement **out, mr_error *err)
{
    *out = NULL;
    mr_token *tokens = NULL;
    size_t count = 0;
    mr_code code = mr_sql_lex(sql, &tokens, &count, err);
    if (code != MR_OK) {
        return code;
    }
    mr_sql_statement *statement = mr_calloc(1, sizeof(*statement));
    statement->arena = mr_arena_new();
    sql_parser parser = {.arena = statement->arena, .token = tokens, .err = err};
    statement->query = parse_statement(&parser);
    mr_free(tokens);
    if (parser.code != MR_OK) {
        mr_sql_free(statement);
        return parser.code;
    }
    *out = statement;
    return MR_OK;
}

void mr_sql_free(mr_sql_statement *statement)
{
    if (statement != NULL) {
        mr_arena_free(statement->arena);
        mr_free(statement);
    }
}
