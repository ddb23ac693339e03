/* memory_peak_test.c - the peak of a process, which is this one. */
#include "src/platform/platform.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <string.h>
#include <unistd.h>

static void test_the_peak_grows_and_stays(void **state)
{
    (void)state;
    enum { BYTES = 64 << 20 };
    uint64_t before = mr_platform_memory_peak(getpid());
    if (before == 0) {
        skip();
    }
    char *room = mr_calloc(1, BYTES);
    memset(room, 1, BYTES);
    /* half of it: the kernel counts in batches per processor, and may be some pages off */
    CHECK_TRUE("what was touched counts", mr_platform_memory_peak(getpid()) >= before + BYTES / 2);
    mr_free(room);
    CHECK_TRUE("and still does when it is released",
               mr_platform_memory_peak(getpid()) >= before + BYTES / 2);
}

static void test_a_process_that_is_not_there_uses_nothing(void **state)
{
    (void)state;
    CHECK_INT("no such process", mr_platform_memory_peak(0x7ffffff0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_peak_grows_and_stays),
        cmocka_unit_test(test_a_process_that_is_not_there_uses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
