export type Order<T> = (one: T, other: T) => boolean;

/**
 * Adds an item to the first `most` of an order, in place; `before` says which of two comes first. Returns the item that has no
 * place then, which may be this one, or null. Of many items most cost one comparison, and none more than a search.
 */
export function addToFirst<T>(first: T[], item: T, most: number, before: Order<T>): T | null {
  const last = first[first.length - 1];
  if (first.length === most && (last === undefined || !before(item, last))) return item;
  let from = 0;
  for (let to = first.length; from < to; ) {
    const middle = (from + to) >> 1;
    if (before(item, first[middle] as T)) to = middle;
    else from = middle + 1;
  }
  if (from === first.length) first.push(item);
  else first.splice(from, 0, item);
  return first.length > most ? (first.pop() as T) : null;
}

/** Takes an item out; returns whether it was in. */
export function takeOut<T>(first: T[], item: T): boolean {
  const at = first.indexOf(item);
  if (at >= 0) first.splice(at, 1);
  return at >= 0;
}
