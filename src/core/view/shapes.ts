import type { Json, OutcomeReason, Preset, Retention, RoundState, Rule, Settings } from '../types.ts';

/** The JSON that readers get. Times are RFC 3339 in UTC; durations are ms. Shared by server, client and screen. */

export interface TallyShape {
  /** Absent from the ballot secrecy of `reveal: "never"`: null there. */
  readonly value: Json;
  readonly weight: number;
  readonly agents: readonly string[];
}

export interface RoundShape {
  readonly group: string;
  readonly round: number;
  readonly state: RoundState;
  /** Why it ended so; null while WAITING. */
  readonly reason: OutcomeReason | null;
  /** The decision; null unless SUCCESS. */
  readonly value: Json;
  readonly eligible: number;
  readonly present: number;
  /** Electors by name who have not proposed; empty where the electorate is a size and names nobody. */
  readonly missing: readonly string[];
  readonly openedAt: string;
  readonly deadlineAt: string | null;
  readonly closedAt: string | null;
  /** Null until the rule reveals it; heaviest first. */
  readonly tally: readonly TallyShape[] | null;
  readonly explain: string;
  readonly subjectHash: string | null;
  readonly revision: number;
  /** The log position this answer was read at. */
  readonly index: number;
}

/** What a group is doing: a round is open, it has decided, it has used up its rounds, or it waits to be asked. */
export type GroupStatus = 'open' | 'decided' | 'exhausted' | 'idle';

export interface GroupShape {
  readonly group: string;
  readonly title: string | null;
  readonly preset: Preset | null;
  readonly rule: Rule;
  readonly admission: Settings['admission'];
  readonly mayClose: Settings['mayClose'];
  readonly subjectHash: string | null;
  /** Null where the limits alone say what is kept. */
  readonly retention: Retention | null;
  readonly status: GroupStatus;
  /** The open round, or the last one when none is open. */
  readonly round: number;
  readonly createdAt: string;
  readonly revision: number;
  readonly index: number;
}

export interface AgentShape {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  readonly live: boolean;
  readonly since: string;
  readonly expiresAt: string | null;
}

/** RFC 9457 problem, with this project's members. */
export interface ProblemShape {
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
  readonly round?: RoundShape;
  readonly errors?: readonly { readonly field: string; readonly fix: string }[];
  readonly since?: string;
}

export interface EventShape {
  readonly type: string;
  readonly group: string;
  readonly revision: number;
  readonly index: number;
  readonly time: string;
  readonly agent: string | null;
  /** The round the event is about, as it stood right after it; null for events of the group or its agents. */
  readonly round: RoundShape | null;
}

/** The present state as an event: the first one of a stream, or the one that stands for all that was missed. */
export interface SnapshotShape extends EventShape {
  readonly type: 'snapshot' | 'resync';
  readonly details: GroupShape;
}
