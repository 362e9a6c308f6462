import assert from 'node:assert/strict';
import type { Json } from '../../../src/core/types.ts';
import { abstain, ask, type Case, createGroup, fresh, playRound, propose, readRound, size } from './ask.ts';

interface Verdict {
  readonly threshold: Json;
  readonly values: readonly unknown[];
  readonly state: 'SUCCESS' | 'FAILED';
  readonly value?: Json;
  readonly reason?: string;
}

const verdicts: readonly Verdict[] = [
  { threshold: 2, values: [7, 7, 3], state: 'SUCCESS', value: 7 },
  { threshold: 2, values: [7, 8, 3], state: 'FAILED' },
  { threshold: 3, values: [7, 7, 3], state: 'FAILED' },
  { threshold: 1, values: [7], state: 'SUCCESS', value: 7 },
  { threshold: 2, values: [1, 1, 2, 2], state: 'FAILED', reason: 'tie' },
  { threshold: 2, values: [1, 1, 2, 3], state: 'SUCCESS', value: 1 },
  { threshold: 2, values: [1, 1, 1, 2, 2], state: 'SUCCESS', value: 1 },
  { threshold: 1, values: ['x', 'y'], state: 'FAILED', reason: 'tie' },
  { threshold: 'majority', values: [7, 7, 3], state: 'SUCCESS', value: 7 },
  { threshold: 'majority', values: [7, 7, 3, 4], state: 'FAILED' },
  { threshold: 'majority', values: [7, 7, 7, 4], state: 'SUCCESS', value: 7 },
  { threshold: 'majority', values: [7, 7, abstain, abstain], state: 'FAILED' },
  { threshold: 'majority', values: [7, 7, 7, 1, 2], state: 'SUCCESS', value: 7 },
  { threshold: 'majority', values: [7, 7, 3, 1, 2], state: 'FAILED' },
  { threshold: 'unanimous', values: ['a', 'a', 'a'], state: 'SUCCESS', value: 'a' },
  { threshold: 'unanimous', values: ['a', 'a', 'b'], state: 'FAILED' },
  { threshold: 'unanimous', values: ['a', 'a', abstain], state: 'FAILED' },
  { threshold: 2, values: [abstain, abstain, abstain], state: 'FAILED' },
];

const ballots: readonly { readonly threshold: Json; readonly values: readonly unknown[] }[] = [
  { threshold: 2, values: [7, 7, 3] },
  { threshold: 2, values: [1, 2, 3] },
  { threshold: 2, values: [abstain, 'x', 'x'] },
  { threshold: 2, values: [1, 1, 2, 2] },
  { threshold: 2, values: [1, '1', 1, '1'] },
  { threshold: 'majority', values: [{ a: 1 }, { a: 1 }, { a: 1 }, null] },
];

export const ruleCases: readonly Case[] = [
  ...verdicts.map(
    ({ threshold, values, state, value, reason }): Case => ({
      clause: 'rules',
      name: `${words(threshold)} of ${words(values)}: ${state}${value === undefined ? '' : ` ${words(value)}`}`,
      async run(base) {
        const group = await createGroup(base, size(values.length, { threshold }));
        const round = await playRound(base, group, values);
        assert.equal(round.state, state, JSON.stringify(round));
        assert.deepEqual(round.value, value ?? null);
        if (state === 'SUCCESS') assert.equal(round.reason, 'agreed');
        if (reason !== undefined) assert.equal(round.reason, reason);
        assert.ok(round.closedAt !== null && round.explain !== '');
        const weights = round.tally?.map(({ weight }) => weight) ?? [];
        assert.deepEqual(
          weights,
          [...weights].sort((a, b) => b - a),
          'the tally is heaviest first',
        );
        const cast = values.filter((cast) => cast !== abstain).length;
        assert.equal(
          weights.reduce((sum, weight) => sum + weight, 0),
          cast,
        );
      },
    }),
  ),
  ...ballots.map(
    ({ threshold, values }): Case => ({
      clause: 'rounds',
      name: `one outcome in every order of arrival: ${words(threshold)} of ${words(values)}`,
      async run(base) {
        const seen = new Set<string>();
        for (const order of permutations(values.map((_, i) => i))) {
          const group = await createGroup(base, size(values.length, { threshold }));
          for (const i of order) {
            const reply = await propose(base, group, 1, `a${i}`, values[i]);
            assert.equal(reply.status, 201, reply.story);
          }
          const { state, reason, value, eligible, present, missing, tally } = await readRound(base, group, 1);
          seen.add(JSON.stringify({ state, reason, value, eligible, present, missing, tally }));
        }
        assert.equal(seen.size, 1, [...seen].join('\n'));
      },
    }),
  ),
  {
    clause: 'rules',
    name: 'all: the round stays open until every proposal is in, however clear it is',
    async run(base) {
      const group = await createGroup(base, size(3, { threshold: 2 }));
      await propose(base, group, 1, 'a1', 7);
      await propose(base, group, 1, 'a2', 7);
      assert.equal((await readRound(base, group, 1)).state, 'WAITING');
    },
  },
  {
    clause: 'reveal',
    name: 'blind: before the close no reader is told a value, afterwards every reader is',
    async run(base) {
      const group = await createGroup(base, { electorate: { agents: ['a1', 'a2'] }, threshold: 2 });
      const secret = fresh('secret');
      const receipt = await propose(base, group, 1, 'a1', secret);
      assert.equal(receipt.status, 201, receipt.story);
      const other = await propose(base, group, 1, 'a1', 'a guess');
      assert.equal(other.status, 409, other.story);
      assert.ok(!other.text.includes(secret), `told by a refusal\n${other.story}`);
      const v1 = `/v1/groups/${group}`;
      const paths = [
        '',
        '/rounds',
        '/rounds/1',
        '/rounds/open',
        '/rounds/latest',
        '/agents',
        '/rounds/1?after=0&wait=50ms',
      ];
      for (const path of [
        ...paths.map((tail) => v1 + tail),
        '/v1/groups',
        '/v1/info',
        '/metrics',
        '/readyz',
      ]) {
        const reply = await ask(base, 'GET', path);
        assert.ok(reply.status < 500 && !reply.text.includes(secret), `told by ${path}\n${reply.story}`);
      }
      await propose(base, group, 1, 'a2', secret);
      const round = await readRound(base, group, 1);
      assert.deepEqual(round.tally, [{ value: secret, weight: 2, agents: ['a1', 'a2'] }]);
      assert.equal(round.value, secret);
    },
  },
];

function permutations(items: readonly number[]): number[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item) =>
    permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]),
  );
}

function words(value: unknown): string {
  if (value === abstain) return 'abstain';
  if (Array.isArray(value)) return `[${value.map(words).join(', ')}]`;
  return JSON.stringify(value);
}
