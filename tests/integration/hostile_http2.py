"""Clients that mean harm in HTTP/2: breaches, floods, and windows that never open."""

import struct

from hostile_peer import HEALTH, Holds, Row, Statuses, garbage

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    0, 1, 2, 3, 4, 6, 7, 8, 9,
)  # fmt: skip
END_STREAM, END_HEADERS = 1, 4
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, CALM = 1, 3, 6, 9, 11
GET_HEALTH = b"\x82\x86\x41\x01h\x04" + bytes([len(HEALTH)]) + HEALTH.encode()
POST_ROOT = b"\x83\x86\x84\x41\x01h"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def frames_of(got):
    """(type, flags, stream, payload) of each whole frame."""
    frames, at = [], 0
    while at + 9 <= len(got):
        length = int.from_bytes(got[at : at + 3], "big")
        kind, flags, stream = struct.unpack(">BBI", got[at + 3 : at + 9])
        if at + 9 + length > len(got):
            break
        frames.append((kind, flags, stream, got[at + 9 : at + 9 + length]))
        at += 9 + length
    return frames


START = PREFACE + frame(SETTINGS, 0, 0)


def h2(*frames):
    return START + b"".join(frames)


def get(stream):
    return frame(HEADERS, END_STREAM | END_HEADERS, stream, GET_HEALTH)


def literal(name, value):
    """A header that is indexed, without Huffman."""
    return b"\x40" + hpack_length(len(name)) + name + hpack_length(len(value)) + value


def hpack_length(n):
    if n < 127:
        return bytes([n])
    out, n = b"\x7f", n - 127
    while n >= 128:
        out += bytes([n % 128 + 128])
        n //= 128
    return out + bytes([n])


class GoAway:
    """HTTP/2's GOAWAY with one of these errors, no answer, and the end."""

    def __init__(self, *codes):
        self.codes = codes

    def judge(self, got):
        frames = frames_of(got)
        found = [
            struct.unpack(">I", payload[4:8])[0] for kind, _, _, payload in frames if kind == GOAWAY
        ]
        if not found or found[-1] not in self.codes:
            return f"GOAWAY {found}, not {self.codes}"
        answered = [id for kind, _, id, _ in frames if kind == HEADERS]
        return f"streams {answered} were answered" if answered else None


def flood(unit, most=40_000, at_once=200):
    """Sends it over and over without reading, until the server has had enough."""

    def play(peer):
        peer.send(START)
        sent = 0
        while sent < most:
            if not peer.send(unit(sent) if callable(unit) else unit * at_once):
                break
            sent += at_once
        return peer.read_to_end()

    return play


def rapid_resets(first):
    ids = range(2 * first + 1, 2 * (first + 200) + 1, 2)
    cancel = struct.pack(">I", 8)
    return b"".join(get(i) + frame(RST_STREAM, 0, i, cancel) for i in ids)


def too_many_streams(peer):
    """All begin and none ends; those above the limit are refused, and the connection stays."""
    peer.send(START)
    for i in range(300):
        peer.send(frame(HEADERS, END_HEADERS, 2 * i + 1, POST_ROOT))
    peer.send(frame(PING, 0, 0, b"the end!"))
    got = peer.read_until(frame(PING, 1, 0, b"the end!"))
    peer.send(frame(DATA, END_STREAM, 1, b"{}"))
    while not any(kind == HEADERS and stream == 1 for kind, _, stream, _ in frames_of(got)):
        more = peer.read()
        if not more:
            break
        got += more
    return got


def judge_too_many(got):
    frames = frames_of(got)
    refused = [
        stream
        for kind, _, stream, payload in frames
        if kind == RST_STREAM and payload == struct.pack(">I", 7)
    ]
    answered = [stream for kind, _, stream, _ in frames if kind == HEADERS]
    return refused == [2 * i + 1 for i in range(128, 300)] and answered == [1]


def no_window(peer):
    """Answers for which there is never a window: they wait, and the client goes."""
    zero = frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 0))
    peer.send(PREFACE + zero + b"".join(get(2 * i + 1) for i in range(100)))
    got = b""
    while sum(kind == HEADERS for kind, _, _, _ in frames_of(got)) < 100:
        more = peer.read()
        if not more:
            break
        got += more
    peer.reset()
    return got


def was_calmed(got):
    codes = [
        struct.unpack(">I", payload[4:8])[0]
        for kind, _, _, payload in frames_of(got)
        if kind == GOAWAY
    ]
    return codes[-1:] == [CALM]


def heads_alone(got):
    kinds = [
        kind
        for kind, _, _, payload in frames_of(got)
        if kind == HEADERS or (kind == DATA and payload)
    ]
    return kinds == [HEADERS] * 100


