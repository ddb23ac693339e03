/* prefix_test.c - where objects go, and which expressions Firehose refuses with which words. */
#include "sim/base/timefmt.h"
#include "sim/firehose/prefix.h"
#include "tests/check.h"

#include <ctype.h>

static int64_t instant(const char *iso)
{
    int64_t time_us = 0;
    CHECK_TRUE(iso, mr_iso_parse(mr_bytes_of(iso), &time_us));
    return time_us;
}

static mr_prefix *prefix_of(const mr_prefix_options *options)
{
    mr_prefix *prefix = NULL;
    mr_error err = {.code = MR_OK};
    CHECK_OK(options->prefix, mr_prefix_new(options, &prefix, &err), &err);
    return prefix;
}

/* Replaces the uuid at the end of a key, which is chance, by a word. */
static void hide_uuid(char *key, const char *extension)
{
    size_t len = strlen(key) - strlen(extension);
    CHECK_TRUE(key, len > 36);
    char *uuid = key + len - 36;
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        CHECK_TRUE(key, dash ? uuid[i] == '-' : isxdigit((unsigned char)uuid[i]) != 0);
    }
    CHECK_INT("version of the uuid", uuid[14], '4');
    memmove(uuid + 4, key + len, strlen(extension) + 1);
    memcpy(uuid, "UUID", 4);
}

static void check_key(const mr_prefix_options *options, const mr_object_name *name,
                      const char *want)
{
    mr_prefix *prefix = prefix_of(options);
    mr_prng prng = mr_prng_named(1, "object names");
    mr_strbuf key = mr_strbuf_make(2048);

    mr_prefix_object_key(prefix, name, &prng, &key);
    hide_uuid(key.at, name->extension == NULL ? "" : name->extension);
    CHECK_STR(want, key.at, want);
    mr_strbuf_deinit(&key);
    mr_prefix_free(prefix);
}

static void test_a_key_is_prefix_time_and_name(void **state)
{
    static const struct {
        const char *prefix, *extension, *want;
    } cases[] = {
        {NULL, NULL, "2026/07/13/14/clicks-1-2026-07-13-14-05-09-UUID"},
        {"", ".gz", "2026/07/13/14/clicks-1-2026-07-13-14-05-09-UUID.gz"},
        /* No slash is put in. */
        {"legacy", "", "legacy2026/07/13/14/clicks-1-2026-07-13-14-05-09-UUID"},
        {"data/", "", "data/2026/07/13/14/clicks-1-2026-07-13-14-05-09-UUID"},
        /* An expression of any kind: nothing is appended. */
        {"year=!{timestamp:yyyy}/month=!{timestamp:MM}/", ".snappy",
         "year=2026/month=07/clicks-1-2026-07-13-14-05-09-UUID.snappy"},
        {"!{timestamp:'it''s '}x", "", "it's xclicks-1-2026-07-13-14-05-09-UUID"},
        {"a}b!c{", "", "a}b!c{2026/07/13/14/clicks-1-2026-07-13-14-05-09-UUID"},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_prefix_options options = {.prefix = cases[i].prefix,
                                     .error_output_prefix = "e/!{firehose:error-output-type}"};
        mr_object_name name = {.delivery = "clicks",
                               .version = "1",
                               .time_us = instant("2026-07-13T14:05:09.5Z"),
                               .extension = cases[i].extension};
        check_key(&options, &name, cases[i].want);
    }
}

static void test_an_error_object_goes_under_its_own_prefix(void **state)
{
    static const struct {
        const char *prefix, *error_prefix, *want;
    } cases[] = {
        {"data/", NULL, "data/processing-failed/2026/07/13/14/clicks-3-2026-07-13-14-05-09-UUID"},
        {NULL, NULL, "processing-failed/2026/07/13/14/clicks-3-2026-07-13-14-05-09-UUID"},
        {"data/", "errors/clicks/",
         "errors/clicks/processing-failed/2026/07/13/14/clicks-3-2026-07-13-14-05-09-UUID"},
        {"!{timestamp:yyyy}/", "bad",
         "badprocessing-failed/2026/07/13/14/clicks-3-2026-07-13-14-05-09-UUID"},
        {"!{timestamp:yyyy}/", "e/!{firehose:error-output-type}/!{timestamp:D}/",
         "e/processing-failed/194/clicks-3-2026-07-13-14-05-09-UUID"},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_prefix_options options = {.prefix = cases[i].prefix,
                                     .error_output_prefix = cases[i].error_prefix};
        mr_object_name name = {.delivery = "clicks",
                               .version = "3",
                               .time_us = instant("2026-07-13T14:05:09Z"),
                               .error_type = "processing-failed"};
        check_key(&options, &name, cases[i].want);
    }
}

