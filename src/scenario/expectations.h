/*
 * expectations.h - whether what a scenario expects is so, at the end of its run.
 */
#ifndef MR_SRC_SCENARIO_EXPECTATIONS_H
#define MR_SRC_SCENARIO_EXPECTATIONS_H

#include "src/scenario/ledger.h"
#include "src/scenario/observer.h"
#include "src/scenario/result.h"

typedef struct mr_judging {
    const mr_scenario *scenario; /* all borrowed */
    mr_sim *sim;                 /* the last life, still open, idle */
    const char *state_directory; /* of that life */
    const mr_observer *observer;
    const mr_ledger *ledger;
    uint64_t lost; /* as scenario_run.c has found it */
    bool update;
    mr_scenario_result *result;
} mr_judging;

/* Judges every expectation of the scenario; those that do not hold become failures of the result.
 * Errors: those of the disk and the database (a failing query is a failed expectation). */
MR_NODISCARD mr_code mr_expectations_judge(const mr_judging *judging, mr_error *err);

/* Whether the number passes. */
bool mr_number_test_holds(const mr_number_test *test, double value);
/* "7584", "at least 5", "between 1 and 3", "any number"; a duration (is_duration, microseconds) as
 * mr_duration_parse() reads it: "1m30s". */
void mr_number_test_write(const mr_number_test *test, bool is_duration, mr_strbuf *out);
void mr_number_write(double value, bool is_duration, mr_strbuf *out);

#endif