def is_431(got):
    """The status is no entry of the static table: it comes as a literal of three digits."""
    return any(kind == HEADERS and b"431" in payload for kind, _, _, payload in frames_of(got))


def continuations(peer):
    peer.send(START + frame(HEADERS, END_STREAM, 1, GET_HEALTH))
    for i in range(100_000):
        block = literal(b"x%d" % i, b"y" * 100)
        if not peer.send(frame(CONTINUATION, 0, 1, block)):
            break
    return peer.read_to_end()


def continuations_of_nothing(peer):
    peer.send(START + frame(HEADERS, END_STREAM, 1, GET_HEALTH))
    for _ in range(1000):
        if not peer.send(frame(CONTINUATION, 0, 1) * 100):
            break
    return peer.read_to_end()


def flood_empty_data(peer):
    peer.send(START + frame(HEADERS, END_HEADERS, 1, POST_ROOT))
    for _ in range(1000):
        if not peer.send(frame(DATA, 0, 1) * 100):
            break
    return peer.read_to_end()


def hpack_bomb(peer):
    """One header of 3000 bytes in the table, and named five thousand times in one byte each."""
    block = GET_HEALTH + literal(b"x", b"y" * 3000) + b"\xbe" * 5000
    peer.send(h2(frame(HEADERS, END_STREAM | END_HEADERS, 1, block)))
    got = b""
    while not any(kind == HEADERS for kind, _, _, _ in frames_of(got)):
        more = peer.read()
        if not more:
            break
        got += more
    return got


def http2_rows():
    cut_off = GoAway(CALM)
    breach = GoAway(PROTOCOL_ERROR)
    return [
        Row("a preface that goes wrong", PREFACE[:-4] + b"XX\r\n" + get(1), Statuses(400)),
        Row("no settings", PREFACE + get(1), breach),
        Row(
            "a frame too large",
            START + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01",
            GoAway(PROTOCOL_ERROR, FRAME_SIZE_ERROR),
        ),
        Row(
            "settings of a wrong length",
            h2(frame(SETTINGS, 0, 0, b"abcde")),
            GoAway(FRAME_SIZE_ERROR),
        ),
        Row("settings on a stream", h2(frame(SETTINGS, 0, 1)), breach),
        Row(
            "a window too large by settings",
            h2(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 31))),
            GoAway(FLOW_CONTROL_ERROR),
        ),
        Row("a window grown by nothing", h2(frame(WINDOW_UPDATE, 0, 0, bytes(4))), breach),
        Row(
            "a window beyond its most",
            h2(frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff")),
            GoAway(FLOW_CONTROL_ERROR),
        ),
        Row("data on no stream", h2(frame(DATA, 0, 0, b"x")), breach),
        Row("data on an idle stream", h2(frame(DATA, 0, 5, b"x")), breach),
        Row("an even stream", h2(frame(HEADERS, 5, 2, GET_HEALTH)), breach),
        Row("a continuation of nothing", h2(frame(CONTINUATION, 4, 1, GET_HEALTH)), breach),
        Row("a ping of a wrong length", h2(frame(PING, 0, 0, b"x")), GoAway(FRAME_SIZE_ERROR)),
        Row(
            "broken HPACK",
            h2(frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff")),
            GoAway(COMPRESSION_ERROR),
        ),
        Row("a pushed promise", h2(frame(5, 4, 1, bytes(4) + GET_HEALTH)), breach),
        Row("garbage for frames", START + garbage(99), GoAway(*range(1, 14))),
        Row("a flood of settings", flood(frame(SETTINGS, 0, 0)), cut_off),
        Row("a flood of pings", flood(frame(PING, 0, 0, b"12345678")), cut_off),
        Row("a flood of priorities", flood(frame(PRIORITY, 0, 1, bytes(3) + b"\x03\x10")), cut_off),
        Row("a flood of window updates", flood(frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1")), cut_off),
        Row("a flood of unknown frames", flood(frame(99, 0, 0, b"x")), cut_off),
        Row("rapid resets (CVE-2023-44487)", flood(rapid_resets), Holds("calm", was_calmed)),
        Row(
            "a flood of continuations (CVE-2024-27316)",
            continuations,
            GoAway(CALM, PROTOCOL_ERROR, COMPRESSION_ERROR),
        ),
        Row(
            "a flood of empty continuations", continuations_of_nothing, GoAway(CALM, PROTOCOL_ERROR)
        ),
        Row("a flood of empty data", flood_empty_data, cut_off),
        Row("headers that unpack to megabytes", hpack_bomb, Holds("431", is_431)),
        Row(
            "more streams than allowed",
            too_many_streams,
            Holds("128 are taken, others refused", judge_too_many),
        ),
        Row("answers without a window, and gone", no_window, Holds("heads alone", heads_alone)),
    ]
