"""The rows of hostile_test.py: what a client sends, and what the server has to do about it."""

import json
import random
import re
import socket
import ssl
import struct
import time

from server import TARGET

HEALTH = "/_millrace/health"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    0, 1, 2, 3, 4, 6, 7, 8, 9,
)  # fmt: skip
END_STREAM, END_HEADERS = 1, 4
PROTOCOL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, CALM = 1, 3, 6, 9, 11
GET_HEALTH = b"\x82\x86\x41\x01h\x04" + bytes([len(HEALTH)]) + HEALTH.encode()
POST_ROOT = b"\x83\x86\x84\x41\x01h"
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

    def drip(self, data):
        """A byte now and then, until the server has had enough; then what it said."""
        got = b""
        self.sock.settimeout(DRIP_SECONDS)
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


# ---- what is expected of the server ----


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


class GoAway:
    """HTTP/2's GOAWAY with one of these errors, no answer, and the end."""

    def __init__(self, *codes):
        self.codes = codes

    def judge(self, got):
        frames = frames_of(got)
        found = [struct.unpack(">I", payload[4:8])[0] for kind, _, _, payload in frames if kind == GOAWAY]
        if not found or found[-1] not in self.codes:
            return f"GOAWAY {found}, not {self.codes}"
        answered = [id for kind, _, id, _ in frames if kind == HEADERS]
        return f"streams {answered} were answered" if answered else None


class Holds:
    """Whatever `test` says of what came."""

    def __init__(self, what, test):
        self.what, self.test = what, test

    def judge(self, got):
        return None if self.test(got) else f"not so: {self.what}"


LEFT = Holds("the client has left", lambda got: True)


class Row:
    """play: of a peer, or bytes to send before reading to the end. Returns what came."""

    def __init__(self, label, play, want):
        self.label, self.want = label, want
        self._play = play

    def play(self, peer):
        if isinstance(self._play, bytes):
            peer.send(self._play)
            return peer.read_to_end()
        got = self._play(peer)
        return b"" if got is None else got

    def judge(self, got):
        return self.want.judge(got)


# ---- HTTP/2 by hand ----


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
    refused = [stream for kind, _, stream, payload in frames if kind == RST_STREAM and payload == struct.pack(">I", 7)]
    answered = [stream for kind, _, stream, _ in frames if kind == HEADERS]
    return refused == [2 * i + 1 for i in range(128, 300)] and answered == [1]


# ---- requests ----


