/* filter.c - see filter.h. A pattern stays the tree that it was read as, checked once. */
#include "sim/mapping/filter.h"

#include "sim/base/alloc.h"
#include "sim/base/timefmt.h"

#include <cjson/cJSON.h>

#define DEPTH_MAX 32 /* of a pattern: it is at most 4096 characters */

struct mr_filter {
    cJSON **patterns; /* owned */
    size_t count;
    bool needs_data; /* some pattern looks at it */
};

static bool is_scalar(const cJSON *value)
{
    return cJSON_IsString(value) || cJSON_IsNumber(value) || cJSON_IsBool(value) ||
           cJSON_IsNull(value);
}

/* ---- checking ---- */

static mr_code invalid(mr_error *err, const char *why, const char *name)
{
    return mr_error_set(err, MR_INVALID_ARGUMENT, "Invalid filter pattern definition. (%s%s%.100s)",
                        why, name == NULL ? "" : ": ", name == NULL ? "" : name);
}

static bool is_range(const cJSON *list)
{
    const cJSON *item;
    size_t place = 0;
    cJSON_ArrayForEach(item, list)
    {
        static const char *const operators[] = {"=", "<", "<=", ">", ">="};
        bool known = place % 2 == 1 && cJSON_IsNumber(item);
        for (size_t i = 0; place % 2 == 0 && cJSON_IsString(item) && i < MR_COUNT(operators); i++) {
            known = known || strcmp(item->valuestring, operators[i]) == 0;
        }
        if (!known) {
            return false;
        }
        place++;
    }
    return place == 2 || place == 4;
}

/* What "anything-but" excludes: a value, some of them, or {"prefix": ...}, {"suffix": ...}. */
static bool is_exclusion(const cJSON *value)
{
    if (cJSON_IsObject(value)) {
        const cJSON *only = value->child;
        return only != NULL && only->next == NULL && cJSON_IsString(only) &&
               (strcmp(only->string, "prefix") == 0 || strcmp(only->string, "suffix") == 0);
    }
    const cJSON *item;
    bool sound = cJSON_IsArray(value) ? value->child != NULL : is_scalar(value);
    cJSON_ArrayForEach(item, value)
    {
        sound = sound && is_scalar(item);
    }
    return sound;
}

/* An entry that is an object: one operator and its value. */
static mr_code check_operator(const cJSON *entry, mr_error *err)
{
    const cJSON *value = entry->child;
    if (value == NULL || value->next != NULL) {
        return invalid(err, "an operator is an object of one member", NULL);
    }
    const char *name = value->string;
    bool sound;
    if (strcmp(name, "prefix") == 0 || strcmp(name, "suffix") == 0 ||
        strcmp(name, "equals-ignore-case") == 0) {
        sound = cJSON_IsString(value);
    } else if (strcmp(name, "exists") == 0) {
        sound = cJSON_IsBool(value);
    } else if (strcmp(name, "numeric") == 0) {
        sound = cJSON_IsArray(value) && is_range(value);
    } else if (strcmp(name, "anything-but") == 0) {
        sound = is_exclusion(value);
    } else {
        return mr_error_set(err, MR_UNSUPPORTED,
                            "FilterCriteria: the operator %.100s is not known here", name);
    }
    return sound ? MR_OK : invalid(err, "the value of", name);
}

