import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pick, randomFrom, seedOfRun } from '../../test/harness/random.ts';
import type { Group, Json, RoundJson } from '../client/index.ts';
import { Debate, endOf, heardBy, nobodyChanged, type Statement, statementsOf } from './debate.ts';

const said = (values: Readonly<Record<string, Json>>): Statement[] =>
  Object.entries(values).map(([agent, value]) => ({ agent, body: { value } }));
const four = said({ ann: 1, bo: 2, cy: 3, dee: 4 });
const order = (member: string, seed: number) =>
  heardBy(member, four, 1, seed, true).map(({ from }) => from as string);

test('what was counted is said, with its note; what was not counted is not', () => {
  expect(
    statementsOf([
      { agent: 'a', did: 'proposed', value: null, note: 'why' },
      { agent: 'b', did: 'proposed', value: [1] },
      { agent: 'c', did: 'abstained', note: 'it ended with exit code 3' },
      { agent: 'd', did: 'not-counted', note: 'round 1 is closed' },
      { agent: 'e', did: 'stopped' },
      { agent: 'f', did: 'not-asked' },
    ]),
  ).toEqual([
    { agent: 'a', body: { value: null, note: 'why' } },
    { agent: 'b', body: { value: [1] } },
    { agent: 'c', body: { abstain: true, note: 'it ended with exit code 3' } },
  ]);
});

test('each hears all others and not itself; names only where they are asked for [Q9.14]', () => {
  const heard = heardBy('ann', four, 3, 7, false);
  expect(heard).toHaveLength(3);
  expect(heard).toEqual(expect.arrayContaining([2, 3, 4].map((value) => ({ round: 3, body: { value } }))));
  expect(heardBy('ann', four, 3, 7, true)).toContainEqual({ from: 'bo', round: 3, body: { value: 2 } });
  expect(heardBy('eve', four, 3, 7, true)).toHaveLength(4);
});

test('the order is that of the hashes anybody can make, whatever order the members have [Q9.14]', () => {
  const hash = (other: string) => createHash('sha256').update(`7 ann ${other}`).digest('hex');
  const byHand = ['bo', 'cy', 'dee'].sort((a, b) => (hash(a) < hash(b) ? -1 : 1));
  expect(order('ann', 7)).toEqual(byHand);
  const turned = heardBy('ann', [...four].reverse(), 1, 7, true).map(({ from }) => from);
  expect(turned).toEqual(byHand);
});

test('over many outcomes nobody is first more often than another, and readers differ [Q9.14]', () => {
  const first = seedOfRun();
  const random = randomFrom(first);
  const counts = new Map<string, number>();
  let differ = 0;
  const rounds = 3000;
  for (let i = 0; i < rounds; i += 1) {
    const seed = Math.floor(random() * 2 ** 31);
    const member = pick(random, ['ann', 'bo', 'cy', 'dee']);
    const heard = order(member, seed);
    heard.forEach((from, place) => {
      const key = `${member} ${from} ${place}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    });
    const common = (name: string) => order(name, seed).filter((from) => from === 'cy' || from === 'dee');
    if (common('ann').join() !== common('bo').join()) differ += 1;
  }
  const again = `SEED=${first} npx vitest run src/agents/debate.test.ts`;
  // 36 ways to stand somewhere, each about 250 times; six deviations of it are 91.
  expect(counts.size, again).toBe(36);
  for (const [key, count] of counts)
    expect(Math.abs(count - rounds / 12), `${key}: ${again}`).toBeLessThan(100);
  expect(Math.abs(differ - rounds / 2), again).toBeLessThan(200);
});

test.each<[string, Readonly<Record<string, Json>>, Readonly<Record<string, Json>>, boolean]>([
  ['all as before', { a: 1, b: 'x' }, { b: 'x', a: 1 }, true],
  ['one other value', { a: 1, b: 2 }, { a: 1, b: 1 }, false],
  ['one is silent now', { a: 1, b: 2 }, { a: 1 }, false],
  ['one speaks for the first time', { a: 1 }, { a: 1, b: 2 }, false],
  ['one in place of another', { a: 1, b: 2 }, { a: 1, c: 2 }, false],
])('nobody changed: %s', (_, before, now, unchanged) => {
  expect(nobodyChanged(said(before), said(now), Object.is)).toBe(unchanged);
});

test('nobody changed: an abstention is an answer, and its reason does not count', () => {
  const abstains = (note: string): Statement[] => [{ agent: 'a', body: { abstain: true, note } }];
  expect(nobodyChanged(abstains('late'), abstains('exit code 3'), Object.is)).toBe(true);
  expect(nobodyChanged(abstains('late'), said({ a: 1 }), Object.is)).toBe(false);
  expect(nobodyChanged(said({ a: null }), abstains('late'), Object.is)).toBe(false);
  expect(nobodyChanged(said({ a: 'Yes' }), said({ a: 'yes' }), () => true)).toBe(true);
});

test('how a round ended tells no name and no tally [Q9.14]', () => {
  const round = {
    ...{ group: 'g', round: 2, state: 'FAILED', reason: 'vetoed', value: null, eligible: 3, present: 2 },
    ...{ missing: ['cy'], waived: [{ agent: 'dee' }], explain: 'ann vetoed', deadlineSet: { by: 'eve' } },
    tally: [{ value: 7, weight: 2, agents: ['ann', 'bo'] }],
  } as unknown as RoundJson;
  expect(endOf(round)).toEqual({
    ...{ group: 'g', round: 2, state: 'FAILED', reason: 'vetoed', value: null, eligible: 3, present: 2 },
  });
});

test.each(['a name is taken', 'the log knows no messages'])(
  '%s: nobody is asked, and who has joined leaves',
  async (why) => {
    const left: string[] = [];
    const refused = new Error(why);
    const join = async (agent: string) => {
      if (agent === 'cy' && why === 'a name is taken') throw refused;
      return {
        joined: { cursor: 0 },
        setCursor: async () => {
          throw refused;
        },
        leave: async () => left.push(agent),
      };
    };
    const group = { join } as unknown as Group;
    const agents = ['ann', 'bo', 'cy'];
    const signal = new AbortController().signal;
    await expect(Debate.join({ group, agents, withNames: false, isSame: () => true, signal })).rejects.toBe(
      refused,
    );
    expect(left).toEqual(why === 'a name is taken' ? ['ann', 'bo'] : agents);
  },
);
