import type { GroupJson, RoundJson } from '../../client/index.ts';
import type { Json } from '../../core/types.ts';
import { contact, now as serverTime } from '../live.ts';
import { Notice } from '../parts/Notice.tsx';
import { groupPath, placeOf } from '../place.ts';
import { words } from '../words/index.ts';
import { Refused } from './Refused.tsx';
import type { Voter } from './voter.ts';

interface AboutProps {
  readonly voter: Voter;
  readonly details: GroupJson | null;
  readonly round: RoundJson | null;
}

/** Which group, which round, who the reader is, and what is decided. */
export function Heading({ voter, details, round }: AboutProps) {
  const agent = voter.seat.me.value?.agent ?? null;
  return (
    <div>
      <p class="crumb">
        <a class="mono" href={groupPath(placeOf(location.pathname), voter.name)}>
          {voter.name}
        </a>
        {round !== null && `, ${words.vote.round(round.round)}`} · {words.vote.youAre}{' '}
        <b>{agent ?? words.vote.newHere}</b>{' '}
        {agent !== null && (
          <button
            class="link"
            type="button"
            onClick={() => void voter.seat.leave(details?.admission === 'invite')}
          >
            {words.vote.notYou(agent)}
          </button>
        )}
      </p>
      <h1>{details?.title ?? voter.name}</h1>
    </div>
  );
}

/** Who will see the vote, and how long there is. */
export function Say({ details, round }: { readonly details: GroupJson; readonly round: RoundJson }) {
  const explained = { close: words.vote.blind, live: words.vote.live, never: words.vote.sealed };
  const { deadlineAt } = round;
  return (
    <p class="say">
      {explained[details.rule.reveal]}{' '}
      {deadlineAt !== null && (
        <>
          <b role="timer">{words.clock.duration(Math.max(0, Date.parse(deadlineAt) - serverTime.value))}</b>{' '}
          {words.vote.left}.
        </>
      )}
    </p>
  );
}

interface NewsProps {
  readonly voter: Voter;
  readonly details: GroupJson;
  readonly round: RoundJson;
  readonly labelOf: (value: Json | undefined) => string;
}

/** What its reader has to know before anything else: contact lost while a vote is on its way, a vote that was not counted. */
export function News({ voter, details, round, labelOf }: NewsProps) {
  const vote = voter.vote.value;
  const { state, since } = contact.value;
  if (vote.state === 'refused') return <Refused vote={vote} labelOf={labelOf} />;
  if (vote.state === 'sending' && state === 'lost')
    return (
      <Notice kind="slow" title={words.contact.lost(new Date(since))}>
        <span>{words.vote.lostVote}</span>
      </Notice>
    );
  const agent = voter.seat.me.value?.agent;
  const isLate =
    vote.state === 'unsent' &&
    agent !== undefined &&
    round.state === 'WAITING' &&
    'live' in details.rule.electorate &&
    !round.missing.includes(agent) &&
    round.missing.length + round.present >= round.eligible &&
    round.eligible > 0;
  return isLate ? <Notice title={words.vote.fromNext(round.round + 1)} /> : null;
}
