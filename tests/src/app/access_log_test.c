/* access_log_test.c - the two forms of a line, from requests made by hand. */
#include "src/app/access_log.h"

#include "src/http/session.h"
#include "tests/check.h"

static const mr_access_times times = {.time_us = INT64_C(1000002),
                                      .world_us = INT64_C(1735689600000000)}; /* 2025-01-01 */

/* How an object begins whose message is this. */
#define BEGIN(message)                                                                             \
    "{\"time\":\"1970-01-01T00:00:01.000002Z\",\"level\":\"info\",\"message\":\"" message "\","    \
    "\"world_time\":\"2025-01-01T00:00:00.000000Z\","

static void check_line(const char *label, mr_access_form form, mr_http_access access,
                       const char *target, const char *want)
{
    mr_http_request request = {.message = mr_http_message_new()};
    mr_strbuf line = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (target != NULL) {
        mr_http_message_add_header(request.message);
        mr_http_message_append_name(request.message, mr_bytes_of("x-amz-target"));
        mr_http_message_append_value(request.message, mr_bytes_of(target));
    }
    access.request = &request;
    mr_access_log_line(form, &times, &access, &line);
    CHECK_STR(label, mr_strbuf_text(&line), want);
    mr_strbuf_deinit(&line);
    mr_http_message_free(request.message);
}

static void test_a_line_tells_what_was_asked_and_how_it_ended(void **state)
{
    (void)state;
    const mr_http_access answered = {.method = mr_bytes_of("POST"),
                                     .path = mr_bytes_of("/"),
                                     .protocol = "HTTP/1.1",
                                     .status = 200,
                                     .bytes_in = 2,
                                     .bytes_out = 41,
                                     .duration_us = 230};
    const mr_http_access broken_off = {.method = mr_bytes_of("POST"),
                                       .path = mr_bytes_of("/"),
                                       .protocol = "HTTP/2.0",
                                       .bytes_in = 2,
                                       .broken_off = true};
    const mr_http_access refused = {.protocol = "HTTP/1.1", .status = 400, .bytes_out = 23};
    const struct {
        const char *label;
        mr_http_access access;
        const char *target, *text, *json;
    } cases[] = {
        {"an operation", answered, "Kinesis_20131202.ListStreams",
         "2025-01-01T00:00:00.000000Z POST Kinesis_20131202.ListStreams 200 41 230us HTTP/1.1\n",
         BEGIN(
             "POST Kinesis_20131202.ListStreams 200") "\"method\":\"POST\","
                                                      "\"operation\":\"Kinesis_20131202."
                                                      "ListStreams\",\"status\":200,\"broken_off\":"
                                                      "false,"
                                                      "\"bytes_in\":2,\"bytes_out\":41,\"duration_"
                                                      "us\":230,\"protocol\":\"HTTP/1.1\"}\n"},
        {"broken off", broken_off, NULL,
         "2025-01-01T00:00:00.000000Z POST / 0 0 0us HTTP/2.0 broken-off\n",
         BEGIN("POST / 0 broken-off") "\"method\":\"POST\",\"path\":\"/\",\"status\":0,"
                                      "\"broken_off\":true,\"bytes_in\":2,\"bytes_out\":0,"
                                      "\"duration_us\":0,"
                                      "\"protocol\":\"HTTP/2.0\"}\n"},
        {"no request at all", refused, NULL,
         "2025-01-01T00:00:00.000000Z - - 400 23 0us HTTP/1.1\n",
         BEGIN("- - 400") "\"method\":\"\",\"path\":\"\",\"status\":400,"
                          "\"broken_off\":false,\"bytes_in\":0,\"bytes_out\":23,\"duration_us\":0,"
                          "\"protocol\":\"HTTP/1.1\"}\n"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_line(cases[i].label, MR_ACCESS_TEXT, cases[i].access, cases[i].target, cases[i].text);
        check_line(cases[i].label, MR_ACCESS_JSON, cases[i].access, cases[i].target, cases[i].json);
        check_line(cases[i].label, MR_ACCESS_NONE, cases[i].access, cases[i].target, "");
    }
}

static void test_what_a_client_sends_never_ends_a_line_or_makes_it_long(void **state)
{
    (void)state;
    mr_http_access access = {.method = mr_bytes_of("GET"),
                             .path = mr_bytes_of("/a\r\n\x1b[31m b\xff"),
                             .protocol = "HTTP/1.1"};
    check_line("odd bytes", MR_ACCESS_TEXT, access, NULL,
               "2025-01-01T00:00:00.000000Z GET /a%0D%0A%1B[31m%20b%FF 0 0 0us HTTP/1.1\n");
    char path[2001], want[2001];
    memset(path, 'x', 2000);
    path[2000] = '\0';
    (void)snprintf(want, sizeof(want), "2025-01-01T00:00:00.000000Z GET %.512s 0 0 0us HTTP/1.1\n",
                   path);
    access.path = mr_bytes_of(path);
    check_line("long", MR_ACCESS_TEXT, access, NULL, want);
}

/* Bytes that grow the most, once in the message and once as they came. */
static void test_an_object_is_whole_whatever_a_client_sends(void **state)
{
    (void)state;
    char path[600];
    memset(path, '\x01', sizeof(path));
    mr_http_request request = {.message = mr_http_message_new()};
    mr_http_access access = {.request = &request,
                             .method = mr_bytes_of("UNSUBSCRIBE"),
                             .path = mr_bytes_make(path, sizeof(path)),
                             .protocol = "HTTP/1.1"};
    mr_strbuf line = mr_strbuf_make(8 * (size_t)MR_KIB);
    mr_access_log_line(MR_ACCESS_JSON, &times, &access, &line);
    CHECK_TRUE("it fits", !line.overflowed);
    CHECK_HAS("the end", mr_strbuf_text(&line), "\"protocol\":\"HTTP/1.1\"}\n");
    CHECK_HAS("clean", mr_strbuf_text(&line), "\"message\":\"UNSUBSCRIBE %01%01");
    mr_strbuf_deinit(&line);
    mr_http_message_free(request.message);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_tells_what_was_asked_and_how_it_ended),
        cmocka_unit_test(test_what_a_client_sends_never_ends_a_line_or_makes_it_long),
        cmocka_unit_test(test_an_object_is_whole_whatever_a_client_sends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
