"""Runs a Python handler: the client side of the Lambda Runtime API.

millrace starts this with the handler's folder as working directory. It loads the handler once,
then takes one event after the other from GET .../invocation/next and posts what the handler
returns. Every surprise is reported as AWS's own client reports it, so that tests written against
AWS pass here too. Paths in stack traces are shown as they are on AWS (/var/task), which also
keeps the log the same on every machine.
"""

import decimal
import http.client
import importlib
import json
import logging
import os
import sys
import time
import traceback

API = "/2018-06-01/runtime"
ERROR_TYPE = "application/vnd.aws.lambda.error+json"
DECIMAL_MARK = "@@millrace.decimal@@"  # never in a handler's own text, we trust


class Fault(Exception):
    """What keeps a handler from being loaded or its answer from being sent."""

    def __init__(self, error_type, message, stack=()):
        super().__init__(message)
        self.error_type = error_type
        self.stack = list(stack)


# ---- loading the handler ----


def load_handler(name):
    """Splits at the last dot: 'folder/module.function'."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from error
    except SyntaxError as error:
        where = f'  File "{shown_path(error.filename)}" Line {error.lineno}\n    {error.text}'
        raise Fault(
            "Runtime.UserCodeSyntaxError",
            f"Syntax error in module '{module_name}': {error}",
            [where],
        ) from error
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault(
            "Runtime.HandlerNotFound",
            f"Handler '{function_name}' missing on module '{module_name}'",
        ) from None


# ---- what the handler sees ----


def header_object(headers, name):
    """What a client has given with the invocation; a header's bytes are UTF-8 here."""
    text = headers.get(name)
    return None if text is None else json.loads(text.encode("latin-1").decode("utf-8"))


class Identity:
    def __init__(self, given):
        self.cognito_identity_id = given.get("cognitoIdentityId")
        self.cognito_identity_pool_id = given.get("cognitoIdentityPoolId")


class Client:
    def __init__(self, given):
        self.installation_id = given.get("installation_id")
        self.app_title = given.get("app_title")
        self.app_version_name = given.get("app_version_name")
        self.app_version_code = given.get("app_version_code")
        self.app_package_name = given.get("app_package_name")


class ClientContext:
    def __init__(self, given):
        self.custom = given.get("custom")
        self.env = given.get("env")
        self.client = Client(given["client"]) if given.get("client") else None


class Context:
    """The second argument of a handler."""

    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = Identity(header_object(headers, "Lambda-Runtime-Cognito-Identity") or {})
        client = header_object(headers, "Lambda-Runtime-Client-Context")
        self.client_context = None if client is None else ClientContext(client)
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))


class LogFormatter(logging.Formatter):
    """[LEVEL] time request-id message, separated by tabs; the time is the world's."""

    def __init__(self):
        super().__init__("[%(levelname)s]\t%(world_time)s\t%(aws_request_id)s\t%(message)s")
        self.request_id = ""
        self.time_us = None  # None: the wall clock's

    def format(self, record):
        record.aws_request_id = self.request_id
        seconds = record.created if self.time_us is None else self.time_us / 1e6
        whole, ms = divmod(int(seconds * 1000), 1000)
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole))
        record.world_time = f"{stamp}.{ms:03d}Z"
        return super().format(record)


