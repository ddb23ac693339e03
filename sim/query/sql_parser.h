/*
 * sql_parser.h - what the two halves of the parser share: sql_parse.c (queries) and
 * sql_parse_expr.c (expressions). Not for others.
 */
#ifndef MR_SIM_QUERY_SQL_PARSER_H
#define MR_SIM_QUERY_SQL_PARSER_H

#include "sim/query/sql_parse.h"

#define SQL_DEPTH_MAX 40 /* of expressions and queries in each other */

#define SQL_TREE_DEPTH_MAX 500 /* operators in a row; SQLite itself stops at 1000 */

typedef struct sql_parser {
    mr_arena *arena;
    const mr_token *token; /* the next one */
    unsigned depth;
    mr_code code; /* the first failure; parsing functions return NULL after it */
    mr_error *err;
} sql_parser;

/* Each fails by setting parser->code, returning NULL or false. */
mr_sql_expr *sql_parse_expr(sql_parser *parser);
mr_sql_query *sql_parse_query(sql_parser *parser);
mr_sql_sort **sql_parse_sorts(sql_parser *parser, size_t *count);

/* Refuses the next token: "line 1:8: mismatched input 'x'. Expecting: ...". */
void sql_mismatch(sql_parser *parser, const char *expecting);
void sql_refuse(sql_parser *parser, const mr_token *at, mr_code code, const char *format, ...)
    MR_PRINTF(4, 5);

bool sql_accept_word(sql_parser *parser, const char *word);
bool sql_accept(sql_parser *parser, const char *operator_text);
bool sql_expect_word(sql_parser *parser, const char *word);
bool sql_expect(sql_parser *parser, const char *operator_text);
bool sql_at_word(const sql_parser *parser, const char *word);
bool sql_at(const sql_parser *parser, const char *operator_text);

/* A copy with ASCII letters in lower case. */
const char *sql_lower(sql_parser *parser, mr_bytes text);
/* An identifier, lower case, or NULL with an error. */
const char *sql_identifier(sql_parser *parser);
/* As it is written, quotes undone. */
const char *sql_identifier_as_written(sql_parser *parser);
/* The token may be a name that is not quoted: no reserved word. */
bool sql_is_name(const mr_token *token);

bool sql_enter(sql_parser *parser); /* false, with an error, when nested too deeply */
void sql_leave(sql_parser *parser);

mr_sql_expr *sql_expr_new(sql_parser *parser, mr_expr_kind kind, const mr_token *at);

#endif
