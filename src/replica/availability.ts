import type { Log, LogInfo } from '../log/log.ts';
import type { Surroundings } from './clock.ts';
import type { ReplicaLimits } from './limits.ts';
import { NotExecuted, UnknownOutcome } from './outcomes.ts';
import type { Progress } from './progress.ts';
import type { SubmitQueue } from './submit-queue.ts';
import type { Waiters } from './waiters.ts';

/** ms between two looks at who waits for an answer that does not come. */
const lookEvery = 250;

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
 * Whether the log answers in time, and what callers get when it does not: at the latest after `limits.patience` they are told. A log
 * of one server is always there, or broken.
 */
export class Availability {
  private readonly o: AvailabilityOptions;
  private cancel: () => void = () => {};

  constructor(options: AvailabilityOptions) {
    this.o = options;
  }

  /** Whether the log does not answer, so that what is asked now would get no answer. */
  get isLost(): boolean {
    const { log, commands, limits } = this.o;
    return !log.info.exclusive && (log.unavailable !== null || commands.isLate(limits.patience));
  }

  /** Whether an answer of the log is overdue: too early to refuse, but another server may have it. */
  get isDoubtful(): boolean {
    const { log, commands, limits } = this.o;
    return !log.info.exclusive && commands.isLate(limits.doubt);
  }

  /** Why nothing is asked of the log now. */
  refusal(detail = 'it does not answer in time'): NotExecuted {
    if (this.o.isStopping()) return new NotExecuted('stopping', 'the server is stopping');
    return new NotExecuted('unavailable', `the cluster: ${this.o.log.unavailable?.detail ?? detail}`);
  }

  /**
   * Resolves once this copy holds everything that had been acknowledged anywhere when it was called; rejects with
   * `NotExecuted` where the log cannot tell in time. The log shares one read among those who ask meanwhile.
   */
  async barrier(): Promise<void> {
    const { log, surroundings, progress, limits } = this.o;
    if (log.info.exclusive) return;
    if (this.isLost) throw this.refusal();
    const read = log.head().then((head) => progress.reached(head));
    await new Promise<void>((resolve, reject) => {
      const cancel = surroundings.after(limits.patience, () => reject(this.refusal()));
      const failed = (error: Error): void => reject(this.refusal(error.message));
      read.then(resolve, failed).finally(cancel);
    });
  }

  /** Looks from now on, now and then, after those who wait for a log that does not answer, and tells them. */
  begin(): void {
    const { log, surroundings } = this.o;
    if (!log.info.exclusive) this.cancel = surroundings.after(lookEvery, () => this.look());
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
