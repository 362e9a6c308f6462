import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import type { Refusal, Result } from '../result.ts';
import { managerRefusal } from './admission.ts';
import { type Context, markChanged, recordEvent } from './context.ts';
import { inviteRefusal } from './invites.ts';
import { changeView } from './items.ts';
import { Leases, noLeases } from './leases.ts';
import { arrive, depart } from './presence.ts';
import { refuse } from './refuse.ts';
import { drop, withEntry } from './small-maps.ts';
import type { Group, Member } from './state.ts';

/** The agents of a group: names, tokens, leases. [Q5] */

type Join = Extract<Command, { type: 'join' }>;
type RemoveAgent = Extract<Command, { type: 'remove-agent' }>;
type Named = { readonly agent: string; readonly tokenHash: string | null };

/** Gives an agent a lease, or renews that of the same instance. [Q5.1] [Q5.2] */
export function join(context: Context, group: Group, command: Join): Result {
  const { agent } = command;
  const holder = group.members.get(agent);
  const isHolder = holder?.live === true && holder.tokenHash === command.tokenHash;
  // A live agent has shown before that it may be here. [Q5.4]
  const wrong = isHolder ? null : admissionRefusal(group, command);
  if (wrong !== null) return wrong;
  if (holder?.live === true) return again(context, group, holder, command);
  if (holder === undefined && group.members.size >= limits.members && !forgetOne(group)) {
    return refuse('limit-reached', `group ${group.name} already knows ${limits.members} agents`);
  }
  const expiresAt = context.now + command.ttl;
  const { role: asked, tokenHash, ttl } = command;
  const invite = group.invites.get(agent);
  const role = asked ?? invite?.role ?? 'voter';
  const name = invite?.name ?? command.name;
  const kind = invite?.kind ?? command.kind;
  if (holder !== undefined) forgetToken(group, holder);
  // A cursor belongs to the name. [Q9.9]
  const cursor = holder?.cursor ?? null;
  const since = context.now;
  // Spelt out: what begins with a spread takes ten times as long to read, and there may be 100,000.
  const member: Member = {
    agent,
    role,
    tokenHash,
    since,
    ttl,
    expiresAt,
    live: true,
    incarnation: 0,
    cursor,
  };
  if (name !== undefined) member.name = name;
  if (kind !== undefined) member.kind = kind;
  group.holders = withEntry(group.holders, tokenHash, agent);
  group.members = withEntry(group.members, agent, member);
  if (group.leases === noLeases) group.leases = new Leases();
  group.leases.add(member);
  arrive(context, group, member);
  return { ok: true, did: 'joined', agent, expiresAt };
}

/** Why the group does not let this agent in, or null. [Q5.4] [Q5.14] */
function admissionRefusal(group: Group, { agent, role, tokenHash, joinKeyHash }: Join): Refusal | null {
  const { admission } = group.settings;
  if (admission === 'key' && joinKeyHash !== group.joinKeyHash)
    return refuse('join-key-wrong', `group ${group.name} admits only with its join key`);
  if (admission !== 'invite') return null;
  const invite = group.invites.get(agent);
  if (invite?.tokenHash !== tokenHash)
    return refuse('not-invited', `only who has redeemed an invite joins group ${group.name} as ${agent}`);
  if (role === null || role === invite.role) return null;
  return refuse('role-differs', `agent ${agent} is invited as ${nameOf(invite.role)}`);
}

/** Forgets the agent whose lease ended first, to make room; returns false when all are live. */
function forgetOne(group: Group): boolean {
  const agent = group.leases.firstGone;
  if (agent === undefined) return false;
  forgetToken(group, group.members.get(agent) as Member);
  drop(group.members, agent);
  group.leases.forgotten(agent);
  return true;
}

function forgetToken(group: Group, { agent, tokenHash }: Member): void {
  const isInvited = group.invites.get(agent)?.tokenHash === tokenHash;
  if (!isInvited && group.holders.get(tokenHash) === agent) drop(group.holders, tokenHash);
}

/** The agent that a token with this hash speaks for, with or without a lease, or null; O(1). [Q5.3] [Q5.15] */
export function speakerOf(group: Group, tokenHash: string | null): string | null {
  const member = holderOf(group, tokenHash);
  if (member !== null || tokenHash === null) return member?.agent ?? null;
  const invite = group.invites.get(group.holders.get(tokenHash) ?? '');
  return invite?.tokenHash === tokenHash ? invite.agent : null;
}

/**
 * The live member whose token has this hash, or null; O(1). The time of a lookup depends on the hash, never on the token, so
 * measuring it tells nobody a token.
 */
