import type { Canonical } from '../../src/core/types.ts';
import { nearest } from './numbers.ts';
import type { Ballot, JudgedRule } from './types.ts';
import { middle, placed, sumOf } from './windows.ts';

/** Figures of a closed round; each as the text of its number. */
export interface Stats {
  readonly count: number;
  readonly min: Canonical;
  readonly max: Canonical;
  readonly median: Canonical;
  readonly mean: Canonical;
  readonly spread: Canonical;
}

/** Null where not all cast values are numbers, and where the rule never shows any. [Q4.43] */
export function statsOf(rule: JudgedRule, ballots: readonly Ballot[]): Stats | null {
  const numbers = placed(rule, ballots);
  const cast = ballots.filter(({ value }) => value !== null);
  const [lowest, highest] = [numbers[0], numbers.at(-1)];
  if (rule.reveal === 'never' || numbers.length < cast.length || !lowest || !highest) return null;
  const line = numbers.map(({ at }) => at);
  return {
    count: line.length,
    min: lowest.text,
    max: highest.text,
    median: middle(line),
    mean: nearest(sumOf(line), BigInt(line.length)),
    spread: nearest(highest.at - lowest.at),
  };
}
