import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  changes,
  diskWith,
  full,
  openCheckpoints,
  stateOf,
  systemError,
  type Values,
} from '../../../../test/harness/file-checkpoints.ts';
import { LogFailure, NoSpace } from '../../log.ts';
import type { CheckpointsOptions } from './checkpoints.ts';

let dir: string;
const first: Values = { a: '1', b: '1' };
const second: Values = { a: '2', b: '1' };

beforeEach(async () => {
  dir = join(mkdtempSync(join(tmpdir(), 'quorate-checkpoints-')), 'state');
  await (await openCheckpoints(dir)).write(full(10, first));
});

afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

/** What the second checkpoint's writing asks of the disk, in order. */
const steps = [
  'makeDirectory',
  'syncDirectory',
  'create',
  'write',
  'write',
  'write',
  'sync',
  'close',
  'rename',
  'syncDirectory',
];

/** A disk on which the operation of this number, the first is 0, fails. */
function failingAt(step: number, code: string) {
  const asked: string[] = [];
  const disk = diskWith((operation) => {
    if (operation === 'remove' || operation === 'size' || operation === 'read') return;
    asked.push(operation);
    if (asked.length === step + 1) throw systemError(code);
  });
  return { disk, asked };
}

async function writeSecond(options: Partial<CheckpointsOptions>): Promise<unknown> {
  const checkpoints = await openCheckpoints(dir, { epoch: 2, ...options });
  const result = await checkpoints.write(changes(20, { a: '2' })).catch((error: Error) => error);
  if (!(result instanceof NoSpace)) return result;
  expect(readdirSync(dir)).toHaveLength(1);
  expect(await stateOf(checkpoints)).toEqual({ index: 10, values: first });
  // Once there is space it is written as if nothing had been.
  await checkpoints.write(changes(20, { a: '2' }));
  expect(await stateOf(checkpoints)).toEqual({ index: 20, values: second });
  return result;
}

describe('a disk that fails at one step', () => {
  test('what is asked of it is all tried below', async () => {
    const { disk, asked } = failingAt(-1, '');
    expect(await writeSecond({ disk })).toBe(true);
    expect(asked).toEqual(steps);
  });

  test.each([...steps.keys()])('for want of space at step %i', async (step) => {
    const found = await writeSecond({ disk: failingAt(step, 'ENOSPC').disk });
    // A name that may or may not be durable is not taken back.
    const isUnknown = step === steps.length - 1;
    expect(found).toBeInstanceOf(isUnknown ? LogFailure : NoSpace);
    if (isUnknown) expect((found as Error).message).toContain('whether it is published is not known');
  });

  test.each([...steps.keys()])('altogether at step %i', async (step) => {
    const found = await writeSecond({ disk: failingAt(step, 'EIO').disk });
    expect(found).toBeInstanceOf(LogFailure);
    expect((found as Error).message).toMatch(/state\/0000000002-0000000001: EIO/);
    expect(await stateOf(await openCheckpoints(dir, { epoch: 3 }))).toEqual(
      step === steps.length - 1 ? { index: 20, values: second } : { index: 10, values: first },
    );
  });
});

test.each([1, 2, 3])(
  'where no more may be written, asked for the %i. time, nothing has changed',
  async (most) => {
    let asked = 0;
    const refusal = () => {
      asked += 1;
      return asked === most ? 'the disk is full' : null;
    };
    const found = await writeSecond({ refusal });
    expect(found).toBeInstanceOf(NoSpace);
    expect((found as Error).message).toBe('the disk is full');
  },
);

test('a process that ends at any step leaves the one before, or the new one, whole', async () => {
  for (let last = 0; last <= steps.length; last += 1) {
    let step = 0;
    const disk = diskWith((operation) => {
      if (operation === 'size' || operation === 'read') return;
      step += 1;
      if (step > last) throw new Error('it has ended');
    });
    const checkpoints = await openCheckpoints(dir, { epoch: 2 + last, disk });
    await checkpoints.write(changes(20, { a: '2' })).catch(() => {});
    const next = await openCheckpoints(dir, { epoch: 3 + last });
    await next.tidy();
    const isPublished = last >= steps.lastIndexOf('rename') + 1;
    expect(await stateOf(next)).toEqual(
      isPublished ? { index: 20, values: second } : { index: 10, values: first },
    );
    expect(readdirSync(dir)).toHaveLength(isPublished ? 2 : 1);
    for (const name of readdirSync(dir)) if (!name.startsWith('0000000001')) rmSync(join(dir, name));
  }
});

test.each(['size', 'read'])('a file that cannot be read, %s, is one that is damaged', async (failing) => {
  await (await openCheckpoints(dir, { epoch: 2 })).write(full(20, second));
  const disk = diskWith((operation, path) => {
    if (operation === failing && path.endsWith('0000000002-0000000001')) throw systemError('EIO');
  });
  const checkpoints = await openCheckpoints(dir, { epoch: 3, disk });
  await expect(stateOf(checkpoints)).rejects.toThrow(/cannot read .*0000000002-0000000001: EIO/);
  await expect(stateOf(checkpoints)).rejects.toBeInstanceOf(LogFailure);
  expect(await stateOf(checkpoints, checkpoints.fallBack())).toEqual({ index: 10, values: first });
});

test('a file that cannot be removed stops the log', async () => {
  const checkpoints = await openCheckpoints(dir, {
    epoch: 2,
    disk: diskWith((operation) => {
      if (operation === 'remove') throw systemError('EIO');
    }),
  });
  for (const index of [20, 30]) await checkpoints.write(full(index, second));
  await expect(checkpoints.sweep()).rejects.toThrow(/cannot remove .*0000000001-0000000001: EIO/);
  await expect(checkpoints.sweep()).rejects.toBeInstanceOf(LogFailure);
});
