/* configuration_test.c - a function's settings: defaults, copies, and what AWS refuses. */
#include "sim/lambda/configuration.h"

#include "sim/base/alloc.h"
#include "sim/lambda/runtime_name.h"
#include "tests/check.h"

static mr_configuration plain(void)
{
    mr_configuration c = mr_configuration_make("f");
    mr_configuration_set(&c, MR_SETTING_RUNTIME, "nodejs22.x");
    mr_configuration_set(&c, MR_SETTING_HANDLER, "m.f");
    return c;
}

static void test_defaults_are_awss(void **state)
{
    (void)state;
    mr_configuration c = mr_configuration_make("f");
    CHECK_INT("timeout", c.timeout_s, 3);
    CHECK_INT("memory", c.memory_mib, 128);
    CHECK_INT("storage", c.storage_mib, 512);
    CHECK_STR("description", c.texts[MR_SETTING_DESCRIPTION], "");
    CHECK_STR("architecture", c.texts[MR_SETTING_ARCHITECTURE], "x86_64");
    CHECK_STR("log group", c.texts[MR_SETTING_LOG_GROUP], "/aws/lambda/f");
    CHECK_TRUE("no role", c.texts[MR_SETTING_ROLE] == NULL);
    CHECK_TRUE("no environment", !c.has_variables);
    mr_configuration_deinit(&c);
}

static void test_a_copy_is_its_own(void **state)
{
    (void)state;
    mr_configuration c = plain();
    mr_configuration_add_variable(&c, "A1", "x=y");
    mr_configuration_add_variable(&c, "B1", "");
    mr_configuration copy = mr_configuration_copy(&c);
    mr_configuration_set(&c, MR_SETTING_HANDLER, "other.f");
    mr_configuration_clear_variables(&c);
    CHECK_STR("handler", copy.texts[MR_SETTING_HANDLER], "m.f");
    char **environment = mr_configuration_environment(&copy);
    CHECK_STR("first", environment[0], "A1=x=y");
    CHECK_STR("second", environment[1], "B1=");
    CHECK_TRUE("end", environment[2] == NULL);
    mr_configuration_environment_free(environment);
    CHECK_TRUE("given, and empty", c.has_variables && c.variable_count == 0);
    mr_configuration_deinit(&c);
    mr_configuration_deinit(&copy);
}

static void check_refused(mr_configuration c, const char *piece)
{
    mr_error err;
    mr_code code = mr_configuration_check(&c, &err);
    if (piece == NULL) {
        CHECK_OK("allowed", code, &err);
    } else {
        CHECK_CODE(piece, code, MR_INVALID_ARGUMENT);
        CHECK_HAS(piece, err.message, piece);
    }
    mr_configuration_deinit(&c);
}

static void test_what_aws_refuses_is_refused(void **state)
{
    (void)state;
    check_refused(plain(), NULL);
    mr_configuration c = plain();
    mr_configuration_set(&c, MR_SETTING_HANDLER, NULL);
    check_refused(c, "Runtime and Handler are mandatory");
    c = plain();
    mr_configuration_set(&c, MR_SETTING_RUNTIME, "nodejs");
    check_refused(c, "Value nodejs at 'runtime'");
    c = plain();
    c.timeout_s = 901;
    check_refused(c, "Timeout must be between 1 and 900");
    c = plain();
    mr_configuration_add_variable(&c, "LAMBDA_TASK_ROOT", "x");
    check_refused(c, "Reserved keys used in this request: LAMBDA_TASK_ROOT");

    char value[MR_LAMBDA_VARIABLES_MAX];
    memset(value, 'v', sizeof(value));
    value[sizeof(value) - 2] = '\0'; /* with the name's two letters: the most */
    c = plain();
    mr_configuration_add_variable(&c, "AB", value);
    check_refused(c, NULL);
    c = plain();
    mr_configuration_add_variable(&c, "ABC", value);
    check_refused(c, "exceeded the 4KB limit: they are 4097 bytes");
}

static void test_runtimes_are_known_by_their_form(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        mr_runtime_family family;
    } cases[] = {
        {"python3.9", MR_RUNTIME_FAMILY_PYTHON},    {"python3.99", MR_RUNTIME_FAMILY_PYTHON},
        {"python2.7", MR_RUNTIME_FAMILY_UNKNOWN},   {"python3.", MR_RUNTIME_FAMILY_UNKNOWN},
        {"nodejs22.x", MR_RUNTIME_FAMILY_NODE},     {"nodejs.x", MR_RUNTIME_FAMILY_UNKNOWN},
        {"nodejs22", MR_RUNTIME_FAMILY_UNKNOWN},    {"provided", MR_RUNTIME_FAMILY_CUSTOM},
        {"provided.al2", MR_RUNTIME_FAMILY_CUSTOM}, {"java21", MR_RUNTIME_FAMILY_OTHER},
        {"dotnet8", MR_RUNTIME_FAMILY_OTHER},       {"", MR_RUNTIME_FAMILY_UNKNOWN},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        CHECK_INT(cases[i].name, mr_runtime_family_of(cases[i].name), cases[i].family);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_awss),
        cmocka_unit_test(test_a_copy_is_its_own),
        cmocka_unit_test(test_what_aws_refuses_is_refused),
        cmocka_unit_test(test_runtimes_are_known_by_their_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
