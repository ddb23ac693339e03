/* coverage_test.c - the sets of records that a delivery stream is done with. */
#include "tests/check.h"

#include "sim/firehose/coverage.h"
#include "sim/time/rng.h"

static void ranges_of_text(const char *text, mr_ranges *out)
{
    *out = (mr_ranges){0};
    CHECK_TRUE(text, mr_ranges_parse(mr_bytes_of(text), out));
}

static void check_ranges(const char *label, const mr_ranges *ranges, const char *want)
{
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_ranges_format(ranges, &got);
    CHECK_STR(label, mr_strbuf_text(&got), want);
    mr_strbuf_deinit(&got);
}

static void test_consecutive_records_are_one_range(void **state)
{
    (void)state;
    mr_ranges ranges = {0};
    for (uint64_t number = 5; number < 1000; number++) {
        mr_ranges_add(&ranges, mr_range_of_record(number));
    }
    mr_ranges_add(&ranges, mr_range_of_record(2000));
    mr_ranges_add(&ranges, (mr_range){{2001, 0}, {2001, 3}});
    mr_ranges_add(&ranges, (mr_range){{2001, 4}, {2002, 0}});
    check_ranges("joined", &ranges, "5-1000 2000-2001.3 2001.4-2002");
    mr_ranges_deinit(&ranges);
}

static void test_ranges_are_normalized_whatever_their_order(void **state)
{
    (void)state;
    mr_ranges ranges = {0};
    mr_ranges_add(&ranges, (mr_range){{50, 0}, {60, 0}});
    mr_ranges_add(&ranges, (mr_range){{10, 0}, {20, 0}});
    mr_ranges_add(&ranges, (mr_range){{15, 0}, {30, 0}});
    mr_ranges_add(&ranges, (mr_range){{31, 0}, {50, 0}});
    mr_ranges_add(&ranges, (mr_range){{10, 0}, {12, 0}});
    mr_ranges_normalize(&ranges);
    check_ranges("normalized", &ranges, "10-30 31-60");
    mr_ranges_deinit(&ranges);
}

static void test_a_union_joins_what_meets(void **state)
{
    static const struct {
        const char *label, *a, *b, *want;
    } cases[] = {
        {"nothing and nothing", "", "", ""},
        {"into nothing", "", "3-4", "3-4"},
        {"fills a hole", "0-5 7-9", "5-7", "0-9"},
        {"overlaps", "0-5 7-9", "3-8", "0-9"},
        {"stays apart", "0-5", "6-7", "0-5 6-7"},
        {"inside", "0-50", "6-7", "0-50"},
        {"sub-sequences", "0-5.3", "5.3-6 8-9", "0-6 8-9"},
        {"before all", "10-20", "0-9", "0-9 10-20"},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_ranges a, b, both = {0};
        ranges_of_text(cases[i].a, &a);
        ranges_of_text(cases[i].b, &b);
        mr_ranges_union(&a, &b, &both);
        check_ranges(cases[i].label, &both, cases[i].want);
        mr_ranges_deinit(&both);
        mr_ranges_union(&b, &a, &both);
        check_ranges(cases[i].label, &both, cases[i].want);
        mr_ranges_deinit(&a);
        mr_ranges_deinit(&b);
        mr_ranges_deinit(&both);
    }
}

static void test_a_range_holds_its_begin_and_not_its_end(void **state)
{
    static const struct {
        const char *label;
        mr_place place;
        bool want;
    } cases[] = {
        {"before the first", {2, 0}, false},     {"first", {3, 0}, true},
        {"sub of a whole record", {4, 7}, true}, {"end", {5, 0}, false},
        {"partial, inside", {9, 1}, true},       {"partial, end", {9, 2}, false},
        {"after all", {100, 0}, false},
    };
    (void)state;
    mr_ranges ranges;
    ranges_of_text("3-5 9-9.2 20-21", &ranges);
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].label, mr_ranges_contain(&ranges, cases[i].place), cases[i].want);
    }
    mr_ranges_deinit(&ranges);
}

static void test_text_that_is_no_position_is_refused(void **state)
{
    static const char *const cases[] = {
        "x",
        "5",
        "5-",
        "-5",
        "5-5",
        "5-3",
        "0-5 5-7",
        "0-5  6-7",
        "0-5 ",
        " 0-5",
        "01-5",
        "0-5.0",
        "0-5.",
        "6-7 0-5",
        "0-18446744073709551616",
        "0-5.4294967296",
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_ranges ranges = {0};
        CHECK_TRUE(cases[i], !mr_ranges_parse(mr_bytes_of(cases[i]), &ranges));
        CHECK_INT(cases[i], ranges.count, 0);
    }
}

/* ---- in the database ---- */

typedef struct fixture {
    mr_clock *clock;
    mr_db *db;
} fixture;

