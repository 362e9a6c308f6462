import { expect, test } from 'vitest';
import { roundOf } from '../../../test/harness/round-views.ts';
import type { Json } from '../../core/types.ts';
import type { RoundJson } from '../../core/view/json-types.ts';
import { axisOf as axisFrom, binCount } from './axis.ts';
import { entriesOf } from './entries.ts';

/** The axis as the page makes it, from the tally alone. */
const axisOf = (round: RoundJson, won: ReadonlySet<number>) =>
  axisFrom(round, entriesOf(round, [], null) ?? { entries: [], moreValues: 0 }, won);

function closed(values: readonly (readonly [Json, number])[], median: number) {
  const numbers = values.map(([value]) => Number(value));
  const [min, max] = [Math.min(...numbers), Math.max(...numbers)];
  const tally = values.map(([value, count]) => {
    return { value, weight: count, agents: Array.from({ length: count }, (_, i) => `${value}-${i}`) };
  });
  const count = values.reduce((all, [, one]) => all + one, 0);
  const stats = { count, min, max, median, mean: median, spread: max - min };
  return roundOf({ state: 'SUCCESS', reason: 'agreed', present: count, tally, stats });
}

test('each proposal is a dot, equal ones above one another', () => {
  const round = closed(
    [
      [8, 3],
      [5, 1],
      [13, 1],
    ],
    8,
  );
  const axis = axisOf(round, new Set([8]));
  expect(axis?.dots).toEqual([
    { at: 0, up: 0, won: false },
    { at: 0.375, up: 0, won: true },
    { at: 0.375, up: 1, won: true },
    { at: 0.375, up: 2, won: true },
    { at: 1, up: 0, won: false },
  ]);
  expect(axis).toMatchObject({ median: 0.375, high: 3, bins: [] });
  expect(axis?.ticks.map(({ text }) => text)).toEqual(['5', '8', '13']);
});

test('many proposals are bins, with as many in all of them', () => {
  const values = Array.from({ length: 50 }, (_, i): [number, number] => [i, 1 + (i % 3)]);
  const axis = axisOf(closed(values, 24), new Set([49]));
  expect(axis?.dots).toEqual([]);
  expect(axis?.bins.length).toBeLessThanOrEqual(binCount);
  const all = values.reduce((sum, [, count]) => sum + count, 0);
  expect(axis?.bins.reduce((sum, { count }) => sum + count, 0)).toBe(all);
  expect(axis?.bins.filter(({ won }) => won).map(({ at }) => at)).toEqual([0.95]);
});

test('ticks do not stand on one another, and the ends always have one', () => {
  const axis = axisOf(
    closed(
      [
        [0, 1],
        [1, 1],
        [50, 1],
        [99, 1],
        [100, 1],
      ],
      50,
    ),
    new Set(),
  );
  expect(axis?.ticks.map(({ text }) => text)).toEqual(['0', '50', '100']);
});

test('without numbers, or where all are the same, there is no axis', () => {
  expect(axisOf(roundOf({ tally: [] }), new Set())).toBeNull();
  expect(axisOf(closed([[8, 3]], 8), new Set([8]))).toBeNull();
  expect(
    axisOf(
      {
        ...closed(
          [
            [8, 3],
            [5, 1],
          ],
          8,
        ),
        moreValues: 1,
      },
      new Set([8]),
    ),
  ).toBeNull();
});
