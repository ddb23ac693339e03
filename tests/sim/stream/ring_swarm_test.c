/*
 * ring_swarm_test.c - random appends, reading, reopening, recycling and damage to the files, from
 * one seed, judged by a model that knows nothing of the ring but the form of its files.
 *
 *   sim.stream.ring_swarm_test [SEED [STEPS]]
 *
 * The model is the row of all records ever accepted, each with the file it is in and the byte
 * where it ends. From that follows what must be readable after any step.
 */
#include "sim/stream/ring.h"

#include "sim/base/alloc.h"
#include "sim/base/hash.h"
#include "sim/stream/segment.h"
#include "sim/time/rng.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SEEDS          20
#define STEPS          600
#define DATA_MAX       9000
#define CURSORS        3
#define FILES_MAX      512
#define STEPS_TO_CHECK 16 /* everything is read again every so many steps */

typedef struct model_record {
    uint64_t number;
    int64_t arrival_us;
    uint64_t content; /* hash of data and key */
    uint32_t input;
    uint64_t row;
    uint64_t file; /* first number in the name of its file */
    uint64_t end;  /* offset behind it in that file */
} model_record;

typedef struct swarm {
    mr_prng prng;
    char *directory;
    mr_ring_options options;
    mr_ring *ring;
    mr_ring_cursor *cursors[CURSORS];
    uint64_t cursor_at[CURSORS]; /* the number of the last record it gave, plus one */

    model_record *records; /* readable ones, in order */
    size_t count, capacity;
    uint64_t highest; /* number ever given */
    int64_t now_us;
    uint64_t files[FILES_MAX]; /* first numbers of the files there are */
    size_t files_count;
} swarm;

static uint64_t below(swarm *s, uint64_t bound)
{
    return mr_prng_below(&s->prng, bound);
}

/* ---- files, as they lie there ---- */

static bool note_file(const char *name, const mr_file_info *info, void *context)
{
    swarm *s = context;
    uint64_t first;
    (void)info;
    assert_true(mr_segment_name_parse(name, &first)); /* nothing else may be left behind */
    assert_true(s->files_count < FILES_MAX);
    s->files[s->files_count++] = first;
    return true;
}

static void list_files(swarm *s)
{
    mr_error err = {0};
    s->files_count = 0;
    CHECK_OK("list", mr_platform_fs()->list(mr_platform_fs(), s->directory, note_file, s, &err),
             &err);
}

static char *path_of_file(const swarm *s, uint64_t first)
{
    char name[MR_SEGMENT_NAME_SIZE];
    mr_segment_name(first, name);
    return mr_format("%s/%s", s->directory, name);
}

/* The file that a number just given is in: the last one whose name is not above it. */
static uint64_t file_of(const swarm *s, uint64_t number)
{
    uint64_t file = 0;
    for (size_t i = 0; i < s->files_count; i++) {
        if (s->files[i] <= number) {
            file = s->files[i];
        }
    }
    assert_true(file > 0);
    return file;
}

/* ---- the judge ---- */

static uint64_t content_of(mr_bytes data, mr_bytes key)
{
    return mr_hash64(data.at, data.len) * 31 + mr_hash64(key.at, key.len);
}

static void judge(const model_record *want, const mr_record_view *view)
{
    assert_true(view->number == want->number);
    assert_true(view->arrival_us == want->arrival_us);
    assert_true(content_of(view->data, view->partition_key) == want->content);
    assert_int_equal(view->input, want->input);
    assert_true(view->row == want->row);
}

/* The place in the model of the first record numbered `number` or higher. */
static size_t place_of(const swarm *s, uint64_t number)
{
    size_t place = 0;
    while (place < s->count && s->records[place].number < number) {
        place++;
    }
    return place;
}

static void judge_all(swarm *s)
{
    mr_error err = {0};
    mr_ring_cursor *cursor = mr_ring_cursor_new(s->ring, 0);
    mr_record_view view;
    bool more;
    for (size_t i = 0;; i++) {
        CHECK_OK("next", mr_ring_cursor_next(cursor, &view, &more, &err), &err);
        if (!more) {
            assert_int_equal(i, s->count);
            break;
        }
        assert_true(i < s->count);
        judge(&s->records[i], &view);
    }
    mr_ring_cursor_free(cursor);
    assert_true(mr_ring_last(s->ring) >= s->highest);
    assert_true(mr_ring_first(s->ring) ==
                (s->count > 0 ? s->records[0].number : mr_ring_last(s->ring) + 1));
}

/* ---- steps ---- */

