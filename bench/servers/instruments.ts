import { type Profiler, Session } from 'node:inspector/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What a server of this folder answers to the process that started it. */
export interface Replies {
  /** Measures stalls from now on. */
  'watch stalls': null;
  /** The longest stall of the event loop since, ms. */
  'longest stall': number;
  /** Samples the main thread from now on. */
  'start profile': null;
  /** The samples since. */
  'end profile': Profiler.Profile;
}

/** Rare enough to cost little. */
const sampleUs = 500;

export type Order = keyof Replies;

/** Lets the process that started this one measure it; ends when that process is gone. */
export function offerInstruments(): void {
  const session = new Session();
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
    async 'start profile'() {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: sampleUs });
      await session.post('Profiler.start');
      return null;
    },
    async 'end profile'() {
      const { profile } = await session.post('Profiler.stop');
      session.disconnect();
      return profile;
    },
  };
  process.on('message', (order: Order) => void replies[order]().then((reply) => process.send?.(reply)));
  process.on('disconnect', () => process.exit(1));
}
