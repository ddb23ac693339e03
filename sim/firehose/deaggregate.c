/*
 * deaggregate.c - see deaggregate.h.
 *
 * Whether a record is taken apart is known at its end only, so opening it finds all sub-records, up
 * to 500 of them, and next() hands them out.
 */
#include "sim/firehose/deaggregate.h"

#include "sim/base/alloc.h"
#include "sim/base/base64.h"
#include "sim/lambda/json_reader.h"

struct mr_deaggregator {
    mr_sub_record_type type;
    size_t delimiter_len;
    char delimiter[MR_DELIMITER_BYTES_MAX];
    /* For each beginning of the delimiter, how much of its end is a beginning as well (Knuth,
     * Morris and Pratt): nothing is compared twice, whatever delimiter and record are. */
    uint16_t border[MR_DELIMITER_BYTES_MAX];

    mr_bytes sub_records[MR_SUB_RECORDS_MAX];
    size_t count, given;
};

/* ---- the parameters ---- */

static mr_code parse_delimiter(const char *delimiter, mr_deaggregation *out, mr_error *err)
{
    _Static_assert(MR_DELIMITER_BYTES_MAX == MR_PARAMETER_VALUE_LEN_MAX / 4 * 3,
                   "the longest parameter decodes to the longest delimiter");

    if (delimiter == NULL || delimiter[0] == '\0') {
        return mr_error_set(err, MR_INVALID_ARGUMENT, "Delimiter should be present for DELIMITED");
    }
    size_t len = strlen(delimiter);
    if (len > MR_PARAMETER_VALUE_LEN_MAX) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Delimiter has %zu characters; the most is %d", len,
                            MR_PARAMETER_VALUE_LEN_MAX);
    }
    if (!mr_base64_decode_to(out->delimiter, mr_bytes_make(delimiter, len), &out->delimiter_len)) {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "Delimiter must be a Base64 encoded string, such as Cg== for a "
                            "newline; it is \"%.64s\"",
                            delimiter);
    }
    return MR_OK;
}

mr_code mr_deaggregation_parse(const char *sub_record_type, const char *delimiter,
                               mr_deaggregation *out, mr_error *err)
{
    mr_deaggregation parsed = {0};
    mr_bytes type = mr_bytes_of(sub_record_type);
    if (mr_bytes_is(type, "DELIMITED")) {
        parsed.type = MR_SUB_RECORD_DELIMITED;
        mr_code code = parse_delimiter(delimiter, &parsed, err);
        if (code != MR_OK) {
            return code;
        }
    } else if (mr_bytes_is(type, "JSON")) {
        parsed.type = MR_SUB_RECORD_JSON;
        parsed.delimiter_ignored = delimiter != NULL;
    } else {
        return mr_error_set(err, MR_INVALID_ARGUMENT,
                            "SubRecordType has to be one of JSON, DELIMITED");
    }
    if (out != NULL) {
        *out = parsed;
    }
    return MR_OK;
}

/* ---- make and release ---- */

static void find_borders(mr_deaggregator *deaggregator)
{
    const char *delimiter = deaggregator->delimiter;
    size_t border = 0;
    for (size_t i = 1; i < deaggregator->delimiter_len; i++) {
        while (border > 0 && delimiter[i] != delimiter[border]) {
            border = deaggregator->border[border - 1];
        }
        if (delimiter[i] == delimiter[border]) {
            border++;
        }
        deaggregator->border[i] = (uint16_t)border;
    }
}

mr_deaggregator *mr_deaggregator_new(const mr_deaggregation *deaggregation)
{
    MR_ASSERT(deaggregation->delimiter_len <= MR_DELIMITER_BYTES_MAX);
    MR_ASSERT((deaggregation->type == MR_SUB_RECORD_DELIMITED) ==
              (deaggregation->delimiter_len > 0));

    mr_deaggregator *deaggregator = mr_calloc(1, sizeof(*deaggregator));
    deaggregator->type = deaggregation->type;
    deaggregator->delimiter_len = deaggregation->delimiter_len;
    memcpy(deaggregator->delimiter, deaggregation->delimiter, deaggregation->delimiter_len);
    find_borders(deaggregator);
    return deaggregator;
}

