/* shell_export_test.c - lines that set a variable to a value, whatever is in it. */
#include "src/cli/shell_export.h"

#include "tests/check.h"

static void test_a_value_is_quoted_as_each_shell_has_it(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        cli_shell shell;
        const char *value, *line;
    } cases[] = {
        {"sh", CLI_SHELL_SH, "http://h:1", "export NAME='http://h:1'\n"},
        {"sh, nothing", CLI_SHELL_SH, "", "export NAME=''\n"},
        {"sh, a quote", CLI_SHELL_SH, "it's", "export NAME='it'\\''s'\n"},
        {"sh, what it would run", CLI_SHELL_SH, "$(a) `b` \\ \"", "export NAME='$(a) `b` \\ \"'\n"},
        {"fish", CLI_SHELL_FISH, "a b", "set -gx NAME 'a b'\n"},
        {"fish, a quote", CLI_SHELL_FISH, "it's", "set -gx NAME 'it\\'s'\n"},
        {"fish, a backslash", CLI_SHELL_FISH, "a\\", "set -gx NAME 'a\\\\'\n"},
        {"powershell", CLI_SHELL_POWERSHELL, "$a `b", "$env:NAME = '$a `b'\n"},
        {"powershell, a quote", CLI_SHELL_POWERSHELL, "it's", "$env:NAME = 'it''s'\n"},
        {"powershell, a typographic quote", CLI_SHELL_POWERSHELL, "it\xe2\x80\x99s",
         "$env:NAME = 'it\xe2\x80\x99\xe2\x80\x99s'\n"},
        {"powershell, the letter after them", CLI_SHELL_POWERSHELL, "\xe2\x80\x9c",
         "$env:NAME = '\xe2\x80\x9c'\n"},
        {"powershell, half a letter", CLI_SHELL_POWERSHELL, "\xe2\x80", "$env:NAME = '\xe2\x80'\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        cli_shell_export(cases[i].shell, "NAME", cases[i].value, &line);
        CHECK_STR(cases[i].label, mr_strbuf_text(&line), cases[i].line);
        mr_strbuf_deinit(&line);
    }
}

static void test_shells_have_names(void **state)
{
    (void)state;
    cli_shell shell = CLI_SHELL_SH;
    CHECK_TRUE("fish", cli_shell_of("fish", &shell) && shell == CLI_SHELL_FISH);
    CHECK_TRUE("powershell", cli_shell_of("powershell", &shell) && shell == CLI_SHELL_POWERSHELL);
    CHECK_TRUE("sh", cli_shell_of("sh", &shell) && shell == CLI_SHELL_SH);
    CHECK_TRUE("another", !cli_shell_of("tcsh", &shell));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_is_quoted_as_each_shell_has_it),
        cmocka_unit_test(test_shells_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
