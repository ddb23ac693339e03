/*
 * findings.h - what was found while a template was read: warnings and errors, each with its line
 * and its path, in the order of lines at the end.
 */
#ifndef MR_SRC_CONFIG_FINDINGS_H
#define MR_SRC_CONFIG_FINDINGS_H

#include "src/config/node.h"
#include "src/config/plan.h"

#define MR_FINDINGS_MAX 1000 /* more are counted, not kept */

typedef struct mr_findings mr_findings;

mr_findings *mr_findings_new(mr_arena *arena); /* its texts live in the arena, which is borrowed */
void mr_findings_free(mr_findings *findings);  /* NULL is fine */

/* at: the place (its line and its path); NULL: the file as a whole. */
void mr_findings_error(mr_findings *findings, const mr_node *at, const char *format, ...)
    MR_PRINTF(3, 4);
void mr_findings_warn(mr_findings *findings, const mr_node *at, const char *format, ...)
    MR_PRINTF(3, 4);
/* Says it the first time alone. once: what it is about, such as "AWS::S3::Bucket.Tags". */
void mr_findings_warn_once(mr_findings *findings, const char *once, const mr_node *at,
                           const char *format, ...) MR_PRINTF(4, 5);
/* The same with a place that has no node. path: copied; may be NULL. */
void mr_findings_add(mr_findings *findings, mr_finding_kind kind, int line, const char *path,
                     const char *message);

size_t mr_findings_errors(const mr_findings *findings);

/* Sorted by line; findings of one line stay in the order in which they were made. The array lives
 * in the arena. */
mr_finding *mr_findings_take(mr_findings *findings, size_t *count, size_t *errors);

/* "; did you mean X?" in the arena, or "" when no candidate is near (or findings are no longer
 * kept). */
const char *mr_findings_hint(mr_findings *findings, const char *word, const char *const *candidates,
                             size_t count);

#endif
