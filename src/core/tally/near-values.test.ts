import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewOr, holds } from '../../../test/harness/property.ts';
import { judgeDrawn } from '../../../test/judge/judge.ts';
import { canonical } from '../json.ts';
import { parseSettings } from '../rule/settings.ts';
import type { Canonical, Json, Rule } from '../types.ts';
import type { Answer, Ballot, Turnout } from './count.ts';
import { NearCount } from './near-values.ts';
import { proposalOf } from './proposal.ts';
import { breakTie } from './tie-break.ts';
import { type Order, WindowTree } from './window-tree.ts';

interface Said {
  readonly agent: string;
  /** null: an abstention. */
  readonly number: number | null;
  readonly weight: number;
}

function ruleWith(fields: { [name: string]: Json }): Rule {
  const parsed = parseSettings({ rule: { electorate: { size: 100 }, ...fields } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  return { ...parsed.settings.rule };
}

function turnoutOf(said: readonly Said[], missing: readonly number[], seed = 1): Turnout {
  const sum = (weights: readonly number[]) => weights.reduce((total, weight) => total + weight, 0);
  const presentWeight = sum(said.map(({ weight }) => weight));
  return {
    seed,
    eligibleWeight: presentWeight + sum(missing),
    presentWeight,
    castWeight: sum(said.filter(({ number }) => number !== null).map(({ weight }) => weight)),
    missing: missing.length,
    missingWeight: sum(missing),
    requiredVetoes: false,
    absent: new Set(),
  };
}

function counted(rule: Rule, tolerance: number, said: readonly Said[]): NearCount {
  const count = new NearCount(rule, { tolerance });
  for (const one of said) count.count(ballot(rule, one), 1);
  return count;
}

function ballot(rule: Rule, { agent, number, weight }: Said): Ballot {
  const value = number === null ? null : canonical(number);
  const required = rule.required.includes(agent);
  return { ...proposalOf(rule.equality, agent, value), weight, required };
}

/** What the judge makes of these proposals, once a draw has fallen as `breakTie` lets it fall. */
function byJudge(rule: Rule, tolerance: number, all: readonly Said[], turnout: Turnout): Answer {
  const weights = Object.fromEntries(all.map(({ agent, weight }) => [agent, weight]));
  const ballots = all.map(({ agent, number }) => ({
    agent,
    value: number === null ? null : canonical(number),
  }));
  const draw = (level: readonly Canonical[]) => breakTie(rule, turnout.seed, level) as Canonical;
  const whole = { ...rule, equality: { tolerance }, weights, floor: 0 };
  const body = { count: all.length, weight: turnout.eligibleWeight };
  const verdict = judgeDrawn(whole, body, ballots, draw);
  return verdict.state === 'SUCCESS'
    ? { is: 'won', value: verdict.among[0] as Canonical }
    : { is: 'lost', reason: verdict.why };
}

function said(...numbers: (number | null)[]): Said[] {
  return numbers.map((number, i) => ({ agent: `a${i}`, number, weight: 1 }));
}

function finalOf(rule: Rule, tolerance: number, all: readonly Said[]): Answer {
  return counted(rule, tolerance, all).final(turnoutOf(all, []));
}

function certainOf(rule: Rule, tolerance: number, some: readonly Said[], missing: readonly number[]): Answer {
  return counted(rule, tolerance, some).certain(turnoutOf(some, missing));
}

const tolerances = fc.constantFrom(0, 0.1, 0.5, 1, 2);
const numbers = fc.oneof(
  fc.integer({ min: -3, max: 6 }),
  fc.integer({ min: 0, max: 12 }).map((tenths) => tenths / 10),
);
const rules = fc
  .record({
    threshold: fc.constantFrom<Json>(1, 2, 3, 'majority', 'two-thirds', 'unanimous'),
    of: fc.constantFrom('eligible', 'present', 'cast'),
    tie: fc.constantFrom<Json>('fail', 'seeded', { priority: [4, 1, 0.5] }),
  })
  .map(ruleWith);
const required = fc.constantFrom<string[]>([], [], ['a0'], ['a0', 'a1']);
const ballots = (least: number, most: number) =>
  fc
    .array(fc.record({ number: fc.option(numbers, { freq: 8 }), weight: fc.integer({ min: 1, max: 3 }) }), {
      minLength: least,
      maxLength: most,
    })
    .map((list) => list.map((ballot, i) => ({ agent: `a${i}`, ...ballot })));

describe('the heaviest window', () => {
  const rule = ruleWith({});

  it('is no wider than the tolerance: nearness is not handed on', () => {
    expect(finalOf(rule, 0.5, said(1, 1.4, 1.8))).toEqual({ is: 'won', value: '1' });
    expect(finalOf(ruleWith({ threshold: 'unanimous' }), 0.5, said(1, 1.4, 1.8)).is).toBe('lost');
  });

  it('compares decimals and not the doubles nearest to them [Q4.22]', () => {
    const both = ruleWith({ threshold: 2 });
    expect(finalOf(both, 0.1, said(21, 21.1))).toEqual({ is: 'won', value: '21' });
    expect(finalOf(both, 0.1, said(99.9, 100))).toEqual({ is: 'won', value: '99.9' });
    expect(finalOf(both, 0.1, said(0.3, 0.4))).toEqual({ is: 'won', value: '0.3' });
    expect(finalOf(both, 0.1, said(0.3, 0.4000000000000001)).is).toBe('lost');
    expect(finalOf({ ...both, required: ['a0', 'a1'] }, 0.3, said(0.4, 0.1)).is).toBe('won');
    expect(certainOf({ ...both, required: ['a0', 'a1'] }, 0.3, said(0.4, 0.1), [1]).is).toBe('open');
  });

  it('decides the lower median of its members, a number that was proposed', () => {
    expect(finalOf(rule, 1, said(20.1, 20.3, 20.2))).toEqual({ is: 'won', value: '20.2' });
    expect(finalOf(rule, 1, said(20.1, 20.3, 20.2, 20.4))).toEqual({ is: 'won', value: '20.2' });
    expect(finalOf(rule, 1, [...said(1, 2), { agent: 'heavy', number: 2, weight: 5 }])).toEqual({
      is: 'won',
      value: '2',
    });
  });

  it('is the lowest of those that overlap, and a tie when two have nothing in common', () => {
    const two = ruleWith({ threshold: 2 });
    expect(finalOf(two, 1, said(0, 1, 2))).toEqual({ is: 'won', value: '0' });
    expect(finalOf(two, 1, said(0, 1, 2, 3))).toEqual({ is: 'lost', reason: 'tie' });
  });

  it('is chosen in a tie by the list, or by the draw', () => {
    const list = ruleWith({ threshold: 2, tie: { priority: [7, 2, 0] } });
    expect(finalOf(list, 1, said(0, 1, 2, 3))).toEqual({ is: 'won', value: '2' });
    expect(finalOf(ruleWith({ threshold: 2, tie: { priority: [3] } }), 1, said(0, 1, 2, 3))).toEqual({
      is: 'lost',
      reason: 'tie',
    });
    const drawn = new Set<string>();
    const all = said(0, 1, 5, 6);
    for (let seed = 0; seed < 40; seed += 1) {
      const answer = counted(ruleWith({ threshold: 2, tie: 'seeded' }), 1, all).final(
        turnoutOf(all, [], seed),
      );
      if (answer.is === 'won') drawn.add(answer.value);
    }
    expect(drawn).toEqual(new Set(['0', '5']));
  });

  it('is the lowest of those with the median that a tie-break names', () => {
    const list: Rule = { ...ruleWith({ threshold: 2, tie: { priority: [1] } }), required: ['a0'] };
    const all = said(0, 1, 1, 2, 3, 9, 9, 9, 9);
    expect(finalOf(list, 2, all)).toEqual({ is: 'won', value: '1' });
    expect(finalOf({ ...list, required: ['a4'] }, 2, all)).toEqual({ is: 'lost', reason: 'required' });
  });

  it('must hold every required agent', () => {
    const strict: Rule = { ...rule, required: ['a3'] };
    expect(finalOf(strict, 1, said(0, 0, 0, 1))).toEqual({ is: 'won', value: '0' });
    expect(finalOf(strict, 1, said(0, 0, 0, 2))).toEqual({ is: 'lost', reason: 'required' });
    expect(finalOf(strict, 1, said(0, 0, 0, null))).toEqual({ is: 'lost', reason: 'required' });
  });

  it('answers as the judge does, after changes of mind too', () => {
    holds(
      fc.property(
        rules,
        required,
        tolerances,
        ballots(0, 12),
        ballots(0, 6),
        fc.integer(),
        (base, needed, tolerance, all, gone, seed) => {
          const rule: Rule = { ...base, required: needed };
          const count = new NearCount(rule, { tolerance });
          for (const before of gone) count.count(ballot(rule, before), 1);
          all.forEach((one, i) => {
            const before = gone[i];
            if (before !== undefined) count.count(ballot(rule, before), -1);
            count.count(ballot(rule, one), 1);
          });
          for (const before of gone.slice(all.length)) count.count(ballot(rule, before), -1);
          const turnout = turnoutOf(all, [], seed);
          expect(count.final(turnout)).toEqual(byJudge(rule, tolerance, all, turnout));
        },
      ),
      fewOr(500, 1500),
    );
  });
});

it('is the same window of thousands, asked for on the way or only at the end', () => {
  const rule = ruleWith({ threshold: 1, electorate: { size: 5_000 } });
  const all = said(...Array.from({ length: 5_000 }, (_, i) => ((i * 7919) % 5_003) * 2), 4, 4.5);
  const asked = new NearCount(rule, { tolerance: 1 });
  all.forEach((one, i) => {
    asked.count(ballot(rule, one), 1);
    if (i % 1_000 === 0) expect(asked.final(turnoutOf(all.slice(0, i + 1), []))).toBeDefined();
  });
  const turnout = turnoutOf(all, []);
  expect(finalOf(rule, 1, all)).toEqual({ is: 'won', value: '4' });
  expect(asked.final(turnout)).toEqual({ is: 'won', value: '4' });
});

describe('an answer before all have proposed', () => {
  /** Each missing agent abstains or proposes one of these: all that was said, and points around and between. */
  function* completions(all: readonly Said[], missing: readonly number[]): Generator<readonly Said[]> {
    const [weight, ...rest] = missing;
    if (weight === undefined) return yield all;
    for (let half = -11; half <= 13; half += 1) {
      const number = half === -11 ? null : half / 2;
      yield* completions([...all, { agent: `a${all.length}`, number, weight }], rest);
    }
  }

  it('is decided only when one number holds against everything the missing can do', () => {
    const rule = ruleWith({});
    expect(certainOf(rule, 1, said(5, 5, 5), [1])).toEqual({ is: 'won', value: '5' });
    expect(certainOf(rule, 1, said(5, 5.1, 5.2), [1])).toEqual({ is: 'open' });
    expect(certainOf(ruleWith({ threshold: 2 }), 0, said(7, 7), [1])).toEqual({ is: 'won', value: '7' });
    expect(certainOf({ ...rule, required: ['a3'] }, 1, said(5, 5, 5), [1])).toEqual({ is: 'open' });
    expect(certainOf(ruleWith({ threshold: 2 }), 0, said(7, 7, 5), [1])).toEqual({ is: 'open' });
  });

  it('is impossible when the heaviest window cannot grow enough, or required agents are too far apart', () => {
    const most = ruleWith({ threshold: 3 });
    expect(certainOf(most, 1, said(0, 5), [1])).toEqual({ is: 'lost', reason: 'no-agreement' });
    expect(certainOf(most, 1, said(0, 1), [1])).toEqual({ is: 'open' });
    const rule: Rule = { ...ruleWith({}), required: ['a0', 'a1'] };
    expect(certainOf(rule, 1, said(0, 5), [1, 1, 1])).toEqual({ is: 'lost', reason: 'no-agreement' });
    expect(certainOf({ ...ruleWith({ threshold: 2 }), required: ['a3'] }, 1, said(0, 0, 0, 9), [1]).is).toBe(
      'lost',
    );
    // The required agent's window can draw level, and then the list prefers it.
    const listed: Rule = { ...ruleWith({ threshold: 2, tie: { priority: [0] } }), required: ['a0'] };
    expect(certainOf(listed, 1, said(0, 2, 2), [1])).toEqual({ is: 'open' });
  });

  it('is one that no completion changes, and failure is found as soon as it is certain', () => {
    holds(
      fc.property(
        rules,
        required,
        fc.constantFrom(0, 1, 2),
        fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { freq: 8 }), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 2 }),
        (base, needed, tolerance, some, missing) => {
          const rule: Rule = { ...base, required: needed };
          const before = said(...some);
          const answer = certainOf(rule, tolerance, before, missing);
          let mayDecide = false;
          for (const all of completions(before, missing)) {
            const end = byJudge(rule, tolerance, all, turnoutOf(all, []));
            mayDecide ||= end.is === 'won';
            if (answer.is === 'won') expect(end).toEqual(answer);
            if (answer.is === 'lost') expect(end.is).toBe('lost');
          }
          if (needed.length === 0) expect(answer.is === 'lost').toBe(!mayDecide);
        },
      ),
      fewOr(50, 250),
    );
  });
});

