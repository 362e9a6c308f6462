import type { Log } from '../../log/log.ts';
import { Histogram } from './exposition.ts';

/** What became of an attempt to tell a webhook something. */
export type AttemptResult = 'delivered' | 'failed' | 'gone';

/** Seconds: from a fast disk to a cluster in trouble. */
const appendBounds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];
const checkpointBounds = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
const attemptBounds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
/** Commands of one entry. */
const batchBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** What is measured below the HTTP interface. Made before the parts that report to it. */
export class Meters {
  readonly appends = new Histogram(appendBounds);
  readonly syncs = new Histogram(appendBounds);
  readonly batches = new Histogram(batchBounds);
  readonly checkpoints = new Histogram(checkpointBounds);
  readonly attempts = new Histogram(attemptBounds);
  readonly checkpointResults = new Map([
    ['written', 0],
    ['failed', 0],
  ]);
  readonly attemptResults = new Map<AttemptResult, number>([
    ['delivered', 0],
    ['failed', 0],
    ['gone', 0],
  ]);
  checkpointBytes = 0;

  /** An entry with so many commands of this server goes to the log. */
  sent(commands: number): void {
    this.batches.observe(commands);
  }

  /** A checkpoint was written and published. */
  checkpointWritten(seconds: number, bytes: number): void {
    this.checkpoints.observe(seconds);
    this.checkpointBytes += bytes;
    add(this.checkpointResults, 'written');
  }

  /** One that was begun came to nothing. */
  checkpointFailed(): void {
    add(this.checkpointResults, 'failed');
  }

  /** A webhook was told something, or was not. */
  attempted(result: AttemptResult, seconds: number): void {
    this.attempts.observe(seconds);
    add(this.attemptResults, result);
  }
}

/** The log, with the seconds of each append reported to `appends`. */
export function timed(log: Log, appends: Pick<Histogram, 'observe'>): Log {
  return {
    get info() {
      return log.info;
    },
    get unavailable() {
      return log.unavailable;
    },
    get space() {
      return log.space;
    },
    async append(entry, asOf) {
      const began = performance.now();
      const appended = await log.append(entry, asOf);
      if (appended.ok) appends.observe((performance.now() - began) / 1000);
      return appended;
    },
    entries: (from, signal) => log.entries(from, signal),
    head: () => log.head(),
    checkpoint: (checkpoint) => log.checkpoint(checkpoint),
    restore: () => log.restore(),
    close: () => log.close(),
  };
}

export function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
