/*
 * delivery_swarm_test.c - whole delivery streams under random settings, faults, reshards and
 * kills, each from one seed.
 *
 * The judge counts from outside, in the objects alone: every acknowledged record is exactly once
 * in the main or error output (or nowhere, when the handler drops it) and exactly once in the
 * backup; more often only where a duplicate read was injected. After every step the delivery
 * stream's own sums must hold (delivery_world.h).
 *
 * MILLRACE_SEED=n runs that seed; MILLRACE_SEEDS=n runs so many from it, or from 1, on.
 */
#include "tests/sim/firehose/delivery_judge.h"

#include "sim/firehose/audit.h"

enum { SEEDS_DEFAULT = 25, ROUNDS = 120 };

typedef enum fate { FATE_NONE, FATE_ACKED, FATE_MAYBE } fate; /* of a put, as its producer knows */

typedef struct swarm {
    uint64_t seed;
    mr_prng prng;
    world *w;
    mr_delivery *delivery;
    mr_delivery_options options;
    bool is_direct, has_function, is_builtin, limits;
    bool has_partitions;   /* by a key that is in every record, or by the function */
    bool has_duplicates;   /* a duplicate-read fault is set */
    bool has_loss_of_data; /* a garbled or failing function: dropped ones may fail instead */
    fate fates[JUDGED_MAX];
    char kinds[JUDGED_MAX];
    size_t put;
    uint64_t operations, kill_at;
    char *left; /* what a kill left */
    int64_t killed_us;
    size_t kills;
} swarm;

static uint64_t below(swarm *s, uint64_t bound)
{
    return mr_prng_below(&s->prng, bound);
}

static bool chance(swarm *s, uint64_t one_in)
{
    return below(s, one_in) == 0;
}

static void on_operation(void *context, const char *doing, const char *path)
{
    swarm *s = context;
    (void)doing, (void)path;
    if (++s->operations == s->kill_at) {
        s->left = world_copy_tree(s->w->directory);
        s->killed_us = world_now(s->w);
        /* What is acknowledged from here on, this process has not seen. */
    }
}

/* ---- choosing ---- */

static void choose_options(swarm *s)
{
    static const int64_t intervals_s[] = {0, 1, 3, 20, 60, 300};
    static const mr_compression compressions[] = {MR_COMPRESSION_NONE, MR_COMPRESSION_GZIP};

    s->is_direct = chance(s, 3);
    s->has_function = !chance(s, 3);
    s->is_builtin = chance(s, 2);
    s->limits = chance(s, 3);
    s->options = world_delivery_options(s->is_direct ? NULL : "s");
    s->options.destination.prefix = "ok/";
    s->options.destination.error_output_prefix = "err/";
    s->options.destination.size_bytes = (1 + below(s, 2)) * MR_MIB;
    s->options.destination.interval_us = intervals_s[below(s, MR_COUNT(intervals_s))] * SECOND;
    s->options.destination.compression = compressions[below(s, MR_COUNT(compressions))];
    s->options.append_delimiter = chance(s, 2);
    s->options.backup_enabled = true;
    s->options.backup.size_bytes = MR_MIB;
    s->options.backup.interval_us = intervals_s[1 + below(s, MR_COUNT(intervals_s) - 1)] * SECOND;
    s->has_partitions = s->has_function && !s->is_builtin && chance(s, 2);
    if (s->has_partitions) {
        s->options.dynamic_partitioning = true;
        s->options.destination.prefix = "ok/!{partitionKeyFromLambda:first}/";
        s->options.destination.error_output_prefix = "err/!{firehose:error-output-type}/";
        s->options.destination.size_bytes = 64 * MR_MIB;
        s->options.destination.interval_us = (int64_t)(60 + below(s, 240)) * SECOND;
        s->options.partition_retry_us = 7200 * SECOND;
    }
    if (s->has_function) {
        s->options.function = "f";
        s->options.lambda_bytes = MR_MIB / 5 + below(s, MR_MIB);
        s->options.lambda_interval_us = intervals_s[below(s, MR_COUNT(intervals_s) - 1)] * SECOND;
        s->options.lambda_retries = (int32_t)below(s, 4);
    }
}

