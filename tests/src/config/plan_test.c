/* plan_test.c - whole templates: the sample, SAM, what the CDK writes, JSON of any layout, names,
 * parameters and conditions. */
#include "tests/src/config/plan_help.h"

#include "sim/base/fs.h"
#include "src/platform/platform.h"

static mr_plan *load(const char *file)
{
    mr_plan_options options = {.file = file};
    mr_plan *plan = NULL;
    mr_error err;
    CHECK_OK(file, mr_plan_load(&options, &plan, &err), &err);
    return plan;
}

static void write_file(const char *directory, const char *name, const char *text)
{
    mr_file_system *fs = mr_platform_fs();
    char *path = mr_format("%s/%s", directory, name);
    mr_file *file;
    mr_error err;
    char *slash = strrchr(path, '/');
    *slash = '\0';
    CHECK_OK(path, fs->make_directories(fs, path, &err), &err);
    *slash = '/';
    CHECK_OK(path, fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK(path, fs->write_at(fs, file, mr_bytes_of(text), 0, &err), &err);
    fs->close(fs, file);
    mr_free(path);
}

/* ---- the sample ---- */

static void test_the_sample_loads_without_errors(void **state)
{
    (void)state;
    mr_plan *plan = load("data/crimes/template.yaml");
    CHECK_INT("errors", plan->error_count, 0);
    CHECK_INT("streams", plan->stream_count, 1);
    CHECK_STR("stream", plan->streams[0].logical_id, "CrimeStream");
    CHECK_INT("shards", plan->streams[0].options.shard_count, 2);
    CHECK_INT("retention", plan->streams[0].options.retention_us, INT64_C(86400000000));

    CHECK_INT("delivery streams", plan->delivery_count, 1);
    const mr_delivery_options *delivery = &plan->deliveries[0].options;
    CHECK_STR("source", delivery->source, plan->streams[0].options.name);
    CHECK_TRUE("size", delivery->destination.size_bytes >= MR_MIB);
    CHECK_TRUE("interval", delivery->destination.interval_us >= INT64_C(1000000));
    CHECK_TRUE("Lambda interval", delivery->lambda_interval_us >= INT64_C(1000000));
    CHECK_TRUE("backup", delivery->backup_enabled);
    CHECK_INT("backup's compression", delivery->backup.compression, MR_COMPRESSION_GZIP);
    CHECK_STR("backup's prefix", delivery->backup.prefix, "raw/");

    CHECK_INT("functions", plan->function_count, 1);
    const mr_function_options *function = &plan->functions[0].options;
    CHECK_STR("runtime", function->runtime, "python3.12");
    CHECK_STR("directory", function->directory, "data/crimes/handlers");
    CHECK_HAS("ARN", delivery->function, function->name);
    assert_non_null(function->builtin);
    CHECK_INT("columns", function->builtin->column_count, 12);
    CHECK_INT("fields of location", function->builtin->columns[7].from_count, 2);

    CHECK_INT("buckets", plan->bucket_count, 2);
    CHECK_STR("database", plan->databases[0].name, "crimes");
    CHECK_STR("table", plan->tables[0].table.name, "crime_events");
    CHECK_STR("partition key", plan->tables[0].table.partition_keys[0].name, "dt");
    CHECK_INT("inputs", plan->input_count, 1);
    CHECK_STR("file", plan->inputs[0].file, "data/crimes/crimes.csv");
    CHECK_TRUE("load time", plan->inputs[0].options.encode.load_time);
    CHECK_STR("partition key", plan->inputs[0].options.key_column, "district");
    CHECK_INT("queries", plan->query_count, 3);
    CHECK_STR("query", plan->queries[0].name, "by_district");
    mr_plan_free(plan);
}

static void test_a_parameter_is_given_on_the_command_line(void **state)
{
    (void)state;
    static const mr_plan_parameter parameters[] = {{"Language", "node"}, {"ShardCount", "7"}};
    mr_plan_options options = {.file = "data/crimes/template.yaml",
                               .region = "eu-west-1",
                               .account = "123456789012",
                               .stack = "s",
                               .parameters = parameters,
                               .parameter_count = 2};
    mr_plan *plan;
    mr_error err;
    CHECK_OK("load", mr_plan_load(&options, &plan, &err), &err);
    CHECK_INT("errors", plan->error_count, 0);
    CHECK_INT("shards", plan->streams[0].options.shard_count, 7);
    CHECK_STR("runtime", plan->functions[0].options.runtime, "nodejs22.x");
    CHECK_HAS("ARN", plan->deliveries[0].options.function,
              "arn:aws:lambda:eu-west-1:123456789012:function:s-Decode-");
    mr_plan_free(plan);

    static const mr_plan_parameter wrong[] = {{"Language", "cobol"}, {"Shards", "7"}};
    options.parameters = wrong;
    CHECK_OK("load", mr_plan_load(&options, &plan, &err), &err);
    char *text = findings_text(plan);
    CHECK_HAS("not allowed", text,
              "Parameters.Language: Parameter 'Language' must be one of AllowedValues [python, "
              "node]");
    CHECK_HAS("no such parameter", text,
              "E data/crimes/template.yaml: Parameters: [Shards] do not exist in the template");
    mr_free(text);
    mr_plan_free(plan);
}

static void test_a_file_that_cannot_be_read_is_an_error(void **state)
{
    (void)state;
    mr_plan_options options = {.file = "no/such/template.yaml"};
    mr_plan *plan;
    mr_error err;
    CHECK_CODE("absent", mr_plan_load(&options, &plan, &err), MR_NOT_FOUND);
    CHECK_TRUE("no plan", plan == NULL);
    CHECK_HAS("absent", err.message, "no/such/template.yaml");

    char *directory = check_temp_dir();
    char *text = mr_alloc(MR_MIB + 2);
    memset(text, ' ', MR_MIB + 1);
    text[MR_MIB + 1] = '\0';
    write_file(directory, "large.yaml", text);
    char *file = mr_format("%s/large.yaml", directory);
    options.file = file;
    CHECK_CODE("large", mr_plan_load(&options, &plan, &err), MR_TOO_LARGE);
    mr_free(file);
    mr_free(text);
    check_remove_dir(directory);
}

/* ---- names and order ---- */

static void test_generated_names_are_the_same_in_every_run(void **state)
{
    (void)state;
    static const char text[] = "Resources:\n  MyBucket: {Type: AWS::S3::Bucket}\n"
                               "  MyStream: {Type: AWS::Kinesis::Stream}\n";
    mr_plan *a = plan_of(text), *b = plan_of(text);
    CHECK_STR("bucket", a->buckets[0].name, b->buckets[0].name);
    CHECK_STR("bucket", a->buckets[0].name, "millrace-mybucket-wcoexkuxkhx8");
    CHECK_STR("stream", a->streams[0].options.name, "millrace-MyStream-LH30TBC06YDP");
    mr_plan_options options = {.file = "t.yaml", .stack = "other"};
    mr_plan *c = mr_plan_from_text(&options, mr_bytes_of(text));
    CHECK_HAS("another stack", c->buckets[0].name, "other-mybucket-");
    mr_plan_free(a);
    mr_plan_free(b);
    mr_plan_free(c);
}

static void test_a_long_logical_id_is_cut_to_the_services_limit(void **state)
{
    (void)state;
    mr_plan *plan =
        plan_of("Resources:\n"
                "  AVeryLongLogicalIdThatGoesOnAndOnAndOnUntilNoServiceWouldTakeItAsItStands:\n"
                "    Type: AWS::S3::Bucket\n");
    CHECK_INT("errors", plan->error_count, 0);
    CHECK_INT("length", strlen(plan->buckets[0].name), 63);
    mr_plan_free(plan);
}

static void test_resources_are_created_after_those_that_they_name(void **state)
{
    (void)state;
    mr_plan *plan = plan_of("Resources:\n"
                            "  A: {Type: AWS::Kinesis::Stream, DependsOn: [C]}\n"
                            "  B: {Type: AWS::Kinesis::Stream}\n"
                            "  C: {Type: AWS::Kinesis::Stream, Properties: {Name: !Sub '${D}-c'}}\n"
                            "  D: {Type: AWS::Kinesis::Stream, Properties: {Name: d}}\n");
    CHECK_INT("errors", plan->error_count, 0);
    char order[5] = {0};
    for (size_t i = 0; i < plan->stream_count && i < 4; i++) {
        order[i] = plan->streams[i].logical_id[0];
    }
    CHECK_STR("order", order, "BDCA");
    CHECK_STR("name of C", plan->streams[2].options.name, "d-c");
    CHECK_STR("by id", mr_plan_resolve_stream(plan, "C"), "d-c");
    CHECK_STR("by name", mr_plan_resolve_stream(plan, "d-c"), "d-c");
    CHECK_TRUE("no delivery stream", mr_plan_resolve_delivery(plan, "C") == NULL);
    mr_plan_free(plan);
}

static void test_what_a_false_condition_leaves_out_does_not_run(void **state)
{
    (void)state;
    mr_plan *plan = plan_of("Parameters: {Stage: {Type: String, Default: dev}}\n"
                            "Conditions: {IsProd: !Equals [!Ref Stage, prod]}\n"
                            "Resources:\n"
                            "  A: {Type: AWS::Kinesis::Stream, Condition: IsProd}\n"
                            "  B:\n    Type: AWS::Kinesis::Stream\n    Properties:\n"
                            "      Name: !If [IsProd, !Ref A, b]\n"
                            "      ShardCount: !If [IsProd, 8, 1]\n"
                            "      RetentionPeriodHours: !If [IsProd, 48, !Ref AWS::NoValue]\n"
                            "Outputs:\n  O: {Condition: IsProd, Value: !Ref A}\n");
    CHECK_INT("findings", plan->finding_count, 0);
    CHECK_INT("streams", plan->stream_count, 1);
    CHECK_STR("name", plan->streams[0].options.name, "b");
    CHECK_INT("shards", plan->streams[0].options.shard_count, 1);
    CHECK_INT("retention", plan->streams[0].options.retention_us, INT64_C(86400000000));
    mr_plan_free(plan);
}

static void test_numbers_and_booleans_may_be_texts(void **state)
{
    (void)state;
    mr_plan *plan = plan_of("Resources:\n  B: {Type: AWS::S3::Bucket}\n  D:\n"
                            "    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n"
                            "      ExtendedS3DestinationConfiguration:\n"
                            "        BucketARN: !Join ['', ['arn:aws:s3:::', !Ref B]]\n"
                            "        RoleARN: r\n"
                            "        BufferingHints: {SizeInMBs: '64', IntervalInSeconds: \"0\"}\n"
                            "        ProcessingConfiguration:\n"
                            "          Enabled: 'true'\n"
                            "          Processors: [{Type: AppendDelimiterToRecord, Parameters: "
                            "[{ParameterName: Delimiter, ParameterValue: '\\n'}]}]\n");
    CHECK_INT("errors", plan->error_count, 0);
    const mr_delivery_options *options = &plan->deliveries[0].options;
    CHECK_STR("bucket", options->destination.bucket, plan->buckets[0].name);
    CHECK_INT("size", options->destination.size_bytes, 64 * MR_MIB);
    CHECK_INT("interval", options->destination.interval_us, 0);
    CHECK_TRUE("delimiter", options->append_delimiter);
    CHECK_TRUE("DirectPut", options->source == NULL);
    mr_plan_free(plan);
}

/* ---- JSON ---- */

static void test_json_may_have_tabs_or_be_one_long_line(void **state)
{
    (void)state;
    mr_plan *plan = plan_of("{\n\t\"Resources\" : {\n\t\t\"S\" : {\n"
                            "\t\t\t\"Type\" : \"AWS::Kinesis::Stream\",\n"
                            "\t\t\t\"Properties\" : { \"ShardCount\" : 2, \"ShardCuont\": 1 }\n"
                            "\t\t}\n\t}\n}\n");
    char *text = findings_text(plan);
    CHECK_STR("tabs", text,
              "E t.yaml:5: Resources.S.Properties.ShardCuont: Encountered unsupported property "
              "ShardCuont; did you mean ShardCount?");
    mr_free(text);
    mr_plan_free(plan);

    mr_strbuf json = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    mr_strbuf_append_text(&json, "{\"Resources\":{");
    for (int i = 0; i < 400; i++) {
        mr_strbuf_appendf(&json,
                          "%s\"Stream%d\":{\"Type\":\"AWS::Kinesis::Stream\",\"Properties\":"
                          "{\"ShardCount\":%d}}",
                          i == 0 ? "" : ",", i, i + 1);
    }
    mr_strbuf_append_text(&json, "}}");
    plan = plan_of(json.at);
    CHECK_INT("findings", plan->finding_count, 0);
    CHECK_INT("streams", plan->stream_count, 400);
    CHECK_INT("shards", plan->streams[399].options.shard_count, 400);
    mr_plan_free(plan);
    mr_strbuf_deinit(&json);
}

/* ---- SAM ---- */

static void test_sam_functions_take_globals_and_imply_resources(void **state)
{
    (void)state;
    mr_plan *plan = plan_of(
        "Transform: [AWS::Serverless-2016-10-31]\n"
        "Globals:\n  Function:\n    Runtime: nodejs22.x\n    Timeout: 10\n    MemorySize: 512\n"
        "    Environment: {Variables: {VAR_A: global, VAR_B: global}}\n"
        "Resources:\n"
        "  B: {Type: AWS::S3::Bucket}\n"
        "  S: {Type: AWS::Kinesis::Stream}\n"
        "  F:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        "      CodeUri: data/crimes/handlers\n      Handler: node/decode.handler\n"
        "      Timeout: 20\n      AutoPublishAlias: live\n"
        "      Environment: {Variables: {VAR_B: own, VAR_C: own}}\n"
        "      Events:\n        Feed: {Type: Kinesis, Properties: {Stream: !GetAtt S.Arn, "
        "StartingPosition: LATEST}}\n"
        "  D:\n    Type: AWS::KinesisFirehose::DeliveryStream\n    Properties:\n"
        "      ExtendedS3DestinationConfiguration:\n"
        "        BucketARN: !GetAtt B.Arn\n        RoleARN: !GetAtt FRole.Arn\n"
        "        ProcessingConfiguration:\n          Enabled: true\n          Processors:\n"
        "            - Type: Lambda\n              Parameters:\n"
        "                - {ParameterName: LambdaArn, ParameterValue: !Ref F.Alias}\n"
        "Outputs:\n  V: {Value: !Sub '${F.Version}'}\n  E: {Value: !Ref FFeed}\n");
    char *text = findings_text(plan);
    CHECK_STR("findings", text, "");
    mr_free(text);
    CHECK_INT("functions", plan->function_count, 1);
    CHECK_INT("mappings", plan->mapping_count, 1);
    CHECK_STR("its id", plan->mappings[0].logical_id, "FFeed");
    CHECK_STR("it invokes the alias", plan->mappings[0].settings.function,
              plan->deliveries[0].options.function);
    const mr_function_options *function = &plan->functions[0].options;
    CHECK_STR("runtime", function->runtime, "nodejs22.x");
    CHECK_INT("the function wins", function->timeout_us, INT64_C(20000000));
    CHECK_INT("memory", function->memory_mib, 512);
    CHECK_STR("A", function->environment[0], "VAR_A=global");
    CHECK_STR("B", function->environment[1], "VAR_B=own");
    CHECK_STR("C", function->environment[2], "VAR_C=own");
    CHECK_TRUE("no more", function->environment[3] == NULL);
    char *want =
        mr_format("arn:aws:lambda:us-east-1:000000000000:function:%s:live", function->name);
    CHECK_STR("alias", plan->deliveries[0].options.function, want);
    mr_free(want);
    mr_plan_free(plan);
}

static void test_sam_mistakes_are_named(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"no transform", "Resources:\n  F: {Type: AWS::Serverless::Function}\n",
         "E t.yaml:2: Resources.F.Type: Template format error: Unrecognized resource types: "
         "[AWS::Serverless::Function]; add \"Transform: AWS::Serverless-2016-10-31\" at the top "
         "of the template"},
        {"a misspelt globals section",
         "Transform: AWS::Serverless-2016-10-31\nGlobals: {Funktion: {}}\n"
         "Resources:\n  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Globals.Funktion: 'Globals' section is invalid. 'Funktion' is not "
         "supported; did you mean Function?"},
        {"a misspelt property in globals",
         "Transform: AWS::Serverless-2016-10-31\nGlobals:\n  Function:\n    Timeuot: 3\n"
         "Resources:\n  F:\n    Type: AWS::Serverless::Function\n"
         "    Properties: {Runtime: python3.12, Handler: index.h, InlineCode: x}\n",
         "E t.yaml:4: Resources.F.Properties.Timeuot: Encountered unsupported property Timeuot; "
         "did you mean Timeout?"},
        {"an image",
         "Transform: AWS::Serverless-2016-10-31\nResources:\n  F:\n"
         "    Type: AWS::Serverless::Function\n    Properties: {ImageUri: x}\n",
         "E t.yaml:5: Resources.F.Properties.ImageUri: container images do not run here; give "
         "the code as a folder or a Zip package"},
        {"another type of SAM",
         "Transform: AWS::Serverless-2016-10-31\nResources:\n"
         "  A: {Type: AWS::Serverless::Api, Properties: {StageName: x}}\n",
         "W t.yaml:3: Resources.A.Type: AWS::Serverless::Api is not modelled here: nothing runs "
         "for it, Ref and Fn::GetAtt give made-up values"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

/* ---- CDK ---- */

/* Of the shape that the CDK synthesises: reference/cloudformation.md section 7. */
static const char cdk_template[] =
    "{\"Resources\":{"
    "\"Stream90E0ADBB\":{\"Type\":\"AWS::Kinesis::Stream\",\"Properties\":{"
    "\"RetentionPeriodHours\":24,\"ShardCount\":{\"Fn::If\":[\"Unsupported\",1,2]},"
    "\"StreamEncryption\":{\"Fn::If\":[\"Unsupported\",{\"Ref\":\"AWS::NoValue\"},"
    "{\"EncryptionType\":\"KMS\",\"KeyId\":\"alias/aws/kinesis\"}]}},"
    "\"UpdateReplacePolicy\":\"Retain\",\"DeletionPolicy\":\"Retain\"},\n"
    "\"Data15B8EB62\":{\"Type\":\"AWS::S3::Bucket\",\"DeletionPolicy\":\"Retain\"},\n"
    "\"FnServiceRole\":{\"Type\":\"AWS::IAM::Role\",\"Properties\":{"
    "\"AssumeRolePolicyDocument\":{\"Version\":\"2012-10-17\",\"Statement\":[]},"
    "\"ManagedPolicyArns\":[{\"Fn::Join\":[\"\",[\"arn:\",{\"Ref\":\"AWS::Partition\"},"
    "\":iam::aws:policy/service-role/AWSLambdaBasicExecutionRole\"]]}]}},\n"
    "\"Fn9270CBC0\":{\"Type\":\"AWS::Lambda::Function\",\"Properties\":{"
    "\"Code\":{\"S3Bucket\":{\"Fn::Sub\":\"cdk-hnb659fds-assets-${AWS::AccountId}-"
    "${AWS::Region}\"},\"S3Key\":\"abc123.zip\"},\"Handler\":\"index.handler\","
    "\"Role\":{\"Fn::GetAtt\":[\"FnServiceRole\",\"Arn\"]},\"Runtime\":\"nodejs20.x\"},"
    "\"DependsOn\":[\"FnServiceRole\"]},\n"
    "\"Delivery\":{\"Type\":\"AWS::KinesisFirehose::DeliveryStream\",\"Properties\":{"
    "\"DeliveryStreamType\":\"KinesisStreamAsSource\",\"KinesisStreamSourceConfiguration\":{"
    "\"KinesisStreamARN\":{\"Fn::GetAtt\":[\"Stream90E0ADBB\",\"Arn\"]},\"RoleARN\":"
    "{\"Fn::GetAtt\":[\"FnServiceRole\",\"Arn\"]}},\"ExtendedS3DestinationConfiguration\":{"
    "\"BucketARN\":{\"Fn::GetAtt\":[\"Data15B8EB62\",\"Arn\"]},\"RoleARN\":"
    "{\"Fn::GetAtt\":[\"FnServiceRole\",\"Arn\"]},\"ProcessingConfiguration\":{\"Enabled\":true,"
    "\"Processors\":[{\"Type\":\"Lambda\",\"Parameters\":[{\"ParameterName\":\"LambdaArn\","
    "\"ParameterValue\":{\"Fn::GetAtt\":[\"Fn9270CBC0\",\"Arn\"]}}]}]}}},"
    "\"DependsOn\":\"FnServiceRole\"},\n"
    "\"Db\":{\"Type\":\"AWS::Glue::Database\",\"Properties\":{\"CatalogId\":"
    "{\"Ref\":\"AWS::AccountId\"},\"DatabaseInput\":{\"Name\":\"crimes\"}}},\n"
    "\"Table\":{\"Type\":\"AWS::Glue::Table\",\"Properties\":{\"CatalogId\":"
    "{\"Ref\":\"AWS::AccountId\"},\"DatabaseName\":{\"Ref\":\"Db\"},\"TableInput\":{\"Name\":"
    "\"t\",\"Parameters\":{\"projection.enabled\":true,\"projection.dt.type\":\"injected\","
    "\"storage.location.template\":"
    "{\"Fn::Join\":[\"\",[\"s3://\",{\"Ref\":\"Data15B8EB62\"},\"/crimes/${dt}\"]]}},"
    "\"PartitionKeys\":[{\"Name\":\"dt\",\"Type\":\"string\"}],\"StorageDescriptor\":{"
    "\"Columns\":[{\"Name\":\"a\",\"Type\":\"int\"}]}}}},\n"
    "\"CDKMetadata\":{\"Type\":\"AWS::CDK::Metadata\",\"Properties\":{\"Analytics\":\"v2\"},"
    "\"Condition\":\"CDKMetadataAvailable\"}},\n"
    "\"Conditions\":{\"Unsupported\":{\"Fn::Or\":[{\"Fn::Equals\":[{\"Ref\":\"AWS::Region\"},"
    "\"cn-north-1\"]},{\"Fn::Equals\":[{\"Ref\":\"AWS::Region\"},\"cn-northwest-1\"]}]},"
    "\"CDKMetadataAvailable\":{\"Fn::Not\":[{\"Condition\":\"Unsupported\"}]}},\n"
    "\"Parameters\":{\"BootstrapVersion\":{\"Type\":\"AWS::SSM::Parameter::Value<String>\","
    "\"Default\":\"/cdk-bootstrap/hnb659fds/version\",\"Description\":\"Version\"}},\n"
    "\"Rules\":{\"CheckBootstrapVersion\":{\"Assertions\":[{\"Assert\":{\"Fn::Not\":["
    "{\"Fn::Contains\":[[\"1\",\"2\"],{\"Ref\":\"BootstrapVersion\"}]}]}}]}}}\n";

static void test_a_cdk_stack_finds_its_code_by_the_list_of_assets(void **state)
{
    (void)state;
    char *directory = check_temp_dir();
    char *file = mr_format("%s/App.template.json", directory);
    write_file(directory, "App.template.json", cdk_template);
    write_file(directory, "App.assets.json",
               "{\"version\":\"36.0.0\",\"files\":{\"abc123\":{\"source\":{\"path\":"
               "\"asset.abc123\",\"packaging\":\"zip\"},\"destinations\":{\"current\":"
               "{\"bucketName\":\"b\",\"objectKey\":\"abc123.zip\"}}}}}");
    write_file(directory, "asset.abc123/index.js", "exports.handler = async e => e;\n");
    mr_plan *plan = load(file);
    CHECK_INT("errors", plan->error_count, 0);
    CHECK_INT("shards", plan->streams[0].options.shard_count, 2);
    CHECK_INT("functions", plan->function_count, 1);
    char *want = mr_format("%s/asset.abc123", directory);
    CHECK_STR("directory", plan->functions[0].options.directory, want);
    CHECK_STR("projection", plan->tables[0].table.parameters[0].value, "true");
    CHECK_HAS("template", plan->tables[0].table.parameters[2].value, "/crimes/${dt}");
    mr_free(want);
    mr_plan_free(plan);

    /* Without the list, the folder is found by its name; without the folder, that is said. */
    mr_error err;
    char *list = mr_format("%s/App.assets.json", directory);
    CHECK_OK("remove", mr_fs_remove_tree(mr_platform_fs(), list, &err), &err);
    plan = load(file);
    CHECK_INT("errors", plan->error_count, 0);
    CHECK_INT("functions", plan->function_count, 1);
    mr_plan_free(plan);

    char *asset = mr_format("%s/asset.abc123", directory);
    CHECK_OK("remove", mr_fs_remove_tree(mr_platform_fs(), asset, &err), &err);
    plan = load(file);
    char *text = findings_text(plan);
    CHECK_INT("errors", plan->error_count, 1);
    CHECK_HAS("no code", text,
              "Resources.Fn9270CBC0.Properties.Code: the code is the object abc123.zip of a "
              "bucket, which is not here: give Code (or CodeUri) the path of its folder");
    mr_free(text);
    mr_plan_free(plan);
    mr_free(asset);
    mr_free(list);
    mr_free(file);
    check_remove_dir(directory);
}

/* ---- aliases ---- */

static void test_anchors_and_merges_reach_the_plan(void **state)
{
    (void)state;
    mr_plan *plan = plan_of("Metadata:\n  Defaults: &defaults {ShardCount: 3, "
                            "RetentionPeriodHours: 48}\n"
                            "Resources:\n"
                            "  A: {Type: AWS::Kinesis::Stream, Properties: *defaults}\n"
                            "  B:\n    Type: AWS::Kinesis::Stream\n    Properties:\n"
                            "      <<: *defaults\n      ShardCount: 5\n");
    CHECK_INT("findings", plan->finding_count, 0);
    CHECK_INT("A", plan->streams[0].options.shard_count, 3);
    CHECK_INT("B", plan->streams[1].options.shard_count, 5);
    CHECK_INT("B", plan->streams[1].options.retention_us, 2 * INT64_C(86400000000));
    mr_plan_free(plan);
}

static void test_roles_are_named_in_one_warning_a_type(void **state)
{
    (void)state;
    mr_plan *plan = load("data/crimes/template.yaml");
    size_t roles = 0;
    for (size_t i = 0; i < plan->finding_count; i++) {
        roles += mr_bytes_ends_with(mr_bytes_of(plan->findings[i].message),
                                    MR_BYTES_LITERAL("permissions are not checked here"))
                     ? 1
                     : 0;
        CHECK_TRUE("sorted", i == 0 || plan->findings[i - 1].line <= plan->findings[i].line);
    }
    CHECK_INT("functions, roles, delivery streams", roles, 3);
    mr_plan_free(plan);
}

static void test_the_fuzz_corpus_holds(void **state)
{
    (void)state;
    CHECK_CORPUS(template);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_sample_loads_without_errors),
        cmocka_unit_test(test_a_parameter_is_given_on_the_command_line),
        cmocka_unit_test(test_a_file_that_cannot_be_read_is_an_error),
        cmocka_unit_test(test_generated_names_are_the_same_in_every_run),
        cmocka_unit_test(test_a_long_logical_id_is_cut_to_the_services_limit),
        cmocka_unit_test(test_resources_are_created_after_those_that_they_name),
        cmocka_unit_test(test_what_a_false_condition_leaves_out_does_not_run),
        cmocka_unit_test(test_numbers_and_booleans_may_be_texts),
        cmocka_unit_test(test_json_may_have_tabs_or_be_one_long_line),
        cmocka_unit_test(test_sam_functions_take_globals_and_imply_resources),
        cmocka_unit_test(test_sam_mistakes_are_named),
        cmocka_unit_test(test_a_cdk_stack_finds_its_code_by_the_list_of_assets),
        cmocka_unit_test(test_anchors_and_merges_reach_the_plan),
        cmocka_unit_test(test_roles_are_named_in_one_warning_a_type),
        cmocka_unit_test(test_the_fuzz_corpus_holds),
    };
    return run_in_source_root(tests);
}
