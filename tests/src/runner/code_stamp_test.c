/* code_stamp_test.c - whatever changes in a folder of code is seen, and nothing else. */
#include "src/runner/code_stamp.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "tests/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct folder {
    char *path;
    uint64_t stamp;
} folder;

static void run(const folder *f, const char *command)
{
    char *line = mr_format("cd '%s' && %s", f->path, command);
    assert_int_equal(system(line), 0);
    mr_free(line);
}

static void check_change(folder *f, const char *command, bool want)
{
    run(f, command);
    uint64_t now = mr_code_stamp(f->path);
    CHECK_TRUE(command, (now != f->stamp) == want);
    f->stamp = now;
}

static void test_what_changes_the_code_changes_the_stamp(void **state)
{
    (void)state;
    folder f = {.path = check_temp_dir()};
    run(&f, "echo 1 > a.py && mkdir lib && echo 2 > lib/b.py");
    f.stamp = mr_code_stamp(f.path);

    check_change(&f, "true", false);
    check_change(&f, "cat a.py lib/b.py > /dev/null", false);
    check_change(&f, "echo longer > lib/b.py", true);
    check_change(&f, "touch -d @1 a.py", true);
    check_change(&f, "chmod +x a.py", true);
    check_change(&f, "mv a.py c.py", true);
    check_change(&f, "mv c.py lib/c.py", true);
    check_change(&f, "cp -p lib/c.py lib/d.py", true);
    check_change(&f, "rm lib/d.py", true);
    check_change(&f, "mkdir empty", true);
    check_change(&f, "ln -s nowhere link", true);
    check_change(&f, "ln -s . loop", true);
    check_remove_dir(f.path);
}

static void test_names_are_not_mixed_up(void **state)
{
    (void)state;
    folder f = {.path = check_temp_dir()};
    run(&f, "mkdir p q && echo 1 > p/x && echo 22 > q/x && touch -d @1 p/x q/x");
    f.stamp = mr_code_stamp(f.path);
    check_change(&f, "mv p t && mv q p && mv t q", true);
    check_remove_dir(f.path);
}

static void test_no_folder_has_no_stamp(void **state)
{
    (void)state;
    CHECK_INT("nowhere", mr_code_stamp("/nowhere/at/all"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_changes_the_code_changes_the_stamp),
        cmocka_unit_test(test_names_are_not_mixed_up),
        cmocka_unit_test(test_no_folder_has_no_stamp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
