import { expect, test } from 'vitest';
import { proposed, roundOf } from '../../../test/harness/round-views.ts';
import { barsOf } from './bars.ts';
import { partBarsOf, rolesIn, unaskedIn } from './parts.ts';

const electorate = {
  all: [
    { role: 'dev', agents: ['ann', 'bob', 'cy'], threshold: 2 },
    { role: 'ops', agents: ['ann', 'dan'], threshold: 'unanimous' },
  ],
  else: { role: 'board', agents: ['fay', 'gus'], threshold: 1 },
} as const;
const shape = { threshold: 'majority', of: 'eligible', weights: null, veto: [], onDeadline: 'fail' } as const;
const rule = { ...shape, electorate, reveal: 'close' } as const;
const tally = [
  { value: 'ship', weight: 3, agents: ['ann', 'bob', 'dan'] },
  { value: 'wait', weight: 1, agents: ['cy'] },
];
const ended = { state: 'SUCCESS', reason: 'agreed', value: 'ship', eligible: 6, present: 4 } as const;
const round = roundOf({ ...ended, tally, missing: ['fay', 'gus'] });
const proposals = ['ann', 'bob', 'cy', 'dan'].map((agent, i) => proposed(agent, i));

function parts(of = round, by: Parameters<typeof barsOf>[1] = rule) {
  const bars = barsOf(of, by, of.tally?.slice(1) ?? null, proposals);
  return bars === null ? null : partBarsOf(of, by, bars, proposals);
}

test('each part has its own bars and its own line', () => {
  const found = parts()?.map(({ role, isElse, present, of, hasReached, bars }) => {
    const rows = bars.rows.map(({ texts, weight }) => `${texts[0]} ${weight}`);
    return [role, isElse, present, of, bars.need, hasReached, rows];
  });
  expect(found).toEqual([
    ['dev', false, 3, 3, 2, true, ['ship 2', 'wait 1']],
    ['ops', false, 2, 2, 2, true, ['ship 2']],
    ['board', true, 0, 2, 1, false, []],
  ]);
});

test('who is waived has no seat in its part', () => {
  const waived = [{ agent: 'cy', by: null, reason: 'ill', time: '2026-11-28T14:01:00.000Z' }];
  expect(parts({ ...round, waived })?.[0]).toMatchObject({ present: 2, of: 2 });
});

test('there are none where nobody can tell who proposed what', () => {
  expect(parts(round, { ...rule, reveal: 'never' })).toEqual([]);
  expect(parts({ ...round, tally: [{ value: 'ship', weight: 200, agents: ['ann'], more: 199 }] })).toEqual(
    [],
  );
  expect(parts(round, { ...rule, electorate: { size: 5 } })).toEqual([]);
});

test('who decides only where the others cannot agree is not waited for before', () => {
  expect(unaskedIn(roundOf({ missing: ['ann'] }), electorate)).toEqual(['fay', 'gus']);
  expect(unaskedIn(roundOf({ missing: ['fay'] }), electorate)).toEqual([]);
  expect(unaskedIn(round, electorate)).toEqual(['fay', 'gus']);
  expect(unaskedIn({ ...round, missing: ['gus'] }, electorate)).toEqual([]);
  expect(unaskedIn({ ...round, state: 'FAILED' }, electorate)).toEqual([]);
  expect(unaskedIn(round, { size: 3 })).toEqual([]);
});

test('an agent may belong to several parts', () => {
  expect(rolesIn(electorate).get('ann')).toEqual(['dev', 'ops']);
});
