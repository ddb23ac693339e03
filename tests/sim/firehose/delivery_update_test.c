/* delivery_update_test.c - other settings while records are under way, and a delivery stream that
 * is removed: nothing lost, nothing twice, and what was begun ends as it was begun. */
#include "tests/sim/firehose/delivery_world.h"

#include "sim/store/compress.h"

#include <inttypes.h>

static void put_one(mr_delivery *delivery, const char *data)
{
    world_put_direct(delivery, &data, 1);
}

static void update(mr_delivery *delivery, mr_delivery_options *options)
{
    mr_error err = {0};
    options->version++;
    CHECK_OK("update", mr_delivery_update(delivery, options, &err), &err);
}

/* Direct puts, version 1. */
static mr_delivery_options first_options(void)
{
    mr_delivery_options options = world_delivery_options(NULL);
    options.version = 1;
    return options;
}

/* The only key below a prefix holds this piece. */
static void check_key(world *w, const char *bucket, const char *prefix, const char *piece)
{
    found_objects *found = world_objects(w, bucket, prefix);
    CHECK_INT(prefix, found->count, 1);
    CHECK_HAS(prefix, found->count > 0 ? found->keys[0] : "nothing", piece);
    found_free(found);
}

/* ---- destinations ---- */

static void test_an_open_buffer_goes_to_the_new_destination_by_its_new_version(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "a");
    world_run_for(w, SECOND);
    options.destination.bucket = "backup";
    options.destination.prefix = "new/";
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 10 * SECOND;
    update(d, &options);
    put_one(d, "b");
    world_run_for(w, 9 * SECOND - 1);
    CHECK_INT("the interval counts from the first record", world_object_count(w, "backup", ""), 0);
    world_run_for(w, SECOND);
    check_bodies(w, "backup", "new/", "ab");
    check_key(w, "backup", "new/", "/d-2-2025-01-01-00-00-00-");
    CHECK_INT("nothing at the old place", world_object_count(w, "main", ""), 0);
    world_close(w);
}

static void test_a_begun_buffer_keeps_its_compression(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "plain");
    world_run_for(w, SECOND);
    options.destination.compression = MR_COMPRESSION_GZIP;
    options.destination.prefix = "x/";
    update(d, &options);
    put_one(d, "still");
    world_run_for(w, 301 * SECOND);
    check_bodies(w, "main", "x/", "plainstill");
    found_objects *found = world_objects(w, "main", "x/");
    CHECK_TRUE("no extension", strstr(found->keys[0], ".gz") == NULL);
    found_free(found);

    options.destination.prefix = "y/";
    update(d, &options);
    put_one(d, "packed");
    world_run_for(w, 301 * SECOND);
    check_key(w, "main", "y/", ".gz");
    mr_strbuf body = mr_strbuf_make(MR_MIB);
    char *packed = world_bodies(w, "main", "y/");
    found = world_objects(w, "main", "y/");
    mr_error err;
    CHECK_OK("gunzip", mr_gunzip(mr_strbuf_bytes(&found->bodies), &body, &err), &err);
    CHECK_STR("body", mr_strbuf_text(&body), "packed");
    found_free(found);
    mr_free(packed);
    mr_strbuf_deinit(&body);
    world_close(w);
}

static void test_a_smaller_hint_flushes_what_is_past_it(void **state)
{
    (void)state;
    static char large[MR_MIB + 1];
    memset(large, 'x', MR_MIB);
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    mr_delivery *d = world_deliver(w, &options);
    const char *half = large + MR_MIB - 600000;
    put_one(d, half);
    put_one(d, half);
    world_run_for(w, SECOND);
    CHECK_INT("within 5 MiB", world_object_count(w, "main", ""), 0);
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 300 * SECOND;
    update(d, &options);
    world_check(w);
    world_run_for(w, SECOND);
    CHECK_INT("past 1 MiB", world_object_count(w, "main", ""), 1);
    CHECK_INT("by size", mr_delivery_count(d).flush_size, 1);

    put_one(d, "late");
    world_run_for(w, 20 * SECOND);
    options.destination.interval_us = 10 * SECOND;
    update(d, &options);
    world_check(w);
    world_run_for(w, SECOND);
    CHECK_INT("past the interval", world_object_count(w, "main", ""), 2);
    world_close(w);
}

