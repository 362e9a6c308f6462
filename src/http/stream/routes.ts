import { notKept, type Reader } from '../../core/group/messages.ts';
import type { Group } from '../../core/group/state.ts';
import type { Item } from '../../core/group/stream.ts';
import { isWithheld } from '../../core/view/stream.ts';
import type { Replica } from '../../replica/replica.ts';
import { eventStream, prefers } from '../accept.ts';
import type { Access, Caller } from '../edge/access.ts';
import { frame } from '../events/frames.ts';
import { lastSeenIn, type Streams } from '../events/streams.ts';
import { countIn } from '../input.ts';
import type { Reading } from '../reading.ts';
import { jsonType, type Request, type Response } from '../route.ts';
import type { Router } from '../router.ts';
import { waitFor } from '../routes/propose.ts';
import { FollowedGroups, GroupItems, isOf, type Only } from './followed.ts';
import * as api from './routes.api.ts';
import type { WrittenItems } from './written-items.ts';

/**
 * A group's stream: its views, messages and rounds in their one order, a page at a time or as server-sent events. What is read are
 * the items that the state keeps; whether one is withheld from a reader is decided in core/view. [Q9.7]
 */
export interface StreamParts {
  readonly replica: Replica;
  readonly access: Access;
  readonly reading: Reading;
  readonly streams: Streams;
  readonly items: WrittenItems;
}

/** The result ends listening to the replica. */
export function streamRoutes(
  router: Router,
  { replica, access, reading, streams, items }: StreamParts,
): () => void {
  const { state } = replica;
  const followed = new FollowedGroups(items);

  router.on('GET', '/v1/groups/:group/stream', api.readStream, (request, response) =>
    read(request, response, 'all'),
  );
  router.on('GET', '/v1/groups/:group/messages', api.readMessages, (request, response) =>
    read(request, response, 'messages'),
  );

  async function read(request: Request, response: Response, only: Only): Promise<void> {
    response.header('vary', 'accept');
    // HEAD would open a stream that nobody reads.
    const asEvents = prefers(request, eventStream) && request.raw.method === 'GET';
    return asEvents ? follow(request, response, only) : readPage(request, response, only);
  }

  async function readPage(request: Request, response: Response, only: Only): Promise<void> {
    const after = countIn(request, 'after', 0, Number.MAX_SAFE_INTEGER);
    const limit = countIn(request, 'limit', 1, 10_000) ?? 1000;
    const ms = waitFor(request, response);
    const { name, caller } = await reading.group(request, response);
    const ahead = new Ahead(after, only, limit);
    const look = (): Ready | undefined => ready(true);
    const ready = (waits: boolean): Ready | undefined => {
      reading.looked(response);
      const group = access.readable(state, name, caller);
      refuseForgotten(group, ahead.after, caller);
      const found = ahead.in(group);
      return waits && found.length === 0 && !ahead.isBeyond(group)
        ? undefined
        : { group, found, ...aboutOf(group) };
    };
    const now = (): Ready => ready(false) as Ready;
    const { group, found, ...about } =
      ms === 0 ? now() : await replica.waiters.wait(name, 'item', look, now, { ms, caller: response.raw });
    const reader = readerOf(group, caller);
    const page = await reading.pages.of({
      items: found,
      limit,
      write: (item) => (isWithheld(group, item, reader) ? items.withheld : items.whole).of(item).text,
      caller: response.raw,
    });
    let length = 0;
    for (const text of page.texts) length += text.length;
    // Many may ask for much at once: then each gets it in a turn of its own.
    if (length > muchText) await reading.pages.turn();
    const next = page.more ? (page.listed.at(-1)?.offset ?? null) : null;
    const path = only === 'all' ? 'stream' : 'messages';
    if (next !== null) response.next(`/v1/groups/${name}/${path}?after=${next}&limit=${limit}`);
    const rest = JSON.stringify({ next, ...about }).slice(1);
    response.send(jsonType, `{"group":"${name}","items":[${page.texts.join(',')}],${rest}`);
  }

  async function follow(request: Request, response: Response, only: Only): Promise<void> {
    const seen = lastSeenIn(request);
    const { group, caller } = await reading.group(request, response);
    const { stream } = group;
    const after = seen ?? stream.oldest - 1;
    // What this stream could not have sent is of another history.
    const isForeign = after < 0 || after > stream.end;
    if (!isForeign) refuseForgotten(group, after, caller);
    const rights = {
      mayRead: () => access.mayRead(group, caller),
      readerNow: () => readerOf(group, caller),
    };
    streams.open(response, 'items', (wake) => {
      const following = followed.follow(group, wake);
      return {
        source: new GroupItems(following, only, isForeign ? stream.end : after, rights),
        first: isForeign ? resync(group) : null,
        close: () => followed.unfollow(following, wake),
      };
    });
  }

  /** Throws where items after this offset are no longer kept: who falls behind is told. [Q9.8] */
  function refuseForgotten(group: Group, after: number | null, caller: Caller): void {
    if (after === null || after >= group.stream.oldest - 1) return;
    throw access.refused(notKept(group, after + 1), state, group.name, caller);
  }

  function readerOf(group: Group, caller: Caller): Reader {
    return { tokenHash: caller.hash, isManager: access.isManager(group, caller) };
  }

  function aboutOf({ stream, revision }: Group) {
    const { oldest, end, view } = stream;
    return { oldest, end, view, revision, index: state.index };
  }

  return replica.listen((applied) => followed.applied(applied));
}

/** Characters of a page that are sent at once. */
const muchText = 32 * 1024;

/** What a page is made of, as it was at one index. */
interface Ready {
  readonly group: Group;
  readonly found: readonly Item[];
  readonly oldest: number;
  readonly end: number;
  readonly view: number;
  readonly revision: number;
  readonly index: number;
}

/** What lies before a reader of pages. */
class Ahead {
  /** The offset behind which it looks next; null: at the oldest item that is kept. */
  after: number | null;
  private readonly only: Only;
  private readonly limit: number;

  constructor(after: number | null, only: Only, limit: number) {
    this.after = after;
    this.only = only;
    this.limit = limit;
  }

  /** Whether the reader comes from another history: nothing that it has seen is of this stream. */
  isBeyond({ stream }: Group): boolean {
    return this.after !== null && this.after > stream.end;
  }

  /** The items of the next page, and one more where there are others. */
  in({ stream }: Group): readonly Item[] {
    const found: Item[] = [];
    for (const item of stream.after(this.after ?? 0)) {
      if (isOf(this.only, item)) found.push(item);
      // A reader of messages need not look again at what is none, and misses nothing when it is no longer kept.
      else if (found.length === 0) this.after = item.offset;
      if (found.length > this.limit) break;
    }
    return found;
  }
}

/** Tells a reader that comes from another history where this one is. */
function resync({ stream }: Group): Uint8Array {
  const { oldest, end, view } = stream;
  return frame(end, 'resync', JSON.stringify({ oldest, end, view }));
}
