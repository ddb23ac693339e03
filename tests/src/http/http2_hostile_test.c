/*
 * http2_hostile_test.c - the session of HTTP/2 against frames made by hand: breaches, floods, and
 * the fuzz corpus.
 */
#include "src/http/http2_frames.h"

#include "tests/src/http/http2_help.h"

static void append_frame(mr_strbuf *out, int type, int flags, uint32_t id, mr_bytes payload)
{
    const char head[9] = {(char)(payload.len >> 16),
                          (char)(payload.len >> 8),
                          (char)payload.len,
                          (char)type,
                          (char)flags,
                          (char)(id >> 24),
                          (char)(id >> 16),
                          (char)(id >> 8),
                          (char)id};
    mr_strbuf_append(out, head, sizeof(head));
    mr_strbuf_append_bytes(out, payload);
}

static mr_strbuf greeting(void)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    append_frame(&out, NGHTTP2_SETTINGS, 0, 0, (mr_bytes){NULL, 0});
    return out;
}

/* GET /none in the static table, and a literal for :authority. */
static const char get_head[] = "\x82\x86\x04\x05/none\x41\x01h";

static void test_what_is_no_http2_ends_the_connection(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes bytes;
    } cases[] = {
        {"another preface", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n")},
        {"no settings", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                         "\0\0\x08\x06\0\0\0\0\0aaaaaaaa")},
        {"a frame too large", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
                                               "\xff\xff\xff\x04\0\0\0\0\0aaaaaaaaaaaaaaaaa")},
        {"broken HPACK", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                          "\0\0\x01\x01\x05\0\0\0\x01\xff")},
        {"data on no stream",
         MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                          "\0\0\x01\0\0\0\0\0\x01x")},
        {"an even stream", MR_BYTES_LITERAL("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
                                            "\0\0\x03\x01\x05\0\0\0\x02\x82\x86\x84")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (size_t step = 1; step <= 64; step += 63) {
            world *w = world_new(&roomy, true);
            w->step = step;
            server_feed(w, cases[i].bytes);
            (void)server_turn(w, true);
            (void)server_turn(w, true);
            CHECK_TRUE(cases[i].label, w->server->finished);
            CHECK_TRUE(cases[i].label, w->server->ops->is_over(w->server));
            CHECK_TRUE(cases[i].label, w->goaway > 0);
            CHECK_INT(cases[i].label, w->request_count, 0);
            world_free(w);
        }
    }
}

