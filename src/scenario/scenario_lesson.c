/* scenario_lesson.c - `lesson`: what a learner reads, and the steps to take. */
#include "src/config/document.h"
#include "src/scenario/scenario_reader.h"

#define PACE_MAX 100000

/* events: the map {type, where, at-least}. */
static bool read_wanted(mr_scenario_reader *reader, const mr_node *node, mr_expect_events *out)
{
    if (!mr_scenario_map(reader, node, MR_LEVEL_LESSON_EVENT, "event") ||
        !mr_scenario_read_event(reader, node, out) ||
        !mr_scenario_bounds(reader, node, MR_UNIT_COUNT, &out->count)) {
        return false;
    }
    if (!out->count.has_least) {
        out->count = (mr_number_test){.has_least = true, .least = 1};
    }
    if (out->count.least < 1) {
        mr_findings_error(reader->findings, node, "at-least: a step wants one event at least");
        return false;
    }
    return true;
}

static bool read_step(mr_scenario_reader *reader, const mr_node *map, mr_lesson_step *step)
{
    *step = (mr_lesson_step){.say = NULL};
    if (!mr_scenario_map(reader, map, MR_LEVEL_LESSON_STEP, "a step")) {
        return false;
    }
    const mr_node *event = mr_node_get(map, "event"), *unless = mr_node_get(map, "unless");
    step->say = mr_document_need_text(reader->findings, map, "say");
    step->line = map->line;
    if (event == NULL) {
        mr_findings_error(reader->findings, map,
                          "a step says which event of the log shows that it is done: event: "
                          "{type: shard.throttled, at-least: 100}");
        return false;
    }
    bool ok = read_wanted(reader, event, &step->event) && step->say != NULL;
    if (unless != NULL) {
        step->has_unless = true;
        ok = mr_scenario_map(reader, unless, MR_LEVEL_LESSON_UNLESS, "unless") &&
             mr_scenario_read_event(reader, unless, &step->unless) && ok;
    }
    return ok;
}

static void read_steps(mr_scenario_reader *reader, const mr_node *list, mr_lesson *lesson)
{
    mr_lesson_step *steps = NULL;
    size_t count = 0;
    if (list->kind != MR_NODE_LIST || list->count == 0) {
        if (list->kind != MR_NODE_UNKNOWN) {
            mr_findings_error(reader->findings, list, "steps is a list of maps {say, event}");
        }
        return;
    }
    for (size_t i = 0; i < list->count; i++) {
        mr_lesson_step step;
        if (read_step(reader, list->items[i], &step)) {
            MR_ARENA_PUSH(reader->arena, steps, count, step);
        }
    }
    lesson->steps = steps;
    lesson->step_count = count;
}

void mr_scenario_read_lesson(mr_scenario_reader *reader, const mr_node *map)
{
    if (!mr_scenario_map(reader, map, MR_LEVEL_LESSON, "lesson")) {
        return;
    }
    mr_lesson *lesson = mr_arena_alloc(reader->arena, sizeof(*lesson));
    *lesson = (mr_lesson){.line = map->line};
    lesson->title = mr_document_need_text(reader->findings, map, "title");
    lesson->prose = mr_document_need_text(reader->findings, map, "prose");
    lesson->goal = mr_document_need_text(reader->findings, map, "goal");
    lesson->hint = mr_document_need_text(reader->findings, map, "hint");
    const mr_node *steps = mr_node_get(map, "steps"), *pace = mr_node_get(map, "pace");
    if (pace != NULL) {
        (void)mr_scenario_count(reader, pace, "pace", 1, PACE_MAX, &lesson->pace);
    }
    if (steps == NULL) {
        mr_findings_error(reader->findings, map, "a lesson has steps: a list of {say, event}");
        return;
    }
    read_steps(reader, steps, lesson);
    reader->scenario->lesson = lesson;
}
