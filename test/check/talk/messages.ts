import type { Command } from '../../../src/core/entry.ts';
import { limits } from '../../../src/core/limits.ts';
import type { Result } from '../../../src/core/result.ts';
import type { Json } from '../../../src/core/types.ts';
import type { Blame } from '../../sim/evidence.ts';
import { type Book, isWaitedFor, judge, type Said, type Seat } from './book.ts';

type Say = Extract<Command, { type: 'say' }>;
type SetCursor = Extract<Command, { type: 'set-cursor' }>;

interface Place {
  readonly index: number;
  readonly revision: number;
  readonly at: string;
}

/** What a message or a cursor must have come to, and what the book has of it from then on. */
export class Messages {
  private readonly blame: Blame;
  private readonly count: (what: string) => void;

  constructor(blame: Blame, count: (what: string) => void) {
    this.blame = blame;
    this.count = count;
  }

  say(book: Book, command: Say, result: Result, place: Place): void {
    const of = `${command.key} in ${book.group} at ${place.index}`;
    const first = keptWith(book, command);
    if (first !== null) {
      this.again(first, command, result, of);
      if (!result.ok || ('did' in result && result.did === 'said-before')) return;
    }
    const seat = [...book.seats.values()].find(({ tokenHash }) => tokenHash === command.tokenHash);
    const wrong = whatIsWrong(book, seat, command);
    if (!result.ok) {
      this.count(`message refused: ${result.code}`);
      if (!wrong.includes(result.code))
        this.blame(
          'I6',
          `${of} was refused as ${result.code}; right is ${wrong.join(' or ') || 'to take it'}`,
        );
      return;
    }
    if (wrong.length > 0) {
      const invariant = seat === undefined ? 'I24' : 'I6';
      this.blame(invariant, `${of} was taken; it is ${wrong.join(' and ')}`);
    }
    if (seat === undefined || !('offset' in result) || result.did !== 'said') return;
    this.taken(book, command, seat, place);
    if (result.offset !== book.end || result.view !== book.view)
      this.blame(
        'I22',
        `${of} has offset ${result.offset} in view ${result.view}, not ${book.end} in ${book.view}`,
      );
    if (book.letGo() > 0) this.count('messages let go');
  }

  /** I23: what was said before is answered as it was, and said once. */
  private again(first: Said, command: Say, result: Result, of: string): void {
    this.count('message said again');
    if (!result.ok) this.count(`message refused: ${result.code}`);
    const isSame = first.request === requestOf(command);
    const isRight = isSame
      ? result.ok && result.did === 'said-before' && result.offset === first.offset
      : !result.ok && result.code === 'key-reused';
    if (!isRight)
      this.blame('I23', `${of} is said at ${first.offset} already, and came to ${JSON.stringify(result)}`);
  }

  cursor(book: Book, { agent, tokenHash, offset }: SetCursor, result: Result, index: number): void {
    const of = `cursor ${offset} of ${agent} in ${book.group} at ${index}`;
    const seat = book.seats.get(agent);
    const wrong: string[] = [];
    if (seat === undefined) wrong.push('agent-not-found');
    if (tokenHash === null) wrong.push('token-required');
    else if (seat?.tokenHash !== tokenHash) wrong.push('token-wrong');
    if (offset > book.end) wrong.push('cursor-ahead');
    if (!result.ok) {
      this.count(`cursor refused: ${result.code}`);
      if (!wrong.includes(result.code))
        this.blame('I26', `${of} was refused as ${result.code}, not ${wrong}`);
      return;
    }
    if (wrong.length > 0) this.blame('I26', `${of} was set; it is ${wrong.join(' and ')}`);
    if (seat === undefined || !('offset' in result)) return;
    const present = book.cursors.get(agent) ?? seat.incarnation;
    const now = Math.max(present, offset);
    if (offset < present) this.count('cursor not set back');
    if (result.offset !== now) this.blame('I26', `${of} was answered with ${result.offset}, it is ${now}`);
    // Whoever comes back goes on from what it was answered, also where that is where it began.
    book.cursors.set(agent, now);
    this.acknowledge(book, seat, offset, index);
  }

