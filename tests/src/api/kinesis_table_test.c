/*
 * kinesis_table_test.c - bad requests, one a row, and exactly what they are answered: what comes
 * before an operation (transport, target, form, who asks), types, constraints, and the operations'
 * own checks. Rows at a limit stand beside those past it.
 */
#include "src/aws/sigv4.h"
#include "tests/src/api/api_help.h"
#include "tests/src/aws/cbor_notation.h"

#include <cJSON.h>

#define T   "Kinesis_20131202."
#define ARN "arn:aws:kinesis:us-east-1:000000000000:stream/"

/* ---- before an operation ---- */

typedef struct transport_row {
    const char *line, *target, *type, *headers, *body;
    int status;
    const char *want_type; /* NULL: no Content-Type */
    const char *want;      /* the body; of CBOR in notation */
} transport_row;

#define DENIED                                                                                     \
    "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be "        \
    "authorized</Message>\n</AccessDeniedException>\n"
#define NO_OPERATION "<UnknownOperationException/>\n"
#define CORAL(type)                                                                                \
    "{\"Output\":{\"__type\":\"com.amazon.coral.service#" type "\"},\"Version\":\"1.0\"}"
#define FAULT(type)              "{\"__type\":\"" type "\"}"
#define FAULT_SAYING(type, text) "{\"__type\":\"" type "\",\"message\":\"" text "\"}"
#define FAULT_CBOR(type)         "BF '__type' '" type "' FF"
#define SERIALIZATION            FAULT("SerializationException")
#define SERIALIZATION_CBOR       FAULT_CBOR("SerializationException")
#define UNKNOWN                  FAULT("UnknownOperationException")
#define UNKNOWN_CBOR             FAULT_CBOR("UnknownOperationException")
#define INCOMPLETE(text)         FAULT_SAYING("IncompleteSignatureException", text)
#define HEADER_NEEDS(name)       "Authorization header requires '" name "' parameter. "
#define HEADER_NEEDS_DATE                                                                          \
    "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
#define QUERY_NEEDS(name) "AWS query-string parameters must include '" name "'. "
#define QUERY_END         "Re-examine the query-string parameters."
#define MISSING           FAULT_SAYING("MissingAuthenticationTokenException", "Missing Authentication Token")
#define DATE              "X-Amz-Date: 20250101T000000Z\r\n"
#define SIGN              "X-Amz-Signature=b"
#define CRED              "X-Amz-Credential=a"
#define ALGO              "X-Amz-Algorithm=AWS4-HMAC-SHA256"
#define SHEADS            "X-Amz-SignedHeaders=host"
#define QDATE             "X-Amz-Date=20250101T000000Z"
#define LIMITS                                                                                     \
    "{\"ShardLimit\":10,\"OpenShardCount\":3,\"OnDemandStreamCount\":0,"                           \
    "\"OnDemandStreamCountLimit\":50}"

#define SHARD_LIMIT(more)                                                                          \
    "This request would exceed the shard limit for the account 000000000000 in us-east-1. "        \
    "Current "                                                                                     \
    "shard count for the account: 3. Limit: 10. Number of additional shards that would have "      \
    "resulted from this request: " more ". Refer to the AWS Service Limits page "                  \
    "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits "   \
    "and how to request higher limits."
#define SPLIT_KEY(key)                                                                             \
    "NewStartingHashKey " key " used in SplitShard() on shard shardId-000000000000 in stream s "   \
    "under account 000000000000 is not both greater than one plus the shard's StartingHashKey 0 "  \
    "and less than the shard's EndingHashKey 340282366920938463463374607431768211455."

