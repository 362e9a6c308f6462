import { expect, test } from 'vitest';
import { RecentEntries } from './recent.ts';

test('an entry that is kept holds no memory but its own', () => {
  const recent = new RecentEntries(1000);
  const message = Buffer.alloc(4096, 'x');
  recent.push({ index: 1, bytes: message.subarray(100, 200) });
  recent.push({ index: 2, bytes: Buffer.from('a small one') });
  const kept = recent.from(1) ?? [];
  expect(kept.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['x'.repeat(100), 'a small one']);
  for (const { bytes } of kept) expect(bytes.buffer.byteLength).toBe(bytes.length);
});
