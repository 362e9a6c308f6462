"""Many proposals in one request: testing.py says how to run it."""

import asyncio
import contextlib
import json
import time
import unittest
import uuid

from quorate import connect, connect_async
from testing import LONGEST, URLS, Server, WithAGroup, every_second_reply, hang_up, reply

NDJSON = [("content-type", "application/x-ndjson"), ("quorate-session", "log.1")]


def outcomes(settled):
    """`1 WAITING`, `2 round-closed`: in order of the lines."""
    told = sorted(settled, key=lambda one: one.line)
    return [f"{one.line} {one.round['state'] if one.round else one.error.code}" for one in told]


def taken(line, state="WAITING"):
    return json.dumps({"line": line, "status": 201, "round": {"group": "g", "round": 1, "state": state, "revision": 2, "index": 7}}) + "\n"


def refused(line, status, code):
    problem = {"status": status, "code": code, "title": code, "detail": "d", "fix": "f", "outcome": "not-executed"}
    return json.dumps({"line": line, "status": status, "problem": problem}) + "\n"


class Many(WithAGroup):
    def ready(self, size=20_000):
        self.group.create({"rule": {"electorate": {"size": size}, "threshold": 1, "next": "continuous"}})

    def vote(self, agent, value=1, number=1):
        return {"group": self.group.name, "round": number, "agent": agent, "value": value}

    def test_each_is_settled_by_itself_with_its_line_and_its_proposal(self):
        self.ready(3)
        ballots = [self.vote("a"), self.vote("A"), self.vote("b"), self.vote("c", float("nan")), self.vote("c"), self.vote("d", 1, 9)]
        settled = list(self.client.proposals(ballots, wait=5))
        expected = ["1 SUCCESS", "2 invalid-name", "3 SUCCESS", "4 not-json", "5 SUCCESS", "6 round-not-open"]
        self.assertEqual(outcomes(settled), expected)
        for one in settled:
            self.assertIs(one.proposal, ballots[one.line - 1])
        self.assertEqual(outcomes(self.client.proposals(ballots)), expected)
        self.assertEqual(list(self.client.proposals([])), [])

    def test_more_than_one_request_takes_are_sent_in_several_and_decide_one_round(self):
        self.ready(12_000)
        ballots = [self.vote(f"a{n}") for n in range(12_000)]
        # The first ones wait for the last one, which is sent in a later request.
        settled = list(self.client.proposals(ballots, wait=LONGEST))
        self.assertEqual({one.round and one.round["state"] for one in settled}, {"SUCCESS"})
        self.assertEqual(sorted(one.line for one in settled), list(range(1, 12_001)))

    def test_no_more_is_taken_than_is_sent(self):
        self.ready(50_000)
        given = 0

        def endless():
            nonlocal given
            while True:
                given += 1
                yield self.vote(f"a{given}")

        settling = self.client.proposals(endless())
        for _ in range(6_000):
            self.assertEqual(next(settling).round["state"], "WAITING")
        settling.close()
        self.assertGreaterEqual(given, 6_000)
        # A slow machine ends a part early: what was taken before the last one is less than 6,000, and it has 5,000 at most.
        self.assertLess(given, 11_000)

    def test_every_second_reply_lost_each_is_counted_once(self):
        self.ready(30)
        proxy = self.proxy(loses=every_second_reply)
        client = connect(proxy.url)
        self.addCleanup(client.close)
        told = list(client.proposals((self.vote(f"a{n}") for n in range(30)), wait=LONGEST))
        self.assertEqual({one.round["state"] for one in told}, {"SUCCESS"})
        self.assertEqual(self.group.round(1)["present"], 30)

    def test_one_that_no_server_takes_spoils_no_other_although_the_server_closes_before_it_has_all_of_it(self):
        self.ready(9)
        large = "x" * (8 << 20)
        ballots = [self.vote("a"), self.vote("b", large), self.vote("c")]
        expected = ["1 WAITING", "2 too-large", "3 WAITING"]
        self.assertEqual(outcomes(self.client.proposals(ballots)), expected)
        self.refused("too-large", lambda: self.group.propose("d", large))

        async def with_await():
            async with connect_async(URLS) as client:
                return [one async for one in client.proposals(ballots)]

        self.assertEqual(outcomes(asyncio.run(with_await())), expected)

    def test_the_end_comes_with_a_request_that_is_refused_as_a_whole_the_deadline_or_the_source(self):
        self.ready(9)
        denied = connect(URLS, token="not a token")
        self.refused("invalid-request", lambda: list(denied.proposals([self.vote("a")])))
        self.refused("deadline", lambda: list(self.client.proposals([self.vote("b")], wait=30, deadline=0.5)))

        def broken():
            yield self.vote("c")
            raise KeyError("no more")

        with self.assertRaises(KeyError):
            list(self.client.proposals(broken()))
        with self.assertRaisesRegex(TypeError, "connect_async"):
            list(self.client.proposals(some(1)))


