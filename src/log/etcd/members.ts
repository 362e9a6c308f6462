/** ms for which a silent member is called only when the others are silent too. */
const silentForMs = 3000;

/** Chooses the member of the cluster that is called next, by its number. */
export class Members {
  readonly #now: () => number;
  /** By member: when it last did not answer in time, and when its last turn was (0: never). */
  readonly #silentAt: number[];
  readonly #lastTurn: number[];
  #turns = 0;
  #current = 0;

  /** `now` in ms; it never goes back. */
  constructor(count: number, first: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#silentAt = Array.from({ length: count }, () => Number.NEGATIVE_INFINITY);
    this.#lastTurn = this.#silentAt.map(() => 0);
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
    this.#lastTurn[member] = this.#turns;
  }

  /**
   * Leaves a member that failed; returns false if calls have left it already. Next is the one whose last turn is longest
   * ago. Members that have not answered lately are passed over while there is another, since each would cost a whole
   * deadline, in the middle of an election too. The one that failed is never next while there are others: a dead member's
   * machine refuses the connection sooner than any other member answers.
   */
  leave(failed: number, silent: boolean): boolean {
    if (silent) this.#silentAt[failed] = this.#now();
    if (this.#current !== failed) return false;
    const others = [...this.#lastTurn.keys()].filter((member) => member !== failed);
    if (others.length === 0) return false;
    const heard = others.filter((member) => this.#silentAt[member]! < this.#now() - silentForMs);
    const turns = this.#lastTurn;
    this.prefer((heard.length > 0 ? heard : others).reduce((a, b) => (turns[b]! < turns[a]! ? b : a)));
    return true;
  }
}
