import type { Rule } from '../types.ts';
import { breakTie, draw } from './tie-break.ts';

/** Stands for every class that nobody has proposed yet; it is the text of no JSON value. */
export const newClass = '';

/** A tie that another class may still join: who wins it as things stand, and who wins it then. [Q4.15] */
export class OpenTie {
  private readonly rule: Rule;
  private readonly seed: number;
  private readonly priority: readonly string[];
  private readonly tied: ReadonlySet<string>;
  private sorted: readonly string[] | null = null;

  constructor(rule: Rule, seed: number, priority: readonly string[], tied: ReadonlySet<string>) {
    this.rule = rule;
    this.seed = seed;
    this.priority = priority;
    this.tied = tied;
  }

  /** Who wins as things stand; null when nobody does. */
  winner(): string | null {
    return this.tied.size === 0 ? null : breakTie(this.rule, this.seed, [...this.tied], this.priority);
  }

  /** Who wins when this class is as heavy as the tied ones; null when nobody does. */
  winnerWith(classText: string): string | null {
    const { tie } = this.rule;
    if (tie !== 'seeded') return this.priority.find((one) => one === classText || this.tied.has(one)) ?? null;
    // Whom a draw favours depends on how the new value is spelt, so some new value wins it.
    if (classText === newClass) return classText;
    this.sorted ??= [...this.tied].sort();
    const drawn = draw(this.seed, this.sorted.length + 1);
    // The place drawn among all of them in text order, of which only the new one is not in `sorted`.
    const before = this.sorted[drawn - 1];
    const after = this.sorted[drawn];
    if (before !== undefined && classText < before) return before;
    return after !== undefined && after < classText ? after : classText;
  }
}