static mr_code check_list(const cJSON *list, mr_error *err)
{
    const cJSON *entry;
    if (list->child == NULL) {
        return invalid(err, "an empty list", list->string);
    }
    cJSON_ArrayForEach(entry, list)
    {
        mr_code code = is_scalar(entry)        ? MR_OK
                       : cJSON_IsObject(entry) ? check_operator(entry, err)
                                               : invalid(err, "a list in a list", list->string);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_code check_object(const cJSON *object, int depth, mr_error *err);

static mr_code check_alternatives(const cJSON *list, int depth, mr_error *err)
{
    const cJSON *one;
    if (!cJSON_IsArray(list) || cJSON_GetArraySize(list) < 2) {
        return invalid(err, "$or is a list of two objects or more", NULL);
    }
    cJSON_ArrayForEach(one, list)
    {
        mr_code code = cJSON_IsObject(one) ? check_object(one, depth, err)
                                           : invalid(err, "$or is a list of objects", NULL);
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

static mr_code check_member(const cJSON *member, int depth, mr_error *err)
{
    if (strcmp(member->string, "$or") == 0) {
        return check_alternatives(member, depth, err);
    }
    if (cJSON_IsArray(member)) {
        return check_list(member, err);
    }
    return cJSON_IsObject(member) ? check_object(member, depth + 1, err)
                                  : invalid(err, "a value that is in no list", member->string);
}

/* Members of the record itself: one that no record has would fit never. */
static mr_code check_top_member(const cJSON *member, mr_error *err)
{
    static const char *const known[] = {"data",
                                        "partitionKey",
                                        "sequenceNumber",
                                        "kinesisSchemaVersion",
                                        "approximateArrivalTimestamp",
                                        "$or"};
    for (size_t i = 0; i < MR_COUNT(known); i++) {
        if (strcmp(member->string, known[i]) == 0) {
            return strcmp(known[i], "data") != 0 || cJSON_IsObject(member)
                       ? MR_OK
                       : invalid(err, "the pattern of data must be JSON: an object", NULL);
        }
    }
    return mr_error_set(err, MR_UNSUPPORTED,
                        "FilterCriteria: a record of a data stream has no %.100s (it has data, "
                        "partitionKey, sequenceNumber, kinesisSchemaVersion and "
                        "approximateArrivalTimestamp)",
                        member->string);
}

static mr_code check_object(const cJSON *object, int depth, mr_error *err)
{
    const cJSON *member;
    if (object->child == NULL || depth > DEPTH_MAX) {
        return invalid(err, object->child == NULL ? "an empty object" : "nested too deep", NULL);
    }
    cJSON_ArrayForEach(member, object)
    {
        mr_code code = depth == 0 ? check_top_member(member, err) : MR_OK;
        if (code == MR_OK) {
            code = check_member(member, depth, err);
        }
        if (code != MR_OK) {
            return code;
        }
    }
    return MR_OK;
}

/* ---- making and releasing ---- */

static bool mentions_data(const cJSON *pattern)
{
    const cJSON *member, *one;
    cJSON_ArrayForEach(member, pattern)
    {
        if (strcmp(member->string, "data") == 0) {
            return true;
        }
        if (strcmp(member->string, "$or") == 0) {
            cJSON_ArrayForEach(one, member)
            {
                if (mentions_data(one)) {
                    return true;
                }
            }
        }
    }
    return false;
}

mr_code mr_filter_new(const char *const *patterns, size_t count, mr_filter **out, mr_error *err)
{
    *out = NULL;
    if (count == 0) {
        return MR_OK;
    }
    mr_filter *filter = mr_calloc(1, sizeof(*filter));
    filter->patterns = mr_calloc(count, sizeof(*filter->patterns));
    mr_code code = MR_OK;
    for (size_t i = 0; i < count && code == MR_OK; i++) {
        cJSON *pattern = cJSON_ParseWithOpts(patterns[i], NULL, true);
        filter->patterns[filter->count++] = pattern;
        code = cJSON_IsObject(pattern) ? check_object(pattern, 0, err)
                                       : invalid(err, "it must be a JSON object", NULL);
        filter->needs_data = filter->needs_data || (code == MR_OK && mentions_data(pattern));
    }
    if (code != MR_OK) {
        mr_filter_free(filter);
        return code;
    }
    *out = filter;
    return MR_OK;
}

void mr_filter_free(mr_filter *filter)
{
    if (filter == NULL) {
        return;
    }
    for (size_t i = 0; i < filter->count; i++) {
        cJSON_Delete(filter->patterns[i]);
    }
    mr_free(filter->patterns);
    mr_free(filter);
}

/* ---- fitting ---- */

static bool is_same(const cJSON *wanted, const cJSON *value)
{
    if (cJSON_IsString(wanted)) {
        return cJSON_IsString(value) && strcmp(wanted->valuestring, value->valuestring) == 0;
    }
    if (cJSON_IsNumber(wanted)) {
        return cJSON_IsNumber(value) && wanted->valuedouble == value->valuedouble;
    }
    return (cJSON_IsNull(wanted) && cJSON_IsNull(value)) ||
           (cJSON_IsTrue(wanted) && cJSON_IsTrue(value)) ||
           (cJSON_IsFalse(wanted) && cJSON_IsFalse(value));
}

static bool compares(const char *op, double value, double bound)
{
    if (op[0] == '=') {
        return value == bound;
    }
    if (op[0] == '<') {
        return value < bound || (op[1] == '=' && value == bound);
    }
    return value > bound || (op[1] == '=' && value == bound);
}

static bool is_in_range(const cJSON *range, const cJSON *value)
{
    bool fits = cJSON_IsNumber(value);
    for (const cJSON *op = range->child; fits && op != NULL; op = op->next->next) {
        fits = compares(op->valuestring, value->valuedouble, op->next->valuedouble);
    }
    return fits;
}

/* prefix, suffix, equals-ignore-case: of strings alone. */
static bool is_alike(const char *how, const char *wanted, const cJSON *value)
{
    if (!cJSON_IsString(value)) {
        return false;
    }
    const mr_bytes text = mr_bytes_of(value->valuestring), piece = mr_bytes_of(wanted);
    if (strcmp(how, "prefix") == 0) {
        return mr_bytes_starts_with(text, piece);
    }
    return strcmp(how, "suffix") == 0 ? mr_bytes_ends_with(text, piece)
                                      : mr_bytes_equal_nocase(text, piece);
}

static bool is_excluded(const cJSON *exclusion, const cJSON *value)
{
    if (cJSON_IsObject(exclusion)) {
        return is_alike(exclusion->child->string, exclusion->child->valuestring, value);
    }
    const cJSON *item;
    bool excluded = is_scalar(exclusion) && is_same(exclusion, value);
    cJSON_ArrayForEach(item, exclusion)
    {
        excluded = excluded || is_same(item, value);
    }
    return excluded;
}

/* One entry of a list against one value that is there and no array. */
static bool entry_fits(const cJSON *entry, const cJSON *value)
{
    if (is_scalar(entry)) {
        return is_same(entry, value);
    }
    const cJSON *wanted = entry->child;
    if (strcmp(wanted->string, "exists") == 0) {
        return cJSON_IsTrue(wanted);
    }
    if (strcmp(wanted->string, "numeric") == 0) {
        return is_in_range(wanted, value);
    }
    if (strcmp(wanted->string, "anything-but") == 0) {
        return is_scalar(value) && !is_excluded(wanted, value);
    }
    return is_alike(wanted->string, wanted->valuestring, value);
}

/* Of a value that is not there only its absence can be asked for. */
static bool wants_absence(const cJSON *entry)
{
    return cJSON_IsObject(entry) && strcmp(entry->child->string, "exists") == 0 &&
           cJSON_IsFalse(entry->child);
}

static bool list_fits(const cJSON *list, const cJSON *value)
{
    const cJSON *entry, *element;
    cJSON_ArrayForEach(entry, list)
    {
        if (value == NULL ? wants_absence(entry)
                          : !cJSON_IsArray(value) && entry_fits(entry, value)) {
            return true;
        }
        if (!cJSON_IsArray(value)) {
            continue;
        }
        cJSON_ArrayForEach(element, value)
        {
            if (entry_fits(entry, element)) {
                return true;
            }
        }
    }
    return false;
}

static bool object_fits(const cJSON *pattern, const cJSON *value);

/* An object inside an array fits as one beside it would. */
static bool nested_fits(const cJSON *pattern, const cJSON *value)
{
    const cJSON *element;
    if (!cJSON_IsArray(value)) {
        return object_fits(pattern, value);
    }
    cJSON_ArrayForEach(element, value)
    {
        if (object_fits(pattern, element)) {
            return true;
        }
    }
    return false;
}

static bool alternative_fits(const cJSON *alternatives, const cJSON *value)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, alternatives)
    {
        if (object_fits(one, value)) {
            return true;
        }
    }
    return false;
}

/* value: NULL, or no object: then all that is asked for must be absence. */
static bool object_fits(const cJSON *pattern, const cJSON *value)
{
    const cJSON *member;
    cJSON_ArrayForEach(member, pattern)
    {
        bool fits;
        if (strcmp(member->string, "$or") == 0) {
            fits = alternative_fits(member, value);
        } else {
            const cJSON *found = cJSON_IsObject(value)
                                     ? cJSON_GetObjectItemCaseSensitive(value, member->string)
                                     : NULL;
            fits = cJSON_IsArray(member) ? list_fits(member, found) : nested_fits(member, found);
        }
        if (!fits) {
            return false;
        }
    }
    return true;
}

/* ---- records ---- */

/* The record as patterns see it. data: taken over; NULL: it is no JSON, or nobody asks. */
static cJSON *record_object(const char *sequence, const mr_record_view *record, cJSON *data)
{
    char *key = mr_bytes_dup(record->partition_key);
    const int64_t arrival_ms = record->arrival_us / MR_US_PER_MS;
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "kinesisSchemaVersion", "1.0");
    (void)cJSON_AddStringToObject(object, "partitionKey", key);
    (void)cJSON_AddStringToObject(object, "sequenceNumber", sequence);
    (void)cJSON_AddNumberToObject(object, "approximateArrivalTimestamp",
                                  (double)arrival_ms / 1000.0);
    if (data != NULL) {
        (void)cJSON_AddItemToObject(object, "data", data);
    }
    mr_free(key);
    return object;
}

static cJSON *parse_data(mr_bytes data)
{
    char *text = mr_bytes_dup(mr_bytes_trim(data)); /* with a NUL, which the parser must find */
    cJSON *value =
        strlen(text) == mr_bytes_trim(data).len ? cJSON_ParseWithOpts(text, NULL, true) : NULL;
    mr_free(text);
    return value;
}

/* Whether the pattern is to be tried: one with a "data" needs data that is JSON. */
static bool may_fit(const cJSON *pattern, const cJSON *data)
{
    return data != NULL || cJSON_GetObjectItemCaseSensitive(pattern, "data") == NULL;
}

bool mr_filter_fits(const mr_filter *filter, const char *sequence, const mr_record_view *record)
{
    cJSON *data = filter->needs_data ? parse_data(record->data) : NULL;
    cJSON *object = record_object(sequence, record, data);
    bool fits = false;
    for (size_t i = 0; i < filter->count && !fits; i++) {
        fits = may_fit(filter->patterns[i], data) && object_fits(filter->patterns[i], object);
    }
    cJSON_Delete(object);
    return fits;
}
