import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../../test/harness/property.ts';
import { nearest, units } from '../../../test/judge/numbers.ts';
import { ExactSum, halfway } from './exact-sum.ts';

function sumOf(numbers: readonly number[], times = 1): ExactSum {
  const sum = new ExactSum();
  for (const number of numbers) sum.add(number, times);
  return sum;
}

const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, min: -1000, max: 1000 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -10_000, max: 10_000 }).map((hundredths) => hundredths / 100),
  fc.constantFrom(0, 5e-324, 2.2250738585072014e-308, Number.MAX_VALUE, 1e21, 1e22, 0.1, 1.0000000000000002),
);

describe('an exact sum [Q4.41]', () => {
  it.each<[number[], number, number]>([
    [[1, 1, 2], 3, 4 / 3],
    [[0.1, 0.2], 2, 0.15],
    [[0.1, 0.2, 0.3], 3, 0.2],
    [[1e308, 1.7e308], 2, 1.35e308],
    [[5e-324, 0], 2, 5e-324],
    [[1e22, 1, -1e22], 1, 1],
    [[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], 2, Number.MAX_SAFE_INTEGER],
    [[-1, 1], 2, 0],
    [[-0.5, 0.5], 2, 0],
    [[], 1, 0],
    // What is beyond the largest double gives that one.
    [[Number.MAX_VALUE, Number.MAX_VALUE], 1, Number.MAX_VALUE],
    [[-1e308, -1e308], 1, -Number.MAX_VALUE],
  ])('of %j divided by %i is rounded once, to %d', (all, parts, expected) => {
    expect(sumOf(all).over(parts)).toBe(expected);
  });

  it('is that of the decimals, whatever they are, also after some were taken back', () => {
    holds(
      fc.property(
        fc.array(numbers, { maxLength: 12 }),
        fc.array(numbers, { maxLength: 3 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 0, max: 1_000_000_000 }),
        (all, gone, times, more) => {
          const parts = 1 + all.length * times + more;
          const sum = sumOf([...gone, ...all], times);
          for (const number of gone) sum.add(number, -times, String(number));
          const exact = all.reduce((total, number) => total + units(String(number)), 0n) * BigInt(times);
          const expected = Number(nearest(exact, BigInt(parts)));
          expect(sum.over(parts)).toBe(expected);
          expect(sum.copy().over(parts)).toBe(expected);
        },
      ),
      3000,
    );
  });

  it('is another one than its copy', () => {
    const sum = sumOf([0.1, 1]);
    const copy = sum.copy();
    copy.add(0.2);
    copy.add(1);
    expect([sum.over(1), copy.over(1)]).toEqual([1.1, 2.3]);
  });
});

it('halfway between two numbers is their half, rounded once', () => {
  expect(halfway(1, 1.0000000000000002)).toBe(1);
  expect(halfway(1.0000000000000002, 1.0000000000000004)).toBe(1.0000000000000002);
  expect(halfway(7, 7)).toBe(7);
  expect(halfway(0.1, 0.2)).toBe(0.15);
});
