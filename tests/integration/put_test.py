"""`millrace put` against a tiny Kinesis on loopback: what goes over the wire, what is tried again,
and what is said when it cannot be done."""

import csv
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
import threading
import unittest

from fake_kinesis import BREAK, FakeKinesis, error, is_signed, taken
from millrace import BINARY, CRIMES, ROWS, RUN_SECONDS, Case, Result, main

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


class PutCase(Case):
    def setUp(self):
        super().setUp()
        # Nobody's own settings, and nothing that could lead off this machine.
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("AWS_") and not name.lower().endswith("_proxy")
        }
        self.env["HOME"] = str(self.dir)

    def fake(self, answer=None, **how):
        fake = FakeKinesis(answer, **how)
        self.addCleanup(fake.close)
        return fake

    def start(self, *words, env=None, **how):
        return subprocess.Popen(
            [BINARY, "put", *map(str, words)],
            cwd=self.dir,
            env={**self.env, **(env or {})},
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **how,
            },
        )

    def put(self, *words, want=0, env=None, stdin=None):
        process = self.start(*words, env=env, stdin=subprocess.PIPE)
        out, err = process.communicate(stdin or b"", timeout=RUN_SECONDS)
        result = Result(
            subprocess.CompletedProcess(process.args, process.returncode, out, err)
        )
        self.assertEqual(result.status, want, result)
        return result

    def put_json(self, *words, **how):
        return json.loads(self.put("--json", *words, **how).out)

    def numbers(self, count, name="rows.csv"):
        return self.write(name, "n,text\n" + "".join(f"{i},row {i}\n" for i in range(count)))


