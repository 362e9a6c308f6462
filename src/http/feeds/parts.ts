import type { Applied } from '../../core/apply.ts';
import type { Group, State } from '../../core/group/state.ts';
import type { Item } from '../../core/group/stream.ts';
import type { Event } from '../../core/result.ts';
import { eventWriter } from '../events/frames.ts';
import { mayEndRights } from '../events/group-backlogs.ts';

/** What one entry of the log did to one group: its events, then its items. */
export interface Part {
  readonly group: Group;
  /** Without their ids, and without the blank line behind them. */
  readonly events: readonly Uint8Array[];
  readonly items: readonly Item[];
  /** Whether the group keeps all items of the entry: one entry may have more than a stream keeps. */
  readonly isWhole: boolean;
  readonly size: number;
}

/** What one entry did, group by group; written once for all feeds. */
export class Parts {
  readonly names: readonly string[];
  private readonly state: State;
  private readonly removed: readonly Group[];
  private readonly events = new Map<string, Event[]>();
  private readonly made = new Map<string, readonly Part[]>();

  constructor(state: State, { events, streamed, removed }: Pick<Applied, 'events' | 'streamed' | 'removed'>) {
    this.state = state;
    this.removed = removed;
    for (const event of events) {
      const before = this.events.get(event.group);
      if (before === undefined) this.events.set(event.group, [event]);
      else before.push(event);
    }
    this.names = [...new Set([...this.events.keys(), ...streamed])];
  }

  mayHaveEndedRights(name: string): boolean {
    return this.events.get(name)?.some(({ type }) => mayEndRights.has(type)) === true;
  }

  /** More than one where the group was removed and made again. */
  of(name: string): readonly Part[] {
    let parts = this.made.get(name);
    if (parts === undefined) {
      parts = this.make(name);
      this.made.set(name, parts);
    }
    return parts;
  }

  private make(name: string): readonly Part[] {
    const { state, removed } = this;
    const last = state.groups.get(name);
    const groups = [...removed.filter((group) => group.name === name), ...(last === undefined ? [] : [last])];
    const events = this.events.get(name) ?? [];
    let at = 0;
    return groups.map((group) => {
      const end = events.findIndex(({ type }, i) => i >= at && type === 'group-deleted') + 1 || events.length;
      const own = events.slice(at, end);
      at = end;
      return partOf(group, own, state.index);
    });
  }
}

function partOf(group: Group, events: readonly Event[], index: number): Part {
  const write = eventWriter(group);
  const written = events.map((event) => withoutId(write(event)));
  const items: Item[] = [];
  for (let { end } = group.stream; group.stream.at(end)?.index === index; end -= 1)
    items.push(group.stream.at(end) as Item);
  items.reverse();
  let size = 0;
  for (const { length } of written) size += length;
  for (const item of items) size += item.type === 'message' ? 200 + item.body.length : 200;
  return { group, events: written, items, isWhole: group.stream.droppedOf < index, size };
}

/** A frame without its first line, which is its id, and without the blank line at its end. */
function withoutId(frame: Uint8Array): Uint8Array {
  return frame.subarray(frame.indexOf(newline) + 1, frame.length - 1);
}

const newline = '\n'.charCodeAt(0);
