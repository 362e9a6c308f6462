import assert from 'node:assert/strict';
import type { RoundJson } from '../../../src/core/view/json-types.ts';
import {
  abstain,
  anyRefusal,
  ask,
  type Case,
  createGroup,
  fresh,
  listIn,
  playRound,
  problem,
  propose,
  raw,
  readGroup,
  readRound,
  size,
} from './ask.ts';

export const roundCases: readonly Case[] = [
  {
    clause: 'rounds',
    name: 'a first proposal is 201 with the round, the same again 200 with the same receipt',
    async run(base) {
      const group = await createGroup(base, { electorate: { agents: ['a1', 'a2', 'a3'] }, threshold: 2 });
      const first = await propose(base, group, 1, 'a1', { x: 1, y: [2] });
      assert.equal(first.status, 201, first.story);
      const { openedAt, explain, revision, index, ...shape } = first.as<RoundJson>();
      assert.deepEqual(shape, {
        group,
        round: 1,
        state: 'WAITING',
        reason: null,
        value: null,
        options: null,
        equality: 'exact',
        stats: null,
        eligible: 3,
        present: 1,
        missing: ['a2', 'a3'],
        waived: [],
        deadlineAt: null,
        deadlineSet: null,
        closedAt: null,
        tally: null,
        subjectHash: null,
      });
      assert.match(openedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      assert.ok(explain !== '' && Number.isInteger(revision) && Number.isInteger(index), first.story);
      const again = await propose(base, group, 1, 'a1', raw('{"value": {"y":[2.0], "x":1e0}}'));
      assert.equal(again.status, 200, again.story);
      assert.deepEqual({ ...again.as<RoundJson>(), index: 0 }, { ...first.as<RoundJson>(), index: 0 });
    },
  },
  {
    clause: 'rounds',
    name: 'another value is 409 already-proposed, and the first stands',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      await propose(base, group, 1, 'a1', 7);
      const { revision } = await readGroup(base, group);
      for (const value of [8, '7', [7], abstain]) {
        problem(await propose(base, group, 1, 'a1', value), 409, 'already-proposed');
      }
      assert.equal((await readGroup(base, group)).revision, revision);
      await propose(base, group, 1, 'a2', 7);
      assert.equal((await readRound(base, group, 1)).state, 'SUCCESS');
    },
  },
  {
    clause: 'rounds',
    name: 'past round 409 with its outcome, future round 409, the same proposal after the close 200 with the outcome',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      const closed = await playRound(base, group, [1, 2]);
      assert.equal(closed.state, 'FAILED');
      const late = problem(await propose(base, group, 1, 'a3', 5), 409, 'round-closed');
      assert.deepEqual({ ...late.round, index: 0 }, { ...closed, index: 0 });
      const early = await propose(base, group, 3, 'a1', 5);
      problem(early, 409, 'round-not-open');
      const again = await propose(base, group, 1, 'a1', 1);
      assert.equal(again.status, 200, again.story);
      assert.deepEqual({ ...again.as<RoundJson>(), index: 0 }, { ...closed, index: 0 });
      problem(await propose(base, group, 1, 'a1', 2), 409);
      assert.equal((await readRound(base, group, 2)).present, 0);
      assert.deepEqual({ ...(await readRound(base, group, 1)), index: 0 }, { ...closed, index: 0 });
    },
  },
  {
    clause: 'rounds',
    name: 'abstaining is present, not cast, and stands like a proposal',
    async run(base) {
      const group = await createGroup(base, size(3, { threshold: 2 }));
      const first = await propose(base, group, 1, 'a1', abstain);
      assert.equal(first.status, 201, first.story);
      assert.equal((await propose(base, group, 1, 'a1', abstain)).status, 200);
      problem(await propose(base, group, 1, 'a1', null), 409, 'already-proposed');
      await propose(base, group, 1, 'a2', null);
      assert.equal((await readRound(base, group, 1)).present, 2);
      await propose(base, group, 1, 'a3', null);
      const round = await readRound(base, group, 1);
      assert.equal(round.state, 'SUCCESS', JSON.stringify(round));
      assert.equal(round.present, 3);
      assert.deepEqual(round.tally, [{ value: null, weight: 2, agents: ['a2', 'a3'] }]);
    },
  },
  {
    clause: 'rounds',
    name: 'an agent outside the roster is refused, and takes no seat',
    async run(base) {
      const group = await createGroup(base, { electorate: { agents: ['a1', 'a2'] }, threshold: 2 });
      problem(await propose(base, group, 1, 'stranger', 7), [403, 409]);
      assert.deepEqual((await readRound(base, group, 1)).missing, ['a1', 'a2']);
    },
  },
  {
    clause: 'rounds',
    name: 'rounds are read by number, as the open one, as the latest one, and listed newest first',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2, next: 'continuous' }));
      for (const round of [1, 2, 3]) {
        await propose(base, group, round, 'a1', round);
        await propose(base, group, round, 'a2', round === 2 ? round : 0);
      }
      const states = await Promise.all([1, 2, 3, 4].map((round) => readRound(base, group, round)));
      assert.deepEqual(
        states.map(({ round, state, value }) => [round, state, value]),
        [
          [1, 'FAILED', null],
          [2, 'SUCCESS', 2],
          [3, 'FAILED', null],
          [4, 'WAITING', null],
        ],
      );
      assert.equal((await readRound(base, group, 'open')).round, 4);
      assert.ok((await readRound(base, group, 'latest')).round >= 3);
      problem(await ask(base, 'GET', `/v1/groups/${group}/rounds/5`), anyRefusal);
      problem(await ask(base, 'GET', `/v1/groups/${fresh()}/rounds/1`), 404, 'group-not-found');
      const closed = (list: readonly RoundJson[]) => list.map(({ round }) => round).filter((n) => n < 4);
      const all = listIn<RoundJson>(await ask(base, 'GET', `/v1/groups/${group}/rounds`));
      assert.deepEqual(closed(all), [3, 2, 1]);
      const page = listIn<RoundJson>(await ask(base, 'GET', `/v1/groups/${group}/rounds?before=3&limit=1`));
      assert.deepEqual(closed(page), [2]);
    },
  },
  {
    clause: 'rounds',
    name: 'until-success: the next round opens after a failure, none after the success',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2, next: 'until-success' }));
      await playRound(base, group, [1, 2]);
      assert.equal((await readRound(base, group, 'open')).round, 2);
      for (const agent of ['a1', 'a2']) await propose(base, group, 2, agent, 'done');
      assert.equal((await readRound(base, group, 'latest')).value, 'done');
      const { status, round } = await readGroup(base, group);
      assert.deepEqual({ status, round }, { status: 'decided', round: 2 });
      problem(await propose(base, group, 3, 'a1', 1), 409);
    },
  },
  {
    clause: 'rounds',
    name: 'continuous: the next round opens after a success as well',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2, next: 'continuous' }));
      await playRound(base, group, [1, 1]);
      assert.equal((await readRound(base, group, 'open')).round, 2);
      assert.equal((await readGroup(base, group)).status, 'open');
    },
  },
  {
    clause: 'rounds',
    name: 'manual: no round opens by itself',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2, next: 'manual' }));
      await playRound(base, group, [1, 2]);
      problem(await propose(base, group, 2, 'a1', 1), 409);
      assert.equal((await readGroup(base, group)).status, 'idle');
    },
  },
  {
    clause: 'rounds',
    name: 'of 20 proposals at once the set decides: two of one agent count once, all seats are filled once',
    async run(base) {
      const group = await createGroup(base, size(10, { threshold: 10 }));
      const sent = Array.from({ length: 20 }, (_, i) => propose(base, group, 1, `a${i % 10}`, 'same'));
      const statuses = (await Promise.all(sent)).map(({ status }) => status).sort();
      assert.deepEqual(statuses, [...Array(10).fill(200), ...Array(10).fill(201)]);
      const round = await readRound(base, group, 1);
      assert.equal(round.state, 'SUCCESS');
      assert.equal(round.tally?.[0]?.agents.length, 10);
    },
  },
  {
    clause: 'rounds',
    name: 'more agents than seats at once: as many as there are seats are in the round, the others are told it closed',
    async run(base) {
      const group = await createGroup(base, size(5, { threshold: 5, next: 'continuous' }));
      const sent = Array.from({ length: 12 }, (_, i) => propose(base, group, 1, `a${i}`, 'same'));
      const replies = await Promise.all(sent);
      assert.equal(replies.filter(({ status }) => status === 201).length, 5);
      for (const reply of replies) if (reply.status !== 201) problem(reply, 409, 'round-closed');
      assert.equal((await readRound(base, group, 1)).present, 5);
      assert.equal((await readRound(base, group, 2)).present, 0);
    },
  },
];
