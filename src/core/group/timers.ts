import type { Round } from './state.ts';

/** When the timers of a round ring, ms; while a live electorate gathers, none runs. [Q4.3] [Q4.18] */

/** When the next timer of this round rings, ms; Infinity for never. */
export function nextTimer(round: Round): number {
  if (isGathering(round)) return Infinity;
  const wait = round.minWaitOver ? Infinity : minWaitAt(round);
  return Math.min(wait, lastCallAt(round), deadlineAt(round) ?? Infinity);
}

/** Whether a live electorate waits for agents. */
export function isGathering({ eligible }: Round): boolean {
  return eligible === 0;
}

export function minWaitAt({ rule, openedAt }: Round): number {
  return openedAt + (rule.minWait ?? 0);
}

/** A last call never ends a round before its minimum wait. [Q7.6] */
export function lastCallAt(round: Round): number {
  const { rule, floorMetAt } = round;
  if (rule.lastCall === null || floorMetAt === null) return Infinity;
  return Math.max(floorMetAt + rule.lastCall, minWaitAt(round));
}

/** The deadline: as somebody has set it, else as the rule says; null while none runs. [Q7.7] */
export function deadlineAt(round: Round): number | null {
  if (isGathering(round)) return null;
  const { deadlineSet } = round;
  if (deadlineSet === null) return deadlineByRule(round);
  return deadlineSet.at === null ? null : Math.max(deadlineSet.at, defaultFrom(round));
}

/**
 * When a default may be taken at the soonest; -Infinity where the rule has none. A live electorate that has gathered again
 * has as long as the rule says, although the deadline was set for those before it. [Q4.36]
 */
function defaultFrom({ rule, openedAt }: Round): number {
  const hasDefault = typeof rule.onDeadline === 'object' && rule.deadline !== null;
  return hasDefault ? openedAt + rule.deadline : -Infinity;
}

/** The deadline as the rule gives it; null where it gives none, or none that runs yet. [Q4.35] */
export function deadlineByRule({ rule, openedAt, firstAt }: Round): number | null {
  if (rule.deadline === null) return null;
  const from = rule.deadlineFrom === 'first-proposal' ? firstAt : openedAt;
  return from === null ? null : from + rule.deadline;
}
