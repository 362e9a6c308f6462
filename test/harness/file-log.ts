import { expect } from 'vitest';
import { type FileLogOptions, openFileLog } from '../../src/log/file/engine.ts';
import { type Checkpoint, type CheckpointRecord, type Log, LogFailure } from '../../src/log/log.ts';

/** Ways of the tests of the file engine to use and refuse the log in the directory of the moment. */
export function fileLogIn(directory: () => string) {
  async function use(work: (log: Log) => Promise<unknown>, options: FileLogOptions = {}): Promise<void> {
    const log = await openFileLog(directory(), options);
    try {
      await work(log);
    } finally {
      await log.close();
    }
  }

  async function refused(reason: RegExp): Promise<void> {
    const opening = openFileLog(directory()).then((log) => log.close());
    await expect(opening).rejects.toThrow(reason);
    await expect(opening).rejects.toBeInstanceOf(LogFailure);
  }

  return { use, refused };
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
