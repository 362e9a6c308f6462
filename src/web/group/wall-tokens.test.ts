import { expect, test } from 'vitest';
import { proposed, roundOf } from '../../../test/harness/round-views.ts';
import { seatsOf } from './seats.ts';
import { tokensOf } from './wall-tokens.ts';

const shape = { threshold: 'majority', of: 'eligible', weights: null, veto: [] } as const;
const rule = { ...shape, reveal: 'close', onDeadline: 'fail' } as const;

function tokens(
  names: readonly string[],
  parts: Parameters<typeof roundOf>[0],
  more: {
    readonly proposals?: Parameters<typeof seatsOf>[0]['proposals'];
    readonly reveal?: 'live' | 'never';
  } = {},
) {
  const electorate = { agents: names };
  const round = roundOf({ eligible: names.length, ...parts });
  const seating = seatsOf({ round, electorate, proposals: more.proposals ?? [], agents: [] });
  return tokensOf(round, { ...rule, ...more, electorate }, seating, null);
}

const three = ['cy', 'ann', 'bob'];
const many = (n: number): string[] => Array.from({ length: n }, (_, i) => `a${i + 10}`);

test('each seat has a token, in the order of the electorate', () => {
  const proposals = [proposed('bob', 3)];
  expect(tokens(three, { present: 1, missing: ['cy', 'ann'] }, { proposals })).toMatchObject([
    { what: 'seat', agent: 'cy', state: 'missing', value: null, won: null },
    { what: 'seat', agent: 'ann', state: 'missing', value: null, won: null },
    { what: 'seat', agent: 'bob', state: 'in', value: null, won: null },
  ]);
});

test('values come with the close, also before the proposals have been read', () => {
  const tally = [
    { value: 8, weight: 2, agents: ['cy', 'bob'] },
    { value: 5, weight: 1, agents: ['ann'] },
  ];
  const closed = { state: 'SUCCESS', reason: 'agreed', value: 8, present: 3, tally } as const;
  expect(tokens(three, closed)).toMatchObject([
    { agent: 'cy', value: '8', won: true },
    { agent: 'ann', value: '5', won: false },
    { agent: 'bob', value: '8', won: true },
  ]);
});

test.each(['close', 'never'] as const)(
  'the own vote of who looks is not shown to the room before that of others: reveal %s',
  (reveal) => {
    const proposals = [proposed('cy', 1, { value: 8 }), proposed('ann', 2, { abstain: true })];
    const more = { proposals, ...(reveal === 'never' && { reveal }) };
    expect(tokens(three, { present: 2, missing: ['bob'] }, more)).toMatchObject([
      { agent: 'cy', state: 'in', value: null },
      { agent: 'ann', state: 'in', value: null, abstained: false },
      { agent: 'bob', state: 'missing' },
    ]);
  },
);

test('a rule that shows values at once shows them while the round is open', () => {
  const proposals = [proposed('cy', 1, { value: 8 }), proposed('ann', 2, { abstain: true })];
  expect(tokens(three, { present: 2, missing: ['bob'] }, { proposals, reveal: 'live' })).toMatchObject([
    { agent: 'cy', value: '8' },
    { agent: 'ann', value: null, abstained: true },
    { agent: 'bob', state: 'missing' },
  ]);
});

test('a rule that never shows values shows none', () => {
  const tally = [{ value: null, weight: 3, agents: three }];
  const closed = { state: 'SUCCESS', reason: 'agreed', present: 3, tally } as const;
  expect(tokens(three, closed, { reveal: 'never' })).toMatchObject([
    { value: null },
    { value: null },
    { value: null },
  ]);
});

test('above 24 seats those who are in are counted only, and of those who are missing no more than fit are named', () => {
  const names = many(60);
  const some = tokens(names, { present: 57, missing: names.slice(0, 3) });
  expect(some).toMatchObject([{ agent: 'a10' }, { agent: 'a11' }, { agent: 'a12' }]);
  const most = tokens(names, { present: 0, missing: names });
  expect(most).toHaveLength(24);
  expect(most.at(-1)).toEqual({ what: 'others', n: 37 });
});

test('above 24 seats a closed round has a token for each value', () => {
  const names = many(30);
  const tally = [
    { value: 8, weight: 20, agents: names.slice(0, 20) },
    { value: 5, weight: 10, agents: names.slice(20) },
  ];
  const closed = { state: 'SUCCESS', reason: 'agreed', value: 8, present: 30, tally } as const;
  expect(tokens(names, closed)).toEqual([
    { what: 'value', texts: ['8'], weight: 20, of: 30, won: true },
    { what: 'value', texts: ['5'], weight: 10, of: 30, won: false },
  ]);
});
