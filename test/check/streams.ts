import type { Group } from '../../src/core/group/state.ts';
import type { Item } from '../../src/core/group/stream.ts';
import { limits } from '../../src/core/limits.ts';
import type { Event } from '../../src/core/result.ts';
import { everyGroup } from './every-group.ts';
import type { Invariant, KnownStream, Step } from './step.ts';

/** What must hold of the streams of groups: order, views, cursors, acknowledgements. [Q9] */

/** Of this many of the latest items it is remembered what they said. */
const remembered = 12;

export function knownStream({ stream, members }: Group): KnownStream {
  const { oldest, end, view } = stream;
  const live = [...members.values()].filter((member) => member.live);
  const cursors = [...members.values()].flatMap(({ agent, cursor }) =>
    cursor === null ? [] : [[agent, cursor] as const],
  );
  const items = [...stream.after(end - remembered)].map((item) => [item.offset, textOf(item)] as const);
  return {
    ...{ oldest, end, view },
    members: new Map(live.map((member) => [member.agent, memberText(member)])),
    cursors: new Map(cursors),
    items: new Map(items),
  };
}

function memberText({
  incarnation,
  role,
  name,
  kind,
}: {
  incarnation: number;
  role: string;
  name?: string;
  kind?: string;
}): string {
  return `${incarnation} ${role} ${name ?? ''} ${kind ?? ''}`;
}

/** An item never changes; of a pending message only how far it is acknowledged does. */
function textOf(item: Item): string {
  if (item.type !== 'message' || item.acknowledgements === null) return JSON.stringify(item);
  const { acknowledgements, ...rest } = item;
  const { among: _, ...counts } = acknowledgements;
  return JSON.stringify({ ...rest, settled: counts.state === 'pending' ? null : counts });
}

/** The items that the step put into the stream; those among them that are kept no longer are left out. */
function newItems(group: Group, known: KnownStream): Item[] {
  return [...group.stream.after(known.end)];
}

/** [Q9.1] Offsets have no gaps, their order is that of the log, and only the end of the stream grows. */
export const gapless: Invariant = (step) =>
  everyGroup(step, ({ stream, settings }, { stream: known }) => {
    const { oldest, end, items, messages } = stream;
    if (end < known.end || oldest < known.oldest)
      return `${known.oldest} to ${known.end} became ${oldest} to ${end}`;
    let last: Item | null = null;
    for (const item of items) {
      if (item.offset !== (last === null ? oldest : last.offset + 1))
        return `after ${last?.offset} came ${item.offset}`;
      if (stream.at(item.offset) !== item) return `offset ${item.offset} is elsewhere`;
      if (
        last !== null &&
        (item.index < last.index || item.revision < last.revision || item.view < last.view)
      )
        return `offset ${item.offset} is older than ${last.offset}`;
      if (item.offset > known.end && item.index !== step.index)
        return `offset ${item.offset} is of entry ${item.index}`;
      last = item;
    }
    if (last !== null && last.offset !== end) return `the last offset is ${last.offset}, not ${end}`;
    const most = settings.retention?.messages ?? limits.messagesKept;
    const kept = items.filter(({ type }) => type === 'message').length;
    if (kept !== messages || kept > most || items.length > limits.itemsKept)
      return `${items.length} items are kept, ${kept} of them messages`;
    return null;
  });

/** [Q9.10] What an item says does not change, nor an acknowledgement that is final. */
export const itemsStay: Invariant = (step) =>
  everyGroup(step, ({ stream }, { stream: known }) => {
    for (const [offset, text] of known.items) {
      const item = stream.at(offset);
      if (item === undefined) continue;
      const now = textOf(item);
      if (now === text) continue;
      if (!text.includes('"settled":null')) return `offset ${offset} was ${text}, is ${now}`;
      const { settled: _, ...before } = JSON.parse(text) as { settled?: unknown };
      const { settled: __, ...after } = JSON.parse(now) as { settled?: unknown };
      if (JSON.stringify(before) !== JSON.stringify(after)) return `offset ${offset} was ${text}, is ${now}`;
    }
    return null;
  });

/** [Q9.1] Within a command the cause comes first: what it does to the view, then the round that closes, then the one that opens. */
export const causeFirst: Invariant = (step) =>
  everyGroup(step, (group, { stream: known }) => {
    const [command, ...others] = step.entry.commands;
    if (command === undefined || others.length > 0 || !('agent' in command)) return null;
    const items = newItems(group, known);
    const own = items.findIndex(
      (item) => item.type === 'view' && item.agent === command.agent && item.change !== 'expired',
    );
    const after = own < 0 ? [] : items.slice(own + 1);
    for (const [i, item] of after.entries()) {
      const before = after[i - 1];
      const follows =
        item.type === 'round-closed' || (item.type === 'round-opened' && before?.type === 'round-closed');
      if (!follows) return `after what ${command.type} does to the view comes ${item.type} ${item.offset}`;
    }
    return null;
  });

/** Events that are items too. */
const itemOf: Partial<Record<Event['type'], string>> = {
  'agent-joined': 'joined',
  'agent-left': 'left',
  'agent-expired': 'expired',
  'agent-renamed': 'renamed',
  'round-opened': 'round-opened',
  'round-closed': 'round-closed',
};

