import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openFileLog } from '../../src/log/file/engine.ts';
import { type CheckpointRecord, type Log, NoSpace } from '../../src/log/log.ts';
import { quorate, type Server, startServer, temporaryFolder, until } from '../harness/server.ts';
import { noMount, SmallDisk, whyNot } from './tools.ts';

const reason = whyNot('a full disk, a disk that turns read-only, and a disk in memory', noMount());
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

// Skipped only where no file system can be mounted; whyNot has said so.
describe.skipIf(reason !== null)('a disk of its own', () => {
  test('that fills up: 507 and nothing done, reading goes on, and writing when space returns', async () => {
    const disk = await kept(SmallDisk.ext4(160));
    const server = await started(join(disk.dir, 'log'));
    expect(await propose(server, 1)).toMatchObject({ status: 201 });
    const held = fill(disk.dir, 40 << 20);
    const refused = await until(30_000, async () => {
      const answer = await propose(server, 2);
      return answer.status === 507 ? answer : undefined;
    });
    expect(refused.body).toMatchObject({ code: 'no-space', outcome: 'not-executed' });
    expect((await round(server)).status).toBe(200);
    // An operator hears of it, by every way there is.
    const ready = async () => (await fetch(`${server.url}/readyz`)).json();
    const metrics = async () => (await fetch(`${server.url}/metrics`)).text();
    await until(30_000, () => server.stderr().includes('"event":"read-only"') || undefined);
    expect(await ready()).toMatchObject({ status: 'read-only', freeBytes: expect.any(Number) });
    expect(await metrics()).toMatch(/^quorate_read_only 1$/m);
    rmSync(held);
    await until(30_000, () => server.stderr().includes('"event":"writable"') || undefined);
    expect(await ready()).toMatchObject({ status: 'ready' });
    expect(await metrics()).toMatch(/^quorate_read_only 0$/m);
    expect(await metrics()).toMatch(/^quorate_log_free_bytes [1-9]\d+$/m);
    const answer = await until(30_000, async () => {
      const again = await propose(server, 3);
      return again.status === 507 ? undefined : again;
    });
    expect(answer.status).toBe(201);
    expect(await server.stop()).toEqual({ code: 0, signal: null });
  });

  test('that is too full for a first start: it is refused, and nothing is left behind', async () => {
    const disk = await kept(SmallDisk.ext4(48));
    const path = join(disk.dir, 'missing', 'log');
    const refused = await quorate(['server', '--data', path, '--port', '0']);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/bytes are free/) });
    expect(existsSync(join(disk.dir, 'missing'))).toBe(false);
  });

  test('that fills up while a checkpoint is written: it stops at the floor, the one before stays, and later it is written', async () => {
    const disk = await kept(SmallDisk.ext4(192));
    const path = join(disk.dir, 'log');
    const floor = 32 << 20;
    const opened = () => openFileLog(path, { minFreeBytes: floor });
    let log = await opened();
    cleanups.push(() => log.close());
    for (let n = 1; n <= 20; n += 1)
      expect(await log.append(Buffer.from(`entry ${n}`))).toMatchObject({ ok: true });
    await log.checkpoint({ index: 10, full: true, records: large(1) });
    const held = fill(disk.dir, floor + (20 << 20));
    await expect(log.checkpoint({ index: 20, full: true, records: large(60) })).rejects.toThrow(NoSpace);
    expect(freeIn(disk.dir)).toBeGreaterThan(floor - (8 << 20));
    expect(await sizes(log)).toEqual([1 << 20]);
    // What was half written does not come back with a restart either.
    await log.close();
    log = await opened();
    expect(await sizes(log)).toEqual([1 << 20]);
    await expect(log.checkpoint({ index: 20, full: true, records: large(60) })).rejects.toThrow(NoSpace);
    rmSync(held);
    await until(30_000, async () => (freeIn(disk.dir) > floor + (70 << 20) ? true : undefined));
    await log.checkpoint({ index: 20, full: true, records: large(60) });
    expect(await sizes(log)).toHaveLength(60);
    expect(await log.append(Buffer.from('goes on'))).toEqual({ ok: true, index: 21 });
  });

  test('that is full to the last byte, with no floor: entries and checkpoints are refused, nothing stops, and all goes on with space', async () => {
    const disk = await kept(SmallDisk.tmpfs(24));
    const path = join(disk.dir, 'log');
    const opened = () => openFileLog(path, { minFreeBytes: 0, acceptLoss: true });
    let log = await opened();
    cleanups.push(() => log.close());
    const sent: number[] = [];
    const append = async (): Promise<string> => {
      const appended = await log.append(Buffer.alloc(300_000, sent.length + 1));
      if (appended.ok) sent.push(sent.length + 1);
      return appended.ok ? 'ok' : appended.reason;
    };
    let answer = 'ok';
    while (answer === 'ok') answer = await append();
    expect(answer).toBe('no-space');
    expect(sent.length).toBeGreaterThan(10);
    await expect(log.checkpoint({ index: 5, full: true, records: large(20) })).rejects.toThrow(NoSpace);
    expect(await append()).toBe('no-space');
    await log.close();
    // A start writes as well: it is refused, or what needs space is, and nothing is lost.
    log = await opened();
    expect(await log.head()).toBe(sent.length);
    await log.checkpoint({ index: 20, full: true, records: large(0) });
    await log.checkpoint({ index: 30, full: true, records: large(0) });
    await until(30_000, async () => ((await append()) === 'ok' ? true : undefined));
    await log.close();
    log = await opened();
    expect(await log.head()).toBe(sent.length);
    for await (const { index, bytes } of log.entries(21, new AbortController().signal)) {
      expect(bytes[0]).toBe(index % 256);
      if (index === sent.length) break;
    }
  });

  test('that is full to the last byte: the log opens by its ballast, and what was acknowledged is read', async () => {
    const disk = await kept(SmallDisk.ext4(160));
    const path = join(disk.dir, 'log');
    const server = await started(path);
    expect(await propose(server, 1)).toMatchObject({ status: 201 });
    await server.kill();
    expect(existsSync(join(path, 'ballast'))).toBe(true);
    const held = fill(disk.dir, 0);
    const again = await started(path);
    expect(existsSync(join(path, 'ballast'))).toBe(false);
    expect((await round(again)).body).toMatchObject({ present: 1 });
    expect((await propose(again, 2)).status).toBe(507);
    rmSync(held);
    await until(30_000, async () => ((await propose(again, 2)).status === 201 ? true : undefined));
    expect(await again.stop()).toEqual({ code: 0, signal: null });
    await (await started(path)).stop();
    expect(existsSync(join(path, 'ballast'))).toBe(true);
  });

  test('that turns read-only under the server: no 2xx any more, and it ends with 70', async () => {
    const disk = await kept(SmallDisk.ext4(160));
    const server = await started(join(disk.dir, 'log'));
    expect(await propose(server, 1)).toMatchObject({ status: 201 });
    // The kernel refuses while files are open for writing, unless it is the disk that went wrong.
    disk.fail();
    const answer = await propose(server, 2).catch(() => ({ status: 0 }));
    expect([0, 503]).toContain(answer.status);
    expect(await server.exited).toEqual({ code: 70, signal: null });
    expect(server.stderr()).toMatch(/the log failed, the server stops/);
  });

  test('that is mounted read-only is refused in words', async () => {
    const disk = await kept(SmallDisk.ext4(160));
    const path = join(disk.dir, 'log');
    const server = await started(path);
    await server.stop();
    disk.remount('ro');
    const refused = await quorate(['server', '--port', '0', '--data', path]);
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.stderr).toMatch(/cannot start: .*read-only/i);
    disk.remount('rw');
    await (await started(path)).stop();
  });

  test('in memory is refused unless the loss is accepted, and then every receipt says so', async () => {
    const disk = await kept(SmallDisk.tmpfs(160));
    const path = join(disk.dir, 'log');
    const refused = await quorate(['server', '--port', '0', '--data', path]);
    expect(refused.code).toBeGreaterThan(0);
    expect(refused.stderr).toMatch(/is on tmpfs.*--i-accept-loss/s);
    const server = await started(path, '--i-accept-loss');
    const receipt = await propose(server, 1);
    expect(server.stderr()).toMatch(/NOT DURABLE/);
    expect(receipt.status).toBe(201);
    expect(receipt.durability).toBe('none');
    const info = (await (await fetch(`${server.url}/v1/info`)).json()) as { log: { durability: string } };
    expect(info.log.durability).toBe('none');
  });
});

