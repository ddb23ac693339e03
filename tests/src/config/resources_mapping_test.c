/* resources_mapping_test.c - event source mappings of a template, by themselves and as events of a
 * SAM function: what is read, and what is refused. */
#include "tests/src/config/plan_help.h"

#define BASE                                                                                       \
    "Resources:\n"                                                                                 \
    "  S: {Type: AWS::Kinesis::Stream, Properties: {Name: s}}\n"                                   \
    "  F: {Type: AWS::Lambda::Function, Properties: {FunctionName: f, Runtime: python3.12, "       \
    "Handler: index.handler, Role: 'arn:aws:iam::000000000000:role/r', Code: {ZipFile: 'x'}}}\n"   \
    "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: failed}}\n"                             \
    "  M:\n"                                                                                       \
    "    Type: AWS::Lambda::EventSourceMapping\n"                                                  \
    "    Properties:\n"
#define MAPPED                                                                                     \
    BASE "      FunctionName: !Ref F\n"                                                            \
         "      EventSourceArn: !GetAtt S.Arn\n"
#define STARTED MAPPED "      StartingPosition: TRIM_HORIZON\n"
#define AT      "Resources.M.Properties"
/* A mapping that is refused invokes nothing. */
#define UNUSED                                                                                     \
    "W t.yaml:3: Resources.F: no delivery stream and no event source mapping of this template "    \
    "invokes the function: it runs when a client invokes it\n"

static void test_every_property_is_read(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(MAPPED "      StartingPosition: AT_TIMESTAMP\n"
                                   "      StartingPositionTimestamp: 1735689600.5\n"
                                   "      BatchSize: 7\n"
                                   "      MaximumBatchingWindowInSeconds: 30\n"
                                   "      ParallelizationFactor: 4\n"
                                   "      MaximumRetryAttempts: 2\n"
                                   "      MaximumRecordAgeInSeconds: 120\n"
                                   "      BisectBatchOnFunctionError: true\n"
                                   "      Enabled: 'false'\n"
                                   "      FunctionResponseTypes: [ReportBatchItemFailures]\n"
                                   "      TumblingWindowInSeconds: 0\n"
                                   "      DestinationConfig: {OnFailure: {Destination: !GetAtt "
                                   "B.Arn}}\n"
                                   "      FilterCriteria: {Filters: [{Pattern: "
                                   "'{\"data\":{\"a\":[1]}}'}]}\n"
                                   "Outputs: {Id: {Value: !Ref M}}\n");
    char *text = findings_text(plan);
    CHECK_STR("findings", text, "");
    mr_free(text);
    CHECK_INT("mappings", plan->mapping_count, 1);
    const mr_mapping_settings *s = &plan->mappings[0].settings;
    CHECK_STR("function", s->function, "f");
    CHECK_STR("source", s->source_arn, "arn:aws:kinesis:us-east-1:000000000000:stream/s");
    CHECK_STR("role", s->role, "arn:aws:iam::000000000000:role/r");
    CHECK_INT("starting", s->starting, MR_ITERATOR_AT_TIMESTAMP);
    CHECK_INT("at", s->starting_us, INT64_C(1735689600500000));
    CHECK_INT("batch", s->batch_size, 7);
    CHECK_INT("window", s->window_s, 30);
    CHECK_INT("lanes", s->lanes, 4);
    CHECK_INT("retries", s->retries_max, 2);
    CHECK_INT("age", s->age_max_s, 120);
    CHECK_TRUE("bisect", s->bisect);
    CHECK_TRUE("off", !s->enabled);
    CHECK_TRUE("items", s->reports_items);
    CHECK_STR("failures", s->failure_arn, "arn:aws:s3:::failed");
    CHECK_INT("filters", s->filter_count, 1);
    CHECK_STR("filter", s->filters[0], "{\"data\":{\"a\":[1]}}");
    CHECK_INT("the function runs", plan->function_count, 1);
    mr_plan_free(plan);
}

