/*
 * intrinsics.h - evaluates intrinsic functions: a tree as written in, a tree of plain maps, lists
 * and texts out.
 *
 * What cannot be evaluated is a finding (in CloudFormation's words where it has some) and becomes
 * an MR_NODE_UNKNOWN, so that one mistake is one line.
 */
#ifndef MR_SRC_CONFIG_INTRINSICS_H
#define MR_SRC_CONFIG_INTRINSICS_H

#include "src/config/template.h"

/* Where an expression stands decides what it may refer to. */
typedef enum mr_scope {
    MR_SCOPE_CONDITIONS, /* parameters and mappings alone */
    MR_SCOPE_RESOURCES,
    MR_SCOPE_UNMODELLED, /* a resource that does nothing here: the odd function may stay unknown */
    MR_SCOPE_OUTPUTS
} mr_scope;

/* Returns: a new tree in the arena that hangs at the path of node; NULL for AWS::NoValue. */
mr_node *mr_evaluate(mr_template *template, mr_scope scope, const mr_node *node);

/* The function's name when node is a call ({"Fn::Sub": ..}, {"Ref": ..}); NULL otherwise. */
const char *mr_intrinsic_name(const mr_node *node);

/* The next "${...}" of a text of Fn::Sub from *at on: false when there is none. name: out, what
 * is between the braces; literal: out, true for "${!...}". *at moves behind it, and *before is the
 * text skipped. */
bool mr_sub_next(const char **at, mr_bytes *before, mr_bytes *name, bool *literal);

/* ---- for intrinsics*.c and conditions.c alone ---- */

typedef struct mr_evaluator {
    mr_template *template;
    mr_scope scope;
} mr_evaluator;

mr_node *mr_evaluate_node(mr_evaluator *ev, const mr_node *node);
mr_node *mr_evaluated_unknown(mr_evaluator *ev, const mr_node *at);
/* The same, with a finding at the call. */
mr_node *mr_evaluated_refused(mr_evaluator *ev, const mr_node *call, const char *complaint);
/* A text made at a place, with its {{resolve:...}} looked up. */
mr_node *mr_evaluated_text(mr_evaluator *ev, const mr_node *at, mr_bytes text);
/* Evaluates what must be one text. NULL when it is not: `complaint` is the finding, unless the
 * value is unknown already. */
const char *mr_evaluate_to_text(mr_evaluator *ev, const mr_node *call, const mr_node *argument,
                                const char *complaint);
mr_node *mr_evaluate_to_list(mr_evaluator *ev, const mr_node *call, const mr_node *argument,
                             const char *complaint);

/* Ref and Fn::GetAtt (references.c). */
mr_node *mr_reference_ref(mr_evaluator *ev, const mr_node *call, const char *name);
mr_node *mr_reference_attribute(mr_evaluator *ev, const mr_node *call, const char *logical_id,
                                const char *attribute);

/* A function of intrinsics_text.c. */
typedef mr_node *(*mr_intrinsic_fn)(mr_evaluator *ev, const mr_node *call, const mr_node *argument);
mr_node *mr_intrinsic_sub(mr_evaluator *ev, const mr_node *call, const mr_node *argument);
mr_node *mr_intrinsic_join(mr_evaluator *ev, const mr_node *call, const mr_node *argument);
mr_node *mr_intrinsic_split(mr_evaluator *ev, const mr_node *call, const mr_node *argument);
mr_node *mr_intrinsic_base64(mr_evaluator *ev, const mr_node *call, const mr_node *argument);
mr_node *mr_intrinsic_to_json(mr_evaluator *ev, const mr_node *call, const mr_node *argument);
mr_node *mr_intrinsic_cidr(mr_evaluator *ev, const mr_node *call, const mr_node *argument);

#endif
