import { seatPrefix } from '../limits.ts';
import type { Outcome, RoundState } from '../types.ts';
import type { Group, Round } from './state.ts';

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

/** What GET /state/:id answers, and whether the log must know that it was told. [Q2.4] [Q2.6] */
export interface Telling {
  readonly state: RoundState;
  readonly moves: boolean;
  /** Whether it is the state of a round in which the reader proposed under its own name. */
  readonly own: boolean;
}

/** `identified`: the reader has said who it is, so that nothing but the rounds of its name can be meant. */
export function tellingFor(group: Group, reader: string, identified: boolean): Telling {
  const own = group.lastRound.get(reader);
  if (own !== undefined && (identified || !isOver(group, reader, own))) {
    const outcome = group.closed.get(own);
    const moves = outcome !== undefined && !group.toldOwn.has(reader);
    return { state: outcome?.state ?? 'WAITING', moves, own: true };
  }
  const latest = latestOutcome(group);
  if (latest === null || latest.round === own) return { state: 'WAITING', moves: false, own: false };
  const untold = latest.seats - group.told.size;
  if (untold > 0 && !group.told.has(reader)) return { state: latest.state, moves: true, own: false };
  const fresh = group.open === null || group.open.proposals.size === 0;
  const state = latest.state === 'SUCCESS' && fresh ? 'SUCCESS' : 'WAITING';
  return { state, moves: false, own: false };
}

/**
 * Whether the id may by now be somebody else's, who posts without identity: it has been told how its own round ended,
 * and since then somebody has posted so. [Q2.6]
 */
function isOver(group: Group, reader: string, own: number): boolean {
  return group.toldOwn.has(reader) && group.anonymousRound > own;
}

export function latestOutcome(group: Group): Outcome | null {
  const number = group.open === null ? group.round : group.round - 1;
  return group.closed.get(number) ?? null;
}
