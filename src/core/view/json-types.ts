import type { Json, OutcomeReason, Preset, Retention, RoundState, Rule, Settings } from '../types.ts';

/** The JSON that readers get. Times are RFC 3339 in UTC; durations are ms. Shared by server, client and screen. */

export interface TallyJson {
  /** Absent from the ballot secrecy of `reveal: "never"`: null there. */
  readonly value: Json;
  readonly weight: number;
  readonly agents: readonly string[];
}

export interface RoundJson {
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
  readonly tally: readonly TallyJson[] | null;
  readonly explain: string;
  readonly subjectHash: string | null;
  readonly revision: number;
  /** The log position this answer was read at. */
  readonly index: number;
}

/** What a group is doing: a round is open, it has decided, it has used up its rounds, or it waits to be asked. */
export type GroupStatus = 'open' | 'decided' | 'exhausted' | 'idle';

export interface GroupJson {
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

export interface AgentJson {
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  readonly live: boolean;
  readonly since: string;
  readonly expiresAt: string | null;
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
}

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

/** The present state as an event: the first one of a stream, or the one that stands for all that was missed. */
export interface SnapshotJson extends EventJson {
  readonly type: 'snapshot' | 'resync';
  readonly details: GroupJson;
}
