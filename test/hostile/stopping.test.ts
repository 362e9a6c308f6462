import http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { until, within } from '../harness/server.ts';
import { ask, pause, size, start } from './ask.ts';
import { dial, hangUpAll } from './sockets.ts';

/** What callers meet while a server stops. */

afterEach(hangUpAll);

describe('stopping', () => {
  test('each answer is the last of its connection, and callers who come back in time get one, not a reset', async () => {
    const server = await start();
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const get = 'GET /v1/groups/g/rounds/1 HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const callers = await Promise.all(Array.from({ length: 48 }, () => dial(server.port)));
    for (const { socket } of callers) socket.write(get);
    await until(30_000, () => (callers.every(({ text }) => text().includes('"round":1')) ? true : undefined));
    const stopped = server.stop();
    for (const { socket } of callers) {
      await pause(3);
      socket.write(get);
    }
    await within(8000, stopped, () => 'the server hangs');
    await until(30_000, () => (callers.every(({ closed }) => closed()) ? true : undefined));
    const lasts = callers.map(({ text }) => text().split('HTTP/1.1 200 OK').at(-1) ?? '');
    expect(callers.filter(({ text }) => text().split('HTTP/1.1 200 OK').length === 3)).toHaveLength(48);
    for (const last of lasts) expect(last.toLowerCase()).toContain('connection: close');
  });

  test('waiting requests are answered, idle and silent sockets closed, without waiting for the grace', async () => {
    const server = await start();
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const agent = new http.Agent({ keepAlive: true });
    await ask(server, 'GET', '/healthz', { agent });
    const silent = await dial(server.port);
    const waiting = ask(server, 'PUT', '/v1/groups/g/rounds/1/proposals/a?wait=60s', {
      body: { value: 1 },
      agent,
    });
    const reading = ask(server, 'GET', '/v1/groups/g/rounds/1?wait=60s', { agent });
    await until(30_000, async () =>
      (await ask(server, 'GET', '/v1/groups/g/rounds/1')).text.includes('"present":1') ? true : undefined,
    );
    await within(4000, server.stop(), () => 'the server did not stop before its grace was over');
    expect([(await waiting).status, (await reading).status]).toEqual([201, 200]);
    await until(30_000, () => (silent.closed() ? true : undefined));
    agent.destroy();
  });

  test('a socket that stays busy, and a stream that is not read, hold it up for no longer than the grace', async () => {
    const server = await start();
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const half = await dial(server.port);
    half.socket.write(
      'POST /number HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{',
    );
    const stream = await dial(server.port);
    stream.socket.write('GET /v1/groups/g/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await until(30_000, () => (stream.text().includes('200 OK') ? true : undefined));
    stream.socket.pause();
    await within(8000, server.stop(), () => 'the server hangs');
  });
});
