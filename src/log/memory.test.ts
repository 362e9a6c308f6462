import { describe, expect, test } from 'vitest';
import { logConformance } from './conformance.ts';
import { memoryLog } from './memory.ts';

describe('memory log', () => {
  const engine = { name: 'memory', open: async () => memoryLog(), reopen: null, join: null };
  for (const { clause, name, skip, run } of logConformance(engine)) {
    test.skipIf(skip !== null)(`${clause}: ${name}${skip ? ` (skipped: ${skip})` : ''}`, run);
  }

  test('says that it keeps nothing', () => {
    expect(memoryLog().info).toMatchObject({ kind: 'memory', durability: 'none', exclusive: true });
  });

  test('an append is visible at once to a reader that waits', async () => {
    const log = memoryLog();
    const stop = new AbortController();
    const reader = log.entries(1, stop.signal)[Symbol.asyncIterator]();
    const first = reader.next();
    await log.append(Buffer.from('a'));
    expect((await first).value).toEqual({ index: 1, bytes: new Uint8Array([97]) });
    stop.abort();
    expect((await reader.next()).done).toBe(true);
  });

  test('refuses to read from before the first entry', async () => {
    const reader = memoryLog().entries(0, new AbortController().signal)[Symbol.asyncIterator]();
    await expect(reader.next()).rejects.toThrow(RangeError);
  });
});