class Wire(PutCase):
    def test_every_row_arrives_in_order_signed_and_in_kinesiss_form(self):
        fake = self.fake()
        env = {
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_SESSION_TOKEN": "a/token==",
            "AWS_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_KINESIS": fake.url,
        }
        done = self.put("CrimeStream", CRIMES / "crimes.csv", env=env)
        with open(CRIMES / "crimes.csv", newline="", encoding="utf-8") as file:
            rows = ["|".join(row) for row in list(csv.reader(file))[1:]]
        self.assertEqual(len(rows), ROWS)
        self.assertEqual(fake.rows, rows)
        for request in fake.requests:
            self.assertTrue(is_signed(request, SECRET))
            self.assertIn("AKIDEXAMPLE/", request.headers["Authorization"])
            self.assertIn("/eu-west-1/kinesis/aws4_request", request.headers["Authorization"])
            self.assertIn("x-amz-security-token", request.headers["Authorization"])
            self.assertEqual(request.headers["X-Amz-Security-Token"], "a/token==")
            self.assertEqual(request.headers["X-Amz-Target"], "Kinesis_20131202.PutRecords")
            self.assertEqual(request.headers["Content-Type"], "application/x-amz-json-1.1")
            self.assertEqual(request.headers["Host"], fake.url[len("http://"):])
            self.assertTrue(request.headers["User-Agent"].startswith("millrace/"))
            self.assertIsNone(request.headers["Expect"])
            self.assertEqual(request.json["StreamName"], "CrimeStream")
            self.assertLessEqual(len(request.records), 50)
        self.assertEqual([key for _, key in fake.requests[0].records][:2], ["1", "2"])
        self.assertIn(f"7,584 rows in, 7,584 records put in {len(fake.requests)} batches", done.err)
        self.assertEqual(done.out, "")
        self.assertNotIn("note", done.err)

    def test_the_producers_options_are_those_of_run(self):
        fake = self.fake()
        summary = self.put_json(
            "S", self.numbers(10), "--endpoint-url", fake.url, "--batch-records", 4,
            "--partition-key", "column:n", "--encode", "json", "--columns", "text", "--rows", 6,
        )
        self.assertEqual([len(request.records) for request in fake.requests], [4, 2])
        self.assertEqual(fake.requests[0].records[3], ('{"text":"row 3"}', "3"))
        self.assertEqual(summary["records"], 6)
        self.assertEqual(summary["batches"], 2)
        self.assertEqual(summary["format"], 1)
        self.assertEqual(summary["endpoint"], fake.url + "/")

    def test_a_stream_may_be_an_arn_and_an_endpoint_may_have_a_path(self):
        fake = self.fake()
        arn = "arn:aws:kinesis:us-east-1:000000000000:stream/S"
        self.put(arn, self.numbers(1), "--endpoint-url", fake.url + "/a%20b/c")
        request = fake.requests[0]
        self.assertEqual(request.json["StreamARN"], arn)
        self.assertEqual(request.path, "/a%20b/c")
        request.path = "/a%2520b/c"  # as it is signed, outside S3
        self.assertTrue(is_signed(request, "test"))

    def test_rows_come_from_standard_input_too(self):
        fake = self.fake()
        self.put("S", "-", "--endpoint-url", fake.url, stdin=b"n\n1\n2\n3\n")
        self.assertEqual(fake.rows, ["1", "2", "3"])

    def test_a_loopback_endpoint_needs_no_credentials_and_no_proxy(self):
        fake = self.fake()
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            proxy = f"http://127.0.0.1:{unused.getsockname()[1]}"
            done = self.put(
                "S", self.numbers(1), "--endpoint-url", fake.url,
                env={"http_proxy": proxy, "all_proxy": proxy},
            )
        self.assertIn("note: no AWS credentials found", done.err)
        self.assertTrue(is_signed(fake.requests[0], "test"))

    def test_a_profile_gives_endpoint_region_and_keys(self):
        fake = self.fake()
        self.write(
            ".aws/config",
            f"[profile p]\nregion = eu-west-3\nservices = local\n"
            f"[services local]\nkinesis =\n  endpoint_url = {fake.url}\n",
        )
        self.write(
            ".aws/credentials", "[p]\naws_access_key_id = AKP\naws_secret_access_key = secret\n"
        )
        self.put("S", self.numbers(1), "--profile", "p")
        self.assertIn("AKP/", fake.requests[0].headers["Authorization"])
        self.assertIn("/eu-west-3/", fake.requests[0].headers["Authorization"])
        self.assertTrue(is_signed(fake.requests[0], "secret"))

    def test_tls_is_checked_against_the_bundle(self):
        if shutil.which("openssl") is None:
            self.skipTest("no openssl to make a certificate with")
        certificate, key = self.dir / "cert.pem", self.dir / "key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
             certificate],
            check=True, capture_output=True,
        )
        fake = self.fake(certificate=(certificate, key))
        rows = self.numbers(3)
        self.put("S", rows, "--endpoint-url", fake.url, "--ca-bundle", certificate)
        self.assertEqual(len(fake.rows), 3)
        done = self.put("S", rows, "--endpoint-url", fake.url, want=2)
        self.assertIn("--ca-bundle FILE names the certificates to trust", done.err)
        self.assertEqual(len(fake.rows), 3)

    def test_a_terminal_sees_a_bar(self):
        fake = self.fake()
        mine, its = pty.openpty()
        process = self.start("S", self.numbers(200), "--endpoint-url", fake.url, stderr=its)
        os.close(its)
        seen = b""
        while True:
            try:
                piece = os.read(mine, 4096)
            except OSError:  # its end is closed
                break
            if not piece:
                break
            seen += piece
        os.close(mine)
        process.stdout.close()
        self.assertEqual(process.wait(RUN_SECONDS), 0)
        self.assertRegex(seen, rb"\[#+\.*\] \d+ %  [\d,]+ records")
        self.assertIn(b"\r\x1b[K", seen)


