"""One run, one answer: twice, on a loaded core, under another seed, over a simulated day."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

from millrace import CRIMES, Case, bucket_of, delivered, dump_catalog, main, tree_digest


class Determinism(Case):
    def whole(self, name, *words):
        """Everything a run leaves: files, events, catalog."""
        state = self.dir / name
        events = self.dir / f"{name}.jsonl"
        result = self.run_crimes("--events", events, *words, state=state)
        digest = [line for line in result.err.splitlines() if line.startswith("digest")]
        return {
            "files": tree_digest(state),
            "events": events.read_bytes(),
            "catalog": dump_catalog(state),
            "digest": digest,
        }

    def test_a_run_beside_a_busy_core_is_the_same_byte_for_byte(self):
        quiet = self.whole("quiet")
        busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                for _ in range(os.cpu_count())]
        try:
            loaded = self.whole("loaded")
        finally:
            for process in busy:
                process.kill()
                process.wait()
        self.assertGreater(len(quiet["events"].splitlines()), 20)
        for part in quiet:
            self.assertTrue(quiet[part] == loaded[part], f"{part} differ")

    def test_handlers_in_processes_leave_no_trace_of_their_timing(self):
        first = self.whole("first", "--no-builtin")
        second = self.whole("second", "--no-builtin")
        for part in first:
            self.assertTrue(first[part] == second[part], f"{part} differ")

    def test_no_wall_time_is_in_events_or_catalog(self):
        run = self.whole("run")
        now = time.time()
        year = time.strftime("%Y", time.gmtime(now))
        self.assertNotEqual(year, "2025")
        self.assertNotIn(f'"{year}-'.encode(), run["events"])
        for line in run["catalog"]:
            for number in re.findall(r"\b\d{10,16}\b", line):
                seconds = float(number) / 10 ** (len(number) - 10)
                self.assertGreater(abs(seconds - now), 7 * 86400, line)

    def test_another_seed_changes_only_what_chance_decides(self):
        self.run_crimes(state=self.dir / "one")
        self.run_crimes("--seed", "2", state=self.dir / "two")
        self.assertEqual(sorted(delivered(self.dir / "one")), sorted(delivered(self.dir / "two")))
        one, two = (list(bucket_of(self.dir / name, "databucket")) for name in ("one", "two"))
        self.assertNotEqual(one, two)  # the uuids in the names
        cut = len("-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
        self.assertEqual([key[:-cut] for key in one], [key[:-cut] for key in two])

    def test_twice_says_that_both_runs_agree(self):
        result = self.run_crimes("--twice")
        self.assertIn("both runs gave the same events and objects", result.err)
        self.assertFalse(pathlib.Path(f"{self.state}-twice").exists())

    def test_twice_reads_standard_input_once(self):
        rows = (CRIMES / "crimes.csv").read_bytes().splitlines(keepends=True)[:50]
        result = self.run_crimes("--twice", "--input", "CrimeStream=-", "--load-time",
                                 stdin=b"".join(rows))
        self.assertIn("49 rows in", result.err)
        self.assertIn("both runs gave the same events and objects", result.err)
        self.assertEqual([path.name for path in self.dir.iterdir()], ["state"])

    def test_a_day_of_refused_puts_ends_in_seconds_with_everything_delivered(self):
        template = (CRIMES / "template.yaml").read_text()
        template = template.replace("IntervalInSeconds: 60}", "IntervalInSeconds: 900}")
        for name in ("python/decode.py", "node/decode.js"):
            self.write(f"handlers/{name}", (CRIMES / "handlers" / name).read_bytes())
        path = self.write("day.yaml", template)
        began = time.monotonic()
        self.write("crimes.csv", (CRIMES / "crimes.csv").read_bytes())
        result = self.millrace("run", path, "--state", self.state, "--log", "json",
                               "--fault", "store-refused:*databucket*,from=0s,for=23h")
        summary = json.loads(result.err.splitlines()[-1])
        self.assertGreater(summary["simulated_us"], 23 * 3600 * 1_000_000)
        self.assertGreater(summary["deliveries"][0]["put_retries"], 100)
        self.assertLess(time.monotonic() - began, 60)
        self.assertEqual(len(delivered(self.state)), 7584)


if __name__ == "__main__":
    main()
