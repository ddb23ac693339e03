/*
 * summary.h - what a run did, for a person (text) or a program (JSON), on standard error.
 */
#ifndef MR_SRC_APP_SUMMARY_H
#define MR_SRC_APP_SUMMARY_H

#include "src/app/pipeline.h"

typedef struct mr_summary {
    mr_sim *sim;
    const mr_pipeline *pipeline;
    int64_t start_us;   /* virtual time at the beginning */
    int64_t wall_us;    /* real duration */
    const char *digest; /* hex; NULL: none (the run was interrupted) */
} mr_summary;

/* Text of several lines, or one JSON object on one line, which begins as every object of --log json
 * (log_line.h); appended to out. Errors: those of the
 * store's listing. */
MR_NODISCARD mr_code mr_summary_text(const mr_summary *summary, mr_strbuf *out, mr_error *err);
MR_NODISCARD mr_code mr_summary_json(const mr_summary *summary, mr_strbuf *out, mr_error *err);

#endif
