/* routes_faults.c - what goes wrong on purpose: /_millrace/api/faults lists the rules of sim/fault,
 * adds to them while the world runs, and takes them back. A rule is read by src/app/fault_option.h
 * whichever way it was given, so that the command line and the API mean the same. */
#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"
#include "src/app/fault_option.h"
#include "src/web/web_private.h"

#include <string.h>

#define RULES_MAX       1000
#define SPEC_BYTES_MAX  (MR_FAULT_TEXT_MAX + 2048)
#define FAULT_BYTES_MAX (4 * (size_t)SPEC_BYTES_MAX) /* with the text escaped */

/* ---- the kinds ---- */

typedef struct kind_row {
    const char *about;
    const char *target; /* what its target names */
    bool has_delay, has_text;
} kind_row;

static const kind_row kinds[MR_FAULT_KIND_COUNT] = {
    [MR_FAULT_SHARD_THROTTLED] = {"Puts on a shard are refused: "
                                  "ProvisionedThroughputExceededException.",
                                  "shard", false, false},
    [MR_FAULT_PUT_FAILED] = {"Records of a put fail with InternalFailure.", "shard", false, false},
    [MR_FAULT_PUT_POISONED] = {"A record is acknowledged, but other data are kept in its place.",
                               "shard", false, true},
    [MR_FAULT_ACK_LOST] = {"Records are kept, but the producer's connection breaks before it hears "
                           "of it.",
                           "stream", false, false},
    [MR_FAULT_READ_THROTTLED] = {"Reads of a shard are refused.", "shard", false, false},
    [MR_FAULT_READ_SLOW] = {"Records that are read come later.", "shard", true, false},
    [MR_FAULT_READ_DUPLICATE] = {"The last batch of a shard is read again.", "shard", false, false},
    [MR_FAULT_LAMBDA_ERROR] = {"The function fails with an error of this type.", "function", false,
                               true},
    [MR_FAULT_LAMBDA_TIMEOUT] = {"The function does not answer within its Timeout.", "function",
                                 false, false},
    [MR_FAULT_LAMBDA_CRASH] = {"The function's process ends while it works: Runtime.ExitError.",
                               "function", false, false},
    [MR_FAULT_LAMBDA_SLOW] = {"The function takes longer.", "function", true, false},
    [MR_FAULT_LAMBDA_SLOW_START] = {"A new execution environment takes longer to start.",
                                    "function", true, false},
    [MR_FAULT_LAMBDA_GARBLED] = {"The function's answer is not JSON.", "function", false, false},
    [MR_FAULT_LAMBDA_THROTTLED] = {"Invocations are refused: Rate Exceeded.", "function", false,
                                   false},
    [MR_FAULT_LAMBDA_IDS_MISSING] = {"The function's answer lacks records that it was sent.",
                                     "function", false, false},
    [MR_FAULT_LAMBDA_IDS_REPEATED] = {"The function's answer has a record twice.", "function",
                                      false, false},
    [MR_FAULT_STORE_REFUSED] = {"Objects are refused: 503 SlowDown.", "object", false, false},
    [MR_FAULT_STORE_FAILED] = {"Objects are refused: 500 InternalError.", "object", false, false},
    [MR_FAULT_STORE_SLOW] = {"An object takes longer to be put.", "object", true, false},
    [MR_FAULT_STORE_FULL] = {"The disk under the buckets is full.", "object", false, false},
};

static const char *const points[MR_POINT_COUNT] = {[MR_POINT_STREAM_PUT] = "stream-put",
                                                   [MR_POINT_STREAM_ACK] = "stream-ack",
                                                   [MR_POINT_STREAM_READ] = "stream-read",
                                                   [MR_POINT_INVOKE] = "invoke",
                                                   [MR_POINT_START] = "start",
                                                   [MR_POINT_STORE_PUT] = "store-put"};

static void write_kind(mr_json *json, mr_fault_kind kind)
{
    mr_json_object_begin(json);
    mr_json_field_string(json, "kind", mr_fault_kind_name(kind));
    mr_json_field_string(json, "point", points[mr_fault_point_of(kind)]);
    mr_json_field_string(json, "about", kinds[kind].about);
    mr_json_field_bool(json, "has_delay", kinds[kind].has_delay);
    mr_json_field_bool(json, "has_text", kinds[kind].has_text);
    mr_json_field_string(json, "target", kinds[kind].target);
    mr_json_object_end(json);
}

/* ---- the rules ---- */

