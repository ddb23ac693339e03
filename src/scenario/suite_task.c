/* suite_task.c - tasks as lines of JSON; see suite.h. */
#include "src/scenario/suite.h"

#include "sim/base/alloc.h"
#include "sim/base/json.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* The members that are plain flags and plain texts, for the writer and the reader. */
static const struct {
    const char *name;
    size_t offset;
} flags[] = {
    {"recording", offsetof(mr_suite_task, is_recording)}, {"chaos", offsetof(mr_suite_task, chaos)},
    {"shrink", offsetof(mr_suite_task, shrink)},          {"twice", offsetof(mr_suite_task, twice)},
    {"update", offsetof(mr_suite_task, update)},
};

static const struct {
    const char *name;
    size_t offset;
    bool may_be_null;
} texts[] = {
    {"file", offsetof(mr_suite_task, file), false},
    {"scratch", offsetof(mr_suite_task, scratch), false},
    {"state", offsetof(mr_suite_task, state), true},
    {"events", offsetof(mr_suite_task, events), true},
};

static bool *flag_at(mr_suite_task *task, size_t place)
{
    return (bool *)((char *)task + flags[place].offset);
}

static const char **text_at(mr_suite_task *task, size_t place)
{
    return (const char **)(void *)((char *)task + texts[place].offset);
}

void mr_suite_task_write(const mr_suite_task *given, mr_strbuf *out)
{
    mr_suite_task task = *given;
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        mr_json_field_string(&json, texts[i].name, *text_at(&task, i));
    }
    char seed[24];
    (void)snprintf(seed, sizeof(seed), "%llu", (unsigned long long)task.seed);
    mr_json_field_string(&json, "seed", task.has_seed ? seed : NULL);
    for (size_t i = 0; i < MR_COUNT(flags); i++) {
        mr_json_field_bool(&json, flags[i].name, *flag_at(&task, i));
    }
    mr_json_object_end(&json);
    mr_strbuf_append_char(out, '\n');
}

static mr_code refuse(const char *name, mr_error *err)
{
    return mr_error_set(err, MR_BAD_INPUT, "task: %s is missing or is something else", name);
}

static mr_code read_seed(const cJSON *json, mr_suite_task *out, mr_error *err)
{
    const cJSON *seed = cJSON_GetObjectItemCaseSensitive(json, "seed");
    out->has_seed = cJSON_IsString(seed);
    bool is_seed = out->has_seed ? mr_bytes_to_uint64(mr_bytes_of(seed->valuestring), &out->seed)
                                 : cJSON_IsNull(seed);
    return is_seed ? MR_OK : refuse("seed", err);
}

static mr_code read_members(const cJSON *json, mr_suite_task *out, mr_error *err)
{
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        const cJSON *text = cJSON_GetObjectItemCaseSensitive(json, texts[i].name);
        if (cJSON_IsString(text)) {
            *text_at(out, i) = mr_strdup(text->valuestring);
        } else if (!texts[i].may_be_null || !cJSON_IsNull(text)) {
            return refuse(texts[i].name, err);
        }
    }
    for (size_t i = 0; i < MR_COUNT(flags); i++) {
        const cJSON *flag = cJSON_GetObjectItemCaseSensitive(json, flags[i].name);
        if (!cJSON_IsBool(flag)) {
            return refuse(flags[i].name, err);
        }
        *flag_at(out, i) = cJSON_IsTrue(flag);
    }
    return read_seed(json, out, err);
}

mr_code mr_suite_task_read(mr_bytes line, mr_suite_task *out, mr_error *err)
{
    *out = (mr_suite_task){0};
    cJSON *json = line.len == 0 ? NULL : cJSON_ParseWithLength(line.at, line.len);
    mr_code code = read_members(json, out, err); /* of nothing, every member is missing */
    cJSON_Delete(json);
    return code;
}

void mr_suite_task_deinit(mr_suite_task *task)
{
    for (size_t i = 0; i < MR_COUNT(texts); i++) {
        mr_free((char *)(uintptr_t)*text_at(task, i));
    }
    *task = (mr_suite_task){0};
}
