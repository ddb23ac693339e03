"""`--log json`: every line on standard error is an object with the members that the documents list."""

import base64
import gzip
import io
import json
import re
import signal
import socket
import unittest
import zipfile

from millrace import CRIMES, ROOT, ROWS, main
from server import ServerCase

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
LEVELS = {"info", "warning", "error"}
ALWAYS = {"time", "level", "message"}

SMALL = """
Metadata:
  Millrace:
    Inputs:
      - {Stream: Rides, File: rides.jsonl.gz}
Resources:
  Rides: {Type: AWS::Kinesis::Stream, Properties: {Name: rides, ShardCount: SHARDS}}
  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: rides-bucket, Tags: [{Key: a, Value: b}]}}
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: rides-delivery
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration:
        KinesisStreamARN: !GetAtt Rides.Arn
        RoleARN: arn:aws:iam::000000000000:role/any
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Bucket.Arn
        RoleARN: arn:aws:iam::000000000000:role/any
        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 60}
"""

FUNCTION = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: f
      Runtime: python3.6
      Handler: index.handler
      Role: arn:aws:iam::000000000000:role/any
      Code: {ZipFile: "def handler(event, context): return 1"}
"""


def documented():
    """Member -> where it is, from the table of docs/operations.md."""
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    section = text.split("\n## The log\n", 1)[1].split("\n## ", 1)[0]
    members = {}
    for names, where in re.findall(r"^\| (`.*?) \| (.*?) \| .* \|$", section, re.MULTILINE):
        for name in re.findall(r"`(\w+)`", names):
            members[name] = where
    return members


MEMBERS = documented()
ACCESS = {name for name, where in MEMBERS.items() if where.startswith("access log")}
SUMMARY = {name for name, where in MEMBERS.items() if "summary" in where}


class LogCase(ServerCase):
    def lines(self, err):
        """The lines of a standard error, each checked by the table."""
        self.assertTrue(err == "" or err.endswith("\n"), err[-500:])
        lines = []
        for text in err.splitlines():
            with self.subTest(line=text):
                line = json.loads(text)
                self.assertIsInstance(line, dict)
                self.assertLessEqual(ALWAYS, line.keys())
                self.assertLessEqual(line.keys(), MEMBERS.keys())
                self.assertIn(line["level"], LEVELS)
                self.assertTrue(line["message"])
                for name in ("time", "world_time"):
                    self.assertTrue(TIME.fullmatch(line.get(name, line["time"])), line)
                if "method" in line:
                    self.assertEqual(len({"operation", "path"} & line.keys()), 1)
                    self.assertEqual(line.keys() | {"operation", "path"}, ALWAYS | ACCESS)
                    self.assertEqual(line["level"], "info")
                elif "format" in line:
                    self.assertEqual(line.keys() | {"digest"}, ALWAYS | SUMMARY)
                else:
                    self.assertFalse(line.keys() & (ACCESS | SUMMARY) - {"world_time"})
                lines.append(line)
        return lines

    def the(self, lines, piece, **members):
        """The one line that says this; it has these members."""
        found = [line for line in lines if piece in line["message"]]
        self.assertEqual(len(found), 1, (piece, lines))
        self.assertEqual({**found[0], **members}, found[0])
        return found[0]

    def small(self, shards=1):
        return self.write("small.yaml", SMALL.replace("SHARDS", str(shards)))

    @staticmethod
    def lambda_post(server, path, body):
        headers = {"Content-Type": "application/json", "X-Amz-Date": "20250101T000000Z",
                   "Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/lambda/"
                   "aws4_request, SignedHeaders=host, Signature=0"}
        return server.request("POST", "/2015-03-31/functions" + path, json.dumps(body), headers)

    def fails(self, *words, want=2):
        """The lines of a command that does not begin; the last is its error."""
        lines = self.lines(self.millrace(*words, want=want).err)
        self.assertEqual(lines[-1]["level"], "error", lines)
        return lines


class Table(unittest.TestCase):
    def test_the_documents_name_the_members(self):
        every = {name for name, where in MEMBERS.items() if where == "every line"}
        self.assertEqual(every, ALWAYS)
        self.assertGreater(len(ACCESS), 8)
        self.assertGreater(len(SUMMARY), 8)


class Serve(LogCase):
    def send(self, server, data):
        with socket.create_connection((server.host, server.port), timeout=30) as sock:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass

    def test_requests_answered_refused_and_broken_off(self):
        server = self.serve(CRIMES / "template.yaml", "--log", "json")
        self.ok(server, "ListStreams")
        self.assertEqual(server.call("DescribeStream", StreamName="none")[0], 400)
        self.assertEqual(server.call("Nonsense")[0], 400)
        self.send(server, b"*\r\n\r\n")
        target = {"X-Amz-Target": 'Kinesis_20131202.Caf\xe9 "\\ \t x'}
        self.assertEqual(server.request("POST", "/", "{}", target)[0], 404)
        self.send(server, b"POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf")
        self.assertEqual(server.stop(), 0, server.err)
        lines = self.lines(server.err)
        self.assertNotIn("world_time", self.the(lines, "no effect here", level="warning"))
        name = self.the(lines, "CrimeStream is the stream ", level="info")
        self.assertIn(f"the stream {name['stream']}", name["message"])
        self.the(lines, "ListStreams 200", operation="Kinesis_20131202.ListStreams", status=200)
        self.the(lines, "DescribeStream 400", status=400, broken_off=False)
        self.the(lines, "Nonsense 400", status=400)
        self.the(lines, "- - 400", method="", path="")
        self.the(lines, "Caf%E9%20", operation='Kinesis_20131202.Caf\ufffd "\\ \t x')
        self.the(lines, "POST /half 0 broken-off", broken_off=True, status=0)
        self.assertEqual(sum("method" in line for line in lines), 6)

    def test_warnings_name_what_they_are_about(self):
        server = self.serve(self.small(), "--log", "json", "--clock", "paused",
                            "--start", "2025-01-01T00:00:00Z", "--state-delay", "0")
        env = {"AWS_ENDPOINT_URL": server.url}
        self.make_a_function(server)
        self.millrace("fault", "add", "store-refused:*,for=10m", env=env)
        self.put(server, "rides", "one")
        self.millrace("clock", "advance", "2m", env=env)
        self.ok(server, "DeleteStream", StreamName="rides", EnforceConsumerDeletion=True)
        self.assertEqual(server.stop(), 0, server.err)
        lines = self.lines(server.err)
        self.the(lines, "its Inputs are not put by themselves", level="warning")
        self.the(lines, "the world's time is ", level="info")
        retried = self.the(lines, "is put again later", level="warning",
                           delivery="rides-delivery", bucket="rides-bucket")
        self.assertRegex(retried["world_time"], "^2025-01-01T00:0[12]")
        self.assertFalse(retried["time"].startswith("2025-01-01T00:0"))
        self.the(lines, "DeadLetterConfig of function f", level="warning", function="f")
        request = [line for line in lines if "method" in line][0]
        self.assertRegex(request["world_time"], "^2025-01-01T00:00")

        server = self.serve("--log", "json")  # behind the end of the stream
        self.assertEqual(server.stop(), 0, server.err)
        self.the(self.lines(server.err), "has nothing to read", level="warning",
                 delivery="rides-delivery", stream="rides")

    def make_a_function(self, server):
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("bootstrap", "")
        body = {"FunctionName": "f", "Role": "arn:aws:iam::000000000000:role/any",
                "Runtime": "provided.al2023", "Handler": "f",
                "Code": {"ZipFile": base64.b64encode(code.getvalue()).decode()},
                "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:000000000000:q"}}
        self.assertEqual(self.lambda_post(server, "", body)[0], 201)

    def test_a_stream_that_is_kept_is_named(self):
        self.assertEqual(self.serve(self.small()).stop(), 0)
        server = self.serve(self.small(shards=3), "--log", "json")
        self.assertEqual(server.stop(), 0, server.err)
        self.the(self.lines(server.err), "is kept as it is: ShardCount is 1", level="warning",
                 stream="rides")

    def test_errors_that_it_ends_with(self):
        broken = self.write("broken.yaml", "Resources: {A: {Type: AWS::Kinesis::Stream, Prop: 1}}\n"
                            "Outputs: {B: {Value: !Ref C}}\n")
        first = self.serve("-q")
        for words, want, said in (
            (["--port", "70000"], 2, "--port 70000"),
            (["--zort"], 2, "no option --zort"),
            (["a.yaml", "b.yaml"], 2, "one word too many"),
            (["--tls-cert", "a.pem"], 2, "go together"),
            (["absent.yaml"], 2, "absent.yaml"),
            (["--port", first.port, "--state", "other"], 3, "is taken"),
            (["--port", "0", "--state", "third", "--events", "none/e"], None, "none/e"),
        ):
            lines = self.fails("serve", "--log", "json", *words, want=want)
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(said, lines[0]["message"])
        lines = self.fails("serve", "--log", "json", broken)
        self.assertGreater(len(lines), 1, "one for each")
        self.assertEqual(first.stop(), 0, first.err)
        self.assertEqual(first.err, "")

    def test_a_second_signal(self):
        server = self.serve("--log", "json")
        with socket.create_connection((server.host, server.port), timeout=30) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                         b"Content-Length: 9\r\n\r\n")
            self.assertIn(b"100", sock.recv(65536))  # under way
            server.process.send_signal(signal.SIGTERM)
            server.wait_until_it_refuses()
            self.assertEqual(server.stop(), 130, server.err)
        self.the(self.lines(server.err), "stopped by a second signal", level="error")

    def test_quiet_says_errors_alone(self):
        server = self.serve(CRIMES / "template.yaml", "--log", "json", "-q")
        self.ok(server, "ListStreams")
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(server.err, "")
        self.fails("serve", "-q", "--log", "json", "absent.yaml")


class RunConsole(LogCase):
    def delivered(self, *words):
        server = self.run_console(*words, "--log", "json")
        server.wait_for_state(lambda state: all(one["ended"] for one in state["inputs"])
                              and state["time"]["idle"])
        return server

    def test_a_run_from_its_start_to_its_summary(self):
        server = self.delivered(CRIMES / "template.yaml", "--clock", "600x")
        self.ok(server, "ListStreams")
        self.assertEqual(server.call("Nonsense")[0], 400)
        self.assertEqual(server.stop(signal.SIGINT), 0, server.err)
        lines = self.lines(server.err)
        self.the(lines, "no effect here", level="warning")
        self.assertIn("format", lines[-1])
        self.assertEqual(lines[-1]["inputs"][0]["rows"], ROWS)
        self.assertNotIn("digest", lines[-1], "clients took part")
        self.assertIn("district", server.rest)

    def test_warnings_come_when_they_are_due(self):
        data = gzip.compress(b'{"a": 1}\n')
        self.write("rides.jsonl.gz", data)
        server = self.delivered(self.small())
        self.write("rides.jsonl.gz", data[:-9])
        for _ in range(2):
            self.assertEqual(server.api("POST", "api/inputs", {"declared": 0})[0], 201)
        server.wait_for_state(lambda state: all(one["ended"] for one in state["inputs"]))
        self.assertEqual(server.stop(signal.SIGINT), 0, server.err)
        told = [line for line in self.lines(server.err) if "broke off" in line["message"]]
        self.assertEqual(len(told), 2, server.err)
        for line in told:
            self.assertEqual((line["level"], line["stream"], line["id"]),
                             ("warning", "rides", "rides.jsonl.gz"))
            self.assertIn("world_time", line)

    def test_a_signal_in_the_middle(self):
        server = self.run_console(CRIMES / "template.yaml", "--clock", "10x", "--log", "json")
        server.wait_for_state(lambda state: state["inputs"][0]["records"] > 0)
        self.assertEqual(server.stop(signal.SIGINT), 130, server.err)
        lines = self.lines(server.err)
        self.assertEqual([line["level"] for line in lines[-2:]], ["error", "info"], lines)
        self.assertIn("--resume goes on", lines[-1]["message"])

    def test_errors_that_it_ends_with(self):
        template = self.small()
        self.write("rides.jsonl.gz", gzip.compress(b'{"a": 1}\n'))
        for words, want, said in (
            ([template, "--port", "70000"], 2, "--port 70000"),
            ([template, "--twice"], 2, "leave out --twice"),
            ([template, "--query", "absent"], 2, "no query of that name"),
            ([template, "--encode", "json"], 2, "need an --input"),
            ([template, "--state", ROOT / "docs"], None, "docs"),
            (["absent.yaml"], 2, "absent.yaml"),
            ([], 2, "run needs a template"),
        ):
            lines = self.fails("run", "--log", "json", "--console", *words, want=want)
            self.assertIn(said, lines[-1]["message"])


class OtherCommands(LogCase):
    def test_a_run_that_is_recorded_or_compared_and_its_queries(self):
        recording = self.dir / "r.jsonl"
        words = ("--log", "json", "--query", "SELECT 1 FROM crimes.absent")
        for more, said in ((["--record", recording], "millrace test --replay"),
                           (["--twice", "--replace"], "both runs gave the same")):
            result = self.run_crimes(*words, *more, want=1)
            lines = self.lines(result.err)
            self.the(lines, said, level="info")
            self.assertIn("digest", self.the(lines, "summary of the run"))
            self.the(lines, "TABLE_NOT_FOUND", level="error")

    def test_strict(self):
        self.write("bad.csv", "a,b\n1\n")
        result = self.run_crimes("--log", "json", "--strict", "--input", "CrimeStream=bad.csv",
                                 "--columns", "a,b", want=1)
        self.the(self.lines(result.err), "--strict: ", level="error")

    def test_a_query(self):
        self.run_crimes("-q")
        words = ("--state", self.state, "--log", "json")
        good = self.millrace("query", "SELECT 1 FROM crimes.crime_events", "--stats", *words)
        self.the(self.lines(good.err), "bytes scanned", level="info")
        self.fails("query", "SELECT", *words, want=1)
        self.fails("check", "--log", "json", "absent.yaml")
        self.fails("version", "--log", "json", "word")


class Runtime(LogCase):
    def test_another_version_of_a_runtime_is_told_by_both(self):
        template = self.write("function.yaml", FUNCTION)
        for start in (self.serve, self.run_console):
            server = start(template, "--log", "json", "--replace")
            status, _, answer = self.lambda_post(server, "/f/invocations", {})
            self.assertEqual((status, answer), (200, b"1"))
            self.assertEqual(server.stop(signal.SIGINT), 0, server.err)
            self.the(self.lines(server.err), "python3.6 is asked for, Python 3.", level="warning")


class Text(ServerCase):
    """What docs/operations.md says is not in this form."""

    def test_an_option_before_it_is_refused_as_text(self):
        result = self.millrace("serve", "--port", "70000", "--log", "json", want=2)
        self.assertTrue(result.err.startswith("millrace: --port 70000"), result)

    def test_the_event_log_has_lines_of_its_own(self):
        server = self.serve(CRIMES / "template.yaml", "--log", "json", "-v")
        self.ok(server, "ListStreams")
        self.assertEqual(server.stop(), 0, server.err)
        lines = [json.loads(line) for line in server.err.splitlines()]
        self.assertEqual({"event" in line for line in lines}, {True, False})
        for line in lines:
            self.assertEqual("event" in line, "level" not in line, line)


if __name__ == "__main__":
    main()
