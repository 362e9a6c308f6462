import type { Group, Round, State } from '../../src/core/state.ts';
import type { Outcome, Proposal } from '../../src/core/types.ts';

/**
 * A state as text: two states with the same text answer every command alike. Left out is what only counts how the
 * state came about: the log position, revisions, and the order in which maps were filled.
 */
export function dump(state: State): string {
  const groups = [...state.groups.values()].map(groupText);
  return `${state.time} ${groups.sort().join('\n')}`;
}

function groupText(group: Group): string {
  const { name, status, round, settings, open, told } = group;
  const members = [...group.members.values()].map(
    ({ agent, role, tokenHash, expiresAt, live }) =>
      `${agent} ${role} ${tokenHash} ${live ? expiresAt : 'gone'}`,
  );
  const keys = [...group.keys].map(([key, use]) => `${key} ${use.round} ${use.agent} ${use.value}`);
  const last = [...group.lastRound].map(([agent, number]) => `${agent} ${number}`);
  const closed = [...group.closed.values()].map(outcomeText);
  const { threshold } = settings.rule;
  const head = [name, status, round, settings.subjectHash, JSON.stringify(threshold)].join(' ');
  const parts = [members, keys, last, [...told]].map((list) => list.sort().join(','));
  return [head, ...parts, open === null ? '-' : roundText(open), ...closed].join('|');
}

function roundText(round: Round): string {
  const { number, openedAt, electors, eligible, floorMetAt, minWaitOver, seats, subjectHash } = round;
  const names = electors === null ? '*' : [...electors].sort().join();
  const absent = [...round.absent].sort().join();
  const figures = [number, openedAt, eligible, floorMetAt, minWaitOver, seats, subjectHash].join();
  return `${figures};${names};${absent};${ballotText(round.proposals)}`;
}

function outcomeText(outcome: Outcome): string {
  const { round, state, reason, value, eligible, openedAt, closedAt, seats } = outcome;
  return `${[round, state, reason, value, eligible, openedAt, closedAt, seats].join()};${ballotText(outcome.proposals)}`;
}

function ballotText(proposals: ReadonlyMap<string, Proposal>): string {
  return [...proposals.values()]
    .map(({ agent, value, seq }) => `${agent}=${value}@${seq}`)
    .sort()
    .join();
}
