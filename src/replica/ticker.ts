import type { Entry } from '../core/entry.ts';
import type { State } from '../core/group/state.ts';
import type { Surroundings } from './clock.ts';

export interface TickerOptions {
  readonly state: State;
  readonly surroundings: Surroundings;
  /** Name of this server in entries. */
  readonly server: string;
  /** Whether this server ticks first; others hold back a while. */
  readonly leads: () => boolean;
  /** Whether no other server is there. */
  readonly alone: () => boolean;
  /** Records a tick, and resolves once it has taken effect; rejects when it could not be recorded. */
  readonly tick: () => Promise<void>;
}

/** ms until a tick that could not be recorded is proposed again, and by which the leader may tick before the others. */
const retryAfter = 1000;
const headStart = 500;
/** ms until the clocks are looked at again, however far away the next tick is: timers sleep with the machine. */
const lookAgain = 10_000;
/** ms by which log time may lag behind what two clocks show before somebody says so. */
const mayLag = 1000;

/**
 * Keeps log time going: reckons how it runs on since the entries applied here, and sees that what runs out does so by
 * commands in the log, which any server may propose. [Q7.1] [Q7.3]
 */
export class Ticker {
  private readonly o: TickerOptions;
  /** Log time less the ms that have elapsed here, as of the entry that came here with the least delay. */
  private lead = -Infinity;
  /** For what a tick is due, by log time; NaN when that is to be looked up. */
  private tickAt = NaN;
  private telling = false;
  private running = false;
  private cancel: () => void = () => {};

  constructor(options: TickerOptions) {
    this.o = options;
  }

  /** How far log time has run on by now, ms since 1970; 0 before the first entry. */
  get reckoned(): number {
    return Math.max(0, Math.floor(this.lead + this.o.surroundings.elapsed()));
  }

  /**
   * Ticks from now on. Log time runs on from where a checkpoint left it, also where no entry is behind it. A clock that is
   * new here is not believed alone: this asks the others to confirm it.
   */
  begin(): void {
    this.running = true;
    if (this.o.state.index > 0) this.runOn();
    this.remind();
    if (this.o.state.index > 0 && this.lagsBehind(this.o.surroundings.now())) this.o.tick().catch(() => {});
  }

  stop(): void {
    this.running = false;
    this.cancel();
  }

  /** To be told of every entry right after it was applied. */
  applied({ server, time }: Entry): void {
    this.runOn();
    this.remind();
    if (server !== this.o.server && this.lagsBehind(time)) this.confirm(time);
  }

  /** Log time is at least what it is here now, and runs on from there. */
  private runOn(): void {
    const { state, surroundings } = this.o;
    this.lead = Math.max(this.lead, state.time - surroundings.elapsed());
  }

  private remind(): void {
    const at = this.o.state.due.next;
    if (at === this.tickAt || !this.running) return;
    this.tickAt = at;
    if (at === Infinity) this.cancel();
    else this.tickOnce(() => at - Math.max(this.o.surroundings.now(), this.reckoned));
  }

  /** Ticks once no ms are left, and never before: a tick that comes to nothing is an entry all the same. */
  private tickOnce(left: () => number): void {
    this.tickIn(Math.max(left(), 0), () => (left() > 0 ? this.tickOnce(left) : this.tick()));
  }

  private tickIn(ms: number, call: () => void): void {
    const { surroundings, leads } = this.o;
    // There is one timer: while a tick was on its way another moment may have become the next.
    this.cancel();
    this.cancel = surroundings.after(Math.min(ms, lookAgain) + (leads() ? 0 : headStart), call);
  }

  private tick(): void {
    const { state, surroundings, alone, tick } = this.o;
    const at = this.tickAt;
    const look = (): void => {
      if (!this.running) return;
      // A clock that nobody confirms has not moved log time to where it is: that runs on at its own pace, unless the others
      // turn out to be gone.
      if (state.due.next === at) {
        this.tickOnce(() => at - (alone() ? Math.max(surroundings.now(), this.reckoned) : this.reckoned));
        return;
      }
      this.tickAt = NaN;
      this.remind();
    };
    // A log that takes nothing now is asked again in a while, not at once.
    tick().then(look, () => this.running && this.tickIn(retryAfter, () => this.tick()));
  }

  /** Whether log time is behind both what a clock has shown and what this server's shows now. */
  private lagsBehind(shown: number): boolean {
    const { state, surroundings, alone } = this.o;
    return !alone() && Math.min(shown, surroundings.now()) - state.time > mayLag;
  }

  /** Has this server's clock confirm what another's has shown, unless somebody else does. [Q7.4] */
  private confirm(shown: number): void {
    const { surroundings, leads, tick } = this.o;
    if (this.telling || !this.running) return;
    this.telling = true;
    surroundings.after(leads() ? 0 : headStart, () => {
      this.telling = false;
      if (this.running && this.lagsBehind(shown)) tick().catch(() => {});
    });
  }
}
