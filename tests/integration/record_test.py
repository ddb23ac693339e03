"""What a run receives is written down: whole, with what a replay needs, also when it is killed."""

import base64
import json
import os
import re
import signal
import subprocess
import time

from millrace import BINARY, CRIMES, ROWS, Case, csv_rows, main

HEADER = ["millrace", "format", "template", "parameters", "region", "seed", "start", "limits",
          "no-builtin"]


class Record(Case):
    def template(self):
        """The sample with intervals of seconds, for real time, in a folder of the test's."""
        text = (CRIMES / "template.yaml").read_text()
        text = text.replace("IntervalInSeconds: 60}", "IntervalInSeconds: 1}")
        text = text.replace("IntervalInSeconds: 300}", "IntervalInSeconds: 2}")
        text = text.replace("File: crimes.csv", f"File: {CRIMES / 'crimes.csv'}")
        text = text.replace("Rate: 50/s", "Rate: 1500/s")
        text = text.replace("Code: handlers", f"Code: {CRIMES / 'handlers'}")
        return self.write("pipeline/template.yaml", text)

    def small_csv(self, rows):
        lines = (CRIMES / "crimes.csv").read_text().splitlines(keepends=True)
        return self.write("small.csv", "".join(lines[:rows + 1]))

    def read(self, path, *, whole=True):
        """Header, puts and last line (None when there is none and whole is not asked for)."""
        data = path.read_bytes()
        lines = [json.loads(line) for line in data.splitlines(keepends=True)
                 if whole or line.endswith(b"\n")]
        last = lines.pop() if "end_us" in lines[-1] else None
        return lines[0], lines[1:], last

    def test_a_run_in_real_time_records_every_record_at_its_arrival(self):
        template, rows = self.template(), 300
        recording = self.dir / "recordings" / "r.jsonl"
        recording.parent.mkdir()
        result = self.millrace("run", template, "--state", self.state, "--clock", "real", "--drain",
                               "--input", f"CrimeStream={self.small_csv(rows)}", "--rate", "400/s",
                               "--param", "ShardCount=3", "--record", recording)
        header, puts, last = self.read(recording)
        self.assertEqual(list(header), HEADER)
        self.assertEqual(header["millrace"], "recording")
        self.assertEqual(header["format"], 1)
        self.assertEqual(header["template"], "../pipeline/template.yaml")
        self.assertEqual(header["parameters"], {"ShardCount": "3"})
        self.assertEqual(header["region"], "us-east-1")
        self.assertEqual(header["seed"], 1)
        self.assertTrue(header["start"].startswith(time.strftime("%Y-", time.gmtime())), header)
        self.assertIs(header["limits"], True)
        self.assertIs(header["no-builtin"], False)

        records = [record for put in puts for record in put["records"]]
        self.assertEqual(len(records), rows)
        self.assertEqual(last["puts"], len(puts))
        self.assertEqual(last["records"], rows)
        times = [put["at_us"] for put in puts] + [last["end_us"]]
        self.assertEqual(times, sorted(times))
        self.assertGreater(puts[-1]["at_us"], 700_000)  # 300 rows at 400 a second
        self.assertEqual({put["target"] for put in puts},
                         {folder.name for folder in (self.state / "streams").iterdir()})
        first = csv_rows(CRIMES / "crimes.csv")[0]
        self.assertEqual(records[0]["key"], "1")  # the row's number: keys are dealt round robin
        self.assertIn(first["address"].strip(), base64.b64decode(records[0]["data"]).decode())
        self.assertIn(f"recorded   {len(puts)} puts in {recording}: "
                      f"millrace test --replay {recording}", result.err)

    def test_a_recording_changes_nothing_of_a_run_in_virtual_time(self):
        digests = [re.search(r"digest +(\w+)", self.run_crimes(*words, state=self.dir / name).err)[1]
                   for name, words in (("plain", []), ("recorded", ["--record", "r.jsonl"]))]
        self.assertEqual(digests[0], digests[1])
        header, puts, last = self.read(self.dir / "r.jsonl")
        self.assertEqual(header["start"], "2025-01-01T00:00:00.000000Z")
        self.assertEqual(last["records"], ROWS)
        self.assertEqual(puts[0]["at_us"], 1_000_000)  # 50 rows at 50 a second

    @staticmethod
    def summary(result):
        """The one of --log json."""
        lines = map(json.loads, result.err.splitlines())
        return next(line for line in lines if "format" in line)

    def test_retries_are_in_the_recording_as_they_came(self):
        recording = self.dir / "r.jsonl"
        result = self.run_crimes("--input", f"CrimeStream={CRIMES / 'crimes.csv'}", "--batch-records",
                                 "500", "--log", "json", "--record", recording)
        counts = self.summary(result)["inputs"][0]
        self.assertGreater(counts["throttled"], 0)
        _, puts, last = self.read(recording)
        self.assertEqual(last["records"], ROWS + counts["throttled"])
        self.assertEqual(last["puts"], counts["batches"])

    def test_a_killed_run_leaves_what_it_put(self):
        recording = self.dir / "r.jsonl"
        process = subprocess.Popen(
            [BINARY, "run", self.template(), "--state", self.state, "--clock", "real", "-q",
             "--record", recording], cwd=self.dir)
        deadline = time.monotonic() + 60
        while not recording.exists() or recording.stat().st_size < 100_000:
            self.assertLess(time.monotonic(), deadline)
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(timeout=0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        header, puts, last = self.read(recording, whole=False)
        self.assertEqual(list(header), HEADER)
        self.assertGreater(len(puts), 5)
        self.assertIsNone(last)
        stored = self.millrace("run", self.template(), "--state", self.state, "--clock", "real",
                               "--resume", "--log", "json")
        skipped = self.summary(stored)["inputs"][0]["skipped"]
        self.assertGreater(skipped, 0)  # every row that a stream has is in the recording
        self.assertGreaterEqual(sum(len(put["records"]) for put in puts), skipped)

    def test_what_cannot_be_recorded_is_refused(self):
        for words, want in (
            (["--record", "r.jsonl", "--twice"], "leave out --twice"),
            (["--record", "r.jsonl", "--resume"], "leave out --resume"),
            (["--record", "missing/r.jsonl"], "missing/r.jsonl"),
        ):
            with self.subTest(words=words):
                result = self.run_crimes(*words, want=2)
                self.assertEqual(len(result.errors), 1, result)
                self.assertIn(want, result.errors[0])

    def test_a_disk_that_is_full_ends_the_run(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        result = self.run_crimes("--record", "/dev/full", want=3)
        self.assertEqual(len(result.errors), 1, result)
        self.assertIn("No space left on device", result.errors[0])


if __name__ == "__main__":
    main()
