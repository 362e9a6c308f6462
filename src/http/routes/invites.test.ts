import type { IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EventReader, type RunningApp, startApp } from '../../../test/harness/app.ts';
import { originOf } from '../edge/origin.ts';
import { sourcesBehind } from '../edge/sources.ts';

let app: RunningApp;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

const joinKey = 'the-join-key-of-the-gate';
const observerKey = 'the-observer-key-of-it';
const secret = 'a-secret-of-sixteen-or-more';
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const manager = bearer(joinKey);
const invites = '/v1/groups/gate/invites';

interface Invited {
  readonly secret: string;
  readonly link: string;
  readonly state: string;
  readonly since: string;
  readonly token: string;
  readonly code: string;
  readonly detail: string;
}

const make = (rule: object = {}, more: object = {}) => {
  const electorate = { agents: ['ann', 'bob', 'cyd'] };
  const body = { preset: 'gate', rule: { electorate, threshold: 2, ...rule }, joinKey, observerKey, ...more };
  return app.ask('PUT', '/v1/groups/gate', body);
};
const invite = async (agent: string, more: object = {}): Promise<Invited> =>
  (await app.ask('POST', invites, { agent, ...more }, manager)).as<Invited>();
const redeem = (agent: string, body: object, headers: Record<string, string> = {}) =>
  app.ask('POST', `${invites}/${agent}/redeem`, body, headers);
const tokenOf = async (agent: string): Promise<Record<string, string>> => {
  const { secret } = await invite(agent);
  return bearer((await redeem(agent, { secret })).as<Invited>().token);
};
const vote = (agent: string, value: string, token: Record<string, string>, query = '') =>
  app.ask('PUT', `/v1/groups/gate/rounds/1/proposals/${agent}${query}`, { value }, token);

