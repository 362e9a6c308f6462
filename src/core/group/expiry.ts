import { lapseClaim } from './claims.ts';
import { type Context, markChanged } from './context.ts';
import { removeGroup } from './group.ts';
import { endLeases } from './presence.ts';
import { closingByTimers } from './round.ts';
import { closeRound } from './rounds.ts';
import type { Group, Round } from './state.ts';
import { nextTimer } from './timers.ts';

/** What time does to a group: leases end, claims run out, timers of the open round ring, and a group that nobody uses is removed. */

/** When the next of these is due, ms; Infinity for never. */
export function nextDueOf(group: Group): number {
  return Math.min(idleAt(group), timerOf(group), group.leases.next, group.claims.next);
}

/** Lets everything that has run out by now take effect, in the order in which it did. [Q7.2] */
export function expire(context: Context, group: Group): void {
  for (;;) {
    const timer = timerOf(group);
    const until = Math.min(timer, context.now);
    if (group.leases.next <= until) endLeases(context, group, until);
    else if (group.claims.next <= until) lapseClaim(context, group);
    else if (timer <= context.now) ringAt(context, group, timer);
    else break;
  }
  if (idleAt(group) <= context.now) removeGroup(context, group);
}

function timerOf({ open }: Group): number {
  return open === null ? Infinity : nextTimer(open);
}

/** When the group will have been idle for so long that it is removed; Infinity while somebody uses it. [Q3.17] */
function idleAt({ settings, idleSince, open, leases, claims, webhooks }: Group): number {
  const idle = settings.retention?.idle ?? null;
  if (idle === null || idleSince === null || (open !== null && open.proposals.size > 0)) return Infinity;
  const isUsed = leases.size > 0 || claims.held > 0 || webhooks.next < Infinity;
  return isUsed ? Infinity : idleSince + idle;
}

/** Does what the open round's timers ask for at this moment, which has passed. */
function ringAt(context: Context, group: Group, at: number): void {
  markChanged(context, group);
  const closing = closingByTimers(group.open as Round, at);
  if (closing !== null) closeRound(context, group, closing);
}
