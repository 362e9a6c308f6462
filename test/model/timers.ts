import type { Verdict } from '../judge/types.ts';
import { Rounds } from './rounds.ts';
import type { ModelGroup, ModelRound } from './state.ts';

/** What runs out, and what it then does. [Q7] */
export class Timers extends Rounds {
  /** Leases and timers that have run out take effect, the earliest first. */
  protected runOut(group: ModelGroup): void {
    for (let guard = 0; guard < 1000; guard += 1) {
      const round = this.openOf(group);
      const due: { at: number; act: () => void }[] = [];
      for (const member of group.members.values()) {
        if (member.live) due.push({ at: member.expiresAt, act: () => this.gone(group, member) });
      }
      if (round !== null) due.push(...this.timers(group, round));
      const ripe = due.filter(({ at }) => at <= this.now).sort((one, other) => one.at - other.at);
      const first = ripe[0];
      if (first === undefined) return;
      first.act();
    }
    throw new Error('time does not pass');
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
