/* findings.c - see findings.h. */
#include "src/config/findings.h"

#include "sim/base/map.h"
#include "sim/base/nearest.h"

#include <stdarg.h>

#define FINDING_BYTES_MAX 2000 /* a message quotes at most so much of a template */

struct mr_findings {
    mr_arena *arena;
    mr_finding *items;
    size_t count, capacity;
    size_t errors, left_out;
    mr_map *said; /* keys of mr_findings_warn_once() */
};

mr_findings *mr_findings_new(mr_arena *arena)
{
    mr_findings *findings = mr_calloc(1, sizeof(*findings));
    findings->arena = arena;
    findings->said = mr_map_new();
    return findings;
}

void mr_findings_free(mr_findings *findings)
{
    if (findings == NULL) {
        return;
    }
    mr_map_free(findings->said);
    mr_free(findings->items);
    mr_free(findings);
}

void mr_findings_add(mr_findings *findings, mr_finding_kind kind, int line, const char *path,
                     const char *message)
{
    if (kind == MR_FINDING_ERROR) {
        findings->errors++;
    }
    if (findings->count >= MR_FINDINGS_MAX) {
        findings->left_out++;
        return;
    }
    MR_GROW(findings->items, findings->count, findings->capacity);
    findings->items[findings->count++] = (mr_finding){
        .kind = kind,
        .line = line,
        .path = mr_arena_text(findings->arena, path == NULL ? "" : path),
        .message = mr_arena_text(findings->arena, message),
    };
}

static void add_at(mr_findings *findings, mr_finding_kind kind, const mr_node *at,
                   const char *format, va_list args) MR_PRINTF(4, 0);

static void add_at(mr_findings *findings, mr_finding_kind kind, const mr_node *at,
                   const char *format, va_list args)
{
    mr_strbuf path = mr_strbuf_make(FINDING_BYTES_MAX);
    mr_strbuf message = mr_strbuf_make(FINDING_BYTES_MAX);
    mr_node_path(at, &path);
    mr_strbuf_vappendf(&message, format, args);
    /* One finding is one line: a value with line ends is shown with blanks for them. */
    for (size_t i = 0; i < message.len; i++) {
        if ((unsigned char)message.at[i] < ' ') {
            message.at[i] = ' ';
        }
    }
    mr_findings_add(findings, kind, mr_node_line(at), mr_strbuf_text(&path),
                    message.overflowed ? "the value is too long to be shown"
                                       : mr_strbuf_text(&message));
    mr_strbuf_deinit(&path);
    mr_strbuf_deinit(&message);
}

void mr_findings_error(mr_findings *findings, const mr_node *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_at(findings, MR_FINDING_ERROR, at, format, args);
    va_end(args);
}

void mr_findings_warn(mr_findings *findings, const mr_node *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_at(findings, MR_FINDING_WARNING, at, format, args);
    va_end(args);
}

void mr_findings_warn_once(mr_findings *findings, const char *once, const mr_node *at,
                           const char *format, ...)
{
    if (mr_map_put(findings->said, mr_bytes_of(once), findings) != NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    add_at(findings, MR_FINDING_WARNING, at, format, args);
    va_end(args);
}

size_t mr_findings_errors(const mr_findings *findings)
{
    return findings->errors;
}

/* Merge sort by line, because it keeps equal lines in their order and qsort need not. */
static void sort_by_line(mr_finding *items, mr_finding *spare, size_t count)
{
    if (count < 2) {
        return;
    }
    size_t half = count / 2;
    sort_by_line(items, spare, half);
    sort_by_line(items + half, spare, count - half);
    memcpy(spare, items, count * sizeof(*items));
    size_t a = 0, b = half;
    for (size_t i = 0; i < count; i++) {
        bool left = b == count || (a < half && spare[a].line <= spare[b].line);
        items[i] = left ? spare[a++] : spare[b++];
    }
}

mr_finding *mr_findings_take(mr_findings *findings, size_t *count, size_t *errors)
{
    if (findings->left_out > 0) {
        const char *text =
            mr_arena_format(findings->arena, "%zu more findings are not shown", findings->left_out);
        MR_GROW(findings->items, findings->count, findings->capacity);
        findings->items[findings->count++] = (mr_finding){MR_FINDING_WARNING, INT32_MAX, "", text};
    }
    size_t size = findings->count * sizeof(mr_finding);
    mr_finding *items = mr_arena_alloc(findings->arena, size);
    if (findings->count > 0) {
        memcpy(items, findings->items, size);
        sort_by_line(items, mr_arena_alloc(findings->arena, size), findings->count);
    }
    if (findings->left_out > 0) {
        items[findings->count - 1].line = 0;
    }
    *count = findings->count;
    *errors = findings->errors;
    return items;
}

const char *mr_findings_hint(mr_findings *findings, const char *word, const char *const *candidates,
                             size_t count)
{
    if (findings->count >= MR_FINDINGS_MAX) {
        return "";
    }
    const char *near = mr_nearest(mr_bytes_of(word), candidates, count);
    return near == NULL ? "" : mr_arena_format(findings->arena, "; did you mean %s?", near);
}
