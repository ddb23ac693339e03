/* command_events.c - `millrace events`: what has happened in a running server, and what happens, a
 * JSON object a line, as --events writes it. */
#include "src/cli/control_words.h"

#include "sim/base/alloc.h"
#include "src/aws/uri.h"
#include "src/cli/json_slice.h"

#include <stdio.h>
#include <string.h>

#define COUNT_DEFAULT 100
#define COUNT_MOST    1000 /* as many as the server gives at once */

enum { EVENTS_TYPE = 1, EVENTS_FOLLOW, EVENTS_COUNT };

static const cli_option events_options[] = {
    {EVENTS_FOLLOW, "--follow", 'f', NULL,
     "go on with what comes, until Ctrl-C or the server's end"},
    {EVENTS_TYPE, "--type", 0, "TYPES", "these alone: buffer.flushed,object.written"},
    {EVENTS_COUNT, "--count", 'n', "N", "so many of the newest first (default 100, at most 1000)"},
    CLI_CONTROL_OPTIONS,
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct events_command {
    cli_common common;
    cli_control_words control;
    const char *types; /* NULL: all */
    uint64_t count;
    bool follow;
    cli_stop_watch watch;

    uint64_t last; /* the number of the newest that was printed, or need not be */
    bool is_done;  /* nobody reads any more */
} events_command;

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    events_command *command = context;
    switch (item->id) {
    case EVENTS_FOLLOW:
        command->follow = true;
        return MR_OK;
    case EVENTS_TYPE:
        command->types = item->value;
        return MR_OK;
    case EVENTS_COUNT:
        return mr_bytes_to_uint64(mr_bytes_of(item->value), &command->count) &&
                       command->count <= COUNT_MOST
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT, "%s %s: give 0 to %d", item->name,
                                  item->value, COUNT_MOST);
    default:
        break;
    }
    bool taken;
    mr_code code = cli_control_take(&command->control, item, &taken, err);
    MR_ASSERT(code != MR_OK || taken);
    return code;
}

/* "&NAME=a,b" of the types that are asked for; nothing without them. */
static void append_types(const events_command *command, const char *name, mr_strbuf *path)
{
    if (command->types != NULL) {
        mr_strbuf_appendf(path, "&%s=", name);
        mr_uri_encode(path, mr_bytes_of(command->types), false);
    }
}

/* The events of a page, each on a line. What a client has seen, it does not get again. */
static void print_events(events_command *command, mr_bytes page)
{
    mr_json_walk walk = cli_json_elements(page, "events");
    while (!command->is_done && mr_json_walk_next(&walk)) {
        const mr_bytes event = mr_field_bytes(walk.value);
        const uint64_t id = cli_json_uint(event, "id", 0);
        if (id > command->last) {
            cli_control_print_json(event);
            command->last = id;
        }
    }
    command->is_done = fflush(stdout) != 0 || command->is_done;
}

static mr_code print_there_is(events_command *command, mr_control_client *client, mr_error *err)
{
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&path, "/_millrace/api/events?limit=%llu",
                      (unsigned long long)(command->count == 0 ? 1 : command->count));
    append_types(command, "type", &path);
    cli_control_answer page;
    mr_code code = cli_control_ask(client, "GET", mr_strbuf_text(&path), NULL, &page, err);
    if (code == MR_OK && command->count > 0) {
        print_events(command, mr_bytes_of(page.text));
    }
    if (code == MR_OK) { /* what comes is behind these, whatever their types */
        command->last = cli_json_uint(mr_bytes_of(page.text), "last", 0);
    }
    cli_control_answer_deinit(&page);
    mr_strbuf_deinit(&path);
    return code;
}

/* A line of the event stream. Events that were skipped are named, on standard error. */
static bool on_line(void *context, mr_bytes line)
{
    events_command *command = context;
    const mr_bytes mark = mr_bytes_of("data: ");
    if (mr_bytes_starts_with(line, mark)) {
        const mr_bytes data = mr_bytes_make(line.at + mark.len, line.len - mark.len);
        print_events(command, data);
        const uint64_t skipped = cli_json_uint(data, "skipped", 0);
        if (skipped > 0) {
            (void)fprintf(stderr,
                          "millrace: warning: %llu events came faster than they are shown\n",
                          (unsigned long long)skipped);
        }
    }
    return !command->is_done;
}

static mr_code follow(events_command *command, mr_control_client *client, mr_error *err)
{
    mr_strbuf path = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&path, "/_millrace/api/live?state=false&after=%llu",
                      (unsigned long long)command->last);
    append_types(command, "types", &path);
    mr_code code =
        mr_control_client_read_lines(client, mr_strbuf_text(&path), on_line, command, err);
    mr_strbuf_deinit(&path);
    if (code == MR_OK && !command->is_done) {
        cli_control_tell_end(client);
    }
    return code == MR_INTERRUPTED ? MR_OK : code; /* Ctrl-C is how it ends */
}

static mr_code show(events_command *command, mr_error *err)
{
    mr_control_client *client = NULL;
    mr_code code =
        cli_control_open(&command->control, cli_stop_watch_asks, &command->watch, &client, err);
    if (code == MR_OK) {
        code = print_there_is(command, client, err);
    }
    if (code == MR_OK && command->follow && !command->is_done) {
        code = follow(command, client, err);
    }
    mr_control_client_free(client);
    return code;
}

int cli_events(int count, char **words)
{
    events_command command = {.common = cli_common_defaults(), .count = COUNT_DEFAULT};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {events_options}},
                           .common = &command.common,
                           .option = take_option,
                           .command = &command,
                           .too_many = "events takes no words"};
    mr_error err;
    if (cli_read(&reading, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.common.help) {
        (void)puts("millrace events [--follow] [--type TYPES]\n");
        cli_print_options(events_options);
        (void)puts("\n" CLI_CONTROL_FOLLOW_HELP);
        return CLI_EXIT_DONE;
    }
    cli_stop_watch_begin(&command.watch);
    const mr_code code = show(&command, &err);
    cli_stop_watch_end(&command.watch);
    return code == MR_OK ? CLI_EXIT_DONE : cli_fail(&err);
}
