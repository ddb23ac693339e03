/*
 * lessons.h - the lessons of a template, and the one that a learner is in.
 *
 * They are the scenarios with a `lesson` in the folder `lessons` beside the template. Beginning one
 * starts its inputs in the running world and listens to the event log; the faults of its scenario
 * are not used, for they are what the learner does. One lesson is taken at a time; to begin
 * another, or the same once more, ends it.
 */
#ifndef MR_SRC_WEB_LESSONS_H
#define MR_SRC_WEB_LESSONS_H

#include "sim/sim.h"
#include "src/scenario/lesson.h"

typedef struct mr_lessons mr_lessons;

#define MR_LESSONS_MAX 64

typedef enum mr_lesson_state { MR_LESSON_NEW, MR_LESSON_BEGUN, MR_LESSON_PASSED } mr_lesson_state;

/* Puts an input of a lesson on its stream from now on; the pipeline's doing. Errors: its own. */
typedef mr_code (*mr_lesson_input_fn)(void *context, const mr_plan_input *input, mr_error *err);

typedef struct mr_lessons_options {
    mr_sim *sim; /* borrowed, outlives the lessons */
    const mr_plan *plan;
    mr_lesson_input_fn start_input;
    void *context;
} mr_lessons_options;

/* Reads the lessons of the plan's template. A file that is none, or has errors, is left out, and
 * the event log is warned. */
mr_lessons *mr_lessons_new(const mr_lessons_options *options);
void mr_lessons_free(mr_lessons *lessons); /* NULL is fine */

size_t mr_lessons_count(const mr_lessons *lessons); /* in byte order of their files' names */
/* place: below the count. Borrowed. */
const mr_scenario *mr_lessons_scenario(const mr_lessons *lessons, size_t place);
mr_lesson_state mr_lessons_state(const mr_lessons *lessons, size_t place);
size_t mr_lessons_done(const mr_lessons *lessons, size_t place); /* steps, the first ones */
/* When it was passed, as mr_clock_wall_us(); 0: it is not. */
int64_t mr_lessons_passed_us(const mr_lessons *lessons, size_t place);
/* By its scenario's name; MR_LESSONS_MAX when there is none. */
size_t mr_lessons_find(const mr_lessons *lessons, const char *name);
/* The one that is taken now; MR_LESSONS_MAX: none. */
size_t mr_lessons_current(const mr_lessons *lessons);

/* Errors: those of its inputs; it has then not begun. */
MR_NODISCARD mr_code mr_lessons_begin(mr_lessons *lessons, size_t place, mr_error *err);
/* Listens no more; what was passed stays so. None under way is fine. */
void mr_lessons_stop(mr_lessons *lessons);

#endif
