/* direct_put_test.c - an input on a DirectPut delivery stream, from file to object. */
#include "src/producer/input.h"

#include "tests/sim/firehose/delivery_world.h"

static void on_ended(void *context, mr_input *input, const mr_error *error)
{
    (void)input;
    CHECK_TRUE("no error", error == NULL);
    ++*(int *)context;
}

static char *write_file(const world *w, const char *name, const char *text, size_t filler)
{
    char *path = mr_format("%s/%s", w->directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    for (size_t i = 0; i < filler; i++) {
        fputc('x', file);
    }
    fclose(file);
    return path;
}

static mr_producer_counts deliver(world *w, const char *path, mr_row_format format,
                                  mr_encode_kind encode)
{
    mr_delivery_options options = world_delivery_options(NULL);
    options.append_delimiter = true;
    mr_delivery *delivery = world_deliver(w, &options);
    int ended = 0;
    mr_input *input;
    mr_error err = {0};
    mr_input_settings settings = {.producer = {.clock = w->clock,
                                               .trace = w->trace,
                                               .db = w->db,
                                               .input = 1,
                                               .format = format,
                                               .encode = {.kind = encode}},
                                  .delivery = delivery,
                                  .file = path,
                                  .ended = on_ended,
                                  .context = &ended};
    CHECK_OK("open", mr_input_open(&settings, &input, &err), &err);
    mr_input_start(input);
    while (ended == 0) {
        CHECK_TRUE("steps", world_step(w));
    }
    world_run_until_idle(w, delivery);
    mr_producer_counts counts = mr_input_count(input);
    mr_input_free(input);
    return counts;
}

static void test_rows_put_on_a_delivery_stream_are_delivered(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.start_us = WORLD_START_US});
    char *path = write_file(w, "in.csv", "a,b\n1,2\n3,4\n", 0);
    mr_producer_counts counts = deliver(w, path, (mr_row_format){0}, MR_ENCODE_JSON);
    CHECK_INT("records", counts.records, 2);
    check_bodies(w, "main", "", "{\"a\":\"1\",\"b\":\"2\"}\n{\"a\":\"3\",\"b\":\"4\"}\n");
    mr_free(path);
    world_close(w);
}

static void test_a_record_past_1000_kib_is_rejected(void **state)
{
    (void)state;
    world *w = world_open(&(world_options){.start_us = WORLD_START_US});
    char *path = write_file(w, "in.jsonl", "small\n", 1000 * MR_KIB + 1);
    mr_producer_counts counts =
        deliver(w, path, (mr_row_format){.raw_lines = true, .no_header = true}, MR_ENCODE_RAW);
    CHECK_INT("rejected", counts.rejected, 1);
    check_bodies(w, "main", "", "small\n");
    mr_free(path);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_put_on_a_delivery_stream_are_delivered),
        cmocka_unit_test(test_a_record_past_1000_kib_is_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
