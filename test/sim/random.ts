/** Seeded randomness: the same seed gives the same numbers on every machine. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** Another sequence, which takes nothing from this one: what is drawn later stays as it is. */
  aside(): Random {
    return new Random(this.state ^ 0x9e3779b9);
  }

  /** A whole number below 2^32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let x = this.state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return (x ^ (x >>> 14)) >>> 0;
  }

  /** In [0, 1). */
  fraction(): number {
    return this.next() / 2 ** 32;
  }

  below(sides: number): number {
    return Math.floor(this.fraction() * sides);
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** A part of the list, at least `least` long, in its order. */
  some<T>(list: readonly T[], least = 0): T[] {
    const chosen = list.filter(() => this.chance(0.5));
    return chosen.length >= least ? chosen : list.slice(0, Math.max(least, 1));
  }
}

/** A seed of its own for each part of a history, so that leaving one part out does not change what others draw. */
export function seedFor(seed: number, ...names: readonly (string | number)[]): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (const char of names.join('/')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  return (hash ^ (hash >>> 15)) >>> 0;
}
