/* What is remembered of functions: their newest lines and invocations, of the newest functions. */
#include "src/web/function_log.h"

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <cjson/cJSON.h>

typedef struct world {
    mr_clock *clock;
    mr_trace *trace;
    mr_function_log *log;
} world;

static void world_init(world *w)
{
    w->clock = mr_clock_new(&(mr_clock_options){.mode = MR_CLOCK_VIRTUAL, .start_us = 1000});
    w->trace = mr_trace_new(w->clock);
    w->log = mr_function_log_new(w->trace);
}

static void world_deinit(world *w)
{
    mr_function_log_free(w->log);
    mr_trace_free(w->trace);
    mr_clock_free(w->clock);
}

static void say(world *w, const char *function, const char *line)
{
    mr_trace_emit(w->trace, &(mr_event){.type = MR_EVENT_FUNCTION_LOG,
                                        .function = function,
                                        .id = "request",
                                        .message = line});
}

static cJSON *written(const world *w, const char *function, size_t most)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(&out);
    mr_json_object_begin(&json);
    mr_function_log_write(w->log, function, most, &json);
    mr_json_object_end(&json);
    cJSON *value = cJSON_Parse(mr_strbuf_text(&out));
    assert_non_null(value);
    mr_strbuf_deinit(&out);
    return value;
}

static const cJSON *list(const cJSON *log, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(log, name);
}

static const cJSON *at(const cJSON *array, int place, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(array, place), name);
}

static void test_the_newest_lines_are_kept_oldest_first(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    for (int i = 0; i < MR_FUNCTION_LOG_LINES + 5; i++) {
        char *line = mr_format("line %d", i);
        say(&w, "clean", line);
        mr_free(line);
    }
    cJSON *log = written(&w, "clean", 1000);
    const cJSON *lines = list(log, "lines");
    CHECK_INT("kept", cJSON_GetArraySize(lines), MR_FUNCTION_LOG_LINES);
    CHECK_STR("oldest", at(lines, 0, "line")->valuestring, "line 5");
    CHECK_STR("newest", at(lines, MR_FUNCTION_LOG_LINES - 1, "line")->valuestring, "line 204");
    CHECK_INT("id", (int)at(lines, 0, "id")->valuedouble, 6);
    cJSON_Delete(log);
    log = written(&w, "clean", 2);
    CHECK_INT("asked for", cJSON_GetArraySize(list(log, "lines")), 2);
    CHECK_STR("of them", at(list(log, "lines"), 0, "line")->valuestring, "line 203");
    cJSON_Delete(log);
    world_deinit(&w);
}

static void test_an_invocation_is_open_until_it_is_answered(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    mr_event event = {.type = MR_EVENT_INVOKED, .function = "clean", .id = "a", .records = 3};
    mr_trace_emit(w.trace, &event);
    event.id = "b";
    mr_trace_emit(w.trace, &event);
    mr_trace_emit(w.trace, &(mr_event){.type = MR_EVENT_ANSWERED,
                                       .function = "clean",
                                       .id = "a",
                                       .reason = "ok",
                                       .duration_us = 1500});
    cJSON *log = written(&w, "clean", 10);
    const cJSON *invocations = list(log, "invocations");
    CHECK_INT("both", cJSON_GetArraySize(invocations), 2);
    CHECK_STR("outcome", at(invocations, 0, "outcome")->valuestring, "ok");
    CHECK_INT("duration", (int)at(invocations, 0, "duration_us")->valuedouble, 1500);
    CHECK_INT("records", (int)at(invocations, 0, "records")->valuedouble, 3);
    assert_true(cJSON_IsNull(at(invocations, 1, "outcome")));
    assert_true(cJSON_IsNull(at(invocations, 1, "duration_us")));
    cJSON_Delete(log);
    world_deinit(&w);
}

static void test_long_lines_are_cut_and_unknown_functions_empty(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    char *line = mr_calloc(MR_FUNCTION_LOG_LINE_BYTES + 10, 1);
    memset(line, 'x', MR_FUNCTION_LOG_LINE_BYTES + 9);
    say(&w, "clean", line);
    mr_free(line);
    cJSON *log = written(&w, "clean", 10);
    CHECK_INT("cut", strlen(at(list(log, "lines"), 0, "line")->valuestring),
              MR_FUNCTION_LOG_LINE_BYTES);
    cJSON_Delete(log);
    log = written(&w, "other", 10);
    CHECK_INT("none", cJSON_GetArraySize(list(log, "lines")), 0);
    CHECK_INT("none", cJSON_GetArraySize(list(log, "invocations")), 0);
    cJSON_Delete(log);
    world_deinit(&w);
}

static void test_the_function_that_was_quiet_longest_is_forgotten(void **state)
{
    (void)state;
    world w;
    world_init(&w);
    for (int i = 0; i < MR_FUNCTION_LOG_FUNCTIONS; i++) {
        char *name = mr_format("f%d", i);
        say(&w, name, "hello");
        mr_free(name);
    }
    say(&w, "f0", "again");
    say(&w, "new", "hello");
    static const struct {
        const char *name;
        int lines;
    } rows[] = {{"f0", 2}, {"f1", 0}, {"f2", 1}, {"new", 1}};
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        cJSON *log = written(&w, rows[i].name, 10);
        CHECK_INT(rows[i].name, cJSON_GetArraySize(list(log, "lines")), rows[i].lines);
        cJSON_Delete(log);
    }
    world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_lines_are_kept_oldest_first),
        cmocka_unit_test(test_an_invocation_is_open_until_it_is_answered),
        cmocka_unit_test(test_long_lines_are_cut_and_unknown_functions_empty),
        cmocka_unit_test(test_the_function_that_was_quiet_longest_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