class Again(PutCase):
    def test_of_a_batch_only_what_was_throttled_goes_again(self):
        refuse = {0: (1, 3, 4), 1: (0,)}
        fake = self.fake(lambda request, n: taken(request, refuse.get(n, ())))
        summary = self.put_json(
            "S", self.numbers(8), "--endpoint-url", fake.url, "--batch-records", 5
        )
        sent = [[data.split("|")[0] for data, _ in request.records] for request in fake.requests]
        self.assertEqual(
            sent, [["0", "1", "2", "3", "4"], ["1", "3", "4"], ["1"], ["5", "6", "7"]]
        )
        self.assertEqual(
            [summary[name] for name in ("records", "throttled", "retries", "batches", "given_up")],
            [8, 4, 4, 4, 0],
        )

    def test_a_request_that_is_refused_as_a_whole_goes_again(self):
        answers = [
            error("com.amazonaws#ThrottlingException", "Rate exceeded"),
            error("InternalFailure", "", status=500),
            (503, b"<html>Service Unavailable</html>"),
        ]
        fake = self.fake(lambda request, n: answers[n] if n < len(answers) else None)
        summary = self.put_json("S", self.numbers(2), "--endpoint-url", fake.url)
        self.assertEqual(len(fake.requests), 4)
        self.assertEqual(len({request.body for request in fake.requests}), 1)
        self.assertEqual(summary["records"], 2)
        self.assertEqual(summary["throttled"], 2)
        self.assertEqual(summary["retries"], 6)

    def test_a_broken_connection_is_made_again(self):
        for place in (0, 1):
            with self.subTest(place=place):
                fake = self.fake(lambda request, n: BREAK if n in (place, place + 1) else None)
                done = self.put(
                    "S", self.numbers(4), "--endpoint-url", fake.url, "--batch-records", 2
                )
                self.assertEqual(len(fake.requests), 4)
                self.assertEqual(len({request.body for request in fake.requests}), 2)
                self.assertEqual(done.err.count("no answer"), 1, done)
                self.assertIn("2 answers lost: their records may be there twice", done.err)

    def test_an_endpoint_that_has_answered_may_go_and_come_back(self):
        first = self.fake(lambda request, n: first.close())
        process = self.start(
            "S", self.numbers(4), "--endpoint-url", first.url, "--batch-records", 2
        )
        told = b""
        for line in process.stderr:  # nobody listens any more, and it has noticed
            told += line
            if b"trying again" in line:
                break
        second = self.fake(port=first.port)
        _, rest = process.communicate(timeout=RUN_SECONDS)
        self.assertEqual(process.returncode, 0, told + rest)
        self.assertEqual(first.rows + second.rows, [f"{i}|row {i}" for i in range(4)])
        self.assertIn(b"4 rows in, 4 records put", rest)

    def test_retries_come_to_an_end_when_told(self):
        fake = self.fake(lambda request, n: taken(request, range(len(request.records))))
        done = self.put(
            "S", self.numbers(3), "--endpoint-url", fake.url, "--retries", 2, want=1
        )
        self.assertEqual(len(fake.requests), 3)
        self.assertIn("rows.csv:2: given up after 2 retries: throttled", done.err)
        self.assertIn("3 records were not put: --retries 2 was not enough", done.err)
        self.assertIn("3 given up", done.err)


