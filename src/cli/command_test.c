/*
 * command_test.c - `millrace test`: which runs there are, who is told of them, and the exit status.
 * The report is the result, so it goes to standard output; why a scenario cannot be run goes to
 * standard error.
 */
#include "src/cli/test_words.h"

#include "sim/base/alloc.h"
#include "src/console/terminal.h"
#include "src/console/test_progress.h"
#include "src/platform/platform.h"
#include "src/scenario/report.h"
#include "src/scenario/scenario_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PROGRAM_PATH_MAX 4096

typedef struct test_command {
    cli_test_words words;
    mr_scenario_files files;
    mr_suite_task *tasks;
    char **states; /* by task; owned texts */
    size_t task_count;
    mr_report *report; /* on standard output */
    mr_report *junit;  /* NULL: not asked for */
    FILE *junit_file;
    mr_test_progress progress;
    char *complaint; /* the last thing that was said on standard error; NULL: nothing yet */
    int status;      /* the worst of the results */
    bool output_failed;
} test_command;

/* ---- tasks ---- */

/* Where a run's state is kept: DIR/NAME, with the seed behind it when one was asked for. */
static char *state_of(const cli_test_words *words, const mr_suite_task *task)
{
    mr_bytes stem = mr_scenario_file_stem(task->file);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&out, "%s/%.*s", words->common.state, (int)stem.len, stem.at);
    if (task->has_seed) {
        mr_strbuf_appendf(&out, "-seed-%llu", (unsigned long long)task->seed);
    }
    return mr_strbuf_take(&out);
}

static void add_task(test_command *command, const char *file, bool is_recording, uint64_t seed)
{
    const cli_test_words *words = &command->words;
    mr_suite_task *task = &command->tasks[command->task_count];
    *task = (mr_suite_task){.file = file,
                            .is_recording = is_recording,
                            .has_seed = words->has_seeds,
                            .seed = words->has_seeds ? seed : 0,
                            .chaos = words->chaos,
                            .shrink = words->shrink,
                            .twice = words->twice,
                            .update = words->update,
                            .events = words->events};
    if (words->common.state != NULL) {
        task->state = command->states[command->task_count] = state_of(words, task);
    }
    command->task_count++;
}

static void add_seeds(test_command *command, const char *file, bool is_recording)
{
    uint64_t count = cli_test_words_seeds(&command->words);
    for (uint64_t i = 0; i < count; i++) {
        add_task(command, file, is_recording, command->words.seed_first + i);
    }
}

static mr_code check_recording(const char *path, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file_info info;
    mr_code code = fs->stat(fs, path, &info, err);
    if (code == MR_NOT_FOUND) {
        return mr_error_set(err, code, "%s: there is no such recording", path);
    }
    if (code == MR_OK && info.is_directory) {
        return mr_error_set(err, MR_BAD_INPUT, "%s: a folder is no recording", path);
    }
    if (code == MR_OK && info.is_special) {
        return mr_error_set(err, MR_BAD_INPUT,
                            "%s: a pipe or a device; a recording may be read many times, so name a "
                            "file",
                            path);
    }
    return code;
}

static mr_code make_tasks(test_command *command, mr_error *err)
{
    const cli_test_words *words = &command->words;
    for (size_t i = 0; i < words->path_count; i++) {
        mr_code code = mr_scenario_files_add(&command->files, words->paths[i], err);
        if (code != MR_OK) {
            return code;
        }
    }
    size_t most = (command->files.count + 1) * (size_t)cli_test_words_seeds(words);
    command->tasks = mr_calloc(most, sizeof(*command->tasks));
    command->states = mr_calloc(most, sizeof(*command->states));
    for (size_t i = 0; i < command->files.count; i++) {
        add_seeds(command, command->files.paths[i], false);
    }
    if (words->replay == NULL) {
        return MR_OK;
    }
    add_seeds(command, words->replay, true);
    return check_recording(words->replay, err);
}

