import { describe } from 'vitest';
import type { Json } from '../../src/core/types.ts';
import type { Case } from './bruteforce.ts';
import { named, names, product, type RuleJson, some, sweep, thorough } from './sweep.ts';

/** By default every rule kind is swept with up to four agents and some with five. */

const three = ['"a"', '"b"', '"c"'];

function thresholds(most: number): Json[] {
  const whole = Array.from({ length: most }, (_, i) => i + 1);
  const fractions = [
    { num: 1, den: 2, strict: true },
    { num: 1, den: 2, strict: false },
    { num: 2, den: 3, strict: true },
    { num: 1, den: 3, strict: false },
    { num: 0, den: 1, strict: true },
    { num: 1, den: 1, strict: false },
  ];
  return [...whole, 'majority', 'two-thirds', 'unanimous', ...fractions];
}

const denominators = ['eligible', 'present', 'cast'];
const ties: Json[] = ['fail', 'seeded', { priority: ['a'] }, { priority: ['c', 'b'] }];

function plain(n: number, tieKinds: readonly Json[], floors: readonly number[]): Case[] {
  const symmetric = n > 3;
  const roster = names.slice(0, n);
  return thresholds(n).flatMap((threshold) =>
    denominators.flatMap((of) =>
      tieKinds.flatMap((tie) =>
        [...new Set(floors)].map((floor) => ({
          rule: { electorate: { size: n }, threshold, of, tie, floor },
          agents: roster,
          values: three,
          unseen: ['"d"', '"e"'],
          exact: true,
          symmetric,
        })),
      ),
    ),
  );
}

const { thresholds: someThresholds, denominators: everyOf } = some;
const someTies: RuleJson[] = ties.map((tie) => ({ tie }));
/** With four agents and rules that tell them apart, fewer of the other settings, unless all are asked for. */
const tiesFor = (n: number): RuleJson[] =>
  n < 4 || thorough
    ? someTies
    : someTies.filter(({ tie }) => tie === 'fail' || JSON.stringify(tie).includes('c'));
const ofFor = (n: number): RuleJson[] => (n < 4 || thorough ? everyOf : everyOf.slice(0, 2));

