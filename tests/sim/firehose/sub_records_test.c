/* sub_records_test.c - what a record is taken apart into, and which place each piece has. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "sim/firehose/sub_records.h"
#include "tests/check.h"

#include <stdio.h>

/* Every sub-record as "<place>:<partition key>=<data>;". */
static void check_subs(const char *label, bool has_carriers, const mr_deaggregation *deaggregation,
                       mr_bytes data, const char *want)
{
    mr_sub_records *subs = mr_sub_records_new(has_carriers, deaggregation);
    mr_record_view record = {.number = 5, .data = data, .partition_key = mr_bytes_of("key")};
    for (int turn = 0; turn < 2; turn++) { /* what is left of a record is not in the next */
        mr_record_view sub;
        mr_range place;
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_sub_records_open(subs, &record);
        while (mr_sub_records_next(subs, &sub, &place)) {
            mr_ranges one = {&place, 1, 1};
            mr_ranges_format(&one, &got);
            mr_strbuf_append_char(&got, ':');
            mr_strbuf_append_bytes(&got, sub.partition_key);
            mr_strbuf_append_char(&got, '=');
            mr_strbuf_append_bytes(&got, sub.data);
            mr_strbuf_append_char(&got, ';');
            CHECK_INT(label, sub.number, 5);
        }
        CHECK_STR(label, mr_strbuf_text(&got), want);
        mr_strbuf_deinit(&got);
    }
    mr_sub_records_free(subs);
}

static void make_carrier(mr_strbuf *out, const char *const *texts, size_t count)
{
    mr_kpl_writer *writer = mr_kpl_writer_new(MR_MIB);
    for (size_t i = 0; i < count; i++) {
        char key[8];
        (void)snprintf(key, sizeof(key), "u%zu", i);
        mr_record user = {.data = mr_bytes_of(texts[i]), .partition_key = mr_bytes_of(key)};
        CHECK_TRUE("fits", mr_kpl_writer_add(writer, &user));
    }
    mr_kpl_writer_take(writer, out);
    mr_kpl_writer_free(writer);
}

static const mr_deaggregation json = {.type = MR_SUB_RECORD_JSON};

static void test_a_plain_record_is_one(void **state)
{
    (void)state;
    mr_sub_records *subs = mr_sub_records_new(true, NULL);
    mr_record_view record = {.number = 5, .data = mr_bytes_of("text")};
    CHECK_TRUE("at once", mr_sub_records_are_one(subs, &record));
    record.data = mr_bytes_of("\xf3xt");
    CHECK_TRUE("only when it is opened", !mr_sub_records_are_one(subs, &record));
    mr_sub_records_free(subs);
    check_subs("text", true, NULL, mr_bytes_of("text"), "5-6:key=text;");
    check_subs("empty", true, NULL, mr_bytes_of(""), "5-6:key=;");
    check_subs("begins like a carrier", true, NULL, mr_bytes_of("\xf3\x89\x9a\xc2 no"),
               "5-6:key=\xf3\x89\x9a\xc2 no;");
}

static void test_a_carrier_is_its_user_records(void **state)
{
    static const char *const texts[] = {"a", "", "c"};
    (void)state;
    mr_strbuf carrier = mr_strbuf_make(MR_MIB);
    make_carrier(&carrier, texts, 3);
    check_subs("carrier", true, NULL, mr_strbuf_bytes(&carrier),
               "5-5.1:u0=a;5.1-5.2:u1=;5.2-6:u2=c;");
    mr_strbuf_deinit(&carrier);
}

static void test_places_are_counted_through_both_steps(void **state)
{
    static const char *const texts[] = {"{\"a\":1}{\"b\":2}", "x", "{}\n{}"};
    (void)state;
    mr_strbuf carrier = mr_strbuf_make(MR_MIB);
    make_carrier(&carrier, texts, 3);
    check_subs("carrier", true, &json, mr_strbuf_bytes(&carrier),
               "5-5.1:u0={\"a\":1};5.1-5.2:u0={\"b\":2};5.2-5.3:u1=x;5.3-5.4:u2={};5.4-6:u2={};");
    mr_strbuf_deinit(&carrier);
    check_subs("json alone", false, &json, mr_bytes_of("{} {}"), "5-5.1:key={};5.1-6:key={};");
}

static void test_the_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(sub_records);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_record_is_one),
        cmocka_unit_test(test_a_carrier_is_its_user_records),
        cmocka_unit_test(test_places_are_counted_through_both_steps),
        cmocka_unit_test(test_the_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
