import type { Applied } from '../../src/core/apply.ts';
import type { Entry } from '../../src/core/entry.ts';
import type { State } from '../../src/core/group/state.ts';

import type { Blame } from '../sim/evidence.ts';
import { epoch, type Plan } from '../sim/plan.ts';

/** ms by which log time may be ahead of the clocks that it may follow. */
const mayLead = 1500;

/** What a wrong clock must not do to log time, and what must not be written while nothing runs out. */
export class TimeCheck {
  private readonly plan: Plan;
  private readonly times: readonly number[];
  private readonly blame: Blame;
  private readonly count: (what: string) => void;
  /** ms by which log time was set ahead of the clocks where one clock counts in full. */
  private lead = 0;
  /** Entries on end that did nothing. */
  private idle = 0;

  constructor(plan: Plan, times: readonly number[], blame: Blame, count: (what: string) => void) {
    this.plan = plan;
    this.times = times;
    this.blame = blame;
    this.count = count;
  }

  /** To be told of every entry right after it was applied. */
  entry(entry: Entry, applied: Applied, state: State): void {
    this.bounded(entry, state);
    this.needed(entry, applied, state.index);
  }

  /** I17: one wrong clock moves log time nowhere: it follows what two servers' clocks have shown. [Q7.4] */
  private bounded({ alone }: Entry, { time, index }: State): void {
    const now = this.times[index - 1] as number;
    const second = this.secondClock(now);
    if (alone || index === 1) this.lead = Math.max(this.lead, time - second);
    if (time > second + Math.max(this.lead, 0) + mayLead)
      this.blame('I17', `entry ${index}: log time is ${time - second} ms ahead of the second fastest clock`);
  }

  /** More than any but the fastest clock has shown until then, or would have run on to. */
  private secondClock(now: number): number {
    const { servers, faults } = this.plan;
    const ahead = servers.map(({ offset }, server) =>
      faults.reduce(
        (sum, fault) =>
          fault.kind === 'clock' && fault.server === server && fault.at <= now
            ? sum + Math.max(fault.by, 0)
            : sum,
        Math.max(offset, 0),
      ),
    );
    const [first = 0, second = first] = ahead.sort((a, b) => b - a);
    return epoch + now * 1.03 + second;
  }

  /** I18: a server whose clock nobody sets, alone with its log, writes nothing while nothing runs out. [Q7.3] */
  private needed({ commands }: Entry, { events, changed }: Applied, index: number): void {
    const idle = commands.every(({ type }) => type === 'tick') && events.length === 0 && changed.size === 0;
    this.idle = idle ? this.idle + 1 : 0;
    if (idle) this.count('tick for nothing');
    const { exclusive, faults } = this.plan;
    // One may have been on its way when another command let the same run out.
    if (this.idle > 2 && exclusive && !faults.some(({ kind }) => kind === 'clock'))
      this.blame('I18', `entry ${index} is the ${this.idle}th tick on end for which nothing had run out`);
  }
}
