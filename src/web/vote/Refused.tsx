import type { Json } from '../../core/types.ts';
import { Notice } from '../parts/Notice.tsx';
import { ProblemText } from '../parts/Problem.tsx';
import { words } from '../words/index.ts';
import type { Vote } from './ballot.ts';

interface RefusedProps {
  readonly vote: Extract<Vote, { state: 'refused' }>;
  readonly labelOf: (value: Json | undefined) => string;
}

/** That a ballot was not counted, why, and what counts instead. */
export function Refused({ vote, labelOf }: RefusedProps) {
  const { ballot, before, refusal } = vote;
  const isLate = refusal.code === 'round-closed';
  const at = refusal.closedAt === null ? null : new Date(refusal.closedAt);
  const rest =
    before === null ? words.vote.nothingKept : words.vote.firstCounts(labelOf(before.ballot.value));
  return (
    <Notice kind="bad" title={before === null ? words.vote.notCounted : words.vote.changeNotCounted}>
      <span>
        {isLate ? words.vote.tooLate(ballot.round, at) : <ProblemText problem={refusal} />} {rest}
      </span>
    </Notice>
  );
}
