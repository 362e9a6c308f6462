import { readFileSync } from 'node:fs';
import { createServer as httpServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as httpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { Authority } from '../../test/harness/certificates.ts';
import { temporaryFolder } from '../../test/harness/server.ts';
import { allowListOf } from './allow-list.ts';
import { type Attempted, attempt } from './attempt.ts';
import { systemResolver } from './resolve.ts';

const open: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const server of open.splice(0)) server.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

/** Listens on a free port of 127.0.0.1, or of another address of this machine, and returns the port. */
function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  open.push(server);
  server.on('connection', (socket) => sockets.add(socket));
  return new Promise((resolve) =>
    server.listen(0, host, () => resolve((server.address() as AddressInfo).port)),
  );
}

const receiver = (listener: RequestListener) => listening(httpServer(listener));
/** A receiver that answers a request, or part of one, with these bytes. */
const rawReceiver = (answer: (socket: Socket) => void) =>
  listening(createServer((socket) => void socket.on('error', () => {}).once('data', () => answer(socket))));

interface How {
  readonly allow?: string;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly limits?: { answer: number; body: number };
  readonly signal?: AbortSignal;
}

/** Time limits that no answer at once comes near, however busy the machine is. */
const patient = { answer: 20_000, body: 20_000 };

function send(url: string, how: How = {}): Promise<Attempted> {
  const { allow = '127.0.0.0/8:*', names, limits = patient, signal } = how;
  const resolve = names === undefined ? systemResolver() : async (name: string) => names[name] ?? [];
  const headers = () => ({ 'content-type': 'application/json', 'webhook-id': 'msg_1' });
  const signals = signal ?? new AbortController().signal;
  return attempt(
    { allowed: allowListOf([allow]), resolve, limits },
    { url, headers, body: '{"a":"ü"}', signal: signals },
  );
}

const failed = (error: string | RegExp, more: Partial<Extract<Attempted, { ok: false }>> = {}) => ({
  ...{ ok: false, retryAfter: null, gone: false },
  error: expect.stringMatching(error),
  ...more,
});

it('posts the body with its headers, once', async () => {
  const got: unknown[] = [];
  const port = await receiver((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const { method, url, headers } = request;
      got.push({ method, url, id: headers['webhook-id'], host: headers.host });
      got.push(Buffer.concat(pieces).toString());
      response.writeHead(204).end();
    });
  });
  expect(await send(`http://127.0.0.1:${port}/hook?a=1`)).toEqual({ ok: true });
  expect(got).toEqual([
    { method: 'POST', url: '/hook?a=1', id: 'msg_1', host: `127.0.0.1:${port}` },
    '{"a":"ü"}',
  ]);
});

it('follows no redirect, also to where it might go', async () => {
  let visits = 0;
  const other = await receiver((_request, response) => {
    visits += 1;
    response.end();
  });
  for (const status of [301, 302, 303, 307, 308]) {
    const port = await receiver((_request, response) =>
      response.writeHead(status, { location: `http://127.0.0.1:${other}/` }).end(),
    );
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual(failed(`answered ${status}, and redirects`));
  }
  expect(visits).toBe(0);
});

it.each([
  [{ 'retry-after': '120' }, 120_000],
  [{ 'retry-after': '999999999' }, 999_999_999_000],
  [{ 'retry-after': '9'.repeat(300) }, null],
  [{ 'retry-after': '-5' }, null],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after': '1e9' }, null],
  [{ 'retry-after': '2099' }, 2_099_000],
  [{ 'retry-after': 'Tue, 03 Nov 1998 08:00:00 GMT' }, 0],
  [{ 'retry-after': 'Tue, 99 Nov 1998 08:00:00 GMT' }, null],
  [{}, null],
])('reads %j of a receiver that is busy as %s ms', async (headers, retryAfter) => {
  const port = await receiver((_request, response) => response.writeHead(503, headers).end('busy'));
  expect(await send(`http://127.0.0.1:${port}/`)).toEqual(failed('answered 503$', { retryAfter }));
});

it('reads a Retry-After with a date as the time until then', async () => {
  const at = new Date(Date.now() + 3_600_000).toUTCString();
  const port = await receiver((_request, response) => response.writeHead(429, { 'retry-after': at }).end());
  const { retryAfter } = (await send(`http://127.0.0.1:${port}/`)) as { retryAfter: number };
  expect(retryAfter).toBeGreaterThan(3_500_000);
  expect(retryAfter).toBeLessThanOrEqual(3_600_000);
});

