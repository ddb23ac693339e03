"""What `millrace serve` can do: its start, its rest, and its load (bench.kinesis). See bench.py."""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

REPEATS = 10
RECORDS = 1_000_000
REST_SECONDS = 3
STREAMS = 2  # that bench.kinesis puts so many records on

LIST_STREAMS = (b"POST / HTTP/1.1\r\nHost: localhost\r\n"
                b"X-Amz-Date: 20261125T000000Z\r\n"
                b"Authorization: AWS4-HMAC-SHA256 "
                b"Credential=test/20261125/us-east-1/kinesis/aws4_request, "
                b"SignedHeaders=host;x-amz-date, Signature=" + b"0" * 64 + b"\r\n"
                b"X-Amz-Target: Kinesis_20131202.ListStreams\r\n"
                b"Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{}")


class Server:
    """A server that has answered ListStreams; answered_s: how long after its exec. Used with `with`,
    which ends it."""

    def __init__(self, binary, state):
        words = [binary, "serve", "--port", "0", "--limits", "off", "--state-delay", "0", "-q",
                 "--state", state]
        began = time.perf_counter()
        self.process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE)
        try:
            said = self.process.stdout.readline()
            self.port = int(said.rsplit(b":", 1)[1])
            with socket.create_connection(("127.0.0.1", self.port)) as client:
                client.sendall(LIST_STREAMS)
                answer = client.recv(4096)
            self.answered_s = time.perf_counter() - began
            if not answer.startswith(b"HTTP/1.1 200 ") or b"StreamNames" not in answer:
                sys.exit(f"ListStreams was answered with {answer}")
        except BaseException:
            self.process.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.process.terminate()
        self.process.stdout.close()
        if self.process.wait() != 0 and how[0] is None:
            sys.exit(f"the server ended with {self.process.returncode}")

    def resident(self, kind):
        """Bytes of VmRSS, RssAnon, ..."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(row.split()[1]) * 1024 for row in status.splitlines()
                    if row.startswith(kind + ":"))

    def cpu_s(self):
        """User and system time, in steps of a clock tick (10 ms)."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1]
        user, system = fields.split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def wakes(self):
        """How often it has gone to sleep of itself, which is as often as it has woken up."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(row.split()[1]) for row in status.splitlines()
                    if row.startswith("voluntary_ctxt_switches:"))


def start(binary, state, fresh):
    """The quickest of a few starts, in seconds."""
    best = None
    for _ in range(REPEATS):
        if fresh:
            shutil.rmtree(state, ignore_errors=True)
        with Server(binary, state) as server:
            best = min(best or server.answered_s, server.answered_s)
    return best


def starts(binary, state, least_s, line):
    beside = f"limit 15 ms; `millrace version` takes {least_s * 1000:.1f} ms"
    line("serve: start to an answer, fresh state", f"{start(binary, state, True) * 1000:.1f} ms",
         beside)
    line("  existing state", f"{start(binary, state, False) * 1000:.1f} ms", beside)


def rest(server, line):
    cpu, wakes = server.cpu_s(), server.wakes()
    time.sleep(REST_SECONDS)
    cpu, wakes = server.cpu_s() - cpu, server.wakes() - wakes
    line("  its CPU time at rest", f"{cpu * 1000 / REST_SECONDS:.0f} ms/s",
         f"limit 0; awake {wakes} times in {REST_SECONDS} s")


def idle(binary, state, line):
    with Server(binary, state) as server:
        line("serve: resident, idle", f"{server.resident('VmRSS') / 1e6:.1f} MB",
             f"limit 12 MB; {server.resident('RssAnon') / 1e6:.1f} MB of it its own")
        rest(server, line)


def load(binary, program, state, line):
    with Server(binary, state) as server:
        subprocess.run([program, str(server.port), str(server.process.pid), state, str(RECORDS)],
                       check=True)
        line("serve: its own memory after that", f"{server.resident('RssAnon') / 1e6:.1f} MB",
             f"and {server.resident('RssFile') / 1e6:.0f} MB of mapped files")
        rest(server, line)
    size = sum(path.stat().st_size for path in state.rglob("*.seg"))
    began = time.perf_counter()
    for path in state.rglob("*.seg"):
        path.read_bytes()
    read_s = time.perf_counter() - began
    line(f"  start to an answer, {STREAMS * RECORDS:,} records",
         f"{start(binary, state, False) * 1000:.0f} ms",
         f"every one is checked; reading their {size / 1e6:.0f} MB takes {read_s * 1000:.0f} ms")
    idle(binary, state, line)


def bench(binary, program, scratch, least_s, line):
    """least_s: what starting the program takes in any case."""
    starts(binary, scratch / "small", least_s, line)
    idle(binary, scratch / "small", line)
    load(binary, program, scratch / "large", line)
