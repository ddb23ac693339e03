/* scenario_help.h - a scenario given as text, beside a small template with two streams, a DirectPut
 * delivery stream, a function and two buckets. The tests run in a folder of their own. */
#ifndef MR_TESTS_SCENARIO_HELP_H
#define MR_TESTS_SCENARIO_HELP_H

#include "sim/base/alloc.h"
#include "sim/base/fs.h"
#include "sim/base/strbuf.h"
#include "src/platform/platform.h"
#include "src/scenario/scenario.h"
#include "tests/check.h"

#include <unistd.h>

#define HELP_TEMPLATE                                                                              \
    "Parameters: {Shards: {Type: Number, Default: 2}}\n"                                           \
    "Metadata:\n"                                                                                  \
    "  Millrace:\n"                                                                                \
    "    Inputs:\n"                                                                                \
    "      - {Stream: Crimes, File: crimes.csv, Rate: 10/s}\n"                                     \
    "Resources:\n"                                                                                 \
    "  Crimes: {Type: AWS::Kinesis::Stream, Properties: {Name: crime-stream, ShardCount: !Ref "    \
    "Shards}}\n"                                                                                   \
    "  Other: {Type: AWS::Kinesis::Stream, Properties: {Name: other-stream, ShardCount: 1}}\n"     \
    "  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: crime-data}}\n"                      \
    "  Backup: {Type: AWS::S3::Bucket, Properties: {BucketName: crime-backup}}\n"                  \
    "  Decode:\n"                                                                                  \
    "    Type: AWS::Lambda::Function\n"                                                            \
    "    Properties: {FunctionName: decode, Runtime: python3.12, Handler: index.h, Role: r, "      \
    "Code: {ZipFile: 'x = 1'}}\n"                                                                  \
    "  Hose:\n"                                                                                    \
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"                                             \
    "    Properties:\n"                                                                            \
    "      DeliveryStreamName: hose\n"                                                             \
    "      DeliveryStreamType: KinesisStreamAsSource\n"                                            \
    "      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Crimes.Arn, RoleARN: r}\n" \
    "      ExtendedS3DestinationConfiguration:\n"                                                  \
    "        BucketARN: !GetAtt Data.Arn\n"                                                        \
    "        RoleARN: r\n"                                                                         \
    "        ProcessingConfiguration:\n"                                                           \
    "          Enabled: true\n"                                                                    \
    "          Processors: [{Type: Lambda, Parameters: [{ParameterName: LambdaArn, "               \
    "ParameterValue: !GetAtt Decode.Arn}]}]\n"                                                     \
    "  Direct:\n"                                                                                  \
    "    Type: AWS::KinesisFirehose::DeliveryStream\n"                                             \
    "    Properties:\n"                                                                            \
    "      DeliveryStreamName: direct\n"                                                           \
    "      ExtendedS3DestinationConfiguration: {BucketARN: !GetAtt Backup.Arn, RoleARN: r}\n"

static inline void write_file(const char *path, const char *text)
{
    mr_file_system *fs = mr_platform_fs();
    mr_file *file = NULL;
    mr_error err;
    CHECK_OK(path, fs->open(fs, path, MR_OPEN_TRUNCATE, &file, &err), &err);
    CHECK_OK(path, fs->write_at(fs, file, mr_bytes_of(text), 0, &err), &err);
    fs->close(fs, file);
}

/* Makes a folder with the template and two inputs and goes there; for cmocka's group. */
static inline int enter_folder(void **state)
{
    char *folder = check_temp_dir();
    if (chdir(folder) != 0) {
        return 1;
    }
    write_file("t.yaml", HELP_TEMPLATE);
    write_file("crimes.csv", "district,text\n1,a\n2,b\n");
    write_file("more.csv", "a,b\n1,2\n");
    *state = folder;
    return 0;
}

static inline int leave_folder(void **state)
{
    if (chdir("/") != 0) {
        return 1;
    }
    check_remove_dir(*state);
    return 0;
}

static inline mr_scenario *scenario_of(const char *text)
{
    return mr_scenario_from_text("s.yaml", mr_bytes_of(text));
}

/* The findings, each as "E" or "W", a blank and its line, joined by line ends. Owned. */
static inline char *scenario_findings(const mr_scenario *scenario)
{
    mr_strbuf out = mr_strbuf_make(MR_STRBUF_UNLIMITED);
    for (size_t i = 0; i < scenario->finding_count; i++) {
        const mr_finding *finding = &scenario->findings[i];
        char *line = mr_scenario_finding_text(scenario, finding);
        mr_strbuf_appendf(&out, "%s%s %s", out.len == 0 ? "" : "\n",
                          finding->kind == MR_FINDING_ERROR ? "E" : "W", line);
        mr_free(line);
    }
    return mr_strbuf_take(&out);
}

/* A scenario that has to be without findings. */
static inline mr_scenario *sound_scenario(const char *label, const char *text)
{
    mr_scenario *scenario = scenario_of(text);
    char *findings = scenario_findings(scenario);
    CHECK_STR(label, findings, "");
    CHECK_TRUE(label, scenario->plan != NULL);
    mr_free(findings);
    return scenario;
}

#endif
