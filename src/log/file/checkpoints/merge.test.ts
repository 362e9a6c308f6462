import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  changes,
  diskWith,
  full,
  openCheckpoints,
  stateOf,
  systemError,
  type Values,
} from '../../../../test/harness/file-checkpoints.ts';
import { fewOr } from '../../../../test/harness/property.ts';
import { pick, randomFrom, seedOfRun } from '../../../../test/harness/random.ts';
import { type CheckpointRecord, LogFailure } from '../../log.ts';
import type { CheckpointsOptions, FileCheckpoints } from './checkpoints.ts';

vi.mock('./sizes.ts', () => ({
  blockBytes: 1000,
  blockRecords: 10,
  readBytes: 2500,
  portionBytes: 3000,
  leastMergeBytes: 1,
  mostFiles: 5,
}));

let dir: string;

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'quorate-checkpoints-')), 'state');
});

afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

const files = (): string[] => readdirSync(dir);
const bytesOf = (): number => files().reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

/** Values that cannot be compressed, so that a file is as long as they are many. */
function valuesOf(seed: number, keys: number): Record<string, string> {
  const random = randomFrom(seed);
  const value = () => Array.from({ length: 8 }, () => random().toString(36).slice(2)).join('');
  return Object.fromEntries(Array.from({ length: keys }, (_, n) => [`key-${n}`, value()]));
}

/** A full checkpoint of entry 10, and one of entry 20 that changes all of it: as soon as it is swept, it is merged. */
async function aboutToMerge(options: Partial<CheckpointsOptions> = {}): Promise<FileCheckpoints> {
  const checkpoints = await openCheckpoints(dir, options);
  await checkpoints.write(full(10, before));
  await checkpoints.write(changes(20, { ...after, gone: null }));
  return checkpoints;
}

const before = { ...valuesOf(1, 100), gone: '1' };
const after = valuesOf(2, 100);

test('changes that outweigh what they change become a full file; the one before can still be gone back to', async () => {
  const checkpoints = await aboutToMerge();
  await checkpoints.sweep();
  expect(files()).toEqual(['0000000001-0000000001', '0000000001-0000000003']);
  for (const now of [checkpoints, await openCheckpoints(dir, { epoch: 2 })]) {
    expect(now.current!.files).toEqual(['0000000001-0000000003']);
    expect(await stateOf(now)).toEqual({ index: 20, values: after });
    expect(await stateOf(now, now.previous)).toEqual({ index: 10, values: before });
  }
  await checkpoints.write(changes(30, { a: '1' }));
  await checkpoints.sweep();
  expect(files()).toEqual(['0000000001-0000000003', '0000000001-0000000004']);
  expect(await stateOf(checkpoints)).toEqual({ index: 30, values: { ...after, a: '1' } });
  expect(await stateOf(checkpoints, checkpoints.previous)).toEqual({ index: 20, values: after });
});

test('many small files become one', async () => {
  const checkpoints = await openCheckpoints(dir);
  const values: Record<string, string> = valuesOf(1, 200);
  await checkpoints.write(full(1, values));
  for (let index = 2; index < 20; index += 1) {
    values[`key-${index % 3}`] = `${index}`;
    await checkpoints.write(changes(index, { [`key-${index % 3}`]: `${index}` }));
    await checkpoints.sweep();
    // Those of the newest, and a base and more that only the one before it needs.
    expect(files().length).toBeLessThanOrEqual(2 * 5 + 1);
    expect(await stateOf(checkpoints)).toEqual({ index, values });
  }
});

test('what merges write is in proportion to what was written without them', async () => {
  let written = 0;
  let changed = 0;
  const { create, ...disk } = diskWith(() => {});
  const counting = {
    ...disk,
    create: async (path: string) => {
      const file = await create(path);
      return {
        ...file,
        write(bytes: Uint8Array, at: number) {
          written += bytes.length;
          return file.write(bytes, at);
        },
      };
    },
  };
  const checkpoints = await openCheckpoints(dir, { disk: counting });
  await checkpoints.write(full(1, valuesOf(1, 600)));
  written = 0;
  for (let index = 2; index < 30; index += 1) {
    const start = written;
    const all = Object.entries(valuesOf(index, 600));
    await checkpoints.write(
      changes(index, Object.fromEntries(all.slice((index % 3) * 200, (index % 3) * 200 + 200))),
    );
    changed += written - start;
    await checkpoints.sweep();
  }
  expect(written).toBeGreaterThan(1.5 * changed);
  expect(written).toBeLessThan(2.1 * changed);
  expect(bytesOf()).toBeLessThan(5 * 600 * 200);
});

