import type { ItemJson, MemberJson, StabilityJson } from '../core/view/json-types.ts';
import type { CallOptions } from './requests.ts';
import type { Duration } from './time.ts';

/** The options of the client's calls about a group's stream, and the replies that only they get. */

/** The server's answer to a message. */
export interface SaidJson extends Partial<StabilityJson> {
  readonly group: string;
  /** Its place in the stream. */
  readonly offset: number;
  /** The view in which it was said. */
  readonly view: number;
  readonly index: number;
}

/** A page of a stream. */
export interface StreamJson<Item = ItemJson> {
  readonly group: string;
  readonly items: readonly Item[];
  /** Where the next page goes on; null at the end. */
  readonly next: number | null;
  /** The oldest offset that is kept, and the newest. */
  readonly oldest: number;
  readonly end: number;
  readonly view: number;
  readonly revision: number;
  readonly index: number;
}

/** The members of a group in the view in force. */
export interface ViewJson {
  readonly group: string;
  /** The offset of the item that made it. */
  readonly view: number;
  readonly members: readonly MemberJson[];
  readonly next: string | null;
  readonly total: number;
  readonly revision: number;
  readonly index: number;
}

/** The cursor of a member: everything up to and including `offset` is handled. */
export interface CursorJson {
  readonly group: string;
  readonly agent: string;
  readonly offset: number;
  readonly incarnation: number;
  readonly index: number;
}

/** What goes with a message. */
export interface SayOptions extends CallOptions {
  /** The members that it is for, at most 100; all when left out. To others it is withheld. */
  readonly to?: readonly string[] | undefined;
  /** The offset of the message that this one answers. */
  readonly replyTo?: number | undefined;
  /** The round that it is about: one that is open or has been. */
  readonly round?: number | undefined;
  /** Refused with `view-changed` unless this view is in force: nobody has come or gone since. */
  readonly inView?: number | undefined;
  /** How many of those it is for (`to`, else the voters) must acknowledge it before it is stable. */
  readonly ackBy?: number | 'majority' | 'all' | undefined;
  /** With `ackBy`: how long to wait until it is stable; 0 by default. */
  readonly wait?: Duration | undefined;
  /** Names this message: said again with the same key it is not said twice, as long as it is kept. A new one by default. */
  readonly idempotencyKey?: string | undefined;
}

/** From where on somebody listens, and as whom. */
export interface ListenOptions extends CallOptions {
  /** Listen as this member: from its cursor on, which moves along. */
  readonly agent?: string | undefined;
  /** Begin behind this offset, instead of at the cursor or with the oldest item. */
  readonly after?: number | undefined;
  /** Whether to wait for what comes; true by default. */
  readonly follow?: boolean | undefined;
}
