import type { Entry } from './entry.ts';
import type { State } from './group/state.ts';

/** How many servers' clock readings are remembered. */
const remembered = 64;

/**
 * Moves log time on to an entry's; it never goes back. By a clock that nobody sets it runs on from entry to entry, as the
 * entry's server reckoned. What a wall clock shows counts only as far as another server's has shown it too: one that is an
 * hour ahead moves nobody, however much it writes and however often it starts again. Where there is no other server, its
 * clock counts in full. [Q7.1] [Q7.4]
 */
export function advance(state: State, { server, time, reckoned, alone }: Entry): void {
  let confirmed = alone || state.time === 0 ? time : 0;
  for (const [other, reading] of state.clocks) if (other !== server) confirmed = Math.max(confirmed, reading);
  state.time = Math.max(state.time, reckoned, Math.min(time, confirmed));
  state.clocks.delete(server);
  state.clocks.set(server, time);
  for (const oldest of state.clocks.keys()) if (state.clocks.size > remembered) state.clocks.delete(oldest);
}
