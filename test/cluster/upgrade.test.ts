import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { decodeEntry, encodeCommand, encodeEntry } from '../../src/core/entry.ts';
import { type EtcdLog, openEtcdLog } from '../../src/log/etcd/engine.ts';
import type { Registration } from '../../src/log/log.ts';
import { packageVersion } from '../../src/version.ts';
import { quorate, type Server, startServer, until } from '../harness/server.ts';
import { etcdBinary } from '../harness/tools.ts';
import { EtcdCluster } from './etcd.ts';
import { freePorts } from './ports.ts';

const binary = etcdBinary();

// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('a version of the log', () => {
  test('is not begun while a server is there that does not understand it [Q1.11]', async () => {
    const etcd = await EtcdCluster.start({ binary: binary as string });
    const servers: Server[] = [];
    const log = await openEtcdLog(etcd.url('upgrade'));
    // As a newer release registers, and an old one.
    const newer = log.register({ server: 'newer', clock: 'newer', supported: 3 });
    const oldest = log.register({ server: 'oldest', clock: 'oldest', supported: 1 });
    try {
      const address = ['--log', etcd.url('upgrade')];
      // As on two machines that have one name and give one port: two servers all the same.
      const [port] = (await freePorts(1)) as [number];
      for (const host of ['127.0.0.1', '127.0.0.2'])
        servers.push(await startServer([...address, '--host', host], port));
      const named = new RegExp(`^${hostname()}-${port}-[0-9a-f]{16}$`);
      const [one, two] = (await there(newer, 4)).filter((name) => named.test(name)) as [string, string];
      await known(newer, ['newer', 'oldest', one, two]);
      const looked = await quorate(['doctor', '--port', '0', ...address], 60_000);
      expect(looked.code, looked.stdout).toBe(0);
      const [first, rest] = looked.stdout
        .split(/^.*servers: /m)
        .slice(1)
        .join()
        .split('\n');
      expect(first).toContain(
        'oldest runs a release that does not say its number and understands entries of version 1',
      );
      expect(first).toContain(`${one} runs ${packageVersion()} and understands entries of version 2`);
      expect(rest).toContain('before a server is started with --activate 2');
      expect(looked.stdout).toContain(
        `upgrade: entries are of version 1, there is no checkpoint yet; Quorate ${packageVersion()} understands entries of version 2`,
      );

      const refused = await activate(address);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.named).toEqual(['oldest', one, two].sort());
      expect(refused.stderr).toContain('version 3 of the log cannot begin: this server understands 2, ');

      // Who leaves no longer counts: at once after a good-bye, when its lease has run out after a kill -9.
      await oldest.stop();
      await servers[0]?.stop();
      const left = (await there(newer, 2)).find((name) => name !== 'newer') as string;
      expect([one, two]).toContain(left);
      expect((await activate(address)).named).toEqual([left]);
      await servers[1]?.kill();
      await known(newer, ['newer']);
      expect((await activate(address)).named).toEqual([]);
      const written = await commandsIn(log);
      expect(written.length).toBeGreaterThan(0);
      expect(written).not.toContain('activate');

      // As that release would begin it: a server of this one does not start, and says why.
      const more = { writer: 'newer', server: 'newer', time: 0, reckoned: 0, alone: true, seed: 1 };
      const began = encodeCommand({ type: 'activate', version: 3 });
      await log.append(encodeEntry({ ...more, version: 1, serial: 1 }, [began]));
      const before = await log.head();
      const late = await quorate(['server', '--port', '0', ...address], 60_000);
      expect(late).toMatchObject({ code: 1 });
      expect(late.stderr).toMatch(/version 3 of the log.*\n +fix: .*run the release that wrote it/);
      expect(await log.head()).toBe(before);
      const found = await quorate(['doctor', '--port', '0', ...address], 60_000);
      expect(found).toMatchObject({ code: 1 });
      expect(found.stdout).toContain('upgrade: a newer release wrote the log: entries are of version 3');
    } finally {
      for (const server of servers) await server.kill();
      await Promise.all([newer.stop(), oldest.stop()]);
      await log.close();
      await etcd.stop();
    }
  });
});

/** The types of all commands in the log. */
async function commandsIn(log: EtcdLog): Promise<string[]> {
  const head = await log.head();
  const types: string[] = [];
  for await (const { index, bytes } of log.entries(1, AbortSignal.timeout(10_000))) {
    types.push(...decodeEntry(bytes).commands.map(({ type }) => type));
    if (index >= head) break;
  }
  return types;
}

/** Resolves once exactly these servers are there. */
async function known(one: Registration, names: readonly string[]): Promise<void> {
  expect(await there(one, names.length)).toEqual([...names].sort());
}

/** The names of the servers that are there, once there are so many. */
function there(one: Registration, count: number): Promise<string[]> {
  return until(15_000, async () => {
    const names = (await one.servers()).servers.map(({ server }) => server);
    return names.length === count ? names.sort() : undefined;
  });
}

/** A start with `--activate 3`, and the others it names as those that do not understand it. */
async function activate(address: readonly string[]) {
  const run = await quorate(['server', '--port', '0', '--activate', '3', ...address], 20_000);
  const named = [...run.stderr.matchAll(/, (\S+) understands [12]/g)].map(([, name]) => name as string);
  return { ...run, named: named.sort() };
}
