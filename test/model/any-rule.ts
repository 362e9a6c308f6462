import fc from 'fast-check';
import type { Canonical, Json, Settings } from '../../src/core/types.ts';
import { settingsOf } from '../harness/entries.ts';

/** Agents, values and rules for tests that try everything: each rule drawn is one that users can have. */

export const names = ['ann', 'bob', 'cyd', 'dan', 'eve'];
export const words: readonly (Canonical | null)[] = [
  '"secret-one"',
  '"secret-two"',
  '"Secret-One "',
  '1',
  'false',
  null,
];
export const numbers: readonly (Canonical | null)[] = ['1', '1.4', '1.8', '10', '"secret-one"', null];

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
  floor: someOf(2, 3),
  equality: someOf('text', { tolerance: 0.5 }),
  weights: someOf({ ann: 2 }, { ann: 3, bob: 2 }),
  close: fc.constantFrom<Json>('all', 'early'),
  tie: someOf('seeded', { priority: ['secret-two', 1] }, { priority: [10, 1.4] }),
  minWait: someOf(205),
  lastCall: someOf(302),
  deadline: someOf(1001, 1001),
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
  drop('equality', isMixed && typeof rule.equality === 'object');
  drop('floor', typeof rule.floor === 'number' && rule.floor > most);
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
  const near = typeof rule.equality === 'object';
  const priority = (rule.tie as { priority?: Json[] } | undefined)?.priority;
  drop('tie', near && priority?.some((value) => typeof value !== 'number') === true);
  return rule;
}
