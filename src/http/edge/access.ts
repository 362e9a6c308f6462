import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { speakerOf } from '../../core/group/members.ts';
import type { Group, Invite, State } from '../../core/group/state.ts';
import type { Refusal } from '../../core/result.ts';
import { Problem } from '../problem.ts';
import { refused } from '../refused.ts';
import type { Request } from '../route.ts';

/**
 * Who may do what, at the edge; `apply` checks tokens again, where it is decided. [Q5]
 *
 * Tokens come in `Authorization: Bearer` and nowhere else, and only their SHA-256 is kept. A group admits by key or
 * is open; a closed group looks to strangers exactly like one that does not exist. Without an administrator's
 * token everybody who can reach the server may manage open groups.
 */
export interface Caller {
  readonly token: string | null;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string | null;
}

const nobody: Caller = { token: null, hash: null };

export function callerOf(request: Request): Caller {
  const { authorization } = request.headers;
  if (authorization === undefined) return nobody;
  const token = /^bearer +([\w.~+/=-]{1,512})$/i.exec(authorization)?.[1];
  if (token === undefined) throw new Problem('invalid-request', 'Authorization must be: Bearer <token>');
  return { token, hash: hashOf(token) };
}

/** The caller that a line of many names by its member `token`. */
export function callerBy(token: unknown): Caller {
  if (typeof token !== 'string' || !/^[\w.~+/=-]{1,512}$/.test(token))
    throw new Problem('invalid-request', 'token must be the text of a token, as joining gave it');
  return { token, hash: hashOf(token) };
}

export function hashOf(token: string): string {
  return hash('sha256', token, 'hex');
}

/** A secret of 256 random bits. */
export function newKey(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * The token of one instance of an agent: the same instance gets the same token again, though no token is kept. Whoever
 * knows the instance and the group's key hash could make it, so an instance must be as unguessable as a token.
 */
export function tokenFor(logId: string, group: string, agent: string, instance: string): string {
  return createHmac('sha256', instance)
    .update(`quorate agent token\n${logId}\n${group}\n${agent}`)
    .digest('base64url');
}

/**
 * The token of the instance that redeems an invite: the same instance gets the same one again, though no token is kept, and no
 * other invite ever gave it. Nobody can make it without the secret of the invite.
 */
export function inviteTokenFor(redeeming: {
  readonly logId: string;
  readonly group: string;
  readonly invite: Pick<Invite, 'agent' | 'made'>;
  readonly secret: string;
  readonly instance: string;
}): string {
  const { logId, group, invite, secret, instance } = redeeming;
  return createHmac('sha256', secret)
    .update(`quorate invite token\n${logId}\n${group}\n${invite.agent}\n${invite.made}\n${instance}`)
    .digest('base64url');
}

export class Access {
  private readonly admins: { readonly hashes: readonly string[] };

  /** `admins`: hashes of the administrator's tokens, as they are at each request; none where there is no administrator. */
  constructor(admins: { readonly hashes: readonly string[] }) {
    this.admins = admins;
  }

  private get hasAdmin(): boolean {
    return this.admins.hashes.length > 0;
  }

  /** The group, if it exists and this caller may know that. */
  readable(state: State, name: string, caller: Caller): Group {
    const group = state.groups.get(name);
    if (group === undefined || !this.mayRead(group, caller)) throw noSuchGroup(name, state.index);
    return group;
  }

  mayRead(group: Group, caller: Caller): boolean {
    if (group.settings.admission === 'open' || this.isAdmin(caller)) return true;
    if (caller.hash === null) return false;
    if (equal(caller.hash, group.joinKeyHash) || equal(caller.hash, group.observerKeyHash)) return true;
    return speakerOf(group, caller.hash) !== null;
  }

  mayManage(group: Group, caller: Caller): boolean {
    return this.isManager(group, caller) || (!this.hasAdmin && group.settings.admission === 'open');
  }

  /** Whether the caller has shown what only managers have: the administrator's token or, where there is none, the join key. */
  isManager(group: Group, caller: Caller): boolean {
    return this.hasAdmin ? this.isAdmin(caller) : equal(caller.hash, group.joinKeyHash);
  }

  /** The caller as the holder of a join key that the body names, where that key manages the group; else the caller as it is. */
  withKey(caller: Caller, group: Group | undefined, joinKey: string | undefined): Caller {
    if (joinKey === undefined || group === undefined) return caller;
    const byKey = { token: joinKey, hash: hashOf(joinKey) };
    return !this.hasAdmin && this.isManager(group, byKey) ? byKey : caller;
  }

  /** Throws when the caller may not create groups, or change this one. To be called before anything shows whether there is one. */
  manage(group: Group | undefined, name: string, caller: Caller, state: State): void {
    if (group === undefined ? !this.hasAdmin : this.mayManage(group, caller)) return;
    if (group !== undefined && !this.hasAdmin) {
      if (!this.mayRead(group, caller)) throw noSuchGroup(name, state.index);
      throw new Problem('join-key-wrong', `managing group ${name} needs its join key`);
    }
    // The same whether the group exists or not: a stranger must not learn it here.
    this.administer(caller);
  }

  /** Throws for everybody but the administrator, where there is one. */
  administer(caller: Caller): void {
    if (!this.hasAdmin || this.isAdmin(caller)) return;
    throw new Problem(
      caller.hash === null ? 'token-required' : 'token-wrong',
      "this needs the administrator's token",
    );
  }

  /** Throws for everybody but the administrator, also where there is none: it is about groups that not everybody may read. */
  onlyAdminister(caller: Caller): void {
    this.administer(caller);
    if (!this.hasAdmin) throw new Problem('no-administrator', 'this server has no administrator');
  }

  isAdmin(caller: Caller): boolean {
    return this.admins.hashes.some((hash) => equal(caller.hash, hash));
  }

  /** A refusal of the core, unless it would tell a stranger that the group exists. */
  refused(refusal: Refusal, state: State, name: string, caller: Caller): Problem {
    const group = state.groups.get(name);
    if (group === undefined || !this.mayRead(group, caller)) return noSuchGroup(name, state.index);
    if (refusal.code !== 'token-wrong' || !this.isManager(group, caller))
      return refused(refusal, group, state.index);
    const whose = this.isAdmin(caller) ? "the administrator's" : `the join key of group ${name}`;
    return refused({ ...refusal, detail: `${refusal.detail}, and this is ${whose}` }, group, state.index);
  }
}

export function noSuchGroup(name: string, index: number): Problem {
  return new Problem('group-not-found', `there is no group ${name}`, { index });
}

/** Compares hashes in constant time; null equals nothing. */
function equal(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
