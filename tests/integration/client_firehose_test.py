"""AWS's clients, as they come, against the Firehose of `millrace serve`: the life of a delivery
stream through boto3, aws-cli and the AWS SDK for JavaScript, and its objects on disk."""

import contextlib
import datetime
import gzip
import io
import json
import os
import unittest

import clients
from clients import ClientCase
from millrace import ROOT, buckets, main

ARN = "arn:aws:firehose:us-east-1:000000000000:deliverystream/d"
DESTINATION = "destinationId-000000000001"
CONFIGURATION = {
    "RoleARN": "arn:aws:iam::000000000000:role/firehose",
    "BucketARN": "arn:aws:s3:::landing",
    "Prefix": "in/",
    "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
    "CompressionFormat": "GZIP",
}
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
BUCKET = "Resources:\n  Bucket: {Type: 'AWS::S3::Bucket', Properties: {BucketName: landing}}\n"
FORMATS = {
    "UNCOMPRESSED": ("", b""),
    "GZIP": (r"\.gz", b"\x1f\x8b"),
    "ZIP": (r"\.zip", b"PK\x03\x04"),
    "Snappy": (r"\.snappy", b"\x82SNAPPY\x00"),
    "HADOOP_SNAPPY": (r"\.snappy", b"\x00\x00\x00\x05"),
}


