/* shell_export.c - see shell_export.h. All three shells take a text between single quotes as it
 * stands; they differ in how a quote is said inside. */
#include "src/cli/shell_export.h"

#include "sim/base/bytes.h"

#include <string.h>

typedef struct shell_words {
    const char *name, *set, *equals;
    void (*quote)(const char *value, mr_strbuf *out);
} shell_words;

static void quote_sh(const char *value, mr_strbuf *out)
{
    for (; *value != '\0'; value++) {
        if (*value == '\'') {
            mr_strbuf_append_text(out, "'\\''");
        } else {
            mr_strbuf_append_char(out, *value);
        }
    }
}

static void quote_fish(const char *value, mr_strbuf *out)
{
    for (; *value != '\0'; value++) {
        if (*value == '\'' || *value == '\\') {
            mr_strbuf_append_char(out, '\\');
        }
        mr_strbuf_append_char(out, *value);
    }
}

/* PowerShell ends a text at the four typographic quotes (U+2018 to U+201B) too. */
static size_t powershell_quote_length(const char *at)
{
    static const char typographic[] = "\xe2\x80";
    if (*at == '\'') {
        return 1;
    }
    const bool is_typographic = strncmp(at, typographic, sizeof(typographic) - 1) == 0 &&
                                (unsigned char)at[2] >= 0x98 && (unsigned char)at[2] <= 0x9b;
    return is_typographic ? 3 : 0;
}

static void quote_powershell(const char *value, mr_strbuf *out)
{
    while (*value != '\0') {
        const size_t quote = powershell_quote_length(value);
        const size_t len = quote == 0 ? 1 : quote;
        mr_strbuf_append(out, value, quote);
        mr_strbuf_append(out, value, len);
        value += len;
    }
}

static const shell_words shells[] = {
    [CLI_SHELL_SH] = {"sh", "export ", "=", quote_sh},
    [CLI_SHELL_FISH] = {"fish", "set -gx ", " ", quote_fish},
    [CLI_SHELL_POWERSHELL] = {"powershell", "$env:", " = ", quote_powershell},
};

bool cli_shell_of(const char *name, cli_shell *out)
{
    for (size_t i = 0; i < MR_COUNT(shells); i++) {
        if (strcmp(name, shells[i].name) == 0) {
            *out = (cli_shell)i;
            return true;
        }
    }
    return false;
}

void cli_shell_export(cli_shell shell, const char *name, const char *value, mr_strbuf *out)
{
    const shell_words *words = &shells[shell];
    mr_strbuf_append_text(out, words->set);
    mr_strbuf_append_text(out, name);
    mr_strbuf_append_text(out, words->equals);
    mr_strbuf_append_char(out, '\'');
    words->quote(value, out);
    mr_strbuf_append_text(out, "'\n");
}
