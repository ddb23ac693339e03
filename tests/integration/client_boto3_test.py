"""boto3, as it comes, against `millrace serve`: the life of a stream."""

import datetime
import unittest

import clients
from clients import ClientCase
from millrace import main

HALF = 1 << 127
QUARTER = 1 << 126


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class Boto3(ClientCase):
    def setUp(self):
        super().setUp()
        self.boto3 = clients.import_boto3()
        self.kinesis = self.client()
        from botocore.exceptions import ClientError

        self.botocore_error = ClientError

    def client(self, **options):
        made = self.boto3.client("kinesis", endpoint_url=self.server.url, **options)
        self.addCleanup(made.close)
        return made

    # ---- what the tests do over and over ----

    def wait(self, what="stream_exists", name="s"):
        waiter = self.kinesis.get_waiter(what)
        waiter.wait(StreamName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})

    def create(self, shards=2, name="s"):
        self.kinesis.create_stream(StreamName=name, ShardCount=shards)
        self.wait(name=name)

    def put(self, text, hash_key=0, name="s"):
        return self.kinesis.put_record(
            StreamName=name, PartitionKey="k", ExplicitHashKey=str(hash_key), Data=text.encode()
        )

    def iterator(self, shard, kind, **members):
        answer = self.kinesis.get_shard_iterator(
            StreamName="s", ShardId=shard, ShardIteratorType=kind, **members
        )
        return answer["ShardIterator"]

    def read(self, iterator, at_least=0):
        """Records until there were this many and an answer is empty; and what follows a closed shard."""
        texts, children = [], []
        while iterator:
            answer = self.kinesis.get_records(ShardIterator=iterator)
            texts += [record["Data"].decode() for record in answer["Records"]]
            children += answer.get("ChildShards", [])
            iterator = answer.get("NextShardIterator")
            if not answer["Records"] and len(texts) >= at_least:
                break
        return texts, children

    def open_shards(self):
        shards = self.kinesis.list_shards(StreamName="s")["Shards"]
        return [s for s in shards if "EndingSequenceNumber" not in s["SequenceNumberRange"]]

    # ---- the tests ----

    def test_create_describe_list_and_delete(self):
        self.create()
        self.assertEqual(self.kinesis.list_streams()["StreamNames"], ["s"])
        summary = self.kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
        self.assertEqual((summary["StreamStatus"], summary["OpenShardCount"]), ("ACTIVE", 2))
        self.assertIsInstance(summary["StreamCreationTimestamp"], datetime.datetime)
        arn = summary["StreamARN"]
        self.assertEqual(arn, "arn:aws:kinesis:us-east-1:000000000000:stream/s")
        description = self.kinesis.describe_stream(StreamARN=arn)["StreamDescription"]
        ranges = [shard["HashKeyRange"] for shard in description["Shards"]]
        self.assertEqual(ranges[0], {"StartingHashKey": "0", "EndingHashKey": str(HALF - 1)})
        with self.assertRaises(self.kinesis.exceptions.ResourceInUseException):
            self.kinesis.create_stream(StreamName="s", ShardCount=1)
        self.kinesis.delete_stream(StreamName="s")
        self.wait("stream_not_exists")
        with self.assertRaises(self.kinesis.exceptions.ResourceNotFoundException):
            self.kinesis.describe_stream(StreamName="s")

    def test_every_iterator_type(self):
        self.create(1)
        shard = self.open_shards()[0]["ShardId"]
        latest = self.iterator(shard, "LATEST")
        numbers = [self.put(text)["SequenceNumber"] for text in "abc"]
        self.assertEqual(self.read(self.iterator(shard, "TRIM_HORIZON"))[0], ["a", "b", "c"])
        self.assertEqual(self.read(latest, 3)[0], ["a", "b", "c"])
        at = self.iterator(shard, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1])
        self.assertEqual(self.read(at)[0], ["b", "c"])
        after = self.iterator(shard, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1])
        self.assertEqual(self.read(after)[0], ["c"])
        records = self.kinesis.get_records(ShardIterator=self.iterator(shard, "TRIM_HORIZON"))
        when = records["Records"][0]["ApproximateArrivalTimestamp"]
        self.assertEqual(self.read(self.iterator(shard, "AT_TIMESTAMP", Timestamp=when))[0][0], "a")
        before = when - datetime.timedelta(hours=1)
        self.assertEqual(
            self.read(self.iterator(shard, "AT_TIMESTAMP", Timestamp=before))[0], ["a", "b", "c"]
        )

    def test_a_service_that_is_not_here_says_so(self):
        """In S3's XML, in the query protocol's, in JSON with a target, and in REST's."""
        asked = {
            "s3": lambda c: c.list_buckets(),
            "sts": lambda c: c.get_caller_identity(),
            "glue": lambda c: c.get_databases(),
            "dynamodb": lambda c: c.list_tables(),
            "lambda": lambda c: c.list_layers(),
        }
        for name, ask in asked.items():
            client = self.boto3.client(name, endpoint_url=self.server.url)
            self.addCleanup(client.close)
            with self.subTest(name), self.assertRaises(self.botocore_error) as raised:
                ask(client)
            error = raised.exception.response["Error"]
            self.assertEqual(error["Code"], "NotImplemented", name)
            self.assertIn("millrace has no", error["Message"], name)
            metadata = raised.exception.response["ResponseMetadata"]
            self.assertEqual(metadata["HTTPStatusCode"], 501, name)
            self.assertEqual(metadata["RetryAttempts"], 0, name)

    def test_put_records_says_where_each_went(self):
        self.create()
        entries = [
            {"Data": bytes([i]), "PartitionKey": "k", "ExplicitHashKey": str(i % 2 * HALF)}
            for i in range(100)
        ]
        answer = self.kinesis.put_records(StreamName="s", Records=entries)
        self.assertEqual(answer["FailedRecordCount"], 0)
        shards = [record["ShardId"] for record in answer["Records"]]
        self.assertEqual(shards[:4], ["shardId-000000000000", "shardId-000000000001"] * 2)
        got = self.kinesis.get_records(ShardIterator=self.iterator(shards[1], "TRIM_HORIZON"))
        self.assertEqual([r["Data"] for r in got["Records"]], [bytes([i]) for i in range(1, 100, 2)])
        self.assertEqual(got["MillisBehindLatest"], 0)

    def read_in_order(self, shard, read=None):
        """A shard, then its children once all of their parents are read: the order of a hash key."""
        texts, children = self.read(self.iterator(shard, "TRIM_HORIZON"))
        done = read if read is not None else set()
        done.add(shard)
        for child in sorted(children, key=lambda c: c["ShardId"]):
            if child["ShardId"] not in done and set(child["ParentShards"]) <= done:
                texts += self.read_in_order(child["ShardId"], done)
        return texts

    def test_split_and_merge_keep_the_order_of_a_key(self):
        self.create(1)
        self.put("1")
        self.put("2")
        self.kinesis.split_shard(
            StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(HALF)
        )
        self.wait()
        self.assertEqual([s["ShardId"][-1] for s in self.open_shards()], ["1", "2"])
        self.put("3")
        self.put("4")
        self.kinesis.merge_shards(
            StreamName="s",
            ShardToMerge="shardId-000000000001",
            AdjacentShardToMerge="shardId-000000000002",
        )
        self.wait()
        (merged,) = self.open_shards()
        self.assertEqual(merged["ParentShardId"], "shardId-000000000001")
        self.assertEqual(merged["AdjacentParentShardId"], "shardId-000000000002")
        self.put("5")
        # The second parent of the merge is empty; the first one's child waits for it, so read it too.
        first, children = self.read(self.iterator("shardId-000000000000", "TRIM_HORIZON"))
        self.assertEqual([c["ShardId"][-1] for c in children], ["1", "2"])
        done = {"shardId-000000000000", "shardId-000000000002"}
        self.assertEqual(self.read(self.iterator("shardId-000000000002", "TRIM_HORIZON"))[0], [])
        rest = self.read_in_order("shardId-000000000001", done)
        self.assertEqual(first + rest, ["1", "2", "3", "4", "5"])

    def test_update_shard_count(self):
        self.create(1)
        answer = self.kinesis.update_shard_count(
            StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING"
        )
        self.assertEqual((answer["CurrentShardCount"], answer["TargetShardCount"]), (1, 2))
        self.wait()
        self.assertEqual(len(self.open_shards()), 2)

    def register(self, name="c"):
        arn = self.kinesis.describe_stream_summary(StreamName="s")
        arn = arn["StreamDescriptionSummary"]["StreamARN"]
        consumer = self.kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)["Consumer"]
        while True:
            told = self.kinesis.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
            if told["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE":
                return arn, consumer["ConsumerARN"]

    def subscribe(self, consumer, shard, **position):
        answer = self.kinesis.subscribe_to_shard(
            ConsumerARN=consumer, ShardId=shard, StartingPosition=position
        )
        self.addCleanup(answer["EventStream"].close)
        for event in answer["EventStream"]:
            yield event["SubscribeToShardEvent"]

    def test_subscribe_to_shard(self):
        self.create(1)
        for text in "abc":
            self.put(text)
        arn, consumer = self.register()
        listed = self.kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
        self.assertEqual([c["ConsumerName"] for c in listed], ["c"])

        texts = []
        events = self.subscribe(consumer, "shardId-000000000000", Type="TRIM_HORIZON")
        for event in events:
            texts += [record["Data"].decode() for record in event["Records"]]
            self.assertIn("ContinuationSequenceNumber", event)
            if texts == ["a", "b", "c"]:
                self.put("d")  # what comes later is pushed
            if texts == ["a", "b", "c", "d"]:
                break
        events.close()

        # On a shard that is closed the subscription ends with its children.
        self.kinesis.split_shard(
            StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(QUARTER)
        )
        self.wait()
        arn, second = self.register("c2")
        last = list(self.subscribe(second, "shardId-000000000000", Type="TRIM_HORIZON"))[-1]
        self.assertEqual([c["ShardId"][-1] for c in last["ChildShards"]], ["1", "2"])

        self.kinesis.deregister_stream_consumer(ConsumerARN=consumer)
        self.kinesis.delete_stream(StreamName="s", EnforceConsumerDeletion=True)
        self.wait("stream_not_exists")

    def test_settings(self):
        self.create(1)
        self.kinesis.add_tags_to_stream(StreamName="s", Tags={"team": "crime", "stage": "dev"})
        tags = self.kinesis.list_tags_for_stream(StreamName="s")["Tags"]
        self.assertEqual({t["Key"]: t["Value"] for t in tags}, {"team": "crime", "stage": "dev"})
        self.kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=48)
        self.wait()
        summary = self.kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
        self.assertEqual(summary["RetentionPeriodHours"], 48)

    def test_record_size_and_warm_throughput(self):
        self.create(1)
        arn = self.kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
        self.kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
        self.put("x" * 1_500_000)
        self.kinesis.update_account_settings(
            MinimumThroughputBillingCommitment={"Status": "ENABLED"}
        )
        told = self.kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]
        self.assertEqual(told["Status"], "ENABLED")
        day = datetime.timedelta(days=1)
        self.assertEqual(told["EarliestAllowedEndAt"] - told["StartedAt"], day)
        mode = {"StreamMode": "ON_DEMAND"}
        self.kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails=mode)
        self.wait()
        answer = self.kinesis.update_stream_warm_throughput(StreamARN=arn, WarmThroughputMiBps=7)
        self.assertEqual(answer["WarmThroughput"]["TargetMiBps"], 7)

    def pages(self, operation, result, size, **members):
        """The lengths of the pages that boto3 turns, and everything in them."""
        pages = self.kinesis.get_paginator(operation).paginate(
            PaginationConfig={"PageSize": size}, **members
        )
        found = list(map(result, pages))
        return list(map(len, found)), [one for page in found for one in page]

    def test_paginators(self):
        self.create(5)
        for name in ("a", "b", "z"):
            self.create(1, name)
        sizes, names = self.pages("list_streams", lambda page: page["StreamNames"], 3)
        self.assertEqual((sizes, names), ([3, 1], ["a", "b", "s", "z"]))
        shards = [s["ShardId"] for s in self.open_shards()]
        sizes, described = self.pages(
            "describe_stream", lambda page: page["StreamDescription"]["Shards"], 2, StreamName="s"
        )
        self.assertEqual((sizes, [s["ShardId"] for s in described]), ([2, 2, 1], shards))
        arn, _ = self.register("c1")
        self.register("c2")
        self.register("c3")
        sizes, consumers = self.pages(
            "list_stream_consumers", lambda page: page["Consumers"], 2, StreamARN=arn
        )
        self.assertEqual((sizes, [c["ConsumerName"] for c in consumers]), ([2, 1], ["c1", "c2", "c3"]))

    def test_the_paginator_of_shards_turns_no_page_as_on_aws(self):
        """It sends the stream beside the token, which AWS refuses, too."""
        self.create(5)
        arn = self.kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
        shards = [s["ShardId"] for s in self.open_shards()]
        of_page = lambda page: [s["ShardId"] for s in page["Shards"]]  # noqa: E731
        self.assertEqual(self.pages("list_shards", of_page, 1000, StreamName="s"), ([5], shards))
        for member, value in (("StreamName", "s"), ("StreamARN", arn)):
            with self.assertRaisesRegex(
                self.kinesis.exceptions.InvalidArgumentException,
                f"NextToken and {member} cannot be provided together",
            ):
                self.pages("list_shards", of_page, 2, **{member: value})
        answer = self.kinesis.list_shards(StreamName="s", MaxResults=2)
        found = of_page(answer)
        while token := answer.get("NextToken"):
            answer = self.kinesis.list_shards(NextToken=token, MaxResults=2)
            found += of_page(answer)
        self.assertEqual(found, shards)


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class Safety(ClientCase):
    def setUp(self):
        super(ClientCase, self).setUp()
        self.boto3 = clients.import_boto3()

    def list_with(self, server, **options):
        client = self.boto3.client("kinesis", endpoint_url=server.url, **options)
        self.addCleanup(client.close)
        return client.list_streams()["StreamNames"]

    def test_tls_with_a_certificate_of_its_own(self):
        server = self.serve("--tls")
        self.assertEqual(self.list_with(server, verify=str(self.state / "certificate.pem")), [])


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class Auth(ClientCase):
    """What boto3 signs, as it comes and changed on its way, against `--auth`."""

    KEYS = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "right/secret+KEY"}

    def setUp(self):
        super(ClientCase, self).setUp()
        self.boto3 = clients.import_boto3()
        from botocore.exceptions import ClientError

        self.client_error = ClientError
        self.server = self.serve(
            "--auth",
            "--state-delay",
            "0",
            env={
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": "right/secret+KEY",
            },
        )

    def client(self, **options):
        made = self.boto3.client(
            "kinesis", endpoint_url=self.server.url, **{**self.KEYS, **options}
        )
        self.addCleanup(made.close)
        return made

    def refused(self, client, code, text):
        with self.assertRaises(self.client_error) as caught:
            client.list_streams()
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], code)
        self.assertIn(text, error["Message"])

    def test_the_right_keys_do_everything(self):
        kinesis = self.client()
        kinesis.create_stream(StreamName="s", ShardCount=1)
        data = bytes(range(256)) * 40
        kinesis.put_records(StreamName="s", Records=[{"Data": data, "PartitionKey": "\u00e9 +%/"}])
        iterator = kinesis.get_shard_iterator(
            StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        (record,) = kinesis.get_records(ShardIterator=iterator)["Records"]
        self.assertEqual((record["Data"], record["PartitionKey"]), (data, "\u00e9 +%/"))

    def test_a_session_token_is_signed_and_passes(self):
        self.assertEqual(self.client(aws_session_token="t/+=").list_streams()["StreamNames"], [])

    def test_other_keys_are_refused(self):
        self.refused(
            self.client(aws_secret_access_key="wrong"),
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.",
        )
        self.refused(
            self.client(aws_access_key_id="AKIDOTHER"), "UnrecognizedClientException", "is invalid"
        )

    def test_what_was_signed_cannot_change_on_its_way(self):
        def body(request, **_):
            request.body = b'{"Limit":1}'
            request.headers["Content-Length"] = str(len(request.body))

        def target(request, **_):
            request.headers["X-Amz-Target"] = "Kinesis_20131202.DescribeLimits"

        for change in (body, target):
            kinesis = self.client()
            kinesis.meta.events.register("before-send.kinesis.ListStreams", change)
            self.refused(kinesis, "InvalidSignatureException", "does not match")

    def test_a_clock_that_is_off_is_told_so(self):
        from unittest import mock

        import botocore.auth

        off = datetime.timedelta(minutes=20)
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        for then, text in ((now - off, "Signature expired: "), (now + off, "Signature not yet ")):
            with mock.patch.object(botocore.auth, "get_current_datetime", lambda: then):
                self.refused(self.client(), "InvalidSignatureException", text)


if __name__ == "__main__":
    main()
