import type { Json } from '../../core/types.ts';
import type { Deck } from './deck.ts';
import { type Entry, readNumber, readValue } from './entry.ts';

/** What somebody has chosen and not sent yet. Pure. */

/** A card by its number, an abstention, or what was typed; null when nothing is chosen. */
export type Pick = number | 'abstain' | 'typed' | null;

export interface Draft {
  readonly pick: Pick;
  readonly typed: string;
}

type Wrong = Extract<Entry, { ok: false }>['why'];

/** What would be proposed. Without a value it is an abstention. */
export type Chosen =
  | { readonly ok: true; readonly value?: Json }
  | { readonly ok: false; readonly why: Wrong | 'nothing' };

export function chosenIn(deck: Deck, { pick, typed }: Draft): Chosen {
  if (pick === 'abstain') return { ok: true };
  if (pick === 'typed') return deck.typed === 'number' ? readNumber(typed) : readValue(typed);
  const card = pick === null ? undefined : deck.cards[pick];
  return card === undefined ? { ok: false, why: 'nothing' } : { ok: true, value: card.value };
}

/** The draft that a value came from. */
export function draftOf(deck: Deck, value: Json | undefined): Draft {
  if (value === undefined) return { pick: 'abstain', typed: '' };
  const text = JSON.stringify(value);
  const place = deck.cards.findIndex((card) => JSON.stringify(card.value) === text);
  if (place >= 0) return { pick: place, typed: '' };
  return { pick: 'typed', typed: deck.typed === 'value' && typeof value === 'string' ? quoted(value) : text };
}

/** A text as it has to be typed: in quotes where it would be read as something else. */
function quoted(value: string): string {
  const entry = readValue(value);
  return entry.ok && entry.value === value ? value : JSON.stringify(value);
}
