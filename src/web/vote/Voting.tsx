import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { GroupJson, RoundJson } from '../../client/index.ts';
import type { Json } from '../../core/types.ts';
import { Page } from '../parts/Page.tsx';
import { store } from '../store.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import { keptIn, pendingIn } from './ballot.ts';
import { Cards } from './Cards.tsx';
import { Dock } from './Dock.tsx';
import { type Deck, deckOf } from './deck.ts';
import { chosenIn, type Draft, draftOf } from './draft.ts';
import { draftKept, keepDraft, nothingDrafted } from './drafting.ts';
import { Heading, News, Say } from './Heading.tsx';
import { Receipt } from './Receipt.tsx';
import type { Voter } from './voter.ts';

interface VotingProps {
  readonly voter: Voter;
  readonly details: GroupJson;
  readonly round: RoundJson;
  /** Who votes. */
  readonly agent: string;
  /** The value whose card was pressed on the page before; undefined: none. */
  readonly pressed: Json | undefined;
}

const longestNote = 2000;

/** The open round as its reader votes in it: the cards, a note, and how far the vote has come. */
export function Voting({ voter, details, round, agent, pressed }: VotingProps) {
  const vote = voter.vote.value;
  const { reveal, revote } = details.rule;
  const deck = deckOf(details, round, details.rule.veto.includes(agent));
  const owner = { group: voter.name, createdAt: details.createdAt, agent };
  const kept = useMemo(() => draftKept(store, owner, round.round, deck.cards.length), []);
  const draft = useSignal<Draft>(pressedOn(deck, pressed) ?? kept.draft);
  const note = useSignal(kept.note);
  const keep = (): void => keepDraft(store, owner, round.round, { draft: draft.peek(), note: note.peek() });
  useEffect(() => {
    if (pressed !== undefined) keep();
  }, []);
  const isAsked = useSignal(false);
  const labelOf = (value: Json | undefined): string =>
    value === undefined ? words.vote.abstention : valueText(value, round.options);

  const sent = pendingIn(vote) ?? (vote.state === 'durable' ? vote.kept.ballot : null);
  const isFixed = sent !== null;
  const shown = isFixed ? draftOf(deck, sent.value) : draft.value;
  const chosen = chosenIn(deck, draft.value);
  const wrong = !isFixed && isAsked.value && !chosen.ok ? chosen.why : null;

  const choose = (next: Draft): void => {
    draft.value = next;
    isAsked.value = false;
    keep();
  };
  const send = (): void => {
    if (isFixed) return;
    isAsked.value = true;
    if (chosen.ok) {
      voter.send({ ...valueIn(chosen), note: reveal === 'never' ? '' : note.value.trim() });
      // From here on the ballot itself is kept.
      keepDraft(store, owner, round.round, nothingDrafted);
    } else if (chosen.why !== 'nothing') document.getElementById('typed')?.focus();
  };
  const change = (): void => {
    if (sent !== null) {
      choose(draftOf(deck, sent.value));
      note.value = sent.note;
    }
    voter.change();
  };
  const dock = (
    <Dock round={round} onSubmit={send}>
      {vote.state === 'sending' || vote.state === 'durable' ? (
        <Receipt
          vote={vote}
          label={labelOf(sent?.value)}
          reveal={reveal}
          isInMemory={voter.isInMemory.value}
          onChange={revote ? change : null}
          onNow={voter.tryNow}
        />
      ) : (
        <button
          class="button first tall"
          type="submit"
          aria-disabled={!chosen.ok}
          aria-describedby={wrong === 'nothing' ? 'choose-first' : undefined}
        >
          {!chosen.ok
            ? words.vote.proposeNothing
            : chosen.value === undefined
              ? words.vote.abstainButton
              : words.vote.propose(labelOf(chosen.value))}
        </button>
      )}
      {wrong === 'nothing' && (
        <p id="choose-first" class="small" role="status">
          {words.vote.chooseFirst}
        </p>
      )}
      {vote.state === 'changing' && (
        <button class="button plain" type="button" onClick={voter.keep}>
          {words.vote.keep(labelOf(keptIn(vote)?.ballot.value))}
        </button>
      )}
    </Dock>
  );
  return (
    <Page class="vote" foot={dock}>
      <Heading voter={voter} details={details} round={round} />
      <Say details={details} round={round} />
      <News voter={voter} details={details} round={round} labelOf={labelOf} />
      <Cards
        deck={deck}
        {...shown}
        wrong={wrong === 'nothing' ? null : wrong}
        isFixed={isFixed}
        isSending={vote.state === 'sending'}
        onPick={(pick) => choose({ pick, typed: '' })}
        onType={(typed) => choose({ pick: typed === '' ? null : 'typed', typed })}
      />
      {reveal !== 'never' && (!isFixed || sent.note !== '') && (
        <div class="field">
          <label for="note">{words.vote.note[reveal]}</label>
          <textarea
            id="note"
            maxLength={longestNote}
            readOnly={isFixed}
            value={isFixed ? sent.note : note.value}
            onInput={(event) => {
              note.value = event.currentTarget.value;
              keep();
            }}
          />
        </div>
      )}
    </Page>
  );
}

/** The card that was pressed on the page before, chosen and not sent; null where there is none. */
function pressedOn(deck: Deck, pressed: Json | undefined): Draft | null {
  const draft = pressed === undefined ? null : draftOf(deck, pressed);
  return typeof draft?.pick === 'number' ? draft : null;
}

function valueIn({ value }: { readonly value?: Json }): { readonly value?: Json } {
  return value === undefined ? {} : { value };
}
