"""AWS's clients, as they come, and the whole of a pipeline: a function from a zip, a delivery stream
that uses it, records, and on disk the objects, the backup and the errors that reference/firehose.md
describes; and a data stream that is resharded while a delivery stream reads it."""

import base64
import json
import re
import unittest

import clients
from clients import ClientCase
from functions import ROLE, zip_of
from millrace import ROOT, buckets, main

BUCKETS = """Resources:
  Data: {Type: 'AWS::S3::Bucket', Properties: {BucketName: data}}
  Backup: {Type: 'AWS::S3::Bucket', Properties: {BucketName: backup}}
"""
TRANSFORM = """\
import base64

def handler(event, context):
    answers = []
    for record in event["records"]:
        text = base64.b64decode(record["data"]).decode()
        if text == "raise":
            raise ValueError("no luck")
        result = {"drop": "Dropped", "fail": "ProcessingFailed"}.get(text, "Ok")
        data = base64.b64encode((text.upper() + "\\n").encode()).decode()
        answers.append({"recordId": record["recordId"], "result": result, "data": data})
    return {"records": answers}
"""
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:transform"
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/source"
RETRIES = 1
AT_ONCE = {"SizeInMBs": 1, "IntervalInSeconds": 1}


def destination(**members):
    processor = {"LambdaArn": FUNCTION, "NumberOfRetries": str(RETRIES),
                 "BufferSizeInMBs": "1", "BufferIntervalInSeconds": "0"}
    return {
        "RoleARN": ROLE,
        "BucketARN": "arn:aws:s3:::data",
        "Prefix": "good/",
        "ErrorOutputPrefix": "bad/",
        "BufferingHints": AT_ONCE,
        "S3BackupMode": "Enabled",
        "S3BackupConfiguration": {
            "RoleARN": ROLE, "BucketARN": "arn:aws:s3:::backup", "Prefix": "raw/", "BufferingHints": AT_ONCE,
        },
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [{
                "Type": "Lambda",
                "Parameters": [
                    {"ParameterName": name, "ParameterValue": value} for name, value in processor.items()
                ],
            }],
        },
        **members,
    }


# What is put: a batch, and, once that has arrived, a record that the function does not bear.
BATCH = ["one", "drop", "fail", "two"]
LAST = "raise"

KEY = r"\d{4}/\d\d/\d\d/\d\d/d-1-\d{4}(-\d\d){5}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ERROR_MEMBERS = [
    "rawData", "errorCode", "errorMessage", "attemptsMade", "arrivalTimestamp", "attemptEndingTimestamp", "lambdaARN",
]
ERRORS = [
    ("fail", "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record", 1),
    ("raise", "Lambda.FunctionError",
     "The Lambda function was successfully invoked but it returned an error result.", RETRIES + 1),
]


