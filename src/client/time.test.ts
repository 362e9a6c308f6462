import { expect, test } from 'vitest';
import { type Duration, toMs } from './time.ts';

test.each([
  [1500, 1500],
  ['500ms', 500],
  ['0.5s', 500],
  ['2m', 120_000],
  ['1h', 3_600_000],
] as const)('%s is %d ms', (duration, ms) => {
  expect(toMs(duration)).toBe(ms);
});

test.each(['', 'soon', '-1s', '5 s', Number.NaN, -1])('%s is no duration', (text) => {
  expect(() => toMs(text as Duration)).toThrow(RangeError);
});
