import { Cursor } from '../../src/client/cursor.ts';
import type { Entry } from '../../src/core/entry.ts';
import { Leases } from '../../src/core/group/leases.ts';
import type { Group, Member, State } from '../../src/core/group/state.ts';
import { type Acknowledgements, type Item, type Message, Stream } from '../../src/core/group/stream.ts';
import { viewWhole } from '../../src/core/view/stream.ts';
import { Sessions } from '../../src/http/edge/session.ts';
import type { Request, Response } from '../harness/in-memory.ts';
import { type Core, inside, type Mutant, patched } from './mutant.ts';

/** Bugs of streams: of their order, of what is kept of them, of acknowledgements, of what is withheld. */

type Open<T> = { -readonly [K in keyof T]: T[K] };
type Command = Entry['commands'][number];
type Of<T extends Command['type']> = Extract<Command, { type: T }>;

/** Does something to the group after an entry for each command of this type in it that was taken. */
function afterTaken<T extends 'say' | 'set-cursor' | 'join'>(
  type: T,
  change: (group: Group, command: Of<T>) => void,
): Core {
  return ({ groups }, { commands }, { results }) =>
    commands.forEach((command, i) => {
      const { group: name = '' } = command as { readonly group?: string };
      const group = command.type === type ? groups.get(name) : undefined;
      if (group !== undefined && results[i]?.ok === true) change(group, command as Of<T>);
    });
}

function messagesOf({ stream }: Group): Message[] {
  return stream.items.filter((item): item is Message => item.type === 'message');
}

function placesOf({ stream }: Group): (Item | undefined)[] {
  return (stream as unknown as { places: (Item | undefined)[] }).places;
}

/** Has messages and views of one entry change places where a view came right before a message. */
const swapped: Core = ({ groups, index }, _, { streamed }) => {
  for (const name of streamed) {
    const group = groups.get(name);
    const places = group === undefined ? [] : placesOf(group);
    for (let i = places.length - 1; i > 0 && places[i]?.index === index; i -= 1) {
      const [view, message] = [places[i - 1], places[i]];
      if (view?.index !== index || view.type !== 'view' || message?.type !== 'message') continue;
      places[i - 1] = { ...message, offset: view.offset };
      places[i] = { ...view, offset: message.offset, view: message.offset };
    }
  }
};

/** Has cursors count for messages from before their agents' present membership, where `counts` says so. */
function acknowledgingEarlier(
  counts: (member: Member, messages: readonly Message[]) => boolean,
): Pick<Mutant, 'before' | 'core'> {
  const real = new Map<Member, number>();
  const each = ({ groups }: State, { commands }: Entry, change: (member: Member, group: Group) => void) => {
    for (const command of commands) {
      const group = command.type === 'set-cursor' ? groups.get(command.group) : undefined;
      const member = command.type === 'set-cursor' ? group?.members.get(command.agent) : undefined;
      if (group !== undefined && member?.live === true) change(member, group);
    }
  };
  return {
    before: (state, entry) =>
      each(state, entry, (member, group) => {
        if (real.has(member) || !counts(member, group.stream.pending)) return;
        real.set(member, member.incarnation);
        member.incarnation = 1;
      }),
    core: () => {
      for (const [member, incarnation] of real) member.incarnation = incarnation;
      real.clear();
    },
  };
}

function isForerunnerIn(agent: string, messages: readonly Message[]): boolean {
  return messages.some(({ acknowledgements }) => acknowledgements?.goneAgents.includes(agent));
}

/** Leases that are over end only after an entry that holds a message. */
function lateLapses(): Pick<Mutant, 'before' | 'core' | 'patch'> {
  let holds = false;
  return {
    before: (_, { commands }) => {
      holds = commands.some(({ type }) => type === 'say');
    },
    core: () => {
      holds = false;
    },
    patch: () => {
      const real = Object.getOwnPropertyDescriptor(Leases.prototype, 'next') as PropertyDescriptor;
      const get = function (this: Leases): number {
        return holds ? Infinity : (real.get?.call(this) as number);
      };
      Object.defineProperty(Leases.prototype, 'next', { ...real, get });
      return () => Object.defineProperty(Leases.prototype, 'next', real);
    },
  };
}

/** Shows what is kept to a reader who should be told that it has missed something. */
function movedOn(response: Response, { path }: Request, { state }: { state: State }): Response {
  if (response.status !== 410 || !path.includes('/stream?')) return response;
  const group = state.groups.get(path.split('/')[3] as string);
  if (group === undefined || !response.text.includes('messages-not-kept')) return response;
  const { oldest, end, view } = group.stream;
  const items = group.stream.items.map(viewWhole);
  const more = { group: group.name, items, next: null, oldest, end, view, revision: group.revision };
  return { ...response, status: 200, text: JSON.stringify({ ...more, index: state.index }) };
}

