import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/types.ts';
import { compareCloses, type Pair } from './lockstep.ts';

type RuleJson = { readonly [name: string]: Json };

const agents = ['p1', 'p2', 'p3'];
const roster = { electorate: { agents } };
const spelt = ['"Veto"', '" yes"', '"Yes"', null];
const exact = ['"a"', '"b"', null];

function pairs(rules: readonly RuleJson[], values: Pair['values'], seconds: number): Pair[] {
  return rules.map((rule) => ({ rule, agents, values, seconds, waives: false }));
}

/** Under these rules whoever has not proposed may be waived. */
function waiving(rules: readonly RuleJson[], values: Pair['values'], count = 4): Pair[] {
  const some = ['p1', 'p2', 'p3', 'p4'].slice(0, count);
  return rules.map((rule) => {
    const electorate = rule.electorate ?? { agents: some };
    return { rule: { electorate, ...rule }, agents: some, values, seconds: 0, waives: true };
  });
}

const choice = { options: ['a', 'b'], wins: ['a'] };
const panels = {
  all: [
    { role: 'a', agents: ['p1', 'p2'], threshold: 'majority' },
    { role: 'b', agents: ['p2', 'p3'], threshold: 1 },
  ],
  else: { role: 'c', agents: ['p4'], threshold: 1 },
};
const either = {
  any: [
    { role: 'a', agents: ['p1', 'p2'], threshold: 'unanimous' },
    { role: 'b', agents: ['p2', 'p3', 'p4'], threshold: 'two-thirds' },
  ],
};

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
  [
    'electors who are waived: what is certain stays certain [Q4.37] [Q4.39]',
    waiving(
      [
        { threshold: 'majority' },
        { threshold: 'unanimous' },
        { threshold: 2, tie: 'seeded' },
        { of: 'present', threshold: 'two-thirds' },
        { of: 'cast', floor: 2 },
        { floor: { cast: 2 }, tie: { priority: ['b'] } },
        { weights: { p1: 3, p2: 2 } },
        { required: ['p2'] },
        { absent: 'excluded' },
      ],
      exact,
    ),
  ],
  [
    'electors who are waived, options, a veto, panels',
    waiving(
      [
        { ...choice, threshold: 2 },
        { ...choice, veto: ['p1'] },
        { ...choice, wins: ['a', 'b'], of: 'cast', tie: { priority: ['b'] } },
        { electorate: panels },
        { electorate: either },
      ],
      [...exact, 'false'],
    ),
  ],
  [
    'electors who are waived, and numbers near each other',
    waiving(
      [
        { equality: { tolerance: 1 } },
        { equality: { tolerance: 1 }, decide: 'mean', threshold: 2 },
        { equality: { relative: { num: 1, den: 2 } }, of: 'present' },
        { equality: { tolerance: 1 }, electorate: panels },
      ],
      ['1', '2', '3.5', null],
    ),
  ],
  ['a live electorate', pairs([{ electorate: { live: { min: 2, max: 3 } } }], exact, 2)],
];

describe('with agents who leave, expire and come back, early closes end as full rounds do [Q4.12]', () => {
  it.each(cases)('%s', (title, list) => {
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
