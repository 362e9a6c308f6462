import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import { lossyProxy } from '../../test/harness/lossy-proxy.ts';
import { allowListOf } from '../webhooks/allow-list.ts';
import { classroom } from './classroom.ts';
import { type Client, connect } from './connect.ts';
import { Group } from './group.ts';
import { GroupAgents } from './group-agents.ts';
import { GroupByHand } from './group-by-hand.ts';
import { GroupMessages } from './group-messages.ts';
import type { ItemJson } from './index.ts';
import { Member } from './member.ts';

let running: RunningApp;
let proxy: Awaited<ReturnType<typeof lossyProxy>>;
let client: Client;
let made = 0;

beforeAll(async () => {
  // Nothing here sends anything to webhooks.
  running = await startApp({ webhooks: { list: allowListOf(['*']), key: null } });
  proxy = await lossyProxy(running.url);
  client = connect({ url: proxy.url, random: () => 0 });
});
afterAll(async () => {
  proxy.server.closeAllConnections();
  await new Promise((resolve) => proxy.server.close(resolve));
  await running.stop();
});

const one = { electorate: { size: 1 }, threshold: 1, next: 'manual' } as const;

/** A group made without losses, and the same group through the proxy. */
async function fresh(rule: object = one, more: object = {}): Promise<{ group: Group; direct: Group }> {
  made += 1;
  const direct = connect({ url: running.url }).group(`g${made}`);
  await direct.create({ rule, ...more });
  return { group: client.group(`g${made}`), direct };
}

/** The same for a group that admits by key, or by invite, on the strength of its join key. */
async function freshWithKey(admission: 'key' | 'invite' = 'key'): Promise<{ direct: Group; keyed: Group }> {
  made += 1;
  const name = `g${made}`;
  const { joinKey: token = '' } = await connect({ url: running.url })
    .group(name)
    .create({ rule: one, admission });
  const by = (url: string) => connect({ url, token, random: () => 0 }).group(name);
  return { direct: by(running.url), keyed: by(proxy.url) };
}

/** A group in which ann and bob have joined without losses: each as the group through the proxy, under its token. */
async function freshWithMembers(): Promise<{ direct: Group; ann: Group; bob: Group }> {
  const { group, direct } = await fresh();
  const [ann, bob] = [await direct.join('ann'), await direct.join('bob')];
  return { direct, ann: group.as(ann.token), bob: group.as(bob.token) };
}

const bodies = (items: readonly ItemJson[]): unknown[] =>
  items.flatMap((item) => (item.type === 'message' ? [item.body] : []));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** One for each call of a group, by its name. */
