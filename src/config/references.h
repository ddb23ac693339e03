/*
 * references.h - what Ref and Fn::GetAtt give: pseudo parameters, parameters, names and
 * attributes of resources. Evaluation's side of it is in intrinsics.h.
 */
#ifndef MR_SRC_CONFIG_REFERENCES_H
#define MR_SRC_CONFIG_REFERENCES_H

#include "src/config/template.h"

/* The name that AWS would make up. Differs: its last letters are chance on AWS, and a hash of stack
 * and logical id here, so that every run has the same. */
const char *mr_reference_generated_name(const mr_template *template, const char *logical_id,
                                        mr_name_shape shape, size_t name_max);

/* Fills in a format of mr_resource_type or mr_attribute (schema.h). In the arena. */
const char *mr_reference_expand(const mr_template *template, const mr_resource *resource,
                                const char *format);

/* The UUID of a thing of this stack: the same in every run. In the arena. */
const char *mr_reference_uuid(const mr_template *template, const char *what);

#endif
