import type { Group } from '../../core/group/state.ts';
import type { Replica } from '../../replica/replica.ts';
import { type Access, type Caller, callerOf } from '../edge/access.ts';
import type { BacklogLimits } from '../events/backlog.ts';
import { frame } from '../events/frames.ts';
import { lastSeenIn, type Streams } from '../events/streams.ts';
import { nameIn, prefixIn } from '../input.ts';
import { Problem } from '../problem.ts';
import type { Reading } from '../reading.ts';
import type { Request } from '../route.ts';
import type { Router } from '../router.ts';
import type { WrittenItems } from '../stream/written-items.ts';
import { FeedReader } from './feed-reader.ts';
import { Feeds, type Scope } from './feeds.ts';
import { streamGroups } from './routes.api.ts';

/**
 * What happens in several groups as one stream: events and items, entry by entry of the log. A reader who comes new gets `start`,
 * with the index from which on it misses nothing; one who comes back goes on after it, or gets `resync` where that is no longer
 * kept, and reads the groups again. [Q9.7]
 */
export interface FeedParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly reading: Reading;
  readonly streams: Streams;
  readonly items: WrittenItems;
  readonly limits: Partial<BacklogLimits>;
}

/** Groups that a list may name. */
const mostNames = 100;

/** The result ends listening to the replica. */
export function feedRoutes(router: Router, parts: FeedParts): () => void {
  const { replica, access, reading, streams, items, limits } = parts;
  const { state } = replica;
  const feeds = new Feeds(state, limits);

  // HEAD would open a stream that nobody reads.
  router.route({
    method: 'GET',
    path: '/v1/events',
    operation: streamGroups,
    head: false,
    handle: async (request, response) => {
      const scope = scopeIn(request);
      const seen = lastSeenIn(request);
      const caller = callerOf(request);
      await reading.fresh(request, response);
      // Which groups there are is shown to whom the list of groups is.
      if (scope.prefix !== null) access.administer(caller);
      for (const name of scope.names) reading.renew(access.readable(state, name, caller), caller);
      streams.open(response, 'events', (wake) => {
        const feed = feeds.follow(scope, wake);
        const number = seen === null ? null : feed.numberAt(seen, state.index);
        const type = seen === null ? 'start' : 'resync';
        const rights = {
          index: () => state.index,
          mayRead: (group: Group) => access.mayRead(group, caller),
          readerOf: (group: Group) => ({
            tokenHash: caller.hash,
            isManager: access.isManager(group, caller),
          }),
        };
        return {
          source: new FeedReader(feed, number ?? feed.last, items, rights, () => lostIn(scope, caller)),
          first: number === null ? frame(state.index, type, JSON.stringify({ index: state.index })) : null,
          close: () => feeds.unfollow(feed, wake),
        };
      });
    },
  });

  /** Of the groups that were named, one that is there and that the caller may no longer read; undefined where there is none. */
  function lostIn({ names }: Scope, caller: Caller): string | undefined {
    return names.find((name) => {
      const group = state.groups.get(name);
      return group !== undefined && !access.mayRead(group, caller);
    });
  }

  return replica.listen((applied) => feeds.applied(applied));
}

function scopeIn(request: Request): Scope {
  const { groups, prefix } = request.query;
  if (groups === undefined) return { names: [], prefix: prefixIn(request) };
  const names = String(groups).split(',');
  if (names.length > mostNames)
    throw new Problem(
      'invalid-request',
      `groups may name at most ${mostNames}: use a prefix, or several streams`,
    );
  return {
    names: names.map((name) => nameIn('group', name)),
    prefix: prefix === undefined ? null : prefixIn(request),
  };
}
