import type { Canonical, Json } from '../../src/core/types.ts';
import type { Asked, Fact, Membership } from './stability.ts';

/** What a group's stream holds, by offset: every item there ever was, as whoever manages the group reads it. [Q9.1] */

/** The fields of an item, but for the revision, which the model does not count. */
export interface ModelItem {
  readonly offset: number;
  readonly index: number;
  readonly view: number;
  readonly type: 'view' | 'message' | 'round-opened' | 'round-closed';
  readonly at: string;
  readonly [field: string]: Json;
}

/** What a message has beside its item. */
export interface ModelMessage {
  readonly from: string;
  readonly body: Canonical;
  readonly to: readonly string[] | null;
  readonly replyTo: number | null;
  readonly round: number | null;
  readonly ackBy: Asked['ackBy'] | null;
  /** Of the token it came under. */
  readonly token: string;
  readonly key: string | null;
  /** Hashes of the tokens that its sender and addressees had. [Q9.11] */
  readonly readers: ReadonlySet<string>;
  readonly recipients: readonly Membership[];
  /** Whether the group admitted by invite then. */
  readonly byInvite: boolean;
}

export interface ModelStream {
  readonly items: ModelItem[];
  /** By offset. */
  readonly messages: Map<number, ModelMessage>;
  readonly facts: Fact[];
  /** By agent. [Q9.9] */
  readonly cursors: Map<string, number>;
  /** Offset of the oldest item that is kept; it never falls. */
  oldest: number;
}

export function emptyStream(): ModelStream {
  return { items: [], messages: new Map(), facts: [], cursors: new Map(), oldest: 0 };
}

/** A message that is to be acknowledged; null where nobody asked for it. */
export function askedIn({ messages }: ModelStream, offset: number): Asked | null {
  const message = messages.get(offset);
  if (message === undefined || message.ackBy === null) return null;
  const { from, ackBy, recipients } = message;
  return { offset, from, ackBy, recipients };
}
