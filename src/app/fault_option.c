/* fault_option.c - see fault_option.h. */
#include "src/app/fault_option.h"

#include "sim/base/alloc.h"
#include "sim/base/nearest.h"
#include "sim/base/timefmt.h"

#include <stdlib.h>

static mr_code unknown_kind(const char *name, mr_error *err)
{
    const char *names[MR_FAULT_KIND_COUNT];
    size_t count = 0;
    for (int kind = MR_FAULT_NONE + 1; kind < MR_FAULT_KIND_COUNT; kind++) {
        names[count++] = mr_fault_kind_name((mr_fault_kind)kind);
    }
    const char *nearest = mr_nearest(mr_bytes_of(name), names, count);
    return mr_error_set(err, MR_INVALID_ARGUMENT, "no fault %s; %s%s", name,
                        nearest != NULL ? "did you mean " : "such as lambda-error, store-refused",
                        nearest != NULL ? nearest : "");
}

static bool parse_double(const char *text, double *out)
{
    char *end = NULL;
    *out = strtod(text, &end);
    return end != text && *end == '\0' && *out >= 0 && *out <= 1;
}

/* value: lives as long as the rule. */
static bool set_member(mr_fault_rule *rule, const char *name, const char *value, int64_t start_us,
                       int64_t *for_us)
{
    mr_bytes bytes = mr_bytes_of(value);
    int64_t duration;
    if (strcmp(name, "from") == 0 && mr_duration_parse(bytes, &duration)) {
        rule->from_us = start_us + duration;
        return true;
    }
    if (strcmp(name, "for") == 0) {
        return mr_duration_parse(bytes, for_us);
    }
    if (strcmp(name, "delay") == 0) {
        return mr_duration_parse(bytes, &rule->delay_us);
    }
    if (strcmp(name, "first") == 0) {
        return mr_bytes_to_uint64(bytes, &rule->first);
    }
    if (strcmp(name, "every") == 0) {
        return mr_bytes_to_uint64(bytes, &rule->every);
    }
    if (strcmp(name, "most") == 0) {
        return mr_bytes_to_uint64(bytes, &rule->most);
    }
    if (strcmp(name, "text") == 0) {
        rule->text = value;
        return true;
    }
    return strcmp(name, "probability") == 0 && parse_double(value, &rule->probability);
}

static mr_code parse_members(char *members, int64_t start_us, mr_fault_rule *rule, mr_error *err)
{
    int64_t for_us = -1;
    for (char *word = members; word != NULL;) {
        bool is_text = strncmp(word, "text=", 5) == 0;
        char *next = is_text ? NULL : strchr(word, ',');
        if (next != NULL) {
            *next++ = '\0';
        }
        char *equals = strchr(word, '=');
        if (equals != NULL) {
            *equals = '\0';
        }
        if (equals == NULL || !set_member(rule, word, equals + 1, start_us, &for_us)) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "%s%s%s: give from=30s, for=60s, first=N, every=N, "
                                "most=N, probability=0.1, delay=2s or text=TEXT",
                                word, equals == NULL ? "" : "=", equals == NULL ? "" : equals + 1);
        }
        word = next;
    }
    if (for_us >= 0) {
        rule->until_us = rule->from_us + for_us;
    }
    return MR_OK;
}

mr_code mr_fault_option_parse(const char *text, int64_t start_us, mr_fault_rule *rule, char **words,
                              mr_error *err)
{
    *rule = (mr_fault_rule){.from_us = start_us, .until_us = INT64_MAX};
    *words = mr_strdup(text);
    char *members = strchr(*words, ',');
    if (members != NULL) {
        *members++ = '\0';
    }
    char *colon = strchr(*words, ':');
    if (colon != NULL) {
        *colon = '\0';
        rule->target = colon + 1;
    }
    rule->kind = mr_fault_kind_of(*words);
    mr_code code = rule->kind == MR_FAULT_NONE ? unknown_kind(*words, err)
                                               : parse_members(members, start_us, rule, err);
    if (code != MR_OK) {
        mr_free(*words);
        *words = NULL;
    }
    return code;
}
