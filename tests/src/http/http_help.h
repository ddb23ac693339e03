/*
 * http_help.h - a listener on a real loopback socket, its handler, and a client that shares the
 * loop's thread: for the tests of src/http. Everything is static, so that a test that needs less
 * says nothing.
 */
#ifndef MR_TESTS_SRC_HTTP_HTTP_HELP_H
#define MR_TESTS_SRC_HTTP_HTTP_HELP_H

#include "src/http/server.h"

#include "sim/base/alloc.h"
#include "sim/base/strbuf.h"
#include "tests/check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELD_MAX   32
#define POUR_BYTES (8 * MR_MIB)
#define POUR_PIECE (16 * MR_KIB)
#define POUR_BOUND (256 * MR_KIB)

/* ---- a server whose handler answers at once, holds, or counts ---- */

/* An answer of many pieces, sent as the client takes them. */
typedef struct pour {
    mr_http_request *request; /* NULL: none, or it is over */
    size_t left, waiting_most;
    bool closed;
} pour;

typedef struct world {
    uv_loop_t loop;
    mr_http_server *server;
    mr_http_request *held[HELD_MAX]; /* requests for /hold..., in order */
    size_t held_count;
    size_t closed_count, request_count;
    mr_strbuf log; /* of requests that are over, a line each */
    pour pour;
    bool drained;
} world;

static void on_pour_closed(void *context)
{
    world *w = context;
    w->pour.request = NULL;
    w->pour.closed = true;
}

static void on_pour(void *context)
{
    char piece[POUR_PIECE];
    memset(piece, 'x', sizeof(piece));
    pour *p = &((world *)context)->pour;
    while (p->left > 0 && mr_http_answer_waiting(p->request) <= POUR_BOUND) {
        mr_http_answer_send(p->request, mr_bytes_make(piece, sizeof(piece)));
        p->left -= sizeof(piece);
        p->waiting_most = mr_max_size(p->waiting_most, mr_http_answer_waiting(p->request));
    }
    if (p->left == 0) {
        mr_http_answer_end(p->request);
        p->request = NULL;
    }
}

static void on_held_closed(void *context)
{
    world *w = context;
    w->closed_count++;
}

static void echo(mr_http_request *request)
{
    mr_bytes path = mr_http_path(request);
    mr_bytes body = mr_http_body(request);
    char *text = mr_format("%.*s|%zu%s", (int)path.len, path.at, body.len,
                           mr_http_body_dropped(request) ? "|dropped" : "");
    const mr_http_header_field header = {"X-Echo", "a\r\nInjected: b"};
    mr_http_answer(request, 200, &header, 1, mr_bytes_of(text));
    mr_free(text);
}

/* What can be asked of a request besides its body, a line. */
static void describe(mr_http_request *request)
{
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes method = mr_http_method(request), query = mr_http_query(request),
             authority = mr_http_authority(request), name, value;
    mr_strbuf_appendf(&text, "%s %s %.*s ?%.*s @%.*s", mr_http_protocol(request),
                      mr_http_scheme(request), (int)method.len, method.at, (int)query.len, query.at,
                      (int)authority.len, authority.at);
    for (size_t i = 0; mr_http_header_at(request, i, &name, &value); i++) {
        mr_strbuf_appendf(&text, " %.*s=%.*s", (int)name.len, name.at, (int)value.len, value.at);
    }
    mr_http_answer(request, 200, NULL, 0, mr_strbuf_bytes(&text));
    mr_strbuf_deinit(&text);
}

static void on_request(void *context, mr_http_request *request)
{
    world *w = context;
    w->request_count++;
    if (mr_bytes_is(mr_http_path(request), "/describe")) {
        describe(request);
    } else if (mr_bytes_starts_with(mr_http_path(request), MR_BYTES_LITERAL("/hold"))) {
        w->held[w->held_count++] = request;
        mr_http_set_context(request, w, on_held_closed);
    } else if (mr_bytes_is(mr_http_path(request), "/pour")) {
        w->pour = (pour){.request = request, .left = POUR_BYTES};
        mr_http_set_context(request, w, on_pour_closed);
        mr_http_answer_on_room(request, POUR_BOUND, on_pour);
        mr_http_answer_begin(request, 200, NULL, 0);
        on_pour(w);
    } else if (mr_bytes_is(mr_http_path(request), "/big")) {
        mr_strbuf big = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        size_t len = 8 * MR_MIB;
        memset(mr_strbuf_reserve(&big, len), 'x', len);
        mr_strbuf_commit(&big, len);
        mr_http_answer(request, 200, NULL, 0, mr_strbuf_bytes(&big));
        mr_strbuf_deinit(&big);
    } else {
        echo(request);
    }
}

