/*
 * node.h - a template as a tree: maps, lists and texts, each with its line.
 *
 * Both readers (yaml_reader.h, json_reader.h) make this tree, and evaluation (intrinsics.h) makes
 * another one without intrinsic functions. Scalars stay text as written, because AWS coerces
 * freely between numbers, booleans and strings ("012345678901" is an account id, not a number);
 * value.h reads them as what a property wants.
 *
 * Nodes live in an arena. An aliased YAML node is shared: it hangs below its first parent, so
 * its path is that of the anchor.
 */
#ifndef MR_SRC_CONFIG_NODE_H
#define MR_SRC_CONFIG_NODE_H

#include "sim/base/arena.h"
#include "sim/base/strbuf.h"

#define MR_NODE_DEPTH_MAX 64     /* maps and lists inside one another */
#define MR_NODE_COUNT_MAX 200000 /* nodes of one template, aliases counted each time */

typedef enum mr_node_kind {
    MR_NODE_NULL,
    MR_NODE_TEXT,
    MR_NODE_LIST,
    MR_NODE_MAP,
    MR_NODE_UNKNOWN /* evaluation failed and has said so: whoever meets it says nothing more */
} mr_node_kind;

typedef struct mr_node mr_node;
struct mr_node {
    mr_node_kind kind;
    bool plain;        /* a text without quotes: a JSON number or boolean, a YAML plain word */
    int line;          /* of its first byte, from 1; 0: made by millrace */
    const char *text;  /* MR_NODE_TEXT; holds no NUL byte */
    mr_node **items;   /* MR_NODE_LIST: elements; MR_NODE_MAP: values */
    const char **keys; /* MR_NODE_MAP */
    int *key_lines;    /* MR_NODE_MAP */
    size_t count;
    const mr_node *parent; /* NULL at the top */
    const char *key;       /* in a parent map; NULL in a list */
    size_t index;          /* in the parent */
    size_t weight;         /* nodes in it, itself included, shared ones each time */
    int height;            /* 1: no children */
};

mr_node *mr_node_new(mr_arena *arena, mr_node_kind kind, int line);
mr_node *mr_node_new_text(mr_arena *arena, mr_bytes text, int line);

/* Puts a child at the end, and makes it know its parent unless it has one already. key: lives as
 * long as the arena. */
void mr_node_add(mr_arena *arena, mr_node *list, mr_node *item);
void mr_node_put(mr_arena *arena, mr_node *map, const char *key, int key_line, mr_node *value);

/* The value of a key; NULL when there is none or node is no map (NULL is fine). */
mr_node *mr_node_get(const mr_node *node, const char *key);
/* Follows keys through maps: mr_node_find(n, "DatabaseInput.Name"). */
mr_node *mr_node_find(const mr_node *node, const char *dotted);
/* The text of a key's value; NULL when it is absent or no text. */
const char *mr_node_get_text(const mr_node *node, const char *key);

static inline bool mr_node_is(const mr_node *node, mr_node_kind kind)
{
    return node != NULL && node->kind == kind;
}

/* Where a person looks for it: the line of its key, else its own, else its parent's. */
int mr_node_line(const mr_node *node);
/* Appends "Resources.Crimes.Properties.Tags[0].Key". */
void mr_node_path(const mr_node *node, mr_strbuf *out);
/* Whether an MR_NODE_UNKNOWN is in it. */
bool mr_node_has_unknown(const mr_node *node);
/* What CloudFormation calls it: "String", "JSONArray", "JSONObject" and the like. Static. */
const char *mr_node_kind_name(const mr_node *node);

#endif
