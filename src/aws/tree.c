/* tree.c - see tree.h. */
#include "src/aws/tree.h"

#include "sim/base/alloc.h"

#include <math.h>

/* Doubles are exact up to here. */
#define INTEGER_MAX 9007199254740992.0

/* ---- of an input ---- */

static cJSON *value_of(const mr_aws_member *member, const void *value);

static cJSON *text_of(mr_bytes text)
{
    if (mr_bytes_find(text, '\0') < text.len) {
        return NULL;
    }
    char *copy = mr_bytes_dup(text);
    cJSON *made = cJSON_CreateString(copy);
    mr_free(copy);
    return made;
}

static cJSON *list_of(const mr_aws_member *element, const mr_aws_list *list)
{
    cJSON *made = cJSON_CreateArray();
    const size_t size = mr_aws_member_size(element);
    for (size_t i = 0; i < list->count; i++) {
        cJSON *item = value_of(element, (const char *)list->items + i * size);
        if (item == NULL) {
            cJSON_Delete(made);
            return NULL;
        }
        (void)cJSON_AddItemToArray(made, item);
    }
    return made;
}

static cJSON *map_of(const mr_aws_map *map)
{
    cJSON *made = cJSON_CreateObject();
    for (size_t i = 0; i < map->count; i++) {
        cJSON *item = text_of(map->entries[i].value);
        if (item == NULL || mr_bytes_find(map->entries[i].key, '\0') < map->entries[i].key.len) {
            cJSON_Delete(item);
            cJSON_Delete(made);
            return NULL;
        }
        char *key = mr_bytes_dup(map->entries[i].key);
        (void)cJSON_AddItemToObject(made, key, item);
        mr_free(key);
    }
    return made;
}

static cJSON *value_of(const mr_aws_member *member, const void *value)
{
    switch (member->type) {
    case MR_AWS_STRING:
        return text_of(*(const mr_bytes *)value);
    case MR_AWS_INTEGER:
    case MR_AWS_LONG:
        return cJSON_CreateNumber((double)((const mr_aws_number *)value)->value);
    case MR_AWS_BOOLEAN:
        return cJSON_CreateBool(((const mr_aws_flag *)value)->value);
    case MR_AWS_LIST:
        return list_of(member->element, value);
    case MR_AWS_MAP:
        return map_of(value);
    case MR_AWS_STRUCTURE:
        return mr_aws_tree_of(member->shape, value);
    case MR_AWS_BLOB:
    case MR_AWS_TIMESTAMP:
    case MR_AWS_TYPE_COUNT:
        break;
    }
    MR_ASSERT(false);
    return NULL;
}

cJSON *mr_aws_tree_of(const mr_aws_shape *shape, const void *structure)
{
    cJSON *made = cJSON_CreateObject();
    for (size_t i = 0; i < shape->member_count; i++) {
        const mr_aws_member *member = &shape->members[i];
        const void *value = (const char *)structure + member->offset;
        if (!mr_aws_is_present(member->type, value)) {
            continue;
        }
        cJSON *item = value_of(member, value);
        if (item == NULL) {
            cJSON_Delete(made);
            return NULL;
        }
        (void)cJSON_AddItemToObject(made, member->name, item);
    }
    return made;
}

/* ---- of an answer ---- */

static void write_number(mr_aws_writer *writer, double value)
{
    if (value == floor(value) && fabs(value) <= INTEGER_MAX) {
        mr_aws_integer(writer, (int64_t)value);
    } else {
        mr_aws_double(writer, value);
    }
}

static void write_items(mr_aws_writer *writer, const cJSON *tree)
{
    const cJSON *item;
    mr_aws_array_open(writer);
    cJSON_ArrayForEach(item, tree)
    {
        mr_aws_write_tree(writer, item);
    }
    mr_aws_array_close(writer);
}

static void write_members(mr_aws_writer *writer, const cJSON *tree)
{
    const cJSON *member;
    mr_aws_object_open(writer);
    cJSON_ArrayForEach(member, tree)
    {
        if (!cJSON_IsNull(member)) {
            mr_aws_field_tree(writer, member->string, member);
        }
    }
    mr_aws_object_close(writer);
}

void mr_aws_write_tree(mr_aws_writer *writer, const cJSON *tree)
{
    if (cJSON_IsObject(tree)) {
        write_members(writer, tree);
    } else if (cJSON_IsArray(tree)) {
        write_items(writer, tree);
    } else if (cJSON_IsNumber(tree)) {
        write_number(writer, tree->valuedouble);
    } else if (cJSON_IsBool(tree)) {
        mr_aws_boolean(writer, cJSON_IsTrue(tree));
    } else {
        MR_ASSERT(cJSON_IsString(tree));
        mr_aws_string(writer, mr_bytes_of(tree->valuestring));
    }
}

void mr_aws_field_tree(mr_aws_writer *writer, const char *key, const cJSON *tree)
{
    mr_aws_key(writer, key);
    mr_aws_write_tree(writer, tree);
}
