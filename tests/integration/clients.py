"""The AWS clients that the tests use, from build/clients (scripts/clients installs them there)."""

import os
import pathlib
import shutil
import subprocess
import sys

from millrace import ROOT
from server import ServerCase

FOLDER = pathlib.Path(os.environ.get("MILLRACE_CLIENTS", ROOT / "build/clients"))
NODE = FOLDER / "node"
SECONDS = 240  # a bound, so that a hang is a failure

# Nothing of the machine's own AWS configuration, and keys that are obviously none.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    # A shard takes five GetRecords a second, here as on AWS, and a test reads faster: the clients wait for their
    # turn, as they do everywhere, until it has surely come. Their own three attempts can fall into one second.
    "AWS_RETRY_MODE": "standard",
    "AWS_MAX_ATTEMPTS": "8",
}


def _python_packages():
    folders = sorted(FOLDER.glob("venv/lib/python3*/site-packages"))
    return folders[0] if folders and (FOLDER / "venv/stamp").exists() else None


PYTHON_PACKAGES = _python_packages()
PYTHON_MISSING = None if PYTHON_PACKAGES else "boto3 and aws-cli are not in build/clients: run scripts/clients"
NODE_MISSING = (
    None
    if (NODE / "stamp").exists() and shutil.which("node")
    else "the AWS SDK for JavaScript is not in build/clients: run scripts/clients"
)

JAVA = FOLDER / "java"
JAVA_MISSING = (
    None
    if (JAVA / "stamp").exists() and shutil.which("javac")
    else "the AWS SDK for Java is not in build/clients: run scripts/clients"
)


def use_python_packages():
    """Makes them importable, in an environment that names no other account."""
    os.environ.update(ENVIRONMENT)
    if str(PYTHON_PACKAGES) not in sys.path:
        sys.path.insert(0, str(PYTHON_PACKAGES))


def import_boto3():
    use_python_packages()
    import boto3

    return boto3


class ClientCase(ServerCase):
    """A test with a server whose states take no longer than a test wants to wait."""

    def setUp(self):
        super().setUp()
        self.server = self.serve("--state-delay", "20ms")

    def run_client(self, words, env=None, want=0):
        done = subprocess.run(
            [str(word) for word in words],
            capture_output=True,
            cwd=self.dir,
            timeout=SECONDS,
            env={**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL": self.server.url, **(env or {})},
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        if want is not None:
            self.assertEqual(done.returncode, want, f"{words}\n{out}\n{err}")
        return done.returncode, out, err
