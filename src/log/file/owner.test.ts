import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness/server.ts';
import type { Log } from '../log.ts';
import { openFileLog, openFileReader } from './engine.ts';

/** Who owns a log's directory, and what becomes of a log whose directory is taken away. */

let folder: ReturnType<typeof temporaryFolder>;
let dir: string;
const open: Log[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  dir = join(folder.path, 'log');
});

afterEach(async () => {
  for (const log of open.splice(0)) await log.close();
  folder.remove();
});

async function opened(path = dir): Promise<Log> {
  const log = await openFileLog(path, { minFreeBytes: 0 });
  open.push(log);
  return log;
}

const entry = Buffer.from('entry');

function sockets(): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.sock'))
    .map((name) => join(dir, name));
}

/** Has nobody listen where the owner should, as if it were dead. */
function silence(): void {
  for (const path of sockets()) {
    rmSync(path);
    writeFileSync(path, '');
  }
}

const inUse = `in use by process ${process.pid} since 20`;
const takenOver = /another process has taken this log over/;

test.each(['short', `${'long'.repeat(20)}/${'er'.repeat(20)}`])(
  'a second owner is refused by name, and the first goes on: %s',
  async (path) => {
    dir = join(folder.path, path);
    const log = await opened();
    await expect(openFileLog(dir)).rejects.toThrow(inUse);
    expect(await log.append(entry)).toEqual({ ok: true, index: 1 });
    await log.close();
    expect(await (await opened()).append(entry)).toEqual({ ok: true, index: 2 });
  },
);

test('a living owner stays the owner when its socket is removed', async () => {
  const log = await opened();
  for (const path of sockets()) rmSync(path);
  await expect(openFileLog(dir)).rejects.toThrow(inUse);
  expect(await log.append(entry)).toEqual({ ok: true, index: 1 });
});

test('an owner that was overtaken can write nothing more, and notices when it is asked for the head', async () => {
  const log = await opened();
  await log.append(entry);
  silence();
  const next = await opened();
  await next.append(entry);
  await expect(log.append(entry)).rejects.toThrow(takenOver);
  await expect(log.head()).rejects.toThrow(takenOver);
  await log.close();
  expect(await next.append(entry)).toEqual({ ok: true, index: 3 });
});

test('an owner that was overtaken notices when it is asked for the head first', async () => {
  const log = await opened();
  silence();
  await (await opened()).append(entry);
  await expect(log.head()).rejects.toThrow(takenOver);
});

test('an owner that slept through two successors notices as well, and does not say that it went in good order', async () => {
  const log = await opened();
  await log.append(entry);
  silence();
  await opened();
  silence();
  const third = await opened();
  await expect(log.head()).rejects.toThrow(takenOver);
  await log.close();
  await expect(openFileLog(dir)).rejects.toThrow(inUse);
  expect(await third.append(entry)).toEqual({ ok: true, index: 2 });
});

test("a copy of a living owner's log has no owner", async () => {
  const log = await opened();
  await log.append(entry);
  const copy = join(folder.path, 'copy');
  mkdirSync(copy);
  for (const part of ['epochs', 'log', 'state'])
    cpSync(join(dir, part), join(copy, part), { recursive: true });
  expect(await (await opened(copy)).append(entry)).toEqual({ ok: true, index: 2 });
  expect(await log.append(entry)).toEqual({ ok: true, index: 2 });
});

test('a reader beside an owner sees what was there when it came, and disturbs nobody', async () => {
  const log = await opened();
  await log.append(entry);
  // But for the segment that the owner makes ahead meanwhile.
  const files = () =>
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => !/-0000000002\.segment/.test(name))
      .sort();
  const before = files();
  const reader = await openFileReader(dir);
  expect(await reader.head()).toBe(1);
  await expect(reader.append(entry)).rejects.toThrow('reading only');
  await reader.close();
  expect(files()).toEqual(before);
  expect(await log.append(entry)).toEqual({ ok: true, index: 2 });
});

test.each<[string, () => void, RegExp]>([
  ['deleted', () => rmSync(dir, { recursive: true }), /is gone: it was moved, deleted or replaced/],
  ['moved', () => renameSync(dir, `${dir}-elsewhere`), /is gone/],
  [
    'replaced by a copy',
    () => {
      renameSync(dir, `${dir}-elsewhere`);
      mkdirSync(dir);
      for (const part of ['epochs', 'log', 'state'])
        cpSync(join(`${dir}-elsewhere`, part), join(dir, part), { recursive: true });
    },
    /is another file/,
  ],
  [
    'short of its epochs',
    () => rmSync(join(dir, 'epochs'), { recursive: true }),
    /epochs.0000000001 is gone/,
  ],
])('a log whose directory is %s takes nothing more, and its readers end', async (_, away, reason) => {
  const log = await opened();
  await log.append(entry);
  const reader = log.entries(2, new AbortController().signal)[Symbol.asyncIterator]().next();
  away();
  await expect(log.append(entry)).rejects.toThrow(reason);
  await expect(reader).rejects.toThrow(reason);
  await expect(log.head()).rejects.toThrow(reason);
});

test('a segment that is removed under its owner is missed before the next entry is acknowledged', async () => {
  const log = await opened();
  await log.append(entry);
  for (const name of readdirSync(join(dir, 'log'))) rmSync(join(dir, 'log', name));
  await expect(log.append(entry)).rejects.toThrow(/\.segment is gone/);
});
