import { limits } from '../limits.ts';
import type { AckBy, AgentKind, Canonical, OutcomeReason } from '../types.ts';
import { drop, emptyMap, withEntry } from './small-maps.ts';

/** The stream of a group: its views, messages and rounds, numbered by offset in their one order. [Q9.1] */

/** What every item has. */
export interface Place {
  /** 1, 2, 3, ... in the group, without gaps. */
  readonly offset: number;
  /** Of the entry; one entry may hold many items. */
  readonly index: number;
  /** Offset of the view in force. */
  readonly view: number;
  /** Of the group. */
  readonly revision: number;
  /** Log time, ms. */
  readonly at: number;
}

/** A change of the members, which makes the next view. Its offset names the view. [Q9.3] */
export interface ViewItem extends Place {
  readonly type: 'view';
  readonly change: 'joined' | 'left' | 'expired' | 'renamed';
  readonly agent: string;
  readonly role: 'voter' | 'observer';
  readonly incarnation: number;
  /** What the agent is shown as; left out when it has no name but its id. */
  readonly name?: string;
  readonly kind?: AgentKind;
}

interface OpenedItem extends Place {
  readonly type: 'round-opened';
  readonly round: number;
}

export interface ClosedItem extends Place {
  readonly type: 'round-closed';
  readonly round: number;
  readonly state: 'SUCCESS' | 'FAILED';
  readonly reason: OutcomeReason;
  /** The decision; null unless SUCCESS. */
  readonly value: Canonical | null;
}

/** An agent's own word to the group, or to some of it. [Q9.5] */
export interface Message extends Place {
  readonly type: 'message';
  readonly from: string;
  /** What the sender was shown as; left out when it had no name but its id. */
  readonly name?: string;
  readonly body: Canonical;
  /** Null: everybody. */
  readonly to: readonly string[] | null;
  readonly replyTo: number | null;
  readonly round: number | null;
  readonly ackBy: AckBy | null;
  /** Of the token it was sent under, and the Idempotency-Key. [Q9.6] */
  readonly tokenHash: string;
  readonly key: string | null;
  readonly mail: Mail | null;
  /** Null where it asks for no acknowledgements. */
  readonly acknowledgements: Acknowledgements | null;
}

/** Who may read an addressed message besides its sender and the manager of the group. [Q9.11] */
export interface Mail {
  /** Hashes of the tokens that its addressees had in its view. */
  readonly tokens: readonly string[];
  /** Whether it was sent in a group that admits by invite, where a name's later tokens may read it too. */
  readonly byInvite: boolean;
}

/** How far a message is acknowledged. Once its state is not pending, nothing of it changes. [Q9.10] */
export interface Acknowledgements {
  state: 'pending' | 'stable' | 'impossible';
  /** How many of so many recipients must acknowledge it. */
  readonly needed: number;
  readonly recipients: number;
  /** The agents it is addressed to; null: the voters of its view. */
  readonly among: ReadonlySet<string> | null;
  /** How many have, and how many ended their membership before they had; of both the first names. */
  acknowledged: number;
  gone: number;
  readonly acknowledgedBy: string[];
  readonly goneAgents: string[];
}

export type Item = ViewItem | OpenedItem | ClosedItem | Message;

export class Stream {
  /** Offset of the latest item; where there is none, the one before the first. */
  end: number;
  /** Offset of the view in force; 0 before the first. */
  view = 0;
  /** The items kept, a suffix without gaps, oldest first; before them `dropped` places of others. */
  private places: (Item | undefined)[] = none;
  private dropped = 0;
  /** Kept messages by token and Idempotency-Key. Follows from `items`. */
  private keys: ReadonlyMap<string, Message> = emptyMap();
  /** Kept messages that are neither stable nor impossible, oldest first. Follows from `items`. */
  pending: readonly Message[] = none;
  /** How many messages are kept, and how many characters the items take. Follow from `items`. */
  messages = 0;
  characters = 0;
  /** Index of the item that was dropped last; 0 before that. Not stored. */
  droppedOf = 0;

