"""What a failing scenario says: where, what was expected, what came, what happened around it, and
how to see it again. In every form that there is, however many workers, until it is interrupted."""

import contextlib
import json
import os
import pathlib
import re
import select
import shlex
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

from millrace import BINARY, bucket_of, main
from scenarios import SAMPLES, Scenarios, small

LOST_ANSWERS = "faults:\n  - {every: 2, answer-lost: {stream: CrimeStream}}\n"
POISON = "faults:\n  - {every: 50th, poison: {stream: CrimeStream, data: x}}\n"
FROM = "FROM crimes.crime_events"

# name, faults, the expectation, what it is called, what was expected, what was got, an event that
# is shown
FAILURES = [
    ("equals", "", f"sql: SELECT count(*) {FROM}\n    equals: 7584",
     r"sql: SELECT count\(\*\) FROM crimes\.crime_events", "7584", "200", None),
    ("text", "", f"sql: SELECT min(beat) {FROM}\n    equals: '9Z'", "sql: .*", "9Z",
     r"'' \(an empty text\)", None),
    ("rows", "", f"sql: SELECT count(*), min(district) {FROM}\n    rows: [[200, 2]]", "sql: .*",
     r"1 row, row 1 is \[200, 2\]", r"1 row, row 1 is \[200, 1\]", None),
    ("missing-row", "", f"sql: SELECT count(*) {FROM}\n    rows: [[200], [1]]", "sql: .*",
     r"2 rows, row 2 is \[1\]", "1 row, no row 2", None),
    ("empty", "", f"sql: SELECT district {FROM} WHERE district = 1\n    empty: true", "sql: .*",
     "no row", r"\d+ rows, the first \[1\]", None),
    ("matches", "", f"sql: SELECT min(address) {FROM}\n    matches: '^X'", "sql: .*",
     r"a match of \^X", r"\d+ .*", None),
    ("between", "", f"sql: SELECT avg(district) {FROM}\n    between: [100, 200]", "sql: .*",
     "between 100 and 200", r"\d\.\d+", None),
    ("objects", "", "objects: {bucket: DataBucket, prefix: crimes/, count: 5}",
     "objects: millrace-databucket-.*/crimes/", "count 5", "count 1", None),
    ("bytes", "", "objects: {bucket: DataBucket, bytes: {at-most: 10}}", "objects: .*",
     "bytes at most 10", r"bytes \d{4,}", None),
    ("name", "", "objects: {bucket: DataBucket, name: '^raw/'}", "objects: .*",
     r"keys that match \^raw/", r"millrace-databucket-.*/crimes/dt=2025-01-01/.*", "object.written"),
    ("latency", "", "latency: {p50: 5s, max: 2m}", "latency", "p50 at most 5s", r"p50 1m1\ds.*",
     "object.written"),
    ("buffers", "", "buffers: {sink: main, longest: 59s}", "buffers: main", "longest at most 59s",
     "longest 1m", "buffer.flushed"),
    ("flushes", "", "buffers: {sink: backup, size: {at-least: 1}}", "buffers: backup",
     "size at least 1", "size 0", None),
    ("events", "", "events: {type: object.written, where: {bucket: '*databucket*'}, equals: 0}",
     r"events: object.written with bucket \*databucket\*", "0", "1", "object.written"),
    ("no-events", "", "events: {type: shard.throttled}", "events: shard.throttled", "at least 1",
     "0", None),
    ("lost", "", "lost: 1", "lost", "1", "0", None),
    ("duplicated", LOST_ANSWERS, "duplicated: 0", "duplicated", "0", r"[1-9]\d*", "object.written"),
    ("reordered", LOST_ANSWERS, "reordered: 0", "reordered", "0", r"[1-9]\d*", "object.written"),
    ("errors", POISON, "errors: 0", "errors", "0", r"4 \(of 4: Lambda.ProcessingFailedStatus 4\)",
     "object.written"),
    ("error-code", POISON, "errors: {code: Lambda.FunctionError, at-least: 1}",
     "errors: Lambda.FunctionError", "at least 1", r"0 \(of 4: Lambda.ProcessingFailedStatus 4\)",
     None),
    ("same-as", "", "same-as: nowhere", "same-as: nowhere", r"the files of .*nowhere",
     "there is no such folder: --update makes it", None),
]


