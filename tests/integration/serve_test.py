"""`millrace serve` as a user meets it: start, health, requests, restarts, signals, TLS, the log."""

import base64
import contextlib
import json
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
import unittest

from millrace import CRIMES, buckets, main
from server import ServerCase, trusting

NO_DELAY = ("--state-delay", "0")
TOO_MUCH = "ProvisionedThroughputExceededException"


class LogLines(ServerCase):
    def test_all_that_is_said_is_json_when_it_is_asked_for(self):
        server = self.serve(CRIMES / "template.yaml", "--log", "json")
        server.request("GET", "/_millrace/health")
        env = {"AWS_ENDPOINT_URL": server.url}
        self.millrace("fault", "add", "store-refused:*,for=10m", env=env)
        stream = self.ok(server, "ListStreams")["StreamNames"][0]
        self.put(server, stream, "1/1/06 0:00|a|1|b|2|c|3|4|5|x")
        self.millrace("clock", "advance", "2m", env=env)
        self.assertEqual(server.stop(), 0, server.err)
        lines = [json.loads(line) for line in server.err.splitlines()]
        said = [line for line in lines if "level" in line]
        self.assertTrue(all(re.match(self.TIME, line["time"]) for line in lines), lines)
        told = {(line["level"], line["message"].split(" ")[0]) for line in said}
        self.assertIn(("info", "CrimeStream"), told)
        self.assertTrue(any("is put again later" in line["message"] and line["level"] == "warning"
                            for line in said), said)
        self.assertTrue(any(line.get("path") == "/_millrace/health" for line in lines))

    def test_so_is_a_start_that_fails(self):
        first = self.serve()
        result = self.millrace("serve", "--port", first.port, "--state", self.dir / "other",
                               "--log", "json", want=3)
        line = json.loads(result.err)
        self.assertEqual(line["level"], "error")
        self.assertIn("is taken", line["message"])
        self.assertEqual(first.stop(), 0, first.err)

    TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$"


class Start(ServerCase):
    def test_one_line_says_where_and_health_says_ready(self):
        server = self.serve()
        self.assertRegex(server.ready_line, r"^millrace: listening on http://127\.0\.0\.1:\d+\n$")
        for path in ("/_millrace/health", "/_localstack/health"):
            status, headers, body = server.request("GET", path)
            self.assertEqual(status, 200, body)
            self.assertEqual(headers["Content-Type"], "application/json")
            health = json.loads(body)
            self.assertEqual(health["status"], "ready")
            self.assertEqual(health["services"], {"kinesis": "running", "firehose": "running", "lambda": "running"})
            self.assertGreaterEqual(health["uptime_seconds"], 0)
            self.assertIn(health["version"], self.millrace("version").out)
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(server.rest, "", "nothing else on standard output")

    def test_health_takes_get_and_head_and_knows_its_paths(self):
        server = self.serve()
        status, headers, body = server.request("HEAD", "/_millrace/health")
        self.assertEqual((status, body), (200, b""))
        status, headers, _ = server.request("POST", "/_millrace/health", body="{}")
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        status, _, body = server.request("GET", "/_millrace/nothing")
        self.assertEqual(status, 404, body)

    def test_a_template_is_there_when_the_server_is(self):
        server = self.serve(CRIMES / "template.yaml", "--region", "eu-west-1")
        names = self.ok(server, "ListStreams")["StreamNames"]
        self.assertEqual(len(names), 1, names)
        summary = self.ok(server, "DescribeStreamSummary", StreamName=names[0])
        summary = summary["StreamDescriptionSummary"]
        self.assertEqual(summary["StreamStatus"], "ACTIVE")
        self.assertIn(":eu-west-1:", summary["StreamARN"])
        self.assertEqual(server.stop(), 0, server.err)
        self.assertIn(f"millrace: CrimeStream is the stream {names[0]}\n", server.err)
        again = self.serve(CRIMES / "template.yaml", "--region", "eu-west-1")
        self.assertEqual(self.ok(again, "ListStreams")["StreamNames"], names)


    def test_a_stream_that_differs_from_the_template_is_kept_and_named(self):
        template = (
            "Resources:\n  Rides:\n    Type: AWS::Kinesis::Stream\n"
            "    Properties: {Name: rides, ShardCount: %d, RetentionPeriodHours: %d}\n"
        )
        server = self.serve(self.write("template.yaml", template % (2, 24)))
        self.put(server, "rides", "kept")
        self.assertEqual(server.stop(), 0, server.err)
        self.assertNotIn("kept as it is", server.err)
        changed = self.write("template.yaml", template % (3, 48))
        server = self.serve(changed)
        self.assertEqual(self.texts(server, "rides"), ["kept"])
        self.assertEqual(len(self.ok(server, "ListShards", StreamName="rides")["Shards"]), 2)
        self.assertEqual(server.stop(), 0, server.err)
        self.assertRegex(
            server.err,
            r"millrace: warning: .*template\.yaml:2: stream rides is kept as it is: "
            r"ShardCount is 2 \(the template says 3\), "
            r"RetentionPeriodHours is 24 \(the template says 48\)\. .*--replace\n",
        )
        server = self.serve(changed, "-q")
        self.assertEqual(server.stop(), 0)
        self.assertEqual(server.err, "")


