/*
 * kinesis_shapes_test.c - the tables of Kinesis, held against the model of the API: every member of
 * every operation at, below and above its limits; and the messages that AWS has been seen to
 * answer.
 */
#include "src/api/kinesis_shapes.h"

#include "sim/base/alloc.h"
#include "src/aws/decode.h"
#include "src/aws/validate.h"
#include "tests/check.h"
#include "tests/src/aws/cbor_notation.h"

#define ARN   "arn:aws:kinesis:us-east-1:000000000000:stream/"
#define ENTRY "{\"PartitionKey\":\"a\",\"Data\":\"\"}"

/* ---- what AWS says ---- */

#define SEP          "\n" /* between two rules that one value breaks */
#define NOT_NULL     "Member must not be null"
#define AT_LEAST(n)  "Member must have value greater than or equal to " n
#define AT_MOST(n)   "Member must have value less than or equal to " n
#define SHORTEST(n)  "Member must have length greater than or equal to " n
#define LONGEST(n)   "Member must have length less than or equal to " n
#define PATTERN(p)   "Member must satisfy regular expression pattern: " p
#define VALUES(list) "Member must satisfy enum value set: [" list "]"

#define NAME_PATTERN         PATTERN("[a-zA-Z0-9_.-]+")
#define STREAM_ARN_PATTERN   PATTERN("arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+")
#define RESOURCE_ARN_PATTERN PATTERN("arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+")
#define CONSUMER_ARN_PATTERN                                                                       \
    PATTERN("^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/"             \
            "[a-zA-Z0-9_.-]+:[0-9]+")
#define STREAM_ID_PATTERN       PATTERN("[a-z0-9]{20}-[a-z0-9]{3}")
#define HASH_KEY_PATTERN        PATTERN("0|([1-9]\\d{0,38})")
#define SEQUENCE_NUMBER_PATTERN PATTERN("0|([1-9]\\d{0,128})")
#define TAG_KEY_LENGTHS         "[" LONGEST("128") ", " SHORTEST("1") "]"
#define TAG_VALUE_LENGTHS       "[" LONGEST("256") ", " SHORTEST("0") "]"
#define METRICS_VALUES                                                                             \
    VALUES("IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, "                      \
           "WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, "               \
           "IteratorAgeMilliseconds, ALL")
#define ITERATOR_VALUES                                                                            \
    VALUES("AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON")
#define FILTER_VALUES                                                                              \
    VALUES("AFTER_SHARD_ID, AT_TRIM_HORIZON, FROM_TRIM_HORIZON, AT_LATEST, AT_TIMESTAMP, "         \
           "FROM_TIMESTAMP")

/* ---- kinds of members, and what each takes and refuses ---- */

typedef enum kind {
    NAME,
    STREAM_ARN,
    RESOURCE_ARN,
    CONSUMER_ARN,
    STREAM_ID,
    HASH_KEY,
    SEQUENCE_NUMBER,
    PARTITION_KEY,
    DATA,
    RECORDS,
    ITERATOR,
    ITERATOR_TYPE,
    FILTER_TYPE,
    STREAM_MODE,
    ENCRYPTION_TYPE,
    SCALING_TYPE,
    COMMITMENT_STATUS,
    METRICS,
    TAGS,
    TAG_KEYS,
    TAG_KEY,
    TAG_PAGE,
    PAGE,
    TOKEN,
    SHARD_COUNT,
    NATURAL,
    RECORD_SIZE,
    HOURS,
    KEY_ID,
    POLICY,
    BOOLEAN,
    TIMESTAMP,
    STRUCTURE
} kind;

