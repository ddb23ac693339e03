/* stream_test.c - putting on a data stream: routing, limits, answers, faults. */
#include "tests/sim/stream/stream_world.h"

#include <sys/stat.h>
#include <unistd.h>

/* ---- creating ---- */

static void test_hash_ranges_of_new_streams_are_those_of_aws(void **state)
{
    (void)state;
    static const struct {
        uint32_t shards, shard;
        const char *start, *end;
    } cases[] = {
        {1, 0, "0", "340282366920938463463374607431768211455"},
        {2, 0, "0", "170141183460469231731687303715884105727"},
        {2, 1, "170141183460469231731687303715884105728",
         "340282366920938463463374607431768211455"},
        {3, 0, "0", "113427455640312821154458202477256070484"},
        {3, 1, "113427455640312821154458202477256070485",
         "226854911280625642308916404954512140969"},
        {3, 2, "226854911280625642308916404954512140970",
         "340282366920938463463374607431768211455"},
        {4, 1, "85070591730234615865843651857942052864", "170141183460469231731687303715884105727"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        stream_world w = world_make((mr_streams_options){0});
        mr_stream *stream = world_stream(&w, "s", cases[i].shards);
        mr_u128 start, end;
        char text[MR_HASH_KEY_SIZE];
        mr_shard_range(mr_stream_shard(stream, cases[i].shard), &start, &end);
        mr_hash_key_format(start, text);
        CHECK_STR("start", text, cases[i].start);
        mr_hash_key_format(end, text);
        CHECK_STR("end", text, cases[i].end);
        world_free(&w);
    }
}

static void test_shards_cover_the_hash_space_for_every_count(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    for (uint32_t count = 1; count <= 40; count++) {
        char name[20];
        snprintf(name, sizeof(name), "s%u", count);
        mr_stream *stream = world_stream(&w, name, count);
        mr_u128 next = 0, start, end;
        for (uint32_t i = 0; i < count; i++) {
            mr_shard_range(mr_stream_shard(stream, i), &start, &end);
            assert_true(start == next);
            next = end + 1;
        }
        assert_true(next == 0);
    }
    world_free(&w);
}

static void test_streams_are_found_again(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream_options options = {.name = "Crime.Stream-1_x",
                                 .shard_count = 3,
                                 .retention_us = 48 * 3600 * MR_US_PER_SECOND,
                                 .record_kib_max = 2048};
    mr_stream *stream;
    mr_error err = {0};
    CHECK_OK("create", mr_streams_create(w.streams, &options, &stream, &err), &err);
    (void)world_stream(&w, "another", 1);
    for (int i = 0; i < 50; i++) {
        char key[20];
        snprintf(key, sizeof(key), "key%d", i);
        (void)world_put(stream, key, "x");
    }
    uint64_t last[3];
    for (size_t i = 0; i < 3; i++) {
        last[i] = mr_shard_last(mr_stream_shard(stream, i));
        assert_true(last[i] > 0);
    }
    int64_t created = mr_stream_created_us(stream);
    world_advance(&w, MR_US_PER_SECOND);
    world_reopen(&w);

    size_t count;
    mr_stream **list = mr_streams_list(w.streams, &count);
    assert_int_equal(count, 2);
    CHECK_STR("byte order", mr_stream_name(list[0]), "Crime.Stream-1_x");
    CHECK_STR("byte order", mr_stream_name(list[1]), "another");
    mr_free(list);
    stream = mr_streams_find(w.streams, "Crime.Stream-1_x");
    assert_non_null(stream);
    assert_true(mr_stream_created_us(stream) == created);
    assert_true(mr_stream_retention_us(stream) == options.retention_us);
    assert_int_equal(mr_stream_record_kib_max(stream), 2048);
    for (size_t i = 0; i < 3; i++) {
        assert_true(mr_shard_last(mr_stream_shard(stream, i)) == last[i]);
    }
    world_free(&w);
}

static void test_bad_names_and_counts_are_refused(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    char long_name[130];
    memset(long_name, 'a', 129);
    long_name[129] = '\0';
    const mr_stream_options cases[] = {
        {.name = "", .shard_count = 1},
        {.name = "a/b", .shard_count = 1},
        {.name = "a b", .shard_count = 1},
        {.name = long_name, .shard_count = 1},
        {.name = "zero", .shard_count = 0},
        {.name = "small", .shard_count = 1, .record_kib_max = 1023},
        {.name = "large", .shard_count = 1, .record_kib_max = 10241},
        {.name = "short", .shard_count = 1, .retention_us = -1},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_stream *stream;
        mr_error err = {0};
        CHECK_CODE(cases[i].name, mr_streams_create(w.streams, &cases[i], &stream, &err),
                   MR_INVALID_ARGUMENT);
        assert_true(err.message[0] != '\0');
    }
    (void)world_stream(&w, "twice", 1);
    mr_stream_options twice = {.name = "twice", .shard_count = 1};
    mr_stream_options many = {.name = "many", .shard_count = MR_SHARDS_MAX + 1};
    mr_stream *stream;
    CHECK_CODE("many", mr_streams_create(w.streams, &many, &stream, NULL), MR_LIMIT_EXCEEDED);
    CHECK_CODE("exists", mr_streams_create(w.streams, &twice, &stream, NULL), MR_STREAM_EXISTS);
    world_free(&w);
}

static void test_names_of_dots_stay_in_their_directory(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "..", 1);
    (void)world_put(stream, "k", "x");
    mr_stream_options options = {.name = "firehose/../x", .shard_count = 1, .internal = true};
    mr_stream *internal;
    mr_error err = {0};
    CHECK_OK("internal", mr_streams_create(w.streams, &options, &internal, &err), &err);
    (void)world_put(internal, "", "x");
    char *path = mr_format("%s/streams/%%2E%%2E/shardId-000000000000", w.directory);
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    mr_free(path);
    path = mr_format("%s/streams/firehose%%2F..%%2Fx/shardId-000000000000", w.directory);
    assert_int_equal(stat(path, &info), 0);
    mr_free(path);
    size_t count;
    mr_stream **list = mr_streams_list(w.streams, &count);
    assert_int_equal(count, 1); /* internal ones are not listed, but found */
    mr_free(list);
    assert_non_null(mr_streams_find(w.streams, "firehose/../x"));
    world_free(&w);
}

