"""Event source mappings: of a template in `run` and `serve`, and by the API against a handler."""

import json
import time

from millrace import main
from server import ServerCase

HANDLER = """
import base64, json, os

def handler(event, context):
    rows = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(json.dumps([context.function_name, event["Records"][0]["eventSourceARN"], rows]) + "\\n")
    return {
        "batchItemFailures": [
            {"itemIdentifier": r["kinesis"]["sequenceNumber"]}
            for r, row in zip(event["Records"], rows)
            if row.startswith("13,")
        ]
    }
"""

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Metadata:
  Millrace:
    Inputs: [{{Stream: S, File: rows.csv, PartitionKey: 'column:n', Encode: csv}}]
Resources:
  S: {{Type: AWS::Kinesis::Stream, Properties: {{Name: s, ShardCount: 2}}}}
  B: {{Type: AWS::S3::Bucket, Properties: {{BucketName: failed}}}}
  F:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: f
      Runtime: python3.12
      Handler: handler.handler
      CodeUri: code
      Timeout: 60
      Environment: {{Variables: {{SEEN: '{seen}'}}}}
      Events:
        Feed:
          Type: Kinesis
          Properties:
            Stream: !GetAtt S.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            MaximumRetryAttempts: 2
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
            DestinationConfig: {{OnFailure: {{Type: S3, Destination: !GetAtt B.Arn}}}}
{more}"""

STREAM_ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
MAPPINGS = "/2015-03-31/event-source-mappings"
SECONDS = 60  # a bound, so that a hang is a failure


class Mappings(ServerCase):
    def setUp(self):
        super().setUp()
        self.seen = self.dir / "seen.jsonl"
        (self.dir / "code").mkdir()
        (self.dir / "code/handler.py").write_text(HANDLER)
        (self.dir / "rows.csv").write_text(
            "n,word\n" + "".join(f"{n},w{n}\n" for n in range(1, 41))
        )
        self.write_template()

    def write_template(self, more=""):
        (self.dir / "t.yaml").write_text(TEMPLATE.format(seen=self.seen, more=more))

    def batches(self):
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        return [json.loads(line)[2] for line in lines]

    def rows_seen(self):
        return {row for batch in self.batches() for row in batch}

    def failures(self):
        files = (self.state / "s3/failed").rglob("*")
        return [json.loads(path.read_text()) for path in files if path.is_file()]

    # ---- run ----

    def test_run_sends_every_row_and_gives_up_the_poison(self):
        result = self.millrace("run", "t.yaml", "--state", self.state)
        self.assertIn("s -> f: 39 records done, 1 given up, 0 filtered out", result.err)
        self.assertEqual(len(self.rows_seen()), 40)
        self.assertTrue(all(len(batch) <= 10 for batch in self.batches()))
        self.assertEqual(self.batches().count(["13,w13"]), 3)
        (failure,) = self.failures()
        self.assertEqual(failure["requestContext"]["condition"], "RetryAttemptsExhausted")
        self.assertEqual(failure["requestContext"]["approximateInvokeCount"], 3)
        self.assertEqual(failure["responseContext"]["functionError"], None)
        self.assertEqual(failure["KinesisBatchInfo"]["batchSize"], 1)
        self.assertEqual(len(failure["payload"]["Records"]), 1)

    def test_run_gives_one_answer(self):
        self.millrace("run", "t.yaml", "--state", self.state, "--twice")

    def test_run_waits_for_the_window_and_a_drain_does_not(self):
        self.write_template("            MaximumBatchingWindowInSeconds: 300\n            Enabled: true\n")
        (self.dir / "rows.csv").write_text("n,word\n1,w1\n2,w2\n")
        waited = self.millrace("run", "t.yaml", "--state", self.state)
        self.assertRegex(waited.err, r"00:05:0\dZ, 5 min")
        drained = self.millrace("run", "t.yaml", "--state", self.dir / "other", "--drain")
        self.assertRegex(drained.err, r"00:00:0\dZ, ")
        self.assertIn("2 records done", drained.err)

    def test_run_goes_on_where_it_was(self):
        self.millrace("run", "t.yaml", "--state", self.state)
        before = len(self.batches())
        with (self.dir / "rows.csv").open("a") as rows:
            rows.write("41,w41\n")
        result = self.millrace("run", "t.yaml", "--state", self.state, "--resume")
        self.assertEqual(self.batches()[before:], [["41,w41"]])
        self.assertIn("s -> f: 1 records done", result.err)

    # ---- serve ----

    def until(self, what, done):
        end = time.monotonic() + SECONDS
        while not done():
            self.assertLess(time.monotonic(), end, what)

    def mapping(self, server, method, path="", status=202, **members):
        got, _, data = server.request(
            method,
            MAPPINGS + path,
            json.dumps(members) if members else None,
            {
                "Content-Type": "application/json",
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/lambda/"
                "aws4_request, SignedHeaders=host, Signature=0",
                "X-Amz-Date": "20250101T000000Z",
            },
        )
        self.assertEqual(got, status, data)
        return json.loads(data)

    def test_serve_invokes_and_goes_on_after_a_kill(self):
        words = ("t.yaml", "--state-delay", "20ms")
        server = self.serve(*words)
        (made,) = self.mapping(server, "GET", status=200)["EventSourceMappings"]
        self.assertEqual((made["State"], made["BatchSize"]), ("Enabled", 10))
        self.put(server, "s", *(f"{n},w{n}" for n in range(1, 41)))
        self.until("every row", lambda: len(self.rows_seen()) == 40)
        self.until("the failure", self.failures)
        self.put(server, "s", "live")
        self.until("a put", lambda: "live" in self.rows_seen())
        uuid = "/" + made["UUID"]
        self.until(
            "the result",
            lambda: self.mapping(server, "GET", uuid, 200)["LastProcessingResult"] == "OK",
        )
        changed = self.mapping(server, "PUT", uuid, Enabled=False)
        self.assertEqual(changed["State"], "Disabling")
        self.until(
            "disabled", lambda: self.mapping(server, "GET", uuid, 200)["State"] == "Disabled"
        )
        self.put(server, "s", "later")
        server.process.kill()
        server.end()
        before = len(self.batches())
        server = self.serve("--state-delay", "20ms")
        self.assertEqual(self.mapping(server, "GET", uuid, 200)["State"], "Disabled")
        server.stop()
        server = self.serve(*words)  # the template wants it enabled
        self.until("what waited", lambda: "later" in self.rows_seen())
        self.assertEqual([b for b in self.batches()[before:] if "later" not in b], [])
        self.mapping(server, "DELETE", uuid)
        self.until(
            "gone",
            lambda: not self.mapping(server, "GET", status=200)["EventSourceMappings"],
        )
        self.assertEqual(server.stop(), 0, server.err)


if __name__ == "__main__":
    main()
