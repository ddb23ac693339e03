/* http1.c - see http1.h. */
#include "src/http/http1.h"

#include "sim/base/alloc.h"

#include <http_parser.h>

/* A header's place in the message's text; the text moves while it grows, so places are kept. */
typedef struct field {
    size_t name_at, name_len;
    size_t value_at, value_len;
} field;

struct mr_http1_message {
    mr_strbuf text; /* the target, then names and values, one after the other */
    size_t target_len;
    field fields[MR_HTTP1_HEADERS_MAX];
    size_t field_count;
    mr_strbuf body;
    uint64_t body_bytes; /* that came, dropped ones included */
    bool body_dropped;
    bool keep_alive;
    const char *method; /* static, http-parser's */
    int minor;
};

struct mr_http1 {
    http_parser parser;
    mr_http1_limits limits;
    mr_http1_message *message; /* under way, or whole and not taken yet */
    size_t header_bytes;       /* of the message under way */
    bool in_value;             /* the last header byte belonged to a value */
    bool in_body;
    bool whole;
    bool expects; /* Expect: 100-continue, not yet answered */
    int status;   /* above 0: bad */
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
    http->message = mr_calloc(1, sizeof(*http->message));
    http->message->text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    http->message->body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    http->header_bytes = 0;
    http->in_value = false;
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
    mr_strbuf_append(&http->message->text, at, len);
    http->message->target_len = http->message->text.len;
    return 0;
}

static int on_header_field(http_parser *parser, const char *at, size_t len)
{
    mr_http1 *http = parser->data;
    mr_http1_message *m = http->message;
    if (!count_header_bytes(http, len)) {
        return refuse(http, 431, "the headers are too long");
    }
    if (http->in_body) {
        return 0; /* a trailer: it cannot add a header afterwards */
    }
    if (m->field_count == 0 || http->in_value) {
        if (m->field_count == MR_HTTP1_HEADERS_MAX) {
            return refuse(http, 431, "there are too many headers");
        }
        /* ": " and the line end are read by the parser alone, but they are bytes too. */
        (void)count_header_bytes(http, 4);
        m->fields[m->field_count++] = (field){.name_at = m->text.len};
        http->in_value = false;
    }
    mr_strbuf_append(&m->text, at, len);
    m->fields[m->field_count - 1].name_len += len;
    return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t len)
{
    mr_http1 *http = parser->data;
    mr_http1_message *m = http->message;
    if (!count_header_bytes(http, len)) {
        return refuse(http, 431, "the headers are too long");
    }
    if (http->in_body) {
        return 0;
    }
    field *f = &m->fields[m->field_count - 1];
    if (!http->in_value) {
        f->value_at = m->text.len;
        http->in_value = true;
    }
    mr_strbuf_append(&m->text, at, len);
    f->value_len += len;
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    mr_http1 *http = parser->data;
    mr_http1_message *m = http->message;
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
    http->expects =
        mr_bytes_equal_nocase(mr_http1_header(m, "Expect"), MR_BYTES_LITERAL("100-continue"));
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t len)
{
    mr_http1 *http = parser->data;
    mr_http1_message *m = http->message;
    http->expects = false; /* it did not wait */
    m->body_bytes += len;
    if (m->body_bytes > http->limits.body_bytes_max) {
        if (m->body_bytes > http->limits.body_bytes_max + http->limits.swallow_bytes_max) {
            return refuse(http, 413, "the body is too large");
        }
        m->body_dropped = true;
        mr_strbuf_deinit(&m->body);
        return 0;
    }
    if (m->body.at == NULL && parser->content_length != UINT64_MAX) {
        /* Its whole size at once, but no more than what a few reads bring: a client that only
         * promises much shall not cost much. */
        (void)mr_strbuf_reserve(&m->body,
                                len + mr_min_size((size_t)parser->content_length, MR_MIB));
    }
    mr_strbuf_append(&m->body, at, len);
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    mr_http1 *http = parser->data;
    mr_http1_message *m = http->message;
    m->keep_alive = http_should_keep_alive(parser) != 0;
    m->method = http_method_str((enum http_method)parser->method);
    m->minor = parser->http_minor;
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

mr_http1 *mr_http1_new(const mr_http1_limits *limits)
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
    mr_http1_message_free(http->message);
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

mr_http1_message *mr_http1_take(mr_http1 *http)
{
    MR_ASSERT(http->whole);
    mr_http1_message *message = http->message;
    http->message = NULL;
    http->whole = false;
    return message;
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

/* ---- a request ---- */

void mr_http1_message_free(mr_http1_message *message)
{
    if (message == NULL) {
        return;
    }
    mr_strbuf_deinit(&message->text);
    mr_strbuf_deinit(&message->body);
    mr_free(message);
}

mr_bytes mr_http1_method(const mr_http1_message *message)
{
    return mr_bytes_of(message->method);
}

static mr_bytes target(const mr_http1_message *message)
{
    return mr_bytes_make(mr_strbuf_text(&message->text), message->target_len);
}

mr_bytes mr_http1_path(const mr_http1_message *message)
{
    mr_bytes all = target(message);
    return mr_bytes_make(all.at, mr_bytes_find(all, '?'));
}

mr_bytes mr_http1_query(const mr_http1_message *message)
{
    mr_bytes all = target(message);
    size_t mark = mr_bytes_find(all, '?');
    return mark == all.len ? mr_bytes_make(NULL, 0)
                           : mr_bytes_make(all.at + mark + 1, all.len - mark - 1);
}

mr_bytes mr_http1_header(const mr_http1_message *message, const char *name)
{
    mr_bytes wanted = mr_bytes_of(name);
    for (size_t i = 0; i < message->field_count; i++) {
        const field *f = &message->fields[i];
        const char *text = message->text.at;
        if (mr_bytes_equal_nocase(mr_bytes_make(text + f->name_at, f->name_len), wanted)) {
            return mr_bytes_trim(mr_bytes_make(text + f->value_at, f->value_len));
        }
    }
    return mr_bytes_make(NULL, 0);
}

mr_bytes mr_http1_body(const mr_http1_message *message)
{
    return mr_strbuf_bytes(&message->body);
}

bool mr_http1_body_dropped(const mr_http1_message *message)
{
    return message->body_dropped;
}

bool mr_http1_keep_alive(const mr_http1_message *message)
{
    return message->keep_alive;
}

int mr_http1_minor(const mr_http1_message *message)
{
    return message->minor;
}