static void test_a_sealed_buffer_keeps_its_bucket_and_its_key(void **state)
{
    (void)state;
    mr_error err = {0};
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    options.destination.bucket = "later";
    options.destination.prefix = "old/";
    options.destination.compression = MR_COMPRESSION_GZIP;
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "a");
    world_run_for(w, 302 * SECOND);
    CHECK_TRUE("refused", mr_delivery_count(d).put_retries > 0);
    options.destination.bucket = "main";
    options.destination.prefix = "new/";
    options.destination.compression = MR_COMPRESSION_NONE;
    update(d, &options);
    CHECK_OK("bucket", mr_store_create_bucket(w->store, "later", &err), &err);
    put_one(d, "b");
    world_run_for(w, 400 * SECOND);
    check_key(w, "later", "old/", "/d-1-");
    check_key(w, "later", "old/", ".gz");
    check_bodies(w, "main", "new/", "b");
    check_key(w, "main", "new/", "/d-2-");
    world_close(w);
}

/* ---- functions ---- */

static void test_a_function_that_is_added_sees_what_comes_behind(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    world_function(w, "f", false);
    mr_delivery_options options = first_options();
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "a");
    world_run_for(w, SECOND);
    options.function = "f";
    update(d, &options);
    put_one(d, "b");
    world_run_for(w, 61 * SECOND);
    put_one(d, "c");
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "a<b><c>");
    CHECK_INT("invocations", mr_delivery_count(d).invocations, 2);
    world_close(w);
}

static void test_batches_in_flight_finish_by_the_function_they_were_begun_with(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    world_function(w, "f", false);
    mr_delivery_options options = first_options();
    options.function = "f";
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "a");
    world_run_for(w, 60 * SECOND); /* the batch of "a" is with the handler */
    put_one(d, "b");
    world_run_for(w, 1); /* the open batch holds "b" */
    options.function = NULL;
    update(d, &options);
    world_check(w);
    put_one(d, "c"); /* read when both were applied */
    CHECK_INT("two with the handler", mr_delivery_count(d).in_lambda, 2);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "<a><b>c");
    CHECK_INT("invocations", mr_delivery_count(d).invocations, 2);

    options.function = "f";
    options.lambda_bytes = MR_MIB;
    options.lambda_interval_us = SECOND;
    update(d, &options);
    put_one(d, "e");
    options.lambda_interval_us = 2 * SECOND;
    update(d, &options);
    world_run_until_idle(w, d);
    CHECK_INT("with either buffer", mr_delivery_count(d).invocations, 3);
    world_close(w);
}

static void test_a_failing_function_can_be_taken_away(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    options.function = "absent";
    options.lambda_retries = 1;
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "a");
    world_run_for(w, 60 * SECOND + 500000); /* refused once, backing off */
    options.function = NULL;
    options.lambda_retries = -1;
    update(d, &options);
    put_one(d, "b");
    world_run_until_idle(w, d);
    CHECK_INT("it failed as it was begun", mr_delivery_count(d).error_delivered, 1);
    check_bodies(w, "main", "20", "b");
    world_close(w);
}

/* ---- backup ---- */

static void test_a_backup_that_is_switched_on_begins_with_the_next_record(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "a");
    world_run_for(w, SECOND);
    options.backup_enabled = true;
    update(d, &options);
    put_one(d, "b");
    world_run_for(w, SECOND);

    options.backup.prefix = "moved/";
    char *directory = world_copy_tree(w->directory);
    update(d, &options);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "ab");
    check_bodies(w, "backup", "moved/", "b");
    check_key(w, "backup", "moved/", "/d-3-");
    world_close(w);

    /* Killed before anything was delivered: the same comes of what is on disk. */
    w = world_open(&(world_options){.directory = directory});
    d = world_deliver(w, &options);
    world_run_until_idle(w, d);
    check_bodies(w, "main", "", "ab");
    check_bodies(w, "backup", "moved/", "b");
    world_close(w);
}

