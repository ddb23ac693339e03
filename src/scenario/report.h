/*
 * report.h - what a run of `millrace test` shows of its results, in one form or another: text for
 * people, TAP for harnesses, JSON for programs, JUnit XML for CI servers.
 *
 * A report is given results in the order of their tasks and appends to `out` what is to be written
 * by then; the caller writes it, and empties it. It does not know where that goes.
 */
#ifndef MR_SRC_SCENARIO_REPORT_H
#define MR_SRC_SCENARIO_REPORT_H

#include "src/scenario/suite.h"

typedef struct mr_report mr_report;

struct mr_report {
    mr_strbuf out;
    /* One report's own; to be called through the functions below. */
    void (*add)(mr_report *report, const mr_suite_task *task, const mr_scenario_result *result);
    void (*end)(mr_report *report, const mr_suite_counts *counts);
    void (*free)(mr_report *report);
};

void mr_report_add(mr_report *report, const mr_suite_task *task, const mr_scenario_result *result);
/* After the last result; of an interrupted or stopped run, too. */
void mr_report_end(mr_report *report, const mr_suite_counts *counts);
void mr_report_free(mr_report *report); /* NULL is fine */

/* ---- the reports ---- */

typedef struct mr_report_text_options {
    uint64_t seeds; /* a swarm of so many for each scenario, which gets one line, and more only for
                       runs that failed; 0: none */
    bool quiet;     /* only what failed, and the counts */
    bool verbose;   /* every run, with its figures and digest */
    bool colour;
} mr_report_text_options;

/*
 * What could not be run is counted here, and told by mr_report_error().
 *
 *   ok    steady                    1.2 s  simulated 5 min 0 s  7,584 rows
 *   FAIL  hot-shard (seed 7)        data/hot.yaml:14: sql: SELECT count(*) ...
 *         expected  7584
 *         got       7560
 *         ...
 *         replay: millrace test data/hot.yaml --seed 7 --chaos
 */
mr_report *mr_report_text_new(const mr_report_text_options *options);

/* TAP version 14, https://testanything.org: what failed has a YAML block. */
mr_report *mr_report_tap_new(size_t task_count);

/* One object with all of them, or an object a line; as mr_scenario_result_write() has them. */
mr_report *mr_report_json_new(bool is_lines);

/* One test suite; everything comes at the end. */
mr_report *mr_report_junit_new(void);

/* ---- what reports have in common ---- */

/* "hot-shard (seed 7)": the seed when one was asked for. */
void mr_report_title(const mr_suite_task *task, const mr_scenario_result *result, mr_strbuf *out);

/* "data/hot.yaml:14: sql: SELECT ..." of an expectation, "data/hot.yaml: invariant" of one. */
void mr_report_place(const mr_scenario_result *result, const mr_scenario_failure *failure,
                     mr_strbuf *out);

/* Of a run that could not be made, why, for standard error: a line for every mistake in the
 * scenario, "millrace: data/hot.yaml:14: there is no key ...", or one that names its file. */
void mr_report_error(const mr_suite_task *task, const mr_scenario_result *result, mr_strbuf *out);

/* "millrace test data/hot.yaml --seed 7 --chaos": the command that runs it again, for a shell. */
void mr_report_replay(const mr_suite_task *task, mr_strbuf *out);

/* Appends "INDENTATIONname      value" and a line end; further lines of the value stand below its
 * first. */
void mr_report_item(const char *indentation, const char *name, const char *value, mr_strbuf *out);

/* Appends every line of text behind the indentation, each with a line end. */
void mr_report_indent(const char *text, const char *indentation, mr_strbuf *out);

#endif
