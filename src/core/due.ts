/** A binary heap of (time, group), earliest first. Entries may be stale: the reader checks the group's own nextDue. */
export class DueHeap {
  private readonly heap: { readonly at: number; readonly group: string }[] = [];

  push(at: number, group: string): void {
    const heap = this.heap;
    let i = heap.length;
    const item = { at, group };
    heap.push(item);
    while (i > 0) {
      const up = (i - 1) >> 1;
      const above = heap[up]!;
      if (above.at <= at) break;
      heap[i] = above;
      i = up;
    }
    heap[i] = item;
  }

  /** The earliest time, or Infinity. */
  get next(): number {
    return this.heap[0]?.at ?? Infinity;
  }

  /** Takes out the group of the earliest time. */
  pop(): string | undefined {
    const heap = this.heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top?.group;
    let i = 0;
    for (;;) {
      let down = 2 * i + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && heap[down + 1]!.at < heap[down]!.at) down += 1;
      if (heap[down]!.at >= last.at) break;
      heap[i] = heap[down]!;
      i = down;
    }
    heap[i] = last;
    return top.group;
  }
}
