"""The sample scenarios: they hold, they explain themselves, and they give one answer."""

import json
import re

from millrace import main
from scenarios import SAMPLES, Scenarios

LESSONS = SAMPLES.parent / "lessons"
NAMES = sorted(path.stem for path in SAMPLES.glob("*.yaml"))
COPIES = 100


class Samples(Scenarios):
    def test_every_sample_holds(self):
        self.assertGreaterEqual(len(NAMES), 12)
        result = self.run_test(SAMPLES)
        passed = re.findall(r"^ok +(\S+) ", result.out, re.MULTILINE)
        self.assertEqual(passed, NAMES)
        self.assertEqual(result.out.splitlines()[-1], f"{len(NAMES)} passed, 0 failed")
        self.assertEqual(result.err, "")

    def test_every_sample_is_described_and_explained(self):
        for name in NAMES:
            with self.subTest(name):
                path = SAMPLES / f"{name}.yaml"
                explained = self.millrace("check", path)
                self.assertIn(f": scenario {name}\n", explained.out)
                self.assertIn(" 0 errors\n", explained.out)
                report = json.loads(self.millrace("check", path, "--output", "json").out)
                self.assertGreater(len(report["description"]), 80)
                self.assertGreater(len(report["expect"]), 0)
                self.assertIn(" ".join(report["description"].split())[:60],
                              " ".join(explained.out.split()))
                strict = self.millrace("check", path, "--strict", want=None)
                self.assertIn(strict.status, (0, 1), strict)  # 1: the template's warnings

    def test_a_folder_of_scenarios_gives_one_answer(self):
        first, second = self.results(SAMPLES), self.results(SAMPLES, "--jobs", "1")
        self.assertEqual(sorted(name for name, _ in first), NAMES)
        for one in first.values():
            self.assertRegex(one["digest"], r"^[0-9a-f]{64}$")
            self.assertTrue(one["passed"], one)
        self.assertEqual(len({one["digest"] for one in first.values()}), len(NAMES))
        self.assertEqual(first, second)

    def test_every_sample_is_the_same_when_it_is_run_twice(self):
        result = self.run_test(SAMPLES, "--twice")
        self.assertIn(f"{len(NAMES)} passed, 0 failed", result.out)

    def test_every_lesson_can_be_passed(self):
        names = [path.stem.split("-", 1)[1] for path in sorted(LESSONS.glob("*.yaml"))]
        self.assertGreaterEqual(len(names), 5)
        result = self.run_test(LESSONS)
        self.assertEqual(re.findall(r"^ok +(\S+) ", result.out, re.MULTILINE), names)

    def test_no_lesson_with_something_to_do_passes_by_itself(self):
        untouched = 0
        for path in sorted(LESSONS.glob("*.yaml")):
            text = path.read_text().replace("../", f"{LESSONS.parent}/")
            without = re.sub(r"^faults:\n(  .*\n)+", "", text, flags=re.MULTILINE)
            if without == text:
                continue
            untouched += 1
            with self.subTest(path.stem):
                one = self.scenario(f"untouched-{path.stem}", without)
                result = self.millrace("test", one, want=1)
                self.assertRegex(result.out, r": lesson\n +expected +step \d: ")
        self.assertGreaterEqual(untouched, 4)

    def test_a_hundred_small_scenarios_pass(self):
        text = (SAMPLES / "late-interval-flush.yaml").read_text()
        text = text.replace("../", f"{SAMPLES.parent}/")
        for i in range(COPIES):
            self.scenario(f"copy-{i:03}", text.replace("late-interval-flush", f"copy-{i:03}"))
        found = self.results("scenarios")
        self.assertEqual(len(found), COPIES)
        self.assertTrue(all(one["passed"] and one["rows"] == 3 for one in found.values()))
        self.assertEqual(len({one["digest"] for one in found.values()}), 1)


if __name__ == "__main__":
    main()
