/*
 * command_tail.c - `millrace tail STREAM`: what is on a stream of a running server, and what comes.
 * Records go to standard output, one a line. Looking takes nothing of the stream's read limits.
 */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "src/cli/control_words.h"
#include "src/cli/known_names.h"
#include "src/cli/tail_reader.h"

#include <stdio.h>
#include <string.h>

#define COUNT_DEFAULT 10
#define COUNT_MOST    100000

enum { TAIL_FROM = 1, TAIL_FOLLOW, TAIL_COUNT, TAIL_OUTPUT, TAIL_ENDPOINT, TAIL_CA };

static const cli_option tail_options[] = {
    {TAIL_FROM, "--from", 0, "first|latest",
     "from the oldest record kept on, or the newest alone (default latest)"},
    {TAIL_COUNT, "--count", 'n', "N",
     "so many records: the newest (default 10), or with --from first the oldest (default all)"},
    {TAIL_FOLLOW, "--follow", 'f', NULL, "go on with what comes, until Ctrl-C or the server's end"},
    {TAIL_OUTPUT, "--output", 0, "text|json", "a line for people, or a JSON object (default text)"},
    {TAIL_ENDPOINT, "--endpoint-url", 0, "URL",
     "where the server is (default AWS_ENDPOINT_URL, or http://127.0.0.1:4566)"},
    {TAIL_CA, "--ca-bundle", 0, "FILE", "for https: the certificates to trust"},
    {CLI_HELP, "--help", 'h', NULL, "this text"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct tail_command {
    cli_common common;
    const char *stream, *endpoint, *ca_bundle;
    bool from_first, follow, is_json;
    bool has_count;
    uint64_t count;
} tail_command;

/* ---- words ---- */

/* *is_second: whether it is that one of the two. */
static mr_code take_either(const cli_item *item, const char *first, const char *second,
                           bool *is_second, mr_error *err)
{
    *is_second = strcmp(item->value, second) == 0;
    return *is_second || strcmp(item->value, first) == 0
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT, "%s %s: give %s or %s", item->name,
                              item->value, first, second);
}

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    tail_command *command = context;
    switch (item->id) {
    case TAIL_FROM:
        return take_either(item, "latest", "first", &command->from_first, err);
    case TAIL_OUTPUT:
        return take_either(item, "text", "json", &command->is_json, err);
    case TAIL_COUNT:
        command->has_count = true;
        return mr_bytes_to_uint64(mr_bytes_of(item->value), &command->count) &&
                       command->count <= COUNT_MOST
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT, "%s %s: give 0 to %d", item->name,
                                  item->value, COUNT_MOST);
    case TAIL_ENDPOINT:
        command->endpoint = item->value;
        return MR_OK;
    case TAIL_CA:
        command->ca_bundle = item->value;
        return MR_OK;
    default:
        command->follow = true;
        return MR_OK;
    }
}

static mr_code parse(int count, char **words, tail_command *command, mr_error *err)
{
    *command = (tail_command){.common = cli_common_defaults()};
    cli_reading reading = {.words = {.words = words, .count = count, .tables = {tail_options}},
                           .common = &command->common,
                           .option = take_option,
                           .command = command,
                           .word = &command->stream,
                           .too_many = "tail takes one stream",
                           .missing = "tail needs a stream: millrace tail NAME"};
    return cli_read(&reading, err);
}

/* ---- printing ---- */

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name, const char *fallback)
{
    const cJSON *value = member(object, name);
    return cJSON_IsString(value) ? value->valuestring : fallback;
}

/* One line, whatever the text has; a terminal is not to be driven by a record. */
static void append_line(mr_strbuf *out, const char *text)
{
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '\n' || c == '\r') {
            mr_strbuf_append_text(out, c == '\n' ? "\\n" : "\\r");
        } else {
            const bool is_control = (c < 0x20 && c != '\t') || c == 0x7f;
            mr_strbuf_append(out, is_control ? "?" : &text[i], 1);
        }
    }
}

static void append_data(mr_strbuf *out, const cJSON *record)
{
    const char *text = text_of(record, "text", NULL);
    if (text != NULL) {
        append_line(out, text);
        return;
    }
    const cJSON *bytes = member(record, "bytes");
    mr_strbuf_appendf(out, "(%s, %.0f bytes) %s", text_of(record, "kind", "binary"),
                      cJSON_IsNumber(bytes) ? bytes->valuedouble : 0, text_of(record, "data", ""));
}

static void append_text(mr_strbuf *out, const char *shard, const cJSON *record)
{
    const cJSON *arrival = member(record, "arrival_us");
    char time[MR_ISO_SIZE];
    mr_iso_format(cJSON_IsNumber(arrival) ? (int64_t)arrival->valuedouble : 0, time);
    mr_strbuf_appendf(out, "%s %s ", time, shard);
    append_line(out, text_of(record, "partition_key", ""));
    mr_strbuf_append_char(out, '\t');
    append_data(out, record);
    mr_strbuf_append_char(out, '\n');
}

/* The record as the server says it, with its shard. text: an object that has members. */
static void append_json(mr_strbuf *out, const char *shard, mr_bytes text)
{
    MR_ASSERT(mr_bytes_ends_with(text, MR_BYTES_LITERAL("}")));
    mr_strbuf_append(out, text.at, text.len - 1);
    mr_strbuf_append_text(out, ",\"shard\":");
    mr_json_append_string(out, mr_bytes_of(shard));
    mr_strbuf_append_text(out, "}\n");
}

/* ---- reading ---- */

