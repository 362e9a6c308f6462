import type { Event } from '../result.ts';
import type { Outcome } from '../types.ts';
import type { Group, State } from './state.ts';

/** What one command of an entry is applied with: the state, the log time, and where it leaves its events. */
export interface Context {
  readonly state: State;
  /** Of the entry in the log. */
  readonly index: number;
  /** Log time, ms. */
  readonly now: number;
  /** The entry's randomness. */
  readonly seed: number;
  readonly events: Event[];
  /** Names of the groups whose record the entry changed, made or removed. */
  readonly changed: Set<string>;
  /** Names of the groups whose stream has got items, or of which a message is pending no longer. [Q9.7] */
  readonly streamed: Set<string>;
  /** The groups that the entry removed. */
  readonly removed: Group[];
  /** Rounds that have just ended and that webhooks are still to be told of. [Q11.4] */
  readonly ended: { readonly group: Group; readonly outcome: Outcome }[];
}

/** Records a visible change of a group: its revision goes up by one, and an event says what happened. [Q3.13] */
export function recordEvent(
  context: Context,
  group: Group,
  type: Event['type'],
  round: number | null = null,
  agent: string | null = null,
): void {
  group.revision += 1;
  markChanged(context, group);
  // Nothing but a change can begin an idle time or end one.
  group.idleSince = group.settings.retention?.idle == null ? null : context.now;
  const { index, now: time, events } = context;
  events.push({ group: group.name, revision: group.revision, index, time, type, round, agent });
}

/** Notes that this entry changes the group's record. Whatever writes to a group calls it, visible or not. */
export function markChanged(context: Context, group: Group): void {
  group.position = context.index;
  context.changed.add(group.name);
}
