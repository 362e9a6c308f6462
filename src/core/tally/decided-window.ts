import { classOf, numberIn } from '../equality/equality.ts';
import { isMixed, weightOf } from '../rule/electorate.ts';
import type { Canonical, Near, Outcome } from '../types.ts';
import { MixedNearCount } from './mixed-near.ts';
import {
  beginningsIn,
  breakWindowTie,
  isInWindow,
  type Line,
  lineOf,
  lineOfAll,
  mediansIn,
  nearTo,
  type Window,
} from './near.ts';
import { RollCall } from './roll-call.ts';
import { numbersOf } from './stats.ts';

/** A round that a window has won. */
type Won = Pick<Outcome, 'rule' | 'seed' | 'electors' | 'proposals' | 'value' | 'verdict'>;

/** Says of each number whether it lies in the window that won. [Q4.22] */
export function decidedWindow(near: Near, outcome: Won): (number: number) => boolean {
  const inMixed = decidedInMixed(near, outcome);
  if (inMixed !== null) return inMixed;
  const begin = beginning(near, outcome);
  return (number) => number >= begin && isInWindow(near, begin, number);
}

/** Null where the electorate is not mixed. */
function decidedInMixed(
  near: Near,
  { rule, seed, electors, proposals }: Won,
): ((number: number) => boolean) | null {
  if (!isMixed(rule.electorate)) return null;
  const count = new MixedNearCount(rule, near, rule.electorate);
  const rollCall = new RollCall(rule, seed, electors);
  for (const proposal of proposals.values()) count.count(rollCall.ballot(proposal), 1);
  return count.decided(seed);
}

/** Where the window begins that won. */
function beginning(near: Near, won: Won): number {
  const { rule, seed, value, verdict } = won;
  const decision = rule.decide === undefined ? numberIn(classOf(rule.equality, value as Canonical)) : null;
  const whole = lineIn(won);
  // A window with the decision as its median holds it, and only numbers near it.
  const line = decision === null ? whole : nearTo(whole, near, decision);
  // Of heaviest windows that are no tie, the lowest has won.
  const begins = beginningsIn(line, near, verdict.most, verdict.tied === 1 ? 1 : Infinity);
  if (verdict.tied === 1) return begins[0] as number;
  const medians = (): Float64Array => mediansIn(line, begins, verdict.most);
  if (decision !== null) return begins[medians().indexOf(decision)] as number;
  return (breakWindowTie(rule, seed, begins, medians) as Window).begin;
}

/** The numbers proposed. */
function lineIn({ rule, proposals }: Won): Line {
  if (rule.weights === null) return lineOfAll(new Float64Array(numbersOf(proposals)));
  const weights = new Map<number, number>();
  for (const { agent, classText } of proposals.values()) {
    const number = classText === null ? null : numberIn(classText);
    if (number !== null) weights.set(number, (weights.get(number) ?? 0) + weightOf(rule.weights, agent));
  }
  return lineOf(weights);
}
