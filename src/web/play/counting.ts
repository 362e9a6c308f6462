import { type ReadonlySignal, signal } from '@preact/signals';
import { addCounts, type SeedCounts } from '../../play/tally.ts';
import type { RunRecord } from '../../play/types.ts';
import { hire } from './orders.ts';

/** How many seeds are run at a time. */
export const portion = 1000;

/** Many seeds of one kind of run, counted beside the page. */
export interface Counting {
  /** Of the seeds from 1; null: none yet. */
  readonly counts: ReadonlySignal<SeedCounts | null>;
  /** How many of the present portion are done; null: none is running. */
  readonly done: ReadonlySignal<number | null>;
  readonly run: (record: RunRecord) => void;
  /** Ends the portion; what was counted stays. */
  readonly stop: () => void;
  /** Forgets what was counted: it was of another kind of run. */
  readonly clear: () => void;
}

export function counting(): Counting {
  const counts = signal<SeedCounts | null>(null);
  const done = signal<number | null>(null);
  let dismiss: (() => void) | null = null;
  const stop = (): void => {
    dismiss?.();
    dismiss = null;
    done.value = null;
  };
  const run = (record: RunRecord): void => {
    if (dismiss !== null) return;
    const worker = hire((answer) => {
      if (answer.kind !== 'counted') return;
      const before = counts.peek();
      counts.value = before === null ? answer.counts : addCounts(before, answer.counts);
      done.value = (done.peek() ?? 0) + answer.counts.seeds;
      if (done.value >= portion) stop();
    });
    dismiss = worker.dismiss;
    done.value = 0;
    worker.order({ kind: 'count', record, from: 1 + (counts.peek()?.seeds ?? 0), count: portion });
  };
  return {
    counts,
    done,
    run,
    stop,
    clear: () => {
      stop();
      counts.value = null;
    },
  };
}
