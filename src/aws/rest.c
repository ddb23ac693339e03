/* rest.c - see rest.h. */
#include "src/aws/rest.h"

#include "src/aws/uri.h"
#include "src/aws/write.h"

/* ---- paths ---- */

/* Takes the segment up to the next slash off the front, with the slash. */
static mr_bytes take_segment(mr_bytes *rest)
{
    size_t len = mr_bytes_find(*rest, '/');
    mr_bytes segment = mr_bytes_make(rest->at, len);
    size_t taken = len < rest->len ? len + 1 : len;
    *rest = mr_bytes_make(rest->at + taken, rest->len - taken);
    return segment;
}

static bool is_label(mr_bytes word)
{
    return word.len > 2 && word.at[0] == '{' && word.at[word.len - 1] == '}';
}

static bool ends_in(mr_bytes text, char c)
{
    return text.len > 0 && text.at[text.len - 1] == c;
}

/* Walks pattern and path side by side. label: whose segment is wanted, without its braces; NULL:
 * none. *value: out, when it is found. */
static bool walk(const char *pattern, mr_bytes path, const char *label, mr_bytes *value)
{
    mr_bytes words = mr_bytes_of(pattern);
    if (!ends_in(words, '}') && ends_in(path, '/')) {
        path.len--;
    }
    if (ends_in(path, '/')) {
        return false;
    }
    while (words.len > 0 && path.len > 0) {
        mr_bytes word = take_segment(&words);
        mr_bytes segment = take_segment(&path);
        if (!is_label(word)) {
            if (!mr_bytes_equal(word, segment)) {
                return false;
            }
            continue;
        }
        if (segment.len == 0) {
            return false;
        }
        if (label != NULL && mr_bytes_is(mr_bytes_make(word.at + 1, word.len - 2), label)) {
            *value = segment;
        }
    }
    return words.len == 0 && path.len == 0;
}

bool mr_rest_matches(const char *pattern, mr_bytes path)
{
    return walk(pattern, path, NULL, NULL);
}

/* ---- texts outside the body ---- */

typedef struct binder {
    const mr_rest_request *request;
    mr_arena *arena;
    mr_aws_fault *fault;
} binder;

static mr_bytes decoded(const binder *b, mr_bytes raw, bool plus_is_blank)
{
    mr_strbuf text = mr_strbuf_make(raw.len);
    mr_uri_decode(&text, raw, plus_is_blank);
    mr_bytes copy = mr_bytes_make(mr_arena_copy(b->arena, mr_strbuf_bytes(&text)), text.len);
    mr_strbuf_deinit(&text);
    return copy;
}

static bool refuse(const binder *b, mr_bytes text, const char *wanted)
{
    mr_strbuf message = mr_strbuf_make(2 * MR_AWS_SHOWN_BYTES_MAX);
    mr_strbuf_append_char(&message, '\'');
    mr_aws_append_shown(&message, text);
    mr_strbuf_appendf(&message, "' can not be converted to an %s", wanted);
    b->fault->message =
        mr_bytes_make(mr_arena_copy(b->arena, mr_strbuf_bytes(&message)), message.len);
    mr_strbuf_deinit(&message);
    return false;
}

static bool take_number(const binder *b, const mr_aws_member *member, mr_bytes text,
                        mr_aws_number *place)
{
    bool is_integer = member->type == MR_AWS_INTEGER;
    int64_t value;
    if (!mr_bytes_to_int64(text, &value)) {
        return refuse(b, text, is_integer ? "Integer" : "Long");
    }
    if (is_integer) {
        value = value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value;
    }
    *place = (mr_aws_number){value, true};
    return true;
}

/* A text as the value of a member, or of a list's element. */
static bool take_text(const binder *b, const mr_aws_member *member, mr_bytes text, void *place)
{
    if (!mr_bytes_is_utf8(text)) {
        return refuse(b, MR_BYTES_LITERAL("(not UTF-8)"), "String");
    }
    switch (member->type) {
    case MR_AWS_STRING:
        *(mr_bytes *)place = text;
        return true;
    case MR_AWS_INTEGER:
    case MR_AWS_LONG:
        return take_number(b, member, text, place);
    case MR_AWS_BOOLEAN:
        *(mr_aws_flag *)place = (mr_aws_flag){mr_bytes_is(text, "true"), true};
        return mr_bytes_is(text, "true") || mr_bytes_is(text, "false") ||
               refuse(b, text, "Boolean");
    default:
        MR_ASSERT(false); /* no table has others there */
        return false;
    }
}

