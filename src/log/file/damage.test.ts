import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changeEntry } from '../../../test/disk/tamper.ts';
import { temporaryFolder } from '../../../test/harness/server.ts';
import { full } from '../conformance/steps.ts';
import { type Log, LogFailure } from '../log.ts';
import { openFileLog, openFileReader } from './engine.ts';

/** What is said of a log that is damaged, foreign or newer. Every byte of one: test/disk/flips.test.ts. */

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;

beforeEach(async () => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
  await use((log) => append(log, 1, 300));
});

afterEach(() => folder.remove());

async function use(work: (log: Log) => Promise<unknown>, path = dir): Promise<void> {
  const log = await openFileLog(path, { minFreeBytes: 0 });
  try {
    await work(log);
  } finally {
    await log.close();
  }
}

async function append(log: Log, from: number, to: number): Promise<void> {
  for (let index = from; index <= to; index += 1)
    expect(await log.append(Buffer.from(`entry ${index}`))).toEqual({ ok: true, index });
}

async function refused(reason: RegExp, path = dir): Promise<void> {
  const before = readdirSync(join(path, 'log')).sort();
  const opening = use(async () => undefined, path);
  await expect(opening).rejects.toThrow(reason);
  await expect(opening).rejects.toBeInstanceOf(LogFailure);
  await expect(openFileReader(path)).rejects.toThrow(reason);
  expect(readdirSync(join(path, 'log')).sort()).toEqual(before);
}

function segments(path = dir): string[] {
  return readdirSync(join(path, 'log'))
    .map((name) => join(path, 'log', name))
    .sort();
}

test.each([1, 150, 300])('damage of entry %i is named, the last one like any other', async (index) => {
  changeEntry(dir, index, (segment, at) => segment.writeUInt8(segment.readUInt8(at + 42) ^ 0x10, at + 42));
  await refused(new RegExp(`\\.segment is damaged: entry ${index} `));
});

test('an entry of a newer format is refused by its number', async () => {
  changeEntry(dir, 150, (segment, at) => {
    segment[at + 2] = 9;
    segment.writeUInt32BE(crc32(segment.subarray(at, at + 36)), at + 36);
  });
  await refused(/format 9; this program reads format 1/);
});

test('an intact entry of another history does not follow', async () => {
  const other = join(folder.path, 'other');
  await use(async (log) => {
    for (let index = 1; index <= 150; index += 1) await log.append(Buffer.from(`Entry ${index}`));
  }, other);
  let foreign = Buffer.alloc(0);
  changeEntry(other, 150, (segment, at) => {
    foreign = Buffer.from(segment.subarray(at, at + 56));
  });
  changeEntry(dir, 150, (segment, at) => void foreign.copy(segment, at));
  await refused(/entry 150 does not follow entry 149/);
});

test('a segment of another log is refused', async () => {
  const other = join(folder.path, 'other');
  await use((log) => append(log, 1, 300), other);
  const [theirs = ''] = segments(other);
  const [ours = ''] = segments();
  copyFileSync(theirs, ours);
  await refused(/belongs to another log/);
});

test('a log whose segments are all gone is not taken for a new one', async () => {
  for (const path of segments()) rmSync(path);
  await refused(/entry 1 is missing: the log has held entry 300/);
});

test('a log whose first entries are gone is refused', async () => {
  const log = await openFileLog(dir, { minFreeBytes: 0 });
  for (let index = 301; index <= 320; index += 1) await log.append(Buffer.alloc(200_000, 'x'));
  await log.close();
  rmSync(segments()[0] as string);
  await refused(/entry 1 is missing/);
});

test('a checkpoint that is gone is passed over for the one before, whose entries are there', async () => {
  await use(async (log) => {
    await log.checkpoint(full(100, { a: 'first' }));
    await log.checkpoint(full(200, { a: 'second' }));
  });
  const path = readdirSync(join(dir, 'state')).sort().at(-1) as string;
  rmSync(join(dir, 'state', path));
  await use(async (log) => {
    const checkpoint = await log.restore();
    expect(checkpoint?.index).toBe(100);
    const next = await log.entries(101, new AbortController().signal)[Symbol.asyncIterator]().next();
    expect(Buffer.from(next.value?.bytes ?? []).toString()).toBe('entry 101');
  });
});
