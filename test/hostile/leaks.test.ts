import http from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, startServer, until } from '../harness/server.ts';
import { sourcesIn, codeOf as withoutTexts } from '../tidy/source.ts';
import { ask, codeOf, read, size } from './ask.ts';

/** What a server says without words: by how long it takes, on its streams, on standard error; and what it must never do. */

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let server: Server;
beforeAll(async () => {
  server = await startServer(['--log', 'memory:']);
  const made = await ask(server, 'PUT', '/v1/groups/closed', { body: { ...size(3), admission: 'key' } });
  expect(made.status).toBe(201);
});
afterAll(async () => {
  agent.destroy();
  await server.kill();
});

/** Medians of the times of two requests that take turns; the rest of the machine disturbs both alike. */
async function ratioOfTimes(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<number> {
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < 1200; i += 1) {
    // Neither always goes first.
    for (const which of i % 2 === 0 ? [0, 1] : [1, 0]) {
      const begun = performance.now();
      await (which === 0 ? one() : other());
      if (i >= 200) times[which as 0 | 1].push(performance.now() - begun);
    }
  }
  const [a, b] = times.map((all) => all.toSorted((x, y) => x - y)[all.length >> 1] as number);
  return (a as number) / (b as number);
}

describe('time tells nothing', () => {
  const get = (path: string, token: string | null) => () => ask(server, 'GET', path, { token, agent });

  test.each([
    ['a closed group and none', '/v1/groups/closed', '/v1/groups/absent'],
    ['a round of a closed group and of none', '/v1/groups/closed/rounds/1', '/v1/groups/absent/rounds/1'],
  ])('of %s', async (_, there, none) => {
    const token = `${'x'.repeat(43)}`;
    expect((await get(there, token)()).text.replace('closed', 'absent')).toBe(
      (await get(none, token)()).text,
    );
    await until(60_000, async () => {
      const ratio = await ratioOfTimes(get(there, token), get(none, token));
      return Math.abs(ratio - 1) < 0.08 ? true : undefined;
    });
  });
});

test('a blind value is on no stream and not on standard error before its round closes, and neither is a token ever', async () => {
  const secret = 'a-value-nobody-may-see-yet';
  await ask(server, 'PUT', '/v1/groups/blind', { body: size(3, { equality: 'exact' }) });
  let streamed = '';
  const stream = http.get(
    { host: '127.0.0.1', port: server.port, path: '/v1/groups/blind/events' },
    (reply) => {
      reply.setEncoding('utf8').on('data', (piece: string) => {
        streamed += piece;
      });
    },
  );
  stream.on('error', () => undefined);
  await until(30_000, () => (streamed.includes('event: ') ? true : undefined));
  const joined = await ask(server, 'PUT', '/v1/groups/blind/agents/ann', { body: {} });
  const { token } = read<{ token: string }>(joined);
  const before = streamed.length;
  await ask(server, 'PUT', '/v1/groups/blind/rounds/1/proposals/ann', { body: { value: secret }, token });
  await until(30_000, () => (streamed.length > before ? true : undefined));
  for (const text of [streamed, server.stderr()]) expect(text).not.toContain(secret);
  for (const name of ['bob', 'cid'])
    await ask(server, 'PUT', `/v1/groups/blind/rounds/1/proposals/${name}`, { body: { value: secret } });
  await until(30_000, () => (streamed.includes(secret) ? true : undefined));
  for (const text of [streamed, server.stderr()]) expect(text).not.toContain(token);
  stream.destroy();
});