static void on_access(void *context, const mr_http_access *access)
{
    world *w = context;
    MR_ASSERT(access->duration_us < UINT64_MAX / 2);
    mr_strbuf_appendf(&w->log, "%s %.*s %.*s %d %llu %llu%s\n", access->protocol,
                      (int)access->method.len, access->method.at, (int)access->path.len,
                      access->path.at, access->status, (unsigned long long)access->bytes_in,
                      (unsigned long long)access->bytes_out,
                      access->broken_off ? " broken off" : "");
}

static void world_init_with(world *w, mr_http_limits limits, const mr_http_tls *tls)
{
    mr_error err;
    *w = (world){.log = mr_strbuf_make(MR_STRBUF_UNLIMITED)};
    uv_loop_init(&w->loop);
    mr_http_options options = {.loop = &w->loop,
                               .limits = limits,
                               .tls = tls,
                               .handler = on_request,
                               .access = on_access,
                               .context = w};
    CHECK_OK("start", mr_http_server_start(&options, &w->server, &err), &err);
}

static MR_UNUSED void world_init(world *w, mr_http_limits limits)
{
    world_init_with(w, limits, NULL);
}

static void world_deinit(world *w)
{
    mr_http_server_stop(w->server);
    uv_run(&w->loop, UV_RUN_DEFAULT);
    CHECK_INT("every handle is closed", uv_loop_close(&w->loop), 0);
    mr_strbuf_deinit(&w->log);
}

/* ---- a client ---- */

static int client_open(world *w)
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

/* Sends what it can, turns the loop, reads what is there. True while the connection is open. */
static MR_UNUSED bool client_turn(world *w, int fd, mr_bytes *to_send, mr_strbuf *got)
{
    if (to_send->len > 0) {
        ssize_t sent = send(fd, to_send->at, to_send->len, MSG_NOSIGNAL);
        if (sent > 0) {
            *to_send = mr_bytes_make(to_send->at + sent, to_send->len - (size_t)sent);
        } else if (sent < 0 && errno != EAGAIN) {
            *to_send = mr_bytes_make(NULL, 0);
        }
    }
    uv_run(&w->loop, UV_RUN_NOWAIT);
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    (void)poll(&poller, 1, 1);
    char buffer[65536];
    ssize_t n;
    do { /* all that is there: a full window is reopened slowly */
        n = recv(fd, buffer, sizeof(buffer), 0);
        mr_strbuf_append(got, buffer, n > 0 ? (size_t)n : 0);
    } while (n == sizeof(buffer));
    return n > 0 || (n < 0 && errno == EAGAIN);
}

static MR_UNUSED void client_turns(world *w, int fd, mr_bytes *to_send, mr_strbuf *got, int count)
{
    for (int i = 0; i < count; i++) {
        assert_true(client_turn(w, fd, to_send, got));
    }
}

static MR_UNUSED void client_will_reset(int fd) /* instead of an end, when it is closed */
{
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
}

/* A server and its first client. */
static MR_UNUSED int world_open(world *w, mr_http_limits limits)
{
    world_init(w, limits);
    return client_open(w);
}

static MR_UNUSED void world_close(world *w, int fd)
{
    close(fd);
    world_deinit(w);
}

/* Sends all and reads until the answer holds `piece`, or (piece NULL) the server has closed.
 * Owned text. */
static MR_UNUSED char *exchange(world *w, int fd, mr_bytes to_send, const char *piece)
{
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; i < 20000; i++) {
        bool open = client_turn(w, fd, &to_send, &got);
        if (!open ||
            (piece != NULL && to_send.len == 0 && strstr(mr_strbuf_text(&got), piece) != NULL)) {
            break;
        }
        MR_ASSERT(i < 19999); /* about 20 seconds: the answer never came */
    }
    (void)mr_strbuf_reserve(&got, 1);
    return mr_strbuf_take(&got);
}

static MR_UNUSED void check_exchange(const char *label, world *w, const char *to_send,
                                     const char *piece, const char *want)
{
    int fd = client_open(w);
    char *got = exchange(w, fd, mr_bytes_of(to_send), piece);
    CHECK_STR(label, got, want);
    mr_free(got);
    close(fd);
}

/* Holds the one request that is sent, and returns it. */
static MR_UNUSED mr_http_request *hold(world *w, int fd, const char *request)
{
    size_t before = w->held_count;
    mr_bytes to_send = mr_bytes_of(request);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    while (w->held_count == before) {
        assert_true(client_turn(w, fd, &to_send, &got));
    }
    mr_strbuf_deinit(&got);
    return w->held[before];
}

/* Turns the loop until no connection is left. */
static MR_UNUSED void until_no_connections(world *w)
{
    for (int i = 0; mr_http_server_connections(w->server) > 0; i++) {
        MR_ASSERT(i < 20000);
        uv_run(&w->loop, UV_RUN_NOWAIT);
        (void)poll(NULL, 0, 1);
    }
}

#endif
