/*
 * sql_lexer.h - SQL text as tokens: words, quoted identifiers, strings, numbers, operators.
 *
 * The lexer knows Trino's rules, not SQLite's: "x" is always an identifier, a backtick is an
 * error that says what to write instead, and == is two operators that no rule accepts.
 */
#ifndef MR_SIM_QUERY_SQL_LEXER_H
#define MR_SIM_QUERY_SQL_LEXER_H

#include "sim/base/bytes.h"
#include "sim/base/error.h"

/* Athena's limit on QueryString. */
#define MR_SQL_BYTES_MAX (256 * MR_KIB)

typedef enum mr_token_kind {
    MR_TOKEN_END,
    MR_TOKEN_WORD,    /* identifier or keyword, as written */
    MR_TOKEN_QUOTED,  /* "identifier": text is raw, quotes outside, "" inside */
    MR_TOKEN_STRING,  /* 'text': raw, '' inside */
    MR_TOKEN_INTEGER, /* 12 */
    MR_TOKEN_DECIMAL, /* 1.5 */
    MR_TOKEN_DOUBLE,  /* 1e3 */
    MR_TOKEN_OPERATOR /* one of ( ) , . ; + - * / % = <> != < <= > >= || ? [ ] : -> */
} mr_token_kind;

typedef struct mr_token {
    mr_token_kind kind;
    mr_bytes text; /* borrowed from the statement */
    unsigned line; /* both from 1, as in Athena's messages */
    unsigned column;
} mr_token;

/*
 * Splits a statement. *tokens: owned array (mr_free), the last is MR_TOKEN_END.
 * Errors: MR_QUERY_SYNTAX with Athena's "line 1:8: ..." words, MR_TOO_LARGE.
 */
MR_NODISCARD mr_code mr_sql_lex(mr_bytes sql, mr_token **tokens, size_t *count, mr_error *err);

bool mr_token_is_word(const mr_token *token, const char *word); /* ignoring case */
bool mr_token_is(const mr_token *token, const char *operator_text);

#endif