static const transport_row transport_rows[] = {
    /* method */
    {"GET /", T "ListStreams", JSON, NULL, "", 403, NULL, DENIED},
    {"PUT /", T "ListStreams", JSON, NULL, "{}", 403, NULL, DENIED},
    {"DELETE /", T "ListStreams", JSON, NULL, "{}", 403, NULL, DENIED},
    {"PATCH /", T "ListStreams", CBOR, NULL, "{}", 403, NULL, DENIED},
    {"OPTIONS /", T "ListStreams", JSON, NULL, "{}", 403, NULL, DENIED},
    /* no body */
    {"POST /", T "DescribeLimits", JSON, NULL, "", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON "; charset=utf-8", NULL, "", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", CBOR, NULL, "", 400, CBOR, SERIALIZATION_CBOR},
    {"POST /", T "DescribeLimits", "text/plain", NULL, "", 400, CBOR, SERIALIZATION_CBOR},
    {"POST /", T "DescribeLimits", "application/json", NULL, "", 400, CBOR, SERIALIZATION_CBOR},
    {"POST /", T "DescribeLimits", NULL, NULL, "", 400, CBOR, SERIALIZATION_CBOR},
    {"POST /", T "DescribeLimits", JSON, "", "", 400, JSON, SERIALIZATION},
    {"POST /", T "Describe", JSON, NULL, "", 400, JSON, UNKNOWN},
    {"POST /", T "Describe", CBOR, NULL, "", 400, CBOR, UNKNOWN_CBOR},
    {"POST /", "Other_20131202.DescribeLimits", JSON, NULL, "", 400, JSON, UNKNOWN},
    {"POST /", NULL, JSON, NULL, "", 400, JSON, UNKNOWN},
    {"POST /", NULL, NULL, NULL, "", 400, CBOR, UNKNOWN_CBOR},
    /* content type */
    {"POST /", NULL, NULL, NULL, "{}", 403, NULL, DENIED},
    {"POST /", NULL, "text/plain", NULL, "{}", 403, NULL, DENIED},
    {"POST /", "Kinesis_20131202", "text/plain", NULL, "{}", 403, NULL, DENIED},
    {"POST /", "Kinesis_20131202.", "text/plain", NULL, "{}", 403, NULL, DENIED},
    {"POST /", ".ListStreams", "text/plain", NULL, "{}", 403, NULL, DENIED},
    {"POST /", "a.b", "text/plain", NULL, "{}", 404, NULL, NO_OPERATION},
    {"POST /", T "ListStreams", "text/plain", NULL, "{}", 404, NULL, NO_OPERATION},
    {"POST /", T "ListStreams", NULL, NULL, "{}", 404, NULL, NO_OPERATION},
    {"POST /", T "ListStreams", JSON "x", NULL, "{}", 404, NULL, NO_OPERATION},
    {"POST /", T "ListStreams", "application/x-amz-json-1.0", NULL, "{}", 404, NULL, NO_OPERATION},
    /* form */
    {"POST /", T "DescribeLimits", JSON, NULL, "hello", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "{", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "{}x", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "[]", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "1", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "\"{}\"", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "{\"a\":1,}", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "{a:1}", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, NULL, "{\"a\":\"\xff\"}", 400, JSON, SERIALIZATION},
    {"POST /", T "Nothing", JSON, NULL, "hello", 400, JSON, SERIALIZATION},
    {"POST /", NULL, JSON, NULL, "hello", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", JSON, "", "hello", 400, JSON, SERIALIZATION},
    {"POST /", T "DescribeLimits", "application/json", NULL, "hello", 400, "application/json",
     CORAL("SerializationException")},
    {"POST /", T "DescribeLimits", "application/json", NULL, "{}", 404, "application/json",
     CORAL("UnknownOperationException")},
    {"POST /", NULL, "application/json", "", "{}", 404, "application/json",
     CORAL("UnknownOperationException")},
    /* operation */
    {"POST /", NULL, JSON, NULL, "{}", 400, JSON, UNKNOWN},
    {"POST /", "", JSON, NULL, "{}", 400, JSON, UNKNOWN},
    {"POST /", T, JSON, NULL, "{}", 400, JSON, UNKNOWN},
    {"POST /", T "ListStream", JSON, NULL, "{}", 400, JSON, UNKNOWN},
    {"POST /", T "listStreams", JSON, NULL, "{}", 400, JSON, UNKNOWN},
    {"POST /", "kinesis_20131202.ListStreams", JSON, NULL, "{}", 400, JSON, UNKNOWN},
    {"POST /", "Kinesis.ListStreams", JSON, NULL, "{}", 400, JSON, UNKNOWN},
    {"POST /", T "ListStream", JSON, "", "{}", 400, JSON, UNKNOWN},
    /* who asks */
    {"POST /", T "DescribeLimits", JSON, "", "{}", 400, JSON, MISSING},
    {"POST /?X-Amz-Date=a", T "DescribeLimits", JSON, "", "{}", 400, JSON, MISSING},
    {"POST /?" ALGO, T "DescribeLimits", JSON, NULL, "{}", 400, JSON,
     FAULT_SAYING("InvalidSignatureException",
                  "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                  "HTTP header.")},
    {"POST /", T "DescribeLimits", JSON, "Authorization: X\r\n", "{}", 400, JSON,
     INCOMPLETE(HEADER_NEEDS("Credential") HEADER_NEEDS("Signature") HEADER_NEEDS("SignedHeaders")
                    HEADER_NEEDS_DATE "Authorization=X")},
    {"POST /", T "DescribeLimits", JSON, "Authorization: X\r\n" DATE, "{}", 400, JSON,
     INCOMPLETE(HEADER_NEEDS("Credential") HEADER_NEEDS("Signature")
                    HEADER_NEEDS("SignedHeaders") "Authorization=X")},
    {"POST /", T "DescribeLimits", JSON, "Authorization: X Credential=a\r\n" DATE, "{}", 400, JSON,
     INCOMPLETE(HEADER_NEEDS("Signature")
                    HEADER_NEEDS("SignedHeaders") "Authorization=X Credential=a")},
    {"POST /", T "DescribeLimits", JSON, "Authorization: X Signature=a\r\n" DATE, "{}", 400, JSON,
     INCOMPLETE(HEADER_NEEDS("Credential")
                    HEADER_NEEDS("SignedHeaders") "Authorization=X Signature=a")},
    {"POST /", T "DescribeLimits", JSON,
     "Authorization: X Credential=a, Signature=b, SignedHeaders=c\r\n", "{}", 400, JSON,
     INCOMPLETE(HEADER_NEEDS_DATE "Authorization=X Credential=a, Signature=b, SignedHeaders=c")},
    {"POST /?" ALGO, T "DescribeLimits", JSON, "", "{}", 400, JSON,
     INCOMPLETE(QUERY_NEEDS("X-Amz-Credential") QUERY_NEEDS("X-Amz-Signature")
                    QUERY_NEEDS("X-Amz-SignedHeaders") QUERY_NEEDS("X-Amz-Date") QUERY_END)},
    {"POST /?X-Amz-Algorithm=", T "DescribeLimits", JSON, "", "{}", 400, JSON,
     INCOMPLETE(QUERY_NEEDS("X-Amz-Algorithm") QUERY_NEEDS("X-Amz-Credential")
                    QUERY_NEEDS("X-Amz-Signature") QUERY_NEEDS("X-Amz-SignedHeaders")
                        QUERY_NEEDS("X-Amz-Date") QUERY_END)},
    {"POST /?" ALGO "&" CRED "&" SIGN, T "DescribeLimits", JSON, "", "{}", 400, JSON,
     INCOMPLETE(QUERY_NEEDS("X-Amz-SignedHeaders") QUERY_NEEDS("X-Amz-Date") QUERY_END)},
    {"POST /?" ALGO "&" CRED "&" SIGN "&" SHEADS, T "DescribeLimits", JSON, "", "{}", 400, JSON,
     INCOMPLETE(QUERY_NEEDS("X-Amz-Date") QUERY_END)},
    {"POST /?" ALGO "&" CRED "&" SIGN "&" SHEADS "&" QDATE, T "DescribeLimits", JSON, "", "{}", 200,
     JSON, LIMITS},
    /* auth comes before types */
    {"POST /", T "ListStreams", JSON, "", "{\"Limit\":true}", 400, JSON, MISSING},
    /* what is right in spite of everything */
    {"POST /", T "DescribeLimits", JSON, NULL, "{}", 200, JSON, LIMITS},
    {"POST /any/path?x=y", T "DescribeLimits", JSON, NULL, "{}", 200, JSON, LIMITS},
    {"POST /", T "DescribeLimits", "  " JSON " ; charset=utf-8", NULL, " {} ", 200, JSON, LIMITS},
    {"POST /", T "DescribeLimits", JSON, NULL, "{\"Unknown\":[{\"a\":null}]}", 200, JSON, LIMITS},
};

static void check_transport(api_world *w, const transport_row *row)
{
    char *label =
        mr_format("%s %s %s %s %s", row->line, row->target, row->type, row->headers, row->body);
    api_answer answer =
        api_ask(w, row->line, row->target, row->type, row->headers, mr_bytes_of(row->body));
    mr_strbuf want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    const bool is_cbor = row->want_type != NULL && strcmp(row->want_type, CBOR) == 0;
    if (is_cbor) {
        cbor_append(&want, row->want);
    } else {
        mr_strbuf_append_text(&want, row->want);
    }
    CHECK_INT(label, answer.status, row->status);
    CHECK_BYTES(label, answer.body, mr_strbuf_bytes(&want));
    mr_bytes type = api_header(&answer, "content-type");
    CHECK_BYTES(label, type, mr_bytes_of(row->want_type));
    CHECK_INT(label, api_header(&answer, "x-amzn-requestid").len, 36);
    CHECK_INT(label, api_header(&answer, "x-amz-id-2").len, 96);
    mr_strbuf_deinit(&want);
    api_answer_deinit(&answer);
    mr_free(label);
}

/* ---- operations ---- */

/* In body and message "$128$" stands for so many letters a. */
typedef struct operation_row {
    const char *operation, *body;
    const char *type;    /* NULL: 200 */
    const char *message; /* NULL: none */
    int status;          /* 0: 200 or 400, as there is a type */
} operation_row;

#define NAMED           "\"StreamName\":\"none\""
#define SER             "SerializationException"
#define VAL             "ValidationException"
#define ARG             "InvalidArgumentException"
#define GONE            "ResourceNotFoundException"
#define IN_USE          "ResourceInUseException"
#define NOT_FOUND       GONE, "Stream none under account 000000000000 not found."
#define ONE             "1 validation error detected: "
#define TWO             "2 validation errors detected: "
#define AT(value, path) "Value '" value "' at '" path "' failed to satisfy constraint: "
#define NULL_AT(path)                                                                              \
    "Value null at '" path "' failed to satisfy constraint: Member must not be null"
#define LONGEST(n)     "Member must have length less than or equal to " n
#define SHORTEST(n)    "Member must have length greater than or equal to " n
#define MOST(n)        "Member must have value less than or equal to " n
#define LEAST(n)       "Member must have value greater than or equal to " n
#define PATTERN(p)     "Member must satisfy regular expression pattern: " p
#define NAME_PATTERN   PATTERN("[a-zA-Z0-9_.-]+")
#define NO_NAME        VAL, ONE NULL_AT("streamName")
#define B              "class java.lang.Boolean can not be converted to "
#define S              "class java.lang.String can not be converted to "
#define N              "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to "
#define LIST_HERE      "Start of list found where not expected"
#define OBJECT_HERE    "Start of structure or map found where not expected."
#define TYPES          "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"
#define SHARD(n)       "shardId-00000000000" n
#define PUT            "\"PartitionKey\":\"k\",\"Data\":\"\"," NAMED
#define PUT_S          "\"PartitionKey\":\"k\",\"Data\":\"\",\"StreamName\":\"s\""
#define ITERATOR(more) "{\"StreamName\":\"s\",\"ShardId\":\"0\",\"ShardIteratorType\":" more "}"

static const operation_row operation_rows[] = {
    /* types: a string */
    {"CreateStream", "{\"StreamName\":true}", SER, B "an String", 0},
    {"CreateStream", "{\"StreamName\":1}", SER, N "an String", 0},
    {"CreateStream", "{\"StreamName\":[]}", SER, LIST_HERE, 0},
    {"CreateStream", "{\"StreamName\":{}}", SER, OBJECT_HERE, 0},
    {"DescribeStream", "{\"StreamARN\":1}", SER, N "an String", 0},
    {"GetRecords", "{\"ShardIterator\":[\"a\"]}", SER, LIST_HERE, 0},
    /* an integer */
    {"CreateStream", "{\"ShardCount\":\"1\"}", SER, S "an Integer", 0},
    {"CreateStream", "{\"ShardCount\":false}", SER, B "an Integer", 0},
    {"CreateStream", "{\"ShardCount\":[]}", SER, LIST_HERE, 0},
    {"CreateStream", "{\"ShardCount\":{}}", SER, OBJECT_HERE, 0},
    {"ListStreams", "{\"Limit\":\"a\"}", SER, S "an Integer", 0},
    {"GetRecords", "{\"Limit\":true}", SER, B "an Integer", 0},
    /* a boolean */
    {"DeleteStream", "{\"EnforceConsumerDeletion\":1}", SER, N "an Boolean", 0},
    {"DeleteStream", "{\"EnforceConsumerDeletion\":\"yes\"}", SER,
     "'YES' can not be converted to an Boolean", 0},
    {"DeleteStream", "{\"EnforceConsumerDeletion\":[]}", SER, LIST_HERE, 0},
    /* a blob */
    {"PutRecord", "{\"Data\":true}", SER, B "a Blob", 0},
    {"PutRecord", "{\"Data\":1}", SER, N "a Blob", 0},
    {"PutRecord", "{\"Data\":[]}", SER, LIST_HERE, 0},
    {"PutRecord", "{\"Data\":{}}", SER, OBJECT_HERE, 0},
    {"PutRecord", "{\"Data\":\"abc\"}", SER,
     "'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 "
     "bytes but found: 3",
     0},
    {"PutRecord", "{\"Data\":\"ab$c\"}", SER,
     "'ab$c' can not be converted to a Blob: Invalid Base64 character: '$'", 0},
    {"PutRecord", "{\"Data\":\"=abc\"}", SER,
     "'=abc' can not be converted to a Blob: Invalid Base64 character: '='", 0},
    {"PutRecord", "{\"Data\":\"YWJ=\"}", SER,
     "'YWJ=' can not be converted to a Blob: Invalid last non-pad Base64 character dectected", 0},
    /* a timestamp */
    {"GetShardIterator", "{\"Timestamp\":\"now\"}", SER, S "milliseconds since epoch", 0},
    {"GetShardIterator", "{\"Timestamp\":true}", SER, B "milliseconds since epoch", 0},
    {"GetShardIterator", "{\"Timestamp\":[]}", SER, LIST_HERE, 0},
    /* a list, a map, a structure */
    {"PutRecords", "{\"Records\":\"a\"}", SER, "Expected list or null", 0},
    {"PutRecords", "{\"Records\":1}", SER, "Expected list or null", 0},
    {"PutRecords", "{\"Records\":{}}", SER, OBJECT_HERE, 0},
    {"PutRecords", "{\"Records\":[\"a\"]}", SER, "Expected null", 0},
    {"PutRecords", "{\"Records\":[[]]}", SER, LIST_HERE, 0},
    {"PutRecords", "{\"Records\":[{\"Data\":1}]}", SER, N "a Blob", 0},
    {"RemoveTagsFromStream", "{\"TagKeys\":true}", SER, "Expected list or null", 0},
    {"AddTagsToStream", "{\"Tags\":\"a\"}", SER, "Expected map or null", 0},
    {"AddTagsToStream", "{\"Tags\":[]}", SER, LIST_HERE, 0},
    {"AddTagsToStream", "{\"Tags\":{\"a\":1}}", SER, N "an String", 0},
    {"UpdateStreamMode", "{\"StreamModeDetails\":true}", SER, "Expected null", 0},
    {"SubscribeToShard", "{\"StartingPosition\":[]}", SER, LIST_HERE, 0},
    {"SubscribeToShard", "{\"StartingPosition\":{\"Type\":1}}", SER, N "an String", 0},
    /* a stream that is not named */
    {"DeleteStream", "{}", NO_NAME, 0},
    {"DescribeStream", "{}", NO_NAME, 0},
    {"DescribeStream", "{\"StreamName\":null}", NO_NAME, 0},
    {"DescribeStreamSummary", "{}", NO_NAME, 0},
    {"ListTagsForStream", "{}", NO_NAME, 0},
    {"AddTagsToStream", "{\"Tags\":{\"a\":\"b\"}}", NO_NAME, 0},
    {"RemoveTagsFromStream", "{\"TagKeys\":[\"a\"]}", NO_NAME, 0},
    {"IncreaseStreamRetentionPeriod", "{\"RetentionPeriodHours\":24}", NO_NAME, 0},
    {"DecreaseStreamRetentionPeriod", "{\"RetentionPeriodHours\":24}", NO_NAME, 0},
    {"StartStreamEncryption", "{\"EncryptionType\":\"KMS\",\"KeyId\":\"a\"}", NO_NAME, 0},
    {"StopStreamEncryption", "{\"EncryptionType\":\"KMS\",\"KeyId\":\"a\"}", NO_NAME, 0},
    {"EnableEnhancedMonitoring", "{\"ShardLevelMetrics\":[\"ALL\"]}", NO_NAME, 0},
    {"DisableEnhancedMonitoring", "{\"ShardLevelMetrics\":[\"ALL\"]}", NO_NAME, 0},
    {"PutRecord", "{\"PartitionKey\":\"a\",\"Data\":\"\"}", NO_NAME, 0},
    {"PutRecords", "{\"Records\":[{\"PartitionKey\":\"a\",\"Data\":\"\"}]}", NO_NAME, 0},
    {"SplitShard", "{\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"1\"}", NO_NAME, 0},
    {"MergeShards", "{\"ShardToMerge\":\"0\",\"AdjacentShardToMerge\":\"1\"}", NO_NAME, 0},
    {"GetShardIterator", "{\"ShardId\":\"0\",\"ShardIteratorType\":\"LATEST\"}", NO_NAME, 0},
    {"UpdateShardCount", "{\"TargetShardCount\":1,\"ScalingType\":\"UNIFORM_SCALING\"}", NO_NAME,
     0},
    {"CreateStream", "{\"ShardCount\":1}", NO_NAME, 0},
    /* or is not there, by name and by ARN */
    {"DeleteStream", "{" NAMED "}", NOT_FOUND, 0},
    {"DescribeStream", "{" NAMED "}", NOT_FOUND, 0},
    {"DescribeStream", "{\"StreamARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"DescribeStream", "{\"StreamARN\":\"arn:aws:kinesis:us-east-1:123456789012:stream/s\"}", GONE,
     "Stream s under account 123456789012 not found.", 0},
    {"DescribeStreamSummary", "{" NAMED "}", NOT_FOUND, 0},
    {"ListTagsForStream", "{" NAMED "}", NOT_FOUND, 0},
    {"AddTagsToStream", "{\"Tags\":{\"a\":\"b\"}," NAMED "}", NOT_FOUND, 0},
    {"RemoveTagsFromStream", "{\"TagKeys\":[\"a\"]," NAMED "}", NOT_FOUND, 0},
    {"TagResource", "{\"Tags\":{\"a\":\"b\"},\"ResourceARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"UntagResource", "{\"TagKeys\":[\"a\"],\"ResourceARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"ListTagsForResource", "{\"ResourceARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"GetResourcePolicy", "{\"ResourceARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"DeleteResourcePolicy", "{\"ResourceARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"PutResourcePolicy", "{\"Policy\":\"{}\",\"ResourceARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"IncreaseStreamRetentionPeriod", "{\"RetentionPeriodHours\":2," NAMED "}", NOT_FOUND, 0},
    {"DecreaseStreamRetentionPeriod", "{\"RetentionPeriodHours\":2," NAMED "}", NOT_FOUND, 0},
    {"StartStreamEncryption", "{\"EncryptionType\":\"KMS\",\"KeyId\":\"a\"," NAMED "}", NOT_FOUND,
     0},
    {"EnableEnhancedMonitoring", "{\"ShardLevelMetrics\":[\"ALL\"]," NAMED "}", NOT_FOUND, 0},
    {"PutRecord", "{" PUT "}", NOT_FOUND, 0},
    {"PutRecords", "{\"Records\":[{\"PartitionKey\":\"a\",\"Data\":\"\"}]," NAMED "}", NOT_FOUND,
     0},
    {"SplitShard", "{\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"1\"," NAMED "}", NOT_FOUND, 0},
    {"MergeShards", "{\"ShardToMerge\":\"0\",\"AdjacentShardToMerge\":\"1\"," NAMED "}", NOT_FOUND,
     0},
    {"UpdateShardCount", "{\"TargetShardCount\":1,\"ScalingType\":\"UNIFORM_SCALING\"," NAMED "}",
     NOT_FOUND, 0},
    {"ListShards", "{" NAMED "}", NOT_FOUND, 0},
    {"GetShardIterator", "{\"ShardId\":\"0\",\"ShardIteratorType\":\"LATEST\"," NAMED "}", GONE,
     "Shard " SHARD("0") " in stream none under account 000000000000 does not exist", 0},
    {"RegisterStreamConsumer", "{\"ConsumerName\":\"c\",\"StreamARN\":\"" ARN "none\"}", NOT_FOUND,
     0},
    {"ListStreamConsumers", "{\"StreamARN\":\"" ARN "none\"}", NOT_FOUND, 0},
    {"UpdateStreamMode",
     "{\"StreamModeDetails\":{\"StreamMode\":\"ON_DEMAND\"},\"StreamARN\":\"" ARN "none\"}",
     NOT_FOUND, 0},
    /* names: below, at and above the limits */
    {"DescribeStream", "{\"StreamName\":\"\"}", VAL,
     TWO AT("", "streamName") NAME_PATTERN "; " AT("", "streamName") SHORTEST("1"), 0},
    {"DescribeStream", "{\"StreamName\":\"$128$\"}", GONE,
     "Stream $128$ under account 000000000000 not found.", 0},
    {"DescribeStream", "{\"StreamName\":\"$129$\"}", VAL,
     ONE AT("$129$", "streamName") LONGEST("128"), 0},
    {"DescribeStream", "{\"StreamName\":\"a b\"}", VAL, ONE AT("a b", "streamName") NAME_PATTERN,
     0},
    {"DescribeStream", "{\"StreamARN\":\"abc\"}", VAL,
     ONE AT("abc", "streamARN") PATTERN("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+"), 0},
    {"SplitShard", "{\"ShardToSplit\":\"$129$\",\"NewStartingHashKey\":\"01\"," NAMED "}", VAL,
     TWO AT("01", "newStartingHashKey")
         PATTERN("0|([1-9]\\d{0,38})") "; " AT("$129$", "shardToSplit") LONGEST("128"),
     0},
    /* numbers */
    {"ListStreams", "{\"Limit\":0}", VAL, ONE AT("0", "limit") LEAST("1"), 0},
    {"ListStreams", "{\"Limit\":1}", NULL, NULL, 0},
    {"ListStreams", "{\"Limit\":10000}", NULL, NULL, 0},
    {"ListStreams", "{\"Limit\":10001}", VAL, ONE AT("10001", "limit") MOST("10000"), 0},
    {"ListStreams", "{\"Limit\":1.9}", NULL, NULL, 0},
    {"ListStreams", "{\"Limit\":0.9}", VAL, ONE AT("0", "limit") LEAST("1"), 0},
    {"ListStreams", "{\"Limit\":1e12}", VAL, ONE AT("2147483647", "limit") MOST("10000"), 0},
    {"ListStreams", "{\"Limit\":-5}", VAL, ONE AT("-5", "limit") LEAST("1"), 0},
    {"ListStreams", "{\"Limit\":null}", NULL, NULL, 0},
    {"ListTagsForStream", "{\"Limit\":0," NAMED "}", VAL, ONE AT("0", "limit") LEAST("1"), 0},
    {"ListTagsForStream", "{\"Limit\":50," NAMED "}", NOT_FOUND, 0},
    {"ListTagsForStream", "{\"Limit\":51," NAMED "}", VAL, ONE AT("51", "limit") MOST("10"), 0},
    {"CreateStream", "{\"StreamName\":\"x\",\"ShardCount\":0}", VAL,
     ONE AT("0", "shardCount") LEAST("1"), 0},
    {"CreateStream", "{}", VAL, TWO NULL_AT("shardCount") "; " NULL_AT("streamName"), 0},
    {"CreateStream", "{\"StreamName\":\"x\",\"ShardCount\":1,\"MaxRecordSizeInKiB\":1023}", VAL,
     ONE AT("1023", "maxRecordSizeInKiB") LEAST("1024"), 0},
    {"CreateStream", "{\"StreamName\":\"x\",\"ShardCount\":1,\"MaxRecordSizeInKiB\":10241}", VAL,
     ONE AT("10241", "maxRecordSizeInKiB") MOST("10240"), 0},
    {"IncreaseStreamRetentionPeriod", "{\"RetentionPeriodHours\":0," NAMED "}", VAL,
     ONE AT("0", "retentionPeriodHours") LEAST("1"), 0},
    {"IncreaseStreamRetentionPeriod", "{\"RetentionPeriodHours\":8760," NAMED "}", NOT_FOUND, 0},
    {"IncreaseStreamRetentionPeriod", "{\"RetentionPeriodHours\":8761," NAMED "}", VAL,
     ONE AT("8761", "retentionPeriodHours") MOST("168"), 0},
    {"GetRecords", "{}", VAL, ONE NULL_AT("shardIterator"), 0},
    {"GetRecords", "{\"ShardIterator\":\"a\",\"Limit\":10001}", VAL,
     ONE AT("10001", "limit") MOST("10000"), 0},
    {"GetRecords", "{\"ShardIterator\":\"\"}", VAL, ONE AT("", "shardIterator") SHORTEST("1"), 0},
    {"GetRecords", "{\"ShardIterator\":\"$512$\"}", ARG, "Invalid ShardIterator.", 0},
    {"GetRecords", "{\"ShardIterator\":\"$513$\"}", VAL,
     ONE AT("$513$", "shardIterator") LONGEST("512"), 0},
    /* keys and enumerations */
    {"PutRecord", "{\"PartitionKey\":\"\",\"Data\":\"\"," NAMED "}", VAL,
     ONE AT("", "partitionKey") SHORTEST("1"), 0},
    {"PutRecord", "{\"PartitionKey\":\"$256$\",\"Data\":\"\"," NAMED "}", NOT_FOUND, 0},
    {"PutRecord", "{\"PartitionKey\":\"$257$\",\"Data\":\"\"," NAMED "}", VAL,
     ONE AT("$257$", "partitionKey") LONGEST("256"), 0},
    {"PutRecord", "{\"ExplicitHashKey\":\"-1\"," PUT "}", VAL,
     ONE AT("-1", "explicitHashKey") PATTERN("0|([1-9]\\d{0,38})"), 0},
    {"PutRecord", "{\"SequenceNumberForOrdering\":\"01\"," PUT "}", VAL,
     ONE AT("01", "sequenceNumberForOrdering") PATTERN("0|([1-9]\\d{0,128})"), 0},
    {"PutRecords", "{\"Records\":[]," NAMED "}", VAL, ONE AT("[]", "records") SHORTEST("1"), 0},
    {"PutRecords", "{\"Records\":[{}]," NAMED "}", VAL,
     TWO NULL_AT("records.1.member.partitionKey") "; " NULL_AT("records.1.member.data"), 0},
    {"GetShardIterator", ITERATOR("\"NOW\""), VAL,
     ONE AT("NOW", "shardIteratorType") "Member must satisfy enum value set: " TYPES, 0},
    {"StartStreamEncryption", "{\"EncryptionType\":\"AES\",\"KeyId\":\"a\"," NAMED "}", VAL,
     ONE AT("AES", "encryptionType") "Member must satisfy enum value set: [NONE, KMS]", 0},
    {"UpdateShardCount", "{\"TargetShardCount\":1,\"ScalingType\":\"BY_HAND\"," NAMED "}", VAL,
     ONE AT("BY_HAND", "scalingType") "Member must satisfy enum value set: [UNIFORM_SCALING]", 0},
    {"RemoveTagsFromStream", "{\"TagKeys\":[\"\"]," NAMED "}", VAL,
     ONE AT("[]",
            "tagKeys") "Member must satisfy constraint: [" LONGEST("128") ", " SHORTEST("1") "]",
     0},
    {"AddTagsToStream", "{\"Tags\":{\"a\":\"$257$\"}," NAMED "}", VAL,
     ONE AT("{a=$257$}",
            "tags") "Map value must satisfy constraint: [" LONGEST("256") ", " SHORTEST("0") "]",
     0},
    /* the operations' own */
    {"CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1}", IN_USE,
     "Stream s under account 000000000000 already exists.", 0},
    {"CreateStream", "{\"StreamName\":\"x\",\"ShardCount\":8}", "LimitExceededException",
     SHARD_LIMIT("8"), 0},
    {"CreateStream", "{\"StreamName\":\"x\",\"ShardCount\":20001}", "LimitExceededException",
     SHARD_LIMIT("20001"), 0},
    {"CreateStream", "{\"StreamName\":\"x\",\"ShardCount\":2147483647}", "LimitExceededException",
     SHARD_LIMIT("2147483647"), 0},
    {"CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":20001}", IN_USE,
     "Stream s under account 000000000000 already exists.", 0},
    {"UpdateShardCount",
     "{\"StreamName\":\"two\",\"TargetShardCount\":10,\"ScalingType\":\"UNIFORM_SCALING\"}",
     "LimitExceededException",
     "Target shard count or number of open shards cannot be greater than 10. Current open shard "
     "count: 2, Target shard count: 10",
     0},
    {"UpdateShardCount",
     "{\"StreamName\":\"two\",\"TargetShardCount\":2147483647,"
     "\"ScalingType\":\"UNIFORM_SCALING\"}",
     "LimitExceededException",
     "Target shard count or number of open shards cannot be greater than 10. Current open shard "
     "count: 2, Target shard count: 2147483647",
     0},
    {"IncreaseStreamRetentionPeriod", "{\"StreamName\":\"s\",\"RetentionPeriodHours\":23}", ARG,
     "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too "
     "short.",
     0},
    {"DecreaseStreamRetentionPeriod", "{\"StreamName\":\"s\",\"RetentionPeriodHours\":25}", ARG,
     "Requested retention period (25 hours) for stream s can not be longer than existing retention "
     "period (24 hours). Use IncreaseRetentionPeriod API.",
     0},
    {"AddTagsToStream", "{\"StreamName\":\"s\",\"Tags\":{\"a;b\":\"c\"}}", ARG,
     "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white "
     "space, "
     "_ . / = + - % @.",
     0},
    {"AddTagsToStream", "{\"StreamName\":\"s\",\"Tags\":{\"a%b\":\"c\"}}", ARG,
     "Failed to add tags to stream s under account 000000000000 because some tags contained "
     "illegal characters. The allowed characters are Unicode letters, white-spaces, "
     "'_',',','/','=','+','-','@'.",
     0},
    {"DeleteResourcePolicy", "{\"ResourceARN\":\"" ARN "s\"}", GONE, NULL, 0},
    {"PutRecord", "{\"ExplicitHashKey\":\"340282366920938463463374607431768211456\"," PUT_S "}",
     ARG,
     "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value "
     "was 340282366920938463463374607431768211456",
     0},
    {"PutRecord", "{\"ExplicitHashKey\":\"340282366920938463463374607431768211455\"," PUT_S "}",
     NULL, NULL, 0},
    {"PutRecord", "{\"SequenceNumberForOrdering\":\"12\"," PUT_S "}", NULL, NULL, 0},
    {"PutRecord",
     "{\"SequenceNumberForOrdering\":"
     "\"99999999999999999999999999999999999999999999999999999999\"," PUT_S "}",
     ARG,
     "ExclusiveMinimumSequenceNumber 99999999999999999999999999999999999999999999999999999999 used "
     "in PutRecord on stream s under account 000000000000 is invalid.",
     0},
    {"ListShards", "{}", ARG, "Either NextToken or StreamName should be provided.", 0},
    {"ListShards", "{\"NextToken\":\"a\",\"StreamName\":\"s\"}", ARG,
     "NextToken and StreamName cannot be provided together.", 0},
    {"ListShards", "{\"NextToken\":\"a\",\"StreamARN\":\"" ARN "s\"}", ARG,
     "NextToken and StreamARN cannot be provided together.", 0},
    {"ListShards", "{\"NextToken\":\"a\"}", ARG, "Invalid NextToken.", 0},
    {"ListShards", "{\"StreamName\":\"s\",\"ExclusiveStartShardId\":\"x-y\"}", GONE,
     "Could not find shard x-y in stream s under account 000000000000.", 0},
    {"DescribeStream", "{\"ExclusiveStartShardId\":\"x-y\"," NAMED "}", GONE,
     "Could not find shard x-y in stream none under account 000000000000.", 0},
    {"SplitShard", "{\"ShardToSplit\":\"x\",\"NewStartingHashKey\":\"5\"," NAMED "}", GONE,
     "Could not find shard x in stream none under account 000000000000.", 0},
    {"SplitShard", "{\"ShardToSplit\":\"7\",\"NewStartingHashKey\":\"5\",\"StreamName\":\"s\"}",
     GONE, "Could not find shard " SHARD("7") " in stream s under account 000000000000.", 0},
    {"SplitShard", "{\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"1\",\"StreamName\":\"s\"}",
     ARG, SPLIT_KEY("1"), 0},
    {"SplitShard",
     "{\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"340282366920938463463374607431768211455\","
     "\"StreamName\":\"s\"}",
     ARG, SPLIT_KEY("340282366920938463463374607431768211455"), 0},
    {"SplitShard",
     "{\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"340282366920938463463374607431768211456\","
     "\"StreamName\":\"s\"}",
     ARG, SPLIT_KEY("340282366920938463463374607431768211456"), 0},
    {"SplitShard",
     "{\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"999999999999999999999999999999999999999\","
     "\"StreamName\":\"s\"}",
     ARG, SPLIT_KEY("999999999999999999999999999999999999999"), 0},
    {"MergeShards",
     "{\"ShardToMerge\":\"1\",\"AdjacentShardToMerge\":\"0\",\"StreamName\":\"two\"}", ARG,
     "Shards " SHARD("1") " and " SHARD("0") " in stream two under account 000000000000 are not an "
                                             "adjacent pair of shards eligible for merging",
     0},
    {"GetShardIterator",
     "{\"StreamName\":\"s\",\"ShardId\":\"9\",\"ShardIteratorType\":\"LATEST\"}", GONE,
     "Shard " SHARD("9") " in stream s under account 000000000000 does not exist", 0},
    {"GetShardIterator", ITERATOR("\"AT_SEQUENCE_NUMBER\""), ARG,
     "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
     "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request "
     "specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber.",
     0},
    {"GetShardIterator", ITERATOR("\"LATEST\",\"StartingSequenceNumber\":\"5\""), ARG,
     "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
     "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request "
     "specified LATEST and also a StartingSequenceNumber.",
     0},
    {"GetShardIterator", ITERATOR("\"AT_TIMESTAMP\""), ARG,
     "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current request "
     "has no timestamp parameter.",
     0},
    {"GetShardIterator", ITERATOR("\"AT_TIMESTAMP\",\"Timestamp\":1735689601"), ARG,
     "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
     "timestampInMillis: 1735689601000, currentTimestampInMillis: 1735689600000",
     0},
    {"GetShardIterator", ITERATOR("\"AT_SEQUENCE_NUMBER\",\"StartingSequenceNumber\":\"0\""),
     "InternalFailure", NULL, 500},
    {"GetRecords", "{\"ShardIterator\":\"abc\"}", ARG, "Invalid ShardIterator.", 0},
    {"DescribeStreamConsumer", "{}", ARG,
     "Either ConsumerARN or both StreamARN and ConsumerName should be provided.", 0},
    {"DescribeStreamConsumer", "{\"ConsumerName\":\"c\",\"StreamARN\":\"" ARN "s\"}", GONE,
     "Consumer c under stream s under account 000000000000 not found.", 0},
    {"SubscribeToShard",
     "{\"ConsumerARN\":\"" ARN "s/consumer/c:1\",\"ShardId\":\"0\",\"StartingPosition\":{\"Type\":"
     "\"LATEST\"}}",
     GONE, "Consumer " ARN "s/consumer/c:1 not found.", 0},
    {"DescribeStream", "{\"StreamName\":\"two\",\"StreamARN\":\"" ARN "s\"}", ARG,
     "StreamARN is of stream s, but StreamName is two.", 0},
};

/* Owned text with its "$n$" written out; other dollars stay. */
static char *expanded(const char *text)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (const char *p = text; *p != '\0';) {
        char *end;
        long count = *p == '$' ? strtol(p + 1, &end, 10) : 0;
        if (count > 0 && *end == '$') {
            for (long i = 0; i < count; i++) {
                mr_strbuf_append_char(&out, 'a');
            }
            p = end + 1;
        } else {
            mr_strbuf_append_char(&out, *p++);
        }
    }
    return mr_strbuf_take(&out);
}

static void check_fault(const char *label, const operation_row *row, mr_bytes body)
{
    cJSON *json = cJSON_ParseWithLength(body.at, body.len);
    CHECK_TRUE(label, json != NULL);
    const bool capital = strcmp(row->type, SER) == 0;
    CHECK_STR(label, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "__type")),
              row->type);
    const char *message = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(json, capital ? "Message" : "message"));
    if (row->message != NULL) {
        char *want = expanded(row->message);
        CHECK_STR(label, message, want);
        mr_free(want);
    }
    cJSON_Delete(json);
}

static void check_operation(api_world *w, const operation_row *row)
{
    char *body = expanded(row->body);
    char *label = mr_format("%s %s", row->operation, row->body);
    char *target = mr_format(T "%s", row->operation);
    api_answer answer = api_ask(w, "POST /", target, JSON, NULL, mr_bytes_of(body));
    const int usual = row->type == NULL ? 200 : 400;
    CHECK_INT(label, answer.status, row->status == 0 ? usual : row->status);
    if (row->type != NULL) {
        check_fault(label, row, answer.body);
    }
    api_answer_deinit(&answer);
    mr_free(target);
    mr_free(label);
    mr_free(body);
}

/* ---- CBOR ---- */

typedef struct cbor_row {
    const char *operation, *body; /* in notation */
    int status;
    const char *want; /* in notation */
} cbor_row;

#define CBOR_SAYS(type, message) "BF '__type' '" type "' 'message' '" message "' FF"
#define CBOR_SER(message)        "BF '__type' '" SER "' 'Message' '" message "' FF"

static const cbor_row cbor_rows[] = {
    {"DescribeLimits", "FF", 400, SERIALIZATION_CBOR},
    {"DescribeLimits", "A1", 400, SERIALIZATION_CBOR},
    {"DescribeLimits", "A0 00", 400, SERIALIZATION_CBOR},
    {"DescribeLimits", "80", 400, SERIALIZATION_CBOR},
    {"DescribeLimits", "BF", 400, SERIALIZATION_CBOR},
    {"DescribeLimits", "'{}'", 400, SERIALIZATION_CBOR},
    {"DescribeLimits", "A1 01 01", 400, SERIALIZATION_CBOR},
    {"DescribeLimits", "7B 7D", 400, SERIALIZATION_CBOR},
    {"Nothing", "A0", 400, UNKNOWN_CBOR},
    {"ListStreams", "A1 'Limit' F5", 400, CBOR_SER(B "an Integer")},
    {"ListStreams", "A1 'Limit' '1'", 400, CBOR_SER(S "an Integer")},
    {"ListStreams", "A1 'Limit' 80", 400, CBOR_SER(LIST_HERE)},
    {"ListStreams", "A1 'Limit' 00", 400,
     CBOR_SAYS(VAL, "1 validation error detected: Value !0! at !limit! failed to satisfy "
                    "constraint: " LEAST("1"))},
    {"DescribeStream", "A1 'StreamName' 01", 400, CBOR_SER(N "an String")},
    {"DescribeStream", "BF 'StreamName' 'none' FF", 400,
     CBOR_SAYS(GONE, "Stream none under account 000000000000 not found.")},
    {"PutRecord", "A1 'Data' F4", 400, CBOR_SER(B "a Blob")},
    {"DescribeLimits", "A0", 200,
     "BF 'ShardLimit' 0A 'OpenShardCount' 03 'OnDemandStreamCount' 00 'OnDemandStreamCountLimit' "
     "18 32 FF"},
};

static void check_cbor(api_world *w, const cbor_row *row)
{
    char *label = mr_format("%s %s", row->operation, row->body);
    char *target = mr_format(T "%s", row->operation);
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED), want = body;
    cbor_append(&body, row->body);
    cbor_append(&want, row->want);
    for (size_t i = 0; i < want.len; i++) { /* the notation has no apostrophe in a text */
        want.at[i] = want.at[i] == '!' ? '\'' : want.at[i];
    }
    api_answer answer = api_ask(w, "POST /", target, CBOR, NULL, mr_strbuf_bytes(&body));
    CHECK_INT(label, answer.status, row->status);
    CHECK_BYTES(label, answer.body, mr_strbuf_bytes(&want));
    CHECK_BYTES(label, api_header(&answer, "content-type"), MR_BYTES_LITERAL(CBOR));
    api_answer_deinit(&answer);
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&want);
    mr_free(target);
    mr_free(label);
}

/* ---- tests ---- */

static void must_create(api_world *w, const char *name, uint32_t shard_count)
{
    mr_error err;
    mr_stream *stream;
    const mr_stream_options options = {.name = name, .shard_count = shard_count};
    CHECK_OK(name, mr_streams_create(mr_sim_streams(w->sim), &options, &stream, &err), &err);
}

/* Stream "s" of one shard, "two" of two; ten shards in the account. */
static void begin(api_world *w, mr_api_options api)
{
    api_world_init(w, (mr_sim_options){.shard_limit = 10}, api);
    must_create(w, "s", 1);
    must_create(w, "two", 2);
}

static void test_what_comes_before_an_operation(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_api_options){0});
    for (size_t i = 0; i < MR_COUNT(transport_rows); i++) {
        check_transport(&w, &transport_rows[i]);
    }
    api_world_deinit(&w);
}

static void test_operations_refuse(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_api_options){0});
    assert_true(MR_COUNT(transport_rows) + MR_COUNT(operation_rows) >= 150);
    for (size_t i = 0; i < MR_COUNT(operation_rows); i++) {
        check_operation(&w, &operation_rows[i]);
    }
    api_world_deinit(&w);
}

