/* references_test.c - references and intrinsic functions that lead nowhere, and parameters against
 * their rules: one mistake each, and the one line that it gets. */
#include "tests/src/config/plan_help.h"

#define AT_NAME "Resources.Stream.Properties.Name"

static void test_references_that_lead_nowhere_are_named(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"a Ref to nothing",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Ref Straem\n",
         "E t.yaml:5: " AT_NAME
         ": Template format error: Unresolved resource dependencies [Straem] in the "
         "Resources block of the template; did you mean Stream?"},
        {"a Ref to a misspelt resource",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Sub \"${Buket}x\"\n"
         "  Bucket: {Type: AWS::S3::Bucket}\n",
         "E t.yaml:5: " AT_NAME
         ": Template format error: Unresolved resource dependencies [Buket] in the "
         "Resources block of the template; did you mean Bucket?"},
        {"a misspelt pseudo parameter",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Ref AWS::Regoin\n",
         "E t.yaml:5: " AT_NAME
         ": Template format error: Unresolved resource dependencies [AWS::Regoin] in "
         "the Resources block of the template; did you mean AWS::Region?"},
        {"an attribute that is not there",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: x\n"
         "  T:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Name: !GetAtt Stream.Anr}\n",
         "E t.yaml:8: Resources.T.Properties.Name: Template error: resource Stream "
         "does not support attribute type Anr in Fn::GetAtt; did you mean Arn?"},
        {"an attribute of nothing",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !GetAtt Nothing.Arn\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: instance of Fn::GetAtt references undefined resource "
         "Nothing"},
        {"GetAtt without an attribute",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !GetAtt Stream\n",
         "E t.yaml:5: " AT_NAME ": Template error: every Fn::GetAtt object requires two non-empty "
         "parameters, the resource name and the resource attribute"},
        {"a Ref that is a list",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: {Ref: [a]}\n",
         "E t.yaml:5: " AT_NAME
         ": Template format error: Every Ref object must have a single String value"},
        {"a Sub of a bad name",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Sub \"a${b c}\"\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: variable names in Fn::Sub syntax must contain only "
         "alphanumeric characters, underscores, periods, and colons; write ${!b c} "
         "for a literal ${b c}"},
        {"a Sub of a list",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Sub [a, b, c]\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: One or more Fn::Sub intrinsic functions don't specify "
         "expected arguments. Specify a string as first argument, and an optional "
         "second argument to specify a mapping of values to replace in the string"},
        {"a Join of a text",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Join [\"-\", abc]\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: every Fn::Join object requires two parameters, (1) a "
         "string delimiter and (2) a list of strings to be joined or a function that "
         "returns a list of strings (such as Fn::GetAZs) to be joined"},
        {"a Select past the end",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Select [3, [a, b]]\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: Fn::Select cannot select nonexistent value at index 3; "
         "the list has 2"},
        {"a Select of no number",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Select [x, [a, b]]\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: Fn::Select requires a list argument with two elements: "
         "an integer index and a list"},
        {"a Split by nothing",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Select [0, !Split [\"\", abc]]\n",
         "E t.yaml:5: " AT_NAME
         ".Fn::Select[1]: Template error: every Fn::Split object requires two "
         "parameters, (1) a string delimiter and (2) a string to be split or a "
         "function that returns a string to be split"},
        {"a mapping that is not there",
         "Mappings: {Names: {us: {x: a}}}\n"
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !FindInMap [Names, eu, x]\n",
         "E t.yaml:6: " AT_NAME ": Template error: Unable to get mapping for Names::eu::x"},
        {"an import",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !ImportValue other-name\n",
         "E t.yaml:5: " AT_NAME
         ": No export named other-name found; exports of other stacks are not known "
         "here: make it a parameter and give --param"},
        {"a condition that is not there",
         "Conditions: {IsProd: !Equals [a, a]}\n"
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !If [IsPrd, a, b]\n",
         "E t.yaml:6: " AT_NAME
         ": Template error: unresolved condition dependency IsPrd; did you mean "
         "IsProd?"},
        {"an If of two",
         "Conditions: {IsProd: !Equals [a, a]}\n"
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !If [IsProd, a]\n",
         "E t.yaml:6: " AT_NAME
         ": Template error: Fn::If requires a list argument with the first element "
         "being a condition"},
        {"an Equals among properties",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: !Equals [a, b]\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: Fn::Equals is for the Conditions and Rules sections; "
         "elsewhere use Fn::If with the name of a condition"},
        {"a function that is not there",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: {\"Fn::Jion\": [\"\", [a]]}\n",
         "E t.yaml:5: " AT_NAME
         ": Template error: Fn::Jion is not an intrinsic function; did you mean "
         "Fn::Join?"},
        {"a function beside other keys",
         "Resources:\n"
         "  S:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      'Fn::Sub': x\n"
         "      ShardCount: 1\n",
         "E t.yaml:5: Resources.S.Properties.Fn::Sub: Template error: Fn::Sub must "
         "be the only key of its object"},
        {"a language extension without its transform",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: {\"Fn::ToJsonString\": {a: b}}\n",
         "E t.yaml:5: " AT_NAME
         ": Fn::ToJsonString needs \"Transform: AWS::LanguageExtensions\" at the top "
         "of the template"},
        {"a transform inside properties",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: {'Fn::Transform': {Name: AWS::Include}}\n",
         "E t.yaml:5: " AT_NAME
         ": Fn::Transform cannot be evaluated here: write out what it gives"},
        {"a dynamic reference",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: '{{resolve:ssm:/names/stream}}'\n",
         "E t.yaml:5: " AT_NAME
         ": {{resolve:ssm:/names/stream}} is kept at AWS and cannot be looked up "
         "here: give its value with --param 'resolve:ssm:/names/stream=VALUE'"},
        {"an output of nothing",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: x\n"
         "Outputs:\n"
         "  O: {Value: !Ref Streem}\n",
         "E t.yaml:7: Outputs.O.Value: Template format error: Unresolved resource "
         "dependencies [Streem] in the Outputs block of the template; did you mean "
         "Stream?"},
        {"an output without a value",
         "Resources:\n"
         "  Stream:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties:\n"
         "      Name: x\n"
         "Outputs:\n"
         "  O: {Valeu: x}\n",
         "E t.yaml:7: Outputs.O.Valeu: Template format error: Invalid output "
         "property 'Valeu'; did you mean Value?\n"
         "E t.yaml:7: Outputs.O: Template format error: Every Outputs member must "
         "contain a Value object"},
        {"a resource left out by its condition",
         "Conditions: {No: !Equals [a, b]}\n"
         "Resources:\n"
         "  A: {Type: AWS::Kinesis::Stream, Condition: No}\n"
         "  B:\n"
         "    Type: AWS::Kinesis::Stream\n"
         "    Properties: {Name: !Sub \"${A}-b\"}\n",
         "E t.yaml:6: Resources.B.Properties.Name: Template format error: Unresolved "
         "resource dependencies [A] in the Resources block of the template; it is "
         "left out because its Condition No is false: put the reference into Fn::If"},
        {"a condition on a resource",
         "Conditions: {C: !Equals [!Ref S, b]}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:1: Conditions.C.Fn::Equals[0]: Template format error: Unresolved "
         "dependencies [S]. Cannot reference resources in the Conditions block of "
         "the template"},
        {"conditions in a circle",
         "Conditions:\n"
         "  A: !Not [!Condition B]\n"
         "  B: !Not [!Condition A]\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:3: Conditions.B.Fn::Not[0]: Template format error: Circular "
         "dependency between conditions: [A]"},
        {"a condition of one",
         "Conditions: {C: !And [!Equals [a, a]]}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:1: Conditions.C: Template error: every Fn::And object requires a "
         "list of at least 2 and at most 10 boolean parameters"},
        {"a condition that is a text",
         "Conditions: {C: \"true\"}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:1: Conditions.C: Template format error: Conditions can only be "
         "boolean operations on parameters and other conditions: Fn::And, "
         "Fn::Equals, Fn::Not, Fn::Or or Condition"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

static void test_parameters_are_held_to_their_rules(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"no value",
         "Parameters:\n"
         "  P: {Type: String}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameters: [P] must have values; give --param "
         "P=VALUE or a Default"},
        {"no type",
         "Parameters:\n"
         "  P: {Default: x}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Template format error: Every Parameters object "
         "must contain a Type member"},
        {"a misspelt type",
         "Parameters:\n"
         "  P: {Type: Sting, Default: x}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P.Type: Template format error: Unrecognized "
         "parameter type: Sting; did you mean String?"},
        {"a misspelt attribute",
         "Parameters:\n"
         "  P: {Type: String, Defualt: x, Default: y}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P.Defualt: Template format error: Invalid template "
         "parameter property 'Defualt'; did you mean Default?"},
        {"no number",
         "Parameters:\n"
         "  P: {Type: Number, Default: many}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must be a number"},
        {"too small",
         "Parameters:\n"
         "  P: {Type: Number, Default: 0, MinValue: 1}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must be a number not less than 1"},
        {"too large",
         "Parameters:\n"
         "  P: {Type: Number, Default: 11, MaxValue: 10}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must be a number not greater than "
         "10"},
        {"too short",
         "Parameters:\n"
         "  P: {Type: String, Default: ab, MinLength: 3}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must contain at least 3 characters"},
        {"too long",
         "Parameters:\n"
         "  P: {Type: String, Default: abcd, MaxLength: 3}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must contain at most 3 characters"},
        {"not among the allowed",
         "Parameters:\n"
         "  P: {Type: String, Default: c, AllowedValues: [a, b]}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must be one of AllowedValues [a, b]"},
        {"not of the pattern",
         "Parameters:\n"
         "  P: {Type: String, Default: A1, AllowedPattern: '[a-z]+\\d*'}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must match pattern [a-z]+\\d*"},
        {"in the words of the template",
         "Parameters:\n"
         "  P: {Type: String, Default: A1, AllowedPattern: '[a-z]+', "
         "ConstraintDescription: lower case only}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' failed to satisfy constraint: "
         "lower case only"},
        {"a pattern that is not understood",
         "Parameters:\n"
         "  P: {Type: String, Default: ab, AllowedPattern: '(?=a).*'}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "W t.yaml:2: Parameters.P.AllowedPattern: this pattern is not understood "
         "here, so the value is not checked"},
        {"one of a list is wrong",
         "Parameters:\n"
         "  P: {Type: List<Number>, Default: '1, x'}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P: Parameter 'P' must be a number"},
        {"a default that is a list",
         "Parameters:\n"
         "  P: {Type: CommaDelimitedList, Default: [a, b]}\n"
         "Resources:\n"
         "  S: {Type: AWS::Kinesis::Stream}\n",
         "E t.yaml:2: Parameters.P.Default: Template format error: Every Default "
         "member must be a string"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references_that_lead_nowhere_are_named),
        cmocka_unit_test(test_parameters_are_held_to_their_rules),
    };
    return run_in_source_root(tests);
}
