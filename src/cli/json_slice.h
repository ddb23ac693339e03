/*
 * json_slice.h - parts of a JSON text as they stand in it: what a server says is printed in its own
 * digits, none of which goes through a double.
 *
 * The text is one that cJSON has read: it is known to be well formed.
 */
#ifndef MR_SRC_CLI_JSON_SLICE_H
#define MR_SRC_CLI_JSON_SLICE_H

#include "sim/format/json_text.h"

/* The text of an object's member, the quotes of a string included; empty: it has none of this name.
 * object: borrowed as long as the slice is used. */
mr_bytes cli_json_member(mr_bytes object, const char *name);

/* A whole number of an object's member; fallback: it has none, or it is no such number. */
uint64_t cli_json_uint(mr_bytes object, const char *name, uint64_t fallback);

/* Walks the elements of the array that is an object's member (mr_json_walk_next(), then
 * mr_field_bytes() of the value, where that is an object, an array or a number); none: it has no
 * such member. */
mr_json_walk cli_json_elements(mr_bytes object, const char *name);

#endif