class Requests(ServerCase):
    def test_the_life_of_a_stream(self):
        server = self.serve(*NO_DELAY)
        self.ok(server, "CreateStream", StreamName="s", ShardCount=2)
        self.assertEqual(self.ok(server, "ListStreams")["StreamNames"], ["s"])
        self.put(server, "s", "one", "two", "three")
        self.assertEqual(sorted(self.texts(server, "s")), ["one", "three", "two"])
        self.ok(server, "DeleteStream", StreamName="s")
        self.assertEqual(self.ok(server, "ListStreams")["StreamNames"], [])
        status, answer = server.call("DescribeStream", StreamName="s")
        self.assertEqual((status, answer["__type"]), (400, "ResourceNotFoundException"))

    def test_states_take_as_long_as_they_are_told(self):
        server = self.serve("--state-delay", "1h")
        self.ok(server, "CreateStream", StreamName="s", ShardCount=1)
        answer = self.ok(server, "DescribeStreamSummary", StreamName="s")
        self.assertEqual(answer["StreamDescriptionSummary"]["StreamStatus"], "CREATING")

    def test_one_connection_carries_many_requests(self):
        server = self.serve()
        connection = server.connect()
        for _ in range(100):
            status, _ = server.call("ListStreams", _connection=connection)
            self.assertEqual(status, 200)
        connection.close()


    def test_put_puts_on_it(self):
        server = self.serve(*NO_DELAY)
        self.ok(server, "CreateStream", StreamName="s", ShardCount=1)
        rows = self.write("rows.csv", "id,name\n1,a\n2,b\n")
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        words = ("--endpoint-url", server.url, "--region", "us-east-1")
        self.millrace("put", "s", rows, *words, env=keys)
        self.assertEqual(len(self.texts(server, "s")), 2)


SECOND_SHARD = str(1 << 127)  # the hash key at which the upper half begins


