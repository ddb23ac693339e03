/* ring_test.c - records on disk: what is appended comes back, whatever happens to the files. */
#include "sim/stream/ring.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/stream/segment.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SMALL 4096 /* the smallest segment */

static mr_ring_options small_options(const char *directory)
{
    return (mr_ring_options){.fs = mr_platform_fs(),
                             .directory = directory,
                             .segment_bytes_first = SMALL,
                             .segment_bytes_max = (size_t)4 * SMALL};
}

static mr_ring *open_small(const char *directory, mr_ring_recovery *recovery)
{
    mr_ring_options options = small_options(directory);
    mr_ring *ring = NULL;
    mr_error err = {0};
    CHECK_OK("open", mr_ring_open(&options, &ring, recovery, &err), &err);
    return ring;
}

/* The record that the tests append as number n: everything in it follows from n. */
static mr_record record_of(uint64_t n, char data[512])
{
    size_t len = (size_t)(n * 37 % 300);
    for (size_t i = 0; i < len; i++) {
        data[i] = (char)(n * 31 + i * 7);
    }
    size_t key_len = (size_t)snprintf(data + 300, 200, "key-%llu", (unsigned long long)(n % 13));
    return (mr_record){.data = mr_bytes_make(data, len),
                       .partition_key = mr_bytes_make(data + 300, key_len),
                       .input = (uint32_t)(n % 3),
                       .row = n % 3 == 0 ? 0 : n};
}

static int64_t arrival_of(uint64_t n)
{
    return INT64_C(1735689600000000) + (int64_t)(n / 3) * 1000;
}

static void append_numbers(mr_ring *ring, uint64_t from, uint64_t through)
{
    for (uint64_t n = from; n <= through; n++) {
        char data[512];
        mr_record record = record_of(n, data);
        uint64_t number;
        mr_error err = {0};
        CHECK_OK("append", mr_ring_append(ring, &record, arrival_of(n), &number, &err), &err);
        assert_true(number == n);
    }
}

static void check_view(const mr_record_view *view)
{
    char data[512];
    mr_record want = record_of(view->number, data);
    CHECK_BYTES("data", view->data, want.data);
    CHECK_BYTES("partition key", view->partition_key, want.partition_key);
    assert_true(view->arrival_us == arrival_of(view->number));
    assert_int_equal(view->input, want.input);
    assert_true(view->row == want.row);
}

/* Reads all from `from` on; checks each against what was appended. Returns how many. */
static uint64_t check_all(mr_ring *ring, uint64_t from)
{
    mr_ring_cursor *cursor = mr_ring_cursor_new(ring, from);
    mr_record_view view;
    mr_error err = {0};
    bool more;
    uint64_t count = 0;
    uint64_t before = 0;
    for (;;) {
        CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
        if (!more) {
            break;
        }
        assert_true(view.number > before);
        before = view.number;
        check_view(&view);
        count++;
    }
    mr_ring_cursor_free(cursor);
    return count;
}

static char *path_in(const char *directory, const char *name)
{
    return mr_format("%s/%s", directory, name);
}

/* ---- files as a whole ---- */

typedef struct file_set {
    char names[64][40];
    size_t count;
} file_set;

static bool note_name(const char *name, const mr_file_info *info, void *context)
{
    file_set *set = context;
    (void)info;
    assert_true(set->count < MR_COUNT(set->names));
    snprintf(set->names[set->count++], sizeof(set->names[0]), "%s", name);
    return true;
}

static file_set files_of(const char *directory)
{
    file_set set = {.count = 0};
    mr_error err = {0};
    CHECK_OK("list", mr_platform_fs()->list(mr_platform_fs(), directory, note_name, &set, &err),
             &err);
    return set;
}

static char *read_whole(const char *directory, const char *name, size_t *len)
{
    char *path = path_in(directory, name);
    char *bytes = NULL;
    mr_error err = {0};
    CHECK_OK("read", mr_fs_read_file(mr_platform_fs(), path, MR_GIB, &bytes, len, &err), &err);
    mr_free(path);
    return bytes;
}

