/* rng_test.c - seeded chance and its independent streams. */
#include "sim/time/rng.h"
#include "tests/check.h"

#include <ctype.h>
#include <string.h>

static void test_seed_and_name_decide_everything(void **state)
{
    (void)state;
    mr_prng a = mr_prng_named(1, "object names");
    mr_prng same = mr_prng_named(1, "object names");
    mr_prng other_name = mr_prng_named(1, "faults");
    mr_prng other_seed = mr_prng_named(2, "object names");
    int alike = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t value = mr_prng_next(&a);
        CHECK_TRUE("the same again", value == mr_prng_next(&same));
        alike += value == mr_prng_next(&other_name);
        alike += value == mr_prng_next(&other_seed);
    }
    CHECK_INT("others go their own way", alike, 0);
}

/* Drawing from one stream leaves another where it is: they share no state. */
static void test_streams_do_not_shift_one_another(void **state)
{
    (void)state;
    mr_prng alone = mr_prng_named(5, "a");
    mr_prng beside = mr_prng_named(5, "a");
    mr_prng noise = mr_prng_named(5, "b");
    for (int i = 0; i < 100; i++) {
        (void)mr_prng_next(&noise);
        CHECK_TRUE("same", mr_prng_next(&alone) == mr_prng_next(&beside));
    }
}

/* First outputs of xoshiro256** for the state {1, 2, 3, 4}, as its authors' code gives them. */
static void test_the_generator_is_xoshiro256starstar(void **state)
{
    (void)state;
    static const uint64_t want[] = {UINT64_C(11520), UINT64_C(0), UINT64_C(1509978240),
                                    UINT64_C(1215971899390074240)};
    mr_prng prng = {{1, 2, 3, 4}};
    for (size_t i = 0; i < MR_COUNT(want); i++) {
        CHECK_TRUE("output", mr_prng_next(&prng) == want[i]);
    }
}

static void test_below_stays_below_and_is_even(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(9, "below");
    int counts[6] = {0};
    for (int i = 0; i < 60000; i++) {
        uint64_t value = mr_prng_below(&prng, 6);
        CHECK_TRUE("below", value < 6);
        counts[value]++;
    }
    for (size_t i = 0; i < MR_COUNT(counts); i++) {
        CHECK_TRUE("even", counts[i] > 9600 && counts[i] < 10400);
    }
    CHECK_INT("of one", mr_prng_below(&prng, 1), 0);
    uint64_t bound = (UINT64_C(1) << 63) + 1;
    for (int i = 0; i < 1000; i++) {
        CHECK_TRUE("of a huge bound", mr_prng_below(&prng, bound) < bound);
        double unit = mr_prng_unit(&prng);
        CHECK_TRUE("unit", unit >= 0 && unit < 1);
    }
}

static void test_uuids_are_of_version_4_and_lower_case(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(1, "uuid");
    char first[MR_UUID_SIZE];
    char second[MR_UUID_SIZE];
    mr_prng_uuid(&prng, first);
    mr_prng_uuid(&prng, second);
    CHECK_INT("length", strlen(first), 36);
    CHECK_TRUE("dashes", first[8] == '-' && first[13] == '-' && first[18] == '-');
    CHECK_INT("version", first[14], '4');
    CHECK_TRUE("variant", strchr("89ab", first[19]) != NULL);
    CHECK_INT("hex", strspn(first, "0123456789abcdef-"), 36);
    CHECK_TRUE("not twice", strcmp(first, second) != 0);
}

static void test_alnum_gives_letters_and_digits(void **state)
{
    (void)state;
    mr_prng prng = mr_prng_named(1, "alnum");
    char text[501];
    mr_prng_alnum(&prng, 500, text);
    CHECK_INT("length", strlen(text), 500);
    for (size_t i = 0; i < 500; i++) {
        CHECK_TRUE("alnum", isalnum((unsigned char)text[i]) != 0);
    }
    mr_prng_alnum(&prng, 0, text);
    CHECK_STR("none", text, "");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seed_and_name_decide_everything),
        cmocka_unit_test(test_streams_do_not_shift_one_another),
        cmocka_unit_test(test_the_generator_is_xoshiro256starstar),
        cmocka_unit_test(test_below_stays_below_and_is_even),
        cmocka_unit_test(test_uuids_are_of_version_4_and_lower_case),
        cmocka_unit_test(test_alnum_gives_letters_and_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
