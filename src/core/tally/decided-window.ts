import { isMixed, weightOf } from '../rule/electorate.ts';
import type { Near, Outcome, Rule } from '../types.ts';
import { numberIn } from './equality.ts';
import { MixedNearCount } from './mixed-near.ts';
import {
  beginningsIn,
  breakWindowTie,
  isInWindow,
  lineOf,
  lineOfAll,
  mediansIn,
  type Window,
} from './near.ts';
import { RollCall } from './roll-call.ts';
import { numbersOf } from './stats.ts';

/** A round that a window has won. */
type Won = Pick<Outcome, 'rule' | 'seed' | 'electors' | 'proposals' | 'verdict'>;

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
function beginning(near: Near, { rule, seed, proposals, verdict: { most } }: Won): number {
  const line =
    rule.weights === null
      ? lineOfAll(new Float64Array(numbersOf(proposals)))
      : lineOf(weighed(rule, proposals));
  const begins = beginningsIn(line, near, most);
  const lowest = begins[0] as number;
  if (isInWindow(near, lowest, begins.at(-1) as number)) return lowest;
  const window = breakWindowTie(rule, seed, begins, () => mediansIn(line, begins, most));
  return (window as Window).begin;
}

function weighed(rule: Rule, proposals: Won['proposals']): ReadonlyMap<number, number> {
  const weights = new Map<number, number>();
  for (const { agent, classText } of proposals.values()) {
    if (classText === null) continue;
    const number = numberIn(classText) as number;
    weights.set(number, (weights.get(number) ?? 0) + weightOf(rule.weights, agent));
  }
  return weights;
}
