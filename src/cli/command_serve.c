/* command_serve.c - `millrace serve`: reads the template, when there is one, and serves. The line
 * that says where is the only thing on standard output. */
#include "src/cli/serve_words.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/cli/log_line.h"
#include "src/cli/plan_findings.h"
#include "src/serve/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of --tls and of clients that look up the name that LocalStack made common. */
static const char *const certificate_names[] = {"localhost.localstack.cloud",
                                                "*.localhost.localstack.cloud"};

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

static const char *region_of(const cli_serve_words *words)
{
    const char *region = words->region;
    region = region == NULL ? environment("AWS_REGION") : region;
    return region == NULL ? environment("AWS_DEFAULT_REGION") : region;
}

typedef struct ready_context {
    const cli_serve_words *words;
    const mr_plan *plan; /* NULL: no template */
} ready_context;

static void on_warning(void *context, const mr_event *warning, int64_t world_us)
{
    const ready_context *ready = context;
    cli_log_about(ready->words->common.log_json, MR_LOG_WARNING, warning, world_us,
                  warning->message);
}

static int fail(const cli_serve_words *words, const mr_error *err)
{
    return cli_log_failure(words->common.log_json, err);
}

/* A client needs the name that a stream without one was given. */
static void print_given_names(const mr_plan *plan, bool is_json)
{
    for (size_t i = 0; i < plan->stream_count; i++) {
        const mr_plan_stream *stream = &plan->streams[i];
        if (strcmp(stream->logical_id, stream->options.name) != 0) {
            char *message =
                mr_format("%s is the stream %s", stream->logical_id, stream->options.name);
            cli_log_about(is_json, MR_LOG_INFO, &(mr_event){.stream = stream->options.name},
                          MR_LOG_NO_WORLD, message);
            mr_free(message);
        }
    }
}

/* Where the world's time is not the wall's. */
static void print_time(const cli_serve_words *words, const mr_serve_address *address)
{
    char time[MR_ISO_SIZE];
    mr_iso_format(address->time_us, time);
    if (address->ahead_us > 0) {
        mr_strbuf ahead = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_duration_write(&ahead, address->ahead_us / MR_US_PER_SECOND * MR_US_PER_SECOND);
        cli_log_linef(words->common.log_json, MR_LOG_INFO,
                      "the world's time goes on from %s, where it was led before: %s ahead of %s",
                      time, mr_strbuf_text(&ahead),
                      words->common.start_us < 0 ? "the wall clock" : "--start");
        mr_strbuf_deinit(&ahead);
    } else if (words->common.start_us >= 0 || words->common.clock != MR_CLOCK_REAL) {
        cli_log_linef(words->common.log_json, MR_LOG_INFO, "the world's time is %s", time);
    }
}

static void on_ready(void *context, const mr_serve_address *address)
{
    const ready_context *ready = context;
    const cli_serve_words *words = ready->words;
    if (ready->plan != NULL && !words->common.quiet) {
        print_given_names(ready->plan, words->common.log_json);
    }
    if (address->certificate_file != NULL && !words->common.quiet) {
        cli_log_linef(words->common.log_json, MR_LOG_INFO, "clients trust it by %s (AWS_CA_BUNDLE)",
                      address->certificate_file);
    }
    if (!words->common.quiet) {
        print_time(words, address);
    }
    printf("millrace: listening on %s\n", address->url);
    (void)fflush(stdout);
}

static mr_code take_credentials(const cli_serve_words *words, mr_serve_options *options,
                                mr_error *err)
{
    options->auth = words->auth;
    if (!words->auth) {
        return MR_OK;
    }
    options->access_key = environment("AWS_ACCESS_KEY_ID");
    options->secret = environment("AWS_SECRET_ACCESS_KEY");
    if (options->access_key == NULL || options->secret == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--auth verifies signatures made with AWS_ACCESS_KEY_ID and "
                            "AWS_SECRET_ACCESS_KEY: set both");
    }
    return MR_OK;
}

static int serve(const cli_serve_words *words, const mr_plan *plan)
{
    const cli_common *common = &words->common;
    mr_http_tls tls = {.certificate_file = words->certificate,
                       .key_file = words->key,
                       .names = certificate_names,
                       .name_count = MR_COUNT(certificate_names)};
    ready_context ready = {.words = words, .plan = plan};
    mr_serve_options options = {
        .plan = plan,
        .use_code = words->use_code,
        .state = {.path = common->state == NULL ? MR_STATE_DIR_DEFAULT : common->state,
                  .is_default = common->state == NULL,
                  .use = words->replace ? MR_STATE_REPLACE : MR_STATE_RESUME,
                  .made_by = "serve",
                  .only_own = true},
        .seed = common->seed,
        .clock = common->clock,
        .speed = common->speed,
        .start_us = common->start_us,
        .region = plan != NULL ? plan->region : region_of(words),
        .account = plan != NULL ? plan->account : NULL,
        .limits = words->limits,
        .stream_bytes_max = words->stream_bytes,
        .durable = words->durable,
        .state_delay_us = words->state_delay_us,
        .host = words->host,
        .port = words->port,
        .allow_hosts = words->allow_hosts,
        .tls = words->tls ? &tls : NULL,
        .drain = words->drain,
        .access = common->quiet      ? MR_ACCESS_NONE
                  : common->log_json ? MR_ACCESS_JSON
                                     : MR_ACCESS_TEXT,
        .events_path = words->events != NULL ? words->events
                       : common->verbose     ? "-"
                                             : NULL,
        .ready = on_ready,
        .warn = common->quiet ? NULL : on_warning,
        .context = &ready};
    mr_error err;
    mr_code code = take_credentials(words, &options, &err);
    if (code == MR_OK) {
        code = mr_serve(&options, &err);
    }
    return code == MR_OK ? CLI_EXIT_DONE : fail(words, &err);
}

static int serve_template(const cli_serve_words *words)
{
    mr_error err;
    mr_plan_options plan_options = {.file = words->template_file,
                                    .region = region_of(words),
                                    .parameters = words->parameters,
                                    .parameter_count = words->parameter_count,
                                    .inputs = MR_PLAN_INPUTS_UNUSED};
    mr_plan *plan = NULL;
    if (mr_plan_load(&plan_options, &plan, &err) != MR_OK) {
        return fail(words, &err);
    }
    if (!words->common.quiet) {
        cli_log_warnings(plan, words->common.log_json);
    }
    cli_log_errors(plan, words->common.log_json);
    if (plan->input_count > 0 && !words->common.quiet) {
        cli_log_linef(words->common.log_json, MR_LOG_WARNING,
                      "%s: its Inputs are not put by themselves here: clients put "
                      "records, and the console begins an input",
                      plan->file);
    }
    int status = plan->error_count > 0 ? CLI_EXIT_USAGE : serve(words, plan);
    mr_plan_free(plan);
    return status;
}

int cli_serve(int count, char **given)
{
    mr_error err;
    cli_serve_words words;
    int status = CLI_EXIT_DONE;
    if (cli_serve_words_read(count, given, &words, &err) != MR_OK) {
        status = fail(&words, &err);
    } else if (words.common.help) {
        cli_serve_words_print_help();
    } else {
        status = words.template_file == NULL ? serve(&words, NULL) : serve_template(&words);
    }
    cli_serve_words_deinit(&words);
    return status;
}
