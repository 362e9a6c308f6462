"""Tests of quorate.py against real servers, some of which are killed and frozen meanwhile: testing.py says how to run them."""

import asyncio
import os
import signal
import socket
import threading
import time
import unittest
import uuid

from quorate import ABSTAIN, QuorateError, connect, connect_async
from testing import LONGEST, SERVERS, URLS, Later, Server, WithAGroup, eventually, in_threads, reply


class Rounds(WithAGroup):
    def test_three_agents_agree_in_the_third_round(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob", "cy"]}, "threshold": "unanimous"}})
        drawn = {"ann": [1, 2, 7], "bob": [1, 3, 7], "cy": [4, 2, 7]}
        seen = []

        def part(agent):
            note = seen.append if agent == "ann" else None
            return lambda: self.same().agree(agent, lambda last, number: drawn[agent][number - 1], deadline=50, on_round=note)

        outcomes = in_threads(*map(part, drawn))
        self.assertEqual([(one["round"], one["state"], one["value"]) for one in outcomes], [(3, "SUCCESS", 7)] * 3)
        self.assertEqual([(one["round"], one["state"]) for one in seen], [(1, "FAILED"), (2, "FAILED"), (3, "SUCCESS")])
        self.assertEqual([one["round"] for one in self.group.rounds()], [3, 2, 1])
        explained = self.group.explain(3)
        self.assertEqual((explained["state"], explained["reason"], explained["present"]), ("SUCCESS", "agreed", 3))

    def test_a_strategy_sees_the_round_before_and_may_abstain(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}, "threshold": 1, "next": "manual", "floor": {"cast": 1}}})
        lasts = []
        ann = lambda: self.same().agree("ann", lambda last, _: lasts.append(last) or ABSTAIN, deadline=50)
        bob = lambda: self.same().agree("bob", lambda last, _: {"to": ["Ålesund", 1.5]}, deadline=50)
        outcomes = in_threads(ann, bob)
        self.assertEqual(outcomes[0]["value"], {"to": ["Ålesund", 1.5]})
        self.assertEqual(lasts, [None])
        self.assertEqual(self.refused("no-open-round", lambda: self.group.propose("ann", 1)).outcome, "not-executed")
        self.assertEqual(self.group.open_round()["round"], 2)
        self.assertEqual(self.group.open_round(2)["round"], 2)

    def test_a_wait_that_ends_first_gives_the_open_round(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}}})
        seen = self.group.propose("ann", 1, wait="300ms")
        self.assertEqual((seen["state"], seen["missing"]), ("WAITING", ["bob"]))
        self.assertEqual(self.group.round("open", after=seen["revision"], wait=0.1)["revision"], seen["revision"])
        refused = self.refused("already-proposed", lambda: self.group.propose("ann", 2))
        self.assertEqual(refused.round["round"], 1)
        self.assertTrue(refused.fix)

    def test_a_deadline_ends_agree(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}}})
        self.refused("deadline", lambda: self.group.agree("ann", lambda last, number: 1, deadline=0.7))

    def test_who_comes_late_gets_the_decision(self):
        self.group.create({"rule": {"electorate": {"size": 1}}})
        self.group.propose("bob", "tea", wait=5)
        self.assertEqual(self.group.agree("ann", lambda *_: "soup", deadline=LONGEST)["value"], "tea")

    def test_it_ends_with_the_last_round_when_the_rounds_are_used_up(self):
        rule = {"electorate": {"agents": ["ann", "bob"]}, "threshold": "unanimous", "maxRounds": 2}
        self.group.create({"rule": rule})
        ann, bob = (lambda who=who: self.same().agree(who, lambda *_: who, deadline=LONGEST) for who in ("ann", "bob"))
        self.assertEqual([(one["round"], one["state"]) for one in in_threads(ann, bob)], [(2, "FAILED")] * 2)

    def test_who_was_waived_waits_and_takes_part_in_the_next_round(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob", "cy"]}, "threshold": 2}})
        self.assertEqual(self.group.waive(1, "cy", "on holiday")["waived"][0]["agent"], "cy")
        rounds = []
        cy = Later(lambda: self.same().agree("cy", lambda last, number: rounds.append(number) or 7, deadline=LONGEST))
        eventually(lambda: rounds == [1])
        for agent, value in (("ann", 1), ("bob", 2)):
            self.group.propose(agent, value, round=1)
        for agent in ("ann", "bob"):
            self.group.propose(agent, 7, round=2)
        self.assertEqual((cy.result()["round"], rounds), (2, [1, 2]))

    def test_where_all_seats_are_taken_it_waits_for_the_outcome(self):
        # Both seats are taken, and the round stays open until its time is over.
        self.group.create({"rule": {"electorate": {"size": 2}, "threshold": 2, "minWait": "1s"}})
        for agent in ("ann", "bob"):
            self.group.propose(agent, 1)
        self.assertEqual(self.refused("round-full", lambda: self.group.propose("cy", 2)).round["state"], "WAITING")
        self.assertEqual(self.group.agree("cy", lambda *_: 2, deadline=LONGEST)["value"], 1)

    def test_what_a_strategy_throws_ends_it(self):
        self.group.create({"rule": {"electorate": {"size": 2}}})
        with self.assertRaises(ZeroDivisionError):
            self.group.agree("ann", lambda *_: 1 / 0, deadline=LONGEST)
        self.assertEqual(self.refused("not-eligible", self._stranger).round["round"], 1)

    def _stranger(self):
        named = self.client.group(f"{self.group.name}-named")
        named.create({"rule": {"electorate": {"agents": ["bob"]}}})
        named.agree("ann", lambda *_: 1, deadline=LONGEST)

    def test_what_json_cannot_hold_is_refused_before_it_is_sent(self):
        self.group.create({"rule": {"electorate": {"size": 3}}})
        for value in (float("nan"), {1, 2}, "\ud800", lambda: 1):
            self.refused("not-json", lambda: self.group.propose("ann", value))
        self.assertEqual(self.group.round("open")["present"], 0)


class Keys(WithAGroup):
    def test_a_group_by_key_gives_its_keys_once(self):
        keys = self.group.create({"admission": "key", "rule": {"electorate": {"size": 2}}})
        self.refused("group-not-found", lambda: self.same().join("ann"))
        with self.group.join("ann", key=keys["joinKey"]) as ann:
            self.assertEqual(ann.propose(1)["present"], 1)
        self.assertNotIn("joinKey", self.group.as_(keys["joinKey"]).show())

    def test_who_is_invited_votes_under_the_token_of_the_invite(self):
        keys = self.group.create({"preset": "gate", "rule": {"electorate": {"agents": ["ann"]}}})
        secret = self.group.as_(keys["joinKey"]).invite("ann", name="Ann")["secret"]
        token = self.group.redeem("ann", secret)["token"]
        self.assertEqual(self.group.as_(token).propose("ann", "approve", wait=5)["state"], "SUCCESS")


class Leases(WithAGroup):
    def test_a_member_stays_live_and_leaves(self):
        self.group.create({"rule": {"electorate": {"size": 3}}})
        with self.group.join("ann", ttl=3, name="Ann") as ann:
            renewed = lambda: self.group.agents()[0]["expiresAt"] > ann.joined["expiresAt"]
            eventually(renewed)
            self.assertTrue(ann.live)
            self.assertEqual([(one["agent"], one["live"]) for one in self.group.agents()], [("ann", True)])
            self.refused("agent-taken", lambda: self.same().join("ann"))
        self.assertFalse(ann.live)
        self.assertEqual([one["live"] for one in self.group.agents()], [False])

    def test_a_lease_that_others_ended_is_reported_to_a_call_that_waits(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}}})
        ann = self.group.join("ann", ttl=3)
        # Its own token, in other hands: as an administrator would remove it.
        removing = threading.Timer(0.5, lambda: self.client_of(ann.token).request("DELETE", f"/v1/groups/{self.group.name}/agents/ann"))
        removing.start()
        self.refused("lease-lost", lambda: ann.agree(lambda last, number: 1, deadline=LONGEST))
        self.assertFalse(ann.live)
        self.assertEqual(ann.lost.code, "lease-lost")
        removing.join(LONGEST)

    def test_a_lease_whose_servers_are_away_is_lost_before_it_runs_out(self):
        self.group.create({"rule": {"electorate": {"size": 3}}})
        away = []
        proxy = self.proxy(refuses=lambda path: bool(away))
        ann = self.same([proxy.url]).join("ann", ttl=1)
        away.append(True)
        eventually(lambda: ann.lost)
        self.assertEqual((ann.lost.code, ann.live), ("lease-lost", False))

    def test_a_lease_that_is_released_is_not_reported_as_lost(self):
        self.group.create({"rule": {"electorate": {"size": 3}}})
        ann = self.group.join("ann", ttl=1)
        ann.release()
        eventually(lambda: not self.group.agents()[0]["live"])
        self.assertEqual((ann.lost, ann.live), (None, False))


