import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/harness/server.ts';
import type { Log } from '../log.ts';
import { openLmdbLog } from './engine.ts';

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
  const log = await openLmdbLog(path, { minFreeBytes: 0 });
  open.push(log);
  return log;
}

const entry = Buffer.from('entry');

test('a living owner stays the owner when its socket is removed', async () => {
  const log = await opened();
  for (const name of readdirSync(dir)) if (name.endsWith('.sock')) rmSync(join(dir, name));
  await expect(openLmdbLog(dir)).rejects.toThrow(`in use by process ${process.pid} since 20`);
  expect(await log.append(entry)).toEqual({ ok: true, index: 1 });
});

/** Has nobody listen where the owner should, as if it were dead. */
function silence(): void {
  for (const name of readdirSync(dir).filter((name) => name.endsWith('.sock'))) {
    rmSync(join(dir, name));
    writeFileSync(join(dir, name), '');
  }
}

test('an owner that was overtaken can write nothing more, and notices when it is asked for the head', async () => {
  const log = await opened();
  await log.append(entry);
  silence();
  const next = await opened();
  await next.append(entry);
  await expect(log.append(entry)).rejects.toThrow(/another process has taken this log over/);
  await expect(log.head()).rejects.toThrow(/another process has taken this log over/);
  await log.close();
  expect(await next.append(entry)).toEqual({ ok: true, index: 3 });
});

test('an owner that was overtaken notices when it is asked for the head first', async () => {
  const log = await opened();
  silence();
  await (await opened()).append(entry);
  await expect(log.head()).rejects.toThrow(/taken this log over/);
});

test("a copy of a living owner's log has no owner", async () => {
  const log = await opened();
  await log.append(entry);
  const copy = join(folder.path, 'copy');
  mkdirSync(copy);
  copyFileSync(join(dir, 'data.mdb'), join(copy, 'data.mdb'));
  expect(await (await opened(copy)).append(entry)).toEqual({ ok: true, index: 2 });
});

test.each<[string, () => void, RegExp]>([
  ['deleted', () => rmSync(dir, { recursive: true }), /data\.mdb is gone: it was moved, deleted or replaced/],
  ['moved', () => renameSync(dir, `${dir}-elsewhere`), /data\.mdb is gone/],
  [
    'replaced',
    () => {
      renameSync(dir, `${dir}-elsewhere`);
      mkdirSync(dir);
      copyFileSync(join(`${dir}-elsewhere`, 'data.mdb'), join(dir, 'data.mdb'));
    },
    /data\.mdb is another file/,
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
