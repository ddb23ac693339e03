"""AWS for the commands of docs/aws.md, as far as they go: on loopback, with no account.

S3 keeps its buckets in a folder, that of a running `millrace serve`; CloudFormation answers for one
stack, whose outputs and resources are the ones given; Athena's queries are `millrace query`. Each request's
operation and members are kept, so that a test can see what a command asked for. Signatures are not
looked at (Kinesis's server does that, and fake_kinesis.py).
"""

import http.server
import json
import pathlib
import re
import shutil
import subprocess
import threading
import urllib.parse
import xml.sax.saxutils

from millrace import BINARY

ACCOUNT = "000000000000"
STACK = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/crimes/1"
NOT_THERE = "<Error><Code>{}</Code><Message>not there</Message></Error>"


class Refusal(Exception):
    def __init__(self, status, body):
        super().__init__(body)
        self.status = status
        self.body = body


def xml_of(name, value):
    """A member as the query protocol writes it: lists have <member>s."""
    if isinstance(value, dict):
        inside = "".join(xml_of(key, each) for key, each in value.items())
    elif isinstance(value, list):
        inside = "".join(xml_of("member", each) for each in value)
    else:
        inside = xml.sax.saxutils.escape(str(value))
    return f"<{name}>{inside}</{name}>"


class Stub:
    """`stack`: Outputs and Resources of the stack, name to text, asked for when it is there."""

    def __init__(self, state, stack):
        self.state = pathlib.Path(state)
        self.stack = stack
        self.exists = False
        self.queries = {}
        self.asked = []  # (operation, members), in order
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                try:
                    status, kind, data = stub.answer(self.command, self.path, self.headers, body)
                except Refusal as refusal:
                    status, kind, data = refusal.status, "text/xml", refusal.body
                data = data.encode() if isinstance(data, str) else data
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.send_header("Last-Modified", "Wed, 01 Jan 2025 00:00:00 GMT")
                self.send_header("ETag", '"e"')
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, method, path, headers, body):
        service = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", headers["Authorization"])[1]
        if service == "s3":
            return self.s3(method, path, body)
        if "X-Amz-Target" in headers:
            operation, members = headers["X-Amz-Target"].split(".")[1], json.loads(body)
        else:
            members = {key: values[0] for key, values in urllib.parse.parse_qs(body.decode()).items()}
            operation = members["Action"]
        self.asked.append((operation, members))
        known = getattr(self, operation, None)
        if known is None:
            raise Refusal(400, f"<ErrorResponse>{NOT_THERE.format(operation)}</ErrorResponse>")
        result = known(members)
        if "X-Amz-Target" in headers:
            return 200, "application/x-amz-json-1.1", json.dumps(result)
        return 200, "text/xml", xml_of(f"{operation}Response", {f"{operation}Result": result})

    # ---- STS, CloudWatch Logs ----

    def GetCallerIdentity(self, _):
        return {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/u", "UserId": "U"}

    def DeleteLogGroup(self, _):
        return {}

    # ---- CloudFormation ----

    def DescribeStacks(self, members):
        if not self.exists:
            message = f"Stack with id {members['StackName']} does not exist"
            raise Refusal(400, "<ErrorResponse><Error><Code>ValidationError</Code>"
                               f"<Message>{message}</Message></Error></ErrorResponse>")
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in self.stack["Outputs"].items()]
        return {"Stacks": [{"StackName": "crimes", "StackId": STACK, "Outputs": outputs,
                            "StackStatus": "CREATE_COMPLETE", "CreationTime": "2025-01-01T00:00:00Z"}]}

    def CreateChangeSet(self, _):
        return {"Id": STACK.replace(":stack/", ":changeSet/"), "StackId": STACK}

    def DescribeChangeSet(self, _):
        return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "StackId": STACK}

    def ExecuteChangeSet(self, _):
        self.exists = True
        return {}

    def DescribeStackResource(self, members):
        name = members["LogicalResourceId"]
        return {"StackResourceDetail": {"LogicalResourceId": name,
                                        "PhysicalResourceId": self.stack["Resources"][name]}}

    def DeleteStack(self, _):
        for bucket in self.stack["Buckets"]:
            if any(path.is_file() for path in self.bucket(bucket).rglob("*")):
                raise Refusal(400, f"<ErrorResponse>{NOT_THERE.format('BucketNotEmpty')}</ErrorResponse>")
        self.exists = False
        return {}

    # ---- Athena ----

    def StartQueryExecution(self, members):
        done = subprocess.run(
            [BINARY, "query", members["QueryString"], "--state", self.state, "--output", "json"],
            capture_output=True, timeout=60, check=False)
        name = f"query-{len(self.queries)}"
        self.queries[name] = done
        return {"QueryExecutionId": name}

    def GetQueryExecution(self, members):
        done = self.queries[members["QueryExecutionId"]]
        state = "SUCCEEDED" if done.returncode == 0 else "FAILED"
        return {"QueryExecution": {"Status": {"State": state}, "Statistics": {"DataScannedInBytes": 1}}}

    def GetQueryResults(self, members):
        answer = json.loads(self.queries[members["QueryExecutionId"]].stdout)
        rows = [answer["columns"], *(row.values() for row in answer["rows"])]  # Athena's first row has the names
        return {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": str(v)} for v in row]} for row in rows],
                              "ResultSetMetadata": {"ColumnInfo": []}}}

    # ---- S3, with the bucket in the path ----

    def bucket(self, name):
        return self.state / "s3" / name

    def s3(self, method, path, body):
        place = urllib.parse.urlsplit(path)
        asked = urllib.parse.parse_qs(place.query, keep_blank_values=True)
        name, _, key = urllib.parse.unquote(place.path).lstrip("/").partition("/")
        self.asked.append((f"s3:{method}", {"bucket": name, "key": key}))
        if key:
            return self.s3_object(method, self.bucket(name) / key, body)
        if method == "PUT":
            self.bucket(name).mkdir(parents=True)
        elif not self.bucket(name).is_dir():
            raise Refusal(404, NOT_THERE.format("NoSuchBucket"))
        elif method == "GET":
            return 200, "text/xml", self.list_objects(name, asked)
        elif method == "DELETE":
            if self.keys(name):
                raise Refusal(409, NOT_THERE.format("BucketNotEmpty"))
            shutil.rmtree(self.bucket(name))
            return 204, "text/xml", ""
        return 200, "text/xml", ""

    @staticmethod
    def s3_object(method, path, body):
        if method == "PUT":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        elif method == "DELETE":
            path.unlink()
            return 204, "text/xml", ""
        elif not path.is_file():
            raise Refusal(404, NOT_THERE.format("NoSuchKey"))
        else:
            return 200, "binary/octet-stream", path.read_bytes()
        return 200, "text/xml", ""

    def keys(self, name, prefix=""):
        root = self.bucket(name)
        found = [(str(p.relative_to(root)), p.stat().st_size) for p in root.rglob("*") if p.is_file()]
        return sorted((key, size) for key, size in found if key.startswith(prefix))

    def list_objects(self, name, asked):
        contents = [
            xml_of("Contents", {"Key": key, "Size": size, "LastModified": "2025-01-01T00:00:00.000Z",
                                "ETag": '"e"', "StorageClass": "STANDARD"})
            for key, size in self.keys(name, asked.get("prefix", [""])[0])
        ]
        return (f"<ListBucketResult><Name>{name}</Name><KeyCount>{len(contents)}</KeyCount>"
                f"<IsTruncated>false</IsTruncated>{''.join(contents)}</ListBucketResult>")
