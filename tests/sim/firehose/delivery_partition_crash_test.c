/* delivery_partition_crash_test.c - a process killed at any operation on its files while records
 * are being taken apart and spread over partitions: every sub-record is delivered exactly once. */
#include "tests/sim/firehose/delivery_judge.h"

#include "sim/firehose/audit.h"
#include "sim/stream/kpl_record.h"

enum { RECORDS = 24, PARTITIONS = 4 };

typedef enum form { FORM_PLAIN, FORM_CARRIER, FORM_JSON } form; /* of what is put */

typedef struct crash {
    world *w;
    mr_delivery_options options;
    form form;
    size_t acked, begun; /* records whose puts were answered, or begun */
    size_t verified;     /* operations before which the process was killed */
    char kinds[RECORDS];
} crash;

/* One in PARTITIONS partitions; of kind 'f' it has no key. */
static size_t make_record(const crash *c, size_t number, char *out, size_t size)
{
    size_t filler = number % 9 == 3 ? 50000 : number % 7; /* past a block of the spool, together */
    int len = snprintf(out, size, "{\"c\":\"%s%zu\",\"t\":\"", c->kinds[number] == 'f' ? "" : "p",
                       number % PARTITIONS);
    if (c->kinds[number] == 'f') {
        len = snprintf(out, size, "{\"c\":null,\"t\":\"");
    }
    size_t at = (size_t)len;
    at += judged_record(out + at, size - at, 'x', number, filler);
    return at + (size_t)snprintf(out + at, size - at, "\"}");
}

static void judge(const crash *c, world *w)
{
    tally *t = judge_count(w, c->options.destination.compression == MR_COMPRESSION_GZIP);
    for (size_t i = 0; i < RECORDS; i++) {
        char label[64];
        (void)snprintf(label, sizeof(label), "record %zu, kill %zu", i, c->verified);
        if (i < c->acked) {
            CHECK_INT(label, t->main[i], c->kinds[i] == 'f' ? 0 : 1);
            CHECK_INT(label, t->error[i], c->kinds[i] == 'f' ? 1 : 0);
            CHECK_INT(label, t->backup[i], 1);
        } else if (i >= c->begun) {
            CHECK_INT(label, t->main[i] + t->error[i] + t->backup[i], 0);
        } else { /* being put: it may be there, then once */
            CHECK_TRUE(label, t->main[i] + t->error[i] <= 1 && t->backup[i] <= 1);
        }
    }
    mr_free(t);
}

static void judge_books(world *w, mr_delivery *d)
{
    mr_error err;
    mr_audit *audit = mr_audit_new();
    CHECK_OK("settle", mr_delivery_settle(d, &err), &err);
    CHECK_OK("read", mr_audit_read(audit, w->db, NULL, NULL, &err), &err);
    CHECK_OK("books", mr_audit_check(audit, d, &err), &err);
    mr_audit_counts counts = mr_audit_count(audit, d);
    CHECK_INT("again", counts.again + counts.backup_again, 0);
    mr_audit_free(audit);
}

static void kill_here(void *context, const char *doing, const char *path)
{
    crash *c = context;
    (void)doing, (void)path;
    char *left = world_copy_tree(c->w->directory);
    world *after = world_open(
        &(world_options){.directory = left, .start_us = world_now(c->w), .seed = c->w->seed});
    c->verified++;
    if (mr_streams_find(after->streams, "s") != NULL) {
        if (c->options.function != NULL) {
            world_function(after, "f", false);
        }
        mr_delivery *d = world_deliver(after, &c->options);
        world_run_until_idle(after, d);
        judge(c, after);
        judge_books(after, d);
    }
    world_close(after);
}

/* Puts the records from c->begun up to `end` as one. */
static void put_together(crash *c, mr_stream *stream, size_t end)
{
    char *text = mr_alloc(60000);
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_MIB);
    mr_strbuf data = mr_strbuf_make(MR_MIB);
    mr_error err;
    mr_put_result result;
    size_t failed;
    for (size_t i = c->begun; i < end; i++) {
        mr_record user = {.data = mr_bytes_make(text, make_record(c, i, text, 60000)),
                          .partition_key = mr_bytes_of("user")};
        if (c->form == FORM_CARRIER) {
            CHECK_TRUE("fits", mr_kpl_writer_add(writer, &user));
        } else {
            mr_strbuf_append_bytes(&data, user.data);
        }
    }
    if (c->form == FORM_CARRIER) {
        mr_kpl_writer_take(writer, &data);
    }
    c->begun = end;
    char key[16];
    (void)snprintf(key, sizeof(key), "k%zu", end);
    mr_record record = {.data = mr_strbuf_bytes(&data), .partition_key = mr_bytes_of(key)};
    CHECK_OK("put", mr_stream_put(stream, &record, 1, &result, &failed, &err), &err);
    CHECK_INT("taken", failed, 0);
    c->acked = end;
    mr_kpl_writer_free(writer);
    mr_strbuf_deinit(&data);
    mr_free(text);
}

static void kill_everywhere(crash *c)
{
    c->w = world_open(&(world_options){.seed = 5});
    for (size_t i = 0; i < RECORDS; i++) {
        c->kinds[i] = i % 6 == 4 ? 'f' : 'x';
    }
    mr_stream *stream = world_stream(c->w, "s", 2);
    if (c->options.function != NULL) {
        world_function(c->w, "f", false);
    }
    mr_delivery *d = world_deliver(c->w, &c->options);
    c->w->watch = (mr_disk_watch){kill_here, c};
    while (c->begun < RECORDS) {
        put_together(c, stream, c->begun + (c->form == FORM_PLAIN ? 1 : 3));
        world_run_for(c->w, c->begun % 5 == 4 ? 25 * SECOND : 2 * SECOND);
    }
    world_run_until_idle(c->w, d);
    c->w->watch.before = world_nobody_watches;
    judge(c, c->w);
    judge_books(c->w, d);
    CHECK_TRUE("killed often enough to mean something", c->verified > 30);
    world_close(c->w);
}

static mr_delivery_options partitioned(void)
{
    mr_delivery_options options = world_delivery_options("s");
    options.destination.prefix = "ok/!{partitionKeyFromQuery:c}/";
    options.destination.error_output_prefix = "err/!{firehose:error-output-type}/";
    options.destination.size_bytes = 64 * MR_MIB;
    options.destination.interval_us = 60 * SECOND;
    options.dynamic_partitioning = true;
    options.partition_query = "{c:.c}";
    options.partition_retry_us = -1;
    options.backup_enabled = true;
    options.backup.size_bytes = MR_MIB;
    options.backup.interval_us = 45 * SECOND;
    return options;
}

static void test_over_partitions_a_kill_anywhere_delivers_each_record_once(void **state)
{
    (void)state;
    crash c = {.options = partitioned()};
    c.options.destination.compression = MR_COMPRESSION_GZIP;
    kill_everywhere(&c);
}

static void test_carriers_over_partitions_survive_a_kill_anywhere(void **state)
{
    (void)state;
    kill_everywhere(&(crash){.options = partitioned(), .form = FORM_CARRIER});
}

static void test_json_in_one_record_over_partitions_survives_a_kill_anywhere(void **state)
{
    (void)state;
    crash c = {.options = partitioned(), .form = FORM_JSON};
    c.options.deaggregation = MR_DEAGGREGATE_JSON;
    kill_everywhere(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_partitions_a_kill_anywhere_delivers_each_record_once),
        cmocka_unit_test(test_carriers_over_partitions_survive_a_kill_anywhere),
        cmocka_unit_test(test_json_in_one_record_over_partitions_survives_a_kill_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
