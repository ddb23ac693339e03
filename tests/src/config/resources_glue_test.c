/* resources_glue_test.c - partitions of a template, what is said of wrong ones, and crawlers. */
#include "tests/src/config/plan_help.h"

/* Lines 1 to 11: a bucket, a database and a table with two partition keys; P follows. */
#define TABLE                                                                                      \
    "Resources:\n"                                                                                 \
    "  B: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}\n"                               \
    "  D: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref AWS::AccountId, "               \
    "DatabaseInput: {Name: d}}}\n"                                                                 \
    "  T:\n"                                                                                       \
    "    Type: AWS::Glue::Table\n"                                                                 \
    "    Properties:\n"                                                                            \
    "      CatalogId: !Ref AWS::AccountId\n"                                                       \
    "      DatabaseName: !Ref D\n"                                                                 \
    "      TableInput:\n"                                                                          \
    "        Name: events\n"                                                                       \
    "        PartitionKeys: [{Name: year, Type: string}, {Name: month, Type: int}]\n"

#define STORAGE                                                                                    \
    "        StorageDescriptor:\n"                                                                 \
    "          Location: s3://data/in/\n"                                                          \
    "          Columns: [{Name: a, Type: int}]\n"                                                  \
    "          SerdeInfo: {SerializationLibrary: j, Parameters: {x: y}}\n"

#define PARTITION(id, input)                                                                       \
    "  " id ":\n"                                                                                  \
    "    Type: AWS::Glue::Partition\n"                                                             \
    "    Properties:\n"                                                                            \
    "      CatalogId: !Ref AWS::AccountId\n"                                                       \
    "      DatabaseName: D\n"                                                                      \
    "      TableName: Events\n"                                                                    \
    "      PartitionInput: {" input "}\n"

#define AT(location) "StorageDescriptor: {Location: '" location "'}"

static void test_partitions_are_those_of_the_template(void **state)
{
    (void)state;
    mr_plan *plan =
        plan_of(TABLE STORAGE PARTITION("P", "Values: [2006, '01'], " AT("s3://data/in/x/")));
    CHECK_INT("findings", plan->finding_count, 0);
    CHECK_INT("partitions", plan->partition_count, 1);
    const mr_plan_partition *partition = &plan->partitions[0];
    CHECK_STR("logical id", partition->logical_id, "P");
    CHECK_INT("line", partition->line, 16);
    CHECK_STR("database", partition->database, "d");
    CHECK_STR("table", partition->table, "events");
    CHECK_INT("values", partition->value_count, 2);
    CHECK_STR("year", partition->values[0], "2006");
    CHECK_STR("month", partition->values[1], "01");
    CHECK_STR("location", partition->location, "s3://data/in/x/");
    mr_plan_free(plan);
}

