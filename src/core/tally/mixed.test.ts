import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fewOr, holds } from '../../../test/harness/property.ts';
import { judgeDrawn } from '../../../test/judge/judge.ts';
import { isMixed, panelsOf } from '../rule/electorate.ts';
import { parseSettings } from '../rule/settings.ts';
import type { Canonical, Json, Mixed, Part, Rule } from '../types.ts';
import type { Answer, Ballot, Turnout } from './count.ts';
import { MixedCount } from './mixed.ts';
import { proposalOf } from './proposal.ts';
import { breakTie } from './tie-break.ts';

/** Who has answered: a value, or null for an abstention. */
type Said = ReadonlyMap<string, Canonical | null>;

interface Case {
  readonly rule: Rule;
  readonly electorate: Mixed;
}

function caseOf(electorate: Json, fields: { [name: string]: Json } = {}): Case {
  const parsed = parseSettings({ rule: { electorate, ...fields } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  const { rule } = parsed.settings;
  if (!isMixed(rule.electorate)) throw new Error('not a mixed electorate');
  return { rule, electorate: rule.electorate };
}

function agentsOf(part: Part | Mixed): string[] {
  return [...new Set(panelsOf(part).flatMap((panel) => panel.agents))];
}

/** The electorate without what comes after `else`. */
function mainOf({ else: _, ...main }: Mixed & { else?: Part }): Mixed {
  return main;
}

function turnoutOf({ electorate }: Case, said: Said, absent: readonly string[] = []): Turnout {
  const eligible = agentsOf(electorate).length;
  return {
    seed: 5,
    eligibleWeight: eligible,
    presentWeight: said.size,
    castWeight: [...said.values()].filter((value) => value !== null).length,
    missing: eligible - said.size,
    missingWeight: eligible - said.size,
    requiredVetoes: false,
    absent: new Set(absent),
  };
}

function counted({ rule, electorate }: Case, said: Said): MixedCount {
  const count = new MixedCount(rule, electorate);
  for (const [agent, value] of said) count.count(ballot(rule, agent, value), 1);
  return count;
}

function ballot(rule: Rule, agent: string, value: Canonical | null): Ballot {
  const required = rule.required.includes(agent);
  return { ...proposalOf(rule.equality, agent, value), weight: 1, required };
}

/** What the judge makes of these answers, once a draw has fallen as `breakTie` lets it fall. */
function byJudge({ rule, electorate }: Case, said: Said): Answer {
  const count = agentsOf(electorate).length;
  const ballots = [...said].map(([agent, value]) => ({ agent, value }));
  const draw = (level: readonly Canonical[]) => breakTie(rule, 5, level) as Canonical;
  const verdict = judgeDrawn({ ...rule, electorate, floor: 0 }, { count, weight: count }, ballots, draw);
  return verdict.state === 'SUCCESS'
    ? { is: 'won', value: verdict.among[0] as Canonical }
    : { is: 'lost', reason: verdict.why };
}

const domain: readonly (Canonical | null)[] = ['1', '2', '3', '4', null];

/**
 * Compares with the judge in every state that a round can pass through, whatever the order of arrival:
 * each agent silent, abstaining or behind one of four values. `exact`: an answer must also come
 * as soon as it is certain, not only be right.
 */
function checkEveryState(one: Case, exact: boolean): void {
  const agents = agentsOf(one.electorate);
  const visit = (said: Said, from: number): void => {
    const count = counted(one, said);
    const missing = agents.filter((agent) => !said.has(agent));
    const end = byJudge(one, said);
    const answer = count.certain(turnoutOf(one, said));
    same(count.final(turnoutOf(one, said)), end, said);
    if (missing.length === 0) same(answer, end, said);
    const ends = [...endsOf(said, missing)];
    if (answer.is === 'won') same(ends, [answer.value], said);
    if (answer.is === 'lost') same(ends, [null], said);
    // With two values left that nobody has named, the four stand for all there are.
    const fresh = 4 - new Set([...said.values()].filter((value) => value !== null)).size;
    if (exact && answer.is === 'open' && fresh >= 2 && ends.length === 1) same(answer, ends[0], said);
    for (let i = from; i < agents.length; i += 1) {
      for (const value of domain) visit(new Map([...said, [agents[i] as string, value]]), i + 1);
    }
  };
  const same = (actual: unknown, expected: unknown, said: Said): void => {
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      expect(actual, show(one, said)).toEqual(expected);
  };
  const known = new Map<string, Set<Canonical | null>>();
  /** What the completions give: values, or null for failure. */
  const endsOf = (said: Said, missing: readonly string[]): Set<Canonical | null> => {
    const name = agents.map((agent) => (said.has(agent) ? said.get(agent) : '-')).join();
    const before = known.get(name);
    if (before !== undefined) return before;
    const ends = new Set<Canonical | null>();
    const [next, ...rest] = missing;
    if (next === undefined) {
      const end = byJudge(one, said);
      ends.add(end.is === 'won' ? end.value : null);
    } else {
      for (const value of domain)
        for (const end of endsOf(new Map([...said, [next, value]]), rest)) ends.add(end);
    }
    known.set(name, ends);
    return ends;
  };
  visit(new Map(), 0);
}

function show({ rule, electorate }: Case, said: Said): string {
  const { of, tie, required } = rule;
  return JSON.stringify({ electorate, of, tie, required, said: [...said] });
}

const twoModelsAndCi: Json = {
  all: [
    { role: 'model', agents: ['m1', 'm2', 'm3'], threshold: 2 },
    { role: 'ci', agents: ['ci'], threshold: 1 },
  ],
  else: { role: 'person', agents: ['ann'], threshold: 1 },
};

function saying(answers: { [agent: string]: Json }): Said {
  return new Map(
    Object.entries(answers).map(([agent, value]) => [agent, value === null ? null : JSON.stringify(value)]),
  );
}

describe('2 of 3 models and CI, else 1 person', () => {
  const one = caseOf(twoModelsAndCi);
  const certain = (answers: { [agent: string]: Json }) => {
    const said = saying(answers);
    return counted(one, said).certain(turnoutOf(one, said));
  };
  const asked = (answers: { [agent: string]: Json }, absent: readonly string[] = []) => {
    const said = saying(answers);
    return counted(one, said).asked(turnoutOf(one, said, absent))('ann');
  };

  it('decides without the person as soon as two models and CI agree', () => {
    expect(certain({ m1: 'ship', m2: 'ship' })).toEqual({ is: 'open' });
    expect(certain({ m1: 'ship', m2: 'ship', ci: 'ship' })).toEqual({ is: 'won', value: '"ship"' });
    expect(certain({ m1: 'ship', m2: 'hold', ci: 'ship' })).toEqual({ is: 'open' });
  });

  it('asks the person once models and CI cannot agree any more, not before', () => {
    expect(asked({})).toBe(false);
    expect(asked({ m1: 'ship', m2: 'hold', ci: 'ship' })).toBe(false);
    expect(asked({ m1: 'ship', m2: 'ship', ci: 'hold' })).toBe(true);
    expect(asked({ m1: 'ship', m2: 'hold', m3: 'wait' })).toBe(true);
    expect(asked({ ci: null })).toBe(true);
    expect(asked({ m1: null, m2: null })).toBe(true);
    expect(asked({ m1: 'ship', m2: 'ship', ci: 'ship' })).toBe(false);
  });

  it('asks the person when nobody is left to wait for', () => {
    expect(asked({ m1: 'ship', m2: 'ship' }, ['ci'])).toBe(true);
    expect(asked({ m1: 'ship', ci: 'ship' }, ['m2'])).toBe(false);
    expect(asked({ m1: 'ship', ci: 'ship' }, ['m2', 'm3'])).toBe(true);
    expect(asked({ m1: 'ship', m2: 'ship', ci: 'ship' }, ['m3'])).toBe(false);
  });

  it('lets the person decide, with any value', () => {
    const split = { m1: 'ship', m2: 'ship', ci: 'hold' };
    expect(certain(split)).toEqual({ is: 'open' });
    expect(certain({ ...split, ann: 'wait' })).toEqual({ is: 'won', value: '"wait"' });
    expect(certain({ ...split, m3: 'ship', ann: null })).toEqual({
      is: 'lost',
      reason: 'no-agreement',
    });
  });

  it('does not decide by the person alone while models and CI may still agree', () => {
    expect(certain({ ann: 'hold', m1: 'ship' })).toEqual({ is: 'open' });
    // Whether CI joins or not, hold it is.
    expect(certain({ ann: 'hold', m1: 'hold', m2: 'hold', m3: 'hold' })).toEqual({
      is: 'won',
      value: '"hold"',
    });
  });

  it('always asks those before else', () => {
    const asks = counted(one, new Map()).asked(turnoutOf(one, new Map()));
    expect(['m1', 'ci', 'ann'].map(asks)).toEqual([true, true, false]);
  });
});

describe('a mixed electorate', () => {
  it('prefers the value with most agents before else behind it, and breaks a tie by the rule', () => {
    const any: Json = {
      any: [
        { role: 'a', agents: ['a1', 'a2', 'a3'], threshold: 2 },
        { role: 'b', agents: ['b1', 'b2'], threshold: 2 },
      ],
    };
    const final = (one: Case, answers: { [agent: string]: Json }) =>
      counted(one, saying(answers)).final(turnoutOf(one, saying(answers)));
    const more = { a1: 1, a2: 1, a3: 1, b1: 2, b2: 2 };
    expect(final(caseOf(any), more)).toEqual({ is: 'won', value: '1' });
    const equal = { a1: 1, a2: 1, a3: 3, b1: 2, b2: 2 };
    expect(final(caseOf(any), equal)).toEqual({ is: 'lost', reason: 'tie' });
    expect(final(caseOf(any, { tie: { priority: [2] } }), equal)).toEqual({ is: 'won', value: '2' });
  });

  it('counts texts as one value and decides the usual spelling', () => {
    const one = caseOf(twoModelsAndCi, { equality: 'text' });
    const said = saying({ m1: 'Ship', m2: ' ship', ci: 'ship', ann: 'ship' });
    expect(counted(one, said).final(turnoutOf(one, said))).toEqual({ is: 'won', value: '"ship"' });
  });

  it('forgets an answer that was taken back', () => {
    const one = caseOf(twoModelsAndCi);
    const count = counted(one, saying({ m1: 'hold', m2: 'ship', ci: null }));
    count.count(ballot(one.rule, 'm1', '"hold"'), -1);
    count.count(ballot(one.rule, 'm1', '"ship"'), 1);
    count.count(ballot(one.rule, 'ci', null), -1);
    count.count(ballot(one.rule, 'ci', '"ship"'), 1);
    const said = saying({ m1: 'ship', m2: 'ship', ci: 'ship' });
    expect(count.certain(turnoutOf(one, said))).toEqual({ is: 'won', value: '"ship"' });
  });

  it('no longer counts a required agent whose answer was taken back', () => {
    const one = caseOf({ any: [{ role: 'a', agents: ['a', 'b'], threshold: 1 }] }, { required: ['a'] });
    const count = counted(one, saying({ a: 1, b: 1 }));
    count.count(ballot(one.rule, 'a', '1'), -1);
    expect(count.final(turnoutOf(one, saying({ b: 1 })))).toEqual({ is: 'lost', reason: 'required' });
  });

  it('stays open while a rival that could overtake could also draw level and leave it to the others', () => {
    const models = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'];
    const one = caseOf(
      {
        any: [{ role: 'model', agents: models, threshold: 2 }],
        else: { role: 'person', agents: ['ann'], threshold: 1 },
      },
      { required: ['ann'] },
    );
    const early = { m1: 1, m2: 1, m3: 1, m4: 2, m5: 2, ann: 3 };
    const answerTo = (said: Said) => counted(one, said).certain(turnoutOf(one, said));
    expect(answerTo(saying(early))).toEqual({ is: 'open' });
    expect(answerTo(saying({ ...early, m6: 2, m7: null }))).toEqual({ is: 'won', value: '3' });
  });

  it('is impossible as soon as two required agents differ', () => {
    const one = caseOf(twoModelsAndCi, { required: ['m1', 'm2'] });
    const said = saying({ m1: 1, m2: 2 });
    expect(counted(one, said).certain(turnoutOf(one, said)).is).toBe('lost');
  });

  it('answers as the judge does in every state of five agents, whatever the order', () => {
    checkEveryState(caseOf(twoModelsAndCi), true);
    checkEveryState(caseOf(twoModelsAndCi, { of: 'cast', tie: { priority: [3, 1] } }), true);
  });

  const names = ['a', 'b', 'c', 'd'];
  const thresholds = fc.constantFrom<Json>(1, 'majority', 'two-thirds', 'unanimous', {
    num: 1,
    den: 3,
    strict: false,
  });
  const panel: fc.Arbitrary<Json> = fc.record({
    role: fc.constant('r'),
    agents: fc.subarray(names, { minLength: 1 }),
    threshold: thresholds,
  });
  const combined = (part: fc.Arbitrary<Json>): fc.Arbitrary<{ [name: string]: Json }> =>
    fc.array(part, { minLength: 1, maxLength: 3 }).chain((parts) =>
      fc.oneof(
        fc.constant({ all: parts }),
        fc.constant({ any: parts }),
        fc.integer({ min: 1, max: parts.length }).map((atLeast) => ({ atLeast, of: parts })),
      ),
    );
  const part: fc.Arbitrary<Json> = fc.oneof({ weight: 4, arbitrary: panel }, combined(panel));

  it('answers as the judge does for any combination, overlapping panels too', () => {
    holds(
      fc.property(
        combined(part),
        fc.option(part),
        fc.constantFrom('eligible', 'present', 'cast'),
        fc.constantFrom<Json>('fail', 'seeded', { priority: [3, 1] }),
        fc.constantFrom<string[]>([], [], ['a'], ['a', 'b']),
        (main, otherwise, of, tie, required) => {
          const one = caseOf(otherwise === null ? main : { ...main, else: otherwise }, { of, tie });
          checkEveryState({ ...one, rule: { ...one.rule, required } }, false);
        },
      ),
      fewOr(20, 40),
    );
  });

  it('is certain as soon as every completion agrees, where no agent sits on both sides of else', () => {
    const apart = (some: Json, agents: readonly string[]): Json =>
      JSON.parse(JSON.stringify(some), (key, value) =>
        key === 'agents'
          ? [...new Set(value.map((name: string) => agents[names.indexOf(name) % agents.length]))]
          : value,
      );
    holds(
      fc.property(
        combined(part),
        fc.option(panel),
        fc.constantFrom('eligible', 'present', 'cast'),
        fc.constantFrom<Json>('fail', { priority: [3, 1] }),
        (main, otherwise, of, tie) => {
          const before = apart(main, ['a', 'b', 'c']) as { [name: string]: Json };
          const after = otherwise === null ? {} : { else: apart(otherwise, ['x', 'y']) };
          const parsed = parseSettings({ rule: { electorate: { ...before, ...after }, of, tie } });
          fc.pre(parsed.ok);
          checkEveryState(caseOf({ ...before, ...after }, { of, tie }), true);
        },
      ),
      fewOr(12, 25),
    );
  });

  it('asks those after else exactly when nobody who may still come can bring a winner', () => {
    holds(
      fc.property(
        combined(panel),
        fc.constantFrom('eligible', 'present', 'cast'),
        fc.constantFrom<Json>('fail', { priority: [3, 1] }),
        fc.array(fc.constantFrom('1', '2', null, 'silent', 'absent'), { minLength: 4, maxLength: 4 }),
        (main, of, tie, states) => {
          const one = caseOf({ ...main, else: { role: 'p', agents: ['x'], threshold: 1 } }, { of, tie });
          const agents = agentsOf(mainOf(one.electorate));
          const stateOf = (agent: string) => states[names.indexOf(agent)] as string | null;
          const silent = agents.filter((agent) => stateOf(agent) === 'silent');
          const absent = agents.filter((agent) => stateOf(agent) === 'absent');
          const said = new Map(
            agents
              .filter((agent) => !silent.includes(agent) && !absent.includes(agent))
              .map((agent) => [agent, stateOf(agent)]),
          );
          const canWin = (some: Said, rest: readonly string[]): boolean => {
            const [next, ...others] = rest;
            if (next === undefined)
              return byJudge({ ...one, electorate: mainOf(one.electorate) }, some).is === 'won';
            return domain.some((value) => canWin(new Map([...some, [next, value]]), others));
          };
          const asked = counted(one, said).asked(turnoutOf(one, said, absent))('x');
          expect(asked, show(one, said)).toBe(!canWin(said, silent));
        },
      ),
      300,
    );
  });
});
