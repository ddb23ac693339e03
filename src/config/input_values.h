/*
 * input_values.h - an input as a template's Metadata or a scenario writes it: what it puts on, and
 * its options as nodes.
 */
#ifndef MR_SRC_CONFIG_INPUT_VALUES_H
#define MR_SRC_CONFIG_INPUT_VALUES_H

#include "sim/producer/input_options.h"
#include "src/config/findings.h"

/* What takes an input's records. */
typedef struct mr_input_target {
    const char *name;
    bool is_delivery; /* a DirectPut delivery stream, not a data stream */
} mr_input_target;

/*
 * Finds the data stream or DirectPut delivery stream so called, by name or logical id.
 *
 * may_be_refused: the template had a mistake, so that a name which is not in the plan may be in the
 *                 template: nothing is said of it.
 * Returns:        false when there is none, or when it takes no records; at is then at fault.
 */
bool mr_input_target_find(const mr_plan *plan, mr_findings *findings, const mr_node *at,
                          const char *word, bool may_be_refused, mr_input_target *out);

/* Sets the option of this name (in either spelling) from its node: one value, or for columns also a
 * list. False, with an error, when the value does not fit. */
bool mr_input_value_set(mr_input_options *options, mr_arena *arena, mr_findings *findings,
                        const char *name, const mr_node *value);

#endif