static void choose_faults(swarm *s)
{
    static const mr_fault_kind kinds[] = {
        MR_FAULT_STORE_REFUSED,       MR_FAULT_STORE_SLOW,     MR_FAULT_STORE_FULL,
        MR_FAULT_READ_THROTTLED,      MR_FAULT_READ_SLOW,      MR_FAULT_READ_DUPLICATE,
        MR_FAULT_LAMBDA_ERROR,        MR_FAULT_LAMBDA_TIMEOUT, MR_FAULT_LAMBDA_SLOW,
        MR_FAULT_LAMBDA_THROTTLED,    MR_FAULT_LAMBDA_GARBLED, MR_FAULT_LAMBDA_IDS_MISSING,
        MR_FAULT_LAMBDA_IDS_REPEATED, MR_FAULT_STORE_FAILED,   MR_FAULT_LAMBDA_SLOW_START};
    for (uint64_t i = below(s, 5); i > 0; i--) {
        mr_fault_rule rule = {.kind = kinds[below(s, MR_COUNT(kinds))],
                              .from_us = WORLD_START_US + (int64_t)below(s, 300) * SECOND,
                              .probability = (double)(1 + below(s, 10)) / 10,
                              .delay_us = (int64_t)below(s, 5) * SECOND / 2};
        rule.until_us = rule.from_us + (int64_t)(1 + below(s, 900)) * SECOND;
        s->has_duplicates |= rule.kind == MR_FAULT_READ_DUPLICATE;
        s->has_loss_of_data |= rule.kind >= MR_FAULT_LAMBDA_ERROR;
        world_fault(s->w, rule);
    }
}

static void open_world(swarm *s, char *directory, int64_t start_us)
{
    s->w = world_open(&(world_options){
        .directory = directory, .start_us = start_us, .seed = s->seed, .limits = s->limits});
    s->w->answer_newest_first = chance(s, 2);
    s->w->watch = (mr_disk_watch){on_operation, s};
    s->kill_at = chance(s, 2) ? s->operations + 1 + below(s, 400) : 0;
    if (!s->is_direct && mr_streams_find(s->w->streams, "s") == NULL) {
        (void)world_stream(s->w, "s", (uint32_t)(1 + below(s, 3)));
    }
    if (s->has_function) {
        world_function(s->w, "f", s->is_builtin);
    }
    choose_faults(s);
    s->delivery = world_deliver(s->w, &s->options);
}

/* ---- doing ---- */

static void put_some(swarm *s)
{
    enum { MOST = 40 };
    mr_record records[MOST];
    mr_put_result results[MOST];
    char *texts[MOST], keys[MOST][16];
    size_t count = 1 + below(s, MOST), failed;
    mr_error err;

    count = mr_min_size(count, JUDGED_MAX - s->put);
    for (size_t i = 0; i < count; i++) {
        size_t number = s->put + i;
        size_t filler = chance(s, 8) ? below(s, 100000) : below(s, 300);
        s->kinds[number] = "xxxxdf"[below(s, 6)];
        texts[i] = mr_alloc(filler + 64);
        size_t len = judged_record(texts[i], filler + 64, s->kinds[number], number, filler);
        (void)snprintf(keys[i], sizeof(keys[i]), "key %zu", number);
        records[i] =
            (mr_record){.data = mr_bytes_make(texts[i], len),
                        .partition_key = s->is_direct ? (mr_bytes){NULL, 0} : mr_bytes_of(keys[i])};
        s->fates[number] = FATE_MAYBE;
    }
    mr_code code = s->is_direct
                       ? mr_delivery_put(s->delivery, records, count, results, &failed, &err)
                       : mr_stream_put(mr_streams_find(s->w->streams, "s"), records, count, results,
                                       &failed, &err);
    for (size_t i = 0; i < count; i++) {
        if (code == MR_OK && s->left == NULL) { /* a killed process has answered nothing */
            s->fates[s->put + i] = results[i].code == MR_OK ? FATE_ACKED : FATE_NONE;
        }
        mr_free(texts[i]);
    }
    s->put += count;
}

static void reshard(swarm *s)
{
    mr_error err;
    mr_stream *stream = mr_streams_find(s->w->streams, "s");
    size_t count;
    mr_shard *const *open = mr_stream_open_shards(stream, &count);
    size_t place = below(s, count);
    mr_u128 start, end;

    if (place + 1 < count && chance(s, 2)) {
        CHECK_OK("merge", mr_stream_merge(stream, open[place], open[place + 1], &err), &err);
    } else if (count < 6) {
        mr_shard_range(open[place], &start, &end);
        CHECK_OK("split", mr_stream_split(stream, open[place], start + (end - start) / 2 + 1, &err),
                 &err);
    }
}

/* Goes on in what the kill left. */
static void restart(swarm *s)
{
    s->w->watch.before = world_nobody_watches;
    world_close(s->w);
    char *left = s->left;
    s->left = NULL;
    s->kills++;
    open_world(s, left, s->killed_us);
}