static void test_cbor_refuses_alike(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_api_options){0});
    for (size_t i = 0; i < MR_COUNT(cbor_rows); i++) {
        check_cbor(&w, &cbor_rows[i]);
    }
    api_world_deinit(&w);
}

static void check_header(const api_answer *answer, const char *name, const char *want)
{
    CHECK_BYTES(name, api_header(answer, name), mr_bytes_of(want));
}

static void test_browsers_are_let_in(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_api_options){0});
    api_answer answer = api_ask(&w, "OPTIONS /", NULL, NULL,
                                "Origin: http://a\r\nAccess-Control-Request-Headers: x, y\r\n"
                                "Access-Control-Request-Method: POST\r\n",
                                (mr_bytes){NULL, 0});
    CHECK_INT("preflight", answer.status, 200);
    CHECK_INT("nothing", answer.body.len, 0);
    check_header(&answer, "Access-Control-Allow-Origin", "*");
    check_header(&answer, "Access-Control-Allow-Headers", "x, y");
    check_header(&answer, "Access-Control-Allow-Methods", "POST");
    check_header(&answer, "Access-Control-Max-Age", "172800");
    check_header(&answer, "Content-Length", "0");
    check_header(&answer, "Content-Type", NULL);
    check_header(&answer, "x-amz-id-2", NULL);
    CHECK_INT("id", api_header(&answer, "x-amzn-RequestId").len, 36);
    api_answer_deinit(&answer);

    answer = api_ask(&w, "POST /", T "DescribeLimits", JSON, "Origin: http://a\r\n" AUTHORIZATION,
                     MR_BYTES_LITERAL("{}"));
    CHECK_INT("request", answer.status, 200);
    check_header(&answer, "Access-Control-Allow-Origin", "*");
    check_header(&answer, "Access-Control-Expose-Headers",
                 "x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,"
                 "x-amzn-ErrorMessage,Date");
    check_header(&answer, "Access-Control-Max-Age", NULL);
    api_answer_deinit(&answer);
    api_world_deinit(&w);
}

