import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../../test/cluster/etcd.ts';
import { conform } from '../../../test/harness/log-conformance.ts';
import { etcdBinary } from '../../../test/harness/tools.ts';
import { type Log, LogFailure, Trimmed } from '../log.ts';
import { EtcdClient } from './client.ts';
import { openEtcdLog } from './engine.ts';
import { KeyLayout, utf8 } from './key-layout.ts';
import { methods } from './messages.ts';
import { parseEtcdUrl } from './options.ts';

const binary = etcdBinary();

describe.skipIf(!binary)('etcd log', () => {
  let cluster: EtcdCluster;
  let prefixes = 0;
  const fresh = () => cluster.url(`log-${++prefixes}`);
  const open = () => openEtcdLog(fresh());

  beforeAll(async () => {
    cluster = await EtcdCluster.start({ binary: binary! });
  });
  afterAll(() => cluster?.stop());

  const again = (log: Log) => openEtcdLog(log.info.location);
  conform({ name: 'etcd', open, reopen: again, join: again });

  test('two servers appending at once make one dense log, in one order for both', async () => {
    const url = fresh();
    const [one, other] = await Promise.all([openEtcdLog(url), openEtcdLog(url)]);
    expect(one.info.id).toBe(other.info.id);
    const write = async (log: Log, name: string) => {
      for (let n = 0; n < 150; n++) await log.append(utf8(`${name}${n}`));
    };
    const reads = [read(one, 1, 300), read(other, 1, 300)];
    await Promise.all([write(one, 'a'), write(other, 'b')]);
    const [at, too] = await Promise.all(reads);
    expect(at).toEqual(too);
    const mine = at!.filter((word) => word.startsWith('a'));
    expect(mine).toEqual(Array.from({ length: 150 }, (_, n) => `a${n}`));
    expect(await read(one, 151, 150)).toEqual(at!.slice(150));
    await Promise.all([one.close(), other.close()]);
  });

  test('a checkpoint of several chunks comes back whole, and old ones are removed', async () => {
    const log = await open();
    for (let n = 1; n <= 3; n++) await log.append(utf8(String(n)));
    const big = Buffer.alloc(700 * 1024, 'xyz');
    for (const index of [1, 2, 3]) {
      async function* records() {
        yield [
          { key: 'big', bytes: big },
          { key: 'gone', bytes: null },
          { key: `at-${index}`, bytes: utf8('') },
        ];
        yield [{ key: 'big-too', bytes: big }];
      }
      await log.checkpoint({ index, full: true, records: records() });
    }
    const found = await log.restore();
    expect(found?.index).toBe(3);
    const sizes: [string, number][] = [];
    for await (const { key, bytes } of found!.records) sizes.push([key, bytes!.length]);
    expect(sizes).toEqual([
      ['big', big.length],
      ['at-3', 0],
      ['big-too', big.length],
    ]);
    const client = new EtcdClient(parseEtcdUrl(log.info.location));
    const keys = new KeyLayout(parseEtcdUrl(log.info.location).prefix);
    const { kvs } = await client.call(methods.range, { ...keys.chunks(0, 2), keysOnly: true });
    expect(kvs).toEqual([]);
    const kept = await client.call(methods.range, { ...keys.chunks(2, 4), keysOnly: true });
    expect(kept.kvs.length).toBe(6);
    client.close();
    await log.close();
  });

  test('a reader that lags through a compaction loses nothing, or is told to load the checkpoint', async () => {
    const other = await open();
    const count = 400;
    for (let n = 1; n <= count; n++) await other.append(utf8(String(n)));
    const log = await openEtcdLog(other.info.location);
    const stop = new AbortController();
    const lagging = log.entries(1, stop.signal)[Symbol.asyncIterator]();
    expect((await lagging.next()).value?.index).toBe(1);
    const client = new EtcdClient(parseEtcdUrl(log.info.location));
    // Somebody else compacts everything: entries stay, only the store's history goes.
    const compact = async () => {
      const { header } = await client.call(methods.put, { key: utf8('x'), value: utf8('') });
      await client.call(methods.compact, { revision: header.revision });
    };
    await compact();
    for (let index = 2; index <= 200; index++) expect((await lagging.next()).value?.index).toBe(index);
    for (const index of [300, 350, 400]) {
      async function* records() {
        yield [];
      }
      await other.checkpoint({ index, full: true, records: records() });
    }
    await compact();
    const trimmed = async () => {
      for (let index = 201; index <= count; index++) expect((await lagging.next()).value?.index).toBe(index);
    };
    await expect(trimmed()).rejects.toThrow(Trimmed);
    expect(await read(log, 351, 50)).toEqual(Array.from({ length: 50 }, (_, n) => String(351 + n)));
    client.close();
    await Promise.all([log.close(), other.close()]);
  });

  test('stops when its history is replaced', async () => {
    const log = await open();
    await log.append(utf8('a'));
    const client = new EtcdClient(parseEtcdUrl(log.info.location));
    const root = new KeyLayout(parseEtcdUrl(log.info.location).prefix).root;
    const range = { key: utf8(root), rangeEnd: utf8(`${root.slice(0, -1)}0`) };
    await client.call(methods.txn, { compare: [], success: [{ delete: range }], failure: [] });
    await (await openEtcdLog(log.info.location)).close();
    await expect(log.append(utf8('b'))).rejects.toThrow(LogFailure);
    await expect(log.head()).rejects.toThrow(LogFailure);
    await expect(read(log, 2, 1)).rejects.toThrow(LogFailure);
    client.close();
    await log.close();
  });

  test('the slot of an append that was refused for newcomers is gone: a late try cannot take effect', async () => {
    const url = fresh();
    const log = await openEtcdLog(url);
    const server = log.register({ server: 'late', clock: 'late', supported: 1 });
    const list = () => server.servers();
    await expect.poll(async () => (await list()).servers.length).toBe(1);
    const refused = { ok: false, reason: 'newcomers', detail: 'late came meanwhile' };
    expect(await log.append(utf8('refused'), 0)).toEqual(refused);
    const client = new EtcdClient(parseEtcdUrl(url));
    const { prefix } = parseEtcdUrl(url);
    const range = { key: utf8(`/${prefix}/w/`), rangeEnd: utf8(`/${prefix}/w0`) };
    expect((await client.call(methods.range, range)).kvs).toEqual([]);
    client.close();
    await server.stop();
    await log.close();
  });

  test('says how its member is', async () => {
    const log = await open();
    expect(await log.status()).toMatchObject({ version: expect.stringMatching(/^3\./), errors: [] });
    await log.close();
  });

  test('a head can be read through consensus', async () => {
    const log = await openEtcdLog(`${fresh()}?barrier=true`);
    expect(await log.head()).toBe(0);
    await log.append(utf8('a'));
    expect(await log.head()).toBe(1);
    await log.close();
  });

  test('many heads at once are answered by few reads, none older than its caller', async () => {
    const log = await open();
    for (let round = 1; round <= 20; round++) {
      const early = Array.from({ length: 10 }, () => log.head());
      await log.append(utf8(String(round)));
      const late = await Promise.all(Array.from({ length: 10 }, () => log.head()));
      expect(Math.min(...late)).toBe(round);
      expect(Math.min(...(await Promise.all(early)))).toBeGreaterThanOrEqual(round - 1);
    }
    await log.close();
  });
});

async function read(log: Log, from: number, count: number): Promise<string[]> {
  const words: string[] = [];
  for await (const { index, bytes } of log.entries(from, AbortSignal.timeout(15_000))) {
    expect(index).toBe(from + words.length);
    words.push(Buffer.from(bytes).toString());
    if (words.length === count) break;
  }
  expect(words.length).toBe(count);
  return words;
}
