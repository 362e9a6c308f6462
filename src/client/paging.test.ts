import { describe, expect, test } from 'vitest';
import { itemsOf } from './paging.ts';

/** A listing of 0 to 24 in pages of at most ten, and what it was asked. */
function listing() {
  const asked: unknown[] = [];
  const read = async (limit = 10, from = 0) => {
    asked.push([limit, from]);
    const end = Math.min(25, from + Math.min(limit, 10));
    const items = Array.from({ length: end - from }, (_, i) => from + i);
    return { items, next: end === 25 ? null : end };
  };
  return { asked, read };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('items of a listing', () => {
  test('come from page after page, up to the limit', async () => {
    const { asked, read } = listing();
    expect(await all(itemsOf(undefined, undefined, read))).toEqual(Array.from({ length: 25 }, (_, i) => i));
    expect(asked).toEqual([
      [10, 0],
      [10, 10],
      [10, 20],
    ]);
    expect(await all(itemsOf(12, 3, read))).toEqual(Array.from({ length: 12 }, (_, i) => 3 + i));
    expect(asked.slice(3)).toEqual([
      [12, 3],
      [2, 13],
    ]);
    expect(await all(itemsOf(0, undefined, read))).toEqual([]);
  });

  test('of a page are asked for when the page before is used up', async () => {
    const { asked, read } = listing();
    for await (const item of itemsOf<number, number>(undefined, undefined, read)) if (item === 9) break;
    expect(asked).toHaveLength(1);
  });
});
