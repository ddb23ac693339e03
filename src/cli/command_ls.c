/* command_ls.c - `millrace ls`: the buckets of a state directory or of a running server, or the
 * objects of one, a line each. */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/cli/object_source.h"
#include "src/cli/object_words.h"
#include "src/cli/plain_text.h"

#include <inttypes.h>
#include <stdio.h>

static const cli_option ls_options[] = {
    {CLI_STATE, "--state", 0, "DIR", "state directory to read (default .millrace)"},
    CLI_CONTROL_OPTIONS,
    CLI_CONTROL_OUTPUT_OPTION,
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct ls_command {
    cli_control_command of; /* the first: see cli_control_take_only() */
    const char *place;      /* NULL: the buckets */
    bool failed;            /* standard output takes no more */
} ls_command;

static bool print(ls_command *command, mr_strbuf *line)
{
    mr_strbuf_append_char(line, '\n');
    command->failed = fputs(mr_strbuf_text(line), stdout) < 0;
    mr_strbuf_deinit(line);
    return !command->failed;
}

static bool on_bucket(void *context, const char *bucket)
{
    ls_command *command = context;
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (command->of.control.is_json) {
        mr_json json = mr_json_make(&line);
        mr_json_object_begin(&json);
        mr_json_field_string(&json, "bucket", bucket);
        mr_json_object_end(&json);
    } else {
        mr_strbuf_append_text(&line, "s3://");
        cli_append_plain(&line, mr_bytes_of(bucket));
    }
    return print(command, &line);
}

static bool on_object(void *context, const char *key, uint64_t bytes, int64_t modified_us)
{
    ls_command *command = context;
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (command->of.control.is_json) {
        mr_json json = mr_json_make(&line);
        mr_json_object_begin(&json);
        mr_json_field_string(&json, "key", key);
        mr_json_key(&json, "bytes");
        mr_json_uint(&json, bytes);
        mr_json_key(&json, "modified_us");
        mr_json_int(&json, modified_us);
        mr_json_object_end(&json);
    } else {
        char time[MR_ISO_SIZE];
        mr_iso_format(modified_us, time);
        mr_strbuf_appendf(&line, "%s %12" PRIu64 " ", time, bytes);
        cli_append_plain(&line, mr_bytes_of(key));
    }
    return print(command, &line);
}

static mr_code list(ls_command *command, mr_error *err)
{
    cli_s3_place place = {0};
    cli_object_source *source = NULL;
    mr_code code = command->place == NULL ? MR_OK : cli_s3_place_parse(command->place, &place, err);
    if (code == MR_OK) {
        code = cli_object_source_open(command->of.common.state, &command->of.control, &source, err);
    }
    if (code == MR_OK) {
        code = command->place == NULL ? cli_object_source_buckets(source, on_bucket, command, err)
                                      : cli_object_source_list(source, place.bucket, place.key,
                                                               on_object, command, err);
    }
    cli_object_source_close(source);
    cli_s3_place_deinit(&place);
    return code;
}

int cli_ls(int count, char **words)
{
    ls_command command = {.of = {.common = cli_common_defaults()}};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {ls_options}},
                           .common = &command.of.common,
                           .option = cli_control_take_only,
                           .command = &command,
                           .word = &command.place,
                           .too_many = "ls takes one place: s3://BUCKET/PREFIX"};
    mr_error err;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.of.common.help) {
        (void)puts(
            "millrace ls                        the buckets\n"
            "millrace ls s3://BUCKET[/PREFIX]   the objects whose key begins so\n\n"
            "A server is asked when --endpoint-url or AWS_ENDPOINT_URL names one and --state\n"
            "is not given; otherwise the state directory is read, also while a server has it.\n\n"
            "A line is one object: in keys, control characters and bytes that are no UTF-8 are\n"
            "written \\n, \\r, \\t or \\xNN, and a backslash twice. --output json has keys as they "
            "are,\n"
            "with U+FFFD for what is no UTF-8.\n");
        cli_print_options(ls_options);
        return CLI_EXIT_DONE;
    }
    if (list(&command, &err) != MR_OK) {
        return cli_fail(&err);
    }
    return command.failed || fflush(stdout) != 0 ? CLI_EXIT_MACHINE : CLI_EXIT_DONE;
}