class Limits(ServerCase):
    """What a shard refuses in real time. To the record, on a clock that stands: kinesis_limits_test.c."""

    def batch(self, server, count, data=b"", hash_key="0"):
        """The ErrorCode of each record, None where it was taken."""
        entry = {
            "PartitionKey": "k",
            "ExplicitHashKey": hash_key,
            "Data": base64.b64encode(data).decode(),
        }
        answer = self.ok(server, "PutRecords", StreamName="s", Records=[entry] * count)
        codes = [record.get("ErrorCode") for record in answer["Records"]]
        self.assertEqual(answer["FailedRecordCount"], count - codes.count(None))
        return codes

    def make(self, *words):
        server = self.serve(*NO_DELAY, *words)
        self.ok(server, "CreateStream", StreamName="s", ShardCount=2)
        return server

    def test_bytes_past_a_mebibyte_fail_one_by_one(self):
        server = self.make()
        codes = self.batch(server, 150, bytes(10239))  # and a key of one byte: 102 are a mebibyte
        self.assertEqual(codes, [None] * 102 + [TOO_MUCH] * 48)
        self.assertEqual(set(self.batch(server, 102, bytes(10239), SECOND_SHARD)), {None})
        self.assertEqual(len(self.texts(server, "s")), 204)

    def test_records_past_a_thousand_a_second_fail_until_there_is_room_again(self):
        server = self.make()
        began = time.monotonic()
        taken = 0
        for _ in range(1000):
            codes = self.batch(server, 500)
            taken += codes.count(None)
            if None in codes and TOO_MUCH in codes:
                break
        seconds = time.monotonic() - began
        self.assertIn(TOO_MUCH, codes)
        self.assertEqual(set(codes), {None, TOO_MUCH})
        self.assertGreaterEqual(taken, 1000)
        self.assertLessEqual(taken, 1000 + 1000 * seconds)
        self.assertEqual(set(self.batch(server, 500, b"", SECOND_SHARD)), {None})
        left = codes.count(TOO_MUCH)
        for _ in range(100_000):  # bounded; what failed is tried again until it is in
            left = self.batch(server, left).count(TOO_MUCH) if left > 0 else 0
            if left == 0:
                break
        self.assertEqual(left, 0)

    def test_a_single_put_fails_by_the_same_name(self):
        server = self.make()
        data = base64.b64encode(bytes(1_000_000)).decode()
        put = {"StreamName": "s", "PartitionKey": "k", "ExplicitHashKey": "0", "Data": data}
        for _ in range(50):  # a machine that takes a second for two requests gives room back
            self.batch(server, 102, bytes(10239))
            status, answer = server.call("PutRecord", **put)
            if status != 200:
                break
        self.assertEqual((status, answer["__type"]), (400, TOO_MUCH))
        self.assertRegex(answer["message"], "^Rate exceeded for shard shardId-000000000000 ")

    def test_limits_off_takes_everything(self):
        server = self.make("--limits", "off")
        for _ in range(3):
            self.assertEqual(set(self.batch(server, 500, bytes(10239))), {None})


class Restarts(ServerCase):
    def fill(self, server):
        self.ok(server, "CreateStream", StreamName="kept", ShardCount=2)
        self.put(server, "kept", *(f"record {i}" for i in range(20)))

    def check(self, server):
        self.assertEqual(self.ok(server, "ListStreams")["StreamNames"], ["kept"])
        want = sorted(f"record {i}" for i in range(20))
        self.assertEqual(sorted(self.texts(server, "kept")), want)

    def test_streams_and_records_are_there_again(self):
        first = self.serve(*NO_DELAY)
        self.fill(first)
        self.assertEqual(first.stop(), 0, first.err)
        second = self.serve(*NO_DELAY)
        self.check(second)
        self.put(second, "kept", "and one more")
        self.assertIn("and one more", self.texts(second, "kept"))

    def test_a_killed_server_loses_nothing(self):
        first = self.serve(*NO_DELAY)
        self.fill(first)
        self.assertEqual(first.stop(signal.SIGKILL), -signal.SIGKILL)
        self.check(self.serve(*NO_DELAY))

    def test_replace_clears(self):
        first = self.serve(*NO_DELAY)
        self.fill(first)
        self.assertEqual(first.stop(), 0, first.err)
        second = self.serve(*NO_DELAY, "--replace")
        self.assertEqual(self.ok(second, "ListStreams")["StreamNames"], [])


DELIVERY = """
Resources:
  Source:
    Type: AWS::Kinesis::Stream
    Properties: {Name: source, ShardCount: 1}
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {BucketName: drained}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - {Effect: Allow, Action: 'sts:AssumeRole', Principal: {Service: firehose.amazonaws.com}}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration:
        {KinesisStreamARN: !GetAtt Source.Arn, RoleARN: !GetAtt Role.Arn}
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: !GetAtt Role.Arn
        BufferingHints: {IntervalInSeconds: 900, SizeInMBs: 128}
"""


