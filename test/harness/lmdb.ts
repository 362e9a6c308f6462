import { open, type RootDatabase } from 'lmdb';
import { expect } from 'vitest';
import { openLmdbLog } from '../../src/log/lmdb/engine.ts';
import type { LmdbLogOptions } from '../../src/log/lmdb/lmdb-log.ts';
import { type Checkpoint, type CheckpointRecord, type Log, LogFailure } from '../../src/log/log.ts';

/** Ways of the LMDB log's tests to use, refuse and damage the log in the directory of the moment. */
export function lmdbIn(directory: () => string) {
  async function use(work: (log: Log) => Promise<unknown>, options: LmdbLogOptions = {}): Promise<void> {
    const log = await openLmdbLog(directory(), options);
    try {
      await work(log);
    } finally {
      await log.close();
    }
  }

  async function refused(reason: RegExp): Promise<void> {
    const opening = openLmdbLog(directory()).then((log) => log.close());
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toBeInstanceOf(LogFailure);
  }

  /** The directory's database without a log around it. */
  function raw(): RootDatabase<Buffer, string> {
    return open<Buffer, string>(directory(), {
      encoding: 'binary',
      noSubdir: false,
      maxDbs: 8,
      overlappingSync: false,
    });
  }

  async function tamper(work: (env: RootDatabase<Buffer, string>) => void): Promise<void> {
    const env = raw();
    try {
      work(env);
    } finally {
      await env.close();
    }
  }

  return { use, refused, raw, tamper };
}

export async function append(log: Log, text: string): Promise<void> {
  expect(await log.append(Buffer.from(text))).toMatchObject({ ok: true });
}

export async function appendMany(log: Log, many: number): Promise<void> {
  for (let index = 1; index <= many; index++) await append(log, `entry ${index}`);
}

export async function read(log: Log, from: number, many: number): Promise<string[]> {
  const texts: string[] = [];
  for await (const entry of log.entries(from, AbortSignal.timeout(10_000))) {
    texts.push(Buffer.from(entry.bytes).toString());
    if (texts.length === many) break;
  }
  return texts;
}

export function checkpoint(index: number, changes: Record<string, string | null>, full = true) {
  async function* records(): AsyncGenerator<CheckpointRecord[]> {
    yield Object.entries(changes).map(([key, value]) => ({
      key,
      bytes: value === null ? null : Buffer.from(value),
    }));
  }
  return { index, full, records: records() };
}

export async function state(found: Checkpoint | null): Promise<Record<string, unknown>> {
  const pairs: [string, unknown][] = [['index', found?.index]];
  for await (const { key, bytes } of found!.records) pairs.push([key, Buffer.from(bytes!).toString()]);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function count(env: RootDatabase<Buffer, string>, name: string): number {
  const db = env.openDB(name, {
    encoding: 'binary',
    ...(name === 'records' ? { keyEncoding: 'binary' } : {}),
  });
  return (db.getStats() as { entryCount: number }).entryCount;
}
