"""`millrace run --console`: a run that is served as well and stays open until a signal."""

import signal
import unittest

from clients import PYTHON_MISSING, import_boto3
from millrace import CRIMES, ROWS, main
from server import ServerCase

TEMPLATE = CRIMES / "template.yaml"


def is_delivered(state):
    return all(one["ended"] for one in state["inputs"]) and state["time"]["idle"]


class ConsoleRun(ServerCase):
    def stream(self):
        return next(iter(self.state_of["streams"]))["name"]

    def delivered_run(self, *words):
        server = self.run_console(TEMPLATE, *words)
        self.assertEqual(server.api("GET", "health")[1]["status"], "ready")
        self.state_of = server.wait_for_state(is_delivered)
        return server

    def test_it_stays_open_is_resharded_and_ends_with_its_summary(self):
        server = self.delivered_run("--clock", "600x")
        name = self.stream()
        status, stream = server.api(
            "POST", f"api/streams/{name}/split", {"shard": "shardId-000000000000"}
        )
        self.assertEqual(status, 200, stream)
        status, shards = server.call("ListShards", StreamName=name)
        self.assertEqual(status, 200, shards)
        self.assertEqual(len(shards["Shards"]), 4)
        self.assertEqual(server.stop(signal.SIGINT), 0, server.err)
        self.assertIn(f"{ROWS} rows", server.err.replace(",", ""))
        self.assertIn("digest     none", server.err)
        self.assertIn("district", server.rest)

    @unittest.skipIf(PYTHON_MISSING, PYTHON_MISSING)
    def test_boto3_reshards_it(self):
        server = self.delivered_run("--clock", "600x")
        kinesis = import_boto3().client("kinesis", endpoint_url=server.url)
        name = self.stream()
        kinesis.update_shard_count(
            StreamName=name, TargetShardCount=4, ScalingType="UNIFORM_SCALING"
        )
        kinesis.get_waiter("stream_exists").wait(StreamName=name)
        stream = server.api("GET", f"api/streams/{name}")[1]
        self.assertEqual(sum(shard["open"] for shard in stream["shards"]), 4)
        self.assertEqual(server.stop(signal.SIGINT), 0, server.err)

    def test_virtual_time_waits_for_clients_and_goes_on_with_what_they_put(self):
        server = self.delivered_run()
        rested = self.state_of["time"]["now_us"]
        path = f"api/streams/{self.stream()}"
        record = server.api("GET", f"{path}/records?shard=0&limit=1")[1]["records"][0]
        body = {"records": [{"partition_key": "3", "data": record["text"]}]}
        status, receipts = server.api("POST", f"{path}/put", body)
        self.assertEqual((status, receipts["failed"]), (200, 0), receipts)
        state = server.wait_for_state(
            lambda s: is_delivered(s) and s["deliveries"][0]["counts"]["delivered"] == ROWS + 1
        )
        self.assertGreater(state["time"]["now_us"], rested)
        self.assertEqual(server.stop(signal.SIGTERM), 0, server.err)

    def test_a_signal_in_the_middle_leaves_it_to_be_resumed(self):
        server = self.run_console(TEMPLATE, "--clock", "10x")
        server.wait_for_state(lambda s: s["inputs"][0]["records"] > 0)
        self.assertEqual(server.stop(signal.SIGINT), 130, server.err)
        self.assertIn("--resume", server.err)
        result = self.run_crimes("--resume", "--log", "json", "--quiet")
        self.assertIn("district", result.out)
        self.assertEqual(
            sum(int(line.split()[1]) for line in result.out.splitlines()[2:]), ROWS, result
        )

    def test_a_second_signal_does_not_wait_for_what_cannot_be_delivered(self):
        """The bucket refuses: what was put is tried again and again, until a second Ctrl-C. Nothing is lost by it."""
        server = self.delivered_run("--clock", "600x")
        path = f"api/streams/{self.stream()}"
        record = server.api("GET", f"{path}/records?shard=0&limit=1")[1]["records"][0]
        status, fault = server.api("POST", "api/faults", {"kind": "store-refused", "target": "*"})
        self.assertEqual(status, 201, fault)
        body = {"records": [{"partition_key": "3", "data": record["text"]}]}
        self.assertEqual(server.api("POST", f"{path}/put", body)[0], 200)
        server.process.send_signal(signal.SIGINT)
        while server.api("GET", "health")[0] == 200:
            pass
        self.assertEqual(server.stop(signal.SIGINT), -signal.SIGINT, server.err)
        self.run_crimes("--resume")
        self.assertEqual(self.one("SELECT count(*) FROM crimes.crime_events"), ROWS + 1)

    def test_inputs_are_begun_again_and_a_resumed_run_has_its_own_rows(self):
        server = self.delivered_run("--clock", "600x")
        status, begun = server.api(
            "POST", "api/inputs", {"declared": 0, "rows": 100, "rate": "max"}
        )
        self.assertEqual(status, 201, begun)
        server.wait_for_state(
            lambda s: is_delivered(s) and s["deliveries"][0]["counts"]["delivered"] == ROWS + 100
        )
        self.assertEqual(server.stop(signal.SIGINT), 0, server.err)
        result = self.run_crimes("--resume")
        self.assertIn(f"{ROWS:,} rows in, 0 records put", result.err)
        self.assertEqual(self.one("SELECT count(*) FROM crimes.crime_events"), ROWS + 100)

    def test_a_port_that_is_taken_is_named_before_anything_is_made(self):
        server = self.delivered_run()
        other = self.dir / "other"
        result = self.millrace(
            "run", TEMPLATE, "--console", "--port", server.port, "--state", other, want=None
        )
        self.assertNotEqual(result.status, 0)
        self.assertIn("is taken", result.err)
        self.assertFalse((other / "s3").exists() and any((other / "s3").iterdir()))
        server.stop()

    def test_options_that_cannot_go_together_are_refused(self):
        for words, said in (
            (["--port", "0"], "--console"),
            (["--console", "--twice"], "--twice"),
            (["--console", "--record", "puts.jsonl"], "--record"),
        ):
            result = self.millrace("run", TEMPLATE, *words, "--state", self.state, want=2)
            self.assertIn(said, result.err)


if __name__ == "__main__":
    main()
