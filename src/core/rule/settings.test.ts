import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../../../test/harness/property.ts';
import type { Json, Rule } from '../types.ts';
import { isMixed, mostElectors, panelsOf, rosterOf, weightOf } from './electorate.ts';
import { presets } from './presets.ts';
import { parseSettings } from './settings.ts';

function ruleOf(rule: Json, more: { [name: string]: Json } = {}): Rule {
  const parsed = parseSettings({ rule, ...more });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.complaints));
  return parsed.settings.rule;
}

function complaintsOf(body: Json): string[] {
  const parsed = parseSettings(body);
  return parsed.ok ? [] : parsed.complaints.map(({ field, fix }) => `${field}: ${fix}`);
}

const agents = ['a', 'b', 'c'];
const panel = (role: string, names: readonly string[], threshold: Json = 1): Json => ({
  role,
  agents: [...names],
  threshold,
});
const mixed: Json = { all: [panel('model', ['a', 'b'], 2), panel('ci', ['c'])] };
const crowd = (side: string, size: number): string[] => Array.from({ length: size }, (_, i) => `${side}${i}`);

describe('defaults and presets', () => {
  it('a rule is complete however little is said [Q4.1]', () => {
    expect(ruleOf({})).toEqual({
      electorate: { size: 3 },
      threshold: 'majority',
      of: 'eligible',
      floor: 1,
      equality: 'exact',
      weights: null,
      close: 'all',
      tie: 'fail',
      minWait: null,
      lastCall: null,
      deadline: null,
      onDeadline: 'fail',
      absent: 'counts-against',
      reveal: 'close',
      revote: false,
      next: 'until-success',
      maxRounds: null,
      veto: [],
      required: [],
    });
    const parsed = parseSettings({});
    const rest = { preset: null, admission: 'open', mayClose: 'admin', title: null, subjectHash: null };
    expect(parsed.ok && parsed.settings).toMatchObject(rest);
  });

  it.each([
    ['classroom', { electorate: { size: 3 }, threshold: 2, next: 'continuous', close: 'all' }],
    ['majority', { threshold: 'majority', close: 'early' }],
    ['unanimous', { threshold: 'unanimous', close: 'early' }],
    [
      'panel',
      {
        threshold: 'majority',
        floor: 2,
        close: 'early',
        deadline: 120_000,
        deadlineFrom: 'first-proposal',
        onDeadline: 'decide',
        next: 'manual',
      },
    ],
    [
      'gate',
      {
        options: [{ value: 'approve' }, { value: 'reject' }],
        wins: ['approve'],
        close: 'early',
        reveal: 'live',
        next: 'manual',
      },
    ],
    ['poker', { threshold: 'unanimous', revote: true, next: 'manual', close: 'all' }],
  ])('preset %s [Q4.30] [Q4.44]', (preset, expected) => {
    expect(ruleOf({}, { preset })).toEqual({ ...ruleOf({}), ...expected });
    expect(ruleOf({ reveal: 'never' }, { preset }).reveal).toBe('never');
  });

  it('a gate admits those who are invited, unless somebody says otherwise [Q4.44]', () => {
    const admission = (body: Json): unknown => {
      const parsed = parseSettings(body);
      return parsed.ok && parsed.settings.admission;
    };
    expect(admission({ preset: 'gate' })).toBe('invite');
    expect(admission({ preset: 'gate', admission: 'open' })).toBe('open');
    expect(admission({ preset: 'panel' })).toBe('open');
  });

  it('every preset is usable as it is, and there is no other [Q4.30]', () => {
    for (const preset of Object.keys(presets)) expect(complaintsOf({ preset })).toEqual([]);
    expect(complaintsOf({ preset: 'toString' })[0]).toMatch(/^preset: use one of classroom, majority/);
  });
});

describe('retention', () => {
  it('says nothing where it is left out, null or empty, so that these are one setting [Q3.17]', () => {
    const none = parseSettings({});
    for (const retention of [null, {}, { rounds: null }, { rounds: null, idle: null }])
      expect(parseSettings({ retention })).toEqual(none);
    expect(none.ok && 'retention' in none.settings).toBe(false);
  });

  it('is read with its units, and refused where it is wrong', () => {
    const parsed = parseSettings({ retention: { rounds: 10, idle: '7d' } });
    expect(parsed.ok && parsed.settings.retention).toEqual({ rounds: 10, idle: 604_800_000 });
    expect(complaintsOf({ retention: { rounds: 0 } })[0]).toMatch(/^retention.rounds: /);
    expect(complaintsOf({ retention: { rounds: 1001 } })[0]).toMatch(/^retention.rounds: /);
    expect(complaintsOf({ retention: { idle: 'soon' } })[0]).toMatch(/^retention.idle: /);
    expect(complaintsOf({ retention: { kept: 1 } })[0]).toMatch(/^retention.kept/);
  });
});