static void test_a_deleted_stream_leaves_nothing(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    (void)world_put(stream, "k", "old");
    mr_error err = {0};
    CHECK_OK("delete", mr_streams_delete(w.streams, "s", &err), &err);
    CHECK_CODE("again", mr_streams_delete(w.streams, "s", &err), MR_STREAM_NOT_FOUND);
    assert_null(mr_streams_find(w.streams, "s"));
    char *path = mr_format("%s/streams/s", w.directory);
    struct stat info;
    assert_int_not_equal(stat(path, &info), 0);
    mr_free(path);
    world_reopen(&w);
    assert_null(mr_streams_find(w.streams, "s"));
    stream = world_stream(&w, "s", 1);
    assert_true(mr_shard_last(mr_stream_shard(stream, 0)) == 0);
    world_free(&w);
}

static void test_what_a_killed_creation_left_is_not_taken_in(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    (void)world_put(stream, "k", "old");
    mr_error err = {0};
    CHECK_OK("forget", mr_db_exec(w.db, "DELETE FROM shards; DELETE FROM streams", &err), &err);
    world_reopen(&w);
    stream = world_stream(&w, "s", 1);
    assert_true(mr_shard_last(mr_stream_shard(stream, 0)) == 0);
    world_free(&w);
}

static void test_a_catalog_whose_shards_do_not_fit_is_refused(void **state)
{
    (void)state;
    static const char *const damage[] = {
        "UPDATE shards SET hash_end = '5' WHERE shard_index = 0",
        "UPDATE shards SET hash_start = 'x' WHERE shard_index = 1",
        "DELETE FROM shards WHERE shard_index = 0",
        "DELETE FROM shards",
        "UPDATE shards SET closed_us = 1",
    };
    for (size_t i = 0; i < MR_COUNT(damage); i++) {
        stream_world w = world_make((mr_streams_options){0});
        (void)world_stream(&w, "s", 2);
        mr_error err = {0};
        CHECK_OK("damage", mr_db_exec(w.db, damage[i], &err), &err);
        mr_streams_close(w.streams);
        char *directory = mr_format("%s/streams", w.directory);
        w.options.directory = directory;
        CHECK_CODE(damage[i], mr_streams_open(&w.options, &w.streams, &err), MR_CORRUPT);
        CHECK_HAS(damage[i], err.message, "stream s");
        mr_free(directory);
        w.streams = NULL;
        world_free(&w);
    }
}

