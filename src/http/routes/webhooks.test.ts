import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../../test/harness/app.ts';
import { allowListOf } from '../../webhooks/allow-list.ts';

/** The routes of webhooks; nothing is sent here. [Q11.1] [Q11.3] [Q11.9] */

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ webhooks: { list: allowListOf(['hooks.example.com']), key: null } });
  await app.ask('PUT', '/v1/groups/lunch', { rule: { electorate: { size: 1 }, threshold: 1 } });
});
afterAll(() => app.stop());

const base = '/v1/groups/lunch/webhooks';
const url = 'https://hooks.example.com/x';
const secretOf = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

test('a put with an own secret may be sent again; one without keeps it and shows none', async () => {
  const body = { url, secret: secretOf(32) };
  const made = await app.ask('PUT', `${base}/own`, body);
  expect(made.status, made.story).toBe(201);
  expect(made.as<object>()).toMatchObject({ secret: body.secret, states: 'all', format: 'standard' });
  const again = await app.ask('PUT', `${base}/own`, body);
  expect([again.status, again.as<{ secret: string }>().secret]).toEqual([200, body.secret]);
  const kept = (await app.ask('PUT', `${base}/own`, { url, states: 'FAILED' })).as<object>();
  expect(kept).toMatchObject({ states: 'FAILED', formerSecretUntil: null });
  expect(kept).not.toHaveProperty('secret');
  const changed = await app.ask('PUT', `${base}/own`, { url, secret: secretOf(24) });
  expect(changed.as<object>()).toMatchObject({ formerSecretUntil: expect.any(String) });
  for (const path of [base, `${base}/own`, `${base}/own/deliveries`])
    expect(JSON.stringify((await app.ask('GET', path)).as<object>())).not.toContain('whsec_');
});

test.each([
  [{}, 'url must be an address'],
  [{ url: 'hooks.example.com' }, 'url must be an address'],
  [{ url: `${url}?${'x'.repeat(2048)}` }, 'url must be an address'],
  [{ url: 'ftp://hooks.example.com' }, 'must begin with https'],
  [{ url: 'https://a:b@hooks.example.com' }, 'no user name'],
  [{ url, states: 'success' }, 'states must be "all"'],
  [{ url, format: 'discord' }, 'format must be "standard"'],
  [{ url, secret: 'hunter2' }, 'secret must be whsec_'],
  [{ url, secret: secretOf(23) }, 'secret must be whsec_'],
  [{ url, secret: secretOf(65) }, 'secret must be whsec_'],
  [{ url, secret: `${secretOf(32)}=` }, 'secret must be whsec_'],
  [{ url, events: ['round.closed'] }, 'has no member'],
])('%j is refused', async (body, says) => {
  const refused = await app.ask('PUT', `${base}/bad`, body);
  expect(refused.status, refused.story).toBe(400);
  expect(refused.as<object>()).toMatchObject({ detail: expect.stringContaining(says) });
  expect((await app.ask('GET', `${base}/bad`)).status).toBe(404);
});

test('deliveries are listed a page at a time; a test with a key of before is that one', async () => {
  await app.ask('PUT', `${base}/pages`, { url });
  const asked = (key: string) => app.ask('POST', `${base}/pages/test`, undefined, { 'idempotency-key': key });
  for (const key of ['a', 'b', 'c']) expect((await asked(key)).status).toBe(201);
  const again = await asked('b');
  expect([again.status, again.as<{ number: number }>().number]).toEqual([200, 2]);
  const page = async (query: string) =>
    (await app.ask('GET', `${base}/pages/deliveries?${query}`)).as<{
      deliveries: { number: number }[];
      next: number | null;
    }>();
  const numbers = ({ deliveries }: { deliveries: { number: number }[] }) =>
    deliveries.map(({ number }) => number);
  const first = await page('limit=2');
  expect([numbers(first), first.next]).toEqual([[1, 2], 2]);
  const rest = await page('limit=2&after=2');
  expect([numbers(rest), rest.next]).toEqual([[3], null]);
  expect((await app.ask('POST', `${base}/pages/deliveries/4/replay`)).status).toBe(404);
  expect((await app.ask('POST', `${base}/pages/deliveries/x/replay`)).status).toBe(400);
});
