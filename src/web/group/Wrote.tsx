import type { Explanation, ProposalJson, RoundJson } from '../../client/index.ts';
import { words } from '../words/index.ts';
import { writtenIn } from './written.ts';

const say = words.group.written;

/** Rows of notes at most. */
const mostNotes = 100;

interface WroteProps {
  readonly round: RoundJson;
  readonly proposals: readonly ProposalJson[];
  readonly dissent: Explanation['dissent'];
  /** Who has the right of a veto. */
  readonly veto: readonly string[];
}

/** What the agents of a round wrote beside the values that it shows: the winners first, then who differed. */
export function Wrote({ round, proposals, dissent, veto }: WroteProps) {
  const notes = writtenIn(round, proposals, dissent, veto);
  if (!notes.some(({ note, vetoed }) => note !== null || vetoed)) return null;
  const shown = notes.slice(0, mostNotes);
  return (
    <section class="part" aria-labelledby="notes">
      <h2 id="notes">{say.title}</h2>
      <ul class="notes">
        {shown.map(({ agent, name, value, note, won, dissent, vetoed }) => (
          <li key={agent} class={won ? 'won' : undefined}>
            <span class="value">{value}</span>
            <p>
              <b>{name}</b>{' '}
              {(dissent || vetoed) && <span class="tag">{vetoed ? say.veto : say.dissent}</span>}{' '}
              {note ?? say.noNote}
            </p>
          </li>
        ))}
      </ul>
      {shown.length < notes.length && (
        <p class="small">{words.group.seats.more(notes.length - shown.length)}</p>
      )}
    </section>
  );
}
