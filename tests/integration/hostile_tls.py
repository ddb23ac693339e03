"""Clients that mean harm on the TLS side of the port."""

import ssl

from hostile_http2 import CALM, GoAway, PING, PROTOCOL_ERROR, flood, frame
from hostile_peer import (
    Holds,
    LEFT,
    LIST,
    Nothing,
    Row,
    Statuses,
    garbage,
    get_big,
    leaves,
    many_times,
    pipeline,
    reset_in_answer,
    send_and_read,
)


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


def tls_then(play, alpn=("http/1.1",)):
    def inside(peer):
        peer.use_tls(alpn)
        return play(peer)

    return inside


def is_alert(got):
    return got == b"" or (got[0] == 0x15 and len(got) == 7)


def tls_rows(server):
    return [
        Row(
            "a handshake of garbage",
            b"\x16\x03\x01\x02\x00" + garbage(3)[:512],
            Holds("an alert at most", is_alert),
        ),
        Row(
            "a handshake record too long",
            b"\x16\x03\x01\xff\xff" + garbage(4),
            Holds("an alert at most", is_alert),
        ),
        Row(
            "an alert in the middle of a message",
            b"\x16\x03\x01\x00\x01\x01\x15\x03\x01\x00\x02\x02\x28",
            Holds("an alert at most", is_alert),
        ),
        Row("half a handshake, one side closed", half_a_handshake, Nothing()),
        Row("half a handshake, reset", leaves(b"\x16\x03\x01\x02\x00\x01", "reset"), LEFT),
        Row("garbage behind the handshake", garbage_after_handshake, Nothing()),
        Row(
            "resets behind the handshake", many_times(tls_then(lambda peer: peer.reset()), 20), LEFT
        ),
        Row(
            "resets in an answer", many_times(tls_then(reset_in_answer(get_big(server))), 10), LEFT
        ),
        Row("garbage under TLS", tls_then(send_and_read(b"\x80" + garbage(5))), Statuses(400)),
        Row("a thousand requests under TLS", tls_then(pipeline), Statuses(*[200] * 1000)),
        Row(
            "no HTTP/2 where it was agreed on",
            tls_then(send_and_read(LIST), ("h2",)),
            GoAway(PROTOCOL_ERROR),
        ),
        Row(
            "pings under TLS",
            tls_then(flood(frame(PING, 0, 0, b"12345678")), ("h2",)),
            GoAway(CALM),
        ),
    ]
