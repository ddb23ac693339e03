/* message.c - see message.h. */
#include "src/http/message.h"

#include "sim/base/alloc.h"

/* A header's place in the message's text; the text moves while it grows, so places are kept. */
typedef struct field {
    size_t name_at, name_len;
    size_t value_at, value_len;
} field;

struct mr_http_message {
    char method[MR_HTTP_METHOD_MAX + 1];
    mr_strbuf text; /* the target, then names and values, one after the other */
    size_t target_len;
    field fields[MR_HTTP_HEADERS_MAX];
    size_t field_count;
    mr_strbuf body;
    uint64_t body_bytes; /* that came, dropped ones included */
    bool body_dropped;
};

mr_http_message *mr_http_message_new(void)
{
    mr_http_message *m = mr_calloc(1, sizeof(*m));
    m->text = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* the readers count */
    m->body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    return m;
}

void mr_http_message_free(mr_http_message *m)
{
    if (m == NULL) {
        return;
    }
    mr_strbuf_deinit(&m->text);
    mr_strbuf_deinit(&m->body);
    mr_free(m);
}

/* ---- filling ---- */

bool mr_http_message_set_method(mr_http_message *m, mr_bytes method)
{
    if (method.len > MR_HTTP_METHOD_MAX) {
        return false;
    }
    memcpy(m->method, method.at, method.len);
    m->method[method.len] = '\0';
    return true;
}

void mr_http_message_append_target(mr_http_message *m, mr_bytes piece)
{
    MR_ASSERT(m->field_count == 0);
    mr_strbuf_append_bytes(&m->text, piece);
    m->target_len = m->text.len;
}

bool mr_http_message_add_header(mr_http_message *m)
{
    if (m->field_count == MR_HTTP_HEADERS_MAX) {
        return false;
    }
    m->fields[m->field_count++] = (field){.name_at = m->text.len, .value_at = m->text.len};
    return true;
}

static field *last_field(mr_http_message *m)
{
    MR_ASSERT(m->field_count > 0);
    return &m->fields[m->field_count - 1];
}

void mr_http_lower(char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] >= 'A' && at[i] <= 'Z') {
            at[i] = (char)(at[i] - 'A' + 'a');
        }
    }
}

void mr_http_message_append_name(mr_http_message *m, mr_bytes piece)
{
    field *f = last_field(m);
    MR_ASSERT(f->value_len == 0);
    mr_strbuf_append_bytes(&m->text, piece);
    mr_http_lower(m->text.at + m->text.len - piece.len, piece.len);
    f->name_len += piece.len;
    f->value_at = m->text.len;
}

void mr_http_message_append_value(mr_http_message *m, mr_bytes piece)
{
    field *f = last_field(m);
    mr_strbuf_append_bytes(&m->text, piece);
    f->value_len += piece.len;
}

bool mr_http_message_append_body(mr_http_message *m, const mr_http_message_limits *limits,
                                 mr_bytes piece, uint64_t promised)
{
    m->body_bytes += piece.len;
    if (m->body_bytes > limits->body_bytes_max) {
        mr_strbuf_deinit(&m->body);
        m->body_dropped = true;
        return m->body_bytes <= limits->body_bytes_max + limits->swallow_bytes_max;
    }
    if (m->body.capacity - m->body.len <= piece.len && promised > 0) {
        /* Its whole size at once; but of one that is longer than what a few reads bring, the rest
         * when so much has come. */
        uint64_t most = m->body.at == NULL ? MR_MIB : limits->body_bytes_max - m->body_bytes;
        (void)mr_strbuf_reserve(&m->body, piece.len + (size_t)(promised < most ? promised : most));
    }
    mr_strbuf_append_bytes(&m->body, piece);
    return true;
}

mr_strbuf mr_http_message_take_body(mr_http_message *m)
{
    return mr_strbuf_move(&m->body);
}

/* ---- views ---- */

mr_bytes mr_http_message_method(const mr_http_message *m)
{
    return mr_bytes_of(m->method);
}

static mr_bytes target(const mr_http_message *m)
{
    return mr_bytes_make(mr_strbuf_text(&m->text), m->target_len);
}

mr_bytes mr_http_message_path(const mr_http_message *m)
{
    mr_bytes all = target(m);
    return mr_bytes_make(all.at, mr_bytes_find(all, '?'));
}

mr_bytes mr_http_message_query(const mr_http_message *m)
{
    mr_bytes all = target(m);
    size_t mark = mr_bytes_find(all, '?');
    return mark == all.len ? mr_bytes_make(NULL, 0)
                           : mr_bytes_make(all.at + mark + 1, all.len - mark - 1);
}

static mr_bytes field_name(const mr_http_message *m, const field *f)
{
    return mr_bytes_make(mr_strbuf_text(&m->text) + f->name_at, f->name_len);
}

static mr_bytes field_value(const mr_http_message *m, const field *f)
{
    return mr_bytes_trim(mr_bytes_make(mr_strbuf_text(&m->text) + f->value_at, f->value_len));
}

mr_bytes mr_http_message_header(const mr_http_message *m, const char *name)
{
    mr_bytes wanted = mr_bytes_of(name);
    for (size_t i = 0; i < m->field_count; i++) {
        if (mr_bytes_equal_nocase(field_name(m, &m->fields[i]), wanted)) {
            return field_value(m, &m->fields[i]);
        }
    }
    return mr_bytes_make(NULL, 0);
}

bool mr_http_message_header_at(const mr_http_message *m, size_t place, mr_bytes *name,
                               mr_bytes *value)
{
    if (place >= m->field_count) {
        return false;
    }
    *name = field_name(m, &m->fields[place]);
    *value = field_value(m, &m->fields[place]);
    return true;
}

mr_bytes mr_http_message_body(const mr_http_message *m)
{
    return mr_strbuf_bytes(&m->body);
}

uint64_t mr_http_message_body_bytes(const mr_http_message *m)
{
    return m->body_bytes;
}

bool mr_http_message_body_dropped(const mr_http_message *m)
{
    return m->body_dropped;
}
