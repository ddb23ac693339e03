"""Delivery streams of `millrace serve`: their objects on disk, restarts, kills, and templates."""

import base64
import gzip
import signal

from millrace import buckets, main
from server import ServerCase

NO_DELAY = ("--state-delay", "0")
BUCKET = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: landing}
"""
DELIVERY = """
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: templated
      DirectPutSourceConfiguration: {ThroughputHintInMBs: 7}
      DeliveryStreamEncryptionConfigurationInput: {KeyType: AWS_OWNED_CMK}
      Tags: [{Key: team, Value: rides}]
      ExtendedS3DestinationConfiguration:
        RoleARN: arn:aws:iam::000000000000:role/firehose
        BucketARN: !GetAtt Bucket.Arn
        Prefix: PREFIX
        BufferingHints: {SizeInMBs: '1', IntervalInSeconds: 900}
        ProcessingConfiguration:
          Enabled: 'true'
          Processors:
            - Type: AppendDelimiterToRecord
"""
ROLE = "arn:aws:iam::000000000000:role/firehose"
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class FirehoseCase(ServerCase):
    def firehose(self, server, operation, want=200, **members):
        status, answer = server.call(operation, _service="firehose", **members)
        self.assertEqual(status, want, (operation, answer))
        return answer

    def create(self, server, name="d", seconds=0, **members):
        destination = {
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::landing",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": seconds},
            **members,
        }
        return self.firehose(
            server,
            "CreateDeliveryStream",
            DeliveryStreamName=name,
            ExtendedS3DestinationConfiguration=destination,
        )

    def describe(self, server, name="d"):
        answer = self.firehose(server, "DescribeDeliveryStream", DeliveryStreamName=name)
        return answer["DeliveryStreamDescription"]

    def put(self, server, *texts, name="d"):
        records = [{"Data": base64.b64encode(text.encode()).decode()} for text in texts]
        answer = self.firehose(server, "PutRecordBatch", DeliveryStreamName=name, Records=records)
        self.assertEqual(answer["FailedPutCount"], 0)
        return [entry["RecordId"] for entry in answer["RequestResponses"]]

    def update(self, server, version, name="d", **members):
        return self.firehose(
            server,
            "UpdateDestination",
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=version,
            DestinationId="destinationId-000000000001",
            ExtendedS3DestinationUpdate=members,
        )

    def objects(self, server, count):
        """The objects of the bucket, once there are so many. Asking turns the server meanwhile."""
        for _ in range(100_000):
            found = buckets(self.state).get("landing", {})
            if len(found) >= count:
                return found
            self.firehose(server, "ListDeliveryStreams")
        self.fail(f"{count} objects did not come: {found}")

    def template(self, text=BUCKET, name="bucket.yaml"):
        return self.write(name, text)


class Objects(FirehoseCase):
    def test_objects_have_the_key_and_the_bytes_of_aws(self):
        server = self.serve(self.template(), *NO_DELAY)
        self.create(server, Prefix="in/", CompressionFormat="GZIP")
        self.put(server, "one", "two")
        ((key, body),) = self.objects(server, 1).items()
        self.assertRegex(key, rf"^in/(\d{{4}}/\d\d/\d\d/\d\d)/d-1-\d{{4}}(-\d\d){{5}}-{UUID}\.gz$")
        self.assertEqual(gzip.decompress(body), b"onetwo")
        self.update(server, "1", Prefix="out-", CompressionFormat="UNCOMPRESSED", FileExtension=".x")
        self.put(server, "three")
        found = self.objects(server, 2)
        ((key, body),) = ((k, v) for k, v in found.items() if not k.startswith("in/"))
        self.assertRegex(key, rf"^out-\d{{4}}/\d\d/\d\d/\d\d/d-2-\d{{4}}(-\d\d){{5}}-{UUID}\.x$")
        self.assertEqual(body, b"three")

    def test_a_bucket_that_is_not_there_is_told_of_and_waited_for(self):
        server = self.serve(*NO_DELAY)
        self.create(server, BucketARN="arn:aws:s3:::nowhere")
        self.put(server, "kept")
        line = "millrace: warning: delivery stream d: its object for bucket nowhere is put again later"
        for _ in range(100_000):
            if line in server.err:
                break
            self.describe(server)
        self.assertIn(f"A bucket is a folder: mkdir {self.state}/s3/nowhere makes it", server.err)
        self.assertEqual(server.stop(), 0, server.err)
        template = self.template(BUCKET.replace("landing", "nowhere"))
        server = self.serve(template, *NO_DELAY, "--drain")
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(list(buckets(self.state)["nowhere"].values()), [b"kept"])

    def test_a_folder_is_a_bucket(self):
        server = self.serve(*NO_DELAY)
        (self.state / "s3" / "handmade").mkdir(parents=True)
        self.create(server, BucketARN="arn:aws:s3:::handmade")
        self.put(server, "there")
        while not buckets(self.state)["handmade"]:
            self.describe(server)
        self.assertEqual(server.stop(), 0, server.err)
        self.assertNotIn("warning", server.err)

    def test_record_ids_are_all_different(self):
        server = self.serve(self.template(), *NO_DELAY)
        ids = []
        for _ in range(2):  # a name that is used again begins its numbers anew
            self.create(server, seconds=900)
            ids += self.put(server, *(["same"] * 500))
            self.firehose(server, "DeleteDeliveryStream", DeliveryStreamName="d")
        self.assertEqual(len(set(ids)), 1000)

    def test_a_stream_is_read_from_its_end(self):
        server = self.serve(self.template(), *NO_DELAY)
        self.ok(server, "CreateStream", StreamName="s", ShardCount=1)
        ServerCase.put(self, server, "s", "before")
        self.firehose(
            server,
            "CreateDeliveryStream",
            DeliveryStreamName="k",
            DeliveryStreamType="KinesisStreamAsSource",
            KinesisStreamSourceConfiguration={
                "KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s",
                "RoleARN": ROLE,
            },
            S3DestinationConfiguration={
                "RoleARN": ROLE,
                "BucketARN": "arn:aws:s3:::landing",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
            },
        )
        ServerCase.put(self, server, "s", "after")
        self.assertEqual(list(self.objects(server, 1).values()), [b"after"])
        source = self.describe(server, "k")["Source"]["KinesisStreamSourceDescription"]
        self.assertEqual(source["RoleARN"], ROLE)
        # The source may go: what it had is delivered, and the server lives.
        self.ok(server, "DeleteStream", StreamName="s")
        self.assertEqual(self.describe(server, "k")["DeliveryStreamStatus"], "ACTIVE")
        self.assertEqual(server.stop(), 0, server.err)
        events = self.dir / "events.jsonl"
        (self.state / "s3/.uploads/left").write_text("of a process that was killed")
        again = self.serve(*NO_DELAY, "--events", events)
        self.assertEqual(self.describe(again, "k")["DeliveryStreamStatus"], "ACTIVE")
        self.firehose(again, "DeleteDeliveryStream", DeliveryStreamName="k")
        self.assertEqual(again.stop(), 0, again.err)
        # What the opening of the state directory found is told, and is in the event log.
        self.assertIn("delivery stream k has nothing to read: its source, data stream s, was deleted", again.err)
        self.assertIn('"event":"warning","stream":"s","delivery":"k"', events.read_text())
        self.assertIn('"event":"recovered"', events.read_text())


class Restarts(FirehoseCase):
    def test_everything_is_there_again_with_no_template_named(self):
        server = self.serve(self.template(), *NO_DELAY)
        self.create(server, seconds=900, Prefix="x/")
        self.firehose(
            server, "TagDeliveryStream", DeliveryStreamName="d", Tags=[{"Key": "k", "Value": "v"}]
        )
        self.firehose(server, "StartDeliveryStreamEncryption", DeliveryStreamName="d")
        self.update(server, "1", Prefix="y/")
        self.put(server, "a", "b")
        before = self.describe(server)
        self.assertEqual(server.stop(), 0, server.err)

        server = self.serve(*NO_DELAY, "--drain")
        self.assertEqual(self.describe(server), before)
        self.assertEqual(before["VersionId"], "2")
        tags = self.firehose(server, "ListTagsForDeliveryStream", DeliveryStreamName="d")["Tags"]
        self.assertEqual(tags, [{"Key": "k", "Value": "v"}])
        self.put(server, "c")
        self.assertEqual(server.stop(), 0, server.err)
        ((key, body),) = buckets(self.state)["landing"].items()
        self.assertTrue(key.startswith("y/"), key)
        self.assertEqual(body, b"abc")

    def test_states_that_were_cut_off_go_on(self):
        server = self.serve(self.template(), "--state-delay", "1h")
        self.create(server, seconds=900)
        self.assertEqual(self.describe(server)["DeliveryStreamStatus"], "CREATING")
        server.stop(signal.SIGKILL)
        server = self.serve("--state-delay", "1h")
        self.assertEqual(self.describe(server)["DeliveryStreamStatus"], "CREATING")
        server.stop(signal.SIGKILL)
        server = self.serve(*NO_DELAY)
        self.assertEqual(self.describe(server)["DeliveryStreamStatus"], "ACTIVE")
        self.put(server, "gone")
        server.stop(signal.SIGKILL)
        server = self.serve("--state-delay", "1h")
        self.firehose(server, "DeleteDeliveryStream", DeliveryStreamName="d")
        self.assertEqual(self.describe(server)["DeliveryStreamStatus"], "DELETING")
        server.stop(signal.SIGKILL)
        server = self.serve(*NO_DELAY, "--drain")
        names = self.firehose(server, "ListDeliveryStreams")["DeliveryStreamNames"]
        self.assertEqual(names, [])
        self.create(server)
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(buckets(self.state)["landing"], {}, "buffers are discarded")

    def test_killed_again_and_again_every_record_comes_once(self):
        """Lives end between any two steps of delivering: intervals are short, kills are not told."""
        put = 0
        server = self.serve(self.template(), *NO_DELAY)
        self.create(server, seconds=0, Prefix="p/")
        for life in range(8):
            for _ in range(life % 4 + 1):
                self.put(server, *(f"{put + i}\n" for i in range(50)))
                put += 50
            if life == 4:
                self.update(server, "1", Prefix="q/", CompressionFormat="GZIP")
            server.stop(signal.SIGKILL)
            server = self.serve(*NO_DELAY, "--drain")
        self.assertEqual(server.stop(), 0, server.err)
        rows = []
        for key, body in buckets(self.state)["landing"].items():
            rows += (gzip.decompress(body) if key.endswith(".gz") else body).split()
        self.assertEqual(sorted(map(int, rows)), list(range(put)))


class Templates(FirehoseCase):
    def test_one_of_a_template_is_described_and_outlives_it(self):
        template = self.template(BUCKET + DELIVERY.replace("PREFIX", "a/"))
        server = self.serve(template, *NO_DELAY)
        described = self.describe(server, "templated")
        (destination,) = described["Destinations"]
        extended = destination["ExtendedS3DestinationDescription"]
        self.assertEqual(extended["Prefix"], "a/")
        self.assertEqual(extended["BufferingHints"], {"SizeInMBs": 1, "IntervalInSeconds": 900})
        self.assertEqual(
            extended["ProcessingConfiguration"],
            {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
        )
        self.assertEqual(
            described["DeliveryStreamEncryptionConfiguration"],
            {"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"},
        )
        self.assertEqual(
            described["Source"], {"DirectPutSourceDescription": {"ThroughputHintInMBs": 7}}
        )
        tags = self.firehose(server, "ListTagsForDeliveryStream", DeliveryStreamName="templated")
        self.assertEqual(tags["Tags"], [{"Key": "team", "Value": "rides"}])
        self.put(server, "a", name="templated")
        self.assertEqual(server.stop(), 0, server.err)
        server = self.serve(*NO_DELAY, "--drain")
        self.assertEqual(self.describe(server, "templated"), described)
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(list(buckets(self.state)["landing"].values()), [b"a\n"])

    def test_one_that_was_changed_keeps_that_and_a_warning_says_so(self):
        template = self.template(BUCKET + DELIVERY.replace("PREFIX", "a/"))
        server = self.serve(template, *NO_DELAY)
        self.update(server, "1", "templated", Prefix="mine/")
        self.assertEqual(server.stop(), 0, server.err)
        self.assertNotIn("with other settings", server.err)
        server = self.serve(template, *NO_DELAY)
        (destination,) = self.describe(server, "templated")["Destinations"]
        self.assertEqual(destination["S3DestinationDescription"]["Prefix"], "mine/")
        self.assertEqual(server.stop(), 0, server.err)
        line = next(x for x in server.err.splitlines() if "with other settings" in x)
        self.assertRegex(
            line, r"^millrace: warning: .*bucket\.yaml:\d+: Delivery: delivery stream templated is in the state directory"
        )
        self.assertIn('(Prefix is "mine/", not "a/")', line)


if __name__ == "__main__":
    main()
