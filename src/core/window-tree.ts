/** One end of the stretch of places that a number counts for: it opens there, and closes at the number itself. */
export interface End {
  readonly at: number;
  readonly opens: boolean;
}

class Node {
  readonly end: End;
  weight: number;
  left: Node | null = null;
  right: Node | null = null;
  height = 1;
  /** Over the subtree: weight of the opening ends less that of the closing ones. */
  sum = 0;
  /** Over the subtree: weight of the closing ends, i.e. of the numbers themselves. */
  closing = 0;
  /** Over the closing ends of the subtree: the most that is open just before one, counted from the subtree's start. */
  most = Number.NEGATIVE_INFINITY;

  constructor(end: End, weight: number) {
    this.end = end;
    this.weight = weight;
  }
}

/**
 * Weighs all windows of one width at once. A number counts for every window that begins within the width below
 * it: on the line of beginnings it opens a stretch there and closes it at itself, so the weight of the window
 * that begins at s is what is open just before s closes. Ends in order, with sums, give that for all s.
 *
 * An AVL tree: every operation looks at O(log n) ends, whatever numbers somebody may choose.
 */
export class WindowTree {
  private readonly order: (a: End, b: End) => number;
  private root: Node | null = null;

  /** `order` must put an opening end before a closing one exactly when the two numbers share a window. */
  constructor(order: (a: End, b: End) => number) {
    this.order = order;
  }

  /** Adds weight to a number, or takes it away when negative. */
  weigh(at: number, by: number): void {
    this.root = this.changed(this.root, { at, opens: true }, by);
    this.root = this.changed(this.root, { at, opens: false }, by);
  }

  /** The weight of the heaviest window; 0 when there is no number. */
  heaviest(): number {
    return Math.max(0, this.root?.most ?? 0);
  }

  /** Where the heaviest windows begin, in ascending order. At least one number must be there. */
  *beginnings(): Generator<number> {
    const root = this.root as Node;
    yield* ascending(root, root.most);
  }

  /** What is open just before this end. */
  openBefore(end: End): number {
    return this.before(end, sumOf, signed);
  }

  /** The heaviest of the windows whose beginning closes after one end and not after another; null: no bound. */
  heaviestBetween(after: End | null, upTo: End | null): number {
    return Math.max(0, this.mostBetween(this.root, after, upTo));
  }

  /** The lower median of the window that begins at a number and weighs that much: at least half is at or below it. */
  median(begin: number, weight: number): number {
    const half = this.before({ at: begin, opens: false }, closingOf, closed) + Math.ceil(weight / 2);
    let below = 0;
    let node = this.root as Node;
    for (;;) {
      const before = below + closingOf(node.left);
      const here = closed(node);
      if (before >= half) {
        node = node.left as Node;
      } else if (before + here >= half) {
        return node.end.at;
      } else {
        below = before + here;
        node = node.right as Node;
      }
    }
  }

  private before(end: End, under: (node: Node | null) => number, at: (node: Node) => number): number {
    let total = 0;
    for (let node = this.root; node !== null; ) {
      if (this.order(end, node.end) <= 0) {
        node = node.left;
      } else {
        total += under(node.left) + at(node);
        node = node.right;
      }
    }
    return total;
  }

  private mostBetween(node: Node | null, after: End | null, upTo: End | null): number {
    if (node === null) return Number.NEGATIVE_INFINITY;
    if (after === null && upTo === null) return node.most;
    const open = sumOf(node.left);
    if (after !== null && this.order(node.end, after) <= 0) {
      return open + signed(node) + this.mostBetween(node.right, after, upTo);
    }
    if (upTo !== null && this.order(node.end, upTo) > 0) {
      return this.mostBetween(node.left, after, upTo);
    }
    return Math.max(
      this.mostBetween(node.left, after, null),
      node.end.opens ? Number.NEGATIVE_INFINITY : open,
      open + signed(node) + this.mostBetween(node.right, null, upTo),
    );
  }

  private changed(node: Node | null, end: End, by: number): Node | null {
    if (node === null) return summed(new Node(end, by));
    const side = this.order(end, node.end);
    if (side < 0) node.left = this.changed(node.left, end, by);
    else if (side > 0) node.right = this.changed(node.right, end, by);
    else node.weight += by;
    return node.weight === 0 ? joined(node.left, node.right) : balanced(node);
  }
}

function* ascending(node: Node, most: number): Generator<number> {
  const before = sumOf(node.left);
  const after = before + signed(node);
  if (node.left !== null && node.left.most === most) yield* ascending(node.left, most);
  if (!node.end.opens && before === most) yield node.end.at;
  if (node.right !== null && after + node.right.most === most) yield* ascending(node.right, most - after);
}

function signed(node: Node): number {
  return node.end.opens ? node.weight : -node.weight;
}

function closed(node: Node): number {
  return node.end.opens ? 0 : node.weight;
}

function closingOf(node: Node | null): number {
  return node?.closing ?? 0;
}

function sumOf(node: Node | null): number {
  return node?.sum ?? 0;
}

function mostOf(node: Node | null): number {
  return node?.most ?? Number.NEGATIVE_INFINITY;
}

function heightOf(node: Node | null): number {
  return node?.height ?? 0;
}

/** Brings what a node says of its subtree up to date. */
function summed(node: Node): Node {
  const { left, right } = node;
  const before = sumOf(left);
  const after = before + signed(node);
  node.height = 1 + Math.max(heightOf(left), heightOf(right));
  node.sum = after + sumOf(right);
  node.closing = closingOf(left) + closed(node) + closingOf(right);
  const here = node.end.opens ? Number.NEGATIVE_INFINITY : before;
  node.most = Math.max(mostOf(left), here, after + mostOf(right));
  return node;
}

function balanced(node: Node): Node {
  const lean = heightOf(node.left) - heightOf(node.right);
  if (lean > 1) {
    const left = node.left as Node;
    if (heightOf(left.left) < heightOf(left.right)) node.left = raisedRight(left);
    return raisedLeft(node);
  }
  if (lean < -1) {
    const right = node.right as Node;
    if (heightOf(right.right) < heightOf(right.left)) node.right = raisedLeft(right);
    return raisedRight(node);
  }
  return summed(node);
}

function raisedLeft(node: Node): Node {
  const top = node.left as Node;
  node.left = top.right;
  top.right = summed(node);
  return summed(top);
}

function raisedRight(node: Node): Node {
  const top = node.right as Node;
  node.right = top.left;
  top.left = summed(node);
  return summed(top);
}

/** One tree of two neighbours, after the node between them has gone. */
function joined(left: Node | null, right: Node | null): Node | null {
  if (left === null || right === null) return left ?? right;
  let first = right;
  while (first.left !== null) first = first.left;
  first.right = withoutFirst(right);
  first.left = left;
  return balanced(first);
}

function withoutFirst(node: Node): Node | null {
  if (node.left === null) return node.right;
  node.left = withoutFirst(node.left);
  return balanced(node);
}