class Report(Scenarios):
    def failing(self, name="fails", rows=20):
        return self.scenario(name, small(rows) + f"expect:\n  - sql: SELECT count(*) {FROM}\n"
                                                 "    equals: 1\n")

    def passing(self, name="passes", rows=20):
        return self.scenario(name, small(rows) + f"expect:\n  - sql: SELECT count(*) {FROM}\n"
                                                 f"    equals: {rows}\n")

    # ---- what a failure says ----

    def test_each_kind_of_failure_names_place_expectation_answer_and_events(self):
        for name, faults, expect, *_ in FAILURES:
            self.scenario(name, small() + faults + f"expect:\n  - lost: {'{at-most: 1}'}\n"
                                                   f"  - {expect}\n")
        found = self.results("scenarios", want=1)
        self.assertEqual(len(found), len(FAILURES))
        text = self.run_test("scenarios", want=1)
        self.assertTrue(text.out.endswith(f"\n0 passed, {len(FAILURES)} failed\n"), text)
        for name, faults, expect, what, expected, got, event in FAILURES:
            with self.subTest(name):
                one = found[name, "1"]
                self.assertEqual(len(one["failures"]), 1, one)
                failure = one["failures"][0]
                line = 5 + faults.count("\n") + 2  # five of small(), `expect:`, its first
                self.assertEqual(failure["line"], line)
                self.assertRegex(failure["what"], f"^{what}$")
                self.assertRegex(failure["expected"], f"^{expected}$")
                self.assertRegex(failure["got"], f"^{got}$")
                if event is None:
                    self.assertEqual(failure["events"], "")
                else:
                    self.assertIn(f'"event":"{event}"', failure["events"])
                block = text.out[text.out.index(f"FAIL  {name} "):].split("\nFAIL ")[0]
                self.assertIn(f"scenarios/{name}.yaml:{line}: {failure['what']}\n", block)
                self.assertIn(f"\n      expected  {failure['expected']}\n", block)
                self.assertIn(f"\n      got       {failure['got']}\n", block)
                for said in failure["events"].splitlines():
                    self.assertIn(f"\n        {said}\n", block)
                self.assertIn(f"\n      digest    {one['digest']}\n", block)

    def replay(self, out):
        """Runs the command that a report gives. What it prints, without the wall clock's."""
        commands = re.findall(r"^ +replay: millrace (test .*)$", out, re.MULTILINE)
        self.assertEqual(len(commands), 1, out)
        return self.millrace(*shlex.split(commands[0]), want=1).out

    def test_the_command_of_a_report_gives_the_same_failure(self):
        odd = self.scenario("it's 5 o'clock & all's $well", self.failing().read_text())
        named = self.failing("seeds")
        for words in ([odd], [named, "--seeds", "7..7"], [named, "--seed", "12"],
                      [named, "--seed", "4", "--twice"]):
            with self.subTest(words=words):
                out = self.run_test(*words, want=1).out
                block = re.search(r"^FAIL .*?replay: [^\n]*\n", out, re.MULTILINE | re.DOTALL)[0]
                self.assertIn("expected  1\n      got       20\n", block)
                self.assertTrue(self.replay(out).startswith(block), out)

    def test_a_chaos_run_says_its_schedule_and_how_to_repeat_it(self):
        path = self.passing(rows=200)
        out = self.run_test(path, "--chaos", "--seed", "9", "-v").out
        self.assertIn("ok    passes (seed 9) ", out)
        schedule = re.findall(r"^ +- (\{.*\})$", out, re.MULTILINE)
        self.assertGreater(len(schedule), 0)
        # What chaos drew is a scenario's own vocabulary: written into one, it strikes as often.
        again = self.scenario("drawn", small() + "faults:\n"
                              + "".join(f"  - {fault}\n" for fault in schedule))
        one, two = self.result(path, "--chaos", "--seed", "9"), self.result(again, "--seed", "9")
        for figure in ("digest", "faults", "kills", "delivered", "simulated_us"):
            self.assertEqual(one[figure], two[figure])

    # ---- forms ----

    def three(self):
        """One that holds, one that does not, one that cannot be run; with odd characters."""
        self.scenario("a", "name: 'odd # \\ <&>\" \u00e9\U0001f600'\n" + self.passing("a").read_text())
        self.scenario("b", f"name: 'fails # <&>'\n" + small(20) + "expect:\n"
                      f"  - sql: SELECT '<&>\"' FROM crimes.crime_events\n    equals: \"]]> '\"\n")
        self.scenario("c", "template: missing.yaml\n")
        return "scenarios"

    def parse_tap(self, text):
        lines = text.splitlines()
        self.assertEqual(lines[0], "TAP version 14")
        count = int(re.fullmatch(r"1\.\.(\d+)", lines[1])[1])
        tests, block = [], None
        for line in lines[2:]:
            if block is None and (match := re.fullmatch(r"(not ok|ok) (\d+) - (.*)", line)):
                title, _, directive = re.fullmatch(r"((?:\\.|[^\\#])*)(#(.*))?", match[3]).groups()
                self.assertIsNone(directive, line)
                tests.append((match[1] == "ok", re.sub(r"\\(.)", r"\1", title), {}))
                self.assertEqual(int(match[2]), len(tests))
            elif line == "  ---":
                self.assertIsNone(block)
                block = tests[-1][2]
            elif line == "  ...":
                self.assertIsNotNone(block)
                block = None
            elif line.startswith("Bail out!"):
                self.assertLess(len(tests), count)
            elif line != "  failures:":
                key, value = re.fullmatch(r"  (?:  - |    )?(\w+): (\".*\")", line).groups()
                block.setdefault(key, json.loads(value))
        self.assertIsNone(block)
        return count, tests

    def test_tap_is_version_14(self):
        result = self.run_test(self.three(), "--tap", want=2)
        count, tests = self.parse_tap(result.out)
        self.assertEqual((count, len(tests)), (3, 3))
        self.assertEqual([ok for ok, _, _ in tests], [True, False, False])
        self.assertEqual(tests[0][1:], ("odd # \\ <&>\" \u00e9\U0001f600", {}))
        title, why = tests[1][1:]
        self.assertEqual(title, "fails # <&>")
        self.assertIn("scenarios/b.yaml:7: sql: SELECT '<&>\"' FROM", why["what"])
        self.assertEqual(why["expected"], "]]> '")
        self.assertEqual(why["got"], "20 rows, the first [<&>\"]")
        self.assertEqual(why["replay"], "millrace test scenarios/b.yaml")
        self.assertIn("c.yaml:1: template: ", tests[2][2]["message"])

    def test_junit_xml_counts_and_escapes(self):
        result = self.run_test(self.three(), "--junit", "out.xml", want=2)
        root = ElementTree.parse(self.dir / "out.xml").getroot()
        self.assertEqual(root.tag, "testsuites")
        (suite,) = root
        for element in (root, suite):
            self.assertEqual([element.get(key) for key in ("tests", "failures", "errors")],
                             ["3", "1", "1"])
        cases = suite.findall("testcase")
        self.assertEqual([case.get("name") for case in cases],
                         ["odd # \\ <&>\" \u00e9\U0001f600", "fails # <&>", "c"])
        self.assertEqual([[child.tag for child in case] for case in cases],
                         [[], ["failure"], ["error"]])
        failure = cases[1].find("failure")
        self.assertIn("expected ]]> ', got 20 rows, the first [<&>\"]", failure.get("message"))
        self.assertIn("scenarios/b.yaml:7: sql:", failure.text)
        self.assertIn("replay: millrace test scenarios/b.yaml", failure.text)
        self.assertIn("missing.yaml", cases[2].find("error").get("message"))
        self.assertAlmostEqual(float(suite.get("time")),
                               sum(float(case.get("time")) for case in cases), delta=0.01)
        self.assertIn("1 passed, 1 failed, 1 could not be run", result.out)  # beside the text

    def test_json_is_one_object_a_line_or_one_in_all(self):
        lines = self.run_test(self.three(), "--output", "jsonl", want=2).out.splitlines()
        results = [json.loads(line) for line in lines]
        self.assertEqual([one["passed"] for one in results], [True, False, False])
        self.assertRegex(results[0]["digest"], "^[0-9a-f]{64}$")
        self.assertEqual(results[2]["digest"], "")
        self.assertIn("missing.yaml", results[2]["error"]["message"])
        whole = json.loads(self.run_test("scenarios", "--output", "json", want=2).out)
        self.assertEqual([whole[key] for key in ("format", "passed", "failed", "errors", "not_run")],
                         [1, 1, 1, 1, 0])
        self.assertEqual([one["digest"] for one in whole["results"]],
                         [one["digest"] for one in results])

    def test_quiet_is_what_failed_and_the_counts(self):
        self.passing()
        self.failing()
        out = self.run_test("scenarios", "-q", want=1).out
        self.assertNotIn("passes", out)
        self.assertTrue(out.startswith("FAIL  fails ") and out.endswith("1 passed, 1 failed\n"), out)
        self.assertEqual(self.run_test("scenarios/passes.yaml", "-q").out, "1 passed, 0 failed\n")

    # ---- which runs ----

    def test_seeds_and_jobs_give_the_same_results(self):
        self.scenario("chance", small() + "faults:\n  - {probability: 0.05, poison: {stream: "
                                          "CrimeStream}}\nexpect:\n  - errors: {at-most: 9}\n")
        self.passing()
        one = self.results("scenarios", "--seeds", "3..12", "--jobs", "1", want=None)
        self.assertEqual(len(one), 20)
        self.assertEqual({seed for _, seed in one}, set(map(str, range(3, 13))))
        self.assertEqual({run["passed"] for run in one.values()}, {True, False})
        self.assertEqual(self.results("scenarios", "--seeds", "3..12", "-j4", want=1), one)
        self.assertEqual(self.result("scenarios/chance.yaml", "--seed", "5", want=None),
                         one["chance", "5"])
        self.assertEqual(len(self.results("scenarios/passes.yaml", "--seeds", "4")), 4)
        text = self.run_test("scenarios", "--seeds", "3..12", want=1).out
        bad = sum(not run["passed"] for run in one.values())
        self.assertRegex(text, rf"(?m)^FAIL  chance +10 seeds, {bad} failed ")
        self.assertRegex(text, r"(?m)^ok    passes +10 seeds, 0 failed ")
        self.assertTrue(text.endswith(f"\n10 seeds: {20 - bad} passed, {bad} failed\n"), text)

    def test_fail_fast_begins_nothing_more(self):
        for name in ("b", "d"):
            self.failing(name)
        for name in ("a", "c", "e"):
            self.passing(name)
        out = self.run_test("scenarios", "--fail-fast", "--jobs", "1", want=1).out
        self.assertTrue(out.endswith("\n1 passed, 1 failed, 3 not run\n"), out)
        tap = self.run_test("scenarios", "--fail-fast", "--jobs", "1", "--tap", want=1).out
        count, tests = self.parse_tap(tap)
        self.assertEqual((count, len(tests)), (5, 2))
        self.assertIn("Bail out! 3 of 5 were not run\n", tap)
        out = self.run_test("scenarios", "--fail-fast", "--keep-going", want=1).out
        self.assertTrue(out.endswith("\n3 passed, 2 failed\n"), out)

    # ---- golden folders and states ----

    def test_update_writes_a_golden_folder_that_the_next_run_compares(self):
        path = self.scenario("golden", small(20) + "expect:\n  - same-as: {folder: want, "
                                                   "bucket: DataBucket}\n")
        self.run_test(path, want=1)
        self.run_test(path, "--update")
        golden = self.dir / "scenarios/want"
        files = [file for file in golden.rglob("*") if file.is_file() and file.name[0] != "."]
        self.assertEqual(len(files), 1)
        self.run_test(path)
        before = files[0].read_bytes()
        files[0].write_bytes(before.replace(b'"district":1', b'"district":9', 1))
        out = self.run_test(path, want=1).out
        name = str(files[0].relative_to(golden))
        self.assertIn("0 missing, 0 more, 1 that differ", out)
        self.assertIn(f"{name} differs in line ", out)
        self.assertIn('"district":9', out)
        (golden / "more").write_text("x")
        files[0].unlink()
        out = self.run_test(path, want=1).out
        self.assertIn("1 missing, 1 more", out.replace("1 more, 0", "1 more"))
        self.assertEqual(self.run_test(path, "--update", want=None).status, 1)  # not ours: `more`
        (golden / "more").unlink()
        self.run_test(path, "--update")
        self.assertEqual(files[0].read_bytes(), before)

    def test_a_kept_state_answers_queries(self):
        self.passing("one", rows=30)
        self.passing("two", rows=40)
        out = self.run_test("scenarios", "--state", "kept").out
        self.assertIn("\n      state     kept/one\n", out)
        for name, rows in (("one", 30), ("two", 40)):
            state = self.dir / "kept" / name
            self.assertEqual(self.one(f"SELECT count(*) AS n {FROM}", state=state), rows)
            self.assertEqual(len(bucket_of(state, "databucket")), 1)
        again = self.run_test("scenarios/one.yaml", "--state", "kept", want=2)
        self.assertEqual((len(again.errors), again.out), (1, ""))  # never overwritten
        self.run_test("scenarios/one.yaml", "--state", "kept", "--seeds", "2")
        self.assertEqual(sorted(path.name for path in (self.dir / "kept").iterdir()),
                         ["one", "one-seed-1", "one-seed-2", "two"])

    # ---- interrupted ----

    def processes(self):
        """Those that work below this test's folder."""
        found = []
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
                if str(self.dir).encode() in words and int(proc.name) != os.getpid():
                    found.append(int(proc.name))
            except OSError:
                pass
        return found

    def wait_for_end(self, pid):
        """What was killed may take a moment to be gone."""
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            self.assertTrue(select.select([fd], [], [], 20)[0], f"process {pid} is still there")
        finally:
            os.close(fd)

    def start_long(self):
        """A run that takes minutes, and has begun."""
        path = self.scenario("long", small(7584) + "faults:\n  - kill: each-write\n")
        scratch = self.dir / "scratch"
        scratch.mkdir(exist_ok=True)
        process = subprocess.Popen([BINARY, "test", path], cwd=self.dir, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, start_new_session=True,
                                   env={**os.environ, "TMPDIR": str(scratch)})
        while not list(scratch.glob("*/0/state/catalog.db")):
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(timeout=0.01)
        return process, scratch

    def test_a_suite_that_is_killed_takes_its_workers_with_it(self):
        process, _ = self.start_long()
        self.assertGreaterEqual(len(self.processes()), 2)
        process.kill()
        process.communicate(timeout=30)
        for pid in self.processes():
            self.wait_for_end(pid)

    def test_an_interrupt_does_not_wait_for_the_run(self):
        process, scratch = self.start_long()
        # timeout(1) signals its child and then its group, and fingers slip: all mean the same.
        for _ in range(100):
            process.send_signal(signal.SIGTERM)  # none once it has ended
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.001)
        out, err = process.communicate(timeout=30)
        self.assertEqual(list(scratch.iterdir()), [])
        self.assertEqual(process.returncode, 130)
        self.assertEqual(err, b"millrace: interrupted after 0 of 1 runs\n")
        self.assertEqual(out, b"0 passed, 0 failed, 1 not run\n")

    def test_an_interrupt_ends_it_and_leaves_nothing_behind(self):
        scratch = self.dir / "scratch"
        scratch.mkdir()
        code = self.scenario("code", small(2000, rate="20/s") + "no-builtin: true\n")
        for number, words in ((signal.SIGINT, [SAMPLES / "steady.yaml", "--chaos"]),
                              (signal.SIGTERM, [code])):
            with self.subTest(signal=number):
                process = subprocess.Popen(
                    [BINARY, "test", *words, "--seeds", "100000", "--jobs", "2", "-v",
                     "--output", "jsonl"],
                    cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    env={**os.environ, "TMPDIR": str(scratch)}, start_new_session=True)
                json.loads(process.stdout.readline())  # the first run is over, others go on
                self.assertGreaterEqual(len(self.processes()), 3)
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                self.assertEqual(process.returncode, 130)
                self.assertRegex(err.decode(), r"^millrace: interrupted after \d+ of 100000 runs\n$")
                for line in out.splitlines():
                    self.assertTrue(json.loads(line)["passed"])
                for pid in self.processes():
                    self.wait_for_end(pid)
                self.assertEqual(list(scratch.iterdir()), [])


if __name__ == "__main__":
    main()
