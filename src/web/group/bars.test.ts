import { describe, expect, test } from 'vitest';
import { proposed, roundOf } from '../../../test/harness/round-views.ts';
import { reaches } from '../../core/tally/threshold.ts';
import type { Threshold } from '../../core/types.ts';
import { barsOf } from './bars.ts';
import { leastOf } from './roster.ts';

const rule = {
  electorate: { size: 5 },
  threshold: 'majority',
  of: 'eligible',
  weights: null,
  reveal: 'close',
  veto: [],
  onDeadline: 'fail',
} as const;

const eight = { value: 8, weight: 3, agents: ['ann', 'bob', 'cy'] };
const five = { value: 5, weight: 1, agents: ['dan'] };
const agreed = roundOf({ state: 'SUCCESS', reason: 'agreed', value: 8, present: 4, tally: [eight, five] });

describe('bars', () => {
  test('reach the line or do not', () => {
    const bars = barsOf(agreed, rule, [five]);
    expect(bars).toMatchObject({ of: 5, need: 3, bySeat: true, moreValues: 0 });
    expect(bars?.rows.map(({ texts, weight, won }) => [texts, weight, won])).toEqual([
      [['8'], 3, true],
      [['5'], 1, false],
    ]);
    expect(bars?.rows[0]?.blocks.map(({ agent }) => agent)).toEqual(['ann', 'bob', 'cy']);
  });

  test('know the winner before the explanation is there', () => {
    expect(barsOf(agreed, rule, null)?.rows.map(({ won }) => won)).toEqual([true, false]);
  });

  test('are none while the round hides its tally', () => {
    expect(barsOf(roundOf({ present: 3 }), rule, null)).toBeNull();
  });

  test('of values that count as one are one, from the least to the greatest', () => {
    const tally = [
      { value: 8.5, weight: 2, agents: ['ann', 'bob'] },
      { value: 7.5, weight: 1, agents: ['cy'] },
      { value: 20, weight: 1, agents: ['dan'] },
    ];
    const near = { equality: { tolerance: 1 } };
    const round = roundOf({ state: 'SUCCESS', reason: 'agreed', value: 8.5, present: 4, tally, ...near });
    const bars = barsOf(round, rule, tally.slice(2));
    expect(bars?.rows.map(({ texts, weight, won }) => [texts, weight, won])).toEqual([
      [['7.5', '8.5'], 3, true],
      [['20'], 1, false],
    ]);
  });

  test('show no value where the rule never does, and no winner', () => {
    const tally = [{ value: null, weight: 3, agents: [] }];
    const round = roundOf({ state: 'SUCCESS', reason: 'agreed', value: null, present: 3, tally });
    const bars = barsOf(round, { ...rule, reveal: 'never' }, null);
    expect(bars?.rows).toMatchObject([{ texts: [], weight: 3, won: false, blocks: [] }]);
  });

  test('have no line that the round belies, as after a change of the rule', () => {
    expect(barsOf(agreed, { ...rule, threshold: 'unanimous' }, [five])?.need).toBeNull();
    const failed = roundOf({ state: 'FAILED', reason: 'no-agreement', present: 4, tally: [eight, five] });
    expect(barsOf(failed, rule, [])?.need).toBeNull();
  });

  test('have no line where panels decide', () => {
    const electorate = { all: [{ role: 'dev', agents: ['ann'], threshold: 1 }] };
    expect(barsOf(agreed, { ...rule, electorate }, [five])?.need).toBeNull();
  });

  test('count weight where agents weigh differently', () => {
    const tally = [{ value: 8, weight: 5, agents: ['ann', 'bob'] }];
    const round = roundOf({ eligible: 3, present: 2, missing: ['cy'], tally });
    const electorate = { agents: ['ann', 'bob', 'cy'] };
    const bars = barsOf(round, { ...rule, electorate, weights: { ann: 4, cy: 3 } }, null);
    expect(bars).toMatchObject({ of: 8, need: 5, bySeat: false });
    expect(bars?.rows[0]?.blocks.map(({ weight }) => weight)).toEqual([4, 1]);
  });

  test('of many seats are one block each', () => {
    const bars = barsOf({ ...agreed, eligible: 100 }, rule, [five]);
    expect(bars).toMatchObject({ of: 100, need: null });
    expect(bars?.rows.every(({ blocks }) => blocks.length === 0)).toBe(true);
  });
  test('under a tolerance are windows, also where nothing won', () => {
    const entry = (value: number, ...agents: string[]) => ({ value, weight: agents.length, agents });
    const tally = [
      entry(7.5, 'ann'),
      entry(8, 'bob'),
      entry(8.5, 'cy'),
      entry(12, 'dan'),
      entry(12.5, 'eve'),
    ];
    const ended = { state: 'FAILED', reason: 'no-agreement', present: 5, tally } as const;
    const round = roundOf({ ...ended, equality: { tolerance: 1 } });
    const bars = barsOf(round, { ...rule, threshold: 4 }, []);
    expect(bars?.rows.map(({ texts, weight, won }) => [texts, weight, won])).toEqual([
      [['7.5', '8.5'], 3, false],
      [['12', '12.5'], 2, false],
    ]);
    expect(bars?.need).toBe(4);
  });

  test('of more values than a tally has are made of the proposals', () => {
    const proposals = Array.from({ length: 300 }, (_, i) => proposed(`a${i}`, i, { value: i / 10 }));
    const tally = proposals
      .slice(0, 100)
      .map(({ agent, value }) => ({ value: value ?? 0, weight: 1, agents: [agent] }));
    const ended = { state: 'SUCCESS', reason: 'agreed', value: 10.2, present: 300, eligible: 300 } as const;
    const round = roundOf({ ...ended, tally, moreValues: 200, equality: { tolerance: 1 } });
    const bars = barsOf(round, { ...rule, threshold: 11 }, [], proposals);
    expect(bars?.rows[0]).toMatchObject({ weight: 11, won: true });
    expect(bars?.need).toBe(11);
    expect(bars?.rows.reduce((all, { weight }) => all + weight, 0)).toBeLessThan(300);
    expect(bars?.moreValues).toBeGreaterThan(0);
  });

  test('say who used a veto', () => {
    const tally = [
      { value: true, weight: 2, agents: ['ann', 'bob'] },
      { value: false, weight: 2, agents: ['cy', 'dan'] },
    ];
    const round = roundOf({ state: 'FAILED', reason: 'veto', present: 4, tally });
    const bars = barsOf(round, { ...rule, veto: ['cy', 'eve'] }, []);
    expect(bars?.rows.map(({ vetoed }) => vetoed)).toEqual([[], ['cy']]);
  });

  test('weigh who abstained by what it weighs, where that is known', () => {
    const tally = [{ value: 8, weight: 4, agents: ['ann'] }];
    const round = roundOf({ state: 'SUCCESS', reason: 'agreed', value: 8, eligible: 2, present: 2, tally });
    const weighed = { ...rule, electorate: { agents: ['ann', 'bob'] }, weights: { ann: 4, bob: 3 } };
    const proposals = [proposed('ann', 1, { value: 8 }), proposed('bob', 2, { abstain: true })];
    expect(barsOf(round, weighed, [], proposals)).toMatchObject({ of: 7, need: 4, isWeighed: true });
  });
});

test('the line stands where the core says that a threshold is reached', () => {
  const thresholds: Threshold[] = ['majority', 'two-thirds', 'unanimous', 3];
  for (const den of [2, 3, 7])
    for (const strict of [true, false]) thresholds.push({ num: den - 1, den, strict });
  for (const threshold of thresholds)
    for (let whole = 1; whole <= 60; whole += 1) {
      const need = leastOf(threshold, whole);
      expect(reaches(threshold, need, whole), `${JSON.stringify(threshold)} of ${whole}`).toBe(true);
      expect(reaches(threshold, need - 1, whole), `${JSON.stringify(threshold)} of ${whole}`).toBe(false);
    }
});
