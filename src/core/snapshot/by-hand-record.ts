import { mapOf } from '../group/small-maps.ts';
import type { Round } from '../group/state.ts';
import type { DeadlineSet, Outcome, Waiver } from '../types.ts';

/** What somebody did to a round by hand, and when its deadline runs from or ended: the part of its record that few rounds have. */

/** Each part is left out where it says nothing. */
export interface RoundByHand {
  waived?: Waiver[];
  firstAt?: number;
  deadlineSet?: NonNullable<Round['deadlineSet']>;
}

export interface OutcomeByHand {
  waived?: Waiver[];
  /** Left out where it is as long after the opening as the rule says. */
  deadlineAt?: number | null;
  deadlineSet?: DeadlineSet;
}

/** Null where it would say nothing. */
export function roundByHand({ waived, firstAt, deadlineSet }: Round): RoundByHand | null {
  return orNull({
    ...waiversRecord(waived),
    ...(firstAt !== null && { firstAt }),
    ...(deadlineSet !== null && { deadlineSet }),
  });
}

export function outcomeByHand(outcome: Outcome): OutcomeByHand | null {
  const { waived, deadlineAt, deadlineSet } = outcome;
  return orNull({
    ...waiversRecord(waived),
    ...(deadlineAt !== usualDeadline(outcome) && { deadlineAt }),
    ...(deadlineSet !== null && { deadlineSet }),
  });
}

function orNull<T extends object>(record: T): T | null {
  return Object.keys(record).length === 0 ? null : record;
}

function waiversRecord(waived: Round['waived']): { waived?: Waiver[] } {
  return waived.size === 0 ? {} : { waived: [...waived.values()] };
}

export function waiversOf(record: readonly Waiver[] = []): Round['waived'] {
  return mapOf(record.map((waiver) => [waiver.agent, waiver]));
}

/** What the deadline of most outcomes is, so that their records need not say it: none ran while a live electorate gathered. */
export function usualDeadline(outcome: Pick<Outcome, 'rule' | 'electors' | 'openedAt'>): number | null {
  const { rule, electors, openedAt } = outcome;
  if (rule.deadline === null || ('live' in rule.electorate && electors === null)) return null;
  return openedAt + rule.deadline;
}