def post(operation, body, *headers):
    return (
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-amz-json-1.1\r\n"
        f"X-Amz-Target: {TARGET}{operation}\r\n"
        "Authorization: AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/kinesis/aws4_request, "
        "SignedHeaders=host, Signature=0\r\nX-Amz-Date: 20250101T000000Z\r\n"
        + "".join(h + "\r\n" for h in headers)
        + f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def head(*lines):
    return "".join(line + "\r\n" for line in lines).encode() + b"\r\n"


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


LIST = post("ListStreams", "{}")
LAST_LIST = post("ListStreams", "{}", "Connection: close")
SMUGGLED = b"GET " + HEALTH.encode() + b" HTTP/1.1\r\nHost: smuggled\r\nConnection: close\r\n\r\n"


def chunked_without_end(peer):
    peer.send(head("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    for _ in range(1024):
        if not peer.send(chunk):
            break
    return peer.read_to_end()


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


def garbage(seed):
    return random.Random(seed).randbytes(3000)


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


def tls_then(play, alpn=("http/1.1",)):
    def inside(peer):
        peer.use_tls(alpn)
        return play(peer)

    return inside


def send_and_read(data):
    def play(peer):
        peer.send(data)
        return peer.read_to_end()

    return play


def half_a_handshake(peer):
    """The ClientHello of a real client, cut short, and then the end."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    hello = peer.context.wrap_bio(incoming, outgoing, server_hostname=peer.server.host)
    try:
        hello.do_handshake()
    except ssl.SSLWantReadError:
        pass
    peer.send(outgoing.read()[:100])
    peer.end_sending()
    return peer.read_to_end()


def garbage_after_handshake(peer):
    raw = peer.sock
    raw_fd = raw.dup()
    peer.use_tls()
    raw_fd.sendall(b"\x17\x03\x03\x00\x20" + garbage(7)[:32])
    raw_fd.close()
    return peer.read_to_end()


def http1_rows(server):
    return [
        Row("connects and goes", lambda peer: None, LEFT),
        Row("half a request line, one side closed", leaves(b"GET /", "half"), Nothing()),
        Row("half a body, one side closed", leaves(post("ListStreams", "{}")[:-1], "half"), Nothing()),
        Row("a request line without end", b"GET /" + b"x" * 100_000, Statuses(431)),
        Row("a header without end", b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000, Statuses(431)),
        Row("headers without end", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100_000, Statuses(431)),
        Row("a body too large", head("POST / HTTP/1.1", "Content-Length: 99999999999"), Statuses(413)),
        Row("a body beyond numbers", head("POST / HTTP/1.1", "Content-Length: 9" + "9" * 30), Statuses(400)),
        Row("a body below nothing", head("POST / HTTP/1.1", "Content-Length: -1"), Statuses(400)),
        Row("chunks without end", chunked_without_end, Statuses(413)),
        Row(
            "a chunk beyond numbers",
            head("POST / HTTP/1.1", "Transfer-Encoding: chunked") + b"F" * 17 + b"\r\n",
            Statuses(400),
        ),
        Row(
            "no chunk",
            head("POST / HTTP/1.1", "Transfer-Encoding: chunked") + b"xyz\r\n",
            Statuses(400),
        ),
        Row("another protocol", b"HELO mail.example\r\n\r\n", Statuses(400)),
        Row("HTTP/3.0", b"GET / HTTP/3.0\r\n\r\n", Statuses(400)),
        Row("a proxy's request", b"CONNECT example:443 HTTP/1.1\r\n\r\n", Statuses(400)),
        Row("zeros", bytes(5000), Statuses(400)),
        Row("a thousand requests at once", pipeline, Statuses(*[200] * 1000)),
        Row("a thousand, and gone", leaves(LIST * 1000, "reset"), LEFT),
        Row("resets in the headers", many_times(leaves(LIST[:60], "reset"), 50), LEFT),
        Row("resets in the body", many_times(leaves(LIST[:-1], "reset"), 50), LEFT),
        Row("resets behind the request", many_times(leaves(LIST, "reset"), 50), LEFT),
        Row("resets in the answer", many_times(reset_in_answer(get_big(server)), 20), LEFT),
    ] + [Row(f"garbage {i}", b"\x80" + garbage(i), Statuses(400)) for i in range(20)]


def smuggling_rows():
    """One request, however two readers could take it for two: refused, and nothing behind it."""
    chunked = b"0\r\n\r\n" + SMUGGLED
    post_line = "POST / HTTP/1.1"
    shapes = [
        ("a length and chunks", ["Content-Length: 5", "Transfer-Encoding: chunked"], chunked),
        ("chunks and a length", ["Transfer-Encoding: chunked", "Content-Length: 5"], chunked),
        ("two lengths", ["Content-Length: 0", "Content-Length: 60"], SMUGGLED),
        ("two lengths in one", ["Content-Length: 0, 60"], SMUGGLED),
        ("a length with a sign", ["Content-Length: +0"], SMUGGLED),
        ("a length in hex", ["Content-Length: 0x0"], SMUGGLED),
        ("a length and a blank", ["Content-Length : 60"], SMUGGLED),
        ("chunks, but not last", ["Transfer-Encoding: chunked, gzip"], chunked),
        ("chunks under another name", ["Transfer-Encoding: xchunked"], chunked),
        ("chunks and a blank", ["Transfer-Encoding : chunked"], chunked),
        ("chunks twice", ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"], chunked),
        ("a null in a name", ["Content-Length\0: 60"], SMUGGLED),
    ]
    return [
        Row(label, head(post_line, "Host: h", *headers) + body, Statuses(400))
        for label, headers, body in shapes
    ] + [
        # RFC 9112, 5.2: it is a part of "Host", so that no body follows, and another request does.
        Row(
            "a length that is folded into the header above",
            head(post_line, "Host: h", f" Content-Length: {len(SMUGGLED)}") + SMUGGLED,
            Statuses(400, 200),
        )
    ]


def http2_rows():
    cut_off = GoAway(CALM)
    breach = GoAway(PROTOCOL_ERROR)
    return [
        Row("a preface that goes wrong", PREFACE[:-4] + b"XX\r\n" + get(1), Statuses(400)),
        Row("no settings", PREFACE + get(1), breach),
        Row("a frame too large", START + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01", GoAway(PROTOCOL_ERROR, FRAME_SIZE_ERROR)),
        Row("settings of a wrong length", h2(frame(SETTINGS, 0, 0, b"abcde")), GoAway(FRAME_SIZE_ERROR)),
        Row("settings on a stream", h2(frame(SETTINGS, 0, 1)), breach),
        Row("a window too large by settings", h2(frame(SETTINGS, 0, 0, struct.pack(">HI", 4, 1 << 31))), GoAway(FLOW_CONTROL_ERROR)),
        Row("a window grown by nothing", h2(frame(WINDOW_UPDATE, 0, 0, bytes(4))), breach),
        Row("a window beyond its most", h2(frame(WINDOW_UPDATE, 0, 0, b"\x7f\xff\xff\xff")), GoAway(FLOW_CONTROL_ERROR)),
        Row("data on no stream", h2(frame(DATA, 0, 0, b"x")), breach),
        Row("data on an idle stream", h2(frame(DATA, 0, 5, b"x")), breach),
        Row("an even stream", h2(frame(HEADERS, 5, 2, GET_HEALTH)), breach),
        Row("a continuation of nothing", h2(frame(CONTINUATION, 4, 1, GET_HEALTH)), breach),
        Row("a ping of a wrong length", h2(frame(PING, 0, 0, b"x")), GoAway(FRAME_SIZE_ERROR)),
        Row("broken HPACK", h2(frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff")), GoAway(COMPRESSION_ERROR)),
        Row("a pushed promise", h2(frame(5, 4, 1, bytes(4) + GET_HEALTH)), breach),
        Row("garbage for frames", START + garbage(99), GoAway(*range(1, 14))),
        Row("a flood of settings", flood(frame(SETTINGS, 0, 0)), cut_off),
        Row("a flood of pings", flood(frame(PING, 0, 0, b"12345678")), cut_off),
        Row("a flood of priorities", flood(frame(PRIORITY, 0, 1, bytes(3) + b"\x03\x10")), cut_off),
        Row("a flood of window updates", flood(frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1")), cut_off),
        Row("a flood of unknown frames", flood(frame(99, 0, 0, b"x")), cut_off),
        Row("rapid resets (CVE-2023-44487)", flood(rapid_resets), Holds("calm", was_calmed)),
        Row("a flood of continuations (CVE-2024-27316)", continuations, GoAway(CALM, PROTOCOL_ERROR, COMPRESSION_ERROR)),
        Row("a flood of empty continuations", continuations_of_nothing, GoAway(CALM, PROTOCOL_ERROR)),
        Row("a flood of empty data", flood_empty_data, cut_off),
        Row("headers that unpack to megabytes", hpack_bomb, Holds("431", is_431)),
        Row("more streams than allowed", too_many_streams, Holds("128 are taken, others refused", judge_too_many)),
        Row("answers without a window, and gone", no_window, Holds("heads alone", heads_alone)),
    ]


def was_calmed(got):
    codes = [struct.unpack(">I", payload[4:8])[0] for kind, _, _, payload in frames_of(got) if kind == GOAWAY]
    return codes[-1:] == [CALM]


def heads_alone(got):
    kinds = [kind for kind, _, _, payload in frames_of(got) if kind == HEADERS or (kind == DATA and payload)]
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


def tls_rows(server):
    return [
        Row("a handshake of garbage", b"\x16\x03\x01\x02\x00" + garbage(3)[:512], Holds("an alert at most", is_alert)),
        Row("a handshake record too long", b"\x16\x03\x01\xff\xff" + garbage(4), Holds("an alert at most", is_alert)),
        Row("an alert in the middle of a message", b"\x16\x03\x01\x00\x01\x01\x15\x03\x01\x00\x02\x02\x28", Holds("an alert at most", is_alert)),
        Row("half a handshake, one side closed", half_a_handshake, Nothing()),
        Row("half a handshake, reset", leaves(b"\x16\x03\x01\x02\x00\x01", "reset"), LEFT),
        Row("garbage behind the handshake", garbage_after_handshake, Nothing()),
        Row("resets behind the handshake", many_times(tls_then(lambda peer: peer.reset()), 20), LEFT),
        Row("resets in an answer", many_times(tls_then(reset_in_answer(get_big(server))), 10), LEFT),
        Row("garbage under TLS", tls_then(send_and_read(b"\x80" + garbage(5))), Statuses(400)),
        Row("a thousand requests under TLS", tls_then(pipeline), Statuses(*[200] * 1000)),
        Row("no HTTP/2 where it was agreed on", tls_then(send_and_read(LIST), ("h2",)), GoAway(PROTOCOL_ERROR)),
        Row("pings under TLS", tls_then(flood(frame(PING, 0, 0, b"12345678")), ("h2",)), GoAway(CALM)),
    ]


def is_alert(got):
    return got == b"" or (got[0] == 0x15 and len(got) == 7)


def rows(server):
    return http1_rows(server) + smuggling_rows() + http2_rows() + tls_rows(server)


# ---- those who let the server wait ----


def says_nothing(data=b""):
    return send_and_read(data)


def drips(start, rest):
    def play(peer):
        peer.send(start)
        return peer.drip(rest)

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
    found = re.match(rb"HTTP/1\.1 200 .*?Content-Length: (\d+)\r\n.*?\r\n\r\n", got, re.DOTALL)
    return found is not None and len(got) - found.end() < int(found.group(1))


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
        if time.monotonic() > peer.deadline or not peer.send(frame(DATA, 0, 1, b"x") + get(2 * i + 1)):
            break
        try:
            got += peer.sock.recv(65536)
        except TimeoutError:
            continue
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
        Row("idle in HTTP/2", says_nothing(START), Holds("GOAWAY without an error", is_http2_farewell)),
        Row("headers a byte at a time", drips(b"GET / HTTP/1.1\r\nA: ", b"x"), Nothing()),
        Row("a preface a byte at a time", drips(b"", PREFACE + bytes(200)), Holds("no answer", no_answer)),
        Row("a body a byte at a time", drips(body, b"x"), Nothing()),
        Row("chunks a byte at a time", drips(chunks, b"1\r\nx\r\n" * 100), Nothing()),
        Row("a stream's body a byte at a time", slow_stream, Holds("it alone is reset", is_reset_alone)),
        Row("a stream without a window", unread_stream, Holds("heads alone", no_data)),
        Row("an answer that is not read", reads_late(server, get_big(server)), Holds("it is cut short", is_cut_short)),
    ]


def no_answer(got):
    return all(kind not in (HEADERS, DATA) for kind, _, _, _ in frames_of(got))


def no_data(got):
    return [kind for kind, _, _, payload in frames_of(got) if kind in (HEADERS, DATA) and payload] == [HEADERS]
