import fc from 'fast-check';
import { canonical } from '../../src/core/json.ts';
import { parseSettings } from '../../src/core/rule/settings.ts';
import type { Json, Rule } from '../../src/core/types.ts';
import { nearOf } from '../judge/sameness.ts';
import type { Ballot } from '../judge/types.ts';

/** Rules of every kind, and what agents do under them, drawn at random. */

export interface Plan {
  /** As a user writes it. */
  readonly written: { readonly [name: string]: Json };
  readonly rule: Rule;
  /** What each elector proposes, in the order of arrival. */
  readonly ballots: readonly Ballot[];
  /** Who is waived, and after how many ballots; null: nobody. */
  readonly waiver: { readonly agent: string; readonly after: number } | null;
}

const names = ['ann', 'bob', 'cyd', 'dan', 'eve'];
const panel = (role: string, agents: string[], threshold: Json): Json => ({ role, agents, threshold });
const models = panel('models', ['ann', 'bob', 'cyd'], 2);

const some = (...options: Json[]) => fc.constantFrom(undefined, undefined, ...options);

/** How values compare, and values that make it matter; those listed first may be options. */
interface Kind {
  readonly equality?: Json;
  readonly cards: readonly Json[];
  readonly values: readonly Json[];
}

const kinds: readonly Kind[] = [
  { cards: ['yes', 'no', 'later'], values: ['yes', 'yes', ' YES', 'no', false, 1] },
  { cards: [1, 2, false], values: [1, 2, 1, 2, 'veto', false] },
  { equality: 'text', cards: ['yes', 'no', ['a']], values: ['yes', ' YES', 'Yes', 'no', ['A'], ['a ']] },
  {
    equality: 'text',
    cards: [{ A: 'x' }, 'no'],
    values: [{ A: 'x' }, { A: ' X' }, { a: 'x' }, 'no', 'Veto'],
  },
  { equality: { tolerance: 0.5 }, cards: [1, 2, 10], values: [1, 1.4, 1.5, 1.6, 10, false] },
  { equality: { tolerance: 1 }, cards: [1, 2, 11], values: [1, 2, 10, 11, 0.1, 1] },
  { equality: { tolerance: 0.2 }, cards: [0.1, 0.2, 0.3], values: [0.1, 0.2, 0.3, 0.30000000000000004] },
  { equality: { relative: { num: 1, den: 10 } }, cards: [90, 100, -5], values: [90, 100, 110, -100, -90, 0] },
  {
    equality: { tolerance: 2, relative: { num: 1, den: 3 } },
    cards: [-1, 1, 30],
    values: [-1, 1, 2, 3, 30, 40, -4],
  },
  {
    equality: { set: true },
    cards: [['b', 10, 9], ['b']],
    values: [['b', 10, 9], [9, 'b', 10, 9], ['b'], 'b'],
  },
  {
    equality: { field: '/x', by: 'exact' },
    cards: [{ x: 1, y: 1 }, { x: 2 }],
    values: [{ x: 1 }, { x: 1, y: 2 }, { x: 2 }, { x: null }, { y: 1 }, 'veto'],
  },
  {
    equality: { field: '/a~1b/0', by: 'text' },
    cards: [{ 'a/b': ['Yes'] }, { 'a/b': ['no'] }],
    values: [{ 'a/b': ['yes'] }, { 'a/b': [' YES', 1] }, { 'a/b': ['no'] }, { 'a/b': [] }, [0]],
  },
  {
    equality: { field: '/0', by: { set: true } },
    cards: [[[1, 2]], [[3]]],
    values: [[[1, 2]], [[2, 1], 'z'], [[2, 1, 1], 'a'], [[3]], [3]],
  },
  {
    equality: { field: '/x', by: { tolerance: 1 } },
    cards: [{ x: 1 }, { x: 5 }],
    values: [{ x: 1 }, { x: 1, y: 0 }, { x: 2 }, { x: 2.5 }, { x: 'a' }, {}],
  },
];

