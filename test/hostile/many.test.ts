import http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { RunningServer, ServeOptions } from '../../src/serve.ts';
import { type RunningApp, startApp } from '../harness/app.ts';
import { until } from '../harness/server.ts';
import { type Asking, ask, pause, read, size, start } from './ask.ts';
import { dial, hangUpAll } from './sockets.ts';

/** Callers of many proposals at once who do not read, do not send, go away, or ask for more than their share. [Q6.13] */

const servers: RunningServer[] = [];
let app: RunningApp | null = null;
afterEach(async () => {
  hangUpAll();
  for (const server of servers.splice(0)) await server.stop();
  await app?.stop();
  app = null;
});

async function started(limits: ServeOptions['limits'] = {}, rule: object = {}): Promise<RunningServer> {
  const server = await start({ limits });
  servers.push(server);
  expect((await ask(server, 'PUT', '/v1/groups/g', { body: size(50_000, rule) })).status).toBe(201);
  return server;
}

const vote = (agent: string, more: object = {}): string =>
  JSON.stringify({ group: 'g', round: 1, agent, value: 1, ...more });
const votes = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${vote(`a${i}`)}\n`).join('');
const type = { 'content-type': 'application/x-ndjson' };
const head = (more: string): string =>
  `POST /v1/proposals HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n${more}\r\n\r\n`;
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

async function post(server: { port: number }, raw: string, asking: Asking = {}): Promise<string[]> {
  const answer = await ask(server, 'POST', '/v1/proposals', {
    raw,
    ...asking,
    headers: { ...type, ...asking.headers },
  });
  expect(answer.status, answer.text).toBe(200);
  return answer.text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { line: number; status: number; problem?: { code: string } })
    .sort((a, b) => a.line - b.line)
    .map(({ status, problem }) => problem?.code ?? String(status));
}

const count = (answers: readonly string[], what: string): number =>
  answers.filter((one) => one === what).length;
const present = async (server: { port: number }): Promise<number> =>
  read<{ present: number }>(await ask(server, 'GET', '/v1/groups/g/rounds/1')).present;

describe('a caller that does not read', () => {
  test('costs little memory, holds nobody up, and is told everything once it reads', async () => {
    app = await startApp();
    const { url, port } = app;
    await app.ask('PUT', '/v1/groups/g', size(50_000));
    const sockets = new Set<{ readonly writableLength: number }>();
    app.app.server.on('connection', (socket) => sockets.add(socket));
    const request = http.request(`${url}/v1/proposals`, { method: 'POST', headers: type, agent: false });
    const answered = new Promise<http.IncomingMessage>((resolve) => request.once('response', resolve));
    // Some 5 MB of answers.
    request.end(votes(10_000));
    const response = await answered;
    await until(20_000, async () => ((await present({ port })) === 10_000 ? true : undefined));
    const held = Math.max(...[...sockets].map(({ writableLength }) => writableLength));
    expect(held).toBeLessThan(256 * 1024);
    let lines = 0;
    for await (const piece of response) lines += String(piece).split('\n').length - 1;
    expect(lines).toBe(10_000);
    expect(app.reported).toEqual([]);
  });

  test('is read no further once too many lines wait for such callers', async () => {
    // Each answer names a hundred of them, so that all together are far more than the system keeps for a socket.
    const server = await started({ manyUnread: 100 }, { reveal: 'live' });
    const body = Array.from({ length: 10_000 }, (_, i) => `${vote(`a${i}`.padEnd(60, 'x'))}\n`).join('');
    const { socket, text } = await dial(server.port);
    socket.pause();
    socket.write(head(`Content-Length: ${body.length}`) + body);
    await until(30_000, async () => ((await present(server)) > 100 ? true : undefined));
    await pause(500);
    expect(await present(server)).toBeLessThan(9_900);
    socket.resume();
    await until(20_000, async () => ((await present(server)) === 10_000 ? true : undefined));
    await until(30_000, () => (text().endsWith('0\r\n\r\n') ? true : undefined));
  });
});

describe('a caller that does not send', () => {
  test('the rest in time gets a problem and loses its connection; what came before is answered', async () => {
    const server = await started({ headersTimeout: 500, requestTimeout: 800, checkingInterval: 100 });
    const { socket, text, closed } = await dial(server.port);
    socket.write(head('Transfer-Encoding: chunked') + chunk(`${vote('a')}\n${vote('b').slice(0, 20)}`));
    const drip = setInterval(() => socket.write(chunk(' ')), 100);
    await until(30_000, () => (closed() ? true : undefined));
    clearInterval(drip);
    expect(text()).toContain('"line":1,"status":201');
    expect(text()).toContain('"line":2,"status":408');
    expect(await present(server)).toBe(1);
  });

  test('a whole line at all is refused as by every other route', async () => {
    const server = await started({ headersTimeout: 500, requestTimeout: 800, checkingInterval: 100 });
    const { socket, text, closed } = await dial(server.port);
    socket.write(head('Content-Length: 1000') + vote('a').slice(0, 20));
    await until(30_000, () => (closed() ? true : undefined));
    expect(text()).toMatch(/^HTTP\/1.1 408 /);
    expect(await present(server)).toBe(0);
  });

  test.each(['Transfer-Encoding: chunked', 'Content-Length: 100000'])(
    'the rest at all leaves what it sent, %s',
    async (length) => {
      const server = await started();
      const { socket, text } = await dial(server.port);
      const half = `${vote('a')}\n${vote('b')}\n${vote('c').slice(0, -1)}`;
      socket.write(head(length) + (length.startsWith('T') ? chunk(half) : half));
      await until(30_000, () => (text().includes('"line":2') ? true : undefined));
      socket.destroy();
      await pause(100);
      expect(await present(server)).toBe(2);
      expect(await post(server, `${vote('a')}\n${vote('b')}\n${vote('c')}`)).toEqual(['200', '200', '201']);
    },
  );
});

describe('more than the limits', () => {
  test('in a body whose length nobody knows is answered with one problem, and the connection goes on', async () => {
    const server = await started({ manyLines: 3 });
    const { socket, text } = await dial(server.port);
    socket.write(head('Transfer-Encoding: chunked') + chunk(votes(2000)));
    await until(30_000, () => (text().includes('"line":4,"status":413') ? true : undefined));
    await until(30_000, () => (text().endsWith('0\r\n\r\n') ? true : undefined));
    expect(await present(server)).toBe(3);
    socket.write(`${chunk(votes(500))}0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await until(30_000, () => (text().includes('"status":"ok"') ? true : undefined));
  });

  test('of which somebody sends without end is cut', async () => {
    const server = await started({
      manyBytes: 1000,
      headersTimeout: 500,
      requestTimeout: 800,
      checkingInterval: 100,
    });
    const { socket, closed } = await dial(server.port);
    socket.write(head('Transfer-Encoding: chunked'));
    const flood = setInterval(() => socket.write(chunk(votes(50))), 50);
    await until(30_000, () => (closed() ? true : undefined));
    clearInterval(flood);
  });
});

