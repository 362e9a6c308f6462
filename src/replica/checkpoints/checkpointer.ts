import type { State } from '../../core/group/state.ts';
import { type Log, LogFailure } from '../../log/log.ts';
import type { Surroundings } from '../clock.ts';
import type { ReplicaLimits } from '../limits.ts';
import { type CheckpointMeter, type LatestCheckpoint, StateCheckpoints } from './state-checkpoints.ts';

export interface CheckpointerOptions {
  readonly log: Log;
  readonly surroundings: Surroundings;
  readonly limits: ReplicaLimits;
  readonly state: State;
  /** Whether this server writes them first, for efficiency only; others hold back. */
  readonly leads: () => boolean;
  /** Called when one could not be written and the log must not be used any more. */
  readonly onBroken: (error: Error) => void;
  readonly meter: CheckpointMeter | null;
}

/** Writes a checkpoint whenever one is due, one at a time; entries are applied meanwhile. */
export class Checkpointer {
  private readonly o: CheckpointerOptions;
  private readonly checkpoints: StateCheckpoints;
  private readonly abort = new AbortController();
  private running = false;
  private writing: Promise<void> = Promise.resolve();

  constructor(options: CheckpointerOptions) {
    this.o = options;
    const { state, log, surroundings, limits, meter } = options;
    this.checkpoints = new StateCheckpoints(state, log, surroundings, limits, meter);
  }

  /** Fills the state, which must be empty, from the latest checkpoint. See StateCheckpoints.restore. */
  restore(): Promise<void> {
    return this.checkpoints.restore();
  }

  /** See StateCheckpoints. */
  get latest(): LatestCheckpoint | null {
    return this.checkpoints.latest;
  }

  /** Writes them from now on. */
  begin(): void {
    this.running = true;
    this.writeIfDue();
  }

  /** To be called right after each entry was applied: its length, and the names of the groups that it changed. */
  applied(bytes: number, changed: ReadonlySet<string>): void {
    this.checkpoints.applied(bytes, changed);
    this.writeIfDue();
  }

  private writeIfDue(): void {
    const { log, leads, onBroken } = this.o;
    if (!this.running || !this.checkpoints.isDue) return;
    this.writing = this.checkpoints
      .write(this.abort.signal, leads())
      .then(() => this.writeIfDue())
      .catch((error: Error) => {
        // What a cluster could not take now is due again later.
        if (log.info.exclusive || error instanceof LogFailure) onBroken(error);
      });
  }

  /** Begins none any more. */
  stop(): void {
    this.running = false;
  }

  /**
   * Resolves once none is being written. One that was begun may be finished, within bounds: called off at every stop, a
   * server with a large state that never runs for long would never have one. In a cluster another server writes it.
   */
  async finish(mayFinish: boolean): Promise<void> {
    const { log, limits, surroundings } = this.o;
    this.stop();
    const grace = mayFinish && log.info.exclusive ? limits.checkpointGrace : 0;
    if (grace <= 0) this.abort.abort();
    const cancel = surroundings.after(grace, () => this.abort.abort());
    await this.writing;
    cancel();
  }
}
