/* profile_test.c - AWS's shared files as people write them. */
#include "src/net/profile.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

static const char config[] = "# a comment\n"
                             "[default]\n"
                             "region = us-west-2\n"
                             "\n"
                             "[services local]\n"
                             "dynamodb =\n"
                             "  endpoint_url = http://localhost:1\n"
                             "kinesis =\n"
                             "  endpoint_url = http://localhost:2\n"
                             "[profile work]\r\n"
                             "Region=eu-west-1\r\n"
                             "endpoint_url = http://localhost:3\r\n"
                             "ca_bundle = /etc/ca.pem\r\n"
                             "services = local\r\n"
                             "s3 =\r\n"
                             "  region = not-ours\r\n"
                             "; another comment\n"
                             "[ profile \"my work\" ]\n"
                             "sso_session = corp\n"
                             "role_arn = arn:aws:iam::1:role/x\n"
                             "[work]\n"
                             "region = not-a-profile\n"
                             "[profile default]\n"
                             "output = json";

static const char credentials[] = "[default]\n"
                                  "aws_access_key_id = AKIDDEFAULT\n"
                                  "aws_secret_access_key = a=b/c+d#e\n"
                                  "[work]\n"
                                  "  aws_access_key_id = indented\n"
                                  "aws_access_key_id=AKIDWORK\n"
                                  "aws_secret_access_key = secret\n"
                                  "aws_session_token = token\n"
                                  "[profile my work]\n"
                                  "aws_access_key_id = no\n";

static mr_profile parse(const char *name)
{
    mr_profile profile;
    mr_error err;
    mr_profile_init(&profile, name);
    CHECK_OK("config",
             mr_profile_parse(&profile, MR_PROFILE_CONFIG, "config", mr_bytes_of(config), &err),
             &err);
    CHECK_OK("credentials",
             mr_profile_parse(&profile, MR_PROFILE_CREDENTIALS, "credentials",
                              mr_bytes_of(credentials), &err),
             &err);
    return profile;
}

static void test_the_default_profile(void **state)
{
    (void)state;
    mr_profile p = parse("default");
    CHECK_TRUE("found", p.found);
    CHECK_STR("region", p.region, "us-west-2");
    CHECK_STR("key", p.access_key, "AKIDDEFAULT");
    CHECK_STR("a secret may hold anything", p.secret, "a=b/c+d#e");
    CHECK_TRUE("no more", p.session_token == NULL && p.endpoint_url == NULL && p.elsewhere == NULL);
    mr_profile_deinit(&p);
}

static void test_a_named_profile_and_its_services(void **state)
{
    (void)state;
    mr_profile p = parse("work");
    CHECK_STR("region", p.region, "eu-west-1");
    CHECK_STR("endpoint", p.endpoint_url, "http://localhost:3");
    CHECK_STR("of Kinesis, in a section before it", p.kinesis_endpoint_url, "http://localhost:2");
    CHECK_STR("CA bundle", p.ca_bundle, "/etc/ca.pem");
    CHECK_STR("key", p.access_key, "AKIDWORK");
    CHECK_STR("token", p.session_token, "token");
    mr_profile_deinit(&p);
}

static void test_credentials_from_elsewhere_are_noticed(void **state)
{
    (void)state;
    mr_profile p = parse("my work");
    CHECK_TRUE("found", p.found);
    CHECK_STR("the first setting that says so", p.elsewhere, "sso_session");
    CHECK_TRUE("credentials has no word `profile`", p.access_key == NULL);
    mr_profile_deinit(&p);
}

static void test_a_profile_that_is_not_there(void **state)
{
    (void)state;
    mr_profile p = parse("wor");
    CHECK_TRUE("not found", !p.found);
    mr_profile_deinit(&p);
}

static void test_a_line_that_is_no_setting_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *label, *text, *want;
    } cases[] = {
        {"no bracket", "[default\n", "f:1: expected [section] or name = value"},
        {"no equals sign", "[default]\n\nregion us-east-1\n",
         "f:3: expected [section] or name = value"},
        {"no name", "= x", "f:1: expected [section] or name = value"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_profile p;
        mr_error err = {0};
        mr_profile_init(&p, "default");
        CHECK_CODE(cases[i].label,
                   mr_profile_parse(&p, MR_PROFILE_CONFIG, "f", mr_bytes_of(cases[i].text), &err),
                   MR_BAD_INPUT);
        CHECK_STR(cases[i].label, err.message, cases[i].want);
        mr_profile_deinit(&p);
    }
}

static void test_a_file_that_is_not_there_is_empty(void **state)
{
    (void)state;
    char *dir = check_temp_dir();
    char *path = mr_format("%s/none", dir);
    mr_profile p;
    mr_error err;
    mr_profile_init(&p, "default");
    CHECK_OK("read", mr_profile_read(&p, MR_PROFILE_CONFIG, path, &err), &err);
    CHECK_TRUE("nothing found", !p.found);
    mr_profile_deinit(&p);
    mr_free(path);
    check_remove_dir(dir);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(profile);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_default_profile),
        cmocka_unit_test(test_a_named_profile_and_its_services),
        cmocka_unit_test(test_credentials_from_elsewhere_are_noticed),
        cmocka_unit_test(test_a_profile_that_is_not_there),
        cmocka_unit_test(test_a_line_that_is_no_setting_is_named),
        cmocka_unit_test(test_a_file_that_is_not_there_is_empty),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