class Buffers(ServerCase):
    def objects(self):
        return sorted(buckets(self.state).get("drained", {}).values())

    def test_they_stay_on_disk_or_are_delivered_first(self):
        template = self.write("template.yaml", DELIVERY)
        server = self.serve(template)
        self.put(server, "source", "a", "b")
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(self.objects(), [], "the buffer waits for 15 minutes")

        server = self.serve(template, "--drain")
        self.put(server, "source", "c")
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(b"".join(self.objects()), b"abc")


class Code(ServerCase):
    def test_a_handler_runs_on_what_is_put_and_gets_the_endpoint(self):
        template = self.write(
            "template.yaml",
            DELIVERY.replace(
                "        BufferingHints",
                """        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: Lambda
              Parameters:
                - {ParameterName: LambdaArn, ParameterValue: !GetAtt Handler.Arn}
        BufferingHints""",
            )
            + """
  Handler:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 60
      Code:
        ZipFile: |
          import base64, os
          def handler(event, context):
              at = os.environ["AWS_ENDPOINT_URL"]
              return {"records": [{"recordId": r["recordId"], "result": "Ok", "data":
                  base64.b64encode(base64.b64decode(r["data"]) + at.encode()).decode()}
                  for r in event["records"]]}
""",
        )
        server = self.serve(template, "--drain")
        self.put(server, "source", "a ")
        self.assertEqual(server.stop(), 0, server.err)
        delivered = buckets(self.state)["drained"]
        self.assertEqual(list(delivered.values()), [f"a {server.url}".encode()])


