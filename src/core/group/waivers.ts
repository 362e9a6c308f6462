import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import type { Refusal, Result } from '../result.ts';
import { weightOf } from '../rule/electorate.ts';
import { couldWin } from '../tally/reach.ts';
import { type Context, recordEvent } from './context.ts';
import { gatherAgain } from './freezing.ts';
import { tokenRefusal, touch } from './members.ts';
import { alreadyClosed, notYetOpen, refuse } from './refuse.ts';
import { closeIfOver } from './rounds.ts';
import { drop } from './small-maps.ts';
import type { Group, Round } from './state.ts';
import { isGathering } from './timers.ts';

/** Electors taken out of the open round: it goes on as if they had never been asked. */

type Waive = Extract<Command, { type: 'waive' }>;

/** Takes an elector who has not proposed out of the open round, which may be over by that. [Q4.37] [Q4.38] */
export function waive(context: Context, group: Group, command: Waive): Result {
  const { round: number, agent, reason, by } = command;
  if (by !== null) {
    const wrong = tokenRefusal(group, by, command.tokenHash);
    if (wrong !== null) return wrong;
    touch(context, group, by);
    if (group.settings.mayWaive?.includes(by) !== true)
      return refuse('may-not-waive', `agent ${by} may not waive electors of group ${group.name}`);
  }
  if (number > group.round) return notYetOpen(number, group.round);
  const round = group.open?.number === number ? group.open : null;
  const waived = (round ?? group.closed.get(number))?.waived;
  if (waived?.has(agent)) return { ok: true, did: 'waived-before', round: number };
  if (round === null) return alreadyClosed(number);
  const refusal = waiverRefusal(round, agent);
  if (refusal !== null) return refusal;
  takeOut(round, agent);
  round.waived = new Map(round.waived).set(agent, { agent, by, reason, time: context.now });
  recordEvent(context, group, 'waived', number, agent);
  gatherAgain(round, group, context.now);
  closeIfOver(context, group);
  return { ok: true, did: 'waived', round: number };
}

function takeOut(round: Round, agent: string): void {
  round.eligible -= 1;
  round.eligibleWeight -= weightOf(round.rule.weights, agent);
  // Who is absent and waived is taken out once. [Q4.39]
  drop(round.absent, agent);
  round.tally?.waive(agent);
}

/** The refusal of a waiver, or null. It looks at names, thresholds and floor, never at a value. [Q4.39] */
function waiverRefusal(round: Round, agent: string): Refusal | null {
  const { rule, electors, number } = round;
  const no = (why: string): Refusal => refuse('cannot-be-waived', why, number);
  if ('size' in rule.electorate) return no('whoever proposes first takes a seat: there is nobody to waive');
  if (isGathering(round) || electors === null)
    return refuse('electorate-incomplete', 'the round still waits for agents to join', number);
  if (!electors.has(agent))
    return refuse('not-eligible', `agent ${agent} is not in the electorate of round ${number}`, number);
  if (round.proposals.has(agent))
    return refuse(
      'already-proposed',
      `agent ${agent} has proposed in round ${number}: only who has not can be waived`,
      number,
    );
  if (rule.required.includes(agent)) return no(`agent ${agent} is required: no value wins without it`);
  const left = (name: string): boolean => name !== agent && electors.has(name) && !round.waived.has(name);
  const weight = round.eligibleWeight - weightOf(rule.weights, agent);
  if (!couldWin(rule, { count: round.eligible - 1, weight }, left))
    return no(`without agent ${agent} no value could win, even if all who are left proposed it`);
  if (round.waived.size >= limits.waivers)
    return refuse(
      'limit-reached',
      `${limits.waivers} electors of round ${number} are waived already`,
      number,
    );
  return null;
}
