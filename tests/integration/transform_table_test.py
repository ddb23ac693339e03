"""What a Firehose transformation may answer, and what becomes of each record: one row for each
legal result, each breach of the contract and each way in which a function can fail.

Every row runs the whole pipeline with the row's handler in a process of its own, and reads what
lies in the buckets: under which key, with which bytes, and which error record.

Source: reference/firehose.md, sections 4, 5 and 6.
"""

import base64
import json
import re

from millrace import Case, bucket_of, main

ROWS = ["alpha", "beta", "gamma"]
RETRIES = 1

TEMPLATE = """
Resources:
  Data: {Type: AWS::S3::Bucket, Properties: {BucketName: data}}
  Backup: {Type: AWS::S3::Bucket, Properties: {BucketName: backup}}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}
  Transform:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: transform
      Runtime: %(runtime)s
      Handler: %(handler)s
      Code: code
      Role: !GetAtt Role.Arn
      Timeout: %(timeout)d
      MemorySize: 128
  Delivery:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: flow
      ExtendedS3DestinationConfiguration:
        BucketARN: !GetAtt Data.Arn
        RoleARN: !GetAtt Role.Arn
        Prefix: good/
        ErrorOutputPrefix: bad/
        BufferingHints: {SizeInMBs: 64, IntervalInSeconds: %(interval)d}
        ProcessingConfiguration:
          Enabled: true
          Processors:
            - Type: Lambda
              Parameters:
                - {ParameterName: LambdaArn, ParameterValue: !GetAtt Transform.Arn}
                - {ParameterName: NumberOfRetries, ParameterValue: '%(retries)d'}
                - {ParameterName: BufferSizeInMBs, ParameterValue: '3'}
                - {ParameterName: BufferIntervalInSeconds, ParameterValue: '1'}
        S3BackupMode: Enabled
        S3BackupConfiguration:
          BucketARN: !GetAtt Backup.Arn
          RoleARN: !GetAtt Role.Arn
          Prefix: raw/
          BufferingHints: {SizeInMBs: 64, IntervalInSeconds: 1}
"""

# What every handler of the table can use.
PRELUDE = """
import base64, json, os, signal, sys, time

def b64(data):
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()

def text(record):
    return base64.b64decode(record["data"]).decode()

def ok(record, data=None):
    return {"recordId": record["recordId"], "result": "Ok",
            "data": b64(text(record).upper() if data is None else data)}

def end(record, result):
    return {"recordId": record["recordId"], "result": result}

def is_first_call():
    mark = os.path.join(os.environ["LAMBDA_TASK_ROOT"], "called")
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
        return True
    except FileExistsError:
        return False

"""

# A custom runtime that answers with the bytes that a function `answer(event)` gives.
CUSTOM = "#!/usr/bin/env python3\n" + PRELUDE + """
import http.client

api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])

def call(method, path, body=None):
    api.request(method, "/2018-06-01/runtime/invocation/" + path, body)
    response = api.getresponse()
    return response, response.read()

def good(event):
    return json.dumps({"records": [ok(r) for r in event["records"]]}).encode()

%s

while True:
    response, body = call("GET", "next")
    request_id = response.headers["Lambda-Runtime-Aws-Request-Id"]
    serve(request_id, json.loads(body))
"""

