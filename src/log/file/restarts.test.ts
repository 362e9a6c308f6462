import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Log } from '../log.ts';
import { openFileLog, openFileReader } from './engine.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'quorate-file-'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

const segments = () => readdirSync(join(dir, 'log')).filter((name) => name.endsWith('.segment'));

/** Entries as hashes: to compare long buffers byte for byte is slow here. */
async function all(log: Log): Promise<string[]> {
  const head = await log.head();
  const found: string[] = [];
  if (head === 0) return found;
  for await (const { index, bytes } of log.entries(1, new AbortController().signal)) {
    expect(index).toBe(found.length + 1);
    found.push(hash('sha256', bytes));
    if (index === head) break;
  }
  return found;
}

test('Each start begins a segment, and few short ones are left', async () => {
  const written: string[] = [];
  let bytes = 0;
  for (let start = 0; start < 40; start += 1) {
    const log = await openFileLog(dir, { minFreeBytes: 0 });
    for (let i = 0; i < 5; i += 1) {
      const entry = Buffer.alloc(i * 7_000, start % 7 === 0 ? 0 : 97 + i);
      expect(await log.append(entry)).toEqual({ ok: true, index: written.length + 1 });
      written.push(hash('sha256', entry));
      bytes += entry.length;
    }
    expect(await all(log)).toEqual(written);
    const reader = await openFileReader(dir);
    expect(await all(reader)).toEqual(written);
    await reader.close();
    await log.close();
  }
  expect(segments().length).toBeLessThan(3 + bytes / (256 * 1024));
});

test('A segment that is full is followed by one twice as long', async () => {
  const log = await openFileLog(dir, { minFreeBytes: 0 });
  const entry = Buffer.alloc(100_000, 97);
  for (let i = 0; i < 60; i += 1) await log.append(entry);
  await log.append(Buffer.alloc(8 * 1024 * 1024, 0));
  expect((await all(log)).length).toBe(61);
  await log.close();
  const mebibytes = segments().map((name) => statSync(join(dir, 'log', name)).size / 2 ** 20);
  expect(mebibytes.slice(0, 3)).toEqual([1, 2, 4]);
  const again = await openFileLog(dir, { minFreeBytes: 0 });
  const found = await all(again);
  expect(found.slice(0, 60).every((found) => found === hash('sha256', entry))).toBe(true);
  expect(found[60]).toBe(hash('sha256', Buffer.alloc(8 * 1024 * 1024, 0)));
  await again.close();
});
