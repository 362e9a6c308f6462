import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quorate, startServer, temporaryFolder } from '../server.ts';
import { shell } from './shell.ts';

test('a port that fetch refuses: the client names the reason', async () => {
  const { code, stderr } = await quorate(['group', 'list', '--url', 'http://127.0.0.1:6666']);
  expect({ code, stderr }).toMatchObject({ code: 69 });
  expect(stderr).toContain('fetch refuses this port');
});

test('an address as it stands in a URL can be listened on', async () => {
  const server = await startServer(['--log', 'memory:', '--host', '[::1]']);
  try {
    expect(server.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  } finally {
    await server.kill();
  }
});

test('server --detach returns once the server is ready, server stop ends it', async () => {
  const started = await quorate(['server', '--detach', '--log', 'memory:', '--port', '0', '--json']);
  expect(started).toMatchObject({ code: 0 });
  const { url, port } = JSON.parse(started.stdout) as { url: string; port: number };
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(await quorate(['server', 'stop', '--port', `${port}`])).toMatchObject({ code: 0 });
  await expect(fetch(`${url}/readyz`)).rejects.toThrow();
});

test('server stop leaves alone what has the number of a server that ended', async () => {
  const home = temporaryFolder();
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'server']);
  try {
    const env = { XDG_STATE_HOME: home.path };
    const started = await shell('quorate server --detach --log memory: --port 0 --json', env);
    const { port, pid } = JSON.parse(started.stdout) as { port: number; pid: number };
    const file = join(home.path, 'quorate', `server-${port}.json`);
    const noted = readFileSync(file, 'utf8');
    writeFileSync(file, noted.replace(`"pid":${pid}`, `"pid":${other.pid}`));
    expect(await shell(`quorate server stop --port ${port}`, env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`no server was started with --detach on port ${port}`),
    });
    expect(other.exitCode ?? other.signalCode).toBeNull();
    writeFileSync(file, noted);
    expect(await shell(`quorate server stop --port ${port}`, env)).toMatchObject({ code: 0 });
  } finally {
    other.kill();
    home.remove();
  }
});
