/* spool_test.c - records of many buffers come back as they were added, whatever lies in memory and
 * whatever in the file, and also when the disk takes nothing. */
#include "tests/sim/firehose/delivery_world.h"

#include "sim/firehose/spool.h"

enum { BUFFERS = 7 };

typedef struct expected {
    mr_prng prng; /* as it was when the buffer was begun */
    size_t count, seen;
} expected;

/* The next record of a sequence: most are small, some go over several blocks. */
static void draw(mr_prng *prng, size_t number, mr_origin *origin, mr_strbuf *data)
{
    size_t len =
        mr_prng_below(prng, 20) == 0 ? mr_prng_below(prng, 200000) : mr_prng_below(prng, 300);
    *origin = (mr_origin){.slot = mr_prng_below(prng, 3),
                          .place = mr_range_of_sub(number, (uint32_t)mr_prng_below(prng, 9), false),
                          .arrival_us = (int64_t)number * 7};
    mr_strbuf_reset(data);
    for (size_t i = 0; i < len; i++) {
        mr_strbuf_append_char(data, (char)('a' + (number + i) % 26));
    }
}

static void on_record(void *context, const mr_origin *origin, mr_bytes data)
{
    expected *e = context;
    mr_origin want;
    mr_strbuf bytes = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    draw(&e->prng, e->seen++, &want, &bytes);
    CHECK_INT("slot", origin->slot, want.slot);
    CHECK_INT("place", mr_place_compare(origin->place.begin, want.place.begin), 0);
    CHECK_INT("place", mr_place_compare(origin->place.end, want.place.end), 0);
    CHECK_INT("arrival", origin->arrival_us, want.arrival_us);
    CHECK_TRUE("data", mr_bytes_equal(data, mr_strbuf_bytes(&bytes)));
    mr_strbuf_deinit(&bytes);
}

static void check_buffer(mr_spool_buffer *buffer, const expected *e)
{
    for (int turn = 0; turn < 2; turn++) {
        expected reading = *e;
        mr_error err;
        CHECK_OK("each", mr_spool_each(buffer, on_record, &reading, &err), &err);
        CHECK_INT("all", reading.seen, e->count);
    }
}

static void fill(mr_spool *spool, mr_spool_buffer **buffers, expected *e, size_t records)
{
    mr_prng prngs[BUFFERS];
    mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < BUFFERS; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "buffer %zu", i);
        e[i] = (expected){.prng = mr_prng_named(3, name)};
        prngs[i] = e[i].prng;
        buffers[i] = mr_spool_buffer_new(spool);
    }
    for (size_t n = 0; n < records; n++) { /* by turns: their blocks lie among each other */
        for (size_t i = 0; i < BUFFERS; i++) {
            mr_origin origin;
            draw(&prngs[i], e[i].count++, &origin, &data);
            mr_spool_add(buffers[i], &origin, mr_strbuf_bytes(&data));
        }
    }
    mr_strbuf_deinit(&data);
}

static void test_records_come_back_as_they_were_added(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_spool *spool = mr_spool_new(w->store, "spool-test");
    mr_spool_buffer *buffers[BUFFERS];
    expected e[BUFFERS];
    fill(spool, buffers, e, 150);
    CHECK_TRUE("much of it is in the file", mr_spool_file_bytes(spool) > 2 * MR_MIB);
    CHECK_INT("nothing is held", mr_spool_held(spool), 0);
    for (size_t i = 0; i < BUFFERS; i++) {
        check_buffer(buffers[i], &e[i]);
        mr_spool_buffer_free(buffers[i]);
    }
    uint64_t largest = mr_spool_file_bytes(spool);
    fill(spool, buffers, e, 150);
    CHECK_INT("blocks are used again", mr_spool_file_bytes(spool), largest);
    for (size_t i = 0; i < BUFFERS; i++) {
        check_buffer(buffers[i], &e[i]);
        mr_spool_buffer_free(buffers[i]);
    }
    mr_spool_free(spool);
    world_close(w);
}

static void test_a_small_buffer_touches_no_file(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_spool *spool = mr_spool_new(w->store, "spool-test");
    mr_spool_buffer *buffers[BUFFERS];
    expected e[BUFFERS];
    w->disk.is_full = true;
    fill(spool, buffers, e, 1);
    CHECK_INT("no file", mr_spool_file_bytes(spool), 0);
    for (size_t i = 0; i < BUFFERS; i++) {
        check_buffer(buffers[i], &e[i]);
        mr_spool_buffer_free(buffers[i]);
    }
    mr_spool_free(spool);
    world_close(w);
}

static void test_what_the_disk_does_not_take_stays_in_memory(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.seed = 1});
    mr_spool *spool = mr_spool_new(w->store, "spool-test");
    mr_spool_buffer *buffers[BUFFERS];
    expected e[BUFFERS];
    w->disk.is_full = true;
    fill(spool, buffers, e, 60);
    CHECK_TRUE("held", mr_spool_held(spool) > MR_SPOOL_BLOCK);
    CHECK_INT("not in the file", mr_spool_file_bytes(spool), 0);
    w->disk.is_full = false;
    mr_strbuf data = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < BUFFERS; i++) { /* some of a buffer here, some there */
        mr_prng prng = e[i].prng;
        mr_origin origin;
        for (size_t n = 0; n < 120; n++) {
            draw(&prng, n, &origin, &data);
            if (n >= e[i].count) {
                mr_spool_add(buffers[i], &origin, mr_strbuf_bytes(&data));
            }
        }
        e[i].count = 120;
        check_buffer(buffers[i], &e[i]);
        mr_spool_buffer_free(buffers[i]);
    }
    CHECK_TRUE("in the file", mr_spool_file_bytes(spool) > 0);
    CHECK_INT("nothing is held", mr_spool_held(spool), 0);
    mr_strbuf_deinit(&data);
    mr_spool_free(spool);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_come_back_as_they_were_added),
        cmocka_unit_test(test_a_small_buffer_touches_no_file),
        cmocka_unit_test(test_what_the_disk_does_not_take_stays_in_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
