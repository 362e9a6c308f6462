import type { Replica } from '../../replica/replica.ts';
import type { Access } from '../edge/access.ts';
import type { Reading } from '../reading.ts';
import type { Router } from '../router.ts';
import type { BacklogLimits } from './backlog.ts';
import { eventWriter, type Place, presentState } from './frames.ts';
import { type GroupBacklog, GroupBacklogs } from './group-backlogs.ts';
import { streamEvents } from './routes.api.ts';
import { lastSeenIn, type Source, type Streams } from './streams.ts';

/**
 * A group's events as server-sent events. A reader who comes new gets the present state, then every event; one who comes
 * back with the last id it saw goes on after it, or gets the present state as `resync` where that is no longer kept or is
 * of another log. What is shown of a round is decided in core/view.
 */
export interface EventParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly reading: Reading;
  readonly streams: Streams;
  readonly limits: Partial<BacklogLimits>;
}

/** The result ends listening to the replica. */
export function eventRoutes(router: Router, parts: EventParts): () => void {
  const { replica, access, reading, streams, limits } = parts;
  const { state } = replica;
  const backlogs = new GroupBacklogs(eventWriter, limits);

  // HEAD would open a stream that nobody reads.
  router.route({
    method: 'GET',
    path: '/v1/groups/:group/events',
    operation: streamEvents,
    head: false,
    handle: async (request, response) => {
      const cursor = lastSeenIn(request);
      const { group, caller } = await reading.group(request, response);
      const mayRead = (): boolean => access.mayRead(group, caller);
      streams.open(response, 'events', (wake) => {
        const backlog = backlogs.follow(group, wake);
        const resumes = cursor !== null && backlog.canResumeAfter(cursor);
        return {
          source: new GroupEvents(backlog, resumes ? cursor : group.revision, mayRead),
          first: resumes ? null : presentState(cursor === null ? 'snapshot' : 'resync', group, state),
          close: () => backlogs.unfollow(backlog, wake),
        };
      });
    },
  });

  return replica.listen(({ events }) => backlogs.add(events));
}

/** The events of one group after a revision. */
class GroupEvents implements Source {
  readonly isPatient = false;
  readonly mark = null;
  private readonly backlog: GroupBacklog;
  private readonly mayRead: () => boolean;
  private revision: number;
  private rightsChanges: number;

  constructor(backlog: GroupBacklog, revision: number, mayRead: () => boolean) {
    this.backlog = backlog;
    this.revision = revision;
    this.mayRead = mayRead;
    this.rightsChanges = backlog.rightsChanges;
  }

  ends(): string | null {
    const { backlog, revision } = this;
    if (backlog.rightsChanges !== this.rightsChanges) {
      this.rightsChanges = backlog.rightsChanges;
      if (!this.mayRead()) return 'you may no longer read this group';
    }
    return backlog.over && revision === backlog.last ? 'the group was deleted' : null;
  }

  get place(): Place {
    return { group: this.backlog.group.name, revision: this.revision };
  }

  get isLost(): boolean {
    return !this.backlog.canResumeAfter(this.revision);
  }

  next(): Uint8Array | null {
    const next = this.backlog.after(this.revision);
    if (next === undefined) return null;
    this.revision += 1;
    return next.bytes;
  }
}