class Said(PutCase):
    def test_a_services_error_ends_it_with_its_words_and_what_helps(self):
        cases = [
            ("ResourceNotFoundException", "Stream S under account 000000000000 not found.",
             "are the stream's name, the region and the endpoint right?"),
            ("InvalidSignatureException", "The request signature we calculated does not match.\n\nx",
             "are the secret key and this machine's clock right?"),
            ("AccessDeniedException", "no", "the credentials need the permission kinesis:PutRecords"),
        ]
        for kind, message, advice in cases:
            with self.subTest(kind):
                fake = self.fake(
                    lambda request, n: error("com.x#" + kind, message) if n == 1 else None
                )
                done = self.put(
                    "S", self.numbers(9), "--endpoint-url", fake.url, "--batch-records", 3, want=2
                )
                line = done.errors[-1]
                self.assertIn(f"millrace: S: {kind}: {message.splitlines()[0]} ({fake.url}/", line)
                self.assertIn(advice, line)
                self.assertEqual(len(fake.requests), 2)
                self.assertIn("6 rows in, 3 records put in 2 batches", done.err)

    def test_what_is_no_kinesis_is_named(self):
        fake = self.fake(lambda request, n: (404, b"<html>not here</html>"))
        done = self.put("S", self.numbers(1), "--endpoint-url", fake.url, want=2)
        self.assertIn(f"{fake.url}/ answers with status 404, and not as Kinesis does", done.err)
        fake = self.fake(lambda request, n: (200, b"hello"))
        done = self.put("S", self.numbers(1), "--endpoint-url", fake.url, want=2)
        self.assertIn("the answer is not PutRecords' for 1 records", done.err)

    def test_an_endpoint_where_nothing_is_ends_it_at_once(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}"
            done = self.put("S", self.numbers(1), "--endpoint-url", url, want=3)
        self.assertIn(f"cannot reach {url}/", done.err)
        self.assertIn("is `millrace serve` running there?", done.err)

    def test_wrong_words_are_mended(self):
        rows = self.numbers(1)
        for words, want in [
            ((), "put needs a stream and a file: millrace put CrimeStream crimes.csv"),
            (("S",), "put needs a stream and a file"),
            (("S", rows, "more"), "more is one word too many"),
            (("S/T", rows), "stream S/T: give a name"),
            (("S", rows, "--endpoint-ur", "x"), "did you mean --endpoint-url?"),
            (("S", rows, "--endpoint-url", "localhost:4566"), "give a URL such as"),
            (("S", rows), "neither an endpoint nor a region is known"),
            (("S", rows, "--region", "us-east-1"), "no credentials for https://kinesis.us-east-1"),
            (("S", "none.csv", "--endpoint-url", "http://localhost:1"), "cannot open none.csv"),
            (("S", rows, "--endpoint-url", "http://localhost:1", "--rate", "x"), "rate"),
        ]:
            with self.subTest(words=words):
                done = self.put(*words, want=2)
                self.assertIn(want, done.err)
                self.assertEqual(len(done.errors), 1, done)

    def test_rejected_rows_are_told_and_strict_ends_at_the_first(self):
        fake = self.fake()
        rows = self.write("rows.csv", "n,key\n" + "1,a\n2,\n" * 8)
        words = ("S", rows, "--endpoint-url", fake.url, "--partition-key", "column:key")
        done = self.put(*words)
        self.assertEqual(done.err.count("the partition key is empty"), 5)
        self.assertIn("8 rejected", done.err)
        self.assertEqual(len(fake.rows), 8)
        done = self.put(*words, "--strict", want=1)
        self.assertIn("rows.csv:3: the partition key is empty", done.errors[-1])


