import type { Ranking } from '../tally/ranking.ts';
import type { Tally } from '../tally/tally.ts';
import type { AgentKind, DeadlineSet, Outcome, Proposal, Rule, Settings, Waiver } from '../types.ts';
import type { Claims } from './claim-list.ts';
import { DueQueue } from './due.ts';
import type { Keys } from './idempotency-keys.ts';
import { Interned } from './interned.ts';
import type { Leases } from './leases.ts';
import type { Stream } from './stream.ts';
import { Undelivered } from './undelivered.ts';
import { type Delivering, noWebhooks, type Webhooks } from './webhook-list.ts';

/** The state after some entry of the log. Only `apply` changes it; everything else reads. */
export interface State {
  /** Index of the last entry applied. */
  index: number;
  /** Log time, ms since 1970; never goes back. See `log-time.ts`. [Q7.1] */
  time: number;
  /** Commands in the log up to here, refused ones included. */
  commands: number;
  /** No revision of a group that has been deleted was above this; a group made now begins above it. [Q3.15] */
  revisionFloor: number;
  /** The newest version that entries may have, as the log itself says. [Q1.11] */
  version: number;
  /** Whether any group was ever put with `retention.idle`, so that groups may go by themselves. */
  idling: boolean;
  readonly groups: Groups;
  /** When which group has a timer or lease that runs out; rebuilt, not stored. */
  readonly due: DueQueue;
  /** Each server's last clock reading, by name: what confirms another's. [Q7.4] */
  readonly clocks: Map<string, number>;
  /**
   * Groups whose record in the restored checkpoint is newer than the checkpoint itself, each with the position of its
   * record: replay skips their commands up to there, and takes them out of this map.
   */
  readonly ahead: Map<string, number>;
  /** Webhooks that are told of all groups. */
  webhooks: Webhooks;
  /** The server that delivers, or did last; null before the first. */
  delivering: Delivering | null;
  /** Whose webhooks have something to deliver, and when; rebuilt, not stored. */
  readonly undelivered: Undelivered;
  /** Settings, rules and electors that many groups have alike, held once; not stored. */
  readonly interned: Interned;
}

export interface Group {
  readonly name: string;
  settings: Settings;
  joinKeyHash: string | null;
  observerKeyHash: string | null;
  readonly createdAt: number;
  revision: number;
  /** Index of the last entry that changed this record, for checkpoints written group by group. */
  position: number;
  status: 'open' | 'decided' | 'exhausted' | 'idle';
  /** The open round; null unless status is open. */
  open: Round | null;
  /** Number of the latest round, open or closed. */
  round: number;
  /** Closed rounds still kept, oldest first. */
  closed: ReadonlyMap<number, Outcome>;
  /** How many proposals `closed` holds, for the limit on them. */
  kept: number;
  /** How many characters their values and notes have. */
  keptCharacters: number;
  members: ReadonlyMap<string, Member>;
  /** Who is invited, in a group that admits by invite. */
  invites: ReadonlyMap<string, Invite>;
  /** Names of members, and of those who have redeemed an invite, by the hash of their token. Not stored. */
  holders: ReadonlyMap<string, string>;
  /** Members by the end of their lease. Follows from `members`; not stored. */
  leases: Leases;
  /** The last round in which each identified agent proposed, for the classroom's GET. */
  lastRound: ReadonlyMap<string, number>;
  /** Ids that have been told the outcome of the latest closed round, each for one of its anonymous seats. [Q2.4] */
  toldLatest: ReadonlySet<string>;
  /** Agents that have been told the outcome of the last round they proposed in. [Q2.6] */
  toldOwn: ReadonlySet<string>;
  /** The last round in which somebody took a seat without identity; 0 for none. */
  anonymousRound: number;
  /** Idempotency keys of kept rounds. */
  keys: Keys;
  /** Rounds that are kept no longer and not forgotten yet, oldest first; null for none. Not stored. */
  gone: Gone[] | null;
  /** Its views, messages and rounds in their one order. */
  stream: Stream;
  /** Who acts on its decisions, and what came of that. */
  claims: Claims;
  /** Who is told of its outcomes. */
  webhooks: Webhooks;
  /** When it last changed, ms; null unless its settings have `retention.idle`. */
  idleSince: number | null;
}

/** The agents of a round that is no longer kept; those before `at` are forgotten. */
export interface Gone {
  readonly round: number;
  readonly agents: readonly string[];
  at: number;
}