/** Ends in order for windows of this width; `looked` is told of every comparison. */
function orderOf(width: number, looked: () => void = () => {}): Order {
  const shares = (a: number, b: number) => a - b <= width;
  return (at, opens, otherAt, otherOpens) => {
    looked();
    if (opens === otherOpens) return at - otherAt;
    if (opens) return shares(at, otherAt) ? -1 : 1;
    return shares(otherAt, at) ? 1 : -1;
  };
}

describe('the tree', () => {
  it('weighs all windows, however many numbers come and go at once', () => {
    const batch = fc.dictionary(
      fc.integer({ min: -20, max: 20 }).map(String),
      fc.integer({ min: 0, max: 3 }),
      {
        maxKeys: 30,
      },
    );
    holds(
      fc.property(fc.array(batch, { maxLength: 8 }), fc.integer({ min: 0, max: 6 }), (batches, width) => {
        const tree = new WindowTree(orderOf(width));
        const weights = new Map<number, number>();
        for (const batch of batches) {
          const changed = new Map(Object.entries(batch).map(([number, weight]) => [Number(number), weight]));
          for (const [number, weight] of changed) weights.set(number, weight);
          tree.put(Float64Array.from(changed.keys()).sort(), (number) => changed.get(number) as number);
          const windows = [...weights]
            .filter(([, weight]) => weight > 0)
            .map(([begin]) => {
              const inside = [...weights].filter(([n]) => n >= begin && n - begin <= width);
              return { begin, weight: inside.reduce((sum, [, weight]) => sum + weight, 0) };
            })
            .sort((a, b) => a.begin - b.begin);
          const most = Math.max(0, ...windows.map(({ weight }) => weight));
          const heaviest = windows.filter(({ weight }) => weight === most).map(({ begin }) => begin);
          expect(tree.heaviest()).toBe(most);
          if (most === 0) continue;
          expect(tree.beginnings()).toEqual(heaviest);
          expect(tree.beginnings(2)).toEqual(heaviest.slice(0, 2));
        }
      }),
      500,
    );
  });
});

