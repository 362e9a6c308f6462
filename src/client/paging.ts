interface Page<T, Cursor> {
  readonly items: readonly T[];
  /** Where the next page begins; null for the last page. */
  readonly next: Cursor | null;
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
