"""Messages, views and cursors, as members hear them: testing.py says how to run it."""

import asyncio
import contextlib
import json
import threading
import time
import unittest
import uuid
from urllib.parse import parse_qs, urlsplit

import quorate
from quorate import QuorateError, connect, connect_async
from testing import LONGEST, URLS, Later, Proxy, Server, WithAGroup, bodies, eventually, hear, offsets, reply


def message(offset, **more):
    said = {"type": "message", "from": "bob", "body": offset, "to": None, "replyTo": None, "round": None, "ackBy": None}
    return {"offset": offset, "index": offset, **said, **more}


def view(offset, change, agent, incarnation):
    return {"offset": offset, "index": offset, "type": "view", "change": change, "agent": agent, "role": "voter", "incarnation": incarnation}


def page(items, end, more=None):
    return 200, {"group": "g", "items": items, "next": more, "oldest": 1, "end": end, "view": 1, "revision": 1, "index": end}


def refusal(status, code, **more):
    return status, {"code": code, "title": code, "detail": code, "fix": "f", "outcome": "not-executed", **more}


def cursor_at(offset):
    return 200, {"group": "g", "agent": "ann", "offset": offset, "incarnation": 5, "index": 9}


class Scripted(unittest.TestCase):
    """A server whose pages come from a list; the cursor of ann is at 4, and takes what it is told."""

    def script(self, pages, cursor=cursor_at):
        left, self.asked, self.told = list(pages), [], []

        def answer(handler, body):
            asked = urlsplit(handler.path)
            status, text = cursor_at(4)
            if asked.path.endswith("/stream"):
                query = parse_qs(asked.query)
                self.asked.append((query.get("after", [None])[0], query["wait"][0]))
                status, text = left.pop(0) if left else refusal(500, "nothing-more")
            elif handler.command == "PUT" and json.loads(body)["offset"] > 0:  # the first one asks where it is
                self.told.append(json.loads(body)["offset"])
                status, text = cursor(self.told[-1])
            reply(handler, status, json.dumps(text).encode(), [("content-type", "application/json")])

        server = Server(answer)
        self.addCleanup(server.close)
        client = connect(server.url, retry_for=5)
        self.addCleanup(client.close)
        return client.group("g")

    def heard(self, items):
        heard, end = hear(items)
        return offsets(heard), end

    def test_it_goes_on_behind_the_last_item_page_after_page_and_waits_where_there_is_no_more(self):
        withheld = {"offset": 2, "index": 2, "withheld": True}
        group = self.script([page([message(1), withheld], 3, 2), page([message(3)], 3), page([message(4)], 4)])
        self.assertEqual(self.heard(group.listen()), ([1, 2, 3, 4], "nothing-more"))
        self.assertEqual(self.asked, [(None, "30000ms"), ("2", "30000ms"), ("3", "30000ms"), ("4", "30000ms")])

    def test_without_follow_it_ends_at_the_present_end(self):
        group = self.script([page([message(8)], 9, 8), page([message(9)], 9)])
        self.assertEqual(self.heard(group.listen(after=7, follow=False)), ([8, 9], "end"))
        self.assertEqual(self.asked, [("7", "0ms"), ("8", "0ms")])

    def test_a_server_that_does_not_wait_is_not_asked_again_at_once(self):
        group = self.script([page([], 3)] * 50)
        self.assertEqual(self.heard(group.listen(after=3, deadline=0.7)), ([], "deadline"))
        self.assertLess(len(self.asked), 5)

    def test_a_member_begins_at_its_cursor_and_what_it_has_handled_is_told(self):
        group = self.script([page([message(5), message(6), message(7)], 7)])
        items = group.listen("ann")
        for item in items:
            if item["offset"] == 7:
                break
        items.close()
        self.assertEqual(self.asked, [("4", "30000ms")])
        self.assertEqual(self.told, [5, 6], "the last one was not handled to its end")

    def test_what_is_waited_for_is_acknowledged_at_once(self):
        for more, at_once in (
            ({}, True), ({"to": ["cy", "ann"]}, True), ({"to": ["cy"]}, False), ({"from": "ann"}, False), ({"ackBy": None}, False),
        ):
            group = self.script([page([message(5), message(6, **{"ackBy": "all", **more}), message(7)], 7)])
            items = group.listen("ann")
            for _ in range(3):
                next(items)
            self.assertEqual(self.told, [5, 6] if at_once else [5], more)
            items.close()
            self.assertEqual(self.told, [5, 6])

    def test_what_could_not_be_told_is_told_with_the_next_one(self):
        answers = [refusal(503, "overloaded"), refusal(503, "overloaded")]
        group = self.script([page([message(5), message(6)], 6)], lambda offset: answers.pop() if answers else cursor_at(offset))
        items = group.listen("ann")
        for _ in range(2):
            next(items)
        items.close()
        self.assertEqual(self.told[-1], 5)

    def test_it_ends_with_its_own_departure_not_with_that_of_a_forerunner_or_another(self):
        for change in ("left", "expired"):
            items = [
                view(6, "expired", "ann", 2), view(7, "left", "bob", 5), view(8, "renamed", "ann", 5), view(9, change, "ann", 5), message(10),
            ]
            group = self.script([page(items, 10)])
            self.assertEqual(self.heard(group.listen("ann")), ([6, 7, 8, 9], "expelled"))
            self.assertTrue(all(offset < 9 for offset in self.told))

    def test_a_token_that_has_become_void_says_that_the_member_is_gone(self):
        group = self.script([page([message(5)], 5), refusal(404, "group-not-found")])
        self.assertEqual(self.heard(group.listen("ann")), ([5], "expelled"))
        self.assertEqual(self.heard(self.script([refusal(404, "group-not-found")]).listen()), ([], "group-not-found"))

    def test_a_cursor_that_is_refused_because_the_member_is_gone_does_not_end_the_stream_before_its_place(self):
        pages = [page([message(5), message(6)], 6), page([message(7), view(8, "expired", "ann", 5)], 8)]
        group = self.script(pages, lambda offset: refusal(404, "agent-not-found"))
        self.assertEqual(self.heard(group.listen("ann")), ([5, 6, 7, 8], "expelled"))
        self.assertEqual(self.told, [5])

    def test_what_is_not_kept_is_told_with_where_items_are(self):
        group = self.script([page([message(3)], 3), refusal(410, "messages-not-kept", oldest=90, view=88)])
        with self.assertRaises(QuorateError) as caught:
            list(group.listen())
        self.assertEqual((caught.exception.code, caught.exception.oldest, caught.exception.view), ("messages-not-kept", 90, 88))

    def test_another_history_is_told(self):
        self.assertEqual(self.heard(self.script([page([], 7)]).listen(after=12)), ([], "history-changed"))
        shorter = self.script([page([message(1), message(2)], 2), page([], 1)])
        self.assertEqual(self.heard(shorter.listen()), ([1, 2], "history-changed"))

    def test_a_cursor_that_the_history_does_not_reach_is_told(self):
        group = self.script([page([message(5)], 5), page([message(6)], 6)], lambda offset: refusal(422, "cursor-ahead"))
        self.assertEqual(self.heard(group.listen("ann"))[1], "cursor-ahead")


