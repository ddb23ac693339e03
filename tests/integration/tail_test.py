"""`millrace tail`: records of a running server's stream, as they lie there and as they come."""

import json
import os
import signal
import subprocess
import threading

from millrace import BINARY, CRIMES, main
from server import ServerCase

SECONDS = 60  # a bound, so that a hang is a failure


class Tail(ServerCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve("--state-delay", "20ms")
        self.ok(self.server, "CreateStream", StreamName="ticks", ShardCount=2)
        self.server.wait_for_state(lambda s: s["streams"] and s["streams"][0]["status"] == "ACTIVE")

    def tail(self, *words, want=0, stream="ticks"):
        return self.millrace("tail", stream, "--endpoint-url", self.server.url, *words, want=want)

    def put_data(self, *texts):
        for text in texts:
            body = {"records": [{"partition_key": text, "data": text}]}
            status, answer = self.server.api("POST", "api/streams/ticks/put", body)
            self.assertEqual((status, answer["failed"]), (200, 0), answer)

    def texts(self, result):
        return [json.loads(line)["text"] for line in result.out.splitlines()]

    def test_the_newest_of_all_shards_come_in_order_of_arrival(self):
        texts = [f"row-{i}" for i in range(30)]
        self.put_data(*texts)
        self.assertEqual(self.texts(self.tail("--output", "json")), texts[-10:])
        self.assertEqual(self.texts(self.tail("--output", "json", "-n", 3)), texts[-3:])
        self.assertEqual(self.texts(self.tail("--output", "json", "-n", 0)), [])
        self.assertEqual(self.texts(self.tail("--output", "json", "--from", "first")), texts)
        first = self.tail("--output", "json", "--from", "first", "-n", 4)
        self.assertEqual(self.texts(first), texts[:4])
        shards = {json.loads(line)["shard"] for line in first.out.splitlines()}
        self.assertLessEqual(shards, {"shardId-000000000000", "shardId-000000000001"})

    def test_a_line_for_people_is_one_line(self):
        self.put_data("two\nlines\n", "\x1b[31mred")
        lines = self.tail().out.splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertTrue(lines[0].endswith("two\\nlines\ttwo\\nlines"), lines[0])
        self.assertIn("?[31mred\t(binary, 8 bytes) ", lines[1])

    def test_following_shows_what_comes_on_new_shards_too(self):
        self.put_data("old")
        process = subprocess.Popen(
            [BINARY, "tail", "ticks", "--follow", "--output", "json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "AWS_ENDPOINT_URL": self.server.url},
        )
        guard = threading.Timer(SECONDS, process.kill)
        guard.start()
        try:

            def read():
                return json.loads(process.stdout.readline())

            self.assertEqual(read()["text"], "old")
            self.put_data("new")
            self.assertEqual(read()["text"], "new")
            status, stream = self.server.api("POST", "api/streams/ticks/reshard", {"to": 4})
            self.assertEqual(status, 200, stream)
            self.server.wait_for_state(
                lambda s: sum(shard["open"] for shard in s["streams"][0]["shards"]) == 4
            )
            self.put_data("a", "b", "c", "d")
            found = [read() for _ in range(4)]
            self.assertEqual([record["text"] for record in found], ["a", "b", "c", "d"])
            self.assertGreater(min(record["shard"] for record in found), "shardId-000000000001")
            process.send_signal(signal.SIGINT)
            process.wait(SECONDS)
        finally:
            guard.cancel()
            process.kill()
            process.communicate()

    def test_following_ends_with_the_stream_or_the_server(self):
        for end, status in (("stream", 2), ("server", 0)):
            process = subprocess.Popen(
                [BINARY, "tail", "ticks", "-f", "--endpoint-url", self.server.url],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
            self.put_data("one")
            self.assertIn(b"one", process.stdout.readline())
            self.put_data("two")  # it comes by following, which has begun by then
            self.assertIn(b"two", process.stdout.readline())
            if end == "server":
                self.server.stop()
            else:
                self.ok(self.server, "DeleteStream", StreamName="ticks")
            _, err = process.communicate(timeout=SECONDS)
            self.assertEqual(process.returncode, status, (end, err))
            if end == "stream":
                self.assertIn(b"not found", err)
                self.ok(self.server, "CreateStream", StreamName="ticks", ShardCount=1)
                self.server.wait_for_state(
                    lambda s: s["streams"] and s["streams"][0]["status"] == "ACTIVE"
                )

    def test_a_logical_id_is_answered_with_the_name(self):
        self.server.stop()
        server = self.serve(CRIMES / "template.yaml")
        name = next(n for n in self.ok(server, "ListStreams")["StreamNames"] if n != "ticks")
        env = {"AWS_ENDPOINT_URL": server.url}
        said = f"millrace: there is no stream CrimeStream; the template's CrimeStream is {name}\n"
        self.assertEqual(self.millrace("tail", "CrimeStream", env=env, want=2).err, said)
        put = self.millrace("put", "CrimeStream", CRIMES / "crimes.csv", "-q", env=env, want=2)
        self.assertEqual(put.err, said)
        self.assertEqual(self.millrace("tail", name, env=env).out, "")
        self.assertNotIn("template", self.millrace("tail", "tocks", env=env, want=2).err)

    def test_what_is_not_there_is_said(self):
        self.assertIn("tocks", self.tail(stream="tocks", want=2).err)
        self.assertIn("--from", self.tail("--from", "middle", want=2).err)
        self.assertIn("-n", self.tail("-n", "many", want=2).err.replace("--count", "-n"))
        self.server.stop()
        self.assertIn("millrace: ", self.tail(want=3).err)


if __name__ == "__main__":
    main()
