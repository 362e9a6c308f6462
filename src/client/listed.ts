interface Page<T, Cursor> {
  readonly items: readonly T[];
  /** Where the next page begins; null for the last one. */
  readonly next: Cursor | null;
}

/** The first `limit` items of a listing, however large the pages are that the server makes; one page without a limit. */
export async function listed<T, Cursor>(
  limit: number | undefined,
  from: Cursor | undefined,
  ask: (limit: number | undefined, from: Cursor | undefined) => Promise<Page<T, Cursor>>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (;;) {
    const { items, next } = await ask(limit === undefined ? undefined : limit - all.length, from);
    all.push(...items);
    if (next === null || limit === undefined || all.length >= limit) return all;
    from = next;
  }
}
