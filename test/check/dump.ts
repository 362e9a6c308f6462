import type { Group, Round, State } from '../../src/core/group/state.ts';
import type { Outcome, Proposal } from '../../src/core/types.ts';

/**
 * A state as text: two states with the same text answer every command alike. Left out is what only counts how the
 * state came about: the log position, revisions, offsets, and the order in which maps were filled.
 */
export function dump(state: State): string {
  const groups = [...state.groups.values()].map(groupText);
  return `${state.time} ${groups.sort().join('\n')}`;
}

function groupText(group: Group): string {
  const { name, status, round, settings, open } = group;
  const members = listed(
    group.members.values(),
    ({ agent, role, tokenHash, expiresAt, live, name }) =>
      `${agent} ${role} ${tokenHash} ${live ? expiresAt : 'gone'} ${name ?? ''}`,
  );
  const invites = listed(
    group.invites.values(),
    ({ agent, role, name, secretHash, state, tokenHash }) =>
      `${agent} ${role} ${name ?? ''} ${secretHash} ${state} ${tokenHash}`,
  );
  const keys = listed(group.keys.values(), (use) => `${use.key} ${use.round} ${use.agent} ${use.value}`);
  const last = listed(group.lastRound, ([agent, number]) => `${agent} ${number}`);
  const told = [group.toldLatest, group.toldOwn]
    .map((readers) => listed(readers, (reader) => reader))
    .join(';');
  const head = `${name} ${status} ${round} ${settings.subjectHash} ${JSON.stringify(settings.rule.threshold)}`;
  let text = `${head}|${members}|${invites}|${keys}|${last}|${told}|${group.anonymousRound}|${open === null ? '-' : roundText(open)}`;
  for (const outcome of group.closed.values()) text += `|${outcomeText(outcome)}`;
  return `${text}|${talkText(group)}`;
}

/** The messages of a group, how far they are acknowledged, and which of them came before each membership and cursor. */
export function talkText({ stream, members }: Group): string {
  const messages = stream.items.filter((item) => item.type === 'message');
  const before = (offset: number): number => messages.filter((message) => message.offset <= offset).length;
  let text = '';
  for (const { from, body, to, tokenHash, key, acknowledgements } of messages) {
    const { state, needed, acknowledgedBy, goneAgents } = acknowledgements ?? {};
    text += `${from} ${body} ${to?.join()} ${tokenHash} ${key} ${state} ${needed} ${acknowledgedBy?.join()} ${goneAgents?.join()};`;
  }
  if (messages.length === 0 && [...members.values()].every(({ cursor }) => cursor === null)) return text;
  return `${text} ${listed(members.values(), ({ agent, incarnation, cursor }) => `${agent} ${before(incarnation)} ${cursor === null ? '' : before(cursor)}`)}`;
}

function roundText(round: Round): string {
  const { number, openedAt, electors, eligible, floorMetAt, minWaitOver, seats, subjectHash } = round;
  const { firstAt, deadlineSet, waived } = round;
  const names = electors === null ? '*' : listed(electors, (agent) => agent);
  const absent = listed(round.absent, (agent) => agent);
  const figures = `${number},${openedAt},${eligible},${floorMetAt},${minWaitOver},${seats},${subjectHash}`;
  const byHand = `${firstAt} ${JSON.stringify(deadlineSet)} ${waiversText(waived)}`;
  return `${figures};${byHand};${names};${absent};${ballotText(round.proposals)}`;
}

function outcomeText(outcome: Outcome): string {
  const { round, state, reason, value, eligible, openedAt, closedAt, seats } = outcome;
  const { deadlineAt, deadlineSet, waived } = outcome;
  const figures = `${round},${state},${reason},${value},${eligible},${openedAt},${closedAt},${seats}`;
  const byHand = `${deadlineAt} ${JSON.stringify(deadlineSet)} ${waiversText(waived)}`;
  return `${figures};${byHand};${ballotText(outcome.proposals)}`;
}

function waiversText(waived: Outcome['waived']): string {
  return listed(waived.values(), (one) => JSON.stringify(one));
}

function ballotText(proposals: ReadonlyMap<string, Proposal>): string {
  return listed(
    proposals.values(),
    ({ agent, value, seq, tokenHash, note }) => `${agent}=${value}@${seq} ${tokenHash} ${note ?? ''}`,
  );
}

/** Texts of some items, whatever their order. */
function listed<T>(items: Iterable<T>, text: (item: T) => string): string {
  const texts: string[] = [];
  for (const item of items) texts.push(text(item));
  return texts.length > 1 ? texts.sort().join() : (texts[0] ?? '');
}
