/* options_test.c - a command's words. */
#include "src/cli/options.h"

#include "tests/check.h"

enum { FILE_OPTION = 1, LOUD_OPTION };

static const cli_option table[] = {
    {FILE_OPTION, "--file", 'f', "FILE", "a file"},
    {LOUD_OPTION, "--loud", 0, NULL, "a flag"},
    {0, NULL, 0, NULL, NULL},
};

static void test_options_and_words_come_in_their_order(void **state)
{
    (void)state;
    char *words[] = {"one", "--file=a=b", "--loud", "-f", "-", "-fb", "-", "-5m", "--", "--loud"};
    cli_words list = {
        .words = words, .count = (int)MR_COUNT(words), .tables = {table, cli_common_options, NULL}};
    static const struct {
        cli_item_kind kind;
        int id;
        const char *value;
    } want[] = {
        {CLI_WORD, 0, "one"},
        {CLI_OPTION, FILE_OPTION, "a=b"},
        {CLI_OPTION, LOUD_OPTION, NULL},
        {CLI_OPTION, FILE_OPTION, "-"},
        {CLI_OPTION, FILE_OPTION, "b"},
        {CLI_WORD, 0, "-"},
        {CLI_WORD, 0, "-5m"},
        {CLI_WORD, 0, "--loud"},
        {CLI_END, 0, NULL},
    };
    for (size_t i = 0; i < MR_COUNT(want); i++) {
        cli_item item;
        mr_error err;
        CHECK_OK("next", cli_next(&list, &item, &err), &err);
        CHECK_INT("kind", item.kind, want[i].kind);
        CHECK_INT("id", item.id, want[i].id);
        CHECK_STR("value", item.value, want[i].value);
    }
}

static void test_what_is_no_option_is_answered_with_the_nearest(void **state)
{
    (void)state;
    static struct {
        char *word;
        const char *piece;
    } cases[] = {
        {"--flie", "--file"},  {"--loud=yes", "takes no value"}, {"--file", "needs a value"},
        {"--stat", "--state"}, {"-z", "no option -z"},           {"--zzzzzzzz", "--help"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        cli_words list = {
            .words = &cases[i].word, .count = 1, .tables = {table, cli_common_options, NULL}};
        cli_item item;
        mr_error err;
        CHECK_CODE(cases[i].word, cli_next(&list, &item, &err), MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].word, err.message, cases[i].piece);
    }
}

/* What clears a directory is not to be a guess: "--template" has three letters of eight other than
 * "--replace", and dashes that are the same in all. */
static void test_the_dashes_make_no_option_near(void **state)
{
    (void)state;
    static const cli_option destructive[] = {
        {1, "--replace", 0, NULL, "clears it"},
        {0, NULL, 0, NULL, NULL},
    };
    static struct {
        char *word;
        const char *takes_template, *piece;
    } cases[] = {
        {"--template", NULL, "no option --template; --help lists them"},
        {"--template", "millrace serve FILE", "the template is a plain word: millrace serve FILE"},
        {"--template=a.yaml", "millrace serve FILE", "no option --template: "},
        {"--template-file", "millrace serve FILE", "no option --template-file: "},
        {"--templates", "millrace serve FILE", "no option --templates; --help lists them"},
        {"--repalce", "millrace serve FILE", "did you mean --replace?"},
        {"--repalce=yes", NULL, "no option --repalce=yes; did you mean --replace?"},
        {"-replace", NULL, "did you mean --replace?"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        cli_words list = {.words = &cases[i].word,
                          .count = 1,
                          .tables = {destructive, NULL},
                          .takes_template = cases[i].takes_template};
        cli_item item;
        mr_error err;
        CHECK_CODE(cases[i].word, cli_next(&list, &item, &err), MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].word, err.message, cases[i].piece);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_options_and_words_come_in_their_order),
        cmocka_unit_test(test_what_is_no_option_is_answered_with_the_nearest),
        cmocka_unit_test(test_the_dashes_make_no_option_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
