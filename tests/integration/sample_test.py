"""The sample pipeline from CSV to SQL, on its own file and on the real one."""

import base64
import json
import re
import shutil
import subprocess
from collections import Counter

from millrace import BINARY, CRIMES, ROOT, ROWS, RUN_SECONDS, Case, bucket_of, csv_rows, delivered, expand, main, shared_csv


def expected(row):
    """The JSON object that a row becomes, without the time of loading."""
    month, day, year = row["cdatetime"].split(" ")[0].split("/")
    return {
        "crime_time": row["cdatetime"],
        "address": row["address"].strip(),
        "district": int(row["district"]),
        "beat": row["beat"].strip(),
        "grid": int(row["grid"]),
        "description": row["crimedescr"].strip(),
        "ucr_ncic_code": int(row["ucr_ncic_code"]),
        "location": {"lat": float(row["latitude"]), "lon": float(row["longitude"])},
        "crime_year": f"20{year}",
        "crime_month": month.zfill(2),
        "crime_day": day.zfill(2),
    }


class Sample(Case):
    def check_file(self, path, *words):
        rows = csv_rows(path)
        self.assertEqual(len(rows), ROWS)
        self.run_crimes("--input", f"CrimeStream={path}", "--load-time", "--partition-key",
                        "column:district", "--rate", "500/s", *words)

        # every row is counted by SQL, and every value of every row is the file's
        self.assertEqual(self.one("SELECT count(*) FROM crimes.crime_events"), ROWS)
        got = Counter()
        for line in delivered(self.state):
            value = json.loads(line)
            self.assertRegex(value.pop("loaded_at"), r"^2025-01-01 00:\d\d:\d\d$")
            got[json.dumps(value)] += 1
        self.assertEqual(got, Counter(json.dumps(expected(row)) for row in rows))

        # the same through the query engine, columns and struct members and all
        answer = self.query(
            "SELECT crime_time, address, district, beat, grid, description, ucr_ncic_code, "
            "location.lat AS lat, location.lon AS lon, crime_year, crime_month, crime_day "
            "FROM crimes.crime_events"
        ).rows
        want = Counter()
        for row in rows:
            value = expected(row)
            location = value.pop("location")
            want[json.dumps({**value, **location}, sort_keys=True)] += 1
        self.assertEqual(Counter(json.dumps(row, sort_keys=True) for row in answer), want)

        # the backup holds the same records raw: the fields with '|', and the load time
        backup = "".join(
            expand(key, data).decode() for key, data in bucket_of(self.state, "backupbucket").items()
        )
        records = re.split(r"\|2025-01-01 \d\d:\d\d:\d\d", backup)
        self.assertEqual(records.pop(), "")
        self.assertEqual(Counter(records), Counter("|".join(row.values()) for row in rows))

        # and nothing went to the error output
        errors = [key for key in bucket_of(self.state, "databucket") if key.startswith("errors/")]
        self.assertEqual(errors, [])

    def test_the_sample_file_arrives_whole(self):
        self.check_file(CRIMES / "crimes.csv")

    def test_the_real_file_arrives_whole(self):
        path = shared_csv()
        if path is None:
            self.skipTest("the real file is not here (MILLRACE_SHARED)")
        self.check_file(path)

    def test_the_sample_runs_as_it_stands_and_answers_its_query(self):
        result = self.run_crimes()
        lines = result.out.splitlines()
        self.assertEqual(lines[0].split(), ["district", "crimes"])
        self.assertEqual(sum(int(line.split()[1]) for line in lines[2:]), ROWS)
        for word in ("7,584 rows in", "7,584 records put", "7,584 transformed", "0 failed",
                     "7,584 backed up", "by interval", "seed       1", "digest     "):
            self.assertIn(word, result.err)

    def test_now_is_the_simulated_time_of_the_run_that_made_the_objects(self):
        self.run_crimes("--start", "2031-05-06T07:08:09Z", "-q")
        self.assertEqual(self.one("SELECT count(*) FROM crimes.crime_events"), ROWS)
        self.assertEqual(self.one("SELECT current_date"), "2031-05-06")

    def test_the_readme_shows_what_the_demo_prints(self):
        done = subprocess.run([BINARY, "run", "data/crimes/template.yaml", "--state", self.state],
                              cwd=ROOT, capture_output=True, text=True, timeout=RUN_SECONDS)
        printed = (done.stderr + done.stdout).splitlines()
        readme = (ROOT / "README.md").read_text()
        shown = readme[readme.index("$ ./scripts/demo"):].split("```")[0].splitlines()[1:]
        # wall time, the digest and the compressed size depend on the machine and its libdeflate
        varying = re.compile(r"simulated in|^digest|backupbucket")
        self.assertEqual([line for line in printed if not varying.search(line)],
                         [line for line in shown if not varying.search(line)])

    def test_builtin_and_both_handlers_deliver_the_same_bytes(self):
        ways = {
            "builtin": [],
            "python": ["--no-builtin"],
            "node": ["--no-builtin", "--param", "Language=node"],
        }
        if shutil.which("node") is None:
            del ways["node"]
        objects = {}
        for way, words in ways.items():
            state = self.dir / way
            self.run_crimes(*words, state=state)
            objects[way] = bucket_of(state, "databucket")
            self.assertGreater(len(objects[way]), 1)
        for way in ways:
            self.assertEqual(list(objects[way]), list(objects["builtin"]), way)
            for key, data in objects[way].items():
                self.assertTrue(data == objects["builtin"][key], f"{way}: {key} differs")

    def test_exactly_the_records_that_the_handler_fails_are_in_the_error_output(self):
        lines = (CRIMES / "crimes.csv").read_text().splitlines()
        bad = [100, 2000, 7000]  # a district that is no number
        for place in bad:
            fields = lines[place].split(",")
            fields[2] = f"D{place}"
            lines[place] = ",".join(fields)
        path = self.write("bad.csv", "\n".join(lines) + "\n")
        for words in ([], ["--no-builtin"]):
            state = self.dir / ("state" + "".join(words))
            self.run_crimes("--input", f"CrimeStream={path}", "--load-time", *words, state=state)
            objects = bucket_of(state, "databucket")
            records = []
            for key, data in objects.items():
                if key.startswith("errors/processing-failed/dt=2025-01-01/"):
                    records += [json.loads(line) for line in data.decode().splitlines()]
            raw = [base64.b64decode(record["rawData"]).decode() for record in records]
            self.assertEqual(sorted(text.split("|")[2] for text in raw),
                             sorted(f"D{place}" for place in bad))
            for record in records:
                self.assertEqual(record["errorCode"], "Lambda.ProcessingFailedStatus")
                self.assertEqual(record["attemptsMade"], 1)
                self.assertIn(":function:", record["lambdaARN"])
            self.assertEqual(self.one("SELECT count(*) FROM crimes.crime_events", state=state),
                             ROWS - len(bad))


if __name__ == "__main__":
    main()