export interface Round {
  readonly number: number;
  readonly rule: Rule;
  readonly subjectHash: string | null;
  readonly seed: number;
  /** When its timers started, ms: with its opening, or, for a live electorate, once enough agents were live. */
  openedAt: number;
  /** Electors by name; null for an electorate of a size, and while a live one waits for agents. */
  electors: ReadonlySet<string> | null;
  /** How many may propose; 0 while a live electorate waits for agents. */
  eligible: number;
  eligibleWeight: number;
  proposals: ReadonlyMap<string, Proposal>;
  /** Made with the first proposal: a million idle groups need none. */
  tally: Tally | null;
  /** The heaviest values, in a round of many proposals; null in others. Follows from `proposals`; not stored. */
  ranking: Ranking | null;
  /** Electors without a proposal whose lease has run out. */
  absent: ReadonlySet<string>;
  /** Electors taken out of the round, by name, in that order; `eligible` does not count them. A map never changes. [Q4.37] */
  waived: ReadonlyMap<string, Waiver>;
  /** Since when the floor has been met without a break, ms; null while it is not met. */
  floorMetAt: number | null;
  /** When its first proposal was counted, ms, where the deadline runs from there; else null. [Q4.35] */
  firstAt: number | null;
  /** The deadline, ms, or that there is none, as somebody has set it; null where the rule's counts. [Q4.36] */
  deadlineSet: (DeadlineSet & { readonly at: number | null }) | null;
  /** Whether the minimum wait is over, or the rule has none. */
  minWaitOver: boolean;
  /** How many characters its values and notes have. Follows from `proposals`; not stored. [Q3.7] */
  characters: number;
  /** Proposals without identity so far. */
  seats: number;
}

/** An agent that has joined, also after its lease has ended. */
export interface Member {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  readonly tokenHash: string;
  /** When it joined, ms. */
  readonly since: number;
  /** What it is shown as; left out when it has not said. [Q5.13] */
  name?: string;
  /** What it is, as it says itself; left out when it has not said. [Q5.13] */
  kind?: AgentKind;
  /** How long a renewal lasts, ms. */
  ttl: number;
  /** When its lease ends, or ended, ms. */
  expiresAt: number;
  /** False once it has left, was removed, or its lease has ended. */
  live: boolean;
  /** Offset of the view that it joined with: which of its memberships this is; 0 in a log of version 1. [Q9.4] */
  incarnation: number;
  /** Up to where it has handled the stream; null: nothing but its own view. [Q9.9] */
  cursor: number | null;
}

/** Somebody who may take part under a name. [Q5.14] */
export interface Invite {
  readonly agent: string;
  /** What it is shown as; left out when it has no name but its id. [Q5.13] */
  readonly name?: string;
  readonly kind?: AgentKind;
  readonly role: 'voter' | 'observer';
  readonly secretHash: string;
  /** The group's revision when it was made: no other invite of the group has the same. */
  readonly made: number;
  readonly state: 'open' | 'redeemed' | 'revoked';
  /** When it came into this state, ms. */
  readonly since: number;
  /** Of the token that the secret was exchanged for; null unless it is redeemed. */
  readonly tokenHash: string | null;
}

/** A group that was restored and is still text: smaller, and nothing to do for it until somebody asks for it. */
export interface UnreadGroup {
  readonly name: string;
  /** When its next timer or lease runs out; Infinity for never. */
  readonly nextDue: number;
  /** Whether its webhooks have something to deliver. */
  readonly hasUndelivered: boolean;
  read(): Group;
}

/** Groups by name, in the order in which they were made. */
export class Groups extends Map<string, Group> {
  store(unread: UnreadGroup): void {
    super.set(unread.name, unread as Group & UnreadGroup);
  }

  /** The group as it is held now. */
  held(name: string): Group | UnreadGroup | undefined {
    return super.get(name);
  }

  override get(name: string): Group | undefined {
    const held = this.held(name);
    if (held === undefined || !('read' in held)) return held;
    const group = held.read();
    super.set(name, group);
    return group;
  }

  override *entries(): MapIterator<[string, Group]> {
    for (const name of this.keys()) yield [name, this.get(name) as Group];
  }

  override *values(): MapIterator<Group> {
    for (const name of this.keys()) yield this.get(name) as Group;
  }

  override [Symbol.iterator](): MapIterator<[string, Group]> {
    return this.entries();
  }

  override forEach(call: (group: Group, name: string, groups: Map<string, Group>) => void): void {
    for (const [name, group] of this.entries()) call(group, name, this);
  }
}

export function emptyState(): State {
  return {
    index: 0,
    time: 0,
    commands: 0,
    revisionFloor: 0,
    version: 1,
    idling: false,
    groups: new Groups(),
    due: new DueQueue(),
    clocks: new Map(),
    ahead: new Map(),
    webhooks: noWebhooks,
    delivering: null,
    undelivered: new Undelivered(),
    interned: new Interned(),
  };
}
