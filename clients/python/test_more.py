"""The classroom, histories, headers, and what a careless program does: testing.py says how to run it."""

import asyncio
import gc
import json
import os
import typing
import unittest
import uuid
import warnings

import quorate
from quorate import QuorateError, connect, connect_async
from testing import LONGEST, URLS, Server, WithAGroup, every_second_reply, hang_up, in_threads, reply

JSON = [("content-type", "application/json")]


def problem(status, code):
    return status, {"code": code, "title": "t", "detail": "d", "fix": "f", "outcome": "not-executed"}, []


class Shapes(unittest.TestCase):
    """The types say what docs/openapi.json says."""

    def test_every_field_is_there_and_has_its_type(self):
        folder = os.path.dirname(os.path.abspath(__file__))
        with open(os.path.join(folder, "..", "..", "docs", "openapi.json"), encoding="utf-8") as file:
            self.schemas = json.load(file)["components"]["schemas"]
        shapes = {
            quorate.Round: ["Round"], quorate.GroupInfo: ["Group", "GroupWithKeys"], quorate.Event: ["Event", "Snapshot"],
            quorate.Item: ["Item", "MessageWithStability"], quorate.Said: ["SaidMessage"], quorate.Ballot: ["ProposalLine"],
        }
        for shape, names in shapes.items():
            fields = {}
            for name in names:
                self.add_fields({"$ref": f"/{name}"}, fields)
            hints = typing.get_type_hints(shape)
            with self.subTest(shape=shape.__name__):
                self.assertGreater(len(fields), 4)
                self.assertEqual(sorted(set(fields) - set(hints)), [], "has no type")
                self.assertEqual(sorted(set(hints) - set(fields)), [], "is not in the answer")
                plain = {"integer": int, "string": str, "boolean": bool}
                wrong = {key: hint for key, hint in hints.items() if plain.get(fields[key].get("type"), hint) != hint}
                self.assertEqual(wrong, {})

    def add_fields(self, schema, fields):
        if "$ref" in schema:
            schema = self.schemas[schema["$ref"].split("/")[-1]]
        for part in [*schema.get("allOf", []), *schema.get("anyOf", []), *schema.get("oneOf", [])]:
            self.add_fields(part, fields)
        for name, field in schema.get("properties", {}).items():
            # What differs from one to another is left to the reader.
            fields[name] = field if fields.get(name, field).get("type") == field.get("type") else {}


class Classroom(unittest.TestCase):
    def script(self, answer):
        """`answer(method, path, body)` gives the status, the body (None: the reply is lost) and headers."""
        self.posts = []

        def answer_to(handler, body):
            if handler.command == "POST":
                said = json.loads(body)
                self.posts.append((said["number"], said["id"], handler.headers["idempotency-key"]))
            else:
                self.assertEqual(handler.headers.get("x-agent-id") or "1", "1")
            status, text, headers = answer(handler.command, handler.path)
            if status is None:
                return hang_up(handler)
            reply(handler, status, b"" if text is None else json.dumps(text).encode(), [*JSON, *headers])

        server = Server(answer_to)
        self.addCleanup(server.close)
        client = connect(server.url)
        self.addCleanup(client.close)
        return client

    def test_each_draw_is_posted_under_its_own_key_until_it_is_counted_and_polled_until_the_round_is_over(self):
        states = ["WAITING", "WAITING", "FAILED", "WAITING", "SUCCESS"]

        def answer(method, path):
            if method == "POST":
                if len(self.posts) == 1:
                    return None, None, []
                four = self.posts[-1][0] == 4
                # The reply to the first attempt was lost: the second is a repeat of its own, and nobody else's.
                return 200, None, [("quorate-round", "3" if four else "4"), *([("quorate-repeated", "true")] if four else [])]
            if path == "/state/1":
                return 200, {"state": states.pop(0)}, []
            self.assertEqual(path, "/v1/groups/default/rounds/4")
            return 200, {"value": 9}, []

        draws = [4, 9]
        steps = list(self.script(answer).classroom("1", lambda: draws.pop(0)))
        self.assertEqual(steps, [
            {"round": 3, "number": 4}, {"round": 3, "state": "WAITING"}, {"round": 3, "state": "FAILED"},
            {"round": 4, "number": 9}, {"round": 4, "state": "WAITING"}, {"round": 4, "state": "SUCCESS", "value": 9},
        ])
        self.assertEqual([post[:2] for post in self.posts], [(4, "1"), (4, "1"), (9, "1")])
        keys = [post[2] for post in self.posts]
        self.assertEqual(keys[0], keys[1])
        self.assertNotEqual(keys[1], keys[2])

    def test_a_server_that_began_anew_gets_the_same_post_once_more(self):
        replies = [(200, None, []), problem(409, "history-changed"), (200, None, []), (200, {"state": "SUCCESS"}, [])]
        steps = list(self.script(lambda *_: replies.pop(0)).classroom("1", lambda: 4))
        self.assertEqual(steps, [{"round": None, "number": 4}, {"round": None, "state": "SUCCESS", "value": None}])
        self.assertEqual(len(self.posts), 2)
        self.assertEqual(self.posts[0], self.posts[1])

    def test_another_process_of_the_same_id_is_told(self):
        for answer in ((200, None, [("quorate-repeated", "true")]), problem(409, "already-proposed")):
            steps = self.script(lambda *_: answer).classroom("1", lambda: 4)
            with self.assertRaises(QuorateError) as caught:
                next(steps)
            self.assertEqual(caught.exception.code, "agent-taken")
            self.assertIn("another process uses the id 1", caught.exception.detail)

    def test_three_agree_on_a_real_server(self):
        """The default group has three agents."""
        connect(URLS).group("default").delete()
        steps = in_threads(*(lambda id=id: list(connect(URLS).classroom(id, lambda: 7)) for id in "123"))
        self.assertEqual({(one[-1]["state"], one[-1]["value"]) for one in steps}, {("SUCCESS", 7)})

    def test_the_same_with_await(self):
        async def play():
            connect(URLS).group("default").delete()
            async with connect_async(URLS) as client:

                async def one(id):
                    return [step async for step in client.classroom(id, lambda: 7)][-1]["value"]

                return await asyncio.gather(*(one(f"a{n}") for n in range(3)))

        self.assertEqual(asyncio.run(play()), [7] * 3)


