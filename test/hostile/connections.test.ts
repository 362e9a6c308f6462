import { spawn } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { RunningServer, ServeOptions } from '../../src/serve.ts';
import { quorate, until } from '../harness/server.ts';
import { ask, exchange, pause, size, start } from './ask.ts';
import { dial, hangUpAll } from './sockets.ts';

/** Sockets: too many, too slow, cut off, or full of what is no HTTP. */

const servers: RunningServer[] = [];
afterEach(async () => {
  hangUpAll();
  for (const server of servers.splice(0)) await server.stop();
});

async function started(options: ServeOptions = {}): Promise<RunningServer> {
  const server = await start(options);
  servers.push(server);
  return server;
}

/** How many connections the server has cut, for this reason. */
async function dropped(server: RunningServer, why: string): Promise<number> {
  const { text } = await ask(server, 'GET', '/metrics', { from: '127.0.0.9' });
  return Number(new RegExp(`why="${why}"\\} (\\d+)`).exec(text)?.[1] ?? 0);
}

const quick = { headersTimeout: 700, requestTimeout: 1000, checkingInterval: 100 };

describe('slow callers', () => {
  // QUORATE_SLOW_SOCKETS=2000 for the full programme.
  const count = Number(process.env.QUORATE_SLOW_SOCKETS ?? 200);

  test(`${count} sockets that drip headers or bodies are closed, and others are served meanwhile`, async () => {
    const server = await started({ limits: quick });
    const slow = await Promise.all(Array.from({ length: count }, () => dial(server.port)));
    const drip = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write('x');
    }, 100);
    slow.forEach(({ socket }, i) => {
      const inBody =
        'POST /number HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n';
      socket.write(i % 2 === 0 ? 'GET / HTTP/1.1\r\nHost: localhost\r\nX: ' : inBody);
    });
    for (let i = 0; i < 20; i += 1) expect((await ask(server, 'GET', '/healthz')).status).toBe(200);
    await until(30_000, () => (slow.every(({ closed }) => closed()) ? true : undefined));
    clearInterval(drip);
    expect(slow.filter(({ text }) => text().startsWith('HTTP/1.1 408 ')).length).toBeGreaterThan(count / 2);
    expect((await ask(server, 'GET', '/healthz')).status).toBe(200);
  });

  test('a socket that never says anything is closed, and so is one that falls idle', async () => {
    const server = await started({ limits: { ...quick, keepAliveTimeout: 300 } });
    const silent = await dial(server.port);
    const idle = await dial(server.port);
    idle.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(30_000, () => (silent.closed() && idle.closed() ? true : undefined));
    expect(idle.text()).toMatch(/^HTTP\/1.1 200 /);
    // Nobody was owed an answer.
    expect((await ask(server, 'GET', '/metrics')).text).not.toContain('why="stalled"} 1');
  });

  test('who does not read what it asked for is cut off', async () => {
    const server = await started({ limits: { stalledTimeout: 500 } });
    const { socket, closed } = await dial(server.port);
    socket.pause();
    // Some 10 MB of answers: more than what lies between the two takes.
    socket.write('GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(60));
    await until(30_000, async () => ((await dropped(server, 'stalled')) === 1 ? true : undefined));
    socket.resume();
    await until(30_000, () => (closed() ? true : undefined));
  });
});

