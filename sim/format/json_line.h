/*
 * json_line.h - one line of JSON, read with care: every key compared, every leniency of the SerDe
 * known. json_scan.c uses it for lines that its fast path does not recognise, and learns the
 * shape of the data from the leaves that it reports.
 *
 * OpenX JSON SerDe beyond RFC 8259, supported: 'single' quotes, unquoted keys and words, '=' and
 * '=>' for ':', ';' for ',', a comma before a closing brace, words in any case (TRUE), raw tabs in
 * strings, unknown escapes. Not supported, and reported as such whatever ignore.malformed.json
 * says, so that no value is ever wrong: comments, octal, hexadecimal and Java-style numbers, a
 * row that is an array, and lenient text inside an array, map or struct that is read as a whole.
 *
 * Behaviour: org.openx.data.jsonserde (its org.json fork); Hive's JsonSerDe is strict.
 */
#ifndef MR_SIM_FORMAT_JSON_LINE_H
#define MR_SIM_FORMAT_JSON_LINE_H

#include "sim/format/field.h"

/* A wanted member, and those wanted inside it: location, location.lat. */
typedef struct mr_json_node mr_json_node;
struct mr_json_node {
    mr_bytes name; /* lower case; borrowed */
    int slot;      /* the field that it fills; -1: only what is inside it is wanted */
    int position;  /* of a top-level column, for the Hive SerDe's "_col3"; -1 */
    mr_json_node *children;
    size_t child_count;
};

/* A plain value (or one skipped whole) of the line: what stands between two leaves is the same
 * from line to line, and that is the line's shape. */
typedef struct mr_json_leaf {
    const char *begin, *end;  /* quotes included */
    const mr_json_node *node; /* NULL: not wanted */
} mr_json_leaf;

#define MR_JSON_LEAVES_MAX 256

typedef enum mr_json_status {
    MR_JSON_LINE_OK,
    MR_JSON_LINE_MALFORMED,
    MR_JSON_LINE_UNSUPPORTED
} mr_json_status;

typedef struct mr_json_line {
    const mr_json_node *root;
    bool lenient;
    mr_field *fields; /* all MISSING before; filled */

    /* out */
    const char *after; /* behind the closing brace */
    const char *bad_at, *bad_why;
    bool has_shape; /* strict JSON, every member once: the leaves describe it */
    size_t leaf_count;
    mr_json_leaf leaves[MR_JSON_LEAVES_MAX];
} mr_json_line;

/* Reads the object that begins at p (its '{'). */
mr_json_status mr_json_line_parse(mr_json_line *line, const char *p, const char *end);

/* Gives a member's value to its slot and to those inside it. The value is well formed. */
void mr_json_node_fill(const mr_json_node *node, mr_field value, mr_field *fields);

#endif
