import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { append, appendMany, checkpoint, lmdbIn, read, state } from '../../../test/harness/lmdb.ts';
import { openLmdbLog, openLmdbReader } from './engine.ts';

let root: string;
let dir: string;
const { refused, tamper, use } = lmdbIn(() => dir);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quorate-lmdb-'));
  dir = join(root, 'log');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test('a log of a newer format is refused', async () => {
  await use((log) => append(log, 'a'));
  await tamper((env) => change(env, 'quorate-log', (record) => record.writeUInt8(2, 0)));
  await refused(/newer or foreign format, 2/);
});

describe('damage', () => {
  beforeEach(() => use((log) => appendMany(log, 300)));

  const atHead = { entry: 300, byte: 40 };
  for (const { entry, byte } of [
    atHead,
    { entry: 300, byte: 5 },
    { entry: 1, byte: 33 },
    { entry: 300, byte: 15 },
  ]) {
    test(`of entry ${entry} at byte ${byte} is found when the log is opened`, async () => {
      await tamper((env) => flip(entries(env), entry, byte));
      await refused(new RegExp(`entry ${entry} is damaged`));
    });
  }

  for (const byte of [1, 6, 14, 29, 32, 36]) {
    test(`in the middle, at byte ${byte}, is found when it is read, and nothing is skipped`, async () => {
      await tamper((env) => flip(entries(env), 150, byte));
      await use(async (log) => {
        expect(await read(log, 1, 128)).toHaveLength(128);
        await expect(read(log, 1, 300)).rejects.toThrow(/entry 150 is damaged/);
        await expect(read(log, 151, 1)).rejects.toThrow(/entry 150 is damaged/);
      });
    });
  }

  test('a missing entry is named when the log is opened', async () => {
    await tamper((env) => void entries(env).removeSync(77));
    await refused(/entry 77 is missing/);
  });

  test('a log whose entries are all gone is not taken for a new one', async () => {
    await tamper((env) => void entries(env).clearSync());
    await refused(/entry 300 is missing/);
    await expect(openLmdbReader(dir)).rejects.toThrow(/entry 300 is missing/);
  });

  test('a log that lacks a database is refused, and nothing is made anew', async () => {
    await tamper((env) => void env.openDB('entries', { encoding: 'binary' }).dropSync());
    await refused(/the database "entries" is missing/);
    await tamper((env) => expect([...env.getKeys()]).not.toContain('entries'));
  });

  test('a missing first entry is named when the log is opened', async () => {
    await tamper((env) => void entries(env).removeSync(1));
    await refused(/entry 1 is missing/);
  });

  test('an intact entry of another history breaks the chain', async () => {
    const ours = dir;
    dir = join(root, 'other');
    await use(async (log) => {
      for (let index = 1; index <= 150; index++) await append(log, `another entry ${index}`);
    });
    let foreign: Buffer | undefined;
    await tamper((env) => {
      foreign = entries(env).get(150);
    });
    dir = ours;
    await tamper((env) => void entries(env).putSync(150, foreign!));
    await use(async (log) => {
      await expect(read(log, 1, 300)).rejects.toThrow(/entry 150 does not follow entry 149/);
    });
  });

  test('an entry of a newer format is refused by its index', async () => {
    await tamper((env) => change(entries(env), 150, (record) => record.writeUInt8(2, 0)));
    await use(async (log) => {
      await expect(read(log, 1, 300)).rejects.toThrow(/entry 150 has a newer or foreign format, 2/);
    });
  });

  test('of a note is found when the log is opened', async () => {
    await use((log) => log.checkpoint(checkpoint(10, { a: '1' })));
    await tamper((env) => flip(env.openDB('notes', { encoding: 'binary' }), 'checkpoint', 20));
    await refused(/note "checkpoint" is damaged/);
  });

  test('of a checkpoint record is found when it is restored; the one before it can be asked for', async () => {
    await use(async (log) => {
      await log.checkpoint(checkpoint(10, { a: 'first', b: 'first' }));
      await log.checkpoint(checkpoint(20, { a: 'second' }, false));
    });
    await tamper((env) => {
      const records: Database<Buffer, Buffer> = env.openDB('records', {
        encoding: 'binary',
        keyEncoding: 'binary',
      });
      for (const key of [...records.getKeys()]) if (key[2] === 97 && key.at(-1) === 2) flip(records, key, 17);
    });
    await use(async (log) => {
      await expect(log.restore().then(state)).rejects.toThrow(/record of "a" is damaged/);
    });
    const previous = await openLmdbLog(dir, { restoreFrom: 'previous' });
    expect(await state(await previous.restore())).toEqual({ index: 10, a: 'first', b: 'first' });
    expect(await read(previous, 11, 290)).toHaveLength(290);
    await previous.close();
  });
});

function entries(env: RootDatabase<Buffer, string>): Database<Buffer, number> {
  return env.openDB('entries', { encoding: 'binary' });
}

function change<Key extends number | string | Buffer>(
  db: Database<Buffer, Key>,
  key: Key,
  work: (record: Buffer) => void,
): void {
  const record = Buffer.from(db.get(key)!);
  work(record);
  db.putSync(key, record);
}

function flip<Key extends number | string | Buffer>(db: Database<Buffer, Key>, key: Key, byte: number): void {
  change(db, key, (record) => record.writeUInt8(record[byte]! ^ 0x10, byte));
}
