import { expect, test } from 'vitest';
import { proposed, roundOf } from '../../../test/harness/round-views.ts';
import type { AgentJson } from '../../core/view/json-types.ts';
import { listed, manySeats, seatsOf } from './seats.ts';

function agent(name: string, parts: Partial<AgentJson> = {}): AgentJson {
  const since = '2026-11-28T13:00:00.000Z';
  const expiresAt = '2026-11-28T14:05:00.000Z';
  return { agent: name, role: 'voter', live: true, since, expiresAt, ...parts };
}

const gone = { live: false, expiresAt: null } as const;

function states(seating: ReturnType<typeof seatsOf>): Record<string, string> {
  return Object.fromEntries(seating.seats.map(({ agent, state }) => [agent, state]));
}

test('a seat is in, missing, absent or waived, in the order of the electorate', () => {
  const round = roundOf({
    eligible: 3,
    present: 1,
    missing: ['cy', 'ann'],
    waived: [{ agent: 'dan', by: null, reason: 'on holiday', time: '2026-11-28T14:00:05.000Z' }],
  });
  const seating = seatsOf({
    round,
    electorate: { agents: ['cy', 'bob', 'dan', 'ann'] },
    proposals: [proposed('bob', 12)],
    agents: [agent('bob'), agent('ann', gone), agent('lena', { role: 'observer' })],
  });
  expect(states(seating)).toEqual({ cy: 'missing', bob: 'in', dan: 'waived', ann: 'absent' });
  expect(seating.seats.map((seat) => seat.agent)).toEqual(['cy', 'bob', 'dan', 'ann']);
  const [, bob, dan] = seating.seats;
  expect(bob).toMatchObject({ after: 12_000, leaseUntil: '2026-11-28T14:05:00.000Z' });
  expect(dan?.reason).toBe('on holiday');
  expect(seating.watching.map((one) => one.agent)).toEqual(['lena']);
  expect(seating.free).toBe(0);
});

test('where the electorate is a size the order is that of the names, not of arrival', () => {
  const round = roundOf({ eligible: 4, present: 2 });
  const read = { round, electorate: { size: 4 }, agents: [] };
  const one = seatsOf({ ...read, proposals: [proposed('zoe', 1), proposed('ann', 2)] });
  const other = seatsOf({ ...read, proposals: [proposed('ann', 1), proposed('zoe', 2)] });
  expect(one.seats.map((seat) => seat.agent)).toEqual(['ann', 'zoe']);
  expect(other.seats.map((seat) => seat.agent)).toEqual(['ann', 'zoe']);
  expect(one.free).toBe(2);
});

test('live voters stand on free seats, unless there are more of them than seats', () => {
  const read = { round: roundOf({ eligible: 2, present: 0 }), electorate: { size: 2 }, proposals: [] };
  const few = seatsOf({ ...read, agents: [agent('ann'), agent('old', gone)] });
  expect(states(few)).toEqual({ ann: 'missing' });
  expect(few.free).toBe(1);
  const many = seatsOf({ ...read, agents: [agent('ann'), agent('bob'), agent('cy')] });
  expect(many.seats).toEqual([]);
  expect(many.watching).toHaveLength(3);
  expect(many.free).toBe(2);
});

test('of a large round whose proposals are not all read, those whom nobody waits for are in', () => {
  const agents = Array.from({ length: 40 }, (_, i) => `a${i}`);
  const round = roundOf({ eligible: 40, present: 38, missing: ['a7', 'a3'] });
  const { seats } = seatsOf({ round, electorate: { agents }, proposals: [proposed('a0', 1)], agents: [] });
  expect(seats.filter(({ state }) => state === 'in')).toHaveLength(38);
  const { shown, folded } = listed(seats);
  expect(shown.map(({ agent }) => agent)).toEqual(['a3', 'a7']);
  expect(folded).toHaveLength(38);
});

test('up to as many seats as fit all are shown', () => {
  const agents = Array.from({ length: manySeats }, (_, i) => `a${i}`);
  const round = roundOf({ eligible: manySeats, missing: agents });
  const { seats } = seatsOf({ round, electorate: { agents }, proposals: [], agents: [] });
  expect(listed(seats)).toEqual({ shown: seats, folded: [] });
});

test('the panels of a mixed electorate name each agent once', () => {
  const panel = (role: string, agents: string[]) => ({ role, agents, threshold: 'majority' as const });
  const electorate = {
    all: [panel('dev', ['bob', 'ann']), panel('ops', ['ann', 'cy'])],
    else: panel('board', ['zoe']),
  };
  const round = roundOf({ eligible: 4, missing: ['zoe', 'cy', 'bob', 'ann'] });
  const { seats } = seatsOf({ round, electorate, proposals: [], agents: [] });
  expect(seats.map(({ agent }) => agent)).toEqual(['bob', 'ann', 'cy', 'zoe']);
});

test('who is asked only where the others cannot agree is neither in nor missing', () => {
  const electorate = {
    all: [{ role: 'dev', agents: ['ann', 'bob'], threshold: 2 }],
    else: { role: 'board', agents: ['fay'], threshold: 1 },
  };
  const round = roundOf({ eligible: 3, present: 1, missing: ['bob'] });
  const proposals = [proposed('ann', 1)];
  const { seats } = seatsOf({ round, electorate, proposals, agents: [] });
  expect(seats.map(({ agent, state, roles }) => [agent, state, roles])).toEqual([
    ['ann', 'in', ['dev']],
    ['bob', 'missing', ['dev']],
    ['fay', 'later', ['board']],
  ]);
});
