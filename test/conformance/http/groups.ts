import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/types.ts';
import type { GroupJson } from '../../../src/core/view/json-types.ts';
import {
  anyRefusal,
  ask,
  type Case,
  createGroup,
  fresh,
  listIn,
  problem,
  propose,
  raw,
  readGroup,
  readRound,
  size,
} from './ask.ts';

interface Refused {
  readonly what: string;
  readonly body: Json;
  /** What the problem must say. */
  readonly says: readonly RegExp[];
}

const refused: readonly Refused[] = [
  { what: 'a setting that is none', body: { rule: size(3, { treshold: 2 }) }, says: [/treshold/] },
  { what: 'a member that is none', body: { rule: size(3), colour: 'red' }, says: [/colour/] },
  { what: 'a word that is none', body: { rule: size(3, { close: 'late' }) }, says: [/close/, /early/] },
  { what: 'a threshold as text', body: { rule: size(3, { threshold: '2' }) }, says: [/threshold/] },
  { what: 'a size as text', body: { rule: { electorate: { size: '3' } } }, says: [/electorate/] },
  { what: 'a size of 0', body: { rule: size(0) }, says: [/electorate/] },
  { what: 'a size of 2.5', body: { rule: size(2.5) }, says: [/electorate/] },
  { what: 'an agent named twice', body: { rule: { electorate: { agents: ['a', 'a'] } } }, says: [/agents/] },
  {
    what: 'an agent with no name',
    body: { rule: { electorate: { agents: ['a', 'B C'] } } },
    says: [/agents/],
  },
  { what: 'k greater than n', body: { rule: size(3, { threshold: 4 }) }, says: [/threshold/, /electorate/] },
  {
    what: 'k greater than the roster',
    body: { rule: { electorate: { agents: ['a', 'b'] }, threshold: 3 } },
    says: [/threshold/, /electorate/],
  },
  { what: 'a floor above n', body: { rule: size(3, { floor: 4 }) }, says: [/floor/, /electorate/] },
  {
    what: 'a change of mind with an early close and no least wait',
    body: { rule: size(3, { revote: true, close: 'early' }) },
    says: [/revote/, /close/],
  },
  {
    what: 'a decimal threshold',
    body: { rule: size(3, { threshold: 0.67 }) },
    says: [/threshold/, /\bnum\b.{1,6}\b2\b.*\bden\b.{1,6}\b3\b/],
  },
  {
    what: 'a decimal threshold of a half',
    body: { rule: size(3, { threshold: 0.5 }) },
    says: [/threshold/, /\bnum\b.{1,6}\b1\b.*\bden\b.{1,6}\b2\b/],
  },
  { what: 'a preset that is none', body: { preset: 'dictator' }, says: [/preset/] },
];