describe('requests sent behind one another', () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
  const waiters = async (server: { readonly port: number }): Promise<number> =>
    Number(/^quorate_waiters (\d+)$/m.exec((await ask(server, 'GET', '/metrics')).text)?.[1]);

  test('are answered in order, and beyond 64 that wait for their turn the connection is cut', async () => {
    const server = await started();
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const few = await dial(server.port);
    few.socket.write(get('/v1/groups/g/rounds/1?wait=300ms') + get('/healthz').repeat(64));
    await until(30_000, () => (few.text().match(/HTTP\/1.1 200 /g)?.length === 65 ? true : undefined));
    expect(few.text().indexOf('"round":1')).toBeLessThan(few.text().indexOf('"status":"ok"'));
    const many = await dial(server.port);
    many.socket.write(get('/v1/groups/g/rounds/1?wait=30s') + get('/healthz').repeat(65));
    await until(30_000, () => (many.closed() ? true : undefined));
    expect(many.text()).toBe('');
  });

  test('are forgotten with their connection: no stream and no wait is left over', async () => {
    const server = await started({ limits: { streamsPerAddress: 15, waitsPerAddress: 15 } });
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const wait = get('/v1/groups/g/rounds/1?wait=60s');
    const held = async () =>
      (await ask(server, 'GET', '/metrics')).text
        .match(/^quorate_(?:streams|waiters) \d+/gm)
        ?.sort()
        .join();
    for (let i = 0; i < 3; i += 1) {
      const { socket } = await dial(server.port);
      socket.write(wait + get('/v1/groups/g/events').repeat(10) + wait.repeat(10));
      const one = 'quorate_streams 0,quorate_waiters 1';
      await until(30_000, async () => ((await held()) === one ? true : undefined));
      socket.destroy();
      const none = 'quorate_streams 0,quorate_waiters 0';
      await until(30_000, async () => ((await held()) === none ? true : undefined));
    }
  });

  test('go on for as long as the answers are read, however many bytes they come to', async () => {
    const server = await started({ limits: { pipelinedBytes: 2000 } });
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const { socket, closed, text } = await dial(server.port);
    const answered = () => text().match(/HTTP\/1.1 200 /g)?.length ?? 0;
    const wanted = 100;
    let sent = 0;
    // Some always wait behind the one that is being answered.
    const topUp = () => {
      for (; sent < Math.min(wanted, answered() + 5); sent += 1)
        socket.write(get('/v1/groups/g/rounds/1?wait=20ms'));
    };
    socket.on('data', topUp);
    topUp();
    await until(20_000, () => (answered() === wanted || closed() ? true : undefined));
    expect(answered()).toBe(wanted);
  });

  test('are bounded in all: who sends one too many is cut, and room is there again when connections end', async () => {
    const server = await started({ limits: { pipelinedOfAll: 10 } });
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const behindAWait = get('/v1/groups/g/rounds/1?wait=30s') + get('/healthz').repeat(8);
    for (let i = 0; i < 2; i += 1) {
      const first = await dial(server.port);
      first.socket.write(behindAWait);
      await until(30_000, async () => ((await waiters(server)) === 1 ? true : undefined));
      const second = await dial(server.port);
      second.socket.write(behindAWait);
      await until(30_000, () => (second.closed() ? true : undefined));
      expect(first.closed()).toBe(false);
      first.socket.destroy();
      await until(30_000, async () => ((await waiters(server)) === 0 ? true : undefined));
    }
  });

  test('are cut when they hold more bytes than they may', async () => {
    const server = await started({ limits: { pipelinedBytes: 1000 } });
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const { socket, closed } = await dial(server.port);
    socket.write(get('/v1/groups/g/rounds/1?wait=30s') + get('/healthz'));
    await until(30_000, async () => ((await waiters(server)) === 1 ? true : undefined));
    socket.write(get(`/${'x'.repeat(1000)}`));
    await until(30_000, () => (closed() ? true : undefined));
  });
});

