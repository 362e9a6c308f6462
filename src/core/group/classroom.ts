import type { Command } from '../entry.ts';
import { seatPrefix } from '../limits.ts';
import type { Result } from '../result.ts';
import type { Outcome, RoundState } from '../types.ts';
import { type Context, markChanged } from './context.ts';
import { lastRoundOf } from './forgetting.ts';
import { withItem } from './small-maps.ts';
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

type Tell = Extract<Command, { type: 'tell' }>;

/** Tells a reader the state, and records that it has been told an outcome. [Q2.5] */
export function tell(context: Context, group: Group, { reader, identified }: Tell): Result {
  const telling = tellingFor(group, reader, identified);
  if (telling.isNew) {
    if (telling.isOwn) group.toldOwn = withItem(group.toldOwn, reader);
    else group.toldLatest = withItem(group.toldLatest, reader);
    markChanged(context, group);
  }
  return { ok: true, did: 'told', state: telling.state };
}

/** What GET /state/:id answers. */
export interface Telling {
  readonly state: RoundState;
  /** Whether it tells an outcome for the first time, which the log must record. [Q2.5] */
  readonly isNew: boolean;
  /** Whether it is the state of a round in which the reader proposed under its own name. [Q2.6] */
  readonly isOwn: boolean;
}

/** `identified`: the reader has said who it is, so that nothing but the rounds of its name can be meant. [Q2.4] [Q2.6] */
export function tellingFor(group: Group, reader: string, identified: boolean): Telling {
  const own = lastRoundOf(group, reader);
  if (own !== undefined && (identified || !isOver(group, reader, own))) {
    const outcome = group.closed.get(own);
    const isNew = outcome !== undefined && !group.toldOwn.has(reader);
    return { state: outcome?.state ?? 'WAITING', isNew, isOwn: true };
  }
  const latest = latestOutcome(group);
  if (latest === null || latest.round === own) return { state: 'WAITING', isNew: false, isOwn: false };
  if (latest.seats > group.toldLatest.size && !group.toldLatest.has(reader))
    return { state: latest.state, isNew: true, isOwn: false };
  const isUntouched = group.open === null || group.open.proposals.size === 0;
  const state = latest.state === 'SUCCESS' && isUntouched ? 'SUCCESS' : 'WAITING';
  return { state, isNew: false, isOwn: false };
}

/**
 * Whether the id may by now be somebody else's, who posts without identity: it has been told how its own round ended,
 * and since then somebody has posted so. [Q2.6]
 */
function isOver(group: Group, reader: string, own: number): boolean {
  return group.toldOwn.has(reader) && group.anonymousRound > own;
}

/** The outcome of the latest closed round; null when none has closed. */
export function latestOutcome(group: Group): Outcome | null {
  const number = group.open === null ? group.round : group.round - 1;
  return group.closed.get(number) ?? null;
}
