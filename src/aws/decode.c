/* decode.c - see decode.h and decode_private.h. */
#include "src/aws/decode_private.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"

#include <stdlib.h>

/* ---- wrong types ---- */

typedef enum given {
    GIVEN_BOOLEAN,
    GIVEN_NUMBER,
    GIVEN_STRING,
    GIVEN_BYTES, /* CBOR alone */
    GIVEN_LIST,
    GIVEN_OBJECT
} given;

/* What AWS says of a scalar: the class that it read and what that should have been. */
static const char *const classes[] = {
    [GIVEN_BOOLEAN] = "class java.lang.Boolean",
    [GIVEN_NUMBER] = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber",
    [GIVEN_STRING] = "class java.lang.String",
    [GIVEN_BYTES] = "class java.nio.HeapByteBuffer",
};

static const char *const wanted[MR_AWS_TYPE_COUNT] = {
    [MR_AWS_STRING] = "an String",  [MR_AWS_INTEGER] = "an Integer",
    [MR_AWS_LONG] = "an Long",      [MR_AWS_BOOLEAN] = "an Boolean",
    [MR_AWS_BLOB] = "a Blob",       [MR_AWS_TIMESTAMP] = "milliseconds since epoch",
    [MR_AWS_LIST] = "list or null", [MR_AWS_MAP] = "map or null",
    [MR_AWS_STRUCTURE] = "null",
};

static void refuse_with(mr_aws_reader *reader, const mr_strbuf *text)
{
    reader->refused = true;
    reader->message = mr_bytes_make(mr_arena_copy(reader->arena, mr_strbuf_bytes(text)), text->len);
}

static void refuse(mr_aws_reader *reader, mr_aws_target target, given what)
{
    mr_aws_type type = target.member->type;
    mr_strbuf text = mr_strbuf_make(256);
    if (what == GIVEN_LIST) {
        mr_strbuf_append_text(&text, "Start of list found where not expected");
    } else if (what == GIVEN_OBJECT) { /* this one ends in a full stop */
        mr_strbuf_append_text(&text, "Start of structure or map found where not expected.");
    } else if (type == MR_AWS_LIST || type == MR_AWS_MAP || type == MR_AWS_STRUCTURE) {
        mr_strbuf_appendf(&text, "Expected %s", wanted[type]);
    } else {
        mr_strbuf_appendf(&text, "%s can not be converted to %s", classes[what], wanted[type]);
    }
    refuse_with(reader, &text);
    mr_strbuf_deinit(&text);
}

/* A Boolean is told what it was given, in capitals. */
static void refuse_boolean_text(mr_aws_reader *reader, mr_bytes value)
{
    mr_strbuf text = mr_strbuf_make(2 * MR_AWS_SHOWN_BYTES_MAX);
    mr_strbuf_append_char(&text, '\'');
    mr_aws_append_shown(&text, value);
    for (size_t i = 1; i < text.len; i++) {
        char c = text.at[i];
        text.at[i] = (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
    }
    mr_strbuf_append_text(&text, "' can not be converted to an Boolean");
    refuse_with(reader, &text);
    mr_strbuf_deinit(&text);
}

/* ---- blobs in JSON ---- */

/* How long Java says that a text is: in units of UTF-16. */
static size_t java_length(mr_bytes text)
{
    size_t length = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.at[i];
        length += (byte & 0xc0) == 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
    }
    return length;
}

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* The place of the first character that may not stand there, or text.len. */
static size_t foreign_place(mr_bytes text)
{
    size_t i = 0;
    while (i < text.len && is_base64(text.at[i])) {
        i++;
    }
    size_t padding = text.len - i;
    bool is_end = padding == 1 || (padding == 2 && text.at[i + 1] == '=');
    return padding == 0 || (is_end && text.at[i] == '=') ? text.len : i;
}

static void refuse_base64(mr_aws_reader *reader, mr_bytes value)
{
    mr_strbuf text = mr_strbuf_make(2 * MR_AWS_SHOWN_BYTES_MAX);
    mr_strbuf_append_char(&text, '\'');
    mr_aws_append_shown(&text, value);
    mr_strbuf_append_text(&text, "' can not be converted to a Blob: ");
    size_t length = java_length(value);
    size_t foreign = foreign_place(value);
    if (length % 4 != 0) {
        mr_strbuf_appendf(&text,
                          "Base64 encoded length is expected a multiple of 4 bytes but found: %zu",
                          length);
    } else if (foreign < value.len) {
        bool well_formed;
        mr_bytes rest = mr_bytes_make(value.at + foreign, value.len - foreign);
        mr_strbuf_append_text(&text, "Invalid Base64 character: '");
        mr_strbuf_append(&text, rest.at, mr_bytes_utf8_piece(rest, &well_formed));
        mr_strbuf_append_char(&text, '\'');
    } else {
        mr_strbuf_append_text(&text, "Invalid last non-pad Base64 character dectected");
    }
    refuse_with(reader, &text);
    mr_strbuf_deinit(&text);
}

