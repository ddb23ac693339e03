/*
 * yaml_reader.c - see yaml_reader.h.
 *
 * libyaml gives events; read_node() takes those of one node and calls itself for what is inside.
 * An aliased node is shared, not copied, so that a few lines cannot fill the memory; its weight
 * counts each time, which bounds everything that walks the tree later.
 */
#include "src/config/yaml_reader.h"

#include "sim/base/map.h"
#include "sim/base/nearest.h"

#include <yaml.h>

typedef struct yaml_reader {
    yaml_parser_t parser;
    mr_arena *arena;
    mr_map *anchors; /* name -> mr_node; one that is still being read is `reading` */
    size_t weight;   /* of all that was read, aliases each time */
    int line;        /* of the event at hand */
    mr_error *err;
} yaml_reader;

/* The short tags that take "Fn::" in front; Ref and Condition are the two that do not. */
static const char *const function_tags[] = {
    "Base64",       "And",
    "Cidr",         "Equals",
    "FindInMap",    "GetAtt",
    "GetAZs",       "If",
    "ImportValue",  "Join",
    "Not",          "Or",
    "Select",       "Split",
    "Sub",          "Transform",
    "Length",       "ToJsonString",
    "Contains",     "ForEach",
    "EachMemberIn", "EachMemberEquals",
    "RefAll",       "ValueOf",
    "ValueOfAll",   "Ref",
    "Condition",
};

static const mr_node reading = {.kind = MR_NODE_NULL};

static int line_of(yaml_mark_t mark)
{
    return mark.line < INT32_MAX ? (int)mark.line + 1 : INT32_MAX;
}

static mr_code next_event(yaml_reader *reader, yaml_event_t *event)
{
    if (yaml_parser_parse(&reader->parser, event) != 0) {
        reader->line = line_of(event->start_mark);
        return MR_OK;
    }
    reader->line = line_of(reader->parser.problem_mark);
    const char *problem = reader->parser.problem;
    const char *context = reader->parser.context;
    return mr_error_set(reader->err, MR_BAD_INPUT, "YAML not well-formed: %s%s%s",
                        problem == NULL ? "it cannot be read" : problem,
                        context == NULL ? "" : ", ", context == NULL ? "" : context);
}

static mr_code count_weight(yaml_reader *reader, size_t weight)
{
    reader->weight += weight;
    if (reader->weight > MR_NODE_COUNT_MAX) {
        return mr_error_set(reader->err, MR_TOO_LARGE,
                            "more than %d values, with aliases counted each time they are used",
                            MR_NODE_COUNT_MAX);
    }
    return MR_OK;
}

/* The key that a tag stands for; NULL for a standard tag. */
static mr_code function_of(yaml_reader *reader, const char *tag, const char **function)
{
    *function = NULL;
    if (tag == NULL || strcmp(tag, "!") == 0 || strncmp(tag, "tag:yaml.org,2002:", 18) == 0) {
        return MR_OK;
    }
    const char *word = tag[0] == '!' ? tag + 1 : tag;
    for (size_t i = 0; i < MR_COUNT(function_tags); i++) {
        if (strcmp(word, function_tags[i]) == 0) {
            bool bare = strcmp(word, "Ref") == 0 || strcmp(word, "Condition") == 0;
            *function = mr_arena_format(reader->arena, "%s%s", bare ? "" : "Fn::", word);
            return MR_OK;
        }
    }
    const char *near = mr_nearest(mr_bytes_of(word), function_tags, MR_COUNT(function_tags));
    return mr_error_set(reader->err, MR_BAD_INPUT, "unknown tag %.100s%s%s%s", tag,
                        near == NULL ? "" : "; did you mean !", near == NULL ? "" : near,
                        near == NULL ? "" : "?");
}

static mr_node *wrap(yaml_reader *reader, const char *function, mr_node *inner)
{
    if (function == NULL) {
        return inner;
    }
    mr_node *map = mr_node_new(reader->arena, MR_NODE_MAP, inner->line);
    mr_node_put(reader->arena, map, function, inner->line, inner);
    return map;
}

static mr_code remember(yaml_reader *reader, const char *anchor, const mr_node *node)
{
    if (anchor != NULL) {
        (void)mr_map_put(reader->anchors, mr_bytes_of(anchor), (void *)(uintptr_t)node);
    }
    return MR_OK;
}

