import assert from 'node:assert/strict';
import type { AgentJson, GroupJson, RoundJson } from '../../../src/core/view/json-types.ts';
import { ask, type Case, createGroup, fresh, problem, propose, readGroup, size } from './ask.ts';

/** What is sent again after its answer got lost has happened once, and its sender is told so. */
export const repeatCases: readonly Case[] = [
  {
    clause: 'Q5.4',
    name: 'a group whose keys its maker chose is made once, and shown to its maker as often as it is sent',
    async run(base) {
      const group = fresh();
      const keys = { joinKey: fresh('join-key-of'), observerKey: fresh('observer-key-of') };
      const body = { admission: 'key', rule: size(3), ...keys };
      for (const headers of [{}, { 'if-none-match': '*' }] as Record<string, string>[])
        for (const status of [201, 200]) {
          const path = `/v1/groups/${group}-${Object.keys(headers).length}`;
          const reply = await ask(base, 'PUT', path, body, headers);
          assert.equal(reply.status, status, reply.story);
          assert.deepEqual({ ...keys, ...reply.as<object>() }, reply.as(), reply.story);
        }
      const path = `/v1/groups/${group}-0`;
      const other = { ...body, joinKey: fresh('another-join-key') };
      problem(await ask(base, 'PUT', path, other), 404, 'group-not-found');
      const mine = { authorization: `Bearer ${keys.joinKey}` };
      problem(await ask(base, 'PUT', path, other, mine), 403, 'join-key-wrong');
      problem(await ask(base, 'PUT', path, { ...body, title: 'x' }, { 'if-none-match': '*' }), 412);
      const joined = await ask(base, 'PUT', `${path}/agents/ann`, {}, mine);
      assert.equal(joined.status, 201, joined.story);
    },
  },
  ...(
    [
      { admission: 'key', joinKey: 'long-enough-to-be-one' },
      { admission: 'key', joinKey: 'short', observerKey: 'long-enough-to-be-one' },
      { admission: 'key', joinKey: 'one-and-the-same-key', observerKey: 'one-and-the-same-key' },
      { admission: 'key', joinKey: 'no header can hold this', observerKey: 'long-enough-to-be-one' },
      { joinKey: 'long-enough-to-be-one', observerKey: 'long-enough-to-be-two' },
    ] as const
  ).map(
    (body): Case => ({
      clause: 'Q5.4',
      name: `keys that may not be chosen: ${JSON.stringify(body)}`,
      async run(base) {
        const group = fresh();
        problem(await ask(base, 'PUT', `/v1/groups/${group}`, body), 400, 'invalid-request');
        problem(await ask(base, 'GET', `/v1/groups/${group}`), 404);
      },
    }),
  ),
  {
    clause: 'Q5.12',
    name: 'other keys for a group are taken once, under the old join key, the new one or none',
    async run(base) {
      const path = `/v1/groups/${fresh()}`;
      const keys = () => ({ joinKey: fresh('join-key-of'), observerKey: fresh('observer-key-of') });
      const by = (key: string) => ({ authorization: `Bearer ${key}` });
      const [first, next] = [keys(), keys()];
      const created = await ask(base, 'PUT', path, { admission: 'key', rule: size(3), ...first });
      assert.equal(created.status, 201, created.story);
      const { revision } = created.as<GroupJson>();
      for (const headers of [by(first.joinKey), by(first.joinKey), by(next.joinKey), {}] as Record<
        string,
        string
      >[]) {
        const reply = await ask(base, 'PUT', `${path}/keys`, next, headers);
        assert.equal(reply.status, 200, reply.story);
        const { joinKey, observerKey, revision: now } = reply.as<typeof next & { revision: number }>();
        assert.deepEqual(
          { joinKey, observerKey, revision: now },
          { ...next, revision: revision + 1 },
          reply.story,
        );
      }
      for (const old of [first.joinKey, first.observerKey])
        problem(await ask(base, 'GET', path, undefined, by(old)), 404, 'group-not-found');
      problem(await ask(base, 'PUT', `${path}/keys`, keys(), by(first.joinKey)), 404, 'group-not-found');
      assert.equal((await ask(base, 'GET', path, undefined, by(next.observerKey))).status, 200);
      problem(await ask(base, 'PUT', `${path}/keys`, keys(), by(next.observerKey)), 403, 'join-key-wrong');
      // Without an administrator nobody could get in again if the reply got lost.
      problem(await ask(base, 'PUT', `${path}/keys`, {}, by(next.joinKey)), 400, 'invalid-request');
      problem(await ask(base, 'PUT', `${path}/keys`, { joinKey: next.joinKey }, by(next.joinKey)), 400);
      const open = await createGroup(base, size(3));
      problem(await ask(base, 'PUT', `/v1/groups/${open}/keys`, keys()), 409, 'no-keys');
    },
  },
  {
    clause: 'Q5.4',
    name: 'the old keys of a group that has admitted everybody in between read nothing',
    async run(base) {
      const path = `/v1/groups/${fresh()}`;
      const keys = () => ({ joinKey: fresh('join-key-of'), observerKey: fresh('observer-key-of') });
      const [first, next] = [keys(), keys()];
      const read = (key: string) => ask(base, 'GET', path, undefined, { authorization: `Bearer ${key}` });
      const put = (body: object, key: string) =>
        ask(base, 'PUT', path, { rule: size(3), ...body }, { authorization: `Bearer ${key}` });
      await put({ admission: 'key', ...first }, first.joinKey);
      assert.equal((await put({ admission: 'open' }, first.joinKey)).status, 200);
      const again = await put({ admission: 'key', ...next }, 'whatever-token-it-is');
      assert.equal(again.status, 200, again.story);
      for (const old of [first.joinKey, first.observerKey]) problem(await read(old), 404, 'group-not-found');
      assert.equal((await read(next.observerKey)).status, 200);
    },
  },
  {
    clause: 'Q5.8',
    name: 'who has the join key removes an agent whose token is lost; in an open group only its token does',
    async run(base) {
      const path = `/v1/groups/${fresh()}`;
      const joinKey = fresh('join-key-of');
      const mine = { authorization: `Bearer ${joinKey}` };
      const rule = { electorate: { agents: ['ann', 'bob'] } };
      await ask(base, 'PUT', path, {
        admission: 'key',
        rule,
        joinKey,
        observerKey: fresh('observer-key-of'),
      });
      const joined = await ask(base, 'PUT', `${path}/agents/ann`, {}, mine);
      const own = { authorization: `Bearer ${joined.as<{ token: string }>().token}` };
      const proposal = `${path}/rounds/1/proposals/ann`;
      assert.equal((await ask(base, 'PUT', proposal, { value: 1 }, own)).status, 201);
      const told = problem(await ask(base, 'PUT', proposal, { value: 2 }, mine), 403, 'token-wrong');
      assert.match(told.detail, /ann.*join key/);
      assert.match(told.fix, /DELETE .*agents/);
      const removed = await ask(base, 'DELETE', `${path}/agents/ann`, undefined, mine);
      assert.equal(removed.status, 200, removed.story);
      problem(await ask(base, 'DELETE', `${path}/agents/ann`, undefined, mine), 404, 'agent-not-found');
      problem(await ask(base, 'GET', path, undefined, own), 404, 'group-not-found');
      const round = (await ask(base, 'GET', `${path}/rounds/1`, undefined, mine)).as<RoundJson>();
      assert.deepEqual([round.present, round.missing], [1, ['bob']]);
      const open = `/v1/groups/${await createGroup(base, size(3))}/agents/ann`;
      await ask(base, 'PUT', open, {});
      problem(await ask(base, 'DELETE', open), 401, 'token-required');
      problem(await ask(base, 'DELETE', open, undefined, mine), 403, 'token-wrong');
    },
  },
  {
    clause: 'Q3.13',
    name: 'a put of what is in force is taken whatever revision it names, and changes nothing',
    async run(base) {
      const group = await createGroup(base, size(3));
      const { revision } = await readGroup(base, group);
      const headers: Record<string, string>[] = [{ 'if-none-match': '*' }, { 'if-match': '"1"' }];
      for (const one of headers) {
        const again = await ask(base, 'PUT', `/v1/groups/${group}`, { rule: size(3) }, one);
        assert.equal(again.status, 200, again.story);
        assert.equal(again.as<GroupJson>().revision, revision);
        problem(await ask(base, 'PUT', `/v1/groups/${group}`, { rule: size(4) }, one), 412);
      }
    },
  },
  {
    clause: 'Q3.16',
    name: 'the next round is opened once by its number, and given back when it is asked for again',
    async run(base) {
      const group = await createGroup(base, size(1, { threshold: 1, next: 'manual' }));
      const open = (body?: object) => ask(base, 'POST', `/v1/groups/${group}/rounds`, body);
      await propose(base, group, 1, 'a', 1);
      problem(await open({ round: 3 }), 409, 'round-not-open');
      assert.equal((await open({ round: 2 })).status, 201);
      assert.equal((await open({ round: 2 })).status, 200);
      problem(await open({ round: 3 }), 409, 'round-open');
      await propose(base, group, 2, 'a', 1);
      const late = await open({ round: 2 });
      assert.equal(late.status, 200, late.story);
      assert.equal(late.as<RoundJson>().state, 'SUCCESS');
      assert.equal((await readGroup(base, group)).round, 2);
      problem(await open({ round: '3' }), 400, 'invalid-request');
      assert.equal((await open()).as<RoundJson>().round, 3);
    },
  },
  {
    clause: 'Q3.8',
    name: 'a proposal that names its round on the convenience route counts in no other',
    async run(base) {
      const group = await createGroup(base, size(1, { threshold: 1, next: 'continuous' }));
      const post = (round?: number) =>
        ask(base, 'POST', `/v1/groups/${group}/proposals`, { agent: 'a', value: 1, round });
      assert.equal((await post(1)).as<RoundJson>().state, 'SUCCESS');
      const again = await post(1);
      assert.equal(again.status, 200, again.story);
      assert.equal(again.as<RoundJson>().round, 1);
      assert.equal((await readGroup(base, group)).round, 2);
      problem(await post(9), 409, 'round-not-open');
    },
  },
  {
    clause: 'Q5.2',
    name: 'joining again in another role is refused, and asking for none keeps it',
    async run(base) {
      const group = await createGroup(base, size(3));
      const path = `/v1/groups/${group}/agents/a`;
      const instance = fresh('instance');
      const join = (more: object) => ask(base, 'PUT', path, { instance, ...more });
      assert.equal((await join({ role: 'observer' })).status, 201);
      problem(await join({ role: 'voter' }), 409, 'role-differs');
      const kept = await join({});
      assert.equal(kept.status, 200, kept.story);
      assert.equal(kept.as<AgentJson>().role, 'observer');
    },
  },
  {
    clause: 'Q3.15',
    name: 'an ETag of a group does not fit the group that is made again under its name',
    async run(base) {
      const group = await createGroup(base, size(3));
      const path = `/v1/groups/${group}`;
      const old = (await ask(base, 'GET', path)).headers.get('etag') ?? '';
      await ask(base, 'DELETE', path);
      assert.equal((await ask(base, 'PUT', path, { rule: size(3) })).status, 201);
      const round = await ask(base, 'GET', `${path}/rounds/1`, undefined, { 'if-none-match': old });
      assert.equal(round.status, 200, round.story);
      assert.equal((await ask(base, 'GET', path, undefined, { 'if-none-match': old })).status, 200);
      const stale = { 'if-match': old };
      problem(await ask(base, 'PUT', path, { rule: size(4) }, stale), 412, 'revision-mismatch');
      problem(await ask(base, 'POST', `${path}/rounds/1/close`, undefined, stale), 412, 'revision-mismatch');
      problem(await ask(base, 'DELETE', path, undefined, stale), 412, 'revision-mismatch');
      assert.equal((await readGroup(base, group)).status, 'open');
    },
  },
];