typedef struct tailing {
    const tail_command *command;
    mr_control_client *client;
    cli_tail_reader *reader;
    char **lines; /* of the newest: a ring; owned */
    uint64_t room, seen;
    bool is_done;     /* enough, or nobody reads any more */
    mr_code code;     /* inside the live stream */
    int failed_looks; /* one after the other, because the server could not be asked */
    mr_error *err;
} tailing;

static char *line_of(const tailing *t, const char *shard, const cJSON *record, mr_bytes text)
{
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (t->command->is_json) {
        append_json(&line, shard, text);
    } else {
        append_text(&line, shard, record);
    }
    return mr_strbuf_take(&line);
}

static bool print_record(void *context, const char *shard, const cJSON *record, mr_bytes text)
{
    tailing *t = context;
    char *line = line_of(t, shard, record, text);
    t->is_done = fputs(line, stdout) < 0;
    mr_free(line);
    t->seen++;
    if (t->command->from_first && t->command->has_count && t->seen >= t->command->count) {
        t->is_done = true;
    }
    return !t->is_done;
}

static bool keep_record(void *context, const char *shard, const cJSON *record, mr_bytes text)
{
    tailing *t = context;
    char **place = &t->lines[t->seen++ % t->room];
    mr_free(*place);
    *place = line_of(t, shard, record, text);
    return true;
}

/* Of what the shards gave, the newest of the whole stream. */
static mr_code print_newest(tailing *t, mr_error *err)
{
    t->room = t->command->has_count ? t->command->count : COUNT_DEFAULT;
    if (t->room == 0) {
        return MR_OK;
    }
    t->lines = mr_calloc(t->room, sizeof(*t->lines));
    mr_code code = cli_tail_reader_read(t->reader, keep_record, t, err);
    const uint64_t first = t->seen > t->room ? t->seen - t->room : 0;
    for (uint64_t i = first; i < t->seen && code == MR_OK && !t->is_done; i++) {
        t->is_done = fputs(t->lines[i % t->room], stdout) < 0;
    }
    for (uint64_t i = 0; i < t->room; i++) {
        mr_free(t->lines[i]);
    }
    mr_free(t->lines);
    return code;
}

static mr_code print_there_is(tailing *t, mr_error *err)
{
    const tail_command *command = t->command;
    const uint64_t newest = command->has_count ? command->count : COUNT_DEFAULT;
    mr_code code = cli_tail_reader_open(t->reader, command->from_first, newest, err);
    if (code == MR_NOT_FOUND) {
        cli_known_stream_hint(t->client, command->stream, err);
    }
    if (code == MR_OK && command->from_first) {
        t->is_done = command->has_count && command->count == 0;
        code = t->is_done ? MR_OK : cli_tail_reader_read(t->reader, print_record, t, err);
    } else if (code == MR_OK) {
        code = print_newest(t, err);
    }
    t->is_done = fflush(stdout) != 0 || t->is_done;
    return code;
}

/* ---- following ---- */

static mr_code print_what_came(tailing *t, mr_error *err)
{
    mr_code code = cli_tail_reader_look(t->reader, err);
    if (code == MR_OK) {
        code = cli_tail_reader_read(t->reader, print_record, t, err);
    }
    t->is_done = fflush(stdout) != 0 || t->is_done;
    return code;
}

/* A line of the live stream, whose frames and heartbeats say when it is time to look. */
static bool on_line(void *context, mr_bytes line)
{
    tailing *t = context;
    if (line.len > 0) {
        return true;
    }
    t->code = print_what_came(t, t->err);
    t->failed_looks = t->code == MR_IO ? t->failed_looks + 1 : 0;
    if (t->failed_looks == 1) { /* a server that ends: the live stream says so in a moment */
        t->code = MR_OK;
    }
    return t->code == MR_OK && !t->is_done;
}

/* A client waits for one answer at a time, so the live stream has one of its own. */
static mr_code follow(tailing *t, const mr_control_options *options, mr_error *err)
{
    mr_control_client *client = NULL;
    mr_code code = mr_control_client_new(options, &client, err);
    if (code == MR_OK) {
        mr_error live_err;
        t->err = err;
        code = mr_control_client_read_lines(client, "/_millrace/api/live?types=run.ended", on_line,
                                            t, &live_err);
        if (t->code != MR_OK) {
            code = t->code;
        } else if (code != MR_OK) {
            *err = live_err;
        } else if (!t->is_done) {
            cli_control_tell_end(client);
        }
    }
    mr_control_client_free(client);
    return code;
}

static mr_code tail(const tail_command *command, mr_error *err)
{
    const mr_control_options options = {.endpoint_url = command->endpoint,
                                        .ca_bundle = command->ca_bundle,
                                        .user_agent = "millrace/" MILLRACE_VERSION};
    mr_control_client *client = NULL;
    mr_code code = mr_control_client_new(&options, &client, err);
    if (code != MR_OK) {
        return code;
    }
    tailing t = {.command = command,
                 .client = client,
                 .reader = cli_tail_reader_new(client, command->stream)};
    code = print_there_is(&t, err);
    if (code == MR_OK && command->follow && !t.is_done) {
        code = follow(&t, &options, err);
    }
    cli_tail_reader_free(t.reader);
    mr_control_client_free(client);
    return code;
}

int cli_tail(int count, char **words)
{
    mr_error err;
    tail_command command;
    if (parse(count, words, &command, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (command.common.help) {
        printf("millrace tail STREAM [--follow] [--from first|latest] [-n N]\n\n");
        cli_print_options(tail_options);
        (void)puts("\n" CLI_CONTROL_FOLLOW_HELP);
        return CLI_EXIT_DONE;
    }
    return tail(&command, &err) == MR_OK ? CLI_EXIT_DONE : cli_fail(&err);
}
