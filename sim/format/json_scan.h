/*
 * json_scan.h - rows of JSON lines: the wanted members of each line, as fields.
 *
 * A line is one row, as both JSON SerDes of Athena read it: of several objects on one line only
 * the first (the others are counted as lost), a blank line is a row of NULLs, and lines end at a
 * line feed, a carriage return or both.
 */
#ifndef MR_SIM_FORMAT_JSON_SCAN_H
#define MR_SIM_FORMAT_JSON_SCAN_H

#include "sim/format/json_shape.h"

typedef struct mr_json_scan_options {
    /* Wanted members, lower case; a path's parts are separated by 0x1f: "location\x1flat". */
    const char *const *paths; /* copied */
    const int *positions;     /* for each path the place of its column in the table; NULL: none */
    size_t path_count;
    bool lenient;          /* OpenX; otherwise the Hive SerDe */
    bool ignore_malformed; /* ignore.malformed.json: a row of NULLs instead of an error */
    mr_vector_level level; /* at most mr_vector_best() */
} mr_json_scan_options;

#define MR_PATH_SEPARATOR '\x1f'

typedef struct mr_json_scan mr_json_scan;

/* One scan serves one thread. Never NULL. */
mr_json_scan *mr_json_scan_new(const mr_json_scan_options *options);
void mr_json_scan_free(mr_json_scan *scan); /* NULL is fine */

/*
 * Gives every row of a block of whole lines to the sink. block: MR_BLOCK_PADDING bytes after it.
 *
 * object, offset: the block's place, for messages.
 * stopped:        out, the sink returned false.
 * Errors: MR_QUERY_FAILED "HIVE_CURSOR_ERROR: Row is not a valid JSON Object ..." and
 *         "NOT_SUPPORTED: ..." for leniency that is not modelled.
 */
MR_NODISCARD mr_code mr_json_scan_block(mr_json_scan *scan, mr_bytes block, const char *object,
                                        uint64_t offset, mr_row_sink_fn sink, void *context,
                                        bool *stopped, mr_error *err);

/* Objects that followed another on its line, so far, and lines on which that was so. */
uint64_t mr_json_scan_lost(const mr_json_scan *scan, uint64_t *lines);

#endif