static void test_a_random_string_is_fresh_for_each_occurrence(void **state)
{
    (void)state;
    mr_prefix_options options = {.prefix = "!{firehose:random-string}/!{firehose:random-string}/",
                                 .error_output_prefix = "e/!{firehose:error-output-type}/"};
    mr_prefix *prefix = prefix_of(&options);
    mr_object_name name = {.delivery = "d", .version = "1"};
    mr_strbuf first = mr_strbuf_make(2048);
    mr_strbuf again = mr_strbuf_make(2048);

    mr_prng prng = mr_prng_named(1, "object names");
    mr_prefix_object_key(prefix, &name, &prng, &first);
    prng = mr_prng_named(1, "object names");
    mr_prefix_object_key(prefix, &name, &prng, &again);
    CHECK_STR("one seed, one key", again.at, first.at);
    CHECK_INT("11 characters", first.at[11], '/');
    CHECK_INT("11 characters", first.at[23], '/');
    CHECK_TRUE("two of them", memcmp(first.at, first.at + 12, 11) != 0);
    mr_strbuf_reset(&again);
    mr_prefix_object_key(prefix, &name, &prng, &again);
    CHECK_TRUE("a second object", strcmp(again.at, first.at) != 0);

    mr_strbuf_deinit(&first);
    mr_strbuf_deinit(&again);
    mr_prefix_free(prefix);
}

#define TYPE         "!{firehose:error-output-type}/"
#define TEN          "0123456789"
#define FIFTY        TEN TEN TEN TEN TEN
#define FIVE_HUNDRED FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY

