import { classOf } from './equality.ts';
import { canonical } from './json.ts';
import type { Canonical, OutcomeReason, Rule, Threshold } from './types.ts';

/**
 * What a rule answers on a partial set of proposals: one of three things, from the set alone, never from the
 * order of arrival. [Q4.9]
 */
export type Answer =
  | { readonly is: 'decided'; readonly value: Canonical }
  | { readonly is: 'impossible'; readonly reason: FailReason }
  | { readonly is: 'open' };

/** What an answer can be once no more proposals come. */
export type Final = Exclude<Answer, { readonly is: 'open' }>;

export type FailReason = Extract<OutcomeReason, 'no-agreement' | 'tie' | 'veto' | 'required' | 'floor'>;

export const stillOpen: Answer = { is: 'open' };

/** What counts the values of one round under one equality; told of one proposal at a time. */
export interface Count {
  add(agent: string, value: Canonical, weight: number): void;
  remove(agent: string, value: Canonical, weight: number): void;
  /** Told only of who abstains; taking an abstention back needs no call, since another answer follows. */
  abstain(agent: string): void;
  /** The answer if the proposals counted so far are all there will be. */
  final(turnout: Turnout): Final;
  /** The answer that every completion of the missing proposals would give, or open. */
  certain(turnout: Turnout): Answer;
  /** Whether this elector is asked now: those after `else` are asked only when the others cannot succeed. */
  asks(agent: string, turnout: Turnout): boolean;
}

/** How many there are and how many have answered, by number and by weight. */
export interface Turnout {
  readonly seed: number;
  /** The denominator when of is "eligible". */
  readonly eligibleWeight: number;
  /** Agents who proposed a value or abstained. */
  readonly presentWeight: number;
  /** Of them, those who proposed a value. */
  readonly castWeight: number;
  readonly missing: number;
  readonly missingWeight: number;
  /** Weight of the missing who hold a veto: they cannot stand behind a value that is itself a veto. */
  readonly missingVetoWeight: number;
  /** Electors without a proposal whose lease has run out: nobody waits for them, though they may come back. */
  readonly absent: ReadonlySet<string>;
}

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

/** The denominator the rule names, for the proposals at hand. */
export function wholeOf(of: Rule['of'], turnout: Turnout): number {
  if (of === 'eligible') return turnout.eligibleWeight;
  return of === 'present' ? turnout.presentWeight : turnout.castWeight;
}

/** The denominator when every missing agent has proposed a value: the largest it can become. */
export function wholeWhenAllCast(of: Rule['of'], turnout: Turnout): number {
  if (of === 'eligible') return turnout.eligibleWeight;
  return (of === 'present' ? turnout.presentWeight : turnout.castWeight) + turnout.missingWeight;
}

/**
 * Which of several equally heavy classes wins, or null for none. Never by arrival: by the rule's list, or by a
 * draw whose seed was fixed before the round opened. [Q4.15]
 */
export function breakTie(rule: Rule, seed: number, tied: readonly string[]): string | null {
  if (tied.length === 1) return tied[0] as string;
  if (rule.tie === 'fail') return null;
  if (rule.tie === 'seeded') return [...tied].sort()[draw(seed, tied.length)] as string;
  for (const value of rule.tie.priority) {
    const preferred = classOf(rule.equality, canonical(value));
    if (tied.includes(preferred)) return preferred;
  }
  return null;
}

/** A whole number below `sides` from a seed: 32-bit integer mixing, the same in every engine. */
export function draw(seed: number, sides: number): number {
  let x = (seed ^ (sides * 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) % sides;
}

/** A veto is the value false or the text "veto", from an agent the rule gives that right. [Q4.17] */
export function isVeto(value: Canonical | null): boolean {
  return value === 'false' || value === '"veto"';
}