void mr_deaggregator_free(mr_deaggregator *deaggregator)
{
    mr_free(deaggregator);
}

/* ---- taking apart ---- */

/* False when there are 500 already. */
static bool keep(mr_deaggregator *deaggregator, const char *begin, const char *end)
{
    if (deaggregator->count == MR_SUB_RECORDS_MAX) {
        return false;
    }
    deaggregator->sub_records[deaggregator->count++] = mr_bytes_make(begin, (size_t)(end - begin));
    return true;
}

static mr_deaggregate_verdict split_objects(mr_deaggregator *deaggregator, mr_bytes data)
{
    mr_json_reader reader = mr_json_reader_make(data);
    for (;;) {
        mr_json_kind kind = mr_json_reader_peek(&reader); /* goes over the blanks */
        const char *begin = reader.at;
        if (kind == MR_JSON_NONE && begin == reader.end) {
            return deaggregator->count > 0 ? MR_DEAGGREGATED : MR_DEAGGREGATE_EMPTY;
        }
        if (kind != MR_JSON_OBJECT || !mr_json_reader_skip(&reader)) {
            return MR_DEAGGREGATE_NOT_OBJECTS;
        }
        if (!keep(deaggregator, begin, reader.at)) {
            return MR_DEAGGREGATE_TOO_MANY;
        }
    }
}

/* The place behind the next delimiter, or NULL when there is none. */
static const char *pass_delimiter(const mr_deaggregator *deaggregator, const char *at,
                                  const char *end)
{
    const char *delimiter = deaggregator->delimiter;
    size_t len = deaggregator->delimiter_len;
    size_t matched = 0;

    while (at < end) {
        if (matched == 0) { /* most of the time: the vectors of memchr do it */
            at = memchr(at, delimiter[0], (size_t)(end - at));
            if (at == NULL) {
                return NULL;
            }
            matched = 1;
            at++;
        } else if (*at == delimiter[matched]) {
            matched++;
            at++;
        } else {
            matched = deaggregator->border[matched - 1];
        }
        if (matched == len) {
            return at;
        }
    }
    return NULL;
}

static mr_deaggregate_verdict split_delimited(mr_deaggregator *deaggregator, mr_bytes data)
{
    const char *begin = data.at;
    const char *end = data.len == 0 ? data.at : data.at + data.len;
    while (begin < end) {
        const char *after = pass_delimiter(deaggregator, begin, end);
        const char *until = after == NULL ? end : after - deaggregator->delimiter_len;
        if (until > begin && !keep(deaggregator, begin, until)) {
            return MR_DEAGGREGATE_TOO_MANY;
        }
        begin = after == NULL ? end : after;
    }
    return deaggregator->count > 0 ? MR_DEAGGREGATED : MR_DEAGGREGATE_EMPTY;
}

const char *mr_deaggregate_verdict_name(mr_deaggregate_verdict verdict)
{
    static const char *const names[] = {"sub-records", "empty", "not objects", "too many"};
    return names[verdict];
}

mr_deaggregate_verdict mr_deaggregator_open(mr_deaggregator *deaggregator, mr_bytes data)
{
    deaggregator->count = 0;
    deaggregator->given = 0;
    mr_deaggregate_verdict verdict = deaggregator->type == MR_SUB_RECORD_JSON
                                         ? split_objects(deaggregator, data)
                                         : split_delimited(deaggregator, data);
    if (verdict != MR_DEAGGREGATED) {
        deaggregator->sub_records[0] = data;
        deaggregator->count = 1;
    }
    return verdict;
}

bool mr_deaggregator_next(mr_deaggregator *deaggregator, mr_bytes *sub_record)
{
    if (deaggregator->given == deaggregator->count) {
        return false;
    }
    *sub_record = deaggregator->sub_records[deaggregator->given++];
    return true;
}

size_t mr_deaggregator_left(const mr_deaggregator *deaggregator)
{
    return deaggregator->count - deaggregator->given;
}
