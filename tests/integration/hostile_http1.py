"""Clients that mean harm in HTTP/1.1: sizes, garbage, resets, and requests that could be two."""

import time

from hostile_peer import (
    HEALTH,
    LEFT,
    LIST,
    Nothing,
    Row,
    Statuses,
    garbage,
    get_big,
    head,
    leaves,
    many_times,
    pipeline,
    post,
    reset_in_answer,
)

SMUGGLED = b"GET " + HEALTH.encode() + b" HTTP/1.1\r\nHost: smuggled\r\nConnection: close\r\n\r\n"


def chunked_without_end(peer):
    peer.send(head("POST / HTTP/1.1", "Host: h", "Transfer-Encoding: chunked"))
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    while peer.send(chunk):  # until the server has had enough
        if time.monotonic() > peer.deadline:
            break
    return peer.read_to_end()


def http1_rows(server):
    return [
        Row("connects and goes", lambda peer: None, LEFT),
        Row("half a request line, one side closed", leaves(b"GET /", "half"), Nothing()),
        Row(
            "half a body, one side closed",
            leaves(post("ListStreams", "{}")[:-1], "half"),
            Nothing(),
        ),
        Row("a request line without end", b"GET /" + b"x" * 100_000, Statuses(431)),
        Row("a header without end", b"GET / HTTP/1.1\r\nA: " + b"x" * 100_000, Statuses(431)),
        Row("headers without end", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 100_000, Statuses(431)),
        Row(
            "a body too large",
            head("POST / HTTP/1.1", "Content-Length: 99999999999"),
            Statuses(413),
        ),
        Row(
            "a body beyond numbers",
            head("POST / HTTP/1.1", "Content-Length: 9" + "9" * 30),
            Statuses(400),
        ),
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
