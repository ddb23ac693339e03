/* routes_ingest.c - records from plain HTTP: PUT /{stage}/streams/{stream}/record and /records, as
 * the API has them that AWS's tutorial builds with API Gateway before Kinesis. The answers and the
 * errors are those of PutRecord and PutRecords. */
#include "src/web/ingest_body.h"
#include "src/web/web_private.h"

#include "src/aws/write.h"

/* Ten MiB of records, and room for the JSON around them. */
#define BODY_BYTES_MAX (16 * (size_t)MR_MIB)

static void send_bad_body(mr_http_request *request, const mr_error *err)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const mr_aws_fault fault = {.type = "SerializationException",
                                .message = mr_bytes_of(err->message)};
    mr_aws_write_fault(MR_AWS_JSON, &fault, &body);
    mr_web_send_json(request, 400, &body);
    mr_strbuf_deinit(&body);
}

static void run(mr_web_call *call, mr_gateway_put *put)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED); /* Kinesis bounds its answers */
    const int status = mr_gateway_run(put, &body);
    if (status != 0) {
        mr_web_send_json(call->request, status, &body);
    }
    mr_strbuf_deinit(&body);
}

static mr_gateway_put put_of(mr_web_call *call, mr_arena *arena)
{
    return (mr_gateway_put){.sim = call->web->sim,
                            .request = call->request,
                            .arena = arena,
                            .stream = mr_bytes_of(mr_web_text(call, "stream"))};
}

static void put_record(mr_web_call *call)
{
    mr_arena *arena = mr_arena_new();
    mr_gateway_put put = put_of(call, arena);
    mr_gateway_record record;
    mr_error err;
    if (mr_ingest_read_record(mr_http_body(call->request), arena, &record, &err) == MR_OK) {
        put.records = &record;
        put.count = 1;
        run(call, &put);
    } else {
        send_bad_body(call->request, &err);
    }
    mr_arena_free(arena);
}

static void put_records(mr_web_call *call)
{
    mr_arena *arena = mr_arena_new();
    mr_gateway_put put = put_of(call, arena);
    mr_gateway_record *records;
    mr_error err;
    if (mr_ingest_read_records(mr_http_body(call->request), arena, &records, &put.count, &err) ==
        MR_OK) {
        put.records = records;
        put.is_batch = true;
        run(call, &put);
    } else {
        send_bad_body(call->request, &err);
    }
    mr_arena_free(arena);
}

/* ---- the rows ---- */

static const mr_web_parameter parameters[] = {{.name = "stage",
                                               .in_path = true,
                                               .type = MR_WEB_STRING,
                                               .about = "The stage of an API; any name.",
                                               .example = "\"prod\""},
                                              {.name = "stream",
                                               .in_path = true,
                                               .type = MR_WEB_STRING,
                                               .about = "The data stream's name.",
                                               .example = "\"crimes\""}};

static const mr_web_field record_fields[] = {
    {.name = "Data",
     .type = MR_WEB_ANY,
     .about = "Any JSON value; its text is stored, without the blanks between its tokens.",
     .example = "{\"district\":11}"},
    {.name = "PartitionKey",
     .type = MR_WEB_ANY,
     .about = "Text of 1 to 256 characters, or a number, which counts as its text.",
     .example = "\"11\""},
    {.name = "ExplicitHashKey",
     .type = MR_WEB_ANY,
     .optional = true,
     .about = "A hash key to use instead of the key's, decimal."}};
static const mr_web_shape record_shape = {
    .name = "IngestRecord",
    .about = "A record. data, partition-key and explicit-hash-key are names for the same.",
    .fields = record_fields,
    .count = MR_COUNT(record_fields),
    .open = true};

static const mr_web_field batch_record_fields[] = {
    {.name = "data", .type = MR_WEB_ANY, .about = "As Data of a record."},
    {.name = "partition-key", .type = MR_WEB_ANY, .about = "As PartitionKey of a record."},
    {.name = "explicit-hash-key",
     .type = MR_WEB_ANY,
     .optional = true,
     .about = "As ExplicitHashKey of a record."}};
static const mr_web_shape batch_record_shape = {
    .name = "IngestBatchRecord",
    .about = "A record of a batch. Data, PartitionKey and ExplicitHashKey are names for the same.",
    .fields = batch_record_fields,
    .count = MR_COUNT(batch_record_fields),
    .open = true};

static const mr_web_field batch_fields[] = {
    {.name = "records",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &batch_record_shape,
     .about = "1 to 500 records, 10 MiB together; Records is a name for the same."}};
static const mr_web_shape batch_shape = {.name = "IngestBatch",
                                         .about = "Several records.",
                                         .fields = batch_fields,
                                         .count = MR_COUNT(batch_fields),
                                         .open = true};

