import { expect, test } from 'vitest';
import { leastMs, waitOf, warningAt } from './spoken.ts';

test('a minute and ten seconds before the end are said, each for one moment', () => {
  const said = Array.from({ length: 90 }, (_, i) => warningAt((90 - i) * 1000));
  expect(said.filter((one) => one === 'minute')).toHaveLength(4);
  expect(said.filter((one) => one === 'seconds')).toHaveLength(4);
  expect(warningAt(60_000)).toBe('minute');
  expect(warningAt(10_000)).toBe('seconds');
  expect([warningAt(61_000), warningAt(40_000), warningAt(0)]).toEqual([null, null, null]);
});

test('messages are a second apart at least', () => {
  expect(waitOf(null, 5000)).toBe(0);
  expect(waitOf(5000, 5100)).toBe(leastMs - 100);
  expect(waitOf(5000, 7000)).toBe(0);
});
