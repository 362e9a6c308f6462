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

test('file: is a log in a directory, whose path may hold colons and dots', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'quorate-open-'));
  try {
    const log = await openLog(`file:${dir}/a:b.c`);
    expect(log.info).toMatchObject({ kind: 'file', location: join(dir, 'a:b.c') });
    await log.close();
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('lmdb: is refused with the way to a log of this version', async () => {
  await expect(openLog('lmdb:/data')).rejects.toMatchObject({
    message: expect.stringContaining('lmdb:/data is a log in LMDB'),
    fix: expect.stringMatching(/quorate export.*quorate restore.*file:DIRECTORY/),
  });
});

for (const spec of [
  '',
  'memory',
  'memory:x',
  'file:',
  'lmdb:',
  'redis://localhost',
  '/var/lib/quorate',
  ':x',
]) {
  test(`"${spec}" is refused with the forms there are`, async () => {
    await expect(openLog(spec)).rejects.toThrow(/memory:, file:DIRECTORY/);
  });
}
