/* check_report_test.c - what `millrace check` prints of a small template, byte for byte. */
#include "src/config/check_report.h"

#include "tests/src/config/plan_help.h"

#include <cjson/cJSON.h>

static const char template_text[] =
    "Description: Small\n"
    "Metadata:\n"
    "  Millrace:\n"
    "    Inputs: [{Stream: S, File: '-', Rate: 5/s, PartitionKey: 'column:a', Encode: json}]\n"
    "    Queries: {all: \"SELECT *\\nFROM d.t\"}\n"
    "Resources:\n"
    "  S: {Type: AWS::Kinesis::Stream, Properties: {Name: events, ShardCount: 2}}\n"
    "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}\n"
    "  H:\n"
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"
    "    Properties:\n"
    "      DeliveryStreamName: hose\n"
    "      DeliveryStreamType: KinesisStreamAsSource\n"
    "      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt S.Arn, RoleARN: r}\n"
    "      ExtendedS3DestinationConfiguration:\n"
    "        BucketARN: !GetAtt B.Arn\n"
    "        RoleARN: r\n"
    "        Prefix: in/\n"
    "        CompressionFormat: GZIP\n"
    "        ProcessingConfiguration:\n"
    "          Enabled: true\n"
    "          Processors:\n"
    "            - {Type: AppendDelimiterToRecord}\n"
    "            - {Type: Lambda, Parameters: [{ParameterName: LambdaArn, ParameterValue: "
    "!GetAtt F.Arn}]}\n"
    "  F:\n"
    "    Type: AWS::Lambda::Function\n"
    "    Properties: {FunctionName: f, Runtime: python3.12, Handler: index.h, Role: r, "
    "Code: {ZipFile: 'x = 1'}}\n"
    "  D: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref AWS::AccountId, "
    "DatabaseInput: {Name: d}}}\n"
    "  T:\n"
    "    Type: AWS::Glue::Table\n"
    "    Properties:\n"
    "      CatalogId: !Ref AWS::AccountId\n"
    "      DatabaseName: !Ref D\n"
    "      TableInput:\n"
    "        Name: t\n"
    "        PartitionKeys: [{Name: dt, Type: string}]\n"
    "        StorageDescriptor: {Location: !Sub 's3://${B}/in/', Columns: [{Name: a, Type: int}]}\n"
    "  X: {Type: AWS::Kinesis::Stream, Properties: {ShardCuont: 1}}\n"
    "  P:\n"
    "    Type: AWS::Glue::Partition\n"
    "    Properties:\n"
    "      CatalogId: !Ref AWS::AccountId\n"
    "      DatabaseName: !Ref D\n"
    "      TableName: !Ref T\n"
    "      PartitionInput: {Values: [old], StorageDescriptor: {Location: 's3://data/in/2024/'}}\n"
    "  N:\n"
    "    Type: AWS::Athena::NamedQuery\n"
    "    Properties: {Name: newest, Database: !Ref D, QueryString: 'SELECT max(dt) FROM t'}\n"
    "  M:\n"
    "    Type: AWS::Lambda::EventSourceMapping\n"
    "    Properties: {FunctionName: !Ref F, EventSourceArn: !GetAtt S.Arn, StartingPosition: "
    "LATEST,\n"
    "      MaximumBatchingWindowInSeconds: 5, ParallelizationFactor: 2, MaximumRetryAttempts: 1,\n"
    "      BisectBatchOnFunctionError: true, DestinationConfig: {OnFailure: {Destination: !GetAtt "
    "B.Arn}},\n"
    "      FilterCriteria: {Filters: [{Pattern: '{\"partitionKey\":[\"k\"]}'}]}}\n";

static const char want_text[] =
    "t.yaml: stack millrace, region us-east-1, account 000000000000\n"
    "\n"
    "data stream S (line 7)\n"
    "  name            events\n"
    "  shards          2\n"
    "  retention       24 hours\n"
    "  largest record  1024 KiB\n"
    "\n"
    "delivery stream H (line 9)\n"
    "  name            hose\n"
    "  source          events\n"
    "  transform       F: python3.12 index.h\n"
    "  its buffer      1 MiB or 60 s, 3 retries\n"
    "  delimiter       a newline after each record\n"
    "  bucket          data\n"
    "  buffer          5 MiB or 300 s, whichever comes first\n"
    "  compression     GZIP\n"
    "  object          in/2025/01/01/00/hose-1-2025-01-01-00-00-00-"
    "b3594751-3f00-4b64-9992-f6c8b6622c88.gz\n"
    "  failed records  in/processing-failed/2025/01/01/00/hose-1-2025-01-01-00-00-00-"
    "b3594751-3f00-4b64-9992-f6c8b6622c88\n"
    "\n"
    "function F (line 25)\n"
    "  name            f\n"
    "  runs            python3.12 index.h\n"
    "  code            inline, 5 bytes\n"
    "  timeout         3 s\n"
    "  memory          128 MiB\n"
    "\n"
    "event source mapping M (line 49)\n"
    "  source          arn:aws:kinesis:us-east-1:000000000000:stream/events\n"
    "  function        F\n"
    "  from            LATEST\n"
    "  batches         100 records or 5 s, whichever comes first; 2 of a shard at once\n"
    "  failed ones     are tried 1 time more, halved first; then they go to arn:aws:s3:::data\n"
    "  filter          {\"partitionKey\":[\"k\"]}\n"
    "\n"
    "bucket B (line 8)\n"
    "  name            data\n"
    "\n"
    "database D (line 28)\n"
    "  name            d\n"
    "\n"
    "table T (line 29)\n"
    "  name            d.t\n"
    "  location        s3://data/in/\n"
    "  format          none\n"
    "  columns         a int\n"
    "  partitions      dt string\n"
    "  found by        the folders of delivered objects\n"
    "\n"
    "partition P (line 39)\n"
    "  table           d.t\n"
    "  values          old\n"
    "  location        s3://data/in/2024/\n"
    "\n"
    "input - (line 4)\n"
    "  stream          S\n"
    "  rate            5 rows a second\n"
    "  partition key   column:a\n"
    "  record          json\n"
    "\n"
    "query all (line 5)\n"
    "  SELECT *\n"
    "  FROM d.t\n"
    "\n"
    "named query N (line 46)\n"
    "  name            newest\n"
    "  database        d\n"
    "  SELECT max(dt) FROM t\n"
    "\n"
    "taken by AWS, without effect here:\n"
    "  t.yaml:14: Resources.H.Properties.KinesisStreamSourceConfiguration.RoleARN: permissions are "
    "not checked here\n"
    "  t.yaml:27: Resources.F.Properties.Role: permissions are not checked here\n"
    "\n"
    "to be mended:\n"
    "  t.yaml:38: Resources.X.Properties.ShardCuont: Encountered unsupported property ShardCuont; "
    "did you mean ShardCount?\n"
    "\n"
    "t.yaml: 1 data stream, 1 delivery stream, 1 function, 1 event source mapping, 1 bucket, "
    "1 database, 1 table, 1 partition, 1 input, 2 queries; 2 warnings, 1 error\n";

