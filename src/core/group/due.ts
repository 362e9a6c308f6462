/** A name and when it is due, ms. `place` is its position in the heap. */
interface Item {
  readonly name: string;
  at: number;
  place: number;
}

/**
 * A heap of names by when they are due, each once: the earliest first; of equal moments the first in text order. The order
 * follows from what it holds, not from how that came about. `set` and `delete` cost O(log n), the rest O(1).
 */
export class DueQueue {
  private readonly heap: Item[] = [];
  private readonly items = new Map<string, Item>();

  get size(): number {
    return this.heap.length;
  }

  /** The earliest moment, or Infinity. */
  get next(): number {
    return this.heap[0]?.at ?? Infinity;
  }

  /** The name that is due first. */
  get first(): string | undefined {
    return this.heap[0]?.name;
  }

  /** The names that are due by now, the earliest first, each at a cost that grows with how many came before. Nothing may be set meanwhile. */
  *by(now: number): Generator<string> {
    // Below an item of the heap, at twice its place, stand only later ones.
    const reached = this.heap.slice(0, 1);
    while (reached.length > 0) {
      let first = 0;
      for (const [i, item] of reached.entries()) if (isBefore(item, reached[first]!)) first = i;
      const { name, at, place } = reached[first]!;
      if (at > now) return;
      yield name;
      reached.splice(first, 1, ...this.heap.slice(2 * place + 1, 2 * place + 3));
    }
  }

  /** Sets when a name is due, ms; Infinity takes it out. */
  set(name: string, at: number): void {
    if (at === Infinity) {
      this.delete(name);
      return;
    }
    const known = this.items.get(name);
    if (known?.at === at) return;
    const item = known ?? { name, at, place: this.heap.length };
    item.at = at;
    if (known === undefined) this.items.set(name, item);
    this.settle(item);
  }

  delete(name: string): void {
    const item = this.items.get(name);
    if (item === undefined) return;
    this.items.delete(name);
    const last = this.heap.pop() as Item;
    if (last === item) return;
    last.place = item.place;
    this.settle(last);
  }

  /** Moves an item up or down from its place to where it belongs. */
  private settle(item: Item): void {
    const { heap } = this;
    let { place } = item;
    for (let up = (place - 1) >> 1; place > 0 && isBefore(item, heap[up]!); up = (place - 1) >> 1)
      place = this.put(heap[up]!, place);
    for (;;) {
      let down = 2 * place + 1;
      if (down + 1 < heap.length && isBefore(heap[down + 1]!, heap[down]!)) down += 1;
      if (down >= heap.length || !isBefore(heap[down]!, item)) break;
      place = this.put(heap[down]!, place);
    }
    this.put(item, place);
  }

  /** Puts an item into a place, and returns the place that it had. */
  private put(item: Item, place: number): number {
    const before = item.place;
    this.heap[place] = item;
    item.place = place;
    return before;
  }
}

function isBefore(one: Item, other: Item): boolean {
  return one.at < other.at || (one.at === other.at && one.name < other.name);
}
