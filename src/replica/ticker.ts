import type { Entry } from '../core/entry.ts';
import type { State } from '../core/group/state.ts';
import type { Surroundings } from './clock.ts';

export interface TickerOptions {
  readonly state: State;
  readonly surroundings: Surroundings;
  /** Name of this server in entries. */
  readonly server: string;
  /** Whether this server ticks first; others wait `headStartMs` longer. */
  readonly leads: () => boolean;
  /** Whether no other server is there. */
  readonly alone: () => boolean;
  /** Records a tick, and resolves once it has taken effect; rejects when it could not be recorded. */
  readonly tick: () => Promise<void>;
}

/** A tick that could not be recorded is proposed again after this time. */
const retryAfterMs = 1000;
/** The time that the leader has for ticking before the others do. */
const headStartMs = 500;
/** The longest timer: the clocks are read again after it, since timers stand still while the machine sleeps. */
const longestTimerMs = 10_000;
/** Log time may be so far behind what two clocks show. */
const mayLagMs = 1000;

/**
 * Keeps log time going: reckons it from the entries applied here and the steady clock, and proposes a tick when a deadline
 * or lease is over, since it ends only by a command in the log. Any server may propose one. [Q7.1] [Q7.3]
 */
export class Ticker {
  private readonly o: TickerOptions;
  /** Log time minus the steady clock's, by the entry that arrived with the least delay. */
  private offset = -Infinity;
  /** The log time that the next tick is for; NaN when it must be looked up. */
  private tickAt = NaN;
  private confirming = false;
  private running = false;
  private cancel: () => void = () => {};

  constructor(options: TickerOptions) {
    this.o = options;
  }

  /** Log time as this server reckons it now, ms since 1970; 0 before the first entry. */
  get reckoned(): number {
    return Math.max(0, Math.floor(this.offset + this.o.surroundings.elapsed()));
  }

  /**
   * Ticks from now on. Log time continues from the checkpoint's, even when no entry follows it. One clock alone does not move
   * log time: the tick at the end asks the others to confirm this server's.
   */
  begin(): void {
    this.running = true;
    if (this.o.state.index > 0) this.follow();
    this.schedule();
    if (this.o.state.index > 0 && this.lagsBehind(this.o.surroundings.now())) this.o.tick().catch(() => {});
  }

  stop(): void {
    this.running = false;
    this.cancel();
  }

  /** To be called right after each entry was applied. */
  applied({ server, time }: Entry): void {
    this.follow();
    this.schedule();
    if (server !== this.o.server && this.lagsBehind(time)) this.confirm(time);
  }

  /** Reckons from the state's log time if that is later than what is reckoned now. */
  private follow(): void {
    const { state, surroundings } = this.o;
    this.offset = Math.max(this.offset, state.time - surroundings.elapsed());
  }

  /** Sets the timer for the next tick, if that has another time than before. */
  private schedule(): void {
    const at = this.o.state.due.next;
    if (at === this.tickAt || !this.running) return;
    this.tickAt = at;
    if (at === Infinity) this.cancel();
    else this.tickOnce(() => at - Math.max(this.o.surroundings.now(), this.reckoned));
  }

  /** Ticks when no ms are left, never before: a tick that is too early ends nothing and costs an entry. */
  private tickOnce(left: () => number): void {
    this.tickIn(Math.max(left(), 0), () => (left() > 0 ? this.tickOnce(left) : this.tick()));
  }

  private tickIn(ms: number, call: () => void): void {
    const { surroundings, leads } = this.o;
    // There is one timer: while a tick was being recorded, the time of the next one may have changed.
    this.cancel();
    this.cancel = surroundings.after(Math.min(ms, longestTimerMs) + (leads() ? 0 : headStartMs), call);
  }

  private tick(): void {
    const { state, surroundings, alone, tick } = this.o;
    const at = this.tickAt;
    const look = (): void => {
      if (!this.running) return;
      // Nothing ended, since no other clock confirms this one: log time goes by what is reckoned, or by this clock if no other
      // server is there any more.
      if (state.due.next === at) {
        this.tickOnce(() => at - (alone() ? Math.max(surroundings.now(), this.reckoned) : this.reckoned));
        return;
      }
      this.tickAt = NaN;
      this.schedule();
    };
    tick().then(look, () => this.running && this.tickIn(retryAfterMs, () => this.tick()));
  }

  /** Whether log time is behind both the time that another clock has shown and this server's now. */
  private lagsBehind(shown: number): boolean {
    const { state, surroundings, alone } = this.o;
    return !alone() && Math.min(shown, surroundings.now()) - state.time > mayLagMs;
  }

  /** Ticks if this server's clock confirms the time that another has shown, unless another server has ticked. [Q7.4] */
  private confirm(shown: number): void {
    const { surroundings, leads, tick } = this.o;
    if (this.confirming || !this.running) return;
    this.confirming = true;
    surroundings.after(leads() ? 0 : headStartMs, () => {
      this.confirming = false;
      if (this.running && this.lagsBehind(shown)) tick().catch(() => {});
    });
  }
}
