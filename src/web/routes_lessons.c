/* routes_lessons.c - the lessons over the API: to read them, to begin one, to see how far it is. */
#include "sim/base/json.h"
#include "src/web/web_private.h"

#define BODY_BYTES_MAX (1 * (size_t)MR_MIB)

static const char *const states[] = {
    [MR_LESSON_NEW] = "new", [MR_LESSON_BEGUN] = "begun", [MR_LESSON_PASSED] = "passed", NULL};

static const mr_web_failure no_lessons = {"no-lessons", 409,
                                          "Nothing can be begun where no template runs here."};

/* ---- the lessons: read when somebody asks first, not at every start ---- */

static mr_code start_input(void *context, const mr_plan_input *input, mr_error *err)
{
    mr_web *web = context;
    const mr_pipeline_input wanted = {
        .target = input->stream, .file = input->file, .options = &input->options};
    size_t place;
    return mr_pipeline_add_input(web->pipeline, &wanted, &place, err);
}

/* NULL: there is no template, or it is not running yet. */
static mr_lessons *lessons_of(mr_web *web)
{
    if (web->lessons == NULL && web->plan != NULL && web->pipeline != NULL) {
        web->lessons = mr_lessons_new(&(mr_lessons_options){
            .sim = web->sim, .plan = web->plan, .start_input = start_input, .context = web});
    }
    return web->lessons;
}

/* ---- writing ---- */

