/* millrace_metadata_test.c - inputs, queries and builtins: one mistake each, and the one line that
 * it gets. */
#include "src/config/millrace_metadata.h"

#include "sim/base/fs.h"
#include "src/platform/platform.h"
#include "tests/src/config/plan_help.h"

#include <cjson/cJSON.h>

#define FUNCTION                                                                                   \
    "Resources:\n"                                                                                 \
    "  B: {Type: AWS::S3::Bucket}\n"                                                               \
    "  D:\n"                                                                                       \
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"                                             \
    "    Properties:\n"                                                                            \
    "      ExtendedS3DestinationConfiguration:\n"                                                  \
    "        BucketARN: !GetAtt B.Arn\n"                                                           \
    "        RoleARN: r\n"                                                                         \
    "        ProcessingConfiguration:\n"                                                           \
    "          Enabled: true\n"                                                                    \
    "          Processors:\n"                                                                      \
    "            - {Type: Lambda, Parameters: [{ParameterName: LambdaArn, "                        \
    "ParameterValue: !GetAtt F.Arn}]}\n"                                                           \
    "  F:\n"                                                                                       \
    "    Type: AWS::Lambda::Function\n"

#define PYTHON                                                                                     \
    "    Properties:\n"                                                                            \
    "      Runtime: python3.12\n"                                                                  \
    "      Handler: index.handler\n"                                                               \
    "      Role: r\n"

#define DELIVERY                                                                                   \
    "Resources:\n"                                                                                 \
    "  B: {Type: AWS::S3::Bucket}\n"                                                               \
    "  S: {Type: AWS::Kinesis::Stream}\n"                                                          \
    "  D:\n"                                                                                       \
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"                                             \
    "    Properties:\n"

#define SOURCE                                                                                     \
    "      DeliveryStreamType: KinesisStreamAsSource\n"                                            \
    "      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt S.Arn, "                   \
    "RoleARN: r}\n"

#define DESTINATION                                                                                \
    "      ExtendedS3DestinationConfiguration:\n"                                                  \
    "        BucketARN: !GetAtt B.Arn\n"                                                           \
    "        RoleARN: r\n"

#define AT_METADATA "Resources.F.Metadata.Millrace"

