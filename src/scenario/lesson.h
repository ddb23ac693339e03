/*
 * lesson.h - how far a learner has come in a lesson.
 *
 * A lesson is a scenario with a `lesson` (scenario.h): its inputs are what the console starts, its
 * steps are what the learner has to bring about, one after the other, and its faults are one way
 * to do it, which `millrace test` takes, so that a lesson that cannot be passed is a red test.
 *
 * A step is done when so many of its events have been seen since the one before it was done, with
 * none that the step forbids (`unless`) in between.
 */
#ifndef MR_SRC_SCENARIO_LESSON_H
#define MR_SRC_SCENARIO_LESSON_H

#include "src/scenario/scenario.h"

typedef struct mr_lesson_progress mr_lesson_progress;

/* lesson: borrowed, outlives it. */
mr_lesson_progress *mr_lesson_progress_new(const mr_lesson *lesson);
void mr_lesson_progress_free(mr_lesson_progress *progress); /* NULL is fine */

void mr_lesson_progress_hear(mr_lesson_progress *progress, const mr_event *event, int64_t time_us);

size_t mr_lesson_progress_done(const mr_lesson_progress *progress); /* steps, the first ones */
bool mr_lesson_is_passed(const mr_lesson_progress *progress);
/* How many events the present step still wants; 0 when all is passed. */
uint64_t mr_lesson_progress_wants(const mr_lesson_progress *progress);
/* When the last step that is done was; 0: none is. As the event's time. */
int64_t mr_lesson_progress_done_us(const mr_lesson_progress *progress);

#endif
