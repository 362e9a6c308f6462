/** The nouns of the protocol: PROTOCOL.md defines each. The names are the same in URL, log and screen. */

import type { agentKinds } from './limits.ts';

/** What can be proposed: any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A value as RFC 8785 canonical JSON text. Two proposals are the same value exactly when the texts are equal. */
export type Canonical = string;

/** How a round stands: open, or how it ended. */
export type RoundState = 'WAITING' | 'SUCCESS' | 'FAILED';

/** What takes part under a name, as it says itself; for showing only. [Q5.13] */
export type AgentKind = (typeof agentKinds)[number];

/** Who may propose in a round; frozen when the round opens. */
export type Electorate =
  | { readonly size: number }
  | { readonly agents: readonly string[] }
  | { readonly live: { readonly min: number; readonly max: number } }
  | Mixed;

/** A part of a mixed electorate: its own agents under their own threshold. */
export interface Panel {
  readonly role: string;
  readonly agents: readonly string[];
  readonly threshold: Threshold;
}

export type Part = Panel | Combination;

/** Parts combined: all of them, any of them, or at least k must reach their threshold for one value. [Q4.4] */
export type Combination =
  | { readonly all: readonly Part[] }
  | { readonly any: readonly Part[] }
  | { readonly atLeast: number; readonly of: readonly Part[] };

/** A combination, and the part that decides when the combination cannot succeed. */
export type Mixed = Combination & { readonly else?: Part };

export type Threshold =
  | number
  | 'majority'
  | 'two-thirds'
  | 'unanimous'
  | { readonly num: number; readonly den: number; readonly strict: boolean };

/** A share between 0 and 1, neither of them. */
export interface Share {
  readonly num: number;
  readonly den: number;
}

/** How near two numbers must be: within the tolerance, or within this share of the greater size. [Q4.22] [Q4.40] */
export interface Near {
  readonly tolerance: number;
  readonly relative?: Share;
}

/** How whole values, or parts of them, are compared. */
export type Comparison = 'exact' | 'text' | { readonly set: true } | Near;

/** `field` is an RFC 6901 pointer to the only part that is compared. [Q4.40] */
export type Equality = Comparison | { readonly field: string; readonly by: Comparison };

/** A value that may be proposed, and what a page calls it. [Q4.32] */
export interface Option {
  readonly value: Json;
  readonly label?: string;
}

/** How many agents must be present, and how many of them with a value. [Q4.7] */
export interface Floor {
  readonly present: number;
  readonly cast: number;
}

/**
 * What makes a round a success: threshold, equality, tie, timers. Durations in ms. The optional fields are left out where they have
 * their default, so that equal rules have one text.
 */
export interface Rule {
  readonly electorate: Electorate;
  readonly threshold: Threshold;
  readonly of: 'eligible' | 'present' | 'cast';
  /** A number where values are not counted apart. */
  readonly floor: number | Floor;
  readonly equality: Equality;
  readonly weights: Readonly<Record<string, number>> | null;
  readonly close: 'all' | 'early';
  readonly tie: 'fail' | 'seeded' | { readonly priority: readonly Json[] };
  readonly minWait: number | null;
  readonly lastCall: number | null;
  readonly deadline: number | null;
  readonly onDeadline: 'fail' | 'decide' | { readonly default: Json };
  readonly absent: 'counts-against' | 'excluded';
  readonly reveal: 'close' | 'live' | 'never';
  readonly revote: boolean;
  readonly next: 'until-success' | 'continuous' | 'manual';
  readonly maxRounds: number | null;
  readonly veto: readonly string[];
  readonly required: readonly string[];
  /** All that may be proposed; by default anything. */
  readonly options?: readonly Option[];
  /** The options that can be decided; by default all. [Q4.33] */
  readonly wins?: readonly Json[];
  /** What the deadline is counted from; by default the opening. [Q4.35] */
  readonly deadlineFrom?: 'first-proposal';
  /** What of the winning window is decided; by default its lower median, which somebody proposed. [Q4.41] */
  readonly decide?: 'median' | 'mean';
  /** UTF-8 bytes of a proposed value in canonical form. [Q4.43] */
  readonly valueBytes?: number;
}

