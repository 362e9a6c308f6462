import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a server of this folder answers to the process that started it. */
export interface Replies {
  /** Measures stalls from now on. */
  'watch stalls': null;
  /** The longest stall of the event loop since, ms. */
  'longest stall': number;
}

export type Order = keyof Replies;

/** Lets the process that started this one measure it; ends when that process is gone. */
export function offerInstruments(): void {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  const replies: { readonly [O in Order]: () => Promise<Replies[O]> } = {
    async 'watch stalls'() {
      delays.enable();
      // Its first sample is the time since the one before.
      await new Promise((resolve) => setTimeout(resolve, 20));
      delays.reset();
      return null;
    },
    async 'longest stall'() {
      delays.disable();
      return delays.max / 1e6;
    },
  };
  process.on('message', (order: Order) => void replies[order]().then((reply) => process.send?.(reply)));
  process.on('disconnect', () => process.exit(1));
}
