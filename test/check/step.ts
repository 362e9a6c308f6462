import type { Applied } from '../../src/core/apply.ts';
import type { Entry } from '../../src/core/entry.ts';
import type { Group, State } from '../../src/core/group/state.ts';

/** What is remembered of a group from before an entry, in a form that later changes cannot reach. */
export interface Known {
  readonly createdAt: number;
  readonly revision: number;
  readonly round: number;
  readonly status: Group['status'];
  readonly open: number | null;
  /** The set that the open round's electors were frozen to: another object each time they are. */
  readonly electors: ReadonlySet<string> | null;
  readonly proposals: ReadonlyMap<string, string | null>;
  readonly outcomes: ReadonlyMap<number, string>;
  readonly stream: KnownStream;
}

/** What is remembered of a stream before a step. */
export interface KnownStream {
  readonly oldest: number;
  readonly end: number;
  readonly view: number;
  /** Live members: agent, incarnation, role, shown name. */
  readonly members: ReadonlyMap<string, string>;
  readonly cursors: ReadonlyMap<string, number>;
  /** Items by offset, as texts; with how far messages are acknowledged where that is final. */
  readonly items: ReadonlyMap<number, string>;
}

/** Of a group that was not there. */
export const noStreamYet: KnownStream = {
  ...{ oldest: 1, end: 0, view: 0 },
  ...{ members: new Map(), cursors: new Map(), items: new Map() },
};

export type Memory = ReadonlyMap<string, Known>;

export interface Step {
  readonly before: Memory;
  readonly after: State;
  readonly entry: Entry;
  readonly index: number;
  readonly applied: Applied;
  /** Only these groups are looked at; all without it. */
  readonly only?: ReadonlySet<string>;
}

/** Says what is wrong, or null. */
export type Invariant = (step: Step) => string | null;
