"""Every command that a document shows is run, and ends as the document says.

A command that is added to README.md, docs/*.md or data/*/README.md needs a row in TABLE: `Run` names
the stage it is run on (document_stages.py prepares it), what stands in place of what and why;
`Elsewhere` says which test covers what cannot be run here. Without a row this test is red.
"""

import concurrent.futures
import pathlib
import shutil
import tempfile
import unittest

import clients
from document_stages import (
    STAGES,
    code_was_uploaded,
    nothing_is_left,
    until_all_is_delivered,
    until_the_run_is_over,
)
from documents import Elsewhere, Failed, Run, Stage, commands_of, documents
from millrace import ROOT, main

PORT = "port 4566 may be in use on this machine"
SEEDS = "as many seeds as a test has time for; scripts/chaos runs thousands"

CONTAINER = "builds images for minutes, as root; tests/container/run does, and runs them"

TABLE = {
    "README.md": {
        "./scripts/demo": Elsewhere(
            "tests/integration/sample_test.py", "builds; the test holds what the demo prints to this text"
        ),
        "./scripts/test": Elsewhere(".ci/run", "it is what runs this test"),
        "millrace check template.yaml": Run("own", shows="MyStream"),
        "millrace run template.yaml --input MyStream=rows.csv --partition-key column:id": Run(
            "own", shows="100 records put"
        ),
        "millrace query 'SELECT count(*) FROM mydb.mytable'": Run("own", shows="^ *100$"),
        "ls .millrace/s3/": Run("own", shows="bucket"),
        "millrace put MyStream rows.csv --endpoint-url http://localhost:4566"
        " --partition-key column:id": Run("put", shows="100 records put"),
        "millrace put MyStream rows.csv --region eu-west-1 --rate 200/s --json": Run(
            "put",
            instead=(("--region", "--endpoint-url http://localhost:4566 --region", "no test asks AWS"),),
            shows='"records":100,',
        ),
        "millrace tail MyStream --follow": Run(
            "put",
            instead=(
                ("millrace", "timeout -s INT 2 millrace", "it goes on until Ctrl-C"),
                ("MyStream", "MyStream --endpoint-url http://localhost:4566", "no variable says it here"),
            ),
            status=124,
            shows="row 100",
        ),
        "curl -s -d '{\"sentence\": \"What a wonderful day!\"}' localhost:4566/curl": Run(
            "seed",
            shows='"label":"positive"',
        ),
        "curl -s -X PUT -d '{\"Data\": {\"district\": 11}, \"PartitionKey\": \"11\"}'"
        " localhost:4566/prod/streams/crimes/record": Run("seed", shows='"ShardId":"shardId-0'),
        "millrace status --wait ready": Run("running", shows="^ready, idle, millrace "),
        "millrace clock advance 5m": Run("running", shows="ended +reached"),
        "millrace clock until flush": Run("running", shows="ended +idle"),
        "millrace fault add 'store-refused:*,for=1m'": Run("running", shows="^1 +store-refused"),
        "millrace events --type buffer.flushed": Run("running"),
        "millrace ls": Run("running", shows="databucket"),
        "millrace serve": Run(
            "sdk",
            instead=(
                ("serve", "serve --port 0", PORT),
                ("serve", "serve --state-delay 0", "a person is slower than 500 ms, a test need not be"),
            ),
            serves=True,
        ),
        "export AWS_ENDPOINT_URL=http://localhost:4566": Run("sdk"),
        "export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1": Run("sdk"),
        "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test": Run("sdk"),
        "aws kinesis create-stream --stream-name rides --shard-count 2": Run("sdk"),
        "zip code.zip decode.py": Run("sdk"),
        "aws lambda create-function --function-name decode --runtime python3.12"
        " --handler decode.handler --role arn:aws:iam::000000000000:role/any"
        " --zip-file fileb://code.zip": Run("sdk", shows='"FunctionName": "decode"'),
        "aws lambda wait function-active-v2 --function-name decode": Run("sdk"),
        "aws lambda invoke --function-name decode --payload '{\"a\":1}' --log-type Tail out.json": Run(
            "sdk", shows='"StatusCode": 200'
        ),
        "mkdir .millrace/s3/landing": Run("sdk"),
        "aws firehose create-delivery-stream --delivery-stream-name clicks"
        " --s3-destination-configuration"
        " RoleARN=arn:aws:iam::000000000000:role/any,BucketARN=arn:aws:s3:::landing": Run(
            "sdk", shows="deliverystream/clicks"
        ),
        "aws firehose put-record --delivery-stream-name clicks --record Data=hello": Run(
            "sdk", shows="RecordId"
        ),
        "scripts/container": Elsewhere("tests/container/run", CONTAINER),
        "docker run --rm --init -p 127.0.0.1:4566:4566 -v millrace:/var/lib/millrace"
        " millrace": Elsewhere("tests/container/checks", CONTAINER),
        "docker compose up --build": Elsewhere("tests/container/checks", CONTAINER),
        "millrace run template.yaml --clock 60x": Run("time", shows="200 records put"),
        "millrace run template.yaml --clock 60x --console": Run(
            "console",
            instead=(("--console", "--console --port 0", PORT),),
            serves=True,
            then=until_the_run_is_over,
        ),
        "millrace run template.yaml --clock real --drain": Run("time", shows="200 records put"),
        "millrace run template.yaml --seed 7 --twice": Run("time", shows="^seed +7$"),
        "millrace run template.yaml --fault 'store-refused:*,from=1m,for=1h'": Run("time"),
        "millrace run template.yaml --fault 'lambda-error:*Decode*,first=2,most=3'"
        " --events events.jsonl": Run("time", shows="200 transformed"),
        "millrace run template.yaml --fault"
        " 'record-poisoned:*CrimeStream*,every=100,text=no|row'": Run("time", shows="2 failed"),
        "millrace run template.yaml --clock real --record monday.jsonl": Run("time"),
        "millrace test data/crimes/scenarios": Run("scenarios", shows="^17 passed, 0 failed$"),
        "millrace check data/crimes/scenarios/hot-shard.yaml": Run("scenarios"),
        "millrace test steady.yaml --chaos --seeds 2000": Run(
            "scenarios", instead=(("2000", "20", SEEDS),), shows="20 passed"
        ),
        "millrace test steady.yaml --chaos --seed 417 --shrink": Run("scenarios", shows="1 passed"),
    },
    "data/crimes/README.md": {
        "millrace run data/crimes/template.yaml --input CrimeStream=reports.csv"
        " --encode 'delimited:|' --partition-key column:district --load-time": Run(
            "source", shows="7,584 transformed, 0 dropped, 0 failed"
        ),
    },
    "data/reviews/README.md": {
        "millrace run data/reviews/template.yaml": Run("source"),
        "millrace query 'SELECT sentiment_scores.compound AS compound, review FROM"
        " reviews.review_events ORDER BY 1 LIMIT 3'": Run("source"),
        "millrace run data/reviews/template.yaml --input ReviewStream=mine.csv --encode json": Run(
            "source", shows="400 transformed, 0 dropped, 0 failed"
        ),
    },
    "docs/aws.md": {  # on the stage, AWS's endpoints are on loopback: the commands are run as they stand
        "millrace check data/crimes/template.yaml": Run("aws"),
        "export AWS_REGION=eu-west-1 AWS_DEFAULT_REGION=eu-west-1 AWS_PAGER=": Run("aws"),
        "export ACCOUNT=$(aws sts get-caller-identity --query Account --output text)": Run("aws"),
        "export CODE=millrace-crimes-$ACCOUNT": Run("aws"),
        "aws s3 mb s3://$CODE": Run("aws", shows="make_bucket: millrace-crimes-0"),
        "aws cloudformation package --template-file data/crimes/template.yaml --s3-bucket $CODE"
        " --s3-prefix code --output-template-file packaged.yaml": Run("aws", shows="Successfully packaged"),
        "aws cloudformation deploy --template-file packaged.yaml --stack-name crimes"
        " --capabilities CAPABILITY_IAM --parameter-overrides Language=python ShardCount=2": Run(
            "aws", shows="Successfully created/updated stack", then=code_was_uploaded
        ),
        "aws cloudformation describe-stacks --stack-name crimes --query 'Stacks[0].Outputs'"
        " --output table": Run("aws", shows="DataLocation"),
        **{
            f"export {name}=$(aws cloudformation describe-stacks --stack-name crimes --output text"
            f" --query \"Stacks[0].Outputs[?OutputKey=='{key}'].OutputValue\")": Run("aws")
            for name, key in (
                ("STREAM", "StreamName"), ("DATA", "DataLocation"), ("BACKUP", "BackupLocation"))
        },
        "aws kinesis describe-stream-summary --stream-name $STREAM"
        " --query 'StreamDescriptionSummary.[StreamStatus,OpenShardCount]' --output text": Run("aws"),
        "millrace put $STREAM data/crimes/crimes.csv --region $AWS_REGION --partition-key"
        " column:district --encode 'delimited:|' --load-time": Run(
            "aws", shows="7,584 records put", then=until_all_is_delivered
        ),
        "aws s3 ls --recursive --summarize $DATA": Run("aws", shows=r" crimes/dt=\d{4}-\d\d-\d\d/"),
        "aws s3 cp --recursive $DATA delivered": Run("aws", shows="download: "),
        "head -n 1 $(find delivered -type f | head -n 1)": Run("aws", shows='^{"crime_time":'),
        "aws s3 ls --recursive ${DATA%crimes/}errors/": Run("aws", status=1),
        "aws s3 ls --recursive $BACKUP": Run("aws", shows=" raw/"),
        "export QUERY=$(aws athena start-query-execution --query QueryExecutionId --output text"
        " --query-string 'SELECT district, count(*) AS crimes FROM crimes.crime_events GROUP BY district"
        " ORDER BY district' --query-execution-context Database=crimes"
        " --result-configuration OutputLocation=s3://$CODE/athena/)": Run("aws"),
        "aws athena get-query-execution --query-execution-id $QUERY --output text"
        " --query 'QueryExecution.[Status.State,Statistics.DataScannedInBytes]'": Run(
            "aws", shows="^SUCCEEDED"
        ),
        "aws athena get-query-results --query-execution-id $QUERY --output text"
        " --query 'ResultSet.Rows[*].Data[*].VarCharValue'": Run("aws"),
        "export FUNCTION=$(aws cloudformation describe-stack-resource --stack-name crimes"
        " --logical-resource-id Decode --query StackResourceDetail.PhysicalResourceId"
        " --output text)": Run("aws"),
        "aws s3 rm --recursive --quiet ${DATA%crimes/}": Run("aws"),
        "aws s3 rm --recursive --quiet ${BACKUP%raw/}": Run("aws"),
        "aws cloudformation delete-stack --stack-name crimes": Run("aws"),
        "aws cloudformation wait stack-delete-complete --stack-name crimes": Run("aws"),
        "aws logs delete-log-group --log-group-name /aws/lambda/$FUNCTION": Run("aws"),
        "aws s3 rb --force s3://$CODE": Run("aws", shows="remove_bucket", then=nothing_is_left),
    },
    "docs/operations.md": {
        "millrace status": Run("running", shows="^ready, idle, millrace "),
        "millrace status --wait ready": Run("running", shows="^ready, "),
        "millrace status --wait idle": Run("running", shows="^ready, idle, "),
        "millrace run template.yaml --log json 2> log.jsonl": Run("time"),
        "grep '\"level\":\"warning\"' log.jsonl": Run("time", shows="no effect here"),
        "millrace events": Run("running", shows='"event":"stream.created"'),
        "millrace events --follow --type buffer.flushed,object.written": Run(
            "running",
            instead=(("millrace", "timeout -s INT 1 millrace", "it goes on until Ctrl-C"),),
            status=124,
        ),
    },
    "docs/scenarios.md": {
        "millrace test data/crimes/scenarios": Run("source", shows="^17 passed, 0 failed$"),
        "millrace check data/crimes/scenarios/burst.yaml": Run("source"),
        "millrace test steady.yaml --seeds 100": Run("scenarios", shows="^100 seeds: 100 passed"),
        "millrace test steady.yaml --chaos --seeds 1..2000": Run(
            "scenarios", instead=(("1..2000", "21..40", SEEDS),), shows="20 passed"
        ),
        "millrace test steady.yaml --chaos --seed 417 --shrink": Run("scenarios", shows="1 passed"),
    },
}


