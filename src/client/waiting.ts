import { type Clock, type Duration, toMs } from './time.ts';

/** How calls wait for news: what is asked of a server, and how often. */

// The longest wait asked of a server at a time; servers refuse or shorten longer ones.
export const longestWaitMs = 30_000;
// An answer without news takes at least this long: a server or proxy that does not wait causes no busy loop.
const leastWaitMs = 500;

/** The wait to ask of a server in one call, ms; undefined for none. */
export function waitMs(wait: Duration | undefined): number | undefined {
  return wait === undefined ? undefined : Math.min(toMs(wait), longestWaitMs);
}

/** Resolves once a call with this wait (ms), sent at `sentAt`, may be sent again after an answer without news. */
export async function unhurried(
  clock: Clock,
  wait: number | undefined,
  sentAt: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const rest = Math.min(wait ?? 0, leastWaitMs) - (clock.now() - sentAt);
  if (rest > 0) await clock.sleep(rest, signal);
}