static void write_fault(mr_json *json, const mr_web *web, size_t index)
{
    const mr_clock *clock = mr_sim_clock(web->sim);
    const int64_t jumped_us = mr_clock_jumped_us(clock); /* rules go by now, people by the wall */
    const mr_fault_view view = mr_faults_at(mr_sim_faults(web->sim), index, mr_clock_now_us(clock));
    const mr_fault_rule *rule = view.rule;
    mr_json_object_begin(json);
    mr_json_field_int(json, "id", (int64_t)view.id);
    mr_json_field_string(json, "kind", mr_fault_kind_name(rule->kind));
    mr_json_field_string(json, "target",
                         rule->target == NULL || rule->target[0] == '\0' ? "*" : rule->target);
    mr_json_field_int(json, "from_us", rule->from_us + jumped_us);
    mr_json_key(json, "until_us");
    if (rule->until_us == INT64_MAX) {
        mr_json_null(json);
    } else {
        mr_json_int(json, rule->until_us + jumped_us);
    }
    mr_json_key(json, "first");
    mr_json_uint(json, rule->first == 0 ? 1 : rule->first);
    mr_json_key(json, "every");
    mr_json_uint(json, rule->every == 0 ? 1 : rule->every);
    mr_json_key(json, "most");
    mr_json_uint(json, rule->most);
    mr_json_key(json, "probability");
    mr_json_double(json, rule->probability > 0 && rule->probability < 1 ? rule->probability : 1);
    mr_json_field_int(json, "delay_us", rule->delay_us);
    mr_json_key(json, "text");
    mr_json_text(json, rule->text);
    mr_json_key(json, "struck");
    mr_json_uint(json, view.struck);
    mr_json_field_string(json, "state", mr_fault_state_name(view.state));
    mr_json_object_end(json);
}

void mr_web_write_faults(mr_json *json, const mr_web *web)
{
    const size_t count = mr_faults_count(mr_sim_faults(web->sim));
    mr_json_object_begin(json);
    mr_json_key(json, "faults");
    mr_json_array_begin(json);
    for (size_t i = 0; i < count; i++) {
        write_fault(json, web, i);
    }
    mr_json_array_end(json);
    mr_json_key(json, "kinds");
    mr_json_array_begin(json);
    for (mr_fault_kind kind = MR_FAULT_NONE + 1; kind < MR_FAULT_KIND_COUNT; kind++) {
        write_kind(json, kind);
    }
    mr_json_array_end(json);
    mr_json_object_end(json);
}

static void get_faults(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(RULES_MAX * FAULT_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    mr_web_write_faults(&json, call->web);
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

/* ---- adding one ---- */

static void append_number(const mr_web_call *call, const char *name, mr_strbuf *spec)
{
    const double value = mr_web_body_number(call, name, -1);
    if (value >= 0) {
        mr_strbuf_appendf(spec, ",%s=", name);
        mr_json_append_double(spec, value);
    }
}

static void append_text(const mr_web_call *call, const char *name, mr_strbuf *spec)
{
    const char *value = mr_web_body_text(call, name, NULL);
    if (value != NULL) {
        mr_strbuf_appendf(spec, ",%s=%s", name, value);
    }
}

/* The members of the body as the words of --fault. */
static void write_spec(const mr_web_call *call, mr_strbuf *spec)
{
    mr_strbuf_appendf(spec, "%s:%s", mr_web_body_text(call, "kind", ""),
                      mr_web_body_text(call, "target", "*"));
    append_text(call, "from", spec);
    append_text(call, "for", spec);
    append_number(call, "first", spec);
    append_number(call, "every", spec);
    append_number(call, "most", spec);
    append_number(call, "probability", spec);
    append_text(call, "delay", spec);
    append_text(call, "text", spec); /* the last: it goes on to the end, commas and all */
}

static mr_code read_spec(const mr_web_call *call, mr_strbuf *spec, mr_error *err)
{
    const char *given = mr_web_body_text(call, "spec", NULL);
    const char *kind = mr_web_body_text(call, "kind", NULL);
    if ((given == NULL) == (kind == NULL)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "give either spec, in the words of --fault, or kind and its members");
    }
    if (given != NULL && cJSON_GetArraySize(call->body) > 1) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "spec says it all: no member goes with it");
    }
    if (strpbrk(mr_web_body_text(call, "target", ""), ",") != NULL) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "a target has no comma");
    }
    if (given != NULL) {
        mr_strbuf_append_text(spec, given);
    } else {
        write_spec(call, spec);
    }
    return spec->overflowed ? mr_error_set(err, MR_INVALID_ARGUMENT,
                                           "the fault has more than %d bytes", SPEC_BYTES_MAX)
                            : MR_OK;
}

