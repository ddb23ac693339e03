/* input_test.c - a whole input on a real data stream: file, producer, limits, faults, resume. */
#include "src/producer/input.h"

#include "tests/sim/stream/stream_world.h"

#include <stdlib.h>

#define ROWS_MAX 10000

typedef struct run {
    mr_input *input;
    int ended;
    mr_error error;
    int rejected;
    uint64_t rejected_line;
    size_t taken;       /* by a target of the test's own */
    double share_at[2]; /* of the file read, when it put: the first and the last time */
} run;

static void on_ended(void *context, mr_input *input, const mr_error *error)
{
    run *r = context;
    assert_ptr_equal(r->input, input);
    r->ended++;
    if (error != NULL) {
        r->error = *error;
    }
}

/* Settings for input 1 of this world. */
static mr_input_settings settings_of(const stream_world *w, mr_stream *stream, const char *file,
                                     run *r)
{
    return (mr_input_settings){.producer = {.clock = w->clock,
                                            .trace = w->trace,
                                            .db = w->db,
                                            .seed = 1,
                                            .input = 1,
                                            .key = MR_KEY_COLUMN,
                                            .key_column = "id"},
                               .stream = stream,
                               .file = file,
                               .ended = on_ended,
                               .context = r};
}

static void open_and_start(run *r, const mr_input_settings *settings)
{
    mr_error err = {0};
    CHECK_OK("open", mr_input_open(settings, &r->input, &err), &err);
    mr_input_start(r->input);
}

static void turn(const stream_world *w)
{
    while (mr_clock_step(w->clock, NULL) == MR_STEP_RAN) {
    }
}

/* "id,x" and rows 1..n below it. Owned path. */
static char *write_rows(const stream_world *w, int n)
{
    char *path = mr_format("%s/rows.csv", w->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "id,x\n");
    for (int i = 1; i <= n; i++) {
        fprintf(file, "%d,value %d\n", i, i);
    }
    fclose(file);
    return path;
}

/* How often each row is stored, and how many rows are. */
typedef struct stored {
    unsigned times[ROWS_MAX + 1];
    size_t count;
    uint64_t list[ROWS_MAX];
} stored;

static bool note_row(void *context, uint64_t row)
{
    stored *s = context;
    assert_true(row >= 1 && row <= ROWS_MAX);
    if (s->times[row]++ == 0) {
        s->list[s->count++] = row;
    }
    return true;
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static stored *stored_rows(mr_stream *stream, uint64_t *through)
{
    stored *s = mr_calloc(1, sizeof(*s));
    mr_error err = {0};
    CHECK_OK("rows", mr_stream_stored_rows(stream, 1, through, note_row, s, &err), &err);
    qsort(s->list, s->count, sizeof(s->list[0]), by_number);
    return s;
}

static void check_each_row_once(const char *label, mr_stream *stream, size_t rows)
{
    uint64_t through;
    stored *s = stored_rows(stream, &through);
    CHECK_INT(label, s->count, rows);
    for (size_t i = 1; i <= rows; i++) {
        CHECK_INT(label, s->times[i], 1);
    }
    mr_free(s);
}

static void test_every_row_of_a_file_is_stored_once(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    char *path = write_rows(&w, 5000);
    run r = {0};
    mr_input_settings settings = settings_of(&w, stream, path, &r);
    open_and_start(&r, &settings);
    turn(&w);
    CHECK_INT("ended", r.ended, 1);
    CHECK_TRUE("done", mr_input_is_done(r.input));
    CHECK_STR("called by its last name", mr_input_name(r.input), "rows.csv");
    CHECK_INT("counted", mr_input_count(r.input).records, 5000);
    CHECK_INT("events", mr_trace_count(w.trace, MR_EVENT_INPUT_ENDED), 1);
    check_each_row_once("all", stream, 5000);
    mr_input_free(r.input);
    mr_free(path);
    world_free(&w);
}

static void test_the_limits_of_shards_slow_it_and_lose_nothing(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 1);
    char *path = write_rows(&w, 10000);
    run r = {0};
    mr_input_settings settings = settings_of(&w, stream, path, &r);
    open_and_start(&r, &settings);
    turn(&w);
    mr_producer_counts counts = mr_input_count(r.input);
    double took_s = (double)(mr_clock_now_us(w.clock) - WORLD_START) / MR_US_PER_SECOND;
    CHECK_TRUE("throttled", counts.throttled > 0);
    CHECK_INT("and put again", counts.retries, counts.throttled);
    CHECK_TRUE("no faster than the shard", took_s >= 8.5);
    CHECK_TRUE("hardly slower", took_s <= 10.5);
    check_each_row_once("all", stream, 10000);
    mr_input_free(r.input);
    mr_free(path);
    world_free(&w);
}