static void test_the_text_names_what_runs_and_what_does_not(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_check_report_text(plan, &out);
    CHECK_BYTES("text", mr_strbuf_bytes(&out), mr_bytes_of(want_text));
    mr_strbuf_deinit(&out);
    mr_plan_free(plan);
}

static const cJSON *at(const cJSON *json, const char *list, const char *member)
{
    const cJSON *runs = cJSON_GetObjectItemCaseSensitive(json, "runs");
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(runs != NULL ? runs : json, list);
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(array, 0), member);
}

static void test_the_json_says_the_same(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(template_text);
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_check_report_json(plan, &out);
    CHECK_TRUE("one line", memchr(out.at, '\n', out.len) == out.at + out.len - 1);
    cJSON *json = cJSON_Parse(out.at);
    CHECK_TRUE("JSON", json != NULL);
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(json, "format");
    CHECK_INT("format", format->valueint, 1);
    CHECK_INT("shards", at(json, "streams", "shards")->valueint, 2);
    CHECK_STR("source", at(json, "deliveryStreams", "source")->valuestring, "events");
    const cJSON *destination = at(json, "deliveryStreams", "destination");
    CHECK_HAS("key", cJSON_GetObjectItemCaseSensitive(destination, "exampleKey")->valuestring,
              "in/2025/01/01/00/hose-1-2025-01-01-00-00-00-");
    CHECK_STR("runs", at(json, "functions", "runs")->valuestring, "python3.12 index.h");
    CHECK_STR("mapping", at(json, "eventSourceMappings", "function")->valuestring, "F");
    CHECK_INT("retries", at(json, "eventSourceMappings", "retries")->valueint, 1);
    CHECK_STR("bucket", at(json, "buckets", "name")->valuestring, "data");
    CHECK_STR("partitions", at(json, "tables", "partitionsFoundBy")->valuestring, "folders");
    const cJSON *values = at(json, "partitions", "values");
    CHECK_STR("value", cJSON_GetArrayItem(values, 0)->valuestring, "old");
    CHECK_STR("location", at(json, "partitions", "location")->valuestring, "s3://data/in/2024/");
    CHECK_STR("key", at(json, "inputs", "partitionKey")->valuestring, "column:a");
    CHECK_STR("query", at(json, "queries", "sql")->valuestring, "SELECT *\nFROM d.t");
    const cJSON *errors = cJSON_GetObjectItemCaseSensitive(json, "errors");
    CHECK_INT("errors", cJSON_GetArraySize(errors), 1);
    CHECK_INT("line", cJSON_GetObjectItem(cJSON_GetArrayItem(errors, 0), "line")->valueint, 38);
    CHECK_INT("warnings", cJSON_GetObjectItemCaseSensitive(json, "warningCount")->valueint, 2);
    cJSON_Delete(json);
    mr_strbuf_deinit(&out);
    mr_plan_free(plan);
}

static void test_a_partition_key_stands_in_the_example_by_its_name(void **state)
{
    (void)state;
    const mr_delivery_options options = {
        .name = "d",
        .dynamic_partitioning = true,
        .partition_query = "{customer: .c}",
        .destination = {.bucket = "data",
                        .prefix = "c=!{partitionKeyFromQuery:customer}/!{timestamp:yyyy}/",
                        .error_output_prefix = "bad/"},
        .backup = {.bucket = "backup"},
    };
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_check_report_key(&options, &options.destination, NULL, &out);
    CHECK_HAS("good", mr_strbuf_text(&out), "c=<customer>/2025/d-1-2025-01-01-00-00-00-");
    mr_strbuf_reset(&out);
    mr_check_report_key(&options, &options.destination, "processing-failed", &out);
    CHECK_HAS("failed", mr_strbuf_text(&out), "bad/processing-failed/2025/01/01/00/d-1-");
    mr_strbuf_deinit(&out);
    CHECK_INT("size", mr_check_report_size_mib(&options, &options.destination), 128);
    CHECK_INT("of the backup", mr_check_report_size_mib(&options, &options.backup), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_partition_key_stands_in_the_example_by_its_name),
        cmocka_unit_test(test_the_text_names_what_runs_and_what_does_not),
        cmocka_unit_test(test_the_json_says_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
