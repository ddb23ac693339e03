/* lessons.c - see lessons.h. */
#include "src/web/lessons.h"

#include "sim/base/alloc.h"

#include <stdlib.h>
#include <string.h>

typedef struct lesson {
    mr_scenario *scenario; /* owned */
    bool is_passed;
    size_t done;
    int64_t passed_us;
} lesson;

struct mr_lessons {
    mr_lessons_options options;
    lesson lessons[MR_LESSONS_MAX];
    size_t count;
    size_t current;               /* MR_LESSONS_MAX: none */
    mr_lesson_progress *progress; /* of the current one; owned */
};

/* ---- reading ---- */

static char *folder_of(const char *template_file)
{
    const char *slash = strrchr(template_file, '/');
    return slash == NULL ? mr_strdup("lessons")
                         : mr_format("%.*s/lessons", (int)(slash - template_file), template_file);
}

/* What is wrong with it; NULL: nothing. Owned. */
static char *fault_of(const mr_scenario *scenario)
{
    if (scenario->error_count > 0) {
        return mr_scenario_finding_text(scenario, &scenario->findings[0]);
    }
    return scenario->lesson == NULL ? mr_format("%s: a scenario without a lesson", scenario->file)
                                    : NULL;
}

static void read_lesson(mr_lessons *lessons, const char *path)
{
    mr_trace *trace = mr_sim_trace(lessons->options.sim);
    mr_scenario *scenario = NULL;
    mr_error err;
    if (mr_scenario_load(path, &scenario, &err) != MR_OK) {
        mr_trace_warn(trace, "lesson left out: %s", err.message);
        return;
    }
    char *fault = fault_of(scenario);
    if (fault != NULL) {
        mr_trace_warn(trace, "lesson left out: %s", fault);
        mr_free(fault);
        mr_scenario_free(scenario);
        return;
    }
    lessons->lessons[lessons->count++].scenario = scenario;
}

static bool is_lesson_file(const char *name)
{
    const mr_bytes bytes = mr_bytes_of(name);
    return name[0] != '.' && (mr_bytes_ends_with(bytes, mr_bytes_of(".yaml")) ||
                              mr_bytes_ends_with(bytes, mr_bytes_of(".yml")) ||
                              mr_bytes_ends_with(bytes, mr_bytes_of(".json")));
}

typedef struct names {
    char **names;
    size_t count, capacity;
} names;

static bool on_entry(const char *name, const mr_file_info *info, void *context)
{
    names *list = context;
    if (!info->is_directory && is_lesson_file(name)) {
        MR_GROW(list->names, list->count, list->capacity);
        list->names[list->count++] = mr_strdup(name);
    }
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A template without lessons is the common case, not an error. */
static void read_folder(mr_lessons *lessons)
{
    char *folder = folder_of(lessons->options.plan->file);
    mr_file_system *fs = mr_store_fs(mr_sim_store(lessons->options.sim));
    names list = {0};
    (void)fs->list(fs, folder, on_entry, &list, NULL);
    if (list.count > 0) {
        qsort(list.names, list.count, sizeof(*list.names), compare_names);
    }
    for (size_t i = 0; i < list.count; i++) {
        if (lessons->count < MR_LESSONS_MAX) {
            char *path = mr_format("%s/%s", folder, list.names[i]);
            read_lesson(lessons, path);
            mr_free(path);
        }
        mr_free(list.names[i]);
    }
    mr_free(list.names);
    mr_free(folder);
}

mr_lessons *mr_lessons_new(const mr_lessons_options *options)
{
    mr_lessons *lessons = mr_calloc(1, sizeof(*lessons));
    lessons->options = *options;
    lessons->current = MR_LESSONS_MAX;
    read_folder(lessons);
    return lessons;
}

void mr_lessons_free(mr_lessons *lessons)
{
    if (lessons == NULL) {
        return;
    }
    mr_lessons_stop(lessons);
    for (size_t i = 0; i < lessons->count; i++) {
        mr_scenario_free(lessons->lessons[i].scenario);
    }
    mr_free(lessons);
}

/* ---- asking ---- */

size_t mr_lessons_count(const mr_lessons *lessons)
{
    return lessons->count;
}

const mr_scenario *mr_lessons_scenario(const mr_lessons *lessons, size_t place)
{
    MR_ASSERT(place < lessons->count);
    return lessons->lessons[place].scenario;
}

mr_lesson_state mr_lessons_state(const mr_lessons *lessons, size_t place)
{
    MR_ASSERT(place < lessons->count);
    if (lessons->lessons[place].is_passed) {
        return MR_LESSON_PASSED;
    }
    return place == lessons->current ? MR_LESSON_BEGUN : MR_LESSON_NEW;
}

size_t mr_lessons_done(const mr_lessons *lessons, size_t place)
{
    MR_ASSERT(place < lessons->count);
    return lessons->lessons[place].done;
}

int64_t mr_lessons_passed_us(const mr_lessons *lessons, size_t place)
{
    MR_ASSERT(place < lessons->count);
    return lessons->lessons[place].passed_us;
}

size_t mr_lessons_find(const mr_lessons *lessons, const char *name)
{
    for (size_t i = 0; i < lessons->count; i++) {
        if (strcmp(lessons->lessons[i].scenario->name, name) == 0) {
            return i;
        }
    }
    return MR_LESSONS_MAX;
}

size_t mr_lessons_current(const mr_lessons *lessons)
{
    return lessons->current;
}

/* ---- taking one ---- */

static void on_event(void *context, const mr_event *event, int64_t time_us, mr_bytes line)
{
    (void)line;
    mr_lessons *lessons = context;
    lesson *current = &lessons->lessons[lessons->current];
    mr_lesson_progress_hear(lessons->progress, event, time_us);
    current->done = mr_lesson_progress_done(lessons->progress);
    if (!current->is_passed && mr_lesson_is_passed(lessons->progress)) {
        current->is_passed = true;
        current->passed_us = time_us;
    }
}

mr_code mr_lessons_begin(mr_lessons *lessons, size_t place, mr_error *err)
{
    MR_ASSERT(place < lessons->count);
    mr_lessons_stop(lessons);
    lesson *next = &lessons->lessons[place];
    for (size_t i = 0; i < next->scenario->input_count; i++) {
        mr_code code =
            lessons->options.start_input(lessons->options.context, &next->scenario->inputs[i], err);
        if (code != MR_OK) {
            return code;
        }
    }
    next->is_passed = false;
    next->done = 0;
    next->passed_us = 0;
    lessons->current = place;
    lessons->progress = mr_lesson_progress_new(next->scenario->lesson);
    mr_trace_listen(mr_sim_trace(lessons->options.sim), on_event, lessons, false);
    return MR_OK;
}

void mr_lessons_stop(mr_lessons *lessons)
{
    if (lessons->current == MR_LESSONS_MAX) {
        return;
    }
    mr_trace_unlisten(mr_sim_trace(lessons->options.sim), on_event, lessons);
    mr_lesson_progress_free(lessons->progress);
    lessons->progress = NULL;
    lessons->current = MR_LESSONS_MAX;
}