describe('invites [Q5.14]', () => {
  test('are made by the manager, give their secret once, and are listed without it', async () => {
    expect((await make()).status).toBe(201);
    const made = await app.ask('POST', invites, { agent: 'ann', name: 'Ann Smith', kind: 'person' }, manager);
    expect(made.status).toBe(201);
    const ann = made.as<Invited>();
    expect(ann).toMatchObject({
      group: 'gate',
      agent: 'ann',
      name: 'Ann Smith',
      kind: 'person',
      role: 'voter',
      state: 'open',
    });
    expect(ann.link).toBe(`${app.url}/g/gate/vote?as=ann#${ann.secret}`);
    const own = await app.ask('POST', invites, { agent: 'bob', secret }, manager);
    const again = await app.ask('POST', invites, { agent: 'bob', secret }, manager);
    expect([own.status, again.status, again.as<Invited>().secret]).toEqual([201, 200, secret]);
    const page = await app.ask('GET', `${invites}?limit=1`, undefined, manager);
    expect(page.text).not.toContain(ann.secret);
    expect(page.headers.get('link')).toBe(`<${invites}?after=ann&limit=1>; rel="next"`);
    const rest = await app.ask('GET', `${invites}?after=ann`, undefined, manager);
    expect(rest.as<object>()).toMatchObject({
      invites: [{ agent: 'bob', state: 'open' }],
      next: null,
      total: 2,
    });
    const unknown = await app.ask('GET', `${invites}?after=zoe`, undefined, manager);
    expect(unknown.as<Invited>().code).toBe('agent-not-found');
  });

  test('are refused where they say too little or too much', async () => {
    await make();
    for (const body of [
      {},
      { agent: 'ann', secret: 'short' },
      { agent: 'ann', role: 'king' },
      { agent: 'A' },
    ])
      expect((await app.ask('POST', invites, body, manager)).status, JSON.stringify(body)).toBe(400);
    expect((await redeem('ann', {})).as<Invited>().detail).toMatch(/behind the #/);
    const zoe = await app.ask('POST', invites, { agent: 'zoe' }, manager);
    expect(zoe.as<Invited>().code).toBe('not-eligible');
  });

  test('have a link with the scheme of the connection, or that a trusted proxy tells', () => {
    const request = (more: object, proto?: string): IncomingMessage => {
      const headers = { host: 'vote.example:8443', ...(proto && { 'x-forwarded-proto': proto }) };
      return { headers, socket: { remoteAddress: '127.0.0.1', ...more } } as unknown as IncomingMessage;
    };
    const [near, far] = [sourcesBehind(['loopback']), sourcesBehind(['10.0.0.1'])];
    expect(originOf(request({ encrypted: true }), far)).toBe('https://vote.example:8443');
    expect(originOf(request({}, 'https, http'), near)).toBe('https://vote.example:8443');
    expect(originOf(request({}, 'http'), near)).toBe('http://vote.example:8443');
    expect(originOf(request({}, 'https'), far), 'nobody it trusts').toBe('http://vote.example:8443');
  });
});

describe('redeeming [Q5.15]', () => {
  test('gives one instance a token: again for the same one, never for another', async () => {
    await make();
    await invite('ann', { secret });
    const first = await redeem('ann', { secret, instance: 'the-first-device' });
    const { token, since } = first.as<Invited>();
    expect([first.status, first.as<Invited>().state]).toEqual([200, 'redeemed']);
    const retried = await redeem('ann', { secret, instance: 'the-first-device' });
    const byToken = await redeem('ann', { secret }, bearer(token));
    expect([retried, byToken].map((answer) => answer.as<Invited>().token)).toEqual([token, token]);
    for (const instance of ['another-device', undefined]) {
      const used = await redeem('ann', { secret, instance });
      expect([used.status, used.as<Invited>().code, used.as<Invited>().since]).toEqual([
        409,
        'invite-used',
        since,
      ]);
    }
    expect((await vote('ann', 'approve', bearer(token))).status).toBe(201);
  });

  test('with a wrong secret says the same of a group that is there and of one that is not, and writes nothing', async () => {
    await make();
    await invite('ann', { secret });
    const guess = { secret: 'a-guess-of-sixteen-characters' };
    const index = (await app.ask('GET', '/v1/groups/gate', undefined, manager)).as<{ index: number }>().index;
    const tried = [
      await redeem('ann', guess),
      await redeem('bob', { secret }),
      await app.ask('POST', '/v1/groups/none/invites/ann/redeem', { secret }),
    ];
    const plain = tried.map(({ status, text }) => [status, text.replaceAll(/none|gate|ann|bob/g, '')]);
    expect(plain[0]).toEqual([403, expect.stringContaining('invite-wrong')]);
    expect(plain).toEqual([plain[0], plain[0], plain[0]]);
    expect((await app.ask('GET', '/v1/groups/gate', undefined, manager)).as<{ index: number }>().index).toBe(
      index,
    );
  });

  test('anew after a new invite gives another token, also to the same instance', async () => {
    await make();
    const instance = 'the-only-device';
    const before = (await redeem('ann', { secret: (await invite('ann')).secret, instance })).as<Invited>();
    const after = (await redeem('ann', { secret: (await invite('ann')).secret, instance })).as<Invited>();
    expect(after.token).not.toBe(before.token);
    expect((await vote('ann', 'approve', bearer(before.token))).status).toBe(404);
  });
});

describe('a token by invite [Q5.15]', () => {
  test('reads, follows and proposes without a lease, and in no other group or name', async () => {
    await make();
    const [ann, bob] = [await tokenOf('ann'), await tokenOf('bob')];
    for (const path of ['', '/rounds/1', '/rounds/1/proposals', '/agents', '/rounds/1/explain']) {
      const of = `/v1/groups/gate${path}`;
      expect((await app.ask('GET', of, undefined, ann)).status, path).toBe(200);
      expect((await app.ask('GET', of)).status, path).toBe(404);
    }
    expect((await vote('bob', 'approve', ann)).as<Invited>().code).toBe('token-wrong');
    expect((await vote('cyd', 'approve', ann)).as<Invited>().code).toBe('not-invited');
    const waiting = app.ask('GET', '/v1/groups/gate/rounds/1?wait=30s', undefined, ann);
    const line = {
      group: 'gate',
      round: 1,
      agent: 'ann',
      value: 'approve',
      token: ann.authorization?.slice(7),
    };
    const headers = { 'content-type': 'application/x-ndjson' };
    const url = `${app.url}/v1/proposals`;
    const many = await fetch(url, { method: 'POST', headers, body: `${JSON.stringify(line)}\n` });
    expect(await many.text()).toContain('"status":201');
    expect((await vote('ann', 'approve', ann)).status, 'a repeat').toBe(200);
    const decided = await vote('bob', 'approve', bob, '?wait=10s');
    expect(decided.as<object>()).toMatchObject({ state: 'SUCCESS', value: 'approve' });
    expect((await waiting).as<object>()).toMatchObject({ state: 'SUCCESS' });
    const agents = await app.ask('GET', '/v1/groups/gate/agents', undefined, ann);
    expect(agents.as<object>(), 'people hold no leases').toMatchObject({ total: 0 });
  });

  test('joins, and closes a round where agents may', async () => {
    await make({}, { mayClose: 'agents' });
    const ann = await tokenOf('ann');
    const joined = await app.ask('PUT', '/v1/groups/gate/agents/ann', {}, ann);
    expect([joined.status, bearer(joined.as<Invited>().token)]).toEqual([201, ann]);
    const by = await tokenOf('bob');
    const stranger = await app.ask('PUT', '/v1/groups/gate/agents/cyd', {}, manager);
    expect(stranger.as<Invited>().code).toBe('not-invited');
    const closed = await app.ask('POST', '/v1/groups/gate/rounds/1/close', undefined, by);
    expect(closed.as<object>()).toMatchObject({ state: 'FAILED', reason: 'closed-by-hand' });
  });

  test('is void at once when the invite is revoked, also for a stream that is open [Q5.16]', async () => {
    await make();
    const ann = await tokenOf('ann');
    const reader = new EventReader(`${app.url}/v1/groups/gate/events`, ann);
    const other = new EventReader(`${app.url}/v1/groups/gate/events`, manager);
    await reader.until(({ events }) => events.length > 0);
    await other.until(({ events }) => events.length > 0);
    const revoked = await app.ask('DELETE', `${invites}/ann`, undefined, manager);
    expect([revoked.status, revoked.as<Invited>().state]).toEqual([200, 'revoked']);
    const again = await app.ask('DELETE', `${invites}/ann`, undefined, manager);
    expect([again.status, again.as<Invited>().since]).toEqual([200, revoked.as<Invited>().since]);
    await other.until(({ events }) =>
      events.some(({ data }) => JSON.stringify(data).includes('invite-revoked')),
    );
    await reader.until(({ ended }) => ended === 'whole');
    expect(JSON.stringify(reader.events)).not.toContain('invite-revoked');
    for (const path of ['/v1/groups/gate', '/v1/groups/gate/rounds/1?after=0&wait=1s'])
      expect((await app.ask('GET', path, undefined, ann)).status).toBe(404);
    expect((await vote('ann', 'approve', ann)).as<Invited>().code).toBe('group-not-found');
    other.hangUp();
  });
});
