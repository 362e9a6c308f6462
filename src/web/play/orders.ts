import type { Shrunk } from '../../play/shrink.ts';
import type { SeedCounts } from '../../play/tally.ts';
import type { Diagram, RunRecord } from '../../play/types.ts';

/** What the page asks of its worker. */
export type Order =
  | { readonly kind: 'run'; readonly record: RunRecord }
  | { readonly kind: 'count'; readonly record: RunRecord; readonly from: number; readonly count: number }
  | { readonly kind: 'shrink'; readonly record: RunRecord };

/** Both sides of one run. */
export interface Ran {
  readonly record: RunRecord;
  readonly exercise: Diagram;
  readonly quorate: Diagram;
}

/** What the worker says: once for a run or a shrink, and once for each part of a count. */
export type Answer =
  | ({ readonly kind: 'ran' } & Ran)
  | { readonly kind: 'counted'; readonly counts: SeedCounts }
  | { readonly kind: 'shrunk'; readonly found: Shrunk | null };

/** A worker of its own for `listen`; what it returns sends an order to it, or ends it. */
export function hire(listen: (answer: Answer) => void): {
  readonly order: (order: Order) => void;
  readonly dismiss: () => void;
} {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Answer>) => listen(data);
  worker.onerror = (event) => reportError(event.error ?? new Error(event.message || 'the worker failed'));
  return { order: (order) => worker.postMessage(order), dismiss: () => worker.terminate() };
}
