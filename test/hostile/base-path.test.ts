import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunningServer } from '../../src/serve.ts';
import { ask, read, size, start } from './ask.ts';

/** What a server below a path answers to those who name the path and to those for whom a proxy has taken it away. */

describe('a server with --base-path /tools/q [Q6.16]', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await start({ basePath: '/tools/q/' });
    await ask(server, 'PUT', '/v1/groups/g', { body: size(3) });
    for (const agent of ['ann', 'bob', 'cy'])
      await ask(server, 'PUT', `/tools/q/v1/groups/g/agents/${agent}`, { body: {} });
  });
  afterAll(() => server.stop());

  test('says its address with the path', () => {
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/tools/q`);
  });

  test.each(['/tools/q', ''])('answers below %j', async (base) => {
    expect((await ask(server, 'GET', `${base}/healthz`)).status).toBe(200);
    const first = await ask(server, 'GET', `${base}/v1/groups/g/agents?limit=2`);
    const [, link = ''] = /^<([^>]+)>; rel="next"$/.exec(String(first.headers.link)) ?? [];
    const next = new URL(link, `http://host${base}/v1/groups/g/agents?limit=2`);
    expect(next.pathname).toBe('/tools/q/v1/groups/g/agents');
    const rest = await ask(server, 'GET', next.pathname + next.search);
    expect(read<{ agents: object[] }>(rest).agents).toMatchObject([{ agent: 'cy' }]);
    const { servers } = read<{ servers: object[] }>(await ask(server, 'GET', `${base}/openapi.json`));
    expect(servers).toMatchObject([{ url: '/tools/q' }]);
    expect((await ask(server, 'GET', `${base}/`)).headers['content-type']).toMatch(/^text\/html/);
    const page = await ask(server, 'GET', `${base}/docs`);
    const [, style = ''] = /rel="stylesheet" href="([^"]+)"/.exec(page.text) ?? [];
    const { pathname } = new URL(style, `http://host${base}/docs`);
    expect((await ask(server, 'GET', pathname)).headers['content-type']).toMatch(/^text\/css/);
  });

  test('the link of an invite leads below it', async () => {
    const joinKey = 'the-join-key-of-the-gate';
    const rule = { electorate: { agents: ['ann', 'bob'] }, threshold: 2 };
    await ask(server, 'PUT', '/v1/groups/closed', {
      body: { preset: 'gate', rule, joinKey, observerKey: 'the-observer-key-of-it' },
    });
    const invited = await ask(server, 'POST', '/v1/groups/closed/invites', {
      ...{ body: { agent: 'ann' }, token: joinKey },
    });
    expect(invited.status, invited.text).toBe(201);
    expect(read<{ link: string }>(invited).link).toMatch(
      new RegExp(`^http://127.0.0.1:${server.port}/tools/q/g/closed/vote\\?as=ann#`),
    );
  });

  test('the path without its slash leads to the first page, with its query, and to nowhere else', async () => {
    const { status, headers } = await ask(server, 'GET', '/tools/q?q=lunch');
    expect([status, headers.location]).toEqual([308, '/tools/q/?q=lunch']);
    for (const path of ['/tools', '/tools/qq/healthz', '/tools/q/tools/q/v1/groups', '//tools/q/healthz'])
      expect((await ask(server, 'GET', path)).status, path).toBe(404);
  });

  test('a page of another origin is refused below it as without it', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    for (const path of ['/tools/q/state/1', '/state/1', '/tools/q/%73tate/1'])
      expect((await ask(server, 'GET', path, { headers })).status, path).toBe(403);
    expect(
      (await ask(server, 'GET', '/tools/q/v1/groups', { headers: { host: 'evil.example' } })).status,
    ).toBe(421);
  });
});

test('what is no base path stops the start, before the log is touched', async () => {
  await expect(start({ basePath: 'q', log: 'file:/proc/nowhere' })).rejects.toThrow('is no base path');
});
