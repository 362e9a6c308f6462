/** Most items of a list that are turned into text at once: a fraction of a millisecond. */
const run = 1000;

/** `JSON.stringify(value)` piece by piece where lists are long, so that other work gets its turn in between. */
export function* inPieces(value: unknown): Generator<string> {
  if (!hasLongList(value)) {
    yield JSON.stringify(value);
    return;
  }
  let before = '[';
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
      yield* inPieces(item);
    } else items.push(item);
  }
  yield items.length === 0 ? ']' : `${before}${JSON.stringify(items).slice(1, -1)}]`;
}

function hasLongList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && (value.length > run || value.some(hasLongList));
}
