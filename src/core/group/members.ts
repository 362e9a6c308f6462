import { limits } from '../limits.ts';
import type { Command, Refusal, Result } from '../types.ts';
import { arrive, depart, mark, type Scene } from './group.ts';
import { Leases, noLeases } from './leases.ts';
import { drop, type Group, type Member, withEntry } from './state.ts';

/** Who is who in a group: names, tokens, leases. [Q5] */

type Join = Extract<Command, { type: 'join' }>;
type RemoveAgent = Extract<Command, { type: 'remove-agent' }>;
type Named = { readonly agent: string; readonly tokenHash: string | null };

export function join(scene: Scene, group: Group, command: Join): Result {
  const { agent } = command;
  const holder = group.members.get(agent);
  const isHolder = holder?.live === true && holder.tokenHash === command.tokenHash;
  // Who is in has shown the key before.
  if (!isHolder && group.settings.admission === 'key' && command.joinKeyHash !== group.joinKeyHash) {
    return refuse('join-key-wrong', `group ${group.name} admits only with its join key`);
  }
  if (holder?.live === true) return again(scene, group, holder, command);
  if (holder === undefined && group.members.size >= limits.members && !forgetOne(group)) {
    return refuse('limit-reached', `group ${group.name} already knows ${limits.members} agents`);
  }
  const expiresAt = scene.now + command.ttl;
  const { role: asked, tokenHash, ttl } = command;
  const role = asked ?? 'voter';
  if (holder !== undefined) forgetToken(group, holder);
  const member = { agent, role, tokenHash, since: scene.now, ttl, expiresAt, live: true };
  group.holders = withEntry(group.holders, tokenHash, agent);
  group.members = withEntry(group.members, agent, member);
  if (group.leases === noLeases) group.leases = new Leases();
  group.leases.add(member);
  arrive(scene, group, agent, role);
  return { ok: true, did: 'joined', agent, expiresAt };
}

/** Forgets the agent whose lease ended first, to make room; false when all are here. */
function forgetOne(group: Group): boolean {
  const agent = group.leases.firstGone;
  if (agent === undefined) return false;
  forgetToken(group, group.members.get(agent) as Member);
  drop(group.members, agent);
  group.leases.forgotten(agent);
  return true;
}

function forgetToken(group: Group, { agent, tokenHash }: Member): void {
  if (group.holders.get(tokenHash) === agent) drop(group.holders, tokenHash);
}

/**
 * The live member whose token has this hash, or null, at the same cost in a group of 3 and of 100,000. A lookup takes longer
 * or shorter by the hash, never by the token: who could tell still would not know which token has a hash.
 */
export function holderOf(group: Group, tokenHash: string | null): Member | null {
  if (tokenHash === null) return null;
  const member = group.members.get(group.holders.get(tokenHash) ?? '');
  return member?.live === true && member.tokenHash === tokenHash ? member : null;
}

/** The same instance joining again is its own retry; another instance under a live name is refused. [Q5.2] */
function again(scene: Scene, group: Group, holder: Member, command: Join): Result {
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
  touch(scene, group, holder);
  return { ok: true, did: 'rejoined', agent: holder.agent, expiresAt: holder.expiresAt };
}

function nameOf(role: Member['role']): string {
  return role === 'voter' ? 'a voter' : 'an observer';
}

export function renew(scene: Scene, group: Group, named: Named): Result {
  const member = group.members.get(named.agent);
  if (member === undefined || !member.live) return notHere(group, named.agent);
  const wrong = impostor(group, named.agent, named.tokenHash);
  if (wrong !== null) return wrong;
  touch(scene, group, member);
  return { ok: true, did: 'renewed', agent: member.agent, expiresAt: member.expiresAt };
}

export function leave(scene: Scene, group: Group, named: Named): Result {
  const member = group.members.get(named.agent);
  if (member === undefined || !member.live) return notHere(group, named.agent);
  const wrong = impostor(group, named.agent, named.tokenHash);
  if (wrong !== null) return wrong;
  return takeOut(scene, group, member);
}

/** Takes out an agent whose token is lost, for whoever manages the group. Its proposal stays. [Q5.6] [Q5.8] */
export function removeAgent(scene: Scene, group: Group, command: RemoveAgent): Result {
  const { agent, byKeyHash } = command;
  if (byKeyHash !== null && byKeyHash !== group.joinKeyHash)
    return refuse('join-key-wrong', `removing agents of group ${group.name} needs its join key`);
  const member = group.members.get(agent);
  if (member === undefined || !member.live) return notHere(group, agent);
  return takeOut(scene, group, member);
}

function takeOut(scene: Scene, group: Group, member: Member): Result {
  depart(scene, group, member);
  return { ok: true, did: 'left', agent: member.agent, expiresAt: null };
}

/** Why this caller may not speak for the agent, or null. Once joined, only the token does. [Q5.3] */
export function impostor(group: Group, agent: string, tokenHash: string | null): Refusal | null {
  const member = group.members.get(agent);
  if (member?.live === true) {
    if (tokenHash === member.tokenHash) return null;
    if (tokenHash === null)
      return refuse('token-required', `agent ${agent} has joined: only its token speaks for it`);
    return refuse('token-wrong', `only its own token speaks for agent ${agent}`);
  }
  if (group.settings.admission === 'open') return null;
  return refuse('token-required', `group ${group.name} admits only agents that have joined with its key`);
}

/** Every authenticated call renews the lease. [Q5.1] */
export function touch(scene: Scene, group: Group, member: Member): void {
  member.expiresAt = Math.max(member.expiresAt, scene.now + member.ttl);
  group.leases.renewed(member);
  mark(scene, group);
}

function notHere(group: Group, agent: string): Refusal {
  return refuse(
    'agent-not-found',
    `agent ${agent} has no lease in group ${group.name}: it never joined, left, or expired`,
  );
}

function refuse(code: Refusal['code'], detail: string): Refusal {
  return { ok: false, code, detail };
}
