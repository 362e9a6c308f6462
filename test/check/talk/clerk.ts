import type { Applied } from '../../../src/core/apply.ts';
import type { Command, Entry } from '../../../src/core/entry.ts';
import type { Group, State } from '../../../src/core/group/state.ts';
import { limits } from '../../../src/core/limits.ts';
import type { Event, Result } from '../../../src/core/result.ts';
import type { Json, Outcome } from '../../../src/core/types.ts';
import type { Blame } from '../../sim/evidence.ts';
import { Book, isWaitedFor, judge, type Seat } from './book.ts';
import { Messages } from './messages.ts';

/** What the state was right after one command. */
interface Moment {
  readonly command: Command;
  readonly result: Result;
  readonly version: number;
  readonly revisions: ReadonlyMap<string, number>;
  /** Of the command's own group. */
  readonly members: ReadonlyMap<string, Omit<Seat, 'incarnation'> & { readonly over: boolean }>;
  readonly rounds: ReadonlyMap<number, Outcome>;
  readonly stream: { readonly oldest: number; readonly end: number; readonly view: number } | null;
  readonly most: number;
}

/**
 * Keeps a book of each group's stream from the commands of the log, what came of them and the events that everybody sees, and
 * holds what `apply` makes of a stream against it.
 *
 * I22: one sequence without gaps. I23: a key takes effect once. I24: views hold who is there. I25: stability. I26: cursors.
 * I28: what is kept is a suffix, and no offset comes again. I29: messages leave the revision alone.
 */
export class Clerk {
  /** Of each name, those of the groups that had it, in order. */
  readonly books = new Map<string, Book[]>();
  private moments: Moment[] = [];
  private readonly messages: Messages;
  private readonly blame: Blame;
  private readonly count: (what: string) => void;

  constructor(blame: Blame, count: (what: string) => void) {
    this.blame = blame;
    this.count = count;
    this.messages = new Messages(blame, count);
  }

  /** To be told of every command right after it was applied. */
  command(command: Command, result: Result, state: State): void {
    const group = 'group' in command && command.group !== null ? state.groups.get(command.group) : undefined;
    this.moments.push({
      command,
      result,
      version: state.version,
      revisions: new Map([...state.groups].map(([name, { revision }]) => [name, revision])),
      members: new Map(
        [...(group?.members ?? [])]
          .filter(([, { live }]) => live)
          .map(([agent, { name, role, tokenHash, expiresAt }]) => [
            agent,
            { agent, name, role, tokenHash, over: expiresAt <= state.time },
          ]),
      ),
      rounds: new Map(group?.closed),
      stream: endsOf(group),
      most: Math.min(group?.settings.retention?.messages ?? limits.messagesKept, limits.messagesKept),
    });
  }

  /** To be told of every entry right after it was applied. */
  entry(_: Entry, { events }: Applied, state: State): void {
    const { moments } = this;
    this.moments = [];
    let next = 0;
    for (const moment of moments) {
      const own: Event[] = [];
      while (next < events.length && isOf(events[next] as Event, moment)) {
        own.push(events[next] as Event);
        next += 1;
      }
      for (const event of own) this.event(event, moment, state);
      this.said(moment, own, state);
      for (const list of this.books.values()) {
        const book = list.at(-1) as Book;
        if (book.until === Infinity) book.mark(state.index);
      }
    }
    for (const list of this.books.values()) this.compare(list.at(-1) as Book, state);
  }

  private book(group: string): Book | undefined {
    const last = this.books.get(group)?.at(-1);
    return last?.until === Infinity ? last : undefined;
  }

  private event(event: Event, moment: Moment, state: State): void {
    const { type, group, agent, round } = event;
    if (type === 'group-created') this.begin(event, moment, state);
    const book = this.book(group);
    if (book === undefined) return;
    book.revision = event.revision;
    switch (type) {
      case 'agent-joined':
        this.arrive(book, event, moment);
        break;
      case 'agent-left':
      case 'agent-expired':
        this.depart(book, event);
        break;
      case 'agent-renamed': {
        const seat = book.seats.get(agent as string);
        if (seat === undefined) break;
        const now = { ...seat, name: moment.members.get(seat.agent)?.name };
        book.seats.set(seat.agent, now);
        this.count('member renamed');
        book.view = this.view(book, event, 'renamed', now);
        break;
      }
      case 'round-opened':
        book.add({ ...common(book, event), round });
        break;
      case 'round-closed': {
        const outcome = moment.rounds.get(round ?? 0);
        const { state: is = null, reason = null, value = null } = outcome ?? {};
        const said = value === null ? null : (JSON.parse(value) as Json);
        book.add({
          ...common(book, event),
          round,
          state: is,
          reason,
          value: said,
          known: outcome !== undefined,
        });
        break;
      }
      case 'group-deleted':
        book.until = event.index;
        break;
      default:
    }
  }