static const mr_web_field receipt_fields[] = {
    {.name = "ShardId", .type = MR_WEB_STRING, .about = "Where the record is."},
    {.name = "SequenceNumber", .type = MR_WEB_STRING, .about = "Its number there, decimal."},
    {.name = "EncryptionType",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "\"KMS\", of a stream that is encrypted."}};
static const mr_web_shape receipt_shape =
    MR_WEB_SHAPE("IngestReceipt", "What PutRecord answers.", receipt_fields);

static const mr_web_field result_fields[] = {
    {.name = "ShardId", .type = MR_WEB_STRING, .optional = true, .about = "Where the record is."},
    {.name = "SequenceNumber",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "Its number there, decimal."},
    {.name = "ErrorCode",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "Of one that was not taken: ProvisionedThroughputExceededException or "
              "InternalFailure."},
    {.name = "ErrorMessage", .type = MR_WEB_STRING, .optional = true, .about = "Why not."}};
static const mr_web_shape result_shape =
    MR_WEB_SHAPE("IngestResult", "What became of one record of a batch.", result_fields);

static const mr_web_field results_fields[] = {
    {.name = "FailedRecordCount",
     .type = MR_WEB_INTEGER,
     .about = "How many were not taken; send them again."},
    {.name = "Records",
     .type = MR_WEB_ARRAY,
     .item = MR_WEB_OBJECT,
     .shape = &result_shape,
     .about = "One for each record, in the order of the request."},
    {.name = "EncryptionType",
     .type = MR_WEB_STRING,
     .optional = true,
     .about = "\"KMS\", of a stream that is encrypted."}};
static const mr_web_shape results_shape =
    MR_WEB_SHAPE("IngestResults", "What PutRecords answers.", results_fields);

static const mr_web_field fault_fields[] = {
    {.name = "__type", .type = MR_WEB_STRING, .about = "The error's name."},
    {.name = "message", .type = MR_WEB_STRING, .optional = true, .about = "What is wrong."}};
static const mr_web_shape fault_shape =
    MR_WEB_SHAPE("IngestFault", "An error, as AWS's JSON services have it.", fault_fields);

/* In AWS's form, {"__type", "message"}. The codes are the table's of src/api/kinesis.c. */
static const mr_web_failure serialization = {
    "SerializationException", 400, "The body is not JSON, or a member has the wrong type."};
static const mr_web_failure validation = {
    "ValidationException", 400,
    "A member is missing, too long or too short; or there are too many."};
static const mr_web_failure not_found = {"ResourceNotFoundException", 400,
                                         "There is no such stream, or it is not active yet."};
static const mr_web_failure invalid = {
    "InvalidArgumentException", 400,
    "A hash key is out of its range, or the records have more than 10 MiB."};
static const mr_web_failure throttled = {"ProvisionedThroughputExceededException", 400,
                                         "The shard takes no more in this second; of one record."};
static const mr_web_failure *const failures[] = {&serialization, &validation, &not_found,
                                                 &invalid,       &throttled,  NULL};

#define ABOUT                                                                                      \
    "What the API of AWS's tutorial \"Create a REST API as an Amazon Kinesis proxy\" does. As "    \
    "there, no signature is asked for. Errors have AWS's form, {\"__type\", \"message\"}."

static const mr_web_route routes[] = {{.method = "PUT",
                                       .path = "/{stage}/streams/{stream}/record",
                                       .tag = "Ingest",
                                       .summary = "Put a record on a data stream",
                                       .about = ABOUT,
                                       .guard = MR_WEB_OPEN,
                                       .parameters = parameters,
                                       .parameter_count = MR_COUNT(parameters),
                                       .body_bytes_max = BODY_BYTES_MAX,
                                       .body_type = "application/json",
                                       .told = &record_shape,
                                       .answer = &receipt_shape,
                                       .failures = failures,
                                       .failure = &fault_shape,
                                       .any_query = true,
                                       .handle = put_record},
                                      {.method = "PUT",
                                       .path = "/{stage}/streams/{stream}/records",
                                       .tag = "Ingest",
                                       .summary = "Put several records on a data stream",
                                       .about = ABOUT,
                                       .guard = MR_WEB_OPEN,
                                       .parameters = parameters,
                                       .parameter_count = MR_COUNT(parameters),
                                       .body_bytes_max = BODY_BYTES_MAX,
                                       .body_type = "application/json",
                                       .told = &batch_shape,
                                       .answer = &results_shape,
                                       .failures = failures,
                                       .failure = &fault_shape,
                                       .any_query = true,
                                       .handle = put_records}};

const mr_web_group mr_web_ingest_routes = {routes, MR_COUNT(routes)};