/* "<ab*3>" stands for "ababab" here. */
static const struct {
    kind kind;
    const char *value; /* JSON */
    const char *want;  /* the rules that it breaks; "" when it is right */
    const char *shown; /* in the message; NULL: as it is given */
} probes[] = {
    {NAME, "\"a\"", "", NULL},
    {NAME, "\"azAZ09_.-\"", "", NULL},
    {NAME, "\"<a*128>\"", "", NULL},
    {NAME, "\"<a*129>\"", LONGEST("128"), NULL},
    {NAME, "\"\"", NAME_PATTERN SEP SHORTEST("1"), NULL},
    {NAME, "\"a b\"", NAME_PATTERN, NULL},
    {NAME, "\"\xc3\xa9\"", NAME_PATTERN, NULL},
    {NAME, "\"<;*129>\"", NAME_PATTERN SEP LONGEST("128"), NULL},
    {STREAM_ARN, "\"" ARN "s\"", "", NULL},
    {STREAM_ARN, "\"arn:aws-cn:kinesis:cn-north-1:123456789012:stream/s\"", "", NULL},
    {STREAM_ARN, "\"" ARN "<a*2002>\"", "", NULL},
    {STREAM_ARN, "\"" ARN "<a*2003>\"", LONGEST("2048"), NULL},
    {STREAM_ARN, "\"" ARN "\"", STREAM_ARN_PATTERN, NULL},
    {STREAM_ARN, "\"arn:aws:kinesis:us-east-1:12345678901:stream/s\"", STREAM_ARN_PATTERN, NULL},
    {STREAM_ARN, "\"arn:aws:s3:us-east-1:123456789012:stream/s\"", STREAM_ARN_PATTERN, NULL},
    {STREAM_ARN, "\"\"", STREAM_ARN_PATTERN SEP SHORTEST("1"), NULL},
    {RESOURCE_ARN, "\"" ARN "s\"", "", NULL},
    {RESOURCE_ARN, "\"" ARN "s/consumer/c:1\"", "", NULL},
    {RESOURCE_ARN, "\"" ARN "<a*2002>\"", "", NULL},
    {RESOURCE_ARN, "\"" ARN "<a*2003>\"", LONGEST("2048"), NULL},
    {RESOURCE_ARN, "\"" ARN "\"", RESOURCE_ARN_PATTERN, NULL},
    {RESOURCE_ARN, "\"\"", RESOURCE_ARN_PATTERN SEP SHORTEST("1"), NULL},
    {CONSUMER_ARN, "\"" ARN "s/consumer/c:1\"", "", NULL},
    {CONSUMER_ARN, "\"" ARN "s/consumer/c:1<1*1988>\"", "", NULL},
    {CONSUMER_ARN, "\"" ARN "s/consumer/c:1<1*1989>\"", LONGEST("2048"), NULL},
    {CONSUMER_ARN, "\"" ARN "s/consumer/c\"", CONSUMER_ARN_PATTERN, NULL},
    {CONSUMER_ARN, "\"" ARN "s\"", CONSUMER_ARN_PATTERN, NULL},
    {CONSUMER_ARN, "\"\"", CONSUMER_ARN_PATTERN SEP SHORTEST("1"), NULL},
    {STREAM_ID, "\"<a*20>-abc\"", "", NULL},
    {STREAM_ID, "\"<a*20>-abcd\"", STREAM_ID_PATTERN SEP LONGEST("24"), NULL},
    {STREAM_ID, "\"<A*20>-abc\"", STREAM_ID_PATTERN, NULL},
    {HASH_KEY, "\"0\"", "", NULL},
    {HASH_KEY, "\"340282366920938463463374607431768211456\"", "", NULL}, /* for the operation */
    {HASH_KEY, "\"<9*39>\"", "", NULL},
    {HASH_KEY, "\"<9*40>\"", HASH_KEY_PATTERN, NULL},
    {HASH_KEY, "\"\"", HASH_KEY_PATTERN, NULL},
    {HASH_KEY, "\"01\"", HASH_KEY_PATTERN, NULL},
    {HASH_KEY, "\"-1\"", HASH_KEY_PATTERN, NULL},
    {HASH_KEY, "\"1e5\"", HASH_KEY_PATTERN, NULL},
    {SEQUENCE_NUMBER, "\"0\"", "", NULL},
    {SEQUENCE_NUMBER, "\"<9*129>\"", "", NULL},
    {SEQUENCE_NUMBER, "\"<9*130>\"", SEQUENCE_NUMBER_PATTERN, NULL},
    {SEQUENCE_NUMBER, "\"\"", SEQUENCE_NUMBER_PATTERN, NULL},
    {SEQUENCE_NUMBER, "\"00\"", SEQUENCE_NUMBER_PATTERN, NULL},
    {PARTITION_KEY, "\"a\"", "", NULL},
    {PARTITION_KEY, "\"<a*256>\"", "", NULL},
    {PARTITION_KEY, "\"<a*257>\"", LONGEST("256"), NULL},
    {PARTITION_KEY, "\"<\xc3\xa9*256>\"", "", NULL},
    {PARTITION_KEY, "\"<\xf0\x9f\x98\x80*256>\"", "", NULL},
    {PARTITION_KEY, "\"<\xc3\xa9*257>\"", LONGEST("256"), NULL},
    {PARTITION_KEY, "\"\"", SHORTEST("1"), NULL},
    {DATA, "\"\"", "", NULL},
    {DATA, "\"<A*1398104>\"", "", NULL}, /* above a MiB */
    {DATA, "\"<A*13981012>AA==\"", "", NULL},
    {DATA, "\"<A*13981012>AAA=\"", LONGEST("1048576"),
     "java.nio.HeapByteBuffer[pos=0 lim=10485761 cap=10485761]"},
    {RECORDS, "[" ENTRY "]", "", NULL},
    {RECORDS, "[<" ENTRY ",*499>" ENTRY "]", "", NULL},
    {RECORDS, "[<" ENTRY ",*500>" ENTRY "]", LONGEST("500"),
     "[<com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310, *500>"
     "com.amazonaws.kinesis.v20131202.PutRecordsRequestEntry@c965e310]"},
    {RECORDS, "[]", SHORTEST("1"), NULL},
    {ITERATOR, "\"a\"", "", NULL},
    {ITERATOR, "\"<a*512>\"", "", NULL},
    {ITERATOR, "\"<a*513>\"", LONGEST("512"), NULL},
    {ITERATOR, "\"\"", SHORTEST("1"), NULL},
    {ITERATOR_TYPE, "\"AT_SEQUENCE_NUMBER\"", "", NULL},
    {ITERATOR_TYPE, "\"AFTER_SEQUENCE_NUMBER\"", "", NULL},
    {ITERATOR_TYPE, "\"TRIM_HORIZON\"", "", NULL},
    {ITERATOR_TYPE, "\"LATEST\"", "", NULL},
    {ITERATOR_TYPE, "\"AT_TIMESTAMP\"", "", NULL},
    {ITERATOR_TYPE, "\"latest\"", ITERATOR_VALUES, NULL},
    {ITERATOR_TYPE, "\"\"", ITERATOR_VALUES, NULL},
    {FILTER_TYPE, "\"AFTER_SHARD_ID\"", "", NULL},
    {FILTER_TYPE, "\"AT_TRIM_HORIZON\"", "", NULL},
    {FILTER_TYPE, "\"FROM_TRIM_HORIZON\"", "", NULL},
    {FILTER_TYPE, "\"AT_LATEST\"", "", NULL},
    {FILTER_TYPE, "\"AT_TIMESTAMP\"", "", NULL},
    {FILTER_TYPE, "\"FROM_TIMESTAMP\"", "", NULL},
    {FILTER_TYPE, "\"LATEST\"", FILTER_VALUES, NULL},
    {STREAM_MODE, "\"PROVISIONED\"", "", NULL},
    {STREAM_MODE, "\"ON_DEMAND\"", "", NULL},
    {STREAM_MODE, "\"\"", VALUES("PROVISIONED, ON_DEMAND"), NULL},
    {ENCRYPTION_TYPE, "\"KMS\"", "", NULL},
    {ENCRYPTION_TYPE, "\"NONE\"", "", NULL},
    {ENCRYPTION_TYPE, "\"AES\"", VALUES("NONE, KMS"), NULL},
    {SCALING_TYPE, "\"UNIFORM_SCALING\"", "", NULL},
    {SCALING_TYPE, "\"X\"", VALUES("UNIFORM_SCALING"), NULL},
    {COMMITMENT_STATUS, "\"ENABLED\"", "", NULL},
    {COMMITMENT_STATUS, "\"DISABLED\"", "", NULL},
    {COMMITMENT_STATUS, "\"ENABLED_UNTIL_EARLIEST_ALLOWED_END\"", VALUES("ENABLED, DISABLED"),
     NULL},
    {METRICS, "[\"ALL\"]", "", NULL},
    {METRICS,
     "[\"IncomingBytes\",\"IncomingRecords\",\"OutgoingBytes\",\"OutgoingRecords\","
     "\"WriteProvisionedThroughputExceeded\",\"ReadProvisionedThroughputExceeded\","
     "\"IteratorAgeMilliseconds\"]",
     "", NULL},
    {METRICS, "[<\"ALL\",*7>\"ALL\"]", LONGEST("7"), "[<ALL, *7>ALL]"},
    {METRICS, "[]", SHORTEST("1"), NULL},
    {METRICS, "[\"ALL\",\"all\"]", "Member must satisfy constraint: [" METRICS_VALUES "]",
     "[ALL, all]"},
    {TAGS, "{\"a\":\"\"}", "", NULL},
    {TAGS, "{\"<a*128>\":\"<a*256>\"}", "", NULL},
    {TAGS, "{\"<a*129>\":\"1\"}", "Map keys must satisfy constraint: " TAG_KEY_LENGTHS,
     "{<a*129>=1}"},
    {TAGS, "{\"\":\"1\"}", "Map keys must satisfy constraint: " TAG_KEY_LENGTHS, "{=1}"},
    {TAGS, "{\"a\":\"<a*257>\"}", "Map value must satisfy constraint: " TAG_VALUE_LENGTHS,
     "{a=<a*257>}"},
    {TAGS, "{}", SHORTEST("1"), NULL},
    {TAG_KEYS, "[\"a\"]", "", NULL},
    {TAG_KEYS, "[<\"a\",*49>\"a\"]", "", NULL},
    {TAG_KEYS, "[\"<a*128>\"]", "", NULL},
    {TAG_KEYS, "[\"a\",\"<b*129>\",\"c\"]", "Member must satisfy constraint: " TAG_KEY_LENGTHS,
     "[a, <b*129>, c]"},
    {TAG_KEYS, "[\"\"]", "Member must satisfy constraint: " TAG_KEY_LENGTHS, "[]"},
    {TAG_KEYS, "[]", SHORTEST("1"), NULL},
    {TAG_KEY, "\"a\"", "", NULL},
    {TAG_KEY, "\"<a*128>\"", "", NULL},
    {TAG_KEY, "\"<a*129>\"", LONGEST("128"), NULL},
    {TAG_KEY, "\"\"", SHORTEST("1"), NULL},
    {TAG_PAGE, "1", "", NULL},
    {TAG_PAGE, "50", "", NULL},
    {TAG_PAGE, "51", AT_MOST("10"), NULL},
    {TAG_PAGE, "0", AT_LEAST("1"), NULL},
    {PAGE, "1", "", NULL},
    {PAGE, "10000", "", NULL},
    {PAGE, "10001", AT_MOST("10000"), NULL},
    {PAGE, "0", AT_LEAST("1"), NULL},
    {PAGE, "-5", AT_LEAST("1"), NULL},
    {PAGE, "1e30", AT_MOST("10000"), "2147483647"},
    {TOKEN, "\"a\"", "", NULL},
    {TOKEN, "\"<a*1048576>\"", "", NULL},
    {TOKEN, "\"<a*1048577>\"", LONGEST("1048576"), "<a*65536>..."},
    {TOKEN, "\"\"", SHORTEST("1"), NULL},
    {SHARD_COUNT, "1", "", NULL},
    {SHARD_COUNT, "100001", "", NULL},
    {SHARD_COUNT, "100000000000", "", NULL},
    {SHARD_COUNT, "0", AT_LEAST("1"), NULL},
    {NATURAL, "0", "", NULL},
    {NATURAL, "-1", AT_LEAST("0"), NULL},
    {RECORD_SIZE, "1024", "", NULL},
    {RECORD_SIZE, "10240", "", NULL},
    {RECORD_SIZE, "1023", AT_LEAST("1024"), NULL},
    {RECORD_SIZE, "10241", AT_MOST("10240"), NULL},
    {HOURS, "23", "", NULL}, /* for the operation to refuse */
    {HOURS, "169", "", NULL},
    {HOURS, "8760", "", NULL},
    {HOURS, "8761", AT_MOST("168"), NULL},
    {HOURS, "-1", AT_LEAST("1"), NULL},
    {KEY_ID, "\"<a*2048>\"", "", NULL},
    {KEY_ID, "\"<a*2049>\"", LONGEST("2048"), NULL},
    {KEY_ID, "\"\"", SHORTEST("1"), NULL},
    {POLICY, "\"\"", "", NULL},
    {BOOLEAN, "true", "", NULL},
    {TIMESTAMP, "-1.5", "", NULL},
    {STRUCTURE, "null", "", NULL}, /* its members have rows of their own */
};

