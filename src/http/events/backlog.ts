import type { Group } from '../../core/group/state.ts';
import type { Event } from '../../core/result.ts';

export interface BacklogLimits {
  readonly eventsPerGroup: number;
  readonly bytesPerGroup: number;
  /** Of all groups together. */
  readonly bytes: number;
  /** Groups that have a backlog and no follower. */
  readonly unfollowed: number;
}

const defaultBacklogLimits: BacklogLimits = {
  eventsPerGroup: 4096,
  bytesPerGroup: 1 << 20,
  bytes: 64 << 20,
  unfollowed: 10_000,
};

/** Writes events of one group, all of one entry, as streams send them. The group is as it is after the entry. */
export type EventWriter = (group: Group) => (event: Event) => Uint8Array;

export interface WrittenEvent {
  readonly revision: number;
  readonly bytes: Uint8Array;
}

/**
 * The backlogs of the groups that somebody follows. Each event is written once, right after its entry was applied, and
 * shared by all followers.
 *
 * A group's backlog begins when somebody first follows it. Without followers it is dropped as soon as it no longer holds
 * all events since the last of them left, or when there are too many such groups or bytes.
 */
export class Backlogs {
  private readonly writer: EventWriter;
  private readonly limits: BacklogLimits;
  /** By group, the least recently used first. */
  private readonly all = new Map<string, Backlog>();
  private bytes = 0;

  constructor(writer: EventWriter, limits: Partial<BacklogLimits> = {}) {
    this.writer = writer;
    this.limits = { ...defaultBacklogLimits, ...limits };
  }

  /** Groups and bytes held now. */
  get size(): { readonly groups: number; readonly bytes: number } {
    return { groups: this.all.size, bytes: this.bytes };
  }

  /** The group's backlog. `wake` is called after each entry that added events, until `unfollow`. */
  follow(group: Group, wake: () => void): Backlog {
    let backlog = this.all.get(group.name);
    if (backlog === undefined) {
      backlog = new Backlog(group);
      this.all.set(group.name, backlog);
    }
    backlog.followers.add(wake);
    return backlog;
  }

  unfollow(backlog: Backlog, wake: () => void): void {
    backlog.followers.delete(wake);
    if (backlog.followers.size > 0 || this.all.get(backlog.group.name) !== backlog) return;
    backlog.leftAt = backlog.revision;
    this.markUsed(backlog);
    let tooMany = this.all.size - this.limits.unfollowed;
    for (const idle of this.all.values()) {
      if (tooMany <= 0) break;
      if (idle.followers.size > 0) continue;
      this.drop(idle);
      tooMany -= 1;
    }
  }

  /** Adds the events of one entry; to be called right after it was applied. */
  add(events: readonly Event[]): void {
    if (this.all.size === 0) return;
    const writers = new Map<Backlog, (event: Event) => Uint8Array>();
    for (const event of events) {
      const backlog = this.all.get(event.group);
      if (backlog === undefined) continue;
      let write = writers.get(backlog);
      if (write === undefined) {
        write = this.writer(backlog.group);
        writers.set(backlog, write);
        // Before the first event only: followers need a moment to read what one entry adds, however much it is.
        this.bytes -= backlog.trim(this.limits);
      }
      this.bytes += backlog.add(event, write(event));
      // A group created again under this name, even in the same entry, is another group with its own backlog.
      if (event.type === 'group-deleted') this.drop(backlog);
    }
    for (const backlog of writers.keys()) {
      for (const wake of backlog.followers) wake();
      if (this.all.get(backlog.group.name) !== backlog) continue;
      if (backlog.followers.size === 0 && backlog.since > backlog.leftAt) this.drop(backlog);
      else this.markUsed(backlog);
    }
    this.makeRoom(writers);
  }

  private makeRoom(justAdded: { has(backlog: Backlog): boolean }): void {
    if (this.bytes <= this.limits.bytes) return;
    for (const backlog of this.all.values()) {
      if (this.bytes <= this.limits.bytes) return;
      if (justAdded.has(backlog)) continue;
      if (backlog.followers.size === 0) this.drop(backlog);
      else this.bytes -= backlog.dropOldest(backlog.length);
    }
  }

  private markUsed(backlog: Backlog): void {
    this.all.delete(backlog.group.name);
    this.all.set(backlog.group.name, backlog);
  }

  private drop(backlog: Backlog): void {
    this.all.delete(backlog.group.name);
    this.bytes -= backlog.bytes;
  }
}

/** The latest events of one group, without gaps, so that a stream that was interrupted can resume. */
export class Backlog {
  readonly group: Group;
  /** Called after each entry that added events. */
  readonly followers = new Set<() => void>();
  /** Of the last event, or of the group when it was first followed. */
  revision: number;
  /** Revision of the group when its last follower left. */
  leftAt: number;
  /** Whether the group has been deleted, so that no event follows. */
  over = false;
  /** Counts the events after which somebody may have lost the right to read. */
  rightsChanges = 0;
  bytes = 0;
  private events: WrittenEvent[] = [];

  constructor(group: Group) {
    this.group = group;
    this.revision = group.revision;
    this.leftAt = group.revision;
  }

  /** How many events are kept. */
  get length(): number {
    return this.events.length;
  }

  /** The revision after which all events are kept. */
  get since(): number {
    return this.revision - this.events.length;
  }

  /** Whether all events after `revision` are kept. */
  canResumeAfter(revision: number): boolean {
    return revision >= this.since && revision <= this.revision;
  }

  /** The event after `revision`, from which a stream can resume; undefined while there is none. */
  after(revision: number): WrittenEvent | undefined {
    return this.events[revision - this.since];
  }

  /** Returns how many bytes were added. */
  add({ revision, type }: Event, bytes: Uint8Array): number {
    this.events.push({ revision, bytes });
    this.revision = revision;
    this.bytes += bytes.length;
    if (type === 'group-deleted') this.over = true;
    if (mayEndRights.has(type)) this.rightsChanges += 1;
    return bytes.length;
  }

  /** Drops the oldest half of a backlog that is over its limits; returns how many bytes that were. */
  trim({ eventsPerGroup, bytesPerGroup }: BacklogLimits): number {
    if (this.length <= eventsPerGroup && this.bytes <= bytesPerGroup) return 0;
    // Half at a time, which keeps the cost per event constant.
    let count = 0;
    let bytes = this.bytes;
    while (this.length - count > eventsPerGroup / 2 || bytes > bytesPerGroup / 2) {
      bytes -= this.events[count]?.bytes.length ?? bytes;
      count += 1;
    }
    return this.dropOldest(count);
  }

  /** Returns how many bytes were dropped. */
  dropOldest(count: number): number {
    let dropped = 0;
    for (const { bytes } of this.events.splice(0, count)) dropped += bytes.length;
    this.bytes -= dropped;
    return dropped;
  }
}

const mayEndRights: ReadonlySet<Event['type']> = new Set([
  ...(['group-updated', 'keys-changed'] as const),
  ...(['agent-left', 'agent-expired', 'agent-invited', 'invite-revoked'] as const),
]);
