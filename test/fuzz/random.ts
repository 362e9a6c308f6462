import { pick, randomFrom } from '../harness/random.ts';

/** Random choices that depend on the seed alone. */
export class Chance {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = randomFrom((seed >>> 0) + 0x9e3779b9);
  }

  /** A whole number from 0 up to and without n. */
  below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  /** True in this share of the calls. */
  odds(share: number): boolean {
    return this.#next() < share;
  }

  pick<T>(items: readonly T[]): T {
    return pick(this.#next, items);
  }
}