test('what a message says that is not for them is on no stream of others and not on standard error, and neither is a token [Q9.11]', async () => {
  const secret = 'a-word-for-bob-alone';
  const path = '/v1/groups/talk';
  await ask(server, 'PUT', path, { body: size(3) });
  const tokens: Record<string, string> = {};
  for (const name of ['ann', 'bob', 'cid'])
    tokens[name] = read<{ token: string }>(
      await ask(server, 'PUT', `${path}/agents/${name}`, { body: {} }),
    ).token;
  const heard: Record<string, string> = { bob: '', cid: '', nobody: '' };
  const streams = Object.keys(heard).flatMap((name) =>
    ['/stream', '/messages', '/events'].map((what) => {
      const authorization = tokens[name] === undefined ? {} : { authorization: `Bearer ${tokens[name]}` };
      const headers = { accept: 'text/event-stream', ...authorization };
      return http
        .get({ host: '127.0.0.1', port: server.port, path: path + what, headers }, (reply) => {
          reply.setEncoding('utf8').on('data', (piece: string) => {
            heard[name] += piece;
          });
        })
        .on('error', () => undefined);
    }),
  );
  const say = (body: object) =>
    ask(server, 'POST', `${path}/messages`, { body, token: tokens.ann as string });
  expect((await say({ body: secret, to: ['bob'] })).status).toBe(201);
  expect((await say({ body: 'for-all-to-hear' })).status).toBe(201);
  // Each hears it in two streams.
  const twice = (text = ''): boolean => text.split('for-all-to-hear').length > 2;
  await until(30_000, () => (Object.values(heard).every(twice) ? true : undefined));
  expect(heard.bob).toContain(secret);
  for (const text of [heard.cid, heard.nobody, server.stderr()]) {
    expect(text).not.toContain(secret);
    for (const token of Object.values(tokens)) expect(text).not.toContain(token);
  }
  for (const what of ['stream', 'messages', 'messages/5', 'messages/5/explain', 'agents/bob/cursor', 'view'])
    for (const token of [null, tokens.cid as string]) {
      const answer = await ask(server, 'GET', `${path}/${what}`, { token });
      expect(answer.status, what).toBe(200);
      expect(answer.text, what).not.toContain(secret);
    }
  for (const stream of streams) stream.destroy();
});

test('a line break or an escape in what callers send never reaches standard error', async () => {
  const before = server.stderr();
  for (const path of ['/%0d%0aforged', '/v1/groups/%1b%5b2J', '/state/%0aforged', '/v1/groups/a%00b'])
    await ask(server, 'GET', path, { headers: { 'user-agent': 'x\ty', 'x-request-id': 'forged' } });
  expect(server.stderr()).toBe(before);
});

test('a body of many keys like integers is refused by its size, or answered at once', async () => {
  const keys = (n: number) =>
    Object.fromEntries(Array.from({ length: n }, (_, i) => [String(i * 65_537), 0]));
  const huge = await ask(server, 'PUT', '/v1/groups/hash', { body: keys(2 ** 17) }).catch(() => null);
  // Refused before it has come whole: the answer may get lost with the connection.
  if (huge !== null) expect(codeOf(huge)).toBe('too-large');
  expect(codeOf(await ask(server, 'PUT', '/v1/groups/hash', { body: keys(1000) }))).toBe('invalid-rule');
  expect((await ask(server, 'GET', '/healthz')).status).toBe(200);
});

test('the server itself asks nobody, and builds no pattern out of what it is sent', () => {
  const served = sourcesIn('src/core', 'src/replica', 'src/http').filter(
    ({ path }) => !path.endsWith('.test.ts'),
  );
  expect(served.length).toBeGreaterThan(40);
  for (const { path, text } of served) {
    const code = withoutTexts(text);
    expect(code, path).not.toMatch(
      /\bfetch\(|\bhttps?\.(?:request|get)\(|\bnet\.connect\(|new RegExp\(|\beval\(|new Function\(/,
    );
    expect(code, path).not.toMatch(/from 'node:(?:child_process|dns|dgram)'/);
  }
  // What webhooks are sent goes through one request, to addresses that are looked up in one place.
  const callers = sourcesIn('src').filter(
    ({ path, text }) =>
      path.startsWith('src/webhooks/') &&
      !path.endsWith('.test.ts') &&
      /from 'node:(?:https?|dns)/.test(text),
  );
  expect(callers.map(({ path }) => path).sort()).toEqual(['src/webhooks/post.ts', 'src/webhooks/resolve.ts']);
});