class Claims(WithAGroup):
    def test_one_of_many_acts_and_its_claim_is_renewed(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann"]}}})
        self.group.propose("ann", "ship", wait=5)
        claim = self.group.claim(1, lease=3, value="ship")
        eventually(lambda: self.group.read_claim(1)["until"] > claim.claimed["until"])
        self.assertTrue(claim.held)
        self.assertTrue(0 < claim.left <= 3)
        self.refused("claimed", lambda: self.same().claim(1))
        claim.release()
        again = self.same().claim(1)
        self.assertGreater(again.fence, claim.fence)
        self.refused("superseded", lambda: self.same().claim(1, value="wait"))
        again.done()

    def test_a_claim_is_spent_once_and_for_everybody(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann"]}}})
        self.group.propose("ann", "ship", wait=5)
        waiting = Later(lambda: self.same().read_claim(1, wait=30))
        claim = self.group.claim(1, holder="run-1")
        self.assertEqual(self.same().claim(1, holder="run-1").fence, claim.fence, "a lost reply costs nothing")
        self.assertEqual(self.group.renew_claim(1, claim.fence)["state"], "held")
        # By another program, to which it was handed over.
        self.assertEqual(self.same().claim_done(1, claim.fence, {"order": 12})["state"], "spent")
        self.assertEqual(self.refused("spent", lambda: self.same().claim(1)).claim["result"], {"order": 12})
        self.assertEqual(waiting.result()["result"], {"order": 12})

    def test_a_claim_that_was_lost_ends_with_an_error(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann"]}}})
        self.group.propose("ann", "ship", wait=5)
        claim = self.group.claim(1, holder="slow", lease=1)
        # Somebody who may manage the group takes it away, and another run begins.
        self.group.give_back_claim(1, claim.fence)
        other = self.same().claim(1, holder="quick")
        self.assertEqual(eventually(lambda: claim.lost).code, "claim-lost")
        self.assertFalse(claim.held)
        self.refused("stale-fence", claim.done)
        self.assertEqual(other.done("ok")["result"], "ok")


class Streams(WithAGroup):
    def test_watch_gives_each_outcome_once_over_servers_that_come_and_go(self):
        self.group.create({"rule": {"electorate": {"size": 1}, "next": "continuous"}})
        closed = []
        ready = threading.Event()

        def read():
            # Its first server is frozen in the middle.
            for one in self.same([URLS[1], URLS[0]]).watch(deadline=100):
                ready.set()
                if one["state"] != "WAITING":
                    closed.append(one["round"])
                if closed[-1:] == [30]:
                    return

        reader = Later(read)
        self.assertTrue(ready.wait(LONGEST))
        writer = self.same([URLS[0]])
        for number in range(1, 31):
            if number == 10:
                os.kill(SERVERS[1][1], signal.SIGSTOP)
            writer.propose("ann", number, round=number, wait=10)
        try:
            reader.result()
        finally:
            os.kill(SERVERS[1][1], signal.SIGCONT)
        self.assertEqual(closed, list(range(1, 31)))

    def test_events_go_on_behind_the_last_one_over_connections_that_end(self):
        self.group.create({"rule": {"electorate": {"size": 1}, "next": "continuous"}})
        seen, streams = [], []
        # Each connection is cut after a moment.
        proxy = self.proxy(loses=lambda path, count: path.endswith("/events") and streams.append(path) is None and len(streams) % 2 == 1)
        reading = Later(lambda: [seen.append(event) for event in self.same([proxy.url]).events(deadline=LONGEST)])
        eventually(lambda: seen)
        for number in range(1, 6):
            self.group.propose("ann", number, round=number, wait=5)
        self.group.delete()
        reading.result()
        closed = [event["round"]["round"] for event in seen if event["type"] == "round-closed"]
        self.assertEqual(closed[:5], [1, 2, 3, 4, 5])
        self.assertEqual((seen[0]["type"], seen[-1]["type"]), ("snapshot", "group-deleted"))
        self.assertGreater(len(streams), 1)

    def test_events_go_on_at_another_server_after_a_goodbye_and_pass_over_what_is_unknown(self):
        asked = []

        def saying(place, *connections):
            left = list(connections)

            def answer(handler, body):
                asked.append(place + handler.path.rpartition("events")[2])
                reply(handler, 200, left.pop(0), [("content-type", "text/event-stream")])

            server = Server(answer)
            self.addCleanup(server.close)
            return server.url

        def event(number, kind):
            return f'id: {number}\nevent: {kind}\ndata: {{"type":"{kind}","revision":{number},"round":null}}\n\n'.encode()

        def goodbye(reason):
            return f'event: goodbye\ndata: {{"type":"goodbye","reason":"{reason}","revision":9,"round":null}}\n\n'.encode()

        # What a later server may say: no number, no JSON, no object, and a type with an id that is new.
        later = b"event: load\ndata: 0.7\n\nevent: news\ndata: no JSON\n\nevent: void\ndata: null\n\n"
        one = saying("a", event(1, "snapshot") + later + event(2, "group-praised") + goodbye("stopping"))
        two = saying("b", goodbye("max-age"), b"event: goodbye\ndata: null\n\n", event(3, "proposed") + b":\n\n" + goodbye("max-age"), event(4, "group-deleted"))
        types = [event["type"] for event in self.same([one, two]).events(deadline=LONGEST)]
        self.assertEqual(types, ["snapshot", "group-praised", "proposed", "group-deleted"])
        self.assertEqual(asked, ["a", *["b?after=2"] * 3, "b?after=3"])

    def test_events_end_at_a_deadline(self):
        self.group.create({"rule": {"electorate": {"size": 1}}})
        self.refused("deadline", lambda: list(self.group.events(deadline=0.4)))

    def test_a_page_instead_of_a_stream_is_told_as_such(self):
        page = Server(lambda handler, body: reply(handler, 200, b"<html>welcome</html>", [("content-type", "text/html")]))
        self.addCleanup(page.close)
        self.refused("unexpected-reply", lambda: next(self.same([page.url]).events(deadline=5)))

    def test_events_begin_with_the_present_state_and_end_with_the_group(self):
        self.group.create({"rule": {"electorate": {"size": 1}}})
        types = []
        for event in self.group.events(deadline=50):
            types.append(event["type"])
            if event["type"] == "snapshot":
                self.same().delete()
        self.assertEqual((types[0], types[-1]), ("snapshot", "group-deleted"))


class WithAwait(unittest.IsolatedAsyncioTestCase):
    async def test_the_same_with_await(self):
        async with connect_async(URLS) as client:
            group = client.group(f"py-{uuid.uuid4().hex[:8]}")
            await group.create({"rule": {"electorate": {"size": 3}, "threshold": 3}})

            async def part(agent):
                async with await group.join(agent, ttl=2) as member:
                    async def choose(last, number):
                        await asyncio.sleep(0.01)
                        return 7 if last else agent
                    return await member.agree(choose, deadline=50)

            async def watched():
                return [one["round"] async for one in group.watch() if one["state"] != "WAITING" or one["round"] < 2]

            watching = asyncio.ensure_future(watched())
            outcomes = await asyncio.gather(*map(part, ["a", "b", "c"]))
            self.assertEqual([(one["round"], one["value"]) for one in outcomes], [(2, 7)] * 3)
            await group.delete()
            self.assertEqual((await asyncio.wait_for(watching, 30))[-1], 2)

    async def test_a_cancelled_wait_leaves_the_client_usable(self):
        async with connect_async(URLS) as client:
            group = client.group(f"py-{uuid.uuid4().hex[:8]}")
            await group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}}})
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(group.propose("ann", 1, wait=30), 0.5)
            self.assertEqual((await group.propose("bob", 1, wait=20))["state"], "SUCCESS")

    async def test_two_hundred_waits_need_no_threads(self):
        async with connect_async(URLS) as client:
            group = client.group(f"py-{uuid.uuid4().hex[:8]}")
            await group.create({"rule": {"electorate": {"size": 200}}})
            threads = threading.active_count()
            waiting = [asyncio.ensure_future(group.propose(f"a{n}", n % 3 == 9, wait=40)) for n in range(200)]
            rounds = await asyncio.gather(*waiting)
            self.assertEqual({one["state"] for one in rounds}, {"SUCCESS"})
            self.assertEqual(threading.active_count(), threads)


