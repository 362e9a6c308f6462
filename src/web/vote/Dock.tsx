import type { ComponentChildren } from 'preact';
import type { RoundJson } from '../../client/index.ts';
import { contact } from '../live.ts';
import { Pips } from '../parts/Pips.tsx';
import { Spoken } from '../parts/Spoken.tsx';
import { words } from '../words/index.ts';

interface DockProps {
  readonly round: RoundJson;
  readonly children: ComponentChildren;
  readonly onSubmit: () => void;
}

/** What stays in reach of the thumb: who is in, and the button or the receipt. The radios of the page belong to its form. */
export function Dock({ round, children, onSubmit }: DockProps) {
  return (
    <form
      class="dock"
      id="vote"
      aria-label={words.vote.cards}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Turnout round={round} />
      {children}
    </form>
  );
}

function Turnout({ round }: { readonly round: RoundJson }) {
  const { present, eligible, missing } = round;
  const left = Math.max(0, eligible - present);
  const { state, since } = contact.value;
  const text = words.vote.in(present, eligible);
  return (
    <p class="turnout">
      <span>
        <Pips present={present} of={eligible} /> <b aria-hidden="true">{text}</b>
        <Spoken text={text} deadlineAt={round.deadlineAt} />
      </span>
      <span>
        {state === 'lost'
          ? words.vote.asOf(new Date(since))
          : left === 0
            ? words.vote.allIn
            : words.vote.missing(left, missing)}
      </span>
    </p>
  );
}
