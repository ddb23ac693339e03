/*
 * command_run.c - `millrace run`: runs the plan, prints what came of it. Results go to standard
 * output; progress, warnings and the summary to standard error.
 */
#include "src/cli/run_words.h"

#include "sim/base/alloc.h"
#include "sim/base/nearest.h"
#include "src/app/query_job.h"
#include "src/app/twice.h"
#include "src/cli/log_line.h"
#include "src/cli/plan_findings.h"
#include "src/serve/console_run.h"

#include <stdio.h>
#include <string.h>

typedef struct input_list {
    mr_pipeline_input *inputs;
    mr_producer_options *producers;
    size_t count;
} input_list;

static void input_list_deinit(input_list *list)
{
    mr_free(list->inputs);
    mr_free(list->producers);
}

/* The command line's inputs, or else the template's. */
static mr_code list_inputs(const cli_run_words *command, const mr_plan *plan, input_list *list,
                           mr_error *err)
{
    bool from_plan = command->input_count == 0;
    if (from_plan && command->shared_is_set) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "options for an input need an --input; the template's inputs have "
                            "their own");
    }
    list->count = from_plan ? plan->input_count : command->input_count;
    list->inputs = mr_calloc(list->count + 1, sizeof(*list->inputs));
    list->producers = mr_calloc(list->count + 1, sizeof(*list->producers));
    for (size_t i = 0; i < list->count; i++) {
        mr_pipeline_input *input = &list->inputs[i];
        input->options = &list->producers[i];
        if (from_plan) {
            input->target = plan->inputs[i].stream;
            input->file = plan->inputs[i].file;
            list->producers[i] = plan->inputs[i].options;
            continue;
        }
        const cli_run_input *named = &command->inputs[i];
        input->target = named->target;
        input->file = named->file;
        mr_code code =
            mr_input_options_apply(&named->options, named->file, &list->producers[i], err);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

/* ---- what is said while it runs ---- */

static void on_warning(void *context, const char *message)
{
    const cli_run_words *command = context;
    cli_log_line(command->common.log_json, MR_LOG_WARNING, message);
}

/* A machine that reads along has every warning, when it comes; a person has the first, at the end,
 * below what shows how far the run is. */
static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)context, (void)line;
    if (event->type == MR_EVENT_WARNING && event->message != NULL) {
        cli_log_about(true, MR_LOG_WARNING, event, time_us, event->message);
    }
}

/* The listener of a run that is compared with another is taken. */
static bool tells_events(const cli_run_words *command)
{
    return command->common.log_json && !command->common.quiet && !command->twice;
}

static mr_run_options make_run_options(cli_run_words *command, const mr_plan *plan,
                                       const input_list *list)
{
    const cli_common *common = &command->common;
    return (mr_run_options){
        .plan = plan,
        .inputs = list->inputs,
        .input_count = list->count,
        .state = {.path = common->state == NULL ? MR_STATE_DIR_DEFAULT : common->state,
                  .is_default = common->state == NULL,
                  .use = command->resume    ? MR_STATE_RESUME
                         : command->replace ? MR_STATE_REPLACE
                                            : MR_STATE_FRESH,
                  .made_by = "run"},
        .clock = common->clock,
        .speed = common->speed,
        .start_us = common->start_us,
        .seed = common->seed,
        .region = plan->region,
        .account = plan->account,
        .limits = command->limits,
        .stream_bytes_max = command->stream_bytes,
        .durable = command->durable,
        .use_code = command->use_code,
        .strict = command->strict,
        .resume = command->resume,
        .drain = command->drain,
        .show_progress = !common->quiet && !common->verbose && !common->log_json,
        .faults = command->faults,
        .fault_count = command->fault_count,
        .record_path = command->record,
        .parameters = command->parameters,
        .parameter_count = command->parameter_count,
        .listen = tells_events(command) ? on_event : NULL,
        .warn = common->quiet ? NULL : on_warning,
        .warn_context = command,
        .events_path = command->events != NULL ? command->events
                       : common->verbose       ? "-"
                                               : NULL};
}