export const groupCases: readonly Case[] = [
  {
    clause: 'groups',
    name: 'created by 201, read by 200, the revision is the ETag',
    async run(base) {
      const group = fresh();
      problem(await ask(base, 'GET', `/v1/groups/${group}`), 404, 'group-not-found');
      const made = await ask(base, 'PUT', `/v1/groups/${group}`, { rule: size(4, { threshold: 3 }) });
      assert.equal(made.status, 201, made.story);
      const shape = made.as<GroupJson>();
      assert.equal(shape.group, group);
      assert.deepEqual(shape.rule.electorate, { size: 4 });
      assert.equal(shape.rule.threshold, 3);
      assert.equal(shape.status, 'open');
      assert.equal(shape.round, 1);
      assert.equal(made.headers.get('etag'), `"${shape.revision}"`, made.story);
      const read = await ask(base, 'GET', `/v1/groups/${group}`);
      assert.equal(read.status, 200, read.story);
      assert.equal(read.headers.get('etag'), `"${shape.revision}"`);
      assert.deepEqual({ ...read.as<GroupJson>(), index: 0 }, { ...shape, index: 0 });
    },
  },
  {
    clause: 'groups',
    name: 'the same PUT again is 200 and changes nothing; another rule is 200 and a later revision',
    async run(base) {
      const group = await createGroup(base, size(3));
      const { revision } = await readGroup(base, group);
      const again = await ask(base, 'PUT', `/v1/groups/${group}`, { rule: size(3) });
      assert.equal(again.status, 200, again.story);
      assert.equal(again.as<GroupJson>().revision, revision);
      const changed = await ask(base, 'PUT', `/v1/groups/${group}`, { rule: size(3, { threshold: 3 }) });
      assert.equal(changed.status, 200, changed.story);
      assert.ok(changed.as<GroupJson>().revision > revision, changed.story);
    },
  },
  {
    clause: 'groups',
    name: 'If-Match with a passed revision is 412 and changes nothing, with the present one it is carried out',
    async run(base) {
      const group = await createGroup(base, size(3));
      const { revision } = await readGroup(base, group);
      const put = (threshold: number, tag: number) =>
        ask(base, 'PUT', `/v1/groups/${group}`, { rule: size(3, { threshold }) }, { 'if-match': `"${tag}"` });
      const first = await put(3, revision);
      assert.equal(first.status, 200, first.story);
      problem(await put(1, revision), 412, 'revision-mismatch');
      assert.equal((await readGroup(base, group)).rule.threshold, 3);
      const gone = await ask(base, 'DELETE', `/v1/groups/${group}`, undefined, {
        'if-match': `"${revision}"`,
      });
      problem(gone, 412);
      assert.equal((await readGroup(base, group)).group, group);
    },
  },
  {
    clause: 'groups',
    name: 'the electorate of an open round is frozen: a new rule holds from the next round',
    async run(base) {
      const group = await createGroup(base, size(2, { threshold: 2 }));
      await propose(base, group, 1, 'a1', 1);
      const changed = await ask(base, 'PUT', `/v1/groups/${group}`, { rule: size(3, { threshold: 2 }) });
      assert.equal(changed.status, 200, changed.story);
      assert.equal((await readRound(base, group, 1)).eligible, 2);
      await propose(base, group, 1, 'a2', 2);
      assert.equal((await readRound(base, group, 1)).state, 'FAILED');
      assert.equal((await readRound(base, group, 2)).eligible, 3);
    },
  },
  {
    clause: 'groups',
    name: 'listed while it exists, gone after DELETE',
    async run(base) {
      const group = await createGroup(base, size(3));
      const names = async () =>
        listIn<GroupJson | string>(await ask(base, 'GET', '/v1/groups')).map((entry) =>
          typeof entry === 'string' ? entry : entry.group,
        );
      assert.ok((await names()).includes(group));
      const gone = await ask(base, 'DELETE', `/v1/groups/${group}`);
      assert.ok(gone.status === 200 || gone.status === 204, gone.story);
      problem(await ask(base, 'GET', `/v1/groups/${group}`), 404, 'group-not-found');
      problem(await ask(base, 'DELETE', `/v1/groups/${group}`), 404, 'group-not-found');
      problem(await propose(base, group, 1, 'a1', 7), 404, 'group-not-found');
      assert.ok(!(await names()).includes(group));
    },
  },
  {
    clause: 'groups',
    name: 'the preset classroom is three agents, two equal, and goes on after a success',
    async run(base) {
      const group = fresh();
      const made = await ask(base, 'PUT', `/v1/groups/${group}`, { preset: 'classroom' });
      assert.equal(made.status, 201, made.story);
      for (const [agent, value] of [
        ['a', 7],
        ['b', 7],
        ['c', 1],
      ] as const) {
        await propose(base, group, 1, agent, value);
      }
      assert.equal((await readRound(base, group, 1)).value, 7);
      assert.equal((await readRound(base, group, 'open')).round, 2);
    },
  },
  ...refused.map(
    ({ what, body, says }): Case => ({
      clause: 'groups',
      name: `refused as a rule, in words: ${what}`,
      async run(base) {
        const group = fresh();
        const reply = await ask(base, 'PUT', `/v1/groups/${group}`, body);
        problem(reply, [400, 422]);
        const text = reply.text.replaceAll('\\"', '"');
        for (const pattern of says) assert.match(text, pattern, reply.story);
        problem(await ask(base, 'GET', `/v1/groups/${group}`), 404);
        const kept = await createGroup(base, size(3));
        const before = await readGroup(base, kept);
        problem(await ask(base, 'PUT', `/v1/groups/${kept}`, body), [400, 422]);
        assert.deepEqual({ ...(await readGroup(base, kept)), index: 0 }, { ...before, index: 0 });
      },
    }),
  ),
  ...['', '{', 'null', '[]', '{"rule":{},"rule":{}}', `{"title":"${'x'.repeat(65_536)}"}`].map(
    (body): Case => ({
      clause: 'groups',
      name: `refused as the settings of a group: ${body.slice(0, 30) || '(empty)'}`,
      async run(base) {
        const group = fresh();
        problem(await ask(base, 'PUT', `/v1/groups/${group}`, raw(body)), anyRefusal);
        problem(await ask(base, 'GET', `/v1/groups/${group}`), 404);
      },
    }),
  ),
];
