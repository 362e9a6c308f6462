import type { State } from '../../src/core/group/state.ts';
import { compareEvery, type Peers } from '../../src/replica/peers.ts';

/** Shorter stretches than production's between two comparisons of servers: histories are short. */

/** The state with an index that grows so much faster that servers are compared every so many entries. */
export function comparedEvery(state: State, stretch: number): State {
  return Object.create(state, { index: { value: state.index * (compareEvery / stretch) } }) as State;
}

/** The hashes that a server holds of what entries changed, by index. */
export function hashesOf(peers: Peers): ReadonlyMap<number, string> {
  return (peers as unknown as { hashes: ReadonlyMap<number, string> }).hashes;
}
