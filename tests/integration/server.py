"""What the tests of `millrace serve` share: a server of their own, and requests in the JSON protocol.

The port is one that was free (--port 0); the ready line says which.
"""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

from millrace import BINARY, Case

START_SECONDS = 60  # bounds, so that a hang is a failure
STOP_SECONDS = 60
STATE_SECONDS = 120
TARGETS = {"kinesis": "Kinesis_20131202.", "firehose": "Firehose_20150804."}


class Server:
    """A running `millrace serve`. `err` is all of its standard error, once it has ended."""

    COMMAND = "serve"
    READY = "millrace: listening on "
    READY_REST = ""  # of the line, behind the URL

    def __init__(self, cwd, *words, env=None):
        self.process = subprocess.Popen(
            [BINARY, self.COMMAND, *map(str, words)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**os.environ, **(env or {})},
        )
        self.err = ""
        self._reader = threading.Thread(target=self._read_errors, daemon=True)
        self._reader.start()
        guard = threading.Timer(START_SECONDS, self.process.kill)
        guard.start()
        self.ready_line = self.process.stdout.readline().decode()
        guard.cancel()
        if not self.ready_line.startswith(self.READY):
            status = self.end()
            raise AssertionError(f"no ready line: {self.ready_line!r}, status {status}: {self.err}")
        self.url = self.ready_line[len(self.READY) :].strip().removesuffix(self.READY_REST)
        self.host, port = self.url.split("://", 1)[1].rsplit(":", 1)
        self.port = int(port)

    def _read_errors(self):
        for line in self.process.stderr:
            self.err += line.decode("utf-8", "replace")

    def end(self):
        """Waits for the end; returns the exit status (negative: a signal)."""
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the server does not end") from None
        self._reader.join()
        self.rest = self.process.stdout.read().decode()
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def wait_until_it_refuses(self):
        for _ in range(100_000):
            try:
                socket.create_connection((self.host, self.port), timeout=30).close()
            except ConnectionError:
                return
        raise AssertionError("it still takes connections")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.end()

    def connect(self, context=None):
        if context is not None:
            return http.client.HTTPSConnection(self.host, self.port, timeout=30, context=context)
        return http.client.HTTPConnection(self.host, self.port, timeout=30)

    def request(self, method, path, body=None, headers=None, connection=None):
        """Status, headers and body of one answer."""
        used = connection or self.connect()
        used.request(method, path, body=body, headers=headers or {})
        answer = used.getresponse()
        data = answer.read()
        if connection is None:
            used.close()
        return answer.status, answer.headers, data

    def api(self, method, path, body=None):
        """Status and decoded answer of something under /_millrace/."""
        text = None if body is None else json.dumps(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, _, data = self.request(method, "/_millrace/" + path, text, headers)
        return status, json.loads(data) if data else None

    def wait_for_state(self, wanted):
        """The first State of the live stream that `wanted` is true of."""
        connection = self.connect()
        connection.request("GET", "/_millrace/api/live?types=run.ended")
        answer = connection.getresponse()
        is_state = False
        bound = time.monotonic() + STATE_SECONDS
        with contextlib.closing(connection):
            for line in answer:
                if time.monotonic() > bound:
                    break
                if line.startswith(b"event:"):
                    is_state = line.split(b":", 1)[1].strip() == b"state"
                elif line.startswith(b"data:") and is_state:
                    state = json.loads(line[5:])
                    if wanted(state):
                        return state
        raise AssertionError("no such state came")

    def call(self, operation, _connection=None, _service="kinesis", **members):
        """Status and decoded answer of an operation."""
        status, _, data = self.request(
            "POST",
            "/",
            json.dumps(members),
            {
                "Content-Type": "application/x-amz-json-1.1",
                "X-Amz-Target": TARGETS[_service] + operation,
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/"
                f"{_service}/aws4_request, SignedHeaders=host, Signature=0",
                "X-Amz-Date": "20250101T000000Z",
            },
            connection=_connection,
        )
        return status, json.loads(data) if data else {}


class ConsoleRun(Server):
    """A running `millrace run --console`."""

    COMMAND = "run"
    READY = "millrace: console on "
    READY_REST = "/_millrace/console"


class ServerCase(Case):
    """A test with servers that end with it."""

    def serve(self, *words, env=None):
        server = Server(self.dir, "--state", self.state, "--port", 0, *words, env=env)
        self.addCleanup(self._make_sure_it_ended, server)
        return server

    def run_console(self, template, *words, env=None):
        server = ConsoleRun(
            self.dir, template, "--console", "--state", self.state, "--port", 0, *words, env=env
        )
        self.addCleanup(self._make_sure_it_ended, server)
        return server

    @staticmethod
    def _make_sure_it_ended(server):
        if server.process.poll() is None:
            server.process.kill()
            server.end()

    def at_rest(self, server, connections=0):
        """The footprint, once what clients have closed is closed here, too."""
        bound = time.monotonic() + STOP_SECONDS
        while True:
            now = Footprint(server.process)
            if now.sockets == 1 + connections:  # the listener
                return now
            self.assertLess(time.monotonic(), bound, f"{now}, not {connections} connections")

    def ok(self, server, operation, **members):
        status, answer = server.call(operation, **members)
        self.assertEqual(status, 200, (operation, answer))
        return answer

    def put(self, server, stream, *texts):
        for text in texts:
            data = base64.b64encode(text.encode()).decode()
            self.ok(server, "PutRecord", StreamName=stream, PartitionKey=text, Data=data)

    def texts(self, server, stream):
        """The records of every shard, from TRIM_HORIZON on."""
        found = []
        for shard in self.ok(server, "ListShards", StreamName=stream)["Shards"]:
            iterator = self.ok(
                server,
                "GetShardIterator",
                StreamName=stream,
                ShardId=shard["ShardId"],
                ShardIteratorType="TRIM_HORIZON",
            )["ShardIterator"]
            answer = self.ok(server, "GetRecords", ShardIterator=iterator)
            found += [base64.b64decode(r["Data"]).decode() for r in answer["Records"]]
        return found


def trusting(pem):
    """A TLS context that trusts this certificate alone."""
    return ssl.create_default_context(cafile=str(pem))


class Footprint:
    """What a process holds: anonymous memory in bytes, open descriptors, and sockets of them."""

    def __init__(self, process):
        with open(f"/proc/{process.pid}/smaps_rollup", encoding="ascii") as file:
            numbers = dict(line.split(":", 1) for line in list(file)[1:])
        self.anonymous = int(numbers["Anonymous"].split()[0]) * 1024
        places = []
        for name in os.listdir(f"/proc/{process.pid}/fd"):
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                places.append(os.readlink(f"/proc/{process.pid}/fd/{name}"))
        self.descriptors = len(places)
        self.sockets = sum(place.startswith("socket:") for place in places)

    def __repr__(self):
        return (
            f"{self.anonymous / 1e6:.1f} MB anonymous, {self.descriptors} descriptors, "
            f"{self.sockets} sockets"
        )