describe('shares', () => {
  test('of the rate count each line, under its own token where it has one', async () => {
    const server = await started({
      ratePerAddress: 10,
      burstPerAddress: 100,
      ratePerToken: 1,
      burstPerToken: 5,
    });
    // The whole crowd at once: one for the request, and one for each line.
    const answers = await post(server, votes(150), { from: '127.0.0.2' });
    expect(count(answers, 'overloaded')).toBeGreaterThanOrEqual(40);
    expect(count(answers, '201')).toBeGreaterThanOrEqual(95);
    const token = 'a-token-of-somebody';
    const lines = Array.from({ length: 10 }, (_, i) => vote(`t${i}`, { token }));
    const others = [vote('u1', { token: 'another-token' }), vote('u2')];
    const own = await post(server, [...lines, ...others].join('\n'), { from: '127.0.0.3' });
    expect(count(own.slice(0, 10), 'overloaded')).toBeGreaterThanOrEqual(4);
    expect(own.slice(10)).toEqual(['201', '201']);
    // The same bucket as that of single requests.
    const alone = await ask(server, 'GET', '/v1/info', { token, from: '127.0.0.4' });
    expect(alone.status).toBe(429);
  });

  test('of the waiting room count each line that waits, as long as it does', async () => {
    const server = await started({ waitsPerAddress: 20 });
    const waiting = http.request(`http://127.0.0.1:${server.port}/v1/proposals?wait=30s`, {
      method: 'POST',
      headers: type,
      agent: false,
    });
    let text = '';
    waiting.on('response', (response) =>
      response
        .setEncoding('utf8')
        .on('error', () => undefined)
        .on('data', (piece) => {
          text += piece;
        }),
    );
    waiting.on('error', () => undefined);
    waiting.end(votes(30));
    // The request itself is one of the twenty.
    await until(30_000, () => (text.split('\n').length === 12 ? true : undefined));
    expect(text).not.toContain('"round"');
    expect(await present(server)).toBe(19);
    const full = await ask(server, 'GET', '/v1/groups/g/rounds/1?wait=1s');
    expect(full.status).toBe(429);
    waiting.destroy();
    await until(30_000, async () => {
      const answer = await ask(server, 'GET', '/v1/groups/g/rounds/1?wait=1ms');
      return answer.status === 200 ? true : undefined;
    });
  });
});

test('while 10,000 lines are taken, others are served', async () => {
  const server = await started();
  const many = post(server, votes(10_000));
  const waits: number[] = [];
  let over = false;
  void many.then(() => {
    over = true;
  });
  while (!over) {
    const began = performance.now();
    expect((await ask(server, 'GET', '/v1/groups/g')).status).toBe(200);
    waits.push(performance.now() - began);
  }
  expect(count(await many, '201')).toBe(10_000);
  expect(waits.length).toBeGreaterThan(3);
});