test('random checkpoints, restarts and falls back give what they should', async () => {
  const seed = seedOfRun();
  const random = randomFrom(seed);
  const keys = Array.from({ length: 60 }, (_, n) => `${'key'.repeat(1 + (n % 20))}-${n}`);
  let epoch = 1;
  let checkpoints = await openCheckpoints(dir, { epoch });
  let current: Values = {};
  let previous: Values | null = null;
  let merges = 0;
  for (let index = 1; index < fewOr(60, 300); index += 1) {
    const what = random();
    if (what < 0.15) {
      epoch += 1;
      checkpoints = await openCheckpoints(dir, { epoch });
      await checkpoints.tidy();
    } else if (what < 0.2 && previous !== null) {
      checkpoints.fallBack();
      current = previous;
      previous = null;
      // To stay so after a restart it takes one more.
    }
    const changed = Object.fromEntries(
      keys
        .filter(() => random() < 0.2)
        .map((key) => [key, random() < 0.3 ? null : `${index}`.repeat(Math.floor(random() * 50))]),
    );
    const isFull = random() < 0.05;
    const next: Values = { ...(isFull ? {} : current), ...changed };
    await checkpoints.write(isFull ? full(index, changed) : changes(index, changed));
    previous = checkpoints.previous && current;
    current = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== null));
    if (random() < 0.8) {
      const count = checkpoints.current!.files.length;
      await checkpoints.sweep();
      if (checkpoints.current!.files.length < count) merges += 1;
    }
    const again = `SEED=${seed}, index ${index}`;
    expect((await stateOf(checkpoints))?.values, again).toEqual(current);
    expect((await stateOf(checkpoints, checkpoints.previous))?.values ?? null, again).toEqual(previous);
  }
  expect(merges, `SEED=${seed}`).toBeGreaterThan(2);
});

test('one that is written meanwhile waits, and follows the merged one', async () => {
  let writing = null as Promise<boolean> | null;
  let begin = () => {};
  const disk = diskWith((operation, path) => {
    if (operation === 'create' && path.includes('0000000003')) begin();
  });
  const checkpoints = await aboutToMerge({ disk });
  begin = () => {
    writing = checkpoints.write(changes(30, { a: '1' }));
  };
  const sweeping = checkpoints.sweep();
  // Two at once are one.
  await checkpoints.sweep();
  await sweeping;
  expect(await writing).toBe(true);
  expect(checkpoints.current!.files).toEqual(['0000000001-0000000003', '0000000001-0000000004']);
  expect(await stateOf(checkpoints)).toEqual({ index: 30, values: { ...after, a: '1' } });
  expect(await stateOf(checkpoints, checkpoints.previous)).toEqual({ index: 20, values: after });
});

test('nothing is merged while one is written', async () => {
  const checkpoints = await aboutToMerge();
  const sweeping = checkpoints.sweep();
  const writing = checkpoints.write(changes(30, { a: '1' }));
  await Promise.all([sweeping, writing]);
  expect(checkpoints.current!.files).toHaveLength(3);
  await checkpoints.sweep();
  expect(checkpoints.current!.files).toEqual(['0000000001-0000000004']);
  expect(await stateOf(checkpoints)).toEqual({ index: 30, values: { ...after, a: '1' } });
  expect(await stateOf(checkpoints, checkpoints.previous)).toEqual({ index: 20, values: after });
});

test('a reader of what is merged meanwhile reads on', async () => {
  const checkpoints = await aboutToMerge();
  const read: Record<string, string> = {};
  for await (const { key, bytes } of checkpoints.read(checkpoints.current!)) {
    read[key] = Buffer.from(bytes!).toString();
    if (Object.keys(read).length === 5) await checkpoints.sweep();
  }
  expect(read).toEqual(after);
});