/** Ready-made rules. [Q4.30] */
export type Preset = 'classroom' | 'majority' | 'unanimous' | 'panel' | 'gate' | 'poker';

/** What a group is created with: the body of PUT /v1/groups/:group, defaults filled in. */
export interface Settings {
  readonly preset: Preset | null;
  readonly rule: Rule;
  readonly admission: 'open' | 'key' | 'invite';
  /** Who may close a round by hand, besides the administrator. */
  readonly mayClose: 'admin' | 'agents' | readonly string[];
  readonly title: string | null;
  /** What is being decided on, as a hash of it; a new subject opens a new round. */
  readonly subjectHash: string | null;
  /** What the group drops before the limits ask for it; left out when that is nothing. [Q3.17] */
  readonly retention?: Retention;
  /** Who may take electors out of an open round, besides the administrator; by default nobody. [Q4.38] */
  readonly mayWaive?: readonly string[];
  /** Who may claim decisions, besides the administrator; by default nobody. [Q10.8] */
  readonly maySpend?: 'agents' | readonly string[];
}

export interface Retention {
  /** Closed rounds kept; null: as many as the limits allow. */
  readonly rounds: number | null;
  /** ms without a change after which a group that nobody uses is removed; null: never. */
  readonly idle: number | null;
  /** Messages kept; left out: as many as the limits allow. [Q9.8] */
  readonly messages?: number;
}

/** How the rounds must end that a webhook is told of. [Q11.1] */
export type WebhookStates = 'all' | 'SUCCESS' | 'FAILED';

/** How a delivery is written: as Standard Webhooks say, or as a message to a channel of Slack or Teams. [Q11.1] */
export type WebhookFormat = 'standard' | 'slack' | 'teams';

/** By how many of its recipients a message is to be acknowledged. [Q9.10] */
export type AckBy = number | 'majority' | 'all';

export type OutcomeReason =
  | 'agreed'
  | 'no-agreement'
  | 'tie'
  | 'veto'
  | 'required'
  | 'floor'
  | 'deadline'
  | 'last-call'
  | 'closed-by-hand'
  | 'subject-changed'
  | 'rule-changed'
  | 'group-deleted';

/** Why the proposals of a round decided nothing. */
export type FailReason = Extract<OutcomeReason, 'no-agreement' | 'tie' | 'veto' | 'required' | 'floor'>;

/** The one counted proposal of an agent in a round; value null is an abstention. */
export interface Proposal {
  readonly agent: string;
  readonly value: Canonical | null;
  /** Names the class of equal values; null for an abstention. Follows from the value and the rule: see `equality.ts`. */
  readonly classText: string | null;
  /** Must grow with each change of mind, where the rule allows a revote; null when the caller sent none. [Q4.24] */
  readonly seq: number | null;
  /** Hash of the token it was made under, which alone may ask about it while it is hidden; null when there was none. [Q5.3] */
  readonly tokenHash: string | null;
  /** When it was counted: ms of log time after the round opened, and the entry; null in rounds restored from records without them. */
  readonly after: number | null;
  readonly index: number | null;
  /** Text beside the value; left out when there is none. Never compared. [Q4.42] */
  readonly note?: string;
  /** What the agent was called when it was counted; left out when it had no name. [Q5.13] */
  readonly name?: string;
  /** Proposals of this agent that it took the place of, the last few, oldest first; left out when there are none. [Q5.17] */
  readonly changes?: readonly Replaced[];
}

/** A proposal that its agent replaced by another. */
export interface Replaced {
  readonly after: number | null;
  readonly index: number | null;
  readonly seq: number | null;
  /** Null for an abstention. Left out where it was never shown, so that it never is, and where it is longer than a note may be. */
  readonly value?: Canonical | null;
}

