/* delivery_crash_test.c - a process killed at any operation on its files: what it leaves is opened
 * again, and every acknowledged record is delivered exactly once. */
#include "tests/sim/firehose/delivery_judge.h"

enum { RECORDS = 40 };

typedef struct crash {
    world *w;
    const mr_delivery_options *options;
    bool has_function, is_builtin;
    size_t acked;    /* puts that were answered */
    size_t begun;    /* puts that were begun */
    size_t verified; /* operations before which the process was killed */
    char kinds[RECORDS + 1];
} crash;

static void add_function(world *w, const crash *c)
{
    if (c->has_function) {
        world_function(w, "f", c->is_builtin);
    }
}

static void judge(const crash *c, world *w)
{
    tally *t = judge_count(w, c->options->destination.compression == MR_COMPRESSION_GZIP);
    for (size_t i = 0; i < RECORDS; i++) {
        size_t processed = (size_t)t->main[i] + t->error[i];
        bool is_dropped = c->has_function && !c->is_builtin && c->kinds[i] == 'd';
        size_t want = is_dropped ? 0 : 1;
        char label[64];
        (void)snprintf(label, sizeof(label), "record %zu, kill %zu", i, c->verified);
        if (i < c->acked) {
            CHECK_INT(label, processed, want);
            CHECK_INT(label, t->backup[i], 1);
        } else if (i >= c->begun) {
            CHECK_INT(label, processed + t->backup[i], 0);
        } else { /* being put: it may be there, then once */
            CHECK_TRUE(label, processed <= 1 && t->backup[i] <= 1);
        }
    }
    mr_free(t);
}

/* What the process would leave here is opened by another one, which brings it to the end. */
static void kill_here(void *context, const char *doing, const char *path)
{
    crash *c = context;
    (void)doing, (void)path;
    char *left = world_copy_tree(c->w->directory);
    world *after = world_open(
        &(world_options){.directory = left, .start_us = world_now(c->w), .seed = c->w->seed});
    c->verified++;
    if (mr_streams_find(after->streams, "s") != NULL) {
        add_function(after, c);
        mr_delivery *d = world_deliver(after, c->options);
        world_run_until_idle(after, d);
        judge(c, after);
    }
    world_close(after);
}

static void put_records(crash *c, mr_stream *stream)
{
    for (size_t i = 0; i < RECORDS; i++) {
        char text[64], key[16];
        (void)judged_record(text, sizeof(text), c->kinds[i], i, i % 7);
        (void)snprintf(key, sizeof(key), "k%zu", i);
        c->begun = i + 1;
        world_put(c->w, stream, key, text);
        c->acked = i + 1;
        world_run_for(c->w, i % 5 == 4 ? 3 * SECOND : 100000);
    }
}

static void kill_everywhere(crash *c)
{
    c->w = world_open(&(world_options){.seed = 5});
    for (size_t i = 0; i < RECORDS; i++) {
        c->kinds[i] = i % 6 == 2 ? 'd' : i % 6 == 4 ? 'f' : 'x';
    }
    mr_stream *stream = world_stream(c->w, "s", 2);
    add_function(c->w, c);
    mr_delivery *d = world_deliver(c->w, c->options);
    c->w->watch = (mr_disk_watch){kill_here, c};
    put_records(c, stream);
    world_run_until_idle(c->w, d);
    c->w->watch.before = world_nobody_watches;
    judge(c, c->w);
    CHECK_TRUE("killed often enough to mean something", c->verified > 30);
    world_close(c->w);
}

static mr_delivery_options crash_options(void)
{
    mr_delivery_options options = world_delivery_options("s");
    options.destination.prefix = "ok/";
    options.destination.error_output_prefix = "err/";
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 8 * SECOND;
    options.backup_enabled = true;
    options.backup.size_bytes = MR_MIB;
    options.backup.interval_us = 5 * SECOND;
    options.lambda_bytes = MR_MIB;
    options.lambda_interval_us = 2 * SECOND;
    options.function = NULL;
    return options;
}

static void test_without_a_function_a_kill_anywhere_delivers_each_record_once(void **state)
{
    (void)state;
    mr_delivery_options options = crash_options();
    options.destination.compression = MR_COMPRESSION_GZIP;
    kill_everywhere(&(crash){.options = &options});
}

