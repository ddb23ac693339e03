/* sequence_test.c - the shape of sequence numbers and hash keys. */
#include "sim/stream/sequence.h"

#include "sim/time/rng.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>

/* a - b for decimal texts of 56 digits, as decimal text without leading zeros. */
static void subtract(const char *a, const char *b, char *out)
{
    int digits[56];
    int borrow = 0;
    for (int i = 55; i >= 0; i--) {
        int d = a[i] - b[i] - borrow;
        borrow = d < 0;
        digits[i] = d + (borrow ? 10 : 0);
    }
    assert_int_equal(borrow, 0);
    int from = 0;
    while (from < 55 && digits[from] == 0) {
        from++;
    }
    for (int i = from; i < 56; i++) {
        *out++ = (char)('0' + digits[i]);
    }
    *out = '\0';
}

static void test_shards_of_one_stream_differ_by_the_published_number(void **state)
{
    (void)state;
    static const uint32_t indexes[] = {0, 1, 7, 14};
    for (size_t i = 0; i < MR_COUNT(indexes); i++) {
        mr_sequence low = {
            .shard_created_s = 1735689598, .shard_index = indexes[i], .record_s = 1735689598};
        mr_sequence high = low;
        high.shard_index++;
        char low_text[MR_SEQUENCE_SIZE], high_text[MR_SEQUENCE_SIZE], difference[MR_SEQUENCE_SIZE];
        mr_sequence_format(&low, low_text);
        mr_sequence_format(&high, high_text);
        subtract(high_text, low_text, difference);
        CHECK_STR("adjacent shards", difference, "22300745198530623141535718272648361505980432");
    }
}

static void test_a_number_gives_its_fields(void **state)
{
    (void)state;
    mr_sequence got;
    int version;
    assert_true(mr_sequence_parse(
        mr_bytes_of("49544985256907370027570885864065577703022652638596431874"), &got, &version));
    CHECK_INT("version", version, 2);
    CHECK_INT("shard created", got.shard_created_s, 1415670039);
    CHECK_INT("shard", got.shard_index, 0);
    CHECK_INT("counter", got.counter, INT64_C(13422023156));
    CHECK_INT("record", got.record_s, 1431623575);
}

static void test_what_is_formatted_is_parsed(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(1, "sequence test");
    for (int i = 0; i < 20000; i++) {
        mr_sequence want = {
            .shard_created_s = (int64_t)mr_prng_below(&prng, 16025175000),
            .shard_index = (uint32_t)mr_prng_below(&prng, UINT64_C(1) << 31),
            .counter = mr_prng_next(&prng) >> 1,
            .record_s = (int64_t)mr_prng_below(&prng, UINT64_C(1) << 36),
        };
        if (i % 2 == 0) { /* the last there is: where the estimate of a division is furthest off */
            want.record_s = (INT64_C(1) << 36) - 1;
        }
        char text[MR_SEQUENCE_SIZE];
        mr_sequence got;
        int version = -1;
        mr_sequence_format(&want, text);
        assert_int_equal(strlen(text), 56);
        assert_true(mr_sequence_parse(mr_bytes_of(text), &got, &version));
        assert_int_equal(version, 2);
        assert_true(got.shard_created_s == want.shard_created_s);
        assert_int_equal(got.shard_index, want.shard_index);
        assert_true(got.counter == want.counter);
        assert_true(got.record_s == want.record_s);
    }
}

static void test_later_records_have_greater_numbers(void **state)
{
    (void)state;
    char before[MR_SEQUENCE_SIZE] = "";
    for (uint64_t counter = 0; counter < 3000; counter += 7) {
        /* A clock that runs backward changes the time in the number, not the order. */
        mr_sequence sequence = {.shard_created_s = 1735689598,
                                .shard_index = 3,
                                .counter = counter,
                                .record_s = 1735699598 - (int64_t)counter};
        char text[MR_SEQUENCE_SIZE];
        mr_sequence_format(&sequence, text);
        assert_true(strcmp(text, before) > 0);
        memcpy(before, text, sizeof(before));
    }
}

static void test_older_versions_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *label, *digits;
        bool ok;
        int version;
        int64_t created_s, record_s;
        uint32_t shard;
    } cases[] = {
        {"zero is version 0", "0", true, 0, 0, 0, 0},
        {"2^124 is the same", "21267647932558653966460912964485513216", true, 0, 0, 0, 0},
        /* 0x1 000000001 00 0000000000000000 0005 */
        {"version 0, second 1, shard 5", "21267647932868138976282258033210294277", true, 0, 1, 0,
         5},
        {"2^129 is none", "680564733841876926926749214863536422912", false, 0, 0, 0, 0},
        {"version 3", "49039857307708443467467104868809893875799651909875269635", false, 0, 0, 0,
         0},
        {"empty", "", false, 0, 0, 0, 0},
        {"leading zero", "049", false, 0, 0, 0, 0},
        {"sign", "-1", false, 0, 0, 0, 0},
        {"letters", "12x", false, 0, 0, 0, 0},
        {"past 192 bits",
         "99999999999999999999999999999999999999999999999999999999999999999999999999999999999999999"
         "9999999999999999999999999999999999999999",
         false, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_sequence got = {0};
        int version = 0;
        bool ok = mr_sequence_parse(mr_bytes_of(cases[i].digits), &got, &version);
        CHECK_INT(cases[i].label, ok, cases[i].ok);
        if (ok) {
            CHECK_INT(cases[i].label, version, cases[i].version);
            CHECK_INT(cases[i].label, got.shard_created_s, cases[i].created_s);
            CHECK_INT(cases[i].label, got.shard_index, cases[i].shard);
        }
    }
}