/* ---- the members of the model ---- */

typedef enum presence {
    OPTIONAL,
    REQUIRED,
    NAMED /* a stream's name, unless there is an ARN */
} presence;

static const struct {
    const char *operation, *path;
    const char *around; /* the member that it is in, @ for its value; NULL: none */
    kind kind;
    presence presence;
} members[] = {
    {"AddTagsToStream", "StreamName", NULL, NAME, NAMED},
    {"AddTagsToStream", "Tags", NULL, TAGS, REQUIRED},
    {"AddTagsToStream", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"AddTagsToStream", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"CreateStream", "StreamName", NULL, NAME, REQUIRED},
    {"CreateStream", "ShardCount", NULL, SHARD_COUNT, OPTIONAL},
    {"CreateStream", "StreamModeDetails", NULL, STRUCTURE, OPTIONAL},
    {"CreateStream", "StreamModeDetails.StreamMode", "\"StreamModeDetails\":{\"StreamMode\":@}",
     STREAM_MODE, REQUIRED},
    {"CreateStream", "Tags", NULL, TAGS, OPTIONAL},
    {"CreateStream", "WarmThroughputMiBps", NULL, NATURAL, OPTIONAL},
    {"CreateStream", "MaxRecordSizeInKiB", NULL, RECORD_SIZE, OPTIONAL},
    {"DecreaseStreamRetentionPeriod", "StreamName", NULL, NAME, NAMED},
    {"DecreaseStreamRetentionPeriod", "RetentionPeriodHours", NULL, HOURS, REQUIRED},
    {"DecreaseStreamRetentionPeriod", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"DecreaseStreamRetentionPeriod", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"DeleteResourcePolicy", "ResourceARN", NULL, RESOURCE_ARN, REQUIRED},
    {"DeleteResourcePolicy", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"DeleteStream", "StreamName", NULL, NAME, NAMED},
    {"DeleteStream", "EnforceConsumerDeletion", NULL, BOOLEAN, OPTIONAL},
    {"DeleteStream", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"DeleteStream", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"DeregisterStreamConsumer", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"DeregisterStreamConsumer", "ConsumerName", NULL, NAME, OPTIONAL},
    {"DeregisterStreamConsumer", "ConsumerARN", NULL, CONSUMER_ARN, OPTIONAL},
    {"DeregisterStreamConsumer", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"DescribeStream", "StreamName", NULL, NAME, NAMED},
    {"DescribeStream", "Limit", NULL, PAGE, OPTIONAL},
    {"DescribeStream", "ExclusiveStartShardId", NULL, NAME, OPTIONAL},
    {"DescribeStream", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"DescribeStream", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"DescribeStreamConsumer", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"DescribeStreamConsumer", "ConsumerName", NULL, NAME, OPTIONAL},
    {"DescribeStreamConsumer", "ConsumerARN", NULL, CONSUMER_ARN, OPTIONAL},
    {"DescribeStreamConsumer", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"DescribeStreamSummary", "StreamName", NULL, NAME, NAMED},
    {"DescribeStreamSummary", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"DescribeStreamSummary", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"DisableEnhancedMonitoring", "StreamName", NULL, NAME, NAMED},
    {"DisableEnhancedMonitoring", "ShardLevelMetrics", NULL, METRICS, REQUIRED},
    {"DisableEnhancedMonitoring", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"DisableEnhancedMonitoring", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"EnableEnhancedMonitoring", "StreamName", NULL, NAME, NAMED},
    {"EnableEnhancedMonitoring", "ShardLevelMetrics", NULL, METRICS, REQUIRED},
    {"EnableEnhancedMonitoring", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"EnableEnhancedMonitoring", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"GetRecords", "ShardIterator", NULL, ITERATOR, REQUIRED},
    {"GetRecords", "Limit", NULL, PAGE, OPTIONAL},
    {"GetRecords", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"GetRecords", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"GetResourcePolicy", "ResourceARN", NULL, RESOURCE_ARN, REQUIRED},
    {"GetResourcePolicy", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"GetShardIterator", "StreamName", NULL, NAME, NAMED},
    {"GetShardIterator", "ShardId", NULL, NAME, REQUIRED},
    {"GetShardIterator", "ShardIteratorType", NULL, ITERATOR_TYPE, REQUIRED},
    {"GetShardIterator", "StartingSequenceNumber", NULL, SEQUENCE_NUMBER, OPTIONAL},
    {"GetShardIterator", "Timestamp", NULL, TIMESTAMP, OPTIONAL},
    {"GetShardIterator", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"GetShardIterator", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"IncreaseStreamRetentionPeriod", "StreamName", NULL, NAME, NAMED},
    {"IncreaseStreamRetentionPeriod", "RetentionPeriodHours", NULL, HOURS, REQUIRED},
    {"IncreaseStreamRetentionPeriod", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"IncreaseStreamRetentionPeriod", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"ListShards", "StreamName", NULL, NAME, OPTIONAL},
    {"ListShards", "NextToken", NULL, TOKEN, OPTIONAL},
    {"ListShards", "ExclusiveStartShardId", NULL, NAME, OPTIONAL},
    {"ListShards", "MaxResults", NULL, PAGE, OPTIONAL},
    {"ListShards", "StreamCreationTimestamp", NULL, TIMESTAMP, OPTIONAL},
    {"ListShards", "ShardFilter", NULL, STRUCTURE, OPTIONAL},
    {"ListShards", "ShardFilter.Type", "\"ShardFilter\":{\"Type\":\"AT_LATEST\",\"Type\":@}",
     FILTER_TYPE, REQUIRED},
    {"ListShards", "ShardFilter.ShardId", "\"ShardFilter\":{\"Type\":\"AT_LATEST\",\"ShardId\":@}",
     NAME, OPTIONAL},
    {"ListShards", "ShardFilter.Timestamp",
     "\"ShardFilter\":{\"Type\":\"AT_LATEST\",\"Timestamp\":@}", TIMESTAMP, OPTIONAL},
    {"ListShards", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"ListShards", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"ListStreamConsumers", "StreamARN", NULL, STREAM_ARN, REQUIRED},
    {"ListStreamConsumers", "NextToken", NULL, TOKEN, OPTIONAL},
    {"ListStreamConsumers", "MaxResults", NULL, PAGE, OPTIONAL},
    {"ListStreamConsumers", "StreamCreationTimestamp", NULL, TIMESTAMP, OPTIONAL},
    {"ListStreamConsumers", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"ListStreams", "Limit", NULL, PAGE, OPTIONAL},
    {"ListStreams", "ExclusiveStartStreamName", NULL, NAME, OPTIONAL},
    {"ListStreams", "NextToken", NULL, TOKEN, OPTIONAL},
    {"ListTagsForResource", "ResourceARN", NULL, RESOURCE_ARN, REQUIRED},
    {"ListTagsForResource", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"ListTagsForStream", "StreamName", NULL, NAME, NAMED},
    {"ListTagsForStream", "ExclusiveStartTagKey", NULL, TAG_KEY, OPTIONAL},
    {"ListTagsForStream", "Limit", NULL, TAG_PAGE, OPTIONAL},
    {"ListTagsForStream", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"ListTagsForStream", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"MergeShards", "StreamName", NULL, NAME, NAMED},
    {"MergeShards", "ShardToMerge", NULL, NAME, REQUIRED},
    {"MergeShards", "AdjacentShardToMerge", NULL, NAME, REQUIRED},
    {"MergeShards", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"MergeShards", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"PutRecord", "StreamName", NULL, NAME, NAMED},
    {"PutRecord", "Data", NULL, DATA, REQUIRED},
    {"PutRecord", "PartitionKey", NULL, PARTITION_KEY, REQUIRED},
    {"PutRecord", "ExplicitHashKey", NULL, HASH_KEY, OPTIONAL},
    {"PutRecord", "SequenceNumberForOrdering", NULL, SEQUENCE_NUMBER, OPTIONAL},
    {"PutRecord", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"PutRecord", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"PutRecords", "Records", NULL, RECORDS, REQUIRED},
    {"PutRecords", "Records.2.member.Data",
     "\"Records\":[" ENTRY ",{\"PartitionKey\":\"a\",\"Data\":\"\",\"Data\":@}]", DATA, REQUIRED},
    {"PutRecords", "Records.2.member.ExplicitHashKey",
     "\"Records\":[" ENTRY ",{\"PartitionKey\":\"a\",\"Data\":\"\",\"ExplicitHashKey\":@}]",
     HASH_KEY, OPTIONAL},
    {"PutRecords", "Records.2.member.PartitionKey",
     "\"Records\":[" ENTRY ",{\"PartitionKey\":\"a\",\"Data\":\"\",\"PartitionKey\":@}]",
     PARTITION_KEY, REQUIRED},
    {"PutRecords", "StreamName", NULL, NAME, NAMED},
    {"PutRecords", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"PutRecords", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"PutResourcePolicy", "ResourceARN", NULL, RESOURCE_ARN, REQUIRED},
    {"PutResourcePolicy", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"PutResourcePolicy", "Policy", NULL, POLICY, REQUIRED},
    {"RegisterStreamConsumer", "StreamARN", NULL, STREAM_ARN, REQUIRED},
    {"RegisterStreamConsumer", "ConsumerName", NULL, NAME, REQUIRED},
    {"RegisterStreamConsumer", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"RegisterStreamConsumer", "Tags", NULL, TAGS, OPTIONAL},
    {"RemoveTagsFromStream", "StreamName", NULL, NAME, NAMED},
    {"RemoveTagsFromStream", "TagKeys", NULL, TAG_KEYS, REQUIRED},
    {"RemoveTagsFromStream", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"RemoveTagsFromStream", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"SplitShard", "StreamName", NULL, NAME, NAMED},
    {"SplitShard", "ShardToSplit", NULL, NAME, REQUIRED},
    {"SplitShard", "NewStartingHashKey", NULL, HASH_KEY, REQUIRED},
    {"SplitShard", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"SplitShard", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"StartStreamEncryption", "StreamName", NULL, NAME, NAMED},
    {"StartStreamEncryption", "EncryptionType", NULL, ENCRYPTION_TYPE, REQUIRED},
    {"StartStreamEncryption", "KeyId", NULL, KEY_ID, REQUIRED},
    {"StartStreamEncryption", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"StartStreamEncryption", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"StopStreamEncryption", "StreamName", NULL, NAME, NAMED},
    {"StopStreamEncryption", "EncryptionType", NULL, ENCRYPTION_TYPE, REQUIRED},
    {"StopStreamEncryption", "KeyId", NULL, KEY_ID, REQUIRED},
    {"StopStreamEncryption", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"StopStreamEncryption", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"SubscribeToShard", "ConsumerARN", NULL, CONSUMER_ARN, REQUIRED},
    {"SubscribeToShard", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"SubscribeToShard", "ShardId", NULL, NAME, REQUIRED},
    {"SubscribeToShard", "StartingPosition", NULL, STRUCTURE, REQUIRED},
    {"SubscribeToShard", "StartingPosition.Type",
     "\"StartingPosition\":{\"Type\":\"LATEST\",\"Type\":@}", ITERATOR_TYPE, REQUIRED},
    {"SubscribeToShard", "StartingPosition.SequenceNumber",
     "\"StartingPosition\":{\"Type\":\"LATEST\",\"SequenceNumber\":@}", SEQUENCE_NUMBER, OPTIONAL},
    {"SubscribeToShard", "StartingPosition.Timestamp",
     "\"StartingPosition\":{\"Type\":\"LATEST\",\"Timestamp\":@}", TIMESTAMP, OPTIONAL},
    {"TagResource", "Tags", NULL, TAGS, REQUIRED},
    {"TagResource", "ResourceARN", NULL, RESOURCE_ARN, REQUIRED},
    {"TagResource", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"UntagResource", "TagKeys", NULL, TAG_KEYS, REQUIRED},
    {"UntagResource", "ResourceARN", NULL, RESOURCE_ARN, REQUIRED},
    {"UntagResource", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"UpdateAccountSettings", "MinimumThroughputBillingCommitment", NULL, STRUCTURE, REQUIRED},
    {"UpdateAccountSettings", "MinimumThroughputBillingCommitment.Status",
     "\"MinimumThroughputBillingCommitment\":{\"Status\":@}", COMMITMENT_STATUS, REQUIRED},
    {"UpdateMaxRecordSize", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"UpdateMaxRecordSize", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"UpdateMaxRecordSize", "MaxRecordSizeInKiB", NULL, RECORD_SIZE, REQUIRED},
    {"UpdateShardCount", "StreamName", NULL, NAME, NAMED},
    {"UpdateShardCount", "TargetShardCount", NULL, SHARD_COUNT, REQUIRED},
    {"UpdateShardCount", "ScalingType", NULL, SCALING_TYPE, REQUIRED},
    {"UpdateShardCount", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"UpdateShardCount", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"UpdateStreamMode", "StreamARN", NULL, STREAM_ARN, REQUIRED},
    {"UpdateStreamMode", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"UpdateStreamMode", "StreamModeDetails", NULL, STRUCTURE, REQUIRED},
    {"UpdateStreamMode", "StreamModeDetails.StreamMode", "\"StreamModeDetails\":{\"StreamMode\":@}",
     STREAM_MODE, REQUIRED},
    {"UpdateStreamMode", "WarmThroughputMiBps", NULL, NATURAL, OPTIONAL},
    {"UpdateStreamWarmThroughput", "StreamARN", NULL, STREAM_ARN, OPTIONAL},
    {"UpdateStreamWarmThroughput", "StreamName", NULL, NAME, NAMED},
    {"UpdateStreamWarmThroughput", "StreamId", NULL, STREAM_ID, OPTIONAL},
    {"UpdateStreamWarmThroughput", "WarmThroughputMiBps", NULL, NATURAL, REQUIRED},
};

