import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { Database, RootDatabase } from 'lmdb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { logConformance } from '../conformance.ts';
import type { Log } from '../log.ts';
import { openLmdbLog, openLmdbReader } from './engine.ts';

// Child processes run the engine as JavaScript, made once from the source beside this file.
let built: string;

import { append, appendMany, checkpoint, count, lmdbIn, read, state } from '../../../test/harness/lmdb.ts';

let root: string;
let dir: string;
const { raw, refused, tamper, use } = lmdbIn(() => dir);
const children = new Set<ChildProcess>();

beforeAll(() => {
  built = mkdtempSync(join(tmpdir(), 'quorate-built-'));
  const modules = join(import.meta.dirname, '../../../node_modules');
  symlinkSync(modules, join(built, 'node_modules'));
  writeFileSync(join(built, 'package.json'), '{"type":"module"}');
  const source = join(import.meta.dirname, 'engine.ts');
  const options =
    '--ignoreConfig --module nodenext --target es2023 --types node --rewriteRelativeImportExtensions';
  const typeRoots = ['--typeRoots', join(modules, '@types'), '--skipLibCheck', '--outDir', built];
  execFileSync(process.execPath, [
    join(modules, 'typescript/bin/tsc'),
    ...options.split(' '),
    ...typeRoots,
    source,
  ]);
});

afterAll(() => rmSync(built, { recursive: true }));

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quorate-lmdb-'));
  dir = join(root, 'log');
});

afterEach(async () => {
  for (const child of children) await kill(child);
  rmSync(root, { recursive: true, force: true });
});

describe('lmdb log', () => {
  let opened = 0;
  const engine = {
    name: 'lmdb',
    open: () => openLmdbLog(join(root, `log-${opened++}`)),
    reopen: (closed: Log) => openLmdbLog(closed.info.location),
    join: null,
  };
  for (const { clause, name, skip, run } of logConformance(engine)) {
    test.skipIf(skip !== null)(`${clause}: ${name}${skip ? ` (skipped: ${skip})` : ''}`, run);
  }
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

  test('whose log has a newer format is refused', async () => {
    await use((log) => append(log, 'a'));
    await tamper((env) => change(env, 'quorate-log', (record) => record.writeUInt8(2, 0)));
    await refused(/newer or foreign format, 2/);
  });
});

describe('one owner', () => {
  test('a second log in the same process is refused, and the first goes on', async () => {
    await use(async (log) => {
      await append(log, 'before');
      await refused(new RegExp(`in use by process ${process.pid} since 20`));
      await append(log, 'after');
      expect(await read(log, 1, 2)).toEqual(['before', 'after']);
    });
  });

  for (const path of ['short', `${'long'.repeat(20)}/${'er'.repeat(20)}`]) {
    test(`another process is refused while the owner lives, and takes over once it was killed: ${path}`, async () => {
      dir = join(root, path);
      const owner = await startAppender();
      await owner.acked(5);
      await refused(new RegExp(`in use by process ${owner.process.pid} since 20`));
      const acked = await kill(owner.process).then(() => owner.last());
      await use(async (log) => {
        expect(await log.head()).toBeGreaterThanOrEqual(acked);
        await append(log, 'mine now');
      });
    });
  }

  test('an owner that is paused is still the owner', async () => {
    // Idle, since a pause in the middle of a write would keep LMDB's own lock, too.
    const owner = await start(
      `await openLmdbLog(${JSON.stringify(dir)}); console.log('open'); setInterval(() => {}, 1e6);`,
    );
    await line(owner, /open/);
    owner.kill('SIGSTOP');
    await refused(new RegExp(`in use by process ${owner.pid} since 20`));
  });
});

