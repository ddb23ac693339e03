/* replay_test.c - a recording put again on real data streams: when, what, and after a kill. */
#include "src/producer/replay.h"

#include "tests/sim/stream/stream_world.h"

#include <stdlib.h>

#define MS MR_US_PER_MS

/* A world with a replay in it. */
typedef struct replaying {
    stream_world world;
    mr_replay *replay;
    bool resume;
    int ended;
    mr_error error; /* code MR_OK: none */
} replaying;

/* ---- the recording ---- */

static char *write_lines(const stream_world *w, const char *lines)
{
    char *path = mr_format("%s/recording.jsonl", w->directory);
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const mr_recording_header header = {
        .template_file = "t.yaml", .region = "us-east-1", .seed = 1, .start_us = WORLD_START};
    mr_recording_header_write(&header, &text);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(mr_strbuf_text(&text), file);
    fputs(lines, file);
    fclose(file);
    mr_strbuf_deinit(&text);
    return path;
}

/* Makes a recording without a last line, of lines "<ms> <target> <row>...": a put of records
 * "<row>" with that key. */
static char *write_recording(const stream_world *w, const char *puts)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *copy = mr_strdup(puts), *line_place = NULL;
    for (char *line = strtok_r(copy, "\n", &line_place); line != NULL;
         line = strtok_r(NULL, "\n", &line_place)) {
        mr_record records[MR_PUT_RECORDS_MAX] = {{.input = 0}};
        size_t count = 0;
        char *word_place = NULL;
        char *at = strtok_r(line, " ", &word_place);
        char *target = strtok_r(NULL, " ", &word_place);
        for (char *row; (row = strtok_r(NULL, " ", &word_place)) != NULL; count++) {
            records[count].data = records[count].partition_key = mr_bytes_of(row);
        }
        mr_recording_put_write(&(mr_recording_put){.at_us = strtoll(at, NULL, 10) * MS,
                                                   .target = mr_bytes_of(target),
                                                   .records = records,
                                                   .count = count},
                               &text);
    }
    mr_free(copy);
    char *path = write_lines(w, mr_strbuf_text(&text));
    mr_strbuf_deinit(&text);
    return path;
}

/* ---- the replay ---- */

typedef struct row_list {
    uint64_t *rows;
    size_t count, capacity;
} row_list;

