/* aws_settings_test.c - which endpoint, region and credentials are used, by everything that may
 * name them. The environment is the test's own. */
#include "src/net/aws_settings.h"

#include "sim/base/alloc.h"
#include "sim/base/bytes.h"
#include "tests/check.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* An environment as "NAME=value" texts, ended by NULL. */
static const char *from_list(void *context, const char *name)
{
    size_t len = strlen(name);
    for (const char *const *text = context; *text != NULL; text++) {
        if (strncmp(*text, name, len) == 0 && (*text)[len] == '=') {
            return *text + len + 1;
        }
    }
    return NULL;
}

#define ENVIRONMENT_MAX 8

typedef struct found {
    mr_code code;
    mr_error err;
    mr_aws_settings settings;
} found;

static found find(mr_aws_wishes wishes, const char *const *environment)
{
    static const char *const none[] = {NULL};
    found f = {.code = MR_OK};
    wishes.getenv = from_list;
    wishes.context = (void *)(uintptr_t)(environment == NULL ? none : environment);
    f.code = mr_aws_settings_find(&wishes, &f.settings, &f.err);
    return f;
}

static void test_the_nearest_word_about_the_endpoint_wins(void **state)
{
    (void)state;
    static const struct {
        const char *label, *option, *environment[ENVIRONMENT_MAX], *want;
    } cases[] = {
        {"the option",
         "http://localhost:1",
         {"AWS_ENDPOINT_URL_KINESIS=http://localhost:2", "AWS_ENDPOINT_URL=http://localhost:3"},
         "http://localhost:1/"},
        {"the service's",
         NULL,
         {"AWS_ENDPOINT_URL=http://localhost:3", "AWS_ENDPOINT_URL_KINESIS=http://localhost:2"},
         "http://localhost:2/"},
        {"all services'", NULL, {"AWS_ENDPOINT_URL=http://localhost:3"}, "http://localhost:3/"},
        {"an empty one is none",
         NULL,
         {"AWS_ENDPOINT_URL_KINESIS=", "AWS_ENDPOINT_URL=http://localhost:3"},
         "http://localhost:3/"},
        {"AWS's own",
         NULL,
         {"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b"},
         "https://kinesis.eu-west-1.amazonaws.com/"},
        {"configured ones are to be ignored",
         NULL,
         {"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=b",
          "AWS_ENDPOINT_URL=http://localhost:3", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=True"},
         "https://kinesis.eu-west-1.amazonaws.com/"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        found f = find((mr_aws_wishes){.endpoint_url = cases[i].option}, cases[i].environment);
        CHECK_OK(cases[i].label, f.code, &f.err);
        CHECK_STR(cases[i].label, f.settings.endpoint.url, cases[i].want);
        mr_aws_settings_deinit(&f.settings);
    }
}

static void test_the_nearest_word_about_the_region_wins(void **state)
{
    (void)state;
    static const char *const both[] = {"AWS_DEFAULT_REGION=eu-west-2", "AWS_REGION=eu-west-1",
                                       NULL};
    static const char *const one[] = {"AWS_DEFAULT_REGION=eu-west-2", NULL};
    static const struct {
        const char *label, *option, *const *environment, *want;
    } cases[] = {
        {"the option", "eu-west-3", both, "eu-west-3"},
        {"AWS_REGION", NULL, both, "eu-west-1"},
        {"AWS_DEFAULT_REGION", NULL, one, "eu-west-2"},
        {"none, with an endpoint", NULL, NULL, "us-east-1"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        found f =
            find((mr_aws_wishes){.endpoint_url = "http://localhost:1", .region = cases[i].option},
                 cases[i].environment);
        CHECK_OK(cases[i].label, f.code, &f.err);
        CHECK_STR(cases[i].label, f.settings.region, cases[i].want);
        mr_aws_settings_deinit(&f.settings);
    }
}

static void test_this_machine_needs_no_credentials(void **state)
{
    (void)state;
    found f = find((mr_aws_wishes){.endpoint_url = "http://localhost:4566"}, NULL);
    CHECK_OK("find", f.code, &f.err);
    CHECK_TRUE("test credentials", f.settings.test_credentials);
    CHECK_STR("key", f.settings.access_key, "test");
    CHECK_STR("secret", f.settings.secret, "test");
    CHECK_TRUE("no token", f.settings.session_token == NULL);
    mr_aws_settings_deinit(&f.settings);
}

static void test_what_is_missing_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_aws_wishes wishes;
        const char *environment[ENVIRONMENT_MAX], *want;
    } cases[] = {
        {"all of it", {.region = NULL}, {NULL}, "neither an endpoint nor a region is known"},
        {"credentials for AWS",
         {.region = "us-east-1"},
         {NULL},
         "no credentials for https://kinesis.us-east-1.amazonaws.com/: set AWS_ACCESS_KEY_ID"},
        {"credentials for another machine",
         {.endpoint_url = "http://h:1"},
         {NULL},
         "no credentials for http://h:1/"},
        {"the secret",
         {.endpoint_url = "http://localhost:1"},
         {"AWS_ACCESS_KEY_ID=a"},
         "the environment: there is an access key, but no secret"},
        {"the key",
         {.endpoint_url = "http://localhost:1"},
         {"AWS_SECRET_ACCESS_KEY=a"},
         "the environment: there is an access key's secret, but no key"},
        {"a profile",
         {.endpoint_url = "http://localhost:1", .profile = "work"},
         {NULL},
         "profile work is in neither AWS file"},
        {"a region that is none", {.region = "us-east-1/x"}, {NULL}, "give the name of one"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        found f = find(cases[i].wishes, cases[i].environment);
        CHECK_CODE(cases[i].label, f.code, MR_INVALID_ARGUMENT);
        CHECK_HAS(cases[i].label, f.err.message, cases[i].want);
        mr_aws_settings_deinit(&f.settings);
    }
}

/* ---- profiles ---- */

typedef struct home {
    char *dir, *variable;
} home;

static void write_file(const char *dir, const char *name, const char *text)
{
    char *path = mr_format("%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    mr_free(path);
}

/* A home with files in .aws. */
static home make_home(const char *config, const char *credentials)
{
    home h = {.dir = check_temp_dir()};
    char *command = mr_format("%s/.aws", h.dir);
    assert_int_equal(mkdir(command, 0700), 0);
    mr_free(command);
    write_file(h.dir, ".aws/config", config);
    write_file(h.dir, ".aws/credentials", credentials);
    h.variable = mr_format("HOME=%s", h.dir);
    return h;
}

static void remove_home(home *h)
{
    check_remove_dir(h->dir);
    mr_free(h->variable);
}

static void test_a_profile_gives_what_the_environment_does_not(void **state)
{
    (void)state;
    home h = make_home("[profile work]\nregion = eu-west-1\nca_bundle = /c\n"
                       "endpoint_url = http://localhost:9\n",
                       "[work]\naws_access_key_id = WORK\naws_secret_access_key = s\n"
                       "aws_session_token = t\n");
    const char *environment[] = {h.variable, "AWS_PROFILE=work", "AWS_REGION=us-west-1", NULL};
    found f = find((mr_aws_wishes){.region = NULL}, environment);
    CHECK_OK("find", f.code, &f.err);
    CHECK_STR("endpoint", f.settings.endpoint.url, "http://localhost:9/");
    CHECK_STR("the environment's region", f.settings.region, "us-west-1");
    CHECK_STR("key", f.settings.access_key, "WORK");
    CHECK_STR("token", f.settings.session_token, "t");
    CHECK_STR("bundle", f.settings.ca_bundle, "/c");
    CHECK_STR("from", f.settings.credentials_from, "profile work");
    mr_aws_settings_deinit(&f.settings);
    remove_home(&h);
}

static void test_a_profile_of_the_command_line_beats_the_environments_keys(void **state)
{
    (void)state;
    home h = make_home("", "[work]\naws_access_key_id = WORK\naws_secret_access_key = s\n");
    const char *environment[] = {h.variable, "AWS_ACCESS_KEY_ID=ENV", "AWS_SECRET_ACCESS_KEY=s",
                                 "AWS_PROFILE=work", NULL};
    mr_aws_wishes wishes = {.endpoint_url = "http://localhost:1"};
    found f = find(wishes, environment);
    CHECK_OK("AWS_PROFILE", f.code, &f.err);
    CHECK_STR("AWS_PROFILE does not", f.settings.access_key, "ENV");
    mr_aws_settings_deinit(&f.settings);
    wishes.profile = "work";
    f = find(wishes, environment);
    CHECK_OK("--profile", f.code, &f.err);
    CHECK_STR("--profile does", f.settings.access_key, "WORK");
    mr_aws_settings_deinit(&f.settings);
    remove_home(&h);
}

static void test_files_may_lie_elsewhere(void **state)
{
    (void)state;
    home h = make_home("broken", "broken");
    write_file(h.dir, "my-config", "[default]\nregion = eu-west-1\n");
    write_file(h.dir, "my-credentials",
               "[default]\naws_access_key_id = A\naws_secret_access_key = s\n");
    char *config = mr_format("AWS_CONFIG_FILE=%s/my-config", h.dir);
    char *credentials = mr_format("AWS_SHARED_CREDENTIALS_FILE=%s/my-credentials", h.dir);
    const char *environment[] = {h.variable, config, credentials, NULL};
    found f = find((mr_aws_wishes){.region = NULL}, environment);
    CHECK_OK("find", f.code, &f.err);
    CHECK_STR("region", f.settings.region, "eu-west-1");
    CHECK_STR("key", f.settings.access_key, "A");
    mr_aws_settings_deinit(&f.settings);

    f = find((mr_aws_wishes){.region = NULL}, (const char *const[]){h.variable, NULL});
    CHECK_CODE("the usual ones", f.code, MR_BAD_INPUT);
    CHECK_HAS("named", f.err.message, ".aws/config:1: expected");
    mr_aws_settings_deinit(&f.settings);
    mr_free(config);
    mr_free(credentials);
    remove_home(&h);
}

static void test_credentials_from_elsewhere_are_refused_with_a_way(void **state)
{
    (void)state;
    home h = make_home("[profile corp]\nsso_session = x\nregion = us-east-1\n", "");
    const char *environment[] = {h.variable, "AWS_PROFILE=corp", NULL};
    found f = find((mr_aws_wishes){.region = NULL}, environment);
    CHECK_CODE("find", f.code, MR_INVALID_ARGUMENT);
    CHECK_HAS("what", f.err.message, "profile corp has its credentials from sso_session");
    CHECK_HAS("how", f.err.message, "aws configure export-credentials --profile corp");
    mr_aws_settings_deinit(&f.settings);
    remove_home(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_nearest_word_about_the_endpoint_wins),
        cmocka_unit_test(test_the_nearest_word_about_the_region_wins),
        cmocka_unit_test(test_this_machine_needs_no_credentials),
        cmocka_unit_test(test_what_is_missing_is_said),
        cmocka_unit_test(test_a_profile_gives_what_the_environment_does_not),
        cmocka_unit_test(test_a_profile_of_the_command_line_beats_the_environments_keys),
        cmocka_unit_test(test_files_may_lie_elsewhere),
        cmocka_unit_test(test_credentials_from_elsewhere_are_refused_with_a_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
