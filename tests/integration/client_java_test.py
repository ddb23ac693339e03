"""The AWS SDK for Java v2, as it comes, against `millrace serve`: tests/clients/java/Life.java, over
HTTP/1.1 and HTTP/2 and in CBOR."""

import unittest

import clients
from clients import ClientCase
from millrace import ROOT, main

STEPS = ["created", "read by every iterator", "read across a split and a merge", "subscribed", "deleted"]


@unittest.skipIf(clients.JAVA_MISSING, clients.JAVA_MISSING)
class Java(ClientCase):
    def test_the_life_of_a_stream(self):
        life = ROOT / "tests/clients/java/Life.java"
        _, out, _ = self.run_client(["java", "-cp", f"{clients.JAVA}/*", life])
        self.assertEqual(out.splitlines(), STEPS)
        self.assertEqual(self.server.stop(), 0, self.server.err)
        spoken = {line.rsplit(" ", 1)[1] for line in self.server.err.splitlines()}
        self.assertEqual(spoken, {"HTTP/1.1", "HTTP/2.0"})


if __name__ == "__main__":
    main()
