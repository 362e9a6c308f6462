"""
Tests of quorate.py against real servers, some of which are killed and frozen meanwhile. They start nothing themselves:

    QUORATE_SERVERS='[["http://127.0.0.1:5001", 4711], ...]' python3 -m unittest -v test_quorate

names three servers of one deployment, each by its address and process id. The third is killed, and must not be started again.
"""

import asyncio
import http.server
import json
import os
import signal
import socket
import threading
import time
import unittest
import urllib.error
import urllib.request
import uuid

import quorate
from quorate import ABSTAIN, QuorateError, connect, connect_async

SERVERS = json.loads(os.environ["QUORATE_SERVERS"])
URLS = [url for url, _ in SERVERS]


def in_threads(*work):
    """Does all at once, and returns what each came to, in this order. An error is raised here."""
    results = [None] * len(work)

    def keep(place, one):
        try:
            results[place] = one()
        except BaseException as error:
            results[place] = error

    threads = [threading.Thread(target=keep, args=(place, one), daemon=True) for place, one in enumerate(work)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


class LossyProxy:
    """Passes requests on to a server, and loses every second reply: by then the server has done what was asked."""

    def __init__(self, target):
        proxy = self
        self.requests = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                proxy.requests += 1
                lost = proxy.requests % 2 == 1
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
                asked = urllib.request.Request(target + self.path, body or None, headers, method=self.command)
                try:
                    with urllib.request.urlopen(asked, timeout=40) as answer:
                        status, text, received = answer.status, answer.read(), answer.headers
                except urllib.error.HTTPError as error:
                    status, text, received = error.code, error.read(), error.headers
                if lost:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response(status)
                for name, value in received.items():
                    if name.lower() not in ("connection", "content-length", "transfer-encoding", "date", "keep-alive"):
                        self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_POST = do_DELETE = pass_on

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class WithAGroup(unittest.TestCase):
    def setUp(self):
        self.client = connect(URLS)
        self.group = self.client.group(f"py-{uuid.uuid4().hex[:8]}")
        self.addCleanup(self.client.close)

    def same(self, urls=None, **options):
        """The group, through a client of its own."""
        client = connect(urls or URLS, **options)
        self.addCleanup(client.close)
        return client.group(self.group.name)

    def client_of(self, token):
        client = connect(URLS, token=token)
        self.addCleanup(client.close)
        return client

    def refused(self, code, work):
        with self.assertRaises(QuorateError) as caught:
            work()
        self.assertEqual(caught.exception.code, code)
        return caught.exception


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
            time.sleep(5)
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
        self.refused("lease-lost", lambda: ann.agree(lambda last, number: 1, deadline=30))
        self.assertFalse(ann.live)
        removing.join()


class LostReplies(WithAGroup):
    def setUp(self):
        super().setUp()
        proxy = LossyProxy(URLS[0])
        self.addCleanup(proxy.close)
        self.proxy = proxy
        self.lossy = self.same([proxy.url])

    def test_everything_is_done_once_though_every_second_reply_is_lost(self):
        keys = self.lossy.create({"admission": "key", "maySpend": "agents", "rule": {"electorate": {"agents": ["ann", "bob"]}}})
        with self.lossy.join("ann", key=keys["joinKey"]) as ann, self.lossy.join("bob", key=keys["joinKey"]) as bob:
            outcomes = in_threads(lambda: ann.agree(lambda *_: 7, deadline=50), lambda: bob.agree(lambda *_: 7, deadline=50))
            self.assertEqual([one["value"] for one in outcomes], [7, 7])
            proposals = ann.group.proposals(1)
            self.assertEqual(sorted(one["agent"] for one in proposals), ["ann", "bob"])
            said = [ann.group.say({"place": place})["offset"] for place in range(3)]
            self.assertEqual(said, list(range(said[0], said[0] + 3)), "nothing is said twice")
            claim = ann.group.claim(1)
            self.assertEqual(claim.done({"order": 12})["result"], {"order": 12})
            self.assertEqual(self.refused("spent", lambda: bob.group.claim(1)).claim["result"], {"order": 12})
        self.lossy.as_(keys["joinKey"])
        self.assertGreater(self.proxy.requests, 20)


class Claims(WithAGroup):
    def test_one_of_many_acts_and_its_claim_is_renewed(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann"]}}})
        self.group.propose("ann", "ship", wait=5)
        claim = self.group.claim(1, lease=3, value="ship")
        time.sleep(5)
        self.assertTrue(claim.held)
        self.refused("claimed", lambda: self.same().claim(1))
        claim.release()
        again = self.same().claim(1)
        self.assertGreater(again.fence, claim.fence)
        self.refused("superseded", lambda: self.same().claim(1, value="wait"))
        again.done()


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

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        self.assertTrue(ready.wait(20))
        writer = self.same([URLS[0]])
        for number in range(1, 31):
            if number == 10:
                os.kill(SERVERS[1][1], signal.SIGSTOP)
            writer.propose("ann", number, round=number, wait=10)
        try:
            reader.join(80)
        finally:
            os.kill(SERVERS[1][1], signal.SIGCONT)
        self.assertEqual(closed, list(range(1, 31)))

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
        results = []
        waiting = threading.Thread(target=lambda: results.append(frozen.propose("ann", 1, wait=40)), daemon=True)
        waiting.start()
        while self.group.round(1)["missing"] != ["bob"]:
            time.sleep(0.05)
        os.kill(pid, signal.SIGSTOP)
        try:
            self.same([URLS[0]]).propose("bob", 1)
            waiting.join(30)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertEqual([one["state"] for one in results], ["SUCCESS"])

    def test_a_killed_server_costs_nothing_but_time(self):
        self.group.create({"rule": {"electorate": {"agents": ["ann", "bob"]}, "next": "continuous"}})
        url, pid = SERVERS[2]

        def part(agent):
            def rounds():
                group = self.same([url, URLS[0]])
                return [group.propose(agent, number, round=number, wait=30, deadline=50)["value"] for number in range(1, 41)]
            return rounds

        def kill():
            while self.same([URLS[0]]).round("latest")["round"] < 10:
                time.sleep(0.02)
            os.kill(pid, signal.SIGKILL)

        ann, bob, _ = in_threads(part("ann"), part("bob"), kill)
        self.assertEqual(ann, list(range(1, 41)))
        self.assertEqual(bob, ann)
        self.assertEqual([one["present"] for one in self.same([URLS[0]]).rounds()][1:], [2] * 40)


if __name__ == "__main__":
    unittest.main(verbosity=2)
