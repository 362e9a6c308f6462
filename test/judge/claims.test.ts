import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Canonical, Json, Mixed, Threshold } from '../../src/core/types.ts';
import { bodyOf, endings, mayFailLater, missingIn, type Partial } from './completions.ts';
import { judge } from './judge.ts';
import { nearest, units } from './numbers.ts';
import { statsOf } from './stats.ts';
import { enough, floorOf, meetsFloor, weightIn, wholeOf } from './threshold.ts';
import type { Ballot, JudgedRule } from './types.ts';

/** What the protocol says of rules in general, tried on the judge against everything that the missing could still say. */

const runs = Number(process.env.CLAIM_RUNS ?? 1500);
const names = ['ann', 'bob', 'cyd', 'dan', 'eve'];

const plain: JudgedRule = {
  electorate: { agents: names },
  threshold: 'majority',
  of: 'eligible',
  floor: 1,
  equality: 'exact',
  weights: null,
  close: 'early',
  tie: 'fail',
  minWait: null,
  lastCall: null,
  deadline: null,
  onDeadline: 'fail',
  absent: 'counts-against',
  reveal: 'close',
  revote: false,
  next: 'manual',
  maxRounds: null,
  veto: [],
  required: [],
};

const thresholds = fc.constantFrom<Threshold>(
  ...([1, 2, 3, 4, 'majority', 'two-thirds', 'unanimous'] as const),
  { num: 1, den: 3, strict: true },
  { num: 1, den: 2, strict: false },
);
const cards = ['a', 'b', 'c', 'd'];

/** Rules with options, and a round under one of them as far as it has come. */
const choiceOf = fc
  .record({
    agents: fc.integer({ min: 2, max: 5 }),
    options: fc.integer({ min: 2, max: 4 }),
    wins: fc.option(fc.subarray(cards, { minLength: 1 }), { nil: undefined }),
    threshold: thresholds,
    of: fc.constantFrom('eligible', 'present', 'cast'),
    floor: fc.constantFrom<JudgedRule['floor']>(1, 1, 2, { present: 1, cast: 2 }, { present: 3, cast: 1 }),
    weights: fc.constantFrom(null, null, { ann: 2 }, { ann: 3, bob: 2 }),
    // A draw prefers one option to another by its seed: a list of all of them.
    tie: fc.oneof(
      fc.constant('fail' as const),
      fc.shuffledSubarray(cards).map((priority) => ({ priority })),
    ),
    veto: fc.constantFrom<string[]>([], [], [], ['ann'], ['bob']),
    required: fc.constantFrom<string[]>([], [], [], ['ann'], ['bob']),
    said: fc.array(fc.constantFrom<Json | undefined>(...cards, 'a', 'a', undefined, false), { maxLength: 5 }),
    order: fc.shuffledSubarray(names, { minLength: names.length }),
  })
  .map(({ agents, options, wins, said, order, ...rule }): Partial => {
    const electors = names.slice(0, agents);
    const winning = wins?.filter((one) => cards.indexOf(one) < options) ?? [];
    const values = cards.slice(0, options);
    const some = (list: string[]) => list.filter((agent) => electors.includes(agent));
    const speakers = order.filter((agent) => electors.includes(agent));
    const veto = some(rule.veto);
    const ballots = said.slice(0, agents).flatMap((value, i): Ballot[] => {
      const agent = speakers[i] as string;
      const may =
        value === undefined || values.includes(value as string) || (value === false && veto.includes(agent));
      return may ? [{ agent, value: value === undefined ? null : JSON.stringify(value) }] : [];
    });
    return {
      rule: {
        ...plain,
        ...rule,
        of: rule.of as JudgedRule['of'],
        electorate: { agents: electors },
        options: values.map((value) => ({ value })),
        ...(winning.length > 0 ? { wins: winning } : {}),
        veto,
        required: some(rule.required),
      },
      electors,
      said: ballots,
      absent: [],
    };
  });

