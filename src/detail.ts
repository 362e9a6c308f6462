import type { Answered } from './http/around.ts';
import type { Notify } from './operator/notices.ts';
import type { Replica } from './replica/replica.ts';

/** Reports single rounds and requests, for who has asked for that much: how each ended, and nothing that was put forward in it. */

/** Reports each round that closes from now on, whichever server closed it. The result ends it. */
export function reportRounds(replica: Replica, notify: Notify): () => void {
  return replica.listen(({ events }) => {
    for (const { type, group, round, index } of events) {
      if (type !== 'round-closed' || round === null) continue;
      const outcome = replica.state.groups.get(group)?.closed.get(round);
      if (outcome === undefined) {
        // The group is gone, and what it kept with it.
        const facts = { group, round, state: 'FAILED', reason: 'group-deleted', index };
        notify('round-closed', { says: `group ${group}, round ${round}: FAILED (group-deleted)`, facts });
        continue;
      }
      const { state, reason, proposals, eligible, openedAt, closedAt } = outcome;
      const [tookPart, openMs] = [proposals.size, closedAt - openedAt];
      const says = `group ${group}, round ${round}: ${state} (${reason}), ${tookPart} of ${eligible} took part, open ${openMs} ms`;
      notify('round-closed', {
        says,
        facts: { group, round, state, reason, tookPart, eligible, openMs, index },
      });
    }
  });
}

/** Reports a request that was answered, or given up by its caller. */
export function reportRequest(notify: Notify, answered: Answered): void {
  const { method, route, status, code, ms, isWhole } = answered;
  const how = `${status}${code === undefined ? '' : ` ${code}`}${isWhole ? '' : ', cut off'}`;
  notify('request', {
    says: `${method} ${route ?? '(no route)'} ${how} in ${ms} ms`,
    facts: { ...answered },
  });
}
