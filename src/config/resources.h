/*
 * resources.h - the Resources and Outputs sections: types, conditions, order, evaluated
 * properties, names.
 */
#ifndef MR_SRC_CONFIG_RESOURCES_H
#define MR_SRC_CONFIG_RESOURCES_H

#include "src/config/template.h"

/* Lists the resources, with those that SAM implies. */
void mr_resources_list(mr_template *template);
/* Evaluates and checks them in the order of creation. */
void mr_resources_evaluate(mr_template *template);
/* Evaluates the Outputs, for what is wrong with them. */
void mr_resources_check_outputs(mr_template *template);

/* Adds one; for sam.c. source: its Properties, NULL: none. */
mr_resource *mr_resources_add(mr_template *template, const char *logical_id, const char *type_name,
                              const mr_node *node, const mr_node *source, bool implied);

#endif
