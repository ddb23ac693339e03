/* mapping_settings.c - see mapping_settings.h. Limits: reference/lambda.md section 6. */
#include "sim/mapping/mapping_settings.h"

#include "sim/base/alloc.h"
#include "sim/mapping/filter.h"

#include <inttypes.h>

#define S3_ARN "arn:aws:s3:::"

static const struct {
    const char *name;
    mr_iterator_type type;
} startings[] = {
    {"TRIM_HORIZON", MR_ITERATOR_TRIM_HORIZON},
    {"LATEST", MR_ITERATOR_LATEST},
    {"AT_TIMESTAMP", MR_ITERATOR_AT_TIMESTAMP},
};

mr_mapping_settings mr_mapping_settings_default(void)
{
    return (mr_mapping_settings){.enabled = true,
                                 .starting = MR_ITERATOR_LATEST,
                                 .batch_size = 100,
                                 .lanes = 1,
                                 .retries_max = -1,
                                 .age_max_s = -1};
}

const char *mr_mapping_starting_name(mr_iterator_type starting)
{
    size_t i = 0;
    while (i < MR_COUNT(startings) && startings[i].type != starting) {
        i++;
    }
    MR_ASSERT(i < MR_COUNT(startings)); /* mappings have no others */
    return startings[i].name;
}

bool mr_mapping_starting_of(const char *name, mr_iterator_type *out)
{
    for (size_t i = 0; i < MR_COUNT(startings); i++) {
        if (strcmp(startings[i].name, name) == 0) {
            *out = startings[i].type;
            return true;
        }
    }
    return false;
}

const char *mr_mapping_failure_bucket(const char *failure_arn)
{
    return failure_arn != NULL && strncmp(failure_arn, S3_ARN, sizeof(S3_ARN) - 1) == 0
               ? failure_arn + sizeof(S3_ARN) - 1
               : NULL;
}

/* ---- checking ---- */

static mr_code check_range(const char *member, int64_t value, int64_t least, int64_t most,
                           mr_error *err)
{
    if (value >= least && value <= most) {
        return MR_OK;
    }
    return mr_error_set(err, MR_INVALID_ARGUMENT,
                        "1 validation error detected: Value '%" PRId64
                        "' at '%s' failed to satisfy constraint: Member must have value %s than or "
                        "equal to %" PRId64,
                        value, member, value < least ? "greater" : "less",
                        value < least ? least : most);
}

static mr_code check_ranges(const mr_mapping_settings *s, mr_error *err)
{
    const struct {
        const char *member;
        int64_t value, least, most;
    } ranges[] = {
        {"batchSize", s->batch_size, 1, 10000},
        {"maximumBatchingWindowInSeconds", s->window_s, 0, 300},
        {"parallelizationFactor", s->lanes, 1, MR_MAPPING_LANES_MAX},
        {"maximumRetryAttempts", s->retries_max, -1, 10000},
        {"maximumRecordAgeInSeconds", s->age_max_s, -1, 604800},
        {"tumblingWindowInSeconds", s->tumbling_s, 0, 900},
    };
    for (size_t i = 0; i < MR_COUNT(ranges); i++) {
        mr_code code =
            check_range(ranges[i].member, ranges[i].value, ranges[i].least, ranges[i].most, err);
        if (code != MR_OK) {
            return code;
        }
    }
    if (s->age_max_s >= 0 && s->age_max_s < 60) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "MaximumRecordAgeInSeconds must be -1, or between 60 and 604800; it is "
                            "%" PRId64,
                            s->age_max_s);
    }
    return MR_OK;
}

static mr_code check_failure(const char *arn, mr_error *err)
{
    if (arn == NULL) {
        return MR_OK;
    }
    const char *bucket = mr_mapping_failure_bucket(arn);
    if (bucket != NULL) {
        return mr_bucket_name_is_valid(bucket)
                   ? MR_OK
                   : mr_error_set(err, MR_INVALID_ARGUMENT,
                                  "DestinationConfig.OnFailure.Destination: \"%.100s\" is no name "
                                  "of a bucket",
                                  bucket);
    }
    if (strncmp(arn, "arn:", 4) != 0 && strncmp(arn, "kafka://", 8) != 0) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "DestinationConfig.OnFailure.Destination: \"%.200s\" is no ARN", arn);
    }
    return mr_error_set(err, MR_UNSUPPORTED,
                        "DestinationConfig.OnFailure.Destination: %.200s is not supported here; "
                        "give a bucket, arn:aws:s3:::NAME",
                        arn);
}

static mr_code check_filters(const mr_mapping_settings *s, mr_error *err)
{
    mr_filter *filter;
    if (s->filter_count > MR_MAPPING_FILTERS_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "FilterCriteria has %zu filters; the most is %d", s->filter_count,
                            MR_MAPPING_FILTERS_MAX);
    }
    for (size_t i = 0; i < s->filter_count; i++) {
        if (strlen(s->filters[i]) > MR_MAPPING_FILTER_SIZE) {
            return mr_error_set(err, MR_INVALID_ARGUMENT,
                                "FilterCriteria: a pattern has %zu characters; the most is %d",
                                strlen(s->filters[i]), MR_MAPPING_FILTER_SIZE);
        }
    }
    mr_code code = mr_filter_new(s->filters, s->filter_count, &filter, err);
    if (code == MR_OK) {
        mr_filter_free(filter);
    }
    return code;
}

mr_code mr_mapping_settings_check(const mr_mapping_settings *settings, mr_error *err)
{
    mr_code code = check_ranges(settings, err);
    if (code == MR_OK && settings->tumbling_s > 0) {
        code = mr_error_set(err, MR_UNSUPPORTED,
                            "TumblingWindowInSeconds: tumbling windows are not supported here; "
                            "give 0, or leave it out");
    }
    if (code == MR_OK) {
        code = check_failure(settings->failure_arn, err);
    }
    return code == MR_OK ? check_filters(settings, err) : code;
}

/* ---- copies ---- */

mr_mapping_settings mr_mapping_settings_copy(const mr_mapping_settings *settings)
{
    mr_mapping_settings copy = *settings;
    copy.function = mr_strdup(settings->function);
    copy.source_arn = mr_strdup(settings->source_arn);
    copy.role = mr_strdup(settings->role);
    copy.failure_arn = mr_strdup(settings->failure_arn);
    const char **filters = mr_calloc(settings->filter_count + 1, sizeof(*filters));
    for (size_t i = 0; i < settings->filter_count; i++) {
        filters[i] = mr_strdup(settings->filters[i]);
    }
    copy.filters = filters;
    return copy;
}

void mr_mapping_settings_deinit(mr_mapping_settings *settings)
{
    mr_free((char *)settings->function);
    mr_free((char *)settings->source_arn);
    mr_free((char *)settings->role);
    mr_free((char *)settings->failure_arn);
    for (size_t i = 0; settings->filters != NULL && i < settings->filter_count; i++) {
        mr_free((char *)settings->filters[i]);
    }
    mr_free((void *)settings->filters);
    *settings = (mr_mapping_settings){0};
}
