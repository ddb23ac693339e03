"""The AWS SDK for JavaScript v3, as it comes, against `millrace serve`: tests/clients/life.mjs over
HTTP/2, which it chooses for Kinesis, and over HTTP/1.1."""

import unittest

import clients
from clients import ClientCase
from millrace import ROOT, main

STEPS = ["created", "read by every iterator", "read across a split and a merge", "subscribed", "deleted"]


@unittest.skipIf(clients.NODE_MISSING, clients.NODE_MISSING)
class JavaScript(ClientCase):
    def live(self, handler, protocol):
        env = {"MILLRACE_NODE_CLIENTS": str(clients.NODE)}
        _, out, _ = self.run_client(["node", ROOT / "tests/clients/life.mjs", handler], env=env)
        self.assertEqual(out.splitlines(), STEPS)
        self.assertEqual(self.server.stop(), 0, self.server.err)
        spoken = {line.rsplit(" ", 1)[1] for line in self.server.err.splitlines()}
        self.assertEqual(spoken, {protocol})

    def test_with_its_default_handler_over_http2(self):
        self.live("default", "HTTP/2.0")

    def test_with_the_handler_for_http1(self):
        self.live("http1", "HTTP/1.1")


if __name__ == "__main__":
    main()
