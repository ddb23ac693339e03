"""Functions of a template, through Lambda's API: shown and invoked as they are, from a folder or a
zip; and `millrace run` with a zip."""

import json
import os
import signal
import unittest

from functions import zip_of
from millrace import main
from server import ServerCase

HANDLER = "import os\ndef handler(event, context):\n    return [event, os.environ.get('NAME'), %r]\n"
TEMPLATE = """\
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Folder:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: folder
      Description: of a folder
      Runtime: python3.11
      Handler: m.handler
      Timeout: 9
      CodeUri: ./code
      Environment: {Variables: {NAME: n}}
  Zipped:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: zipped
      Runtime: python3.11
      Handler: m.handler
      Role: arn:aws:iam::000000000000:role/r
      Code: ./code.zip
  Object:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: object
      Runtime: python3.11
      Handler: m.handler
      Role: arn:aws:iam::000000000000:role/r
      Code: {S3Bucket: elsewhere, S3Key: builds/code.zip}
"""
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/lambda/aws4_request, "
    "SignedHeaders=host, Signature=0",
    "X-Amz-Date": "20250101T000000Z",
}


class FunctionTemplate(ServerCase):
    def write(self, name, data):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)

    def setUp(self):
        super().setUp()
        self.write("code/m.py", (HANDLER % "folder").encode())
        self.write("code.zip", zip_of({"m.py": HANDLER % "zip"}))
        self.write("t.yaml", TEMPLATE.encode())

    def ask(self, server, method, path, body=None):
        status, headers, data = server.request(method, "/2015-03-31/functions" + path, body, SIGNED)
        return status, json.loads(data) if data else None

    def invoke(self, server, name):
        status, answer = self.ask(server, "POST", f"/{name}/invocations", '{"a": 1}')
        self.assertEqual(status, 200, answer)
        return answer

    def test_they_are_shown_and_invoked(self):
        server = self.serve("t.yaml", "--state-delay", "0s")
        listed = self.ask(server, "GET", "")[1]["Functions"]
        self.assertEqual([f["FunctionName"] for f in listed], ["folder", "object", "zipped"])
        got = self.ask(server, "GET", "/folder")[1]
        shown = got["Configuration"]
        self.assertEqual((shown["State"], shown["Timeout"], shown["Description"]),
                         ("Active", 9, "of a folder"))
        self.assertGreater(shown["CodeSize"], 0)
        path = got["Code"]["Location"].split(str(server.port), 1)[1]
        status, headers, data = server.request("GET", path)
        self.assertEqual((status, len(data)), (200, shown["CodeSize"]))
        self.assertEqual(data[:2], b"PK")
        self.assertEqual(self.invoke(server, "folder"), [{"a": 1}, "n", "folder"])
        self.assertEqual(self.invoke(server, "zipped"), [{"a": 1}, None, "zip"])
        self.assertEqual(self.invoke(server, "object"), [{"a": 1}, None, "zip"])

        # A client's change stays until the template says something else.
        status, _ = self.ask(server, "PUT", "/folder/configuration",
                             '{"Environment": {"Variables": {"NAME": "changed"}}}')
        self.assertEqual(status, 200)
        self.assertEqual(server.stop(signal.SIGKILL), -signal.SIGKILL)
        server = self.serve("t.yaml", "--state-delay", "0s")
        self.assertEqual(self.invoke(server, "folder"), [{"a": 1}, "changed", "folder"])
        self.assertEqual(server.stop(), 0, server.err)
        self.write("t.yaml", TEMPLATE.replace("NAME: n", "NAME: new").encode())
        server = self.serve("t.yaml", "--state-delay", "0s")
        self.assertEqual(self.invoke(server, "folder"), [{"a": 1}, "new", "folder"])
        self.assertEqual(server.stop(), 0, server.err)
        # Without the template they are there all the same.
        server = self.serve()
        self.assertEqual(self.invoke(server, "zipped"), [{"a": 1}, None, "zip"])
        self.assertEqual(server.stop(), 0, server.err)

    def test_a_zip_that_is_none_is_told_with_its_place(self):
        self.write("code.zip", b"no zip")
        with self.assertRaises(AssertionError) as caught:
            self.serve("t.yaml", "--state-delay", "0s")
        self.assertIn("t.yaml:1", str(caught.exception))
        self.assertIn("the zip of function zipped: Not a zip archive", str(caught.exception))


if __name__ == "__main__":
    main()
