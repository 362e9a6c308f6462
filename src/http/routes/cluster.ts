import type { Replica } from '../../replica/replica.ts';
import { type Access, callerOf } from '../edge/access.ts';
import type { Router } from '../router.ts';
import { getCluster } from './cluster.api.ts';
import type { ServerFacts } from './ops.ts';

export interface ClusterRouteParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly facts: Pick<ServerFacts, 'cluster' | 'log' | 'unready'>;
}

/** For operators: who serves this log and how far each is, and the members of its store. [Q6.15] */
export function clusterRoute(router: Router, { replica, access, facts }: ClusterRouteParts): void {
  router.on('GET', '/v1/cluster', getCluster, async (request, response) => {
    access.administer(callerOf(request));
    const { server, now, head, servers, members, recent } = await facts.cluster.read();
    const { kind, durability } = facts.log;
    const up = members.filter(({ isUp }) => isUp).length;
    // As it was a moment ago: the members may know better than this server, which still waits for them.
    const isReached = facts.unready()?.code !== 'no-quorum';
    response.json({
      server,
      time: timeOf(now),
      log: { kind, durability },
      quorum: members.length === 0 ? isReached : 2 * up > members.length,
      reachable: isReached,
      queued: replica.commands.length,
      servers: servers.map((row) => ({ ...row, since: timeOf(row.since) })),
      members,
      entries: {
        since: timeOf(recent.since),
        perSecond: recent.perSecond,
        quietMs: recent.quietMs,
        longestPause: recent.longest && { ...recent.longest, from: timeOf(recent.longest.from) },
      },
      head,
      index: replica.state.index,
    });
  });
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
