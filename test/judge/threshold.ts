import type { Threshold } from '../../src/core/types.ts';
import type { Ballot, JudgedRule } from './types.ts';

/** What is enough, and of how much. */

export function weightIn(rule: Pick<JudgedRule, 'weights'>, agent: string): number {
  return rule.weights?.[agent] ?? 1;
}

export function enough(threshold: Threshold, weight: number, whole: number): boolean {
  if (weight <= 0) return false;
  if (typeof threshold === 'number') return weight >= threshold;
  if (threshold === 'majority') return 2 * weight > whole;
  if (threshold === 'two-thirds') return 3 * weight >= 2 * whole;
  if (threshold === 'unanimous') return weight === whole;
  const left = weight * threshold.den;
  const right = whole * threshold.num;
  return threshold.strict ? left > right : left >= right;
}

/** The denominator: everybody, the present, or those who cast a value. [Q4.6] */
export function wholeOf(rule: JudgedRule, eligible: number, ballots: readonly Ballot[]): number {
  if (rule.of === 'eligible') return eligible;
  const counted = rule.of === 'present' ? ballots : ballots.filter(({ value }) => value !== null);
  return counted.reduce((sum, { agent }) => sum + weightIn(rule, agent), 0);
}

/** How many must be present, and how many must have cast a value. [Q4.7] */
export function floorOf({ floor }: Pick<JudgedRule, 'floor'>): {
  readonly present: number;
  readonly cast: number;
} {
  return typeof floor === 'number' ? { present: floor, cast: 0 } : floor;
}

export function meetsFloor(rule: JudgedRule, ballots: readonly Ballot[]): boolean {
  const { present, cast } = floorOf(rule);
  const values = ballots.filter(({ value }) => value !== null);
  return ballots.length >= present && values.length >= cast;
}
