import type { Log, LogInfo } from '../log/log.ts';
import type { Surroundings } from './clock.ts';
import type { ReplicaLimits } from './limits.ts';
import { NotExecuted, UnknownOutcome } from './outcomes.ts';
import type { Progress } from './progress.ts';
import type { SubmitQueue } from './submit-queue.ts';
import type { Waiters } from './waiters.ts';

const lookEveryMs = 250;

export interface AvailabilityOptions {
  readonly log: { readonly info: Pick<LogInfo, 'exclusive'> } & Pick<Log, 'unavailable' | 'head'>;
  readonly surroundings: Surroundings;
  readonly limits: Pick<ReplicaLimits, 'patience' | 'doubt'>;
  readonly commands: Pick<SubmitQueue, 'isLate' | 'failLate' | 'failWaiting' | 'settled'>;
  readonly progress: Pick<Progress, 'reached'>;
  readonly waiters: Pick<Waiters, 'release'>;
  readonly isStopping: () => boolean;
}

/**
 * Whether the log answers in time. When it does not, callers get an error after `limits.patience` at the latest. A log that only
 * this server uses either answers or is broken: it is only asked whether another server has taken it over.
 */
export class Availability {
  private readonly o: AvailabilityOptions;
  private cancel: () => void = () => {};
  /** The look at the log that this turn of the event loop shares; null when there was none yet. */
  private looking: Promise<void> | null = null;

  constructor(options: AvailabilityOptions) {
    this.o = options;
  }

  /** Whether the log does not answer, so that new commands and reads are refused. */
  get isLost(): boolean {
    const { log, commands, limits } = this.o;
    return !log.info.exclusive && (log.unavailable !== null || commands.isLate(limits.patience));
  }

  /** Whether an answer of the log is late: too early to refuse anything, but clients may try another server. */
  get isDoubtful(): boolean {
    const { log, commands, limits } = this.o;
    return !log.info.exclusive && commands.isLate(limits.doubt);
  }

  /** The error for what is refused now. */
  refusal(detail = 'it does not answer in time'): NotExecuted {
    if (this.o.isStopping()) return new NotExecuted('stopping', 'the server is stopping');
    return new NotExecuted('unavailable', `the cluster: ${this.o.log.unavailable?.detail ?? detail}`);
  }

  /**
   * Resolves once this copy holds everything that had been acknowledged anywhere when it was called; rejects with
   * `NotExecuted` when the log does not answer in time. The log shares one read among all barriers at a time.
   */
  async barrier(): Promise<void> {
    const { log, surroundings, progress, limits } = this.o;
    if (log.info.exclusive) return this.stillOwned();
    if (this.isLost) throw this.refusal();
    const read = log.head().then((head) => progress.reached(head));
    await new Promise<void>((resolve, reject) => {
      const cancel = surroundings.after(limits.patience, () => reject(this.refusal()));
      const failed = (error: Error): void => reject(this.refusal(error.message));
      read.then(resolve, failed).finally(cancel);
    });
  }

  private stillOwned(): Promise<void> {
    if (this.looking === null) {
      const { log, surroundings } = this.o;
      this.looking = log.head().then(
        () => undefined,
        (error: Error) => {
          throw new NotExecuted('unavailable', error.message);
        },
      );
      surroundings.soon(() => {
        this.looking = null;
      });
    }
    return this.looking;
  }

  /** From now on, rejects commands and releases waiters while the log does not answer. */
  begin(): void {
    const { log, surroundings } = this.o;
    if (!log.info.exclusive) this.cancel = surroundings.after(lookEveryMs, () => this.look());
  }

  end(): void {
    this.cancel();
  }

  private look(): void {
    this.begin();
    const { log, commands, limits, waiters } = this.o;
    const unknown = new UnknownOutcome('the cluster has not answered yet, the command may still take effect');
    const late = commands.failLate(unknown, limits.patience);
    if (!late && log.unavailable === null) return;
    commands.failWaiting(this.refusal());
    commands.settled();
    waiters.release();
  }
}
