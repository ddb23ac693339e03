/* command_put.c - `millrace put`: a file's rows on a stream of millrace or of AWS. The summary goes
 * to standard error, or with --json to standard output. */
#include "src/cli/common.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/base/timefmt.h"
#include "sim/producer/input_options.h"
#include "src/app/put_job.h"
#include "src/cli/input_table.h"
#include "src/cli/known_names.h"
#include "src/console/figures.h"

#include <stdio.h>
#include <sys/stat.h>

enum {
    PUT_ENDPOINT_URL = 1,
    PUT_REGION,
    PUT_PROFILE,
    PUT_CA_BUNDLE,
    PUT_REJECTS,
    PUT_JSON,
    PUT_INPUT_OPTION = 500 /* and from here on, by place in the producer's own table */
};

#define REJECTED_SHOWN 5
#define HINT_ANSWER_MS 5000

static const cli_option put_options[] = {
    {PUT_ENDPOINT_URL, "--endpoint-url", 0, "URL",
     "where to put (AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL, a profile, or AWS)"},
    {PUT_REGION, "--region", 0, "NAME", "AWS region (AWS_REGION, a profile)"},
    {PUT_PROFILE, "--profile", 0, "NAME", "of ~/.aws/config and ~/.aws/credentials"},
    {PUT_CA_BUNDLE, "--ca-bundle", 0, "FILE", "the certificates to trust (AWS_CA_BUNDLE)"},
    {PUT_REJECTS, "--rejects", 0, "FILE",
     "keep the rows that are not put in FILE.csv, and why in FILE.reasons"},
    {PUT_JSON, "--json", 0, NULL, "the summary as JSON on standard output"},
    {CLI_SEED, "--seed", 0, "N", "seed of random partition keys and back-offs (default 1)"},
    {CLI_QUIET, "--quiet", 'q', NULL, "errors only"},
    {CLI_HELP, "--help", 'h', NULL, "this help"},
    {0, NULL, 0, NULL, NULL},
};

typedef struct put_words {
    cli_common common;
    cli_option *input_table; /* owned: the producer's options as ours */
    const char *stream, *file;
    char *rejects; /* without its ending; NULL: not kept. Owned */
    mr_aws_wishes wishes;
    mr_input_options input;
    bool json;
    uint64_t rejected; /* told so far */
} put_words;

/* ---- reading the words ---- */

/* With or without the ending that it gets. */
static mr_code take_rejects(put_words *words, const char *value, mr_error *err)
{
    mr_bytes path = mr_bytes_of(value);
    if (mr_bytes_ends_with(path, MR_BYTES_LITERAL(".csv"))) {
        path.len -= strlen(".csv");
    }
    if (path.len == 0 || mr_bytes_ends_with(path, MR_BYTES_LITERAL("/"))) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "--rejects %s: give a file for the rows that are not put", value);
    }
    mr_free(words->rejects);
    words->rejects = mr_bytes_dup(path);
    return MR_OK;
}

static mr_code take_option(void *context, const cli_item *item, mr_error *err)
{
    put_words *words = context;
    switch (item->id) {
    case PUT_ENDPOINT_URL:
        words->wishes.endpoint_url = item->value;
        return MR_OK;
    case PUT_REGION:
        words->wishes.region = item->value;
        return MR_OK;
    case PUT_PROFILE:
        words->wishes.profile = item->value;
        return MR_OK;
    case PUT_CA_BUNDLE:
        words->wishes.ca_bundle = item->value;
        return MR_OK;
    case PUT_REJECTS:
        return take_rejects(words, item->value, err);
    case PUT_JSON:
        words->json = true;
        return MR_OK;
    default:
        return mr_input_option_set(&words->input, item->name + 2, item->value, err);
    }
}

static mr_code take_word(void *context, const cli_item *item, mr_error *err)
{
    put_words *words = context;
    if (words->stream == NULL) {
        words->stream = item->value;
    } else if (words->file == NULL) {
        words->file = item->value;
    } else {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "put takes a stream and a file; %s is one word too many", item->value);
    }
    return MR_OK;
}

/* A name or an ARN (API Reference, "PutRecords"): said here rather than by a service far away. */
static mr_code check_stream(const char *stream, mr_error *err)
{
    size_t len = strlen(stream);
    bool is_arn = strncmp(stream, "arn:", 4) == 0;
    bool is_name = len >= 1 && len <= 128 &&
                   strspn(stream, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "_.-") == len;
    return is_arn || is_name
               ? MR_OK
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "stream %s: give a name of 1 to 128 letters, digits, _ . - or an ARN",
                              stream);
}

