"""Functions for the tests of Lambda's clients: zips made in memory."""

import io
import zipfile

ROLE = "arn:aws:iam::000000000000:role/r"

HANDLER = """\
import os
import sys
import time

count = 0

def handler(event, context):
    global count
    count += 1
    print("seen", event)
    what = event.get("do") if isinstance(event, dict) else None
    if what == "raise":
        raise ValueError("no luck")
    if what == "hang":
        time.sleep(30)
    if what == "exit":
        sys.stdout.flush()
        os._exit(3)
    return {
        "event": event,
        "id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "version": context.function_version,
        "custom": context.client_context and context.client_context.custom,
        "count": count,
        "name": os.environ.get("NAME"),
    }
"""


def zip_of(files):
    """The bytes of a zip of these names and texts; a program has a "*" in front of its name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name.lstrip("*"), (2025, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = (0o100755 if name.startswith("*") else 0o100644) << 16
            archive.writestr(entry, text)
    return out.getvalue()
