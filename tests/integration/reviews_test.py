"""The sample pipeline of reviews: a label and scores for each, a partition for each label, from the
builtin and from the handler beside it."""

import csv
import io
import json
import random
import re
import subprocess
import sys
from collections import Counter

from millrace import BINARY, ROOT, RUN_SECONDS, Case, bucket_of, csv_rows, main
from sentences import sentences

REVIEWS = ROOT / "data/reviews"
ROWS = 400
LABELS = {"positive", "negative", "neutral"}

sys.path.insert(0, str(REVIEWS / "handler"))
from sentiment import label_of, scores_of  # noqa: E402

# Records that are not as they should be, and some that only look so. Each in one line.
ODD = [
    rb"", rb"{}", rb"[]", rb"null", rb'"review"', rb"not JSON", rb'{"review":"good"', rb'{"review":"good"}}',
    rb'{"review":"good",}', rb'{,"review":"good"}', rb'{"review" "good"}', rb"{'review':'good'}",
    rb'{"review":null}', rb'{"review":5}', rb'{"review":["good"]}', rb'{"Review":"good"}', rb'{"review":""}',
    rb'{"review":"good","review":"bad"}', rb'{"review":"good","review":7}', rb'{"review":7,"review":"good"}',
    rb' { "review" : "good" , "n" : [ 1 , 2.50 , { "a b" : " c " } ] } ',
    rb'{"n":1.0,"m":-0,"e":1E+05,"big":123456789012345678901234567890,"huge":1e999,"review":"good"}',
    rb'{"n":01,"review":"good"}', rb'{"n":+1,"review":"good"}', rb'{"n":.5,"review":"good"}',
    rb'{"n":NaN,"review":"good"}', rb'{"n":-Infinity,"review":"good"}', rb'{"n":1.,"review":"good"}',
    rb'{"n":True,"review":"good"}', rb'{"t":true,"f":false,"z":null,"review":"good"}',
    rb'{"sentiment":"mine","review":"bad","sentiment_scores":{"compound":1},"sentiments":2}',
    rb'{"s\u0065ntiment":"mine","revi\u0065w":"bad"}', rb'{"review":"\ud83d\ude00 g\u006fod"}',
    rb'{"review":"\ud83d good \ude00"}', rb'{"review":"tab \t quote \" back \\ slash \/ good"}',
    rb'{"review":"bad escape \x good"}', rb'{"review":"short \u12 good"}', b'{"review":"a raw \t tab"}',
    b'{"review":"latin \xe9t\xe9 good"}', b'{"review":"cut \xe2\x82 good","b":"\xf0\x9f"}', b"\xff\xfe",
    b'{"review":"good"}\xff', b'\xef\xbb\xbf{"review":"good"}', '{"review":"caf\u00e9 \u2028 \u3000 good"}'.encode(),
    '{"\u00e9":"\u00e9","review":"\u212aind of good"}'.encode(), b'{"a\xff":1,"review":"good"}',
    b'{"review":"good","d":' + b"[" * 63 + b"]" * 63 + b"}", b'{"review":"good","d":' + b"[" * 64 + b"]" * 64 + b"}",
    b'{"review":"good","d":' + b'{"[{":' * 62 + b'"]"' + b"}" * 63, b'{"d":' + b"[" * 5000,
    b'{"review":"' + b"good " * 2000 + b'"}',
]


def mutated(seed, count):
    """JSON records of odd sentences, some of them with a byte more, less or changed."""
    rng, made = random.Random(seed), []
    for text in sentences(seed, count)[:count]:
        review = text.decode("utf-8", "replace")
        record = {"id": rng.random(), "review": review, "more": [review[:5], {"b": None}]}
        data = json.dumps(record, ensure_ascii=rng.random() < 0.3, indent=None).encode()
        if rng.random() < 0.4:
            place = rng.randrange(len(data))
            data = data[:place] + bytes([rng.randrange(11, 256)]) * rng.randrange(3) + data[place + rng.randrange(2):]
        made.append(data.replace(b"\n", b" ").replace(b"\r", b" "))
    return made


