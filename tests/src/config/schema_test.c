/* schema_test.c - properties are honoured, refused or named: one mistake each, and the one line
 * that it gets. */
#include "tests/src/config/plan_help.h"

#define TABLE_HEAD                                                                                 \
    "Resources:\n"                                                                                 \
    "  D: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref AWS::AccountId, "               \
    "DatabaseInput: {Name: d}}}\n"                                                                 \
    "  T:\n"                                                                                       \
    "    Type: AWS::Glue::Table\n"                                                                 \
    "    Properties:\n"                                                                            \
    "      CatalogId: !Ref AWS::AccountId\n"                                                       \
    "      DatabaseName: !Ref D\n"

#define AT_STORAGE "Resources.T.Properties.TableInput.StorageDescriptor"

static void test_properties_are_honoured_refused_or_named(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"a misspelt property",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      ShardCuont: 1\n",
         "E t.yaml:5: Resources.S.Properties.ShardCuont: Encountered unsupported "
         "property ShardCuont; did you mean ShardCount?"},
        {"a word for a number",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      ShardCount: two\n",
         "E t.yaml:5: Resources.S.Properties.ShardCount: Properties validation "
         "failed for resource S with message: #/ShardCount: expected type: Integer, "
         "found: String"},
        {"a list for a number",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      ShardCount: [1]\n",
         "E t.yaml:5: Resources.S.Properties.ShardCount: Properties validation "
         "failed for resource S with message: #/ShardCount: expected type: Integer, "
         "found: JSONArray"},
        {"a number below its range",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      ShardCount: 0\n",
         "E t.yaml:5: Resources.S.Properties.ShardCount: 1 validation error "
         "detected: Value '0' at 'shardCount' failed to satisfy constraint: Member "
         "must have value greater than or equal to 1"},
        {"a retention below a day",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      RetentionPeriodHours: 1\n",
         "E t.yaml:5: Resources.S.Properties.RetentionPeriodHours: 1 validation "
         "error detected: Value '1' at 'retentionPeriodHours' failed to satisfy "
         "constraint: Member must have value greater than or equal to 24"},
        {"a retention above a year",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      RetentionPeriodHours: 9000\n",
         "E t.yaml:5: Resources.S.Properties.RetentionPeriodHours: 1 validation "
         "error detected: Value '9000' at 'retentionPeriodHours' failed to satisfy "
         "constraint: Member must have value less than or equal to 8760"},
        {"a misspelt word",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      StreamModeDetails: {StreamMode: ON_DEMND}\n",
         "E t.yaml:5: Resources.S.Properties.StreamModeDetails.StreamMode: 1 "
         "validation error detected: Value 'ON_DEMND' at "
         "'streamModeDetails.streamMode' failed to satisfy constraint: Member must "
         "satisfy enum value set: [PROVISIONED, ON_DEMAND]; did you mean ON_DEMAND?"},
        {"a misspelt nested property",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      StreamModeDetails: {Mode: ON_DEMAND}\n",
         "E t.yaml:5: Resources.S.Properties.StreamModeDetails.Mode: Encountered "
         "unsupported property Mode\n"
         "E t.yaml:5: Resources.S.Properties.StreamModeDetails: Properties "
         "validation failed for resource S with message: #/StreamModeDetails: "
         "required key [StreamMode] not found"},
        {"a text for an object",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      StreamModeDetails: ON_DEMAND\n",
         "E t.yaml:5: Resources.S.Properties.StreamModeDetails: Properties "
         "validation failed for resource S with message: #/StreamModeDetails: "
         "expected type: JSONObject, found: String"},
        {"shards of an on-demand stream",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      ShardCount: 2\n"
         "      StreamModeDetails: {StreamMode: ON_DEMAND}\n",
         "E t.yaml:5: Resources.S.Properties.ShardCount: ShardCount must not be "
         "given with the stream mode ON_DEMAND: remove it"},
        {"no shards of a provisioned stream",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      StreamModeDetails: {StreamMode: PROVISIONED}\n",
         "E t.yaml:5: Resources.S.Properties.StreamModeDetails: ShardCount is "
         "required with the stream mode PROVISIONED"},
        {"a bad stream name",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: my stream\n",
         "E t.yaml:5: Resources.S.Properties.Name: 1 validation error detected: "
         "Value 'my stream' at 'streamName' failed to satisfy constraint: Member "
         "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+, with 1 to 128 "
         "characters"},
        {"what is not modelled, once",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Tags: [{Key: a, Value: b}]\n"
         "  T:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Tags: [{Key: a, Value: b}]}\n",
         "W t.yaml:5: Resources.S.Properties.Tags: tags are not kept here"},
        {"a misspelling in what is not modelled",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      StreamEncryption: {EncryptionType: KMS, KeyID: x}\n",
         "W t.yaml:5: Resources.S.Properties.StreamEncryption: nothing is encrypted "
         "here; objects and records are the same for a reader\n"
         "E t.yaml:5: Resources.S.Properties.StreamEncryption.KeyID: Encountered "
         "unsupported property KeyID; did you mean KeyId?\n"
         "E t.yaml:5: Resources.S.Properties.StreamEncryption: Properties validation "
         "failed for resource S with message: #/StreamEncryption: required key "
         "[KeyId] not found"},
        {"a required property below",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      StreamEncryption: {KeyId: x}\n",
         "W t.yaml:5: Resources.S.Properties.StreamEncryption: nothing is encrypted "
         "here; objects and records are the same for a reader\n"
         "E t.yaml:5: Resources.S.Properties.StreamEncryption: Properties validation "
         "failed for resource S with message: #/StreamEncryption: required key "
         "[EncryptionType] not found"},
        {"two streams of one name",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: a\n"
         "  T:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Name: a}\n",
         "E t.yaml:8: Resources.T.Properties.Name: Stream a under account "
         "000000000000 already exists."},
        {"a bucket name in capitals",
         "Resources:\n"
         "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: MyBucket}}\n",
         "E t.yaml:2: Resources.B.Properties.BucketName: Bucket name should not "
         "contain uppercase characters: MyBucket"},
        {"a short bucket name",
         "Resources:\n"
         "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: ab}}\n",
         "E t.yaml:2: Resources.B.Properties.BucketName: Bucket name should be "
         "between 3 and 63 characters long: ab"},
        {"a bucket name that is an address",
         "Resources:\n"
         "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: 10.0.0.1}}\n",
         "E t.yaml:2: Resources.B.Properties.BucketName: Bucket name must not be "
         "formatted as an IP Address: 10.0.0.1"},
        {"a bucket name with a slash",
         "Resources:\n"
         "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: a/../b}}\n",
         "E t.yaml:2: Resources.B.Properties.BucketName: Bucket name should contain "
         "only lowercase letters, numbers, periods (.), and dashes (-): a/../b"},
        {"two buckets of one name",
         "Resources:\n"
         "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: abc}}\n"
         "  C: {Type: AWS::S3::Bucket, Properties: {BucketName: abc}}\n",
         "E t.yaml:3: Resources.C.Properties.BucketName: abc already exists"},
        {"a database without a catalog",
         "Resources:\n"
         "  D: {Type: AWS::Glue::Database, Properties: {DatabaseInput: {Name: d}}}\n",
         "E t.yaml:2: Resources.D.Properties: Properties validation failed for "
         "resource D with message: #: required key [CatalogId] not found"},
        {"a table without its input", TABLE_HEAD,
         "E t.yaml:5: Resources.T.Properties: Properties validation failed for "
         "resource T with message: #: required key [TableInput] not found"},
        {"a column type that does not read",
         TABLE_HEAD "      TableInput:\n"
                    "        Name: t\n"
                    "        StorageDescriptor:\n"
                    "          Columns:\n"
                    "            - {Name: a, Type: strng}\n",
         "E t.yaml:12: " AT_STORAGE
         ".Columns[0].Type: type \"strng\": there is no such type at character 1"},
        {"a misspelt serde",
         TABLE_HEAD "      TableInput:\n"
                    "        Name: t\n"
                    "        StorageDescriptor:\n"
                    "          SerDeInfo: {SerializationLibrary: x}\n",
         "E t.yaml:11: " AT_STORAGE
         ".SerDeInfo: Encountered unsupported property SerDeInfo; did you mean "
         "SerdeInfo?"},
        {"a table over a web address",
         TABLE_HEAD "      TableInput:\n"
                    "        Name: t\n"
                    "        StorageDescriptor: {Location: \"https://x/y\"}\n",
         "E t.yaml:10: " AT_STORAGE
         ".Location: a table reads objects of a bucket: s3://BUCKET/PREFIX/"},
        {"a table of another bucket",
         TABLE_HEAD "      TableInput:\n"
                    "        Name: t\n"
                    "        StorageDescriptor: {Location: \"s3://elsewhere/y/\"}\n",
         "W t.yaml:10: " AT_STORAGE
         ".Location: the template does not make the bucket elsewhere: the table will "
         "be empty"},
        {"a table of another database",
         "Resources:\n"
         "  D: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref "
         "AWS::AccountId, DatabaseInput: {Name: d}}}\n"
         "  T:\n"
         "    Type: AWS::Glue::Table\n"
         "    Properties:\n"
         "      CatalogId: !Ref AWS::AccountId\n"
         "      DatabaseName: other\n"
         "      TableInput: {Name: t}\n",
         "W t.yaml:7: Resources.T.Properties.DatabaseName: the template does not "
         "make the database other; it is taken to be there, and empty"},
        {"two columns of one name",
         TABLE_HEAD "      TableInput:\n"
                    "        Name: t\n"
                    "        StorageDescriptor:\n"
                    "          Columns: [{Name: a, Type: int}, {Name: A, Type: int}]\n",
         "E t.yaml:8: Resources.T.Properties.TableInput: table t: "
         "HIVE_INVALID_METADATA: Table descriptor contains duplicate columns: a is "
         "there twice"},
        {"a projection out of form",
         TABLE_HEAD "      TableInput:\n"
                    "        Name: t\n"
                    "        PartitionKeys: [{Name: dt, Type: string}]\n"
                    "        Parameters: {projection.enabled: true, projection.dt.type: dat}\n"
                    "        StorageDescriptor: {Columns: [{Name: a, Type: int}]}\n",
         "E t.yaml:8: Resources.T.Properties.TableInput: table t: projection.dt.type "
         "is \"dat\"; give enum, integer, date or injected"},
        {"an iceberg table",
         TABLE_HEAD "      OpenTableFormatInput: {IcebergInput: {MetadataOperation: CREATE}}\n"
                    "      TableInput: {Name: t}\n",
         "E t.yaml:8: Resources.T.Properties.OpenTableFormatInput: open table "
         "formats (Iceberg) are not read here"},
        {"another catalog",
         "Resources:\n"
         "  D: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref "
         "AWS::AccountId, DatabaseInput: {Name: d}}}\n"
         "  T:\n"
         "    Type: AWS::Glue::Table\n"
         "    Properties:\n"
         "      CatalogId: '123456789012'\n"
         "      DatabaseName: !Ref D\n"
         "      TableInput: {Name: t}\n",
         "W t.yaml:6: Resources.T.Properties.CatalogId: the only catalog here is "
         "that of the account 000000000000; it is used"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties_are_honoured_refused_or_named),
    };
    return run_in_source_root(tests);
}
