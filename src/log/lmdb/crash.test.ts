import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { append, appendMany, checkpoint, count, lmdbIn, read, state } from '../../../test/harness/lmdb.ts';
import { LmdbProcesses, openAndAppend, printed } from '../../../test/harness/lmdb-processes.ts';

const processes = new LmdbProcesses();
let root: string;
let dir: string;
const { refused, tamper, use } = lmdbIn(() => dir);

beforeAll(() => processes.build());
afterAll(() => processes.remove());

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'quorate-lmdb-'));
  dir = join(root, 'log');
});

afterEach(async () => {
  await processes.killAll();
  rmSync(root, { recursive: true, force: true });
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
      const owner = processes.startAppender(dir);
      await owner.acked(5);
      await refused(new RegExp(`in use by process ${owner.process.pid} since 20`));
      const acked = await processes.kill(owner.process).then(() => owner.last());
      await use(async (log) => {
        expect(await log.head()).toBeGreaterThanOrEqual(acked);
        await append(log, 'mine now');
      });
    });
  }

  test('an owner that is paused is still the owner', async () => {
    // Idle, since a pause in the middle of a write would keep LMDB's own lock, too.
    const owner = processes.start(
      `await openLmdbLog(${JSON.stringify(dir)}); console.log('open'); setInterval(() => {}, 1e6);`,
    );
    await printed(owner, /open/);
    owner.kill('SIGSTOP');
    await refused(new RegExp(`in use by process ${owner.pid} since 20`));
  });
});

describe('kill -9', () => {
  test('keeps every acknowledged entry', async () => {
    let acked = 0;
    for (let life = 0; life < 3; life++) {
      const appender = processes.startAppender(dir);
      await appender.acked(acked + 40);
      await processes.kill(appender.process);
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

test('a checkpoint that a crash cut short is cleaned up and the one before it stands', async () => {
  await use(async (log) => {
    await appendMany(log, 10);
    await log.checkpoint(checkpoint(5, { a: 'kept' }));
  });
  const child = processes.start(
    `const log = await openLmdbLog(${JSON.stringify(dir)});
     async function* records() {
       for (let n = 0; n < 1000; n++) yield [{ key: 'stray-' + n, bytes: Buffer.from('stray') }];
       console.log('half-way');
       await new Promise((resolve) => setTimeout(resolve, 60_000));
     }
     await log.checkpoint({ index: 10, full: true, records: records() });`,
  );
  await printed(child, /half-way/);
  await processes.kill(child);
  await tamper((env) => expect(count(env, 'records')).toBeGreaterThan(500));
  await use(async (log) => expect(await state(await log.restore())).toEqual({ index: 5, a: 'kept' }));
  await tamper((env) => {
    expect(count(env, 'records')).toBe(1);
    expect(count(env, 'manifests')).toBe(1);
  });
});

test('a write that fails stops the log for good; what was acknowledged before is kept', async () => {
  // Past a limit on the size of files several pages are cut short; one alone is refused, and can crash lmdb: docs/faults.md.
  const child = processes.start(
    `process.on('unhandledRejection', () => console.log('unhandled'));
     ${openAndAppend(dir, 9_000)}
     try {
       for (let index = 1; ; index++) await append(index);
     } catch (error) { console.log('append: ' + error.name); }
     const shown = (what) => (error) => console.log(what + ': ' + error.name);
     await log.append(Buffer.from('x')).catch(shown('append again'));
     await log.head().catch(shown('head'));
     await log.entries(1, new AbortController().signal).next().catch(shown('reader'));
     await log.close();
     console.log('closed');
     process.exit(0);`,
    ['sh', '-c', `trap '' XFSZ; ulimit -f 4000; exec "$@"`, 'sh'],
  );
  const lines: string[] = [];
  createInterface({ input: child.stdout! }).on('line', (text) => lines.push(text));
  await once(child, 'close');
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