describe('values of settings', () => {
  it.each<[Json]>([
    [{ electorate: { size: 1 }, threshold: 1 }],
    [{ electorate: { agents } }],
    [{ electorate: { live: { min: 1, max: 5 } } }],
    [{ threshold: 'two-thirds' }],
    [{ threshold: { num: 3, den: 5, strict: true } }],
    [{ of: 'present' }],
    [{ of: 'cast' }],
    [{ floor: 3 }],
    [{ equality: 'text' }],
    [{ equality: { tolerance: 0 } }],
    [{ electorate: { agents }, weights: { a: 2 } }],
    [{ tie: { priority: [1, 'x', null] } }],
    [{ tie: 'seeded' }],
    [{ minWait: 1, lastCall: 86_400_000, deadline: 2 }],
    [{ deadline: 1000, onDeadline: { default: { any: ['json'] } } }],
    [{ absent: 'excluded' }],
    [{ next: 'manual', maxRounds: 1 }],
    [{ electorate: { agents }, veto: ['a'], required: ['b'] }],
    [{ floor: { present: 3, cast: 2 } }],
    [{ equality: { set: true } }],
    [{ equality: { tolerance: 0, relative: { num: 1, den: 10 } } }],
    [{ equality: { field: '/a~1b/0', by: { tolerance: 2 } } }],
    [{ options: [{ value: 1 }, { value: { value: 1 }, label: 'one' }], wins: [1] }],
    [{ options: [{ value: null }, { value: { a: 1 } }], deadlineFrom: 'first-proposal' }],
    [{ equality: { tolerance: 1 }, decide: 'median' }],
    [{ equality: { tolerance: 1 }, decide: 'mean', options: [{ value: 1 }, { value: 2 }] }],
    [{ valueBytes: 16_384 }],
  ])('takes %j and gives it back', (rule) => {
    expect(ruleOf(rule)).toMatchObject(rule as object);
  });

  it.each([
    [{ treshold: 2 }, /^rule\.treshold: there is no such setting here/],
    [{ electorate: { size: 0 } }, /^rule\.electorate\.size: write a whole number from 1/],
    [{ electorate: { size: 2.5 } }, /^rule\.electorate\.size: write a whole number/],
    [{ electorate: 3 }, /^rule\.electorate: write {"size": 3}/],
    [{ electorate: { agents: [] } }, /^rule\.electorate\.agents: write a list of 1 to/],
    [{ electorate: { agents: ['a', 'a'] } }, /^rule\.electorate\.agents: name each agent once/],
    [{ electorate: { agents: ['A'] } }, /^rule\.electorate\.agents: "A" is no name/],
    [{ electorate: { agents: ['seat-1'] } }, /"seat-1" is no name.*not beginning with seat-/],
    [{ electorate: { live: { min: 3, max: 2 } } }, /live\.min and rule\.electorate\.live\.max: make min at/],
    [{ electorate: { all: [] } }, /^rule\.electorate: write {"all": \[parts\]}/],
    [{ electorate: { atLeast: 3, of: [panel('r', agents)] } }, /atLeast: write a whole number from 1 to 1/],
    [{ electorate: { any: [panel('r', ['a'], 2)] } }, /threshold and .*agents: 2 cannot be reached by 1/],
    [{ threshold: '2' }, /^rule\.threshold: write a whole number, "majority"/],
    [{ threshold: 0 }, /^rule\.threshold: write a whole number from 1/],
    [
      { threshold: { num: 1, den: 1, strict: true } },
      /threshold\.num and rule\.threshold\.den: the fraction/,
    ],
    [{ threshold: { num: 0, den: 2, strict: false } }, /must lie between 0 and 1 and be reachable/],
    [{ threshold: { num: 3, den: 2, strict: false } }, /must lie between 0 and 1/],
    [{ of: 'all' }, /^rule\.of: use one of eligible, present, cast/],
    [{ floor: 0 }, /^rule\.floor: write a whole number from 1/],
    [{ equality: { tolerance: -1 } }, /^rule\.equality\.tolerance: write a number, 0 or more$/],
    [{ equality: 'fuzzy' }, /^rule\.equality: write "exact"/],
    [{ electorate: { agents }, weights: { a: 0 } }, /^rule\.weights\.a: write a whole number from 1/],
    [{ equality: { set: false } }, /^rule\.equality: write "exact", "text", {"set": true}/],
    [
      { equality: { relative: { num: 1, den: 1 } } },
      /relative\.num and .*relative\.den: the share must lie between/,
    ],
    [
      { equality: { relative: { num: 0, den: 2 } } },
      /^rule\.equality\.relative\.num: write a whole number from 1/,
    ],
    [{ equality: { relative: { num: 1 } } }, /^rule\.equality\.relative\.den: write a whole number from 1/],
    [{ equality: { relative: 0.1 } }, /^rule\.equality\.relative: write a JSON object/],
    [{ equality: { field: '' } }, /^rule\.equality\.field: an empty pointer means the whole value/],
    [{ equality: { field: 'answer' } }, /^rule\.equality\.field: write a JSON pointer .* such as "\/answer"/],
    [{ equality: { field: '/a~2' } }, /^rule\.equality\.field: write a JSON pointer/],
    [{ equality: { field: `/${'x'.repeat(200)}` } }, /^rule\.equality\.field: write a JSON pointer/],
    [{ equality: { field: 7 } }, /^rule\.equality\.field: write a JSON pointer/],
    [{ equality: { field: '/a', by: { field: '/b' } } }, /^rule\.equality\.by: write "exact"/],
    [{ floor: { present: 0 } }, /^rule\.floor\.present: write a whole number from 1/],
    [{ floor: { cast: 1.5 } }, /^rule\.floor\.cast: write a whole number from 1/],
    [{ options: ['only'] }, /^rule\.options: write a list of 2 to 100 values/],
    [
      { options: Array.from({ length: 101 }, (_, i) => i) },
      /^rule\.options: write a list of 2 to 100 values/,
    ],
    [{ options: 'yes, no' }, /^rule\.options: write a list/],
    [
      { options: [{ value: 1, lable: 'one' }, 2] },
      /^rule\.options\[0\]\.lable: there is no such setting here: use value, label/,
    ],
    [{ options: [{ value: 1, label: '' }, 2] }, /^rule\.options\[0\]\.label: write a text of 1 to 200/],
    [
      { options: ['x'.repeat(4095), 2] },
      /^rule\.options\[0\] and rule\.valueBytes: the value is longer than 4096 bytes/,
    ],
    [{ wins: [] }, /^rule\.wins: write a list of 1 to 100 of the options/],
    [{ valueBytes: 16_385 }, /^rule\.valueBytes: write a whole number from 1 to 16384/],
    [{ deadlineFrom: 'first' }, /^rule\.deadlineFrom: use one of open, first-proposal/],
    [{ decide: 'average' }, /^rule\.decide: use one of proposed, median, mean/],
    [{ tie: 'first' }, /^rule\.tie: write "fail", "seeded" or/],
    [{ tie: { priority: [] } }, /^rule\.tie: write "fail"/],
    [{ minWait: 0 }, /^rule\.minWait: write a duration such as "30s"/],
    [{ deadline: 'soon' }, /^rule\.deadline: write a duration/],
    [{ deadline: 1, onDeadline: 'retry' }, /^rule\.onDeadline: write "fail", "decide" or/],
    [{ revote: 'yes' }, /^rule\.revote: write true or false/],
    [{ maxRounds: 0 }, /^rule\.maxRounds: write a whole number from 1/],
    [{ veto: 'a' }, /^rule\.veto: write a list of 0 to/],
    [{ weights: ['a', 2] }, /^rule\.weights: write {"agent": 2}/],
    [{ deadline: true }, /^rule\.deadline: write a duration/],
    [{ threshold: { strict: true } }, /^rule\.threshold\.num: write a whole number from 0/],
    [{ threshold: { num: 1 } }, /^rule\.threshold\.den: write a whole number from 1/],
    [
      { electorate: { any: Array.from({ length: 17 }, () => panel('r', ['a'])) } },
      /^rule\.electorate: use at most 16 parts$/,
    ],
    [
      { electorate: { any: ['a', 'b'].map((side) => panel('r', crowd(side, 5001))) } },
      /^rule\.electorate: name at most 10000 agents over all parts$/,
    ],
  ])('refuses %.120j and says how to fix it [Q4.1]', (rule, complaint) => {
    expect(complaintsOf({ rule })[0]).toMatch(complaint);
  });

  it('complains of every field at once [Q4.1]', () => {
    const rule = { threshold: -1, of: 'x', floor: 'y', close: 'late' };
    const fields = complaintsOf({ rule, admission: 'all', title: 7 }).map((one) => one.split(':')[0]);
    const expected = ['rule.threshold', 'rule.of', 'rule.floor', 'rule.close', 'admission', 'title'];
    expect(fields.sort()).toEqual(expected.sort());
  });

  it.each([null, 7, 'x', []])('refuses the body %j', (body) => {
    expect(complaintsOf(body)[0]).toBe('body: write a JSON object');
  });

  it('refuses what is no setting of a group, and who may close that is nobody [Q4.1]', () => {
    expect(complaintsOf({ rule: 7 })[0]).toBe('rule: write a JSON object');
    expect(complaintsOf({ quorum: 2 })[0]).toMatch(/^quorum: there is no such setting here: use preset/);
    expect(complaintsOf({ mayClose: 'everybody' })).toEqual([
      'mayClose: write "admin", "agents" or a list of agents',
    ]);
    expect(complaintsOf({ mayWaive: 'agents' })).toEqual(['mayWaive: write "admin" or a list of agents']);
    expect(complaintsOf({ maySpend: 7 })).toEqual(['maySpend: write "admin", "agents" or a list of agents']);
  });

  it('leaves out what is at its default, so that saying it and not saying it are one setting [Q3.12]', () => {
    const said = {
      options: null,
      wins: null,
      deadlineFrom: 'open',
      decide: 'proposed',
      valueBytes: 4096,
      floor: { present: 1 },
    };
    expect(parseSettings({ rule: said, mayWaive: 'admin', maySpend: 'admin' })).toEqual(parseSettings({}));
    expect(ruleOf({ equality: { tolerance: 1, relative: null } })).toEqual(
      ruleOf({ equality: { tolerance: 1 } }),
    );
    expect(ruleOf({ equality: { field: '/a' } }).equality).toEqual({ field: '/a', by: 'exact' });
    expect(ruleOf({ equality: { relative: { num: 1, den: 2 } } }).equality).toMatchObject({ tolerance: 0 });
    expect(ruleOf({ floor: { cast: 2 } }).floor).toEqual({ present: 1, cast: 2 });
  });

  it('an option is one setting however it is written, and wins are spelt as the options are [Q3.12] [Q4.32]', () => {
    const bare = ruleOf({
      equality: 'text',
      options: ['Hold', 'Ship it', 'Undo'],
      wins: ['undo ', 'ship  it'],
    });
    const spelt = [{ value: 'Hold' }, { value: 'Ship it' }, { value: 'Undo' }];
    expect(bare).toMatchObject({ options: spelt, wins: ['Ship it', 'Undo'] });
    expect(ruleOf({ equality: 'text', options: spelt, wins: ['Ship it', 'Undo'] })).toEqual(bare);
    const late = {
      equality: 'text',
      options: ['Hold', 'Ship it'],
      deadline: '1s',
      onDeadline: { default: 'hold' },
    };
    expect(ruleOf(late).onDeadline, 'and so is what the deadline decides').toEqual({ default: 'Hold' });
  });

  it('who may waive is a list, or left out [Q4.38]', () => {
    const parsed = parseSettings({ rule: { electorate: { agents } }, mayWaive: ['a', 'boss'] });
    expect(parsed.ok && parsed.settings.mayWaive).toEqual(['a', 'boss']);
    const [complaint] = complaintsOf({ mayWaive: ['boss'] });
    expect(complaint).toMatch(/^mayWaive and rule\.electorate: seats of a size have no names/);
  });

  it('complains of twenty settings at most', () => {
    const names = Array.from({ length: 30 }, (_, i) => [`x${i}`, 1]);
    expect(complaintsOf(Object.fromEntries(names))).toHaveLength(20);
  });

  it('takes null for what may be off, and fills in the bounds of a live electorate [Q4.1] [Q4.3]', () => {
    expect(ruleOf({ weights: null, deadline: null })).toEqual(ruleOf({}));
    expect(ruleOf({ electorate: { live: {} } }).electorate).toEqual({ live: { min: 2, max: 100 } });
    expect(ruleOf({ electorate: { live: { min: 200 } } }).electorate).toEqual({
      live: { min: 200, max: 200 },
    });
  });
});

