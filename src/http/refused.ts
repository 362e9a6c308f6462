import type { Group } from '../core/group/state.ts';
import type { Refusal } from '../core/result.ts';
import { viewRound } from '../core/view/view.ts';
import { Problem } from './problem.ts';

/** A refusal of the core as a problem, with the round it speaks of: its outcome if it is closed. */
export function refused(refusal: Refusal, group: Group | undefined, index: number): Problem {
  const { code, detail, round, since } = refusal;
  const shown = round === undefined || group === undefined ? null : viewRound(group, round, index);
  // A round that has been dropped cannot be shown, and whether a proposal counted in it cannot be known any more.
  if (code === 'round-closed' && shown === null)
    return new Problem('round-not-kept', `${detail}, and no longer kept`, { index });
  return new Problem(code, detail, {
    index,
    ...(shown === null ? {} : { round: shown }),
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
  });
}
