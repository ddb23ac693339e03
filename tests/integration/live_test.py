"""What happens, live: /_millrace/api/state, /events and the event stream, as a page meets them."""

import base64
import http.client
import json
import time

from millrace import CRIMES, main
from server import STOP_SECONDS, ServerCase


class Listener:
    """An EventSource: frames of one connection, read until a condition holds."""

    def __init__(self, server, path="/_millrace/api/live", last=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        headers = {} if last is None else {"Last-Event-ID": last}
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        self.last = last
        self.hello = None
        self.events = []
        self.skipped = 0
        self.states = []
        self.resets = []

    def frame(self):
        kind, data = None, None
        while True:
            line = self.answer.readline()
            if line == b"":
                raise EOFError
            line = line.decode().rstrip("\n")
            if line == "":
                if data is not None:
                    return kind, data
                continue
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                data = json.loads(value)
            elif name == "id":
                self.last = value

    def until(self, done):
        while not done(self):
            kind, data = self.frame()
            if kind == "hello":
                self.hello = data
            elif kind == "events":
                self.events += data["events"]
                self.skipped += data["skipped"]
            elif kind == "state":
                self.states.append(data)
            elif kind == "reset":
                self.resets.append(data["first"])
        return self

    def close(self):
        self.connection.close()


class Live(ServerCase):
    def put_many(self, server, stream, count):
        records = [{"PartitionKey": f"k{i}", "Data": base64.b64encode(b"x" * 20).decode()}
                   for i in range(count)]
        self.assertEqual(self.ok(server, "PutRecords", StreamName=stream,
                                 Records=records)["FailedRecordCount"], 0)

    def get(self, server, path):
        status, _, body = server.request("GET", path)
        self.assertEqual(status, 200, body)
        return json.loads(body)

    def test_records_show_in_the_state_and_in_the_stream(self):
        server = self.serve(CRIMES / "template.yaml")
        listener = Listener(server)
        self.assertEqual(listener.answer.getheader("Content-Type"), "text/event-stream")
        listener.until(lambda it: it.states)
        stream = listener.states[0]["streams"][0]
        self.assertEqual((stream["records"], stream["open_shards"]), (0, 2))
        self.put_many(server, stream["name"], 300)
        listener.until(lambda it: it.states[-1]["streams"][0]["records"] == 300
                       and it.states[-1]["deliveries"][0]["counts"]["read"] == 300)
        state = listener.states[-1]
        waiting = {one["sink"]: one["records"] for one in state["deliveries"][0]["gauges"]}
        self.assertEqual(waiting["backup"], 300)
        self.assertEqual(waiting["lambda"] + waiting["main"], 300)
        self.assertIn("shard.put", [one["event"] for one in listener.events])
        ids = [one["id"] for one in listener.events]
        self.assertEqual(ids, sorted(set(ids)))
        listener.close()
        self.assertEqual(self.get(server, "/_millrace/api/state")["streams"][0]["records"], 300)
        self.assertEqual(server.stop(), 0, server.err)

    def test_who_comes_back_misses_nothing_and_gets_nothing_twice(self):
        server = self.serve("--state-delay", "0")
        listener = Listener(server, "/_millrace/api/live?after=0&state=false")
        for i in range(3):
            self.ok(server, "CreateStream", StreamName=f"before-{i}", ShardCount=1)
        listener.until(lambda it: len(it.events) >= 6)
        listener.close()
        for i in range(3):
            self.ok(server, "CreateStream", StreamName=f"between-{i}", ShardCount=1)
        again = Listener(server, "/_millrace/api/live?state=false", last=listener.last)
        again.until(lambda it: len(it.events) >= 6)
        again.close()
        seen = listener.events + again.events
        self.assertEqual([one["id"] for one in seen], list(range(1, len(seen) + 1)))
        page = self.get(server, "/_millrace/api/events?after=0&limit=1000")
        self.assertEqual(page["events"], seen)
        self.assertEqual((page["first"], page["last"], page["more"]), (1, len(seen), False))
        self.assertEqual(server.stop(), 0, server.err)

    def test_the_first_frame_says_which_process_it_is(self):
        server = self.serve("--state-delay", "0")
        self.ok(server, "CreateStream", StreamName="before", ShardCount=1)
        page = self.get(server, "/_millrace/api/events")
        listener = Listener(server, "/_millrace/api/live?state=false")
        kind, hello = listener.frame()
        listener.close()
        self.assertEqual(kind, "hello")
        self.assertEqual((hello["first"], hello["last"]), (page["first"], page["last"]))
        self.assertEqual(listener.last, f"{hello['process']}-{page['last']}")
        # Nothing had come but the hello: what happens meanwhile is not missed.
        self.ok(server, "CreateStream", StreamName="between", ShardCount=1)
        again = Listener(server, "/_millrace/api/live?state=false", last=listener.last)
        again.until(lambda it: len(it.events) >= 2)
        again.close()
        self.assertEqual(again.hello["process"], hello["process"])
        self.assertEqual(again.events[0]["id"], page["last"] + 1)
        self.assertEqual(server.stop(), 0, server.err)

    def test_who_comes_back_to_another_process_gets_all_of_its_events(self):
        server = self.serve("--state-delay", "0")
        for i in range(5):
            self.ok(server, "CreateStream", StreamName=f"s{i}", ShardCount=1)
        first = Listener(server, "/_millrace/api/live?after=0&state=false")
        first.until(lambda it: len(it.events) >= 10)
        first.close()
        self.assertEqual(server.stop(), 0, server.err)
        server = self.serve("--state-delay", "0")
        self.ok(server, "CreateStream", StreamName="new", ShardCount=1)
        # The number of the first process is beyond, or within, those of the second.
        for last in (first.last, f"{first.hello['process']}-1", "7", "nonsense"):
            again = Listener(server, "/_millrace/api/live?state=false", last=last)
            again.until(lambda it: any(one.get("stream") == "new" for one in it.events))
            again.close()
            self.assertNotEqual(again.hello["process"], first.hello["process"])
            self.assertEqual(again.events[0]["id"], 1, last)
        self.assertEqual(server.stop(), 0, server.err)

    def test_filters_and_pages(self):
        server = self.serve("--state-delay", "0")
        for i in range(5):
            self.ok(server, "CreateStream", StreamName=f"s{i}", ShardCount=2)
        page = self.get(server, "/_millrace/api/events?type=stream.created&limit=2")
        self.assertEqual([one["stream"] for one in page["events"]], ["s3", "s4"])
        self.assertTrue(page["more"])
        page = self.get(server, "/_millrace/api/events?type=shard.created&contains=s2%22")
        self.assertEqual(len(page["events"]), 2)
        older = self.get(server, f"/_millrace/api/events?before={page['events'][0]['id']}")
        self.assertLess(older["events"][-1]["id"], page["events"][0]["id"])
        for bad, words in (("type=stream.creatd", "did you mean stream.created?"),
                           ("limit=0", "from 1 to 1000"), ("after=x", "must be an integer"),
                           ("befor=3", "did you mean before?")):
            status, _, body = server.request("GET", f"/_millrace/api/events?{bad}")
            self.assertEqual(status, 400, bad)
            self.assertIn(words, json.loads(body)["message"])
        self.assertEqual(server.stop(), 0, server.err)

    def test_a_listener_does_not_hold_up_the_end(self):
        server = self.serve()
        listener = Listener(server)
        listener.until(lambda it: it.states)
        self.assertEqual(server.stop(), 0, server.err)
        with self.assertRaises((EOFError, http.client.IncompleteRead, ConnectionError)):
            while True:
                listener.frame()

    def test_listeners_are_bounded(self):
        server = self.serve()
        listeners = [Listener(server).until(lambda it: it.states) for _ in range(64)]
        status, _, body = server.request("GET", "/_millrace/api/live")
        self.assertEqual((status, json.loads(body)["error"]), (503, "too-many-listeners"))
        listeners.pop().close()
        bound = time.monotonic() + STOP_SECONDS
        while not self.listens(server):
            self.assertLess(time.monotonic(), bound, "the place of one that left stays taken")
        for listener in listeners:
            listener.close()
        self.assertEqual(server.stop(), 0, server.err)

    @staticmethod
    def listens(server):
        listener = Listener(server)
        listener.close()
        return listener.answer.status == 200


if __name__ == "__main__":
    main()
