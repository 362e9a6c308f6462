import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  changes,
  full,
  openCheckpoints,
  stateOf,
  type Values,
} from '../../../../test/harness/file-checkpoints.ts';
import { type CheckpointRecord, LogFailure, Trimmed } from '../../log.ts';
import type { FileCheckpoints } from './checkpoints.ts';
import { blockBytes } from './sizes.ts';

let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'quorate-checkpoints-')), 'state');
});

afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

const files = (): string[] => readdirSync(dir);

async function afterRestart(epoch: number): Promise<FileCheckpoints> {
  const checkpoints = await openCheckpoints(dir, { epoch });
  await checkpoints.tidy();
  return checkpoints;
}

describe('checkpoints', () => {
  test('there is none at first', async () => {
    const checkpoints = await openCheckpoints(dir);
    await checkpoints.tidy();
    expect(checkpoints.current).toBeNull();
    expect(checkpoints.previous).toBeNull();
    expect(checkpoints.fallBack()).toBeNull();
  });

  test('each holds what it says on top of the one before, and the two newest are found again', async () => {
    let checkpoints = await openCheckpoints(dir);
    await checkpoints.write(changes(10, { a: '1', b: '1', gone: '1' }));
    await checkpoints.write(changes(20, { a: '2', c: '', gone: null, nobody: null }));
    await checkpoints.write(changes(30, { b: '3' }));
    for (const epoch of [2, 3]) {
      expect(await stateOf(checkpoints)).toEqual({ index: 30, values: { a: '2', b: '3', c: '' } });
      const previous = await stateOf(checkpoints, checkpoints.previous);
      expect(previous).toEqual({ index: 20, values: { a: '2', b: '1', c: '' } });
      checkpoints = await afterRestart(epoch);
    }
    await checkpoints.write(full(40, { d: '4' }));
    await checkpoints.sweep();
    checkpoints = await afterRestart(4);
    expect(await stateOf(checkpoints)).toEqual({ index: 40, values: { d: '4' } });
    expect(await stateOf(checkpoints, checkpoints.previous)).toMatchObject({ index: 30 });
    await checkpoints.write(full(50, {}));
    await checkpoints.sweep();
    expect(files()).toEqual(['0000000003-0000000001', '0000000004-0000000001']);
    expect(await stateOf(checkpoints)).toEqual({ index: 50, values: {} });
  });

  test('one with an earlier index than the newest is not written, and its records are not asked for', async () => {
    const checkpoints = await openCheckpoints(dir);
    expect(await checkpoints.write(full(10, { a: '1' }))).toBe(true);
    async function* never(): AsyncGenerator<CheckpointRecord[]> {
      yield await Promise.reject(new Error('asked for'));
    }
    expect(await checkpoints.write({ index: 9, full: true, records: never() })).toBe(false);
    expect(await checkpoints.write(changes(10, { a: '2' }))).toBe(true);
    expect(await stateOf(checkpoints)).toEqual({ index: 10, values: { a: '2' } });
    expect(await stateOf(checkpoints, checkpoints.previous)).toEqual({ index: 10, values: { a: '1' } });
  });

  test('one whose records break off changes nothing and leaves nothing behind', async () => {
    const checkpoints = await openCheckpoints(dir);
    await checkpoints.write(full(10, { a: '1' }));
    async function* broken(): AsyncGenerator<CheckpointRecord[]> {
      yield Array.from({ length: 3000 }, (_, n) => ({ key: `stray-${n}`, bytes: Buffer.from('stray') }));
      throw new Error('broken off');
    }
    await expect(checkpoints.write({ index: 20, full: true, records: broken() })).rejects.toThrow(
      'broken off',
    );
    expect(files()).toHaveLength(1);
    await checkpoints.write(changes(20, { b: '2' }));
    expect(await stateOf(checkpoints)).toEqual({ index: 20, values: { a: '1', b: '2' } });
  });

  test('hold what many changes made of many records, in blocks of every size, one key twice in one', async () => {
    const expected = new Map<string, string>();
    let checkpoints = await openCheckpoints(dir);
    for (let round = 1; round <= 30; round += 1) {
      const isFull = round % 10 === 0;
      if (isFull) expected.clear();
      const values: Values = Object.fromEntries(
        Array.from({ length: 2500 }, (_, n): [string, string | null] => [
          `key-${n}`,
          (n + round) % 4 === 0 ? null : `${round} `.repeat(n % 50),
        ]).filter((_, n) => (n * 7 + round * 11) % 5 < 2),
      );
      async function* records(): AsyncGenerator<CheckpointRecord[]> {
        yield [{ key: 'twice', bytes: Buffer.alloc(3 * blockBytes, round) }];
        for await (const slice of changes(round, values).records) yield [...slice];
        yield [
          { key: 'twice', bytes: Buffer.from(`${round}`) },
          { key: '', bytes: Buffer.from(`${round}`) },
        ];
      }
      for (const [key, value] of [
        ...Object.entries(values),
        ['twice', `${round}`] as const,
        ['', `${round}`] as const,
      ]) {
        if (value === null) expected.delete(key);
        else expected.set(key, value);
      }
      await checkpoints.write({ index: round, full: isFull, records: records() });
      await checkpoints.sweep();
      if (round % 3 === 0) checkpoints = await afterRestart(1 + round);
      expect(await stateOf(checkpoints)).toEqual({ index: round, values: Object.fromEntries(expected) });
    }
  });

  test('a record may be longer than any block', async () => {
    const checkpoints = await openCheckpoints(dir);
    const large = Buffer.alloc(17 * 2 ** 20, 'large').toString();
    await checkpoints.write(full(1, { before: '1', large, after: '1' }));
    expect(await stateOf(checkpoints)).toEqual({ index: 1, values: { before: '1', large, after: '1' } });
  });

  test('two are not written at once', async () => {
    const checkpoints = await openCheckpoints(dir);
    const first = checkpoints.write(full(1, { a: '1' }));
    await expect(checkpoints.write(full(2, { a: '2' }))).rejects.toThrow('already being written');
    expect(await first).toBe(true);
  });

  test('one stays whole while it is read, and its files go when it is not', async () => {
    const checkpoints = await openCheckpoints(dir);
    const values = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`key-${n}`, `${n}`]));
    await checkpoints.write(full(1, values));
    const reader = checkpoints.read(checkpoints.current!);
    const read = new Map<string, string>();
    for await (const { key, bytes } of reader) {
      read.set(key, Buffer.from(bytes!).toString());
      if (read.size !== 10) continue;
      for (const index of [2, 3]) {
        await checkpoints.write(full(index, { a: '1' }));
        await checkpoints.sweep();
      }
      expect(files()).toHaveLength(3);
    }
    expect(Object.fromEntries(read)).toEqual(values);
    await checkpoints.sweep();
    expect(files()).toHaveLength(2);
  });

  test('one that only reads is told when the owner has removed what it reads', async () => {
    const owner = await openCheckpoints(dir);
    await owner.write(full(1, { a: '1' }));
    const reader = await openCheckpoints(dir, { epoch: null });
    for (const index of [2, 3]) await owner.write(full(index, { a: `${index}` }));
    await owner.sweep();
    await expect(stateOf(reader)).rejects.toThrow(Trimmed);
    const again = await openCheckpoints(dir, { epoch: null });
    expect(await stateOf(again)).toEqual({ index: 3, values: { a: '3' } });
    await expect(again.write(full(4, {}))).rejects.toThrow('for reading only');
  });

  test('files of another log, or of a later version, are refused', async () => {
    await (await openCheckpoints(dir)).write(full(1, { a: '1' }));
    await expect(openCheckpoints(dir, { log: 'another' })).rejects.toThrow(
      /0000000001-0000000001 belongs to log a-log/,
    );
    await expect(openCheckpoints(dir, { log: 'another' })).rejects.toBeInstanceOf(LogFailure);
  });

  test('an owner removes what one before it never published, and nothing that it does not know', async () => {
    const checkpoints = await openCheckpoints(dir);
    await checkpoints.write(full(1, { a: '1' }));
    writeFileSync(join(dir, '0000000001-0000000002.tmp'), 'half');
    writeFileSync(join(dir, 'notes.txt'), 'mine');
    await afterRestart(2);
    expect(files()).toEqual(['0000000001-0000000001', 'notes.txt']);
  });

  test('after close nothing is published', async () => {
    const checkpoints = await openCheckpoints(dir);
    async function* records(): AsyncGenerator<CheckpointRecord[]> {
      yield [{ key: 'a', bytes: Buffer.from('1') }];
      await checkpoints.close();
    }
    await expect(checkpoints.write({ index: 1, full: true, records: records() })).rejects.toThrow('closed');
    expect(files()).toEqual([]);
  });
});

