"""The AWS SDK for JavaScript v3, as it comes, against `millrace serve`: tests/clients/function.mjs."""

import os
import unittest

import clients
from clients import ClientCase
from functions import HANDLER, zip_of
from millrace import ROOT, main

STEPS = ["created", "invoked", "updated", "shown", "deleted"]


@unittest.skipIf(clients.NODE_MISSING, clients.NODE_MISSING)
class JavaScriptLambda(ClientCase):
    def write(self, name, files):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as file:
            file.write(zip_of(files))
        return path

    def test_the_life_of_a_function(self):
        one = self.write("one.zip", {"m.py": HANDLER})
        two = self.write("two.zip", {"m.py": "def handler(e, c):\n    return 'other'\n"})
        env = {"MILLRACE_NODE_CLIENTS": str(clients.NODE)}
        _, out, _ = self.run_client(["node", ROOT / "tests/clients/function.mjs", one, two], env=env)
        self.assertEqual(out.splitlines(), STEPS)


if __name__ == "__main__":
    main()
