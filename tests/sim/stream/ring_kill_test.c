/*
 * ring_kill_test.c - a process that appends is killed at any instant: every record that it
 * acknowledged is there afterwards, whole, and appending goes on behind it.
 */
#include "sim/stream/ring.h"

#include "sim/base/alloc.h"
#include "sim/time/rng.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS    40
#define DATA_MAX 3000

static mr_ring *open_ring(const char *directory)
{
    mr_ring_options options = {.fs = mr_platform_fs(),
                               .directory = directory,
                               .segment_bytes_first = (size_t)8 * MR_KIB,
                               .segment_bytes_max = (size_t)64 * MR_KIB};
    mr_ring *ring = NULL;
    mr_ring_recovery recovery;
    mr_error err = {0};
    CHECK_OK("open", mr_ring_open(&options, &ring, &recovery, &err), &err);
    CHECK_INT("published bytes lost", recovery.bytes_dropped, 0);
    return ring;
}

/* The record of a number: all of it follows from the number. */
static mr_record record_of(uint64_t number, char *data)
{
    mr_prng prng = mr_prng_named(number, "kill");
    size_t len = (size_t)mr_prng_below(&prng, DATA_MAX);
    for (size_t i = 0; i < len; i++) {
        data[i] = (char)(number + i);
    }
    return (mr_record){.data = mr_bytes_make(data, len),
                       .partition_key = mr_bytes_of("key"),
                       .input = 1,
                       .row = number};
}

/* The child: appends for ever and says each number once it has it. */
static void append_for_ever(const char *directory, int acknowledge)
{
    char data[DATA_MAX];
    mr_ring_options options = {.fs = mr_platform_fs(),
                               .directory = directory,
                               .segment_bytes_first = (size_t)8 * MR_KIB,
                               .segment_bytes_max = (size_t)64 * MR_KIB};
    mr_ring *ring = NULL;
    if (mr_ring_open(&options, &ring, NULL, NULL) != MR_OK) {
        _exit(1);
    }
    for (;;) {
        mr_record record = record_of(mr_ring_last(ring) + 1, data);
        uint64_t number;
        if (mr_ring_append(ring, &record, 1, &number, NULL) != MR_OK ||
            write(acknowledge, &number, sizeof(number)) != (ssize_t)sizeof(number)) {
            _exit(1);
        }
    }
}

/* Starts the child, kills it after it acknowledged `enough` and a little longer, and gives the
 * last number that it acknowledged. */
static uint64_t run_and_kill(const char *directory, uint64_t enough, unsigned spin)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        append_for_ever(directory, ends[1]);
    }
    close(ends[1]);
    uint64_t number = 0;
    for (uint64_t i = 0; i < enough; i++) {
        assert_int_equal(read(ends[0], &number, sizeof(number)), sizeof(number));
    }
    for (volatile unsigned i = 0; i < spin; i++) { /* any instant, not the one after a write */
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    uint64_t more;
    while (read(ends[0], &more, sizeof(more)) == (ssize_t)sizeof(more)) {
        number = more;
    }
    close(ends[0]);
    return number;
}

static uint64_t check_records(mr_ring *ring)
{
    char data[DATA_MAX];
    mr_error err = {0};
    mr_ring_cursor *cursor = mr_ring_cursor_new(ring, 1);
    mr_record_view view;
    bool more;
    uint64_t count = 0;
    for (;;) {
        CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
        if (!more) {
            break;
        }
        count++;
        mr_record want = record_of(count, data);
        assert_true(view.number == count);
        CHECK_BYTES("data", view.data, want.data);
        assert_true(view.row == count);
    }
    mr_ring_cursor_free(cursor);
    return count;
}

static void test_every_acknowledged_record_survives_a_kill(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(20250101, "ring kill");
    char *directory = check_temp_dir();
    for (int i = 0; i < KILLS; i++) {
        uint64_t acknowledged = run_and_kill(directory, mr_prng_below(&prng, 60) + 1,
                                             (unsigned)mr_prng_below(&prng, 300000));
        mr_ring *ring = open_ring(directory);
        uint64_t found = check_records(ring);
        if (found < acknowledged) {
            print_error("kill %d: %llu records acknowledged, %llu found\n", i,
                        (unsigned long long)acknowledged, (unsigned long long)found);
            fail();
        }
        assert_true(mr_ring_last(ring) == found);
        mr_ring_close(ring);
    }
    check_remove_dir(directory);
}

static void append_next(mr_ring *ring)
{
    char data[DATA_MAX];
    mr_record record = record_of(mr_ring_last(ring) + 1, data);
    uint64_t number;
    mr_error err = {0};
    CHECK_OK("append", mr_ring_append(ring, &record, 1, &number, &err), &err);
}

/* The files of a killed and resumed process are those of one that was never killed. A kill may come
 * when the next record's segment has been made and the record is not in it yet: so one more. */
static void test_a_kill_leaves_no_trace_in_the_bytes(void **state)
{
    (void)state;
    char *killed = check_temp_dir();
    char *whole = check_temp_dir();
    for (uint64_t i = 1; i <= 10; i++) {
        (void)run_and_kill(killed, i * 5, (unsigned)(i * 7001));
    }
    mr_ring *one = open_ring(killed);
    mr_ring *other = open_ring(whole);
    append_next(one);
    while (mr_ring_last(other) < mr_ring_last(one)) {
        append_next(other);
    }
    assert_int_equal(mr_ring_disk_bytes(one), mr_ring_disk_bytes(other));
    mr_ring_close(one);
    mr_ring_close(other);
    char *command = mr_format("diff -r '%s' '%s'", killed, whole);
    assert_int_equal(system(command), 0);
    mr_free(command);
    check_remove_dir(killed);
    check_remove_dir(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_acknowledged_record_survives_a_kill),
        cmocka_unit_test(test_a_kill_leaves_no_trace_in_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
