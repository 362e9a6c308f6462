/**
 * One end of the range of windows that hold a number. A window is named by where it begins: those from the lowest that the number is
 * near up to the number itself hold it, so its range opens at the first and closes at the number. Either end names the number.
 */
export interface End {
  readonly at: number;
  readonly opens: boolean;
}

/** The new weight of an end; 0 takes it out. */
interface Change extends End {
  readonly weight: number;
}

/** Negative where the first of two ends, each a number and whether it opens, comes before the second. */
export type Order = (at: number, opens: boolean, otherAt: number, otherOpens: boolean) => number;

// A node is eight cells of one long array: as objects, 200,000 ends would cost the garbage collector more than all the
// counting. A link is a position in that array; 0 is no node, and weighs nothing.
const nodeCells = 8;
const atCell = 0;
/** The weight of an opening end, or less than 0 for a closing one. */
const changeCell = 1;
const leftCell = 2;
const rightCell = 3;
const heightCell = 4;
/** Over the subtree: weight of the opening ends less that of the closing ones. */
const sumCell = 5;
/** Over the subtree: weight of the closing ends, which is that of the numbers. */
const closingCell = 6;
/** Over the closing ends of the subtree: the most that is open just before one, of what the subtree opens. */
const mostCell = 7;

/**
 * The weights of all windows. The window that begins at s weighs as much as is open just before s closes: the
 * ends in order, with sums over subtrees, give that for all s.
 *
 * An AVL tree: every operation looks at O(log n) ends, whatever numbers somebody may choose. Many changes are made at once.
 */
export class WindowTree {
  private readonly order: Order;
  private cells = new Float64Array(8 * nodeCells);
  /** The end of what is used of `cells`, and the nodes before it that are free again. */
  private end = nodeCells;
  private readonly free: number[] = [];
  private root = 0;

  /** `order` must put an opening end before a closing one exactly when the two numbers share a window. */
  constructor(order: Order) {
    this.order = order;
    this.cells[mostCell] = Number.NEGATIVE_INFINITY;
  }

  /** Sets the weights of these numbers, which are in ascending order and each named once; 0 takes a number out. */
  put(numbers: Float64Array, weightOf: (number: number) => number): void {
    const ends: Change[] = [];
    let opened = 0;
    for (const at of numbers) {
      for (; opened < numbers.length; opened += 1) {
        const next = numbers[opened] as number;
        if (this.order(next, true, at, false) > 0) break;
        ends.push({ at: next, opens: true, weight: weightOf(next) });
      }
      ends.push({ at, opens: false, weight: weightOf(at) });
    }
    this.root = this.changed(this.root, ends, 0, ends.length);
  }

  /** The weight of the heaviest window; 0 when there is no number. */
  heaviest(): number {
    return Math.max(0, this.cell(this.root, mostCell));
  }

  /** Where the heaviest windows begin, in ascending order, at most `limit` of them. There must be a number. */
  beginnings(limit = Infinity): number[] {
    const found: number[] = [];
    this.findBeginnings(this.root, this.cell(this.root, mostCell), limit, found);
    return found;
  }

  /** The weight that is open just before this end. */
  openBefore(end: End): number {
    return this.before(end, sumCell);
  }

  /** The weight of the heaviest window that begins after one end and not after another; null: no bound. */
  heaviestBetween(after: End | null, upTo: End | null): number {
    return Math.max(0, this.mostBetween(this.root, after, upTo));
  }

  /** The least number of the window that begins at a number such that the window's numbers up to it weigh so much, or more. */
  reaching(weight: number, begin: number): number {
    const upTo = this.before({ at: begin, opens: false }, closingCell) + weight;
    let below = 0;
    let node = this.root;
    for (;;) {
      const left = this.cell(node, leftCell);
      const before = below + this.cell(left, closingCell);
      const here = this.closedAt(node);
      if (before >= upTo) {
        node = left;
      } else if (before + here >= upTo) {
        return this.cell(node, atCell);
      } else {
        below = before + here;
        node = this.cell(node, rightCell);
      }
    }
  }

  private cell(node: number, cell: number): number {
    return this.cells[node + cell] as number;
  }

  private opens(node: number): boolean {
    return this.cell(node, changeCell) > 0;
  }

  /** Weight of the number that closes at this node. */
  private closedAt(node: number): number {
    return Math.max(0, -this.cell(node, changeCell));
  }

  /** Negative when an end lies before that of a node, 0 when it is the same. */
  private side(end: End, node: number): number {
    return this.order(end.at, end.opens, this.cell(node, atCell), this.opens(node));
  }

  /** The sum over all ends before this one of their change, or of the weight that closes there. */
  private before(end: End, over: typeof sumCell | typeof closingCell): number {
    let total = 0;
    for (let node = this.root; node !== 0; ) {
      const left = this.cell(node, leftCell);
      if (this.side(end, node) <= 0) {
        node = left;
      } else {
        total += this.cell(left, over);
        total += over === sumCell ? this.cell(node, changeCell) : this.closedAt(node);
        node = this.cell(node, rightCell);
      }
    }
    return total;
  }

  private mostBetween(node: number, after: End | null, upTo: End | null): number {
    if (node === 0 || (after === null && upTo === null)) return this.cell(node, mostCell);
    const left = this.cell(node, leftCell);
    const right = this.cell(node, rightCell);
    const before = this.cell(left, sumCell);
    const open = before + this.cell(node, changeCell);
    if (after !== null && this.side(after, node) >= 0) return open + this.mostBetween(right, after, upTo);
    if (upTo !== null && this.side(upTo, node) < 0) return this.mostBetween(left, after, upTo);
    return Math.max(
      this.mostBetween(left, after, null),
      this.opens(node) ? Number.NEGATIVE_INFINITY : before,
      open + this.mostBetween(right, null, upTo),
    );
  }