class FirehoseClientCase(ClientCase):
    def serve(self, *words, env=None):
        return super().serve(self.write("bucket.yaml", BUCKET), *words, env=env)

    def landing(self):
        return buckets(self.state).get("landing", {})

    def check_key(self, key, prefix, version, extension=""):
        when = r"\d{4}(-\d\d){5}"
        self.assertRegex(
            key, rf"^{prefix}\d{{4}}/\d\d/\d\d/\d\d/d-{version}-{when}-{UUID}{extension}$"
        )


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class Boto3(FirehoseClientCase):
    def setUp(self):
        super().setUp()
        boto3 = clients.import_boto3()
        self.firehose = boto3.client("firehose", endpoint_url=self.server.url)
        self.addCleanup(self.firehose.close)

    def create(self, **members):
        answer = self.firehose.create_delivery_stream(
            DeliveryStreamName="d",
            ExtendedS3DestinationConfiguration={**CONFIGURATION, **members},
            Tags=[{"Key": "k", "Value": "v"}],
        )
        self.assertEqual(answer["DeliveryStreamARN"], ARN)
        return self.until(lambda told: told["DeliveryStreamStatus"] == "ACTIVE")

    def describe(self):
        answer = self.firehose.describe_delivery_stream(DeliveryStreamName="d")
        return answer["DeliveryStreamDescription"]

    def until(self, what):
        while True:
            told = self.describe()
            if what(told):
                return told

    def update(self, version, **members):
        self.firehose.update_destination(
            DeliveryStreamName="d",
            CurrentDeliveryStreamVersionId=version,
            DestinationId=DESTINATION,
            ExtendedS3DestinationUpdate=members,
        )

    def put(self, text):
        return self.firehose.put_record(DeliveryStreamName="d", Record={"Data": text})

    def arrived(self, count):
        while len(self.landing()) < count:
            self.describe()
        return self.landing()

    def test_the_life_of_a_delivery_stream(self):
        told = self.create()
        self.assertIsInstance(told["CreateTimestamp"], datetime.datetime)
        self.assertEqual((told["DeliveryStreamType"], told["VersionId"]), ("DirectPut", "1"))
        with self.assertRaises(self.firehose.exceptions.ResourceInUseException):
            self.create()
        self.put(b"one")
        ((key, body),) = self.arrived(1).items()
        self.check_key(key, "in/", 1, r"\.gz")
        self.assertEqual(gzip.decompress(body), b"one")

        self.update("1", Prefix="out/", CompressionFormat="UNCOMPRESSED")
        with self.assertRaises(self.firehose.exceptions.ConcurrentModificationException):
            self.update("1", Prefix="again/")
        self.assertIn("LastUpdateTimestamp", self.describe())
        answer = self.firehose.put_record_batch(
            DeliveryStreamName="d", Records=[{"Data": b"two"}, {"Data": bytes(range(256))}]
        )
        self.assertEqual(answer["FailedPutCount"], 0)
        self.assertEqual(len({entry["RecordId"] for entry in answer["RequestResponses"]}), 2)
        found = self.arrived(2)
        ((key, body),) = ((k, v) for k, v in found.items() if k.startswith("out/"))
        self.check_key(key, "out/", 2)
        self.assertEqual(body, b"two" + bytes(range(256)))

        self.firehose.tag_delivery_stream(
            DeliveryStreamName="d", Tags=[{"Key": "a"}, {"Key": "k", "Value": "w"}]
        )
        self.firehose.untag_delivery_stream(DeliveryStreamName="d", TagKeys=["a"])
        tags = self.firehose.list_tags_for_delivery_stream(DeliveryStreamName="d")
        self.assertEqual(tags["Tags"], [{"Key": "k", "Value": "w"}])
        names = self.firehose.list_delivery_streams(DeliveryStreamType="DirectPut")
        self.assertEqual(names["DeliveryStreamNames"], ["d"])

        self.firehose.start_delivery_stream_encryption(DeliveryStreamName="d")
        self.until(lambda told: told["DeliveryStreamEncryptionConfiguration"]["Status"] == "ENABLED")
        self.assertIs(self.put(b"secret")["Encrypted"], True)
        self.firehose.stop_delivery_stream_encryption(DeliveryStreamName="d")
        self.until(lambda told: told["DeliveryStreamEncryptionConfiguration"]["Status"] == "DISABLED")

        self.firehose.delete_delivery_stream(DeliveryStreamName="d")
        with self.assertRaises(self.firehose.exceptions.ResourceNotFoundException):
            self.until(lambda told: False)
        with self.assertRaises(self.firehose.exceptions.ResourceNotFoundException):
            self.put(b"late")

    def test_every_compression(self):
        self.create(Prefix="UNCOMPRESSED/", CompressionFormat="UNCOMPRESSED")
        for version, (name, (extension, magic)) in enumerate(FORMATS.items(), 1):
            if version > 1:
                self.update(str(version - 1), Prefix=f"{name}/", CompressionFormat=name)
            self.put(b"hello")
            found = self.arrived(version)
            ((key, body),) = ((k, v) for k, v in found.items() if k.startswith(f"{name}/"))
            self.check_key(key, f"{name}/", version, extension)
            self.assertTrue(body.startswith(magic), (name, body))
            if name == "UNCOMPRESSED":
                self.assertEqual(body, b"hello")


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class AwsCli(FirehoseClientCase):
    def setUp(self):
        super().setUp()
        clients.use_python_packages()
        os.environ["AWS_ENDPOINT_URL"] = self.server.url
        self.addCleanup(os.environ.pop, "AWS_ENDPOINT_URL")

    def aws(self, command, *words, want=0):
        """What `aws firehose COMMAND ...` does, without starting Python anew for each."""
        from awscli.clidriver import create_clidriver

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = create_clidriver().main(["firehose", command, "--output", "json", *words])
        self.assertEqual(status, want, (command, words, err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else {}

    def of_stream(self, command, *words, want=0):
        return self.aws(command, "--delivery-stream-name", "d", *words, want=want)

    def describe(self):
        return self.of_stream("describe-delivery-stream")["DeliveryStreamDescription"]

    def test_the_life_of_a_delivery_stream(self):
        answer = self.of_stream(
            "create-delivery-stream",
            "--extended-s3-destination-configuration",
            json.dumps({**CONFIGURATION, "CompressionFormat": "UNCOMPRESSED"}),
        )
        self.assertEqual(answer["DeliveryStreamARN"], ARN)
        while self.describe()["DeliveryStreamStatus"] != "ACTIVE":
            pass
        self.of_stream("put-record", "--record", '{"Data": "one"}')
        while not self.landing():
            self.describe()
        ((key, body),) = self.landing().items()
        self.check_key(key, "in/", 1)
        self.assertEqual(body, b"one")
        answer = self.of_stream(
            "put-record-batch", "--records", '[{"Data": "two"}, {"Data": "three"}]'
        )
        self.assertEqual(answer["FailedPutCount"], 0)
        while len(self.landing()) < 2:
            self.describe()
        self.assertEqual(sorted(self.landing().values()), [b"one", b"twothree"])
        self.of_stream(
            "update-destination",
            *("--current-delivery-stream-version-id", "1", "--destination-id", DESTINATION),
            *("--extended-s3-destination-update", '{"FileExtension": ".json"}'),
        )
        self.assertEqual(self.describe()["VersionId"], "2")
        self.of_stream("tag-delivery-stream", "--tags", "Key=k,Value=v")
        self.assertEqual(
            self.of_stream("list-tags-for-delivery-stream")["Tags"], [{"Key": "k", "Value": "v"}]
        )
        self.of_stream("untag-delivery-stream", "--tag-keys", "k")
        self.assertEqual(self.aws("list-delivery-streams")["DeliveryStreamNames"], ["d"])
        self.of_stream("start-delivery-stream-encryption")
        while self.describe()["DeliveryStreamEncryptionConfiguration"]["Status"] != "ENABLED":
            pass
        self.of_stream("stop-delivery-stream-encryption")
        self.of_stream("delete-delivery-stream")
        while self.aws("list-delivery-streams")["DeliveryStreamNames"]:
            pass
        self.of_stream("describe-delivery-stream", want=255)


@unittest.skipIf(clients.NODE_MISSING, clients.NODE_MISSING)
class JavaScript(FirehoseClientCase):
    def test_the_life_of_a_delivery_stream(self):
        env = {"MILLRACE_NODE_CLIENTS": str(clients.NODE)}
        folder = self.state / "s3/landing"
        words = ["node", ROOT / "tests/clients/delivery.mjs", folder]
        _, out, _ = self.run_client(words, env=env)
        steps = ["created", "delivered a record", "updated", "delivered a batch"]
        steps += ["tagged and listed", "encrypted", "deleted"]
        self.assertEqual(out.splitlines(), steps)


if __name__ == "__main__":
    main()