static int setup(void **state)
{
    fixture *f = mr_calloc(1, sizeof(*f));
    mr_error err;
    f->clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL});
    CHECK_OK("db",
             mr_db_open(&(mr_db_options){.path = ":memory:", .clock = f->clock}, &f->db, &err),
             &err);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    mr_db_close(f->db);
    mr_clock_free(f->clock);
    mr_free(f);
    return 0;
}

static mr_coverage *open_coverage(fixture *f, uint64_t start, bool want_found)
{
    mr_error err;
    bool found;
    mr_coverage *coverage = mr_coverage_new(f->db, "d", "processed");
    CHECK_OK("shard 0",
             mr_coverage_add_shard(coverage, "shardId-000000000000", start, &found, &err), &err);
    CHECK_INT("found", found, want_found);
    CHECK_OK("shard 1",
             mr_coverage_add_shard(coverage, "shardId-000000000001", start, &found, &err), &err);
    return coverage;
}

static void test_a_commit_is_what_the_next_process_finds(void **state)
{
    fixture *f = *state;
    mr_error err;
    mr_coverage *coverage = open_coverage(f, 11, false);
    mr_ranges added[2] = {{0}, {0}};
    mr_ranges_add(&added[1], mr_range_of_record(13));
    mr_ranges_add(&added[1], mr_range_of_record(11));
    CHECK_OK("store", mr_coverage_store(coverage, added, 2, &err), &err);
    mr_coverage_accept(coverage);
    CHECK_INT("low", mr_coverage_low(coverage, 1).number, 12);
    CHECK_INT("high", mr_coverage_high(coverage, 1).number, 14);
    CHECK_TRUE("hole", !mr_coverage_contains(coverage, 1, mr_place_of(12)));
    mr_coverage_free(coverage);

    coverage = open_coverage(f, 999, true);
    CHECK_INT("low of shard 0", mr_coverage_low(coverage, 0).number, 11);
    CHECK_INT("low of shard 1", mr_coverage_low(coverage, 1).number, 12);
    CHECK_TRUE("covered", mr_coverage_contains(coverage, 1, mr_place_of(13)));
    mr_coverage_free(coverage);
    mr_ranges_deinit(&added[1]);
}

static void test_a_rejected_commit_changes_nothing(void **state)
{
    fixture *f = *state;
    mr_error err;
    mr_coverage *coverage = open_coverage(f, 1, false);
    mr_ranges added[1] = {{0}};
    mr_ranges_add(&added[0], mr_range_of_record(1));
    CHECK_OK("begin", mr_db_begin(f->db, &err), &err);
    CHECK_OK("store", mr_coverage_store(coverage, added, 1, &err), &err);
    mr_db_rollback(f->db);
    mr_coverage_reject(coverage);
    CHECK_INT("low", mr_coverage_low(coverage, 0).number, 1);
    mr_coverage_free(coverage);
    mr_coverage_free(open_coverage(f, 1, false));
    mr_ranges_deinit(&added[0]);
}

static void test_a_skipped_range_moves_the_mark_at_once(void **state)
{
    fixture *f = *state;
    mr_error err;
    mr_coverage *coverage = open_coverage(f, 1, false);
    mr_coverage_skip(coverage, 0, (mr_range){{1, 0}, {8, 0}});
    CHECK_INT("low", mr_coverage_low(coverage, 0).number, 8);
    CHECK_OK("store", mr_coverage_store(coverage, NULL, 0, &err), &err);
    mr_coverage_accept(coverage);
    mr_coverage_free(coverage);
    coverage = open_coverage(f, 1, true);
    CHECK_INT("stored", mr_coverage_low(coverage, 0).number, 8);
    mr_coverage_free(coverage);
}

static void test_a_position_that_does_not_read_is_an_error(void **state)
{
    fixture *f = *state;
    mr_error err;
    bool found;
    CHECK_OK("row",
             mr_db_exec(f->db,
                        "INSERT INTO delivery_positions VALUES('d','processed','s','0-5 3-7')",
                        &err),
             &err);
    mr_coverage *coverage = mr_coverage_new(f->db, "d", "processed");
    CHECK_CODE("corrupt", mr_coverage_add_shard(coverage, "s", 1, &found, &err), MR_CORRUPT);
    CHECK_HAS("says which", err.message, "delivery stream d");
    mr_coverage_free(coverage);
}

