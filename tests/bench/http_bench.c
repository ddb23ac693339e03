/*
 * http_bench.c - the listener alone, for a load generator in another process:
 *
 *     bench.http [port [seconds]]     prints the port, serves, then tells requests and CPU time
 *
 * POST /... is answered with 60 bytes of JSON, as PutRecord is; GET /big with 8 MiB in pieces.
 * Over TLS, too. For instance:  h2load -n 20000 -c 4 -m 8 -d body-of-100-KB http://127.0.0.1:PORT/
 */
#include "src/http/server.h"

#include "sim/base/alloc.h"

#include <stdio.h>
#include <stdlib.h>

#define BIG_BYTES   (8 * MR_MIB)
#define PIECE_BYTES 65536

typedef struct bench {
    mr_http_server *server;
    size_t requests;
    uint64_t bytes;
} bench;

typedef struct big {
    mr_http_request *request;
    size_t left;
} big;

static void big_closed(void *context)
{
    mr_free(context);
}

static void big_room(void *context)
{
    static const char piece[PIECE_BYTES];
    big *b = context;
    while (b->left > 0 && mr_http_answer_waiting(b->request) < 4 * PIECE_BYTES) {
        mr_http_answer_send(b->request, mr_bytes_make(piece, sizeof(piece)));
        b->left -= sizeof(piece);
    }
    if (b->left == 0) {
        mr_http_answer_end(b->request);
        mr_free(b);
    }
}

static void on_request(void *context, mr_http_request *request)
{
    static const mr_http_header_field type = {"Content-Type", "application/x-amz-json-1.1"};
    bench *b = context;
    b->requests++;
    b->bytes += mr_http_body(request).len;
    if (!mr_bytes_is(mr_http_path(request), "/big")) {
        mr_http_answer(request, 200, &type, 1,
                       MR_BYTES_LITERAL("{\"ShardId\":\"shardId-000000000000\",\"SequenceNumber\":"
                                        "\"496\"}"));
        return;
    }
    big *answer = mr_calloc(1, sizeof(*answer));
    *answer = (big){.request = request, .left = BIG_BYTES};
    mr_http_set_context(request, answer, big_closed);
    mr_http_answer_on_room(request, 2 * PIECE_BYTES, big_room);
    mr_http_answer_begin(request, 200, NULL, 0);
    big_room(answer);
}

static void on_end(uv_timer_t *timer)
{
    bench *b = timer->data;
    mr_http_server_stop(b->server);
    uv_close((uv_handle_t *)timer, NULL);
}

int main(int argc, char **argv)
{
    static const mr_http_tls tls = {.names = NULL};
    bench b = {.server = NULL};
    mr_error err;
    uv_timer_t timer;
    uv_loop_t *loop = uv_default_loop();
    mr_http_options options = {.loop = loop,
                               .port = (uint16_t)(argc > 1 ? strtoul(argv[1], NULL, 10) : 0),
                               .tls = &tls,
                               .handler = on_request,
                               .context = &b};
    if (mr_http_server_start(&options, &b.server, &err) != MR_OK) {
        fprintf(stderr, "bench.http: %s\n", err.message);
        return 1;
    }
    printf("port %u\n", mr_http_server_port(b.server));
    fflush(stdout);
    uv_timer_init(loop, &timer);
    timer.data = &b;
    uv_timer_start(&timer, on_end, 1000 * (argc > 2 ? strtoull(argv[2], NULL, 10) : 10), 0);
    uv_run(loop, UV_RUN_DEFAULT);
    uv_loop_close(loop);

    uv_rusage_t usage;
    uv_getrusage(&usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%zu requests, %.1f MB of bodies, %.2f s of CPU: %.1f us a request\n", b.requests,
           (double)b.bytes / 1e6, cpu, b.requests == 0 ? 0 : 1e6 * cpu / (double)b.requests);
    return 0;
}
