/* intrinsics_test.c - what the intrinsic functions give, seen in the name of a stream. */
#include "tests/src/config/plan_help.h"

#define HEAD                                                                                       \
    "Transform: AWS::LanguageExtensions\n"                                                         \
    "Parameters:\n"                                                                                \
    "  Stage: {Type: String, Default: prod}\n"                                                     \
    "  Count: {Type: Number, Default: 3}\n"                                                        \
    "  Zones: {Type: CommaDelimitedList, Default: 'a, b ,c'}\n"                                    \
    "Mappings:\n"                                                                                  \
    "  Names: {prod: {short: p, '1': one}, us-east-1: {short: use1}}\n"                            \
    "Conditions:\n"                                                                                \
    "  IsProd: !Equals [!Ref Stage, prod]\n"                                                       \
    "  IsTest: !Not [!Condition IsProd]\n"                                                         \
    "  Both: !And [!Condition IsProd, !Equals [!Ref Count, '3'], !Equals [1, '1']]\n"              \
    "  Either: !Or [!Condition IsTest, !Equals [a, b]]\n"                                          \
    "Resources:\n"                                                                                 \
    "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: data.bucket}}\n"                        \
    "  F: {Type: AWS::KinesisFirehose::DeliveryStream, Properties: {DeliveryStreamName: hose, "    \
    "S3DestinationConfiguration: {BucketARN: !GetAtt B.Arn, RoleARN: r}}}\n"                       \
    "  Q: {Type: AWS::SQS::Queue}\n"                                                               \
    "  S:\n"                                                                                       \
    "    Type: AWS::Glue::Database\n"                                                              \
    "    Properties:\n"                                                                            \
    "      CatalogId: !Ref AWS::AccountId\n"                                                       \
    "      DatabaseInput:\n"                                                                       \
    "        Name: x\n"                                                                            \
    "        Description: "

/* The description of the database, which may be any text. */
static void check_value(const char *label, const char *expression, const char *want)
{
    static const mr_plan_parameter parameters[] = {{"resolve:ssm:/table/name", "resolved"}};
    char *text = mr_format("%s%s\n", HEAD, expression);
    mr_plan_options options = {
        .file = "t.yaml", .parameters = parameters, .parameter_count = MR_COUNT(parameters)};
    mr_plan *plan = mr_plan_from_text(&options, mr_bytes_of(text));
    char *findings = findings_text(plan);
    CHECK_INT(label, plan->error_count, 0);
    CHECK_STR(label, findings,
              "W t.yaml:16: Resources.Q.Type: AWS::SQS::Queue is not modelled here: nothing runs "
              "for it, Ref and Fn::GetAtt give made-up values");
    CHECK_INT(label, plan->database_count, 1);
    CHECK_STR(label, plan->databases[0].description, want);
    mr_free(findings);
    mr_free(text);
    mr_plan_free(plan);
}