test('a log in memory says in every receipt that it is not durable; one on disk does not', async () => {
  const folder = temporaryFolder();
  cleanups.push(folder.remove);
  const memory = await startServer(['--log', 'memory:']);
  cleanups.push(() => memory.kill());
  expect(await propose(memory, 1)).toMatchObject({ status: 201, durability: 'none' });
  expect(memory.stderr()).toMatch(/NOT DURABLE/);
  const disk = await started(folder.path);
  expect(await propose(disk, 1)).toMatchObject({ status: 201, durability: null });
});

/** As many records as told, of 1 MiB each. */
/** Random, since what is alike is written in less. */
async function* large(count: number): AsyncGenerator<CheckpointRecord[]> {
  for (let n = 1; n <= count; n += 1) yield [{ key: `large-${n}`, bytes: randomBytes(1 << 20) }];
}

async function sizes(log: Log): Promise<number[]> {
  const found: number[] = [];
  for await (const { bytes } of (await log.restore())?.records ?? []) found.push(bytes?.length ?? 0);
  return found;
}

function freeIn(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

async function kept(disk: SmallDisk | Promise<SmallDisk>): Promise<SmallDisk> {
  const made = await disk;
  cleanups.push(() => made.destroy());
  return made;
}

async function started(path: string, ...more: readonly string[]): Promise<Server> {
  const server = await startServer(['--data', path, ...more]);
  cleanups.push(() => server.kill());
  return server;
}

/** Leaves at most `left` bytes free in `dir`. */
function fill(dir: string, left: number): string {
  const path = join(dir, 'filler');
  for (let size = 8 << 20; size >= 4096; ) {
    if (freeIn(dir) - size < left) {
      size /= 2;
      continue;
    }
    try {
      writeFileSync(path, Buffer.alloc(size, 1), { flag: 'a', flush: true });
    } catch {
      size /= 2;
    }
  }
  return path;
}

async function propose(server: Server, n: number) {
  const response = await fetch(`${server.url}/v1/groups/default/rounds/1/proposals/a${n}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ value: n }),
    signal: AbortSignal.timeout(10_000),
  });
  const durability = response.headers.get('quorate-durability');
  return { status: response.status, durability, body: (await response.json()) as unknown };
}

async function round(server: Server) {
  const response = await fetch(`${server.url}/v1/groups/default/rounds/1`);
  return { status: response.status, body: (await response.json()) as unknown };
}
