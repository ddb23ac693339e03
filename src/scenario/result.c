/* result.c - see result.h. What is a plain number stands in one table, which both the writer and
 * the reader go by. */
#include "src/scenario/result.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>

#define RESULT_FORMAT 1
#define NUMBER_MAX    9007199254740992.0 /* 2^53: above it a double leaves numbers out */

typedef struct number_member {
    const char *name;
    size_t offset;
    bool is_signed;
} number_member;

static const number_member numbers[] = {
    {"simulated_us", offsetof(mr_scenario_result, simulated_us), true},
    {"wall_us", offsetof(mr_scenario_result, wall_us), true},
    {"rows", offsetof(mr_scenario_result, rows), false},
    {"delivered", offsetof(mr_scenario_result, delivered), false},
    {"failed", offsetof(mr_scenario_result, failed), false},
    {"lost", offsetof(mr_scenario_result, lost), false},
    {"duplicated", offsetof(mr_scenario_result, duplicated), false},
    {"reordered", offsetof(mr_scenario_result, reordered), false},
    {"faults", offsetof(mr_scenario_result, faults), false},
    {"kills", offsetof(mr_scenario_result, kills), false},
    {"expectations", offsetof(mr_scenario_result, expectations), false},
};

void mr_scenario_result_init(mr_scenario_result *result, const char *name, const char *file,
                             uint64_t seed)
{
    *result = (mr_scenario_result){.name = mr_strdup(name), .file = mr_strdup(file), .seed = seed};
}

void mr_scenario_result_deinit(mr_scenario_result *result)
{
    for (size_t i = 0; i < result->failure_count; i++) {
        mr_scenario_failure *failure = &result->failures[i];
        mr_free(failure->what);
        mr_free(failure->expected);
        mr_free(failure->got);
        mr_free(failure->events);
    }
    mr_free(result->failures);
    mr_free(result->name);
    mr_free(result->file);
    mr_free(result->schedule);
    mr_free(result->note);
    *result = (mr_scenario_result){0};
}

void mr_scenario_result_fail(mr_scenario_result *result, int line, const char *what,
                             const char *expected, const char *got, const char *events)
{
    MR_GROW(result->failures, result->failure_count, result->failure_capacity);
    result->failures[result->failure_count++] =
        (mr_scenario_failure){.line = line,
                              .what = mr_strdup(what),
                              .expected = mr_strdup(expected),
                              .got = mr_strdup(got),
                              .events = mr_strdup(events == NULL ? "" : events)};
}

bool mr_scenario_result_passed(const mr_scenario_result *result)
{
    return result->error.code == MR_OK && result->failure_count == 0;
}

/* ---- writing ---- */

static void write_error(mr_json *json, const mr_error *error)
{
    mr_json_key(json, "error");
    if (error->code == MR_OK) {
        mr_json_null(json);
        return;
    }
    mr_json_object_begin(json);
    mr_json_field_string(json, "code", mr_code_name(error->code));
    mr_json_field_int(json, "os_error", error->os_error);
    mr_json_field_string(json, "message", error->message);
    mr_json_object_end(json);
}

static void write_failures(mr_json *json, const mr_scenario_result *result)
{
    mr_json_key(json, "failures");
    mr_json_array_begin(json);
    for (size_t i = 0; i < result->failure_count; i++) {
        const mr_scenario_failure *failure = &result->failures[i];
        mr_json_object_begin(json);
        mr_json_field_int(json, "line", failure->line);
        mr_json_field_string(json, "what", failure->what);
        mr_json_field_string(json, "expected", failure->expected);
        mr_json_field_string(json, "got", failure->got);
        mr_json_field_string(json, "events", failure->events);
        mr_json_object_end(json);
    }
    mr_json_array_end(json);
}