class SayQueue(unittest.TestCase):
    """What one group object says comes in the order of the calls."""

    def test_what_is_said_by_several_threads_is_sent_one_after_the_other(self):
        sending, most, lock = [0], [0], threading.Lock()

        async def send():
            with lock:
                sending[0] += 1
                most[0] = max(most[0], sending[0])
            time.sleep(0.02)
            with lock:
                sending[0] -= 1
            return 1

        queue = quorate._SayQueue(quorate._Blocking())
        said = [Later(lambda: quorate._run(queue.run(send))) for _ in range(8)]
        self.assertEqual([one.result() for one in said], [1] * 8)
        self.assertEqual(most, [1])

    def ends_of(self, error):
        """How three that were said at once end, when the first one fails; and that the queue goes on."""
        queue, gate = quorate._SayQueue(quorate._Blocking()), threading.Event()

        async def fails():
            gate.wait(LONGEST)
            raise error

        async def sends():
            return "sent"

        first = Later(lambda: quorate._run(queue.run(fails)))
        eventually(lambda: queue._busy)
        others = [Later(lambda: quorate._run(queue.run(sends))) for _ in range(2)]
        eventually(lambda: len(queue._waiting) == 2)
        gate.set()
        with self.assertRaises(type(error)):
            first.result()
        self.assertEqual(quorate._run(queue.run(sends)), "sent")
        return others

    def test_what_is_refused_was_not_said_and_the_others_go_on(self):
        others = self.ends_of(quorate._error("not-json", "no"))
        self.assertEqual([one.result() for one in others], ["sent", "sent"])

    def test_behind_one_that_nobody_knows_what_became_of_what_waits_is_not_sent(self):
        for other in self.ends_of(quorate._error("unreachable", "gone", "unknown")):
            with self.assertRaises(QuorateError) as caught:
                other.result()
            self.assertEqual((caught.exception.code, caught.exception.outcome), ("not-sent", "not-executed"))


