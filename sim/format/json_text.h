/*
 * json_text.h - the grammar of JSON over raw bytes: where a value ends, and what a string says.
 *
 * These are the slow, careful words that json_scan.c uses off its fast path, and that the query
 * uses for nested values. They read RFC 8259 exactly; what a SerDe allows beyond it is
 * json_line.c's.
 */
#ifndef MR_SIM_FORMAT_JSON_TEXT_H
#define MR_SIM_FORMAT_JSON_TEXT_H

#include "sim/base/strbuf.h"
#include "sim/format/field.h"

#define MR_JSON_NESTING_MAX 200 /* objects in objects; a deeper line is malformed */

/* The place after the string whose first byte (after the quote) is at p, so that [-1] is its
 * closing quote; NULL when it does not end or holds a raw control character or a bad escape.
 * escaped: out, whether there is a backslash in it. */
const char *mr_json_string_after(const char *p, const char *end, bool *escaped);

/* The place after the number at p; NULL when there is none. */
const char *mr_json_number_after(const char *p, const char *end);

/* The place after the value at p (no blanks before it), *field filled with it; NULL when it is
 * not JSON. */
const char *mr_json_value_after(const char *p, const char *end, mr_field *field);

const char *mr_json_skip_blanks(const char *p, const char *end);

/* Appends what a string's raw text means, as UTF-8. Half a surrogate pair becomes '?', as when
 * Java writes one; an escape that JSON does not have stands for its own character. */
void mr_json_unescape(mr_bytes raw, mr_strbuf *out);

/*
 * Walks an object's members or an array's elements.
 *
 *   mr_json_walk walk = mr_json_walk_begin(field);
 *   while (mr_json_walk_next(&walk)) { ... walk.key, walk.value ... }
 *
 * The field must be one that a scanner gave: its text is known to be well formed.
 */
typedef struct mr_json_walk {
    const char *p, *end;
    bool is_object, key_escaped;
    mr_bytes key; /* raw; of an object */
    mr_field value;
} mr_json_walk;

mr_json_walk mr_json_walk_begin(mr_field nested);
bool mr_json_walk_next(mr_json_walk *walk);

/* The raw key means this name; ASCII case is ignored. */
bool mr_json_key_is(mr_bytes raw, bool escaped, mr_bytes name);

#endif
