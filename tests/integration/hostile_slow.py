"""Clients that let the server wait: each is dropped once its time is over."""

import re
import socket
import struct
import time

from hostile_http2 import (
    DATA,
    END_HEADERS,
    GOAWAY,
    GoAway,
    HEADERS,
    POST_ROOT,
    PREFACE,
    RST_STREAM,
    SETTINGS,
    START,
    frame,
    frames_of,
    get,
)
from hostile_peer import (
    DRIP_SECONDS,
    HEALTH,
    Holds,
    LIST,
    Nothing,
    Peer,
    Row,
    Statuses,
    get_big,
    head,
    send_and_read,
)

BIG_ONES = 4  # of seven megabytes: more than what the kernel holds for two sockets


def says_nothing(data=b""):
    return send_and_read(data)


def drips(start, rest, seconds=DRIP_SECONDS):
    def play(peer):
        peer.send(start)
        return peer.drip(rest, seconds)

    return play


def reads_late(server, request):
    """Reads nothing of a large answer before the server has given it up: later than a witness."""

    def play(peer):
        peer.send(request)
        peer.sock.recv(1, socket.MSG_PEEK)  # it is on its way
        with Peer(server, peer.context, timeout=peer.deadline - time.monotonic()) as witness:
            witness.send(LIST)
            witness.read_to_end()
        for _ in range(100):
            assert server.request("GET", HEALTH)[0] == 200
        return peer.read_to_end()

    return play


def is_cut_short(got):
    """The first answers are whole, perhaps, and the last is not."""
    at = 0
    while at < len(got):
        end = got.index(b"\r\n\r\n", at) + 4
        at = end + int(re.search(rb"Content-Length: (\d+)\r\n", got[at:end]).group(1))
    return at > len(got)


def unread_stream(peer):
    """An answer without a window: the connection ends, as none is ever given."""
    zero = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0))
    peer.send(PREFACE + zero + get(1))
    return peer.read_to_end()


def slow_stream(peer):
    """A body of a byte now and then, among streams that come and go: it alone is reset."""
    peer.send(START + frame(HEADERS, END_HEADERS, 1, POST_ROOT))
    got = b""
    peer.sock.settimeout(DRIP_SECONDS)
    for i in range(1, 10**6):
        if time.monotonic() > peer.deadline or not peer.send(
            frame(DATA, 0, 1, b"x") + get(2 * i + 1)
        ):
            break
        try:
            while piece := peer.read():
                got += piece
        except TimeoutError:
            pass
        if any(kind == RST_STREAM and stream == 1 for kind, _, stream, _ in frames_of(got)):
            break
    return got


def is_reset_alone(got):
    frames = frames_of(got)
    resets = [stream for kind, _, stream, _ in frames if kind == RST_STREAM]
    answered = [stream for kind, _, stream, _ in frames if kind == HEADERS]
    return resets == [1] and len(answered) > 10 and all(kind != GOAWAY for kind, _, _, _ in frames)


def is_http2_farewell(got):
    return GoAway(0).judge(got) is None


def no_answer(got):
    return all(kind not in (HEADERS, DATA) for kind, _, _, _ in frames_of(got))


def no_data(got):
    return [
        kind for kind, _, _, payload in frames_of(got) if kind in (HEADERS, DATA) and payload
    ] == [HEADERS]


def slow_rows(server):
    body = head("POST / HTTP/1.1", "Content-Length: 1000000")
    chunks = head("POST / HTTP/1.1", "Transfer-Encoding: chunked")
    return [
        Row("says nothing", says_nothing(), Nothing()),
        Row("half a request line", says_nothing(b"GET /"), Nothing()),
        Row("half a preface", says_nothing(PREFACE[:10]), Nothing()),
        Row("half a handshake", says_nothing(b"\x16\x03\x01\x02\x00\x01"), Nothing()),
        Row("half a body", says_nothing(body + b"x"), Nothing()),
        Row("half a chunk", says_nothing(chunks + b"9\r\nabc"), Nothing()),
        Row("idle behind a request", says_nothing(LIST), Statuses(200)),
        Row(
            "idle in HTTP/2",
            says_nothing(START),
            Holds("GOAWAY without an error", is_http2_farewell),
        ),
        Row("headers a byte at a time", drips(b"GET / HTTP/1.1\r\nA: ", b"x"), Nothing()),
        Row("a preface a byte at a time", drips(b"", PREFACE, 3), Holds("no answer", no_answer)),
        Row("a body a byte at a time", drips(body, b"x"), Nothing()),
        Row("chunks a byte at a time", drips(chunks, b"1\r\nx\r\n" * 100), Nothing()),
        # The period in which a stream begins does not count.
        Row(
            "a stream's body a byte at a time",
            slow_stream,
            Holds("it alone is reset", is_reset_alone),
            2,
        ),
        Row("a stream without a window", unread_stream, Holds("heads alone", no_data)),
        Row(
            "an answer that is not read",
            reads_late(server, get_big(server) * BIG_ONES),
            Holds("it is cut short", is_cut_short),
        ),
    ]
