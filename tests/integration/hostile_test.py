"""`millrace serve` among clients that mean harm, or have gone wrong, while another goes on working.

Each row is what such a client sends and what the server has to do about it. Meanwhile a client that
behaves puts and gets, and never meets an error or a long wait. Afterwards the server holds no more
memory and no more descriptors than before, ends with 0, and has nothing to say (nor has ASan).
"""

import base64
import contextlib
import threading
import time

from hostile_http1 import http1_rows, smuggling_rows
from hostile_http2 import http2_rows
from hostile_peer import HEALTH, Peer
from hostile_slow import slow_rows
from hostile_tls import tls_rows
from millrace import main
from server import ServerCase, trusting

PATIENCE = 10  # seconds that the client that behaves may wait: the machine is busy with other tests
PAUSE = 0.002  # between its rounds, for the others
DEADLINE = 60  # seconds that the server gives a client
SLACK = 25
GROWTH = 8 << 20  # bytes by which a heap may differ after the same rows again
ROUNDS = 2
CONNECTIONS_MAX = 1024
ENVIRONMENT = {"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=16"}


class GoodClient(threading.Thread):
    """Puts a record, and gets it back, over and over, on one connection."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.connection = server.connect()
        self.slowest = 0.0
        self.rounds = 0
        self.error = None
        self.ending = threading.Event()

    def call(self, operation, **members):
        began = time.monotonic()
        status, answer = self.server.call(operation, _connection=self.connection, **members)
        self.slowest = max(self.slowest, time.monotonic() - began)
        if status != 200:
            raise AssertionError((operation, status, answer))
        return answer

    def run(self):
        try:
            self.work()
        except Exception as error:  # whatever it is, the test tells it
            self.error = error
        self.connection.close()

    def work(self):
        iterator = self.call(
            "GetShardIterator",
            StreamName="good",
            ShardId="shardId-000000000000",
            ShardIteratorType="LATEST",
        )["ShardIterator"]
        while not self.ending.is_set():
            data = base64.b64encode(str(self.rounds).encode()).decode()
            self.call("PutRecord", StreamName="good", PartitionKey="k", Data=data)
            answer = self.call("GetRecords", ShardIterator=iterator)
            iterator = answer["NextShardIterator"]
            if [r["Data"] for r in answer["Records"]] != [data]:
                raise AssertionError(answer)
            self.rounds += 1
            self.ending.wait(PAUSE)

    def end(self):
        self.ending.set()
        self.join(30)
        return self.error


class Hostile(ServerCase):
    def start(self):
        server = self.serve(
            "-q", "--limits", "off", "--state-delay", 0, "--tls-self-signed", env=ENVIRONMENT
        )
        for name in ("good", "big"):
            self.ok(server, "CreateStream", StreamName=name, ShardCount=1)
        data = base64.b64encode(b"x" * 1_000_000).decode()
        for _ in range(5):
            self.ok(server, "PutRecord", StreamName="big", PartitionKey="k", Data=data)
        self.context = trusting(self.state / "certificate.pem")
        return server

    @contextlib.contextmanager
    def good_client(self, server):
        client = GoodClient(server)
        client.start()
        yield client
        rounds = client.rounds
        while client.is_alive() and client.rounds == rounds:  # it still gets on
            client.join(0.01)
        self.assertIsNone(client.end(), server.err)
        self.assertLess(client.slowest, PATIENCE)
        self.assertGreater(client.rounds, 0)
        print(f"{client.rounds} puts and gets, the slowest {client.slowest:.3f} s", flush=True)

    def end(self, server, before):
        self.assertEqual(self.at_rest(server).descriptors, before.descriptors)
        self.assertEqual(server.request("GET", HEALTH)[0], 200)
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(self.complaints(server), [])

    @staticmethod
    def complaints(server):
        return [line for line in server.err.splitlines() if "certificate" not in line]

    @staticmethod
    def rows(server):
        return http1_rows(server) + smuggling_rows() + http2_rows() + tls_rows(server)

    def check_row(self, server, row):
        with Peer(server, self.context) as peer:
            got = row.play(peer)
        wrong = row.judge(got)
        if wrong:
            self.fail(f"{row.label}: {wrong}: {got[:300]!r}")

    def test_each_gets_what_it_deserves_and_nobody_else_notices(self):
        server = self.start()
        before = self.at_rest(server)
        after = []
        with self.good_client(server):
            for _ in range(ROUNDS):
                for row in self.rows(server):
                    with self.subTest(row.label):
                        self.check_row(server, row)
                after.append(self.at_rest(server, connections=1))
        print(before, after, flush=True)
        self.assertLessEqual(after[-1].anonymous, after[0].anonymous + GROWTH)
        self.end(server, before)

    def test_those_who_let_it_wait_are_dropped_after_a_minute(self):
        server = self.start()
        before = self.at_rest(server)
        wrong = []

        def play(row):
            began = time.monotonic()
            try:
                with Peer(server, self.context, timeout=row.periods * DEADLINE + SLACK) as peer:
                    got = row.play(peer)
                verdict = row.judge(got)
            except Exception as error:
                verdict = repr(error)
            took = time.monotonic() - began
            if verdict is None and not 0 <= took - row.periods * DEADLINE + 1 <= SLACK:
                verdict = f"it took {took:.1f} s"
            if verdict is not None:
                wrong.append((row.label, verdict))

        with self.good_client(server):
            threads = [threading.Thread(target=play, args=(row,)) for row in slow_rows(server)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual(wrong, [])
        self.end(server, before)

    def test_one_connection_too_many_is_turned_away_and_the_others_stay(self):
        server = self.start()
        before = self.at_rest(server)
        footprints = []
        with self.good_client(server):
            for _ in range(ROUNDS):
                self.fill(server)
                footprints.append(self.at_rest(server, connections=1))
        self.assertLessEqual(footprints[-1].anonymous, footprints[0].anonymous + GROWTH)
        self.end(server, before)

    def fill(self, server):
        """One place is the good client's; the others are taken by clients in the midst of asking."""
        request = b"GET " + HEALTH.encode() + b" HTTP/1.1\r\n\r\n"
        with contextlib.ExitStack() as stack:
            peers = [
                stack.enter_context(Peer(server, self.context)) for _ in range(CONNECTIONS_MAX - 1)
            ]
            for peer in peers:
                peer.send(request[:9])
            for _ in range(50):
                with Peer(server, self.context) as late:
                    self.assertEqual(late.read_to_end(), b"")
            for peer in peers:
                peer.send(request[9:])
            for peer in peers:
                self.assertRegex(peer.read_until(b"}"), rb"^HTTP/1.1 200 ")

    def test_connections_that_only_wait_shut_nobody_out(self):
        server = self.start()
        before = self.at_rest(server)
        request = b"GET " + HEALTH.encode() + b" HTTP/1.1\r\n\r\n"
        with self.good_client(server), contextlib.ExitStack() as stack:
            for _ in range(CONNECTIONS_MAX - 1):
                stack.enter_context(Peer(server, self.context))
            for _ in range(50):
                answer = b""
                while not answer:  # turned away as long as nobody has waited for a second
                    with Peer(server, self.context) as late:
                        late.send(request)
                        answer = late.read_until(b"}")
                self.assertRegex(answer, rb"^HTTP/1.1 200 ")
        self.end(server, before)


if __name__ == "__main__":
    main()