static void write_steps(mr_json *json, const mr_lesson *lesson, size_t done)
{
    mr_json_key(json, "steps");
    mr_json_array_begin(json);
    for (size_t i = 0; i < lesson->step_count; i++) {
        mr_json_object_begin(json);
        mr_json_field_string(json, "say", lesson->steps[i].say);
        mr_json_field_bool(json, "done", i < done);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

static void write_lesson(mr_json *json, const mr_lessons *lessons, size_t place)
{
    const mr_scenario *scenario = mr_lessons_scenario(lessons, place);
    const mr_lesson *lesson = scenario->lesson;
    const int64_t passed_us = mr_lessons_passed_us(lessons, place);
    mr_json_object_begin(json);
    mr_json_field_string(json, "name", scenario->name);
    mr_json_field_string(json, "title", lesson->title);
    mr_json_field_string(json, "prose", lesson->prose);
    mr_json_field_string(json, "goal", lesson->goal);
    mr_json_field_string(json, "hint", lesson->hint);
    write_steps(json, lesson, mr_lessons_done(lessons, place));
    mr_json_field_string(json, "state", states[mr_lessons_state(lessons, place)]);
    mr_json_field_bool(json, "current", place == mr_lessons_current(lessons));
    mr_json_key(json, "passed_us");
    if (passed_us == 0) {
        mr_json_null(json);
    } else {
        mr_json_int(json, passed_us);
    }
    mr_json_object_end(json);
}

void mr_web_write_lessons(mr_json *json, mr_web *web)
{
    const mr_lessons *lessons = lessons_of(web);
    const size_t count = lessons == NULL ? 0 : mr_lessons_count(lessons);
    const size_t current = count == 0 ? MR_LESSONS_MAX : mr_lessons_current(lessons);
    mr_json_object_begin(json);
    mr_json_key(json, "lessons");
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        write_lesson(json, lessons, i);
    }
    mr_json_array_end(json);
    mr_json_field_string(json, "current",
                         current == MR_LESSONS_MAX ? NULL
                                                   : mr_lessons_scenario(lessons, current)->name);
    mr_json_object_end(json);
}

static void answer_all(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_web_write_lessons(&json, call->web);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

/* In virtual time there is no pace to set: the lesson then goes by as fast as it can. */
static void set_pace(mr_web *web, uint64_t pace)
{
    if (pace > 0 && mr_clock_mode_of(mr_sim_clock(web->sim)) != MR_CLOCK_VIRTUAL) {
        mr_error err;
        const mr_code code = mr_time_control_rate(web->time, (double)pace, &err);
        MR_ASSERT(code == MR_OK); /* its bounds are within those of rates */
    }
}

static void begin_lesson(mr_web_call *call)
{
    mr_lessons *lessons = lessons_of(call->web);
    const char *name = mr_web_text(call, "lesson");
    if (lessons == NULL || mr_lessons_count(lessons) == 0) {
        mr_web_fail(call->request, &no_lessons,
                    "there are no lessons: start with a template that has a folder lessons beside "
                    "it, such as data/crimes/template.yaml");
        return;
    }
    const size_t place = mr_lessons_find(lessons, name);
    if (place == MR_LESSONS_MAX) {
        mr_web_fail(call->request, &mr_web_not_found, "there is no lesson %s", name);
        return;
    }
    mr_error err;
    const mr_code code = mr_lessons_begin(lessons, place, &err);
    if (code != MR_OK) {
        mr_web_fail_code(call->request, code, &err);
        return;
    }
    set_pace(call->web, mr_lessons_scenario(lessons, place)->lesson->pace);
    call->web->touched++;
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    write_lesson(&json, lessons, place);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void stop_lesson(mr_web_call *call)
{
    if (call->web->lessons != NULL) {
        mr_lessons_stop(call->web->lessons);
        call->web->touched++;
    }
    answer_all(call);
}

/* ---- the tables ---- */

static const mr_web_field step_fields[] = {
    {.name = "say", .type = MR_WEB_STRING, .about = "The step in words."},
    {.name = "done", .type = MR_WEB_BOOLEAN, .about = "Whether the event log has shown it."}};
static const mr_web_shape step_shape =
    MR_WEB_SHAPE("LessonStep", "Something to bring about.", step_fields);

static const mr_web_field lesson_fields[] = {
    {.name = "name", .type = MR_WEB_STRING, .about = "Names it in paths."},
    {.name = "title", .type = MR_WEB_STRING, .about = "What lists call it."},
    {.name = "prose",
     .type = MR_WEB_STRING,
     .about = "What there is to understand: plain text, an empty line between paragraphs."},
    {.name = "goal", .type = MR_WEB_STRING, .about = "What to bring about."},
    {.name = "hint", .type = MR_WEB_STRING, .about = "How, for those who ask."},
    {.name = "steps",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &step_shape,
     .about = "In their order."},
    {.name = "state", .type = MR_WEB_STRING, .words = states, .about = "How far it is."},
    {.name = "current", .type = MR_WEB_BOOLEAN, .about = "Whether it is taken now."},
    {.name = "passed_us",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "When it was passed, in microseconds of the world's time of day."}};
static const mr_web_shape lesson_shape =
    MR_WEB_SHAPE("Lesson", "A lesson, and how far its learner is.", lesson_fields);

static const mr_web_field lessons_fields[] = {
    {.name = "lessons",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &lesson_shape,
     .about = "Those beside the template, in order of their files."},
    {.name = "current",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "The name of the one that is taken now."}};
static const mr_web_shape lessons_shape =
    MR_WEB_SHAPE("Lessons", "The lessons of the template.", lessons_fields);

static const mr_web_parameter parameters[] = {{.name = "lesson",
                                               .in_path = true,
                                               .type = MR_WEB_STRING,
                                               .about = "The lesson's name.",
                                               .example = "\"hot-shards\""}};

static const mr_web_failure *const begin_failures[] = {&mr_web_not_found, &no_lessons, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/lessons",
     .tag = "Lessons",
     .summary = "The lessons of the template",
     .guard = MR_WEB_OWN_HOST,
     .answer = &lessons_shape,
     .handle = answer_all},
    {.method = "POST",
     .path = "/_millrace/api/lessons/stop",
     .tag = "Lessons",
     .summary = "Leave the lesson that is taken now",
     .about = "Its inputs go on. Where none is taken, nothing happens.",
     .guard = MR_WEB_OWN_ORIGIN,
     .answer = &lessons_shape,
     .handle = stop_lesson},
    {.method = "POST",
     .path = "/_millrace/api/lessons/{lesson}/begin",
     .tag = "Lessons",
     .summary = "Begin a lesson, from its first step",
     .about = "Its inputs are put from now on, at the pace that it asks for; events are counted "
              "from now on.",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = parameters,
     .parameter_count = MR_COUNT(parameters),
     .answer = &lesson_shape,
     .failures = begin_failures,
     .handle = begin_lesson}};

const mr_web_group mr_web_lesson_routes = {routes, MR_COUNT(routes)};
