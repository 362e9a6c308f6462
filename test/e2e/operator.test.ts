import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { freePorts } from '../cluster/ports.ts';
import { type Server, startQuorate, startServer, temporaryFolder, until } from '../harness/server.ts';

/** What a server tells its operator, and what it survives of its terminal and its supervisor. */
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started(args: readonly string[]): Promise<Server> {
  const server = await startServer(args);
  cleanups.push(() => server.kill());
  return server;
}

function folder(): string {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  return path;
}

/** What the server has told so far, in order. */
function told(server: { stderr(): string }): Record<string, unknown>[] {
  const lines = server.stderr().split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a server tells its operator', () => {
  test('of its start, a reload and its stop: each one JSON object with a time', async () => {
    const first = await started(['--data', folder()]);
    const { index } = (await (await fetch(`${first.url}/healthz`)).json()) as { index: number };
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    const server = await first.again();
    cleanups.push(() => server.kill());
    process.kill(server.pid, 'SIGHUP');
    await until(30_000, () => told(server).some(({ event }) => event === 'reloaded') || undefined);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    const all = told(server);
    expect(all.map(({ event }) => event)).toEqual(['start', 'reloaded', 'stopping', 'stopped']);
    expect(all[0]).toMatchObject({
      version: expect.stringMatching(/^\d/),
      logId: expect.stringMatching(/^[0-9a-f]{32}$/),
      index,
    });
    for (const one of all)
      expect(one).toMatchObject({
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        level: 'info',
        says: expect.any(String),
      });
  });

  test('of requests with a wrong token, in one line for many', async () => {
    const server = await started(['--log', 'memory:']);
    const group = `${server.url}/v1/groups/g`;
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ rule: { electorate: { agents: ['a'] } } });
    await fetch(group, { method: 'PUT', headers, body });
    await fetch(`${group}/agents/a`, { method: 'PUT', headers, body: '{}' });
    const guesses = Array.from({ length: 50 }, (_, n) => ({
      ...headers,
      authorization: `Bearer guess-${n}`,
    }));
    for (const guess of guesses) {
      const path = `${group}/rounds/1/proposals/a`;
      const answer = await fetch(path, { method: 'PUT', headers: guess, body: '{"value":1}' });
      expect(answer.status).toBeGreaterThanOrEqual(401);
    }
    expect(told(server).filter(({ event }) => event === 'refused-logins')).toMatchObject([{ count: 1 }]);
    await server.stop();
    const refused = told(server).filter(({ event }) => event === 'refused-logins');
    expect(refused).toMatchObject([{ count: 1 }, { count: 49, address: '127.0.0.1' }]);
    expect(server.stderr()).not.toContain('guess-');
  });

  test('and its metrics count what no route sees: requests that are too large or too slow, connections that are cut', async () => {
    const server = await started([
      ...['--log', 'memory:', '--limit', 'connections=3', '--limit', 'checkingInterval=50ms'],
      ...['--limit', 'headersTimeout=200ms', '--limit', 'requestTimeout=200ms'],
    ]);
    const say = async (text: string): Promise<string> => {
      const socket = net.connect(server.port, '127.0.0.1');
      socket.write(text);
      let answer = '';
      for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
      return answer;
    };
    expect(await say(`GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431/,
    );
    expect(await say('GET / HTTP/1.1\r\nhost: local')).toMatch(/^HTTP\/1.1 408/);
    const idle = Array.from({ length: 3 }, () => net.connect(server.port, '127.0.0.1'));
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    expect(await say('GET / HTTP/1.1\r\n\r\n').catch(() => '')).toBe('');
    for (const socket of idle) socket.destroy();
    const metrics = await until(30_000, async () => {
      const text = await fetch(`${server.url}/metrics`).then(
        (answer) => answer.text(),
        () => '',
      );
      return text === '' ? undefined : text;
    });
    expect(metrics).toMatch(/^quorate_problems_total\{code="headers-too-large"\} 1$/m);
    expect(metrics).toMatch(/^quorate_problems_total\{code="request-timeout"\} [1-9]/m);
    expect(metrics).toMatch(/^quorate_connections_dropped_total\{why="connections"\} [1-9]/m);
  });
});

describe('a server goes on', () => {
  test('when SIGHUP comes, with or without TLS', async () => {
    const server = await started(['--log', 'memory:']);
    process.kill(server.pid, 'SIGHUP');
    await until(30_000, () => told(server).some(({ event }) => event === 'reloaded') || undefined);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  test('when SIGHUP comes before it is ready', async () => {
    const [nobody = 0] = await freePorts(1);
    const log = `etcd://127.0.0.1:${nobody}/q?timeout=200ms&giveUpAfter=4s`;
    const starting = startQuorate(['server', '--port', '0', '--log', log], 30_000);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    starting.signal('SIGHUP');
    expect(await starting.done).toMatchObject({ code: 69, signal: null });
  });

  test('when nobody reads its lines any more, and still drains', async () => {
    const server = await started(['--data', folder()]);
    server.loseOutput();
    for (let n = 0; n < 5; n += 1) process.kill(server.pid, 'SIGHUP');
    const body = JSON.stringify({ rule: { electorate: { size: 2 }, threshold: 2 } });
    const headers = { 'content-type': 'application/json' };
    const put = (path: string, text: string) =>
      fetch(`${server.url}/v1/groups/g${path}`, { method: 'PUT', headers, body: text });
    expect((await put('', body)).status).toBe(201);
    const waiting = put('/rounds/1/proposals/a?wait=30s', '{"value":1}');
    await until(30_000, async () => {
      const round = await fetch(`${server.url}/v1/groups/g/rounds/1`);
      return ((await round.json()) as { present: number }).present === 1 || undefined;
    });
    expect(await server.stop()).toEqual({ code: 0, signal: null });
    expect((await waiting).status).toBe(201);
  });
});
