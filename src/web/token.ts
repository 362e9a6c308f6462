import { signal } from '@preact/signals';
import type { Group } from '../client/group.ts';
import { ownPrefix, type Store, storeOf } from './store.ts';

/** The token that a reader gave a page: an administrator's, or a group's key. Kept for the tab alone, and never in an address. */

/** What the browser keeps for this tab, over reloads. */
const tabStore: Store = storeOf(() => sessionStorage, ownPrefix);

/** Goes up when a token is given or forgotten, so that who shows it looks again. */
const changes = signal(0);

/** The token for a group, given there or for the whole server; null: that for the whole server. Null where none was given. */
export function tokenIn(group: string | null, from = tabStore): string | null {
  void changes.value;
  const own = group === null ? null : from.getItem(tokenPlace(group));
  return own ?? from.getItem(tokenPlace(null));
}

/** Keeps a token for a group, or for the whole server where the group is null. */
export function keepToken(group: string | null, token: string, to = tabStore): void {
  to.setItem(tokenPlace(group), token);
  changes.value += 1;
}

/** Forgets the tokens that pages of this group send. */
export function forgetToken(group: string | null, from = tabStore): void {
  if (group !== null) from.removeItem(tokenPlace(group));
  from.removeItem(tokenPlace(null));
  changes.value += 1;
}

/** Whether a text may be a token: others cannot be sent, and servers know no such. */
export function isToken(text: string): boolean {
  return /^[\w.~+/=-]{1,512}$/.test(text);
}

/** The same group, with the token that the reader gave; as it is where none was given. */
export function withToken(group: Group): Group {
  const token = tokenIn(group.name);
  return token === null ? group : group.as(token);
}

const tokenPlace = (group: string | null): string =>
  group === null ? 'quorate.token' : `quorate.token ${group}`;
