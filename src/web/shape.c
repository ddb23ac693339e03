/* shape.c - see shape.h. */
#include "src/web/shape.h"

#include "sim/base/nearest.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PATH_SIZE 128

/* Where a value stands, for messages: "inputs[2].rate". Longer ones are cut. */
typedef struct place {
    char text[PATH_SIZE];
} place;

static place MR_PRINTF(1, 2) place_of(const char *format, ...)
{
    place p;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(p.text, sizeof(p.text), format, args);
    va_end(args);
    (void)n; /* a path that is cut still names its beginning */
    return p;
}

static place member_of(const place *parent, const char *name)
{
    return place_of("%s%s%s", parent->text, parent->text[0] == '\0' ? "" : ".", name);
}

static place item_of(const place *parent, size_t i)
{
    return place_of("%s[%zu]", parent->text, i);
}

const char *mr_web_type_name(mr_web_type type)
{
    static const char *const names[] = {
        [MR_WEB_ANY] = NULL,        [MR_WEB_STRING] = "string",   [MR_WEB_INTEGER] = "integer",
        [MR_WEB_NUMBER] = "number", [MR_WEB_BOOLEAN] = "boolean", [MR_WEB_OBJECT] = "object",
        [MR_WEB_ARRAY] = "array"};
    return names[type];
}

static bool is_whole(double number)
{
    return isfinite(number) && number == floor(number) && fabs(number) <= 9007199254740992.0;
}

static bool has_type(mr_web_type type, const cJSON *value)
{
    switch (type) {
    case MR_WEB_ANY:
        return true;
    case MR_WEB_STRING:
        return cJSON_IsString(value);
    case MR_WEB_INTEGER:
        return cJSON_IsNumber(value) && is_whole(value->valuedouble);
    case MR_WEB_NUMBER:
        return cJSON_IsNumber(value);
    case MR_WEB_BOOLEAN:
        return cJSON_IsBool(value);
    case MR_WEB_OBJECT:
        return cJSON_IsObject(value);
    case MR_WEB_ARRAY:
        return cJSON_IsArray(value);
    }
    return false;
}

static mr_code check_words(const mr_web_field *field, const place *at, const char *text,
                           mr_error *err)
{
    char list[256] = "";
    size_t used = 0;
    for (const char *const *word = field->words; *word != NULL; word++) {
        if (strcmp(*word, text) == 0) {
            return MR_OK;
        }
        int n = snprintf(list + used, sizeof(list) - used, "%s%s", used == 0 ? "" : ", ", *word);
        used = mr_min_size(used + (size_t)n, sizeof(list) - 1);
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT, "%s is \"%.64s\"; it may be: %s", at->text, text,
                        list);
}

static mr_code check_text(const mr_web_field *field, const place *at, const char *text,
                          mr_error *err)
{
    if (field->length_max > 0 && strlen(text) > field->length_max) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s has %zu bytes; the most is %zu", at->text,
                            strlen(text), field->length_max);
    }
    return field->words == NULL ? MR_OK : check_words(field, at, text, err);
}

void mr_web_number_format(double number, char out[MR_WEB_NUMBER_SIZE])
{
    const bool is_plain = is_whole(number); /* up to 2^53: 16 digits */
    int n = snprintf(out, MR_WEB_NUMBER_SIZE, is_plain ? "%.0f" : "%.15g", number);
    MR_ASSERT(n > 0 && n < MR_WEB_NUMBER_SIZE);
}

static mr_code check_number(const mr_web_field *field, const place *at, double number,
                            mr_error *err)
{
    const bool is_bounded = field->least != 0 || field->most != 0;
    if (is_bounded && !(number >= field->least && number <= field->most)) {
        char is[MR_WEB_NUMBER_SIZE], least[MR_WEB_NUMBER_SIZE], most[MR_WEB_NUMBER_SIZE];
        mr_web_number_format(number, is);
        mr_web_number_format(field->least, least);
        mr_web_number_format(field->most, most);
        return mr_error_set(err, MR_INVALID_ARGUMENT, "%s is %s; it may be from %s to %s", at->text,
                            is, least, most);
    }
    return MR_OK;
}

