import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hostIn } from '../../src/http/edge/hosts.ts';
import type { RunningServer } from '../../src/serve.ts';
import { ask, codeOf, exchange, read, size, start } from './ask.ts';

/** A web page in somebody's browser: it may neither reach the server under a name of its own, nor write to it. */

let server: RunningServer;
beforeAll(async () => {
  server = await start({ allowHosts: ['Agree.example', 'other.example:8080', '::2'] });
});
afterAll(() => server.stop());

const paths = [
  '/healthz',
  '/v1/info',
  '/v1/groups',
  '/v1/groups/default/events',
  '/state/1',
  '/nothing',
  '/%ff',
];

describe('the Host header', () => {
  test.each([
    'localhost',
    'LOCALHOST',
    'localhost.',
    'localhost:1',
    'localhost:65535',
    '127.0.0.1',
    '127.0.0.1:5000',
    '127.9.8.7',
    '[::1]',
    '[::1]:5000',
    '[0:0:0:0:0:0:0:1]:80',
    '[0000::0001]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]:9',
    'agree.example',
    'AGREE.example:443',
    'other.example',
    '[::2]:1',
  ])('%j is answered', async (host) => {
    expect((await ask(server, 'GET', '/healthz', { headers: { host } })).status).toBe(200);
  });

  test.each([
    'evil.example',
    'evil.example:5000',
    'localhost.evil.example',
    'evil.localhost',
    'localhost@evil.example',
    'evil.example#localhost',
    'localhost evil.example',
    'localhost,evil.example',
    'localhost:',
    'localhost:99999',
    'localhost:x',
    '127.0.0.1.evil.example',
    '127.1',
    '2130706433',
    '0x7f000001',
    '128.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '[::2',
    '[::3]',
    '[::1].evil.example',
    '[::1]evil',
    '[::ffff:10.0.0.1]',
    '.',
    '..',
    'xn--lcalhost-z0a',
    `${'a'.repeat(400)}.example`,
  ])('%j is refused, whatever the path', async (host) => {
    for (const path of paths) {
      const answer = await ask(server, 'GET', path, { headers: { host } });
      expect([path, codeOf(answer)]).toEqual([path, 'host-not-allowed']);
    }
  });

  test('a write under a foreign name is refused and does nothing [Q6.12]', async () => {
    const headers = { host: 'evil.example' };
    expect(codeOf(await ask(server, 'PUT', '/v1/groups/rebound', { body: size(3), headers }))).toBe(
      'host-not-allowed',
    );
    expect((await ask(server, 'GET', '/v1/groups/rebound')).status).toBe(404);
  });

  test('an empty one is refused', async () => {
    const bytes = 'GET /healthz HTTP/1.1\r\nHost: \r\nConnection: close\r\n\r\n';
    expect(await exchange(server.port, bytes)).toMatch(/^HTTP\/1.1 421 /);
  });

  test('HTTP/1.1 without one is refused; HTTP/1.0, which no browser speaks, need not have one', async () => {
    expect(await exchange(server.port, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 /,
    );
    expect(await exchange(server.port, 'GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });

  test('beyond loopback, the address a caller reached is a name of the server, others are not', async () => {
    const wide = await start({ host: '0.0.0.0', insecureOpen: true });
    const at = (host: string) =>
      ask(wide, 'GET', '/healthz', { headers: { host } }).then(({ status }) => status);
    expect(await at(`127.0.0.1:${wide.port}`)).toBe(200);
    expect(await at('192.0.2.1')).toBe(421);
    expect(await at('evil.example')).toBe(421);
    await wide.stop();
  });

  test('a name to allow that is none stops the server from starting', async () => {
    await expect(start({ allowHosts: ['http://x/'] })).rejects.toThrow('host name');
    expect(hostIn('*.example')).toBeNull();
  });
});

describe('a page of another origin', () => {
  const own = () => `localhost:${server.port}`;
  const foreign: readonly (readonly [string, () => Record<string, string>])[] = [
    ['cross-site', () => ({ 'sec-fetch-site': 'cross-site' })],
    [
      'same-site: another port of this machine',
      () => ({ 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }),
    ],
    ['an old browser from elsewhere', () => ({ origin: 'http://evil.example' })],
    ['another port', () => ({ origin: 'http://localhost:1' })],
    ['a sandboxed frame or a file', () => ({ origin: 'null' })],
    ['an origin that hides in user information', () => ({ origin: `http://evil.example@${own()}` })],
    ['an origin that begins alike', () => ({ origin: `http://${own()}.evil.example` })],
    [
      'an own origin, but a site that says otherwise',
      () => ({ origin: `http://${own()}`, 'sec-fetch-site': 'cross-site' }),
    ],
  ];
  const writes: readonly (readonly [string, string, object?])[] = [
    ['PUT', '/v1/groups/crossed', size(3)],
    ['DELETE', '/v1/groups/default'],
    ['PUT', '/v1/groups/default/rounds/1/proposals/a', { value: 1 }],
    ['POST', '/v1/groups/default/proposals', { agent: 'a', value: 1 }],
    ['PUT', '/v1/groups/default/agents/a', {}],
    ['POST', '/v1/groups/default/rounds/1/close'],
    ['PATCH', '/v1/groups/default/rounds/1', { deadline: '1h' }],
    ['PUT', '/v1/groups/default/rounds/1/waivers/a', { reason: 'x' }],
    ['POST', '/number', { number: 1 }],
    ['GET', '/state/1'],
    ['GET', '/%73tate/1'],
  ];

  test.each(foreign)('%s writes nothing', async (_, headers) => {
    const before = (await ask(server, 'GET', '/v1/groups/default')).text.replace(/"index":\d+/, '');
    for (const [method, path, body] of writes) {
      const answer = await ask(server, method, path, { body, headers: { host: own(), ...headers() } });
      expect([path, codeOf(answer)]).toEqual([path, 'cross-origin']);
    }
    const after = (await ask(server, 'GET', '/v1/groups/default')).text.replace(/"index":\d+/, '');
    expect(after).toBe(before);
  });

  test.each([
    ['a program', () => ({})],
    ['the own page', () => ({ 'sec-fetch-site': 'same-origin', origin: `http://${own()}` })],
    ['the own page in an old browser', () => ({ origin: `http://${own().toUpperCase()}` })],
    ['the address bar', () => ({ 'sec-fetch-site': 'none' })],
  ])('%s writes', async (_, headers) => {
    const answer = await ask(server, 'PUT', '/v1/groups/own-writes', {
      body: size(3),
      headers: { host: own(), ...headers() },
    });
    expect([200, 201]).toContain(answer.status);
  });

  test('a form cannot speak JSON, and what it can speak is refused', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'text/plain',
      'multipart/form-data; boundary=x',
    ]) {
      const answer = await ask(server, 'POST', '/number', {
        raw: '{"number":1}',
        headers: { 'content-type': type },
      });
      expect(codeOf(answer)).toBe('unsupported-media-type');
    }
  });

  test('reads nothing either: there are no CORS headers, not for a preflight', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'PUT' };
    for (const [method, path] of [
      ['GET', '/v1/groups/default'],
      ['OPTIONS', '/v1/groups/default'],
      ['OPTIONS', '/number'],
    ] as const) {
      const answer = await ask(server, method, path, { headers });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  test('is not framed, and nothing is guessed about a type', async () => {
    const page = await ask(server, 'GET', '/');
    expect(page.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/default-src 'self'.*frame-ancestors 'none'/),
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    const api = await ask(server, 'GET', '/v1/info');
    expect(api.headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
    expect(read<{ limits: object }>(api).limits).toMatchObject({
      bodyBytes: 32_768,
      valueBytes: 4096,
      valueDepth: 16,
    });
  });
});
