/*
 * api_help.h - the API behind a real listener on a loopback socket, on a world in virtual time, and
 * a client that shares the loop's thread. Nothing is stubbed: what a test sees is what a client
 * gets.
 */
#ifndef MR_TESTS_SRC_API_API_HELP_H
#define MR_TESTS_SRC_API_API_HELP_H

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "src/api/api.h"
#include "src/http/server.h"
#include "src/platform/platform.h"
#include "tests/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define JSON "application/x-amz-json-1.1"
#define CBOR "application/x-amz-cbor-1.1"
#define AUTHORIZATION                                                                              \
    "Authorization: AWS4-HMAC-SHA256 Credential=AKID/20250101/us-east-1/kinesis/aws4_request, "    \
    "SignedHeaders=host;x-amz-date, Signature=abcd\r\nX-Amz-Date: 20250101T000000Z\r\n"
#define TURNS_MAX 20000 /* of a millisecond at most: the answer never came */

typedef struct api_world {
    char *directory;
    mr_sim *sim;
    mr_api *api;
    uv_loop_t loop;
    mr_http_server *server;
    int fd; /* of the connection that is kept */
} api_world;

static inline void api_world_init(api_world *w, mr_sim_options options, mr_api_options api)
{
    mr_error err = {0};
    signal(SIGPIPE, SIG_IGN); /* as the program does: clients go when they like */
    *w = (api_world){.directory = check_temp_dir(), .fd = -1};
    options.clock = (mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = MR_SIM_START_DEFAULT};
    options.seed = 1;
    options.fs = mr_platform_fs();
    options.offloader = mr_offload_inline();
    options.directory = w->directory;
    CHECK_OK("world", mr_sim_open(&options, &w->sim, NULL, &err), &err);
    api.sim = w->sim;
    w->api = mr_api_new(&api);
    uv_loop_init(&w->loop);
    const mr_http_options http = {.loop = &w->loop, .handler = mr_api_handle, .context = w->api};
    CHECK_OK("listener", mr_http_server_start(&http, &w->server, &err), &err);
}

static inline void api_world_deinit(api_world *w)
{
    if (w->fd >= 0) {
        close(w->fd);
    }
    mr_api_free(w->api);
    mr_http_server_stop(w->server);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    CHECK_INT("every handle is closed", uv_loop_close(&w->loop), 0);
    mr_sim_close(w->sim);
    check_remove_dir(w->directory);
}

/* Runs everything that is due in the next us, and moves time there. */
static inline void api_advance(api_world *w, int64_t us)
{
    mr_clock *clock = mr_sim_clock(w->sim);
    const int64_t until = mr_clock_now_us(clock) + us;
    while (mr_clock_next_due_us(clock) <= until) {
        (void)mr_sim_step(w->sim, NULL);
    }
    mr_clock_advance_to(clock, until);
}

/* ---- the client ---- */

static inline int api_connect(const api_world *w)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(mr_http_server_port(w->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

/* Sends what it can, turns the loop, reads what is there. False: the server has closed. */
static inline bool api_turn(api_world *w, int fd, mr_bytes *to_send, mr_strbuf *got)
{
    if (to_send->len > 0) {
        ssize_t sent = send(fd, to_send->at, to_send->len, MSG_NOSIGNAL);
        if (sent > 0) {
            *to_send = mr_bytes_make(to_send->at + sent, to_send->len - (size_t)sent);
        }
    }
    uv_run(&w->loop, UV_RUN_NOWAIT);
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    (void)poll(&poller, 1, 1);
    char buffer[65536];
    ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
    if (n > 0) {
        mr_strbuf_append(got, buffer, (size_t)n);
    }
    return n > 0 || (n < 0 && errno == EAGAIN);
}

typedef struct api_answer {
    int status;     /* 0: the connection broke */
    mr_strbuf text; /* head and body; owned */
    mr_bytes head, body;
} api_answer;

static inline void api_answer_deinit(api_answer *answer)
{
    mr_strbuf_deinit(&answer->text);
}

/* The value of a header, trimmed; at NULL: there is none. */
static inline mr_bytes api_header(const api_answer *answer, const char *name)
{
    mr_bytes rest = answer->head;
    while (rest.len > 0) {
        size_t end = mr_bytes_find(rest, '\n');
        mr_bytes line = {rest.at, end};
        size_t colon = mr_bytes_find(line, ':');
        if (colon < line.len &&
            mr_bytes_equal_nocase(mr_bytes_make(line.at, colon), mr_bytes_of(name))) {
            return mr_bytes_trim(mr_bytes_make(line.at + colon + 1, line.len - colon - 1));
        }
        size_t skip = mr_min_size(end + 1, rest.len);
        rest = mr_bytes_make(rest.at + skip, rest.len - skip);
    }
    return (mr_bytes){NULL, 0};
}

/* Splits what came so far; true when the answer is whole. */
static inline bool api_answer_read(api_answer *answer)
{
    const char *text = mr_strbuf_text(&answer->text);
    const char *end = strstr(text, "\r\n\r\n");
    if (end == NULL) {
        return false;
    }
    answer->status = atoi(text + strlen("HTTP/1.1 "));
    answer->head = mr_bytes_make(text, (size_t)(end - text) + 2);
    answer->body = mr_bytes_make(end + 4, answer->text.len - (size_t)(end - text) - 4);
    int64_t length;
    return answer->status == 204 || answer->status == 304 || /* which have no body, and no length */
           (mr_bytes_to_int64(api_header(answer, "content-length"), &length) &&
            answer->body.len >= (size_t)length);
}

/* One request as it is given, and its whole answer. */
static inline api_answer api_exchange(api_world *w, mr_bytes request)
{
    if (w->fd < 0) {
        w->fd = api_connect(w);
    }
    api_answer answer = {.text = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    for (int i = 0;; i++) {
        MR_ASSERT(i < TURNS_MAX);
        const bool open = api_turn(w, w->fd, &request, &answer.text);
        if (api_answer_read(&answer)) {
            return answer;
        }
        if (!open) {
            close(w->fd);
            w->fd = -1;
            answer.status = 0;
            return answer;
        }
    }
}

/*
 * Appends a request.
 *
 * target:  of X-Amz-Target; NULL: none. type: Content-Type; NULL: none.
 * headers: further ones, each ended by CRLF; NULL: AUTHORIZATION.
 */
static inline void api_request(mr_strbuf *out, const char *line, const char *target,
                               const char *type, const char *headers, mr_bytes body)
{
    mr_strbuf_appendf(out, "%s HTTP/1.1\r\nHost: localhost\r\n", line);
    if (target != NULL) {
        mr_strbuf_appendf(out, "X-Amz-Target: %s\r\n", target);
    }
    if (type != NULL) {
        mr_strbuf_appendf(out, "Content-Type: %s\r\n", type);
    }
    mr_strbuf_append_text(out, headers != NULL ? headers : AUTHORIZATION);
    mr_strbuf_appendf(out, "Content-Length: %zu\r\n\r\n", body.len);
    mr_strbuf_append_bytes(out, body);
}

static inline api_answer api_ask(api_world *w, const char *line, const char *target,
                                 const char *type, const char *headers, mr_bytes body)
{
    mr_strbuf request = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    api_request(&request, line, target, type, headers, body);
    api_answer answer = api_exchange(w, mr_strbuf_bytes(&request));
    mr_strbuf_deinit(&request);
    return answer;
}

#endif