/* A request that is right, without its final brace. */
static const struct {
    const char *operation, *body;
} right[] = {
    {"AddTagsToStream", "{\"StreamName\":\"s\",\"Tags\":{\"a\":\"1\"}"},
    {"CreateStream", "{\"StreamName\":\"s\",\"ShardCount\":1"},
    {"DecreaseStreamRetentionPeriod", "{\"StreamName\":\"s\",\"RetentionPeriodHours\":24"},
    {"DeleteResourcePolicy", "{\"ResourceARN\":\"" ARN "s\""},
    {"DeleteStream", "{\"StreamName\":\"s\""},
    {"DeregisterStreamConsumer", "{\"ConsumerName\":\"c\""},
    {"DescribeAccountSettings", "{\"Other\":1"},
    {"DescribeLimits", "{\"Other\":1"},
    {"DescribeStream", "{\"StreamName\":\"s\""},
    {"DescribeStreamConsumer", "{\"ConsumerName\":\"c\""},
    {"DescribeStreamSummary", "{\"StreamName\":\"s\""},
    {"DisableEnhancedMonitoring", "{\"StreamName\":\"s\",\"ShardLevelMetrics\":[\"ALL\"]"},
    {"EnableEnhancedMonitoring", "{\"StreamName\":\"s\",\"ShardLevelMetrics\":[\"ALL\"]"},
    {"GetRecords", "{\"ShardIterator\":\"a\""},
    {"GetResourcePolicy", "{\"ResourceARN\":\"" ARN "s\""},
    {"GetShardIterator",
     "{\"StreamName\":\"s\",\"ShardId\":\"0\",\"ShardIteratorType\":\"LATEST\""},
    {"IncreaseStreamRetentionPeriod", "{\"StreamName\":\"s\",\"RetentionPeriodHours\":24"},
    {"ListShards", "{\"Other\":1"},
    {"ListStreamConsumers", "{\"StreamARN\":\"" ARN "s\""},
    {"ListStreams", "{\"Other\":1"},
    {"ListTagsForResource", "{\"ResourceARN\":\"" ARN "s\""},
    {"ListTagsForStream", "{\"StreamName\":\"s\""},
    {"MergeShards", "{\"StreamName\":\"s\",\"ShardToMerge\":\"0\",\"AdjacentShardToMerge\":\"1\""},
    {"PutRecord", "{\"StreamName\":\"s\",\"PartitionKey\":\"a\",\"Data\":\"\""},
    {"PutRecords", "{\"StreamName\":\"s\",\"Records\":[" ENTRY "]"},
    {"PutResourcePolicy", "{\"ResourceARN\":\"" ARN "s\",\"Policy\":\"{}\""},
    {"RegisterStreamConsumer", "{\"StreamARN\":\"" ARN "s\",\"ConsumerName\":\"c\""},
    {"RemoveTagsFromStream", "{\"StreamName\":\"s\",\"TagKeys\":[\"a\"]"},
    {"SplitShard", "{\"StreamName\":\"s\",\"ShardToSplit\":\"0\",\"NewStartingHashKey\":\"5\""},
    {"StartStreamEncryption",
     "{\"StreamName\":\"s\",\"EncryptionType\":\"KMS\",\"KeyId\":\"alias/a\""},
    {"StopStreamEncryption",
     "{\"StreamName\":\"s\",\"EncryptionType\":\"KMS\",\"KeyId\":\"alias/a\""},
    {"SubscribeToShard", "{\"ConsumerARN\":\"" ARN "s/consumer/c:1\",\"ShardId\":\"0\","
                         "\"StartingPosition\":{\"Type\":\"LATEST\"}"},
    {"TagResource", "{\"ResourceARN\":\"" ARN "s\",\"Tags\":{\"a\":\"1\"}"},
    {"UntagResource", "{\"ResourceARN\":\"" ARN "s\",\"TagKeys\":[\"a\"]"},
    {"UpdateAccountSettings", "{\"MinimumThroughputBillingCommitment\":{\"Status\":\"ENABLED\"}"},
    {"UpdateMaxRecordSize", "{\"StreamARN\":\"" ARN "s\",\"MaxRecordSizeInKiB\":1024"},
    {"UpdateStreamWarmThroughput", "{\"StreamName\":\"s\",\"WarmThroughputMiBps\":1"},
    {"UpdateShardCount",
     "{\"StreamName\":\"s\",\"TargetShardCount\":2,\"ScalingType\":\"UNIFORM_SCALING\""},
    {"UpdateStreamMode", "{\"StreamARN\":\"" ARN "s\",\"StreamModeDetails\":{\"StreamMode\":"
                         "\"ON_DEMAND\"}"},
};

