/* routes_inputs.c - the inputs of a pipeline: those that put rows or did, and those that the
 * template declares, which can be begun here as often as one likes. A file is named by its place in
 * the template, never by a path from outside. */
#include "sim/base/alloc.h"
#include "sim/base/json.h"
#include "sim/producer/input_options.h"
#include "src/web/state_view.h"
#include "src/web/web_private.h"

#include <string.h>

#define BODY_BYTES_MAX (1024 * (size_t)MR_KIB)
#define TAG            "Inputs"
#define ROWS_MOST      9007199254740992.0
#define REPEAT_MOST    4294967295.0

static const mr_web_failure no_template = {
    "no-template", 409, "The server was started without a template, which declares inputs."};

/* Whether there is a pipeline; otherwise it has been answered. */
static bool has_pipeline(const mr_web_call *call)
{
    if (call->web->pipeline == NULL) {
        mr_web_fail(call->request, &no_template,
                    "there is no template here, and inputs are a template's: start with one");
        return false;
    }
    return true;
}

/* ---- looking ---- */

static void write_key(mr_json *json, const mr_producer_options *options)
{
    char *text = NULL;
    mr_json_key(json, "partition_key");
    switch (options->key) {
    case MR_KEY_ROUND_ROBIN:
        mr_json_text(json, "round-robin");
        break;
    case MR_KEY_RANDOM:
        mr_json_text(json, "random");
        break;
    case MR_KEY_COLUMN:
        text = mr_format("column:%s", options->key_column);
        mr_json_text(json, text);
        break;
    case MR_KEY_CONST:
        text = mr_format("const:%s", options->key_const);
        mr_json_text(json, text);
        break;
    }
    mr_free(text);
}

static void write_declared(mr_json *json, const mr_plan_input *input, size_t place)
{
    mr_json_object_begin(json);
    mr_json_field_int(json, "place", (int64_t)place);
    mr_json_field_string(json, "target", input->stream);
    mr_json_field_string(json, "file", input->file);
    mr_json_key(json, "rate");
    mr_json_double(json, input->options.rate);
    write_key(json, &input->options);
    mr_json_object_end(json);
}

