/* recording_test.c - a recording's lines, written and read; its file, whole, cut and damaged; and
 * the recorder between a producer and its target. */
#include "src/producer/recorder.h"
#include "src/producer/recording_file.h"

#include "src/platform/platform.h"
#include "tests/check.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#define START INT64_C(1735689600000000) /* 2025-01-01T00:00:00Z */

#define HEADER                                                                                     \
    "{\"millrace\":\"recording\",\"format\":1,\"template\":\"t.yaml\",\"parameters\":{},"          \
    "\"region\":\"us-east-1\",\"seed\":1,\"start\":\"2025-01-01T00:00:00Z\",\"limits\":true,"      \
    "\"no-builtin\":false}\n"
#define PUT(at)            "{\"at_us\":" #at ",\"target\":\"s\",\"records\":[{\"key\":\"k\",\"data\":\"\"}]}\n"
#define END(puts, records) "{\"end_us\":9,\"puts\":" #puts ",\"records\":" #records "}\n"

/* ---- lines ---- */

static void test_a_header_reads_back_as_it_was_written(void **state)
{
    (void)state;
    const mr_recording_parameter parameters[] = {{"Shards", "2"}, {"Quote\"", "\xc3\xa9\n"}};
    const mr_recording_header header = {.template_file = "../a b/t.yaml",
                                        .parameters = parameters,
                                        .parameter_count = 2,
                                        .region = "eu-west-1",
                                        .seed = UINT64_MAX,
                                        .start_us = START + 1,
                                        .use_code = true};
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_recording_header_write(&header, &text);
    CHECK_STR("text", mr_strbuf_text(&text),
              "{\"millrace\":\"recording\",\"format\":1,\"template\":\"../a b/t.yaml\","
              "\"parameters\":{\"Shards\":\"2\",\"Quote\\\"\":\"\xc3\xa9\\n\"},"
              "\"region\":\"eu-west-1\",\"seed\":18446744073709551615,"
              "\"start\":\"2025-01-01T00:00:00.000001Z\",\"limits\":false,\"no-builtin\":true}\n");

    mr_arena *arena = mr_arena_new();
    mr_recording_header got;
    mr_error err;
    CHECK_OK("read", mr_recording_header_read(mr_strbuf_bytes(&text), arena, &got, &err), &err);
    CHECK_STR("template", got.template_file, header.template_file);
    CHECK_INT("parameters", got.parameter_count, 2);
    CHECK_STR("name", got.parameters[1].name, "Quote\"");
    CHECK_STR("value", got.parameters[1].value, "\xc3\xa9\n");
    CHECK_STR("region", got.region, "eu-west-1");
    CHECK_TRUE("seed", got.seed == UINT64_MAX);
    CHECK_INT("start", got.start_us, START + 1);
    CHECK_TRUE("limits", !got.limits);
    CHECK_TRUE("code", got.use_code);
    mr_arena_free(arena);
    mr_strbuf_deinit(&text);
}

static void check_same_put(const mr_recording_put *got, const mr_recording_put *want)
{
    assert_non_null(got);
    CHECK_INT("at", got->at_us, want->at_us);
    CHECK_BYTES("target", got->target, want->target);
    CHECK_INT("count", got->count, want->count);
    for (size_t i = 0; i < want->count; i++) {
        CHECK_BYTES("key", got->records[i].partition_key, want->records[i].partition_key);
        CHECK_BYTES("data", got->records[i].data, want->records[i].data);
        CHECK_INT("hash", got->records[i].has_explicit_hash, want->records[i].has_explicit_hash);
        CHECK_TRUE("hash", got->records[i].explicit_hash == want->records[i].explicit_hash);
    }
}

