import type { Json } from '../../src/core/types.ts';

/** Virtual time 0 as clocks that are right show it, ms since 1970. */
export const epoch = 1_700_000_000_000;

/** Of groups that admit by invite or key: whoever has it manages them. */
export const joinKey = 'the-join-key-of-the-group';
/** Of the same groups: whoever has it may read. */
export const observerKey = 'the-observer-key-of-the-group';

/** A history as data, made before anything runs: so that it can be printed, cut down and run again. */
export interface Plan {
  readonly seed: number;
  /** One server whose log no other can write to, as with the embedded store. */
  readonly exclusive: boolean;
  readonly servers: readonly ServerPlan[];
  readonly groups: readonly GroupPlan[];
  readonly agents: readonly AgentPlan[];
  readonly faults: readonly Fault[];
  /** ms after which nothing fails any more. */
  readonly healAt: number;
  /** Simple enough to be judged without the index: sizes, exact values, no timers, no named agents. */
  readonly plain: boolean;
  /** Entries between two comparisons of the servers' states; null where they do not look at each other. */
  readonly stretch: number | null;
  /** The group that has a webhook beside the server's; left out where there are no webhooks. */
  readonly told?: string;
  /** Whether the servers elect one that ticks and checkpoints; otherwise all of them do. */
  readonly elects: boolean;
}

export interface ServerPlan {
  /** ms by which its clock is off, and how fast it runs. */
  readonly offset: number;
  readonly rate: number;
  readonly queuedCommands: number;
  readonly commandsPerEntry: number;
  readonly checkpointEntries: number;
  /** ms that each slice of a checkpoint may take to be written. */
  readonly checkpointPace: number;
  /** How many of its messages to and from the log are held up for a while. */
  readonly stragglers: number;
}

export interface GroupPlan {
  readonly name: string;
  readonly settings: { readonly [name: string]: Json };
  /** What agents put forward here; unlike any other text, so that a leak can be seen. */
  readonly values: readonly Json[];
  /** What they say beside their values. */
  readonly notes?: readonly string[];
}

export interface AgentPlan {
  readonly id: string;
  /** The server it asks first. */
  readonly home: number;
  readonly ops: readonly Op[];
}

export type Op = { readonly at: number; readonly group: string } & (
  | { readonly do: 'agree'; readonly values: readonly Json[]; readonly deadline: number }
  | {
      readonly do: 'propose';
      /** Counted from the latest round the agent knows: -1 is the one before, 1 the one after. */
      readonly round: number;
      readonly value: Json;
      readonly abstain: boolean;
      /** Whether it says by a number that grows that it may be a change of mind. */
      readonly numbered: boolean;
      readonly wait: number;
      readonly note?: string;
    }
  /** Lets the latest round go on without an elector. */
  | { readonly do: 'waive'; readonly as: string; readonly reason: string }
  /** Claims the latest decision, and some ms later says that it is done, gives the claim back, renews it and is done, or stops. */
  | {
      readonly do: 'act';
      readonly lease: number;
      readonly pause: number;
      readonly then: 'done' | 'back' | 'renew' | 'stop';
    }
  /** Sets the deadline of the latest round: ms from then on, or a moment of virtual time; null: it has none any more. */
  | {
      readonly do: 'deadline';
      readonly to: { readonly after: number } | { readonly moment: number } | null;
    }
  /** Proposes under the name of another, without its token. */
  | { readonly do: 'pretend'; readonly as: string; readonly value: Json }
  /** The convenience call with a key, and the same again elsewhere; `other` asks with another value. */
  | {
      readonly do: 'keyed';
      readonly value: Json;
      readonly again: number;
      readonly other: boolean;
      /** With a key that others use as well. */
      readonly shared: boolean;
    }
  | {
      readonly do: 'read';
      readonly which: 'open' | 'latest' | number;
      readonly cursor: boolean;
      readonly wait: number;
    }
  | {
      readonly do: 'invite';
      readonly as: string;
      readonly secret: string;
      readonly role: 'voter' | 'observer';
    }
  | { readonly do: 'revoke'; readonly as: string }
  /** Exchanges the secret of an invite for the token of its name; `as`: whose, also another's. */
  | { readonly do: 'redeem'; readonly as: string; readonly secret: string }
  | { readonly do: 'rounds' | 'show' | 'open' | 'close' | 'renew' | 'leave' | 'delete' }
  | { readonly do: 'join'; readonly ttl: number; readonly role: 'voter' | 'observer' }
  | { readonly do: 'watch'; readonly for: number }
  | { readonly do: 'update'; readonly settings: { readonly [name: string]: Json } }
  | { readonly do: 'post'; readonly number: number; readonly identified: boolean }
  | { readonly do: 'told' }
  /** A client of the classroom until its round is a SUCCESS: draws, posts, polls. `identified`: it says who it is. */
  | { readonly do: 'session'; readonly identified: boolean; readonly numbers: readonly number[] }
  | { readonly do: 'classroom'; readonly numbers: readonly number[]; readonly for: number }
  | TalkOp
);

