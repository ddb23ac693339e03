/*
 * result.h - what came of one run of a scenario, as its worker process tells it to `millrace
 * test`, and as the reports show it.
 */
#ifndef MR_SRC_SCENARIO_RESULT_H
#define MR_SRC_SCENARIO_RESULT_H

#include "sim/base/error.h"
#include "sim/base/strbuf.h"

#define MR_SCENARIO_RESULT_BYTES_MAX (32 * MR_MIB) /* of one result as JSON */

/* One expectation that does not hold, or an invariant that is broken. Texts are owned. */
typedef struct mr_scenario_failure {
    int line;       /* of the expectation; 0: an invariant, which every scenario expects */
    char *what;     /* "sql: SELECT count(*) ...", "invariant" */
    char *expected; /* "7584" */
    char *got;      /* "7560" */
    char *events;   /* lines of the event log around it, each with its line end; "" for none */
} mr_scenario_failure;

typedef struct mr_scenario_result {
    char *name, *file; /* owned */
    uint64_t seed;
    bool chaos;
    mr_error error; /* code MR_OK: it ran to its end, well or not; else why it could not */
    mr_scenario_failure *failures; /* in the order of the scenario, invariants first; owned */
    size_t failure_count, failure_capacity;
    char digest[65]; /* of the run; "" when it did not come to its end */
    char *schedule;  /* the faults that chaos chose, as lines of YAML; owned, NULL: none */
    char *note;      /* more for a person: "killed before each of 212 writes"; owned, NULL */

    int64_t simulated_us, wall_us;
    uint64_t rows;      /* of the inputs, stored */
    uint64_t delivered; /* records in objects of main sinks */
    uint64_t failed;    /* in error outputs */
    uint64_t lost, duplicated, reordered;
    uint64_t faults; /* that struck */
    uint64_t kills;
    uint64_t expectations; /* judged */
} mr_scenario_result;

void mr_scenario_result_init(mr_scenario_result *result, const char *name, const char *file,
                             uint64_t seed);
void mr_scenario_result_deinit(mr_scenario_result *result);

/* Texts are copied. events may be NULL. */
void mr_scenario_result_fail(mr_scenario_result *result, int line, const char *what,
                             const char *expected, const char *got, const char *events);
bool mr_scenario_result_passed(const mr_scenario_result *result);

/* One JSON object without a line end: what workers send and `--output json` prints. The seed is a
 * text: a number of JSON keeps 53 bits of it. */
void mr_scenario_result_write(const mr_scenario_result *result, mr_strbuf *out);
/* text: the object and nothing behind it; every member must be there. out: initialised by the
 * call, also on errors. Errors: MR_BAD_INPUT, naming the member. */
MR_NODISCARD mr_code mr_scenario_result_read(mr_bytes text, mr_scenario_result *out, mr_error *err);

#endif
