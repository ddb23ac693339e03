"""Includes run one way: src may include sim, sim never src; inside, each layer only those below."""

import re
import unittest

from millrace import ROOT, main

# Who may include whom (besides itself): sim's own order is the order of the data.
SIM = {
    "base": set(),
    "text": {"base"},
    "time": {"base"},
    "fault": {"base", "time"},
    "trace": {"base", "time"},
    "db": {"base", "time", "fault", "trace"},
    "stream": {"base", "time", "fault", "trace", "db"},
    "store": {"base", "time", "fault", "trace", "db"},
    "format": {"base", "time", "fault", "trace", "db", "store", "catalog"},
    "lambda": {"base", "text", "time", "fault", "trace", "db"},
    "mapping": {"base", "time", "fault", "trace", "db", "stream", "lambda", "store"},
    "firehose": {"base", "time", "fault", "trace", "db", "stream", "lambda", "format", "store"},
    "producer": {"base", "time", "fault", "trace", "db", "stream"},
    "catalog": {"base", "time", "fault", "trace", "db", "format", "store"},
    "query": {"base", "time", "fault", "trace", "db", "format", "store", "catalog"},
}
SRC = {
    "platform": set(),
    "http": {"platform"},
    "aws": {"http", "platform"},
    "net": {"http", "platform", "aws"},
    "config": {"platform"},
    "producer": {"platform"},
    "runner": {"http", "platform"},
    "console": {"http", "platform"},
    "api": {"aws", "http", "platform"},
    "app": {
        "platform", "http", "aws", "net", "api", "config", "producer", "runner", "console",
    },
    "scenario": {"platform", "app", "config", "producer", "runner", "console"},
    "web": {
        "platform", "http", "aws", "api", "app", "config", "producer", "runner", "scenario",
    },
    "serve": {
        "platform", "http", "aws", "api", "app", "config", "producer", "runner", "web",
    },
    "cli": {
        "platform", "aws", "net", "api", "app", "scenario", "config", "producer", "runner",
        "console", "web", "serve",
    },
}
INCLUDE = re.compile(r'^#include "([a-z_]+)/([a-z_0-9]+)(?:/[a-z_0-9]+)?(?:\.h|\.inc)?"?')
OUTSIDE = re.compile(r"^#include <(uv|curl|http_parser|yaml|sys/socket|netinet/|arpa/|pthread)")


class Layers(unittest.TestCase):
    def test_no_include_goes_upward(self):
        wrong = []
        files = [*ROOT.glob("sim/**/*.[ch]"), *ROOT.glob("src/**/*.[ch]")]
        self.assertGreater(len(files), 50)
        for path in files:
            relative = path.relative_to(ROOT)
            half = relative.parts[0]
            folder = relative.parts[1] if len(relative.parts) > 2 else None
            for line in path.read_text().splitlines():
                if half == "sim" and OUTSIDE.match(line):
                    wrong.append(f"{relative}: {line}")
                found = INCLUDE.match(line)
                if found is None:
                    continue
                other_half, other = found.group(1), found.group(2)
                if half == "sim" and other_half != "sim":
                    wrong.append(f"{relative}: {line}")
                    continue
                if folder is None or other_half not in ("sim", "src"):
                    continue
                table = SIM if half == "sim" else SRC
                if half == other_half and other != folder and other not in table[folder]:
                    wrong.append(f"{relative}: {line}")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    main()
