/* command_env.c - `millrace env`: the variables by which AWS tools find a server of this machine,
 * as lines for a shell: eval "$(millrace env)". Nothing is asked of the server. */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "src/app/state_dir.h"
#include "src/cli/shell_export.h"
#include "src/net/control_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_DEFAULT_TLS "https://127.0.0.1:4566"

enum { ENV_SHELL = 1, ENV_ENDPOINT, ENV_REGION, ENV_TLS };

static const cli_option env_options[] = {
    {ENV_SHELL, "--shell", 0, "sh|fish|powershell", "whose lines (default sh)"},
    {ENV_ENDPOINT, "--endpoint-url", 0, "URL",
     "where the server is (default " MR_CONTROL_URL_DEFAULT ")"},
    {ENV_TLS, "--tls", 0, NULL,
     "over HTTPS, trusting the certificate that `serve --tls` made in the state directory"},
    {CLI_STATE, "--state", 0, "DIR", "that directory (default .millrace)"},
    {ENV_REGION, "--region", 0, "NAME", "AWS region (default AWS_REGION, or us-east-1)"},
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct env_command {
    cli_common common;
    const char *endpoint, *region; /* NULL: not said */
    cli_shell shell;
    bool tls;
} env_command;

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    env_command *command = context;
    switch (item->id) {
    case ENV_SHELL:
        return cli_shell_of(item->value, &command->shell)
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT,
                                  "--shell %s: give sh, fish or powershell", item->value);
    case ENV_ENDPOINT:
        command->endpoint = item->value;
        return MR_OK;
    case ENV_REGION:
        command->region = item->value;
        return MR_OK;
    default:
        command->tls = true;
        return MR_OK;
    }
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *region_of(const env_command *command)
{
    const char *region = command->region;
    region = region == NULL ? environment("AWS_REGION") : region;
    region = region == NULL ? environment("AWS_DEFAULT_REGION") : region;
    return region == NULL ? "us-east-1" : region;
}

/* What is no URL is said here, and not by every tool that is led astray by it. */
static mr_code check_endpoint(const env_command *command, const char *url, mr_error *err)
{
    mr_endpoint endpoint;
    mr_code code = mr_endpoint_parse(url, &endpoint, err);
    if (code != MR_OK) {
        return code;
    }
    const bool is_https = strncmp(endpoint.url, "https:", 6) == 0;
    mr_endpoint_deinit(&endpoint);
    return is_https || !command->tls
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT, "--tls goes with an https URL, not with %s",
                              url);
}

/* *out: its absolute path, for the shell may go elsewhere; from malloc(3). */
static mr_code find_certificate(const env_command *command, char **out, mr_error *err)
{
    const char *state =
        command->common.state == NULL ? MR_STATE_DIR_DEFAULT : command->common.state;
    char *path = mr_format("%s/certificate.pem", state);
    *out = realpath(path, NULL);
    mr_code code =
        *out != NULL
            ? MR_OK
            : mr_error_set(err, MR_NOT_FOUND,
                           "no %s: `millrace serve --tls` makes it; --state says where else it is",
                           path);
    mr_free(path);
    return code;
}

/* A trailing slash makes no other address. */
static bool is_same_url(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    while (a_len > 0 && a[a_len - 1] == '/') {
        a_len--;
    }
    while (b_len > 0 && b[b_len - 1] == '/') {
        b_len--;
    }
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* The other commands go where the variable leads; here it is what is to be set. Said where no shell
 * takes it for a line. */
static void tell_of_variable(const env_command *command, const char *url)
{
    const char *variable = environment("AWS_ENDPOINT_URL");
    if (command->endpoint == NULL && variable != NULL && !is_same_url(variable, url)) {
        (void)fprintf(stderr,
                      "millrace: note: AWS_ENDPOINT_URL was %s; these lines set it to %s "
                      "(--endpoint-url says another one)\n",
                      variable, url);
    }
}

static mr_code write_lines(const env_command *command, mr_strbuf *out, mr_error *err)
{
    const char *fallback = command->tls ? URL_DEFAULT_TLS : MR_CONTROL_URL_DEFAULT;
    const char *url = command->endpoint == NULL ? fallback : command->endpoint;
    const char *region = region_of(command);
    char *certificate = NULL;
    mr_code code = check_endpoint(command, url, err);
    if (code == MR_OK && command->tls) {
        code = find_certificate(command, &certificate, err);
    }
    if (code != MR_OK) {
        return code;
    }
    tell_of_variable(command, url);
    cli_shell_export(command->shell, "AWS_ENDPOINT_URL", url, out);
    cli_shell_export(command->shell, "AWS_REGION", region, out);
    cli_shell_export(command->shell, "AWS_DEFAULT_REGION", region, out); /* of aws-cli, boto3 */
    cli_shell_export(command->shell, "AWS_ACCESS_KEY_ID", "test", out);
    cli_shell_export(command->shell, "AWS_SECRET_ACCESS_KEY", "test", out);
    if (certificate != NULL) {
        cli_shell_export(command->shell, "AWS_CA_BUNDLE", certificate, out);
        cli_shell_export(command->shell, "NODE_EXTRA_CA_CERTS", certificate, out);
    }
    free(certificate);
    return MR_OK;
}

static void print_help(void)
{
    (void)puts(
        "millrace env    variables for AWS tools: eval \"$(millrace env)\"\n\n"
        "fish:           millrace env --shell fish | source\n"
        "PowerShell:     millrace env --shell powershell | Out-String | Invoke-Expression\n");
    cli_print_options(env_options);
}

int cli_env(int count, char **words)
{
    env_command command = {.common = cli_common_defaults()};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {env_options}},
                           .common = &command.common,
                           .option = take_option,
                           .command = &command,
                           .too_many = "env takes no word"};
    mr_error err;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.common.help) {
        print_help();
        return CLI_EXIT_DONE;
    }
    mr_strbuf lines = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    int status = CLI_EXIT_DONE;
    if (write_lines(&command, &lines, &err) != MR_OK) {
        status = cli_fail(&err);
    } else if (fputs(mr_strbuf_text(&lines), stdout) < 0 || fflush(stdout) != 0) {
        status = CLI_EXIT_MACHINE;
    }
    mr_strbuf_deinit(&lines);
    return status;
}
