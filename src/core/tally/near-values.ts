import { isWithin } from '../decimal.ts';
import { canonical } from '../json.ts';
import type { Json, Rule } from '../types.ts';
import type { Top, Turnout, Valued } from './count.ts';
import { type Answer, type Ballot, type Count, type Final, lost, open, won } from './count.ts';
import { denominator, largestDenominator, reaches } from './threshold.ts';
import { breakTie } from './tie-break.ts';
import { type End, type Order, WindowTree } from './window-tree.ts';

/** The most numbers that wait for the tree, so that no proposal takes long because of those before it. */
const mostPending = 1_024;

interface Winner {
  /** The least number of the window. */
  readonly begin: number;
  readonly median: number;
}

/**
 * Counts near numbers: the heaviest window in which greatest and least differ by at most the tolerance, as decimals and not
 * as the doubles nearest to them. Decided is its lower weighted median, a number that somebody proposed.
 *
 * Of several heaviest windows with a proposal in common, the lowest wins. Two of them with none in common are a tie: then the median of every heaviest window is a candidate, and the rule's list names one or its draw
 * picks one; the window is the lowest with that median. Required agents must be inside the winning window.
 *
 * A proposal costs O(log n), and so does an answer before all have proposed; the last one O(log n) for each of
 * the heaviest windows. Most answers on the way are plainly "open", so numbers are put into the tree many at a time, before
 * an answer that may be another.
 */
export class NearCount implements Count {
  private readonly rule: Rule;
  private readonly tolerance: number;
  private readonly tree: WindowTree;
  private readonly weights = new Map<number, number>();
  /** Numbers whose weight has changed since the tree was brought up to date. */
  private readonly pending = new Set<number>();
  /** An upper bound on the weight of one number. */
  private heaviestNumber = 0;
  /** A lower bound on the weight of the heaviest window. */
  private atLeast = 0;
  private readonly required = new Map<string, number>();
  /** What `begins` gave, until something changes. */
  private lastBegins: readonly number[] | null = null;

  constructor(rule: Rule, tolerance: number) {
    this.rule = rule;
    this.tolerance = tolerance;
    this.tree = new WindowTree(endsWithin(tolerance));
  }

  count({ agent, value, weight, required }: Ballot, sign: 1 | -1): void {
    if (value === null) return;
    const number = JSON.parse(value) as Json;
    // A veto is in no window.
    if (typeof number !== 'number') return;
    if (sign < 0) this.required.delete(agent);
    else if (required) this.required.set(agent, number);
    this.weigh(number, sign * weight);
  }