const planOf = fc.record({
  kind: fc.constantFrom(...kinds),
  electorate: fc.constantFrom<Json>(
    ...[1, 2, 3, 4, 5].map((size) => ({ size })),
    ...[2, 3, 4, 5, 5].map((count) => ({ agents: names.slice(0, count) })),
    { all: [models, panel('ci', ['dan'], 1)], else: panel('person', ['eve'], 1) },
    { any: [models, panel('people', ['dan', 'eve'], 'unanimous')] },
    { atLeast: 2, of: [models, panel('ci', ['dan'], 1), panel('person', ['eve'], 1)] },
    {
      all: [panel('models', ['ann', 'bob', 'cyd'], 'two-thirds')],
      else: panel('b', ['cyd', 'dan'], 'majority'),
    },
  ),
  threshold: some(1, 2, 3, 'two-thirds', 'unanimous', { num: 1, den: 2, strict: false }, 0.75),
  of: some('present', 'cast'),
  floor: some(2, 3, { cast: 2 }, { present: 3, cast: 2 }),
  options: fc.constantFrom(0, 0, 2, 3),
  wins: fc.constantFrom(0, 0, 1, 2),
  decide: some('median', 'mean'),
  weights: some({ ann: 2 }, { ann: 3, bob: 2 }),
  close: some('early', 'early'),
  tie: fc.constantFrom(undefined, undefined, 'seeded', 'priority'),
  reveal: some('live', 'never'),
  veto: some(['ann']),
  required: some(['bob'], ['ann', 'bob']),
  // These change nothing while no time passes.
  deadline: some('1h'),
  deadlineFrom: some('first-proposal'),
  valueBytes: some(16_384),
  order: fc.shuffledSubarray(names, { minLength: names.length }),
  values: fc.array(fc.option(fc.nat(5), { nil: undefined, freq: 8 }), { minLength: 5, maxLength: 5 }),
  waiver: fc.option(fc.record({ agent: fc.constantFrom(...names), after: fc.nat(3) })),
});

/** Null where the settings drawn contradict each other. */
export const anyPlan: fc.Arbitrary<Plan | null> = planOf.map(
  ({ kind, options, wins, tie, order, values, waiver, ...drawn }) => {
    const cards = kind.cards.slice(0, options);
    const winning = cards.slice(0, wins);
    const written = definite({
      ...drawn,
      next: 'manual',
      equality: kind.equality,
      options: cards.length > 1 ? [...cards] : undefined,
      wins: cards.length > 1 && winning.length > 0 ? winning : undefined,
      tie:
        tie === 'priority'
          ? { priority: (cards.length > 1 ? winning : kind.cards).slice(0, 2).reverse() }
          : tie,
    });
    const parsed = parseSettings({ rule: written });
    if (!parsed.ok) return null;
    const { rule } = parsed.settings;
    const { electorate } = rule;
    const named = order.filter((name) => JSON.stringify(electorate).includes(`"${name}"`));
    const speakers = 'size' in electorate ? order.slice(0, electorate.size) : named;
    const ballots = speakers.map((agent): Ballot => {
      const at = values[names.indexOf(agent)];
      return {
        agent,
        value: at === undefined ? null : canonical(kind.values[at % kind.values.length] as Json),
      };
    });
    return {
      written,
      rule,
      ballots: withoutDoubt(rule, ballots),
      waiver: 'size' in electorate ? null : waiver,
    };
  },
);

function definite(rule: { readonly [name: string]: Json | undefined }): { [name: string]: Json } {
  return Object.fromEntries(
    Object.entries(rule).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/**
 * With a waiver, what is a veto from one agent is no value from another: an early failure does not wait for the waiver of
 * a holder without whom it could be decided after all. [Q4.39]
 */
function withoutDoubt(rule: Rule, ballots: readonly Ballot[]): readonly Ballot[] {
  const isVeto = (value: Ballot['value']) => value !== null && /^("\s*veto\s*"|false)$/i.test(value);
  return ballots.map(({ agent, value }) => {
    const strange = rule.veto.length > 0 && isVeto(value) && !rule.veto.includes(agent);
    return { agent, value: strange && nearOf(rule) === null ? null : value };
  });
}