/* Against a plain array of flags, in random order and pieces. */
static void test_coverage_is_the_union_of_all_commits(void **state)
{
    enum { RECORDS = 400 };
    fixture *f = *state;
    mr_error err;
    mr_prng prng = mr_prng_named(3, "coverage");
    bool done[RECORDS + 1] = {true}; /* number 0 is no record */
    mr_coverage *coverage = open_coverage(f, 1, false);

    for (int round = 0; round < 60; round++) {
        mr_ranges added[1] = {{0}};
        for (uint64_t i = mr_prng_below(&prng, 12); i > 0; i--) {
            uint64_t number = 1 + mr_prng_below(&prng, RECORDS);
            done[number] = true;
            mr_ranges_add(&added[0], mr_range_of_record(number));
        }
        CHECK_OK("store", mr_coverage_store(coverage, added, 1, &err), &err);
        mr_coverage_accept(coverage);
        mr_ranges_deinit(&added[0]);
        uint64_t low = 0;
        while (low <= RECORDS && done[low]) {
            low++;
        }
        CHECK_INT("low", mr_coverage_low(coverage, 0).number, low);
        for (uint64_t number = 1; number <= RECORDS; number++) {
            CHECK_INT("contains", mr_coverage_contains(coverage, 0, mr_place_of(number)),
                      done[number]);
        }
    }
    mr_coverage_free(coverage);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(ranges);
}

static mr_ranges ranges_of(const char *text)
{
    mr_ranges ranges = {0};
    CHECK_TRUE(text, mr_ranges_parse_any(mr_bytes_of(text), &ranges));
    return ranges;
}

static void test_an_aggregated_record_counts_where_its_last_sub_record_is(void **state)
{
    static const struct {
        const char *ranges;
        uint64_t records, whole;
    } cases[] = {
        {"5-6", 1, 1},   {"5-5.3", 0, 0},   {"5.3-6", 1, 0},        {"4-5.3", 1, 1},
        {"4.1-6", 2, 1}, {"5.1-5.2", 0, 0}, {"4.2-7.1 9-10", 4, 3}, {"3-4.1 4.2-5 6-8", 4, 3},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_ranges ranges = ranges_of(cases[i].ranges);
        CHECK_INT(cases[i].ranges, mr_ranges_records(&ranges), cases[i].records);
        CHECK_INT(cases[i].ranges, mr_ranges_whole_records(&ranges), cases[i].whole);
        mr_ranges_deinit(&ranges);
    }
}

static void test_what_comes_again_is_counted_in_records_and_sub_records(void **state)
{
    static const struct {
        const char *ranges, *done;
        uint64_t again;
    } cases[] = {
        {"5-6", "", 0},        {"5-6", "5-6", 1},      {"5-9", "6-7 8-20", 2},
        {"5.1-5.3", "5-6", 2}, {"5-5.3", "5.3-6", 0},  {"5.3-6", "5-5.3", 0},
        {"5.2-6", "5-5.3", 1}, {"5-6 3-4 5-6", "", 1}, {"5-5.2 5.1-5.4", "", 1},
        {"1-3 2-4", "1-4", 5},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_ranges ranges = ranges_of(cases[i].ranges), done = ranges_of(cases[i].done);
        CHECK_INT(cases[i].ranges, mr_ranges_repeated(&ranges, &done), cases[i].again);
        mr_ranges_deinit(&ranges);
        mr_ranges_deinit(&done);
    }
}

static void test_sub_records_in_a_row_are_one_range(void **state)
{
    (void)state;
    mr_ranges ranges = {0};
    mr_strbuf text = mr_strbuf_make(256);
    for (uint32_t sub = 0; sub < 4; sub++) {
        mr_range range = mr_range_of_sub(7, sub, sub == 3);
        mr_ranges_add_next(&ranges, &range);
    }
    mr_range next = mr_range_of_record(8), later = mr_range_of_sub(9, 1, false);
    mr_ranges_add_next(&ranges, &next);
    mr_ranges_add_next(&ranges, &later);
    mr_ranges_format(&ranges, &text);
    CHECK_STR("ranges", mr_strbuf_text(&text), "7-9 9.1-9.2");
    CHECK_TRUE("whole", mr_ranges_contain_range(&ranges, mr_range_of_record(7)));
    CHECK_TRUE("in part", !mr_ranges_contain_range(&ranges, mr_range_of_record(9)));
    mr_strbuf_deinit(&text);
    mr_ranges_deinit(&ranges);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_consecutive_records_are_one_range),
        cmocka_unit_test(test_ranges_are_normalized_whatever_their_order),
        cmocka_unit_test(test_a_union_joins_what_meets),
        cmocka_unit_test(test_a_range_holds_its_begin_and_not_its_end),
        cmocka_unit_test(test_text_that_is_no_position_is_refused),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
        cmocka_unit_test(test_an_aggregated_record_counts_where_its_last_sub_record_is),
        cmocka_unit_test(test_what_comes_again_is_counted_in_records_and_sub_records),
        cmocka_unit_test(test_sub_records_in_a_row_are_one_range),
        cmocka_unit_test_setup_teardown(test_a_commit_is_what_the_next_process_finds, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_rejected_commit_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_skipped_range_moves_the_mark_at_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_position_that_does_not_read_is_an_error, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_coverage_is_the_union_of_all_commits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