static void write_whole(const char *directory, const char *name, const char *bytes, size_t len)
{
    char *path = path_in(directory, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    mr_free(path);
}

/* A sum over the names and bytes of all segments. */
static uint64_t sum_of(const char *directory)
{
    file_set set = files_of(directory);
    uint64_t sum = 0;
    for (size_t i = 0; i < set.count; i++) {
        size_t len;
        char *bytes = read_whole(directory, set.names[i], &len);
        sum = sum * 31 + mr_hash64(set.names[i], strlen(set.names[i]));
        sum = sum * 31 + mr_hash64(bytes, len);
        mr_free(bytes);
    }
    return sum;
}

/* ---- the tests ---- */

static void test_records_come_back_as_they_were_appended(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    assert_true(mr_ring_first(ring) == 1);
    assert_true(mr_ring_last(ring) == 0);
    assert_int_equal(check_all(ring, 1), 0);

    append_numbers(ring, 1, 500);
    assert_true(mr_ring_last(ring) == 500);
    assert_int_equal(check_all(ring, 1), 500);
    assert_int_equal(check_all(ring, 400), 101);
    mr_ring_close(ring);

    mr_ring_recovery recovery;
    ring = open_small(directory, &recovery);
    assert_true(recovery.records == 500);
    assert_true(recovery.bytes_dropped == 0);
    assert_int_equal(check_all(ring, 1), 500);
    append_numbers(ring, 501, 600);
    assert_int_equal(check_all(ring, 1), 600);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_files_are_named_so_that_a_listing_is_in_order(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, 400);
    mr_ring_close(ring);
    file_set set = files_of(directory);
    CHECK_STR("first", set.names[0], "00000000000000000001.seg");
    uint64_t before = 0;
    for (size_t i = 0; i < set.count; i++) {
        uint64_t first;
        assert_true(mr_segment_name_parse(set.names[i], &first));
        assert_true(first > before);
        before = first;
    }
    check_remove_dir(directory);
}

static void test_segments_double_up_to_the_largest(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, 600);
    mr_ring_close(ring);
    file_set set = files_of(directory);
    for (size_t i = 0; i < set.count; i++) {
        char *path = path_in(directory, set.names[i]);
        struct stat info;
        assert_int_equal(stat(path, &info), 0);
        size_t want = mr_min_size((size_t)SMALL << i, (size_t)4 * SMALL);
        CHECK_INT(set.names[i], info.st_size, want);
        mr_free(path);
    }
    assert_true(set.count > 4);
    check_remove_dir(directory);
}

static void test_a_record_larger_than_a_segment_gets_one_of_its_own(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    char *large = mr_calloc(1, 100000);
    memset(large, 'x', 100000);
    mr_error err = {0};
    uint64_t number;
    mr_record record = {.data = mr_bytes_make(large, 100000), .partition_key = mr_bytes_of("k")};
    CHECK_OK("large first", mr_ring_append(ring, &record, 1, &number, &err), &err);
    mr_record small = {.data = mr_bytes_of("small"), .partition_key = mr_bytes_of("k")};
    CHECK_OK("small", mr_ring_append(ring, &small, 1, &number, &err), &err);
    CHECK_OK("large again", mr_ring_append(ring, &record, 1, &number, &err), &err);
    assert_true(number == 3);

    for (int round = 0; round < 2; round++) {
        mr_ring_cursor *cursor = mr_ring_cursor_new(ring, 1);
        for (uint64_t n = 1; n <= 3; n++) {
            mr_record_view view;
            bool more;
            CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
            assert_true(more);
            CHECK_BYTES("data", view.data, n == 2 ? small.data : record.data);
        }
        mr_ring_cursor_free(cursor);
        mr_ring_close(ring);
        ring = open_small(directory, NULL);
    }
    mr_ring_close(ring);
    mr_free(large);
    check_remove_dir(directory);
}

