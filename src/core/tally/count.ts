import type { Canonical, FailReason, Proposal } from '../types.ts';

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
