/** The largest `limit` that servers take for small items. */
export const mostAPage = 10_000;

interface Page<T, Cursor> {
  readonly items: readonly T[];
  /** Where the next page begins; null for the last page. */
  readonly next: Cursor | null;
}

/** The items of a listing one by one, at most `limit` of them; a page is read when its first item is asked for. */
export async function* itemsOf<T, Cursor>(
  limit: number | undefined,
  from: Cursor | undefined,
  read: (limit: number | undefined, from: Cursor | undefined) => Promise<Page<T, Cursor>>,
): AsyncGenerator<T, void, void> {
  let left = limit ?? Infinity;
  for (let cursor: Cursor | null | undefined = from; cursor !== null && left > 0; ) {
    const { items, next } = await read(limit === undefined ? undefined : Math.min(left, mostAPage), cursor);
    yield* items.slice(0, left);
    left -= items.length;
    cursor = next;
  }
}

/** The first `limit` items of a listing, over as many pages as the server makes of them; one page without a limit. */
export async function readPages<T, Cursor>(
  limit: number | undefined,
  from: Cursor | undefined,
  read: (limit: number | undefined, from: Cursor | undefined) => Promise<Page<T, Cursor>>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const { items, next } = await read(limit === undefined ? undefined : limit - all.length, from);
    all.push(...items);
    if (next === null || limit === undefined || all.length >= limit) return all;
    from = next;
  }
}
