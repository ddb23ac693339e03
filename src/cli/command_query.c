/* command_query.c - `millrace query SQL`: SQL over what a state directory holds, also while a
 * run is writing there (a query sees a snapshot). */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "src/app/query_job.h"
#include "src/app/state_dir.h"
#include "src/cli/log_line.h"

#include <stdio.h>

enum { QUERY_DATABASE = 1, QUERY_THREADS, QUERY_STATS };

static const cli_option query_options[] = {
    {QUERY_DATABASE, "--database", 0, "NAME", "database of unqualified table names"},
    {QUERY_THREADS, "--threads", 0, "N", "cores that a scan may use (default: all, at most 64)"},
    {QUERY_STATS, "--stats", 0, NULL, "bytes scanned and time, on standard error"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct query_command {
    cli_common common;
    const char *sql;
    const char *database;
    uint64_t threads;
    bool stats;
} query_command;

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    query_command *command = context;
    switch (item->id) {
    case QUERY_DATABASE:
        command->database = item->value;
        return MR_OK;
    case QUERY_THREADS:
        if (!mr_bytes_to_uint64(mr_bytes_of(item->value), &command->threads) ||
            command->threads < 1 || command->threads > MR_QUERY_THREADS_MAX) {
            return mr_error_set(err, MR_INVALID_ARGUMENT, "--threads %s: give 1 to %d", item->value,
                                MR_QUERY_THREADS_MAX);
        }
        return MR_OK;
    default:
        command->stats = true;
        return MR_OK;
    }
}

static mr_code parse(int count, char **words, query_command *command, mr_error *err)
{
    cli_reading reading = {
        .words = {.words = words, .count = count, .tables = {query_options, cli_common_options}},
        .common = &command->common,
        .option = take_option,
        .command = command,
        .word = &command->sql,
        .too_many = "query takes one statement (quote it as one word)",
        .missing = "query needs a statement: millrace query 'SELECT ...'"};
    return cli_read(&reading, err);
}

static void print_stats(const query_command *command, const mr_query_job_result *result)
{
    char *text = mr_format(
        "%llu rows, %llu bytes scanned in %llu objects, %.3f s",
        (unsigned long long)result->stats.rows, (unsigned long long)result->stats.bytes_scanned,
        (unsigned long long)result->stats.objects_scanned, (double)result->wall_us / 1e6);
    if (command->common.log_json) {
        cli_log_line(true, MR_LOG_INFO, text);
    } else {
        (void)fprintf(stderr, "%s\n", text);
    }
    mr_free(text);
}

int cli_query(int count, char **words)
{
    mr_error err;
    query_command command = {.common = cli_common_defaults()};
    if (parse(count, words, &command, &err) != MR_OK) {
        return cli_log_failure(command.common.log_json, &err);
    }
    if (command.common.help) {
        printf("millrace query SQL\n\n");
        cli_print_options(query_options);
        cli_print_options(cli_common_options);
        return CLI_EXIT_DONE;
    }
    const char *state = command.common.state == NULL ? MR_STATE_DIR_DEFAULT : command.common.state;
    if (mr_state_dir_check(state, &err) != MR_OK) {
        return cli_log_failure(command.common.log_json, &err);
    }

    cli_result_writer *writer =
        cli_result_writer_new(command.common.output, stdout, command.common.log_json);
    mr_query_handlers handlers = cli_result_writer_handlers(writer);
    mr_query_job job = {.state_directory = state,
                        .database = command.database,
                        .threads = (unsigned)command.threads,
                        .sql = command.sql};
    mr_query_job_result result;
    mr_code code = mr_query_job_run(&job, &handlers, &result, &err);
    bool written = cli_result_writer_finish(writer);
    cli_result_writer_free(writer);
    if (code != MR_OK && (code != MR_INTERRUPTED || written)) {
        (void)cli_log_failure(command.common.log_json, &err);
        return cli_exit_of_query(code);
    }
    if (command.stats) {
        print_stats(&command, &result);
    }
    return written ? CLI_EXIT_DONE : CLI_EXIT_MACHINE;
}
