import { afterEach, describe, expect, test } from 'vitest';
import { type AppOptions, type RunningApp, startApp } from '../../../test/harness/app.ts';
import { until } from '../../../test/harness/server.ts';
import type { GroupRowJson } from '../../core/view/group-row.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface List {
  readonly groups: readonly GroupRowJson[];
  readonly next: string | null;
  readonly index: number;
}

async function started(names: readonly string[], options: AppOptions = {}): Promise<RunningApp> {
  const app = await startApp(options);
  stops.push(() => app.stop());
  for (const name of names) await make(app, name);
  return app;
}

const rule = { electorate: { agents: ['ann', 'bob', 'cy'] }, next: 'continuous', deadline: '10m' };

const make = (app: RunningApp, name: string, more: object = {}, headers: Record<string, string> = {}) =>
  app.ask('PUT', `/v1/groups/${name}`, { rule, ...more }, headers);

const propose = (app: RunningApp, group: string, agent: string, round = 1) =>
  app.ask('PUT', `/v1/groups/${group}/rounds/${round}/proposals/${agent}`, { value: 'tea' });

/** A page of the list, and its ETag. */
async function list(app: RunningApp, query = '', headers: Record<string, string> = {}) {
  const answer = await app.ask('GET', `/v1/groups${query}`, undefined, headers);
  expect(answer.status, answer.story).toBe(200);
  const { groups, next, index } = answer.as<List>();
  const [etag, link] = [answer.headers.get('etag') as string, answer.headers.get('link')];
  return { names: groups.map(({ group }) => group), groups, next, index, etag, link };
}

/** Asks for the page as it is when it is another than this one; resolves once the server waits. */
async function waiting(app: RunningApp, etag: string, query = '', headers: Record<string, string> = {}) {
  const path = `/v1/groups?wait=60s${query}`;
  const answer = app.ask('GET', path, undefined, { 'if-none-match': etag, ...headers });
  await until(30_000, () => app.replica.waiters.size === 1 || undefined);
  return { answer };
}

describe('the list of groups [Q6.15]', () => {
  test('shows of each group who is missing, its deadline and how the last round ended', async () => {
    const app = await started(['lunch']);
    for (const agent of ['ann', 'bob', 'cy']) await propose(app, 'lunch', agent);
    await propose(app, 'lunch', 'bob', 2);
    const { groups } = await list(app);
    const round = (await app.ask('GET', '/v1/groups/lunch/rounds/open')).as<Record<string, unknown>>();
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({
      ...{ group: 'lunch', status: 'open', round: 2, state: 'WAITING', value: null, present: 1, eligible: 3 },
      ...{ missing: ['ann', 'cy'], openedAt: round.openedAt, deadlineAt: round.deadlineAt },
      ...{ explain: round.explain, last: { round: 1, state: 'SUCCESS', reason: 'agreed', value: 'tea' } },
    });
  });

  test('holds only the groups whose names begin as asked, page by page', async () => {
    const app = await started(['team-a', 'other', 'team-b', 'team-c']);
    expect((await list(app, '?prefix=team-')).names).toEqual(['team-a', 'team-b', 'team-c']);
    const first = await list(app, '?prefix=team-&limit=2');
    expect(first).toMatchObject({ names: ['team-a', 'team-b'], next: 'team-b' });
    expect(first.link).toBe('</v1/groups?after=team-b&limit=2&prefix=team->; rel="next"');
    expect(await list(app, '?prefix=team-&limit=2&after=team-b')).toMatchObject({
      ...{ names: ['team-c'], next: null, link: null },
    });
    expect((await list(app, '?prefix=')).names).toHaveLength(4);
    expect((await list(app, '?prefix=none')).names).toEqual([]);
    const bad = await app.ask('GET', '/v1/groups?prefix=Team');
    expect(bad.status, bad.story).toBe(400);
    expect(bad.as<{ code: string }>().code).toBe('invalid-name');
  });

  test('has an ETag that stays while its groups do, whatever else is in the log', async () => {
    const app = await started(['one', 'two']);
    const { etag } = await list(app);
    await app.ask('PUT', '/v1/groups/two', { rule });
    expect((await list(app)).etag).toBe(etag);
    const same = await app.ask('GET', '/v1/groups', undefined, { 'if-none-match': `W/${etag}` });
    expect(same.status, same.story).toBe(304);
    expect(same.headers.get('etag')).toBe(etag);
    const pageOfOne = await list(app, '?limit=1');
    await propose(app, 'two', 'ann');
    expect((await list(app)).etag).not.toBe(etag);
    expect((await list(app, '?limit=1')).etag).toBe(pageOfOne.etag);
    const { etag: before } = await list(app);
    await app.ask('DELETE', '/v1/groups/two');
    await make(app, 'two');
    await propose(app, 'two', 'ann');
    expect((await list(app)).etag).not.toBe(before);
    // Page one stays as it was, but nothing follows it.
    await app.ask('DELETE', '/v1/groups/two');
    expect((await list(app, '?limit=1')).etag).not.toBe(pageOfOne.etag);
  });
});

