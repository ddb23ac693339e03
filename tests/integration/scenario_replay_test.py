"""What a run in real time received is put again in virtual time: the same rows, one answer however
often; with faults over it, too."""

import collections
import json

from millrace import CRIMES, bucket_of, delivered, main
from scenarios import Scenarios

ROWS = 240
COUNT = "SELECT count(*) FROM crimes.crime_events"


class Replay(Scenarios):
    @classmethod
    def template_text(cls):
        """The sample with intervals of seconds, since its run takes real ones."""
        text = (CRIMES / "template.yaml").read_text()
        text = text.replace("IntervalInSeconds: 60}", "IntervalInSeconds: 1}")
        text = text.replace("IntervalInSeconds: 300}", "IntervalInSeconds: 2}")
        text = text.replace("ParameterValue: '15'", "ParameterValue: '1'")
        text = text.replace("File: crimes.csv", f"File: {CRIMES / 'crimes.csv'}")
        return text.replace("Code: handlers", f"Code: {CRIMES / 'handlers'}")

    def record(self, *words):
        """A run in real time: its recording, and its delivered rows."""
        template = self.write("pipeline/template.yaml", self.template_text())
        lines = (CRIMES / "crimes.csv").read_text().splitlines(keepends=True)
        path = self.write("small.csv", "".join(lines[:ROWS + 1]))
        recording = self.dir / "monday.jsonl"
        self.millrace("run", template, "--state", self.state, "--clock", "real", "--drain", "-q",
                      "--input", f"CrimeStream={path}", "--partition-key", "column:district",
                      "--encode", "delimited:|", "--load-time", "--rate", "200/s", "--batch-records", "10",
                      "--record", recording, *words)
        self.assertEqual(len(delivered(self.state)), ROWS)
        return recording

    def rows(self, state):
        return collections.Counter(delivered(state))

    def test_a_replay_delivers_the_rows_of_the_run_and_has_one_answer(self):
        recording = self.record()
        one = self.result("--replay", recording, "--state", "kept", "--events", "one.jsonl")
        two = self.result("--replay", recording, "--state", "again", "--events", "two.jsonl",
                          "--jobs", "1")
        self.assertEqual(one, two)
        self.assertTrue(one["passed"], one)
        self.assertEqual((one["name"], one["rows"], one["delivered"], one["lost"]),
                         ("monday", ROWS, ROWS, 0))
        self.assertEqual((self.dir / "one.jsonl").read_bytes(), (self.dir / "two.jsonl").read_bytes())
        # The same rows, to the byte: the time of loading, too, was recorded.
        self.assertEqual(self.rows(self.dir / "kept/monday"), self.rows(self.state))
        self.assertEqual(bucket_of(self.dir / "kept/monday", "databucket"),
                         bucket_of(self.dir / "again/monday", "databucket"))
        sql = "SELECT district, count(*) AS n FROM crimes.crime_events GROUP BY 1 ORDER BY 1"
        self.assertEqual(self.query(sql, state=self.dir / "kept/monday").rows,
                         self.query(sql).rows)
        # Arrivals are those of the real run: the same puts, as far apart as they were.
        puts = [json.loads(line) for line in recording.read_text().splitlines()[1:-1]]
        put_us = puts[-1]["at_us"] - puts[0]["at_us"]
        self.assertGreater(one["simulated_us"], put_us)
        self.assertIn("1 passed, 0 failed", self.run_test("--replay", recording, "--twice").out)

    def test_a_scenario_adds_faults_and_expectations_to_a_recording(self):
        recording = self.record()
        head = f"replay: ../{recording.name}\n"
        faults = ("faults:\n  - {at: 100ms, kill: now}\n  - {kill: flush, every: 2nd, times: 3}\n"
                  "  - {the: 1st, lambda: {function: Decode, error: Unhandled}}\n")
        expect = (f"expect:\n  - sql: {COUNT}\n    equals: {ROWS}\n  - lost: 0\n  - duplicated: 0\n"
                  "  - errors: 0\n  - events: {type: fault, where: {id: lambda-error}, equals: 1}\n")
        self.scenario("storm", head + faults + expect)
        self.scenario("calm", head + f"expect:\n  - sql: {COUNT}\n    equals: {ROWS}\n")
        found = self.results("scenarios", "--state", "kept")  # found by its replay: alone
        storm, calm = found["storm", "1"], found["calm", "1"]
        self.assertEqual((storm["kills"], calm["kills"]), (4, 0))
        self.assertEqual(calm["faults"], 0)
        self.assertNotEqual(storm["digest"], calm["digest"])
        self.assertEqual(self.rows(self.dir / "kept/storm"), self.rows(self.state))
        self.assertEqual(self.results("scenarios"), found)
        # A failing one is judged like any other.
        self.scenario("wrong", head + f"expect:\n  - sql: {COUNT}\n    equals: 1\n")
        out = self.run_test("scenarios/wrong.yaml", want=1).out
        self.assertIn("scenarios/wrong.yaml:3: sql: ", out)
        self.assertIn(f"\n      got       {ROWS}\n", out)

    def ended(self, path):
        """When the replay had put everything."""
        events = [json.loads(line) for line in (self.dir / path).read_text().splitlines()]
        return [event["time"] for event in events if event["event"] == "input.ended"]

    def test_a_replay_that_was_killed_goes_on_in_the_times_of_the_recording(self):
        recording = self.record()
        puts = [json.loads(line) for line in recording.read_text().splitlines()[1:-1]]
        middle_us = puts[len(puts) // 2]["at_us"]
        self.assertLess(middle_us, puts[-1]["at_us"])
        self.scenario("killed", f"replay: ../{recording.name}\nfaults:\n"
                                f"  - {{at: {middle_us}us, kill: now}}\n")
        self.result("--replay", recording, "--events", "whole.jsonl")
        one = self.result("scenarios/killed.yaml", "--events", "killed.jsonl", "--state", "kept")
        self.assertEqual((one["kills"], one["delivered"]), (1, ROWS))
        self.assertEqual(self.ended("killed.jsonl"), self.ended("whole.jsonl"))
        self.assertEqual(self.rows(self.dir / "kept/killed"), self.rows(self.state))

    def test_parameters_and_seed_of_the_recording_are_those_of_the_replay(self):
        recording = self.record("--param", "ShardCount=3", "--seed", "5")
        one = self.result("--replay", recording, "--state", "kept")
        self.assertEqual(one["seed"], "5")
        streams = self.dir / "kept/monday/streams"
        self.assertEqual(sum(len(list(stream.glob("shardId-*"))) for stream in streams.iterdir()), 3)
        other = self.result("--replay", recording, "--seed", "6")
        self.assertEqual((other["seed"], other["delivered"]), ("6", ROWS))
        self.assertNotEqual(other["digest"], one["digest"])
        chaos = self.results("--replay", recording, "--chaos", "--seeds", "10")
        self.assertEqual(len(chaos), 10)
        self.assertTrue(all(run["passed"] and run["lost"] == 0 for run in chaos.values()), chaos)
        out = self.run_test("--replay", recording, "--chaos", "--seeds", "3", "-v").out
        self.assertIn("ok    monday (seed 3) ", out)

    def test_a_torn_recording_replays_what_is_whole(self):
        recording = self.record()
        data = recording.read_bytes()
        puts = [json.loads(line) for line in data.splitlines()[1:-1]]
        cut = data.index(data.splitlines()[-3]) + 20  # inside the last put but one
        torn = self.write("torn.jsonl", data[:cut])
        one = self.result("--replay", torn)
        whole = sum(len(put["records"]) for put in puts[:-2])
        self.assertEqual((one["rows"], one["lost"]), (whole, 0))
        # Damage in the middle is not passed over.
        lines = data.splitlines(keepends=True)
        lines[3] = b'{"at_us": "soon"}\n'
        self.write("bad.jsonl", b"".join(lines))
        result = self.run_test("--replay", "bad.jsonl", want=2)
        self.assertEqual((len(result.errors), result.out), (1, ""), result)
        self.assertIn("bad.jsonl", result.err)
        self.assertIn("4", result.err.split("bad.jsonl", 1)[1])


if __name__ == "__main__":
    main()