const calls: Record<string, () => Promise<void>> = {
  async create() {
    for (const settings of [{ rule: one }, { rule: one, admission: 'key' as const }])
      for (const options of [{}, { ifRevision: 0 }]) {
        made += 1;
        const created = await client.group(`g${made}`).create(settings, options);
        expect(created).toMatchObject({ round: 1, revision: 2 });
        if (settings.admission === undefined) continue;
        const { joinKey: token = '' } = created;
        const keyed = connect({ url: proxy.url, token, random: () => 0 }).group(`g${made}`);
        expect((await keyed.create({ ...settings, title: 'changed' })).title).toBe('changed');
        expect((await keyed.join('ann', { key: token })).live).toBe(true);
      }
    const { group, direct } = await fresh();
    const { revision } = await direct.show();
    expect((await group.create({ rule: one, title: 'x' }, { ifRevision: revision })).revision).toBe(
      revision + 1,
    );
  },
  async show() {
    const { group } = await fresh();
    expect((await group.show()).round).toBe(1);
  },
  async delete() {
    const { group, direct } = await fresh();
    await group.delete();
    await expect(direct.show()).rejects.toMatchObject({ code: 'group-not-found' });
  },
  async propose() {
    const { group, direct } = await fresh({ electorate: { size: 1 }, threshold: 1, next: 'continuous' });
    expect((await group.propose({ agent: 'ann', value: 7, wait: '5s' })).round).toBe(1);
    expect(await direct.rounds()).toMatchObject([
      { round: 2, present: 0 },
      { round: 1, value: 7 },
    ]);
  },
  async round() {
    const { group } = await fresh();
    expect((await group.round('latest')).round).toBe(1);
  },
  async explain() {
    const { group } = await fresh();
    expect(await group.explain(1)).toMatchObject({ round: 1 });
  },
  async rounds() {
    const { group } = await fresh();
    expect((await group.rounds({ limit: 5 })).length).toBe(1);
  },
  async open() {
    const { group, direct } = await fresh();
    for (const round of [2, 3]) {
      await direct.propose({ agent: 'ann', value: 1 });
      expect((await group.open()).round).toBe(round);
    }
    expect((await group.open()).round).toBe(3);
    expect((await direct.show()).round).toBe(3);
    // Opened by this very call, and decided before the reply was asked for again.
    await direct.propose({ agent: 'ann', value: 1 });
    await direct.open({ round: 4 });
    await direct.propose({ agent: 'ann', value: 1 });
    expect(await group.open({ round: 4 })).toMatchObject({ round: 4, state: 'SUCCESS' });
    expect((await direct.show()).round).toBe(4);
  },
  async close() {
    const { group, direct } = await fresh({ electorate: { size: 3 }, threshold: 2 });
    expect(await group.close(1)).toMatchObject({ round: 1, reason: 'closed-by-hand' });
    expect((await direct.show()).round).toBe(2);
  },
  async setDeadline() {
    const { group, direct } = await fresh({ electorate: { size: 3 }, threshold: 2 });
    const before = Date.now();
    const { deadlineAt } = await group.setDeadline(1, '10m');
    expect(Date.parse(deadlineAt ?? '') - before).toBeGreaterThanOrEqual(600_000);
    const { revision } = await direct.show();
    const at = new Date(Date.now() + 3_600_000);
    const set = await group.setDeadline(1, at, { ifRevision: revision });
    expect(set).toMatchObject({ deadlineAt: at.toISOString(), deadlineSet: { times: 2 } });
    expect(await group.setDeadline(1, at.toISOString())).toMatchObject({ revision: revision + 1 });
    expect(await group.setDeadline(1, null)).toMatchObject({ deadlineAt: null, deadlineSet: { times: 3 } });
    await expect(group.setDeadline(1, '99999999999d')).rejects.toMatchObject({
      code: 'deadline-out-of-range',
    });
    await expect(group.setDeadline(1, 'soon')).rejects.toThrow('"soon" is no duration');
    expect((await direct.round(1)).deadlineSet?.times).toBe(3);
  },
  async waive() {
    const { group, direct } = await fresh({ electorate: { agents: ['ann', 'bob'] }, next: 'manual' });
    await direct.propose({ agent: 'ann', value: 7 });
    const round = await group.waive(1, 'bob', 'on holiday');
    expect(round).toMatchObject({ state: 'SUCCESS', value: 7, eligible: 1 });
    expect(round.waived).toMatchObject([{ agent: 'bob', by: null, reason: 'on holiday' }]);
    expect((await direct.show()).revision).toBe(round.revision);
  },
  async join() {
    const { group, direct } = await fresh();
    const ann = await group.join('ann');
    expect((await direct.agents()).map(({ agent }) => agent)).toEqual(['ann']);
    expect((await ann.propose({ value: 1 })).state).toBe('SUCCESS');
    await ann.leave();
    expect(await direct.agents()).toMatchObject([{ agent: 'ann', live: false }]);
  },
  async renew() {
    const { direct } = await fresh();
    const { token } = await direct.join('ann');
    const group = connect({ url: proxy.url, token, random: () => 0 }).group(direct.name);
    expect((await group.renew('ann')).expiresAt).not.toBeNull();
  },
  async leave() {
    const { direct } = await fresh();
    const { token } = await direct.join('ann');
    const group = connect({ url: proxy.url, token, random: () => 0 }).group(direct.name);
    await group.leave('ann');
    expect(await direct.agents()).toMatchObject([{ live: false }]);
  },
  async remove() {
    const { direct, keyed } = await freshWithKey();
    await direct.join('ann');
    await keyed.remove('ann');
    expect(await direct.agents()).toMatchObject([{ live: false }]);
  },
  async rotateKeys() {
    const { direct, keyed } = await freshWithKey();
    const { revision } = await direct.show();
    const { joinKey } = await keyed.rotateKeys();
    await expect(direct.show()).rejects.toMatchObject({ code: 'group-not-found' });
    const changed = connect({ url: running.url, token: joinKey }).group(direct.name);
    expect((await changed.show()).revision).toBe(revision + 1);
  },
  async invite() {
    const { direct, keyed } = await freshWithKey('invite');
    const { secret, revision } = await keyed.invite('ann', { name: 'Ann' });
    expect((await direct.show()).revision).toBe(revision);
    expect(await direct.redeem('ann', secret)).toMatchObject({ state: 'redeemed', name: 'Ann' });
  },
  async redeem() {
    const { direct } = await freshWithKey('invite');
    const { secret } = await direct.invite('ann');
    const group = client.group(direct.name);
    const { token } = await group.redeem('ann', secret);
    expect(await group.as(token).propose({ agent: 'ann', value: 7 })).toMatchObject({ value: 7 });
    await expect(group.redeem('ann', secret)).rejects.toMatchObject({ code: 'invite-used' });
  },
  async invites() {
    const { direct, keyed } = await freshWithKey('invite');
    await direct.invite('ann');
    expect(await keyed.invites()).toMatchObject([{ agent: 'ann', state: 'open' }]);
  },
  async revoke() {
    const { direct, keyed } = await freshWithKey('invite');
    await direct.invite('ann');
    const { revision } = await direct.show();
    expect(await keyed.revoke('ann')).toMatchObject({ state: 'revoked' });
    expect((await direct.show()).revision).toBe(revision + 1);
  },
  async agents() {
    const { group, direct } = await fresh();
    await direct.join('ann');
    expect((await group.agents()).length).toBe(1);
  },
  async events() {
    const { group } = await fresh();
    for await (const { type } of group.events()) {
      expect(type).toBe('snapshot');
      break;
    }
  },
  async proposals() {
    const { group, direct } = await fresh({ electorate: { size: 3 }, threshold: 3 });
    await direct.propose({ agent: 'ann', value: 1 });
    await direct.propose({ agent: 'bob', value: 2 });
    const agents: string[] = [];
    for await (const { agent } of group.proposals('open')) agents.push(agent);
    expect(agents).toEqual(['ann', 'bob']);
  },
  async say() {
    const { direct, ann, bob } = await freshWithMembers();
    // All at once: they come in the order of the calls, and each once.
    const texts = Array.from({ length: 20 }, (_, i) => `line ${i}`);
    const said = await Promise.all(texts.map((text) => ann.say(text)));
    const messages = await all(direct.messages());
    expect(bodies(messages)).toEqual(texts);
    expect(messages.map(({ offset }) => offset)).toEqual(said.map(({ offset }) => offset));
    expect(new Set(said.map(({ view }) => view)).size).toBe(1);
    const asked = ann.say({ all: 'here?' }, { to: ['bob'], ackBy: 'all', wait: '20s' });
    await expect.poll(async () => (await direct.show()).index).toBeGreaterThan(said.at(-1)?.index ?? 0);
    await bob.setCursor('bob', (said.at(-1)?.offset ?? 0) + 1);
    expect(await asked).toMatchObject({ stability: 'stable', acknowledgements: { needed: 1 } });
  },
  async listen() {
    const { direct, ann, bob } = await freshWithMembers();
    const texts = Array.from({ length: 12 }, (_, i) => `line ${i}`);
    const saying = (async () => {
      for (const text of texts) await ann.say(text);
    })();
    const heard: ItemJson[] = [];
    for await (const item of bob.listen({ agent: 'bob' })) {
      heard.push(item);
      if (bodies(heard).length === texts.length) break;
    }
    await saying;
    expect(bodies(heard)).toEqual(texts);
    const [first] = heard;
    expect(heard.map(({ offset }) => offset)).toEqual(heard.map((_, i) => (first?.offset ?? 0) + i));
    // The next listener goes on with the item that this one had not done with.
    const last = heard.at(-1)?.offset ?? 0;
    expect((await direct.cursor('bob')).offset).toBe(last - 1);
    for await (const { offset } of bob.listen({ agent: 'bob' })) {
      expect(offset).toBe(last);
      break;
    }
  },
  async messages() {
    const { direct, ann } = await freshWithMembers();
    for (const text of ['a', 'b', 'c']) await ann.say(text);
    expect(bodies(await all(ann.messages({ limit: 2 })))).toEqual(['a', 'b']);
    const [first] = await all(direct.messages({ limit: 1 }));
    expect(bodies(await all(ann.messages({ after: first?.offset ?? 0 })))).toEqual(['b', 'c']);
  },
  async message() {
    const { direct, ann, bob } = await freshWithMembers();
    const { offset } = await ann.say('here?', { ackBy: 'all' });
    expect(await ann.message(offset)).toMatchObject({ body: 'here?', stability: 'pending' });
    const waiting = ann.message(offset, { wait: '20s' });
    await bob.setCursor('bob', offset);
    expect(await waiting).toMatchObject({ stability: 'stable' });
    await expect(direct.message(offset + 1)).rejects.toMatchObject({ code: 'message-not-found' });
  },
  async view() {
    const { bob } = await freshWithMembers();
    const { view, members } = await bob.view();
    expect(members).toMatchObject([{ agent: 'ann' }, { agent: 'bob', incarnation: view }]);
    expect((await bob.view({ limit: 1, after: 'ann' })).members).toMatchObject([{ agent: 'bob' }]);
  },
  async cursor() {
    const { ann } = await freshWithMembers();
    const { offset, incarnation } = await ann.cursor('ann');
    expect(offset).toBe(incarnation);
  },
  async setCursor() {
    const { direct, ann } = await freshWithMembers();
    const { offset } = await ann.say('a');
    expect(await ann.setCursor('ann', offset)).toMatchObject({ offset });
    expect(await ann.setCursor('ann', 1)).toMatchObject({ offset });
    expect(await direct.cursor('ann')).toMatchObject({ offset });
    await expect(ann.setCursor('ann', offset + 1)).rejects.toMatchObject({ code: 'cursor-ahead' });
  },
  async watch() {
    const { group } = await fresh();
    for await (const { round } of group.watch()) {
      expect(round).toBe(1);
      break;
    }
  },
  async webhooks() {
    const { webhooks } = (await fresh()).group;
    const url = 'https://hooks.example.com/';
    const { secret } = await webhooks.put('channel', { url });
    expect(secret).toMatch(/^whsec_/);
    expect((await webhooks.put('channel', { url, states: 'FAILED' })).secret).toBeUndefined();
    expect(await webhooks.show('channel')).toMatchObject({ states: 'FAILED', pending: 0 });
    expect((await webhooks.test('channel')).number).toBe(1);
    expect((await webhooks.test('channel')).number).toBe(2);
    expect((await webhooks.replay('channel', 1)).number).toBe(1);
    expect((await webhooks.deliveries('channel')).map(({ number }) => number)).toEqual([1, 2]);
    expect(await webhooks.list()).toHaveLength(1);
    await webhooks.delete('channel');
    expect(await webhooks.list()).toEqual([]);
  },
  async agree() {
    const { group, direct } = await fresh({ electorate: { size: 2 }, threshold: 2 });
    const asked = {
      propose: (last: unknown) => (last === null ? Math.random() : 7),
      deadline: '30s',
    } as const;
    const [ann, bob] = await Promise.all(
      ['ann', 'bob'].map((agent) => group.agree({ ...asked, agent, join: true })),
    );
    expect([ann, bob]).toMatchObject([{ value: 7 }, { value: 7, round: ann?.round }]);
    expect((await direct.agents()).every(({ live }) => !live)).toBe(true);
  },
};

