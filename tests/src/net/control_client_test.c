/* control_client_test.c - what the client asks, and what it makes of the answers: those of a thread
 * that takes a connection, keeps what it is asked, and says what it was told to. (A real server:
 * tests/integration/control_test.py.) */
#include "src/net/control_client.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct server {
    int fd;
    char url[64];
    const char *answer; /* NULL: it never answers */
    mr_strbuf asked;
    pthread_t thread;
} server;

/* A whole request has its head and, with a Content-Length, that much more. */
static bool is_whole(const mr_strbuf *asked)
{
    const char *text = mr_strbuf_text(asked);
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    if (end == NULL) {
        return false;
    }
    size_t body =
        length == NULL ? 0 : (size_t)strtoul(length + strlen("Content-Length: "), NULL, 10);
    return asked->len >= (size_t)(end - text) + 4 + body;
}

static void *serve(void *context)
{
    server *s = context;
    int fd = accept(s->fd, NULL, NULL);
    char bytes[4096];
    ssize_t n = 1;
    while (n > 0 && !is_whole(&s->asked)) {
        n = read(fd, bytes, sizeof(bytes));
        mr_strbuf_append(&s->asked, bytes, n > 0 ? (size_t)n : 0);
    }
    for (const char *at = s->answer; at != NULL && *at != '\0'; at++) { /* in the smallest pieces */
        if (send(fd, at, 1, MSG_NOSIGNAL) != 1) {
            break; /* the client has heard enough */
        }
    }
    if (s->answer == NULL) {
        (void)!read(fd, bytes, 1); /* until the client has gone */
    }
    close(fd);
    return NULL;
}

