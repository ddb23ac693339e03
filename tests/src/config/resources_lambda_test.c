/* resources_lambda_test.c - what Lambda refuses, and code that cannot run here: one mistake each,
 * and the one line that it gets. */
#include "tests/src/config/plan_help.h"

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

#define AT_FUNCTION "Resources.F.Properties"

static void test_functions_are_refused_in_the_words_of_lambda(void **state)
{
    (void)state;
    static const mistake cases[] = {
        {"nothing wrong", FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n", ""},
        {"no role",
         FUNCTION "    Properties:\n"
                  "      Runtime: python3.12\n"
                  "      Handler: index.handler\n"
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:15: " AT_FUNCTION
         ": Properties validation failed for resource F with message: #: required "
         "key [Role] not found"},
        {"no code", FUNCTION PYTHON,
         "E t.yaml:15: " AT_FUNCTION
         ": Properties validation failed for resource F with message: #: required "
         "key [Code] not found"},
        {"empty code", FUNCTION PYTHON "      Code: {}\n",
         "E t.yaml:19: " AT_FUNCTION
         ".Code: there is no code: give ZipFile (InlineCode) or the path of a folder"},
        {"no handler",
         FUNCTION "    Properties:\n"
                  "      Runtime: python3.12\n"
                  "      Role: r\n"
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:15: " AT_FUNCTION
         ": Runtime and Handler are mandatory parameters for functions created with "
         "deployment packages."},
        {"a misspelt runtime",
         FUNCTION "    Properties:\n"
                  "      Runtime: pyton3.12\n"
                  "      Handler: index.handler\n"
                  "      Role: r\n"
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:16: " AT_FUNCTION
         ".Runtime: Value pyton3.12 at 'runtime' failed to satisfy constraint: "
         "Member must satisfy enum value set, such as [python3.13, nodejs22.x, "
         "provided.al2023], or be a valid ARN; did you mean python3.13?"},
        {"a runtime that does not run here",
         FUNCTION "    Properties:\n"
                  "      Runtime: java21\n"
                  "      Handler: index.handler\n"
                  "      Role: r\n"
                  "      Code: data/crimes/handlers\n",
         "E t.yaml:16: " AT_FUNCTION
         ".Runtime: the runtime java21 does not run here (python3.N, nodejsN.x and "
         "provided do): give Metadata.Millrace.Builtin to run a native equivalent"},
        {"a handler of inline code",
         FUNCTION "    Properties:\n"
                  "      Runtime: python3.12\n"
                  "      Handler: app.handler\n"
                  "      Role: r\n"
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_FUNCTION
         ".Handler: inline code is the file index, so Handler must be index.FUNCTION"},
        {"inline code of a custom runtime",
         FUNCTION "    Properties:\n"
                  "      Runtime: provided.al2023\n"
                  "      Handler: index.handler\n"
                  "      Role: r\n"
                  "      Code: {ZipFile: 'x'}\n",
         "E t.yaml:17: " AT_FUNCTION
         ".Handler: inline code is for Python and Node.js: a custom runtime needs a "
         "folder with bootstrap"},
        {"a folder that is not there", FUNCTION PYTHON "      Code: ./no-such-folder\n",
         "E t.yaml:19: " AT_FUNCTION
         ".Code: there is no folder ./no-such-folder: put the code there, or give "
         "Metadata.Millrace.Builtin to run a native equivalent"},
        {"a file for a folder", FUNCTION PYTHON "      Code: data/crimes/template.yaml\n",
         "E t.yaml:19: " AT_FUNCTION
         ".Code: data/crimes/template.yaml is a file, and code is a folder or a zip "
         "here: give its folder, or a file that ends in .zip"},
        {"a handler that is not there", FUNCTION PYTHON "      Code: data/crimes/handlers\n",
         "E t.yaml:17: " AT_FUNCTION
         ".Handler: Runtime.ImportModuleError: Handler index.handler is in index.py, "
         "which is not in data/crimes/handlers"},
        {"a Python handler without a function",
         FUNCTION "    Properties:\n"
                  "      Runtime: python3.12\n"
                  "      Handler: decode\n"
                  "      Role: r\n"
                  "      Code: data/crimes/handlers\n",
         "E t.yaml:17: " AT_FUNCTION
         ".Handler: Runtime.MalformedHandlerName: Handler is FILE.FUNCTION, without "
         "the file's ending, not decode"},
        {"a Node.js handler that is not there",
         FUNCTION "    Properties:\n"
                  "      Runtime: nodejs22.x\n"
                  "      Handler: node/other.handler\n"
                  "      Role: r\n"
                  "      Code: data/crimes/handlers\n",
         "E t.yaml:17: " AT_FUNCTION
         ".Handler: Runtime.ImportModuleError: Handler node/other.handler is in "
         "node/other.js (.mjs, .cjs), which is not in data/crimes/handlers"},
        {"a custom runtime without bootstrap",
         FUNCTION "    Properties:\n"
                  "      Runtime: provided.al2023\n"
                  "      Handler: x\n"
                  "      Role: r\n"
                  "      Code: data/crimes/handlers\n",
         "E t.yaml:17: " AT_FUNCTION
         ".Handler: Runtime.InvalidEntrypoint: there is no executable file bootstrap "
         "in data/crimes/handlers"},
        {"code in a bucket", FUNCTION PYTHON "      Code: {S3Bucket: b, S3Key: code/app.zip}\n",
         "E t.yaml:19: " AT_FUNCTION
         ".Code: the code is the object code/app.zip of a bucket, which is not here: "
         "give Code (or CodeUri) the path of its folder, or "
         "Metadata.Millrace.Builtin to run a native equivalent"},
        {"a container image", FUNCTION PYTHON "      Code: {ImageUri: x}\n",
         "E t.yaml:19: " AT_FUNCTION
         ".Code.ImageUri: container images do not run here; give the code as a "
         "folder or a Zip package"},
        {"an image package",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      PackageType: Image\n",
         "E t.yaml:20: " AT_FUNCTION
         ".PackageType: container images do not run here; give the code as a folder "
         "or a Zip package"},
        {"a timeout above its range",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      Timeout: 901\n",
         "E t.yaml:20: " AT_FUNCTION
         ".Timeout: 1 validation error detected: Value '901' at 'timeout' failed to "
         "satisfy constraint: Member must have value less than or equal to 900"},
        {"too little memory",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      MemorySize: 64\n",
         "E t.yaml:20: " AT_FUNCTION
         ".MemorySize: 1 validation error detected: Value '64' at 'memorySize' "
         "failed to satisfy constraint: Member must have value greater than or equal "
         "to 128"},
        {"a reserved variable",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      Environment: {Variables: {AWS_REGION: x}}\n",
         "E t.yaml:20: " AT_FUNCTION
         ".Environment.Variables.AWS_REGION: Lambda was unable to configure your "
         "environment variables because the environment variables you have provided "
         "contains reserved keys that are currently not supported for modification. "
         "Reserved keys used in this request: AWS_REGION"},
        {"a bad variable",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      Environment: {Variables: {a-b: x}}\n",
         "E t.yaml:20: " AT_FUNCTION
         ".Environment.Variables.a-b: 1 validation error detected: Value at "
         "'environment.variables' failed to satisfy constraint: Map keys must "
         "satisfy constraint: [Member must satisfy regular expression pattern: "
         "[a-zA-Z]([a-zA-Z0-9_])+]: a-b"},
        {"a variable that is a map",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      Environment: {Variables: {AB: {x: y}}}\n",
         "E t.yaml:20: " AT_FUNCTION
         ".Environment.Variables.AB: Properties validation failed for resource F "
         "with message: #/Environment/Variables/AB: expected type: String, found: "
         "JSONObject"},
        {"no concurrency",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      ReservedConcurrentExecutions: 0\n",
         "E t.yaml:20: " AT_FUNCTION
         ".ReservedConcurrentExecutions: 0 stops every invocation on AWS "
         "(TooManyRequestsException); give a number of 1 or more, or remove it"},
        {"layers and a VPC",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      Layers: ['arn:x']\n"
                         "      VpcConfig: {SubnetIds: [a]}\n",
         "W t.yaml:20: " AT_FUNCTION
         ".Layers: layers are not put under the function here; its code must bring "
         "what it needs\n"
         "W t.yaml:21: " AT_FUNCTION ".VpcConfig: a handler runs on this machine, in no VPC"},
        {"a misspelling in a VPC",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      VpcConfig: {SubnetId: [a]}\n",
         "W t.yaml:20: " AT_FUNCTION ".VpcConfig: a handler runs on this machine, in no VPC\n"
         "E t.yaml:20: " AT_FUNCTION
         ".VpcConfig.SubnetId: Encountered unsupported property SubnetId; did you "
         "mean SubnetIds?"},
        {"a function that nobody invokes",
         "Resources:\n"
         "  F:\n"
         "    Type: AWS::Lambda::Function\n"
         "    Properties: {Runtime: java21, Handler: x.y, Role: r, Code: {S3Bucket: "
         "b, S3Key: k}}\n",
         "W t.yaml:2: Resources.F: no delivery stream and no event source mapping of this "
         "template invokes the function: it runs when a client invokes it"},
        {"a bad function name",
         FUNCTION PYTHON "      Code: {ZipFile: 'x'}\n"
                         "      FunctionName: a b\n",
         "E t.yaml:20: " AT_FUNCTION
         ".FunctionName: 1 validation error detected: Value 'a b' at 'functionName' "
         "failed to satisfy constraint: Member must satisfy regular expression "
         "pattern: [a-zA-Z0-9-_]+, with 1 to 64 characters"},
    };
    check_mistakes(cases, MR_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_are_refused_in_the_words_of_lambda),
    };
    return run_in_source_root(tests);
}
