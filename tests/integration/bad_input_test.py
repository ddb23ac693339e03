"""What users get wrong, and what machines do: one clear error line, the right exit status, and
nothing lost."""

import gzip
import json
import os
import signal
import subprocess

from millrace import BINARY, CRIMES, Case, delivered, main

HEADER = "cdatetime,address,district,beat,grid,crimedescr,ucr_ncic_code,latitude,longitude\n"
ROW = "1/1/06 0:00,1 MAIN ST,3,3C        ,1115,A CRIME,2404,38.5,-121.4\n"


class BadInput(Case):
    def put(self, file, *words, want=0):
        return self.run_crimes("--input", f"CrimeStream={file}", "--load-time", *words, want=want)

    def one_line(self, result, *pieces):
        self.assertEqual(len(result.errors), 1, result)
        for piece in pieces:
            self.assertIn(piece, result.errors[0])

    # ---- inputs ----

    def test_a_missing_file_is_named(self):
        self.one_line(self.put("nowhere.csv", want=2), "nowhere.csv")

    def test_an_empty_file_says_that_a_header_is_expected(self):
        self.one_line(self.put(self.write("empty.csv", ""), want=2), "empty.csv", "empty")

    def test_a_header_alone_is_a_run_of_no_rows(self):
        result = self.put(self.write("header.csv", HEADER))
        self.assertIn("0 rows in", result.err)
        self.assertEqual(self.one("SELECT count(*) FROM crimes.crime_events"), 0)

    def test_binary_garbage_is_no_text(self):
        garbage = self.write("garbage.csv", bytes(range(256)) * 64)
        self.one_line(self.put(garbage, want=2), "garbage.csv")

    def test_a_truncated_gzip_delivers_what_came_before_and_fails(self):
        data = gzip.compress((HEADER + ROW * 50000).encode())
        result = self.put(self.write("cut.csv.gz", data[: len(data) // 2]), "--rate", "max",
                          "--limits", "off", want=2)
        self.one_line(result, "cut.csv.gz")
        self.assertGreater(len(delivered(self.state)), 0)

    def test_a_whole_gzip_is_read_by_its_name(self):
        data = gzip.compress((HEADER + ROW * 10).encode()) + gzip.compress((ROW * 5).encode())
        self.put(self.write("two_members.csv.gz", data))
        self.assertEqual(len(delivered(self.state)), 15)

    def test_a_line_of_100_mb_is_rejected_with_its_number_and_the_rest_arrives(self):
        path = self.dir / "long.csv"
        with open(path, "w") as file:
            file.write(HEADER + ROW)
            for _ in range(100):
                file.write("x" * 1_000_000)
            file.write("\n" + ROW)
        result = self.put(path)
        self.assertIn("1 rejected", result.err)
        self.assertEqual(len(delivered(self.state)), 2)
        reasons = next((self.state / "rejects").glob("*.reasons")).read_text()
        self.assertIn("long.csv:3", reasons)

    def test_bad_rows_are_counted_kept_and_never_stop_the_rest(self):
        path = self.write("rows.csv", HEADER + ROW + "1/1/06 0:00,too,few\n" + ROW)
        result = self.put(path)
        self.assertIn("2 records put", result.err)
        self.assertIn("1 rejected", result.err)
        rejects = self.state / "rejects"
        self.assertIn("too,few", next(rejects.glob("*.csv")).read_text())
        self.assertIn("rows.csv:3", next(rejects.glob("*.reasons")).read_text())
        self.assertEqual(len(delivered(self.state)), 2)

    def test_strict_ends_at_the_first_bad_row_with_status_1(self):
        path = self.write("rows.csv", HEADER + ROW + "1/1/06 0:00,too,few\n" + ROW)
        result = self.put(path, "--strict", want=1)
        self.assertIn("rows.csv:3", result.err)

    def test_line_ends_bom_and_quotes_of_every_kind_are_read(self):
        quoted = ROW.replace("1 MAIN ST", '"1 ""MAIN"", ST"')
        for name, text in {
            "crlf": (HEADER + ROW + quoted).replace("\n", "\r\n"),
            "cr": (HEADER + ROW + quoted).replace("\n", "\r"),
            "bom": "\ufeff" + HEADER + ROW + quoted,
            "no_last_line_end": (HEADER + ROW + quoted)[:-1],
        }.items():
            with self.subTest(name):
                state = self.dir / name
                self.run_crimes("--input", f"CrimeStream={self.write(name + '.csv', text)}",
                                "--load-time", state=state)
                addresses = [json.loads(line)["address"] for line in delivered(state)]
                self.assertEqual(addresses, ["1 MAIN ST", '1 "MAIN", ST'])

    def test_standard_input_is_an_input(self):
        result = self.run_crimes("--input", "CrimeStream=-", "--load-time",
                                 stdin=(HEADER + ROW * 3).encode())
        self.assertIn("3 rows in", result.err)
        self.assertEqual(len(delivered(self.state)), 3)

    def test_no_header_counts_the_first_line_as_a_row(self):
        self.put(self.write("bare.csv", ROW * 4), "--no-header", "--partition-key", "column:3")
        self.assertEqual(len(delivered(self.state)), 4)

    def test_an_unknown_stream_or_column_is_answered_with_the_nearest(self):
        path = self.write("rows.csv", HEADER + ROW)
        result = self.run_crimes("--input", f"CrimeSteam={path}", want=2)
        self.one_line(result, "CrimeSteam", "CrimeStream")
        result = self.put(path, "--partition-key", "column:distrct", "--replace", want=2)
        self.one_line(result, "distrct", "district")

    # ---- words ----

    def test_misspelt_words_are_answered_with_the_nearest(self):
        for words, piece in (
            (["rum", "x"], "run"),
            (["run", "x.yaml", "--drian"], "--drain"),
            (["run", "x.yaml", "--clock", "60"], "60x"),
            (["run", "x.yaml", "--start", "yesterday"], "2025-01-01T00:00:00Z"),
            (["run", "x.yaml", "--start", "9999-12-31T23:59:59Z"], "1970 to 2399"),
            (["run", "x.yaml", "--start", "1969-12-31T23:59:59Z"], "1970 to 2399"),
            (["run", "x.yaml", "--seed", "-1"], "--seed"),
            (["run", "x.yaml", "--limits", "of"], "aws or off"),
            (["run", "x.yaml", "--fault", "store-refuse"], "store-refused"),
            (["run", "x.yaml", "--fault", "store-refused,form=3s"], "from=30s"),
            (["run"], "template"),
            (["run", "nowhere.yaml"], "nowhere.yaml"),
            (["query"], "SELECT"),
            (["query", "SELECT 1", "--output", "xml"], "jsonl"),
            (["run", "x.yaml", "--resume", "--replace"], "--resume"),
            (["run", "x.yaml", "--input", "a.csv"], "STREAM=FILE"),
        ):
            with self.subTest(words=words):
                self.one_line(self.millrace(*words, want=2), piece)

    def test_a_query_that_the_template_does_not_name_is_refused_before_the_run(self):
        self.one_line(self.run_crimes("--query", "by_distrct", want=2), "by_distrct", "by_district")
        self.assertFalse(self.state.exists())

    def test_a_query_that_cannot_run_fails_with_status_1(self):
        self.put(self.write("rows.csv", HEADER + ROW))
        for sql, piece in (
            ("SELECT nope FROM crimes.crime_events", "COLUMN_NOT_FOUND"),
            ("SELECT * FROM crimes.nope", "TABLE_NOT_FOUND"),
            ("SELECT * FROM nope.crime_events", "SCHEMA_NOT_FOUND"),
            ("SELEC 1", "SELEC"),
            ("DROP TABLE crimes.crime_events", "DROP"),
        ):
            with self.subTest(sql=sql):
                self.one_line(self.query(sql, want=1), piece)

    # ---- state directories ----

    def test_a_state_directory_of_a_newer_version_is_refused(self):
        self.put(self.write("rows.csv", HEADER + ROW))
        marker = self.state / "millrace.json"
        marker.write_text(json.dumps({"format": 99, "made-by": "run"}))
        self.one_line(self.put("rows.csv", "--resume", want=2), "newer")
        self.one_line(self.query("SELECT 1 AS x", want=2), "newer")

    def test_a_named_state_directory_is_never_overwritten_unasked(self):
        path = self.write("rows.csv", HEADER + ROW)
        self.put(path)
        before = delivered(self.state)
        self.one_line(self.put(path, want=2), "--resume", "--replace")
        self.assertEqual(delivered(self.state), before)
        self.put(path, "--resume")
        self.assertEqual(delivered(self.state), before)  # every row is there already
        self.put(path, "--replace")
        self.assertEqual(len(delivered(self.state)), 1)

    def test_a_directory_that_is_not_ours_is_never_cleared(self):
        (self.state / "precious").mkdir(parents=True)
        (self.state / "precious" / "file").write_text("mine")
        for words in ([], ["--replace"], ["--resume"]):
            self.one_line(self.put(self.write("rows.csv", HEADER + ROW), *words, want=2), "not made by millrace")
        self.assertEqual([path.name for path in self.state.iterdir()], ["precious"])

    def test_the_default_directory_of_an_earlier_run_is_replaced(self):
        path = self.write("rows.csv", HEADER + ROW)
        for _ in range(2):
            self.millrace("run", CRIMES / "template.yaml", "--input", f"CrimeStream={path}",
                          "--load-time", "-q")
        self.assertEqual(len(delivered(self.dir / ".millrace")), 1)

    def test_two_processes_on_one_directory_is_one_line(self):
        fifo = self.dir / "never"
        os.mkfifo(fifo)
        first = subprocess.Popen(
            [BINARY, "run", CRIMES / "template.yaml", "--state", self.state, "--input",
             f"CrimeStream={self.dir / 'never'}", "--events", self.dir / "events"],
            cwd=self.dir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            writer = os.open(fifo, os.O_WRONLY)  # returns when the first process has opened it
            self.one_line(self.put(self.write("rows.csv", HEADER + ROW), "--replace", want=3), "in use")
            os.close(writer)
        finally:
            first.send_signal(signal.SIGKILL)
            first.wait()

    def limited(self):
        """How to run as somebody whom permissions bind."""
        return {"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}

    def test_a_read_only_state_directory_is_a_machine_error(self):
        self.dir.chmod(0o755)
        closed = self.dir / "closed"
        closed.mkdir(mode=0o555)
        path = self.write("rows.csv", HEADER + ROW)
        done = subprocess.run(
            [BINARY, "run", CRIMES / "template.yaml", "--state", closed / "state", "--input",
             f"CrimeStream={path}"], cwd="/", capture_output=True, **self.limited())
        lines = [line for line in done.stderr.decode().splitlines() if "warning" not in line]
        self.assertEqual((done.returncode, len(lines)), (3, 1), done)
        self.assertIn("ermission", lines[0])

    def test_a_full_disk_is_one_line_and_the_run_goes_on_after_more_room(self):
        small = self.dir / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small],
                          capture_output=True).returncode != 0:
            self.skipTest("mounting a small file system needs root")
        self.addCleanup(subprocess.run, ["umount", "-l", small], capture_output=True)
        self.state = small / "state"
        path = self.write("rows.csv", HEADER + ROW * 60000)
        words = ["--rate", "max", "--limits", "off"]
        result = self.put(path, *words, want=3)
        self.one_line(result)
        self.assertRegex(result.errors[0], "No space left|disk is full")
        subprocess.run(["mount", "-o", "remount,size=200m", small], check=True)
        self.put(path, *words, "--resume")
        self.assertEqual(len(delivered(self.state)), 60000)


if __name__ == "__main__":
    main()
