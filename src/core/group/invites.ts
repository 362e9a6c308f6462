import type { Command } from '../entry.ts';
import { limits } from '../limits.ts';
import type { Refusal, Result } from '../result.ts';
import { managerRefusal } from './admission.ts';
import { type Context, recordEvent } from './context.ts';
import { countAsAbsent, endMembership } from './presence.ts';
import { refuse } from './refuse.ts';
import { closeIfOver } from './rounds.ts';
import { drop, emptyMap, withEntry } from './small-maps.ts';
import type { Group, Invite } from './state.ts';

/**
 * The invites of a group that admits by invite: each a name, and a secret that one instance exchanges for the token of that
 * name, once. The token speaks for the name with or without a lease, until the invite is revoked or replaced. [Q5.14] [Q5.15]
 */

type PutInvite = Extract<Command, { type: 'put-invite' }>;
type Redeem = Extract<Command, { type: 'redeem' }>;
type RevokeInvite = Extract<Command, { type: 'revoke-invite' }>;

/** Invites somebody under a name, in place of whom it was given to before. [Q5.14] [Q5.16] */
export function putInvite(context: Context, group: Group, command: PutInvite): Result {
  const { agent, name, kind, role, secretHash } = command;
  const wrong = admissionRefusal(group) ?? managerRefusal(group, command.byKeyHash, 'inviting to');
  if (wrong !== null) return wrong;
  const before = group.invites.get(agent);
  if (before?.secretHash === secretHash) {
    if (before.state === 'revoked')
      return refuse('invite-wrong', `this secret for agent ${agent} was revoked: choose another`);
    if (before.name === name && before.kind === kind && before.role === role)
      return { ok: true, did: 'invited-before', agent };
  }
  const electors = context.state.interned.electors(group.settings.rule);
  if (role === 'voter' && electors?.has(agent) === false)
    return refuse('not-eligible', `agent ${agent} is not in the electorate of group ${group.name}`);
  if (before === undefined && group.invites.size >= limits.invites && !forgetRevoked(group))
    return refuse('limit-reached', `group ${group.name} already has ${limits.invites} invites`);
  const about = { agent, ...(name !== undefined && { name }), ...(kind !== undefined && { kind }), role };
  recordEvent(context, group, 'agent-invited', null, agent);
  const state = { state: 'open', since: context.now, tokenHash: null } as const;
  setInvite(group, { ...about, secretHash, made: group.revision, ...state });
  endMembership(context, group, agent);
  // The seat waits for whoever was invited now, not for whom the name was given to before.
  if (role === 'observer') countAsAbsent(context, group, agent);
  else if (group.open !== null) drop(group.open.absent, agent);
  closeIfOver(context, group);
  return { ok: true, did: 'invited', agent };
}

/** Gives one instance the name. Again for the same one it is its own retry, whose answer was lost. [Q5.15] */
export function redeem(context: Context, group: Group, command: Redeem): Result {
  const { agent, secretHash, tokenHash } = command;
  const invite = group.invites.get(agent);
  if (invite === undefined || invite.state === 'revoked' || invite.secretHash !== secretHash)
    return refuse('invite-wrong', `this secret opens no invite of agent ${agent} in group ${group.name}`);
  if (invite.state === 'redeemed') {
    if (invite.tokenHash === tokenHash) return { ok: true, did: 'redeemed', agent };
    const detail = `the invite of agent ${agent} was used by another instance`;
    return { ok: false, code: 'invite-used', detail, since: invite.since };
  }
  setInvite(group, { ...invite, state: 'redeemed', since: context.now, tokenHash });
  recordEvent(context, group, 'invite-redeemed', null, agent);
  return { ok: true, did: 'redeemed', agent };
}

/** Ends an invite, and with it its token. A proposal that was made under it stays, and answers to nobody. [Q5.16] */
export function revokeInvite(context: Context, group: Group, command: RevokeInvite): Result {
  const { agent, byKeyHash } = command;
  const wrong = admissionRefusal(group) ?? managerRefusal(group, byKeyHash, 'inviting to');
  if (wrong !== null) return wrong;
  const invite = group.invites.get(agent);
  if (invite === undefined)
    return refuse('agent-not-found', `agent ${agent} was never invited to group ${group.name}`);
  if (invite.state === 'revoked') return { ok: true, did: 'revoked', agent };
  setInvite(group, { ...invite, state: 'revoked', since: context.now, tokenHash: null });
  recordEvent(context, group, 'invite-revoked', null, agent);
  endMembership(context, group, agent);
  countAsAbsent(context, group, agent);
  closeIfOver(context, group);
  return { ok: true, did: 'revoked', agent };
}

/**
 * Ends all invites of a group that admits in another way from now on. Agents that have joined stay; a seat that waited for
 * somebody invited anew is absent again, as the next round would count it. [Q5.14]
 */
export function dropInvites(context: Context, group: Group): void {
  const { invites } = group;
  group.invites = emptyMap();
  for (const { agent, tokenHash } of invites.values()) {
    const member = group.members.get(agent);
    if (tokenHash !== null && member?.live !== true) drop(group.holders, tokenHash);
    // In logs of version 1 the open round went on waiting.
    if (member?.live === false && context.state.version >= 2) countAsAbsent(context, group, agent);
  }
}

/** Why this token may not speak for an agent in a group that admits by invite, or null. [Q5.16] */
export function inviteRefusal(group: Group, agent: string, tokenHash: string | null): Refusal | null {
  const invite = group.invites.get(agent);
  if (invite === undefined || invite.state === 'revoked')
    return refuse('not-invited', `agent ${agent} is not invited to group ${group.name}`);
  if (tokenHash === null)
    return refuse('token-required', `only the token that its invite gives speaks for agent ${agent}`);
  if (tokenHash === invite.tokenHash) return null;
  return refuse('token-wrong', `only the token that its invite gives speaks for agent ${agent}`);
}

function setInvite(group: Group, invite: Invite): void {
  const before = group.invites.get(invite.agent)?.tokenHash ?? null;
  if (before !== null) drop(group.holders, before);
  if (invite.tokenHash !== null) group.holders = withEntry(group.holders, invite.tokenHash, invite.agent);
  group.invites = withEntry(group.invites, invite.agent, invite);
}

/** Forgets the oldest invite that is revoked, to make room; returns false when there is none. */
function forgetRevoked(group: Group): boolean {
  for (const { agent, state } of group.invites.values()) {
    if (state !== 'revoked') continue;
    drop(group.invites, agent);
    return true;
  }
  return false;
}

function admissionRefusal({ name, settings }: Group): Refusal | null {
  if (settings.admission === 'invite') return null;
  return refuse('no-invites', `group ${name} does not admit by invite`);
}