/** The only value or failure that the missing leave possible; null where several are. */
function onlyEnding(round: Partial): string | null {
  const found = endings(round, bodyOf(round), missingIn(round), 2);
  const [only] = found;
  if (found.length !== 1 || only === undefined) return null;
  return only.state === 'FAILED' ? 'FAILED' : (only.among[0] as Canonical);
}

/** The same by the formulas of [Q4.33]: with m the weight of the missing and W the largest the denominator can become. */
function byFormula({ rule, electors, said }: Partial): string | null {
  const missing = (electors ?? []).filter((agent) => !said.some((one) => one.agent === agent));
  const weigh = (agents: readonly string[]) => agents.reduce((sum, agent) => sum + weightIn(rule, agent), 0);
  const m = weigh(missing);
  const whole = rule.of === 'eligible' ? weigh(electors ?? []) : wholeOf(rule, 0, said) + m;
  const behind = (option: Json) =>
    said.filter(({ value }) => value === JSON.stringify(option)).map(({ agent }) => agent);
  const w = (option: Json) => weigh(behind(option));
  const winners = rule.wins ?? (rule.options ?? []).map(({ value }) => value);
  const winsTie = (one: Json, other: Json): boolean => {
    const rank = (option: Json) => {
      const at = typeof rule.tie === 'object' ? rule.tie.priority.indexOf(option) : -1;
      return at < 0 ? Infinity : at;
    };
    return rank(one) < rank(other);
  };
  const vetoed = said.some(({ agent, value }) => rule.veto.includes(agent) && value === 'false');
  const { present, cast } = floorOf(rule);
  const values = said.filter(({ value }) => value !== null).length;
  if (vetoed || said.length + missing.length < present || values + missing.length < cast) return 'FAILED';
  const certain = winners.find(
    (o) =>
      enough(rule.threshold, w(o), whole) &&
      meetsFloor(rule, said) &&
      !missing.some((agent) => rule.veto.includes(agent)) &&
      rule.required.every((agent) => behind(o).includes(agent)) &&
      winners.every((p) => p === o || w(p) + m < w(o) || (w(p) + m === w(o) && winsTie(o, p))),
  );
  if (certain !== undefined) return JSON.stringify(certain);
  const possible = winners.some((c) => {
    const allowed = rule.required.every((agent) => missing.includes(agent) || behind(c).includes(agent));
    const most = w(c) + m;
    const rivals = winners.filter((one) => one !== c);
    return (
      allowed &&
      enough(rule.threshold, most, whole) &&
      rivals.every((p) => w(p) < most || (w(p) === most && winsTie(c, p)))
    );
  });
  return possible ? null : 'FAILED';
}

const panel = (role: string, agents: string[], threshold: Threshold) => ({ role, agents, threshold });
const mixtures: Mixed[] = [
  {
    all: [panel('a', ['ann', 'bob', 'cyd'], 'majority'), panel('b', ['dan'], 1)],
    else: panel('c', ['eve'], 1),
  },
  { any: [panel('a', ['ann', 'bob'], 'unanimous'), panel('b', ['cyd', 'dan', 'eve'], 'majority')] },
  {
    atLeast: 2,
    of: [panel('a', ['ann', 'bob'], 1), panel('b', ['bob', 'cyd'], 'two-thirds'), panel('c', ['dan'], 1)],
  },
  { all: [panel('a', ['ann', 'bob', 'cyd'], 2)], else: panel('b', ['cyd', 'dan', 'eve'], 'majority') },
  {
    any: [
      panel('a', ['ann', 'bob', 'cyd'], 'two-thirds'),
      panel('b', ['cyd', 'dan', 'eve'], { num: 1, den: 2, strict: false }),
    ],
  },
];

