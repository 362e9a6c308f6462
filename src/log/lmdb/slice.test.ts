import { describe, expect, test } from 'vitest';
import { decodeRecord } from './record.ts';
import {
  generationOf,
  joinKeys,
  keyOf,
  nameOf,
  recordKey,
  Slice,
  sliceBytes,
  sliceRecords,
  splitKeys,
} from './slice.ts';

describe('a slice of a checkpoint', () => {
  test('is full after so many records, or so many bytes', () => {
    const many = new Slice(1);
    for (let i = 0; i < sliceRecords; i++) {
      expect(many.isFull).toBe(false);
      many.add({ key: `k${i}`, bytes: null });
    }
    expect(many.isFull).toBe(true);
    const long = new Slice(1);
    long.add({ key: 'a', bytes: Buffer.alloc(sliceBytes) });
    expect(long.isFull).toBe(true);
    long.take();
    expect([long.isEmpty, long.isFull, long.bytes]).toEqual([true, false, 0]);
  });

  test('lays what is written in one transaction after the other in the same memory', () => {
    const slice = new Slice(7);
    const memory = new Set<ArrayBufferLike>();
    for (let turn = 0; turn < 5; turn++) {
      for (let i = 0; !slice.isFull; i++) slice.add({ key: `k${i}`, bytes: Buffer.alloc(900, turn) });
      const placed = slice.take();
      for (const { stored, record } of placed) {
        memory.add(record.buffer);
        expect(
          decodeRecord('it', keyOf(stored), generationOf(stored), record)?.equals(Buffer.alloc(900, turn)),
        ).toBe(true);
      }
      expect(placed).toHaveLength(sliceRecords);
    }
    expect(memory.size).toBe(1);
  });

  test('finds room for a record longer than all before it', () => {
    const slice = new Slice(1);
    for (const length of [10, 3 * sliceBytes, 10]) {
      slice.add({ key: 'é', bytes: Buffer.alloc(length, 1) });
      slice.add({ key: 'gone', bytes: null });
      const [first, second] = slice.take();
      expect(decodeRecord('it', Buffer.from('é'), 1, first!.record)).toHaveLength(length);
      expect(decodeRecord('it', Buffer.from('gone'), 1, second!.record)).toBeNull();
      expect([first!.isDeleted, second!.isDeleted]).toEqual([false, true]);
    }
  });

  test('takes the last of several records under one key', () => {
    const slice = new Slice(1);
    slice.add({ key: 'a', bytes: Buffer.from('1') });
    slice.add({ key: 'a', bytes: Buffer.from('2') });
    expect(slice.take().map(({ record }) => record.toString('utf8', 16))).toEqual(['2']);
  });
});

test('joined keys are split again', () => {
  const keys = ['a', 'group/é', ''].map((key) => recordKey(key, 3));
  expect(splitKeys(joinKeys(keys)).map(String)).toEqual(['a', 'group/é', '']);
  expect(keys.map(nameOf)).toEqual(['a', 'group/é', '']);
  expect(keys.map((key) => `${keyOf(key)}`)).toEqual(['a', 'group/é', '']);
  expect(keys.map(generationOf)).toEqual([3, 3, 3]);
});
