"""Killed at flushes, before writes, at an instant, before every write in turn: what was acknowledged
is delivered, once, in the table and in the backup, whoever transforms it; and nobody is left."""

import collections
import json
import os
import pathlib
import re
import select
import signal
import subprocess

from millrace import BINARY, CRIMES, bucket_of, csv_rows, delivered, expand, main
from scenarios import Scenarios, small

LOADED = re.compile(r"\|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")  # ends every raw record
COUNT = "SELECT count(*) FROM crimes.crime_events"


def expects(rows):
    return (f"expect:\n  - sql: {COUNT}\n    equals: {rows}\n"
            "  - objects: {bucket: BackupBucket, at-least: 1}\n"
            "  - errors: 0\n  - lost: 0\n  - duplicated: 0\n  - reordered: 0\n")


class Kill(Scenarios):
    def killed(self, faults, rows=200, more="", want_kills=None, name="kill", rate="100/s"):
        """Runs it, looks into what it keeps, and returns its result and its event log."""
        self.scenario(name, small(rows, rate=rate) + more + "faults:\n"
                      + "".join(f"  - {fault}\n" for fault in faults) + expects(rows))
        one = self.result(f"scenarios/{name}.yaml", "--state", "kept", "--events", f"{name}.jsonl")
        self.assertEqual((one["lost"], one["duplicated"], one["delivered"], one["rows"]),
                         (0, 0, rows, rows), one)
        if want_kills is not None:
            self.assertEqual(one["kills"], want_kills, one)
        self.check_kept(self.dir / "kept" / name, rows)
        events = [json.loads(line) for line in (self.dir / f"{name}.jsonl").read_text().splitlines()]
        return one, events

    def check_kept(self, state, rows):
        """Every row once in the table and once in the backup."""
        self.assertEqual(self.one(f"{COUNT}", state=state), rows)
        want = collections.Counter(row["address"].strip()
                                   for row in csv_rows(CRIMES / "crimes.csv")[:rows])
        got = collections.Counter(json.loads(line)["address"] for line in delivered(state))
        self.assertEqual(got, want)
        backup = sum(len(LOADED.findall(expand(key, data).decode()))
                     for key, data in bucket_of(state, "backupbucket").items())
        self.assertEqual(backup, rows)

    def kills_of(self, events):
        return [event for event in events if event["event"] == "fault" and event["id"] == "kill"]

    def test_killed_at_every_flush(self):
        one, events = self.killed(["{kill: flush, times: 6}"], want_kills=6)
        self.assertEqual(len(self.kills_of(events)), 6)
        self.assertEqual({event["reason"].rsplit(" ", 1)[0] for event in self.kills_of(events)},
                         {"at a flush of"})
        plain = self.result(self.scenario("plain", small() + expects(200)))
        self.assertEqual(plain["kills"], 0)
        self.assertNotEqual(one["digest"], plain["digest"])

    def test_killed_at_the_flush_that_is_chosen(self):
        _, events = self.killed(["{kill: flush, the: 2nd}"], want_kills=1)
        flushes = [event["event"] for event in events
                   if event["event"] in ("buffer.flushed", "fault")]
        self.assertEqual(flushes[:3], ["buffer.flushed", "buffer.flushed", "fault"])
        self.killed(["{kill: flush, every: 2nd, times: 3}"], want_kills=3, name="every")
        _, events = self.killed(["{at: 30s, for: 5m, kill: flush, times: 2}"], want_kills=2,
                                name="later")
        for event in self.kills_of(events):
            self.assertGreaterEqual(event["time"], "2025-01-01T00:00:30")

    def test_killed_before_the_writes_that_are_chosen(self):
        _, events = self.killed(["{kill: write, the: 20th}"], want_kills=1, name="the")
        self.assertRegex(self.kills_of(events)[0]["reason"], "^before .* of ")
        self.killed(["{kill: write, every: 15th, times: 8}"], want_kills=8, name="every")
        self.killed(["{kill: write, the: 5th, times: 3}"], want_kills=3, name="three")
        self.killed(["{kill: write, probability: 0.05, times: 10}"], name="chance")

    def test_killed_at_an_instant_comes_back_at_the_same(self):
        _, events = self.killed(["{at: 1s, kill: now}", "{at: 16s, kill: now}",
                                 "{at: 76s, kill: now}", "{at: 4m, kill: now}"], want_kills=4)
        times = [event["time"] for event in self.kills_of(events)]
        self.assertEqual(times, [f"2025-01-01T00:{at}.000000Z"
                                 for at in ("00:01", "00:16", "01:16", "04:00")])
        at = events.index(self.kills_of(events)[1])
        after = [event for event in events[at + 1:] if event["event"] != "fault"]
        self.assertEqual(after[0]["time"], times[1])

    def test_killed_before_each_write_in_turn(self):
        self.scenario("each", small(20) + "faults:\n  - kill: each-write\n" + expects(20))
        one = self.result("scenarios/each.yaml")
        self.assertGreater(one["kills"], 40)
        self.assertEqual(one["note"], f"killed before {one['kills']} writes in turn")
        self.assertEqual((one["lost"], one["duplicated"], one["delivered"]), (0, 0, 20))
        self.assertEqual(self.result("scenarios/each.yaml"), one)
        self.result("scenarios/each.yaml", "--state", "kept")
        self.check_kept(self.dir / "kept" / "each", 20)
        self.assertEqual(os.listdir(self.dir / "kept"), ["each"])

    def test_kills_together_with_other_faults(self):
        one, events = self.killed(["{kill: flush, every: 2nd, times: 5}",
                              "{kill: write, every: 25th, times: 5}",
                              "{at: 76s, for: 2m, store: {bucket: DataBucket, refused: 503}}",
                              "{at: 15s, for: 6s, lambda: {function: Decode, error: Unhandled}}",
                              "{at: 1500ms, split: {stream: CrimeStream, shard: 0}}"])
        self.assertEqual(one["kills"], 10)
        self.assertEqual(len(self.kills_of(events)), 10)  # also of lives that died while they began
        struck = collections.Counter(event["id"] for event in events if event["event"] == "fault")
        self.assertGreater(struck["store-refused"], 0)
        self.assertGreater(struck["lambda-error"], 0)
        self.assertEqual(struck["split"], 1)
        self.assertEqual(one["faults"], sum(struck.values()))

    def test_a_kill_before_every_write_leaves_no_time_to_go_on(self):
        self.scenario("never", small(20) + "faults:\n  - kill: write\n" + expects(20))
        result = self.run_test("scenarios/never.yaml", want=2)
        self.assertEqual((len(result.errors), result.out), (1, ""), result)
        self.assertIn("bound it with times, for or probability", result.err)

    # ---- handlers in processes of their own ----

    def handlers(self):
        """Processes that run this test's copy of the handlers."""
        found = []
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
                if str(self.dir).encode() in words and int(proc.name) != os.getpid():
                    found.append(int(proc.name))
            except OSError:
                pass
        return found

    def test_real_handlers_give_the_same_and_none_is_left_behind(self):
        for name in ("python/decode.py", "node/decode.js"):
            self.write(f"handlers/{name}", (CRIMES / "handlers" / name).read_bytes())
        template = self.write("template.yaml", (CRIMES / "template.yaml").read_text())
        self.scenario("code", small(200, template) + "no-builtin: true\nfaults:\n"
                      "  - {kill: flush, times: 4}\n  - {kill: write, every: 30th, times: 3}\n"
                      "  - {the: 2nd, lambda: {function: Decode, crash: true}}\n" + expects(200))
        trace = {"TMPDIR": str(self.dir)}  # every process of this run has the folder's name
        one = self.result("scenarios/code.yaml", "--state", "kept", env=trace)
        self.assertEqual((one["lost"], one["duplicated"], one["delivered"]), (0, 0, 200), one)
        self.assertEqual(one["kills"], 7)
        self.check_kept(self.dir / "kept/code", 200)
        self.assertEqual(self.result("scenarios/code.yaml", env=trace), one)
        self.wait_for_all()

    # ---- handlers that never return, and what ends the run ----

    def stuck(self, *words):
        """A run whose handlers never return, once one is at work."""
        fifo = self.dir / "fifo"
        os.mkfifo(fifo)
        ready = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.write("handlers/python/decode.py", "def handler(event, context):\n"
                   f"    with open({str(fifo)!r}, 'w') as fifo:\n"
                   "        fifo.write('x')\n    while True:\n        pass\n")
        (self.dir / "handlers/node").mkdir()
        template = self.write("template.yaml", (CRIMES / "template.yaml").read_text())
        self.scenario("stuck", small(200, template) + "no-builtin: true\n")
        (self.dir / "tmp").mkdir()
        run = subprocess.Popen([BINARY, *map(str, words)], cwd=self.dir,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL,
                               env={**os.environ, "TMPDIR": str(self.dir / "tmp")})
        self.addCleanup(run.wait)
        self.addCleanup(run.kill)
        self.assertTrue(select.select([ready], [], [], 60)[0], "no handler was invoked")
        os.close(ready)
        return run

    def wait_for_all(self):
        """Every process of this test ends; those that do not are named, and killed."""
        left = []
        for pid in self.handlers():
            try:
                fd = os.pidfd_open(pid)
            except ProcessLookupError:
                continue
            if not select.select([fd], [], [], 20)[0]:
                left.append(pid)
                signal.pidfd_send_signal(fd, signal.SIGKILL)
            os.close(fd)
        self.assertEqual(left, [], "left behind")

    def check_interrupt(self, number, *words):
        run = self.stuck(*words)
        self.assertGreater(len(self.handlers()), 1)
        run.send_signal(number)
        self.assertEqual(run.wait(20), 130)
        self.wait_for_all()
        self.assertEqual(list((self.dir / "tmp").iterdir()), [])

    def test_sigint_ends_a_handler_that_never_returns(self):
        self.check_interrupt(signal.SIGINT, "test", "scenarios/stuck.yaml")

    def test_sigterm_ends_a_handler_that_never_returns(self):
        self.check_interrupt(signal.SIGTERM, "test", "scenarios/stuck.yaml")

    def test_sighup_ends_a_handler_that_never_returns(self):
        self.check_interrupt(signal.SIGHUP, "test", "scenarios/stuck.yaml")

    def test_sighup_ends_a_run_as_sigterm_does(self):
        self.check_interrupt(signal.SIGHUP, "run", "template.yaml", "--no-builtin", "--input",
                             f"CrimeStream={CRIMES / 'crimes.csv'}", "--rows", "200",
                             "--load-time")

    def test_a_worker_outlives_its_parent_by_no_handler_and_no_file(self):
        run = self.stuck("test", "scenarios/stuck.yaml")
        self.assertGreater(len(self.handlers()), 2)
        run.kill()
        run.wait(20)
        self.wait_for_all()
        self.assertEqual(list((self.dir / "tmp").iterdir()), [])


if __name__ == "__main__":
    main()