/* ---- the machinery ---- */

/* Appends text with "<ab*3>" written out. */
static void append_expanded(mr_strbuf *out, const char *text)
{
    while (*text != '\0') {
        const char *star = *text == '<' ? strchr(text, '*') : NULL;
        if (star == NULL) {
            mr_strbuf_append_char(out, *text++);
            continue;
        }
        char *end;
        unsigned long times = strtoul(star + 1, &end, 10);
        MR_ASSERT(*end == '>');
        for (unsigned long i = 0; i < times; i++) {
            mr_strbuf_append(out, text + 1, (size_t)(star - text) - 1);
        }
        text = end + 1;
    }
}

/* "" when the body is right for the operation, otherwise the message. */
static void answer_to(const char *operation, mr_aws_format format, mr_bytes body, mr_strbuf *out)
{
    mr_kinesis_operation known = mr_kinesis_operation_of(mr_bytes_of(operation));
    MR_ASSERT(known != MR_KINESIS_OPERATION_COUNT);
    const mr_aws_shape *shape = mr_kinesis_inputs[known].shape;
    mr_arena *arena = mr_arena_new();
    void *in = mr_arena_alloc(arena, shape->size);
    mr_aws_fault fault = {0};
    mr_aws_decoded decoded = mr_aws_decode(format, shape, body, arena, in, &fault);
    if (decoded != MR_AWS_DECODED || !mr_aws_validate(shape, in, arena, &fault)) {
        mr_strbuf_append_bytes(out, fault.message);
        mr_strbuf_append_text(out, fault.message.at == NULL ? "no body" : "");
    }
    mr_arena_free(arena);
}

