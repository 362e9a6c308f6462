import type { Command } from '../../src/core/entry.ts';
import type { RefusalCode } from '../../src/core/result.ts';
import type { ModelGroup } from './state.ts';
import { Timers } from './timers.ts';

/** The part of the model that knows who is who: names, tokens, leases, and the keys that let them in. [Q5] */
export class Members extends Timers {
  protected join(group: ModelGroup, command: Extract<Command, { type: 'join' }>): void {
    const holder = group.members.get(command.agent);
    const again = holder?.live === true && holder.token === command.tokenHash;
    if (!again && group.settings.admission === 'key' && command.joinKeyHash !== group.joinKey) {
      this.expectRefusal(['join-key-wrong']);
      return;
    }
    if (holder?.live && !again) {
      this.expectRefusal(['agent-taken']);
      return;
    }
    if (again && command.role !== null && command.role !== holder.role)
      return void this.expectRefusal(['role-differs']);
    this.expectDid(again ? 'rejoined' : 'joined');
    const { agent, ttl, tokenHash } = command;
    const role = command.role ?? 'voter';
    const fresh = {
      agent,
      role,
      ttl,
      token: tokenHash,
      name: null,
      kind: null,
      expiresAt: 0,
      live: false,
      incarnation: 0,
    };
    const member = again ? holder : fresh;
    // Whoever joins again without them keeps the name and kind that it is shown by. [Q5.13]
    const { name = member.name, kind = member.kind } = command;
    const renamed = name !== member.name || kind !== member.kind;
    Object.assign(member, { name, kind });
    group.members.set(command.agent, member);
    if (!again) this.joins(group, member);
    else if (renamed) this.changeOfView(group, member, 'renamed');
    this.alive(group, member);
    if (this.result.ok && 'expiresAt' in this.result && this.result.expiresAt !== member.expiresAt)
      this.wrong(`the lease ends at ${this.result.expiresAt}, not ${member.expiresAt}`);
  }

  protected renewOrLeave(group: ModelGroup, command: Extract<Command, { type: 'renew' | 'leave' }>): void {
    const member = group.members.get(command.agent);
    if (!member?.live) {
      this.expectRefusal(['agent-not-found']);
      return;
    }
    const wrong = this.impostor(group, command);
    if (wrong !== null) {
      this.expectRefusal([wrong]);
      return;
    }
    if (command.type === 'renew') {
      this.expectDid('renewed');
      this.alive(group, member);
      return;
    }
    this.expectDid('left');
    this.gone(group, member, 'left');
  }

  protected remove(
    group: ModelGroup,
    { agent, byKeyHash }: Extract<Command, { type: 'remove-agent' }>,
  ): void {
    const member = group.members.get(agent);
    if (byKeyHash !== null && byKeyHash !== group.joinKey) this.expectRefusal(['join-key-wrong']);
    else if (!member?.live) this.expectRefusal(['agent-not-found']);
    else {
      this.expectDid('left');
      this.gone(group, member, 'left');
    }
  }

  protected putKeys(group: ModelGroup, command: Extract<Command, { type: 'put-keys' }>): void {
    const { joinKeyHash, inPlaceOf } = command;
    if (group.settings.admission === 'open') this.expectRefusal(['no-keys']);
    else if (joinKeyHash === group.joinKey) this.expectDid('unchanged');
    else if (inPlaceOf !== group.joinKey) this.expectRefusal(['revision-mismatch']);
    else {
      this.expectDid('updated');
      group.joinKey = joinKeyHash;
    }
  }

  /** Every command that a token authenticates renews the lease, also one that is refused for another reason. */
  protected touch(group: ModelGroup, agent: string | null): void {
    const member = agent === null ? undefined : group.members.get(agent);
    if (member?.live) this.alive(group, member);
  }

  /** Why this caller may not speak for this agent; a name whose lease has run out is free again. */
  protected impostor(
    group: ModelGroup,
    { agent, tokenHash }: { agent: string | null; tokenHash: string | null },
  ): RefusalCode | null {
    const member = agent === null ? undefined : group.members.get(agent);
    if (member?.live) {
      if (member.token === tokenHash) return null;
      return tokenHash === null ? 'token-required' : 'token-wrong';
    }
    return agent !== null && group.settings.admission === 'key' ? 'token-required' : null;
  }
}