describe('the checkpoint of an owner that was paused', () => {
  test('plays no part once the next owner has written one', async () => {
    const paused = await openCheckpoints(dir, { epoch: 1 });
    await paused.write(full(10, { a: '10' }));
    const next = await afterRestart(2);
    await next.write(changes(20, { b: '20' }));
    await next.write(changes(30, { b: '30' }));
    await paused.write(changes(15, { a: '15' }));
    const last = await afterRestart(3);
    expect(await stateOf(last)).toEqual({ index: 30, values: { a: '10', b: '30' } });
    expect(await stateOf(last, last.previous)).toEqual({ index: 20, values: { a: '10', b: '20' } });
  });

  test('is not published where it learns in time that it is none any more', async () => {
    const refuse = () => {
      throw new LogFailure('another process has taken this log over');
    };
    const paused = await openCheckpoints(dir, { check: refuse });
    await expect(paused.write(full(10, { a: '10' }))).rejects.toThrow('taken this log over');
    expect(files()).toEqual([]);
    await (await openCheckpoints(dir, { epoch: 2 })).write(full(10, { a: '10' }));
    writeFileSync(join(dir, '0000000001-0000000009'), 'late');
    await expect(paused.sweep()).rejects.toThrow('taken this log over');
    expect(files()).toHaveLength(2);
  });
});