static void free_cursors(swarm *s)
{
    for (size_t i = 0; i < CURSORS; i++) {
        mr_ring_cursor_free(s->cursors[i]);
        s->cursors[i] = NULL;
    }
}

static void open_ring(swarm *s)
{
    mr_error err = {0};
    CHECK_OK("open", mr_ring_open(&s->options, &s->ring, NULL, &err), &err);
}

static void step_append(swarm *s)
{
    char data[DATA_MAX];
    for (uint64_t i = below(s, 40) + 1; i > 0; i--) {
        size_t len = (size_t)below(s, below(s, 20) == 0 ? DATA_MAX : 200);
        for (size_t k = 0; k < len; k++) {
            data[k] = (char)(mr_prng_next(&s->prng) & (below(s, 4) == 0 ? 0 : 255));
        }
        char key[40];
        size_t key_len = (size_t)snprintf(key, sizeof(key), "%.*s", (int)below(s, 30),
                                          "abcdefghijklmnopqrstuvwxyz0123456789");
        s->now_us += below(s, 3) == 0 ? (int64_t)below(s, 100) : 0;
        mr_record record = {.data = mr_bytes_make(data, len),
                            .partition_key = mr_bytes_make(key, key_len),
                            .input = (uint32_t)below(s, 3),
                            .row = below(s, 1000)};
        uint64_t number;
        mr_error err = {0};
        bool grows = mr_ring_growth(s->ring, key_len, len) > 0;
        CHECK_OK("append", mr_ring_append(s->ring, &record, s->now_us, &number, &err), &err);
        assert_true(number > s->highest);
        if (grows) {
            list_files(s);
        }
        s->highest = number;

        model_record *before = s->count > 0 ? &s->records[s->count - 1] : NULL;
        uint64_t file = file_of(s, number);
        uint64_t start =
            before != NULL && before->file == file ? before->end : MR_SEGMENT_HEADER_BYTES;
        MR_GROW(s->records, s->count, s->capacity);
        s->records[s->count++] =
            (model_record){.number = number,
                           .arrival_us = s->now_us,
                           .content = content_of(record.data, record.partition_key),
                           .input = record.input,
                           .row = record.row,
                           .file = file,
                           .end = start + (40 + key_len + len + 7) / 8 * 8};
    }
}

static void step_read(swarm *s)
{
    size_t which = (size_t)below(s, CURSORS);
    if (s->cursors[which] == NULL) {
        s->cursor_at[which] = below(s, s->highest + 2);
        s->cursors[which] = mr_ring_cursor_new(s->ring, s->cursor_at[which]);
    } else if (below(s, 5) == 0) {
        s->cursor_at[which] = below(s, s->highest + 2);
        mr_ring_cursor_seek(s->cursors[which], s->cursor_at[which]);
    }
    size_t place = place_of(s, s->cursor_at[which]);
    for (uint64_t i = below(s, 60); i > 0; i--) {
        mr_record_view view;
        bool more;
        mr_error err = {0};
        CHECK_OK("next", mr_ring_cursor_next(s->cursors[which], &view, &more, &err), &err);
        assert_int_equal(more, place < s->count);
        if (!more) {
            break;
        }
        judge(&s->records[place], &view);
        if (below(s, 10) == 0) {
            mr_ring_cursor_unread(s->cursors[which]);
        } else {
            s->cursor_at[which] = view.number + 1;
            place++;
        }
    }
}

static void step_find_time(swarm *s)
{
    int64_t time_us = s->now_us - (int64_t)below(s, 3000);
    uint64_t want = mr_ring_last(s->ring) + 1;
    for (size_t i = s->count; i-- > 0 && s->records[i].arrival_us >= time_us;) {
        want = s->records[i].number;
    }
    assert_true(mr_ring_find_time(s->ring, time_us) == want);
}

static void step_recycle(swarm *s)
{
    uint64_t limit = s->highest - below(s, s->highest / 2 + 1);
    size_t removed;
    mr_error err = {0};
    CHECK_OK("recycle", mr_ring_recycle(s->ring, limit, INT64_MAX, &removed, &err), &err);
    uint64_t newest = s->files_count == 0 ? 0 : s->files[s->files_count - 1];
    list_files(s);
    if (newest > 0) {
        assert_true(s->files[s->files_count - 1] == newest);
    }
    size_t gone = 0; /* exactly the records whose file is gone, all below the limit */
    while (gone < s->count && s->records[gone].file < s->files[0]) {
        assert_true(s->records[gone].number < limit);
        gone++;
    }
    s->count -= gone;
    if (gone > 0) {
        memmove(s->records, s->records + gone, s->count * sizeof(s->records[0]));
    }
}

