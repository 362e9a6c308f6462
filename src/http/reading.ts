import { holderOf } from '../core/group/members.ts';
import type { Group } from '../core/group/state.ts';
import type { Replica } from '../replica/replica.ts';
import { type Access, type Caller, callerOf } from './edge/access.ts';
import { nameIn } from './input.ts';
import { Pages } from './page.ts';
import { Problem } from './problem.ts';
import type { Request, Response } from './route.ts';

/** The beginning of every read of a group: waits until the copy is fresh enough, checks access, renews the caller's lease. */
export class Reading {
  private readonly replica: Replica;
  private readonly access: Access;
  readonly pages: Pages;
  private readonly renewing = new Set<string>();

  constructor(replica: Replica, access: Access) {
    this.replica = replica;
    this.access = access;
    this.pages = new Pages(replica.surroundings);
  }

  /**
   * Resolves once this copy holds everything acknowledged anywhere; at once with `?consistency=local`, which the
   * answer then says, together with the index it was read at. [Q6.6]
   */
  async fresh(request: Request, response: Response): Promise<void> {
    const { consistency = 'linearizable' } = request.query;
    if (consistency === 'linearizable') return this.replica.barrier();
    if (consistency !== 'local')
      throw new Problem('invalid-request', 'consistency must be linearizable or local');
    response.header('quorate-consistency', 'local');
    this.looked(response);
  }

  /** To be called whenever the state is read for an answer: one that may be stale says at which index that was. [Q6.6] */
  looked(response: Response): void {
    if (response.hasHeader('quorate-consistency'))
      response.header('quorate-index', String(this.replica.state.index));
  }

  /** The group named in the path, and who reads it. */
  async group(
    request: Request,
    response: Response,
  ): Promise<{ readonly group: Group; readonly name: string; readonly caller: Caller }> {
    const caller = callerOf(request);
    const name = nameIn('group', request.params.group);
    await this.fresh(request, response);
    const group = this.access.readable(this.replica.state, name, caller);
    this.renew(group, caller);
    return { group, name, caller };
  }

  /** Every authenticated call renews the lease; those that only read do so once half of it is used. [Q5.1] */
  renew(group: Group, { hash }: Caller): void {
    const member = holderOf(group, hash);
    if (member === null || member.expiresAt - this.replica.logTime > member.ttl / 2) return;
    const { agent } = member;
    const who = `${group.name} ${agent}`;
    if (this.renewing.has(who)) return;
    this.renewing.add(who);
    // The read succeeds whether or not this does: an agent that must know renews its lease by its own route.
    this.replica
      .submit({ type: 'renew', group: group.name, agent, tokenHash: hash }, () => undefined)
      .catch(() => undefined)
      .finally(() => this.renewing.delete(who));
  }
}
