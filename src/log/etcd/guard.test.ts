import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../../test/cluster/etcd.ts';
import { TcpProxy } from '../../../test/cluster/proxy.ts';
import { etcdBinary } from '../../../test/harness/tools.ts';
import { type CheckpointRecord, type Log, LogFailure } from '../log.ts';
import { EtcdClient } from './client.ts';
import { type EtcdLog, openEtcdLog } from './engine.ts';
import { KeyLayout, text, utf8 } from './key-layout.ts';
import { type KeyValue, methods } from './messages.ts';
import { parseEtcdUrl } from './options.ts';

const binary = etcdBinary();
const keys = new KeyLayout('q');

/**
 * Two stores in which revisions and indexes agree. A server opens the log in one and finds the other in its place, as
 * one that was paused while etcd was wiped, or restored from a backup.
 */
// Where there is no etcd, etcdBinary has said so aloud.
describe.skipIf(!binary)('a log that is replaced under a server [Q8.6]', () => {
  let stores: EtcdCluster[] = [];
  let ends: [string, string];
  let proxy: TcpProxy;
  let opened: Log[] = [];
  beforeEach(async () => {
    stores = await Promise.all([0, 1].map(() => EtcdCluster.start({ binary: binary as string })));
    ends = stores.map(({ endpoints }) => endpoints[0]) as [string, string];
    proxy = await TcpProxy.start(ends[0]);
  });
  afterEach(async () => {
    await Promise.all(opened.map((log) => log.close()));
    opened = [];
    await proxy.close();
    await Promise.all(stores.map((store) => store.stop()));
  });

  const open = async (endpoint: string): Promise<EtcdLog> => {
    const log = await openEtcdLog(`etcd://${endpoint}/q`);
    opened.push(log);
    return log;
  };

  const steps: Record<string, (log: EtcdLog) => Promise<unknown>> = {
    head: (log) => log.head(),
    'append, with a slot': (log) => log.append(utf8('mine')),
    'append, without one': (log) => log.append(utf8('mine')),
    watch: async (log) => {
      for await (const { index } of log.entries(4, AbortSignal.timeout(10_000))) return index;
      return null;
    },
    checkpoint: (log) => log.checkpoint({ index: 2, full: true, records: nothing() }),
    restore: (log) => log.restore(),
  };

  test.each(
    Object.keys(steps).flatMap((step) => [
      [step, 'wiped'],
      [step, 'restored'],
    ]),
  )('%s: stops a server whose log was %s', async (step, how) => {
    const writer = await open(ends[0]);
    for (const word of ['one', 'two']) await writer.append(utf8(word));
    const log = await open(proxy.address);
    const hasSlot = step === 'append, with a slot';
    if (!hasSlot) await somethingElse(ends[0]);
    await (hasSlot ? log : writer).append(utf8('three'));
    await expect.poll(() => log.head()).toBe(3);
    for await (const { index } of log.entries(1, AbortSignal.timeout(10_000))) if (index === 3) break;
    const revision = await lastRevision(ends[0]);

    if (how === 'restored') await restore(ends, 1);
    const other = await open(ends[1]);
    expect(other.info.id === log.info.id).toBe(how === 'restored');
    for (let index = how === 'restored' ? 2 : 1; index <= 5; index += 1) {
      if (index === 3 && how === 'wiped') await somethingElse(ends[1]);
      expect(await other.append(utf8(`other ${index}`))).toEqual({ ok: true, index });
      if (index === 3) expect(await lastRevision(ends[1])).toBe(revision);
    }

    const before = await contents(ends[1]);
    proxy.turnTo(ends[1]);
    await expect(steps[step]?.(log)).rejects.toThrow(LogFailure);
    await expect(log.head()).rejects.toThrow(/replaced by another|slot of this writer/);
    expect(await contents(ends[1])).toEqual(before);
  });

  test('a backup that holds all that a server knows is the same log', async () => {
    const writer = await open(ends[0]);
    for (const word of ['one', 'two']) await writer.append(utf8(word));
    const log = await open(proxy.address);
    await restore(ends, 2);
    await (await open(ends[1])).append(utf8('three'));
    proxy.turnTo(ends[1]);
    await expect.poll(() => log.head().catch(() => 0)).toBe(3);
    expect(await log.append(utf8('four'))).toEqual({ ok: true, index: 4 });
  });
});

async function* nothing(): AsyncGenerator<readonly CheckpointRecord[]> {
  yield [];
}

/** Uses up one revision of the store. */
async function somethingElse(endpoint: string): Promise<void> {
  await withClient(endpoint, (client) => client.call(methods.put, { key: utf8('/x'), value: utf8('') }));
}

async function lastRevision(endpoint: string): Promise<number | undefined> {
  const { kvs } = await withClient(endpoint, (client) => client.call(methods.range, { key: keys.head }));
  return kvs[0]?.modRevision;
}

/** Everything of the log, as it stands. */
async function contents(endpoint: string): Promise<string[]> {
  const kvs = await withClient(endpoint, all);
  return kvs.map(({ key, value, modRevision }) => `${text(key)} ${modRevision} ${text(value)}`);
}

/** Copies the log up to entry `count` of its one writer from one store to another: what a backup would have held. */
async function restore([from, to]: [string, string], count: number): Promise<void> {
  const kvs = await withClient(from, all);
  const find = (start: string) => kvs.filter(({ key }) => text(key).startsWith(keys.root + start));
  const [meta, slot] = [find('meta')[0], find('w/').sort((a, b) => a.createRevision - b.createRevision)[0]];
  const writer = text((slot as KeyValue).key).slice(`${keys.root}w/`.length);
  await withClient(to, async (client) => {
    const put = ({ key, value }: Pick<KeyValue, 'key' | 'value'>) => ({ put: { key, value } });
    await client.call(methods.put, meta as KeyValue);
    await client.call(methods.put, { key: keys.slot(writer), value: utf8('0') });
    for (let n = 1; n <= count; n += 1) {
      const entry = find('log/').find(({ key }) => text(key) === text(keys.entry(writer, n))) as KeyValue;
      const success = [
        put({ key: keys.slot(writer), value: utf8(String(n)) }),
        put(entry),
        put({ key: keys.head, value: utf8(`${writer}/${n}`) }),
      ];
      await client.call(methods.txn, { compare: [], success, failure: [] });
    }
  });
}

async function all(client: EtcdClient): Promise<KeyValue[]> {
  const { root } = keys;
  const range = { key: utf8(root), rangeEnd: utf8(`${root.slice(0, -1)}0`) };
  return (await client.call(methods.range, range)).kvs;
}

async function withClient<T>(endpoint: string, use: (client: EtcdClient) => Promise<T>): Promise<T> {
  const client = new EtcdClient(parseEtcdUrl(`etcd://${endpoint}`));
  try {
    return await use(client);
  } finally {
    client.close();
  }
}
