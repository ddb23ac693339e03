"""`millrace check`: what would run, what AWS would refuse, and templates with every kind of
mistake, each answered with one line that says what, where and how to mend it."""

import json

from millrace import CRIMES, Case, main

GOOD = (CRIMES / "template.yaml").read_text()
SCENARIO = """\
template: template.yaml
inputs:
  - {stream: CrimeStream, file: crimes.csv, partition-key: district, rate: 200/s}
faults:
  - {at: 30s, for: 1m, lambda: {function: Decode, error: Unhandled}}
expect:
  - {sql: SELECT count(*) FROM crimes.crime_events, equals: 7584}
  - lost: 0
"""


class Check(Case):
    def check(self, text, *words, want=0, name="template.yaml"):
        for handler in ("python/decode.py", "node/decode.js"):
            self.write(f"handlers/{handler}", (CRIMES / "handlers" / handler).read_bytes())
        return self.millrace("check", self.write(name, text), *words, want=want)

    def test_the_sample_would_run_and_says_how(self):
        result = self.check(GOOD)
        for piece in ("data stream CrimeStream", "shards          2", "builtin delimited-to-json",
                      "crimes/dt=2025-01-01/", "1 MiB or 60 s", "partition projection",
                      "0 errors"):
            self.assertIn(piece, result.out)
        self.assertEqual(self.check(GOOD, "--strict", want=1).out, result.out)
        report = json.loads(self.check(GOOD, "--output", "json").out)
        self.assertEqual(report["format"], 1)

    def test_each_mistake_is_one_line_with_file_line_and_path(self):
        for old, new, line_of, piece in (
            ("ShardCount: !Ref ShardCount", "ShardCuont: 2", "ShardCuont", "ShardCount"),
            ("ShardCount: !Ref ShardCount", "ShardCount: two", "ShardCount: two", "expected type: Integer"),
            ("ShardCount: !Ref ShardCount", "ShardCount: !Ref Shards", "!Ref Shards", "Shards"),
            ("Type: AWS::Kinesis::Stream", "Type: AWS::Kinesis::Steam", "Steam", "AWS::Kinesis::Stream"),
            ("IntervalInSeconds: 60}", "IntervalInSeconds: 901}", "901", "900"),
            ("CompressionFormat: GZIP", "CompressionFormat: SNAPPY", "SNAPPY", "Snappy"),
            ("!{firehose:error-output-type}", "all", "ErrorOutputPrefix", "error-output-type"),
            ("!{timestamp:yyyy-MM-dd}/\n        ErrorOutputPrefix", "!{timestamp:bb}/\n        ErrorOutputPrefix",
             "timestamp:bb", "Invalid conversion character"),
            ("!GetAtt Decode.Arn}", "!GetAtt Decode.Aarn}", "Aarn", "Aarn"),
            ("Kind: delimited-to-json", "Kind: delimited-to-jsn", "delimited-to-jsn", "delimited-to-json"),
            ("Rate: 50/s", "Rate: fast", "Rate: fast", "fast"),
            ("Stream: CrimeStream", "Stream: CrimeSteam", "CrimeSteam", "CrimeStream"),
            ("Type: 'struct<lat:double,lon:double>'}\n            - {Name: loaded_at, Type: string}",
             "Type: 'struct<lat:double'}\n            - {Name: loaded_at, Type: string}", "struct<lat:double'", "struct"),
            ("MaxValue: 100", "MaxValue: 1", "ShardCount:", "not greater than 1"),
        ):
            with self.subTest(new=new):
                self.assertIn(old, GOOD)
                text = GOOD.replace(old, new)
                result = self.check(text, want=2)
                self.assertIn("1 error", result.out.splitlines()[-1], result)
                refused = [line for line in result.out.splitlines() if piece in line
                           and "template.yaml:" in line]
                self.assertTrue(refused, result)
                number = 1 + next(i for i, line in enumerate(text.splitlines())
                                  if line_of in line)
                self.assertTrue(any(f"template.yaml:{number}:" in line for line in refused),
                                (number, refused))
                # and `run` refuses it the same way, before anything is made
                run = self.millrace("run", self.dir / "template.yaml", "--state", self.state, want=2)
                self.assertEqual(len(run.errors), 1, run)
                self.assertFalse(self.state.exists())

    def test_what_is_no_template_is_one_line(self):
        for name, data in {
            "garbage.yaml": bytes(range(256)),
            "list.yaml": b"- 1\n- 2\n",
            "empty.yaml": b"",
            "unclosed.yaml": b"Resources: {A: [",
            "tabs.yaml": b"Resources:\n\tA: 1\n",
            "no_resources.yaml": b"Description: nothing\n",
            "broken.json": b'{"Resources": {"A": ',
            "deep.json": b'{"Resources":' * 5000,
            "large.yaml": b"#" * (2 << 20),
        }.items():
            with self.subTest(name):
                path = self.write(name, data)
                run = self.millrace("run", path, "--state", self.state, want=2)
                self.assertEqual(len(run.errors), 1, run)
                self.assertIn(name, run.errors[0])
                self.assertEqual(self.millrace("check", path, want=2).status, 2)

    def check_scenario(self, text, *words, want=0):
        self.write("template.yaml", GOOD)
        self.write("crimes.csv", (CRIMES / "crimes.csv").read_bytes())
        return self.check(text, *words, want=want, name="storm.yaml")

    def test_a_scenario_is_explained_without_running(self):
        result = self.check_scenario(SCENARIO)
        for piece in ("scenario storm", "200 rows a second", "from 30s to 1m30s: function",
                      "sql: SELECT count(*) FROM crimes.crime_events: 7584", "lost: 0",
                      "1 input, 1 fault, 2 expectations; 0 warnings, 0 errors"):
            self.assertIn(piece, result.out)
        self.assertFalse((self.dir / ".millrace").exists())
        report = json.loads(self.check_scenario(SCENARIO, "--output", "json").out)
        self.assertEqual((report["format"], len(report["faults"]), report["errorCount"]), (1, 1, 0))

    def test_a_mistake_in_a_scenario_is_one_line(self):
        for old, new, line, piece in (
            ("Decode", "Decoed", 5, "did you mean Decode?"),
            ("lost: 0", "lots: 0", 8, "did you mean lost?"),
            ("crimes.csv", "crimes.tsv", 3, "there is no file"),
            ("template: template.yaml", "template: none.yaml", 1, "none.yaml"),
        ):
            with self.subTest(new=new):
                result = self.check_scenario(SCENARIO.replace(old, new), want=2)
                self.assertTrue(any(f"storm.yaml:{line}: " in said and piece in said
                                    for said in result.out.splitlines()), result)
                self.assertTrue(result.out.endswith(" 1 error\n"), result)
        self.check_scenario(SCENARIO + "  - same-as: expected\n", "--strict", want=1)
        refused = self.check_scenario(SCENARIO, "--region", "eu-west-1", want=2)
        self.assertIn("says itself", refused.err)


if __name__ == "__main__":
    main()