describe('answers that nobody reads', () => {
  const listing = 'GET /v1/groups/g/rounds?limit=1000 HTTP/1.1\r\nHost: localhost\r\n\r\n';

  /** A server with a group whose listing is about 360 KiB, and how many listings it has answered. */
  async function withListing(limits: ServeOptions['limits'] = {}) {
    const server = await started({ limits });
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const agent = new http.Agent({ keepAlive: true });
    for (let round = 1; round <= 30; round += 1)
      for (const name of ['a', 'b', 'c']) {
        const body = { value: name + 'x'.repeat(4000) };
        await ask(server, 'PUT', `/v1/groups/g/rounds/${round}/proposals/${name}`, { body, agent });
      }
    agent.destroy();
    const answered = async (): Promise<number> => {
      const { text } = await ask(server, 'GET', '/metrics', { from: '127.0.0.9' });
      return Number(/route="\/v1\/groups\/:group\/rounds",status="200"\} (\d+)/.exec(text)?.[1] ?? 0);
    };
    return { server, answered };
  }

  test('hold up those asked for behind them: the next is made once the one before is read', async () => {
    const { server, answered } = await withListing();
    const { socket, text } = await dial(server.port);
    socket.pause();
    socket.write(listing.repeat(64));
    await until(30_000, async () => ((await answered()) > 0 ? true : undefined));
    await pause(1000);
    // What the system itself holds for a connection, on both ends: some MiB.
    expect(await answered()).toBeLessThan(50);
    socket.resume();
    await until(20_000, () => (text().match(/HTTP\/1.1 200 /g)?.length === 64 ? true : undefined));
  });

  test('are bounded for an address: the one that has waited longest is cut, and others are served', async () => {
    const { server, answered } = await withListing({ unreadPerAddress: 600 * 1024 });
    const greedy: Awaited<ReturnType<typeof dial>>[] = [];
    for (let i = 0; i < 8; i += 1) {
      const one = await dial(server.port, '127.0.0.2');
      one.socket.pause();
      one.socket.write(listing.repeat(60));
      greedy.push(one);
    }
    await until(60_000, async () => ((await dropped(server, 'unread')) >= 4 ? true : undefined));
    expect(await answered()).toBeGreaterThanOrEqual(8);
    const other = await ask(server, 'GET', '/v1/groups/g/rounds?limit=1000', { from: '127.0.0.3' });
    expect(other.status).toBe(200);
    // Who does not read hears of the end only when it does.
    for (const { socket } of greedy) socket.resume();
    await until(20_000, () => (greedy.filter(({ closed }) => closed()).length >= 4 ? true : undefined));
    const whole = (text: string) => text.match(/HTTP\/1.1 200 /g)?.length === 60;
    await until(20_000, () =>
      greedy.every(({ closed, text }) => closed() || whole(text())) ? true : undefined,
    );
  });
});

test('a server that stood still takes no request for late that came meanwhile', async () => {
  const server = await started({ limits: { ...quick, headersTimeout: 300 } });
  const early = await dial(server.port);
  const late = await dial(server.port);
  late.socket.write('GET /healthz HTTP/1.1\r\n');
  await pause(50);
  early.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  for (const end = performance.now() + 600; performance.now() < end; );
  await until(30_000, () => (early.text() !== '' && late.text() !== '' ? true : undefined));
  const statuses = (text: string) => [...text.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status);
  expect([statuses(early.text()), statuses(late.text())]).toEqual([['200'], ['408']]);
});