def iso_time(time_us):
    seconds, us = divmod(time_us, 1000000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{us:06d}Z"


# ---- answers ----


def plain_decimal(value):
    """json.dumps has no bare decimals; a marked string stands for one until it is written."""
    if isinstance(value, decimal.Decimal):
        return DECIMAL_MARK + str(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def marshal(result, ensure_ascii):
    try:
        text = json.dumps(result, ensure_ascii=ensure_ascii, default=plain_decimal)
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
    if DECIMAL_MARK in text:
        pieces = text.split('"' + DECIMAL_MARK)
        text = pieces[0] + "".join(piece.replace('"', "", 1) for piece in pieces[1:])
    return text.encode("utf-8", "backslashreplace")


def shown_path(path):
    """A path as it is on AWS."""
    for here, there in ((os.environ["LAMBDA_TASK_ROOT"], "/var/task"), (sys.prefix, "/var/lang"),
                        (sys.base_prefix, "/var/lang")):
        if path is not None and path.startswith(here + os.sep):
            return there + path[len(here):]
    return path


def stack_of(error):
    """The frames of the user's code: ours and the importer's are left out."""
    frames = [
        (shown_path(frame.filename), frame.lineno, frame.name, frame.line)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and not frame.filename.startswith("<frozen importlib")
        and not frame.filename.endswith(os.path.join("importlib", "__init__.py"))
    ]
    return traceback.format_list(frames)


def error_object(error, request_id):
    if isinstance(error, Fault):
        kind, stack = error.error_type, error.stack
    else:
        kind, stack = type(error).__name__, stack_of(error)
    return {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": stack,
    }


def log_error(report):
    lines = [f"[ERROR] {report['errorType']}: {report['errorMessage']}"]
    if report["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [line.rstrip("\n") for line in report["stackTrace"]]
    sys.stdout.write("\n".join(lines) + "\n")


# ---- the conversation ----


class RuntimeApi:
    """One connection, kept open; next() may wait for ever."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=None)

    def exchange(self, method, path, body=None, headers=None):
        self.connection.request(method, API + path, body, headers or {})
        response = self.connection.getresponse()
        return response.headers, response.read()

    def next(self):
        return self.exchange("GET", "/invocation/next")

    def post_result(self, request_id, body):
        self.exchange("POST", f"/invocation/{request_id}/response", body,
                      {"Content-Type": "application/json"})

    def post_error(self, path, report):
        sys.stdout.flush()
        self.exchange("POST", path, json.dumps(report).encode(), {
            "Content-Type": ERROR_TYPE,
            "Lambda-Runtime-Function-Error-Type": report["errorType"],
        })


def serve(api, handler, formatter, ensure_ascii):
    while True:
        headers, body = api.next()
        context = Context(headers)
        request_id = context.aws_request_id
        formatter.request_id = request_id
        time_us = int(headers["Millrace-Time-Us"])
        formatter.time_us = time_us if headers["Millrace-Clock"] == "virtual" else None
        os.environ["MILLRACE_TIME"] = iso_time(time_us)
        os.environ["_X_AMZN_TRACE_ID"] = headers["Lambda-Runtime-Trace-Id"]
        try:
            try:
                event = json.loads(body)
            except ValueError as error:
                raise Fault("Runtime.UnmarshalError",
                            f"Unable to unmarshal input: {error}") from error
            answer = marshal(handler(event, context), ensure_ascii)
        except Exception as error:  # SystemExit and its kin end the process, as on AWS
            report = error_object(error, request_id)
            log_error(report)
            api.post_error(f"/invocation/{request_id}/error", report)
        else:
            sys.stdout.flush()
            api.post_result(request_id, answer)


def runtime_version():
    """The version that was asked for (AWS_Lambda_python3.12), which may not be the one at hand."""
    _, _, asked = os.environ.get("AWS_EXECUTION_ENV", "").partition("python")
    try:
        return tuple(int(part) for part in asked.split("."))
    except ValueError:
        return sys.version_info[:2]


def main():
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]  # in place of this file's folder
    formatter = LogFormatter()
    log_handler = logging.StreamHandler(sys.stdout)
    log_handler.setFormatter(formatter)
    logging.getLogger().addHandler(log_handler)

    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        try:
            handler = load_handler(os.environ["_HANDLER"])
        except Exception as error:
            report = error_object(error, "")
            log_error(report)
            api.post_error("/init/error", report)
            sys.exit(1)
        serve(api, handler, formatter, ensure_ascii=runtime_version() < (3, 12))
    except (ConnectionError, http.client.HTTPException):
        sys.exit(0)  # millrace has gone


if __name__ == "__main__":
    main()
