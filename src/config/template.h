/*
 * template.h - a template being read: its sections, what is known of its parameters, conditions
 * and resources, and where findings go. The files of src/config pass it from one to the next:
 *
 *   template.c      text -> nodes, the top-level sections, Transform
 *   parameters.c    Parameters and --param -> values
 *   conditions.c    Conditions -> true or false
 *   sam.c           Globals, AWS::Serverless::Function -> resources
 *   resources.c     Resources -> types, conditions, the order of creation (dependencies.c),
 *                   evaluated properties (intrinsics.c), names (references.c), schema.c
 *   resources_*.c   properties -> what the plan runs
 *   plan.c          all of it in order
 */
#ifndef MR_SRC_CONFIG_TEMPLATE_H
#define MR_SRC_CONFIG_TEMPLATE_H

#include "sim/base/map.h"
#include "src/config/findings.h"
#include "src/config/node.h"
#include "src/config/plan.h"
#include "src/config/schema.h"

#define MR_TEMPLATE_RESOURCES_MAX  500
#define MR_TEMPLATE_PARAMETERS_MAX 200
/* What evaluation may make of a template: it copies parameters and repeats aliases. */
#define MR_TEMPLATE_EVALUATED_NODES_MAX 1000000
#define MR_TEMPLATE_EVALUATED_BYTES_MAX (16 * MR_MIB)

typedef struct mr_template_parameter {
    const char *name;
    const mr_node *node;
    mr_node *value;   /* text, list, or unknown when it was refused */
    bool is_ssm_path; /* its default is the name of an SSM parameter, not its value */
} mr_template_parameter;

typedef enum mr_truth {
    MR_TRUTH_UNSEEN,
    MR_TRUTH_BUSY,
    MR_TRUTH_NO,
    MR_TRUTH_YES,
    MR_TRUTH_BROKEN
} mr_truth;

typedef struct mr_condition {
    const char *name;
    const mr_node *node;
    mr_truth truth;
} mr_condition;

typedef enum mr_resource_state {
    MR_RESOURCE_WAITING,
    MR_RESOURCE_LEFT_OUT, /* its condition is false */
    MR_RESOURCE_BROKEN,   /* part of a cycle, or without a type: said already */
    MR_RESOURCE_READY     /* properties and name are there */
} mr_resource_state;

typedef struct mr_resource {
    const char *logical_id;
    const char *type_name;
    const mr_resource_type *type; /* NULL: AWS knows it, millrace does not model it */
    const mr_node *node;          /* as written; for one that SAM makes, the function's */
    const mr_node *source;        /* Properties as written (with Globals); NULL: none */
    bool implied;                 /* made by the SAM transform */
    mr_resource_state state;
    mr_node *properties; /* evaluated; a map, perhaps empty */
    const char *name;    /* physical name */
    bool refused;        /* errors were found in it: it is not put in the plan */
} mr_resource;

typedef struct mr_template {
    mr_arena *arena;              /* borrowed: the plan's */
    mr_findings *findings;        /* borrowed */
    const char *file, *directory; /* the template's own folder, "." at least */
    const char *region, *account, *stack;
    const char *partition, *url_suffix, *stack_id;
    const mr_plan_parameter *given; /* --param */
    size_t given_count;
    mr_plan_inputs inputs; /* what becomes of Metadata.Millrace.Inputs */

    mr_node *root; /* a map */
    bool has_sam, has_language_extensions;

    mr_template_parameter *parameters;
    size_t parameter_count;
    mr_condition *conditions;
    size_t condition_count;
    mr_resource *resources; /* in the order of the template, those that SAM makes after theirs */
    size_t resource_count;
    mr_map *resources_by_id; /* logical id -> its place + 1, as a pointer */
    size_t *order;           /* places of those to be created, dependencies first */
    size_t order_count;

    size_t evaluated_nodes, evaluated_bytes;
    bool evaluated_too_much;
} mr_template;

/*
 * Reads the text and checks the top level. Everything else is found through root.
 *
 * Returns: false when there is nothing to go on with; the findings say why.
 */
MR_NODISCARD bool mr_template_read(mr_template *template, mr_bytes text);

mr_template_parameter *mr_template_parameter_find(const mr_template *template, const char *name);
mr_condition *mr_template_condition_find(const mr_template *template, const char *name);
/* NULL when there is none of that logical id. */
mr_resource *mr_template_resource_find(const mr_template *template, const char *logical_id);

/* A path in a template is relative to the template's folder. In the arena. */
const char *mr_template_path(const mr_template *template, const char *path);

#endif
