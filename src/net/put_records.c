/* put_records.c - see put_records.h. */
#include "src/net/put_records.h"

#include "sim/base/base64.h"
#include "sim/base/json.h"

#include <cjson/cJSON.h>

/* ---- the request ---- */

static void write_record(mr_json *json, const mr_record *record, mr_strbuf *scratch)
{
    mr_strbuf_reset(scratch);
    mr_base64_encode(scratch, record->data);
    mr_json_object_begin(json);
    mr_json_field_bytes(json, "Data", mr_strbuf_bytes(scratch));
    mr_json_field_bytes(json, "PartitionKey", record->partition_key);
    if (record->has_explicit_hash) {
        char hash[MR_HASH_KEY_SIZE];
        mr_hash_key_format(record->explicit_hash, hash);
        mr_json_field_string(json, "ExplicitHashKey", hash);
    }
    mr_json_object_end(json);
}

void mr_put_records_write(mr_strbuf *out, const char *stream, const mr_record *records,
                          size_t count)
{
    bool is_arn = strncmp(stream, "arn:", 4) == 0;
    mr_strbuf scratch = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_json json = mr_json_make(out);
    mr_json_object_begin(&json);
    mr_json_field_string(&json, is_arn ? "StreamARN" : "StreamName", stream);
    mr_json_key(&json, "Records");
    mr_json_array_begin(&json);
    for (size_t i = 0; i < count; i++) {
        write_record(&json, &records[i], &scratch);
    }
    mr_json_array_end(&json);
    mr_json_object_end(&json);
    mr_strbuf_deinit(&scratch);
}

/* ---- the answer ---- */

static cJSON *parse(mr_bytes body)
{
    return body.len == 0 || body.len > MR_PUT_ANSWER_BYTES_MAX
               ? NULL
               : cJSON_ParseWithLength(body.at, body.len);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

static mr_code result_of(const char *error_code)
{
    if (error_code == NULL) {
        return MR_OK;
    }
    return strcmp(error_code, "ProvisionedThroughputExceededException") == 0 ? MR_THROTTLED
                                                                             : MR_INTERNAL_FAILURE;
}

static bool read_entries(const cJSON *json, size_t count, mr_put_result *results, size_t *failed)
{
    const cJSON *records = cJSON_GetObjectItemCaseSensitive(json, "Records");
    size_t n = 0;
    *failed = 0;
    const cJSON *entry;
    cJSON_ArrayForEach(entry, records)
    {
        const char *error_code = text_of(entry, "ErrorCode");
        if (n == count || (error_code == NULL && text_of(entry, "SequenceNumber") == NULL)) {
            return false;
        }
        results[n] = (mr_put_result){.code = result_of(error_code)};
        *failed += results[n].code != MR_OK;
        n++;
    }
    return n == count && cJSON_IsArray(records);
}

mr_code mr_put_records_read(mr_bytes answer, size_t count, mr_put_result *results, size_t *failed,
                            mr_error *err)
{
    cJSON *json = parse(answer);
    bool fine = json != NULL && read_entries(json, count, results, failed);
    cJSON_Delete(json);
    return fine ? MR_OK
                : mr_error_set(err, MR_BAD_INPUT,
                               "the answer is not PutRecords' for %zu records: is it Kinesis that "
                               "answers there?",
                               count);
}

/* ---- errors ---- */

/* The first line, of which a terminal obeys nothing; cut to the size. */
static void copy_line(const char *text, char *out, size_t size)
{
    size_t len = 0;
    for (; text != NULL && text[len] != '\0' && text[len] != '\n' && len + 1 < size; len++) {
        bool printable = text[len] >= ' ' && text[len] <= '~';
        out[len] = '?';
        if (printable) {
            out[len] = text[len];
        }
    }
    out[len] = '\0';
}

bool mr_aws_error_read(mr_bytes body, mr_aws_error *out)
{
    cJSON *json = parse(body);
    const char *type = text_of(json, "__type");
    const char *message = text_of(json, "message");
    if (message == NULL) {
        message = text_of(json, "Message");
    }
    if (type != NULL) {
        const char *hash = strrchr(type, '#'); /* com.amazonaws.kinesis.v20131202#Type */
        copy_line(hash == NULL ? type : hash + 1, out->type, sizeof(out->type));
        copy_line(message, out->message, sizeof(out->message));
    }
    cJSON_Delete(json);
    return type != NULL;
}

bool mr_aws_error_is_throttling(const mr_aws_error *error)
{
    static const char *const types[] = {
        "ProvisionedThroughputExceededException",
        "KMSThrottlingException",
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottledException",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    };
    for (size_t i = 0; i < MR_COUNT(types); i++) {
        if (strcmp(error->type, types[i]) == 0) {
            return true;
        }
    }
    return false;
}
