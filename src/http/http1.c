/* http1.c - see http1.h. */
#include "src/http/http1.h"

#include "sim/base/alloc.h"

#include <http_parser.h>

struct mr_http1 {
    http_parser parser;
    mr_http_message_limits limits;
    mr_http_message *message; /* under way, or whole and not taken yet */
    size_t header_bytes;      /* of the message under way */
    bool in_name;             /* the last header byte belonged to a name */
    bool in_body;
    bool whole;
    bool expects;    /* Expect: 100-continue, not yet answered */
    bool keep_alive; /* of the request that was whole last, and its version */
    int minor;
    int status; /* above 0: bad */
    const char *why;
};

/* Every callback that finds a breach says so through this: http-parser then stops. (1 would not
 * do: from on_headers_complete it means that there is no body.) */
static int refuse(mr_http1 *http, int status, const char *why)
{
    if (http->status == 0) {
        http->status = status;
        http->why = why;
    }
    return -1;
}

/* ---- http-parser's callbacks ---- */

static int on_message_begin(http_parser *parser)
{
    mr_http1 *http = parser->data;
    MR_ASSERT(http->message == NULL);
    http->message = mr_http_message_new();
    http->header_bytes = 0;
    http->in_name = false;
    http->in_body = false;
    http->expects = false;
    return 0;
}

static bool count_header_bytes(mr_http1 *http, size_t len)
{
    http->header_bytes += len;
    return http->header_bytes <= http->limits.header_bytes_max;
}

static int on_url(http_parser *parser, const char *at, size_t len)
{
    mr_http1 *http = parser->data;
    if (!count_header_bytes(http, len)) {
        return refuse(http, 431, "the request line is too long");
    }
    /* Known from here on, also when the request never becomes whole. */
    const char *method = http_method_str((enum http_method)parser->method);
    bool fits = mr_http_message_set_method(http->message, mr_bytes_of(method));
    MR_ASSERT(fits); /* http-parser knows none that is longer */
    mr_http_message_append_target(http->message, mr_bytes_make(at, len));
    return 0;
}

static int on_header_field(http_parser *parser, const char *at, size_t len)
{
    mr_http1 *http = parser->data;
    if (!count_header_bytes(http, len)) {
        return refuse(http, 431, "the headers are too long");
    }
    /* RFC 9112, 5.1. http-parser takes "Content-Length : 5" for a length, a proxy may not. */
    if (mr_bytes_find(mr_bytes_make(at, len), ' ') < len) {
        return refuse(http, 400, "a header's name has a blank");
    }
    if (http->in_body) {
        return 0; /* a trailer: it cannot add a header afterwards */
    }
    if (!http->in_name) {
        if (!mr_http_message_add_header(http->message)) {
            return refuse(http, 431, "there are too many headers");
        }
        /* ": " and the line end are read by the parser alone, but they are bytes too. */
        (void)count_header_bytes(http, 4);
        http->in_name = true;
    }
    mr_http_message_append_name(http->message, mr_bytes_make(at, len));
    return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t len)
{
    mr_http1 *http = parser->data;
    if (!count_header_bytes(http, len)) {
        return refuse(http, 431, "the headers are too long");
    }
    if (http->in_body) {
        return 0;
    }
    http->in_name = false;
    mr_http_message_append_value(http->message, mr_bytes_make(at, len));
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    mr_http1 *http = parser->data;
    if (parser->http_major != 1) {
        return refuse(http, 400, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    if (parser->method == HTTP_CONNECT) {
        return refuse(http, 400, "this is no proxy: CONNECT is not answered");
    }
    /* A length known beforehand is refused beforehand, unless the body is to be passed over. */
    if (parser->content_length != UINT64_MAX &&
        parser->content_length > http->limits.body_bytes_max + http->limits.swallow_bytes_max) {
        return refuse(http, 413, "the body is too large");
    }
    parser->upgrade = 0; /* offers of other protocols are not taken up */
    http->in_body = true;
    http->expects = mr_bytes_equal_nocase(mr_http_message_header(http->message, "expect"),
                                          MR_BYTES_LITERAL("100-continue"));
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t len)
{
    mr_http1 *http = parser->data;
    http->expects = false; /* it did not wait */
    uint64_t promised = parser->content_length == UINT64_MAX ? 0 : parser->content_length;
    if (!mr_http_message_append_body(http->message, &http->limits, mr_bytes_make(at, len),
                                     promised)) {
        return refuse(http, 413, "the body is too large");
    }
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    mr_http1 *http = parser->data;
    http->keep_alive = http_should_keep_alive(parser) != 0;
    http->minor = parser->http_minor;
    http->whole = true;
    http->in_body = false;
    http->expects = false;
    http_parser_pause(parser, 1); /* one at a time: mr_http1_feed() goes on after it is taken */
    return 0;
}

static const http_parser_settings settings = {
    .on_message_begin = on_message_begin,
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- reading ---- */

mr_http1 *mr_http1_new(const mr_http_message_limits *limits)
{
    mr_http1 *http = mr_calloc(1, sizeof(*http));
    http->limits = *limits;
    http_parser_init(&http->parser, HTTP_REQUEST);
    http->parser.data = http;
    return http;
}

void mr_http1_free(mr_http1 *http)
{
    if (http == NULL) {
        return;
    }
    mr_http_message_free(http->message);
    mr_free(http);
}

mr_http1_event mr_http1_feed(mr_http1 *http, mr_bytes bytes, size_t *used)
{
    MR_ASSERT(!http->whole);
    MR_ASSERT(http->status == 0);

    *used = 0;
    if (bytes.len == 0) { /* no bytes would mean the end of the stream to http-parser */
        return MR_HTTP1_MORE;
    }
    *used = http_parser_execute(&http->parser, &settings, bytes.at, bytes.len);
    if (http->whole) {
        http_parser_pause(&http->parser, 0);
        return MR_HTTP1_REQUEST;
    }
    enum http_errno problem = HTTP_PARSER_ERRNO(&http->parser);
    if (problem != HPE_OK) {
        if (problem == HPE_HEADER_OVERFLOW) {
            (void)refuse(http, 431, "the headers are too long");
        }
        (void)refuse(http, 400, http_errno_description(problem));
        return MR_HTTP1_BAD;
    }
    MR_ASSERT(*used == bytes.len);
    if (http->expects) {
        http->expects = false;
        return MR_HTTP1_CONTINUE;
    }
    return MR_HTTP1_MORE;
}

mr_http_message *mr_http1_take(mr_http1 *http)
{
    MR_ASSERT(http->whole);
    mr_http_message *message = http->message;
    http->message = NULL;
    http->whole = false;
    return message;
}

mr_http_message *mr_http1_give_up(mr_http1 *http)
{
    MR_ASSERT(!http->whole);
    mr_http_message *message = http->message;
    http->message = NULL;
    if (message != NULL) {
        mr_strbuf body = mr_http_message_take_body(message);
        mr_strbuf_deinit(&body);
    }
    return message;
}

bool mr_http1_keep_alive(const mr_http1 *http)
{
    return http->keep_alive;
}

int mr_http1_minor(const mr_http1 *http)
{
    return http->minor;
}

int mr_http1_status(const mr_http1 *http)
{
    return http->status;
}

const char *mr_http1_why(const mr_http1 *http)
{
    return http->why;
}

bool mr_http1_in_message(const mr_http1 *http)
{
    return http->message != NULL && !http->whole;
}

bool mr_http1_in_body(const mr_http1 *http)
{
    return http->in_body;
}
