"""`millrace serve` as a user meets it: start, health, requests, restarts, signals, TLS, the log."""

import contextlib
import json
import re
import signal
import socket
import ssl
import subprocess

from millrace import CRIMES, buckets, main
from server import ServerCase, trusting

NO_DELAY = ("--state-delay", "0")


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
            self.assertEqual(health["services"], {"kinesis": "running", "firehose": "running"})
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

    def wait_until_it_refuses(self, server):
        for _ in range(100_000):
            try:
                socket.create_connection((server.host, server.port), timeout=30).close()
            except ConnectionError:
                return
        self.fail("it still takes connections")

    def test_either_signal_ends_it_with_0(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            self.assertEqual(self.serve().stop(number), 0)

    def test_a_request_that_has_begun_is_answered(self):
        server = self.serve()
        sock = self.half_a_request(server)
        server.process.send_signal(signal.SIGTERM)
        self.wait_until_it_refuses(server)
        sock.sendall(b"}")
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
        self.assertTrue(answer.startswith(b"HTTP/1.1 "), answer)
        self.assertIn(b"connection: close", answer.lower())
        self.assertEqual(server.end(), 0, server.err)

    def test_a_second_signal_ends_it_at_once(self):
        server = self.serve()
        self.half_a_request(server)
        server.process.send_signal(signal.SIGTERM)
        self.wait_until_it_refuses(server)
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
