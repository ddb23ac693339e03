/* strbuf_test.c - the growing buffer and its limit. */
#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "tests/check.h"

/* What must hold after any step. */
static void check_sane(const mr_strbuf *buf)
{
    CHECK_TRUE("within the limit", buf->len <= buf->limit);
    CHECK_TRUE("room for the NUL", buf->at == NULL || buf->len < buf->capacity);
    CHECK_TRUE("ends in NUL", buf->at == NULL || buf->at[buf->len] == '\0');
}

static void test_appends_follow_one_another(void **state)
{
    (void)state;
    mr_strbuf buf = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    CHECK_STR("empty", mr_strbuf_text(&buf), "");
    mr_strbuf_append(&buf, NULL, 0);
    mr_strbuf_append_text(&buf, "a");
    mr_strbuf_append_char(&buf, '|');
    mr_strbuf_append_bytes(&buf, MR_BYTES_LITERAL("b\0c"));
    mr_strbuf_appendf(&buf, "|%d|%s|", -5, "text");
    mr_strbuf_append_int64(&buf, INT64_MIN);
    mr_strbuf_append_char(&buf, '|');
    mr_strbuf_append_uint64(&buf, UINT64_MAX);
    check_sane(&buf);
    CHECK_BYTES("all", mr_strbuf_bytes(&buf),
                MR_BYTES_LITERAL("a|b\0c|-5|text|-9223372036854775808|18446744073709551615"));
    mr_strbuf_deinit(&buf);
    mr_strbuf_deinit(&buf); /* twice is fine */
}

static void test_it_grows_past_any_first_size(void **state)
{
    (void)state;
    mr_strbuf buf = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 100000; i++) {
        mr_strbuf_append_char(&buf, (char)('a' + i % 26));
    }
    check_sane(&buf);
    CHECK_INT("length", buf.len, 100000);
    CHECK_INT("last", buf.at[99999], 'a' + 99999 % 26);
    mr_strbuf_deinit(&buf);
}

static void test_past_the_limit_nothing_more_is_appended(void **state)
{
    (void)state;
    mr_strbuf buf = mr_strbuf_make(5);
    mr_strbuf_append_text(&buf, "12345");
    CHECK_TRUE("exactly full is fine", !buf.overflowed);
    mr_strbuf_append_text(&buf, "");
    CHECK_TRUE("nothing fits", !buf.overflowed);
    mr_strbuf_append_char(&buf, '6');
    CHECK_TRUE("one too many", buf.overflowed);
    CHECK_STR("kept", mr_strbuf_text(&buf), "12345");
    check_sane(&buf);

    mr_strbuf_reset(&buf);
    mr_strbuf_append_text(&buf, "123456"); /* does not fit: dropped as a whole */
    mr_strbuf_append_text(&buf, "1");      /* would fit, but the flag sticks */
    CHECK_STR("sticks", mr_strbuf_text(&buf), "");
    CHECK_TRUE("sticks", buf.overflowed);
    CHECK_TRUE("no room is given", mr_strbuf_reserve(&buf, 1) == NULL);
    mr_strbuf_reset(&buf);
    mr_strbuf_append_text(&buf, "ok");
    CHECK_STR("until reset", mr_strbuf_text(&buf), "ok");
    mr_strbuf_deinit(&buf);
}

static void test_reserve_gives_room_that_commit_uses(void **state)
{
    (void)state;
    mr_strbuf buf = mr_strbuf_make(100);
    for (int i = 0; i < 10; i++) {
        char *room = mr_strbuf_reserve(&buf, 10);
        CHECK_TRUE("room", room != NULL);
        memset(room, 'x', 10);
        mr_strbuf_commit(&buf, 10);
        check_sane(&buf);
    }
    CHECK_TRUE("no more", mr_strbuf_reserve(&buf, 1) == NULL);
    mr_strbuf_deinit(&buf);
}

static void test_take_hands_the_memory_over(void **state)
{
    (void)state;
    mr_strbuf buf = mr_strbuf_make(100);
    char *nothing = mr_strbuf_take(&buf);
    CHECK_STR("never NULL", nothing, "");
    mr_free(nothing);
    mr_strbuf_append_text(&buf, "text");
    char *text = mr_strbuf_take(&buf);
    CHECK_STR("taken", text, "text");
    mr_free(text);
    CHECK_INT("empty", buf.len, 0);
    mr_strbuf_append_text(&buf, "again");
    CHECK_STR("usable", mr_strbuf_text(&buf), "again");
    mr_strbuf_deinit(&buf);
}

static void test_move_hands_the_contents_over(void **state)
{
    (void)state;
    mr_strbuf buf = mr_strbuf_make(6);
    mr_strbuf_append_text(&buf, "text");
    const char *at = buf.at;
    mr_strbuf moved = mr_strbuf_move(&buf);
    check_sane(&moved);
    check_sane(&buf);
    CHECK_STR("moved", mr_strbuf_text(&moved), "text");
    CHECK_TRUE("not copied", moved.at == at);
    CHECK_TRUE("nothing is left", buf.at == NULL && buf.len == 0);
    mr_strbuf_append_text(&buf, "longer than 6");
    CHECK_TRUE("but the limit", buf.overflowed);
    mr_strbuf_deinit(&moved);
    mr_strbuf_deinit(&buf);
}

static void test_an_empty_one_grows_like_any_other(void **state)
{
    (void)state;
    mr_strbuf buf = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&buf, "text");
    mr_strbuf_reset(&buf);
    (void)mr_strbuf_reserve(&buf, 100000);
    check_sane(&buf);
    CHECK_STR("empty", mr_strbuf_text(&buf), "");
    mr_strbuf_append_text(&buf, "again");
    (void)mr_strbuf_reserve(&buf, 1000000);
    CHECK_STR("kept", mr_strbuf_text(&buf), "again");
    mr_strbuf_deinit(&buf);
}

static void test_arrays_double(void **state)
{
    (void)state;
    int *items = NULL;
    size_t count = 0;
    size_t capacity = 0;
    for (int i = 0; i < 1000; i++) {
        MR_GROW(items, count, capacity);
        items[count++] = i;
    }
    CHECK_INT("last", items[999], 999);
    CHECK_INT("capacity", capacity, 1024);
    mr_free(items);
    char *text = mr_format("%s-%d", "x", 5);
    CHECK_STR("format", text, "x-5");
    mr_free(text);
    CHECK_TRUE("nothing of nothing", mr_strdup(NULL) == NULL);
    char *cut = mr_strndup("abc", 2);
    CHECK_STR("cut", cut, "ab");
    mr_free(cut);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_follow_one_another),
        cmocka_unit_test(test_it_grows_past_any_first_size),
        cmocka_unit_test(test_past_the_limit_nothing_more_is_appended),
        cmocka_unit_test(test_reserve_gives_room_that_commit_uses),
        cmocka_unit_test(test_take_hands_the_memory_over),
        cmocka_unit_test(test_move_hands_the_contents_over),
        cmocka_unit_test(test_an_empty_one_grows_like_any_other),
        cmocka_unit_test(test_arrays_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
