"""The benchmarks of the program as a whole: see scripts/bench.

Each figure stands beside the work that no program can do without (reading and copying the same
bytes), measured in the same run, because machines differ and one machine differs from minute to
minute. `bench.py NAME...` runs some of them: micro, version, sample, handler, serve, deliver, memory,
hundred, day, firehose, console.
"""

import base64
import http.client
import json
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import looking
import serving

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build/release"
BINARY = BUILD / "millrace"
TEMPLATE = ROOT / "data/crimes/template.yaml"
ROWS = 1_500_000
REPEATS = 3


def line(name, figure, beside=""):
    print(f"{name:44} {figure:>24}  {beside}", flush=True)


def timed(words, **how):
    began = time.perf_counter()
    done = subprocess.run([str(word) for word in words], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, **how)
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stderr.decode()}")
    return seconds


def best(words, **how):
    return min(timed(words, **how) for _ in range(REPEATS))


def make_csv(path, rows):
    """Rows of the sample's shape, from the sample's own generator."""
    generator = ROOT / "data/crimes/generate.py"
    with open(path, "wb") as file:
        subprocess.run([sys.executable, generator, "--rows", "20000", "--seed", "11"], stdout=file,
                       check=True)
    lines = path.read_bytes().splitlines(keepends=True)
    header, body = lines[0], lines[1:]
    random.Random(11).shuffle(body)
    with open(path, "wb") as file:
        file.write(header)
        block = b"".join(body)
        for _ in range(rows // len(body)):
            file.write(block)
        file.write(b"".join(body[: rows % len(body)]))


def micro():
    for name in ("append", "builtin", "deaggregate", "upload", "query"):
        program = BUILD / f"tests/bench.{name}"
        print(f"-- {name}", flush=True)
        subprocess.run([program], check=True)


def version():
    line("millrace version", f"{best([BINARY, 'version']) * 1000:.1f} ms", "limit 5 ms")


def sample(scratch):
    words = [BINARY, "run", TEMPLATE, "--state", scratch / "sample", "--replace", "-q"]
    line("sample run, 7,584 rows, builtin transform", f"{best(words):.3f} s", "limit 0.3 s")


def serve(scratch):
    serving.bench(BINARY, BUILD / "tests/bench.kinesis", scratch / "serve",
                  best([BINARY, "version"]), line)


def own_and_handlers_cpu(words):
    """Runs words. CPU seconds of the process itself, of its children, and seconds of wall time."""
    began = time.perf_counter()
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended; /proc still knows it
    wall = time.perf_counter() - began
    stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
    if process.wait() != 0:
        sys.exit(f"{words} failed")
    ticks = [int(field) for field in stat.rpartition(")")[2].split()[11:15]]
    user, system, children_user, children_system = (t / os.sysconf("SC_CLK_TCK") for t in ticks)
    return user + system, children_user + children_system, wall


def handler(scratch):
    """The sample with its Python handler, without and with its backup, which is compressed: what is
    ours, what is the handler's."""
    repeat = 20
    rows = 7584 * repeat
    for backup in (False, True):
        template = template_for(scratch, backup=backup, size=5)
        words = [BINARY, "run", template, "-q", "--no-builtin", "--limits", "off", "--input",
                 f"CrimeStream={TEMPLATE.parent / 'crimes.csv'}", "--load-time", "--partition-key",
                 "column:district", "--rate", "max", "--repeat", repeat, "--param", "ShardCount=1",
                 "--query", "SELECT 1 AS done"]
        runs = [own_and_handlers_cpu([*words, "--state", scratch / f"handler-{backup}-{number}"])
                for number in range(REPEATS)]
        own, handlers, wall = min(runs)
        line(f"through a Python handler, {'a' if backup else 'no'} backup, own CPU", f"{own:.2f} s",
             f"{rows:,} rows, {own / rows * 1e6:.2f} us each; the handler's: {handlers:.2f} s")
        line("  against the handler's CPU", f"{100 * own / handlers:.1f} %", "limit 10 %")
        line("  of one core while it runs", f"{100 * own / wall:.1f} %",
             f"limit 10 %; {wall:.2f} s, {handlers / wall:.1f} cores at work for the handler")


def template_for(scratch, backup, size):
    """The sample's template with other hints, and without the backup."""
    text = TEMPLATE.read_text()
    text = text.replace("{SizeInMBs: 1, IntervalInSeconds: 60}",
                        f"{{SizeInMBs: {size}, IntervalInSeconds: 300}}")
    text = text.replace("{SizeInMBs: 5, IntervalInSeconds: 300}",
                        f"{{SizeInMBs: {size}, IntervalInSeconds: 300}}")
    if not backup:
        begin = text.index("        S3BackupMode: Enabled")
        text = text[:begin] + text[text.index("\n  DeliveryRole:", begin):]
    text = text.replace("Code: handlers", f"Code: {TEMPLATE.parent / 'handlers'}")
    path = scratch / f"template-{backup}-{size}.yaml"
    path.write_text(text)
    return path


def run_words(scratch, template, csv):
    return [BINARY, "run", template, "--state", scratch / "state", "--replace", "-q", "--limits",
            "off", "--input", f"CrimeStream={csv}", "--load-time", "--partition-key",
            "column:district", "--query", "SELECT 1 AS done", "--rate", "max",
            "--batch-records", "500", "--batch-bytes", "1000000"]


def deliver(scratch, csv):
    template = template_for(scratch, backup=False, size=128)
    seconds = best(run_words(scratch, template, csv))
    size = csv.stat().st_size

    def floor():
        began = time.perf_counter()
        timed(["wc", "-l", csv])
        timed(["md5sum", csv])
        timed(["cp", csv, scratch / "copy.csv"])
        return time.perf_counter() - began

    least = min(floor() for _ in range(REPEATS))
    gzip = timed(["gzip", "-c", csv])
    line(f"CSV to delivered JSON objects, {ROWS:,} rows", f"{ROWS / seconds:,.0f} rows/s",
         f"limit 800,000; {seconds:.2f} s for {size / 1e6:.0f} MB")
    line("  against wc -l + md5sum + cp of the file", f"{seconds / least:.1f} x", f"{least:.2f} s")
    line("  against gzip of the file", f"{seconds / gzip:.2f} x", f"{gzip:.2f} s")
    shutil.rmtree(scratch / "state")


def peak_anonymous(words):
    """The most anonymous memory (resident less file-backed pages) that a run takes, in bytes."""
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:
        try:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        except OSError:
            break
        for row in status.splitlines():
            if row.startswith("RssAnon:"):
                most = max(most, int(row.split()[1]) * 1024)
        time.sleep(0.002)
    if process.wait() != 0:
        sys.exit(f"{words} failed")
    return most


def memory(scratch, csv):
    template = template_for(scratch, backup=True, size=128)
    most = peak_anonymous(run_words(scratch, template, csv))
    line("peak memory, hints of 128 MB, with backup", f"{most / 1e6:.0f} MB", "limit 150 MB")
    shutil.rmtree(scratch / "state")


SCENARIO = """name: {name}
template: {template}
inputs:
  - {{stream: CrimeStream, file: {csv}, encode: 'delimited:|', load-time: true, rate: 100/s,
     partition-key: district, repeat: {repeat}, rows: {rows}}}
expect:
  - sql: SELECT count(*) FROM crimes.crime_events
    equals: {rows}
  - lost: 0
"""


def write_scenario(path, rows):
    csv = TEMPLATE.parent / "crimes.csv"
    path.write_text(SCENARIO.format(name=path.stem, template=TEMPLATE, csv=csv, rows=rows,
                                    repeat=rows // 7584 + 1))


def hundred(scratch):
    folder = scratch / "hundred"
    folder.mkdir()
    for number in range(100):
        write_scenario(folder / f"small-{number:02}.yaml", 100)
    line("100 scenarios of 100 rows, on all cores", f"{best([BINARY, 'test', folder]):.2f} s",
         "limit 5 s")


def day(scratch):
    """100 records a second for 24 hours: 60 s buffers, a transformation, a gzip backup."""
    rows = 8_640_000
    path = scratch / "day.yaml"
    write_scenario(path, rows)
    seconds = timed([BINARY, "test", path])
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    line(f"a simulated day, {rows:,} records, one core", f"{seconds:.1f} s",
         f"limit 25 s; {rows / seconds:,.0f} records/s, {86400 / seconds:,.0f} x real time")
    line("  its peak memory, mapped files included", f"{usage.ru_maxrss / 1024:.0f} MiB",
         "limit 200 MB")


class Firehose:
    """A server that nothing but its Firehose is asked of, over one connection."""

    def __init__(self, state):
        words = [BINARY, "serve", "--state", state, "--port", "0", "-q", "--limits", "off",
                 "--state-delay", "0"]
        self.process = subprocess.Popen([str(word) for word in words], stdout=subprocess.PIPE)
        host = self.process.stdout.readline().decode().split("//")[1].strip()
        self.connection = http.client.HTTPConnection(host)

    def call(self, operation, body):
        self.connection.request("POST", "/", body, {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "Firehose_20150804." + operation,
            "Authorization": "AWS4-HMAC-SHA256 Credential=b/20250101/us-east-1/firehose/"
            "aws4_request, SignedHeaders=host, Signature=0", "X-Amz-Date": "20250101T000000Z"})
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            sys.exit(f"{operation}: {data.decode()}")
        return data

    def create(self, name):
        destination = {"RoleARN": "arn:aws:iam::000000000000:role/bench",
                       "BucketARN": "arn:aws:s3:::bench",
                       "BufferingHints": {"SizeInMBs": 128, "IntervalInSeconds": 900}}
        self.call("CreateDeliveryStream", json.dumps(
            {"DeliveryStreamName": name, "S3DestinationConfiguration": destination}))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self):
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def firehose(scratch):
    """500 records of 100 bytes a call; then 1,000 delivery streams that nobody asks anything of."""
    calls, streams, seconds = 4000, 1000, 5
    server = Firehose(scratch / "firehose")
    server.create("busy")
    data = base64.b64encode(bytes(range(100))).decode()
    body = json.dumps({"DeliveryStreamName": "busy", "Records": [{"Data": data}] * 500})
    before = server.cpu_seconds()
    for _ in range(calls):
        if b'"FailedPutCount":0,' not in server.call("PutRecordBatch", body):
            sys.exit("PutRecordBatch: records were not taken")
    rate = calls * 500 / (server.cpu_seconds() - before)
    line("PutRecordBatch, a second of the server's time", f"{rate:,.0f} records", "limit 400,000")
    before = server.resident_mb()
    for number in range(streams):
        server.create(f"idle-{number}")
    line("1,000 idle delivery streams", f"{server.resident_mb() - before:.0f} MB", "limit 50 MB")
    before = server.cpu_seconds()
    time.sleep(seconds)
    line(f"  their CPU time in {seconds} s", f"{server.cpu_seconds() - before:.2f} s", "limit 0.01 s")
    for number in range(streams):
        server.call("PutRecord", json.dumps(
            {"DeliveryStreamName": f"idle-{number}", "Record": {"Data": data}}))
    server.stop()
    began = time.perf_counter()
    server = Firehose(scratch / "firehose")
    line("  a start with a record in each", f"{time.perf_counter() - began:.2f} s",
         f"{server.resident_mb():.0f} MB in all")
    server.stop()
    shutil.rmtree(scratch / "firehose")


def console(scratch):
    """A page of the console that listens, while records come."""
    looking.measure(line, BINARY, TEMPLATE, scratch)


def main():
    wanted = sys.argv[1:] or ["micro", "version", "sample", "handler", "serve", "deliver", "memory",
                              "hundred", "day", "firehose", "console"]
    base = os.environ.get("TMPDIR", "/tmp")
    with tempfile.TemporaryDirectory(prefix="millrace-bench-", dir=base) as name:
        scratch = pathlib.Path(name)
        csv = scratch / "crimes.csv"
        if {"deliver", "memory"} & set(wanted):
            make_csv(csv, ROWS)
        for one in wanted:
            if one in ("deliver", "memory"):
                globals()[one](scratch, csv)
            elif one in ("sample", "handler", "serve", "hundred", "day", "firehose",
                         "console"):
                globals()[one](scratch)
            else:
                globals()[one]()


if __name__ == "__main__":
    main()