  private findBeginnings(node: number, most: number, limit: number, found: number[]): void {
    const { cells } = this;
    const left = cells[node + leftCell] as number;
    const right = cells[node + rightCell] as number;
    const change = cells[node + changeCell] as number;
    const before = cells[left + sumCell] as number;
    const after = before + change;
    if (left !== 0 && cells[left + mostCell] === most) this.findBeginnings(left, most, limit, found);
    if (found.length >= limit) return;
    if (change <= 0 && before === most) found.push(cells[node + atCell] as number);
    if (found.length >= limit) return;
    if (right !== 0 && after + (cells[right + mostCell] as number) === most)
      this.findBeginnings(right, most - after, limit, found);
  }

  /** The subtree after the changes in `ends` from one place to before another. */
  private changed(node: number, ends: readonly Change[], from: number, to: number): number {
    if (from === to) return node;
    if (node === 0) {
      const middle = (from + to) >> 1;
      const left = this.changed(0, ends, from, middle);
      const right = this.changed(0, ends, middle + 1, to);
      const { at, opens, weight } = ends[middle] as Change;
      return weight === 0 ? this.pair(left, right) : this.joined(left, this.made(at, opens, weight), right);
    }
    let before = from;
    for (let after = to; before < after; ) {
      const middle = (before + after) >> 1;
      if (this.side(ends[middle] as Change, node) < 0) before = middle + 1;
      else after = middle;
    }
    const same =
      before < to && this.side(ends[before] as Change, node) === 0 ? (ends[before] as Change) : null;
    const left = this.changed(this.cell(node, leftCell), ends, from, before);
    const right = this.changed(this.cell(node, rightCell), ends, same ? before + 1 : before, to);
    if (same?.weight === 0) {
      this.free.push(node);
      return this.pair(left, right);
    }
    if (same) this.cells[node + changeCell] = same.opens ? same.weight : -same.weight;
    return this.joined(left, node, right);
  }

  /** A node that is in no tree yet. */
  private made(at: number, opens: boolean, weight: number): number {
    const node = this.free.pop() ?? this.end;
    if (node === this.end) this.end += nodeCells;
    if (this.end > this.cells.length) {
      const longer = new Float64Array(2 * this.cells.length);
      longer.set(this.cells);
      this.cells = longer;
    }
    this.cells[node + atCell] = at;
    this.cells[node + changeCell] = opens ? weight : -weight;
    return node;
  }

  /** One tree of a node, a tree before it and one after it, however high either is. */
  private joined(left: number, node: number, right: number): number {
    const lean = this.cell(left, heightCell) - this.cell(right, heightCell);
    if (lean > 1) {
      this.cells[left + rightCell] = this.joined(this.cell(left, rightCell), node, right);
      return this.balanced(left);
    }
    if (lean < -1) {
      this.cells[right + leftCell] = this.joined(left, node, this.cell(right, leftCell));
      return this.balanced(right);
    }
    this.cells[node + leftCell] = left;
    this.cells[node + rightCell] = right;
    return this.summed(node);
  }

  /** One tree of two neighbours, after the node between them has gone. */
  private pair(left: number, right: number): number {
    if (left === 0 || right === 0) return left + right;
    let first = right;
    while (this.cell(first, leftCell) !== 0) first = this.cell(first, leftCell);
    return this.joined(left, first, this.withoutFirst(right));
  }

  /** Sums up the subtree of a node. */
  private summed(node: number): number {
    const { cells } = this;
    const left = cells[node + leftCell] as number;
    const right = cells[node + rightCell] as number;
    const change = cells[node + changeCell] as number;
    const before = cells[left + sumCell] as number;
    const after = before + change;
    const here = change > 0 ? Number.NEGATIVE_INFINITY : before;
    const most = Math.max(
      cells[left + mostCell] as number,
      here,
      after + (cells[right + mostCell] as number),
    );
    const below = Math.max(cells[left + heightCell] as number, cells[right + heightCell] as number);
    const closing = (cells[left + closingCell] as number) + (cells[right + closingCell] as number);
    cells[node + heightCell] = 1 + below;
    cells[node + sumCell] = after + (cells[right + sumCell] as number);
    cells[node + closingCell] = change > 0 ? closing : closing - change;
    cells[node + mostCell] = most;
    return node;
  }

  private balanced(node: number): number {
    const lean = this.lean(node);
    if (lean > 1) {
      const left = this.cell(node, leftCell);
      if (this.lean(left) < 0) this.cells[node + leftCell] = this.raised(left, rightCell, leftCell);
      return this.raised(node, leftCell, rightCell);
    }
    if (lean < -1) {
      const right = this.cell(node, rightCell);
      if (this.lean(right) > 0) this.cells[node + rightCell] = this.raised(right, leftCell, rightCell);
      return this.raised(node, rightCell, leftCell);
    }
    return this.summed(node);
  }

  /** By how much the left subtree is higher than the right one. */
  private lean(node: number): number {
    return (
      this.cell(this.cell(node, leftCell), heightCell) - this.cell(this.cell(node, rightCell), heightCell)
    );
  }

  /** A rotation: a node's child on this side takes its place, and the node goes under the child's other side. */
  private raised(node: number, side: number, other: number): number {
    const top = this.cell(node, side);
    this.cells[node + side] = this.cell(top, other);
    this.cells[top + other] = this.summed(node);
    return this.summed(top);
  }

  private withoutFirst(node: number): number {
    const left = this.cell(node, leftCell);
    if (left === 0) return this.cell(node, rightCell);
    this.cells[node + leftCell] = this.withoutFirst(left);
    return this.balanced(node);
  }
}