static void get_inputs(mr_web_call *call)
{
    const mr_web *web = call->web;
    const size_t begun = web->pipeline == NULL ? 0 : mr_pipeline_input_count(web->pipeline);
    const size_t declared = web->plan == NULL ? 0 : web->plan->input_count;
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_key(&json, "inputs");
    mr_json_array_begin(&json);
    for (size_t i = 0; i < begun; i++) {
        mr_input_write(&json, web, i);
    }
    mr_json_array_end(&json);
    mr_json_key(&json, "declared");
    mr_json_array_begin(&json);
    for (size_t i = 0; i < declared; i++) {
        write_declared(&json, &web->plan->inputs[i], i);
    }
    mr_json_array_end(&json);
    mr_json_object_end(&json);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

static void answer_input(const mr_web_call *call, int status, size_t place)
{
    mr_strbuf body = mr_strbuf_make(BODY_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_input_write(&json, call->web, place);
    mr_web_send_json(call->request, status, &body);
    mr_strbuf_deinit(&body);
}

/* ---- beginning one ---- */

static mr_code set_option(mr_input_options *options, const char *name, const char *value,
                          mr_error *err)
{
    return value == NULL ? MR_OK : mr_input_option_set(options, name, value, err);
}

/* What was said in place of what the template says. said: what the producer's texts lie in. */
static mr_code override(const mr_web_call *call, mr_input_options *said, mr_producer_options *to,
                        mr_error *err)
{
    const char *key = mr_web_body_text(call, "partition_key", NULL);
    const char *rate = mr_web_body_text(call, "rate", NULL);
    mr_code code = set_option(said, "rate", rate, err);
    if (code == MR_OK) {
        code = set_option(said, "partition-key", key, err);
    }
    if (code != MR_OK) {
        return code;
    }
    if (rate != NULL) {
        to->rate = said->rate;
    }
    if (key != NULL) {
        to->key = said->key;
        to->key_column = said->key == MR_KEY_COLUMN ? said->key_text : NULL;
        to->key_const = said->key == MR_KEY_CONST ? said->key_text : NULL;
    }
    to->rows_max = (uint64_t)mr_web_body_number(call, "rows", (double)to->rows_max);
    to->repeat = (uint32_t)mr_web_body_number(call, "repeat", (double)to->repeat);
    return MR_OK;
}

static mr_code begin(const mr_web_call *call, const mr_plan_input *declared, size_t *place,
                     mr_error *err)
{
    mr_producer_options producer = declared->options;
    mr_input_options said;
    mr_input_options_init(&said);
    mr_code code = override(call, &said, &producer, err);
    if (code == MR_OK) {
        const mr_pipeline_input input = {
            .target = declared->stream, .file = declared->file, .options = &producer};
        code = mr_pipeline_add_input(call->web->pipeline, &input, place, err);
    }
    mr_input_options_deinit(&said);
    return code;
}

static void post_inputs(mr_web_call *call)
{
    if (!has_pipeline(call)) {
        return;
    }
    const mr_plan *plan = call->web->plan;
    const double wanted = mr_web_body_number(call, "declared", 0);
    if (wanted >= (double)plan->input_count) {
        mr_web_fail(call->request, &mr_web_not_found, "the template declares %zu inputs%s",
                    plan->input_count, plan->input_count == 0 ? "" : ", counted from 0");
        return;
    }
    mr_error err;
    size_t place;
    const mr_code code = begin(call, &plan->inputs[(size_t)wanted], &place, &err);
    if (code == MR_OK) {
        call->web->touched++;
        answer_input(call, 201, place);
    } else {
        mr_web_fail_code(call->request, code, &err);
    }
}

/* ---- its pace ---- */

static mr_code read_rate(const mr_web_call *call, double *rate, mr_error *err)
{
    const char *text = mr_web_body_text(call, "rate", NULL);
    if (text == NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "the action rate wants a rate");
    }
    mr_input_options said;
    mr_input_options_init(&said);
    mr_code code = mr_input_option_set(&said, "rate", text, err);
    *rate = said.rate;
    mr_input_options_deinit(&said);
    return code;
}

static mr_code change(const mr_web_call *call, size_t place, mr_error *err)
{
    mr_pipeline *pipeline = call->web->pipeline;
    const char *action = mr_web_body_text(call, "action", "");
    double rate = 0;
    if (strcmp(action, "pause") == 0) {
        mr_pipeline_pause(pipeline, place);
        return MR_OK;
    }
    if (strcmp(action, "resume") == 0) {
        mr_pipeline_resume(pipeline, place);
        return MR_OK;
    }
    mr_code code = read_rate(call, &rate, err);
    if (code == MR_OK) {
        mr_pipeline_set_rate(pipeline, place, rate);
    }
    return code;
}

static void post_input(mr_web_call *call)
{
    const int64_t place = mr_web_integer(call, "place");
    if (!has_pipeline(call)) {
        return;
    }
    const size_t count = mr_pipeline_input_count(call->web->pipeline);
    if ((uint64_t)place >= count) {
        mr_web_fail(call->request, &mr_web_not_found, "%zu inputs were begun, counted from 0",
                    count);
        return;
    }
    mr_error err;
    const mr_code code = change(call, (size_t)place, &err);
    if (code == MR_OK) {
        call->web->touched++;
        answer_input(call, 200, (size_t)place);
    } else {
        mr_web_fail_code(call->request, code, &err);
    }
}

/* ---- the table ---- */

static const mr_web_parameter place_parameters[] = {
    {.name = "place",
     .in_path = true,
     .type = MR_WEB_INTEGER,
     .least = 0,
     .most = MR_PIPELINE_INPUTS_MAX,
     .about = "Of an input that was begun, counted from 0.",
     .example = "0"}};

static const mr_web_field declared_fields[] = {
    {.name = "place", .type = MR_WEB_INTEGER, .about = "In the template, counted from 0."},
    {.name = "target", .type = MR_WEB_STRING, .about = "The stream or delivery stream."},
    {.name = "file", .type = MR_WEB_STRING, .about = "The file; \"-\" is standard input."},
    {.name = "rate", .type = MR_WEB_NUMBER, .about = "Rows a second; 0: as fast as it goes."},
    {.name = "partition_key", .type = MR_WEB_STRING, .about = "As a template says it."}};
static const mr_web_shape declared_shape =
    MR_WEB_SHAPE("DeclaredInput", "An input of the template.", declared_fields);

static const mr_web_field list_fields[] = {{.name = "inputs",
                                            .type = MR_WEB_ARRAY,
                                            .item = MR_WEB_OBJECT,
                                            .shape = &mr_input_shape,
                                            .about = "Those that were begun."},
                                           {.name = "declared",
                                            .type = MR_WEB_ARRAY,
                                            .item = MR_WEB_OBJECT,
                                            .shape = &declared_shape,
                                            .about = "Those of the template."}};
static const mr_web_shape list_shape = MR_WEB_SHAPE("Inputs", "A pipeline's inputs.", list_fields);

static const mr_web_field begin_fields[] = {
    {.name = "declared",
     .type = MR_WEB_INTEGER,
     .least = 0,
     .most = ROWS_MOST,
     .about = "Which input of the template, counted from 0."},
    {.name = "rate",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = 64,
     .about = "\"200/s\" or \"max\", in place of the template's.",
     .example = "\"200/s\""},
    {.name = "partition_key",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = 1024,
     .about = "\"round-robin\", \"random\", \"column:NAME\" or \"const:TEXT\", in place of the "
              "template's.",
     .example = "\"column:district\""},
    {.name = "rows",
     .type = MR_WEB_INTEGER,
     .optional = true,
     .least = 1,
     .most = ROWS_MOST,
     .about = "The first so many rows alone, of all passes together."},
    {.name = "repeat",
     .type = MR_WEB_INTEGER,
     .optional = true,
     .least = 1,
     .most = REPEAT_MOST,
     .about = "How often the file is read."}};
static const mr_web_shape begin_shape =
    MR_WEB_SHAPE("InputToBegin", "An input of the template to begin.", begin_fields);

static const char *const action_words[] = {"pause", "resume", "rate", NULL};
static const mr_web_field change_fields[] = {
    {.name = "action", .type = MR_WEB_STRING, .words = action_words, .about = "What to do."},
    {.name = "rate",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = 64,
     .about = "With the action rate: \"200/s\" or \"max\".",
     .example = "\"200/s\""}};
static const mr_web_shape change_shape =
    MR_WEB_SHAPE("InputChange", "Another pace of an input.", change_fields);

static const mr_web_failure limit = {"limit-exceeded", 429,
                                     "So many inputs were begun as one session may have."};
static const mr_web_failure *const begin_failures[] = {&no_template, &mr_web_not_found, &limit,
                                                       NULL};
static const mr_web_failure *const change_failures[] = {&no_template, &mr_web_not_found, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/inputs",
     .tag = TAG,
     .summary = "The inputs that were begun, and those of the template",
     .guard = MR_WEB_OWN_HOST,
     .answer = &list_shape,
     .handle = get_inputs},
    {.method = "POST",
     .path = "/_millrace/api/inputs",
     .tag = TAG,
     .summary = "Begin an input of the template",
     .about = "It puts the file's rows from the first on, as new rows, also when they were put "
              "before.",
     .guard = MR_WEB_OWN_ORIGIN,
     .body = &begin_shape,
     .status = 201,
     .answer = &mr_input_shape,
     .failures = begin_failures,
     .handle = post_inputs},
    {.method = "POST",
     .path = "/_millrace/api/inputs/{place}",
     .tag = TAG,
     .summary = "Pause an input, let it go on, or change its rate",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = place_parameters,
     .parameter_count = MR_COUNT(place_parameters),
     .body = &change_shape,
     .answer = &mr_input_shape,
     .failures = change_failures,
     .handle = post_input}};

const mr_web_group mr_web_input_routes = {routes, MR_COUNT(routes)};
