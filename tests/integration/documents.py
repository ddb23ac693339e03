"""The commands that the documents show, and a stage to run them on.

A command is a line that begins with "$ " in a ```console block; a backslash at its end goes on with
the next line. Other lines of the block are what the command prints.
"""

import dataclasses
import os
import pathlib
import re
import shlex
import signal
import subprocess
import threading

import clients
from millrace import BINARY, ROOT

SECONDS = 120  # a bound of one command, so that a hang is a failure
READY = re.compile(r"millrace: (?:listening|console) on http://127\.0\.0\.1:(\d+)(?:/_millrace/console)?\n")


@dataclasses.dataclass(frozen=True)
class Command:
    document: str  # its path in the source
    line: int
    text: str  # without its comment
    printed: tuple = ()  # the lines shown below it

    def __str__(self):
        return f"{self.document}:{self.line}: {self.text}"


def documents():
    paths = [ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "data").glob("*/README.md")]
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(paths)}


def commands_of(document, text):
    """The commands of a document in its order."""
    found, inside, begun = [], False, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            inside = not inside and line.strip() == "```console"
        elif not inside:
            continue
        elif begun is not None or line.startswith("$ "):
            first, so_far = begun or (number, "")
            so_far += line.removeprefix("$ ") if begun is None else line.strip()
            begun = (first, so_far[:-1]) if so_far.endswith("\\") else None
            if begun is None:
                found.append(Command(document, first, without_comment(so_far)))
        elif found:
            last = found[-1]
            found[-1] = dataclasses.replace(last, printed=(*last.printed, line))
    return found


def without_comment(text):
    """The shell ignores a comment; the table does without it, unless it has a quotation mark."""
    return re.sub(r"\s+# [^'\"]*$", "", text).strip()


@dataclasses.dataclass(frozen=True)
class Run:
    """This command is run, on the stage of its name, after those that stand before it there."""

    stage: str
    status: int = 0
    instead: tuple = ()  # (text, what stands in its place, why), in this order
    shows: str = ""  # a pattern that its output must have
    serves: bool = False  # it goes on until the stage is over
    then: object = None  # a function of the stage: waits for, or looks at, what the command brought about


@dataclasses.dataclass(frozen=True)
class Elsewhere:
    """This command is not run here: why, and the file that holds the test that covers it."""

    by: str
    why: str


class Failed(AssertionError):
    pass


class Stage:
    """A folder, an environment and the servers of commands that belong together."""

    def __init__(self, folder):
        self.dir = pathlib.Path(folder)
        self.said = []  # `export` lines: a shell of its own runs each command
        self.server = None
        self.environment = {**os.environ, **clients.ENVIRONMENT}
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del self.environment[name]  # what a document does not set is not set
        programs = self.dir / ".bin"
        programs.mkdir(parents=True)
        (programs / "millrace").symlink_to(BINARY)
        self.environment["PATH"] = f"{programs}:{clients.FOLDER / 'venv/bin'}:{os.environ['PATH']}"
        self.at_end = []

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def serve(self, *words):
        """A server that the document takes for granted."""
        self._start(shlex.join(["millrace", "serve", "--port", "0", *map(str, words)]))

    def run(self, command, how):
        text = command.text
        for old, new, _ in how.instead:
            if old not in text:
                raise Failed(f"{command}\nthe table replaces {old!r}, which is not there")
            text = text.replace(old, new)
        if self.server is not None:  # port 4566 may be in use on this machine
            text = text.replace("localhost:4566", f"localhost:{self.port}")
        if how.serves:
            out = self._start(text)
        else:
            done = subprocess.run(
                ["bash", "-c", "\n".join(["set -eo pipefail", *self.said, text])],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                cwd=self.dir, env=self.environment, timeout=SECONDS,
            )
            out = done.stdout.decode("utf-8", "replace")
            if done.returncode != how.status:
                raise Failed(f"{command}\nran: {text}\nstatus {done.returncode}, not {how.status}\n{out}")
        self._compare(command, how, out)
        if text.startswith("export "):
            self.said.append(text)
        if how.then is not None:
            how.then(self)

    @staticmethod
    def _compare(command, how, out):
        if how.shows and not re.search(how.shows, out, re.MULTILINE):
            raise Failed(f"{command}\nnothing like {how.shows!r} in\n{out}")
        lines = out.splitlines()
        for line in command.printed:
            if line not in lines:
                raise Failed(f"{command}\nthe document shows {line!r}, it printed\n{out}")

    def _start(self, text):
        """Runs a server until the stage ends; returns what it printed, as on the port of documents."""
        with (self.dir / "server.err").open("wb") as errors:
            process = subprocess.Popen(
                ["bash", "-c", "\n".join([*self.said, "exec " + text])],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
                cwd=self.dir, env=self.environment,
            )
        self.server = process
        guard = threading.Timer(SECONDS, process.kill)
        guard.start()
        line = process.stdout.readline().decode()
        guard.cancel()
        ready = READY.fullmatch(line)
        if ready is None:
            raise Failed(f"{text}\nprinted {line!r}, and\n{(self.dir / 'server.err').read_text()}")
        self.port = int(ready[1])
        return line.replace(ready[1], "4566")

    def close(self):
        """Ends the server as Ctrl-C does. Its status must be that of a server that was ended so."""
        for function in self.at_end:
            function()
        if self.server is None:
            return
        self.server.send_signal(signal.SIGINT)
        try:
            status = self.server.wait(SECONDS)
        except subprocess.TimeoutExpired:
            self.server.kill()
            status = self.server.wait()
        self.server.stdout.close()
        if status != 0:
            raise Failed(f"the server ended with {status}\n{(self.dir / 'server.err').read_text()}")
