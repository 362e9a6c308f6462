import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterJson, connect } from '../../src/client/index.ts';
import { type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { type Deployment, startDeployment } from './deployment.ts';

const binary = etcdBinary();

/** What GET /v1/cluster says of servers and members that are there, fall silent and come back. */

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('the cluster as a server tells it', () => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await startDeployment(binary as string);
  });
  afterAll(() => deployment?.stop());

  const told = (server = 0): Promise<ClusterJson> =>
    connect({ url: deployment.servers[server]?.url as string, retryFor: '2s' }).cluster();
  const when = (holds: (told: ClusterJson) => boolean, server = 0): Promise<ClusterJson> =>
    until(15_000, async () => {
      const now = await told(server).catch(() => null);
      return now !== null && holds(now) ? now : undefined;
    });
  const votes = (server = 0): (() => Promise<void>) => {
    const ending = new AbortController();
    const voting = (async () => {
      const group = connect({ url: deployment.servers[server]?.url as string }).group('default');
      for (let n = 0; !ending.signal.aborted; n += 1)
        await group.propose({ agent: `voter-${n % 3}`, value: n }).catch(() => {});
    })();
    return () => {
      ending.abort();
      return voting;
    };
  };

  test('names every server with its index, and every member with role and term [Q6.17]', async () => {
    const stop = votes();
    const now = await when(
      ({ servers }) => servers.length === 3 && servers.every(({ index }) => index !== null),
    );
    await stop();
    expect(now.log).toEqual({ kind: 'etcd', durability: 'cluster' });
    expect(now.servers.map(({ state }) => state)).toEqual(['serving', 'serving', 'serving']);
    expect(now.servers.map(({ name }) => name)).toContain(now.server);
    expect(now.members.map(({ name, isUp }) => [name, isUp])).toEqual([
      ['m0', true],
      ['m1', true],
      ['m2', true],
    ]);
    expect(now.members.filter(({ role }) => role === 'leader')).toHaveLength(1);
    expect(new Set(now.members.map(({ term }) => term)).size).toBe(1);
    expect(now).toMatchObject({ quorum: true, reachable: true });
  });

  test('a server that is killed is silent since then, and serves again under its name', async () => {
    const [, second] = deployment.servers as [Server, Server];
    const name = (await told(1)).server;
    const of = (now: ClusterJson) => now.servers.find((server) => server.name === name);
    const stop = votes();
    await when((now) => of(now)?.index !== null);
    const killedAt = Date.now();
    await second.kill();
    const silent = of(await when((now) => of(now)?.state === 'silent'));
    await stop();
    expect(silent?.behind).toBeGreaterThan(0);
    expect(silent).toMatchObject({ streams: null, votesPerSecond: null });
    expect(Math.abs(Date.parse(silent?.since ?? '') - killedAt)).toBeLessThan(6000);
    deployment.servers[1] = await second.again();
    expect(of(await when((now) => of(now)?.state === 'serving'))?.since).toBeNull();
  });

  test('the leader of etcd is killed: another leads the next term, and the pause has no gap', async () => {
    const leader = await deployment.etcd.leader();
    const before = (await told()).members.find(({ role }) => role === 'leader');
    const stop = votes();
    await leader.kill();
    const term = before?.term ?? 0;
    const after = await when(({ members }) =>
      members.some((one) => one.isUp && one.role === 'leader' && (one.term ?? 0) > term),
    );
    expect(after.quorum).toBe(true);
    expect(after.members.find(({ name }) => name === before?.name)).toMatchObject({
      isUp: false,
      role: 'leader',
    });
    const { entries } = await when(({ entries: { longestPause } }) => (longestPause?.ms ?? 0) > 100);
    await stop();
    expect(entries.longestPause?.next).toBe((entries.longestPause?.after ?? 0) + 1);
    leader.start();
    await when(({ members }) => members.every(({ isUp }) => isUp));
  });

  test('without a majority it still answers: no quorum, and who is down', async () => {
    const [first, second] = deployment.etcd.members;
    await first?.kill();
    await second?.kill();
    const now = await when(
      ({ quorum, reachable, servers }) =>
        !quorum && !reachable && servers.some(({ state }) => state === 'unknown'),
    );
    expect(now.members.map(({ isUp }) => isUp)).toEqual([false, false, true]);
    const others = now.servers.filter(({ name }) => name !== now.server);
    expect(others.map(({ state }) => state)).toEqual(['unknown', 'unknown']);
    first?.start();
    second?.start();
    await when(({ quorum, reachable }) => quorum && reachable);
  });
});

describe('a server whose log no other can use', () => {
  const folder = temporaryFolder();
  let server: Server;
  beforeAll(async () => {
    server = await startServer(['--data', folder.path, '--name', 'only']);
  });
  afterAll(async () => {
    await server?.stop();
    folder.remove();
  });

  test('is one server without members, under its own name', async () => {
    const client = connect({ url: server.url });
    await client
      .group('lunch')
      .create({ rule: { electorate: { size: 1 }, threshold: 1, next: 'continuous' } });
    for (let round = 1; round < 4; round += 1)
      await client.group('lunch').propose({ agent: 'ann', value: 1, round });
    const now = await client.cluster();
    expect(now).toMatchObject({
      server: 'only',
      log: { kind: 'file', durability: 'disk' },
      quorum: true,
      members: [],
    });
    expect(now.servers).toMatchObject([{ name: 'only', state: 'serving', index: now.index, behind: 0 }]);
    expect(now.head).toBe(now.index);
    expect(now.entries.longestPause?.next).toBe((now.entries.longestPause?.after ?? 0) + 1);
  });

  test('is told to an administrator only, where there is one', async () => {
    const managed = await startServer(['--log', 'memory:'], 0, {
      QUORATE_ADMIN_TOKEN: 'of-the-administrator',
    });
    try {
      await expect(connect({ url: managed.url }).cluster()).rejects.toMatchObject({ status: 401 });
      const client = connect({ url: managed.url, token: 'of-the-administrator' });
      expect((await client.cluster()).servers).toHaveLength(1);
    } finally {
      await managed.stop();
    }
  });
});
