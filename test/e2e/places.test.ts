import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { quorate, temporaryFolder } from '../harness/server.ts';

/** Where a server cannot keep its log it says so at once, names what to do, and leaves nothing behind. */

const folder = temporaryFolder();
afterAll(() => folder.remove());

test.runIf(process.platform === 'linux').each(['/dev/null/log', '/proc/log/deeper'])(
  'a log in %s is an error, not a hang',
  async (path) => {
    const run = await quorate(['server', '--data', path, '--port', '0', '--i-accept-loss']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(path);
    expect(run.stderr).not.toMatch(/^\s+at /m);
    expect(existsSync(path)).toBe(false);
  },
);

test.runIf(existsSync('/dev/shm'))('a file system that is refused gets no directory', async () => {
  const path = join('/dev/shm', `quorate-test-${process.pid}`);
  const run = await quorate(['server', '--data', path, '--port', '0']);
  expect(run).toMatchObject({ code: 1, stderr: expect.stringMatching(/is on tmpfs.*--i-accept-loss/s) });
  expect(existsSync(path)).toBe(false);
});

test('a directory below a file names another place as the fix', async () => {
  const run = await quorate(['server', '--data', join(process.execPath, 'log'), '--port', '0']);
  expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('--data DIR') });
});
