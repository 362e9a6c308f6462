import type { Rule, Threshold } from '../types.ts';
import type { Turnout } from './count.ts';

/** Whether `weight` of `whole` is enough, in whole numbers only. Nothing is ever enough of nothing. [Q4.5] */
export function reaches(threshold: Threshold, weight: number, whole: number): boolean {
  if (weight <= 0) return false;
  if (typeof threshold === 'number') return weight >= threshold;
  if (threshold === 'majority') return 2 * weight > whole;
  if (threshold === 'two-thirds') return 3 * weight >= 2 * whole;
  if (threshold === 'unanimous') return weight >= whole;
  const { num, den, strict } = threshold;
  return strict ? weight * den > whole * num : weight * den >= whole * num;
}

/** The denominator that the rule's `of` names, for the proposals at hand. [Q4.6] */
export function denominator(of: Rule['of'], turnout: Turnout): number {
  if (of === 'eligible') return turnout.eligibleWeight;
  return of === 'present' ? turnout.presentWeight : turnout.castWeight;
}

/** The denominator once every missing agent has proposed a value: the largest it can become. */
export function largestDenominator(of: Rule['of'], turnout: Turnout): number {
  if (of === 'eligible') return turnout.eligibleWeight;
  return denominator(of, turnout) + turnout.missingWeight;
}