static void test_bytes_follow_from_what_was_appended_alone(void **state)
{
    (void)state;
    char *one = check_temp_dir();
    char *other = check_temp_dir();
    mr_ring *ring = open_small(one, NULL);
    append_numbers(ring, 1, 300);
    mr_ring_close(ring);

    ring = open_small(other, NULL); /* the same with stops and readers in between */
    for (uint64_t n = 1; n <= 300; n += 20) {
        append_numbers(ring, n, n + 19);
        (void)check_all(ring, n);
        mr_ring_close(ring);
        ring = open_small(other, NULL);
    }
    mr_ring_close(ring);
    assert_true(sum_of(one) == sum_of(other));
    check_remove_dir(one);
    check_remove_dir(other);
}

static void test_a_torn_record_leaves_no_trace(void **state)
{
    (void)state;
    static const char name[] = "00000000000000000001.seg";
    char *want = check_temp_dir();
    mr_ring *ring = open_small(want, NULL);
    append_numbers(ring, 1, 10);
    mr_ring_close(ring);
    uint64_t want_sum = sum_of(want);
    size_t want_len;
    char *want_bytes = read_whole(want, name, &want_len);

    for (int same = 0; same < 2; same++) { /* the beginning of record 10, or anything */
        for (size_t torn = 1; torn < 1500; torn += 13) {
            char *directory = check_temp_dir();
            ring = open_small(directory, NULL);
            append_numbers(ring, 1, 9);
            mr_ring_close(ring);
            size_t len;
            char *bytes = read_whole(directory, name, &len);
            uint64_t tail;
            memcpy(&tail, bytes + 48, sizeof(tail));
            memcpy(bytes + tail, want_bytes + tail, torn);
            for (size_t i = 0; i < torn && !same; i++) {
                bytes[tail + i] ^= 0x55;
            }
            write_whole(directory, name, bytes, len);
            mr_free(bytes);

            mr_ring_recovery recovery;
            ring = open_small(directory, &recovery);
            assert_true(recovery.bytes_dropped == 0);
            assert_in_range(recovery.records, 9, 10); /* whole but not yet published: kept */
            append_numbers(ring, recovery.records + 1, 10);
            mr_ring_close(ring);
            assert_true(sum_of(directory) == want_sum);
            check_remove_dir(directory);
        }
    }
    mr_free(want_bytes);
    check_remove_dir(want);
}

/* After any damage: what is readable is right, appending goes on, and reopening agrees. */
static void check_survives(const char *directory, uint64_t at_least, const char *label)
{
    mr_ring *ring = open_small(directory, NULL);
    uint64_t count = check_all(ring, 1);
    if (count < at_least) {
        print_error("%s: %llu records, want %llu\n", label, (unsigned long long)count,
                    (unsigned long long)at_least);
        fail();
    }
    char data[512];
    uint64_t next = mr_ring_last(ring) + 1;
    for (uint64_t n = next; n < next + 3; n++) {
        mr_record record = record_of(n, data);
        uint64_t number;
        mr_error err = {0};
        CHECK_OK(label, mr_ring_append(ring, &record, arrival_of(n), &number, &err), &err);
        assert_true(number == n);
    }
    assert_int_equal(check_all(ring, 1), count + 3);
    mr_ring_close(ring);

    mr_ring_recovery recovery;
    ring = open_small(directory, &recovery);
    CHECK_INT(label, recovery.bytes_dropped, 0);
    assert_int_equal(check_all(ring, 1), count + 3);
    mr_ring_close(ring);
}

typedef struct small_ring {
    file_set files;
    char *bytes[64];
    size_t len[64];
    uint64_t first[64]; /* number of each segment's first record */
    uint64_t last;
} small_ring;

