"""Lessons over the API, as a learner takes one: begun, brought about step by step, passed."""

import json
import shutil
import time

from millrace import CRIMES, main
from server import STOP_SECONDS, ServerCase


class Lessons(ServerCase):
    def ask(self, server, method, path, body=None, want=200):
        data = None if body is None else json.dumps(body)
        status, _, answer = server.request(method, f"/_millrace/api/{path}", data,
                                           {"Content-Type": "application/json"})
        self.assertEqual(status, want, answer)
        return json.loads(answer)

    def lesson(self, server, name):
        found = [one for one in self.ask(server, "GET", "lessons")["lessons"]
                 if one["name"] == name]
        self.assertEqual(len(found), 1)
        return found[0]

    def until_done(self, server, name, steps):
        bound = time.monotonic() + STOP_SECONDS
        while True:
            lesson = self.lesson(server, name)
            if [step["done"] for step in lesson["steps"]].count(True) >= steps:
                return lesson
            self.assertLess(time.monotonic(), bound, lesson)

    def test_hot_shards_from_throttling_to_the_cure(self):
        server = self.serve(CRIMES / "template.yaml", "--state-delay", "0")
        listed = self.ask(server, "GET", "lessons")
        self.assertEqual(listed["current"], None)
        self.assertGreaterEqual(len(listed["lessons"]), 5)
        for one in listed["lessons"]:
            self.assertEqual((one["state"], one["passed_us"]), ("new", None))
            self.assertTrue(all(len(one[part]) > 20 for part in ("prose", "goal", "hint")), one)

        self.ask(server, "POST", "lessons/hot-shards/begin")
        self.assertEqual(self.ask(server, "GET", "clock")["speed"], 4)
        lesson = self.until_done(server, "hot-shards", 1)
        self.assertEqual((lesson["state"], lesson["current"]), ("begun", True))
        stream = self.ask(server, "GET", "state")["streams"][0]["name"]
        self.ask(server, "POST", f"streams/{stream}/reshard", {"to": 4})
        lesson = self.until_done(server, "hot-shards", 3)
        self.assertEqual(lesson["state"], "passed")
        self.assertGreater(lesson["passed_us"], 0)
        left = self.ask(server, "POST", "lessons/stop")
        self.assertEqual(left["current"], None)
        self.assertEqual(self.lesson(server, "hot-shards")["state"], "passed")
        self.assertEqual(server.stop(), 0, server.err)

    def test_what_is_no_lesson_is_left_out_with_a_word(self):
        folder = self.dir / "own"
        shutil.copytree(CRIMES, folder)
        (folder / "lessons" / "6-broken.yaml").write_text("template: ../template.yaml\nlesson: 3\n")
        (folder / "lessons" / "7-plain.yaml").write_text("template: ../template.yaml\n")
        (folder / "lessons" / "notes.txt").write_text("not one of them")
        server = self.serve(folder / "template.yaml")
        self.assertEqual(len(self.ask(server, "GET", "lessons")["lessons"]), 5)
        self.assertEqual(self.ask(server, "POST", "lessons/broken/begin", want=404)["error"],
                         "not-found")
        self.assertEqual(server.stop(), 0, server.err)
        self.assertRegex(server.err, r"lesson left out: .*6-broken\.yaml:2: lesson is a map")
        self.assertRegex(server.err, r"lesson left out: .*7-plain\.yaml: a scenario without")

    def test_without_a_template_there_are_none(self):
        server = self.serve()
        self.assertEqual(self.ask(server, "GET", "lessons"), {"lessons": [], "current": None})
        self.assertEqual(self.ask(server, "POST", "lessons/x/begin", want=409)["error"],
                         "no-lessons")
        self.assertEqual(server.stop(), 0, server.err)


if __name__ == "__main__":
    main()
