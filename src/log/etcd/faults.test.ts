import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { EtcdCluster } from '../../../test/cluster/etcd.ts';
import { TcpProxy } from '../../../test/cluster/proxy.ts';
import { etcdBinary } from '../../../test/harness/tools.ts';
import type { Log } from '../log.ts';
import { EtcdClient } from './client.ts';
import { type EtcdLog, openEtcdLog } from './engine.ts';
import { utf8 } from './key-layout.ts';
import { methods } from './messages.ts';
import { type EtcdOptions, parseEtcdUrl } from './options.ts';

const binary = etcdBinary();

describe.skipIf(!binary)('etcd log behind a broken network', () => {
  let cluster: EtcdCluster;
  let proxy: TcpProxy;
  let opened: Log[] = [];
  let prefixes = 0;

  beforeAll(async () => {
    cluster = await EtcdCluster.start({ binary: binary! });
    proxy = await TcpProxy.start(cluster.endpoints[0]!);
  });
  afterEach(async () => {
    proxy.restore();
    await Promise.all(opened.map((log) => log.close()));
    opened = [];
  });
  afterAll(async () => {
    await proxy?.close();
    await cluster?.stop();
  });

  const open = async (options: Partial<EtcdOptions> & Pick<EtcdOptions, 'prefix'>): Promise<EtcdLog> => {
    const log = await openEtcdLog({ ...parseEtcdUrl(`etcd://${proxy.address}`), ...options });
    opened.push(log);
    return log;
  };
  const fresh = () => `faults-${++prefixes}`;
  const direct = () => [cluster.endpoints[0]!];

  test('an append whose reply is lost is in the log once, and resolves with its index', async () => {
    const prefix = fresh();
    const [log, other] = [await open({ prefix }), await open({ prefix, endpoints: direct() })];
    const indexes: number[] = [];
    for (let n = 1; n <= 20; n++) {
      const lost = n % 2 === 0;
      if (lost) proxy.hold({ replies: true });
      const appending = log.append(utf8(`mine ${n}`));
      if (lost) {
        await until(async () => (await other.head()) === indexes.length + 1);
        // Another server's entry must not be taken for the lost one.
        if (n % 4 === 0) await other.append(utf8('theirs'));
        proxy.cut();
        proxy.restore();
      }
      const appended = await appending;
      expect(appended).toMatchObject({ ok: true });
      indexes.push(appended.ok ? appended.index : 0);
      if (n % 4 === 0) indexes.push(0);
    }
    const entries = await read(other, 1, 25);
    expect(entries.filter((entry) => entry === 'theirs').length).toBe(5);
    for (let n = 1, at = 0; n <= 20; n++, at++) {
      expect(entries[indexes[at]! - 1]).toBe(`mine ${n}`);
      if (n % 4 === 0) at++;
    }
    expect(await log.head()).toBe(25);
  });

  test('entries that come in pieces, after the watch was away for long, come whole and in order', async () => {
    const prefix = fresh();
    const [log, other] = [await open({ prefix }), await open({ prefix, endpoints: direct() })];
    expect(await log.append(utf8('first'))).toEqual({ ok: true, index: 1 });
    expect(await read(log, 1, 1)).toEqual(['first']);
    proxy.refuse();
    proxy.cut();
    const big = Array.from({ length: 10 }, (_, n) => String(n).repeat(500_000));
    for (const text of big) expect(await other.append(utf8(text))).toMatchObject({ ok: true });
    proxy.restore();
    await until(async () => log.counts.fragments > 0);
    const entries = await read(log, 2, 10);
    expect(entries.map((text) => `${text[0]} ${text.length}`)).toEqual(big.map((_, n) => `${n} 500000`));
    expect(log.counts.gaps).toBe(0);
  });

  test('an append given up is never in the log, even if the first try arrives afterwards', async () => {
    const log = await open({ prefix: fresh(), timeout: 500, giveUpAfter: 600 });
    await log.append(utf8('before'));
    proxy.hold({ requests: true });
    const appending = log.append(utf8('the late one'));
    await proxy.seen('the late one');
    const late = proxy.recording();
    proxy.refuse();
    for (let waited = 0; log.unavailable === null && waited < 60_000; waited += 50) await pause(50);
    expect(log.unavailable).not.toBeNull();
    proxy.restore();
    expect(await appending).toMatchObject({ ok: false, reason: 'unavailable' });
    await proxy.replay(late);
    expect(await log.head()).toBe(1);
    expect(await log.append(utf8('after'))).toEqual({ ok: true, index: 2 });
    expect(await read(log, 1, 2)).toEqual(['before', 'after']);
    expect(log.unavailable).toBeNull();
  });

  test('an append whose first try arrives just before it is given up counts', async () => {
    const log = await open({ prefix: fresh(), timeout: 500, giveUpAfter: 600 });
    await log.append(utf8('before'));
    proxy.hold({ requests: true });
    const appending = log.append(utf8('the late one'));
    await proxy.seen('the late one');
    const late = proxy.recording();
    proxy.refuse();
    await pause(1200);
    await proxy.replay(late);
    proxy.restore();
    expect(await appending).toEqual({ ok: true, index: 2 });
    expect(await read(log, 1, 2)).toEqual(['before', 'the late one']);
  });

  test('a watch that is cut while it catches up on 6,000 entries loses none', async () => {
    const prefix = fresh();
    const count = 6000;
    const log = await open({ prefix });
    const writers = await Promise.all(Array.from({ length: 6 }, () => open({ prefix, endpoints: direct() })));
    const reading = read(log, 1, count + 1);
    await log.append(utf8('first'));
    proxy.refuse();
    await Promise.all(
      writers.map(async (writer, w) => {
        for (let n = 0; n < count / writers.length; n++)
          await writer.append(utf8(`${w}/${n}/${'x'.repeat(300)}`));
      }),
    );
    for (let cut = 0; cut < 6; cut++) {
      const { streams } = log.counts;
      proxy.restore();
      await until(async () => log.counts.streams > streams);
      await pause(40 + 15 * cut);
      proxy.cut();
    }
    const entries = await reading;
    for (const [w] of writers.entries()) {
      const mine = entries
        .filter((entry) => entry.startsWith(`${w}/`))
        .map((entry) => Number(entry.split('/')[1]));
      expect(mine).toEqual(Array.from({ length: count / writers.length }, (_, n) => n));
    }
    expect(log.counts.streams).toBeGreaterThan(3);
    expect(log.counts.gaps).toBe(0);
  });

  test('a watch whose revisions were compacted while it was away goes on, and readers lose none', async () => {
    const prefix = fresh();
    const [log, other] = [await open({ prefix }), await open({ prefix, endpoints: direct() })];
    const reading = read(log, 1, 202);
    await log.append(utf8('0'));
    proxy.refuse();
    for (let n = 1; n <= 200; n++) await other.append(utf8(String(n)));
    const client = new EtcdClient(parseEtcdUrl(`etcd://${direct()}`));
    const { header } = await client.call(methods.put, { key: utf8('x'), value: utf8('') });
    await client.call(methods.compact, { revision: header.revision });
    client.close();
    proxy.restore();
    await until(async () => log.counts.compacted > 0);
    await other.append(utf8('201'));
    expect(await reading).toEqual(Array.from({ length: 202 }, (_, n) => String(n)));
  });

  test('a watch that falls silent is left for another member, while the silence lasts', async () => {
    const prefix = fresh();
    const second = await TcpProxy.start(cluster.endpoints[0]!);
    try {
      const log = await open({ prefix, endpoints: [proxy.address, second.address], timeout: 300 });
      const other = await open({ prefix, endpoints: direct() });
      const reader = log.entries(1, AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
      let index = 0;
      // The watch is on one of the two.
      for (const silent of [proxy, second]) {
        silent.hold({ replies: true });
        for (let n = 0; n < 10; n++) await other.append(utf8('x'));
        for (let n = 0; n < 10; n++) expect((await reader.next()).value?.index).toBe(++index);
        silent.restore();
      }
      expect(log.counts.silent).toBeGreaterThan(0);
    } finally {
      await second.close();
    }
  });

  test('a head never takes the answer to a read that began before it', async () => {
    const prefix = fresh();
    const [log, other] = [await open({ prefix }), await open({ prefix, endpoints: direct() })];
    for (let index = 1; index <= 5; index++) {
      proxy.hold({ replies: true });
      const early = log.head();
      await pause(50);
      await other.append(utf8('x'));
      const late = log.head();
      proxy.restore();
      expect(await late).toBe(index);
      expect(await early).toBeGreaterThanOrEqual(index - 1);
    }
  });

  test('without a quorum a head is refused as unavailable, soon, and the log says since when', async () => {
    const log = await open({ prefix: fresh(), timeout: 300 });
    await log.append(utf8('a'));
    proxy.refuse();
    const before = Date.now();
    await expect(log.head()).rejects.toMatchObject({ code: 'unavailable' });
    expect(Date.now() - before).toBeLessThan(5000);
    await until(async () => log.unavailable !== null);
    const appending = log.append(utf8('b'));
    proxy.restore();
    expect(await appending).toEqual({ ok: true, index: 2 });
    expect(await log.head()).toBe(2);
    expect(log.unavailable).toBeNull();
  });

  test('closing does not wait for a cluster that is gone', async () => {
    const log = await open({ prefix: fresh(), timeout: 200, giveUpAfter: 400 });
    await log.append(utf8('a'));
    proxy.refuse();
    const appending = log.append(utf8('b')).catch((error: Error) => error);
    await log.close();
    expect(await appending).toMatchObject({
      name: 'LogFailure',
      message: expect.stringContaining('unknown outcome'),
    });
  });

  test('opening an unreachable cluster says so', async () => {
    const dead = await TcpProxy.start(cluster.endpoints[0]!);
    await dead.close();
    const options = { ...parseEtcdUrl(`etcd://${dead.address}/p`), giveUpAfter: 500 };
    await expect(openEtcdLog(options)).rejects.toThrow(
      new RegExp(`cannot open the log in etcd \\(${dead.address}\\): .*ECONNREFUSED`),
    );
  });
});

describe.skipIf(!binary)('etcd log on three members', () => {
  test('goes on, dense and once, when the leader is killed during appends', async () => {
    const cluster = await EtcdCluster.start({ binary: binary!, members: 3 });
    try {
      const url = cluster.url('leader');
      const [one, other] = await Promise.all([openEtcdLog(url), openEtcdLog(url)]);
      let stop = false;
      let stall = 0;
      const acked: [number, string][] = [];
      const write = async (log: Log, name: string) => {
        for (let n = 0; !stop; n++) {
          const began = Date.now();
          const appended = await log.append(utf8(`${name}${n}`));
          stall = Math.max(stall, Date.now() - began);
          if (appended.ok) acked.push([appended.index, `${name}${n}`]);
        }
      };
      const writing = Promise.all([write(one, 'a'), write(other, 'b')]);
      await pause(500);
      const leader = await cluster.leader();
      await leader.kill();
      await pause(3000);
      leader.start();
      await cluster.ready();
      const next = await cluster.leader();
      next.pause();
      await pause(2500);
      next.resume();
      await pause(1500);
      stop = true;
      await writing;
      const head = await one.head();
      const [at, too] = await Promise.all([read(one, 1, head), read(other, 1, head)]);
      expect(at).toEqual(too);
      for (const [index, entry] of acked) expect(at[index - 1]).toBe(entry);
      expect(new Set(at).size).toBe(head);
      expect(acked.length).toBe(head);
      console.log(`leader killed, next one paused: ${head} entries, longest append ${stall} ms`);
      await Promise.all([one.close(), other.close()]);
    } finally {
      await cluster.stop();
    }
  });
});

async function read(log: Log, from: number, count: number): Promise<string[]> {
  const words: string[] = [];
  for await (const { index, bytes } of log.entries(from, AbortSignal.timeout(100_000))) {
    expect(index).toBe(from + words.length);
    words.push(Buffer.from(bytes).toString());
    if (words.length === count) break;
  }
  expect(words.length).toBe(count);
  return words;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2400; tries++) {
    if (await holds()) return;
    await pause(25);
  }
  throw new Error('it never came true');
}