class Reviews(Case):
    def run_reviews(self, *words, state=None):
        return self.millrace("run", REVIEWS / "template.yaml", "--state", state or self.state, *words)

    def test_every_review_is_in_the_partition_of_its_label(self):
        result = self.run_reviews()
        for words in ("400 rows in", "400 transformed", "0 failed"):
            self.assertIn(words, result.err)
        got, count = {}, Counter()
        for key, data in bucket_of(self.state, "databucket").items():
            label = re.fullmatch(r"reviews/label=(\w+)/[^/]+", key)[1]
            for line in data.decode().splitlines():
                value = json.loads(line)
                self.assertEqual(value["sentiment"], label)
                got[value["review_id"]] = value
                count[label] += 1
        self.assertEqual(set(count), LABELS)
        for row in csv_rows(REVIEWS / "reviews.csv"):
            scores = scores_of(row["review"])
            want = {**row, "sentiment": label_of(scores), "sentiment_scores": scores}
            self.assertEqual(got.pop(row["review_id"]), want)
        self.assertEqual(got, {})

        # the query that the template names first, and every member of the scores
        answer = {row["label"]: row["reviews"] for row in self.query(
            "SELECT label, count(*) AS reviews FROM reviews.review_events GROUP BY label").rows}
        self.assertEqual(answer, count)
        printed = {line.split()[0]: int(line.split()[1]) for line in result.out.splitlines()[2:]}
        self.assertEqual(printed, count)
        self.assertEqual(self.one(
            "SELECT count(*) FROM reviews.review_events WHERE abs(sentiment_scores.positive + "
            "sentiment_scores.negative + sentiment_scores.neutral - 1) < 0.01"), ROWS)

    def deliver(self, path, *words):
        state = self.dir / f"state{len(words)}"
        self.run_reviews("--input", f"ReviewStream={path}", "--encode", "raw", "--no-header",
                         "--partition-key", "const:k", *words, state=state)
        return bucket_of(state, "databucket")

    def check_same(self, builtin, handler):
        self.assertEqual(list(builtin), list(handler))
        for key, data in builtin.items():
            for one, other in zip(data.split(b"\n"), handler[key].split(b"\n")):
                self.assertEqual(one, other, key)
            self.assertEqual(len(data), len(handler[key]), key)

    def test_the_builtin_and_the_handler_deliver_the_same_bytes(self):
        self.run_reviews()
        self.run_reviews("--no-builtin", state=self.dir / "handler")
        objects = bucket_of(self.state, "databucket")
        self.assertGreater(len(objects), len(LABELS))
        self.check_same(objects, bucket_of(self.dir / "handler", "databucket"))

    def test_odd_records_come_out_the_same(self):
        records = ODD + mutated(3, 2000)
        path = self.write("odd.jsonl", b"\n".join(records) + b"\n")
        builtin, handler = self.deliver(path), self.deliver(path, "--no-builtin")
        self.check_same(builtin, handler)
        lines = {kind: sum(data.count(b"\n") for key, data in builtin.items() if key.startswith(kind))
                 for kind in ("reviews/", "errors/")}
        self.assertGreater(lines["reviews/"], 1000)
        self.assertGreater(lines["errors/"], 200)
        self.assertEqual({key.split("/")[1] for key in builtin if key.startswith("reviews/")},
                         {f"label={label}" for label in LABELS})

    def test_the_generator_makes_the_committed_file(self):
        made = subprocess.run([sys.executable, REVIEWS / "generate.py"], capture_output=True, check=True)
        self.assertEqual(made.stdout, (REVIEWS / "reviews.csv").read_bytes())
        self.assertEqual(len(list(csv.reader(io.StringIO(made.stdout.decode())))), ROWS + 1)

    def test_every_scenario_holds(self):
        names = sorted(path.stem for path in (REVIEWS / "scenarios").glob("*.yaml"))
        self.assertGreaterEqual(len(names), 3)
        result = self.millrace("test", REVIEWS / "scenarios", "--twice")
        self.assertEqual(re.findall(r"^ok +(\S+) ", result.out, re.MULTILINE), names)
        self.assertEqual(result.out.splitlines()[-1], f"{len(names)} passed, 0 failed")

    def test_the_readme_shows_what_a_run_prints(self):
        readme = (REVIEWS / "README.md").read_text()
        commands = re.findall(r"^\$ millrace (.+)$", readme.split("```")[1], re.MULTILINE)
        self.assertEqual(len(commands), 2)
        for command in commands:
            words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", command)]
            done = subprocess.run([BINARY, *words, "--state", self.state], cwd=ROOT, capture_output=True,
                                  text=True, timeout=RUN_SECONDS)
            self.assertEqual(done.returncode, 0, done.stderr)
            shown = readme[readme.index(f"$ millrace {command}\n"):].split("```")[0].split("$ millrace ")[1]
            self.assertEqual(done.stdout.splitlines(), shown.splitlines()[1:])


if __name__ == "__main__":
    main()
