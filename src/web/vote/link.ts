import type { Json } from '../../core/types.ts';
import { type Store, store } from '../store.ts';

/** What a link to the vote page says about its reader. */
export interface VoteLink {
  /** The name that it is for; null when everybody chooses one. */
  readonly agent: string | null;
  /** The secret of an invite; null without one. [Q5.14] */
  readonly secret: string | null;
  /** Whether the page gives a name, such as `guest-417`, instead of asking for one, to who has pressed on the page of the group. */
  readonly isGuest: boolean;
  /** The value whose card its reader has pressed on the page before; undefined without one. */
  readonly pick: Json | undefined;
}

/** Reads `?as=<agent>#<secret>` and `?guest&pick=<value>` of an address. */
export function readLink({ search, hash }: Pick<URL, 'search' | 'hash'>): VoteLink {
  const asked = new URLSearchParams(search);
  const agent = asked.get('as');
  return {
    agent,
    secret: agent === null || hash.length < 2 ? null : hash.slice(1),
    isGuest: asked.has('guest'),
    pick: valueIn(asked.get('pick')),
  };
}

/** What stands behind the path of a vote page for a guest who has pressed this value. */
export function guestQuery(pick?: Json): string {
  return pick === undefined ? '?guest' : `?guest&pick=${encodeURIComponent(JSON.stringify(pick))}`;
}

/** Keeps that a guest has pressed on the page of the group: to follow a link, as of a page elsewhere, is not to join. */
export function pressAsGuest(group: string, to: Store = store): void {
  to.setItem(guestPlace(group), 'pressed');
}

/** Whether a guest has pressed; each press counts once. */
export function takePress(group: string, from: Store = store): boolean {
  const isPressed = from.getItem(guestPlace(group)) !== null;
  from.removeItem(guestPlace(group));
  return isPressed;
}

const guestPlace = (group: string): string => `quorate.guest.${group}`;

function valueIn(text: string | null): Json | undefined {
  try {
    return text === null ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}
