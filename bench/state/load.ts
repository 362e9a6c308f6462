import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Replica } from '../../src/replica/replica.ts';
import { quantile, rounded } from '../figure.ts';
import { propose } from './fill.ts';
import { since } from './measure.ts';

/** How the event loop and one client that proposes without pause, in any of the groups, fare while `work` goes on. */
export async function underLoad(replica: Replica, groups: number, work: () => Promise<void>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const times: number[] = [];
  let on = true;
  const load = (async () => {
    while (on) {
      const begun = performance.now();
      await replica.submit(propose(`group-${Math.floor(Math.random() * groups)}`, 1), () => undefined);
      times.push(performance.now() - begun);
    }
  })();
  delay.enable();
  // Its first sample is the time since the one before.
  await sleep(20);
  const begun = performance.now();
  await work();
  delay.disable();
  const ms = since(begun);
  on = false;
  await load;
  times.sort((a, b) => a - b);
  return {
    ms,
    longestStallMs: rounded(delay.max / 1e6, 1),
    p99StallMs: rounded(delay.percentile(99) / 1e6, 1),
    proposals: times.length,
    p50Ms: rounded(quantile(times, 0.5), 1),
    p99Ms: rounded(quantile(times, 0.99), 1),
    slowestMs: rounded(quantile(times, 1), 1),
  };
}
