import { isWithin, isWithinShare } from '../decimal.ts';
import { canonical } from '../json.ts';
import type { Near, Rule } from '../types.ts';
import { breakTie } from './tie-break.ts';

/** Windows of near numbers: each from a lowest number to the last that is near it. [Q4.22] [Q4.40] */

/** A window that may win, by its least number. Ties go by lower medians, also where the rule decides something else. [Q4.41] */
export interface Window {
  readonly begin: number;
  readonly median: number;
}

/** Whether a number that is not below `begin` lies in the window that begins there. The higher a window begins, the higher it ends. */
export function isInWindow({ tolerance, relative }: Near, begin: number, number: number): boolean {
  if (begin === number || (tolerance > 0 && isWithin(tolerance, begin, number))) return true;
  return relative !== undefined && isWithinShare(relative, begin, number);
}

/** The lowest window with the median that the rule's list or draw picks, of windows that are a tie; null where it picks none. */
export function breakWindowTie(
  rule: Rule,
  seed: number,
  begins: readonly number[],
  mediansOf: () => Float64Array,
): Window | null {
  if (rule.tie === 'fail') return null;
  const medians = mediansOf();
  const candidates: string[] = [];
  for (let i = 0; i < medians.length; i += 1)
    if (medians[i] !== medians[i - 1]) candidates.push(canonical(medians[i] as number));
  const chosen = breakTie(rule, seed, candidates);
  if (chosen === null) return null;
  const median = Number(chosen);
  return { begin: begins[medians.indexOf(median)] as number, median };
}

/** Numbers, each once, in ascending order, and the weight of each. */
export interface Line {
  readonly numbers: Float64Array;
  readonly weights: Float64Array;
}

export function lineOf(weights: ReadonlyMap<number, number>): Line {
  const numbers = Float64Array.from(weights.keys()).sort();
  let most = 0;
  for (const weight of weights.values()) most = Math.max(most, weight);
  // Looking up each of 100,000 numbers takes longer than all the rest.
  if (most === 1) return { numbers, weights: new Float64Array(numbers.length).fill(1) };
  return { numbers, weights: numbers.map((number) => weights.get(number) as number) };
}

/** The line of these numbers, each as heavy as it is often there. Puts them in order. */
export function lineOfAll(all: Float64Array): Line {
  all.sort();
  const weights = new Float64Array(all.length);
  let last = -1;
  for (let i = 0; i < all.length; i += 1) {
    if (last < 0 || all[last] !== all[i]) {
      last += 1;
      all[last] = all[i] as number;
    }
    weights[last] = (weights[last] as number) + 1;
  }
  return { numbers: all.subarray(0, last + 1), weights };
}

/** The part of the line with the numbers that are near this one. */
export function nearTo({ numbers, weights }: Line, near: Near, number: number): Line {
  const from = firstPlace(numbers, (one) => one >= number || isInWindow(near, one, number));
  const to = firstPlace(numbers, (one) => one > number && !isInWindow(near, number, one));
  return { numbers: numbers.subarray(from, to), weights: weights.subarray(from, to) };
}

/** The place of the first number of which this is true; it is of all that follow. */
function firstPlace(numbers: Float64Array, isTrue: (number: number) => boolean): number {
  let from = 0;
  for (let to = numbers.length; from < to; ) {
    const middle = (from + to) >> 1;
    if (isTrue(numbers[middle] as number)) to = middle;
    else from = middle + 1;
  }
  return from;
}

/** Where the windows of this weight begin, in ascending order, at most so many; none is heavier. */
export function beginningsIn(
  { numbers, weights }: Line,
  near: Near,
  weight: number,
  most = Infinity,
): number[] {
  const begins: number[] = [];
  let end = 0;
  let upTo = 0;
  for (let from = 0; from < numbers.length && begins.length < most; from += 1) {
    const begin = numbers[from] as number;
    // As many as it needs: one look at the last of them says whether the window has it.
    for (; end < numbers.length && upTo < weight; end += 1) upTo += weights[end] as number;
    if (upTo < weight) break;
    if (isInWindow(near, begin, numbers[end - 1] as number)) begins.push(begin);
    upTo -= weights[from] as number;
  }
  return begins;
}

/** The lower median of each of the windows that begin here, in ascending order, and have this weight. */
export function mediansIn(
  { numbers, weights }: Line,
  begins: readonly number[],
  weight: number,
): Float64Array {
  const medians = new Float64Array(begins.length);
  const half = Math.ceil(weight / 2);
  let first = 0;
  let before = 0;
  let after = 0;
  let upTo = 0;
  for (let i = 0; i < begins.length; i += 1) {
    for (; (numbers[first] as number) < (begins[i] as number); first += 1) before += weights[first] as number;
    // Windows further up have their medians further up.
    for (; upTo < before + half; after += 1) upTo += weights[after] as number;
    medians[i] = numbers[after - 1] as number;
  }
  return medians;
}
