import http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { Rate } from '../../src/http/edge/rate.ts';
import { limitsIn, type RunningServer, type ServeOptions } from '../../src/serve.ts';
import { startServer, until } from '../harness/server.ts';
import { type Answer, ask, codeOf, read, size, start } from './ask.ts';

/** Each caller's share: of requests, of waiting room, of streams; and the limits that say so. */

const servers: RunningServer[] = [];
const agents: http.Agent[] = [];
afterEach(async () => {
  for (const agent of agents.splice(0)) agent.destroy();
  for (const server of servers.splice(0)) await server.stop();
});

async function started(limits: ServeOptions['limits']): Promise<RunningServer> {
  const server = await start(limits === undefined ? {} : { limits });
  servers.push(server);
  await ask(server, 'PUT', '/v1/groups/g', { body: size(100), from: '127.0.0.9' });
  return server;
}

const many = (n: number, one: (i: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: n }, (_, i) => one(i)));
const count = (answers: readonly Answer[], status: number) =>
  answers.filter((answer) => answer.status === status).length;

describe('the rate', () => {
  test('of one address is its own: beyond it 429 with the time to wait, others are served', async () => {
    const server = await started({ ratePerAddress: 5, burstPerAddress: 20 });
    const answers = await many(60, () => ask(server, 'GET', '/v1/info', { from: '127.0.0.2' }));
    expect(count(answers, 200)).toBeGreaterThanOrEqual(20);
    expect(count(answers, 429)).toBeGreaterThan(20);
    for (const answer of answers) {
      expect(answer.headers['ratelimit-policy']).toBe('"address";q=20;w=4');
      expect(answer.headers.ratelimit).toMatch(/^"address";r=\d+;t=\d+$/);
      if (answer.status === 200) continue;
      expect(codeOf(answer)).toBe('overloaded');
      expect(answer.headers['retry-after']).toBe('1');
      expect(read<{ outcome: string }>(answer).outcome).toBe('not-executed');
    }
    expect((await ask(server, 'GET', '/v1/info', { from: '127.0.0.3' })).status).toBe(200);
  });

  test('holds for paths that lead nowhere and cannot be read, and refuses before anything is done', async () => {
    const server = await started({ ratePerAddress: 1, burstPerAddress: 3 });
    const paths = ['/%ff', '/nothing', '/v1/groups/..', '/v1/groups/new'];
    const answers = await many(40, (i) =>
      ask(server, 'PUT', paths[i % 4] as string, { body: size(2), from: '127.0.0.2' }),
    );
    expect(count(answers, 429)).toBeGreaterThanOrEqual(35);
    const { revision } = read<{ revision: number }>(
      await ask(server, 'GET', '/v1/groups/g', { from: '127.0.0.4' }),
    );
    expect(revision).toBe(2);
  });

  test('is not used up by health checks, nor are they refused beyond it', async () => {
    const server = await started({ ratePerAddress: 1, burstPerAddress: 2 });
    const checks = await many(20, (i) => ask(server, 'GET', i % 2 === 0 ? '/healthz' : '/readyz?verbose'));
    expect(count(checks, 200)).toBe(20);
    expect((await ask(server, 'GET', '/v1/info')).status).toBe(200);
    const calls = await many(20, () => ask(server, 'GET', '/v1/info'));
    expect(count(calls, 429)).toBeGreaterThanOrEqual(18);
    expect((await ask(server, 'GET', '/healthz')).status).toBe(200);
  });

  test('of one token follows it over addresses, and a new token is no new address', async () => {
    const server = await started({
      ratePerToken: 1,
      burstPerToken: 10,
      ratePerAddress: 10,
      burstPerAddress: 100,
    });
    const token = 'one-and-the-same-token';
    const roaming = await many(60, (i) =>
      ask(server, 'GET', '/v1/info', { token, from: `127.0.1.${1 + i}` }),
    );
    expect(count(roaming, 429)).toBeGreaterThanOrEqual(45);
    const inventive = await many(200, (i) =>
      ask(server, 'GET', '/v1/info', { token: `invented-${i}`, from: '127.0.2.1' }),
    );
    expect(count(inventive, 429)).toBeGreaterThanOrEqual(50);
  });

  test('is not counted for callers on this machine, unless it was set', async () => {
    const server = await started(undefined);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
    agents.push(agent);
    const answers = await many(6000, () =>
      ask(server, 'GET', '/v1/info', { agent, token: 'a-token-of-somebody' }),
    );
    expect(count(answers, 200)).toBe(6000);
    expect(answers[0]?.headers.ratelimit).toBeUndefined();
  });

  test('of messages is that of one agent of one group, on this machine only where it was set', async () => {
    for (const limits of [{ messageRatePerAgent: 1, messageBurstPerAgent: 5 }, undefined]) {
      const server = await started(limits);
      const join = async (agent: string, group: string): Promise<string> =>
        read<{ token: string }>(await ask(server, 'PUT', `/v1/groups/${group}/agents/${agent}`, {})).token;
      await ask(server, 'PUT', '/v1/groups/other', { body: size(3) });
      const token = await join('ann', 'g');
      const say = (as: string, group = 'g') =>
        ask(server, 'POST', `/v1/groups/${group}/messages`, {
          body: { body: 'and another thing' },
          token: as,
        });
      const answers = await many(30, () => say(token));
      expect(count(answers, 201)).toBeGreaterThanOrEqual(5);
      expect(count(answers, 429) > 20).toBe(limits !== undefined);
      for (const answer of answers.filter(({ status }) => status === 429)) {
        expect(codeOf(answer)).toBe('overloaded');
        expect(answer.headers['retry-after']).toBe('1');
        expect(answer.headers.ratelimit).toMatch(/^"agent";r=0;t=\d+$/);
      }
      expect((await say(await join('bob', 'g'))).status).toBe(201);
      expect((await say(await join('ann', 'other'), 'other')).status).toBe(201);
      expect((await ask(server, 'GET', '/v1/groups/g/messages', { token })).status).toBe(200);
    }
  });

  test('comes back with time', () => {
    const rate = new Rate('x', 10, 5);
    for (let i = 0; i < 5; i += 1) expect(rate.take('a', 0).ok).toBe(true);
    expect(rate.take('a', 0)).toMatchObject({ ok: false, left: 0, retryAfter: 0.1 });
    expect(rate.take('a', 99).ok).toBe(false);
    expect(rate.take('a', 101).ok).toBe(true);
    expect(rate.take('b', 101)).toMatchObject({ ok: true, left: 4 });
    expect(rate.take('a', 1e6)).toMatchObject({ left: 4, reset: 1 });
  });
});

