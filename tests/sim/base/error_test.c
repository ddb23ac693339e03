/* error_test.c - how a failure is told. */
#include "sim/base/error.h"
#include "tests/check.h"

#include <errno.h>

static void test_an_error_keeps_code_and_message(void **state)
{
    (void)state;
    mr_error err;
    CHECK_CODE("set", mr_error_set(&err, MR_NOT_FOUND, "no shard %d", 7), MR_NOT_FOUND);
    CHECK_CODE("kept", err.code, MR_NOT_FOUND);
    CHECK_INT("no errno", err.os_error, 0);
    CHECK_STR("message", err.message, "no shard 7");
    mr_error_prefix(&err, "stream %s: ", "crimes");
    CHECK_STR("prefixed", err.message, "stream crimes: no shard 7");
    CHECK_CODE("still", err.code, MR_NOT_FOUND);
}

static void test_errno_values_become_facts(void **state)
{
    (void)state;
    static const struct {
        int os_error;
        mr_code want;
    } cases[] = {
        {ENOENT, MR_NOT_FOUND},  {EEXIST, MR_ALREADY_EXISTS},
        {ENOSPC, MR_DISK_FULL},  {EDQUOT, MR_DISK_FULL},
        {EACCES, MR_PERMISSION}, {EPERM, MR_PERMISSION},
        {EROFS, MR_PERMISSION},  {EIO, MR_IO},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_error err;
        CHECK_CODE("code", mr_error_os(&err, cases[i].os_error, "opening x"), cases[i].want);
        CHECK_INT("errno", err.os_error, cases[i].os_error);
        CHECK_HAS("message", err.message, "opening x: ");
    }
}

static void test_a_message_too_long_is_cut(void **state)
{
    (void)state;
    char text[2000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    mr_error err;
    CHECK_CODE("long", mr_error_set(&err, MR_IO, "%s", text), MR_IO);
    CHECK_INT("cut", strlen(err.message), sizeof(err.message) - 1);
    mr_error_prefix(&err, "in front: ");
    CHECK_HAS("prefix", err.message, "in front: xxx");
    mr_error_prefix(&err, "%s", text);
    CHECK_INT("a prefix too long", strlen(err.message), sizeof(err.message) - 1);
    CHECK_CODE("os", mr_error_os(&err, EIO, "%s", text), MR_IO);
}

static void test_nobody_needs_to_listen(void **state)
{
    (void)state;
    CHECK_CODE("set", mr_error_set(NULL, MR_IO, "x"), MR_IO);
    CHECK_CODE("os", mr_error_os(NULL, ENOENT, "x"), MR_NOT_FOUND);
    mr_error_prefix(NULL, "x");
}

static void test_every_code_has_its_name(void **state)
{
    (void)state;
    for (mr_code code = MR_OK; code < MR_CODE_COUNT; code++) {
        CHECK_TRUE("name", strncmp(mr_code_name(code), "MR_", 3) == 0);
    }
    CHECK_STR("one", mr_code_name(MR_STREAM_NOT_FOUND), "MR_STREAM_NOT_FOUND");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_error_keeps_code_and_message),
        cmocka_unit_test(test_errno_values_become_facts),
        cmocka_unit_test(test_a_message_too_long_is_cut),
        cmocka_unit_test(test_nobody_needs_to_listen),
        cmocka_unit_test(test_every_code_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
