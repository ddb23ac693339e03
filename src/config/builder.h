/*
 * builder.h - from evaluated resources to what the plan runs: one function per type of resource
 * that runs, and the checks that need several of them.
 */
#ifndef MR_SRC_CONFIG_BUILDER_H
#define MR_SRC_CONFIG_BUILDER_H

#include "sim/producer/input_options.h"
#include "src/config/template.h"

typedef struct mr_plan_builder {
    mr_template *template; /* borrowed */
    mr_plan *plan;         /* borrowed; its arrays grow in the arena */
    /* What a data stream, bucket ... was called at: for "already exists". type/name -> logical id
     */
    mr_map *names;
    mr_input_options **input_options; /* owned by the plan: producers borrow their texts */
    size_t input_options_count, input_options_capacity;
} mr_plan_builder;

/* Each reads a resource that is READY and not refused, and adds it to the plan or says why not. */
void mr_build_stream(mr_plan_builder *builder, const mr_resource *resource);
void mr_build_delivery(mr_plan_builder *builder, const mr_resource *resource);
void mr_build_function(mr_plan_builder *builder, const mr_resource *resource);
void mr_build_mapping(mr_plan_builder *builder, const mr_resource *resource);
void mr_build_bucket(mr_plan_builder *builder, const mr_resource *resource);
void mr_build_database(mr_plan_builder *builder, const mr_resource *resource);
void mr_build_table(mr_plan_builder *builder, const mr_resource *resource);
void mr_build_partition(mr_plan_builder *builder, const mr_resource *resource);

/* Every AWS::Athena::NamedQuery, in the order of the template, after the queries of the Metadata.
 */
void mr_build_named_queries(mr_plan_builder *builder);

/* After all resources: what they say of each other. Differs: buckets and databases that the
 * template uses but does not make are taken to be there, and empty, with a warning; on AWS they
 * may be there or not. A stream must be in the template. */
void mr_build_cross_checks(mr_plan_builder *builder);

/* The parts of it about event source mappings, which read a stream of the template. */
void mr_build_check_mapping(mr_plan_builder *builder, const mr_plan_mapping *mapping);

/* The part of that about partitions: their tables, and which values are there twice. */
void mr_build_check_partitions(mr_plan_builder *builder);

/* Whether the template makes such a stream, or says of what was to make one that it is wrong. */
bool mr_build_has_stream(const mr_plan_builder *builder, const char *name);
/* Whether a function of the template is so called: by name or ARN. */
bool mr_build_has_function(const mr_template *template, const char *name_or_arn);
/* Warns of a bucket that the template does not make, and adds it. */
void mr_build_check_bucket(mr_plan_builder *builder, const mr_resource *resource,
                           const char *property, const char *name);

/* Adds a bucket or database that the template uses but does not make. */
void mr_build_add_bucket(mr_plan_builder *builder, const char *logical_id, int line,
                         const char *name);

/* ---- shared by the files above ---- */

/* The evaluated property at a dotted path, or the properties themselves: a place for findings. */
const mr_node *mr_build_at(const mr_resource *resource, const char *dotted);
/* False, with AWS's words, when a resource of this kind and name is there already. among: what a
 * name must be unique in (a table's database); NULL: the account. already_exists: the message, $N
 * for the name and $A for the account. */
bool mr_build_claim_name(mr_plan_builder *builder, const mr_resource *resource, const char *among,
                         const char *already_exists);
/* Whether all of text is of these characters and its length is in the bounds. */
bool mr_build_is_word(const char *text, const char *characters, size_t min, size_t max);

/* Warns when the bucket of an s3:// location is none of the template's. whose: "table". */
void mr_build_check_location_bucket(mr_plan_builder *builder, const mr_node *at,
                                    const char *location, const char *whose);

extern const char mr_build_name_characters[]; /* a-z A-Z 0-9 _ . - */

/* Function code (function_code.c): where it is. */
typedef struct mr_code_place {
    const char *directory;   /* in the arena; NULL: inline, a zip, or not found */
    const char *archive;     /* a zip, likewise */
    const char *inline_code; /* NULL: a directory */
    const char *problem;     /* NULL, or why it cannot run */
    const char *remedy;      /* what to do about it: "give ..." */
    const mr_node *at;       /* the place of the problem */
} mr_code_place;
mr_code_place mr_function_code_find(const mr_template *template, const mr_resource *resource);

#endif