export function holderOf(group: Group, tokenHash: string | null): Member | null {
  if (tokenHash === null) return null;
  const member = group.members.get(group.holders.get(tokenHash) ?? '');
  return member?.live === true && member.tokenHash === tokenHash ? member : null;
}

/** The same instance joining again is its own retry; another instance under a live name is refused. [Q5.2] */
function again(context: Context, group: Group, holder: Member, command: Join): Result {
  if (holder.tokenHash !== command.tokenHash) {
    const detail = `agent ${holder.agent} is already here as another instance`;
    return { ok: false, code: 'agent-taken', detail, since: holder.since };
  }
  if (command.role !== null && command.role !== holder.role)
    return refuse(
      'role-differs',
      `agent ${holder.agent} is here as ${nameOf(holder.role)}: it must leave before it can join as ${nameOf(command.role)}`,
    );
  holder.ttl = command.ttl;
  prolong(context, group, holder);
  const invite = group.invites.get(holder.agent);
  const name = invite?.name ?? command.name ?? holder.name;
  const kind = invite?.kind ?? command.kind ?? holder.kind;
  if (name !== holder.name || kind !== holder.kind) {
    if (name !== undefined) holder.name = name;
    if (kind !== undefined) holder.kind = kind;
    recordEvent(context, group, 'agent-renamed', null, holder.agent);
    changeView(context, group, 'renamed', holder);
  }
  return { ok: true, did: 'rejoined', agent: holder.agent, expiresAt: holder.expiresAt };
}

/** What an agent is shown as now; undefined when it has no name but its id. [Q5.13] */
export function shownName(group: Group, agent: string): string | undefined {
  const member = group.members.get(agent);
  return group.invites.get(agent)?.name ?? (member?.live === true ? member.name : undefined);
}

function nameOf(role: Member['role']): string {
  return role === 'voter' ? 'a voter' : 'an observer';
}

export function renew(context: Context, group: Group, named: Named): Result {
  const member = memberFor(group, named);
  if ('code' in member) return member;
  prolong(context, group, member);
  return { ok: true, did: 'renewed', agent: member.agent, expiresAt: member.expiresAt };
}

export function leave(context: Context, group: Group, named: Named): Result {
  const member = memberFor(group, named);
  return 'code' in member ? member : takeOut(context, group, member);
}

/** The live member of this name, for whom the token speaks; or the refusal. */
export function memberFor(group: Group, { agent, tokenHash }: Named): Member | Refusal {
  const member = group.members.get(agent);
  if (member?.live !== true) return notHere(group, agent);
  return tokenRefusal(group, agent, tokenHash) ?? member;
}

/** Takes out an agent whose token is lost, for whoever manages the group. Its proposal stays. [Q5.6] [Q5.8] */
export function removeAgent(context: Context, group: Group, command: RemoveAgent): Result {
  const { agent, byKeyHash } = command;
  const wrong = managerRefusal(group, byKeyHash, 'removing agents of');
  if (wrong !== null) return wrong;
  const member = group.members.get(agent);
  if (member?.live !== true) return notHere(group, agent);
  return takeOut(context, group, member);
}

function takeOut(context: Context, group: Group, member: Member): Result {
  depart(context, group, member);
  return { ok: true, did: 'left', agent: member.agent, expiresAt: null };
}

/**
 * The refusal of a caller who may not speak for the agent, or null. Once an agent has joined, only its token does; in a group
 * that admits by invite also later. [Q5.3] [Q5.15]
 */
export function tokenRefusal(group: Group, agent: string, tokenHash: string | null): Refusal | null {
  const member = group.members.get(agent);
  if (member?.live === true) {
    if (tokenHash === member.tokenHash) return null;
    if (tokenHash === null)
      return refuse('token-required', `agent ${agent} has joined: only its token speaks for it`);
    return refuse('token-wrong', `only its own token speaks for agent ${agent}`);
  }
  const { admission } = group.settings;
  if (admission === 'open') return null;
  if (admission === 'invite') return inviteRefusal(group, agent, tokenHash);
  return refuse('token-required', `group ${group.name} admits only agents that have joined with its key`);
}

/** Renews the lease of a live agent, as every command under its token does. [Q5.1] */
export function touch(context: Context, group: Group, agent: string): void {
  const member = group.members.get(agent);
  if (member?.live === true) prolong(context, group, member);
}

/** The same for a member that is known to be live. */
export function prolong(context: Context, group: Group, member: Member): void {
  member.expiresAt = Math.max(member.expiresAt, context.now + member.ttl);
  group.leases.renewed(member);
  markChanged(context, group);
}

function notHere(group: Group, agent: string): Refusal {
  return refuse(
    'agent-not-found',
    `agent ${agent} has no lease in group ${group.name}: it never joined, left, or expired`,
  );
}
