import type { Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type AppOptions, EventReader, type RunningApp, startApp } from '../../../test/harness/app.ts';
import { randomFrom, seedOfRun } from '../../../test/harness/random.ts';
import { until } from '../../../test/harness/server.ts';
import type { Command } from '../../core/entry.ts';

/** The event stream over real sockets: what a reader is told, in which order, and when the stream ends. */

const sockets = new WeakMap<RunningApp, Set<Socket>>();
const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function started(options: AppOptions = {}): Promise<RunningApp> {
  const running = await startApp(options);
  stops.push(() => running.stop());
  const open = new Set<Socket>();
  running.app.server.on('connection', (socket) => open.add(socket));
  sockets.set(running, open);
  return running;
}

function reader(running: RunningApp, path: string, headers = {}, reads = true): EventReader {
  const made = new EventReader(running.url + path, headers, reads);
  stops.push(() => made.hangUp());
  return made;
}

const pair = { electorate: { agents: ['ann', 'bob'] }, threshold: 2, next: 'continuous' };

function propose(running: RunningApp, group: string, round: number, agent: string, value: unknown) {
  return running.ask('PUT', `/v1/groups/${group}/rounds/${round}/proposals/${agent}`, { value });
}

/** A proposal without the way over HTTP, for crowds. */
function quick(running: RunningApp, group: string, agent: string, value: string): Promise<unknown> {
  const command: Command = {
    type: 'propose',
    group,
    round: null,
    agent,
    value,
    seq: null,
    tokenHash: null,
    key: null,
  };
  return running.replica.submit(command, (result) => result);
}