describe('waiting for another page [Q6.15]', () => {
  const changes: Record<string, (app: RunningApp) => Promise<unknown>> = {
    'a proposal': (app) => propose(app, 'one', 'ann'),
    'another rule': (app) => make(app, 'one', { title: 'Lunch' }),
    'an agent that joins': (app) => app.ask('PUT', '/v1/groups/one/agents/ann', {}),
    'a new group': (app) => make(app, 'three'),
    'a group that is deleted': (app) => app.ask('DELETE', '/v1/groups/two'),
  };
  for (const [what, change] of Object.entries(changes))
    test(`ends with ${what}`, async () => {
      const app = await started(['one', 'two']);
      const { etag, groups } = await list(app);
      const { answer } = await waiting(app, etag);
      await change(app);
      const other = await answer;
      expect(other.status, other.story).toBe(200);
      expect(other.headers.get('etag')).not.toBe(etag);
      expect(other.as<List>().groups).not.toEqual(groups);
    });

  test('is answered at once without a tag, with another one, and where the page is another already', async () => {
    const app = await started(['one']);
    const { etag } = await list(app, '?wait=60s');
    await propose(app, 'one', 'ann');
    const now = await list(app, '?wait=60s', { 'if-none-match': etag });
    expect(now.groups[0]).toMatchObject({ present: 1, missing: ['bob', 'cy'] });
    await list(app, '?wait=60s', { 'if-none-match': '"of another list"' });
  });

  test('ends with 304 when nothing has changed in time, and a preferred wait is confirmed', async () => {
    const app = await started(['one']);
    const { etag } = await list(app);
    const answer = await app.ask('GET', '/v1/groups?wait=50ms', undefined, { 'if-none-match': etag });
    expect(answer.status, answer.story).toBe(304);
    const preferred = await list(app, '', { prefer: 'wait=1' });
    expect(preferred.names).toEqual(['one']);
  });

  test('goes on while others change, or groups behind the page come and go', async () => {
    const app = await started(['team-a', 'team-b', 'team-c']);
    const { etag } = await list(app, '?prefix=team-&limit=2');
    const { answer } = await waiting(app, etag, '&prefix=team-&limit=2');
    await make(app, 'other');
    await make(app, 'team-d');
    await propose(app, 'team-c', 'ann');
    await app.ask('DELETE', '/v1/groups/team-d');
    await until(30_000, () => app.replica.waiters.size === 1 || undefined);
    await propose(app, 'team-a', 'ann');
    expect((await answer).as<List>().groups[0]).toMatchObject({ group: 'team-a', present: 1 });
  });

  test('ends when a caller may read another group from now on, or one no longer', async () => {
    const app = await started(['one']);
    const joinKey = 'a-key-of-the-board';
    const keys = { admission: 'key', joinKey, observerKey: 'another-key-of-it' };
    const made = await make(app, 'board', keys);
    expect(made.status, made.story).toBe(201);
    const asManager = { authorization: `Bearer ${joinKey}` };
    const joined = await app.ask('PUT', '/v1/groups/board/agents/ann', { instance: '12345678' }, asManager);
    const token = { authorization: `Bearer ${joined.as<{ token: string }>().token}` };
    expect((await list(app)).names).toEqual(['one']);
    const both = await list(app, '', token);
    expect(both.names).toEqual(['one', 'board']);

    const { answer: left } = await waiting(app, both.etag, '', token);
    await app.ask('DELETE', '/v1/groups/board/agents/ann', undefined, asManager);
    expect((await left).as<List>().groups.map(({ group }) => group)).toEqual(['one']);

    const one = await list(app, '', token);
    const { answer: again } = await waiting(app, one.etag, '', token);
    await app.ask('PUT', '/v1/groups/board/agents/ann', { instance: '12345678' }, asManager);
    expect((await again).as<List>().groups.map(({ group }) => group)).toEqual(['one', 'board']);
  });

  test('is let go when the server stops', async () => {
    const app = await started(['one']);
    const { etag } = await list(app);
    const { answer } = await waiting(app, etag);
    app.replica.waiters.end();
    expect((await answer).status).toBe(304);
  });

  test('needs the administrator, where there is one, as the list does', async () => {
    const app = await started([], { adminToken: 'an-administrator-token' });
    const stranger = await app.ask('GET', '/v1/groups?wait=60s', undefined, { 'if-none-match': '*' });
    expect(stranger.status, stranger.story).toBe(401);
  });
});