static mr_code check_object(const mr_web_shape *shape, const place *at, const cJSON *value,
                            mr_error *err);

static mr_code wrong_type(mr_web_type type, const place *at, mr_error *err)
{
    const char *word = mr_web_type_name(type);
    bool vowel = strchr("aio", word[0]) != NULL;
    return mr_error_set(err, MR_INVALID_ARGUMENT, "%s must be %s %s", at->text, vowel ? "an" : "a",
                        word);
}

static mr_code check_items(const mr_web_field *field, const place *at, const cJSON *array,
                           mr_error *err)
{
    size_t i = 0;
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        place here = item_of(at, i++);
        if (!has_type(field->item, item)) {
            return wrong_type(field->item, &here, err);
        }
        if (field->item == MR_WEB_OBJECT && field->shape != NULL) {
            mr_code code = check_object(field->shape, &here, item, err);
            if (code != MR_OK) {
                return code;
            }
        }
    }
    return MR_OK;
}

static mr_code check_value(const mr_web_field *field, const place *at, const cJSON *value,
                           mr_error *err)
{
    if (field->nullable && cJSON_IsNull(value)) {
        return MR_OK;
    }
    if (!has_type(field->type, value)) {
        return wrong_type(field->type, at, err);
    }
    switch (field->type) {
    case MR_WEB_STRING:
        return check_text(field, at, value->valuestring, err);
    case MR_WEB_INTEGER:
    case MR_WEB_NUMBER:
        return check_number(field, at, value->valuedouble, err);
    case MR_WEB_OBJECT:
        return field->shape == NULL ? MR_OK : check_object(field->shape, at, value, err);
    case MR_WEB_ARRAY:
        return check_items(field, at, value, err);
    case MR_WEB_ANY:
    case MR_WEB_BOOLEAN:
        break;
    }
    return MR_OK;
}

static const mr_web_field *field_of(const mr_web_shape *shape, const char *name)
{
    for (size_t i = 0; i < shape->count; i++) {
        if (strcmp(shape->fields[i].name, name) == 0) {
            return &shape->fields[i];
        }
    }
    return NULL;
}

static mr_code check_member(const mr_web_shape *shape, const place *at, const cJSON *member,
                            mr_error *err)
{
    const mr_web_field *field = field_of(shape, member->string);
    place here = field != NULL && field->called != NULL ? place_of("%s", field->called)
                                                        : member_of(at, member->string);
    if (field != NULL) {
        return check_value(field, &here, member, err);
    }
    if (shape->open) {
        return MR_OK;
    }
    const char *nearest = mr_nearest_in_table(mr_bytes_of(member->string), shape->fields,
                                              shape->count, sizeof(shape->fields[0]));
    return nearest == NULL
               ? mr_error_set(err, MR_INVALID_ARGUMENT, "there is no member %.96s here", here.text)
               : mr_error_set(err, MR_INVALID_ARGUMENT,
                              "there is no member %.96s here; did you mean %s?", here.text,
                              nearest);
}

static mr_code check_object(const mr_web_shape *shape, const place *at, const cJSON *value,
                            mr_error *err)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, value)
    {
        mr_code code = check_member(shape, at, member, err);
        if (code != MR_OK) {
            return code;
        }
    }
    for (size_t i = 0; i < shape->count; i++) {
        const mr_web_field *field = &shape->fields[i];
        if (!field->optional && cJSON_GetObjectItemCaseSensitive(value, field->name) == NULL) {
            place here = member_of(at, field->name);
            return mr_error_set(err, MR_INVALID_ARGUMENT, "%s is missing: %s", here.text,
                                field->about);
        }
    }
    return MR_OK;
}

mr_code mr_web_shape_check(const mr_web_shape *shape, const cJSON *value, mr_error *err)
{
    const place top = {.text = ""};
    if (!cJSON_IsObject(value)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "the body must be a JSON object");
    }
    return check_object(shape, &top, value, err);
}
