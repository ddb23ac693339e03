"""Scenarios with every kind of mistake: each is answered with one line that says what, where and
how to mend it, before anything runs; and a good one beside it still runs."""

import json
import os

from millrace import CRIMES, main
from scenarios import Scenarios, small

BASE = small(20)
FAULT = BASE + "faults:\n  - "
EXPECT = BASE + "expect:\n  - "
TEMPLATE = f"template: {CRIMES / 'template.yaml'}\n"

# name, text, the line that is named (0: none; None: the template's), pieces of what is said
BAD = [
    # keys and kinds
    ("unknown-key", BASE + "expct:\n  - lost: 0\n", 5, ["expct", "did you mean expect?"]),
    ("unknown-setting", BASE + "sed: 7\n", 5, ["sed", "did you mean seed?"]),
    ("unknown-fault", FAULT + "{at: 1s, lamda: {error: X}}\n", 6, ["lamda", "did you mean lambda?"]),
    ("unknown-effect", FAULT + "{lambda: {throtled: true}}\n", 6, ["did you mean throttled?"]),
    ("unknown-expectation", EXPECT + "lots: 0\n", 6, ["lots", "did you mean lost?"]),
    ("unknown-input-option", BASE + "  - {stream: CrimeStream, file: ../x.csv, rat: 5/s}\n", 5,
     ["rat", "did you mean rate?"]),
    ("key-twice", BASE + "seed: 1\nseed: 2\n", 6, ["seed"]),
    ("faults-no-list", BASE + "faults: {kill: now}\n", 5, ["faults is a list"]),
    ("expect-no-list", BASE + "expect: lost\n", 5, ["expect is a list"]),
    ("fault-no-map", FAULT + "kill\n", 6, ["map"]),
    ("seed-no-number", BASE + "seed: seven\n", 5, ["seed", "'seven' is not a whole number"]),
    ("drain-no-flag", BASE + "drain: 3\n", 5, ["drain", "true or false"]),
    ("limits", BASE + "limits: of\n", 5, ["limits", "aws or off"]),
    ("start", BASE + "start: yesterday\n", 5, ["start", "2025-01-01T00:00:00Z"]),
    ("stream-bytes", BASE + "stream-bytes: 5\n", 5, ["stream-bytes", "4194304"]),
    ("function-of-cloudformation", BASE + "region: !Ref AWS::Region\n", 5, ["write the value"]),
    ("two-effects", FAULT + "{lambda: {error: X, crash: true}}\n", 6, ["a fault of its own"]),
    ("two-faults-in-one", FAULT + "{kill: now, split: {stream: CrimeStream, shard: 0}}\n", 6,
     ["a fault of its own"]),
    ("no-effect", FAULT + "{store: {bucket: DataBucket}}\n", 6, ["refused", "slow", "full"]),
    # times
    ("time", FAULT + "{at: soon, kill: now}\n", 6, ["at", "'soon' is not a duration"]),
    ("time-below-0", FAULT + "{at: -5s, kill: now}\n", 6, ["at", "-5s"]),
    ("no-time-at-all", FAULT + "{at: 1s, for: 0s, lambda: {error: X}}\n", 6, ["no time at all"]),
    ("time-too-long", FAULT + "{at: 50000d, kill: now}\n", 6, ["100 years"]),
    ("clock-before-1970", FAULT + "{at: 1s, clock: {jump: -30000d}}\n", 6, ["1970 to 2399"]),
    ("pause-for-ever", FAULT + "{at: 1s, pause: {input: CrimeStream}}\n", 6, ["for must be given"]),
    ("for-of-a-kill", FAULT + "{at: 1s, for: 2s, kill: now}\n", 6, ["for does not go with kill"]),
    ("which-time", FAULT + "{the: 0th, kill: flush}\n", 6, ["the", "from 1 on"]),
    ("probability", FAULT + "{probability: 1.5, poison: {stream: CrimeStream}}\n", 6,
     ["at most 1 (always)"]),
    ("kill-when", FAULT + "{kill: fluhs}\n", 6, ["did you mean flush?"]),
    # files
    ("missing-input", TEMPLATE + "inputs:\n  - {stream: CrimeStream, file: none.csv}\n", 3,
     ["none.csv"]),
    ("missing-template", "template: nowhere.yaml\n", 1, ["nowhere.yaml", "No such file"]),
    ("no-template", "name: x\nreplay: none.jsonl\n", 2, ["replay", "none.jsonl"]),
    ("missing-recording", TEMPLATE + "replay: none.jsonl\n", 2, ["replay", "none.jsonl"]),
    ("damaged-recording", TEMPLATE + "replay: damaged.jsonl\n", 2, ["damaged.jsonl",
                                                                     "no recording"]),
    ("later-recording", TEMPLATE + "replay: later.jsonl\n", 2, ["format 99", "reads format 1"]),
    ("replay-and-inputs", BASE + "replay: good.jsonl\n", 2, ["inputs and replay"]),
    ("same-as-a-file", EXPECT + "same-as: damaged.jsonl\n", 6, ["is no folder"]),
    ("empty", "", 0, ["the file is empty"]),
    ("only-a-comment", "# template: x\n", 0, ["the file is empty"]),
    ("no-yaml", BASE + "faults: [{\n", 6, ["YAML not well-formed"]),
    ("tabs", BASE + "\tseed: 1\n", 5, ["YAML not well-formed"]),
    ("no-text", b"template: \xff\xfe\n", 0, ["UTF-8"]),
    ("no-map", "- 1\n- 2\n", 1, ["a scenario is a map"]),
    # names of the template
    ("unknown-stream", BASE.replace("stream: CrimeStream", "stream: CrimeSteam"), 3,
     ["CrimeSteam", "CrimeStream"]),
    ("unknown-function", FAULT + "{lambda: {function: Decoed, error: X}}\n", 6,
     ["no function Decoed", "did you mean Decode?"]),
    ("unknown-bucket", EXPECT + "objects: {bucket: DataBukcet, count: 1}\n", 6,
     ["no bucket DataBukcet", "did you mean DataBucket?"]),
    ("unknown-delivery", EXPECT + "latency: {delivery: Deliver, max: 1m}\n", 6,
     ["no delivery stream Deliver", "did you mean Delivery?"]),
    ("unknown-input", FAULT + "{at: 1s, burst: {input: Crimes, rate: 5/s}}\n", 6,
     ["Crimes", "CrimeStream"]),
    ("unknown-parameter", BASE + "parameters: {Langage: node}\n", None,
     ["Parameters: [Langage]", "Language"]),
    ("merge-with-itself", FAULT + "{at: 1s, merge: {stream: CrimeStream, shards: [1, 1]}}\n", 6,
     ["merged with itself"]),
    # expectations
    ("nothing-expected", EXPECT + "objects: {bucket: DataBucket}\n", 6, ["nothing is expected"]),
    ("between", EXPECT + "lost: {between: [5, 1]}\n", 6, ["lower bound"]),
    ("no-count", EXPECT + "duplicated: few\n", 6, ["'few' is not a whole number"]),
    ("pattern", EXPECT + "objects: {name: '(', count: 1}\n", 6, ["name", "("]),
    ("event-type", EXPECT + "events: {type: objct.written}\n", 6, ["did you mean object.written?"]),
    ("sql-without-a-test", EXPECT + "sql: SELECT 1\n", 6, ["equals", "rows", "matches"]),
    ("sql-syntax", EXPECT + "{sql: SELEC 1, equals: 1}\n", 6, ["SELEC", "'SELECT'"]),
    ("sql-table", EXPECT + "{sql: SELECT 1 FROM crimes.crime_event, equals: 1}\n", 6,
     ["crime_event' does not exist"]),
    ("sql-column", EXPECT + "{sql: SELECT distrct FROM crimes.crime_events, empty: true}\n", 6,
     ["distrct", "COLUMN_NOT_FOUND"]),
    ("sql-database", EXPECT + "{sql: SELECT 1 FROM crime.crime_events, equals: 1}\n", 6,
     ["crime", "does not exist"]),
]


