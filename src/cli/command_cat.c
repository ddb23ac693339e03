/* command_cat.c - `millrace cat`: an object's bytes on standard output, piece by piece. */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "src/cli/gunzip_sink.h"
#include "src/cli/object_source.h"
#include "src/cli/object_words.h"

#include <stdio.h>

enum { CAT_DECODE = 1 };

static const cli_option cat_options[] = {
    {CAT_DECODE, "--decode", 0, NULL, "unpack gzip; what is none comes as it is"},
    {CLI_STATE, "--state", 0, "DIR", "state directory to read (default .millrace)"},
    CLI_CONTROL_OPTIONS,
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct cat_command {
    cli_common common;
    cli_control_words control;
    const char *place;
    bool decode;
    bool failed; /* standard output takes no more */
} cat_command;

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    cat_command *command = context;
    bool taken;
    mr_code code = cli_control_take(&command->control, item, &taken, err);
    command->decode = command->decode || (code == MR_OK && !taken);
    return code;
}

static bool on_bytes(void *context, mr_bytes piece)
{
    cat_command *command = context;
    command->failed = fwrite(piece.at, 1, piece.len, stdout) != piece.len;
    return !command->failed;
}

static bool on_packed(void *context, mr_bytes piece)
{
    return cli_gunzip_sink_write(context, piece);
}

static mr_code copy(cat_command *command, cli_object_source *source, const cli_s3_place *place,
                    mr_error *err)
{
    if (!command->decode) {
        return cli_object_source_read(source, place->bucket, place->key, on_bytes, command, err);
    }
    cli_gunzip_sink *sink = cli_gunzip_sink_new(on_bytes, command);
    mr_code code = cli_object_source_read(source, place->bucket, place->key, on_packed, sink, err);
    if (code == MR_OK) {
        code = cli_gunzip_sink_finish(sink, err);
    }
    cli_gunzip_sink_free(sink);
    return code;
}

static mr_code find_and_copy(cat_command *command, mr_error *err)
{
    cli_s3_place place;
    cli_object_source *source = NULL;
    mr_code code = cli_s3_place_parse(command->place, &place, err);
    if (code != MR_OK) {
        return code;
    }
    code = place.key[0] == '\0'
               ? mr_error_set(err, MR_INVALID_ARGUMENT,
                              "%.300s is a bucket: give s3://BUCKET/KEY (`millrace ls %.300s` "
                              "lists its objects)",
                              command->place, command->place)
               : cli_object_source_open(command->common.state, &command->control, &source, err);
    if (code == MR_OK) {
        code = copy(command, source, &place, err);
    }
    cli_object_source_close(source);
    cli_s3_place_deinit(&place);
    return code;
}

int cli_cat(int count, char **words)
{
    cat_command command = {.common = cli_common_defaults()};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {cat_options}},
                           .common = &command.common,
                           .option = take_option,
                           .command = &command,
                           .word = &command.place,
                           .too_many = "cat takes one object",
                           .missing = "cat needs an object: millrace cat s3://BUCKET/KEY"};
    mr_error err;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.common.help) {
        (void)puts(
            "millrace cat s3://BUCKET/KEY [--decode]\n\n"
            "A server is asked when --endpoint-url or AWS_ENDPOINT_URL names one and --state\n"
            "is not given; otherwise the state directory is read, also while a server has it.\n");
        cli_print_options(cat_options);
        return CLI_EXIT_DONE;
    }
    const mr_code code = find_and_copy(&command, &err);
    const bool is_written = fflush(stdout) == 0 && !command.failed;
    if (code != MR_OK) {
        return cli_fail(&err);
    }
    return is_written ? CLI_EXIT_DONE : CLI_EXIT_MACHINE;
}
