import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { append, appendMany, checkpoint, count, lmdbIn, read, state } from '../../../test/harness/lmdb.ts';
import { conform } from '../../../test/harness/log-conformance.ts';
import { openLmdbLog } from './engine.ts';

let root: string;
let dir: string;
const { raw, refused, tamper, use } = lmdbIn(() => dir);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quorate-lmdb-'));
  dir = join(root, 'log');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('lmdb log', () => {
  let opened = 0;
  conform({
    name: 'lmdb',
    open: () => openLmdbLog(join(root, `log-${opened++}`)),
    reopen: (closed) => openLmdbLog(closed.info.location),
    join: null,
  });
});

describe('the directory', () => {
  test('is made for its owner only', async () => {
    await use(async () => {
      expect(statSync(dir).mode & 0o777).toBe(0o700);
      for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777, file).toBe(0o600);
    });
  });

  test('holds no socket once the log is closed', async () => {
    await use(async () => {});
    expect(readdirSync(dir).sort()).toEqual(['ballast', 'data.mdb', 'lock.mdb']);
  });

  test('of another LMDB database is refused and left as it was', async () => {
    const env = raw();
    await env.put('something', Buffer.from('else'));
    await env.close();
    await refused(/not a Quorate log/);
    await tamper((again) => expect([...again.getKeys()]).toEqual(['something']));
  });

  test('of no LMDB database at all is refused', async () => {
    mkdirSync(dir);
    for (const content of ['no database'.repeat(2000), 'short']) {
      writeFileSync(join(dir, 'data.mdb'), content);
      await refused(/is not an LMDB database/);
    }
  });
});

describe('checkpoints', () => {
  test('what no checkpoint needs any more is removed, and so are the entries', async () => {
    await use(async (log) => {
      await appendMany(log, 700);
      for (let round = 1; round <= 6; round++) {
        await log.checkpoint(checkpoint(round * 100, { a: `${round}`, [`only-${round}`]: 'x' }, false));
      }
      await log.checkpoint(checkpoint(700, { 'only-1': null, 'only-2': null }, false));
      await log.checkpoint(checkpoint(700, {}, false));
      await log.checkpoint(checkpoint(700, {}, false));
      expect(Object.keys(await state(await log.restore()))).toEqual([
        'a',
        'index',
        'only-3',
        'only-4',
        'only-5',
        'only-6',
      ]);
    });
    await tamper((env) => {
      expect(count(env, 'records')).toBe(5);
      expect(count(env, 'entries')).toBe(0);
    });
    await use(async (log) => {
      await append(log, 'goes on');
      expect(await log.head()).toBe(701);
      expect(await read(log, 701, 1)).toEqual(['goes on']);
    });
  });

  test('after two full ones nothing of those before is left', async () => {
    await use(async (log) => {
      await appendMany(log, 30);
      await log.checkpoint(checkpoint(10, { a: '1', b: '1', c: '1' }));
      await log.checkpoint(checkpoint(20, { d: '2' }));
      expect(await state(await log.restore())).toEqual({ index: 20, d: '2' });
      await log.checkpoint(checkpoint(30, { e: '3' }));
    });
    await tamper((env) => expect(count(env, 'records')).toBe(2));
  });

  test('one that is being read stays whole while others are published', async () => {
    await use(async (log) => {
      await appendMany(log, 40);
      const keys = Array.from({ length: 600 }, (_, n) => `k${String(n).padStart(3, '0')}`);
      const all = (value: string) => Object.fromEntries(keys.map((key) => [key, value]));
      await log.checkpoint(checkpoint(10, all('1')));
      const reading = (await log.restore())!.records[Symbol.asyncIterator]();
      const first = await reading.next();
      for (const [index, value] of [
        [20, '2'],
        [30, '3'],
        [40, '4'],
      ] as const) {
        await log.checkpoint(checkpoint(index, all(value), index === 20));
      }
      const values = [first.value.bytes.toString()];
      for (let next = await reading.next(); !next.done; next = await reading.next()) {
        values.push(next.value.bytes!.toString());
      }
      expect(values).toEqual(keys.map(() => '1'));
      expect(new Set(Object.values(await state(await log.restore())))).toEqual(new Set([40, '4']));
    });
  });

  test('a key as long as the limit is kept, a longer one is refused', async () => {
    await use(async (log) => {
      await append(log, 'a');
      const long = 'k'.repeat(1_900);
      await log.checkpoint(checkpoint(1, { [long]: 'x' }));
      expect(await state(await log.restore())).toEqual({ index: 1, [long]: 'x' });
      await expect(log.checkpoint(checkpoint(1, { [`${long}k`]: 'x' }))).rejects.toThrow(RangeError);
      await append(log, 'still works');
    });
  });
});

test('too little free space is a refusal, and nothing is in the log', async () => {
  await use(async () => {});
  await use(
    async (log) => {
      const refusal = await log.append(Buffer.from('a'));
      expect(refusal).toMatchObject({ ok: false, reason: 'no-space' });
      expect(await log.head()).toBe(0);
    },
    { minFreeBytes: Number.MAX_SAFE_INTEGER },
  );
});