static void test_functions_give_what_cloudformation_gives(void **state)
{
    (void)state;
    static const struct {
        const char *label, *expression, *want;
    } cases[] = {
        {"a plain word", "word", "word"},
        {"a version date", "2012-10-17", "2012-10-17"},
        {"a number with a leading zero", "012345678901", "012345678901"},
        {"yes is a text", "yes", "yes"},
        {"Ref of a parameter", "!Ref Stage", "prod"},
        {"Ref in the long form", "{Ref: Count}", "3"},
        {"Ref of the region", "!Ref AWS::Region", "us-east-1"},
        {"Ref of the account", "!Ref 'AWS::AccountId'", "000000000000"},
        {"Ref of the partition", "!Ref AWS::Partition", "aws"},
        {"Ref of the URL suffix", "!Ref AWS::URLSuffix", "amazonaws.com"},
        {"Ref of the stack", "!Ref AWS::StackName", "millrace"},
        {"Ref of a bucket", "!Ref B", "data.bucket"},
        {"Ref of a delivery stream", "!Ref F", "hose"},
        {"GetAtt with a dot", "!GetAtt B.Arn", "arn:aws:s3:::data.bucket"},
        {"GetAtt with a list", "!GetAtt [F, Arn]",
         "arn:aws:firehose:us-east-1:000000000000:deliverystream/hose"},
        {"GetAtt in the long form", "{'Fn::GetAtt': [B, RegionalDomainName]}",
         "data.bucket.s3.us-east-1.amazonaws.com"},
        {"GetAtt of what is not modelled", "!GetAtt Q.Arn",
         "arn:aws:sqs:us-east-1:000000000000:millrace-Q-SRDQK6UT4T29"},
        {"another GetAtt of it", "!GetAtt Q.QueueUrl", "Q.QueueUrl"},
        {"Sub of a parameter", "!Sub 'a-${Stage}-b'", "a-prod-b"},
        {"Sub of an attribute", "!Sub '${B.Arn}/*'", "arn:aws:s3:::data.bucket/*"},
        {"Sub of a pseudo parameter", "!Sub 's3://${AWS::AccountId}/${AWS::Region}/'",
         "s3://000000000000/us-east-1/"},
        {"Sub with its own map", "!Sub ['${x}/${Stage}', {x: !Ref B}]", "data.bucket/prod"},
        {"Sub's own map comes first", "!Sub ['${Stage}', {Stage: mine}]", "mine"},
        {"Sub of a literal", "!Sub 'dt=${!dt}/${Stage}'", "dt=${dt}/prod"},
        {"Sub leaves Firehose's expressions", "!Sub '${Stage}/!{timestamp:yyyy}/'",
         "prod/!{timestamp:yyyy}/"},
        {"Sub of a dollar", "!Sub 'a$b$$'", "a$b$$"},
        {"Sub that does not close", "!Sub 'a${b'", "a${b"},
        {"Join", "!Join ['/', [a, !Ref Stage, 3]]", "a/prod/3"},
        {"Join of a list parameter", "!Join ['+', !Ref Zones]", "a+b+c"},
        {"Join of nothing", "!Join [',', []]", ""},
        {"Join without a delimiter", "!Join ['', ['arn:', !Ref 'AWS::Partition', ':s3']]",
         "arn:aws:s3"},
        {"Join leaves out NoValue", "!Join [',', [a, !Ref AWS::NoValue, b]]", "a,b"},
        {"Select", "!Select [1, [a, b, c]]", "b"},
        {"Select by text", "!Select ['2', !Ref Zones]", "c"},
        {"Select of a zone", "!Select [0, !GetAZs '']", "us-east-1a"},
        {"Split", "!Select [2, !Split ['|', 'a||c']]", "c"},
        {"Split keeps empty pieces", "!Join ['.', !Split ['|', '|a|']]", ".a."},
        {"Split by two letters", "!Select [1, !Split ['::', 'a::b']]", "b"},
        {"If of a true condition", "!If [IsProd, yes, no]", "yes"},
        {"If of a false condition", "!If [IsTest, yes, no]", "no"},
        {"If of And", "!If [Both, yes, no]", "yes"},
        {"If of Or", "!If [Either, yes, no]", "no"},
        {"the unused branch is not evaluated", "!If [IsProd, yes, !Ref Nothing]", "yes"},
        {"If inside Sub", "!Sub ['${x}', {x: !If [IsProd, a, b]}]", "a"},
        {"FindInMap", "!FindInMap [Names, prod, short]", "p"},
        {"FindInMap by Ref", "!FindInMap [Names, !Ref AWS::Region, short]", "use1"},
        {"FindInMap by number", "!FindInMap [Names, !Ref Stage, 1]", "one"},
        {"FindInMap with a default", "!FindInMap [Names, x, short, {DefaultValue: none}]", "none"},
        {"Base64", "!Base64 hello", "aGVsbG8="},
        {"Base64 of Sub", "{'Fn::Base64': !Sub '${Stage}'}", "cHJvZA=="},
        {"Length", "!Join ['', [!Length [a, b, c]]]", "3"},
        {"Length of a parameter", "{'Fn::Length': !Ref Zones}", "3"},
        {"ToJsonString", "!ToJsonString {a: [1, true, '1'], b: {c: !Ref Stage}, d: \"x\\\"y\"}",
         "{\"a\":[1,true,\"1\"],\"b\":{\"c\":\"prod\"},\"d\":\"x\\\"y\"}"},
        {"Cidr", "!Select [1, !Cidr [10.0.0.0/16, 2, 8]]", "10.0.1.0/24"},
        {"Cidr of larger blocks", "!Select [3, !Cidr [192.168.0.0/16, 4, 12]]", "192.168.48.0/20"},
        {"a dynamic reference", "'x-{{resolve:ssm:/table/name}}-y'", "x-resolved-y"},
        {"braces that are none", "'{{other}}'", "{{other}}"},
    };
    for (size_t i = 0; i < MR_COUNT(cases); i++) {
        check_value(cases[i].label, cases[i].expression, cases[i].want);
    }
}

static void test_what_evaluation_makes_is_bounded(void **state)
{
    (void)state;
    mr_strbuf text = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&text, "Parameters: {P: {Type: String, Default: '");
    for (int i = 0; i < 4000; i++) {
        mr_strbuf_append_text(&text, "x");
    }
    mr_strbuf_append_text(&text, "'}}\nResources:\n  S:\n    Type: AWS::Kinesis::Stream\n"
                                 "    Properties:\n      Name: !Join\n        - ''\n        - - ");
    for (int i = 0; i < 5000; i++) {
        mr_strbuf_append_text(&text, i == 0 ? "!Sub '${P}'\n" : "          - !Sub '${P}'\n");
    }
    mr_plan *plan = plan_of(text.at);
    char *findings = findings_text(plan);
    CHECK_STR("a few lines cannot fill the memory", findings,
              "E t.yaml: the template grows past 1000000 values or 16 MiB of text when it is "
              "evaluated");
    mr_free(findings);
    mr_plan_free(plan);
    mr_strbuf_deinit(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_give_what_cloudformation_gives),
        cmocka_unit_test(test_what_evaluation_makes_is_bounded),
    };
    return run_in_source_root(tests);
}
