"""The OpenAPI document holds: it is valid, and what the server answers is what it says."""

import importlib.util
import json
import unittest
import urllib.parse

import clients
from millrace import ROOT, main
from server import ServerCase

PATH = "/_millrace/openapi.json"


def _missing():
    if clients.PYTHON_MISSING:
        return clients.PYTHON_MISSING
    clients.use_python_packages()
    if importlib.util.find_spec("openapi_spec_validator") is None:
        return "openapi-spec-validator is not in build/clients: run scripts/clients"
    return None


MISSING = _missing()


@unittest.skipIf(MISSING, MISSING)
class OpenApi(ServerCase):
    def setUp(self):
        super().setUp()
        self.server = self.serve("--state-delay", 0)
        status, headers, body = self.server.request("GET", PATH)
        self.assertEqual(status, 200, body)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.document = json.loads(body)

    def check_against(self, label, schema, value):
        """The value is what the schema says, references into the document followed."""
        import jsonschema

        whole = {**schema, "components": self.document["components"]}
        errors = list(jsonschema.Draft202012Validator(whole).iter_errors(value))
        self.assertEqual([f"{e.json_path}: {e.message}" for e in errors], [], label)

    def schema_of(self, path, method, status):
        responses = self.document["paths"][path][method]["responses"]
        self.assertIn(str(status), responses, f"{method} {path}")
        return responses[str(status)]["content"]["application/json"]["schema"]

    def ask(self, method, path, body, headers):
        status, _, answer = self.server.request(method, path, body, headers)
        return status, json.loads(answer)

    def test_the_document_is_valid(self):
        from openapi_spec_validator import validate

        validate(self.document)

    def test_a_broken_document_would_be_found(self):
        """The two tests beside this one can fail."""
        from openapi_spec_validator import validate

        broken = json.loads(json.dumps(self.document))
        del broken["paths"]["/curl"]["post"]["responses"]
        broken["paths"]["/curl"]["post"]["parameters"] = [{"name": "x"}]
        with self.assertRaises(Exception):
            validate(broken)
        with self.assertRaises(AssertionError):
            self.check_against("", self.schema_of("/_millrace/health", "get", 200), {"status": 1})

    def test_what_can_be_asked_without_more_answers_as_documented(self):
        asked = []
        for path, operations in self.document["paths"].items():
            operation = operations.get("get")
            if operation is None or any(p["required"] for p in operation.get("parameters", [])):
                continue
            if "application/json" not in operation["responses"]["200"].get("content", {}):
                continue
            status, answer = self.ask("GET", path, None, None)
            self.check_against(path, self.schema_of(path, "get", status), answer)
            asked.append(path)
        self.assertIn("/_millrace/health", asked)

    def world(self):
        """Values for the parameters of paths and queries, of a pipeline that has delivered."""
        self.server.stop()
        server = self.server = self.serve("--state-delay", 0, ROOT / "data/reviews/template.yaml")
        names = self.ask("GET", "/_millrace/api/state", None, None)[1]
        stream = names["streams"][0]["name"]
        records = [{"data": {"text": f"A good day {i}."}, "partition-key": i} for i in range(20)]
        body = json.dumps({"records": records})
        self.assertEqual(server.request("PUT", f"/v1/streams/{stream}/records", body)[0], 200)
        json_type = {"Content-Type": "application/json"}
        later = json.dumps({"action": "advance", "by": "20m"})
        self.assertEqual(self.ask("POST", "/_millrace/api/clock", later, json_type)[0], 200)
        bucket = names["buckets"][0]["name"]
        listing = f"/_millrace/api/buckets/{bucket}/objects?delimiter="
        objects = self.ask("GET", listing, None, None)[1]["objects"]
        self.assertTrue(objects)
        catalog = self.ask("GET", "/_millrace/api/catalog", None, None)[1]["databases"][0]
        query = json.dumps({"sql": "SELECT 1"})
        status, asked = self.ask("POST", "/_millrace/api/queries", query, json_type)
        self.assertEqual(status, 202, asked)
        return {
            "stream": stream,
            "shard": "shardId-000000000000",
            "function": names["functions"][0]["name"],
            "bucket": bucket,
            "key": objects[0]["key"],
            "database": catalog["name"],
            "table": catalog["tables"][0]["name"],
            "query": str(asked["id"]),
            "wait": "true",
        }

    def test_a_pipeline_that_has_delivered_is_answered_as_documented(self):
        world = self.world()
        nothing = {**{name: "none" for name in world}, "query": "999"}
        answered, refused = 0, 0
        for path, operations in self.document["paths"].items():
            operation = operations.get("get")
            if operation is None:
                continue
            for values in [world, nothing]:
                filled = path
                for parameter in operation.get("parameters", []):
                    name, value = parameter["name"], values.get(parameter["name"])
                    if parameter["in"] == "path":
                        filled = filled.replace(f"{{{name}}}", urllib.parse.quote(value, ""))
                    elif value is not None:
                        filled += "&" if "?" in filled else "?"
                        filled += f"{name}={urllib.parse.quote(value, '')}"
                content = operation["responses"]["200"].get("content", {})
                if "text/event-stream" in content:
                    continue  # it does not end
                with self.subTest(path=filled):
                    status, _, body = self.server.request("GET", filled)
                    if status == 200 and "application/json" not in content:
                        continue
                    schema = self.schema_of(path, "get", status)
                    self.check_against(filled, schema, json.loads(body))
                    answered += status == 200 and values is world
                    refused += status == 404 and values is nothing
        self.assertGreaterEqual(answered, 15)
        self.assertGreaterEqual(refused, 5)

    def test_sentences_are_answered_as_documented(self):
        headers = {"Content-Type": "application/json"}
        rows = [
            ('{"sentence": "What a wonderful day!"}', 200),
            ("", 400),
            ("{1: 2}", 400),
            ('{"sentence": "x", "sentence": "x"}', 400),
            (json.dumps({"sentence": "x" * 5001}), 413),
            (json.dumps({"sentence": "x" * 70000}), 413),
        ]
        for path in ["/curl", "/_millrace/sentiment"]:
            for body, expected in rows:
                with self.subTest(path=path, body=body[:40]):
                    status, answer = self.ask("POST", path, body, headers)
                    self.assertEqual(status, expected)
                    self.check_against(body, self.schema_of(path, "post", status), answer)
            status, answer = self.ask("POST", path, "<x/>", {"Content-Type": "text/xml"})
            self.assertEqual(status, 415)
            self.check_against(path, self.schema_of(path, "post", status), answer)
            status, answer = self.ask("DELETE", path, None, None)
            self.assertEqual(status, 405)
            self.check_against(path, self.schema_of(path, "post", status), answer)

    def test_records_are_taken_and_answered_as_documented(self):
        self.ok(self.server, "CreateStream", StreamName="in", ShardCount=1)
        stream = "/{stage}/streams/{stream}/"
        rows = [
            ("record", {"Data": {"a": [1.5, None]}, "PartitionKey": 7}, 200),
            ("record", {"Data": 1}, 400),
            ("records", {"records": [{"data": "x", "partition-key": "k"}] * 3}, 200),
            ("records", {"records": []}, 400),
        ]
        for name, body, expected in rows:
            with self.subTest(name=name, body=body):
                status, answer = self.ask("PUT", f"/prod/streams/in/{name}", json.dumps(body), None)
                self.assertEqual(status, expected, answer)
                self.check_against(name, self.schema_of(stream + name, "put", status), answer)
        self.assertEqual(self.texts(self.server, "in"), ['{"a":[1.5,null]}'] + ['"x"'] * 3)


if __name__ == "__main__":
    main()