static mr_code read_alias(yaml_reader *reader, const char *anchor, int depth, mr_node **out)
{
    mr_node *node = mr_map_get(reader->anchors, mr_bytes_of(anchor));
    if (node == NULL) {
        return mr_error_set(reader->err, MR_BAD_INPUT, "the alias *%.100s has no anchor before it",
                            anchor);
    }
    if (node == &reading) {
        return mr_error_set(reader->err, MR_BAD_INPUT, "the alias *%.100s is inside its own anchor",
                            anchor);
    }
    if (depth + node->height > MR_NODE_DEPTH_MAX) {
        return mr_error_set(reader->err, MR_TOO_LARGE, "nested deeper than %d", MR_NODE_DEPTH_MAX);
    }
    *out = node;
    return count_weight(reader, node->weight);
}

static bool is_null_word(const char *text, size_t len)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < MR_COUNT(words); i++) {
        if (mr_bytes_is((mr_bytes){text, len}, words[i])) {
            return true;
        }
    }
    return false;
}

static mr_code read_scalar(yaml_reader *reader, const yaml_event_t *event, mr_node **out)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    if (memchr(text, '\0', len) != NULL) {
        return mr_error_set(reader->err, MR_BAD_INPUT, "a text holds a NUL character");
    }
    const char *function;
    mr_code code = function_of(reader, (const char *)event->data.scalar.tag, &function);
    if (code != MR_OK) {
        return code;
    }
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    mr_node *node;
    if (plain && event->data.scalar.plain_implicit && is_null_word(text, len)) {
        node = mr_node_new(reader->arena, MR_NODE_NULL, reader->line);
    } else {
        node = mr_node_new_text(reader->arena, (mr_bytes){text, len}, reader->line);
        node->plain = plain && function == NULL;
    }
    node = wrap(reader, function, node);
    *out = node;
    return remember(reader, (const char *)event->data.scalar.anchor, node);
}

static mr_code read_node(yaml_reader *reader, yaml_event_t *event, int depth, mr_node **out);

static mr_code read_list(yaml_reader *reader, mr_node *list, int depth)
{
    for (;;) {
        yaml_event_t event;
        mr_code code = next_event(reader, &event);
        if (code != MR_OK) {
            return code;
        }
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return MR_OK;
        }
        mr_node *item = NULL;
        code = read_node(reader, &event, depth + 1, &item);
        yaml_event_delete(&event);
        if (code != MR_OK) {
            return code;
        }
        mr_node_add(reader->arena, list, item);
    }
}

static mr_code read_key(yaml_reader *reader, const yaml_event_t *event, const char **key)
{
    if (event->type != YAML_SCALAR_EVENT) {
        return mr_error_set(reader->err, MR_BAD_INPUT, "a key must be a word, not a list or a map");
    }
    const char *text = (const char *)event->data.scalar.value;
    if (memchr(text, '\0', event->data.scalar.length) != NULL) {
        return mr_error_set(reader->err, MR_BAD_INPUT, "a key holds a NUL character");
    }
    const char *function;
    mr_code code = function_of(reader, (const char *)event->data.scalar.tag, &function);
    if (code == MR_OK && function != NULL) {
        code = mr_error_set(reader->err, MR_BAD_INPUT, "a key cannot have a tag");
    }
    *key = mr_arena_text(reader->arena, text);
    return code;
}

/* Adds the members of `from` that the map does not have yet; keys: those that it has. */
static mr_code merge_one(yaml_reader *reader, mr_node *map, mr_map *keys, const mr_node *from)
{
    if (from->kind != MR_NODE_MAP) {
        return mr_error_set(reader->err, MR_BAD_INPUT,
                            "\"<<\" needs a map, or a list of maps, to merge");
    }
    for (size_t i = 0; i < from->count; i++) {
        if (mr_map_put(keys, mr_bytes_of(from->keys[i]), map) == NULL) {
            mr_node_put(reader->arena, map, from->keys[i], from->key_lines[i], from->items[i]);
        }
    }
    return MR_OK;
}

/* merged: the values of the map's "<<" keys. A map's own keys win, then the first merged one. */
static mr_code merge(yaml_reader *reader, mr_node *map, const mr_node *merged)
{
    mr_map *keys = mr_map_new();
    for (size_t i = 0; i < map->count; i++) {
        (void)mr_map_put(keys, mr_bytes_of(map->keys[i]), map);
    }
    mr_code code = MR_OK;
    for (size_t i = 0; code == MR_OK && i < merged->count; i++) {
        const mr_node *value = merged->items[i];
        if (value->kind != MR_NODE_LIST) {
            code = merge_one(reader, map, keys, value);
            continue;
        }
        for (size_t k = 0; code == MR_OK && k < value->count; k++) {
            code = merge_one(reader, map, keys, value->items[k]);
        }
    }
    mr_map_free(keys);
    return code;
}