def rows():
    """Every command with its row, or None."""
    for document, text in documents().items():
        for command in commands_of(document, text):
            yield command, TABLE.get(document, {}).get(command.text)


def play(document, name, commands):
    """Runs the commands of one stage. Returns the first failure: the rest needs what it should have done."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
    stage = None
    failure = None
    try:
        stage = Stage(folder)
        STAGES[name](stage)
        for command, how in commands:
            stage.run(command, how)
    except Exception as error:  # shown by the test, with its stage's name
        failure = f"{document}, stage {name}: {type(error).__name__}: {error}"
    try:
        if stage is not None:
            stage.close()
    except Failed as error:
        failure = failure or f"{document}, stage {name}: {error}"
    shutil.rmtree(folder, ignore_errors=True)
    return failure


class DocumentedCommands(unittest.TestCase):
    maxDiff = None

    def test_every_command_has_a_row_and_every_row_a_command(self):
        self.assertEqual([str(command) for command, how in rows() if how is None], [])
        shown = {(command.document, command.text) for command, _ in rows()}
        named = {(document, text) for document, texts in TABLE.items() for text in texts}
        self.assertEqual(sorted(named - shown), [], "rows of commands that no document shows")

    def test_what_is_not_run_here_is_covered_by_a_file_that_is_there(self):
        for command, how in rows():
            if isinstance(how, Elsewhere):
                with self.subTest(str(command)):
                    self.assertTrue((ROOT / how.by).is_file(), how.by)
                    self.assertTrue(how.why)

    def test_every_command_ends_as_its_document_says(self):
        stages = {}
        for command, how in rows():
            if isinstance(how, Run):
                stages.setdefault((command.document, how.stage), []).append((command, how))
        left_out = []
        if clients.PYTHON_MISSING:
            left_out = [
                key for key, commands in stages.items()
                if any("aws " in command.text for command, _ in commands)
            ]
            for key in left_out:
                del stages[key]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(play, *key, commands) for key, commands in stages.items()]
        for future in futures:
            with self.subTest():
                self.assertIsNone(future.result(), future.result())
        if left_out:
            self.skipTest(f"{clients.PYTHON_MISSING}; the others were run, these not: {left_out}")


class Extraction(unittest.TestCase):
    def test_commands_are_found_with_what_they_print(self):
        text = "\n".join(
            ["$ not in a block", "```console", "$ one  # about it", "printed", "$ two \\", "    three",
             "```", "```yaml", "$ no command", "```", "```console", "$ four ' # five'", "```"]
        )
        found = [(c.line, c.text, c.printed) for c in commands_of("d", text)]
        self.assertEqual(found, [(3, "one", ("printed",)), (5, "two three", ()), (12, "four ' # five'", ())])


if __name__ == "__main__":
    main()
