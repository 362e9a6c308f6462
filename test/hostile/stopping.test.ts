import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Server, startQuorate, startServer, until, within } from '../harness/server.ts';
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

  test('/readyz says so at once, while requests are still answered', async () => {
    const server = await start();
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const [probe, caller] = await Promise.all([dial(server.port), dial(server.port)]);
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    for (const { socket } of [probe, caller]) socket.write(get('/readyz'));
    await until(30_000, () =>
      [probe, caller].every(({ text }) => text().includes('"ready"')) ? true : undefined,
    );
    const stopped = server.stop();
    probe.socket.write(get('/readyz'));
    caller.socket.write(get('/v1/groups/g'));
    await within(8000, stopped, () => 'the server hangs');
    await until(30_000, () => (probe.closed() && caller.closed() ? true : undefined));
    expect(probe.text()).toMatch(/HTTP\/1\.1 503 .*"code":"stopping"/s);
    expect(caller.text()).toMatch(/HTTP\/1\.1 200 OK.*"group":"g"/s);
  });

  test('each stream has all that happened, then a goodbye without an id as its last event [Q6.18]', async () => {
    const server = await start();
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    const ofGroup = ['events', 'stream', 'messages'].map((what) => `/v1/groups/g/${what}`);
    const paths = [...ofGroup, '/v1/events?groups=g', '/v1/events'];
    const streams = await Promise.all(paths.map(() => dial(server.port)));
    for (const [i, { socket }] of streams.entries())
      socket.write(`GET ${paths[i]} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`);
    await until(30_000, () => (streams.every(({ text }) => text().includes('retry: ')) ? true : undefined));
    for (const agent of ['a', 'b', 'c'])
      await ask(server, 'PUT', `/v1/groups/g/rounds/1/proposals/${agent}`, { body: { value: 1 } });
    await within(8000, server.stop(), () => 'the server hangs');
    await until(30_000, () => (streams.every(({ closed }) => closed()) ? true : undefined));
    const goodbyes = streams.map(({ text }, i) => {
      if (!paths[i]?.endsWith('messages')) expect(text(), paths[i]).toContain('SUCCESS');
      const [, data] = /\n\nevent: goodbye\ndata: (.*)\n\n$/.exec(text()) ?? [];
      return JSON.parse(data ?? text().slice(-200)) as Record<string, unknown>;
    });
    const last = { type: 'goodbye', reason: 'stopping', agent: null, round: null };
    for (const one of goodbyes) expect(one).toMatchObject(last);
    expect(goodbyes.map(({ group }) => group)).toEqual(['g', 'g', 'g', null, null]);
    expect(goodbyes.map(({ revision }) => revision)).toEqual([expect.any(Number), null, null, null, null]);
  });
});

describe('a process that is told to stop', () => {
  const running: Server[] = [];
  afterEach(async () => {
    for (const server of running.splice(0)) await server.kill();
  });
  const held = async (): Promise<Server> => {
    const server = await startServer(['--log', 'memory:']);
    running.push(server);
    const half = await dial(server.port);
    half.socket.write('POST /number HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{');
    // The server has seen the request once it has answered one that came later.
    expect((await ask(server, 'GET', '/readyz')).status).toBe(200);
    process.kill(server.pid, 'SIGTERM');
    await until(30_000, () => (server.stderr().includes('"event":"stopping"') ? true : undefined));
    return server;
  };

  test('ends with 0 once the grace is over, whatever holds it up', async () => {
    const server = await held();
    expect(await within(20_000, server.exited, server.stderr)).toEqual({ code: 0, signal: null });
    expect(server.stderr()).toContain('"event":"stopped"');
  });

  test('ends at once, with 1, when it is told again', async () => {
    const server = await held();
    process.kill(server.pid, 'SIGTERM');
    expect(await within(20_000, server.exited, server.stderr)).toEqual({ code: 1, signal: null });
    expect(server.stderr()).not.toContain('"event":"stopped"');
  });

  test('ends with 0 before it is ready', async () => {
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const asked = new Promise((resolve) => silent.once('connection', resolve));
    const { port } = silent.address() as net.AddressInfo;
    const starting = startQuorate(
      ['server', '--port', '0', '--json', '--log', `etcd://127.0.0.1:${port}/q`],
      60_000,
    );
    await asked;
    starting.signal('SIGTERM');
    expect(await starting.done).toMatchObject({ code: 0, signal: null });
    expect(starting.stderr()).toContain('SIGTERM came before the server was ready');
    silent.close();
  });
});