/* A ring of `count` records as bytes. */
static small_ring make_small_ring(uint64_t count)
{
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, count);
    mr_ring_close(ring);
    small_ring made = {.files = files_of(directory), .last = count};
    for (size_t i = 0; i < made.files.count; i++) {
        made.bytes[i] = read_whole(directory, made.files.names[i], &made.len[i]);
        assert_true(mr_segment_name_parse(made.files.names[i], &made.first[i]));
    }
    check_remove_dir(directory);
    return made;
}

static void free_small_ring(small_ring *made)
{
    for (size_t i = 0; i < made->files.count; i++) {
        mr_free(made->bytes[i]);
    }
}

static char *lay_out(const small_ring *made)
{
    char *directory = check_temp_dir();
    for (size_t i = 0; i < made->files.count; i++) {
        write_whole(directory, made->files.names[i], made->bytes[i], made->len[i]);
    }
    return directory;
}

/* How many records of segment i end at or before byte `offset`. */
static uint64_t whole_before(const small_ring *made, size_t i, size_t offset)
{
    uint64_t next = i + 1 < made->files.count ? made->first[i + 1] : made->last + 1;
    uint64_t at = MR_SEGMENT_HEADER_BYTES;
    uint64_t count = 0;
    for (uint64_t n = made->first[i]; n < next; n++) {
        char data[512];
        mr_record record = record_of(n, data);
        at += mr_segment_record_bytes(record.partition_key.len, record.data.len);
        if (at > offset) {
            break;
        }
        count++;
    }
    return count;
}

static void test_truncation_at_every_byte_loses_only_what_is_behind(void **state)
{
    (void)state;
    small_ring made = make_small_ring(40);
    assert_int_equal(made.files.count, 2);
    for (size_t i = 0; i < made.files.count; i++) {
        uint64_t others = i == 0 ? made.last + 1 - made.first[1] : made.first[1] - 1;
        for (size_t cut = 0; cut < made.len[i]; cut += cut < 400 ? 1 : 37) {
            char *directory = lay_out(&made);
            char label[80];
            snprintf(label, sizeof(label), "segment %zu cut at byte %zu", i, cut);
            write_whole(directory, made.files.names[i], made.bytes[i], cut);
            check_survives(directory, others + whole_before(&made, i, cut), label);
            check_remove_dir(directory);
        }
    }
    free_small_ring(&made);
}

static void test_a_flipped_bit_loses_only_what_is_behind(void **state)
{
    (void)state;
    small_ring made = make_small_ring(40);
    for (size_t i = 0; i < made.files.count; i++) {
        uint64_t others = i == 0 ? made.last + 1 - made.first[1] : made.first[1] - 1;
        for (size_t at = 0; at < made.len[i]; at += at < 200 ? 1 : 41) {
            char *directory = lay_out(&made);
            char label[80];
            snprintf(label, sizeof(label), "segment %zu, bit flipped in byte %zu", i, at);
            made.bytes[i][at] ^= (char)(1 << at % 8);
            write_whole(directory, made.files.names[i], made.bytes[i], made.len[i]);
            made.bytes[i][at] ^= (char)(1 << at % 8);
            uint64_t before = at < MR_SEGMENT_HEADER_BYTES ? whole_before(&made, i, made.len[i])
                                                           : whole_before(&made, i, at);
            check_survives(directory, others + before, label);
            check_remove_dir(directory);
        }
    }
    free_small_ring(&made);
}

static void test_numbers_of_lost_records_are_not_given_again(void **state)
{
    (void)state;
    small_ring made = make_small_ring(40);
    char *directory = lay_out(&made);
    size_t newest = made.files.count - 1;
    write_whole(directory, made.files.names[newest], made.bytes[newest], 700);
    mr_ring *ring = open_small(directory, NULL);
    assert_true(mr_ring_last(ring) >= 40);
    uint64_t next = mr_ring_last(ring) + 1;
    mr_ring_close(ring);
    ring = open_small(directory, NULL); /* and it is not forgotten */
    assert_true(mr_ring_last(ring) + 1 == next);
    mr_ring_close(ring);
    check_remove_dir(directory);
    free_small_ring(&made);
}