PROCESSING = ("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
MISSING = (
    "Lambda.MissingRecordId",
    "One or more record Ids were not returned. Ensure that the Lambda function returns all "
    "received record Ids.",
)
DUPLICATED = (
    "Lambda.DuplicatedRecordId",
    "Multiple records were returned with the same record Id. Ensure that the Lambda function "
    "returns a unique record Id for each record.",
)
NO_DATA = (
    "Lambda.InvalidReturnFormat",
    "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and "
    "processing result is Ok.",
)
BAD_RESULT = (
    "Lambda.InvalidReturnFormat",
    "The result field must be one of Ok, Dropped and ProcessingFailed.",
)
BAD_DATA = ("Lambda.InvalidReturnFormat", "The data field must be a base64 encoded string.")
NOT_JSON = (
    "Lambda.JsonProcessingException",
    "There was an error parsing returned records from the Lambda function. Ensure that the "
    "response is valid JSON.",
)
FUNCTION_ERROR = (
    "Lambda.FunctionError",
    "The Lambda function was successfully invoked but it returned an error result.",
)
FAILS = FUNCTION_ERROR  # all records, after every attempt

G = ["ALPHA", "BETA", "GAMMA"]


class Row:
    """body: of handler(event, context), over R, its records. good: the main object's bytes; ""
    is no object. bad: by record the (code, message) of its error, None where there is none."""

    def __init__(self, label, body, good="", bad=(None, None, None), attempts=1, rows=ROWS, **how):
        self.label = label
        self.body = body
        self.good = good.encode() if isinstance(good, str) else good
        self.bad = [bad] * len(rows) if bad and isinstance(bad[0], str) else list(bad)
        self.attempts = attempts
        self.rows = rows
        self.code = how.get("code")  # the whole module instead of a body
        self.custom = how.get("custom")  # the serve() of a custom runtime
        self.handler = how.get("handler", "transform.handler")
        self.words = how.get("words", [])
        self.timeout = how.get("timeout", 60)
        self.interval = how.get("interval", 1)


def entry(what):
    """The answer for the second record is `what` of it; the others are Ok."""
    return f"return {{'records': [ok(R[0]), {what}, ok(R[2])]}}"


def second(fault):
    return (None, fault, None)


REAL = ["--clock", "real"]
TWICE = RETRIES + 1

TABLE = [
    # ---- legal answers ----
    Row("every record is Ok", "return {'records': [ok(r) for r in R]}", "".join(G)),
    Row("Ok with no bytes", entry("ok(R[1], b'')"), "ALPHAGAMMA"),
    Row("Ok with every byte there is", entry("ok(R[1], bytes(range(256)))"),
        b"ALPHA" + bytes(range(256)) + b"GAMMA"),
    Row("Ok that grows", entry("ok(R[1], 'x' * 100000)"), "ALPHA" + "x" * 100000 + "GAMMA"),
    Row("Ok with a line end", "return {'records': [ok(r, text(r) + '\\n') for r in R]}",
        "alpha\nbeta\ngamma\n"),
    Row("one is dropped", entry("end(R[1], 'Dropped')"), "ALPHAGAMMA"),
    Row("every record is dropped", "return {'records': [end(r, 'Dropped') for r in R]}"),
    Row("dropped with data", entry("{**ok(R[1]), 'result': 'Dropped'}"), "ALPHAGAMMA"),
    Row("one has failed", entry("end(R[1], 'ProcessingFailed')"), "ALPHAGAMMA", second(PROCESSING)),
    Row("every record has failed", "return {'records': [end(r, 'ProcessingFailed') for r in R]}",
        bad=PROCESSING),
    Row("failed with data: the original is kept", entry("{**ok(R[1], 'other'), 'result': 'ProcessingFailed'}"),
        "ALPHAGAMMA", second(PROCESSING)),
    Row("one of each", "return {'records': [end(R[0], 'Dropped'), end(R[1], 'ProcessingFailed'), ok(R[2])]}",
        "GAMMA", second(PROCESSING)),
    Row("in another order", "return {'records': [ok(r) for r in reversed(R)]}", "".join(G)),
    Row("members that mean nothing", "return {'more': {'a': [1]}, 'records': [{**ok(r), 'x': {}} for r in R]}",
        "".join(G)),
    Row("partition keys that nobody asked for",
        "return {'records': [{**ok(r), 'metadata': {'partitionKeys': {'k': 'v'}}} for r in R]}", "".join(G)),
    Row("records that were never sent", "return {'records': [ok(r) for r in R] + [{**ok(R[0], 'zz'), 'recordId': 'zz'}]}",
        "".join(G)),
    Row("data with escaped slashes", None, "\u00ff?\u00ff".encode("latin-1") * 3,
        custom="""
def serve(request_id, event):
    text = json.dumps({"records": [ok(r, b"\\xff?\\xff") for r in event["records"]]})
    assert "/" in text
    call("POST", request_id + "/response", text.replace("/", "\\\\/").encode())
"""),
    # ---- ids ----
    Row("an id is missing", "return {'records': [ok(R[0]), ok(R[2])]}", "ALPHAGAMMA", second(MISSING)),
    Row("no record comes back", "return {'records': []}", bad=MISSING),
    Row("an id comes twice", "return {'records': [ok(R[0]), ok(R[1]), ok(R[1]), ok(R[2])]}", "ALPHAGAMMA",
        second(DUPLICATED)),
    Row("an id comes three times", "return {'records': [ok(R[1]), ok(R[0]), ok(R[1]), ok(R[2]), ok(R[1])]}",
        "ALPHAGAMMA", second(DUPLICATED)),
    Row("an id comes twice with two results",
        "return {'records': [ok(R[0]), end(R[1], 'Dropped'), ok(R[1]), ok(R[2])]}", "ALPHAGAMMA",
        second(DUPLICATED)),
    Row("an id in place of another", entry("{**ok(R[1]), 'recordId': R[0]['recordId']}"), "GAMMA",
        (DUPLICATED, MISSING, None)),
    Row("an id that is wrong", entry("{**ok(R[1]), 'recordId': 'x' + R[1]['recordId']}"), "ALPHAGAMMA",
        second(MISSING)),
    Row("an id that is a number", entry("{**ok(R[1]), 'recordId': 7}"), "ALPHAGAMMA", second(MISSING)),
    Row("an entry without id", entry("{'result': 'Ok', 'data': b64('x')}"), "ALPHAGAMMA", second(MISSING)),
    Row("an entry that is no object", entry("R[1]['recordId']"), "ALPHAGAMMA", second(MISSING)),
    # ---- results and data ----
    Row("a result that does not exist", entry("end(R[1], 'Maybe')"), "ALPHAGAMMA", second(BAD_RESULT)),
    Row("a result in small letters", entry("{**ok(R[1]), 'result': 'ok'}"), "ALPHAGAMMA", second(BAD_RESULT)),
    Row("no result", entry("{'recordId': R[1]['recordId'], 'data': b64('x')}"), "ALPHAGAMMA", second(BAD_RESULT)),
    Row("a result of null", entry("end(R[1], None)"), "ALPHAGAMMA", second(BAD_RESULT)),
    Row("a result that is a number", entry("end(R[1], 1)"), "ALPHAGAMMA", second(BAD_RESULT)),
    Row("Ok without data", entry("end(R[1], 'Ok')"), "ALPHAGAMMA", second(NO_DATA)),
    Row("Ok with data of null", entry("{**ok(R[1]), 'data': None}"), "ALPHAGAMMA", second(NO_DATA)),
    Row("data that is a number", entry("{**ok(R[1]), 'data': 12}"), "ALPHAGAMMA", second(BAD_DATA)),
    Row("data that is an object", entry("{**ok(R[1]), 'data': {'a': 1}}"), "ALPHAGAMMA", second(BAD_DATA)),
    Row("data that is not base64", entry("{**ok(R[1]), 'data': '{\"plain\": 1}'}"), "ALPHAGAMMA", second(BAD_DATA)),
    Row("data of base64 that is cut off", entry("{**ok(R[1]), 'data': 'YWJjZ'}"), "ALPHAGAMMA", second(BAD_DATA)),
    # ---- shapes ----
    Row("no records member", "return {'result': 'Ok'}", bad=MISSING),
    Row("records of null", "return {'records': None}", bad=MISSING),
    Row("records that are an object", "return {'records': {r['recordId']: ok(r) for r in R}}", bad=MISSING),
    Row("records that are a text", "return {'records': json.dumps([ok(r) for r in R])}", bad=MISSING),
    Row("nothing is returned", "pass", bad=MISSING),
    Row("a bare list", "return [ok(r) for r in R]", bad=MISSING),
    Row("a bare text", "return 'done'", bad=MISSING),
    Row("a bare number", "return 200", bad=MISSING),
    Row("the answer of a web handler", "return {'statusCode': 200, 'body': json.dumps({'records': [ok(r) for r in R]})}",
        bad=MISSING),
    Row("no JSON", None, bad=NOT_JSON, custom="""
def serve(request_id, event):
    call("POST", request_id + "/response", b"all is well")
"""),
    Row("JSON that is cut off", None, bad=NOT_JSON, custom="""
def serve(request_id, event):
    call("POST", request_id + "/response", good(event)[:-1])
"""),
    Row("JSON with more behind it", None, bad=NOT_JSON, custom="""
def serve(request_id, event):
    call("POST", request_id + "/response", good(event) + b"}")
"""),
    Row("no answer at all", None, bad=NOT_JSON, custom="""
def serve(request_id, event):
    call("POST", request_id + "/response", b"")
"""),
    Row("a number that JSON does not have", "return {'records': [ok(r) for r in R], 'n': float('nan')}", bad=NOT_JSON),
    Row("a second answer does not count", None, "".join(G), custom="""
def serve(request_id, event):
    call("POST", request_id + "/response", good(event))
    response, body = call("POST", request_id + "/response", b'{"records": []}')
    assert response.status == 400, body
"""),
    Row("an answer for a request that was not asked", None, "".join(G), custom="""
def serve(request_id, event):
    response, body = call("POST", "00000000-0000-4000-8000-000000000000/response", b'{"records": []}')
    assert response.status == 400, body
    call("POST", request_id + "/response", good(event))
"""),
    # ---- functions that fail ----
    Row("an exception", "raise ValueError('no luck')", bad=FAILS, attempts=TWICE),
    Row("an exception, the first time",
        "if is_first_call(): raise ValueError('no luck')\n    return {'records': [ok(r) for r in R]}", "".join(G)),
    Row("a failed record, the second time",
        "if is_first_call(): raise ValueError('no luck')\n    " + entry("end(R[1], 'ProcessingFailed')"),
        "ALPHAGAMMA", second(PROCESSING), attempts=2),
    Row("an answer that is no JSON value", "return {'records': {1, 2}}", bad=FAILS, attempts=TWICE),
    Row("endless recursion", "def f(): return f()\n    return f()", bad=FAILS, attempts=TWICE),
    Row("an exit", "sys.exit(0)", bad=FAILS, attempts=TWICE),
    Row("an exit with a status", "os._exit(3)", bad=FAILS, attempts=TWICE),
    Row("an exit, the first time", "if is_first_call(): os._exit(3)\n    return {'records': [ok(r) for r in R]}",
        "".join(G)),
    Row("a signal", "os.kill(os.getpid(), signal.SIGKILL)", bad=FAILS, attempts=TWICE),
    Row("a segmentation fault", "os.kill(os.getpid(), signal.SIGSEGV)", bad=FAILS, attempts=TWICE),
    Row("more memory than the function has", "hog = bytearray(os.urandom(1 << 20)) * 400\n    return {'records': [ok(r) for r in R]}",
        bad=FAILS, attempts=TWICE),
    Row("code that cannot be loaded", None, bad=FAILS, attempts=TWICE, code="import a_module_that_is_not_there\n"),
    Row("code that is no Python", None, bad=FAILS, attempts=TWICE, code="def handler(event:\n"),
    Row("no such handler", "return {'records': [ok(r) for r in R]}", bad=FAILS, attempts=TWICE,
        handler="transform.other"),
    Row("throttled", "return {'records': [ok(r) for r in R]}", words=["--fault", "lambda-throttled"],
        bad=("Lambda.InvokeLimitExceeded", None), attempts=TWICE),
    Row("a time-out", "while True: time.sleep(60)", bad=("Lambda.FunctionTimedOut", None), attempts=TWICE,
        timeout=1, words=REAL),
    Row("output without end", "while True: print('x' * 1000)", bad=("Lambda.FunctionTimedOut", None),
        attempts=TWICE, timeout=1, words=REAL),
    Row("a process that is too busy to hear SIGTERM",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    while True: pass",
        bad=("Lambda.FunctionTimedOut", None), attempts=TWICE, timeout=1, words=REAL),
    Row("a start that takes longer than the time-out", None, "".join(G), timeout=1, words=REAL,
        code="import time\ntime.sleep(1.5)\n" + PRELUDE
        + "def handler(event, context): return {'records': [ok(r) for r in event['records']]}\n"),
    # ---- sizes ----
    Row("much output", "sys.stdout.write('x' * 30000000)\n    return {'records': [ok(r) for r in R]}", "".join(G)),
    Row("output that is no text", "sys.stdout.buffer.write(bytes(range(256)) * 100)\n    return {'records': [ok(r) for r in R]}",
        "".join(G)),
    Row("an answer of exactly what may come",
        "a = {'records': [ok(r) for r in R], 'pad': ''}\n    a['pad'] = 'x' * (6291556 - len(json.dumps(a)))\n    return a",
        "".join(G)),
    Row("an answer of a byte more",
        "a = {'records': [ok(r) for r in R], 'pad': ''}\n    a['pad'] = 'x' * (6291557 - len(json.dumps(a)))\n    return a",
        bad=FAILS, attempts=TWICE),
    Row("an answer of 40 MB", "return {'records': [ok(r, 'x' * 10000000) for r in R]}", bad=FAILS, attempts=TWICE),
    Row("more records than one invocation may carry",
        "assert len(json.dumps(event, separators=(',', ':'))) <= 6291456\n    return {'records': [ok(r, text(r) + '.') for r in R]}",
        "".join(f"{n}." for n in range(60000)), (None,) * 60000, rows=[str(n) for n in range(60000)], interval=60),
]

KEY = r"{}/2025/01/01/00/flow-1-2025-01-01-00-00-\d\d-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
REAL_KEY = r"{}/\d{{4}}/\d\d/\d\d/\d\d/flow-1-\d{{4}}(-\d\d){{5}}-[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
ERROR_MEMBERS = [
    "rawData", "errorCode", "errorMessage", "attemptsMade", "arrivalTimestamp", "attemptEndingTimestamp", "lambdaARN",
]


class TransformTable(Case):
    def pipeline(self, row, name):
        folder = self.dir / name
        code = row.code
        if code is None and row.custom is None:
            code = f"{PRELUDE}\ndef handler(event, context):\n    R = event['records']\n    {row.body}\n"
        if row.custom is None:
            self.write(f"{name}/code/transform.py", code)
        else:
            self.write(f"{name}/code/bootstrap", CUSTOM % row.custom).chmod(0o755)
        runtime = "python3.11" if row.custom is None else "provided.al2023"
        self.write(f"{name}/template.yaml", TEMPLATE % {
            "runtime": runtime, "handler": row.handler, "timeout": row.timeout, "retries": RETRIES,
            "interval": row.interval,
        })
        rows = self.write(f"{name}/rows.csv", "".join(f"{text}\n" for text in row.rows))
        state = folder / "state"
        self.millrace("run", folder / "template.yaml", "--input", f"flow={rows}", "--no-header", "--encode", "raw",
                      "--limits", "off", "--quiet", "--state", state, *row.words)
        return state

    def check_errors(self, row, objects):
        got = [json.loads(line) for data in objects.values() for line in data.decode().splitlines()]
        want = [(text, fault) for text, fault in zip(row.rows, row.bad) if fault is not None]
        self.assertEqual([base64.b64decode(error["rawData"]).decode() for error in got], [text for text, _ in want])
        for error, (_, (code, message)) in zip(got, want):
            self.assertEqual(list(error), ERROR_MEMBERS)
            self.assertEqual(error["errorCode"], code)
            if message is not None:
                self.assertEqual(error["errorMessage"], message)
            self.assertEqual(error["attemptsMade"], row.attempts)
            self.assertEqual(error["lambdaARN"], "arn:aws:lambda:us-east-1:000000000000:function:transform")
            self.assertLess(error["arrivalTimestamp"], error["attemptEndingTimestamp"])

    def check(self, row, state):
        pattern = REAL_KEY if row.words == REAL else KEY
        data, backup = bucket_of(state, "data"), bucket_of(state, "backup")
        for key in data:
            self.assertRegex(key, f"^({pattern.format('good')}|{pattern.format('bad/processing-failed')})$")
        good = {key: body for key, body in data.items() if key.startswith("good/")}
        self.assertEqual(b"".join(good.values()), row.good)
        self.assertEqual(len(good), 1 if row.good else 0)
        self.check_errors(row, {key: body for key, body in data.items() if key.startswith("bad/")})
        # Whatever the function does, the backup holds what was put.
        for key in backup:
            self.assertTrue(re.fullmatch(pattern.format("raw"), key), key)
        self.assertEqual(b"".join(backup.values()).decode(), "".join(row.rows))

    def test_every_row(self):
        self.assertGreaterEqual(len(TABLE), 40)
        for number, row in enumerate(TABLE):
            with self.subTest(row.label):
                self.check(row, self.pipeline(row, f"row{number}"))


if __name__ == "__main__":
    main()