async def some(_):
    yield {"group": "g", "round": 1, "agent": "a", "value": 1}
    await asyncio.sleep(0.2)


class Scripted(unittest.TestCase):
    def script(self, *replies, **options):
        """A client whose requests get these replies in turn, the last one again and again; `sent` is what it has sent."""
        self.sent = []

        def answer(handler, body):
            text = replies[min(len(self.sent), len(replies) - 1)]
            lines = [json.loads(line)["agent"] for line in body.decode().splitlines()]
            self.sent.append(("".join(lines), handler.headers.get("quorate-session")))
            if text is None:
                return hang_up(handler)
            reply(handler, 200, text.encode(), NDJSON)

        server = Server(answer)
        self.addCleanup(server.close)
        return connect(server.url, **options)

    def ballots(self, agents):
        return [{"group": "g", "round": 1, "agent": agent, "value": 1} for agent in agents]

    def test_those_without_a_definite_answer_are_sent_again_those_that_have_one_are_not(self):
        cut = taken(1) + taken(2)[:30]
        busy = taken(3) + refused(1, 429, "overloaded") + refused(2, 409, "round-closed")
        client = self.script(cut, None, busy, taken(1))
        told = outcomes(client.proposals(self.ballots("abcd")))
        self.assertEqual(told, ["1 WAITING", "2 WAITING", "3 round-closed", "4 WAITING"])
        # Every later answer is as new as the newest line.
        self.assertEqual(self.sent, [("abcd", None), ("bcd", "log.7"), ("bcd", "log.7"), ("b", "log.7")])

    def test_what_nobody_takes_for_so_long_is_settled_with_the_reason(self):
        busy = refused(1, 503, "no-quorum")
        client = self.script(busy + taken(2), busy, retry_for=0.05)
        self.assertEqual(outcomes(client.proposals(self.ballots("ab"))), ["1 no-quorum", "2 WAITING"])
        client = self.script("", retry_for=0.05)
        self.assertEqual(outcomes(client.proposals(self.ballots("a"))), ["1 unreachable"])

    def test_an_answer_that_is_no_answer_to_it_is_not_taken_for_one(self):
        client = self.script('{"line": 1}\n[]\n7\nnull\n', taken(9) + taken(1))
        self.assertEqual(outcomes(client.proposals(self.ballots("a"))), ["1 WAITING"])

    def test_a_server_that_does_not_wait_is_not_asked_without_a_pause(self):
        client = self.script(taken(1))
        self.assertEqual(outcomes(client.proposals(self.ballots("a"), wait=1)), ["1 WAITING"])
        self.assertLess(len(self.sent), 6)


class ManyWithAwait(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.client = connect_async(URLS)
        self.addAsyncCleanup(self.client.close)
        self.group = self.client.group(f"py-{uuid.uuid4().hex[:8]}")
        await self.group.create({"rule": {"electorate": {"size": 3}, "threshold": 1, "next": "continuous"}})

    def vote(self, agent, number=1):
        return {"group": self.group.name, "round": number, "agent": agent, "value": 1}

    async def test_what_was_given_so_far_is_settled_although_more_is_to_come(self):
        two = asyncio.Event()
        lines = []

        async def slow():
            yield self.vote("a")
            yield self.vote("b")
            await two.wait()
            yield self.vote("c")

        async for one in self.client.proposals(slow()):
            lines.append(one.line)
            if len(lines) == 2:
                two.set()
        self.assertEqual(lines, [1, 2, 3])

    async def test_an_outcome_is_told_although_more_is_to_come(self):
        decided = asyncio.Event()

        async def ballots():
            for agent in "abc":
                yield self.vote(agent)
            # The round is decided by now: more comes only once that is told.
            await asyncio.wait_for(decided.wait(), LONGEST)
            yield self.vote("a", 2)

        told = []
        async for one in self.client.proposals(ballots(), wait=2):
            told.append(f"{one.line} {one.round['state']}")
            if one.round["state"] == "SUCCESS":
                decided.set()
        self.assertEqual(sorted(told), ["1 SUCCESS", "2 SUCCESS", "3 SUCCESS", "4 WAITING"])

    async def test_a_cancelled_wait_ends_at_once_and_leaves_the_client_usable(self):
        async def all_of_it():
            return [one async for one in self.client.proposals([self.vote("a")], wait=3600)]

        task = asyncio.ensure_future(all_of_it())
        end = time.monotonic() + LONGEST
        while (await self.group.round(1))["present"] == 0 and time.monotonic() < end:
            await asyncio.sleep(0.02)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait_for(task, LONGEST)
        self.assertTrue(task.cancelled())
        self.assertEqual((await self.group.round(1))["present"], 1)