/* ---- routing ---- */

static mr_shard *shard_by_hand(mr_stream *stream, mr_u128 hash)
{
    for (size_t i = 0; i < mr_stream_shard_count(stream); i++) {
        mr_u128 start, end;
        mr_shard *shard = mr_stream_shard(stream, i);
        mr_shard_range(shard, &start, &end);
        if (mr_shard_is_open(shard) && start <= hash && hash <= end) {
            return shard;
        }
    }
    return NULL;
}

static void test_records_go_to_the_shard_of_their_hash(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 7);
    for (int round = 0; round < 2; round++) { /* the second time from the table of routes */
        for (int i = 0; i < 3000; i++) {
            char key[80];
            snprintf(key, sizeof(key), i % 5 == 0 ? "%060d" : "key-%d", i);
            mr_put_result result = world_put(stream, key, "x");
            assert_ptr_equal(result.shard, shard_by_hand(stream, mr_hash_key_of(mr_bytes_of(key))));
        }
    }
    world_free(&w);
}

/* Keys known and new, short and long, explicit hash keys between them: each record of a batch goes
 * where it goes alone, whatever stands around it. */
static void test_records_of_a_batch_go_to_the_shard_of_their_hash(void **state)
{
    (void)state;
    enum { MOST = 40 };
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 7);
    mr_prng prng = mr_prng_named(3, "batches");
    for (size_t round = 0; round < 300; round++) {
        const size_t count = 1 + round % MOST;
        char keys[MOST][80];
        mr_record records[MOST];
        mr_put_result results[MOST];
        for (size_t i = 0; i < count; i++) {
            const int chance = (int)mr_prng_below(&prng, 500);
            snprintf(keys[i], sizeof(keys[i]), chance % 7 == 0 ? "%060d" : "key-%d", chance);
            records[i] = (mr_record){.data = mr_bytes_of("x"),
                                     .partition_key = mr_bytes_of(keys[i]),
                                     .has_explicit_hash = chance % 5 == 0,
                                     .explicit_hash = (mr_u128)chance << 119};
        }
        size_t failed;
        mr_error err = {0};
        CHECK_OK("put", mr_stream_put(stream, records, count, results, &failed, &err), &err);
        CHECK_INT("failed", failed, 0);
        for (size_t i = 0; i < count; i++) {
            mr_u128 hash = records[i].has_explicit_hash ? records[i].explicit_hash
                                                        : mr_hash_key_of(records[i].partition_key);
            assert_ptr_equal(results[i].shard, shard_by_hand(stream, hash));
        }
    }
    world_free(&w);
}

static void test_an_explicit_hash_key_wins(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 5);
    for (size_t i = 0; i < 5; i++) {
        mr_u128 ends[2];
        mr_shard_range(mr_stream_shard(stream, i), &ends[0], &ends[1]);
        for (int e = 0; e < 2; e++) {
            mr_record record = {.data = mr_bytes_of("x"),
                                .partition_key = mr_bytes_of("same"),
                                .has_explicit_hash = true,
                                .explicit_hash = ends[e]};
            mr_put_result result;
            size_t failed;
            mr_error err = {0};
            CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
            assert_int_equal(mr_shard_index(result.shard), i);
        }
    }
    world_free(&w);
}

static void test_split_and_merge_change_the_routes(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_put_result before = world_put(stream, "abc", "x"); /* 0x9001...: shard 1 */
    assert_int_equal(mr_shard_index(before.shard), 1);
    mr_error err = {0};
    CHECK_OK("split", mr_stream_split(stream, before.shard, (mr_u128)0xC0 << 120, &err), &err);
    mr_put_result after = world_put(stream, "abc", "x");
    assert_int_equal(mr_shard_index(after.shard), 2);
    assert_int_equal(after.number, 1);
    world_free(&w);
}

