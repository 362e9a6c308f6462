import { canonical } from '../json.ts';
import { isMixed, weightOf } from '../rule/electorate.ts';
import { type Final, lost } from '../tally/count.ts';
import { keptRanking } from '../tally/ranking.ts';
import type { Eligible } from '../tally/roll-call.ts';
import { Tally } from '../tally/tally.ts';
import type { Canonical, OutcomeReason, Proposal, Verdict } from '../types.ts';
import { freeze, freezeIfLive, type Members } from './freezing.ts';
import { charactersIn } from './kept-with.ts';
import { drop, emptyMap, emptySet, withEntry } from './small-maps.ts';
import type { Group, Round } from './state.ts';
import { deadlineAt, lastCallAt, minWaitAt } from './timers.ts';

/** One round: who may propose, what they proposed, and when it is over. Knows nothing of the rounds around it. */

/** How a round ends. `value` is the decision; null unless SUCCESS. */
export interface Closing {
  readonly state: 'SUCCESS' | 'FAILED';
  readonly reason: OutcomeReason;
  readonly value: Canonical | null;
  /** What the proposals came to; null where nobody has asked them. */
  readonly answer: Final | null;
}

/**
 * Opens the round `number` of a group and freezes its electorate, if the electorate can be known now. `electors` are those
 * that the rule names; null when it names none. [Q3.1] [Q4.2]
 */
export function openRound(
  group: Members & Pick<Group, 'settings'>,
  number: number,
  seed: number,
  electors: ReadonlySet<string> | null,
  now: number,
): Round {
  const { rule, subjectHash } = group.settings;
  const seats = 'size' in rule.electorate ? rule.electorate.size : 0;
  const round: Round = {
    number,
    rule,
    subjectHash,
    seed,
    openedAt: now,
    electors: null,
    eligible: seats,
    eligibleWeight: seats,
    proposals: emptyMap(),
    tally: null,
    ranking: null,
    absent: emptySet(),
    waived: emptyMap(),
    floorMetAt: null,
    firstAt: null,
    deadlineSet: null,
    minWaitOver: rule.minWait === null,
    characters: 0,
    seats: 0,
  };
  if (electors !== null) freeze(round, electors, group, now);
  else freezeIfLive(round, group, now);
  return round;
}

/** Counts a proposal, which the caller has checked. On a revote it replaces the agent's earlier one. */
export function countProposal(round: Round, proposal: Proposal, now: number): void {
  round.tally ??= emptyTally(round);
  const earlier = round.proposals.get(proposal.agent);
  if (earlier !== undefined) {
    round.tally.remove(earlier);
    round.ranking?.remove(earlier);
  }
  if (round.proposals.size === 0 && round.rule.deadlineFrom === 'first-proposal') round.firstAt = now;
  round.proposals = withEntry(round.proposals, proposal.agent, proposal);
  round.characters += charactersIn(proposal) - (earlier === undefined ? 0 : charactersIn(earlier));
  round.tally.add(proposal);
  if (round.ranking === null) round.ranking = keptRanking(round.rule, round.proposals);
  else round.ranking.add(proposal);
  drop(round.absent, proposal.agent);
  // A change of mind may lose a floor of values again. [Q7.6]
  round.floorMetAt = round.tally.isFloorMet ? (round.floorMetAt ?? now) : null;
}

/** The tally of this round with nothing in it. */
export function emptyTally({ rule, seed, electors, waived }: Round): Tally {
  const tally = new Tally(rule, seed, electors);
  for (const agent of waived.keys()) if (electors?.has(agent)) tally.waive(agent);
  return tally;
}

/** How the round ends by its proposals; null while it goes on. [Q4.12] */
export function closingByProposals(round: Round, now: number): Closing | null {
  if (round.tally === null || round.proposals.size === 0) return null;
  if (!round.minWaitOver && now < minWaitAt(round)) return null;
  if (isComplete(round)) return closingWith(round.tally.final(eligibleNow(round)), null);
  if (round.rule.close === 'all') return null;
  const answer = round.tally.certain(electorateOf(round));
  return answer.is === 'open' ? null : closingWith(answer, null);
}