describe('too many connections', () => {
  test('of one address: no more than its share, others are served', async () => {
    const server = await started({ limits: { connectionsPerAddress: 5 } });
    const greedy = await Promise.all(Array.from({ length: 20 }, () => dial(server.port, '127.0.0.2')));
    await until(30_000, () => (greedy.filter(({ closed }) => closed()).length === 15 ? true : undefined));
    expect((await ask(server, 'GET', '/healthz', { from: '127.0.0.3' })).status).toBe(200);
    for (const { socket } of greedy) socket.destroy();
    await until(30_000, async () => {
      const answer = await ask(server, 'GET', '/healthz', { from: '127.0.0.2' }).catch(() => null);
      return answer?.status === 200 ? true : undefined;
    });
  });

  test('in all: the rest is dropped, and served again later', async () => {
    const server = await started({ limits: { connections: 10 } });
    const many = await Promise.all(Array.from({ length: 30 }, () => dial(server.port)));
    await until(30_000, () => (many.filter(({ closed }) => closed()).length >= 20 ? true : undefined));
    for (const { socket } of many) socket.destroy();
    await until(30_000, async () => {
      const answer = await ask(server, 'GET', '/healthz').catch(() => null);
      return answer?.status === 200 ? true : undefined;
    });
  });

  test('file descriptors running out does not end the process', async () => {
    // Built before, for a compiler needs more descriptors.
    expect((await quorate(['--version'])).code).toBe(0);
    const script = fileURLToPath(new URL('../../bin/quorate.js', import.meta.url));
    const command = `ulimit -n 400 && exec "${process.execPath}" "${script}" server --port 0 --log memory: --json`;
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let ended = false;
    child.once('exit', () => {
      ended = true;
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    try {
      const port = await until(30_000, () => (out.includes('\n') ? Number(JSON.parse(out).port) : undefined));
      const many = await Promise.all(Array.from({ length: 600 }, () => dial(port)));
      await until(20_000, () => (many.filter(({ closed }) => closed()).length > 50 ? true : undefined));
      expect(ended).toBe(false);
      for (const { socket } of many) socket.destroy();
      const answer = await until(30_000, () => ask({ port }, 'GET', '/healthz').catch(() => undefined));
      expect(answer.status).toBe(200);
    } finally {
      child.kill('SIGKILL');
    }
  });
});

describe('what is no HTTP', () => {
  const problem = (status: number, code: string) =>
    new RegExp(`^HTTP/1.1 ${status} [^]*content-type: application/problem\\+json[^]*"code":"${code}"`);

  test.each([
    ['garbage', 'GARBAGE\r\n\r\n', problem(400, 'invalid-request')],
    ['TLS to a server without', '\x16\x03\x01\x02\x00\x01\x00', problem(400, 'invalid-request')],
    [
      'huge headers',
      `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      problem(431, 'headers-too-large'),
    ],
    [
      'a null byte in a header',
      'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n',
      problem(400, 'invalid-request'),
    ],
    [
      'two lengths',
      'POST /number HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      problem(400, 'invalid-request'),
    ],
    [
      'a length and chunks',
      'POST /number HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      problem(400, 'invalid-request'),
    ],
    [
      'an expectation',
      'POST /number HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n',
      problem(400, 'invalid-request'),
    ],
  ])('%s gets a problem and the end of the connection', async (_, bytes, expected) => {
    const server = await started();
    expect(await exchange(server.port, Buffer.from(bytes, 'latin1'), 8000)).toMatch(expected);
  });

  test('behind a whole request: that one gets its answer, the nonsense none', async () => {
    const server = await started();
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const whole =
      'PUT /v1/groups/g/rounds/1/proposals/a?wait=300ms HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"value":1}';
    const text = await exchange(server.port, `${whole}GARBAGE\r\n\r\n`, 8000);
    expect(text).toMatch(/^HTTP\/1.1 201 /);
    expect(text.match(/HTTP\/1.1/g)?.length).toBe(1);
  });

  test('nothing in a path or a header comes back as a header of its own', async () => {
    const server = await started();
    for (const path of [
      '/v1/groups/a%0d%0aset-cookie:%20x=1',
      '/%0d%0aset-cookie:x',
      '/state/%0d%0aset-cookie:x',
      '/v1/groups/%1b%5b31m',
    ]) {
      const answer = await ask(server, 'GET', path, {
        headers: { 'x-request-id': 'a', traceparent: '00-x-y-00' },
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
      expect([...answer.text].some((character) => character < ' ')).toBe(false);
    }
  });
});

test('a stream that is not read is cut as soon as its buffer is full, long before a heartbeat [Q6.3]', async () => {
  const limits = { streamBuffered: 16 * 1024, streamHeartbeat: 3_600_000, streamEventsBehind: 1_000_000 };
  const server = await started({ limits });
  await ask(server, 'PUT', '/v1/groups/g', { body: size(2) });
  const open = async () =>
    Number(/^quorate_streams (\d+)$/m.exec((await ask(server, 'GET', '/metrics')).text)?.[1]);
  const stream = await dial(server.port);
  stream.socket.write('GET /v1/groups/g/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await until(30_000, () => (stream.text().includes('200 OK') ? true : undefined));
  stream.socket.pause();
  expect(await open()).toBe(1);
  const agent = new http.Agent({ keepAlive: true });
  const value = 'x'.repeat(4000);
  // What the kernel holds for both ends comes first: some MiB.
  for (let i = 0; i < 200 && (await open()) === 1; i += 1)
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        ask(server, 'POST', '/v1/groups/g/proposals', { body: { agent: `a${n}`, value }, agent }),
      ),
    );
  agent.destroy();
  expect(await open()).toBe(0);
  const info = JSON.parse((await ask(server, 'GET', '/v1/info')).text) as { limits: object };
  expect(info.limits).toMatchObject(limits);
});
