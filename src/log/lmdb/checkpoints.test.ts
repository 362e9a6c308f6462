import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { append, appendMany, checkpoint, count, lmdbIn, read, state } from '../../../test/harness/lmdb.ts';
import { type CheckpointRecord, LogFailure } from '../log.ts';
import { openLmdbReader } from './engine.ts';
import { sliceRecords } from './slice.ts';
import { looksInTurn, Store } from './store.ts';

let root: string;
let dir: string;
const { refused, tamper, use } = lmdbIn(() => dir);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quorate-lmdb-'));
  dir = join(root, 'log');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('a checkpoint whose records are not all there', () => {
  beforeEach(() =>
    use(async (log) => {
      await appendMany(log, 40);
      await log.checkpoint(checkpoint(10, { a: '1', b: '1', gone: '1' }));
      await log.checkpoint(checkpoint(20, { a: '2', c: '2', gone: null }, false));
    }),
  );

  test('is found by their number, and the log falls back to the one before it', async () => {
    await tamper((env) => removeRecord(env, 'c', 2));
    const reasons: string[] = [];
    await use(
      async (log) => {
        const latest = (await log.restore())!;
        await expect(state(latest)).rejects.toThrow(/entry 20 is damaged: it holds 2 of 3 records/);
        const previous = latest.fallBack(new LogFailure('so'));
        expect(await state(previous)).toEqual({ index: 10, a: '1', b: '1', gone: '1' });
        expect(() => previous!.fallBack(new LogFailure('no further'))).toThrow('no further');
        expect(await read(log, 11, 30)).toHaveLength(30);
        // Written on top of the one before it: what is left of the damaged one plays no part.
        await log.checkpoint(checkpoint(30, { a: '3' }, false));
        expect(await state(await log.restore())).toEqual({ index: 30, a: '3', b: '1', gone: '1' });
      },
      { onFallBack: ({ message }) => reasons.push(message) },
    );
    expect(reasons).toEqual(['so']);
    await use(async (log) =>
      expect(await state(await log.restore())).toEqual({ index: 30, a: '3', b: '1', gone: '1' }),
    );
  });

  test('is found by their checksums when an older record shows through', async () => {
    await tamper((env) => removeRecord(env, 'a', 2));
    await use(async (log) => {
      await expect(log.restore().then(state)).rejects.toThrow(/entry 20 is damaged: .* do not add up/);
    });
  });

  test('is found when a deleted record comes back', async () => {
    await tamper((env) => removeRecord(env, 'gone', 2));
    await use(async (log) => {
      await expect(log.restore().then(state)).rejects.toThrow(/it holds 4 of 3 records/);
    });
  });

  test('is refused when the one before it lacks the same record', async () => {
    await tamper((env) => removeRecord(env, 'b', 1));
    await use(async (log) => {
      const latest = (await log.restore())!;
      await expect(state(latest)).rejects.toThrow(/it holds 2 of 3 records/);
      await expect(state(latest.fallBack(new LogFailure('so')))).rejects.toThrow(/it holds 2 of 3 records/);
    });
  });

  test('is not passed over by one that only reads', async () => {
    const reader = await openLmdbReader(dir);
    const found = await reader.restore();
    expect(() => found!.fallBack(new LogFailure('damaged'))).toThrow('damaged');
    await reader.close();
  });

  test('and whose note is gone is refused, and its records are left alone', async () => {
    let before = 0;
    await tamper((env) => {
      before = count(env, 'records');
      env.openDB('notes', { encoding: 'binary' }).removeSync('checkpoint');
    });
    await refused(/the checkpoint behind which entries up to 10 were trimmed is missing/);
    await tamper((env) => expect(count(env, 'records')).toBe(before));
  });
});

test('the only checkpoint is damaged: the log, of which nothing is trimmed yet, gives everything from the beginning', async () => {
  await use(async (log) => {
    await appendMany(log, 10);
    await log.checkpoint(checkpoint(5, { a: '1', b: '1' }));
  });
  await tamper((env) => removeRecord(env, 'a', 1));
  await use(async (log) => {
    expect((await log.restore())!.fallBack(new LogFailure('so'))).toBeNull();
    expect(await log.restore()).toBeNull();
    expect(await read(log, 1, 10)).toHaveLength(10);
    await log.checkpoint(checkpoint(8, { a: '2' }, false));
    expect(await state(await log.restore())).toEqual({ index: 8, a: '2' });
  });
});

