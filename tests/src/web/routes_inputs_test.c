/* Inputs of a template, begun, paused and put a second time through the web side. */
#include "src/app/pipeline.h"
#include "tests/src/web/web_help.h"

static const char template_text[] =
    "Metadata:\n"
    "  Millrace:\n"
    "    Inputs:\n"
    "      - {Stream: Ticks, File: ticks.csv, Rate: 10/s, PartitionKey: 'column:name'}\n"
    "      - {Stream: Ticks, File: missing.csv}\n"
    "Resources:\n"
    "  Ticks:\n"
    "    Type: AWS::Kinesis::Stream\n"
    "    Properties: {Name: ticks, ShardCount: 1}\n";

typedef struct fixture {
    char *directory;
    mr_plan *plan;
    web_world w;
    mr_pipeline *pipeline;
} fixture;

static void write_file(const char *directory, const char *name, const char *text)
{
    char *path = mr_format("%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    mr_free(path);
}

static void fixture_init(fixture *f)
{
    mr_error err = {0};
    *f = (fixture){.directory = check_temp_dir()};
    write_file(f->directory, "template.yaml", template_text);
    write_file(f->directory, "ticks.csv", "name,price\na,1\nb,2\nc,3\n");
    char *file = mr_format("%s/template.yaml", f->directory);
    const mr_plan_options options = {.file = file, .inputs = MR_PLAN_INPUTS_UNUSED};
    CHECK_OK("plan", mr_plan_load(&options, &f->plan, &err), &err);
    mr_free(file);
    web_world_init(&f->w, f->plan);
    const mr_pipeline_options of = {.sim = f->w.api.sim,
                                    .loop = &f->w.api.loop,
                                    .plan = f->plan,
                                    .state_directory = f->w.api.directory,
                                    .resume = true};
    CHECK_OK("pipeline", mr_pipeline_new(&of, &f->pipeline, &err), &err);
    mr_web_set_pipeline(f->w.web, f->pipeline);
}

static void fixture_deinit(fixture *f)
{
    mr_web_set_pipeline(f->w.web, NULL);
    mr_pipeline_free(f->pipeline);
    web_world_deinit(&f->w);
    mr_plan_free(f->plan);
    check_remove_dir(f->directory);
}

#define INPUTS "/_millrace/api/inputs"
#define SECOND INT64_C(1000000)

static const cJSON *member(const cJSON *object, const char *name)
{
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_non_null(value);
    return value;
}

static uint64_t stored(fixture *f)
{
    mr_stream *stream = mr_streams_find(mr_sim_streams(f->w.api.sim), "ticks");
    return mr_shard_last(mr_stream_shard(stream, 0));
}

/* Begins the template's first input; its place. */
static int begin(fixture *f, const char *body)
{
    cJSON *input = web_ask_json(&f->w, "POST " INPUTS, body, 201);
    const int place = (int)member(input, "place")->valuedouble;
    cJSON_Delete(input);
    return place;
}

static void test_what_the_template_declares_is_shown_and_not_put_by_itself(void **state)
{
    (void)state;
    fixture f;
    fixture_init(&f);
    api_advance(&f.w.api, 10 * SECOND);
    cJSON *list = web_ask_json(&f.w, "GET " INPUTS, NULL, 200);
    const cJSON *declared = member(list, "declared")->child;
    CHECK_INT("begun", cJSON_GetArraySize(member(list, "inputs")), 0);
    CHECK_INT("declared", cJSON_GetArraySize(member(list, "declared")), 2);
    CHECK_STR("key", member(declared, "partition_key")->valuestring, "column:name");
    assert_true(member(declared, "rate")->valuedouble == 10);
    CHECK_INT("stored", stored(&f), 0);
    cJSON_Delete(list);
    fixture_deinit(&f);
}

static void test_a_second_pass_counts_as_new_rows(void **state)
{
    (void)state;
    fixture f;
    fixture_init(&f);
    CHECK_INT("first", begin(&f, "{\"declared\":0}"), 0);
    api_advance(&f.w.api, 2 * SECOND);
    CHECK_INT("stored", stored(&f), 3);
    CHECK_INT("second", begin(&f, "{\"declared\":0,\"repeat\":2,\"rows\":5,\"rate\":\"max\"}"), 1);
    api_advance(&f.w.api, 2 * SECOND);
    CHECK_INT("stored", stored(&f), 8);
    cJSON *list = web_ask_json(&f.w, "GET " INPUTS, NULL, 200);
    const cJSON *second = cJSON_GetArrayItem(member(list, "inputs"), 1);
    assert_true(cJSON_IsTrue(member(second, "ended")));
    CHECK_INT("rows", (int)member(second, "rows")->valuedouble, 5);
    cJSON_Delete(list);
    fixture_deinit(&f);
}

/* The numbers by which records know their inputs: what a resumed run asks after. */
static bool count_row(void *context, uint64_t row)
{
    (void)row;
    ++*(int *)context;
    return true;
}

static int rows_of(fixture *f, uint32_t input)
{
    int count = 0;
    uint64_t through;
    mr_error err = {0};
    mr_stream *stream = mr_streams_find(mr_sim_streams(f->w.api.sim), "ticks");
    CHECK_OK("rows", mr_stream_stored_rows(stream, input, &through, count_row, &count, &err), &err);
    return count;
}

static void test_a_resumed_run_does_not_take_added_rows_for_its_own(void **state)
{
    (void)state;
    fixture f;
    fixture_init(&f);
    begin(&f, "{\"declared\":0}");
    api_advance(&f.w.api, 2 * SECOND);
    CHECK_INT("of the run's first input", rows_of(&f, 1), 0);
    CHECK_INT("of the added one", rows_of(&f, MR_PIPELINE_ADDED_INPUT_FIRST), 3);

    /* another session on the same world */
    mr_error err = {0};
    const mr_pipeline_options of = {.sim = f.w.api.sim,
                                    .loop = &f.w.api.loop,
                                    .plan = f.plan,
                                    .state_directory = f.w.api.directory,
                                    .resume = true};
    mr_pipeline_free(f.pipeline);
    CHECK_OK("pipeline", mr_pipeline_new(&of, &f.pipeline, &err), &err);
    mr_web_set_pipeline(f.w.web, f.pipeline);
    begin(&f, "{\"declared\":0}");
    api_advance(&f.w.api, 2 * SECOND);
    CHECK_INT("of the first session", rows_of(&f, MR_PIPELINE_ADDED_INPUT_FIRST), 3);
    CHECK_INT("of the second", rows_of(&f, MR_PIPELINE_ADDED_INPUT_FIRST + 1), 3);
    fixture_deinit(&f);
}

static void test_an_input_is_paused_and_goes_on_at_another_rate(void **state)
{
    (void)state;
    fixture f;
    fixture_init(&f);
    begin(&f, "{\"declared\":0,\"rate\":\"1/s\",\"partition_key\":\"const:x\"}");
    cJSON *input = web_ask_json(&f.w, "POST " INPUTS "/0", "{\"action\":\"pause\"}", 200);
    assert_true(cJSON_IsTrue(member(input, "paused")));
    cJSON_Delete(input);
    api_advance(&f.w.api, 60 * SECOND);
    CHECK_INT("while it is paused", stored(&f), 0);
    input = web_ask_json(&f.w, "POST " INPUTS "/0", "{\"action\":\"resume\"}", 200);
    assert_true(cJSON_IsFalse(member(input, "paused")));
    cJSON_Delete(input);
    input = web_ask_json(&f.w, "POST " INPUTS "/0", "{\"action\":\"rate\",\"rate\":\"max\"}", 200);
    assert_true(member(input, "rate")->valuedouble == 0);
    assert_true(member(input, "rate_asked")->valuedouble == 1);
    cJSON_Delete(input);
    api_advance(&f.w.api, SECOND);
    CHECK_INT("stored", stored(&f), 3);
    cJSON *page = web_ask_json(&f.w, "GET /_millrace/api/streams/ticks/records?shard=0", NULL, 200);
    CHECK_STR("key", member(member(page, "records")->child, "partition_key")->valuestring, "x");
    cJSON_Delete(page);
    fixture_deinit(&f);
}

/* A client may delete the stream that an input puts to. */
static void test_an_input_breaks_off_when_its_stream_goes(void **state)
{
    (void)state;
    fixture f;
    fixture_init(&f);
    mr_error err = {0};
    begin(&f, "{\"declared\":0,\"rate\":\"1/s\"}");
    CHECK_OK("delete", mr_streams_delete(mr_sim_streams(f.w.api.sim), "ticks", &err), &err);
    api_advance(&f.w.api, 60 * SECOND);
    cJSON *list = web_ask_json(&f.w, "GET " INPUTS, NULL, 200);
    const cJSON *input = member(list, "inputs")->child;
    assert_true(cJSON_IsTrue(member(input, "ended")));
    CHECK_INT("records", (int)member(input, "records")->valuedouble, 0);
    assert_null(mr_pipeline_input_error(f.pipeline));
    cJSON_Delete(list);
    char *word = web_ask_word(&f.w, "POST " INPUTS, NULL, "{\"declared\":0}");
    CHECK_STR("another", word, "404 stream-not-found");
    mr_free(word);
    fixture_deinit(&f);
}

typedef struct refusal_row {
    const char *line, *headers, *body, *expected;
} refusal_row;

static void test_what_cannot_be_begun_is_refused_in_words(void **state)
{
    (void)state;
    static const refusal_row rows[] = {
        {"POST " INPUTS, NULL, "{\"declared\":2}", "404 not-found"},
        {"POST " INPUTS, NULL, "{\"declared\":1}", "404 not-found"},
        {"POST " INPUTS, NULL, "{\"declared\":-1}", "400 invalid-argument"},
        {"POST " INPUTS, NULL, "{\"declared\":0,\"file\":\"/etc/passwd\"}", "400 invalid-argument"},
        {"POST " INPUTS, NULL, "{\"declared\":0,\"rate\":\"soon\"}", "400 invalid-argument"},
        {"POST " INPUTS, NULL, "{\"declared\":0,\"partition_key\":\"x\"}", "400 invalid-argument"},
        {"POST " INPUTS, NULL, "{\"declared\":0,\"repeat\":0}", "400 invalid-argument"},
        {"POST " INPUTS, "Origin: http://elsewhere.example\r\n", "{\"declared\":0}",
         "403 origin-refused"},
        {"POST " INPUTS "/0", NULL, "{\"action\":\"pause\"}", "404 not-found"},
        {"POST " INPUTS "/x", NULL, "{\"action\":\"pause\"}", "400 invalid-argument"},
    };
    fixture f;
    fixture_init(&f);
    for (size_t i = 0; i < MR_COUNT(rows); i++) {
        char *word = web_ask_word(&f.w, rows[i].line, rows[i].headers, rows[i].body);
        CHECK_STR(rows[i].line, word, rows[i].expected);
        mr_free(word);
    }
    begin(&f, "{\"declared\":0}");
    char *word = web_ask_word(&f.w, "POST " INPUTS "/0", NULL, "{\"action\":\"rate\"}");
    CHECK_STR("no rate", word, "400 invalid-argument");
    mr_free(word);
    fixture_deinit(&f);
}

static void test_without_a_template_there_are_none(void **state)
{
    (void)state;
    web_world w;
    web_world_init(&w, NULL);
    char *word = web_ask_word(&w, "POST " INPUTS, NULL, "{\"declared\":0}");
    CHECK_STR("begin", word, "409 no-template");
    mr_free(word);
    cJSON *list = web_ask_json(&w, "GET " INPUTS, NULL, 200);
    CHECK_INT("declared", cJSON_GetArraySize(member(list, "declared")), 0);
    cJSON_Delete(list);
    web_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_template_declares_is_shown_and_not_put_by_itself),
        cmocka_unit_test(test_a_second_pass_counts_as_new_rows),
        cmocka_unit_test(test_a_resumed_run_does_not_take_added_rows_for_its_own),
        cmocka_unit_test(test_an_input_is_paused_and_goes_on_at_another_rate),
        cmocka_unit_test(test_an_input_breaks_off_when_its_stream_goes),
        cmocka_unit_test(test_what_cannot_be_begun_is_refused_in_words),
        cmocka_unit_test(test_without_a_template_there_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
