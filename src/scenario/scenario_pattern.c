/*
 * scenario_pattern.c - regular expressions of a scenario.
 *
 * regcomp() unrolls {m,n}, and x+ to xx*: a few bytes, ((a{999}){999}), would be gigabytes once
 * compiled. So the size of what it would make is reckoned first.
 */
#include "src/scenario/scenario_reader.h"

#include <regex.h>
#include <stdlib.h>

#define PATTERN_BYTES_MAX 1000
#define DEPTH_LIMIT       32   /* groups inside one another */
#define SIZE_LIMIT        2000 /* characters, once unrolled */

/* The last byte of a bracket expression, from behind its '['. */
static const char *bracket_end(const char *at)
{
    at += *at == '^' ? 1 : 0;
    at += *at == ']' ? 1 : 0;
    while (*at != '\0' && *at != ']') {
        if (*at == '[' && at[1] != '\0' && strchr(":.=", at[1]) != NULL) {
            const char *end = strstr(at + 2, (const char[]){at[1], ']', '\0'});
            at = end == NULL ? at : end + 1;
        }
        at++;
    }
    return *at == '\0' ? at - 1 : at;
}

/* How many copies {m}, {m,} or {m,n} makes, from behind its '{', and its last byte; 0 when it is
 * none: then the brace stands for itself. */
static uint64_t copies(const char *at, const char **last)
{
    char *end;
    uint64_t least = strtoul(at, &end, 10);
    uint64_t most = *end == ',' ? strtoul(end + 1, &end, 10) : least;
    if (*end != '}') {
        return 0;
    }
    *last = end;
    most = most < least ? least : most;
    return mr_min_size(most, SIZE_LIMIT) + 1; /* the last one may be optional */
}

/* Whether it is small once unrolled. An over-estimate is fine, an under-estimate is not. */
static bool is_small(const char *pattern)
{
    uint64_t group[DEPTH_LIMIT + 1] = {0}; /* sizes of the groups that are open */
    size_t depth = 0;
    uint64_t last = 0; /* size of what a repetition would repeat; part of group[depth] */
    for (const char *at = pattern; *at != '\0'; at++) {
        uint64_t times = *at == '{' ? copies(at + 1, &at) : *at == '+' ? 2 : 0;
        if (times > 0) {
            group[depth] += last * (times - 1);
            last *= times;
        } else if (*at == '(') {
            if (++depth > DEPTH_LIMIT) {
                return false;
            }
            group[depth] = 0;
            last = 0;
        } else if (*at == ')' && depth > 0) {
            last = group[depth--] + 1;
            group[depth] += last;
        } else if (*at == '*' || *at == '?') {
            last++;
            group[depth]++;
        } else {
            at = *at == '[' ? bracket_end(at + 1) : *at == '\\' && at[1] != '\0' ? at + 1 : at;
            last = 1;
            group[depth]++;
        }
        if (group[depth] > SIZE_LIMIT) {
            return false;
        }
    }
    return true;
}

bool mr_scenario_pattern(mr_scenario_reader *reader, const mr_node *node, const char *key,
                         const char **out)
{
    if (!mr_scenario_text(reader, node, key, out)) {
        return false;
    }
    if (strlen(*out) > PATTERN_BYTES_MAX || !is_small(*out)) {
        mr_findings_error(reader->findings, node, "%s: the regular expression is too large", key);
        return false;
    }
    regex_t regex;
    int code = regcomp(&regex, *out, REG_EXTENDED | REG_NOSUB);
    if (code != 0) {
        char message[200];
        (void)regerror(code, &regex, message, sizeof(message));
        mr_findings_error(reader->findings, node, "%s: '%s' is no regular expression: %s", key,
                          *out, message);
        return false;
    }
    regfree(&regex);
    return true;
}