describe('through a proxy that loses every second reply [Q3.6] [Q3.13] [Q3.16] [Q5.2]', () => {
  test('every call of a group is tried', () => {
    const own = (prototype: object) =>
      Object.getOwnPropertyNames(prototype).filter((name) => !['constructor', 'send', 'as'].includes(name));
    const ofGroup = [Group, GroupMessages, GroupByHand, GroupAgents].flatMap(({ prototype }) =>
      own(prototype),
    );
    expect(Object.keys(calls).sort()).toEqual(ofGroup.sort());
    // What a member does, its group does; to release a lease is no call.
    const members = own(Member.prototype).filter(
      (name) => !['lost', 'signal', 'live', 'token', 'release'].includes(name),
    );
    expect(Object.keys(calls)).toEqual(expect.arrayContaining(members));
  });

  test.each(Object.entries(calls))('%s', async (_, call) => call());

  test('groups and info', async () => {
    await fresh();
    expect((await client.groups({ limit: 1000 })).length).toBeGreaterThan(0);
    expect(await client.info()).toMatchObject({ name: 'quorate' });
  });

  test('the classroom counts each draw once', async () => {
    await running.ask('PUT', '/v1/groups/default', { preset: 'classroom' });
    const play = async (id: string): Promise<string[]> => {
      const seen: string[] = [];
      for await (const step of classroom({ url: proxy.url, id, draw: () => 7, random: Math.random }))
        if ('state' in step) seen.push(step.state);
      return seen;
    };
    const ends = await Promise.all(['1', '2', '3'].map(play));
    expect(ends.map((seen) => seen.at(-1))).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS']);
    const rounds = await connect({ url: running.url }).group('default').rounds();
    expect(rounds).toMatchObject([
      { round: 2, present: 0 },
      { round: 1, present: 3 },
    ]);
  });
});
