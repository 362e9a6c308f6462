import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningApp, startApp } from '../../test/harness/app.ts';
import { classroom } from './classroom.ts';
import { type Client, connect } from './connect.ts';
import { Group } from './group.ts';
import { GroupAgents } from './group-agents.ts';
import { GroupByHand } from './group-by-hand.ts';
import { Member } from './member.ts';

/**
 * A proxy that passes each request on and loses every second reply: what was asked has happened, and nobody is told. Every
 * call of the SDK must come to the same end through it as without it.
 */
async function lossyProxy(target: string): Promise<{ readonly server: Server; readonly url: string }> {
  let replies = 0;
  const server = createServer((asked, reply) => {
    const passed = request(target + asked.url, { method: asked.method as string, headers: asked.headers });
    passed.on('response', (answer: IncomingMessage) => {
      replies += 1;
      const lost = replies % 2 === 1;
      if (!lost) reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on('data', (chunk: Buffer) => (lost ? undefined : reply.write(chunk)));
      answer.on('end', () => (lost ? asked.socket.destroy() : reply.end()));
      // A stream has no end to wait for.
      if (lost && answer.headers['content-type']?.startsWith('text/event-stream')) asked.socket.destroy();
    });
    passed.on('error', () => asked.socket.destroy());
    reply.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

let running: RunningApp;
let proxy: Awaited<ReturnType<typeof lossyProxy>>;
let client: Client;
let made = 0;

beforeAll(async () => {
  running = await startApp();
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
  async watch() {
    const { group } = await fresh();
    for await (const { round } of group.watch()) {
      expect(round).toBe(1);
      break;
    }
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
    const ofGroup = [Group, GroupByHand, GroupAgents].flatMap(({ prototype }) => own(prototype));
    expect(Object.keys(calls).sort()).toEqual(ofGroup.sort());
    // What a member does, its group does.
    const members = own(Member.prototype).filter(
      (name) => !['lost', 'signal', 'live', 'token'].includes(name),
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