/* ---- limits ---- */

static size_t put_many(mr_stream *stream, size_t count, size_t data_len)
{
    char *data = mr_calloc(1, data_len + 1);
    mr_record *records = mr_calloc(count, sizeof(*records));
    mr_put_result *results = mr_calloc(count, sizeof(*results));
    for (size_t i = 0; i < count; i++) {
        records[i] =
            (mr_record){.data = mr_bytes_make(data, data_len), .partition_key = mr_bytes_of("k")};
    }
    size_t failed;
    mr_error err = {0};
    CHECK_OK("put", mr_stream_put(stream, records, count, results, &failed, &err), &err);
    size_t refused = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(results[i].code == MR_OK || results[i].code == MR_THROTTLED);
        assert_non_null(results[i].shard);
        refused += results[i].code == MR_THROTTLED;
    }
    assert_int_equal(refused, failed);
    mr_free(results);
    mr_free(records);
    mr_free(data);
    return count - failed;
}

static void test_a_shard_takes_a_thousand_records_a_second(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 1);
    assert_int_equal(put_many(stream, 1200, 10), 1000);
    assert_int_equal(put_many(stream, 10, 10), 0);
    world_advance(&w, MR_US_PER_SECOND / 2);
    assert_int_equal(put_many(stream, 1200, 10), 500);
    world_free(&w);
}

static void test_a_shard_takes_a_mebibyte_a_second_with_its_keys(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 1);
    assert_int_equal(put_many(stream, 20, 100000), 10); /* 100001 bytes each */
    assert_int_equal(put_many(stream, 20, 48566), 0);   /* one byte more than is left */
    assert_int_equal(put_many(stream, 20, 48565), 1);   /* 1048576 - 1000010 - 1 */
    world_free(&w);
}

static void test_a_part_of_a_batch_is_refused_record_by_record(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 1);
    char *large = mr_calloc(1, 700000);
    mr_record records[4] = {
        {.data = mr_bytes_make(large, 700000), .partition_key = mr_bytes_of("k")},
        {.data = mr_bytes_make(large, 700000), .partition_key = mr_bytes_of("k")},
        {.data = mr_bytes_of("small"), .partition_key = mr_bytes_of("k")},
        {.data = mr_bytes_make(large, 700000), .partition_key = mr_bytes_of("k")},
    };
    static const mr_code want[4] = {MR_OK, MR_THROTTLED, MR_OK, MR_THROTTLED};
    mr_put_result results[4];
    size_t failed;
    mr_error err = {0};
    CHECK_OK("put", mr_stream_put(stream, records, 4, results, &failed, &err), &err);
    assert_int_equal(failed, 2);
    for (size_t i = 0; i < 4; i++) {
        CHECK_CODE("entry", results[i].code, want[i]);
    }
    assert_int_equal(results[2].number, 2);
    mr_free(large);
    world_free(&w);
}

static void test_shards_are_limited_one_by_one(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 2);
    for (int i = 0; i < 1500; i++) {
        mr_put_result result = world_put(stream, "abc", "x");
        CHECK_CODE("hot shard", result.code, i < 1000 ? MR_OK : MR_THROTTLED);
    }
    CHECK_CODE("the other", world_put(stream, "a", "x").code, MR_OK);
    world_free(&w);
}

static void test_an_on_demand_stream_is_limited_as_a_whole(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream_options options = {.name = "s", .shard_count = 4, .on_demand = true};
    mr_stream *stream;
    mr_error err = {0};
    CHECK_OK("create", mr_streams_create(w.streams, &options, &stream, &err), &err);
    assert_int_equal(put_many(stream, 60, 99999), 41); /* 4 MiB, all on one shard */
    world_free(&w);
}

