/** ms for which a silent member is asked only when the others are silent too. */
const silentFor = 3000;

/** Which member of the cluster is asked next, by its number. */
export class Members {
  readonly #now: () => number;
  /** When nothing was heard of a member in time, and in which order they came up: 0 for one that never did. */
  readonly #silentAt: number[];
  readonly #turnOf: number[];
  #turns = 0;
  #current = 0;

  /** `now` in ms, never back. */
  constructor(count: number, first: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#silentAt = Array.from({ length: count }, () => Number.NEGATIVE_INFINITY);
    this.#turnOf = this.#silentAt.map(() => 0);
    this.prefer(first);
  }

  get current(): number {
    return this.#current;
  }

  answered(member: number): void {
    this.#silentAt[member] = Number.NEGATIVE_INFINITY;
  }

  prefer(member: number): void {
    this.#current = member;
    this.#turns += 1;
    this.#turnOf[member] = this.#turns;
  }

  /**
   * Turns away from a member that failed, unless somebody else has already; whether it did. The one that has waited
   * longest for its turn is next. Members that have not answered lately are passed over while there is another: each would
   * cost a whole deadline, in the middle of an election too. The one that failed is no other: a dead member answers
   * sooner than any, that it is not there.
   */
  turnFrom(failed: number, silent: boolean): boolean {
    if (silent) this.#silentAt[failed] = this.#now();
    if (this.#current !== failed) return false;
    const others = [...this.#turnOf.keys()].filter((member) => member !== failed);
    if (others.length === 0) return false;
    const heard = others.filter((member) => this.#silentAt[member]! < this.#now() - silentFor);
    const turns = this.#turnOf;
    this.prefer((heard.length > 0 ? heard : others).reduce((a, b) => (turns[b]! < turns[a]! ? b : a)));
    return true;
  }
}