class Bad(Scenarios):
    def setUp(self):
        super().setUp()
        self.write("x.csv", "a\n1\n")
        self.write("scenarios/damaged.jsonl", b"{\"millrace\": \"recor\x00\xff\n{\n")
        self.write("scenarios/later.jsonl",
                   json.dumps({"millrace": "recording", "format": 99, "template": "t.yaml"}) + "\n")
        self.write("scenarios/good.jsonl", json.dumps(
            {"millrace": "recording", "format": 1, "template": str(CRIMES / "template.yaml"),
             "parameters": {}, "region": "us-east-1", "seed": 1,
             "start": "2025-01-01T00:00:00.000000Z", "limits": True, "no-builtin": False}) + "\n")

    def one_line(self, result, *pieces):
        self.assertEqual(result.out, "", result)
        self.assertEqual(result.err.count("\n"), 1, result)
        self.assertEqual(len(result.errors), 1, result)
        for piece in pieces:
            self.assertIn(piece, result.err)

    def test_each_mistake_is_one_line_with_file_and_line(self):
        self.assertGreaterEqual(len(BAD), 40)
        self.assertEqual(len({name for name, *_ in BAD}), len(BAD))
        for name, text, line, pieces in BAD:
            with self.subTest(name):
                path = self.write(f"scenarios/{name}.yaml", text)
                result = self.run_test(f"scenarios/{name}.yaml", want=2)
                place = (f"scenarios/{name}.yaml:{line}: " if line
                         else f"{CRIMES}/template.yaml: " if line is None
                         else f"scenarios/{name}.yaml: ")
                self.one_line(result, f"millrace: {place}", *pieces)
                # check finds it too, without a run
                if text and b"template" in path.read_bytes():
                    self.assertEqual(self.millrace("check", path, want=None).status, 2)

    def test_what_is_wrong_with_a_template_is_said_there(self):
        for name in ("python/decode.py", "node/decode.js"):
            self.write(f"scenarios/handlers/{name}", (CRIMES / "handlers" / name).read_bytes())
        good = (CRIMES / "template.yaml").read_text()
        for old, new, piece in (
            ("Type: AWS::Kinesis::Stream", "Type: AWS::Kinesis::Steam", "AWS::Kinesis::Stream"),
            ("IntervalInSeconds: 60}", "IntervalInSeconds: 901}", "900"),
            ("CompressionFormat: GZIP", "CompressionFormat: SNAPPY", "Snappy"),
        ):
            with self.subTest(new=new):
                text = good.replace(old, new)
                self.write("scenarios/broken.yaml", text)
                number = 1 + next(i for i, line in enumerate(text.splitlines()) if new in line)
                self.scenario("uses", "template: broken.yaml\ninputs: []\n")
                self.one_line(self.run_test("scenarios/uses.yaml", want=2),
                              f"broken.yaml:{number}: ", piece)

    def test_what_is_not_there_is_one_line(self):
        (self.dir / "bare/deeper").mkdir(parents=True)
        self.write("bare/notes.txt", "template: x\n")
        self.write("bare/deeper/template.yaml", "Resources: {}\n")
        for words, pieces in (
            ([], ["test needs scenarios"]),
            (["bare"], ["millrace: bare: ", "no scenario"]),
            (["missing.yaml"], ["millrace: missing.yaml: ", "no such file"]),
            (["scenarios", "missing"], ["millrace: "]),
            (["--replay", "missing.jsonl"], ["millrace: missing.jsonl: ", "no such recording"]),
            (["--replay", "scenarios/damaged.jsonl"], ["scenarios/damaged.jsonl:1: ", "no recording"]),
            (["--replay", "scenarios/later.jsonl"], ["scenarios/later.jsonl:1: ", "format 99"]),
            (["--replay", "bare"], ["bare: a folder is no recording"]),
        ):
            with self.subTest(words=words):
                self.one_line(self.run_test(*words, want=2), *pieces)

    def test_pipes_and_devices_are_refused_at_once(self):
        os.mkfifo(self.dir / "pipe")
        pipe = "is a pipe or a device"
        text = (CRIMES / "template.yaml").read_text()
        self.write("own/template.yaml", text.replace("File: crimes.csv", "File: ../pipe")
                   .replace("Code: handlers", f"Code: {CRIMES / 'handlers'}"))
        for name, text, line in (
            ("input", BASE.replace(str(CRIMES / "crimes.csv"), "../pipe"), 3),
            ("device", BASE.replace(str(CRIMES / "crimes.csv"), "/dev/zero"), 3),
            ("replayed", TEMPLATE + "replay: ../pipe\n", 2),
            ("template", "template: ../pipe\ninputs: []\n", 1),
        ):
            with self.subTest(name):
                self.scenario(name, text)
                self.one_line(self.run_test(f"scenarios/{name}.yaml", want=2),
                              f"scenarios/{name}.yaml:{line}: ", pipe)
        self.scenario("own", "template: ../own/template.yaml\n")
        self.one_line(self.run_test("scenarios/own.yaml", want=2), "own/template.yaml:", pipe)
        self.one_line(self.run_test("pipe", want=2), pipe)
        self.one_line(self.run_test("--replay", "pipe", want=2), "pipe: a pipe or a device")
        self.write("only/good.yaml", BASE)
        os.mkfifo(self.dir / "only/pipe.yaml")
        self.run_test("only")

    def test_words_that_mean_nothing_here_are_one_line(self):
        path = self.scenario("good", BASE)
        for words, piece in (
            (["--sed", "1"], "did you mean --seed?"),
            (["--seeds", "9..1"], "201..400"),
            (["--seeds", "0"], "--seeds 0"),
            (["--seed", "x"], "--seed"),
            (["--seed", "1", "--seeds", "2"], "give one of the two"),
            (["--jobs", "0"], "--jobs 0: give 1 to 256"),
            (["--update", "--chaos"], "leave out --chaos"),
            (["--tap", "--output", "json"], "give one"),
            (["--output", "csv"], "table, json or jsonl"),
            (["--seeds", "2", "--events", "e.jsonl"], "--events"),
            (["--junit", "missing/out.xml"], "missing/out.xml"),
            (["--clock", "real"], "--clock"),
        ):
            with self.subTest(words=words):
                self.one_line(self.run_test(path, *words, want=2), piece)

    def test_every_mistake_of_a_scenario_has_its_line(self):
        self.scenario("several", BASE + "sed: 1\nfaults:\n  - {kill: nwo}\nexpect:\n  - {lots: 0}\n")
        result = self.run_test("scenarios/several.yaml", want=2)
        self.assertEqual(result.out, "")
        self.assertEqual([line.split(": ")[1] for line in result.errors],
                         [f"scenarios/several.yaml:{line}" for line in (5, 7, 9)])
        swarm = self.run_test("scenarios/several.yaml", "--seeds", "50", want=2)
        self.assertEqual((swarm.out, swarm.err), ("", result.err))  # once, not fifty times

    def test_a_good_scenario_beside_bad_ones_still_runs(self):
        self.scenario("a-bad", BASE + "sed: 1\n")
        self.scenario("b-good", BASE + "expect:\n  - lost: 0\n")
        self.scenario("c-bad", "template: nowhere.yaml\n")
        self.scenario("d-torn", BASE + "faults: [{\n")
        result = self.run_test("scenarios", want=2)
        self.assertEqual(len(result.errors), 3, result)
        lines = result.out.splitlines()
        self.assertEqual(len(lines), 2, result)
        self.assertRegex(lines[0], "^ok    b-good ")
        self.assertEqual(lines[1], "1 passed, 0 failed, 3 could not be run")
        self.assertTrue(self.results("scenarios", want=2)["b-good", "1"]["passed"])

    def test_an_input_that_breaks_off_is_one_line(self):
        self.write("scenarios/rows.csv", b"a,b\n1,2\n\"torn\n")
        text = TEMPLATE + "inputs:\n  - {stream: CrimeStream, file: rows.csv}\n"
        self.scenario("torn", text.replace("}", ", strict: true}"))
        self.one_line(self.run_test("scenarios/torn.yaml", want=2), "scenarios/torn.yaml: ",
                      "rows.csv:3")
        self.scenario("lenient", text)
        result = self.run_test("scenarios/lenient.yaml")
        self.assertIn("\n      note      1 row of scenarios/rows.csv cannot be read and was not put\n",
                      result.out)


if __name__ == "__main__":
    main()
