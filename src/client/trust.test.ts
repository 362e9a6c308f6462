import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Authority } from '../../test/harness/certificates.ts';
import { quorate, temporaryFolder } from '../../test/harness/server.ts';
import { connect } from './connect.ts';

/** Whom the SDK believes, and to whom it says what. */

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => server.closeAllConnections(),
  );
  return (server.address() as AddressInfo).port;
}

test('a redirect is refused, with the place it leads to, which hears nothing', async () => {
  const seen: string[] = [];
  const other = createServer((request, reply) => {
    seen.push(request.url ?? '');
    reply.end('{"round":1,"state":"SUCCESS","value":"forged","revision":1,"index":1}');
  });
  const port = await listening(other);
  const front = createServer((request, reply) => {
    request.resume();
    const status = Number(request.headers['x-status'] ?? 307);
    reply.writeHead(status, { location: `http://user:secret@127.0.0.1:${port}${request.url}` }).end();
  });
  const url = `http://127.0.0.1:${await listening(front)}`;
  const group = connect({ url, token: 'a-token' }).group('lunch');
  const calls = [() => group.propose({ agent: 'ann', round: 1, value: 'hidden' }), () => group.show()];
  for (const call of calls) {
    const error = await call().catch((reason) => reason);
    expect(error).toMatchObject({ code: 'redirected', detail: expect.stringContaining(`127.0.0.1:${port}`) });
    expect(String(error)).not.toContain('secret');
  }
  expect(seen).toEqual([]);
});

test('a certificate of a private CA is refused at once, with what to do, and trusted when it is named', async () => {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  const authority = new Authority(path);
  const { cert, key } = authority.issue({ name: 'server' });
  const answer = '{"name":"quorate"}';
  const pair = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createTlsServer(pair, (_, reply) => void reply.end(answer)) as unknown as Server;
  const url = `https://127.0.0.1:${await listening(server)}`;
  const onRetry = () => expect.unreachable('it is no passing fault');
  await expect(connect({ url, onRetry }).info()).rejects.toMatchObject({
    code: 'untrusted',
    fix: expect.stringContaining('--ca FILE'),
  });
  const ca = readFileSync(authority.ca, 'utf8');
  expect(await connect({ url, ca }).info()).toEqual({ name: 'quorate' });
});

test('a file without a certificate is not taken for one to trust', async () => {
  expect(() => connect({ url: 'https://127.0.0.1:1', ca: 'my own' })).toThrow(
    'ca holds no certificate (PEM)',
  );
  const run = await quorate(['group', 'list', '--ca', 'package.json']);
  expect(run).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('package.json holds no certificate'),
  });
});

test('an address that cannot be read is not shown where it may hold a password', async () => {
  const url = 'http://ann:a/secret@x';
  expect(() => connect({ url })).toThrow('this is no http address, such as http://127.0.0.1:5000');
  const { stderr } = await quorate(['group', 'show', 'g', '--url', url]);
  expect(stderr).toMatch(/--url is no http address/);
  expect(stderr).not.toContain('secret');
});

test.each([
  'http://ann:secret@127.0.0.1:1',
  'https://secret@localhost',
  'ann:secret@localhost:1',
  'ftp://ann:secret@x',
])('an address with a user name is refused and not shown: %s', async (url) => {
  const said = (() => {
    try {
      connect({ url });
    } catch (error) {
      return String(error);
    }
    return 'nothing';
  })();
  expect(said).toContain('no user name or password');
  expect(said).not.toContain('secret');
  const run = await quorate(['group', 'show', 'g', '--url', url]);
  expect(run.code).toBe(2);
  expect(run.stdout + run.stderr).not.toContain('secret');
  expect(run.stderr).toContain('--token-file');
});

test('a token that cannot be sent is refused at once and not shown', async () => {
  for (const token of ['my\nsecret', 'my secret €']) {
    const said = await connect({ url: 'http://127.0.0.1:1', token }).info().catch(String);
    expect(said).toMatch(/what is sent as authorization must be one line of plain text/);
    expect(said).not.toContain('secret');
    const run = await quorate(['group', 'list', '--url', 'http://127.0.0.1:1', '--token', token]);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('must be one line of plain text') });
    expect(run.stdout + run.stderr).not.toContain('secret');
    const joins = ['agent', 'g', 'ann', '--value', '1', '--url', 'http://127.0.0.1:1', '--join-key', token];
    const joining = await quorate(joins);
    expect(joining).toMatchObject({ code: 2, stderr: expect.stringContaining('--join-key') });
    expect(joining.stdout + joining.stderr).not.toMatch(/secret|TypeError/);
  }
});
