import { describe, expect, test } from 'vitest';
import type { EventJson, RoundJson } from '../../core/view/json-types.ts';
import { afterEvent, countsOf, inOrderOf, needsMyVote, type Row, rowsFor } from './rows.ts';

const at = (seconds: number): string => new Date(1_800_000_000_000 + seconds * 1000).toISOString();

function row(group: string, change: Partial<Row> = {}): Row {
  return {
    ...{ group, title: null, round: 1, state: 'WAITING', reason: null, value: null },
    ...{ eligible: 3, present: 1, missing: ['ben', 'cy'], openedAt: at(0), deadlineAt: null, closedAt: null },
    ...{ explain: 'waiting for ben and cy', revision: 5, last: null },
    ...change,
  };
}

const decided = (group: string): Row =>
  row(group, { state: 'SUCCESS', reason: 'agreed', value: 7, missing: [] });
const failed = (group: string): Row => row(group, { state: 'FAILED', reason: 'tie', missing: [] });
const nobody = (): null => null;
const ben = (group: string) => (group === 'mine' ? { agent: 'ben', votedIn: null } : null);
const names = (rows: readonly Row[]): readonly string[] => rows.map(({ group }) => group);

describe('rows that are shown', () => {
  const rows = [
    decided('b-decided'),
    failed('a-failed'),
    row('slow'),
    row('soon', { deadlineAt: at(10) }),
    row('later', { deadlineAt: at(60), title: 'Lunch on Friday' }),
    row('mine'),
  ];

  test('stand in order: my vote, then by the time that is left, then by name, those that are closed last', () => {
    const order = names(rowsFor(rows, { show: 'all', search: '' }, ben));
    expect(order).toEqual(['mine', 'soon', 'later', 'slow', 'a-failed', 'b-decided']);
  });

  test.each([
    ['open', ['mine', 'soon', 'later', 'slow']],
    ['mine', ['mine']],
    ['failed', ['a-failed']],
    ['decided', ['b-decided']],
  ] as const)('%s are these', (show, expected) => {
    expect(names(rowsFor(rows, { show, search: '' }, ben))).toEqual(expected);
    expect(countsOf(rows, ben)[show]).toBe(expected.length);
  });

  test.each([
    ['LUNCH', ['later']],
    [' s', ['soon', 'slow']],
    ['nothing of this', []],
  ])('found by "%s" in name or title', (search, expected) => {
    expect(
      names(rowsFor(rows, { show: 'all', search }, nobody)).filter((name) => !/^[ab]-/.test(name)),
    ).toEqual(expected);
  });

  test('keep their places under a pointer; a new one comes last', () => {
    const sorted = rowsFor(rows, { show: 'open', search: '' }, nobody);
    expect(names(inOrderOf(sorted, ['slow', 'later', 'soon']))).toEqual(['slow', 'later', 'soon', 'mine']);
  });
});

test('a round needs my vote while it waits for the name that I have there', () => {
  expect(needsMyVote(row('mine'), ben)).toBe(true);
  expect(needsMyVote(row('other'), ben)).toBe(false);
  expect(needsMyVote(row('mine', { missing: ['cy'] }), ben)).toBe(false);
  expect(needsMyVote({ ...failed('mine'), missing: ['ben'] }, ben)).toBe(false);
});

describe('a row after an event', () => {
  const event = (type: string, change: Partial<RoundJson>): EventJson => ({
    ...{ type, group: 'a', revision: 6, index: 9, time: at(1), agent: null },
    round: {
      ...{ group: 'a', round: 1, state: 'WAITING', reason: null, value: null, eligible: 3, present: 2 },
      ...{ options: null, equality: 'exact', missing: ['cy'], waived: [], openedAt: at(0), deadlineAt: null },
      ...{ deadlineSet: null, closedAt: null, tally: null, stats: null, explain: 'waiting for cy' },
      ...{ subjectHash: null, revision: 6, index: 9 },
      ...change,
    },
  });

  test('says who is missing now', () => {
    const after = afterEvent(row('a'), event('proposed', {}));
    expect(after).toMatchObject({ present: 2, missing: ['cy'], revision: 6, explain: 'waiting for cy' });
  });

  test('is the same where the event is older, or of an earlier round', () => {
    const before = row('a', { round: 2, revision: 7 });
    expect(afterEvent(before, event('proposed', { round: 1, revision: 9 }))).toBe(before);
    expect(afterEvent(before, event('proposed', { round: 2, revision: 6 }))).toBe(before);
    expect(afterEvent(before, { ...event('agent-joined', {}), round: null })).toBe(before);
  });

  test('keeps the names of a large round, whose event has none', () => {
    const before = row('a', { eligible: 400, present: 10 });
    const same = afterEvent(before, event('proposed', { eligible: 400, present: 11, missing: [] }));
    expect(same.missing).toEqual(['ben', 'cy']);
    const next = afterEvent(
      before,
      event('round-opened', { round: 2, eligible: 400, present: 0, missing: [] }),
    );
    expect(next.missing).toEqual([]);
  });

  test('has the outcome, also once the next round is open', () => {
    const outcome = { state: 'SUCCESS', reason: 'agreed', value: 7, closedAt: at(2), missing: [] } as const;
    const closed = afterEvent(row('a'), event('round-closed', outcome));
    const last = { round: 1, state: 'SUCCESS', reason: 'agreed', value: 7, closedAt: at(2) };
    expect(closed).toMatchObject({ state: 'SUCCESS', value: 7, last });
    const opened = afterEvent(closed, event('round-opened', { round: 2, present: 0, revision: 7 }));
    expect(opened).toMatchObject({ round: 2, state: 'WAITING', value: null, last });
  });
});

test('where seats have no names, a round needs my vote until this browser has voted in it', () => {
  const seats = row('sized', { missing: [], round: 4 });
  const me = (votedIn: number | null) => () => ({ agent: 'ben', votedIn });
  expect(needsMyVote(seats, me(null))).toBe(true);
  expect(needsMyVote(seats, me(3))).toBe(true);
  expect(needsMyVote(seats, me(4))).toBe(false);
  expect(needsMyVote(seats, () => null)).toBe(false);
  expect(needsMyVote({ ...seats, present: 3 }, me(null))).toBe(false);
  expect(needsMyVote(row('named'), () => ({ agent: 'ada', votedIn: null }))).toBe(false);
  expect(needsMyVote(row('many', { moreMissing: 5 }), () => ({ agent: 'ada', votedIn: null }))).toBe(true);
});