static mr_code add(const mr_web_call *call, mr_error *err)
{
    mr_sim *sim = call->web->sim;
    mr_strbuf spec = mr_strbuf_make(SPEC_BYTES_MAX);
    mr_fault_rule rule;
    char *words = NULL;
    mr_code code = read_spec(call, &spec, err);
    if (code == MR_OK) {
        code = mr_fault_option_parse(mr_strbuf_text(&spec), mr_clock_now_us(mr_sim_clock(sim)),
                                     &rule, &words, err);
    }
    if (code == MR_OK) {
        code = mr_faults_add(mr_sim_faults(sim), &rule, err);
    }
    mr_free(words);
    mr_strbuf_deinit(&spec);
    return code;
}

static void post_fault(mr_web_call *call)
{
    mr_error err;
    const mr_faults *faults = mr_sim_faults(call->web->sim);
    if (mr_faults_count(faults) >= RULES_MAX) {
        mr_web_fail(call->request, &mr_web_conflict,
                    "there are %d faults already; clear those that are over", RULES_MAX);
        return;
    }
    if (add(call, &err) != MR_OK) {
        mr_web_fail(call->request, &mr_web_invalid, "%s", err.message);
        return;
    }
    call->web->touched++;
    mr_strbuf body = mr_strbuf_make(FAULT_BYTES_MAX);
    mr_json json = mr_json_make(&body);
    write_fault(&json, call->web, mr_faults_count(faults) - 1);
    mr_web_send_json(call->request, 201, &body);
    mr_strbuf_deinit(&body);
}

/* ---- taking them back ---- */

static void delete_fault(mr_web_call *call)
{
    const int64_t id = mr_web_integer(call, "id");
    if (id < 1 || !mr_faults_remove(mr_sim_faults(call->web->sim), (uint64_t)id)) {
        mr_web_fail(call->request, &mr_web_not_found, "there is no fault of the number %s",
                    mr_web_text(call, "id"));
        return;
    }
    call->web->touched++;
    mr_web_send(call->request, 204, "application/json", NULL, 0, MR_BYTES_LITERAL(""));
}

static void delete_faults(mr_web_call *call)
{
    mr_strbuf body = mr_strbuf_make(MR_KIB);
    mr_json json = mr_json_make(&body);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "cleared", (int64_t)mr_faults_clear(mr_sim_faults(call->web->sim)));
    mr_json_object_end(&json);
    call->web->touched++;
    mr_web_send_json(call->request, 200, &body);
    mr_strbuf_deinit(&body);
}

/* ---- the table ---- */

#define WALL_US " in microseconds of the world's time of day"

static const char *const states[] = {"waiting", "active", "over", NULL};

static const mr_web_field fault_fields[] = {
    {.name = "id", .type = MR_WEB_INTEGER, .about = "Its number; none is given twice."},
    {.name = "kind", .type = MR_WEB_STRING, .about = "What goes wrong."},
    {.name = "target", .type = MR_WEB_STRING, .about = "Where: a name, or a pattern with *."},
    {.name = "from_us",
     .type = MR_WEB_INTEGER,
     .about = "It strikes from this time on," WALL_US "."},
    {.name = "until_us",
     .type = MR_WEB_INTEGER,
     .nullable = true,
     .about = "And before this one," WALL_US "; null: until it is cleared."},
    {.name = "first", .type = MR_WEB_INTEGER, .about = "From the n-th occasion on."},
    {.name = "every", .type = MR_WEB_INTEGER, .about = "At every n-th of them."},
    {.name = "most", .type = MR_WEB_INTEGER, .about = "At most so often; 0: no bound."},
    {.name = "probability", .type = MR_WEB_NUMBER, .about = "By this chance, from 0 to 1."},
    {.name = "delay_us", .type = MR_WEB_INTEGER, .about = "Of the slow kinds, in microseconds."},
    {.name = "text",
     .type = MR_WEB_STRING,
     .nullable = true,
     .about = "Of the kinds that have one."},
    {.name = "struck", .type = MR_WEB_INTEGER, .about = "How often it has struck."},
    {.name = "state", .type = MR_WEB_STRING, .words = states, .about = "How it stands."}};
static const mr_web_shape fault_shape =
    MR_WEB_SHAPE("Fault", "A rule by which something goes wrong.", fault_fields);

static const char *const point_words[] = {"stream-put", "stream-ack", "stream-read", "invoke",
                                          "start",      "store-put",  NULL};