static int print_query(const cli_run_words *command, const char *state, const mr_plan_query *query,
                       int64_t now_us)
{
    cli_result_writer *writer =
        cli_result_writer_new(command->common.output, stdout, command->common.log_json);
    mr_query_handlers handlers = cli_result_writer_handlers(writer);
    mr_query_job job = {
        .state_directory = state, .database = query->database, .sql = query->sql, .now_us = now_us};
    mr_query_job_result result;
    mr_error err;
    mr_code code = mr_query_job_run(&job, &handlers, &result, &err);
    bool written = cli_result_writer_finish(writer);
    cli_result_writer_free(writer);
    if (code != MR_OK) {
        (void)cli_log_failure(command->common.log_json, &err);
        return cli_exit_of_query(code);
    }
    return written ? CLI_EXIT_DONE : CLI_EXIT_MACHINE;
}

/* The named query of the template, when the word is the name of one; or else the word as SQL. */
static mr_plan_query query_of(const mr_plan *plan, const char *word)
{
    const mr_plan_query *named = mr_plan_find_query(plan, word);
    return named != NULL ? *named : (mr_plan_query){.name = word, .sql = word};
}

/* One word without a blank is no statement, so it must name a query: said before the run. */
static mr_code check_queries(const cli_run_words *command, const mr_plan *plan, mr_error *err)
{
    for (size_t i = 0; i < command->query_count; i++) {
        const char *word = command->queries[i];
        if (strpbrk(word, " \t\r\n") != NULL || mr_plan_find_query(plan, word) != NULL) {
            continue;
        }
        const char **names = mr_calloc(plan->query_count + 1, sizeof(*names));
        for (size_t n = 0; n < plan->query_count; n++) {
            names[n] = plan->queries[n].name;
        }
        const char *nearest = mr_nearest(mr_bytes_of(word), names, plan->query_count);
        mr_free(names);
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--query %s: %s has no query of that name%s%s%s", word, plan->file,
                            nearest == NULL ? "" : "; did you mean ",
                            nearest == NULL ? "" : nearest, nearest == NULL ? "" : "?");
    }
    return MR_OK;
}

/* The queries asked for, or the first of the Metadata: on AWS, too, a NamedQuery runs when somebody
 * asks for it. */
static int print_queries(const cli_run_words *command, const mr_plan *plan, const char *state,
                         int64_t now_us)
{
    if (command->query_count == 0 && plan->query_count > 0 && plan->queries[0].logical_id == NULL) {
        return print_query(command, state, &plan->queries[0], now_us);
    }
    for (size_t i = 0; i < command->query_count; i++) {
        mr_plan_query query = query_of(plan, command->queries[i]);
        int status = print_query(command, state, &query, now_us);
        if (status != CLI_EXIT_DONE) {
            return status;
        }
    }
    return CLI_EXIT_DONE;
}

static void print_warnings(const cli_run_words *command, const mr_run_result *result)
{
    if (result->warnings > 0 && !command->common.quiet && !tells_events(command)) {
        cli_log_linef(command->common.log_json, MR_LOG_WARNING, "%s%s", result->warning,
                      result->warnings > 1 ? " (and more: --events FILE has them all)" : "");
    }
}

/* A line of the summary; for machines an object of its own, without the name of its column. */
static void print_note(const cli_run_words *command, const char *column, const char *message)
{
    if (command->common.quiet) {
        return;
    }
    if (command->common.log_json) {
        cli_log_line(true, MR_LOG_INFO, message);
    } else {
        (void)fprintf(stderr, "%-10s %s\n", column, message);
    }
}

/* Also behind a run that broke off: what it received by then is all there. */
static void print_recorded(const cli_run_words *command, const mr_run_result *result)
{
    if (result->recorded > 0) {
        char *message =
            mr_format("%llu puts in %s: millrace test --replay %s",
                      (unsigned long long)result->recorded, command->record, command->record);
        print_note(command, "recorded", message);
        mr_free(message);
    }
}

static void on_ready(void *context, const char *url)
{
    (void)context;
    printf("millrace: console on %s/_millrace/console\n", url);
    (void)fflush(stdout);
}