class Histories(WithAGroup):
    def test_each_attempt_is_recorded_as_sent_with_the_answer_as_it_came(self):
        proxy, calls = self.proxy(loses=every_second_reply), []
        client = connect(proxy.url, record=calls.append, process="p")
        self.addCleanup(client.close)
        group, name = client.group(self.group.name), self.group.name
        group.create({"rule": {"electorate": {"size": 2}, "revote": True}})
        with group.join("ann") as ann:
            ann.propose(4, round=1, seq=3)
            said = ann.say({"a": 1}, idempotency_key="k")
            group.message(said["offset"])
            group.messages()
            group.round(1)
            next(group.watch())
        client.info()
        client.request("GET", f"/v1/groups/{name}/rounds/1?consistency=local")
        for call in calls:
            self.assertEqual((call["process"], call["group"]), ("p", name))
            if call["response"] is None:
                self.assertIsNone(call["completedAt"])
            else:
                self.assertLessEqual(call["invokedAt"], call["completedAt"])
        told = {(one["op"], one["round"], one["agent"]) for one in calls}
        self.assertLessEqual(
            {("put", None, None), ("propose", 1, "ann"), ("say", None, None), ("read", None, None), ("read", 1, None), ("delete", None, None)},
            told,
        )
        proposals = [one for one in calls if one["op"] == "propose"]
        self.assertEqual([(one["value"], one["seq"]) for one in proposals], [(4, 3)] * len(proposals))
        self.assertEqual(proposals[-1]["response"]["round"], 1)
        messages = [one for one in calls if one["op"] == "say"]
        self.assertEqual([(one["body"], one["key"]) for one in messages], [({"a": 1}, "k")] * len(messages))
        self.assertTrue(any(one["response"] is None for one in calls), "one was lost")

    def test_what_is_no_object_is_refused_by_the_server_and_recorded_with_the_refusal(self):
        calls = []
        client = connect(URLS, record=calls.append)
        self.group.create({})
        at = f"/v1/groups/{self.group.name}/rounds/1/proposals"
        for body in ([1], "some value", 5):
            self.refused("invalid-request", lambda: client.request("PUT", f"{at}/ann", body))
            self.refused("method-not-allowed", lambda: client.request("POST", at, body))
        self.assertEqual([call["response"] for call in calls if "value" in call], [])
        self.assertEqual(len(calls), 6)

    def test_what_threads_and_tasks_saw_over_lost_replies_fits_together(self):
        path = os.environ.get("QUORATE_HISTORY", os.devnull)
        with open(path, "a", encoding="utf-8") as history:
            def write(call):
                history.write(json.dumps(call) + "\n")

            self.group.create({"rule": {"electorate": {"size": 3}, "next": "continuous"}})
            proxy = self.proxy(loses=every_second_reply)

            def play(agent):
                with connect([proxy.url, *URLS[:1]], record=write).group(self.group.name).join(agent) as me:
                    for number in range(1, 6):
                        me.propose(number, round=number, wait=LONGEST)
                        me.say(f"{agent} {number}")

            in_threads(*(lambda agent=agent: play(agent) for agent in ("ann", "bob", "cy")))