static void test_each_mistake_in_a_partition_is_one_finding(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"too few values", TABLE STORAGE PARTITION("P", "Values: [2006], " AT("s3://data/x/")),
         "E t.yaml:22: Resources.P.Properties.PartitionInput.Values: The number of partition keys "
         "do not match the number of partition values: 1 value, and table d.events has 2 partition "
         "keys: year, month"},
        {"too many values",
         TABLE STORAGE PARTITION("P", "Values: [2006, '1', '2'], " AT("s3://data/x/")),
         "E t.yaml:22: Resources.P.Properties.PartitionInput.Values: The number of partition keys "
         "do not match the number of partition values: 3 values, and table d.events has 2 "
         "partition keys: year, month"},
        {"no values", TABLE STORAGE PARTITION("P", AT("s3://data/x/")),
         "E t.yaml:22: Resources.P.Properties.PartitionInput: Properties validation failed for "
         "resource P with message: #/PartitionInput: required key [Values] not found"},
        {"no location", TABLE STORAGE PARTITION("P", "Values: [a, b]"),
         "E t.yaml:22: Resources.P.Properties.PartitionInput: a partition without a Location has "
         "no objects: give its StorageDescriptor a Location, s3://BUCKET/PREFIX/"},
        {"a web address", TABLE STORAGE PARTITION("P", "Values: [a, b], " AT("https://x/")),
         "E t.yaml:22: Resources.P.Properties.PartitionInput.StorageDescriptor.Location: a "
         "partition reads objects of a bucket: s3://BUCKET/PREFIX/"},
        {"another bucket", TABLE STORAGE PARTITION("P", "Values: [a, b], " AT("s3://other/x/")),
         "W t.yaml:22: Resources.P.Properties.PartitionInput.StorageDescriptor.Location: the "
         "template does not make the bucket other: the partition will be empty"},
        {"twice the same",
         TABLE STORAGE PARTITION("P", "Values: [a, b], " AT("s3://data/x/"))
             PARTITION("Q", "Values: [a, b], " AT("s3://data/y/")),
         "E t.yaml:29: Resources.Q.Properties.PartitionInput.Values: Partition already exists."},
        {"no such table",
         TABLE STORAGE "  P:\n"
                       "    Type: AWS::Glue::Partition\n"
                       "    Properties:\n"
                       "      CatalogId: !Ref AWS::AccountId\n"
                       "      DatabaseName: d\n"
                       "      TableName: event\n"
                       "      PartitionInput: {Values: [a, b], " AT("s3://data/x/") "}\n",
         "E t.yaml:21: Resources.P.Properties.TableName: no table d.event in the template; did "
         "you mean d.events?"},
        {"a table that is refused",
         TABLE "        Nmae: x\n" PARTITION("P", "Values: [a, b], " AT("s3://data/x/")),
         "E t.yaml:12: Resources.T.Properties.TableInput.Nmae: Encountered unsupported property "
         "Nmae; did you mean Name?"},
        {"a table with a type that does not read",
         TABLE "        StorageDescriptor: {Columns: [{Name: a, Type: in}]}\n" PARTITION(
             "P", "Values: [a, b], " AT("s3://data/x/")),
         "E t.yaml:12: Resources.T.Properties.TableInput.StorageDescriptor.Columns[0].Type: type "
         "\"in\": there is no such type at character 1"},
        {"a table that a false condition leaves out",
         "Conditions: {No: !Equals [a, b]}\n" TABLE STORAGE
         "    Condition: No\n" PARTITION("P", "Values: [a, b], " AT("s3://data/x/")),
         "E t.yaml:23: Resources.P.Properties.TableName: no table d.events in the template"},
        {"the table's own descriptor again",
         TABLE STORAGE PARTITION("P", "Values: [a, b], StorageDescriptor: {Location: "
                                      "'s3://data/x/', Columns: [{Name: A, Type: INT}], SerdeInfo: "
                                      "{SerializationLibrary: j, Parameters: {x: y}}}"),
         ""},
        {"a format of its own",
         TABLE STORAGE PARTITION("P", "Values: [a, b], StorageDescriptor: {Location: "
                                      "'s3://data/x/', SerdeInfo: {SerializationLibrary: k}}"),
         "W t.yaml:22: Resources.P.Properties.PartitionInput.StorageDescriptor: a partition is "
         "read with the columns and the format of its table here; of those given only Location has "
         "an effect"},
        {"columns of its own",
         TABLE STORAGE PARTITION("P", "Values: [a, b], StorageDescriptor: {Location: "
                                      "'s3://data/x/', Columns: [{Name: b, Type: int}]}"),
         "W t.yaml:22: Resources.P.Properties.PartitionInput.StorageDescriptor: a partition is "
         "read with the columns and the format of its table here; of those given only Location has "
         "an effect"},
        {"parameters",
         TABLE STORAGE PARTITION("P", "Parameters: {a: b, c: d}, Values: [a, b], " //
                                 AT("s3://data/x/")),
         "W t.yaml:22: Resources.P.Properties.PartitionInput.Parameters: no query reads the "
         "parameters of a partition"},
        {"a table with projection",
         TABLE "        Parameters: {projection.enabled: true, projection.year.type: injected, "
               "projection.month.type: injected}\n" STORAGE PARTITION(
                   "P", "Values: [a, b], " AT("s3://data/x/")),
         "W t.yaml:22: Resources.P.Properties.TableName: table d.events has partition projection: "
         "its registered partitions are not read, as on Athena"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

static void test_a_crawler_is_one_warning(void **state)
{
    (void)state;
    check_findings("crawlers",
                   "Resources:\n"
                   "  C:\n"
                   "    Type: AWS::Glue::Crawler\n"
                   "    Properties:\n"
                   "      Name: c\n"
                   "      Role: r\n"
                   "      DatabaseName: d\n"
                   "      Schedule: {ScheduleExpression: cron(0 1 * * ? *)}\n"
                   "      Targets: {S3Targets: [{Path: 's3://data/in/'}]}\n"
                   "  E:\n"
                   "    Type: AWS::Glue::Crawler\n"
                   "    Properties: {Role: r, Targets: {S3Targets: [{Path: 's3://data/in/'}]}}\n",
                   "W t.yaml:3: Resources.C.Type: AWS::Glue::Crawler: no crawler runs here: tables "
                   "are those of the template, and partitions are found as objects arrive, from "
                   "Hive folders (dt=2025-01-01/), or by partition projection");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_partitions_are_those_of_the_template),
        cmocka_unit_test(test_each_mistake_in_a_partition_is_one_finding),
        cmocka_unit_test(test_a_crawler_is_one_warning),
    };
    return run_in_source_root(tests);
}
