import type { GroupJson, RoundJson } from '../../client/index.ts';
import { barsOf } from '../group/bars.ts';
import { Explained } from '../parts/Explained.tsx';
import { Head } from '../parts/Head.tsx';
import { Problem } from '../parts/Problem.tsx';
import { Tally } from '../parts/Tally.tsx';
import { groupPath, placeOf } from '../place.ts';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import { keptIn } from './ballot.ts';
import type { Voter } from './voter.ts';

interface OutcomeProps {
  readonly voter: Voter;
  readonly details: GroupJson;
  readonly round: RoundJson;
  /** The open round, or the last one. */
  readonly latest: RoundJson;
}

const text = words.vote.outcome;
/** Agents stand under their ids here; the page of the group has what they are called. */
const ids: ReadonlyMap<string, string> = new Map();

/** How a round ended, what of it was the reader's, and the way to the next. */
export function Outcome({ voter, details, round, latest }: OutcomeProps) {
  const bars = barsOf(round, details.rule, null);
  return (
    <>
      <Ending voter={voter} round={round} />
      {bars !== null && bars.rows.length > 0 && <Tally bars={bars} state={round.state} names={ids} />}
      <a class="button tall" href={groupPath(placeOf(location.pathname), voter.name)}>
        {text.all}
      </a>
      <Next voter={voter} details={details} latest={latest} isOpen={latest.state === 'WAITING'} />
    </>
  );
}

/** How a round ended, and what its reader had proposed. */
export function Ending({ voter, round }: Pick<OutcomeProps, 'voter' | 'round'>) {
  const hasAgreed = round.state === 'SUCCESS';
  const value = valueText(round.value, round.options);
  return (
    <Head
      state={round.state}
      present={round.present}
      of={round.eligible}
      about={words.vote.round(round.round)}
      wordsOnly={!hasAgreed || value.length > 6}
      spoken={{ text: hasAgreed ? `${text.agreedOn} ${value}` : text.none, deadlineAt: null }}
      big={
        hasAgreed ? (
          <>
            <small>{text.agreedOn}</small> {value}
          </>
        ) : (
          text.none
        )
      }
      why={
        <>
          <Explained round={round} /> <b>{ownPart(voter, round)}</b>
        </>
      }
    />
  );
}

/** What the reader had proposed; nothing where they had not. */
function ownPart(voter: Voter, round: RoundJson): string | null {
  const kept = keptIn(voter.vote.value);
  if (kept === null) return null;
  const { value } = kept.ballot;
  if (value === undefined) return text.youElse(words.vote.abstention);
  if (round.state === 'SUCCESS' && JSON.stringify(value) === JSON.stringify(round.value)) return text.youToo;
  return text.youElse(valueText(value, round.options));
}

type NextProps = Omit<OutcomeProps, 'round'> & { readonly isOpen: boolean };

function Next({ voter, details, latest, isOpen }: NextProps) {
  if (isOpen)
    return (
      <button class="button first tall" type="button" onClick={voter.goOn}>
        {text.next(latest.round)}
      </button>
    );
  if (details.status === 'exhausted') return <p class="say">{text.over}</p>;
  const problem = voter.openProblem.value;
  const number = latest.round + 1;
  return (
    <>
      <p class="say" role="status">
        {text.waits(number)}
      </p>
      {details.admission === 'open' && (
        <button class="button" type="button" onClick={() => void voter.openNext()}>
          {text.open(number)}
        </button>
      )}
      {problem !== null && <Problem problem={problem} />}
    </>
  );
}
