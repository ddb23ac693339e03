"""boto3, as it comes, against `millrace serve`: a function from a zip, an event source mapping, and
what the function has seen."""

import io
import json
import time
import unittest
import zipfile

import clients
from millrace import main
from server import ServerCase

HANDLER = """
import base64, json, os

def handler(event, context):
    rows = [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
    roles = {r["invokeIdentityArn"] for r in event["Records"]}
    with open(os.environ["SEEN"], "a") as seen:
        seen.write(json.dumps([rows, sorted(roles), context.aws_request_id]) + "\\n")
    if any(row.startswith("poison") for row in rows):
        raise ValueError("poison")
"""
ROLE = "arn:aws:iam::000000000000:role/lambda"
BUCKET = "Resources: {B: {Type: AWS::S3::Bucket, Properties: {BucketName: failed}}}\n"
SECONDS = 60  # a bound, so that a hang is a failure


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class Boto3Mapping(ServerCase):
    def setUp(self):
        super().setUp()
        self.boto3 = clients.import_boto3()
        (self.dir / "t.yaml").write_text(BUCKET)
        self.server = self.serve("t.yaml", "--state-delay", "20ms")
        self.seen = self.dir / "seen.jsonl"
        self.kinesis, self.lambdas = self.client("kinesis"), self.client("lambda")
        self.kinesis.create_stream(StreamName="s", ShardCount=2)
        self.kinesis.get_waiter("stream_exists").wait(
            StreamName="s", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
        )
        self.stream = self.kinesis.describe_stream_summary(StreamName="s")[
            "StreamDescriptionSummary"
        ]["StreamARN"]
        self.make_function()

    def client(self, name):
        made = self.boto3.client(name, endpoint_url=self.server.url)
        self.addCleanup(made.close)
        return made

    def make_function(self):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("handler.py", HANDLER)
        self.lambdas.create_function(
            FunctionName="f",
            Runtime="python3.12",
            Role=ROLE,
            Handler="handler.handler",
            Timeout=60,
            Code={"ZipFile": packed.getvalue()},
            Environment={"Variables": {"SEEN": str(self.seen)}},
        )
        self.lambdas.get_waiter("function_active_v2").wait(
            FunctionName="f", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
        )

    def until(self, what, done):
        end = time.monotonic() + SECONDS
        while not done():
            self.assertLess(time.monotonic(), end, what)

    def calls(self):
        lines = self.seen.read_text().splitlines() if self.seen.exists() else []
        return [json.loads(line) for line in lines]

    def rows(self):
        return [row for rows, _, _ in self.calls() for row in rows]

    def state_of(self, uuid):
        return self.lambdas.get_event_source_mapping(UUID=uuid)["State"]

    def put(self, *texts, key="k"):
        answer = self.kinesis.put_records(
            StreamName="s", Records=[{"Data": t.encode(), "PartitionKey": key} for t in texts]
        )
        self.assertEqual(answer["FailedRecordCount"], 0)
        return [record["SequenceNumber"] for record in answer["Records"]]

    def failures(self):
        folder = self.state / "s3/failed"
        return [json.loads(p.read_text()) for p in folder.rglob("*") if p.is_file()]

    def test_a_mapping_invokes_a_function_made_by_a_client(self):
        made = self.lambdas.create_event_source_mapping(
            FunctionName="f",
            EventSourceArn=self.stream,
            StartingPosition="LATEST",
            BatchSize=5,
            MaximumRetryAttempts=1,
            BisectBatchOnFunctionError=True,
            DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failed"}},
        )
        uuid = made["UUID"]
        self.assertEqual(made["State"], "Creating")
        self.assertEqual(made["ResponseMetadata"]["HTTPStatusCode"], 202)
        self.until("enabled", lambda: self.state_of(uuid) == "Enabled")
        with self.assertRaises(self.lambdas.exceptions.ResourceConflictException):
            self.lambdas.create_event_source_mapping(
                FunctionName="f", EventSourceArn=self.stream, StartingPosition="LATEST"
            )

        numbers = self.put("a", "b", "poison", "c", "d", "e")
        self.until("the failure", self.failures)
        self.until("the last", lambda: "e" in self.rows())
        done = [rows for rows, _, _ in self.calls() if "poison" not in rows]
        self.assertEqual([row for rows in done for row in rows], ["a", "b", "c", "d", "e"])
        self.assertEqual({role for _, roles, _ in self.calls() for role in roles}, {ROLE})
        (failure,) = self.failures()
        self.assertEqual(
            failure["requestContext"]["functionArn"],
            "arn:aws:lambda:us-east-1:000000000000:function:f",
        )
        self.assertEqual(failure["requestContext"]["condition"], "RetryAttemptsExhausted")
        self.assertEqual(failure["requestContext"]["approximateInvokeCount"], 2)
        self.assertEqual(failure["responseContext"]["functionError"], "Unhandled")
        self.assertIn(failure["requestContext"]["requestId"], [call[2] for call in self.calls()])
        info = failure["KinesisBatchInfo"]
        self.assertEqual(info["startSequenceNumber"], numbers[2])
        self.assertEqual(info["endSequenceNumber"], numbers[2])
        self.assertEqual((info["batchSize"], info["streamArn"]), (1, self.stream))

        self.lambdas.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.until("disabled", lambda: self.state_of(uuid) == "Disabled")
        self.put("late")
        self.lambdas.update_event_source_mapping(UUID=uuid, Enabled=True, BatchSize=1)
        self.until("what came meanwhile", lambda: "late" in self.rows())
        (listed,) = self.lambdas.get_paginator("list_event_source_mappings").paginate(
            FunctionName="f"
        ).build_full_result()["EventSourceMappings"]
        self.assertEqual((listed["UUID"], listed["BatchSize"]), (uuid, 1))
        self.until("enabled", lambda: self.state_of(uuid) == "Enabled")
        self.assertEqual(self.lambdas.delete_event_source_mapping(UUID=uuid)["State"], "Deleting")

        def is_gone():
            try:
                self.state_of(uuid)
            except self.lambdas.exceptions.ResourceNotFoundException:
                return True
            return False

        self.until("gone", is_gone)

    def test_function_and_mapping_are_there_after_a_kill(self):
        uuid = self.lambdas.create_event_source_mapping(
            FunctionName="f", EventSourceArn=self.stream, StartingPosition="TRIM_HORIZON"
        )["UUID"]
        self.put("before")
        self.until("the first", lambda: "before" in self.rows())
        self.until(
            "its position is kept",
            lambda: self.lambdas.get_event_source_mapping(UUID=uuid)["LastProcessingResult"]
            == "OK",
        )
        self.put("another")  # perhaps it is under way when the process goes
        self.server.process.kill()
        self.server.end()
        self.server = self.serve("--state-delay", "20ms")
        self.kinesis, self.lambdas = self.client("kinesis"), self.client("lambda")
        self.put("after")
        self.until("the last", lambda: "after" in self.rows())
        self.assertIn("another", self.rows())
        self.assertEqual(self.rows().count("before"), 1)


if __name__ == "__main__":
    main()
