/* sim_test.c - what a world takes over from outside: faults that go on, a watch of its disk, and
 * from the one before: its time. */
#include "sim/sim.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/base/timefmt.h"
#include "src/platform/platform.h"
#include "tests/check.h"

static mr_sim *must_open(const char *directory, mr_sim_options options)
{
    mr_sim *sim = NULL;
    mr_error err;
    options.clock = (mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT};
    options.seed = 1;
    options.fs = mr_platform_fs();
    options.offloader = mr_offload_inline();
    options.directory = directory;
    CHECK_OK("open", mr_sim_open(&options, &sim, NULL, &err), &err);
    return sim;
}

static mr_stream *must_create_stream(mr_sim *sim)
{
    mr_stream *stream = NULL;
    mr_error err;
    CHECK_OK("create",
             mr_streams_create(mr_sim_streams(sim),
                               &(mr_stream_options){.name = "s", .shard_count = 1}, &stream, &err),
             &err);
    return stream;
}

static mr_code put(mr_stream *stream)
{
    mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")};
    mr_put_result result = {0};
    size_t failed;
    mr_error err;
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    return result.code;
}

static void test_shared_faults_keep_their_counts_from_world_to_world(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_error err;
    mr_faults *faults = mr_faults_new(1);
    mr_fault_rule rule = {
        .kind = MR_FAULT_PUT_FAILED, .until_us = INT64_MAX, .first = 2, .every = 2, .most = 2};
    CHECK_OK("rule", mr_faults_add(faults, &rule, &err), &err);
    mr_fault_rule always = {.kind = MR_FAULT_STORE_REFUSED, .until_us = INT64_MAX};
    CHECK_OK("rule", mr_faults_add(faults, &always, &err), &err);
    mr_sim_options options = {.faults = faults};

    mr_sim *sim = must_open(directory, options);
    CHECK_TRUE("shared", mr_sim_faults(sim) == faults);
    mr_stream *stream = must_create_stream(sim);
    CHECK_CODE("1", put(stream), MR_OK);
    CHECK_CODE("2", put(stream), MR_INTERNAL_FAILURE);
    CHECK_CODE("3", put(stream), MR_OK);
    CHECK_INT("told to this world", mr_trace_count(mr_sim_trace(sim), MR_EVENT_FAULT), 1);
    mr_sim_close(sim);

    sim = must_open(directory, options);
    stream = mr_streams_find(mr_sim_streams(sim), "s");
    CHECK_CODE("4", put(stream), MR_INTERNAL_FAILURE);
    CHECK_INT("told to the next", mr_trace_count(mr_sim_trace(sim), MR_EVENT_FAULT), 1);
    CHECK_CODE("5", put(stream), MR_OK);
    CHECK_CODE("6: it is spent", put(stream), MR_OK);
    mr_sim_close(sim);

    CHECK_INT("all of them", mr_faults_struck(faults, 0), 2);
    CHECK_INT("no world listens any more",
              mr_faults_ask(faults, MR_POINT_STORE_PUT, "data/k", 0).kind, MR_FAULT_STORE_REFUSED);
    mr_faults_free(faults);
    check_remove_dir(directory);
}

static void test_a_world_carries_the_mistake_that_it_is_to_make(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_mutation last = MR_MUTATION_COUNT - 1;
    mr_sim *sim = must_open(directory, (mr_sim_options){.mutation = last});
    CHECK_TRUE("carried", mr_faults_mutates(mr_sim_faults(sim), last));
    mr_sim_close(sim);
    sim = must_open(directory, (mr_sim_options){.limits = true});
    CHECK_TRUE("none", mr_faults_mutates(mr_sim_faults(sim), MR_MUTATION_NONE));
    mr_sim_close(sim);
    check_remove_dir(directory);
}

/* ---- its time ---- */

#define WALL_US (MR_SIM_START_DEFAULT + 1000000)

static int64_t wall_us;

static int64_t read_wall(void *context)
{
    (void)context;
    return wall_us;
}

/* Opens a world in real time; returns how far ahead it had to begin. */
static int64_t open_real(const char *directory, mr_sim **sim)
{
    mr_sim_recovery recovery;
    mr_error err;
    mr_sim_options options = {.clock = {.mode = MR_CLOCK_REAL, .source = {.now_us = read_wall}},
                              .seed = 1,
                              .fs = mr_platform_fs(),
                              .offloader = mr_offload_inline(),
                              .directory = directory};
    CHECK_OK("open", mr_sim_open(&options, sim, &recovery, &err), &err);
    return recovery.ahead_us;
}

static void note_and_close(mr_sim *sim)
{
    mr_error err;
    CHECK_OK("note", mr_sim_note_time(sim, &err), &err);
    mr_sim_close(sim);
}

