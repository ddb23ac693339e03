/* http1_fuzz.c - bytes as the client's side of a connection: read whole and read byte by byte they
 * give the same requests and the same end. */
#include "src/http/http1.h"

#include "sim/base/alloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const mr_http_message_limits limits = {
    .header_bytes_max = 2048, .body_bytes_max = 4096, .swallow_bytes_max = 1024};

static void describe(const mr_http1 *http, const mr_http_message *m, mr_strbuf *out)
{
    mr_strbuf_append_bytes(out, mr_http_message_method(m));
    mr_strbuf_append_char(out, ' ');
    mr_strbuf_append_bytes(out, mr_http_message_path(m));
    mr_strbuf_append_char(out, '?');
    mr_strbuf_append_bytes(out, mr_http_message_query(m));
    mr_strbuf_append_bytes(out, mr_http_message_header(m, "host"));
    MR_ASSERT(mr_http_message_body(m).len <= limits.body_bytes_max);
    MR_ASSERT(!mr_http_message_body_dropped(m) || mr_http_message_body(m).len == 0);
    mr_strbuf_append_bytes(out, mr_http_message_body(m));
    mr_strbuf_append_char(out, mr_http1_keep_alive(http) ? '+' : '-');
    mr_strbuf_append_char(out, '\n');
}

static void read_all(mr_bytes bytes, size_t step, mr_strbuf *out)
{
    mr_http1 *http = mr_http1_new(&limits);
    mr_http1_event event = MR_HTTP1_MORE;
    while (bytes.len > 0 && event != MR_HTTP1_BAD) {
        size_t used;
        mr_bytes piece = mr_bytes_make(bytes.at, mr_min_size(step, bytes.len));
        event = mr_http1_feed(http, piece, &used);
        MR_ASSERT(used <= piece.len);
        bytes = mr_bytes_make(bytes.at + used, bytes.len - used);
        if (event == MR_HTTP1_REQUEST) {
            mr_http_message *message = mr_http1_take(http);
            describe(http, message, out);
            mr_http_message_free(message);
        }
    }
    if (event == MR_HTTP1_BAD) {
        MR_ASSERT(mr_http1_why(http) != NULL);
        MR_ASSERT(mr_http1_status(http) >= 400);
        mr_strbuf_append_text(out, "bad"); /* a header one too many and broken has two reasons */
    }
    mr_http_message *begun = mr_http1_give_up(http);
    MR_ASSERT(begun == NULL || mr_http_message_body(begun).len == 0);
    mr_http_message_free(begun);
    mr_http1_free(http);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_bytes bytes = mr_bytes_make(data, size);
    mr_strbuf whole = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf bytewise = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    read_all(bytes, SIZE_MAX, &whole);
    read_all(bytes, 1, &bytewise);
    MR_ASSERT(mr_bytes_equal(mr_strbuf_bytes(&whole), mr_strbuf_bytes(&bytewise)));
    mr_strbuf_deinit(&whole);
    mr_strbuf_deinit(&bytewise);
    return 0;
}