static void test_what_is_left_out_is_as_on_aws(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(STARTED);
    char *text = findings_text(plan);
    CHECK_STR("findings", text, "");
    mr_free(text);
    const mr_mapping_settings *s = &plan->mappings[0].settings;
    CHECK_INT("batch", s->batch_size, 100);
    CHECK_INT("window", s->window_s, 0);
    CHECK_INT("lanes", s->lanes, 1);
    CHECK_INT("retries", s->retries_max, -1);
    CHECK_INT("age", s->age_max_s, -1);
    CHECK_TRUE("on", s->enabled);
    CHECK_TRUE("no failures", s->failure_arn == NULL);
    mr_plan_free(plan);
}

static void test_a_sam_event_of_type_kinesis_is_a_mapping(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  S: {Type: AWS::Kinesis::Stream, Properties: {Name: s}}\n"
        "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: failed}}\n"
        "  F:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties:\n"
        "      FunctionName: f\n"
        "      Runtime: python3.12\n"
        "      Handler: index.handler\n"
        "      InlineCode: x\n"
        "      Events:\n"
        "        Feed:\n"
        "          Type: Kinesis\n"
        "          Properties:\n"
        "            Stream: !GetAtt S.Arn\n"
        "            StartingPosition: LATEST\n"
        "            BatchSize: 5\n"
        "            DestinationConfig: {OnFailure: {Type: S3, Destination: !GetAtt B.Arn}}\n"
        "Outputs: {Id: {Value: !Ref FFeed}}\n");
    char *text = findings_text(plan);
    CHECK_STR("findings", text, "");
    mr_free(text);
    CHECK_INT("mappings", plan->mapping_count, 1);
    const mr_mapping_settings *s = &plan->mappings[0].settings;
    CHECK_STR("id", plan->mappings[0].logical_id, "FFeed");
    CHECK_STR("function", s->function, "f");
    CHECK_STR("source", s->source_arn, "arn:aws:kinesis:us-east-1:000000000000:stream/s");
    CHECK_INT("batch", s->batch_size, 5);
    CHECK_STR("failures", s->failure_arn, "arn:aws:s3:::failed");
    CHECK_INT("the function runs", plan->function_count, 1);
    mr_plan_free(plan);
    check_findings("a mistake is shown where it stands",
                   "Transform: AWS::Serverless-2016-10-31\n"
                   "Resources:\n"
                   "  S: {Type: AWS::Kinesis::Stream, Properties: {Name: s}}\n"
                   "  F:\n"
                   "    Type: AWS::Serverless::Function\n"
                   "    Properties:\n"
                   "      FunctionName: f\n"
                   "      Runtime: python3.12\n"
                   "      Handler: index.handler\n"
                   "      InlineCode: x\n"
                   "      Events:\n"
                   "        Feed:\n"
                   "          Type: Kinesis\n"
                   "          Properties:\n"
                   "            Stream: !GetAtt S.Arn\n"
                   "            StartingPosition: LATEST\n"
                   "            BatchSise: 5\n",
                   "W t.yaml:4: Resources.F: no delivery stream and no event source mapping of "
                   "this template invokes the function: it runs when a client invokes it\n"
                   "E t.yaml:17: Resources.F.Properties.Events.Feed.Properties.BatchSise: "
                   "Encountered unsupported property BatchSise; did you mean BatchSize?");
}

