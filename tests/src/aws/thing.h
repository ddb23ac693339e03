/*
 * thing.h - an input with a member of every type, for the tests of the codec, and how to look at
 * it.
 */
#ifndef MR_TESTS_SRC_AWS_THING_H
#define MR_TESTS_SRC_AWS_THING_H

#include "sim/base/alloc.h"
#include "src/aws/decode.h"

typedef struct inner {
    bool has;
    mr_bytes name;
    mr_aws_number count;
} inner;

typedef struct thing {
    bool has;
    mr_bytes string, blob;
    mr_aws_number integer, big, time;
    mr_aws_flag flag;
    mr_aws_list strings, inners;
    mr_aws_map map;
    inner nested;
} thing;

static const mr_aws_member inner_rows[] = {
    {"Name", MR_AWS_STRING, offsetof(inner, name), .presence = MR_AWS_OPTIONAL},
    {"Count", MR_AWS_INTEGER, offsetof(inner, count), .presence = MR_AWS_OPTIONAL},
};
static const mr_aws_shape inner_shape = MR_AWS_SHAPE(inner, inner_rows);
static const mr_aws_member text_item = {"member", MR_AWS_STRING, .shape = NULL};
static const mr_aws_member inner_item = {"member", MR_AWS_STRUCTURE, .shape = &inner_shape};

static const mr_aws_member thing_rows[] = {
    {"String", MR_AWS_STRING, offsetof(thing, string), .presence = MR_AWS_OPTIONAL},
    {"Blob", MR_AWS_BLOB, offsetof(thing, blob), .presence = MR_AWS_OPTIONAL},
    {"Integer", MR_AWS_INTEGER, offsetof(thing, integer), .presence = MR_AWS_OPTIONAL},
    {"Long", MR_AWS_LONG, offsetof(thing, big), .presence = MR_AWS_OPTIONAL},
    {"Time", MR_AWS_TIMESTAMP, offsetof(thing, time), .presence = MR_AWS_OPTIONAL},
    {"Flag", MR_AWS_BOOLEAN, offsetof(thing, flag), .presence = MR_AWS_OPTIONAL},
    {"Strings", MR_AWS_LIST, offsetof(thing, strings), .element = &text_item},
    {"Inners", MR_AWS_LIST, offsetof(thing, inners), .element = &inner_item},
    {"Map", MR_AWS_MAP, offsetof(thing, map), .key = &text_item, .element = &text_item},
    {"Nested", MR_AWS_STRUCTURE, offsetof(thing, nested), .shape = &inner_shape},
};
static const mr_aws_shape thing_shape = MR_AWS_SHAPE(thing, thing_rows);

static void thing_show_value(mr_strbuf *out, const mr_aws_member *member, const void *value);

static void thing_show_members(mr_strbuf *out, const mr_aws_shape *shape, const void *input)
{
    const char *before = "";
    for (size_t i = 0; i < shape->member_count; i++) {
        const mr_aws_member *member = &shape->members[i];
        const void *value = (const char *)input + member->offset;
        if (mr_aws_is_present(member->type, value)) {
            mr_strbuf_appendf(out, "%s%s=", before, member->name);
            thing_show_value(out, member, value);
            before = " ";
        }
    }
}

/* Strings as they are, blobs in <>, lists in [], maps in {}, structures in (); ~ is a null. */
static void thing_show_value(mr_strbuf *out, const mr_aws_member *member, const void *value)
{
    if (!mr_aws_is_present(member->type, value)) {
        mr_strbuf_append_char(out, '~');
        return;
    }
    switch (member->type) {
    case MR_AWS_STRING:
        mr_strbuf_append_bytes(out, *(const mr_bytes *)value);
        break;
    case MR_AWS_BLOB:
        mr_strbuf_append_char(out, '<');
        mr_strbuf_append_bytes(out, *(const mr_bytes *)value);
        mr_strbuf_append_char(out, '>');
        break;
    case MR_AWS_INTEGER:
    case MR_AWS_LONG:
    case MR_AWS_TIMESTAMP:
        mr_strbuf_append_int64(out, ((const mr_aws_number *)value)->value);
        break;
    case MR_AWS_BOOLEAN:
        mr_strbuf_append_text(out, ((const mr_aws_flag *)value)->value ? "true" : "false");
        break;
    case MR_AWS_LIST: {
        const mr_aws_list *list = value;
        size_t size = mr_aws_member_size(member->element);
        mr_strbuf_append_char(out, '[');
        for (size_t i = 0; i < mr_min_size(list->count, MR_AWS_ITEMS_MAX); i++) {
            mr_strbuf_append_text(out, i > 0 ? "," : "");
            thing_show_value(out, member->element, (const char *)list->items + i * size);
        }
        mr_strbuf_append_char(out, ']');
        break;
    }
    case MR_AWS_MAP: {
        const mr_aws_map *map = value;
        mr_strbuf_append_char(out, '{');
        for (size_t i = 0; i < mr_min_size(map->count, MR_AWS_ITEMS_MAX); i++) {
            mr_strbuf_append_text(out, i > 0 ? "," : "");
            mr_strbuf_append_bytes(out, map->entries[i].key);
            mr_strbuf_append_char(out, ':');
            thing_show_value(out, member->element, &map->entries[i].value);
        }
        mr_strbuf_append_char(out, '}');
        break;
    }
    case MR_AWS_STRUCTURE:
        mr_strbuf_append_char(out, '(');
        thing_show_members(out, member->shape, value);
        mr_strbuf_append_char(out, ')');
        break;
    case MR_AWS_TYPE_COUNT:
        break;
    }
}

/* What became of a body: the members that are there, "no body", or "type: " and the message. */
static void thing_show(mr_aws_format format, mr_bytes body, mr_strbuf *out)
{
    mr_arena *arena = mr_arena_new();
    thing in;
    mr_aws_fault fault;
    switch (mr_aws_decode(format, &thing_shape, body, arena, &in, &fault)) {
    case MR_AWS_DECODED:
        thing_show_members(out, &thing_shape, &in);
        break;
    case MR_AWS_BAD_BODY:
        mr_strbuf_append_text(out, fault.message.at == NULL ? "no body" : "a message?");
        break;
    case MR_AWS_BAD_TYPE:
        mr_strbuf_append_text(out, "type: ");
        mr_strbuf_append_bytes(out, fault.message);
        break;
    }
    mr_arena_free(arena);
}

#endif