static mr_code run_open(const cli_run_words *command, const mr_run_options *options,
                        mr_run_result *result, mr_error *err)
{
    const mr_console_run_options console = {.run = *options,
                                            .host = command->host == NULL ? MR_FRONT_HOST_DEFAULT
                                                                          : command->host,
                                            .port = command->port,
                                            .ready = on_ready};
    mr_code code = mr_console_run(&console, command->common.log_json, result, err);
    if (code == MR_OK && !command->common.log_json) {
        mr_strbuf_append_text(&result->summary,
                              "digest     none: what clients did from outside is in no seed\n");
    }
    return code;
}

static mr_code run_as_asked(const cli_run_words *command, const mr_run_options *options,
                            mr_run_result *result, mr_error *err)
{
    if (command->console) {
        return run_open(command, options, result, err);
    }
    return command->twice ? mr_run_twice(options, command->common.log_json, result, err)
                          : mr_run(options, command->common.log_json, result, err);
}

static int run_plan(cli_run_words *command, const mr_plan *plan, const input_list *list)
{
    const bool is_json = command->common.log_json;
    mr_run_options options = make_run_options(command, plan, list);
    mr_run_result result;
    mr_error err;
    mr_code code = run_as_asked(command, &options, &result, &err);
    print_warnings(command, &result);
    if (!command->common.quiet && result.summary.len > 0) {
        (void)fputs(mr_strbuf_text(&result.summary), stderr);
    }
    print_recorded(command, &result);
    int status = CLI_EXIT_DONE;
    if (code != MR_OK) {
        status = cli_log_failure(is_json, &err);
        if (code == MR_INTERRUPTED) {
            cli_log_linef(is_json, MR_LOG_INFO, "%s keeps what was put; --resume goes on with it",
                          options.state.path);
        }
    } else {
        if (command->twice) {
            print_note(command, "twice", "both runs gave the same events and objects");
        }
        (void)fflush(stderr);
        status = print_queries(command, plan, options.state.path, result.end_us);
    }
    bool usable =
        code == MR_OK || code == MR_BAD_INPUT; /* --strict ends a run at its first bad row */
    if (usable && command->strict && result.rejected + result.failed > 0) {
        cli_log_linef(is_json, MR_LOG_ERROR, "--strict: %llu rows rejected, %llu records failed",
                      (unsigned long long)result.rejected, (unsigned long long)result.failed);
        status = CLI_EXIT_FAILED;
    }
    mr_run_result_deinit(&result);
    return status;
}

static int run_template(cli_run_words *command)
{
    const bool is_json = command->common.log_json;
    mr_error err;
    mr_plan_options plan_options = {.file = command->template_file,
                                    .region = command->region,
                                    .parameters = command->parameters,
                                    .parameter_count = command->parameter_count};
    mr_plan *plan = NULL;
    if (mr_plan_load(&plan_options, &plan, &err) != MR_OK) {
        return cli_log_failure(is_json, &err);
    }
    if (!command->common.quiet) {
        cli_log_warnings(plan, is_json);
    }
    cli_log_errors(plan, is_json);
    int status = CLI_EXIT_USAGE;
    input_list list = {0};
    if (plan->error_count > 0) {
        status = CLI_EXIT_USAGE;
    } else if (check_queries(command, plan, &err) != MR_OK ||
               list_inputs(command, plan, &list, &err) != MR_OK) {
        status = cli_log_failure(is_json, &err);
    } else {
        status = run_plan(command, plan, &list);
    }
    input_list_deinit(&list);
    mr_plan_free(plan);
    return status;
}

int cli_run(int count, char **words)
{
    mr_error err;
    cli_run_words command;
    int status = CLI_EXIT_DONE;
    if (cli_run_words_read(count, words, &command, &err) != MR_OK) {
        status = cli_log_failure(command.common.log_json, &err);
    } else if (command.common.help) {
        cli_run_words_print_help(&command);
    } else {
        status = run_template(&command);
    }
    cli_run_words_deinit(&command);
    return status;
}