static void test_a_lost_acknowledgement_stores_a_batch_twice(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err;
    mr_fault_rule rule = {.kind = MR_FAULT_ACK_LOST, .until_us = INT64_MAX, .first = 2, .most = 1};
    CHECK_OK("rule", mr_faults_add(w.faults, &rule, &err), &err);
    char *path = write_rows(&w, 150);
    run r = {0};
    mr_input_settings settings = settings_of(&w, stream, path, &r);
    open_and_start(&r, &settings);
    turn(&w);
    CHECK_CODE("no error", r.error.code, MR_OK);
    uint64_t through;
    stored *s = stored_rows(stream, &through);
    for (size_t i = 1; i <= 150; i++) {
        CHECK_INT("the second batch twice", s->times[i], i > 50 && i <= 100 ? 2 : 1);
    }
    mr_free(s);
    mr_input_free(r.input);
    mr_free(path);
    world_free(&w);
}

static void test_a_run_stopped_anywhere_goes_on_with_the_next_row(void **state)
{
    (void)state;
    for (int stop = 0; stop < 40; stop += 3) { /* steps of the clock before it stops */
        stream_world w = world_make((mr_streams_options){.limits = true});
        mr_stream *stream = world_stream(&w, "s", 1);
        char *path = write_rows(&w, 1500);
        run first = {0};
        mr_input_settings settings = settings_of(&w, stream, path, &first);
        open_and_start(&first, &settings);
        for (int i = 0; i < stop; i++) {
            mr_clock_step(w.clock, NULL);
        }
        mr_input_free(first.input);
        world_reopen(&w);

        stream = mr_streams_find(w.streams, "s");
        assert_non_null(stream);
        run second = {0};
        settings = settings_of(&w, stream, path, &second);
        stored *s = stored_rows(stream, &settings.producer.skip_rows);
        settings.producer.stored_rows = s->list;
        settings.producer.stored_count = s->count;
        open_and_start(&second, &settings);
        turn(&w);
        CHECK_INT("skipped", mr_input_count(second.input).skipped, s->count);
        check_each_row_once("all", stream, 1500);
        mr_free(s);
        mr_input_free(second.input);
        mr_free(path);
        world_free(&w);
    }
}

static void test_a_repeated_input_stopped_anywhere_ends_at_the_same_row(void **state)
{
    (void)state;
    enum { ROWS = 1234 }; /* of 500 a pass */
    for (int stop = 0; stop < 40; stop += 3) {
        stream_world w = world_make((mr_streams_options){.limits = true});
        mr_stream *stream = world_stream(&w, "s", 1);
        char *path = write_rows(&w, 500);
        run first = {0};
        mr_input_settings settings = settings_of(&w, stream, path, &first);
        settings.producer.repeat = 3;
        settings.producer.rows_max = ROWS;
        open_and_start(&first, &settings);
        for (int i = 0; i < stop; i++) {
            mr_clock_step(w.clock, NULL);
        }
        mr_input_free(first.input);
        world_reopen(&w);

        stream = mr_streams_find(w.streams, "s");
        assert_non_null(stream);
        run second = {0};
        settings = settings_of(&w, stream, path, &second);
        settings.producer.repeat = 3;
        settings.producer.rows_max = ROWS;
        stored *s = stored_rows(stream, &settings.producer.skip_rows);
        settings.producer.stored_rows = s->list;
        settings.producer.stored_count = s->count;
        open_and_start(&second, &settings);
        turn(&w);
        CHECK_CODE("no error", second.error.code, MR_OK);
        CHECK_INT("rows", mr_input_count(second.input).rows, ROWS);
        check_each_row_once("all", stream, ROWS);
        mr_free(s);
        mr_input_free(second.input);
        mr_free(path);
        world_free(&w);
    }
}

static void test_an_input_passes_its_pace_on(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    char *path = write_rows(&w, 10);
    run r = {0};
    mr_input_settings settings = settings_of(&w, stream, path, &r);
    settings.producer.rate = 1;
    open_and_start(&r, &settings);
    CHECK_TRUE("rate", mr_input_rate(r.input) == 1);
    mr_input_pause(r.input);
    turn(&w);
    CHECK_INT("paused", mr_input_count(r.input).rows, 0);
    world_advance(&w, 5 * MR_US_PER_SECOND);
    mr_input_set_rate(r.input, 10);
    mr_input_resume(r.input);
    turn(&w);
    CHECK_INT("ended", r.ended, 1);
    CHECK_INT("ten rows at ten a second", mr_clock_now_us(w.clock),
              WORLD_START + 6 * MR_US_PER_SECOND);
    mr_input_free(r.input);
    mr_free(path);
    world_free(&w);
}

