/*
 * json_at.h - a value deep in an answer, by its path.
 */
#ifndef MR_TESTS_SRC_API_JSON_AT_H
#define MR_TESTS_SRC_API_JSON_AT_H

#include "sim/base/alloc.h"
#include "tests/check.h"

#include <cJSON.h>
#include <stdlib.h>

/* The value at "a/b/0/c"; NULL when there is none. */
static inline const cJSON *at(const cJSON *json, const char *path)
{
    char *copy = mr_strdup(path), *rest = copy;
    while (json != NULL && *rest != '\0') {
        char *slash = strchr(rest, '/');
        char *next = slash == NULL ? rest + strlen(rest) : slash + 1;
        if (slash != NULL) {
            *slash = '\0';
        }
        json = cJSON_IsArray(json) ? cJSON_GetArrayItem(json, atoi(rest))
                                   : cJSON_GetObjectItemCaseSensitive(json, rest);
        rest = next;
    }
    mr_free(copy);
    return json;
}

/* Texts as they are, numbers and booleans as JSON has them. */
static inline void check_at(const cJSON *json, const char *path, const char *want)
{
    const cJSON *value = at(json, path);
    if (value == NULL || cJSON_IsString(value)) {
        CHECK_STR(path, cJSON_GetStringValue(value), want);
        return;
    }
    char *text = cJSON_PrintUnformatted(value);
    CHECK_STR(path, text, want);
    cJSON_free(text);
}

#endif
