import type { Canonical, FailReason, Proposal } from '../types.ts';

/** Won: this value is decided. Lost: none can be. Open: it depends on the proposals that are missing. [Q4.9] */
export type Answer =
  | { readonly is: 'won'; readonly value: Canonical }
  | { readonly is: 'lost'; readonly reason: FailReason }
  | { readonly is: 'open' };

/** An answer once no more proposals come. */
export type Final = Exclude<Answer, { readonly is: 'open' }>;

export const open: Answer = { is: 'open' };

export function won(value: Canonical): Final {
  return { is: 'won', value };
}

export function lost(reason: FailReason): Final {
  return { is: 'lost', reason };
}

/** What of a proposal counts. */
export type Counted = Pick<Proposal, 'agent' | 'value' | 'classText'>;

/** A proposal as it is counted. */
export interface Ballot extends Counted {
  readonly weight: number;
  /** Whether the winner needs this agent's support. [Q4.16] */
  readonly required: boolean;
}

/** A value, and the class of equal values that it belongs to. */
export interface Valued {
  readonly value: Canonical;
  readonly classText: string;
}

/** Counts the values of one round under one equality, ballot by ballot. Vetoes and the floor are the tally's concern. */
export interface Count {
  /** Counts a ballot in, or with -1 out again, as if it had never come. */
  count(ballot: Ballot, sign: 1 | -1): void;
  /** The answer if the ballots so far are all there will be. */
  final(turnout: Turnout): Final;
  /** The answer that every completion of the missing ballots would give, or open. While some are missing, lost for any reason. */
  certain(turnout: Turnout): Answer;
  /** Whether this value, proposed or offered, can still win: at best all the missing join it. */
  canWin(valued: Valued, turnout: Turnout): boolean;
  /** Whether any value can still get enough, whoever must stand behind it. */
  isReachable(turnout: Turnout): boolean;
  /** The most weight behind a value, and how many values have it. */
  top(turnout: Turnout): Top;
  /** Says of each elector whether it is asked now; without it all are. A panel after `else` waits until the others cannot succeed. */
  asked?(turnout: Turnout): (agent: string) => boolean;
  /** Takes an elector who has not proposed out of the electorate. Needed only where it counts by name: the turnout has the rest. [Q4.37] */
  waive?(agent: string): void;
}

export interface Top {
  readonly most: number;
  readonly tied: number;
}

export const everybody = (): boolean => true;

/** How many may propose and how many have, by number and by weight. */
export interface Turnout {
  /** Of a draw that breaks a tie. */
  readonly seed: number;
  readonly eligibleWeight: number;
  /** Weight of the agents who proposed a value or abstained. */
  readonly presentWeight: number;
  /** Weight of those who proposed a value. */
  readonly castWeight: number;
  /** How many have not proposed, and their weight. */
  readonly missing: number;
  readonly missingWeight: number;
  /** Whether a required agent holds a veto: then no value that is a veto can win. */
  readonly requiredVetoes: boolean;
  /** Electors without a proposal whose lease has ended: nobody waits for them, though they may come back. */
  readonly absent: ReadonlySet<string>;
}
