import type { Store } from '../store.ts';
import type { Draft } from './draft.ts';
import type { Owner } from './keeping.ts';

/** What somebody has chosen and not sent yet, as a browser keeps it over a reload. It is never sent by itself. */

/** A choice and the note beside it. */
export interface Drafted {
  readonly draft: Draft;
  readonly note: string;
}

interface DraftKept extends Drafted {
  readonly createdAt: string;
  readonly round: number;
}

export const nothingDrafted: Drafted = { draft: { pick: null, typed: '' }, note: '' };

const draftPlace = ({ group, agent }: Owner): string => `quorate.draft.${group} ${agent}`;

/** What this agent had chosen in this round, of so many cards; nothing where that is not known. */
export function draftKept(store: Store, owner: Owner, round: number, cards: number): Drafted {
  try {
    const found = JSON.parse(store.getItem(draftPlace(owner)) ?? 'null') as DraftKept | null;
    if (found?.createdAt !== owner.createdAt || found.round !== round) return nothingDrafted;
    const { draft, note } = found;
    const { pick, typed } = draft;
    const isWhole = typeof typed === 'string' && typeof note === 'string';
    const isThere = typeof pick === 'number' ? pick < cards : [null, 'abstain', 'typed'].includes(pick);
    return isWhole && isThere ? { draft: { pick, typed }, note } : nothingDrafted;
  } catch {
    return nothingDrafted;
  }
}

/** Keeps the choice; forgets it where there is none. */
export function keepDraft(store: Store, owner: Owner, round: number, { draft, note }: Drafted): void {
  const found: DraftKept = { createdAt: owner.createdAt, round, draft, note };
  if (draft.pick === null && note === '') store.removeItem(draftPlace(owner));
  else store.setItem(draftPlace(owner), JSON.stringify(found));
}