describe('waiting room', () => {
  test.each([
    ['waits', 'address', '/v1/groups/g/rounds/1?wait=30s', {}],
    ['waits', 'address', '/v1/groups/g/rounds/1?%77ait=30s', {}],
    ['waits', 'address', '/v1/groups/g/rounds/1', { prefer: 'wait=30' }],
    ['waits', 'token', '/v1/groups/g/rounds/1?wait=30s', { authorization: 'Bearer somebodys-token' }],
    ['streams', 'address', '/v1/groups/g/events', {}],
    ['streams', 'address', '/v1/groups/g/%65vents', {}],
    ['waits', 'address', '/v1/groups/g/stream?after=1&wait=30s', {}],
    ['streams', 'address', '/v1/groups/g/messages', { accept: 'text/event-stream' }],
    ['streams', 'token', '/v1/groups/g/events', { authorization: 'Bearer somebodys-token' }],
  ])('%s of one %s: %s %j', async (kind, who, path, headers) => {
    const name = `${kind}Per${who === 'token' ? 'Token' : 'Address'}`;
    const server = await started({ [name]: 3 });
    const held = await Promise.all([1, 2, 3].map(() => hold(server.port, path, headers)));
    await until(30_000, async () => {
      const answer = await ask(server, 'GET', path, { headers, from: '127.0.0.2' });
      return answer.status === 429 ? true : undefined;
    });
    // Other callers, and what does not wait, are served.
    expect(
      (await ask(server, 'GET', '/v1/groups/g/rounds/1', { headers: {}, from: '127.0.0.2' })).status,
    ).toBe(200);
    for (const request of held) request.destroy();
    await until(30_000, async () => {
      const probe = await hold(server.port, path, headers);
      await new Promise((resolve) => setTimeout(resolve, 50));
      const free = !probe.destroyed && probe.res?.statusCode !== 429;
      probe.destroy();
      return free ? true : undefined;
    });
  });

  test('in all: readers that wait leave room for writes', async () => {
    const server = await started({ heldRequests: 5 });
    const held = await Promise.all(
      Array.from({ length: 5 }, () => hold(server.port, '/v1/groups/g/rounds/1?wait=30s', {})),
    );
    const path = '/v1/groups/g/rounds/1?wait=30s';
    await until(30_000, async () => ((await ask(server, 'GET', path)).status === 429 ? true : undefined));
    const vote = await ask(server, 'PUT', '/v1/groups/g/rounds/1/proposals/a', { body: { value: 1 } });
    expect(vote.status).toBe(201);
    for (const request of held) request.destroy();
  });
});

describe('limits', () => {
  test('are set by flag over environment, shown by /v1/info, and refused when they are none', async () => {
    const server = await startServer([
      '--log',
      'memory:',
      '--limit',
      'bodyBytes=2048',
      '--limit',
      'requestTimeout=7s',
    ]);
    const info = await ask(server, 'GET', '/v1/info');
    expect(read<{ limits: object }>(info).limits).toMatchObject({ bodyBytes: 2048, requestTimeout: 7000 });
    const answer = await ask(server, 'PUT', '/v1/groups/x', { raw: `{"title":"${'x'.repeat(3000)}"}` });
    expect(codeOf(answer)).toBe('too-large');
    await server.stop();
  });

  test.each([
    'bodyBytes',
    'bodyBytes=',
    'bodyBytes=-1',
    'bodyBytes=1s',
    'bodyBytes=x',
    'none=1',
    'toString=1',
    '__proto__=1',
    'headersTimeout=1h',
  ])('%j is none', (text) => {
    expect(() => limitsIn([text])).toThrow(/limit/);
  });

  test.each([
    [{ bodyBytes: 0 }, 'bodyBytes'],
    [{ headersTimeout: 20_000 }, 'headersTimeout'],
    [{ connections: 1.5 }, 'connections'],
  ])('%j stops the server from starting', async (limits, name) => {
    await expect(start({ limits })).rejects.toThrow(name);
  });
});

/** A request that is left to wait. */
function hold(
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<http.ClientRequest & { res?: http.IncomingMessage }> {
  return new Promise((resolve) => {
    const request = http.request({
      host: '127.0.0.1',
      localAddress: '127.0.0.2',
      port,
      path,
      headers,
      agent: false,
    });
    request.on('error', () => undefined);
    request.on('response', (response) => response.on('error', () => undefined).resume());
    request.on('socket', (socket) => socket.once('connect', () => setTimeout(() => resolve(request), 20)));
    request.end();
  });
}
