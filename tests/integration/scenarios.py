"""What the tests of `millrace test` share: scenarios over the sample pipeline with a few rows, and
the results as a program reads them."""

import json
import os
import pathlib

from millrace import BINARY, CRIMES, Case

SAMPLES = CRIMES / "scenarios"
# Swarms run on the release build where there is one; under ASan they are the same, and slower.
RELEASE = os.environ.get("MILLRACE_RELEASE_BINARY")
SWARM_BINARY = RELEASE if RELEASE and pathlib.Path(RELEASE).exists() else BINARY


def small(rows=200, template=CRIMES / "template.yaml", rate="100/s"):
    """The first lines of a scenario: the sample pipeline and its first rows."""
    return (
        f"template: {template}\n"
        "inputs:\n"
        f"  - {{stream: CrimeStream, file: {CRIMES / 'crimes.csv'}, encode: 'delimited:|',\n"
        f"     load-time: true, rows: {rows}, rate: {rate}, partition-key: district}}\n"
    )


class Scenarios(Case):
    def scenario(self, name, text):
        """Writes NAME.yaml into the folder `scenarios`."""
        return self.write(f"scenarios/{name}.yaml", text)

    def run_test(self, *words, **how):
        return self.millrace("test", *words, **how)

    def results(self, *words, **how):
        """The results of --output jsonl by name and seed, without what the wall clock says."""
        result = self.run_test(*words, "--output", "jsonl", **how)
        found = {}
        for line in result.out.splitlines():
            one = json.loads(line)
            self.assertEqual(one["format"], 1)
            del one["wall_us"]
            self.assertNotIn((one["name"], one["seed"]), found)
            found[one["name"], one["seed"]] = one
        return found

    def result(self, *words, **how):
        """The one there is."""
        found = self.results(*words, **how)
        self.assertEqual(len(found), 1, found)
        return next(iter(found.values()))
