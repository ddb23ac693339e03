"""One seed, one answer: chaos on a quiet machine and on a busy one, with few workers and with many,
to the last byte of what is kept. And under a hundred seeds everything holds that always has to."""

import contextlib
import os
import subprocess
import sys

import millrace
from millrace import dump_catalog, main, tree_digest
from scenarios import SAMPLES, SWARM_BINARY, Scenarios

STEADY = SAMPLES / "steady.yaml"
SEEDS = 100  # each is a schedule of faults of its own
COMPARED = 60  # so many of them are run once more
LOOKED_INTO = (3, 17, 41)
JOBS = 2 if SWARM_BINARY != millrace.BINARY else 1


@contextlib.contextmanager
def busy_cores():
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
            for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


class Determinism(Scenarios):
    def setUp(self):
        super().setUp()
        before, millrace.BINARY = millrace.BINARY, SWARM_BINARY
        self.addCleanup(setattr, millrace, "BINARY", before)

    def test_a_hundred_seeds_hold_and_a_busy_machine_changes_nothing(self):
        quiet = self.results(STEADY, "--chaos", "--seeds", f"1..{SEEDS}", "--jobs", JOBS)
        self.assertEqual(len(quiet), SEEDS)
        for one in quiet.values():
            self.assertTrue(one["passed"], one)
            self.assertEqual((one["lost"], one["error"]), (0, None))
        # What chaos is there for has come.
        self.assertGreater(sum(one["kills"] for one in quiet.values()), SEEDS // 4)
        self.assertGreater(sum(one["faults"] for one in quiet.values()), 10 * SEEDS)
        self.assertEqual(len({one["digest"] for one in quiet.values()}), SEEDS)
        self.assertEqual(len({one["schedule"] for one in quiet.values()}), SEEDS)

        with busy_cores():
            loaded = self.results(STEADY, "--chaos", "--seeds", f"1..{COMPARED}",
                                  "--jobs", JOBS + 3)
        self.assertEqual(len(loaded), COMPARED)
        for key, one in loaded.items():
            self.assertEqual(one, quiet[key])

    def whole(self, name, seed, *words):
        """What a run says and leaves: its result, its events, its state."""
        state, events = self.dir / name, self.dir / f"{name}-{seed}.jsonl"
        one = self.result(STEADY, "--chaos", "--seed", seed, "--state", state, "--events", events,
                          *words)
        kept = state / f"steady-seed-{seed}"
        return {"result": one, "events": events.read_bytes(), "files": tree_digest(kept),
                "catalog": dump_catalog(kept)}

    def test_events_and_kept_states_are_the_same_byte_for_byte(self):
        for seed in LOOKED_INTO:
            with self.subTest(seed=seed):
                quiet = self.whole("quiet", seed)
                with busy_cores():
                    loaded = self.whole("loaded", seed)
                self.assertTrue(quiet["result"]["passed"], quiet["result"])
                self.assertGreater(len(quiet["events"].splitlines()), 100)
                self.assertGreater(len(quiet["catalog"]), 10)
                for part in quiet:
                    self.assertTrue(quiet[part] == loaded[part], f"{part} differ")

    def test_the_log_and_the_state_change_nothing_of_a_run(self):
        for seed in LOOKED_INTO:
            with self.subTest(seed=seed):
                plain = self.result(STEADY, "--chaos", "--seed", seed)
                self.assertEqual(plain, self.whole("kept", seed)["result"])

    def test_another_seed_is_another_run(self):
        one, two = (self.whole("state", seed) for seed in LOOKED_INTO[:2])
        for part in ("events", "files", "catalog"):
            self.assertNotEqual(one[part], two[part])


if __name__ == "__main__":
    main()
