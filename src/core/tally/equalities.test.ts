import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fewOr, holds } from '../../../test/harness/property.ts';
import { settingsOf } from '../../../test/harness/test-group.ts';
import { bodyOf, endings } from '../../../test/judge/completions.ts';
import { allows, judge } from '../../../test/judge/judge.ts';
import { objectionsTo } from '../../../test/judge/sameness.ts';
import { canonical } from '../json.ts';
import { isMixed, panelsOf } from '../rule/electorate.ts';
import type { Canonical, Json, Rule } from '../types.ts';
import { objectionTo } from './options.ts';
import { proposalOf } from './proposal.ts';
import { Tally } from './tally.ts';

/** Every way to compare values, in every kind of electorate, beside the judge. [Q4.40] [Q4.41] */

const names = ['ann', 'bob', 'cyd', 'dan', 'eve'];

const numbers: Json[] = [1, 1.4, 1.8, 2, 9, 10, 11, -1, -10, -9, 0, 0.1, 0.3];
const texts: Json[] = ['a', 'A ', ['a', 1], ['A', 1], { k: 'a' }, { K: 'a' }, { k: ' a' }, 1, false];
const sets: Json[] = [
  [1, 2],
  [2, 1, 1],
  [[1, 2], 2],
  [2, [1, 2], [1, 2]],
  [],
  'a',
  ['a'],
  [10, 9],
  [9, 10],
  'veto',
];

const near: Json[] = [
  { tolerance: 0.5 },
  { tolerance: 1 },
  { relative: { num: 1, den: 10 } },
  { relative: { num: 1, den: 3 }, tolerance: 0.2 },
  { relative: { num: 9, den: 10 } },
];

interface Kind {
  readonly equality: Json;
  readonly values: readonly Json[];
  readonly isNear: boolean;
}

const wholes: Kind[] = [
  { equality: 'text', values: texts, isNear: false },
  { equality: { set: true }, values: sets, isNear: false },
  ...near.map((equality) => ({ equality, values: numbers, isNear: true })),
];

function asPart({ equality: by, values, isNear }: Kind): Kind {
  const whole = values.flatMap((part, i): Json[] => [{ p: [part] }, { p: [part], w: i % 2 }]);
  return { equality: { field: '/p/0', by }, values: [...whole, 'veto', { p: [] }], isNear };
}

const kinds = fc.constantFrom(
  ...wholes,
  ...[{ equality: 'exact', values: sets, isNear: false }, ...wholes].map(asPart),
);

const panel = (role: string, agents: string[], threshold: Json): Json => ({ role, agents, threshold });
const mixed: Json[] = [
  { all: [panel('models', ['ann', 'bob', 'cyd'], 2), panel('ci', ['dan'], 1)] },
  { any: [panel('models', ['ann', 'bob'], 'unanimous'), panel('people', ['bob', 'cyd', 'dan'], 2)] },
  { all: [panel('models', ['ann', 'bob'], 2)], else: panel('people', ['cyd', 'dan'], 'majority') },
  { atLeast: 1, of: [panel('models', ['ann', 'bob'], 2)], else: panel('people', ['bob', 'cyd', 'dan'], 2) },
];

const cases = fc
  .record({
    kind: kinds,
    electorate: fc.constantFrom<Json>({ agents: names }, { agents: names.slice(0, 4) }, ...mixed),
    threshold: fc.constantFrom<Json>(1, 2, 3, 'majority', 'two-thirds'),
    of: fc.constantFrom('eligible', 'present', 'cast'),
    weights: fc.constantFrom<Json>(null, null, { ann: 2 }, { ann: 3, bob: 2 }),
    tie: fc.constantFrom<Json>('fail', 'fail', 'seeded', 'first'),
    decide: fc.constantFrom('proposed', 'median', 'mean'),
    veto: fc.constantFrom<Json>([], [], ['bob']),
    required: fc.constantFrom<Json>([], [], [], ['ann'], ['dan'], ['ann', 'cyd']),
    // Of many different values few win.
    different: fc.constantFrom(1, 2, 2, 100),
    said: fc.array(fc.option(fc.nat(), { freq: 8 }), { minLength: 5, maxLength: 5 }),
    missing: fc.integer({ min: 1, max: 2 }),
    waived: fc.integer({ min: 0, max: 3 }),
    seed: fc.integer(),
  })
  .map(
    ({
      kind,
      electorate,
      threshold,
      weights,
      tie,
      decide,
      different,
      said,
      missing,
      waived,
      seed,
      ...more
    }) => {
      const { equality, values, isNear } = kind;
      const plain = 'agents' in (electorate as object);
      const rule = settingsOf({
        rule: {
          electorate,
          equality,
          ...more,
          ...(plain ? { threshold, weights } : {}),
          tie: tie === 'first' ? { priority: [values[0] as Json, values[2] as Json] } : tie,
          decide: isNear && !('field' in (equality as object)) ? decide : 'proposed',
        },
      }).rule;
      const electors = isMixed(rule.electorate)
        ? names.filter((name) =>
            panelsOf(rule.electorate as never).some(({ agents }) => agents.includes(name)),
          )
        : names.slice(0, plain ? (electorate as { agents: string[] }).agents.length : 4);
      const ballots = electors
        .map((agent, i) => {
          const place = said[i];
          const value =
            place === null || place === undefined
              ? null
              : canonical(values[place % Math.min(different, values.length)] as Json);
          return { agent, value };
        })
        .filter(({ agent, value }) => objectionTo(rule, null, agent, value) === null);
      // Those who say nothing, or come last, may be waived.
      const gone = electors.slice(electors.length - waived).filter((agent) => !rule.required.includes(agent));
      return { rule, electors, ballots, missing, gone, seed, isNear };
    },
  );

