import { canonical } from '../../../src/core/json.ts';
import type { Json } from '../../../src/core/types.ts';
import { hashOf } from '../../../src/http/edge/access.ts';
import type { Blame, Exchange } from '../../sim/evidence.ts';
import { joinKey } from '../../sim/plan.ts';
import { type Answer, label, placeOf } from '../answers.ts';
import { type Book, type Item, type Said, type Seat, statesAt } from './book.ts';

/** A request about a group's stream, and what was answered, taken apart. */
interface Talk {
  readonly group: string;
  /** What it is about, as its path says behind the group. */
  readonly about: readonly string[];
  readonly query: URLSearchParams;
  readonly caller: string | null;
  readonly body: Body;
  readonly index: number;
  readonly label: string;
}

type Body = { readonly [name: string]: unknown };

/** Gives what is wrong with an answer, by its invariant, or null. */
type Complaint = readonly [invariant: string, text: string] | null;

/**
 * Holds every answer about streams against the books.
 *
 * I22: pages are segments of the one sequence. I23: an acknowledged message is where the answer says. I24: views show who is in
 * them. I25: what a message is said to be, it is. I26: a cursor is never shown lower than before. I27: what is withheld is shown
 * to nobody else, whoever holds a name by now. I28: who asks for what is let go is told so.
 */
export class TalkAnswers {
  private readonly books: ReadonlyMap<string, readonly Book[]>;
  private readonly blame: Blame;
  private readonly count: (what: string) => void;

  constructor(books: ReadonlyMap<string, readonly Book[]>, blame: Blame, count: (what: string) => void) {
    this.books = books;
    this.blame = blame;
    this.count = count;
  }

  check(answers: readonly Answer[]): void {
    for (const answer of answers) {
      this.secrets(answer);
      const talk = talkOf(answer);
      if (talk === null) continue;
      const books = (this.books.get(talk.group) ?? []).filter(
        ({ from, until }) => from <= talk.index && until >= talk.index,
      );
      // In the entry that deletes a group and makes it again the answer may be of either.
      const complaints = books.map((book) => this.complaint(book, talk, answer));
      const first = complaints[0];
      if (first && complaints.every((one) => one !== null))
        this.blame(first[0], `${talk.label}: ${first[1]}`);
    }
  }

  private complaint(book: Book, talk: Talk, { exchange, status }: Answer): Complaint {
    const { about, body } = talk;
    const [noun, name, verb] = about;
    const { method } = exchange.request;
    if (body.code === 'messages-not-kept') return this.notKept(book, talk);
    if (status >= 300) return null;
    if ((noun === 'stream' || noun === 'messages') && 'items' in body) return this.page(book, talk);
    if (noun === 'messages' && method === 'POST') return this.sent(book, talk, exchange);
    if (noun === 'messages' && verb === undefined) return this.one(book, talk, Number(name));
    if (noun === 'view') return this.view(book, talk);
    if (noun === 'agents' && verb === undefined && method === 'PUT')
      return this.joined(book, talk, name ?? '');
    return null;
  }

  /** I27: the text of an addressed message is in no answer but to those who may read it. */
  private secrets({ text, exchange }: Answer): void {
    const group = exchange.request.path.split('/')[3]?.split('?')[0] ?? '';
    const caller = callerOf(exchange);
    for (const book of this.books.get(group) ?? [])
      for (const said of book.said.values()) {
        const { text: secret } = (book.item(said.offset)?.body ?? {}) as { readonly text?: string };
        if (secret === undefined || mayRead(said, caller) || !text.includes(secret)) continue;
        const { process, server, request } = exchange;
        this.blame('I27', `${process}'s ${request.method} ${request.path} at s${server} shows ${secret}`);
      }
  }

  private notKept(book: Book, { about, query, body, index }: Talk): Complaint {
    const ends = book.endsAt(index);
    const asked = about.length > 1 ? Number(about[1]) : Number(query.get('after')) + 1;
    this.count('reader told that messages are let go');
    if (ends.every(({ oldest }) => asked >= oldest)) return ['I28', `${asked} is kept`];
    const isRight = ends.some(({ oldest, view }) => body.oldest === oldest && body.view === view);
    return about[0] === 'stream' && !isRight
      ? ['I28', `names ${body.oldest} ${body.view}, it is ${text(ends)}`]
      : null;
  }