static void test_a_file_that_is_not_ours_does_no_harm(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    write_whole(directory, "README.txt", "hello", 5);
    write_whole(directory, "00000000000000000001.seg.new", "half", 4);
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, 5);
    mr_ring_close(ring);
    file_set set = files_of(directory);
    assert_int_equal(set.count, 2); /* the half-made segment is gone */
    check_remove_dir(directory);
}

static void test_overlapping_segments_are_refused(void **state)
{
    (void)state;
    small_ring made = make_small_ring(40);
    char *directory = lay_out(&made);
    write_whole(directory, "00000000000000000005.seg", made.bytes[1], made.len[1]);
    mr_ring_options options = small_options(directory);
    mr_ring *ring;
    mr_error err = {0};
    CHECK_CODE("open", mr_ring_open(&options, &ring, NULL, &err), MR_CORRUPT);
    CHECK_HAS("says which", err.message, "begins at record 5");
    check_remove_dir(directory);
    free_small_ring(&made);
}

static void test_a_newer_version_is_refused(void **state)
{
    (void)state;
    small_ring made = make_small_ring(10);
    char *directory = lay_out(&made);
    uint32_t version = 2;
    uint32_t crc = mr_crc32c(version, made.bytes[0] + 16, 32);
    memcpy(made.bytes[0] + 8, &version, sizeof(version));
    memcpy(made.bytes[0] + 12, &crc, sizeof(crc));
    write_whole(directory, made.files.names[0], made.bytes[0], made.len[0]);
    mr_ring_options options = small_options(directory);
    mr_ring *ring;
    mr_error err = {0};
    CHECK_CODE("open", mr_ring_open(&options, &ring, NULL, &err), MR_NEWER_VERSION);
    check_remove_dir(directory);
    free_small_ring(&made);
}