/* The rejected rows are written while the file is read: into another one. */
static mr_code check_rejects(const put_words *words, mr_error *err)
{
    if (words->rejects == NULL) {
        return MR_OK;
    }
    struct stat input, rejects;
    char *path = mr_format("%s.csv", words->rejects);
    const bool same = stat(words->file, &input) == 0 && stat(path, &rejects) == 0 &&
                      input.st_dev == rejects.st_dev && input.st_ino == rejects.st_ino;
    mr_free(path);
    return same ? mr_error_set(err, MR_INVALID_ARGUMENT,
                               "--rejects %s.csv is the file that is put: name another one",
                               words->rejects)
                : MR_OK;
}

static mr_code read_words(int count, char **words, put_words *out, mr_error *err)
{
    *out = (put_words){.common = cli_common_defaults(),
                       .input_table = cli_input_table_new(PUT_INPUT_OPTION, NULL)};
    mr_input_options_init(&out->input);
    cli_reading reading = {
        .words = {.words = words, .count = count, .tables = {put_options, out->input_table}},
        .common = &out->common,
        .option = take_option,
        .take_word = take_word,
        .command = out};
    mr_code code = cli_read(&reading, err);
    if (code != MR_OK || out->common.help) {
        return code;
    }
    if (out->file == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "put needs a stream and a file: millrace put CrimeStream crimes.csv");
    }
    code = check_stream(out->stream, err);
    return code == MR_OK ? check_rejects(out, err) : code;
}

static void print_help(const put_words *words)
{
    printf("millrace put STREAM FILE [--endpoint-url URL]\n\n");
    cli_print_options(put_options);
    printf("\nhow the file is read and sent:\n");
    cli_print_options(words->input_table);
}

/* ---- what is told on the way ---- */

static void on_rejected(void *context, const char *file, uint64_t line, const char *why)
{
    put_words *words = context;
    words->rejected++;
    if (words->common.quiet || words->rejected > REJECTED_SHOWN) {
        return;
    }
    (void)fprintf(stderr, "millrace: warning: %s:%llu: %s%s\n", file, (unsigned long long)line, why,
                  words->rejected == REJECTED_SHOWN ? " (more are only counted)" : "");
}

static void on_lost(void *context, const char *why)
{
    const put_words *words = context;
    if (!words->common.quiet) {
        (void)fprintf(stderr, "millrace: warning: no answer (%s); trying again\n", why);
    }
}

/* ---- the summary ---- */

static double records_per_second(const mr_put_job_result *result)
{
    return result->elapsed_us <= 0 ? 0
                                   : (double)result->counts.records * (double)MR_US_PER_SECOND /
                                         (double)result->elapsed_us;
}

static void append_count(mr_strbuf *out, const char *before, uint64_t value, const char *what)
{
    mr_strbuf_append_text(out, before);
    mr_figure_count(out, value);
    mr_strbuf_append_text(out, what);
}

/* Whether there is a file of rows that were not put. */
static bool keeps_rejects(const put_words *words)
{
    return words->rejects != NULL && words->rejected > 0;
}

static void print_text(const put_words *words, const mr_aws_settings *settings,
                       const mr_put_job_result *result)
{
    const mr_producer_counts *counts = &result->counts;
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_appendf(&out, "put        %s -> %s at %s (%s)\n", words->file, words->stream,
                      settings->endpoint.url, settings->region);
    append_count(&out, "           ", counts->rows, " rows in, ");
    append_count(&out, "", counts->records, " records put in ");
    append_count(&out, "", counts->batches, counts->batches == 1 ? " batch\n" : " batches\n");
    append_count(&out, "           ", counts->throttled, " throttled, ");
    append_count(&out, "", counts->retries, " retried, ");
    append_count(&out, "", counts->rejected, " rejected, ");
    append_count(&out, "", counts->given_up, " given up");
    if (keeps_rejects(words)) {
        mr_strbuf_appendf(&out, " (see %s.csv)", words->rejects);
    }
    mr_strbuf_append_char(&out, '\n');
    if (result->lost > 0) {
        append_count(&out, "           ", result->lost,
                     " answers lost: their records may be there twice\n");
    }
    if (result->in_doubt > 0) {
        append_count(&out, "           ", result->in_doubt,
                     " records were under way: they may be there or not\n");
    }
    mr_strbuf_append_text(&out, "time       ");
    mr_figure_duration(&out, result->elapsed_us);
    append_count(&out, ", ", (uint64_t)records_per_second(result), " records/s\n");
    (void)fputs(mr_strbuf_text(&out), stderr);
    mr_strbuf_deinit(&out);
}