static const char *wire_name(const mr_aws_member *member)
{
    return member->wire != NULL ? member->wire : member->name;
}

static bool take_query(const binder *b, const mr_aws_member *member, void *place)
{
    mr_bytes query = b->request->query;
    mr_uri_parameter parameter;
    while (mr_uri_next_parameter(&query, &parameter)) {
        if (!mr_bytes_is(decoded(b, parameter.name, true), wire_name(member))) {
            continue;
        }
        mr_bytes text = decoded(b, parameter.value, true);
        if (member->type != MR_AWS_LIST) {
            if (!take_text(b, member, text, place)) {
                return false;
            }
            continue; /* of equal names the last one counts */
        }
        mr_aws_list *list = place;
        MR_ASSERT(member->element->type == MR_AWS_STRING);
        list->has = true;
        if (list->count < MR_AWS_ITEMS_MAX) {
            mr_bytes *items = mr_arena_grow(b->arena, list->items, list->count, sizeof(*items));
            list->items = items;
            if (!take_text(b, member->element, text, &items[list->count])) {
                return false;
            }
        }
        list->count++;
    }
    return true;
}

static bool take_member(const binder *b, const char *pattern, const mr_aws_member *member,
                        void *place)
{
    mr_bytes text = {NULL, 0};
    switch (member->from) {
    case MR_AWS_FROM_BODY:
        return true;
    case MR_AWS_FROM_PATH:
        (void)walk(pattern, b->request->path, wire_name(member), &text);
        MR_ASSERT(text.at != NULL);
        return take_text(b, member, decoded(b, text, false), place);
    case MR_AWS_FROM_QUERY:
        return take_query(b, member, place);
    case MR_AWS_FROM_HEADER:
        text = b->request->header(b->request->context, wire_name(member));
        return text.at == NULL || take_text(b, member, text, place);
    case MR_AWS_FROM_PAYLOAD:
        MR_ASSERT(member->type == MR_AWS_BLOB);
        *(mr_bytes *)place = b->request->body.len > 0 ? b->request->body : MR_BYTES_LITERAL("");
        return true;
    }
    MR_ASSERT(false);
    return false;
}

/* ---- a request ---- */

static bool has_member(const mr_aws_shape *shape, mr_aws_from from)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        if (shape->members[i].from == from) {
            return true;
        }
    }
    return false;
}

mr_aws_decoded mr_rest_decode(const char *pattern, const mr_aws_shape *shape,
                              const mr_rest_request *request, mr_arena *arena, void *input,
                              mr_aws_fault *fault)
{
    MR_ASSERT(mr_rest_matches(pattern, request->path));
    mr_aws_decoded body = MR_AWS_DECODED;
    memset(input, 0, shape->size);
    if (request->body.len > 0 && has_member(shape, MR_AWS_FROM_BODY)) {
        body = mr_aws_decode(MR_AWS_JSON, shape, request->body, arena, input, fault);
    }
    if (body == MR_AWS_BAD_BODY) {
        fault->message = MR_BYTES_LITERAL("Could not parse request body into json");
    }
    if (body != MR_AWS_DECODED) {
        return body;
    }
    *fault = (mr_aws_fault){.type = "SerializationException", .capital = true};
    *(bool *)input = true;
    const binder b = {request, arena, fault};
    for (size_t i = 0; i < shape->member_count; i++) {
        const mr_aws_member *member = &shape->members[i];
        if (!take_member(&b, pattern, member, (char *)input + member->offset)) {
            return MR_AWS_BAD_TYPE;
        }
    }
    return MR_AWS_DECODED;
}

void mr_rest_write_fault(const mr_aws_fault *fault, bool is_ours, mr_strbuf *out)
{
    mr_aws_writer writer = mr_aws_writer_make(MR_AWS_JSON, out);
    mr_aws_object_open(&writer);
    mr_aws_field_text(&writer, "Type", is_ours ? "Service" : "User");
    if (fault->message.at != NULL) {
        mr_aws_field_string(&writer, fault->capital ? "Message" : "message", fault->message);
    }
    mr_aws_object_close(&writer);
}