static const char *right_body(const char *operation)
{
    for (size_t i = 0; i < MR_COUNT(right); i++) {
        if (strcmp(right[i].operation, operation) == 0) {
            return right[i].body;
        }
    }
    MR_ASSERT(false);
    return NULL;
}

/* Each part of a path begins with a small letter: Records.2.member.Data, records.2.member.data. */
static void append_small_path(mr_strbuf *out, const char *path)
{
    for (bool first = true; *path != '\0'; path++) {
        char c = *path;
        mr_strbuf_append_char(out, (char)(first && c >= 'A' && c <= 'Z' ? c + 32 : c));
        first = c == '.';
    }
}

/* The right body with one member set once more: the last one counts. */
static void append_body(mr_strbuf *out, size_t member, const char *value)
{
    mr_strbuf_append_text(out, right_body(members[member].operation));
    mr_strbuf_append_char(out, ',');
    const char *around = members[member].around;
    const char *place = around == NULL ? NULL : strchr(around, '@');
    if (place == NULL) {
        mr_strbuf_appendf(out, "\"%s\":", members[member].path);
        append_expanded(out, value);
    } else {
        mr_strbuf_append(out, around, (size_t)(place - around));
        append_expanded(out, value);
        mr_strbuf_append_text(out, place + 1);
    }
    mr_strbuf_append_char(out, '}');
}

static void append_item(mr_strbuf *out, const char *path, const char *shown, mr_bytes rule)
{
    mr_strbuf_append_text(out, "Value ");
    if (strcmp(shown, "null") == 0) {
        mr_strbuf_append_text(out, "null");
    } else {
        mr_strbuf_append_char(out, '\'');
        append_expanded(out, shown);
        mr_strbuf_append_char(out, '\'');
    }
    mr_strbuf_append_text(out, " at '");
    append_small_path(out, path);
    mr_strbuf_append_text(out, "' failed to satisfy constraint: ");
    mr_strbuf_append_bytes(out, rule);
}

/* A message of one or two rules, parted by SEP. */
static void append_message(mr_strbuf *out, const char *path, const char *shown, const char *rules)
{
    const char *second = strchr(rules, '\n');
    size_t first_len = second == NULL ? strlen(rules) : (size_t)(second - rules);
    mr_strbuf_append_text(out, second == NULL ? "1 validation error detected: "
                                              : "2 validation errors detected: ");
    append_item(out, path, shown, mr_bytes_make(rules, first_len));
    if (second != NULL) {
        mr_strbuf_append_text(out, "; ");
        append_item(out, path, shown, mr_bytes_of(second + 1));
    }
}

static void check_member(size_t member, const char *value, const char *shown, const char *rules)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED), want = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    char *plain = NULL;
    if (shown == NULL && *value == '"') {
        shown = plain = mr_strndup(value + 1, strlen(value) - 2);
    }
    append_body(&body, member, value);
    answer_to(members[member].operation, MR_AWS_JSON, mr_strbuf_bytes(&body), &got);
    if (*rules != '\0') {
        append_message(&want, members[member].path, shown == NULL ? value : shown, rules);
    }
    char *label = mr_format("%s %s %.80s", members[member].operation, members[member].path, value);
    CHECK_STR(label, mr_strbuf_text(&got), mr_strbuf_text(&want));
    mr_free(label);
    mr_free(plain);
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&got);
    mr_strbuf_deinit(&want);
}

/* ---- tests ---- */

static void test_every_member_keeps_its_limits(void **state)
{
    (void)state;
    size_t checks = 0;
    bool seen[STRUCTURE + 1] = {false};
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        size_t before = checks;
        for (size_t k = 0; k < MR_COUNT(probes); k++) {
            bool again = seen[members[i].kind] && strlen(probes[k].value) > 0 &&
                         strstr(probes[k].value, "*1398") != NULL; /* 14 MB once are enough */
            if (probes[k].kind == members[i].kind && members[i].kind != STRUCTURE && !again) {
                check_member(i, probes[k].value, probes[k].shown, probes[k].want);
                checks++;
            }
        }
        CHECK_TRUE(members[i].path, checks > before || members[i].kind == STRUCTURE);
        seen[members[i].kind] = true;
    }
    CHECK_TRUE("there are many", checks > 600);
}

static void test_every_required_member_is_missed(void **state)
{
    (void)state;
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        check_member(i, "null", "null", members[i].presence == OPTIONAL ? "" : NOT_NULL);
    }
}

static bool is_in_model(const char *operation, const char *member)
{
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        if (strcmp(members[i].operation, operation) == 0 && strcmp(members[i].path, member) == 0) {
            return true;
        }
    }
    return false;
}

static void test_the_tables_have_the_members_of_the_model_and_no_others(void **state)
{
    (void)state;
    size_t rows = 0, top_level = 0;
    for (size_t i = 0; i < MR_KINESIS_OPERATION_COUNT; i++) {
        const mr_aws_input *input = &mr_kinesis_inputs[i];
        CHECK_TRUE("named", input->name != NULL && input->shape != NULL);
        CHECK_INT(input->name, mr_kinesis_operation_of(mr_bytes_of(input->name)), i);
        CHECK_TRUE("in order", i == 0 || strcmp(mr_kinesis_inputs[i - 1].name, input->name) < 0);
        for (size_t k = 0; k < input->shape->member_count; k++) {
            CHECK_TRUE(input->shape->members[k].name,
                       is_in_model(input->name, input->shape->members[k].name));
            rows++;
        }
    }
    for (size_t i = 0; i < MR_COUNT(members); i++) {
        top_level += strchr(members[i].path, '.') == NULL;
    }
    CHECK_INT("as many", rows, top_level);
    CHECK_INT("unknown", mr_kinesis_operation_of(mr_bytes_of("ListStream")),
              MR_KINESIS_OPERATION_COUNT);
}

