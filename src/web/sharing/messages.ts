import type { Problem } from '../../client/errors.ts';
import type { FeedMessage, Scope } from '../feed.ts';

/** What pages of one browser say to each other about the stream that they share. All hear all; each heeds what is for it. */

/** Which stream a channel is about: whoever listens there has this token, so that nobody hears what its own may not see. */
export interface Place {
  /** Of the server. */
  readonly url: string;
  /** Null for everybody's. */
  readonly token: string | null;
}

/** The name of the channel. `build` keeps pages of another version, which say other things, apart. */
export const channelOf = ({ url, token }: Place, build: string): string => `${build} ${url} ${token ?? ''}`;

/** From a page that follows to whoever has the stream. `from` names one follower. */
export type Wish =
  | {
      readonly say: 'follow';
      readonly from: string;
      readonly groups: Scope;
      /** Index up to which the follower has seen everything; null: nothing. */
      readonly seen: number | null;
      /** Whether the stream may be dead without a sign, as after a sleep. */
      readonly isDoubtful: boolean;
    }
  /** Asks whether the stream goes on. */
  | { readonly say: 'here'; readonly from: string }
  | { readonly say: 'leave'; readonly from: string };

/** From whoever has the stream; `to` names one follower, null is for all that were told `open`. */
export type News =
  | { readonly say: 'feed'; readonly to: string | null; readonly message: FeedMessage }
  | { readonly say: 'goes-on'; readonly to: string }
  /** There is no stream any more: ask again. */
  | { readonly say: 'ended'; readonly to: string | null }
  | { readonly say: 'refused'; readonly to: string; readonly problem: Problem };

/** About who has the stream. */
type Vote =
  | { readonly say: 'leads'; readonly id: string }
  /** Would lead if nobody does. */
  | { readonly say: 'stands'; readonly id: string };

export type Said = Wish | News | Vote;

/** 64 random bits: names a follower, or who leads. */
export function freshId(): string {
  return crypto.getRandomValues(new BigUint64Array(1))[0]?.toString(36) ?? '';
}
