import { type ReadonlySignal, signal } from '@preact/signals';
import type { RunRecord } from '../../play/types.ts';
import { hire } from './orders.ts';

/** A failing run that is made as small as it gets, beside the page. */
export interface Shrinking {
  readonly isBusy: ReadonlySignal<boolean>;
  /** The last that was made smaller, and what it was, with nothing left to chance. */
  readonly done: ReadonlySignal<Smaller | null>;
  readonly run: (record: RunRecord, found: (record: RunRecord) => void) => void;
}

interface Smaller {
  readonly from: RunRecord;
  readonly to: RunRecord;
}

export function shrinking(): Shrinking {
  const isBusy = signal(false);
  const done = signal<Smaller | null>(null);
  const run = (record: RunRecord, found: (record: RunRecord) => void): void => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    const worker = hire((answer) => {
      if (answer.kind !== 'shrunk') return;
      worker.dismiss();
      isBusy.value = false;
      // Null only where the run does not fail, and then nobody asks.
      if (answer.found === null) return;
      const { record: to, steps } = answer.found;
      done.value = { from: steps[0] ?? to, to };
      found(to);
    });
    worker.order({ kind: 'shrink', record });
  };
  return { isBusy, done, run };
}
