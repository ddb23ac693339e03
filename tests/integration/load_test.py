"""`millrace serve` under many clients at once, for a minute (MILLRACE_LOAD_SECONDS; tests/load/).

No answer is an error, memory and descriptors stay where they are while connections come and go, and
every record that was acknowledged is read back: once, and in its producer's order in each shard.
"""

import json
import os
import subprocess
import time

from millrace import main
from server import Footprint, ServerCase

CLIENT = os.environ.get("MILLRACE_LOAD_CLIENT", "")
SECONDS = int(os.environ.get("MILLRACE_LOAD_SECONDS", "60"))
PACED_SECONDS = max(5, SECONDS // 4)
STREAMS = 4
SHARDS = 4
CONNECTIONS = 200
PACED_CONNECTIONS = 40
PACE_MS = 4000  # of each of the 180 lanes: below every limit of a shard or an account
SLOWEST_MS = 10_000  # a bound on a machine that is busy with other tests
GROWTH = 8 << 20  # of 200 connections that hold now more, now less

# Freed memory is kept by ASan for a while, and would look like a leak.
ENVIRONMENT = {"ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=16"}


class Load(ServerCase):
    def setUp(self):
        super().setUp()
        if not os.access(CLIENT, os.X_OK):
            self.skipTest("MILLRACE_LOAD_CLIENT names no program (CTest sets it)")

    def start(self, *words):
        server = self.serve("-q", "--state-delay", 0, *words, env=ENVIRONMENT)
        for i in range(STREAMS):
            self.ok(server, "CreateStream", StreamName=f"load-{i}", ShardCount=SHARDS)
        return server

    def load(self, server, seconds, connections, pace_ms):
        """The client's counts, and the footprint at each of its words."""
        seen = {"before": self.at_rest(server)}
        numbers = (server.port, seconds, connections, STREAMS, SHARDS, pace_ms)
        client = subprocess.Popen(
            [CLIENT, *map(str, numbers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(client.kill)
        for word in ("warm", "loaded", "idle"):
            line = client.stdout.readline().strip()
            if line != word:
                break
            if word == "idle":
                seen[word] = self.at_rest(server)
            else:
                seen[word] = self.under_load(server, seen["before"].descriptors + connections)
            client.stdin.write("\n")
            client.stdin.flush()
        out, err = client.communicate()
        self.assertEqual((client.returncode, err), (0, ""), server.err)
        counts = json.loads(out)
        print(counts, seen, flush=True)
        return counts, seen

    def under_load(self, server, descriptors):
        """Of a connection that was reset the server hears a little later: so many are waited for."""
        give_up = time.monotonic() + SLOWEST_MS / 1000
        footprint = Footprint(server.process)
        while footprint.descriptors > descriptors and time.monotonic() < give_up:
            footprint = Footprint(server.process)
        return footprint

    def check(self, server, counts, seen, connections):
        self.assertLess(counts["slowest_ms"], SLOWEST_MS)
        for operation in ("PutRecord", "PutRecords", "GetRecords", "ListStreams"):
            self.assertGreater(counts[operation], 0, counts)
        self.assertGreater(counts["DescribeStreamSummary"], 0, counts)
        self.assertGreater(counts["read_beside"], 0, counts)
        self.assertGreaterEqual(counts["records"], counts["PutRecord"] + counts["PutRecords"])
        self.assertLessEqual(seen["loaded"].anonymous, seen["warm"].anonymous + GROWTH, seen)
        self.assertLessEqual(seen["loaded"].descriptors, seen["before"].descriptors + connections)
        self.assertEqual(seen["idle"].descriptors, seen["before"].descriptors, seen)
        self.assertEqual(server.stop(), 0, server.err)
        self.assertEqual(server.err, "")

    def test_as_fast_as_it_goes_without_limits(self):
        server = self.start("--limits", "off")
        counts, seen = self.load(server, SECONDS, CONNECTIONS, 0)
        self.assertGreater(counts["connections"], 2 * CONNECTIONS, "they come and go")
        self.assertGreater(counts["resets"], 0, counts)
        self.check(server, counts, seen, CONNECTIONS)

    def test_below_the_limits_nothing_is_throttled(self):
        server = self.start("--limits", "aws")
        counts, seen = self.load(server, PACED_SECONDS, PACED_CONNECTIONS, PACE_MS)
        self.check(server, counts, seen, PACED_CONNECTIONS)


if __name__ == "__main__":
    main()