class Rejects(PutCase):
    """--rejects: what was not put is kept, to be mended and put again."""

    def rows_of(self, name):
        return (self.dir / name).read_text()

    def test_they_are_kept_as_they_stood_with_their_reasons(self):
        fake = self.fake()
        rows = self.write("rows.csv", 'n,key\n1,a\n2,\n"3",b\n4\n"5, five",\n')
        words = ("S", rows, "--endpoint-url", fake.url, "--partition-key", "column:key")
        done = self.put(*words, "--rejects", "kept/bad.csv")
        self.assertEqual(len(fake.rows), 2)
        self.assertEqual(self.rows_of("kept/bad.csv"), '2,\n4\n"5, five",\n')
        first, second, third = self.rows_of("kept/bad.reasons").splitlines()
        self.assertIn("rows.csv:3: the partition key is empty", first)
        self.assertRegex(second, r"rows\.csv:5: .*1 column")
        self.assertIn("rows.csv:6: the partition key is empty", third)
        self.assertIn("3 rejected, 0 given up (see kept/bad.csv)", done.err)

        # Mended, they go with the same words.
        bad = self.rows_of("kept/bad.csv").replace("4\n", "4,\n")
        mended = self.write("mended.csv", "n,key\n" + bad.replace(",\n", ",k\n"))
        summary = self.put_json(words[0], mended, *words[2:], "--rejects", "again")
        self.assertEqual((summary["records"], summary["rejected"]), (3, 0))
        self.assertNotIn("rejects", summary)
        self.assertFalse((self.dir / "again.csv").exists(), "a clean put leaves nothing")

    def test_each_put_begins_its_own(self):
        fake = self.fake()
        words = ("--endpoint-url", fake.url, "--partition-key", "column:key", "--rejects", "bad")
        for row in ("1,", "2,"):
            rows = self.write("rows.csv", f"n,key\n{row}\n")
            self.assertEqual(self.put_json("S", rows, *words)["rejects"], "bad.csv")
            self.assertEqual(self.rows_of("bad.csv"), row + "\n")

    def test_records_that_were_given_up_are_kept_as_they_were_sent(self):
        fake = self.fake(lambda request, n: taken(request, (0,)))
        words = ("--endpoint-url", fake.url, "--retries", 1, "--rejects", "bad")
        self.put("S", self.numbers(2), *words, want=1)
        self.assertEqual(self.rows_of("bad.csv"), "0|row 0\n")
        self.assertIn("given up after 1 retries: throttled", self.rows_of("bad.reasons"))

    def test_what_cannot_be_written_ends_it_with_a_reason(self):
        fake = self.fake()
        rows = self.write("rows.csv", "n,key\n1,\n")
        self.write("file", "")
        words = ("S", rows, "--endpoint-url", fake.url, "--partition-key", "column:key")
        done = self.put(*words, "--rejects", "file/bad", want=2)
        self.assertIn("making the directory file", done.errors[-1])
        for value, what in (("rows.csv", "is the file that is put"), (".csv", "give a file")):
            done = self.put(*words, "--rejects", value, want=2)
            self.assertIn(what, done.errors[-1])
        self.assertEqual(self.rows_of("rows.csv"), "n,key\n1,\n")


class Interrupted(PutCase):
    def test_the_answer_under_way_counts_and_nothing_more_is_sent(self):
        def answer(request, n):
            if n == 1:
                process.send_signal(signal.SIGINT)
            return None

        ready = threading.Event()
        fake = self.fake(lambda request, n: ready.wait(RUN_SECONDS) and answer(request, n))
        process = self.start(
            "S", self.numbers(5000), "--endpoint-url", fake.url, "--json", "--rate", "1000/s"
        )
        ready.set()
        out, err = process.communicate(timeout=RUN_SECONDS)
        self.assertEqual(process.returncode, 130, err)
        summary = json.loads(out)
        self.assertEqual(summary["records"], len(fake.rows))
        self.assertLess(summary["records"], 5000)
        self.assertEqual(summary["in_doubt"], 0)
        self.assertEqual(summary["error"], "interrupted")

    def test_an_answer_that_does_not_come_leaves_records_in_doubt(self):
        go = threading.Event()
        self.addCleanup(go.set)

        def answer(request, n):
            if n == 1:
                process.send_signal(signal.SIGINT)
                go.wait(RUN_SECONDS)
            return None

        ready = threading.Event()
        fake = self.fake(lambda request, n: ready.wait(RUN_SECONDS) and answer(request, n))
        process = self.start("S", self.numbers(120), "--endpoint-url", fake.url)
        ready.set()
        _, err = process.communicate(timeout=RUN_SECONDS)
        self.assertEqual(process.returncode, 130, err)
        self.assertIn(b"100 rows in, 50 records put in 2 batches", err)
        self.assertIn(b"50 records were under way: they may be there or not", err)


if __name__ == "__main__":
    main()
