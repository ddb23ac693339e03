/* endpoint_test.c - URLs of endpoints. */
#include "src/net/endpoint.h"

#include "tests/check.h"

static void test_urls_are_taken_apart(void **state)
{
    (void)state;
    static const struct {
        const char *given, *url, *host, *path;
        bool loopback;
    } cases[] = {
        {"http://localhost:4566", "http://localhost:4566/", "localhost:4566", "/", true},
        {"http://127.0.0.1:4566/", "http://127.0.0.1:4566/", "127.0.0.1:4566", "/", true},
        {"HTTPS://Kinesis.example/a/b", "https://Kinesis.example/a/b", "Kinesis.example", "/a/b",
         false},
        {"http://h:80", "http://h/", "h", "/", false},
        {"https://h:443", "https://h/", "h", "/", false},
        {"https://h:80", "https://h:80/", "h:80", "/", false},
        {"http://[::1]:4566", "http://[::1]:4566/", "[::1]:4566", "/", true},
        {"http://kinesis.localhost:1", "http://kinesis.localhost:1/", "kinesis.localhost:1", "/",
         true},
        {"http://127.example.com", "http://127.example.com/", "127.example.com", "/", false},
        {"http://localhost.example", "http://localhost.example/", "localhost.example", "/", false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_endpoint endpoint;
        mr_error err;
        CHECK_OK(cases[i].given, mr_endpoint_parse(cases[i].given, &endpoint, &err), &err);
        CHECK_STR(cases[i].given, endpoint.url, cases[i].url);
        CHECK_STR(cases[i].given, endpoint.host, cases[i].host);
        CHECK_STR(cases[i].given, endpoint.path, cases[i].path);
        CHECK_INT(cases[i].given, endpoint.loopback, cases[i].loopback);
        mr_endpoint_deinit(&endpoint);
    }
}

static void test_what_is_no_endpoint_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "localhost:4566",     "/x",         "ftp://h",        "http://",
        "http://h?q", "http://user:pw@h/x", "http://h#f", "http://h:99999", "http://a b",
    };
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        mr_endpoint endpoint;
        mr_error err = {0};
        CHECK_CODE(bad[i], mr_endpoint_parse(bad[i], &endpoint, &err), MR_INVALID_ARGUMENT);
        CHECK_HAS(bad[i], err.message, "give a URL such as http://localhost:4566");
        mr_endpoint_deinit(&endpoint);
    }
}

static void test_a_region_has_an_address_at_aws(void **state)
{
    (void)state;
    mr_endpoint endpoint;
    mr_error err;
    CHECK_OK("us", mr_endpoint_of_region("kinesis", "us-east-1", &endpoint, &err), &err);
    CHECK_STR("us", endpoint.url, "https://kinesis.us-east-1.amazonaws.com/");
    CHECK_TRUE("us", !endpoint.loopback);
    mr_endpoint_deinit(&endpoint);
    CHECK_OK("cn", mr_endpoint_of_region("kinesis", "cn-north-1", &endpoint, &err), &err);
    CHECK_STR("cn", endpoint.host, "kinesis.cn-north-1.amazonaws.com.cn");
    mr_endpoint_deinit(&endpoint);
    static const char *const bad[] = {"", "us east", "us-east-1.evil.example/", "-x", "US-EAST-1"};
    for (size_t i = 0; i < MR_COUNT(bad); i++) {
        CHECK_CODE(bad[i], mr_endpoint_of_region("kinesis", bad[i], &endpoint, &err),
                   MR_INVALID_ARGUMENT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls_are_taken_apart),
        cmocka_unit_test(test_what_is_no_endpoint_is_refused),
        cmocka_unit_test(test_a_region_has_an_address_at_aws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
