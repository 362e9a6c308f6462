import { canonical } from '../json.ts';
import type { Canonical, FailReason, Proposal, Rule, Threshold } from '../types.ts';
import { classOf } from './equality.ts';

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

export const stillOpen: Answer = { is: 'open' };

/** What of a proposal counts. */
export type Counted = Pick<Proposal, 'agent' | 'value' | 'classText'>;

/** A proposal as it is counted. */
export interface Ballot extends Counted {
  readonly weight: number;
  /** Whether the winner needs this agent's support. */
  readonly required: boolean;
}

/** A value, and what it is equal to. */
export interface Valued {
  readonly value: Canonical;
  readonly classText: string;
}

/** What counts the values of one round under one equality; told of one proposal at a time. */
export interface Count {
  add(ballot: Ballot): void;
  /** Takes a ballot back, as if it had never come. */
  remove(ballot: Ballot): void;
  /** The answer if the proposals counted so far are all there will be. */
  final(turnout: Turnout): Final;
  /** The answer that every completion of the missing proposals would give, or open. */
  certain(turnout: Turnout): Answer;
  /** Whether this value, which somebody has proposed, can still win: at best all the missing join it. */
  canWin(valued: Valued, turnout: Turnout): boolean;
  /** The most weight behind a value, and how many values have it. */
  top(turnout: Turnout): Top;
  /** Tells the electors who are asked now; those after `else` are only when the others cannot succeed. */
  asked(turnout: Turnout): (agent: string) => boolean;
}

export interface Top {
  readonly most: number;
  readonly tied: number;
}

export const everybody = (): boolean => true;

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
  /** Whether one whose support is needed holds a veto: then no value that is a veto can win. */
  readonly requiredVetoes: boolean;
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
 * draw whose seed was fixed before the round opened. Who asks often gives what `listedIn` says. [Q4.15]
 */
export function breakTie(
  rule: Rule,
  seed: number,
  tied: readonly string[],
  listed: readonly string[] = listedIn(rule),
): string | null {
  if (tied.length === 1) return tied[0] as string;
  if (rule.tie === 'fail') return null;
  if (rule.tie === 'seeded') return [...tied].sort()[draw(seed, tied.length)] as string;
  const level = new Set(tied);
  return listed.find((preferred) => level.has(preferred)) ?? null;
}

/** The classes that the rule prefers in a tie, the first before the others; none where it lists none. */
export function listedIn({ tie, equality }: Rule): string[] {
  return typeof tie === 'object' ? tie.priority.map((value) => classOf(equality, canonical(value))) : [];
}

/** A whole number below `sides` from a seed: 32-bit integer mixing, the same in every engine. */
export function draw(seed: number, sides: number): number {
  let x = (seed ^ (sides * 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) % sides;
}
