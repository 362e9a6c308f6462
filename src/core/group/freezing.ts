import { weightOf } from '../rule/electorate.ts';
import { emptySet, withItem } from './small-maps.ts';
import type { Group, Member, Round } from './state.ts';

/** How a round gets its electors by name: it freezes them when it opens, or when a live electorate has enough agents. */

export type Members = Pick<Group, 'members' | 'leases'>;

/** Makes these agents the electors of the round. [Q4.2] */
export function freeze(round: Round, names: ReadonlySet<string>, { members }: Members, now: number): void {
  round.electors = names;
  round.eligible = names.size;
  round.eligibleWeight = 0;
  for (const name of names) {
    round.eligibleWeight += weightOf(round.rule.weights, name);
    const member = members.get(name);
    // An agent that was here and is not any more will not propose.
    if (member !== undefined && !isLiveVoter(member, now)) round.absent = withItem(round.absent, name);
  }
}

/** Freezes a live electorate as soon as enough agents are live; does nothing to others. [Q4.3] */
export function freezeIfLive(round: Round, group: Members, now: number): void {
  const { electorate } = round.rule;
  if (!('live' in electorate) || round.electors !== null) return;
  // The count first: with each agent that comes, nobody has to look through all that are here.
  if (group.leases.voters < electorate.live.min) return;
  const live = [...group.members.values()].filter((member) => isLiveVoter(member, now));
  if (live.length < electorate.live.min) return;
  live.sort((a, b) => a.since - b.since || (a.agent < b.agent ? -1 : 1));
  round.openedAt = now;
  freeze(round, new Set(live.slice(0, electorate.live.max).map((member) => member.agent)), group, now);
}

/** Whether all of a live electorate are gone and none has proposed, so that nobody could ever propose. [Q4.3] */
export function everyElectorIsGone({ rule, electors, proposals, absent, eligible }: Round): boolean {
  if (!('live' in rule.electorate) || electors === null) return false;
  return proposals.size === 0 && absent.size === eligible;
}

/** Lets a live electorate wait for agents again: the round is as before it was frozen. */
export function thaw(round: Round, group: Members, now: number): void {
  round.electors = null;
  round.eligible = 0;
  round.eligibleWeight = 0;
  round.absent = emptySet();
  round.minWaitOver = round.rule.minWait === null;
  freezeIfLive(round, group, now);
}

/**
 * Whether this is a voter with a live lease. One that ends by `now` is over, although no event has said so yet: something
 * that ran out before it may be what opens this round. [Q7.2]
 */
function isLiveVoter({ live, expiresAt, role }: Member, now: number): boolean {
  return live && expiresAt > now && role === 'voter';
}
