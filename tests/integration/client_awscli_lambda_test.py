"""aws-cli, as it comes, against `millrace serve`: the life of a function."""

import contextlib
import io
import json
import os
import unittest

import clients
from clients import ClientCase
from functions import HANDLER, ROLE, zip_of
from millrace import main


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class AwsCliLambda(ClientCase):
    def setUp(self):
        super().setUp()
        clients.use_python_packages()
        os.environ["AWS_ENDPOINT_URL"] = self.server.url
        self.addCleanup(os.environ.pop, "AWS_ENDPOINT_URL")

    def aws(self, command, *words, want=0):
        """What `aws lambda COMMAND ...` does, without starting Python anew for each."""
        from awscli.clidriver import create_clidriver

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = create_clidriver().main(["lambda", command, "--output", "json", *words])
        self.assertEqual(status, want, (command, words, err.getvalue()))
        text = out.getvalue()
        return err.getvalue() if want else json.loads(text) if text.strip() else {}

    def of_function(self, command, *words, **options):
        return self.aws(command, "--function-name", "f", *words, **options)

    def write(self, name, data):
        path = os.path.join(self.dir, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def invoke(self, payload, *words):
        path = os.path.join(self.dir, "out.json")
        answer = self.of_function("invoke", "--payload", payload, *words, path)
        with open(path) as file:
            text = file.read()
        return answer, json.loads(text) if text else None

    def test_the_life_of_a_function(self):
        code = self.write("one.zip", zip_of({"m.py": HANDLER}))
        self.of_function("create-function", "--runtime", "python3.11", "--role", ROLE, "--handler",
                         "m.handler", "--zip-file", "fileb://" + code)
        self.aws("wait", "function-active-v2", "--function-name", "f")
        answer, result = self.invoke('{"a": 1}')
        self.assertEqual((answer["StatusCode"], result["event"]), (200, {"a": 1}))
        answer, result = self.invoke('{"do": "raise"}', "--log-type", "Tail")
        self.assertEqual((answer["FunctionError"], result["errorType"]), ("Unhandled", "ValueError"))
        self.assertIn("LogResult", answer)
        self.assertEqual(self.invoke("{}", "--invocation-type", "Event")[0]["StatusCode"], 202)

        other = self.write("two.zip", zip_of({"m.py": "def handler(e, c):\n    return 2\n"}))
        self.of_function("update-function-code", "--zip-file", "fileb://" + other)
        self.aws("wait", "function-updated-v2", "--function-name", "f")
        self.assertEqual(self.invoke("{}")[1], 2)
        listed = self.aws("list-functions")["Functions"]
        self.assertEqual([f["FunctionName"] for f in listed], ["f"])
        self.of_function("delete-function")
        self.assertIn("ResourceNotFoundException", self.of_function("get-function", want=255))


if __name__ == "__main__":
    main()
