/* json_scan.c - see json_scan.h. */
#include "sim/format/json_scan.h"

#include "sim/base/alloc.h"
#include "sim/format/json_text.h"

/* Sources that mix a few kinds of records keep a shape for each; past that the careful reader
 * serves, and a shape is learned anew now and then. */
#define SHAPES_MAX 8

struct mr_json_scan {
    mr_json_node root; /* owned with everything below */
    size_t slot_count;
    bool lenient, ignore_malformed;
    mr_json_match_fn match;
    mr_json_shape shapes[SHAPES_MAX];
    size_t shape_count;
    size_t current;    /* the shape of the line before */
    size_t next_slot;  /* the shape to be replaced next */
    bool fields_clean; /* slots that the current shape does not fill are MISSING */
    uint64_t lost, lost_lines;
    mr_field *fields;  /* owned, slot_count */
    mr_json_line line; /* scratch of the careful reader */
};

/* ---- the tree of wanted members ---- */

static mr_json_node *node_child(mr_json_node *node, mr_bytes name, int position)
{
    for (size_t i = 0; i < node->child_count; i++) {
        if (mr_bytes_equal(node->children[i].name, name)) {
            return &node->children[i];
        }
    }
    node->children =
        mr_reallocarray(node->children, node->child_count + 1, sizeof(*node->children));
    mr_json_node *child = &node->children[node->child_count++];
    *child = (mr_json_node){
        .name = mr_bytes_make(mr_bytes_dup(name), name.len), .slot = -1, .position = position};
    return child;
}

static void add_path(mr_json_node *root, mr_bytes path, int position, int slot)
{
    mr_json_node *node = root;
    for (;;) {
        size_t len = mr_bytes_find(path, MR_PATH_SEPARATOR);
        node = node_child(node, mr_bytes_make(path.at, len), node == root ? position : -1);
        if (len == path.len) {
            break;
        }
        path = mr_bytes_make(path.at + len + 1, path.len - len - 1);
    }
    MR_ASSERT(node->slot == -1); /* a path is wanted once */
    node->slot = slot;
}

static void free_below(mr_json_node *node)
{
    for (size_t i = 0; i < node->child_count; i++) {
        free_below(&node->children[i]);
        mr_free((char *)(uintptr_t)node->children[i].name.at);
    }
    mr_free(node->children);
}

mr_json_scan *mr_json_scan_new(const mr_json_scan_options *options)
{
    mr_json_scan *scan = mr_calloc(1, sizeof(*scan));
    MR_ASSERT(options->path_count < INT16_MAX);
    scan->root.slot = -1;
    for (size_t i = 0; i < options->path_count; i++) {
        int position = options->positions == NULL ? -1 : options->positions[i];
        add_path(&scan->root, mr_bytes_of(options->paths[i]), position, (int)i);
    }
    scan->slot_count = options->path_count;
    scan->lenient = options->lenient;
    scan->ignore_malformed = options->ignore_malformed;
    scan->match = mr_json_matcher(options->level);
    scan->fields = mr_calloc(options->path_count + 1, sizeof(*scan->fields));
    return scan;
}

void mr_json_scan_free(mr_json_scan *scan)
{
    if (scan == NULL) {
        return;
    }
    for (size_t i = 0; i < scan->shape_count; i++) {
        mr_json_shape_deinit(&scan->shapes[i]);
    }
    free_below(&scan->root);
    mr_free(scan->fields);
    mr_free(scan);
}

uint64_t mr_json_scan_lost(const mr_json_scan *scan, uint64_t *lines)
{
    *lines = scan->lost_lines;
    return scan->lost;
}

/* ---- the careful way ---- */

static void clear_fields(mr_json_scan *scan)
{
    memset(scan->fields, 0, (scan->slot_count + 1) * sizeof(*scan->fields));
}

static void learn(mr_json_scan *scan, const char *begin, const char *line_feed)
{
    mr_json_shape shape = {0};
    if (!mr_json_shape_learn(&shape, &scan->line, begin, line_feed)) {
        return;
    }
    size_t place = scan->next_slot;
    scan->next_slot = (place + 1) % SHAPES_MAX;
    if (place < scan->shape_count) {
        mr_json_shape_deinit(&scan->shapes[place]);
    } else {
        scan->shape_count = place + 1;
    }
    scan->shapes[place] = shape;
    scan->current = place;
    scan->fields_clean = true;
}

/* How many more objects stand on the line. Text that is no object ends the count. */
static uint64_t count_objects(const char *p, const char *end)
{
    uint64_t count = 0;
    mr_field ignored;
    for (;;) {
        p = mr_json_skip_blanks(p, end);
        if (p < end && *p == ',') {
            p = mr_json_skip_blanks(p + 1, end);
        }
        if (p == end || *p != '{') {
            return count;
        }
        p = mr_json_value_after(p, end, &ignored);
        if (p == NULL) {
            return count + 1;
        }
        count++;
    }
}

