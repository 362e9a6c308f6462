import { drop, withEntry } from './small-maps.ts';
import type { Gone, Group } from './state.ts';

/**
 * What a group remembers of agents in rounds that it keeps no longer: their keys, and which round was their last. It goes a few
 * agents at a time, for a round may have 100,000. Until then it is there and counts for nothing, as if it were gone.
 */

/** How many agents are forgotten with the round at once, and with each proposal that follows. */
const atOnce = 1000;
const perProposal = 100;

/** A round is kept no longer. */
export function forgetRound(group: Group, round: number, agents: Iterable<string>): void {
  group.gone ??= [];
  group.gone.push({ round, agents: [...agents], at: 0 });
  forgetSome(group, atOnce);
}

export function forgetSome(group: Group, most = perProposal): void {
  for (let left = most; group.gone !== null && left > 0; left -= 1) {
    const oldest = group.gone[0] as Gone;
    const agent = oldest.agents[oldest.at];
    oldest.at += 1;
    if (agent !== undefined) forget(group, oldest.round, agent);
    else if (group.gone.length > 1) group.gone.shift();
    else group.gone = null;
  }
}

function forget(group: Group, round: number, agent: string): void {
  group.keys.forget(round, agent);
  if (group.lastRound.get(agent) !== round) return;
  drop(group.lastRound, agent);
  drop(group.toldOwn, agent);
}

/** Whether a round is open or kept. */
export function isKept({ open, closed }: Group, round: number): boolean {
  return closed.has(round) || open?.number === round;
}

/** The last round in which an agent proposed under its name, of those that are kept. */
export function lastRoundOf(group: Group, agent: string): number | undefined {
  const last = group.lastRound.get(agent);
  return last !== undefined && isKept(group, last) ? last : undefined;
}

export function setLastRound(group: Group, agent: string, round: number): void {
  drop(group.toldOwn, agent);
  // What is still to be forgotten must not give the agent its old place.
  if (group.gone !== null && lastRoundOf(group, agent) === undefined) drop(group.lastRound, agent);
  group.lastRound = withEntry(group.lastRound, agent, round);
}