export const messageMutants: readonly Mutant[] = [
  { name: 'a message comes before its view', killedBy: 'I22', core: swapped },
  {
    name: 'a retry says it twice',
    killedBy: 'I23',
    patch: () => patched(Stream.prototype, 'withKey', () => (() => undefined) as never),
  },
  {
    name: 'a cursor goes back',
    killedBy: 'I26',
    core: afterTaken('set-cursor', (group, { agent, offset }) => {
      const member = group.members.get(agent);
      if (member?.cursor != null && offset < member.cursor) member.cursor = offset;
    }),
  },
  {
    name: 'whoever came after a message acknowledges it',
    killedBy: 'I25',
    ...acknowledgingEarlier(({ agent }, messages) => !isForerunnerIn(agent, messages)),
  },
  {
    name: 'the next incarnation acknowledges for the one before',
    killedBy: 'I25',
    ...acknowledgingEarlier(({ agent }, messages) => isForerunnerIn(agent, messages)),
  },
  {
    name: 'impossible is not final',
    killedBy: 'I25',
    core: afterTaken('join', (group, { agent }) => {
      for (const { acknowledgements } of messagesOf(group)) {
        const asked = acknowledgements as Open<Acknowledgements> | null;
        if (asked?.state !== 'impossible' || !asked.goneAgents.includes(agent)) continue;
        asked.state = 'pending';
        asked.gone -= 1;
        asked.goneAgents.splice(asked.goneAgents.indexOf(agent), 1);
      }
    }),
  },
  {
    name: 'a group made again counts its items from 1',
    killedBy: 'I28',
    patch: () =>
      patched(Stream.prototype, 'add', (real) => {
        return function (this: { end: number }, item: Open<Item>): unknown {
          if (item.type === 'round-opened' && item.round === 1 && item.view === 0) {
            item.offset = 1;
            this.end = 0;
          }
          return (real as (item: Item) => unknown).call(this as never, item);
        } as never;
      }),
  },
  {
    name: 'a checkpoint leaves a message out',
    killedBy: 'I22',
    replica: (replica) => {
      const parts = inside(replica);
      const take = parts.take.bind(replica);
      let isRestored = replica.state.index === 0;
      parts.take = (entry) => {
        for (const group of isRestored && replica.state.index > 0 ? replica.state.groups.values() : []) {
          const places = placesOf(group);
          const lost = places.findIndex((item) => item?.type === 'message');
          if (lost !== -1) places.splice(lost, 1);
        }
        isRestored = false;
        take(entry);
      };
    },
  },
  {
    name: 'a message moves the revision',
    killedBy: 'I29',
    core: afterTaken('say', (group) => {
      group.revision += 1;
    }),
  },
  {
    name: 'what is withheld is shown to a later holder of the name',
    killedBy: 'I27',
    core: afterTaken('join', (group, { agent, tokenHash }) => {
      for (const { to, mail } of messagesOf(group))
        if (to?.includes(agent) && mail?.tokens.includes(tokenHash) === false)
          (mail.tokens as string[]).push(tokenHash);
    }),
  },
  {
    name: 'what is let go leaves an older item behind',
    killedBy: 'I22',
    patch: () =>
      patched(Stream.prototype, 'dropOldest', (real) => {
        return function (this: { places: (Item | undefined)[]; dropped: number }): unknown {
          const { places, dropped } = this;
          const [older, newer] = [places[dropped], places[dropped + 1]];
          if (older?.type === 'view' && newer?.type === 'message')
            [places[dropped], places[dropped + 1]] = [newer, older];
          return (real as () => unknown).call(this as never);
        } as never;
      }),
  },
  {
    name: 'a message is said in a view that holds who has lapsed',
    killedBy: 'I24',
    ...lateLapses(),
  },
  {
    name: 'who waits for an item is not woken by it',
    killedBy: 'I12',
    replica: ({ waiters }) => {
      const wake = waiters.wakeFor.bind(waiters);
      waiters.wakeFor = ({ events }) => wake({ events, streamed: new Set() });
    },
  },
  {
    name: 'a local copy answers whatever its caller has seen',
    killedBy: 'I10',
    patch: () => patched(Sessions.prototype, 'caughtUp', () => (() => Promise.resolve()) as never),
  },
  {
    name: 'the SDK says of the next item that it is handled',
    killedBy: 'I26',
    patch: () =>
      patched(Cursor.prototype, 'set', (real) => {
        return function (this: never, offset: number, isUrgent: boolean): unknown {
          return (real as (...args: unknown[]) => unknown).call(this, offset + 1, isUrgent);
        } as never;
      }),
  },
  { name: 'a reader who fell behind is moved on unsaid', killedBy: 'I28', response: movedOn },
];
