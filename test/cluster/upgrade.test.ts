import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { type EtcdLog, openEtcdLog } from '../../src/log/etcd/engine.ts';
import { quorate, type Server, startServer, until } from '../server.ts';
import { etcdBinary } from '../tools.ts';
import { EtcdCluster } from './etcd.ts';

const binary = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('a version of the log', () => {
  test('is not begun while a server is there that does not understand it [Q1.11]', async () => {
    const etcd = await EtcdCluster.start({ binary: binary as string });
    const servers: Server[] = [];
    const log = await openEtcdLog(etcd.url('upgrade'));
    // As a newer release makes itself known, and one from before servers said what they understand.
    const newer = log.lead('newer', { supported: 2 });
    const oldest = log.lead('oldest');
    try {
      const address = ['--log', etcd.url('upgrade')];
      servers.push(await startServer(address), await startServer(address));
      const [one, two] = servers.map(({ pid }) => `${hostname()}-${pid}`) as [string, string];
      await known(log, ['newer', 'oldest', one, two]);
      const head = await log.head();

      const refused = await activate(address);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.named).toEqual(['oldest', one, two].sort());
      expect(refused.stderr).toContain('version 2 of the log cannot begin: this server understands 1, ');

      // Who leaves no longer counts: at once after a good-bye, when its lease has run out after a kill -9.
      await oldest.stop();
      await servers[0]?.stop();
      await known(log, ['newer', two]);
      expect((await activate(address)).named).toEqual([two]);
      await servers[1]?.kill();
      await known(log, ['newer']);
      expect((await activate(address)).named).toEqual([]);
      expect(await log.head()).toBe(head);
    } finally {
      for (const server of servers) await server.kill();
      await Promise.all([newer.stop(), oldest.stop()]);
      await log.close();
      await etcd.stop();
    }
  }, 60_000);
});

/** Resolves once exactly these servers are there. */
async function known(log: EtcdLog, names: readonly string[]): Promise<void> {
  const wanted = [...names].sort().join();
  await until(15_000, async () => {
    const there = (await log.servers()).map(({ server }) => server).sort();
    return there.join() === wanted ? true : undefined;
  });
}

/** A start with `--activate 2`, and the others it names as those that do not understand it. */
async function activate(address: readonly string[]) {
  const run = await quorate(['server', '--port', '0', '--activate', '2', ...address], 20_000);
  const named = [...run.stderr.matchAll(/, (\S+) understands 1/g)].map(([, name]) => name as string);
  return { ...run, named: named.sort() };
}