/* The rows of a list that the two standards differ on: 1-200 tags, 1-50 keys; 10 of each then. */
static void test_tags_and_keys_are_counted_by_both_standards(void **state)
{
    (void)state;
    static const struct {
        const char *operation, *member, *then; /* what a wrong request is told */
        int most;
        bool is_map;
    } cases[] = {
        {"AddTagsToStream", "Tags", LONGEST("10"), 200, true},
        {"CreateStream", "Tags", LONGEST("200"), 200, true},
        {"RegisterStreamConsumer", "Tags", LONGEST("200"), 200, true},
        {"TagResource", "Tags", LONGEST("200"), 200, true},
        {"RemoveTagsFromStream", "TagKeys", LONGEST("10"), 50, false},
        {"UntagResource", "TagKeys", LONGEST("50"), 50, false},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        for (int extra = 0; extra <= 1; extra++) {
            mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
            mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
            mr_strbuf_appendf(&body, "%s,\"%s\":%c", right_body(cases[i].operation),
                              cases[i].member, cases[i].is_map ? '{' : '[');
            for (int n = 0; n < cases[i].most + extra; n++) {
                mr_strbuf_appendf(&body, "%s\"%d\"%s", n > 0 ? "," : "", n,
                                  cases[i].is_map ? ":\"\"" : "");
            }
            mr_strbuf_append_text(&body, cases[i].is_map ? "}}" : "]}");
            answer_to(cases[i].operation, MR_AWS_JSON, mr_strbuf_bytes(&body), &got);
            if (extra == 0) {
                CHECK_STR(cases[i].operation, mr_strbuf_text(&got), "");
            } else {
                CHECK_HAS(cases[i].operation, mr_strbuf_text(&got), cases[i].then);
            }
            mr_strbuf_deinit(&body);
            mr_strbuf_deinit(&got);
        }
    }
}

/* What is wrong with a request, item by item. */
typedef struct answer {
    const char *operation, *body;
    struct {
        const char *shown, *path, *rule;
    } items[7]; /* up to the first without a path */
} answer;

static void append_items(mr_strbuf *out, const answer *want)
{
    size_t count = 0;
    while (want->items[count].path != NULL) {
        count++;
    }
    if (count > 0) {
        mr_strbuf_appendf(out, "%zu validation error%s detected: ", count, count > 1 ? "s" : "");
    }
    for (size_t i = 0; i < count; i++) {
        mr_strbuf_append_text(out, i > 0 ? "; " : "");
        append_item(out, want->items[i].path, want->items[i].shown,
                    mr_bytes_of(want->items[i].rule));
    }
}

static void check_answer(mr_aws_format format, const answer *want)
{
    mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf message = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    if (format == MR_AWS_JSON) {
        append_expanded(&body, want->body);
    } else {
        cbor_append(&body, want->body);
    }
    append_items(&message, want);
    answer_to(want->operation, format, mr_strbuf_bytes(&body), &got);
    CHECK_STR(want->body, mr_strbuf_text(&got), mr_strbuf_text(&message));
    mr_strbuf_deinit(&body);
    mr_strbuf_deinit(&got);
    mr_strbuf_deinit(&message);
}

/* Whole messages that AWS answered, from the suite that was run against it; and the choices of the
 * fact sheet's section 15 where it has changed since. */