class SayQueueWithAwait(unittest.IsolatedAsyncioTestCase):
    async def test_one_that_is_cancelled_before_its_turn_holds_nobody_back(self):
        queue, gate, sent = quorate._SayQueue(quorate._Async()), asyncio.Event(), []

        def say(text):
            async def send():
                if text == "a":
                    await gate.wait()
                sent.append(text)

            return asyncio.ensure_future(queue.run(send))

        a, b, c = say("a"), say("b"), say("c")
        await asyncio.sleep(0)
        b.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await b
        gate.set()
        await asyncio.wait_for(asyncio.gather(a, c), LONGEST)
        self.assertEqual(sent, ["a", "c"])

    async def test_behind_one_that_is_cancelled_on_its_way_what_waits_is_not_sent(self):
        queue, sent = quorate._SayQueue(quorate._Async()), []

        def say(text, seconds):
            async def send():
                await asyncio.sleep(seconds)
                sent.append(text)

            return asyncio.ensure_future(queue.run(send))

        a, b = say("a", LONGEST), say("b", 0)
        await asyncio.sleep(0)
        a.cancel()
        with self.assertRaises(QuorateError) as caught:
            await asyncio.wait_for(b, LONGEST)
        self.assertEqual((caught.exception.code, sent), ("not-sent", []))
        with contextlib.suppress(asyncio.CancelledError):
            await a
        await asyncio.wait_for(say("c", 0), LONGEST)
        self.assertEqual(sent, ["c"])


