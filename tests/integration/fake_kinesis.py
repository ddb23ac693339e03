"""A tiny Kinesis: PutRecords over HTTP/1.1, with answers that a test decides, and every request kept.

Signatures are checked by code of its own (hashlib and hmac), so that a mistake of ours cannot agree
with itself.
"""

import base64
import hashlib
import hmac
import http.server
import json
import re
import ssl
import threading


def signature(secret, date, region, service, text):
    key = b"AWS4" + secret.encode()
    for part in (date, region, service, "aws4_request", text):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


def is_signed(request, secret):
    """Whether the Authorization header is right for this request, by SigV4 as AWS describes it."""
    form = r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, "
    form += r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
    found = re.fullmatch(form, request.headers["Authorization"])
    if found is None:
        return False
    _, date, region, service, names, given = found.groups()
    canonical = [request.method, request.path, ""]
    canonical += [f"{name}:{request.headers[name].strip()}" for name in names.split(";")]
    canonical += ["", names, hashlib.sha256(request.body).hexdigest()]
    scope = f"{date}/{region}/{service}/aws4_request"
    text = "\n".join(
        [
            "AWS4-HMAC-SHA256",
            request.headers["X-Amz-Date"],
            scope,
            hashlib.sha256("\n".join(canonical).encode()).hexdigest(),
        ]
    )
    return given == signature(secret, date, region, service, text)


class Request:
    def __init__(self, handler, body):
        self.method = handler.command
        self.path = handler.path
        self.headers = handler.headers
        self.body = body
        self.json = json.loads(body)
        self.records = [
            (base64.b64decode(record["Data"]).decode(), record["PartitionKey"])
            for record in self.json["Records"]
        ]


BREAK = object()  # an answer: the connection is closed without one


def stored(number):
    return {"ShardId": "shardId-000000000000", "SequenceNumber": str(number)}


def throttled():
    return {
        "ErrorCode": "ProvisionedThroughputExceededException",
        "ErrorMessage": "Rate exceeded for shard shardId-000000000000",
    }


def taken(request, refuse=()):
    """The answer that takes every entry but those at these places."""
    entries = [
        throttled() if place in refuse else stored(place) for place in range(len(request.records))
    ]
    return 200, {"FailedRecordCount": len(refuse), "Records": entries}


def error(kind, message, status=400):
    return status, {"__type": kind, "message": message}


class FakeKinesis:
    """A server on loopback, on its way from here until close(), which an answer may call, too.

    answer(request, n): what the n-th request gets, counted from 0: (status, object or bytes), or
    BREAK. None: everything is taken."""

    def __init__(self, answer=None, certificate=None, port=0):
        self.requests = []
        self.closed = False
        self.answer = answer or (lambda request, n: None)
        fake = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                request = Request(self, body)
                fake.requests.append(request)
                answer = fake.answer(request, len(fake.requests) - 1) or taken(request)
                if answer is BREAK:
                    self.close_connection = True
                    return
                status, value = answer
                data = value if isinstance(value, bytes) else json.dumps(value).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/x-amz-json-1.1")
                    self.send_header("Content-Length", str(len(data)))
                    if fake.closed:
                        self.send_header("Connection", "close")
                    self.end_headers()
                    self.wfile.write(data)
                except ConnectionError:  # the client has gone: a test broke it off
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            scheme = "https"
        self.port = self.server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def rows(self):
        """The data of all records of all requests, in order."""
        return [data for request in self.requests for data, _ in request.records]

    def close(self):
        if self.closed:
            return
        self.closed = True
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
