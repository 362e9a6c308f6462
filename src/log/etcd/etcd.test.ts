import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../../test/cluster/etcd.ts';
import { etcdBinary } from '../../../test/harness/tools.ts';
import { logConformance } from '../conformance.ts';
import { type Log, LogFailure, Trimmed } from '../log.ts';
import { EtcdClient } from './client.ts';
import { openEtcdLog } from './engine.ts';
import { Keys, utf8 } from './keys.ts';
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
  for (const { clause, name, skip, run } of logConformance({
    name: 'etcd',
    open,
    reopen: again,
    join: again,
  })) {
    test.skipIf(skip !== null)(`${clause}: ${name}${skip ? ` (skipped: ${skip})` : ''}`, run);
  }

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
    const client = await EtcdClient.create(parseEtcdUrl(log.info.location));
    const keys = new Keys(parseEtcdUrl(log.info.location).prefix);
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
    const client = await EtcdClient.create(parseEtcdUrl(log.info.location));
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
    const client = await EtcdClient.create(parseEtcdUrl(log.info.location));
    const root = new Keys(parseEtcdUrl(log.info.location).prefix).root;
    await client.call(methods.deleteRange, { key: utf8(root), rangeEnd: utf8(`${root.slice(0, -1)}0`) });
    await (await openEtcdLog(log.info.location)).close();
    await expect(log.append(utf8('b'))).rejects.toThrow(LogFailure);
    await expect(log.head()).rejects.toThrow(LogFailure);
    await expect(read(log, 2, 1)).rejects.toThrow(LogFailure);
    client.close();
    await log.close();
  });

  test('one candidate leads; when it steps down another does', async () => {
    const log = await open();
    const changes: string[] = [];
    const candidate = (name: string) =>
      log.lead(name, { ttl: 1, onChange: (leading) => changes.push(`${name} ${leading}`) });
    const one = candidate('one');
    await until(() => one.leading);
    const two = candidate('two');
    await pause(1500);
    expect([one.leading, two.leading]).toEqual([true, false]);
    await one.stop();
    await until(() => two.leading);
    await two.stop();
    expect(changes).toEqual(['one true', 'one false', 'two true', 'two false']);
    await log.close();
  });

  test('shows the last state hash of every server, for as long as it is there', async () => {
    const log = await open();
    const [a, b] = [log.lead('a', { supported: 2 }), log.lead('b')];
    await b.publish(1024, 'beef');
    await a.publish(1024, 'cafe');
    await a.publish(2048, 'f00d');
    const both = [
      { server: 'a', clock: 'a', supported: 2, told: { index: 2048, hash: 'f00d' } },
      { server: 'b', clock: 'b', supported: 1, told: { index: 1024, hash: 'beef' } },
    ];
    await expect.poll(async () => (await log.servers()).servers).toEqual(both);
    await a.stop();
    expect((await log.servers()).servers).toEqual(both.slice(1));
    await b.stop();
    expect(await log.status()).toMatchObject({ version: expect.stringMatching(/^3\./), errors: [] });
    await log.close();
  });

  test('an append as of a moment goes in only if no server has come since, and never later [Q1.11]', async () => {
    const url = fresh();
    const log = await openEtcdLog(url);
    const there = async () => (await log.servers()).servers.map(({ server }) => server);
    const first = log.lead('first');
    await expect.poll(there).toEqual(['first']);
    const { asOf } = await log.servers();
    // What it tells later, and who was there and leaves, make no difference.
    await first.publish(1024, 'beef');
    expect(await log.append(utf8('one'), asOf)).toEqual({ ok: true, index: 1 });
    await first.stop();
    expect(await log.append(utf8('two'), asOf)).toEqual({ ok: true, index: 2 });

    const second = log.lead('second');
    await expect.poll(there).toEqual(['second']);
    const refused = { ok: false, reason: 'newcomers', detail: 'second came meanwhile' };
    expect(await log.append(utf8('three'), asOf)).toEqual(refused);
    // The slot is gone with it: a try still on its way cannot take effect once the newcomer has left.
    const address = parseEtcdUrl(url);
    const client = await EtcdClient.create(address);
    const slots = await client.call(methods.range, {
      key: utf8(`/${address.prefix}/w/`),
      rangeEnd: utf8(`/${address.prefix}/w0`),
    });
    expect(slots.kvs).toEqual([]);
    client.close();
    expect(await log.head()).toBe(2);
    expect(await log.append(utf8('four'), (await log.servers()).asOf)).toEqual({ ok: true, index: 3 });
    expect(await log.append(utf8('five'))).toEqual({ ok: true, index: 4 });
    expect(await read(log, 1, 4)).toEqual(['one', 'two', 'four', 'five']);
    await second.stop();
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

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !holds(); tries++) await pause(50);
  expect(holds()).toBe(true);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