static void test_internal_streams_and_limits_off_know_no_limits(void **state)
{
    (void)state;
    for (int internal = 0; internal < 2; internal++) {
        stream_world w = world_make((mr_streams_options){.limits = internal != 0});
        mr_stream_options options = {.name = "s", .shard_count = 1, .internal = internal != 0};
        mr_stream *stream;
        mr_error err = {0};
        CHECK_OK("create", mr_streams_create(w.streams, &options, &stream, &err), &err);
        assert_int_equal(put_many(stream, 5000, 1000), 5000);
        world_free(&w);
    }
}

/* ---- a disk that answers ---- */

typedef struct counting_disk {
    mr_file_system fs; /* first: the calls cast */
    int syncs;
    bool broken;
} counting_disk;

static mr_code count_sync(mr_file_system *fs, mr_file *file, mr_error *err)
{
    counting_disk *disk = (counting_disk *)(void *)fs;
    disk->syncs++;
    if (disk->broken) {
        return mr_error_set(err, MR_IO, "the disk is gone");
    }
    return mr_platform_fs()->sync(mr_platform_fs(), file, err);
}

static void test_a_durable_put_answers_when_the_disk_has_it(void **state)
{
    (void)state;
    for (int durable = 0; durable < 2; durable++) {
        stream_world w = world_make((mr_streams_options){.durable = durable != 0});
        counting_disk disk = {.fs = *mr_platform_fs()};
        disk.fs.sync = count_sync;
        mr_streams_close(w.streams);
        char *directory = mr_format("%s/streams", w.directory);
        w.options.directory = directory;
        w.options.fs = &disk.fs;
        mr_error err = {0};
        CHECK_OK("open", mr_streams_open(&w.options, &w.streams, &err), &err);
        mr_free(directory);
        mr_stream *stream = world_stream(&w, "s", 1);
        disk.syncs = 0;
        (void)world_put(stream, "k", "x");
        assert_int_equal(disk.syncs, durable);
        disk.broken = true;
        mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")};
        mr_put_result result;
        size_t failed;
        CHECK_CODE("put", mr_stream_put(stream, &record, 1, &result, &failed, &err),
                   durable ? MR_IO : MR_OK);
        world_free(&w);
    }
}

/* ---- what fails a request ---- */

static void test_a_record_too_large_fails_the_request_and_nothing_is_stored(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    char *large = mr_calloc(1, MR_MIB);
    mr_record records[2] = {
        {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")},
        {.data = mr_bytes_make(large, MR_MIB), .partition_key = mr_bytes_of("k")},
    };
    mr_put_result results[2];
    size_t failed;
    mr_error err = {0};
    CHECK_CODE("put", mr_stream_put(stream, records, 2, results, &failed, &err),
               MR_RECORD_TOO_LARGE);
    CHECK_HAS("says which", err.message, "record 2");
    assert_int_equal(failed, 2);
    assert_true(mr_shard_last(mr_stream_shard(stream, 0)) == 0);
    records[1].data.len = MR_MIB - 1; /* with its key exactly MaxRecordSizeInKiB */
    CHECK_OK("put", mr_stream_put(stream, records, 2, results, &failed, &err), &err);
    assert_int_equal(failed, 0);
    mr_free(large);
    world_free(&w);
}

static void test_partition_keys_have_bounds(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    char key[1026];
    memset(key, 'k', sizeof(key));
    static const size_t lens[] = {0, 1, 1024, 1025};
    for (size_t i = 0; i < MR_COUNT(lens); i++) {
        mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_make(key, lens[i])};
        mr_put_result result;
        size_t failed;
        CHECK_CODE("put", mr_stream_put(stream, &record, 1, &result, &failed, NULL),
                   lens[i] == 1 || lens[i] == 1024 ? MR_OK : MR_INVALID_ARGUMENT);
    }
    world_free(&w);
}

/* ---- faults ---- */

static void add_fault(stream_world *w, mr_fault_rule rule)
{
    mr_error err = {0};
    rule.until_us = INT64_MAX;
    CHECK_OK("fault", mr_faults_add(w->faults, &rule, &err), &err);
}

