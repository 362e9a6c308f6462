import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Recurring } from './recurring.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test('the first is told at once, a crowd of others once a minute', () => {
  const told: [number, string][] = [];
  const recurring = new Recurring<string>((count, latest) => told.push([count, latest]), 60_000);
  recurring.happened('first');
  for (let n = 0; n < 1000; n += 1) recurring.happened(`other ${n}`);
  expect(told).toEqual([[1, 'first']]);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([
    [1, 'first'],
    [1000, 'other 999'],
  ]);
  vi.advanceTimersByTime(600_000);
  recurring.happened('much later');
  recurring.happened('at the end');
  recurring.stop();
  expect(told.slice(2)).toEqual([
    [1, 'much later'],
    [1, 'at the end'],
  ]);
});