  private begin({ group, index }: Event, { version, stream, most }: Moment, { version: now }: State): void {
    if (version < 2 || now < 2 || stream === null) return;
    const earlier = this.books.get(group) ?? [];
    const last = earlier.at(-1)?.end ?? 0;
    if (stream.oldest <= last)
      this.blame(
        'I28',
        `${group} was made again at ${index} and begins at offset ${stream.oldest}, not above ${last}`,
      );
    if (earlier.length > 0) this.count('stream of a group made again');
    this.books.set(group, [...earlier, new Book(group, index, stream.oldest, most)]);
  }

  private arrive(book: Book, event: Event, { members }: Moment): void {
    const agent = event.agent as string;
    const { name, role = 'voter', tokenHash = '' } = members.get(agent) ?? {};
    if (book.seats.has(agent))
      this.blame('I24', `${agent} of ${book.group} joined at ${event.index} and is there`);
    const seat = { agent, name, role, tokenHash, incarnation: book.end + 1 };
    if (book.cursors.has(agent)) this.count('member came back to its cursor');
    book.seats.set(agent, seat);
    book.view = this.view(book, event, 'joined', seat);
  }

  private depart(book: Book, event: Event): void {
    const seat = book.seats.get(event.agent as string);
    if (seat === undefined) return;
    book.seats.delete(seat.agent);
    book.view = this.view(book, event, event.type === 'agent-left' ? 'left' : 'expired', seat);
    for (const said of book.said.values()) {
      const isRecipient = said.recipients.get(seat.agent) === seat.incarnation;
      if (!isRecipient || !isWaitedFor(said, seat.agent)) continue;
      said.gone.add(seat.agent);
      const before = said.states.at(-1)?.is;
      if (judge(said, event.index) === 'impossible' && before === 'pending') this.count('message impossible');
    }
  }

  private view(book: Book, event: Event, change: string, { agent, name, role, incarnation }: Seat): number {
    const about = { change, agent, ...(name === undefined ? {} : { name }), role, incarnation };
    return book.add({ ...common(book, event), type: 'view', view: book.end + 1, ...about });
  }

  /** What a message or a cursor did. */
  private said(
    { command, result, members, revisions }: Moment,
    events: readonly Event[],
    { index, time }: State,
  ): void {
    if (command.type !== 'say' && command.type !== 'set-cursor') return;
    const book = this.book(command.group);
    if (book === undefined) return;
    for (const { type } of events)
      if (!['agent-expired', 'round-closed', 'round-opened', 'group-deleted'].includes(type))
        this.blame('I29', `${command.type} in ${book.group} at ${index} is an event ${type}`);
    const lapsed = [...members.values()].find(({ agent, over }) => over && book.seats.has(agent));
    if (lapsed !== undefined)
      this.blame('I24', `${lapsed.agent} of ${book.group} is in view at ${index}, and its lease is over`);
    const at = new Date(time).toISOString();
    const revision = revisions.get(book.group) as number;
    if (command.type === 'say') this.messages.say(book, command, result, { index, revision, at });
    else this.messages.cursor(book, command, result, index);
  }

  /** What `apply` has made of a stream is what the book has. */
  private compare(book: Book, { groups, index }: State): void {
    if (book.until !== Infinity) return;
    const group = groups.get(book.group) as Group;
    const own = endsOf(group);
    const { end, oldest, view } = book;
    if (own === null || own.end !== end || own.view !== view)
      this.blame(
        'I22',
        `${book.group} at ${index} ends ${JSON.stringify(own)}, by the log ${JSON.stringify({ end, view })}`,
      );
    else if (own.oldest !== oldest)
      this.blame(
        'I28',
        `${book.group} at ${index} keeps from ${own.oldest} on, it must keep from ${oldest} on`,
      );
    if (group.revision !== book.revision)
      this.blame(
        'I29',
        `${book.group} at ${index} is at revision ${group.revision}, its last event at ${book.revision}`,
      );
  }
}

function endsOf(group: Group | undefined): Moment['stream'] {
  const stream = group?.stream;
  return stream === undefined || stream === null
    ? null
    : { oldest: stream.oldest, end: stream.end, view: stream.view };
}

/** Whether the event came with the command that left the groups at these revisions. */
function isOf({ group, revision, type }: Event, { revisions }: Moment): boolean {
  const reached = revisions.get(group);
  return reached === undefined ? type !== 'group-created' : revision <= reached;
}

function common(book: Book, { index, revision, type, time }: Event) {
  return { index, view: book.view, revision, type, at: new Date(time).toISOString() };
}