static void test_what_firehose_refuses_is_refused_in_its_words(void **state)
{
    static const struct {
        const char *prefix, *error_prefix, *zone, *want;
    } cases[] = {
        {"!{timestamp:yyyy}/", NULL, NULL,
         "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
        {"!{timestamp:yyyy}/", "", NULL,
         "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
        {NULL, "e/!{timestamp:yyyy}/", NULL,
         "ErrorOutputPrefix must contain at least one occurrence of "
         "!{firehose:error-output-type}"},
        {"!{firehose:error-output-type}/", TYPE, NULL,
         "Prefix must not contain any occurrence of !{firehose:error-output-type}"},
        {"!{time:yyyy}/", TYPE, NULL,
         "Namespace to the left of colon (time) is an invalid keyword!"},
        {"!{timestamp:yyyyTHH}/", TYPE, NULL,
         "Invalid conversion character used in the value of the expression in Prefix"},
        {"!{timestamp:}/", TYPE, NULL,
         "Invalid conversion character used in the value of the expression in Prefix"},
        {"!{timestamp:ddd}/", TYPE, NULL,
         "Invalid conversion character used in the value of the expression in Prefix"},
        {NULL, TYPE "!{timestamp:p}", NULL,
         "Invalid conversion character used in the value of the expression in ErrorOutputPrefix"},
        {"!{firehose:uuid}/", TYPE, NULL,
         "Invalid conversion character used in the value of the expression in Prefix"},
        {"a!{b", TYPE, NULL, "Invalid expression usage"},
        {"!{timestamp}", TYPE, NULL, "Invalid expression usage"},
        {"!{timestamp:!{timestamp:yyyy}}", TYPE, NULL, "Invalid expression usage"},
        {"!{partitionKeyFromQuery:k}/", TYPE, NULL,
         "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic "
         "Partitioning is enabled."},
        {NULL, TYPE "!{partitionKeyFromLambda:k}/", NULL,
         "Dynamic Partitioning Namespaces can't be part of an error prefix expression"},
        {FIVE_HUNDRED TEN "!{timestamp:MMM}", TYPE, NULL,
         "Length of evaluated prefix cannot be greater than 512"},
        {NULL, FIVE_HUNDRED TYPE, NULL,
         "Length of evaluated ErrorOutputPrefix cannot be greater than 512"},
        {NULL, NULL, "PST",
         "Provided custom time zone is not supported. Custom time zones are limited to UTC and "
         "non-3-letter IANA time zones."},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_prefix_options options = {.prefix = cases[i].prefix,
                                     .error_output_prefix = cases[i].error_prefix,
                                     .time_zone = cases[i].zone};
        mr_prefix *prefix = NULL;
        mr_error err;
        CHECK_CODE(cases[i].want, mr_prefix_new(&options, &prefix, &err), MR_INVALID_ARGUMENT);
        CHECK_STR("message", err.message, cases[i].want);
    }
    /* 512 is still good. */
    mr_prefix_options longest = {.prefix = FIVE_HUNDRED TEN "!{timestamp:dd}",
                                 .error_output_prefix = TYPE};
    mr_prefix_free(prefix_of(&longest));
}

static void test_every_letter_that_aws_refuses_is_refused(void **state)
{
    (void)state;
    for (const char *letter = "CIJPRTUVbfijloprt"; *letter != '\0'; letter++) {
        char spelling[] = "!{timestamp:'CIJ'?}";
        *strchr(spelling, '?') = *letter;
        mr_prefix_options options = {.prefix = spelling, .error_output_prefix = TYPE};
        mr_prefix *prefix = NULL;
        mr_error err;
        CHECK_CODE(spelling, mr_prefix_new(&options, &prefix, &err), MR_INVALID_ARGUMENT);
        CHECK_HAS(spelling, err.message, "Invalid conversion character");
    }
}

static void test_a_zone_has_its_offset_at_every_instant(void **state)
{
    static const struct {
        const char *zone, *time;
        int want_s;
    } cases[] = {
        {"UTC", "2025-07-01T00:00:00Z", 0},
        {"Asia/Calcutta", "2025-07-01T00:00:00Z", 19800},
        {"America/New_York", "2025-03-09T06:59:59Z", -18000},
        {"America/New_York", "2025-03-09T07:00:00Z", -14400},
        {"America/New_York", "2025-11-02T05:59:59Z", -14400},
        {"America/New_York", "2025-11-02T06:00:00Z", -18000},
        {"Europe/Berlin", "2025-03-30T00:59:59Z", 3600},
        {"Europe/Berlin", "2025-03-30T01:00:00Z", 7200},
        {"Europe/Berlin", "2025-10-26T01:00:00Z", 3600},
        {"Europe/Dublin", "2025-07-01T00:00:00Z", 3600},
        {"Europe/Dublin", "2025-01-01T00:00:00Z", 0},
        {"Australia/Sydney", "2025-01-01T00:00:00Z", 39600},
        {"Australia/Sydney", "2025-04-05T16:00:00Z", 36000},
        {"Australia/Sydney", "2025-12-31T23:59:59Z", 39600},
        {"Australia/Lord_Howe", "2025-07-01T00:00:00Z", 37800},
        {"Australia/Lord_Howe", "2025-12-01T00:00:00Z", 39600},
        {"America/Santiago", "2025-04-06T02:59:59Z", -10800},
        {"America/Santiago", "2025-04-06T03:00:00Z", -14400},
        {"Asia/Jerusalem", "2025-03-27T23:59:59Z", 7200},
        {"Asia/Jerusalem", "2025-03-28T00:00:00Z", 10800},
        {"America/Godthab", "2025-03-30T00:59:59Z", -7200},
        {"America/Godthab", "2025-03-30T01:00:00Z", -3600},
        {"America/St_Johns", "2025-01-01T00:00:00Z", -12600},
        {"US/Pacific", "2025-07-01T00:00:00Z", -25200},
    };
    (void)state;

    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        int64_t offset_us = 0;
        CHECK_TRUE(cases[i].zone,
                   mr_time_zone_offset(cases[i].zone, instant(cases[i].time), &offset_us));
        CHECK_INT(cases[i].time, offset_us, (int64_t)cases[i].want_s * 1000000);
    }
}

static void test_a_zone_that_firehose_does_not_take_is_refused(void **state)
{
    static const char *const zones[] = {
        "EST", "PST",         "GMT",     "Asia/Kolkata",   "EST5EDT", "Etc/GMT-3",
        "utc", "Europe/Kyiv", "Nowhere", "Europe/Berlin ", "Factory", "Africa/Casablanca"};
    (void)state;

    for (size_t i = 0; i < MR_COUNT(zones); i++) {
        int64_t offset_us = 0;
        CHECK_TRUE(zones[i], !mr_time_zone_offset(zones[i], 0, &offset_us));
    }
}

static void test_a_zone_moves_prefix_and_name(void **state)
{
    (void)state;
    mr_prefix_options options = {.prefix = "!{timestamp:yyyy-MM-dd HH X}/",
                                 .error_output_prefix = TYPE,
                                 .time_zone = "Asia/Tokyo"};
    mr_object_name name = {
        .delivery = "d", .version = "1", .time_us = instant("2025-12-31T15:00:01Z")};
    check_key(&options, &name, "2026-01-01 00 +09/d-1-2026-01-01-00-00-01-UUID");
    options = (mr_prefix_options){.time_zone = "America/New_York"};
    check_key(&options, &name, "2025/12/31/10/d-1-2025-12-31-10-00-01-UUID");
}

/* ---- partition keys ---- */

static void test_a_prefix_names_its_keys_once(void **state)
{
    (void)state;
    mr_prefix *prefix = prefix_of(
        &(mr_prefix_options){.prefix = "!{partitionKeyFromQuery:a}/!{partitionKeyFromLambda:a}/"
                                       "!{partitionKeyFromQuery:b c}/!{partitionKeyFromQuery:a}",
                             .error_output_prefix = TYPE,
                             .has_partitions = true});
    size_t count;
    const mr_prefix_key *keys = mr_prefix_keys(prefix, &count);
    CHECK_INT("keys", count, 3);
    CHECK_STR("first", keys[0].name, "a");
    CHECK_INT("from the query", keys[0].source, MR_KEY_FROM_QUERY);
    CHECK_INT("from the function", keys[1].source, MR_KEY_FROM_LAMBDA);
    CHECK_STR("with a blank", keys[2].name, "b c");
    mr_prefix_free(prefix);
}

static void test_values_are_put_into_keys_as_they_are(void **state)
{
    (void)state;
    const mr_bytes values[] = {MR_BYTES_LITERAL("x/y"), MR_BYTES_LITERAL("!{timestamp:yyyy}")};
    check_key(&(mr_prefix_options){.prefix = "a=!{partitionKeyFromQuery:a}/!{timestamp:yyyy}/"
                                             "b=!{partitionKeyFromQuery:b}/",
                                   .error_output_prefix = TYPE,
                                   .has_partitions = true},
              &(mr_object_name){.delivery = "clicks",
                                .version = "1",
                                .time_us = instant("2026-07-13T14:05:09Z"),
                                .values = values},
              "a=x/y/2026/b=!{timestamp:yyyy}/clicks-1-2026-07-13-14-05-09-UUID");
}

static bool same_partition(const char *text, const char *a, const char *b)
{
    mr_prefix *prefix = prefix_of(
        &(mr_prefix_options){.prefix = text, .error_output_prefix = TYPE, .has_partitions = true});
    const mr_bytes values[2][2] = {{mr_bytes_make(a, 1), mr_bytes_of(a + 1)},
                                   {mr_bytes_make(b, 2), mr_bytes_of(b + 2)}};
    mr_strbuf out[2] = {mr_strbuf_make(2048), mr_strbuf_make(2048)};
    for (size_t i = 0; i < 2; i++) {
        CHECK_TRUE(text, mr_prefix_partition(prefix, values[i], &out[i]));
    }
    bool same = mr_bytes_equal(mr_strbuf_bytes(&out[0]), mr_strbuf_bytes(&out[1]));
    mr_strbuf_deinit(&out[0]);
    mr_strbuf_deinit(&out[1]);
    mr_prefix_free(prefix);
    return same;
}

static void test_what_evaluates_to_one_prefix_is_one_partition(void **state)
{
    static const char together[] = "!{partitionKeyFromQuery:a}!{partitionKeyFromQuery:b}/";
    static const char apart[] = "!{partitionKeyFromQuery:a}/!{partitionKeyFromQuery:b}/";
    static const char by_time[] =
        "!{partitionKeyFromQuery:a}!{timestamp:yyyy}!{partitionKeyFromQuery:b}/";
    (void)state;
    CHECK_TRUE("x+yz and xy+z", same_partition(together, "xyz", "xyz"));
    CHECK_TRUE("x/yz and xy/z", !same_partition(apart, "xyz", "xyz"));
    CHECK_TRUE("other values", !same_partition(together, "xyz", "xyy"));
    CHECK_TRUE("an expression between", !same_partition(by_time, "xyz", "xyz"));
}

static void test_an_evaluated_prefix_may_not_be_too_long(void **state)
{
    (void)state;
    char value[512];
    memset(value, 'x', sizeof(value));
    mr_prefix *prefix = prefix_of(&(mr_prefix_options){
        .prefix = "!{partitionKeyFromQuery:a}!{timestamp:yyyy}!{partitionKeyFromQuery:a}",
        .error_output_prefix = TYPE,
        .has_partitions = true});
    for (size_t len = 254; len <= 255; len++) {
        mr_bytes one = mr_bytes_make(value, len);
        mr_strbuf out = mr_strbuf_make(2048);
        CHECK_INT("512", mr_prefix_partition(prefix, &one, &out), len == 254);
        mr_strbuf_deinit(&out);
    }
    mr_prefix_free(prefix);
}

static void test_keys_are_refused_where_they_have_no_place(void **state)
{
    static const struct {
        const char *prefix, *error_prefix;
        bool has_partitions;
        const char *want;
    } cases[] = {
        {"a/", TYPE, true,
         "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is "
         "enabled"},
        {NULL, NULL, true,
         "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is "
         "enabled"},
        {"!{partitionKeyFromQuery:a}/", NULL, true,
         "ErrorOutputPrefix cannot be null or empty when Prefix contains expressions"},
        {"!{partitionKeyFromQuery:}/", TYPE, true,
         "Invalid conversion character used in the value of the expression in Prefix"},
        {"!{partitionKeyFromQuery:a}/", "e/!{partitionKeyFromQuery:a}/", true,
         "Dynamic Partitioning Namespaces can't be part of an error prefix expression"},
        {"!{partitionKeyFromLambda:a}/", TYPE, false,
         "Dynamic Partitioning Namespaces can only be part of a prefix expression when Dynamic "
         "Partitioning is enabled."},
    };
    (void)state;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_prefix *prefix = NULL;
        mr_error err = {.code = MR_OK};
        mr_prefix_options options = {.prefix = cases[i].prefix,
                                     .error_output_prefix = cases[i].error_prefix,
                                     .has_partitions = cases[i].has_partitions};
        CHECK_CODE(cases[i].want, mr_prefix_new(&options, &prefix, &err), MR_INVALID_ARGUMENT);
        CHECK_STR(cases[i].want, err.message, cases[i].want);
    }
}

static void test_the_corpus(void **state)
{
    (void)state;
    CHECK_CORPUS(prefix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_is_prefix_time_and_name),
        cmocka_unit_test(test_an_error_object_goes_under_its_own_prefix),
        cmocka_unit_test(test_a_random_string_is_fresh_for_each_occurrence),
        cmocka_unit_test(test_what_firehose_refuses_is_refused_in_its_words),
        cmocka_unit_test(test_every_letter_that_aws_refuses_is_refused),
        cmocka_unit_test(test_a_zone_has_its_offset_at_every_instant),
        cmocka_unit_test(test_a_zone_that_firehose_does_not_take_is_refused),
        cmocka_unit_test(test_a_zone_moves_prefix_and_name),
        cmocka_unit_test(test_a_prefix_names_its_keys_once),
        cmocka_unit_test(test_values_are_put_into_keys_as_they_are),
        cmocka_unit_test(test_what_evaluates_to_one_prefix_is_one_partition),
        cmocka_unit_test(test_an_evaluated_prefix_may_not_be_too_long),
        cmocka_unit_test(test_keys_are_refused_where_they_have_no_place),
        cmocka_unit_test(test_the_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
