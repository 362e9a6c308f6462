import { request } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { type RunningServer, type ServeOptions, serve } from '../../src/serve.ts';
import { type ModelClient, overHttp, type Protocol, protocols } from '../harness/mcp.ts';

/** What is particular to tools over HTTP: who calls, what is refused, what becomes of calls whose client or server goes. */

const over: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of over.splice(0).reverse()) await end();
});
const start = async (options: ServeOptions = {}): Promise<RunningServer> => {
  const server = await serve({
    port: 0,
    notify: (kind, { says }) => void notices.push([kind, says]),
    ...options,
  });
  over.push(() => server.stop());
  return server;
};
const notices: [kind: string, says: string][] = [];

type Headers = Readonly<Record<string, string>>;
const model = async (
  url: string,
  headers: Headers = {},
  mode: Protocol = protocols[1][1],
): Promise<ModelClient> => {
  const client = await overHttp(url, mode, {}, headers);
  over.push(() => client.close());
  return client;
};
const accepts = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const post = (url: string, body: string, headers: Headers = {}): Promise<Response> =>
  fetch(`${url}/mcp`, { method: 'POST', headers: { ...accepts, ...headers }, body });
const call = (name: string, input: object, id: number | string = 1): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: input } });
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

test('a tool may do what the token of its caller may do over REST, and no more', async () => {
  const adminToken = 'the-administrators-token';
  const { url } = await start({ adminToken });
  const settings = { group: 'deploy', agents: ['ann', 'bob'], admission: 'key' };
  const anybody = await model(url);
  const refused = await anybody.call('create_group', settings);
  expect(refused.body.error).toMatchObject({ code: 'token-required' });
  const admin = await model(url, bearer(adminToken));
  const made = await admin.call('create_group', settings);
  expect(made.body, made.text).toMatchObject({ status: 'open', joinKey: expect.any(String) });

  expect((await anybody.call('outcome', { group: 'deploy' })).body.error.code).toBe('group-not-found');
  expect((await anybody.call('list_groups', {})).isError).toBe(true);
  const key = made.body.joinKey as string;
  const ann = await anybody.call('join', { group: 'deploy', agent: 'ann', key });
  const vote = { group: 'deploy', round: 1, value: 'yes', token: ann.body.token };
  expect((await anybody.call('propose', { ...vote, agent: 'bob' })).body.error.code).toBe('token-required');
  expect((await anybody.call('propose', { ...vote, agent: 'ann' })).body).toMatchObject({ present: 1 });
  const taken = await anybody.call('join', { group: 'deploy', agent: 'ann', key });
  expect(taken.body.error).toMatchObject({ code: 'agent-taken', fix: expect.stringContaining('token') });

  // An agent's own token may stand in the configuration of its client.
  const { token } = await connect({ url, token: key }).group('deploy').join('bob');
  const bob = await model(url, bearer(token));
  const voted = await bob.call('propose', { group: 'deploy', agent: 'bob', round: 1, value: 'yes' });
  expect(voted.body, voted.text).toMatchObject({ state: 'SUCCESS', value: 'yes' });
  const unclear = await post(url, call('list_groups', {}), { authorization: 'Basic YTpi' });
  expect(unclear.status).toBe(400);
  expect(await unclear.json()).toMatchObject({ code: 'invalid-request' });
});

