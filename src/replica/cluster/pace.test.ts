import { expect, test } from 'vitest';
import { Pace } from './pace.ts';

function paced() {
  const time = { now: 1_000_000_000 };
  const pace = new Pace(() => time.now);
  return { time, pace };
}

test('entries are counted by the second, and the present one is not over yet', () => {
  const { time, pace } = paced();
  for (let index = 1; index <= 30; index += 1) {
    pace.came(index);
    time.now += 100;
  }
  expect(pace.read().perSecond.slice(-4)).toEqual([0, 10, 10, 10]);
  expect(pace.read()).toMatchObject({ since: 1_000_000_000, quietMs: 100 });
  time.now += 60_000;
  expect(pace.read().perSecond.some((entries) => entries > 0)).toBe(false);
});

test('the longest pause is between two entries that follow each other', () => {
  const { time, pace } = paced();
  expect(pace.read()).toMatchObject({ longest: null, quietMs: null });
  pace.came(48_030);
  time.now += 200;
  pace.came(48_031);
  const from = time.now;
  time.now += 1400;
  pace.came(48_032);
  time.now += 300;
  pace.came(48_033);
  expect(pace.read().longest).toEqual({ ms: 1400, from, after: 48_031, next: 48_032 });
});

test('a pause is forgotten after a minute', () => {
  const { time, pace } = paced();
  pace.came(1);
  time.now += 5000;
  for (let index = 2; index < 200; index += 1) {
    pace.came(index);
    time.now += 400;
  }
  expect(pace.read().longest?.ms).toBe(400);
});
