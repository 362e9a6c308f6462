import { store } from './store.ts';

/** Who this browser is: one person, whatever page or tab. Works without a secure context, as on http://192.168.1.20:5000. */

/** A name that this browser has taken in a group, and the token that proves it. */
export interface Identity {
  readonly agent: string;
  readonly token: string;
}

/** The id of this browser, 128 random bits, the same in all of its tabs: who joins twice with it is the same. */
export function instance(from = store): string {
  const kept = from.getItem('quorate.instance');
  if (kept !== null) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const made = `web-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  from.setItem('quorate.instance', made);
  return made;
}

/** Who this browser is in the group; null when it has taken no name there. */
export function identityIn(group: string, from = store): Identity | null {
  const text = from.getItem(identityPlace(group));
  if (text === null) return null;
  try {
    const { agent, token } = JSON.parse(text) as Partial<Identity>;
    return typeof agent === 'string' && typeof token === 'string' ? { agent, token } : null;
  } catch {
    return null;
  }
}

/** Keeps a name for later visits; null forgets it. */
export function keepIdentity(group: string, identity: Identity | null, to = store): void {
  if (identity === null) to.removeItem(identityPlace(group));
  else to.setItem(identityPlace(group), JSON.stringify(identity));
}

/** Where the identity is kept: tabs are told when it changes there. */
export const identityPlace = (group: string): string => `quorate.in.${group}`;