describe('decimals as thresholds [Q4.5]', () => {
  const fractionIn = (complaint: string): string => /\{.*?\}/.exec(complaint)?.[0] ?? '';
  const complaintOf = (threshold: number): string => complaintsOf({ rule: { threshold } })[0] ?? '';

  it.each([
    [0.5, '{"num": 1, "den": 2, "strict": false}'],
    [0.67, '{"num": 2, "den": 3, "strict": false}'],
    [0.6667, '{"num": 2, "den": 3, "strict": false}'],
    [0.66, '{"num": 66, "den": 100, "strict": false}'],
    [0.75, '{"num": 3, "den": 4, "strict": false}'],
    [0.6, '{"num": 3, "den": 5, "strict": false}'],
    [0.333, '{"num": 1, "den": 3, "strict": false}'],
    [0.5001, '{"num": 5001, "den": 10000, "strict": false}'],
    [50.01, '{"num": 5001, "den": 10000, "strict": false} for 50.01 percent, or a whole number'],
    [66.7, '{"num": 2, "den": 3, "strict": false} for 66.7 percent, or a whole number'],
    [1.5, '{"num": 15, "den": 1000, "strict": false} for 1.5 percent, or a whole number'],
  ])('%d is refused, with the fraction to write instead', (threshold, fraction) => {
    const complaint = complaintOf(threshold);
    expect(complaint).toContain('rule.threshold: a decimal cannot say exactly what you mean: write {"num"');
    expect(complaint).toContain(fraction);
    const instead = JSON.parse(fractionIn(complaint)) as Json;
    expect(complaintsOf({ rule: { threshold: instead } }), 'the fraction can be written').toEqual([]);
  });

  it.each([-0.5, 100.5])('%d is no share of anything: only a count is left', (threshold) => {
    expect(complaintOf(threshold)).toMatch(/: write a whole number for so many agents$/);
  });

  it('any share gets a fraction that can be written', () => {
    holds(
      fc.property(
        fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }),
        (decimal) => {
          const fraction = JSON.parse(fractionIn(complaintOf(decimal))) as { num: number; den: number };
          expect(Math.abs(fraction.num / fraction.den - decimal)).toBeLessThan(0.0052);
        },
      ),
    );
  });
});

