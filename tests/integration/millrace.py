"""What the end-to-end tests share: running the program, reading what it left, the data they use.

The program is the one that CTest names in MILLRACE_BINARY. Every test works in a directory of its
own; nothing sleeps.
"""

import csv
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("MILLRACE_BINARY", str(ROOT / "build/asan/millrace"))
CRIMES = ROOT / "data/crimes"
ROWS = 7584
RUN_SECONDS = 240  # a bound, so that a hang is a failure


class Result:
    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout.decode("utf-8", "replace")
        self.err = done.stderr.decode("utf-8", "replace")

    def __str__(self):
        return f"status {self.status}\n--- out\n{self.out[-3000:]}\n--- err\n{self.err[-3000:]}"

    @property
    def rows(self):
        """The rows of --output jsonl."""
        return [json.loads(line) for line in self.out.splitlines()[1:]]

    @property
    def errors(self):
        """The lines that say what went wrong."""
        return [
            line
            for line in self.err.splitlines()
            if line.startswith("millrace: ")
            and not line.startswith(("millrace: warning: ", "millrace: note: "))
        ]


class Case(unittest.TestCase):
    """A test with a directory of its own."""

    maxDiff = 2000

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="millrace-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.state = self.dir / "state"

    def millrace(self, *words, want=0, stdin=b"", env=None):
        done = subprocess.run(
            [BINARY, *map(str, words)],
            input=stdin,
            capture_output=True,
            cwd=self.dir,
            timeout=RUN_SECONDS,
            env=None if env is None else {**os.environ, **env},
        )
        result = Result(done)
        if want is not None:
            self.assertEqual(result.status, want, result)
        return result

    def run_crimes(self, *words, state=None, **how):
        return self.millrace(
            "run", CRIMES / "template.yaml", "--state", state or self.state, *words, **how
        )

    def query(self, sql, *words, state=None, **how):
        return self.millrace(
            "query", sql, "--state", state or self.state, "--output", "jsonl", *words, **how
        )

    def one(self, sql, state=None):
        rows = self.query(sql, state=state).rows
        self.assertEqual(len(rows), 1, rows)
        self.assertEqual(len(rows[0]), 1, rows)
        return next(iter(rows[0].values()))

    def write(self, name, data):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path


def buckets(state):
    """Bucket name -> {key: bytes}."""
    found = {}
    root = pathlib.Path(state) / "s3"
    for bucket in sorted(root.iterdir()) if root.exists() else []:
        if bucket.name.startswith("."):
            continue
        found[bucket.name] = {
            str(path.relative_to(bucket)): path.read_bytes()
            for path in sorted(bucket.rglob("*"))
            if path.is_file()
        }
    return found


def bucket_of(state, part):
    """The objects of the one bucket whose name holds this."""
    names = [name for name in buckets(state) if part in name]
    assert len(names) == 1, names
    return buckets(state)[names[0]]


def expand(key, data):
    return gzip.decompress(data) if key.endswith(".gz") else data


def delivered(state, part="databucket", prefix="crimes/"):
    """The JSON lines of all delivered objects."""
    lines = []
    for key, data in bucket_of(state, part).items():
        if key.startswith(prefix):
            lines += expand(key, data).decode().splitlines()
    return lines


def tree_digest(path, under=("streams", "s3")):
    """SHA-256 over every file below these folders: names and bytes."""
    digest = hashlib.sha256()
    for folder in under:
        for file in sorted((pathlib.Path(path) / folder).rglob("*")):
            if file.is_file():
                digest.update(str(file.relative_to(path)).encode() + b"\0")
                digest.update(file.read_bytes())
    return digest.hexdigest()


def dump_catalog(path):
    """An ordered dump of catalog.db."""
    import sqlite3

    db = sqlite3.connect(f"file:{path}/catalog.db?mode=ro", uri=True)
    lines = []
    for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"):
        lines += [repr((table, *row)) for row in sorted(map(repr, db.execute(f'SELECT * FROM "{table}"')))]
    db.close()
    return lines


def shared_csv():
    """The real file, or None."""
    shared = pathlib.Path(os.environ.get("MILLRACE_SHARED", ROOT.parent / "shared"))
    path = shared / "data/SacramentocrimeJanuary2006.csv"
    return path if path.exists() else None


def csv_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main():
    """Runs the tests of a file; exits 77 when every one was skipped."""
    program = unittest.main(exit=False, verbosity=2)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun > 0 and len(result.skipped) == result.testsRun:
        sys.exit(77)
