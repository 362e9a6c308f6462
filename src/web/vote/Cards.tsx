import { words } from '../words/index.ts';
import type { Card, Deck } from './deck.ts';
import type { Pick } from './draft.ts';
import type { Entry } from './entry.ts';

interface CardsProps {
  readonly deck: Deck;
  readonly pick: Pick;
  readonly typed: string;
  /** What is wrong with what was typed, once somebody wanted to send it. */
  readonly wrong: Extract<Entry, { ok: false }>['why'] | null;
  /** Nothing can be chosen now: it is on its way, or counted. */
  readonly isFixed: boolean;
  readonly isSending: boolean;
  readonly onPick: (pick: Pick) => void;
  readonly onType: (text: string) => void;
}

/** Up to so many cards, or with long words on them, they stand two in a row. */
const few = 2;
const longWord = 5;

/** The cards of a round as radios, so that arrow keys work, and a field where more may be proposed. */
export function Cards({ deck, pick, typed, wrong, isFixed, isSending, onPick, onType }: CardsProps) {
  const { cards } = deck;
  const isFew = cards.length <= few || cards.some(({ label }) => label.length > longWord);
  const typing = deck.typed !== null && (!isFixed || pick === 'typed') && (
    <Typed deck={deck} typed={typed} wrong={wrong} isFixed={isFixed} onType={onType} />
  );
  const hasOnlyAbstain = cards.length === 0;
  return (
    <>
      {hasOnlyAbstain && typing}
      {(!hasOnlyAbstain || !isFixed || pick === 'abstain') && (
        <fieldset
          class={isFew ? 'cards few' : 'cards'}
          data-fixed={isFixed ? '' : undefined}
          data-sending={isSending ? '' : undefined}
        >
          <legend class="unseen">{words.vote.cards}</legend>
          {cards.map((card, i) => (
            <OneCard
              key={JSON.stringify(card.value)}
              card={card}
              isChosen={pick === i}
              isFixed={isFixed}
              onPick={() => onPick(i)}
            />
          ))}
          <label class="card abstain">
            <input
              type="radio"
              name="vote"
              form="vote"
              value="abstain"
              checked={pick === 'abstain'}
              disabled={isFixed}
              onChange={() => onPick('abstain')}
            />
            <b aria-hidden="true">–</b>
            <small>{words.vote.abstain}</small>
          </label>
        </fieldset>
      )}
      {!hasOnlyAbstain && typing}
    </>
  );
}

interface OneCardProps {
  readonly card: Card;
  readonly isChosen: boolean;
  readonly isFixed: boolean;
  readonly onPick: () => void;
}

function OneCard({ card, isChosen, isFixed, onPick }: OneCardProps) {
  return (
    <label class={card.label.length > longWord ? 'card long' : 'card'}>
      <input
        type="radio"
        name="vote"
        form="vote"
        value={JSON.stringify(card.value)}
        checked={isChosen}
        disabled={isFixed}
        onChange={onPick}
      />
      <b>{card.label}</b>
    </label>
  );
}

type TypedProps = { readonly deck: Deck } & {
  readonly [Name in 'typed' | 'wrong' | 'isFixed' | 'onType']: CardsProps[Name];
};

function Typed({ deck, typed, wrong, isFixed, onType }: TypedProps) {
  const isNumber = deck.typed === 'number';
  const label = isNumber ? words.vote.number : deck.cards.length > 0 ? words.vote.other : words.vote.value;
  return (
    <div class="field typed">
      <label for="typed">{label}</label>
      <input
        id="typed"
        form="vote"
        value={typed}
        inputMode={isNumber ? 'decimal' : 'text'}
        autocomplete="off"
        readOnly={isFixed}
        aria-invalid={wrong !== null}
        aria-describedby={wrong !== null ? 'typed-wrong' : isNumber ? undefined : 'typed-hint'}
        onInput={(event) => onType(event.currentTarget.value)}
      />
      {!isNumber && (
        <p id="typed-hint" class="small">
          {words.vote.valueHint}
        </p>
      )}
      {wrong !== null && (
        <p id="typed-wrong" class="wrong">
          {words.vote.entryWrong[wrong]}
        </p>
      )}
    </div>
  );
}
