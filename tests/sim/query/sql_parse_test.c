/* sql_parse_test.c - tokens and statements: what is read, and where a refusal points. */
#include "tests/check.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/query/sql_parse.h"

static void test_tokens_know_where_they_stand(void **state)
{
    (void)state;
    mr_token *tokens;
    size_t count;
    mr_error err;
    const char *sql = "SELECT \"a\"\"b\", 'it''s' -- comment\n  /* more\n */ , 1.5e3<>.5||x1";
    CHECK_OK("lex", mr_sql_lex(mr_bytes_of(sql), &tokens, &count, &err), &err);
    static const struct {
        mr_token_kind kind;
        const char *text;
        unsigned line, column;
    } want[] = {
        {MR_TOKEN_WORD, "SELECT", 1, 1},  {MR_TOKEN_QUOTED, "\"a\"\"b\"", 1, 8},
        {MR_TOKEN_OPERATOR, ",", 1, 14},  {MR_TOKEN_STRING, "'it''s'", 1, 16},
        {MR_TOKEN_OPERATOR, ",", 3, 5},   {MR_TOKEN_DOUBLE, "1.5e3", 3, 7},
        {MR_TOKEN_OPERATOR, "<>", 3, 12}, {MR_TOKEN_DECIMAL, ".5", 3, 14},
        {MR_TOKEN_OPERATOR, "||", 3, 16}, {MR_TOKEN_WORD, "x1", 3, 18},
        {MR_TOKEN_END, "", 3, 20},
    };
    CHECK_INT("count", count, MR_COUNT(want));
    for (size_t i = 0; i < count; i++) {
        CHECK_INT(want[i].text, tokens[i].kind, want[i].kind);
        CHECK_BYTES(want[i].text, tokens[i].text, mr_bytes_of(want[i].text));
        CHECK_INT(want[i].text, tokens[i].line, want[i].line);
        CHECK_INT(want[i].text, tokens[i].column, want[i].column);
    }
    mr_free(tokens);
}

static void test_refusals_name_their_place(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"SELECT 'open", "SYNTAX_ERROR: line 1:8: string is not closed by '"},
        {"SELECT 1 /* open", "SYNTAX_ERROR: line 1:10: comment is not closed by */"},
        {"SELECT 1a", "SYNTAX_ERROR: line 1:8: identifiers must not start with a digit"},
        {"SELECT a FORM t", "SYNTAX_ERROR: line 1:15: mismatched input 't'. Expecting: '<EOF>'"},
        {"SELECT a\nFROM", "SYNTAX_ERROR: line 2:5: mismatched input '<EOF>'. Expecting: an "
                           "identifier"},
        {"SELECT (1", "SYNTAX_ERROR: line 1:10: mismatched input '<EOF>'. Expecting: ')'"},
        {"SELECT a FROM t ORDER a", "SYNTAX_ERROR: line 1:23: mismatched input 'a'. Expecting: "
                                    "'BY'"},
        {"SELECT a FROM t NATURAL JOIN u", "SYNTAX_ERROR: line 1:17: Natural join not supported"},
        {"ATTACH 'x' AS y", "SYNTAX_ERROR: line 1:1: mismatched input 'ATTACH'. Expecting: "
                            "'SELECT', 'WITH'"},
        {"CREATE TABLE x AS SELECT 1", "NOT_SUPPORTED: line 1:1: CREATE statements"},
        {"SELECT a[1] FROM t", "NOT_SUPPORTED: line 1:9: subscripts"},
        {"SELECT 1 GROUP BY ROLLUP (1)", "NOT_SUPPORTED: line 1:19: GROUPING SETS"},
        {"SELECT a FROM t WHERE a ILIKE 'x'", "SYNTAX_ERROR: line 1:25: mismatched input 'ILIKE'"},
        {"SELECT 1 WHERE x = ANY (SELECT 1)", "NOT_SUPPORTED: line 1:20: comparison with ANY"},
        {"SELECT \"\"", "SYNTAX_ERROR: line 1:8: Zero-length delimited identifier not allowed"},
        {"SELECT #", "SYNTAX_ERROR: line 1:8: mismatched input '#'"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_sql_statement *statement;
        mr_error err = {0};
        CHECK_TRUE(cases[i][0], mr_sql_parse(mr_bytes_of(cases[i][0]), &statement, &err) != MR_OK);
        CHECK_HAS(cases[i][0], err.message, cases[i][1]);
    }
}

static void test_nesting_and_length_are_bounded(void **state)
{
    (void)state;
    mr_strbuf sql = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_sql_statement *statement;
    mr_error err;
    mr_strbuf_append_text(&sql, "SELECT ");
    for (int i = 0; i < 10000; i++) {
        mr_strbuf_append_char(&sql, '(');
    }
    CHECK_CODE("brackets", mr_sql_parse(mr_strbuf_bytes(&sql), &statement, &err), MR_TOO_LARGE);
    mr_strbuf_reset(&sql);
    mr_strbuf_append_text(&sql, "SELECT 1");
    for (int i = 0; i < 10000; i++) {
        mr_strbuf_append_text(&sql, "+1");
    }
    CHECK_CODE("chain", mr_sql_parse(mr_strbuf_bytes(&sql), &statement, &err), MR_TOO_LARGE);
    while (sql.len <= MR_SQL_BYTES_MAX) {
        mr_strbuf_append_text(&sql, "                                ");
    }
    CHECK_CODE("length", mr_sql_parse(mr_strbuf_bytes(&sql), &statement, &err), MR_TOO_LARGE);
    mr_strbuf_deinit(&sql);
}

static void test_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(sql);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_know_where_they_stand),
        cmocka_unit_test(test_refusals_name_their_place),
        cmocka_unit_test(test_nesting_and_length_are_bounded),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