static void take_base64(mr_aws_reader *reader, mr_aws_target target, mr_bytes value)
{
    size_t room = mr_base64_decoded_size_max(value.len);
    char *bytes = mr_arena_alloc(reader->arena, room); /* never NULL: an empty blob is one */
    size_t written;
    if (mr_base64_decode_to(bytes, value, &written)) {
        *(mr_bytes *)target.place = mr_bytes_make(bytes, written);
    } else {
        refuse_base64(reader, value);
    }
}

/* ---- scalars ---- */

void mr_aws_take_number(mr_aws_reader *reader, mr_aws_target target, int64_t value)
{
    if (target.member == NULL) {
        return;
    }
    switch (target.member->type) {
    case MR_AWS_INTEGER:
        value = value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value;
        *(mr_aws_number *)target.place = (mr_aws_number){value, true};
        break;
    case MR_AWS_LONG:
    case MR_AWS_TIMESTAMP:
        *(mr_aws_number *)target.place = (mr_aws_number){value, true};
        break;
    default:
        refuse(reader, target, GIVEN_NUMBER);
        break;
    }
}

void mr_aws_take_boolean(mr_aws_reader *reader, mr_aws_target target, bool value)
{
    if (target.member == NULL) {
        return;
    }
    if (target.member->type == MR_AWS_BOOLEAN) {
        *(mr_aws_flag *)target.place = (mr_aws_flag){value, true};
    } else {
        refuse(reader, target, GIVEN_BOOLEAN);
    }
}

void mr_aws_take_string(mr_aws_reader *reader, mr_aws_target target, mr_bytes value, bool json)
{
    if (target.member == NULL) {
        return;
    }
    MR_ASSERT(value.at != NULL);
    mr_aws_type type = target.member->type;
    if (type == MR_AWS_STRING) {
        *(mr_bytes *)target.place = value;
    } else if (type == MR_AWS_BLOB && json) {
        take_base64(reader, target, value);
    } else if (type == MR_AWS_BOOLEAN) {
        refuse_boolean_text(reader, value);
    } else {
        refuse(reader, target, GIVEN_STRING);
    }
}

void mr_aws_take_blob(mr_aws_reader *reader, mr_aws_target target, mr_bytes value)
{
    if (target.member == NULL) {
        return;
    }
    MR_ASSERT(value.at != NULL);
    if (target.member->type == MR_AWS_BLOB) {
        *(mr_bytes *)target.place = value;
    } else {
        refuse(reader, target, GIVEN_BYTES);
    }
}

/* ---- items of lists and maps ---- */

/* Whether the next item of a list or map with so many is kept. The sum is bounded too: lists that
 * are given again and again are each forgotten, but not by the arena. */
static bool is_kept(mr_aws_reader *reader, size_t count)
{
    if (count >= MR_AWS_ITEMS_MAX) {
        return false;
    }
    reader->overfull = reader->overfull || reader->kept == MR_AWS_KEPT_MAX;
    reader->kept += reader->overfull ? 0 : 1;
    return !reader->overfull;
}

/* ---- objects ---- */

mr_aws_object mr_aws_object_begin(mr_aws_reader *reader, mr_aws_target target)
{
    mr_aws_object object = {0};
    if (target.member == NULL) {
        return object;
    }
    switch (target.member->type) {
    case MR_AWS_STRUCTURE:
        object.shape = target.member->shape;
        object.structure = target.place;
        *(bool *)target.place = true;
        break;
    case MR_AWS_MAP:
        MR_ASSERT(target.member->element->type == MR_AWS_STRING);
        object.map_value = target.member->element;
        object.map = target.place;
        object.map->has = true;
        break;
    default:
        refuse(reader, target, GIVEN_OBJECT);
        break;
    }
    return object;
}

/* Clients send the members of a structure in one order: the one after the last is a good guess. */
static const mr_aws_member *find_member(mr_aws_object *object, mr_bytes name)
{
    const mr_aws_shape *shape = object->shape;
    for (size_t i = 0; i < shape->member_count; i++) {
        size_t at = object->next + i;
        at -= at >= shape->member_count ? shape->member_count : 0;
        if (shape->members[at].from == MR_AWS_FROM_BODY &&
            mr_bytes_is(name, shape->members[at].name)) {
            object->next = at + 1 == shape->member_count ? 0 : at + 1;
            return &shape->members[at];
        }
    }
    return NULL;
}