static void test_a_world_that_was_driven_ahead_does_not_go_back(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_sim *sim = NULL;
    wall_us = WALL_US;
    CHECK_INT("fresh", open_real(directory, &sim), 0);
    CHECK_INT("real", mr_clock_mode_of(mr_sim_clock(sim)), MR_CLOCK_REAL);
    note_and_close(sim);
    wall_us -= 10;
    CHECK_INT("real time is not kept", open_real(directory, &sim), 0);

    mr_clock_advance_until(mr_sim_clock(sim), wall_us + 86400 * MR_US_PER_SECOND);
    while (mr_clock_is_advancing(mr_sim_clock(sim))) {
        CHECK_TRUE("turns", mr_sim_step(sim, NULL) != MR_STEP_WAITING);
    }
    note_and_close(sim);

    wall_us += 60 * MR_US_PER_SECOND;
    CHECK_INT("ahead", open_real(directory, &sim), (86400 - 60) * MR_US_PER_SECOND);
    CHECK_INT("no earlier", mr_clock_now_us(mr_sim_clock(sim)),
              WALL_US - 10 + 86400 * MR_US_PER_SECOND);
    CHECK_TRUE("at real time's pace", mr_clock_speed(mr_sim_clock(sim)) == 1);
    note_and_close(sim);

    wall_us += 2 * 86400 * MR_US_PER_SECOND;
    CHECK_INT("the wall has overtaken it", open_real(directory, &sim), 0);
    CHECK_INT("real", mr_clock_mode_of(mr_sim_clock(sim)), MR_CLOCK_REAL);
    mr_sim_close(sim);
    check_remove_dir(directory);
}

static void test_a_noted_time_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"x", "-1", "13569465600000000", ""};
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        char *directory = check_temp_dir();
        mr_sim *sim = must_open(directory, (mr_sim_options){0});
        mr_error err;
        char *sql = mr_format("UPDATE meta SET value = '%s' WHERE name = 'clock_us'", bad[i]);
        CHECK_OK("spoil", mr_db_exec(mr_sim_db(sim), sql, &err), &err);
        mr_free(sql);
        mr_sim_close(sim);
        mr_sim_options options = {.clock = {.mode = MR_CLOCK_REAL, .source = {.now_us = read_wall}},
                                  .fs = mr_platform_fs(),
                                  .offloader = mr_offload_inline(),
                                  .directory = directory};
        CHECK_CODE(bad[i], mr_sim_open(&options, &sim, NULL, &err), MR_CORRUPT);
        CHECK_HAS("names the file", err.message, "catalog.db");
        check_remove_dir(directory);
    }
}

/* ---- a watch ---- */

static void note_change(void *context, const char *doing, const char *path)
{
    mr_strbuf_appendf(context, "%s %s\n", doing, path);
}

static void check_noted(mr_strbuf *notes, const char *what, const char *const *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        CHECK_HAS(what, mr_strbuf_text(notes), pieces[i]);
    }
    mr_strbuf_reset(notes);
}

static void on_put(void *context, const mr_error *result)
{
    *(mr_error *)context = *result;
}

static void put_object(mr_sim *sim)
{
    mr_error err;
    mr_error result = {.code = MR_IO};
    CHECK_OK("bucket", mr_store_create_bucket(mr_sim_store(sim), "data", &err), &err);
    mr_upload *upload = mr_store_upload(mr_sim_store(sim));
    mr_upload_write(upload, mr_bytes_of("hello"));
    mr_upload_put(upload, &(mr_object_meta){.bucket = "data", .key = "k"}, on_put, &result);
    while (mr_sim_step(sim, NULL) == MR_STEP_RAN) {
    }
    CHECK_OK("put", result.code, &result);
    CHECK_OK("commit", mr_upload_commit(upload, NULL, NULL, NULL, &err), &err);
    mr_upload_free(upload);
}

static void test_a_watch_hears_of_every_service_that_writes(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_strbuf notes = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_disk_watch watch = {note_change, &notes};
    mr_sim *sim = must_open(directory, (mr_sim_options){.watch = &watch});
    static const char *const opening[] = {"create ", "/catalog.db\n", "write ", "make-directory "};
    check_noted(&notes, "opening", opening, MR_COUNT(opening));

    CHECK_CODE("put", put(must_create_stream(sim)), MR_OK);
    static const char *const putting[] = {"/catalog.db-wal\n", "make-directory ", "allocate ",
                                          "/streams/s/", ".seg.new\n"};
    check_noted(&notes, "a stream and a record", putting, MR_COUNT(putting));

    put_object(sim);
    static const char *const storing[] = {"create ", "write ", "rename ", "/s3/",
                                          "/catalog.db-wal\n"};
    check_noted(&notes, "an object", storing, MR_COUNT(storing));

    mr_sim_close(sim);
    static const char *const closing[] = {"remove "};
    check_noted(&notes, "closing", closing, MR_COUNT(closing));

    sim = must_open(directory, (mr_sim_options){.durable = true});
    CHECK_CODE("put", put(mr_streams_find(mr_sim_streams(sim), "s")), MR_OK);
    mr_sim_close(sim);
    CHECK_STR("a world without a watch tells nobody", mr_strbuf_text(&notes), "");
    mr_strbuf_deinit(&notes);
    check_remove_dir(directory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_faults_keep_their_counts_from_world_to_world),
        cmocka_unit_test(test_a_world_carries_the_mistake_that_it_is_to_make),
        cmocka_unit_test(test_a_world_that_was_driven_ahead_does_not_go_back),
        cmocka_unit_test(test_a_noted_time_that_is_none_is_refused),
        cmocka_unit_test(test_a_watch_hears_of_every_service_that_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