static void print_json(const put_words *words, const mr_aws_settings *settings,
                       const mr_put_job_result *result, const mr_error *failed)
{
    const mr_producer_counts *counts = &result->counts;
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"rows", counts->rows},           {"records", counts->records},
        {"bytes", counts->bytes},         {"batches", counts->batches},
        {"throttled", counts->throttled}, {"retries", counts->retries},
        {"rejected", counts->rejected},   {"given_up", counts->given_up},
        {"answers_lost", result->lost},   {"in_doubt", result->in_doubt},
    };
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(&out);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "format", 1);
    mr_json_field_string(&json, "file", words->file);
    mr_json_field_string(&json, "stream", words->stream);
    mr_json_field_string(&json, "endpoint", settings->endpoint.url);
    mr_json_field_string(&json, "region", settings->region);
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        mr_json_field_int(&json, members[i].name, (int64_t)members[i].value);
    }
    mr_json_key(&json, "seconds");
    mr_json_double(&json, (double)result->elapsed_us / (double)MR_US_PER_SECOND);
    mr_json_key(&json, "records_per_second");
    mr_json_double(&json, records_per_second(result));
    if (keeps_rejects(words)) {
        char *path = mr_format("%s.csv", words->rejects);
        mr_json_field_string(&json, "rejects", path);
        mr_free(path);
    }
    if (failed != NULL) {
        mr_json_field_string(&json, "error", failed->message);
    }
    mr_json_object_end(&json);
    printf("%s\n", mr_strbuf_text(&out));
    (void)fflush(stdout);
    mr_strbuf_deinit(&out);
}

/* ---- the command ---- */

/* What is not there is a failure: a row rejected is one only when --strict says so. */
static int exit_of(const put_words *words, const mr_put_job_result *result)
{
    if (result->counts.given_up == 0) {
        return CLI_EXIT_DONE;
    }
    (void)fprintf(stderr, "millrace: %llu records were not put: --retries %u was not enough\n",
                  (unsigned long long)result->counts.given_up, words->input.retries);
    return CLI_EXIT_FAILED;
}

/* A stream may be called by its template's logical id; a server that is a millrace knows that. AWS
 * is not asked, and nobody is waited for long. */
static void hint_at_stream(const put_words *words, const mr_aws_settings *settings, mr_error *err)
{
    const mr_control_options options = {.endpoint_url = settings->endpoint.url,
                                        .ca_bundle = settings->ca_bundle,
                                        .user_agent = "millrace/" MILLRACE_VERSION,
                                        .answer_ms = HINT_ANSWER_MS};
    mr_control_client *client = NULL;
    mr_error making;
    if (strstr(settings->endpoint.host, ".amazonaws.com") == NULL &&
        mr_control_client_new(&options, &client, &making) == MR_OK) {
        cli_known_stream_hint(client, words->stream, err);
    }
    mr_control_client_free(client);
}

static int put_with(put_words *words, const mr_aws_settings *settings)
{
    mr_error err = {0};
    mr_producer_options producer = {.retries = 0};
    if (mr_input_options_apply(&words->input, words->file, &producer, &err) != MR_OK) {
        return cli_fail(&err);
    }
    if (settings->test_credentials && !words->common.quiet) {
        (void)fputs("millrace: note: no AWS credentials found; signing as test, which a local "
                    "endpoint takes\n",
                    stderr);
    }
    mr_put_job job = {.settings = settings,
                      .stream = words->stream,
                      .file = words->file,
                      .producer = &producer,
                      .rejects = words->rejects,
                      .seed = words->common.seed,
                      .show_progress = !words->common.quiet,
                      .rejected = on_rejected,
                      .lost = on_lost,
                      .context = words};
    mr_put_job_result result;
    mr_code code = mr_put_job_run(&job, &result, &err);
    if (words->json) {
        print_json(words, settings, &result, code == MR_OK ? NULL : &err);
    } else if (!words->common.quiet && result.counts.batches > 0) {
        print_text(words, settings, &result);
    }
    if (code == MR_OK) {
        return exit_of(words, &result);
    }
    if (code == MR_STREAM_NOT_FOUND) {
        hint_at_stream(words, settings, &err);
    }
    int status = cli_fail(&err);
    bool strict_row = code == MR_BAD_INPUT && words->input.strict && words->rejected > 0;
    return strict_row ? CLI_EXIT_FAILED : status;
}

static int put(put_words *words)
{
    mr_error err;
    mr_aws_settings settings;
    mr_code code = mr_aws_settings_find(&words->wishes, &settings, &err);
    int status = code == MR_OK ? put_with(words, &settings) : cli_fail(&err);
    mr_aws_settings_deinit(&settings);
    return status;
}

int cli_put(int count, char **words)
{
    put_words command;
    mr_error err;
    int status = CLI_EXIT_DONE;
    if (read_words(count, words, &command, &err) != MR_OK) {
        status = cli_fail(&err);
    } else if (command.common.help) {
        print_help(&command);
    } else {
        status = put(&command);
    }
    mr_free(command.rejects);
    mr_input_options_deinit(&command.input);
    cli_input_table_free(command.input_table);
    return status;
}
