import { limits } from '../limits.ts';
import { draw } from '../tally/tie-break.ts';
import type { DeadlineSet, Outcome, OutcomeReason } from '../types.ts';
import { type Context, recordEvent } from './context.ts';
import { forgetRound } from './forgetting.ts';
import { addItem } from './items.ts';
import { type Closing, closingByProposals, eligibleNow, openRound, verdictOf } from './round.ts';
import { drop, emptySet, withRound } from './small-maps.ts';
import type { Group, Round } from './state.ts';
import { deadlineAt } from './timers.ts';

/** The rounds of a group, one after the other: how the next opens, how the open one closes, which closed ones are kept. */

/** Opens the next round at this very moment: nobody has to have read anything. [Q3.1] */
export function openNextRound(context: Context, group: Group): void {
  group.round += 1;
  group.status = 'open';
  const seed = draw((context.seed + group.round) >>> 0, 2 ** 31);
  const electors = context.state.interned.electors(group.settings.rule);
  group.open = openRound(group, group.round, seed, electors, context.now);
  recordEvent(context, group, 'round-opened', group.round);
  addItem(context, group, { type: 'round-opened', round: group.round });
}

/** Whether the rule, as it stands now, allows another round. [Q4.19] */
export function hasRoundsLeft({ settings, round }: Group): boolean {
  const { maxRounds } = settings.rule;
  return maxRounds === null || round < maxRounds;
}

/** Closes the open round if its proposals end it. */
export function closeIfOver(context: Context, group: Group): void {
  const closing = group.open === null ? null : closingByProposals(group.open, context.now);
  if (closing !== null) closeRound(context, group, closing);
}

/** Closes the open round, if there is one, with nothing decided. */
export function abandonRound(context: Context, group: Group, reason: OutcomeReason): void {
  if (group.open !== null) closeRound(context, group, { state: 'FAILED', reason, value: null, answer: null });
}

/** Writes the outcome, once, and goes on as the rule says. [Q3.4] [Q4.19] */
export function closeRound(context: Context, group: Group, closing: Closing): void {
  const round = group.open as Round;
  group.open = null;
  group.status = 'idle';
  recordEvent(context, group, 'round-closed', round.number);
  const outcome = outcomeOf(round, closing, context, group.revision);
  keep(context, group, outcome);
  if (hasListeners(context, group)) context.ended.push({ group, outcome });
  const { state, reason, value } = closing;
  addItem(context, group, { type: 'round-closed', round: round.number, state, reason, value });
  group.toldLatest = emptySet();
  const { next, maxRounds } = round.rule;
  if (closing.state === 'SUCCESS' && next === 'until-success') group.status = 'decided';
  else if (maxRounds !== null && group.round >= maxRounds) group.status = 'exhausted';
  else if (next !== 'manual' && closing.reason !== 'group-deleted') openNextRound(context, group);
}

function outcomeOf(round: Round, closing: Closing, { now, index }: Context, revision: number): Outcome {
  return {
    round: round.number,
    state: closing.state,
    reason: closing.reason,
    value: closing.value,
    rule: round.rule,
    verdict: verdictOf(round, closing),
    proposals: round.proposals,
    ranked: round.ranking?.summary(round.proposals) ?? null,
    electors: round.electors,
    eligible: eligibleNow(round).count,
    openedAt: round.openedAt,
    closedAt: now,
    deadlineAt: deadlineAt(round),
    deadlineSet: setBy(round),
    waived: round.waived,
    revision,
    index,
    seed: round.seed,
    subjectHash: round.subjectHash,
    characters: round.characters,
    seats: closing.reason === 'rule-changed' ? 0 : round.seats,
  };
}

function setBy({ deadlineSet }: Round): DeadlineSet | null {
  if (deadlineSet === null) return null;
  const { by, time, times } = deadlineSet;
  return { by, time, times };
}

/** Whether any webhook might want to be told of this group's outcomes. */
function hasListeners({ state }: Context, { webhooks }: Group): boolean {
  return webhooks.size > 0 || state.webhooks.size > 0;
}

/** What of a closed round the limit on proposals counts. */
export function keptIn({ proposals, waived }: Outcome): number {
  return proposals.size + waived.size;
}

/** Adds an outcome and drops the oldest beyond the limits, always keeping the latest. [Q3.7] */
function keep({ state }: Context, group: Group, outcome: Outcome): void {
  const most = limits.roundsKept;
  const told = group.settings.retention?.rounds ?? most;
  // Of values, servers that know only version 1 keep as many as the limit on proposals allows.
  const mostCharacters = state.version < 2 ? Infinity : limits.charactersKept;
  group.closed = withRound(group.closed, outcome.round, outcome);
  group.kept += keptIn(outcome);
  group.keptCharacters += outcome.characters;
  for (const [number, oldest] of group.closed) {
    const isOver =
      group.closed.size > most || group.kept > limits.proposalsKept || group.keptCharacters > mostCharacters;
    // Settings let no round go on whose decision somebody acts or has acted. [Q10.10]
    const isToGo = isOver || (group.closed.size > told && !group.claims.keeps(number));
    if (!isToGo || number === outcome.round) break;
    drop(group.closed, number);
    group.kept -= keptIn(oldest);
    group.keptCharacters -= oldest.characters;
    forgetRound(group, number, oldest.proposals.keys());
  }
}