static const char *const target_words[] = {"shard", "stream", "function", "object", NULL};
static const mr_web_field kind_fields[] = {
    {.name = "kind", .type = MR_WEB_STRING, .about = "Its name."},
    {.name = "point",
     .type = MR_WEB_STRING,
     .words = point_words,
     .about = "When it is asked for."},
    {.name = "about", .type = MR_WEB_STRING, .about = "What happens."},
    {.name = "has_delay", .type = MR_WEB_BOOLEAN, .about = "It takes a delay."},
    {.name = "has_text", .type = MR_WEB_BOOLEAN, .about = "It takes a text."},
    {.name = "target",
     .type = MR_WEB_STRING,
     .words = target_words,
     .about = "What its target names: a shard as stream/shardId-000000000000, an object as "
              "bucket/key."}};
static const mr_web_shape kind_shape =
    MR_WEB_SHAPE("FaultKind", "Something that can go wrong.", kind_fields);

static const mr_web_field list_fields[] = {
    {.name = "faults",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &fault_shape,
     .about = "The rules, in the order in which they were added."},
    {.name = "kinds",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &kind_shape,
     .about = "All that can go wrong."}};
static const mr_web_shape list_shape =
    MR_WEB_SHAPE("Faults", "What goes wrong, and what could.", list_fields);

static const mr_web_field new_fields[] = {
    {.name = "spec",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = SPEC_BYTES_MAX,
     .about = "All of it, in the words of --fault; times count from now.",
     .example = "\"store-refused:*,for=60s\""},
    {.name = "kind",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "Or its kind, and the rest:"},
    {.name = "target", .type = MR_WEB_STRING, .optional = true, .about = "Absent: everywhere."},
    {.name = "from", .type = MR_WEB_STRING, .optional = true, .about = "A duration from now."},
    {.name = "for",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "A duration; absent: until it is cleared."},
    {.name = "first",
     .type = MR_WEB_INTEGER,
     .optional = true,
     .least = 1,
     .most = 1e9,
     .about = "From the n-th occasion on."},
    {.name = "every",
     .type = MR_WEB_INTEGER,
     .optional = true,
     .least = 1,
     .most = 1e9,
     .about = "At every n-th of them."},
    {.name = "most",
     .type = MR_WEB_INTEGER,
     .optional = true,
     .least = 1,
     .most = 1e9,
     .about = "At most so often."},
    {.name = "probability",
     .type = MR_WEB_NUMBER,
     .optional = true,
     .least = 0,
     .most = 1,
     .about = "By this chance; 0 and 1: always."},
    {.name = "delay", .type = MR_WEB_STRING, .optional = true, .about = "A duration."},
    {.name = "text",
     .type = MR_WEB_STRING,
     .optional = true,
     .length_max = MR_FAULT_TEXT_MAX,
     .about = "Of the kinds that have one."}};
static const mr_web_shape new_shape =
    MR_WEB_SHAPE("NewFault", "What is to go wrong from now on.", new_fields);

static const mr_web_field cleared_fields[] = {
    {.name = "cleared", .type = MR_WEB_INTEGER, .about = "How many there were."}};
static const mr_web_shape cleared_shape =
    MR_WEB_SHAPE("FaultsCleared", "All faults are taken back.", cleared_fields);

static const mr_web_parameter parameters[] = {{.name = "id",
                                               .in_path = true,
                                               .type = MR_WEB_INTEGER,
                                               .about = "The fault's number.",
                                               .example = "1"}};

static const mr_web_failure *const add_failures[] = {&mr_web_invalid, &mr_web_conflict, NULL};
static const mr_web_failure *const delete_failures[] = {&mr_web_not_found, NULL};

static const mr_web_route routes[] = {
    {.method = "GET",
     .path = "/_millrace/api/faults",
     .tag = "Faults",
     .summary = "What goes wrong on purpose",
     .guard = MR_WEB_OWN_HOST,
     .answer = &list_shape,
     .handle = get_faults},
    {.method = "POST",
     .path = "/_millrace/api/faults",
     .tag = "Faults",
     .summary = "Let something go wrong",
     .about = "From now on, or later, as often and for as long as it says.",
     .guard = MR_WEB_OWN_ORIGIN,
     .body = &new_shape,
     .status = 201,
     .answer = &fault_shape,
     .failures = add_failures,
     .handle = post_fault},
    {.method = "DELETE",
     .path = "/_millrace/api/faults",
     .tag = "Faults",
     .summary = "Take all faults back",
     .guard = MR_WEB_OWN_ORIGIN,
     .answer = &cleared_shape,
     .handle = delete_faults},
    {.method = "DELETE",
     .path = "/_millrace/api/faults/{id}",
     .tag = "Faults",
     .summary = "Take one back",
     .guard = MR_WEB_OWN_ORIGIN,
     .parameters = parameters,
     .parameter_count = MR_COUNT(parameters),
     .status = 204,
     .failures = delete_failures,
     .handle = delete_fault}};

const mr_web_group mr_web_fault_routes = {routes, MR_COUNT(routes)};
