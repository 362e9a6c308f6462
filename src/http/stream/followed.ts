import type { Applied } from '../../core/apply.ts';
import type { Reader } from '../../core/group/messages.ts';
import type { Group } from '../../core/group/state.ts';
import type { Item } from '../../core/group/stream.ts';
import { isWithheld } from '../../core/view/stream.ts';
import type { Place } from '../events/frames.ts';
import { mayEndRights } from '../events/group-backlogs.ts';
import type { Source } from '../events/streams.ts';
import type { WrittenItems } from './written-items.ts';

/** Which items are read: all, or the messages. */
export type Only = 'all' | 'messages';

/** Whether an item is one of those that are read. */
export function isOf(only: Only, { type }: Item): boolean {
  return only === 'all' || type === 'message';
}

/** Frames that follow each other, as one piece: readers who have come equally far share it. */
interface Run {
  /** What a reader has seen before, and what it has seen afterwards. */
  readonly after: number;
  readonly upTo: number;
  readonly bytes: Uint8Array;
}

/** Bytes of a run, beyond which it is not continued. */
const runBytes = 32 * 1024;

/** Who may read nothing but what everybody may. */
const nobody: Reader = { tokenHash: null, isManager: false };

/** A group whose stream somebody follows. The items are those that the state keeps. */
export class Followed {
  readonly group: Group;
  /** Called after each entry that added items. */
  readonly followers = new Set<() => void>();
  /** Counts the entries after which somebody may have lost the right to read. */
  rightsChanges = 0;
  /** Whether the group has been deleted, so that no item follows. */
  over = false;
  private readonly items: WrittenItems;
  /** The run that was read last. */
  private readonly latest: Partial<Record<Only, Run>> = {};

  constructor(group: Group, items: WrittenItems) {
    this.group = group;
    this.items = items;
  }

  /** What comes after this offset for a reader; its bytes are empty where nothing of it is read. Null while there is nothing. */
  after(offset: number, only: Only, readerNow: () => Reader): Run | null {
    const { group, latest, items } = this;
    if (offset >= group.stream.end) return null;
    const known = latest[only];
    if (known?.after === offset) return known;
    const run = this.runAfter(offset, only);
    if (run.upTo > offset) {
      latest[only] = run;
      return run;
    }
    // The next item is not for everybody.
    const item = group.stream.at(offset + 1) as Item;
    const form = isWithheld(group, item, readerNow()) ? items.withheld : items.whole;
    return { after: offset, upTo: item.offset, bytes: form.of(item).frame };
  }

  /** The items after this offset up to the first that is not for everybody. */
  private runAfter(offset: number, only: Only): Run {
    const { group, items } = this;
    const frames: Uint8Array[] = [];
    let bytes = 0;
    let upTo = offset;
    for (const item of group.stream.after(offset)) {
      if (isWithheld(group, item, nobody)) break;
      upTo = item.offset;
      if (!isOf(only, item)) continue;
      const { frame } = items.whole.of(item);
      frames.push(frame);
      bytes += frame.length;
      if (bytes >= runBytes) break;
    }
    const [first = new Uint8Array(0)] = frames;
    return { after: offset, upTo, bytes: frames.length > 1 ? Buffer.concat(frames, bytes) : first };
  }
}

/** The groups whose streams somebody follows. */
export class FollowedGroups {
  private readonly items: WrittenItems;
  private readonly all = new Map<string, Followed>();

  constructor(items: WrittenItems) {
    this.items = items;
  }

  /** The group's stream. `wake` is called after each entry that may have brought something, until `unfollow`. */
  follow(group: Group, wake: () => void): Followed {
    let followed = this.all.get(group.name);
    if (followed === undefined) {
      followed = new Followed(group, this.items);
      this.all.set(group.name, followed);
    }
    followed.followers.add(wake);
    return followed;
  }

  unfollow(followed: Followed, wake: () => void): void {
    followed.followers.delete(wake);
    const { name } = followed.group;
    if (followed.followers.size === 0 && this.all.get(name) === followed) this.all.delete(name);
  }

  /** Wakes those whose groups an entry was about; to be called right after it was applied. */
  applied({ events, streamed }: Pick<Applied, 'events' | 'streamed'>): void {
    if (this.all.size === 0) return;
    const due = new Set<Followed>();
    for (const name of streamed) {
      const followed = this.all.get(name);
      if (followed !== undefined) due.add(followed);
    }
    for (const { group, type } of events) {
      const followed = this.all.get(group);
      if (followed === undefined) continue;
      if (mayEndRights.has(type)) followed.rightsChanges += 1;
      else if (type !== 'group-deleted') continue;
      due.add(followed);
      if (type !== 'group-deleted') continue;
      followed.over = true;
      // A group created again under this name, even in the same entry, is another group with its own stream.
      this.all.delete(group);
    }
    for (const { followers } of due) for (const wake of followers) wake();
  }
}

/** The items of one group after an offset, as one reader may see them. */
export class GroupItems implements Source {
  readonly isPatient = true;
  private readonly followed: Followed;
  private readonly only: Only;
  private readonly mayRead: () => boolean;
  private readonly readerNow: () => Reader;
  private offset: number;
  private rightsChanges: number;

  constructor(
    followed: Followed,
    only: Only,
    after: number,
    rights: { readonly mayRead: () => boolean; readonly readerNow: () => Reader },
  ) {
    this.followed = followed;
    this.only = only;
    this.offset = after;
    this.mayRead = rights.mayRead;
    this.readerNow = rights.readerNow;
    this.rightsChanges = followed.rightsChanges;
  }

  ends(): string | null {
    const { followed } = this;
    if (followed.rightsChanges !== this.rightsChanges) {
      this.rightsChanges = followed.rightsChanges;
      if (!this.mayRead()) return 'you may no longer read this group';
    }
    return followed.over && this.offset >= followed.group.stream.end ? 'the group was deleted' : null;
  }

  get place(): Place {
    return { group: this.followed.group.name, revision: null };
  }

  get isLost(): boolean {
    return this.offset < this.followed.group.stream.oldest - 1;
  }

  /** A reader of messages may have passed over other items. */
  get mark(): number | null {
    return this.only === 'messages' && this.offset === this.followed.group.stream.end ? this.offset : null;
  }

  next(): Uint8Array | null {
    const run = this.followed.after(this.offset, this.only, this.readerNow);
    if (run === null) return null;
    this.offset = run.upTo;
    return run.bytes.length > 0 ? run.bytes : this.next();
  }
}