/* Keys that are not UTF-8 or need escapes, every byte in the data, an explicit hash. */
static void test_odd_keys_and_binary_data_read_back_byte_for_byte(void **state)
{
    (void)state;
    char every_byte[256];
    for (size_t i = 0; i < sizeof(every_byte); i++) {
        every_byte[i] = (char)(unsigned char)i;
    }
    const mr_record records[] = {
        {.partition_key = MR_BYTES_LITERAL("plain"), .data = {every_byte, sizeof(every_byte)}},
        {.partition_key = MR_BYTES_LITERAL("\xff\xfe"), .data = MR_BYTES_LITERAL("")},
        {.partition_key = MR_BYTES_LITERAL("a\"\\\x01\0z\xc3\xa9"),
         .data = MR_BYTES_LITERAL("\0"),
         .has_explicit_hash = true,
         .explicit_hash = ~(mr_u128)0},
        {.partition_key = MR_BYTES_LITERAL(""),
         .data = MR_BYTES_LITERAL("x"),
         .has_explicit_hash = true},
    };
    const mr_recording_put put = {.at_us = MR_RECORDING_SPAN_US_MAX,
                                  .target = MR_BYTES_LITERAL("my \"stream\""),
                                  .records = records,
                                  .count = MR_COUNT(records)};
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_recording_put_write(&put, &text);
    mr_recording_line *line = mr_recording_line_new();
    mr_error err;
    CHECK_OK("read", mr_recording_line_read(line, mr_strbuf_bytes(&text), &err), &err);
    check_same_put(mr_recording_line_put(line), &put);
    CHECK_TRUE("no end", mr_recording_line_end(line) == NULL);
    mr_recording_line_free(line);
    mr_strbuf_deinit(&text);
}

static void test_a_put_and_the_end_are_written_so(void **state)
{
    (void)state;
    const mr_record record = {.partition_key = MR_BYTES_LITERAL("\xff"),
                              .data = MR_BYTES_LITERAL("1|2"),
                              .has_explicit_hash = true,
                              .explicit_hash = 12};
    const mr_recording_put put = {
        .at_us = 5, .target = MR_BYTES_LITERAL("s"), .records = &record, .count = 1};
    const mr_recording_end end = {.end_us = 6, .puts = 1, .records = 2};
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_recording_put_write(&put, &text);
    mr_recording_end_write(&end, &text);
    CHECK_STR("text", mr_strbuf_text(&text),
              "{\"at_us\":5,\"target\":\"s\",\"records\":[{\"key64\":\"/w==\",\"hash\":\"12\","
              "\"data\":\"MXwy\"}]}\n{\"end_us\":6,\"puts\":1,\"records\":2}\n");
    mr_strbuf_deinit(&text);
}

static void test_a_damaged_line_says_what_is_wrong(void **state)
{
    (void)state;
#define RECORD(text) "{\"at_us\":1,\"target\":\"s\",\"records\":[" text "]}"
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "not one whole JSON object"},
        {"{\"at_us\":1,\"target\":\"s\"", "not one whole JSON object"},
        {RECORD("{\"key\":\"k\",\"data\":\"\"}") " x", "not one whole JSON object"},
        {"{}", "neither a put"},
        {"{\"at_us\":1,\"target\":\"s\",\"records\":3}", "neither a put"},
        {"{\"at_us\":1,\"puts\":1}", "neither a put"},
        {"{\"at_us\":-1}", "\"at_us\" is not a number of microseconds"},
        {"{\"at_us\":1.5}", "\"at_us\" is not"},
        {"{\"at_us\":2208988800000001}", "\"at_us\" is not"},
        {"{\"at_us\":1,\"at_us\":1}", "\"at_us\" is there twice"},
        {"{\"target\":\"\"}", "\"target\" is not the name of a stream"},
        {"{\"target\":\"a\\u0000b\"}", "\"target\" is not the name of a stream"},
        {"{\"end_us\":1,\"puts\":-1}", "\"puts\" is not a whole number"},
        {"{\"stream\":\"s\"}", "no member \"stream\" can be here"},
        {RECORD(""), "a put of no records"},
        {RECORD("1"), "\"records\" is not a list of objects"},
        {RECORD("{\"key\":\"k\"}"), "record 1 lacks \"data\""},
        {RECORD("{\"data\":\"\"}"), "record 1 lacks \"key\""},
        {RECORD("{\"key\":\"k\",\"data\":\"A\"}"), "\"data\" is not base64"},
        {RECORD("{\"key64\":\"A\",\"data\":\"\"}"), "\"key64\" is not base64"},
        {RECORD("{\"key\":\"k\",\"key64\":\"\",\"data\":\"\"}"), "\"key64\" is there twice"},
        {RECORD("{\"key\":\"k\",\"hash\":\"340282366920938463463374607431768211456\"}"),
         "\"hash\" is not"},
        {RECORD("{\"key\":\"k\",\"hsh\":\"1\"}"), "no member \"hsh\" can be here"},
    };
    mr_recording_line *line = mr_recording_line_new();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err = {0};
        CHECK_CODE(cases[i].text, mr_recording_line_read(line, mr_bytes_of(cases[i].text), &err),
                   MR_BAD_INPUT);
        CHECK_HAS(cases[i].text, err.message, cases[i].want);
    }
    mr_recording_line_free(line);
}

