import { expect, test } from 'vitest';
import { randomFrom, seedOfRun } from '../../../../test/harness/random.ts';
import { KeySet } from './key-set.ts';

test('a set of keys holds what was added, whatever their lengths and bytes', () => {
  const seed = seedOfRun();
  const random = randomFrom(seed);
  const keys = new KeySet(20_000);
  const expected = new Set<string>();
  for (let n = 0; n < 20_000; n += 1) {
    const length = n % 1000 === 0 ? Math.floor(random() * 3e6) : Math.floor(random() ** 2 * 12);
    const key = Buffer.alloc(length);
    for (let at = 0; at < Math.min(length, 12); at += 1) key[at] = Math.floor(random() * 4);
    const text = key.toString('latin1');
    const start = Math.floor(random() * 4);
    const around = Buffer.concat([Buffer.alloc(start, 7), key, Buffer.alloc(3, 7)]);
    const isNew = keys.add(around, start, start + length);
    expect(isNew, `SEED=${seed}, key ${n}`).toBe(!expected.has(text));
    expected.add(text);
  }
  expect(expected.size).toBeGreaterThan(5_000);
});
