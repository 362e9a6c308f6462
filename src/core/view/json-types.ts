import type { ClosedItem, ViewItem } from '../group/stream.ts';
import type { Complaint } from '../rule/reader.ts';
import type {
  AckBy,
  AgentKind,
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
  WebhookFormat,
  WebhookStates,
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

/** What a group drops before the limits ask for it; null: what the limits say. [Q3.17] [Q9.8] */
export interface RetentionJson extends Omit<Retention, 'messages'> {
  readonly messages: number | null;
}

/** A group with its rule and its settings. */
export interface GroupJson {
  readonly group: string;
  readonly title: string | null;
  readonly preset: Preset | null;
  readonly rule: RuleJson;
  readonly admission: Settings['admission'];
  readonly mayClose: Settings['mayClose'];
  readonly mayWaive: 'admin' | readonly string[];
  readonly maySpend: 'admin' | 'agents' | readonly string[];
  readonly subjectHash: string | null;
  /** Null when only the limits say what is kept. [Q3.17] */
  readonly retention: RetentionJson | null;
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
  /** What it is, as it says itself; left out when it has not said. [Q5.13] */
  readonly kind?: AgentKind;
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
  /** What it is, as it says itself; left out when it has not said. [Q5.13] */
  readonly kind?: AgentKind;
  readonly role: 'voter' | 'observer';
  readonly state: 'open' | 'redeemed' | 'revoked';
  /** When it came into this state. */
  readonly since: string;
}

/** What every item of a group's stream has. [Q9.1] */
interface PlaceJson {
  /** 1, 2, 3, ... in the group, without gaps. */
  readonly offset: number;
  /** The log index of its entry, which may hold many items. */
  readonly index: number;
  /** Offset of the view in force. */
  readonly view: number;
  readonly revision: number;
  readonly at: string;
  /** Never there: it tells an item that is shown from one that is withheld. */
  readonly withheld?: undefined;
}

/** A change of the members; its offset names the view that it makes. [Q9.3] */
export interface ViewItemJson extends PlaceJson {
  readonly type: 'view';
  readonly change: ViewItem['change'];
  readonly agent: string;
  /** What it is called; left out when it has no name but its id. */
  readonly name?: string;
  /** What it is, as it says itself; left out when it has not said. [Q5.13] */
  readonly kind?: AgentKind;
  readonly role: 'voter' | 'observer';
  /** Offset of the view that the agent joined with. [Q9.4] */
  readonly incarnation: number;
}

export interface RoundOpenedJson extends PlaceJson {
  readonly type: 'round-opened';
  readonly round: number;
}

export interface RoundClosedJson extends PlaceJson {
  readonly type: 'round-closed';
  readonly round: number;
  readonly state: ClosedItem['state'];
  readonly reason: OutcomeReason;
  /** The decision; null unless SUCCESS. */
  readonly value: Json;
}

/** A message as those see it who may read it. [Q9.11] */
export interface MessageJson extends PlaceJson {
  readonly type: 'message';
  readonly from: string;
  /** What the sender was called; left out when it had no name but its id. */
  readonly name?: string;
  readonly body: Json;
  /** Null: everybody. */
  readonly to: readonly string[] | null;
  /** The offset of the message that it answers. */
  readonly replyTo: number | null;
  readonly round: number | null;
  readonly ackBy: AckBy | null;
}

/** A message for others: its place is shown, and nothing else. [Q9.11] */
export interface WithheldJson {
  readonly offset: number;
  readonly index: number;
  readonly withheld: true;
  /** Never there: it tells the kinds of items apart. */
  readonly type?: undefined;
}

/** An item of a group's stream; it never changes. [Q9.1] */
export type ItemJson = ViewItemJson | RoundOpenedJson | RoundClosedJson | MessageJson | WithheldJson;

/** So many agents, and the first 100 of them. */
export interface SomeAgentsJson {
  readonly count: number;
  readonly agents: readonly string[];
}

/** How far a message is acknowledged; `state` is final once it is not pending. [Q9.10] */
export interface AcknowledgementsJson {
  readonly ackBy: AckBy;
  /** How many of so many recipients must acknowledge it. */
  readonly needed: number;
  readonly recipients: number;
  /** Who had acknowledged it while it was pending. */
  readonly acknowledged: SomeAgentsJson;
  /** Recipients who had not; once the message is stable or impossible, `agents` names those who still have not. */
  readonly waiting: SomeAgentsJson;
  /** Recipients whose membership ended before they had. */
  readonly gone: SomeAgentsJson;
}

/** Who has acknowledged a message, and whether those suffice that its sender asked for. */
export interface StabilityJson {
  /** Null where the message asks for no acknowledgements. */
  readonly stability: 'pending' | 'stable' | 'impossible' | null;
  readonly acknowledgements: AcknowledgementsJson | null;
}

/** A member in the view. [Q9.3] */
export interface MemberJson {
  readonly agent: string;
  /** What it is called; left out when it has no name but its id. */
  readonly name?: string;
  /** What it is, as it says itself; left out when it has not said. [Q5.13] */
  readonly kind?: AgentKind;
  readonly role: 'voter' | 'observer';
  readonly incarnation: number;
}

/** The claim on the decision of a round. [Q10.9] */
export interface ClaimJson {
  readonly group: string;
  readonly round: number;
  /** Whether it may be taken, is held, or the decision is spent for good. */
  readonly state: 'free' | 'held' | 'spent';
  /** The run that holds it or has spent the decision, as it named itself; null while it is free. */
  readonly holder: string | null;
  /** The agent that took it; null: the manager of the group, or nobody. */
  readonly by: string | null;
  /** The latest that was given; null before the first. */
  readonly fence: number | null;
  /** When its lease ends; null unless it is held. */
  readonly until: string | null;
  /** What came of it; null until the decision is spent. */
  readonly result: Json;
  /** Of the group, when the claim last changed. */
  readonly revision: number;
  /** The log index that this answer was read at. */
  readonly index: number;
}

/** Where outcomes are told, without its secret. [Q11.1] */
export interface WebhookJson {
  readonly id: string;
  /** Null: of the server, told of all groups. */
  readonly group: string | null;
  readonly url: string;
  readonly states: WebhookStates;
  readonly format: WebhookFormat;
  /** Until when the former secret signs too; null where only one does. */
  readonly formerSecretUntil: string | null;
  /** Why it is told nothing any more; null while it is. */
  readonly disabled: string | null;
  /** How many deliveries wait, are delivered, have failed. */
  readonly pending: number;
  readonly delivered: number;
  readonly failed: number;
  /** The delivery that was tried last, of those that are kept; null for none. */
  readonly last: DeliveryJson | null;
}

/** One thing that a webhook is told, and how far that has got. [Q11.9] */
export interface DeliveryJson {
  /** The `webhook-id` that every attempt has. */
  readonly message: string;
  readonly number: number;
  readonly kind: 'outcome' | 'test';
  readonly group: string | null;
  readonly round: number | null;
  /** When the round ended, or the test was asked for. */
  readonly at: string;
  readonly state: 'pending' | 'delivered' | 'failed';
  readonly attempts: number;
  /** When the next attempt is due; null: there is none. */
  readonly nextAt: string | null;
  readonly lastAttemptAt: string | null;
  /** Why the last attempt failed, or why there is none any more; null where nothing has gone wrong. */
  readonly error: string | null;
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
  /** The fields that are wrong; the two of a contradiction as one. [Q4.1] */
  readonly errors?: readonly Complaint[];
  readonly since?: string;
  /** For claimed, spent and stale-fence: the claim as it stands. */
  readonly claim?: ClaimJson;
  /** For stale-seq: what the seq of a change of mind must be above. [Q4.24] */
  readonly seq?: number;
  /** For messages-not-kept: the oldest offset that is kept. [Q9.8] */
  readonly oldest?: number;
  /** For messages-not-kept, view-changed and not-in-view: the view in force. */
  readonly view?: number;
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
  /** The claim as it stood right after an event about it; left out with others. [Q10.9] */
  readonly claim?: ClaimJson;
}

/** The present state as an event: the first of a stream, or, as `resync`, in place of events that were missed. */
export interface SnapshotJson extends EventJson {
  readonly type: 'snapshot' | 'resync';
  readonly details: GroupJson;
}