static void test_time_is_found_in_every_segment(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    assert_true(mr_ring_find_time(ring, 0) == 1);
    append_numbers(ring, 1, 400);
    for (uint64_t n = 1; n <= 400; n++) {
        uint64_t first_of_time = n / 3 * 3 == 0 ? 1 : n / 3 * 3;
        assert_true(mr_ring_find_time(ring, arrival_of(n)) == first_of_time);
        assert_true(mr_ring_find_time(ring, arrival_of(n) - 1) == first_of_time);
    }
    assert_true(mr_ring_find_time(ring, INT64_MIN) == 1);
    assert_true(mr_ring_find_time(ring, arrival_of(400) + 1) == 401);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_lookups_are_right_across_the_marks_of_a_large_segment(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring_options options = {.fs = mr_platform_fs(), .directory = directory};
    mr_ring *ring;
    mr_error err = {0};
    CHECK_OK("open", mr_ring_open(&options, &ring, NULL, &err), &err);
    char data[1000] = "";
    mr_record record = {.data = mr_bytes_make(data, sizeof(data)),
                        .partition_key = mr_bytes_of("k")};
    uint64_t number;
    for (int64_t n = 0; n < 900; n++) { /* a time lasts for 300 records, which is four marks */
        CHECK_OK("append", mr_ring_append(ring, &record, n / 300 * 10, &number, &err), &err);
    }
    for (int round = 0; round < 2; round++) {
        CHECK_INT("first", mr_ring_find_time(ring, 0), 1);
        CHECK_INT("between", mr_ring_find_time(ring, 1), 301);
        CHECK_INT("second", mr_ring_find_time(ring, 10), 301);
        CHECK_INT("third", mr_ring_find_time(ring, 20), 601);
        CHECK_INT("behind", mr_ring_find_time(ring, 21), 901);
        for (uint64_t from = 1; from <= 900; from += 7) {
            mr_ring_cursor *cursor = mr_ring_cursor_new(ring, from);
            mr_record_view view;
            bool more;
            CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
            assert_true(more && view.number == from);
            mr_ring_cursor_free(cursor);
        }
        mr_ring_close(ring);
        CHECK_OK("open", mr_ring_open(&options, &ring, NULL, &err), &err);
    }
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_time_never_goes_backward(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    mr_record record = {.data = mr_bytes_of("x"), .partition_key = mr_bytes_of("k")};
    uint64_t number;
    mr_error err = {0};
    CHECK_OK("append", mr_ring_append(ring, &record, 5000, &number, &err), &err);
    CHECK_OK("append", mr_ring_append(ring, &record, 100, &number, &err), &err);
    assert_int_equal(mr_ring_last_arrival_us(ring), 5000);
    mr_ring_close(ring);
    ring = open_small(directory, NULL);
    CHECK_OK("append", mr_ring_append(ring, &record, 200, &number, &err), &err);
    assert_int_equal(mr_ring_last_arrival_us(ring), 5000);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_a_cursor_at_the_tip_sees_what_comes(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    mr_ring_cursor *cursor = mr_ring_cursor_new(ring, 1);
    mr_record_view view;
    mr_error err = {0};
    bool more;
    for (uint64_t n = 1; n <= 300; n++) { /* across segments */
        CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
        assert_false(more);
        append_numbers(ring, n, n);
        CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
        assert_true(more);
        assert_true(view.number == n);
        check_view(&view);
        assert_true(mr_ring_cursor_at(cursor) == n + 1);
    }
    mr_ring_cursor_free(cursor);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_a_record_can_be_put_back(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, 200);
    mr_ring_cursor *cursor = mr_ring_cursor_new(ring, 1);
    mr_record_view view;
    mr_error err = {0};
    bool more;
    for (uint64_t n = 1; n <= 200; n++) {
        for (int round = 0; round < 2; round++) {
            CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
            assert_true(more && view.number == n);
            if (round == 0) {
                mr_ring_cursor_unread(cursor);
                assert_true(mr_ring_cursor_at(cursor) == n);
            }
        }
    }
    mr_ring_cursor_free(cursor);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_a_trimmed_ring_keeps_its_records_and_goes_on(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring_options options = {.fs = mr_platform_fs(), .directory = directory};
    mr_ring *ring;
    mr_error err = {0};
    CHECK_OK("open", mr_ring_open(&options, &ring, NULL, &err), &err);
    CHECK_OK("nothing to trim", mr_ring_trim(ring, &err), &err);
    append_numbers(ring, 1, 50);
    assert_int_equal(mr_ring_disk_bytes(ring), MR_MIB);
    for (int round = 0; round < 2; round++) {
        CHECK_OK("trim", mr_ring_trim(ring, &err), &err);
        assert_in_range(mr_ring_disk_bytes(ring), 4096, 16384);
        assert_int_equal(check_all(ring, 1), 50);
    }
    mr_ring_close(ring);
    mr_ring_recovery recovery;
    CHECK_OK("open", mr_ring_open(&options, &ring, &recovery, &err), &err);
    assert_true(recovery.records == 50 && recovery.bytes_dropped == 0);
    append_numbers(ring, 51, 200);
    assert_int_equal(check_all(ring, 1), 200);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_only_the_tail_and_the_windows_of_cursors_are_mapped(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, 1000);
    uint64_t idle = mr_ring_mapped_bytes(ring);
    assert_int_equal(idle, 4 * SMALL);
    assert_true(mr_ring_disk_bytes(ring) > 5 * idle);

    mr_ring_cursor *cursors[3];
    for (size_t i = 0; i < MR_COUNT(cursors); i++) {
        mr_record_view view;
        bool more;
        mr_error err = {0};
        cursors[i] = mr_ring_cursor_new(ring, i == 2 ? 300 : 1);
        CHECK_OK("next", mr_ring_cursor_next(cursors[i], &view, &more, &err), &err);
    }
    assert_true(mr_ring_mapped_bytes(ring) <= idle + (uint64_t)5 * SMALL); /* two windows */
    for (size_t i = 0; i < MR_COUNT(cursors); i++) {
        mr_ring_cursor_free(cursors[i]);
    }
    assert_int_equal(mr_ring_mapped_bytes(ring), idle);
    (void)check_all(ring, 1);
    assert_int_equal(mr_ring_mapped_bytes(ring), idle);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

/* Bytes of mapped files that count as this process's memory. */
static uint64_t resident_file_bytes(void)
{
    unsigned long long size, resident, shared;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%llu %llu %llu", &size, &resident, &shared), 3);
    (void)fclose(file);
    return (uint64_t)shared * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void test_what_opening_looked_at_is_not_kept_in_memory(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring_options options = {
        .fs = mr_platform_fs(), .directory = directory, .segment_bytes_first = 16 * MR_MIB};
    mr_ring *ring;
    mr_error err = {0};
    CHECK_OK("open", mr_ring_open(&options, &ring, NULL, &err), &err);
    const uint64_t before = resident_file_bytes();
    append_numbers(ring, 1, 20000);
    assert_true(resident_file_bytes() > before + 3 * MR_MIB); /* it can be seen */
    mr_ring_close(ring);

    CHECK_OK("open", mr_ring_open(&options, &ring, NULL, &err), &err);
    assert_true(resident_file_bytes() < before + MR_MIB);
    append_numbers(ring, 20001, 20100);
    assert_int_equal(check_all(ring, 1), 20100);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_recycling_removes_whole_segments_but_never_the_newest(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, 300);
    mr_error err = {0};
    size_t removed;
    mr_ring_oldest oldest;
    assert_true(mr_ring_oldest_segment(ring, &oldest));
    assert_true(oldest.first == 1);
    assert_true(oldest.bytes == SMALL);
    assert_true(oldest.has_rows);

    CHECK_OK("below its last", mr_ring_recycle(ring, oldest.last, INT64_MAX, &removed, &err), &err);
    assert_int_equal(removed, 0);
    CHECK_OK("its last arrived too late",
             mr_ring_recycle(ring, UINT64_MAX, oldest.last_arrival_us, &removed, &err), &err);
    assert_int_equal(removed, 0);
    CHECK_OK("one", mr_ring_recycle(ring, oldest.last + 1, INT64_MAX, &removed, &err), &err);
    assert_int_equal(removed, 1);
    assert_true(mr_ring_first(ring) == oldest.last + 1);

    CHECK_OK("all", mr_ring_recycle(ring, UINT64_MAX, INT64_MAX, &removed, &err), &err);
    assert_int_equal(files_of(directory).count, 1);
    assert_false(mr_ring_oldest_segment(ring, &oldest));
    assert_true(mr_ring_last(ring) == 300);
    mr_ring_close(ring);

    ring = open_small(directory, NULL); /* the numbers go on */
    append_numbers(ring, 301, 310);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_a_cursor_in_a_recycled_segment_goes_on_behind_it(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    mr_ring *ring = open_small(directory, NULL);
    append_numbers(ring, 1, 300);
    mr_ring_cursor *cursor = mr_ring_cursor_new(ring, 1);
    mr_record_view view;
    mr_error err = {0};
    bool more;
    CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
    size_t removed;
    CHECK_OK("recycle", mr_ring_recycle(ring, UINT64_MAX, INT64_MAX, &removed, &err), &err);
    check_view(&view); /* still borrowed */
    CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
    assert_true(more);
    assert_true(view.number == mr_ring_first(ring));
    check_view(&view);
    mr_ring_cursor_free(cursor);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

/* ---- a disk that is full ---- */

typedef struct full_disk {
    mr_file_system fs; /* first: the calls cast */
    int allowed;       /* allocations that succeed before it is full */
} full_disk;

static mr_code full_allocate(mr_file_system *fs, mr_file *file, uint64_t size, mr_error *err)
{
    full_disk *disk = (full_disk *)(void *)fs;
    if (disk->allowed == 0) {
        return mr_error_os(err, ENOSPC, "reserving disk");
    }
    disk->allowed--;
    return mr_platform_fs()->allocate(mr_platform_fs(), file, size, err);
}

static void test_a_full_disk_is_an_error_and_nothing_is_appended(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    full_disk disk = {.fs = *mr_platform_fs(), .allowed = 2};
    disk.fs.allocate = full_allocate;
    mr_ring_options options = small_options(directory);
    options.fs = &disk.fs;
    mr_ring *ring;
    mr_error err = {0};
    CHECK_OK("open", mr_ring_open(&options, &ring, NULL, &err), &err);

    char data[512];
    uint64_t last = 0;
    mr_code code;
    for (;;) {
        mr_record record = record_of(last + 1, data);
        uint64_t number;
        code = mr_ring_append(ring, &record, arrival_of(last + 1), &number, &err);
        if (code != MR_OK) {
            break;
        }
        last = number;
    }
    CHECK_CODE("append", code, MR_DISK_FULL);
    assert_true(mr_ring_last(ring) == last);
    assert_int_equal(check_all(ring, 1), last);
    assert_int_equal(files_of(directory).count, 2); /* no half-made file stays */

    disk.allowed = 1; /* somebody made room */
    append_numbers(ring, last + 1, last + 20);
    assert_int_equal(check_all(ring, 1), last + 20);
    mr_ring_close(ring);
    check_remove_dir(directory);
}

static void test_any_bytes_of_a_segment_are_read_safely(void **state)
{
    (void)state;
    CHECK_CORPUS(segment);
}

/* Thousands of small files are made: in memory, where there is such a place, a disk that is busy
 * with other things does not matter. */
static void prefer_memory(void)
{
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0) {
        setenv("TMPDIR", "/dev/shm", 1);
    }
}

int main(void)
{
    prefer_memory();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_come_back_as_they_were_appended),
        cmocka_unit_test(test_files_are_named_so_that_a_listing_is_in_order),
        cmocka_unit_test(test_segments_double_up_to_the_largest),
        cmocka_unit_test(test_a_record_larger_than_a_segment_gets_one_of_its_own),
        cmocka_unit_test(test_bytes_follow_from_what_was_appended_alone),
        cmocka_unit_test(test_a_torn_record_leaves_no_trace),
        cmocka_unit_test(test_truncation_at_every_byte_loses_only_what_is_behind),
        cmocka_unit_test(test_a_flipped_bit_loses_only_what_is_behind),
        cmocka_unit_test(test_numbers_of_lost_records_are_not_given_again),
        cmocka_unit_test(test_a_file_that_is_not_ours_does_no_harm),
        cmocka_unit_test(test_overlapping_segments_are_refused),
        cmocka_unit_test(test_a_newer_version_is_refused),
        cmocka_unit_test(test_time_is_found_in_every_segment),
        cmocka_unit_test(test_lookups_are_right_across_the_marks_of_a_large_segment),
        cmocka_unit_test(test_time_never_goes_backward),
        cmocka_unit_test(test_a_cursor_at_the_tip_sees_what_comes),
        cmocka_unit_test(test_a_record_can_be_put_back),
        cmocka_unit_test(test_a_trimmed_ring_keeps_its_records_and_goes_on),
        cmocka_unit_test(test_only_the_tail_and_the_windows_of_cursors_are_mapped),
        cmocka_unit_test(test_what_opening_looked_at_is_not_kept_in_memory),
        cmocka_unit_test(test_recycling_removes_whole_segments_but_never_the_newest),
        cmocka_unit_test(test_a_cursor_in_a_recycled_segment_goes_on_behind_it),
        cmocka_unit_test(test_a_full_disk_is_an_error_and_nothing_is_appended),
        cmocka_unit_test(test_any_bytes_of_a_segment_are_read_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