test('others get a turn after a block or two, while one is written, read or merged', async () => {
  const checkpoints = await aboutToMerge();
  const most = 2 * 10;
  let since = 0;
  let turns = 0;
  const next = (): void => {
    since = 0;
    turns += 1;
    again = setImmediate(next);
  };
  let again = setImmediate(next);
  async function* records(): AsyncGenerator<CheckpointRecord[]> {
    for (const [key, value] of Object.entries(valuesOf(3, 1000))) {
      since += 1;
      expect(since).toBeLessThanOrEqual(most);
      yield [{ key, bytes: Buffer.from(value) }];
    }
  }
  await checkpoints.write({ index: 30, full: false, records: records() });
  for await (const _ of checkpoints.read(checkpoints.current!)) {
    since += 1;
    expect(since).toBeLessThanOrEqual(most);
  }
  turns = 0;
  await checkpoints.sweep();
  expect(turns).toBeGreaterThanOrEqual(1000 / most);
  clearImmediate(again);
  expect(checkpoints.current!.files).toHaveLength(1);
});

test('close stops a merge, and nothing of it is left', async () => {
  let stop = () => {};
  const disk = diskWith((operation, path) => {
    if (operation === 'write' && path.includes('0000000003')) stop();
  });
  const checkpoints = await aboutToMerge({ disk });
  let closing = null as Promise<void> | null;
  stop = () => {
    closing ??= checkpoints.close();
  };
  await checkpoints.sweep();
  await closing;
  expect(files()).toEqual(['0000000001-0000000001', '0000000001-0000000002']);
  expect(await stateOf(await openCheckpoints(dir, { epoch: 2 }))).toEqual({ index: 20, values: after });
});

test('where there is no space for a merge, it comes after the next one', async () => {
  let isFull = true;
  const disk = diskWith((operation, path) => {
    if (isFull && operation === 'sync' && path.includes('0000000003')) throw systemError('ENOSPC');
  });
  const checkpoints = await aboutToMerge({ disk });
  await checkpoints.sweep();
  expect(files()).toEqual(['0000000001-0000000001', '0000000001-0000000002']);
  expect(await stateOf(checkpoints)).toEqual({ index: 20, values: after });
  isFull = false;
  await checkpoints.write(changes(30, { a: '1' }));
  await checkpoints.sweep();
  expect(checkpoints.current!.files).toEqual(['0000000001-0000000005']);
  expect(await stateOf(checkpoints)).toEqual({ index: 30, values: { ...after, a: '1' } });
});

test('a merge that finds damage, or a disk that fails, stops the log', async () => {
  const checkpoints = await aboutToMerge({
    disk: diskWith((operation, path) => {
      if (operation === 'read' && path.endsWith('0000000001')) throw systemError('EIO');
    }),
  });
  await expect(checkpoints.sweep()).rejects.toThrow(/cannot read .*0000000001-0000000001: EIO/);
  await expect(checkpoints.sweep()).rejects.toBeInstanceOf(LogFailure);
  expect(files()).toEqual(['0000000001-0000000001', '0000000001-0000000002']);
});

test('a process that ends at any step of a merge leaves the same state', async () => {
  await aboutToMerge();
  let isOver = false;
  for (let last = 0; !isOver; last += 1) {
    let step = 0;
    const disk = diskWith((operation) => {
      if (operation === 'size' || operation === 'read') return;
      step += 1;
      if (step > last) throw new Error('it has ended');
    });
    const epoch = 2 + 2 * last;
    const checkpoints = await openCheckpoints(dir, { epoch, disk });
    await checkpoints.sweep().catch(() => {});
    isOver = step <= last;
    const next = await openCheckpoints(dir, { epoch: epoch + 1 });
    expect(await stateOf(next)).toEqual({ index: 20, values: after });
    expect(await stateOf(next, next.previous)).toEqual({ index: 10, values: before });
    await next.tidy();
    expect(await stateOf(next)).toEqual({ index: 20, values: after });
    // Merged again from the beginning.
    if (next.current!.files.length === 1) {
      rmSync(dir, { recursive: true });
      await aboutToMerge();
    }
  }
});

test.each(['random', 'last'])('a damaged merged file is gone back from, %s byte', async (which) => {
  const checkpoints = await aboutToMerge();
  await checkpoints.sweep();
  const { readFileSync, writeFileSync } = await import('node:fs');
  const path = join(dir, checkpoints.current!.files[0]!);
  const bytes = readFileSync(path);
  const at = which === 'last' ? bytes.length - 1 : pick(randomFrom(seedOfRun()), [...bytes.keys()]);
  bytes[at]! ^= 0x20;
  writeFileSync(path, bytes);
  const next = await openCheckpoints(dir, { epoch: 2 });
  await expect(stateOf(next), `byte ${at}`).rejects.toThrow(path);
  expect(await stateOf(next, next.fallBack())).toEqual({ index: 10, values: before });
});
