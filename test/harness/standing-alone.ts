import { Cluster } from '../../src/replica/cluster/cluster.ts';

/** The cluster of a server whose log no other uses, as it is before any vote. */
export function standingAlone(replica: { readonly state: { readonly index: number } }): Cluster {
  return new Cluster({
    name: 'alone',
    surroundings: { now: () => 0, elapsed: () => 0 },
    index: () => replica.state.index,
    figures: () => ({ streams: 0, votes: 0 }),
  });
}