/* Feeds the frames over and over until the server has had enough; never more than it bears. */
static void check_flood(const char *label, mr_bytes unit, size_t most, bool produces)
{
    world *w = world_new(&roomy, true);
    mr_strbuf start = greeting();
    server_feed(w, mr_strbuf_bytes(&start));
    size_t count = 0;
    while (!w->server->finished) {
        MR_ASSERT(count++ < most);
        server_feed(w, unit);
        if (produces) {
            (void)server_turn(w, true);
        } else if (w->server->ops->is_full(w->server)) {
            world_free(w); /* connection.c would read no more: a bound, too */
            mr_strbuf_deinit(&start);
            return;
        }
    }
    (void)server_turn(w, true);
    CHECK_INT(label, w->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
    CHECK_TRUE(label, w->server->ops->is_over(w->server));
    mr_strbuf_deinit(&start);
    world_free(w);
}

static void test_floods_are_cut_off(void **state)
{
    (void)state;
    static const struct {
        const char *label;
        mr_bytes frame;
    } cases[] = {
        {"PING", MR_BYTES_LITERAL("\0\0\x08\x06\0\0\0\0\0aaaaaaaa")},
        {"SETTINGS", MR_BYTES_LITERAL("\0\0\0\x04\0\0\0\0\0")},
        {"PRIORITY", MR_BYTES_LITERAL("\0\0\x05\x02\0\0\0\0\x01\0\0\0\0\x10")},
        {"an unknown frame", MR_BYTES_LITERAL("\0\0\x01\x77\0\0\0\0\0a")},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_flood(cases[i].label, cases[i].frame, MR_HTTP2_PATIENCE_MAX + 10, true);
        check_flood(cases[i].label, cases[i].frame, MR_HTTP2_PATIENCE_MAX + 10, false);
    }
}

static void test_rapid_resets_are_cut_off(void **state)
{
    (void)state;
    for (int variant = 0; variant < 4; variant++) {
        bool produces = (variant & 1) != 0;
        char code[] = {0, 0, 0, (variant & 2) != 0 ? NGHTTP2_CANCEL : NGHTTP2_NO_ERROR};
        world *w = world_new(&roomy, true);
        mr_strbuf out = greeting();
        uint32_t id = 1;
        while (!w->server->finished) {
            append_frame(&out, NGHTTP2_HEADERS, 0x5, id, mr_bytes_of(get_head));
            append_frame(&out, NGHTTP2_RST_STREAM, 0, id, mr_bytes_make(code, sizeof(code)));
            server_feed(w, mr_strbuf_bytes(&out));
            mr_strbuf_reset(&out);
            if (produces) {
                (void)server_turn(w, true);
            }
            id += 2;
            MR_ASSERT(id < 2000);
        }
        (void)server_turn(w, true);
        CHECK_INT("calm", w->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
        CHECK_INT("no handler was called", w->request_count, 0);
        mr_strbuf_deinit(&out);
        world_free(w);
    }
}

static void test_a_header_block_without_end_is_cut_off(void **state)
{
    (void)state;
    world *w = world_new(&roomy, true);
    mr_strbuf out = greeting();
    append_frame(&out, NGHTTP2_HEADERS, 0x1, 1, mr_bytes_of(get_head));
    server_feed(w, mr_strbuf_bytes(&out));
    CHECK_TRUE("in the headers", waits_for(w) == MR_HTTP_WAIT_HEADER);
    mr_strbuf_reset(&out);
    append_frame(&out, NGHTTP2_CONTINUATION, 0, 1, MR_BYTES_LITERAL("\x40\x01x\x01y"));
    for (int i = 0; !w->server->finished; i++) {
        MR_ASSERT(i < 3000);
        server_feed(w, mr_strbuf_bytes(&out));
    }
    (void)server_turn(w, true);
    CHECK_TRUE("an error", w->goaway > 0);
    CHECK_TRUE("over", w->server->ops->is_over(w->server));
    mr_strbuf_deinit(&out);
    world_free(w);
}

/* However small the frames that it comes in. */
static void test_frames_are_counted_at_their_edges(void **state)
{
    (void)state;
    mr_strbuf out = greeting();
    append_frame(&out, NGHTTP2_HEADERS, 0x1, 1, mr_bytes_of("abc"));
    append_frame(&out, NGHTTP2_CONTINUATION, 0x0, 1, mr_bytes_of("de"));
    append_frame(&out, NGHTTP2_CONTINUATION, 0x4, 1, mr_bytes_of("f"));
    append_frame(&out, NGHTTP2_DATA, 0x0, 1, (mr_bytes){NULL, 0});
    append_frame(&out, NGHTTP2_DATA, 0x0, 1, mr_bytes_of("data"));
    append_frame(&out, NGHTTP2_RST_STREAM, 0x0, 1, mr_bytes_of("1234"));
    for (size_t step = 1; step < out.len; step++) {
        mr_http2_frames frames;
        mr_http2_frames_init(&frames, 6);
        for (size_t at = 0; at < out.len; at += step) {
            CHECK_TRUE("borne",
                       mr_http2_frames_feed(
                           &frames, mr_bytes_make(out.at + at, mr_min_size(step, out.len - at))));
        }
        CHECK_INT("spent", MR_HTTP2_PATIENCE_MAX - frames.patience, 5 + MR_HTTP2_COST_RESET);
        CHECK_INT("blocks", frames.blocks, 1);
        CHECK_TRUE("no headers are under way", !mr_http2_frames_in_headers(&frames));
        mr_http2_frames_init(&frames, 5);
        CHECK_TRUE("a byte too many", !mr_http2_frames_feed(&frames, mr_strbuf_bytes(&out)));
    }
    mr_strbuf_deinit(&out);
}

static void test_the_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(http2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_http2_ends_the_connection),
        cmocka_unit_test(test_floods_are_cut_off),
        cmocka_unit_test(test_rapid_resets_are_cut_off),
        cmocka_unit_test(test_a_header_block_without_end_is_cut_off),
        cmocka_unit_test(test_frames_are_counted_at_their_edges),
        cmocka_unit_test(test_the_corpus_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