/** [Q9.1] [Q9.2] The items are the events that are items, in their order and at their revisions, and the messages that were taken. */
export const itemsFollowEvents: Invariant = (step) =>
  everyGroup(step, (group, { stream: known }) => {
    if (step.after.version < 2) return null;
    const events = step.applied.events.filter(
      (event) => event.group === group.name && itemOf[event.type] !== undefined,
    );
    const items = newItems(group, known).filter(({ type }) => type !== 'message');
    const due = events.map(
      ({ type, revision, agent, round }) => `${itemOf[type]} ${agent ?? round} ${revision}`,
    );
    const has = items.map((item) => {
      const about =
        item.type === 'view'
          ? `${item.change} ${item.agent}`
          : `${item.type} ${'round' in item && item.round}`;
      return `${about} ${item.revision}`;
    });
    // What was let go in the same step is not there any more.
    if (
      due.slice(due.length - has.length).join() !== has.join() ||
      (due.length > has.length && group.stream.oldest <= known.end + 1)
    )
      return `the events are ${due.join()}, the items ${has.join()}`;
    return messagesTaken(step, group, known);
  });

function messagesTaken({ entry, applied }: Step, group: Group, known: KnownStream): string | null {
  const said = entry.commands.flatMap((command, i) => {
    const result = applied.results[i];
    const isOurs = command.type === 'say' && command.group === group.name && result?.ok === true;
    return isOurs && result.did === 'said' ? [`${result.offset} ${result.view} ${command.body}`] : [];
  });
  const has = newItems(group, known).flatMap((item) =>
    item.type === 'message' ? [`${item.offset} ${item.view} ${item.body}`] : [],
  );
  return said.slice(said.length - has.length).join() === has.join()
    ? null
    : `said were ${said.join()}, in the stream are ${has.join()}`;
}

/** [Q9.3] [Q9.4] Who is in a view follows from the views; each is named by its item, and nobody speaks who is not in it. */
export const viewsTell: Invariant = (step) =>
  everyGroup(step, (group, { stream: known }) => {
    // Members of a log of version 1 are in no view.
    if (step.after.version < 2 || group.stream.oldest > known.end + 1) return null;
    const members = new Map(known.members);
    let { view } = known;
    for (const item of newItems(group, known)) {
      if (item.type === 'view') view = item.offset;
      if (item.view !== view) return `offset ${item.offset} names view ${item.view}, in force is ${view}`;
      if (item.type === 'message' && !members.has(item.from))
        return `${item.from} speaks at ${item.offset} and is not in view ${view}`;
      if (item.type !== 'view') continue;
      if (item.change === 'joined' && (members.has(item.agent) || item.incarnation !== item.offset))
        return `${item.agent} joins at ${item.offset} as ${item.incarnation}`;
      if (item.change === 'left' || item.change === 'expired') members.delete(item.agent);
      else members.set(item.agent, memberText(item));
    }
    const text = (some: Iterable<readonly [string, string]>): string => [...some].sort().join(';');
    const has = text(knownStream(group).members);
    return has === text(members) ? null : `the members are ${has}, the views say ${text(members)}`;
  });

/** [Q9.9] No cursor goes back, and none is beyond the end. */
export const cursorsGrow: Invariant = (step) =>
  everyGroup(step, ({ members, stream }, { stream: known }) => {
    for (const { agent, cursor } of members.values()) {
      if ((cursor ?? 0) > stream.end) return `the cursor of ${agent} is ${cursor}, the end ${stream.end}`;
      const before = known.cursors.get(agent);
      if (before !== undefined && (cursor === null || cursor < before))
        return `the cursor of ${agent} went from ${before} to ${cursor}`;
    }
    return null;
  });

/** [Q9.10] Pending is what has neither enough acknowledgements nor too few recipients left, and not too many messages are. */
export const stabilityAddsUp: Invariant = (step) =>
  everyGroup(step, ({ stream }) => {
    const pending: number[] = [];
    for (const item of stream.items) {
      if (item.type !== 'message' || item.acknowledgements === null) continue;
      const { state, needed, recipients, acknowledged, gone } = item.acknowledgements;
      const due = acknowledged >= needed ? 'stable' : recipients - gone < needed ? 'impossible' : 'pending';
      if (state !== due || needed > recipients) return `offset ${item.offset} is ${state}, should be ${due}`;
      if (state === 'pending') pending.push(item.offset);
    }
    const has = stream.pending.map(({ offset }) => offset).join();
    if (has !== pending.join()) return `pending are ${pending.join()}, kept as such ${has}`;
    return pending.length > limits.messagesPending ? `${pending.length} messages are pending` : null;
  });

/** [Q9.7] A group that is made again goes on above every offset that the old one had. */
export const offsetsStayAbove: Invariant = ({ after, before, applied }) => {
  for (const { type, group: name } of applied.events) {
    if (type !== 'group-created') continue;
    const [was, now] = [before.get(name)?.stream, after.groups.get(name)?.stream];
    if (was !== undefined && now !== undefined && now.oldest <= was.end && now.end > 0)
      return `${name} was made again from offset ${now.oldest}, had ${was.end}`;
  }
  return null;
};
