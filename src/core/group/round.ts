import { canonical } from '../json.ts';
import { isMixed, weightOf } from '../rule/electorate.ts';
import { everybody, type Final } from '../tally/count.ts';
import { type Eligible, Tally } from '../tally/tally.ts';
import type { Canonical, FailReason, OutcomeReason, Proposal, Rule, Verdict } from '../types.ts';
import {
  drop,
  emptyMap,
  emptySet,
  type Group,
  type Member,
  type Round,
  withEntry,
  withItem,
} from './state.ts';

/** One round: who may propose, what they proposed, and when it is over. Knows nothing of the rounds around it. */

/** How a round ends: its state, why, and the decision if there is one. */
export interface Closing {
  readonly state: 'SUCCESS' | 'FAILED';
  readonly reason: OutcomeReason;
  readonly value: Canonical | null;
}

export interface Opening {
  readonly number: number;
  readonly rule: Rule;
  readonly subjectHash: string | null;
  readonly seed: number;
  readonly now: number;
  /** Those that the rule names, null where it names none. */
  readonly electors: ReadonlySet<string> | null;
  readonly group: Agents;
}

/** Who is in the group, and until when. */
type Agents = Pick<Group, 'members' | 'leases'>;

/** Opens a round and freezes its electorate, if the electorate can be known now. [Q3.1] [Q4.2] */
export function openRound({ number, rule, subjectHash, seed, now, electors, group }: Opening): Round {
  const round: Round = {
    number,
    rule,
    subjectHash,
    seed,
    openedAt: now,
    electors: null,
    eligible: 'size' in rule.electorate ? rule.electorate.size : 0,
    eligibleWeight: 'size' in rule.electorate ? rule.electorate.size : 0,
    proposals: emptyMap(),
    tally: null,
    absent: emptySet(),
    floorMetAt: null,
    minWaitOver: rule.minWait === null,
    seats: 0,
  };
  if (electors !== null) freeze(round, electors, group, now);
  else gather(round, group, now);
  return round;
}

/** Freezes a live electorate as soon as enough agents are live; does nothing for others. [Q4.3] */
export function gather(round: Round, group: Agents, now: number): void {
  const { electorate } = round.rule;
  if (!('live' in electorate) || round.electors !== null) return;
  // Looked up first, so that all who come need not look at all who are there.
  if (group.leases.voters < electorate.live.min) return;
  const live = [...group.members.values()].filter((member) => isThere(member, now));
  if (live.length < electorate.live.min) return;
  live.sort((a, b) => a.since - b.since || (a.agent < b.agent ? -1 : 1));
  round.openedAt = now;
  freeze(round, new Set(live.slice(0, electorate.live.max).map((member) => member.agent)), group, now);
}

/** Whether all of a live electorate are gone and none has proposed, so that nobody could ever propose. [Q4.3] */
export function nobodyIsLeft({ rule, electors, proposals, absent, eligible }: Round): boolean {
  if (!('live' in rule.electorate) || electors === null) return false;
  return proposals.size === 0 && absent.size === eligible;
}

/** Gives up an electorate of which nobody is left: the round is again as before it was frozen. */
export function gatherAgain(round: Round, group: Agents, now: number): void {
  round.electors = null;
  round.eligible = 0;
  round.eligibleWeight = 0;
  round.absent = emptySet();
  round.minWaitOver = round.rule.minWait === null;
  gather(round, group, now);
}

function freeze(round: Round, names: ReadonlySet<string>, { members }: Agents, now: number): void {
  round.electors = names;
  round.eligible = names.size;
  round.eligibleWeight = 0;
  for (const name of names) {
    round.eligibleWeight += weightOf(round.rule.weights, name);
    const member = members.get(name);
    // Whoever is known and not there will not propose.
    if (member !== undefined && !isThere(member, now)) round.absent = withItem(round.absent, name);
  }
}

/**
 * Whether this is a voter with a live lease. One that has run out by now is over, although the group may not have been
 * told yet: something that ran out before it may be what opens this round. [Q7.2]
 */
function isThere({ live, expiresAt, role }: Member, now: number): boolean {
  return live && expiresAt > now && role === 'voter';
}

/** Counts a proposal; the caller has checked that it may be. Replaces the agent's earlier one on a revote. */
export function enter(round: Round, proposal: Proposal, now: number): void {
  round.tally ??= new Tally(round.rule, round.seed, round.electors);
  const earlier = round.proposals.get(proposal.agent);
  if (earlier !== undefined) round.tally.remove(earlier);
  round.proposals = withEntry(round.proposals, proposal.agent, proposal);
  round.tally.add(proposal);
  drop(round.absent, proposal.agent);
  if (round.floorMetAt === null && round.proposals.size >= round.rule.floor) round.floorMetAt = now;
}

