import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changes, full, openCheckpoints, stateOf } from '../../../../test/harness/file-checkpoints.ts';
import { LogFailure } from '../../log.ts';
import type { Published } from './find.ts';

let dir: string;
let names: string[];
const whole = new Map<string, Buffer>();
const latest = { index: 30, values: { a: '2', b: '1', c: '3', d: '1' } };
const before = { index: 20, values: { a: '2', b: '1', c: '2', d: '1', gone: '1' } };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'quorate-checkpoints-'));
  const checkpoints = await openCheckpoints(dir);
  await checkpoints.write(full(10, { a: '1', b: '1', c: '1', d: '1', gone: '1' }));
  await checkpoints.write(changes(20, { a: '2', c: '2' }));
  await checkpoints.write(changes(30, { c: '3', gone: null }));
  names = readdirSync(dir);
  for (const name of names) whole.set(name, readFileSync(join(dir, name)));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/**
 * Opens the checkpoints as the next owner does while `name` holds these bytes, null for no file. Either of the two is found as
 * it was, or is said to be damaged, by the file's name; and nothing is removed. Gives what became of the latest.
 */
async function withFile(name: string, bytes: Buffer | null): Promise<'same' | 'damaged' | 'older'> {
  const path = join(dir, name);
  if (bytes === null) rmSync(path);
  else writeFileSync(path, bytes);
  const there = readdirSync(dir);
  try {
    const checkpoints = await openCheckpoints(dir, { epoch: 2 });
    await checkpoints.tidy();
    expect(readdirSync(dir)).toEqual(there);
    const { current } = checkpoints;
    const found = await stateOrDamage(current, name);
    if (found !== 'damaged' && found?.index !== latest.index) {
      expect(found).toEqual(before);
      return 'older';
    }
    if (found !== 'damaged') expect(found).toEqual(latest);
    const previous = checkpoints.fallBack();
    const older = await stateOrDamage(previous, name);
    if (older !== 'damaged') expect(older).toEqual(before);
    expect(previous!.index).toBe(before.index);
    return found === 'damaged' ? found : 'same';

    async function stateOrDamage(published: Published | null, file: string) {
      try {
        return await stateOf(checkpoints, published);
      } catch (error) {
        expect(error).toBeInstanceOf(LogFailure);
        expect((error as Error).message).toContain(join(dir, file));
        return 'damaged';
      }
    }
  } finally {
    writeFileSync(path, whole.get(name)!);
  }
}

describe('a checkpoint is the same, or is said to be damaged', () => {
  test.each([0, 1, 2])('whichever byte of file %i is another', async (number) => {
    const name = names[number]!;
    const bytes = whole.get(name)!;
    for (let at = 0; at < bytes.length; at += 1) {
      for (const flip of [1 << (at % 8), 0xff]) {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= flip;
        expect(await withFile(name, flipped), `byte ${at}`).toBe('damaged');
      }
    }
  });

  test.each([0, 1, 2])('wherever file %i ends', async (number) => {
    const name = names[number]!;
    const bytes = whole.get(name)!;
    for (let length = 0; length < bytes.length; length += 1)
      expect(await withFile(name, bytes.subarray(0, length)), `length ${length}`).toBe('damaged');
    expect(await withFile(name, Buffer.concat([bytes, Buffer.from([0])]))).toBe('damaged');
    expect(await withFile(name, Buffer.alloc(bytes.length))).toBe('damaged');
  });

  test('whichever file is missing', async () => {
    expect(await withFile(names[0]!, null)).toBe('damaged');
    expect(await withFile(names[1]!, null)).toBe('damaged');
    // The log still has the entries behind the one before it.
    expect(await withFile(names[2]!, null)).toBe('older');
  });

  test('whichever file is in the place of another', async () => {
    for (const name of names) {
      for (const other of names)
        if (other !== name) expect(await withFile(name, whole.get(other)!)).toBe('damaged');
    }
  });
});

test('after a fall back the next one follows the one before the damaged one, whose file is removed', async () => {
  const path = join(dir, names[2]!);
  const bytes = Buffer.from(whole.get(names[2]!)!);
  bytes[bytes.indexOf('\n') + 1]! ^= 1;
  writeFileSync(path, bytes);
  try {
    let checkpoints = await openCheckpoints(dir, { epoch: 2 });
    await expect(stateOf(checkpoints)).rejects.toThrow(
      `${path} is damaged: records 1 to 2 of 2 do not match their checksum`,
    );
    expect(await stateOf(checkpoints, checkpoints.fallBack())).toEqual(before);
    expect(checkpoints.previous).toBeNull();
    await checkpoints.write(changes(25, { e: '4' }));
    await checkpoints.sweep();
    expect(readdirSync(dir)).toEqual([names[0], names[1], '0000000002-0000000001']);
    checkpoints = await openCheckpoints(dir, { epoch: 3 });
    expect(await stateOf(checkpoints)).toEqual({ index: 25, values: { ...before.values, e: '4' } });
    expect(await stateOf(checkpoints, checkpoints.previous)).toEqual(before);
    rmSync(join(dir, '0000000002-0000000001'));
  } finally {
    writeFileSync(path, whole.get(names[2]!)!);
  }
});

test('nothing is written on top of one that is known to be damaged', async () => {
  const path = join(dir, names[2]!);
  writeFileSync(path, 'nothing');
  try {
    const checkpoints = await openCheckpoints(dir, { epoch: 2 });
    await expect(checkpoints.write(changes(40, { a: '4' }))).rejects.toThrow(
      `${path} is damaged: it has no header`,
    );
    expect(readdirSync(dir)).toEqual(names);
  } finally {
    writeFileSync(path, whole.get(names[2]!)!);
  }
});

test('a file of a later version is refused, whatever else is in it', async () => {
  const path = join(dir, names[2]!);
  const json = JSON.stringify({ format: 'quorate-checkpoint', version: 2, more: true });
  writeFileSync(path, `${json} ${crc32(json).toString(16).padStart(8, '0')}\n`);
  try {
    await expect(openCheckpoints(dir)).rejects.toThrow(`${path} has format 2; this program reads format 1`);
  } finally {
    writeFileSync(path, whole.get(names[2]!)!);
  }
});
