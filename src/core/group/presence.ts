import { membershipEnded } from './acknowledgements.ts';
import { type Context, recordEvent } from './context.ts';
import { freezeIfLive, gatherAgain } from './freezing.ts';
import { changeView } from './items.ts';
import { closeIfOver } from './rounds.ts';
import { drop, withItem } from './small-maps.ts';
import type { Group, Member } from './state.ts';

/** What it does to the open round that an agent comes or goes. */

/** After an agent has joined: a live electorate that waits for agents may now be complete. */
export function arrive(context: Context, group: Group, member: Member): void {
  const { agent, role } = member;
  const round = group.open;
  if (round !== null && role === 'voter') drop(round.absent, agent);
  if (role === 'observer') countAsAbsent(context, group, agent);
  recordEvent(context, group, 'agent-joined', null, agent);
  changeView(context, group, 'joined', member);
  if (round === null) return;
  freezeIfLive(round, group, context.now);
  closeIfOver(context, group);
}

/** An agent leaves: its seat in the open round is absent, and the round is looked at again at once. [Q5.6] */
export function depart(context: Context, group: Group, member: Member): void {
  endLease(context, group, member, 'agent-left');
  closeIfOver(context, group);
}

/**
 * Ends all leases that have run out by this moment, ms. The round is looked at once for all of them: a look may cost a
 * step for each elector.
 */
export function endLeases(context: Context, group: Group, until: number): void {
  const { leases, members } = group;
  while (leases.next <= until)
    endLease(context, group, members.get(leases.first as string) as Member, 'agent-expired');
  closeIfOver(context, group);
}

/** Ends the lease of an agent, if it has one, without a look at the round. */
export function endMembership(context: Context, group: Group, agent: string): void {
  const member = group.members.get(agent);
  if (member?.live === true) endLease(context, group, member, 'agent-left');
}

function endLease(context: Context, group: Group, member: Member, how: 'agent-left' | 'agent-expired'): void {
  member.live = false;
  group.leases.ended(member);
  countAsAbsent(context, group, member.agent);
  recordEvent(context, group, how, null, member.agent);
  changeView(context, group, how === 'agent-left' ? 'left' : 'expired', member);
  membershipEnded(context, group, member);
}

/** An elector who has not proposed will not, it seems: the open round does not wait for it. */
export function countAsAbsent({ now }: Context, group: Group, agent: string): void {
  const round = group.open;
  if (!round?.electors?.has(agent) || round.proposals.has(agent) || round.waived.has(agent)) return;
  round.absent = withItem(round.absent, agent);
  gatherAgain(round, group, now);
}
