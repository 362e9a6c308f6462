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
  return round.deadlineSet === null ? deadlineByRule(round) : round.deadlineSet.at;
}

/** The deadline as the rule gives it; null where it gives none, or none that runs yet. [Q4.35] */
export function deadlineByRule({ rule, openedAt, firstAt }: Round): number | null {
  if (rule.deadline === null) return null;
  const from = rule.deadlineFrom === 'first-proposal' ? firstAt : openedAt;
  return from === null ? null : from + rule.deadline;
}
