import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quorate, startQuorate, startServer, temporaryFolder, until } from '../harness/server.ts';
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

test('server --detach that is given up before the server is ready leaves none behind', async () => {
  // Its log never answers.
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const log = `etcd://127.0.0.1:${port}/q`;
  const running = () => spawnSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).stdout.split(log).length - 1;
  const waiting = startQuorate(['server', '--detach', '--log', log, '--port', '0']);
  await until(20_000, () => (running() === 2 ? true : undefined));
  waiting.signal('SIGTERM');
  expect(await waiting.done).toMatchObject({ code: 143 });
  await until(30_000, () => (running() === 0 ? true : undefined));
  mute.close();
});