/* ---- checks that need the tasks ---- */

static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    (void)name;
    (void)info;
    *(bool *)context = true;
    return false;
}

static mr_code check_state(const char *path, mr_error *err)
{
    mr_file_system *fs = mr_platform_fs();
    mr_error ignored;
    bool has_entries = false;
    mr_code code = fs->list(fs, path, on_entry, &has_entries, &ignored);
    if (code == MR_NOT_FOUND || (code == MR_OK && !has_entries)) {
        return MR_OK;
    }
    return mr_error_set(err, MR_ALREADY_EXISTS,
                        "%s is there and not an empty folder: remove it, or name another --state",
                        path);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Files of one name in different folders would keep their states in one place. */
static mr_code check_states_differ(const test_command *command, mr_error *err)
{
    size_t count = command->task_count;
    const char **sorted = mr_calloc(count, sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = command->states[i];
    }
    qsort(sorted, count, sizeof(*sorted), by_text);
    mr_code code = MR_OK;
    for (size_t i = 1; i < count && code == MR_OK; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0) {
            code = mr_error_set(err, MR_INVALID_ARGUMENT,
                                "two scenarios would keep their state in %s: rename one, or run "
                                "them one at a time, each with its own --state",
                                sorted[i]);
        }
    }
    mr_free(sorted);
    return code;
}

static mr_code check_tasks(const test_command *command, mr_error *err)
{
    if (command->words.events != NULL && command->task_count > 1) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--events is the log of one run, and these are %zu: name one scenario",
                            command->task_count);
    }
    if (command->words.common.state == NULL) {
        return MR_OK;
    }
    mr_code code = check_states_differ(command, err);
    for (size_t i = 0; i < command->task_count && code == MR_OK; i++) {
        code = check_state(command->states[i], err);
    }
    return code;
}

/* ---- reports ---- */

static mr_report *make_report(const test_command *command)
{
    const cli_test_words *words = &command->words;
    if (words->tap) {
        return mr_report_tap_new(command->task_count);
    }
    if (words->common.output == CLI_OUTPUT_JSON || words->common.output == CLI_OUTPUT_JSONL) {
        return mr_report_json_new(words->common.output == CLI_OUTPUT_JSONL);
    }
    return mr_report_text_new(
        &(mr_report_text_options){.seeds = words->is_swarm ? cli_test_words_seeds(words) : 0,
                                  .quiet = words->common.quiet,
                                  .verbose = words->common.verbose,
                                  .colour = mr_terminal_may_colour(STDOUT_FILENO)});
}

static mr_code make_reports(test_command *command, mr_error *err)
{
    command->report = make_report(command);
    command->progress = mr_test_progress_make(command->task_count, !command->words.common.quiet);
    if (command->words.junit == NULL) {
        return MR_OK;
    }
    command->junit_file = fopen(command->words.junit, "w");
    if (command->junit_file == NULL) {
        return mr_error_os(err, errno, "opening %s for --junit", command->words.junit);
    }
    command->junit = mr_report_junit_new();
    return MR_OK;
}

/* Writes what a report has by now. */
static void flush_report(test_command *command, mr_report *report, FILE *file)
{
    if (report->out.len > 0) {
        (void)fwrite(report->out.at, 1, report->out.len, file);
        mr_strbuf_reset(&report->out);
    }
    if (fflush(file) != 0) {
        command->output_failed = true;
    }
}

static int worse(int a, int b)
{
    return a > b ? a : b;
}

/* What every seed of a swarm has to say is said once. */
static void complain(test_command *command, const mr_suite_task *task,
                     const mr_scenario_result *result)
{
    mr_strbuf lines = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_report_error(task, result, &lines);
    if (command->complaint == NULL || strcmp(command->complaint, mr_strbuf_text(&lines)) != 0) {
        (void)fputs(mr_strbuf_text(&lines), stderr);
        mr_free(command->complaint);
        command->complaint = mr_strbuf_take(&lines);
    }
    mr_strbuf_deinit(&lines);
}