it('tells a receiver that is gone from one that fails', async () => {
  const port = await receiver((_request, response) => response.writeHead(410).end());
  expect(await send(`http://127.0.0.1:${port}/`)).toEqual(failed('answered 410$', { gone: true }));
  const failing = await receiver((_request, response) => response.writeHead(500).end('stack trace: secret'));
  expect(await send(`http://127.0.0.1:${failing}/`)).toEqual(failed(/answered 500$/));
});

const short = { answer: 300, body: 300 };

it('gives up on a receiver that takes the request and says nothing', async () => {
  const port = await listening(createServer(() => {}));
  expect(await send(`http://127.0.0.1:${port}/`, { limits: short })).toEqual(failed('no answer in time'));
});

it('gives up on one that sends its headers drop by drop, and on one that says 102 without end', async () => {
  const dripping = (first: string, drop: string) =>
    rawReceiver((socket) => {
      socket.write(first);
      const timer = setInterval(() => socket.write(drop), 20);
      socket.once('close', () => clearInterval(timer));
    });
  const slow = await dripping('HTTP/1.1 200 OK\r\nx-a: ', 'a');
  expect(await send(`http://127.0.0.1:${slow}/`, { limits: short })).toEqual(failed('no answer in time'));
  const working = await dripping('', 'HTTP/1.1 102 Processing\r\n\r\n');
  expect(await send(`http://127.0.0.1:${working}/`, { limits: short })).toEqual(failed('no answer in time'));
});

it('takes the status of one whose body never ends, or comes drop by drop, and closes the connection', async () => {
  const closed: Promise<void>[] = [];
  const endless = (write: (response: ServerResponse) => void, ms: number) =>
    receiver((_request, response) => {
      const timer = setInterval(() => write(response), ms);
      closed.push(new Promise((resolve) => response.once('close', resolve)));
      response.once('close', () => clearInterval(timer));
      response.writeHead(200);
      write(response);
    });
  const large = await endless((response) => response.write('x'.repeat(100_000)), 1);
  expect(await send(`http://127.0.0.1:${large}/`)).toEqual({ ok: true });
  const slow = await endless((response) => response.write('x'), 20);
  expect(await send(`http://127.0.0.1:${slow}/`, { limits: { answer: 20_000, body: 100 } })).toEqual({
    ok: true,
  });
  await Promise.all(closed);
});

it('takes the status of one that closes or breaks the connection in the middle of its answer', async () => {
  const head = (status: string) => `HTTP/1.1 ${status}\r\nretry-after: 7\r\ncontent-length: 100\r\n\r\nab`;
  const closing = await rawReceiver((socket) => socket.end(head('200 OK')));
  expect(await send(`http://127.0.0.1:${closing}/`)).toEqual({ ok: true });
  const breaking = (status: string) =>
    rawReceiver((socket) => void socket.write(head(status), () => socket.resetAndDestroy()));
  expect(await send(`http://127.0.0.1:${await breaking('200 OK')}/`)).toEqual({ ok: true });
  expect(await send(`http://127.0.0.1:${await breaking('503 Busy')}/`)).toEqual(
    failed('answered 503$', { retryAfter: 7000 }),
  );
  const garbled = await rawReceiver((socket) =>
    socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
  );
  expect(await send(`http://127.0.0.1:${garbled}/`)).toEqual({ ok: true });
});

