import type { Rule } from '../types.ts';
import { breakTie, draw } from './tie-break.ts';

/** Stands for each value that nobody has named: the text of no JSON value. */
export const unnamed = '';

/** A tie of some classes, and of each that might still draw level with them. */
export class Contest {
  private readonly rule: Rule;
  private readonly seed: number;
  private readonly listed: readonly string[];
  private readonly level: ReadonlySet<string>;
  private sorted: readonly string[] | null = null;

  constructor(rule: Rule, seed: number, listed: readonly string[], level: ReadonlySet<string>) {
    this.rule = rule;
    this.seed = seed;
    this.listed = listed;
    this.level = level;
  }

  /** Who wins as things stand; null when nobody does. */
  winner(): string | null {
    return this.level.size === 0 ? null : breakTie(this.rule, this.seed, [...this.level], this.listed);
  }

  /** Who wins when another class is level too. */
  winnerBeside(key: string): string | null {
    const { tie } = this.rule;
    if (tie !== 'seeded') return this.listed.find((one) => one === key || this.level.has(one)) ?? null;
    // Whom a draw favours depends on how the new value is called, so some new value wins it.
    if (key === unnamed) return key;
    this.sorted ??= [...this.level].sort();
    const drawn = draw(this.seed, this.sorted.length + 1);
    // The drawn place among all of them in text order, of which only the new one is not in the list.
    const before = this.sorted[drawn - 1];
    const after = this.sorted[drawn];
    if (before !== undefined && key < before) return before;
    return after !== undefined && after < key ? after : key;
  }
}
