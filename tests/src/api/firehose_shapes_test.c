/* firehose_shapes_test.c - the tables of Firehose: what a body of each operation becomes, and the
 * corpus of its fuzzer. What they refuse is in firehose_table_test.c. */
#include "src/api/firehose_shapes.h"

#include "src/aws/decode.h"
#include "src/aws/validate.h"
#include "tests/check.h"

static void *decoded(mr_arena *arena, mr_firehose_operation operation, const char *body)
{
    const mr_aws_input *input = &mr_firehose_inputs[operation];
    void *in = mr_arena_alloc(arena, input->shape->size);
    mr_aws_fault fault = {0};
    CHECK_INT(input->name,
              mr_aws_decode(MR_AWS_JSON, input->shape, mr_bytes_of(body), arena, in, &fault),
              MR_AWS_DECODED);
    CHECK_TRUE(body, mr_aws_validate(input->shape, in, arena, &fault));
    return in;
}

static void test_every_operation_has_its_row(void **state)
{
    (void)state;
    static const char *const names[MR_FIREHOSE_OPERATION_COUNT] = {
        "CreateDeliveryStream", "DeleteDeliveryStream",          "DescribeDeliveryStream",
        "ListDeliveryStreams",  "ListTagsForDeliveryStream",     "PutRecord",
        "PutRecordBatch",       "StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption",
        "TagDeliveryStream",    "UntagDeliveryStream",           "UpdateDestination",
    };
    for (size_t i = 0; i < MR_COUNT(names); i++) {
        CHECK_STR("in the order of the API Reference", mr_firehose_inputs[i].name, names[i]);
        CHECK_TRUE(names[i], mr_firehose_inputs[i].shape->hides_values);
    }
}

static void test_members_come_to_their_places(void **state)
{
    (void)state;
    mr_arena *arena = mr_arena_new();
    const mr_firehose_create_in *create = decoded(
        arena, MR_FIREHOSE_CREATE_DELIVERY_STREAM,
        "{\"DeliveryStreamName\":\"d\",\"ExtendedS3DestinationConfiguration\":{\"RoleARN\":"
        "\"arn:aws:iam::000000000000:role/r\",\"BucketARN\":\"arn:aws:s3:::b\",\"BufferingHints\":"
        "{\"SizeInMBs\":3,\"IntervalInSeconds\":4},\"CustomTimeZone\":\"\",\"S3BackupConfiguration"
        "\":{\"RoleARN\":\"arn:aws:iam::000000000000:role/s\",\"BucketARN\":\"arn:aws:s3:::c\"}},"
        "\"IcebergDestinationConfiguration\":{\"RoleARN\":\"any\"},\"Tags\":[{\"Key\":\"k\"}]}");
    CHECK_BYTES("name", create->name, MR_BYTES_LITERAL("d"));
    CHECK_TRUE("extended", create->extended.has && !create->s3.has);
    CHECK_INT("size", create->extended.plain.hints.size_mib.value, 3);
    CHECK_INT("interval", create->extended.plain.hints.interval_s.value, 4);
    CHECK_BYTES("backup", create->extended.backup.bucket_arn, MR_BYTES_LITERAL("arn:aws:s3:::c"));
    CHECK_TRUE("an empty text is there", create->extended.time_zone.at != NULL);
    CHECK_TRUE("another destination", create->others.iceberg.has && !create->others.splunk.has);
    CHECK_INT("tags", create->tags.count, 1);

    const mr_firehose_update_in *update =
        decoded(arena, MR_FIREHOSE_UPDATE_DESTINATION,
                "{\"DeliveryStreamName\":\"d\",\"CurrentDeliveryStreamVersionId\":\"12\","
                "\"DestinationId\":\"x-1\",\"S3DestinationUpdate\":{\"Prefix\":\"p\"}}");
    CHECK_TRUE("no member is demanded of an update", update->s3.has);
    CHECK_BYTES("prefix", update->s3.prefix, MR_BYTES_LITERAL("p"));
    CHECK_BYTES("version", update->version, MR_BYTES_LITERAL("12"));

    const mr_firehose_put_batch_in *batch =
        decoded(arena, MR_FIREHOSE_PUT_RECORD_BATCH,
                "{\"DeliveryStreamName\":\"d\",\"Records\":[{\"Data\":\"YWI=\"},{\"Data\":\"\"}]}");
    const mr_firehose_record *records = batch->records.items;
    CHECK_INT("records", batch->records.count, 2);
    CHECK_BYTES("data", records[0].data, MR_BYTES_LITERAL("ab"));
    CHECK_TRUE("no data is data", records[1].data.at != NULL && records[1].data.len == 0);
    mr_arena_free(arena);
}

static void test_the_corpus_of_the_fuzzer(void **state)
{
    (void)state;
    CHECK_CORPUS(firehose_body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_operation_has_its_row),
        cmocka_unit_test(test_members_come_to_their_places),
        cmocka_unit_test(test_the_corpus_of_the_fuzzer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
