/* sql_lexer.c - see sql_lexer.h. */
#include "sim/query/sql_lexer.h"

#include "sim/base/alloc.h"

typedef struct lexer {
    const char *p, *end;
    const char *line_start;
    unsigned line;
    mr_token *tokens;
    size_t count, capacity;
    mr_error *err;
} lexer;

static unsigned column_of(const lexer *lex, const char *p)
{
    return (unsigned)(p - lex->line_start) + 1;
}

static mr_code refuse(lexer *lex, const char *at, const char *why)
{
    return mr_error_set(lex->err, MR_QUERY_SYNTAX, "SYNTAX_ERROR: line %u:%u: %s", lex->line,
                        column_of(lex, at), why);
}

static bool is_letter(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add(lexer *lex, mr_token_kind kind, const char *from, const char *to)
{
    MR_GROW(lex->tokens, lex->count, lex->capacity);
    lex->tokens[lex->count++] = (mr_token){.kind = kind,
                                           .text = {from, (size_t)(to - from)},
                                           .line = lex->line,
                                           .column = column_of(lex, from)};
}

static void new_line(lexer *lex, const char *feed)
{
    lex->line++;
    lex->line_start = feed + 1;
}

/* Blanks and comments. */
static mr_code skip(lexer *lex)
{
    while (lex->p < lex->end) {
        char c = *lex->p;
        if (c == '\n') {
            new_line(lex, lex->p++);
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
            lex->p++;
        } else if (c == '-' && lex->p + 1 < lex->end && lex->p[1] == '-') {
            while (lex->p < lex->end && *lex->p != '\n') {
                lex->p++;
            }
        } else if (c == '/' && lex->p + 1 < lex->end && lex->p[1] == '*') {
            const char *from = lex->p;
            unsigned column = column_of(lex, from), line = lex->line;
            for (lex->p += 2; lex->p + 1 < lex->end && (*lex->p != '*' || lex->p[1] != '/');
                 lex->p++) {
                if (*lex->p == '\n') {
                    new_line(lex, lex->p);
                }
            }
            if (lex->p + 1 >= lex->end) {
                return mr_error_set(lex->err, MR_QUERY_SYNTAX,
                                    "SYNTAX_ERROR: line %u:%u: comment is not closed by */", line,
                                    column);
            }
            lex->p += 2;
        } else {
            break;
        }
    }
    return MR_OK;
}

/* A text between two marks, the mark doubled inside. */
static mr_code quoted(lexer *lex, char mark)
{
    const char *from = lex->p;
    const char *p = from + 1;
    for (; p < lex->end; p++) {
        if (*p == mark) {
            if (p + 1 == lex->end || p[1] != mark) {
                break;
            }
            p++;
        }
    }
    if (p == lex->end) {
        return refuse(lex, from,
                      mark == '"' ? "identifier is not closed by \"" : "string is not closed by '");
    }
    if (mark == '"' && p == from + 1) {
        return refuse(lex, from, "Zero-length delimited identifier not allowed");
    }
    add(lex, mark == '"' ? MR_TOKEN_QUOTED : MR_TOKEN_STRING, from, p + 1);
    for (const char *q = from; q < p; q++) {
        if (*q == '\n') {
            new_line(lex, q);
        }
    }
    lex->p = p + 1;
    return MR_OK;
}

static mr_code number(lexer *lex)
{
    const char *from = lex->p;
    const char *p = from;
    mr_token_kind kind = MR_TOKEN_INTEGER;
    while (p < lex->end && is_digit(*p)) {
        p++;
    }
    if (p < lex->end && *p == '.') {
        kind = MR_TOKEN_DECIMAL;
        p++;
        while (p < lex->end && is_digit(*p)) {
            p++;
        }
    }
    if (p < lex->end && (*p == 'e' || *p == 'E')) {
        const char *digits = p + 1;
        if (digits < lex->end && (*digits == '+' || *digits == '-')) {
            digits++;
        }
        if (digits < lex->end && is_digit(*digits)) {
            kind = MR_TOKEN_DOUBLE;
            p = digits;
            while (p < lex->end && is_digit(*p)) {
                p++;
            }
        }
    }
    if (p < lex->end && is_letter(*p)) {
        return refuse(lex, from,
                      "identifiers must not start with a digit; surround the "
                      "identifier with double quotes");
    }
    add(lex, kind, from, p);
    lex->p = p;
    return MR_OK;
}

static mr_code operator_token(lexer *lex)
{
    static const char *const pairs[] = {"<>", "!=", "<=", ">=", "||", "->"};
    static const char singles[] = "(),.;+-*/%=<>?[]:";
    const char *p = lex->p;
    for (size_t i = 0; i < MR_COUNT(pairs); i++) {
        if (lex->end - p >= 2 && memcmp(p, pairs[i], 2) == 0) {
            add(lex, MR_TOKEN_OPERATOR, p, p + 2);
            lex->p = p + 2;
            return MR_OK;
        }
    }
    if (*p != '\0' && strchr(singles, *p) != NULL) {
        add(lex, MR_TOKEN_OPERATOR, p, p + 1);
        lex->p = p + 1;
        return MR_OK;
    }
    if (*p == '`') {
        return refuse(lex, p,
                      "backquoted identifiers are not supported; use double quotes to "
                      "quote identifiers");
    }
    char why[64] = "mismatched input '?'";
    unsigned char c = (unsigned char)*p;
    if (c > ' ' && c < 0x7f) {
        why[18] = *p;
    } else {
        memcpy(why, "a byte that SQL does not have", 30);
    }
    return refuse(lex, p, why);
}

static mr_code next(lexer *lex)
{
    char c = *lex->p;
    if (is_letter(c)) {
        const char *from = lex->p;
        while (lex->p < lex->end && (is_letter(*lex->p) || is_digit(*lex->p))) {
            lex->p++;
        }
        add(lex, MR_TOKEN_WORD, from, lex->p);
        return MR_OK;
    }
    if (c == '\'' || c == '"') {
        return quoted(lex, c);
    }
    if (is_digit(c) || (c == '.' && lex->p + 1 < lex->end && is_digit(lex->p[1]))) {
        return number(lex);
    }
    return operator_token(lex);
}

mr_code mr_sql_lex(mr_bytes sql, mr_token **tokens, size_t *count, mr_error *err)
{
    *tokens = NULL;
    *count = 0;
    if (sql.len > MR_SQL_BYTES_MAX) {
        return mr_error_set(err, MR_TOO_LARGE, "statement of %zu bytes; the most is %zu", sql.len,
                            MR_SQL_BYTES_MAX);
    }
    lexer lex = {.p = sql.at, .end = sql.at + sql.len, .line_start = sql.at, .line = 1, .err = err};
    mr_code code = skip(&lex);
    while (code == MR_OK && lex.p < lex.end) {
        code = next(&lex);
        if (code == MR_OK) {
            code = skip(&lex);
        }
    }
    if (code != MR_OK) {
        mr_free(lex.tokens);
        return code;
    }
    add(&lex, MR_TOKEN_END, lex.end, lex.end);
    *tokens = lex.tokens;
    *count = lex.count;
    return MR_OK;
}

bool mr_token_is_word(const mr_token *token, const char *word)
{
    return token->kind == MR_TOKEN_WORD && mr_bytes_equal_nocase(token->text, mr_bytes_of(word));
}

bool mr_token_is(const mr_token *token, const char *operator_text)
{
    return token->kind == MR_TOKEN_OPERATOR && mr_bytes_is(token->text, operator_text);
}
