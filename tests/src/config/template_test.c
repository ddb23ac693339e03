/* template_test.c - templates with one mistake each, and the one line that it gets: the file,
 * its resources and their order. */
#include "tests/src/config/plan_help.h"

static void test_a_file_that_is_no_template_is_one_line(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"an empty file", "",
         "E t.yaml: the file is empty: a template has at least a Resources section"},
        {"a comment alone", "# nothing\n",
         "E t.yaml: the file is empty: a template has at least a Resources section"},
        {"a list at the top",
         "- a\n"
         "- b\n",
         "E t.yaml:1: a template is a map of sections such as Resources"},
        {"no resources", "Description: x\n",
         "E t.yaml: Template format error: At least one Resources member must be "
         "defined"},
        {"empty resources", "Resources: {}\n",
         "E t.yaml:1: Resources: Template format error: At least one Resources "
         "member must be defined"},
        {"a misspelt section",
         "Resorces: {}\n"
         "Resources:\n"
         "  S: {Type: AWS::S3::BucketPolicy, Properties: {Bucket: b, PolicyDocument: "
         "{}}}\n",
         "E t.yaml:1: Resorces: Invalid template property or properties [Resorces]; "
         "did you mean Resources?"},
        {"resources that are a list", "Resources: [a]\n",
         "E t.yaml:1: Resources: Template format error: Resources must be an object"},
        {"an old format version",
         "AWSTemplateFormatVersion: 2011-01-01\n"
         "Resources: {S: {Type: AWS::Kinesis::Stream}}\n",
         "E t.yaml:1: AWSTemplateFormatVersion: Template format error: unsupported "
         "value for AWSTemplateFormatVersion; the only one is \"2010-09-09\""},
        {"broken YAML",
         "Resources:\n"
         "  S: [a\n"
         "  T: b\n",
         "E t.yaml:3: Template format error: YAML not well-formed: did not find "
         "expected ',' or ']', while parsing a flow sequence"},
        {"a tab as indentation",
         "Resources:\n"
         "\tS: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Template format error: YAML not well-formed: found character "
         "that cannot start any token, while scanning for the next token"},
        {"broken JSON",
         "{\"Resources\": {\n"
         "  \"S\": {\"Type\": \"AWS::Kinesis::Stream\",}\n"
         "}}\n",
         "E t.yaml:2: Template format error: JSON not well-formed: '}' where a key "
         "in double quotes is expected"},
        {"two documents",
         "Resources: {S: {Type: AWS::Kinesis::Stream}}\n"
         "---\n"
         "Resources: {}\n",
         "E t.yaml:2: Template format error: a second document begins here: a file holds one"},
        {"a null",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      ShardCount:\n",
         "E t.yaml:5: Resources.S.Properties.ShardCount: Template format error: "
         "[/Resources/S/Properties/ShardCount] 'null' values are not allowed in "
         "templates; give a value or remove the key"},
        {"a key given twice",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      ShardCount: 1\n"
         "      ShardCount: 2\n",
         "W t.yaml:6: Resources.S.Properties.ShardCount: the key ShardCount is given twice "
         "(first at line 5); the last one counts, as on AWS: remove one"},
        {"an unknown tag",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {ShardCount: !Reff X}\n",
         "E t.yaml:4: Template format error: unknown tag !Reff; did you mean !Ref?"},
        {"an alias without an anchor", "Resources: *nothing\n",
         "E t.yaml:1: Template format error: the alias *nothing has no anchor before it"},
        {"an alias inside its anchor",
         "Resources: &a\n"
         "  S: *a\n",
         "E t.yaml:2: Template format error: the alias *a is inside its own anchor"},
        {"a merge of a text",
         "Resources:\n"
         "  S:\n"
         "    <<: x\n",
         "E t.yaml:4: Template format error: \"<<\" needs a map, or a list of maps, to merge"},
        {"a key that is a list",
         "? [a, b]\n"
         ": c\n",
         "E t.yaml:1: Template format error: a key must be a word, not a list or a map"},
        {"a macro",
         "Transform: MyMacro\n"
         "Resources: {S: {Type: AWS::Kinesis::Stream}}\n",
         "E t.yaml:1: Transform: the macro MyMacro cannot run here; deploy-time "
         "macros are known to AWS alone: expand the template first "
         "(AWS::Serverless-2016-10-31 and AWS::LanguageExtensions are understood)"},
        {"globals without the transform",
         "Globals: {Function: {Timeout: 3}}\n"
         "Resources: {S: {Type: AWS::Kinesis::Stream}}\n",
         "E t.yaml:1: Globals: Invalid template property or properties [Globals]; "
         "add \"Transform: AWS::Serverless-2016-10-31\" to make this a SAM template"},
        {"rules and hooks",
         "Rules: {}\n"
         "Hooks: {}\n"
         "Resources: {S: {Type: AWS::Kinesis::Stream}}\n",
         "W t.yaml:1: Rules: rules on parameters are not checked here\n"
         "W t.yaml:2: Hooks: hooks do not run here"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

static void test_resources_of_a_wrong_form_are_named(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"a misspelt type",
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Steam}\n",
         "E t.yaml:2: Resources.S.Type: Template format error: Unrecognized resource "
         "types: [AWS::Kinesis::Steam]; did you mean AWS::Kinesis::Stream?"},
        {"a misspelt service",
         "Resources:\n"
         "  S: {Type: AWS::Kinezis::Stream}\n",
         "E t.yaml:2: Resources.S.Type: Template format error: Unrecognized resource "
         "types: [AWS::Kinezis::Stream]; did you mean AWS::Kinesis::Stream?"},
        {"a type in lower case",
         "Resources:\n"
         "  S: {Type: aws::kinesis::stream}\n",
         "E t.yaml:2: Resources.S.Type: Template format error: Unrecognized resource "
         "types: [aws::kinesis::stream]; did you mean AWS::Kinesis::Stream?"},
        {"no such type",
         "Resources:\n"
         "  S: {Type: AWS::Nonsense::Thing}\n",
         "E t.yaml:2: Resources.S.Type: Template format error: Unrecognized resource "
         "types: [AWS::Nonsense::Thing]"},
        {"a type without AWS",
         "Resources:\n"
         "  S: {Type: Kinesis::Stream}\n",
         "E t.yaml:2: Resources.S.Type: Template format error: Unrecognized resource "
         "types: [Kinesis::Stream]; did you mean AWS::Kinesis::Stream?"},
        {"a known type that is not modelled",
         "Resources:\n"
         "  Q: {Type: AWS::SQS::Queue}\n"
         "  P: {Type: AWS::SQS::Queue}\n",
         "W t.yaml:2: Resources.Q.Type: AWS::SQS::Queue is not modelled here: "
         "nothing runs for it, Ref and Fn::GetAtt give made-up values"},
        {"a type newer than the list",
         "Resources:\n"
         "  Q: {Type: AWS::SQS::Hyperloop}\n",
         "W t.yaml:2: Resources.Q.Type: AWS::SQS::Hyperloop is not in millrace's "
         "list of AWS's types, which may be too old: check the spelling; nothing "
         "runs for it"},
        {"a custom resource",
         "Resources:\n"
         "  Q: {Type: Custom::Thing, Properties: {ServiceToken: x}}\n",
         "W t.yaml:2: Resources.Q.Type: Custom::Thing is not modelled here: nothing "
         "runs for it, Ref and Fn::GetAtt give made-up values"},
        {"no type",
         "Resources:\n"
         "  S: {Properties: {ShardCount: 1}}\n",
         "E t.yaml:2: Resources.S: Template format error: Every Resources object "
         "must contain a Type member"},
        {"a resource that is a text",
         "Resources:\n"
         "  S: stream\n",
         "E t.yaml:2: Resources.S: Template format error: Every Resources member "
         "must be an object with a Type"},
        {"a logical id with a dash",
         "Resources:\n"
         "  my-stream: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Resources.my-stream: Template format error: Resource name "
         "my-stream is non alphanumeric"},
        {"a misspelt resource attribute",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    DependOn: T\n",
         "E t.yaml:4: Resources.S.DependOn: Invalid template resource property "
         "'DependOn'; did you mean DependsOn?"},
        {"properties that are a list",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: [ShardCount]\n",
         "E t.yaml:4: Resources.S.Properties: Template format error: Properties must "
         "be an object"},
        {"a bad deletion policy",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    DeletionPolicy: Keep\n",
         "E t.yaml:4: Resources.S.DeletionPolicy: Template format error: "
         "Unrecognized DeletionPolicy Keep; it is Delete, Retain, "
         "RetainExceptOnCreate or Snapshot"},
        {"deletion policies",
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream, DeletionPolicy: Retain}\n"
         "  T: {Type: AWS::Kinesis::Stream, DeletionPolicy: Retain}\n",
         "W t.yaml:2: Resources.S.DeletionPolicy: no stack is updated or deleted "
         "here, so DeletionPolicy has no effect"},
        {"DependsOn nothing",
         "Resources:\n"
         "  Stream: {Type: AWS::Kinesis::Stream, DependsOn: Steam2}\n",
         "E t.yaml:2: Resources.Stream.DependsOn: Template format error: Unresolved "
         "resource dependencies [Steam2] in the Resources block of the template; did "
         "you mean Stream?"},
        {"a cycle of two",
         "Resources:\n"
         "  A:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Name: !Sub \"${B}-a\"}\n"
         "  B:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Name: !Sub \"${A}-b\"}\n"
         "  C:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Name: !Sub \"${A}-c\"}\n",
         "E t.yaml:2: Resources.A: Circular dependency between resources: [A, B]; "
         "take one of the references or DependsOn out of the circle: a name that is "
         "written out needs no reference"},
        {"a resource that needs itself",
         "Resources:\n"
         "  A:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Name: !Ref A}\n",
         "E t.yaml:2: Resources.A: Circular dependency between resources: [A]; take "
         "one of the references or DependsOn out of the circle: a name that is "
         "written out needs no reference"},
        {"a cycle by DependsOn",
         "Resources:\n"
         "  A: {Type: AWS::Kinesis::Stream, DependsOn: [B]}\n"
         "  B: {Type: AWS::Kinesis::Stream, DependsOn: C}\n"
         "  C: {Type: AWS::Kinesis::Stream, DependsOn: A}\n",
         "E t.yaml:2: Resources.A: Circular dependency between resources: [A, B, C]; "
         "take one of the references or DependsOn out of the circle: a name that is "
         "written out needs no reference"},
        {"a loop for resources",
         "Transform: AWS::LanguageExtensions\n"
         "Resources:\n"
         "  'Fn::ForEach::Streams': [N, [a, b], {}]\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:3: Resources.Fn::ForEach::Streams: Fn::ForEach is not supported "
         "here: write its resources out"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_that_is_no_template_is_one_line),
        cmocka_unit_test(test_resources_of_a_wrong_form_are_named),
    };
    return run_in_source_root(tests);
}
