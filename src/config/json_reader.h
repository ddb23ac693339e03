/*
 * json_reader.h - JSON text to nodes with their lines.
 *
 * Strict RFC 8259, in our own words because cJSON forgets the lines that findings name, and
 * because libyaml refuses some of JSON (surrogate pairs in escapes).
 */
#ifndef MR_SRC_CONFIG_JSON_READER_H
#define MR_SRC_CONFIG_JSON_READER_H

#include "sim/base/error.h"
#include "src/config/node.h"

/* As mr_yaml_read(). */
MR_NODISCARD mr_code mr_json_read(mr_arena *arena, mr_bytes text, mr_node **out, int *line,
                                  mr_error *err);

#endif
