import { describe, expect, it, test } from 'vitest';
import { withFate } from './edit.ts';
import { standard } from './record.ts';
import { addCounts, noSeeds, tally, wilson } from './tally.ts';

test('many seeds come to the same in one piece and in several', () => {
  const pieces = [tally(standard, 1, 30), tally(standard, 31, 1), tally(standard, 32, 29)];
  expect(pieces.reduce(addCounts, noSeeds)).toEqual(tally(standard, 1, 60));
});

test('the first seed on which the exercise fails is named', () => {
  const { firstFailing, exercise } = tally(standard, 1, 60);
  expect(exercise.DEADLOCK).toBeGreaterThan(0);
  expect(tally(standard, 1, (firstFailing ?? 0) - 1).firstFailing).toBe(null);
  const { DEADLOCK, WRONG } = tally(standard, firstFailing ?? 0, 1).exercise;
  expect(DEADLOCK + WRONG).toBe(1);
});

test('turns and draws of one run are not those of the others, but its faults are', () => {
  const outright = { ...standard, turns: [0, 1, 2], draws: [[1], [1], [1]] };
  expect(tally(outright, 1, 30)).toEqual(tally(standard, 1, 30));
  const lost = withFate(standard, 'A1r', 'drop');
  expect(tally(lost, 1, 30)).not.toEqual(tally(standard, 1, 30));
});

describe('the interval', () => {
  // As scipy gives it: binomtest(hits, of).proportion_ci(method='wilson').
  it.each([
    [0, 1000, 0, 0.0038269],
    [312, 1000, 0.2840497, 0.3413892],
    [1, 10, 0.0178762, 0.40415],
    [10, 10, 0.7224672, 1],
  ])('of %i in %i', (hits, of, from, to) => {
    expect(wilson(hits, of).from).toBeCloseTo(from, 4);
    expect(wilson(hits, of).to).toBeCloseTo(to, 4);
  });

  it('of nothing is everything', () => {
    expect(wilson(0, 0)).toEqual({ from: 0, to: 1 });
  });
});