static void turn(swarm *s)
{
    int64_t until_us = world_now(s->w) + (int64_t)below(s, 8) * SECOND + (int64_t)below(s, SECOND);
    while (s->left == NULL && mr_clock_next_due_us(s->w->clock) <= until_us) {
        (void)world_step(s->w);
    }
    if (s->left == NULL) {
        mr_clock_advance_to(s->w->clock, until_us);
    }
}

static void run_to_the_end(swarm *s)
{
    s->kill_at = 0;
    while (!mr_delivery_is_idle(s->delivery)) {
        CHECK_TRUE("something is still set", world_step(s->w));
        CHECK_TRUE(s->w->fatal.message, !s->w->has_fatal);
    }
}

/* ---- judging ---- */

static void judge_record(const swarm *s, const tally *t, size_t i)
{
    char label[80];
    size_t processed = (size_t)t->main[i] + t->error[i];
    (void)snprintf(label, sizeof(label), "seed %llu, record %zu (%c)", (unsigned long long)s->seed,
                   i, s->kinds[i]);
    bool may_be_dropped = s->has_function && !s->is_builtin && s->kinds[i] == 'd';
    bool must_be_dropped = may_be_dropped && !s->has_loss_of_data;

    if (s->fates[i] == FATE_NONE) {
        CHECK_INT(label, processed + t->backup[i], 0);
        return;
    }
    if (!s->has_duplicates) {
        CHECK_TRUE(label, processed <= 1 && t->backup[i] <= 1);
    }
    if (must_be_dropped) {
        CHECK_INT(label, processed, 0);
    }
    if (s->fates[i] == FATE_ACKED) {
        CHECK_TRUE(label, t->backup[i] >= 1);
        CHECK_TRUE(label, processed >= 1 || may_be_dropped);
    }
    if (s->has_function && s->kinds[i] == 'f') {
        CHECK_INT(label, t->main[i], 0);
    }
    if (s->has_function && s->kinds[i] == 'x' && !s->has_loss_of_data) {
        CHECK_INT(label, t->error[i], 0);
    }
}

/* The books of the commits say the same as the objects. */
static void check_books(const swarm *s)
{
    mr_error err;
    mr_audit *audit = mr_audit_new();
    CHECK_OK("settle", mr_delivery_settle(s->delivery, &err), &err);
    CHECK_OK("read", mr_audit_read(audit, s->w->db, NULL, NULL, &err), &err);
    CHECK_OK("books", mr_audit_check(audit, s->delivery, &err), &err);
    mr_audit_counts counts = mr_audit_count(audit, s->delivery);
    CHECK_INT("expired too early", mr_audit_expired_too_early(audit, s->delivery), 0);
    if (!s->has_duplicates) {
        CHECK_INT("twice", counts.again + counts.backup_again, 0);
        CHECK_INT("all", counts.stored,
                  counts.delivered + counts.failed + counts.dropped + counts.discarded +
                      counts.expired);
    }
    mr_audit_free(audit);
}

static void run_seed(uint64_t seed)
{
    swarm *s = mr_calloc(1, sizeof(*s));
    s->seed = seed;
    s->prng = mr_prng_named(seed, "delivery swarm");
    choose_options(s);
    open_world(s, NULL, WORLD_START_US);
    for (int round = 0; round < ROUNDS && s->put < JUDGED_MAX; round++) {
        if (!chance(s, 4)) {
            put_some(s);
        }
        if (!s->is_direct && s->left == NULL && chance(s, 25)) {
            reshard(s);
        }
        if (chance(s, 60)) {
            mr_delivery_drain(s->delivery);
        }
        if (s->left == NULL) {
            turn(s);
        }
        if (s->left != NULL) {
            restart(s);
        }
    }
    run_to_the_end(s);
    if (s->left != NULL) { /* killed by the last operations of the last round */
        check_remove_dir(s->left);
    }
    check_books(s);
    tally *t = judge_count(s->w, s->options.destination.compression == MR_COMPRESSION_GZIP);
    for (size_t i = 0; i < s->put; i++) {
        judge_record(s, t, i);
    }
    mr_free(t);
    world_close(s->w);
    mr_free(s);
}

static void test_every_record_is_delivered_exactly_once_whatever_happens(void **state)
{
    (void)state;
    const char *one = getenv("MILLRACE_SEED"), *many = getenv("MILLRACE_SEEDS");
    uint64_t first = one == NULL ? 1 : strtoull(one, NULL, 10);
    uint64_t count = many != NULL ? strtoull(many, NULL, 10) : one != NULL ? 1 : SEEDS_DEFAULT;
    for (uint64_t seed = first; seed < first + count; seed++) {
        print_message("MILLRACE_SEED=%llu sim.firehose.delivery_swarm_test\n",
                      (unsigned long long)seed);
        run_seed(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_record_is_delivered_exactly_once_whatever_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
