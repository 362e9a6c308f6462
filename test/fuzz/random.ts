// @ts-nocheck
/** A repeatable source of chance: the same seed draws the same. */
export class Chance {
  #state;

  constructor(seed) {
    this.#state = (seed >>> 0) + 0x9e3779b9;
  }

  /** A number from 0 up to 1 (mulberry32, written out). */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n) {
    return Math.floor(this.next() * n);
  }

  odds(share) {
    return this.next() < share;
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}
