/*
 * document.h - what templates and scenarios have in common: a text file that is a tree, keys that
 * must be known, values that must be there, paths that are relative to the file.
 */
#ifndef MR_SRC_CONFIG_DOCUMENT_H
#define MR_SRC_CONFIG_DOCUMENT_H

#include "src/config/findings.h"

typedef struct mr_document_options {
    const char *what; /* "a template", as messages call it */
    const char
        *malformed; /* what stands before the message of text that does not parse; may be "" */
} mr_document_options;

/*
 * Reads a document: UTF-8 (a byte order mark is passed over), JSON when the first byte that is no
 * blank is '{', as on AWS, and YAML otherwise.
 *
 * Returns: the top node, in the arena: MR_NODE_NULL for an empty document. NULL when it cannot be
 *          read; the findings say why.
 */
mr_node *mr_document_read(mr_arena *arena, mr_findings *findings, mr_bytes text,
                          const mr_document_options *options);

/* The folder part of a file's path, "." when it has none. In the arena. */
const char *mr_document_folder(mr_arena *arena, const char *file);
/* A path that is relative to this folder, or absolute. In the arena, or path itself. */
const char *mr_document_path(mr_arena *arena, const char *folder, const char *path);

/* Whether all keys of the map are among these; an error for each that is not. */
bool mr_document_check_keys(mr_findings *findings, const mr_node *map, const char *const *keys,
                            size_t count);
/* The error for one: the nearest key, or all of them. */
void mr_document_unknown_key(mr_findings *findings, const mr_node *at, const char *key,
                             const char *const *keys, size_t count);

/* A finding for each key of the map that is given again: "the key X is given twice (first at line
 * N); " and the remedy. The last one is what mr_node_get() sees. */
void mr_document_check_repeats(mr_findings *findings, const mr_node *map, mr_finding_kind kind,
                               const char *remedy);

/* The text of a key that has to be there; NULL, with an error, when it is not, or is no text. */
const char *mr_document_need_text(mr_findings *findings, const mr_node *map, const char *key);

#endif
