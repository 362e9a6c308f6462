import { weightOf } from '../rule/electorate.ts';
import { emptySet, withItem } from './small-maps.ts';
import type { Group, Member, Round } from './state.ts';

/** How a round gets its electors by name: it freezes them when it opens, or when a live electorate has enough agents. */

export type Members = Pick<Group, 'members' | 'invites' | 'leases'>;

/** Makes these agents the electors of the round. [Q4.2] */
export function freeze(round: Round, names: ReadonlySet<string>, group: Members, now: number): void {
  freezeAll(round, names);
  for (const name of names) if (isGone(group, name, now)) round.absent = withItem(round.absent, name);
}

/** Whether an agent will not propose: it was here and is not any more, or its invite allows it no longer. [Q5.6] [Q5.16] */
function isGone({ members, invites }: Members, name: string, now: number): boolean {
  const [member, invite] = [members.get(name), invites.get(name)];
  if (invite !== undefined && (invite.state === 'revoked' || invite.role === 'observer')) return true;
  // Who was invited anew has not been here yet, whoever had the name before.
  const wasHere = member !== undefined && (invite === undefined || invite.tokenHash === member.tokenHash);
  return wasHere && !isLiveVoter(member, now);
}

function freezeAll(round: Round, names: ReadonlySet<string>): void {
  const { weights } = round.rule;
  round.electors = names;
  round.eligible = names.size;
  round.eligibleWeight = weights === null ? names.size : 0;
  if (weights !== null) for (const name of names) round.eligibleWeight += weightOf(weights, name);
}

/** Freezes a live electorate as soon as enough agents are live; does nothing to others. [Q4.3] */
export function freezeIfLive(round: Round, group: Members, now: number): void {
  const { electorate } = round.rule;
  if (!('live' in electorate) || round.electors !== null) return;
  // The count first: with each agent that comes, nobody has to look through all that are here.
  if (group.leases.voters < electorate.live.min) return;
  const { min, max } = electorate.live;
  const live: Member[] = [];
  let sorted = true;
  for (const member of group.members.values()) {
    // Who has been waived stays so when the round gathers again. [Q4.39]
    if (!isLiveVoter(member, now) || round.waived.has(member.agent)) continue;
    const last = live[live.length - 1];
    if (last !== undefined && joinedBefore(member, last)) sorted = false;
    live.push(member);
  }
  if (live.length < min) return;
  // Most are in order already: sorting 100,000 for nothing takes as long as all the rest.
  if (!sorted) live.sort((a, b) => (joinedBefore(a, b) ? -1 : 1));
  round.openedAt = now;
  const names = new Set<string>();
  for (const { agent } of live) if (names.size < max) names.add(agent);
  freezeAll(round, names);
}

function joinedBefore(one: Member, other: Member): boolean {
  return one.since === other.since ? one.agent < other.agent : one.since < other.since;
}

/**
 * Lets a live electorate wait for agents again once all of it are gone and none has proposed, so that nobody could ever
 * propose: the round is as before it was frozen. [Q4.3]
 */
export function gatherAgain(round: Round, group: Members, now: number): void {
  const { rule, electors, proposals, absent, eligible } = round;
  if (!('live' in rule.electorate) || electors === null) return;
  if (proposals.size > 0 || absent.size < eligible) return;
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
