import { askedNow, missingOf } from '../group/round.ts';
import type { Group, Round } from '../group/state.ts';
import { deadlineAt } from '../group/timers.ts';
import { limits } from '../limits.ts';
import type { Json, Outcome, OutcomeReason } from '../types.ts';
import type { GroupJson, RoundJson } from './json-types.ts';
import { explainClosed, explainOpen, standingOf } from './sentence.ts';
import { isClosed, parsed, time, timeOrNull, viewGroup } from './view.ts';

/** How a closed round ended, in short. */
export interface LastRoundJson {
  readonly round: number;
  readonly state: 'SUCCESS' | 'FAILED';
  readonly reason: OutcomeReason;
  /** The decision; null unless SUCCESS. */
  readonly value: Json;
  readonly closedAt: string;
}

/** A group in the list of groups, with how its latest round stands: what the two have in common means the same as in the round. [Q6.15] */
export interface GroupRowJson
  extends GroupJson,
    Pick<RoundJson, 'state' | 'reason' | 'value' | 'eligible' | 'present' | 'explain'>,
    Pick<RoundJson, 'openedAt' | 'deadlineAt' | 'closedAt'> {
  /** The first 100 electors who are waited for, or who did not come. */
  readonly missing: readonly string[];
  /** How many others there are; left out when there are none. */
  readonly moreMissing?: number;
  /** The last round that has closed; null where none has yet. */
  readonly last: LastRoundJson | null;
}

/** A group as the list of groups shows it: with how its latest round stands, of which it says no more than the round does. [Q6.15] */
export function viewGroupRow(group: Group, index: number): GroupRowJson {
  const { open, closed, round } = group;
  const latest = open ?? (closed.get(round) as Outcome);
  const last = closed.get(open === null ? round : round - 1) ?? null;
  const { agents: missing, more } = someMissing(latest);
  return {
    ...viewGroup(group, index),
    ...(isClosed(latest)
      ? { ...endOf(latest), eligible: latest.eligible, present: latest.proposals.size }
      : standOf(latest)),
    missing,
    ...(more > 0 && { moreMissing: more }),
    openedAt: time(latest.openedAt),
    deadlineAt: timeOrNull(isClosed(latest) ? latest.deadlineAt : deadlineAt(latest)),
    explain: isClosed(latest)
      ? explainClosed(latest)
      : explainOpen(standingOf(latest), missing, missing.length + more),
    last: last && { round: last.round, ...endOf(last) },
  };
}

function standOf(round: Round) {
  const { now, present } = standingOf(round);
  const nothing = { reason: null, value: null, closedAt: null };
  return { state: 'WAITING', ...nothing, eligible: now.count, present } as const;
}

function endOf({ state, reason, value, closedAt }: Outcome): Omit<LastRoundJson, 'round'> {
  return { state, reason, value: value === null ? null : parsed(value), closedAt: time(closedAt) };
}

/** The first electors who are missing from the round, in the order of the electorate, and how many others there are. */
function someMissing(round: Round | Outcome): { readonly agents: readonly string[]; readonly more: number } {
  const { electors, proposals, waived } = round;
  if (electors === null) return { agents: [], more: 0 };
  if (!isClosed(round) && askedNow(round) !== null) {
    // Of a mixed electorate not everybody need be asked yet.
    const all = missingOf(round);
    const agents = all.slice(0, limits.missingAgents);
    return { agents, more: all.length - agents.length };
  }
  const count = electors.size - proposals.size - waived.size;
  const most = Math.min(count, limits.missingAgents);
  const agents: string[] = [];
  for (const agent of electors) {
    if (agents.length === most) break;
    if (!proposals.has(agent) && !waived.has(agent)) agents.push(agent);
  }
  return { agents, more: count - agents.length };
}