/** What the proposals of a round came to when it closed, for the sentence that explains it. */
export interface Verdict {
  /** Why they decided nothing, also where a timer or a hand ended the round; null: they did decide. */
  readonly failed: FailReason | null;
  /** Weight behind the winner; when there is none, the most behind any value, or within any window. */
  readonly most: number;
  /** How many values, or windows, weighed as much: from 2 on a tie. 0 where nobody proposed a value. */
  readonly tied: number;
  /** Weight of all who might have proposed; those taken out as absent not among them. */
  readonly eligibleWeight: number;
}

/** The heaviest values of a round, heaviest first, equally heavy ones in text order; `more`: how many others there are. [Q4.25] */
export interface Ranked {
  readonly top: readonly RankedValue[];
  readonly more: number;
}

/** What readers see of a large round once it is closed. */
export interface Summary extends Ranked {
  readonly stats: Stats | null;
}

/** Figures of the numbers that were proposed in a closed round, or of the parts that its rule compares; each agent's once. [Q4.43] */
export interface Stats {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Between two middle numbers their half. */
  readonly median: number;
  readonly mean: number;
  /** `max` less `min`. */
  readonly spread: number;
}

/** One class of equal values. */
export interface RankedValue {
  readonly classText: string;
  /** The first spelling in text order. */
  readonly value: Canonical;
  readonly weight: number;
  /** The first who proposed it, in text order; `more`: how many others did. */
  readonly agents: readonly string[];
  readonly more: number;
}

/** An elector who was taken out of one round. [Q4.37] */
export interface Waiver {
  readonly agent: string;
  /** Who waived it; null: the manager of the group. */
  readonly by: string | null;
  readonly reason: string;
  /** Log time, ms. */
  readonly time: number;
}

/** That somebody set the deadline of a round in place of the rule's. [Q4.36] */
export interface DeadlineSet {
  /** Who did so last; null: the manager of the group. */
  readonly by: string | null;
  /** When, log time, ms. */
  readonly time: number;
  /** How many times somebody did. */
  readonly times: number;
}

/** The immutable record of a closed round. What readers see of it is derived: see view.ts. */
export interface Outcome {
  readonly round: number;
  readonly state: 'SUCCESS' | 'FAILED';
  readonly reason: OutcomeReason;
  /** The decision; null unless SUCCESS. */
  readonly value: Canonical | null;
  /** The rule it was judged by, as it stood when the round opened. */
  readonly rule: Rule;
  readonly verdict: Verdict;
  /** Counted proposals by agent, in the order in which each was first counted. */
  readonly proposals: ReadonlyMap<string, Proposal>;
  /** The heaviest values, and figures; null where there are few proposals, from which they are worked out when somebody asks. Not stored. */
  readonly ranked: Summary | null;
  /** The frozen electorate by name, or null where it is a size. */
  readonly electors: ReadonlySet<string> | null;
  /** How many might have proposed: the absent are taken out where the rule excludes them. */
  readonly eligible: number;
  readonly openedAt: number;
  readonly closedAt: number;
  /** When it would have ended by its deadline, ms; null where no deadline ran. */
  readonly deadlineAt: number | null;
  /** Null where the deadline was the rule's. */
  readonly deadlineSet: DeadlineSet | null;
  /** Electors taken out of the round, by name, in that order. */
  readonly waived: ReadonlyMap<string, Waiver>;
  readonly revision: number;
  readonly index: number;
  /** Of a tie draw; fixed when the round opened. */
  readonly seed: number;
  readonly subjectHash: string | null;
  /** How much its values and notes take, in characters. Follows from the proposals; not stored. [Q3.7] */
  readonly characters: number;
  /** Anonymous proposals: as many readers are told this outcome [Q2.4]. 0 when new settings of the classroom ended the round. */
  readonly seats: number;
}