const kinds: readonly { readonly equality: JudgedRule['equality']; readonly values: readonly Json[] }[] = [
  { equality: 'exact', values: ['a', 'b', 'a', false] },
  { equality: 'text', values: ['A', 'a', 'b', ['B'], ['b']] },
  { equality: { set: true }, values: [[1, 2], [2, 1, 1], [3], 'a'] },
  { equality: { field: '/x', by: 'exact' }, values: [{ x: 1 }, { x: 1, y: 2 }, { x: 2 }] },
  { equality: { field: '/x', by: { tolerance: 1 } }, values: [{ x: 1 }, { x: 2 }, { x: 3 }, { x: 2, y: 1 }] },
  { equality: { tolerance: 1 }, values: [1, 2, 3, 1.5] },
  { equality: { tolerance: 0, relative: { num: 1, den: 10 } }, values: [90, 100, 110, 111] },
];

/** Rules of every kind, mixed electorates among them, as far as a round has come. */
const roundOf = fc
  .record({
    kind: fc.nat(kinds.length - 1),
    electorate: fc.oneof(
      fc.integer({ min: 2, max: 5 }).map((n) => ({ agents: names.slice(0, n) })),
      fc.constantFrom(...mixtures),
    ),
    threshold: thresholds,
    of: fc.constantFrom('eligible', 'present', 'cast'),
    floor: fc.constantFrom<JudgedRule['floor']>(1, 1, 2, { present: 1, cast: 2 }),
    weights: fc.constantFrom(null, null, { ann: 2 }, { ann: 3, bob: 2 }),
    tie: fc.constantFrom<JudgedRule['tie']>('fail', 'seeded', { priority: ['b', 2, 100] }),
    decide: fc.constantFrom(undefined, 'median', 'mean'),
    veto: fc.constantFrom<string[]>([], [], ['bob']),
    required: fc.constantFrom<string[]>([], [], ['ann']),
    said: fc.array(fc.option(fc.nat(4)), { minLength: 1, maxLength: 4 }),
    order: fc.shuffledSubarray(names, { minLength: names.length }),
  })
  .map(({ kind, said, order, decide, ...rest }): Partial => {
    const { equality, values } = kinds[kind] as (typeof kinds)[number];
    const electors = names.filter((name) => JSON.stringify(rest.electorate).includes(`"${name}"`));
    const named = 'agents' in rest.electorate;
    const of = rest.of as JudgedRule['of'];
    const rule: JudgedRule = {
      ...plain,
      ...rest,
      of,
      equality,
      weights: named ? rest.weights : null,
      ...(decide !== undefined && typeof equality === 'object' && 'tolerance' in equality
        ? { decide: decide as 'median' | 'mean' }
        : {}),
      veto: rest.veto.filter((agent) => electors.includes(agent)),
    };
    const speakers = order.filter((agent) => electors.includes(agent));
    const ballots = said.slice(0, electors.length).map((at, i): Ballot => {
      const value = at === null ? undefined : values[at % values.length];
      return { agent: speakers[i] as string, value: value === undefined ? null : JSON.stringify(value) };
    });
    return { rule, electors, said: ballots, absent: [] };
  });

describe('what is certain before the end', () => {
  it('with options is what the formulas say [Q4.33]', () => {
    const seen = { success: 0, failed: 0, open: 0 };
    fc.assert(
      fc.property(choiceOf, (round) => {
        const only = onlyEnding(round);
        // Success waits for the floor, however certain it is. [Q4.12]
        const due = only !== 'FAILED' && !meetsFloor(round.rule, round.said) ? null : only;
        expect(byFormula(round)).toBe(due);
        seen[due === null ? 'open' : due === 'FAILED' ? 'failed' : 'success'] += 1;
      }),
      { numRuns: runs },
    );
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(runs / 50);
  });

  it('stays certain when one of the missing is waived [Q4.39]', () => {
    let certain = 0;
    fc.assert(
      fc.property(roundOf, fc.nat(4), (round, pick) => {
        const missing = missingIn(round);
        fc.pre(missing.length > 0 && missing.length < 4);
        // What is a veto from one agent and a value from another is not certain to fail while the one may be waived.
        fc.pre(!mayFailLater(round.rule, round.said, missing));
        const only = onlyEnding(round);
        const agent = missing[pick % missing.length] as string;
        fc.pre(only !== null && !round.rule.required.includes(agent));
        if (only !== 'FAILED') fc.pre(meetsFloor(round.rule, round.said));
        const waived = [agent];
        const electors = (round.electors ?? []).filter((one) => one !== agent);
        expect(onlyEnding({ ...round, electors, waived })).toBe(only);
        certain += 1;
      }),
      { numRuns: runs, maxSkipsPerRun: 1000 },
    );
    expect(certain).toBe(runs);
  });
});