mr_aws_target mr_aws_object_member(mr_aws_reader *reader, mr_aws_object *object, mr_bytes key)
{
    mr_aws_target target = {0};
    if (reader->refused) {
        return target;
    }
    if (object->shape != NULL) {
        target.member = find_member(object, key);
        if (target.member != NULL) {
            target.place = (char *)object->structure + target.member->offset;
            memset(target.place, 0, mr_aws_member_size(target.member)); /* the last one counts */
        }
    } else if (object->map != NULL) {
        mr_aws_map *map = object->map;
        if (is_kept(reader, map->count)) {
            mr_aws_entry entry = {.key = key};
            MR_ARENA_PUSH(reader->arena, map->entries, map->count, entry);
            target.member = object->map_value;
            target.place = &map->entries[map->count - 1].value;
        } else {
            map->count++;
        }
    }
    return target;
}

static int by_key_then_place(const void *left, const void *right)
{
    const mr_aws_entry *a = *(const mr_aws_entry *const *)left;
    const mr_aws_entry *b = *(const mr_aws_entry *const *)right;
    int order = mr_bytes_compare(a->key, b->key);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Of equal keys the last one counts. */
static void drop_repeated_keys(mr_aws_map *map)
{
    size_t kept = mr_min_size(map->count, MR_AWS_ITEMS_MAX);
    mr_aws_entry **sorted = mr_reallocarray(NULL, kept, sizeof(mr_aws_entry *));
    for (size_t i = 0; i < kept; i++) {
        sorted[i] = &map->entries[i];
    }
    qsort(sorted, kept, sizeof(mr_aws_entry *), by_key_then_place);
    size_t dropped = 0;
    for (size_t i = 0; i + 1 < kept; i++) {
        if (mr_bytes_equal(sorted[i]->key, sorted[i + 1]->key)) {
            sorted[i]->key.at = NULL;
            dropped++;
        }
    }
    mr_free(sorted);
    if (dropped == 0) {
        return;
    }
    size_t to = 0;
    for (size_t from = 0; from < kept; from++) {
        if (map->entries[from].key.at != NULL) {
            map->entries[to++] = map->entries[from];
        }
    }
    map->count -= dropped;
}

void mr_aws_object_end(mr_aws_reader *reader, mr_aws_object *object)
{
    if (object->map != NULL && object->map->count > 1 && !reader->refused) {
        drop_repeated_keys(object->map);
    }
}

/* ---- lists ---- */

mr_aws_items mr_aws_list_begin(mr_aws_reader *reader, mr_aws_target target)
{
    mr_aws_items items = {0};
    if (target.member == NULL) {
        return items;
    }
    if (target.member->type == MR_AWS_LIST) {
        items.element = target.member->element;
        items.list = target.place;
        items.list->has = true;
    } else {
        refuse(reader, target, GIVEN_LIST);
    }
    return items;
}

mr_aws_target mr_aws_list_item(mr_aws_reader *reader, mr_aws_items *items)
{
    mr_aws_list *list = items->list;
    if (list == NULL || reader->refused) {
        return (mr_aws_target){0};
    }
    if (!is_kept(reader, list->count)) {
        list->count++;
        return (mr_aws_target){0};
    }
    size_t size = mr_aws_member_size(items->element);
    list->items = mr_arena_grow(reader->arena, list->items, list->count, size);
    mr_aws_target target = {items->element, (char *)list->items + list->count * size};
    list->count++;
    return target;
}

/* ---- a body ---- */

mr_aws_decoded mr_aws_decode(mr_aws_format format, const mr_aws_shape *shape, mr_bytes body,
                             mr_arena *arena, void *input, mr_aws_fault *fault)
{
    mr_aws_reader reader = {.p = body.at, .end = body.at + body.len, .arena = arena};
    const mr_aws_member whole = {.type = MR_AWS_STRUCTURE, .shape = shape};
    const mr_aws_target target = {&whole, input};
    *fault = (mr_aws_fault){.type = "SerializationException", .capital = true};
    if (body.len == 0) {
        return MR_AWS_BAD_BODY;
    }
    memset(input, 0, shape->size);
    bool ok = format == MR_AWS_JSON ? mr_aws_read_json(&reader, target)
                                    : mr_aws_read_cbor(&reader, target);
    bool is_object = *(const bool *)input;
    if (!ok || !is_object || reader.overfull) {
        return MR_AWS_BAD_BODY;
    }
    if (reader.refused) {
        fault->message = reader.message;
        return MR_AWS_BAD_TYPE;
    }
    return MR_AWS_DECODED;
}

bool mr_aws_is_json(mr_bytes text, size_t *place)
{
    mr_arena *arena = mr_arena_new();
    mr_aws_reader reader = {.p = text.at, .end = text.at + text.len, .arena = arena};
    bool ok = text.len > 0 && mr_aws_read_json(&reader, (mr_aws_target){0});
    *place = text.len > 0 ? (size_t)(reader.p - text.at) : 0;
    mr_arena_free(arena);
    return ok;
}
