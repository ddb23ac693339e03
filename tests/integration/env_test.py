"""`millrace env`: variables for AWS tools, as a shell takes them."""

import os
import shutil
import subprocess
import unittest

from millrace import BINARY, main
from server import ServerCase, trusting

SECONDS = 60  # a bound, so that a hang is a failure
NAMES = (
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_CA_BUNDLE",
)


class Env(ServerCase):
    def variables(self, *words, shell=("sh", "-c"), script='eval "$("$0" env "$@")" && env -0'):
        """What the shell's children see once it has taken the lines."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        done = subprocess.run(
            [*shell, script, BINARY, *map(str, words)],
            capture_output=True,
            cwd=self.dir,
            env=clean,
            timeout=SECONDS,
            check=True,
        )
        pairs = (pair.split("=", 1) for pair in done.stdout.decode().split("\0") if pair)
        found = dict(pairs)
        return {name: found[name] for name in NAMES if name in found}

    def test_a_shell_takes_the_lines(self):
        self.assertEqual(
            self.variables(),
            {
                "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
        )

    def test_a_variable_that_leads_elsewhere_is_told_beside_the_lines(self):
        line = "export AWS_ENDPOINT_URL='http://127.0.0.1:4566'"
        elsewhere = self.millrace("env", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9/"})
        self.assertRegex(elsewhere.err, "^millrace: note: AWS_ENDPOINT_URL was http://127.0.0.1:9/; .* "
                         "http://127.0.0.1:4566 ")
        self.assertEqual(elsewhere.out.splitlines()[0], line)
        for url in ("", "http://127.0.0.1:4566", "http://127.0.0.1:4566/"):
            same = self.millrace("env", env={"AWS_ENDPOINT_URL": url})
            self.assertEqual((same.err, same.out), ("", elsewhere.out))
        said = self.millrace("env", "--endpoint-url", "http://h:1", env={"AWS_ENDPOINT_URL": "http://i"})
        self.assertEqual(said.err, "")

    def test_no_value_is_run(self):
        hostile = "a'b $(touch ran) `touch ran` ; touch ran \\ \"\ntouch ran"
        self.assertEqual(self.variables("--region", hostile)["AWS_REGION"], hostile)
        self.assertFalse((self.dir / "ran").exists())

    @unittest.skipUnless(shutil.which("fish"), "fish is not here")
    def test_fish_takes_the_lines_too(self):
        hostile = "a'b $HOME (touch ran) \\"
        script = '$argv[1] env --shell fish $argv[2..-1] | source; and env -0'
        found = self.variables("--region", hostile, shell=("fish", "-c"), script=script)
        self.assertEqual(found["AWS_REGION"], hostile)
        self.assertFalse((self.dir / "ran").exists())

    def test_the_variables_lead_to_the_server(self):
        server = self.serve()
        self.ok(server, "CreateStream", StreamName="ticks", ShardCount=1)
        found = self.variables("--endpoint-url", server.url)
        status = self.millrace("status", "--output", "json", env=found)
        self.assertIn('"ready"', status.out)

    def test_over_https_the_certificate_of_the_state_directory_is_trusted(self):
        server = self.serve("--tls")
        url = server.url.replace("http://", "https://")
        found = self.variables("--tls", "--state", "state", "--endpoint-url", url)
        self.assertEqual(found["AWS_CA_BUNDLE"], str((self.state / "certificate.pem").resolve()))
        trusting(found["AWS_CA_BUNDLE"])
        status = self.millrace("status", "--output", "json", env=found)
        self.assertIn('"ready"', status.out)

    def test_what_will_not_do_is_refused_by_name_and_prints_no_line(self):
        rows = (
            (("--shell", "tcsh"), "--shell tcsh: give sh, fish or powershell"),
            (("--endpoint-url", "nowhere"), "nowhere"),
            (("--tls", "--endpoint-url", "http://h:1"), "--tls goes with an https URL"),
            (("--tls", "--state", "elsewhere"), "elsewhere/certificate.pem"),
            (("word",), "env takes no word"),
        )
        for words, said in rows:
            with self.subTest(words=words):
                result = self.millrace("env", *words, want=2)
                self.assertIn(said, result.err)
                self.assertEqual(result.out, "")


if __name__ == "__main__":
    main()
