import type { GroupJson, RoundJson } from '../../client/index.ts';
import { Clock } from '../parts/Clock.tsx';
import { Explained } from '../parts/Explained.tsx';
import { Head } from '../parts/Head.tsx';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';

const say = words.group.head;

/** Values longer than this are words, not a number. */
const shortText = 6;

interface RoundHeadProps {
  readonly round: RoundJson;
  readonly rule: GroupJson['rule'];
}

/** The state of the round that the page shows, in large. */
export function RoundHead({ round, rule }: RoundHeadProps) {
  const { state, present, eligible, reason, options, openedAt, closedAt, deadlineAt } = round;
  const value = valueText(round.value, options);
  const isGathering = state === 'WAITING' && eligible === 0;
  const wordsOnly = isGathering || state === 'FAILED' || (state === 'SUCCESS' && value.length > shortText);
  const text = isGathering
    ? say.gathering
    : state === 'WAITING'
      ? words.head.in(present, eligible)
      : state === 'SUCCESS'
        ? `${words.head.agreedOn} ${value}`
        : words.head.noAgreement;
  return (
    <Head
      spoken={{ text, deadlineAt: closedAt === null ? deadlineAt : null }}
      state={state}
      present={present}
      of={eligible}
      about={closedAt === null ? say.about(round.round, rule.reveal) : say.closed(round.round, reason)}
      wordsOnly={wordsOnly}
      big={
        isGathering ? (
          say.gathering
        ) : state === 'WAITING' ? (
          <>
            {words.count(present)} <small>{say.of(eligible)}</small>
          </>
        ) : state === 'SUCCESS' ? (
          <>
            <small>{words.head.agreedOn}</small> {value}
          </>
        ) : (
          words.head.noAgreement
        )
      }
      why={<Explained round={round} />}
      clock={
        closedAt !== null ? (
          <Closed openedAt={openedAt} closedAt={closedAt} />
        ) : (
          deadlineAt !== null && <Clock deadlineAt={deadlineAt} openedAt={openedAt} />
        )
      }
    />
  );
}

function Closed({ openedAt, closedAt }: { readonly openedAt: string; readonly closedAt: string }) {
  const [took, when] = say.open(Date.parse(closedAt) - Date.parse(openedAt), new Date(closedAt));
  return (
    <p class="clock">
      <b>{took}</b> {when}
    </p>
  );
}
