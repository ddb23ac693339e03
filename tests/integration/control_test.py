"""The commands that look at a running server and drive it: status, clock, fault, events."""

import base64
import json
import re
import signal
import subprocess

from millrace import BINARY, CRIMES, main
from server import ServerCase


class Control(ServerCase):
    def ask(self, server, *words, want=0):
        return self.millrace(*words, want=want, env={"AWS_ENDPOINT_URL": server.url})

    def put(self, server, count=50):
        stream = self.ok(server, "ListStreams")["StreamNames"][0]
        records = [{"PartitionKey": f"k{i}", "Data": base64.b64encode(b"1/1/06 0:00|a|1|b|2|c|3|4|5"
                                                                      b"|x").decode()}
                   for i in range(count)]
        self.ok(server, "PutRecords", StreamName=stream, Records=records)

    def test_status_says_how_a_server_is_and_waits_for_it(self):
        server = self.serve(CRIMES / "template.yaml")
        self.assertRegex(self.ask(server, "status").out,
                         rf"^ready, idle, millrace \S+ at {server.url}/?\n$")
        told = json.loads(self.ask(server, "status", "--output", "json").out)
        self.assertEqual((told["health"]["status"], told["clock"]["idle"]), ("ready", True))
        self.ask(server, "clock", "pause")
        self.put(server)
        busy = self.ask(server, "status", "--wait", "idle", "--timeout", "200ms", want=3)
        note, end = busy.err.splitlines()
        self.assertRegex(note, "^millrace: note: time is paused, .*`millrace clock resume`")
        self.assertRegex(end, "still something to deliver, and time is paused: `millrace clock resu")
        self.ask(server, "clock", "rate", "0.001")
        slow = self.ask(server, "status", "--wait", "idle", "--timeout", "200ms", want=3)
        self.assertRegex(slow.err, r"^millrace: the server has .* deliver \(`millrace clock show` says")
        self.assertEqual(slow.err.count("\n"), 1)
        self.ask(server, "clock", "pause")
        waiting = subprocess.Popen([BINARY, "status", "--wait", "idle", "--endpoint-url",
                                    server.url], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
        self.assertIn(b"time is paused", waiting.stderr.readline())  # while it waits
        waiting.send_signal(signal.SIGINT)
        waiting.communicate(timeout=60)
        self.assertRegex(self.ask(server, "status", "--wait", "ready").out, "^ready, busy, ")
        waiting = subprocess.Popen([BINARY, "status", "--wait", "idle", "--endpoint-url",
                                    server.url], stdout=subprocess.PIPE, cwd=self.dir)
        self.assertIn("ended", self.ask(server, "clock", "until", "idle").out)
        out, _ = waiting.communicate(timeout=60)
        self.assertEqual((waiting.returncode, out[:12]), (0, b"ready, idle,"))
        self.assertEqual(server.stop(), 0, server.err)
        gone = self.millrace("status", "--endpoint-url", server.url, want=3)
        self.assertIn(server.url, gone.err)
        self.assertEqual(gone.err.count("\n"), 1)

    def test_status_waits_for_a_server_that_is_not_there_yet(self):
        server = self.serve()
        url, port = server.url, server.port
        self.assertEqual(server.stop(), 0)
        waiting = subprocess.Popen([BINARY, "status", "--wait", "ready", "--endpoint-url", url],
                                   stdout=subprocess.PIPE, cwd=self.dir)
        again = self.serve("--port", port)
        out, _ = waiting.communicate(timeout=60)
        self.assertEqual((waiting.returncode, out[:6]), (0, b"ready,"))
        self.assertEqual(again.stop(), 0, again.err)

    def test_the_clock_is_driven(self):
        server = self.serve(CRIMES / "template.yaml")
        self.assertRegex(self.ask(server, "clock").out, r"mode +real\n")
        self.assertRegex(self.ask(server, "clock", "pause").out, r"mode +paced, paused\n")
        self.put(server)
        before = json.loads(self.ask(server, "clock", "show", "--output", "json").out)
        after = json.loads(self.ask(server, "clock", "advance", "10s", "--output", "json").out)
        self.assertEqual(after["outcome"], "reached")
        self.assertEqual(after["now_us"] - before["now_us"], 10_000_000)
        flushed = self.ask(server, "clock", "until", "flush").out
        self.assertRegex(flushed, r"ended +flushed\n")
        self.assertRegex(self.ask(server, "clock", "step").out, r"ended +event\n")
        idle = self.ask(server, "clock", "until", "idle").out
        self.assertRegex(idle, r"idle +yes\nended +idle\n")
        self.assertRegex(self.ask(server, "clock", "rate", "60").out, r"mode +paced, 60x\n")
        self.assertRegex(self.ask(server, "clock", "stop").out, r"mode +paced, 60x\n")
        self.assertRegex(self.ask(server, "clock", "rate", "0.5x").out, r"mode +paced, 0\.5x\n")
        self.assertRegex(self.ask(server, "clock", "rate", "1e6").out, r"mode +paced, 1000000x\n")
        self.assertEqual(self.one("SELECT count(*) FROM crimes.crime_events"), 50)
        for words, said in ((("advance",), "clock advance needs to know how far"),
                            (("advance", "soon"), "an advance of \"soon\" is no duration"),
                            (("advance", "9999d"), "366"),
                            (("until", "lunch"),
                             "the goal of until is \"lunch\"; it may be: flush, event, idle"),
                            (("rate", "fast"), "give a number such as 60"),
                            (("rate", "0"), "at 0 time would stand"),
                            (("rate", "-1"), "give a rate above 0"),
                            (("rate", "60y"), "give a number such as 60"),
                            (("rate", "1e7"), "clock rate 1e7: give a rate of 0.001 to 1000000"),
                            (("advance", "-5m"), "give a time above 0"),
                            (("advance", "0"), "0 leads nowhere"),
                            (("advance", "0s"), "0 leads nowhere"),
                            (("pause", "now"), "takes no more words; now is one word too many"),
                            (("jump",), "give show, pause"),
                            (("a", "b", "c"), "c is one word too many")):
            with self.subTest(words):
                self.assertIn(said, self.ask(server, "clock", *words, want=2).err)
        self.assertEqual(server.stop(), 0, server.err)

    def test_faults_are_listed_added_and_taken_back(self):
        server = self.serve(CRIMES / "template.yaml")
        self.assertEqual(self.ask(server, "fault", "list").out, "no faults\n")
        added = self.ask(server, "fault", "add", "store-refused:*,for=1m").out
        self.assertRegex(added, r"^1 +store-refused +active +struck 0 ")
        self.ask(server, "fault", "add", "lambda-error:*,most=2")
        listed = json.loads(self.ask(server, "fault", "list", "--output", "json").out)["faults"]
        self.assertEqual([one["kind"] for one in listed], ["store-refused", "lambda-error"])
        self.assertEqual(self.ask(server, "fault", "clear", "1").out, "1 taken back\n")
        self.assertRegex(self.ask(server, "fault").out, r"^2 +lambda-error ")
        self.assertEqual(self.ask(server, "fault", "clear").out, "1 taken back\n")
        self.ask(server, "fault", "add", "store-refused:*")
        self.ask(server, "fault", "add", "store-refused:*")
        self.assertEqual(json.loads(self.ask(server, "fault", "clear", "3", "--output", "json").out),
                         {"cleared": 1})
        self.assertEqual(json.loads(self.ask(server, "fault", "clear", "--output", "json").out),
                         {"cleared": 1})
        for words, status, said in ((("add",), 2, "fault add needs to know what"),
                                    (("add", "nothing:*"), 2, "nothing"),
                                    (("clear", "x"), 2, "give the number"),
                                    (("clear", "99"), 2, "99"),
                                    (("list", "extra"), 2, "extra is one word too many"),
                                    (("clear", "1", "2"), 2, "2 is one word too many"),
                                    (("mend",), 2, "give list, add or clear")):
            with self.subTest(words):
                self.assertIn(said, self.ask(server, "fault", *words, want=status).err)
        self.assertEqual(server.stop(), 0, server.err)

    def test_a_fault_that_can_strike_nothing_is_taken_with_a_warning(self):
        server = self.serve(CRIMES / "template.yaml")
        stream = self.ok(server, "ListStreams")["StreamNames"][0]
        _, buckets = server.api("GET", "api/buckets")
        bucket = buckets["buckets"][0]["name"]
        for spec, form in (("store-refused:nope", "BUCKET/KEY"), (f"store-slow:{bucket}", "BUCKET/KEY"),
                           ("lambda-error:zz", "function"), ("shard-throttled:CrimeStream/*", "STREAM"),
                           ("ack-lost:zz", "stream")):
            with self.subTest(spec):
                added = self.ask(server, "fault", "add", spec)
                self.assertRegex(added.err, "^millrace: warning: nothing that is there now is matched by "
                                 + re.escape(spec.split(":")[1]) + r", .*" + form)
                self.assertIn(" active ", added.out)
        for spec in ("store-refused:*", f"store-refused:{bucket}/*", f"shard-throttled:{stream}/*",
                     f"ack-lost:{stream}", "lambda-error:*"):
            with self.subTest(spec):
                self.assertEqual(self.ask(server, "fault", "add", spec).err, "")
        self.assertEqual(server.stop(), 0, server.err)

    def test_json_has_the_digits_of_the_server(self):
        """A time that ends in 0 is 1.79665977948275e+15 once it has gone through a double."""
        start = "2026-12-06T15:49:39.482750Z"
        server = self.serve(CRIMES / "template.yaml", "--clock", "paused", "--start", start)
        now = '"now_us":1796572179482750,'
        self.assertIn(now, self.ask(server, "clock", "--output", "json").out)
        self.assertIn(now, self.ask(server, "status", "--output", "json").out)
        added = self.ask(server, "fault", "add", "store-refused:*,for=10s", "--output", "json").out
        self.assertIn('"from_us":1796572179482750,"until_us":1796572189482750,', added)
        self.assertIn('"until_us":1796572189482750,', self.ask(server, "fault", "--output", "json").out)
        self.put(server, 1)
        stream = self.ok(server, "ListStreams")["StreamNames"][0]
        tail = self.ask(server, "tail", stream, "--output", "json").out
        self.assertIn('"arrival_us":1796572179482750', tail)
        self.assertRegex(json.loads(tail)["shard"], "^shardId-")
        self.assertEqual(tail.count("\n"), 1)
        self.ask(server, "clock", "until", "idle")
        page = server.request("GET", "/_millrace/api/events?limit=1000")[2].decode()
        for line in self.ask(server, "events", "-n", "1000").out.splitlines():
            self.assertIn(line, page)
        self.assertEqual(server.stop(), 0, server.err)

    def test_following_says_how_the_server_has_ended(self):
        for end, status, said in ((signal.SIGTERM, 0, r" has ended\n$"),
                                  (signal.SIGKILL, 3, r" has ended, .*broke off")):
            for command in ("events", "tail"):
                with self.subTest(end=end, command=command):
                    server = self.serve("--state-delay", "0")
                    name = f"s{command}{int(end)}"
                    self.ok(server, "CreateStream", StreamName=name, ShardCount=1)
                    self.put_one(server, name)
                    words = ("tail", name) if command == "tail" else ("events", "-n", "1")
                    following = subprocess.Popen(
                        [BINARY, *words, "--follow", "--endpoint-url", server.url],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    following.stdout.readline()
                    if command == "tail":
                        self.put_one(server, name)
                    else:
                        self.ok(server, "CreateStream", StreamName=name + "x", ShardCount=1)
                    following.stdout.readline()  # by following, which has begun by then
                    server.stop(end)
                    _, err = following.communicate(timeout=60)
                    self.assertEqual(following.returncode, status, err)
                    self.assertRegex(err.decode(), f"^millrace: the server at {server.url}{said}")
                    self.assertEqual(err.count(b"\n"), 1, err)

    def put_one(self, server, stream):
        self.ok(server, "PutRecord", StreamName=stream, PartitionKey="k", Data="YQ==")

    def test_events_are_shown_and_followed(self):
        server = self.serve("--state-delay", "0")
        self.ok(server, "CreateStream", StreamName="one", ShardCount=2)
        lines = self.ask(server, "events").out.splitlines()
        self.assertEqual([json.loads(line)["event"] for line in lines],
                         ["stream.created", "shard.created", "shard.created"])
        newest = self.ask(server, "events", "-n", "1", "--type", "stream.created").out
        self.assertEqual(json.loads(newest)["stream"], "one")
        following = subprocess.Popen(
            [BINARY, "events", "--follow", "--type", "stream.created", "--endpoint-url",
             server.url], stdout=subprocess.PIPE, cwd=self.dir)
        self.assertEqual(json.loads(following.stdout.readline())["stream"], "one")
        self.ok(server, "CreateStream", StreamName="two", ShardCount=1)
        self.assertEqual(json.loads(following.stdout.readline())["stream"], "two")
        following.send_signal(signal.SIGINT)
        rest, _ = following.communicate(timeout=60)
        self.assertEqual((following.returncode, rest), (0, b""))
        wrong = self.ask(server, "events", "--type", "stream.creatd", want=2)
        self.assertIn("did you mean stream.created?", wrong.err)
        self.assertEqual(server.stop(), 0, server.err)

    def test_each_has_a_help_and_knows_its_options(self):
        for command in ("status", "clock", "fault", "events"):
            with self.subTest(command):
                out = self.millrace(command, "--help").out
                self.assertRegex(out, rf"^millrace {command}")
                self.assertIn("--endpoint-url", out)
                self.assertTrue(re.search("--endpoint-ur", self.millrace(
                    command, "--endpoint-ur", "x", want=2).err))


if __name__ == "__main__":
    main()
