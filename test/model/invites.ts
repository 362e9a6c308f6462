import type { Command } from '../../src/core/entry.ts';
import type { RefusalCode } from '../../src/core/result.ts';
import { rosterIn } from './bodies.ts';
import { Members } from './members.ts';
import type { ModelGroup, ModelInvite } from './state.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** Who holds which invite, and what it lets them do. [Q5.14] */
export class Invites extends Members {
  protected invite(group: ModelGroup, command: Of<'put-invite'>): void {
    const { agent, name = null, kind = null, role, secretHash, byKeyHash } = command;
    if (group.settings.admission !== 'invite') return void this.expectRefusal(['no-invites']);
    if (byKeyHash !== null && byKeyHash !== group.joinKey) return void this.expectRefusal(['join-key-wrong']);
    const held = group.invites.get(agent);
    if (held?.secret === secretHash && held.state === 'revoked')
      return void this.expectRefusal(['invite-wrong']);
    if (held?.secret === secretHash && held.name === name && held.kind === kind && held.role === role)
      return void this.expectDid('invited-before');
    const roster = rosterIn(group.settings.rule);
    if (role === 'voter' && roster !== null && !roster.includes(agent))
      return void this.expectRefusal(['not-eligible']);
    this.expectDid('invited');
    this.endIncarnation(group, agent);
    group.invites.set(agent, { secret: secretHash, name, kind, role, state: 'open', token: null });
    this.seatTaken(group, agent, role === 'voter');
  }

  protected revoke(group: ModelGroup, { agent, byKeyHash }: Of<'revoke-invite'>): void {
    if (group.settings.admission !== 'invite') return void this.expectRefusal(['no-invites']);
    if (byKeyHash !== null && byKeyHash !== group.joinKey) return void this.expectRefusal(['join-key-wrong']);
    const held = group.invites.get(agent);
    if (held === undefined) return void this.expectRefusal(['agent-not-found']);
    if (held.state === 'revoked') return void this.expectDid('revoked');
    this.expectDid('revoked');
    this.endIncarnation(group, agent);
    held.state = 'revoked';
    held.token = null;
    this.seatTaken(group, agent, false);
  }

  /** [Q5.15] */
  protected redeem(group: ModelGroup, { agent, secretHash, tokenHash }: Of<'redeem'>): void {
    const held = group.invites.get(agent);
    if (held === undefined || held.state === 'revoked' || held.secret !== secretHash)
      return void this.expectRefusal(['invite-wrong']);
    if (held.state === 'redeemed' && held.token !== tokenHash)
      return void this.expectRefusal(['invite-used']);
    this.expectDid('redeemed');
    held.state = 'redeemed';
    held.token = tokenHash;
  }

  /** Why an agent may not propose under a name; null when it may. */
  protected mayNotPropose(
    group: ModelGroup,
    { agent, tokenHash }: Pick<Of<'propose'>, 'agent' | 'tokenHash'>,
  ): RefusalCode | null {
    if (group.settings.admission !== 'invite') return this.impostor(group, { agent, tokenHash });
    const held = this.heldBy(group, agent);
    if (held === null) {
      // Whoever had joined before the group admitted by invite is told apart by its token, and its lease is renewed.
      const wrong = agent === null ? null : this.impostor(group, { agent, tokenHash });
      if (wrong === null) this.touch(group, agent);
      return wrong ?? 'not-invited';
    }
    return this.impostor(group, { agent, tokenHash }) ?? (held.role === 'observer' ? 'not-a-voter' : null);
  }

  /** Whoever is invited speaks by the token of its invite, with or without a lease. */
  protected override impostor(
    group: ModelGroup,
    { agent, tokenHash }: { agent: string | null; tokenHash: string | null },
  ): RefusalCode | null {
    const held = this.heldBy(group, agent);
    if (held === null) {
      const isHere = agent === null || group.members.get(agent)?.live === true;
      if (group.settings.admission !== 'invite' || isHere) return super.impostor(group, { agent, tokenHash });
      return 'not-invited';
    }
    if (tokenHash === null) return 'token-required';
    return held.token === tokenHash ? null : 'token-wrong';
  }

  protected override join(group: ModelGroup, command: Of<'join'>): void {
    if (group.settings.admission !== 'invite') {
      super.join(group, command);
      return;
    }
    const { agent, tokenHash, role } = command;
    const held = this.heldBy(group, agent);
    if (held === null) {
      const member = group.members.get(agent);
      // Who had joined before stays.
      if (member?.live && member.token === tokenHash) super.join(group, command);
      else this.expectRefusal(['not-invited']);
      return;
    }
    if (held.token !== tokenHash)
      return void this.expectRefusal(['token-wrong', 'not-invited', 'invite-used']);
    if (role !== null && role !== held.role) return void this.expectRefusal(['role-differs']);
    const named = held.name === null ? {} : { name: held.name };
    const known = held.kind === null ? {} : { kind: held.kind };
    super.join(group, { ...command, role: held.role, ...named, ...known });
  }

  private heldBy(group: ModelGroup, agent: string | null): ModelInvite | null {
    const held = agent === null ? undefined : group.invites.get(agent);
    return held === undefined || held.state === 'revoked' ? null : held;
  }

  /** As a leave: a proposal stays, and answers to nobody until the close. [Q5.16] */
  private endIncarnation(group: ModelGroup, agent: string): void {
    const member = group.members.get(agent);
    const round = this.openOf(group);
    if (member?.live) {
      member.live = false;
      this.changeOfView(group, member, 'left');
      round?.gone.add(agent);
      if (round !== null) this.gatherAgain(group, round);
    }
    if (round === null) return;
    round.said = round.said.map((said) =>
      said.agent === agent && said.token !== null ? { ...said, token: 'of nobody' } : said,
    );
  }

  /** Whether the seat of this name is waited for from here on; the round is looked at again. */
  private seatTaken(group: ModelGroup, agent: string, isWaitedFor: boolean): void {
    const round = this.openOf(group);
    if (round === null) return;
    if (isWaitedFor) round.gone.delete(agent);
    else round.gone.add(agent);
    this.gatherAgain(group, round);
    this.look(group, round);
  }
}
