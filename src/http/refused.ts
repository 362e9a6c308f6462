import type { Group } from '../core/group/state.ts';
import type { Refusal } from '../core/result.ts';
import { viewClaim } from '../core/view/claim.ts';
import { viewRound } from '../core/view/view.ts';
import { Problem } from './problem.ts';

/** A refusal of the core as a problem, which shows the round that it is about. */
export function refused(refusal: Refusal, group: Group | undefined, index: number): Problem {
  const { code, detail, round, claimOf, since, seq, oldest, view } = refusal;
  const shown = round === undefined || group === undefined ? null : viewRound(group, round, index);
  const claim = claimOf === undefined || group === undefined ? null : viewClaim(group, claimOf, index);
  // Of a round that is no longer kept nobody knows whether the proposal counted.
  if (code === 'round-closed' && shown === null)
    return new Problem('round-not-kept', `${detail}, and no longer kept`, { index });
  return new Problem(code, detail, {
    index,
    ...(shown === null ? {} : { round: shown }),
    ...(claim === null ? {} : { claim }),
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    ...(seq === undefined ? {} : { seq }),
    ...(oldest === undefined ? {} : { oldest }),
    ...(view === undefined ? {} : { view }),
  });
}
