/* twice.c - see twice.h. The first log waits in an unnamed temporary file. */
#include "src/app/twice.h"

#include "sim/base/alloc.h"
#include "src/platform/platform.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct comparison {
    FILE *log;
    uint64_t number; /* of the event, from 1 */
    bool differs;
    char first[200], second[200]; /* the two lines, cut */
    char *line;                   /* getline's */
    size_t line_capacity;
} comparison;

static void on_first(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)event;
    (void)time_us;
    comparison *compare = context;
    (void)fwrite(line.at, 1, line.len, compare->log);
    (void)fputc('\n', compare->log);
}

static mr_bytes next_line(comparison *compare)
{
    ssize_t len = getline(&compare->line, &compare->line_capacity, compare->log);
    if (len < 0) {
        return MR_BYTES_LITERAL("(no more events)");
    }
    return mr_bytes_make(compare->line, (size_t)len - 1);
}

static void note_difference(comparison *compare, mr_bytes first, mr_bytes second)
{
    compare->differs = true;
    (void)snprintf(compare->first, sizeof(compare->first), "%.*s", (int)first.len, first.at);
    (void)snprintf(compare->second, sizeof(compare->second), "%.*s", (int)second.len, second.at);
}

static void on_second(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)event;
    (void)time_us;
    comparison *compare = context;
    if (compare->differs) {
        return;
    }
    compare->number++;
    mr_bytes first = next_line(compare);
    if (!mr_bytes_equal(first, line)) {
        note_difference(compare, first, line);
    }
}

static mr_code judge(comparison *compare, const mr_run_result *first, const mr_run_result *second,
                     mr_error *err)
{
    if (!compare->differs && !feof(compare->log)) { /* did the second run end early? */
        compare->number++;
        mr_bytes rest = next_line(compare);
        if (!feof(compare->log)) {
            note_difference(compare, rest, MR_BYTES_LITERAL("(no more events)"));
        }
    }
    if (compare->differs) {
        return mr_error_set(err, MR_CORRUPT,
                            "the two runs differ from event %llu on:\n  first:  %s\n  second: %s",
                            (unsigned long long)compare->number, compare->first, compare->second);
    }
    if (strcmp(first->digest, second->digest) != 0) {
        return mr_error_set(err, MR_CORRUPT,
                            "the two runs have the same events but not the same objects: digest "
                            "%.64s and %.64s",
                            first->digest, second->digest);
    }
    return MR_OK;
}

/* Standard input can be read once: the first run keeps it in a file, which the second reads. */
static mr_pipeline_input *spool_inputs(const mr_run_options *options, const char *spool,
                                       bool is_spooled)
{
    mr_pipeline_input *inputs = mr_calloc(options->input_count + 1, sizeof(*inputs));
    for (size_t i = 0; i < options->input_count; i++) {
        inputs[i] = options->inputs[i];
        if (strcmp(inputs[i].file, "-") == 0) {
            inputs[i].spool = spool;
            inputs[i].is_spooled = is_spooled;
        }
    }
    return inputs;
}

static mr_code run_first(const mr_run_options *options, const char *spool, comparison *compare,
                         bool summary_json, mr_run_result *result, mr_error *err)
{
    mr_run_options first = *options;
    mr_pipeline_input *inputs = spool_inputs(options, spool, false);
    first.inputs = inputs;
    first.listen = on_first;
    first.listen_context = compare;
    mr_code code = mr_run(&first, summary_json, result, err);
    mr_free(inputs);
    return code;
}

static mr_code run_second(const mr_run_options *options, const char *spool, comparison *compare,
                          mr_run_result *result, mr_error *err)
{
    char *path = mr_format("%s-twice", options->state.path);
    mr_run_options again = *options;
    mr_pipeline_input *inputs = spool_inputs(options, spool, true);
    again.inputs = inputs;
    again.state.path = path;
    again.state.is_default = true; /* what an earlier --twice was killed over may be cleared */
    again.events_path = NULL;
    again.listen = on_second;
    again.listen_context = compare;
    mr_code code = mr_run(&again, false, result, err);
    mr_free(inputs);
    mr_error remove_err;
    mr_code removed = mr_fs_remove_tree(mr_platform_fs(), path, &remove_err);
    if (code == MR_OK && removed != MR_OK) { /* behind a failed run the next --twice clears it */
        *err = remove_err;
        code = removed;
    }
    mr_free(path);
    return code;
}

mr_code mr_run_twice(const mr_run_options *options, bool summary_json, mr_run_result *result,
                     mr_error *err)
{
    comparison compare = {.log = tmpfile()};
    if (compare.log == NULL) {
        *result = (mr_run_result){0};
        return mr_error_os(err, errno, "making a temporary file for --twice");
    }
    char *spool = mr_format("%s-twice-input", options->state.path);
    mr_code code = run_first(options, spool, &compare, summary_json, result, err);
    if (code == MR_OK) {
        rewind(compare.log);
        mr_run_result second;
        code = run_second(options, spool, &compare, &second, err);
        if (code == MR_OK) {
            code = judge(&compare, result, &second, err);
        }
        mr_run_result_deinit(&second);
    }
    (void)remove(spool); /* there only when standard input was read */
    mr_free(spool);
    (void)fclose(compare.log);
    free(compare.line); /* getline's memory is the C library's */
    return code;
}
