"""Killed at random instants of a real-time run, resumed, and nothing is lost or there twice."""

import collections
import json
import os
import random
import re
import signal
import subprocess

from millrace import BINARY, CRIMES, ROWS, Case, bucket_of, delivered, expand, main

# Each seed is one history of kills. The number is printed, so that a failure can be repeated as
# far as real time allows.
SEEDS = [int(seed) for seed in os.environ.get("MILLRACE_CRASH_SEEDS", "1 2 3").split()]
KILLS = 6
LOADED = re.compile(r"\|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")  # ends every raw record


class Crash(Case):
    def template(self):
        """The sample with short intervals, so that a real-time run takes seconds."""
        text = (CRIMES / "template.yaml").read_text()
        text = text.replace("IntervalInSeconds: 60}", "IntervalInSeconds: 1}")
        text = text.replace("IntervalInSeconds: 300}", "IntervalInSeconds: 2}")
        text = text.replace("ParameterValue: '15'", "ParameterValue: '1'")
        text = text.replace("File: crimes.csv", f"File: {CRIMES / 'crimes.csv'}")
        text = text.replace("Rate: 50/s", "Rate: 1500/s")
        text = text.replace("Code: handlers", f"Code: {CRIMES / 'handlers'}")
        return self.write("template.yaml", text)

    def start(self, template, events, *words):
        return subprocess.Popen(
            [BINARY, "run", template, "--state", self.state, "--clock", "real", "-q",
             "--events", events, *words],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.dir,
        )

    def kill_at(self, process, seconds):
        """Kills it after so long, unless it ends before. True when it was killed."""
        try:
            process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return True
        finally:
            process.stdout.close()
            self.err = process.stderr.read().decode()
            process.stderr.close()
        return False

    def counted(self, state):
        """How often each row was delivered, the time of loading left out."""
        lines = collections.Counter()
        for line in delivered(state):
            value = json.loads(line)
            del value["loaded_at"]
            lines[json.dumps(value)] += 1
        return lines

    def lost(self):
        return sum((self.counted(self.whole) - self.counted(self.state)).values())

    def check_exactly_once(self):
        lines = self.counted(self.state)
        want = self.counted(self.whole)
        lost = want - lines
        twice = lines - want
        self.assertEqual((sum(lost.values()), sum(twice.values())), (0, 0), (lost, twice))
        backup = sum(len(LOADED.findall(expand(key, data).decode()))
                     for key, data in bucket_of(self.state, "backupbucket").items())
        self.assertEqual(backup, ROWS)

    def test_a_run_killed_again_and_again_delivers_every_row_exactly_once(self):
        template = self.template()
        self.whole = self.dir / "whole"
        self.millrace("run", template, "--state", self.whole, "-q")
        for seed in SEEDS:
            with self.subTest(seed=seed):
                print(f"MILLRACE_CRASH_SEEDS={seed}", flush=True)
                chance = random.Random(seed)
                self.state = self.dir / f"state-{seed}"
                kills = 0
                for attempt in range(KILLS):
                    process = self.start(template, self.dir / "events.jsonl",
                                         *(["--resume"] if attempt > 0 else []))
                    if not self.kill_at(process, chance.uniform(0.02, 2.0)):
                        self.assertEqual(process.returncode, 0, self.err)
                        break
                    kills += 1
                self.assertGreater(kills, 0)
                done = self.millrace("run", template, "--state", self.state, "--resume", "-q",
                                     "--clock", "real")
                self.assertEqual(done.status, 0)
                self.check_exactly_once()

    def test_torn_files_between_runs_never_crash_and_lose_no_whole_record(self):
        template = self.template()
        self.whole = self.dir / "whole"
        self.millrace("run", template, "--state", self.whole, "-q")
        chance = random.Random(5)
        for turn in range(6):
            with self.subTest(turn=turn):
                self.state = self.dir / f"torn-{turn}"
                process = self.start(template, self.dir / "events.jsonl")
                self.assertTrue(self.kill_at(process, 1.2))
                segments = sorted(self.state.rglob("*.seg"))
                self.assertTrue(segments)
                victim = segments[-1]
                size = victim.stat().st_size
                if turn % 2 == 0:
                    os.truncate(victim, chance.randrange(0, size))
                else:
                    with open(victim, "r+b") as file:
                        file.seek(chance.randrange(0, size))
                        file.write(b"\xff" * 64)
                done = self.millrace("run", template, "--state", self.state, "--resume", "-q",
                                     "--clock", "real", want=None)
                self.assertIn(done.status, (0, 3), done)
                if done.status != 0:
                    self.assertEqual(len(done.errors), 1, done)
                else:  # what the damage took is put again: rows may be there twice, none is lost
                    self.assertEqual(self.lost(), 0)

    def test_segments_full_of_garbage_are_passed_over_and_the_run_ends(self):
        template = self.template()
        words = ["run", template, "--state", self.state, "-q", "--input",
                 f"CrimeStream={CRIMES / 'crimes.csv'}", "--load-time"]
        self.millrace(*words)
        before = bucket_of(self.state, "databucket")
        chance = random.Random(9)
        for segment in self.state.rglob("*.seg"):
            with open(segment, "r+b") as file:
                file.seek(4096)
                file.write(chance.randbytes(200_000))
        # the rows are no longer there, so they are put and delivered once more; nothing hangs
        self.millrace(*words, "--resume")
        after = bucket_of(self.state, "databucket")
        self.assertTrue(before.items() <= after.items())

    def test_a_torn_catalog_page_is_one_clear_line(self):
        template = self.template()
        self.millrace("run", template, "--state", self.state, "-q")
        catalog = self.state / "catalog.db"
        with open(catalog, "r+b") as file:
            file.seek(0)
            file.write(b"\x00" * 200)
        result = self.millrace("run", template, "--state", self.state, "--resume", "-q", want=3)
        self.assertEqual(len(result.errors), 1, result)
        self.assertIn("catalog.db", result.errors[0])


if __name__ == "__main__":
    main()