test.each(protocols)('what is no call of a tool is refused, and the next call works: %s', async (_, mode) => {
  const { url } = await start();
  const group = `"group":"${'x'.repeat(40_000)}"`;
  const bodies: readonly (readonly [body: string, status: number])[] = [
    ['', 400],
    ['{', 400],
    ['null', 400],
    ['"ping"', 400],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}', 400],
    ['{"jsonrpc":"1.0","id":1,"method":"ping"}', 400],
    ['{"__proto__":{"method":"ping"}}', 400],
    [`{"jsonrpc":"2.0","id":1,"method":"ping","params":${'['.repeat(5000)}${']'.repeat(5000)}}`, 400],
    [`{"jsonrpc":"2.0","id":1,"method":"ping","params":{${group}}}`, 413],
  ];
  for (const [body, status] of bodies) expect([body, (await post(url, body)).status]).toEqual([body, status]);
  const json = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
  const statusOf = async (headers: Headers) => (await post(url, json, headers)).status;
  expect(await statusOf({ 'content-type': 'text/plain' })).toBe(415);
  expect(await statusOf({ accept: 'text/html' })).toBe(406);
  expect(await statusOf({ origin: 'https://example.org' })).toBe(403);
  expect(await statusOf({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await statusOf({ 'mcp-protocol-version': '1999-01-01' })).toBe(400);
  expect(await statusOf({ 'quorate-instance': 'short' })).toBe(400);
  expect(await statusWithHost(url, 'example.org', json)).toBe(421);
  for (const method of ['GET', 'DELETE']) {
    const answer = await fetch(`${url}/mcp`, { method, headers: { accept: 'text/event-stream' } });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  }

  const ann = await model(url, {}, mode);
  await expect(ann.client.callTool({ name: 'no_such_tool', arguments: {} })).rejects.toThrow(/no_such_tool/);
  const odd = await ann.call('create_group', { group: '../x', agents: ['..', '__proto__'] });
  expect(odd.body.error.code, odd.text).toBe('invalid-name');
  expect((await ann.call('join', { group: 'g', agent: '..' })).body.error.code).toBe('invalid-name');
  expect((await ann.call('wait', { group: 'g', seconds: 'long' })).isError).toBe(true);
  expect((await ann.call('propose', { group: 'g', agent: 'ann', round: 1, vote: 1 })).isError).toBe(true);
  const made = await ann.call('create_group', { group: 'fine', size: 1 });
  expect(made.body, made.text).toMatchObject({ status: 'open' });
  expect(notices.filter(([kind]) => kind === 'mistake')).toEqual([]);
});

test('a wait counts towards the share of its caller', async () => {
  const { url } = await start({ limits: { waitsPerAddress: 1 } });
  const ann = await model(url);
  await ann.call('create_group', { group: 'g', size: 2 });
  const first = ann.call('wait', { group: 'g', round: 1 });
  await expect
    .poll(async () => (await ann.call('wait', { group: 'g', round: 1, seconds: 1 })).body.error?.code)
    .toBe('overloaded');
  for (const agent of ['a', 'b']) await ann.call('propose', { group: 'g', agent, round: 1, value: 1 });
  expect((await first).body).toMatchObject({ state: 'SUCCESS' });
});

test.each(protocols)(
  'a wait ends when its client hangs up, and when the server stops: %s',
  async (_, mode) => {
    const server = await start();
    const ann = await model(server.url, {}, mode);
    await ann.call('create_group', { group: 'g', size: 2 });
    const heard: unknown[] = [];
    const options = { onprogress: (progress: unknown) => heard.push(progress) };
    const wait = { group: 'g', round: 1, seconds: 45 };
    const lost = ann.call('wait', wait, options);
    lost.catch(() => undefined);
    await expect.poll(() => heard.length).toBe(1);
    await ann.close();
    const waiting = async (): Promise<string> =>
      /^quorate_waiters (\d+)$/m.exec(await (await fetch(`${server.url}/metrics`)).text())?.[1] ??
      'not shown';
    await expect.poll(waiting).toBe('0');

    const bob = await model(server.url, {}, mode);
    const last = bob.call('wait', wait);
    await expect.poll(waiting).toBe('1');
    await server.stop();
    expect((await last).body).toMatchObject({ state: 'WAITING', next: expect.stringContaining('call wait') });
  },
);

test('in the older version a call is cancelled by the session that made it, and by no other', async () => {
  const { url } = await start();
  const hello = JSON.stringify({
    ...{ jsonrpc: '2.0', id: 1, method: 'initialize' },
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  });
  const begin = async (): Promise<Headers> => {
    const session = (await post(url, hello)).headers.get('mcp-session-id');
    return { 'mcp-session-id': session ?? 'none' };
  };
  const [mine, other] = [await begin(), await begin()];
  expect(mine).not.toEqual(other);
  await (await post(url, call('create_group', { group: 'g', size: 2 }), mine)).text();
  const ends: string[] = [];
  const wait = post(url, call('wait', { group: 'g', round: 1, seconds: 2 }, 7), mine).then((one) =>
    one.text(),
  );
  const longWait = post(url, call('wait', { group: 'g', round: 1, seconds: 45 }, 8), mine).then((one) =>
    one.text(),
  );
  void longWait.then(() => ends.push('long'));
  const cancel = (id: number, headers: Headers) =>
    post(
      url,
      JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } }),
      headers,
    );
  for (const headers of [other, {}]) expect((await cancel(8, headers)).status).toBe(202);
  // The other wait has come to its end meanwhile, and this one has not.
  expect(await wait).toContain('WAITING');
  expect(ends).toEqual([]);
  await cancel(8, mine);
  expect(await longWait).not.toContain('WAITING');
});

test('behind a proxy with a path of its own the tools are there, and links lead there', async () => {
  const { url } = await start({ basePath: '/team/q' });
  expect(url).toContain('/team/q');
  const ann = await model(url);
  const made = await ann.call('create_group', { group: 'g', agents: ['bob'], admission: 'invite' });
  expect(made.body.page).toBe(`${url}/g/g`);
  const asked = await ann.call('ask_human', { group: 'g', agent: 'bob', token: made.body.joinKey });
  expect(asked.body.link, asked.text).toMatch(`${url}/g/g/vote?as=bob#`);
});

function statusWithHost(url: string, host: string, body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/mcp`, { method: 'POST', headers: { ...accepts, host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
