import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { stripVTControlCharacters } from 'node:util';
import decode from 'qr/decode.js';
import { afterEach, describe, expect, test } from 'vitest';
import { onNetwork } from '../harness/network.ts';
import { type Running, startQuorate, temporaryFolder, until } from '../harness/server.ts';
import { ask } from '../hostile/ask.ts';

/** `server --lan` on a machine whose network the test makes up. Callers come over loopback with the Host that a phone would send. */

interface Ready {
  readonly url: string;
  readonly lanUrls: readonly string[];
  readonly port: number;
}

const wifi = onNetwork({ wlan0: ['192.168.77.20', 'fe80::1'], docker0: ['172.17.0.1'] });
const running: Running[] = [];
afterEach(async () => {
  for (const one of running.splice(0)) {
    one.signal('SIGTERM');
    await one.done;
  }
});

async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = wifi,
): Promise<Ready & Running> {
  const one = startQuorate(['server', '--log', 'memory:', '--port', '0', '--json', ...args], 60_000, env);
  running.push(one);
  const ready = await until(20_000, () =>
    one.stdout().includes('\n') ? (JSON.parse(one.stdout()) as Ready) : undefined,
  );
  return { ...one, ...ready };
}

const refusal = async (args: readonly string[], env: Readonly<Record<string, string>> = wifi) => {
  const { code, stderr } = await startQuorate(
    ['server', '--log', 'memory:', '--port', '0', ...args],
    60_000,
    env,
  ).done;
  expect(code, stderr).toBe(2);
  return stderr;
};

describe('server --lan', () => {
  test('tells the addresses for others, the likeliest first, and warns in one line', async () => {
    const { url, lanUrls, port, stderr } = await start(['--lan']);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect(lanUrls).toEqual([`http://192.168.77.20:${port}`, `http://172.17.0.1:${port}`]);
    const warnings = stderr()
      .split('\n')
      .filter((line) => line.includes('"event":"lan"'));
    expect(warnings.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'warn', says: 'whoever is on this network can take part, and nothing is encrypted' },
    ]);
  });

  test('answers for what it has printed, for the name of the machine and for loopback, and for no other host', async () => {
    const { port } = await start(['--lan', '--base-path', '/q']);
    const status = async (host: string) =>
      (await ask({ port }, 'GET', '/v1/groups', { headers: { host: `${host}:${port}` } })).status;
    for (const host of [
      '192.168.77.20',
      '172.17.0.1',
      hostname(),
      `${hostname()}.local`,
      '127.0.0.1',
      'localhost',
    ])
      expect(await status(host), host).toBe(200);
    for (const host of ['192.168.77.21', 'evil.example', '203.0.113.5'])
      expect(await status(host), host).toBe(421);
  });

  test('lets a page under the printed address vote without a token', async () => {
    const { port, lanUrls } = await start(['--lan']);
    const [origin = ''] = lanUrls;
    const headers = { host: new URL(origin).host, origin };
    const body = { rule: { electorate: { size: 2 } } };
    expect((await ask({ port }, 'PUT', '/v1/groups/g', { headers, body })).status).toBe(201);
    const vote = { agent: 'ann', value: 1 };
    expect((await ask({ port }, 'POST', '/v1/groups/g/proposals', { headers, body: vote })).status).toBe(201);
    const foreign = { ...headers, origin: 'http://evil.example' };
    expect(
      (await ask({ port }, 'POST', '/v1/groups/g/proposals', { headers: foreign, body: vote })).status,
    ).toBe(403);
  });

  test('leaves managing groups to the administrator where there is one, and says so', async () => {
    const { port, stderr } = await start(['--lan'], { ...wifi, QUORATE_ADMIN_TOKEN: 'of-the-administrator' });
    expect(stderr()).toContain(
      'whoever is on this network can take part in open groups, and nothing is encrypted',
    );
    const body = { rule: { electorate: { size: 2 } } };
    expect((await ask({ port }, 'PUT', '/v1/groups/g', { body })).status).toBe(401);
  });

  test('is a setting: QUORATE_LAN turns it on, and --host on the command line wins over it', async () => {
    expect((await start([], { ...wifi, QUORATE_LAN: 'true' })).lanUrls).toHaveLength(2);
    expect((await start(['--host', '127.0.0.1'], { ...wifi, QUORATE_LAN: 'true' })).lanUrls).toEqual([]);
  });

  test('has only IPv6 addresses to tell where there are no others', async () => {
    const { lanUrls, port } = await start(['--lan'], onNetwork({ eth0: ['fd12::7', '2001:db8::7'] }));
    expect(lanUrls).toEqual([`http://[fd12::7]:${port}`]);
    expect((await ask({ port }, 'GET', '/healthz', { headers: { host: `[fd12::7]:${port}` } })).status).toBe(
      200,
    );
  });

  test('without a network, with a public address alone, or beside --host says what to do, and starts nothing', async () => {
    expect(await refusal(['--lan'], onNetwork({}))).toMatch(/this machine is on no network: join one/);
    const open = await refusal(['--lan'], onNetwork({ eth0: ['203.0.113.5'] }));
    expect(open).toContain('--host 203.0.113.5 --insecure-open');
    expect(await refusal(['--lan', '--host', '0.0.0.0'])).toMatch(/--lan/);
  });

  test('doctor says what others will use, or that there is no network', async () => {
    const { path, remove } = temporaryFolder();
    const look = async (env: Readonly<Record<string, string>>) => {
      const args = ['doctor', '--lan', '--data', path, '--port', '0', '--json'];
      const { stdout } = await startQuorate(args, 60_000, env).done;
      const { findings } = JSON.parse(stdout) as {
        findings: { check: string; verdict: string; says: string }[];
      };
      return findings.find(({ check }) => check === 'network');
    };
    expect(await look(wifi)).toMatchObject({ verdict: 'good', says: /192\.168\.77\.20/ });
    expect(await look(onNetwork({}))).toMatchObject({ verdict: 'bad', says: /on no network/ });
    remove();
  });
});