static void test_bad_mappings_are_refused(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"no starting position", MAPPED,
         UNUSED "E t.yaml:7: " AT
                ": 1 validation error detected: Value null at 'startingPosition' failed "
                "to satisfy constraint: Member must not be null."},
        {"a misspelt starting position", MAPPED "      StartingPosition: OLDEST\n",
         UNUSED
         "E t.yaml:7: " AT ": 1 validation error detected: Value 'OLDEST' at 'startingPosition' "
         "failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, "
         "TRIM_HORIZON]"},
        {"no timestamp", MAPPED "      StartingPosition: AT_TIMESTAMP\n",
         UNUSED "E t.yaml:7: " AT
                ": StartingPositionTimestamp is needed with AT_TIMESTAMP: seconds since "
                "1970"},
        {"a timestamp too many", STARTED "      StartingPositionTimestamp: 1\n",
         UNUSED "E t.yaml:7: " AT ": StartingPositionTimestamp counts for AT_TIMESTAMP alone"},
        {"batch size", STARTED "      BatchSize: 0\n",
         UNUSED "E t.yaml:7: " AT
                ": 1 validation error detected: Value '0' at 'batchSize' failed to "
                "satisfy constraint: Member must have value greater than or equal to 1"},
        {"a tumbling window", STARTED "      TumblingWindowInSeconds: 30\n",
         UNUSED "E t.yaml:7: " AT
                ": TumblingWindowInSeconds: tumbling windows are not supported here; "
                "give 0, or leave it out"},
        {"another response type", STARTED "      FunctionResponseTypes: [ReportAll]\n",
         UNUSED "E t.yaml:7: " AT ": FunctionResponseTypes may hold ReportBatchItemFailures alone"},
        {"a queue for failures",
         STARTED "      DestinationConfig: {OnFailure: {Destination: "
                 "'arn:aws:sqs:us-east-1:000000000000:q'}}\n",
         UNUSED "E t.yaml:7: " AT ": DestinationConfig.OnFailure.Destination: "
                "arn:aws:sqs:us-east-1:000000000000:q is not supported here; give a bucket, "
                "arn:aws:s3:::NAME"},
        {"a bad filter", STARTED "      FilterCriteria: {Filters: [{Pattern: '{'}]}\n",
         UNUSED "E t.yaml:7: " AT
                ": Invalid filter pattern definition. (it must be a JSON object)"},
        {"a filter without a pattern", STARTED "      FilterCriteria: {Filters: [{}]}\n",
         UNUSED "E t.yaml:7: " AT ": FilterCriteria: every filter needs a Pattern, a text of JSON"},
        {"a queue",
         BASE "      FunctionName: !Ref F\n"
              "      EventSourceArn: arn:aws:sqs:us-east-1:000000000000:q\n"
              "      StartingPosition: LATEST\n",
         UNUSED "E t.yaml:7: " AT
                ": EventSourceArn: arn:aws:sqs:us-east-1:000000000000:q is no data "
                "stream, and other event sources are not here"},
        {"a stream of somewhere else",
         BASE "      FunctionName: !Ref F\n"
              "      EventSourceArn: arn:aws:kinesis:us-east-1:000000000000:stream/t\n"
              "      StartingPosition: LATEST\n",
         "E t.yaml:9: " AT ".EventSourceArn: Stream not found: "
         "arn:aws:kinesis:us-east-1:000000000000:stream/t; every stream that a local run reads "
         "must be in the template: add an AWS::Kinesis::Stream"},
        {"a function of somewhere else",
         BASE "      FunctionName: g\n"
              "      EventSourceArn: !GetAtt S.Arn\n"
              "      StartingPosition: LATEST\n",
         UNUSED "E t.yaml:8: " AT
                ".FunctionName: Function not found: g; it must be in the template"},
        {"a bucket of somewhere else",
         STARTED "      DestinationConfig: {OnFailure: {Destination: 'arn:aws:s3:::elsewhere'}}\n",
         "W t.yaml:11: " AT ".DestinationConfig.OnFailure.Destination: the template does not make "
         "the bucket elsewhere; it is taken to be there, and empty"},
        {"Kafka", STARTED "      Topics: [t]\n",
         UNUSED "E t.yaml:11: " AT
                ".Topics: it is of event sources other than data streams, which are "
                "not here"},
        {"a key", STARTED "      KmsKeyArn: k\n",
         "W t.yaml:11: " AT ".KmsKeyArn: nothing is encrypted here"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_property_is_read),
        cmocka_unit_test(test_what_is_left_out_is_as_on_aws),
        cmocka_unit_test(test_a_sam_event_of_type_kinesis_is_a_mapping),
        cmocka_unit_test(test_bad_mappings_are_refused),
    };
    return run_in_source_root(tests);
}
