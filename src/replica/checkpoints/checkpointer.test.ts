import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../core/entry.ts';
import { parseSettings } from '../../core/rule/settings.ts';
import { stateHash } from '../../core/snapshot/state-hash.ts';
import type { Settings } from '../../core/types.ts';
import { openFileLog } from '../../log/file/engine.ts';
import { type Log, LogFailure, NoSpace, Trimmed } from '../../log/log.ts';
import { memoryLog } from '../../log/memory.ts';
import { realSurroundings } from '../clock.ts';
import { Replica } from '../replica.ts';

/** The log with another `key`. */
function instead<Key extends keyof Log>(log: Log, key: Key, other: Log[Key]): Log {
  return new Proxy(log, {
    get: (_, asked: keyof Log) => {
      if (asked === key) return other;
      const member = log[asked];
      return typeof member === 'function' ? member.bind(log) : member;
    },
  } as ProxyHandler<Log>);
}

describe('a replica and its checkpoints', () => {
  const settings = parseSettings({ preset: 'classroom' }) as { settings: Settings };
  const put = (group: string): Command => ({
    type: 'put-group',
    group,
    settings: settings.settings,
    ifRevision: null,
    joinKeyHash: null,
    observerKeyHash: null,
  });
  const start = async (log: Log, writer: string): Promise<Replica> => {
    const limits = { checkpointEntries: 10 };
    const replica = new Replica({ log, surroundings: realSurroundings(), writer, limits });
    await replica.start();
    return replica;
  };

  test('writes a checkpoint each time so many entries have come, and starts from the last', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'quorate-checkpoints-'));
    try {
      let log = await openFileLog(dir);
      const replica = await start(log, 'first');
      for (let i = 0; i < 35; i += 1) await replica.submit(put(`g${i}`), (result) => result);
      const hash = stateHash(replica.state);
      await replica.stop();
      log = await openFileLog(log.info.location);
      const checkpoint = await log.restore();
      expect(checkpoint?.index).toBeGreaterThan(10);
      // What the first checkpoints cover has been trimmed: the whole log is not there to be replayed any more.
      const reader = log.entries(1, new AbortController().signal)[Symbol.asyncIterator]();
      await expect(reader.next()).rejects.toThrow(Trimmed);
      const again = await start(log, 'second');
      expect(stateHash(again.state)).toBe(hash);
      await again.stop();
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('goes on when there is no space for a checkpoint, and writes all of it once there is', async () => {
    const log = memoryLog();
    let refused = 0;
    let isFull = true;
    const checkpoint: Log['checkpoint'] = async (write) => {
      if (!isFull) return log.checkpoint(write);
      // Some of it was written before the space ran out.
      for await (const _ of write.records) break;
      refused += 1;
      throw new NoSpace('the disk is full');
    };
    const real = realSurroundings();
    let later = 0;
    const surroundings = { ...real, now: () => real.now() + later };
    const limits = { checkpointEntries: 10 };
    const replica = new Replica({
      log: instead(log, 'checkpoint', checkpoint),
      surroundings,
      writer: 'first',
      limits,
    });
    await replica.start();
    for (let i = 0; i < 30; i += 1) await replica.submit(put(`g${i}`), (result) => result);
    expect(refused).toBe(1);
    expect(await log.restore()).toBeNull();
    isFull = false;
    later = 11_000;
    await replica.submit(put('g30'), (result) => result);
    for (let turn = 0; turn < 1000 && (await log.restore()) === null; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    expect(await keysOf(log)).toHaveLength(32);
    const hash = stateHash(replica.state);
    const again = await start(log, 'second');
    expect(stateHash(again.state)).toBe(hash);
    await replica.stop();
  });

  test.each([
    ['is written to its end', 60_000],
    ['is called off once it takes too long', 0],
  ])('that stops while a checkpoint is under way: it %s', async (_what, checkpointGrace) => {
    // Left open, so that it can be looked at afterwards.
    const log = instead(memoryLog(), 'close', async () => {});
    const limits = { checkpointEntries: 40, encodeRecords: 1, checkpointGrace };
    const replica = new Replica({ log, surroundings: realSurroundings(), writer: 'first', limits });
    await replica.start();
    // The last of these makes the checkpoint due; with one record a turn it has just begun when the server stops.
    await Promise.all(Array.from({ length: 20 }, (_, i) => replica.submit(put(`g${i}`), (result) => result)));
    for (let i = 20; replica.state.index < 40; i += 1) await replica.submit(put(`g${i}`), (result) => result);
    const groups = replica.state.groups.size;
    await replica.stop();
    expect(await keysOf(log)).toHaveLength(checkpointGrace === 0 ? 0 : groups + 1);
  });

  test('fails for good when a checkpoint cannot be written', async () => {
    const log = memoryLog();
    const failing = instead(log, 'checkpoint', () => Promise.reject(new LogFailure('the disk is gone')));
    const replica = await start(failing, 'first');
    for (let i = 0; i < 10; i += 1) await replica.submit(put(`g${i}`), (result) => result).catch(() => {});
    expect((await replica.failed).message).toBe('the disk is gone');
    await replica.stop();
  });
});

async function keysOf(log: Log): Promise<string[]> {
  const keys: string[] = [];
  const checkpoint = await log.restore();
  if (checkpoint !== null) for await (const { key } of checkpoint.records) keys.push(key);
  return keys;
}