static void test_a_put_has_at_most_500_records(void **state)
{
    (void)state;
    static mr_record records[MR_PUT_RECORDS_MAX + 1];
    mr_recording_line *line = mr_recording_line_new();
    for (size_t count = MR_PUT_RECORDS_MAX; count <= MR_COUNT(records); count++) {
        mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_recording_put_write(&(mr_recording_put){.target = MR_BYTES_LITERAL("s"),
                                                   .records = records,
                                                   .count = count},
                               &text);
        mr_error err;
        CHECK_CODE("read", mr_recording_line_read(line, mr_strbuf_bytes(&text), &err),
                   count == MR_PUT_RECORDS_MAX ? MR_OK : MR_BAD_INPUT);
        mr_strbuf_deinit(&text);
    }
    mr_recording_line_free(line);
}

static void test_what_is_no_header_of_this_format_is_refused(void **state)
{
    (void)state;
#define WITH(members) "{\"millrace\":\"recording\",\"format\":1," members "}"
    static const struct {
        const char *text;
        mr_code code;
        const char *want;
    } cases[] = {
        {"id,name", MR_BAD_INPUT, "not a recording"},
        {"{\"millrace\":\"events\",\"format\":1}", MR_BAD_INPUT, "not a recording"},
        {"{\"millrace\":\"recording\"}", MR_BAD_INPUT, "not a recording"},
        {"{\"millrace\":\"recording\",\"format\":2,\"zip\":[1]}", MR_NEWER_VERSION, "format 2"},
        {WITH("\"seed\":1"), MR_BAD_INPUT, "the header lacks \"template\""},
        {WITH("\"seed\":\"1\""), MR_BAD_INPUT, "\"seed\" is not a whole number"},
        {WITH("\"seed\":1,\"seed\":1"), MR_BAD_INPUT, "\"seed\" is there twice"},
        {WITH("\"limits\":1"), MR_BAD_INPUT, "\"limits\" is not true or false"},
        {WITH("\"start\":\"soon\""), MR_BAD_INPUT, "\"start\" is not a time"},
        {WITH("\"start\":\"2400-01-01\""), MR_BAD_INPUT, "\"start\" is not a time"},
        {WITH("\"start\":\"1969-12-31\""), MR_BAD_INPUT, "\"start\" is not a time"},
        {WITH("\"template\":\"a\\u0000\""), MR_BAD_INPUT, "without NUL"},
        {WITH("\"parameters\":[]"), MR_BAD_INPUT, "\"parameters\" is not an object"},
        {WITH("\"parameters\":{\"A\":1}"), MR_BAD_INPUT, "\"A\" is not a text"},
        {WITH("\"speed\":1"), MR_BAD_INPUT, "no member \"speed\" can be here"},
    };
    mr_arena *arena = mr_arena_new();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_recording_header header;
        mr_error err = {0};
        CHECK_CODE(cases[i].text,
                   mr_recording_header_read(mr_bytes_of(cases[i].text), arena, &header, &err),
                   cases[i].code);
        CHECK_HAS(cases[i].text, err.message, cases[i].want);
    }
    mr_arena_free(arena);
}

/* ---- the file ---- */