/** Does what the round's timers ask for at `now`; null when the round goes on. [Q4.18] */
export function closingByTimers(round: Round, now: number): Closing | null {
  if (!round.minWaitOver && now >= minWaitAt(round)) {
    round.minWaitOver = true;
    const over = closingByProposals(round, now);
    if (over !== null) return over;
  }
  const lastCall = lastCallAt(round);
  const deadline = deadlineAt(round) ?? Infinity;
  if (lastCall <= now && lastCall <= deadline) return closingAsItStands(round, 'last-call');
  if (deadline > now) return null;
  const { onDeadline } = round.rule;
  if (onDeadline === 'fail' || round.tally?.vetoed)
    return { state: 'FAILED', reason: 'deadline', value: null, answer: null };
  if (onDeadline === 'decide') return closingAsItStands(round, 'deadline');
  return { state: 'SUCCESS', reason: 'deadline', value: canonical(onDeadline.default), answer: null };
}

/** How the round ends when it is closed, for this reason, with the proposals at hand. */
export function closingAsItStands(round: Round, reason: OutcomeReason): Closing {
  return closingWith(answerNow(round), reason);
}

/** What the proposals at hand amount to when the round closes so, for the sentence that explains it. */
export function verdictOf(round: Round, { answer }: Closing): Verdict {
  const eligible = eligibleNow(round);
  const { most, tied } = round.tally?.top(eligible) ?? { most: 0, tied: 0 };
  // A round that failed early was certain to fail for this reason; the proposals at hand alone might give another.
  const ending = answer ?? answerNow(round);
  const failed = ending.is === 'won' ? null : ending.reason;
  return { failed, most, tied, eligibleWeight: eligible.weight };
}

function answerNow(round: Round): Final {
  return round.tally?.final(eligibleNow(round)) ?? lost('floor');
}

/** Electors who have not proposed and are asked now; empty when the electorate is a size. */
export function missingOf(round: Round): string[] {
  return missingWhen(round, round.proposals.size, askedNow(round));
}

/** The same for when so many had proposed. `asked` says of each elector whether it was asked then; null: all were. */
export function missingWhen(
  { electors, proposals, waived, eligible }: Pick<Round, 'electors' | 'proposals' | 'waived' | 'eligible'>,
  present: number,
  asked: Asked | null,
): string[] {
  const missing: string[] = [];
  if (electors === null || present === eligible) return missing;
  const later = new Set<string>();
  if (proposals.size > present) {
    let place = 0;
    for (const agent of proposals.keys()) {
      place += 1;
      if (place > present) later.add(agent);
    }
  }
  const mayPropose = (agent: string) => (!proposals.has(agent) || later.has(agent)) && !waived.has(agent);
  for (const agent of electors) if (mayPropose(agent) && asked?.(agent) !== false) missing.push(agent);
  return missing;
}

type Asked = (agent: string) => boolean;

/** Says of each elector whether it is asked now; null when all are. */
export function askedNow(round: Round): Asked | null {
  const { rule, tally, absent } = round;
  // Before the first proposal the floor is not met, so everybody is asked.
  return tally === null || !isMixed(rule.electorate) ? null : tally.asked(electorateOf(round), absent);
}

/** How many may propose, as the rule counts them now. */
export function eligibleNow(round: Round): Eligible {
  return round.rule.absent === 'excluded' ? without(round, round.absent) : electorateOf(round);
}

/** Whether nobody is waited for any more. The caller has seen to it that somebody has proposed. */
function isComplete(round: Round): boolean {
  if (round.electors === null) return round.eligible > 0 && round.proposals.size === round.eligible;
  if (isMixed(round.rule.electorate)) return missingOf(round).every((agent) => round.absent.has(agent));
  return round.proposals.size + round.absent.size === round.eligible;
}

/** Everybody who may propose, by number and weight: not who is waived. */
export function electorateOf(round: Round): Eligible {
  return { count: round.eligible, weight: round.eligibleWeight };
}

function without(round: Round, absent: ReadonlySet<string>): Eligible {
  let { count, weight } = electorateOf(round);
  for (const agent of absent) {
    count -= 1;
    weight -= weightOf(round.rule.weights, agent);
  }
  return { count, weight };
}

function closingWith(answer: Final, reason: OutcomeReason | null): Closing {
  if (answer.is === 'won')
    return { state: 'SUCCESS', reason: reason ?? 'agreed', value: answer.value, answer };
  return { state: 'FAILED', reason: reason ?? answer.reason, value: null, answer };
}