static void test_requests_are_answered_as_aws_did(void **state)
{
    (void)state;
    static const answer cases[] = {
        {"PutRecord",
         "{}",
         {{"null", "partitionKey", NOT_NULL},
          {"null", "data", NOT_NULL},
          {"null", "streamName", NOT_NULL}}},
        {"PutRecord",
         "{\"StreamName\":\"\",\"PartitionKey\":\"\",\"Data\":\"\",\"ExplicitHashKey\":\"\","
         "\"SequenceNumberForOrdering\":\"\"}",
         {{"", "sequenceNumberForOrdering", SEQUENCE_NUMBER_PATTERN},
          {"", "partitionKey", SHORTEST("1")},
          {"", "explicitHashKey", HASH_KEY_PATTERN},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"PutRecord",
         "{\"StreamName\":\"<a*129>\",\"PartitionKey\":\"<a*257>\",\"Data\":\"<A*1398104>\","
         "\"ExplicitHashKey\":\"\"}",
         {{"<a*257>", "partitionKey", LONGEST("256")},
          {"", "explicitHashKey", HASH_KEY_PATTERN},
          {"java.nio.HeapByteBuffer[pos=0 lim=1048578 cap=1048578]", "data", LONGEST("1048576")},
          {"<a*129>", "streamName", LONGEST("128")}}},
        {"PutRecords", "{}", {{"null", "records", NOT_NULL}, {"null", "streamName", NOT_NULL}}},
        {"PutRecords",
         "{\"StreamName\":\"\",\"Records\":[]}",
         {{"[]", "records", SHORTEST("1")},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"PutRecords",
         "{\"StreamName\":\"\",\"Records\":[{\"PartitionKey\":\"\",\"Data\":\"\","
         "\"ExplicitHashKey\":\"\"}]}",
         {{"", "records.1.member.partitionKey", SHORTEST("1")},
          {"", "records.1.member.explicitHashKey", HASH_KEY_PATTERN},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"PutRecords",
         "{\"StreamName\":\"s\",\"Records\":[null]}",
         {{"null", "records.1.member", NOT_NULL}}},
        {"CreateStream",
         "{}",
         {{"null", "shardCount", NOT_NULL}, {"null", "streamName", NOT_NULL}}},
        {"CreateStream", "{\"StreamName\":\"s\"}", {{NULL, NULL, NULL}}},
        {"CreateStream",
         "{\"StreamName\":\"\",\"ShardCount\":0}",
         {{"0", "shardCount", AT_LEAST("1")},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"CreateStream",
         "{\"StreamName\":\"<a*129>\",\"ShardCount\":100000000000}",
         {{"2147483647", "shardCount", AT_MOST("100000")},
          {"<a*129>", "streamName", LONGEST("128")}}},
        {"DescribeStream", "{}", {{"null", "streamName", NOT_NULL}}},
        {"DescribeStream", "{\"StreamARN\":\"" ARN "s\"}", {{NULL, NULL, NULL}}},
        {"DescribeStream",
         "{\"StreamARN\":\"" ARN "s\",\"StreamName\":\"s\"}",
         {{NULL, NULL, NULL}}},
        {"DescribeStream", "{\"StreamId\":\"<a*20>-abc\"}", {{"null", "streamName", NOT_NULL}}},
        {"GetRecords", "{}", {{"null", "shardIterator", NOT_NULL}}},
        {"GetRecords",
         "{\"ShardIterator\":\"\",\"Limit\":0}",
         {{"0", "limit", AT_LEAST("1")}, {"", "shardIterator", SHORTEST("1")}}},
        {"GetRecords",
         "{\"ShardIterator\":\"<a*513>\",\"Limit\":100000}",
         {{"100000", "limit", AT_MOST("10000")}, {"<a*513>", "shardIterator", LONGEST("512")}}},
        {"GetShardIterator",
         "{}",
         {{"null", "shardId", NOT_NULL},
          {"null", "shardIteratorType", NOT_NULL},
          {"null", "streamName", NOT_NULL}}},
        {"GetShardIterator",
         "{\"StreamName\":\"\",\"ShardIteratorType\":\"\",\"ShardId\":\"\","
         "\"StartingSequenceNumber\":\"\"}",
         {{"", "shardId", NAME_PATTERN},
          {"", "shardId", SHORTEST("1")},
          {"", "shardIteratorType", ITERATOR_VALUES},
          {"", "startingSequenceNumber", SEQUENCE_NUMBER_PATTERN},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"ListShards", "{}", {{NULL, NULL, NULL}}},
        {"ListShards",
         "{\"StreamName\":\"\",\"NextToken\":\"\",\"MaxResults\":0,\"ExclusiveStartShardId\":\"\"}",
         {{"", "exclusiveStartShardId", NAME_PATTERN},
          {"", "exclusiveStartShardId", SHORTEST("1")},
          {"0", "maxResults", AT_LEAST("1")},
          {"", "nextToken", SHORTEST("1")},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"ListTagsForStream",
         "{\"StreamName\":\"<a*129>\",\"ExclusiveStartTagKey\":\"<a*129>\",\"Limit\":100}",
         {{"100", "limit", AT_MOST("10")},
          {"<a*129>", "exclusiveStartTagKey", LONGEST("128")},
          {"<a*129>", "streamName", LONGEST("128")}}},
        {"AddTagsToStream",
         "{\"StreamName\":\"\",\"Tags\":{}}",
         {{"{}", "tags", SHORTEST("1")},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"AddTagsToStream",
         "{\"StreamName\":\"s\",\"Tags\":{\"a\":\"1\",\"<b*129>\":\"3\"}}",
         {{"{a=1, <b*129>=3}", "tags", "Map keys must satisfy constraint: " TAG_KEY_LENGTHS}}},
        {"AddTagsToStream",
         "{\"StreamName\":\"s\",\"Tags\":{\"a\":null}}",
         {{"null", "tags.a.member", NOT_NULL}}},
        {"AddTagsToStream", /* eleven: too many then, and told so beside another fault alone */
         "{\"StreamName\":\"a b\",\"Tags\":{\"1\":\"\",\"2\":\"\",\"3\":\"\",\"4\":\"\",\"5\":\"\","
         "\"6\":\"\",\"7\":\"\",\"8\":\"\",\"9\":\"\",\"10\":\"\",\"11\":\"\"}}",
         {{"{1=, 2=, 3=, 4=, 5=, 6=, 7=, 8=, 9=, 10=, 11=}", "tags", LONGEST("10")},
          {"a b", "streamName", NAME_PATTERN}}},
        {"IncreaseStreamRetentionPeriod",
         "{\"StreamName\":\"\",\"RetentionPeriodHours\":-1}",
         {{"-1", "retentionPeriodHours", AT_LEAST("1")},
          {"", "streamName", NAME_PATTERN},
          {"", "streamName", SHORTEST("1")}}},
        {"SubscribeToShard",
         "{}",
         {{"null", "consumerARN", NOT_NULL},
          {"null", "shardId", NOT_NULL},
          {"null", "startingPosition", NOT_NULL}}},
        {"DescribeLimits", "{\"Limit\":\"x\"}", {{NULL, NULL, NULL}}},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_answer(MR_AWS_JSON, &cases[i]);
    }
}

static void test_the_same_rules_hold_in_cbor(void **state)
{
    (void)state;
    static const answer cases[] = {
        {"PutRecord", "A3 'StreamName' 's' 'PartitionKey' 'a' 'Data' <b>", {{NULL, NULL, NULL}}},
        {"PutRecord",
         "BF FF",
         {{"null", "partitionKey", NOT_NULL},
          {"null", "data", NOT_NULL},
          {"null", "streamName", NOT_NULL}}},
        {"PutRecords",
         "A2 'StreamName' 's' 'Records' 81 A2 'PartitionKey' 60 'Data' 40",
         {{"", "records.1.member.partitionKey", SHORTEST("1")}}},
        {"CreateStream",
         "A2 'StreamName' 's' 'ShardCount' 20",
         {{"-1", "shardCount", AT_LEAST("1")}}},
        {"AddTagsToStream",
         "A2 'StreamName' 's' 'Tags' A1 60 'v'",
         {{"{=v}", "tags", "Map keys must satisfy constraint: " TAG_KEY_LENGTHS}}},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_answer(MR_AWS_CBOR, &cases[i]);
    }
}

static void test_types_come_before_constraints(void **state)
{
    (void)state;
    static const struct {
        mr_aws_format format;
        const char *operation, *body, *want;
    } cases[] = {
        {MR_AWS_JSON, "PutRecords", "{\"Records\":[{\"Data\":5}]}",
         "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a "
         "Blob"},
        {MR_AWS_JSON, "PutRecords", "{\"Records\":[\"a\"]}", "Expected null"},
        {MR_AWS_JSON, "DeleteStream", "{\"EnforceConsumerDeletion\":\"yes\"}",
         "'YES' can not be converted to an Boolean"},
        {MR_AWS_JSON, "ListShards", "{\"StreamCreationTimestamp\":\"x\"}",
         "class java.lang.String can not be converted to milliseconds since epoch"},
        {MR_AWS_JSON, "PutRecord", "{\"Data\":5", "no body"},
        {MR_AWS_CBOR, "PutRecord", "A1 'Data' 'Zm9v'",
         "class java.lang.String can not be converted to a Blob"},
        {MR_AWS_CBOR, "PutRecord", "A1 'Data'", "no body"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        mr_strbuf body = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        mr_strbuf got = mr_strbuf_make(MR_STRBUF_UNLIMITED);
        if (cases[i].format == MR_AWS_JSON) {
            mr_strbuf_append_text(&body, cases[i].body);
        } else {
            cbor_append(&body, cases[i].body);
        }
        answer_to(cases[i].operation, cases[i].format, mr_strbuf_bytes(&body), &got);
        CHECK_STR(cases[i].body, mr_strbuf_text(&got), cases[i].want);
        mr_strbuf_deinit(&body);
        mr_strbuf_deinit(&got);
    }
}

static void test_members_reach_the_structs(void **state)
{
    (void)state;
    static const char body[] = "{\"StreamName\":\"s\",\"StreamARN\":\"" ARN "s\",\"Records\":["
                               "{\"Data\":\"Zm9v\",\"PartitionKey\":\"a\"},"
                               "{\"ExplicitHashKey\":\"7\",\"PartitionKey\":\"b\",\"Data\":\"\"}]}";
    mr_arena *arena = mr_arena_new();
    mr_kinesis_put_records_in in;
    mr_aws_fault fault;
    CHECK_INT("decoded",
              mr_aws_decode(MR_AWS_JSON, mr_kinesis_inputs[MR_KINESIS_PUT_RECORDS].shape,
                            mr_bytes_of(body), arena, &in, &fault),
              MR_AWS_DECODED);
    CHECK_BYTES("name", in.stream.name, mr_bytes_of("s"));
    CHECK_BYTES("ARN", in.stream.arn, mr_bytes_of(ARN "s"));
    CHECK_INT("records", in.records.count, 2);
    const mr_kinesis_put_records_entry *entries = in.records.items;
    CHECK_BYTES("data", entries[0].data, mr_bytes_of("foo"));
    CHECK_BYTES("key", entries[0].partition_key, mr_bytes_of("a"));
    CHECK_TRUE("no hash key", entries[0].explicit_hash_key.at == NULL);
    CHECK_BYTES("hash key", entries[1].explicit_hash_key, mr_bytes_of("7"));
    CHECK_TRUE("empty data", entries[1].data.at != NULL && entries[1].data.len == 0);
    mr_arena_free(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_member_keeps_its_limits),
        cmocka_unit_test(test_every_required_member_is_missed),
        cmocka_unit_test(test_the_tables_have_the_members_of_the_model_and_no_others),
        cmocka_unit_test(test_tags_and_keys_are_counted_by_both_standards),
        cmocka_unit_test(test_requests_are_answered_as_aws_did),
        cmocka_unit_test(test_the_same_rules_hold_in_cbor),
        cmocka_unit_test(test_types_come_before_constraints),
        cmocka_unit_test(test_members_reach_the_structs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
