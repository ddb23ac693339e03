"""What it costs to look on: a server's CPU time at 100,000 records a second, with a page that listens
and without. See bench.py."""

import http.client
import json
import os
import pathlib
import subprocess
import sys
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

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.process.terminate()
        self.process.stdout.close()
        if self.process.wait() != 0 and how[0] is None:
            sys.exit(f"the server ended with {self.process.returncode}")


class Listener:
    """A page: states and events, read as they come, and counted."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.request("GET", "/_millrace/api/live")
        self.answer = self.connection.getresponse()
        self.socket = self.connection.sock
        self.states = self.events = 0
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            while line := self.answer.readline():
                self.states += line == b"event: state\n"
                self.events += line == b"event: events\n"
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
    alone, looked_at, frames = [], [], 0
    with Console(binary, template, scratch / "console") as server:
        began, before = time.perf_counter(), server.records()
        for _ in range(ROUNDS):  # by turns: what else the machine does falls on both
            alone.append(share(server))
            listener = Listener(server.port)
            looked_at.append(share(server))
            if listener.states == 0 or listener.events == 0:
                sys.exit("the listener got no states, or no events")
            frames += listener.states + listener.events
            listener.close()
        rate = (server.records() - before) / (time.perf_counter() - began)
    if rate < 0.95 * RATE:
        sys.exit(f"the server puts {rate:,.0f} records/s, not {RATE:,}: nothing is measured")
    costs = sorted(100 * (seen - unseen) for seen, unseen in zip(looked_at, alone))
    line(f"a page that listens, at {rate:,.0f} records/s",
         f"{sum(costs) / ROUNDS:.2f} % of a core",
         f"limit 5; {costs[0]:.1f} to {costs[-1]:.1f} by turns; {frames / ROUNDS / SECONDS:.0f} "
         f"frames a second; the server takes {100 * sum(alone) / ROUNDS:.0f} %")