  private page(book: Book, { about, query, caller, body, index }: Talk): Complaint {
    const { items, end, oldest, view, next } = body as unknown as {
      items: Item[];
      end: number;
      oldest: number;
      view: number;
      next: number | null;
    };
    const ends = book.endsAt(index);
    if (!ends.some((one) => one.end === end && one.oldest === oldest && one.view === view))
      return ['I22', `is of ${text({ end, oldest, view })} at ${index}, it is ${text(ends)}`];
    const after = query.get('after');
    const from = after === null ? oldest : Number(after) + 1;
    if (query.get('consistency') === 'local') this.count('stream read from a local copy');
    if (from > end + 1) return items.length === 0 ? null : ['I22', `shows ${text(items)} after the end`];
    if (from < oldest) return ['I28', `shows what comes after ${after}; it is kept from ${oldest} on`];
    const due = book.items
      .slice(from - book.start, end - book.start + 1)
      .filter(({ type }) => about[0] === 'stream' || type === 'message');
    const most = Number(query.get('limit') ?? Infinity);
    if (items.length > most) return ['I22', `shows ${items.length} of at most ${most} items`];
    if (items.length === 0 && due.length > 0) return ['I22', `shows nothing, there is ${text(due[0])}`];
    if ((next === null) !== (items.length === due.length) && about[0] === 'stream')
      return ['I22', `shows ${items.length} of ${due.length} items and goes on at ${next}`];
    for (const [i, item] of items.entries()) {
      const wrong = this.shown(book, item, due[i], caller);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  /** Whether the item is shown as it is, or withheld where it must be. */
  private shown(book: Book, shown: Body, item: Item | undefined, caller: string | null): Complaint {
    const said = item === undefined ? undefined : book.said.get(item.offset);
    if (item !== undefined && said !== undefined && !mayRead(said, caller)) {
      this.count('message withheld');
      const due = { offset: item.offset, index: item.index, withheld: true };
      return sorted(shown) === sorted(due) ? null : ['I27', `shows ${text(shown)}, not ${text(due)}`];
    }
    const { known = true, ...whole } = (item ?? {}) as Body;
    // Of an outcome that was let go in its own entry nothing is known but that it was.
    const due = known ? whole : { ...whole, state: shown.state, reason: shown.reason, value: shown.value };
    return sorted(shown) === sorted(due) ? null : ['I22', `shows ${text(shown)}, it is ${text(due)}`];
  }

  private one(book: Book, { body, caller, index }: Talk, offset: number): Complaint {
    const { stability, acknowledgements, group: _, ...shown } = body;
    const wrong = this.shown(book, shown, book.item(offset), caller);
    const said = book.said.get(offset);
    if (wrong !== null || said === undefined || shown.withheld === true) return wrong;
    return this.acknowledged(said, { stability, acknowledgements }, index);
  }

  private sent(book: Book, { body, index }: Talk, { request }: Exchange): Complaint {
    const { offset, view, stability, acknowledgements } = body;
    const item = book.item(offset as number);
    const said = book.said.get(offset as number);
    const asked = JSON.parse(request.body ?? '{}') as Body;
    if (item === undefined || said === undefined || item.index > index || item.view !== view)
      return ['I23', `was told of ${text(body)}, there is ${text(item)}`];
    const isOwn = said.key === (request.headers['idempotency-key'] ?? null);
    if (!isOwn || text(item.body) !== canonical(asked.body as Json))
      return ['I23', `sent ${text(asked)}, there is ${text(item)}`];
    if (said.needed === null) return null;
    // Whoever is a member no more may not be told how others have acknowledged what it said.
    if (acknowledgements === undefined && hasGone(book, said, index)) return null;
    return this.acknowledged(said, { stability, acknowledgements }, index);
  }

  /** I25: what became of the message, and that it follows from the figures. */
  private acknowledged(said: Said, shown: Body, index: number): Complaint {
    if (said.needed === null)
      return shown.acknowledgements === null ? null : ['I25', `shows ${text(shown)}, nothing was asked for`];
    if (shown.acknowledgements == null) return ['I25', `shows ${text(shown)} at ${index}`];
    const { needed, acknowledged, waiting, gone } = shown.acknowledgements as {
      needed: number;
      [name: string]: unknown;
    } & { [name in 'acknowledged' | 'waiting' | 'gone']: { count: number; agents: string[] } };
    const may = statesAt(said, index);
    if (!may.includes(shown.stability as never))
      return ['I25', `says ${shown.stability} at ${index}, it is ${may.join(' or ')}`];
    const all = acknowledged.count + waiting.count + gone.count;
    const is =
      acknowledged.count >= needed
        ? 'stable'
        : acknowledged.count + waiting.count < needed
          ? 'impossible'
          : 'pending';
    if (needed !== said.needed || all !== said.recipients.size || is !== shown.stability)
      return ['I25', `shows ${text(shown)} of ${said.needed} needed of ${said.recipients.size}`];
    const stranger = acknowledged.agents.find((agent) => !said.acknowledged.has(agent));
    return stranger === undefined ? null : ['I25', `says that ${stranger} has acknowledged`];
  }

  private view(book: Book, { body, index, query }: Talk): Complaint {
    const { view, members, next, total } = body as unknown as {
      view: number;
      members: Seat[];
      next: string | null;
      total: number;
    };
    const ends = book.endsAt(index);
    if (!ends.some((one) => one.view === view))
      return ['I24', `is view ${view} at ${index}, it is ${text(ends)}`];
    const seats = membersOf(book, view);
    const stranger = members.find((one) => sorted(seats.get(one.agent)) !== sorted(one));
    if (stranger !== undefined)
      return ['I24', `shows ${text(stranger)}, it is ${text(seats.get(stranger.agent))}`];
    const isWhole = next !== null || query.has('after') || members.length === seats.size;
    return total === seats.size && isWhole
      ? null
      : ['I24', `shows ${members.length} of ${seats.size} members`];
  }

  private joined(book: Book, { body }: Talk, agent: string): Complaint {
    const { view, incarnation } = body as { view?: number; incarnation?: number };
    if (view === undefined) return null;
    const seat = membersOf(book, view).get(agent);
    return seat?.incarnation === incarnation
      ? null
      : ['I24', `joined ${text(body)}, in its view is ${text(seat)}`];
  }
}

/** Who was in a view, from what changed up to it. */
function membersOf(book: Book, view: number): ReadonlyMap<string, Omit<Seat, 'tokenHash'>> {
  const members = new Map<string, Omit<Seat, 'tokenHash'>>();
  for (const { offset, type, change, agent, name, role, incarnation } of book.items) {
    if (offset > view || type !== 'view') continue;
    if (change === 'left' || change === 'expired') members.delete(agent as string);
    else {
      const shown = name === undefined ? { agent, role, incarnation } : { agent, name, role, incarnation };
      members.set(agent as string, shown as never);
    }
  }
  return members;
}

/** Whether the membership in which a message was said is over at this index. */
function hasGone(book: Book, { from, offset }: Said, index: number): boolean {
  const { incarnation } = membersOf(book, offset).get(from) ?? {};
  return book.endsAt(index).some(({ view }) => membersOf(book, view).get(from)?.incarnation !== incarnation);
}

function mayRead({ readers }: Said, caller: string | null): boolean {
  return readers === null || (caller !== null && (readers.has(caller) || caller === hashOf(joinKey)));
}

function callerOf({ request }: Exchange): string | null {
  const token = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  return token === undefined ? null : hashOf(token);
}

function talkOf(answer: Answer): Talk | null {
  const { exchange, text: said } = answer;
  const [path = '', query = ''] = exchange.request.path.split('?', 2);
  const [, version, noun, group = '', ...about] = path.split('/');
  if (version !== 'v1' || noun !== 'groups' || about.length === 0 || !said.startsWith('{')) return null;
  const body = JSON.parse(said) as Body;
  if (typeof body.index !== 'number') return null;
  const asked = { group, about, query: new URLSearchParams(query), caller: callerOf(exchange) };
  return {
    ...asked,
    body,
    index: 'items' in body ? body.index : (placeOf(answer) ?? body.index),
    label: label(answer),
  };
}

function text(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing';
}

/** As text, whatever the order of its members. */
function sorted(value: object | undefined): string {
  return text(Object.entries(value ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}
