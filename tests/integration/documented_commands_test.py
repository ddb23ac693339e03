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
from document_stages import STAGES
from documents import Elsewhere, Failed, Run, Stage, commands_of, documents
from millrace import ROOT, main

SEEDS = "as many seeds as a test has time for; scripts/chaos runs thousands"

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
        "millrace serve": Run(
            "sdk", instead=(("serve", "serve --port 0", "port 4566 may be in use here"),), serves=True
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
        "millrace run template.yaml --clock 60x": Run("time", shows="200 records put"),
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
        if clients.PYTHON_MISSING:
            left_out = [key for key, commands in stages.items()
                        if any("aws " in command.text for command, _ in commands)]
            print(f"{clients.PYTHON_MISSING}; not run: {left_out}")
            for key in left_out:
                del stages[key]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            futures = [pool.submit(play, *key, commands) for key, commands in stages.items()]
        for future in futures:
            with self.subTest():
                self.assertIsNone(future.result(), future.result())


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
