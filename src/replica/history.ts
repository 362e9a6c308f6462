import type { Group } from '../core/group/state.ts';
import type { Event } from '../core/result.ts';

/**
 * The latest events of the groups that somebody follows, so that a follower who was away for a moment can go on where
 * it stopped. Each event is written once, right after its entry was applied, and shared by all followers.
 *
 * A group's history begins when somebody first follows it. What is kept is bounded per group and for all groups
 * together; a group that nobody follows any more is dropped once its history would help nobody who left.
 */
export interface HistoryLimits {
  readonly eventsPerGroup: number;
  readonly bytesPerGroup: number;
  readonly bytes: number;
  /** Groups that nobody follows at present, and whose history is still kept. */
  readonly unfollowed: number;
}

const defaultHistoryLimits: HistoryLimits = {
  eventsPerGroup: 4096,
  bytesPerGroup: 1 << 20,
  bytes: 64 << 20,
  unfollowed: 10_000,
};

/** Writes events of one group, all of one entry, as followers get them. The group is as it is after the entry. */
export type Writer = (group: Group) => (event: Event) => Uint8Array;

export interface Told {
  readonly revision: number;
  readonly bytes: Uint8Array;
}

export class History {
  private readonly writer: Writer;
  private readonly limits: HistoryLimits;
  /** By group; the one whose last event or follower is oldest comes first. */
  private readonly tracks = new Map<string, Track>();
  private bytes = 0;

  constructor(writer: Writer, limits: Partial<HistoryLimits> = {}) {
    this.writer = writer;
    this.limits = { ...defaultHistoryLimits, ...limits };
  }

  /** Groups and bytes held now. */
  get size(): { readonly groups: number; readonly bytes: number } {
    return { groups: this.tracks.size, bytes: this.bytes };
  }

  /** The group's events from now on; `wake` is called after each entry that made some. `unfollow` ends it. */
  follow(group: Group, wake: () => void): Track {
    let track = this.tracks.get(group.name);
    if (track === undefined) {
      track = new Track(group);
      this.tracks.set(group.name, track);
    }
    track.followers.add(wake);
    return track;
  }

  unfollow(track: Track, wake: () => void): void {
    track.followers.delete(wake);
    if (track.followers.size > 0 || this.tracks.get(track.group.name) !== track) return;
    track.leftAt = track.revision;
    this.renew(track);
    let unfollowed = this.tracks.size - this.limits.unfollowed;
    for (const idle of this.tracks.values()) {
      if (unfollowed <= 0) break;
      if (idle.followers.size > 0) continue;
      this.drop(idle);
      unfollowed -= 1;
    }
  }

  /** Takes in the events of one entry, right after it was applied. */
  record(events: readonly Event[]): void {
    if (this.tracks.size === 0) return;
    const writing = new Map<Track, (event: Event) => Uint8Array>();
    for (const event of events) {
      const track = this.tracks.get(event.group);
      if (track === undefined) continue;
      let write = writing.get(track);
      if (write === undefined) {
        write = this.writer(track.group);
        writing.set(track, write);
        // Only now, so that one entry's burst stays whole until the next: followers need a moment to take it.
        this.bytes -= track.trim(this.limits);
      }
      const told = { revision: event.revision, bytes: write(event) };
      this.bytes += track.add(event, told);
      // A group made anew under this name, even in the same entry, is another group with a history of its own.
      if (event.type === 'group-deleted') this.drop(track);
    }
    for (const track of writing.keys()) {
      for (const wake of track.followers) wake();
      if (this.tracks.get(track.group.name) !== track) continue;
      if (track.followers.size === 0 && track.since > track.leftAt) this.drop(track);
      else this.renew(track);
    }
    this.makeRoom(writing);
  }

  private makeRoom(busy: { has(track: Track): boolean }): void {
    if (this.bytes <= this.limits.bytes) return;
    for (const track of this.tracks.values()) {
      if (this.bytes <= this.limits.bytes) return;
      if (busy.has(track)) continue;
      if (track.followers.size === 0) this.drop(track);
      else this.bytes -= track.forget(track.size);
    }
  }

  private renew(track: Track): void {
    this.tracks.delete(track.group.name);
    this.tracks.set(track.group.name, track);
  }

  private drop(track: Track): void {
    this.tracks.delete(track.group.name);
    this.bytes -= track.bytes;
  }
}

/** One group's latest events, whose revisions follow each other without gaps. */
export class Track {
  readonly group: Group;
  readonly followers = new Set<() => void>();
  /** Of the last event, or of the group when it was first followed. */
  revision: number;
  /** Of the group when the last follower left. */
  leftAt: number;
  /** Whether the group has been deleted: nothing follows any more. */
  over = false;
  /** Grows with each event after which somebody may have lost the right to read. */
  rights = 0;
  bytes = 0;
  private events: Told[] = [];

  constructor(group: Group) {
    this.group = group;
    this.revision = group.revision;
    this.leftAt = group.revision;
  }

  /** How many events are kept. */
  get size(): number {
    return this.events.length;
  }

  /** All events after this revision are kept. */
  get since(): number {
    return this.revision - this.events.length;
  }

  /** Whether somebody who knows everything up to `revision` can go on from there. */
  reaches(revision: number): boolean {
    return revision >= this.since && revision <= this.revision;
  }

  /** The event after `revision`; undefined while there is none. Only for revisions that it reaches. */
  after(revision: number): Told | undefined {
    return this.events[revision - this.since];
  }

  /** Both give how many bytes more, or fewer, are held. */
  add(event: Event, told: Told): number {
    this.events.push(told);
    this.revision = event.revision;
    this.bytes += told.bytes.length;
    if (event.type === 'group-deleted') this.over = true;
    if (losesRights.has(event.type)) this.rights += 1;
    return told.bytes.length;
  }

  trim({ eventsPerGroup, bytesPerGroup }: HistoryLimits): number {
    if (this.events.length <= eventsPerGroup && this.bytes <= bytesPerGroup) return 0;
    // Dropping down to half at a time keeps the cost per event constant.
    let count = 0;
    let bytes = this.bytes;
    while (this.events.length - count > eventsPerGroup / 2 || bytes > bytesPerGroup / 2) {
      bytes -= this.events[count]?.bytes.length ?? bytes;
      count += 1;
    }
    return this.forget(count);
  }

  forget(count: number): number {
    let bytes = 0;
    for (const told of this.events.splice(0, count)) bytes += told.bytes.length;
    this.bytes -= bytes;
    return bytes;
  }
}

const losesRights: ReadonlySet<Event['type']> = new Set([
  ...(['group-updated', 'keys-changed'] as const),
  ...(['agent-left', 'agent-expired'] as const),
]);
