/* map_test.c - text to pointer. */
#include "sim/base/alloc.h"
#include "sim/base/map.h"
#include "sim/time/rng.h"
#include "tests/check.h"

#include <stdio.h>

static void test_put_get_and_remove(void **state)
{
    (void)state;
    int one = 1;
    int two = 2;
    mr_map *map = mr_map_new();
    CHECK_TRUE("empty", mr_map_get(map, MR_BYTES_LITERAL("a")) == NULL);
    CHECK_TRUE("empty", mr_map_remove(map, MR_BYTES_LITERAL("a")) == NULL);
    CHECK_TRUE("new", mr_map_put(map, MR_BYTES_LITERAL("a"), &one) == NULL);
    CHECK_TRUE("replaced", mr_map_put(map, MR_BYTES_LITERAL("a"), &two) == &one);
    CHECK_TRUE("got", mr_map_get(map, MR_BYTES_LITERAL("a")) == &two);
    CHECK_INT("count", mr_map_count(map), 1);
    CHECK_TRUE("a NUL is a byte", mr_map_get(map, MR_BYTES_LITERAL("a\0")) == NULL);
    CHECK_TRUE("removed", mr_map_remove(map, MR_BYTES_LITERAL("a")) == &two);
    CHECK_TRUE("gone", mr_map_get(map, MR_BYTES_LITERAL("a")) == NULL);
    CHECK_INT("count", mr_map_count(map), 0);
    mr_map_free(map);
    mr_map_free(NULL);
}

static void test_what_leaves_a_map_is_in_byte_order_of_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {"b", "a", "aa", "", "z", "\xc3\xa9", "B"};
    static const char *const sorted[] = {"", "B", "a", "aa", "b", "z", "\xc3\xa9"};
    mr_map *map = mr_map_new();
    for (size_t i = 0; i < MR_COUNT(keys); i++) {
        CHECK_TRUE("new", mr_map_put(map, mr_bytes_of(keys[i]), (void *)keys[i]) == NULL);
    }
    void **values = mr_map_sorted(map);
    for (size_t i = 0; i < MR_COUNT(sorted); i++) {
        CHECK_STR("order", values[i], sorted[i]);
    }
    mr_free(values);
    mr_map_free(map);
}

/* Against the simplest model there is: an array with a place for every key. */
static void test_ten_thousand_random_steps_agree_with_an_array(void **state)
{
    (void)state;
    static int values[200];
    bool there[200] = {false};
    mr_prng prng = mr_prng_named(7, "map test");
    mr_map *map = mr_map_new();
    size_t count = 0;
    for (int step = 0; step < 10000; step++) {
        size_t key = (size_t)mr_prng_below(&prng, MR_COUNT(there));
        char text[16];
        int len = snprintf(text, sizeof(text), "key%zu", key);
        mr_bytes bytes = mr_bytes_make(text, (size_t)len);
        if (mr_prng_below(&prng, 2) == 0) {
            void *before = mr_map_put(map, bytes, &values[key]);
            CHECK_TRUE("put", (before != NULL) == there[key]);
            count += there[key] ? 0 : 1;
            there[key] = true;
        } else {
            void *before = mr_map_remove(map, bytes);
            CHECK_TRUE("remove", (before == &values[key]) == there[key]);
            count -= there[key] ? 1 : 0;
            there[key] = false;
        }
        CHECK_INT("count", mr_map_count(map), count);
    }
    for (size_t key = 0; key < MR_COUNT(there); key++) {
        char text[16];
        int len = snprintf(text, sizeof(text), "key%zu", key);
        CHECK_TRUE("get",
                   (mr_map_get(map, mr_bytes_make(text, (size_t)len)) != NULL) == there[key]);
    }
    mr_map_free(map);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_get_and_remove),
        cmocka_unit_test(test_what_leaves_a_map_is_in_byte_order_of_keys),
        cmocka_unit_test(test_ten_thousand_random_steps_agree_with_an_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