void mr_scenario_result_write(const mr_scenario_result *result, mr_strbuf *out)
{
    char seed[24];
    (void)snprintf(seed, sizeof(seed), "%llu", (unsigned long long)result->seed);
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_int(&json, "format", RESULT_FORMAT);
    mr_json_field_string(&json, "name", result->name);
    mr_json_field_string(&json, "file", result->file);
    mr_json_field_string(&json, "seed", seed);
    mr_json_field_bool(&json, "chaos", result->chaos);
    mr_json_field_bool(&json, "passed", mr_scenario_result_passed(result));
    write_error(&json, &result->error);
    write_failures(&json, result);
    mr_json_field_string(&json, "digest", result->digest);
    mr_json_field_string(&json, "schedule", result->schedule);
    mr_json_field_string(&json, "note", result->note);
    for (size_t i = 0; i < MR_COUNT(numbers); i++) {
        const char *place = (const char *)result + numbers[i].offset;
        mr_json_key(&json, numbers[i].name);
        if (numbers[i].is_signed) {
            mr_json_int(&json, *(const int64_t *)(const void *)place);
        } else {
            mr_json_uint(&json, *(const uint64_t *)(const void *)place);
        }
    }
    mr_json_object_end(&json);
}

/* ---- reading ---- */

/* The first member that is not as it must be stops the reading. */
typedef struct reader {
    const cJSON *object;
    mr_code code;
    mr_error *err;
} reader;

static void refuse(reader *r, const char *name, const char *wanted)
{
    if (r->code == MR_OK) {
        r->code = mr_error_set(r->err, MR_BAD_INPUT, "result: %s is not %s", name, wanted);
    }
}

static const cJSON *member(const reader *r, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(r->object, name);
}

/* Owned. A null is NULL where it may be. */
static char *read_text(reader *r, const char *name, bool may_be_null)
{
    const cJSON *item = member(r, name);
    if (cJSON_IsString(item)) {
        return mr_strdup(item->valuestring);
    }
    if (!may_be_null || !cJSON_IsNull(item)) {
        refuse(r, name, "a text");
    }
    return NULL;
}

static double read_whole(reader *r, const char *name, double least, double most)
{
    const cJSON *item = member(r, name);
    double value = cJSON_IsNumber(item) ? item->valuedouble : -NUMBER_MAX - 2;
    if (!(value >= least && value <= most) || value != (double)(int64_t)value) {
        refuse(r, name, "a whole number in its range");
        return 0;
    }
    return value;
}

static bool read_bool(reader *r, const char *name)
{
    const cJSON *item = member(r, name);
    if (!cJSON_IsBool(item)) {
        refuse(r, name, "true or false");
    }
    return cJSON_IsTrue(item);
}

static uint64_t read_seed(reader *r)
{
    char *text = read_text(r, "seed", false);
    uint64_t seed = 0;
    if (text != NULL && !mr_bytes_to_uint64(mr_bytes_of(text), &seed)) {
        refuse(r, "seed", "a text of digits");
    }
    mr_free(text);
    return seed;
}

static void read_digest(reader *r, char digest[65])
{
    char *text = read_text(r, "digest", false);
    size_t len = text == NULL ? 0 : strlen(text);
    if (len == 0 || (len == 64 && strspn(text, "0123456789abcdef") == len)) {
        memcpy(digest, text == NULL ? "" : text, len + 1);
    } else {
        refuse(r, "digest", "64 hexadecimal digits");
    }
    mr_free(text);
}

static mr_code code_of(const char *name)
{
    for (int code = MR_OK + 1; code < MR_CODE_COUNT; code++) {
        if (strcmp(name, mr_code_name((mr_code)code)) == 0) {
            return (mr_code)code;
        }
    }
    return MR_OK;
}

