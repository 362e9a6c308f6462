import type {
  Equality,
  Json,
  Option,
  OutcomeReason,
  Preset,
  Retention,
  RoundState,
  Rule,
  Settings,
  Stats,
} from '../types.ts';

/** The JSON that callers get, the same for server, SDK and command line. Times are RFC 3339 in UTC; durations are ms. */

/** One class of equal values: a value, and who proposed it with what weight. */
export interface TallyJson {
  /** Null where the rule never reveals values (`reveal: "never"`), and for the value null. [Q4.25] */
  readonly value: Json;
  readonly weight: number;
  /** In text order, at most 100; empty where the rule never reveals them. */
  readonly agents: readonly string[];
  /** How many other agents proposed it; left out when there are none. [Q4.25] */
  readonly more?: number;
}

/** An elector who was taken out of the round. [Q4.37] */
export interface WaiverJson {
  readonly agent: string;
  /** Who waived it; null: the manager of the group. */
  readonly by: string | null;
  readonly reason: string;
  readonly time: string;
}

/** That somebody set the deadline of a round in place of the rule's. [Q4.36] */
export interface DeadlineSetJson {
  /** Who did so last; null: the manager of the group. */
  readonly by: string | null;
  /** When. */
  readonly time: string;
  /** How many times somebody did. */
  readonly times: number;
}

/** A round, open or closed. [Q3.11] */
export interface RoundJson {
  readonly group: string;
  readonly round: number;
  readonly state: RoundState;
  /** Why it ended so; null while WAITING. */
  readonly reason: OutcomeReason | null;
  /** The decision; null unless SUCCESS. */
  readonly value: Json;
  /** How many agents may propose, without the waived, and how many have proposed or abstained. */
  readonly eligible: number;
  readonly present: number;
  /** What may be proposed in this round; null: anything. [Q4.34] */
  readonly options: readonly Option[] | null;
  /** How the values of this round are compared. [Q3.14] [Q4.20] */
  readonly equality: Equality;
  /** Names of the electors who are waited for; empty when the electorate is a size. */
  readonly missing: readonly string[];
  /** Who was taken out of the round, in that order. */
  readonly waived: readonly WaiverJson[];
  readonly openedAt: string;
  /** When it ends by its deadline; null while none runs. */
  readonly deadlineAt: string | null;
  /** Null while the deadline is the rule's. */
  readonly deadlineSet: DeadlineSetJson | null;
  readonly closedAt: string | null;
  /** Heaviest value first, at most 100; null until the rule reveals it. [Q4.25] */
  readonly tally: readonly TallyJson[] | null;
  /** How many other values were proposed; left out when there are none. [Q4.25] */
  readonly moreValues?: number;
  /** Figures of the numbers proposed; null while open, where not all values are numbers, and where the rule never reveals them. [Q4.43] */
  readonly stats: Stats | null;
  /** One sentence: why it stands or ended so. [Q4.26] */
  readonly explain: string;
  readonly subjectHash: string | null;
  /** Of the group, when the round last changed. */
  readonly revision: number;
  /** The log index that this answer was read at. [Q1.8] */
  readonly index: number;
}

/**
 * A counted proposal, as far as the rule reveals it. While it is hidden `seq`, `value`, `abstain` and `note` are left out; else it
 * has either `value` or `abstain`. [Q4.25] [Q5.17]
 */
export interface ProposalJson extends CountedJson {
  readonly agent: string;
  /** What the agent was called when the proposal was counted; left out when it had no name. */
  readonly name?: string;
  /** Whether it came under a token; if not, nobody has checked who sent it. */
  readonly token: boolean;
  /** Null when it has none. */
  readonly note?: string | null;
  /** What the agent proposed before in this round, at most its last 10 changes, oldest first. */
  readonly changes: readonly CountedJson[];
}

/** One proposal, or one that its agent replaced: of such a one the value is there only where it was shown at the time. */
export interface CountedJson {
  /** When it was counted, by log time, and the entry that did it; both null where that is not known any more. */
  readonly time: string | null;
  readonly index: number | null;
  /** The number that it was sent with; null when it had none. */
  readonly seq?: number | null;
  readonly value?: Json;
  readonly abstain?: true;
}

type Spelled = 'options' | 'wins' | 'deadlineFrom' | 'decide' | 'valueBytes';

/** A rule with every setting, also those at their default. [Q4.1] */
export interface RuleJson extends Omit<Rule, Spelled> {
  /** Null: anything may be proposed. [Q4.32] */
  readonly options: readonly Option[] | null;
  /** Null: every value can be decided. [Q4.33] */
  readonly wins: readonly Json[] | null;
  readonly deadlineFrom: 'open' | 'first-proposal';
  readonly decide: 'proposed' | 'median' | 'mean';
  readonly valueBytes: number;
}

export interface GroupJson {
  readonly group: string;
  readonly title: string | null;
  readonly preset: Preset | null;
  readonly rule: RuleJson;
  readonly admission: Settings['admission'];
  readonly mayClose: Settings['mayClose'];
  readonly mayWaive: 'admin' | readonly string[];
  readonly subjectHash: string | null;
  /** Null when only the limits say what is kept. [Q3.17] */
  readonly retention: Retention | null;
  /** A round is open; or the group has decided; or used up its rounds; or waits until the next round is asked for. [Q3.16] */
  readonly status: 'open' | 'decided' | 'exhausted' | 'idle';
  /** The open round, or the last one when none is open. */
  readonly round: number;
  readonly createdAt: string;
  readonly revision: number;
  readonly index: number;
}

/** An agent of a group and its lease. [Q5.1] */
export interface AgentJson {
  readonly agent: string;
  /** What it is called; left out when it has not said. [Q5.13] */
  readonly name?: string;
  readonly role: 'voter' | 'observer';
  readonly live: boolean;
  /** When it joined. */
  readonly since: string;
  /** When its lease ends; null once it is not live. */
  readonly expiresAt: string | null;
}

/** Somebody who may take part under a name. [Q5.14] */
export interface InviteJson {
  readonly agent: string;
  /** What it is shown as; left out when it has no name but its id. */
  readonly name?: string;
  readonly role: 'voter' | 'observer';
  readonly state: 'open' | 'redeemed' | 'revoked';
  /** When it came into this state. */
  readonly since: string;
}

/** RFC 9457 problem, with this project's members. */
export interface ProblemJson {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** What the caller can do about it. */
  readonly fix: string;
  readonly outcome: 'not-executed' | 'unknown';
  readonly index?: number;
  /** For round-closed and already-proposed: the round as it stands. */
  readonly round?: RoundJson;
  readonly errors?: readonly { readonly field: string; readonly fix: string }[];
  readonly since?: string;
  /** For stale-seq: what the seq of a change of mind must be above. [Q4.24] */
  readonly seq?: number;
}

/** A visible change of a group. [Q1.6] */
export interface EventJson {
  readonly type: string;
  readonly group: string;
  readonly revision: number;
  readonly index: number;
  readonly time: string;
  readonly agent: string | null;
  /** The round the event is about, as it stood right after it; null for events of the group or its agents. */
  readonly round: RoundJson | null;
}

/** The present state as an event: the first of a stream, or, as `resync`, in place of events that were missed. */
export interface SnapshotJson extends EventJson {
  readonly type: 'snapshot' | 'resync';
  readonly details: GroupJson;
}
