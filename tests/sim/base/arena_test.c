/* arena_test.c - pieces that are released all at once. */
#include "sim/base/arena.h"

#include "tests/check.h"

#include <stdint.h>

static void test_every_piece_is_zeroed_aligned_and_its_own(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1,           7,          16, 17, 4096, 100 * MR_KIB,
                                   1, 31 * MR_KIB, 31 * MR_KIB};
    unsigned char *pieces[MR_COUNT(sizes)];
    mr_arena *arena = mr_arena_new();
    for (size_t i = 0; i < MR_COUNT(sizes); i++) {
        pieces[i] = mr_arena_alloc(arena, sizes[i]);
        CHECK_INT("aligned", (uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t at = 0; at < sizes[i]; at++) {
            assert_int_equal(pieces[i][at], 0);
        }
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < MR_COUNT(sizes); i++) {
        for (size_t at = 0; at < sizes[i]; at++) {
            assert_int_equal(pieces[i][at], i + 1);
        }
    }
    mr_arena_free(arena);
    mr_arena_free(NULL);
}

static void test_texts_are_copies_that_end_in_nul(void **state)
{
    (void)state;
    char text[] = "shard";
    mr_arena *arena = mr_arena_new();
    const char *whole = mr_arena_text(arena, text);
    const char *part = mr_arena_copy(arena, mr_bytes_make(text, 2));
    const char *nothing = mr_arena_copy(arena, (mr_bytes){NULL, 0});
    const char *zeros = mr_arena_copy(arena, mr_bytes_make("a\0b", 3));
    memset(text, 'x', sizeof(text) - 1);
    CHECK_STR("whole", whole, "shard");
    CHECK_STR("part", part, "sh");
    CHECK_STR("nothing", nothing, "");
    assert_memory_equal(zeros, "a\0b", 4);
    CHECK_TRUE("no text", mr_arena_text(arena, NULL) == NULL);
    mr_arena_free(arena);
}

static void test_format_makes_texts_of_any_length(void **state)
{
    (void)state;
    mr_arena *arena = mr_arena_new();
    CHECK_STR("short", mr_arena_format(arena, "%s-%d", "shard", 7), "shard-7");
    CHECK_STR("empty", mr_arena_format(arena, "%s", ""), "");
    const char *text = mr_arena_format(arena, "%*s", 100000, "end"); /* more than a block */
    CHECK_INT("long", strlen(text), 100000);
    CHECK_STR("long", text + 100000 - 3, "end");
    mr_arena_free(arena);
}

/* The address sanitizer does not see inside a block: arrays that grow in turn would overwrite
 * each other if one had less room than its count says. */
static void test_arrays_that_grow_in_turn_keep_their_elements(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct {
        const char *text;
        char number[5];
    } *rows = NULL;
    size_t *numbers = NULL;
    size_t row_count = 0;
    size_t number_count = 0;
    mr_arena *arena = mr_arena_new();
    for (size_t i = 0; i < COUNT; i++) {
        MR_ARENA_GROW(arena, rows, row_count);
        rows[row_count].text = mr_arena_format(arena, "%zu", i);
        memset(rows[row_count++].number, (int)(i % 100), sizeof(rows->number));
        MR_ARENA_PUSH(arena, numbers, number_count, i);
    }
    CHECK_INT("count", row_count, COUNT);
    CHECK_INT("count", number_count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK_STR("text", rows[i].text, mr_arena_format(arena, "%zu", i));
        CHECK_INT("last byte", rows[i].number[4], i % 100);
        CHECK_INT("number", numbers[i], i);
    }
    mr_arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_piece_is_zeroed_aligned_and_its_own),
        cmocka_unit_test(test_texts_are_copies_that_end_in_nul),
        cmocka_unit_test(test_format_makes_texts_of_any_length),
        cmocka_unit_test(test_arrays_that_grow_in_turn_keep_their_elements),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
