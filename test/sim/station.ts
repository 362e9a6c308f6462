import type { Json } from '../../src/core/types.ts';
import type { FollowRecord, OpRecord, SessionRecord, WatchRecord } from './evidence.ts';
import type { Op } from './plan.ts';
import type { Setting } from './server.ts';

/** Every call of an agent ends within this, ms. */
export const callLimit = 9000;

export type Of<K extends Op['do']> = Extract<Op, { do: K }>;

/** What an agent needs of the world, and where it leaves what it did. */
export interface Station {
  readonly setting: Setting;
  readonly urls: readonly string[];
  readonly fetch: typeof fetch;
  readonly ops: OpRecord[];
  readonly watches: WatchRecord[];
  readonly sessions: SessionRecord[];
  readonly followed: FollowRecord[];
  /** What agents mean to propose: group, round or * for whichever is open, agent, value. */
  readonly intended: Set<string>;
}

export function intent(group: string, round: number | '*', agent: string | null, value: Json): string {
  return `${group} ${round} ${agent ?? 'anonymous'} ${JSON.stringify(value)}`;
}

export function abortError(): Error {
  const error = new Error('time is up');
  error.name = 'AbortError';
  return error;
}
