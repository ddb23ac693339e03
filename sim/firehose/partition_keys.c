/* partition_keys.c - see partition_keys.h. */
#include "sim/firehose/partition_keys.h"

#include "sim/base/alloc.h"

struct mr_partition_keys {
    const mr_prefix_key *wanted;
    size_t count;
    mr_metadata_query *query;             /* NULL: none */
    size_t from_query[MR_QUERY_KEYS_MAX]; /* by place in the query: the place in `wanted` */
    mr_bytes by_query[MR_QUERY_KEYS_MAX]; /* what the last run has given */
    mr_bytes *values;
};

/* The place of a key among those of the prefix; their count when it is not there. */
static size_t place_of(const mr_partition_keys *keys, mr_key_source source, mr_bytes name)
{
    size_t i = 0;
    while (i < keys->count &&
           (keys->wanted[i].source != source || !mr_bytes_is(name, keys->wanted[i].name))) {
        i++;
    }
    return i;
}

static mr_code match_query(mr_partition_keys *keys, mr_error *err)
{
    const mr_query_keys *given = mr_metadata_query_keys(keys->query);
    for (size_t i = 0; i < given->count; i++) {
        keys->from_query[i] = place_of(keys, MR_KEY_FROM_QUERY, mr_bytes_of(given->names[i]));
        if (keys->from_query[i] == keys->count) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "MetaDataExtraction JQ Query can't contain keys that are not "
                                "present in the S3 Prefix expression");
        }
    }
    return MR_OK;
}

/* Every key of the prefix must come from somewhere; Firehose's own words for this are not known. */
static mr_code match_prefix(const mr_partition_keys *keys, bool has_function, mr_error *err)
{
    for (size_t i = 0; i < keys->count; i++) {
        const mr_prefix_key *key = &keys->wanted[i];
        bool is_given = has_function;
        if (key->source == MR_KEY_FROM_QUERY) {
            const mr_query_keys *given =
                keys->query == NULL ? NULL : mr_metadata_query_keys(keys->query);
            is_given = false;
            for (size_t g = 0; given != NULL && g < given->count; g++) {
                is_given |= strcmp(given->names[g], key->name) == 0;
            }
        }
        if (!is_given) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "S3 Prefix contains the partition key %.100s, which %s", key->name,
                                key->source == MR_KEY_FROM_QUERY
                                    ? "the MetadataExtractionQuery does not give"
                                    : "needs a Lambda processor");
        }
    }
    return MR_OK;
}

mr_code mr_partition_keys_new(const mr_prefix *prefix, const char *query, bool has_function,
                              mr_partition_keys **out, mr_error *err)
{
    mr_partition_keys *keys = mr_calloc(1, sizeof(*keys));
    keys->wanted = mr_prefix_keys(prefix, &keys->count);
    keys->values = mr_calloc(keys->count + 1, sizeof(*keys->values));
    mr_code code = query == NULL ? MR_OK : mr_metadata_query_new(query, &keys->query, err);
    if (code == MR_OK && query != NULL) {
        code = match_query(keys, err);
    }
    if (code == MR_OK) {
        code = match_prefix(keys, has_function, err);
    }
    if (code != MR_OK) {
        mr_partition_keys_free(keys);
        return code;
    }
    *out = keys;
    return MR_OK;
}

void mr_partition_keys_free(mr_partition_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    mr_metadata_query_free(keys->query);
    mr_free(keys->values);
    mr_free(keys);
}

/* What the function or its builtin has given; empty when it has given none. */
static mr_bytes given_key(const mr_key_giver *giver, mr_bytes name)
{
    if (giver->answer != NULL) {
        return mr_transform_answer_key(giver->answer, giver->place, name);
    }
    return giver->builtin == NULL ? (mr_bytes){NULL, 0}
                                  : mr_builtin_partition_key(giver->builtin, name);
}

const char *mr_partition_keys_find(mr_partition_keys *keys, mr_bytes record,
                                   const mr_key_giver *giver, const mr_bytes **values)
{
    if (keys->query != NULL) {
        const char *why = mr_metadata_query_run(keys->query, record, keys->by_query);
        if (why != NULL) {
            return why;
        }
        for (size_t i = 0; i < mr_metadata_query_keys(keys->query)->count; i++) {
            keys->values[keys->from_query[i]] = keys->by_query[i];
        }
    }
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->wanted[i].source != MR_KEY_FROM_LAMBDA) {
            continue;
        }
        mr_bytes value = given_key(giver, mr_bytes_of(keys->wanted[i].name));
        if (value.len == 0) {
            return mr_partition_key_missing;
        }
        if (memchr(value.at, '\0', value.len) != NULL) {
            return mr_partition_key_nul;
        }
        keys->values[i] = value;
    }
    *values = keys->values;
    return NULL;
}