static mr_code read_map(yaml_reader *reader, mr_node *map, int depth)
{
    mr_node *merged = mr_node_new(reader->arena, MR_NODE_LIST, 0); /* values of "<<" */
    for (;;) {
        yaml_event_t event;
        mr_code code = next_event(reader, &event);
        if (code != MR_OK) {
            return code;
        }
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            break;
        }
        const char *key = NULL;
        int key_line = reader->line;
        bool is_merge = event.type == YAML_SCALAR_EVENT &&
                        event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
                        strcmp((const char *)event.data.scalar.value, "<<") == 0;
        code = read_key(reader, &event, &key);
        yaml_event_delete(&event);
        if (code == MR_OK) {
            code = next_event(reader, &event);
        }
        if (code != MR_OK) {
            return code;
        }
        mr_node *value = NULL;
        code = read_node(reader, &event, depth + 1, &value);
        yaml_event_delete(&event);
        if (code != MR_OK) {
            return code;
        }
        if (is_merge) {
            mr_node_add(reader->arena, merged, value);
        } else {
            mr_node_put(reader->arena, map, key, key_line, value);
        }
    }
    return merged->count == 0 ? MR_OK : merge(reader, map, merged);
}

static mr_code read_collection(yaml_reader *reader, const yaml_event_t *event, int depth,
                               mr_node **out)
{
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    const char *tag =
        (const char *)(is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag);
    const char *anchor = (const char *)(is_map ? event->data.mapping_start.anchor
                                               : event->data.sequence_start.anchor);
    const char *function;
    mr_code code = function_of(reader, tag, &function);
    if (code != MR_OK) {
        return code;
    }
    (void)remember(reader, anchor, &reading);
    mr_node *node = mr_node_new(reader->arena, is_map ? MR_NODE_MAP : MR_NODE_LIST, reader->line);
    code = is_map ? read_map(reader, node, depth) : read_list(reader, node, depth);
    if (code != MR_OK) {
        return code;
    }
    *out = wrap(reader, function, node);
    return remember(reader, anchor, *out);
}

static mr_code read_node(yaml_reader *reader, yaml_event_t *event, int depth, mr_node **out)
{
    if (depth > MR_NODE_DEPTH_MAX) {
        return mr_error_set(reader->err, MR_TOO_LARGE, "nested deeper than %d", MR_NODE_DEPTH_MAX);
    }
    if (event->type == YAML_ALIAS_EVENT) {
        return read_alias(reader, (const char *)event->data.alias.anchor, depth, out);
    }
    mr_code code = count_weight(reader, 1);
    if (code != MR_OK) {
        return code;
    }
    if (event->type == YAML_SCALAR_EVENT) {
        return read_scalar(reader, event, out);
    }
    MR_ASSERT(event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT);
    return read_collection(reader, event, depth, out);
}

/* The one document, and the end of the stream behind it. */
static mr_code read_stream(yaml_reader *reader, mr_node **out)
{
    *out = mr_node_new(reader->arena, MR_NODE_NULL, 1);
    bool seen = false;
    for (;;) {
        yaml_event_t event;
        mr_code code = next_event(reader, &event);
        if (code != MR_OK) {
            return code;
        }
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && seen) {
            code = mr_error_set(reader->err, MR_BAD_INPUT,
                                "a second document begins here: a file "
                                "holds one");
        } else if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT &&
                   type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT) {
            seen = true;
            code = read_node(reader, &event, 1, out);
        }
        yaml_event_delete(&event);
        if (code != MR_OK || type == YAML_STREAM_END_EVENT) {
            return code;
        }
    }
}

mr_code mr_yaml_read(mr_arena *arena, mr_bytes text, mr_node **out, int *line, mr_error *err)
{
    yaml_reader reader = {.arena = arena, .line = 1, .err = err};
    if (yaml_parser_initialize(&reader.parser) == 0) {
        return mr_error_set(err, MR_BAD_INPUT, "the YAML reader cannot start");
    }
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text.at, text.len);
    reader.anchors = mr_map_new();
    mr_code code = read_stream(&reader, out);
    *line = reader.line;
    mr_map_free(reader.anchors);
    yaml_parser_delete(&reader.parser);
    return code;
}