/* ---- removing ---- */

static void test_a_removed_delivery_stream_discards_its_buffers_and_frees_its_name(void **state)
{
    (void)state;
    mr_error err = {0};
    world *w = world_open(&(world_options){0});
    world_function(w, "f", false);
    mr_delivery_options options = first_options();
    options.function = "f";
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "buffered");
    CHECK_OK("remove", mr_deliveries_remove(w->deliveries, "d", &err), &err);
    CHECK_TRUE("gone", mr_deliveries_find(w->deliveries, "d") == NULL);

    d = world_deliver(w, &options);
    put_one(d, "with the handler");
    world_run_for(w, 60 * SECOND);
    CHECK_INT("invoked", mr_delivery_count(d).invocations, 1);
    CHECK_OK("remove", mr_deliveries_remove(w->deliveries, "d", &err), &err);
    world_run_for(w, HOUR);
    CHECK_INT("nothing came of either", world_object_count(w, "main", ""), 0);
    CHECK_OK("once more", mr_deliveries_remove(w->deliveries, "d", &err), &err);
    world_close(w);
}

static void test_a_put_under_way_is_forgotten(void **state)
{
    (void)state;
    mr_error err = {0};
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    mr_delivery *d = world_deliver(w, &options);
    put_one(d, "a");
    world_run_for(w, 300 * SECOND + 1); /* a put takes 20 ms */
    CHECK_OK("remove", mr_deliveries_remove(w->deliveries, "d", &err), &err);
    world_run_for(w, HOUR);
    CHECK_INT("no object", world_object_count(w, "main", ""), 0);
    CHECK_TRUE("no timer", mr_clock_next_due_us(w->clock) == INT64_MAX);
    world_close(w);
}

static void test_a_name_that_is_used_again_gives_other_keys(void **state)
{
    (void)state;
    mr_error err = {0};
    world *w = world_open(&(world_options){0});
    mr_delivery_options options = first_options();
    options.destination.size_bytes = MR_MIB;
    options.destination.interval_us = 0;
    for (int i = 0; i < 3; i++) { /* at one instant: the second in the key tells nothing apart */
        mr_delivery *d = world_deliver(w, &options);
        put_one(d, "a");
        while (mr_delivery_count(d).delivered == 0) {
            CHECK_TRUE("something is set", world_step(w));
        }
        CHECK_OK("remove", mr_deliveries_remove(w->deliveries, "d", &err), &err);
    }
    CHECK_INT("objects", world_object_count(w, "main", ""), 3);
    world_close(w);
}

static void test_a_deleted_source_ends_nothing_but_the_reading(void **state)
{
    (void)state;
    mr_error err = {0};
    world *w = world_open(&(world_options){0});
    mr_stream *stream = world_stream(w, "s", 2);
    mr_delivery_options options = world_delivery_options("s");
    mr_delivery *d = world_deliver(w, &options);
    world_put(w, stream, "k", "read");
    world_run_for(w, 2 * SECOND);
    CHECK_OK("delete", mr_streams_delete(w->streams, "s", &err), &err);
    world_run_for(w, 301 * SECOND);
    CHECK_TRUE(w->fatal.message, !w->has_fatal);
    check_bodies(w, "main", "", "read");
    CHECK_TRUE("idle", mr_delivery_is_idle(d));
    world_close(w);
}

/* ---- by chance ---- */

#define RECORDS_MAX 2000

static void draw_options(mr_prng *prng, mr_delivery_options *options)
{
    static const char *const prefixes[] = {NULL, "p/", "q/"};
    options->destination.prefix = prefixes[mr_prng_below(prng, MR_COUNT(prefixes))];
    options->destination.bucket = "main";
    options->destination.size_bytes = mr_prng_below(prng, 2) == 0 ? 0 : MR_MIB;
    options->destination.interval_us =
        options->destination.size_bytes == 0 ? -1 : (int64_t)mr_prng_below(prng, 200) * SECOND;
    options->function = mr_prng_below(prng, 2) == 0 ? NULL : "f";
    options->lambda_bytes = mr_prng_below(prng, 2) == 0 ? 0 : MR_MIB;
    options->lambda_interval_us = options->lambda_bytes == 0 ? -1 : 3 * SECOND;
    options->backup_enabled = options->backup_enabled || mr_prng_below(prng, 8) == 0;
}