test('a checkpoint adds up after many that changed, removed and made records again, one of them twice in one', async () => {
  const keys = Array.from({ length: 40 }, (_, n) => `k${n}`);
  const expected = new Map<string, string>();
  await use(async (log) => {
    await appendMany(log, 30);
    for (let round = 1; round <= 30; round++) {
      const changes = keys.filter((_, n) => (n * 7 + round * 11) % 5 < 2);
      const values = changes.map((key, n): [string, string | null] => [
        key,
        (n + round) % 4 ? `${round}` : null,
      ]);
      if (round % 10 === 0) expected.clear();
      async function* records() {
        // More than one slice lies between the two.
        yield [{ key: 'twice', bytes: Buffer.alloc(300 * 1024, 1) }];
        yield values.map(([key, value]) => ({ key, bytes: value === null ? null : Buffer.from(value) }));
        yield [{ key: 'twice', bytes: Buffer.from(`${round}`) }];
      }
      for (const [key, value] of [...values, ['twice', `${round}`] as const]) {
        if (value === null) expected.delete(key);
        else expected.set(key, value);
      }
      await log.checkpoint({ index: round, full: round % 10 === 0, records: records() });
      expect(await state(await log.restore())).toEqual({ index: round, ...Object.fromEntries(expected) });
    }
  });
});

test('an entry waits for one slice of a checkpoint at most, wherever it comes', async () => {
  const most = sliceRecords + 100;
  await use(async (log) => {
    await append(log, 'first');
    let pulled = 0;
    const waited: number[] = [];
    const appends: Promise<void>[] = [];
    const appendNow = async (): Promise<void> => {
      const before = pulled;
      expect(await log.append(Buffer.from(`behind ${before}`))).toMatchObject({ ok: true });
      waited.push(pulled - before);
    };
    async function* records(): AsyncGenerator<CheckpointRecord[]> {
      let appending = false;
      for (; pulled < 30 * sliceRecords; pulled += 100) {
        yield Array.from({ length: 100 }, (_, i) => ({ key: `k${pulled + i}`, bytes: Buffer.alloc(100) }));
        if (appending) continue;
        appending = true;
        appends.push(appendNow().finally(() => (appending = false)));
      }
    }
    await log.checkpoint({ index: 1, full: true, records: records() });
    await Promise.all(appends);
    expect(waited.length).toBeGreaterThan(10);
    expect(Math.max(...waited)).toBeLessThanOrEqual(most);
  });
});

test('no more than a few records are looked up at a time', async () => {
  const store = await Store.open(dir);
  let turn = 0;
  const next = (): void => {
    turn += 1;
    if (turn < 1000) again = setImmediate(next);
  };
  let again = setImmediate(next);
  const looked = new Map<number, number>();
  const found = await store.readInTurns([...Array(10 * looksInTurn + 1).keys()], (item) => {
    looked.set(turn, (looked.get(turn) ?? 0) + 1);
    return -item;
  });
  clearImmediate(again);
  await store.close(new LogFailure('closed'));
  expect(Math.max(...looked.values())).toBe(looksInTurn);
  expect(found).toEqual(found.map((_, item) => -item));
  expect(found).toHaveLength(10 * looksInTurn + 1);
});

test('what is replaced is removed, were there more than are looked up at a time, and one longer than the memory lmdb reads into', async () => {
  const keys = Array.from({ length: 3 * looksInTurn + 1 }, (_, n) => `k${n}`);
  await use(async (log) => {
    await appendMany(log, 3);
    for (const round of [1, 2]) {
      const changes = keys.map((key) => [key, `${round}`]);
      const large = `${round}`.repeat(17 * 2 ** 20);
      await log.checkpoint(checkpoint(round, { ...Object.fromEntries(changes), large }, round === 1));
    }
    await log.checkpoint(checkpoint(3, {}, false));
    const { large, ...rest } = await state(await log.restore());
    expect((large as string).length).toBe(17 * 2 ** 20);
    expect(rest).toEqual({ index: 3, ...Object.fromEntries(keys.map((key) => [key, '2'])) });
  });
  await tamper((env) => expect(count(env, 'records')).toBe(keys.length + 1));
});

/** Takes the record of `name` that checkpoint `generation` wrote out of the database, as a damaged page would. */
function removeRecord(env: RootDatabase<Buffer, string>, name: string, generation: number): void {
  const records: Database<Buffer, Buffer> = env.openDB('records', {
    encoding: 'binary',
    keyEncoding: 'binary',
  });
  const key = Buffer.from(name);
  const [found] = [...records.getKeys()].filter(
    (stored) => stored.subarray(2, -8).equals(key) && stored.at(-1) === generation,
  );
  records.removeSync(found!);
}
