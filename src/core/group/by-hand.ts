import type { Command } from '../entry.ts';
import type { Result } from '../result.ts';
import type { Context } from './context.ts';
import { tokenRefusal, touch } from './members.ts';
import { alreadyClosed, exhausted, notYetOpen, refuse, revisionRefusal } from './refuse.ts';
import { closingAsItStands } from './round.ts';
import { closeRound, hasRoundsLeft, openNextRound } from './rounds.ts';
import type { Group } from './state.ts';

/** Rounds that somebody opens or closes by hand. */

type OpenRound = Extract<Command, { type: 'open-round' }>;
type CloseRound = Extract<Command, { type: 'close-round' }>;

export function openByHand(context: Context, group: Group, { round }: OpenRound): Result {
  // Maybe by this very command, whose answer was lost.
  if (round !== null && round <= group.round) return { ok: true, did: 'opened-before', round };
  if (round !== null && round > group.round + 1)
    return refuse(
      'round-not-open',
      `round ${round} cannot open yet: the latest is ${group.round}`,
      group.round,
    );
  if (group.open !== null) return refuse('round-open', `round ${group.round} is open`, group.round);
  if (!hasRoundsLeft(group)) return exhausted(group);
  openNextRound(context, group);
  return { ok: true, did: 'opened', round: group.round };
}

export function closeByHand(context: Context, group: Group, command: CloseRound): Result {
  const { round, by, ifRevision } = command;
  if (by !== null) {
    const wrong = tokenRefusal(group, by, command.tokenHash);
    if (wrong !== null) return wrong;
    touch(context, group, by);
    const { mayClose } = group.settings;
    const may = mayClose === 'agents' || (mayClose !== 'admin' && mayClose.includes(by));
    if (!may) return refuse('may-not-close', `agent ${by} may not close rounds of group ${group.name}`);
  }
  if (round > group.round) return notYetOpen(round, group.round);
  if (group.open === null || round !== group.open.number) return alreadyClosed(round);
  // Looked at last: only the open round can still change, and that another is closed is the better answer.
  const stale = revisionRefusal(group, ifRevision);
  if (stale !== null) return stale;
  closeRound(context, group, closingAsItStands(group.open, 'closed-by-hand'));
  return { ok: true, did: 'closed', round };
}
