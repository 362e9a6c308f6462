import type { Json } from '../../../src/core/types.ts';

/** What is known of one group's stream, kept by a reckoning of its own. [Q9] */

/** A member, for one unbroken membership. */
export interface Seat {
  readonly agent: string;
  readonly name: string | undefined;
  readonly role: 'voter' | 'observer';
  readonly tokenHash: string;
  /** The offset of its join. [Q9.4] */
  readonly incarnation: number;
}

export type Item = { readonly [name: string]: Json } & {
  readonly offset: number;
  readonly index: number;
  readonly type: string;
};

export type Stability = 'pending' | 'stable' | 'impossible';

/** A message and, where it asks for acknowledgements, who gave them. */
export interface Said {
  readonly offset: number;
  readonly from: string;
  readonly key: string | null;
  /** Of its sender. */
  readonly tokenHash: string;
  /** All that was asked for with it, as text. */
  readonly request: string;
  /** Of tokens that may read it; null: whoever reads the group. [Q9.11] */
  readonly readers: ReadonlySet<string> | null;
  /** The incarnation of each recipient in the view of the message. */
  readonly recipients: ReadonlyMap<string, number>;
  /** How many must acknowledge; null where none are asked for. */
  readonly needed: number | null;
  readonly acknowledged: Set<string>;
  /** Recipients whose incarnation ended before they had acknowledged. */
  readonly gone: Set<string>;
  /** What it was from which entry on, in order. */
  readonly states: { readonly index: number; readonly is: Stability }[];
}

/** The ends of what is kept, and the view in force, after a command of this entry. */
export interface Ends {
  readonly index: number;
  readonly oldest: number;
  readonly end: number;
  readonly view: number;
}

export class Book {
  readonly group: string;
  /** Index of the entry that made the group, and of the one that deleted it. */
  readonly from: number;
  until = Infinity;
  /** Offset of the first item. */
  readonly start: number;
  readonly items: Item[] = [];
  readonly seats = new Map<string, Seat>();
  readonly cursors = new Map<string, number>();
  readonly said = new Map<number, Said>();
  readonly ends: Ends[] = [];
  /** The most messages that it keeps. */
  readonly most: number;
  oldest: number;
  view = 0;
  /** Of the last event. */
  revision = 0;

  constructor(group: string, from: number, start: number, most: number) {
    this.group = group;
    this.from = from;
    this.start = start;
    this.oldest = start;
    this.most = most;
  }

  get end(): number {
    return this.start + this.items.length - 1;
  }

  item(offset: number): Item | undefined {
    return this.items[offset - this.start];
  }

  add(item: Omit<Item, 'offset'>): number {
    const offset = this.end + 1;
    this.items.push({ offset, ...item } as Item);
    return offset;
  }

  /** Whether a message is still kept. */
  isKept(offset: number): boolean {
    return offset >= this.oldest && this.said.has(offset);
  }

  /** Lets go what is more than the group keeps: the oldest messages, and all before them. [Q9.8] */
  letGo(): number {
    const kept = [...this.said.keys()].filter((offset) => offset >= this.oldest);
    const gone = kept.slice(0, Math.max(0, kept.length - this.most));
    const last = gone.at(-1);
    if (last !== undefined) this.oldest = last + 1;
    return gone.length;
  }

  /** Notes the ends as they are after a command of this entry. */
  mark(index: number): void {
    const { oldest, end, view } = this;
    this.ends.push({ index, oldest, end, view });
  }

  /** The ends after the commands of the entry, and from before it where it said nothing of them. */
  endsAt(index: number): readonly Ends[] {
    const during = this.ends.filter((one) => one.index === index);
    return during.length > 0 ? during : this.ends.filter((one) => one.index < index).slice(-1);
  }
}

/** Each thing that the message was at some moment of the entry. */
export function statesAt({ states }: Said, index: number): readonly Stability[] {
  const before = states.filter((one) => one.index < index).slice(-1);
  return [...before, ...states.filter((one) => one.index === index)].map(({ is }) => is);
}

/** Whether a recipient, in the incarnation that the message was sent to, is still to be waited for. */
export function isWaitedFor(said: Said, agent: string): boolean {
  return said.recipients.has(agent) && !said.acknowledged.has(agent) && !said.gone.has(agent);
}

/** Notes what the message is by now; the first thing but pending is final. [Q9.10] */
export function judge(said: Said, index: number): Stability {
  const last = said.states.at(-1)?.is ?? 'pending';
  if (said.needed === null || last !== 'pending') return last;
  const waiting = [...said.recipients.keys()].filter((agent) => isWaitedFor(said, agent)).length;
  const have = said.acknowledged.size;
  const is = have >= said.needed ? 'stable' : have + waiting < said.needed ? 'impossible' : 'pending';
  if (is !== last || said.states.length === 0) said.states.push({ index, is });
  return is;
}