/* DescribeLimits signed with this secret. */
static api_answer ask_signed(api_world *w, const char *secret)
{
    const mr_sigv4_field host = {MR_BYTES_LITERAL("Host"), MR_BYTES_LITERAL("localhost")};
    const mr_sigv4_request request = {.method = MR_BYTES_LITERAL("POST"),
                                      .path = MR_BYTES_LITERAL("/"),
                                      .headers = &host,
                                      .header_count = 1,
                                      .body = MR_BYTES_LITERAL("{}")};
    const mr_sigv4_signing signing = {.access_key = MR_BYTES_LITERAL("AKID"),
                                      .secret = mr_bytes_of(secret),
                                      .region = MR_BYTES_LITERAL("us-east-1"),
                                      .service = MR_BYTES_LITERAL("kinesis"),
                                      .time_us = MR_SIM_START_DEFAULT};
    mr_sigv4_signed signature;
    mr_sigv4_sign(&request, &signing, &signature);
    char *headers = mr_format("Authorization: %s\r\nX-Amz-Date: %s\r\n",
                              mr_strbuf_text(&signature.authorization), signature.date);
    api_answer answer = api_ask(w, "POST /", T "DescribeLimits", JSON, headers, request.body);
    mr_free(headers);
    mr_sigv4_signed_deinit(&signature);
    return answer;
}