static void test_with_a_builtin_a_kill_anywhere_delivers_each_record_once(void **state)
{
    (void)state;
    mr_delivery_options options = crash_options();
    options.function = "f";
    kill_everywhere(&(crash){.options = &options, .has_function = true, .is_builtin = true});
}

static void test_with_a_handler_a_kill_anywhere_delivers_each_record_once(void **state)
{
    (void)state;
    mr_delivery_options options = crash_options();
    options.function = "f";
    kill_everywhere(&(crash){.options = &options, .has_function = true});
}

/* ---- the machine fails ---- */

static void test_a_full_disk_ends_a_run_in_simulated_time_and_loses_nothing(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "kept");
    world_run_for(w, MINUTE);
    w->disk.is_full = true;
    world_run_for(w, HOUR);
    CHECK_TRUE("fatal", w->has_fatal);
    CHECK_CODE("code", w->fatal.code, MR_DISK_FULL);
    CHECK_HAS("says where", w->fatal.message, "delivery stream d, main output: ");
    CHECK_TRUE("not idle", !mr_delivery_is_idle(d));
    int64_t now_us = world_now(w);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory, .start_us = now_us, .seed = 1});
    d = world_deliver(w, &options);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "kept");
    world_close(w);
}

static void test_a_full_disk_is_waited_for_in_real_time(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1, .real_time = true});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "kept");
    w->disk.is_full = true;
    while (world_now(w) < WORLD_START_US + 30 * HOUR) { /* past the retention even */
        CHECK_TRUE("something is set", world_step(w));
    }
    CHECK_TRUE("not fatal", !w->has_fatal);
    CHECK_INT("not given up", mr_delivery_count(d).discarded, 0);
    w->disk.is_full = false;
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "kept");
    world_close(w);
}

/* The second try of a commit whose transaction stands does not store its positions again. */
static void test_a_commit_that_fails_in_the_database_is_tried_again_in_real_time(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1, .real_time = true});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "kept");
    CHECK_OK("break",
             mr_db_exec(w->db,
                        "CREATE TRIGGER broken BEFORE UPDATE ON delivery_positions BEGIN"
                        " SELECT raise(ABORT, 'broken by the test'); END",
                        &err),
             &err);
    while (world_now(w) < WORLD_START_US + HOUR) {
        CHECK_TRUE("something is set", world_step(w));
    }
    CHECK_INT("nothing visible", world_object_count(w, "main", ""), 0);
    CHECK_TRUE("tried", mr_delivery_count(d).put_retries > 10);
    CHECK_OK("mend", mr_db_exec(w->db, "DROP TRIGGER broken", &err), &err);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "kept");
    CHECK_INT("once", mr_delivery_count(d).delivered, 1);
    world_close(w);
}

/* ---- restarts in quiet ---- */

static void test_a_restart_goes_on_where_the_last_process_stopped(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "one ");
    world_run_until_idle(w, d);
    world_put(w, stream, "k", "two ");
    world_run_for(w, MINUTE); /* read, buffered, not flushed */
    CHECK_INT("buffered", mr_delivery_count(d).read, 2);
    int64_t now_us = world_now(w);
    char *directory = world_close_keep(w);

    w = world_open(&(world_options){.directory = directory, .start_us = now_us, .seed = 1});
    stream = world_stream(w, "s", 1);
    world_put(w, stream, "k", "three ");
    d = world_deliver(w, &options);
    world_run_until_idle(w, d);
    CHECK_INT("read again", mr_delivery_count(d).read, 2);
    check_bodies(w, "main", "", "one two three ");
    found_objects *found = world_objects(w, "main", "");
    CHECK_INT("objects", found->count, 2);
    CHECK_TRUE("another uuid",
               strcmp(strrchr(found->keys[0], '-'), strrchr(found->keys[1], '-')) != 0);
    found_free(found);
    world_close(w);
}

