/*
 * life.h - one life of a scenario's process: a world opened on a state
 * directory, its pipeline, turned until everything is delivered or the process
 * is killed.
 */
#ifndef MR_SRC_SCENARIO_LIFE_H
#define MR_SRC_SCENARIO_LIFE_H

#include "src/scenario/actions.h"
#include "src/scenario/kills.h"
#include "src/scenario/ledger.h"
#include "src/scenario/observer.h"
#include "src/scenario/scenario_run.h"

typedef struct mr_life mr_life;

typedef struct mr_life_options {
    const mr_scenario_run_options *run; /* all borrowed, all outlive the life */
    const char *directory;              /* this life's state directory */
    const char *left;                   /* where a kill leaves what is on disk; must not be there */
    bool is_first;                      /* else it goes on with what is in the directory */
    int64_t start_us;                   /* of the scenario */
    int64_t now_us;                     /* where its clock begins */
    int64_t jumped_us;                  /* how far the time of day is from it */
    /* What the log has not been told yet: that the run has started, and what killed the lives
     * before, which may have died too early to tell it of others. */
    bool is_told_start;
    const char *const *deaths;
    size_t death_count;
    mr_faults *faults;
    mr_observer *observer;
    mr_ledger *ledger;
    mr_kills *kills;
    mr_actions *actions;
} mr_life_options;

/* How a life ended. */
typedef struct mr_life_end {
    bool is_killed;
    char *killed;              /* in words: "kill before write of catalog.db-wal"; owned; NULL */
    int64_t now_us, jumped_us; /* when */
} mr_life_end;

/*
 * Opens the world and makes its pipeline.
 *
 * Errors: those of the state directory, the services, the inputs. The life is
 * there all the same when it was killed while it was being made: mr_life_turn()
 * then says so at once.
 */
MR_NODISCARD mr_code mr_life_open(const mr_life_options *options, mr_life **out, mr_error *err);

/*
 * Turns until every input has ended and everything is delivered, or the process
 * is killed.
 *
 * refused: actions that could not be done become failures of the result.
 * Errors:  MR_CORRUPT: an invariant is broken; MR_INTERRUPTED; those of the
 * machine.
 */
MR_NODISCARD mr_code mr_life_turn(mr_life *life, mr_scenario_result *result, mr_life_end *end,
                                  mr_error *err);

/* Closes its world, without flushing. NULL is fine. */
void mr_life_close(mr_life *life);

/* Whether it has told the log what there was to tell: it came that far. */
bool mr_life_has_told(const mr_life *life);
mr_sim *mr_life_sim(mr_life *life);
mr_pipeline *mr_life_pipeline(mr_life *life);
/* Why an input broke off; NULL while none has. */
const mr_error *mr_life_input_error(const mr_life *life);

#endif
