"""Every call of a group, through a proxy that loses every second reply: testing.py says how to run it."""

import asyncio
import inspect
import unittest
import uuid
from datetime import datetime, timedelta, timezone

import quorate
from quorate import AsyncGroup, connect, connect_async
from testing import LONGEST, URLS, Later, Proxy, WithAGroup, bodies, code_of, eventually, every_second_reply, hear, in_threads, offsets

ONE = {"electorate": {"size": 1}, "threshold": 1, "next": "manual"}


def public(kind):
    return {name for name in vars(kind) if not name.startswith("_")}


class LostReplies(WithAGroup):
    """`self.direct` is the group without losses, `self.lossy` with them."""

    def setUp(self):
        super().setUp()
        self.lossy_proxy = self.proxy(loses=every_second_reply)
        self.direct = self.group
        self.lossy = self.same([self.lossy_proxy.url])

    def fresh(self, rule=ONE, **more):
        return self.direct.create({"rule": rule, **more})

    def keyed(self, admission="key"):
        """Direct and lossy, both on the strength of the join key."""
        key = self.fresh(admission=admission)["joinKey"]
        return self.direct.as_(key), self.lossy.as_(key)

    def members(self):
        """Ann and bob have joined without losses: each as the group through the proxy, under its token."""
        self.fresh()
        tokens = []
        for agent in ("ann", "bob"):
            member = self.direct.join(agent, ttl="5m")
            member.release()
            tokens.append(member.token)
        return [self.lossy.as_(token) for token in tokens]

    def test_every_call_of_a_group_is_tried(self):
        tried = {name[len("test_call_"):] for name in dir(self) if name.startswith("test_call_")}
        self.assertEqual(tried, public(AsyncGroup))
        self.assertEqual(public(quorate.Group), public(AsyncGroup))
        pairs = (("Client", "AsyncClient"), ("Member", "AsyncMember"), ("Claim", "AsyncClaim"), ("Webhooks", "AsyncWebhooks"))
        for plain, awaited in pairs:
            self.assertEqual(public(getattr(quorate, plain)), public(getattr(quorate, awaited)))

    def test_what_needs_no_await_takes_what_its_twin_takes(self):
        for plain, awaited in ((quorate.Group, AsyncGroup), (quorate.Client, quorate.AsyncClient), (quorate.Webhooks, quorate.AsyncWebhooks)):
            for name in public(plain):
                one, other = getattr(plain, name), getattr(awaited, name)
                # Many proposals come from what can be awaited there, and not here.
                if callable(one) and (plain, name) != (quorate.Client, "proposals"):
                    self.assertEqual(str(inspect.signature(one).parameters), str(inspect.signature(other).parameters), name)

    def test_call_as_(self):
        _, lossy = self.keyed()
        self.assertEqual(lossy.show()["round"], 1)

    def test_call_create(self):
        for settings in ({"rule": ONE}, {"rule": ONE, "admission": "key"}):
            for only_new in (False, True):
                name = f"py-{uuid.uuid4().hex[:8]}"
                client = connect(self.lossy_proxy.url)
                self.addCleanup(client.close)
                created = client.group(name).create(settings, only_new=only_new)
                keyed = client.group(name).as_(created["joinKey"]) if "joinKey" in created else client.group(name)
                self.assertEqual((created["round"], created["revision"]), (1, keyed.show()["revision"]), "the repeat changed nothing")
                if "admission" in settings:
                    self.assertEqual(keyed.create({**settings, "title": "changed"})["title"], "changed")

        revision = self.fresh()["revision"]
        changed = self.lossy.create({"rule": ONE, "title": "x"}, if_revision=revision)
        self.assertEqual(changed["revision"], revision + 1)
        self.refused("revision-mismatch", lambda: self.lossy.create({"rule": ONE, "title": "y"}, if_revision=revision))

    def test_call_show(self):
        self.fresh()
        self.assertEqual(self.lossy.show()["round"], 1)

    def test_call_delete(self):
        self.fresh()
        self.lossy.delete()
        self.refused("group-not-found", self.direct.show)

    def test_call_propose(self):
        self.fresh({**ONE, "next": "continuous"})
        self.assertEqual(self.lossy.propose("ann", 7, wait=5)["round"], 1)
        self.assertEqual([(one["round"], one["value"]) for one in self.direct.rounds()], [(2, None), (1, 7)])

    def test_call_round(self):
        self.fresh()
        self.assertEqual(self.lossy.round("latest")["round"], 1)

    def test_call_rounds(self):
        self.fresh()
        self.assertEqual(len(self.lossy.rounds(limit=5)), 1)

    def test_call_explain(self):
        self.fresh()
        self.assertEqual(self.lossy.explain(1)["round"], 1)

    def test_call_proposals(self):
        self.fresh({"electorate": {"size": 3}, "threshold": 3})
        for agent in ("ann", "bob"):
            self.direct.propose(agent, 1)
        self.assertEqual([one["agent"] for one in self.lossy.proposals("open")], ["ann", "bob"])

    def test_call_agents(self):
        self.fresh()
        self.direct.join("ann").release()
        self.assertEqual(len(self.lossy.agents()), 1)

    def test_call_open_round(self):
        self.fresh()
        for number in (2, 3):
            self.direct.propose("ann", 1)
            self.assertEqual(self.lossy.open_round(number)["round"], number)
        self.direct.propose("ann", 1)
        self.assertEqual(self.lossy.open_round()["round"], 4)
        self.assertEqual(self.lossy.open_round()["round"], 4, "one that is open is given as it is")
        self.assertEqual(self.direct.show()["round"], 4)

    def test_call_close_round(self):
        self.fresh({"electorate": {"size": 3}, "threshold": 2})
        self.assertEqual(self.lossy.close_round(1)["reason"], "closed-by-hand")
        self.assertEqual(self.lossy.close_round(1)["reason"], "closed-by-hand")
        self.assertEqual(self.direct.show()["round"], 2)

    def test_call_set_deadline(self):
        self.fresh({"electorate": {"size": 3}, "threshold": 2})
        before = datetime.now(timezone.utc)
        set_to = self.lossy.set_deadline(1, "10m")["deadlineAt"]
        self.assertGreaterEqual(datetime.fromisoformat(set_to.replace("Z", "+00:00")) - before, timedelta(seconds=599))
        at = before.replace(microsecond=0) + timedelta(hours=1)
        revision = self.direct.show()["revision"]
        self.assertEqual(self.lossy.set_deadline(1, at, if_revision=revision)["deadlineSet"]["times"], 2)
        same = self.lossy.set_deadline(1, at.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
        self.assertEqual((same["revision"], same["deadlineSet"]["times"]), (revision + 1, 2))
        self.assertIsNone(self.lossy.set_deadline(1, None)["deadlineAt"])
        self.refused("deadline-out-of-range", lambda: self.lossy.set_deadline(1, "99999999999d"))
        with self.assertRaisesRegex(ValueError, "no duration"):
            self.lossy.set_deadline(1, "soon")

    def test_call_waive(self):
        self.fresh({"electorate": {"agents": ["ann", "bob"]}, "next": "manual"})
        self.direct.propose("ann", 7)
        seen = self.lossy.waive(1, "bob", "on holiday")
        self.assertEqual((seen["state"], seen["value"], seen["waived"][0]["reason"]), ("SUCCESS", 7, "on holiday"))

    def test_call_join(self):
        self.fresh()
        with self.lossy.join("ann") as ann:
            self.assertEqual([one["agent"] for one in self.direct.agents()], ["ann"])
            self.assertEqual(ann.propose(1)["state"], "SUCCESS")
        self.assertEqual([one["live"] for one in self.direct.agents()], [False])

    def test_call_renew(self):
        ann, _ = self.members()
        self.assertIsNotNone(ann.renew("ann")["expiresAt"])

    def test_call_leave(self):
        ann, _ = self.members()
        ann.leave("ann")
        self.assertEqual([one["live"] for one in self.direct.agents()], [False, True])

    def test_call_remove(self):
        direct, lossy = self.keyed()
        direct.join("ann").release()
        lossy.remove("ann")
        self.assertEqual([one["live"] for one in direct.agents()], [False])

    def test_call_rotate_keys(self):
        direct, lossy = self.keyed()
        revision = direct.show()["revision"]
        key = lossy.rotate_keys()["joinKey"]
        self.refused("group-not-found", direct.show)
        self.assertEqual(self.direct.as_(key).show()["revision"], revision + 1)

    def test_call_invite(self):
        direct, lossy = self.keyed("invite")
        invited = lossy.invite("ann", name="Ann")
        self.assertEqual(direct.show()["revision"], invited["revision"])
        self.assertEqual(direct.redeem("ann", invited["secret"])["name"], "Ann")

    def test_call_redeem(self):
        direct, _ = self.keyed("invite")
        secret = direct.invite("ann")["secret"]
        token = self.lossy.redeem("ann", secret)["token"]
        self.assertEqual(self.lossy.as_(token).propose("ann", 7, wait=5)["value"], 7)
        self.refused("invite-used", lambda: self.lossy.redeem("ann", secret))

    def test_call_invites(self):
        direct, lossy = self.keyed("invite")
        direct.invite("ann")
        self.assertEqual([(one["agent"], one["state"]) for one in lossy.invites()], [("ann", "open")])

    def test_call_revoke(self):
        direct, lossy = self.keyed("invite")
        direct.invite("ann")
        revision = direct.show()["revision"]
        self.assertEqual(lossy.revoke("ann")["state"], "revoked")
        self.assertEqual(direct.show()["revision"], revision + 1)

    def test_call_say(self):
        ann, bob = self.members()
        said = [ann.say(place) for place in range(5)]
        messages = self.direct.messages()
        self.assertEqual((bodies(messages), offsets(messages)), (list(range(5)), offsets(said)), "each once, in order")
        asked = Later(lambda: ann.say("here?", to=["bob"], ack_by="all", wait=20))
        eventually(lambda: self.direct.show()["index"] > said[-1]["index"])
        bob.set_cursor("bob", said[-1]["offset"] + 1)
        answer = asked.result()
        self.assertEqual((answer["stability"], answer["acknowledgements"]["needed"]), ("stable", 1))

    def test_call_listen(self):
        ann, bob = self.members()
        texts = [f"line {n}" for n in range(12)]
        saying = Later(lambda: [ann.say(text) for text in texts])
        heard, end = hear(bob.listen("bob", deadline=LONGEST), texts[-1])
        saying.result()
        self.assertEqual((bodies(heard), end), (texts, "heard"))
        self.assertEqual(offsets(heard), list(range(heard[0]["offset"], heard[0]["offset"] + len(heard))))
        # The next listener goes on with the item that this one had not done with.
        last = heard[-1]["offset"]
        self.assertEqual(self.direct.cursor("bob")["offset"], last - 1)
        items = bob.listen("bob", deadline=LONGEST)
        self.assertEqual(next(items)["offset"], last)
        items.close()

    def test_call_messages(self):
        ann, _ = self.members()
        for text in "abc":
            ann.say(text)
        self.assertEqual(bodies(ann.messages(limit=2)), ["a", "b"])
        first = self.direct.messages(limit=1)[0]["offset"]
        self.assertEqual(bodies(ann.messages(after=first)), ["b", "c"])

    def test_call_message(self):
        ann, bob = self.members()
        offset = ann.say("here?", ack_by="all")["offset"]
        self.assertEqual(ann.message(offset)["stability"], "pending")
        waiting = Later(lambda: ann.message(offset, wait=20))
        bob.set_cursor("bob", offset)
        self.assertEqual(waiting.result()["stability"], "stable")
        self.refused("message-not-found", lambda: self.direct.message(offset + 1))

    def test_call_view(self):
        _, bob = self.members()
        view = bob.view()
        self.assertEqual([one["agent"] for one in view["members"]], ["ann", "bob"])
        self.assertEqual([one["agent"] for one in bob.view(limit=1, after="ann")["members"]], ["bob"])

    def test_call_cursor(self):
        ann, _ = self.members()
        cursor = ann.cursor("ann")
        self.assertEqual(cursor["offset"], cursor["incarnation"])

    def test_call_set_cursor(self):
        ann, _ = self.members()
        offset = ann.say("a")["offset"]
        self.assertEqual([ann.set_cursor("ann", to)["offset"] for to in (offset, 1)], [offset, offset], "it never goes back")
        self.refused("cursor-ahead", lambda: ann.set_cursor("ann", offset + 1))

    def test_call_events(self):
        self.fresh()
        self.assertEqual(next(self.lossy.events(deadline=LONGEST))["type"], "snapshot")

    def test_call_watch(self):
        self.fresh()
        self.assertEqual(next(self.lossy.watch(deadline=LONGEST))["round"], 1)

    def test_call_agree(self):
        keys = self.fresh({"electorate": {"agents": ["ann", "bob"]}}, admission="key")

        def part(agent):
            with self.lossy.join(agent, key=keys["joinKey"]) as member:
                return member.agree(lambda last, number: 7 if last else agent, deadline=LONGEST)

        outcomes = in_threads(lambda: part("ann"), lambda: part("bob"))
        self.assertEqual([(one["round"], one["value"]) for one in outcomes], [(2, 7)] * 2)
        self.assertEqual(sorted(one["agent"] for one in self.direct.as_(keys["joinKey"]).proposals(2)), ["ann", "bob"])

    def decided(self):
        self.fresh()
        self.direct.propose("ann", 7)

    def test_call_claim(self):
        self.decided()
        claim = self.lossy.claim(1)
        self.assertEqual(claim.done({"order": 12})["result"], {"order": 12})
        self.assertEqual(self.refused("spent", lambda: self.direct.claim(1)).claim["result"], {"order": 12})

    def test_call_read_claim(self):
        self.decided()
        self.assertEqual(self.lossy.read_claim(1)["state"], "free")

    def test_call_renew_claim(self):
        self.decided()
        claim = self.direct.claim(1)
        self.assertEqual(self.lossy.renew_claim(1, claim.fence)["fence"], claim.fence)
        claim.release()

    def test_call_claim_done(self):
        self.decided()
        claim = self.direct.claim(1)
        self.assertEqual(self.lossy.claim_done(1, claim.fence, "ok")["result"], "ok")

    def test_call_give_back_claim(self):
        self.decided()
        claim = self.direct.claim(1)
        self.lossy.give_back_claim(1, claim.fence)
        self.assertEqual(self.direct.read_claim(1)["state"], "free")

    def test_call_webhooks(self):
        self.fresh()
        webhooks, url = self.lossy.webhooks, "http://127.0.0.1:9/hook"
        self.assertTrue(webhooks.put("channel", url)["secret"].startswith("whsec_"))
        self.assertNotIn("secret", webhooks.put("channel", url, states="FAILED"))
        self.assertEqual(webhooks.show("channel")["states"], "FAILED")
        self.assertEqual([webhooks.test("channel")["number"] for _ in range(2)], [1, 2])
        self.assertEqual(webhooks.replay("channel", 1)["number"], 1)
        self.assertEqual([one["number"] for one in webhooks.deliveries("channel")], [1, 2])
        self.assertEqual(len(webhooks.list()), 1)
        webhooks.delete("channel")
        self.assertEqual(webhooks.list(), [])

    def test_groups_info_and_cluster(self):
        self.fresh()
        client = connect(self.lossy_proxy.url)
        self.addCleanup(client.close)
        self.assertEqual([one["group"] for one in client.groups(prefix=self.group.name)], [self.group.name])
        self.assertEqual(client.info()["name"], "quorate")
        self.assertEqual(client.cluster()["log"]["kind"], "etcd")
        self.assertEqual(code_of(client.webhooks.list), "no-administrator")


class LostRepliesWithAwait(unittest.IsolatedAsyncioTestCase):
    async def test_a_member_talks_and_listens_and_a_group_agrees(self):
        proxy = Proxy(URLS[0], loses=every_second_reply)
        self.addCleanup(proxy.close)
        async with connect_async(proxy.url) as client:
            group = client.group(f"py-{uuid.uuid4().hex[:8]}")
            await group.create({"rule": {"electorate": {"size": 2}, "threshold": 2}})
            async with await group.join("ann") as ann, await group.join("bob") as bob:
                texts = [f"line {n}" for n in range(8)]

                async def listened():
                    heard = []
                    async for item in bob.listen(deadline=LONGEST):
                        heard.append(item)
                        if item.get("body") == texts[-1]:
                            return heard

                # All at once: they come in the order of the calls, and each once.
                heard, *said = await asyncio.gather(listened(), *(ann.say(text) for text in texts))
                self.assertEqual(bodies(heard), texts)
                self.assertEqual(offsets(heard)[-len(said):], offsets(said))
                votes = (member.agree(lambda *_: 7, deadline=LONGEST) for member in (ann, bob))
                self.assertEqual([one["value"] for one in await asyncio.gather(*votes)], [7, 7])