static bool add_row(void *context, uint64_t row)
{
    row_list *list = context;
    MR_GROW(list->rows, list->count, list->capacity);
    list->rows[list->count++] = row;
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static mr_code resolve(void *context, const char *name, uint32_t input, mr_replay_target *out,
                       mr_error *err)
{
    replaying *r = context;
    mr_stream *stream = mr_streams_find(r->world.streams, name);
    if (stream == NULL) {
        return mr_error_set(err, MR_NOT_FOUND, "no stream %s", name);
    }
    out->to = mr_producer_to_stream(stream);
    if (r->resume) {
        row_list list = {0};
        CHECK_OK("rows", mr_stream_stored_rows(stream, input, &out->skip_rows, add_row, &list, err),
                 err);
        if (list.count > 0) {
            qsort(list.rows, list.count, sizeof(list.rows[0]), by_number);
        }
        out->stored_rows = list.rows;
        out->stored_count = list.count;
    }
    return MR_OK;
}

static void on_ended(void *context, const mr_error *error)
{
    replaying *r = context;
    r->ended++;
    if (error != NULL) {
        r->error = *error;
    }
}

static void replay_start(replaying *r, const char *path)
{
    mr_error err;
    mr_replay_options options = {.clock = r->world.clock,
                                 .trace = r->world.trace,
                                 .fs = mr_platform_fs(),
                                 .db = r->world.db,
                                 .path = path,
                                 .start_us = WORLD_START};
    mr_replay_handlers handlers = {.resolve = resolve, .ended = on_ended, .context = r};
    CHECK_OK("open", mr_replay_open(&options, &handlers, &r->replay, &err), &err);
    mr_replay_start(r->replay);
}

static void turn(replaying *r)
{
    while (mr_clock_step(r->world.clock, NULL) == MR_STEP_RAN) {
    }
}

static void replay_free(replaying *r)
{
    mr_replay_free(r->replay);
    world_free(&r->world);
}

/* ---- what is stored ---- */

static void note_arrival(void *context, const mr_record_view *view)
{
    mr_strbuf *out = context;
    mr_strbuf_appendf(out, "%s%lld:%u/%llu=%.*s", out->len == 0 ? "" : " ",
                      (long long)((view->arrival_us - WORLD_START) / MS), view->input,
                      (unsigned long long)view->row, (int)view->data.len, view->data.at);
    assert_int_equal((view->arrival_us - WORLD_START) % MS, 0);
}

/* "<ms>:<input>/<row>=<data> ..." of a stream of one shard. Owned. */
static char *stored_of(const replaying *r, const char *name)
{
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_stream *stream = mr_streams_find(r->world.streams, name);
    assert_non_null(stream);
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    mr_read_limits limits = {.records_max = 10000, .bytes_max = 10 * MR_MIB};
    mr_read_result result;
    mr_error err;
    CHECK_OK("read", mr_reader_read(reader, &limits, note_arrival, &got, &result, &err), &err);
    mr_reader_free(reader);
    return mr_strbuf_take(&got);
}

static void check_stored(const replaying *r, const char *name, const char *want)
{
    char *got = stored_of(r, name);
    CHECK_STR(name, got, want);
    mr_free(got);
}

static void test_each_put_comes_at_its_recorded_time_with_its_recorded_records(void **state)
{
    (void)state;
    replaying r = {.world = world_make((mr_streams_options){0})};
    world_stream(&r.world, "a", 1);
    world_stream(&r.world, "b", 1);
    char *path = write_recording(&r.world, "0 b x\n5 a p q\n5 b y\n60000 a s\n");
    replay_start(&r, path);
    turn(&r);
    CHECK_INT("ended", r.ended, 1);
    CHECK_CODE("no error", r.error.code, MR_OK);
    check_stored(&r, "b", "0:1/1=x 5:1/2=y");
    check_stored(&r, "a", "5:2/1=p 5:2/2=q 60000:2/3=s");
    CHECK_INT("targets", mr_replay_target_count(r.replay), 2);
    CHECK_STR("in order of appearance", mr_replay_target_name(r.replay, 0), "b");
    mr_producer_counts counts = mr_replay_count(r.replay, 1);
    CHECK_INT("rows", counts.rows, 3);
    CHECK_INT("records", counts.records, 3);
    CHECK_INT("bytes", counts.bytes, 3);
    CHECK_INT("batches", counts.batches, 2);
    CHECK_INT("events", mr_trace_count(r.world.trace, MR_EVENT_INPUT_ENDED), 2);
    CHECK_INT("the recording was cut", mr_trace_count(r.world.trace, MR_EVENT_WARNING), 1);
    mr_free(path);
    replay_free(&r);
}

static void test_an_explicit_hash_key_decides_the_shard_again(void **state)
{
    (void)state;
    replaying r = {.world = world_make((mr_streams_options){0})};
    mr_stream *stream = world_stream(&r.world, "s", 2);
    char *path = write_lines(
        &r.world, "{\"at_us\":0,\"target\":\"s\",\"records\":["
                  "{\"key\":\"k\",\"hash\":\"0\",\"data\":\"\"},{\"key64\":\"/w==\","
                  "\"hash\":\"340282366920938463463374607431768211455\",\"data\":\"\"}]}\n"
                  "{\"end_us\":0,\"puts\":1,\"records\":2}\n");
    replay_start(&r, path);
    turn(&r);
    CHECK_CODE("no error", r.error.code, MR_OK);
    CHECK_INT("low", mr_shard_last(mr_stream_shard(stream, 0)), 1);
    CHECK_INT("high", mr_shard_last(mr_stream_shard(stream, 1)), 1);
    CHECK_INT("whole", mr_trace_count(r.world.trace, MR_EVENT_WARNING), 0);
    mr_free(path);
    replay_free(&r);
}

/* 1,500 records of one shard within a second: more than it takes. */
static char *write_flood(const stream_world *w)
{
    mr_strbuf puts = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int put = 0; put < 30; put++) {
        mr_strbuf_appendf(&puts, "%d s", put * 10);
        for (int i = 1; i <= 50; i++) {
            mr_strbuf_appendf(&puts, " %d", put * 50 + i);
        }
        mr_strbuf_append_char(&puts, '\n');
    }
    char *path = write_recording(w, mr_strbuf_text(&puts));
    mr_strbuf_deinit(&puts);
    return path;
}