/** Whether the round is over because of what has been proposed, and how; null while it goes on. [Q4.12] */
export function judge(round: Round, now: number): Closing | null {
  if (round.tally === null || round.proposals.size === 0) return null;
  if (!round.minWaitOver && now < minWaitAt(round)) return null;
  if (isComplete(round)) return closing(round.tally.final(eligibleNow(round)), null);
  if (round.rule.close === 'all') return null;
  const answer = round.tally.certain(electorateOf(round));
  return answer.is === 'open' ? null : closing(answer, null);
}

/** The next moment after which a timer of this round has something to do; Infinity for none. */
export function nextTimer(round: Round): number {
  // Nobody may propose yet, so no time runs.
  if (round.eligible === 0) return Infinity;
  const wait = round.minWaitOver ? Infinity : minWaitAt(round);
  return Math.min(wait, lastCallAt(round), deadlineAt(round) ?? Infinity);
}

/** Does what the round's timers ask for at `now`; null when the round goes on. [Q4.18] */
export function ring(round: Round, now: number): Closing | null {
  if (!round.minWaitOver && now >= minWaitAt(round)) {
    round.minWaitOver = true;
    const over = judge(round, now);
    if (over !== null) return over;
  }
  const lastCall = lastCallAt(round);
  const deadline = deadlineAt(round) ?? Infinity;
  if (lastCall <= now && lastCall <= deadline) return closeNow(round, 'last-call');
  if (deadline > now) return null;
  const { onDeadline } = round.rule;
  if (onDeadline === 'fail' || round.tally?.vetoed)
    return { state: 'FAILED', reason: 'deadline', value: null };
  if (onDeadline === 'decide') return closeNow(round, 'deadline');
  return { state: 'SUCCESS', reason: 'deadline', value: canonical(onDeadline.default) };
}

/** Decides with those present, for the reason given. */
export function closeNow(round: Round, reason: OutcomeReason): Closing {
  return closing(answerNow(round), reason);
}

/** What the proposals at hand come to, when the round closes for this reason. */
export function verdictOf(round: Round, reason: OutcomeReason): Verdict {
  const eligible = eligibleNow(round);
  const answer = answerNow(round);
  const failed = answer.is === 'decided' ? null : answer.reason;
  const { most, tied } = round.tally?.top(eligible) ?? { most: 0, tied: 0 };
  // What failed early is certain to fail for this reason, though as things stand it might for another.
  return { failed: isFailure(reason) ? reason : failed, most, tied, eligibleWeight: eligible.weight };
}

function answerNow(round: Round): Final {
  return round.tally?.final(eligibleNow(round)) ?? { is: 'impossible', reason: 'floor' };
}

function isFailure(reason: OutcomeReason): reason is FailReason {
  return ['no-agreement', 'tie', 'veto', 'required', 'floor'].includes(reason);
}

export function deadlineAt(round: Pick<Round, 'rule' | 'openedAt'>): number | null {
  return round.rule.deadline === null ? null : round.openedAt + round.rule.deadline;
}

/** Electors who have not proposed and are asked now. Empty where the electorate is a size. */
export function missingOf(round: Round): string[] {
  const { electors, proposals, rule, tally, absent } = round;
  if (electors === null) return [];
  const missing: string[] = [];
  // Before the first proposal the floor is not met, so everybody is asked.
  const some = tally !== null && isMixed(rule.electorate);
  const asked = some ? tally.asked(electorateOf(round), absent) : everybody;
  for (const agent of electors) if (!proposals.has(agent) && asked(agent)) missing.push(agent);
  return missing;
}

/** How many may propose, as the rule counts them now. */
export function eligibleNow(round: Round): Eligible {
  return round.rule.absent === 'excluded' ? without(round, round.absent) : electorateOf(round);
}

/** Whether nobody is waited for any more. Of no use before the first proposal: an empty room decides nothing. */
function isComplete(round: Round): boolean {
  if (round.electors === null) return round.eligible > 0 && round.proposals.size === round.eligible;
  if (isMixed(round.rule.electorate)) return missingOf(round).every((agent) => round.absent.has(agent));
  return round.proposals.size + round.absent.size === round.eligible;
}

/** Everybody who may propose, by number and weight. */
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

function closing(answer: Final, reason: OutcomeReason | null): Closing {
  if (answer.is === 'decided') return { state: 'SUCCESS', reason: reason ?? 'agreed', value: answer.value };
  return { state: 'FAILED', reason: reason ?? answer.reason, value: null };
}

function minWaitAt(round: Round): number {
  return round.openedAt + (round.rule.minWait ?? 0);
}

/** A last call never ends a round before its minimum wait. */
function lastCallAt(round: Round): number {
  if (round.rule.lastCall === null || round.floorMetAt === null) return Infinity;
  return Math.max(round.floorMetAt + round.rule.lastCall, minWaitAt(round));
}
