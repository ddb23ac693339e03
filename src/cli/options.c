/* options.c - see options.h. */
#include "src/cli/options.h"

#include "sim/base/nearest.h"

#include <stdio.h>
#include <string.h>

const cli_option cli_common_options[] = {
    {CLI_STATE, "--state", 0, "DIR", "state directory (default .millrace)"},
    {CLI_SEED, "--seed", 0, "N", "seed of all chance (default 1)"},
    {CLI_CLOCK, "--clock", 0, "virtual|real|Nx", "how time passes (default virtual)"},
    {CLI_START, "--start", 0, "TIME", "when virtual time begins (default 2025-01-01T00:00:00Z)"},
    {CLI_OUTPUT, "--output", 0, "table|csv|json|jsonl", "form of results (default table)"},
    {CLI_LOG, "--log", 0, "text|json", "form of the log on standard error"},
    {CLI_QUIET, "--quiet", 'q', NULL, "results and errors only"},
    {CLI_VERBOSE, "--verbose", 'v', NULL, "every event on standard error"},
    {CLI_HELP, "--help", 'h', NULL, "this help"},
    {0, NULL, 0, NULL, NULL},
};

#define CANDIDATES_MAX 128

static const cli_option *find_option(const cli_words *words, const char *word, size_t len)
{
    for (const cli_option *const *table = words->tables; *table != NULL; table++) {
        for (const cli_option *option = *table; option->id != 0; option++) {
            bool by_name = strlen(option->name) == len && memcmp(option->name, word, len) == 0;
            bool by_letter = len == 2 && word[0] == '-' && word[1] == option->letter;
            if (by_name || by_letter) {
                return option;
            }
        }
    }
    return NULL;
}

/* --template, --template-file, --template-body, with a value joined or not: of AWS's own tools. */
static bool is_template_option(const char *word)
{
    static const char name[] = "--template";
    return strncmp(word, name, sizeof(name) - 1) == 0 &&
           strchr("=-", word[sizeof(name) - 1]) != NULL; /* its end, too */
}

/* Without the dashes, and a value that is joined. */
static mr_bytes name_of(const char *word)
{
    word += strspn(word, "-");
    return mr_bytes_make(word, strcspn(word, "="));
}

/* The dashes are in every name, so they make none nearer. */
static mr_code unknown_option(const cli_words *words, const char *word, mr_error *err)
{
    if (words->takes_template != NULL && is_template_option(word)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "no option %.*s: the template is a plain word: %s",
                            (int)strcspn(word, "="), word, words->takes_template);
    }
    const char *names[CANDIDATES_MAX];
    size_t count = 0;
    for (const cli_option *const *table = words->tables; *table != NULL; table++) {
        for (const cli_option *option = *table; option->id != 0 && count < CANDIDATES_MAX;
             option++) {
            names[count++] = option->name + strlen("--");
        }
    }
    const char *nearest = mr_nearest(name_of(word), names, count);
    return nearest == NULL
               ? mr_error_set(err, MR_INVALID_ARGUMENT, "no option %s; --help lists them", word)
               : mr_error_set(err, MR_INVALID_ARGUMENT, "no option %s; did you mean --%s?", word,
                              nearest);
}

mr_code cli_next(cli_words *words, cli_item *out, mr_error *err)
{
    *out = (cli_item){.kind = CLI_END};
    if (words->at >= words->count) {
        return MR_OK;
    }
    const char *word = words->words[words->at++];
    if (!words->only_words && strcmp(word, "--") == 0) {
        words->only_words = true;
        return cli_next(words, out, err);
    }
    /* A lone "-" is standard input, a word, and so is a number below 0. */
    const bool is_number = word[0] == '-' && word[1] >= '0' && word[1] <= '9';
    if (words->only_words || word[0] != '-' || word[1] == '\0' || is_number) {
        *out = (cli_item){.kind = CLI_WORD, .value = word};
        return MR_OK;
    }
    bool is_name = word[1] == '-';
    const char *equals = is_name ? strchr(word, '=') : NULL;
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    const cli_option *option = find_option(words, word, is_name ? len : 2);
    const char *joined = is_name || word[2] == '\0' ? NULL : word + 2; /* -j4 */
    if (option == NULL || (joined != NULL && option->value == NULL)) {
        return unknown_option(words, word, err);
    }
    *out = (cli_item){.kind = CLI_OPTION, .id = option->id, .name = option->name};
    if (option->value == NULL) {
        return equals == NULL
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT, "%s takes no value", option->name);
    }
    if (equals != NULL || joined != NULL) {
        out->value = equals != NULL ? equals + 1 : joined;
    } else if (words->at < words->count) {
        out->value = words->words[words->at++];
    } else {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s needs a value: %s", option->name,
                            option->value);
    }
    return MR_OK;
}

void cli_print_options(const cli_option *table)
{
    for (const cli_option *option = table; option->id != 0; option++) {
        char left[80];
        (void)snprintf(left, sizeof(left), "%s%s%s%s%c", option->name,
                       option->value == NULL ? "" : " ", option->value == NULL ? "" : option->value,
                       option->letter == 0 ? "" : ", -", option->letter);
        printf("  %-36s %s\n", left, option->help);
    }
}
