import fc from 'fast-check';
import type { Canonical, Json, Rule, Settings } from '../../src/core/types.ts';
import { settingsOf } from '../harness/entries.ts';
import { comparedPart, nearOf, sameness } from '../judge/sameness.ts';

/** Agents, values and rules for tests that try everything: each rule drawn is one that users can have. */

export const names = ['ann', 'bob', 'cyd', 'dan', 'eve'];
const words: readonly (Canonical | null)[] = [
  '"secret-one"',
  '"secret-two"',
  '"Secret-One "',
  '1',
  'false',
  null,
];
const numbers: readonly (Canonical | null)[] = ['1', '1.4', '1.8', '10', '"secret-one"', null];
const shares: readonly (Canonical | null)[] = ['90', '100', '110', '-95', 'false', null];
const sets: readonly (Canonical | null)[] = [
  '["secret-one",2]',
  '[2,"secret-one",2]',
  '["secret-two"]',
  '"secret-one"',
  'false',
  null,
];
const wholes: readonly (Canonical | null)[] = [
  '{"x":"secret-one"}',
  '{"why":"secret-q","x":"secret-one"}',
  '{"x":"Secret-One "}',
  '{"x":"secret-two"}',
  '{"y":"secret-one"}',
  null,
];
const readings: readonly (Canonical | null)[] = [
  '{"x":1}',
  '{"why":"secret-q","x":1}',
  '{"x":1.4}',
  '{"x":10}',
  '{"x":"secret-one"}',
  null,
];

/** Six values for agents to propose under such a rule: equal ones, others, one that may be refused, and an abstention. */
export function valuesFor({ equality }: Pick<Rule, 'equality'>): readonly (Canonical | null)[] {
  if (typeof equality === 'string') return words;
  if ('set' in equality) return sets;
  if ('field' in equality) return nearOf({ equality }) === null ? wholes : readings;
  return equality.relative === undefined ? numbers : shares;
}

const someOf = (...options: Json[]): fc.Arbitrary<Json | undefined> =>
  fc.constantFrom(undefined, undefined, ...options);

const models = { role: 'models', agents: ['ann', 'bob'], threshold: 2 };
const person = { role: 'person', agents: ['dan'], threshold: 1 };

/** Rules as people may write them. */
const ruleOf = fc.record({
  electorate: fc.constantFrom<Json>(
    { size: 1 },
    { size: 2 },
    { size: 3 },
    { size: 3 },
    { size: 4 },
    { agents: ['ann', 'bob'] },
    { agents: ['ann', 'bob', 'cyd'] },
    { agents: ['ann', 'bob', 'cyd', 'dan'] },
    { live: { min: 1, max: 4 } },
    { live: { min: 2, max: 2 } },
    { live: { min: 2, max: 100 } },
    { all: [models, { role: 'ci', agents: ['cyd'], threshold: 1 }], else: person },
    { all: [models], else: person },
    { all: [{ role: 'pair', agents: ['bob', 'cyd'], threshold: 2 }], else: person },
    { any: [models, { role: 'people', agents: ['cyd', 'dan'], threshold: 'unanimous' }] },
    {
      atLeast: 1,
      of: [models],
      else: { role: 'people', agents: ['ann', 'cyd', 'dan'], threshold: 'majority' },
    },
  ),
  threshold: someOf(
    1,
    2,
    3,
    'two-thirds',
    'unanimous',
    { num: 1, den: 2, strict: false },
    { num: 1, den: 3, strict: true },
  ),
  of: someOf('present', 'cast'),
  floor: someOf(2, 3, { cast: 2 }, { present: 3, cast: 1 }),
  equality: someOf(
    'text',
    { tolerance: 0.5 },
    { tolerance: 0, relative: { num: 1, den: 10 } },
    { set: true },
    { field: '/x', by: 'text' },
    { field: '/x', by: { tolerance: 0.5 } },
  ),
  /** How many of the values are options, and how many of these can win. */
  options: fc.constantFrom<Json | undefined>(undefined, undefined, undefined, 2, 3),
  wins: someOf(1, 2),
  decide: someOf('median', 'mean'),
  weights: someOf({ ann: 2 }, { ann: 3, bob: 2 }),
  close: fc.constantFrom<Json>('all', 'early'),
  tie: someOf('seeded', { priority: ['secret-two', 1] }, { priority: [10, 1.4] }),
  minWait: someOf(205),
  lastCall: someOf(302),
  deadline: someOf(1001, 1001),
  deadlineFrom: someOf('first-proposal'),
  onDeadline: someOf('decide', { default: 0 }),
  absent: someOf('excluded'),
  reveal: someOf('live', 'never'),
  revote: someOf(true),
  next: fc.constantFrom<Json>('until-success', 'continuous', 'continuous', 'manual'),
  maxRounds: someOf(1, 3),
  veto: someOf(['ann'], ['dan']),
  required: someOf(['bob'], ['dan']),
});

