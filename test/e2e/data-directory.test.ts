import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startServer, temporaryFolder, within } from '../harness/server.ts';

/** A server must not acknowledge what nobody will find again. [Q8.4] [Q8.6] */
test.each([
  ['deleted', (dir: string) => rmSync(dir, { recursive: true })],
  ['moved', (dir: string) => renameSync(dir, `${dir}-elsewhere`)],
])('a server whose data directory is %s stops with 70, though nobody asks anything', async (_, away) => {
  const folder = temporaryFolder();
  const dir = join(folder.path, 'data');
  const server = await startServer(['--data', dir]);
  try {
    away(dir);
    const exit = await within(20_000, server.exited, () => `it goes on\n${server.stderr()}`);
    expect(exit).toEqual({ code: 70, signal: null });
    expect(server.stderr()).toMatch(/epochs.0000000001 is gone: it was moved, deleted or replaced/);
  } finally {
    await server.kill();
    folder.remove();
  }
});
