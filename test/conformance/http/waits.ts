import assert from 'node:assert/strict';
import type { RoundJson } from '../../../src/core/view/json-types.ts';
import {
  ask,
  type Case,
  createGroup,
  pause,
  problem,
  propose,
  type Reply,
  readGroup,
  readRound,
  size,
} from './ask.ts';

export const waitCases: readonly Case[] = [
  {
    clause: 'waiting',
    name: 'propose-and-wait answers with the closed round, to all who wait [Q6.1]',
    async run(base) {
      const group = await createGroup(base, size(3, { threshold: 2 }));
      const first = propose(base, group, 1, 'a1', 7, '?wait=20s');
      const second = propose(base, group, 1, 'a2', 7, '?wait=20000ms');
      await bothIn(base, group, 2);
      assert.ok(await stillWaits(first), 'a waiter was answered before the close');
      const last = await propose(base, group, 1, 'a3', 1, '?wait=20000');
      for (const reply of [await first, await second, last]) {
        assert.equal(reply.status, 201, reply.story);
        const round = reply.as<RoundJson>();
        assert.deepEqual([round.round, round.state, round.value], [1, 'SUCCESS', 7], reply.story);
        assert.equal(round.tally?.length, 2);
      }
    },
  },
  {
    clause: 'waiting',
    name: 'a failed round is an answer too: its waiters are told that round, not the next',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      const first = propose(base, group, 1, 'a1', 1, '?wait=20s');
      await bothIn(base, group, 1);
      await propose(base, group, 1, 'a2', 2);
      const round = (await first).as<RoundJson>();
      assert.deepEqual([round.round, round.state, round.present], [1, 'FAILED', 2]);
    },
  },
  {
    clause: 'waiting',
    name: 'when the wait ends the answer is WAITING, and the proposal stands',
    async run(base) {
      const group = await createGroup(base, size(2));
      const reply = await propose(base, group, 1, 'a1', 7, '?wait=100ms');
      assert.equal(reply.status, 201, reply.story);
      assert.equal(reply.as<RoundJson>().state, 'WAITING');
      assert.equal((await readRound(base, group, 1)).present, 1);
    },
  },
  {
    clause: 'waiting',
    name: 'a repeated proposal can wait as well, and one after the close is answered at once',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      await propose(base, group, 1, 'a1', 7);
      const again = propose(base, group, 1, 'a1', 7, '?wait=20s');
      assert.ok(await stillWaits(again));
      await propose(base, group, 1, 'a2', 7);
      for (const reply of [await again, await propose(base, group, 1, 'a1', 7, '?wait=20s')]) {
        assert.equal(reply.status, 200, reply.story);
        assert.equal(reply.as<RoundJson>().state, 'SUCCESS');
      }
    },
  },
  {
    clause: 'waiting',
    name: 'Prefer: wait=20 waits like ?wait=20s',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      const path = `/v1/groups/${group}/rounds/1/proposals/a1`;
      const first = ask(base, 'PUT', path, { value: 7 }, { prefer: 'wait=20' });
      await bothIn(base, group, 1);
      assert.ok(await stillWaits(first));
      await propose(base, group, 1, 'a2', 7);
      const reply = await first;
      assert.equal(reply.as<RoundJson>().state, 'SUCCESS', reply.story);
    },
  },
  {
    clause: 'waiting',
    name: 'a wait that is no duration is refused, and nothing is proposed',
    async run(base) {
      const group = await createGroup(base, size(2));
      for (const wait of ['soon', '-1s', 'NaN']) {
        problem(await propose(base, group, 1, 'a1', 7, `?wait=${wait}`), [400, 422]);
      }
      assert.equal((await readRound(base, group, 1)).present, 0);
    },
  },
  ...['1', 'open'].map(
    (which): Case => ({
      clause: 'waiting',
      name: `rounds/${which}?after=<revision>&wait= is answered by the next change [Q6.2]`,
      async run(base) {
        const group = await createGroup(base, size(3));
        const { revision } = await readRound(base, group, which);
        const path = `/v1/groups/${group}/rounds/${which}`;
        const waiter = ask(base, 'GET', `${path}?after=${revision}&wait=20s`);
        assert.ok(await stillWaits(waiter));
        await propose(base, group, 1, 'a1', 7);
        const reply = await waiter;
        assert.equal(reply.status, 200, reply.story);
        const seen = reply.as<RoundJson>();
        assert.ok(seen.revision > revision && seen.present === 1, reply.story);
        const behind = await ask(base, 'GET', `${path}?after=${revision}&wait=20s`);
        assert.equal(behind.as<RoundJson>().revision, seen.revision, 'who is behind is told at once');
        const ended = await ask(base, 'GET', `${path}?after=${seen.revision}&wait=100ms`);
        assert.equal(ended.status, 200, ended.story);
        assert.equal(ended.as<RoundJson>().state, 'WAITING', ended.story);
        assert.equal(ended.as<RoundJson>().revision, seen.revision, ended.story);
      },
    }),
  ),
  {
    clause: 'waiting',
    name: 'the revision grows with every visible change and with nothing else',
    async run(base) {
      const group = await createGroup(base, size(3, { threshold: 2 }));
      let last = (await readGroup(base, group)).revision;
      for (const agent of ['a1', 'a2', 'a3']) {
        await propose(base, group, 1, agent, agent);
        const { revision } = await readGroup(base, group);
        assert.ok(revision > last);
        last = revision;
        await propose(base, group, 1, agent, agent);
        await propose(base, group, 1, agent, 'other');
        await readRound(base, group, 'open');
        assert.equal((await readGroup(base, group)).revision, last);
      }
    },
  },
  {
    clause: 'waiting',
    name: 'who waits on a group that is deleted is answered, and not told that its proposal was not executed',
    async run(base) {
      const group = await createGroup(base, size(2));
      const waiting = propose(base, group, 1, 'a1', 7, '?wait=25s');
      await bothIn(base, group, 1);
      await ask(base, 'DELETE', `/v1/groups/${group}`);
      const reply = await Promise.race([waiting, pause(10_000)]);
      assert.ok(reply !== undefined, 'no answer within 10 s of the deletion');
      assert.doesNotMatch(reply.text, /"outcome":"not-executed"/, reply.story);
    },
  },
  {
    clause: 'waiting',
    name: 'one hundred waiters on one round are all answered by its close',
    async run(base) {
      const group = await createGroup(base, size(100, { threshold: 100 }));
      const sent = Array.from({ length: 99 }, (_, i) => propose(base, group, 1, `a${i}`, 'x', '?wait=20s'));
      await bothIn(base, group, 99);
      await propose(base, group, 1, 'last', 'x');
      for (const reply of await Promise.all(sent)) {
        assert.equal(reply.as<RoundJson>().state, 'SUCCESS', reply.story);
      }
    },
  },
];

/** Waits until so many have proposed in round 1. */
async function bothIn(base: string, group: string, present: number): Promise<void> {
  for (let i = 0; i < 500; i += 1) {
    if ((await readRound(base, group, 1)).present === present) return;
    await pause(20);
  }
  assert.fail(`${present} proposals did not arrive within 10 s`);
}

async function stillWaits(reply: Promise<Reply>): Promise<boolean> {
  return Promise.race([reply.then(() => false), pause(150).then(() => true)]);
}