static void test_put_faults_strike_one_record(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_PUT_FAILED, .first = 2, .most = 1});
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_SHARD_THROTTLED,
                                  .target = "s/shardId-000000000000",
                                  .first = 2,
                                  .most = 1});
    CHECK_CODE("first", world_put(stream, "k", "x").code, MR_OK);
    CHECK_CODE("second", world_put(stream, "k", "x").code, MR_INTERNAL_FAILURE);
    CHECK_CODE("third", world_put(stream, "k", "x").code, MR_THROTTLED);
    CHECK_CODE("fourth", world_put(stream, "k", "x").code, MR_OK);
    assert_true(mr_shard_last(mr_stream_shard(stream, 0)) == 2);
    world_free(&w);
}

static void test_a_poisoned_record_is_acknowledged_and_holds_something_else(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_PUT_POISONED, .first = 2, .most = 1});
    add_fault(&w, (mr_fault_rule){
                      .kind = MR_FAULT_PUT_POISONED, .first = 3, .most = 1, .text = "bad|row"});
    static const char *const sent[] = {"one", "two", "three", "four"};
    for (size_t i = 0; i < MR_COUNT(sent); i++) {
        mr_put_result result = world_put(stream, "k", sent[i]);
        CHECK_CODE(sent[i], result.code, MR_OK);
        CHECK_INT(sent[i], result.number, i + 1);
    }
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    CHECK_OK("read", world_read(reader, 10, &log, &result), NULL);
    mr_reader_free(reader);
    CHECK_STR("data", log.text, "one \xff\xfepoison\xc3 bad|row four");
    world_free(&w);
}

/* A record of so many bytes with its partition key. */
static mr_code put_of_bytes(mr_stream *stream, size_t bytes)
{
    char *data = mr_calloc(1, bytes);
    mr_record record = {.data = mr_bytes_make(data, bytes - 1), .partition_key = mr_bytes_of("k")};
    mr_put_result result = {0};
    size_t failed;
    mr_error err = {0};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    mr_free(data);
    return result.code;
}

static void test_the_limits_judge_a_poisoned_record_as_it_was_sent(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    mr_stream *stream = world_stream(&w, "s", 1);
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_PUT_POISONED, .most = 2});
    CHECK_CODE("all of a second", put_of_bytes(stream, MR_MIB), MR_OK);
    CHECK_CODE("nothing is left", put_of_bytes(stream, 100), MR_THROTTLED);
    CHECK_INT("no strike is spent on it", mr_faults_struck(w.faults, 0), 1);
    world_advance(&w, MR_US_PER_SECOND);
    CHECK_CODE("later", put_of_bytes(stream, 100), MR_OK);
    CHECK_INT("struck", mr_faults_struck(w.faults, 0), 2);
    world_free(&w);
}

static void test_a_lost_acknowledgement_has_stored_everything(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    add_fault(&w, (mr_fault_rule){.kind = MR_FAULT_ACK_LOST, .target = "s", .most = 1});
    mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")};
    mr_put_result result;
    size_t failed;
    mr_error err = {0};
    CHECK_CODE("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), MR_IO);
    CHECK_HAS("message", err.message, "connection reset");
    CHECK_CODE("entry", result.code, MR_OK);
    assert_true(mr_shard_last(mr_stream_shard(stream, 0)) == 1);
    CHECK_CODE("again", world_put(stream, "k", "x").code, MR_OK);
    world_free(&w);
}

/* ---- events ---- */

typedef struct event_counts {
    uint64_t put, put_bytes, throttled, read, records;
    char key[32];
    char sequence[MR_SEQUENCE_SIZE];
    uint64_t recovered, recovered_bytes;
} event_counts;

static void count_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    event_counts *counts = context;
    (void)time_us;
    (void)line;
    switch (event->type) {
    case MR_EVENT_PUT:
        counts->put += event->records;
        counts->put_bytes += event->bytes;
        break;
    case MR_EVENT_THROTTLED:
        counts->throttled += event->records;
        break;
    case MR_EVENT_READ:
        counts->read += event->records;
        break;
    case MR_EVENT_RECORD:
        counts->records++;
        snprintf(counts->key, sizeof(counts->key), "%s", event->key);
        snprintf(counts->sequence, sizeof(counts->sequence), "%s", event->id);
        break;
    case MR_EVENT_RECOVERED:
        counts->recovered += event->records;
        counts->recovered_bytes += event->bytes;
        break;
    default:
        break;
    }
}

