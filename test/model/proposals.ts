import type { Command } from '../../src/core/entry.ts';
import type { RefusalCode } from '../../src/core/result.ts';
import { countedValue, objectionsTo } from '../judge/sameness.ts';
import { meetsFloor } from '../judge/threshold.ts';
import { Claims } from './claims.ts';
import type { KeyUse, ModelGroup, ModelRound, Said } from './state.ts';

type Propose = Extract<Command, { type: 'propose' }>;

/** What becomes of a proposal. [Q3] */
export class Proposals extends Claims {
  protected propose(group: ModelGroup, command: Propose): void {
    const { key, agent } = command;
    const wrong = this.mayNotPropose(group, command);
    if (wrong !== null) {
      this.expectRefusal([wrong]);
      return;
    }
    this.touch(group, agent);
    const member = agent === null ? undefined : group.members.get(agent);
    if (member?.live && member.role === 'observer') {
      this.expectRefusal(['not-a-voter']);
      return;
    }
    const used = key === null ? undefined : group.keys.get(`${agent} ${key}`);
    if (used !== undefined) {
      const sealed = this.sealed(group, used.round, used.seat, command);
      const value = this.countedIn(group, used.round, command);
      if (sealed !== null) this.expectRefusal([sealed]);
      else if (used.value === value && (command.round === null || command.round === used.round))
        this.expectProposed('repeated', used.round, used.seat);
      else this.expectRefusal(['key-reused']);
      return;
    }
    const round = group.rounds.find(({ number }) => number === (command.round ?? group.rounds.length));
    const value = this.countedIn(group, round?.number ?? 0, command);
    const earlier = round?.said.find((said) => said.agent === agent);
    const isMeant = command.round !== null || round?.ended === null;
    const sealed = round && earlier && isMeant && this.sealed(group, round.number, earlier.agent, command);
    const change = this.mindChanged(round, earlier, command);
    if (sealed) {
      this.expectRefusal([sealed]);
      return;
    }
    if (round !== undefined && earlier?.value === value && !change) {
      if (command.round !== null || round.ended === null) {
        this.expectProposed('repeated', round.number, earlier.agent);
        this.remember(group, command, round.number, earlier.agent);
        return;
      }
    }
    const against = this.objections(group, command);
    if (against.size > 0) {
      this.expectRefusal([...against]);
      return;
    }
    this.count(group, command, change ? 'changed' : 'proposed', earlier);
  }

  private count(
    group: ModelGroup,
    command: Propose,
    did: 'proposed' | 'changed',
    earlier: Said | undefined,
  ): void {
    const { agent, seq, tokenHash: token } = command;
    const round = this.openOf(group) as ModelRound;
    const value = this.countedIn(group, round.number, command);
    const seat = agent ?? (this.result.ok && 'agent' in this.result ? this.result.agent : '');
    if (agent === null && round.said.some((said) => said.agent === seat))
      this.wrong(`seat ${seat} is taken twice`);
    this.expectProposed(did, round.number, seat);
    round.said = round.said.filter((said) => said.agent !== seat);
    // What never shows a value keeps no note either. [Q4.42]
    const note = round.rule.reveal === 'never' ? null : (command.note ?? null);
    round.said.push({ agent: seat, value, seq, token, at: earlier?.at ?? this.now, note });
    if (!meetsFloor(round.rule, round.said)) round.floorMetAt = null;
    else round.floorMetAt ??= this.now;
    this.remember(group, command, round.number, seat);
    this.look(group, round);
  }

  /** What the value counts as in the round of this number: the option that it spells there, else itself. [Q4.32] */
  private countedIn(group: ModelGroup, number: number, { value }: Propose): Propose['value'] {
    const round = group.rounds[number - 1];
    return round === undefined ? value : countedValue(round.rule, value);
  }

  private remember(group: ModelGroup, command: Propose, round: number, seat: string): void {
    const { key, agent } = command;
    if (key === null) return;
    const value = this.countedIn(group, round, command);
    const same = (use: KeyUse): boolean => use.round === round && use.seat === seat;
    const before = [...group.keys].filter(([, use]) => same(use));
    // The protocol says how many are kept of those that came with one proposal.
    if (before.length === 4) group.keys.delete(before[0]?.[0] as string);
    group.keys.set(`${agent} ${key}`, { round, seat, value });
  }

  /** What was said under a token answers to no other while it is hidden: until the close, or for ever. */
  private sealed(
    group: ModelGroup,
    number: number,
    seat: string,
    { tokenHash }: Propose,
  ): RefusalCode | null {
    const round = group.rounds[number - 1] as ModelRound;
    const token = round.said.find((said) => said.agent === seat)?.token ?? null;
    if (token === null || token === tokenHash) return null;
    if (round.ended === null) return 'already-proposed';
    return round.rule.reveal === 'never' ? 'round-closed' : null;
  }

  /** Whether this replaces what its agent has said: only in the open round, and only by a seq that grows. */
  private mindChanged(round: ModelRound | undefined, earlier: Said | undefined, { seq }: Propose): boolean {
    if (round === undefined || earlier === undefined || round.ended !== null) return false;
    return round.rule.revote && seq !== null && seq > (earlier.seq ?? 0);
  }

  /** Everything that speaks against a proposal; empty when it must be counted. */
  private objections(group: ModelGroup, command: Propose): Set<RefusalCode> {
    const against = new Set<RefusalCode>();
    const { agent, value } = command;
    const round = this.openOf(group);
    const latest = group.rounds.length;
    if (command.round !== null && command.round > latest) against.add('round-not-open');
    else if (command.round !== null && command.round !== round?.number) against.add('round-closed');
    else if (round === null) against.add(group.status === 'exhausted' ? 'group-exhausted' : 'no-open-round');
    if (against.size > 0 || round === null) return against;
    const earlier = round.said.find((said) => said.agent === agent);
    const { electorate } = round.rule;
    if (earlier !== undefined) {
      if (!round.rule.revote) against.add('already-proposed');
      else if (!this.mindChanged(round, earlier, command)) against.add('stale-seq');
    } else if (agent !== null && round.waived.has(agent)) against.add('not-eligible');
    else if (round.gathering) against.add('electorate-incomplete');
    else if ('size' in electorate) {
      if (round.said.length >= electorate.size) against.add('round-full');
    } else if (agent === null || !this.leftOf(round).includes(agent)) against.add('not-eligible');
    for (const objection of objectionsTo(round.rule, agent, value)) against.add(objection);
    return against;
  }
}
