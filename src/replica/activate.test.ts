import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../test/cluster/etcd.ts';
import { etcdBinary } from '../../test/harness/tools.ts';
import { entryVersion } from '../core/entry.ts';
import { openEtcdLog } from '../log/etcd/engine.ts';
import type { Registration, ServerInfo } from '../log/log.ts';
import { activate } from './activate.ts';
import { realSurroundings } from './clock.ts';
import { Peers } from './peers.ts';
import { Replica } from './replica.ts';

const binary = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('a version of the log begins', () => {
  let etcd: EtcdCluster;
  let prefixes = 0;
  let ends: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    etcd = await EtcdCluster.start({ binary: binary as string });
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
    ends = [];
  });
  afterAll(() => etcd?.stop());

  /** A server, and others that come in turn, each right after it has asked who is there. */
  async function server(newcomers: readonly { name: string; supported: number }[]) {
    prefixes += 1;
    const log = await openEtcdLog(etcd.url(`activate-${prefixes}`));
    const surroundings = realSurroundings();
    const replica = new Replica({ log, surroundings, writer: 'own' });
    const own = serverInfo('own', entryVersion);
    const peers = new Peers({ log, surroundings, ...own, index: () => replica.state.index });
    ends.push(() => replica.stop());
    ends.push(() => peers.stop());
    const seesItself = () => peers.look().then(() => peers.alone);
    await expect.poll(seesItself, { timeout: 15_000 }).toBe(true);
    await replica.start();
    const asked = { times: 0 };
    const without = async (version: number) => {
      const roster = await peers.without(version);
      const next = newcomers[asked.times];
      asked.times += 1;
      if (next !== undefined) {
        const other = log.register(serverInfo(next.name, next.supported));
        ends.push(() => other.stop());
        await here(other, next.name);
      }
      return roster;
    };
    return { log, replica, asked, begin: () => activate(replica, { without }, entryVersion) };
  }

  test('not when an old server came after it was asked who is there: nothing is written [Q1.11]', async () => {
    const { log, asked, begin } = await server([{ name: 'old', supported: entryVersion - 1 }]);
    await expect(begin()).rejects.toThrow(
      `version ${entryVersion} of the log cannot begin: old understands ${entryVersion - 1}`,
    );
    expect(asked.times).toBe(2);
    expect(await log.head()).toBe(0);
  });

  test('when one that understands it came meanwhile: it is asked again [Q1.11]', async () => {
    const { log, replica, asked, begin } = await server([{ name: 'new', supported: entryVersion }]);
    await begin();
    expect(asked.times).toBe(2);
    expect(await log.head()).toBe(1);
    expect(replica.state.version).toBe(entryVersion);
  });

  test('not while servers come after every question: it is asked five times', async () => {
    const newcomers = [1, 2, 3, 4, 5].map((n) => ({ name: `new-${n}`, supported: entryVersion }));
    const { log, asked, begin } = await server(newcomers);
    await expect(begin()).rejects.toThrow('new-5 came meanwhile, at each of 5 tries; nothing was changed');
    expect(asked.times).toBe(5);
    expect(await log.head()).toBe(0);
  });
});

function serverInfo(server: string, supported: number): ServerInfo {
  return { server, clock: server, supported };
}

/** Resolves once others see this server. */
async function here(own: Registration, name: string): Promise<void> {
  const names = async () => (await own.servers()).servers.map(({ server }) => server);
  await expect.poll(names, { timeout: 15_000 }).toContain(name);
}