describe('the work', () => {
  const width = 10;
  /** Ends looked at while `n` numbers come, each asked about, and go again; divided by how many came. */
  function workPerNumber(n: number, numberAt: (i: number) => number): number {
    let looks = 0;
    const tree = new WindowTree(
      orderOf(width, () => {
        looks += 1;
      }),
    );
    for (let i = 0; i < n; i += 1) {
      tree.put(Float64Array.of(numberAt(i)), () => 1);
      tree.heaviestBetween({ at: numberAt(i), opens: true }, { at: numberAt(i), opens: false });
      tree.openBefore({ at: numberAt(i), opens: false });
    }
    for (let i = 0; i < n; i += 1) tree.put(Float64Array.of(numberAt(i)), () => 0);
    expect(tree.heaviest()).toBe(0);
    return looks / n;
  }

  it.each([
    ['ascending', (i: number) => i],
    ['descending', (i: number) => -i],
    ['scattered', (i: number) => (i * 7919) % 65_537],
    ['all within one window', (i: number) => i / 100_000],
  ])('per proposal grows with the logarithm only: %s', (_, numberAt) => {
    const few = workPerNumber(500, numberAt);
    const many = workPerNumber(32_000, numberAt);
    // 64 times as many numbers are 6 more levels of a perfect tree; an AVL tree has at most 1.45 times as many.
    expect(many - few).toBeLessThan(12 * 6 * 1.45);
    expect(many).toBeLessThan(12 * 1.45 * Math.log2(2 * 32_000));
  });
});