static void test_refused_records_are_counted_and_not_put_again(void **state)
{
    (void)state;
    replaying r = {.world = world_make((mr_streams_options){.limits = true})};
    mr_stream *stream = world_stream(&r.world, "s", 1);
    char *path = write_flood(&r.world);
    replay_start(&r, path);
    turn(&r);
    CHECK_CODE("no error", r.error.code, MR_OK);
    mr_producer_counts counts = mr_replay_count(r.replay, 0);
    CHECK_INT("rows", counts.rows, 1500);
    CHECK_TRUE("throttled", counts.throttled > 0);
    CHECK_INT("the rest is stored", counts.records, 1500 - counts.throttled);
    CHECK_INT("and nothing else", mr_shard_last(mr_stream_shard(stream, 0)), counts.records);
    CHECK_INT("each put once", counts.batches, 30);
    CHECK_INT("at the time of the last", mr_clock_now_us(r.world.clock), WORLD_START + 290 * MS);
    mr_free(path);
    replay_free(&r);
}

/* Everything that tells two worlds apart: the events, which rows are stored, when each arrived. */
static char *digest_of_a_replay(void)
{
    replaying r = {.world = world_make((mr_streams_options){.limits = true})};
    world_stream(&r.world, "s", 1);
    char *path = write_flood(&r.world);
    replay_start(&r, path);
    turn(&r);
    char *stored = stored_of(&r, "s"), hex[65];
    mr_trace_flush_rates(r.world.trace);
    mr_trace_digest_finish(r.world.trace, hex);
    char *all = mr_format("%s %s", hex, stored);
    mr_free(stored);
    mr_free(path);
    replay_free(&r);
    return all;
}

static void test_two_replays_of_one_recording_are_the_same(void **state)
{
    (void)state;
    char *first = digest_of_a_replay(), *second = digest_of_a_replay();
    CHECK_STR("events and records", second, first);
    mr_free(first);
    mr_free(second);
}

/* Killed after any step and gone on with at the same time, a replay stores what one that was never
 * killed does: what it had put is passed over, what it had seen refused too. */
static void test_a_replay_killed_anywhere_goes_on_as_if_it_had_not_been(void **state)
{
    (void)state;
    for (int stop = 0; stop < 34; stop += 3) {
        replaying r = {.world = world_make((mr_streams_options){.limits = true}), .resume = true};
        world_stream(&r.world, "s", 1);
        char *path = write_flood(&r.world);
        replay_start(&r, path);
        for (int i = 0; i < stop; i++) {
            (void)mr_clock_step(r.world.clock, NULL);
        }
        mr_producer_counts before = {0};
        if (mr_replay_target_count(r.replay) > 0) {
            before = mr_replay_count(r.replay, 0);
        }
        bool was_waiting = stop > 0 && r.ended == 0; /* for the time of a put of 50 records */
        uint64_t settled = before.rows - (was_waiting ? 50 : 0);
        mr_replay_free(r.replay);
        world_reopen(&r.world);

        r.ended = 0;
        replay_start(&r, path);
        turn(&r);
        CHECK_INT("ended", r.ended, 1);
        CHECK_CODE("no error", r.error.code, MR_OK);
        mr_producer_counts after = mr_replay_count(r.replay, 0);
        CHECK_INT("rows", after.rows, 1500);
        CHECK_INT("passed over", after.skipped, settled);
        CHECK_INT("the rest is put", after.records + after.throttled, 1500 - settled);

        mr_stream *stream = mr_streams_find(r.world.streams, "s");
        row_list list = {0};
        uint64_t through;
        mr_error err;
        CHECK_OK("rows", mr_stream_stored_rows(stream, 1, &through, add_row, &list, &err), &err);
        CHECK_INT("stored", list.count, before.records + after.records);
        qsort(list.rows, list.count, sizeof(list.rows[0]), by_number);
        for (size_t i = 1; i < list.count; i++) {
            CHECK_TRUE("none twice", list.rows[i] > list.rows[i - 1]);
        }
        mr_free(list.rows);
        mr_free(path);
        replay_free(&r);
    }
}

