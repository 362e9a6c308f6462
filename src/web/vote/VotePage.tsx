import { useEffect, useRef } from 'preact/hooks';
import type { QuorateError } from '../../client/errors.ts';
import type { Json } from '../../core/types.ts';
import { useClosing } from '../group/just.ts';
import { Notice } from '../parts/Notice.tsx';
import { Page } from '../parts/Page.tsx';
import { Problem } from '../parts/Problem.tsx';
import { valueText } from '../value.ts';
import { words } from '../words/index.ts';
import { keptIn } from './ballot.ts';
import { buzz } from './buzz.ts';
import { electorsOf } from './electors.ts';
import { Heading, News, Say } from './Heading.tsx';
import { guestQuery, type VoteLink } from './link.ts';
import { Ending, Outcome } from './Outcome.tsx';
import { SeatForm } from './SeatForm.tsx';
import { Voting } from './Voting.tsx';
import type { Voter } from './voter.ts';

interface VotePageProps {
  readonly voter: Voter;
  readonly link: VoteLink;
}

/** The page where a person votes: who are you, the vote, the outcome. */
export function VotePage({ voter, link }: VotePageProps) {
  const problem = voter.now.value.problem.value;
  const shape = voter.details.value;
  const round = voter.round.value;
  const me = voter.seat.me.value;
  // Until the first vote: in the rounds after it, nothing is chosen beforehand.
  const pressed = useRef(link.pick);
  if (voter.vote.value.state !== 'unsent') pressed.current = undefined;
  useEffect(() => {
    // What was chosen is kept from here on: the press counts once.
    if (link.pick !== undefined) history.replaceState(null, '', location.pathname + guestQuery());
  }, []);
  const isClosing = useClosing(voter.now.value.closed, round);
  useEffect(() => {
    if (isClosing && keptIn(voter.vote.peek()) !== null) buzz();
  }, [isClosing]);
  if (me !== null && shape !== null && round !== null && problem === null) {
    const isOpen = round.state === 'WAITING';
    if (isOpen || voter.vote.value.state === 'sending')
      return (
        <Voting
          key={`${round.round} ${me.agent}`}
          voter={voter}
          details={shape}
          round={round}
          agent={me.agent}
          pressed={pressed.current}
        />
      );
    const labelOf = (value: Json | undefined): string =>
      value === undefined ? words.vote.abstention : valueText(value, round.options);
    return (
      <Page class={isClosing ? 'vote just-closed' : 'vote'}>
        <Heading voter={voter} details={shape} round={round} />
        <News voter={voter} details={shape} round={round} labelOf={labelOf} />
        <Outcome voter={voter} details={shape} round={round} latest={voter.latest.value ?? round} />
      </Page>
    );
  }
  return (
    <Page class="vote">
      <Heading voter={voter} details={shape} round={round} />
      {shape !== null && round?.state === 'WAITING' && <Say details={shape} round={round} />}
      {problem === null && round !== null && round.state !== 'WAITING' && (
        <Ending voter={voter} round={round} />
      )}
      {(me === null || problem !== null) && <WhoAreYou voter={voter} link={link} problem={problem} />}
    </Page>
  );
}

interface WhoProps extends VotePageProps {
  readonly problem: QuorateError | null;
}

const text = words.vote.seat;

function WhoAreYou({ voter, link, problem }: WhoProps) {
  const { seat, name } = voter;
  const shape = voter.details.value;
  const refused = seat.refused.value;
  if (link.secret !== null && seat.me.value === null) {
    if (refused === null || refused.problem.outcome === 'unknown') return <p class="say">{text.checking}</p>;
    return <InviteRefused problem={refused.problem} />;
  }
  if (shape?.admission === 'invite') return <Notice title={text.onlyInvited}>{text.onlyInvitedFix}</Notice>;
  if (shape === null && problem === null) return null;
  if (link.isGuest && seat.isAsking.value) return null;
  return (
    <>
      {problem !== null && (
        <Notice title={text.none(name)}>
          <span>{text.noneFix}</span>
        </Notice>
      )}
      <SeatForm
        seat={seat}
        electors={shape === null ? null : electorsOf(shape.rule.electorate)}
        missing={voter.round.value?.missing ?? []}
        asksKey={problem !== null || shape?.admission === 'key'}
        suggested={link.agent}
      />
    </>
  );
}

function InviteRefused({ problem }: { readonly problem: QuorateError }) {
  if (problem.code === 'invite-used' && problem.since !== null)
    return (
      <Notice kind="bad" title={text.used(new Date(problem.since))}>
        <span>{text.usedFix}</span>
      </Notice>
    );
  if (problem.code === 'invite-wrong')
    return (
      <Notice kind="bad" title={text.wrong}>
        <span>{text.wrongFix}</span>
      </Notice>
    );
  return <Problem problem={problem} />;
}