static void test_puts_refusals_and_reads_are_counted(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    event_counts counts = {.put = 0};
    mr_trace_listen(w.trace, count_event, &counts, false);
    mr_stream *stream = world_stream(&w, "s", 1);
    assert_int_equal(put_many(stream, 1200, 9), 1000);
    mr_reader *reader = mr_reader_new(mr_stream_shard(stream, 0), 1);
    read_log log;
    mr_read_result result;
    CHECK_OK("read", world_read(reader, 700, &log, &result), NULL);
    mr_reader_free(reader);
    mr_trace_flush_rates(w.trace);
    assert_int_equal(counts.put, 1000);
    assert_int_equal(counts.put_bytes, 10000);
    assert_int_equal(counts.throttled, 200);
    assert_int_equal(counts.read, 700);
    assert_int_equal(counts.records, 0);
    world_free(&w);
}

static void test_record_events_come_when_asked_for(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    event_counts counts = {.put = 0};
    mr_trace_listen(w.trace, count_event, &counts, true);
    mr_stream *stream = world_stream(&w, "s", 2);
    (void)world_put(stream, "a", "x");
    mr_put_result put = world_put(stream, "abc", "x");
    assert_int_equal(counts.records, 2);
    CHECK_STR("partition key", counts.key, "abc");
    char sequence[MR_SEQUENCE_SIZE];
    mr_shard_sequence(put.shard, put.number, WORLD_START, sequence);
    CHECK_STR("sequence number", counts.sequence, sequence);
    world_free(&w);
}

static void test_what_opening_found_is_told(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 1);
    for (int i = 0; i < 10; i++) {
        (void)world_put(stream, "key", "0123456789");
    }
    mr_streams_close(w.streams);
    char *path =
        mr_format("%s/streams/s/shardId-000000000000/00000000000000000001.seg", w.directory);
    assert_int_equal(truncate(path, 64 + 5 * 56 + 3), 0);
    mr_free(path);
    event_counts counts = {.put = 0};
    mr_trace_listen(w.trace, count_event, &counts, false);
    char *directory = mr_format("%s/streams", w.directory);
    w.options.directory = directory;
    mr_error err = {0};
    CHECK_OK("open", mr_streams_open(&w.options, &w.streams, &err), &err);
    mr_free(directory);
    assert_int_equal(counts.recovered, 5);
    assert_int_equal(counts.recovered_bytes, 5 * 56);
    CHECK_CODE("goes on", world_put(mr_streams_find(w.streams, "s"), "key", "x").code, MR_OK);
    world_free(&w);
}

/* ---- sequence numbers ---- */

static void test_sequence_numbers_rise_and_name_their_shard(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){0});
    mr_stream *stream = world_stream(&w, "s", 2);
    mr_shard *shard = mr_stream_shard(stream, 1);
    char before[MR_SEQUENCE_SIZE], text[MR_SEQUENCE_SIZE];
    mr_shard_sequence_start(shard, before);
    mr_sequence sequence;
    assert_true(mr_sequence_parse(mr_bytes_of(before), &sequence, NULL));
    assert_int_equal(sequence.shard_created_s, WORLD_START / MR_US_PER_SECOND - 2);
    assert_int_equal(sequence.counter, 0);
    for (int i = 0; i < 100; i++) {
        world_advance(&w, 50 * MR_US_PER_MS);
        mr_put_result result = world_put(stream, "abc", "x");
        assert_ptr_equal(result.shard, shard);
        mr_shard_sequence(shard, result.number, mr_clock_now_us(w.clock), text);
        assert_true(strcmp(text, before) > 0);
        assert_true(mr_sequence_parse(mr_bytes_of(text), &sequence, NULL));
        assert_int_equal(sequence.shard_index, 1);
        assert_true(sequence.counter == result.number);
        assert_int_equal(sequence.record_s, mr_clock_now_us(w.clock) / MR_US_PER_SECOND);
        memcpy(before, text, sizeof(before));
    }
    world_free(&w);
}