class Pipeline(ClientCase):
    def serve(self, *words, env=None):
        return super().serve(self.write("buckets.yaml", BUCKETS), *words, env=env)

    def objects(self, bucket, prefix):
        """The objects below a prefix, oldest first."""
        found = {key: body for key, body in buckets(self.state).get(bucket, {}).items() if key.startswith(prefix)}
        for key in found:
            self.assertRegex(key, rf"^{prefix}{KEY}$")
        return [found[key] for key in sorted(found, key=lambda key: re.search(r"-1-(.{19})-", key)[1])]

    def text(self, bucket, prefix):
        return b"".join(self.objects(bucket, prefix)).decode()

    def arrived(self, errors):
        """Once the first so many errors are there, everything else that was put before is, too."""
        while self.text("data", "bad/processing-failed/").count("\n") < errors or not self.is_backed_up(errors):
            self.server.request("GET", "/_millrace/health")

    def is_backed_up(self, errors):
        return len(self.text("backup", "raw/")) == len("".join(BATCH)) + (len(LAST) if errors > 1 else 0)

    def check_objects(self):
        self.assertEqual(self.text("data", "good/"), "ONE\nTWO\n")
        self.assertEqual(self.text("backup", "raw/"), "".join([*BATCH, LAST]))
        got = [json.loads(line) for line in self.text("data", "bad/processing-failed/").splitlines()]
        for error, (raw, code, message, attempts) in zip(got, ERRORS, strict=True):
            self.assertEqual(list(error), ERROR_MEMBERS)
            self.assertEqual(base64.b64decode(error["rawData"]).decode(), raw)
            self.assertEqual((error["errorCode"], error["errorMessage"]), (code, message))
            self.assertEqual((error["attemptsMade"], error["lambdaARN"]), (attempts, FUNCTION))
            self.assertLessEqual(error["arrivalTimestamp"], error["attemptEndingTimestamp"])
        others = [key for key in buckets(self.state)["data"] if not key.startswith(("good/", "bad/"))]
        self.assertEqual(others, [])

    def check_pipeline(self):
        self.make()
        self.put_batch(BATCH)
        self.arrived(1)
        self.put_one(LAST)
        self.arrived(2)
        self.check_objects()


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class Boto3(Pipeline):
    def setUp(self):
        super().setUp()
        self.boto3 = clients.import_boto3()
        self.firehose, self.functions = self.client("firehose"), self.client("lambda")

    def client(self, service):
        client = self.boto3.client(service, endpoint_url=self.server.url)
        self.addCleanup(client.close)
        return client

    def make_function(self):
        self.functions.create_function(FunctionName="transform", Runtime="python3.11", Role=ROLE,
                                       Handler="transform.handler",
                                       Code={"ZipFile": zip_of({"transform.py": TRANSFORM})})
        self.functions.get_waiter("function_active_v2").wait(FunctionName="transform")

    def make_delivery(self, **members):
        self.firehose.create_delivery_stream(DeliveryStreamName="d", **members)
        while self.describe()["DeliveryStreamStatus"] != "ACTIVE":
            pass

    def describe(self):
        return self.firehose.describe_delivery_stream(DeliveryStreamName="d")["DeliveryStreamDescription"]

    def make(self):
        self.make_function()
        self.make_delivery(ExtendedS3DestinationConfiguration=destination())

    def put_batch(self, texts):
        answer = self.firehose.put_record_batch(DeliveryStreamName="d", Records=[{"Data": text} for text in texts])
        self.assertEqual(answer["FailedPutCount"], 0)

    def put_one(self, text):
        self.firehose.put_record(DeliveryStreamName="d", Record={"Data": text})

    def test_objects_backup_and_errors(self):
        self.check_pipeline()

    def reshard(self, kinesis, step):
        open_shards = [
            shard for shard in kinesis.list_shards(StreamName="source")["Shards"]
            if "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        ]
        if step == 0:
            first = open_shards[0]
            low, high = (int(first["HashKeyRange"][name]) for name in ("StartingHashKey", "EndingHashKey"))
            kinesis.split_shard(StreamName="source", ShardToSplit=first["ShardId"],
                                NewStartingHashKey=str((low + high) // 2))
        elif step == 1:
            by_key = sorted(open_shards, key=lambda shard: int(shard["HashKeyRange"]["StartingHashKey"]))
            kinesis.merge_shards(StreamName="source", ShardToMerge=by_key[0]["ShardId"],
                                 AdjacentShardToMerge=by_key[1]["ShardId"])
        else:
            kinesis.update_shard_count(StreamName="source", TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        while kinesis.describe_stream_summary(StreamName="source")["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
            pass

    def test_a_source_that_is_resharded_loses_and_repeats_nothing(self):
        kinesis = self.client("kinesis")
        kinesis.create_stream(StreamName="source", ShardCount=2)
        kinesis.get_waiter("stream_exists").wait(StreamName="source")
        self.make_function()
        self.make_delivery(DeliveryStreamType="KinesisStreamAsSource",
                           KinesisStreamSourceConfiguration={"KinesisStreamARN": STREAM, "RoleARN": ROLE},
                           ExtendedS3DestinationConfiguration=destination())
        put = 0
        for step in range(4):
            for _ in range(6):
                records = [{"Data": f"r{put + i:05}", "PartitionKey": f"k{put + i}"} for i in range(50)]
                answer = kinesis.put_records(StreamName="source", Records=records)
                self.assertEqual(answer["FailedRecordCount"], 0)
                put += len(records)
            if step < 3:
                self.reshard(kinesis, step)
        want = [f"r{n:05}" for n in range(put)]
        while len(self.text("data", "good/")) < 7 * put or len(self.text("backup", "raw/")) < 6 * put:
            self.describe()
        self.assertEqual(sorted(self.text("data", "good/").splitlines()), [text.upper() for text in want])
        raw = self.text("backup", "raw/")
        self.assertEqual(sorted(raw[i : i + 6] for i in range(0, len(raw), 6)), want)
        self.assertEqual(self.objects("data", "bad/"), [])
        closed = [s for s in kinesis.list_shards(StreamName="source")["Shards"]
                  if "EndingSequenceNumber" in s["SequenceNumberRange"]]
        self.assertGreaterEqual(len(closed), 3)

    def test_records_go_to_the_partitions_of_their_keys(self):
        query = {"Type": "MetadataExtraction", "Parameters": [
            {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{customer: .customer}"},
            {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
        ]}
        self.make_delivery(ExtendedS3DestinationConfiguration=destination(
            Prefix="customer=!{partitionKeyFromQuery:customer}/",
            BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60},
            DynamicPartitioningConfiguration={"Enabled": True},
            ProcessingConfiguration={"Enabled": True, "Processors": [query]},
        ))
        records = [json.dumps({"customer": name, "n": n}) + "\n" for n, name in enumerate("abcab")]
        self.put_batch([*records, "no JSON"])
        self.firehose.put_record(DeliveryStreamName="d", Record={"Data": records[0]})
        self.assertEqual(self.server.stop(), 0, self.server.err)
        super().serve("--drain").stop()  # what is buffered outlives the server, and is delivered
        found = {}
        for key, body in buckets(self.state)["data"].items():
            found.setdefault(key.split("/")[0], []).append(body.decode())
        self.assertEqual({key: sorted("".join(bodies).splitlines(True)) for key, bodies in found.items() if key != "bad"},
                         {f"customer={name}": sorted([r for r in [*records, records[0]] if f'"{name}"' in r])
                          for name in "abc"})
        (error,) = (json.loads(line) for body in found["bad"] for line in body.splitlines())
        self.assertEqual(error["errorCode"], "DynamicPartitioning.MetadataExtractionFailed")
        self.assertEqual(base64.b64decode(error["rawData"]), b"no JSON")


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class AwsCli(Pipeline):
    def aws(self, *words):
        env = {"PYTHONPATH": str(clients.PYTHON_PACKAGES)}
        _, out, _ = self.run_client([clients.FOLDER / "venv/bin/aws", *words, "--output", "json"], env=env)
        return json.loads(out) if out.strip() else None

    def make(self):
        zipped = self.write("transform.zip", zip_of({"transform.py": TRANSFORM}))
        self.aws("lambda", "create-function", "--function-name", "transform", "--runtime", "python3.11", "--role",
                 ROLE, "--handler", "transform.handler", "--zip-file", f"fileb://{zipped}")
        self.aws("lambda", "wait", "function-active-v2", "--function-name", "transform")
        self.aws("firehose", "create-delivery-stream", "--delivery-stream-name", "d",
                 "--extended-s3-destination-configuration", json.dumps(destination()))
        while self.aws("firehose", "describe-delivery-stream", "--delivery-stream-name", "d")[
            "DeliveryStreamDescription"
        ]["DeliveryStreamStatus"] != "ACTIVE":
            pass

    def put_batch(self, texts):
        answer = self.aws("firehose", "put-record-batch", "--delivery-stream-name", "d", "--records",
                          json.dumps([{"Data": text} for text in texts]))
        self.assertEqual(answer["FailedPutCount"], 0)

    def put_one(self, text):
        self.aws("firehose", "put-record", "--delivery-stream-name", "d", "--record", json.dumps({"Data": text}))

    def test_objects_backup_and_errors(self):
        self.check_pipeline()


@unittest.skipIf(clients.NODE_MISSING, clients.NODE_MISSING)
class JavaScript(Pipeline):
    def node(self, what, argument):
        env = {"MILLRACE_NODE_CLIENTS": str(clients.NODE)}
        self.run_client(["node", ROOT / "tests/clients/transform.mjs", what, argument], env=env)

    def make(self):
        zipped = self.write("transform.zip", zip_of({"transform.py": TRANSFORM}))
        self.node("make", json.dumps({"zip": str(zipped), "role": ROLE, "destination": destination()}))

    def put_batch(self, texts):
        self.node("batch", json.dumps(texts))

    def put_one(self, text):
        self.node("one", json.dumps(text))

    def test_objects_backup_and_errors(self):
        self.check_pipeline()


if __name__ == "__main__":
    main()