typedef struct scan_place {
    const char *object;
    uint64_t offset;
} scan_place;

static mr_code bad_line(mr_json_scan *scan, mr_json_status status, const char *begin,
                        const char *end, scan_place place, mr_error *err)
{
    size_t at = (size_t)(scan->line.bad_at - begin);
    int shown = (int)mr_min_size((size_t)(end - begin), 60);
    if (status == MR_JSON_LINE_UNSUPPORTED) {
        return mr_error_set(err, MR_QUERY_FAILED,
                            "NOT_SUPPORTED: %s, line at byte %llu, character %zu: %s; the OpenX "
                            "SerDe accepts it, millrace does not read it: write plain JSON",
                            place.object, (unsigned long long)place.offset, at + 1,
                            scan->line.bad_why);
    }
    return mr_error_set(
        err, MR_QUERY_FAILED,
        "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: %s at "
        "%zu [character %zu line 1] (%s, line at byte %llu: %.*s)%s",
        scan->line.bad_why, at, at + 1, place.object, (unsigned long long)place.offset, shown,
        begin, scan->lenient ? "; ignore.malformed.json=true reads such rows as NULLs" : "");
}

/* One line, without its end. line_feed: how it ends; NULL for a lone carriage return. */
static mr_code careful_line(mr_json_scan *scan, const char *begin, const char *end,
                            const char *line_feed, scan_place place, mr_error *err)
{
    clear_fields(scan);
    scan->fields_clean = false;
    const char *p = mr_json_skip_blanks(begin, end);
    if (p == end) {
        return MR_OK; /* a blank line: a row of NULLs */
    }
    scan->line.root = &scan->root;
    scan->line.lenient = scan->lenient;
    scan->line.fields = scan->fields;
    mr_json_status status = mr_json_line_parse(&scan->line, p, end);
    if (status == MR_JSON_LINE_MALFORMED && scan->ignore_malformed) {
        clear_fields(scan);
        return MR_OK;
    }
    if (status != MR_JSON_LINE_OK) {
        return bad_line(scan, status, begin, end, place, err);
    }
    if (scan->line.after == end) {
        if (scan->line.has_shape && line_feed != NULL) {
            learn(scan, begin, line_feed);
        }
        return MR_OK;
    }
    uint64_t more = count_objects(scan->line.after, end);
    scan->lost += more;
    scan->lost_lines += more > 0;
    return MR_OK;
}

static const char *line_end(const char *p, const char *end)
{
    const char *feed = memchr(p, '\n', (size_t)(end - p));
    const char *stop = feed == NULL ? end : feed;
    const char *carriage = memchr(p, '\r', (size_t)(stop - p));
    return carriage == NULL ? stop : carriage;
}

static const char *next_line(const char *stop, const char *end)
{
    if (stop < end && *stop == '\r') {
        stop++;
        return stop < end && *stop == '\n' ? stop + 1 : stop;
    }
    return stop < end ? stop + 1 : end;
}

/* A last line without an end is followed by the padding's line feed. */
static const char *line_feed_at(const char *stop, const char *end)
{
    if (stop == end || *stop == '\n') {
        return "\n";
    }
    return stop + 1 < end && stop[1] == '\n' ? "\r\n" : NULL;
}

/* ---- the fast way ---- */

/* Tries the other shapes, the current one having failed. */
static const char *match_others(mr_json_scan *scan, const char *p, const char *end)
{
    for (size_t i = 0; i < scan->shape_count; i++) {
        if (i == scan->current && scan->fields_clean) {
            continue;
        }
        clear_fields(scan);
        const char *after = scan->match(&scan->shapes[i], p, end, scan->fields);
        if (after != NULL) {
            scan->current = i;
            scan->fields_clean = true;
            return after;
        }
    }
    return NULL;
}

mr_code mr_json_scan_block(mr_json_scan *scan, mr_bytes block, const char *object, uint64_t offset,
                           mr_row_sink_fn sink, void *context, bool *stopped, mr_error *err)
{
    const char *p = block.at;
    const char *end = block.at + block.len;
    *stopped = false;
    while (p < end) {
        const char *after = NULL;
        if (scan->fields_clean) {
            after = scan->match(&scan->shapes[scan->current], p, end, scan->fields);
        }
        if (MR_UNLIKELY(after == NULL)) {
            after = match_others(scan, p, end);
        }
        if (MR_UNLIKELY(after == NULL)) {
            const char *stop = line_end(p, end);
            scan_place place = {object, offset + (uint64_t)(p - block.at)};
            mr_code code = careful_line(scan, p, stop, line_feed_at(stop, end), place, err);
            if (code != MR_OK) {
                return code;
            }
            after = next_line(stop, end);
        }
        if (!sink(context, scan->fields)) {
            *stopped = true;
            return MR_OK;
        }
        p = after;
    }
    return MR_OK;
}
