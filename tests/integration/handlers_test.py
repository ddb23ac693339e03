"""The sample's handlers in Python and Node.js and the builtin that stands in for them, held to the
same bytes on records of every sort: clean ones, and ones with a field that is damaged."""

import base64
import contextlib
import importlib.util
import io
import json
import random
import shutil
import subprocess
import sys

from millrace import CRIMES, Case, bucket_of, main

sys.dont_write_bytecode = True  # the handlers' folder is what gets deployed

# What a damaged field may hold. No '|', comma, quote or line end: the fields go through CSV.
ODDITIES = [
    "", " ", "-0", "+7", "007", "2147483647", "2147483648", "-2147483648", "0x10", "1_000", "abc",
    "1e21", "1e-7", "1.5E3", "123456789012345678901234", "0.000001", "0.0000001", ".5", "5.", "1e400",
    "38.0", "-0.0", "nan", "Infinity", "1 2", "2/29/06 0:00", "2/29/08 0:00", "13/1/06 0:00",
    "1/1/06 24:00", "01/01/06 00:00", "1/1/6 0:00", "1/1/06 0:0", "back\\slash", "\x01\x7f", "\u00a0 x",
    "\u2028", "\U0001f6b2", "\t tab \t",
]
HEADER = "cdatetime,address,district,beat,grid,crimedescr,ucr_ncic_code,latitude,longitude"


def damaged_rows(seed, count):
    chance = random.Random(seed)
    rows = [line.split(",") for line in (CRIMES / "crimes.csv").read_text().splitlines()[1:]]
    made = []
    for _ in range(count):
        row = list(chance.choice(rows))
        if chance.random() < 0.8:
            place = chance.randrange(len(row))
            odd = chance.choice(ODDITIES)
            row[place] = repr(chance.uniform(-1, 1) * 10 ** chance.randrange(-12, 30)) if odd == "abc" else odd
        made.append(row)
    return made


def event_of(records):
    return {
        "records": [
            {"recordId": str(n), "data": base64.b64encode(data).decode()}
            for n, data in enumerate(records)
        ]
    }


def python_answer(event):
    spec = importlib.util.spec_from_file_location("decode", CRIMES / "handlers/python/decode.py")
    decode = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(decode)
    with contextlib.redirect_stdout(io.StringIO()):
        return decode.handler(event, None)


def node_answer(event):
    script = (
        "console.log = () => {};"
        "const { handler } = require(process.argv[1]);"
        "handler(JSON.parse(require('fs').readFileSync(0))).then("
        "  (answer) => process.stdout.write(JSON.stringify(answer)));"
    )
    done = subprocess.run(
        ["node", "-e", script, str(CRIMES / "handlers/node/decode.js")],
        input=json.dumps(event).encode(),
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


class Handlers(Case):
    def test_both_handlers_answer_alike(self):
        if shutil.which("node") is None:
            self.skipTest("node is not here")
        records = ["|".join([*row, "2025-01-01 00:00:00"]).encode() for row in damaged_rows(5, 3000)]
        records += [b"", b"|", b"\xff\xfe|x", records[0] + b"|one more", records[0].rsplit(b"|", 1)[0]]
        records += [record.replace(b"ST", b"S\xff\xc3") for record in records[:200]]
        event = event_of(records)
        python, node = python_answer(event)["records"], node_answer(event)["records"]
        self.assertEqual(len(python), len(records))
        for record, one, other in zip(records, python, node):
            self.assertEqual(one, other, record)
        self.assertEqual({answer["result"] for answer in python}, {"Ok", "ProcessingFailed"})

    def deliver(self, name, *words):
        """Lines delivered and records failed by a run of the damaged file, in order."""
        state = self.dir / name
        path = self.dir / "damaged.csv"
        self.run_crimes("--input", f"CrimeStream={path}", "--load-time", "--partition-key", "const:k",
                        *words, state=state)
        objects = bucket_of(state, "databucket")
        # by "\n" alone: str.splitlines() would also split at U+2028, which JSON leaves as it is
        lines, failed = (
            [line for key, data in objects.items() if key.startswith(prefix)
             for line in data.split(b"\n") if line]
            for prefix in ("crimes/", "errors/")
        )
        return lines, [json.loads(line)["rawData"] for line in failed]

    def test_the_builtin_delivers_what_the_handlers_deliver(self):
        self.write("damaged.csv", "\n".join([HEADER, *map(",".join, damaged_rows(6, 2000))]) + "\n")
        lines, failed = self.deliver("builtin")
        self.assertEqual(len(lines) + len(failed), 2000)
        self.assertTrue(lines and failed)
        for language in ("python", "node"):
            if language == "node" and shutil.which("node") is None:
                continue
            with self.subTest(language):
                got = self.deliver(language, "--no-builtin", "--param", f"Language={language}")
                self.assertEqual(got[0], lines)
                self.assertEqual(got[1], failed)

    def test_the_generator_makes_the_committed_file(self):
        made = subprocess.run([sys.executable, CRIMES / "generate.py"], capture_output=True, check=True)
        self.assertEqual(made.stdout, (CRIMES / "crimes.csv").read_bytes())


if __name__ == "__main__":
    main()
