import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/types.ts';
import { compareCloses, type Pair } from './lockstep.ts';

type RuleJson = { readonly [name: string]: Json };

const agents = ['p1', 'p2', 'p3'];
const roster = { electorate: { agents } };
const spelt = ['"Veto"', '" yes"', '"Yes"', null];
const exact = ['"a"', '"b"', null];

function pairs(rules: readonly RuleJson[], values: Pair['values'], seconds: number): Pair[] {
  return rules.map((rule) => ({ rule, agents, values, seconds }));
}

const cases: readonly [string, readonly Pair[]][] = [
  [
    'named agents with leases',
    pairs(
      [
        { ...roster, threshold: 1 },
        { ...roster, threshold: 2 },
        { ...roster, of: 'present' },
        { ...roster, of: 'cast' },
        { ...roster, threshold: 'unanimous', of: 'present' },
      ],
      exact,
      2,
    ),
  ],
  [
    'a floor, weights, a required agent',
    pairs(
      [
        { ...roster, floor: 2 },
        { ...roster, weights: { p1: 2 } },
        { ...roster, required: ['p2'] },
      ],
      exact,
      2,
    ),
  ],
  [
    'texts and a veto in any spelling [Q4.17]',
    pairs(
      [
        { ...roster, equality: 'text', veto: ['p1'] },
        { ...roster, equality: 'text', veto: ['p1'], absent: 'excluded' },
      ],
      spelt,
      2,
    ),
  ],
  [
    'changes of mind during the minimum wait [Q4.24]',
    pairs([{ ...roster, revote: true, minWait: 1000 }], exact, 2).map((pair) => ({
      ...pair,
      agents: agents.slice(0, 2),
      rule: { ...pair.rule, electorate: { agents: agents.slice(0, 2) } },
    })),
  ],
  ['a live electorate', pairs([{ electorate: { live: { min: 2, max: 3 } } }], exact, 2)],
];

describe('with agents who leave, expire and come back, early closes end as full rounds do [Q4.12]', () => {
  it.each(cases)('%s', { timeout: 200_000 }, (title, list) => {
    const sum = { states: 0, ended: 0, early: 0 };
    const disagreements: string[] = [];
    for (const pair of list) {
      const report = compareCloses(pair);
      for (const what of ['states', 'ended', 'early'] as const) sum[what] += report[what];
      disagreements.push(...report.disagreements.slice(0, 3));
    }
    console.info(`${title}: ${sum.states} pairs of states, ${sum.ended} ended, ${sum.early} only early`);
    expect(disagreements).toEqual([]);
    expect(sum.ended).toBeGreaterThan(50);
  });
});