/** The same without what contradicts itself. */
export const anyRule: fc.Arbitrary<{ [name: string]: Json }> = ruleOf.map((rule) => {
  const given = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
  return withoutContradictions(given as { [name: string]: Json });
});

export const anySettings: fc.Arbitrary<Settings> = anyRule.map((rule) => {
  const { revote, ...rest } = rule;
  const escalates = 'else' in (rule.electorate as object) && rule.reveal !== 'live';
  return settingsOf({ rule: revote === true && !escalates ? rule : rest });
});

/** Takes out what cannot stand beside the rest, so that every rule drawn is one that users can have. */
function withoutContradictions(rule: { [name: string]: Json }): { [name: string]: Json } {
  const electorate = rule.electorate as { size?: number; agents?: string[]; live?: { max: number } };
  const named = names.filter((name) => JSON.stringify(electorate).includes(`"${name}"`));
  const most = electorate.size ?? electorate.live?.max ?? named.length;
  const isMixed = electorate.size === undefined && electorate.live === undefined && !electorate.agents;
  const drop = (name: string, wrong: boolean) => {
    if (wrong) delete rule[name];
  };
  drop('threshold', typeof rule.threshold === 'number' && rule.threshold > most);
  for (const name of ['threshold', 'absent']) drop(name, isMixed);
  const { present = 1, cast = 0 } = typeof rule.floor === 'object' ? (rule.floor as Floor) : {};
  drop('floor', typeof rule.floor === 'number' ? rule.floor > most : present > most || cast > most);
  drop('revote', rule.close === 'early' && rule.minWait === undefined);
  drop('weights', electorate.agents === undefined);
  // How a floor, counted in agents, bounds an electorate that shrinks by weight is not said.
  drop('weights', rule.absent === 'excluded' && rule.floor !== undefined);
  const roster = isMixed || electorate.agents !== undefined;
  for (const name of ['veto', 'required'])
    drop(
      name,
      roster && (rule[name] as string[] | undefined)?.some((agent) => !named.includes(agent)) === true,
    );
  drop('onDeadline', rule.deadline === undefined);
  const equality = (rule.equality ?? 'exact') as Rule['equality'];
  const near = nearOf({ equality }) !== null;
  const isField = typeof equality === 'object' && 'field' in equality;
  drop('decide', !near || isField);
  drop('wins', near);
  const asked = rule as { options?: number; wins?: number };
  const cards = choices(equality).slice(0, asked.options);
  drop('wins', asked.options === undefined);
  const winning = cards.slice(0, asked.wins);
  if (rule.wins !== undefined) rule.wins = winning;
  if (rule.options !== undefined) {
    rule.options = cards.map((value, i) => (i === 0 ? { value, label: 'the first' } : { value }));
    if (typeof rule.tie === 'object') rule.tie = { priority: [...winning].reverse() };
    if (typeof rule.onDeadline === 'object') rule.onDeadline = { default: winning[0] as Json };
  }
  const priority = (rule.tie as { priority?: Json[] } | undefined)?.priority;
  drop('tie', near && rule.options === undefined && !priority?.every((value) => typeof value === 'number'));
  drop('tie', rule.options === undefined && priority !== undefined && isField);
  return rule;
}

interface Floor {
  readonly present?: number;
  readonly cast?: number;
}

/** Values no two of which are equal, and each of which may be an option. */
function choices(equality: Rule['equality']): Json[] {
  const seen = new Set<string | null>();
  const near = nearOf({ equality }) !== null;
  return valuesFor({ equality }).flatMap((value) => {
    const name = value === null ? null : sameness({ equality }, value);
    const number = value === null ? null : comparedPart({ equality }, value);
    const fits =
      name !== null && value !== 'false' && !(near && typeof JSON.parse(number ?? '""') !== 'number');
    if (!fits || seen.has(name)) return [];
    seen.add(name);
    return [JSON.parse(value as Canonical) as Json];
  });
}
