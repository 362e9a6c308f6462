import { expect, test } from 'vitest';
import type { ClaimJson } from '../../client/index.ts';
import { type ClaimEvent, claimLines } from './claims.ts';

const claim: ClaimJson = {
  group: 'deploy',
  round: 2,
  state: 'held',
  holder: 'run-1',
  by: null,
  fence: 12,
  until: '2026-01-01T00:00:30.000Z',
  result: null,
  revision: 9,
  index: 14,
};

function heard(type: string, of: Partial<ClaimJson> = {}): ClaimEvent {
  const time = '2026-01-01T00:00:00.000Z';
  const about = { group: 'deploy', revision: 9, index: 14, agent: null, round: null };
  return { type, time, ...about, claim: { ...claim, ...of } };
}

const said = (claim: ClaimJson | undefined, events: readonly ClaimEvent[] = []) =>
  claimLines(claim, events).map(({ index, time, happening }) => [index, time !== null, happening.what]);

test('a decision that nobody has claimed has no history of claims', () => {
  expect(said(undefined)).toEqual([]);
  expect(said({ ...claim, state: 'free', holder: null, fence: null, until: null })).toEqual([]);
});

test('a page that was opened later knows how a claim stands, and the index of the entry that gave it', () => {
  expect(said(claim)).toEqual([[12, false, 'claimed']]);
  expect(said({ ...claim, state: 'spent' })).toEqual([
    [12, false, 'claimed'],
    [null, false, 'spent'],
  ]);
  expect(said({ ...claim, state: 'free', holder: null })).toEqual([
    [12, false, 'claimed'],
    [null, false, 'claim-ended'],
  ]);
});

test('a page that was open has heard it all, of this round alone', () => {
  const events = [
    heard('claimed'),
    heard('claimed', { round: 1 }),
    heard('claim-lapsed', { state: 'free', holder: null }),
  ];
  expect(said({ ...claim, state: 'free' }, events)).toEqual([
    [14, true, 'claimed'],
    [14, true, 'claim-lapsed'],
  ]);
});

test('a page that was opened while a claim was held says so before what it has heard', () => {
  expect(said({ ...claim, state: 'spent' }, [heard('spent', { state: 'spent' })])).toEqual([
    [12, false, 'claimed'],
    [14, true, 'spent'],
  ]);
});

test('a page that has missed events says how the claim stands behind what it has heard', () => {
  expect(said({ ...claim, fence: 20, state: 'spent' }, [heard('claimed')])).toEqual([
    [14, true, 'claimed'],
    [20, false, 'claimed'],
    [null, false, 'spent'],
  ]);
});
