import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openLog } from './open.ts';

test('memory: is a log in memory', async () => {
  const log = await openLog('memory:');
  expect(log.info.kind).toBe('memory');
  await log.close();
});

test('lmdb: is a log in a directory, whose path may hold colons and dots', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'quorate-open-'));
  try {
    const log = await openLog(`lmdb:${dir}/a:b.c`);
    expect(log.info).toMatchObject({ kind: 'lmdb', location: join(dir, 'a:b.c') });
    await log.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

for (const spec of ['', 'memory', 'memory:x', 'lmdb:', 'redis://localhost', '/var/lib/quorate', ':x']) {
  test(`"${spec}" is refused with the forms there are`, async () => {
    await expect(openLog(spec)).rejects.toThrow(/memory:, lmdb:DIRECTORY/);
  });
}