describe('kill -9', () => {
  test('keeps every acknowledged entry', async () => {
    let acked = 0;
    for (let life = 0; life < 3; life++) {
      const appender = await startAppender();
      await appender.acked(acked + 40);
      await kill(appender.process);
      acked = appender.last();
      await use(async (log) => {
        const head = await log.head();
        expect(head).toBeGreaterThanOrEqual(acked);
        // At most the one append in flight is there without having been acknowledged.
        expect(head).toBeLessThanOrEqual(acked + 1);
        expect(await read(log, 1, head)).toEqual(Array.from({ length: head }, (_, at) => `entry ${at + 1}`));
        acked = head;
      });
    }
  });
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

describe('checkpoints', () => {
  test('one that a crash cut short is cleaned up and the one before it stands', async () => {
    await use(async (log) => {
      await appendMany(log, 10);
      await log.checkpoint(checkpoint(5, { a: 'kept' }));
    });
    const child = await start(
      `const log = await openLmdbLog(${JSON.stringify(dir)});
       async function* records() {
         for (let n = 0; n < 1000; n++) yield [{ key: 'stray-' + n, bytes: Buffer.from('stray') }];
         console.log('half-way');
         await new Promise((resolve) => setTimeout(resolve, 60_000));
       }
       await log.checkpoint({ index: 10, full: true, records: records() });`,
    );
    await line(child, /half-way/);
    await kill(child);
    await tamper((env) => expect(count(env, 'records')).toBeGreaterThan(500));
    await use(async (log) => expect(await state(await log.restore())).toEqual({ index: 5, a: 'kept' }));
    await tamper((env) => {
      expect(count(env, 'records')).toBe(1);
      expect(count(env, 'manifests')).toBe(1);
    });
  });

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

  test('one beyond the head is refused', async () => {
    await use(async (log) => {
      await append(log, 'a');
      await expect(log.checkpoint(checkpoint(2, {}))).rejects.toThrow(/beyond the head 1/);
    });
  });
});

describe('a disk that does not take it', () => {
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

  test('a write that fails stops the log for good; what was acknowledged before is kept', async () => {
    // Past a limit on the size of files several pages are cut short; one alone is refused, and can crash lmdb: docs/faults.md.
    const child = await start(
      `process.on('unhandledRejection', () => console.log('unhandled'));
       ${appenderScript('appendOrTell', 9_000)}`,
      ['sh', '-c', `trap '' XFSZ; ulimit -f 4000; exec "$@"`, 'sh'],
    );
    const lines: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (text) => lines.push(text));
    await once(child, 'close');
    children.delete(child);
    const acked = lines.filter((text) => /^\d+$/.test(text)).length;
    expect(acked).toBeGreaterThan(10);
    expect(lines.slice(acked)).toEqual([
      'append: LogFailure',
      'append again: LogFailure',
      'head: LogFailure',
      'reader: LogFailure',
      'closed',
    ]);
    await use(async (log) => expect(await log.head()).toBe(acked));
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

/** A process that appends until it is killed and prints each index once it was acknowledged. */
async function startAppender() {
  const child = await start(appenderScript('append', 0));
  const acked: number[] = [];
  createInterface({ input: child.stdout! }).on('line', (text) => acked.push(Number(text)));
  return {
    process: child,
    last: () => acked.at(-1) ?? 0,
    acked: (index: number) => until(() => (acked.at(-1) ?? 0) >= index),
  };
}

function appenderScript(call: 'append' | 'appendOrTell', padding: number): string {
  return `
    const log = await openLmdbLog(${JSON.stringify(dir)}, { minFreeBytes: 0 });
    const append = async (index) => {
      const appended = await log.append(Buffer.from(('entry ' + index).padEnd(${padding})));
      console.log(appended.index);
    };
    const appendOrTell = async (index) => {
      try { return await append(index); } catch (error) { console.log('append: ' + error.name); }
      await log.append(Buffer.from('x')).catch((error) => console.log('append again: ' + error.name));
      await log.head().catch((error) => console.log('head: ' + error.name));
      await log.entries(1, new AbortController().signal).next().catch((error) => console.log('reader: ' + error.name));
      await log.close();
      console.log('closed');
      process.exit(0);
    };
    for (let index = await log.head() + 1; ; index++) await ${call}(index);`;
}

/** Runs a module that knows `openLmdbLog`, in a process of its own. */
async function start(script: string, before: readonly string[] = []): Promise<ChildProcess> {
  const file = join(root, `child-${children.size}-${Date.now()}.mjs`);
  const engine = pathToFileURL(join(built, 'lmdb/engine.js')).href;
  writeFileSync(file, `import { openLmdbLog } from ${JSON.stringify(engine)};\n${script}\n`);
  const [command, ...args] = [...before, process.execPath, file];
  const child = spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  return child;
}

async function line(child: ChildProcess, wanted: RegExp): Promise<void> {
  let seen = '';
  child.stdout!.on('data', (chunk) => {
    seen += chunk;
  });
  await until(() => wanted.test(seen));
}

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error('nothing came within 15 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