static char *write_file(const char *directory, const char *name, const char *text)
{
    char *path = mr_format("%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

/* Reads every put. The answer of the call that ended it; puts and is_cut: out. */
static mr_code read_all(const char *path, size_t *puts, bool *is_cut, mr_error *err)
{
    mr_recording_file *file = NULL;
    const mr_recording_put *put = NULL;
    *puts = 0;
    mr_code code = mr_recording_file_open(mr_platform_fs(), path, &file, err);
    if (code != MR_OK) {
        return code;
    }
    while ((code = mr_recording_file_next(file, &put, err)) == MR_OK && put != NULL) {
        ++*puts;
    }
    *is_cut = mr_recording_file_is_cut(file);
    mr_error after;
    CHECK_OK("stays ended", mr_recording_file_next(file, &put, &after), &after);
    CHECK_TRUE("stays ended", put == NULL);
    mr_recording_file_close(file);
    return code;
}

static void test_a_file_is_read_to_its_end_or_to_its_first_wrong_line(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text;
        mr_code code;
        const char *want; /* of the message */
        size_t puts;
        bool is_cut;
    } cases[] = {
        {"whole", HEADER PUT(1) PUT(2) END(2, 2), MR_OK, NULL, 2, false},
        {"no put", HEADER END(0, 0), MR_OK, NULL, 0, false},
        {"killed", HEADER PUT(1) PUT(2), MR_OK, NULL, 2, true},
        {"killed at once", HEADER, MR_OK, NULL, 0, true},
        {"torn", HEADER PUT(1) "{\"at_us\":2,\"tar", MR_OK, NULL, 1, true},
        {"only the line end lacks", HEADER PUT(1) "{\"end_us\":2,\"puts\":1,\"records\":1}", MR_OK,
         NULL, 1, false},
        {"damaged", HEADER PUT(1) "{\"at_us\":2,\"tar\n" PUT(3), MR_BAD_INPUT, "r:3: not one", 1,
         false},
        {"an empty line", HEADER "\n" PUT(1), MR_BAD_INPUT, "r:2: not one", 0, false},
        {"a line gone", HEADER PUT(2) END(2, 2), MR_BAD_INPUT, "r:3: the last line counts 2 puts",
         1, false},
        {"records gone", HEADER PUT(2) END(1, 2), MR_BAD_INPUT, "lines are missing", 1, false},
        {"behind the end", HEADER END(0, 0) PUT(1), MR_BAD_INPUT, "r:3: a line behind the last", 0,
         false},
        {"empty", "", MR_BAD_INPUT, "r:1: the file is empty", 0, false},
        {"CSV", "id,name\n1,2\n", MR_BAD_INPUT, "r:1: not a recording", 0, false},
    };
    char *directory = check_temp_dir();
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *path = write_file(directory, "r", cases[i].text);
        size_t puts;
        bool is_cut = false;
        mr_error err = {0};
        CHECK_CODE(cases[i].label, read_all(path, &puts, &is_cut, &err), cases[i].code);
        CHECK_INT(cases[i].label, puts, cases[i].puts);
        if (cases[i].code == MR_OK) {
            CHECK_INT(cases[i].label, is_cut, cases[i].is_cut);
        } else {
            CHECK_HAS(cases[i].label, err.message, cases[i].want);
        }
        mr_free(path);
    }
    check_remove_dir(directory);
}

static void test_a_file_that_is_not_there_is_said_so(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *path = mr_format("%s/r", directory);
    mr_recording_file *file = NULL;
    mr_error err;
    CHECK_CODE("open", mr_recording_file_open(mr_platform_fs(), path, &file, &err), MR_NOT_FOUND);
    mr_free(path);
    check_remove_dir(directory);
}

static void test_a_line_past_the_limit_is_not_read(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *path = write_file(directory, "r", HEADER PUT(1));
    FILE *file = fopen(path, "r+"); /* a hole: one line of zeros that costs no disk */
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)(MR_RECORDING_LINE_BYTES_MAX + MR_MIB), SEEK_SET), 0);
    fputc('x', file);
    fclose(file);
    size_t puts;
    bool is_cut;
    mr_error err;
    CHECK_CODE("read", read_all(path, &puts, &is_cut, &err), MR_TOO_LARGE);
    CHECK_INT("before it", puts, 1);
    CHECK_HAS("place", err.message, "r:3: a line of more than 67108864 bytes");
    mr_free(path);
    check_remove_dir(directory);
}

/* ---- the recorder ---- */

/* A target that counts what reaches it and refuses everything. */
static mr_code refuse(void *context, const mr_record *records, size_t count, mr_put_result *results,
                      size_t *failed, mr_error *err)
{
    (void)records, (void)results, (void)err;
    *(size_t *)context += count;
    *failed = count;
    return MR_THROTTLED;
}

/* The real file system, whose writes fail once `fails` is set: found from the wrapper by place. */
typedef struct failing_fs {
    mr_file_system fs;
    bool fails;
} failing_fs;

static mr_code write_or_fail(mr_file_system *fs, mr_file *file, mr_bytes bytes, uint64_t offset,
                             mr_error *err)
{
    mr_file_system *real = mr_platform_fs();
    return ((failing_fs *)fs)->fails ? mr_error_os(err, ENOSPC, "writing")
                                     : real->write_at(real, file, bytes, offset, err);
}

typedef struct recorded {
    char *directory, *path;
    mr_clock *clock;
    failing_fs fs;
    mr_recorder *recorder;
    size_t reached; /* records that reached the target */
    mr_producer_target target;
} recorded;

