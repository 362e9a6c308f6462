import type { Verdict } from '../judge/types.ts';
import { Rounds } from './rounds.ts';
import type { ModelGroup, ModelMember, ModelRound } from './state.ts';

/** What runs out, and what it then does. [Q7] */
export class Timers extends Rounds {
  /** Leases and timers that have run out take effect, the earliest first. */
  protected runOut(group: ModelGroup): void {
    for (let guard = 0; guard < 1000; guard += 1) {
      const round = this.openOf(group);
      const timers = round === null ? [] : this.timers(group, round);
      const first = timers.sort((one, other) => one.at - other.at)[0];
      const until = Math.min(first?.at ?? this.now, this.now);
      const over = [...group.members.values()].filter(({ live, expiresAt }) => live && expiresAt <= until);
      if (over.length > 0) this.endLeases(group, over);
      else if (first === undefined || first.at > this.now) return;
      else first.act();
    }
    throw new Error('time does not pass');
  }

  /** The earliest first; the open round is looked at once for all of them. [Q7.2] */
  private endLeases(group: ModelGroup, over: readonly ModelMember[]): void {
    const order = (one: ModelMember, other: ModelMember): number =>
      one.expiresAt - other.expiresAt || (one.agent < other.agent ? -1 : 1);
    for (const member of [...over].sort(order)) this.gone(group, member, 'expired');
    const round = this.openOf(group);
    if (round !== null) this.look(group, round);
  }

  protected timers(group: ModelGroup, round: ModelRound): { at: number; act: () => void }[] {
    const { minWait, lastCall, onDeadline } = round.rule;
    const timers: { at: number; act: () => void }[] = [];
    if (round.gathering) return timers;
    const earliest = round.openedAt + (minWait ?? 0);
    if (minWait !== null && !round.minWaitLooked) {
      timers.push({
        at: earliest,
        act: () => {
          round.minWaitLooked = true;
          this.look(group, round);
        },
      });
    }
    if (lastCall !== null && round.floorMetAt !== null) {
      timers.push({
        at: Math.max(earliest, round.floorMetAt + lastCall),
        act: () => this.end(group, round, this.verdict(round), ['last-call']),
      });
    }
    const deadlineAt = this.deadlineOf(round);
    if (deadlineAt !== null) {
      const verdict = (): Verdict =>
        onDeadline === 'fail' || (onDeadline !== 'decide' && this.isVetoed(round))
          ? { state: 'FAILED', why: 'no-agreement' }
          : onDeadline === 'decide'
            ? this.verdict(round)
            : { state: 'SUCCESS', among: [JSON.stringify(onDeadline.default)], mayFail: false };
      timers.push({ at: deadlineAt, act: () => this.end(group, round, verdict(), ['deadline']) });
    }
    return timers;
  }
}
