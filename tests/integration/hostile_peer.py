"""A client that misbehaves, in a row: what it does, and what the server has to do about it.

The rows are in the hostile_*.py files beside this one; hostile_test.py plays them.
"""

import json
import random
import re
import socket
import ssl
import struct
import time

from server import TARGETS

HEALTH = "/_millrace/health"
DRIP_SECONDS = 0.5


class Peer:
    """A socket whose sending side does not mind that the server has had enough."""

    def __init__(self, server, context, timeout=30):
        self.server = server
        self.context = context
        self.sock = socket.create_connection((server.host, server.port), timeout=timeout)
        self.deadline = time.monotonic() + timeout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        """False: the server has closed."""
        try:
            self.sock.sendall(data)
        except (ConnectionError, ssl.SSLError):
            return False
        return True

    def read(self, size=65536):
        """b"": the end, by whatever means."""
        try:
            return self.sock.recv(size)
        except (ConnectionError, ssl.SSLError):
            return b""

    def read_to_end(self):
        got = bytearray()
        while piece := self.read():
            got += piece
            if time.monotonic() > self.deadline:
                raise AssertionError(f"no end of it: {bytes(got[:300])}")
        return bytes(got)

    def read_until(self, piece):
        got = b""
        while piece not in got:
            more = self.read()
            if not more:
                return got
            got += more
        return got

    def drip(self, data, seconds):
        """A byte now and then, until the server has had enough; then what it said."""
        got = b""
        self.sock.settimeout(seconds)
        for i in range(10**6):
            if time.monotonic() > self.deadline:
                raise AssertionError("it waits for ever")
            if not self.send(data[i : i + 1] or data[-1:]):
                break
            try:
                piece = self.sock.recv(65536)
            except TimeoutError:
                continue
            except ConnectionError:
                break
            if not piece:
                break
            got += piece
        return got

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def end_sending(self):
        self.sock.shutdown(socket.SHUT_WR)

    def use_tls(self, alpn=("http/1.1",)):
        self.context.set_alpn_protocols(alpn)
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.server.host)


class Statuses:
    """These answers of HTTP/1.1 and nothing else, and then the end."""

    def __init__(self, *statuses):
        self.statuses = [str(s).encode() for s in statuses]

    def judge(self, got):
        found = re.findall(rb"HTTP/1\.1 (\d+) ", got)
        return None if found == self.statuses else f"{found}, not {self.statuses}"


class Nothing:
    """No answer, and the end."""

    def judge(self, got):
        return None if got == b"" else "it was answered"


class Holds:
    """Whatever `test` says of what came."""

    def __init__(self, what, test):
        self.what, self.test = what, test

    def judge(self, got):
        return None if self.test(got) else f"not so: {self.what}"


LEFT = Holds("the client has left", lambda got: True)


class Row:
    """play: of a peer, or bytes to send before reading to the end. Returns what came.

    periods: of the server's patience with slow ones, until it has had enough.
    """

    def __init__(self, label, play, want, periods=1):
        self.label, self.want, self.periods = label, want, periods
        self._play = play

    def play(self, peer):
        if isinstance(self._play, bytes):
            peer.send(self._play)
            return peer.read_to_end()
        got = self._play(peer)
        return b"" if got is None else got

    def judge(self, got):
        return self.want.judge(got)


def post(operation, body, *headers):
    return (
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.1\r\n"
        f"X-Amz-Target: {TARGETS['kinesis']}{operation}\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/kinesis/aws4_request, "
        "SignedHeaders=host, Signature=0\r\nX-Amz-Date: 20250101T000000Z\r\n"
        + "".join(h + "\r\n" for h in headers)
        + f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def head(*lines):
    return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"


LIST = post("ListStreams", "{}")
LAST_LIST = post("ListStreams", "{}", "Connection: close")


def get_big(server):
    """A request whose answer has some seven megabytes."""
    status, answer = server.call(
        "GetShardIterator",
        StreamName="big",
        ShardId="shardId-000000000000",
        ShardIteratorType="TRIM_HORIZON",
    )
    assert status == 200, answer
    return post("GetRecords", json.dumps({"ShardIterator": answer["ShardIterator"]}))


def garbage(seed):
    return random.Random(seed).randbytes(3000)


def send_and_read(data):
    def play(peer):
        peer.send(data)
        return peer.read_to_end()

    return play


def leaves(data, how):
    """Sends, and then goes in one of three ways."""

    def play(peer):
        peer.send(data)
        if how == "reset":
            peer.reset()
        elif how == "half":
            peer.end_sending()
            return peer.read_to_end()
        return b""

    return play


def many_times(play, count):
    """The same on so many connections; what came on the last."""

    def again(peer):
        for _ in range(count - 1):
            with Peer(peer.server, peer.context) as another:
                play(another)
        return play(peer)

    return again


def reset_in_answer(request):
    def play(peer):
        peer.send(request)
        assert peer.read(1000).startswith(b"HTTP/1.1 200")
        peer.reset()

    return play


def pipeline(peer):
    peer.send(LIST * 999 + LAST_LIST)
    return peer.read_to_end()