class Usage(unittest.TestCase):
    def test_wrong_arguments_say_what_is_meant(self):
        for urls in ([], "127.0.0.1:5000", "ftp://example.org"):
            with self.assertRaisesRegex(ValueError, "address"):
                connect(urls)
        with self.assertRaisesRegex(ValueError, "30s"):
            connect(URLS[0]).group("x").propose("ann", 1, wait="soon")

    def test_no_server_is_unreachable_after_the_time_for_retries(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            with self.assertRaises(QuorateError) as caught:
                connect(f"http://127.0.0.1:{taken.getsockname()[1]}", retry_for=0.5).info()
        self.assertEqual((caught.exception.code, caught.exception.status), ("unreachable", 0))

    def test_an_async_strategy_belongs_to_connect_async(self):
        client = connect(URLS)
        group = client.group(f"py-{uuid.uuid4().hex[:8]}")
        group.create({"rule": {"electorate": {"size": 2}}})

        async def late(last, number):
            await asyncio.sleep(0)
            return 1

        with self.assertRaisesRegex(TypeError, "connect_async"):
            group.agree("ann", late, deadline=5)
        client.close()


class ZFaults(WithAGroup):
    """Last in the order of names: the third server does not come back."""

    def test_a_frozen_server_is_left(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}}})
        url, pid = SERVERS[1]
        frozen = self.same([url, URLS[0]])
        frozen.show()
        waiting = Later(lambda: frozen.propose("ann", 1, wait=40))
        eventually(lambda: self.group.round(1)["missing"] == ["bob"])
        os.kill(pid, signal.SIGSTOP)
        try:
            self.same([URLS[0]]).propose("bob", 1)
            self.assertEqual(waiting.result()["state"], "SUCCESS")
        finally:
            os.kill(pid, signal.SIGCONT)

    def test_a_killed_server_costs_nothing_but_time(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}, "next": "continuous"}})
        url, pid = SERVERS[2]

        def part(agent):
            def rounds():
                group = self.same([url, URLS[0]])
                return [group.propose(agent, number, round=number, wait=30, deadline=50)["value"] for number in range(1, 41)]
            return rounds

        def kill():
            watcher = self.same([URLS[0]])
            eventually(lambda: watcher.round("latest")["round"] >= 10)
            os.kill(pid, signal.SIGKILL)

        ann, bob, _ = in_threads(part("ann"), part("bob"), kill)
        self.assertEqual(ann, list(range(1, 41)))
        self.assertEqual(bob, ann)
        self.assertEqual([one["present"] for one in self.same([URLS[0]]).rounds()][1:], [2] * 40)


if __name__ == "__main__":
    unittest.main(verbosity=2)
