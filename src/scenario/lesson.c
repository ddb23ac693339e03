/* lesson.c - see lesson.h. */
#include "src/scenario/lesson.h"

#include "sim/base/alloc.h"
#include "src/scenario/event_match.h"

typedef struct step_match {
    mr_event_match wanted, unless;
} step_match;

struct mr_lesson_progress {
    const mr_lesson *lesson;
    step_match *steps; /* one for each of the lesson's; owned */
    size_t done;
    uint64_t seen; /* of the present step */
    int64_t done_us;
};

mr_lesson_progress *mr_lesson_progress_new(const mr_lesson *lesson)
{
    mr_lesson_progress *progress = mr_calloc(1, sizeof(*progress));
    progress->lesson = lesson;
    progress->steps = mr_calloc(mr_max_size(lesson->step_count, 1), sizeof(*progress->steps));
    for (size_t i = 0; i < lesson->step_count; i++) {
        const mr_lesson_step *step = &lesson->steps[i];
        progress->steps[i].wanted = mr_event_match_make(&step->event);
        progress->steps[i].unless = mr_event_match_make(step->has_unless ? &step->unless : NULL);
    }
    return progress;
}

void mr_lesson_progress_free(mr_lesson_progress *progress)
{
    if (progress == NULL) {
        return;
    }
    for (size_t i = 0; i < progress->lesson->step_count; i++) {
        mr_event_match_deinit(&progress->steps[i].wanted);
        mr_event_match_deinit(&progress->steps[i].unless);
    }
    mr_free(progress->steps);
    mr_free(progress);
}

static uint64_t needed(const mr_lesson_step *step)
{
    return (uint64_t)step->event.count.least;
}

void mr_lesson_progress_hear(mr_lesson_progress *progress, const mr_event *event, int64_t time_us)
{
    if (mr_lesson_is_passed(progress)) {
        return;
    }
    const step_match *match = &progress->steps[progress->done];
    if (mr_event_matches(&match->unless, event)) {
        progress->seen = 0;
    } else if (mr_event_matches(&match->wanted, event)) {
        progress->seen += mr_event_weight(event);
    }
    if (progress->seen >= needed(&progress->lesson->steps[progress->done])) {
        progress->done++;
        progress->seen = 0;
        progress->done_us = time_us;
    }
}

size_t mr_lesson_progress_done(const mr_lesson_progress *progress)
{
    return progress->done;
}

bool mr_lesson_is_passed(const mr_lesson_progress *progress)
{
    return progress->done == progress->lesson->step_count;
}

uint64_t mr_lesson_progress_wants(const mr_lesson_progress *progress)
{
    return mr_lesson_is_passed(progress)
               ? 0
               : needed(&progress->lesson->steps[progress->done]) - progress->seen;
}

int64_t mr_lesson_progress_done_us(const mr_lesson_progress *progress)
{
    return progress->done_us;
}
