"""`millrace ls` and `millrace cat`: over a state directory, held or not, and of a running server."""

import gzip
import json
import os
import subprocess

from millrace import BINARY, main
from server import ServerCase

SECONDS = 60  # a bound, so that a hang is a failure


class Objects(ServerCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve()
        bucket = self.state / "s3" / "landing"
        for folder in ("a b", "a", "rows"):
            (bucket / folder).mkdir(parents=True)
        (self.state / "s3" / "other").mkdir()
        (bucket / "a b" / "ä+.txt").write_text("umlaut\n")
        (bucket / "a" / "1.gz").write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
        (bucket / "a" / "2").write_bytes(bytes(range(256)) * 20000)
        (bucket / "a" / "cut.gz").write_bytes(gzip.compress(b"one\n" * 100)[:-5])

    def ways(self):
        """The same questions of the directory that a server holds, and of the server."""
        server = {"AWS_ENDPOINT_URL": self.server.url}
        nobody = {"AWS_ENDPOINT_URL": ""}
        yield "directory", ("--state", self.state), server  # the directory that is named counts
        yield "option", ("--endpoint-url", self.server.url), nobody
        yield "variable", (), server

    def each_way(self, *words, want=0):
        results = []
        for name, where, env in self.ways():
            with self.subTest(way=name):
                results.append(self.millrace(*words, *where, env=env, want=want))
        return results

    def keys(self, result):
        return [json.loads(line)["key"] for line in result.out.split("\n") if line]

    def test_buckets(self):
        for result in self.each_way("ls"):
            self.assertEqual(result.out.splitlines(), ["s3://landing", "s3://other"])

    def test_objects_in_order_of_their_keys(self):
        for result in self.each_way("ls", "s3://landing", "--output", "json"):
            self.assertEqual(self.keys(result), ["a b/ä+.txt", "a/1.gz", "a/2", "a/cut.gz"])
        for result in self.each_way("ls", "s3://landing/a/", "--output", "json"):
            self.assertEqual(self.keys(result), ["a/1.gz", "a/2", "a/cut.gz"])
        for result in self.each_way("ls", "s3://landing/a/2"):
            self.assertRegex(result.out, r"^\d{4}-\d\d-\d\dT\S+Z +5120000 a/2\n$")
        for result in self.each_way("ls", "s3://other"):
            self.assertEqual(result.out, "")

    def test_a_key_is_a_part_of_one_line(self):
        key = "a/two\nlines\x1b[31m\\n\x85ä"
        (self.state / "s3" / "landing" / key).write_text("x")
        for result in self.each_way("ls", "s3://landing/a/two"):
            self.assertRegex(result.out, r"^\S+ +1 a/two\\nlines\\x1b\[31m\\\\n\\xc2\\x85ä\n$")
        for result in self.each_way("ls", "s3://landing/a/two", "--output", "json"):
            self.assertEqual(self.keys(result), [key])

    def test_more_objects_than_a_page_of_the_server_has(self):
        names = [f"rows/{i:05}" for i in range(2100)]
        for name in names:
            (self.state / "s3" / "landing" / name).write_text("x")
        for result in self.each_way("ls", "s3://landing/rows/", "--output", "json"):
            self.assertEqual(self.keys(result), names)

    def test_the_bytes_of_an_object(self):
        for name, where, env in self.ways():
            with self.subTest(way=name):
                whole = self.bytes("a/2", *where, env=env)
                self.assertEqual(whole, bytes(range(256)) * 20000)
                self.assertEqual(self.bytes("a b/ä+.txt", *where, env=env), b"umlaut\n")
                packed = (self.state / "s3/landing/a/1.gz").read_bytes()
                self.assertEqual(self.bytes("a/1.gz", *where, env=env), packed)
                decoded = self.bytes("a/1.gz", "--decode", *where, env=env)
                self.assertEqual(decoded, b"one\ntwo\n")
                plain = self.bytes("a/2", "--decode", *where, env=env)
                self.assertEqual(plain, whole)

    def bytes(self, key, *words, env):
        done = subprocess.run(
            [BINARY, "cat", f"s3://landing/{key}", *map(str, words)],
            capture_output=True,
            cwd=self.dir,
            env={**os.environ, **env},
            timeout=SECONDS,
            check=True,
        )
        return done.stdout

    def test_a_gzip_that_is_cut_off_is_an_error(self):
        for result in self.each_way("cat", "s3://landing/a/cut.gz", "--decode", want=2):
            self.assertIn("gzip", result.err)

    def test_what_is_not_there_is_said(self):
        for result in self.each_way("ls", "s3://nowhere", want=2):
            self.assertIn("bucket", result.err)
        for result in self.each_way("cat", "s3://landing/a/3", want=2):
            self.assertIn("a/3", result.err)
            self.assertEqual(result.out, "")
        for result in self.each_way("cat", "s3://landing", want=2):
            self.assertIn("is a bucket", result.err)

    def test_what_will_not_do_is_refused(self):
        both = ("--state", self.state, "--endpoint-url", self.server.url)
        self.assertIn("give one", self.millrace("ls", *both, want=2).err)
        self.assertIn("s3://BUCKET", self.millrace("ls", "landing/a", *both[:2], want=2).err)
        self.assertIn("no bucket", self.millrace("cat", "s3://../x", *both[:2], want=2).err)
        nobody = {"AWS_ENDPOINT_URL": ""}
        self.assertIn("elsewhere", self.millrace("ls", "--state", "elsewhere", want=2, env=nobody).err)
        self.server.stop()
        self.millrace("ls", *both[2:], want=3)

    def files(self):
        """All but what SQLite makes for every reader of a database."""
        files = (p for p in self.state.rglob("*") if p.is_file())
        return sorted((p, p.stat().st_mtime_ns) for p in files if p.suffix not in (".db-shm", ".db-wal"))

    def test_reading_leaves_the_directory_as_it_is(self):
        self.server.stop()
        upload = self.state / "s3" / ".uploads" / "99"  # of another process, for all a reader knows
        upload.write_text("under way")
        before = self.files()
        self.millrace("ls", "s3://landing", "--state", self.state)
        self.millrace("cat", "s3://landing/a/1.gz", "--state", self.state)
        self.assertEqual(self.files(), before)
        self.assertIn(upload, [path for path, _ in before])


if __name__ == "__main__":
    main()
