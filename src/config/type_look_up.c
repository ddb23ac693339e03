/* type_look_up.c - mr_type_look_up() of schema.h, over the list of aws_types.h. */
#include "sim/base/nearest.h"
#include "src/config/aws_types.h"
#include "src/config/schema.h"

#include <stdio.h>

static bool has_word(const char *words, mr_bytes word)
{
    for (const char *p = words; *p != '\0';) {
        size_t len = strcspn(p, " ");
        if (mr_bytes_equal((mr_bytes){p, len}, word)) {
            return true;
        }
        p += len + (p[len] == ' ' ? 1 : 0);
    }
    return false;
}

/* The candidate of fewest slips over all types of services whose names are near; word: the type
 * without "AWS::". */
static const char *nearest_type(mr_arena *arena, const char *word)
{
    size_t count;
    const mr_aws_service *services = mr_aws_services(&count);
    mr_bytes wanted = mr_bytes_of(word);
    size_t best = wanted.len / 6 + 2; /* one slip for each six letters, and one more */
    const char *found = NULL;
    for (size_t s = 0; s < count; s++) {
        for (const char *p = services[s].types; *p != '\0';) {
            char candidate[128];
            size_t len = strcspn(p, " ");
            int n =
                snprintf(candidate, sizeof(candidate), "%s::%.*s", services[s].name, (int)len, p);
            size_t slips = mr_edit_distance(wanted, (mr_bytes){candidate, (size_t)n});
            if (slips < best) {
                best = slips;
                found = mr_arena_format(arena, "AWS::%s", candidate);
            }
            p += len + (p[len] == ' ' ? 1 : 0);
        }
    }
    return found;
}

static bool is_plain_word(const char *text)
{
    return text[0] != '\0' &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") ==
               strlen(text);
}

mr_type_knowledge mr_type_look_up(mr_arena *arena, const char *name, const char **nearest)
{
    *nearest = NULL;
    mr_bytes bytes = mr_bytes_of(name);
    if (mr_bytes_starts_with(bytes, MR_BYTES_LITERAL("Custom::")) ||
        mr_bytes_is(bytes, "Alexa::ASK::Skill") ||
        mr_bytes_ends_with(bytes, MR_BYTES_LITERAL("::MODULE"))) {
        return MR_TYPE_KNOWN;
    }
    if (!mr_bytes_starts_with(bytes, MR_BYTES_LITERAL("AWS::"))) {
        *nearest = nearest_type(arena, mr_bytes_equal_nocase((mr_bytes){name, strnlen(name, 5)},
                                                             MR_BYTES_LITERAL("AWS::"))
                                           ? name + 5
                                           : name);
        return MR_TYPE_UNKNOWN;
    }
    size_t count;
    const mr_aws_service *services = mr_aws_services(&count);
    const char *word = name + 5, *split = strstr(word, "::");
    mr_bytes service = {word, split == NULL ? strlen(word) : (size_t)(split - word)};
    const mr_aws_service *known = NULL;
    for (size_t s = 0; s < count && split != NULL; s++) {
        if (mr_bytes_is(service, services[s].name)) {
            known = &services[s];
        }
    }
    if (known != NULL && has_word(known->types, mr_bytes_of(split + 2))) {
        return MR_TYPE_KNOWN;
    }
    *nearest = nearest_type(arena, word);
    if (*nearest != NULL) {
        return MR_TYPE_MISSPELT;
    }
    return known != NULL && is_plain_word(split + 2) ? MR_TYPE_UNLISTED : MR_TYPE_UNKNOWN;
}
