/* serve_words.c - see serve_words.h. Of the common options the form of results means nothing here,
 * and is not taken. */
#include "src/cli/serve_words.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/serve/serve.h"

#include <stdio.h>
#include <string.h>

#define STATE_DELAY_US_MAX (INT64_C(60) * 60 * 1000000)

enum {
    SERVE_HOST = 1,
    SERVE_PORT,
    SERVE_TLS,
    SERVE_TLS_CERT,
    SERVE_TLS_KEY,
    SERVE_TLS_SELF_SIGNED,
    SERVE_AUTH,
    SERVE_PARAM,
    SERVE_LIMITS,
    SERVE_STATE_DELAY,
    SERVE_STREAM_BYTES,
    SERVE_DURABLE,
    SERVE_DRAIN,
    SERVE_REPLACE,
    SERVE_NO_BUILTIN,
    SERVE_REGION,
    SERVE_EVENTS,
    SERVE_CLOCK,
    SERVE_ALLOW_HOST
};

static const cli_option serve_options[] = {
    {SERVE_HOST, "--host", 0, "ADDRESS", "listen on this address (default 127.0.0.1)"},
    {SERVE_PORT, "--port", 0, "N", "and this port (default 4566; 0: any that is free)"},
    {SERVE_TLS, "--tls", 0, NULL, "speak HTTPS too, on the same port"},
    {SERVE_TLS_CERT, "--tls-cert", 0, "FILE", "with this certificate (PEM)"},
    {SERVE_TLS_KEY, "--tls-key", 0, "FILE", "and its key (PEM)"},
    {SERVE_TLS_SELF_SIGNED, "--tls-self-signed", 0, NULL,
     "with a certificate of its own making (the default of --tls), kept in DIR/certificate.pem"},
    {SERVE_AUTH, "--auth", 0, NULL,
     "verify signatures with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
    {SERVE_PARAM, "--param", 0, "NAME=VALUE", "a template parameter"},
    {SERVE_LIMITS, "--limits", 0, "aws|off", "the limits of shards and accounts (default aws)"},
    {SERVE_STATE_DELAY, "--state-delay", 0, "TIME",
     "how long CREATING, UPDATING and DELETING last (default 500ms; 0: no time)"},
    {SERVE_STREAM_BYTES, "--stream-bytes", 0, "N",
     "disk that one stream may use (default 8589934592)"},
    {SERVE_DURABLE, "--durable", 0, NULL, "sync to disk: survive power loss too"},
    {SERVE_DRAIN, "--drain", 0, NULL, "deliver what is buffered before the end"},
    {SERVE_REPLACE, "--replace", 0, NULL, "clear the state directory first"},
    {SERVE_NO_BUILTIN, "--no-builtin", 0, NULL, "run the functions' code, not their Builtin"},
    {SERVE_REGION, "--region", 0, "NAME", "AWS region (default AWS_REGION, or us-east-1)"},
    {SERVE_EVENTS, "--events", 0, "FILE", "write the event log as JSON lines"},
    {SERVE_ALLOW_HOST, "--allow-host", 0, "NAME",
     "answer /_millrace/ under this name too; may be repeated"},
    {SERVE_CLOCK, "--clock", 0, "real|Nx|paused",
     "real time (the default), N times as fast, or standing until somebody moves it"},
    {CLI_START, "--start", 0, "TIME", "begin at this time, not at the wall's; paced from there"},
    {CLI_STATE, "--state", 0, "DIR", "state directory (default .millrace); kept, made when absent"},
    {CLI_SEED, "--seed", 0, "N", "seed of everything random (default 1)"},
    {CLI_LOG, "--log", 0, "text|json",
     "form of the access log, of warnings and errors (default text)"},
    {CLI_QUIET, "--quiet", 'q', NULL, "no access log, no warnings"},
    {CLI_VERBOSE, "--verbose", 'v', NULL, "every event on standard error"},
    {CLI_HELP, "--help", 'h', NULL, "this help"},
    {0, NULL, 0, NULL, NULL},
};

/* "0" needs no unit. */
static mr_code take_state_delay(cli_serve_words *words, const char *value, mr_error *err)
{
    if (mr_bytes_equal(mr_bytes_of(value), mr_bytes_of("0"))) {
        words->state_delay_us = 0;
        return MR_OK;
    }
    if (!mr_duration_parse(mr_bytes_of(value), &words->state_delay_us) ||
        words->state_delay_us > STATE_DELAY_US_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--state-delay %s: give a time such as 500ms or 2s, at most 1h; 0 is "
                            "none",
                            value);
    }
    return MR_OK;
}

static mr_code take_allow_host(cli_serve_words *words, const char *name, mr_error *err)
{
    if (words->allow_host_count == CLI_ALLOW_HOSTS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--allow-host %s: %d names are the most",
                            name, CLI_ALLOW_HOSTS_MAX);
    }
    words->allow_hosts[words->allow_host_count++] = name;
    return MR_OK;
}

