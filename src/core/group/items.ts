import { limits } from '../limits.ts';
import { type Context, markChanged } from './context.ts';
import type { Group, Member } from './state.ts';
import { type Item, noStream, type Place, Stream, type ViewItem } from './stream.ts';

/** How items come into a group's stream. */

/** An item before it has its place. */
type Unplaced<T> = T extends Item ? Omit<T, keyof Place> : never;

/** Adds an item at the end of the group's stream; a log of version 1 has none. Returns its offset, 0 there. [Q9.1] */
export function addItem(context: Context, group: Group, item: Unplaced<Item>): number {
  const { state, index, now: at } = context;
  if (state.version < 2) return 0;
  if (group.stream === noStream) group.stream = new Stream(0);
  const { stream } = group;
  const offset = stream.end + 1;
  const view = item.type === 'view' ? offset : stream.view;
  stream.add({ offset, index, view, revision: group.revision, at, ...item });
  shortenStream(group);
  markChanged(context, group);
  context.streamed.add(group.name);
  return offset;
}

/** Drops what the group's settings let its stream keep no longer. */
export function shortenStream({ stream, settings }: Group): void {
  stream.shorten(settings.retention?.messages ?? limits.messagesKept);
}

/** Makes the next view: an agent has come, gone, or got another name or kind. [Q9.3] [Q9.4] */
export function changeView(context: Context, group: Group, change: ViewItem['change'], member: Member): void {
  const { agent, role, name, kind } = member;
  const incarnation = change === 'joined' ? group.stream.end + 1 : member.incarnation;
  const named = { ...(name !== undefined && { name }), ...(kind !== undefined && { kind }) };
  const offset = addItem(context, group, { type: 'view', change, agent, role, incarnation, ...named });
  if (change === 'joined') member.incarnation = offset;
}
