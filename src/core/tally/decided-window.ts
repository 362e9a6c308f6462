import { isWithin } from '../decimal.ts';
import { weightOf } from '../rule/electorate.ts';
import type { Canonical, Proposal, Rule } from '../types.ts';

/**
 * Says of each number whether it lies in the window that has won: of the heaviest windows with the decision as their lower
 * weighted median, the lowest. `most` is the weight of that window. [Q4.22]
 */
export function decidedWindow(
  rule: Rule,
  tolerance: number,
  proposals: ReadonlyMap<string, Proposal>,
  decision: Canonical,
  most: number,
): (number: number) => boolean {
  const median = Number(decision);
  const weights = new Map<number, number>();
  for (const { agent, value } of proposals.values()) {
    if (value === null) continue;
    const number = Number(value);
    // Only windows that hold the decision can have it as their median.
    if (!isWithin(tolerance, Math.min(number, median), Math.max(number, median))) continue;
    weights.set(number, (weights.get(number) ?? 0) + weightOf(rule.weights, agent));
  }
  const numbers = Float64Array.from(weights.keys()).sort();
  const weightAt = (at: number): number => weights.get(numbers[at] as number) as number;
  // A window goes from one place to before another; `upToMedian` is the weight of its numbers up to the decision.
  let end = 0;
  let weight = 0;
  let upToMedian = 0;
  let begin = median;
  for (let from = 0; from < numbers.length; from += 1) {
    begin = numbers[from] as number;
    for (; end < numbers.length && isWithin(tolerance, begin, numbers[end] as number); end += 1) {
      weight += weightAt(end);
      if ((numbers[end] as number) <= median) upToMedian += weightAt(end);
    }
    const half = Math.ceil(weight / 2);
    const upTo = upToMedian - (weights.get(median) as number);
    if (weight === most && upToMedian >= half && upTo < half) break;
    weight -= weightAt(from);
    upToMedian -= weightAt(from);
  }
  return (number) => number >= begin && isWithin(tolerance, begin, number);
}