/* Between two requests of a client virtual time would leap by hours: to whatever is due next. */
static mr_code take_clock(cli_serve_words *words, const char *value, mr_error *err)
{
    if (strcmp(value, "paused") == 0) {
        words->common.clock = MR_CLOCK_PACED;
        words->common.speed = 0;
        return MR_OK;
    }
    if (strcmp(value, "virtual") == 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--clock virtual: with clients outside, virtual time would run away "
                            "between two requests; give a speed such as 60x, or paused, and move "
                            "it with `millrace clock advance`");
    }
    if (cli_clock_parse(value, &words->common.clock, &words->common.speed, err) != MR_OK) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--clock %s: give real, a speed such as 60x (0.001x to 1000000x), or "
                            "paused",
                            value);
    }
    return MR_OK;
}

static bool *flag_of(cli_serve_words *words, int id)
{
    switch (id) {
    case SERVE_TLS:
        return &words->tls;
    case SERVE_TLS_SELF_SIGNED:
        return &words->self_signed;
    case SERVE_AUTH:
        return &words->auth;
    case SERVE_DURABLE:
        return &words->durable;
    case SERVE_DRAIN:
        return &words->drain;
    case SERVE_REPLACE:
        return &words->replace;
    case SERVE_NO_BUILTIN:
        return &words->use_code;
    default:
        return NULL;
    }
}

static const char **text_of(cli_serve_words *words, int id)
{
    switch (id) {
    case SERVE_HOST:
        return &words->host;
    case SERVE_TLS_CERT:
        return &words->certificate;
    case SERVE_TLS_KEY:
        return &words->key;
    case SERVE_REGION:
        return &words->region;
    case SERVE_EVENTS:
        return &words->events;
    default:
        return NULL;
    }
}

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    cli_serve_words *words = context;
    bool *flag = flag_of(words, item->id);
    const char **text = text_of(words, item->id);
    if (flag != NULL) {
        *flag = true;
        return MR_OK;
    }
    if (text != NULL) {
        *text = item->value;
        return MR_OK;
    }
    switch (item->id) {
    case SERVE_CLOCK:
        return take_clock(words, item->value, err);
    case SERVE_PORT:
        return cli_port_parse(item->value, &words->port, err);
    case SERVE_LIMITS:
        return cli_limits_parse(item->value, &words->limits, err);
    case SERVE_STATE_DELAY:
        return take_state_delay(words, item->value, err);
    case SERVE_STREAM_BYTES:
        return cli_stream_bytes_parse(item->value, &words->stream_bytes, err);
    case SERVE_ALLOW_HOST:
        return take_allow_host(words, item->value, err);
    default:
        MR_ASSERT(item->id == SERVE_PARAM);
        MR_GROW(words->parameters, words->parameter_count, words->parameter_capacity);
        return cli_parameter_parse(item->value, &words->parameters[words->parameter_count++], err);
    }
}

static mr_code check_words(cli_serve_words *words, mr_error *err)
{
    bool has_files = words->certificate != NULL || words->key != NULL;
    if (has_files && (words->certificate == NULL || words->key == NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--tls-cert and --tls-key go together");
    }
    if (has_files && words->self_signed) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--tls-self-signed makes what --tls-cert and --tls-key bring: leave "
                            "out one");
    }
    words->tls = words->tls || has_files || words->self_signed;
    if (words->parameter_count > 0 && words->template_file == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "--param %s: there is no template to take it",
                            words->parameters[0].name);
    }
    return MR_OK;
}

mr_code cli_serve_words_read(int count, char **given, cli_serve_words *words, mr_error *err)
{
    *words = (cli_serve_words){.common = cli_common_defaults(),
                               .host = MR_FRONT_HOST_DEFAULT,
                               .port = MR_FRONT_PORT_DEFAULT,
                               .limits = true,
                               .state_delay_us = MR_SERVE_STATE_DELAY_US_DEFAULT};
    words->common.clock = MR_CLOCK_REAL;
    words->common.start_us = -1;
    cli_reading reading = {.words = {.words = given,
                                     .count = count,
                                     .tables = {serve_options},
                                     .takes_template = "millrace serve FILE"},
                           .common = &words->common,
                           .option = take_option,
                           .command = words,
                           .word = &words->template_file,
                           .too_many = "serve takes one template"};
    mr_code code = cli_read(&reading, err);
    return code != MR_OK || words->common.help ? code : check_words(words, err);
}

void cli_serve_words_deinit(cli_serve_words *words)
{
    cli_parameters_free(words->parameters, words->parameter_count);
}

void cli_serve_words_print_help(void)
{
    printf("millrace serve [TEMPLATE] [--port N]\n\n");
    cli_print_options(serve_options);
}