static void read_error(reader *r, mr_error *out)
{
    const cJSON *object = member(r, "error");
    if (cJSON_IsNull(object)) {
        return;
    }
    if (!cJSON_IsObject(object)) {
        refuse(r, "error", "null or an object");
        return;
    }
    const cJSON *outer = r->object;
    r->object = object;
    char *code = read_text(r, "code", false);
    char *message = read_text(r, "message", false);
    int os_error = (int)read_whole(r, "os_error", INT32_MIN, INT32_MAX);
    if (code != NULL && code_of(code) == MR_OK) {
        refuse(r, "code", "the name of an error");
    }
    if (r->code == MR_OK) {
        (void)mr_error_set(out, code_of(code), "%s", message);
        out->os_error = os_error;
    }
    r->object = outer;
    mr_free(code);
    mr_free(message);
}

static void read_failure(reader *r, mr_scenario_result *out)
{
    int line = (int)read_whole(r, "line", 0, INT32_MAX);
    char *what = read_text(r, "what", false);
    char *expected = read_text(r, "expected", false);
    char *got = read_text(r, "got", false);
    char *events = read_text(r, "events", false);
    if (r->code == MR_OK) {
        mr_scenario_result_fail(out, line, what, expected, got, events);
    }
    mr_free(what);
    mr_free(expected);
    mr_free(got);
    mr_free(events);
}

static void read_failures(reader *r, mr_scenario_result *out)
{
    const cJSON *list = member(r, "failures");
    if (!cJSON_IsArray(list)) {
        refuse(r, "failures", "a list");
        return;
    }
    const cJSON *outer = r->object;
    for (const cJSON *item = list->child; item != NULL && r->code == MR_OK; item = item->next) {
        r->object = item;
        read_failure(r, out);
    }
    r->object = outer;
}

static void read_numbers(reader *r, mr_scenario_result *out)
{
    for (size_t i = 0; i < MR_COUNT(numbers); i++) {
        const number_member *number = &numbers[i];
        char *place = (char *)out + number->offset;
        double value = read_whole(r, number->name, number->is_signed ? -NUMBER_MAX : 0, NUMBER_MAX);
        if (number->is_signed) {
            *(int64_t *)(void *)place = (int64_t)value;
        } else {
            *(uint64_t *)(void *)place = (uint64_t)value;
        }
    }
}

static void read_members(reader *r, mr_scenario_result *out)
{
    if (read_whole(r, "format", 0, INT32_MAX) != RESULT_FORMAT) {
        refuse(r, "format", "1");
    }
    out->name = read_text(r, "name", false);
    out->file = read_text(r, "file", false);
    out->seed = read_seed(r);
    out->chaos = read_bool(r, "chaos");
    bool passed = read_bool(r, "passed");
    read_error(r, &out->error);
    read_failures(r, out);
    read_digest(r, out->digest);
    out->schedule = read_text(r, "schedule", true);
    out->note = read_text(r, "note", true);
    read_numbers(r, out);
    if (r->code == MR_OK && passed != mr_scenario_result_passed(out)) {
        refuse(r, "passed", "what the failures say");
    }
}

mr_code mr_scenario_result_read(mr_bytes text, mr_scenario_result *out, mr_error *err)
{
    *out = (mr_scenario_result){0};
    if (text.len > MR_SCENARIO_RESULT_BYTES_MAX) {
        return mr_error_set(err, MR_BAD_INPUT, "result: %zu bytes; the most is %zu", text.len,
                            MR_SCENARIO_RESULT_BYTES_MAX);
    }
    const char *end = NULL;
    cJSON *json = text.len == 0 ? NULL : cJSON_ParseWithLengthOpts(text.at, text.len, &end, 0);
    if (!cJSON_IsObject(json) ||
        mr_bytes_trim(mr_bytes_make(end, (size_t)(text.at + text.len - end))).len > 0) {
        cJSON_Delete(json);
        return mr_error_set(err, MR_BAD_INPUT, "result: it is not one JSON object");
    }
    reader r = {.object = json, .err = err};
    read_members(&r, out);
    cJSON_Delete(json);
    return r.code;
}