static void step_reopen(swarm *s)
{
    free_cursors(s);
    mr_ring_close(s->ring);
    open_ring(s);
    list_files(s);
}

/* Forgets the records of `file` that end behind `offset`. */
static void lose(swarm *s, uint64_t file, uint64_t offset)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (s->records[i].file != file || s->records[i].end <= offset) {
            s->records[kept++] = s->records[i];
        }
    }
    s->count = kept;
}

static void flip_byte(const char *path, uint64_t at, unsigned char mask)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, (long)at, SEEK_SET), 0);
    assert_int_not_equal(fputc(byte ^ mask, file), EOF);
    assert_int_equal(fclose(file), 0);
}

/* Between two openings something outside cuts or flips a file. */
static void step_damage(swarm *s)
{
    if (s->files_count == 0) {
        return;
    }
    free_cursors(s);
    mr_ring_close(s->ring);
    uint64_t first = s->files[below(s, 3) == 0 ? below(s, s->files_count) : s->files_count - 1];
    char *path = path_of_file(s, first);
    mr_file_info info;
    mr_error err = {0};
    CHECK_OK("stat", mr_platform_fs()->stat(mr_platform_fs(), path, &info, &err), &err);
    uint64_t at = below(s, below(s, 2) == 0 ? info.size_bytes : 600);
    if (below(s, 2) == 0) {
        assert_int_equal(truncate(path, (off_t)at), 0);
        lose(s, first, at < MR_SEGMENT_HEADER_BYTES ? 0 : at);
    } else {
        flip_byte(path, at, (unsigned char)(1U << below(s, 8)));
        if (at >= MR_SEGMENT_HEADER_BYTES) { /* the header can be worked out again */
            lose(s, first, at);
        }
    }
    mr_free(path);
    open_ring(s);
    list_files(s);
    judge_all(s);
    uint64_t next = mr_ring_last(s->ring) + 1;
    step_reopen(s); /* mended: opening again finds the same */
    assert_true(mr_ring_last(s->ring) + 1 == next);
}

static void run_seed(uint64_t seed, size_t steps)
{
    swarm s = {.prng = mr_prng_named(seed, "ring swarm"), .directory = check_temp_dir()};
    s.now_us = INT64_C(1735689600000000);
    s.options = (mr_ring_options){.fs = mr_platform_fs(),
                                  .directory = s.directory,
                                  .segment_bytes_first = (size_t)4096 << below(&s, 4),
                                  .segment_bytes_max = (size_t)4096 << below(&s, 8)};
    const uint64_t damage = below(&s, 3); /* 0: this run sees none */
    open_ring(&s);
    for (size_t i = 0; i < steps; i++) {
        uint64_t choice = below(&s, 100);
        if (choice < 45) {
            step_append(&s);
        } else if (choice < 75) {
            step_read(&s);
        } else if (choice < 85) {
            step_find_time(&s);
        } else if (choice < 90) {
            step_recycle(&s);
        } else if (choice < 95 || below(&s, 2) >= damage) {
            step_reopen(&s);
        } else {
            step_damage(&s);
        }
        if (i % STEPS_TO_CHECK == 0) {
            judge_all(&s);
        }
    }
    step_reopen(&s);
    judge_all(&s);
    mr_ring_close(s.ring);
    mr_free(s.records);
    check_remove_dir(s.directory);
}

static uint64_t seed_asked;
static size_t steps_asked = STEPS;
static const char *program;

static void test_the_ring_holds_what_the_model_holds(void **state)
{
    (void)state;
    uint64_t from = seed_asked != 0 ? seed_asked : 1;
    uint64_t through = seed_asked != 0 ? seed_asked : SEEDS;
    for (uint64_t seed = from; seed <= through; seed++) {
        print_message("%s %llu %zu\n", program, (unsigned long long)seed, steps_asked);
        run_seed(seed, steps_asked);
    }
}

/* Thousands of small files are made: in memory, where there is such a place, a disk that is busy
 * with other things does not matter. */
static void prefer_memory(void)
{
    if (getenv("TMPDIR") == NULL && access("/dev/shm", W_OK) == 0) {
        setenv("TMPDIR", "/dev/shm", 1);
    }
}

int main(int argc, char **argv)
{
    prefer_memory();
    program = argv[0];
    seed_asked = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    steps_asked = argc > 2 ? strtoull(argv[2], NULL, 10) : STEPS;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_ring_holds_what_the_model_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