/** What `quorate server --lan` shows on a terminal of so many columns, up to the address under the code. */
async function onTerminal(columns: number, env: Readonly<Record<string, string>>): Promise<string> {
  const command = `stty cols ${columns}; exec ${process.execPath} bin/quorate.js server --lan --log memory: --port 0`;
  const { NO_COLOR: _, ...own } = process.env;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...own, TERM: 'xterm-256color', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  await until(20_000, () => (/^ {2}http:.*\r\n\r\n$/m.test(shown) ? true : undefined));
  // Ctrl-C, as a person ends it.
  const ended = once(child, 'close');
  child.stdin.write('\u0003');
  await ended;
  return shown.replaceAll('\r', '');
}

/** What a camera reads of the code in these lines of half blocks. */
function scanned(
  lines: readonly string[],
  isDark: (half: 'upper' | 'lower', character: string) => boolean,
): string {
  const scale = 4;
  const rows = lines.flatMap((line) =>
    (['upper', 'lower'] as const).map((half) => [...line].map((character) => isDark(half, character))),
  );
  const width = (rows[0]?.length ?? 0) * scale;
  const data: number[] = [];
  for (const row of rows)
    for (let i = 0; i < scale; i += 1)
      for (const dark of row)
        for (let j = 0; j < scale; j += 1) data.push(...(dark ? [0, 0, 0, 255] : [255, 255, 255, 255]));
  return decode({ width, height: rows.length * scale, data: Uint8ClampedArray.from(data) });
}

const codeIn = (shown: string): string[] => shown.split('\n').filter((line) => /[█▀▄]/.test(line));
const ink = { '█': ['upper', 'lower'], '▀': ['upper'], '▄': ['lower'] } as Record<string, readonly string[]>;

describe('on a terminal, server --lan', () => {
  test('shows a code that phones read, black on white, and the address under it', async () => {
    const shown = await onTerminal(100, { ...wifi, FORCE_COLOR: '1' });
    const lines = codeIn(shown);
    const bare = shown
      .split('\n')
      .filter((line) => line.startsWith('\u001b[30m'))
      .map(stripVTControlCharacters);
    expect(lines.length).toBeGreaterThan(10);
    const address = scanned(bare, (half, character) => ink[character]?.includes(half) === true);
    expect(address).toMatch(/^http:\/\/192\.168\.77\.20:\d+$/);
    expect(shown).toContain(`\n  ${address}\n`);
    expect(shown).toContain('warn  lan: whoever is on this network can take part, and nothing is encrypted');
  });

  test('without colours shows the code as light blocks on a dark ground', async () => {
    const lines = codeIn(await onTerminal(100, { ...wifi, NO_COLOR: '1' }));
    const address = scanned(lines, (half, character) => ink[character]?.includes(half) !== true);
    expect(address).toMatch(/^http:\/\/192\.168\.77\.20:\d+$/);
  });

  test('too narrow for a code, shows the address alone', async () => {
    const shown = await onTerminal(30, wifi);
    expect(codeIn(shown)).toEqual([]);
    expect(shown).toMatch(/^ {2}http:\/\/192\.168\.77\.20:\d+$/m);
  });
});

test('a pipe gets no code, and the addresses on the line that says ready', async () => {
  const one = startQuorate(['server', '--lan', '--log', 'memory:', '--port', '0'], 60_000, wifi);
  running.push(one);
  await until(20_000, () => (one.stdout().includes('\n') ? true : undefined));
  expect(one.stdout()).toMatch(
    /ready at http:\/\/127\.0\.0\.1:(\d+) {2}network: http:\/\/192\.168\.77\.20:\1 http:\/\/172\.17\.0\.1:\1 /,
  );
  expect(codeIn(one.stdout())).toEqual([]);
});

test('--detach tells the addresses and the warning of the server that it leaves behind', async () => {
  const { path, remove } = temporaryFolder();
  const env = { ...wifi, XDG_STATE_HOME: path };
  const started = await startQuorate(
    ['server', '--lan', '--log', 'memory:', '--port', '0', '--detach', '--json'],
    60_000,
    env,
  ).done;
  expect(started.code, started.stderr).toBe(0);
  const { lanUrls, port } = JSON.parse(started.stdout) as Ready;
  const stopped = await startQuorate(['server', 'stop', '--port', `${port}`], 60_000, env).done;
  expect(stopped.code, stopped.stderr).toBe(0);
  expect(lanUrls).toEqual([`http://192.168.77.20:${port}`, `http://172.17.0.1:${port}`]);
  expect(started.stderr).toContain('warn  lan: whoever is on this network can take part');
  remove();
});
