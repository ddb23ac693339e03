"""What it costs to look on: a server's CPU time at 100,000 records a second, with a page that listens
and without. See bench.py."""

import http.client
import json
import os
import pathlib
import subprocess
import threading
import time

RATE = 100_000
SECONDS = 5  # of each measurement
ROUNDS = 4


class Console:
    """A server that puts the sample's own input at RATE, over and over."""

    def __init__(self, binary, template, state):
        words = [binary, "serve", template, "--port", "0", "--limits", "off", "--param",
                 "ShardCount=8", "-q", "--state", state]
        self.process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline().rsplit(b":", 1)[1])
        self.ask("POST", "inputs", {"declared": 0, "rate": f"{RATE}/s", "partition_key": "random",
                                    "repeat": 1_000_000})

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, f"/_millrace/api/{path}",
                           None if body is None else json.dumps(body),
                           {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer

    def records(self):
        return self.ask("GET", "inputs")["inputs"][0]["records"]

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Listener:
    """A page: states and events, read as they come, and counted."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.request("GET", "/_millrace/api/live")
        self.answer = self.connection.getresponse()
        self.socket = self.connection.sock
        self.frames = 0
        self.bytes = 0
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            while line := self.answer.readline():
                self.frames += line.startswith(b"event: ")
                self.bytes += len(line)
        except (OSError, ValueError, AttributeError):
            pass  # it was closed

    def close(self):
        self.connection.close()


def share(server):
    """Seconds of the server's CPU for each second that goes by."""
    began, before = time.perf_counter(), server.cpu_seconds()
    time.sleep(SECONDS)
    return (server.cpu_seconds() - before) / (time.perf_counter() - began)


def measure(line, binary, template, scratch):
    server = Console(binary, template, scratch / "console")
    began, before = time.perf_counter(), server.records()
    alone, looked_at, frames = [], [], 0
    for _ in range(ROUNDS):  # by turns: what else the machine does falls on both
        alone.append(share(server))
        listener = Listener(server.port)
        looked_at.append(share(server))
        frames += listener.frames
        listener.close()
    rate = (server.records() - before) / (time.perf_counter() - began)
    server.stop()
    cost = 100 * (sum(looked_at) - sum(alone)) / ROUNDS
    line(f"a page that listens, at {rate:,.0f} records/s", f"{max(cost, 0):.2f} % of a core",
         f"limit 5; {frames / ROUNDS / SECONDS:.0f} frames a second; the server takes "
         f"{100 * sum(alone) / ROUNDS:.0f} %")