static void test_puts_whose_time_is_past_are_put_at_once_and_the_others_at_theirs(void **state)
{
    (void)state;
    replaying r = {.world = world_make((mr_streams_options){0})};
    world_stream(&r.world, "s", 1);
    char *path = write_recording(&r.world, "10 s a\n20 s b\n40 s c\n");
    world_advance(&r.world, 30 * MS);
    replay_start(&r, path);
    turn(&r);
    check_stored(&r, "s", "30:1/1=a 30:1/2=b 40:1/3=c");
    mr_free(path);
    replay_free(&r);
}

static void test_part_of_a_put_that_is_stored_is_passed_over(void **state)
{
    (void)state;
    replaying r = {.world = world_make((mr_streams_options){0}), .resume = true};
    mr_stream *stream = world_stream(&r.world, "s", 1);
    const mr_record record = {.data = MR_BYTES_LITERAL("b"),
                              .partition_key = MR_BYTES_LITERAL("b"),
                              .input = 1,
                              .row = 2};
    mr_put_result result;
    size_t failed;
    mr_error err;
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    char *path = write_recording(&r.world, "10 s a b c\n");
    replay_start(&r, path);
    turn(&r);
    check_stored(&r, "s", "0:1/2=b 10:1/1=a 10:1/3=c");
    CHECK_INT("skipped", mr_replay_count(r.replay, 0).skipped, 1);
    mr_free(path);
    replay_free(&r);
}

static void test_a_lost_answer_changes_nothing(void **state)
{
    (void)state;
    replaying r = {.world = world_make((mr_streams_options){0})};
    world_stream(&r.world, "s", 1);
    mr_error err;
    mr_fault_rule rule = {.kind = MR_FAULT_ACK_LOST, .until_us = INT64_MAX, .first = 1, .most = 1};
    CHECK_OK("rule", mr_faults_add(r.world.faults, &rule, &err), &err);
    char *path = write_recording(&r.world, "10 s a\n20 s b\n");
    replay_start(&r, path);
    turn(&r);
    CHECK_CODE("no error", r.error.code, MR_OK);
    check_stored(&r, "s", "10:1/1=a 20:1/2=b");
    CHECK_INT("stored", mr_replay_count(r.replay, 0).records, 2);
    mr_free(path);
    replay_free(&r);
}

static void test_what_cannot_be_put_ends_the_replay_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *label, *puts;
        mr_code code;
        const char *want, *stored;
    } cases[] = {
        {"unknown", "0 s a\n5 other b\n9 s c\n", MR_NOT_FOUND, "recording.jsonl:3: no stream other",
         "0:1/1=a"},
        {"damaged", "0 s a\n5 s b\n9 s  \n", MR_BAD_INPUT, "recording.jsonl:4: a put of no records",
         "0:1/1=a 5:1/2=b"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        replaying r = {.world = world_make((mr_streams_options){0})};
        world_stream(&r.world, "s", 1);
        char *path = write_recording(&r.world, cases[i].puts);
        replay_start(&r, path);
        turn(&r);
        CHECK_INT(cases[i].label, r.ended, 1);
        CHECK_CODE(cases[i].label, r.error.code, cases[i].code);
        CHECK_HAS(cases[i].label, r.error.message, cases[i].want);
        check_stored(&r, "s", cases[i].stored);
        mr_free(path);
        replay_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_put_comes_at_its_recorded_time_with_its_recorded_records),
        cmocka_unit_test(test_an_explicit_hash_key_decides_the_shard_again),
        cmocka_unit_test(test_refused_records_are_counted_and_not_put_again),
        cmocka_unit_test(test_two_replays_of_one_recording_are_the_same),
        cmocka_unit_test(test_a_replay_killed_anywhere_goes_on_as_if_it_had_not_been),
        cmocka_unit_test(test_puts_whose_time_is_past_are_put_at_once_and_the_others_at_theirs),
        cmocka_unit_test(test_part_of_a_put_that_is_stored_is_passed_over),
        cmocka_unit_test(test_a_lost_answer_changes_nothing),
        cmocka_unit_test(test_what_cannot_be_put_ends_the_replay_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
