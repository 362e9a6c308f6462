import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import type { Refusal, Result } from '../result.ts';
import { type Context, recordEvent } from './context.ts';
import { tokenRefusal, touch } from './members.ts';
import { alreadyClosed, exhausted, notYetOpen, refuse, revisionRefusal } from './refuse.ts';
import { closingAsItStands } from './round.ts';
import { closeRound, hasRoundsLeft, openNextRound } from './rounds.ts';
import type { Group, Round } from './state.ts';
import { deadlineByRule, isGathering, minWaitAt } from './timers.ts';

/** Rounds that somebody opens or closes by hand, and whose deadline somebody sets. */

type OpenRound = Extract<Command, { type: 'open-round' }>;
type SetDeadline = Extract<Command, { type: 'set-deadline' }>;
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
  const { round, ifRevision } = command;
  const open = roundFor(context, group, command);
  if ('code' in open) return open;
  // Looked at last: only the open round can still change, and that another is closed is the better answer.
  const stale = revisionRefusal(group, ifRevision);
  if (stale !== null) return stale;
  closeRound(context, group, closingAsItStands(open, 'closed-by-hand'));
  return { ok: true, did: 'closed', round };
}

/** The open round, for who may close it and names it; or the refusal. [Q4.29] */
function roundFor(context: Context, group: Group, { round, by, tokenHash }: CloseRound | SetDeadline) {
  if (by !== null) {
    const wrong = tokenRefusal(group, by, tokenHash);
    if (wrong !== null) return wrong;
    touch(context, group, by);
    const { mayClose } = group.settings;
    const may = mayClose === 'agents' || (mayClose !== 'admin' && mayClose.includes(by));
    if (!may) return refuse('may-not-close', `agent ${by} may not close rounds of group ${group.name}`);
  }
  if (round > group.round) return notYetOpen(round, group.round);
  if (group.open === null || round !== group.open.number) return alreadyClosed(round);
  return group.open;
}

/** Gives the open round a deadline, or none, in place of what the rule says. [Q4.36] */
export function setDeadline(context: Context, group: Group, command: SetDeadline): Result {
  const { round: number, deadline, by } = command;
  const round = roundFor(context, group, command);
  if ('code' in round) return round;
  const { now } = context;
  const at = deadline !== null && 'after' in deadline ? now + deadline.after : (deadline?.at ?? null);
  // Whatever revision it names: it may be the one that set it so, sent again.
  if (round.deadlineSet?.at === at) return { ok: true, did: 'deadline-set-before', round: number };
  const refusal = revisionRefusal(group, command.ifRevision) ?? deadlineRefusal(round, at, now);
  if (refusal !== null) return refusal;
  round.deadlineSet = { at, by, time: now, times: (round.deadlineSet?.times ?? 0) + 1 };
  recordEvent(context, group, 'deadline-set', number, by);
  return { ok: true, did: 'deadline-set', round: number };
}

/** The refusal of a round whose deadline cannot be set to this moment, ms; or null. */
function deadlineRefusal(round: Round, at: number | null, now: number): Refusal | null {
  const { rule, number } = round;
  if (isGathering(round))
    return refuse('electorate-incomplete', 'the round still waits for agents to join', number);
  if (at === null) return null;
  const no = (why: string): Refusal => refuse('deadline-out-of-range', why, number);
  const time = (ms: number): string => new Date(ms).toISOString();
  if (at <= now) return no(`the deadline would be over: it is ${time(now)} by log time`);
  if (at > now + limits.duration)
    return no(`the deadline would be more than ${limits.duration / 86_400_000} days after ${time(now)}`);
  if (at < minWaitAt(round))
    return no(`the minimum wait ends at ${time(minWaitAt(round))}, after the deadline`);
  if (typeof rule.onDeadline !== 'object' || rule.deadline === null) return null;
  // Sooner, whoever may close could decide a value that nobody has proposed.
  const least = deadlineByRule(round) ?? now + rule.deadline;
  return at < least ? no(`the rule gives ${time(least)}, and its default must not be taken before`) : null;
}