class Headers(WithAGroup):
    def test_they_go_with_every_attempt_and_do_not_replace_those_of_the_client(self):
        heard, count = [], iter(range(100))

        def answer(handler, _):
            heard.append({name.lower(): value for name, value in handler.headers.items()})
            status = 503 if len(heard) == 1 else 200
            reply(handler, status, b"{}", JSON)

        server = Server(answer)
        self.addCleanup(server.close)
        retries = []
        own = lambda: {"traceparent": f"00-{next(count)}", "Authorization": "theirs", "X-Team": "red"}
        client = connect(server.url, headers=own, token="mine", on_retry=retries.append)
        client.info()
        self.assertEqual([one["traceparent"] for one in heard], ["00-0", "00-1"])
        self.assertEqual({(one["authorization"], one["x-team"]) for one in heard}, {("Bearer mine", "red")})
        self.assertEqual([(one.url, one.error.status, one.failures) for one in retries], [(server.url, 503, 1)])
        plain = connect(server.url, headers={"Authorization": "Basic Zm9v"})
        plain.info()
        self.assertEqual(heard[-1]["authorization"], "Basic Zm9v")

    def test_what_cannot_be_sent_is_told_at_once(self):
        for options in ({"token": "two\nlines"}, {"token": "\u2603"}, {"headers": {"a": "b\r\nc: d"}}):
            with self.assertRaisesRegex(ValueError, "one line of plain text"):
                connect(URLS, **options).info()
        for name in ("a\r\nb: c", "a b", "a:b", ""):
            with self.assertRaisesRegex(ValueError, "no name of a header"):
                connect(URLS, headers={name: "1"}).info()
        for headers in ({"a": 1}, "a: b", lambda: None):
            with self.assertRaisesRegex(TypeError, "a dict of texts"):
                connect(URLS, headers=headers).info()
        with self.assertRaisesRegex(ValueError, "no path"):
            self.client.request("GET", "/v1/groups/a b")


class Careless(unittest.TestCase):
    def test_one_client_in_several_event_loops_one_after_the_other(self):
        client = connect_async(URLS)

        async def ask():
            return (await client.info())["name"]

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the loops end with connections open
            self.assertEqual([asyncio.run(ask()) for _ in range(3)], ["quorate"] * 3)
            gc.collect()

    @unittest.skipUnless(hasattr(os, "fork"), "only where processes fork")
    def test_after_a_fork_nobody_gets_the_answers_of_the_other(self):
        client = connect(URLS)
        self.addCleanup(client.close)
        groups = [client.group(f"py-{uuid.uuid4().hex[:8]}") for _ in range(2)]
        for group in groups:
            group.create({})
        child = os.fork()
        mine = groups[1 if child else 0]
        right = all(mine.show()["group"] == mine.name for _ in range(100))
        if child == 0:
            os._exit(0 if right else 1)
        self.assertTrue(right)
        self.assertEqual(os.waitpid(child, 0)[1], 0)

    def test_a_page_of_a_proxy_is_told_as_such(self):
        def answer(handler, _):
            reply(handler, 200, b"<html>Please log in</html>", [("content-type", "text/html")])

        server = Server(answer)
        self.addCleanup(server.close)
        with self.assertRaisesRegex(QuorateError, "not Quorate's") as caught:
            connect(server.url).info()
        self.assertEqual(caught.exception.code, "unexpected-reply")

    def test_an_answer_without_end_is_given_up(self):
        def answer(handler, _):
            handler.send_response(200)
            handler.end_headers()
            try:
                while True:
                    handler.wfile.write(b" " * 65536)
            except OSError:
                handler.close_connection = True

        server = Server(answer)
        self.addCleanup(server.close)
        most, quorate._MOST_REPLY = quorate._MOST_REPLY, 1 << 20
        try:
            with self.assertRaisesRegex(QuorateError, "more than 1 MiB"):
                connect(server.url).info()
        finally:
            quorate._MOST_REPLY = most