function tallied(
  rule: Rule,
  seed: number,
  electors: readonly string[],
  ballots: readonly Said[],
  gone: readonly string[] = [],
): Tally {
  const tally = new Tally(rule, seed, new Set(electors));
  for (const agent of gone) tally.waive(agent);
  // Somebody changes its mind.
  for (const { agent, value } of ballots.slice(0, 1)) {
    const before = proposalOf(rule.equality, agent, ballots.at(-1)?.value ?? value);
    tally.add(before);
    tally.remove(before);
  }
  for (const { agent, value } of ballots) tally.add(proposalOf(rule.equality, agent, value));
  return tally;
}

interface Said {
  readonly agent: string;
  readonly value: Canonical | null;
}

it('gives what the judge gives, in whatever order', () => {
  const seen = { won: 0, lost: 0 };
  holds(
    fc.property(cases, ({ rule, electors, ballots, gone, seed }) => {
      const left = electors.filter((agent) => !gone.includes(agent));
      const body = bodyOf({ rule, electors: left, waived: gone });
      const whole = { count: body.count, weight: body.weight };
      const said = ballots.filter(({ agent }) => left.includes(agent));
      const verdict = judge(rule, body, said);
      const answer = tallied(rule, seed, electors, said, gone).final(whole);
      seen[answer.is] += 1;
      expect(
        allows(verdict, answer.is === 'won' ? answer.value : null),
        JSON.stringify([answer, verdict]),
      ).toBe(true);
      if (answer.is === 'lost' && rule.tie !== 'seeded' && verdict.state === 'FAILED')
        expect(answer.reason).toBe(verdict.why);
      expect(tallied(rule, seed, electors, [...said].reverse(), gone).final(whole)).toEqual(answer);
    }),
    fewOr(1500, 5000),
  );
  expect(Math.min(seen.won, seen.lost)).toBeGreaterThan(200);
});

it('says before all have proposed only what nobody can change any more, and of equal values as soon as that is so', () => {
  const seen = { won: 0, lost: 0, open: 0 };
  holds(
    fc.property(cases, ({ rule, electors, ballots, missing, seed, isNear }) => {
      if (rule.tie === 'seeded') return;
      const said = ballots.slice(0, -missing);
      const coming = electors.filter((agent) => !said.some((one) => one.agent === agent));
      if (coming.length > 2 || coming.length === 0) return;
      const body = bodyOf({ rule, electors });
      const answer = tallied(rule, seed, electors, said).certain({ count: body.count, weight: body.weight });
      seen[answer.is] += 1;
      const all = endings({ rule, electors, said, absent: [] }, body, coming);
      const text = JSON.stringify({ rule, said, answer, all: all.slice(0, 4) });
      for (const one of all) {
        if (answer.is === 'won') expect(allows(one, answer.value), text).toBe(true);
        if (answer.is === 'lost') expect(one.state, text).toBe('FAILED');
      }
      // What the missing are tried with has no other spelling of an object.
      const hasObject = rule.equality === 'text' && said.some(({ value }) => value?.startsWith('{'));
      const mayBeLate = isNear || isMixed(rule.electorate) || hasObject;
      if (answer.is === 'open' && !mayBeLate) expect(all.length, text).toBeGreaterThan(1);
    }),
    fewOr(400, 2000),
  );
  expect(Math.min(seen.won, seen.lost, seen.open)).toBeGreaterThan(5);
});

it('has the same objections as the judge', () => {
  holds(
    fc.property(
      cases,
      fc.constantFrom('ann', 'bob'),
      fc.constantFrom(...numbers, ...texts, ...sets, { p: [1] }),
      ({ rule }, agent, value) => {
        const wrong = objectionTo(rule, null, agent, canonical(value));
        expect(objectionsTo(rule, agent, canonical(value))).toEqual(wrong === null ? [] : [wrong]);
      },
    ),
    2000,
  );
});

it('can win, of a number that was proposed, whatever some completion lets win', () => {
  holds(
    fc.property(cases, ({ rule, electors, ballots, missing, seed, isNear }) => {
      if (rule.tie === 'seeded' || rule.decide !== undefined || !isNear) return;
      const said = ballots.slice(0, -missing);
      const coming = electors.filter((agent) => !said.some((one) => one.agent === agent));
      if (coming.length > 2 || coming.length === 0) return;
      const body = bodyOf({ rule, electors });
      const tally = tallied(rule, seed, electors, said);
      const proposals = said.map(({ agent, value }) => proposalOf(rule.equality, agent, value));
      for (const one of endings({ rule, electors, said, absent: [] }, body, coming)) {
        const decided = one.state === 'SUCCESS' ? (one.among[0] as Canonical) : null;
        const mine = proposals.find(({ value }) => decided !== null && value === decided);
        if (mine === undefined) continue;
        const valued = { value: mine.value as Canonical, classText: mine.classText as string };
        expect(
          tally.canWin(valued, { count: body.count, weight: body.weight }),
          JSON.stringify({ rule, said, one }),
        ).toBe(true);
      }
    }),
    fewOr(300, 1500),
  );
});