class Signals(ServerCase):
    def half_a_request(self, server):
        """A request that has begun: the server has read its head and waits for its body."""
        sock = socket.create_connection((server.host, server.port), timeout=30)
        self.addCleanup(sock.close)
        sock.sendall(
            b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: Kinesis_20131202.ListStreams\r\n"
            b"Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{"
        )
        # A whole exchange on a second connection, so that the first one has been read.
        self.assertEqual(server.request("GET", "/_millrace/health")[0], 200)
        return sock

    def test_each_signal_ends_it_with_0(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.assertEqual(self.serve().stop(number), 0)

    def test_a_closed_terminal_does_not_insist(self):
        server = self.serve()
        sock = self.half_a_request(server)
        server.process.send_signal(signal.SIGHUP)
        server.wait_until_it_refuses()
        server.process.send_signal(signal.SIGHUP)  # the shell's, after the kernel's
        sock.sendall(b"}")
        self.assertTrue(sock.recv(65536).startswith(b"HTTP/1.1 "))
        self.assertEqual(server.end(), 0, server.err)

    def test_under_nohup_a_closed_terminal_is_nothing(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        try:
            server = self.serve()  # inherits it
        finally:
            signal.signal(signal.SIGHUP, before)
        server.process.send_signal(signal.SIGHUP)
        self.assertEqual(server.request("GET", "/_millrace/health")[0], 200)
        self.assertEqual(server.stop(), 0, server.err)

    def test_a_request_that_has_begun_is_answered(self):
        server = self.serve()
        sock = self.half_a_request(server)
        server.process.send_signal(signal.SIGTERM)
        server.wait_until_it_refuses()
        sock.sendall(b"}")
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
        self.assertTrue(answer.startswith(b"HTTP/1.1 "), answer)
        self.assertIn(b"connection: close", answer.lower())
        self.assertEqual(server.end(), 0, server.err)

    def test_health_says_503_while_it_stops(self):
        server = self.serve()
        sock = socket.create_connection((server.host, server.port), timeout=30)
        self.addCleanup(sock.close)
        sock.sendall(b"GET /_millrace/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{")
        self.assertEqual(server.request("GET", "/_millrace/health")[0], 200)
        server.process.send_signal(signal.SIGTERM)
        server.wait_until_it_refuses()
        sock.sendall(b"}")
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
        head, body = answer.split(b"\r\n\r\n", 1)
        self.assertTrue(head.startswith(b"HTTP/1.1 503 "), answer)
        health = json.loads(body)
        self.assertEqual((health["status"], health["services"]["kinesis"]), ("stopping",) * 2)
        self.assertEqual(server.end(), 0, server.err)

    def test_a_second_signal_ends_it_at_once(self):
        server = self.serve()
        self.half_a_request(server)
        server.process.send_signal(signal.SIGTERM)
        server.wait_until_it_refuses()
        self.assertEqual(server.stop(signal.SIGTERM), 130, server.err)
        self.assertIn("second signal", server.err)

    def test_an_idle_connection_does_not_hold_it(self):
        server = self.serve()
        connection = server.connect()
        self.assertEqual(server.request("GET", "/_millrace/health", connection=connection)[0], 200)
        self.assertEqual(server.stop(), 0, server.err)
        connection.close()


class Refusals(ServerCase):
    def refuse(self, *words, env=None, status=2):
        return self.millrace("serve", *words, want=status, env=env).err

    def test_a_port_that_is_taken(self):
        server = self.serve()
        err = self.refuse("--state", self.dir / "other", "--port", server.port, status=3)
        self.assertRegex(err, rf"^millrace: .*port {server.port} is taken.*--port")
        self.assertEqual(err.count("\n"), 1, err)

    def test_a_state_directory_that_is_in_use(self):
        self.serve()
        err = self.refuse("--state", self.state, "--port", 0, status=3)
        self.assertRegex(err, r"^millrace: state directory .* is in use by another millrace")
        self.assertEqual(err.count("\n"), 1, err)

    def test_a_state_directory_that_run_made(self):
        self.run_crimes("-q")
        err = self.refuse("--state", self.state, "--port", 0)
        self.assertRegex(err, "made by `millrace run`.*--replace")
        server = self.serve("--replace")
        self.assertEqual(self.ok(server, "ListStreams")["StreamNames"], [])

    def test_words_that_cannot_be_meant(self):
        none = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        for words, what in (
            (("--port", "65536"), "--port 65536: give 0 to 65535"),
            (("--port", "http"), "--port http"),
            (("--state-delay", "soon"), "--state-delay soon"),
            (("--tls-cert", "a.pem"), "--tls-cert and --tls-key go together"),
            (("--tls-cert", "a", "--tls-key", "b", "--tls-self-signed"), "--tls-self-signed"),
            (("--auth",), "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            (("--clock", "virtual"), "--clock"),
            (("a.yaml", "b.yaml"), "serve takes one template"),
            (("--param", "A=b"), "--param A: there is no template"),
        ):
            err = self.refuse("--state", self.state, *words, env=none)
            self.assertIn(what, err)
            self.assertFalse(self.state.exists(), f"{words} left something")

    def test_an_address_that_is_none(self):
        err = self.refuse("--state", self.state, "--host", "nowhere", "--port", 0, status=3)
        self.assertIn("nowhere", err)


class Tls(ServerCase):
    @staticmethod
    def health_over(server, context):
        with contextlib.closing(server.connect(context)) as connection:
            return server.request("GET", "/_millrace/health", connection=connection)[0]

    def test_a_certificate_of_its_own_is_trusted_by_its_file(self):
        server = self.serve("--tls")
        self.assertTrue(server.url.startswith("https://"), server.url)
        context = trusting(self.state / "certificate.pem")
        self.assertEqual(self.health_over(server, context), 200)
        # The same port speaks in the clear, too.
        self.assertEqual(server.request("GET", "/_millrace/health")[0], 200)
        with self.assertRaises(ssl.SSLError):
            self.health_over(server, ssl.create_default_context())
        self.assertEqual(server.stop(), 0, server.err)
        self.assertIn("certificate.pem", server.err)

    def test_trust_in_it_survives_a_restart(self):
        first = self.serve("--tls-self-signed")
        trusted = (self.state / "certificate.pem").read_text()
        context = trusting(self.state / "certificate.pem")
        key = self.state / "certificate-key.pem"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.health_over(first, context), 200)
        self.assertEqual(first.stop(), 0, first.err)
        second = self.serve("--tls")
        self.assertEqual(self.health_over(second, context), 200)
        self.assertEqual((self.state / "certificate.pem").read_text(), trusted)
        self.assertEqual(second.stop(signal.SIGKILL), -signal.SIGKILL)
        key.unlink()
        third = self.serve("--tls")
        with self.assertRaises(ssl.SSLError):
            self.health_over(third, context)
        self.assertEqual(self.health_over(third, trusting(self.state / "certificate.pem")), 200)

    def test_a_certificate_from_files(self):
        done = subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            + ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", "key.pem"]
            + ["-addext", "subjectAltName=IP:127.0.0.1", "-out", "cert.pem"],
            cwd=self.dir,
            capture_output=True,
        )
        if done.returncode != 0:
            self.skipTest("no openssl command that makes a certificate")
        server = self.serve("--tls-cert", "cert.pem", "--tls-key", "key.pem")
        context = trusting(self.dir / "cert.pem")
        self.assertEqual(self.health_over(server, context), 200)
        self.assertFalse((self.state / "certificate.pem").exists())


def curl_signs():
    if shutil.which("curl") is None:
        return False
    return "--aws-sigv4" in subprocess.run(
        ["curl", "--help", "all"], capture_output=True, text=True
    ).stdout


@unittest.skipUnless(curl_signs(), "no curl that signs")
class Curl(ServerCase):
    """curl's own signatures against --auth. (boto3's: client_boto3_test.py.)"""

    KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "right/secret+KEY"}
    BODY = '{"StreamName":"s","ShardCount":1}'

    def setUp(self):
        super().setUp()
        self.server = self.serve("--auth", *NO_DELAY, env=self.KEYS)

    def curl(self, operation, body="{}", user="AKIDEXAMPLE:right/secret+KEY", *words):
        """Status, answer, and the request's headers as curl sent them."""
        done = subprocess.run(
            ["curl", "-sS", "-v", "--aws-sigv4", "aws:amz:us-east-1:kinesis", "--user", user]
            + ["-H", "Content-Type: application/x-amz-json-1.1"]
            + ["-H", f"X-Amz-Target: Kinesis_20131202.{operation}", "-d", body]
            + ["-w", "\n%{http_code}", *words, self.server.url + "/"],
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        answer, status = done.stdout.rsplit("\n", 1)
        lines = [line[2:].strip() for line in done.stderr.splitlines() if line.startswith("> ")]
        headers = dict(line.split(": ", 1) for line in lines if ": " in line)
        return int(status), json.loads(answer) if answer else {}, headers

    def test_the_right_key_passes_over_both_versions_of_http(self):
        self.assertEqual(self.curl("CreateStream", self.BODY)[:2], (200, {}))
        for version in ("--http1.1", "--http2-prior-knowledge"):
            user = "AKIDEXAMPLE:right/secret+KEY"
            status, answer, _ = self.curl("ListStreams", "{}", user, version)
            self.assertEqual((status, answer.get("StreamNames")), (200, ["s"]), (version, answer))

    def test_other_keys_are_refused(self):
        status, answer, _ = self.curl("CreateStream", self.BODY, "AKIDEXAMPLE:wrong")
        self.assertEqual((status, answer["__type"]), (400, "InvalidSignatureException"))
        status, answer, _ = self.curl("CreateStream", self.BODY, "OTHER:right/secret+KEY")
        self.assertEqual((status, answer["__type"]), (400, "UnrecognizedClientException"))
        self.assertEqual(self.curl("ListStreams")[1]["StreamNames"], [])

    def test_a_signature_is_of_its_body(self):
        _, _, headers = self.curl("ListStreams")
        wanted = ("authorization", "x-amz-date", "content-type", "x-amz-target", "host")
        kept = {name: value for name, value in headers.items() if name.lower() in wanted}
        self.assertEqual(self.server.request("POST", "/", "{}", kept)[0], 200)
        status, _, answer = self.server.request("POST", "/", '{"Limit":1}', kept)
        self.assertEqual((status, json.loads(answer)["__type"]), (400, "InvalidSignatureException"))

    def test_nobody_is_refused(self):
        status, answer = self.server.call("ListStreams")
        self.assertEqual((status, answer["__type"]), (400, "UnrecognizedClientException"))


class AccessLog(ServerCase):
    TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"

    def log_of(self, *words):
        server = self.serve(*words)
        self.ok(server, "ListStreams")
        server.request("GET", "/_millrace/health?x=1")
        self.assertEqual(server.stop(), 0, server.err)
        return server.err.splitlines()

    def test_a_line_for_each_request(self):
        lines = self.log_of()
        self.assertEqual(len(lines), 2, lines)
        operation = rf"^{self.TIME} POST Kinesis_20131202\.ListStreams 200 \d+ \d+us HTTP/1\.1$"
        self.assertRegex(lines[0], operation)
        self.assertRegex(lines[1], rf"^{self.TIME} GET /_millrace/health 200 \d+ \d+us HTTP/1\.1$")

    def test_json_lines(self):
        first, second = map(json.loads, self.log_of("--log", "json"))
        self.assertEqual(first["operation"], "Kinesis_20131202.ListStreams")
        self.assertEqual((second["path"], second["status"]), ("/_millrace/health", 200))
        self.assertTrue(re.fullmatch(self.TIME, first["time"]), first)
        for member in ("bytes_in", "bytes_out", "duration_us"):
            self.assertGreaterEqual(first[member], 0)

    def test_what_a_client_sends_stays_on_its_line(self):
        server = self.serve()
        for odd in (b"/a\xff\xfe", b"/" + b"x" * 5000, b"/%0a%1b[31m"):
            with socket.create_connection((server.host, server.port), timeout=30) as sock:
                head = b"GET " + odd + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
                sock.sendall(head)
                while sock.recv(65536):
                    pass
        target = {"X-Amz-Target": "Kinesis_20131202.Caf\xe9 \t x"}
        self.assertGreaterEqual(server.request("POST", "/", "{}", target)[0], 400)
        self.assertEqual(server.stop(), 0, server.err)
        for line in server.err.splitlines():
            self.assertRegex(line, rf"^{self.TIME} (GET|POST) [!-~]+ \d+ \d+ \d+us HTTP/1\.1$")
            self.assertLess(len(line), 1000)

    def test_refused_and_broken_off_requests_have_a_line(self):
        server = self.serve()
        post = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Kinesis_20131202.PutRecord\r\n"
        for data in (b"*\r\n\r\n", post + b"Content-Length: 999999999\r\n\r\n"):
            with socket.create_connection((server.host, server.port), timeout=30) as sock:
                sock.sendall(data)
                while sock.recv(65536):
                    pass
        with socket.create_connection((server.host, server.port), timeout=30) as sock:
            sock.sendall(post + b"Content-Length: 9\r\n\r\nhalf")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(sock.recv(65536), b"")
        self.assertEqual(server.stop(), 0, server.err)
        lines = server.err.splitlines()
        self.assertEqual(len(lines), 3, lines)
        self.assertRegex(lines[0], rf"^{self.TIME} - - 400 \d+ 0us HTTP/1\.1$")
        operation = r"POST Kinesis_20131202\.PutRecord"
        self.assertRegex(lines[1], rf"^{self.TIME} {operation} 413 \d+ 0us HTTP/1\.1$")
        self.assertRegex(lines[2], rf"^{self.TIME} {operation} 0 0 0us HTTP/1\.1 broken-off$")

    def test_quiet_is_quiet(self):
        self.assertEqual(self.log_of("-q"), [])


class Help(ServerCase):
    def test_help_names_the_options(self):
        out = self.millrace("serve", "--help").out
        for option in ("--port", "--state-delay", "--tls-self-signed", "--auth", "--drain"):
            self.assertIn(option, out)
        self.assertIn("serve [TEMPLATE]", self.millrace("help").out)


if __name__ == "__main__":
    main()