it('bounds the headers of the answer', async () => {
  const port = await rawReceiver((socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(100_000)}\r\n`),
  );
  expect(await send(`http://127.0.0.1:${port}/`)).toEqual(failed('headers of the answer are too long'));
});

it('says in words why a connection failed', async () => {
  const closed = await listening(createServer());
  open.pop()?.close();
  expect(await send(`http://127.0.0.1:${closed}/`)).toEqual(failed('nothing listens there'));
  const reset = await rawReceiver((socket) => socket.resetAndDestroy());
  expect(await send(`http://127.0.0.1:${reset}/`)).toEqual(failed('receiver closed the connection'));
  const ended = await rawReceiver((socket) => socket.end());
  expect(await send(`http://127.0.0.1:${ended}/`)).toEqual(failed('receiver closed the connection'));
  const strange = await rawReceiver((socket) => socket.end('220 mail.example ESMTP <secret>\r\n'));
  const { error } = (await send(`http://127.0.0.1:${strange}/`)) as { error: string };
  expect(error).toMatch('the connection failed (HPE_');
  expect(error).not.toMatch('secret');
  const upgraded = await rawReceiver((socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
  );
  expect(await send(`http://127.0.0.1:${upgraded}/`)).toMatchObject({ ok: false });
});

it('ends with its signal', async () => {
  const port = await listening(createServer());
  const end = new AbortController();
  const sending = send(`http://127.0.0.1:${port}/`, { signal: end.signal });
  end.abort();
  expect(await sending).toMatchObject({ ok: false });
});

it('speaks TLS only with a certificate that is good for the name, and sends nothing otherwise', async () => {
  const folder = temporaryFolder();
  const authority = new Authority(folder.path);
  const { cert, key } = authority.issue({ name: 'hooks.test', hosts: ['hooks.test'] });
  let requests = 0;
  const tls = httpsServer({ cert: readFileSync(cert), key: readFileSync(key) }, (_request, response) => {
    requests += 1;
    response.end();
  }) as unknown as Server;
  const port = await listening(tls);
  const names = { 'hooks.test': ['127.0.0.1'] };
  const result = await send(`https://hooks.test:${port}/`, { allow: 'hooks.test:*,127.0.0.1:*', names });
  expect(result).toEqual(failed(/certificate|UNABLE_TO_VERIFY/));
  const plain = await rawReceiver((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
  expect(await send(`https://127.0.0.1:${plain}/`)).toEqual(failed('the connection failed'));
  expect(requests).toBe(0);
  folder.remove();
});

/** Of any name that leads nowhere allowed: nobody learns from it which names there are inside. */
const unreachable = 'the name has no address, or one that is neither public nor listed for webhooks';

it('connects to the addresses that were checked, whatever the name stands for a moment later', async () => {
  const visits: string[] = [];
  const at = (address: string) =>
    httpServer((request, response) => {
      visits.push(`${address} ${request.headers.host}`);
      response.end();
    });
  const port = await listening(at('127.0.0.1'));
  // Another name for this machine: what the second answer of the name's server would lead to.
  let asked = 0;
  const resolve = async () => [asked++ === 0 ? '127.0.0.1' : '127.0.0.2'];
  const parts = { allowed: allowListOf(['rebind.test:*', '127.0.0.1:*']), resolve, limits: patient };
  const sending = {
    url: `http://rebind.test:${port}/`,
    headers: () => ({}),
    body: '',
    signal: new AbortController().signal,
  };
  expect(await attempt(parts, sending)).toEqual({ ok: true });
  expect(asked).toBe(1);
  expect(visits).toEqual([`127.0.0.1 rebind.test:${port}`]);
  // Asked again for the next attempt, it is refused: what changed is seen, and nothing is sent.
  expect(await attempt(parts, sending)).toEqual(failed(unreachable));
  expect(visits).toHaveLength(1);
});

it('sends nothing to a name of which one address is forbidden, or which has none', async () => {
  let visits = 0;
  const port = await receiver((_request, response) => {
    visits += 1;
    response.end();
  });
  const names = {
    'both.test': ['127.0.0.1', '169.254.169.254'],
    'none.test': [],
    'inner.test': ['127.0.0.1'],
  };
  const both = { allow: 'both.test:*,127.0.0.1:*', names };
  expect(await send(`http://both.test:${port}/`, both)).toEqual(failed(unreachable));
  expect(await send(`http://none.test:${port}/`, { allow: '*:*', names })).toEqual(failed(unreachable));
  expect(await send(`http://inner.test:${port}/`, { allow: '*:*', names })).toEqual(failed(unreachable));
  expect(await send(`http://127.0.0.1:${port}/`, { allow: '*:*', names })).toEqual(failed('not among'));
  expect(await send(`http://localhost:${port}/`, { allow: '*:*' })).toEqual(failed(unreachable));
  expect(visits).toBe(0);
});

it('uses no proxy of the environment, and sends no credentials', async () => {
  const seen: (string | undefined)[] = [];
  const proxy = await receiver((_request, response) => {
    seen.push('proxy');
    response.end();
  });
  const port = await receiver((request, response) => {
    seen.push(request.headers.authorization, request.headers.cookie);
    response.end();
  });
  const before = { ...process.env };
  try {
    for (const name of ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'])
      process.env[name] = name.startsWith('NODE') ? '1' : `http://127.0.0.1:${proxy}`;
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual({ ok: true });
  } finally {
    process.env = before;
  }
  expect(seen).toEqual([undefined, undefined]);
});