static void recorded_open(recorded *r, const char *name)
{
    mr_error err;
    r->directory = check_temp_dir();
    r->path = mr_format("%s/%s", r->directory, name);
    r->clock = mr_clock_new(&(mr_clock_options){.start_us = START});
    r->fs = (failing_fs){.fs = *mr_platform_fs()};
    r->fs.fs.write_at = write_or_fail;
    r->reached = 0;
    const mr_recording_header header = {
        .template_file = "t.yaml", .region = "us-east-1", .seed = 1, .start_us = START};
    const mr_recorder_options options = {
        .path = r->path, .fs = &r->fs.fs, .clock = r->clock, .header = &header};
    CHECK_OK("open", mr_recorder_open(&options, &r->recorder, &err), &err);
    const mr_producer_target plain = {.put = refuse,
                                      .context = &r->reached,
                                      .name = "s",
                                      .data_bytes_max = 10,
                                      .record_bytes_max = 20};
    r->target = mr_recorder_wrap(r->recorder, &plain);
}

static mr_code recorded_put(recorded *r, const char *data, mr_error *err)
{
    mr_record record = {.partition_key = MR_BYTES_LITERAL("k"), .data = mr_bytes_of(data)};
    mr_put_result result;
    size_t failed = 0;
    return r->target.put(r->target.context, &record, 1, &result, &failed, err);
}

static void recorded_free(recorded *r)
{
    mr_clock_free(r->clock);
    mr_free(r->path);
    check_remove_dir(r->directory);
}

static void test_a_wrapped_target_writes_down_each_put_at_its_arrival_and_hands_it_on(void **state)
{
    (void)state;
    recorded r;
    mr_error err;
    recorded_open(&r, "r");
    CHECK_STR("name", r.target.name, "s");
    CHECK_INT("limits", r.target.data_bytes_max, 10);
    CHECK_INT("limits", r.target.record_bytes_max, 20);
    mr_clock_advance_to(r.clock, START + 7);
    CHECK_CODE("the target's answer", recorded_put(&r, "1", &err), MR_THROTTLED);
    mr_clock_advance_to(r.clock, START + 9);
    CHECK_CODE("the target's answer", recorded_put(&r, "2", &err), MR_THROTTLED);
    CHECK_INT("handed on", r.reached, 2);
    CHECK_INT("puts", mr_recorder_puts(r.recorder), 2);
    CHECK_OK("close", mr_recorder_close(r.recorder, &err), &err);

    char *text;
    size_t len;
    CHECK_OK("read", mr_fs_read_file(mr_platform_fs(), r.path, MR_MIB, &text, &len, &err), &err);
    const char *second_line = strchr(text, '\n');
    assert_non_null(second_line);
    CHECK_STR("lines", second_line + 1,
              "{\"at_us\":7,\"target\":\"s\",\"records\":[{\"key\":\"k\",\"data\":\"MQ==\"}]}\n"
              "{\"at_us\":9,\"target\":\"s\",\"records\":[{\"key\":\"k\",\"data\":\"Mg==\"}]}\n"
              "{\"end_us\":9,\"puts\":2,\"records\":2}\n");
    mr_free(text);
    recorded_free(&r);
}

static void test_every_put_is_in_the_file_before_it_is_handed_on(void **state)
{
    (void)state;
    recorded r;
    mr_error err;
    recorded_open(&r, "r");
    for (size_t n = 0; n < 3; n++) { /* as a killed run would leave it after n puts */
        size_t puts;
        bool is_cut;
        CHECK_OK("read", read_all(r.path, &puts, &is_cut, &err), &err);
        CHECK_INT("puts", puts, n);
        CHECK_TRUE("cut", is_cut);
        (void)recorded_put(&r, "x", &err);
    }
    CHECK_OK("close", mr_recorder_close(r.recorder, &err), &err);
    recorded_free(&r);
}

