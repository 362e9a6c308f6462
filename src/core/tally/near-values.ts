import { numberIn } from '../equality/equality.ts';
import { canonical } from '../json.ts';
import type { Canonical, Near, Rule } from '../types.ts';
import type { Top, Turnout, Valued } from './count.ts';
import { type Answer, type Ballot, type Count, type Final, lost, open, won } from './count.ts';
import { ExactSum, halfway } from './exact-sum.ts';
import { breakWindowTie, isInWindow, lineOf, mediansIn, type Window } from './near.ts';
import { wordingOf } from './options.ts';
import { denominator, largestDenominator, reaches } from './threshold.ts';
import { type End, type Order, WindowTree } from './window-tree.ts';

/** The most numbers that wait for the tree, so that no proposal takes long because of those before it. */
const mostPending = 1_024;

/**
 * Counts near numbers: the heaviest window wins, from a least number to the last that is near it, as decimals and not as the
 * doubles nearest to them. It decides its lower weighted median, a number that somebody proposed, or its median or mean where the
 * rule says so. [Q4.22] [Q4.40] [Q4.41]
 *
 * Of several heaviest windows with a proposal in common, the lowest wins. Two of them with none in common are a tie: then the
 * median of every heaviest window is a candidate, and the rule's list names one or its draw picks one; the window is the lowest
 * with that median. Required agents must be inside the winning window.
 *
 * A proposal costs O(log n), and so does an answer before all have proposed; the last one O(log n) for each of
 * the heaviest windows. Most answers on the way are plainly "open", so numbers are put into the tree many at a time, before
 * an answer that may be another.
 */
export class NearCount implements Count {
  private readonly rule: Rule;
  private readonly near: Near;
  private readonly tree: WindowTree;
  /** Of the whole values with a number as their part. */
  private readonly spellings: ReturnType<typeof wordingOf>;
  /** Of all numbers, by weight; null where the rule does not ask for a mean. */
  private readonly sum: ExactSum | null;
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

  constructor(rule: Rule, near: Near) {
    this.rule = rule;
    this.near = near;
    this.tree = new WindowTree(endsWithin(near));
    this.spellings = wordingOf(rule);
    this.sum = rule.decide === 'mean' ? new ExactSum() : null;
  }

  count({ agent, value, classText, weight, required }: Ballot, sign: 1 | -1): void {
    const number = classText === null ? null : numberIn(classText);
    // An abstention, or a veto: then nothing wins.
    if (value === null || classText === null || number === null) return;
    if (sign < 0) this.required.delete(agent);
    else if (required) this.required.set(agent, number);
    this.spellings.count(classText, value, sign);
    this.sum?.add(number, sign * weight, classText);
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
    return isSupported ? won(this.decision(winner, weight)) : lost('required');
  }

  certain(turnout: Turnout): Answer {
    if (turnout.missing === 0) return this.final(turnout);
    if (this.plainlyOpen(turnout)) return open;
    this.catchUp();
    if (!this.canStillWin(turnout)) return lost('no-agreement');
    // Any proposal may move a mean, or a median that nobody proposed.
    if (this.rule.decide !== undefined) return open;
    const settled = this.settled(turnout);
    if (settled === null || !this.spellings.isCertain(canonical(settled), turnout.missing)) return open;
    return won(this.spellings.decided(canonical(settled)));
  }

  /** Whether the number can be in the winning window. */
  canWin({ classText }: Valued, turnout: Turnout): boolean {
    this.catchUp();
    return this.canStillWin(turnout, [numberIn(classText) as number]);
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

  private winner(weight: number, seed: number): Window | null {
    const begins = this.begins();
    const begin = begins[0] as number;
    if (!this.areApart(begins)) return { begin, median: this.tree.reaching(Math.ceil(weight / 2), begin) };
    return breakWindowTie(this.rule, seed, begins, () => mediansIn(lineOf(this.weights), begins, weight));
  }

  /** What a window of this weight decides. [Q4.22] [Q4.41] */
  private decision(window: Window, weight: number): Canonical {
    if (this.sum !== null) return canonical(this.mean(this.sum, window, weight));
    if (this.rule.decide === undefined) return this.spellings.decided(canonical(window.median));
    const next = this.tree.reaching(Math.floor(weight / 2) + 1, window.begin);
    return canonical(halfway(window.median, next));
  }

  /** The mean of a window of this weight: of what it holds, or of all but what it does not hold, whichever are fewer numbers. */
  private mean(all: ExactSum, window: Window, whole: number): number {
    let held = 0;
    for (const number of this.weights.keys()) if (this.holds(window, number)) held += 1;
    const holdsMost = 2 * held > this.weights.size;
    const sum = holdsMost ? all.copy() : new ExactSum();
    for (const [number, weight] of this.weights)
      if (this.holds(window, number) !== holdsMost) sum.add(number, holdsMost ? -weight : weight);
    return sum.over(whole);
  }

  /** Where the heaviest windows begin, in ascending order. */
  private begins(): readonly number[] {
    this.lastBegins ??= this.tree.beginnings();
    return this.lastBegins;
  }

  /** Whether windows that begin here have no proposal in common: the last of them does not begin within the first. */
  private areApart(begins: readonly number[]): boolean {
    return !isInWindow(this.near, begins[0] as number, begins.at(-1) as number);
  }

  private holds({ begin }: Window, number: number): boolean {
    return number >= begin && isInWindow(this.near, begin, number);
  }

  /** Whether some window that holds these numbers can still win: at best all the missing join it. [Q4.14] */
  private canStillWin(turnout: Turnout, held: readonly number[] = []): boolean {
    const { rule, tree } = this;
    const heaviest = tree.heaviest();
    let best = heaviest;
    if (this.required.size + held.length > 0) {
      const least = Math.min(...this.required.values(), ...held);
      const greatest = Math.max(...this.required.values(), ...held);
      if (!isInWindow(this.near, least, greatest)) return false;
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
    const number = tree.reaching(Math.ceil(heaviest / 2), begin as number);
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
function endsWithin(near: Near): Order {
  return (at, opens, otherAt, otherOpens) => {
    if (opens === otherOpens) return at < otherAt ? -1 : at > otherAt ? 1 : 0;
    if (opens) return isOpenAt(at, otherAt) ? -1 : 1;
    return isOpenAt(otherAt, at) ? 1 : -1;
  };

  /** Whether windows up to the one that begins at `close` may hold a number: it is below that one's end. */
  function isOpenAt(number: number, close: number): boolean {
    return number <= close || isInWindow(near, close, number);
  }
}
