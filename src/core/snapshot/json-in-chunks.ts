/** How many items of a list are turned into text at once: a fraction of a millisecond. */
const run = 1000;

/** A list in a record that is to become text. */
export type List<Item> = readonly Item[] | Later<Item>;

/** Whether a record is about to be written, when a long list may be made later, or was read. */
export type Way = 'written' | 'read';
export type Items<W extends Way, Item> = W extends 'read' ? readonly Item[] : List<Item>;

/** A long list whose items are made when its text is: each source gives one or more. The sources must stay as they are. */
class Later<Item, Source = unknown> {
  private readonly sources: readonly Source[];
  private readonly itemsOf: (source: Source, at: number) => readonly Item[];

  constructor(sources: readonly Source[], itemsOf: (source: Source, at: number) => readonly Item[]) {
    this.sources = sources;
    this.itemsOf = itemsOf;
  }

  /** The items, those of a run of sources at a time. */
  *runs(): Generator<readonly Item[]> {
    const { sources, itemsOf } = this;
    for (let from = 0; from < sources.length; from += run)
      yield sources.slice(from, from + run).flatMap((source, i) => itemsOf(source, from + i));
  }

  toJSON(): readonly Item[] {
    return [...this.runs()].flat();
  }
}

/** The items that the sources give, at once where they are few. */
export function listed<Source, Item>(
  sources: readonly Source[],
  itemsOf: (source: Source, at: number) => readonly Item[],
): List<Item> {
  if (sources.length > run) return new Later(sources, itemsOf) as Later<Item>;
  return sources.flatMap(itemsOf);
}

/** `JSON.stringify(value)` in chunks where lists are long, so that other work gets its turn in between. */
export function* inChunks(value: unknown): Generator<string> {
  if (!hasLongList(value)) {
    yield JSON.stringify(value);
    return;
  }
  let before = '[';
  if (value instanceof Later) {
    for (const items of value.runs()) {
      yield before + JSON.stringify(items).slice(1, -1);
      before = ',';
    }
    yield ']';
    return;
  }
  let items: unknown[] = [];
  for (const item of value) {
    const isLong = hasLongList(item);
    if (items.length === run || (isLong && items.length > 0)) {
      yield before + JSON.stringify(items).slice(1, -1);
      before = ',';
      items = [];
    }
    if (isLong) {
      yield before;
      before = ',';
      yield* inChunks(item);
    } else items.push(item);
  }
  yield items.length === 0 ? ']' : `${before}${JSON.stringify(items).slice(1, -1)}]`;
}

function hasLongList(value: unknown): value is readonly unknown[] | Later<unknown> {
  if (value instanceof Later) return true;
  return Array.isArray(value) && (value.length > run || value.some(hasLongList));
}