  final(turnout: Turnout): Final {
    this.catchUp();
    const { rule, tree } = this;
    const weight = tree.heaviest();
    if (!reaches(rule.threshold, weight, denominator(rule.of, turnout))) {
      return lost('no-agreement');
    }
    const winner = this.winner(weight, turnout.seed);
    if (winner === null) return lost('tie');
    const isSupported = rule.required.every((agent) => {
      const number = this.required.get(agent);
      return number !== undefined && this.holds(winner, number);
    });
    return isSupported ? won(canonical(winner.median)) : lost('required');
  }

  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    if (this.plainlyOpen(turnout)) return open;
    this.catchUp();
    if (!this.canStillWin(turnout)) return lost('no-agreement');
    const settled = this.settled(turnout);
    return settled === null ? open : won(canonical(settled));
  }

  /** Whether the number can be in the winning window. */
  canWin({ value }: Valued, turnout: Turnout): boolean {
    this.catchUp();
    return this.canStillWin(turnout, [JSON.parse(value) as number]);
  }

  isReachable(turnout: Turnout): boolean {
    this.catchUp();
    const best = this.tree.heaviest() + turnout.missingWeight;
    return reaches(this.rule.threshold, best, largestDenominator(this.rule.of, turnout));
  }

  top(): Top {
    this.catchUp();
    const most = this.tree.heaviest();
    if (most === 0) return { most: 0, tied: 0 };
    const begins = this.begins();
    return { most, tied: this.areApart(begins) ? begins.length : 1 };
  }

  private weigh(number: number, by: number): void {
    const weight = (this.weights.get(number) ?? 0) + by;
    if (weight > 0) this.weights.set(number, weight);
    else this.weights.delete(number);
    this.pending.add(number);
    this.lastBegins = null;
    this.heaviestNumber = Math.max(this.heaviestNumber, weight);
    if (by < 0) this.atLeast += by;
    if (this.pending.size >= mostPending) this.catchUp();
  }

  /** Brings the tree up to date. */
  private catchUp(): void {
    const { pending, tree, weights } = this;
    if (pending.size === 0) return;
    tree.put(Float64Array.from(pending).sort(), (number) => weights.get(number) ?? 0);
    pending.clear();
    this.atLeast = tree.heaviest();
  }

  /** Whether the answer is open for sure, without a look at the tree: `canStillWin` holds, and nothing can be `settled`. */
  private plainlyOpen(turnout: Turnout): boolean {
    const { rule } = this;
    if (rule.required.length > 0 || turnout.missingWeight < this.heaviestNumber) return false;
    const best = this.atLeast + turnout.missingWeight;
    return reaches(rule.threshold, best, largestDenominator(rule.of, turnout));
  }

  private winner(weight: number, seed: number): Winner | null {
    const begins = this.begins();
    const lowest = begins[0] as number;
    if (!this.areApart(begins)) return { begin: lowest, median: this.tree.median(lowest, weight) };
    if (this.rule.tie === 'fail') return null;
    const medians = this.medians(begins, weight);
    const candidates: string[] = [];
    for (let i = 0; i < medians.length; i += 1)
      if (medians[i] !== medians[i - 1]) candidates.push(canonical(medians[i] as number));
    const chosen = breakTie(this.rule, seed, candidates);
    if (chosen === null) return null;
    const median = Number(chosen);
    return { begin: begins[medians.indexOf(median)] as number, median };
  }

  /** Where the heaviest windows begin, in ascending order. */
  private begins(): readonly number[] {
    this.lastBegins ??= this.tree.beginnings();
    return this.lastBegins;
  }

  /** Whether windows that begin here have no proposal in common: the last of them does not begin within the first. */
  private areApart(begins: readonly number[]): boolean {
    return !isWithin(this.tolerance, begins[0] as number, begins.at(-1) as number);
  }

  /** The lower median of each of the windows that begin here, in ascending order, and have this weight; O(n log n) for all. */
  private medians(begins: readonly number[], weight: number): Float64Array {
    const numbers = Float64Array.from(this.weights.keys()).sort();
    const weights = numbers.map((number) => this.weights.get(number) as number);
    const medians = new Float64Array(begins.length);
    const half = Math.ceil(weight / 2);
    let first = 0;
    let before = 0;
    let after = 0;
    let upTo = 0;
    for (let i = 0; i < begins.length; i += 1) {
      for (; (numbers[first] as number) < (begins[i] as number); first += 1)
        before += weights[first] as number;
      // Windows further up have their medians further up.
      for (; upTo < before + half; after += 1) upTo += weights[after] as number;
      medians[i] = numbers[after - 1] as number;
    }
    return medians;
  }

  private holds({ begin }: Winner, number: number): boolean {
    return number >= begin && isWithin(this.tolerance, begin, number);
  }

  /** Whether some window that holds these numbers can still win: at best all the missing join it. [Q4.14] */
  private canStillWin(turnout: Turnout, held: readonly number[] = []): boolean {
    const { rule, tree } = this;
    const heaviest = tree.heaviest();
    let best = heaviest;
    if (this.required.size + held.length > 0) {
      const least = Math.min(...this.required.values(), ...held);
      const greatest = Math.max(...this.required.values(), ...held);
      if (!isWithin(this.tolerance, least, greatest)) return false;
      best = tree.heaviestBetween({ at: greatest, opens: true }, { at: least, opens: false });
    }
    best += turnout.missingWeight;
    return best >= heaviest && reaches(rule.threshold, best, largestDenominator(rule.of, turnout));
  }

  /**
   * The number that is decided whatever the missing propose, or null. One more proposal can move a median or
   * begin a window, so most rounds stay open to the last. Settled is a number so heavy that it is the median of
   * every window around it, while no window without it can catch up. Sound, not complete.
   */
  private settled(turnout: Turnout): number | null {
    const { rule, tree } = this;
    const missing = turnout.missingWeight;
    const heaviest = tree.heaviest();
    if (!reaches(rule.threshold, heaviest, largestDenominator(rule.of, turnout))) return null;
    const [begin] = tree.beginnings(1);
    const number = tree.median(begin as number, heaviest);
    const weight = this.weights.get(number) as number;
    const opening: End = { at: number, opens: true };
    const closing: End = { at: number, opens: false };
    const below = tree.openBefore(opening);
    const above = tree.openBefore(closing) - weight;
    if (below + missing >= weight || above + missing > weight) return null;
    const elsewhere = Math.max(tree.heaviestBetween(null, opening), tree.heaviestBetween(closing, null));
    if (elsewhere + missing >= heaviest) return null;
    return rule.required.every((agent) => this.required.get(agent) === number) ? number : null;
  }
}

/** Orders ends so that one number opens before another closes exactly when a window can hold both. */
function endsWithin(tolerance: number): Order {
  return (at, opens, otherAt, otherOpens) => {
    if (opens === otherOpens) return at < otherAt ? -1 : at > otherAt ? 1 : 0;
    if (opens) return isWithin(tolerance, otherAt, at) ? -1 : 1;
    return isWithin(tolerance, at, otherAt) ? 1 : -1;
  };
}