describe('a reader who comes new [Q6.3]', () => {
  test('gets the present state, then each event once, with the round as it stood', async () => {
    const running = await started();
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    await propose(running, 'g', 1, 'ann', 7);
    const seen = reader(running, '/v1/groups/g/events');
    await seen.until(({ events }) => events.length === 1);
    expect(seen.status).toBe(200);
    expect(seen.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(seen.headers['cache-control']).toBe('no-store');
    expect(seen.headers['x-accel-buffering']).toBe('no');
    expect(seen.headers['quorate-session']).toMatch(/^\w+\.\d+$/);
    expect(seen.text).toMatch(/^retry: 1000\n\n/);
    const [snapshot] = seen.events;
    expect(snapshot).toMatchObject({ id: '3', event: 'snapshot' });
    expect(snapshot?.data).toMatchObject({
      type: 'snapshot',
      group: 'g',
      revision: 3,
      details: { group: 'g', status: 'open', revision: 3 },
      round: { round: 1, state: 'WAITING', present: 1, tally: null },
    });
    await propose(running, 'g', 1, 'bob', 7);
    await seen.until(({ events }) => events.length === 4);
    expect(seen.events.slice(1).map(({ id, event }) => [id, event])).toEqual([
      ['4', 'proposed'],
      ['5', 'round-closed'],
      ['6', 'round-opened'],
    ]);
    const [, , closed, opened] = seen.events;
    expect(closed?.data).toMatchObject({
      type: 'round-closed',
      revision: 5,
      round: { round: 1, state: 'SUCCESS', value: 7, revision: 5 },
    });
    expect(opened?.data.round).toMatchObject({ round: 2, state: 'WAITING', present: 0, tally: null });
    const { revision, index, time } = closed?.data ?? {};
    expect([revision, index, Number.isNaN(Date.parse(time))]).toEqual([5, expect.any(Number), false]);
  });

  test('is told like anybody that a group is not there, and when a cursor is none', async () => {
    const running = await started();
    const none = await running.ask('GET', '/v1/groups/none/events');
    expect([none.status, none.as<{ code: string }>().code]).toEqual([404, 'group-not-found']);
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    expect((await running.ask('GET', '/v1/groups/g/events?after=x')).status).toBe(400);
    expect((await running.ask('HEAD', '/v1/groups/g/events')).status).toBe(405);
  });
});

describe('a reader who comes back [Q6.3] [Q6.5]', () => {
  test('over many connections sees every event once and in order', async () => {
    const running = await started();
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const seed = seedOfRun();
    const random = randomFrom(seed);
    const again = `seed ${seed}; rerun: SEED=${seed} npx vitest run src/http/events/routes.test.ts`;
    const rounds = 400;
    const busy = (async () => {
      for (let round = 1; round <= rounds; round += 1) {
        await Promise.all([quick(running, 'g', 'ann', '1'), quick(running, 'g', 'bob', `${round % 2}`)]);
        if (round % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    const ids: number[] = [];
    let last = '0';
    let connections = 0;
    // The group and its first round; then two proposals, a close and an opening for each round.
    const target = 2 + 4 * rounds;
    while (Number(last) < target) {
      connections += 1;
      if (connections > 2000) throw new Error(`no end in sight; ${again}`);
      const byHeader = random() < 0.5;
      const path = `/v1/groups/g/events${byHeader ? '?after=0' : `?after=${last}`}`;
      const seen = reader(running, connections === 1 ? '/v1/groups/g/events' : path, {
        ...(byHeader && connections > 1 ? { 'last-event-id': last } : {}),
      });
      const enough = 1 + Math.floor(random() * 60);
      await seen.until(({ events }) => events.length >= enough || Number(events.at(-1)?.id) === target);
      seen.hangUp();
      for (const { id, event } of seen.events) {
        expect(event, again).not.toBe('resync');
        expect(event === 'snapshot', again).toBe(connections === 1 && id === seen.events[0]?.id);
        ids.push(Number(id));
        last = String(id);
      }
    }
    await busy;
    const first = ids[0] as number;
    expect(ids, again).toEqual(Array.from({ length: target - first + 1 }, (_, i) => first + i));
    expect(connections, again).toBeGreaterThan(3);
  });

  test('goes on live where nothing was missed, though nobody had followed before', async () => {
    const running = await started();
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const seen = reader(running, '/v1/groups/g/events?after=2');
    await seen.until(({ status }) => status === 200);
    await propose(running, 'g', 1, 'ann', 7);
    await seen.until(({ events }) => events.length === 1);
    expect(seen.events[0]).toMatchObject({ id: '3', event: 'proposed' });
  });

  test('gets a resync for a cursor that is forgotten, ahead, or no number', async () => {
    const running = await started();
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    await propose(running, 'g', 1, 'ann', 7);
    for (const [path, headers] of [
      ['?after=1', {}],
      ['?after=99', {}],
      ['', { 'last-event-id': '1234567' }],
      ['', { 'last-event-id': 'abc' }],
    ] as const) {
      const seen = reader(running, `/v1/groups/g/events${path}`, headers);
      await seen.until(({ events }) => events.length === 1);
      expect(seen.events[0]).toMatchObject({ id: '3', event: 'resync' });
      expect(seen.events[0]?.data).toMatchObject({
        type: 'resync',
        details: { group: 'g' },
        round: { present: 1 },
      });
    }
  });

  test('gets a resync when more has happened than is kept', async () => {
    const running = await started({
      patience: { backlog: { eventsPerGroup: 10, bytesPerGroup: 1 << 20, bytes: 1 << 20, unfollowed: 10 } },
    });
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const first = reader(running, '/v1/groups/g/events');
    await first.until(({ events }) => events.length === 1);
    first.hangUp();
    for (let i = 0; i < 10; i += 1) {
      await quick(running, 'g', 'ann', '1');
      await quick(running, 'g', 'bob', '2');
    }
    const seen = reader(running, '/v1/groups/g/events', { 'last-event-id': '2' });
    await seen.until(({ events }) => events.length === 1);
    expect(seen.events[0]?.event).toBe('resync');
  });

  test('finds nothing kept of a group that nobody followed meanwhile, where no such group is kept', async () => {
    const running = await started({ patience: { backlog: { unfollowed: 0 } } });
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const first = reader(running, '/v1/groups/g/events');
    await first.until(({ events }) => events.length === 1);
    first.hangUp();
    await until(30_000, () => streams(running).length === 0 || undefined);
    await quick(running, 'g', 'ann', '1');
    const seen = reader(running, '/v1/groups/g/events', { 'last-event-id': '2' });
    await seen.until(({ events }) => events.length === 1);
    expect(seen.events[0]?.event).toBe('resync');
  });
});

describe('a stream ends', () => {
  test('with the group', async () => {
    const running = await started();
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    await propose(running, 'g', 1, 'ann', 'hidden');
    const seen = reader(running, '/v1/groups/g/events');
    await seen.until(({ events }) => events.length === 1);
    const deleting = { type: 'delete-group', group: 'g', ifRevision: null } as const;
    const settings = running.replica.state.groups.get('g')?.settings;
    if (settings === undefined) throw new Error('no group');
    const keys = { joinKeyHash: null, observerKeyHash: null, ifRevision: null };
    // In one entry with a new group of the same name, whose round is nobody's business here.
    await Promise.all([
      running.replica.submit(deleting, () => undefined),
      running.replica.submit({ type: 'put-group', group: 'g', settings, ...keys }, () => undefined),
      quick(running, 'g', 'ann', '"of the new group"'),
    ]);
    await seen.until(({ ended }) => ended !== null);
    expect(seen.ended).toBe('whole');
    expect(seen.events.slice(1).map(({ event }) => event)).toEqual(['round-closed', 'group-deleted']);
    expect(seen.events[1]?.data.round).toMatchObject({
      round: 1,
      state: 'FAILED',
      reason: 'group-deleted',
      present: 1,
    });
    expect(seen.comments.at(-1)).toBe('the group was deleted');
    expect(running.replica.state.groups.get('g')?.open?.proposals.size).toBe(1);
  });

  test('with the server, which need not wait for it', async () => {
    const running = await startApp();
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const readers = [1, 2, 3].map(() => reader(running, '/v1/groups/g/events'));
    const deaf = reader(running, '/v1/groups/g/events', {}, false);
    for (const seen of readers) await seen.until(({ events }) => events.length === 1);
    await deaf.until(({ status }) => status === 200);
    await until(30_000, async () => {
      await running.stop();
      return true;
    });
    for (const seen of readers) {
      await seen.until(({ ended }) => ended !== null);
      expect([seen.ended, seen.events.at(-1)?.event]).toEqual(['whole', 'goodbye']);
    }
  });

  test('when it is old, and goes on behind its last id', async () => {
    const running = await started({ patience: { heartbeat: 20, maxAge: 100 } });
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const seen = reader(running, '/v1/groups/g/events');
    await seen.until(({ ended }) => ended !== null);
    expect(seen.ended).toBe('whole');
    expect(seen.comments.filter((comment) => comment === '').length).toBeGreaterThan(1);
    const { id, event, data } = seen.events.at(-1) ?? {};
    expect([id, event]).toEqual([undefined, 'goodbye']);
    expect(data).toMatchObject({ type: 'goodbye', reason: 'max-age', group: 'g', revision: 2, round: null });
    await propose(running, 'g', 1, 'ann', 7);
    const back = reader(running, '/v1/groups/g/events', { 'last-event-id': '2' });
    await back.until(({ events }) => events.length === 1);
    expect(back.events[0]).toMatchObject({ id: '3', event: 'proposed' });
  });

  test('when its reader may no longer read, before the next event is shown [Q5.12]', async () => {
    const running = await started();
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const stranger = reader(running, '/v1/groups/g/events');
    await stranger.until(({ events }) => events.length === 1);
    const closed = await running.ask('PUT', '/v1/groups/g', {
      rule: pair,
      admission: 'key',
      title: 'secret',
    });
    expect(closed.status).toBe(200);
    await stranger.until(({ ended }) => ended !== null);
    expect(stranger.events).toHaveLength(1);
    expect(stranger.text).not.toContain('secret');
    const { observerKey } = closed.as<{ observerKey: string }>();
    expect((await running.ask('GET', '/v1/groups/g/events')).status).toBe(404);
    const observer = reader(running, '/v1/groups/g/events', { authorization: `Bearer ${observerKey}` });
    await observer.until(({ events }) => events.length === 1);
    expect(observer.events[0]?.data.details.title).toBe('secret');
    // It reads on the strength of a key that ends.
    const { joinKey } = closed.as<{ joinKey: string }>();
    const manager = { authorization: `Bearer ${joinKey}` };
    const keys = { joinKey: 'the-next-join-key', observerKey: 'the-next-observer-key' };
    const rotated = await running.ask('PUT', '/v1/groups/g/keys', keys, manager);
    expect(rotated.status).toBe(200);
    await observer.until(({ ended }) => ended !== null);
    expect(observer.events).toHaveLength(1);
  });

  test('when its reader takes nothing, and memory stays bounded', async () => {
    const running = await started({ patience: { heartbeat: 10_000 } });
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const slow = reader(running, '/v1/groups/g/events', {}, false);
    await slow.until(({ status }) => status === 200);
    const quickOne = reader(running, '/v1/groups/g/events');
    let most = 0;
    const value = `"${'x'.repeat(3000)}"`;
    for (let i = 0; i < 6000; i += 1) {
      await quick(running, 'g', 'ann', value);
      await quick(running, 'g', 'bob', value);
      most = Math.max(most, ...streams(running).map(({ writableLength }) => writableLength));
      if (i % 20 !== 0) continue;
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (streams(running).length < 2) break;
    }
    expect(streams(running).length).toBe(1);
    // One event more than the bound may be on its way.
    expect(most).toBeGreaterThan(16 * 1024);
    expect(most).toBeLessThan(64 * 1024 + 40 * 1024);
    const target = running.replica.state.groups.get('g')?.revision;
    await quickOne.until(({ events }) => Number(events.at(-1)?.id) === target);
    expect(quickOne.ended).toBe(null);
  });

  test.each([
    { why: 'at once when more comes', heartbeat: 3_600_000, stop: 0 },
    { why: 'after a heartbeat when nothing more comes', heartbeat: 50, stop: 64 * 1024 },
  ])('when its reader takes nothing: $why, though nothing is forgotten', async ({ heartbeat, stop }) => {
    const backlog = { eventsPerGroup: 100_000, bytesPerGroup: 1 << 30, bytes: 1 << 30 };
    const running = await started({ patience: { heartbeat, backlog } });
    await running.ask('PUT', '/v1/groups/g', { rule: pair });
    const slow = reader(running, '/v1/groups/g/events', {}, false);
    await slow.until(({ status }) => status === 200);
    const value = `"${'x'.repeat(4000)}"`;
    for (let i = 0; i < 3000 && streams(running).length > 0; i += 1) {
      await quick(running, 'g', 'ann', value);
      await quick(running, 'g', 'bob', value);
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      const held = Math.max(...streams(running).map(({ writableLength }) => writableLength));
      if (stop > 0 && held >= stop) break;
    }
    await until(30_000, () => streams(running).length === 0 || undefined);
  });
});

/** The server's ends of event streams that are still open. */
function streams(running: RunningApp): Socket[] {
  return [...(sockets.get(running) ?? [])].filter((socket) => {
    const { _httpMessage: busy } = socket as { _httpMessage?: { req: { url: string } } };
    return !socket.destroyed && busy?.req.url.endsWith('/events') === true;
  });
}

describe('a blind round [Q4.25]', () => {
  test('shows no hidden value in any event, until its close', async () => {
    const running = await started();
    const taint = `taint-${seedOfRun()}`;
    const rule = { electorate: { agents: ['ann', 'bob', 'cyd'] }, threshold: 2, next: 'continuous' };
    await running.ask('PUT', '/v1/groups/blind', { rule });
    await running.ask('PUT', '/v1/groups/never', { rule: { ...rule, reveal: 'never', threshold: 3 } });
    const blind = reader(running, '/v1/groups/blind/events');
    const never = reader(running, '/v1/groups/never/events');
    for (const seen of [blind, never]) await seen.until(({ events }) => events.length === 1);
    for (let round = 1; round <= 20; round += 1) {
      for (const group of ['blind', 'never']) {
        const value = (agent: string) => JSON.stringify(`${taint}-${group}-${round}-${agent}`);
        await Promise.all([
          quick(running, group, 'ann', value('ann')),
          quick(running, group, 'bob', value('bob')),
        ]);
        const late = reader(running, `/v1/groups/${group}/events`);
        const behind = reader(running, `/v1/groups/${group}/events?after=1`);
        await late.until(({ events }) => events.length === 1);
        await behind.until(({ events }) => events.length === 1);
        for (const seen of [late, behind, group === 'blind' ? blind : never])
          expect(seen.text).not.toContain(`${taint}-${group}-${round}-`);
        late.hangUp();
        behind.hangUp();
        // The close and proposals of the next round in one entry: what closed is shown, what follows is not.
        await Promise.all([
          quick(running, group, 'cyd', value('cyd')),
          quick(running, group, 'ann', JSON.stringify(`next-${taint}-${group}-${round}`)),
        ]);
        const seen = group === 'blind' ? blind : never;
        const closed = await seen.until(({ events }) =>
          events.find(({ event, data }) => event === 'round-closed' && data.round.round === 2 * round - 1),
        );
        expect(closed.data.round.state).toBe('FAILED');
        expect(seen.text).not.toContain(`next-${taint}-${group}-${round}`);
        if (group === 'blind') expect(JSON.stringify(closed.data)).toContain(`${taint}-blind-${round}-bob`);
        await quick(running, group, 'bob', '0');
        await quick(running, group, 'cyd', '1');
      }
    }
    expect(never.text).not.toContain(taint);
  });
});
