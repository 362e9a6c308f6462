import type { Rule } from '../../core/types.ts';
import type { ProposalJson, RoundJson } from '../../core/view/json-types.ts';

/** The timers of an open round on one bar. */

/** A timer: ms after the opening, and where on the bar, 0 to 1; null: the bar ends before, or there is none. */
interface Timer {
  readonly after: number;
  readonly at: number | null;
}

export interface Timers {
  /** ms since the round opened. */
  readonly open: number;
  readonly minWait: Timer | null;
  /** Null: there is none, or it does not run yet. */
  readonly lastCall: Timer | null;
  /** ms from the opening to the deadline; null: none runs. */
  readonly deadline: number | null;
  /** How much of that is gone, 0 to 1; null without a deadline. */
  readonly gone: number | null;
}

/** `now`: the server's time, ms. The last call is known where the floor is one number and all proposals are. */
export function timersOf(
  round: RoundJson,
  { minWait, lastCall, floor }: Pick<Rule, 'minWait' | 'lastCall' | 'floor'>,
  proposals: readonly ProposalJson[],
  now: number,
): Timers {
  const openedAt = Date.parse(round.openedAt);
  const deadline = round.deadlineAt === null ? null : Math.max(1, Date.parse(round.deadlineAt) - openedAt);
  const open = Math.max(0, now - openedAt);
  const timer = (after: number): Timer => {
    return { after, at: deadline === null || after > deadline ? null : after / deadline };
  };
  const floorMet = typeof floor === 'number' ? firstTimes(proposals)[Math.max(1, floor) - 1] : undefined;
  const called = lastCall !== null && floorMet !== undefined;
  return {
    open,
    minWait: minWait === null ? null : timer(minWait),
    lastCall: called ? timer(Math.max(floorMet - openedAt + lastCall, minWait ?? 0)) : null,
    deadline,
    gone: deadline === null ? null : Math.min(1, open / deadline),
  };
}

/** When each agent first proposed, ms, in that order. */
function firstTimes(proposals: readonly ProposalJson[]): number[] {
  return proposals
    .map(({ changes, time }) => Date.parse(changes[0]?.time ?? time ?? ''))
    .filter((time) => !Number.isNaN(time))
    .sort((one, other) => one - other);
}