static void test_with_auth_a_signature_must_be_right(void **state)
{
    (void)state;
    api_world w;
    begin(&w, (mr_api_options){.auth = true, .access_key = "AKID", .secret = "secret"});
    api_answer answer = ask_signed(&w, "secret");
    CHECK_INT("right", answer.status, 200);
    api_answer_deinit(&answer);
    answer = ask_signed(&w, "other");
    CHECK_INT("wrong", answer.status, 400);
    CHECK_HAS("wrong", mr_strbuf_text(&answer.text), "\"__type\":\"InvalidSignatureException\"");
    api_answer_deinit(&answer);
    answer = api_ask(&w, "POST /", T "DescribeLimits", JSON,
                     "Authorization: AWS4-HMAC-SHA256 Credential=b/20250101/us-east-1/kinesis/"
                     "aws4_request, SignedHeaders=host;x-amz-date, Signature=abcd\r\n" DATE,
                     MR_BYTES_LITERAL("{}"));
    CHECK_INT("stranger", answer.status, 400);
    CHECK_HAS("stranger", mr_strbuf_text(&answer.text),
              FAULT_SAYING("UnrecognizedClientException",
                           "The security token included in the request is invalid."));
    api_answer_deinit(&answer);
    api_world_deinit(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_comes_before_an_operation),
        cmocka_unit_test(test_operations_refuse),
        cmocka_unit_test(test_cbor_refuses_alike),
        cmocka_unit_test(test_browsers_are_let_in),
        cmocka_unit_test(test_with_auth_a_signature_must_be_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
