/* mutation_test.c - what mistakes are called. What they do, scenarios have to see. */
#include "sim/fault/mutation.h"
#include "tests/check.h"

static void test_every_mistake_is_found_by_its_name(void **state)
{
    (void)state;
    for (mr_mutation mutation = 0; mutation < MR_MUTATION_COUNT; mutation++) {
        const char *name = mr_mutation_name(mutation);
        MR_ASSERT(name != NULL); /* a row is missing */
        CHECK_TRUE(name, strspn(name, "abcdefghijklmnopqrstuvwxyz-") == strlen(name));
        CHECK_INT(name, mr_mutation_of(name), mutation); /* so no two have one name */
    }
}

static void test_another_name_is_no_mistake(void **state)
{
    (void)state;
    CHECK_INT("empty", mr_mutation_of(""), MR_MUTATION_NONE);
    CHECK_INT("longer", mr_mutation_of("wall-clocks"), MR_MUTATION_NONE);
    CHECK_INT("as in C", mr_mutation_of("MR_MUTATION_WALL_CLOCK"), MR_MUTATION_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mistake_is_found_by_its_name),
        cmocka_unit_test(test_another_name_is_no_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