/** What a member of a group says, hears and has handled. */
export type TalkOp =
  /** Takes its place in the group, which admits by its join key; `as`: under the id of another, as another instance. */
  | {
      readonly do: 'enter';
      readonly ttl: number;
      readonly role: 'voter' | 'observer';
      readonly as?: string;
      /** What it is shown as. */
      readonly name?: string;
    }
  | { readonly do: 'stay' | 'exit' }
  | { readonly do: 'vote'; readonly value: Json }
  | {
      readonly do: 'say';
      readonly text: string;
      readonly to?: readonly string[];
      readonly ackBy?: number | 'majority' | 'all';
      /** Whether it answers the last message that it has heard, which may have been let go. */
      readonly replies: boolean;
      /** The view it means: the last that it has heard of, or the one before; any where it says none. */
      readonly inView?: 'heard' | 'old';
      readonly wait: number;
      /** How often the same key comes again, at another server each time, and `other`: at last with another body. */
      readonly again: number;
      readonly other: boolean;
    }
  /** Follows the group for so many ms, from where it left off or from the oldest item that is kept. */
  | {
      readonly do: 'listen';
      readonly for: number;
      readonly limit: number;
      readonly local: boolean;
      readonly messagesOnly: boolean;
      readonly from: 'heard' | 'oldest';
      /** Under its own token, or with a key of the group. */
      readonly as: 'member' | 'manager' | 'observer';
    }
  /** Follows the group as a member by the SDK, which moves its cursor along. */
  | { readonly do: 'follow'; readonly for: number }
  /** Says how far it has handled what it heard: all of it, less than it has said before, or more than there is. */
  | { readonly do: 'handle'; readonly to: 'heard' | 'lower' | 'beyond' }
  /** Asks what became of the last message that asks for acknowledgements, or of the first one that it heard. */
  | { readonly do: 'stability'; readonly wait: number; readonly which: 'last' | 'first' }
  | { readonly do: 'view'; readonly limit: number }
  /** Deletes the group and makes it again. */
  | { readonly do: 'remake'; readonly settings: { readonly [name: string]: Json } };

/** Something that goes wrong from `at` on, ms, for `lasts` ms where it lasts. */
export type Fault = {
  readonly at: number;
  readonly lasts: number;
} /** The process is gone at once, with all it knew; or takes its leave. Back after `lasts`. */ & (
  | { readonly kind: 'crash' | 'drain'; readonly server: number }
  /** Nothing passes between the server and the log. */
  | { readonly kind: 'cut'; readonly server: number }
  | {
      readonly kind: 'lossy';
      readonly server: number;
      readonly request: number;
      readonly reply: number;
    }
  | { readonly kind: 'slow'; readonly server: number; readonly by: number }
  /** What the log tells of new entries is lost, told twice, or out of order. */
  | { readonly kind: 'scramble'; readonly server: number; readonly chance: number }
  /** The log says no, for sure, to everybody. */
  | { readonly kind: 'refuse' }
  /** The log is replaced by a backup of the first `keep` of its entries, a fraction. */
  | { readonly kind: 'replace'; readonly keep: number }
  /** The server's clock jumps. */
  | { readonly kind: 'clock'; readonly server: number; readonly by: number }
  /** Between agents and servers. */
  | { readonly kind: 'net'; readonly request: number; readonly reply: number; readonly twice: number }
);

/** Whether a fault is there now. */
export class Faults {
  private readonly byKind = new Map<Fault['kind'], Fault[]>();

  constructor(faults: readonly Fault[]) {
    for (const fault of faults) this.byKind.set(fault.kind, [...(this.byKind.get(fault.kind) ?? []), fault]);
  }

  active<K extends Fault['kind']>(kind: K, now: number, server?: number): Extract<Fault, { kind: K }> | null {
    const faults = this.byKind.get(kind);
    if (faults === undefined) return null;
    for (const fault of faults) {
      if (now < fault.at || now >= fault.at + fault.lasts) continue;
      if (server !== undefined && 'server' in fault && fault.server !== server) continue;
      return fault as Extract<Fault, { kind: K }>;
    }
    return null;
  }
}