static void test_rejected_rows_are_kept_in_a_file(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    char *path = mr_format("%s/bad.csv", w.directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "id,x\n1,a\n2\n3,\"c\n");
    fclose(file);
    char *rejects = mr_format("%s/rejects/bad", w.directory);
    run r = {0};
    mr_input_settings settings = settings_of(&w, stream, path, &r);
    settings.rejects = rejects;
    open_and_start(&r, &settings);
    turn(&w);
    CHECK_CODE("no error", r.error.code, MR_OK);
    CHECK_INT("two", mr_input_count(r.input).rejected, 2);
    mr_input_free(r.input);

    mr_error err;
    char *text;
    size_t len;
    char *reasons = mr_format("%s.reasons", rejects);
    CHECK_OK("reasons", mr_fs_read_file(mr_platform_fs(), reasons, MR_MIB, &text, &len, &err),
             &err);
    CHECK_STR("reasons", text,
              "bad.csv:3: 1 columns; the header has 2\n"
              "bad.csv:4: a quote is opened and never closed\n");
    mr_free(text);
    mr_free(reasons);
    mr_free(rejects);
    mr_free(path);
    world_free(&w);
}

static void on_rejected(void *context, mr_input *input, uint64_t line, mr_bytes raw,
                        const char *why)
{
    run *r = context;
    assert_ptr_equal(r->input, input);
    CHECK_BYTES("raw", raw, MR_BYTES_LITERAL("2"));
    CHECK_HAS("why", why, "the header has 2");
    r->rejected++;
    r->rejected_line = line;
}

static mr_code take(void *context, const mr_record *records, size_t count, mr_put_result *results,
                    size_t *failed, mr_error *err)
{
    run *r = context;
    (void)records;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        results[i] = (mr_put_result){.code = MR_OK};
    }
    *failed = 0;
    r->share_at[r->taken > 0] = mr_input_share_read(r->input);
    r->taken += count;
    return MR_OK;
}

static void test_records_go_to_any_target_and_rejected_rows_are_told(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    char *path = mr_format("%s/rows.csv", w.directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "id,x\n1,a\n2\n3,c\n");
    fclose(file);
    run r = {0};
    mr_producer_target target = {.put = take,
                                 .context = &r,
                                 .name = "elsewhere",
                                 .data_bytes_max = MR_MIB,
                                 .record_bytes_max = MR_MIB};
    mr_input_settings settings = settings_of(&w, NULL, path, &r);
    settings.target = &target;
    settings.rejected = on_rejected;
    settings.producer.repeat = 4;
    settings.producer.batch_records = 2;
    open_and_start(&r, &settings);
    CHECK_TRUE("little is read at first", mr_input_share_read(r.input) <= 0.25);
    turn(&w);
    CHECK_INT("ended", r.ended, 1);
    CHECK_CODE("no error", r.error.code, MR_OK);
    CHECK_INT("taken", r.taken, 8);
    CHECK_INT("rejected", r.rejected, 4);
    CHECK_INT("in the line", r.rejected_line, 3);
    CHECK_TRUE("a quarter at the first put", r.share_at[0] == 0.25);
    CHECK_TRUE("all of it at the last", r.share_at[1] == 1);
    mr_input_free(r.input);
    mr_free(path);
    world_free(&w);
}

static void test_what_cannot_be_opened_is_said_at_once(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_error err = {0};
    run r = {0};
    char *missing = mr_format("%s/missing.csv", w.directory);
    mr_input_settings settings = settings_of(&w, stream, missing, &r);
    CHECK_CODE("missing", mr_input_open(&settings, &r.input, &err), MR_NOT_FOUND);
    char *path = write_rows(&w, 1);
    settings = settings_of(&w, stream, path, &r);
    settings.producer.batch_records = 501;
    CHECK_CODE("options", mr_input_open(&settings, &r.input, &err), MR_INVALID_ARGUMENT);
    mr_free(path);
    mr_free(missing);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_of_a_file_is_stored_once),
        cmocka_unit_test(test_the_limits_of_shards_slow_it_and_lose_nothing),
        cmocka_unit_test(test_a_lost_acknowledgement_stores_a_batch_twice),
        cmocka_unit_test(test_a_run_stopped_anywhere_goes_on_with_the_next_row),
        cmocka_unit_test(test_a_repeated_input_stopped_anywhere_ends_at_the_same_row),
        cmocka_unit_test(test_an_input_passes_its_pace_on),
        cmocka_unit_test(test_rejected_rows_are_kept_in_a_file),
        cmocka_unit_test(test_records_go_to_any_target_and_rejected_rows_are_told),
        cmocka_unit_test(test_what_cannot_be_opened_is_said_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
