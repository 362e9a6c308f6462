import type { Command, Expected } from '../../src/core/entry.ts';
import type { RefusalCode } from '../../src/core/result.ts';
import { Invites } from './invites.ts';
import type { ModelGroup, ModelRound } from './state.ts';

type Of<T extends Command['type']> = Extract<Command, { type: T }>;

const mostAhead = 366 * 86_400_000;

/** What somebody with a right does to a round: opens it, closes it, moves its deadline, lets it go on without an elector. */
export class ByHand extends Invites {
  protected openByHand(group: ModelGroup, wanted: number | null): void {
    const { maxRounds } = group.settings.rule;
    const next = group.rounds.length + 1;
    if (wanted !== null && wanted < next) this.expectDid('opened-before');
    else if (wanted !== null && wanted > next) this.expectRefusal(['round-not-open']);
    else if (group.status === 'open') this.expectRefusal(['round-open']);
    else if (maxRounds !== null && group.rounds.length >= maxRounds) this.expectRefusal(['group-exhausted']);
    else {
      this.expectDid('opened');
      this.openRound(group);
    }
  }

  protected closeByHand(group: ModelGroup, command: Of<'close-round'>): void {
    const { by, tokenHash } = command;
    const wrong = this.impostor(group, { agent: by, tokenHash });
    if (wrong !== null) {
      this.expectRefusal([wrong]);
      return;
    }
    this.touch(group, by);
    const round = this.openOf(group);
    const against = this.mayClose(group, by) ? this.notOpen(group, command.round) : 'may-not-close';
    if (against !== null || round === null) this.expectRefusal([against ?? 'round-closed']);
    else if (!this.asExpected(group, command)) this.expectRefusal(['revision-mismatch']);
    else {
      this.expectDid('closed');
      this.end(group, round, this.verdict(round), ['closed-by-hand']);
    }
  }

  /** Whether the agent, or with null the manager, may close a round of the group by hand. [Q4.29] */
  private mayClose({ settings: { mayClose } }: ModelGroup, by: string | null): boolean {
    return by === null || mayClose === 'agents' || (mayClose !== 'admin' && mayClose.includes(by));
  }

  /** The model counts no revisions: what changed nothing has left the one it saw, a change has written the next one down. */
  private asExpected(group: ModelGroup, { ifRevision, round }: { ifRevision: Expected; round: number }) {
    const { revision, closed } = this.realGroup(group);
    const { result } = this;
    const moved = result.ok && result.did === 'deadline-set';
    const seen = closed.get(round)?.revision ?? revision;
    const changed = moved || closed.has(round);
    return typeof ifRevision !== 'number' || ifRevision === (changed ? seen - 1 : seen);
  }

  /** Why the round by this number cannot be changed by hand; null when it can. */
  private notOpen(group: ModelGroup, number: number): RefusalCode | null {
    if (number > group.rounds.length) return 'round-not-open';
    return this.openOf(group)?.number === number ? null : 'round-closed';
  }

  /** [Q4.36] */
  protected setDeadline(group: ModelGroup, command: Of<'set-deadline'>): void {
    const { by, tokenHash } = command;
    const wrong = this.impostor(group, { agent: by, tokenHash });
    if (wrong !== null) return void this.expectRefusal([wrong]);
    this.touch(group, by);
    const against = this.mayClose(group, by) ? this.notOpen(group, command.round) : 'may-not-close';
    if (against !== null) return void this.expectRefusal([against]);
    const round = this.openOf(group) as ModelRound;
    const { deadline } = command;
    const at = deadline === null ? null : 'at' in deadline ? deadline.at : this.now + deadline.after;
    const set = round.deadlineSet;
    if (set !== null && set.at === at) return void this.expectDid('deadline-set-before');
    if (!this.asExpected(group, command)) return void this.expectRefusal(['revision-mismatch']);
    if (round.gathering) return void this.expectRefusal(['electorate-incomplete']);
    if (at !== null && this.isOutOfRange(round, at))
      return void this.expectRefusal(['deadline-out-of-range']);
    this.expectDid('deadline-set');
    round.deadlineSet = { at, by, time: this.now, times: (set?.times ?? 0) + 1 };
  }

  private isOutOfRange(round: ModelRound, at: number): boolean {
    const { minWait, onDeadline, deadline } = round.rule;
    if (at <= this.now || at < round.openedAt + (minWait ?? 0) || at > this.now + mostAhead) return true;
    const isDefault = typeof onDeadline === 'object';
    const byRule = this.deadlineOf({ ...round, deadlineSet: null }) ?? this.now + (deadline ?? 0);
    return isDefault && at < byRule;
  }

  /** [Q4.37] */
  protected waive(group: ModelGroup, command: Of<'waive'>): void {
    const { by, tokenHash, agent, reason } = command;
    const wrong = this.impostor(group, { agent: by, tokenHash });
    if (wrong !== null) return void this.expectRefusal([wrong]);
    this.touch(group, by);
    const { mayWaive } = group.settings;
    if (by !== null && mayWaive?.includes(by) !== true) return void this.expectRefusal(['may-not-waive']);
    if (group.rounds[command.round - 1]?.waived.has(agent)) return void this.expectDid('waived-before');
    const closed = this.notOpen(group, command.round);
    if (closed !== null) return void this.expectRefusal([closed]);
    const round = this.openOf(group) as ModelRound;
    const against = this.againstWaiving(round, agent);
    if (against.length > 0) return void this.expectRefusal(against);
    this.expectDid('waived');
    round.waived.set(agent, { by, reason, time: this.now });
    this.gatherAgain(group, round);
    this.look(group, round);
  }

  /** [Q4.39] */
  private againstWaiving(round: ModelRound, agent: string): RefusalCode[] {
    const { rule, electors } = round;
    const against: RefusalCode[] = [];
    if (round.said.some((said) => said.agent === agent)) against.push('already-proposed');
    if ('size' in rule.electorate) return [...against, 'cannot-be-waived'];
    if (round.gathering) return [...against, 'electorate-incomplete'];
    if (electors?.includes(agent) !== true) return [...against, 'not-eligible'];
    if (rule.required.includes(agent) || !this.couldWinWithout(round, agent))
      against.push('cannot-be-waived');
    return against;
  }
}
