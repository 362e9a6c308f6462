import { describe } from 'vitest';
import type { Json } from '../../src/core/types.ts';
import type { Case } from './bruteforce.ts';
import { named, names, product, type RuleJson, some, sweep, thorough } from './sweep.ts';

/** Every ballot set in every order under rules with options and winners, floors of values, and ways to compare. */

const options = (...values: Json[]): RuleJson => ({ options: values });
const { thresholds, denominators } = some;

/** Those that are cheap with three agents; with four, fewer. */
const few = (n: number, list: readonly RuleJson[], some: number): readonly RuleJson[] =>
  n < 4 || thorough ? list : list.slice(0, some);

describe('every ballot set in every order', () => {
  const winners: RuleJson[] = [
    options('a', 'b', 'c'),
    { ...options('a', 'b', 'c'), wins: ['a'] },
    { ...options('a', 'b', 'c'), wins: ['a', 'b'] },
  ];
  const ties: RuleJson[] = [{ tie: 'fail' }, { tie: 'seeded' }, { tie: { priority: ['a'] } }];
  const choice = { unseen: [], values: ['"a"', '"b"', '"c"'] };
  for (const n of [2, 3, 4])
    sweep(
      `${n} agents who choose between options of which some win [Q4.32] [Q4.33]`,
      named(n, product(winners, few(n, thresholds, 3), ties, few(n, denominators, 2)), choice),
      { orders: 500, certain: 50 },
    );

  const more: RuleJson[] = [
    { veto: ['p1'] },
    { required: ['p1'] },
    { weights: { p1: 2 } },
    { floor: { cast: 2 } },
    { floor: { present: 3, cast: 1 } },
    { veto: ['p2'], required: ['p1'], floor: { cast: 2 } },
  ];
  sweep(
    '3 agents who choose, with a veto that is no option, a duty, weights or a floor of values [Q4.7] [Q4.32]',
    named(3, product(winners, more, thresholds, ties.slice(1), denominators.slice(0, 2)), {
      ...choice,
      values: [...choice.values, 'false'],
    }),
    { orders: 500, certain: 50 },
  );

  const floors: RuleJson[] = [
    { floor: { cast: 2 } },
    { floor: { present: 3, cast: 2 } },
    { floor: { cast: 3 } },
  ];
  for (const n of [3, 4])
    sweep(
      `${n} agents with a floor of values [Q4.7]`,
      named(n, product(floors, few(n, thresholds, 3), few(n, denominators, 2), [{ tie: 'fail' }]), {
        values: ['"a"', '"b"'],
        unseen: ['"d"'],
      }),
      { orders: 1000, certain: 50 },
    );

  const whole = (equality: Json): RuleJson => ({ equality });
  const exactly: readonly { title: string; rule: RuleJson; values: string[]; unseen: string[] }[] = [
    {
      title: 'sets',
      rule: whole({ set: true }),
      values: ['[1,2]', '[2,1,2]', '[3]'],
      unseen: ['[9]', '"x"'],
    },
    {
      title: 'texts inside values',
      rule: whole('text'),
      values: ['["A"]', '["a"]', '{"A":"x"}'],
      unseen: ['["       a"]', '{"A":" x"}', '{"a":"x"}', '"q"'],
    },
    {
      title: 'one part of them',
      rule: whole({ field: '/x', by: 'exact' }),
      values: ['{"x":4,"y":2}', '{"x":4}', '{"x":5}'],
      unseen: ['{"!":0,"x":4}', '{"!":0,"x":5}', '{"x":6}', '{"x":7}'],
    },
    {
      title: 'a part as a set',
      rule: whole({ field: '/0', by: { set: true } }),
      values: ['[[1,2]]', '[[2,1],0]', '[[3]]'],
      unseen: ['[[1,2],"!"]', '[[3],"!"]', '[[9]]', '["x"]'],
    },
  ];
  for (const { title, rule, values, unseen } of exactly)
    sweep(
      `3 agents whose values are compared as ${title} [Q4.40]`,
      named(3, product([rule], thresholds, ties.slice(0, 2), denominators), { values, unseen }),
      { orders: 1000, certain: 50 },
    );

  const near: readonly { title: string; rules: RuleJson[]; values: string[]; unseen: string[] }[] = [
    {
      title: 'near by their size',
      rules: [
        whole({ relative: { num: 1, den: 10 } }),
        whole({ tolerance: 3, relative: { num: 1, den: 20 } }),
      ],
      values: ['90', '100', '110', '-95'],
      unseen: ['95', '105', '120', '1', '-100', '5000'],
    },
    {
      title: 'decided by median or mean [Q4.41]',
      rules: [
        { ...whole({ tolerance: 1 }), decide: 'median' },
        { ...whole({ tolerance: 1 }), decide: 'mean' },
      ],
      values: ['0.1', '0.2', '1.1'],
      unseen: ['0.15', '0.6', '1.2', '-0.5', '9'],
    },
    {
      title: 'near in one part',
      rules: [whole({ field: '/x', by: { tolerance: 1 } })],
      values: ['{"x":1}', '{"x":2,"y":0}', '{"x":2.5}'],
      unseen: ['{"!":0,"x":1}', '{"!":0,"x":2}', '{"x":1.5}', '{"x":9}'],
    },
  ];
  for (const { title, rules, values, unseen } of near)
    sweep(
      `3 agents whose numbers are ${title} [Q4.40]`,
      named(3, product(rules, thresholds, [{}, { tie: 'seeded' }, { required: ['p1'] }], denominators), {
        values,
        unseen,
        exact: false,
      }),
      { orders: 1000, certain: 10 },
    );

  const panel = (role: string, agents: string[], threshold: Json): Json => ({ role, agents, threshold });
  const electorates: Json[] = [
    { all: [panel('a', ['p1', 'p2'], 'majority'), panel('b', ['p3'], 1)] },
    { any: [panel('a', ['p1', 'p2'], 2), panel('b', ['p2', 'p3'], 'unanimous')] },
    { all: [panel('a', ['p1', 'p2'], 2)], else: panel('b', ['p3', 'p4'], 1) },
    { all: [panel('a', ['p1', 'p2', 'p3'], 2)], else: panel('b', ['p1', 'p4'], 'majority') },
  ];
  const mixed = (rules: readonly RuleJson[], also: Partial<Case>): Case[] =>
    electorates.flatMap((electorate) => {
      const agents = names.filter((name) => JSON.stringify(electorate).includes(name));
      return rules.map((rule) => ({
        rule: { electorate, ...rule },
        agents,
        values: [],
        unseen: [],
        exact: false,
        symmetric: true,
        ...also,
      }));
    });
  sweep(
    'mixed electorates that choose between options of which some win [Q4.33]',
    mixed(product(winners, ties), { values: ['"a"', '"b"', '"c"'] }),
    { orders: 1000, certain: 10 },
  );
  const tolerance: RuleJson = { equality: { tolerance: 1 } };
  sweep(
    'mixed electorates of numbers near each other [Q4.40]',
    mixed(
      product(
        [tolerance, { ...tolerance, decide: 'median' }, { equality: { relative: { num: 1, den: 2 } } }],
        [{ tie: 'fail' }, { tie: 'seeded' }, { tie: { priority: [2] } }, { required: ['p1'] }],
      ),
      { values: ['1', '2', '3.5'], unseen: ['0.5', '2.8', '9'] },
    ),
    { orders: 1000, certain: 10 },
  );
});