static void on_finished(void *context, const mr_suite_task *task, const mr_scenario_result *result)
{
    test_command *command = context;
    mr_test_progress_clear(&command->progress);
    mr_report_add(command->report, task, result);
    flush_report(command, command->report, stdout);
    if (result->error.code != MR_OK) {
        complain(command, task, result);
    }
    if (command->junit != NULL) {
        mr_report_add(command->junit, task, result);
    }
    int status = result->error.code != MR_OK ? cli_exit_of(result->error.code)
                 : result->failure_count > 0 ? CLI_EXIT_FAILED
                                             : CLI_EXIT_DONE;
    command->status = worse(command->status, status);
}

static void on_progress(void *context, size_t finished, size_t failed)
{
    test_command *command = context;
    mr_test_progress_draw(&command->progress, finished, failed);
}

static void end_reports(test_command *command, const mr_suite_counts *counts)
{
    mr_test_progress_clear(&command->progress);
    mr_report_end(command->report, counts);
    flush_report(command, command->report, stdout);
    if (command->junit != NULL) {
        mr_report_end(command->junit, counts);
        flush_report(command, command->junit, command->junit_file);
    }
}

/* ---- running ---- */

static mr_code find_program(char path[PROGRAM_PATH_MAX], mr_error *err)
{
    size_t size = PROGRAM_PATH_MAX;
    int status = uv_exepath(path, &size);
    return status == 0 ? MR_OK : mr_error_os(err, -status, "finding this program's own file");
}

static int run_suite(test_command *command)
{
    mr_error err;
    char program[PROGRAM_PATH_MAX];
    if (find_program(program, &err) != MR_OK) {
        return cli_fail(&err);
    }
    unsigned jobs = command->words.jobs;
    mr_suite_options options = {.program = program,
                                .tasks = command->tasks,
                                .task_count = command->task_count,
                                .jobs = jobs > 0 ? jobs : uv_available_parallelism(),
                                .stop_at_failure = command->words.fail_fast,
                                .finished = on_finished,
                                .progress = on_progress,
                                .context = command};
    mr_suite_counts counts;
    mr_code code = mr_suite_run(&options, &counts, &err);
    end_reports(command, &counts);
    if (code != MR_OK) {
        return cli_fail(&err);
    }
    if (command->output_failed) {
        (void)fputs("millrace: the report could not be written\n", stderr);
        return CLI_EXIT_MACHINE;
    }
    return command->status;
}

static int run_words(test_command *command)
{
    mr_error err;
    if (make_tasks(command, &err) != MR_OK || check_tasks(command, &err) != MR_OK ||
        make_reports(command, &err) != MR_OK) {
        return cli_fail(&err);
    }
    return run_suite(command);
}

static void release(test_command *command)
{
    for (size_t i = 0; i < command->task_count; i++) {
        mr_free(command->states[i]);
    }
    if (command->junit_file != NULL) {
        (void)fclose(command->junit_file);
    }
    mr_report_free(command->report);
    mr_report_free(command->junit);
    mr_free(command->complaint);
    mr_free(command->states);
    mr_free(command->tasks);
    mr_scenario_files_deinit(&command->files);
    cli_test_words_deinit(&command->words);
}

int cli_test(int count, char **words)
{
    if (count == 1 && strcmp(words[0], "--worker") == 0) {
        return mr_suite_worker(); /* for the suite alone; see suite.h */
    }
    mr_error err;
    test_command command = {0};
    int status = CLI_EXIT_DONE;
    if (cli_test_words_read(count, words, &command.words, &err) != MR_OK) {
        status = cli_fail(&err);
    } else if (command.words.common.help) {
        cli_test_words_print_help();
    } else {
        status = run_words(&command);
    }
    release(&command);
    return status;
}
