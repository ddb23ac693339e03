/* node.c - see node.h. */
#include "src/config/node.h"

mr_node *mr_node_new(mr_arena *arena, mr_node_kind kind, int line)
{
    mr_node *node = mr_arena_alloc(arena, sizeof(*node));
    node->kind = kind;
    node->line = line;
    node->weight = 1;
    node->height = 1;
    return node;
}

mr_node *mr_node_new_text(mr_arena *arena, mr_bytes text, int line)
{
    mr_node *node = mr_node_new(arena, MR_NODE_TEXT, line);
    node->text = mr_arena_copy(arena, text);
    return node;
}

static void adopt(mr_arena *arena, mr_node *parent, mr_node *child)
{
    MR_ARENA_GROW(arena, parent->items, parent->count);
    if (parent->kind == MR_NODE_MAP) {
        MR_ARENA_GROW(arena, parent->keys, parent->count);
        MR_ARENA_GROW(arena, parent->key_lines, parent->count);
    }
    parent->items[parent->count] = child;
    parent->weight += child->weight;
    if (parent->height < child->height + 1) {
        parent->height = child->height + 1;
    }
    if (child->parent == NULL) {
        child->parent = parent;
        child->index = parent->count;
    }
}

void mr_node_add(mr_arena *arena, mr_node *list, mr_node *item)
{
    MR_ASSERT(list->kind == MR_NODE_LIST);
    adopt(arena, list, item);
    list->count++;
}

void mr_node_put(mr_arena *arena, mr_node *map, const char *key, int key_line, mr_node *value)
{
    MR_ASSERT(map->kind == MR_NODE_MAP);
    bool shared = value->parent != NULL;
    adopt(arena, map, value);
    map->keys[map->count] = key;
    map->key_lines[map->count] = key_line;
    map->count++;
    if (!shared) {
        value->key = key;
    }
}

mr_node *mr_node_get(const mr_node *node, const char *key)
{
    if (!mr_node_is(node, MR_NODE_MAP)) {
        return NULL;
    }
    for (size_t i = node->count; i-- > 0;) { /* of a key given twice the last one counts */
        if (strcmp(node->keys[i], key) == 0) {
            return node->items[i];
        }
    }
    return NULL;
}

mr_node *mr_node_find(const mr_node *node, const char *dotted)
{
    const char *dot = strchr(dotted, '.');
    if (dot == NULL) {
        return mr_node_get(node, dotted);
    }
    char key[128];
    size_t len = (size_t)(dot - dotted);
    MR_ASSERT(len < sizeof(key));
    memcpy(key, dotted, len);
    key[len] = '\0';
    return mr_node_find(mr_node_get(node, key), dot + 1);
}

const char *mr_node_get_text(const mr_node *node, const char *key)
{
    const mr_node *value = mr_node_get(node, key);
    return mr_node_is(value, MR_NODE_TEXT) ? value->text : NULL;
}

int mr_node_line(const mr_node *node)
{
    for (; node != NULL; node = node->parent) {
        if (node->key != NULL && mr_node_is(node->parent, MR_NODE_MAP) &&
            node->index < node->parent->count && node->parent->key_lines[node->index] > 0) {
            return node->parent->key_lines[node->index];
        }
        if (node->line > 0) {
            return node->line;
        }
    }
    return 0;
}

void mr_node_path(const mr_node *node, mr_strbuf *out)
{
    if (node == NULL || node->parent == NULL) {
        return;
    }
    mr_node_path(node->parent, out);
    if (node->key != NULL) {
        if (out->len > 0) {
            mr_strbuf_append_char(out, '.');
        }
        mr_strbuf_append_text(out, node->key);
    } else {
        mr_strbuf_appendf(out, "[%zu]", node->index);
    }
}

bool mr_node_has_unknown(const mr_node *node)
{
    if (node->kind == MR_NODE_UNKNOWN) {
        return true;
    }
    for (size_t i = 0; i < node->count; i++) {
        if (mr_node_has_unknown(node->items[i])) {
            return true;
        }
    }
    return false;
}

static bool is_number(const char *text)
{
    size_t i = text[0] == '-' || text[0] == '+' ? 1 : 0;
    bool digits = false;
    for (; text[i] != '\0'; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            digits = true;
        } else if (strchr(".eE+-", text[i]) == NULL) {
            return false;
        }
    }
    return digits;
}

const char *mr_node_kind_name(const mr_node *node)
{
    switch (node->kind) {
    case MR_NODE_TEXT:
        if (node->plain && (strcmp(node->text, "true") == 0 || strcmp(node->text, "false") == 0)) {
            return "Boolean";
        }
        return node->plain && is_number(node->text) ? "Number" : "String";
    case MR_NODE_LIST:
        return "JSONArray";
    case MR_NODE_MAP:
        return "JSONObject";
    case MR_NODE_NULL:
    case MR_NODE_UNKNOWN:
        break;
    }
    return "Null";
}
