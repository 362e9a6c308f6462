import { expect, test } from 'vitest';
import type { Json, RoundJson, Strategy } from '../client/index.ts';
import { median, plurality } from './tally.ts';

type Entry = readonly [value: Json, weight: number, agents?: readonly string[]];

const last = (...entries: Entry[]): RoundJson =>
  ({
    tally: entries.map(([value, weight, agents = ['ann']]) => ({ value, weight, agents })),
  }) as unknown as RoundJson;
const own: Strategy = () => 'own';
const choose = (strategy: Strategy, round: RoundJson | null) =>
  strategy(round, 2, new AbortController().signal);

test.each<[string, RoundJson | null, Json]>([
  ['the heaviest', last(['pizza', 3], ['pasta', 2]), 'pizza'],
  ['the first of equals, which all agents see in the same order', last([1, 1], [2, 1]), 1],
  ['its own in the first round', null, 'own'],
  ['its own where all abstained', last(), 'own'],
  ['its own where ballots are secret', last([null, 3, []]), 'own'],
  ['null, where null was proposed', last([null, 3]), null],
])('plurality: %s', (_, round, value) => {
  expect(choose(plurality(own), round)).toBe(value);
});

test.each<[string, RoundJson | null, Json]>([
  ['the middle one', last([9, 1], [1, 1], [4, 1]), 4],
  ['the lower of two', last([9, 1], [4, 1]), 4],
  ['each with its weight', last([9, 3], [1, 1], [4, 1]), 9],
  ['numbers, not texts, are put in order', last([10, 1], [9, 1], [100, 1]), 10],
  ['what is no number does not count', last(['x', 5], [3, 1]), 3],
  ['its own where nothing was a number', last(['x', 5]), 'own'],
  ['its own in the first round', null, 'own'],
])('median: %s', (_, round, value) => {
  expect(choose(median(own), round)).toBe(value);
});

test('agents that go with the median agree in the second round, whatever they began with', () => {
  const values = [7, 1, 12, 3, 3.5];
  const round = last(...values.map((value): Entry => [value, 1]));
  expect(new Set(values.map(() => choose(median(own), round)))).toEqual(new Set([3.5]));
});