static void test_a_put_that_cannot_be_written_down_is_refused_and_so_is_all_behind_it(void **state)
{
    (void)state;
    recorded r;
    mr_error err = {0};
    recorded_open(&r, "r");
    CHECK_CODE("fine", recorded_put(&r, "x", &err), MR_THROTTLED);
    r.fs.fails = true;
    CHECK_CODE("at once", recorded_put(&r, "x", &err), MR_DISK_FULL);
    r.fs.fails = false;
    CHECK_CODE("and for good", recorded_put(&r, "x", &err), MR_DISK_FULL);
    CHECK_INT("not handed on", r.reached, 1);
    CHECK_CODE("told at the end", mr_recorder_close(r.recorder, &err), MR_DISK_FULL);
    size_t puts;
    bool is_cut;
    CHECK_OK("what was whole is there", read_all(r.path, &puts, &is_cut, &err), &err);
    CHECK_INT("puts", puts, 1);
    recorded_free(&r);
}

/* What the header says of a template (absolute, or below the directory), recorded to `to` there. */
static char *template_seen(const char *directory, const char *template_name, const char *to)
{
    char *template_file = template_name[0] == '/' ? mr_strdup(template_name)
                                                  : mr_format("%s/%s", directory, template_name);
    char *path = mr_format("%s/%s", directory, to);
    mr_clock *clock = mr_clock_new(&(mr_clock_options){.start_us = START});
    mr_recorder *recorder = NULL;
    mr_recording_file *file = NULL;
    mr_error err;
    const mr_recording_header header = {
        .template_file = template_file, .region = "us-east-1", .start_us = START};
    const mr_recorder_options options = {
        .path = path, .fs = mr_platform_fs(), .clock = clock, .header = &header};
    CHECK_OK("record", mr_recorder_open(&options, &recorder, &err), &err);
    CHECK_OK("close", mr_recorder_close(recorder, &err), &err);
    CHECK_OK("read", mr_recording_file_open(mr_platform_fs(), path, &file, &err), &err);
    char *seen = mr_strdup(mr_recording_file_header(file)->template_file);
    mr_recording_file_close(file);
    mr_clock_free(clock);
    mr_free(path);
    mr_free(template_file);
    return seen;
}

static void test_the_template_is_named_as_the_recordings_folder_sees_it(void **state)
{
    (void)state;
    static const struct {
        const char *template_name, *recording, *want;
    } cases[] = {
        {"t.yaml", "r", "t.yaml"},           {"t.yaml", "a/r", "../t.yaml"},
        {"t.yaml", "a/b/r", "../../t.yaml"}, {"a/t.yaml", "r", "a/t.yaml"},
        {"a/t.yaml", "ab/r", "../a/t.yaml"}, {"a/b/t.yaml", "a/r", "b/t.yaml"},
        {"a/../t.yaml", "a/r", "../t.yaml"}, {"/", "a/r", "/"}, /* nothing but the root in common */
    };
    char *directory = check_temp_dir();
    static const char *const folders[] = {"a", "ab", "a/b"};
    for (size_t i = 0; i < MR_COUNT(folders); i++) {
        char *path = mr_format("%s/%s", directory, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
        mr_free(path);
    }
    mr_free(write_file(directory, "t.yaml", ""));
    mr_free(write_file(directory, "a/t.yaml", ""));
    mr_free(write_file(directory, "a/b/t.yaml", ""));
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        char *seen = template_seen(directory, cases[i].template_name, cases[i].recording);
        CHECK_STR(cases[i].recording, seen, cases[i].want);
        mr_free(seen);
    }
    check_remove_dir(directory);
}

static void test_the_corpus_of_the_fuzzer(void **state)
{
    (void)state;
    CHECK_CORPUS(recording);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_header_reads_back_as_it_was_written),
        cmocka_unit_test(test_odd_keys_and_binary_data_read_back_byte_for_byte),
        cmocka_unit_test(test_a_put_and_the_end_are_written_so),
        cmocka_unit_test(test_a_damaged_line_says_what_is_wrong),
        cmocka_unit_test(test_a_put_has_at_most_500_records),
        cmocka_unit_test(test_what_is_no_header_of_this_format_is_refused),
        cmocka_unit_test(test_a_file_is_read_to_its_end_or_to_its_first_wrong_line),
        cmocka_unit_test(test_a_file_that_is_not_there_is_said_so),
        cmocka_unit_test(test_a_line_past_the_limit_is_not_read),
        cmocka_unit_test(test_a_wrapped_target_writes_down_each_put_at_its_arrival_and_hands_it_on),
        cmocka_unit_test(test_every_put_is_in_the_file_before_it_is_handed_on),
        cmocka_unit_test(test_a_put_that_cannot_be_written_down_is_refused_and_so_is_all_behind_it),
        cmocka_unit_test(test_the_template_is_named_as_the_recordings_folder_sees_it),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