describe('parts of an electorate', () => {
  it('an electorate knows its names and its size [Q4.2] [Q4.4]', () => {
    const withElse = { ...(mixed as object), else: panel('person', ['d', 'a']) } as Json;
    const { electorate } = ruleOf({ electorate: withElse });
    expect(rosterOf(electorate)).toEqual(['a', 'b', 'c', 'd']);
    expect(mostElectors(electorate)).toBe(4);
    expect(isMixed(electorate) && panelsOf(electorate).map(({ role }) => role)).toEqual([
      'model',
      'ci',
      'person',
    ]);
    expect(rosterOf({ size: 5 })).toBeNull();
    expect(mostElectors({ size: 5 })).toBe(5);
    expect(rosterOf({ live: { min: 1, max: 7 } })).toBeNull();
    expect(mostElectors({ live: { min: 1, max: 7 } })).toBe(7);
  });

  it('parts nest three levels deep and no deeper [Q4.4]', () => {
    const nested = (levels: number): Json =>
      levels === 0 ? panel('r', ['a']) : { all: [nested(levels - 1)] };
    expect(complaintsOf({ rule: { electorate: nested(3) } })).toEqual([]);
    expect(complaintsOf({ rule: { electorate: nested(5) } })[0]).toMatch(/at most three levels deep/);
  });

  it('an agent without a weight weighs 1 [Q4.8]', () => {
    const { weights } = ruleOf({ electorate: { agents }, weights: { b: 5 } });
    expect([...agents, 'toString'].map((agent) => weightOf(weights, agent))).toEqual([1, 5, 1, 1]);
    expect(weightOf(null, 'a')).toBe(1);
  });
});
