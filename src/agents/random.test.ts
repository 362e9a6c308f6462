import { expect, test } from 'vitest';
import { random } from './random.ts';

test('draws every whole number from min to max and no other', () => {
  const nearlyOne = 1 - Number.EPSILON / 2;
  const at = (u: number) => random({ min: -1, max: 2, random: () => u })();
  expect([0, 0.25, 0.5, 0.75, nearlyOne].map(at)).toEqual([-1, 0, 1, 2, 2]);
});

test.each([
  [5, 4],
  [0.5, 2],
  [1, Number.POSITIVE_INFINITY],
])('min %d, max %d is refused', (min, max) => {
  expect(() => random({ min, max })).toThrow(RangeError);
});