static void test_millrace_metadata_has_no_room_for_misspellings(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"a builtin for code that is not here",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Type: string, From: 1}]\n" PYTHON
                  "      Code: {S3Bucket: b, S3Key: k}\n",
         "W t.yaml:24: Resources.F.Properties.Code: the code is the object k of a "
         "bucket, which is not here; the builtin runs instead"},
        {"a builtin for another runtime",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Type: string, From: 1}]\n"
                  "    Properties:\n"
                  "      Runtime: java21\n"
                  "      Handler: a.b\n"
                  "      Role: r\n"
                  "      Code: data/crimes/handlers\n",
         "W t.yaml:21: Resources.F.Properties.Runtime: the runtime java21 does not "
         "run here (python3.N, nodejsN.x and provided do); the builtin runs instead"},
        {"a misspelt Builtin",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Bultin: {Kind: json}\n" PYTHON "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA ".Bultin: there is no key Bultin here; did you mean Builtin?"},
        {"a misspelt kind",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: delimited-to-jsn}\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA ".Builtin.Kind: there is no builtin delimited-to-jsn; it is "
         "delimited-to-json, json or sentiment; did you mean delimited-to-json?"},
        {"a sentiment that is right",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: sentiment, Field: text, Label: mood, Scores: moods, "
                  "PartitionKey: label}\n" PYTHON "      Code: {ZipFile: 'x'}\n",
         ""},
        {"a sentiment of nothing",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: sentiment}\n" PYTHON "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA
         ".Builtin: builtin sentiment needs Field, the name of a member"},
        {"two members of one name",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: sentiment, Field: sentiment}\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA
         ".Builtin: builtin sentiment: Field and Label are both \"sentiment\""},
        {"a name that JSON escapes",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: sentiment, Field: 'a\\b'}\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA
         ".Builtin: builtin sentiment: Field \"a\\b\" is not of plain ASCII characters"},
        {"a list for a name",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: sentiment, Field: [text]}\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA ".Builtin.Field: Field is a name, as text"},
        {"columns of a sentiment",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: sentiment, Field: text, Columns: []}\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA ".Builtin.Columns: Columns does not go with sentiment"},
        {"a field of another kind",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Kind: json, Field: text}\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA ".Builtin.Field: Field goes with sentiment, not with json"},
        {"no kind",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin: {Columns: []}\n" PYTHON "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA ".Builtin: Kind must be given, as text"},
        {"a misspelt builtin key",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Type: string, From: 1}]\n"
                  "          Delimeter: x\n" PYTHON "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:20: " AT_METADATA
         ".Builtin.Delimeter: there is no key Delimeter here; did you mean Delimiter?"},
        {"a delimiter of two letters",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Type: string, From: 1}]\n"
                  "          Delimiter: '||'\n" PYTHON "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:20: " AT_METADATA ".Builtin.Delimiter: Delimiter is one character, or tab"},
        {"a misspelt column key",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Tipe: string, From: 1}]\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:19: " AT_METADATA
         ".Builtin.Columns[0].Tipe: there is no key Tipe here; did you mean Type?"},
        {"a column type that is not known",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Type: strng, From: 1}]\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA
         ".Builtin: builtin column \"a\": no type \"strng\" in \"strng\"; there are "
         "string, int, bigint, double, boolean, timestamp, date and "
         "struct<name:type,...>"},
        {"a field counted from zero",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Type: string, From: 0}]\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:19: " AT_METADATA
         ".Builtin.Columns[0].From: From is the number of a field, counted from 1, "
         "or a list of them"},
        {"a part that is not known",
         FUNCTION "    Metadata:\n"
                  "      Millrace:\n"
                  "        Builtin:\n"
                  "          Kind: delimited-to-json\n"
                  "          Columns: [{Name: a, Type: string, From: 1, Part: yaer}]\n" PYTHON
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_METADATA
         ".Builtin: builtin column \"a\": Part must be year, month, day, hour, "
         "minute or second, not \"yaer\""},
        {"metadata on a stream",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Metadata: {Millrace: {Builtin: {Kind: json}}}\n",
         "E t.yaml:4: Resources.S.Metadata.Millrace: Millrace metadata of a resource "
         "is for functions (Builtin); Inputs and Queries stand at the top of the "
         "template"},
        {"Millrace in lower case",
         "Metadata: {millrace: {Inputs: []}}\n"
         "Resources: {S: {Type: AWS::Kinesis::Stream}}\n",
         "E t.yaml:1: Metadata.millrace: this key is spelled Millrace"},
        {"an input that is right",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: data/crimes/template.yaml, Rate: 10/s, "
         "Columns: [a, b], PartitionKey: \"column:a\"}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         ""},
        {"a misspelt section",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: data/crimes/template.yaml}\n"
         "    Querys: {}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:5: Metadata.Millrace.Querys: there is no key Querys here; did you "
         "mean Queries?"},
        {"a misspelt input key",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, Fiel: x}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0].Fiel: there is no key Fiel here; "
         "did you mean File?\n"
         "E t.yaml:4: Metadata.Millrace.Inputs[0]: File must be given, as text"},
        {"no file",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0]: File must be given, as text"},
        {"a file that is not there",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: nothing.csv}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "W t.yaml:4: Metadata.Millrace.Inputs[0].File: there is no file "
         "nothing.csv; it must be there when the pipeline runs, unless --input "
         "replaces it"},
        {"a stream that is not there",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Streem, File: data/crimes/template.yaml}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0].Stream: the template has no stream "
         "Streem, by logical id or name; did you mean Stream?"},
        {"a bad rate",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: data/crimes/template.yaml, Rate: fast}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0].Rate: Rate: 'fast' is not a number "
         "with /s, /m or /h, such as 200/s, or max"},
        {"a bad partition key",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: data/crimes/template.yaml, PartitionKey: "
         "\"colum:a\"}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0].PartitionKey: PartitionKey: "
         "'colum:a' is not column:NAME, round-robin, random or const:TEXT"},
        {"a bad encoding",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: data/crimes/template.yaml, Encode: xml}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0].Encode: Encode: 'xml' is not "
         "delimited:CHARACTER (such as delimited:|), json, csv or raw"},
        {"a map for a rate",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: data/crimes/template.yaml, Rate: {a: b}}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0].Rate: Rate must be one value"},
        {"an input that is a text",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - crimes.csv\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:4: Metadata.Millrace.Inputs[0]: an input is a map with Stream and "
         "File"},
        {"a query that is a list",
         "Metadata:\n"
         "  Millrace:\n"
         "    Inputs:\n"
         "      - {Stream: Stream, File: data/crimes/template.yaml}\n"
         "    Queries: {a: [b]}\n"
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:5: Metadata.Millrace.Queries.a: a query is SQL, as text"},
        {"an input of a delivery stream with a source",
         "Metadata: {Millrace: {Inputs: [{Stream: D, File: "
         "data/crimes/template.yaml}]}}\n" DELIVERY SOURCE DESTINATION,
         "E t.yaml:1: Metadata.Millrace.Inputs[0].Stream: This operation is not "
         "permitted on KinesisStreamAsSource delivery stream type.; put the records "
         "on the stream millrace-S-8D3IB67EKWEJ"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

/* ---- the schema for editors ---- */

static cJSON *read_schema(void)
{
    char *path = mr_format("%s/data/schemas/millrace-metadata.schema.json", check_source_root());
    char *text;
    size_t len;
    mr_error err;
    CHECK_OK("schema", mr_fs_read_file(mr_platform_fs(), path, MR_MIB, &text, &len, &err), &err);
    cJSON *schema = cJSON_Parse(text);
    CHECK_TRUE("the schema is JSON", schema != NULL);
    mr_free(text);
    mr_free(path);
    return schema;
}

static void test_the_schema_has_the_keys_that_the_reader_has(void **state)
{
    (void)state;
    cJSON *schema = read_schema();
    const cJSON *definitions = cJSON_GetObjectItemCaseSensitive(schema, "definitions");
    size_t count;
    const mr_metadata_level *levels = mr_metadata_levels(&count);
    for (size_t i = 0; i < count; i++) {
        const cJSON *level = cJSON_GetObjectItemCaseSensitive(definitions, levels[i].name);
        const cJSON *properties = cJSON_GetObjectItemCaseSensitive(level, "properties");
        CHECK_INT(levels[i].name, cJSON_GetArraySize(properties), levels[i].key_count);
        for (size_t k = 0; k < levels[i].key_count; k++) {
            CHECK_TRUE(levels[i].keys[k], cJSON_HasObjectItem(properties, levels[i].keys[k]) != 0);
        }
        CHECK_TRUE(levels[i].name,
                   cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(level, "additionalProperties")));
    }
    cJSON_Delete(schema);
}

static void test_an_input_takes_every_option_of_the_producer(void **state)
{
    (void)state;
    size_t level_count, option_count;
    const mr_metadata_level *levels = mr_metadata_levels(&level_count);
    const mr_input_option *options = mr_input_option_table(&option_count);
    const mr_metadata_level *input = &levels[1];
    CHECK_STR("level", input->name, "input");
    CHECK_INT("options, Stream and File", input->key_count, option_count + 2);
    for (size_t i = 0; i < option_count; i++) {
        bool found = false;
        for (size_t k = 0; k < input->key_count; k++) {
            found = found || mr_input_option_find(input->keys[k]) == &options[i];
        }
        CHECK_TRUE(options[i].name, found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_millrace_metadata_has_no_room_for_misspellings),
        cmocka_unit_test(test_the_schema_has_the_keys_that_the_reader_has),
        cmocka_unit_test(test_an_input_takes_every_option_of_the_producer),
    };
    return run_in_source_root(tests);
}
