/*
 * millrace_metadata.h - Metadata.Millrace: what only a local run needs, in places that AWS
 * ignores. At the top of a template Inputs and Queries, on a function Builtin.
 *
 * data/schemas/millrace-metadata.schema.json says the same to editors; a test holds the two
 * together.
 */
#ifndef MR_SRC_CONFIG_MILLRACE_METADATA_H
#define MR_SRC_CONFIG_MILLRACE_METADATA_H

#include "src/config/builder.h"

/* One level of the metadata and the keys that it takes. */
typedef struct mr_metadata_level {
    const char *name; /* "template", "input", "function", "builtin", "column" */
    const char *const *keys;
    size_t key_count;
} mr_metadata_level;
const mr_metadata_level *mr_metadata_levels(size_t *count);

/* Reads the template's own Inputs and Queries into the plan. After all resources. */
void mr_metadata_read(mr_plan_builder *builder);

/* Refuses Millrace metadata where none is known: on any resource but a function. */
void mr_metadata_check_resource(mr_plan_builder *builder, const mr_resource *resource);

/* The Builtin of a function, checked, in the arena; NULL when it has none. *refused: out, true
 * when it has one that cannot be read. */
const mr_builtin_options *mr_metadata_builtin(mr_plan_builder *builder, const mr_resource *resource,
                                              bool *refused);

#endif
