import { seatPrefix } from './limits.ts';
import type { Group, Round } from './state.ts';
import type { Outcome, RoundState } from './types.ts';

/**
 * The classroom's two calls without identity. A post takes a seat in the open round; a closed round owes its
 * outcome to as many distinct ids as it had seats. [Q2]
 */

/** Names of the first seats, held once for all rounds. */
const seats: readonly string[] = Array.from({ length: 100 }, (_, i) => `${seatPrefix}${i + 1}`);

/** The name of the seat that the next anonymous proposal of this round takes. */
export function nextSeat(round: Round): string {
  return seats[round.seats] ?? `${seatPrefix}${round.seats + 1}`;
}

/** What GET /state/:id answers, and whether answering uses up one of the outcome's seats. [Q2.4] */
export interface Telling {
  readonly state: RoundState;
  readonly moves: boolean;
}

export function tellingFor(group: Group, reader: string): Telling {
  const own = group.lastRound.get(reader);
  if (own !== undefined) return { state: group.closed.get(own)?.state ?? 'WAITING', moves: false };
  const latest = latestOutcome(group);
  if (latest === null) return { state: 'WAITING', moves: false };
  const untold = latest.seats - group.told.size;
  if (untold > 0 && !group.told.has(reader)) return { state: latest.state, moves: true };
  const fresh = group.open === null || group.open.proposals.size === 0;
  return { state: latest.state === 'SUCCESS' && fresh ? 'SUCCESS' : 'WAITING', moves: false };
}

export function latestOutcome(group: Group): Outcome | null {
  const number = group.open === null ? group.round : group.round - 1;
  return group.closed.get(number) ?? null;
}
