import type { Json } from '../../core/types.ts';
import type { GroupJson, RoundJson } from '../../core/view/json-types.ts';
import { isVetoIn } from '../group/veto.ts';
import { valueText } from '../value.ts';

/** A value that one press chooses. */
export interface Card {
  readonly value: Json;
  readonly label: string;
}

/** How somebody says what they propose in this round. */
export interface Deck {
  readonly cards: readonly Card[];
  /** What may be typed besides; null: only what is on the cards. */
  readonly typed: 'number' | 'value' | null;
}

/** Estimates as teams make them. The last one says "I cannot tell". */
const estimates: readonly Json[] = [1, 2, 3, 5, 8, 13, 21, '?'];

type Asked = Pick<RoundJson, 'options' | 'equality'>;

/** The cards of a round: its own options [Q4.34], else what its group is for; and a veto for who has that right [Q4.32]. */
export function deckOf(group: Pick<GroupJson, 'preset'>, round: Asked, hasVeto = false): Deck {
  const deck = deckForAll(group, round);
  if (!hasVeto || deck.cards.some(({ value }) => isVetoIn(round, value))) return deck;
  return { ...deck, cards: [...deck.cards, { value: 'veto', label: valueText('veto') }] };
}

function deckForAll(group: Pick<GroupJson, 'preset'>, round: Asked): Deck {
  if (round.options !== null)
    return {
      cards: round.options.map(({ value, label }) => ({ value, label: label ?? valueText(value) })),
      typed: null,
    };
  if (isNear(round.equality)) return { cards: [], typed: 'number' };
  if (group.preset === 'poker')
    return { cards: estimates.map((value) => ({ value, label: valueText(value) })), typed: 'value' };
  if (group.preset === 'classroom') return { cards: [], typed: 'number' };
  return { cards: [], typed: 'value' };
}

function isNear(equality: RoundJson['equality']): boolean {
  return typeof equality === 'object' && 'tolerance' in equality;
}