static void test_a_clock_that_jumps_moves_timestamps_and_no_limit(void **state)
{
    (void)state;
    stream_world w = world_make((mr_streams_options){.limits = true});
    const int64_t hour_us = 3600 * MR_US_PER_SECOND;
    mr_clock_jump(w.clock, hour_us);
    mr_stream *stream = world_stream(&w, "s", 1);
    mr_shard *shard = mr_stream_shard(stream, 0);
    assert_int_equal(mr_stream_created_us(stream), WORLD_START + hour_us);
    for (int i = 0; i < 1000; i++) {
        CHECK_CODE("within the limit", world_put(stream, "k", "x").code, MR_OK);
    }
    mr_clock_jump(w.clock, hour_us);
    CHECK_CODE("no second has passed", world_put(stream, "k", "x").code, MR_THROTTLED);
    mr_error err;
    mr_fault_rule rule = {.kind = MR_FAULT_SHARD_THROTTLED,
                          .from_us = WORLD_START + hour_us,
                          .until_us = WORLD_START + 3 * hour_us};
    CHECK_OK("rule", mr_faults_add(w.faults, &rule, &err), &err);
    world_advance(&w, MR_US_PER_SECOND);
    CHECK_CODE("no hour has passed", world_put(stream, "k", "x").code, MR_OK);

    CHECK_INT("the first by time",
              mr_shard_position(shard, MR_ITERATOR_AT_TIMESTAMP, WORLD_START + hour_us + 1), 1001);
    mr_clock_jump(w.clock, 22 * hour_us + 1);
    CHECK_INT("of the first hour", mr_shard_first(shard), 1);
    mr_clock_jump(w.clock, hour_us);
    CHECK_INT("a day later", mr_shard_first(shard), 1001);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash_ranges_of_new_streams_are_those_of_aws),
        cmocka_unit_test(test_shards_cover_the_hash_space_for_every_count),
        cmocka_unit_test(test_streams_are_found_again),
        cmocka_unit_test(test_bad_names_and_counts_are_refused),
        cmocka_unit_test(test_names_of_dots_stay_in_their_directory),
        cmocka_unit_test(test_a_deleted_stream_leaves_nothing),
        cmocka_unit_test(test_what_a_killed_creation_left_is_not_taken_in),
        cmocka_unit_test(test_a_catalog_whose_shards_do_not_fit_is_refused),
        cmocka_unit_test(test_records_go_to_the_shard_of_their_hash),
        cmocka_unit_test(test_records_of_a_batch_go_to_the_shard_of_their_hash),
        cmocka_unit_test(test_an_explicit_hash_key_wins),
        cmocka_unit_test(test_split_and_merge_change_the_routes),
        cmocka_unit_test(test_a_shard_takes_a_thousand_records_a_second),
        cmocka_unit_test(test_a_shard_takes_a_mebibyte_a_second_with_its_keys),
        cmocka_unit_test(test_a_part_of_a_batch_is_refused_record_by_record),
        cmocka_unit_test(test_shards_are_limited_one_by_one),
        cmocka_unit_test(test_an_on_demand_stream_is_limited_as_a_whole),
        cmocka_unit_test(test_internal_streams_and_limits_off_know_no_limits),
        cmocka_unit_test(test_a_durable_put_answers_when_the_disk_has_it),
        cmocka_unit_test(test_a_record_too_large_fails_the_request_and_nothing_is_stored),
        cmocka_unit_test(test_partition_keys_have_bounds),
        cmocka_unit_test(test_put_faults_strike_one_record),
        cmocka_unit_test(test_a_poisoned_record_is_acknowledged_and_holds_something_else),
        cmocka_unit_test(test_the_limits_judge_a_poisoned_record_as_it_was_sent),
        cmocka_unit_test(test_a_lost_acknowledgement_has_stored_everything),
        cmocka_unit_test(test_puts_refusals_and_reads_are_counted),
        cmocka_unit_test(test_record_events_come_when_asked_for),
        cmocka_unit_test(test_what_opening_found_is_told),
        cmocka_unit_test(test_sequence_numbers_rise_and_name_their_shard),
        cmocka_unit_test(test_a_clock_that_jumps_moves_timestamps_and_no_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
