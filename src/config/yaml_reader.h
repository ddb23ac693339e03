/*
 * yaml_reader.h - YAML text to nodes, as CloudFormation reads it.
 *
 * Block and flow style, all scalar styles, anchors, aliases and "<<" merges. Short tags become
 * the long form: !Sub x is {"Fn::Sub": x}. Words stay text: dates and account ids are strings.
 */
#ifndef MR_SRC_CONFIG_YAML_READER_H
#define MR_SRC_CONFIG_YAML_READER_H

#include "sim/base/error.h"
#include "src/config/node.h"

/*
 * text:   one document; valid UTF-8, borrowed for the call.
 * out:    the top node, in the arena; MR_NODE_NULL for an empty document.
 * line:   out; on failure the line at fault.
 * Errors: MR_BAD_INPUT, MR_TOO_LARGE (depth, nodes; aliases count each time).
 */
MR_NODISCARD mr_code mr_yaml_read(mr_arena *arena, mr_bytes text, mr_node **out, int *line,
                                  mr_error *err);

#endif