class Talk(WithAGroup):
    def setUp(self):
        super().setUp()
        self.group.create({"rule": {"electorate": {"size": 3}, "threshold": 3}})

    def joined(self, agent, urls=None, ttl="1m"):
        member = self.same(urls or [URLS[0]]).join(agent, ttl=ttl)
        self.addCleanup(member.release)
        return member

    def assert_no_gap(self, items):
        first = items[0]["offset"]
        self.assertEqual(offsets(items), list(range(first, first + len(items))))

    def test_what_is_said_and_heard_goes_on_over_another_server_when_one_is_gone(self):
        gone = []
        doors = [self.proxy(refuses=lambda path: bool(gone)).url, self.proxy().url]
        ann, bob = self.joined("ann", doors), self.joined("bob", doors)
        texts = [f"line {n}" for n in range(40)]
        hearing = Later(lambda: hear(bob.listen(deadline=LONGEST), texts[-1]))
        saying = Later(lambda: [ann.say(text) for text in texts])
        eventually(lambda: len(self.group.messages()) > 10)
        gone.append(True)
        saying.result()
        heard, end = hearing.result()
        self.assertEqual((bodies(heard), end), (texts, "heard"))
        self.assert_no_gap(heard)

    def test_who_leaves_hears_all_until_then_and_the_stream_ends(self):
        ann, bob = self.joined("ann"), self.joined("bob")
        hearing = Later(lambda: hear(ann.listen(deadline=LONGEST)))
        bob.say("before")
        ann.leave()
        heard, end = hearing.result()
        self.assertEqual((bodies(heard), end), (["before"], "end"))
        self.assertEqual((heard[-1]["change"], heard[-1]["agent"]), ("left", "ann"))

    def test_whose_lease_runs_out_hears_all_until_then_and_is_told(self):
        # Nothing that would renew it gets through; reads do.
        cut = []
        door = self.proxy(refuses=lambda path: bool(cut) and path.endswith(("/renew", "/cursor")))
        bob, cy = self.joined("bob"), self.joined("cy", [door.url], ttl=1)
        items = cy.listen(deadline=LONGEST)
        bob.say("first")
        self.assertEqual(next(items)["body"], "first")
        cut.append(True)
        bob.say("second")
        heard, end = hear(items)
        self.assertEqual((bodies(heard), end), (["second"], "expelled"))
        self.assertEqual((heard[-1]["change"], heard[-1]["agent"]), ("expired", "cy"))
        self.assertEqual(eventually(lambda: cy.lost).code, "lease-lost")

    def test_who_comes_back_under_its_name_goes_on_behind_its_cursor(self):
        ann, bob = self.joined("ann"), self.joined("bob")
        bob.say("one")
        first, _ = hear(ann.listen(deadline=LONGEST), "one")
        ann.set_cursor(first[-1]["offset"])
        ann.leave()
        bob.say("two")
        again = self.joined("ann")
        bob.say("three")
        heard, end = hear(again.listen(deadline=LONGEST), "three")
        self.assertEqual((bodies(heard), end), (["two", "three"], "heard"))
        self.assert_no_gap(first + heard)

    def test_a_program_that_was_killed_goes_on_where_the_server_knows_it_was(self):
        bob = self.joined("bob")
        held = self.same([URLS[0]]).join("ann", ttl="1m", instance="the-same-program")
        held.release()
        for n in range(6):
            bob.say(n)
        items = held.listen(deadline=LONGEST)
        before = [next(items) for _ in range(4)]
        eventually(lambda: self.group.cursor("ann")["offset"] >= before[0]["offset"])
        # It dies here: the stream is never closed, and nothing more is told. It comes back as the same one.
        cursor = self.group.cursor("ann")["offset"]
        again = self.same([URLS[0]]).join("ann", ttl="1m", instance="the-same-program")
        self.addCleanup(again.release)
        heard, _ = hear(again.listen(deadline=LONGEST), 5)
        self.assertEqual(heard[0]["offset"], cursor + 1)
        self.assertLessEqual(cursor, before[-1]["offset"], "what was not handled to its end comes again")
        self.assert_no_gap(heard)
        items.close()

    def test_the_sender_is_told_who_has_acknowledged(self):
        ann, bob = self.joined("ann"), self.joined("bob")
        asked = bob.say("anybody?", ack_by="all", wait=0.05)
        self.assertEqual((asked["stability"], asked["acknowledgements"]["waiting"]["agents"]), ("pending", ["ann"]))
        hearing = Later(lambda: hear(ann.listen(deadline=LONGEST), "stop"))
        self.assertEqual([bob.say(n, ack_by="all", wait=20)["stability"] for n in range(3)], ["stable"] * 3)
        bob.say("stop")
        hearing.result()
        offset = bob.say("and now?", ack_by="all")["offset"]
        ann.leave()
        self.assertEqual(bob.group.message(offset, wait=20)["stability"], "impossible")

    def test_what_is_for_others_has_a_place_only(self):
        ann, bob = self.joined("ann"), self.joined("bob")
        bob.say("secret", to=["ann"])
        bob.say("stop")
        self.assertEqual(bodies(hear(ann.listen(deadline=LONGEST), "stop")[0]), ["secret", "stop"])
        heard, _ = hear(self.group.listen(deadline=LONGEST), "stop")
        self.assertEqual((bodies(heard), heard[-2]["withheld"]), (["stop"], True))
        self.assert_no_gap(heard)
        self.refused("view-changed", lambda: bob.say("to who was here", in_view=1))

    def test_who_is_too_slow_is_told_what_it_has_missed(self):
        self.group.create({"retention": {"messages": 3}})
        ann = self.joined("ann")
        items = self.group.listen(deadline=LONGEST)
        next(items)
        for n in range(9):
            ann.say(n)
        heard, end = hear(items)
        self.assertEqual(end, "messages-not-kept")
        oldest = self.group.messages()[0]["offset"]
        self.assertEqual(bodies(hear(self.group.listen(after=oldest - 1, follow=False))[0]), [6, 7, 8])

    def test_a_group_that_is_deleted_and_made_again_misses_nothing_unseen(self):
        ann = self.joined("ann")
        ann.say("old")
        items = self.group.listen(deadline=LONGEST)
        while next(items).get("body") != "old":
            pass
        self.group.delete()
        self.group.create({"rule": {"electorate": {"size": 3}}})
        self.assertEqual(hear(items), ([], "messages-not-kept"))


class TalkWithAwait(unittest.IsolatedAsyncioTestCase):
    async def test_many_listen_in_one_thread_over_a_server_that_goes_away(self):
        gone = []
        doors = [Proxy(URLS[0], refuses=lambda path: bool(gone)), Proxy(URLS[0])]
        for door in doors:
            self.addCleanup(door.close)
        async with connect_async([door.url for door in doors]) as client:
            group = client.group(f"py-{uuid.uuid4().hex[:8]}")
            await group.create({"rule": {"electorate": {"size": 3}}})
            async with await group.join("ann", ttl="1m") as ann:
                texts = [f"line {n}" for n in range(30)]

                async def listened():
                    heard = []
                    async for item in group.listen(deadline=LONGEST):
                        heard.append(item)
                        if item.get("body") == texts[-1]:
                            return heard

                async def said():
                    for text in texts:
                        await ann.say(text)
                        if text == "line 10":
                            gone.append(True)

                *all_heard, _ = await asyncio.gather(*(listened() for _ in range(5)), said())
                for heard in all_heard:
                    self.assertEqual(bodies(heard), texts)
                    self.assertEqual(offsets(heard), list(range(heard[0]["offset"], heard[0]["offset"] + len(heard))))
