import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { quorate, type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { blocksOf } from './blocks.ts';
import { canRun, shell } from './shell.ts';

/** What a server writes of single rounds and requests, in which form, and how much of it. */

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Server> {
  const server = await startServer(['--log', 'memory:', ...args], 0, env);
  cleanups.push(() => server.kill());
  return server;
}

type Line = Record<string, unknown>;

function linesOf(server: Server, event: string): Line[] {
  // A checkout that is not built yet says so before.
  const lines = server
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as Line).filter((line) => line.event === event);
}

async function send(
  server: Server,
  method: string,
  path: string,
  body?: object,
  headers = {},
): Promise<Response> {
  const sent = { 'content-type': 'application/json', ...headers };
  return fetch(server.url + path, {
    method,
    headers: sent,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

/** Three rounds: one agrees, one does not, and one ends with its group. */
async function threeRounds(server: Server): Promise<void> {
  const rule = {
    electorate: { agents: ['ann', 'bob', 'cyd'] },
    threshold: 2,
    close: 'early',
    next: 'continuous',
  };
  expect((await send(server, 'PUT', '/v1/groups/lunch', { rule })).status).toBe(201);
  const propose = (round: number, agent: string, value: string) =>
    send(server, 'PUT', `/v1/groups/lunch/rounds/${round}/proposals/${agent}`, { value });
  await propose(1, 'ann', 'pizza-of-our-dreams');
  await propose(1, 'bob', 'pizza-of-our-dreams');
  for (const [agent, value] of [
    ['ann', 'soup'],
    ['bob', 'rice'],
    ['cyd', 'figs'],
  ] as const)
    await propose(2, agent, value);
  await propose(3, 'cyd', 'figs');
  expect((await send(server, 'DELETE', '/v1/groups/lunch')).status).toBe(200);
}

describe('each closed round', () => {
  test('is one line with --log-level info, without what was proposed', async () => {
    const server = await started(['--log-level', 'info']);
    await threeRounds(server);
    const rounds = await until(30_000, () => {
      const found = linesOf(server, 'round-closed');
      return found.length === 3 ? found : undefined;
    });
    const at = { level: 'info', group: 'lunch' };
    expect(rounds).toMatchObject([
      { ...at, round: 1, state: 'SUCCESS', reason: 'agreed', tookPart: 2, eligible: 3 },
      { ...at, round: 2, state: 'FAILED', reason: 'no-agreement', tookPart: 3, eligible: 3 },
      { ...at, round: 3, state: 'FAILED', reason: 'group-deleted' },
    ]);
    for (const { openMs } of rounds.slice(0, 2)) expect(openMs).toBeGreaterThanOrEqual(0);
    expect(linesOf(server, 'request')).toEqual([]);
    expect(server.stderr()).not.toMatch(/pizza|soup|rice|figs/);
  });

  test('is one line that a person reads, where nobody asks for JSON', async () => {
    const server = await started(['--log-level', 'info', '--log-format', 'text']);
    await threeRounds(server);
    const first =
      /^\S+Z info {2}round-closed: group lunch, round 1: SUCCESS \(agreed\), 2 of 3 took part, open \d+ ms$/m;
    await until(30_000, () => first.test(server.stderr()) || undefined);
  });

  test('is no line by default, nor with --log-level warn', async () => {
    const servers = await Promise.all([started([]), started(['--log-level', 'warn'])]);
    for (const server of servers) {
      await threeRounds(server);
      await server.stop();
      expect(server.stderr()).not.toContain('round-closed');
      expect(server.stderr().includes('"stopped"')).toBe(server === servers[0]);
    }
  });
});

describe('each request', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';

  test('is one line with --log-level debug: its route, what it came to, and what the caller calls it', async () => {
    const server = await started([], { QUORATE_LOG_LEVEL: 'debug' });
    const names = { 'x-request-id': 'call-7', traceparent: `00-${trace}-b7ad6b7169203331-01` };
    const rule = { electorate: { size: 2 } };
    const made = await send(server, 'PUT', '/v1/groups/lunch', { rule }, names);
    expect(made.headers.get('x-request-id')).toBe('call-7');
    await send(server, 'GET', '/v1/groups/no-such-group?name=sent-by-somebody');
    await send(server, 'GET', '/sent-by-somebody');
    await send(
      server,
      'PUT',
      '/v1/groups/lunch/rounds/7/proposals/ann',
      { value: 1 },
      { 'x-request-id': 'a b' },
    );
    const requests = await until(30_000, () => {
      const found = linesOf(server, 'request');
      return found.length === 4 ? found : undefined;
    });
    const route = '/v1/groups/:group';
    expect(requests).toMatchObject([
      {
        level: 'debug',
        method: 'PUT',
        route,
        group: 'lunch',
        status: 201,
        requestId: 'call-7',
        traceId: trace,
      },
      { method: 'GET', route, status: 404, code: 'group-not-found' },
      { method: 'GET', route: null, status: 404, code: 'not-found' },
      { method: 'PUT', group: 'lunch', status: 409, code: 'round-not-open' },
    ]);
    for (const { ms, isWhole } of requests) expect([typeof ms, isWhole]).toEqual(['number', true]);
    for (const request of requests.slice(1)) expect(request).not.toHaveProperty('requestId');
    expect(server.stderr()).not.toMatch(/sent-by-somebody|no-such-group/);
  });
});

test('no line about a request shows anything that was sent with it, but ids', async () => {
  for (const format of ['text', 'json']) {
    const server = await started(['--log-level', 'debug', '--log-format', format]);
    const secret = 'zz-nobody-may-see-this-zz';
    const headers = {
      cookie: `c=${secret}`,
      'idempotency-key': secret,
      'user-agent': secret,
      'x-agent-id': secret,
    };
    const rule = { electorate: { agents: ['ann', 'bob'] }, equality: 'exact' };
    const as = <T>(answer: Response): Promise<T> => answer.json() as Promise<T>;
    const made = await send(server, 'PUT', '/v1/groups/blind', { rule, admission: 'invite' }, headers);
    const { joinKey } = await as<{ joinKey: string }>(made);
    const authorization = `Bearer ${joinKey}`;
    const invite = { agent: 'ann', name: secret };
    const invited = await send(server, 'POST', '/v1/groups/blind/invites', invite, { authorization });
    const { secret: link } = await as<{ secret: string }>(invited);
    const redeem = '/v1/groups/blind/invites/ann/redeem';
    const { token } = await as<{ token: string }>(await send(server, 'POST', redeem, { secret: link }));
    const ann = { ...headers, authorization: `Bearer ${token}` };
    await send(server, 'PUT', '/v1/groups/blind/agents/ann', { instance: secret }, ann);
    const path = '/v1/groups/blind/rounds/1/proposals/ann';
    expect((await send(server, 'PUT', path, { value: secret, note: secret }, ann)).status).toBe(201);
    await send(server, 'POST', '/v1/groups/blind/messages', { body: secret }, ann);
    await send(server, 'PUT', path, { value: `${secret}-other` }, { authorization });
    await send(server, 'GET', `/v1/groups/${secret}/rounds?after=${secret}`, undefined, headers);
    await send(server, 'POST', '/number', { number: secret }, headers);
    await until(30_000, () => server.stderr().split(/request[:"]/).length > 9 || undefined);
    for (const one of [secret, token, joinKey, link]) expect(server.stderr()).not.toContain(one);
  }
});

test.runIf(canRun('reading logs as docs/operate.md says', ['jq']))(
  'the commands of docs/operate.md read them',
  async () => {
    const { path, remove } = temporaryFolder();
    cleanups.push(remove);
    const server = await started(['--log-level', 'debug']);
    await threeRounds(server);
    await send(server, 'GET', '/v1/groups/lunch', undefined, { 'x-request-id': 'call-7' });
    await until(
      30_000,
      () => linesOf(server, 'request').some(({ requestId }) => requestId === 'call-7') || undefined,
    );
    writeFileSync(join(path, 'server.log'), server.stderr());
    const commands = blocksOf('docs/operate.md', 'shell').filter((block) => block.startsWith('jq '));
    const script = commands.join('').replace('.ms > 1000', '.ms > 0');
    const { code, stdout, stderr } = await shell(`cd ${path}; set -e\n${script}`);
    expect([code, stderr]).toEqual([0, '']);
    const expected = [
      /^\S+Z not-durable: NOT DURABLE: .*$/,
      /^ +1 FAILED group-deleted\n +1 FAILED no-agreement\n +1 SUCCESS agreed$/,
      /^\d+$/,
      /^\{.*"route":"\/v1\/groups\/:group","status":404,.*"requestId":"call-7".*\}$/,
      /^\[[\d.]+,"PUT","\/v1\/groups\/:group",201\]$/,
    ];
    for (const line of expected) expect(stdout).toMatch(new RegExp(line, 'm'));
  },
);

describe('the form of lines', () => {
  test.each([
    ['text', {}, /^\S+Z info {2}ready: quorate is ready at http/],
    ['json', { QUORATE_LOG_FORMAT: 'json' }, /^\{"ready":true,.*"event":"ready"/],
  ])('is %s for all of them, the one on standard output too', async (form, env, ready) => {
    const child = spawn(process.execPath, ['bin/quorate.js', 'server', '--log', 'memory:', '--port', '0'], {
      env: { PATH: process.env.PATH, HOME: '/nowhere', NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    cleanups.push(() => child.kill('SIGKILL'));
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    expect(await lineOf(child.stdout)).toMatch(ready);
    child.kill();
    expect(await ended).toBe(0);
    const lines = said.split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThanOrEqual(4);
    for (const line of lines)
      if (form === 'json') expect(JSON.parse(line)).toHaveProperty('says');
      else expect(line).toMatch(/^\d{4}-\S+Z (info|warn) {1,2}[\w-]+: /);
  });

  test('that nobody knows is refused with what there is', async () => {
    const bad = await quorate(['server', '--log-level', 'loud']);
    expect([bad.code, bad.stderr]).toEqual([2, expect.stringContaining('one of error, warn, info, debug')]);
    const worse = await quorate(['server', '--log-format', 'xml']);
    expect([worse.code, worse.stderr]).toEqual([2, expect.stringContaining('one of text, json')]);
  });
});

test('nobody waits for a reader of standard error that reads nothing; later it is told how much it missed', async () => {
  const args = ['server', '--log', 'memory:', '--port', '0', '--json', '--log-level', 'debug'];
  const child = spawn(process.execPath, ['bin/quorate.js', ...args], {
    env: { PATH: process.env.PATH, HOME: '/nowhere' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  cleanups.push(() => child.kill('SIGKILL'));
  const { port } = JSON.parse(await lineOf(child.stdout)) as { port: number };
  const agent = new http.Agent({ keepAlive: true, maxSockets: 50 });
  cleanups.push(() => agent.destroy());
  const id = randomUUID().repeat(3);
  const healthy = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const options = { port, host: '127.0.0.1', path: '/healthz', agent, headers: { 'x-request-id': id } };
      http
        .get(options, (reply) => reply.resume().on('end', () => resolve(reply.statusCode)))
        .on('error', reject);
    });
  // More than a pipe and the server's own bound hold: each line has more than 300 bytes.
  for (let n = 0; n < 80; n += 1)
    expect(new Set(await Promise.all(Array.from({ length: 50 }, healthy)))).toEqual(new Set([200]));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await until(30_000, async () => {
    await healthy();
    return said.includes('"lines-dropped"') || undefined;
  });
  const dropped = said.split('\n').find((line) => line.includes('"lines-dropped"')) ?? '';
  const { count } = JSON.parse(dropped) as { count: number };
  expect(count).toBeGreaterThan(0);
  const written = said.split('"event":"request"').length - 1;
  expect(written).toBeLessThan(4000);
  child.kill();
  expect(await ended).toBe(0);
});

function lineOf(stream: Readable): Promise<string> {
  return new Promise((resolve) => createInterface({ input: stream }).once('line', resolve));
}
