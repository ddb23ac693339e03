/*
 * deaggregate_fuzz.c - any bytes as a record of several, by objects and by a delimiter. The first
 * byte says how long the delimiter is that follows it (modulo 8, and 0 for the longest that there
 * is); the rest is the record, and the whole is the record of objects.
 *
 * Sub-records lie in the record, in order and apart. Between objects there are blanks alone, and
 * each is an object; between delimited ones there are delimiters alone, and none has one inside.
 * The bytes are also a pair of parameters.
 */
#include "sim/base/alloc.h"
#include "sim/firehose/deaggregate.h"
#include "sim/lambda/json_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_blank(mr_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] == '\0' || strchr(" \t\r\n", bytes.at[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_object(mr_bytes bytes)
{
    mr_json_reader reader = mr_json_reader_make(bytes);
    return mr_json_reader_peek(&reader) == MR_JSON_OBJECT && reader.at == bytes.at &&
           mr_json_reader_skip(&reader) && reader.at == reader.end;
}

static bool is_repeated(mr_bytes bytes, mr_bytes delimiter)
{
    while (bytes.len > 0 && mr_bytes_starts_with(bytes, delimiter)) {
        bytes = mr_bytes_make(bytes.at + delimiter.len, bytes.len - delimiter.len);
    }
    return bytes.len == 0;
}

static bool holds(mr_bytes bytes, mr_bytes piece)
{
    for (size_t at = 0; at + piece.len <= bytes.len; at++) {
        if (memcmp(bytes.at + at, piece.at, piece.len) == 0) {
            return true;
        }
    }
    return false;
}

/* delimiter: none for objects. */
static void check_gap(mr_bytes gap, mr_bytes delimiter)
{
    MR_ASSERT(delimiter.len == 0 ? is_blank(gap) : is_repeated(gap, delimiter));
}

static void take_apart(const mr_deaggregation *settings, mr_bytes record)
{
    mr_deaggregator *deaggregator = mr_deaggregator_new(settings);
    mr_bytes delimiter = mr_bytes_make(settings->delimiter, settings->delimiter_len);
    mr_deaggregate_verdict verdict = mr_deaggregator_open(deaggregator, record);
    size_t count = mr_deaggregator_left(deaggregator), at = 0;
    mr_bytes sub;

    MR_ASSERT(count >= 1);
    MR_ASSERT(count <= MR_SUB_RECORDS_MAX);
    if (verdict != MR_DEAGGREGATED) {
        MR_ASSERT(count == 1);
        bool more = mr_deaggregator_next(deaggregator, &sub);
        MR_ASSERT(more);
        MR_ASSERT(mr_bytes_equal(sub, record));
        MR_ASSERT(verdict != MR_DEAGGREGATE_NOT_OBJECTS || !is_object(record));
        if (verdict == MR_DEAGGREGATE_EMPTY) {
            check_gap(record, delimiter);
        }
        mr_deaggregator_free(deaggregator);
        return;
    }
    while (mr_deaggregator_next(deaggregator, &sub)) {
        MR_ASSERT(sub.len > 0);
        MR_ASSERT(sub.at >= record.at + at);
        MR_ASSERT(sub.at + sub.len <= record.at + record.len);
        MR_ASSERT(delimiter.len == 0 ? is_object(sub) : !holds(sub, delimiter));
        check_gap(mr_bytes_make(record.at + at, (size_t)(sub.at - record.at) - at), delimiter);
        at = (size_t)(sub.at - record.at) + sub.len;
        count--;
    }
    MR_ASSERT(count == 0);
    check_gap(mr_bytes_make(record.at + at, record.len - at), delimiter);
    mr_deaggregator_free(deaggregator);
}

static void parse_parameters(const uint8_t *data, size_t size)
{
    char *text = mr_strndup((const char *)data, size);
    mr_deaggregation settings;
    mr_error err;
    if (mr_deaggregation_parse("DELIMITED", text, &settings, &err) == MR_OK) {
        take_apart(&settings, mr_bytes_make(data, size));
    }
    if (mr_deaggregation_parse(text, text, &settings, &err) == MR_OK) {
        MR_ASSERT(settings.delimiter_ignored); /* it is JSON: the other word is no Base64 */
    }
    mr_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mr_deaggregation objects = {.type = MR_SUB_RECORD_JSON};
    mr_deaggregation delimited = {.type = MR_SUB_RECORD_DELIMITED};

    take_apart(&objects, mr_bytes_make(data, size));
    parse_parameters(data, size);
    if (size < 2) {
        return 0;
    }
    size_t len = data[0] % 8 == 0 ? MR_DELIMITER_BYTES_MAX : data[0] % 8;
    len = mr_min_size(len, size - 1);
    memcpy(delimited.delimiter, data + 1, len);
    delimited.delimiter_len = len;
    take_apart(&delimited, mr_bytes_make(data + 1 + len, size - 1 - len));
    return 0;
}
