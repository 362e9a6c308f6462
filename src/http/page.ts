/** Characters of one page of a listing, beyond which it is continued on the next. */
export const pageLength = 512 * 1024;
/** ms that a listing is worked on before others get a turn; the first time less, since many may begin at the same moment. */
const sliceMs = 10;
const firstMs = 1;

/** What a replica knows of time, and of what else there is to do. */
interface Turns {
  /** ms since some moment. */
  readonly elapsed: number;
  /** Resolves once others have had their turn; of several who ask, one each time, so that together they take no more than one. */
  turn(): Promise<void>;
}

/**
 * The first items of a listing, each as text: at most `limit`, and about 512 KiB, but one at least. `more`: whether others
 * follow. What is listed may change meanwhile: others get turns between two items, where null stands for one passed over.
 */
export async function pageOf<T>(
  clock: Turns,
  items: Iterable<T | null>,
  limit: number,
  write: (item: T) => string,
): Promise<{ readonly listed: readonly T[]; readonly texts: readonly string[]; readonly more: boolean }> {
  const listed: T[] = [];
  const texts: string[] = [];
  let length = 0;
  let sliceEnds = clock.elapsed + firstMs;
  for (const item of items) {
    if (item !== null) {
      if (listed.length === limit) return { listed, texts, more: true };
      const text = write(item);
      length += text.length;
      if (listed.length > 0 && length > pageLength) return { listed, texts, more: true };
      listed.push(item);
      texts.push(text);
    }
    if (clock.elapsed < sliceEnds) continue;
    await clock.turn();
    sliceEnds = clock.elapsed + sliceMs;
  }
  return { listed, texts, more: false };
}