  constructor(end: number) {
    this.end = end;
  }

  /** Offset of the oldest item that is kept; where there is none, the next one's. */
  get oldest(): number {
    return this.end - this.length + 1;
  }

  /** How many items are kept. */
  get length(): number {
    return this.places.length - this.dropped;
  }

  /** The items kept, oldest first, as they are now. */
  get items(): Item[] {
    return this.places.slice(this.dropped) as Item[];
  }

  /** The item at an offset; undefined where none is kept. */
  at(offset: number): Item | undefined {
    return this.places[this.places.length - 1 - (this.end - offset)];
  }

  /** The kept items after an offset, in order; it must not change meanwhile. */
  *after(offset: number): Generator<Item> {
    for (let next = Math.max(offset + 1, this.oldest); next <= this.end; next += 1)
      yield this.at(next) as Item;
  }

  /** The message that came first with this key under this token, if it is kept. [Q9.6] */
  withKey(tokenHash: string, key: string): Message | undefined {
    return this.keys.get(keyId(tokenHash, key));
  }

  /** Adds the next item; its offset must be one above `end`. */
  add(item: Item): void {
    this.end = item.offset;
    this.view = item.view;
    if (this.places.length < few) this.places = this.places.concat(item);
    else this.places.push(item);
    this.characters += charactersIn(item);
    if (item.type !== 'message') return;
    this.messages += 1;
    const { key, tokenHash, acknowledgements } = item;
    if (key !== null) this.keys = withEntry(this.keys, keyId(tokenHash, key), item);
    if (acknowledgements?.state === 'pending') this.pending = [...this.pending, item];
  }

  /** Drops the oldest items beyond the limits, always keeping the latest. [Q9.8] */
  shorten(mostMessages: number): void {
    while (
      this.length > 1 &&
      (this.length > limits.itemsKept ||
        this.messages > mostMessages ||
        this.characters > limits.streamCharactersKept)
    )
      this.dropOldest();
  }

  /** To be called when a message is pending no longer. */
  settled(message: Message): void {
    this.pending = this.pending.filter((one) => one !== message);
  }

  private dropOldest(): void {
    const { places, dropped } = this;
    const item = places[dropped] as Item;
    places[dropped] = undefined;
    this.dropped += 1;
    this.droppedOf = item.index;
    // Half at a time, which keeps the cost per item constant.
    if (this.dropped > atOnce && this.dropped > this.length) {
      places.splice(0, this.dropped);
      this.dropped = 0;
    }
    this.characters -= charactersIn(item);
    if (item.type !== 'message') return;
    this.messages -= 1;
    if (item.key !== null) drop(this.keys, keyId(item.tokenHash, item.key));
    if (item.acknowledgements?.state === 'pending') this.settled(item);
  }
}

const none: never[] = [];

/** Up to so many items, a list is made anew with each: most groups have a few, and a list that grows takes room for 17. */
const few = 4;

/** Places of dropped items that are left alone. */
const atOnce = 1000;

/** The stream of a group that was made before the log had streams: one object for all. Nothing is added to it. */
export const noStream = new Stream(0);

// A hash has no spaces, so each id is made in one way only.
function keyId(tokenHash: string, key: string): string {
  return `${tokenHash} ${key}`;
}

/** How many characters an item takes, as far as callers choose how many. */
export function charactersIn(item: Item): number {
  if (item.type === 'round-closed') return item.value?.length ?? 0;
  if (item.type !== 'message') return 0;
  const { body, to, mail, acknowledgements } = item;
  const named = (to?.length ?? 0) + (acknowledgements === null ? 0 : limits.acknowledgedNames);
  return body.length + named * limits.nameLength + (mail?.tokens.length ?? 0) * limits.nameLength;
}
