import type { Request, Response } from '../harness/in-memory.ts';
import type { Plan } from './plan.ts';

/** What a history leaves behind, for the checks. Stamps order everything that happened; times are virtual ms. */
export interface Evidence {
  readonly plan: Plan;
  /** Every history that the store had, the last one last: a log that is replaced by a backup begins another. */
  readonly logs: readonly LogRecord[];
  readonly exchanges: readonly Exchange[];
  readonly ops: readonly OpRecord[];
  readonly watches: readonly WatchRecord[];
  readonly sessions: readonly SessionRecord[];
  readonly followed: readonly FollowRecord[];
  readonly digests: readonly DigestRecord[];
  /** See `intent`: what agents meant to propose. */
  readonly intended: ReadonlySet<string>;
  /** What the harness saw go wrong while it ran: each names its invariant. */
  readonly seen: readonly Violation[];
}

/** One request of one process to one server. */
export interface Exchange {
  readonly process: string;
  readonly server: number;
  readonly request: Request;
  readonly invoked: number;
  readonly invokedAt: number;
  /** What the server answered, whether or not it arrived. */
  response: Response | null;
  arrivedAt: number;
  answeredAt: number;
  /** When the answer reached its process; null when it never did. */
  completed: number | null;
}

/** One call of an agent, over as many exchanges as it took. */
export interface OpRecord {
  readonly process: string;
  readonly kind: string;
  readonly began: number;
  /** How long it may take when nothing fails, ms. */
  readonly allowed: number;
  ended: number | null;
  result: string;
}

export interface WatchRecord {
  readonly process: string;
  readonly group: string;
  readonly rounds: readonly { readonly round: number; readonly revision: number; readonly state: string }[];
}

/** What a member was given by the SDK as it followed its group, in that order, and when; stamps. */
export interface FollowRecord {
  readonly process: string;
  readonly group: string;
  readonly began: number;
  readonly items: { readonly offset: number; readonly at: number }[];
  ended: number;
}

/** One session of a classroom client that ended on SUCCESS; `key` came with its last post. */
export interface SessionRecord {
  readonly process: string;
  readonly key: string;
}

/** One history of the log, from its entry 1 on. */
export interface LogRecord {
  readonly id: string;
  readonly entries: readonly Uint8Array[];
  /** When each entry came in, virtual ms. */
  readonly times: readonly number[];
}

/** A server's state at an index of a log. */
export interface DigestRecord {
  readonly server: string;
  readonly log: string;
  readonly index: number;
  readonly text: string;
}

export interface Violation {
  /** `I1` .. `I16`, or `core`. */
  readonly invariant: string;
  readonly text: string;
}

/** Says that an invariant does not hold, `I1` .. or one of ../check/invariants.ts by its name, and where. */
export type Blame = (invariant: string, text: string) => void;
