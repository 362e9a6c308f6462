import type { Group } from '../../core/group/state.ts';
import type { Event } from '../../core/result.ts';
import { Backlog, type BacklogLimits, Backlogs } from './backlog.ts';

/** Writes events of one group, all of one entry, as streams send them. The group is as it is after the entry. */
export type EventWriter = (group: Group) => (event: Event) => Uint8Array;

interface WrittenEvent {
  readonly size: number;
  readonly bytes: Uint8Array;
}

/** The events of the groups that somebody follows, numbered by their revision. */
export class GroupBacklogs extends Backlogs<GroupBacklog> {
  private readonly writer: EventWriter;

  constructor(writer: EventWriter, limits: Partial<BacklogLimits> = {}) {
    super(limits);
    this.writer = writer;
  }

  follow(group: Group, wake: () => void): GroupBacklog {
    return this.followed(group.name, () => new GroupBacklog(group), wake);
  }

  /** Adds the events of one entry; to be called right after it was applied. */
  add(events: readonly Event[]): void {
    if (this.all.size === 0) return;
    const writers = new Map<GroupBacklog, (event: Event) => Uint8Array>();
    for (const event of events) {
      const backlog = this.all.get(event.group);
      if (backlog === undefined) continue;
      let write = writers.get(backlog);
      if (write === undefined) {
        write = this.writer(backlog.group);
        writers.set(backlog, write);
        this.trim(backlog);
      }
      this.bytes += backlog.add(event, write(event));
      // A group created again under this name, even in the same entry, is another group with its own backlog.
      if (event.type === 'group-deleted') this.drop(backlog);
    }
    this.grown(new Set(writers.keys()));
  }
}

/** The latest events of one group. */
export class GroupBacklog extends Backlog<WrittenEvent> {
  readonly group: Group;
  /** Whether the group has been deleted, so that no event follows. */
  over = false;
  /** Counts the events after which somebody may have lost the right to read. */
  rightsChanges = 0;

  constructor(group: Group) {
    super(group.name, group.revision);
    this.group = group;
  }

  /** Returns how many bytes were added. */
  add({ type }: Event, bytes: Uint8Array): number {
    if (type === 'group-deleted') this.over = true;
    if (mayEndRights.has(type)) this.rightsChanges += 1;
    return this.push({ size: bytes.length, bytes });
  }
}

/** What may take from somebody the right to read a group. */
export const mayEndRights: ReadonlySet<Event['type']> = new Set([
  ...(['group-updated', 'keys-changed'] as const),
  ...(['agent-left', 'agent-expired', 'agent-invited', 'invite-revoked'] as const),
]);
