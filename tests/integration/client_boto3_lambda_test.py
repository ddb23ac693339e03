"""boto3, as it comes, against `millrace serve`: the life of a function, and every way to invoke it."""

import base64
import json
import os
import signal
import unittest
import urllib.request

import clients
from clients import ClientCase
from functions import HANDLER, ROLE, zip_of
from millrace import main

CODE = zip_of({"m.py": HANDLER})
OTHER = zip_of({"m.py": "def handler(event, context):\n    return 'other'\n"})


@unittest.skipIf(clients.PYTHON_MISSING, clients.PYTHON_MISSING)
class Boto3Lambda(ClientCase):
    def setUp(self):
        super().setUp()
        self.boto3 = clients.import_boto3()
        self.functions = self.client("lambda")

    def client(self, service):
        from botocore.config import Config

        config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        made = self.boto3.client(service, endpoint_url=self.server.url, config=config)
        self.addCleanup(made.close)
        return made

    def wait(self, what, name="f"):
        waiter = self.functions.get_waiter(what)
        waiter.wait(FunctionName=name, WaiterConfig={"Delay": 0, "MaxAttempts": 10_000})

    def create(self, name="f", **members):
        members = {
            "Runtime": "python3.11",
            "Role": ROLE,
            "Handler": "m.handler",
            "Code": {"ZipFile": CODE},
            **members,
        }
        made = self.functions.create_function(FunctionName=name, **members)
        self.wait("function_active_v2", name)
        return made

    def invoke(self, event=None, name="f", **members):
        """The whole answer, its payload read."""
        if event is not None:
            members["Payload"] = json.dumps(event).encode()
        answer = self.functions.invoke(FunctionName=name, **members)
        answer["Payload"] = answer["Payload"].read()
        return answer

    def result(self, event=None, **members):
        answer = self.invoke(event, **members)
        self.assertEqual(answer["StatusCode"], 200)
        self.assertNotIn("FunctionError", answer, answer["Payload"])
        return json.loads(answer["Payload"])

    def refused(self, call, **members):
        """Status and name of an error."""
        from botocore.exceptions import ClientError

        with self.assertRaises(ClientError) as caught:
            call(**members)
        response = caught.exception.response
        return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]

    # ---- the life of a function ----

    def test_a_function_is_created_shown_changed_and_deleted(self):
        made = self.create(Environment={"Variables": {"NAME": "n"}}, Tags={"k": "v"})
        self.assertEqual(made["State"], "Pending")
        got = self.functions.get_function(FunctionName=made["FunctionArn"])
        self.assertEqual(got["Configuration"]["State"], "Active")
        self.assertEqual(got["Configuration"]["CodeSize"], len(CODE))
        self.assertEqual(got["Tags"], {"k": "v"})
        with urllib.request.urlopen(got["Code"]["Location"]) as zipped:
            self.assertEqual(zipped.read(), CODE)
        self.assertEqual(self.refused(self.functions.create_function, FunctionName="f", Role=ROLE,
                                      Runtime="python3.11", Handler="m.handler",
                                      Code={"ZipFile": CODE}),
                         (409, "ResourceConflictException"))

        self.assertEqual(self.result({})["name"], "n")
        self.functions.update_function_configuration(
            FunctionName="f", Environment={"Variables": {"NAME": "changed"}}, Timeout=9
        )
        self.wait("function_updated_v2")
        again = self.result({})
        self.assertEqual((again["name"], again["count"]), ("changed", 1))
        before = self.functions.get_function_configuration(FunctionName="f")
        after = self.functions.update_function_code(FunctionName="f", ZipFile=OTHER)
        self.assertNotEqual(before["RevisionId"], after["RevisionId"])
        self.wait("function_updated_v2")
        self.assertEqual(self.result({}), "other")

        self.create("g")
        pages = self.functions.get_paginator("list_functions").paginate(
            PaginationConfig={"PageSize": 1}
        )
        names = [f["FunctionName"] for page in pages for f in page["Functions"]]
        self.assertEqual(names, ["f", "g"])
        self.functions.delete_function(FunctionName="f")
        self.assertEqual(self.refused(self.functions.delete_function, FunctionName="f"),
                         (404, "ResourceNotFoundException"))
        self.assertEqual(self.refused(self.functions.invoke, FunctionName="f"),
                         (404, "ResourceNotFoundException"))

    def test_versions_permissions_concurrency_and_tags(self):
        made = self.create(Publish=True)
        self.assertEqual(made["Version"], "1")
        self.functions.update_function_code(FunctionName="f", ZipFile=OTHER)
        self.wait("function_updated_v2")
        self.assertEqual(self.functions.publish_version(FunctionName="f")["Version"], "2")
        self.assertEqual(self.result({}, Qualifier="1")["version"], "1")
        self.assertEqual(self.result({}, name="f:2"), "other")
        listed = self.functions.list_versions_by_function(FunctionName="f")["Versions"]
        self.assertEqual([v["Version"] for v in listed], ["$LATEST", "1", "2"])

        self.functions.add_permission(FunctionName="f", StatementId="s", Principal="s3.amazonaws.com",
                                      Action="lambda:InvokeFunction", SourceArn="arn:aws:s3:::b")
        policy = json.loads(self.functions.get_policy(FunctionName="f")["Policy"])
        self.assertEqual([s["Sid"] for s in policy["Statement"]], ["s"])
        self.functions.remove_permission(FunctionName="f", StatementId="s")
        self.assertEqual(self.refused(self.functions.get_policy, FunctionName="f"),
                         (404, "ResourceNotFoundException"))

        self.functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
        self.assertEqual(self.refused(self.functions.invoke, FunctionName="f"),
                         (429, "TooManyRequestsException"))
        self.functions.delete_function_concurrency(FunctionName="f")
        self.assertEqual(self.result({}), "other")

        arn = self.functions.get_function_configuration(FunctionName="f")["FunctionArn"]
        self.functions.tag_resource(Resource=arn, Tags={"a": "1", "b": "2"})
        self.functions.untag_resource(Resource=arn, TagKeys=["a"])
        self.assertEqual(self.functions.list_tags(Resource=arn)["Tags"], {"b": "2"})
        settings = self.functions.get_account_settings()
        self.assertEqual(settings["AccountUsage"]["FunctionCount"], 1)
        signing = self.functions.get_function_code_signing_config(FunctionName="f")
        self.assertEqual(signing["FunctionName"], "f")

    # ---- invoking ----

    def test_every_way_to_invoke(self):
        self.create(Timeout=2)
        custom = base64.b64encode(json.dumps({"custom": {"k": "caf\u00e9"}}).encode()).decode()
        answer = self.invoke({"x": [1, "\u00e9"]}, LogType="Tail", ClientContext=custom)
        result = json.loads(answer["Payload"])
        self.assertEqual(result["event"], {"x": [1, "\u00e9"]})
        self.assertEqual(result["custom"], {"k": "caf\u00e9"})
        self.assertEqual(result["id"], answer["ResponseMetadata"]["RequestId"])
        self.assertEqual(result["arn"], "arn:aws:lambda:us-east-1:000000000000:function:f")
        self.assertEqual(answer["ExecutedVersion"], "$LATEST")
        log = base64.b64decode(answer["LogResult"]).decode()
        self.assertRegex(
            log,
            rf"\ASTART RequestId: {result['id']} Version: \$LATEST\nseen .*\n"
            rf"END RequestId: {result['id']}\nREPORT RequestId: {result['id']}\tDuration: [\d.]+ ms\t"
            r"Billed Duration: \d+ ms\tMemory Size: 128 MB\t(Max Memory Used: \d+ MB\t)?"
            r"Init Duration: [\d.]+ ms\t\n\Z",
        )
        self.assertEqual(self.result()["event"], {})
        self.assertEqual(self.result({})["count"], 3)

        answer = self.invoke({"do": "raise"})
        self.assertEqual((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
        self.assertEqual(json.loads(answer["Payload"])["errorType"], "ValueError")
        answer = self.invoke({"do": "exit"})
        self.assertEqual(json.loads(answer["Payload"]), {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {answer['ResponseMetadata']['RequestId']} Error: Runtime "
                            "exited with error: exit status 3",
        })
        answer = self.invoke({"do": "hang"}, LogType="Tail")
        request_id = answer["ResponseMetadata"]["RequestId"]
        self.assertEqual(json.loads(answer["Payload"]), {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"RequestId: {request_id} Error: Task timed out after 2.00 seconds",
        })
        self.assertIn(f" {request_id} Task timed out after 2.00 seconds\n",
                      base64.b64decode(answer["LogResult"]).decode())
        self.assertEqual(self.result({})["count"], 1)
        self.assertEqual(self.invoke({}, InvocationType="DryRun")["StatusCode"], 204)

    def test_an_event_reaches_the_function_after_a_kill(self):
        marks = os.path.join(self.dir, "marks")
        text = f"def handler(event, context):\n    open({marks!r}, 'a').write(event['n'])\n"
        self.create(Code={"ZipFile": zip_of({"m.py": text})})
        # None may run, so it is kept.
        self.functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
        answer = self.invoke({"n": "1"}, InvocationType="Event")
        self.assertEqual((answer["StatusCode"], answer["Payload"]), (202, b""))
        self.assertEqual(self.server.stop(signal.SIGKILL), -signal.SIGKILL)
        self.server = self.serve("--state-delay", "20ms")
        self.functions = self.client("lambda")
        self.functions.delete_function_concurrency(FunctionName="f")
        while not os.path.exists(marks) or not os.path.getsize(marks):
            self.functions.get_function_configuration(FunctionName="f")
        with open(marks) as file:
            self.assertEqual(file.read(), "1")

    def test_invocations_run_side_by_side_and_block_nobody(self):
        from concurrent.futures import ThreadPoolExecutor

        text = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event\n"
        self.create(Code={"ZipFile": zip_of({"m.py": text})}, Timeout=30)
        with ThreadPoolExecutor(4) as pool:
            slow = [pool.submit(self.result, 2) for _ in range(3)]
            answered = 0
            while not all(s.done() for s in slow):
                self.functions.get_function_configuration(FunctionName="f")
                answered += 1
            self.assertEqual([s.result() for s in slow], [2, 2, 2])
        self.assertGreater(answered, 20)

    def test_a_stop_waits_for_what_runs(self):
        from concurrent.futures import ThreadPoolExecutor

        began = os.path.join(self.dir, "began")
        text = (
            "import time\ndef handler(event, context):\n"
            f"    open({began!r}, 'w').close()\n    time.sleep(1)\n    return 'done'\n"
        )
        self.create(Code={"ZipFile": zip_of({"m.py": text})})
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(self.result, {})
            while not os.path.exists(began):
                self.functions.get_account_settings()
            self.assertEqual(self.server.stop(), 0, self.server.err)
            self.assertEqual(running.result(), "done")

    def test_a_program_keeps_its_execute_bit(self):
        text = (
            "#!/bin/sh\nset -eu\nbase=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\n"
            "while :; do\n"
            "  id=$(curl -sS -D - -o /dev/null $base/next | tr -d '\\r' |"
            " sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')\n"
            "  curl -sS -o /dev/null -d '\"shell\"' $base/$id/response\n"
            "done\n"
        )
        import shutil

        if shutil.which("curl") is None:
            self.skipTest("there is no curl for the bootstrap")
        self.create(Runtime="provided.al2023", Handler="none",
                    Code={"ZipFile": zip_of({"*bootstrap": text})})
        self.assertEqual(self.result({}), "shell")

    def test_bad_zips_and_parameters_are_told(self):
        def create(**members):
            members = {"FunctionName": "g", "Runtime": "python3.11", "Role": ROLE,
                       "Handler": "m.handler", "Code": {"ZipFile": CODE}, **members}
            return self.refused(self.functions.create_function, **members)

        bad = (400, "InvalidParameterValueException")
        self.assertEqual(create(Code={"ZipFile": b"no zip"}), bad)
        self.assertEqual(create(Code={"ZipFile": zip_of({"../m.py": "x"})}), bad)
        self.assertEqual(create(Runtime="cobol"), bad)
        self.assertEqual(create(Timeout=901), (400, "ValidationException"))
        self.assertEqual(create(Code={"ZipFile": os.urandom(53_000_000)})[0], 413)
        self.assertEqual(self.functions.list_functions()["Functions"], [])


if __name__ == "__main__":
    main()