/* How often each number stands in text, as "<12>" or "12;": numbers end in ';'. */
static void count_numbers(const char *text, unsigned *counts)
{
    while (*text != '\0') {
        char *end;
        unsigned long number = strtoul(text + strcspn(text, "0123456789"), &end, 10);
        if (*end == '\0') {
            break;
        }
        CHECK_TRUE("a number of ours", number < RECORDS_MAX);
        counts[number]++;
        text = end;
    }
}

static void check_seed(uint64_t seed)
{
    world *w = world_open(&(world_options){.seed = seed});
    world_function(w, "f", false);
    mr_prng prng = mr_prng_named(seed, "updates");
    mr_delivery_options options = first_options();
    mr_delivery *d = world_deliver(w, &options);
    unsigned put = 0, backed_up_from = RECORDS_MAX;
    char text[48];
    for (int i = 0; i < 200; i++) {
        uint64_t what = mr_prng_below(&prng, 4);
        if (what == 0) {
            bool had_backup = options.backup_enabled;
            draw_options(&prng, &options);
            update(d, &options);
            world_check(w);
            if (!had_backup && options.backup_enabled) {
                backed_up_from = (unsigned)mr_delivery_count(d).read;
            }
        } else if (what == 1) {
            world_run_for(w, (int64_t)mr_prng_below(&prng, 100 * SECOND));
        } else {
            (void)snprintf(text, sizeof(text), "%u;", put++);
            put_one(d, text);
            world_run_for(w, (int64_t)mr_prng_below(&prng, 2) * 1000);
        }
    }
    mr_delivery_drain(d);
    world_run_until_idle(w, d);
    static unsigned in_main[RECORDS_MAX], in_backup[RECORDS_MAX];
    memset(in_main, 0, sizeof(in_main));
    memset(in_backup, 0, sizeof(in_backup));
    char *main = world_bodies(w, "main", ""), *backup = world_bodies(w, "backup", "");
    count_numbers(main, in_main);
    count_numbers(backup, in_backup);
    for (unsigned i = 0; i < put; i++) {
        (void)snprintf(text, sizeof(text), "%u of %" PRIu64, i, seed);
        CHECK_INT(text, in_main[i], 1);
        CHECK_INT(text, in_backup[i], i >= backed_up_from ? 1 : 0);
    }
    mr_free(main);
    mr_free(backup);
    world_close(w);
}

static void test_whatever_is_changed_every_record_comes_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        check_seed(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_open_buffer_goes_to_the_new_destination_by_its_new_version),
        cmocka_unit_test(test_a_begun_buffer_keeps_its_compression),
        cmocka_unit_test(test_a_smaller_hint_flushes_what_is_past_it),
        cmocka_unit_test(test_a_sealed_buffer_keeps_its_bucket_and_its_key),
        cmocka_unit_test(test_a_function_that_is_added_sees_what_comes_behind),
        cmocka_unit_test(test_batches_in_flight_finish_by_the_function_they_were_begun_with),
        cmocka_unit_test(test_a_failing_function_can_be_taken_away),
        cmocka_unit_test(test_a_backup_that_is_switched_on_begins_with_the_next_record),
        cmocka_unit_test(test_a_removed_delivery_stream_discards_its_buffers_and_frees_its_name),
        cmocka_unit_test(test_a_put_under_way_is_forgotten),
        cmocka_unit_test(test_a_name_that_is_used_again_gives_other_keys),
        cmocka_unit_test(test_a_deleted_source_ends_nothing_but_the_reading),
        cmocka_unit_test(test_whatever_is_changed_every_record_comes_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