static void test_a_shard_made_before_a_restart_is_read_from_its_first_record(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    (void)world_deliver(w, &options);
    world_put(w, stream, "k", "parent ");
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), (mr_u128)1 << 127, &err),
             &err);
    world_put(w, stream, "k", "child ");
    int64_t now_us = world_now(w);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory, .start_us = now_us, .seed = 1});
    mr_delivery *d = world_deliver(w, &options);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "parent child ");
    world_close(w);
}

static void test_a_backup_that_is_switched_on_later_begins_with_what_is_not_delivered(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "one ");
    world_run_until_idle(w, d);
    world_put(w, stream, "k", "two ");
    int64_t now_us = world_now(w);
    char *directory = world_close_keep(w);
    options.backup_enabled = true;
    w = world_open(&(world_options){.directory = directory, .start_us = now_us, .seed = 1});
    d = world_deliver(w, &options);
    world_run_until_idle(w, d);
    check_bodies(w, "backup", "", "two ");
    check_bodies(w, "main", "", "one two ");
    world_close(w);
}

/* Found by the swarm (seed 55): the position of a new shard stood in one coverage alone. */
static void test_a_new_shard_that_was_delivered_but_not_backed_up_is_backed_up_later(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    options.backup_enabled = true;
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = SECOND;
    mr_stream *stream = world_stream(w, "s", 1);
    mr_delivery *d = world_deliver(w, &options);
    CHECK_OK("split", mr_stream_split(stream, mr_stream_shard(stream, 0), (mr_u128)1 << 127, &err),
             &err);
    world_put(w, stream, "k", "one ");
    world_run_for(w, MINUTE);
    CHECK_INT("delivered", mr_delivery_count(d).delivered, 1);
    CHECK_INT("not backed up yet", mr_delivery_count(d).backed_up, 0);
    int64_t now_us = world_now(w);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory, .start_us = now_us, .seed = 1});
    d = world_deliver(w, &options);
    world_run_until_idle(w, d);
    check_bodies(w, "backup", "", "one ");
    check_bodies(w, "main", "", "one ");
    world_close(w);
}

static void test_a_direct_put_is_kept_over_a_restart(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options(NULL);
    mr_delivery *d = world_deliver(w, &options);
    world_put_direct(d, (const char *const[]){"kept"}, 1);
    int64_t now_us = world_now(w);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory, .start_us = now_us, .seed = 1});
    d = world_deliver(w, &options);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "kept");
    world_close(w);
}

static void test_another_source_under_the_same_name_is_refused(void **state)
{
    (void)state;
    mr_error err;
    world *w = world_open(&(world_options){.seed = 1});
    mr_delivery_options options = world_delivery_options("s");
    world_stream(w, "s", 1);
    world_stream(w, "t", 1);
    (void)world_deliver(w, &options);
    char *directory = world_close_keep(w);
    w = world_open(&(world_options){.directory = directory, .seed = 1});
    options.source = "t";
    mr_delivery *d = NULL;
    CHECK_CODE("refused", mr_deliveries_create(w->deliveries, &options, &d, &err),
               MR_INVALID_ARGUMENT);
    CHECK_HAS("says why", err.message, "delivery stream d reads stream s in this state directory");
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_a_function_a_kill_anywhere_delivers_each_record_once),
        cmocka_unit_test(test_with_a_builtin_a_kill_anywhere_delivers_each_record_once),
        cmocka_unit_test(test_with_a_handler_a_kill_anywhere_delivers_each_record_once),
        cmocka_unit_test(test_a_full_disk_ends_a_run_in_simulated_time_and_loses_nothing),
        cmocka_unit_test(test_a_full_disk_is_waited_for_in_real_time),
        cmocka_unit_test(test_a_commit_that_fails_in_the_database_is_tried_again_in_real_time),
        cmocka_unit_test(test_a_restart_goes_on_where_the_last_process_stopped),
        cmocka_unit_test(test_a_shard_made_before_a_restart_is_read_from_its_first_record),
        cmocka_unit_test(test_a_backup_that_is_switched_on_later_begins_with_what_is_not_delivered),
        cmocka_unit_test(test_a_new_shard_that_was_delivered_but_not_backed_up_is_backed_up_later),
        cmocka_unit_test(test_a_direct_put_is_kept_over_a_restart),
        cmocka_unit_test(test_another_source_under_the_same_name_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
