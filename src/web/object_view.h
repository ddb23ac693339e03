/*
 * object_view.h - what is in an object, for somebody who looks at it: its beginning, unpacked, as
 * lines, as a table, or in hex. Pure: bytes in, a preview out; bounded in all directions.
 */
#ifndef MR_SRC_WEB_OBJECT_VIEW_H
#define MR_SRC_WEB_OBJECT_VIEW_H

#include "sim/base/json.h"

#define MR_PREVIEW_READ_MAX  (64 * (size_t)MR_KIB) /* of the object's beginning */
#define MR_PREVIEW_BYTES_MAX (1 * (size_t)MR_MIB)  /* unpacked */
#define MR_PREVIEW_LINES_MAX 1000
#define MR_PREVIEW_CELLS_MAX 64 /* of a line of CSV */
#define MR_PREVIEW_HEX_BYTES 1024

typedef struct mr_object_preview_options {
    const char *key;  /* its ending says what it holds, where the bytes do not */
    mr_bytes bytes;   /* the object's beginning, at most MR_PREVIEW_READ_MAX */
    bool is_whole;    /* there is no more of it */
    size_t lines_max; /* 1 to MR_PREVIEW_LINES_MAX */
} mr_object_preview_options;

/*
 * Writes the object Preview: "kind" (jsonl, csv, text, binary), "compression" (none, gzip), and, by
 * kind, "lines", "columns" with "rows", or "hex"; the others are null. "truncated": there is more.
 * Records that stand on one line without an end between them ({"a":1}{"a":2}) are lines of their
 * own here, as they were delivered.
 */
void mr_object_preview(const mr_object_preview_options *options, mr_json *json);

#endif
