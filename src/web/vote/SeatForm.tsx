import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { hasCode } from '../../client/errors.ts';
import { ProblemText } from '../parts/Problem.tsx';
import { words } from '../words/index.ts';
import { namedAs, nextName } from './name.ts';
import type { SeatHolder } from './seat.ts';

interface SeatFormProps {
  readonly seat: SeatHolder;
  /** Who may vote, where the rule names them; null: anybody. */
  readonly electors: readonly string[] | null;
  /** Those of them whom the open round still waits for; empty: all, or it does not say. */
  readonly missing: readonly string[];
  readonly asksKey: boolean;
  /** The name that the link is for; null when it is for everybody. */
  readonly suggested: string | null;
}

const text = words.vote.seat;

/** Names of a rule that stand to be pressed; more are only named. */
const mostNames = 12;

/** Asks for the name under which somebody votes. */
export function SeatForm({ seat, electors, missing, asksKey, suggested }: SeatFormProps) {
  const typed = useSignal(suggested ?? '');
  const key = useSignal('');
  const wrong = useSignal<string | null>(null);
  const named = namedAs(typed.value);
  const refused = seat.refused.value;
  const isTaken = refused !== null && hasCode(refused.problem, 'agent-taken');
  const complaint = wrong.value ?? (refused === null ? null : sentenceOf(refused));
  // A name that is in already can still be typed: to see one's vote, or to change it.
  const waitedFor = electors?.filter((agent) => missing.includes(agent)) ?? [];
  const offered = waitedFor.length > 0 ? waitedFor : (electors ?? []);
  const write = (name: string): void => {
    typed.value = name;
    wrong.value = null;
    seat.refused.value = null;
  };
  const take = (event: Event): void => {
    event.preventDefault();
    if (seat.isAsking.peek()) return;
    const isOut = named !== null && electors !== null && !electors.includes(named.agent);
    wrong.value = named === null ? text.noName : isOut ? text.notOne(electors) : null;
    if (named !== null && !isOut) void seat.take(named, key.peek().trim());
    else document.getElementById('name')?.focus();
  };
  return (
    <form class="stack" onSubmit={take}>
      <div class="field">
        <label for="name">{text.name}</label>
        <input
          id="name"
          value={typed.value}
          maxLength={64}
          autocomplete="nickname"
          autocapitalize="off"
          spellcheck={false}
          aria-invalid={complaint !== null}
          aria-describedby={complaint === null ? 'name-hint' : 'name-wrong'}
          onInput={(event) => write(event.currentTarget.value)}
        />
        {complaint === null ? (
          <p id="name-hint" class="small">
            {electors === null ? text.hint : text.seats(electors)}
            {named !== null && named.name !== null && ` ${text.as(named.agent)}`}
          </p>
        ) : (
          <p id="name-wrong" class="wrong" role="alert">
            {complaint}
          </p>
        )}
      </div>
      {offered.length > 0 && offered.length <= mostNames && (
        <p class="buttons">
          {offered.map((agent) => (
            <button
              key={agent}
              class="button"
              type="button"
              aria-pressed={named?.agent === agent}
              onClick={() => write(agent)}
            >
              {agent}
            </button>
          ))}
        </p>
      )}
      {asksKey && (
        <div class="field">
          <label for="key">{text.key}</label>
          <input
            id="key"
            value={key.value}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => {
              key.value = event.currentTarget.value;
            }}
          />
        </div>
      )}
      <button class="button first tall" type="submit" aria-disabled={seat.isAsking.value}>
        {seat.isAsking.value ? text.asking : text.take}
      </button>
      {isTaken && electors === null && (
        <button
          class="button"
          type="button"
          onClick={() => {
            typed.value = nextName(refused.agent);
            void seat.take({ agent: typed.value, name: null }, key.peek().trim());
          }}
        >
          {text.tryName(nextName(refused.agent))}
        </button>
      )}
    </form>
  );
}

/** Why a name was not given, and the way out. */
function sentenceOf({ agent, problem }: NonNullable<SeatHolder['refused']['value']>): ComponentChildren {
  if (problem.code === 'agent-taken' && problem.since !== null)
    return `${text.taken(agent, new Date(problem.since))} ${text.takenFix}`;
  return <ProblemText problem={problem} />;
}
