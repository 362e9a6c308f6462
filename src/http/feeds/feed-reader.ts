import type { Reader } from '../../core/group/messages.ts';
import type { Group } from '../../core/group/state.ts';
import { isWithheld } from '../../core/view/stream.ts';
import { frame } from '../events/frames.ts';
import type { Source } from '../events/streams.ts';
import type { WrittenItems } from '../stream/written-items.ts';
import type { Feed, FeedEntry } from './feeds.ts';
import type { Part } from './parts.ts';

/** What one reader may see now. */
export interface Rights {
  /** Of the latest entry. */
  index(): number;
  mayRead(group: Group): boolean;
  readerOf(group: Group): Reader;
}

/** A feed after some entry, as one reader may see it. */
export class FeedReader implements Source {
  readonly isPatient = false;
  readonly place = { group: null, revision: null };
  private readonly feed: Feed;
  private number: number;
  private readonly items: WrittenItems;
  private readonly rights: Rights;
  private readonly lost: () => string | undefined;
  private rightsChanges: number;

  constructor(
    feed: Feed,
    number: number,
    items: WrittenItems,
    rights: Rights,
    lost: () => string | undefined,
  ) {
    this.feed = feed;
    this.number = number;
    this.items = items;
    this.rights = rights;
    this.lost = lost;
    this.rightsChanges = feed.rightsChanges;
  }

  ends(): string | null {
    const { rightsChanges } = this.feed;
    if (rightsChanges === this.rightsChanges) return null;
    this.rightsChanges = rightsChanges;
    const lost = this.lost();
    return lost === undefined ? null : `you may no longer read group ${lost}`;
  }

  get isLost(): boolean {
    return !this.feed.canResumeAfter(this.number);
  }

  get mark(): number | null {
    return this.number === this.feed.last ? this.rights.index() : null;
  }

  next(): Uint8Array | null {
    const { feed, items, rights } = this;
    for (;;) {
      const entry = feed.after(this.number);
      if (entry === undefined) return null;
      this.number += 1;
      const bytes = bytesOf(entry, items, rights);
      if (bytes !== null) return bytes;
    }
  }
}

/** Who may read nothing but what everybody may. */
const nobody: Reader = { tokenHash: null, isManager: false };

/**
 * An entry as its reader sees it, with its index as id of the last frame; null where it may read none of it. Where one of the items is
 * no longer kept, the reader is told to read the groups again. [Q9.8]
 */
function bytesOf(entry: FeedEntry, items: WrittenItems, rights: Rights): Uint8Array | null {
  const isForAll = entry.parts.every(isPublic);
  if (isForAll && entry.shared !== null) return entry.shared;
  const parts = isForAll ? entry.parts : entry.parts.filter(({ group }) => rights.mayRead(group));
  if (!parts.every(({ isWhole }) => isWhole)) return resync(entry.index);
  const frames = parts.flatMap(({ group, events, items: all }) => {
    const reader = all.length === 0 || isForAll ? nobody : rights.readerOf(group);
    const written = all.map((item) => {
      const form = isWithheld(group, item, reader) ? items.withheld : items.whole;
      return Buffer.from(`event: item\ndata: {"group":"${group.name}","item":${form.of(item).text}}\n`);
    });
    return [...events, ...written];
  });
  if (frames.length === 0) return null;
  const pieces = frames.flatMap((one) => [one, blank]);
  pieces[pieces.length - 1] = Buffer.from(`id: ${entry.index}\n\n`);
  // What is kept has memory of its own, as a frame has.
  const bytes = new Uint8Array(Buffer.concat(pieces));
  if (isForAll) entry.shared = bytes;
  return bytes;
}

/** Tells a reader that it has missed something, and from which index on it misses nothing. */
function resync(index: number): Uint8Array {
  return frame(index, 'resync', JSON.stringify({ index }));
}

const blank = Buffer.from('\n');

/** Whether everybody may read all of it now. */
function isPublic({ group, items }: Part): boolean {
  return group.settings.admission === 'open' && items.every((item) => !isWithheld(group, item, nobody));
}
