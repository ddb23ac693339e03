"""aws-cli, as it comes, against `millrace serve`: the life of a stream. (It has no command for
SubscribeToShard.)"""

import base64
import contextlib
import io
import json
import os
import sys
import unittest

import clients
from clients import ClientCase
from millrace import main

SHARD = "shardId-00000000000"
HALF = str(1 << 127)


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class AwsCli(ClientCase):
    def setUp(self):
        super().setUp()
        clients.use_python_packages()
        os.environ["AWS_ENDPOINT_URL"] = self.server.url
        self.addCleanup(os.environ.pop, "AWS_ENDPOINT_URL")

    def aws(self, command, *words):
        """What `aws kinesis COMMAND ...` does, without starting Python anew for each."""
        from awscli.clidriver import create_clidriver

        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = create_clidriver().main(["kinesis", command, "--output", "json", *words])
        self.assertEqual(status, 0, (command, words))
        return json.loads(out.getvalue()) if out.getvalue().strip() else {}

    def of_stream(self, command, *words):
        return self.aws(command, "--stream-name", "s", *words)

    def wait_until_active(self):
        while True:
            summary = self.of_stream("describe-stream-summary")["StreamDescriptionSummary"]
            if summary["StreamStatus"] == "ACTIVE":
                return summary

    def put(self, text):
        words = ("--partition-key", "k", "--explicit-hash-key", "0", "--data", text)
        return self.of_stream("put-record", *words)["SequenceNumber"]

    def read(self, shard, kind, *words):
        answer = self.of_stream(
            "get-shard-iterator", "--shard-id", SHARD + shard, "--shard-iterator-type", kind, *words
        )
        answer = self.aws("get-records", "--shard-iterator", answer["ShardIterator"])
        texts = [base64.b64decode(record["Data"]).decode() for record in answer["Records"]]
        return texts, [child["ShardId"][-1] for child in answer.get("ChildShards", [])], answer

    def test_the_life_of_a_stream(self):
        self.of_stream("create-stream", "--shard-count", "1")
        self.wait_until_active()
        self.assertEqual(self.aws("list-streams")["StreamNames"], ["s"])

        first = self.put("1")
        self.put("2")
        texts, _, answer = self.read("0", "TRIM_HORIZON")
        self.assertEqual(texts, ["1", "2"])
        when = str(answer["Records"][0]["ApproximateArrivalTimestamp"])
        self.assertEqual(self.read("0", "LATEST")[0], [])
        number = ("--starting-sequence-number", first)
        self.assertEqual(self.read("0", "AT_SEQUENCE_NUMBER", *number)[0], ["1", "2"])
        self.assertEqual(self.read("0", "AFTER_SEQUENCE_NUMBER", *number)[0], ["2"])
        self.assertEqual(self.read("0", "AT_TIMESTAMP", "--timestamp", when)[0], ["1", "2"])

        split = ("--shard-to-split", SHARD + "0", "--new-starting-hash-key", HALF)
        self.of_stream("split-shard", *split)
        self.wait_until_active()
        self.put("3")
        both = ("--shard-to-merge", SHARD + "1", "--adjacent-shard-to-merge", SHARD + "2")
        self.of_stream("merge-shards", *both)
        summary = self.wait_until_active()
        self.assertEqual(summary["OpenShardCount"], 1)
        self.put("4")
        self.assertEqual(self.read("0", "TRIM_HORIZON")[:2], (["1", "2"], ["1", "2"]))
        self.assertEqual(self.read("1", "TRIM_HORIZON")[:2], (["3"], ["3"]))
        self.assertEqual(self.read("3", "TRIM_HORIZON")[:2], (["4"], []))

        arn = ("--stream-arn", summary["StreamARN"])
        self.aws("register-stream-consumer", *arn, "--consumer-name", "c")
        listed = self.aws("list-stream-consumers", *arn)["Consumers"]
        self.assertEqual([consumer["ConsumerName"] for consumer in listed], ["c"])
        self.aws("deregister-stream-consumer", *arn, "--consumer-name", "c")

        self.of_stream("delete-stream", "--enforce-consumer-deletion")
        while self.aws("list-streams")["StreamNames"]:
            pass

        # Once as a process of its own: what it says and how it ends.
        _, _, err = self.run_client(
            [sys.executable, "-m", "awscli", "kinesis", "describe-stream", "--stream-name", "s"],
            env={"PYTHONPATH": str(clients.PYTHON_PACKAGES)},
            want=255,
        )
        self.assertIn("ResourceNotFoundException", err)
        self.assertIn("Stream s under account 000000000000 not found.", err)


if __name__ == "__main__":
    main()