describe('every ballot set in every order', () => {
  for (const n of [1, 2, 3]) {
    sweep(
      `${n} agents, all thresholds, denominators, ties and floors`,
      plain(
        n,
        ties,
        [1, 2, n].filter((f) => f <= n),
      ),
      {
        orders: 4 ** n,
        certain: n === 1 ? 0 : 10,
      },
    );
  }
  sweep('4 agents, all thresholds, denominators, ties and floors', plain(4, ties, [1, 3]), {
    orders: 10_000,
    certain: 1000,
  });
  sweep(
    '5 agents, all thresholds and denominators',
    plain(5, thorough ? ties : ['fail'], thorough ? [1, 3, 5] : [1]),
    {
      orders: 10_000,
      certain: 1000,
    },
  );

  const weights: RuleJson[] = [
    { weights: { p1: 2 } },
    { weights: { p1: 3, p2: 2 } },
    { weights: { p1: 5, p2: 2, p3: 2 } },
  ];
  for (const n of thorough ? [3, 4, 5] : [3, 4]) {
    sweep(
      `${n} agents with weights`,
      named(n, product(n < 4 || thorough ? weights : weights.slice(1), someThresholds, tiesFor(n), ofFor(n))),
      {
        orders: 1000,
        certain: 100,
      },
    );
  }

  for (const n of thorough ? [2, 3, 4, 5] : [2, 3, 4]) {
    const vetoes: RuleJson[] = [
      { veto: ['p1'] },
      { veto: ['p1', 'p2'] },
      { veto: ['p1'], weights: { p1: 2 } },
    ];
    sweep(
      `${n} agents with vetoes`,
      named(n, product(vetoes, someThresholds, tiesFor(n), ofFor(n)), {
        values: ['"a"', '"b"', 'false'],
        unseen: ['"veto"', '"c"', '"d"'],
      }),
      { orders: 1000, certain: 10 },
    );
    const required: RuleJson[] = [
      { required: ['p1'] },
      { required: ['p1', 'p2'] },
      { required: ['p2'], veto: ['p1'] },
      { required: ['p1'], veto: ['p1'] },
      { required: ['p1'], weights: { p1: 2 } },
      { required: ['p2'], weights: { p1: 2 } },
    ];
    sweep(
      `${n} agents of whom some are required`,
      named(n, product(required, someThresholds, tiesFor(n), ofFor(n)), { unseen: ['false', '"d"', '"e"'] }),
      {
        orders: 1000,
        certain: 10,
      },
    );
    sweep(
      `${n} agents, equal as text`,
      named(
        n,
        product(
          [{ equality: 'text' }],
          someThresholds,
          [...someTies, { tie: { priority: [' A '] } }],
          everyOf,
        ),
        {
          values: ['"A b"', '" a  B "', '"no"'],
          // Of each text one spelling that is the first in text order.
          unseen: ['"maybe"', '"  A b"', '"  no"'],
        },
      ),
      { orders: 100, certain: 10 },
    );
  }

  /** Spellings that count as equal: of letters, of white space around and between, composed and decomposed. */
  const spelt: readonly { title: string; rules: RuleJson[]; values: string[]; unseen: string[] }[] = [
    {
      title: 'a veto in any spelling',
      rules: [{ veto: ['p1'] }, { veto: ['p1', 'p2'] }, { veto: ['p2'], required: ['p1'] }],
      values: ['"Veto"', '"veto "', '" yes"', '"Yes"'],
      unseen: ['"VETO"', 'false', '"  yes"', '"maybe"', '"perhaps"'],
    },
    {
      title: 'letters with marks, and those that fold to two',
      rules: [{}, { tie: { priority: [' STRASSE'] } }],
      values: ['"\u00e9t\u00e9"', '"E\u0301te\u0301"', '"Stra\u00dfe"', '"STRASSE"'],
      unseen: ['" \u00e9t\u00e9"', '" strasse"', '"veto"', '"maybe"'],
    },
  ];
  for (const { title, rules, values, unseen } of spelt)
    for (const n of [2, 3])
      sweep(
        `${n} agents, equal as text: ${title} [Q4.17] [Q4.21]`,
        named(n, product([{ equality: 'text' }], rules, someThresholds, someTies.slice(0, 2), everyOf), {
          values: values.map((value) => JSON.stringify(JSON.parse(value))),
          unseen: unseen.map((value) => JSON.stringify(JSON.parse(value))),
        }),
        { orders: 1000, certain: 10 },
      );

  const strangers: RuleJson[] = [
    { veto: ['p9'] },
    { required: ['p9'] },
    { veto: ['p1', 'p9'] },
    { required: ['p1', 'p9'] },
    { required: ['p9'], veto: ['p9'] },
    { required: ['p1', 'p9'], veto: ['p1'] },
  ];
  sweep(
    'a veto or a duty of one who may or may not take a seat',
    [1, 2, 3].flatMap((n) =>
      product([{ electorate: { size: n } }], strangers, someThresholds, everyOf)
        .filter(({ threshold }) => typeof threshold !== 'number' || threshold <= n)
        .filter(({ required }) => !Array.isArray(required) || required.length <= n)
        .map((rule) => ({
          rule,
          // Seats are taken by whoever comes: those the rule names, or as many others.
          agents: [...names.slice(0, n + 1), 'p9'],
          seats: n,
          values: ['"a"', '"b"', 'false'],
          unseen: ['"veto"', '"d"'],
          exact: true,
          symmetric: true,
        })),
    ),
    { orders: 1000, certain: 10 },
  );

  for (const n of [3, 4]) {
    const near: RuleJson[] = [{ equality: { tolerance: 0.5 } }, { equality: { tolerance: 0 } }];
    const numeric: RuleJson[] = [{ tie: 'fail' }, { tie: 'seeded' }, { tie: { priority: [1.8, 1] } }];
    const more: RuleJson[] = [{}, { weights: { p1: 3 } }, { required: ['p1'] }];
    sweep(
      `${n} agents, equal within a tolerance`,
      named(
        n,
        product(
          near,
          n < 4 || thorough ? someThresholds : someThresholds.slice(1, 3),
          numeric,
          n < 4 || thorough ? everyOf : everyOf.slice(1, 2),
          more,
        ),
        {
          values: ['1', '1.4', '1.8'],
          unseen: ['0.6', '1.2', '1.6', '2.2', '9'],
          exact: false,
        },
      ),
      { orders: 1000, certain: 10 },
    );
  }

  sweep(
    '3 agents whose readings are exactly the tolerance apart [Q4.22]',
    named(3, product([{ equality: { tolerance: 0.1 } }], someThresholds, someTies.slice(0, 2), everyOf), {
      values: ['21', '21.1', '99.9', '100'],
      unseen: ['20.9', '21.2', '99.8', '100.1', '-5'],
      exact: false,
    }),
    { orders: 1000, certain: 10 },
  );

  const panel = (role: string, agents: string[], threshold: Json): Json => ({ role, agents, threshold });
  const models = panel('models', ['p1', 'p2', 'p3'], 2);
  const ci = panel('ci', ['p4'], 1);
  const person = panel('person', ['p5'], 1);
  const electorates: Json[] = [
    { all: [models, ci], else: person },
    { any: [models, ci], else: person },
    { all: [panel('models', ['p1', 'p2'], 'unanimous')], else: panel('people', ['p3', 'p4'], 'majority') },
    { atLeast: 2, of: [panel('a', ['p1', 'p2'], 1), panel('b', ['p3'], 1), panel('c', ['p4'], 1)] },
    { all: [panel('a', ['p1', 'p2'], 'majority'), { any: [panel('b', ['p3'], 1), panel('c', ['p4'], 1)] }] },
    { all: [panel('a', ['p1', 'p2', 'p3'], 2)], else: panel('b', ['p1', 'p4'], 1) },
  ];
  const mixedRules = (more: readonly RuleJson[], of: readonly RuleJson[]): Case[] =>
    electorates.flatMap((electorate) => {
      const agents = names.filter((name) => JSON.stringify(electorate).includes(name));
      return product(more, of).map((rule) => ({
        rule: { electorate, ...rule },
        agents,
        values: thorough ? three : three.slice(0, 2),
        unseen: ['"d"', '"e"'],
        exact: false,
        symmetric: true,
      }));
    });
  sweep(
    'mixed electorates',
    mixedRules(
      [{ tie: 'fail' }, { tie: 'seeded' }, { tie: { priority: ['b'] } }],
      thorough ? everyOf : everyOf.slice(0, 1),
    ),
    {
      orders: 1000,
      certain: 10,
    },
  );
  sweep(
    'mixed electorates with a floor, a veto or a required agent',
    mixedRules(
      [{ floor: 3 }, { veto: ['p4'] }, { required: ['p4'] }, { required: ['p1'] }],
      [{ of: 'eligible' }],
    ).map((one) => ('veto' in one.rule ? { ...one, values: ['"a"', 'false'] } : one)),
    { orders: 1000, certain: 10 },
  );
});
