"""/_millrace/metrics as Prometheus reads it, its page in the documents, and the dashboard over it."""

import base64
import json
import re
import time

from millrace import CRIMES, ROOT, main
from server import STOP_SECONDS, ServerCase

SAMPLE = re.compile(r'^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)$')


def parse(text):
    """Families {name: (type, help)} and samples {(name, labels): number}; anything else fails."""
    families, samples, current = {}, {}, None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, current, said = line.split(" ", 3)
            assert current not in families, f"{current} comes twice"
            families[current] = (None, said)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current and kind in ("counter", "gauge"), line
            families[name] = (kind, families[name][1])
        else:
            found = SAMPLE.match(line)
            assert found, line
            assert found.group(1) == current, f"{line} stands apart from its family"
            labels = tuple(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', found.group(2) or ""))
            assert (current, labels) not in samples, line
            samples[current, labels] = float(found.group(3))
    for name, (kind, _) in families.items():
        assert (kind == "counter") == name.endswith("_total"), name
    return families, samples


class Metrics(ServerCase):
    def scrape(self, server):
        status, headers, body = server.request("GET", "/_millrace/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return parse(body.decode())

    def test_records_are_counted_from_the_stream_to_the_bucket(self):
        server = self.serve(CRIMES / "template.yaml")
        stream = self.ok(server, "ListStreams")["StreamNames"][0]
        data = base64.b64encode(b"1/1/06 0:00|a|1|b|2|c|3|4|5|x").decode()
        self.ok(server, "PutRecords", StreamName=stream,
                Records=[{"PartitionKey": f"k{i}", "Data": data} for i in range(200)])
        env = {"AWS_ENDPOINT_URL": server.url}
        self.millrace("clock", "advance", "20s", env=env)
        _, samples = self.scrape(server)
        of_stream = lambda name: samples[f"millrace_kinesis_{name}", (("stream", stream),)]
        self.assertEqual(of_stream("incoming_records_total"), 200)
        self.assertEqual(of_stream("get_records_records_total"), 200)
        self.assertEqual(of_stream("open_shards"), 2)
        delivery = {name: number for (name, labels), number in samples.items()
                    if labels and labels[0][0] == "delivery_stream"}
        self.assertEqual(delivery["millrace_firehose_incoming_records_total"], 200)
        self.assertGreater(delivery["millrace_firehose_delivery_to_s3_data_freshness_seconds"], 15)
        self.assertGreater(delivery["millrace_firehose_buffered_bytes"], 0)
        self.millrace("clock", "until", "idle", env=env)
        status, _, body = server.request(
            "POST", "/_millrace/api/queries", json.dumps({"sql": "SELECT count(*) FROM "
                                                          "crimes.crime_events"}),
            {"Content-Type": "application/json"})
        self.assertEqual(status, 202, body)
        server.request("GET", f"/_millrace/api/queries/{json.loads(body)['id']}?wait=true")
        _, samples = self.scrape(server)
        delivery = {name: number for (name, labels), number in samples.items()
                    if labels and labels[0][0] == "delivery_stream"}
        self.assertEqual(delivery["millrace_firehose_delivery_to_s3_records_total"], 200)
        self.assertEqual(delivery["millrace_firehose_backup_to_s3_records_total"], 200)
        self.assertEqual(delivery["millrace_firehose_delivery_to_s3_data_freshness_seconds"], 0)
        self.assertEqual(delivery["millrace_firehose_buffered_bytes"], 0)
        self.assertEqual(samples["millrace_athena_queries_total", (("state", "succeeded"),)], 1)
        self.assertGreater(samples["millrace_athena_processed_bytes_total", ()], 1000)
        function = {name: number for (name, labels), number in samples.items()
                    if labels and labels[0][0] == "function"}
        self.assertGreaterEqual(function["millrace_lambda_invocations_total"], 1)
        self.assertGreater(function["millrace_lambda_duration_seconds_total"], 0.02)
        self.assertEqual(server.stop(), 0, server.err)

    def test_records_of_a_quiet_stream_are_counted_when_their_second_is_over(self):
        server = self.serve("--state-delay", "0")
        self.ok(server, "CreateStream", StreamName='quiet', ShardCount=1)
        self.put(server, "quiet", "a", "b")
        bound = time.monotonic() + STOP_SECONDS
        key = ("millrace_kinesis_incoming_records_total", (("stream", "quiet"),))
        while self.scrape(server)[1][key] != 2:
            self.assertLess(time.monotonic(), bound, "the second never ends")
        self.assertEqual(server.stop(), 0, server.err)

    def test_the_documents_and_the_dashboard_say_what_there_is(self):
        server = self.serve(CRIMES / "template.yaml")
        families, samples = self.scrape(server)
        labels = {name: ", ".join(f"`{label}`" for label, _ in found) for name, found in samples}
        page = (ROOT / "docs" / "operations.md").read_text()
        listed = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?) \| (.*) \|$", page, re.MULTILINE)
        self.assertEqual(listed, [(name, kind, labels[name], said)
                                  for name, (kind, said) in families.items()])
        dashboard = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text())
        drawn = [target["expr"] for panel in dashboard["panels"]
                 for target in panel.get("targets", ())]
        self.assertGreater(len(drawn), 20)
        named = set(re.findall(r"\b(?:millrace|process)_\w+", " ".join(drawn)))
        self.assertEqual(named - set(families), set())
        self.assertEqual(server.stop(), 0, server.err)


if __name__ == "__main__":
    main()
