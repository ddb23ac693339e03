/*
 * server_http2_test.c - HTTP/2 on the same port: how it is chosen, and its time and bounds over a
 * real socket. The frames are in http2_test.c and its neighbours.
 */
#include "tests/src/http/http_help.h"

/* A preface, SETTINGS, and GET /x: the bytes of any client. */
#define HTTP2_GET                                                                                  \
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"                                         \
    "\0\0\x09\x01\x05\0\0\0\x01\x82\x86\x04\x02/x\x41\x01h"

static void test_the_first_bytes_choose_http2(void **state)
{
    (void)state;
    static const size_t cuts[] = {0, 1, 3, 14, 24, 40};
    for (size_t i = 0; i < MR_COUNT(cuts); i++) {
        world w;
        int fd = world_open(&w, (mr_http_limits){0});
        mr_bytes all = MR_BYTES_LITERAL(HTTP2_GET);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_bytes first = mr_bytes_make(all.at, cuts[i]);
        client_turns(&w, fd, &first, &got, 3);
        mr_bytes rest = mr_bytes_make(all.at + cuts[i], all.len - cuts[i]);
        while (got.len < 4 || memcmp(got.at + got.len - 4, "/x|0", 4) != 0) {
            assert_true(client_turn(&w, fd, &rest, &got));
        }
        CHECK_INT("settings come first", got.at[3], 4);
        mr_strbuf_deinit(&got);
        close(fd);
        until_no_connections(&w);
        CHECK_STR("log", mr_strbuf_text(&w.log), "HTTP/2.0 GET /x 200 0 4\n");
        world_deinit(&w);
    }
}

static void test_an_idle_http2_connection_ends_with_goaway(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.idle_ms = 40});
    mr_bytes to_send = MR_BYTES_LITERAL(HTTP2_GET);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (int i = 0; client_turn(&w, fd, &to_send, &got); i++) {
        MR_ASSERT(i < 20000);
    }
    assert_true(got.len > 17);
    CHECK_BYTES("the last frame", mr_bytes_make(got.at + got.len - 17, 17),
                mr_bytes_make("\0\0\x08\x07\0\0\0\0\0\0\0\0\x01\0\0\0\0", 17));
    mr_strbuf_deinit(&got);
    world_close(&w, fd);
}

/* Streams that come and go beside it are no sign of life of a slow one. */
static void test_a_slow_stream_is_reset_among_fast_ones(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.body_ms = 150});
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    /* POST /x on stream 1, without an end. */
    mr_bytes to_send = MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                        "\0\0\x09\x01\x04\0\0\0\x01\x83\x86\x04\x02/x\x41\x01h");
    static const char reset[] = "\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08"; /* CANCEL */
    bool seen = false;
    for (unsigned id = 3; !seen; id += 2) {
        MR_ASSERT(id < 40000);
        assert_true(client_turn(&w, fd, &to_send, &got));
        char get[] = "\0\0\x09\x01\x05\0\0\0\0\x82\x86\x04\x02/y\x41\x01h";
        get[7] = (char)(id >> 8);
        get[8] = (char)id;
        mr_bytes another = mr_bytes_make(get, sizeof(get) - 1);
        assert_true(client_turn(&w, fd, &another, &got));
        seen = memmem(got.at, got.len, reset, sizeof(reset) - 1) != NULL;
    }
    CHECK_TRUE("others were answered meanwhile", w.request_count > 2);
    CHECK_INT("the connection stays", mr_http_server_connections(w.server), 1);
    mr_strbuf_deinit(&got);
    world_close(&w, fd);
}

static void test_unread_answers_hold_streams_back(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.unsent_bytes_max = MR_MIB});
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
#define GET_BIG(id) "\0\0\x0b\x01\x05\0\0\0" id "\x82\x86\x04\x04/big\x41\x01h"
    mr_bytes to_send =
        MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0" GET_BIG("\x01")
                             GET_BIG("\x03") GET_BIG("\x05"));
    client_turns(&w, fd, &to_send, &got, 10);
    CHECK_INT("one large answer, no second", w.request_count, 1);
    /* Stream 1 is reset: what waited is gone, and the next has its turn. */
    to_send = MR_BYTES_LITERAL("\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08");
    client_turns(&w, fd, &to_send, &got, 10);
    CHECK_INT("the second", w.request_count, 2);
    mr_strbuf_deinit(&got);
    world_close(&w, fd);
}

/* It reads the socket, but never gives a window back. */
static void test_an_http2_client_that_takes_no_answer_is_dropped(void **state)
{
    (void)state;
    world w;
    int fd = world_open(&w, (mr_http_limits){.idle_ms = 40});
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_bytes to_send = MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                        "\0\0\x0b\x01\x05\0\0\0\x01\x82\x86\x04\x04/big\x41\x01h");
    for (int i = 0; client_turn(&w, fd, &to_send, &got); i++) {
        MR_ASSERT(i < 20000);
    }
    CHECK_TRUE("a window full", got.len > 65535 && got.len < 70000);
    mr_strbuf_deinit(&got);
    close(fd);
    until_no_connections(&w);
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_bytes_choose_http2),
        cmocka_unit_test(test_an_idle_http2_connection_ends_with_goaway),
        cmocka_unit_test(test_a_slow_stream_is_reset_among_fast_ones),
        cmocka_unit_test(test_unread_answers_hold_streams_back),
        cmocka_unit_test(test_an_http2_client_that_takes_no_answer_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