static void server_start(server *s, const char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    *s = (server){.answer = answer, .asked = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(s->fd >= 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s->fd, 1), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_end(server *s)
{
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    close(s->fd);
    mr_strbuf_deinit(&s->asked);
}

static const char *no_environment(void *context, const char *name)
{
    (void)context;
    (void)name;
    return NULL;
}

static mr_control_client *open_client(const char *url, bool (*stop)(void *context))
{
    mr_control_client *client = NULL;
    mr_error err;
    mr_control_options options = {
        .endpoint_url = url, .user_agent = "test", .getenv = no_environment, .stop = stop};
    CHECK_OK("client", mr_control_client_new(&options, &client, &err), &err);
    return client;
}

static void test_an_answer_is_read_and_the_body_is_sent(void **state)
{
    (void)state;
    server s;
    mr_error err;
    cJSON *answer = NULL;
    server_start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"speed\": 60} ");
    mr_control_client *client = open_client(s.url, NULL);
    CHECK_OK("ask",
             mr_control_client_ask(client, "POST", "/_millrace/api/clock?x=1",
                                   "{\"action\":\"rate\"}", &answer, &err),
             &err);
    CHECK_INT("answer", cJSON_GetObjectItem(answer, "speed")->valueint, 60);
    CHECK_BYTES("as it came", mr_control_client_answer(client), mr_bytes_of("{\"speed\": 60} "));
    cJSON_Delete(answer);
    mr_control_client_free(client);
    CHECK_HAS("line", mr_strbuf_text(&s.asked), "POST /_millrace/api/clock?x=1 HTTP/1.1\r\n");
    CHECK_HAS("type", mr_strbuf_text(&s.asked), "Content-Type: application/json\r\n");
    CHECK_HAS("body", mr_strbuf_text(&s.asked), "\r\n\r\n{\"action\":\"rate\"}");
    server_end(&s);
}

static void test_no_content_is_no_answer(void **state)
{
    (void)state;
    server s;
    mr_error err;
    cJSON *answer = NULL;
    server_start(&s, "HTTP/1.1 204 No Content\r\n\r\n");
    mr_control_client *client = open_client(s.url, NULL);
    CHECK_OK(
        "ask",
        mr_control_client_ask(client, "DELETE", "/_millrace/api/faults/1", NULL, &answer, &err),
        &err);
    CHECK_TRUE("none", answer == NULL);
    CHECK_BYTES("nothing came", mr_control_client_answer(client), mr_bytes_of(""));
    mr_control_client_free(client);
    CHECK_HAS("line", mr_strbuf_text(&s.asked), "DELETE /_millrace/api/faults/1 HTTP/1.1\r\n");
    server_end(&s);
}

static void test_a_refusal_comes_in_the_servers_words(void **state)
{
    (void)state;
    static const struct {
        const char *status, *body;
        mr_code want;
        const char *words;
    } cases[] = {
        {"400 Bad Request", "{\"error\": \"x\", \"message\": \"too far", MR_INVALID_ARGUMENT,
         "no millrace"},
        {"400 Bad Request", "{\"message\": \"of AWS\"}", MR_INVALID_ARGUMENT, "no millrace"},
        {"400 Bad Request", "{\"error\": \"x\", \"message\": \"too far off\"}", MR_INVALID_ARGUMENT,
         "too far off"},
        {"404 Not Found", "{\"error\": \"x\", \"message\": \"nothing here\"}", MR_NOT_FOUND,
         "nothing here"},
        {"409 Conflict", "{\"error\": \"x\", \"message\": \"busy\"}", MR_ALREADY_EXISTS, "busy"},
        {"500 Oh", "{\"error\": \"x\", \"message\": \"full\"}", MR_IO, "full"},
        {"403 Forbidden", "<Error/>\n", MR_INVALID_ARGUMENT, "status 403"},
        {"200 OK", "hello", MR_INVALID_ARGUMENT, "no JSON"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        server s;
        mr_error err = {0};
        cJSON *answer = NULL;
        char *said = mr_format("HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", cases[i].status,
                               strlen(cases[i].body), cases[i].body);
        server_start(&s, said);
        mr_control_client *client = open_client(s.url, NULL);
        CHECK_CODE(
            cases[i].words,
            mr_control_client_ask(client, "GET", "/_millrace/api/clock", NULL, &answer, &err),
            cases[i].want);
        CHECK_HAS("words", err.message, cases[i].words);
        CHECK_TRUE("none", answer == NULL);
        mr_control_client_free(client);
        server_end(&s);
        mr_free(said);
    }
}

static void test_what_is_no_http_server_is_no_millrace(void **state)
{
    (void)state;
    server s;
    mr_error err;
    cJSON *answer;
    server_start(&s, "SSH-2.0-OpenSSH_9\r\n");
    mr_control_client *client = open_client(s.url, NULL);
    CHECK_CODE("ask", mr_control_client_ask(client, "GET", "/x", NULL, &answer, &err),
               MR_INVALID_ARGUMENT);
    CHECK_HAS("words", err.message, "no millrace");
    mr_control_client_free(client);
    server_end(&s);
}

/* ---- answers that come in pieces ---- */

typedef struct heard {
    mr_strbuf text;
    int lines, lines_max;
} heard;

static bool on_line(void *context, mr_bytes line)
{
    heard *h = context;
    mr_strbuf_appendf(&h->text, "[%.*s]", (int)line.len, line.at);
    return ++h->lines != h->lines_max;
}

static mr_code read_lines(const char *answer, heard *h, int lines_max, mr_error *err)
{
    server s;
    server_start(&s, answer);
    *h = (heard){.text = mr_strbuf_make(MR_STRBUF_UNLIMITED), .lines_max = lines_max};
    mr_control_client *client = open_client(s.url, NULL);
    mr_code code = mr_control_client_read_lines(client, "/_millrace/api/live", on_line, h, err);
    mr_control_client_free(client);
    server_end(&s);
    return code;
}

static void test_lines_come_whole_whatever_the_pieces(void **state)
{
    (void)state;
    heard h;
    mr_error err;
    CHECK_OK("read",
             read_lines("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "4\r\none\r\r\n1\r\n\n\r\n8\r\n\ntwo\nlas\r\n1\r\nt\r\n0\r\n\r\n",
                        &h, 0, &err),
             &err);
    CHECK_STR("lines", mr_strbuf_text(&h.text), "[one][][two][last]");
    mr_strbuf_deinit(&h.text);
}

static void test_a_reader_that_has_enough_ends_it(void **state)
{
    (void)state;
    heard h;
    mr_error err;
    CHECK_OK("read",
             read_lines("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\na\nb\nc\nd\n", &h, 2, &err),
             &err);
    CHECK_STR("lines", mr_strbuf_text(&h.text), "[a][b]");
    mr_strbuf_deinit(&h.text);
}

static void test_a_refusal_is_no_line(void **state)
{
    (void)state;
    heard h;
    mr_error err;
    CHECK_CODE("read",
               read_lines("HTTP/1.1 404 Not Found\r\n\r\n"
                          "{\"error\": \"x\", \"message\": \"nothing here\"}",
                          &h, 0, &err),
               MR_NOT_FOUND);
    CHECK_STR("its words", err.message, "nothing here");
    CHECK_INT("none", h.lines, 0);
    mr_strbuf_deinit(&h.text);
}

static void test_an_answer_that_breaks_off_is_the_servers_end(void **state)
{
    (void)state;
    heard h;
    mr_error err;
    CHECK_CODE("read",
               read_lines("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n", &h,
                          0, &err),
               MR_IO);
    CHECK_STR("what came", mr_strbuf_text(&h.text), "[one]");
    CHECK_HAS("who", err.message, "the server at http://127.0.0.1:");
    CHECK_HAS("what", err.message, " has ended");
    mr_strbuf_deinit(&h.text);
}

/* ---- nobody there ---- */

static void test_where_no_server_is_it_says_how_to_start_one(void **state)
{
    (void)state;
    server s;
    mr_error err;
    cJSON *answer;
    server_start(&s, "");
    mr_control_client *client = open_client(s.url, NULL);
    CHECK_CODE("it goes", mr_control_client_ask(client, "GET", "/x", NULL, &answer, &err), MR_IO);
    server_end(&s);
    CHECK_CODE("gone", mr_control_client_ask(client, "GET", "/x", NULL, &answer, &err), MR_IO);
    CHECK_HAS("how", err.message, "millrace serve");
    CHECK_HAS("where", err.message, mr_control_client_url(client));
    mr_control_client_free(client);
}

static bool at_once(void *context)
{
    (void)context;
    return true;
}

static void test_waiting_is_ended_by_whoever_asks(void **state)
{
    (void)state;
    server s;
    mr_error err;
    cJSON *answer;
    server_start(&s, NULL);
    mr_control_client *client = open_client(s.url, at_once);
    CHECK_CODE("stop", mr_control_client_ask(client, "GET", "/x", NULL, &answer, &err),
               MR_INTERRUPTED);
    mr_control_client_free(client);
    shutdown(s.fd, SHUT_RDWR); /* it may have ended before there was a connection */
    server_end(&s);
}

/* ---- where the server is ---- */

static const char *read_variable(void *context, const char *name)
{
    return strcmp(name, "AWS_ENDPOINT_URL") == 0 ? context : NULL;
}

static void test_the_server_is_where_the_words_or_the_environment_say(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        char variable[32];
        const char *want;
    } cases[] = {{"http://a:1", "http://b:2", "http://a:1"},
                 {NULL, "http://b:2/", "http://b:2"},
                 {NULL, "", MR_CONTROL_URL_DEFAULT}};
    mr_control_client *client = NULL;
    mr_error err;
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_control_options options = {.endpoint_url = cases[i].word,
                                      .getenv = read_variable,
                                      .getenv_context = (void *)cases[i].variable};
        CHECK_OK(cases[i].want, mr_control_client_new(&options, &client, &err), &err);
        CHECK_STR("url", mr_control_client_url(client), cases[i].want);
        mr_control_client_free(client);
    }
    mr_control_options bad = {.endpoint_url = "localhost:4566"};
    CHECK_CODE("no URL", mr_control_client_new(&bad, &client, &err), MR_INVALID_ARGUMENT);
    CHECK_TRUE("none", client == NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_answer_is_read_and_the_body_is_sent),
        cmocka_unit_test(test_no_content_is_no_answer),
        cmocka_unit_test(test_a_refusal_comes_in_the_servers_words),
        cmocka_unit_test(test_what_is_no_http_server_is_no_millrace),
        cmocka_unit_test(test_lines_come_whole_whatever_the_pieces),
        cmocka_unit_test(test_a_reader_that_has_enough_ends_it),
        cmocka_unit_test(test_a_refusal_is_no_line),
        cmocka_unit_test(test_an_answer_that_breaks_off_is_the_servers_end),
        cmocka_unit_test(test_where_no_server_is_it_says_how_to_start_one),
        cmocka_unit_test(test_waiting_is_ended_by_whoever_asks),
        cmocka_unit_test(test_the_server_is_where_the_words_or_the_environment_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
