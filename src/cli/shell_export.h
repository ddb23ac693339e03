/*
 * shell_export.h - environment variables as lines that a shell takes: pure, a name and any value
 * in, a line out that sets the variable to just that value.
 */
#ifndef MR_SRC_CLI_SHELL_EXPORT_H
#define MR_SRC_CLI_SHELL_EXPORT_H

#include "sim/base/strbuf.h"

typedef enum cli_shell { CLI_SHELL_SH, CLI_SHELL_FISH, CLI_SHELL_POWERSHELL } cli_shell;

/* "sh", "fish" or "powershell". False: none of them. */
bool cli_shell_of(const char *name, cli_shell *out);

/* Appends one line. name: of a variable, which no shell needs to have quoted; value: any text, of
 * which the shell sees no part as a command. */
void cli_shell_export(cli_shell shell, const char *name, const char *value, mr_strbuf *out);

#endif
