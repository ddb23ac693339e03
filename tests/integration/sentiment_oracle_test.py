"""The sentiment of many thousand texts, of the builtin and of the sample's handler, beside the npm
package vader-sentiment: the same digits."""

import json
import os
import shutil
import subprocess
import sys
import unittest

import clients
from millrace import ROOT, main
from sentences import sentences

LINES = os.environ.get("MILLRACE_SENTIMENT_LINES", str(ROOT / "build/asan/tests/sentiment_lines"))
PACKAGE = clients.NODE / "node_modules/vader-sentiment"
MISSING = (
    None if PACKAGE.exists() and shutil.which("node")
    else "vader-sentiment is not in build/clients: run scripts/clients"
)
sys.path.insert(0, str(ROOT / "data/reviews/handler"))
LABELS = {1: "positive", 0: "neutral", -1: "negative"}
SECONDS = 240


def output_of(words, texts):
    env = {**os.environ, "MILLRACE_NODE_CLIENTS": str(clients.NODE)}
    done = subprocess.run(words, input=b"".join(text + b"\0" for text in texts), capture_output=True,
                          timeout=SECONDS, env=env)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()
    assert len(lines) == len(texts), f"{len(lines)} answers for {len(texts)} texts"
    return lines


def handler_scores(text):
    from sentiment import scores_of

    return list(scores_of(text.decode("utf-8", "replace")).values())


class Oracle(unittest.TestCase):
    def check(self, texts):
        """Compares each text's scores; returns the labels that were seen, with their number."""
        seen = dict.fromkeys(LABELS.values(), 0)
        ours = output_of([LINES], texts)
        theirs = output_of(["node", str(ROOT / "tests/clients/sentiment.mjs")], texts)
        for text, our, their in zip(texts, ours, theirs):
            *scores, label = our.split()
            want = json.loads(their)
            self.assertEqual([float(score) for score in scores], want, text)
            self.assertEqual(handler_scores(text), want, text)
            sign = (want[0] >= 0.05) - (want[0] <= -0.05)
            self.assertEqual(label, LABELS[sign], text)
            seen[label] += 1
        return seen

    @unittest.skipIf(MISSING, MISSING)
    def test_every_text_has_the_scores_of_the_package(self):
        texts = sentences(seed=1, count=20000)
        seen = self.check(texts)
        self.assertGreater(len(texts), 25000)
        self.assertGreater(min(seen.values()), 1000, seen)

    @unittest.skipIf(MISSING, MISSING)
    def test_a_long_text_has_the_scores_of_the_package(self):
        texts = sentences(seed=2, count=3000)
        self.check([b" ".join(texts[at:at + 100]) for at in range(0, 3000, 100)])

    @unittest.skipIf(MISSING, MISSING)
    def test_the_table_is_the_one_that_the_script_writes(self):
        files = ["sim/text/sentiment_table.h", "data/reviews/handler/lexicon.txt"]
        before = [(ROOT / file).read_bytes() for file in files]
        made = subprocess.run([ROOT / "scripts/sentiment-lexicon", "--print", PACKAGE / "vader_lexicon.txt"],
                              capture_output=True, check=True)
        self.assertEqual(made.stdout, b"".join(before))


if __name__ == "__main__":
    main()
