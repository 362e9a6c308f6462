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
  readonly proposals: ReadonlyMap<string, string | null>;
  readonly outcomes: ReadonlyMap<number, string>;
}

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