static void test_only_known_versions_and_fields_parse(void **state)
{
    (void)state;
    /* Version 2 with every other last digit: n - 2 + v. */
    mr_sequence sequence = {
        .shard_created_s = 1735689598, .shard_index = 1, .record_s = 1735689598};
    char text[MR_SEQUENCE_SIZE];
    mr_sequence_format(&sequence, text);
    assert_in_range(text[55], '2', '8');
    for (int version = 0; version <= 3; version++) {
        char other[MR_SEQUENCE_SIZE];
        memcpy(other, text, sizeof(other));
        other[55] = (char)(text[55] - 2 + version);
        mr_sequence got;
        assert_int_equal(mr_sequence_parse(mr_bytes_of(other), &got, NULL),
                         version == 1 || version == 2);
    }
    sequence.shard_created_s = INT64_C(16025174999);
    mr_sequence_format(&sequence, text);
    mr_sequence got;
    assert_true(mr_sequence_parse(mr_bytes_of(text), &got, NULL));
    /* One more second: 16^37 more, which is 2^148. */
    char later[MR_SEQUENCE_SIZE];
    static const char step[] = "00000000000356811923176489970264571492362373784095686656";
    int carry = 0;
    for (int i = 55; i >= 0; i--) {
        int d = text[i] - '0' + step[i] - '0' + carry;
        carry = d > 9;
        later[i] = (char)('0' + d % 10);
    }
    later[56] = '\0';
    assert_false(mr_sequence_parse(mr_bytes_of(later), &got, NULL));
}

static void test_hash_key_is_md5_of_partition_key(void **state)
{
    (void)state;
    static const struct {
        const char *label, *partition_key, *want_hex;
    } cases[] = {
        {"nothing", "", "d41d8cd98f00b204e9800998ecf8427e"},
        {"one letter", "a", "0cc175b9c0f1b6a831c399e269772661"},
        {"three letters", "abc", "900150983cd24fb0d6963f7d28e17f72"},
        {"UTF-8 counts as bytes", "\xc3\xa9", "66ddcd97cfdeabb2f6fb8a999b4bc76f"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_u128 key = mr_hash_key_of(mr_bytes_of(cases[i].partition_key));
        char got_hex[33];
        snprintf(got_hex, sizeof(got_hex), "%016llx%016llx", (unsigned long long)(key >> 64),
                 (unsigned long long)key);
        CHECK_STR(cases[i].label, got_hex, cases[i].want_hex);
    }
}

static void test_hash_keys_of_several_are_those_of_each(void **state)
{
    (void)state;
    static const char *const texts[MR_HASH_KEYS_MAX] = {
        "a",        "",     "abc",
        "\xc3\xa9", "b",    "0123456789012345678901234567890123456789012345678901234",
        "key-7",    "key-8"};
    for (size_t count = 0; count <= MR_HASH_KEYS_MAX; count++) {
        mr_bytes keys[MR_HASH_KEYS_MAX];
        mr_u128 hashes[MR_HASH_KEYS_MAX + 1] = {0};
        for (size_t i = 0; i < count; i++) {
            keys[i] = mr_bytes_of(texts[i]);
        }
        mr_hash_keys_of(keys, count, hashes);
        for (size_t i = 0; i < count; i++) {
            assert_true(hashes[i] == mr_hash_key_of(keys[i]));
        }
        assert_true(hashes[count] == 0); /* nothing behind what was asked for */
    }
}

static void test_hash_keys_are_decimal_to_two_to_the_128(void **state)
{
    (void)state;
    static const struct {
        const char *digits;
        bool ok;
    } cases[] = {
        {"0", true},
        {"9", true},
        {"340282366920938463463374607431768211455", true},
        {"340282366920938463463374607431768211456", false},
        {"999999999999999999999999999999999999999", false},
        {"00", false},
        {"", false},
        {"1e3", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_u128 key;
        char text[MR_HASH_KEY_SIZE];
        bool ok = mr_hash_key_parse(mr_bytes_of(cases[i].digits), &key);
        CHECK_INT(cases[i].digits, ok, cases[i].ok);
        if (ok) {
            mr_hash_key_format(key, text);
            CHECK_STR(cases[i].digits, text, cases[i].digits);
        }
    }
}

static void test_any_text_is_read_safely(void **state)
{
    (void)state;
    CHECK_CORPUS(sequence);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shards_of_one_stream_differ_by_the_published_number),
        cmocka_unit_test(test_a_number_gives_its_fields),
        cmocka_unit_test(test_what_is_formatted_is_parsed),
        cmocka_unit_test(test_later_records_have_greater_numbers),
        cmocka_unit_test(test_older_versions_are_read),
        cmocka_unit_test(test_only_known_versions_and_fields_parse),
        cmocka_unit_test(test_hash_key_is_md5_of_partition_key),
        cmocka_unit_test(test_hash_keys_of_several_are_those_of_each),
        cmocka_unit_test(test_hash_keys_are_decimal_to_two_to_the_128),
        cmocka_unit_test(test_any_text_is_read_safely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
