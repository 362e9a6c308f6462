import type { Json } from '../../src/core/types.ts';

/** Virtual time 0 as clocks that are right show it, ms since 1970. */
export const epoch = 1_700_000_000_000;

/** Of groups that admit by invite: whoever has it manages them. */
export const joinKey = 'the-join-key-of-the-group';

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
);

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