describe('numbers worked out exactly [Q4.41]', () => {
  const exactly = (...numbers: number[]) => numbers.map((one) => units(JSON.stringify(one)));
  const sum = (...numbers: number[]) => exactly(...numbers).reduce((all, one) => all + one, 0n);

  it('are rounded once', () => {
    expect(nearest(sum(0.1, 0.2, 0.3), 3n)).toBe('0.2');
    expect(nearest(sum(0.1, 0.2), 2n)).toBe('0.15');
    expect(nearest(sum(1, 1.0000000000000002), 2n)).toBe('1');
    // Of the decimals 1.0000000000000003, which lies nearer to the lower double.
    expect(nearest(sum(1.0000000000000002, 1.0000000000000004), 2n)).toBe('1.0000000000000002');
    expect(nearest(sum(1, 1, 2), 3n)).toBe('1.3333333333333333');
    expect(nearest(sum(1e308, 1.7e308), 2n)).toBe('1.35e+308');
    expect(nearest(sum(5e-324, 0), 2n)).toBe('5e-324');
    expect(nearest(1n, 2n)).toBe('0');
    expect(nearest(sum(-5e-324, -1e-323), 2n)).toBe('-1e-323');
  });

  it('are themselves where they are doubles', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(nearest(units(JSON.stringify(number)))).toBe(JSON.stringify(number));
      }),
    );
  });
});

describe('the letter of ties and floors', () => {
  it('a draw among rejected values moves nothing [Q4.33]', () => {
    const rule = { ...plain, threshold: 2, options: cards.map((value) => ({ value })), wins: ['a', 'b'] };
    const said = ['a', 'a', 'c', 'c', 'c'].map((value, i) => ({
      agent: names[i] as string,
      value: `"${value}"`,
    }));
    expect(judge(rule, { count: 5, weight: 5 }, said)).toEqual({
      state: 'SUCCESS',
      among: ['"a"'],
      mayFail: false,
    });
  });

  it('the mean is taken of the window that won by its lower median [Q4.41]', () => {
    const rule: JudgedRule = {
      ...plain,
      threshold: 2,
      equality: { tolerance: 1 },
      decide: 'mean',
      tie: { priority: [10] },
    };
    const said = ['1', '2', '10', '11'].map((value, i) => ({ agent: names[i] as string, value }));
    expect(judge(rule, { count: 5, weight: 5 }, said)).toMatchObject({ among: ['10.5'] });
  });

  it('figures of a round count each agent once, and the compared parts of whole values [Q4.43]', () => {
    const rule: JudgedRule = { ...plain, weights: { ann: 9 }, equality: { field: '/x', by: 'exact' } };
    const said = ['{"x":0.1}', '{"x":0.3}', '{"x":0.2}', null].map((value, i) => ({
      agent: names[i] as string,
      value,
    }));
    const due = { count: 3, min: '0.1', max: '0.3', median: '0.2', mean: '0.2', spread: '0.2' };
    expect(statsOf(rule, said)).toEqual(due);
    expect(statsOf(rule, [...said, { agent: 'eve', value: '{"x":"1"}' }])).toBeNull();
    expect(statsOf({ ...rule, reveal: 'never' }, said)).toBeNull();
  });
});