  private acknowledge(book: Book, seat: Seat, offset: number, index: number): void {
    for (const said of book.said.values()) {
      if (said.needed === null || said.offset > offset || !book.isKept(said.offset)) continue;
      const incarnation = said.recipients.get(seat.agent);
      if (incarnation !== undefined && incarnation !== seat.incarnation && said.gone.has(seat.agent))
        this.count('acknowledged by a successor, which does not count');
      if (incarnation !== seat.incarnation || !isWaitedFor(said, seat.agent)) continue;
      said.acknowledged.add(seat.agent);
      const before = said.states.at(-1)?.is;
      if (judge(said, index) === 'stable' && before === 'pending') this.count('message stable');
    }
  }

  private taken(book: Book, command: Say, seat: Seat, { index, revision, at }: Place): void {
    const { key, body, to = null, replyTo = null, round = null, ackBy = null } = command;
    const { agent: from, name } = seat;
    const offset = book.add({
      ...{ index, view: book.view, revision, type: 'message', at, from },
      ...(name === undefined ? {} : { name }),
      ...{ body: JSON.parse(body) as Json, to: to as Json, replyTo, round, ackBy },
    });
    const recipients = recipientsOf(book, command);
    const said: Said = {
      ...{ offset, from, key, recipients, request: requestOf(command), tokenHash: seat.tokenHash },
      readers:
        to === null ? null : new Set([from, ...to].map((agent) => book.seats.get(agent)?.tokenHash ?? '')),
      needed: ackBy === null ? null : neededOf(ackBy, recipients.size),
      acknowledged: new Set(recipients.has(from) ? [from] : []),
      gone: new Set(),
      states: [],
    };
    book.said.set(offset, said);
    this.count('message said');
    if (to !== null) this.count('message to some');
    if (judge(said, index) === 'stable') this.count('message stable');
  }
}

/** What the key and token say was said before, where that is still kept. [Q9.6] */
function keptWith(book: Book, { key, tokenHash }: Say): Said | null {
  if (key === null) return null;
  const own = [...book.said.values()].filter((said) => said.key === key && said.tokenHash === tokenHash);
  return own.find(({ offset }) => book.isKept(offset)) ?? null;
}

/** The message itself: in which view it is said is not looked at in a repeat. */
function requestOf({ body, to, replyTo, round, ackBy }: Say): string {
  return JSON.stringify([body, to, replyTo, round, ackBy]);
}

/** All codes with which the message may be refused. */
function whatIsWrong(book: Book, seat: Seat | undefined, command: Say): string[] {
  const { tokenHash, to, replyTo, inView, ackBy, round } = command;
  if (tokenHash === null) return ['token-required'];
  // Whose token it was may be known or not.
  if (seat === undefined) return ['agent-not-found', 'token-wrong'];
  const wrong: string[] = [];
  if (inView !== undefined && inView !== book.view) wrong.push('view-changed');
  if (to?.some((agent) => !book.seats.has(agent))) wrong.push('not-in-view');
  if (replyTo !== undefined) {
    const answered = book.said.get(replyTo);
    const mayRead = answered !== undefined && (answered.readers?.has(tokenHash) ?? true);
    if (!mayRead || !book.isKept(replyTo)) wrong.push('message-not-found');
    if (replyTo < book.oldest) wrong.push('messages-not-kept');
  }
  if (round !== undefined && !book.items.some((item) => item.round === round)) wrong.push('round-not-open');
  if (ackBy === undefined) return wrong;
  const recipients = recipientsOf(book, command).size;
  if (recipients === 0 || (typeof ackBy === 'number' && ackBy > recipients)) wrong.push('ack-out-of-reach');
  const pending = [...book.said.values()].filter(({ states }) => states.at(-1)?.is === 'pending').length;
  if (pending >= limits.messagesPending) wrong.push('limit-reached');
  return wrong;
}

/** The incarnations of the agents it is addressed to, or else of the voters of the view in force. [Q9.10] */
function recipientsOf(book: Book, { to }: Say): Map<string, number> {
  const seats = [...book.seats.values()].filter((seat) =>
    to === undefined ? seat.role === 'voter' : to.includes(seat.agent),
  );
  return new Map(seats.map(({ agent, incarnation }) => [agent, incarnation]));
}

function neededOf(ackBy: number | 'majority' | 'all', recipients: number): number {
  if (typeof ackBy === 'number') return ackBy;
  return ackBy === 'all' ? recipients : Math.floor(recipients / 2) + 1;
}
